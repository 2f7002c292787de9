import numpy as np
import pytest

from talentstats.stats.roots import bracketed_root, last_holding


def test_last_holding_upwards_downwards_and_none():
    squares_to_50 = last_holding(lambda j: j**2 <= 50, holds=[0, 6, 7], fails=[100, 9, 8])
    assert squares_to_50.tolist() == [7, 7, 7]
    assert float(last_holding(lambda j: j >= 3, holds=10, fails=-1)) == 3
    assert float(last_holding(lambda j: j < 0, holds=-1, fails=5)) == -1


def test_roots_to_full_precision_over_many_scales():
    exact = np.array([1e-9, 1e-3, 0.5, 0.999])
    found = bracketed_root(lambda x, i: x**3 - exact[i] ** 3, low=np.zeros(4), high=np.ones(4))
    np.testing.assert_allclose(found, exact, rtol=1e-14)


def test_roots_at_an_end_and_without_a_change_of_sign():
    at_end = bracketed_root(lambda x, i: x - 1.0, low=[0.0, 1.0], high=[1.0, 2.0])
    assert at_end.tolist() == [1.0, 1.0]
    nearest = bracketed_root(lambda x, i: x + 1.0, low=[0.0], high=[5.0])
    assert nearest.tolist() == [0.0]


def test_roots_of_a_jump_and_of_nothing():
    jump = bracketed_root(lambda x, i: np.where(x < 0.3, -1.0, 1.0), low=[0.0], high=[1.0])
    assert jump[0] == pytest.approx(0.3, rel=1e-14)
    assert bracketed_root(lambda x, i: x, low=[], high=[]).shape == (0,)
