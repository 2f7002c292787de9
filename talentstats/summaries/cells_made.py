"""How risk cells are made of spells, and coarser cells of finer ones."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.summaries.account import RowAccount
from talentstats.summaries.cells_split import Pieces, snapped, split_spells
from talentstats.summaries.columns import Rows, grouped
from talentstats.summaries.spells import Spells

if TYPE_CHECKING:
    from talentstats.summaries.cells import EventExposure

_SHARE: Final = {"half": 0.5, "full": 1.0, "none": 0.0}
_MOST_CELLS: Final = 1_000_000
# Spells at a time, so that memory does not grow with their number.
_BLOCK: Final = 250_000


def cells_of_spells(
    spells: Spells,
    *,
    width: float,
    cuts: Sequence[float] | None,
    period: Sequence[float] | None,
    origin: str | ArrayLike | None,
    covariates: tuple[str, ...] | None,
    exposure: "EventExposure",
    by_cluster: bool,
) -> dict[str, Any]:
    """Return the fields of the cells of spells.

    Parameters
    ----------
    spells : Spells
        The stays.
    width : float
        Width of the cells of duration.
    cuts, period : sequence of float or None
        Cut points of duration and of calendar time.
    origin : str, array_like or None
        Calendar time at which the clock is 0.
    covariates : tuple of str or None
        Covariates to keep apart.
    exposure : {"half", "full", "none"}
        What an end known within an interval adds.
    by_cluster : bool
        Whether clusters are kept apart.

    Returns
    -------
    dict
        The fields of `RiskCells`.

    Raises
    ------
    InputError
        If cuts, period, origin and clusters do not fit the spells.
    """
    checks.one_of(exposure, _SHARE, name="exposure")
    edges = _edges(spells, width, cuts)
    entry, lower, upper = (snapped(t, edges) for t in (spells.entry, spells.lower, spells.upper))
    zero = _origin(spells, period, origin)
    bounds = _increasing(period if period is not None else [], "period", 0)
    bounds = np.concatenate([[-np.inf], bounds, [np.inf]])
    kept = _kept(spells, origin, covariates)
    if by_cluster and spells.cluster is None:
        raise InputError(
            "by_cluster=True, but the spells have no clusters. Hint: give cluster= when they are "
            "made."
        )
    keys = [spells.covariates[name] for name in kept]
    if by_cluster and spells.cluster is not None:
        keys.append(spells.cluster)
    group, where = grouped(keys, len(spells))
    widths, ends = _wide_bounds(lower, upper, zero, edges, bounds, with_origin=period is not None)

    begins = ~spells.continues
    weighted = bool(np.any(spells.weight != 1.0))
    columns = 3 if weighted else 1
    parts = []
    for block in _blocks(len(spells)):
        pieces = split_spells(
            entry=entry[block],
            lower=lower[block],
            upper=upper[block],
            origin=zero[block],
            edges=edges,
            periods=bounds,
            share=_SHARE[exposure],
        )
        parts.append(
            _sums(spells, block, pieces, begins, group, widths, edges.size - 1, bounds.size - 1)
        )
    key, values = _merged(parts)
    place, index = np.divmod(key, bounds.size - 1)
    which, cell = np.divmod(place, edges.size - 1 + len(ends))
    start = np.concatenate([edges[:-1], ends[:, 0]])[cell]
    stop = np.concatenate([edges[1:], ends[:, 1]])[cell]
    order = np.lexsort((index, stop, start, which))
    k = len(spells.destinations)
    at_risk, entrants, time, events = _unpacked(values[order], columns, k)
    first = where[which[order]]
    return {
        "covariates": {name: spells.covariates[name][first] for name in kept},
        "start": start[order],
        "stop": stop[order],
        "wide": (cell >= edges.size - 1)[order],
        "period": index[order],
        "periods": period_names(bounds[1:-1]),
        "origin": np.concatenate([np.full(edges.size - 1, np.nan), ends[:, 2]])[cell][order],
        "events": events[0],
        "destinations": spells.destinations,
        "at_risk": at_risk[0],
        "entrants": entrants[0],
        "exposure": time[0],
        "weights": _weight_sums(at_risk, entrants, time, events) if weighted else None,
        "cluster": spells.cluster[first] if by_cluster and spells.cluster is not None else None,
        "clock": spells.clock,
        "event_exposure": exposure,
        "on_grid": _on_grid(entry, lower, upper, zero, edges, bounds),
        "accounts": (
            spells.account,
            RowAccount(
                step="cells",
                rows_in=len(spells),
                used=len(spells),
                left_out={},
                people=float(entrants[0].sum()),
                person_years=float(time[0].sum()),
            ),
        ),
    }


def period_names(cuts: NDArray[np.float64]) -> tuple[str, ...]:
    """Return the names of the calendar periods between cuts.

    Parameters
    ----------
    cuts : ndarray of float
        Shape (p,): increasing.

    Returns
    -------
    tuple of str
        The p + 1 names, such as "to 2018", "2018 to 2021", "after 2021"; one empty name
        where there are no cuts.

    Examples
    --------
    >>> period_names(np.array([2018.0, 2021.0]))
    ('to 2018', '2018 to 2021', 'after 2021')
    """
    if not cuts.size:
        return ("",)
    between = [f"{a:g} to {b:g}" for a, b in pairwise(cuts.tolist())]
    return (f"to {cuts[0]:g}", *between, f"after {cuts[-1]:g}")


def _edges(spells: Spells, width: float, cuts: Sequence[float] | None) -> NDArray[np.float64]:
    """Bounds of the cells of duration, around every time."""
    last = float(np.max(np.where(spells.ended, spells.upper, spells.lower)))
    begin = float(spells.entry.min())
    if cuts is not None:
        bounds = _increasing(cuts, "cuts", 1)
        if bounds[0] > begin:
            raise InputError(
                f"cuts begin at {bounds[0]:g}, but somebody enters at {begin:g}. "
                "Hint: put a first cut at or before that."
            )
        return bounds if last <= bounds[-1] else np.append(bounds, np.inf)
    step = checks.finite_number(width, name="width", above=0)
    low, high = np.floor(begin / step + 1e-9), np.ceil(last / step - 1e-9)
    if high - low > _MOST_CELLS:
        raise InputError(
            f"width={step:g} cuts {begin:g} to {last:g} into {high - low:,.0f} cells; allowed are "
            f"{_MOST_CELLS:,}. Hint: give a larger width."
        )
    return np.asarray(step * np.arange(low, high + 1))


def _increasing(cuts: Sequence[float], name: str, fewest: int) -> NDArray[np.float64]:
    """Read cut points."""
    given = np.asarray(cuts)
    bounds = Rows(given.size).numbers(given, name)
    if bounds.size < fewest or np.any(np.diff(bounds) <= 0):
        raise InputError(f"{name}={bounds.tolist()} is not a list of increasing numbers.")
    return bounds


def _origin(
    spells: Spells, period: Sequence[float] | None, origin: str | ArrayLike | None
) -> NDArray[np.float64]:
    """Calendar time at which each spell's clock is 0."""
    if (period is None) != (origin is None):
        raise InputError(
            "period and origin go together: the cut points of calendar time, and the calendar time "
            "at which the clock is 0 (origin=0 if the clock is the calendar)."
        )
    if origin is None:
        return np.zeros(len(spells))
    if isinstance(origin, str):
        origin = spells.covariates[checks.one_of(origin, spells.covariates, name="origin")]
    if np.ndim(origin) == 0:
        origin = np.full(len(spells), origin)
    return Rows(len(spells)).numbers(origin, "origin")


