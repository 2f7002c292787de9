"""Exact power by hand and by enumeration; tests/reference holds the 60-digit cases."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import power_binom_tost

from talentstats.stats import binomial_tests, power
from talentstats.stats.equivalence import exact_equivalence


def test_power_of_six_coins_by_hand():
    # At 1/2 only 0 and 6 of 6 have p = 2/64 <= .05; power at p is p^6 + (1 - p)^6.
    region = power.rejection_region(n=6, rate=0.5, level=0.95, test="central")
    assert (float(region.low), float(region.high)) == (0, 6)
    found = power.power(n=6, rate=0.5, true_rate=[0.5, 0.9, 1.0], level=0.95, test="central")
    np.testing.assert_allclose(found, [2 / 64, 0.9**6 + 0.1**6, 1], rtol=1e-13)


def test_a_p_value_equal_to_the_size_is_rejected():
    # One of one at .1 has p = .1 exactly, but 1 - .9 is a double below .1.
    assert 1 - 0.9 < 0.1
    for rate, level in ((0.1, 0.9), (0.05, 0.95), (0.2, 0.8)):
        region = power.rejection_region(
            n=1, rate=rate, level=level, test="central", alternative="greater"
        )
        assert float(region.high) == 1
    assert float(power.rejection_region(n=1, rate=0.05, level=0.951, test="minlike").high) == 2


def test_no_region_on_the_high_side():
    # .9^28 = .052 > .025 but .9^36 = .0225.
    region = power.rejection_region(n=[28, 36], rate=0.9, level=0.95, test="central")
    assert region.high.tolist() == [29, 36]
    nothing = power.rejection_region(n=1, rate=0.5, level=0.95, test="minlike")
    assert (float(nothing.low), float(nothing.high)) == (-1, 2)
    assert power.power(n=1, rate=0.5, true_rate=0.99, level=0.95, test="central") == 0


@pytest.mark.parametrize("test", ["central", "minlike"])
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.88, 0.9])
def test_region_is_the_set_of_small_p_values(test, rate):
    p_values = getattr(binomial_tests, f"exact_{test}")
    for n in (1, 2, 9, 40, 133):
        k = np.arange(n + 1)
        rejected = p_values(k=k, n=n, rate=rate).two_sided <= 0.05
        region = power.rejection_region(n=n, rate=rate, level=0.95, test=test)
        np.testing.assert_array_equal((k <= region.low) | (k >= region.high), rejected)
        expected = stats.binom.pmf(k, n, 0.77) @ rejected
        found = power.power(n=n, rate=rate, true_rate=0.77, level=0.95, test=test)
        assert found == pytest.approx(expected, rel=1e-10, abs=1e-15)


@pytest.mark.parametrize(("alternative", "count"), [("less", 83), ("greater", 96)])
def test_one_sided_regions_hold_their_size(alternative, count):
    region = power.rejection_region(
        n=100, rate=0.9, level=0.975, test="central", alternative=alternative
    )
    # The two-sided region at .95 is made of these two.
    assert (float(region.low), float(region.high)) == (
        (count, 101) if alternative == "less" else (-1, count)
    )


def test_power_never_exceeds_the_size_at_the_benchmark():
    n = np.arange(1, 400)
    for test in ("central", "minlike"):
        found = power.power(n=n, rate=0.9, true_rate=0.9, level=0.95, test=test)
        assert np.all(found <= 0.05)
        assert np.all(found >= 0)


def test_detectable_rates_by_hand():
    # Six coins: power is about p^6 far from the middle; 2 * 64 outcomes by symmetry.
    found = power.detectable_rates(n=6, rate=0.5, level=0.95, power=0.8, test="central")
    above = float(found.above)
    assert above**6 + (1 - above) ** 6 == pytest.approx(0.8, rel=1e-12)
    assert above > 0.8 ** (1 / 6) - 1e-4
    assert float(found.below) == pytest.approx(1 - above, rel=1e-12)


def test_detectable_rates_without_a_region_are_nan():
    found = power.detectable_rates(
        n=[[1, 28], [36, 100]], rate=0.9, level=0.95, power=[0.8, 0.9], test="central"
    )
    assert np.isnan(found.above[0]).tolist() == [True, True]
    assert np.isnan(found.below).tolist() == [[True, False], [False, False]]
    target = power.power(
        n=[36, 100], rate=0.9, true_rate=found.above[1], level=0.95, test="central"
    )
    np.testing.assert_allclose(target, [0.8, 0.9], rtol=1e-11)


def test_sample_size_agrees_with_a_plain_scan():
    found = power.sample_size(
        rate=0.5, true_rate=0.7, level=0.99, power=0.8, test="minlike", limit=10_000
    )
    powers = [0.0]
    for n in range(1, found.scanned_to + 1):
        # At 1/2 both exact tests are the doubled tail.
        k = np.arange(n + 1)
        rejected = 2 * stats.binom.cdf(np.minimum(k, n - k), n, 0.5) <= 0.01
        powers.append(float(stats.binom.pmf(k, n, 0.7) @ rejected))
    enough = np.array(powers) >= 0.8
    assert found.first_n == int(np.argmax(enough))
    assert found.stays_n == int(np.flatnonzero(~enough)[-1]) + 1
    assert found.power_before_stays == pytest.approx(powers[found.stays_n - 1], rel=1e-10)
    assert found.power_before_stays < 0.8 <= found.power_at_stays
    assert found.scanned_to == max(3 * found.first_n, found.first_n + 200)


def test_sample_size_at_its_limit():
    never = power.sample_size(
        rate=0.9, true_rate=0.89, level=0.95, power=0.8, test="central", limit=500
    )
    assert (never.first_n, never.stays_n, never.scanned_to) == (None, None, 500)
    assert math.isnan(never.power_at_first)
    assert math.isnan(never.power_at_stays)
    # First reached at 877; at 932 power is still short, and that is where the scan stops.
    cut = power.sample_size(
        rate=0.9, true_rate=0.87, level=0.95, power=0.8, test="central", limit=932
    )
    assert (cut.first_n, cut.stays_n, cut.scanned_to) == (877, None, 932)
    cut = power.sample_size(
        rate=0.9, true_rate=0.87, level=0.95, power=0.8, test="central", limit=933
    )
    assert (cut.first_n, cut.stays_n, cut.scanned_to) == (877, 933, 933)


def test_sample_size_of_a_sure_thing():
    # True rate 1 at .5: all stay, and 2 / 2^n <= .05 first at n = 6; it never fails again.
    found = power.sample_size(
        rate=0.5, true_rate=1.0, level=0.95, power=0.8, test="central", limit=1000
    )
    assert (found.first_n, found.stays_n) == (6, 6)
    assert (found.power_at_first, found.power_before_stays) == (1, 0)


def test_peer_statsmodels_tost_power_is_negative():
    """The reason why equivalence power is summed over outcomes here: theirs is below 0."""
    assert power_binom_tost(0.85, 0.95, 100, 0.9, 0.05) < -0.1
    claimed = exact_equivalence(k=np.arange(101), n=100, low=0.85, high=0.95).p <= 0.05
    assert not claimed.any()
