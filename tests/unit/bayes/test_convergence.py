import numpy as np
import pytest
from scipy.signal import lfilter

from talentstats.bayes import convergence


def autoregressive(shape, *, rho, seed=20261124):
    return lfilter([1], [1, -rho], np.random.default_rng(seed).normal(size=shape), axis=1)


@pytest.mark.parametrize("shape", [(4, 200, 12), (3, 101, 12), (2, 6, 12), (1, 60, 12)])
@pytest.mark.parametrize("rho", [0.8, 0.0, -0.6])
def test_arviz_says_the_same(shape, rho):
    from arviz_stats.base import array_stats

    draws = autoregressive(shape, rho=rho)
    draws[0, :, 1] += 2.0  # one chain elsewhere
    draws[..., 2] = np.round(draws[..., 2])  # ties
    draws[..., 3] = draws[..., 3] > 0.5
    draws[-1, :, 4] *= 3.0  # seen by the folded ranks only
    found = convergence.summary(draws=draws)
    axes = {"chain_axis": 0, "draw_axis": 1}
    kept = slice(None) if shape[1] > 6 else [0, 1, 4, 5, 6]  # a column of six can be constant
    expected = {
        "rhat": np.broadcast_to(array_stats.rhat(draws, **axes), (12,)),
        "ess_bulk": array_stats.ess(draws, **axes),
        "ess_tail": array_stats.ess(draws, **axes, method="tail", prob=(0.05, 0.95)),
        "mcse_mean": array_stats.mcse(draws, **axes),
    }
    for name, values in expected.items():
        assert getattr(found, name)[kept] == pytest.approx(values[kept], rel=1e-10, nan_ok=True)
    assert np.isnan(found.rhat).all() == (shape[0] == 1)


@pytest.mark.parametrize("rho", [0.9, -0.5])
def test_an_autoregression_by_theory(rho):
    # The mean of an AR(1) has N (1 - rho) / (1 + rho) effective draws and variance
    # 1 / (1 - rho)^2 / N with unit innovations.
    draws = autoregressive((4, 5000, 3), rho=rho)
    found = convergence.summary(draws=draws)
    theory = 20_000 * (1 - rho) / (1 + rho)
    assert found.ess_bulk == pytest.approx(np.full(3, theory), rel=0.2)
    assert convergence.ess_mean(draws=draws) == pytest.approx(np.full(3, theory), rel=0.2)
    error = 1 / (1 - rho) / 20_000**0.5
    assert found.mcse_mean == pytest.approx(np.full(3, error), rel=0.15)


def test_columns_that_say_nothing():
    draws = np.random.default_rng(1).normal(size=(2, 100, 5))
    draws[..., 0] = 0.25
    draws[..., 1] = 1 / 3 + np.spacing(1 / 3) * (np.arange(100) % 2)  # the same but for rounding
    draws[0, 5, 2] = np.nan
    draws[0, 5, 3] = np.inf
    found = convergence.summary(draws=draws)
    for values in (found.rhat, found.ess_bulk, found.ess_tail, found.mcse_mean):
        assert np.isnan(values[:4]).all()
        assert np.isfinite(values[4])
    assert convergence.ess_mean(draws=draws[..., :1]).tolist() == [200.0]
    with pytest.raises(ValueError, match="read-only"):
        found.rhat[0] = 1


def test_chains_that_stand_still_apart():
    draws = np.broadcast_to(np.array([0.0, 1.0])[:, None, None], (2, 50, 1))
    found = convergence.summary(draws=draws)
    assert found.rhat[0] > 1e6
    assert found.ess_bulk[0] < 5


def test_blocks_do_not_show():
    draws = autoregressive((2, 30, 300), rho=0.3)
    whole = convergence.summary(draws=draws)
    for i in (0, 127, 128, 299):
        one = convergence.summary(draws=draws[..., i : i + 1])
        assert one.ess_tail[0] == pytest.approx(whole.ess_tail[i], rel=1e-12)
    assert convergence.summary(draws=np.empty((2, 30, 0))).rhat.shape == (0,)
    assert np.isnan(convergence.summary(draws=draws[:, :5]).rhat).all()
