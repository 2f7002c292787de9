"""Infinitesimal jackknife of curves: how each row, and each cluster, moves an estimate.

Every curve here is a smooth function of the hazards d_kj / n_j. Its derivative with respect to
the weight of one row is a sum over the distinct times j of

    a_j [dN_k(j) - Y(j) h_kj] - b_j [dN(j) - Y(j) h_j],

with N the row's own ends, Y whether it was at risk. Only the row's entry and exit matter, so that
the sums of squares over clusters come from running sums, O(n log n) for all times at once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talentstats.stats.limits import Floats
from talentstats.stats.risk_sets import RiskSets, Whole, destination_index


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Where each row stands among the distinct times of a curve.

    Parameters
    ----------
    before_entry, before_exit : numpy.ndarray
        How many distinct times are at or before entry, and at or before exit (n,).
    destination : numpy.ndarray
        Destination at exit (n,), -1 where the row has no end among the distinct times.
    weight : numpy.ndarray
        Weights (n,).
    cluster : numpy.ndarray
        Cluster numbers from 0 (n,).
    clusters : int
        The number of clusters.
    """

    before_entry: Whole
    before_exit: Whole
    destination: Whole
    weight: Floats
    cluster: Whole
    clusters: int


def locate_rows(
    *,
    sets: RiskSets,
    entry: ArrayLike,
    exit: ArrayLike,
    destination: ArrayLike,
    weight: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    clusters: int | None = None,
    landmark: float = -np.inf,
) -> Rows:
    """Rows placed among the distinct times of a curve.

    Parameters
    ----------
    sets : RiskSets
        Made from the same rows and landmark.
    entry, exit, destination : array_like
        As given to `risk_sets` (n,).
    weight : array_like or None
        Weights (n,); None is 1.
    cluster : array_like or None
        What rows belong together (n,); None makes each row its own cluster.
    clusters : int or None
        How many clusters there are, where `cluster` is whole numbers from 0 that other curves
        share; None numbers them here.
    landmark : float
        As given to `risk_sets`.

    Returns
    -------
    Rows
        The places of the n rows.

    Examples
    --------
    >>> from talentstats.stats.risk_sets import risk_sets
    >>> data = dict(entry=[0, 1], exit=[1, 2], destination=[0, 0])
    >>> locate_rows(sets=risk_sets(**data), **data).before_exit
    array([1, 2])
    """
    stop = np.asarray(exit, dtype=np.float64)
    size = stop.size
    group = np.arange(size) if cluster is None else np.asarray(cluster)
    if cluster is not None and clusters is None:
        group = np.unique(group, return_inverse=True)[1]
    return Rows(
        before_entry=np.searchsorted(sets.time, np.asarray(entry, dtype=np.float64), side="right"),
        before_exit=np.searchsorted(sets.time, stop, side="right"),
        destination=np.where(stop > landmark, destination_index(destination), -1),
        weight=np.ones(size) if weight is None else np.asarray(weight, dtype=np.float64),
        cluster=group,
        clusters=int(group.max(initial=-1)) + 1 if clusters is None else clusters,
    )


def cluster_influence(*, rows: Rows, sets: RiskSets, own: Floats, every: Floats) -> Floats:
    """Influence of each cluster on one number that depends on the hazards.

    Parameters
    ----------
    rows : Rows
        Where the rows stand.
    sets : RiskSets
        The risk sets.
    own : numpy.ndarray
        Coefficients a, by destination (m, k): what an end there adds to the number.
    every : numpy.ndarray
        Coefficients b (m,): what an end to any destination takes from it. Both are 0 after the
        horizon of the number.

    Returns
    -------
    numpy.ndarray
        Weighted influences (c,); the variance of the number is their sum of squares.

    Examples
    --------
    >>> from talentstats.stats.risk_sets import risk_sets
    >>> data = dict(entry=[0, 0], exit=[1, 2], destination=[0, 0])
    >>> sets = risk_sets(**data)
    >>> rows = locate_rows(sets=sets, **data)
    >>> own, every = np.array([[0.5], [0.0]]), np.zeros(2)  # incidence at 1: d / n with n = 2
    >>> cluster_influence(rows=rows, sets=sets, own=own, every=every)
    array([ 0.25, -0.25])
    """
    jump, drift = _jump_and_drift(sets, own, every)
    ended = rows.destination >= 0
    change = drift[rows.before_entry] - drift[rows.before_exit]
    change[ended] += jump[rows.before_exit[ended] - 1, rows.destination[ended]]
    return np.bincount(rows.cluster, weights=rows.weight * change, minlength=rows.clusters)


