"""Whether a verdict survives what is not known: people of unknown status, and rounding."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from talentstats.retention.verdict import Judge, verdicts_of
from talentstats.stats.intervals import clopper_pearson
from talentstats.summaries.counts import RetentionCounts

if TYPE_CHECKING:
    import pandas as pd

# Up to this many unknowns every possible split is tried; beyond it only the two extremes.
_EVERY_SPLIT: Final = 400
_FRAGILITY_LIMIT: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnknownBounds:
    """Worst-case bounds over everything the people of unknown status may have done.

    Parameters
    ----------
    unknown : int
        People of unknown status.
    rate_low, rate_high : float
        Stay rate if all of them left, and if all of them stayed.
    p_low, p_high : float
        Smallest and largest p-value of the deciding test over all splits.
    verdicts : tuple of str
        Every verdict that some split gives, most common first.
    holds : bool
        Whether all splits give the verdict of the known people.
    fragility : int or None
        Smallest number of unknowns some split of which turns the verdict; None when
        no number up to `fragility_limit` does.
    fragility_limit : int
        Where the search for it stopped.
    """

    unknown: int
    rate_low: float
    rate_high: float
    p_low: float
    p_high: float
    verdicts: tuple[str, ...]
    holds: bool
    fragility: int | None
    fragility_limit: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoundingBounds:
    """What the verdict is over every count and rate that print as published.

    Parameters
    ----------
    retained_low, retained_high : int
        Counts that print as the given percentage.
    rate_low, rate_high : float
        Benchmark rates that print as the published figure.
    p_low, p_high : float
        Smallest and largest p-value of the deciding test over both.
    verdicts : tuple of str
        Every verdict among them, most common first.
    holds : bool
        Whether there is only one.
    exact : bool
        Whether nothing was rounded, so that there was nothing to vary.
    """

    retained_low: int
    retained_high: int
    rate_low: float
    rate_high: float
    p_low: float
    p_high: float
    verdicts: tuple[str, ...]
    holds: bool
    exact: bool


def unknown_bounds(
    counts: RetentionCounts, *, judge: Judge, rate: float, level: float, margin: float
) -> UnknownBounds:
    """Bound rate, p-value and verdict over all that the unknown people may have done.

    Parameters
    ----------
    counts : RetentionCounts
        Known and unknown people.
    judge : Judge
        The test that decides.
    rate : float
        Benchmark.
    level, margin : float
        Of the verdict.

    Returns
    -------
    UnknownBounds
        Bounds that need no assumption about the unknown people.

    References
    ----------
    Manski (1989), Journal of Human Resources 24:343-360, doi:10.2307/145818.
    Walsh et al. (2014), Journal of Clinical Epidemiology 67:622-628,
    doi:10.1016/j.jclinepi.2013.10.019.
    """
    k, n, u = counts.retained, counts.total, counts.unknown
    stayed = _splits(u)
    p = judge(k + stayed, n + u, rate, margin).p_value
    known = str(verdicts_of(judge, k, n, rate, level=level, margin=margin))
    verdicts = _by_frequency(
        verdicts_of(judge, k + stayed, n + u, rate, level=level, margin=margin)
    )
    return UnknownBounds(
        unknown=u,
        rate_low=k / (n + u),
        rate_high=(k + u) / (n + u),
        p_low=float(np.min(p)),
        p_high=float(np.max(p)),
        verdicts=verdicts,
        holds=verdicts == (known,),
        fragility=_fragility(judge, k, n, rate=rate, level=level, margin=margin, verdict=known),
        fragility_limit=_FRAGILITY_LIMIT,
    )


def unknown_frame(
    counts: RetentionCounts,
    *,
    most: int,
    judge: Judge,
    rate: float,
    level: float,
    margin: float,
) -> "pd.DataFrame":
    """Bound rate, p-value and verdict for every number of unknown people, from none on.

    Parameters
    ----------
    counts : RetentionCounts
        The known people; the unknown among them are not used.
    most : int
        Largest number of unknown people.
    judge : Judge
        The test that decides.
    rate : float
        Benchmark.
    level, margin : float
        Of the verdict.

    Returns
    -------
    pandas.DataFrame
        One row a number, with the columns `unknown, rate_low, rate_high, p_low, p_high,
        verdicts, holds`; the verdicts that are possible are joined by " or ".
    """
    import pandas as pd

    rows = []
    for unknown in range(most + 1):
        people = replace(counts, unknown=unknown)
        rows.append(unknown_bounds(people, judge=judge, rate=rate, level=level, margin=margin))
    return pd.DataFrame(
        {
            "unknown": b.unknown,
            "rate_low": b.rate_low,
            "rate_high": b.rate_high,
            "p_low": b.p_low,
            "p_high": b.p_high,
            "verdicts": " or ".join(sorted(b.verdicts)),
            "holds": b.holds,
        }
        for b in rows
    )


def rounding_bounds(
    counts: RetentionCounts,
    *,
    judge: Judge,
    rate: float,
    rate_low: float,
    rate_high: float,
    level: float,
    margin: float,
) -> RoundingBounds:
    """Vary the count and the benchmark over all that print as they were published.

    Parameters
    ----------
    counts : RetentionCounts
        With every compatible count.
    judge : Judge
        The test that decides.
    rate, rate_low, rate_high : float
        Benchmark and the rates that print as it.
    level, margin : float
        Of the verdict.

    Returns
    -------
    RoundingBounds
        Range of the p-value and all verdicts.
    """
    retained = np.arange(counts.compatible.start, counts.compatible.stop)
    if len(retained) > _EVERY_SPLIT:
        retained = np.unique(np.linspace(retained[0], retained[-1], _EVERY_SPLIT).astype(np.int64))
    rates = _turning_rates(
        retained, counts.total, low=rate_low, high=rate_high, level=level, margin=margin
    )
    rates = np.unique(np.concatenate([rates, [rate]]))
    rates = rates[(rates > 0) & (rates < 1)]
    k, r = np.meshgrid(retained, rates)
    p = judge(k, counts.total, r, margin).p_value
    verdicts = _by_frequency(verdicts_of(judge, k, counts.total, r, level=level, margin=margin))
    return RoundingBounds(
        retained_low=int(retained[0]),
        retained_high=int(retained[-1]),
        rate_low=rate_low,
        rate_high=rate_high,
        p_low=float(np.min(p)),
        p_high=float(np.max(p)),
        verdicts=verdicts,
        holds=len(verdicts) == 1,
        exact=counts.is_exact and rate_low == rate_high,
    )


def _fragility(
    judge: Judge, k: int, n: int, *, rate: float, level: float, margin: float, verdict: str
) -> int | None:
    """Smallest number of unknowns that can turn the verdict: extremes first, then all splits."""
    sizes = np.arange(1, _FRAGILITY_LIMIT + 1)
    stayed = np.stack([np.zeros_like(sizes), sizes])
    extremes = verdicts_of(judge, k + stayed, n + sizes, rate, level=level, margin=margin)
    turned = (extremes != verdict).any(axis=0)
    found = int(sizes[np.argmax(turned)]) if turned.any() else None
    for size in range(2, min(found or _EVERY_SPLIT, _EVERY_SPLIT)):
        inner = k + np.arange(1, size)
        splits = verdicts_of(judge, inner, n + size, rate, level=level, margin=margin)
        if (splits != verdict).any():
            return size
    return found


def _turning_rates(
    retained: NDArray[np.int64], n: int, *, low: float, high: float, level: float, margin: float
) -> NDArray[np.float64]:
    """Rates at which p-value or verdict can turn, both sides of each, on an even grid.

    The p-value is 1 at an observed rate, so that each one is among them; the exact
    verdict turns at the limits of the test and, a margin away, of its one-sided tests.
    """
    ends = np.array([retained[0], retained[-1]])
    two = clopper_pearson(k=ends, n=n, level=level, side="two-sided")
    below = clopper_pearson(k=ends, n=n, level=level, side="lower").lower
    above = clopper_pearson(k=ends, n=n, level=level, side="upper").upper
    turns = np.concatenate([two.lower, two.upper, below + margin, above - margin])
    near = 1e-9
    grid = np.concatenate(
        [np.linspace(low, high, 41), retained / n, turns - near, turns, turns + near]
    )
    return np.asarray(np.unique(grid[(grid >= low) & (grid <= high)]), dtype=np.float64)


def _splits(unknown: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """How many of the unknown stayed: every number, or an even grid with both ends."""
    if unknown <= 100_000:
        return np.arange(unknown + 1, dtype=np.int64)
    return np.unique(np.linspace(0, unknown, 100_001).astype(np.int64))


def _by_frequency(verdicts: "np.ndarray[tuple[int, ...], np.dtype[np.str_]]") -> tuple[str, ...]:
    """Distinct verdicts, most common first."""
    names, sizes = np.unique(verdicts, return_counts=True)
    return tuple(str(names[i]) for i in np.argsort(-sizes, kind="stable"))
