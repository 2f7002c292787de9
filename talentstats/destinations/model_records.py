"""What is assumed of people of unknown destination, and of mistaken records."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from talentstats import checks
from talentstats.errors import InputError
from talentstats.stats.limits import Floats, read_only

# Probabilities printed to three decimals miss 1 by less than this.
_ROUNDING = 1e-3
# Added to each count of a validation: Jeffreys.
_JEFFREYS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mistakes:
    """How true destinations are recorded.

    Parameters
    ----------
    matrix : (k, k) ndarray
        Row i: probabilities, or Dirichlet parameters, of what destination i is recorded as.
    known : bool
        Whether they are probabilities.
    """

    matrix: Floats
    known: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "matrix", read_only(self.matrix))


def lost_prior(found: object, destinations: tuple[str, ...]) -> Floats:
    """Return Beta parameters of the probability that a destination stays unknown.

    Parameters
    ----------
    found : Mapping of str to (float, float)
        By destination, pseudo-counts of people found and not found.
    destinations : tuple of str
        The k destinations.

    Returns
    -------
    (k, 2) ndarray
        Not found first.

    Raises
    ------
    InputError
        If a destination is missing or a number is not positive.
    UnknownNameError
        If there is no such destination.
    """
    if not isinstance(found, Mapping):
        raise InputError(
            f"unknown={found!r} is not allowed; allowed are 'like-the-others', or pseudo-counts "
            f"(found, not found) by destination, such as {{{destinations[0]!r}: (90, 10), ...}}."
        )
    for place in found:
        checks.one_of(place, destinations, name="destination in unknown")
    missing = [place for place in destinations if place not in found]
    if missing:
        raise InputError(
            f"unknown has no pair for {missing[0]!r}; give (found, not found) for each of "
            f"{', '.join(destinations)}."
        )
    rows = []
    for place in destinations:
        pair = found[place]
        if np.shape(pair) != (2,) or not all(
            checks.finite_number(x, name=f"unknown of {place!r}") > 0 for x in pair
        ):
            raise InputError(
                f"unknown of {place!r} is {pair!r}; allowed are two numbers above 0: how many of "
                "such people would be found, and how many not."
            )
        rows.append((float(pair[1]), float(pair[0])))
    return np.array(rows)


def mistakes(given: Mapping[str, Mapping[str, float]], destinations: tuple[str, ...]) -> Mistakes:
    """Return how true destinations are recorded.

    Parameters
    ----------
    given : Mapping of str to Mapping of str to float
        True destination to what it is recorded as: probabilities that sum to 1, or whole
        numbers of people in a validation, of whom both are known. What is absent is 0.
    destinations : tuple of str
        The k destinations.

    Returns
    -------
    Mistakes
        Probabilities as they are; of counts Dirichlet parameters, 1/2 added to each.

    Raises
    ------
    InputError
        If a destination is missing, a row does not sum to 1, a count is no whole number, or
        most of a destination would be recorded as another.
    UnknownNameError
        If there is no such destination.
    """
    if not isinstance(given, Mapping) or not all(isinstance(r, Mapping) for r in given.values()):
        raise InputError(
            f"misclassification={given!r} is not allowed; give true destination to what it is "
            "recorded as, such as {'US': {'US': 0.97, 'CN': 0.03}, 'CN': {...}}."
        )
    matrix = np.zeros((len(destinations), len(destinations)))
    for i, place in enumerate(destinations):
        if place not in given:
            raise InputError(
                f"misclassification has no row for {place!r}; give one for each of "
                f"{', '.join(destinations)}."
            )
        for other, value in given[place].items():
            checks.one_of(other, destinations, name=f"destination in the row of {place!r}")
            number = checks.finite_number(value, name=f"misclassification of {place!r}")
            if number < 0:
                raise InputError(
                    f"misclassification of {place!r} as {other!r} is {value!r}; below 0."
                )
            matrix[i, destinations.index(other)] = number
    for place in given:
        checks.one_of(place, destinations, name="destination in misclassification")
    counted = bool((matrix > 1).any())
    for place, row in zip(destinations, matrix, strict=True):
        if counted and np.any(row != np.round(row)):
            raise InputError(
                f"the misclassification row of {place!r} is {row.tolist()}; a validation has whole "
                "numbers of people. Hint: probabilities are at most 1 and sum to 1."
            )
        if not counted and abs(row.sum() - 1) > _ROUNDING + 1e-9:
            raise InputError(
                f"the misclassification row of {place!r} sums to {row.sum():.6g}; allowed is 1, or "
                "whole numbers of people in a validation."
            )
    parameters = matrix + _JEFFREYS if counted else matrix / matrix.sum(axis=1, keepdims=True)
    right = np.diag(parameters) / parameters.sum(axis=1)
    if np.any(right <= 0.5):
        worst = int(np.argmin(right))
        raise InputError(
            f"{destinations[worst]!r} is recorded rightly in {100 * right[worst]:.3g}% only; "
            "allowed is more than half, or two destinations could change names without a trace."
        )
    return Mistakes(matrix=parameters, known=not counted)
