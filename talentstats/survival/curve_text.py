"""What a survival curve says of itself: its sentence and its notes."""

from collections.abc import Sequence

import numpy as np

from talentstats.results.wording import percent
from talentstats.survival.curve_group import FEW_EVENTS, CurveGroup
from talentstats.survival.curve_looks import between_looks
from talentstats.survival.curve_rows import people_at
from talentstats.survival.curve_turnbull import TurnbullGroup
from talentstats.survival.landmarks import ENOUGH_AT_RISK

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


def telling_time(groups: Sequence[Group], *, followed_to: float) -> float:
    """Last time that a sentence should speak of.

    Parameters
    ----------
    groups : sequence of CurveGroup or TurnbullGroup
        The curves.
    followed_to : float
        To which all are followed.

    Returns
    -------
    float
        The last time at which somebody left or was last seen and every group has ten people at
        risk; where there is none, `followed_to`.
    """
    times = np.unique(np.concatenate([group.rows.stop for group in groups]))
    first = max(group.start for group in groups)
    times = times[(times > first) & (times <= followed_to)]
    if not times.size:
        return followed_to
    at_risk = [people_at(group.rows, times, group.start)[0] for group in groups]
    enough = times[np.min(at_risk, axis=0) >= ENOUGH_AT_RISK]
    return float(enough[-1]) if enough.size else followed_to


def different_starts(groups: Sequence[tuple[str, float]]) -> list[str]:
    """Say that groups set beside each other begin at different times.

    Parameters
    ----------
    groups : sequence of (str, float)
        Labels, and where the curves begin.

    Returns
    -------
    list of str
        One note, or none.

    Examples
    --------
    >>> different_starts([("a", 0.0), ("b", 0.0)])
    []
    """
    starts = dict(groups)
    if len(set(starts.values())) < 2:
        return []
    named = ", ".join(f"{label} at {start:g}" for label, start in list(starts.items())[:5])
    return [
        f"Groups begin at different times ({named}), so that they are not of the same people and "
        f"not to be compared as they stand; landmark={max(starts.values()):g} makes them so."
    ]


def counted(number: float, one: str, many: str) -> str:
    """Count things in words.

    Parameters
    ----------
    number : float
        How many.
    one, many : str
        What they are called.

    Returns
    -------
    str
        Such as "1 person" or "1,200 people".

    Examples
    --------
    >>> counted(1, "person", "people"), counted(1200, "person", "people")
    ('1 person', '1,200 people')
    """
    return f"{number:,.0f} {one if number == 1 else many}"


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
        f"{share}{of} had stayed ({sure}{counted(group.people, 'person', 'people')}, "
        f"{_left_by(group, at):,.0f} of them left)"
    )


def _left_by(group: Group, at: float) -> float:
    """Return people who had been found elsewhere by a time."""
    rows = group.rows
    since = group.start if isinstance(group, CurveGroup) else -np.inf
    return float(rows.count[rows.ended & (rows.stop > since) & (rows.stop <= at)].sum())


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
    notes += different_starts([(g.label, g.start) for g in groups])
    gone = [g.label for g in groups if isinstance(g, CurveGroup) and _all_left(g)]
    if gone and groups[0].rows.robust:
        notes.append(
            f"Where all have left, the jackknife gives no limits: {', '.join(gone)} at the end."
        )
    elif gone:
        notes.append(
            f"Where all have left, the upper limit is the beta product's: {', '.join(gone)}."
        )
    notes += [
        f"Group {g.label!r} has no ends: its survival is 1 throughout."
        for g in groups
        if not g.events
    ]
    return tuple(notes)


def _all_left(group: CurveGroup) -> bool:
    """Return whether survival falls to 0 on a scale that has no limits there."""
    survival = group.curve.survival
    return bool(group.interval != "bpcp" and survival.size and survival[-1] <= 0.0)


def _method_notes(groups: Sequence[Group], wide: int) -> list[str]:
    """Return why the method is what it is."""
    if wide:
        return [
            f"The ends of {counted(wide, 'person', 'people')} lie in intervals that hold another's "
            "entry or end, so "
            "that the method is Turnbull's. Inside an interval that carries mass survival is known "
            "only within bounds; the estimate counts a mass as gone at its right end."
        ]
    if any(between_looks(g.rows) for g in groups):
        return [
            "Ends are known between looks that do not overlap: each counts at the first look that "
            "found the person elsewhere, where the product limit is Turnbull's estimate. Between "
            "looks survival is known only within bounds, `estimate_low` and `estimate_high`; a "
            "restricted mean is the largest that the data allow, with the same bounds."
        ]
    return []
