"""The two models that are calibrated: designs, prior, and people simulated from both."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd

from talentstats.bayes.graph import PriorArrays, Problem
from talentstats.bayes.posterior import PosteriorFit, Quantities
from talentstats.bayes.prior_draws import prior_draws
from talentstats.bayes.sampling import Sampled, Sampling, sample
from talentstats.destinations.model import destination_model
from talentstats.destinations.model_prior import DestinationPrior
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.destination_cells import DestinationCells
from talentstats.summaries.population import population_weights
from talentstats.survival.bayes_hazard_model import bayes_hazard_model
from talentstats.survival.bayes_hazard_prior import HazardPrior
from tests.calibration.bayes_ranks import Floats

KINDS = ("parameter", "cell", "margin", "population", "contrast")
FACTOR = 3.0
STEPS = 6
ENTRANTS = 150
# Only for the fit whose design and prior are then used.
_SHORT = Sampling(draws=50, tune=50, chains=2)


@dataclass(frozen=True)
class Model:
    """What is calibrated.

    `fit` makes the posterior whose design and prior are used; `simulate` draws counts (m, k)
    from probabilities (m, k); `wrong` is the prior with the spreads scaled by `FACTOR`.
    """

    name: str
    title: str
    fit: Callable[[], PosteriorFit]
    simulate: Callable[[Floats, np.random.Generator], Floats]
    wrong: Callable[[Problem], PriorArrays]
    sampling: Sampling


def destination_fit() -> PosteriorFit:
    """Three destinations in 16 cells, one empty: sector and stage vary, funding is fixed."""
    frame = destination_frame()
    seen = frame[frame["people"] > 0].assign(US=1, China=1, other=0)
    cells = DestinationCells.from_frame(
        seen.drop(columns=["people", "count"]), destinations=["US", "China", "other"]
    )
    return destination_model(
        cells,
        vary=["sector", "stage"],
        fixed=["funded"],
        population=population_weights(cells, frame.drop(columns="people")),
        sampling=_SHORT,
    )


def destination_frame() -> pd.DataFrame:
    """Cells with the people of the sample and those of the population."""
    sectors = ("academia", "government", "industry", "training")
    frame = pd.DataFrame(
        product(sectors, ("early", "senior"), (0, 1)), columns=["sector", "stage", "funded"]
    )
    people = [40, 25, 20, 15, 5, 3, 2, 0, 60, 30, 35, 20, 12, 8, 1, 4]
    return frame.assign(people=people, count=np.arange(16, 0, -1))


def destination_counts(prob: Floats, rng: np.random.Generator) -> Floats:
    """People by destination: the same people in each cell in every simulation."""
    frame = destination_frame()
    # The cell without people is the last row of the fit.
    people = [*frame.loc[frame["people"] > 0, "people"], 0]
    return rng.multinomial(people, prob).astype(np.float64)


def hazard_fit() -> PosteriorFit:
    """Two destinations over six years, four stages: 24 rows."""
    frame = pd.DataFrame(
        product(("doctoral", "early", "mid", "senior"), range(STEPS)), columns=["stage", "start"]
    )
    frame = frame.assign(
        stop=frame["start"] + 1, at_risk=ENTRANTS, China=1, other=1,
        entrants=np.where(frame["start"] == 0, ENTRANTS, 0),
    )  # fmt: skip
    cells = RiskCells.from_frame(frame, events=["China", "other"], at_risk="at_risk")
    return bayes_hazard_model(cells, vary=["stage"], sampling=_SHORT)


def hazard_counts(prob: Floats, rng: np.random.Generator) -> Floats:
    """Stays and leavers by row: those who stay are at risk in the next year."""
    found = np.zeros(prob.shape)
    for first in range(0, len(prob), STEPS):
        people = ENTRANTS
        for row in range(first, first + STEPS):
            found[row] = rng.multinomial(people, prob[row])
            people = int(found[row, 0])
    return found


DESTINATION = Model(
    name="destination",
    title="`destination_model`",
    fit=destination_fit,
    simulate=destination_counts,
    wrong=lambda problem: DestinationPrior(varying_sd=0.5 * FACTOR).arrays(
        problem.outcomes, problem.design
    ),
    sampling=Sampling(draws=400, tune=400, chains=2, target_accept=0.9),
)
HAZARD = Model(
    name="hazard",
    title="`bayes_hazard_model`",
    fit=hazard_fit,
    simulate=hazard_counts,
    wrong=lambda problem: HazardPrior(varying_sd=0.5 * FACTOR).arrays(
        len(problem.outcomes) - 1, problem.design
    ),
    sampling=Sampling(draws=400, tune=400, chains=2, target_accept=0.95),
)


def drawn(fit: PosteriorFit, seed: int) -> dict[str, Floats]:
    """One draw of the free variables from the prior of a fit, of shape (1, 1, ...)."""
    return prior_draws(fit.problem, draws=1, seed=seed)


def with_draws(fit: PosteriorFit, counts: Floats, draws: dict[str, Floats]) -> PosteriorFit:
    """The fit as if these were its counts and draws."""
    shape = next(iter(draws.values())).shape[:2]
    return replace(
        fit,
        problem=replace(fit.problem, counts=counts),
        sampled=Sampled(
            draws=draws,
            divergent=np.zeros(shape, dtype=bool),
            energy=np.zeros(shape),
            depth=np.zeros(shape, dtype=np.int64),
            sampler="prior",
        ),
    )


def refitted(
    fit: PosteriorFit, counts: Floats, prior: PriorArrays, sampling: Sampling
) -> PosteriorFit:
    """The model of a fit on other counts."""
    problem = replace(fit.problem, counts=counts, prior=prior)
    return replace(
        fit,
        problem=problem,
        sampled=sample(problem, sampling),
        sampling=sampling,
        diagnostics=None,
        notes=(),
    )


def everything(fit: PosteriorFit) -> dict[str, Quantities]:
    """All that a fit reports, by what `tidy` calls it, and the log likelihood."""
    found = {what: fit.quantities(what) for what in KINDS}
    return found | {
        "log likelihood": Quantities(
            columns={"term": ["log likelihood"]},
            values=fit.log_likelihood()[:, None],
            null=np.array([np.nan]),
        )
    }
