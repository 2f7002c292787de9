"""Survival curves at the door: which method, which interval, where they begin and end.

Their numbers against R are in tests/reference; what lifelines gets wrong in test_lifelines_wrong.
"""

import copy
import pickle

import numpy as np
import pytest
from scipy import stats

from talentstats.errors import InputError, UnknownNameError
from talentstats.stats.turnbull import turnbull
from talentstats.summaries.spells import Spells
from talentstats.survival.curve import survival_curve

TWO_LOOKS = Spells.from_arrays(lower=[0, 6], upper=[6, None], count=[13, 87])


def simulated(n=200, seed=1, **more):
    rng = np.random.default_rng(seed)
    entry = rng.integers(0, 3, n).astype(float)
    given = {
        "entry": entry,
        "exit": entry + rng.integers(1, 7, n),
        "event": rng.random(n) < 0.4,
        "covariates": {"sector": np.array(["academia", "industry"])[rng.integers(0, 2, n)]},
    }
    return given | more


def estimates(curve, at=(1, 2, 3, 4, 5)):
    columns = ["estimate", "std_error", "conf_low", "conf_high"]
    return curve.at(at)[columns].to_numpy()


# Method.


def test_two_looks_are_clopper_and_pearson():
    curve = survival_curve(TWO_LOOKS)
    [row] = curve.at(6).to_dict("records")
    low, high = stats.binomtest(87, 100).proportion_ci(method="exact")
    assert row["estimate"] == pytest.approx(0.87, rel=1e-12)
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([low, high], rel=1e-9)
    assert (row["interval"], curve.method) == ("bpcp", "product limit")
    assert curve.sentence == (
        "At 6 years since first observation, 87% had stayed (95% interval 78.8% to 92.9%; 100 "
        "people, 13 of them left)."
    )


def test_a_grid_is_the_product_limit_and_turnbull_agrees():
    exact = simulated()
    ended = exact["event"]
    looks = Spells.from_arrays(
        entry=exact["entry"],
        lower=np.where(ended, exact["exit"] - 1, exact["exit"]),
        upper=np.where(ended, exact["exit"], np.inf),
    )
    curve = survival_curve(looks, landmark=0)
    assert curve.method == "product limit"
    assert "do not overlap" in curve.notes[0]
    fit = turnbull(lower=looks.lower, upper=looks.upper, entry=looks.entry)
    at = np.arange(1.0, 8.0)
    assert curve.at(at)["estimate"].to_numpy() == pytest.approx(fit.survival_bounds(at)[1])
    given = {k: v for k, v in exact.items() if k != "covariates"}
    assert estimates(curve) == pytest.approx(
        estimates(survival_curve(Spells.from_arrays(**given), landmark=0)), rel=1e-12
    )


@pytest.mark.parametrize(
    "spells",
    [
        Spells.from_arrays(lower=[0, 1, 5], upper=[2, 3, None]),
        Spells.from_arrays(lower=[0, 1], upper=[2, None]),
        Spells.from_arrays(entry=[0, 1], lower=[0, 3], upper=[2, None]),
        Spells.from_arrays(lower=[0, 1], upper=[2, 1]),
    ],
    ids=["another interval", "a censoring", "an entry", "an exact end"],
)
def test_an_interval_that_holds_a_time_is_turnbulls(spells):
    curve = survival_curve(spells)
    assert curve.method == "Turnbull"
    assert "method is Turnbull's" in curve.notes[0]
    assert curve.tidy()["at_risk"].isna().all()


def test_bounds_inside_an_interval_and_an_interval_around_them():
    # (0, 2] holds 1, so Turnbull; half of the mass lies on (1, 2], nobody knows where.
    spells = Spells.from_arrays(lower=[0, 1, 3], upper=[2, 2, None], count=[25, 25, 50])
    curve = survival_curve(spells)
    [row] = curve.at(1.5).to_dict("records")
    assert (row["estimate_low"], row["estimate_high"]) == pytest.approx((0.5, 1.0))
    assert row["conf_low"] < 0.5
    assert row["conf_high"] == 1.0
    with pytest.raises(InputError, match=r"not defined for Turnbull.*bounds"):
        curve.restricted_mean(2)
    with pytest.raises(InputError, match=r"interval='log'.*common grid"):
        survival_curve(spells, interval="log")


