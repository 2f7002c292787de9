"""What a survival curve says of itself: its sentence and its notes."""

from collections.abc import Sequence

import numpy as np

from talentstats.results.wording import percent
from talentstats.survival.curve_group import FEW_EVENTS, CurveGroup
from talentstats.survival.curve_turnbull import TurnbullGroup

type Group = CurveGroup | TurnbullGroup


def at_clock(time: float, clock: str) -> str:
    """Time on a clock in words.

    Parameters
    ----------
    time : float
        The time.
    clock : str
        What it is counted from.

    Returns
    -------
    str
        Such as "6 years since doctorate".

    Examples
    --------
    >>> at_clock(6.0, "years since doctorate"), at_clock(2025.0, "calendar year")
    ('6 years since doctorate', '2025 (calendar year)')
    """
    counted = clock.startswith(("years ", "months ", "days ", "weeks "))
    return f"{time:g} {clock}" if counted else f"{time:g} ({clock})"


def curve_sentence(groups: Sequence[Group], *, at: float, clock: str, level: float) -> str:
    """Survival of each group at one time, in words.

    Parameters
    ----------
    groups : sequence of CurveGroup or TurnbullGroup
        The curves.
    at : float
        A time to which all are followed.
    clock : str
        What it is counted from.
    level : float
        Confidence level.

    Returns
    -------
    str
        One sentence; groups that begin after the time are said to.
    """
    alone = len(groups) == 1
    said = [
        ("" if alone else f"{group.label}: ") + _found(group, at, level, first=not i)
        for i, group in enumerate(groups)
    ]
    return f"At {at_clock(at, clock)}, {'; '.join(said)}."


def _found(group: Group, at: float, level: float, *, first: bool) -> str:
    """Return one group's part of the sentence."""
    if at <= group.start:
        return f"the curve begins later, at {group.start:g}"
    when = np.array([at])
    low, high = (float(bound[0]) for bound in group.survival(when))
    share = percent(high) if low == high else f"between {percent(low)} and {percent(high)}"
    limits = group.limits(when, level)
    pair = float(limits.lower[0]), float(limits.upper[0])
    sure = ""
    if not np.isnan(pair[0]):
        word = f"{100 * level:g}% interval " if first else ""
        sure = f"{word}{percent(pair[0])} to {percent(pair[1])}; "
    of = "" if np.isnan(group.landmark) else f" of those who were there at {group.landmark:g}"
    return (
        f"{share}{of} had stayed ({sure}{group.people:,.0f} people, {group.events:,.0f} of "
        "them left)"
    )


def curve_notes(groups: Sequence[Group], *, wide: int) -> tuple[str, ...]:
    """What a reader of the curves has to know.

    Parameters
    ----------
    groups : sequence of CurveGroup or TurnbullGroup
        The curves.
    wide : int
        People whose interval holds another's entry or end.

    Returns
    -------
    tuple of str
        Sentences.
    """
    notes = [*_method_notes(groups, wide)]
    few = [g.label for g in groups if g.interval == "bpcp" and g.events < FEW_EVENTS]
    if few:
        notes.append(
            f"Beta product intervals for groups of fewer than {FEW_EVENTS} ends: {', '.join(few)}."
        )
    if groups[0].rows.robust:
        what = "weights" if groups[0].rows.cluster is None else "clusters"
        if not wide:
            notes.append(f"Variances are the infinitesimal jackknife, because there are {what}.")
        else:
            notes.append(f"No intervals are given: Turnbull's method has none for {what}.")
    notes += [
        f"Group {g.label!r} is reported of those who had stayed until {g.landmark:g}."
        for g in groups
        if not np.isnan(g.landmark)
    ]
    notes += [
        f"Group {g.label!r} has no ends: its survival is 1 throughout."
        for g in groups
        if not g.events
    ]
    return tuple(notes)


def _method_notes(groups: Sequence[Group], wide: int) -> list[str]:
    """Return why the method is what it is."""
    if wide:
        return [
            f"The ends of {wide:,} people lie in intervals that hold another's entry or end, so "
            "that the method is Turnbull's. Inside an interval that carries mass survival is known "
            "only within bounds; the estimate counts a mass as gone at its right end."
        ]
    if any(np.any(g.rows.lower < g.rows.stop) for g in groups):
        return [
            "Ends are known between looks that do not overlap: each counts at the first look that "
            "found the person elsewhere, where the product limit is Turnbull's estimate."
        ]
    return []
