import numpy as np
import pytest
from scipy import stats

from talentstats.bayes import predictive
from talentstats.bayes.predictive import predictive_check
from talentstats.errors import InputError


def checked(prob, counts, *, seed=1, **more):
    counts = np.asarray(counts)
    names = {
        "labels": [f"cell {i}" for i in range(len(counts))],
        "outcomes": ["US", "CN", "other"][: counts.shape[1]],
    }
    return predictive_check(prob=prob, counts=counts, seed=seed, **names | more)


def fixed(p, draws=20_000):
    return np.broadcast_to(np.asarray(p, dtype=float), (draws, *np.shape(p)))


def test_two_people_by_hand():
    # Binomial(2, 1/2) is 0, 1, 2 with 1/4, 1/2, 1/4; both stayed.
    found = checked(fixed([[0.5, 0.5]]), [[2, 0]])
    assert found.expected.tolist() == [[1.0, 1.0]]
    assert found.residual[0].tolist() == pytest.approx([2**0.5, -(2**0.5)])
    # Twice: nothing beyond, half of the quarter that is equal. Four errors of 20,000 draws.
    assert found.tail_area[0] == pytest.approx([0.25, 0.25], abs=4 * 0.0031)
    assert (found.lower.tolist(), found.upper.tolist()) == ([[0, 0]], [[2, 2]])
    # Twice (sqrt(2) - 1)^2 + 1 from 2 or 0 stayers, nothing from 1: one draw in two.
    assert found.p_value == pytest.approx(0.5, abs=4 * 0.0036)
    assert not found.outside.any()


def test_limits_are_whole_people():
    # Binomial(10, 0.9): P(X <= 5) = .0016, P(X <= 6) = .0128, P(X <= 7) = .0702, P(X <= 9) = .6513.
    found = checked(fixed([[0.9, 0.1]]), [[6, 4]])
    assert (found.lower[0, 0], found.upper[0, 0]) == (7, 10)
    assert found.outside.tolist() == [[True, True]]
    wide = checked(fixed([[0.9, 0.1]]), [[6, 4]], level=0.99)
    assert (wide.lower[0, 0], wide.upper[0, 1], wide.level) == (6, 4, 0.99)


def test_uncertain_probabilities_by_the_dirichlet_multinomial():
    p = np.random.default_rng(2).dirichlet([20, 3, 1], size=(40_000, 1))
    found = checked(p, [[15, 4, 1]])
    exact = stats.betabinom(20, 20, 4)
    assert found.expected[0, 0] == pytest.approx(exact.mean(), rel=0.002)
    assert found.residual[0, 0] == pytest.approx((15 - exact.mean()) / exact.std(), abs=0.02)
    area = 2 * (exact.cdf(14) + exact.pmf(15) / 2)
    assert found.tail_area[0, 0] == pytest.approx(area, abs=4 * 0.005)
    assert (found.lower[0, 0], found.upper[0, 0]) == (exact.ppf(0.025), exact.ppf(0.975))


def test_overdispersion():
    # Case "dm_od" of the exact reference set: Var(y_0) at n = 10, p = .85, concentration 12.
    variance = 2.15769230769
    p = fixed([[0.85, 0.10, 0.05]], 40_000)
    found = checked(p, [[8, 2, 0]], dirichlet_concentration=np.full(40_000, 12.0))
    assert found.residual[0, 0] == pytest.approx(-0.5 / variance**0.5, rel=1e-9)
    exact = stats.betabinom(10, 12 * 0.85, 12 * 0.15)
    area = 2 * (exact.cdf(7) + exact.pmf(8) / 2)
    assert found.tail_area[0, 0] == pytest.approx(area, abs=4 * 0.005)


def test_the_thinnest_concentration_sends_all_to_one_place():
    p = fixed([[0.6, 0.4, 0.0]], 5000)
    found = checked(p, [[10, 0, 0]], dirichlet_concentration=np.full(5000, 1e-12))
    assert (found.lower[0, 0], found.upper[0, 0], found.upper[0, 2]) == (0, 10, 0)
    # Ten with probability .6, nothing with .4: 2 (0 + .6 / 2).
    assert found.tail_area[0, 0] == pytest.approx(0.6, abs=4 * 0.007)


