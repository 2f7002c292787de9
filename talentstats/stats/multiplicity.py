"""Adjusted p-values for many comparisons at once."""

import numpy as np
from numpy.typing import ArrayLike

from talentstats.stats.limits import Floats


def holm(p_values: ArrayLike) -> Floats:
    """Holm step-down: the chance of any false alarm stays at the nominal level.

    Parameters
    ----------
    p_values : (m,)
        Unadjusted p-values.

    Returns
    -------
    (m,) ndarray
        Adjusted p-values in the order given.

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
    https://www.jstor.org/stable/4615733

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03, 0.005])
    array([0.03, 0.06, 0.06, 0.02])
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    adjusted = np.empty(p.size)
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """Benjamini-Hochberg step-up: the expected share of false alarms stays at the nominal level.

    Parameters
    ----------
    p_values : (m,)
        Unadjusted p-values, independent or positively dependent.

    Returns
    -------
    (m,) ndarray
        Adjusted p-values in the order given.

    References
    ----------
    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300.
    https://doi.org/10.1111/j.2517-6161.1995.tb02031.x

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03, 0.005])
    array([0.02, 0.04, 0.04, 0.02])
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    steps = p[order] * p.size / np.arange(1, p.size + 1)
    adjusted = np.empty(p.size)
    adjusted[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1.0)
    return adjusted
