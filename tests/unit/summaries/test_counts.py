"""Counts are checked when made, and a printed percentage keeps all that it can mean."""

import dataclasses
import time
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.summaries.counts import DestinationCounts, RetentionCounts


def test_counts_are_what_was_given():
    counts = RetentionCounts(87, 100, 12)
    assert (counts.rate, counts.left, counts.unknown, counts.is_exact) == (0.87, 13, 12, True)
    assert list(counts.compatible) == [87]
    assert counts.as_printed == ""
    assert type(RetentionCounts(87.0, 100.0).retained) is int


def test_counts_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        RetentionCounts(87, 100).retained = 90


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((120, 100), r"retained=120 exceeds total=100\. Hint: are the two swapped\?"),
        ((-1, 100), r"retained=-1 is too small; allowed is a whole number of 0 or more"),
        ((0, 0), r"total=0 is too small; allowed .* 1 or more\. Hint: a stay rate needs at least"),
        ((0.87, 100), r"retained=0\.87 is a fraction.*from_percent"),
        ((float("nan"), 100), "retained=nan is not finite"),
        ((87, float("inf")), "total=inf is not finite"),
        ((87, 100, -1), "unknown=-1 is too small"),
        ((87, 100, 0.5), r"unknown=0\.5 is a fraction"),
        (("87", 100), "retained='87' is not a number"),
        ((1, 10**20), "total is above 10,000,000,000"),
    ],
)
def test_bad_counts_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        RetentionCounts(*arguments)


@pytest.mark.parametrize(
    "bounds",
    [
        {"retained_low": 88},
        {"retained_high": 86},
        {"retained_low": -1},
        {"retained_high": 101},
        {"retained_low": 86.5},
        {"retained_high": float("nan")},
        {"retained_low": "86"},
    ],
)
def test_bad_rounding_bounds_are_refused(bounds):
    with pytest.raises(InputError, match=r"retained_(low|high)="):
        RetentionCounts(87, 100, **bounds)


# Worked by hand: 412 people, one is 0.2427 points, so 86.5% is 356.38 and 87.5% is 360.5 people.
@pytest.mark.parametrize(
    ("percent", "total", "decimals", "low", "nearest", "high"),
    [
        (87, 412, 0, 357, 358, 360),  # 358/412 = 86.89 is nearest, 359/412 = 87.14 is not
        ("87%", 412, 0, 357, 358, 360),
        (87, 100, 0, 87, 87, 87),
        (87, 200, 0, 173, 174, 175),  # 86.5 and 87.5 are ties; both print as 87 one way
        (0.5, 1000, 1, 5, 5, 5),
        (0, 100, 0, 0, 0, 0),  # 0.5 of 100 is no person
        (0, 200, 0, 0, 0, 1),  # 1/200 is the tie 0.5%
        (100, 200, 0, 199, 200, 200),
        (50, 1, 0, None, None, None),
        ("33.3", 3, 1, 1, 1, 1),
        ("12.50", 8, 2, 1, 1, 1),
    ],
)
def test_from_percent_by_hand(percent, total, decimals, low, nearest, high):
    if low is None:
        with pytest.raises(InputError):
            RetentionCounts.from_percent(percent, total=total, decimals=decimals)
        return
    counts = RetentionCounts.from_percent(percent, total=total, decimals=decimals, unknown=3)
    assert (counts.retained_low, counts.retained, counts.retained_high) == (low, nearest, high)
    assert counts.is_exact == (low == high)
    assert list(counts.compatible) == list(range(low, high + 1))
    assert counts.unknown == 3


def test_a_decimal_is_read_as_it_is_written():
    # 0.1 + 0.2 style doubles must not decide: 28.7% of 1000 is 287 exactly.
    assert RetentionCounts.from_percent(28.7, total=1000, decimals=1).compatible == range(287, 288)
    # The tie 0.05% of 1000 prints as 0.1 (half up), the tie 0.15% as 0.1 (half down).
    counts = RetentionCounts.from_percent("0.1", total=2000, decimals=1)
    assert (counts.retained_low, counts.retained_high) == (1, 3)
    for k, rounding in ((1, ROUND_HALF_UP), (3, ROUND_HALF_DOWN)):
        assert (Decimal(100 * k) / 2000).quantize(Decimal("0.1"), rounding) == Decimal("0.1")


