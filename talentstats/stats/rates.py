"""Rates of ends per person-time: exact Poisson limits, yearly probability, exact ratio."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from talentstats.stats.binomial_tests import PValues, exact_central, mid_p_test
from talentstats.stats.intervals import clopper_pearson
from talentstats.stats.intervals_search import mid_p as mid_p_binomial
from talentstats.stats.limits import Floats, Limits, Side, tail_area
from talentstats.stats.roots import bracketed_root


def garwood(*, events: ArrayLike, exposure: ArrayLike, level: ArrayLike, side: Side) -> Limits:
    """Exact limits of a Poisson rate.

    Parameters
    ----------
    events : array_like
        Ends, whole numbers of 0 or more, any shape.
    exposure : array_like
        Person-time, above 0; shapes broadcast.
    level : array_like
        Confidence level in (0, 1).
    side : {"two-sided", "lower", "upper"}
        Which limits are wanted.

    Returns
    -------
    Limits
        Limits of the rate per unit of exposure; infinite above if `side="lower"`.

    References
    ----------
    Garwood, F. (1936). Biometrika 28, 437-442. doi:10.1093/biomet/28.3-4.437

    Examples
    --------
    >>> limits = garwood(events=0, exposure=100, level=0.95, side="two-sided")
    >>> float(limits.lower), round(float(limits.upper), 6)  # -log(0.025) / 100
    (0.0, 0.036889)
    """
    x, time, area = np.broadcast_arrays(
        np.asarray(events, dtype=np.float64),
        np.asarray(exposure, dtype=np.float64),
        tail_area(level=level, side=side),
    )
    some = np.where(x > 0.0, x, 1.0)
    lower = np.where(x > 0.0, special.gammaincinv(some, area), 0.0)
    return _rate_limits(lower, special.gammainccinv(x + 1.0, area), time, side)


def mid_p_rate(*, events: ArrayLike, exposure: ArrayLike, level: ArrayLike, side: Side) -> Limits:
    """Mid-P limits of a Poisson rate: tails that count half the probability of what was seen.

    Parameters
    ----------
    events : array_like
        Ends, whole numbers of 0 or more, any shape.
    exposure : array_like
        Person-time, above 0; shapes broadcast.
    level : array_like
        Confidence level in (0, 1).
    side : {"two-sided", "lower", "upper"}
        Which limits are wanted.

    Returns
    -------
    Limits
        Limits of the rate per unit of exposure, within Garwood's.

    References
    ----------
    Cohen, G. R. and Yang, S.-Y. (1994). Statistics in Medicine 13, 2189-2203.
    doi:10.1002/sim.4780132102

    Examples
    --------
    >>> limits = mid_p_rate(events=0, exposure=100, level=0.95, side="two-sided")
    >>> float(limits.lower), round(float(limits.upper), 6)  # -log(0.05) / 100
    (0.0, 0.029957)
    """
    x, time, area = np.broadcast_arrays(
        np.asarray(events, dtype=np.float64),
        np.asarray(exposure, dtype=np.float64),
        tail_area(level=level, side=side),
    )
    flat, tail = x.ravel(), area.ravel()
    some = np.where(flat > 0.0, flat, 1.0)

    def above(mean: Floats, i: np.ndarray) -> Floats:
        mean, k = np.maximum(mean, 1e-300), some[i]
        both = special.gammainc(k, mean) + special.gammainc(k + 1.0, mean)
        return np.asarray(both / 2.0 - tail[i])

    def below(mean: Floats, i: np.ndarray) -> Floats:
        mean, k = np.maximum(mean, 1e-300), flat[i]
        fewer = np.where(k > 0.0, special.gammaincc(np.maximum(k, 1.0), mean), 0.0)
        return np.asarray((special.gammaincc(k + 1.0, mean) + fewer) / 2.0 - tail[i])

    # Garwood's limits lie outside; from 0.5 up the mid-P tail is past any tail area below 1/2.
    lower = bracketed_root(
        above,
        low=special.gammaincinv(some, tail),
        high=special.gammaincinv(some + 1.0, tail),
    )
    upper = bracketed_root(
        below,
        low=np.where(flat > 0.0, special.gammainccinv(np.maximum(flat, 1.0), tail), 0.0),
        high=special.gammainccinv(flat + 1.0, tail),
    )
    lower = np.where(flat > 0.0, lower, 0.0)
    return _rate_limits(lower.reshape(x.shape), upper.reshape(x.shape), time, side)


def yearly_probability(*, rate: ArrayLike) -> Floats:
    """Probability of an end within one unit of time at a constant rate.

    Parameters
    ----------
    rate : array_like
        Rates per unit of time, any shape.

    Returns
    -------
    numpy.ndarray
        1 - exp(-rate), same shape.

    Examples
    --------
    >>> yearly_probability(rate=np.log(2)).round(12)
    np.float64(0.5)
    """
    return np.asarray(-np.expm1(-np.asarray(rate, dtype=np.float64)))


def rate_ratio_limits(
    *,
    events: ArrayLike,
    exposure: ArrayLike,
    events_base: ArrayLike,
    exposure_base: ArrayLike,
    level: ArrayLike,
    side: Side,
    mid_p: bool = False,
) -> Limits:
    """Exact conditional limits of the ratio of two Poisson rates.

    Given the sum of ends, those of the first group are binomial; the limits of that probability
    become limits of the ratio.

    Parameters
    ----------
    events, exposure : array_like
        Ends and person-time of the group above the line, shapes that broadcast.
    events_base, exposure_base : array_like
        Ends and person-time of the group below the line.
    level : array_like
        Confidence level in (0, 1).
    side : {"two-sided", "lower", "upper"}
        Which limits are wanted.
    mid_p : bool
        Mid-p limits of the binomial in place of Clopper-Pearson's.

    Returns
    -------
    Limits
        Limits of the ratio, 0 to infinity; NaN without any end.

    References
    ----------
    Przyborowski, J. and Wilenski, H. (1940). Biometrika 31, 313-323. doi:10.1093/biomet/31.3-4.313

    Examples
    --------
    >>> limits = rate_ratio_limits(
    ...     events=10, exposure=400, events_base=3, exposure_base=250, level=0.95, side="two-sided"
    ... )
    >>> round(float(limits.lower), 4), round(float(limits.upper), 4)
    (0.5364, 11.7805)
    """
    x, base = np.asarray(events, dtype=np.float64), np.asarray(events_base, dtype=np.float64)
    time = np.asarray(exposure_base, dtype=np.float64) / np.asarray(exposure, dtype=np.float64)
    total = x + base
    n = np.where(total > 0.0, total, 1.0)
    method = mid_p_binomial if mid_p else clopper_pearson
    # The upper limit is the lower one of the reversed ratio: no 1 - p near 1.
    swap: dict[Side, Side] = {"two-sided": "two-sided", "lower": "upper", "upper": "lower"}
    low = method(k=np.where(total > 0.0, x, 0.0), n=n, level=level, side=side).lower
    back = method(k=np.where(total > 0.0, base, 0.0), n=n, level=level, side=swap[side]).lower
    with np.errstate(divide="ignore"):
        lower, upper = low / (1.0 - low) * time, (1.0 - back) / back * time
    some = total > 0.0
    return Limits(lower=np.where(some, lower, np.nan), upper=np.where(some, upper, np.nan))


def rate_ratio_test(
    *,
    events: ArrayLike,
    exposure: ArrayLike,
    events_base: ArrayLike,
    exposure_base: ArrayLike,
    mid_p: bool = False,
) -> PValues:
    """Exact conditional test that two Poisson rates are equal; the limits of the ratio invert it.

    Parameters
    ----------
    events, exposure : array_like
        Ends and person-time of the group above the line, shapes that broadcast.
    events_base, exposure_base : array_like
        Ends and person-time of the group below the line.
    mid_p : bool
        Mid-P tails in place of exact ones.

    Returns
    -------
    PValues
        P-values; `greater` is against a ratio above 1.

    Examples
    --------
    >>> test = rate_ratio_test(events=2, exposure=1, events_base=0, exposure_base=1)
    >>> float(test.greater), float(test.two_sided)  # 1/4, doubled
    (0.25, 0.5)
    """
    x, base = np.asarray(events, dtype=np.float64), np.asarray(events_base, dtype=np.float64)
    own, other = np.asarray(exposure, np.float64), np.asarray(exposure_base, np.float64)
    test = mid_p_test if mid_p else exact_central
    return test(k=x, n=x + base, rate=own / (own + other))


def _rate_limits(lower: Floats, upper: Floats, time: Floats, side: Side) -> Limits:
    """Return limits of the mean over person-time, the side not asked for opened."""
    return Limits(
        lower=np.zeros_like(lower) if side == "upper" else lower / time,
        upper=np.full_like(upper, np.inf) if side == "lower" else upper / time,
    )
