"""The three cells share p ~ Dirichlet(1, 1, 1), so every leave-one-out density is closed form."""

import numpy as np
import pytest
from scipy.special import gammaln

from talentstats.bayes.loo import leave_one_cell_out, leave_one_person_out
from talentstats.errors import InputError

COUNTS = np.array([[40, 8, 2], [25, 1, 1], [22, 1, 0]])
# Case "loco" of the exact reference set (family loco_dirichlet, closed form).
ELPD_CELLS = (-5.67209643881, -3.3132607975, -2.90602191261)
ELPD_PERSONS = -47.6415872095


def posterior(counts, *, draws=4000, seed=1):
    return np.random.default_rng(seed).dirichlet(1 + np.sum(counts, axis=0), size=draws)


def multinomial_log_lik(log_p, counts):
    coefficient = gammaln(counts.sum(axis=1) + 1) - gammaln(counts + 1).sum(axis=1)
    return log_p @ counts.T + coefficient


def persons(counts, **changes):
    log_p = np.log(posterior(counts, draws=changes.pop("draws", 4000)))
    given = {"log_prob": np.repeat(log_p[:, None], len(counts), axis=1), "counts": counts}
    return leave_one_person_out(**given | {"chains": 4} | changes)


def cells(counts, **changes):
    log_p = np.log(posterior(counts, draws=changes.pop("draws", 4000)))
    given = {"log_lik": multinomial_log_lik(log_p, counts), "people": counts.sum(axis=1)}
    return leave_one_cell_out(**given | {"chains": 4} | changes)


def test_persons_against_the_closed_form():
    found = persons(COUNTS, draws=20_000)
    # The error of E[1 / p] by 20,000 draws is sd(1/p) / E[1/p] / sqrt(S) a row, people times:
    # at the most 100 x (1 / sqrt(88), 1 / sqrt(11), 1 / sqrt(4)) weighted by 87, 10, 3: 0.03.
    assert found.elpd == pytest.approx(ELPD_PERSONS, abs=0.1)
    each = np.repeat(np.log(COUNTS.sum(axis=0) / 102), COUNTS.sum(axis=0))
    assert each.sum() == pytest.approx(ELPD_PERSONS, abs=1e-9)
    assert found.std_error == pytest.approx(10 * each.std(ddof=1), rel=0.01)
    one_by_one = np.repeat(found.log_density, found.people.astype(int))
    assert found.std_error == pytest.approx(10 * one_by_one.std(ddof=1), rel=1e-12)
    seen = COUNTS.sum(axis=0) @ np.log((COUNTS.sum(axis=0) + 1) / 103)
    assert found.p_loo == pytest.approx(seen - ELPD_PERSONS, abs=0.1)
    assert (found.units, found.people.sum(), len(found.names)) == (100, 100.0, 8)
    assert (found.untrusted, found.share_of_people_untrusted) == ((), 0.0)
    assert found.names[-1] == "cell 2, destination 1"
    assert "Leave-one-person-out: expected log predictive density -47.6" in found.sentence
    assert "trusted" not in found.sentence


def test_a_cell_that_is_half_the_data_is_not_trusted():
    found = cells(COUNTS, labels=["PhD", "postdoc", "faculty"])
    assert found.untrusted == ("PhD",)
    assert found.pareto_k[0] > found.k_threshold == 0.7
    assert found.log_density[1:] == pytest.approx(ELPD_CELLS[1:], abs=0.05)
    assert found.log_density[0] == pytest.approx(ELPD_CELLS[0], abs=0.5)
    assert found.share_of_people_untrusted == 0.5
    assert found.share_of_rows_untrusted == pytest.approx(1 / 3)
    assert "It cannot be trusted: k is above 0.7 for PhD (k = " in found.sentence
    assert "50% of the people)" in found.sentence
    assert found.sentence.endswith("The exact value needs a refit without each of them.")
    assert found.frame()["people"].tolist() == [50.0, 27.0, 23.0]


