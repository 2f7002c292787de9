"""Observed and expected ends under a known curve: the one-sample log-rank test and its ratio.

Everything is in terms of the cumulative hazard H of the curve at each row's times, so that any
curve serves.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from talentstats.stats.binomial_tests import PValues
from talentstats.stats.limits import Floats, Limits, Side, read_only, tail_area
from talentstats.stats.rates import garwood
from talentstats.stats.roots import bracketed_root

# More people times distinct probabilities than this take too long to convolve.
_MOST_CONVOLVED = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ObservedExpected:
    """Ends that came and ends that the curve leads one to expect, with tests of their ratio.

    Parameters
    ----------
    observed, expected : float
        Numbers of ends.
    variance : float
        Variance of observed less expected, were the curve true.
    tests : PValues
        Exact p-values of shape (): `less` against fewer ends than expected, `greater` against
        more, `two_sided` twice the smaller. `z` is (observed - expected) / sqrt(variance).
    p_normal : float
        Two-sided p-value of z: the one-sample log-rank test.
    """

    observed: float
    expected: float
    variance: float
    tests: PValues
    p_normal: float


def expected_ends(*, entry: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> Floats:
    """Ends that a curve leads one to expect of each row, given when it was watched.

    Parameters
    ----------
    entry, lower, upper : array_like
        Cumulative hazards of the curve (n,) at entry, when last seen in the host, and when first
        seen elsewhere: infinite where the stay had not ended, equal to `lower` where its end is
        known exactly.

    Returns
    -------
    numpy.ndarray
        H(exit) - H(entry) (n,). Where the end is known within (lower, upper] only, H(exit) is its
        mean over that interval under the curve, so that observed less expected still has mean 0,
        and is the score of the ratio of hazards at 1.

    References
    ----------
    Breslow, N. E. (1975). International Statistical Review 43, 45-58. doi:10.2307/1402659

    Examples
    --------
    >>> expected_ends(entry=[0, 0.1], lower=[0.3, 0.2], upper=[np.inf, 0.2]).round(12)
    array([0.3, 0.1])
    """
    start, low, high = (np.asarray(x, dtype=np.float64) for x in (entry, lower, upper))
    wide = np.isfinite(high) & (high > low)
    x = np.where(wide, high - low, 1.0)
    # E[H - H(lower)] = 1 - x / (e^x - 1) = x / 2 - x^2 / 12 + ..., without cancellation.
    small = x < 1e-3
    inside = np.where(small, x / 2.0 - x**2 / 12.0, 1.0 - x / np.expm1(np.where(small, 1.0, x)))
    return np.asarray(low - start + np.where(wide, inside, 0.0))


def poisson_comparison(*, observed: float, expected: float) -> ObservedExpected:
    """Ends against a Poisson number with the expected mean.

    Parameters
    ----------
    observed, expected : float
        Numbers of ends; expected above 0.

    Returns
    -------
    ObservedExpected
        Exact Poisson p-values; z with variance `expected`. Its limits are `garwood`'s of
        `observed` over `expected`.

    Examples
    --------
    >>> found = poisson_comparison(observed=2, expected=4)
    >>> round(float(found.tests.less), 6), round(float(found.tests.z), 6)  # 13 exp(-4); -2 / 2
    (0.238103, -1.0)
    """
    less = special.pdtr(observed, expected)
    greater = special.gammainc(observed, expected) if observed > 0 else np.ones(())
    return _compared(observed, expected, expected, less, greater)


def binomial_comparison(
    *, observed: float, hazard: ArrayLike, count: ArrayLike
) -> ObservedExpected:
    """Ends against a sum of independent chances, one a person.

    Parameters
    ----------
    observed : float
        Number of people who had left at the one look at each.
    hazard : array_like
        Cumulative hazard of the curve between entry and that look (n,).
    count : array_like
        People that a row stands for (n,).

    Returns
    -------
    ObservedExpected
        Exact p-values of the Poisson-binomial distribution, or where people times distinct
        hazards exceed 20 million the Poisson's, which are then conservative; z with variance
        sum p (1 - p).

    References
    ----------
    Hoeffding, W. (1956). Annals of Mathematical Statistics 27, 713-721.
    doi:10.1214/aoms/1177728178

    Examples
    --------
    >>> found = binomial_comparison(observed=2, hazard=[np.log(2)], count=[2])
    >>> float(found.expected), float(found.variance), float(found.tests.greater)
    (1.0, 0.5, 0.25)
    """
    distinct, people = _distinct(hazard, count)
    p = -np.expm1(-distinct)
    expected, variance = float(p @ people), float(people @ (p * np.exp(-distinct)))
    if not can_convolve(hazard=hazard, count=count):
        poisson = poisson_comparison(observed=observed, expected=expected)
        return _compared(observed, expected, variance, poisson.tests.less, poisson.tests.greater)
    pmf = poisson_binomial_pmf(hazard=distinct, count=people)
    k = int(observed)
    return _compared(observed, expected, variance, pmf[: k + 1].sum(), pmf[k:].sum())


def can_convolve(*, hazard: ArrayLike, count: ArrayLike) -> bool:
    """Whether the exact distribution of a sum of chances can be had in a moment.

    Parameters
    ----------
    hazard, count : array_like
        As `binomial_comparison` takes them (n,).

    Returns
    -------
    bool
        Whether people times distinct hazards are at most 20 million.

    Examples
    --------
    >>> can_convolve(hazard=[0.1, 0.2], count=[50, 50])
    True
    """
    distinct, people = _distinct(hazard, count)
    return bool(distinct.size * people.sum() <= _MOST_CONVOLVED)


def poisson_binomial_pmf(*, hazard: ArrayLike, count: ArrayLike) -> Floats:
    """Distribution of the number of ends among people with chances of their own.

    Parameters
    ----------
    hazard : array_like
        Cumulative hazards (n,): each person ends with probability 1 - exp(-hazard).
    count : array_like
        People of each (n,), whole numbers.

    Returns
    -------
    numpy.ndarray
        Probabilities of 0 to sum(count) ends.

    Notes
    -----
    Binomials of equal people are convolved, smallest first: sums of positive terms keep every
    digit of the tails.

    Examples
    --------
    >>> poisson_binomial_pmf(hazard=[np.log(2), np.log(4)], count=[1, 1]).round(12)
    array([0.125, 0.5  , 0.375])
    """
    distinct, people = _distinct(hazard, count)
    parts = []
    for h, n in zip(distinct.tolist(), people.tolist(), strict=True):
        k = np.arange(n + 1.0)
        ways = -special.betaln(k + 1.0, n - k + 1.0) - np.log(n + 1.0)
        parts.append(np.exp(ways + special.xlogy(k, -np.expm1(-h)) - (n - k) * h))
    while len(parts) > 1:
        parts = [
            np.convolve(parts[i], parts[i + 1]) if i + 1 < len(parts) else parts[i]
            for i in range(0, len(parts), 2)
        ]
    return np.asarray(parts[0])


def hazard_ratio_limits(
    *, observed: float, hazard: ArrayLike, count: ArrayLike, level: float, side: Side = "two-sided"
) -> Limits:
    """Exact limits of the factor by which all hazards differ from the curve's, one look a person.

    Parameters
    ----------
    observed : float
        Number of people who had left.
    hazard, count : array_like
        As `binomial_comparison` takes them (n,).
    level : float
        Confidence level in (0, 1).
    side : {"two-sided", "lower", "upper"}
        Which limits are wanted.

    Returns
    -------
    Limits
        Factors of shape (): those at which a tail of the Poisson-binomial distribution has the
        area left outside. For equal people they are Clopper-Pearson's limits of the share who
        left, q, carried over by -log(1 - q) / hazard. Beyond the size of `can_convolve` they are
        Garwood's over the sum of hazards, which are wider.

    Examples
    --------
    >>> found = hazard_ratio_limits(observed=13, hazard=[-np.log(0.9)], count=[100], level=0.95)
    >>> (1 - 0.9**found.lower).round(6), (1 - 0.9**found.upper).round(6)  # Clopper-Pearson
    (np.float64(0.071073), np.float64(0.212041))
    """
    distinct, people = _distinct(hazard, count)
    total = float(distinct @ people)
    rough = garwood(events=observed, exposure=total, level=level, side=side)
    if not can_convolve(hazard=hazard, count=count):
        return rough
    area, k = float(tail_area(level=level, side=side)), int(observed)

    def tails(log_factor: Floats, which: np.ndarray) -> Floats:
        found = []
        for x, i in zip(np.exp(log_factor).tolist(), which.tolist(), strict=True):
            pmf = poisson_binomial_pmf(hazard=x * distinct, count=people)
            found.append(area - (pmf[k:].sum() if i == 0 else pmf[: k + 1].sum()))
        return np.array(found) * np.where(which == 0, 1.0, -1.0)

    # The least hazard of anybody alone bounds the factor at which all have left.
    least = float(distinct.min())
    far = np.log(special.gammainccinv(people.sum() + 1.0, area / 2.0) + 50.0) - np.log(least)
    near = np.log(1e-12 / total)
    roots = np.exp(bracketed_root(tails, low=np.array([near, near]), high=np.array([far, far])))
    every = k >= people.sum()
    return Limits(
        lower=np.where((k == 0) | (side == "upper"), 0.0, roots[0]),
        upper=np.where(every | (side == "lower"), np.inf, roots[1]),
    )


def _distinct(hazard: ArrayLike, count: ArrayLike) -> tuple[Floats, Floats]:
    """Return distinct hazards above 0 and the people who have them."""
    h = np.asarray(hazard, dtype=np.float64)
    distinct, place = np.unique(h, return_inverse=True)
    people = np.bincount(
        place.ravel(), weights=np.asarray(count, dtype=np.float64).ravel(), minlength=distinct.size
    )
    some = (people > 0.0) & (distinct > 0.0) if np.any(distinct > 0.0) else people > 0.0
    return read_only(distinct[some]), read_only(people[some])


def _compared(
    observed: float, expected: float, variance: float, less: ArrayLike, greater: ArrayLike
) -> ObservedExpected:
    """Return the comparison with its p-values."""
    z = (
        np.asarray((observed - expected) / np.sqrt(variance))
        if variance > 0.0
        else np.array(np.nan)
    )
    low, high = (np.minimum(np.asarray(p, dtype=np.float64), 1.0) for p in (less, greater))
    return ObservedExpected(
        observed=float(observed),
        expected=float(expected),
        variance=float(variance),
        tests=PValues(
            two_sided=np.minimum(2.0 * np.minimum(low, high), 1.0), less=low, greater=high, z=z
        ),
        p_normal=float(2.0 * special.ndtr(-np.abs(z))),
    )
