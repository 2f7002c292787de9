"""Ratio and odds ratio of two independent proportions: score and exact intervals.

x1 of n1 and x2 of n2 people; all arguments broadcast against one another. Limits that the
data cannot bound are assigned, not solved for: 0 below and infinity above.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats.stats.limits import Floats, Limits, Side, normal_quantile
from talentstats.stats.score_limits import crossing, floats

# exp(+-LOG_RANGE) bounds every score limit of tables with fewer than 1e15 people.
LOG_RANGE = 40.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConditionalOdds:
    """Odds ratio given both margins of the table.

    Parameters
    ----------
    estimate : (...) ndarray
        Conditional maximum of the likelihood; NaN where the margins allow one table only.
    limits : Limits
        Central exact limits, shape (...).
    """

    estimate: Floats
    limits: Limits


def koopman(
    *, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, level: float, side: Side
) -> Limits:
    """Koopman score interval of p1/p2.

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
        Limits of shape (...): lower 0 where x1 = 0, upper infinity where x2 = 0.

    References
    ----------
    Koopman (1984), Biometrics 40, 513-517. https://doi.org/10.2307/2531405

    Examples
    --------
    >>> limits = koopman(x1=36, n1=40, x2=16, n2=80, level=0.95, side="two-sided")
    >>> print(f"{limits.lower:.2f} {limits.upper:.2f}")
    2.94 7.15
    """
    return _ratio_interval(x1, n1, x2, n2, level, side, bias_corrected=False)


def ratio_miettinen_nurminen(
    *, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, level: float, side: Side
) -> Limits:
    """Miettinen-Nurminen score interval of p1/p2: Koopman's with the variance times N/(N-1).

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
        Limits of shape (...): lower 0 where x1 = 0, upper infinity where x2 = 0.

    References
    ----------
    Miettinen and Nurminen (1985), Statistics in Medicine 4, 213-226.
    https://doi.org/10.1002/sim.4780040211

    Examples
    --------
    >>> limits = ratio_miettinen_nurminen(
    ...     x1=87, n1=100, x2=90, n2=100, level=0.95, side="two-sided"
    ... )
    >>> print(f"{limits.lower:.4f} {limits.upper:.4f}")
    0.8665 1.0734
    """
    return _ratio_interval(x1, n1, x2, n2, level, side, bias_corrected=True)


def odds_score(
    *, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, level: float, side: Side
) -> Limits:
    """Score interval of the odds ratio of p1 to p2.

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
        Limits of shape (...): lower 0 where x1 = 0 or x2 = n2, upper infinity where
        x1 = n1 or x2 = 0.

    References
    ----------
    Cornfield (1956), Proceedings of the Third Berkeley Symposium 4, 135-148.
    Miettinen and Nurminen (1985), Statistics in Medicine 4, 213-226.
    https://doi.org/10.1002/sim.4780040211

    Examples
    --------
    >>> limits = odds_score(x1=56, n1=70, x2=48, n2=80, level=0.95, side="two-sided")
    >>> print(f"{limits.lower:.4f} {limits.upper:.4f}")
    1.2847 5.5270
    """
    return _odds_interval(x1, n1, x2, n2, level, side, bias_corrected=False)


def odds_miettinen_nurminen(
    *, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, level: float, side: Side
) -> Limits:
    """Miettinen-Nurminen score interval of the odds ratio: variance times N/(N-1).

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
        Limits of shape (...): lower 0 where x1 = 0 or x2 = n2, upper infinity where
        x1 = n1 or x2 = 0.

    References
    ----------
    Miettinen and Nurminen (1985), Statistics in Medicine 4, 213-226.
    https://doi.org/10.1002/sim.4780040211

    Examples
    --------
    >>> limits = odds_miettinen_nurminen(
    ...     x1=56, n1=70, x2=48, n2=80, level=0.95, side="two-sided"
    ... )
    >>> print(f"{limits.lower:.4f} {limits.upper:.4f}")
    1.2816 5.5402
    """
    return _odds_interval(x1, n1, x2, n2, level, side, bias_corrected=True)


def odds_conditional_exact(
    *, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, level: float, side: Side
) -> ConditionalOdds:
    """Odds ratio given the margins: conditional estimate and central exact limits.

    Parameters
    ----------
    x1, n1, x2, n2 : (...)
        People with the outcome and people in all, in each group; whole numbers.
    level : float
        Confidence level in (0, 1).
    side : Side
        "two-sided", "lower" or "upper".

    Returns
    -------
    ConditionalOdds
        Estimate and limits of shape (...).

    References
    ----------
    Fisher (1935), Journal of the Royal Statistical Society 98, 39-82.
    https://doi.org/10.2307/2342435

    Examples
    --------
    >>> odds = odds_conditional_exact(x1=3, n1=4, x2=1, n2=4, level=0.95, side="lower")
    >>> print(f"{odds.estimate:.4f} {odds.limits.lower:.5f} {odds.limits.upper}")
    6.4083 0.31357 inf
    """
    from scipy.stats.contingency import odds_ratio

    a, m, b, n = floats(x1, n1, x2, n2)
    alternative = {"two-sided": "two-sided", "lower": "greater", "upper": "less"}[side]
    out = np.tile([np.nan, 0.0, np.inf], (*a.shape, 1))
    for place in np.ndindex(a.shape):
        i, r, j, t = (int(v[place]) for v in (a, m, b, n))
        if max(0, i + j - t) == min(r, i + j):
            continue
        fit = odds_ratio([[i, r - i], [j, t - j]], kind="conditional")
        span = fit.confidence_interval(level, alternative)
        out[place] = fit.statistic, span.low, span.high
    limits = Limits(lower=out[..., 1], upper=out[..., 2])
    return ConditionalOdds(estimate=out[..., 0], limits=limits)


def _ratio_statistic(x1: Floats, n1: Floats, x2: Floats, n2: Floats, log_ratio: Floats) -> Floats:
    """Score statistic of p1/p2 at the restricted maximum for a ratio of 1 or less."""
    ratio, excess = np.exp(log_ratio), np.expm1(log_ratio)
    total, left1, left2 = n1 + n2, n1 - x1, n2 - x2
    # Both p2 and 1 - p2 from one discriminant, a sum of positive terms: no digits are lost.
    middle = total * excess + left1 + left2 * ratio
    root = np.sqrt(middle**2 - 4 * total * ratio * left2 * excess)
    p2 = 2 * (x1 + x2) / (2 * total * ratio - middle + root)
    q2 = (middle + root) / (2 * total * ratio)
    variance = ratio * p2 * (ratio * q2 - excess) / n1 + ratio**2 * p2 * q2 / n2
    return _signed(x1 / n1 - x2 / n2 - excess * x2 / n2, variance)


def _odds_statistic(x1: Floats, n1: Floats, x2: Floats, n2: Floats, log_odds: Floats) -> Floats:
    """Score statistic of the odds ratio at the restricted maximum for odds of 1 or more."""
    odds, excess = np.exp(log_odds), np.expm1(log_odds)
    total, stay = n1 + n2, x1 + x2
    leave, linear = total - stay, total + (n1 - stay) * excess
    root = np.sqrt(linear**2 + 4 * n2 * excess * stay)
    # As for the ratio: p2 and 1 - p2 each in the form that keeps its digits.
    with np.errstate(divide="ignore", invalid="ignore"):
        p2 = np.where(linear >= 0, 2 * stay / (linear + root), (root - linear) / (2 * n2 * excess))
    q2 = 2 * leave * odds / (odds * leave + n2 * excess + stay + root)
    p1, q1 = p2 * odds / (q2 + p2 * odds), q2 / (q2 + p2 * odds)
    v1, v2 = n1 * p1 * q1, n2 * p2 * q2
    distance = np.where(p1 < q1, x1 - n1 * p1, n1 * q1 - (n1 - x1))
    return _signed(distance, v1 * v2 / np.where(v1 + v2 > 0, v1 + v2, 1))


def _signed(distance: Floats, variance: Floats) -> Floats:
    """Distance in standard errors; 0/0 is 0 and d/0 is infinite."""
    z = np.zeros(distance.shape)
    np.divide(distance, np.sqrt(np.maximum(variance, 0)), out=z, where=variance > 0)
    return np.where((variance <= 0) & (distance != 0), np.copysign(np.inf, distance), z)


def _ratio_interval(
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    level: float,
    side: Side,
    *,
    bias_corrected: bool,
) -> Limits:
    """Solve the ratio score equations, with the edges assigned."""
    a, m, b, n = floats(x1, n1, x2, n2)

    def statistic(log_ratio: Floats) -> Floats:
        # The ratio of p2 to p1 is the same question with the sign of z turned.
        swap = log_ratio > 0
        first = np.where(swap, b, a), np.where(swap, n, m)
        second = np.where(swap, a, b), np.where(swap, m, n)
        z = _ratio_statistic(*first, *second, -np.abs(log_ratio))
        return np.where(swap, -z, z)

    return _log_scale_interval(
        statistic=statistic,
        unbounded_below=a == 0,
        unbounded_above=b == 0,
        z=_scaled_z(m + n, level, side, bias_corrected),
        side=side,
    )


def _odds_interval(
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    level: float,
    side: Side,
    *,
    bias_corrected: bool,
) -> Limits:
    """Solve the odds-ratio score equations, with the edges assigned."""
    a, m, b, n = floats(x1, n1, x2, n2)

    def statistic(log_odds: Floats) -> Floats:
        swap = log_odds < 0
        first = np.where(swap, b, a), np.where(swap, n, m)
        second = np.where(swap, a, b), np.where(swap, m, n)
        z = _odds_statistic(*first, *second, np.abs(log_odds))
        return np.where(swap, -z, z)

    return _log_scale_interval(
        statistic=statistic,
        unbounded_below=(a == 0) | (b == n),
        unbounded_above=(a == m) | (b == 0),
        z=_scaled_z(m + n, level, side, bias_corrected),
        side=side,
    )


def _scaled_z(total: Floats, level: float, side: Side, bias_corrected: bool) -> Floats:
    """Critical value of the uncorrected statistic."""
    factor = np.sqrt(total / (total - 1)) if bias_corrected else np.ones(total.shape)
    return np.asarray(normal_quantile(level=level, side=side) * factor, dtype=np.float64)


def _log_scale_interval(
    *,
    statistic: Callable[[Floats], Floats],
    unbounded_below: NDArray[np.bool_],
    unbounded_above: NDArray[np.bool_],
    z: Floats,
    side: Side,
) -> Limits:
    """Bisect on the log scale; where nothing bounds a limit it is 0 or infinity."""
    edge = np.full(z.shape, LOG_RANGE)
    lower = np.exp(crossing(statistic=statistic, target=z, low=-edge, high=edge))
    upper = np.exp(crossing(statistic=statistic, target=-z, low=-edge, high=edge))
    return Limits(
        lower=np.where(unbounded_below | (side == "upper"), 0.0, lower),
        upper=np.where(unbounded_above | (side == "lower"), np.inf, upper),
    )
