"""Whether g groups share one rate: chi-squared tests of the g x 2 table."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, xlogy

from talentstats.stats.limits import Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Heterogeneity:
    """Test that all groups share one rate.

    Parameters
    ----------
    statistic : float
        Chi-squared.
    degrees : int
        Groups less one.
    p_value : float
        Its upper tail.
    """

    statistic: float
    degrees: int
    p_value: float


def pearson(*, k: ArrayLike, n: ArrayLike) -> Heterogeneity:
    """Pearson's chi-squared test that all groups share one rate.

    Parameters
    ----------
    k, n : (g,)
        People with the outcome and people in all.

    Returns
    -------
    Heterogeneity
        Exactly the same for every order of the groups; 0 with p = 1 where all or none
        have the outcome.

    References
    ----------
    Cochran (1954), Biometrics 10, 417-451. https://doi.org/10.2307/3001616

    Examples
    --------
    >>> round(pearson(k=[87, 70], n=[100, 100]).statistic, 4)
    8.5617
    """
    x, m, rate = _pooled(k, n)
    terms = (x - m * rate) ** 2 / (m * rate * (1 - rate)) if 0 < rate < 1 else np.zeros(1)
    return _chi_squared(math.fsum(terms), x.size - 1)


def likelihood_ratio(*, k: ArrayLike, n: ArrayLike) -> Heterogeneity:
    """Likelihood-ratio test that all groups share one rate.

    Parameters
    ----------
    k, n : (g,)
        People with the outcome and people in all.

    Returns
    -------
    Heterogeneity
        Exactly the same for every order of the groups; 0 with p = 1 where all or none
        have the outcome.

    References
    ----------
    Wilks (1938), Annals of Mathematical Statistics 9, 60-62.
    https://doi.org/10.1214/aoms/1177732360

    Examples
    --------
    >>> round(likelihood_ratio(k=[87, 70], n=[100, 100]).statistic, 4)
    8.7524
    """
    x, m, rate = _pooled(k, n)
    if not 0 < rate < 1:
        return _chi_squared(0.0, x.size - 1)
    terms = xlogy(x, x / (m * rate)) + xlogy(m - x, (m - x) / (m * (1 - rate)))
    return _chi_squared(max(2 * math.fsum(terms), 0.0), x.size - 1)


def smallest_expected(*, k: ArrayLike, n: ArrayLike) -> float:
    """Return the smallest expected count of the g x 2 table.

    Parameters
    ----------
    k, n : (g,)
        People with the outcome and people in all.

    Returns
    -------
    float
        Below 5, both tests are approximate at best.

    Examples
    --------
    >>> smallest_expected(k=[3, 1], n=[4, 4])
    2.0
    """
    _, m, rate = _pooled(k, n)
    return float(m.min() * min(rate, 1 - rate))


def _pooled(k: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats, float]:
    """Return counts as floats and the rate of all groups together."""
    x, m = np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64)
    return x, m, float(x.sum() / m.sum())


def _chi_squared(statistic: float, degrees: int) -> Heterogeneity:
    """Attach the upper tail of chi-squared."""
    return Heterogeneity(
        statistic=statistic, degrees=degrees, p_value=float(chdtrc(degrees, statistic))
    )
