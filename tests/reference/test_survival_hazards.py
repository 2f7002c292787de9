"""Hazard regressions against R's glm, brglm2, and hand-made sandwiches and delta methods.

`hazard_make.R` made the values beside this file. R's default stopping rule (epsilon 1e-8)
leaves estimates off in the sixth digit and standard errors in the fourth, since these come from
the weights of the step before: that script uses 1e-14. The cases of the research folder were
made with the default, and are held to what it can give.
"""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from talentstats.summaries.cells import RiskCells
from talentstats.summaries.spells import Spells
from talentstats.survival.hazard_model import hazard_model

HERE = Path(__file__).parent
R = json.loads((HERE / "hazard_reference.json").read_text(encoding="utf-8"))
D = {name: np.array(values) for name, values in R["data"].items()}
RESEARCH = HERE.parents[2] / "shared" / "research"
research = pytest.mark.skipif(
    not (RESEARCH / "survival_reference.json").exists(),
    reason="needs ../shared/research/survival_reference.json beside the checkout",
)
COVARIATES = ("sector", "stage", "x")


def close(expected, rel=1e-7):
    return pytest.approx(np.array(expected, dtype=float), rel=rel, abs=1e-10)


def yearly(names=COVARIATES, **columns):
    spells = Spells.from_arrays(
        entry=D["entry"],
        exit=D["exit"],
        event=D["to"],
        covariates={name: D[name] for name in (*names, "arrival")},
        **columns,
    )
    return RiskCells.from_spells(
        spells,
        period=[2015],
        origin="arrival",
        covariates=names,
        by_cluster="cluster" in columns,
    )


def exact(names=COVARIATES, **columns):
    spells = Spells.from_arrays(
        entry=D["entry"],
        exit=D["exact"],
        event=D["to"],
        covariates={name: D[name] for name in names},
        **columns,
    )
    return RiskCells.from_spells(spells, by_cluster="cluster" in columns)


def errors_of(fit):
    return np.sqrt(np.diag(fit.covariance))


def as_r(fit, name, rel=1e-7):
    want = R[name]
    assert fit.coefficients == close(want["coef"], rel)
    assert errors_of(fit) == close(want["se"], rel)
    if "loglik" in want:
        assert fit.glance()["log_likelihood"][0] == pytest.approx(want["loglik"][0], rel=1e-10)


@pytest.mark.parametrize("link", ["cloglog", "logit", "log"])
def test_maximum_likelihood(link):
    cells = exact() if link == "log" else yearly()
    as_r(hazard_model(cells, "~ sector + stage + x", link=link, penalty="none"), link)


def test_periods_that_change_within_a_stay():
    fit = hazard_model(yearly(), "~ sector * period + stage", penalty="none")
    want = R["cloglog_period"]
    # R: industry, training, late, stage, and the two products; ours: products come last too.
    # R puts `late` before `stage`.
    later = "period: after 2015"
    names = ["sector: industry", "sector: training", later, "stage"]
    names += [f"sector: {name} x {later}" for name in ("industry", "training")]
    places = [*range(7), *(fit.names.index(name) for name in names)]
    assert fit.coefficients[places] == close(want["coef"])
    assert errors_of(fit)[places] == close(want["se"])


@pytest.mark.parametrize("duration", ["linear", "quadratic"])
def test_polynomials_of_duration(duration):
    as_r(hazard_model(yearly(), "~ sector + stage", duration=duration, penalty="none"), duration)


def test_hazard_ratios_that_change_with_duration():
    fit = hazard_model(yearly(), "~ stage * duration", penalty="none")
    assert fit.names[-2:] == ("stage", "stage x duration")
    as_r(fit, "duration_interaction")


def test_natural_spline_of_duration():
    fit = hazard_model(yearly(), "~ sector + stage", duration="spline", penalty="none")
    want = R["spline"]
    assert fit.design.basis.knots == close(want["knots"])
    assert fit.coefficients[-3:] == close(want["coef"])
    assert errors_of(fit)[-3:] == close(want["se"])
    assert fit.fit.log_likelihood == pytest.approx(want["loglik"][0], rel=1e-10)


