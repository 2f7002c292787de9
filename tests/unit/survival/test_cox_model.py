import copy
import pickle

import numpy as np
import pandas as pd
import pytest

import talentstats
from talentstats.errors import InputError, UnknownNameError
from talentstats.results.protocol import Result
from talentstats.summaries.spells import Spells
from talentstats.survival.cox_model import cox_model

RNG = np.random.default_rng(20)
N = 200
SECTOR = np.array(["academia", "industry", "state"])[RNG.integers(0, 3, N)]
STAGE = np.array(["early", "late"])[RNG.integers(0, 2, N)]
AGE = RNG.normal(35, 5, N)
ENTRY = RNG.integers(0, 3, N).astype(float)
TIME = ENTRY + np.ceil(RNG.exponential(6 * np.exp(-0.5 * (SECTOR == "industry")), N))
EXIT = np.minimum(TIME, ENTRY + 6)
EVENT = TIME <= ENTRY + 6
PLACE = np.where(EVENT, np.where(RNG.random(N) < 0.7, "China", "elsewhere"), "stayed")


def spells(**options):
    covariates = {"sector": SECTOR, "stage": STAGE, "age": AGE, "institute": np.arange(N) % 40}
    given = {"entry": ENTRY, "exit": EXIT, "event": EVENT, "covariates": covariates} | options
    return Spells.from_arrays(**given)


@pytest.fixture(scope="module")
def fit():
    return cox_model(spells(), "~ sector + stage + age")


def few(event, x, **options):
    n = len(event)
    return Spells.from_arrays(
        exit=np.arange(1.0, n + 1), event=event, covariates={"x": np.asarray(x)} | options
    )


def test_is_a_result_that_can_be_copied_and_pickled(fit):
    assert isinstance(fit, Result)
    for again in (copy.deepcopy(fit), pickle.loads(pickle.dumps(fit))):
        assert again.tidy().equals(fit.tidy())
    with pytest.raises(AttributeError):
        fit.level = 0.9
    with pytest.raises(ValueError, match="read-only"):
        fit.estimate.beta[0] = 1
    assert len(fit.glance()) == 1


def test_levels_and_references(fit):
    assert fit.names == ("sector: industry", "sector: state", "stage: late", "age")
    assert fit.reference_rows == {
        "sector: industry": "sector: academia",
        "stage: late": "stage: early",
    }
    wide, narrow = fit.tidy(level=0.99), fit.tidy(level=0.5)
    assert (wide["conf_low"] < narrow["conf_low"]).all()
    assert (wide["conf_level"] == 0.99).all()


def test_account_and_notes(fit):
    assert fit.account.people == N
    assert fit.account.person_years == pytest.approx(np.sum(EXIT - ENTRY))
    assert f"{int(EVENT.sum())} ends" in fit.notes[0]
    assert "Efron" in fit.notes[0]
    assert fit.sentence.startswith(fit.notes[0])
    assert "age" in fit.sentence


def test_coef_table_shows_hazard_ratios(fit):
    table = talentstats.coef_table(
        fit, exponentiate=True, reference_rows=fit.reference_rows, statistics=["people", "events"]
    )
    text = table.to_text()
    assert "hazard ratio" in text
    assert "ref." in text


def test_errors_by_row_by_cluster_and_by_weight(fit):
    plain = spells()
    assert fit.errors == "model"
    by_row = cox_model(plain, "~ sector + stage + age", robust=True)
    by_institute = cox_model(plain, "~ sector + stage + age", cluster="institute")
    owned = spells(cluster=np.arange(N) % 40)
    by_own = cox_model(owned, "~ sector + stage + age", robust=True)
    assert (by_row.errors, by_institute.errors, by_own.errors) == ("robust", "cluster", "cluster")
    np.testing.assert_allclose(by_institute.covariance, by_own.covariance, rtol=1e-12)
    assert not np.allclose(by_row.covariance, by_own.covariance, rtol=1e-3)
    assert "40 clusters" in by_own.notes[1]
    ignoring = cox_model(owned, "~ sector + stage + age")
    assert any("ignore" in note for note in ignoring.notes)
    weighted = cox_model(spells(weight=RNG.uniform(0.5, 2, N)), "~ sector + stage + age")
    assert weighted.errors == "robust"
    assert "sampling weights" in weighted.notes[1]
    assert np.isnan(weighted.glance()["aic"].iloc[0])


def test_sampling_weights_of_one_size_change_no_robust_error():
    a = cox_model(spells(), "~ age", robust=True)
    b = cox_model(spells(weight=np.full(N, 3.0)), "~ age")
    assert b.coefficients == pytest.approx(a.coefficients, rel=1e-8)
    assert b.covariance == pytest.approx(a.covariance, rel=1e-8)


