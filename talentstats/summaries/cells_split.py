"""Time at risk cut into cells of duration and calendar time, in numpy alone."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

# A time this close to a cut, in widths of the finest cell, is at the cut: 0.1 + 0.2 is 0.3.
_SNAP: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pieces:
    """Contributions of spells to cells, one row each.

    Parameters
    ----------
    spell : ndarray of int
        Shape (m,): which spell.
    duration, period : ndarray of int
        Shape (m,): cell of duration and of calendar time; `duration` is -1 for a wide
        piece, whose bounds are those of its spell's end.
    length : ndarray of float
        Shape (m,): time at risk, of an event interval the part that its convention counts.
    entered : ndarray of bool
        Shape (m,): whether the spell enters the cell here; false where it is in it already.
    first : ndarray of bool
        Shape (m,): whether the spell begins here.
    event : ndarray of bool
        Shape (m,): whether the stay ends here.
    """

    spell: NDArray[np.int64]
    duration: NDArray[np.int64]
    period: NDArray[np.int64]
    length: NDArray[np.float64]
    entered: NDArray[np.bool_]
    first: NDArray[np.bool_]
    event: NDArray[np.bool_]


def snapped(times: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the times with those that miss a cut by rounding alone put on it.

    Parameters
    ----------
    times : ndarray of float
        Shape (n,).
    edges : ndarray of float
        Shape (k,): increasing; the ends may be infinite.

    Returns
    -------
    ndarray of float
        Shape (n,).
    """
    cuts = edges[np.isfinite(edges)]
    if not cuts.size:
        return times
    scale = np.diff(cuts).min() if cuts.size > 1 else 1.0
    right = np.clip(np.searchsorted(cuts, times), 1, cuts.size - 1) if cuts.size > 1 else 0
    left = np.maximum(np.asarray(right) - 1, 0)
    near_left = np.abs(times - cuts[left]) <= _SNAP * scale
    near_right = np.abs(times - cuts[right]) <= _SNAP * scale
    return np.where(near_left, cuts[left], np.where(near_right, cuts[right], times))


def first_cell(times: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the cell (edge, next edge] that time after each point begins in.

    Parameters
    ----------
    times : ndarray of float
        Shape (n,).
    edges : ndarray of float
        Shape (k,).

    Returns
    -------
    ndarray of int
        Shape (n,).
    """
    return np.searchsorted(edges, times, side="right") - 1


def last_cell(times: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the cell (edge, next edge] that holds each point.

    Parameters
    ----------
    times : ndarray of float
        Shape (n,).
    edges : ndarray of float
        Shape (k,).

    Returns
    -------
    ndarray of int
        Shape (n,).
    """
    return np.searchsorted(edges, times, side="left") - 1


def split_spells(
    *,
    entry: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    origin: NDArray[np.float64],
    edges: NDArray[np.float64],
    periods: NDArray[np.float64],
    share: float,
) -> Pieces:
    """Return the pieces of (entry, lower], and those that hold the ends in (lower, upper].

    Parameters
    ----------
    entry, lower, upper : ndarray of float
        Shape (n,): as in `Spells`, put on the edges where they miss one by rounding.
    origin : ndarray of float
        Shape (n,): calendar time at which the clock is 0.
    edges : ndarray of float
        Shape (d + 1,): bounds of the cells of duration; the last may be infinite.
    periods : ndarray of float
        Shape (p + 1,): bounds of the periods of calendar time, infinite at both ends.
    share : float
        Part of an event interval that counts as time at risk.

    Returns
    -------
    Pieces
        The pieces.
    """
    row, cell, start, stop = _split(entry, lower, edges)
    # The same cuts again on the calendar: what the first split gave is cut where a period ends.
    began = snapped(start + origin[row], periods)
    part, period, left, right = _split(began, snapped(stop + origin[row], periods), periods)
    row, cell = row[part], cell[part]
    last = np.flatnonzero(np.append(row[1:] != row[:-1], True)) if row.size else row
    head = np.append(True, row[1:] != row[:-1]) if row.size else np.zeros(0, dtype=bool)
    tail = np.full(entry.size, -1)
    tail[row[last]] = last

    exact, interval = lower == upper, np.isfinite(upper) & (lower < upper)
    event = np.zeros(row.size, dtype=bool)
    event[tail[exact]] = True

    ends = np.flatnonzero(interval)
    begin = snapped(lower[ends] + origin[ends], periods)
    end = snapped(upper[ends] + origin[ends], periods)
    end_cell, end_period = first_cell(lower[ends], edges), first_cell(begin, periods)
    wide = (last_cell(upper[ends], edges) != end_cell) | (last_cell(end, periods) != end_period)
    before = tail[ends]
    inside = (
        (before >= 0)
        & ~wide
        & (cell[before] == end_cell if row.size else False)
        & (period[before] == end_period if row.size else False)
    )
    return Pieces(
        spell=np.concatenate([row, ends]),
        duration=np.concatenate([cell, np.where(wide, -1, end_cell)]),
        period=np.concatenate([period, end_period]),
        length=np.concatenate([right - left, share * (upper[ends] - lower[ends])]),
        entered=np.concatenate([np.ones(row.size, dtype=bool), ~inside]),
        first=np.concatenate([head, before < 0]),
        event=np.concatenate([event, np.ones(ends.size, dtype=bool)]),
    )


def _split(
    start: NDArray[np.float64], stop: NDArray[np.float64], edges: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Cut each (start, stop] at the edges: row, cell and bounds of every piece, in order."""
    first = first_cell(start, edges)
    pieces = np.where(stop > start, last_cell(stop, edges) - first + 1, 0)
    row = np.repeat(np.arange(start.size), pieces)
    step = np.arange(row.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    cell = first[row] + step
    return row, cell, np.maximum(start[row], edges[cell]), np.minimum(stop[row], edges[cell + 1])
