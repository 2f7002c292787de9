"""Every refusal says what was found, what is allowed and what to try."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from talentstats import checks
from talentstats.errors import InputError, TalentStatsError, UnknownNameError


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (0, 0),
        (87, 87),
        (87.0, 87),
        (np.int64(87), 87),
        (np.float64(87), 87),
        (Fraction(174, 2), 87),
    ],
)
def test_whole_number_returns_a_plain_int(given, expected):
    found = checks.whole_number(given, name="retained")
    assert (found, type(found)) == (expected, int)


def test_ten_billion_people_are_the_most():
    assert checks.whole_number(10**10, name="total") == 10_000_000_000
    for too_many in (10**10 + 1, 1e11, 10**400):
        with pytest.raises(InputError, match=r"^total is above 10,000,000,000; allowed is a whole"):
            checks.whole_number(too_many, name="total")


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (-1, r"retained=-1 is too small"),
        (87.5, r"retained=87\.5 is a fraction"),
        (math.nan, r"retained=nan is not finite"),
        (math.inf, r"retained=inf is not finite"),
        (-math.inf, r"retained=-inf is not finite"),
        ("87", r"retained='87' is not a number"),
        (None, r"retained=None is not a number"),
        (True, r"retained=True is not a number"),
        (87j, r"retained=87j is not a number"),
        ([87], r"retained=\[87\] is not a number"),
    ],
)
def test_whole_number_says_what_was_found_and_what_is_allowed(given, found):
    with pytest.raises(InputError, match=found + r"; allowed is a whole number of 0 or more\."):
        checks.whole_number(given, name="retained")


def test_whole_number_says_what_to_try():
    with pytest.raises(InputError, match=r"Hint: .*percentage goes to RetentionCounts.from_perc"):
        checks.whole_number(0.87, name="retained")
    with pytest.raises(InputError, match=r"of 1 or more\. Hint: ask more people\.$"):
        checks.whole_number(0, name="total", minimum=1, hint="ask more people.")


def test_a_very_negative_integer_is_refused_like_any_other():
    with pytest.raises(InputError, match="is too small"):
        checks.whole_number(-(10**400), name="x")


def test_finite_number_knows_open_and_closed_ends():
    assert checks.finite_number(0, name="icc", above=0, below=1, closed=True) == 0.0
    assert checks.finite_number(1, name="icc", above=0, below=1, closed=True) == 1.0
    with pytest.raises(InputError, match=r"icc=0 is not allowed; allowed is a number in \(0, 1\)"):
        checks.finite_number(0, name="icc", above=0, below=1)
    with pytest.raises(InputError, match=r"allowed is a number in \[0, 1\]\. Hint: a share\.$"):
        checks.finite_number(1.01, name="icc", above=0, below=1, closed=True, hint="a share.")


@pytest.mark.parametrize("given", [math.nan, math.inf, -math.inf, 10**400])
def test_finite_number_is_finite_even_without_limits(given):
    with pytest.raises(InputError, match="is not allowed"):
        checks.finite_number(given, name="x", closed=True, above=-1e308, below=1e308)


@pytest.mark.parametrize("given", ["0.9", None, True, 1j, Decimal("0.9")])
def test_finite_number_takes_numbers_only(given):
    with pytest.raises(InputError, match="is not a number; allowed is a number in"):
        checks.finite_number(given, name="x")


@pytest.mark.parametrize("given", [0, 1, -0.1, 1.0001, 95, 100, math.nan, math.inf, 10**400])
def test_a_rate_is_strictly_between_0_and_1(given):
    with pytest.raises(InputError, match=r"benchmark=.* allowed is a number in \(0, 1\)"):
        checks.rate(given, name="benchmark")


def test_a_percentage_is_recognised():
    with pytest.raises(InputError, match=r"level=95 .*is this a percentage\? Then give 0\.95\."):
        checks.level(95)
    with pytest.raises(InputError) as refused:
        checks.rate(-5)
    assert "percentage" not in str(refused.value)


def test_the_smallest_and_largest_rates_pass():
    for value in (5e-324, 1 - 2**-53, np.float32(0.5)):
        found = checks.rate(value)
        assert (found, type(found)) == (float(value), float)


def test_one_of_offers_the_nearest_names_first():
    names = ("wilson", "wilson-cc", "clopper-pearson", "wald")
    assert checks.one_of("wald", names, name="method") == "wald"
    with pytest.raises(UnknownNameError) as refused:
        checks.one_of("Wilsen", names, name="method")
    message = str(refused.value)
    assert message.startswith("Unknown method 'Wilsen'. Nearest: wilson, wilson-cc")
    assert message.endswith("Allowed: wilson, wilson-cc, clopper-pearson, wald.")


def test_one_of_lists_the_names_where_nothing_is_near():
    with pytest.raises(UnknownNameError, match=r"^Unknown format 'xyz'\. Allowed: text, json\.$"):
        checks.one_of("xyz", ("text", "json"), name="format")


def test_one_of_takes_any_iterable_once():
    assert checks.one_of("b", (n for n in "abc"), name="letter") == "b"


def test_nearest_is_blind_to_case_and_keeps_the_spelling():
    assert checks.nearest("us", ["US", "CN", "UK"], count=1) == ["US"]
    assert len(checks.nearest("aaa", [f"aa{i}" for i in range(9)])) == 3


def test_every_refusal_can_be_caught_as_one():
    assert issubclass(UnknownNameError, InputError)
    assert issubclass(InputError, TalentStatsError)
    assert issubclass(InputError, ValueError)
