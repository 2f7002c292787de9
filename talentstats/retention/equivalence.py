"""Equivalence of a stay rate and a benchmark, within a margin."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.stats import equivalence as kernels
from talentstats.summaries.counts import RetentionCounts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExactEquivalence:
    """Two one-sided exact tests at a margin.

    Parameters
    ----------
    margin : float
        Half-width of the region of equivalence, a share.
    low, high : float
        Its ends; 0 or 1 where the margin leaves (0, 1).
    p_low, p_high : float
        P-values against "at `low` or below" and "at `high` or above".
    p_value : float
        The larger one.
    smallest_margin : float
        Smallest margin at which equivalence would be claimed.
    one_sided : bool
        Whether the margin leaves (0, 1), so that one bound cannot be violated.
    """

    margin: float
    low: float
    high: float
    p_low: float
    p_high: float
    p_value: float
    smallest_margin: float
    one_sided: bool


def checked_margin(margin: float, *, rate: float) -> float:
    """Return a margin that some rate can violate.

    Parameters
    ----------
    margin : float
        Half-width of the region of equivalence, a share.
    rate : float
        Benchmark.

    Returns
    -------
    float
        The checked margin.

    Raises
    ------
    InputError
        If it is not in (0, 1), or so wide that every rate is within it.
    """
    half = checks.finite_number(margin, name="margin", above=0, below=1)
    low, high = equivalence_region(rate, half)
    if low < 0 and high > 1:
        raise InputError(
            f"margin={half:g} around {rate:g} holds every rate from 0 to 1, so that equivalence "
            f"would say nothing; allowed is below {max(rate, 1 - rate):g}. Hint: 0.05 is 5 points."
        )
    return half


def equivalence_region(
    rate: ArrayLike, margin: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends of the region of equivalence, put outside [0, 1] where it leaves (0, 1).

    Parameters
    ----------
    rate : array_like of float
        Benchmark.
    margin : float
        Half-width of the region, a share.

    Returns
    -------
    tuple of ndarray of float
        Lower and upper ends; -1 and 2 where no rate can violate them, so that the
        test is one-sided there.
    """
    rates = np.asarray(rate, dtype=np.float64)
    # 0.95 + 0.05 must count as 1, whatever the sum of the two doubles is.
    slack = 1e-12
    low, high = rates - margin, rates + margin
    return np.where(low <= slack, -1.0, low), np.where(high >= 1 - slack, 2.0, high)


def exact_equivalence_of(
    counts: RetentionCounts, *, rate: float, margin: float, level: float
) -> ExactEquivalence:
    """Test whether a stay rate lies within a margin of a constant.

    Parameters
    ----------
    counts : RetentionCounts
        The study.
    rate : float
        The constant.
    margin : float
        Half-width of the region of equivalence, a share.
    level : float
        Each one-sided test is held against 1 - level.

    Returns
    -------
    ExactEquivalence
        P-values and the smallest margin.
    """
    k, n = counts.retained, counts.total
    low, high = equivalence_region(rate, margin)
    tested = kernels.exact_equivalence(k=k, n=n, low=low, high=high)
    return ExactEquivalence(
        margin=margin,
        low=max(float(low), 0.0),
        high=min(float(high), 1.0),
        p_low=float(tested.p_low),
        p_high=float(tested.p_high),
        p_value=float(tested.p),
        smallest_margin=float(kernels.smallest_margin(k=k, n=n, rate=rate, level=level)),
        one_sided=bool(low < 0 or high > 1),
    )
