"""Small problems with every part of the graph, and one fit that all tests here share."""

from dataclasses import replace

import numpy as np
import pytest

from talentstats.bayes.design import make_design, sum_to_zero_basis
from talentstats.bayes.graph import PriorArrays, Problem, WideEnds
from talentstats.bayes.posterior import PosteriorFit
from talentstats.bayes.prior_draws import prior_draws
from talentstats.bayes.sampling import Sampled, Sampling, sample
from talentstats.results.provenance import Provenance

COVARIATES = {
    "sector": np.array(["academia", "academia", "industry", "industry", "state", "state"]),
    "cell": np.array([2019, 2020, 2019, 2020, 2019, 2020]),  # a name that a dimension has too
    "age": np.array([30.0, 31.0, 35.0, 40.0, 28.0, 33.0]),
}
COUNTS = np.array(
    [[30, 8, 2], [25, 3, 1], [40, 2, 3], [12, 1, 0], [0, 0, 0], [9, 4, 1]], dtype=float
)
LABELS = tuple(f"{s}, {y}" for s, y in zip(COVARIATES["sector"], COVARIATES["cell"], strict=True))
KINDS = (
    "softmax",
    "reference",
    "cloglog",
    "unknown",
    "known",
    "validated",
    "clustered",
    "wide",
    "unknown and validated",
)


def _problem(kind, *, fixed=("age",)):
    hazards = kind in ("cloglog", "wide", "reference")
    people = COUNTS.sum(axis=1)
    design = make_design(COVARIATES, vary=["sector", "cell"], fixed=fixed, people=people)
    contrasts = np.eye(3)[:, 1:] if hazards else sum_to_zero_basis(3)
    own = 2 if hazards else 1
    found = Problem(
        design=design,
        rows=design.rows(COVARIATES, length=6),
        labels=LABELS,
        outcomes=("US", "China", "other"),
        contrasts=contrasts,
        link="cloglog" if kind in ("cloglog", "wide") else "softmax",
        counts=COUNTS,
        prior=PriorArrays(
            b0_mean=[-2.0, -2.5] if hazards else [-1.0, 0.5],
            b0_sd=[1.0, 1.5],
            beta_mean=np.full((len(fixed), 2), 0.1),
            beta_sd=np.full((len(fixed), 2), 0.05),
            sd_scale=np.linspace(0.4, 0.7, 2 * own).reshape(2, own),
        ),
    )
    parts = {}
    if "unknown" in kind:
        parts |= {
            "unknown": np.array([3.0, 0, 5, 1, 0, 2]),
            "lost": np.array([[1.0, 9.0], [4.0, 6.0], [2.0, 2.0]]),
        }
    if kind == "known":
        parts["mistaken"] = np.array([[0.97, 0.02, 0.01], [0.05, 0.93, 0.02], [0.05, 0.05, 0.9]])
    if "validated" in kind:
        parts |= {
            "mistaken": np.array([[90.0, 3.0, 2.0], [2.0, 40.0, 1.0], [1.0, 2.0, 30.0]]),
            "mistaken_known": False,
        }
    if kind == "clustered":
        parts["clustered"] = True
    if kind == "wide":
        parts["wide"] = WideEnds(
            row=np.array([[0, 1, 2], [3, 5, 5]]),
            within=np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]]),
            counts=np.array([[0.0, 4.0, 1.0], [0.0, 0.0, 2.0]]),
        )
    return replace(found, **parts)


@pytest.fixture(scope="session")
def make_problem():
    return _problem


@pytest.fixture(scope="session")
def make_fit():
    # Draws of the prior stand for draws of a posterior: everything after the sampler is the same.
    def made(problem, *, chains=2, draws=60, kind=PosteriorFit, **parts):
        flat = prior_draws(problem, draws=chains * draws, seed=5)
        rng = np.random.default_rng(6)
        shape = (chains, draws)
        return kind(
            problem=problem,
            sampled=Sampled(
                draws={k: v.reshape(*shape, *v.shape[2:]) for k, v in flat.items()},
                divergent=rng.random(shape) < 0.01,
                energy=rng.standard_normal(shape),
                depth=rng.integers(2, 6, shape),
                sampler="prior",
            ),
            sampling=Sampling(draws=draws, chains=chains),
            covariates=COVARIATES,
            weight=np.array([0.3, 0.2, 0.1, 0.1, 0.1, 0.2]),
            weight_source="population",
            notes=("Nur für Tests: 仅供测试。",),
            provenance=Provenance(
                function="destination_model",
                arguments={"vary": ("sector", "cell"), "prior": {"sd": float("inf")}},
                method="by hand",
                seed=5,
            ),
            **parts,
        )

    return made


SAMPLING = Sampling(draws=400, tune=400, chains=4, seed=3)


@pytest.fixture(scope="session")
def sampled_fit(make_problem, make_fit):
    problem = make_problem("softmax", fixed=())
    fit = make_fit(problem)
    return replace(
        fit,
        sampled=sample(problem, SAMPLING, listen=lambda _: None),
        sampling=SAMPLING,
        diagnostics=None,
        notes=(),
    )
