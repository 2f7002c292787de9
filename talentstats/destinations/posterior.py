"""Posterior of destination shares without covariates: exact, no sampler, in milliseconds."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from talentstats.destinations import posterior_inputs as inputs
from talentstats.destinations.share_priors import (
    AgainstReference,
    SharePrior,
    ZeroSum,
    dirichlet_prior,
    normal_prior,
)
from talentstats.destinations.shares_posterior import SharesPosterior, lay_out
from talentstats.errors import InputError
from talentstats.stats import dirichlet, softmax_prior
from talentstats.stats import misclassification as kernels
from talentstats.stats.allocated_dirichlet import AllocatedDirichlet
from talentstats.stats.limits import Floats
from talentstats.stats.simplex_shares import SimplexShares
from talentstats.summaries.counts import DestinationCounts


def destination_posterior(
    counts: DestinationCounts,
    *,
    prior: SharePrior = "jeffreys",
    misclassification: Mapping[str, Any] | None = None,
) -> SharesPosterior:
    """Posterior of the share of each destination, exactly and without a sampler.

    Assumptions: people end up independently, with one set of probabilities; those of
    unknown destination are like the others unless `.with_unknown` places them (bounds
    without that assumption are part of the result).

    Parameters
    ----------
    counts : DestinationCounts
        People by destination.
    prior : str, Mapping of str to float, ZeroSum or AgainstReference
        "jeffreys" (1/2 each), "uniform" (1 each), "perks" (1/k each) or a Dirichlet
        parameter a destination; for two or three destinations also a normal prior on
        logits, `ZeroSum(2.0)` or `AgainstReference("US", 2.5)`.
    misclassification : Mapping or None
        How destinations are mistaken, under a Dirichlet prior. Of two destinations, for
        each the Beta parameters of being seen where one is: right and wrong in a
        validation. Of three, for each true destination the known probabilities of being
        seen at each, with sum 1.

    Returns
    -------
    SharesPosterior
        Moments, equal-tailed intervals, contrasts, evidence.

    Raises
    ------
    InputError
        If `counts` is not `DestinationCounts`, the prior does not fit the destinations, a
        normal prior meets more than three, or the misclassification is not one (rows that
        do not sum to 1, or people seen elsewhere more often than where they are).
    UnknownNameError
        If there is no such prior or destination.

    References
    ----------
    Perks (1947), Journal of the Institute of Actuaries 73:285-334,
    doi:10.1017/S0020268100012270. Gaba and Winkler (1992), Management Science 38:913-925,
    doi:10.1287/mnsc.38.7.913.

    Examples
    --------
    >>> counts = DestinationCounts({"US": 87, "CN": 10, "other": 3})
    >>> destination_posterior(counts).mean.round(3)
    array([0.862, 0.103, 0.034])
    >>> pooled = destination_posterior(counts, prior=ZeroSum(2.0))
    >>> pooled.mean.round(3), round(pooled.probability_exceeds("CN", "other"), 3)
    (array([0.865, 0.101, 0.034]), 0.976)
    """
    if not isinstance(counts, DestinationCounts):
        raise InputError(
            f"counts={counts!r} is not DestinationCounts; give for example "
            "DestinationCounts({'US': 87, 'CN': 10, 'other': 3})."
        )
    people = np.array(list(counts.counts.values()), dtype=np.float64)
    arguments: dict[str, Any] = {"counts": dict(counts.counts), "unknown": counts.unknown}
    if isinstance(prior, ZeroSum | AgainstReference):
        inputs.refuse_misclassification(misclassification)
        mean, covariance = normal_prior(prior, counts)
        return lay_out(
            counts,
            prior_name=str(prior),
            prior=np.full(people.size, np.nan),
            law=softmax_prior.softmax_posterior(counts=people, mean=mean, covariance=covariance),
            arguments=arguments | {"prior": str(prior), "misclassification": None},
        )
    name, parameters = dirichlet_prior(prior, counts)
    arguments["prior"] = prior if isinstance(prior, str) else dict(prior)
    law, said = _observed(counts, people, parameters, misclassification)
    return lay_out(
        counts,
        prior_name=name
        if name != "given"
        else f"Dirichlet({', '.join(f'{a:g}' for a in parameters)})",
        prior=parameters,
        law=law,
        model="counts as they are" if said is None else "misclassified counts",
        arguments=arguments | {"misclassification": said},
    )


def _observed(
    counts: DestinationCounts,
    people: Floats,
    prior: Floats,
    mistaken: Mapping[str, Any] | None,
) -> tuple[AllocatedDirichlet | SimplexShares, dict[str, Any] | None]:
    """Law under a Dirichlet prior, with the misclassification as plain values."""
    if mistaken is None:
        return dirichlet.posterior(counts=people, prior=prior), None
    names = counts.destinations
    if len(names) == 2:
        right = inputs.validation_rows(mistaken, counts)
        found = kernels.misclassified_pair(
            positive=int(people[0]),
            negative=int(people[1]),
            prior=prior,
            sensitivity=right[0],
            specificity=right[1],
        )
        said = dict(zip(names, (tuple(map(float, row)) for row in right), strict=True))
        return found.shares, said
    matrix = inputs.misclassification_matrix(mistaken, counts)
    law = kernels.misclassified_triple(counts=people, matrix=matrix, prior=prior)
    rows = (dict(zip(names, map(float, row), strict=True)) for row in matrix)
    return law, dict(zip(names, rows, strict=True))