def test_a_cell_that_does_not_fit_is_named():
    rng = np.random.default_rng(3)
    p = rng.dirichlet([160, 30, 10], size=(2000, 6))
    counts = rng.multinomial(60, [0.8, 0.15, 0.05], size=6)
    good = checked(p, counts)
    assert 0.05 < good.p_value < 0.95
    assert len(good.largest) == 5
    counts[4] = [25, 5, 30]
    bad = checked(p, counts)
    assert bad.p_value == 0
    assert bad.largest[0].startswith("cell 4, other: 30 of 60 observed, 3.0 expected")
    assert bad.largest[1].startswith("cell 4, US: 25 of 60 observed")
    assert bad.outside[4].tolist() == [True, False, True] or bad.outside[4].all()
    assert "in fewer than 1 of 2,000 draws. Furthest off: cell 4, other" in bad.sentence


def test_a_p_value_is_not_extreme_when_the_model_is_true():
    rng = np.random.default_rng(4)
    p = fixed([[0.7, 0.2, 0.1]] * 20, 500)
    found = [checked(p, rng.multinomial(15, p[0])).p_value for _ in range(60)]
    # Uniform at fixed probabilities: mean 1/2 within four errors of 60.
    assert np.mean(found) == pytest.approx(0.5, abs=4 * 0.0373)
    assert np.std(found) == pytest.approx(12**-0.5, abs=0.08)


def test_cells_without_people_say_nothing():
    found = checked(fixed([[0.5, 0.5], [0.9, 0.1]], 200), [[0, 0], [9, 1]])
    assert np.isnan(found.residual[0]).all()
    assert np.isnan(found.tail_area[0]).all()
    assert len(found.largest) == 2
    assert found.sentence.startswith("0 of 2 observed counts lie outside their 95%")
    assert found.frame()["share_observed"].isna().tolist() == [True, True, False, False]


def test_frame_and_seed():
    p = np.random.default_rng(1).dirichlet([8, 1, 1], size=(500, 2))
    counts = [[8, 1, 1], [4, 0, 0]]
    one, again, other = (checked(p, counts, seed=s) for s in (7, 7, 8))
    assert one.tail_area.tolist() == again.tail_area.tolist() != other.tail_area.tolist()
    frame = one.frame()
    assert frame["group"].tolist() == ["cell 0"] * 3 + ["cell 1"] * 3
    assert frame["outcome"].tolist() == ["US", "CN", "other"] * 2
    assert frame["share_observed"].tolist() == [0.8, 0.1, 0.1, 1.0, 0.0, 0.0]
    assert (one.replicates, one.seed) == (500, 7)
    with pytest.raises(ValueError, match="read-only"):
        one.residual[0] = 0


def test_blocks_of_cells_do_not_show(monkeypatch):
    p = fixed([[0.7, 0.3]] * 5, 4000)
    counts = [[7, 3]] * 5
    whole = checked(p, counts)
    monkeypatch.setattr(predictive, "_BLOCK", 1)
    blocks = checked(p, counts)
    assert blocks.tail_area == pytest.approx(whole.tail_area, abs=0.08)
    assert blocks.upper.tolist() == whole.upper.tolist()
    assert blocks.p_value == pytest.approx(whole.p_value, abs=0.05)


def test_input_is_checked():
    with pytest.raises(InputError, match=r"prob has shape \(10, 1, 3\), counts \(1, 2\)"):
        checked(np.full((10, 1, 3), 1 / 3), [[1, 2]])
    with pytest.raises(InputError, match="do not sum to 1"):
        checked(np.full((10, 1, 2), 0.4), [[1, 2]])
    with pytest.raises(InputError, match="level"):
        checked(np.full((10, 1, 2), 0.5), [[1, 2]], level=95)