def test_many_small_cells_against_refits():
    rng = np.random.default_rng(5)
    counts = rng.multinomial(4, [0.8, 0.15, 0.05], size=40)

    def left_out(i):
        # Dirichlet-multinomial: what the posterior without cell i says of it.
        y, a = counts[i], 1 + np.delete(counts, i, axis=0).sum(axis=0)
        log_b = [gammaln(v).sum() - gammaln(v.sum()) for v in (a + y, a)]
        return gammaln(5) - gammaln(y + 1).sum() + log_b[0] - log_b[1]

    exact = np.array([left_out(i) for i in range(40)])
    found = cells(counts)
    assert found.untrusted == ()
    assert found.log_density == pytest.approx(exact, abs=0.03)
    assert found.elpd == pytest.approx(exact.sum(), abs=0.2)
    assert found.std_error == pytest.approx(np.sqrt(40) * exact.std(ddof=1), rel=0.02)


def test_the_threshold_follows_the_draws():
    # 1 - 1 / log10(1000) = 2/3 and, from 2155 draws on, 0.7.
    assert cells(COUNTS, draws=1000).k_threshold == pytest.approx(2 / 3)


def test_empty_cells_are_counted_and_left_aside():
    counts = np.insert(COUNTS, 1, 0, axis=0)
    found = cells(counts, labels=list("abcd"))
    assert (found.empty_cells, found.names) == (1, ("a", "c", "d"))
    assert "Cells without people, left aside: 1." in found.sentence
    assert persons(counts).empty_cells == 1
    assert persons(counts).elpd == pytest.approx(persons(COUNTS).elpd, rel=1e-12)


def test_draws_that_agree_need_no_weights():
    found = leave_one_person_out(
        log_prob=np.full((400, 1, 2), np.log(0.5)), counts=[[3, 0]], chains=2
    )
    assert found.log_density.tolist() == [np.log(0.5)]
    assert np.isnan(found.pareto_k).all()
    assert found.untrusted == ()
    assert found.p_loo == pytest.approx(0, abs=1e-12)


def test_weights_of_two_values_have_no_k_and_no_trust():
    log_lik = np.full((400, 1), -1.0)
    log_lik[::20] = -2.0
    found = leave_one_cell_out(log_lik=log_lik, people=[5], chains=4)
    assert found.pareto_k.tolist() == [np.inf]
    assert found.untrusted == ("cell 0",)


def test_sticky_chains_use_more_of_the_tail():
    from arviz_stats.base.array import array_stats

    sticky = np.repeat(np.random.default_rng(3).normal(size=(4, 250)), 8, axis=1)
    found = leave_one_cell_out(log_lik=sticky.reshape(-1, 1), people=[5], chains=4)
    relative = array_stats.ess(np.exp(sticky), method="mean", relative=True)
    assert relative < 0.2
    weights, k = array_stats.psislw(sticky.ravel(), r_eff=relative)
    assert found.pareto_k[0] == pytest.approx(k, rel=1e-9)
    assert found.elpd == pytest.approx(np.log(np.exp(weights + sticky.ravel()).sum()), rel=1e-9)


def test_one_cell_has_no_standard_error():
    assert np.isnan(cells(COUNTS[:1]).std_error)


def test_input_is_checked():
    with pytest.raises(InputError, match=r"log_prob has shape \(400, 1, 2\), counts \(1, 3\)"):
        leave_one_person_out(log_prob=np.zeros((400, 1, 2)), counts=[[1, 2, 3]], chains=4)
    with pytest.raises(InputError, match=r"log_lik has shape \(400, 2\), people \(3,\)"):
        leave_one_cell_out(log_lik=np.zeros((400, 2)), people=[1, 2, 3], chains=4)
    with pytest.raises(InputError, match="nobody to leave out"):
        leave_one_cell_out(log_lik=np.zeros((400, 2)), people=[0, 0], chains=4)
    with pytest.raises(InputError, match="cell 1, destination 0 is not finite"):
        leave_one_person_out(
            log_prob=np.array([[[0.0, -1.0], [-np.inf, 0.0]]] * 8),
            counts=[[1, 0], [1, 0]],
            chains=4,
        )
    with pytest.raises(InputError, match="2 names were given for 3 cells"):
        cells(COUNTS, labels=["a", "b"])
