"""Whom Bayesian hazards are averaged over, step by step."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.survival.hazard_population import EntryPopulation, entry_population

if TYPE_CHECKING:
    from talentstats.summaries.cells import RiskCells
    from talentstats.summaries.population import PopulationCells


def averaged_over(
    cells: "RiskCells",
    names: tuple[str, ...],
    population: "PopulationCells | None",
) -> EntryPopulation:
    """Return over whom retention and incidence are averaged.

    Parameters
    ----------
    cells : RiskCells
        The data.
    names : tuple of str
        Covariates of the model, without duration and period.
    population : PopulationCells or None
        A given population; None takes those who entered.

    Returns
    -------
    EntryPopulation
        Kinds of people, each with some.

    Raises
    ------
    UnknownNameError
        If the population lacks a covariate.
    """
    if population is None:
        return entry_population(cells, names)
    some = population.weight > 0
    for name in names:
        checks.one_of(name, tuple(population.covariates), name="covariate of the population")
    columns = {name: population.covariates[name][some] for name in names}
    return EntryPopulation(
        columns=columns,
        size=population.weight[some],
        counted="a given population",
        note="Averaged over the population that was given.",
    )


def each_step(
    columns: Mapping[str, NDArray[Any]],
    start: NDArray[np.float64],
    *,
    kinds: int,
    period: str | None,
) -> dict[str, NDArray[Any]]:
    """Return kinds of people in each step, the step running fastest.

    Parameters
    ----------
    columns : Mapping of str to (u,) ndarray
        Covariates of the kinds.
    start : (t,) ndarray
        Where the steps begin.
    kinds : int
        u, where there are no covariates.
    period : str or None
        Calendar period of all; None leaves it out.

    Returns
    -------
    dict of str to (u * t,) ndarray
        "duration" and "period" among them.
    """
    every = {name: np.repeat(values, start.size) for name, values in columns.items()}
    every["duration"] = np.tile(start, kinds)
    if period is not None:
        every["period"] = np.full(kinds * start.size, period, dtype=object)
    return every
