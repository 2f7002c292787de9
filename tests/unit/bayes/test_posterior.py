"""What is made of draws, by loops over the draws."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from talentstats.bayes.posterior import PosteriorFit
from talentstats.errors import InputError, UnknownNameError
from talentstats.results.columns import ESTIMATE_COLUMNS
from talentstats.results.protocol import Result


@pytest.fixture(scope="module")
def fit(make_problem, make_fit):
    return make_fit(make_problem("softmax"), draws=1000)


def test_it_is_a_result(fit):
    assert isinstance(fit, Result)
    tidy = fit.tidy()
    assert list(tidy.columns[:2]) == ["group", "outcome"]
    assert list(tidy.columns[2:11]) == list(ESTIMATE_COLUMNS)
    assert (tidy["interval"] == "eti").all()
    assert (tidy["conf_level"] == 0.95).all()
    assert {"estimator", "mean", "p_direction", "rhat", "ess_bulk", "ess_tail", "mcse"} <= set(tidy)
    assert tidy["statistic"].isna().all()
    assert tidy["p_value"].isna().all()


def test_median_and_equal_tails(fit):
    row = fit.tidy(level=0.8).iloc[4]
    assert (row["group"], row["outcome"]) == ("academia, 2020", "China")
    drawn = np.sort(fit.prob[:, 1, 1])
    assert len(drawn) == 2000
    assert row["estimate"] == pytest.approx((drawn[999] + drawn[1000]) / 2, rel=1e-12)
    assert np.mean(drawn < row["conf_low"]) == pytest.approx(0.1, abs=1e-3)
    assert np.mean(drawn > row["conf_high"]) == pytest.approx(0.1, abs=1e-3)
    assert row["std_error"] == pytest.approx(np.sqrt(np.sum((drawn - drawn.mean()) ** 2) / 1999))


@pytest.mark.parametrize("kind", ["softmax", "reference", "unknown", "validated", "clustered"])
def test_effects_add_up_to_the_logits(make_problem, make_fit, kind):
    fit = make_fit(make_problem(kind))
    found = fit.parameters()
    at = {
        (name, place): found.values[:, j]
        for j, (name, place) in enumerate(
            zip(found.columns["term"], found.columns["outcome"], strict=True)
        )
    }
    age = 35.0 - fit.problem.design.fixed[0].center
    logits = [
        at["intercept", place]
        + age * at["age", place]
        + at["sector=industry", place]
        + at["cell=2019", place]
        if ("intercept", place) in at
        else np.zeros(found.values.shape[0])
        for place in fit.outcomes
    ]
    share = np.exp(logits) / np.sum(np.exp(logits), axis=0)
    np.testing.assert_allclose(share.T, fit.prob[:, 2], rtol=1e-9)
    zero_sum = kind != "reference"
    assert (("intercept", "US") in at) == zero_sum
    assert ("sd(sector)", "" if zero_sum else "China") in at
    if kind == "unknown":
        np.testing.assert_array_equal(
            at["probability unknown", "other"], fit.sampled.draws["lost"].reshape(-1, 3)[:, 2]
        )
    if kind == "validated":
        np.testing.assert_array_equal(
            at["recorded as China", "US"],
            fit.sampled.draws["mistaken"].reshape(-1, 3, 3)[:, 0, 1],
        )
    if kind == "clustered":
        assert ("concentration", "") in at


def test_direction_is_against_no_effect(fit):
    row = fit.tidy("parameter").query("term == 'sector=state' and outcome == 'US'").iloc[0]
    found = fit.parameters()
    j = list(zip(found.columns["term"], found.columns["outcome"], strict=True)).index(
        ("sector=state", "US")
    )
    positive = np.mean(found.values[:, j] > 0)
    assert row["p_direction"] == max(positive, 1 - positive)
    assert fit.tidy("parameter").query("term == 'sd(sector)'")["p_direction"].isna().all()


def test_other_rows(fit):
    prob, new = fit.at({"sector": ["industry", "state"], "cell": [2020, 2019], "age": [40.0, 28.0]})
    np.testing.assert_allclose(prob, fit.prob[:, [3, 4]], rtol=1e-12)
    assert not new.any()


def test_a_new_level_is_one_more_of_the_same(fit):
    prob, new = fit.at(
        {"sector": ["start-up", "start-up", "fund"], "cell": 2019, "age": [28.0, 28.0, 28.0]}
    )
    assert new.all()
    # Drawn once a level: the same people have the same probabilities, others have not.
    np.testing.assert_array_equal(prob[:, 0], prob[:, 1])
    assert np.abs(prob[:, 0] - prob[:, 2]).max() > 0.01
    # Of three levels that sum to zero a fourth is normal with variance sd^2 (1 + 1 / 3), where
    # the others have sd^2 (1 - 1 / 3).
    logit = np.log(prob / prob.prod(axis=2, keepdims=True) ** (1 / 3))
    known = np.log(fit.prob[:, 4] / fit.prob[:, 4].prod(axis=1, keepdims=True) ** (1 / 3))
    draws = fit.sampled.draws
    basis = fit.problem.design.terms[0].basis[2]
    coefs = draws["sd"].reshape(-1, 2)[:, 0, None] * np.einsum(
        "b,sbd->sd", basis, draws["z"].reshape(-1, 3, 2)[:, :2]
    )
    own = coefs @ fit.problem.contrasts.T
    effect = logit[:, 0] - (known - own)
    sd = draws["sd"].reshape(-1, 2)[:, 0]
    scaled = effect[:, 0] / sd / np.sqrt(fit.problem.contrasts[0] @ fit.problem.contrasts[0])
    assert scaled.var() == pytest.approx(4 / 3, rel=0.13)


def test_a_new_level_is_the_same_in_every_call(fit):
    def alone(level):
        prob, _ = fit.at({"sector": [level], "cell": 2019, "age": 28.0})
        return prob[:, 0]

    together, _ = fit.at({"sector": ["start-up", "fund"], "cell": 2019, "age": 28.0})
    np.testing.assert_array_equal(together[:, 0], alone("start-up"))
    np.testing.assert_array_equal(together[:, 1], alone("fund"))
    assert np.abs(alone("start-up") - alone("fund")).max() > 0.01


def test_rows_need_all_covariates(fit):
    with pytest.raises(UnknownNameError, match="covariate 'age'"):
        fit.at({"sector": ["state"], "cell": [2019]})
    with pytest.raises(UnknownNameError, match="what 'margins'"):
        fit.quantities("margins")
    with pytest.raises(InputError, match="percentage"):
        fit.tidy(level=95)
    with pytest.raises(UnknownNameError, match="unit 'people'"):
        fit.loo("people")


def test_glance(sampled_fit):
    row = sampled_fit.glance()
    assert len(row) == 1
    found = row.iloc[0]
    assert (found["people"], found["cells"], found["empty_cells"]) == (141, 6, 1)
    assert (found["chains"], found["draws"], found["divergences"]) == (
        4,
        400,
        sampled_fit.sampled.divergent.sum(),
    )
    loo = sampled_fit.loo("person")
    assert (found["elpd"], found["elpd_std_error"]) == (loo.elpd, loo.std_error)
    assert found["max_rhat"] < 1.02


def test_wide_and_unknown_people_are_counted(make_problem, make_fit):
    assert make_fit(make_problem("wide")).glance()["people"][0] == 141 + 7
    assert make_fit(make_problem("unknown")).glance()["people"][0] == 141 + 11


def test_leaving_a_cell_out_is_what_arviz_finds(sampled_fit):
    import arviz_stats

    # That a cell is influential is not the question here.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        loo = arviz_stats.loo(sampled_fit.to_datatree(), var_name="counts")
    own = sampled_fit.loo("cell")
    # Both smooth the same tail; how many draws count as independent is estimated in two ways.
    assert own.elpd == pytest.approx(loo.elpd, abs=0.05)


def test_a_fit_that_failed_says_so(fit, make_problem, make_fit):
    assert any("diverged" in text for text in fit.notes)
    assert fit.notes[0] == "Nur für Tests: 仅供测试。"
    again = replace(fit)
    assert again.notes == fit.notes
    assert not fit.glance()["converged"][0]


def test_predictive_check_knows_what_is_recorded(make_problem, make_fit):
    check = make_fit(make_problem("unknown")).predictive_check()
    assert check.outcomes == ("US", "China", "other", "unknown")


def test_the_model_is_plain_pymc(fit):
    import pymc as pm

    assert isinstance(fit.model, pm.Model)
    assert [v.name for v in fit.model.potentials] == ["log_likelihood"]


def test_a_fit_can_be_copied_and_sent(fit):
    import pickle

    again = pickle.loads(pickle.dumps(fit))
    assert type(again) is PosteriorFit
    np.testing.assert_array_equal(again.prob, fit.prob)
    assert again.notes == fit.notes
    with pytest.raises(ValueError, match="read-only"):
        again.weight[0] = 1


def test_log_likelihood_is_of_all_data(make_problem, make_fit):
    fit = make_fit(make_problem("softmax"))
    more = replace(fit.problem, counts=fit.problem.counts * 0)
    assert (replace(fit, problem=more).log_likelihood() == 0).all()
    assert fit.log_likelihood().shape == (120,)
    assert (fit.log_likelihood() < 0).all()
