"""Power against enumeration in fractions, the reference values, and what cannot be seen."""

import math
from fractions import Fraction

import numpy as np
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.published.benchmark import benchmark
from talentstats.retention.power import retention_power


def enumerated(binomial, n, rate, true_rate, *, test="central", size=Fraction(1, 20)):
    """Add up the outcomes whose p-value is at most the size."""
    p_of = getattr(binomial, test)
    return float(
        sum(binomial.pmf(k, n, true_rate) for k in range(n + 1) if p_of(k, n, rate) <= size)
    )


def test_the_headline():
    found = retention_power(100, 0.9, alternative=0.87, observed=0.87)
    assert found.value == pytest.approx(0.15151154878560452, rel=1e-9)
    assert (found.required.first_n, found.required.stays_n) == (877, 933)
    assert found.alternative_is_estimate
    assert "restates the p-value and is no evidence" in found.sentence
    assert retention_power(100, 0.9, alternative=0.85).value == pytest.approx(
        0.3279625743009199, rel=1e-9
    )
    other = retention_power(100, 0.9, alternative=0.87, test="minlike")
    assert (other.required.first_n, other.required.stays_n) == (837, 901)


@pytest.mark.parametrize("test", ["central", "minlike"])
@pytest.mark.parametrize(
    ("n", "rate", "true_rate"), [(3, "0.9", "0.5"), (10, "0.5", "0.9"), (30, "0.8", "0.6")]
)
def test_power_adds_up_the_rejected_outcomes(binomial, test, n, rate, true_rate):
    found = retention_power(n, float(rate), alternative=float(true_rate), test=test)
    expected = enumerated(binomial, n, rate, true_rate, test=test)
    assert found.value == pytest.approx(expected, rel=1e-9)


def test_the_curve_holds_the_alternative_and_the_benchmark():
    found = retention_power(100, 0.9, alternative=0.8731)
    assert {0.9, 0.8731} <= set(found.rates.tolist())
    assert np.all(np.diff(found.rates) > 0)
    assert found.curve[found.rates == 0.8731][0] == pytest.approx(found.value, rel=1e-12)
    # At the benchmark itself power is the size of the test.
    assert found.curve[found.rates == 0.9][0] <= 0.05
    for array in (found.rates, found.curve):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize("alternative", [0.3, 0.95])
def test_detectable_rates_reach_their_power_and_no_nearer_rate_does(binomial, alternative):
    found = retention_power(60, 0.9, alternative=alternative)
    for nearest in found.detectable:
        for rate in (nearest.below, nearest.above):
            if not math.isnan(rate):
                nudge = 1e-4 if rate < 0.9 else -1e-4
                assert enumerated(binomial, 60, "0.9", rate) == pytest.approx(
                    nearest.power, abs=1e-6
                )
                assert enumerated(binomial, 60, "0.9", rate + nudge) < nearest.power


def test_there_is_no_such_rate_where_nothing_is_rejected():
    # 20 of 20 has probability 0.9^20 = 0.12 at 0.9, so no rate above can ever be seen.
    found = retention_power(20, 0.9, alternative=0.8)
    assert all(math.isnan(d.above) for d in found.detectable)
    assert "above it no such rate" in found.sentence
    one = retention_power(1, 0.5, alternative=0.9)
    assert one.value == 0
    assert all(math.isnan(d.below) and math.isnan(d.above) for d in one.detectable)


def test_the_benchmark_itself_needs_endlessly_many_people():
    found = retention_power(100, 0.9, alternative=0.9)
    assert (found.required.first_n, found.required.stays_n) == (None, None)
    assert retention_power(100, 0.9, alternative=0.8999).required.first_n is None


def test_tidy_recomputes_and_glance_is_one_row(binomial):
    found = retention_power(30, 0.8, alternative=0.6)
    strict = found.tidy(level=0.99)
    row = strict[strict["rate"] == 0.6].iloc[0]
    expected = enumerated(binomial, 30, "0.8", "0.6", size=Fraction(1, 100))
    assert row["estimate"] == pytest.approx(expected, rel=1e-9)
    assert (strict["estimate"] <= found.tidy(level=0.9)["estimate"]).all()
    assert found.glance().shape == (1, 13)


def test_a_published_benchmark_brings_its_source():
    found = retention_power(100, benchmark("sei2024-china-10yr"), alternative=0.7)
    assert found.rate == 0.81
    assert found.provenance.sources == (benchmark("sei2024-china-10yr").source_id,)
    assert retention_power(100, 0.81, alternative=0.7).provenance.sources == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 0}, "n=0 is too small"),
        ({"n": 10.5}, r"n=10\.5 is a fraction"),
        ({"benchmark": 1.0}, r"benchmark=1\.0 is not allowed"),
        ({"benchmark": 90}, r"percentage\? Then give 0\.9"),
        ({"alternative": 0}, "alternative=0 is not allowed"),
        ({"level": 1}, "level=1 is not allowed"),
    ],
)
def test_bad_input(change, message):
    arguments = {"n": 100, "benchmark": 0.9, "alternative": 0.87} | change
    with pytest.raises(InputError, match=message):
        retention_power(arguments.pop("n"), arguments.pop("benchmark"), **arguments)
    with pytest.raises(UnknownNameError, match=r"Unknown test 'wald'\..*Allowed: central, minlike"):
        retention_power(100, 0.9, alternative=0.87, test="wald")
