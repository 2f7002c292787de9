"""Many benchmarks at once: order, verdicts, what is left out, and the sentences."""

import numpy as np
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.published.benchmark import benchmark, benchmarks
from talentstats.published.hazards import TenureRange, Weibull
from talentstats.retention.compare import compare_with_benchmark
from talentstats.retention.comparisons import compare_with_benchmarks
from talentstats.summaries.counts import RetentionCounts

COUNTS = RetentionCounts(87, 100)
# Percent, years: rate at six years under a constant hazard, central and minimum-likelihood p,
# to ten digits (tests/reference/proportions_make.py, 60 digits).
ALIGNED = {
    (83, 5): (0.7996385277, 0.0921405605, 0.0809428820),
    (90, 5): (0.8812335261, 0.8177121658, 0.7563182723),
    (94, 5): (0.9284391051, 0.0525001296, 0.0314409773),
    (90, 10): (0.9387403934, 0.0162506243, 0.0099223225),
}


def found(**options):
    given = [benchmark(p / 100, horizon=years) for p, years in reversed(ALIGNED)]
    return compare_with_benchmarks(COUNTS, given, **{"horizon": 6} | options)


def test_benchmarks_stand_from_the_lowest_aligned_rate_up_with_their_p_values():
    frame = found().frame()
    for column, place in (("rate", 0), ("p_central", 1), ("p_minlike", 2)):
        expected = [values[place] for values in ALIGNED.values()]
        np.testing.assert_allclose(frame[column], expected, rtol=0, atol=6e-11)
    assert frame["p_value"].tolist() == frame["p_central"].tolist()
    assert frame["printed_horizon"].tolist() == [5, 5, 5, 10]
    assert frame["verdict"].tolist() == ["cannot tell", "cannot tell", "cannot tell", "below"]


def test_the_sentence_names_what_is_below_what_parts_and_the_rest():
    assert found().sentence == (
        "Of 4 benchmarks moved to 6 years, 87 of 100 is below 1: 90% at 10 years. With 94% at 5 "
        "years the two exact tests part (central p = 0.053, minimum likelihood p = 0.031). From "
        "the other 2 it cannot be told apart: 83% and 90% at 5 years."
    )
    assert [c.benchmark.label for c in found().parting] == ["94% at 5 years"]
    assert [c.benchmark.label for c in found().with_verdict("below")] == ["90% at 10 years"]
    assert found().with_verdict("above") == ()


def test_the_sentence_without_a_horizon_and_without_a_difference():
    assert compare_with_benchmarks(COUNTS, [0.9, "sei2024-china-10yr"]).sentence == (
        "Of 2 benchmarks as published, 87 of 100 is told apart from none. From 2 it cannot be "
        "told apart: 81% at 10 years; 90%."
    )


def test_the_sentence_above():
    # P(X >= 87 | 100, 0.5) is far below 0.001.
    assert compare_with_benchmarks(COUNTS, [0.5]).sentence == (
        "Of 1 benchmarks as published, 87 of 100 is above 1: 50%."
    )


def test_each_comparison_is_that_of_the_benchmark_alone():
    one = found().comparisons[0]
    alone = compare_with_benchmark(COUNTS, benchmark(0.83, horizon=5).at_horizon(6))
    assert one.glance().equals(alone.glance())
    at_90 = found().tidy(level=0.9)
    assert at_90["term"].tolist() == ["difference"] * 4
    row = alone.tidy(level=0.9).iloc[0]
    assert at_90.loc[0, ["conf_low", "conf_high"]].tolist() == [row["conf_low"], row["conf_high"]]


def test_bounds_and_mixed_horizons_are_left_out_with_their_reason():
    out = compare_with_benchmarks(
        COUNTS, ["cset2019-ai-5yr", "cset2022-china", "sei2020-china-10yr"], horizon=6
    )
    assert [(x.benchmark, x.choice) for x in out.left_out] == [
        ("cset2019-ai-5yr", "constant hazard"),
        ("cset2022-china", "constant hazard"),
    ]
    assert "only as a range" in out.left_out[0].reason
    assert "horizon" in out.left_out[1].reason
    assert out.left_out_frame()["benchmark"].tolist() == ["cset2019-ai-5yr", "cset2022-china"]
    assert out.glance()[["benchmarks", "left_out"]].iloc[0].tolist() == [1, 2]


