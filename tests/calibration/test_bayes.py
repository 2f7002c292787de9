"""The tools of simulation-based calibration, and the tables that report it."""

import io

import numpy as np
import pandas as pd
import pytest
from scipy.special import gammaln

from talentstats.bayes.prior_draws import prior_draws
from talentstats.bayes.sampling import Sampled
from tests.calibration import bayes, bayes_models, bayes_pooling
from tests.calibration import bayes_simulation as simulation
from tests.calibration.bayes_ranks import KEPT, POINTS, band, p_values, ranked


def inside_probability(n, low, high):
    """Probability that the empirical distribution of n uniform values stays in a band, exactly.

    Counts at the points are a Markov chain: of those who are left, each lies before the next
    point with the same probability.
    """
    log_factorial = gammaln(np.arange(n + 1) + 1)
    chance = np.zeros(n + 1)
    chance[0], before = 1.0, 0.0
    for point, lower, upper in zip(POINTS, np.round(n * low), np.round(n * high), strict=True):
        q = (point - before) / (1 - before)
        after = np.zeros(n + 1)
        for count in np.flatnonzero(chance):
            more = np.arange(n - count + 1)
            logs = log_factorial[n - count] - log_factorial[more] - log_factorial[n - count - more]
            logs += more * np.log(q) + (n - count - more) * np.log1p(-q)
            after[count:] += chance[count] * np.exp(logs)
        counts = np.arange(n + 1)
        chance = np.where((counts >= lower) & (counts <= upper), after, 0.0)
        before = point
    return chance.sum()


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_bands_hold_at_their_level(level):
    low, high = band(50, level)
    # Counts are whole numbers, so that a level can only be met up to one step of the tails.
    assert level - 0.002 < inside_probability(50, low, high) < level + 0.03
    narrow = np.round(50 * low) + 1, np.round(50 * high) - 1
    assert inside_probability(50, narrow[0] / 50, narrow[1] / 50) < level - 0.1


def test_bands_are_those_of_arviz():
    from arviz_stats.ecdf_utils import get_pointwise_confidence_band, simulate_confidence_bands

    pointwise = simulate_confidence_bands(100, 1, POINTS, 0.95, 5000, np.random.default_rng(1))
    theirs = get_pointwise_confidence_band(pointwise, 100, POINTS)
    for mine, other in zip(band(100, 0.95), theirs, strict=True):
        assert np.abs(mine - other).max() < 1.5 / 100


def test_p_values_of_uniform_ranks_are_uniform_and_agree_with_the_bands():
    rng = np.random.default_rng(2)
    ranks = rng.uniform(size=(100, 4000))
    p = p_values(ranks)
    # 4.5 binomial standard errors, and a step of the discrete distribution below.
    for level in (0.05, 0.2):
        assert -0.03 < np.mean(p < level) - level < 4.5 * np.sqrt(level * (1 - level) / 4000)
    low, high = band(100, 0.95)
    below = (ranks[None] <= POINTS[:, None, None]).mean(axis=1)
    left = ((below < low[:, None] - 1e-9) | (below > high[:, None] + 1e-9)).any(axis=0)
    np.testing.assert_array_equal(left, p < 0.05)


@pytest.mark.parametrize(
    "wrong",
    [lambda u: u**1.3, lambda u: 0.5 + 0.75 * (u - 0.5), lambda u: 0.5 + (u - 0.5) ** 3 * 4],
)
def test_bias_and_wrong_spread_leave_the_bands(wrong):
    ranks = wrong(np.random.default_rng(3).uniform(size=(500, 1)))
    assert p_values(ranks)[0] < 0.001


def test_rank_by_hand():
    rng = np.random.default_rng(4)
    draws = np.tile(np.arange(KEPT, dtype=float)[:, None], (1, 3))
    found = ranked(np.array([-1.0, 40.5, 1000.0]), draws, rng)
    # Below all, above 41 of 99, above all: within the 1st, 42nd and 100th of 100 parts.
    assert np.floor(100 * found).tolist() == [0, 41, 99]


def test_hazard_people_flow_from_year_to_year():
    prob = np.tile([0.9, 0.07, 0.03], (24, 1))
    counts = bayes_models.hazard_counts(prob, np.random.default_rng(5))
    people = counts.sum(axis=1).reshape(4, 6)
    assert (people[:, 0] == bayes_models.ENTRANTS).all()
    np.testing.assert_array_equal(people[:, 1:], counts[:, 0].reshape(4, 6)[:, :-1])


