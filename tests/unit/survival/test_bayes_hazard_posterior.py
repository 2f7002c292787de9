"""`HazardPosterior`: retention, incidence and contrasts against sums made by hand."""

import pickle
from dataclasses import replace
from unittest import mock

import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.spells import Spells
from talentstats.survival.bayes_hazard_prior import HazardPrior
from talentstats.survival.bayes_hazard_quantities import over_time
from tests.unit.survival.bayes_hazard_fits import (
    at_values,
    fit_without_sampler,
    from_the_prior,
)
from tests.unit.survival.test_bayes_hazard_model import PERIODS, people


@pytest.fixture(scope="module")
def fit():
    return fit_without_sampler(people(), vary=["sector", "stage"])


def resampled(call):
    with mock.patch("talentstats.survival.bayes_hazard_posterior.sample", from_the_prior):
        return call()


def test_retention_and_incidence_are_a_life_table():
    # Two years: 10% and 5% leave for A, 20% and 40% for B.
    prob = np.array([[[0.7, 0.1, 0.2], [0.55, 0.05, 0.4]]])
    stay, ends = over_time(prob)
    assert stay[0] == pytest.approx([0.7, 0.385])
    assert ends[0].ravel() == pytest.approx([0.1, 0.2, 0.1 + 0.7 * 0.05, 0.2 + 0.7 * 0.4])


def test_hazards_are_named_by_row_with_their_counts(fit):
    found = fit.tidy("cell")
    assert len(found) == len(fit.labels) * 2
    assert found["group"][0] == "a, x, 0 to 1"
    assert found["events"].sum() == 4
    cells = people()
    assert found.loc[found["outcome"] == "CN", "at_risk"].sum() == cells.at_risk.sum()
    first = fit.hazards[:, 0, 0]
    assert found["estimate"][0] == pytest.approx(np.median(first))
    assert found["time"][0] == 1


def test_population_is_the_average_over_those_who_entered(fit):
    # Of eight: a, x three times; a, y once; b, x twice; b, y twice.
    kinds = {("a", "x"): 2, ("a", "y"): 2, ("b", "x"): 3, ("b", "y"): 1}
    want = np.zeros((400, 3))
    for (sector, stage), n in kinds.items():
        prob, _ = fit.at(
            {"sector": [sector] * 3, "stage": [stage] * 3, "duration": [0.0, 1.0, 2.0]}
        )
        still = np.ones(400)
        for t in range(3):
            still = still * prob[:, t, 0]
            want[:, t] += n / 8 * still
    retained, ends = fit.curves()
    assert retained == pytest.approx(want)
    assert retained[:, -1] + ends[:, -1].sum(axis=1) == pytest.approx(np.ones(400))
    table = fit.tidy("population").set_index(["term", "outcome", "time"])["estimate"]
    assert table["retention", "staying", 2.0] == pytest.approx(np.median(want[:, 1]))
    assert table["incidence", "UK", 3.0] == pytest.approx(np.median(ends[:, 2, 1]))


def test_a_margin_keeps_the_other_covariates_of_its_own_people(fit):
    prob = {}
    for stage in "xy":
        p, _ = fit.at({"sector": ["b"] * 3, "stage": [stage] * 3, "duration": [0.0, 1.0, 2.0]})
        prob[stage] = p[:, :, 0].prod(axis=1)
    want = np.median(0.75 * prob["x"] + 0.25 * prob["y"])
    found = fit.tidy("margin").set_index(["group", "outcome"])["estimate"]
    assert found["sector=b", "staying"] == pytest.approx(want)
    assert len(found) == 4 * 3


