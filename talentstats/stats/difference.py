"""Difference of two independent proportions, p1 - p2: intervals and the score statistic.

x1 of n1 and x2 of n2 people; all arguments broadcast against one another. The score
statistic is that of Miettinen and Nurminen: variance where the likelihood is largest
under p1 - p2 = difference, times N/(N-1) with N = n1 + n2. Mee (for margins: Farrington
and Manning) is the same without that factor.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from talentstats.stats.intervals import wilson
from talentstats.stats.limits import Floats, Limits, Side, normal_quantile
from talentstats.stats.score_limits import crossing, floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarginTest:
    """Score tests of a difference against a margin.

    Parameters
    ----------
    p_low : (...) ndarray
        p-value against p1 - p2 <= -margin: small means the first group is not inferior.
    p_high : (...) ndarray
        p-value against p1 - p2 >= margin: small means the first group is not superior.
    p : (...) ndarray
        The larger of the two: equivalence by two one-sided tests.
    """

    p_low: Floats
    p_high: Floats
    p: Floats


def newcombe(
    *, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, level: float, side: Side
) -> Limits:
    """Newcombe's hybrid score interval of p1 - p2 (method 10): Wilson arms added in squares.

    Parameters
    ----------
    x1, n1, x2, n2 : (...)
        People with the outcome and people in all, in each group.
    level : float
        Confidence level in (0, 1).
    side : Side
        "two-sided", "lower" or "upper"; one-sided limits use one-sided Wilson arms.

    Returns
    -------
    Limits
        Limits of shape (...), within [-1, 1].

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 873-890.
    https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I

    Examples
    --------
    >>> limits = newcombe(x1=56, n1=70, x2=48, n2=80, level=0.95, side="two-sided")
    >>> print(f"{limits.lower:.4f} {limits.upper:.4f}")
    0.0524 0.3339
    """
    a, m, b, n = floats(x1, n1, x2, n2)
    p1, p2 = a / m, b / n
    down: Side = "two-sided" if side == "two-sided" else "lower"
    up: Side = "two-sided" if side == "two-sided" else "upper"
    l1, l2 = (wilson(k=k, n=t, level=level, side=down).lower for k, t in ((a, m), (b, n)))
    u1, u2 = (wilson(k=k, n=t, level=level, side=up).upper for k, t in ((a, m), (b, n)))
    lower = p1 - p2 - np.hypot(p1 - l1, u2 - p2)
    upper = p1 - p2 + np.hypot(u1 - p1, p2 - l2)
    return _within(lower, upper, side)


def agresti_caffo(
    *, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, level: float, side: Side
) -> Limits:
    """Agresti-Caffo interval of p1 - p2: one success and one failure added to each group.

    Parameters
    ----------
    x1, n1, x2, n2 : (...)
        People with the outcome and people in all, in each group.
    level : float
        Confidence level in (0, 1).
    side : Side
        "two-sided", "lower" or "upper".

    Returns
    -------
    Limits
        Limits of shape (...), clipped to [-1, 1].

    References
    ----------
    Agresti and Caffo (2000), The American Statistician 54, 280-288.
    https://doi.org/10.1080/00031305.2000.10474560

    Examples
    --------
    >>> limits = agresti_caffo(x1=10, n1=10, x2=0, n2=10, level=0.95, side="two-sided")
    >>> print(f"{limits.lower:.4f} {limits.upper:.4f}")
    0.6122 1.0000
    """
    a, m, b, n = floats(x1, n1, x2, n2)
    return wald_difference(x1=a + 1, n1=m + 2, x2=b + 1, n2=n + 2, level=level, side=side)


def wald_difference(
    *, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, level: float, side: Side
) -> Limits:
    """Unpooled normal interval of p1 - p2, for comparison only: it covers too little.

    Parameters
    ----------
    x1, n1, x2, n2 : (...)
        People with the outcome and people in all, in each group.
    level : float
        Confidence level in (0, 1).
    side : Side
        "two-sided", "lower" or "upper".

    Returns
    -------
    Limits
        Limits of shape (...), clipped to [-1, 1].

    Examples
    --------
    >>> limits = wald_difference(x1=56, n1=70, x2=48, n2=80, level=0.95, side="two-sided")
    >>> print(f"{limits.lower:.4f} {limits.upper:.4f}")
    0.0575 0.3425
    """
    a, m, b, n = floats(x1, n1, x2, n2)
    p1, p2 = a / m, b / n
    half = normal_quantile(level=level, side=side) * np.sqrt(p1 * (1 - p1) / m + p2 * (1 - p2) / n)
    return _within(p1 - p2 - half, p1 - p2 + half, side)


def miettinen_nurminen(
    *, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, level: float, side: Side
) -> Limits:
    """Miettinen-Nurminen score interval of p1 - p2, variance times N/(N-1).

    Parameters
    ----------
    x1, n1, x2, n2 : (...)
        People with the outcome and people in all, in each group.
    level : float
        Confidence level in (0, 1).
    side : Side
        "two-sided", "lower" or "upper".

    Returns
    -------
    Limits
        Limits of shape (...), within [-1, 1]; a difference of -1 or 1 is its own limit.

    References
    ----------
    Miettinen and Nurminen (1985), Statistics in Medicine 4, 213-226.
    https://doi.org/10.1002/sim.4780040211

    Examples
    --------
    >>> limits = miettinen_nurminen(x1=87, n1=100, x2=90, n2=100, level=0.95, side="two-sided")
    >>> print(f"{limits.lower:.4f} {limits.upper:.4f}")
    -0.1230 0.0614
    """
    return _score_interval(x1, n1, x2, n2, level, side, bias_corrected=True)


def mee(
    *, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, level: float, side: Side
) -> Limits:
    """Mee score interval of p1 - p2: as Miettinen-Nurminen without N/(N-1).

    Parameters
    ----------
    x1, n1, x2, n2 : (...)
        People with the outcome and people in all, in each group.
    level : float
        Confidence level in (0, 1).
    side : Side
        "two-sided", "lower" or "upper".

    Returns
    -------
    Limits
        Limits of shape (...), within [-1, 1]; a difference of -1 or 1 is its own limit.

    References
    ----------
    Mee (1984), Biometrics 40, 1175-1176. https://www.jstor.org/stable/2531174

    Examples
    --------
    >>> limits = mee(x1=56, n1=70, x2=48, n2=80, level=0.95, side="two-sided")
    >>> print(f"{limits.lower:.4f} {limits.upper:.4f}")
    0.0533 0.3377
    """
    return _score_interval(x1, n1, x2, n2, level, side, bias_corrected=False)


def score_statistic(
    *,
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    difference: ArrayLike,
    bias_corrected: bool,
) -> Floats:
    """Signed score statistic of the null value p1 - p2 = difference.

    Parameters
    ----------
    x1, n1, x2, n2 : (...)
        People with the outcome and people in all, in each group.
    difference : (...)
        Null value in [-1, 1].
    bias_corrected : bool
        Whether the variance carries N/(N-1) (Miettinen-Nurminen).

    Returns
    -------
    (...) ndarray
        Standard normal under the null; positive when the estimate is above it. A variance of
        zero gives 0 where the estimate equals the null value and +-inf elsewhere.

    Examples
    --------
    >>> z = score_statistic(x1=87, n1=100, x2=90, n2=100, difference=-0.1, bias_corrected=True)
    >>> print(f"{z:.4f}")
    1.4996
    """
    a, m, b, n, d = floats(x1, n1, x2, n2, difference)
    variance = _null_variance(a, m, b, n, d)
    if bias_corrected:
        variance = variance * (m + n) / (m + n - 1)
    distance = a / m - b / n - d
    z = np.zeros(distance.shape)
    np.divide(distance, np.sqrt(variance), out=z, where=variance > 0)
    return np.where((variance <= 0) & (distance != 0), np.copysign(np.inf, distance), z)


def margin_test(
    *,
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    margin: ArrayLike,
    bias_corrected: bool,
) -> MarginTest:
    """Non-inferiority, non-superiority and equivalence of p1 to p2 within a margin.

    Parameters
    ----------
    x1, n1, x2, n2 : (...)
        People with the outcome and people in all, in each group.
    margin : (...)
        Largest difference that does not matter, in (0, 1).
    bias_corrected : bool
        Whether the variance carries N/(N-1) (Miettinen-Nurminen); without it the test
        is that of Farrington and Manning.

    Returns
    -------
    MarginTest
        The p-values, of shape (...).

    References
    ----------
    Farrington and Manning (1990), Statistics in Medicine 9, 1447-1454.
    https://doi.org/10.1002/sim.4780091208

    Examples
    --------
    >>> test = margin_test(x1=87, n1=100, x2=90, n2=100, margin=0.1, bias_corrected=True)
    >>> print(f"{test.p:.4f}")
    0.0669
    """
    a, m, b, n, gap = floats(x1, n1, x2, n2, margin)
    low = ndtr(
        -score_statistic(x1=a, n1=m, x2=b, n2=n, difference=-gap, bias_corrected=bias_corrected)
    )
    high = ndtr(
        score_statistic(x1=a, n1=m, x2=b, n2=n, difference=gap, bias_corrected=bias_corrected)
    )
    return MarginTest(p_low=low, p_high=high, p=np.maximum(low, high))


def _null_variance(x1: Floats, n1: Floats, x2: Floats, n2: Floats, difference: Floats) -> Floats:
    """Variance of the estimate at the rates that maximise the likelihood given the difference."""
    # Name groups and outcomes so that p2 is the smallest of p1, p2, 1 - p1 and 1 - p2:
    # solved for directly, it keeps all its digits however close to an edge it is.
    d, swap = np.abs(difference), difference < 0
    x1, x2 = np.where(swap, x2, x1), np.where(swap, x1, x2)
    n1, n2 = np.where(swap, n2, n1), np.where(swap, n1, n2)
    flip = (x1 + x2 - n2) * (1 - d) + (x1 + x2 - n1) * (1 + d) > 0
    x1, x2 = np.where(flip, n2 - x2, x1), np.where(flip, n1 - x1, x2)
    n1, n2 = np.where(flip, n2, n1), np.where(flip, n1, n2)
    p2 = _smallest_rate(x1, n1, x2, n2, d)
    return (p2 + d) * (1 - d - p2) / n1 + p2 * (1 - p2) / n2


def _smallest_rate(x1: Floats, n1: Floats, x2: Floats, n2: Floats, d: Floats) -> Floats:
    """Restricted maximum for p2 = p1 - d: the cubic's trigonometric root, then Newton steps."""
    total, successes = n1 + n2, x1 + x2
    c2 = ((n1 + 2 * n2) * d - total - successes) / total
    c1 = ((n2 * d - total - 2 * x2) * d + successes) / total
    c0 = x2 * d * (1 - d) / total
    q = (c2 / 3) ** 3 - c1 * c2 / 6 + c0 / 2
    s = np.copysign(np.sqrt(np.maximum((c2 / 3) ** 2 - c1 / 3, 0)), q)
    cosine = np.zeros(q.shape)
    np.divide(q, s**3, out=cosine, where=s != 0)
    angle = (np.pi + np.arccos(np.clip(cosine, -1, 1))) / 3
    p2 = np.clip(2 * s * np.cos(angle) - c2 / 3, 0, (1 - d) / 2)
    for _ in range(3):
        # The arc cosine loses half the digits where two roots are close.
        slope, step = (3 * p2 + 2 * c2) * p2 + c1, np.zeros(q.shape)
        np.divide(((p2 + c2) * p2 + c1) * p2 + c0, slope, out=step, where=slope != 0)
        p2 = np.clip(p2 - step, 0, (1 - d) / 2)
    return p2


def _score_interval(
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    level: float,
    side: Side,
    *,
    bias_corrected: bool,
) -> Limits:
    """Bisect for the differences at which the score statistic is +z and -z."""
    a, m, b, n = floats(x1, n1, x2, n2)
    ones = np.ones(a.shape)
    z = normal_quantile(level=level, side=side)

    def statistic(null: Floats) -> Floats:
        return score_statistic(
            x1=a, n1=m, x2=b, n2=n, difference=null, bias_corrected=bias_corrected
        )

    lower = crossing(statistic=statistic, target=z, low=-ones, high=ones)
    upper = crossing(statistic=statistic, target=-z, low=-ones, high=ones)
    return _within(lower, upper, side)


def _within(lower: Floats, upper: Floats, side: Side) -> Limits:
    """Clip to [-1, 1] and open the side that was not asked for."""
    ones = np.ones(np.shape(lower))
    return Limits(
        lower=-ones if side == "upper" else np.maximum(lower, -1),
        upper=ones if side == "lower" else np.minimum(upper, 1),
    )
