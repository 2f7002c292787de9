import numpy as np
import pandas as pd
import pytest
from scipy import stats

from talentstats.errors import InputError, UnknownNameError
from talentstats.summaries.spells import Spells
from talentstats.survival.incidence import cumulative_incidence

INF = float("inf")


def stays(n=400, seed=5, **options):
    """Yearly stays with delayed entry, two destinations and two sectors."""
    rng = np.random.default_rng(seed)
    entry = np.where(rng.random(n) < 0.5, 0, rng.integers(1, 4, n)).astype(float)
    given = {
        "entry": entry,
        "exit": entry + rng.integers(1, 7, n),
        "event": rng.choice(["0", "China", "other"], n, p=[0.7, 0.2, 0.1]),
        "covariates": {"sector": rng.choice(["academia", "industry"], n)},
    }
    return Spells.from_arrays(**given | options)


def pick(frame, **keys):
    for column, value in keys.items():
        frame = frame[frame[column] == value]
    return frame.reset_index(drop=True)


def two_looks():
    """The six-year cell: 87 of 100 stayed, 10 went to China, 3 elsewhere."""
    return Spells.from_arrays(
        lower=[0, 0, 6], upper=[6, 6, INF], destination=["China", "other", None], count=[10, 3, 87]
    )


def test_two_looks_are_the_multinomial():
    frame = cumulative_incidence(two_looks()).at(6)
    assert frame["estimate"].tolist() == pytest.approx([0.1, 0.03, 0.87])
    p = frame["estimate"].to_numpy()
    assert frame["std_error"].to_numpy() == pytest.approx(np.sqrt(p * (1 - p) / 100))
    assert frame["left"].tolist() == [10, 3, 13]
    assert frame["at_risk"].tolist() == [100] * 3


def test_incidences_and_survival_add_to_one_at_every_time():
    curves = cumulative_incidence(stays(), by="sector")
    sums = curves.tidy().groupby(["group", "time"])["estimate"].sum()
    assert sums.to_numpy() == pytest.approx(1.0, abs=1e-12)
    lost = pick(curves.time_lost(5), term="restricted mean time lost")
    for group in curves.groups:
        # Time lost and time stayed fill the five years: survival by hand, step by step.
        staying = pick(curves.at([0, 1, 2, 3, 4]), group=group.label, outcome="stayed")
        total = pick(lost, group=group.label)["estimate"].sum() + staying["estimate"].sum()
        assert total == pytest.approx(5.0)


def test_ties_by_hand():
    # 4 at 0: one to each place at 1; of the 2 left, one goes to a at 2: 1/4 + 1/2 * 1/2.
    spells = Spells.from_arrays(exit=[1, 1, 2, 2], event=["a", "b", "a", "0"])
    frame = pick(cumulative_incidence(spells).tidy(), outcome="a")
    assert frame["time"].tolist() == [0, 1, 2]
    assert frame["estimate"].tolist() == [0, 0.25, 0.5]


def test_entries_come_after_ends_at_one_time():
    # The third enters at 1, when one of two leaves: not at risk then, but at 2.
    spells = Spells.from_arrays(entry=[0, 0, 1], exit=[1, 2, 2], event=["a", "a", "0"])
    frame = pick(cumulative_incidence(spells, landmark=0).tidy(), outcome="a")
    assert frame["estimate"].tolist() == [0, 0.5, 0.75]


def test_one_destination_is_one_less_the_product_limit():
    spells = stays(event=(np.arange(400) % 3 == 0))
    curve = cumulative_incidence(spells)
    frame = curve.tidy()
    alive, hand = 1.0, []
    for time in sorted(set(frame["time"]) - {0.0}):
        risk = ((spells.entry < time) & (spells.lower >= time)).sum()
        ends = (spells.ended & (spells.lower == time)).sum()
        alive *= 1 - ends / risk
        hand.append(1 - alive)
    one = pick(frame, outcome="elsewhere")
    assert one["estimate"].to_numpy()[1:] == pytest.approx(np.array(hand))
    # Limits of leaving and of staying mirror one another.
    stayed = pick(frame, outcome="stayed")
    np.testing.assert_allclose(one["conf_low"], 1 - stayed["conf_high"], rtol=1e-12)