def squared_influence(
    *, rows: Rows, sets: RiskSets, parts: list[tuple[Floats, Floats]], mix: Floats
) -> Floats:
    """Variance, at every distinct time, of a curve that mixes running sums.

    Parameters
    ----------
    rows : Rows
        Where the rows stand.
    sets : RiskSets
        The risk sets.
    parts : list of tuple of numpy.ndarray
        For each of p running sums its coefficients a (m, k) and b (m,).
    mix : numpy.ndarray
        How the sums are mixed at each time (m, p).

    Returns
    -------
    numpy.ndarray
        Sums over clusters of the squared influence (m,).

    Examples
    --------
    >>> from talentstats.stats.risk_sets import risk_sets
    >>> data = dict(entry=[0, 0], exit=[1, 2], destination=[0, 0])
    >>> sets = risk_sets(**data)
    >>> rows = locate_rows(sets=sets, **data)
    >>> own = 1.0 / sets.at_risk[:, None]  # cumulative hazard
    >>> parts, mix = [(own, np.zeros(2))], np.ones((2, 1))
    >>> squared_influence(rows=rows, sets=sets, parts=parts, mix=mix)
    array([0.125, 0.125])
    """
    steps = [_jump_and_drift(sets, own, every) for own, every in parts]
    drifts = np.stack([drift for _, drift in steps], axis=1)
    ended = rows.destination >= 0
    # A cluster's sum p is alpha_p - beta drift_p(t). It changes when a member enters (alpha gains
    # w drift(entry), beta gains w) and when it leaves (beta loses w, alpha gains its jump).
    left = -drifts[rows.before_exit]
    for p, (jump, _) in enumerate(steps):
        left[ended, p] += jump[rows.before_exit[ended] - 1, rows.destination[ended]]
    w = rows.weight[:, None]
    gain = np.concatenate(
        [
            np.hstack([w * drifts[rows.before_entry], w]),
            np.hstack([w * left, -w]),
        ]
    )
    # What happens at an entry first counts at the next distinct time; an exit that ends a stay,
    # at its own; a censored exit no longer drifts from then on, which is the same.
    when = np.concatenate([rows.before_entry, rows.before_exit])
    cluster = np.concatenate([rows.cluster, rows.cluster])
    order = np.lexsort((when, cluster))
    gain, when, cluster = gain[order], when[order], cluster[order]
    moments = _running_products(gain, when, cluster, size=sets.time.size)
    vector = np.hstack([mix, -np.sum(mix * drifts[1:], axis=1, keepdims=True)])
    return np.asarray(np.maximum(np.einsum("mp,mpq,mq->m", vector, moments, vector), 0.0))


def _running_products(gain: Floats, when: Whole, cluster: Whole, *, size: int) -> Floats:
    """Return, at each distinct time, the sums over clusters of products of their states."""
    total = np.cumsum(gain, axis=0)
    first = np.flatnonzero(np.diff(cluster, prepend=-1))
    before = np.concatenate([np.zeros((1, gain.shape[1])), total])[first]
    state = total - np.repeat(before, np.diff(np.append(first, cluster.size)), axis=0)
    past = np.concatenate([np.zeros((1, gain.shape[1])), state[:-1]])
    past[first] = 0.0
    width = gain.shape[1]
    moments = np.empty((size, width, width))
    # Slot j holds what is known after j distinct times; the state at time j includes its own.
    for p in range(width):
        for q in range(p + 1):
            change = state[:, p] * state[:, q] - past[:, p] * past[:, q]
            summed = np.cumsum(np.bincount(when, weights=change, minlength=size + 1))
            moments[:, p, q] = moments[:, q, p] = summed[1 : size + 1]
    return moments


def _jump_and_drift(sets: RiskSets, own: Floats, every: Floats) -> tuple[Floats, Floats]:
    """Return what an end adds, by time and destination, and the running cost of being at risk."""
    hazard = sets.hazard
    cost = np.sum(own * hazard, axis=1) - every * hazard.sum(axis=1)
    return own - every[:, None], np.concatenate([[0.0], np.cumsum(cost)])
