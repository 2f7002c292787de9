"""Pointwise limits of survival and incidence curves: transformed normal, and beta product."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from talentstats.stats.limits import Floats, Limits, Side, normal_quantile, tail_area
from talentstats.stats.risk_sets import weight_at_risk

Scale = Literal["plain", "log", "log-log", "cloglog"]


def pointwise_limits(
    *, estimate: ArrayLike, variance: ArrayLike, level: ArrayLike, scale: Scale
) -> Limits:
    """Limits of a probability, normal on a chosen scale.

    Parameters
    ----------
    estimate : array_like
        Probabilities p, any shape.
    variance : array_like
        Variances of p (not of its logarithm), same shape.
    level : array_like
        Confidence level in (0, 1).
    scale : {"plain", "log", "log-log", "cloglog"}
        Where the estimate is taken to be normal: p, log p, log(-log p) or log(-log(1 - p)).
        For survival, log-log is customary; the cloglog scale of an incidence F is the log-log
        scale of 1 - F.

    Returns
    -------
    Limits
        Limits cut to [0, 1]; NaN where p is 0 or 1 and the scale has no value there (plain and
        log at p = 1 give 1 and 1, as in R).

    References
    ----------
    Kalbfleisch, J. D. and Prentice, R. L. (2002). The Statistical Analysis of Failure Time Data,
    section 1.4. doi:10.1002/9781118032985

    Examples
    --------
    >>> limits = pointwise_limits(estimate=0.9, variance=0.0009, level=0.95, scale="log-log")
    >>> round(float(limits.lower), 4), round(float(limits.upper), 4)
    (0.8221, 0.9449)
    """
    p = np.asarray(estimate, dtype=np.float64)
    spread = normal_quantile(level=level, side="two-sided") * np.sqrt(variance)
    if scale == "plain":
        return Limits(lower=np.maximum(p - spread, 0.0), upper=np.minimum(p + spread, 1.0))
    if scale == "cloglog":
        stay = pointwise_limits(estimate=1.0 - p, variance=variance, level=level, scale="log-log")
        return Limits(lower=1.0 - stay.upper, upper=1.0 - stay.lower)
    inside = (p > 0.0) & ((p < 1.0) if scale == "log-log" else (p <= 1.0))
    q = np.where(inside, p, 0.5)
    if scale == "log":
        lower, upper = q * np.exp(-spread / q), np.minimum(q * np.exp(spread / q), 1.0)
    else:
        factor = np.exp(spread / np.abs(q * np.log(q)))
        lower, upper = q**factor, q ** (1.0 / factor)
    return Limits(lower=np.where(inside, lower, np.nan), upper=np.where(inside, upper, np.nan))


def beta_product_limits(
    *,
    at: ArrayLike,
    entry: ArrayLike,
    exit: ArrayLike,
    event: ArrayLike,
    level: float,
    side: Side = "two-sided",
    count: ArrayLike | None = None,
    landmark: float = -np.inf,
) -> Limits:
    """Beta product limits of survival (BPCP), for few ends.

    Parameters
    ----------
    at : array_like
        Times (s,), at or after the landmark and before nobody is followed any more.
    entry, exit : array_like
        Times at risk (n,), entry < exit.
    event : array_like
        Whether the stay ended at `exit` (n,).
    level : float
        Confidence level in (0, 1).
    side : {"two-sided", "lower", "upper"}
        Which limits are wanted.
    count : array_like or None
        People a row stands for (n,), whole numbers; None is 1. Sampling weights have no beta.
    landmark : float
        Survival is conditional on staying until then.

    Returns
    -------
    Limits
        Limits (s,) at each time. The lower limit is 0 from the first moment at which all at risk
        end, or nobody is at risk.

    Notes
    -----
    Survival after the i-th time is a product of Beta(n - d + 1, d) from above, and that product
    times Beta(n+, 1) from below, n+ being at risk just after. The product is replaced by the beta
    with its mean and variance; without censoring it is that beta, and the limits are
    Clopper-Pearson's. Exact where risk sets change only at times of ends. With delayed entry the
    same factors hold given the risk sets (each gap between ends is the first of n waits); the
    paper does not treat it, and no exactness is claimed where people enter between ends.

    References
    ----------
    Fay, M. P., Brittain, E. H. and Proschan, M. A. (2013). Biostatistics 14, 723-736.
    doi:10.1093/biostatistics/kxt016

    Examples
    --------
    >>> limits = beta_product_limits(
    ...     at=[1], entry=[0] * 10, exit=[1] * 2 + [5] * 8, event=[1] * 2 + [0] * 8, level=0.95
    ... )
    >>> limits.lower.round(4), limits.upper.round(4)  # Clopper-Pearson of 8 in 10
    (array([0.4439]), array([0.9748]))
    """
    start, stop = np.asarray(entry, dtype=np.float64), np.asarray(exit, dtype=np.float64)
    when = np.asarray(at, dtype=np.float64)
    people = np.ones(stop.size) if count is None else np.asarray(count, dtype=np.float64)
    ended = np.asarray(event).astype(bool) & (stop > landmark)
    time, row = np.unique(stop[ended], return_inverse=True)
    d = np.bincount(row, weights=people[ended], minlength=time.size)
    n = weight_at_risk(time=time, entry=start, exit=stop, weight=people)
    place = np.searchsorted(time, when, side="right")

    def running(steps: Floats) -> Floats:
        return np.concatenate([[0.0], np.cumsum(steps)])[place]

    # Beta(a, d) has mean a / (a + d) and E X^2 / (E X)^2 = 1 + d / [a (a + d + 1)].
    a = n - d + 1.0
    log_mean = running(np.log1p(-d / (n + 1.0)))
    log_excess = running(np.log1p(d / (a * (n + 2.0))))
    after = weight_at_risk(time=np.nextafter(when, np.inf), entry=start, exit=stop, weight=people)
    followed = np.maximum(after, 1.0)
    area = tail_area(level=level, side=side)
    lower = _matched_beta_quantile(
        log_mean=log_mean + np.log(followed / (followed + 1.0)),
        log_excess=log_excess + np.log1p(1.0 / (followed * (followed + 2.0))),
        area=area,
        upper=False,
    )
    upper = _matched_beta_quantile(log_mean=log_mean, log_excess=log_excess, area=area, upper=True)
    # Where all at risk end, the estimate is 0 for ever, whoever enters at that moment.
    used_up = time[d >= n]
    empty = min([_first_empty(start, stop, landmark), *used_up[:1].tolist()])
    return Limits(
        lower=np.zeros_like(lower) if side == "upper" else np.where(when >= empty, 0.0, lower),
        upper=np.ones_like(upper) if side == "lower" else np.where(place == 0, 1.0, upper),
    )


def _matched_beta_quantile(
    *, log_mean: Floats, log_excess: Floats, area: Floats, upper: bool
) -> Floats:
    """Return the quantile of the beta with a mean and a relative variance expm1(log_excess)."""
    mean, rest = np.exp(log_mean), -np.expm1(log_mean)
    some = log_excess > 0.0
    relative = np.where(some, np.expm1(log_excess), 1.0)
    rest = np.where(some, rest, 0.5)
    size = rest / (mean * relative) - 1.0
    size = np.where(some, size, 1.0)
    quantile = special.betainccinv if upper else special.betaincinv
    return np.asarray(quantile(mean * size, rest * size, area))


def _first_empty(start: Floats, stop: Floats, landmark: float) -> float:
    """Return the first exit, after the landmark, just after which nobody is at risk."""
    exits = np.unique(stop[stop > landmark])
    entered = np.searchsorted(np.sort(start), exits, side="right")
    gone = np.searchsorted(np.sort(stop), exits, side="right")
    empty = np.flatnonzero(entered == gone)
    return float(exits[empty[0]]) if empty.size else float("inf")
