"""Sentences that a comparison with reference curves says of itself."""

from collections.abc import Sequence

from talentstats.results.wording import p_text, percent, percent_range
from talentstats.survival.rate_text import shown
from talentstats.survival.reference_rows import ReferenceRow

_KINDS = {
    "exact times": "Leavers are held against a Poisson number; their times are exact. The expected "
    "number is itself one of the follow-up, so that p-value and interval are nearly exact, not "
    "exact.",
    "one look": "Each person was looked at once, the same gap after entry: leavers are held "
    "against a sum of independent chances (Poisson-binomial).",
    "several looks": "Ends are known between looks only: the reference's own mean over each "
    "interval is used, and p-value and interval are those of a Poisson number, nearly exact.",
    "cells": "Leavers of cells are held against a Poisson number, with the reference's mean hazard "
    "over the durations of each cell; cells do not follow people, so that there is no retention, "
    "and entry cannot be ignored.",
}
# A sum of independent chances has its own distribution; elsewhere the Poisson's is close.
_TESTS = {"poisson-binomial": "exact"}


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
    limits, interval = row.watched.ratio_limits(row.reference, row.ends, level)
    text = (
        f"{row.ends.observed:,.0f} left where {_expected(row)} were expected under "
        f"{row.reference.label} ({row.reference.assumption}): {shown(row.ratio)} times as many "
        f"({100 * level:g}% interval {shown(float(limits.lower))} to {shown(float(limits.upper))}; "
        f"{_TESTS.get(interval, 'Poisson')} {p_text(float(row.ends.tests.two_sided))})."
    )
    against = row.retention
    if against is not None:
        same = "shown" if against.verdict.startswith("equivalent") else "not shown"
        kept = against.observed
        stayed = (
            f"the looks allow {percent_range(kept.estimate_low, kept.estimate)} to have stayed"
            if kept.between
            else f"{percent(kept.estimate)} stayed"
        )
        alike = " and are followed as these are" if kept.lost else ""
        text += (
            f" Over {kept.horizon:g} years {stayed}, and the reference keeps "
            f"{percent(against.rate)} of people who had stayed as long{alike} "
            f"({p_text(against.p_value)}; equivalence within "
            f"{100 * against.margin:g} points is {same}); of retention: {against.verdict}."
        )
    if ignored and not at_start:
        wrong = ignored[0]
        text += (
            f" Had delayed entry been ignored, {_expected(wrong)} would have been expected and the "
            f"ratio been {shown(wrong.ratio)} ({p_text(float(wrong.ends.tests.two_sided))})."
        )
    return text


def _expected(row: ReferenceRow) -> str:
    """Return the leavers that a reference expects."""
    return shown(row.ends.expected, decimals=1)


def _several(rows: Sequence[ReferenceRow]) -> str:
    """Return the range over several references, and the verdicts."""
    low, high = (pick(rows, key=lambda row: row.ratio) for pick in (min, max))
    text = (
        f"{rows[0].ends.observed:,.0f} left; {len(rows)} references expect "
        f"{_expected(high)} ({high.reference.label}) to {_expected(low)} ({low.reference.label}): "
        f"{shown(high.ratio)} to {shown(low.ratio)} times as many left as they expect."
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
    kept = rows[0].retention.observed if rows and rows[0].retention is not None else None
    if kept is not None and kept.lost:
        notes.append(
            f"{kept.lost:,.0f} {'person is' if kept.lost == 1.0 else 'people are'} no longer "
            f"followed {kept.horizon:g} years after entry: "
            "retention pools those still followed at each time since entry, and the reference's "
            "is the product of 1 less its mean hazard among the same people (Ederer and Heise's "
            "second method)."
        )
    if kept is not None and kept.between:
        notes.append(
            f"{kept.horizon:g} years after entry are inside intervals that hold ends: the looks "
            f"bound retention, and a reference between {percent(kept.estimate_low)} and "
            f"{percent(kept.estimate)} fits them equally well."
        )
    if at_start:
        notes.append(
            f"All enter at 0 ({clock}), so that the people are treated as a cohort from its start. "
            "If they are a stock who had already stayed for some years, entry= says how long."
        )
    return tuple(notes)