def test_a_contrast_moves_everybody_and_keeps_the_rest(fit):
    retained = {}
    for sector in "ab":
        parts = []
        for stage, n in (("x", 5), ("y", 3)):
            p, _ = fit.at({"sector": [sector] * 2, "stage": [stage] * 2, "duration": [0.0, 1.0]})
            parts.append(n / 8 * p[:, :, 0].prod(axis=1))
        retained[sector] = sum(parts)
    want = retained["b"] - retained["a"]
    found = fit.contrast("sector", "b", "a", horizon=2)
    assert found["estimate"][0] == pytest.approx(np.median(want))
    assert found["p_direction"][0] == pytest.approx(max(np.mean(want > 0), np.mean(want < 0)))
    assert found["group"].tolist() == ["sector: b against a"] * 3
    assert found["term"].tolist() == ["retention difference", *["incidence difference"] * 2]
    assert found["time"].tolist() == [2.0] * 3
    other = fit.contrast("sector", "a", "b", horizon=2)
    assert other["estimate"].to_numpy() == pytest.approx(-found["estimate"].to_numpy())
    every = fit.tidy("contrast")
    # Sectors are level; x is the most common stage.
    assert every["group"].unique().tolist() == ["sector: b against a", "stage: y against x"]


def test_entry_is_retention_given_presence(fit):
    profile = {"sector": "a", "stage": "y"}
    whole, _ = fit.curves(profile=profile)
    later, ends = fit.curves(profile=profile, entry=1)
    assert later == pytest.approx(whole[:, 1:] / whole[:, [0]])
    assert later[:, -1] + ends[:, -1].sum(axis=1) == pytest.approx(np.ones(400))
    table = fit.retention(3, profile=profile, entry=1)
    assert table["estimate"][0] == pytest.approx(np.median(whole[:, 2] / whole[:, 0]))
    assert table["group"][0] == "sector=a, stage=y"
    assert fit.incidence(3, entry=1)["time"].tolist() == [2, 2, 3, 3]


def test_the_hazards_of_a_named_period_hold_throughout():
    fit = fit_without_sampler(people(**PERIODS), vary=["sector"], period="random-walk")
    one = {"sector": ["a"] * 2, "duration": [0.0, 1.0], "period": ["to 2018"] * 2}
    want = fit.at(one)[0][:, :, 0].prod(axis=1)
    profile = {"sector": "a"}
    found = fit.retention(2, profile=profile, period="to 2018")
    assert found["estimate"][0] == pytest.approx(np.median(want))
    last = fit.retention(2, profile=profile)["estimate"][0]
    assert last == fit.retention(2, profile=profile, period="after 2018")["estimate"][0]
    assert last != found["estimate"][0]
    assert "with the hazards of after 2018" in fit.sentence
    with pytest.raises(UnknownNameError, match="Unknown period '2018'"):
        fit.retention(2, period="2018")


def test_a_slope_takes_any_number_and_a_level_only_its_own():
    fit = fit_without_sampler(people(), fixed=["age", "sector"], duration="constant")
    rng = np.random.default_rng(4)
    at = at_values(fit, b0=np.full((8, 2), -2.0), beta=rng.normal(size=(8, 2, 2)))
    moved, _ = at.curves(profile={"age": 50.5, "sector": "a"})
    center = fit.problem.design.fixed[0].center
    eta = -2.0 + (50.5 - center) * at.sampled.draws["beta"][0, :, 0]
    stay = 1 / (1 + np.exp(eta).sum(axis=1))
    assert moved[:, 0] == pytest.approx(stay)
    # A number with a slope has three values, and no rows by level.
    assert set(fit.tidy("margin")["group"]) == {"sector=a", "sector=b"}
    with pytest.raises(InputError, match="age='old' is not a number"):
        fit.curves(profile={"age": "old"})


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda fit: fit.retention(7), "horizon=7 is not the end of a step; the steps end at 1, 2"),
        (lambda fit: fit.incidence(2.5), "horizon=2.5 is not the end"),
        (lambda fit: fit.retention(1, entry=1), "the steps end at 2, 3. Nothing is said beyond"),
        (lambda fit: fit.curves(entry=0.5), "entry=0.5 is not the start of a step"),
        (lambda fit: fit.retention(2, period="to 2018"), "the model has no periods"),
        (lambda fit: fit.curves(profile={"sectr": "a"}), "Unknown covariate 'sectr'"),
        (lambda fit: fit.curves(profile={"sector": "c"}), "Unknown level of sector 'c'"),
        (lambda fit: fit.contrast("sector", "a", "c"), "Unknown level of sector 'c'"),
        (lambda fit: fit.tidy("cells"), "Unknown what 'cells'"),
        (lambda fit: fit.retention(2, level=95), "is this a percentage"),
    ],
)  # fmt: skip
def test_questions_without_an_answer(fit, ask, says):
    with pytest.raises(InputError, match=says):
        ask(fit)