def test_counts_collapse_and_order_change_nothing():
    spells = stays()
    frame = cumulative_incidence(spells, by="sector").tidy()
    order = np.random.default_rng(1).permutation(400)
    shuffled = Spells.from_arrays(
        entry=spells.entry[order], exit=spells.lower[order], event=spells.ended[order],
        destination=np.array([*spells.destinations, "0"])[spells.destination[order]],
        covariates={"sector": spells.covariates["sector"][order]},
    )  # fmt: skip
    again = cumulative_incidence(shuffled, by="sector").tidy()
    pd.testing.assert_frame_equal(frame, again, rtol=1e-12)
    # A cluster of one person each, so that rows are not collapsed.
    single = cumulative_incidence(stays(cluster=np.arange(400)), by="sector")
    pd.testing.assert_frame_equal(frame, single.tidy(), rtol=1e-9)


def test_splitting_a_stay_with_its_cluster_changes_nothing():
    spells = stays()
    wide = spells.lower - spells.entry > 1
    entry = np.concatenate([spells.entry, spells.entry[wide] + 1])
    exit = np.concatenate([np.where(wide, spells.entry + 1, spells.lower), spells.lower[wide]])
    names = np.array([*spells.destinations, "0"])[spells.destination]
    event = np.concatenate([np.where(wide, "0", names), names[wide]])
    person = np.concatenate([np.arange(400), np.flatnonzero(wide)])
    split = Spells.from_arrays(entry=entry, exit=exit, event=event, cluster=person)
    whole, parts = (cumulative_incidence(s).at([2, 5]) for s in (spells, split))
    for column in ("estimate", "std_error", "conf_low", "conf_high"):
        np.testing.assert_allclose(whole[column], parts[column], rtol=1e-9)


def test_integer_weights_keep_estimates_and_scale_of_weights_keeps_all():
    rng = np.random.default_rng(9)
    count = rng.integers(1, 4, 400)
    counted = cumulative_incidence(stays(count=count)).at([2, 5])
    weighted = cumulative_incidence(stays(weight=count.astype(float))).at([2, 5])
    np.testing.assert_allclose(counted["estimate"], weighted["estimate"])
    assert (weighted["std_error"] > counted["std_error"]).all()
    heavy = cumulative_incidence(stays(weight=5.0 * count)).at([2, 5])
    np.testing.assert_allclose(heavy["std_error"], weighted["std_error"])
    np.testing.assert_allclose(heavy["conf_high"], weighted["conf_high"])


def test_weights_and_counts_together_are_people_with_weights():
    count = np.tile([1, 2, 3, 1], 100)
    weight = np.tile([0.5, 1.0, 2.0, 1.5], 100)
    rows = np.repeat(np.arange(400), count)
    spells = stays()
    names = np.array([*spells.destinations, "0"])[spells.destination]
    each = Spells.from_arrays(
        entry=spells.entry[rows], exit=spells.lower[rows], event=names[rows], weight=weight[rows]
    )
    one = cumulative_incidence(stays(count=count, weight=weight)).at(5)
    other = cumulative_incidence(each).at(5)
    np.testing.assert_allclose(one["std_error"], other["std_error"])


def test_time_may_be_measured_in_any_unit():
    spells = stays()
    names = np.array([*spells.destinations, "0"])[spells.destination]
    days = Spells.from_arrays(
        entry=spells.entry * 365.25, exit=spells.lower * 365.25, event=names,
        clock="days since arrival",
    )  # fmt: skip
    years, scaled = cumulative_incidence(spells).at(5), cumulative_incidence(days).at(5 * 365.25)
    np.testing.assert_allclose(years["conf_low"], scaled["conf_low"])


