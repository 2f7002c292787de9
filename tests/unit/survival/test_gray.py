import numpy as np
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.stats import gray as kernel
from talentstats.summaries.spells import Spells
from talentstats.survival.gray import gray_test

EXIT = [1, 2, 3, 4, 5, 2, 3, 4, 6, 7, 8, 9]
EVENT = ["China", "other", "China", "0", "China", "other", "China", "0", "other", "China", "0", "0"]
SECTOR = ["a"] * 5 + ["b"] * 7


def people(**options):
    covariates = {"sector": SECTOR, "stage": ["early", "late"] * 6}
    return Spells.from_arrays(**{"exit": EXIT, "event": EVENT, "covariates": covariates} | options)


def test_one_test_a_destination():
    test = gray_test(people(), by="sector")
    assert test.destinations == ("China", "other")
    assert test.events.tolist() == [[3, 1], [2, 2]]
    assert test.df == 1
    frame = test.tidy()
    assert frame["outcome"].tolist() == ["China", "other"]
    assert frame["p_value"].between(0, 1).all()
    assert frame["estimate"].isna().all()
    assert "China, chi-squared" in test.sentence
    assert test.glance()["smallest_p"].item() == frame["p_value"].min()


def test_equal_groups_do_not_differ():
    twice = Spells.from_arrays(
        exit=EXIT * 2, event=EVENT * 2, covariates={"group": ["one"] * 12 + ["two"] * 12}
    )
    assert gray_test(twice, by="group").statistic == pytest.approx([0, 0], abs=1e-12)


def test_without_competing_ends_the_order_of_ends_decides():
    # Of one destination, no censoring: Gray's score of the first group is observed less expected
    # of the log-rank test: 1 - 1/2 + 1 - 1/3 of (1, 2 | 3, 4).
    spells = Spells.from_arrays(exit=[1, 2, 3, 4], event=[1] * 4, covariates={"g": list("aabb")})
    score = kernel.gray_test(
        exit=[1, 2, 3, 4], destination=[0] * 4, of=0, group=[0, 0, 1, 1], groups=2
    ).score
    assert score[0] == pytest.approx(1 / 2 + 2 / 3)
    assert gray_test(spells, by="g").statistic.size == 1


def test_counts_stand_for_people_and_time_may_start_anywhere():
    count = np.arange(1, 13)
    again = np.repeat(np.arange(12), count)
    each = Spells.from_arrays(
        exit=np.array(EXIT)[again], event=np.array(EVENT)[again],
        covariates={"sector": np.array(SECTOR)[again]},
    )  # fmt: skip
    counted = gray_test(people(count=count), by="sector")
    assert counted.statistic == pytest.approx(gray_test(each, by="sector").statistic)
    later = people(entry=np.full(12, 10.0), exit=np.array(EXIT) + 10.0)
    assert gray_test(later, by="sector").statistic == pytest.approx(
        gray_test(people(), by="sector").statistic
    )


def test_looks_on_a_common_grid_count_at_the_look():
    ended = np.array([word != "0" for word in EVENT])
    exit = np.array(EXIT, dtype=float)
    looks = people(
        exit=None, event=None, lower=np.where(ended, exit - 1, exit),
        upper=np.where(ended, exit, np.inf), destination=EVENT,
    )  # fmt: skip
    assert gray_test(looks, by="sector").p_value == pytest.approx(
        gray_test(people(), by="sector").p_value
    )
    with pytest.raises(InputError, match="hold another's end"):
        gray_test(
            people(
                exit=None, event=None, lower=np.where(ended, 0, exit),
                upper=np.where(ended, exit, np.inf), destination=EVENT,
            ),
            by="sector",
        )  # fmt: skip


def test_strata_compare_within_and_a_stratum_without_ends_says_nothing():
    one = gray_test(people(), by="sector", strata="stage")
    assert one.strata == ("early", "late")
    assert "within 2 strata" in one.sentence
    more = Spells.from_arrays(
        exit=[*EXIT, 3, 4], event=[*EVENT, "0", "0"],
        covariates={"sector": [*SECTOR, "a", "b"], "stage": [*["early", "late"] * 6, "no", "no"]},
    )  # fmt: skip
    assert gray_test(more, by="sector", strata="stage").statistic == pytest.approx(one.statistic)


def test_a_destination_without_ends_has_no_test_and_is_named():
    spells = people().where(np.array(EVENT) != "other", reason="elsewhere")
    test = gray_test(spells, by="sector")
    assert np.isnan(test.p_value[1])
    assert "No test for other" in test.notes[0]
    assert "other, no test" in test.sentence


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"entry": [0] * 11 + [1]}, "1 of 12 spells enter after 0"),
        ({"weight": [1.0] * 11 + [2.0]}, "sampling weights"),
        ({"event": [0] * 12}, "none of 12 stays ended"),
    ],
)
def test_what_has_no_place(options, message):
    with pytest.raises(InputError, match=message):
        gray_test(people(**options), by="sector")


def test_groups_are_needed():
    with pytest.raises(InputError, match="one group"):
        gray_test(people(covariates={"sector": ["a"] * 12}), by="sector")
    with pytest.raises(UnknownNameError, match="sector"):
        gray_test(people(), by="sectors")
    with pytest.raises(InputError, match="allowed are Spells"):
        gray_test([1, 2], by="sector")


def test_clusters_are_said_to_be_unused():
    assert "clusters are not used" in gray_test(people(cluster=range(12)), by="sector").notes[-1]
