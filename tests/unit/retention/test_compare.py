"""The comparison with one benchmark: everything together, and what it refuses."""

import math
from fractions import Fraction

import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.published.benchmark import benchmark
from talentstats.retention.compare import compare_with_benchmark
from talentstats.summaries.counts import RetentionCounts

COUNTS = RetentionCounts(87, 100)


def test_the_headline():
    found = compare_with_benchmark(COUNTS, 0.90)
    assert found.verdict == "cannot tell"
    assert (round(found.interval.low, 6), round(found.interval.high, 6)) == (0.787959, 0.928927)
    assert found.interval.method == "clopper-pearson"
    assert round(found.power.value, 6) == 0.151512
    assert found.power.alternative_is_estimate
    assert round(found.bayes.under("jeffreys").p_below, 6) == 0.842034
    assert round(found.bayes.under("uniform").bf10, 6) == 0.133253
    assert round(found.equivalence.p_value, 6) == 0.347425
    assert found.benchmark_is_constant


def test_contrasts_by_hand():
    found = compare_with_benchmark(COUNTS, 0.90)
    assert found.difference == pytest.approx(-0.03)
    assert found.ratio == pytest.approx(29 / 30)
    assert found.odds_ratio == pytest.approx(float(Fraction(87, 13) / 9))


def test_tidy_carries_the_limits_over():
    rows = compare_with_benchmark(COUNTS, 0.90).tidy().set_index("term")
    low, high = 0.7879593229, 0.9289269538  # Clopper-Pearson, tests/reference
    expected = {
        "difference": (low - 0.9, high - 0.9),
        "ratio": (low / 0.9, high / 0.9),
        "odds ratio": (low / (1 - low) / 9, high / (1 - high) / 9),
    }
    for term, limits in expected.items():
        assert (rows.loc[term, "conf_low"], rows.loc[term, "conf_high"]) == pytest.approx(
            limits, rel=1e-8
        )
    assert rows["p_value"].round(6).tolist() == [0.396358] * 3
    assert (rows["group"] == "90%").all()


def test_tidy_of_an_uncertain_benchmark_is_its_own_interval():
    found = compare_with_benchmark(COUNTS, benchmark(0.9, n=100))
    row = found.tidy(level=0.95).set_index("term").loc["difference"]
    # Miettinen-Nurminen of 87/100 against 90/100, tests/reference.
    assert row["conf_low"] == pytest.approx(-0.12301326716740586, rel=1e-9)
    assert row["p_value"] == pytest.approx(0.5071509111093745, rel=1e-9)
    assert "Miettinen-Nurminen" in row["interval"]


@pytest.mark.parametrize(("k", "n"), [(0, 100), (100, 100), (0, 1), (1, 1), (10**7, 10**7)])
@pytest.mark.parametrize("rate", [0.9, 1e-9, 1 - 1e-9])
def test_edges_give_an_answer_without_a_warning(k, n, rate):
    found = compare_with_benchmark(RetentionCounts(k, n), rate)
    assert len(found.tidy()) == 3
    assert found.glance().shape[0] == 1
    assert found.sentence
    assert 0 < found.power.alternative < 1
    assert found.odds_ratio == (math.inf if k == n else 0)


@pytest.mark.parametrize("k", [0, 10])
def test_power_at_an_observed_edge_is_no_evidence_either(k):
    assert compare_with_benchmark(RetentionCounts(k, 10), 0.5).power.alternative_is_estimate


def test_a_named_alternative_is_taken_as_it_is():
    # 0.97 is nearer to 1 than half a person of ten; it is still what was asked for.
    found = compare_with_benchmark(RetentionCounts(9, 10), 0.9, alternative=0.97)
    assert found.power.alternative == 0.97
    assert found.provenance.arguments["alternative"] == 0.97
    assert not found.power.alternative_is_estimate
    assert compare_with_benchmark(COUNTS, 0.9, alternative=0.87).power.alternative_is_estimate


def test_a_benchmark_may_be_named_by_its_id():
    found = compare_with_benchmark(COUNTS, "sei2024-china-10yr")
    assert found.rate == 0.81
    assert found.provenance.sources == (benchmark("sei2024-china-10yr").source_id,)
    assert found.glance()["benchmark"].iloc[0] == "sei2024-china-10yr"


def test_a_users_prior_stands_beside_the_others():
    found = compare_with_benchmark(COUNTS, 0.9, prior=[9, 1])
    assert found.bayes.under("beta(9,1)").p_below == pytest.approx(0.8007916621050468, rel=1e-9)
    assert found.provenance.arguments["prior"] == (9.0, 1.0)


