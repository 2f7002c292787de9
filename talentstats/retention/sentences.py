"""Sentences that a comparison says of itself; every number comes from the result."""

import math
from typing import TYPE_CHECKING

from talentstats.results.wording import p_text, p_value, percent, percent_range, points
from talentstats.retention.verdict import rejects

if TYPE_CHECKING:
    from talentstats.retention.compare import BenchmarkComparison


def odds(rate: float) -> float:
    """Return the odds of a rate, infinite at 1.

    Parameters
    ----------
    rate : float
        A share in [0, 1].

    Returns
    -------
    float
        Rate / (1 - rate).
    """
    return math.inf if rate == 1 else rate / (1 - rate)


def referee(result: "BenchmarkComparison") -> str:
    """Return the comparison in sentences for a referee.

    Parameters
    ----------
    result : BenchmarkComparison
        The comparison.

    Returns
    -------
    str
        Estimate, test, verdict, power, equivalence, what would turn it.
    """
    counts, interval = result.counts, result.interval
    parts = [
        f"{counts.retained} of {counts.total} stayed ({percent(counts.rate)}; "
        f"{100 * result.level:g}% Clopper-Pearson interval {percent(interval.low)} to "
        f"{percent(interval.high)}) against {_benchmark(result)}: {_tested(result)}.",
        f"Verdict: {result.verdict}.",
        _equivalence(result),
        _power(result),
    ]
    if counts.unknown:
        parts.append(_unknown(result))
    if not result.rounding.exact and not result.rounding.holds:
        parts.append(
            "Over all counts and rates that print as published p runs from "
            f"{p_value(result.rounding.p_low)} to {p_value(result.rounding.p_high)} and the "
            f"verdict is not the same: {', '.join(result.rounding.verdicts)}."
        )
    if result.unknown.fragility is not None:
        people = "person" if result.unknown.fragility == 1 else "people"
        parts.append(
            f"If the status of {result.unknown.fragility} or more {people} were unknown, they "
            "could turn the verdict."
        )
    return " ".join(parts)


def natural_frequencies(result: "BenchmarkComparison") -> str:
    """Return the comparison in natural frequencies.

    Parameters
    ----------
    result : BenchmarkComparison
        The comparison.

    Returns
    -------
    str
        How often chance alone would do this, in 100 (or 1,000) such studies.
    """
    counts = result.counts
    below = result.difference <= 0
    tail = result.tests.central.less if below else result.tests.central.greater
    if below:
        seen = f"all {counts.total}" if counts.retained == 0 else f"{counts.left} or more"
    else:
        seen = "none" if counts.left == 0 else f"{counts.left} or fewer"
    of = "" if below and counts.retained == 0 else f" of {counts.total}"
    return f"If the true rate were {_rate(result)}, {_studies(tail)} would see {seen}{of} leave."


def _rate(result: "BenchmarkComparison") -> str:
    """The benchmark as its giver wrote it, else as a percentage."""
    figure = result.benchmark
    as_given = figure.status == "user" and figure.alignment is None
    return figure.as_printed if as_given else percent(result.rate)


def _studies(tail: float) -> str:
    """A probability as a number of studies."""
    if round(100 * tail) >= 1:
        return f"about {round(100 * tail)} of 100 such studies"
    if round(1000 * tail) >= 1:
        return f"about {round(1000 * tail)} of 1,000 such studies"
    return "fewer than 1 of 1,000 such studies"


def _benchmark(result: "BenchmarkComparison") -> str:
    """The benchmark with its alignment and how it is treated."""
    figure = result.benchmark
    aligned = (
        "" if figure.alignment is None else f" ({figure.alignment.sentence.removesuffix('.')})"
    )
    treated = (
        "treated as a constant"
        if result.uncertain is None
        else f"with its own sampling error: {result.uncertain.basis}"
    )
    status = " [seen only in the commissioning commentary]" if figure.status == "brief" else ""
    name = "" if figure.status == "user" else f" from {figure.label}{status}"
    rate = _rate(result)
    if figure.qualifier == "approximate":
        # "About 90%" is no point: the whole range that it is read as is said beside it.
        rate = f"about {rate} (read as {percent_range(figure.rate_low, figure.rate_high)})"
    return f"{rate}{name}{aligned}, {treated}"


def _tested(result: "BenchmarkComparison") -> str:
    """The p-value that decides, by name, and the ones that disagree with it."""
    if result.uncertain is not None:
        own = result.uncertain
        return (
            f"{own.method}, {p_text(own.p_value)}, difference {points(own.difference)} points "
            f"({points(own.low)} to {points(own.high)})" + _against_constant(result)
        )
    text = f"exact central {p_text(result.tests.central.two_sided)}"
    minlike, central = result.tests.minlike.two_sided, result.tests.central.two_sided
    if rejects(minlike, level=result.level) != rejects(central, level=result.level):
        text += (
            f", but exact minimum-likelihood {p_text(minlike)}: the two exact tests part here, "
            "so the test must be chosen before looking"
        )
    return text


def _against_constant(result: "BenchmarkComparison") -> str:
    """Say so where the exact test against a constant falls on the other side."""
    own, exact = result.uncertain, result.tests.central.two_sided
    if own is None or rejects(own.p_value, level=result.level) == rejects(
        exact, level=result.level
    ):
        return ""
    return (
        f"; with the benchmark as a constant the exact central test gives {p_text(exact)}, on the "
        f"other side of {1 - result.level:.2g}: the verdict hangs on the kind of test"
    )


def _equivalence(result: "BenchmarkComparison") -> str:
    """Whether equivalence holds, and the smallest margin at which it would."""
    p = result.equivalence.p_value if result.uncertain is None else result.uncertain.p_equivalence
    shown = "shown" if rejects(p, level=result.level) else "not shown"
    side = " (one-sided, since the margin leaves 0 to 1)" if result.equivalence.one_sided else ""
    text = f"Equivalence within {100 * result.margin:g} points{side} is {shown} ({p_text(p)})"
    if result.uncertain is None and math.isfinite(result.equivalence.smallest_margin):
        text += (
            "; the smallest margin that would be is "
            f"{100 * result.equivalence.smallest_margin:.1f} points"
        )
    return text + "."


def _power(result: "BenchmarkComparison") -> str:
    """What the study could have seen."""
    nearest = result.power.detectable[0]
    seen = [
        f"{percent(value)} or {word}"
        for value, word in ((nearest.below, "lower"), (nearest.above, "higher"))
        if not math.isnan(value)
    ]
    able = " or ".join(seen) if seen else "no rate on either side"
    constant = "" if result.uncertain is None else ", were the benchmark a constant,"
    return f"With 80% power{constant} this study sees {able}."


def _unknown(result: "BenchmarkComparison") -> str:
    """Worst-case bounds over the people of unknown status."""
    bounds = result.unknown
    text = (
        f"With {bounds.unknown} more of unknown status the rate lies between "
        f"{percent(bounds.rate_low)} and {percent(bounds.rate_high)}"
    )
    if bounds.holds:
        return text + ", and the verdict holds whatever they did."
    return text + f", and the verdict depends on what they did: {', '.join(bounds.verdicts)}."
