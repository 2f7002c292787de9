"""Bounds over what is unknown, against brute force in fractions."""

from functools import partial

import pytest

from talentstats.published.benchmark import benchmark
from talentstats.retention.robustness import rounding_bounds, unknown_bounds
from talentstats.retention.uncertain import judge_of, uncertainty_of
from talentstats.retention.verdict import exact_judge
from talentstats.summaries.counts import RetentionCounts

LEVELS = {"level": 0.95, "margin": 0.05}
unknown = partial(unknown_bounds, judge=exact_judge, **LEVELS)


def test_bounds_by_hand():
    found = unknown(RetentionCounts(87, 100, 12), rate=0.9)
    assert found.rate_low == 87 / 112
    assert found.rate_high == 99 / 112
    assert found.unknown == 12


@pytest.mark.parametrize(
    ("k", "n", "u", "rate"),
    [
        (18, 20, 6, "0.9"),
        (9, 12, 4, "0.9"),
        (3, 10, 5, "0.5"),
        (20, 20, 3, "0.8"),
        (0, 1, 4, "0.5"),
    ],
)
def test_bounds_hold_every_split(binomial, k, n, u, rate):
    found = unknown(RetentionCounts(k, n, u), rate=float(rate))
    p = [float(binomial.central(k + s, n + u, rate)) for s in range(u + 1)]
    verdicts = [binomial.verdict(k + s, n + u, rate) for s in range(u + 1)]
    assert found.p_low == pytest.approx(min(p), rel=1e-9)
    assert found.p_high == pytest.approx(max(p), rel=1e-9)
    assert set(found.verdicts) == set(verdicts)
    assert len(found.verdicts) == len(set(verdicts))
    assert verdicts.count(found.verdicts[0]) == max(verdicts.count(v) for v in verdicts)
    assert found.holds == (set(verdicts) == {binomial.verdict(k, n, rate)})


def turned_by(binomial, k, n, rate, limit=60):
    """Smallest number of unknowns that can turn the verdict, by trying everything."""
    known = binomial.verdict(k, n, rate)
    return next(
        u
        for u in range(1, limit)
        if any(binomial.verdict(k + s, n + u, rate) != known for s in range(u + 1))
    )


@pytest.mark.parametrize(
    ("k", "n", "rate"),
    [
        (18, 20, "0.9"),
        (12, 20, "0.9"),
        (13, 20, "0.9"),
        (5, 10, "0.5"),
        (30, 30, "0.8"),
        (1, 1, "0.5"),
    ],
)
def test_fragility_is_the_smallest_number(binomial, k, n, rate):
    found = unknown(RetentionCounts(k, n), rate=float(rate))
    assert found.fragility == turned_by(binomial, k, n, rate)


def test_fragility_of_the_headline(binomial):
    # 87 of 100 against 90%: a few who left make it "below".
    found = unknown(RetentionCounts(87, 100), rate=0.9)
    assert found.fragility == turned_by(binomial, 87, 100, "0.9", limit=20)
    assert found.holds
    assert found.verdicts == ("cannot tell",)


def test_fragility_does_not_depend_on_how_many_are_unknown():
    some = unknown(RetentionCounts(87, 100, 50), rate=0.9)
    none = unknown(RetentionCounts(87, 100), rate=0.9)
    assert some.fragility == none.fragility
    assert not some.holds


def test_a_verdict_that_no_number_turns_says_so():
    found = unknown(RetentionCounts(900_000, 1_000_000), rate=0.5)
    assert found.fragility is None
    assert found.fragility_limit == 2000


def rounding(counts, figure):
    return rounding_bounds(
        counts,
        judge=exact_judge,
        rate=figure.rate,
        rate_low=figure.rate_low,
        rate_high=figure.rate_high,
        **LEVELS,
    )


def test_nothing_rounded_has_nothing_to_vary(binomial):
    found = rounding(RetentionCounts(87, 100), benchmark(0.9))
    assert found.exact
    assert found.holds
    assert found.p_low == found.p_high
    assert found.p_low == pytest.approx(float(binomial.central(87, 100, "0.9")), rel=1e-9)


def test_rounded_counts_vary_over_all_that_print_alike(binomial):
    # 87% of 412 is 357 to 360 people; against 90% p runs over these four.
    found = rounding(RetentionCounts.from_percent(87, total=412), benchmark(0.9))
    p = [float(binomial.central(k, 412, "0.9")) for k in range(357, 361)]
    assert (found.retained_low, found.retained_high) == (357, 360)
    assert (found.p_low, found.p_high) == pytest.approx((min(p), max(p)), rel=1e-9)
    assert {binomial.verdict(k, 412, "0.9") for k in range(357, 361)} == set(found.verdicts)
    assert found.holds == (len(found.verdicts) == 1)
    assert not found.exact


def test_a_rounded_benchmark_varies_too(binomial):
    figure = benchmark("sei2024-china-10yr")
    found = rounding(RetentionCounts(87, 100), figure)
    assert (found.rate_low, found.rate_high) == (0.805, 0.815)
    ends = [float(binomial.central(87, 100, r)) for r in ("0.805", "0.815")]
    assert found.p_low <= min(ends) * (1 + 1e-9)
    assert found.p_high >= max(ends) * (1 - 1e-9)
    assert not found.exact


def test_the_judge_of_an_uncertain_benchmark_decides_the_bounds():
    figure = benchmark(0.9, n=100)
    judge = judge_of(uncertainty_of(figure))
    constant = unknown(RetentionCounts(80, 100), rate=0.9)
    own = unknown_bounds(RetentionCounts(80, 100), judge=judge, rate=0.9, **LEVELS)
    assert constant.verdicts == ("below",)
    assert own.p_low > constant.p_low


def test_rounding_finds_the_rate_at_which_p_is_one():
    # 81,013 of 100,000 lies inside 80.5% to 81.5%, and p is 1 at the observed rate itself.
    counts = RetentionCounts(81013, 100000)
    found = rounding_bounds(
        counts,
        judge=exact_judge,
        rate=0.81,
        rate_low=0.805,
        rate_high=0.815,
        level=0.95,
        margin=0.05,
    )
    assert found.p_high == 1