def test_horizons_must_match():
    figure = benchmark(0.90, horizon=5)
    with pytest.raises(InputError, match=r"study's horizon is 6 years, benchmark '0.9-5yr' has 5 "):
        compare_with_benchmark(COUNTS, figure, horizon=6)
    with pytest.raises(
        InputError, match=r"Hint: say at which it holds, benchmark\(0\.9, horizon=6\)"
    ):
        compare_with_benchmark(COUNTS, 0.9, horizon=6)
    aligned = compare_with_benchmark(COUNTS, figure.at_horizon(6), horizon=6)
    assert aligned.rate == pytest.approx(0.8812335261, abs=1e-10)
    assert "90.0% at 5 years is 88.1% at 6 years under a constant hazard" in aligned.sentence


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"benchmark": 1.0}, r"benchmark=1\.0 is not allowed"),
        ({"benchmark": 0}, "benchmark=0 is not allowed"),
        ({"benchmark": 90}, r"percentage\? Then give 0\.9"),
        ({"benchmark": float("nan")}, "benchmark=nan is not allowed"),
        ({"benchmark": "cset2019-ai-5yr"}, "known only as a range"),
        ({"level": 1.0}, "level=1.0 is not allowed"),
        ({"margin": 0}, "margin=0 is not allowed"),
        ({"margin": 5}, "margin=5 is not allowed"),
        ({"alternative": 1}, "alternative=1 is not allowed"),
        ({"horizon": -1}, "horizon=-1 is not allowed"),
        ({"prior": "ab"}, "prior a='a' is not a number"),
        ({"prior": (1,)}, "is not a pair"),
        ({"prior": 0.5}, "is not a pair"),
        ({"prior": (0, 1)}, "prior a=0 is not allowed"),
    ],
)
def test_bad_input(arguments, message):
    given = {"benchmark": 0.9} | arguments
    with pytest.raises(InputError, match=message):
        compare_with_benchmark(COUNTS, given.pop("benchmark"), **given)


def test_an_unknown_id_names_the_nearest():
    with pytest.raises(UnknownNameError, match="Nearest: sei2024-china-10yr"):
        compare_with_benchmark(COUNTS, "sei2024-chna-10yr")


def test_the_verdict_is_that_of_its_bounds():
    found = compare_with_benchmark(RetentionCounts(82, 100, 30), 0.9)
    assert found.verdict == "below"
    assert set(found.unknown.verdicts) > {"below"}
    assert not found.unknown.holds
    assert found.unknown.fragility <= 30


def test_unknown_frame_is_the_bounds_of_each_number():
    """87 of 105 if five left is 82.9%, 92 of 105 if they stayed 87.6%."""
    frame = compare_with_benchmark(RetentionCounts(87, 100), 0.90).unknown_frame(most=5)
    assert frame["unknown"].tolist() == [0, 1, 2, 3, 4, 5]
    assert frame.loc[5, "rate_low"] == 87 / 105
    assert frame.loc[5, "rate_high"] == 92 / 105
    assert frame["holds"].tolist() == [True] * 5 + [False]
    assert frame["verdicts"].tolist() == ["cannot tell"] * 5 + ["below or cannot tell"]
    # R: 2 * pbinom(87, 100, 0.9)
    assert frame.loc[0, "p_low"] == frame.loc[0, "p_high"] == pytest.approx(0.396358, abs=1e-6)


def test_unknown_frame_by_the_test_of_an_uncertain_benchmark():
    result = compare_with_benchmark(RetentionCounts(87, 100), benchmark(0.9, n=412))
    assert result.unknown_frame(most=0)["p_low"].iloc[0] == result.uncertain.p_value
    with pytest.raises(InputError, match="most"):
        result.unknown_frame(most=-1)


def test_a_verdict_that_hangs_on_the_kind_of_test_says_so():
    # Exact central p = .064 against the constant, .033 by the test that allows for its error.
    figure = benchmark("lsdr-temp-visa-4yr").at_horizon(6)
    found = compare_with_benchmark(COUNTS, figure)
    assert found.verdict == "below"
    assert "with the benchmark as a constant the exact central test gives p = 0.064" in (
        found.sentence
    )
    assert "the verdict hangs on the kind of test" in found.sentence


def test_an_approximate_figure_is_never_shown_as_a_point():
    found = compare_with_benchmark(COUNTS, benchmark("cset2022-china"))
    assert "against about 90% (read as 87.5% to 92.5%)" in found.sentence
