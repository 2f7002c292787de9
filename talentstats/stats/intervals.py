"""Closed-form intervals for one proportion; `intervals_search` has those that need a search.

Each takes arrays that broadcast, and effective (fractional) `k` and `n` as well as counts.
No method but Wald and `beta_interval` ever gives an interval of length zero or misses the edge:
at k = 0 the lower limit is exactly 0, at k = n the upper limit is exactly 1.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from talentstats.stats.limits import (
    Floats,
    Limits,
    Side,
    normal_quantile,
    proportion_limits,
    tail_area,
)


def _counts(k: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Return both as float arrays of one shape."""
    low, high = np.broadcast_arrays(np.asarray(k, np.float64), np.asarray(n, np.float64))
    return low, high


def _score_lower(k: Floats, n: Floats, z: Floats) -> Floats:
    """Return the smaller root of the score equation, 0 at k = 0."""
    some = np.where(k > 0.0, k, 1.0)
    # The product of the roots over the larger root: no difference of near-equal numbers.
    root = (
        some**2 / n / (some + z * z / 2.0 + z * np.sqrt(some * np.abs(n - some) / n + z * z / 4.0))
    )
    return np.where(k > 0.0, root, 0.0)


def _score_upper(k: Floats, n: Floats, z: Floats) -> Floats:
    """Return the larger root of the score equation, 1 at k = n."""
    root = (k + z * z / 2.0 + z * np.sqrt(k * np.abs(n - k) / n + z * z / 4.0)) / (n + z * z)
    return np.where(k < n, root, 1.0)


def wilson(*, k: ArrayLike, n: ArrayLike, level: ArrayLike, side: Side) -> Limits:
    """Wilson's score interval for a proportion.

    Parameters
    ----------
    k, n : array_like
        Retained and total, counts or effective sizes, shapes that broadcast.
    level : array_like
        Confidence level in (0, 1).
    side : {"two-sided", "lower", "upper"}
        Which limits are wanted.

    Returns
    -------
    Limits
        The rates that the score test does not reject.

    References
    ----------
    Wilson, E. B. (1927). JASA 22, 209-212. doi:10.1080/01621459.1927.10502953

    Examples
    --------
    >>> limits = wilson(k=87, n=100, level=0.95, side="two-sided")
    >>> round(float(limits.lower), 6), round(float(limits.upper), 6)
    (0.790196, 0.922428)
    """
    k, n = _counts(k, n)
    z = normal_quantile(level=level, side=side)
    return proportion_limits(lower=_score_lower(k, n, z), upper=_score_upper(k, n, z), side=side)


def wilson_cc(*, k: ArrayLike, n: ArrayLike, level: ArrayLike, side: Side) -> Limits:
    """Wilson's interval with continuity correction (Newcombe's method 4).

    Parameters
    ----------
    k, n : array_like
        Retained and total, counts or effective sizes, shapes that broadcast.
    level : array_like
        Confidence level in (0, 1).
    side : {"two-sided", "lower", "upper"}
        Which limits are wanted.

    Returns
    -------
    Limits
        The score limits of k - 1/2 and of k + 1/2.

    References
    ----------
    Newcombe, R. G. (1998). Statistics in Medicine 17, 857-872.
    doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E

    Examples
    --------
    >>> limits = wilson_cc(k=0, n=20, level=0.95, side="two-sided")
    >>> round(float(limits.lower), 4), round(float(limits.upper), 4)
    (0.0, 0.2005)
    """
    k, n = _counts(k, n)
    z = normal_quantile(level=level, side=side)
    return proportion_limits(
        lower=_score_lower(np.maximum(k - 0.5, 0.0), n, z),
        upper=np.where(k < n, _score_upper(np.minimum(k + 0.5, n), n, z), 1.0),
        side=side,
    )


def _beta_limits(a: Floats, b: Floats, t: Floats) -> tuple[Floats, Floats]:
    """Return the equal-tailed quantiles of Beta(a, b)."""
    return special.betaincinv(a, b, t), special.betainccinv(a, b, t)


def clopper_pearson(*, k: ArrayLike, n: ArrayLike, level: ArrayLike, side: Side) -> Limits:
    """Clopper-Pearson's exact interval for a proportion.

    Parameters
    ----------
    k, n : array_like
        Retained and total, counts or effective sizes, shapes that broadcast.
    level : array_like
        Confidence level in (0, 1).
    side : {"two-sided", "lower", "upper"}
        Which limits are wanted.

    Returns
    -------
    Limits
        The rates that the exact central test does not reject.

    References
    ----------
    Clopper, C. J. and Pearson, E. S. (1934). Biometrika 26, 404-413. doi:10.1093/biomet/26.4.404

    Examples
    --------
    >>> limits = clopper_pearson(k=87, n=100, level=0.95, side="two-sided")
    >>> round(float(limits.lower), 6), round(float(limits.upper), 6)
    (0.787959, 0.928927)
    """
    k, n = _counts(k, n)
    t = tail_area(level=level, side=side)
    some, not_all = k > 0.0, k < n
    lower = special.betaincinv(np.where(some, k, 1.0), n - k + 1.0, t)
    upper = special.betainccinv(k + 1.0, np.where(not_all, n - k, 1.0), t)
    return proportion_limits(
        lower=np.where(some, lower, 0.0), upper=np.where(not_all, upper, 1.0), side=side
    )


