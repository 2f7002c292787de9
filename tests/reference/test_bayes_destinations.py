"""Sampled destinations against long runs of JAGS, and against exact values.

`bayes_make.R` made the long runs, `bayes_make.py` the exact values. Where those have a uniform
Dirichlet prior, which no normal prior on logits is, the draws are weighted from one to the other.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from talentstats.bayes.convergence import summary
from talentstats.bayes.draws import flat
from talentstats.bayes.sampling import Sampling, sample
from talentstats.destinations.model import destination_model
from talentstats.destinations.model_prior import DestinationPrior
from talentstats.stats.misclassification import misclassified_pair
from talentstats.summaries.destination_cells import DestinationCells

HERE = Path(__file__).parent
LONG_RUNS: list[dict[str, Any]] = json.loads(
    (HERE / "bayes_destinations_reference.json").read_text(encoding="utf-8")
)["cases"]
EXACT: dict[str, dict[str, Any]] = {
    case["id"]: case
    for case in json.loads((HERE / "bayes_exact_reference.json").read_text(encoding="utf-8"))[
        "cases"
    ]
}
PLACES = ("US", "CN", "other")


def hierarchical_fit(case):
    given = case["inputs"]
    names = [f"d{k + 1}" for k in range(len(given["y"][0]))]
    covariates = pd.DataFrame({"s": given["s"], "g": given["g"]})
    cells = DestinationCells.from_frame(
        covariates.join(pd.DataFrame(given["y"], columns=names)), destinations=names, by=["s", "g"]
    )
    prior = DestinationPrior(
        coding="reference",
        intercept_sd=given["sd_a"],
        varying_sd={"s": given["sd_s_scale"], "g": given["sd_g_scale"]},
        shared=False,
        sum_to_zero=False,
    )
    return destination_model(
        cells,
        vary=["s", "g"],
        prior=prior,
        population=covariates.assign(count=given["w"]),
        sampling=Sampling(draws=4000, tune=1000, target_accept=0.95, seed=1),
    )


def hierarchical_draws(fit):
    """Our draws under the names of the long run."""
    parameter = fit.quantities("parameter")
    own = dict(
        zip(
            zip(parameter.columns["term"], parameter.columns["outcome"], strict=True),
            parameter.values.T,
            strict=True,
        )
    )
    found = {}
    for j, place in enumerate(fit.outcomes[1:], 1):
        found[f"alpha[{j}]"] = own["intercept", place]
        found |= {f"sd_{term}[{j}]": own[f"sd({term})", place] for term in "sg"}
    cells = fit.quantities("cell").values.reshape(-1, len(fit.labels), len(fit.outcomes))
    whole = fit.quantities("population").values
    for k in range(len(fit.outcomes)):
        found |= {f"p[{c + 1},{k + 1}]": cells[:, c, k] for c in range(len(fit.labels))}
        found[f"ps[{k + 1}]"] = whole[:, k]
    return found | {"d01": cells[:, 0, 0] - cells[:, -1, 0]}


@pytest.mark.parametrize("case", LONG_RUNS, ids=lambda case: case["id"])
def test_long_runs_of_another_sampler(case):
    fit = hierarchical_fit(case)
    assert not fit.checked.failures
    found = hierarchical_draws(fit)
    assert set(found) == set(case["values"])
    names = list(found)
    own = summary(draws=np.column_stack([found[name] for name in names]).reshape(*fit.shape, -1))
    for i, name in enumerate(names):
        known, drawn = case["values"][name], found[name]
        error = np.hypot(known["mcse_mean"], own.mcse_mean[i])
        assert abs(drawn.mean() - known["mean"]) < 4 * error, name
        # Both runs see the second moment and the tails with the errors of their effective draws.
        share = np.sqrt(1 / own.ess_tail[i] + 1 / known["ess"])
        apart = (drawn - drawn.mean()) / drawn.std()
        spread_error = 0.5 * share * np.sqrt(np.mean(apart**4) - 1)
        assert drawn.std(ddof=1) / known["sd"] == pytest.approx(1, abs=4 * spread_error), name
        for tail, end in ((0.025, "q2.5"), (0.975, "q97.5")):
            below = np.mean(drawn <= known[end])
            tail_error = share * np.sqrt(0.025 * 0.975)
            assert below == pytest.approx(tail, abs=4 * tail_error), (name, end)


# An exact case has no covariates. Two cells with an effect that cannot be but 0 are one cell.
ONE_CELL = DestinationPrior(fixed_sd=1e-6)


def one_cell_fit(counts, *, people_unknown=0, **options):
    half = np.array(counts) // 2
    places = PLACES[: len(counts)]
    rows = np.array([half, np.array(counts) - half])
    table = pd.DataFrame(rows, columns=list(places)).assign(side=["left", "right"])
    cells = DestinationCells.from_frame(table, destinations=places, by=["side"])
    cells = replace(cells, unknown=np.array([people_unknown, 0]), unknown_reasons={})
    return destination_model(
        cells, fixed=["side"], prior=ONE_CELL, sampling=Sampling(seed=7), **options
    )


def share_draws(fit):
    """Shares (s, k), how many independent draws they are worth, and weights of draws, (s,)."""
    prob = fit.prob[:, 0, :]
    ess = summary(draws=prob.reshape(*fit.shape, -1)).ess_bulk.min()
    # On logits that sum to zero the uniform Dirichlet has the density of the product of the
    # shares; ours is normal there.
    logits = np.log(prob) - np.log(prob).mean(axis=1, keepdims=True)
    log_weight = np.log(prob).sum(axis=1) + 0.5 * (logits**2).sum(axis=1) / 2.0**2
    weight = np.exp(log_weight - log_weight.max())
    return prob, ess, weight / weight.sum()


def weighted_moments(drawn, weight, ess):
    """Mean, standard deviation, and Monte Carlo errors of both, of weighted draws."""
    mean = weight @ drawn
    apart = drawn - mean
    sd = np.sqrt(weight @ apart**2)
    inflation = np.sqrt(drawn.size / ess)
    mean_error = inflation * np.sqrt(np.sum(weight**2 * apart**2))
    sd_error = inflation * np.sqrt(np.sum(weight**2 * (apart**2 - sd**2) ** 2)) / (2 * sd)
    return (mean, sd), (mean_error, sd_error)


def check_shares(fit, case, *, weigh=True):
    prob, ess, weight = share_draws(fit)
    if not weigh:
        weight = np.full(len(prob), 1 / len(prob))
    for k in range(prob.shape[1]):
        found, error = weighted_moments(prob[:, k], weight, ess)
        for value, own, kind in zip(found, error, ("mean", "sd"), strict=True):
            known = EXACT[case]["values"][f"p{k}_{kind}"]
            assert value == pytest.approx(known["value"], abs=4 * own + known["tol"]), (case, k)


def identity():
    return {place: {place: 1.0} for place in PLACES}


def test_normal_prior_on_logits_against_quadrature():
    # Records without mistakes, so that the compiled model serves the next test too.
    fit = one_cell_fit(EXACT["sm_zs_2"]["inputs"]["y"], misclassification=identity())
    check_shares(fit, "sm_zs_2", weigh=False)
    prob, ess, _ = share_draws(fit)
    flat_weight = np.full(len(prob), 1 / len(prob))
    found, error = weighted_moments(prob[:, 1] - prob[:, 2], flat_weight, ess)
    known = [EXACT["sm_zs_2"]["values"][name]["value"] for name in ("E(p1-p2)", "sd(p1-p2)")]
    assert np.abs(np.subtract(found, known)) == pytest.approx([0, 0], abs=4 * max(error))


def test_known_misclassification_of_three():
    given = EXACT["mis3"]["inputs"]
    matrix = {
        place: dict(zip(PLACES, row, strict=True))
        for place, row in zip(PLACES, given["M"], strict=True)
    }
    fit = one_cell_fit(given["y"], misclassification=matrix)
    check_shares(fit, "mis3")


@pytest.mark.parametrize("case", ["unk_mar", "unk_mnar", "unk_flat"])
def test_unknown_status(case):
    given = EXACT[case]["inputs"]
    found = {place: tuple(pair) for place, pair in zip(PLACES, given["resp"], strict=True)}
    fit = one_cell_fit(given["known"], people_unknown=given["unknown"], unknown=found)
    check_shares(fit, case)
    known = EXACT[case]["values"]
    low, high = fit.bounds()
    assert low == pytest.approx([known[f"bound{k}_lo"]["value"] for k in range(3)], abs=1e-12)
    assert high == pytest.approx([known[f"bound{k}_hi"]["value"] for k in range(3)], abs=1e-12)


def test_validated_misclassification_of_two():
    # The validation as counts, to which one half is added; then the very case, whose Beta
    # parameters no counts give.
    given = EXACT["mis2"]["inputs"]
    (hit, missed), (right, wrong) = given["sens"], given["spec"]
    fit = one_cell_fit(
        [given["pos"], given["neg"]],
        misclassification={"US": {"US": hit, "CN": missed}, "CN": {"US": wrong, "CN": right}},
    )
    exact = misclassified_pair(
        positive=given["pos"],
        negative=given["neg"],
        prior=[1, 1],
        sensitivity=[hit + 0.5, missed + 0.5],
        specificity=[right + 0.5, wrong + 0.5],
    )
    check_pair(fit, exact.shares.mean[0], exact.shares.std_dev[0], exact.sensitivity)
    parameters = np.array([[hit, missed], [wrong, right]], dtype=float)
    problem = replace(fit.problem, mistaken=parameters)
    very = replace(
        fit, problem=problem, sampled=sample(problem, fit.sampling), diagnostics=None, notes=()
    )
    known = {name: held["value"] for name, held in EXACT["mis2"]["values"].items()}
    check_pair(very, known["p_mean"], known["p_sd"], known["se_mean"])


def check_pair(fit, mean, std_dev, sensitivity):
    prob, ess, weight = share_draws(fit)
    found, error = weighted_moments(prob[:, 0], weight, ess)
    assert found[0] == pytest.approx(mean, abs=4 * error[0])
    assert found[1] == pytest.approx(std_dev, abs=4 * error[1])
    hits = flat(fit.sampled.draws["mistaken"])[:, 0, 0]
    ess = summary(draws=hits.reshape(*fit.shape, 1)).ess_bulk[0]
    found, error = weighted_moments(hits, weight, ess)
    assert found[0] == pytest.approx(sensitivity, abs=4 * error[0])
