"""Change between two published rates: by hand, and what cannot be compared."""

import math

import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.published.benchmark import benchmark
from talentstats.retention.change import benchmark_change

PAIR = ("sei2020-china-5yr", "sei2024-china-5yr")


def test_five_year_change_by_hand():
    """88 - 83 with errors 1.23 and 0.94: the error is sqrt(1.5129 + 0.8836) = 1.5480633.

    z = 3.22984; two-sided p from a normal table: 0.001239. Limits 5 -+ 1.959964 x 1.5480633.
    Each rate rounds by half a point: at worst 4 points, z = 2.58387, p = 0.00977.
    """
    found = benchmark_change(*PAIR)
    assert found.difference == pytest.approx(0.05)
    assert found.std_error == pytest.approx(0.015480633, abs=1e-9)
    assert found.statistic == pytest.approx(3.22984, abs=1e-5)
    assert found.p_value == pytest.approx(0.001239, abs=1e-6)
    assert (found.low, found.high) == pytest.approx((0.0196585, 0.0803415), abs=1e-7)
    assert found.p_rounding == pytest.approx(0.00977, abs=1e-5)
    assert found.is_approximation


def test_design_effect_multiplies_the_variance():
    """1.5480633 x sqrt(1.5) = 1.8959826; z = 2.63715; p = 0.008361 (normal table)."""
    found = benchmark_change(*PAIR, design_effect=1.5)
    assert found.std_error == pytest.approx(0.018959826, abs=1e-9)
    assert found.p_value == pytest.approx(0.008361, abs=2e-6)


def test_errors_from_people_counted():
    """0.9 and 0.8 of 100 each: sqrt((0.09 + 0.16) / 100) = 0.05, z = -2, p = 0.0455003."""
    found = benchmark_change(benchmark(0.9, n=100), benchmark(0.8, n=100))
    assert (found.std_error, found.statistic) == pytest.approx((0.05, -2))
    assert found.p_value == pytest.approx(0.0455003, abs=1e-7)
    assert found.p_rounding == pytest.approx(found.p_value)
    assert not found.is_approximation
    assert found.sentence == (
        "From 90% (90%) the rate fell to 80% (80%): −10.0 points, −19.8 to −0.2 (95% interval), "
        "p = 0.046."
    )


def test_a_change_within_the_rounding_has_a_worst_p_of_one():
    same = benchmark_change(PAIR[0], PAIR[0])
    assert same.difference == 0
    assert same.p_value == same.p_rounding == 1
    assert "the rate stayed at 83%" in same.sentence
    assert "by approximate errors of ours" in same.sentence


def test_tidy_recomputes_for_its_level():
    row = benchmark_change(*PAIR).tidy(level=0.9).iloc[0]
    # 1.644854 x 1.5480633
    assert 100 * (row["conf_high"] - row["estimate"]) == pytest.approx(2.546338, abs=1e-6)
    assert math.isclose(row["std_error"], 0.015480633, abs_tol=1e-9)


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        (("sei2020-china-5yr", "sei2020-china-10yr"), "horizon of 'sei2020-china-5yr' is 5.0"),
        (("sei2024-china-5yr", "s323-china-2011"), "instrument"),
        (("s323-china-2003", "s323-china-2005"), "neither a standard error nor a number"),
        (("cset2019-ai-5yr", "cset2019-ai-5yr"), "only as a range"),
    ],
)
def test_what_cannot_be_compared_is_refused(pair, message):
    with pytest.raises(InputError, match=message):
        benchmark_change(*pair)


def test_bad_numbers_and_names():
    with pytest.raises(InputError, match="level=95"):
        benchmark_change(*PAIR, level=95)
    with pytest.raises(InputError, match="design_effect"):
        benchmark_change(*PAIR, design_effect=0)
    with pytest.raises(UnknownNameError, match="Nearest"):
        benchmark_change("sei2020-china-5y", PAIR[1])