# Intervals.


def test_few_ends_take_the_beta_product_and_many_the_log_log():
    few = survival_curve(Spells.from_arrays(exit=[1] * 19 + [2] * 30, event=[1] * 19 + [0] * 30))
    many = survival_curve(Spells.from_arrays(exit=[1] * 20 + [2] * 30, event=[1] * 20 + [0] * 30))
    assert [few.groups[0].interval, many.groups[0].interval] == ["bpcp", "log-log"]
    assert few.notes == ("Beta product intervals for groups of fewer than 20 ends: all.",)
    assert many.notes == ()


def test_people_last_seen_at_a_look_had_stayed_until_it():
    # Nobody is followed after 6, or one person is: at 6 both know of 87 who stayed.
    one_more = Spells.from_arrays(exit=[6, 6, 9], event=[1, 0, 0], count=[13, 86, 1])
    alone, more = (survival_curve(s).at(6)["conf_low"][0] for s in (TWO_LOOKS, one_more))
    assert alone == pytest.approx(more)


def test_no_ends():
    curve = survival_curve(Spells.from_arrays(exit=[6] * 30, event=[0] * 30))
    [row] = curve.at(6).to_dict("records")
    # Nobody of 30: the lower limit is 0.025^(1/30).
    assert (row["estimate"], row["conf_high"]) == (1.0, 1.0)
    assert row["conf_low"] == pytest.approx(0.025 ** (1 / 30))
    assert np.isnan(curve.median()["estimate"][0])
    assert curve.tidy()["time"].tolist() == [0, 6]
    assert "no ends" in curve.notes[-1]


def test_one_end_and_all_ends():
    one = survival_curve(Spells.from_arrays(exit=[1, 2, 3, 4], event=[0, 1, 0, 0]))
    assert one.at([1, 2, 4])["estimate"].tolist() == pytest.approx([1, 2 / 3, 2 / 3])
    every = survival_curve(Spells.from_arrays(exit=[1, 2], event=[1, 1]))
    # Nobody is left after 2, so nobody will be.
    assert every.at([2, 50])["estimate"].tolist() == [0, 0]


def test_weights_and_clusters_take_the_jackknife():
    curve = survival_curve(Spells.from_arrays(**simulated(weight=[1.5] * 200)))
    assert curve.groups[0].interval == "log-log"
    assert "infinitesimal jackknife, because there are weights" in curve.notes[0]
    with pytest.raises(InputError, match=r"bpcp.*counts people"):
        survival_curve(Spells.from_arrays(**simulated(cluster=range(200))), interval="bpcp")


def test_counts_replicate_with_and_without_weights():
    given = simulated(60)
    rows = {k: v for k, v in given.items() if k != "covariates"}
    rng = np.random.default_rng(3)
    count, weight = rng.integers(1, 4, 60), rng.uniform(0.5, 2, 60)
    again = np.repeat(np.arange(60), count)
    unfolded = {k: v[again] for k, v in rows.items()}
    for more, each in (({}, {}), ({"weight": weight}, {"weight": weight[again]})):
        counted = survival_curve(Spells.from_arrays(**rows, **more, count=count))
        assert estimates(counted) == pytest.approx(
            estimates(survival_curve(Spells.from_arrays(**unfolded, **each))),
            rel=1e-9,
            nan_ok=True,
        )


# Where a curve begins.


def test_a_small_group_that_enters_at_once_is_reported_from_the_start():
    curve = survival_curve(
        Spells.from_arrays(exit=[1, 2, 3, 4, 5, 6, 6, 6], event=[1] * 6 + [0] * 2)
    )
    assert np.isnan(curve.groups[0].landmark)
    assert curve.at(1)["estimate"].tolist() == [7 / 8]


