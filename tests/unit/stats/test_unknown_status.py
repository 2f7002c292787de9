import math
import time

import numpy as np
import pytest

from talentstats.stats.unknown_status import share_bounds, unknown_status


def test_one_known_and_one_unknown_by_hand():
    # Uniform p, r_0, r_1. The evidence is 2 E[p r_0 {p (1 - r_0) + (1 - p)(1 - r_1)}]
    # = 2 (1/3 x 1/6 + 1/6 x 1/2 x 1/2) = 7/36; the first term is the unknown in place 0.
    law = unknown_status(known=[1, 0], unknown=1, prior=[1, 1], found=[[1, 1], [1, 1]])
    assert law.log_evidence == pytest.approx(math.log(7 / 36), rel=1e-13)
    assert law.unseen[0, 1] == pytest.approx((1 / 18) / (1 / 18 + 1 / 24), rel=1e-13)
    # Both in place 0: Beta(3, 1) with mean 3/4; one in each: Beta(2, 2).
    assert law.mean[0] == pytest.approx((4 * 0.75 + 3 * 0.5) / 7, rel=1e-13)


def test_nobody_unknown_is_the_dirichlet():
    law = unknown_status(known=[8, 0, 1], unknown=0, prior=[1, 1, 1], found=[[5, 1]] * 3)
    assert law.mean == pytest.approx([9 / 12, 1 / 12, 2 / 12])


def test_known_and_equal_chances_of_being_found_leave_the_unknown_out():
    law = unknown_status(known=[80, 9, 3], unknown=8, prior=[1, 1, 1], found=[[9e8, 1e8]] * 3)
    assert law.mean == pytest.approx([81 / 95, 10 / 95, 4 / 95], rel=1e-6)


def test_against_draws_from_the_model():
    # Prior draws of shares and of being found, weighted by the multinomial likelihood.
    rng = np.random.default_rng(20261124)
    found = np.array([[9, 1], [3, 2], [1, 1]])
    p = rng.dirichlet([1, 1, 1], size=400_000)
    r = rng.beta(found[:, 0], found[:, 1], size=(400_000, 3))
    logs = np.log(p * r) @ [5, 2, 0] + 3 * np.log((p * (1 - r)).sum(axis=1))
    weight = np.exp(logs - logs.max())
    weight /= weight.sum()
    law = unknown_status(known=[5, 2, 0], unknown=3, prior=[1, 1, 1], found=found)
    error = np.sqrt(weight**2 @ (p - law.mean) ** 2)
    assert np.all(np.abs(weight @ p - law.mean) < 4 * error)


def test_a_thousand_known_and_sixty_unknown_take_no_time():
    start = time.process_time()
    law = unknown_status(
        known=[850, 100, 30, 20, 0], unknown=60, prior=[1] * 5, found=[[90, 10]] * 4 + [[1, 1]]
    )
    assert law.covariance.sum() == pytest.approx(0, abs=1e-15)
    assert law.quantile([0.025, 0.975]).shape == (2, 5)
    assert time.process_time() - start < 1.0


def test_bounds_need_no_model():
    bounds = share_bounds(known=[80, 9, 3], unknown=8)
    assert bounds.lower == pytest.approx([0.8, 0.09, 0.03])
    assert bounds.upper == pytest.approx([0.88, 0.17, 0.11])
