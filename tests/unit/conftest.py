"""Posteriors made by hand, without a sampler, for what reads them: plots and tables."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from talentstats.bayes.design import make_design
from talentstats.bayes.graph import Problem
from talentstats.bayes.sampling import Sampled, Sampling
from talentstats.destinations.model_posterior import DestinationPosterior
from talentstats.destinations.model_prior import DestinationPrior
from talentstats.results.provenance import Provenance
from talentstats.summaries.destination_cells import DestinationCells

STAGES = ("doctoral student", "postdoctoral fellow", "faculty", "staff")
SHARES = {
    "industry": (0.90, 0.06, 0.04),
    "academia": (0.80, 0.16, 0.04),
    "government": (0.85, 0.10, 0.05),
}
PEOPLE = (
    (18, 9, 3, 30),
    (25, 12, 20, 4),
    (2, 1, 0, 6),
)
CHAINS, DRAWS = 4, 150


def _cells() -> DestinationCells:
    """Twelve cells of which one is empty, and eleven hold 1 to 30 people."""
    rng = np.random.default_rng(11)
    rows = []
    for (sector, share), row in zip(SHARES.items(), PEOPLE, strict=True):
        for stage, n in zip(STAGES, row, strict=True):
            drawn = rng.multinomial(n, share).tolist()
            rows.append((sector, stage, *drawn))
    names = ["sector", "stage", "US", "China", "other"]
    return DestinationCells.from_frame(
        pd.DataFrame(rows, columns=names), destinations=["US", "China", "other"]
    )


def _draws(problem: Problem) -> dict[str, np.ndarray]:
    """Draws that look like a posterior: near the logits of the shares by sector."""
    rng = np.random.default_rng(7)
    terms, d = problem.design.terms, problem.contrasts.shape[1]
    scale = 0.4 * np.exp(0.2 * rng.standard_normal((CHAINS, DRAWS, len(terms), 1)))

    def noise(*shape: int) -> np.ndarray:
        return 0.35 * rng.standard_normal((CHAINS, DRAWS, *shape))

    z = []
    for term in terms:
        middle = np.zeros((len(term.levels), d))
        if term.name == "sector":
            logits = np.log([SHARES[level] for (level,) in term.levels])
            middle = (logits - logits.mean(axis=0)) @ problem.contrasts
        z.append(np.linalg.pinv(term.basis) @ middle / 0.4)
    found = {
        "b0": np.log([0.86, 0.10, 0.04]) @ problem.contrasts + noise(d),
        "sd": scale,
        "z": np.concatenate(z) + 2 * noise(sum(map(len, z)), d),
    }
    if problem.design.fixed:
        found["beta"] = np.array([[0.3, -0.2]]) + noise(1, d)
    return found


@pytest.fixture(scope="session")
def make_destination_posterior() -> Any:
    """Return a maker of posteriors whose draws are random numbers near a plausible posterior."""

    def make(
        *, divergent: int = 0, prior: DestinationPrior | None = None, fixed: tuple[str, ...] = ()
    ) -> DestinationPosterior:
        cells, stated = _cells(), prior or DestinationPrior()
        covariates = {name: np.asarray(values) for name, values in cells.covariates.items()}
        if fixed:
            covariates["year"] = np.tile([2017.0, 2018.0, 2019.0], 4)
        people = cells.counts.sum(axis=1)
        design = make_design(covariates, vary=("sector", "stage"), fixed=fixed, people=people)
        problem = Problem(
            design=design,
            rows=design.rows(covariates, length=len(cells)),
            labels=tuple(str(label) for label in cells.cell_labels()),
            outcomes=cells.destinations,
            contrasts=stated.contrasts(cells.destinations),
            link="softmax",
            counts=cells.counts,
            prior=stated.arrays(cells.destinations, design),
        )
        rng = np.random.default_rng(3)
        diverged = np.zeros((CHAINS, DRAWS), dtype=bool)
        diverged.flat[:divergent] = True
        return DestinationPosterior(
            problem=problem,
            sampled=Sampled(
                draws=_draws(problem),
                divergent=diverged,
                energy=rng.standard_normal((CHAINS, DRAWS)),
                depth=np.full((CHAINS, DRAWS), 3),
                sampler="by hand",
            ),
            sampling=Sampling(draws=DRAWS, tune=DRAWS),
            covariates=covariates,
            weight=people / people.sum(),
            weight_source="sample",
            notes=("Margins and the whole are averaged over the people of the sample.",),
            provenance=Provenance(
                function="destination_model", arguments={}, method="by hand", seed=7
            ),
            cells=cells,
            destination_prior=stated,
            unknown_model="",
        )

    return make


@pytest.fixture(scope="session")
def destination_posterior_by_hand(make_destination_posterior: Any) -> DestinationPosterior:
    """Twelve cells, three destinations, a term for sector and one for stage."""
    made: DestinationPosterior = make_destination_posterior()
    return made
