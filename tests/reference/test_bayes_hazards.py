"""Sampled hazards against long JAGS runs and against quadrature.

`bayes_hazards_make.R` ran JAGS and `bayes_make.py` the quadrature, each value with its own
error; here one value is allowed 4 combined Monte Carlo errors.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from talentstats.bayes.convergence import summary
from talentstats.bayes.draws import flat
from talentstats.bayes.graph import PriorArrays
from talentstats.bayes.sampling import Sampling, sample
from talentstats.summaries.cells import RiskCells
from talentstats.survival.bayes_hazard_model import bayes_hazard_model
from talentstats.survival.bayes_hazard_prior import HazardPrior

HERE = Path(__file__).parent
LONG = Sampling(draws=2000, tune=1000, target_accept=0.95, seed=11)


def cases_of(name):
    cases = json.loads((HERE / name).read_text(encoding="utf-8"))["cases"]
    return {case["id"]: case for case in cases}


JAGS = cases_of("bayes_hazards_reference.json")
EXACT = cases_of("bayes_exact_reference.json")


def errors(drawn):
    """Monte Carlo errors of the mean and of the standard deviation."""
    shaped = np.asarray(drawn).reshape(LONG.chains, LONG.draws, 1)
    squares = (shaped - shaped.mean()) ** 2
    mean, square = (float(summary(draws=x).mcse_mean[0]) for x in (shaped, squares))
    return mean, square / (2 * shaped.std())


def cells_of(counts, durations, x):
    """Cells of (stay, A, ...) by duration, 0 being the first, and a covariate x."""
    y = np.asarray(counts)
    table = pd.DataFrame({"start": durations, "stop": np.asarray(durations) + 1, "x": x})
    names = ["A", "B"][: y.shape[1] - 1]
    for j, name in enumerate(names):
        table[name] = y[:, j + 1]
    return RiskCells.from_frame(table.assign(n=y.sum(axis=1)), events=names, at_risk="n")


@pytest.fixture(scope="module", params=JAGS.values(), ids=lambda case: case["id"])
def competing(request):
    case = request.param
    given = case["inputs"]
    fit = bayes_hazard_model(
        cells_of(given["y"], np.array(given["t"]) - 1, given["x"]),
        fixed=["x"],
        duration="steps",
        prior=HazardPrior(
            intercept_sd=given["sd_a"],
            fixed_sd=given["sd_b"],
            varying_sd=given["sd_f_scale"],
            sum_to_zero=False,
        ),
        sampling=Sampling(draws=50, tune=50, chains=2),
    )
    # Each destination has a mean of its own there.
    held = fit.problem.prior
    means = PriorArrays(
        b0_mean=given["mu_a"], b0_sd=held.b0_sd, beta_mean=held.beta_mean, beta_sd=held.beta_sd,
        sd_scale=held.sd_scale,
    )  # fmt: skip
    problem = replace(fit.problem, prior=means)
    fit = replace(
        fit, problem=problem, sampling=LONG, sampled=sample(problem, LONG), diagnostics=None
    )
    return case, fit


def answers(fit):
    """All that the reference names, by its names."""
    draws = fit.sampled.draws
    found = {}
    for j in range(2):
        found[f"alpha[{j + 1}]"] = flat(draws["b0"])[:, j]
        found[f"beta[{j + 1}]"] = flat(draws["beta"])[:, 0, j]
        found[f"sd_f[{j + 1}]"] = flat(draws["sd"])[:, 0, j]
    for group in (0, 1):
        retained, ends = fit.curves(profile={"x": group})
        found[f"R[{group + 1}]"] = retained[:, -1]
        for j in range(2):
            found[f"CIF[{group + 1},{j + 1}]"] = ends[:, -1, j]
    return found | {"dR": found["R[2]"] - found["R[1]"]}


def test_competing_hazards_agree_with_jags(competing):
    case, fit = competing
    found = answers(fit)
    assert set(found) == set(case["values"])
    for name, want in case["values"].items():
        drawn = found[name]
        own, _ = errors(drawn)
        allowed = 4 * np.hypot(own, want["mcse_mean"])
        assert abs(drawn.mean() - want["mean"]) < allowed, name
        assert drawn.std() == pytest.approx(want["sd"], rel=0.05), name
        # A tail holds few effective draws: both runs see it with the error of theirs.
        ess = summary(draws=drawn.reshape(LONG.chains, LONG.draws, 1)).ess_tail[0]
        for tail, end in ((0.025, "q2.5"), (0.975, "q97.5")):
            error = np.sqrt(0.025 * 0.975 * (1 / ess + 1 / want["ess"]))
            assert np.mean(drawn < want[end]) == pytest.approx(tail, abs=4 * error), (name, end)


def test_the_public_tables_say_the_same(competing):
    case, fit = competing
    want = case["values"]
    contrast = fit.contrast("x", 1, 0)
    assert contrast["mean"][0] == pytest.approx(
        want["dR"]["mean"], abs=4 * np.hypot(contrast["mcse"][0], want["dR"]["mcse_mean"])
    )
    last = fit.incidence(case["inputs"]["T"], profile={"x": 1}).tail(2)
    for name, (_, row) in zip(("CIF[2,1]", "CIF[2,2]"), last.iterrows(), strict=True):
        allowed = 4 * np.hypot(row["mcse"], want[name]["mcse_mean"])
        assert row["mean"] == pytest.approx(want[name]["mean"], abs=allowed)
    assert fit.glance()["max_rhat"][0] < 1.01


def split(events, exposure):
    """The same events and people in three cells, so that all cases have one structure.

    The hazard is the same in all three, so that the posterior is that of their sum.
    """
    thirds = np.diff(np.floor(np.linspace(0, exposure, 4)))
    return [(int(thirds[0]) - events, events), *[(int(n), 0) for n in thirds[1:]]]


def agree(drawn, values, name):
    """Mean and standard deviation within 4 Monte Carlo errors and the tolerance."""
    own_mean, own_sd = errors(drawn)
    for word, found, own in (("mean", drawn.mean(), own_mean), ("sd", drawn.std(), own_sd)):
        key = {"dR mean": "E(R(1)-R(0))", "dR sd": "sd(R(1)-R(0))"}.get(f"{name} {word}")
        want = values.get(key or f"{name}_{word}")
        if want is not None:
            assert abs(found - want["value"]) < 4 * own + want["tol"], (name, word)


@pytest.mark.parametrize("name", ["haz_logit", "haz_cloglog", "haz_cloglog_zero"])
def test_a_hazard_of_two_groups_agrees_with_quadrature(name):
    given = EXACT[name]["inputs"]
    counts = [(n - d, d) for d, n in zip(given["events"], given["exposure"], strict=True)]
    x = given["x"]
    if len(counts) == 2:
        counts = [*split(given["events"][0], given["exposure"][0]),
                  *split(given["events"][1], given["exposure"][1])]  # fmt: skip
        x = [0] * 3 + [1] * 3
    fit = bayes_hazard_model(
        cells_of(counts, [0, 1, 2] * 2, x),
        fixed=["x"],
        link="cloglog" if given["link"] == "cloglog" else "softmax",
        duration="constant",
        prior=HazardPrior(
            intercept_mean=given["mu_a"], intercept_sd=given["sd_a"], fixed_sd=given["sd_b"]
        ),
        sampling=LONG,
    )
    values = EXACT[name]["values"]
    agree(flat(fit.sampled.draws["b0"])[:, 0], values, "a")
    agree(flat(fit.sampled.draws["beta"])[:, 0, 0], values, "b")
    five = {}
    for group in (0, 1):
        prob, _ = fit.at({"x": [group], "duration": [0.0]})
        five[group] = prob[:, 0, 0] ** 5
        agree(five[group], values, f"R(x={group})")
    agree(five[1] - five[0], values, "dR")


@pytest.mark.parametrize("name", ["cr_two", "cr_two_zero"])
def test_two_constant_hazards_agree_with_quadrature(name):
    given = EXACT[name]["inputs"]
    counts = list(zip(given["stay"], given["A"], given["B"], strict=True))
    if len(counts) == 2:
        stay, a, b = counts[1]
        counts[1:] = [(stay - 7, a, b), (7, 0, 0)]
    fit = bayes_hazard_model(
        cells_of(counts, [0, 1, 2], [0] * 3),
        duration="constant",
        prior=HazardPrior(intercept_mean=given["mu"][0] + np.log(2), intercept_sd=given["sd"]),
        sampling=LONG,
    )
    values = EXACT[name]["values"]
    hazards = fit.hazards[:, 0]
    years = np.cumprod(np.repeat(fit.prob[:, [0], 0], 5, axis=1), axis=1)
    before = np.column_stack([np.ones(len(years)), years[:, :-1]])
    agree(years[:, -1], values, "retention")
    for j, place in enumerate("AB"):
        agree(hazards[:, j], values, f"h{place}")
        agree((before * hazards[:, [j]]).sum(axis=1), values, f"CIF_{place}")