def test_as_printed_shows_the_decimals_stated():
    assert RetentionCounts.from_percent(87, total=1000, decimals=1).as_printed == "87.0%"
    assert RetentionCounts.from_percent(87, total=1000).as_printed == "87%"


@pytest.mark.parametrize(
    ("percent", "decimals", "message"),
    [
        (-1, 0, r"percent=-1 is not allowed; allowed is 0 to 100"),
        (100.5, 1, r"percent=100\.5 is not allowed"),
        (87.5, 0, r"percent=87\.5 has more than decimals=0 decimals\. Hint: give decimals="),
        ("eighty", 0, r"percent='eighty' is not a finite number; allowed is 0 to 100"),
        (float("nan"), 0, "is not a finite number"),
        (float("inf"), 0, "is not a finite number"),
        (None, 0, "is not a finite number"),
        (True, 0, "is not a finite number"),
        ("1e-999999999", 0, "is not allowed"),
        ("1e999999999", 0, "is not allowed"),
        (87, -1, "decimals=-1 is too small"),
        (87, 0.5, r"decimals=0\.5 is a fraction"),
    ],
)
def test_bad_percentages_are_refused(percent, decimals, message):
    with pytest.raises(InputError, match=message):
        RetentionCounts.from_percent(percent, total=412, decimals=decimals)


def test_neighbours_of_an_impossible_percentage():
    # Of 20 people one is 5 points: 85% and 90% exist, 87% does not.
    with pytest.raises(InputError) as refused:
        RetentionCounts.from_percent(87, total=20)
    assert str(refused.value) == (
        "no count of total=20 prints as 87%; the nearest are 17 of 20 = 85% and 18 of 20 = 90%. "
        "Hint: is the percentage of another total, or weighted?"
    )


def test_a_hundred_million_people_take_no_time():
    begin = time.perf_counter()
    counts = RetentionCounts.from_percent(87, total=100_000_000)
    assert time.perf_counter() - begin < 0.5
    assert counts.retained == 87_000_000
    assert (counts.retained_low, counts.retained_high) == (86_500_000, 87_500_000)


def test_destinations_keep_order_and_add_up():
    counts = DestinationCounts({" US ": 87, "CN": 10, "other": 3}, unknown=4)
    assert counts.destinations == ("US", "CN", "other")
    assert (counts.known, counts.total, counts.unknown) == (100, 100, 4)
    assert counts.retention("US") == RetentionCounts(87, 100, 4)
    assert dict(counts.leavers("US").counts) == {"CN": 10, "other": 3}


def test_destinations_cannot_be_changed():
    given = {"US": 87, "CN": 13}
    counts = DestinationCounts(given)
    given["US"] = 1
    assert counts.counts["US"] == 87
    with pytest.raises(TypeError):
        counts.counts["US"] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        counts.unknown = 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (({},), r"0 destination given; at least two are needed"),
        (({"US": 87},), r"1 destination given; at least two are needed\. Hint: for one stay rate"),
        (({"US": 0, "CN": 0},), "all destination counts are 0; at least one person"),
        (({"US": 87, "us ": 3},), r"destination 'us' is given twice \(also as 'US'\)\. Hint: add"),
        (({"": 87, "CN": 3},), "a destination has an empty name. Hint: name it"),
        (({"  ": 87, "CN": 3},), "a destination has an empty name"),
        (({"US": -1, "CN": 3},), "count of 'US'=-1 is too small"),
        (({"US": 1.5, "CN": 3},), r"count of 'US'=1\.5 is a fraction"),
        (({"US": 87, "CN": 10}, 0, 100), r"sum to 97, not to total=100\. Hint: put people of unkn"),
        (({"US": 87, "CN": 13}, -2), "unknown=-2 is too small"),
        (([("US", 87), ("CN", 13)],), "is not a mapping; give for example"),
    ],
)
def test_bad_destinations_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        DestinationCounts(*arguments)


def test_an_unknown_host_is_named_with_its_nearest():
    with pytest.raises(UnknownNameError, match=r"Unknown destination 'USA'\. Nearest: US\."):
        DestinationCounts({"US": 87, "CN": 13}).retention("USA")