def test_none_and_all_have_clopper_pearson_limits():
    exact = Spells.from_arrays(exit=[6, 6, 6], event=["China", "other", "0"], count=[10, 3, 87])
    frame = cumulative_incidence(exact).at([3, 6])
    before = pick(frame, time=3.0)
    upper = stats.beta.ppf(0.975, 1, 100)
    assert before["interval"].tolist() == ["clopper-pearson"] * 3
    assert before["conf_high"].tolist() == pytest.approx([upper, upper, 1])
    assert before["conf_low"].tolist() == pytest.approx([0, 0, 1 - upper])
    assert frame[["conf_low", "conf_high"]].notna().all().all()
    gone = Spells.from_arrays(exit=[1] * 8, event=["a"] * 8)
    every = cumulative_incidence(gone).at(1)
    assert every["conf_low"].tolist() == pytest.approx([stats.beta.ppf(0.025, 8, 1), 0])
    assert every["conf_high"].tolist() == pytest.approx([1, 1 - stats.beta.ppf(0.025, 8, 1)])


def test_the_limit_of_none_counts_the_censored_and_the_late_only_in_part():
    # 10 of 20 are censored at 1; nobody left for b by 2; one of 10 left for a at 2.
    spells = Spells.from_arrays(
        exit=[1] * 10 + [2] + [3] * 9 + [4], event=["0"] * 10 + ["a"] + ["0"] * 9 + ["b"]
    )
    frame = pick(cumulative_incidence(spells).at([0.5, 2.5]), outcome="b")
    # Just after 2 there are 10 of 11 at risk: 10 / (10 / 11).
    assert frame["conf_high"].tolist() == pytest.approx(
        [stats.beta.ppf(0.975, 1, 21), stats.beta.ppf(0.975, 1, 11)]
    )
    # 10 of 60 are there from 0, the others from 1: nothing says that the late stayed before.
    late = Spells.from_arrays(
        entry=[0] * 10 + [1] * 50, exit=[5] * 60, event=["a"] + ["0"] * 58 + ["b"]
    )
    frame = pick(cumulative_incidence(late, landmark=0).at(3), outcome="a")
    assert frame["conf_high"].item() == pytest.approx(stats.beta.ppf(0.975, 1, 10))


def test_limits_of_none_follow_weights_and_clusters():
    base = {"exit": [1, 2, 2, 2], "event": ["a", "0", "0", "b"]}
    effective = {
        (): 4,
        ("weight", (1.0, 1.0, 1.0, 3.0)): 36 / 12,  # Kish: (sum w)^2 / sum w^2
        ("cluster", (0, 0, 1, 1)): 2,
    }
    for option, people in effective.items():
        extra = {option[0]: option[1]} if option else {}
        frame = pick(cumulative_incidence(Spells.from_arrays(**base, **extra)).at(1.5), outcome="b")
        assert frame["conf_high"].item() == pytest.approx(stats.beta.ppf(0.975, 1, people))


def test_a_small_early_risk_set_gives_a_landmark_and_a_note():
    entry, exit = [0, 0] + [2] * 20, [1, 1.5] + [5] * 20
    spells = Spells.from_arrays(entry=entry, exit=exit, event=["a", "b"] + ["a"] * 5 + ["0"] * 15)
    curves = cumulative_incidence(spells)
    assert curves.groups[0].landmark == 2
    assert "staying until 2" in curves.notes[0]
    assert "of those there at 2" in curves.sentence
    frame = curves.at(5)
    assert frame["estimate"].tolist() == [0.25, 0, 0.75]
    assert curves.glance()["landmark"].item() == 2
    with pytest.raises(InputError, match="allowed is 2 to 5"):
        curves.at(1)
    with pytest.raises(InputError, match="landmark 7"):
        cumulative_incidence(spells, landmark=7)


def test_a_small_group_that_comes_at_once_starts_at_the_beginning():
    curves = cumulative_incidence(Spells.from_arrays(exit=[1, 2, 3], event=["a", "0", "a"]))
    assert np.isnan(curves.groups[0].landmark)
    assert curves.at(1)["estimate"].tolist() == pytest.approx([1 / 3, 2 / 3])


def test_beyond_follow_up_is_refused_with_the_last_usable_time():
    curves = cumulative_incidence(stays(), by="sector")
    with pytest.raises(InputError, match=r"time 20 .*'academia'.*0 to 9, the last usable time"):
        curves.at([1, 20])
    for wrong in ("six", [np.nan], []):
        with pytest.raises(InputError, match="times="):
            curves.at(wrong)
    # Once all have left nothing more can happen.
    gone = cumulative_incidence(Spells.from_arrays(exit=[1, 2], event=["a", "b"]))
    assert gone.at(50)["estimate"].tolist() == [0.5, 0.5, 0.0]


