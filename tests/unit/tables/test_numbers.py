import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentstats.tables.numbers import (
    decimals_for,
    format_interval,
    format_number,
    format_p,
    format_percent,
)


@pytest.mark.parametrize(
    ("value", "decimals", "printed"),
    [
        (0.0, 3, "0.000"),
        (-0.0, 3, "0.000"),
        (-0.3794, 2, "−0.38"),
        (1.0, 0, "1"),
        (0.0004, 3, "0.0004"),
        (-0.00000123, 3, "−1.2×10⁻⁶"),
        (3.2e15, 2, "3.2×10¹⁵"),
        (1234.0, -2, "1200"),
        (math.inf, 2, "∞"),
        (-math.inf, 2, "−∞"),
        (math.nan, 2, ""),
    ],
)
def test_format_number(value: float, decimals: int, printed: str) -> None:
    assert format_number(value, decimals=decimals) == printed


def test_thousands() -> None:
    assert format_number(-1234567.891, decimals=1, thousands=True) == "−1,234,567.9"


@pytest.mark.parametrize(
    ("p", "printed"),
    [
        (0.0, "<0.001"),
        (0.00099999, "<0.001"),
        (0.001, "0.001"),
        (0.0499, "0.050"),
        (0.3963576, "0.396"),
        (0.9994, "0.999"),
        (0.9996, ">0.999"),
        (1.0, "1.000"),
        (math.nan, ""),
    ],
)
def test_format_p(p: float, printed: str) -> None:
    assert format_p(p) == printed


@given(st.floats(0, 1))
def test_p_is_never_printed_as_zero_and_one_only_when_it_is(p: float) -> None:
    printed = format_p(p)
    assert printed != "0.000"
    assert (printed == "1.000") == (p == 1)


@given(st.floats(-1e12, 1e12, allow_subnormal=False), st.integers(0, 6))
def test_nonzero_numbers_are_not_printed_as_zero(value: float, decimals: int) -> None:
    printed = format_number(value, decimals=decimals)
    assert (set("123456789") & set(printed) == set()) == (value == 0)
    assert printed.startswith("−") == (value < 0)


def test_percent_and_interval() -> None:
    assert format_percent(0.8695, decimals=0) == "87%"
    assert format_interval(-0.5, math.inf, decimals=1) == "[−0.5, ∞]"
    assert format_interval(math.nan, 1.0) == ""


@pytest.mark.parametrize(
    ("std_error", "decimals"),
    [(0.1919, 2), (0.0996, 2), (0.00123, 4), (9.96, 0), (1234.0, -2), (math.nan, 3), (0.0, 3)],
)
def test_decimals_show_two_digits_of_the_standard_error(std_error: float, decimals: int) -> None:
    assert decimals_for(std_error) == decimals
