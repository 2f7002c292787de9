"""Exact equivalence of one proportion with a range of rates, by two one-sided tests."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talentstats.stats.binomial import lower_tail, upper_tail
from talentstats.stats.intervals import clopper_pearson
from talentstats.stats.limits import Floats, read_only


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Equivalence:
    """P-values of two one-sided exact tests, one a group.

    Parameters
    ----------
    p_low : numpy.ndarray
        P-value against "the rate is `low` or less".
    p_high : numpy.ndarray
        P-value against "the rate is `high` or more", same shape.
    p : numpy.ndarray
        The larger of both: the p-value against "the rate is outside", same shape.
    """

    p_low: Floats
    p_high: Floats
    p: Floats

    def __post_init__(self) -> None:
        for name in ("p_low", "p_high", "p"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def exact_equivalence(
    *, k: ArrayLike, n: ArrayLike, low: ArrayLike, high: ArrayLike
) -> Equivalence:
    """Two one-sided exact tests that the rate lies between `low` and `high`.

    Parameters
    ----------
    k, n : array_like
        Retained and total, shapes that broadcast.
    low, high : array_like
        Ends of the range. An end outside [0, 1] excludes nobody: its p-value is 0 and the
        question becomes one-sided. At exactly 0 or 1 the excluded rate is that end itself, which
        k = 0 or k = n cannot rule out.

    Returns
    -------
    Equivalence
        The p-values, of the broadcast shape.

    References
    ----------
    Schuirmann, D. J. (1987). Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680.
    doi:10.1007/BF01068419

    Examples
    --------
    >>> round(float(exact_equivalence(k=87, n=100, low=0.85, high=0.95).p), 6)
    0.347425
    """
    low, high = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    p_low = np.where(low < 0.0, 0.0, upper_tail(k=k, n=n, rate=np.clip(low, 0.0, 1.0)))
    p_high = np.where(high > 1.0, 0.0, lower_tail(k=k, n=n, rate=np.clip(high, 0.0, 1.0)))
    return Equivalence(p_low=p_low, p_high=p_high, p=np.maximum(p_low, p_high))


def smallest_margin(*, k: ArrayLike, n: ArrayLike, rate: ArrayLike, level: ArrayLike) -> Floats:
    """Smallest margin around a benchmark at which exact equivalence would be claimed.

    Parameters
    ----------
    k, n : array_like
        Retained and total, shapes that broadcast.
    rate : array_like
        Benchmark rates in (0, 1).
    level : array_like
        One minus the size of each one-sided test.

    Returns
    -------
    numpy.ndarray
        Margins, the broadcast shape: every larger margin is claimed, none smaller.

    Notes
    -----
    The two tests at a margin invert to the one-sided Clopper-Pearson limits, so the margin is
    the distance from the benchmark to the farther of them.

    Examples
    --------
    >>> margin = smallest_margin(k=87, n=100, rate=0.9, level=0.95)
    >>> round(float(margin), 6)
    0.09872
    """
    lower = clopper_pearson(k=k, n=n, level=level, side="lower").lower
    upper = clopper_pearson(k=k, n=n, level=level, side="upper").upper
    return np.asarray(np.maximum(np.subtract(rate, lower), np.subtract(upper, rate)))