def test_cause_by_cause_and_all_at_once():
    fit = hazard_model(yearly(), "~ sector + stage", destinations="cause-specific", penalty="none")
    for i, name in enumerate(("cause_a", "cause_b")):
        own = slice(10 * i, 10 * (i + 1))
        assert fit.coefficients[own] == close(R[name]["coef"])
        assert errors_of(fit)[own] == close(R[name]["se"])
    as_r(
        hazard_model(
            yearly(),
            "~ sector + stage",
            link="logit",
            destinations="multinomial",
            penalty="none",
        ),
        "multinomial",
    )


def test_sandwiches():
    formula = "~ sector + stage + x"
    cells = yearly(cluster=D["cluster"])
    robust = hazard_model(cells, formula, errors="robust", penalty="none")
    assert errors_of(robust) == close(R["robust"]["se"])
    clustered = hazard_model(cells, formula, errors="cluster", penalty="none")
    assert errors_of(clustered) == close(R["cluster"]["se"])
    assert clustered.glance()["clusters"][0] == 50
    rates = hazard_model(
        exact(cluster=D["cluster"]), formula, link="log", errors="cluster", penalty="none"
    )
    assert errors_of(rates) == close(R["log_cluster"]["se"])


def test_sampling_weights():
    cells = yearly(weight=D["weight"], cluster=D["cluster"])
    for errors in ("robust", "cluster"):
        fit = hazard_model(cells, "~ sector + stage + x", errors=errors)
        assert fit.coefficients == close(R["weighted"]["coef"])
        assert errors_of(fit) == close(R["weighted"][f"se_{errors}"])
        assert np.isnan(fit.glance()["aic"][0])


def test_overdispersed_aggregates():
    table = pd.DataFrame(R["aggregates"])
    cells = RiskCells.from_frame(table, events="left", exposure="time")
    fit = hazard_model(cells, "~ sector + stage", link="log", errors="overdispersed")
    as_r(fit, "overdispersed")
    assert fit.glance()["dispersion"][0] == pytest.approx(R["overdispersed"]["dispersion"][0])
    assert fit.tidy()["p_value"].to_numpy() == close(R["overdispersed"]["p"], 1e-6)
    people = yearly(("sector", "stage")).collapse(["sector", "stage", "duration"])
    own = hazard_model(people, "~ sector + stage", duration="constant", errors="overdispersed")
    as_r(own, "overdispersed_binomial")


def test_jeffreys_penalty_under_separation():
    few = {name: np.array(values) for name, values in R["few"].items()}
    start = np.minimum(few["entry"], 3)
    spells = Spells.from_arrays(
        entry=start,
        exit=start + 1,
        event=few["left"],
        covariates={name: few[name] for name in ("trained", "stage")},
    )
    cells = RiskCells.from_spells(spells)
    fit = hazard_model(cells, "~ trained + stage")
    assert fit.infinite == ("trained",)
    as_r(fit, "firth", rel=1e-6)


def test_predictions_by_the_delta_method():
    fit = hazard_model(yearly(), "~ sector + stage + x", penalty="none")
    industry, academia = (
        {"sector": "industry", "stage": 0, "x": 0.5},
        {"sector": "academia", "stage": 1, "x": -1},
    )
    one = fit.predict(industry, horizon=6)
    late = fit.predict(academia, horizon=6, entry=2)
    found = [(one, 2), (one, 5), (late, 3)]
    assert [p.estimate[0, j, 0] for p, j in found] == close(R["predict"]["retention"])
    assert [p.std_error[0, j, 0] for p, j in found] == close(R["predict"]["se"], 1e-6)


