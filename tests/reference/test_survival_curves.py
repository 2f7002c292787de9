"""`survival_curve` and `log_rank_test` against R's survival.

`survival_curves_make.R` made the values beside this file. The cases of the research folder are
read from it where it stands beside the checkout, and are skipped where it does not.
"""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from talentstats.summaries.spells import Spells
from talentstats.survival.curve import survival_curve
from talentstats.survival.log_rank import log_rank_test

HERE = Path(__file__).parent
R = json.loads((HERE / "survival_curves_reference.json").read_text(encoding="utf-8"))
D = {name: np.array(values) for name, values in R["data"].items()}
RESEARCH = HERE.parents[2] / "shared" / "research"
research = pytest.mark.skipif(
    not (RESEARCH / "survival_reference.json").exists(),
    reason="needs ../shared/research/survival_reference.json beside the checkout",
)
COVARIATES = {"sector": D["sector"], "stratum": D["stratum"]}


def close(expected):
    return pytest.approx(np.array(expected, dtype=float), rel=1e-6, abs=1e-12, nan_ok=True)


def spells(case):
    weight = D["weight"] if "weights" in case else None
    cluster = D["id"] if "clusters" in case else None
    entry, exit = (None, D["exact"]) if case == "exact" else (D["entry"], D["yearly"])
    return Spells.from_arrays(
        entry=entry, exit=exit, event=D["event"], covariates=COVARIATES, weight=weight,
        cluster=cluster,
    )  # fmt: skip


CURVES = ["exact", "late", "weights", "clusters", "weights_clusters"]


@pytest.mark.parametrize("case", CURVES)
@pytest.mark.parametrize("interval", ["log-log", "log", "plain"])
def test_curve_median_and_limits_as_survfit(case, interval):
    want = R[case]
    curve = survival_curve(spells(case), by="sector", interval=interval, landmark=0)
    frame = curve.tidy()
    ends = frame[frame["events"] > 0]
    assert ends["group"].tolist() == want["group"]
    for ours, theirs in {
        "time": "time", "estimate": "survival", "std_error": "se", "at_risk": "at_risk",
        "events": "events", "conf_low": f"low_{interval}", "conf_high": f"high_{interval}",
    }.items():  # fmt: skip
        # Where all have left R has no limits; ours are the beta product's, checked elsewhere.
        here = (ends["interval"] != "bpcp").to_numpy()
        assert np.isnan(np.array(want[theirs], dtype=float)[~here]).all() or "conf" not in ours
        rows = here if "conf" in ours else np.full(here.size, True)
        assert ends[ours].to_numpy()[rows] == close(np.array(want[theirs])[rows]), ours
    found = curve.median()[["estimate", "conf_low", "conf_high"]].to_numpy().ravel()
    assert found == close(want[f"median_{interval}"])


@pytest.mark.parametrize("case", ["exact", "late"])
def test_restricted_mean_and_numbers_at_risk_as_survfit(case):
    want = R[case]
    curve = survival_curve(spells(case), by="sector", landmark=0)
    mean = curve.restricted_mean(want["tau"][0])
    assert mean["estimate"].to_numpy() == close(want["mean"])
    assert mean["std_error"].to_numpy() == close(want["se_mean"])
    assert curve.risk_table([1, 3, 5])["at_risk"].to_numpy() == close(want["n_risk"])


@pytest.mark.parametrize(
    ("case", "rows", "options"),
    [
        ("log_rank", "exact", {}),
        ("log_rank_rho", "exact", {"rho": 1}),
        ("log_rank_strata", "exact", {"strata": "stratum"}),
        ("log_rank_late", "late", {}),
        ("log_rank_late_strata", "late", {"strata": "stratum"}),
        ("trend", "late", {"trend": ["lab", "academia", "industry"]}),
    ],
)
def test_log_rank_as_survdiff_and_the_exact_score_test(case, rows, options):
    given = spells(rows)
    if rows == "late":
        given = given.where(np.arange(200) < 60, reason="beyond what exact ties can do")
    test = log_rank_test(given, by="sector", permutations=0, **options)
    assert test.statistic == close(R[case]["chisq"][0])
    if "observed" in R[case]:
        assert test.observed == close(R[case]["observed"])
        assert test.expected == close(R[case]["expected"])


# The cases of the research folder.


@pytest.fixture(scope="module")
def cases():
    return json.loads((RESEARCH / "survival_reference.json").read_text(encoding="utf-8"))["cases"]


