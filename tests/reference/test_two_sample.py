"""Every two-sample case of the reference file, against the kernels.

Values are mpmath at 60 digits, agreed with R; `proportions_make.py` and `.R` made them.
"""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from talentstats.stats import difference, ratio, two_sample_tests

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "proportions_reference.json").read_text(encoding="utf-8")
)["cases"]
INTERVALS = [case for case in CASES if case["family"] == "two-interval"]
TESTS = [case for case in CASES if case["family"] == "two-test"]

INTERVAL: dict[str, Callable[..., Any]] = {
    "newcombe": difference.newcombe,
    "miettinen-nurminen": difference.miettinen_nurminen,
    "mee": difference.mee,
    "agresti-caffo": difference.agresti_caffo,
    "wald": difference.wald_difference,
    "ratio-koopman": ratio.koopman,
    "ratio-miettinen-nurminen": ratio.ratio_miettinen_nurminen,
    "odds-score": ratio.odds_score,
    "odds-miettinen-nurminen": ratio.odds_miettinen_nurminen,
}


def close(got: Any, wanted: Any) -> None:
    """1e-10 relative, 1e-8 where the value is 1e-5 or less; zeros, ones, infinities exact."""
    value = float(wanted)
    if np.isnan(value):
        assert np.isnan(got)
    elif value in {0.0, 1.0, -1.0} or np.isinf(value):
        assert got == pytest.approx(value, rel=1e-14, abs=0)
    else:
        tolerance = 1e-10 if abs(value) > 1e-5 else 1e-8
        assert got == pytest.approx(value, rel=tolerance, abs=1e-14)


@pytest.mark.parametrize("case", INTERVALS, ids=lambda case: case["id"])
def test_interval(case: dict[str, Any]) -> None:
    arguments = case["inputs"] | {"level": case["level"], "side": case["side"]}
    if case["method"] == "odds-conditional-exact":
        odds = ratio.odds_conditional_exact(**arguments)
        limits = odds.limits
        close(odds.estimate, case["value"]["estimate"])
    else:
        limits = INTERVAL[case["method"]](**arguments)
    close(limits.lower, case["value"]["lower"])
    close(limits.upper, case["value"]["upper"])


def tails(method: str, inputs: dict[str, Any]) -> dict[str, float]:
    table = {name: inputs[name] for name in ("x1", "n1", "x2", "n2")}
    if method.startswith("noninferiority"):
        corrected = method.endswith("mn")
        null = -inputs["margin"]
        return {
            "z": float(
                difference.score_statistic(**table, difference=null, bias_corrected=corrected)
            ),
            "greater": float(
                difference.margin_test(
                    **table, margin=inputs["margin"], bias_corrected=corrected
                ).p_low
            ),
        }
    if method in {"score", "score-mn"}:
        test = two_sample_tests.score(**table, bias_corrected=method == "score-mn")
        extra = {"z": float(test.z)}
    elif method.startswith("barnard"):
        test = two_sample_tests.barnard(**table, pooled=method == "barnard-pooled")
        extra = {}
    elif method == "fisher":
        test = two_sample_tests.fisher(**table)
        extra = {}
    else:
        test = two_sample_tests.boschloo(**table)
        by_fisher = two_sample_tests.boschloo(**table, two_sided="fisher")
        extra = {"doubled": float(test.two_sided), "two-sided": float(by_fisher.two_sided)}
    named = {"less": test.less, "greater": test.greater, "two-sided": test.two_sided}
    return {name: float(p) for name, p in named.items()} | extra


@pytest.mark.parametrize("case", TESTS, ids=lambda case: case["id"])
def test_p_values(case: dict[str, Any]) -> None:
    got = tails(case["method"], case["inputs"])
    assert set(case["value"]) <= set(got)
    for name, wanted in case["value"].items():
        if name == "z" and abs(wanted) < 1e-50:
            # .85 - .90 + .05 is zero in decimals; doubles leave one rounding error.
            assert abs(got[name]) < 1e-14
        else:
            close(got[name], wanted)


def test_every_case_is_run() -> None:
    assert len(INTERVALS) == 90
    assert len(TESTS) == 47
    known = {*INTERVAL, "odds-conditional-exact"}
    assert {case["method"] for case in INTERVALS} == known
    assert Counter(case["method"] for case in TESTS) == {
        "score": 6,
        "score-mn": 6,
        "fisher": 8,
        "barnard-pooled": 7,
        "barnard-unpooled": 6,
        "boschloo": 6,
        "noninferiority-mn": 4,
        "noninferiority-fm": 4,
    }


@pytest.mark.parametrize(
    "case",
    [case for case in INTERVALS + TESTS if case["kind"] == "printed"],
    ids=lambda case: case["id"],
)
def test_printed_tables(case: dict[str, Any]) -> None:
    """Values as printed by Newcombe 1998, Koopman 1984 and others, at their decimals."""
    if case["family"] == "two-test":
        got = tails(case["method"], case["inputs"])
    else:
        arguments = case["inputs"] | {"level": case["level"], "side": case["side"]}
        if case["method"] == "odds-conditional-exact":
            limits = ratio.odds_conditional_exact(**arguments).limits
        else:
            limits = INTERVAL[case["method"]](**arguments)
        got = {"lower": float(limits.lower), "upper": float(limits.upper)}
    for name, wanted in case["printed"].items():
        assert got[name] == pytest.approx(wanted, abs=0.5001 * 10.0 ** -case["decimals"])