def test_a_destination_is_cause_specific():
    placed = spells(event=PLACE)
    china = cox_model(placed, "~ sector", destination="China")
    expected = cox_model(spells(event=PLACE == "China"), "~ sector")
    np.testing.assert_allclose(china.coefficients, expected.coefficients, rtol=1e-12)
    assert any("Cause-specific" in note for note in china.notes)
    with pytest.raises(InputError, match="gives no retention"):
        china.predict({"sector": "state"}, horizon=3)
    with pytest.raises(UnknownNameError, match="China"):
        cox_model(placed, "~ sector", destination="Chin")
    only = cox_model(spells(event=np.where(EVENT, "China", "stayed")), "~ sector",
                     destination="China")  # fmt: skip
    assert only.predict({"sector": "state"}, horizon=3).estimate.size


def test_prediction_is_the_baseline_to_the_power_of_the_hazard_ratio(fit):
    person = {"sector": "industry", "stage": "late", "age": 40.0}
    found = fit.predict(person, times=[1, 3, 8])
    base = fit.baseline()
    hazard = base["estimate"].to_numpy()[np.searchsorted(base["time"], [1, 3, 8], side="right") - 1]
    b = dict(zip(fit.names, fit.coefficients, strict=True))
    ratio = np.exp(b["sector: industry"] + b["stage: late"] + 40 * b["age"])
    np.testing.assert_allclose(found.estimate[0], np.exp(-hazard * ratio), rtol=1e-9)
    assert "industry" in found.sentence
    assert isinstance(found, Result)


def test_presence_given_later_conditions(fit):
    person = {"sector": "state", "stage": "early", "age": 30.0}
    whole = fit.predict(person, times=[2, 6]).estimate[0]
    later = fit.predict(person, times=[6], entry=2)
    assert later.estimate[0, 0] == pytest.approx(whole[1] / whole[0], rel=1e-10)
    assert later.notes[-1] == "Given presence at 2."


def test_predictions_that_cannot_be_made(fit):
    person = {"sector": "state", "stage": "early", "age": 30.0}
    with pytest.raises(InputError, match="last usable time is 8"):
        fit.predict(person, horizon=9)
    with pytest.raises(InputError, match="before anybody"):
        fit.predict(person, horizon=3, entry=-1)
    with pytest.raises(InputError, match="before entry"):
        fit.predict(person, times=[1], entry=2)
    with pytest.raises(InputError, match="either horizon= or times="):
        fit.predict(person)
    with pytest.raises(UnknownNameError, match="age"):
        fit.predict({"sector": "state", "stage": "early"}, horizon=3)
    with pytest.raises(UnknownNameError, match="'sectr' is not a variable"):
        fit.predict(person | {"sectr": 1}, horizon=3)
    with pytest.raises(UnknownNameError, match="navy"):
        fit.predict(person | {"sector": "navy"}, horizon=3)


def test_strata_have_baselines_of_their_own():
    layered = cox_model(spells(), "~ age", strata="sector")
    assert set(layered.baseline()["group"]) == {"academia", "industry", "state"}
    people = pd.DataFrame({"age": 35.0, "sector": ["industry", "state"]})
    found = layered.predict(people, times=[4])
    assert found.estimate[0, 0] != found.estimate[1, 0]
    with pytest.raises(InputError, match="does not say sector"):
        layered.predict({"age": 35.0}, times=[4])
    with pytest.raises(InputError, match="no stratum sector=navy"):
        layered.predict({"age": 35.0, "sector": "navy"}, times=[4])
    with pytest.raises(InputError, match=r"'sector: industry'.*do not stratify"):
        cox_model(spells(), "~ sector + age", strata="sector")


def test_ph_test_has_columns_variables_and_all(fit):
    test = fit.ph_test()
    assert test.terms == (*fit.names, "sector", "GLOBAL")
    assert test.tidy()["df"].tolist() == [1, 1, 1, 1, 2, 4]
    assert isinstance(test, Result)
    assert "degrees of freedom" in test.sentence
    with pytest.raises(UnknownNameError, match="rank"):
        fit.ph_test(transform="ranks")


def test_few_events_switch_to_firth():
    event = np.zeros(60, dtype=bool)
    event[[3, 10, 20, 30, 40]] = True
    some = few(event, np.arange(60) % 2)
    fit = cox_model(some, "~ x")
    assert fit.penalty == "firth"
    assert set(fit.tidy()["interval"]) == {"profile"}
    assert any("fewer than 10 events per parameter" in note for note in fit.notes)
    plain = cox_model(some, "~ x", penalty="none")
    assert plain.penalty == "none"
    assert any("biased away from 0" in note for note in plain.notes)
    assert abs(fit.coefficients[0]) < abs(plain.coefficients[0])


def test_profile_limits_of_the_likelihood_itself(fit):
    wald, profile = fit.tidy(), fit.profile_limits()
    assert set(profile["interval"]) == {"profile"}
    np.testing.assert_allclose(profile["conf_low"], wald["conf_low"], atol=0.05)


def test_separation_is_named_and_penalised():
    event = np.arange(40) < 12
    some = few(event, np.where(event, "a", "b"), age=RNG.normal(size=40))
    fit = cox_model(some, "~ x")
    assert fit.penalty == "firth"
    assert fit.estimate.infinite == ("x: b",)
    assert any("estimates of x: b are infinite" in note for note in fit.notes)
    assert np.isfinite(fit.tidy()["estimate"]).all()
    with pytest.raises(InputError, match=r"estimate of 'x: b' is infinite.*penalty='auto'"):
        cox_model(some, "~ x + age", penalty="none")
    with pytest.raises(InputError, match="ties='efron', which can be penalised"):
        cox_model(some, "~ x", ties="exact")