def test_refit_takes_other_counts_of_the_same_cells(fit):
    cells = people()
    more = replace(
        cells, events=2 * cells.events, at_risk=2 * cells.at_risk, entrants=3 * cells.entrants
    )
    again = resampled(lambda: fit.refit(more))
    assert again.problem.counts.tolist() == (2 * fit.problem.counts).tolist()
    assert again.people.size.tolist() == (3 * fit.people.size).tolist()
    assert again.notes == fit.notes
    assert again.glance()["events"][0] == 8
    nobody = replace(cells, events=np.zeros_like(cells.events))
    assert any("Nobody left for CN and UK" in n for n in resampled(lambda: fit.refit(nobody)).notes)


def test_refit_refuses_other_cells(fit):
    fewer = Spells.from_arrays(
        exit=[1, 2], event=["CN", "UK"], covariates={"sector": ["a", "b"], "stage": ["x", "x"]}
    )
    renamed = replace(people(), destinations=("UK", "CN"))
    for cells in (RiskCells.from_spells(fewer), renamed):
        with pytest.raises(InputError, match="not those of the fit"):
            resampled(lambda cells=cells: fit.refit(cells))


def test_refit_refuses_wide_ends_over_other_steps():
    def looks(upper):
        return RiskCells.from_spells(
            Spells.from_arrays(lower=[1, 4], upper=[upper, np.inf], destination=["CN", ""])
        )

    fit = fit_without_sampler(looks(4))
    assert resampled(lambda: fit.refit(looks(4))).problem.wide is not None
    with pytest.raises(InputError, match="not those of the fit"):
        resampled(lambda: fit.refit(looks(3)))


def test_another_prior_is_in_the_problem_and_in_the_provenance(fit):
    other = HazardPrior(intercept_mean=-2, varying_sd={"sector": 0.1})
    again = resampled(lambda: fit.with_prior(other))
    assert again.problem.prior.b0_mean == pytest.approx([-2 - np.log(2)] * 2)
    assert again.problem.prior.sd_scale[:, 0].tolist() == [0.1, 0.5, 0.5]
    assert again.hazard_prior is other
    assert again.provenance.arguments["prior"]["varying_sd"] == {"sector": 0.1}
    assert again.problem.structure == fit.problem.structure
    with pytest.raises(InputError, match="cannot change sum_to_zero"):
        fit.with_prior(HazardPrior(sum_to_zero=False))


def test_glance_counts_people_once_and_steps_apart(fit):
    row = fit.glance()
    assert len(row) == 1
    assert row[["people", "at_risk", "events"]].to_numpy().tolist() == [
        [8, 19, 4]
    ]  # years: 1 + 2 + 2 + 3 + 3 + 3 + 3 + 2
    table = pd.DataFrame({"start": [0, 1], "stop": [1, 2], "n": [9, 5], "events": [1, 2]})
    aggregates = fit_without_sampler(RiskCells.from_frame(table, at_risk="n"))
    assert np.isnan(aggregates.glance()["people"][0])
    assert any("person-time" in note for note in aggregates.notes)


def test_without_covariates_there_is_one_population_and_no_margin():
    fit = fit_without_sampler(people())
    assert len(fit.tidy("margin")) == len(fit.tidy("contrast")) == 0
    assert len(fit.tidy("population")) == 3 * 3
    assert fit.sentence.startswith("At 3 on the clock (years since first observation): ")
    assert "averaged over people at their entry" in fit.sentence


def test_a_pickled_fit_says_the_same(fit):
    again = pickle.loads(pickle.dumps(fit))
    pd.testing.assert_frame_equal(again.tidy("population"), fit.tidy("population"))
    assert again.sentence == fit.sentence
