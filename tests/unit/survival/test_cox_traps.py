"""Where lifelines and statsmodels differ from R on Cox models; ours against R's numbers.

The data and R's values are those of `tests/reference/cox_reference.json` (made by `cox_make.R`):
tied yearly times with delayed entry. T10 to T20 and T31 are the traps of the research notes.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError
from talentstats.summaries.spells import Spells
from talentstats.survival.cox_model import cox_model

R = json.loads(
    (Path(__file__).parents[2] / "reference" / "cox_reference.json").read_text(encoding="utf-8")
)


def frame(name):
    data = R[name]["data"]
    x = np.array(data["x"]).reshape(-1, 2)
    return pd.DataFrame(
        {
            "start": data["start"], "stop": data["stop"], "status": data["status"],
            "v1": x[:, 0], "v2": x[:, 1], "person": data["cluster"],
        }
    )  # fmt: skip


def ours(name, formula="~ v1 + v2", **options):
    spells = Spells.from_frame(frame(name), entry="start", exit="stop", event="status")
    return cox_model(spells, formula, **options)


def lifelines_fit(table, **options):
    lifelines = pytest.importorskip("lifelines")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return lifelines.CoxPHFitter().fit(table, "stop", "status", **options)


def statsmodels_fit(table, entry):
    phreg = pytest.importorskip("statsmodels.duration.hazard_regression").PHReg
    return phreg(
        table["stop"], table[["v1", "v2"]], status=table["status"], entry=entry, ties="efron"
    ).fit()


def test_t10_stopping_rule():
    table = frame("plain")[["stop", "status", "v1", "v2"]]
    loose = np.abs(lifelines_fit(table).params_.to_numpy() - R["plain"]["values"]["coef"]).max()
    tight = np.abs(ours("plain").coefficients - R["plain"]["values"]["coef"]).max()
    assert tight < 1e-10 < loose


def test_t11_t12_test_of_proportional_hazards():
    pytest.importorskip("lifelines")
    from lifelines.statistics import proportional_hazard_test

    table = frame("plain")[["stop", "status", "v1", "v2"]]
    fit = lifelines_fit(table)
    for transform in ("rank", "km"):
        want = np.array(R["plain"]["values"]["zph"][transform])
        theirs = proportional_hazard_test(fit, table, time_transform=transform)
        assert theirs.test_statistic.shape == (2,)  # and no test of all together
        assert np.abs(theirs.test_statistic / want[:2] - 1).max() > 0.01
        found = ours("plain").ph_test(transform=transform)
        assert found.tests.statistic == pytest.approx(want, rel=1e-6)
        assert found.terms[-1] == "GLOBAL"


def test_t13_t14_robust_errors_of_ties():
    table = frame("plain")[["stop", "status", "v1", "v2", "person"]]
    want = np.sqrt(np.array(R["plain"]["values"]["robust"])[[0, 3]])
    theirs = lifelines_fit(table.drop(columns="person"), robust=True)
    assert np.abs(theirs.standard_errors_.to_numpy() / want - 1).max() > 1e-3
    assert np.sqrt(np.diag(ours("plain", robust=True).covariance)) == pytest.approx(want, rel=1e-6)
    clustered = R["entry"]["values"]["robust"]
    found = ours("entry", cluster=None, robust=True).covariance
    assert np.abs(found.ravel() / clustered - 1).max() > 1e-3  # rows are not people here
    spells = Spells.from_frame(
        frame("entry"), entry="start", exit="stop", event="status", cluster="person"
    )
    by_person = cox_model(spells, "~ v1 + v2", robust=True)
    assert by_person.covariance.ravel() == pytest.approx(np.array(clustered), rel=1e-6)


def test_t15_an_entrant_at_the_time_of_an_end():
    table, want = frame("entry"), np.array(R["entry"]["values"]["coef"])
    tied = statsmodels_fit(table, table["start"])
    nudged = statsmodels_fit(table, table["start"] + 1e-6)
    assert np.abs(tied.params - want).max() > 0.001
    assert nudged.params == pytest.approx(want, rel=1e-4)
    assert ours("entry").coefficients == pytest.approx(want, rel=1e-6)


def test_t16_t17_baseline_with_entry():
    table, values = frame("entry"), R["entry"]["values"]
    profile = pd.DataFrame({"v1": [values["profile"][0]], "v2": [values["profile"][1]]})
    curve = values["curve_model"]
    fit = lifelines_fit(table[["start", "stop", "status", "v1", "v2"]], entry_col="start")
    base = fit.baseline_cumulative_hazard_
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        relative = float(fit.predict_partial_hazard(profile).iloc[0])
    theirs = np.interp(curve["time"], base.index, base.iloc[:, 0]) * relative
    last = np.array(curve["cumhaz"])[-1]
    assert abs(theirs[-1] / last - 1) > 0.02
    found = ours("entry").predict(profile, times=curve["time"])
    assert found.estimate[0] == pytest.approx(np.array(curve["surv"]), rel=1e-6)


def test_t18_robust_errors_with_entry():
    table = frame("entry").drop(columns="person")
    spells = Spells.from_frame(table, entry="start", exit="stop", event="status")
    theirs = lifelines_fit(table, entry_col="start", robust=True)
    found = np.sqrt(np.diag(cox_model(spells, "~ v1 + v2", robust=True).covariance))
    # R's score residuals and covariance, each row by itself: the sandwich of coxph(robust=TRUE).
    scores = np.array(R["entry"]["values"]["scores"]).reshape(2, -1).T
    bread = np.array(R["entry"]["values"]["var"]).reshape(2, 2)
    want = np.sqrt(np.diag(bread @ scores.T @ scores @ bread))
    assert found == pytest.approx(want, rel=1e-6)
    assert np.abs(theirs.standard_errors_.to_numpy() / want - 1).max() > 1e-3


def test_t19_predicted_survival_of_ties():
    table, values = frame("plain"), R["plain"]["values"]
    profile = pd.DataFrame({"v1": [values["profile"][0]], "v2": [values["profile"][1]]})
    curve = values["curve_model"]
    fit = lifelines_fit(table[["stop", "status", "v1", "v2"]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = fit.predict_survival_function(profile, times=curve["time"]).to_numpy()[:, 0]
    assert np.abs(theirs - curve["surv"]).max() > 1e-3
    found = ours("plain").predict(profile, times=curve["time"])
    assert found.estimate[0] == pytest.approx(np.array(curve["surv"]), rel=1e-6)


def test_t20_separation():
    n = 100
    table = pd.DataFrame(
        {
            "stop": 1.0 + np.arange(n) % 5,
            "status": (np.arange(n) < 10).astype(int),
            "v1": (np.arange(n) % 7 < 4).astype(int),
        }
    )
    table.loc[:9, "v1"] = 1
    theirs = lifelines_fit(table)
    assert theirs.standard_errors_.iloc[0] > 100  # a number for what has none
    spells = Spells.from_frame(table, exit="stop", event="status")
    with pytest.raises(InputError, match="infinite"):
        cox_model(spells, "~ v1", penalty="none")
    row = cox_model(spells, "~ v1").tidy().iloc[0]
    assert 0 < row["conf_low"] < row["estimate"] < row["conf_high"] < 20
    assert row["p_value"] < 0.05


def test_t31_grouped_times_attenuate():
    rng = np.random.default_rng(31)
    n = 4000
    x = rng.integers(0, 2, n)
    time = rng.exponential(np.exp(-0.7 * x) / 0.25, n)
    look = np.ceil(time)
    left = look <= 5
    spells = Spells.from_arrays(
        lower=np.where(left, look - 1, 5.0),
        upper=np.where(left, look, np.inf),
        covariates={"x": x},
    )
    exact = Spells.from_arrays(exit=np.minimum(time, 5.0), event=time <= 5, covariates={"x": x})
    breslow, efron = (
        cox_model(spells, "~ x", ties=ties).coefficients[0] for ties in ("breslow", "efron")
    )
    truth = cox_model(exact, "~ x").coefficients[0]
    assert breslow < efron < truth + 0.03
    assert breslow < truth - 0.05
    notes = cox_model(spells, "~ x", ties="breslow").notes
    assert any("attenuates" in note and "cloglog" in note for note in notes)