def test_noise_in_times_makes_no_new_times():
    exact = Spells.from_arrays(exit=[0.3, 0.3, 1, 1], event=["a", "b", "a", "0"])
    noisy = Spells.from_arrays(exit=[0.1 + 0.2, 0.3, 1, 1], event=["a", "b", "a", "0"])
    np.testing.assert_allclose(
        cumulative_incidence(noisy).at(0.3)["std_error"],
        cumulative_incidence(exact).at(0.1 + 0.2)["std_error"],
    )


def test_irregular_looks_are_refused_with_a_way_out():
    spells = Spells.from_arrays(lower=[0, 1, 4], upper=[3, 2, INF], destination=["a", "b", None])
    with pytest.raises(InputError, match=r"ends of 1 person lie in intervals.*Turnbull"):
        cumulative_incidence(spells)


def test_a_difference_without_censoring_is_that_of_two_shares():
    spells = Spells.from_arrays(
        exit=[1] * 4, event=["a", "0", "a", "0"], count=[20, 80, 9, 91],
        covariates={"group": ["x", "x", "y", "y"]},
    )  # fmt: skip
    gap = cumulative_incidence(spells, by="group").difference("x", "y", horizon=1, destination="a")
    assert gap.difference == pytest.approx(0.11)
    assert gap.std_error == pytest.approx(np.sqrt(0.2 * 0.8 / 100 + 0.09 * 0.91 / 100))
    assert gap.correlation == 0
    turned = cumulative_incidence(spells, by="group").difference(
        "y", "x", horizon=1, destination="a"
    )
    assert (turned.low, turned.high) == pytest.approx((-gap.high, -gap.low))
    assert turned.p_value == pytest.approx(gap.p_value)
    # The p-value inverts the interval, and is near that of the score test, z = 2.209.
    ends = gap.tidy(level=1 - gap.p_value).loc[0, ["conf_low", "conf_high"]]
    assert min(abs(ends)) == pytest.approx(0, abs=1e-9)
    assert gap.p_value == pytest.approx(2 * stats.norm.sf(2.209), abs=0.01)
    assert "20% of x and 9% of y had left for a" in gap.sentence
    assert len(gap.glance()) == 1


def test_a_difference_holds_where_one_group_has_no_end():
    spells = Spells.from_arrays(
        exit=[1] * 3, event=["a", "0", "0"], count=[10, 90, 50], covariates={"g": list("xxy")}
    )
    gap = cumulative_incidence(spells, by="g").difference("x", "y", horizon=1, destination="a")
    # Newcombe's way: 0.1 less the roots of squares of the reaches of both.
    frame = pick(cumulative_incidence(spells, by="g").at(1), outcome="a")
    low, high = frame["conf_low"], frame["conf_high"]
    assert high[1] == pytest.approx(stats.beta.ppf(0.975, 1, 50))
    assert gap.low == pytest.approx(0.1 - np.hypot(0.1 - low[0], high[1]))
    assert gap.high == pytest.approx(0.1 + (high[0] - 0.1))


def test_no_difference_and_a_huge_one():
    spells = Spells.from_arrays(
        exit=[1] * 4, event=["a", "0", "a", "0"], count=[150, 50, 50, 150],
        covariates={"g": list("xxyy")},
    )  # fmt: skip
    huge = cumulative_incidence(spells, by="g").difference("x", "y", horizon=1, destination="a")
    assert 0 < huge.p_value < 1e-14
    assert huge.tidy()["statistic"].item() == pytest.approx(0.5 / np.sqrt(2 * 0.1875 / 200))
    same = Spells.from_arrays(exit=[1] * 4, event=list("a0a0"), covariates={"g": list("xxyy")})
    none = cumulative_incidence(same, by="g").difference("x", "y", horizon=1, destination="a")
    assert (none.difference, none.p_value) == (0, 1)


