"""Rows of a Cox model, sorted once: who is at risk at which distinct time of an end.

A row is at risk at the times numbered `after` to `until` - 1, times being numbered over all
strata. Rows at risk at none of them carry no information and are left aside; rows that cannot be
told apart are one, so that yearly data cost what their distinct rows cost.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats.stats.limits import Floats
from talentstats.stats.risk_sets import Whole

_SAMPLE = 4096
_SMALL = 100_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoxData:
    """Sorted rows and the distinct times of ends, by stratum.

    Parameters
    ----------
    x : numpy.ndarray
        Covariates (n, p), centred and scaled, by columns in memory.
    centre, scale : numpy.ndarray
        What was subtracted from each covariate and what it was then divided by (p,).
    mass : numpy.ndarray
        People a row stands for times their sampling weight (n,).
    count : numpy.ndarray
        People a row stands for (n,).
    after, until : numpy.ndarray
        First time at which a row is at risk, and the one after its last (n,).
    where : numpy.ndarray
        The row that each row given became, -1 if it was never at risk at a time of an end (size,).
    dead : numpy.ndarray
        Rows that ended (e,).
    place : numpy.ndarray
        The time at which each of them ended (e,).
    time : numpy.ndarray
        The distinct times of ends, increasing within each stratum (m,).
    stratum : numpy.ndarray
        Stratum of each of them (m,).
    ends : numpy.ndarray
        People who ended at each time (m,).
    end_mass : numpy.ndarray
        Their mass (m,).
    tie : numpy.ndarray
        For each end at a time with several, the time (t,).
    share : numpy.ndarray
        For each of them, the share of the ends at its time that Efron's rule takes to come before
        it (t,); none where only Breslow's rule will be asked for.
    tied : numpy.ndarray
        Among `dead`, those that ended at a time with several ends (u,).
    table : numpy.ndarray or None
        Where there are few rows and times, 1 for each row at risk at each time (m, n): sums over
        those at risk are then added up directly, which keeps digits that differences of
        cumulative sums lose when hazards differ by many orders of magnitude.
    """

    x: Floats
    centre: Floats
    scale: Floats
    mass: Floats
    count: Floats
    after: Whole
    until: Whole
    where: Whole
    dead: Whole
    place: Whole
    time: Floats
    stratum: Whole
    ends: Whole
    end_mass: Floats
    tie: Whole
    share: Floats
    tied: Whole
    table: Floats | None

    def __post_init__(self) -> None:
        # In place: a copy of a million rows would only cost memory.
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None:
                value.flags.writeable = False

    @property
    def mean_mass(self) -> Floats:
        """Mean weight of those who end at each time, shape (m,)."""
        return np.asarray(self.end_mass / self.ends)

    @property
    def end_count(self) -> int:
        """How many people ended."""
        return int(self.ends.sum())


def cox_data(
    *,
    entry: ArrayLike,
    exit: ArrayLike,
    event: ArrayLike,
    x: ArrayLike,
    stratum: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    count: ArrayLike | None = None,
    shares: bool = True,
) -> CoxData:
    """Rows sorted for the partial likelihood.

    Parameters
    ----------
    entry, exit : array_like
        Times at risk (n,), entry < exit: at risk on (entry, exit].
    event : array_like
        Whether the stay ended at `exit` (n,).
    x : array_like
        Covariates (n, p).
    stratum : array_like or None
        Strata with baselines of their own (n,); None is one stratum.
    weight : array_like or None
        Sampling weights (n,); tied ends share their mean weight. None is 1.
    count : array_like or None
        People a row stands for (n,): the same as so many rows. None is 1.
    shares : bool
        Whether Efron's rule will be asked for, which takes memory for each tied end.

    Returns
    -------
    CoxData
        Sorted rows.

    Examples
    --------
    >>> data = cox_data(entry=[0, 0, 1], exit=[1, 2, 2], event=[1, 1, 0], x=[[0.0], [1.0], [2.0]])
    >>> data.time, data.after, data.until
    (array([1., 2.]), array([0, 0, 1]), array([1, 2, 2]))
    """
    start, stop = np.asarray(entry, dtype=np.float64), np.asarray(exit, dtype=np.float64)
    ended, matrix = np.asarray(event).astype(bool), np.asarray(x, dtype=np.float64)
    n = stop.size
    people = np.ones(n) if count is None else np.asarray(count, dtype=np.float64)
    mass = people if weight is None else people * np.asarray(weight, dtype=np.float64)
    code = None
    if stratum is not None:
        code = np.unique(np.asarray(stratum), return_inverse=True)[1].astype(np.intp)
    order = np.argsort(stop, kind="stable") if code is None else np.lexsort((stop, code))
    time, place, after, until = _times(start, stop, ended, code, order)
    kept = after < until
    if not kept.all():
        order, after, until = order[kept], after[kept], until[kept]
    first, group = _told_apart(matrix, order, after, until, ended)
    where = np.full(n, -1, dtype=np.intp)
    where[order] = np.arange(order.size) if group is None else group
    mass, people = mass[order], people[order]
    if group is not None:
        mass, people = np.bincount(group, weights=mass), np.bincount(group, weights=people)
        order, after, until = order[first], after[first], until[first]
    dead = np.flatnonzero(ended[order])
    at = until[dead] - 1
    ends = np.rint(np.bincount(at, weights=people[dead], minlength=time.size)).astype(np.intp)
    several = np.flatnonzero(ends > 1) if shares else np.empty(0, dtype=np.intp)
    tie = np.repeat(several, ends[several])
    begin = np.repeat(np.cumsum(ends[several]) - ends[several], ends[several])
    centred, centre, scale = _standardised(matrix, order, mass)
    return CoxData(
        x=centred,
        centre=centre,
        scale=scale,
        mass=mass,
        count=people,
        after=after,
        until=until,
        where=where,
        dead=dead,
        place=at,
        time=time,
        stratum=place,
        ends=ends,
        end_mass=np.bincount(at, weights=mass[dead], minlength=time.size),
        tie=tie,
        share=(np.arange(tie.size) - begin) / ends[tie],
        tied=np.flatnonzero(ends[at] > 1),
        table=_table(after, until, time.size),
    )


def suffix_sums(data: CoxData, values: Floats) -> Floats:
    """Sums over those at risk at each time.

    Parameters
    ----------
    data : CoxData
        Rows.
    values : numpy.ndarray
        One value a row (n,).

    Returns
    -------
    numpy.ndarray
        Sums (m,).
    """
    if data.table is not None:
        return np.asarray(data.table @ values)
    m = data.time.size
    change = np.bincount(data.until, weights=values, minlength=m + 1)
    if data.after.any():
        change -= np.bincount(data.after, weights=values, minlength=m + 1)
    return np.asarray(np.cumsum(change[:0:-1])[::-1])


def _times(
    start: Floats,
    stop: Floats,
    ended: NDArray[np.bool_],
    code: Whole | None,
    order: Whole,
) -> tuple[Floats, Whole, Whole, Whole]:
    """Return times, their strata, and where sorted rows begin and cease to be at risk."""
    if code is None:
        time = np.unique(stop[ended])
        late = start >= time[0] if time.size else np.zeros(start.size, dtype=bool)
        after = np.zeros(start.size, dtype=np.intp)
        after[late] = np.searchsorted(time, start[late], side="right")
        until = np.searchsorted(time, stop[order], side="right")
        return time, np.zeros(time.size, dtype=np.intp), after[order], until
    # One key a stratum and rank of time: the times of a stratum follow one another.
    distinct = np.unique(stop[ended])
    base = distinct.size + 1
    keys = code * base + np.searchsorted(distinct, stop, side="right")
    used = np.unique(keys[ended])
    after = np.searchsorted(
        used, code * base + np.searchsorted(distinct, start, side="right"), side="right"
    )
    until = np.searchsorted(used, keys, side="right")
    return distinct[used % base - 1], used // base, after[order], until[order]


def spans(data: CoxData, steps: Floats) -> Floats:
    """Sums of steps over the times at which each row is at risk.

    Parameters
    ----------
    data : CoxData
        Rows.
    steps : numpy.ndarray
        Steps (m,) or (m, p).

    Returns
    -------
    numpy.ndarray
        Sums (n,) or (n, p).
    """
    if data.table is not None:
        return np.asarray(data.table.T @ steps)
    reached = np.concatenate([np.zeros((1, *steps.shape[1:])), np.cumsum(steps, axis=0)])
    sums = reached[data.until]
    return np.asarray(sums - reached[data.after] if data.after.any() else sums)


def _table(after: Whole, until: Whole, times: int) -> Floats | None:
    """Return who is at risk when, where that is small."""
    if after.size * times > _SMALL:
        return None
    k = np.arange(times)[:, None]
    return ((after <= k) & (k < until)).astype(np.float64)


def _told_apart(
    matrix: Floats, order: Whole, after: Whole, until: Whole, ended: NDArray[np.bool_]
) -> tuple[Whole, Whole | None]:
    """Return one of each kind of row and the kind of every row; None where most are distinct."""
    some = slice(None, None, max(order.size // _SAMPLE, 1))
    sample = np.column_stack([until[some], after[some], ended[order[some]], matrix[order[some]]])
    if 2 * np.unique(sample, axis=0).shape[0] > sample.shape[0]:
        return order, None
    group = np.zeros(order.size, dtype=np.intp)
    first = np.zeros(1, dtype=np.intp)
    for column in (until, after, ended[order], *(column[order] for column in matrix.T)):
        levels, code = np.unique(column, return_inverse=True)
        _, first, group = np.unique(
            group * levels.size + code, return_index=True, return_inverse=True
        )
    return first, group


def _standardised(matrix: Floats, order: Whole, mass: Floats) -> tuple[Floats, Floats, Floats]:
    """Return sorted covariates with mean 0 and standard deviation 1, by columns in memory."""
    x = np.empty((order.size, matrix.shape[1]), order="F")
    centre, scale = np.zeros(matrix.shape[1]), np.ones(matrix.shape[1])
    total, gathered = max(float(mass.sum()), np.finfo(float).tiny), matrix[order]
    for j in range(matrix.shape[1]):
        centre[j] = mass @ gathered[:, j] / total
        column = gathered[:, j] - centre[j]
        spread = float(np.sqrt(mass @ column**2 / total))
        if spread > 1e-12 * abs(centre[j]):
            scale[j] = spread
        x[:, j] = column / scale[j]
    return x, centre, scale
