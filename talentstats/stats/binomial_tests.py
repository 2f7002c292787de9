"""Tests of one proportion against a constant rate; each names the interval that inverts it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from talentstats.stats.binomial import half_deviance, log_pmf, lower_tail, upper_tail
from talentstats.stats.limits import Floats, read_only
from talentstats.stats.roots import last_holding

_TIE = 1e-7  # R's binom.test: outcomes within this relative distance are "as likely"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PValues:
    """P-values of one test, one a group.

    Parameters
    ----------
    two_sided, less, greater : numpy.ndarray
        P-values against "differs", "rate below the benchmark", "rate above it"; one shape.
    z : numpy.ndarray
        Signed standard normal statistic, same shape; NaN where the test has none.
    """

    two_sided: Floats
    less: Floats
    greater: Floats
    z: Floats

    def __post_init__(self) -> None:
        for name in ("two_sided", "less", "greater", "z"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def _p_values(two_sided: Floats, less: Floats, greater: Floats) -> PValues:
    """Return the p-values of a test without a z statistic, capped at 1."""
    two = np.minimum(two_sided, 1.0)
    return PValues(two_sided=two, less=less, greater=greater, z=np.full_like(two, np.nan))


def _p_values_from_z(z: Floats) -> PValues:
    """Return the p-values of a standard normal statistic."""
    return PValues(
        two_sided=2.0 * special.ndtr(-np.abs(z)),
        less=special.ndtr(z),
        greater=special.ndtr(-z),
        z=z,
    )


def exact_central(*, k: ArrayLike, n: ArrayLike, rate: ArrayLike) -> PValues:
    """Exact test by the doubled smaller tail; Clopper-Pearson inverts it.

    Parameters
    ----------
    k, n : array_like
        Retained and total, shapes that broadcast.
    rate : array_like
        Benchmark rates in (0, 1).

    Returns
    -------
    PValues
        P-values of the broadcast shape.

    Examples
    --------
    >>> round(float(exact_central(k=87, n=100, rate=0.9).two_sided), 6)
    0.396358
    """
    less, greater = lower_tail(k=k, n=n, rate=rate), upper_tail(k=k, n=n, rate=rate)
    return _p_values(2.0 * np.minimum(less, greater), less, greater)


def exact_minlike(*, k: ArrayLike, n: ArrayLike, rate: ArrayLike) -> PValues:
    """Exact test by minimum likelihood: all outcomes no likelier than k, as R's binom.test.

    Parameters
    ----------
    k, n : array_like
        Retained and total, whole numbers, shapes that broadcast.
    rate : array_like
        Benchmark rates in (0, 1).

    Returns
    -------
    PValues
        P-values of the broadcast shape. Outcomes within 1e-7 of the probability of k count as
        equally likely.

    Notes
    -----
    Probabilities fall on both sides of the mode, so the far cut is found by bisection:
    O(log n) a group.

    Examples
    --------
    >>> round(float(exact_minlike(k=87, n=100, rate=0.9).two_sided), 6)
    0.315335
    >>> float(exact_minlike(k=8, n=9, rate=0.9).two_sided)  # two modes: 8 and 9 are as likely
    1.0
    """
    k, n, rate = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in (k, n, rate)))
    less, greater = lower_tail(k=k, n=n, rate=rate), upper_tail(k=k, n=n, rate=rate)
    mode = np.minimum(np.floor((n + 1.0) * rate), n)
    below = k < mode
    ceiling = log_pmf(k=k, n=n, rate=rate) + _TIE
    far = last_holding(
        lambda j: log_pmf(k=np.clip(j, 0.0, n), n=n, rate=rate) <= ceiling,
        holds=np.where(below, n + 1.0, -1.0),
        fails=np.where(below, mode - 1.0, mode + 1.0),
    )
    both = np.where(
        below,
        less + upper_tail(k=far, n=n, rate=rate),
        greater + lower_tail(k=far, n=n, rate=rate),
    )
    return _p_values(np.where(k == mode, 1.0, both), less, greater)


def mid_p_test(*, k: ArrayLike, n: ArrayLike, rate: ArrayLike) -> PValues:
    """Mid-P test: tails that count half the probability of k; the mid-p interval inverts it.

    Parameters
    ----------
    k, n : array_like
        Retained and total, shapes that broadcast.
    rate : array_like
        Benchmark rates in (0, 1).

    Returns
    -------
    PValues
        P-values of the broadcast shape; `less` and `greater` sum to 1.

    References
    ----------
    Lancaster, H. O. (1961). JASA 56, 223-234. doi:10.1080/01621459.1961.10482105

    Examples
    --------
    >>> round(float(mid_p_test(k=87, n=100, rate=0.9).two_sided), 6)
    0.322056
    """
    k = np.asarray(k, dtype=np.float64)
    less = (lower_tail(k=k, n=n, rate=rate) + lower_tail(k=k - 1.0, n=n, rate=rate)) / 2.0
    greater = (upper_tail(k=k, n=n, rate=rate) + upper_tail(k=k + 1.0, n=n, rate=rate)) / 2.0
    return _p_values(2.0 * np.minimum(less, greater), less, greater)


def score_test(*, k: ArrayLike, n: ArrayLike, rate: ArrayLike) -> PValues:
    """Score test, variance at the benchmark; Wilson's interval inverts it.

    Parameters
    ----------
    k, n : array_like
        Retained and total, counts or effective sizes, shapes that broadcast.
    rate : array_like
        Benchmark rates in (0, 1).

    Returns
    -------
    PValues
        P-values and z of the broadcast shape.

    Examples
    --------
    >>> round(float(score_test(k=87, n=100, rate=0.9).two_sided), 6)
    0.317311
    """
    k, n, rate = (np.asarray(x, dtype=np.float64) for x in (k, n, rate))
    return _p_values_from_z((k - n * rate) / np.sqrt(n * rate * (1.0 - rate)))


def likelihood_ratio_test(*, k: ArrayLike, n: ArrayLike, rate: ArrayLike) -> PValues:
    """Likelihood-ratio test by its signed root; the likelihood interval inverts it.

    Parameters
    ----------
    k, n : array_like
        Retained and total, counts or effective sizes, shapes that broadcast.
    rate : array_like
        Benchmark rates in (0, 1).

    Returns
    -------
    PValues
        P-values and z of the broadcast shape.

    Examples
    --------
    >>> round(float(likelihood_ratio_test(k=87, n=100, rate=0.9).two_sided), 6)
    0.336793
    """
    k, n, rate = (np.asarray(x, dtype=np.float64) for x in (k, n, rate))
    size = np.sqrt(2.0 * half_deviance(k=k, n=n, rate=rate))
    return _p_values_from_z(np.sign(k - n * rate) * size)
