import pickle

import numpy as np
import pytest

from talentstats.bayes.diagnostics import diagnose
from talentstats.errors import InputError

SHAPE = (4, 250)


def found(*, rng_seed=1, shape=SHAPE, **changes):
    rng = np.random.default_rng(rng_seed)
    given = {
        "draws": {"sd": rng.normal(size=shape), "b": rng.normal(size=(*shape, 2, 2))},
        "divergent": np.zeros(shape, dtype=bool),
        "energy": rng.normal(size=shape),
        "depth": np.full(shape, 3),
        "max_depth": 10,
    }
    return diagnose(**given | {k: v(given) if callable(v) else v for k, v in changes.items()})


def changed(name, change):
    def made(given):
        array = given[name].copy()
        change(array)
        return array

    return made


def test_good_draws():
    good = found()
    assert good.names == ("sd", "b[0,0]", "b[0,1]", "b[1,0]", "b[1,1]")
    assert good.failures == ()
    assert (good.chains, good.draws, good.divergences, good.saturated) == (4, 250, 0, 0)
    assert good.max_rhat == good.scalars.rhat.max() < 1.01
    assert good.min_ess == min(good.scalars.ess_bulk.min(), good.scalars.ess_tail.min()) > 400
    assert good.max_rhat_name == good.names[good.scalars.rhat.argmax()]
    assert good.sentence.startswith("4 chains of 250 draws: R-hat at most 1.0")
    assert good.frame()["term"].tolist() == list(good.names)
    assert pickle.loads(pickle.dumps(good)).sentence == good.sentence


def test_energy_by_hand():
    # 0, 1, 0, 1, ...: every squared step is 1, the variance n / (4 (n - 1)).
    bounce = np.tile([0.0, 1.0], (4, 125))
    assert found(energy=bounce).e_bfmi == pytest.approx(np.full(4, 4 * 249 / 250), rel=1e-12)
    # 1, ..., n: squared steps of 1 against a variance of n (n + 1) / 12.
    bounce[2] = np.arange(250)
    low = found(energy=bounce)
    assert low.e_bfmi[2] == pytest.approx(12 / (250 * 251), rel=1e-12)
    assert low.failures == ("the energy mixes badly: E-BFMI is below 0.3 in chain 3 (0.00)",)
    assert "chain 1 (nan)" in found(energy=changed("energy", lambda e: e[0].fill(2.0))).failures[0]


def test_failures_in_words():
    def diverge(array):
        array[1, 7:9] = True

    assert found(divergent=changed("divergent", diverge)).failures == ("2 of 1000 draws diverged",)

    def grow(array):
        array[0, :3] = 10

    deep = found(depth=changed("depth", grow))
    assert deep.failures == ("3 of 1000 draws stopped at the deepest tree (10)",)
    assert deep.sentence == (
        "Do not trust these draws (4 chains of 250 draws): "
        "3 of 1000 draws stopped at the deepest tree (10)."
    )
    assert found(depth=None, max_depth=None).saturated is None


def test_the_worst_is_named():
    rng = np.random.default_rng(2)
    apart = rng.normal(size=(*SHAPE, 3))
    apart[0, :, 1] += 1.0
    apart[..., 2] = 0.5  # fixed: no diagnosis, and no failure
    names = {"p": ["US", "CN", "other"]}
    one = found(draws={"p": apart}, names=names)
    assert one.max_rhat_name == one.min_ess_name == "CN"
    assert one.failures[0].startswith("the chains disagree: R-hat is above 1.01 for 1 of 3")
    assert one.failures[1].startswith("too few effective draws: below 400 for 1 of 3")
    assert "for CN" in one.failures[0]
    assert len(one.failures) == 2
    apart[0, 0, 0] = np.nan
    assert found(draws={"p": apart}, names=names).failures[0] == "draws of US are not finite"


def test_the_effective_draws_asked_for():
    # 400 in all, and 100 a chain.
    assert found(shape=(2, 250)).fewest_effective == 400
    assert found(shape=(6, 250)).fewest_effective == 600
    assert found(shape=(2, 150)).failures[0].startswith("too few effective draws: below 400")


def test_one_chain_and_nothing_that_moves():
    alone = found(shape=(1, 1000))
    assert alone.failures == ("one chain alone cannot show that it converged",)
    still = found(draws={"p": np.ones(SHAPE)})
    assert np.isnan(still.max_rhat)
    assert np.isnan(still.min_ess)
    assert (still.max_rhat_name, still.failures) == ("", ())


def test_input_is_checked():
    with pytest.raises(InputError, match=r"Draws of 'b' have shape \(3, 250\)"):
        found(draws={"b": np.ones((3, 250))})
    with pytest.raises(InputError, match="2 names for 'b', which has 3 scalars"):
        found(draws={"b": np.ones((*SHAPE, 3))}, names={"b": ["x", "y"]})
