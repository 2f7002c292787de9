"""Every one-sample case of the reference file, against the kernels.

Values are mpmath at 60 digits, agreed with R; `proportions_make.py` and `.R` made them.
"""

import json
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from talentstats.stats import (
    bayes_binomial,
    binomial_tests,
    equivalence,
    intervals,
    intervals_search,
    power,
)
from talentstats.stats.coverage import exact_coverage

HERE = Path(__file__).parent
CASES = json.loads((HERE / "proportions_reference.json").read_text(encoding="utf-8"))["cases"]
FAMILIES = {
    "interval": 176,
    "test": 66,
    "power": 17,
    "sample-size": 6,
    "equivalence": 6,
    "bayes": 14,
    "coverage": 17,
}
# Plain arcsine is in the file to show how badly it covers; the package does not offer it.
EXCLUDED = {("interval", "arcsine-plain"): 3}

SIDED = {
    "wilson": intervals.wilson,
    "wilson-cc": intervals.wilson_cc,
    "clopper-pearson": intervals.clopper_pearson,
    "jeffreys": intervals.jeffreys,
    "beta": intervals.beta_interval,
    "agresti-coull": intervals.agresti_coull,
    "arcsine": intervals.arcsine,
    "wald": intervals.wald,
    "mid-p": intervals_search.mid_p,
    "likelihood": intervals_search.likelihood,
}
TESTS = {
    "exact-central": binomial_tests.exact_central,
    "exact-minlike": binomial_tests.exact_minlike,
    "mid-p": binomial_tests.mid_p_test,
    "score": binomial_tests.score_test,
    "likelihood-ratio": binomial_tests.likelihood_ratio_test,
}


def limits(method, *, level, side="two-sided", **inputs):
    if method == "blaker":
        assert side == "two-sided"
        return intervals_search.blaker(**inputs, level=level)
    return SIDED[method](**inputs, level=level, side=side)


def interval(case):
    found = limits(case["method"], **case["inputs"], level=case["level"], side=case["side"])
    return {"lower": found.lower, "upper": found.upper}


def p_values(case):
    found = TESTS[case["method"]](**case["inputs"])
    return {
        "two-sided": found.two_sided,
        "less": found.less,
        "greater": found.greater,
        "z": found.z,
    }


def exact_power(case):
    inputs = dict(case["inputs"])
    level, test = 1 - inputs.pop("alpha"), case["method"].removeprefix("exact-")
    found = power.power(**inputs, level=level, test=test, alternative=case["alternative"])
    return {"power": found}


def sample_size(case):
    inputs = dict(case["inputs"])
    level, test = 1 - inputs.pop("alpha"), case["method"].removeprefix("exact-")
    found = power.sample_size(
        **inputs, level=level, test=test, alternative=case["alternative"], limit=10_000
    )
    return {name: getattr(found, name) for name in case["value"]}


def equivalent(case):
    found = equivalence.exact_equivalence(**case["inputs"])
    return {"p_low": found.p_low, "p_high": found.p_high, "p": found.p}


def bayes(case):
    inputs = case["inputs"]
    if case["method"] == "bayes-factor":
        log_bf = bayes_binomial.log_bayes_factor(**inputs)
        return {"log_bf10": log_bf, "bf10": np.exp(log_bf)}
    prior = {name: inputs[name] for name in ("k", "n", "a", "b")}
    return {
        "p_below": bayes_binomial.prob_below(**inputs),
        "p_above": bayes_binomial.prob_above(**inputs),
        "posterior_mean": bayes_binomial.posterior_mean(**prior),
    }


def covered(case):
    n, rate = case["inputs"]["n"], case["inputs"]["rate"]
    found = limits(case["method"], k=np.arange(n + 1), n=n, level=case["level"])
    return {"coverage": exact_coverage(lower=found.lower, upper=found.upper, rate=[rate])[0]}


RUN = {
    "interval": interval,
    "test": p_values,
    "power": exact_power,
    "sample-size": sample_size,
    "equivalence": equivalent,
    "bayes": bayes,
    "coverage": covered,
}
SELECTED = [
    case
    for case in CASES
    if case["family"] in FAMILIES and (case["family"], case["method"]) not in EXCLUDED
]


@pytest.mark.parametrize("case", SELECTED, ids=lambda case: case["id"])
def test_agrees_with_the_reference(case):
    found = RUN[case["family"]](case)
    for name, expected in case["value"].items():
        tolerance = 1e-8 if abs(expected) <= 1e-5 else 1e-10
        assert math.isclose(float(found[name]), expected, rel_tol=tolerance, abs_tol=0), name
    for name, shown in case.get("printed", {}).items():
        assert abs(float(found[name]) - shown) <= 0.5000001 * 10.0 ** -case["decimals"], name


def test_no_case_is_left_out():
    present = Counter(case["family"] for case in CASES if case["family"] in FAMILIES)
    assert present == FAMILIES
    excluded = Counter(
        (case["family"], case["method"])
        for case in CASES
        if (case["family"], case["method"]) in EXCLUDED
    )
    assert excluded == EXCLUDED
    assert len(SELECTED) == sum(FAMILIES.values()) - sum(EXCLUDED.values())
    assert len({case["id"] for case in SELECTED}) == len(SELECTED)
