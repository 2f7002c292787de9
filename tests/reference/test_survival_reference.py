"""Comparison with a reference curve against R: survdiff with an offset, poisson.test, sums.

`reference_make.R` made the values beside this file.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from talentstats.stats.standardised import expected_ends
from talentstats.summaries.spells import Spells
from talentstats.survival.reference import compare_with_reference
from talentstats.survival.reference_curve import ReferenceCurve

R = json.loads((Path(__file__).parent / "reference_reference.json").read_text(encoding="utf-8"))
CURVE = ReferenceCurve.weibull(0.90, 5, 0.7)


def value(case, name):
    return R[case][name][0]


@pytest.fixture(scope="module")
def comparison():
    d = R["data"]
    spells = Spells.from_arrays(
        entry=d["entry"], exit=d["exit"], event=d["event"], count=d["count"], clock="years"
    )
    return compare_with_reference(spells, CURVE, horizon=2)


@pytest.mark.parametrize("case", ["honoured", "ignored"])
def test_exact_times_are_survdiff_with_an_offset_and_poisson_test(comparison, case):
    [row] = getattr(comparison, case)
    ends = row.ends
    assert ends.observed == value(case, "observed")
    assert ends.expected == pytest.approx(value(case, "expected"), rel=1e-12)
    assert float(ends.tests.z) ** 2 == pytest.approx(value(case, "chisq"), rel=1e-10)
    assert ends.p_normal == pytest.approx(value(case, "p"), rel=1e-10)
    assert float(ends.tests.less) == pytest.approx(value(case, "less"), rel=1e-10)
    assert float(ends.tests.greater) == pytest.approx(value(case, "greater"), rel=1e-10)
    frame = comparison.tidy()
    shown = frame[(frame.entry == case) & (frame.term == "observed over expected")].iloc[0]
    assert shown.estimate == pytest.approx(value(case, "ratio"), rel=1e-10)
    assert [shown.conf_low, shown.conf_high] == pytest.approx(R[case]["limits"], rel=1e-9)


def test_ends_between_looks_are_the_mean_hazard_by_quadrature():
    lower, upper = (np.array(R["between"][name]) for name in ("lower", "upper"))
    low, high = CURVE.cumulative_hazard(lower), CURVE.cumulative_hazard(upper)
    found = expected_ends(entry=np.zeros(5), lower=low, upper=high)
    assert found == pytest.approx(R["between"]["mean"], rel=1e-9)
    spells = Spells.from_arrays(lower=lower, upper=upper, clock="years")
    [row] = compare_with_reference(spells, CURVE, horizon=5).honoured
    assert row.watched.kind == "several looks"
    lost = sum(R["between"]["variance"])
    assert row.ends.expected - row.ends.variance == pytest.approx(lost, rel=1e-7)


def test_one_look_is_a_sum_of_chances():
    case = R["one_look"]
    entry, people = np.array(case["entry"]), np.array(case["people"])
    left = np.array([1, 2, 4, 1, 1])
    assert left.sum() == case["observed"][0]
    enters = np.tile(entry, 2)
    ended = np.repeat([True, False], 5)
    spells = Spells.from_arrays(
        entry=enters,
        lower=np.where(ended, enters, enters + 6),
        upper=np.where(ended, enters + 6, np.inf),
        count=np.concatenate([left, people - left]),
        clock="years since doctorate",
    )
    found = compare_with_reference(spells, CURVE, horizon=6)
    [row] = found.honoured
    assert found.kind == "one look"
    assert row.ends.expected == pytest.approx(value("one_look", "expected"), rel=1e-10)
    assert row.ends.variance == pytest.approx(value("one_look", "variance"), rel=1e-10)
    assert float(row.ends.tests.less) == pytest.approx(value("one_look", "less"), rel=1e-10)
    assert float(row.ends.tests.greater) == pytest.approx(value("one_look", "greater"), rel=1e-10)
    assert row.retention.rate == pytest.approx(value("one_look", "kept"), rel=1e-10)
    shown = found.tidy().iloc[0]
    assert shown.interval == "poisson-binomial"
    assert [shown.conf_low, shown.conf_high] == pytest.approx(case["ratio"], rel=1e-8)


def test_two_looks_at_one_cohort_are_binom_test():
    looks = Spells.from_arrays(lower=[0, 6], upper=[6, None], count=[13, 87])
    found = compare_with_reference(looks, ReferenceCurve.constant(0.90, 5))
    shown = found.tidy().set_index(["entry", "term"])
    ratio = shown.loc[("honoured", "observed over expected")]
    low, high = R["binomial"]["limits"]
    share = 1 - 0.9**1.2
    assert [ratio.conf_low, ratio.conf_high] == pytest.approx([low / share, high / share], rel=1e-8)
    retention = shown.loc[("honoured", "retention")]
    assert [retention.conf_low, retention.conf_high] == pytest.approx([1 - high, 1 - low])
    p = 2 * min(R["binomial"]["p"])
    assert ratio.p_value == pytest.approx(p, rel=1e-9)
    assert retention.p_value == pytest.approx(p, rel=1e-9)
