"""Simulation-based calibration: draw from the prior, simulate people, refit, rank the truth.

Talts, Betancourt, Simpson, Vehtari and Gelman (2018, arXiv:1804.06788); the joint log likelihood
is ranked too, as Modrák et al. (2023, doi:10.1214/23-BA1404) advise, since parameters alone cannot
tell a posterior from the prior.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from talentstats.bayes.convergence import summary
from talentstats.bayes.posterior import PosteriorFit
from tests.calibration.bayes_models import Model, drawn, everything, refitted, with_draws
from tests.calibration.bayes_ranks import KEPT, Floats, p_values, ranked

REFITS = 500
# Further simulations, of which those above know nothing: see `asked_again`.
FRESH = 1000
KEYS = ("what", "group", "time", "outcome", "term")
LEVEL = 0.95
_SEED = 20261124
# Of the draws, where too few of them are effective.
_DOUBLINGS = 4


def simulation(model: Model, fit: PosteriorFit, number: int, *, wrong: bool) -> pd.DataFrame:
    """One simulation: the rank of every quantity's true value."""
    truth = drawn(fit, _SEED + number)
    rng = np.random.default_rng([_SEED, number])
    counts = model.simulate(with_draws(fit, fit.problem.counts, truth).prob[0], rng)
    true = everything(with_draws(fit, counts, truth))
    prior = model.wrong(fit.problem) if wrong else fit.problem.prior
    for doubling in range(_DOUBLINGS + 1):
        sampling = replace(model.sampling, draws=model.sampling.draws * 2**doubling, seed=number)
        again = refitted(fit, counts, prior, sampling)
        found = everything(again)
        values = np.hstack([part.values for part in found.values()])
        effective = summary(draws=values.reshape(*again.shape, -1)).ess_bulk
        if effective.min() >= KEPT:
            break
    frame = pd.concat(
        [pd.DataFrame(dict(part.columns)).assign(what=what) for what, part in found.items()],
        ignore_index=True,
    ).reindex(columns=list(KEYS))
    return frame.assign(
        rank=ranked(np.hstack([part.values[0] for part in true.values()]), values, rng),
        ess=effective,
        draws=len(values),
        divergences=again.checked.divergences,
        simulation=number,
    )


def simulations(
    model: Model, folder: Path, *, wrong: bool, first: int = 1, last: int = REFITS
) -> pd.DataFrame:
    """Simulations of a model by number; those that are kept in the folder are read."""
    fit: PosteriorFit | None = None
    frames = []
    for number in range(first, last + 1):
        kept = folder / f"{model.name}-{'wrong' if wrong else 'right'}-{number:04d}.csv"
        if not kept.is_file():
            fit = model.fit() if fit is None else fit
            folder.mkdir(parents=True, exist_ok=True)
            scratch = kept.with_suffix(".part")
            simulation(model, fit, number, wrong=wrong).to_csv(scratch, index=False)
            scratch.rename(kept)
        frames.append(pd.read_csv(kept))
    return pd.concat(frames, ignore_index=True)


def by_quantity(ranks: pd.DataFrame) -> Floats:
    """Ranks by simulation and quantity, in the order of the first simulation."""
    return ranks["rank"].to_numpy().reshape(ranks["simulation"].nunique(), -1)


def judged(ranks: pd.DataFrame) -> pd.DataFrame:
    """One row a quantity: the p-value of its ranks, and whether they leave the bands."""
    values = by_quantity(ranks)
    p = p_values(values)
    frame = ranks.loc[ranks["simulation"] == ranks["simulation"].iloc[0], list(KEYS)]
    return frame.reset_index(drop=True).assign(
        simulations=len(values),
        mean_rank=values.mean(axis=0),
        p_value=p,
        outside=p < 1 - LEVEL,
        # Bonferroni: at most 5% that any of all quantities of a right model is outside.
        outside_all=p < (1 - LEVEL) / len(p),
    )


def asked_again(model: Model, folder: Path, found: pd.DataFrame) -> pd.DataFrame:
    """Add `p_again`: p-values, on fresh simulations, of what left the bands of all quantities.

    Bands that hold with 95% are left by a right model too. What leaves them is a hypothesis, and
    is tested once, on simulations that did not suggest it; NaN for all else.
    """
    suspects = found["outside_all"].to_numpy()
    again = np.full(len(found), np.nan)
    if suspects.any():
        fresh = simulations(model, folder, wrong=False, first=REFITS + 1, last=REFITS + FRESH)
        again[suspects] = p_values(by_quantity(fresh)[:, suspects])
    return found.assign(p_again=again)
