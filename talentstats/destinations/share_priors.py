"""Priors of destination shares, stated by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from talentstats import checks
from talentstats.destinations.share_tests import by_destination
from talentstats.errors import InputError
from talentstats.stats import softmax_prior
from talentstats.stats.limits import Floats, read_only
from talentstats.summaries.counts import DestinationCounts

# Beyond it a share is 0 or 1 for all that a double can hold, and quadrature takes minutes.
_WIDEST: Final = 30.0
_NARROWEST: Final = 1e-4


@dataclass(frozen=True, slots=True)
class ZeroSum:
    """Normal prior on the logits of all destinations alike: they sum to zero.

    Parameters
    ----------
    std_dev : float
        Logits are independent normal with this standard deviation, then centred. With 2 and
        three destinations each share lies in 0.002 to 0.97 with probability 95%.

    Raises
    ------
    InputError
        If it is not in [0.0001, 30].
    """

    std_dev: float = 2.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "std_dev", _checked_width(self.std_dev))

    def __str__(self) -> str:
        return f"zero-sum N(0, {self.std_dev:g})"


@dataclass(frozen=True, slots=True)
class AgainstReference:
    """Normal prior on the log odds of each destination against one of them.

    Parameters
    ----------
    reference : str
        The destination against which; it is not treated like the others.
    std_dev : float
        Standard deviation of each log odds; the means are 0.

    Raises
    ------
    InputError
        If the standard deviation is not in [0.0001, 30].
    """

    reference: str
    std_dev: float = 2.5

    def __post_init__(self) -> None:
        object.__setattr__(self, "std_dev", _checked_width(self.std_dev))

    def __str__(self) -> str:
        return f"N(0, {self.std_dev:g}) against {self.reference}"


type SharePrior = str | Mapping[str, float] | ZeroSum | AgainstReference


def dirichlet_prior(prior: SharePrior, counts: DestinationCounts) -> tuple[str, Floats]:
    """Return name and parameters of a Dirichlet prior.

    Parameters
    ----------
    prior : str or Mapping of str to float
        "jeffreys" (1/2 each), "uniform" (1 each), "perks" (1/k each), or a parameter a
        destination.
    counts : DestinationCounts
        Whose destinations it is for.

    Returns
    -------
    name : str
        The name, or "given".
    parameters : (k,) ndarray
        Positive numbers in the order of the destinations.

    Raises
    ------
    InputError
        If a parameter is missing or is not in (0, 1e9).
    UnknownNameError
        If there is no prior of that name.

    Examples
    --------
    >>> dirichlet_prior("perks", DestinationCounts({"US": 87, "CN": 13}))
    ('perks', array([0.5, 0.5]))
    """
    k = len(counts.destinations)
    named = {"jeffreys": 0.5, "uniform": 1.0, "perks": 1.0 / k}
    if isinstance(prior, Mapping):
        given = by_destination(prior, counts, name="prior")
        return "given", read_only(
            [
                checks.finite_number(value, name=f"prior of {place!r}", above=0, below=1e9)
                for place, value in given.items()
            ]
        )
    name = checks.one_of(prior, named, name="prior")
    return str(name), read_only(np.full(k, named[str(name)]))


def normal_prior(
    prior: ZeroSum | AgainstReference, counts: DestinationCounts
) -> tuple[Floats, Floats]:
    """Return mean and covariance of a normal prior on log ratios to the first destination.

    Parameters
    ----------
    prior : ZeroSum or AgainstReference
        The prior.
    counts : DestinationCounts
        Two or three destinations.

    Returns
    -------
    mean : (k - 1,) ndarray
        Zeros.
    covariance : (k - 1, k - 1) ndarray
        Of log(p_j / p_0), j = 1 to k - 1.

    Raises
    ------
    InputError
        If there are more than three destinations.
    UnknownNameError
        If there is no such reference.
    """
    names = counts.destinations
    k = len(names)
    if k > 3:
        raise InputError(
            f"the prior {prior} is integrated for two or three destinations, and here are {k}. "
            "Hint: give a Dirichlet prior such as 'jeffreys', or use destination_model."
        )
    if isinstance(prior, ZeroSum):
        return softmax_prior.zero_sum_prior(categories=k, std_dev=prior.std_dev)
    reference = names.index(checks.one_of(prior.reference, names, name="destination"))
    logits = np.diag(np.where(np.arange(k) == reference, 0.0, prior.std_dev**2))
    contrasts = np.eye(k)[1:] - np.eye(k)[0]
    return np.zeros(k - 1), contrasts @ logits @ contrasts.T


def _checked_width(value: float) -> float:
    """Return the standard deviation of a normal prior."""
    return checks.finite_number(value, name="std_dev", above=_NARROWEST, below=_WIDEST, closed=True)
