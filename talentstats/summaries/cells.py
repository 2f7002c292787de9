"""Risk cells: events by destination and exposure, by covariates, duration and period.

They are sufficient for hazards that are constant within a cell and, where every time at
risk begins and ends at a cell's bounds, for discrete-time models.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats.summaries.account import RowAccount
from talentstats.summaries.columns import frozen
from talentstats.summaries.remake import remake
from talentstats.summaries.spells import Spells
from talentstats.summaries.spells_arrays import DEFAULT_CLOCK

if TYPE_CHECKING:
    import pandas as pd

type EventExposure = Literal["half", "full", "none"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightSums:
    """Sums of sampling weights over the people of each of m cells.

    Parameters
    ----------
    events, events_squared : ndarray of float
        Shape (m, k): sum of w, and of w squared, over the events by destination.
    at_risk, at_risk_squared : ndarray of float
        Shape (m,): the same over all who enter the cell.
    entrants : ndarray of float
        Shape (m,): sum of w over those whose stay begins in the cell.
    exposure : ndarray of float
        Shape (m,): sum of w times time at risk.
    """

    events: NDArray[np.float64]
    events_squared: NDArray[np.float64]
    at_risk: NDArray[np.float64]
    at_risk_squared: NDArray[np.float64]
    entrants: NDArray[np.float64]
    exposure: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RiskCells:
    """Events and exposure of m cells; made by `from_spells` or `from_frame`.

    Parameters
    ----------
    covariates : Mapping of str to ndarray
        Name to values of shape (m,).
    start, stop : ndarray of float
        Shape (m,): the cell is the durations (start, stop]; NaN where the source does
        not tell durations apart.
    wide : ndarray of bool
        Shape (m,): whether the cell holds ends known only within (start, stop], which
        spans several of the others: its likelihood is 1 - product of their survivals.
    period : ndarray of int
        Shape (m,): index into `periods`, of a wide cell that of its start.
    periods : tuple of str
        Names of the calendar periods; one empty name where there are none.
    origin : ndarray of float
        Shape (m,): calendar time at which the clock of a wide cell is 0, from which the
        periods that it spans follow; NaN elsewhere, and where there are no periods.
    events : ndarray of float
        Shape (m, k): people who left, by destination.
    destinations : tuple of str
        Names of the k destinations.
    at_risk : ndarray of float or None
        Shape (m,): people who enter the cell; None in published aggregates.
    entrants : ndarray of float or None
        Shape (m,): people whose stay begins in the cell, at its start or inside; a row
        that continues another (`Spells.continues`) begins none. None where the source
        does not say.
    exposure : ndarray of float
        Shape (m,): person-time at risk, in units of the clock.
    weights : WeightSums or None
        Sums of sampling weights; None where every weight is 1.
    cluster : ndarray or None
        Shape (m,): cluster of the cell's people; None where clusters are not kept apart.
    clock : str
        What durations are counted from.
    event_exposure : str
        What an end known within (lower, upper] adds to exposure: "half" of that
        interval, the "full" interval, or "none" of it. "as published" in aggregates.
    on_grid : bool
        Whether every time at risk begins and ends at bounds of cells, so that events of
        `at_risk` are binomial.
    accounts : tuple of RowAccount
        Where the rows went, step by step; the last is the step that made the cells.

    Examples
    --------
    >>> spells = Spells.from_arrays(exit=[2, 2, 1], event=["China", 0, 0])
    >>> cells = RiskCells.from_spells(spells)
    >>> cells.frame()[["start", "stop", "at_risk", "exposure", "China"]]
       start  stop  at_risk  exposure  China
    0    0.0   1.0      3.0       3.0    0.0
    1    1.0   2.0      2.0       2.0    1.0
    """

    covariates: Mapping[str, NDArray[Any]]
    start: NDArray[np.float64]
    stop: NDArray[np.float64]
    wide: NDArray[np.bool_]
    period: NDArray[np.int64]
    periods: tuple[str, ...]
    origin: NDArray[np.float64]
    events: NDArray[np.float64]
    destinations: tuple[str, ...]
    at_risk: NDArray[np.float64] | None
    entrants: NDArray[np.float64] | None
    exposure: NDArray[np.float64]
    weights: WeightSums | None
    cluster: NDArray[Any] | None
    clock: str
    event_exposure: str
    on_grid: bool
    accounts: tuple[RowAccount, ...]

    def __post_init__(self) -> None:
        for name in ("start", "stop", "wide", "period", "origin", "events", "exposure"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        for name in ("at_risk", "entrants", "cluster"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, frozen(getattr(self, name)))
        columns = {name: frozen(values) for name, values in self.covariates.items()}
        object.__setattr__(self, "covariates", MappingProxyType(columns))

    def __reduce__(self) -> tuple[Any, ...]:
        return remake(self)

    def __len__(self) -> int:
        return self.exposure.size

    @property
    def account(self) -> RowAccount:
        """Where the rows went in the step that made the cells."""
        return self.accounts[-1]

    @classmethod
    def from_spells(
        cls,
        spells: Spells,
        *,
        width: float = 1.0,
        cuts: Sequence[float] | None = None,
        period: Sequence[float] | None = None,
        origin: str | ArrayLike | None = None,
        covariates: Iterable[str] | None = None,
        exposure: EventExposure = "half",
        by_cluster: bool = False,
    ) -> Self:
        """Cut spells into cells of duration and calendar period, and count.

        Yearly data in cells of a year lose nothing. Of exact times the cells keep
        events and person-time. An end known only within (lower, upper] that crosses a
        cell's bound becomes one wide cell with both bounds; no midpoint is taken.

        Parameters
        ----------
        spells : Spells
            The stays.
        width : float
            Width of the cells of duration, which are counted from 0; ignored if `cuts`.
        cuts : sequence of float or None
            Increasing bounds of the cells of duration, the first at or before every
            entry; time after the last is one more cell.
        period : sequence of float or None
            Increasing calendar times at which a period ends and the next begins. A
            yearly cell from t to t + 1 belongs to the period that holds (t, t + 1].
        origin : str, array_like or None
            Calendar time at which the clock is 0: a covariate, a number, or shape (n,).
        covariates : iterable of str or None
            Covariates to keep apart; None keeps all but `origin`.
        exposure : {"half", "full", "none"}
            What an end known within (lower, upper] adds to exposure: half of the
            interval, all of it, or nothing. Exact ends add their own time.
        by_cluster : bool
            Whether cells of different clusters are kept apart, as clustered errors need.

        Returns
        -------
        RiskCells
            In the order of covariates, cluster, start, stop, period.

        Raises
        ------
        InputError
            If cuts do not increase or begin too late, `period` comes without `origin`,
            or clusters are asked for that the spells do not have.
        UnknownNameError
            If a covariate or the convention of exposure does not exist.

        Examples
        --------
        >>> looks = Spells.from_arrays(lower=[2], upper=[5], destination=["China"])
        >>> cells = RiskCells.from_spells(looks)
        >>> cells.start.tolist(), cells.stop.tolist(), cells.wide.tolist()
        ([0.0, 1.0, 2.0], [1.0, 2.0, 5.0], [False, False, True])
        """
        from talentstats.summaries.cells_made import cells_of_spells

        return cls(
            **cells_of_spells(
                spells,
                width=width,
                cuts=cuts,
                period=period,
                origin=origin,
                covariates=None if covariates is None else tuple(covariates),
                exposure=exposure,
                by_cluster=by_cluster,
            )
        )

    @classmethod
    def from_frame(
        cls,
        frame: "pd.DataFrame | str | os.PathLike[str]",
        *,
        events: str | Sequence[str] = "events",
        exposure: str = "exposure",
        at_risk: str | None = None,
        destinations: Sequence[str] | None = None,
        by: Iterable[str] | None = None,
        clock: str = DEFAULT_CLOCK,
    ) -> Self:
        """Make cells of published aggregates: events and person-years, one row a cell.

        Columns `start` and `stop` are the bounds of duration, a column `period` the
        name of the calendar period, a column `entrants` the people whose stay begins in
        the cell. A life table gives people at risk in place of
        person-years: name its column `at_risk`, and events are binomial. Rows with a
        missing number, or without exposure and events, are left out and counted by reason.

        Parameters
        ----------
        frame : pandas.DataFrame or path-like
            The aggregates, or a CSV or Parquet file of them.
        events : str or sequence of str
            Column with the number of events, or one column a destination.
        exposure : str
            Column with the person-years; may be absent where `at_risk` is named: then each
            leaver counts half of (start, stop].
        at_risk : str or None
            Column with the people at risk at `start`, all of whom are followed to `stop`
            or leave before; needs `start` and `stop`. None says that it is not known.
        destinations : sequence of str or None
            Names of the destinations in the order of `events`; None takes the names of
            the columns, and "elsewhere" where there is one.
        by : iterable of str or None
            Columns to keep as covariates; None keeps all that have no other part.
        clock : str
            What durations are counted from.

        Returns
        -------
        RiskCells
            One cell a row.

        Raises
        ------
        InputError
            If an event count is no whole number of 0 or more, an exposure is negative,
            there are events without exposure, or more leave than are at risk; names the
            rows.
        UnknownNameError
            If a column does not exist.

        Examples
        --------
        >>> import pandas as pd
        >>> table = pd.DataFrame({"sector": ["a", "b"], "events": [3, 1], "exposure": [99.5, 80]})
        >>> cells = RiskCells.from_frame(table)
        >>> cells.events[:, 0].tolist(), cells.covariates["sector"].tolist()
        ([3.0, 1.0], ['a', 'b'])
        """
        from talentstats.summaries.cells_frame import cells_of_frame

        return cls(
            **cells_of_frame(
                frame,
                events=(events,) if isinstance(events, str) else tuple(events),
                exposure=exposure,
                at_risk=at_risk,
                destinations=None if destinations is None else tuple(destinations),
                by=None if by is None else tuple(by),
                clock=clock,
            )
        )

    def collapse(self, by: Iterable[str]) -> Self:
        """Return the sums over cells that agree on what is named.

        Parameters
        ----------
        by : iterable of str
            What to keep apart: covariates, "duration", "period", "cluster".

        Returns
        -------
        RiskCells
            Coarser cells. Without "duration" one spans all durations, and `at_risk`
            counts a person once for each cell that was summed.

        Raises
        ------
        UnknownNameError
            If there is nothing of that name.

        Examples
        --------
        >>> spells = Spells.from_arrays(exit=[2, 1], event=[1, 0], covariates={"job": ["a", "b"]})
        >>> RiskCells.from_spells(spells).collapse(["job"]).exposure.tolist()
        [2.0, 1.0]
        """
        from talentstats.summaries.cells_collapse import collapsed

        return replace(self, **collapsed(self, tuple(by)))

    def frame(self) -> "pd.DataFrame":
        """Return one row a cell, as `from_frame` reads it.

        Returns
        -------
        pandas.DataFrame
            Columns: covariates, cluster if kept, start, stop, wide, period if there
            are any, at_risk, entrants if known, exposure, and one a destination.
        """
        import pandas as pd

        columns: dict[str, Any] = dict(self.covariates)
        if self.cluster is not None:
            columns["cluster"] = self.cluster
        columns |= {"start": self.start, "stop": self.stop, "wide": self.wide}
        if len(self.periods) > 1:
            columns["period"] = np.array(self.periods)[self.period]
        columns["at_risk"] = np.nan if self.at_risk is None else self.at_risk
        if self.entrants is not None:
            columns["entrants"] = self.entrants
        columns["exposure"] = self.exposure
        columns |= {name: self.events[:, j] for j, name in enumerate(self.destinations)}
        return pd.DataFrame(columns)
