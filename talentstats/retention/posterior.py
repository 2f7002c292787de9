"""A stay rate under a stated prior, in closed form: Betas and mixtures of Betas."""

from typing import Protocol, runtime_checkable

import numpy as np

from talentstats import checks
from talentstats.results.provenance import Provenance
from talentstats.retention.beta_mixture import BetaMixture, posterior_of
from talentstats.retention.design import checked_prior
from talentstats.retention.evidence import JEFFREYS, UNIFORM
from talentstats.retention.posterior_result import RetentionPosterior
from talentstats.summaries.counts import RetentionCounts

_NAMED = {"jeffreys": JEFFREYS, "uniform": UNIFORM}


@runtime_checkable
class CarriesMixture(Protocol):
    """What brings a mixture of Betas as a prior, such as a historical prior."""

    @property
    def label(self) -> str:
        """The prior in words."""
        ...

    @property
    def provenance(self) -> Provenance:
        """What made it."""
        ...

    @property
    def mixture(self) -> BetaMixture:
        """The prior."""
        ...


type Prior = str | tuple[float, float] | BetaMixture | CarriesMixture


def retention_posterior(
    counts: RetentionCounts, *, prior: Prior = "jeffreys"
) -> RetentionPosterior:
    """Posterior of a stay rate under a stated prior, in closed form.

    Assumptions: people stay or leave independently with one probability; those of unknown
    status are like the others.

    Parameters
    ----------
    counts : RetentionCounts
        The study.
    prior : {"jeffreys", "uniform"}, tuple of float, BetaMixture or HistoricalPrior
        The prior of the rate; a pair is the Beta parameters (a, b).

    Returns
    -------
    RetentionPosterior
        Mean, median, limits, tail probabilities, evidence.

    Raises
    ------
    InputError
        If the prior is none of these.
    UnknownNameError
        If there is no prior of that name.

    References
    ----------
    Diaconis and Ylvisaker (1979), Annals of Statistics 7:269-281, doi:10.1214/aos/1176344611
    (mixtures of conjugate priors).

    Examples
    --------
    >>> posterior = retention_posterior(RetentionCounts(87, 100))
    >>> print(f"{posterior.mean:.4f} {posterior.probability_above(0.9):.4f}")
    0.8663 0.1580
    """
    name, mixture, sources = _named_mixture(prior)
    return posterior_of(counts, mixture, name=name, sources=sources)


def as_mixture(prior: Prior) -> tuple[str, BetaMixture]:
    """Return a prior's name and its mixture of Betas.

    Parameters
    ----------
    prior : {"jeffreys", "uniform"}, tuple of float, BetaMixture or HistoricalPrior
        What the caller gave.

    Returns
    -------
    name : str
        In words.
    mixture : BetaMixture
        The prior.

    Raises
    ------
    InputError
        If it is none of these.
    UnknownNameError
        If there is no prior of that name.

    Examples
    --------
    >>> as_mixture((9, 1))[0]
    'beta(9,1)'
    """
    name, mixture, _ = _named_mixture(prior)
    return name, mixture


def _named_mixture(prior: Prior) -> tuple[str, BetaMixture, tuple[str, ...]]:
    """A prior's name, its mixture and the published sources it stands on."""
    if isinstance(prior, str):
        return prior, _single(*_NAMED[checks.one_of(prior, _NAMED, name="prior")]), ()
    if isinstance(prior, BetaMixture):
        return prior.label, prior, ()
    if isinstance(prior, CarriesMixture):
        return prior.label, prior.mixture, prior.provenance.sources
    mixture = _single(*checked_prior(prior))
    return mixture.label, mixture, ()


def _single(a: float, b: float) -> BetaMixture:
    """One Beta distribution."""
    return BetaMixture(np.ones(1), np.array([a]), np.array([b]))
