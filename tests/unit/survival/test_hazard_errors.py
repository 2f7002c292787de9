"""Standard errors of hazard models: algebra worked by hand, and what they refuse."""

import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.spells import Spells
from talentstats.survival.hazard_model import hazard_model


def errors_of(fit):
    return np.sqrt(np.diag(fit.covariance))


def people(**options):
    left = [1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    spells = Spells.from_arrays(
        exit=[1] * 12, event=left, covariates={"group": ["A", "A", "B"] * 4}, **options
    )
    return RiskCells.from_spells(spells, by_cluster="cluster" in options)


@pytest.mark.parametrize("link", ["cloglog", "logit"])
def test_robust_errors_of_a_saturated_model_are_those_of_the_model(link):
    robust, model = (
        hazard_model(people(), "~ group", link=link, errors=kind, penalty="none")
        for kind in ("robust", "model")
    )
    assert robust.covariance == pytest.approx(model.covariance)


def test_destinations_compete_in_the_covariance():
    cells = RiskCells.from_spells(
        Spells.from_arrays(exit=[1] * 20, event=[1] * 4 + [2] * 6 + [0] * 10)
    )
    for errors in ("model", "robust"):
        fit = hazard_model(
            cells, "~ 1", link="logit", destinations="cause-specific", errors=errors, penalty="none"
        )
        # Shares 0.2 and 0.3 of 20: covariance -0.06 / 20, on the logit scale over p (1 - p).
        want = -0.06 / 20 / (0.16 * 0.21)
        assert fit.covariance[0, 1] == pytest.approx(want)
        assert fit.covariance[0, 0] == pytest.approx(1 / (20 * 0.16))


def test_one_person_a_cluster_is_robust_up_to_the_factor():
    robust = hazard_model(people(), "~ group", errors="robust", penalty="none")
    single = people(cluster=np.arange(12))
    clustered = hazard_model(single, "~ group", errors="cluster", penalty="none")
    assert clustered.covariance == pytest.approx(12 / 11 * robust.covariance)
    assert "fewer than 40 clusters" in " ".join(clustered.notes)
    assert clustered.std_errors == "cluster-robust"


def test_copies_in_one_cluster_count_once():
    once = hazard_model(people(cluster=np.arange(12)), "~ group", errors="cluster", penalty="none")
    spells = Spells.from_arrays(
        exit=[1] * 36,
        event=[1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0] * 3,
        covariates={"group": ["A", "A", "B"] * 12},
        cluster=np.tile(np.arange(12), 3),
    )
    thrice = RiskCells.from_spells(spells, by_cluster=True)
    copied = hazard_model(thrice, "~ group", errors="cluster", penalty="none")
    assert copied.covariance == pytest.approx(once.covariance)


def test_robust_and_clustered_errors_of_wide_ends():
    # Ten people seen at 0 and 2: 3 left in between.
    spells = Spells.from_arrays(
        lower=[0] * 3 + [2] * 7, upper=[2] * 3 + [np.inf] * 7, cluster=np.arange(10)
    )
    cells = RiskCells.from_spells(spells, by_cluster=True)
    model, robust, clustered = (
        hazard_model(cells, "~ 1", duration="constant", errors=kind, penalty="none")
        for kind in ("model", "robust", "cluster")
    )
    # One parameter, ten people: they leave with p = 0.3, and the model is saturated.
    assert clustered.covariance == pytest.approx(10 / 9 * model.covariance)
    # A person in a step: 3 ends and 14 years lived through.
    h = -np.log(0.7) / 2
    u = 2 * h * 0.7 / 0.3
    bread = model.covariance[0, 0]
    assert robust.covariance[0, 0] == pytest.approx(bread**2 * (3 * u**2 + 14 * h**2))


def test_dispersion_of_aggregates_and_its_t_intervals():
    table = pd.DataFrame(
        {"year": [0, 1, 2, 3], "events": [10, 30, 14, 26], "exposure": [200.0] * 4}
    )
    cells = RiskCells.from_frame(table)
    fit = hazard_model(cells, "~ 1", link="log", errors="overdispersed")
    # The mean is 20: X2 = (100 + 100 + 36 + 36) / 20 on 3 degrees of freedom.
    assert fit.glance()["dispersion"][0] == pytest.approx(13.6 / 3)
    assert errors_of(fit) == pytest.approx([np.sqrt(13.6 / 3 / 80)])
    row = fit.tidy().iloc[0]
    # Student's t on 3 degrees: 3.182446305284263 is its 97.5% point.
    assert row["conf_high"] - row["estimate"] == pytest.approx(3.182446305284263 * row["std_error"])
    assert "Pearson's X2" in " ".join(fit.notes)
    with pytest.raises(InputError, match="more cells than coefficients"):
        hazard_model(cells, "~ C(year)", link="log", errors="overdispersed")


def test_sparse_cells_and_small_factors_are_told():
    fit = hazard_model(
        people(cluster=np.arange(12)), "~ group", errors="overdispersed", penalty="none"
    )
    notes = " ".join(fit.notes)
    assert "75% of the cells have no event" in notes
    table = pd.DataFrame({"year": [0, 1, 2], "events": [10, 10, 11], "exposure": [100.0] * 3})
    even = hazard_model(RiskCells.from_frame(table), "~ 1", link="log", errors="overdispersed")
    assert "A factor below 1" in " ".join(even.notes)


def test_one_cluster_is_refused():
    with pytest.raises(InputError, match="two clusters or more"):
        hazard_model(people(cluster=[7] * 12), "~ group", errors="cluster", penalty="none")


def test_a_penalty_with_other_errors_has_wald_intervals():
    fit = hazard_model(people(cluster=np.arange(12)), "~ group", errors="cluster")
    assert fit.penalty == "firth"
    assert set(fit.tidy()["interval"]) == {"wald"}
    assert "Wald intervals" in " ".join(fit.notes)
    assert np.all(np.isfinite(fit.predict({"group": "A"}, horizon=1).std_error))