def test_few_at_first_are_left_out_until_ten_are_there():
    entry = [0, 0, 0, *np.linspace(1, 2, 11)]
    exit = [0.5, 5, 5, 3, 4] + [6] * 9
    curve = survival_curve(
        Spells.from_arrays(entry=entry, exit=exit, event=[1, 0, 0, 1, 1] + [0] * 9)
    )
    [group] = curve.groups
    # Two are left after 0.5; the eighth newcomer, at 1.7, makes ten.
    assert group.landmark == pytest.approx(1.7)
    assert curve.at(3)["estimate"].tolist() == pytest.approx([12 / 13])
    assert "Group 'all' is reported of those who had stayed until 1.7." in curve.notes
    whole = survival_curve(
        Spells.from_arrays(entry=entry, exit=exit, event=[1, 0, 0, 1, 1] + [0] * 9), landmark=0
    )
    assert whole.at(3)["estimate"].tolist() == pytest.approx([2 / 3 * 12 / 13])
    with pytest.raises(InputError, match=r"time 1 is before the curve .* 1.7: a landmark"):
        curve.at(1)


def test_a_curve_that_would_be_used_up_half_way_begins_after_it():
    # Twelve are there, eleven go away, the last leaves; twelve others come later.
    entry = [0] * 12 + [5] * 12
    exit = [1] + [2] * 10 + [3] + [7] * 12
    event = [1] + [0] * 10 + [1] + [1] * 3 + [0] * 9
    curve = survival_curve(Spells.from_arrays(entry=entry, exit=exit, event=event))
    assert curve.groups[0].landmark == 5
    assert curve.at(7)["estimate"].tolist() == pytest.approx([0.75])


def test_a_small_group_with_late_entry_begins_where_most_are_there():
    entry, exit, event = [0, 2, 2, 3, 3], [1, 5, 6, 7, 8], [1, 1, 1, 0, 0]
    curve = survival_curve(Spells.from_arrays(entry=entry, exit=exit, event=event))
    assert curve.groups[0].landmark == 3
    assert curve.at(6)["estimate"].tolist() == pytest.approx([3 / 4 * 2 / 3])


def test_turnbull_begins_where_enough_are_seen():
    # One person, seen early, holds nearly all mass of everybody's curve.
    rng = np.random.default_rng(6)
    entry = np.append(0.0, rng.uniform(1, 2, 40))
    upper = np.append(1.5, np.where(rng.random(40) < 0.3, entry[1:] + rng.uniform(1, 4, 40), 0))
    lower = np.where(upper > 0, entry + 0.2, entry + 5)
    upper = np.where(upper > 0, upper, np.inf)
    curve = survival_curve(Spells.from_arrays(entry=entry, lower=lower, upper=upper))
    assert curve.method == "Turnbull"
    [group] = curve.groups
    tenth = np.sort(entry)[10]
    assert group.landmark >= tenth - 1
    assert curve.at(group.landmark)["estimate"].tolist() == [1.0]
    [row] = curve.at(5).to_dict("records")
    assert 0.3 < row["estimate_low"] <= row["estimate_high"] < 1.0
    assert row["conf_low"] <= row["estimate_low"]


def test_given_is_the_ratio_with_intervals_of_its_own():
    whole = survival_curve(Spells.from_arrays(**simulated(entry=[0] * 200)))
    part = whole.given(3)
    at = [4, 5, 6]
    ratio = whole.at(at)["estimate"].to_numpy() / whole.at(3)["estimate"].to_numpy()
    assert part.at(at)["estimate"].to_numpy() == pytest.approx(ratio)
    assert part.at(3)["estimate"].tolist() == [1.0]
    # Who was there at 3 and nobody else: the same curve from its own rows.
    spells = Spells.from_arrays(**simulated(entry=[0] * 200))
    there = spells.where(spells.lower > 3, reason="gone")
    assert estimates(part, at) == pytest.approx(estimates(survival_curve(there, landmark=3), at))
    assert part.provenance.arguments["landmark"] == 3
    with pytest.raises(InputError, match="before"):
        part.at(2)
    with pytest.raises(InputError, match="landmark 8 is not within"):
        whole.given(8)


# Where it ends.


def test_beyond_the_follow_up():
    with pytest.raises(
        InputError, match="beyond the follow-up of group 'all'; the last usable time is 6"
    ):
        survival_curve(TWO_LOOKS).at(6.1)
    with pytest.raises(InputError, match="last usable time is 6"):
        survival_curve(TWO_LOOKS).restricted_mean(10)


