"""Checks of what a posterior of shares is told beyond the counts."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from talentstats import checks
from talentstats.destinations.share_tests import by_destination
from talentstats.errors import InputError
from talentstats.stats.limits import Floats
from talentstats.summaries.counts import DestinationCounts

# The finite sums take seconds beyond these.
_MOST_UNKNOWN: Final = 1000
_MOST_PAIRS: Final = 4_000_000
# Probabilities printed to three decimals miss 1 by less than this.
_SUM_TOLERANCE: Final = 1e-3


def beta_rows(
    given: Mapping[str, tuple[float, float]], counts: DestinationCounts, *, name: str
) -> Floats:
    """Return Beta parameters by destination.

    Parameters
    ----------
    given : Mapping of str to tuple of float
        Two positive numbers a destination.
    counts : DestinationCounts
        Whose destinations they must name.
    name : str
        What they are, for the message.

    Returns
    -------
    (k, 2) ndarray
        In the order of the destinations.

    Raises
    ------
    InputError
        If a destination is missing or its value is not a pair of positive numbers.
    """
    rows: Mapping[str, Any] = by_destination(given, counts, name=name)
    for place, row in rows.items():
        if isinstance(row, str) or not hasattr(row, "__len__") or len(row) != 2:
            raise InputError(
                f"{name} of {place!r} is {row!r}; give two Beta parameters such as (90, 10), "
                "found and not found."
            )
    return np.array(
        [
            [
                checks.finite_number(value, name=f"{name} of {place!r}", above=0, below=1e9)
                for value in row
            ]
            for place, row in rows.items()
        ]
    )


def validation_rows(given: Mapping[str, Any], counts: DestinationCounts) -> Floats:
    """Return Beta parameters of being seen where one is, of two destinations.

    Parameters
    ----------
    given : Mapping of str to tuple of float
        Right and wrong in a validation, by true destination.
    counts : DestinationCounts
        Two destinations.

    Returns
    -------
    (2, 2) ndarray
        In the order of the destinations.

    Raises
    ------
    InputError
        If they are not Beta parameters, say that people are more often seen elsewhere, or
        the sum over 4 million pairs would be exceeded.
    """
    rows = beta_rows(given, counts, name="misclassification")
    for place, (right, wrong) in zip(counts.destinations, rows, strict=True):
        if right < wrong:
            raise InputError(
                f"misclassification of {place!r} is ({right:g}, {wrong:g}): people there would "
                "be seen elsewhere more often than there, and the two destinations could be "
                "swapped. Hint: give right before wrong."
            )
    first, second = counts.counts.values()
    if (first + 1) * (second + 1) > _MOST_PAIRS:
        raise InputError(
            f"counts of {first} and {second} are too many for the exact sum over "
            f"{_MOST_PAIRS:,} pairs at the most. Hint: use destination_model."
        )
    return rows


def misclassification_matrix(given: Mapping[str, Any], counts: DestinationCounts) -> Floats:
    """Return the probabilities of being seen at each of three destinations.

    Parameters
    ----------
    given : Mapping of str to Mapping of str to float
        By true destination, then by where one is seen.
    counts : DestinationCounts
        Three destinations.

    Returns
    -------
    (3, 3) ndarray
        True destinations in rows, which sum to 1.

    Raises
    ------
    InputError
        If there are not three destinations, a row is not one, does not sum to 1, or has
        less than one half on the diagonal.
    """
    names = counts.destinations
    if len(names) != 3:
        raise InputError(
            f"misclassification is summed exactly for two or three destinations, and here are "
            f"{len(names)}. Hint: use destination_model."
        )
    rows: dict[str, Any] = by_destination(given, counts, name="misclassification")
    matrix = np.array(
        [
            [
                checks.finite_number(
                    value, name=f"P(seen in {seen!r} | {true!r})", above=0, below=1, closed=True
                )
                for seen, value in by_destination(
                    row, counts, name=f"misclassification of {true!r}"
                ).items()
            ]
            for true, row in rows.items()
        ]
    )
    for i, place in enumerate(names):
        total = matrix[i].sum()
        if abs(total - 1) > _SUM_TOLERANCE:
            raise InputError(
                f"misclassification of {place!r} sums to {total:g}; allowed is 1. Hint: a row "
                "says where people who truly are there are seen."
            )
        if matrix[i, i] < 0.5:
            raise InputError(
                f"misclassification of {place!r} has {matrix[i, i]:g} on the diagonal; allowed "
                "is 0.5 or more, or destinations could be swapped."
            )
    return np.asarray(matrix / matrix.sum(axis=1, keepdims=True))


def refuse_misclassification(given: Mapping[str, Any] | None) -> None:
    """Refuse misclassification beside a normal prior.

    Parameters
    ----------
    given : Mapping or None
        What the caller gave.

    Raises
    ------
    InputError
        If it is given.
    """
    if given is not None:
        raise InputError(
            "misclassification goes with a Dirichlet prior here. Hint: give prior='jeffreys' "
            "or another one, or use destination_model."
        )


def check_unknown(counts: DestinationCounts, prior: Floats, model: str) -> None:
    """Check that the unknown can be placed.

    Parameters
    ----------
    counts : DestinationCounts
        With some unknown.
    prior : (k,)
        Dirichlet parameters, or NaN.
    model : str
        What stands between shares and counts.

    Raises
    ------
    InputError
        If nobody is unknown, too many are, the prior is normal, or another model is there.
    """
    if counts.unknown == 0:
        raise InputError(
            "unknown=0: there is nobody to place. Hint: DestinationCounts({...}, unknown=8)."
        )
    if counts.unknown > _MOST_UNKNOWN:
        raise InputError(
            f"unknown={counts.unknown} is too many for the exact sum; allowed is up to "
            f"{_MOST_UNKNOWN}. Hint: use destination_model, and read the bounds first."
        )
    if np.isnan(prior[0]):
        raise InputError(
            "the unknown are placed under a Dirichlet prior. Hint: give prior='jeffreys'."
        )
    if model != "counts as they are":
        raise InputError(
            f"the unknown are placed where destinations are seen as they are, not with {model}. "
            "Hint: use destination_model."
        )
