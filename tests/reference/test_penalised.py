"""Jeffreys' and ordinary likelihood against R's glm, brglm2 and logistf (`penalised_make.R`)."""

import json
from pathlib import Path

import numpy as np
import pytest

from talentstats.stats.grouped_fit import fit_binomial, fit_poisson
from talentstats.stats.multinomial_fit import fit_multinomial
from talentstats.stats.profile_limits import profile_limits

R = json.loads((Path(__file__).parent / "penalised_reference.json").read_text(encoding="utf-8"))
D = {name: np.array(values) for name, values in R["data"].items()}
ONE = np.ones(D["year"].size)
X = np.column_stack([ONE, D["year"], D["sector"] == 1, D["sector"] == 2, D["age"]]).astype(float)
NEAR_ZERO = X - np.array([0, 2013, 0, 0, 32])
SINCE_2010 = X - np.array([0, 2010, 0, 0, 0])
CLOSE = {"rel": 1e-6, "abs": 1e-12}


def check(fit, case):
    assert fit.converged
    assert fit.coefficients == pytest.approx(np.array(R[case]["coef"]), **CLOSE)
    errors = np.sqrt(np.diag(fit.covariance))
    assert errors == pytest.approx(np.array(R[case]["se"]), **CLOSE)


@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_binomial(link):
    base = {"design": X, "trials": D["trials"], "link": link}
    plain = base | {"events": D["some"]}
    check(fit_binomial(**base, events=D["events"], penalised=True), f"{link}_jeffreys")
    check(fit_binomial(**plain, penalised=True), f"{link}_jeffreys_plain")
    check(fit_binomial(**plain), f"{link}_ml")
    check(fit_binomial(**plain, offset=D["offset"]), f"{link}_ml_offset")


def test_binomial_with_offset_and_penalty():
    fit = fit_binomial(
        design=X,
        events=D["events"],
        trials=D["trials"],
        link="logit",
        offset=D["offset"],
        penalised=True,
    )
    check(fit, "logit_jeffreys_offset")


def test_for_the_cloglog_it_is_not_the_bias_reduction():
    gap = np.array(R["cloglog_mean"]["coef"]) - np.array(R["cloglog_jeffreys"]["coef"])
    assert np.all(np.abs(gap) > 1e-3)
    assert np.all(np.abs(gap) < 0.1 * np.array(R["cloglog_mean"]["se"]))


def test_poisson():
    exposure = D["exposure"]
    firth = fit_poisson(design=X, events=D["events"], exposure=exposure, penalised=True)
    check(firth, "poisson_jeffreys")
    check(fit_poisson(design=X, events=D["some"], exposure=exposure), "poisson_ml")
    offset = np.log(exposure)
    check(fit_poisson(design=X, events=D["some"], exposure=ONE, offset=offset), "poisson_ml")


def test_multinomial():
    counts = np.column_stack([D["trials"], D["some"], D["away"]])
    firth = fit_multinomial(design=SINCE_2010, counts=counts, penalised=True)
    check(firth, "multinomial_as_mean")
    check(fit_multinomial(design=SINCE_2010[:, [0, 1, 4]], counts=counts), "multinomial_ml")


def test_limits_and_tests_are_those_of_logistf():
    data = {
        "design": NEAR_ZERO,
        "events": D["events"],
        "trials": D["trials"],
        "link": "logit",
        "penalised": True,
    }
    fit = fit_binomial(**data)

    def refit(fixed, start):
        again = fit_binomial(**data, fixed=fixed, start=start)
        assert again.converged
        return again.penalised_log_likelihood, again.coefficients

    limits = profile_limits(
        refit,
        coefficients=fit.coefficients,
        covariance=fit.covariance,
        maximum=fit.penalised_log_likelihood,
        level=0.95,
    )
    want = R["logistf"]
    assert fit.coefficients == pytest.approx(np.array(want["coef"]), **CLOSE)
    assert limits.lower == pytest.approx(np.array(want["lower"]), **CLOSE)
    assert limits.upper == pytest.approx(np.array(want["upper"]), **CLOSE)
    assert limits.p_value == pytest.approx(np.array(want["p"]), **CLOSE)
