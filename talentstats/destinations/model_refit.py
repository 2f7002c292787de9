"""The same model on other counts."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from talentstats.bayes.graph import Problem
from talentstats.errors import InputError
from talentstats.stats.limits import Floats
from talentstats.summaries.destination_cells import DestinationCells


def same_cells(given: "DestinationCells | ArrayLike", fitted: DestinationCells) -> DestinationCells:
    """Return other counts of the cells that were fitted.

    Parameters
    ----------
    given : DestinationCells or (m, k) array_like
        The same cells in the same order, or counts alone.
    fitted : DestinationCells
        The cells of the fit.

    Returns
    -------
    DestinationCells
        Of the same covariates, clusters and destinations.

    Raises
    ------
    InputError
        If the cells are others, or nobody is of known destination.
    """
    if not isinstance(given, DestinationCells):
        counts = np.asarray(given, dtype=np.float64)
        if counts.shape != fitted.counts.shape:
            raise InputError(
                f"refit was given counts of shape {counts.shape}; allowed is "
                f"{fitted.counts.shape}, cells by destinations."
            )
        given = replace(fitted, counts=counts)
    alike = (
        given.destinations == fitted.destinations
        and _clusters(given) == _clusters(fitted)
        and set(given.covariates) == set(fitted.covariates)
        and all(
            np.array_equal(given.covariates[name], labels)
            for name, labels in fitted.covariates.items()
        )
    )
    if not alike:
        raise InputError(
            f"refit was given {len(given)} cells that are not the {len(fitted)} of the fit. Hint: "
            "destination_model(cells, ...) fits others."
        )
    if given.known == 0:
        raise InputError("nobody of known destination is in the cells given to refit.")
    return given


def with_counts(problem: Problem, cells: DestinationCells) -> tuple[Problem, Floats]:
    """Return a problem on other counts, rows of the population alone staying empty.

    Parameters
    ----------
    problem : Problem
        The problem of the fit, m rows.
    cells : DestinationCells
        As `same_cells` returned them.

    Returns
    -------
    problem : Problem
        Of the same structure.
    lost : (m,) ndarray
        People of unknown destination by row.
    """
    rest = len(problem.labels) - len(cells)
    lost = np.concatenate([cells.unknown, np.zeros(rest)])
    counts = np.vstack([cells.counts, np.zeros((rest, len(problem.outcomes)))])
    unknown = None if problem.unknown is None else lost
    return replace(problem, counts=counts, unknown=unknown), lost


def _clusters(cells: DestinationCells) -> list[object] | None:
    """Labels of the clusters."""
    return None if cells.cluster is None else cells.cluster.tolist()
