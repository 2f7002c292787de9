"""The people of a fit at their entry, by covariates: over whom predictions are averaged."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from talentstats.summaries.columns import frozen, grouped

if TYPE_CHECKING:
    from talentstats.summaries.cells import RiskCells


_PEOPLE: Final = (
    "Averaged over all who came under observation, each counted once, with the covariates at "
    "their entry."
)
_PERSON_TIME: Final = (
    "The cells do not say who came under observation: averaged over person-time, in which those "
    "who stay long, or are watched long, count for more."
)


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
        What `size` counts, such as "people at their entry" or "person-time".
    note : str
        How a reader is told of it, with what it leaves out.
    """

    columns: Mapping[str, NDArray[Any]]
    size: NDArray[np.float64]
    counted: str
    note: str

    def __post_init__(self) -> None:
        columns = {name: frozen(values) for name, values in self.columns.items()}
        object.__setattr__(self, "columns", MappingProxyType(columns))
        object.__setattr__(self, "size", frozen(self.size, np.float64))

    def __reduce__(self) -> tuple[Any, ...]:
        # A mapping proxy cannot be pickled.
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return partial(EntryPopulation, **values | {"columns": dict(self.columns)}), ()


def entry_population(cells: "RiskCells", names: tuple[str, ...]) -> EntryPopulation:
    """Count people at their entry by covariates.

    Everybody is counted once, where the stay begins. Where the cells do not say who
    begins there, as in published aggregates, person-time stands for people.

    Parameters
    ----------
    cells : RiskCells
        The cells.
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
    source = cells if weights is None else weights
    if cells.entrants is None or source.entrants is None:
        held, counted, note = source.exposure, "person-time", _PERSON_TIME
    else:
        held, counted, note = source.entrants, "people at their entry", _PEOPLE
        if weights is not None:
            counted += " (sums of sampling weights)"
    size = np.bincount(kind, held, first.size)
    some = size > 0
    return EntryPopulation(
        columns={name: values[some] for name, values in columns.items()},
        size=size[some],
        counted=counted,
        note=note,
    )
