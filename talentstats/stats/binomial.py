"""The binomial distribution: log probability, both tails, and the deviance they rest on.

`k` and `n` may be fractions (an effective size n / deff) wherever the incomplete beta function
gives them a meaning: everywhere here.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from talentstats.stats.limits import Floats

_STIRLING_FROM = 16.0


def stirling_error(x: Floats) -> Floats:
    """Error of Stirling's formula: log x! - [(x + 1/2) log x - x + log(2 pi) / 2].

    Parameters
    ----------
    x : numpy.ndarray
        Numbers above 0, any shape.

    Returns
    -------
    numpy.ndarray
        The error, about 1 / (12 x), to full precision however large x is; same shape.

    Examples
    --------
    >>> round(float(stirling_error(np.array(1.0))), 6)  # 1 - log(2 pi) / 2
    0.081061
    """
    large = np.maximum(x, _STIRLING_FROM)
    s = large**-2.0
    series = (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s * (1 / 1188))))) / large
    small = np.clip(x, 1e-300, _STIRLING_FROM)
    direct = (
        special.gammaln(small + 1.0)
        - (small + 0.5) * np.log(small)
        + small
        - 0.5 * np.log(2.0 * np.pi)
    )
    return np.where(x >= _STIRLING_FROM, series, direct)


def half_deviance(*, k: ArrayLike, n: ArrayLike, rate: ArrayLike) -> Floats:
    """Log-likelihood lost by the rate against k / n, per group.

    Parameters
    ----------
    k, n : array_like
        Retained and total, shapes that broadcast.
    rate : array_like
        Rates in (0, 1).

    Returns
    -------
    numpy.ndarray
        The loss k log(k / (n rate)) + (n - k) log((n - k) / (n (1 - rate))), never negative.

    Notes
    -----
    Written with log1p of the excess k - n rate, which keeps 13 digits at n = 10^6, where the
    textbook form keeps 10.

    Examples
    --------
    >>> round(float(half_deviance(k=2, n=2, rate=0.5)), 6)  # 2 log 2
    1.386294
    """
    k, n, rate = (np.asarray(x, dtype=np.float64) for x in (k, n, rate))
    stay, leave = n * rate, n * (1.0 - rate)
    excess = k - stay
    lost = special.xlog1py(k, excess / stay) + special.xlog1py(n - k, -excess / leave)
    return np.asarray(np.maximum(lost, 0.0))


def log_pmf(*, k: ArrayLike, n: ArrayLike, rate: ArrayLike) -> Floats:
    """Log probability of exactly k retained of n.

    Parameters
    ----------
    k, n : array_like
        Retained and total, 0 <= k <= n, shapes that broadcast.
    rate : array_like
        Rates in (0, 1).

    Returns
    -------
    numpy.ndarray
        The logarithm of P(X = k), the broadcast shape.

    References
    ----------
    Loader, C. (2000). Fast and accurate computation of binomial probabilities.

    Examples
    --------
    >>> round(float(np.exp(log_pmf(k=1, n=2, rate=0.5))), 12)
    0.5
    """
    k, n, rate = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in (k, n, rate)))
    inner = (k > 0.0) & (k < n)
    x, m = np.where(inner, k, 1.0), np.where(inner, n, 2.0)
    saddle = (
        stirling_error(m)
        - stirling_error(x)
        - stirling_error(m - x)
        - half_deviance(k=x, n=m, rate=rate)
        + 0.5 * np.log(m / (2.0 * np.pi * x * (m - x)))
    )
    edge = special.xlogy(k, rate) + special.xlog1py(n - k, -rate)
    return np.where(inner, saddle, edge)


def lower_tail(*, k: ArrayLike, n: ArrayLike, rate: ArrayLike) -> Floats:
    """Probability of k or fewer retained of n.

    Parameters
    ----------
    k, n : array_like
        Retained and total; k below 0 gives 0, k of n or more gives 1.
    rate : array_like
        Rates in [0, 1].

    Returns
    -------
    numpy.ndarray
        P(X <= k), the broadcast shape, relative precision kept however small it is.

    Examples
    --------
    >>> lower_tail(k=[-1, 0, 1, 2], n=2, rate=0.5)
    array([0.  , 0.25, 0.75, 1.  ])
    """
    k, n, rate = (np.asarray(x, dtype=np.float64) for x in (k, n, rate))
    none, every = k <= -1.0, k >= n
    edge = none | every
    inside = special.betaincc(np.where(edge, 1.0, k + 1.0), np.where(edge, 1.0, n - k), rate)
    return np.asarray(np.where(none, 0.0, np.where(every, 1.0, inside)))


def upper_tail(*, k: ArrayLike, n: ArrayLike, rate: ArrayLike) -> Floats:
    """Probability of k or more retained of n.

    Parameters
    ----------
    k, n : array_like
        Retained and total; k of 0 or less gives 1, k above n gives 0.
    rate : array_like
        Rates in [0, 1].

    Returns
    -------
    numpy.ndarray
        P(X >= k), the broadcast shape, relative precision kept however small it is.

    Examples
    --------
    >>> upper_tail(k=[0, 1, 2, 3], n=2, rate=0.5)
    array([1.  , 0.75, 0.25, 0.  ])
    """
    k, n, rate = (np.asarray(x, dtype=np.float64) for x in (k, n, rate))
    every, none = k <= 0.0, k >= n + 1.0
    edge = none | every
    inside = special.betainc(np.where(edge, 1.0, k), np.where(edge, 1.0, n - k + 1.0), rate)
    return np.asarray(np.where(every, 1.0, np.where(none, 0.0, inside)))
