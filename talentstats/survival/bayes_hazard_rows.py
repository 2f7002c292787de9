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
from talentstats.summaries.labels import cell_labels
from talentstats.survival.hazard_duration import duration_basis
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

    @property
    def people(self) -> Floats:
        """People at risk in each row, and those whose wide ends span it, (m,)."""
        found = self.counts.sum(axis=1)
        if self.wide is not None:
            ends = self.wide.counts.sum(axis=1)[:, None] * self.wide.within
            np.add.at(found, self.wide.row, ends)
        return found

    @property
    def events(self) -> Floats:
        """People who left, by destination, wide ends included, (k - 1,)."""
        wide = 0.0 if self.wide is None else self.wide.counts[:, 1:].sum(axis=0)
        return np.asarray(self.counts[:, 1:].sum(axis=0) + wide)

    @property
    def labels(self) -> tuple[str, ...]:
        """What the rows are called, the step last."""
        size = len(self.counts)
        columns = [v for name, v in self.covariates.items() if name != "duration"]
        kinds = cell_labels(columns, size).tolist() if columns else [""] * size
        step = np.searchsorted(self.start, self.covariates["duration"])
        return tuple(
            f"{kind}, {a:g} to {b:g}".removeprefix(", ")
            for kind, a, b in zip(kinds, self.start[step], self.stop[step], strict=True)
        )


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
        If the cells have no people at risk, weights, times inside of cells, steps that
        overlap, or wide ends over periods whose bounds are not known.
    """
    _check(cells)
    events = cells.events.sum(axis=1, keepdims=True) if together else cells.events
    narrow = np.flatnonzero(~cells.wide)
    at_risk = np.zeros(len(cells)) if cells.at_risk is None else cells.at_risk
    start, stop = _steps(cells, narrow)
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
    end, piece, period = _pieces(cells, places, start, stop, with_period="period" in names)
    spanned = {
        name: period_names[period]
        if name == "period"
        else np.asarray(cells.covariates[name])[places[end]]
        for name in names
    } | {"duration": start[piece]}
    joined = {name: np.concatenate([columns[name], spanned[name]]) for name in columns}
    kind, first = grouped(list(joined.values()), narrow.size + end.size)
    lengths = np.bincount(end, minlength=places.size)
    position = np.concatenate([np.arange(n) for n in lengths])
    row = np.full((places.size, int(lengths.max())), kind[narrow.size], dtype=np.int64)
    within = np.zeros(row.shape)
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


def _steps(cells: "RiskCells", narrow: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Bounds of the steps; where only wide ends lie, steps as wide as the others."""
    begin, end = cells.start[narrow], cells.stop[narrow]
    spans = [(float(cells.start[i]), float(cells.stop[i])) for i in np.flatnonzero(cells.wide)]
    width = float(end[0] - begin[0])
    if np.allclose(end - begin, width):
        # A hazard is a hazard of a step, and neighbours are alike only at one width.
        spans = [
            (float(low), float(low + width))
            for a, b in spans
            for low in np.arange(a, b - width / 2, width)
        ]
    basis = duration_basis("steps", start=begin, stop=end, wide=spans, events=np.zeros(narrow.size))
    return basis.start, basis.stop


def _pieces(
    cells: "RiskCells",
    places: NDArray[np.int64],
    start: Floats,
    stop: Floats,
    *,
    with_period: bool,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Wide end, step and period of each step that a wide end spans."""
    cuts = period_cuts(cells.periods) if with_period else None
    if with_period and cuts is None:
        raise InputError(
            "the cells have ends that span several periods, whose bounds are not known. Hint: "
            "RiskCells.from_spells(..., period=...)."
        )
    end, piece, _, period = wide_pieces(cells, places, start=start, stop=stop, cuts=cuts)
    return end, piece, period


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
            "or leave inside of a cell. Hint: make cells whose cuts hold all times, keep duration "
            "when they are collapsed, or take hazard_model(link='log')."
        )
    if cells.weights is not None:
        raise InputError(
            "the cells carry sampling weights, which a likelihood of people cannot honour. Hint: "
            "fit without weights and give population= to average over."
        )
    if not np.any(cells.at_risk[~cells.wide] > 0):
        raise InputError(
            "nobody is at risk in a whole step, so nothing is known of staying. Hint: are all "
            "stays seen only once?"
        )
    if not cells.destinations:
        raise InputError(
            "the cells name no destination, so there is nowhere to leave for. Hint: name it when "
            "the spells are made, even if nobody left."
        )
