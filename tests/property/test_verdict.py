"""The verdict, its interval, its mirror and its bounds belong together."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom

from talentstats.retention.robustness import unknown_bounds
from talentstats.retention.verdict import exact_judge, verdicts_of
from talentstats.summaries.counts import RetentionCounts

levels = st.sampled_from([0.8, 0.9, 0.95, 0.99])
rates = st.floats(0.02, 0.98)
margins = st.floats(0.01, 0.3)
MIRROR = {"below": "above", "above": "below"}


@st.composite
def counts(draw, most=400):
    n = draw(st.integers(1, most))
    return draw(st.integers(0, n)), n


def verdict(k, n, rate, level, margin):
    return str(verdicts_of(exact_judge, k, n, rate, level=level, margin=margin))


def clopper_pearson(k, n, tail):
    """Beta quantiles by scipy.stats, which the package does not use."""
    low = 0.0 if k == 0 else beta.ppf(tail, k, n - k + 1)
    high = 1.0 if k == n else beta.isf(tail, k + 1, n - k)
    return low, high


@given(kn=counts(), rate=rates, level=levels, margin=margins)
@settings(max_examples=300, deadline=None)
def test_detected_means_outside_clopper_pearson(kn, rate, level, margin):
    k, n = kn
    low, high = clopper_pearson(k, n, (1 - level) / 2)
    assume(min(abs(rate - low), abs(rate - high)) > 1e-9)
    found = verdict(k, n, rate, level, margin)
    assert ("below" in found) == (rate > high)
    assert ("above" in found) == (rate < low)


@given(kn=counts(most=3000), rate=rates, level=levels, margin=margins)
@settings(max_examples=300, deadline=None)
def test_equivalent_means_one_sided_limits_inside_the_margin(kn, rate, level, margin):
    k, n = kn
    # The region of equivalence has no end where it leaves (0, 1).
    low, high = clopper_pearson(k, n, 1 - level)
    ends = [(rate - margin, low, 1), (rate + margin, high, -1)]
    assume(all(abs(end - limit) > 1e-9 for end, limit, _ in ends))
    assume(all(abs(end) > 1e-9 and abs(end - 1) > 1e-9 for end, _, _ in ends))
    inside = (rate - margin < max(low, 0.0)) and (rate + margin > min(high, 1.0))
    assert verdict(k, n, rate, level, margin).startswith("equivalent") == inside


@given(kn=counts(), rate=rates, level=levels, margin=margins)
@settings(max_examples=200, deadline=None)
def test_leaving_mirrors_staying(kn, rate, level, margin):
    k, n = kn
    for tails in (binom.cdf(k, n, rate), binom.sf(k - 1, n, rate)):
        assume(abs(2 * tails - (1 - level)) > 1e-9)
    found = verdict(k, n, rate, level, margin)
    mirrored = verdict(n - k, n, 1 - rate, level, margin)
    last = found.rsplit(" ", 1)
    expected = " ".join([*last[:-1], MIRROR.get(last[-1], last[-1])])
    assert mirrored == expected


@given(kn=counts(), rate=rates, margin=margins)
@settings(max_examples=150, deadline=None)
def test_a_higher_level_never_detects_more(kn, rate, margin):
    k, n = kn
    found = [verdict(k, n, rate, level, margin) for level in (0.8, 0.9, 0.95, 0.99)]
    for words in (("below", "above"), ("equivalent",)):
        said = [any(word in one for word in words) for one in found]
        assert said == sorted(said, reverse=True)


@given(kn=counts(most=60), unknown=st.integers(0, 25), rate=rates, level=levels)
@settings(max_examples=100, deadline=None)
def test_bounds_contain_every_split(kn, unknown, rate, level):
    k, n = kn
    bounds = unknown_bounds(
        RetentionCounts(k, n, unknown), judge=exact_judge, rate=rate, level=level, margin=0.05
    )
    seen = [verdict(k + s, n + unknown, rate, level, 0.05) for s in range(unknown + 1)]
    assert set(bounds.verdicts) == set(seen)
    assert bounds.holds == (set(seen) == {verdict(k, n, rate, level, 0.05)})
    for stayed in (0, unknown // 2, unknown):
        p = float(exact_judge(k + stayed, n + unknown, rate, 0.05).p_value)
        assert bounds.p_low <= p <= bounds.p_high
        assert bounds.rate_low <= (k + stayed) / (n + unknown) <= bounds.rate_high


@given(kn=counts(most=25), rate=st.sampled_from([0.5, 0.7, 0.8, 0.9]), level=levels)
@settings(max_examples=40, deadline=None)
def test_fragility_is_minimal(kn, rate, level):
    k, n = kn
    found = unknown_bounds(
        RetentionCounts(k, n), judge=exact_judge, rate=rate, level=level, margin=0.05
    ).fragility
    known = verdict(k, n, rate, level, 0.05)
    assert found is not None
    for size in range(1, min(found, 60) + 1):
        splits = verdicts_of(
            exact_judge, k + np.arange(size + 1), n + size, rate, level=level, margin=0.05
        )
        assert (splits != known).any() == (size == found)