def test_destination_people_are_those_of_the_cells():
    prob = np.tile([0.8, 0.15, 0.05], (16, 1))
    counts = bayes_models.destination_counts(prob, np.random.default_rng(5))
    frame = bayes_models.destination_frame()
    assert counts.sum() == frame["people"].sum()
    assert counts[-1].sum() == 0
    assert (counts[:-1].sum(axis=1) > 0).all()


@pytest.fixture(scope="module", params=[bayes_models.DESTINATION, bayes_models.HAZARD])
def made(request):
    """Each model beside a fit of it, whose draws are those of the prior: nothing is compiled."""

    def sample(problem, settings, *, listen=None):
        draws = prior_draws(problem, draws=2 * settings.draws, seed=1)
        shape = (2, settings.draws)
        return Sampled(
            draws={name: x.reshape(*shape, *x.shape[2:]) for name, x in draws.items()},
            divergent=np.zeros(shape, dtype=bool),
            energy=np.random.default_rng(1).normal(size=shape),
            depth=np.ones(shape, dtype=np.int64),
            sampler="prior",
        )

    with pytest.MonkeyPatch.context() as patch:
        for module in ("destinations.model", "survival.bayes_hazard_model"):
            patch.setattr(f"talentstats.{module}.sample", sample)
        patch.setattr(bayes_models, "sample", sample)
        yield request.param, request.param.fit()


def test_a_draw_of_the_prior_makes_these_probabilities(made):
    # By loops over names instead of matrices.
    _, fit = made
    draws = bayes_models.drawn(fit, 6)
    prob = bayes_models.with_draws(fit, fit.problem.counts, draws).prob[0]
    b0, sd, z = (draws[name][0, 0] for name in ("b0", "sd", "z"))
    for row, found in enumerate(prob):
        linear, column = b0.copy(), 0
        if "beta" in draws:
            linear += fit.covariates["funded"][row] * draws["beta"][0, 0, 0]
        for t, term in enumerate(fit.problem.design.terms):
            level = tuple(fit.covariates[name].tolist()[row] for name in term.variables)
            for weight in term.basis[term.levels.index(level)]:
                linear += weight * sd[t] * z[column]
                column += 1
        odds = np.exp([contrast @ linear for contrast in fit.problem.contrasts])
        np.testing.assert_allclose(found, odds / odds.sum(), rtol=1e-12)


def test_the_wrong_model_differs_by_the_spreads_alone(made):
    model, fit = made
    right, wrong = fit.problem.prior, model.wrong(fit.problem)
    np.testing.assert_allclose(wrong.sd_scale, bayes_models.FACTOR * right.sd_scale)
    for name in ("b0_mean", "b0_sd", "beta_mean", "beta_sd"):
        np.testing.assert_array_equal(getattr(wrong, name), getattr(right, name))


