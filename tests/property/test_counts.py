"""A printed percentage stands for every count that prints as it, and for no other."""

from decimal import ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from talentstats.errors import InputError
from talentstats.summaries.counts import DestinationCounts, RetentionCounts

EXACT = Context(prec=60)


def prints(k, n, decimals, rounding):
    """Percentage of k in n as a source would print it."""
    share = EXACT.divide(Decimal(100 * k), Decimal(n))
    return share.quantize(Decimal(1).scaleb(-decimals), rounding)


@given(n=st.integers(1, 400), decimals=st.integers(0, 3), data=st.data())
@settings(max_examples=200, deadline=None)
def test_every_and_only_the_counts_that_print(n, decimals, data):
    printed = Decimal(data.draw(st.integers(0, 100 * 10**decimals))).scaleb(-decimals)
    by_rule = {
        rule: {k for k in range(n + 1) if prints(k, n, decimals, rule) == printed}
        for rule in (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_HALF_DOWN)
    }
    try:
        found = RetentionCounts.from_percent(str(printed), total=n, decimals=decimals)
    except InputError:
        assert not any(by_rule.values())
        return
    kept = set(found.compatible)
    # Banks round half to even, schools half up; ties rounded down are kept too.
    assert by_rule[ROUND_HALF_UP] <= kept
    assert by_rule[ROUND_HALF_EVEN] <= kept
    assert kept == by_rule[ROUND_HALF_UP] | by_rule[ROUND_HALF_DOWN]
    distance = {k: abs(Fraction(100 * k, n) - Fraction(printed)) for k in kept}
    assert distance[found.retained] == min(distance.values())


@given(n=st.integers(1, 10**9), data=st.data())
@settings(max_examples=200, deadline=None)
def test_a_count_is_among_those_that_print_as_it_does(n, data):
    k = data.draw(st.integers(0, n))
    decimals = data.draw(st.integers(0, 4))
    for rule in (ROUND_HALF_UP, ROUND_HALF_EVEN):
        printed = prints(k, n, decimals, rule)
        found = RetentionCounts.from_percent(str(printed), total=n, decimals=decimals)
        assert found.retained_low <= k <= found.retained_high


@given(n=st.integers(1, 10**6), data=st.data())
@settings(max_examples=100, deadline=None)
def test_leaving_mirrors_staying(n, data):
    percent = data.draw(st.integers(0, 100))
    try:
        stay = RetentionCounts.from_percent(percent, total=n)
    except InputError:
        stay = None
    assume(stay is not None)
    leave = RetentionCounts.from_percent(100 - percent, total=n)
    assert (leave.retained_low, leave.retained_high) == (
        n - stay.retained_high,
        n - stay.retained_low,
    )


names = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=5)


@given(counts=st.dictionaries(names, st.integers(0, 10**6), min_size=2, max_size=6))
@settings(max_examples=100, deadline=None)
def test_destinations_keep_their_sum(counts):
    assume(len({name.casefold() for name in counts}) == len(counts))
    assume(sum(counts.values()) > 0)
    found = DestinationCounts(counts)
    assert found.total == sum(counts.values())
    for name, people in counts.items():
        assert found.retention(name).left == found.total - people
