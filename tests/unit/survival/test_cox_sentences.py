"""What the sentences of Cox models claim: people, tests, few clusters, few at risk, huge counts."""

import numpy as np
import pytest

from talentstats.errors import InputError
from talentstats.summaries.spells import Spells
from talentstats.survival.cox_model import cox_model

RNG = np.random.default_rng(8)
N = 300
FIVE = "~ a + b + c + d + e"
COVARIATES = {name: RNG.normal(size=N) for name in "abcde"} | {"house": np.arange(N) % 50}
TIME = RNG.exponential(np.exp(COVARIATES["a"] / 2))


def spells(**options):
    given = {"exit": TIME, "event": np.arange(N) % 3 > 0, "covariates": COVARIATES} | options
    return Spells.from_arrays(**given)


@pytest.mark.parametrize(
    ("options", "fit_options", "test"),
    [
        ({}, {}, "likelihood-ratio"),
        ({}, {"robust": True}, "Wald (robust errors)"),
        ({}, {"cluster": "house"}, "Wald (clustered errors)"),
        ({"weight": RNG.uniform(0.5, 2, N)}, {}, "Wald (robust errors)"),
    ],
)
def test_many_coefficients_are_tested_by_the_errors_asked_for(options, fit_options, test):
    fit = cox_model(spells(**options), FIVE, **fit_options)
    wald = fit.coefficients @ np.linalg.solve(fit.covariance, fit.coefficients)
    assert f"together: {test} chi-squared" in fit.sentence
    row = fit.glance().iloc[0]
    quoted = row["lr_statistic"] if fit.errors == "model" else wald
    assert f"chi-squared {quoted:.2f}, " in fit.sentence
    assert row["wald_statistic"] == pytest.approx(wald)
    assert row[["lr_p_value", "score_p_value", "aic"]].isna().tolist() == [bool(options)] * 3
    assert 0 <= row["wald_p_value"] <= 1


def test_dfbeta_carries_the_weight_as_in_r():
    # R 4, survival 3.5.3: f <- coxph(Surv(t, e) ~ x, weights = w, robust = TRUE);
    # residuals(f, "dfbeta"); residuals(f, "score"), which R leaves unweighted.
    dfbeta = [
        -0.103478601954, 0.012243673426, -0.001913008971, -0.061610165159,
        0.134220156206, -0.000312183843, 0.263007452529, -0.242157322234,
    ]  # fmt: skip
    score = [
        -0.734511135133, 0.043453981290, -0.027157815517, -0.437320871097,
        0.317573544775, -0.002215941311, 0.933438889090, -1.145919679857,
    ]  # fmt: skip
    eight = Spells.from_arrays(
        exit=np.arange(1.0, 9.0),
        event=[1, 1, 0, 1, 1, 0, 1, 1],
        weight=[1, 2, 0.5, 1, 3, 1, 2, 1.5],
        covariates={"x": [0.0, 1, 1, 0, 2, 1, 0, 2]},
    )
    fit = cox_model(eight, "~ x", penalty="none")
    assert fit.residuals("dfbeta")["x"].to_numpy() == pytest.approx(np.array(dfbeta), abs=1e-8)
    assert fit.residuals("score")["x"].to_numpy() == pytest.approx(np.array(score), abs=1e-7)
    assert fit.covariance[0, 0] == pytest.approx(0.1604854372, rel=1e-8)


def test_a_prediction_says_that_it_rests_on_two_people():
    early = Spells.from_arrays(
        entry=[0, 0] + [5] * 40,
        exit=[1, 2, *np.linspace(6, 12, 40)],
        event=[1, 1] + [1, 0] * 20,
        covariates={"x": np.arange(42) % 3},
    )
    fit = cox_model(early, "~ x")
    found = fit.predict({"x": 0}, horizon=8)
    assert "at 1, 2 people were at risk, and more entered later" in found.sentence
    assert any("Hint: entry=5," in note for note in found.notes)
    # The hint can be followed, also with horizon=, and then there is nothing to say.
    later = fit.predict({"x": 0}, horizon=8, entry=5)
    assert later.time.min() >= 5
    assert (later.caution, later.time[-1]) == ("", 8)
    assert "at risk" not in later.sentence
    assert later.estimate[0, -1] > 3 * found.estimate[0, -1]


