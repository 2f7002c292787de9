"""Kinds of people that a model of destinations tells apart, and averages over them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from talentstats.bayes.design import Design
from talentstats.stats.limits import Floats, read_only
from talentstats.summaries.columns import frozen
from talentstats.summaries.labels import label_text


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kinds:
    """The c distinct cells of covariates among m rows, clusters put together.

    Parameters
    ----------
    columns : Mapping of str to (c,) ndarray
        Labels of each kind.
    row : (c,) ndarray of int
        First row of each kind.
    weight : (c,) ndarray
        Share of each kind in the population.
    counts : (c, k) ndarray
        People of known destination.
    unknown : (c,) ndarray
        People of unknown destination.
    """

    columns: Mapping[str, NDArray[Any]]
    row: NDArray[np.int64]
    weight: Floats
    counts: Floats
    unknown: Floats

    def __post_init__(self) -> None:
        columns = {name: frozen(labels) for name, labels in self.columns.items()}
        object.__setattr__(self, "columns", MappingProxyType(columns))
        object.__setattr__(self, "row", frozen(self.row))
        for name in ("weight", "counts", "unknown"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    def __len__(self) -> int:
        return self.row.size

    @property
    def people(self) -> Floats:
        """People of each kind, of known and unknown destination, (c,)."""
        return np.asarray(self.counts.sum(axis=1) + self.unknown)

    def at(self, name: str, levels: Sequence[Any]) -> NDArray[np.bool_]:
        """Return which kinds have which level.

        Parameters
        ----------
        name : str
            A covariate.
        levels : sequence
            g of its levels.

        Returns
        -------
        (g, c) ndarray of bool
            One row a level.
        """
        labels = self.columns[name].tolist()
        return np.array([[label == level for label in labels] for level in levels], dtype=bool)

    def shares(self, groups: NDArray[np.bool_]) -> Floats:
        """Return the weights that average over the kinds of each group.

        Parameters
        ----------
        groups : (g, c) ndarray of bool
            Which kinds a group has.

        Returns
        -------
        (g, c) ndarray
            Rows sum to 1. A group of which the population has nobody weighs its kinds alike.
        """
        weight = np.where(groups, self.weight, 0.0)
        nobody = weight.sum(axis=1) == 0
        weight[nobody] = groups[nobody]
        return np.asarray(weight / weight.sum(axis=1, keepdims=True))

    def bounds(self, groups: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Return shares if none, and if all, of the unknown had gone to each destination.

        Parameters
        ----------
        groups : (g, c) ndarray of bool
            Which kinds a group has.

        Returns
        -------
        low, high : (g, k) ndarray
            Averaged over the kinds that have people, weighted as `shares`; NaN where none has.
        """
        people = self.people
        some = people > 0
        weight = np.where(some, self.shares(groups), 0.0)
        total = weight.sum(axis=1, keepdims=True)
        weight = np.divide(weight, total, out=np.full(weight.shape, np.nan), where=total > 0)
        size = np.where(some, people, 1.0)[:, None]
        low = weight @ (self.counts / size)
        return low, low + weight @ (self.unknown[:, None] / size)


def row_keys(covariates: Mapping[str, NDArray[Any]]) -> list[tuple[Any, ...]]:
    """Return the labels of each row as a tuple.

    Parameters
    ----------
    covariates : Mapping of str to (m,) ndarray
        Labels.

    Returns
    -------
    list of tuple
        In the order of the covariates.
    """
    return list(zip(*(np.asarray(v).tolist() for v in covariates.values()), strict=True))


def distinct_kinds(
    covariates: Mapping[str, NDArray[Any]], *, weight: Floats, counts: Floats, unknown: Floats
) -> Kinds:
    """Put rows of equal covariates together.

    Parameters
    ----------
    covariates : Mapping of str to (m,) ndarray
        Labels of the rows.
    weight : (m,) ndarray
        Share of each row in the population.
    counts : (m, k) ndarray
        People of known destination.
    unknown : (m,) ndarray
        People of unknown destination.

    Returns
    -------
    Kinds
        In the order in which they first occur.
    """
    place: dict[tuple[Any, ...], int] = {}
    kind = np.array([place.setdefault(key, len(place)) for key in row_keys(covariates)])
    _, row = np.unique(kind, return_index=True)

    def summed(values: Floats) -> Floats:
        found = np.zeros((len(place), *values.shape[1:]))
        np.add.at(found, kind, values)
        return found

    return Kinds(
        columns={name: np.asarray(labels)[row] for name, labels in covariates.items()},
        row=row,
        weight=summed(weight),
        counts=summed(counts),
        unknown=summed(unknown),
    )


def sorted_levels(labels: NDArray[Any]) -> list[Any]:
    """Return the distinct labels of a covariate, numbers as numbers.

    Parameters
    ----------
    labels : (m,) ndarray
        Text or numbers.

    Returns
    -------
    list
        Numbers first, in order; then text by alphabet.
    """
    return sorted(
        set(np.asarray(labels).tolist()),
        key=lambda x: (0, x, "") if isinstance(x, int | float) else (1, 0, str(x)),
    )


def without_people(
    kinds: Kinds, design: Design, people: Floats
) -> dict[str, tuple[list[str], NDArray[np.bool_]]]:
    """Return the levels of the model's terms and fixed effects that nobody has.

    Parameters
    ----------
    kinds : Kinds
        Distinct cells.
    design : Design
        Its varying terms and fixed levels; numbers have no levels.
    people : (c,) ndarray
        People of each kind that the likelihood sees.

    Returns
    -------
    dict of str to (list of str, (c,) ndarray of bool)
        Term to its levels without people, and whether a kind has one of them.
    """
    terms = {term.name: term.variables for term in design.terms}
    terms |= {c.variable: (c.variable,) for c in design.fixed if c.level is not None}
    found = {}
    for name, variables in terms.items():
        keys = row_keys({v: kinds.columns[v] for v in variables})
        seen = {key for key, n in zip(keys, people, strict=True) if n > 0}
        lacking = [key not in seen for key in keys]
        if any(lacking):
            texts = [", ".join(map(label_text, key)) for key in keys if key not in seen]
            found[name] = (sorted(set(texts)), np.array(lacking))
    return found
