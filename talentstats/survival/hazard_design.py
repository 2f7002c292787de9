"""Risk cells as the rows of a hazard regression: events, people or time, and a matrix."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats.errors import InputError
from talentstats.summaries.account import RowAccount
from talentstats.summaries.columns import frozen
from talentstats.survival.formula import Design, check_columns, design
from talentstats.survival.hazard_duration import Duration, DurationBasis, duration_basis
from talentstats.survival.hazard_wide import WideRows, wide_rows

if TYPE_CHECKING:
    from talentstats.summaries.cells import RiskCells

Link = Literal["cloglog", "logit", "log"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HazardDesign:
    """How a row of the matrix is coded: duration first, then the formula.

    Parameters
    ----------
    basis : DurationBasis
        The columns of duration.
    covariates : Design
        The columns of the formula, but for those of duration alone, which are in `basis`.
    """

    basis: DurationBasis
    covariates: Design

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns of duration, then of the formula."""
        return (*self.basis.names, *self.covariates.names)

    @property
    def components(self) -> tuple[str, ...]:
        """What part each column belongs to: "duration", or "" for the formula."""
        return ("duration",) * len(self.basis.names) + ("",) * len(self.covariates.names)

    def matrix(
        self, columns: Mapping[str, ArrayLike], start: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Code rows as in the fit.

        Parameters
        ----------
        columns : Mapping of str to array_like
            Variables of the formula, but for duration; each of shape (m,).
        start : (m,) ndarray of float
            Where the step of each row begins.

        Returns
        -------
        (m, q) ndarray of float
            The matrix.
        """
        own = {name: columns[name] for name in self.covariates.variables if name in columns}
        if "duration" in self.covariates.variables:
            own["duration"] = self.basis.since_first(start)
        coded = self.covariates.rows(own) if own else np.zeros((start.size, 0))
        return np.column_stack([self.basis.columns(start), coded])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HazardRows:
    """The m rows that a fit uses, k destinations, q columns.

    Parameters
    ----------
    matrix : (m, q) ndarray of float
        Duration, then covariates.
    events : (m, k) ndarray of float
        Events by destination; sums of weights where there are weights.
    people : (m,) ndarray of float or None
        People at risk, or their weights; None in published aggregates.
    exposure : (m,) ndarray of float
        Person-time, or its weights.
    events_squared, people_squared : ndarray of float or None
        (m, k) and (m,): sums of squared weights; None without weights.
    cluster : (m,) ndarray or None
        Cluster of the row's people.
    counted : (k,) ndarray of float
        People who left by destination, in wide cells too, without weights.
    wide : WideRows or None
        The ends known only within several steps.
    free_steps : int
        How many of the first columns mark the steps of a free baseline; 0 of others.
    account : RowAccount
        Cells in, used, left out.
    """

    matrix: NDArray[np.float64]
    events: NDArray[np.float64]
    people: NDArray[np.float64] | None
    exposure: NDArray[np.float64]
    events_squared: NDArray[np.float64] | None
    people_squared: NDArray[np.float64] | None
    cluster: NDArray[Any] | None
    counted: NDArray[np.float64]
    wide: WideRows | None
    free_steps: int
    account: RowAccount

    def __post_init__(self) -> None:
        for name in ("matrix", "events", "people", "exposure", "events_squared",
                     "people_squared", "cluster", "counted"):  # fmt: skip
            if getattr(self, name) is not None:
                object.__setattr__(self, name, frozen(getattr(self, name)))

    def trials(self, link: Link) -> NDArray[np.float64]:
        """What events are held against: people, or with the log link person-time.

        Parameters
        ----------
        link : {"cloglog", "logit", "log"}
            The link.

        Returns
        -------
        (m,) ndarray of float
            Per row.
        """
        return self.exposure if link == "log" or self.people is None else self.people


def hazard_rows(
    cells: "RiskCells", formula: str, *, link: Link, duration: Duration
) -> tuple[HazardDesign, HazardRows]:
    """Lay cells out for a regression.

    Parameters
    ----------
    cells : RiskCells
        The cells.
    formula : str
        Covariates, `period` and `duration`.
    link : {"cloglog", "logit", "log"}
        The link.
    duration : {"steps", "constant", "linear", "quadratic", "spline"}
        How duration enters.

    Returns
    -------
    tuple of (HazardDesign, HazardRows)
        The coding, and the rows.

    Raises
    ------
    InputError
        If the cells do not suit the link, nobody left, or a column of the matrix is
        constant or a combination of others.
    UnknownNameError
        If the formula names what does not exist.
    """
    _check_link(cells, link)
    at_risk = cells.exposure if link == "log" else cells.at_risk
    weights = cells.weights
    assert at_risk is not None
    empty = (at_risk <= 0) & ~cells.wide
    bare = int(np.sum(empty & (cells.events.sum(axis=1) > 0)))
    if bare:
        raise InputError(
            f"{bare} {'cell has' if bare == 1 else 'cells have'} events and no "
            f"exposure (event_exposure={cells.event_exposure!r}); the log link needs some. Hint: "
            "RiskCells.from_spells(..., exposure='half')."
        )
    if float(cells.events.sum()) == 0:
        raise InputError(
            f"nobody left in {cells.exposure.sum():,.6g} of person-time; without an event no "
            "hazards can be compared. Hint: hazard_rates gives upper limits."
        )
    used = ~empty & ~cells.wide
    spans = np.flatnonzero(cells.wide)
    basis = duration_basis(
        duration,
        start=cells.start[used],
        stop=cells.stop[used],
        wide=list(zip(cells.start[spans].tolist(), cells.stop[spans].tolist(), strict=True)),
        events=cells.events[used].sum(axis=1),
    )
    start = cells.start[used] if basis.told_apart else np.zeros(int(used.sum()))
    columns = variables(cells, basis)
    covariates = _covariates(
        formula, {n: v[used] for n, v in columns.items()}, cells.periods, at_risk[used], basis
    )
    matrix = basis.columns(start)
    check_columns(covariates, weight=at_risk[used], absorbed=matrix)
    coded = HazardDesign(basis=basis, covariates=covariates)
    everybody = cells if weights is None else weights
    rows = HazardRows(
        matrix=np.column_stack([matrix, covariates.matrix]),
        events=everybody.events[used],
        people=None if everybody.at_risk is None else everybody.at_risk[used],
        exposure=everybody.exposure[used],
        events_squared=None if weights is None else weights.events_squared[used],
        people_squared=None if weights is None else weights.at_risk_squared[used],
        cluster=None if cells.cluster is None else cells.cluster[used],
        counted=cells.events.sum(axis=0),
        wide=wide_rows(cells, coded, link) if spans.size else None,
        free_steps=basis.start.size if duration == "steps" and basis.start.size > 1 else 0,
        account=RowAccount(
            step="fit",
            rows_in=len(cells),
            used=len(cells) - int(empty.sum()),
            left_out={"nobody at risk": int(empty.sum())},
            people=cells.account.people,
            person_years=float(cells.exposure.sum()),
        ),
    )
    return coded, rows


def variables(cells: "RiskCells", basis: DurationBasis) -> dict[str, NDArray[Any]]:
    """What a formula can name, each of shape (m,).

    Parameters
    ----------
    cells : RiskCells
        The cells.
    basis : DurationBasis
        The steps.

    Returns
    -------
    dict of str to ndarray
        Covariates, `period` where there are periods, `duration` where it is told apart.

    Raises
    ------
    InputError
        If a covariate has one of these names.
    """
    found: dict[str, NDArray[Any]] = dict(cells.covariates)
    own: dict[str, NDArray[Any]] = {}
    if len(cells.periods) > 1:
        own["period"] = np.array(cells.periods)[cells.period]
    if basis.told_apart:
        own["duration"] = basis.since_first(cells.start)
    taken = sorted(set(own) & set(found))
    if taken:
        raise InputError(
            f"a covariate is called {taken[0]!r}, which is the name of the cells' own. "
            "Hint: rename it."
        )
    return found | own


def _check_link(cells: "RiskCells", link: Link) -> None:
    """Refuse cells whose events are not binomial where the link needs that they are."""
    if link == "log":
        return
    if cells.at_risk is None:
        raise InputError(
            f"link={link!r} needs the people at risk, and these cells have only person-time "
            "(published aggregates). Hint: link='log', which holds the events against person-time."
        )
    if not cells.on_grid:
        raise InputError(
            f"link={link!r} needs cells that everybody at risk begins and ends, and some enter or "
            "leave inside of a cell. Hint: link='log' takes the time lived in it, or make cells "
            "whose cuts hold all times."
        )


def _covariates(
    formula: str,
    columns: dict[str, NDArray[Any]],
    periods: tuple[str, ...],
    weight: NDArray[np.float64],
    basis: DurationBasis,
) -> Design:
    """Code the formula; columns of duration alone are left to the basis."""
    levels = None
    if "period" in columns:
        seen = set(columns["period"].tolist())
        levels = {"period": tuple(name for name in periods if name in seen)}
    # A formula of no variables needs to be told the number of rows all the same.
    given = columns or {"": np.zeros(weight.size)}
    made = design(formula, given, levels=levels, weight=weight)
    if basis.kind == "constant":
        return made
    alone = {factor.name for factor in made.codings if factor.variable == "duration"}
    # Every basis holds the straight line; free steps hold any function of duration.
    own = sorted(alone - {"duration"})
    if own and basis.kind != "steps":
        raise InputError(
            f"{own[0]!r} in the formula stands beside duration={basis.kind!r}, which is in the "
            "model already. Hint: duration='constant' leaves the baseline to the formula."
        )
    kept = [c.index for c in made.columns if c.index is not None and c.variable not in alone]
    place = {index: j for j, index in enumerate(kept)}
    return replace(
        made,
        matrix=np.array(made.matrix[:, kept]),
        names=tuple(made.names[index] for index in kept),
        columns=tuple(
            replace(c, index=None if c.index is None else place[c.index])
            for c in made.columns
            if c.variable not in alone
        ),
        products=tuple(p for p in made.products if len(p) > 1 or next(iter(p)).name not in alone),
    )
