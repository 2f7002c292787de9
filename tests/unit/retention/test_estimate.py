"""The stay rate and its intervals at the public door."""

import json
import math
import warnings
from pathlib import Path

import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.retention.design import cluster_design_effect
from talentstats.retention.estimate import retention
from talentstats.retention.intervals import INTERVAL_METHODS, WaldIntervalWarning
from talentstats.summaries.counts import RetentionCounts

REFERENCE = Path(__file__).parents[2] / "reference" / "proportions_reference.json"
CASES = [
    case
    for case in json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"]
    if case["family"] == "interval" and case["method"] in INTERVAL_METHODS
]
COUNTS = RetentionCounts(87, 100)


@pytest.mark.parametrize("method", INTERVAL_METHODS)
def test_every_method_gives_its_reference_values(method):
    cases = [case for case in CASES if case["method"] == method]
    assert len(cases) >= 3
    for case in cases:
        given = case["inputs"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", WaldIntervalWarning)
            found = retention(
                RetentionCounts(given["k"], given["n"]),
                method=method,
                level=case["level"],
                side=case["side"],
                prior=(given.get("a", 1), given.get("b", 1)),
            )
        expected = (case["value"]["lower"], case["value"]["upper"])
        assert (found.low, found.high) == pytest.approx(expected, rel=1e-9, abs=1e-15)


def test_all_is_every_method_but_wald():
    found = retention(COUNTS, method="all")
    assert [i.method for i in found.intervals] == [m for m in INTERVAL_METHODS if m != "wald"]
    assert retention(COUNTS, method=["all"]).intervals[-1].method == "beta"
    one_sided = [i.method for i in retention(COUNTS, method="all", side="lower").intervals]
    assert "blaker" not in one_sided
    clustered = [i.method for i in retention(COUNTS, method="all", design_effect=1.5).intervals]
    assert set(one_sided) - set(clustered) == {"mid-p"}


def test_methods_come_in_the_order_asked_for():
    found = retention(COUNTS, method=["jeffreys", "wilson"])
    assert [i.method for i in found.intervals] == ["jeffreys", "wilson"]
    assert found.low == found.intervals[0].low
    assert found.provenance.method == "jeffreys, wilson"


def test_wald_warns_and_says_why():
    with pytest.warns(WaldIntervalWarning, match="too short"):
        found = retention(RetentionCounts(30, 30), method="wald")
    assert (found.low, found.high) == (1, 1)


def test_kinds_and_clipping_are_said():
    found = {i.method: i for i in retention(RetentionCounts(0, 10), method="all").intervals}
    assert {m for m, i in found.items() if i.kind == "credible"} == {"jeffreys", "beta"}
    assert {m for m, i in found.items() if i.clipped} == {"agresti-coull"}
    with pytest.warns(WaldIntervalWarning):
        assert retention(RetentionCounts(1, 10), method="wald").intervals[0].clipped
    assert not any(i.clipped for i in retention(COUNTS, method="all").intervals)


@pytest.mark.parametrize("k", [0, 1])
def test_one_person_has_every_interval(k):
    for interval in retention(RetentionCounts(k, 1), method="all").intervals:
        assert 0 <= interval.low <= interval.high <= 1
        assert interval.high - interval.low > 0.5


def test_standard_error_by_hand():
    # sqrt(.87 * .13 / 100) = .033630; twice the variance gives sqrt(2) of it.
    assert retention(COUNTS).std_error == pytest.approx(0.0336303434416, rel=1e-9)
    assert retention(COUNTS, design_effect=2).std_error == pytest.approx(0.0475604878023, rel=1e-9)


def test_a_design_effect_divides_the_counts():
    # Design effect 2 at 80 of 100 is 40 of 50: the same formula for whole counts.
    for method in ("wilson", "clopper-pearson", "jeffreys", "likelihood"):
        clustered = retention(RetentionCounts(80, 100), method=method, design_effect=2)
        fewer = retention(RetentionCounts(40, 50), method=method)
        assert (clustered.low, clustered.high) == pytest.approx((fewer.low, fewer.high), rel=1e-12)


def test_cluster_design_effect_by_hand():
    # Sizes 2, 2, 4: 24/8 - 1 = 2, times the correlation.
    assert cluster_design_effect([2, 2, 4], icc=0.1) == pytest.approx(1.2)
    assert cluster_design_effect([1, 1, 1], icc=0.9) == 1
    assert cluster_design_effect([5], icc=1) == 5


@pytest.mark.parametrize(
    ("sizes", "icc", "message"),
    [
        ([], 0.1, "no cluster sizes given"),
        ([0, 2], 0.1, "cluster size=0 is too small"),
        ([1.5], 0.1, r"cluster size=1\.5 is a fraction"),
        ([2], 1.1, r"icc=1\.1 is not allowed; allowed is a number in \[0, 1\]"),
        ([2], float("nan"), "icc=nan is not allowed"),
    ],
)
def test_bad_clusters(sizes, icc, message):
    with pytest.raises(InputError, match=message):
        cluster_design_effect(sizes, icc=icc)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level": 0}, r"level=0 is not allowed; allowed is a number in \(0, 1\)"),
        ({"level": 1}, "level=1 is not allowed"),
        ({"level": 95}, r"is this a percentage\? Then give 0\.95"),
        ({"level": "0.95"}, r"level='0\.95' is not a number"),
        ({"side": "both"}, "Unknown side 'both'.*two-sided, lower, upper"),
        ({"method": "wilsen"}, "Unknown method 'wilsen'. Nearest: wilson"),
        ({"method": []}, "no method given; allowed: wilson"),
        ({"method": "blaker", "side": "lower"}, "'blaker' has no one-sided form.*clopper-pearson"),
        ({"method": "mid-p", "design_effect": 2}, "'mid-p' is defined for whole counts only"),
        ({"design_effect": 0.5}, r"design_effect=0\.5 is not allowed.*1 is no clustering"),
        ({"prior": (0, 1)}, "prior a=0 is not allowed"),
        ({"prior": (1, math.inf)}, "prior b=inf is not allowed"),
        ({"prior": 1}, "prior=1 is not a pair; give the Beta parameters"),
        ({"prior": (1, 2, 3)}, "is not a pair"),
        ({"prior": "ab"}, "prior a='a' is not a number"),
    ],
)
def test_bad_input(change, message):
    with pytest.raises(InputError, match=message):
        retention(COUNTS, **change)