def test_one_event_is_enough_with_a_penalty():
    fit = cox_model(few([0, 1, 0, 0], [1.0, 2.0, 3.0, 1.0]), "~ x")
    assert fit.penalty == "firth"
    assert np.isfinite(fit.tidy()[["estimate", "p_value"]]).all().all()


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
def test_no_events(ties):
    with pytest.raises(InputError, match="none of 3 stays ended"):
        cox_model(few([0, 0, 0], [1.0, 2.0, 3.0]), "~ x", ties=ties)


def test_bad_covariates_are_named():
    event = np.ones(12, dtype=bool)
    x = RNG.normal(size=12)
    twice = few(event, x, y=2 * x + 1, flat=np.full(12, 3.0))
    with pytest.raises(InputError, match="'flat' is constant"):
        cox_model(twice, "~ x + flat")
    with pytest.raises(InputError, match="'y' is a combination of 'x'"):
        cox_model(twice, "~ x + y")
    with pytest.raises(UnknownNameError, match="sector"):
        cox_model(spells(), "~ secter")
    with pytest.raises(InputError, match="no covariates"):
        cox_model(spells(), "~ 1")


def test_bad_options():
    with pytest.raises(UnknownNameError, match="efron"):
        cox_model(spells(), "~ age", ties="efrn")
    with pytest.raises(UnknownNameError, match="institute"):
        cox_model(spells(), "~ age", cluster="institut")
    with pytest.raises(UnknownNameError, match="sector"):
        cox_model(spells(), "~ age", strata="sectr")
    with pytest.raises(InputError, match="ties='exact' has no robust errors"):
        cox_model(spells(), "~ age", ties="exact", robust=True)
    with pytest.raises(InputError, match="allowed are Spells"):
        cox_model(pd.DataFrame({"a": [1]}), "~ age")
    many = spells(count=np.full(N, 200))
    with pytest.raises(InputError, match="ties='exact' multiplies"):
        cox_model(many, "~ age", ties="exact")
    exact = cox_model(spells(), "~ age", ties="exact")
    with pytest.raises(InputError, match="not defined for ties='exact'"):
        exact.residuals("schoenfeld")
    with pytest.raises(UnknownNameError, match="martingale"):
        exact.residuals("martingal")


def test_irregular_intervals_are_refused_and_a_grid_is_noted():
    x = {"x": np.array([0.0, 1.0, 1.0, 0.0])}
    uneven = Spells.from_arrays(lower=[0, 1, 0, 3], upper=[2, 3, 1, np.inf], covariates=x)
    with pytest.raises(InputError, match="not known who was at risk"):
        cox_model(uneven, "~ x")
    grid = Spells.from_arrays(lower=[0, 1, 0, 3], upper=[1, 2, 1, np.inf], covariates=x)
    exact = Spells.from_arrays(exit=[1, 2, 1, 3], event=[1, 1, 1, 0], covariates=x)
    a, b = cox_model(grid, "~ x"), cox_model(exact, "~ x")
    np.testing.assert_allclose(a.coefficients, b.coefficients)
    assert any("cloglog" in note for note in a.notes)
    assert not any("cloglog" in note for note in b.notes)


def test_times_that_differ_by_noise_are_ties():
    years = np.array([0.1 + 0.2, 0.3, 0.7, 0.9, 1.1])
    clean = np.array([0.3, 0.3, 0.7, 0.9, 1.1])
    options = {"event": [1, 1, 1, 1, 0], "covariates": {"x": [1.0, 0.0, 2.0, 1.5, 0.2]}}
    noisy = cox_model(Spells.from_arrays(exit=years, **options), "~ x", penalty="none")
    tied = cox_model(Spells.from_arrays(exit=clean, **options), "~ x", penalty="none")
    np.testing.assert_allclose(noisy.coefficients, tied.coefficients, rtol=1e-12)


def test_a_fit_that_did_not_converge_gives_no_number(monkeypatch):
    from talentstats.stats import cox_fit

    monkeypatch.setattr(cox_fit, "_STEPS", 1)
    with pytest.raises(InputError, match="was not reached"):
        cox_model(spells(), "~ sector + age", penalty="none")


def test_weighted_rows_are_not_penalised_in_silence():
    given = {
        "exit": [1.0, 2, 3, 4, 5, 6],
        "event": [1, 0, 1, 0, 1, 0],
        "covariates": {"x": [1.0, 0, 2, 1, 0, 1]},
    }
    weighted = Spells.from_arrays(**given, weight=[1.0, 2, 1.5, 1, 2, 1])
    # Three ends for one parameter: people would be penalised, a pseudo-likelihood is not.
    assert cox_model(Spells.from_arrays(**given), "~ x").penalty == "firth"
    assert cox_model(weighted, "~ x").penalty == "none"
    with pytest.raises(InputError, match="sampling weights make a pseudo-likelihood"):
        cox_model(weighted, "~ x", penalty="firth")