def jeffreys(*, k: ArrayLike, n: ArrayLike, level: ArrayLike, side: Side) -> Limits:
    """Jeffreys' interval for a proportion, with the rule for the end points.

    Parameters
    ----------
    k, n : array_like
        Retained and total, counts or effective sizes, shapes that broadcast.
    level : array_like
        Confidence level in (0, 1).
    side : {"two-sided", "lower", "upper"}
        Which limits are wanted.

    Returns
    -------
    Limits
        Equal-tailed quantiles of Beta(k + 1/2, n - k + 1/2), but exactly 0 at k = 0 and 1 at k = n.

    References
    ----------
    Brown, L. D., Cai, T. T. and DasGupta, A. (2001). Statistical Science 16, 101-133.
    doi:10.1214/ss/1009213286

    Examples
    --------
    >>> limits = jeffreys(k=[0, 87], n=[10, 100], level=0.95, side="two-sided")
    >>> limits.lower.round(6)
    array([0.      , 0.793846])
    """
    k, n = _counts(k, n)
    lower, upper = _beta_limits(k + 0.5, n - k + 0.5, tail_area(level=level, side=side))
    return proportion_limits(
        lower=np.where(k > 0.0, lower, 0.0), upper=np.where(k < n, upper, 1.0), side=side
    )


def beta_interval(
    *,
    k: ArrayLike,
    n: ArrayLike,
    level: ArrayLike,
    side: Side,
    a: ArrayLike,
    b: ArrayLike,
) -> Limits:
    """Equal-tailed credible interval under a Beta(a, b) prior.

    Parameters
    ----------
    k, n : array_like
        Retained and total, counts or effective sizes, shapes that broadcast.
    level : array_like
        Posterior probability in (0, 1).
    side : {"two-sided", "lower", "upper"}
        Which limits are wanted.
    a, b : array_like
        Prior parameters, above 0.

    Returns
    -------
    Limits
        Posterior quantiles; no rule for the end points, since the prior is the user's.

    Examples
    --------
    >>> limits = beta_interval(k=0, n=0, level=0.9, side="two-sided", a=1, b=1)
    >>> round(float(limits.lower), 6), round(float(limits.upper), 6)
    (0.05, 0.95)
    """
    k, n = _counts(k, n)
    lower, upper = _beta_limits(np.add(a, k), np.add(b, n - k), tail_area(level=level, side=side))
    return proportion_limits(lower=lower, upper=upper, side=side)


def agresti_coull(*, k: ArrayLike, n: ArrayLike, level: ArrayLike, side: Side) -> Limits:
    """Agresti-Coull's interval for a proportion, clipped to [0, 1].

    Parameters
    ----------
    k, n : array_like
        Retained and total, counts or effective sizes, shapes that broadcast.
    level : array_like
        Confidence level in (0, 1).
    side : {"two-sided", "lower", "upper"}
        Which limits are wanted.

    Returns
    -------
    Limits
        Wald's limits after z^2 / 2 pseudo-counts are added to either side.

    References
    ----------
    Agresti, A. and Coull, B. A. (1998). The American Statistician 52, 119-126.
    doi:10.1080/00031305.1998.10480550

    Examples
    --------
    >>> limits = agresti_coull(k=0, n=10, level=0.95, side="two-sided")
    >>> round(float(limits.lower), 4), round(float(limits.upper), 4)
    (0.0, 0.3209)
    """
    k, n = _counts(k, n)
    z = normal_quantile(level=level, side=side)
    size = n + z * z
    center = (k + z * z / 2.0) / size
    half = z * np.sqrt(center * (1.0 - center) / size)
    return proportion_limits(
        lower=np.maximum(center - half, 0.0), upper=np.minimum(center + half, 1.0), side=side
    )


def arcsine(*, k: ArrayLike, n: ArrayLike, level: ArrayLike, side: Side) -> Limits:
    """Anscombe's variance-stabilised interval for a proportion.

    Parameters
    ----------
    k, n : array_like
        Retained and total, counts or effective sizes, shapes that broadcast.
    level : array_like
        Confidence level in (0, 1).
    side : {"two-sided", "lower", "upper"}
        Which limits are wanted.

    Returns
    -------
    Limits
        Squared sines of the angle of (k + 3/8) / (n + 3/4) plus and minus z / (2 sqrt n), the
        angle kept within [0, pi / 2].

    References
    ----------
    Anscombe, F. J. (1948). Biometrika 35, 246-254. doi:10.1093/biomet/35.3-4.246

    Examples
    --------
    >>> limits = arcsine(k=0, n=1, level=0.95, side="two-sided")
    >>> round(float(limits.lower), 6)
    0.0
    """
    k, n = _counts(k, n)
    angle = np.arcsin(np.sqrt((k + 0.375) / (n + 0.75)))
    half = normal_quantile(level=level, side=side) / (2.0 * np.sqrt(n))
    low, high = np.maximum(angle - half, 0.0), np.minimum(angle + half, np.pi / 2.0)
    return proportion_limits(lower=np.sin(low) ** 2, upper=np.sin(high) ** 2, side=side)


def wald(*, k: ArrayLike, n: ArrayLike, level: ArrayLike, side: Side) -> Limits:
    """Wald's interval for a proportion, clipped to [0, 1]; kept for comparison only.

    Parameters
    ----------
    k, n : array_like
        Retained and total, counts or effective sizes, shapes that broadcast.
    level : array_like
        Confidence level in (0, 1).
    side : {"two-sided", "lower", "upper"}
        Which limits are wanted.

    Returns
    -------
    Limits
        Limits k / n plus and minus z standard errors: of length zero at k = 0 and k = n.

    Examples
    --------
    >>> limits = wald(k=30, n=30, level=0.95, side="two-sided")
    >>> float(limits.lower), float(limits.upper)
    (1.0, 1.0)
    """
    k, n = _counts(k, n)
    rate = k / n
    half = normal_quantile(level=level, side=side) * np.sqrt(rate * (n - k) / n / n)
    return proportion_limits(
        lower=np.maximum(rate - half, 0.0), upper=np.minimum(rate + half, 1.0), side=side
    )
