"""A population to average cells over: how many people of each kind there are."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.summaries.columns import Rows, frozen, grouped
from talentstats.summaries.destination_cells import DestinationCells
from talentstats.summaries.frames import read_frame
from talentstats.summaries.labels import cell_labels, label_text
from talentstats.summaries.remake import remake

if TYPE_CHECKING:
    import pandas as pd

_SHOWN: Final = 5
# Published shares are rounded; further from 1 than this, a row is missing.
_ROUNDING: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PopulationCells:
    """Shares of c kinds of people in a population; made by `population_weights`.

    Parameters
    ----------
    covariates : Mapping of str to ndarray
        Name to labels of shape (c,), written as in the data.
    weight : ndarray of float
        Shape (c,): shares, which add up to 1.
    total : float
        What the shares are of: the sum of the table's column.
    without_data : ndarray of bool
        Shape (c,): whether nobody of this kind is in the data.
    unseen : Mapping of str to tuple
        Covariate to the labels that nobody in the data has.
    """

    covariates: Mapping[str, NDArray[Any]]
    weight: NDArray[np.float64]
    total: float
    without_data: NDArray[np.bool_]
    unseen: Mapping[str, tuple[Any, ...]]

    def __post_init__(self) -> None:
        columns = {name: frozen(labels) for name, labels in self.covariates.items()}
        object.__setattr__(self, "covariates", MappingProxyType(columns))
        object.__setattr__(self, "weight", frozen(self.weight, np.float64))
        object.__setattr__(self, "without_data", frozen(self.without_data, np.bool_))
        unseen = {name: tuple(labels) for name, labels in self.unseen.items() if labels}
        object.__setattr__(self, "unseen", MappingProxyType(unseen))

    def __reduce__(self) -> tuple[Any, ...]:
        return remake(self)

    def __len__(self) -> int:
        return self.weight.size

    @property
    def sentence(self) -> str:
        """How many kinds of people there are, and which of them the data say nothing of."""
        lacking = self.cell_labels()[self.without_data].tolist()
        share = float(self.weight[self.without_data].sum())
        tail = (
            f"{len(lacking):,} without data, {100 * share:.3g}% of it ({_listed(lacking)})"
            if lacking
            else "data of all"
        )
        new = "; ".join(
            f"{name}: {_listed([label_text(label) for label in labels])}"
            for name, labels in self.unseen.items()
        )
        levels = f"; levels not in the data: {new}" if new else ""
        return f"Population of {self.total:,.12g} in {len(self):,} cells, {tail}{levels}."

    def cell_labels(self) -> NDArray[np.str_]:
        """Return what each kind is called, such as "industry, postdoc".

        Returns
        -------
        ndarray of str
            Shape (c,).
        """
        return cell_labels(list(self.covariates.values()), len(self))

    def frame(self) -> "pd.DataFrame":
        """Return one row a kind of people.

        Returns
        -------
        pandas.DataFrame
            Columns: covariates, weight, without_data.
        """
        import pandas as pd

        return pd.DataFrame(
            dict(self.covariates) | {"weight": self.weight, "without_data": self.without_data}
        )


def population_weights(
    cells: DestinationCells | Mapping[str, ArrayLike],
    frame: "pd.DataFrame | str | os.PathLike[str]",
    *,
    count: str = "count",
) -> PopulationCells:
    """Shares of a population in the kinds of people that cells tell apart.

    Parameters
    ----------
    cells : DestinationCells or Mapping of str to array_like
        The data, or covariate to labels of shape (m,) of cells that have data. Clusters are
        not part of a population.
    frame : pandas.DataFrame or path-like
        One row a kind of people, or a CSV or Parquet file of it: the covariates of the
        cells, and one column of people or shares.
    count : str
        Column with people, weights or shares; fractions up to 1 are read as shares.

    Returns
    -------
    PopulationCells
        In the order of the table. Kinds without data are kept and said.

    Raises
    ------
    InputError
        If the population has no row for a cell with data (listed), two rows for one, a
        missing label, a negative or missing weight, or shares that do not add up to 1.
    UnknownNameError
        If a column does not exist.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"sector": ["industry", "state", "academia"], "count": [6, 1, 3]})
    >>> people = population_weights({"sector": ["academia", "industry"]}, table)
    >>> people.weight.tolist(), people.without_data.tolist()
    ([0.6, 0.1, 0.3], [False, True, False])
    """
    data = _with_data(cells)
    table = read_frame(frame)
    columns = list(table.columns)
    for name in (*data, count):
        checks.one_of(name, columns, name="population column")
    if count in data:
        raise InputError(f"count={count!r} is a covariate of the cells. Hint: rename one.")
    rows = Rows(len(table), table.index.to_numpy())
    covariates = {
        name: _as_in_data(rows, table[name].to_numpy(), name, labels)
        for name, labels in data.items()
    }
    weight = _weights(rows, table, count)
    labels = cell_labels(list(covariates.values()), rows.size)
    # One grouping of both tables, so that no two cells are one by how they are written.
    both = [np.concatenate([covariates[name], data[name]]) for name in data]
    group, _ = grouped(both, both[0].size)
    kinds, with_data = group[: rows.size], group[rows.size :]
    others = [name for name in columns if name not in {*data, count}]
    rows.refuse(
        np.bincount(kinds)[kinds] > 1,
        lambda which, i: (
            f"the population has {labels[i]} more than once, in {which}. Hint: add up what the "
            f"cells do not tell apart ({', '.join(others) or 'all columns are told apart'})."
        ),
    )
    known, at = np.unique(with_data, return_index=True)
    missing = cell_labels(list(data.values()), with_data.size)[at[~np.isin(known, kinds)]].tolist()
    if missing:
        raise InputError(
            f"the population has no row for {len(missing):,} of {known.size:,} cells with data: "
            f"{_listed(missing)}. Hint: add them, with 0 where there is nobody."
        )
    return PopulationCells(
        covariates=covariates,
        weight=weight / weight.sum(),
        total=float(weight.sum()),
        without_data=~np.isin(kinds, known),
        unseen={
            name: tuple(np.setdiff1d(covariates[name], given).tolist())
            for name, given in data.items()
        },
    )


def _with_data(cells: DestinationCells | Mapping[str, ArrayLike]) -> dict[str, NDArray[Any]]:
    """Covariates of the cells that have people, shape (m,) each."""
    if isinstance(cells, DestinationCells):
        some = (cells.counts.sum(axis=1) + cells.unknown) > 0
        data = {name: labels[some] for name, labels in cells.covariates.items()}
    elif isinstance(cells, Mapping):
        data = {str(name): np.asarray(labels) for name, labels in cells.items()}
    else:
        raise InputError(
            f"cells is a {type(cells).__name__}; allowed are DestinationCells, or a mapping of "
            "covariates to labels."
        )
    if not data:
        raise InputError(
            "the cells have no covariates, so that a population has nothing to weight. Hint: make "
            "them with by= or covariates=."
        )
    rows = Rows(next(iter(data.values())).size)
    return {name: rows.labelled(labels, name) for name, labels in data.items()}


def _as_in_data(rows: Rows, given: NDArray[Any], name: str, data: NDArray[Any]) -> NDArray[Any]:
    """Labels of a population, written as in the data: 2019 is 2019.0 is "2019"."""
    labels = rows.labelled(given, name)
    seen = {label_text(label): label for label in np.unique(data).tolist()}
    texts = cell_labels([labels], rows.size)
    if data.dtype.kind in "US":
        return np.array([seen.get(text, text) for text in texts.tolist()])
    strange = np.array([text not in seen for text in texts.tolist()])
    if labels.dtype.kind not in "biuf":
        rows.refuse(
            strange,
            lambda which, i: (
                f"{name} is {str(texts[i])!r} in {which} of the population; in the data it is "
                f"a number, such as {next(iter(seen))}."
            ),
        )
    return np.array(
        [seen.get(t, label) for t, label in zip(texts.tolist(), labels.tolist(), strict=True)]
    )


def _weights(rows: Rows, table: "pd.DataFrame", count: str) -> NDArray[np.float64]:
    """Weights of 0 or more, some above 0; shares add up to 1."""
    rows.refuse(table[count].isna().to_numpy(), lambda which, _: f"{count} is missing in {which}.")
    weight: NDArray[np.float64] = rows.numbers(table[count].to_numpy(), count)
    rows.refuse(
        weight < 0,
        lambda which, i: f"{count}={weight[i]:g} in {which}; allowed are numbers of 0 or more.",
    )
    total = float(weight.sum())
    if not total > 0:
        raise InputError(f"{count} is 0 in all rows; at least one kind of people is needed.")
    shares = weight.max() <= 1 and bool((weight != np.floor(weight)).any())
    if shares and abs(total - 1) > _ROUNDING + 1e-9:
        raise InputError(
            f"{count} holds shares that add up to {total:.6g}; allowed is 1, within {_ROUNDING:g} "
            "for rounding. Hint: is a row missing? If not, divide them by their sum."
        )
    return weight


def _listed(names: list[str]) -> str:
    """Up to five names, and how many more there are."""
    more = f"; and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return "; ".join(names[:_SHOWN]) + more