def test_groups_that_begin_at_different_times_are_not_compared():
    entry, exit = [0] * 20 + [3] * 20, [5] * 40
    spells = Spells.from_arrays(
        entry=entry, exit=exit, event=["a", "0"] * 20, covariates={"g": ["x"] * 20 + ["y"] * 20}
    )
    curves = cumulative_incidence(spells, by="g")
    with pytest.raises(InputError, match="landmark=3"):
        curves.difference("x", "y", horizon=5, destination="a")
    with pytest.raises(InputError, match="landmark=3"):
        curves.time_lost(5)
    both = cumulative_incidence(spells, by="g", landmark=3)
    assert both.difference("x", "y", horizon=5, destination="a").difference == 0


def test_time_lost_by_hand_and_its_differences():
    spells = Spells.from_arrays(
        exit=[1, 4, 2, 4], event=["a", "0", "b", "0"], covariates={"g": list("xxyy")}
    )
    frame = cumulative_incidence(spells, by="g").time_lost(4)
    lost = pick(frame, term="restricted mean time lost")
    # Half of x is gone from 1 to 4, half of y from 2 to 4.
    assert lost["estimate"].tolist() == [1.5, 0, 0, 1.0]
    assert lost["conf_low"].tolist()[1] == 0
    assert lost["conf_high"].tolist()[1] == pytest.approx(4 * stats.beta.ppf(0.975, 1, 2))
    gap = pick(frame, term="difference in time lost")
    assert gap["group"].unique().tolist() == ["y less x"]
    assert gap["estimate"].tolist() == [-1.5, 1.0]
    assert gap["p_value"].between(0, 1).all()


def test_people_below_the_ticks_add_up():
    table = cumulative_incidence(stays()).risk_table([0, 3, 6])
    assert table["at_risk"].tolist()[0] == int((stays().entry == 0).sum())
    three = table.iloc[1]
    assert three["left"] == (stays().ended & (stays().lower <= 3)).sum()


def test_what_is_not_allowed():
    curves = cumulative_incidence(stays(), by="sector")
    with pytest.raises(UnknownNameError, match="industry"):
        curves.difference("academia", "industri", horizon=3, destination="China")
    with pytest.raises(UnknownNameError, match="China"):
        curves.difference("academia", "industry", horizon=3, destination="Chine")
    with pytest.raises(InputError, match="itself"):
        curves.difference("academia", "academia", horizon=3, destination="China")
    with pytest.raises(InputError, match="last usable time"):
        curves.difference("academia", "industry", horizon=30, destination="China")
    with pytest.raises(InputError, match="none of 2 stays ended"):
        cumulative_incidence(Spells.from_arrays(exit=[1, 2], event=[0, 0]))
    with pytest.raises(InputError, match="allowed are Spells"):
        cumulative_incidence([1])
    with pytest.raises(UnknownNameError, match="sector"):
        cumulative_incidence(stays(), by="secto")


def test_a_group_without_ends_is_there_with_limits():
    spells = Spells.from_arrays(
        exit=[1, 2, 2], event=["a", "0", "0"], count=[1, 9, 10], covariates={"g": list("xxy")}
    )
    frame = pick(cumulative_incidence(spells, by="g").tidy(), group="y", time=2.0)
    assert frame["estimate"].tolist() == [0, 1]
    assert frame["conf_high"].tolist() == pytest.approx([stats.beta.ppf(0.975, 1, 10), 1])


def test_yearly_rows_cost_what_their_distinct_ones_cost():
    rng = np.random.default_rng(2)
    entry = rng.integers(0, 6, 50_000).astype(float)
    given = {
        "entry": entry, "exit": entry + rng.integers(1, 9, 50_000),
        "event": rng.choice([0, 1, 2], 50_000, p=[0.7, 0.2, 0.1]),
    }  # fmt: skip
    curves = cumulative_incidence(Spells.from_arrays(**given))
    assert curves.groups[0].rows.entry.size < 200
    assert curves.glance()["people"].item() == 50_000


def test_sentence_and_notes():
    curves = cumulative_incidence(two_looks())
    assert "10% China" in curves.sentence
    assert "87% had stayed" in curves.sentence
    assert "count at the look" in curves.notes[0]
    assert curves.account.people == 100


