"""Spells are checked when made, and every message names the rows."""

import numpy as np
import pytest

from talentstats.errors import InputError
from talentstats.summaries.spells import Spells


def test_ends_in_either_form():
    exact = Spells.from_arrays(entry=[0, 1], exit=[3, 4], event=[True, False])
    assert exact.upper.tolist() == [3, np.inf]
    assert exact.exact.tolist() == [True, False]
    assert exact.destinations == ("elsewhere",)
    assert exact.destination.tolist() == [0, -1]
    looks = Spells.from_arrays(
        lower=[0, 3, 2], upper=[6, np.nan, 3], destination=["CN", None, "UK"], count=[1, 5, 2]
    )
    assert looks.upper.tolist() == [6, np.inf, 3]
    assert looks.destinations == ("CN", "UK")
    assert looks.destination.tolist() == [0, -1, 1]
    # 1 x 0 + 5 x 3 + 2 x 2 years are certain.
    assert (looks.account.people, looks.account.person_years) == (8, 19)


@pytest.mark.parametrize(
    ("event", "ended", "destinations"),
    [
        ([0, 1, 1], [0, 1, 1], ("elsewhere",)),
        ([0.0, 1.0, 0.0], [0, 1, 0], ("elsewhere",)),
        ([False, True, True], [0, 1, 1], ("elsewhere",)),
        ([0, 2, 1], [0, 1, 1], ("1", "2")),
        (["censored", "China", "elsewhere"], [0, 1, 1], ("China", "elsewhere")),
        (["no", "yes", "YES"], [0, 1, 1], ("elsewhere",)),
        ([None, "China", ""], [0, 1, 0], ("China",)),
        (["0", "1", "FALSE"], [0, 1, 0], ("elsewhere",)),
        ([3, 3, 1], [1, 1, 1], ("1", "3")),
    ],
)
def test_event_columns_of_every_habit(event, ended, destinations):
    spells = Spells.from_arrays(exit=[1, 2, 3], event=event)
    assert spells.ended.tolist() == [bool(e) for e in ended]
    assert spells.destinations == destinations


def test_a_destination_column_wins_over_codes_and_is_read_only_for_leavers():
    spells = Spells.from_arrays(
        exit=[1, 2, 3], event=[1, 0, 2], destination=["CN", "nowhere", "UK"]
    )
    assert spells.destinations == ("CN", "UK")
    assert Spells.from_arrays(exit=[1], event=[1], destination=[2.0]).destinations == ("2",)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"exit": [1]}, "exit is given without event"),
        ({"exit": [1], "event": [1], "lower": [1]}, "found event, exit, lower"),
        ({}, "found neither"),
        ({"exit": [], "event": []}, "there are no rows"),
        ({"exit": [1, 2], "event": [1]}, r"event has shape \(1,\); the times have 2 rows"),
        ({"exit": [1, np.nan], "event": [1, 1]}, r"exit=nan in 1 row \(1\)"),
        ({"exit": ["a"], "event": [1]}, r"exit is not a column of numbers \(it begins with a\)"),
        (
            {"exit": np.array(["2019-01-01"], dtype="M8[D]"), "event": [1]},
            "turn dates into years",
        ),
        ({"exit": [1, 2], "event": [1, 2]}, "codes 1 and 2 but no 0.*event == 2"),
        ({"exit": [1], "event": [-1]}, r"event=-1 in 1 row \(0\)"),
        ({"exit": [1], "event": [0.5]}, r"event=0\.5 in 1 row"),
        ({"exit": [1, 1], "event": [1, np.nan]}, r"event=nan in 1 row \(1\)"),
        (
            {"entry": [0, 3, 4], "exit": [1, 3, 2], "event": [1, 0, 0]},
            r"entry >= exit in 2 rows \(1, 2\): entry=3, exit=3; nobody is at risk",
        ),
        ({"entry": [2], "lower": [2]}, r"entry >= exit in 1 row \(0\)"),
        ({"entry": [2], "lower": [1], "upper": [5]}, r"lower is before entry in 1 row \(0\)"),
        ({"lower": [4], "upper": [3]}, r"lower is after upper in 1 row.*swapped"),
        ({"lower": [4], "upper": [-np.inf]}, "upper is -inf in 1 row"),
        ({"lower": [1], "upper": [2], "destination": [None]}, "destination is missing in 1 row"),
        ({"lower": [1], "weight": [0]}, "weight=0 in 1 row.*above 0"),
        ({"lower": [1], "count": [1.5]}, r"count=1\.5 in 1 row.*whole numbers of 1 or more"),
        ({"lower": [1], "covariates": {"sector": [None]}}, "sector is missing in 1 row"),
        ({"lower": [1], "covariates": {"age": [np.inf]}}, "age=inf in 1 row"),
        ({"lower": [1], "cluster": [1, 2]}, r"cluster has shape \(2,\)"),
        ({"exit": [2019, 2025], "event": [1, 0]}, "calendar years, and entry is not given"),
        ({"lower": [3], "clock": "calendar time"}, "calendar years, and entry is not given"),
        ({"lower": [3], "clock": " "}, "clock=' ' is not a text"),
    ],
)
def test_bad_spells_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        Spells.from_arrays(**arguments)


