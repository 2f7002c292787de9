import time
import warnings
from fractions import Fraction
from math import comb, erfc, log

import numpy as np
import pytest

from talentstats.stats import two_sample_tests as tests


def table(x1, n1, x2, n2):
    return {"x1": x1, "n1": n1, "x2": x2, "n2": n2}


def three(test):
    return float(test.less), float(test.greater), float(test.two_sided)


def test_two_of_two_against_none_of_two_by_hand():
    # Fisher: 1 of C(4, 2) = 6 tables. Unconditional: p^2 (1-p)^2 is largest at 1/2.
    seen = table(2, 2, 0, 2)
    assert three(tests.fisher(**seen)) == pytest.approx((1, 1 / 6, 1 / 3), rel=1e-14)
    for pooled in (True, False):
        assert three(tests.barnard(**seen, pooled=pooled)) == pytest.approx((1, 1 / 16, 1 / 8))
    assert three(tests.boschloo(**seen)) == pytest.approx((1, 1 / 16, 1 / 8))
    assert three(tests.boschloo(**seen, two_sided="fisher"))[2] == pytest.approx(1 / 8)


def test_one_person_in_each_group_by_hand():
    assert three(tests.barnard(**table(1, 1, 0, 1), pooled=True)) == pytest.approx((1, 0.25, 0.5))


@pytest.mark.parametrize(("x1", "x2"), [(0, 0), (10, 20)])
def test_all_or_none_retained_in_both_is_no_difference(x1, x2):
    seen = table(x1, 10, x2, 20)
    for corrected in (True, False):
        test = tests.score(**seen, bias_corrected=corrected)
        assert (float(test.z), *three(test)) == (0.0, 0.5, 0.5, 1.0)
    for test in (
        tests.fisher(**seen),
        tests.barnard(**seen, pooled=True),
        tests.barnard(**seen, pooled=False),
        tests.boschloo(**seen),
    ):
        assert float(test.two_sided) == pytest.approx(1.0, rel=1e-12)
        assert np.isnan(test.z)


def test_score_is_vectorised_and_signed():
    test = tests.score(x1=[87, 90], n1=100, x2=[90, 87], n2=100, bias_corrected=False)
    assert test.z.tolist() == pytest.approx([-0.664944964228774, 0.664944964228774])
    assert test.less.tolist() == pytest.approx(test.greater[::-1].tolist())
    # Pearson's chi-squared of the 2 x 2 table is z squared: 200 (87*10 - 13*90)^2 / margins.
    assert test.z[0] ** 2 == pytest.approx(200 * 300**2 / (177 * 23 * 100 * 100), rel=1e-12)


def test_swapping_groups_swaps_the_tails():
    for call in (
        tests.fisher,
        lambda **t: tests.barnard(**t, pooled=True),
        lambda **t: tests.barnard(**t, pooled=False),
        tests.boschloo,
    ):
        less, greater, two_sided = three(call(**table(5, 9, 2, 8)))
        assert three(call(**table(2, 8, 5, 9))) == pytest.approx((greater, less, two_sided))


def exact_barnard(x1, n1, x2, n2):
    """Pooled, two-sided, with the order and the probabilities in whole numbers."""

    def z2(i, j):
        gap, s = i * n2 - j * n1, i + j
        return Fraction(gap * gap, s * (n1 + n2 - s)) if gap else Fraction(0)

    cells = [(i, j) for i in range(n1 + 1) for j in range(n2 + 1) if z2(i, j) >= z2(x1, x2)]
    rates = np.linspace(0.0001, 0.9999, 9999)
    worst = sum(
        comb(n1, i) * comb(n2, j) * rates ** (i + j) * (1 - rates) ** (n1 + n2 - i - j)
        for i, j in cells
    )
    return worst.max()


@pytest.mark.parametrize(
    ("seen", "scipys"),
    [((10, 10, 6, 10), 0.0418641), ((7, 15, 12, 15), 0.0681534), ((1, 10, 8, 10), 0.001818)],
)
def test_scipy_barnard_loses_ties(seen, scipys):
    """Mirror tables tie exactly, but not in doubles; ours exists because of it.

    When this fails, scipy has been mended and may be called instead.
    """
    from scipy.stats import barnard_exact

    x1, n1, x2, n2 = seen
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = barnard_exact([[x1, x2], [n1 - x1, n2 - x2]]).pvalue
    ours = float(tests.barnard(**table(*seen), pooled=True).two_sided)
    assert theirs == pytest.approx(scipys, rel=1e-3)
    assert ours == pytest.approx(exact_barnard(*seen), rel=1e-6)
    assert ours > theirs * 1.0005


