"""Predictions and standardised contrasts of hazard models, against algebra by hand."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, ndtri

from talentstats.errors import InputError, UnknownNameError
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.spells import Spells
from talentstats.survival.hazard_model import hazard_model
from talentstats.survival.hazard_steps import step_probabilities

YEARS = {"exit": [1, 1, 1, 2, 2, 2, 2, 2, 2, 2], "event": [1, 2, 0, 1, 1, 2, 0, 0, 0, 0]}


def cells(**options):
    return RiskCells.from_spells(Spells.from_arrays(**(YEARS | options)))


def grouped():
    """Industry: 100 people, 10 leave in year 1 and 9 in year 2; academia: 50, 10 and 8."""
    counts = [10, 9, 81, 10, 8, 32]
    spells = Spells.from_arrays(
        exit=[1, 2, 2] * 2,
        event=[1, 1, 0] * 2,
        count=counts,
        covariates={"sector": ["industry"] * 3 + ["academia"] * 3, "stage": [0, 0, 1, 1, 1, 0]},
    )
    return RiskCells.from_spells(spells)


@pytest.mark.parametrize("link", ["cloglog", "logit"])
def test_a_free_baseline_predicts_the_product_limit(link):
    fit = hazard_model(cells(), "~ 1", link=link, penalty="none")
    made = fit.predict({}, horizon=2)
    assert made.time.tolist() == [1, 2]
    # 2 of 10, then 3 of 7.
    assert made.estimate[0, :, 0] == pytest.approx([0.8, 0.8 * 4 / 7])
    # Greenwood.
    want = 0.8 * 4 / 7 * np.sqrt(2 / (10 * 8) + 3 / (7 * 4))
    assert made.std_error[0, 1, 0] == pytest.approx(want)


@pytest.mark.parametrize(
    ("link", "destinations"), [("cloglog", "cause-specific"), ("logit", "cause-specific"),
                               ("logit", "multinomial")]
)  # fmt: skip
def test_a_free_baseline_predicts_aalen_johansen(link, destinations):
    fit = hazard_model(cells(), "~ 1", link=link, destinations=destinations, penalty="none")
    made = fit.predict({}, horizon=2)
    assert made.outcomes == ("retained", "1", "2")
    assert made.estimate[0, 1] == pytest.approx([0.8 * 4 / 7, 0.1 + 0.8 * 2 / 7, 0.1 + 0.8 / 7])
    assert made.estimate.sum(axis=2) == pytest.approx(np.ones((1, 2)))
    # Both ways of competing have the covariance of the multinomial: one answer.
    var = 0.8**2 * (2 / 7 * 5 / 7 / 7) + 0.1 * 0.9 / 10 + (2 / 7) ** 2 * 0.16 / 10
    var += 2 * (2 / 7) * -(0.1 * 0.8 / 10)
    assert made.std_error[0, 1, 1] == pytest.approx(np.sqrt(var))


def test_constant_hazards_over_parts_of_steps():
    table = pd.DataFrame({"CN": [30], "UK": [10], "exposure": [1000.0]})
    known = RiskCells.from_frame(table, events=["CN", "UK"])
    fit = hazard_model(known, "~ 1", link="log", destinations="cause-specific")
    made = fit.predict({}, horizon=6.5)
    gone = -np.expm1(-0.04 * 6.5)
    assert made.estimate[0, 0] == pytest.approx([1 - gone, 0.75 * gone, 0.25 * gone])
    # Incidence is 0.75 (1 - exp(-H t)); H has variance 40 / 1000^2, the share 0.75 0.25 / 40.
    var = (0.75 * 6.5 * (1 - gone)) ** 2 * 40 / 1000**2 + gone**2 * 0.75 * 0.25 / 40
    assert made.std_error[0, 0, 1] == pytest.approx(np.sqrt(var))
    assert "the same at all durations" in " ".join(made.notes)


def test_intervals_are_symmetric_on_the_complementary_log_log_scale():
    fit = hazard_model(cells(), "~ 1", destinations="cause-specific", penalty="none")
    made = fit.predict({}, horizon=2)
    z = float(ndtri(0.95))
    for frame_row, stay in zip(
        made.tidy(level=0.9).to_dict("records"), [True, False, False] * 2, strict=True
    ):
        p, se = frame_row["estimate"], frame_row["std_error"]
        q = p if stay else 1 - p
        g, half = np.log(-np.log(q)), z * se / abs(q * np.log(q))
        ends = np.exp(-np.exp([g + half, g - half]))
        ends = ends if stay else 1 - ends[::-1]
        assert [frame_row["conf_low"], frame_row["conf_high"]] == pytest.approx(ends)
    assert set(made.tidy()["interval"]) == {"cloglog"}


def test_given_presence_later():
    fit = hazard_model(cells(), "~ 1", penalty="none")
    made = fit.predict({}, horizon=2, entry=1)
    assert made.estimate[0, :, 0] == pytest.approx([4 / 7])
    assert "given presence at 1" in made.sentence


def test_periods_follow_from_the_year_at_clock_zero():
    spells = Spells.from_arrays(
        exit=[1, 2, 3, 3, 1, 2, 3, 3] * 5,
        event=[1, 0, 1, 0, 0, 1, 1, 0] * 5,
        covariates={"arrival": [2016] * 20 + [2018] * 20},
    )
    made = RiskCells.from_spells(spells, period=[2018], origin="arrival")
    fit = hazard_model(made, "~ period", duration="constant", penalty="none")
    by_year = fit.predict({"start_year": 2016}, horizon=3).estimate[0, :, 0]
    early = fit.predict({"period": "to 2018"}, horizon=3).estimate[0, :, 0]
    late = fit.predict({"period": "after 2018"}, horizon=3).estimate[0, :, 0]
    # Two years before the cut, the third after it.
    assert by_year == pytest.approx([early[0], early[1], early[1] * late[2] / late[1]])
    with pytest.raises(InputError, match="period ends inside of a step"):
        fit.predict({"start_year": 2016.5}, horizon=3)
    assert fit.predict({"start_year": 2018}, horizon=3).estimate[0, -1, 0] == pytest.approx(late[2])


def test_a_penalised_fit_predicts_as_many_leavers_as_left():
    fit = hazard_model(grouped(), "~ sector", link="logit", penalty="firth")
    made = fit.contrast({"sector": ("industry", "academia")}, horizon=2)
    # 100 industry and 50 academia at risk, 90 and 40 in the second year.
    beta, height = fit.coefficients[2], fit.predictive.coefficients
    assert height[2] == beta
    p, q = expit(height[:2]), expit(height[:2] + beta)
    assert 50 * p[0] + 100 * q[0] == pytest.approx(20)
    assert 40 * p[1] + 90 * q[1] == pytest.approx(17)
    assert made.estimate[0, 0] == pytest.approx(np.prod(1 - q))
    # Far from few events the correction is nothing, and the errors are those of the likelihood.
    many = RiskCells.from_spells(
        Spells.from_arrays(
            exit=[1, 2, 2] * 2,
            event=[1, 1, 0] * 2,
            count=np.array([10, 9, 81, 10, 8, 32]) * 10_000,
            covariates={"sector": ["industry"] * 3 + ["academia"] * 3},
        )
    )
    with_, without = (
        hazard_model(many, "~ sector", penalty=p).predict({"sector": "industry"}, horizon=2)
        for p in ("firth", "none")
    )
    assert with_.estimate == pytest.approx(without.estimate, rel=1e-5)
    assert with_.std_error == pytest.approx(without.std_error, rel=1e-4)


def test_the_bootstrap_agrees_with_the_delta_method():
    fit = hazard_model(grouped(), "~ sector", penalty="none")
    delta = fit.predict({"sector": "industry"}, horizon=2)
    drawn = fit.predict({"sector": "industry"}, horizon=2, method="bootstrap", draws=400, seed=3)
    # The error of a standard error from 400 draws is 1 / sqrt(800), 3.5%.
    assert drawn.std_error == pytest.approx(delta.std_error, rel=0.12)
    assert drawn.limits(0.95)[0] == pytest.approx(delta.limits(0.95)[0], abs=0.025)
    again = fit.predict({"sector": "industry"}, horizon=2, method="bootstrap", draws=400, seed=3)
    assert np.array_equal(again.draws, drawn.draws)
    assert drawn.provenance.seed == 3
    with pytest.raises(InputError, match="needs a seed"):
        fit.predict({"sector": "industry"}, horizon=2, method="bootstrap")


def test_standardised_over_people_at_entry():
    fit = hazard_model(grouped(), "~ sector + stage", link="logit", penalty="none")
    made = fit.contrast("sector", horizon=2)
    assert made.levels == ("industry", "academia")
    # At entry: industry 19 of stage 0 and 81 of stage 1; academia 32 and 18.
    by_hand = []
    for sector in made.levels:
        stays = [
            fit.predict({"sector": sector, "stage": stage}, horizon=2).estimate[0, -1, 0]
            for stage in (0, 1)
        ]
        by_hand.append((51 * stays[0] + 99 * stays[1]) / 150)
    assert made.estimate[:, 0] == pytest.approx(by_hand)
    assert "150 people at their entry" in made.sentence
    frame = made.tidy()
    assert frame["estimate"][2] == pytest.approx(by_hand[0] - by_hand[1])
    assert frame["estimate"][3] == pytest.approx(by_hand[0] / by_hand[1])
    only = pd.DataFrame({"stage": [1]})
    single = fit.contrast("sector", horizon=2, population=only)
    assert single.estimate[0, 0] == pytest.approx(stays_of(fit, "industry", 1))
    with pytest.raises(UnknownNameError, match="lacks 'stage'"):
        fit.contrast("sector", horizon=2, population=pd.DataFrame({"age": [1]}))


def test_who_is_lost_as_another_enters_hides_nobody():
    # Of kind a one is lost at 1 as another enters there; of kind b two stay from 0 to the end.
    spells = Spells.from_arrays(
        entry=[0, 1, 0, 0, 0, 0, 0],
        exit=[1, 2, 2, 2, 1, 1, 2],
        event=[0, 1, 0, 0, 1, 1, 1],
        covariates={"kind": list("aabbabb"), "sector": list("xyxyyxx")},
    )
    fit = hazard_model(
        RiskCells.from_spells(spells), "~ kind + sector", duration="constant", penalty="firth"
    )
    made = fit.contrast("sector", horizon=2)
    given = fit.contrast("sector", horizon=2, population={"kind": list("aabbabb")})
    assert made.estimate == pytest.approx(given.estimate, rel=1e-12)
    assert "7 people at their entry" in made.sentence
    assert "each counted once" in " ".join(made.notes)
    assert not any("Averaged" in note for note in given.notes)


def test_a_covariate_that_changes_makes_no_second_person():
    # Three people; two change sector at 1, and are averaged over with the stage they came with.
    spells = Spells.from_arrays(
        entry=[0, 1, 0, 1, 0],
        exit=[1, 2, 1, 3, 2],
        event=[0, 1, 0, 0, 1],
        cluster=["ann", "ann", "bob", "bob", "cat"],
        covariates={"stage": [0, 1, 0, 1, 0], "sector": list("xyyxx")},
    )
    cells = RiskCells.from_spells(spells)
    assert cells.account.people == 3
    fit = hazard_model(cells, "~ stage + sector", duration="constant", penalty="firth")
    made = fit.contrast("sector", horizon=2)
    alone = fit.contrast("sector", horizon=2, population={"stage": [0, 0, 0]})
    assert made.estimate == pytest.approx(alone.estimate, rel=1e-12)
    assert "3 people at their entry" in made.sentence


def test_people_are_weighted_and_aggregates_go_by_person_time():
    spells = Spells.from_arrays(
        exit=[1, 2, 2, 1, 2, 2], event=[1, 1, 0, 1, 0, 1], weight=[3, 3, 3, 1, 1, 1.5],
        covariates={"stage": [0, 0, 0, 1, 1, 1], "sector": list("xyxyxy")},
    )  # fmt: skip
    fit = hazard_model(
        RiskCells.from_spells(spells), "~ stage + sector", duration="constant", errors="robust"
    )
    made = fit.contrast("sector", horizon=2)
    stays = [fit.predict({"sector": made.levels[0], "stage": s}, horizon=2).estimate[0, -1, 0]
             for s in (0, 1)]  # fmt: skip
    assert made.estimate[0, 0] == pytest.approx((9 * stays[0] + 3.5 * stays[1]) / 12.5)
    assert "12.5 people at their entry (sums of sampling weights)" in made.sentence
    table = pd.DataFrame(
        {"sector": ["a", "b"], "start": 0, "stop": 1, "events": [2, 1], "lives": [10, 9]}
    )
    fit = hazard_model(RiskCells.from_frame(table, at_risk="lives"), "~ sector")
    made = fit.contrast("sector", horizon=1)
    assert made.population == "the covariates of 17.5 person-time"
    assert "averaged over person-time" in " ".join(made.notes)
    known = RiskCells.from_frame(table.assign(entrants=[10, 9]), at_risk="lives")
    made = hazard_model(known, "~ sector").contrast("sector", horizon=1)
    assert made.population == "the covariates of 19 people at their entry"


def stays_of(fit, sector, stage):
    return fit.predict({"sector": sector, "stage": stage}, horizon=2).estimate[0, -1, 0]


def test_two_groups_alone_contrast_as_two_proportions():
    fit = hazard_model(grouped(), "~ sector * duration", link="logit", penalty="none")
    frame = fit.contrast({"sector": ("academia", "industry")}, horizon=2).tidy()
    assert frame["estimate"].to_numpy() == pytest.approx([0.64, 0.81, -0.17, 0.64 / 0.81])
    # Nobody was lost: the variances are those of 32 of 50 and of 81 of 100.
    se = np.sqrt([0.64 * 0.36 / 50, 0.81 * 0.19 / 100])
    assert frame["std_error"][:2].to_numpy() == pytest.approx(se)
    assert frame["std_error"][2] == pytest.approx(np.hypot(*se))
    low, high = -0.17 + np.array([-1, 1]) * 1.959963984540054 * np.hypot(*se)
    assert frame.loc[2, ["conf_low", "conf_high"]].tolist() == pytest.approx([low, high])
    log_se = np.hypot(se[0] / 0.64, se[1] / 0.81)
    assert frame["conf_low"][3] == pytest.approx(0.64 / 0.81 * np.exp(-1.959963984540054 * log_se))


def test_kinds_never_seen_at_a_level_are_told():
    spells = Spells.from_arrays(
        exit=[1] * 40,
        event=[1, 0, 0, 1] * 10,
        covariates={"sector": ["a", "b", "a", "a"] * 10, "stage": ["x", "x", "x", "y"] * 10},
    )
    fit = hazard_model(RiskCells.from_spells(spells), "~ sector + stage")
    notes = " ".join(fit.contrast("sector", horizon=1).notes)
    assert "25.0% of the population are of kinds never seen with sector b" in notes


def test_what_is_refused():
    fit = hazard_model(grouped(), "~ sector", penalty="none")
    for profile, options, error, told in (
        ({"sector": "industry"}, {"horizon": 3}, InputError, "last usable time is 2"),
        ({"sector": "industry"}, {"horizon": 1.5}, InputError, "bounds of the steps"),
        ({"sector": "industry"}, {"horizon": 2, "entry": -1}, InputError, "before the first step"),
        ({"sector": "industry"}, {"horizon": 1, "entry": 1}, InputError, "not before horizon"),
        ({}, {"horizon": 2}, UnknownNameError, "lacks 'sector'"),
        ({"secter": "x"}, {"horizon": 2}, UnknownNameError, "Nearest: sector"),
        ({"sector": "industri"}, {"horizon": 2}, UnknownNameError, "industry"),
        ({"sector": "industry"}, {"horizon": 2, "method": "mcmc"}, UnknownNameError, "bootstrap"),
    ):
        with pytest.raises(error) as caught:
            fit.predict(profile, **options)
        assert told in str(caught.value)
    for variable, told in (
        ("secter", "sector"),
        ({"sector": ("industry", "industri")}, "industry"),
        ({"sector": ("industry",)}, "two or more different levels"),
        ({"sector": ("a", "b"), "stage": (0, 1)}, "sets one variable"),
    ):
        with pytest.raises(InputError) as caught:
            fit.contrast(variable, horizon=2)
        assert told in str(caught.value)


def test_a_contrast_must_say_the_period():
    spells = Spells.from_arrays(
        exit=[1, 2] * 20,
        event=[1, 0, 0, 1] * 10,
        covariates={"arrival": [2016, 2016, 2017, 2017] * 10, "sector": ["a"] * 20 + ["b"] * 20},
    )
    made = RiskCells.from_spells(spells, period=[2018], origin="arrival")
    fit = hazard_model(made, "~ sector + period")
    with pytest.raises(InputError, match="start_year"):
        fit.contrast("sector", horizon=2)
    fit.contrast("sector", horizon=2, given={"start_year": 2016})
    assert fit.contrast("period", horizon=2).levels == ("after 2018", "to 2018")


def test_probabilities_have_the_right_slopes():
    rng = np.random.default_rng(5)
    eta, length = rng.normal(-2, 1.5, (7, 2)), rng.uniform(0.1, 3, 7)
    eta[0] = [-12, -9]
    for link, kind in (
        ("cloglog", "cause-specific"),
        ("logit", "cause-specific"),
        ("log", "cause-specific"),
        ("logit", "multinomial"),
    ):
        _, change = step_probabilities(eta, link=link, destinations=kind, length=length)
        for b in range(2):
            h = 1e-6 * np.eye(2)[b]
            ends = [
                step_probabilities(eta + s * h, link=link, destinations=kind, length=length)[0]
                for s in (1, -1)
            ]
            slope = (ends[0] - ends[1]) / 2e-6
            assert change[:, :, b] == pytest.approx(slope, rel=1e-6, abs=1e-10)


def test_predictions_and_contrasts_travel():
    fit = hazard_model(grouped(), "~ sector", penalty="none")
    for made in (fit.predict({"sector": ["industry", "academia"]}, horizon=2),
                 fit.contrast("sector", horizon=2)):  # fmt: skip
        again = pickle.loads(pickle.dumps(made))
        pd.testing.assert_frame_equal(again.tidy(), made.tidy())
        pd.testing.assert_frame_equal(copy.deepcopy(made).glance(), made.glance())
        assert len(made.glance()) == 1
