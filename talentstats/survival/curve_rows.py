"""The rows behind a curve: one group's spells, identical ones collapsed, on a grid or not."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from talentstats.errors import InputError
from talentstats.stats.limits import Floats
from talentstats.stats.risk_sets import weight_at_risk
from talentstats.summaries.columns import frozen
from talentstats.summaries.spells import Spells
from talentstats.survival.grouping import Groups
from talentstats.survival.times import merged_times

# Up to so many distinct times, rows are worth collapsing before any work.
_FEW_TIMES: Final = 1_000
_SAMPLE: Final = 5_000
_MOST_PEOPLE: Final = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CurveRows:
    """Rows of one group.

    Parameters
    ----------
    entry, lower, upper : (n,) ndarray of float
        As in `Spells`, times of floating-point noise merged.
    count : (n,) ndarray of float
        People that a row stands for.
    weight : (n,) ndarray of float or None
        Sampling weights; None where all are 1.
    cluster : (n,) ndarray or None
        What rows belong together.
    """

    entry: Floats
    lower: Floats
    upper: Floats
    count: Floats
    weight: Floats | None
    cluster: NDArray[Any] | None

    def __post_init__(self) -> None:
        for name in ("entry", "lower", "upper", "count", "weight", "cluster"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, frozen(value))

    @property
    def ended(self) -> NDArray[np.bool_]:
        """Whether each stay ended, shape (n,)."""
        return np.isfinite(self.upper)

    @property
    def stop(self) -> Floats:
        """First seen elsewhere, or last seen in the host, shape (n,)."""
        return np.where(self.ended, self.upper, self.lower)

    @property
    def robust(self) -> bool:
        """Whether variances come from the infinitesimal jackknife."""
        return self.weight is not None or self.cluster is not None

    @property
    def mass(self) -> Floats | None:
        """Weight times count, shape (n,); None where all are 1."""
        if self.weight is not None:
            return self.weight * self.count
        return None if np.all(self.count == 1.0) else self.count


def rows_by_group(spells: Spells, groups: Groups) -> tuple[CurveRows, ...]:
    """Rows of each group.

    Parameters
    ----------
    spells : Spells
        All spells.
    groups : Groups
        Their groups.

    Returns
    -------
    tuple of CurveRows
        One a group. Without weights and clusters identical rows are one, with a count; with
        weights and without clusters each person is a row.

    Raises
    ------
    InputError
        If merging times of noise leaves a row nobody is at risk on.

    Examples
    --------
    >>> from talentstats.survival.grouping import groups_of
    >>> spells = Spells.from_arrays(exit=[1, 1, 2], event=[1, 1, 0])
    >>> [rows] = rows_by_group(spells, groups_of({}, None, 3))
    >>> rows.stop.tolist(), rows.count.tolist()
    ([1.0, 2.0], [2.0, 1.0])
    """
    entry, lower, upper = spells.entry, spells.lower, spells.upper
    count = spells.count.astype(np.float64)
    weight = None if np.all(spells.weight == 1.0) else spells.weight
    group, cluster = groups.index, spells.cluster
    if weight is None and cluster is None:
        entry, lower, upper, group, count = _collapsed(entry, lower, upper, group, count)
    # An exact end is one time, not two.
    exact = np.where(lower == upper, np.inf, upper)
    entry, merged, upper_only = merged_times(entry, lower, exact)
    upper = np.where(lower == upper, merged, upper_only)
    lower = merged
    if np.any(entry >= np.where(np.isfinite(upper), upper, lower)):
        raise InputError(
            "a row has entry and exit that differ by less than floating-point noise (1e-11 of the "
            "mean time); nobody is at risk on it. Hint: use another unit of time."
        )
    if weight is not None and cluster is None and np.any(count > 1.0):
        if count.sum() > _MOST_PEOPLE:
            raise InputError(
                f"the spells stand for {count.sum():,.0f} people with sampling weights, each of "
                f"whom would be a row; allowed are {_MOST_PEOPLE:,}. Hint: weights of 1 with the "
                "counts as they are, or cluster= what was sampled together."
            )
        again = np.repeat(np.arange(count.size), spells.count)
        entry, lower, upper = entry[again], lower[again], upper[again]
        group, weight, count = group[again], weight[again], np.ones(again.size)
    parts = []
    for k in range(len(groups)):
        rows: Any = slice(None) if len(groups) == 1 else group == k
        parts.append(
            CurveRows(
                entry=entry[rows],
                lower=lower[rows],
                upper=upper[rows],
                count=count[rows],
                weight=None if weight is None else weight[rows],
                cluster=None if cluster is None else cluster[rows],
            )
        )
    return tuple(parts)


def _collapsed(
    entry: Floats, lower: Floats, upper: Floats, group: NDArray[np.int64], count: Floats
) -> tuple[Floats, Floats, Floats, NDArray[np.int64], Floats]:
    """Return distinct rows with their counts, where there are few distinct times."""
    columns = (entry, lower, upper)
    few = _FEW_TIMES // 2
    if any(np.unique(x[:_SAMPLE]).size > few for x in columns):
        return entry, lower, upper, group, count
    levels = [np.unique(x) for x in columns]
    sizes = [level.size for level in levels]
    if max(sizes) > _FEW_TIMES:
        return entry, lower, upper, group, count
    key = group
    for level, column in zip(levels, columns, strict=True):
        key = key * level.size + np.searchsorted(level, column)
    distinct = np.unique(key)
    total = np.bincount(np.searchsorted(distinct, key), weights=count, minlength=distinct.size)
    rest, places = distinct, []
    for level in reversed(levels):
        rest, place = np.divmod(rest, level.size)
        places.append(level[place])
    return places[2], places[1], places[0], rest, total


def wide_intervals(rows: CurveRows) -> int:
    """People whose end lies in an interval that holds another's entry or end.

    Parameters
    ----------
    rows : CurveRows
        Rows of one group.

    Returns
    -------
    int
        Where it is 0, the product limit at `upper` is Turnbull's estimate.

    Examples
    --------
    >>> from talentstats.survival.grouping import groups_of
    >>> spells = Spells.from_arrays(lower=[0, 1, 0], upper=[2, 2, 1])
    >>> wide_intervals(rows_by_group(spells, groups_of({}, None, 3))[0])  # (0, 2] holds 1
    1
    """
    wide = rows.ended & (rows.lower < rows.upper)
    if not wide.any():
        return 0
    points = np.unique(np.concatenate([rows.entry, rows.lower, rows.upper]))
    inside = np.searchsorted(points, rows.upper[wide], side="left") - np.searchsorted(
        points, rows.lower[wide], side="right"
    )
    return int(rows.count[wide][inside > 0].sum())


def people_at(rows: CurveRows, times: Floats, start: float) -> tuple[Floats, Floats, Floats]:
    """People at risk, gone and no longer followed at each of some times.

    Parameters
    ----------
    rows : CurveRows
        Rows of one group.
    times : ndarray of float
        Shape (s,), not before `start`.
    start : float
        Where the curve begins.

    Returns
    -------
    tuple of ndarray of float
        At risk at each time (entry < time <= exit; at `start`, those who are at risk just after
        it), and since `start` those who had left and those whose stay was last seen by then, of
        whom no other row goes on (`carried_on`); shapes (s,).

    Examples
    --------
    >>> from talentstats.survival.grouping import groups_of
    >>> spells = Spells.from_arrays(exit=[1, 2, 3], event=[1, 0, 1])
    >>> [rows] = rows_by_group(spells, groups_of({}, None, 3))
    >>> [x.tolist() for x in people_at(rows, np.array([0.0, 2.0]), 0.0)]
    [[3.0, 2.0], [0.0, 1.0], [0.0, 1.0]]
    """
    stop, ended = rows.stop, rows.ended
    moments = np.where(times <= start, np.nextafter(start, np.inf), times)
    at_risk = weight_at_risk(time=moments, entry=rows.entry, exit=stop, weight=rows.count)

    def gone(which: NDArray[np.bool_]) -> Floats:
        order = np.argsort(stop[which], kind="stable")
        total = np.concatenate([[0.0], np.cumsum(rows.count[which][order])])
        return np.asarray(total[np.searchsorted(stop[which][order], times, side="right")])

    after = stop > start
    moment, number = carried_on(rows, start=start, mass=rows.count)
    going_on = np.append(0.0, np.cumsum(number))[np.searchsorted(moment, times, side="right")]
    return at_risk, gone(ended & after), gone(~ended & after) - going_on


def carried_on(rows: CurveRows, *, start: float, mass: Floats) -> tuple[Floats, Floats]:
    """Where rows are split, and go on as another row of the same cluster.

    Parameters
    ----------
    rows : CurveRows
        Rows of one group.
    start : float
        Splits after this time count.
    mass : ndarray of float
        Shape (n,): what a row stands for.

    Returns
    -------
    tuple of ndarray of float
        Distinct times, increasing, and the mass last seen then of whose cluster as much enters
        at that time; empty without clusters.

    Examples
    --------
    >>> from talentstats.survival.grouping import groups_of
    >>> split = Spells.from_arrays(entry=[0, 3], exit=[3, 6], event=[0, 1], cluster=["a", "a"])
    >>> [rows] = rows_by_group(split, groups_of({}, None, 2))
    >>> [x.tolist() for x in carried_on(rows, start=0.0, mass=rows.count)]
    [[3.0], [1.0]]
    """
    stop = rows.stop
    out, enters = ~rows.ended & (stop > start), rows.entry > start
    if rows.cluster is None or not out.any() or not enters.any():
        return np.empty(0), np.empty(0)
    _, code = np.unique(rows.cluster, return_inverse=True)
    times = np.intersect1d(stop[out], rows.entry[enters])
    out &= np.isin(stop, times)
    enters &= np.isin(rows.entry, times)
    key_out = code[out] * times.size + np.searchsorted(times, stop[out])
    key_in = code[enters] * times.size + np.searchsorted(times, rows.entry[enters])
    keys = np.intersect1d(key_out, key_in)

    def total(key: NDArray[np.int64], which: NDArray[np.bool_]) -> Floats:
        place = np.searchsorted(keys, key)
        known = keys[np.minimum(place, keys.size - 1)] == key
        return np.bincount(place[known], weights=mass[which][known], minlength=keys.size)

    if not keys.size:
        return np.empty(0), np.empty(0)
    both = np.minimum(total(key_out, out), total(key_in, enters))
    number = np.bincount(keys % times.size, weights=both, minlength=times.size)
    return times, number


def people_after(rows: CurveRows, start: float) -> float:
    """People at risk at some time after a start.

    Parameters
    ----------
    rows : CurveRows
        Rows of one group.
    start : float
        The start.

    Returns
    -------
    float
        Whoever goes on as another row of the same cluster is counted once.
    """
    _, number = carried_on(rows, start=start, mass=rows.count)
    return float(rows.count[rows.stop > start].sum() - number.sum())
