"""Comparison with a reference curve: by hand, from a known truth, and what is refused."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.published import benchmark, benchmarks
from talentstats.results.protocol import Result
from talentstats.retention.compare import compare_with_benchmark
from talentstats.stats.curve_limits import beta_product_limits
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.counts import RetentionCounts
from talentstats.summaries.spells import Spells
from talentstats.survival.reference import compare_with_reference
from talentstats.survival.reference_curve import ReferenceCurve
from talentstats.survival.reference_retention import elapsed_retention
from talentstats.survival.reference_watched import watched_spells

INF = np.inf
LOOKS = Spells.from_arrays(lower=[0, 6], upper=[6, None], count=[13, 87])
NINETY = ReferenceCurve.constant(0.90, 5)


def stock(n=20_000, shape=0.6, seed=1):
    """People who arrived over ten years, seen from the tenth on for six, at a Weibull hazard."""
    rng = np.random.default_rng(seed)
    curve = ReferenceCurve.weibull(0.85, 10, shape)
    end = (rng.exponential(size=n) / curve.scale) ** (1 / shape)
    entry = rng.uniform(0, 10, n)
    seen = end > entry
    return end[seen], entry[seen], curve


def test_two_looks_are_the_comparison_of_the_counts():
    own = compare_with_benchmark(RetentionCounts(87, 100), benchmark(0.90, horizon=5).at_horizon(6))
    [row] = compare_with_reference(LOOKS, NINETY).honoured
    assert row.retention.rate == pytest.approx(own.rate, abs=1e-14)
    assert row.retention.p_value == pytest.approx(own.tests.central.two_sided, rel=1e-10)
    assert row.retention.p_equivalence == pytest.approx(own.equivalence.p_value, rel=1e-10)
    assert row.retention.verdict == own.verdict
    limits = row.retention.observed.limits(0.95)
    assert [float(limits.lower), float(limits.upper)] == pytest.approx(
        [own.interval.low, own.interval.high]
    )


def test_expected_leavers_by_hand():
    # Constant hazard log 2 a year: 0 to 1, 1 to 3 (left), 2 to 2.5.
    spells = Spells.from_arrays(entry=[0, 1, 2], exit=[1, 3, 2.5], event=[0, 1, 0])
    found = compare_with_reference(spells, ReferenceCurve.constant(0.5, 1), horizon=2)
    [own], [wrong] = found.honoured, found.ignored
    assert own.ends.expected == pytest.approx(3.5 * np.log(2))
    assert wrong.ends.expected == pytest.approx(6.5 * np.log(2))
    assert own.retention.rate == pytest.approx(0.25)
    assert wrong.retention.rate == pytest.approx(np.mean([1 / 4, 1 / 8, 1 / 16]))
    assert found.kind == "exact times"


@pytest.mark.parametrize("how", ["exact", "one look", "several looks"])
def test_a_stock_that_follows_the_curve_is_found_to_and_ignoring_entry_is_wrong(how):
    end, entry, curve = stock()
    if how == "exact":
        given = {"exit": np.minimum(end, entry + 6), "event": end <= entry + 6}
    else:
        gap = 6.0 if how == "one look" else 1.5
        before = np.floor((end - entry) / gap) * gap
        lower = np.minimum(entry + before, entry + 6)
        given = {"lower": lower, "upper": np.where(end <= entry + 6, lower + gap, INF)}
    spells = Spells.from_arrays(entry=entry, **given, clock="years since arrival (simulated)")
    found = compare_with_reference(spells, curve)
    [own], [wrong] = found.honoured, found.ignored
    assert abs(float(own.ends.tests.z)) < 2.5
    assert own.retention.verdict == "equivalent within the margin"
    assert own.retention.observed.estimate == pytest.approx(own.retention.rate, abs=0.006)
    assert wrong.ratio < 0.7  # more leavers are expected than a stock can have
    assert wrong.retention.verdict == "above"
    assert not found.all_enter_at_start


def test_z_has_variance_one_when_ends_are_known_between_wide_looks():
    rng = np.random.default_rng(3)
    curve = ReferenceCurve.constant(0.5, 5)
    z = []
    for _ in range(300):
        end = rng.exponential(5 / np.log(2), 60)
        looks = np.array([0, 4.0, 9.0])
        place = np.searchsorted(looks, end, side="right")
        lower = looks[place - 1]
        upper = np.where(place < 3, np.append(looks, INF)[place], INF)
        keep = (lower > 0) | np.isfinite(upper)
        spells = Spells.from_arrays(lower=lower[keep], upper=upper[keep])
        z.append(float(compare_with_reference(spells, curve, horizon=4).honoured[0].ends.tests.z))
    assert abs(np.mean(z)) < 0.2
    assert 0.85 < np.std(z) < 1.15


def test_people_who_are_lost_get_beta_product_limits_and_their_tests():
    rng = np.random.default_rng(5)
    end, lost = rng.exponential(30, 80), rng.uniform(2, 12, 80)
    exit, event = np.minimum(end, lost), end <= lost
    spells = Spells.from_arrays(exit=exit, event=event)
    [row] = compare_with_reference(spells, NINETY, horizon=6).honoured
    observed = row.retention.observed
    assert observed.method == "bpcp"
    options = {"at": [6], "entry": np.zeros(80), "exit": exit, "event": event}
    hand = beta_product_limits(**options, level=0.95)
    own = observed.limits(0.95)
    assert [float(own.lower), float(own.upper)] == [float(hand.lower[0]), float(hand.upper[0])]
    # The one-sided p-value against a limit is the area outside it.
    assert observed.one_sided(float(hand.lower[0]))[0] == pytest.approx(0.025, rel=1e-6)
    assert observed.one_sided(float(hand.upper[0]))[1] == pytest.approx(0.025, rel=1e-6)
    assert 40 < observed.size < 80
    assert 0 < row.retention.power < 1


def test_looks_that_straddle_the_horizon_take_turnbull_and_its_likelihood():
    lower = np.repeat([0.0, 5, 5, 8, 7], [4, 6, 3, 30, 20])
    upper = np.repeat([5.0, 8, 7, INF, INF], [4, 6, 3, 30, 20])
    spells = Spells.from_arrays(lower=lower, upper=upper)
    [row] = compare_with_reference(spells, NINETY, horizon=6).honoured
    observed = row.retention.observed
    assert observed.method == "likelihood-ratio"
    limits = observed.limits(0.95)
    assert sum(observed.one_sided(float(limits.lower))) == pytest.approx(1)
    assert observed.one_sided(float(limits.lower))[0] == pytest.approx(0.025, rel=1e-5)
    assert np.isnan(row.retention.power)


def test_a_shift_puts_a_stock_on_the_clock_of_the_reference():
    curve = ReferenceCurve.weibull(0.90, 5, 0.5)
    at_start = compare_with_reference(LOOKS, curve)
    later = compare_with_reference(LOOKS, curve, entry=4)
    assert at_start.all_enter_at_start
    assert any("treated as a cohort" in note for note in at_start.notes)
    assert not later.all_enter_at_start
    assert later.honoured[0].retention.rate == pytest.approx(0.9 ** (2**0.5 - 0.8**0.5))
    assert later.ignored[0].retention.rate == pytest.approx(0.9 ** (2**0.5))
    named = Spells.from_arrays(
        lower=[0, 6], upper=[6, None], count=[13, 87], covariates={"tenure": [4.0, 4.0]}
    )
    again = compare_with_reference(named, curve, entry="tenure")
    assert again.honoured[0].ends.expected == later.honoured[0].ends.expected
    assert "Had delayed entry been ignored" in later.sentence
    assert "Had delayed entry" not in at_start.sentence


def test_a_list_gives_one_pair_each_and_says_what_makes_no_curve():
    found = compare_with_reference(LOOKS, list(benchmarks("China")))
    assert len(found.honoured) == len(found.ignored) == found.glance().references[0]
    assert "cset2022-china" in dict(found.left_out)
    assert len(found.honoured) + len(found.left_out) == len(benchmarks("China"))
    assert "references expect" in found.sentence
    assert found.provenance.sources[0] == benchmarks("China")[0].id
    with pytest.raises(InputError, match="no single horizon"):
        compare_with_reference(LOOKS, "cset2022-china")
    with pytest.raises(InputError, match="no reference makes a comparison"):
        compare_with_reference(LOOKS, ["cset2022-china"])
    with pytest.raises(UnknownNameError):
        compare_with_reference(LOOKS, [NINETY, "sei1066"])


def test_points_functions_and_curves_are_references():
    asked = [0.0, 6.0]
    points = compare_with_reference(LOOKS, ([6.0], [0.88]))
    function = compare_with_reference(LOOKS, lambda t: 0.88 ** (t / 6))
    assert points.honoured[0].ends.expected == pytest.approx(12)
    assert function.honoured[0].ends.expected == pytest.approx(12)
    listed = compare_with_reference(LOOKS, [(asked, [1.0, 0.88]), NINETY])
    assert [row.ends.expected for row in listed.honoured] == pytest.approx([12, 11.87665], rel=1e-6)


def test_cells_are_held_against_the_hazard_of_their_durations():
    spells = Spells.from_arrays(entry=[0, 1, 2], exit=[2, 3, 3], event=[0, 1, 0])
    curve = ReferenceCurve.weibull(0.5, 2, 2)
    cells = compare_with_reference(RiskCells.from_spells(spells), curve)
    people = compare_with_reference(spells, curve, horizon=1)
    assert cells.honoured[0].ends.expected == pytest.approx(people.honoured[0].ends.expected)
    assert cells.ignored == ()
    assert list(cells.tidy().term) == ["observed over expected"]


def test_published_aggregates_need_a_constant_hazard():
    table = pd.DataFrame({"sector": ["a", "b"], "events": [3, 1], "exposure": [99.5, 80]})
    cells = RiskCells.from_frame(table)
    [row] = compare_with_reference(cells, NINETY).honoured
    assert row.ends.expected == pytest.approx(179.5 * -np.log(0.9) / 5)
    with pytest.raises(InputError, match="no bounds of duration"):
        compare_with_reference(cells, ReferenceCurve.weibull(0.5, 2, 2))


def test_tidy_glance_and_copies():
    found = compare_with_reference(LOOKS, [NINETY, ReferenceCurve.constant(0.9, 10)])
    assert isinstance(found, Result)
    frame = found.tidy(level=0.8)
    assert len(frame) == 8
    assert list(frame.columns)[:2] == ["group", "time"]
    assert set(frame.entry) == {"honoured", "ignored"}
    assert (frame.conf_low < frame.estimate).all()
    assert (frame.conf_high > frame.estimate).all()
    wide = found.tidy()
    assert (wide.conf_low < frame.conf_low).all()
    assert found.glance().shape[0] == 1
    for twin in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):
        assert twin.sentence == found.sentence
    assert found.account.people == 100


def test_the_sentence_says_what_was_seen_and_expected():
    text = compare_with_reference(LOOKS, ReferenceCurve.constant(0.9, 10)).sentence
    assert text.startswith(
        "13 left where 6.1 were expected under 90% at 10 years (a constant hazard): 2.12 times as "
        "many (95% interval 1.16 to 3.46; exact p = 0.016)."
    )
    assert "87% stayed, and the reference keeps 93.9%" in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"horizon": 7}, "last usable time, 6 years"),
        ({"horizon": 0}, "horizon"),
        ({"margin": 0.95}, "holds every rate"),
        ({"entry": -1}, "begins at 0"),
        ({"entry": [1, 2, 3]}, "entry has shape"),
        ({"entry": "tenure"}, "tenure"),
        ({"reference": 0.9}, "makes no curve"),
        ({"reference": []}, "the list is empty"),
        ({"reference": ReferenceCurve.from_points([3], [0.9])}, "6 is asked for"),
    ],
)
def test_what_is_refused_says_why(change, message):
    given = {"reference": NINETY} | change
    with pytest.raises(InputError, match=message):
        compare_with_reference(LOOKS, **given)


def test_weights_and_other_things_are_refused():
    weighted = Spells.from_arrays(exit=[1, 2], event=[1, 0], weight=[1, 2])
    with pytest.raises(InputError, match="sampling weights"):
        compare_with_reference(weighted, NINETY, horizon=1)
    with pytest.raises(InputError, match="Spells and RiskCells"):
        compare_with_reference(RetentionCounts(87, 100), NINETY)


def test_a_curve_that_expects_nobody_has_no_ratio():
    spells = Spells.from_arrays(exit=[1, 2], event=[1, 0])
    with pytest.raises(InputError, match="expects nobody to leave"):
        compare_with_reference(spells, ([2.0, 3.0], [1.0, 0.9]), horizon=1)
    with pytest.raises(InputError, match="expects nobody to leave"):
        compare_with_reference(LOOKS, ([6.0, 7.0], [1.0, 0.9]))


def test_what_the_reference_keeps_has_the_follow_up_of_the_people_by_hand():
    # Stays 1/2 of year 1, 4/5 of year 2, 9/10 of year 11; three watched years 1 and 2, one year 11.
    curve = ReferenceCurve.from_points([1, 2, 10, 11], [0.5, 0.4, 0.4, 0.36])
    spells = Spells.from_arrays(entry=[0, 10], exit=[2, 11], event=[0, 0], count=[3, 1])
    found = compare_with_reference(spells, curve, horizon=2)
    [own], [wrong] = found.honoured, found.ignored
    # In the first year (3/2 + 1/10) / 4 leave, in the second a fifth of the three.
    assert own.retention.rate == pytest.approx((1 - 1.6 / 4) * 0.8)
    assert wrong.retention.rate == pytest.approx((1 - (1.5 + 0.64) / 4) * 0.8)
    assert "1 person is no longer followed 2 years after entry" in " ".join(found.notes)
    assert "and are followed as these are" in found.sentence


@pytest.mark.parametrize("how", ["exact", "looks", "straddled"])
def test_people_who_enter_together_keep_the_curve_whoever_is_lost(how):
    rng = np.random.default_rng(2)
    end, lost = rng.exponential(20, 1500), rng.uniform(0.5, 12, 1500)
    if how == "exact":
        given = {"exit": np.minimum(end, lost), "event": end <= lost}
    else:
        gap = 1.0 if how == "looks" else np.where(np.arange(1500) % 2, 1.0, 4.0)
        lower = np.floor(np.minimum(end, lost) / gap) * gap
        upper = np.where((end <= lost) & (lower + gap <= lost), lower + gap, INF)
        keep = (lower > 0) | np.isfinite(upper)
        given = {"lower": lower[keep], "upper": upper[keep]}
    curve = ReferenceCurve.weibull(0.75, 6, 0.7)
    [row] = compare_with_reference(Spells.from_arrays(**given), curve, horizon=6).honoured
    assert row.retention.observed.lost > 100
    # Each step keeps the same share of everybody: the product is the curve itself.
    assert row.retention.rate == pytest.approx(0.75, abs=2e-4)


def test_retention_holds_its_null_where_late_entrants_are_followed_for_less():
    rng = np.random.default_rng(4)
    curve = ReferenceCurve.weibull(0.7, 6, 0.5)
    entry = np.repeat([0.0, 10.0], 150)
    follow = np.repeat([8.0, 3.0], 150)
    gap, rejected = [], 0
    for _ in range(60):
        total = curve.cumulative_hazard(entry) + rng.exponential(size=300)
        end = (total / curve.scale) ** 2
        exit = np.minimum(end, entry + follow)
        spells = Spells.from_arrays(entry=entry, exit=exit, event=end <= exit)
        [row] = compare_with_reference(spells, curve, horizon=6).honoured
        gap.append(row.retention.observed.estimate - row.retention.rate)
        rejected += row.retention.p_value < 0.05
    # A plain mean of S(entry + 6) / S(entry) is 0.022 off.
    assert abs(np.mean(gap)) < 0.009
    assert rejected <= 7


def test_a_horizon_between_looks_has_bounds_in_place_of_an_estimate():
    looks = Spells.from_arrays(lower=[2, 4], upper=[4, None], count=[50, 50])
    found = compare_with_reference(looks, ReferenceCurve.constant(0.5, 3), horizon=3)
    assert "the looks allow 50% to 100% to have stayed" in found.sentence
    assert "100% stayed" not in found.sentence
    assert any("bound retention" in note for note in found.notes)
    frame = found.tidy().query("term == 'retention'")
    assert frame.estimate_low.tolist() == pytest.approx([0.5, 0.5])
    assert frame.estimate_high.tolist() == pytest.approx([1, 1])
    at_a_look = compare_with_reference(looks, NINETY, horizon=4)
    assert "50% stayed" in at_a_look.sentence


def test_rows_that_continue_one_another_are_refused():
    rows = {
        "entry": [0, 3, 0],
        "exit": [3, 6, 4],
        "event": [0, 0, 1],
    }
    split = Spells.from_arrays(**rows, cluster=["ann", "ann", "bob"])
    with pytest.raises(InputError, match=r"1 row continues another row.*one row a stay"):
        compare_with_reference(split, NINETY, horizon=3)
    apart = Spells.from_arrays(**rows, cluster=["ann", "eve", "bob"])
    assert compare_with_reference(apart, NINETY, horizon=3).account.people == 3


def test_beta_product_p_values_beyond_a_half_are_the_binomial_ones():
    # One person is lost before the first end: 87 of 100 remain to be judged.
    lost = Spells.from_arrays(exit=[0.5, 1, 6], event=[0, 1, 0], count=[1, 13, 87])
    beta, binomial = (
        elapsed_retention(watched_spells(spells, entry=None), horizon=6) for spells in (lost, LOOKS)
    )
    assert (beta.method, binomial.method) == ("bpcp", "clopper-pearson")
    # Also where all others are last seen at the horizon itself.
    assert float(beta.limits(0.95).lower) == pytest.approx(float(binomial.limits(0.95).lower))
    for rate in (0.75, 0.86, 0.87, 0.88, 0.95):
        assert beta.one_sided(rate) == pytest.approx(binomial.one_sided(rate), rel=1e-6)
    [row] = compare_with_reference(lost, ReferenceCurve.constant(0.6, 6)).honoured
    assert row.retention.p_equivalence > 0.99


def test_only_one_look_has_an_exact_p_value():
    exact = Spells.from_arrays(exit=[1, 2, 3], event=[1, 0, 0])
    several = Spells.from_arrays(lower=[0, 2, 4], upper=[2, 4, None], count=[1, 50, 49])
    for given in (exact, several, RiskCells.from_spells(exact)):
        text = compare_with_reference(given, NINETY, horizon=2).sentence
        assert "; Poisson p = " in text or "; Poisson p < " in text
        assert "exact" not in text
    assert "; exact p = " in compare_with_reference(LOOKS, NINETY).sentence


def test_tiny_ratios_keep_significant_digits():
    many = Spells.from_arrays(lower=[0, 6], upper=[6, None], count=[1, 9_999])
    text = compare_with_reference(many, ReferenceCurve.constant(0.7, 6)).sentence
    assert "0.00033 times as many" in text


def test_calendar_years_are_no_years_in_the_host():
    spells = Spells.from_arrays(entry=[2013, 2015], exit=[2019, 2021], event=[1, 0])
    assert spells.clock == "calendar year"
    with pytest.raises(InputError, match=r"enters at 2013 .* \(calendar year\)"):
        compare_with_reference(spells, ReferenceCurve.constant(0.9, 5))