def test_unknown_names_are_their_own_error():
    for change in ({"method": "wilsen"}, {"side": "both"}):
        with pytest.raises(UnknownNameError):
            retention(COUNTS, **change)


def test_sentences():
    assert retention(COUNTS).sentence == (
        "87 of 100 stayed: 87.0% (95% confidence interval, wilson: 79.0% to 92.2%)."
    )
    lower = retention(RetentionCounts(87, 100, 3), method="jeffreys", side="lower", level=0.9)
    assert "90% credible interval, jeffreys" in lower.sentence
    assert "% or more" in lower.sentence
    assert lower.sentence.endswith("The status of 3 more is unknown.")


def test_tidy_recomputes_for_its_level():
    found = retention(COUNTS, method=["wilson", "clopper-pearson"])
    wider = found.tidy(level=0.99)
    # tests/reference has the Wilson interval at 95%; at 99% scipy's is an outside witness.
    from scipy.stats import binomtest

    expected = binomtest(87, 100).proportion_ci(0.99, method="wilson")
    assert wider["conf_low"].iloc[0] == pytest.approx(expected.low, rel=1e-9)
    assert wider["conf_high"].iloc[0] == pytest.approx(expected.high, rel=1e-9)
    assert (wider["conf_level"] == 0.99).all()
    assert wider["interval"].tolist() == ["wilson", "clopper-pearson"]
    assert found.low == pytest.approx(0.7901964856, abs=1e-10)