def exact_boschloo(x1, n1, x2, n2):
    """Against p1 > p2, with Fisher's p in rationals."""

    def fisher(i, j):
        ways = [comb(n1, a) * comb(n2, i + j - a) for a in range(i, min(n1, i + j) + 1)]
        return Fraction(sum(ways), comb(n1 + n2, i + j))

    cells = [(i, j) for i in range(n1 + 1) for j in range(n2 + 1) if fisher(i, j) <= fisher(x1, x2)]
    rates = np.linspace(0, 1, 10001)
    worst = sum(
        comb(n1, i) * comb(n2, j) * rates ** (i + j) * (1 - rates) ** (n1 + n2 - i - j)
        for i, j in cells
    )
    return worst.max()


@pytest.mark.parametrize("seen", [(1, 6, 0, 6), (2, 5, 0, 5), (1, 5, 1, 5), (4, 7, 1, 9)])
def test_boschloo_keeps_ties(seen):
    """Tables of different totals tie in Fisher's p: summed doubles would separate them."""
    greater = float(tests.boschloo(**table(*seen)).greater)
    assert greater == pytest.approx(exact_boschloo(*seen), rel=2e-7)


def test_scipy_barnard_misses_a_spike():
    """Its default search does not see the hill at a common rate of .9912."""
    from scipy.stats import barnard_exact

    theirs = barnard_exact([[87, 90], [13, 10]]).pvalue
    ours = float(tests.barnard(**table(87, 100, 90, 100), pooled=True).two_sided)
    assert ours == pytest.approx(0.5321381603683714, rel=1e-10)
    assert theirs < 0.5310


def test_scipy_agrees_where_it_is_right():
    from scipy.stats import boschloo_exact, fisher_exact

    for x1, n1, x2, n2 in ((7, 15, 12, 15), (5, 9, 2, 8), (0, 4, 4, 4)):
        cells = [[x1, x2], [n1 - x1, n2 - x2]]
        fisher = three(tests.fisher(**table(x1, n1, x2, n2)))
        assert fisher[2] == pytest.approx(fisher_exact(cells).pvalue, rel=1e-12)
        boschloo = three(tests.boschloo(**table(x1, n1, x2, n2)))
        assert boschloo[2] == pytest.approx(boschloo_exact(cells).pvalue, rel=1e-6)


def test_fisher_of_a_large_table():
    # scipy.stats.fisher_exact and R fisher.test: .00374641878.
    test = tests.fisher(**table(870, 1000, 9000, 10000))
    assert float(test.two_sided) == pytest.approx(0.00374641878, rel=1e-8)


def test_fisher_of_millions_is_the_normal_tail():
    # At this size Fisher's and the score test agree to the continuity correction.
    seen = table(4_348_000, 5_000_000, 4_350_000, 5_000_000)
    fisher = float(tests.fisher(**seen).two_sided)
    pooled = 8_698_000 / 1e7
    spread = (pooled * (1 - pooled) * 2 / 5e6) ** 0.5
    corrected = (2000 - 1) / 5e6 / spread
    assert fisher == pytest.approx(erfc(corrected / 2**0.5), rel=1e-4)
    huge = tests.fisher(**table(8_700_000_000, 10**10, 8_700_100_000, 10**10))
    assert 0 < float(huge.two_sided) < 1


def test_fisher_keeps_small_tails_and_ends_at_zero():
    # P(X = 20) = 1 / C(40, 20); a thousand against a thousand has 1 / C(2000, 1000) = 5e-601.
    tail = tests.fisher(**table(20, 20, 0, 20))
    assert float(tail.greater) == pytest.approx(1 / comb(40, 20), rel=1e-12)
    # 90 of the first million, none of another hundred million: 0.0099^90 or so.
    rare = tests.fisher(**table(90, 10**6, 0, 10**8))
    wanted = sum(log((10**6 - i) / (101 * 10**6 - i)) for i in range(90))
    assert log(float(rare.greater)) == pytest.approx(wanted, rel=1e-9)
    assert float(tests.fisher(**table(1000, 1000, 0, 1000)).two_sided) == 0.0
    assert float(tests.fisher(**table(10**9, 10**9, 0, 10**9)).two_sided) == 0.0


def test_a_few_hundred_people_take_seconds_at_most():
    start = time.perf_counter()
    unpooled = tests.barnard(**table(260, 300, 275, 300), pooled=False)
    boschloo = tests.boschloo(**table(260, 300, 275, 300))
    assert time.perf_counter() - start < 10
    assert 0.04 < float(unpooled.two_sided) < float(boschloo.two_sided) < 0.06
