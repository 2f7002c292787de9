"""The summaries of lifelines are the witnesses; their column names carry the level."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError
from talentstats.tables.adapters import fit_columns


def test_cox_with_its_own_level_is_its_summary(cox: Any) -> None:
    (column,) = fit_columns(cox, level=None)
    names = ["coef", "se(coef)", "z", "p", "coef lower 90%", "coef upper 90%"]
    ours = ["estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"]
    np.testing.assert_allclose(column.terms[ours], cox.summary[names], rtol=1e-10)
    assert set(column.terms["conf_level"]) == {0.9}
    assert column.std_errors == "robust (sandwich)"
    assert column.statistics["events"] == cox.event_observed.sum()
    assert column.statistics["aic_partial"] == cox.AIC_partial_
    assert "aic" not in column.statistics


def test_the_level_of_the_table_overrides_alpha(people: pd.DataFrame, cox: Any) -> None:
    from lifelines import CoxPHFitter

    data = people[["time", "left", "female", "age"]]
    wide = CoxPHFitter(alpha=0.05).fit(data, "time", "left", robust=True)
    (ours,) = fit_columns(cox, level=0.95)
    (theirs,) = fit_columns(wide, level=None)
    for limit in ("conf_low", "conf_high"):
        np.testing.assert_allclose(ours.terms[limit], theirs.terms[limit], rtol=1e-10)


def test_aft_splits_its_two_level_index(aft: Any) -> None:
    (column,) = fit_columns(aft, level=0.95)
    assert column.terms["component"].tolist() == ["", "", "", "rho_"]
    assert column.terms["term"].tolist() == ["age", "female", "Intercept", "Intercept"]
    np.testing.assert_allclose(column.terms["estimate"], aft.summary["coef"])
    np.testing.assert_allclose(column.terms["conf_low"], aft.summary["coef lower 95%"])
    assert (column.model, column.estimand) == ("Weibull AFT", "log time ratio")


def test_the_bic_of_lifelines_is_left_out_because_it_is_wrong(aft: Any) -> None:
    by_definition = 4 * np.log(120) - 2 * aft.log_likelihood_
    assert abs(aft.BIC_ - by_definition) > 1
    (column,) = fit_columns(aft, level=0.95)
    assert "bic" not in column.statistics
    assert column.statistics["aic"] == pytest.approx(2 * 4 - 2 * aft.log_likelihood_)


def test_time_varying_cox_counts_people_and_periods() -> None:
    from lifelines import CoxTimeVaryingFitter

    frame = pd.DataFrame(
        {
            "id": [1, 1, 2, 3, 3, 4, 5],
            "start": [0, 2, 0, 0, 1, 0, 0],
            "stop": [2, 5, 3, 1, 4, 6, 2],
            "x": [0, 1, 0, 1, 0, 1, 1],
            "event": [0, 1, 1, 0, 1, 0, 1],
        }
    )
    fit = CoxTimeVaryingFitter(penalizer=0.5).fit(
        frame, id_col="id", event_col="event", start_col="start", stop_col="stop"
    )
    (column,) = fit_columns(fit, level=0.95)
    assert (column.statistics["n"], column.statistics["periods"]) == (5, 7)
    assert column.statistics["events"] == 4
    assert column.notes == ("Penalized fit (0.5): estimates are shrunk towards zero.",)


def test_interval_censored_events_are_those_with_a_finite_end() -> None:
    from lifelines import WeibullAFTFitter

    lower, upper = [0.0, 1, 2, 3, 1, 2, 4, 5], [1.0, 3, 2, 6, np.inf, 4, np.inf, np.inf]
    frame = pd.DataFrame({"lower": lower, "upper": upper})
    fit = WeibullAFTFitter().fit_interval_censoring(frame, "lower", "upper")
    assert fit.event_observed.sum() == 1
    (column,) = fit_columns(fit, level=0.95)
    assert (column.statistics["n"], column.statistics["events"]) == (8, 5)
    right = WeibullAFTFitter().fit_left_censoring(frame.replace(np.inf, 9), "upper")
    assert "events" not in fit_columns(right, level=0.95)[0].statistics


def test_a_spline_baseline_stands_apart(people: pd.DataFrame) -> None:
    from lifelines import CoxPHFitter

    data = people[["time", "left", "female"]]
    fit = CoxPHFitter(baseline_estimation_method="piecewise", breakpoints=[4]).fit(
        data, "time", "left"
    )
    (column,) = fit_columns(fit, level=0.95)
    own = column.terms[column.terms["component"] == ""]
    assert "female" in own["term"].tolist()
    assert column.terms["component"].nunique() == 2
    assert column.estimand == "log hazard ratio"
    assert column.statistics["aic"] == pytest.approx(fit.AIC_)


def test_strata_and_clusters_are_told(people: pd.DataFrame) -> None:
    from lifelines import CoxPHFitter

    data = people[["time", "left", "female", "age", "site"]]
    fit = CoxPHFitter(strata=["female"]).fit(data, "time", "left", cluster_col="site")
    (column,) = fit_columns(fit, level=0.95)
    assert column.std_errors == "cluster-robust (by site)"
    assert column.notes == ("Baseline hazards stratified by female.",)


def test_what_is_not_a_fitted_regression_is_refused(people: pd.DataFrame) -> None:
    from lifelines import CoxPHFitter, KaplanMeierFitter

    with pytest.raises(InputError, match=r"CoxPHFitter is not fitted.*call \.fit"):
        fit_columns(CoxPHFitter(), level=0.95)
    curve = KaplanMeierFitter().fit(people["time"], people["left"])
    with pytest.raises(InputError, match="KaplanMeierFitter of lifelines is not a regression"):
        fit_columns(curve, level=0.95)
