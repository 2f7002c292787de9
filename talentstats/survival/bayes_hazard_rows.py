"""Risk cells as rows of a discrete-time model: steps, stays, leavers, wide ends."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from talentstats.bayes.graph import WideEnds
from talentstats.errors import InputError
from talentstats.stats.limits import Floats, read_only
from talentstats.summaries.columns import grouped
from talentstats.survival.hazard_wide import period_cuts, wide_pieces

if TYPE_CHECKING:
    from talentstats.summaries.cells import RiskCells


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StepRows:
    """Rows of a discrete-time model.

    Parameters
    ----------
    covariates : Mapping of str to (m,) ndarray
        What distinguishes the rows, "duration" (start of the step) and "period" among it.
    counts : (m, k) ndarray
        People who stayed in the step, and who left, by destination.
    start, stop : (d,) ndarray
        Bounds of the steps.
    wide : WideEnds or None
        Ends known only within several steps.
    """

    covariates: "MappingProxyType[str, NDArray[Any]]"
    counts: Floats
    start: Floats
    stop: Floats
    wide: WideEnds | None

    def __post_init__(self) -> None:
        for name in ("counts", "start", "stop"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def step_rows(cells: "RiskCells", names: tuple[str, ...], *, together: bool) -> StepRows:
    """Lay risk cells out as rows.

    Parameters
    ----------
    cells : RiskCells
        The cells.
    names : tuple of str
        Covariates to keep apart; "period" among them if it is in the model.
    together : bool
        Whether all destinations are one.

    Returns
    -------
    StepRows
        One row for each combination of covariates, step and period that somebody was at
        risk in or that a wide end spans.

    Raises
    ------
    InputError
        If the cells have no people at risk, weights, times inside of cells, or wide ends
        over periods whose bounds are not known.
    """
    _check(cells)
    events = cells.events.sum(axis=1, keepdims=True) if together else cells.events
    narrow = np.flatnonzero(~cells.wide)
    at_risk = np.zeros(len(cells)) if cells.at_risk is None else cells.at_risk
    start = np.unique(cells.start[narrow])
    stop = np.array([cells.stop[narrow][cells.start[narrow] == s].min() for s in start])
    step = np.searchsorted(start, cells.start[narrow])
    period_names = np.array(cells.periods, dtype=object)
    columns = {
        name: period_names[cells.period[narrow]]
        if name == "period"
        else np.asarray(cells.covariates[name])[narrow]
        for name in names
    } | {"duration": start[step]}
    counts = np.column_stack([at_risk[narrow] - events[narrow].sum(axis=1), events[narrow]])
    places = np.flatnonzero(cells.wide)
    if places.size == 0:
        kind, first = grouped(list(columns.values()), narrow.size)
        return StepRows(
            covariates=MappingProxyType({n: v[first] for n, v in columns.items()}),
            counts=_summed(kind, counts, first.size),
            start=start,
            stop=stop,
            wide=None,
        )
    cuts = period_cuts(cells.periods)
    if "period" in names and len(cells.periods) > 1 and cuts is None:
        raise InputError(
            "the cells have ends that span several periods, whose bounds are not known. Hint: "
            "RiskCells.from_spells(..., period=...)."
        )
    end, piece, _, period = wide_pieces(
        cells, places, start=start, stop=stop, cuts=cuts if "period" in names else None
    )
    spanned = {
        name: period_names[period]
        if name == "period"
        else np.asarray(cells.covariates[name])[places[end]]
        for name in names
    } | {"duration": start[piece]}
    joined = {name: np.concatenate([columns[name], spanned[name]]) for name in columns}
    kind, first = grouped(list(joined.values()), narrow.size + end.size)
    longest = int(np.bincount(end).max())
    position = np.concatenate([np.arange(n) for n in np.bincount(end, minlength=places.size)])
    row = np.full((places.size, longest), kind[narrow.size :][0], dtype=np.int64)
    within = np.zeros((places.size, longest))
    row[end, position] = kind[narrow.size :]
    within[end, position] = 1.0
    return StepRows(
        covariates=MappingProxyType({n: v[first] for n, v in joined.items()}),
        counts=_summed(kind[: narrow.size], counts, first.size),
        start=start,
        stop=stop,
        wide=WideEnds(
            row=row,
            within=within,
            counts=np.column_stack([np.zeros(places.size), events[places]]),
        ),
    )


def _summed(kind: NDArray[np.int64], counts: Floats, rows: int) -> Floats:
    """Sum counts by row."""
    found = np.zeros((rows, counts.shape[1]))
    np.add.at(found, kind, counts)
    return found


def _check(cells: "RiskCells") -> None:
    """Refuse what a discrete-time model cannot take."""
    if cells.at_risk is None:
        raise InputError(
            "bayes_hazard_model needs the people at risk, and these cells have only person-time "
            "(published aggregates). Hint: hazard_model(link='log') takes those."
        )
    if not cells.on_grid:
        raise InputError(
            "bayes_hazard_model needs cells that everybody at risk begins and ends, and some enter "
            "or leave inside of a cell. Hint: make cells whose cuts hold all times, or "
            "hazard_model(link='log')."
        )
    if cells.weights is not None:
        raise InputError(
            "the cells carry sampling weights, which a likelihood of people cannot honour. Hint: "
            "fit without weights and give population= to average over."
        )
    if np.isnan(cells.start).any():
        raise InputError(
            "the cells do not tell durations apart (no start and stop), so no step is at risk. "
            "Hint: make cells with columns start and stop."
        )
    if cells.events.sum() == 0:
        raise InputError("nobody left in these cells, so there is no hazard to learn of.")
