"""Exact coverage and expected length of an interval procedure, summed over all outcomes."""

import numpy as np
from numpy.typing import ArrayLike

from talentstats.stats.binomial import log_pmf
from talentstats.stats.limits import Floats


def _probabilities(size: int, rate: Floats) -> Floats:
    """Return P(X = k) for k = 0..size - 1 in rows, rates in columns."""
    inside = np.clip(rate, 1e-300, 1.0 - np.finfo(float).epsneg)
    k = np.arange(size, dtype=np.float64)[:, None]
    return np.exp(log_pmf(k=k, n=size - 1.0, rate=inside))


def exact_coverage(*, lower: ArrayLike, upper: ArrayLike, rate: ArrayLike) -> Floats:
    """Probability that the closed interval holds the true rate.

    Parameters
    ----------
    lower, upper : array_like
        (n + 1,) limits at k = 0..n.
    rate : array_like
        (m,) true rates in (0, 1).

    Returns
    -------
    numpy.ndarray
        (m,) coverage at each rate.

    Examples
    --------
    One person, and the interval "what was seen or more": at rate 1/4 it fails when she stays.

    >>> exact_coverage(lower=[0, 1], upper=[1, 1], rate=[0.25])
    array([0.75])
    """
    low, high = np.asarray(lower, dtype=np.float64), np.asarray(upper, dtype=np.float64)
    true = np.atleast_1d(np.asarray(rate, dtype=np.float64))
    holds = (low[:, None] <= true) & (true <= high[:, None])
    return np.asarray(np.sum(_probabilities(low.size, true) * holds, axis=0))


def expected_length(*, lower: ArrayLike, upper: ArrayLike, rate: ArrayLike) -> Floats:
    """Mean length of the interval at a true rate.

    Parameters
    ----------
    lower, upper : array_like
        (n + 1,) limits at k = 0..n.
    rate : array_like
        (m,) true rates in (0, 1).

    Returns
    -------
    numpy.ndarray
        (m,) expected length at each rate.

    Examples
    --------
    >>> expected_length(lower=[0, 1], upper=[1, 1], rate=[0.25])
    array([0.75])
    """
    length = np.asarray(upper, dtype=np.float64) - np.asarray(lower, dtype=np.float64)
    true = np.atleast_1d(np.asarray(rate, dtype=np.float64))
    return np.asarray(length @ _probabilities(length.size, true))