def test_a_range_of_tenure_gives_no_rate_and_is_left_out():
    out = found(hazard=Weibull(0.7), tenure=TenureRange(0, 10))
    assert len(out.left_out) == 4
    assert (
        out.sentence == out.rounding_sentence == ("No benchmark could be compared; see `left_out`.")
    )
    assert len(out.tidy()) == len(out.frame()) == 0
    assert out.glance()["benchmarks"].iloc[0] == 0


def test_a_benchmark_that_was_moved_already_is_used_as_it_is():
    moved = benchmark(0.9, horizon=10).at_horizon(6)
    out = compare_with_benchmarks(COUNTS, [moved], horizon=6)
    assert out.comparisons[0].benchmark is moved


def test_an_uncertain_benchmark_is_decided_by_its_own_test_and_never_parts():
    known = benchmark(0.94, n=50)
    out = compare_with_benchmarks(COUNTS, [known, 0.94])
    uncertain = next(c for c in out.comparisons if c.benchmark is known)
    row = out.frame().set_index("benchmark_is_constant")
    assert row.loc[False, "p_value"] == uncertain.uncertain.p_value != row.loc[False, "p_central"]
    assert all(c.benchmark_is_constant for c in out.parting)
    assert "the 1 of 2 without are treated as constant." in out.rounding_sentence


def test_rounding_sentence_names_where_the_verdict_hangs_on_it():
    """94% at 5 years: 93.5% is 92.25% at six years, where p is above that at 92.8% (0.053)."""
    out = compare_with_benchmarks(COUNTS, ["s323-china-2007", "sei2020-china-5yr"], horizon=6)
    hanging = [c.benchmark.id for c in out.comparisons if not c.rounding.holds]
    assert hanging == ["s323-china-2007"]
    assert out.rounding_sentence == (
        "The verdict hangs on what the printed figure was rounded from at 94% at 5 years to 2007 "
        "(SEI 2020). No benchmark of the 2 comes with a standard error or a number of people, "
        "so each is treated as constant; with our approximate errors for the 1 that allow one, no "
        "verdict changes."
    )
    assert found().rounding_sentence.startswith("No verdict hangs on what a printed figure")


def test_moved_sentence_has_p_before_and_after():
    """As printed: P(X <= 87 | 100, 0.90) doubled is 0.396358 (R's pbinom)."""
    printed = found(horizon=None)
    text = found().moved_sentence(printed)
    assert text.startswith("Moving the rates to 6 years changes 2 of 4 verdicts: ")
    assert (
        "90% at 10 years (cannot tell, p = 0.396, as printed; below, p = 0.016, as 93.9%)" in text
    )
    assert printed.moved_sentence(printed) == "Moving them changes 0 of 4 verdicts."


def test_glance_counts_verdicts():
    row = found().glance().iloc[0]
    assert row[["below", "above", "equivalent", "cannot_tell", "tests_part"]].tolist() == [
        *(1, 0, 0, 3, 1)
    ]
    assert (row["p_low"], row["p_high"]) == pytest.approx((0.0162506243, 0.8177121658), abs=6e-11)


def test_every_chinese_benchmark_is_in_or_out():
    out = compare_with_benchmarks(COUNTS, benchmarks("China"), horizon=6)
    assert len(out.comparisons) + len(out.left_out) == len(benchmarks("China"))
    assert set(out.provenance.sources) == {b.source_id for b in benchmarks("China")}


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        ([], {}, "benchmarks is empty"),
        ([0.9], {"level": 95}, "level=95"),
        ([0.9], {"margin": 0}, "margin"),
        ([0.9], {"horizon": -1}, "horizon"),
        ([1.2], {}, "benchmark"),
    ],
)
def test_bad_input(given, options, message):
    with pytest.raises(InputError, match=message):
        compare_with_benchmarks(COUNTS, given, **options)


def test_unknown_names_are_refused_and_not_left_out():
    with pytest.raises(UnknownNameError, match="Nearest"):
        compare_with_benchmarks(COUNTS, ["sei2020-chinaa-10yr"])
    with pytest.raises(UnknownNameError, match="verdict"):
        found().with_verdict("under")
    with pytest.raises(UnknownNameError):
        found(hazard="constent")
