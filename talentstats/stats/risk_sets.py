"""Risk sets: who was at risk at each distinct time of an end, and for which destination it came.

At risk on (entry, exit]: at one time, ends come before censorings and entries after ends. One
sort of the exits and one of the entries serve every estimator of curves.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats.stats.limits import Floats, read_only

type Whole = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RiskSets:
    """Weights at risk and ending at each distinct time of an end.

    Parameters
    ----------
    time : numpy.ndarray
        Distinct times of ends, increasing (m,).
    at_risk : numpy.ndarray
        Sum of weights at risk (m,).
    rows_at_risk : numpy.ndarray
        Rows at risk (m,), whatever their weights.
    events : numpy.ndarray
        Sum of weights of those who ended, by destination (m, k).
    """

    time: Floats
    at_risk: Floats
    rows_at_risk: Floats
    events: Floats

    def __post_init__(self) -> None:
        for name in ("time", "at_risk", "rows_at_risk", "events"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def hazard(self) -> Floats:
        """Share of those at risk who end, by destination, shape (m, k)."""
        return np.asarray(self.events / self.at_risk[:, None])


def weight_at_risk(
    *, time: ArrayLike, entry: ArrayLike, exit: ArrayLike, weight: ArrayLike | None = None
) -> Floats:
    """Sum of weights with entry < time <= exit.

    Parameters
    ----------
    time : array_like
        Times (m,), in any order.
    entry, exit : array_like
        Times at risk (n,), entry < exit.
    weight : array_like or None
        Weights (n,); None counts rows.

    Returns
    -------
    numpy.ndarray
        Weight at risk (m,).

    Notes
    -----
    Weights are summed from the end, so that the small late risk sets keep their digits.

    Examples
    --------
    >>> weight_at_risk(time=[1, 2, 3], entry=[0, 1, 0], exit=[2, 3, 1])
    array([2., 2., 1.])
    """
    at = np.asarray(time, dtype=np.float64)
    w = None if weight is None else np.asarray(weight, dtype=np.float64)
    reached = _weight_from(at, np.asarray(exit, dtype=np.float64), w)
    return np.asarray(reached - _weight_from(at, np.asarray(entry, dtype=np.float64), w))


def risk_sets(
    *,
    entry: ArrayLike,
    exit: ArrayLike,
    destination: ArrayLike,
    destinations: int = 1,
    weight: ArrayLike | None = None,
    landmark: float = -np.inf,
) -> RiskSets:
    """Risk sets at the distinct times of ends later than the landmark.

    Parameters
    ----------
    entry, exit : array_like
        Times at risk (n,), entry < exit.
    destination : array_like
        Whole numbers (n,): -1 where the stay had not ended at `exit`, else 0 to k - 1. Booleans
        are taken as "ended".
    destinations : int
        The number k of destinations.
    weight : array_like or None
        Weights (n,); None is 1.
    landmark : float
        Ends up to this time are left out: what follows is conditional on staying so long.

    Returns
    -------
    RiskSets
        One row a distinct time.

    Examples
    --------
    >>> sets = risk_sets(entry=[0, 0, 1], exit=[1, 2, 2], destination=[0, -1, 0])
    >>> sets.time, sets.at_risk, sets.events[:, 0]
    (array([1., 2.]), array([2., 2.]), array([1., 1.]))
    """
    start, stop = np.asarray(entry, dtype=np.float64), np.asarray(exit, dtype=np.float64)
    to = destination_index(destination)
    w = None if weight is None else np.asarray(weight, dtype=np.float64)
    ended = (to >= 0) & (stop > landmark)
    time, row = np.unique(stop[ended], return_inverse=True)
    cell = row * destinations + to[ended]
    size, shape = time.size * destinations, (time.size, destinations)
    ends = np.bincount(cell, minlength=size).reshape(shape).astype(np.float64)
    rows = weight_at_risk(time=time, entry=start, exit=stop)
    if w is None:
        return RiskSets(time=time, at_risk=rows, rows_at_risk=rows, events=ends)
    events = np.bincount(cell, weights=w[ended], minlength=size).reshape(shape)
    at_risk = weight_at_risk(time=time, entry=start, exit=stop, weight=w)
    # Where every row at risk ends, rounding must not leave a survivor.
    at_risk = np.where(ends.sum(axis=1) == rows, events.sum(axis=1), at_risk)
    return RiskSets(time=time, at_risk=at_risk, rows_at_risk=rows, events=events)


def destination_index(destination: ArrayLike) -> Whole:
    """Destinations as whole numbers, -1 where the stay had not ended.

    Parameters
    ----------
    destination : array_like
        Whole numbers or booleans (n,); True is destination 0.

    Returns
    -------
    numpy.ndarray
        Whole numbers (n,).

    Examples
    --------
    >>> destination_index([True, False]), destination_index([2, -1])
    (array([ 0, -1]), array([ 2, -1]))
    """
    given = np.asarray(destination)
    return given.astype(np.intp) - 1 if given.dtype == np.bool_ else given.astype(np.intp)


def step_at(*, at: ArrayLike, time: Floats, values: Floats, start: float) -> Floats:
    """Value of a right-continuous step function.

    Parameters
    ----------
    at : array_like
        Times (s,) at which it is wanted.
    time : numpy.ndarray
        Times of its steps, increasing (m,).
    values : numpy.ndarray
        Values from each step on, (m,) or (m, k).
    start : float
        Value before the first step.

    Returns
    -------
    numpy.ndarray
        Values (s,) or (s, k).

    Examples
    --------
    >>> step_at(at=[0.5, 1, 3], time=np.array([1.0, 2.0]), values=np.array([0.9, 0.5]), start=1.0)
    array([1. , 0.9, 0.5])
    """
    first = np.full((1, *values.shape[1:]), start)
    place = np.searchsorted(time, np.asarray(at, dtype=np.float64), side="right")
    return np.asarray(np.concatenate([first, values])[place])


def _weight_from(at: Floats, times: Floats, weight: Floats | None) -> Floats:
    """Return the sum of weights whose time is at or after each of `at`."""
    if weight is None:
        return (times.size - np.searchsorted(np.sort(times), at, side="left")).astype(np.float64)
    order = np.argsort(times, kind="stable")
    tail = np.append(np.cumsum(weight[order][::-1])[::-1], 0.0)
    return np.asarray(tail[np.searchsorted(times[order], at, side="left")])