def test_a_calendar_clock_is_allowed_with_entries():
    spells = Spells.from_arrays(entry=[2015], exit=[2019], event=[1], clock="calendar year")
    assert (spells.clock, spells.account.person_years) == ("calendar year", 4)


def test_long_lists_of_rows_are_cut():
    with pytest.raises(InputError, match=r"12 rows \(0, 1, 2, 3, 4, \.\.\.\)"):
        Spells.from_arrays(entry=np.ones(12), exit=np.ones(12), event=np.ones(12))


def test_spells_are_frozen_copies():
    times = np.array([1.0, 2.0])
    spells = Spells.from_arrays(exit=times, event=[1, 0], covariates={"x": [1, 2]})
    times[0] = 9
    assert spells.lower.tolist() == [1, 2]
    for values in (spells.lower, spells.covariates["x"], spells.count):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 3


def test_where_keeps_the_account():
    spells = Spells.from_arrays(
        exit=[1, 2, 7], event=[1, 0, 1], count=[2, 1, 1], cluster=["a", "b", "a"],
        covariates={"x": [1, 2, 3]},
    )  # fmt: skip
    kept = spells.where(spells.lower > 1, reason="early").where([True, False], reason="late")
    assert dict(kept.account.left_out) == {"early": 1, "late": 1}
    assert (kept.account.rows_in, kept.account.used, kept.account.person_years) == (3, 1, 2)
    assert (kept.cluster.tolist(), kept.covariates["x"].tolist()) == (["b"], [2])
    with pytest.raises(InputError, match="keep has type int64"):
        spells.where([0, 1, 1], reason="early")


def test_rows_that_continue_another_are_of_people_already_counted():
    # Ann in two pieces and away from 5 to 6, then back; Bob ends at 2; Cy enters where Bob ended.
    spells = Spells.from_arrays(
        entry=[6, 2, 0, 0, 2],
        exit=[8, 5, 2, 2, 4],
        event=[1, 0, 0, 1, 0],
        cluster=["ann", "ann", "ann", "bob", "bob"],
        count=[1, 1, 1, 3, 3],
    )
    assert spells.continues.tolist() == [False, True, False, False, False]
    assert spells.account.people == 1 + 1 + 3 + 3
    assert spells.account.used == 5
    # Of who is still there after 2 the earlier piece is gone: the later one is the person.
    late = spells.where(spells.lower > 2, reason="before the landmark")
    assert not late.continues.any()
    assert late.account.people == 1 + 1 + 3


def test_clusters_with_several_people_at_risk_at_once_are_no_people():
    # An institution: one is lost at 2 as another enters; a third is there all the time.
    rows = {"entry": [0, 2, 0], "exit": [2, 4, 4], "event": [0, 1, 0]}
    assert not Spells.from_arrays(**rows, cluster=["uni"] * 3).continues.any()
    assert Spells.from_arrays(**rows, cluster=["uni"] * 3).account.people == 3
    assert Spells.from_arrays(**rows, cluster=["p", "p", "q"]).account.people == 2
    assert not Spells.from_arrays(**rows).continues.any()
    more = Spells.from_arrays(**rows, cluster=["p", "p", "q"], count=[1, 2, 1])
    assert more.account.people == 4


@pytest.mark.parametrize(
    ("count", "message"),
    [
        ([2**63, 5], r"count=9.22337e\+18 in 1 row \(0\); allowed are at most 1e\+10"),
        ([10**10 + 1, 1], "allowed are at most"),
        ([10**10] * 900_720, r"the counts add up to 9.0072e\+15 people"),
    ],
)
def test_counts_whose_sums_are_not_exact_are_refused(count, message):
    with pytest.raises(InputError, match=message):
        Spells.from_arrays(exit=[1] * len(count), event=[1] * len(count), count=count)


def test_large_counts_are_exact():
    assert Spells.from_arrays(exit=[1], event=[1], count=[10**10]).account.people == 10**10
