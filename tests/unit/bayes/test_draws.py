"""Logits, probabilities and prior draws against loops, quadrature and scipy."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from talentstats.bayes.draws import coefficients, flat, linear, probabilities, recorded
from talentstats.bayes.prior_draws import log_prior, prior_draws


def test_chains_follow_one_another():
    values = np.arange(12).reshape(2, 3, 2)
    assert flat(values).tolist() == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10, 11]]


@pytest.mark.parametrize("kind", ["softmax", "reference"])
def test_linear_by_loops(make_problem, kind):
    problem = make_problem(kind)
    draws = prior_draws(problem, draws=3, seed=1)
    found = linear(
        draws,
        fixed=problem.rows.fixed,
        varying=problem.rows.varying,
        term_of=problem.design.term_of,
    )
    assert found.shape == (3, 6, 2)
    sector, cell = problem.design.terms
    for s in range(3):
        for i, (a, year) in enumerate(
            zip(["academia", "industry", "state"], [2019, 2020, 2019], strict=True)
        ):
            row = [0, 3, 4][i]
            age = [30.0, 40.0, 28.0][i] - problem.design.fixed[0].center
            for d in range(2):
                own = d if kind == "reference" else 0
                z = draws["z"][0, s, :, d]
                sd = draws["sd"][0, s]
                value = draws["b0"][0, s, d] + age * draws["beta"][0, s, 0, d]
                value += sd[0, own] * (sector.basis[sector.levels.index((a,))] @ z[:2])
                value += sd[1, own] * (cell.basis[cell.levels.index((year,))] @ z[2:])
                assert found[s, row, d] == pytest.approx(value, rel=1e-12)


def test_nothing_varies():
    b0 = np.array([[[1.0, 2.0]]])
    found = linear(
        {"b0": b0}, fixed=np.zeros((3, 0)), varying=np.zeros((3, 0)), term_of=np.array([])
    )
    assert found.tolist() == [[[1, 2], [1, 2], [1, 2]]]
    assert coefficients({"b0": b0}, np.array([])) is None


def test_softmax_by_hand():
    # exp(log 87) : exp(log 10) : exp(log 3), and far from zero the same.
    for shift in (0.0, 800.0, -800.0):
        logits = np.log([[87.0, 10.0, 3.0]]) + shift
        found = probabilities(logits, contrasts=np.eye(3), link="softmax")
        np.testing.assert_allclose(found, [[0.87, 0.10, 0.03]], rtol=1e-12)


def test_cloglog_is_constant_competing_hazards():
    rates = np.array([0.4, 0.05])
    found = probabilities(np.log(rates)[None], contrasts=np.eye(3)[:, 1:], link="cloglog")[0]
    ends = [quad(lambda t, r=r: r * np.exp(-rates.sum() * t), 0, 1)[0] for r in rates]
    np.testing.assert_allclose(found, [np.exp(-rates.sum()), *ends], rtol=1e-12)
    assert found.sum() == pytest.approx(1, abs=1e-15)


def test_cloglog_of_rare_and_of_certain_ends():
    contrasts = np.eye(2)[:, 1:]
    rare = probabilities(np.array([[-60.0]]), contrasts=contrasts, link="cloglog")[0]
    assert rare[1] == pytest.approx(np.exp(-60), rel=1e-12)
    certain = probabilities(np.array([[900.0]]), contrasts=contrasts, link="cloglog")[0]
    assert certain.tolist() == [0, 1]


def test_what_is_recorded_by_loops(make_problem):
    problem = make_problem("unknown and validated")
    draws = prior_draws(problem, draws=4, seed=2)
    prob = np.random.default_rng(1).dirichlet([1, 1, 1], size=(4, 6))
    found = recorded(draws, problem, prob)
    assert found.shape == (4, 6, 4)
    lost, mistaken = draws["lost"][0], draws["mistaken"][0]
    for s in range(4):
        for m in range(6):
            for j in range(3):
                share = sum(prob[s, m, i] * (1 - lost[s, i]) * mistaken[s, i, j] for i in range(3))
                assert found[s, m, j] == pytest.approx(share, rel=1e-12)
            unknown = sum(prob[s, m, i] * lost[s, i] for i in range(3))
            assert found[s, m, 3] == pytest.approx(unknown, rel=1e-12)
    np.testing.assert_allclose(found.sum(axis=2), 1, rtol=1e-12)


def test_a_known_matrix_is_applied(make_problem):
    problem = make_problem("known")
    prob = np.broadcast_to([0.9, 0.1, 0.0], (1, 6, 3))
    found = recorded({}, problem, prob)
    # 0.9 * 0.97 + 0.1 * 0.05, and so on.
    np.testing.assert_allclose(found[0, 0], [0.878, 0.111, 0.011], rtol=1e-12)


def test_prior_draws_have_the_moments_of_the_prior(make_problem):
    problem = make_problem("unknown and validated")
    n = 40_000
    draws = {name: values[0] for name, values in prior_draws(problem, draws=n, seed=3).items()}
    near = 4 / np.sqrt(n)
    for d, (mean, sd) in enumerate([(-1.0, 1.0), (0.5, 1.5)]):
        assert draws["b0"][:, d].mean() == pytest.approx(mean, abs=near * sd)
        assert draws["b0"][:, d].std() == pytest.approx(sd, rel=near)
    assert draws["beta"].mean() == pytest.approx(0.1, abs=near * 0.05)
    for t, scale in enumerate([0.4, 0.7]):
        # A half normal has mean s sqrt(2 / pi) and mean square s^2.
        assert draws["sd"][:, t, 0].mean() == pytest.approx(scale * np.sqrt(2 / np.pi), rel=near)
        assert np.mean(draws["sd"][:, t, 0] ** 2) == pytest.approx(scale**2, rel=2 * near)
    assert draws["z"].shape == (n, 3, 2)
    assert draws["z"].std() == pytest.approx(1, abs=near)
    np.testing.assert_allclose(draws["lost"].mean(axis=0), [0.1, 0.4, 0.5], atol=near)
    np.testing.assert_allclose(
        draws["mistaken"].mean(axis=0)[0], np.array([90, 3, 2]) / 95, atol=near
    )
    np.testing.assert_allclose(draws["mistaken"].sum(axis=2), 1, rtol=1e-12)
    assert (np.einsum("sii->si", draws["mistaken"]) > 0.5).all()


def test_a_diagonal_below_one_half_is_never_drawn(make_problem):
    weak = np.array([[3.0, 2.0, 1.0], [2.0, 3.0, 1.0], [1.0, 2.0, 3.0]])
    problem = replace(make_problem("validated"), mistaken=weak)
    drawn = prior_draws(problem, draws=500, seed=1)["mistaken"][0]
    assert (np.einsum("sii->si", drawn) > 0.5).all()
    # The row is Dirichlet given that: its diagonal is Beta(3, 3) above one half.
    truth = stats.beta(3, 3)
    mean = quad(lambda x: x * truth.pdf(x), 0.5, 1)[0] / truth.sf(0.5)
    assert drawn[:, 0, 0].mean() == pytest.approx(mean, abs=0.02)


def test_concentration_is_gamma(make_problem):
    drawn = prior_draws(make_problem("clustered"), draws=40_000, seed=1)["concentration"]
    # Shape 2, rate 0.1: mean 20, standard deviation sqrt(2) / 0.1.
    assert drawn.shape == (1, 40_000)
    assert drawn.mean() == pytest.approx(20, abs=4 * 14.14 / 200)
    assert drawn.std() == pytest.approx(np.sqrt(2) / 0.1, rel=0.05)


@pytest.mark.parametrize("kind", ["reference", "unknown and validated", "clustered"])
def test_log_prior_up_to_a_constant(make_problem, kind):
    problem = make_problem(kind)
    draws = prior_draws(problem, draws=50, seed=4)
    prior = problem.prior
    total = stats.norm(prior.b0_mean, prior.b0_sd).logpdf(draws["b0"][0]).sum(axis=1)
    total += stats.norm(prior.beta_mean, prior.beta_sd).logpdf(draws["beta"][0]).sum(axis=(1, 2))
    total += stats.halfnorm(scale=prior.sd_scale).logpdf(draws["sd"][0]).sum(axis=(1, 2))
    if "lost" in draws:
        total += stats.beta(*problem.lost.T).logpdf(draws["lost"][0]).sum(axis=1)
    if "concentration" in draws:
        total += stats.gamma(2.0, scale=10.0).logpdf(draws["concentration"][0])
    difference = total - log_prior(problem, draws)
    assert np.ptp(difference) < 1e-9
    assert np.ptp(total) > 1