def test_floating_noise_in_the_time_asked_for():
    curve = survival_curve(Spells.from_arrays(exit=[0.3, 0.1 + 0.2, 0.6], event=[1, 1, 0]))
    assert curve.groups[0].curve.sets.time.size == 1
    assert curve.at([0.3, 0.1 + 0.2, 0.30000000000000004])["estimate"].tolist() == pytest.approx(
        [1 / 3] * 3
    )
    assert curve.at(0.6 + 1e-12)["estimate"].tolist() == pytest.approx([1 / 3])


# Frames.


def test_rows_of_the_frame():
    spells = Spells.from_arrays(exit=[1, 2, 2, 3, 5], event=[1, 0, 1, 0, 0])
    frame = survival_curve(spells).tidy()
    assert frame["time"].tolist() == [0, 1, 2, 5]
    assert frame["at_risk"].tolist() == [5, 5, 4, 1]
    assert frame["events"].tolist() == [0, 1, 1, 0]
    # Censored at 2: after the end at 2, so on the row that follows it.
    assert frame["censored"].sum() == 3
    assert frame["estimate"].tolist() == pytest.approx([1, 0.8, 0.6, 0.6])


def test_risk_table_counts_people():
    curve = survival_curve(Spells.from_arrays(**simulated(weight=[2.0] * 200)))
    table = curve.risk_table([0, 3, 8])
    entry, exit, event = (simulated()[k] for k in ("entry", "exit", "event"))
    assert table["at_risk"].tolist() == [
        np.sum(entry == 0), np.sum((entry < 3) & (exit >= 3)), np.sum(exit >= 8),
    ]  # fmt: skip
    assert table["left"].tolist() == [0, np.sum(event & (exit <= 3)), event.sum()]
    assert table["censored"].tolist()[-1] == np.sum(~event)
    late = survival_curve(Spells.from_arrays(**simulated()), landmark=2).risk_table([1, 2])
    assert np.isnan(late["at_risk"][0])
    assert late["at_risk"][1] == np.sum((entry <= 2) & (exit > 2))


def test_groups_and_order_of_rows():
    given = simulated()
    curve = survival_curve(Spells.from_arrays(**given), by="sector")
    assert curve.labels == ("academia", "industry")
    order = np.random.default_rng(0).permutation(200)
    mixed = {k: v[order] for k, v in given.items() if k != "covariates"}
    sector = given["covariates"]["sector"][order]
    again = survival_curve(
        Spells.from_arrays(**mixed, covariates={"sector": sector}), by=["sector"]
    )
    assert estimates(again) == pytest.approx(estimates(curve), rel=1e-12)
    one = survival_curve(
        Spells.from_arrays(**{k: v[sector == "industry"] for k, v in mixed.items()})
    )
    assert estimates(one) == pytest.approx(estimates(curve)[5:], rel=1e-12)
    assert "academia: " in curve.sentence
    assert "industry: " in curve.sentence


def test_splitting_a_stay_changes_nothing():
    given = {k: v for k, v in simulated().items() if k != "covariates"}
    cut = 2.5
    before, after = given["entry"] < cut, given["exit"] > cut
    both = before & after
    split = {
        "entry": np.concatenate([given["entry"], np.full(both.sum(), cut)]),
        "exit": np.concatenate([np.where(both, cut, given["exit"]), given["exit"][both]]),
        "event": np.concatenate([given["event"] & ~both, given["event"][both]]),
    }
    whole = survival_curve(Spells.from_arrays(**given), interval="log-log")
    parts = survival_curve(Spells.from_arrays(**split), interval="log-log")
    assert estimates(parts) == pytest.approx(estimates(whole), rel=1e-12)


def test_a_result_travels():
    curve = survival_curve(Spells.from_arrays(**simulated()), by="sector")
    for again in (copy.deepcopy(curve), pickle.loads(pickle.dumps(curve))):
        assert again.tidy().equals(curve.tidy())
    assert curve.glance().shape[0] == 1
    assert curve.account.people == 200
    assert not curve.groups[0].rows.entry.flags.writeable


