"""Sentences that a comparison with reference curves says of itself."""

from collections.abc import Sequence

from talentstats.results.wording import p_text, percent
from talentstats.survival.reference_rows import ReferenceRow

_KINDS = {
    "exact times": "Leavers are held against a Poisson number; their times are exact.",
    "one look": "Each person was looked at once, the same gap after entry: leavers are held "
    "against a sum of independent chances (Poisson-binomial).",
    "several looks": "Ends are known between looks only: the reference's own mean over each "
    "interval is used, and the exact p-value and interval are those of a Poisson number.",
    "cells": "Leavers of cells are held against a Poisson number, with the reference's mean hazard "
    "over the durations of each cell; cells do not follow people, so that there is no retention, "
    "and entry cannot be ignored.",
}


def reference_sentence(
    honoured: Sequence[ReferenceRow],
    ignored: Sequence[ReferenceRow],
    *,
    at_start: bool,
    level: float,
) -> str:
    """The finding of a comparison.

    Parameters
    ----------
    honoured, ignored : sequence of ReferenceRow
        Rows of the same references; `ignored` is empty for cells.
    at_start : bool
        Whether all enter at 0, so that there is no entry to ignore.
    level : float
        Of the interval.

    Returns
    -------
    str
        Of one reference its numbers; of several their range and verdicts.
    """
    if len(honoured) > 1:
        return _several(honoured)
    [row] = honoured
    limits, _ = row.watched.ratio_limits(row.reference, row.ends, level)
    text = (
        f"{row.ends.observed:,.0f} left where {row.ends.expected:,.1f} were expected under "
        f"{row.reference.label} ({row.reference.assumption}): {row.ratio:.2f} times as many "
        f"({100 * level:g}% interval {float(limits.lower):.2f} to {float(limits.upper):.2f}; exact "
        f"{p_text(float(row.ends.tests.two_sided))})."
    )
    against = row.retention
    if against is not None:
        shown = "shown" if against.verdict.startswith("equivalent") else "not shown"
        text += (
            f" Over {against.observed.horizon:g} years {percent(against.observed.estimate)} "
            f"stayed, and the reference keeps {percent(against.rate)} of people who had "
            f"stayed as long ({p_text(against.p_value)}; equivalence within "
            f"{100 * against.margin:g} points is {shown}): {against.verdict}."
        )
    if ignored and not at_start:
        wrong = ignored[0]
        text += (
            f" Had delayed entry been ignored, {wrong.ends.expected:,.1f} would have been expected "
            f"and the ratio been {wrong.ratio:.2f} ({p_text(float(wrong.ends.tests.two_sided))})."
        )
    return text


def _several(rows: Sequence[ReferenceRow]) -> str:
    """Return the range over several references, and the verdicts."""
    low, high = (pick(rows, key=lambda row: row.ratio) for pick in (min, max))
    text = (
        f"{rows[0].ends.observed:,.0f} left; {len(rows)} references expect "
        f"{high.ends.expected:,.1f} ({high.reference.label}) to {low.ends.expected:,.1f} "
        f"({low.reference.label}), which is {high.ratio:.2f} to {low.ratio:.2f} times as many."
    )
    verdicts = [row.retention.verdict for row in rows if row.retention is not None]
    if verdicts:
        counted = "; ".join(f"{name}: {verdicts.count(name)}" for name in dict.fromkeys(verdicts))
        text += f" Retention against them: {counted}."
    return text


def reference_notes(
    rows: Sequence[ReferenceRow], *, kind: str, clock: str, at_start: bool
) -> tuple[str, ...]:
    """What a reader of a comparison has to know.

    Parameters
    ----------
    rows : sequence of ReferenceRow
        One a reference.
    kind : str
        Of the numbers.
    clock : str
        Of the people.
    at_start : bool
        Whether all enter at 0.

    Returns
    -------
    tuple of str
        Sentences.
    """
    assumed = "; ".join(dict.fromkeys(row.reference.assumption for row in rows))
    notes = [
        _KINDS[kind],
        f"The references are taken as known without error, under {assumed}.",
    ]
    if at_start:
        notes.append(
            f"All enter at 0 ({clock}), so that the people are treated as a cohort from its start. "
            "If they are a stock who had already stayed for some years, entry= says how long."
        )
    return tuple(notes)
