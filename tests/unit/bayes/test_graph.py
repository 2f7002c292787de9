"""The graph that is sampled and the numpy that reads its draws are one model."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from talentstats.bayes.graph import build_model, contrast_names
from talentstats.bayes.likelihood import (
    cell_probabilities,
    row_log_likelihood,
    wide_log_likelihood,
)

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


def split(mistaken):
    """The shares that are right, and what becomes of the rest."""
    right = np.einsum("csii->csi", mistaken)
    wrong = np.stack(
        [np.delete(mistaken[..., i, :], i, axis=-1) for i in range(mistaken.shape[-1])], axis=2
    )
    return right, wrong / (1 - right)[..., None]


def log_density(problem, points):
    """The graph's log density at points of the variables' own scales."""
    from pymc.model.transform.conditioning import remove_value_transforms
    from pytensor.compile.mode import Mode

    model = remove_value_transforms(build_model(problem))
    # Python alone: there is nothing to compile.
    mode = Mode(linker="py", optimizer="fast_compile")
    made = model.compile_fn(
        model.logp(jacobian=False), inputs=model.value_vars, mode=mode, on_unused_input="ignore"
    )
    names = [v.name for v in model.value_vars]
    if "mistaken" in points:
        right, wrong = split(points["mistaken"])
        points = points | {"right": right, "wrong": wrong}
    return np.array(
        [
            made({name: values[0, s] for name, values in points.items() if name in names})
            for s in range(next(iter(points.values())).shape[1])
        ]
    )


def log_prior_density(problem, draws):
    prior = problem.prior
    total = stats.norm(prior.b0_mean, prior.b0_sd).logpdf(draws["b0"][0]).sum(axis=-1)
    total += stats.norm.logpdf(draws["z"][0]).sum(axis=(-2, -1))
    total += stats.halfnorm(scale=prior.sd_scale).logpdf(draws["sd"][0]).sum(axis=(-2, -1))
    if "beta" in draws:
        beta = stats.norm(prior.beta_mean, prior.beta_sd)
        total += beta.logpdf(draws["beta"][0]).sum(axis=(-2, -1))
    if "lost" in draws:
        total += stats.beta(*problem.lost.T).logpdf(draws["lost"][0]).sum(axis=-1)
    if "mistaken" in draws:
        for i, row in enumerate(problem.mistaken):
            total += [stats.dirichlet(row).logpdf(x) for x in draws["mistaken"][0, :, i]]
        # The graph's variables are others: the shares of the rest are stretched to 1.
        right, _ = split(draws["mistaken"])
        total += (right.shape[-1] - 2) * np.log1p(-right[0]).sum(axis=-1)
    if "concentration" in draws:
        total += stats.gamma(2.0, scale=10.0).logpdf(draws["concentration"][0])
    return total


@pytest.mark.parametrize("kind", KINDS)
def test_the_graph_is_prior_times_likelihood(make_problem, make_fit, kind):
    problem = make_problem(kind)
    fit = make_fit(problem, chains=2, draws=50)
    draws = {k: v.reshape(1, 100, *v.shape[2:])[:, :6] for k, v in fit.sampled.draws.items()}
    prob = cell_probabilities(problem, fit.sampled)
    likelihood = row_log_likelihood(problem, fit.sampled, prob).sum(axis=1)
    likelihood += wide_log_likelihood(problem, prob).sum(axis=1)
    expected = log_prior_density(problem, draws) + likelihood[:6]
    # The graph leaves out what the counts alone decide.
    difference = log_density(problem, draws) - expected
    np.testing.assert_allclose(difference, difference[0], rtol=1e-9, atol=1e-7)
    assert np.ptp(expected) > 1


@pytest.mark.parametrize("outcomes", [2, 3])
def test_no_start_is_outside_of_what_is_possible(make_problem, outcomes):
    # Samplers start at the middle moved by up to 1 in each transformed variable.
    problem = make_problem("validated")
    if outcomes == 2:
        problem = replace(
            problem,
            outcomes=problem.outcomes[:2],
            contrasts=np.eye(2)[:, 1:],
            counts=problem.counts[:, :2],
            mistaken=problem.mistaken[:2, :2],
            prior=replace(
                problem.prior,
                b0_mean=[0.0],
                b0_sd=[1.0],
                beta_mean=[[0.0]],
                beta_sd=[[1.0]],
            ),
        )
    model = build_model(problem)
    mistaken = model["mistaken"]
    from pytensor.compile.mode import Mode

    (value,) = model.replace_rvs_by_values([mistaken])
    made = model.compile_fn(
        [model.logp(), value],
        inputs=model.value_vars,
        mode=Mode(linker="py", optimizer="fast_compile"),
        on_unused_input="ignore",
    )
    rng = np.random.default_rng(1)
    start = model.initial_point()
    for _ in range(40):
        density, rows = made(
            {k: v + rng.uniform(-1, 1, size=np.shape(v)) for k, v in start.items()}
        )
        assert np.isfinite(density)
        assert (np.diag(rows) > 0.5).all()
        np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-12)


def test_dimensions_are_named(make_problem):
    model = build_model(make_problem("reference"))
    assert model.coords["cell"][0] == "academia, 2019"
    assert model.coords["outcome"] == ("US", "China", "other")
    assert model.coords["contrast"] == ("China", "other")
    assert model.coords["term"] == ("sector", "cell")
    assert model.coords["effect"] == ("age",)
    assert {v.name for v in model.free_RVs} == {"b0", "beta", "sd", "z"}
    for name in ("contrasts", "counts", "X", "Z", "term_of", "b0_mean", "b0_sd", "sd_scale"):
        assert name in {v.name for v in model.data_vars}


def test_contrasts_are_called_by_what_they_compare(make_problem):
    problem = make_problem("reference")
    assert contrast_names(problem) == ("China", "other")
    against_china = replace(problem, contrasts=np.delete(np.eye(3), 1, axis=1))
    assert contrast_names(against_china) == ("US", "other")
    assert contrast_names(make_problem("softmax")) == ("1", "2")


def test_a_structure_does_not_know_the_numbers(make_problem):
    problem = make_problem("softmax")
    other = replace(problem, counts=problem.counts * 1e6, contrasts=np.eye(3)[:, 1:])
    assert problem.structure == other.structure
    assert hash(problem.structure) == hash(other.structure)
    kinds = {make_problem(kind).structure for kind in KINDS}
    assert len(kinds) == len(KINDS)
    given = problem.structure.placeholder()
    assert all(given[name].shape == value.shape for name, value in problem.arrays.items())