def test_a_simulation_ranks_all_that_is_reported(made):
    model, fit = made
    one, two = (simulation.simulation(model, fit, 3, wrong=False) for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
    for what in bayes_models.KINDS:
        assert (one["what"] == what).sum() == fit.quantities(what).values.shape[1]
    assert one["what"].iloc[-1] == "log likelihood"
    assert not one.duplicated(list(simulation.KEYS)).any()
    assert one["rank"].between(0, 1, inclusive="neither").all()
    # Poststratified shares and six-year retention are among it.
    population = one[one["what"] == "population"]
    wanted = "retention" if model is bayes_models.HAZARD else "probability"
    assert (population["term"] == wanted).any()


def test_kinds_are_those_of_the_published_margins():
    known = bayes_pooling.kinds()
    assert known.share.sum() == pytest.approx(1)
    np.testing.assert_allclose(known.share @ known.truth, [0.87, 0.10, 0.03], atol=1e-9)
    # The cells of the model stand in the order of the kinds.
    found = bayes_pooling.cells().cell_labels().tolist()
    assert found == [", ".join(pair) for pair in known.labels]


def test_scores_by_hand():
    known = bayes_pooling.kinds()
    right = bayes_pooling.Answer(known.truth, known.truth - 0.01, known.truth + 0.01)
    found = bayes_pooling.scored(right)
    assert found["log_score"] == 0
    assert found["coverage"] == 1
    assert found["interval_score"] == pytest.approx(0.02)
    # Limits that miss by 0.01 on one side: width 0.01, and 2 / 0.05 times what they miss by.
    high = bayes_pooling.Answer(known.truth, known.truth + 0.01, known.truth + 0.02)
    found = bayes_pooling.scored(high)
    assert found["coverage"] == 0
    assert found["interval_score"] == pytest.approx(0.01 + 40 * 0.01)
    # Halving China's share and giving it to the US.
    moved = known.truth.copy()
    moved[:, 1] /= 2
    moved[:, 0] += moved[:, 1]
    gap = known.truth[:, 0] * np.log(moved[:, 0] / known.truth[:, 0])
    gap -= known.truth[:, 1] * np.log(2)
    found = bayes_pooling.scored(bayes_pooling.Answer(moved, right.low, right.high))
    assert found["log_score"] == pytest.approx(known.share @ gap)


def test_jeffreys_by_hand():
    # 87, 10, 3: means (87.5, 10.5, 3.5) / 101.5; complete pooling is the same for all.
    counts = np.array([[80.0, 9, 3], [7, 1, 0]])
    answer = bayes_pooling.complete(counts)
    np.testing.assert_allclose(answer.mean, np.array([[87.5, 10.5, 3.5]] * 2) / 101.5)
    assert (bayes_pooling.raw(counts).mean[1] > bayes_pooling.raw(counts).low[1]).all()


def test_a_suspect_is_asked_again_on_fresh_simulations_alone(monkeypatch):
    rng = np.random.default_rng(7)
    asked = []

    def fresh(model, folder, *, wrong, first, last):
        asked.append((wrong, first, last))
        ranks = rng.uniform(size=(last - first + 1, 3)) ** [1.0, 1.0, 1.5]
        return pd.DataFrame({"simulation": np.repeat(range(first, last + 1), 3),
                             "rank": ranks.ravel()})  # fmt: skip

    monkeypatch.setattr(simulation, "simulations", fresh)
    none = pd.DataFrame({"outside_all": [False] * 3})
    assert simulation.asked_again(None, None, none)["p_again"].isna().all()
    assert not asked
    found = simulation.asked_again(None, None, pd.DataFrame({"outside_all": [False, True, True]}))
    assert asked == [(False, simulation.REFITS + 1, simulation.REFITS + simulation.FRESH)]
    # A true value that is truly biased stays a suspect; one by chance does not.
    nothing, chance, biased = found["p_again"]
    assert np.isnan(nothing)
    assert chance > 0.05
    assert biased < 0.001


def reported(name):
    """A table of docs as numbers and as Markdown."""
    csv, page = (bayes.TABLES / f"{name}.{kind}" for kind in ("csv", "md"))
    text = csv.read_text(encoding="utf-8")
    return pd.read_csv(io.StringIO(text)), page.read_text(encoding="utf-8")


def test_docs_show_the_calibration_and_the_wrong_model_fails_it():
    judged, page = reported("bayes_calibration")
    assert bayes.calibration_table(judged) == page
    assert (judged["simulations"] == simulation.REFITS).all()
    assert set(judged["what"]) == {*bayes_models.KINDS, "log likelihood"}
    for _, rows in judged.groupby("model"):
        right = rows[rows["prior"] == "as it is"]
        wrong = rows[rows["prior"] != "as it is"]
        assert len(right) == len(wrong) > 100
        # What leaves the bands of all quantities must not do so on fresh simulations.
        suspects = right[right["outside_all"]]
        assert len(suspects) <= 2
        assert (suspects["p_again"] > 0.05).all()
        assert 0 <= right["outside"].mean() < 0.15
        assert wrong["outside"].mean() > 0.2
        spreads = wrong["term"].str.startswith("sd(")
        assert wrong.loc[spreads, "outside_all"].all()


def test_docs_show_that_partial_pooling_predicts_best():
    summary, page = reported("pooling")
    assert bayes.pooling_table(summary) == page
    assert (summary["replicates"] == bayes_pooling.REPLICATES).all()
    others = summary[summary["method"] != "partial pooling"]
    assert len(others) == 4
    assert (others["log_score_gain"] > 2 * others["log_score_gain_error"]).all()
    assert (others["interval_score_gain"] < -2 * others["interval_score_gain_error"]).all()
