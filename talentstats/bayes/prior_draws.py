"""Draws from the prior by numpy: for what a prior implies, and for simulation checks."""

import numpy as np
from scipy.special import betaincc, betainccinv

from talentstats.bayes.graph import Problem
from talentstats.stats.limits import Floats


def prior_draws(problem: Problem, *, draws: int, seed: int) -> dict[str, Floats]:
    """Draw the free variables of a problem from its prior.

    Parameters
    ----------
    problem : Problem
        Its structure and prior; its counts play no part.
    draws : int
        Number of draws.
    seed : int
        Seed.

    Returns
    -------
    dict of str to ndarray
        As `Sampled.draws`, of shape (1, draws, ...).
    """
    rng = np.random.default_rng(seed)
    prior, design = problem.prior, problem.design
    d = problem.contrasts.shape[1]

    def normal(mean: Floats, sd: Floats) -> Floats:
        return np.asarray(mean + sd * rng.standard_normal((1, draws, *np.shape(mean))))

    found = {"b0": normal(prior.b0_mean, prior.b0_sd)}
    if design.fixed:
        found["beta"] = normal(prior.beta_mean, prior.beta_sd)
    if design.terms:
        shape = (len(design.terms), prior.sd_scale.shape[1])
        found["sd"] = np.abs(rng.standard_normal((1, draws, *shape))) * prior.sd_scale
        found["z"] = rng.standard_normal((1, draws, problem.rows.varying.shape[1], d))
    if problem.unknown is not None and problem.lost is not None:
        a, b = problem.lost.T
        found["lost"] = rng.beta(a, b, size=(1, draws, a.size))
    if problem.mistaken is not None and not problem.mistaken_known:
        rows = [_mostly_right(row, i, rng, draws) for i, row in enumerate(problem.mistaken)]
        found["mistaken"] = np.stack(rows, axis=1)[None]
    if problem.clustered:
        shape_of, rate = problem.concentration
        found["concentration"] = rng.gamma(shape_of, 1 / rate, size=(1, draws))
    return found


def _mostly_right(row: Floats, own: int, rng: np.random.Generator, draws: int) -> Floats:
    """Draw a Dirichlet row given that its own entry is above one half, (draws, k)."""
    a, b = row[own], row.sum() - row[own]
    right = betainccinv(a, b, betaincc(a, b, 0.5) * rng.random(draws))
    wrong = rng.dirichlet(np.delete(row, own), size=draws) * (1 - right)[:, None]
    return np.insert(wrong, own, right, axis=1)


def log_prior(problem: Problem, draws: dict[str, Floats]) -> Floats:
    """Return the log density of the priors that somebody chose, by draw.

    Parameters
    ----------
    problem : Problem
        Its prior.
    draws : dict of str to (chain, draw, ...) ndarray
        Free variables.

    Returns
    -------
    (chain * draw,) ndarray
        Of `b0`, `beta`, `sd`, `lost` and `concentration`, up to a constant. The standard
        normals of the non-centred effects are no prior anybody chose, and stay out, as do
        the validation counts of `mistaken`, which are data.
    """
    prior = problem.prior

    def total(values: Floats) -> Floats:
        return np.asarray(values.reshape(values.shape[0] * values.shape[1], -1).sum(axis=1))

    found = total(-0.5 * ((draws["b0"] - prior.b0_mean) / prior.b0_sd) ** 2)
    if "beta" in draws:
        found = found + total(-0.5 * ((draws["beta"] - prior.beta_mean) / prior.beta_sd) ** 2)
    if "sd" in draws:
        found = found + total(-0.5 * (draws["sd"] / prior.sd_scale) ** 2)
    if "lost" in draws and problem.lost is not None:
        a, b = problem.lost.T
        u = draws["lost"]
        found = found + total((a - 1) * np.log(u) + (b - 1) * np.log1p(-u))
    if "concentration" in draws:
        shape_of, rate = problem.concentration
        size = draws["concentration"]
        found = found + total((shape_of - 1) * np.log(size) - rate * size)
    return found
