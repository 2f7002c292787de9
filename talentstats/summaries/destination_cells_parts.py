"""The parts of destination cells: what tells cells apart, checks, sums."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.summaries.columns import Rows, grouped

if TYPE_CHECKING:
    from talentstats.summaries.destination_cells import DestinationCells

_MOST_PEOPLE: Final = 1e10


def cell_keys(
    covariates: Mapping[str, NDArray[Any]], cluster: NDArray[Any] | None
) -> list[NDArray[Any]]:
    """Columns that tell cells apart.

    Parameters
    ----------
    covariates : Mapping of str to ndarray
        Name to labels of shape (m,).
    cluster : ndarray or None
        Shape (m,).

    Returns
    -------
    list of ndarray
        Those of the covariates, then the cluster.
    """
    return [*covariates.values(), *([] if cluster is None else [cluster])]


def summed(cells: "DestinationCells", by: tuple[str, ...]) -> dict[str, Any]:
    """Sums over cells that agree on what is named.

    Parameters
    ----------
    cells : DestinationCells
        The finer cells.
    by : tuple of str
        Covariates, "cluster".

    Returns
    -------
    dict
        The fields of `DestinationCells` that change.
    """
    allowed = [*cells.covariates, *(["cluster"] if cells.cluster is not None else [])]
    names = {checks.one_of(name, allowed, name="grouping") for name in by}
    kept = {name: labels for name, labels in cells.covariates.items() if name in names}
    cluster = cells.cluster if "cluster" in names else None
    group, first = grouped(cell_keys(kept, cluster), len(cells))
    counts = np.zeros((first.size, len(cells.destinations)))
    np.add.at(counts, group, cells.counts)
    return {
        "covariates": {name: labels[first] for name, labels in kept.items()},
        "counts": counts,
        "unknown": np.bincount(group, weights=cells.unknown, minlength=first.size),
        "cluster": None if cluster is None else cluster[first],
    }


def destination_names(destinations: Sequence[str]) -> tuple[str, ...]:
    """Names of two or more destinations, told apart without case and spaces.

    Parameters
    ----------
    destinations : sequence of str
        As given.

    Returns
    -------
    tuple of str
        Without spaces around them.

    Raises
    ------
    InputError
        If there are fewer than two, or one is empty or there twice.
    """
    names = tuple(str(name).strip() for name in destinations)
    if len(names) < 2:
        raise InputError(
            f"{len(names)} destination ({', '.join(names) or 'none'}); at least two are needed. "
            "Hint: name those that nobody went to in destinations=."
        )
    folded = [name.casefold() for name in names]
    twice = [name for name, low in zip(names, folded, strict=True) if folded.count(low) > 1]
    if twice or not all(names):
        found = f"the destination {twice[0]!r} is there twice" if twice else "one has no name"
        raise InputError(f"destinations={list(names)}: {found}, up to case and spaces.")
    return names


def check_counts(cells: "DestinationCells") -> None:
    """Refuse counts of another shape, or that count no people.

    Parameters
    ----------
    cells : DestinationCells
        The cells.

    Raises
    ------
    InputError
        If there are any.
    """
    m, k = cells.unknown.size, len(cells.destinations)
    if not m or cells.counts.shape != (m, k):
        raise InputError(
            f"counts has shape {cells.counts.shape} and unknown {cells.unknown.shape}; allowed are "
            f"(m, {k}) and (m,) for one or more cells and {k} destinations."
        )
    people = np.column_stack([cells.counts, cells.unknown])
    Rows(m).refuse(
        ~(np.isfinite(people) & (people >= 0) & (people == np.floor(people))).all(axis=1),
        lambda which, i: (
            f"counts {people[i].tolist()} in {which}; allowed are whole numbers of 0 or more."
        ),
    )
    if people.sum() > _MOST_PEOPLE:
        raise InputError(
            f"the counts add up to {people.sum():g}; allowed are at most {_MOST_PEOPLE:g}, more "
            "than there are people. Hint: is one of the columns an identifier?"
        )


def check_distinct(cells: "DestinationCells") -> None:
    """Refuse cells, or columns of their table, that cannot be told apart.

    Parameters
    ----------
    cells : DestinationCells
        The cells.

    Raises
    ------
    InputError
        If two cells are the same, a covariate has the name of another column, or a column
        has another length.
    """
    both = {*cells.covariates} & {*cells.destinations, "unknown", "cluster"}
    if both:
        raise InputError(
            f"the covariate {min(both)!r} has the name of a destination, or of the unknown or the "
            "cluster. Hint: rename it."
        )
    keys = cell_keys(cells.covariates, cells.cluster)
    for key in keys:
        if key.shape != cells.unknown.shape:
            raise InputError(f"a covariate has shape {key.shape}; there are {len(cells):,} cells.")
    group, first = grouped(keys, len(cells))
    if first.size < len(cells):
        i = int(np.flatnonzero(np.bincount(group) > 1)[0])
        which = ", ".join(str(place) for place in np.flatnonzero(group == i)[:2])
        raise InputError(
            f"cells {which} have the same covariates ({cells.cell_labels()[first[i]]}). Hint: add "
            "them up, as from_frame does."
        )
