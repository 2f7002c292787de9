"""Benchmarks with a sampling error of their own."""

import math
from dataclasses import replace

import pytest
from statsmodels.stats.proportion import test_proportions_2indep as two_proportions

from talentstats.errors import InputError
from talentstats.published.benchmark import benchmark
from talentstats.retention.compare import compare_with_benchmark
from talentstats.retention.uncertain import (
    SecondSample,
    StandardError,
    approximate_comparisons,
    judge_of,
    uncertain_comparison,
    uncertainty_of,
)
from talentstats.retention.verdict import exact_judge
from talentstats.summaries.counts import RetentionCounts


def compared(k, n, rate, uncertainty, level=0.95):
    return uncertain_comparison(RetentionCounts(k, n), rate, uncertainty, level=level, margin=0.05)


def test_people_counted_are_a_second_sample():
    # tests/reference: miettinen-nurminen and score-mn of 87/100 against 90/100.
    found = compared(87, 100, 0.9, SecondSample(n=100))
    assert found.low == pytest.approx(-0.12301326716740586, rel=1e-9)
    assert found.high == pytest.approx(0.061417568084423314, rel=1e-9)
    assert found.p_value == pytest.approx(0.5071509111093745, rel=1e-9)
    assert found.difference == pytest.approx(-0.03)
    assert found.benchmark_std_error == pytest.approx(0.03)  # sqrt(.9 * .1 / 100)
    assert found.basis == "100 people counted"
    assert not found.is_approximation


@pytest.mark.parametrize(("k", "n", "x2", "n2"), [(56, 70, 48, 80), (87, 100, 1620, 2000)])
def test_the_second_sample_agrees_with_statsmodels_at_no_difference(k, n, x2, n2):
    expected = two_proportions(k, n, x2, n2, method="score", compare="diff", correction=True)
    found = compared(k, n, x2 / n2, SecondSample(n=n2))
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9)


def test_a_huge_second_sample_is_a_constant():
    constant = compare_with_benchmark(RetentionCounts(87, 100), 0.9)
    found = compared(87, 100, 0.9, SecondSample(n=10**8))
    assert found.p_value == pytest.approx(constant.tests.score.two_sided, rel=2e-2)


def test_a_standard_error_is_squared_and_added():
    # Arms of 87/100: Wilson ends .7901964856 and .9224283257 (tests/reference), z = 1.959964.
    found = compared(87, 100, 0.9, StandardError(value=0.01, basis="as given"))
    reach = 1.959963984540054 * 0.01
    assert found.low == pytest.approx(-0.03 - math.hypot(0.87 - 0.7901964856, reach), abs=1e-9)
    assert found.high == pytest.approx(-0.03 + math.hypot(0.9224283257 - 0.87, reach), abs=1e-9)
    assert found.benchmark_std_error == 0.01


def test_where_the_error_comes_from():
    assert uncertainty_of(benchmark(0.9)) is None
    assert uncertainty_of(benchmark(0.9, n=412)) == SecondSample(n=412)
    given = uncertainty_of(benchmark(0.9, std_error=0.02))
    assert given == StandardError(value=0.02, basis="standard error as given")


def test_an_aligned_benchmark_carries_a_binomial_error():
    # sqrt(.9 * .1 / 400) = .015 at 5 years; the derivative of r^(6/5) there is 1.2 * .9^.2.
    found = uncertainty_of(benchmark(0.9, horizon=5, n=400).at_horizon(6))
    assert found.value == pytest.approx(0.015 * 1.2 * 0.9**0.2, rel=1e-9)
    assert found.basis == "binomial standard error of 400 people, carried to the new horizon"


def test_a_derived_error_is_a_sensitivity_and_never_decides():
    figure = replace(benchmark(0.9), std_error=0.02, se_status="approximation")
    assert uncertainty_of(figure) is None
    counts = RetentionCounts(87, 100)
    rows = approximate_comparisons(counts, figure, level=0.95, margin=0.05)
    assert [r.benchmark_std_error for r in rows] == pytest.approx([0.02, 0.02 * 1.5**0.5])
    assert [r.basis.rsplit(", ", 1)[1] for r in rows] == ["design effect 1", "design effect 1.5"]
    assert all(r.is_approximation for r in rows)
    assert rows[0].p_value < rows[1].p_value
    found = compare_with_benchmark(counts, figure)
    assert found.uncertain is None
    assert found.benchmark_is_constant
    assert len(found.sensitivity) == 2
    assert found.verdict == compare_with_benchmark(counts, 0.9).verdict
    assert approximate_comparisons(counts, benchmark(0.9), level=0.95, margin=0.05) == ()


def test_the_judge_is_exact_only_for_a_constant():
    assert judge_of(None) is exact_judge
    assert judge_of(SecondSample(n=9)) is not exact_judge


def test_an_uncertain_benchmark_can_turn_the_verdict():
    # 82 of 100 is below a 90% known exactly (p = .0206 by doubling), not below 45 of 50.
    constant = compare_with_benchmark(RetentionCounts(82, 100), 0.9)
    sampled = compare_with_benchmark(RetentionCounts(82, 100), benchmark(0.9, n=50))
    assert constant.verdict == "below"
    assert sampled.verdict == "cannot tell"
    assert sampled.provenance.method.startswith("two-sample score test")
    assert not sampled.benchmark_is_constant
    assert "with its own sampling error: 50 people counted" in sampled.sentence


def test_the_difference_tested_is_the_difference_shown():
    # No count of 5 people is 90%. Either that is refused, or the test must see the ten points.
    counts = RetentionCounts(80, 100)
    try:
        found = compare_with_benchmark(counts, benchmark(0.9, n=5))
    except InputError:
        return
    assert found.difference == pytest.approx(-0.1)
    assert found.uncertain.p_value < 1


def test_interval_and_test_agree_at_their_level():
    for uncertainty in (SecondSample(n=120), StandardError(value=0.03, basis="x")):
        for k in (70, 78, 82, 90, 99, 100):
            found = compared(k, 100, 0.9, uncertainty)
            assert (found.low <= 0 <= found.high) == (found.p_value > 0.05)
