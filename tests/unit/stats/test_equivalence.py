import numpy as np
import pytest

from talentstats.stats.equivalence import exact_equivalence, smallest_margin


def test_two_tails_by_hand():
    # 1 of 2 between .1 and .8: P(X >= 1 | .1) = .19, P(X <= 1 | .8) = 1 - .64.
    found = exact_equivalence(k=1, n=2, low=0.1, high=0.8)
    assert found.p_low == pytest.approx(0.19, rel=1e-13)
    assert found.p_high == pytest.approx(0.36, rel=1e-13)
    assert found.p == found.p_high


def test_an_end_outside_the_unit_interval_excludes_nobody():
    found = exact_equivalence(
        k=[10, 10, 0, 0], n=10, low=[0.8, 0.8, -0.1, 0], high=[1.1, 1, 0.2, 1]
    )
    # All stay: against .8 the p-value is .8^10. A rate of exactly 1 cannot be ruled out by 10 of
    # 10, a rate of 1.1 is impossible anyway; the same at 0.
    assert found.p[0] == pytest.approx(0.8**10, rel=1e-12)
    assert found.p[1] == 1
    assert found.p[2] == pytest.approx(0.8**10, rel=1e-12)
    assert found.p_low[2] == 0
    assert found.p_low[3] == 1


@pytest.mark.parametrize(("k", "n", "rate"), [(87, 100, 0.9), (50, 60, 0.7), (3, 4, 0.8)])
def test_smallest_margin_is_where_the_claim_turns(k, n, rate):
    margin = float(smallest_margin(k=k, n=n, rate=rate, level=0.95))
    inside = exact_equivalence(k=k, n=n, low=rate - margin - 1e-7, high=rate + margin + 1e-7)
    outside = exact_equivalence(k=k, n=n, low=rate - margin + 1e-7, high=rate + margin - 1e-7)
    assert inside.p <= 0.05 < outside.p


def test_smallest_margin_by_hand():
    # None of n stay: the upper one-sided limit is 1 - .05^(1/n), and the lower is 0, so that the
    # margin must reach down to 0.
    margin = smallest_margin(k=0, n=[10, 100], rate=0.1, level=0.95)
    np.testing.assert_allclose(margin, [1 - 0.05**0.1 - 0.1, 0.1], rtol=1e-12)