def test_what_is_refused():
    spells = Spells.from_arrays(**simulated())
    with pytest.raises(UnknownNameError, match="Nearest: sector"):
        survival_curve(spells, by="secto")
    with pytest.raises(UnknownNameError, match="interval 'wald'"):
        survival_curve(spells, interval="wald")
    with pytest.raises(InputError, match="level"):
        survival_curve(spells, level=95)
    with pytest.raises(InputError, match=r"landmark 20 is not within.*up to"):
        survival_curve(spells, landmark=20)
    with pytest.raises(InputError, match="Spells"):
        survival_curve([1, 2])
    for times in ([], [np.nan], "six", [[1, 2]]):
        with pytest.raises(InputError, match="times="):
            survival_curve(spells).at(times)


def test_a_million_yearly_rows():
    rng = np.random.default_rng(0)
    entry = rng.integers(0, 4, 10**6).astype(float)
    spells = Spells.from_arrays(
        entry=entry, exit=entry + rng.integers(1, 7, 10**6), event=rng.random(10**6) < 0.3
    )
    curve = survival_curve(spells)
    # Rows are collapsed before any work.
    assert curve.groups[0].rows.entry.size < 100
    assert curve.account.people == 10**6


# Between looks that do not overlap.


def left_between_looks():
    return Spells.from_arrays(lower=[0, 2, 4], upper=[2, 4, None], count=[1, 50, 49])


def test_between_looks_survival_has_the_bounds_and_limits_that_the_looks_allow():
    curve = survival_curve(left_between_looks())
    frame = curve.at([1, 2, 3, 4])
    assert frame["estimate_low"].tolist() == pytest.approx([0.99, 0.99, 0.49, 0.49])
    assert frame["estimate_high"].tolist() == pytest.approx([1, 0.99, 0.99, 0.49])
    at_two, at_four = frame.iloc[1], frame.iloc[3]
    assert frame["conf_low"].iloc[2] == pytest.approx(at_four["conf_low"])
    assert frame["conf_high"].iloc[2] == pytest.approx(at_two["conf_high"])
    assert frame["conf_low"].iloc[0] == pytest.approx(at_two["conf_low"])
    assert frame["conf_high"].iloc[0] == 1
    assert any("within bounds" in note for note in curve.notes)


def test_between_looks_bounds_are_those_of_turnbull():
    spells = left_between_looks()
    fit = turnbull(
        lower=spells.lower,
        upper=spells.upper,
        entry=spells.entry,
        weight=spells.count.astype(float),
    )
    at = np.array([0.5, 2, 3.9, 4])
    frame = survival_curve(spells).at(at)
    low, high = fit.survival_bounds(at)
    np.testing.assert_allclose(frame["estimate_low"], low)
    np.testing.assert_allclose(frame["estimate_high"], high)


def test_between_looks_the_beta_product_covers_both_looks():
    frame = survival_curve(TWO_LOOKS).at([5.9])
    assert frame["conf_low"].iloc[0] == pytest.approx(stats.beta.ppf(0.025, 87, 14))
    assert frame["conf_high"].iloc[0] == 1
    assert "estimate_low" not in survival_curve(Spells.from_arrays(exit=[1, 2], event=[1, 0])).at(1)


def test_between_looks_the_restricted_mean_covers_ends_at_either_look():
    row = survival_curve(TWO_LOOKS).restricted_mean(6).iloc[0]
    # 13 of 100 may have left at once: 0.87 of 6 years, with a binomial error.
    assert row[["estimate", "estimate_low", "estimate_high"]].tolist() == pytest.approx(
        [6, 5.22, 6]
    )
    reach = stats.norm.ppf(0.975) * 6 * np.sqrt(0.87 * 0.13 / 100)
    assert row["conf_low"] == pytest.approx(5.22 - reach)
    assert row["conf_high"] == 6
    # 2 + 0.99 * 2 with ends at the look that found them; 0.99 * 2 + 0.49 * 2 at the look before.
    row = survival_curve(left_between_looks()).restricted_mean(4).iloc[0]
    assert row["estimate"] == pytest.approx(3.98)
    assert row["estimate_low"] == pytest.approx(2.96)
    all_left = Spells.from_arrays(lower=[0], upper=[6], count=[30])
    row = survival_curve(all_left).restricted_mean(6).iloc[0]
    assert row[["conf_low", "conf_high"]].tolist() == [0, 6]
    # Inside the second interval its ends may all have been.
    row = survival_curve(left_between_looks()).restricted_mean(3).iloc[0]
    assert row["estimate_low"] == pytest.approx(2 * 0.99 + 0.49)


