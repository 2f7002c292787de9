"""Every multinomial, Dirichlet and p-adjustment case of the reference file.

Values are mpmath at 60 digits or exact rationals, agreed with R; `proportions_make.py`
and `.R` made them.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from talentstats.stats import dirichlet, multinomial, multiplicity

FAMILIES = ("multinomial-interval", "multinomial-test", "dirichlet", "adjust")
CASES: list[dict[str, Any]] = [
    case
    for case in json.loads(
        (Path(__file__).parent / "proportions_reference.json").read_text(encoding="utf-8")
    )["cases"]
    if case["family"] in FAMILIES
]
INTERVAL = {
    "goodman": multinomial.goodman,
    "quesenberry-hurst": multinomial.quesenberry_hurst,
    "sison-glaz": multinomial.sison_glaz,
    "bonferroni-clopper-pearson": multinomial.bonferroni_clopper_pearson,
}
SHARES_TEST = {
    "exact": multinomial.exact_test,
    "chi2": multinomial.score_test,
    "likelihood-ratio": multinomial.likelihood_ratio_test,
}
ADJUST = {"holm": multiplicity.holm, "benjamini-hochberg": multiplicity.benjamini_hochberg}


def answer(case: dict[str, Any]) -> dict[str, Any]:
    method, inputs = case["method"], case["inputs"]
    match case["family"]:
        case "multinomial-interval":
            limits = INTERVAL[method](counts=inputs["counts"], level=case["level"])
            return {"lower": limits.lower, "upper": limits.upper}
        case "multinomial-test":
            test = SHARES_TEST[method](**inputs)
            if method == "exact":
                return {"p": test.p_value}
            return {"statistic": test.statistic, "df": test.degrees, "p": test.p_value}
        case "adjust":
            return {"p": ADJUST[method](inputs["p"])}
    if method == "marginals":
        posterior = dirichlet.marginals(**inputs, level=case["level"])
        return {"mean": posterior.mean, "lower": posterior.lower, "upper": posterior.upper}
    i, j = inputs["pair"]
    counts, prior = inputs["counts"], inputs["prior"]
    p = dirichlet.prob_exceeds(
        count=counts[i], other=counts[j], prior=prior[i], other_prior=prior[j]
    )
    return {"p": p}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(case: dict[str, Any]) -> None:
    got = answer(case)
    assert set(got) == set(case["value"])
    for name, wanted in case["value"].items():
        expected = np.asarray(wanted, dtype=np.float64)
        tolerance = np.where(np.abs(expected) > 1e-5, 1e-10, 1e-8)
        np.testing.assert_array_less(
            np.abs(np.asarray(got[name]) - expected), tolerance * np.abs(expected) + 1e-14
        )


def test_every_case_is_run() -> None:
    assert Counter(case["family"] for case in CASES) == {
        "multinomial-interval": 20,
        "multinomial-test": 15,
        "dirichlet": 6,
        "adjust": 8,
    }
