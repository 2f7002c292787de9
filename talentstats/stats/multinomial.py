"""Several shares at once: simultaneous intervals and tests against given shares.

`counts` is (k,): people in each of k categories that exclude one another.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, chdtri, gammaln, xlogy

from talentstats.stats.intervals import clopper_pearson
from talentstats.stats.limits import Floats, Limits

# Two outcomes are equally likely when their probabilities agree to this (as in R).
TIE = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SharesTest:
    """Test of counts against given shares.

    Parameters
    ----------
    statistic : float
        Chi-squared statistic; NaN for the exact test.
    degrees : int
        Degrees of freedom, k - 1.
    p_value : float
        Probability of a result at least as far from the shares.
    """

    statistic: float
    degrees: int
    p_value: float


def goodman(*, counts: ArrayLike, level: float) -> Limits:
    """Goodman simultaneous intervals: Wilson form at chi-squared(1 - (1 - level)/k; 1).

    Parameters
    ----------
    counts : (k,)
        People in each category.
    level : float
        Simultaneous confidence level in (0, 1).

    Returns
    -------
    Limits
        Limits of shape (k,); exactly 0 at a count of 0 and 1 at a count of all.

    References
    ----------
    Goodman (1965), Technometrics 7, 247-254.
    https://doi.org/10.1080/00401706.1965.10490252

    Examples
    --------
    >>> goodman(counts=[87, 10, 3], level=0.95).lower.round(3)
    array([0.769, 0.049, 0.008])
    """
    return _quadratic(counts, float(chdtri(1, (1 - level) / np.size(counts))))


def quesenberry_hurst(*, counts: ArrayLike, level: float) -> Limits:
    """Quesenberry-Hurst simultaneous intervals: Wilson form at chi-squared(level; k - 1).

    Parameters
    ----------
    counts : (k,)
        People in each category.
    level : float
        Simultaneous confidence level in (0, 1).

    Returns
    -------
    Limits
        Limits of shape (k,); exactly 0 at a count of 0 and 1 at a count of all.

    References
    ----------
    Quesenberry and Hurst (1964), Technometrics 6, 191-195.
    https://doi.org/10.1080/00401706.1964.10490163

    Examples
    --------
    >>> quesenberry_hurst(counts=[87, 10, 3], level=0.95).lower.round(3)
    array([0.766, 0.048, 0.008])
    """
    return _quadratic(counts, float(chdtri(np.size(counts) - 1, 1 - level)))


def bonferroni_clopper_pearson(*, counts: ArrayLike, level: float) -> Limits:
    """Clopper-Pearson intervals at 1 - (1 - level)/k each: the only guaranteed ones here.

    Parameters
    ----------
    counts : (k,)
        People in each category.
    level : float
        Simultaneous confidence level in (0, 1).

    Returns
    -------
    Limits
        Limits of shape (k,).

    Examples
    --------
    >>> bonferroni_clopper_pearson(counts=[87, 10, 3], level=0.95).lower.round(3)
    array([0.769, 0.041, 0.004])
    """
    x = np.asarray(counts, dtype=np.float64)
    return clopper_pearson(k=x, n=x.sum(), level=1 - (1 - level) / x.size, side="two-sided")


def sison_glaz(*, counts: ArrayLike, level: float) -> Limits:
    """Sison-Glaz simultaneous intervals, of one length for all shares and open upwards.

    Parameters
    ----------
    counts : (k,)
        People in each category, whole numbers.
    level : float
        Simultaneous confidence level in (0, 1).

    Returns
    -------
    Limits
        Limits of shape (k,), clipped to [0, 1]; all of [0, 1] where so few people cannot
        reach the level.

    Notes
    -----
    The interval is (p - c/n, p + c/n + 2g/n), asymmetric by design; its level rests on an
    Edgeworth approximation, which is poor for a handful of people.

    References
    ----------
    Sison and Glaz (1995), Journal of the American Statistical Association 90, 366-369.
    https://doi.org/10.1080/01621459.1995.10476521

    Examples
    --------
    >>> sison_glaz(counts=[87, 10, 3], level=0.95).upper.round(4)
    array([0.9384, 0.1684, 0.0984])
    """
    x = np.asarray(counts, dtype=np.float64)
    n = x.sum()
    # The probability within c of the counts grows with c: double, then halve.
    below, above = 0, 1
    while above < n and _probability_within(x, above) <= level:
        below, above = above, 2 * above
    above = min(above, int(n))
    while above - below > 1:
        middle = (below + above) // 2
        if _probability_within(x, middle) > level:
            above = middle
        else:
            below = middle
    before = _probability_within(x, below) if below else 0.0
    now = _probability_within(x, above)
    if now > level:
        share = (level - before) / (now - before)
        lower, upper = x / n - below / n, x / n + (below + 2 * share) / n
        return Limits(lower=np.maximum(lower, 0.0), upper=np.minimum(upper, 1.0))
    return Limits(lower=np.zeros(x.shape), upper=np.ones(x.shape))


def exact_test(*, counts: ArrayLike, shares: ArrayLike) -> SharesTest:
    """Exact multinomial test: all outcomes that are at most as likely as the one seen.

    Parameters
    ----------
    counts : (k,)
        People in each category, whole numbers.
    shares : (k,)
        Shares under the null, positive, with sum 1.

    Returns
    -------
    SharesTest
        The p-value; the statistic is NaN.

    Notes
    -----
    Visits every outcome: `outcome_count` tells how many there are.

    Examples
    --------
    >>> exact_test(counts=[5, 0, 1], shares=[0.5, 0.3, 0.2]).p_value
    0.29237...
    """
    x, q = np.asarray(counts, dtype=np.int64), np.asarray(shares, dtype=np.float64)
    left, log_p = np.array([x.sum()]), np.array([gammaln(x.sum() + 1.0)])
    for share in q[:-1]:
        ways = left + 1
        start = np.repeat(np.cumsum(ways) - ways, ways)
        here = np.arange(ways.sum()) - start
        left = np.repeat(left, ways) - here
        log_p = np.repeat(log_p, ways) + here * math.log(share) - gammaln(here + 1.0)
    log_p = log_p + left * math.log(q[-1]) - gammaln(left + 1.0)
    seen = gammaln(x.sum() + 1.0) + (x * np.log(q) - gammaln(x + 1.0)).sum()
    p_value = np.exp(log_p[log_p <= seen + math.log1p(TIE)]).sum()
    return SharesTest(statistic=math.nan, degrees=x.size - 1, p_value=min(1.0, float(p_value)))


def outcome_count(*, total: int, categories: int) -> int:
    """Count the ways in which `total` people can fall into `categories`.

    Parameters
    ----------
    total : int
        People.
    categories : int
        Categories.

    Returns
    -------
    int
        The binomial coefficient (total + categories - 1 over categories - 1).

    Examples
    --------
    >>> outcome_count(total=100, categories=3)
    5151
    """
    return math.comb(total + categories - 1, categories - 1)


def score_test(*, counts: ArrayLike, shares: ArrayLike) -> SharesTest:
    """Pearson's chi-squared test of counts against given shares.

    Parameters
    ----------
    counts : (k,)
        People in each category.
    shares : (k,)
        Shares under the null, positive, with sum 1.

    Returns
    -------
    SharesTest
        The statistic on k - 1 degrees of freedom.

    References
    ----------
    Pearson (1900), Philosophical Magazine 50, 157-175.
    https://doi.org/10.1080/14786440009463897

    Examples
    --------
    >>> round(score_test(counts=[87, 10, 3], shares=[0.9, 0.08, 0.02]).statistic, 6)
    1.1
    """
    x, q = np.asarray(counts, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    expected = x.sum() * q
    return _chi_squared(float(((x - expected) ** 2 / expected).sum()), x.size - 1)


def likelihood_ratio_test(*, counts: ArrayLike, shares: ArrayLike) -> SharesTest:
    """Likelihood-ratio (G) test of counts against given shares.

    Parameters
    ----------
    counts : (k,)
        People in each category.
    shares : (k,)
        Shares under the null, positive, with sum 1.

    Returns
    -------
    SharesTest
        The statistic on k - 1 degrees of freedom.

    References
    ----------
    Wilks (1938), Annals of Mathematical Statistics 9, 60-62.
    https://doi.org/10.1214/aoms/1177732360

    Examples
    --------
    >>> round(likelihood_ratio_test(counts=[9, 0], shares=[0.9, 0.1]).statistic, 4)
    1.8965
    """
    x, q = np.asarray(counts, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    statistic = 2 * float(xlogy(x, x / (x.sum() * q)).sum())
    return _chi_squared(max(statistic, 0.0), x.size - 1)


def _quadratic(counts: ArrayLike, quantile: float) -> Limits:
    """Solve n (x/n - p)^2 = quantile p (1 - p) for each count, with the edges assigned."""
    x = np.asarray(counts, dtype=np.float64)
    n = x.sum()
    half = np.sqrt(quantile * (quantile + 4 * x * (n - x) / n))
    # The smaller root as a quotient, since the difference loses its digits near 0.
    lower = 2 * x**2 / (n * (quantile + 2 * x + half))
    y = n - x
    upper = 1 - 2 * y**2 / (n * (quantile + 2 * y + half))
    return Limits(lower=np.where(x == 0, 0.0, lower), upper=np.where(x == n, 1.0, upper))


def _probability_within(x: Floats, c: int) -> float:
    """Edgeworth approximation of P(every count within c of x), multinomial(n, x/n)."""
    n = x.sum()
    log_p = np.empty(x.size)
    moments: NDArray[np.float64] = np.empty((x.size, 4))
    for place, centre in enumerate(x):
        j = np.arange(max(0.0, centre - c), centre + c + 1)
        log_w = xlogy(j, centre) - centre - gammaln(j + 1) if centre else np.where(j, -np.inf, 0.0)
        w = np.exp(log_w)
        mass = w.sum()
        w = w / mass
        mean = (j * w).sum()
        second, third, fourth = (((j - mean) ** r * w).sum() for r in (2, 3, 4))
        log_p[place] = math.log(mass)
        moments[place] = mean, second, third, fourth - 3 * second**2
    mean, variance, third, excess = moments.sum(axis=0)
    u, g1, g2 = (n - mean) / math.sqrt(variance), third / variance**1.5, excess / variance**2
    density = (
        math.exp(-u * u / 2)
        / math.sqrt(2 * math.pi * variance)
        * (
            1
            + g1 * (u**3 - 3 * u) / 6
            + g2 * (u**4 - 6 * u**2 + 3) / 24
            + g1**2 * (u**6 - 15 * u**4 + 45 * u**2 - 15) / 72
        )
    )
    return float(math.exp(log_p.sum() + gammaln(n + 1) - n * math.log(n) + n) * density)


def _chi_squared(statistic: float, degrees: int) -> SharesTest:
    """Attach the upper tail of chi-squared."""
    return SharesTest(
        statistic=statistic, degrees=degrees, p_value=float(chdtrc(degrees, statistic))
    )