# Rows that go on as another of their cluster.


def split_at_three(**more):
    """Of ten people four left at 4 and six were watched to 6, each with a row to 3 and one on."""
    return Spells.from_arrays(
        entry=[0] * 10 + [3] * 10, exit=[3] * 10 + [4] * 4 + [6] * 6,
        event=[0] * 10 + [1] * 4 + [0] * 6, cluster=[*range(10), *range(10)], **more,
    )  # fmt: skip


def test_a_split_is_neither_a_person_nor_censored():
    whole = Spells.from_arrays(exit=[4] * 4 + [6] * 6, event=[1] * 4 + [0] * 6)
    split, plain = survival_curve(split_at_three()), survival_curve(whole)
    at = [0, 2, 3, 4, 5, 6]
    assert split.risk_table(at).equals(plain.risk_table(at))
    assert "10 people, 4 of them left" in split.sentence
    assert split.tidy()["censored"].tolist() == plain.tidy()["censored"].tolist()
    # From a landmark after the split nothing is taken off.
    assert split.given(3).groups[0].people == 10
    # Without clusters nobody knows that a row goes on.
    alone = Spells.from_arrays(entry=[0, 3], exit=[3, 6], event=[0, 1])
    assert survival_curve(alone, landmark=0).risk_table([3])["censored"].tolist() == [1]


def test_the_beta_product_does_not_count_a_split_twice():
    split = Spells.from_arrays(
        entry=[0] * 10 + [2] * 8,
        exit=[1] * 2 + [2] * 8 + [3] * 8,
        event=[1] * 2 + [0] * 8 + [1] * 8,
    )
    whole = Spells.from_arrays(exit=[1] * 2 + [3] * 8, event=[1] * 10)
    at = [1.5, 1.9, 2, 2.1, 3]
    names = ["conf_low", "conf_high"]
    np.testing.assert_allclose(
        survival_curve(split).at(at)[names], survival_curve(whole).at(at)[names]
    )


# What the sentence says, and where all have left.


def test_the_sentence_waits_for_ten_at_risk():
    exits = [*range(1, 21)]
    curve = survival_curve(Spells.from_arrays(exit=exits, event=[1] * 20))
    # Ten people are at risk at 11, nine at 12.
    assert curve.sentence.startswith("At 11 years")
    one = survival_curve(Spells.from_arrays(exit=[1, 2], event=[1, 0], count=[1, 1]))
    assert "2 people, 1 of them left" in one.sentence


def test_where_all_have_left_the_upper_limit_is_the_beta_products():
    spells = Spells.from_arrays(exit=[*range(1, 31)], event=[1] * 30)
    curve = survival_curve(spells)
    last = curve.at([29, 30])
    assert last["interval"].tolist() == ["log-log", "bpcp"]
    assert last["conf_low"].iloc[1] == 0
    assert last["conf_high"].iloc[1] == pytest.approx(stats.beta.ppf(0.975, 1, 30))
    assert any("all have left" in note for note in curve.notes)
    weighted = survival_curve(Spells.from_arrays(exit=[1, 2], event=[1, 1], weight=[1.0, 2.0]))
    assert any("no limits" in note for note in weighted.notes)


def test_groups_on_different_landmarks_are_said_to_be():
    spells = Spells.from_arrays(
        entry=[0] * 20 + [2] * 20, exit=[3] * 10 + [5] * 30, event=[1] * 10 + [0] * 30,
        covariates={"sector": ["x"] * 20 + ["y"] * 20},
    )  # fmt: skip
    assert any("landmark=2" in note for note in survival_curve(spells, by="sector").notes)
    assert not any("different times" in note for note in survival_curve(spells).notes)


def test_a_last_stay_long_after_the_others_does_not_move_the_curve_there():
    # Ten from 0 and 1, one of whom leaves; the last one left is alone at risk at 6, and somebody
    # else enters at 7: the curve is that of the ten.
    spells = Spells.from_arrays(
        entry=[0] * 5 + [1] * 5 + [7], exit=[2] + [5] * 8 + [6, 9], event=[1] + [0] * 8 + [1, 0]
    )
    group = survival_curve(spells).groups[0]
    assert np.isnan(group.landmark)
    assert group.start == 0
