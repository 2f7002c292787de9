"""Models of destinations whose sampler is replaced by draws from the prior."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from talentstats.bayes import prior_sensitivity
from talentstats.bayes.prior_draws import prior_draws
from talentstats.bayes.sampling import Sampled, Sampling
from talentstats.destinations import model, model_posterior
from talentstats.summaries.destination_cells import DestinationCells

PLACES = ("US", "CN", "other")


def drawn_from_the_prior(problem: Any, sampling: Sampling, *, listen: Any = None) -> Sampled:
    """Stand in for a sampler: what is made of draws does not depend on where they come from."""
    shape = (sampling.chains, sampling.draws)
    drawn = prior_draws(problem, draws=shape[0] * shape[1], seed=sampling.seed)
    return Sampled(
        draws={name: x.reshape(*shape, *x.shape[2:]) for name, x in drawn.items()},
        divergent=np.zeros(shape, dtype=bool),
        energy=np.random.default_rng(1).normal(size=shape),
        depth=np.ones(shape, dtype=int),
        sampler="the prior",
    )


@pytest.fixture
def no_sampler(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (model, model_posterior, prior_sensitivity):
        monkeypatch.setattr(module, "sample", drawn_from_the_prior)


@pytest.fixture(scope="session")
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "sector": ["academia", "academia", "industry", "industry", "state"],
            "stage": ["faculty", "phd", "faculty", "phd", "phd"],
            "US": [30, 25, 41, 12, 9],
            "CN": [8, 3, 2, 1, 4],
            "other": [2, 1, 3, 0, 1],
            "unknown": [3, 0, 5, 0, 0],
        }
    )


@pytest.fixture(scope="session")
def cells(table: pd.DataFrame) -> DestinationCells:
    return DestinationCells.from_frame(table, destinations=PLACES, by=["sector", "stage"])


@pytest.fixture(scope="session")
def known_cells(table: pd.DataFrame) -> DestinationCells:
    return DestinationCells.from_frame(
        table.drop(columns="unknown"), destinations=PLACES, by=["sector", "stage"]
    )