def _kept(
    spells: Spells, origin: str | ArrayLike | None, covariates: tuple[str, ...] | None
) -> list[str]:
    """Names of the covariates that cells are kept apart by."""
    if covariates is None:
        clock = origin if isinstance(origin, str) else None
        return [name for name in spells.covariates if name != clock]
    return [checks.one_of(name, spells.covariates, name="covariate") for name in covariates]


def _wide_bounds(
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    origin: NDArray[np.float64],
    edges: NDArray[np.float64],
    periods: NDArray[np.float64],
    *,
    with_origin: bool,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Each spell's place among the distinct intervals that its end may lie in, and those."""
    places = np.full(lower.size, -1)
    rows = np.flatnonzero(np.isfinite(upper) & (lower < upper))
    zero = origin[rows] if with_origin else np.full(rows.size, np.nan)
    group, first = grouped([lower[rows], upper[rows], zero] if with_origin else
                           [lower[rows], upper[rows]], rows.size)  # fmt: skip
    places[rows] = group
    return places, np.column_stack([lower[rows], upper[rows], zero])[first]


def _blocks(rows: int) -> Iterator[slice]:
    """Slices that cover all rows."""
    return (slice(i, min(i + _BLOCK, rows)) for i in range(0, rows, _BLOCK))


def _sums(
    spells: Spells,
    block: slice,
    pieces: Pieces,
    begins: NDArray[np.bool_],
    group: NDArray[np.int64],
    widths: NDArray[np.int64],
    durations: int,
    periods: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Keys of the cells that a block of spells touches, and the sums in each."""
    row = pieces.spell + block.start
    cell = np.where(pieces.duration >= 0, pieces.duration, durations + widths[row])
    rooms = durations + (int(widths.max()) + 1)
    key = (group[row] * rooms + cell) * periods + pieces.period
    keys, place = np.unique(key, return_inverse=True)
    count, weight = spells.count[row].astype(np.float64), spells.weight[row]
    weighted = bool(np.any(spells.weight != 1.0))
    fresh = pieces.first & begins[row]
    columns = []
    for factor in (count, count * weight, count * weight**2) if weighted else (count,):
        columns.append(np.bincount(place, factor * pieces.entered, keys.size))
        columns.append(np.bincount(place, factor * fresh, keys.size))
        columns.append(np.bincount(place, factor * pieces.length, keys.size))
        left = np.flatnonzero(pieces.event)
        for j in range(len(spells.destinations)):
            there = left[spells.destination[row[left]] == j]
            columns.append(np.bincount(place[there], factor[there], keys.size))
    return keys, np.column_stack(columns)


def _merged(
    parts: list[tuple[NDArray[np.int64], NDArray[np.float64]]],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Add up the sums of all blocks."""
    if len(parts) == 1:
        return parts[0]
    keys, place = np.unique(np.concatenate([key for key, _ in parts]), return_inverse=True)
    values = np.vstack([value for _, value in parts])
    sums = [np.bincount(place, values[:, j], keys.size) for j in range(values.shape[1])]
    return keys, np.column_stack(sums)


def _unpacked(
    values: NDArray[np.float64], columns: int, k: int
) -> tuple[list[NDArray[np.float64]], ...]:
    """At risk, entrants, exposure and events, each for weights to the power 0, 1, 2."""
    blocks = [values[:, i * (3 + k) : (i + 1) * (3 + k)] for i in range(columns)]
    single = ([b[:, j] for b in blocks] for j in range(3))
    return (*single, [b[:, 3:] for b in blocks])


def _weight_sums(
    at_risk: list[NDArray[np.float64]],
    entrants: list[NDArray[np.float64]],
    time: list[NDArray[np.float64]],
    events: list[NDArray[np.float64]],
) -> Any:
    """Sums of weights."""
    from talentstats.summaries.cells import WeightSums

    return WeightSums(
        events=events[1],
        events_squared=events[2],
        at_risk=at_risk[1],
        at_risk_squared=at_risk[2],
        entrants=entrants[1],
        exposure=time[1],
    )


def _on_grid(
    entry: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    origin: NDArray[np.float64],
    edges: NDArray[np.float64],
    periods: NDArray[np.float64],
) -> bool:
    """Whether all times, and the cuts of the calendar seen from them, are bounds of cells."""
    times = np.concatenate([entry, lower, upper[np.isfinite(upper)]])
    if not np.isin(times, edges).all():
        return False
    for cut in periods[1:-1]:
        seen = snapped(cut - origin, edges)
        inside = (seen > entry) & (seen < np.where(np.isfinite(upper), upper, lower))
        if not np.isin(seen[inside], edges).all():
            return False
    return True
