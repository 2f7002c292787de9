"""Limits of rates: exact ones of counts, gamma ones of sums of sampling weights.

A weighted rate is a sum of scaled Poisson numbers. It is taken as a gamma variable with its mean
and variance; with equal weights the limits are the exact ones.
"""

import numpy as np
from scipy import special

from talentstats.stats.limits import Floats, Limits, tail_area
from talentstats.stats.rates import garwood, mid_p_rate
from talentstats.survival.rate_groups import RateGroups


def rate_limits(sums: RateGroups, *, interval: str, level: float) -> Limits:
    """Limits of all rates.

    Parameters
    ----------
    sums : RateGroups
        Sums of g groups for o outcomes.
    interval : str
        "garwood", "mid-p" or "gamma".
    level : float
        Confidence level.

    Returns
    -------
    Limits
        Shape (g, o), per unit of time.
    """
    if interval == "gamma":
        return gamma_limits(
            rate=sums.rate,
            variance=sums.variance,
            one_more=sums.one_more[:, None],
            one_more_squared=sums.one_more_squared[:, None],
            level=level,
        )
    method = mid_p_rate if interval == "mid-p" else garwood
    time = sums.exposure[:, None]
    return method(events=sums.events, exposure=time, level=level, side="two-sided")


def gamma_limits(
    *, rate: Floats, variance: Floats, one_more: Floats, one_more_squared: Floats, level: float
) -> Limits:
    """Limits of weighted rates.

    Parameters
    ----------
    rate : numpy.ndarray
        Sum of w over ends, by sum of w times time; any shape.
    variance : numpy.ndarray
        Sum of w squared over ends, by the square of the sum of w times time; same shape.
    one_more, one_more_squared : numpy.ndarray
        What one more end would add to rate and variance, on average over those at risk; shapes
        that broadcast.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    Limits
        Limits of the rate; the lower one is 0 without ends.

    References
    ----------
    Fay, M. P. and Feuer, E. J. (1997). Statistics in Medicine 16, 791-801.
    Tiwari, R. C., Clegg, L. X. and Zou, Z. (2006). Statistical Methods in Medical Research 15,
    547-569. doi:10.1177/0962280206070621

    Examples
    --------
    >>> limits = gamma_limits(
    ...     rate=np.array(0.1), variance=np.array(0.001), one_more=np.array(0.01),
    ...     one_more_squared=np.array(0.0001), level=0.95,
    ... )  # ten ends in 100 years, all weights 1: Garwood
    >>> float(limits.lower.round(4)), float(limits.upper.round(4))
    (0.048, 0.1839)
    """
    (low_shape, low_scale), (high_shape, high_scale) = _both_shapes(
        rate, variance, one_more, one_more_squared
    )
    lower = garwood(events=low_shape, exposure=1.0, level=level, side="two-sided").lower
    upper = garwood(events=high_shape - 1.0, exposure=1.0, level=level, side="two-sided").upper
    return Limits(lower=lower * low_scale, upper=upper * high_scale)


def gamma_ratio(
    *,
    rate: Floats,
    variance: Floats,
    one_more: Floats,
    one_more_squared: Floats,
    base: tuple[Floats, Floats, Floats, Floats],
    level: float,
) -> tuple[Limits, Floats]:
    """Limits of the ratio of two weighted rates, and the test that it is 1.

    Parameters
    ----------
    rate, variance, one_more, one_more_squared : numpy.ndarray
        As in `gamma_limits`, of the rate above the line.
    base : tuple of numpy.ndarray
        The same four of the rate below the line.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    tuple of (Limits, numpy.ndarray)
        Limits of the ratio, and two-sided p-values, twice the smaller tail.

    References
    ----------
    Fay, M. P. (1999). Communications in Statistics - Theory and Methods 28, 2141-2160.
    doi:10.1080/03610929908832411

    Examples
    --------
    >>> one = tuple(np.array(v) for v in (0.02, 0.02 / 100, 0.01, 0.0001))  # 2 ends in 100 years
    >>> none = tuple(np.array(v) for v in (0.0, 0.0, 0.01, 0.0001))
    >>> limits, p = gamma_ratio(
    ...     rate=one[0], variance=one[1], one_more=one[2], one_more_squared=one[3], base=none,
    ...     level=0.95,
    ... )
    >>> float(p.round(12)), float(limits.upper)  # 1/4 doubled, as in the exact test
    (0.5, inf)
    """
    (low, low_scale), (high, high_scale) = _both_shapes(rate, variance, one_more, one_more_squared)
    (base_low, base_low_scale), (base_high, base_high_scale) = _both_shapes(*base)
    area = tail_area(level=level, side="two-sided")
    scale_up, scale_down = high_scale / base_low_scale, low_scale / base_high_scale
    # The ratio of two gamma variables: the odds of a beta one. Without ends a shape is 0.
    none, none_base = low == 0.0, base_low == 0.0
    a, b = np.where(none, 1.0, low), np.where(none_base, 1.0, base_low)
    below = special.betaincinv(a, base_high, area)
    lower = np.where(none, 0.0, scale_down * below / (1.0 - below))
    above = special.betaincinv(b, high, area)  # of the reversed ratio: no 1 - p near 1
    with np.errstate(divide="ignore"):
        upper = np.where(none_base, np.inf, scale_up * (1.0 - above) / above)
    greater = np.where(none, 1.0, special.betainc(a, base_high, 1.0 / (1.0 + scale_down)))
    less = np.where(none_base, 1.0, special.betainc(b, high, scale_up / (1.0 + scale_up)))
    return Limits(lower=lower, upper=upper), np.minimum(1.0, 2.0 * np.minimum(greater, less))


def _both_shapes(
    rate: Floats, variance: Floats, one_more: Floats, one_more_squared: Floats
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Return shape and scale of the gamma below, and of the one above with one more end."""
    some = variance > 0.0
    spread = np.where(some, variance, 1.0)
    low = np.where(some, rate**2 / spread, 0.0)
    low_scale = np.where(some, spread / np.where(some, rate, 1.0), one_more)
    more, wider = rate + one_more, variance + one_more_squared
    return (low, low_scale), (more**2 / wider, wider / more)