def columns(name):
    with (RESEARCH / "survival_data" / f"{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([row[key] for row in rows]) for key in rows[0]}


def numbers(values):
    return np.array([float(v) if v else np.nan for v in values])


@research
def test_km_6mp_and_its_log_rank(cases):
    data, want = columns("leukemia_6mp"), cases["km_6mp"]["values"]
    both = Spells.from_arrays(
        exit=numbers(data["t"]), event=numbers(data["e"]), covariates={"arm": data["grp"]}
    )
    curve = survival_curve(both.where(data["grp"] == "6MP", reason="placebo"), interval="log-log")
    frame = curve.tidy()
    ends = frame[frame["events"] > 0]
    assert ends["time"].to_numpy() == close(want["time"])
    assert ends["estimate"].to_numpy() == close(want["surv"])
    assert ends["std_error"].to_numpy() == close(want["se"])
    assert ends["conf_low"].to_numpy() == close(want["lower_loglog"])
    assert ends["conf_high"].to_numpy() == close(want["upper_loglog"])
    [median] = curve.median().to_dict("records")
    assert [median["estimate"], median["conf_low"]] == close([want["median"], want["median_lower"]])
    assert np.isnan(median["conf_high"])
    want = cases["logrank_6mp_rho0"]["values"]
    test = log_rank_test(both, by="arm")
    assert [test.statistic, test.p_value] == close([want["chisq"], want["p"]])


@research
def test_lung(cases):
    data = columns("lung")
    t, d = numbers(data["time"]), numbers(data["d"])
    lung = Spells.from_arrays(exit=t, event=d, covariates={"sex": data["sex"]})
    want = cases["km_lung"]["values"]
    curve = survival_curve(lung)
    found = curve.at(want["time"])
    assert found["estimate"].to_numpy() == close(want["surv"])
    assert found["std_error"].to_numpy() == close(want["se"])
    [mean] = curve.restricted_mean(365).to_dict("records")
    assert [mean["estimate"], mean["std_error"]] == close([want["rmean365"], want["se_rmean365"]])
    means = survival_curve(lung, by="sex").restricted_mean(365)
    for row, arm in enumerate(("arm0", "arm1")):
        wanted = cases["rmst_lung"]["values"][arm][:2]
        assert means.loc[row, ["estimate", "std_error"]].to_numpy(dtype=float) == close(wanted)
    test = log_rank_test(lung, by="sex")
    assert test.statistic == close(cases["logrank_lung_sex"]["values"]["chisq"])
    ecog = numbers(data["ph.ecog"])
    known = ~np.isnan(ecog)
    part = Spells.from_arrays(
        exit=t[known],
        event=d[known],
        covariates={"sex": data["sex"][known], "ecog": ecog[known]},
    )
    test = log_rank_test(part, by="sex", strata="ecog")
    assert test.statistic == close(cases["logrank_lung_strat"]["values"]["chisq"])


@research
def test_yearly_with_delayed_entry(cases):
    data, want = columns("lt_annual_cr"), cases["lt_annual_competing"]["values"]["km"]
    yearly = Spells.from_arrays(
        entry=numbers(data["entry"]), exit=numbers(data["t"]), event=numbers(data["ev"]) > 0
    )
    found = survival_curve(yearly, landmark=0).at(want["time"])
    assert found["estimate"].to_numpy() == close(want["surv"])
    assert found["std_error"].to_numpy() == close(want["se"])


@research
def test_grids_and_two_looks(cases):
    grid = survival_curve(Spells.from_arrays(lower=[0, 1, 2], upper=[1, 2, None], count=[5, 5, 90]))
    assert grid.method == "product limit"
    mass = -np.diff([1, *grid.at([1, 2])["estimate"], 0])
    assert mass == close(cases["turnbull_annual_grid"]["values"]["p"])
    two = survival_curve(Spells.from_arrays(lower=[0, 5], upper=[5, None], count=[10, 90]))
    mass = -np.diff([1, *two.at(5)["estimate"], 0])
    assert mass == close(cases["turnbull_two_point"]["values"]["p"])


@research
def test_intervals_with_delayed_entry(cases):
    data, want = columns("lt_ic_weibull"), cases["lt_ic_turnbull"]["values"]
    looks = Spells.from_arrays(
        entry=numbers(data["en"]), lower=numbers(data["L"]), upper=numbers(data["R"])
    )
    curve = survival_curve(looks, landmark=0)
    assert curve.method == "Turnbull"
    [group] = curve.groups
    low, high = group.survival(np.array(want["S_at"]))
    # The reference stopped its EM by likelihood; other codes agree with it on S to 2e-5.
    assert low == pytest.approx(np.array(want["S"]), abs=2e-5)
    assert high == pytest.approx(np.array(want["S_upper"]), abs=2e-5)