@pytest.mark.parametrize("clusters", [None, [0, 0, 1, 1, 2, 2]])
def test_rows_that_only_go_on_are_no_later_entrants(clusters):
    split = Spells.from_arrays(
        entry=[0, 2, 0, 2, 0, 2],
        exit=[2, 3, 2, 4, 1, 5],
        event=[0, 1, 0, 1, 1, 0],
        covariates={"x": [0.0, 0, 1, 1, 0, 1]},
        cluster=clusters,
    )
    assert cox_model(split, "~ x").predict({"x": 0}, horizon=4).caution == ""


def test_people_are_counted_once_where_clusters_tell_who_they_are():
    # Three people: one cut at 2 and again at 3, one whole, one who left and came back.
    rows = {
        "entry": [0, 2, 3, 0, 0, 4],
        "exit": [2, 3, 6, 5, 4, 7],
        "event": [0, 0, 1, 1, 1, 0],
    }
    who = np.array(["a", "a", "a", "b", "c", "c"])
    x = {"x": [0.0, 1, 1, 0, 1, 0], "who": who}
    fit = cox_model(Spells.from_arrays(**rows, covariates=x, cluster=who), "~ x")
    assert "3 ends in 6 rows of 4 people" in fit.notes[0]  # a return is a stay of its own
    assert fit.account.people == fit.glance()["people"].iloc[0] == 4
    named = cox_model(Spells.from_arrays(**rows, covariates=x), "~ x", cluster="who")
    assert named.account.people == 4
    assert cox_model(Spells.from_arrays(**rows, covariates=x), "~ x").account.people == 6


def test_rows_of_an_institution_are_people():
    # At the first, one is lost at 2 when another enters, while a third is there.
    fit = cox_model(
        Spells.from_arrays(
            entry=[0, 2, 0, 0, 3],
            exit=[2, 4, 5, 3, 6],
            event=[0, 1, 1, 1, 0],
            covariates={"x": [0.0, 1, 1, 0, 1], "house": [1, 1, 1, 2, 2]},
        ),
        "~ x",
        cluster="house",
    )
    assert fit.account.people == 5


@pytest.mark.parametrize(("clusters", "few"), [(39, True), (40, False)])
def test_few_clusters(clusters, few):
    fit = cox_model(spells(cluster=np.arange(N) % clusters), "~ a", robust=True)
    assert ("fewer than 40: they are too small" in fit.notes[1]) is few


def test_one_is_singular():
    one = Spells.from_arrays(exit=[1, 2], event=[1, 0], covariates={"x": [0.0, 1.0]})
    assert "1 end in 2 rows of 2 people, 1 event per parameter" in cox_model(one, "~ x").notes[0]
    assert " on 1 degree of freedom, " in cox_model(spells(), "~ a").ph_test().sentence
    alone = Spells.from_arrays(exit=[1], event=[0], covariates={"x": [0.0]})
    with pytest.raises(InputError, match="none of 1 stay ended"):
        cox_model(alone, "~ x")


def test_billions_of_tied_ends_are_refused_or_counted():
    def fit(size, ties):
        people = Spells.from_arrays(
            exit=[1, 1, 2], event=[1, 1, 0], count=[size] * 3, covariates={"x": [0.0, 1, 1]}
        )
        return cox_model(people, "~ x", ties=ties)

    with pytest.raises(InputError, match=r"6,000,000,000 ends at shared times.*ties='breslow'"):
        fit(3 * 10**9, "efron")
    # Half of the 2n who leave have x = 1, and two thirds of the 3n at risk: 2 exp(b) = 1.
    huge = fit(3 * 10**9, "breslow")
    assert huge.coefficients[0] == pytest.approx(np.log(0.5))
    assert "6,000,000,000 ends in 3 rows of 9,000,000,000 people" in huge.notes[0]
    # Information n / 2: 2n ends times 1/2 times 1/2.
    assert huge.covariance[0, 0] == pytest.approx(2 / (3 * 10**9))
