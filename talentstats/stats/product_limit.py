"""Product-limit survival with delayed entry, weights and clusters; its means and quantiles."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talentstats.stats.jackknife import Rows, cluster_influence, locate_rows, squared_influence
from talentstats.stats.limits import Floats, read_only
from talentstats.stats.risk_sets import RiskSets, risk_sets

_HALF_TOLERANCE = float(np.sqrt(np.finfo(float).eps))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProductLimit:
    """Survival curve at the distinct times of ends.

    Parameters
    ----------
    sets : RiskSets
        Times, weights at risk and ending; m distinct times.
    survival : numpy.ndarray
        Probability of staying beyond each time (m,).
    cumulative_hazard : numpy.ndarray
        Nelson-Aalen sum of d / n (m,).
    greenwood : numpy.ndarray
        Greenwood's variance of log survival, the sum of d / [n (n - d)] (m,); infinite where
        survival is 0. Weights count as people.
    hazard_variance : numpy.ndarray
        Variance of the cumulative hazard, the sum of d / n^2 (m,).
    """

    sets: RiskSets
    survival: Floats
    cumulative_hazard: Floats
    greenwood: Floats
    hazard_variance: Floats

    def __post_init__(self) -> None:
        for name in ("survival", "cumulative_hazard", "greenwood", "hazard_variance"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RestrictedMean:
    """Mean time stayed up to a horizon.

    Parameters
    ----------
    mean : float
        Area under the survival curve.
    variance : float
        Greenwood-type variance; with rows, the infinitesimal jackknife.
    influence : numpy.ndarray or None
        Weighted influence of each cluster (c,), with rows.
    """

    mean: float
    variance: float
    influence: Floats | None


def product_limit(
    *,
    entry: ArrayLike,
    exit: ArrayLike,
    event: ArrayLike,
    weight: ArrayLike | None = None,
    landmark: float = -np.inf,
) -> ProductLimit:
    """Product-limit survival and Nelson-Aalen hazard.

    Parameters
    ----------
    entry, exit : array_like
        Times at risk (n,), entry < exit.
    event : array_like
        Whether the stay ended at `exit` (n,), booleans or 0 and 1.
    weight : array_like or None
        Weights (n,); None is 1.
    landmark : float
        Survival is conditional on staying until then: S(t) / S(landmark).

    Returns
    -------
    ProductLimit
        The curve, at the distinct times of ends after the landmark.

    References
    ----------
    Kaplan, E. L. and Meier, P. (1958). JASA 53, 457-481. doi:10.1080/01621459.1958.10501452

    Examples
    --------
    >>> curve = product_limit(entry=[0, 0, 0, 0], exit=[1, 2, 2, 3], event=[1, 0, 1, 1])
    >>> curve.sets.time, curve.survival
    (array([1., 2., 3.]), array([0.75, 0.5 , 0.  ]))
    """
    sets = risk_sets(
        entry=entry,
        exit=exit,
        destination=np.asarray(event).astype(bool),
        weight=weight,
        landmark=landmark,
    )
    return product_limit_of(sets)


def product_limit_of(sets: RiskSets) -> ProductLimit:
    """Product-limit survival from risk sets.

    Parameters
    ----------
    sets : RiskSets
        Risk sets with m distinct times; all destinations count as ends.

    Returns
    -------
    ProductLimit
        The curve.

    Examples
    --------
    >>> sets = risk_sets(entry=[0, 0], exit=[1, 2], destination=[True, True])
    >>> product_limit_of(sets).cumulative_hazard
    array([0.5, 1.5])
    """
    ends, n = sets.events.sum(axis=1), sets.at_risk
    remain = np.where(sets.events.sum(axis=1) >= n, 0.0, n - ends)
    with np.errstate(divide="ignore"):
        greenwood = np.cumsum(ends / (n * remain))
    return ProductLimit(
        sets=sets,
        survival=np.cumprod(remain / n),
        cumulative_hazard=np.cumsum(ends / n),
        greenwood=greenwood,
        hazard_variance=np.cumsum(ends / n**2),
    )


def survival_rows(
    curve: ProductLimit,
    *,
    entry: ArrayLike,
    exit: ArrayLike,
    event: ArrayLike,
    weight: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    landmark: float = -np.inf,
) -> Rows:
    """Rows of a survival curve, for its infinitesimal jackknife.

    Parameters
    ----------
    curve : ProductLimit
        The curve of the same rows.
    entry, exit, event, weight : array_like
        As given to `product_limit`.
    cluster : array_like or None
        What rows belong together (n,), such as a person; None makes each row its own.
    landmark : float
        As given to `product_limit`.

    Returns
    -------
    Rows
        The places of the n rows.

    Examples
    --------
    >>> data = dict(entry=[0, 0], exit=[1, 2], event=[1, 0])
    >>> survival_rows(product_limit(**data), **data).destination
    array([ 0, -1])
    """
    return locate_rows(
        sets=curve.sets,
        entry=entry,
        exit=exit,
        destination=np.asarray(event).astype(bool),
        weight=weight,
        cluster=cluster,
        landmark=landmark,
    )


def jackknife_variance(curve: ProductLimit, *, rows: Rows) -> Floats:
    """Infinitesimal jackknife variance of log survival.

    Parameters
    ----------
    curve : ProductLimit
        The curve.
    rows : Rows
        Its rows, from `survival_rows`.

    Returns
    -------
    numpy.ndarray
        Variances (m,), 0 where survival is 0. Without weights, clusters and delayed entry they
        are Greenwood's.

    References
    ----------
    Therneau, T. M. and Grambsch, P. M. (2000). Modeling Survival Data, chapter 7.

    Examples
    --------
    >>> data = dict(entry=[0, 0, 0], exit=[1, 2, 3], event=[1, 1, 0])
    >>> curve = product_limit(**data)
    >>> jackknife = jackknife_variance(curve, rows=survival_rows(curve, **data))
    >>> np.round(jackknife, 12), np.round(curve.greenwood, 12)
    (array([0.16666667, 0.66666667]), array([0.16666667, 0.66666667]))
    """
    log_steps = per_survivor(curve)
    variance = squared_influence(
        rows=rows,
        sets=curve.sets,
        parts=[(np.zeros_like(curve.sets.events), log_steps)],
        mix=np.ones((log_steps.size, 1)),
    )
    return np.where(curve.survival > 0.0, variance, 0.0)


def hazard_jackknife_variance(curve: ProductLimit, *, rows: Rows) -> Floats:
    """Infinitesimal jackknife variance of the cumulative hazard.

    Parameters
    ----------
    curve : ProductLimit
        The curve.
    rows : Rows
        Its rows, from `survival_rows`.

    Returns
    -------
    numpy.ndarray
        Variances (m,).

    Examples
    --------
    >>> data = dict(entry=[0, 0], exit=[1, 2], event=[1, 1])
    >>> curve = product_limit(**data)
    >>> hazard_jackknife_variance(curve, rows=survival_rows(curve, **data))
    array([0.125, 0.125])
    """
    step = -1.0 / curve.sets.at_risk
    return squared_influence(
        rows=rows,
        sets=curve.sets,
        parts=[(np.zeros_like(curve.sets.events), step)],
        mix=np.ones((step.size, 1)),
    )


def per_survivor(curve: ProductLimit) -> Floats:
    """One over the weight that is left after each time, 0 once nobody is.

    Parameters
    ----------
    curve : ProductLimit
        The curve.

    Returns
    -------
    numpy.ndarray
        1 / (n - d) (m,): by how much log survival falls as one more ends.

    Examples
    --------
    >>> per_survivor(product_limit(entry=[0, 0], exit=[1, 2], event=[1, 1]))
    array([1., 0.])
    """
    left = curve.sets.at_risk - curve.sets.events.sum(axis=1)
    alive = curve.survival > 0.0
    return np.where(alive, 1.0 / np.where(alive, left, 1.0), 0.0)


def restricted_mean(
    curve: ProductLimit, *, horizon: float, start: float = 0.0, rows: Rows | None = None
) -> RestrictedMean:
    """Mean time stayed between a start and a horizon: the area under the survival curve.

    Parameters
    ----------
    curve : ProductLimit
        The curve; it must be followed up to the horizon.
    horizon : float
        Where the area ends.
    start : float
        Where it begins, such as the landmark of the curve.
    rows : Rows or None
        Rows of the curve, for the infinitesimal jackknife; None is Greenwood's variance.

    Returns
    -------
    RestrictedMean
        Mean and variance of the estimated mean (not the variance of the time stayed).

    References
    ----------
    Uno, H. et al. (2014). JCO 32, 2380-2385. doi:10.1200/JCO.2014.55.2208

    Examples
    --------
    >>> curve = product_limit(entry=[0, 0], exit=[1, 3], event=[1, 0])
    >>> mean = restricted_mean(curve, horizon=2)
    >>> mean.mean, mean.variance  # (1 + 2) / 2, and 1 / (2 * 1) * 0.5^2
    (1.5, 0.125)
    """
    areas = area_after(time=curve.sets.time, values=curve.survival, horizon=horizon)
    first = min(float(curve.sets.time[0]), horizon) if areas.size else horizon
    mean = first - start + float(areas[:1].sum())
    ends, step = curve.sets.events.sum(axis=1), per_survivor(curve)
    if rows is None:
        variance = float(np.sum(areas**2 * ends * step / curve.sets.at_risk))
        return RestrictedMean(mean=mean, variance=variance, influence=None)
    influence = cluster_influence(
        rows=rows, sets=curve.sets, own=np.zeros_like(curve.sets.events), every=areas * step
    )
    return RestrictedMean(
        mean=mean, variance=float(influence @ influence), influence=read_only(influence)
    )


def area_after(*, time: Floats, values: Floats, horizon: float) -> Floats:
    """Area under a right-continuous step function from each of its steps to the horizon.

    Parameters
    ----------
    time : numpy.ndarray
        Times of the steps, increasing (m,).
    values : numpy.ndarray
        Values from each step on, (m,) or (m, k).
    horizon : float
        Where the area ends.

    Returns
    -------
    numpy.ndarray
        Areas, the shape of `values`; 0 for steps after the horizon.

    Examples
    --------
    >>> area_after(time=np.array([1.0, 2.0]), values=np.array([0.5, 0.25]), horizon=4)
    array([1. , 0.5])
    """
    width = np.diff(np.minimum(np.append(time, horizon), horizon))
    pieces = width.reshape(-1, *[1] * (values.ndim - 1)) * values
    return np.asarray(np.cumsum(pieces[::-1], axis=0)[::-1])


def quantile_time(*, time: Floats, survival: Floats, left: float = 0.5) -> float:
    """Time by which survival has fallen to a share, by R's rule.

    Parameters
    ----------
    time : numpy.ndarray
        Times of the steps, increasing (m,).
    survival : numpy.ndarray
        Survival, or a limit of it, from each step on (m,); NaN is skipped.
    left : float
        The share that is left; 0.5 asks for the median.

    Returns
    -------
    float
        First time with survival below the share. Where the curve runs exactly at the share, the
        middle of that stretch; NaN where it never falls so far.

    Notes
    -----
    For ends at 1, 2, 3 and 4 the median is 2.5; lifelines says 2 and statsmodels 3.

    Examples
    --------
    >>> curve = product_limit(entry=[0, 0, 0, 0], exit=[1, 2, 3, 4], event=[1, 1, 1, 1])
    >>> quantile_time(time=curve.sets.time, survival=curve.survival)
    2.5
    """
    with np.errstate(invalid="ignore"):
        low = np.flatnonzero(survival < left + _HALF_TOLERANCE)
    if not low.size:
        return float("nan")
    first = low[0]
    lower = low[survival[low] < survival[first]]
    if abs(survival[first] - left) < _HALF_TOLERANCE and lower.size:
        return float((time[first] + time[lower[0]]) / 2.0)
    return float(time[first])
