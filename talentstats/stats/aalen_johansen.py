"""Aalen-Johansen cumulative incidence by destination: delayed entry, ties, weights, clusters."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from talentstats.stats.jackknife import Rows, cluster_influence, locate_rows, squared_influence
from talentstats.stats.limits import Floats, read_only
from talentstats.stats.product_limit import ProductLimit, area_after, per_survivor, product_limit_of
from talentstats.stats.risk_sets import destination_index, risk_sets, step_at

Measure = Literal["incidence", "time-lost"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AalenJohansen:
    """Cumulative incidence at the distinct times of ends.

    Parameters
    ----------
    stay : ProductLimit
        Survival from all destinations, with the risk sets; m distinct times.
    incidence : numpy.ndarray
        Probability of having left for each destination by each time (m, k); with survival they
        sum to 1.
    rows : Rows
        Where the rows stand, for variances.
    """

    stay: ProductLimit
    incidence: Floats
    rows: Rows

    def __post_init__(self) -> None:
        object.__setattr__(self, "incidence", read_only(self.incidence))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AtHorizon:
    """One number a destination at a horizon, with its variance.

    Parameters
    ----------
    estimate, variance : numpy.ndarray
        By destination (k,).
    influence : numpy.ndarray
        Weighted influence of each cluster (c, k).
    """

    estimate: Floats
    variance: Floats
    influence: Floats

    def __post_init__(self) -> None:
        for name in ("estimate", "variance", "influence"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def aalen_johansen(
    *,
    entry: ArrayLike,
    exit: ArrayLike,
    destination: ArrayLike,
    destinations: int,
    weight: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    clusters: int | None = None,
    landmark: float = -np.inf,
) -> AalenJohansen:
    """Cumulative incidence by destination.

    Parameters
    ----------
    entry, exit : array_like
        Times at risk (n,), entry < exit.
    destination : array_like
        Whole numbers (n,): -1 where the stay had not ended, else 0 to k - 1.
    destinations : int
        The number k of destinations.
    weight : array_like or None
        Weights (n,); None is 1.
    cluster : array_like or None
        What rows belong together (n,), such as a person; None makes each row its own.
    clusters : int or None
        How many clusters there are, where `cluster` is whole numbers shared with other curves.
    landmark : float
        Incidence is conditional on staying until then.

    Returns
    -------
    AalenJohansen
        Curves at the distinct times of ends to any destination.

    References
    ----------
    Aalen, O. O. and Johansen, S. (1978). Scandinavian Journal of Statistics 5, 141-150.

    Examples
    --------
    >>> curve = aalen_johansen(
    ...     entry=[0, 0, 0, 0], exit=[1, 1, 2, 2], destination=[0, 1, 0, -1], destinations=2
    ... )
    >>> curve.incidence
    array([[0.25, 0.25],
           [0.5 , 0.25]])
    """
    sets = risk_sets(
        entry=entry,
        exit=exit,
        destination=destination,
        destinations=destinations,
        weight=weight,
        landmark=landmark,
    )
    stay = product_limit_of(sets)
    rows = locate_rows(
        sets=sets,
        entry=entry,
        exit=exit,
        destination=destination,
        weight=weight,
        cluster=cluster,
        clusters=clusters,
        landmark=landmark,
    )
    return AalenJohansen(
        stay=stay,
        incidence=np.cumsum(_survival_before(stay)[:, None] * sets.hazard, axis=0),
        rows=rows,
    )


def incidence_variance(curve: AalenJohansen) -> Floats:
    """Infinitesimal jackknife variance of each incidence at all times.

    Parameters
    ----------
    curve : AalenJohansen
        The curves.

    Returns
    -------
    numpy.ndarray
        Variances (m, k), those of R's `survfit`.

    Examples
    --------
    >>> curve = aalen_johansen(
    ...     entry=[0, 0, 0, 0], exit=[1, 1, 2, 2], destination=[0, 1, 0, -1], destinations=2
    ... )
    >>> incidence_variance(curve)[0]  # p (1 - p) / n at the first time
    array([0.046875, 0.046875])
    """
    step = per_survivor(curve.stay)
    ratio = _survival_before(curve.stay) / curve.stay.sets.at_risk
    none = np.zeros_like(curve.incidence)
    variance = np.empty_like(curve.incidence)
    for k in range(variance.shape[1]):
        incidence, own = curve.incidence[:, k], none.copy()
        own[:, k] = ratio
        variance[:, k] = squared_influence(
            rows=curve.rows,
            sets=curve.stay.sets,
            parts=[(own, -incidence * step), (none, -step)],
            mix=np.stack([np.ones_like(incidence), -incidence], axis=1),
        )
    return variance


def at_horizon(
    curve: AalenJohansen, *, horizon: float, measure: Measure = "incidence"
) -> AtHorizon:
    """Incidence, or restricted mean time lost, by destination at a horizon.

    Parameters
    ----------
    curve : AalenJohansen
        The curves; they must be followed up to the horizon.
    horizon : float
        The time.
    measure : {"incidence", "time-lost"}
        Incidence at the horizon, or the area under it until then: the mean time that leaving for
        the destination takes from the stay.

    Returns
    -------
    AtHorizon
        Estimates, infinitesimal jackknife variances and influences.

    References
    ----------
    Andersen, P. K. (2013). Statistics in Medicine 32, 5278-5285. doi:10.1002/sim.5903

    Examples
    --------
    >>> curve = aalen_johansen(
    ...     entry=[0, 0, 0, 0], exit=[1, 1, 2, 2], destination=[0, 1, 0, -1], destinations=2
    ... )
    >>> at_horizon(curve, horizon=3, measure="time-lost").estimate  # 0.25 + 0.5, 2 * 0.25
    array([0.75, 0.5 ])
    """
    sets, step = curve.stay.sets, per_survivor(curve.stay)
    ratio = _survival_before(curve.stay) / sets.at_risk
    if measure == "incidence":
        estimate = step_at(at=horizon, time=sets.time, values=curve.incidence, start=0.0)
        reach = (sets.time <= horizon).astype(np.float64)
        later = (estimate - curve.incidence) * reach[:, None]
    else:
        areas = area_after(time=sets.time, values=curve.incidence, horizon=horizon)
        estimate = areas[0] if sets.time.size else np.zeros(curve.incidence.shape[1])
        reach = np.maximum(horizon - sets.time, 0.0)
        later = areas - curve.incidence * reach[:, None]
    influence = np.empty((curve.rows.clusters, curve.incidence.shape[1]))
    for k in range(influence.shape[1]):
        own = np.zeros_like(curve.incidence)
        own[:, k] = ratio * reach
        influence[:, k] = cluster_influence(
            rows=curve.rows, sets=sets, own=own, every=later[:, k] * step
        )
    return AtHorizon(estimate=estimate, variance=np.sum(influence**2, axis=0), influence=influence)


def horizon_difference(
    *,
    group: ArrayLike,
    horizon: float,
    entry: ArrayLike,
    exit: ArrayLike,
    destination: ArrayLike,
    destinations: int,
    weight: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    measure: Measure = "incidence",
    landmark: float = -np.inf,
) -> AtHorizon:
    """Difference of two groups at a horizon, second minus first.

    Parameters
    ----------
    group : array_like
        Whether each row belongs to the second group (n,).
    horizon : float
        The time; both groups must be followed so long.
    entry, exit, destination, destinations, weight : array_like
        As in `aalen_johansen`.
    cluster : array_like or None
        What rows belong together (n,), within a group or across both; None makes each row its own.
    measure : {"incidence", "time-lost"}
        As in `at_horizon`.
    landmark : float
        As in `aalen_johansen`.

    Returns
    -------
    AtHorizon
        Differences, variances and influences by destination.

    Examples
    --------
    >>> difference = horizon_difference(
    ...     group=[0, 0, 1, 1], horizon=1, entry=[0, 0, 0, 0], exit=[1, 2, 1, 1],
    ...     destination=[0, -1, 0, 0], destinations=1,
    ... )
    >>> difference.estimate, difference.variance  # 1 - 1/2; p (1 - p) / n is 0 and 1/8
    (array([0.5]), array([0.125]))
    """
    second = np.asarray(group).astype(bool)
    everyone = np.arange(second.size) if cluster is None else np.asarray(cluster)
    names, number = np.unique(everyone, return_inverse=True)
    w = np.ones(second.size) if weight is None else np.asarray(weight, dtype=np.float64)
    start, stop, to = np.asarray(entry), np.asarray(exit), destination_index(destination)

    def one(rows: np.ndarray) -> AtHorizon:
        curve = aalen_johansen(
            entry=start[rows],
            exit=stop[rows],
            destination=to[rows],
            destinations=destinations,
            weight=w[rows],
            cluster=number[rows],
            clusters=names.size,
            landmark=landmark,
        )
        return at_horizon(curve, horizon=horizon, measure=measure)

    base, other = one(~second), one(second)
    influence = other.influence - base.influence
    return AtHorizon(
        estimate=other.estimate - base.estimate,
        variance=np.sum(influence**2, axis=0),
        influence=influence,
    )


def _survival_before(stay: ProductLimit) -> Floats:
    """Return survival just before each distinct time."""
    return np.concatenate([[1.0], stay.survival[:-1]])[: stay.survival.size]
