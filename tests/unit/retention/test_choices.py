"""One specification, its parts and its arithmetic."""

import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.published.benchmark import benchmark
from talentstats.published.hazards import TenureRange, Weibull
from talentstats.retention.choices import (
    TESTS,
    aligned_rates,
    evaluate,
    hazard_label,
    specification,
    unknown_splits,
)
from talentstats.summaries.counts import RetentionCounts

FIGURE = benchmark(0.90, horizon=5)
KNOWN = (0, 0, "none")


def one(k=87, n=100, figure=FIGURE, *, test="central", unknown=KNOWN, effect=1.0, level=0.95):
    (rate,) = aligned_rates(figure, horizon=None, hazard="constant", tenure=None)
    return specification(
        RetentionCounts(k, n),
        figure,
        rate,
        test=test,
        unknown=unknown,
        design_effect=effect,
        level=level,
        margin=0.05,
    )


def test_splits_are_the_two_extremes():
    assert unknown_splits([0, 12]) == (
        (0, 0, "none"),
        (0, 12, "12, all left"),
        (12, 0, "12, all stayed"),
    )


def test_unknown_people_enter_the_counts():
    left, stayed = one(unknown=(0, 12, "12, all left")), one(unknown=(12, 0, "12, all stayed"))
    assert (left.retained, left.total) == (87, 112)
    assert (stayed.retained, stayed.total) == (99, 112)
    assert left.difference == pytest.approx(87 / 112 - 0.9)


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("k", [0, 7, 17, 18, 19, 20])
def test_verdicts_follow_exact_fractions(binomial, test, k):
    found = one(k, 20, test=test)
    assert found.p_equivalence == pytest.approx(
        float(binomial.equivalence(k, 20, "0.9", "0.05")), rel=1e-9
    )
    if test in {"central", "minlike"}:
        p = getattr(binomial, test)(k, 20, "0.9")
        assert found.p_value == pytest.approx(float(p), rel=1e-9)
        assert (found.verdict in {"below", "above"}) == (p <= 0.05)


@pytest.mark.parametrize("test", ["central", "score", "likelihood", "mid_p"])
@pytest.mark.parametrize("k", [60, 82, 83, 87, 95, 96, 99, 100])
def test_each_test_is_shown_with_the_interval_that_inverts_it(test, k):
    found = one(k, test=test)
    assert (found.low <= 0 <= found.high) == (found.p_value > 0.05)
    assert found.low <= found.difference <= found.high


def test_a_design_effect_is_fewer_people():
    # 80 of 100 with design effect 2 is tested like 40 of 50.
    for test in ("central", "score", "likelihood"):
        clustered, fewer = one(80, 100, test=test, effect=2.0), one(40, 50, test=test)
        assert clustered.p_value == pytest.approx(fewer.p_value, rel=1e-9)
        assert (clustered.low, clustered.high) == pytest.approx((fewer.low, fewer.high), rel=1e-9)
        assert clustered.difference == pytest.approx(-0.1)
        assert (clustered.retained, clustered.total) == (80, 100)


def test_evaluating_again_at_its_own_level_changes_nothing():
    old = one()
    again = evaluate(old, level=0.95, margin=0.05)
    assert [getattr(again, f) for f in old.__slots__] == [getattr(old, f) for f in old.__slots__]
    wider = evaluate(old, level=0.99, margin=0.05)
    assert wider.low < old.low < old.high < wider.high
    assert wider.p_value == old.p_value


def test_alignment_gives_one_rate_or_both_ends():
    (published,) = aligned_rates(FIGURE, horizon=None, hazard="constant", tenure=None)
    assert (published.rate, published.alignment) == (0.9, "as published")
    (moved,) = aligned_rates(FIGURE, horizon=6, hazard="constant", tenure=None)
    assert moved.rate == pytest.approx(0.8812335261, abs=1e-10)
    assert moved.alignment == "constant hazard"
    least, most = aligned_rates(FIGURE, horizon=6, hazard=Weibull(0.7), tenure=TenureRange(0, 10))
    # (6/5)^.7 from the start, (16^.7 - 10^.7)/5^.7 after ten years, as powers of .9.
    assert least.rate == pytest.approx(0.9 ** (1.2**0.7), rel=1e-9)
    assert most.rate == pytest.approx(0.9 ** ((16**0.7 - 10**0.7) / 5**0.7), rel=1e-9)
    assert least.alignment == "Weibull hazard of shape 0.7, tenure that gives least"


def test_an_aligned_figure_is_not_moved_twice():
    moved = FIGURE.at_horizon(6)
    (same,) = aligned_rates(moved, horizon=6, hazard="constant", tenure=None)
    assert same.rate == moved.rate
    with pytest.raises(InputError, match="aligned already"):
        aligned_rates(moved, horizon=7, hazard="constant", tenure=None)


@pytest.mark.parametrize("horizon", [1e-300, 1e6])
def test_a_horizon_that_leaves_no_rate_is_refused(horizon):
    with pytest.raises(InputError, match=r"allowed is a rate in \(0, 1\)"):
        aligned_rates(FIGURE, horizon=horizon, hazard="constant", tenure=None)


def test_bounds_and_unknown_hazards_are_refused():
    with pytest.raises(InputError, match="known only as a range"):
        aligned_rates(benchmark("cset2019-ai-5yr"), horizon=6, hazard="constant", tenure=None)
    with pytest.raises(UnknownNameError, match="hazard='weibull' is not known"):
        aligned_rates(FIGURE, horizon=6, hazard="weibull", tenure=None)


def test_labels():
    assert hazard_label("constant") == "constant hazard"
    assert hazard_label("as published") == "as published"
    assert hazard_label(Weibull(0.7)) == "Weibull hazard of shape 0.7"