# Between looks.


def left_between_looks():
    """Of 100, one left in (0, 2], 40 for a and 10 for b in (2, 4], 49 stayed."""
    return Spells.from_arrays(
        lower=[0, 2, 2, 4], upper=[2, 4, 4, INF], destination=["a", "a", "b", None],
        count=[1, 40, 10, 49],
    )  # fmt: skip


def test_between_looks_incidence_has_the_bounds_and_limits_that_the_looks_allow():
    curves = cumulative_incidence(left_between_looks())
    inside = pick(curves.at([3]), time=3.0)
    assert inside["estimate"].tolist() == pytest.approx([0.01, 0, 0.99])
    assert inside["estimate_low"].tolist() == pytest.approx([0.01, 0, 0.49])
    assert inside["estimate_high"].tolist() == pytest.approx([0.41, 0.1, 0.99])
    before, after = (pick(curves.at([t]), time=t) for t in (2.0, 4.0))
    assert inside["conf_low"].tolist() == pytest.approx(
        [*before["conf_low"][:2], after["conf_low"].iloc[2]]
    )
    assert inside["conf_high"].tolist() == pytest.approx(
        [*after["conf_high"][:2], before["conf_high"].iloc[2]]
    )
    groups = Spells.from_arrays(
        lower=[0, 4, 0, 4], upper=[4, INF, 4, INF], destination=["a", None] * 2,
        covariates={"sector": list("xxyy")},
    )  # fmt: skip
    curves = cumulative_incidence(groups, by="sector")
    with pytest.raises(InputError, match="horizon=4"):
        curves.difference("x", "y", horizon=1.5, destination="a")


def test_between_looks_time_lost_covers_ends_at_either_look():
    row = cumulative_incidence(two_looks()).time_lost(6).set_index("outcome").loc["China"]
    # At the look that found them nothing is lost by 6; just after the look before, 6 years each.
    assert row[["estimate", "estimate_low", "estimate_high"]].tolist() == pytest.approx([0, 0, 0.6])
    early = Spells.from_arrays(
        exit=[1e-9, 1e-9, 6], event=["China", "other", "0"], count=[10, 3, 87]
    )
    latest = cumulative_incidence(early).time_lost(6).set_index("outcome").loc["China"]
    assert row["conf_low"] == 0
    assert row["conf_high"] == pytest.approx(latest["conf_high"])
    exact = Spells.from_arrays(exit=[3, 6], event=["a", "0"], count=[10, 90])
    assert "estimate_low" not in cumulative_incidence(exact).time_lost(6)


def test_between_looks_differences_in_time_lost_have_both_ends():
    groups = Spells.from_arrays(
        lower=[0, 6] * 2, upper=[6, INF] * 2, destination=["a", None] * 2,
        count=[13, 87, 30, 70], covariates={"sector": list("xxyy")},
    )  # fmt: skip
    row = cumulative_incidence(groups, by="sector").time_lost(6).iloc[-1]
    assert row[["estimate", "estimate_low", "estimate_high"]].tolist() == pytest.approx(
        [0, -0.78, 1.8]
    )
    assert row["conf_low"] < -0.78
    assert row["conf_high"] > 1.8


def test_groups_on_different_landmarks_are_said_to_be():
    spells = Spells.from_arrays(
        entry=[0] * 20 + [2] * 20, exit=[3] * 10 + [5] * 30, event=["a"] * 10 + ["0"] * 30,
        covariates={"sector": ["x"] * 20 + ["y"] * 20},
    )  # fmt: skip
    assert any("landmark=2" in n for n in cumulative_incidence(spells, by="sector").notes)
    assert not any("different times" in n for n in cumulative_incidence(spells).notes)


def test_the_risk_table_is_empty_before_anybody_is_seen():
    found = cumulative_incidence(Spells.from_arrays(entry=[2, 2], exit=[3, 4], event=[1, 0]))
    table = found.risk_table([0, 2, 3])
    assert np.isnan(table["at_risk"][0])
    assert table["at_risk"].tolist()[1:] == [2, 2]
    with pytest.raises(InputError, match=r"times=\['a'\] are not numbers"):
        found.risk_table(["a"])
