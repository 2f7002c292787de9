"""The people of a fit at their entry, by covariates: over whom predictions are averaged."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from talentstats.summaries.columns import frozen, grouped

if TYPE_CHECKING:
    from talentstats.summaries.cells import RiskCells
    from talentstats.survival.hazard_duration import DurationBasis


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EntryPopulation:
    """Kinds of people and how many there are of each.

    Parameters
    ----------
    columns : Mapping of str to ndarray
        Variable to values of shape (u,).
    size : (u,) ndarray of float
        People, or person-time.
    counted : str
        What `size` counts: "people at their entry" or "person-time".
    """

    columns: Mapping[str, NDArray[Any]]
    size: NDArray[np.float64]
    counted: str

    def __post_init__(self) -> None:
        columns = {name: frozen(values) for name, values in self.columns.items()}
        object.__setattr__(self, "columns", MappingProxyType(columns))
        object.__setattr__(self, "size", frozen(self.size, np.float64))

    def __reduce__(self) -> tuple[Any, ...]:
        # A mapping proxy cannot be pickled.
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return partial(EntryPopulation, **values | {"columns": dict(self.columns)}), ()


def entry_population(
    cells: "RiskCells", basis: "DurationBasis", names: tuple[str, ...]
) -> EntryPopulation:
    """Count people at their entry by covariates.

    People enter a step who are at risk in it and were not at risk to the end of the one
    before. Somebody who drops out as another of the same kind enters hides that other:
    the count is exact where nobody is lost before the end. Without people at risk, as in
    published aggregates, person-time stands for them.

    Parameters
    ----------
    cells : RiskCells
        The cells.
    basis : DurationBasis
        Their steps.
    names : tuple of str
        Covariates to keep apart.

    Returns
    -------
    EntryPopulation
        One row a kind of people of whom there are some.
    """
    kind, first = grouped([cells.covariates[name] for name in names], len(cells))
    columns = {name: cells.covariates[name][first] for name in names}
    weights = cells.weights
    people = cells.at_risk if weights is None else weights.at_risk
    if people is None or not basis.told_apart:
        time = cells.exposure if weights is None else weights.exposure
        size, counted = np.bincount(kind, time, first.size), "person-time"
    else:
        events = (cells.events if weights is None else weights.events).sum(axis=1)
        step = np.searchsorted(basis.start, cells.start, side="right") - 1
        at_risk, left = np.zeros((2, first.size, basis.start.size))
        np.add.at(at_risk, (kind, step), people)
        np.add.at(left, (kind, step), events)
        through = np.zeros_like(at_risk)
        through[:, 1:] = (at_risk - left)[:, :-1]
        size = np.maximum(at_risk - through, 0.0).sum(axis=1)
        counted = "people at their entry"
    some = size > 0
    return EntryPopulation(
        columns={name: values[some] for name, values in columns.items()},
        size=size[some],
        counted=counted,
    )