@pytest.mark.parametrize(
    ("kind", "case", "horizon"), [("log", "incidence", 5), ("cloglog", "incidence_yearly", 4)]
)
def test_incidences_of_two_destinations(kind, case, horizon):
    formula = "~ sector" if kind == "log" else "~ sector + stage"
    cells = exact() if kind == "log" else yearly()
    fit = hazard_model(cells, formula, link=kind, destinations="cause-specific", penalty="none")
    profile = {"sector": "industry"} | ({} if kind == "log" else {"stage": 0})
    made = fit.predict(profile, horizon=horizon)
    assert made.estimate[0, -1] == close(R[case]["value"])
    assert made.std_error[0, -1] == close(R[case]["se"], 1e-6)


def test_standardised_contrast():
    fit = hazard_model(yearly(), "~ sector + stage + x", penalty="none")
    frame = fit.contrast({"sector": ("industry", "academia")}, horizon=6).tidy()
    everybody = pd.DataFrame({"stage": D["stage"], "x": D["x"]})
    given = fit.contrast({"sector": ("industry", "academia")}, horizon=6, population=everybody)
    pd.testing.assert_frame_equal(frame, given.tidy(), rtol=1e-9)
    want = R["contrast"]
    assert frame["term"].tolist() == ["retention", "retention", "difference", "ratio"]
    assert frame["estimate"].to_numpy() == close(want["value"][:4])
    assert frame["std_error"].to_numpy() == close(want["se"][:4], 1e-6)
    assert frame["statistic"][2] == pytest.approx(want["value"][2] / want["se"][2], rel=1e-6)


def rows_of(name):
    with (RESEARCH / "survival_data" / name).open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return {key: np.array([float(row[key]) for row in rows]) for key in rows[0]}


def case(name):
    return json.loads((RESEARCH / "survival_reference.json").read_text(encoding="utf-8"))["cases"][
        name
    ]["values"]


@research
@pytest.mark.parametrize("link", ["cloglog", "logit"])
def test_discrete_returns(link):
    data = rows_of("returns10of100.csv")
    spells = Spells.from_arrays(
        exit=data["t"], event=data["e"].astype(int), covariates={"stage": data["stage"]}
    )
    fit = hazard_model(RiskCells.from_spells(spells), "~ stage", link=link, penalty="none")
    want = case("discrete_returns")[link]
    # The deviance is at its minimum to all digits; what R stopped short of is in the others.
    assert -2 * fit.fit.log_likelihood == pytest.approx(want["deviance"], rel=1e-11)
    assert fit.coefficients == close(want["coef"], 4e-6)
    assert errors_of(fit) == close(want["se"], 3e-4)


@research
def test_grid_ic_equals_cloglog():
    data = rows_of("grid_ic.csv")
    spells = Spells.from_arrays(
        lower=data["L"], upper=data["R"], covariates={"x": data["x"], "z": data["z"]}
    )
    fit = hazard_model(RiskCells.from_spells(spells), "~ x + z", penalty="none")
    want = case("grid_ic_equals_cloglog")
    assert fit.fit.log_likelihood == pytest.approx(want["icsp_llk"], rel=1e-10)
    assert fit.coefficients == close(want["cloglog"]["coef"], 1e-6)
    assert errors_of(fit) == close(want["cloglog"]["se"], 1e-4)
    assert fit.coefficients[-2:] == close(want["icsp_coef"], 1e-6)


@research
def test_annual_competing_with_delayed_entry():
    data = rows_of("lt_annual_cr.csv")
    spells = Spells.from_arrays(
        entry=data["entry"],
        exit=data["t"],
        event=data["ev"].astype(int),
        covariates={"x": data["x"], "g": data["g"]},
    )
    fit = hazard_model(
        RiskCells.from_spells(spells), "~ x + g", destinations="cause-specific", penalty="none"
    )
    want = case("lt_annual_competing")["discrete_cloglog_cause1"]
    assert fit.coefficients[:13] == close(want["coef"], 1e-6)
    assert errors_of(fit)[:13] == close(want["se"], 1e-4)
