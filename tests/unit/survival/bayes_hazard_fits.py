"""Posteriors of hazards without a sampler, for tests: draws put in, or from the prior."""

from dataclasses import replace
from unittest import mock

import numpy as np

from talentstats.bayes.prior_draws import prior_draws
from talentstats.bayes.sampling import Sampled
from talentstats.survival.bayes_hazard_model import bayes_hazard_model


def sampled(draws, *, chains=4):
    """Free variables (s, ...) as what a sampler returns."""
    made = {name: np.asarray(x, dtype=float) for name, x in draws.items()}
    size = len(next(iter(made.values())))
    shape = (chains, size // chains)
    return Sampled(
        draws={name: x.reshape(*shape, *x.shape[1:]) for name, x in made.items()},
        divergent=np.zeros(shape, dtype=bool),
        energy=np.random.default_rng(1).normal(size=shape),
        depth=np.ones(shape, dtype=int),
        sampler="none",
    )


def from_the_prior(problem, sampling, *, listen=None):
    """Stand in for a sampler, which would have to be compiled."""
    return sampled({name: x[0] for name, x in prior_draws(problem, draws=400, seed=1).items()})


def fit_without_sampler(cells, **options):
    with mock.patch("talentstats.survival.bayes_hazard_model.sample", from_the_prior):
        return bayes_hazard_model(cells, **options)


def at_values(fit, **draws):
    """The same fit at stated values of the free variables, (s, ...) each; all others are 0."""
    kept = {name: x.reshape(-1, *x.shape[2:]) for name, x in fit.sampled.draws.items()}
    size = len(next(iter(draws.values())))
    found = {name: np.zeros((size, *x.shape[1:])) for name, x in kept.items()} | draws
    return replace(fit, sampled=sampled(found, chains=1))
