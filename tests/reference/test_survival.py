"""Curves, incidences, tests and rates against R's survival, cmprsk, survRM2 and bpcp.

`survival_make.R` made the values beside this file. The cases of the research folder are read
from it where it stands beside the checkout, and are skipped where it does not.
"""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from talentstats.stats import aalen_johansen as incidence
from talentstats.stats import product_limit as curves
from talentstats.stats import rates
from talentstats.stats.curve_limits import beta_product_limits, pointwise_limits
from talentstats.stats.gray import gray_test
from talentstats.stats.logrank import logrank
from talentstats.stats.risk_sets import step_at
from talentstats.stats.turnbull import turnbull

HERE = Path(__file__).parent
R = json.loads((HERE / "survival_kernels_reference.json").read_text(encoding="utf-8"))
D = {name: np.array(values) for name, values in R["data"].items()}
RESEARCH = HERE.parents[2] / "shared" / "research"
research = pytest.mark.skipif(
    not (RESEARCH / "survival_reference.json").exists(),
    reason="needs ../shared/research/survival_reference.json beside the checkout",
)
CLOSE = {"rel": 1e-6, "abs": 1e-12}
ENDED = D["to"] > 0
SPANS = {"entry": D["entry"], "exit": D["exit"]}
FROM_ZERO = {"entry": np.zeros(ENDED.size), "exit": D["exit"]}


def close(expected):
    return pytest.approx(np.array(expected, dtype=float), **CLOSE, nan_ok=True)


def at(times, curve, values, start):
    sets = curve.sets if hasattr(curve, "sets") else curve.stay.sets
    return step_at(at=times, time=sets.time, values=values, start=start)


@pytest.mark.parametrize(
    "case", ["km_entry", "km_entry_robust", "km_weights", "km_weights_cluster"]
)
def test_survival_and_hazard_as_survfit(case):
    weight = D["weight"] if "weights" in case else None
    cluster = D["id"] if "cluster" in case else None
    curve = curves.product_limit(**SPANS, event=ENDED, weight=weight)
    rows = curves.survival_rows(curve, **SPANS, event=ENDED, weight=weight, cluster=cluster)
    log_variance, hazard_variance = curve.greenwood, curve.hazard_variance
    if case != "km_entry":
        log_variance = curves.jackknife_variance(curve, rows=rows)
        hazard_variance = curves.hazard_jackknife_variance(curve, rows=rows)
    want = R[case]
    assert at(want["time"], curve, curve.survival, 1.0) == close(want["survival"])
    se = curve.survival * np.sqrt(log_variance)
    assert at(want["time"], curve, se, 0.0) == close(want["se"])
    assert at(want["time"], curve, curve.cumulative_hazard, 0.0) == close(want["hazard"])
    assert at(want["time"], curve, np.sqrt(hazard_variance), 0.0) == close(want["se_hazard"])


@pytest.mark.parametrize("case", ["aj_entry", "aj_weights", "aj_weights_cluster"])
def test_incidence_as_survfit(case):
    curve = incidence.aalen_johansen(
        **SPANS,
        destination=D["to"] - 1,
        destinations=2,
        weight=D["weight"] if "weights" in case else None,
        cluster=D["id"] if "cluster" in case else None,
    )
    want = R[case]
    assert close([want["a"], want["b"]]) == at(want["time"], curve, curve.incidence, 0.0).T
    se = np.sqrt(incidence.incidence_variance(curve))
    assert close([want["se_a"], want["se_b"]]) == at(want["time"], curve, se, 0.0).T
    single = [np.sqrt(incidence.at_horizon(curve, horizon=t).variance) for t in want["time"]]
    assert close([want["se_a"], want["se_b"]]) == np.array(single).T


def test_time_lost_as_survfit():
    curve = incidence.aalen_johansen(**FROM_ZERO, destination=D["to"] - 1, destinations=2)
    lost = incidence.at_horizon(curve, horizon=5, measure="time-lost")
    assert lost.estimate == close([*R["time_lost"]["a"], *R["time_lost"]["b"]])


@pytest.mark.parametrize(
    ("case", "options"),
    [
        ("logrank", {}),
        ("logrank_rho1", {"rho": 1.0}),
        ("logrank_strata", {"stratum": D["stratum"]}),
        ("logrank_entry", {**SPANS}),
        ("logrank_entry_strata", {**SPANS, "stratum": D["stratum"]}),
        ("trend_entry", {**SPANS, "scores": [0, 1, 2]}),
    ],
)
def test_logrank_as_survdiff_and_the_exact_score_test(case, options):
    test = logrank(**(FROM_ZERO | {"event": ENDED, "group": D["group"], "groups": 3} | options))
    assert test.statistic == close(R[case]["chisq"][0])
    if "observed" in R[case]:
        assert test.observed == close(R[case]["observed"])
        assert test.expected == close(R[case]["expected"])


@pytest.mark.parametrize(
    ("case", "options"),
    [("gray", {}), ("gray_rho1", {"rho": 1.0}), ("gray_strata", {"stratum": D["stratum"]})],
)
def test_gray_as_cmprsk(case, options):
    for k in range(2):
        test = gray_test(
            exit=D["exit"], destination=D["to"] - 1, of=k, group=D["group"], groups=3, **options
        )
        assert (test.statistic, test.p_value) == (
            close(R[case]["chisq"][k]),
            close(R[case]["p"][k]),
        )


def test_rates_as_poisson_test():
    exact = rates.garwood(events=10, exposure=412.5, level=0.95, side="two-sided")
    assert [exact.lower, exact.upper] == close(R["rate"]["garwood"])
    two = {"events": 10, "exposure": 400, "events_base": 3, "exposure_base": 250}
    ratio = rates.rate_ratio_limits(**two, level=0.95, side="two-sided")
    assert [ratio.lower, ratio.upper] == close(R["rate"]["ratio"])
    assert rates.rate_ratio_test(**two).greater == close(R["rate"]["ratio_p"][0])


def test_beta_product_limits_as_bpcp():
    few = slice(0, 20)
    limits = beta_product_limits(
        at=R["bpcp"]["at"],
        entry=np.zeros(20),
        exit=D["exit"][few],
        event=ENDED[few],
        level=0.95,
    )
    assert limits.lower == close(R["bpcp"]["lower"])
    assert limits.upper == close(R["bpcp"]["upper"])


# The cases of the research folder.

COVERED = [
    "km_6mp", "logrank_6mp_rho0", "km_lung", "logrank_lung_sex", "logrank_lung_strat", "rmst_lung",
    "aj_mgus2", "aj_mgus2_sex", "turnbull_annual_grid", "turnbull_two_point", "lt_ic_turnbull",
    "lt_annual_competing", "aj_annual_ties", "fg_lt_product_limit_identity",
]  # fmt: skip


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
def test_every_case_of_these_kernels_is_named(cases):
    families = (
        "km_",
        "logrank_",
        "rmst_",
        "aj_",
        "turnbull_",
        "lt_ic_turnbull",
        "lt_annual",
        "fg_lt",
    )
    assert sorted(c for c in cases if c.startswith(families)) == sorted(COVERED)
    assert len(COVERED) == 14


@research
def test_km_6mp_and_its_logrank(cases):
    data, want = columns("leukemia_6mp"), cases["km_6mp"]["values"]
    t, e = numbers(data["t"]), numbers(data["e"])
    arm = data["grp"] == "6MP"
    curve = curves.product_limit(entry=np.zeros(arm.sum()), exit=t[arm], event=e[arm])
    assert curve.sets.time == close(want["time"])
    assert curve.survival == close(want["surv"])
    variance = curve.survival**2 * curve.greenwood
    assert np.sqrt(variance) == close(want["se"])
    limits = pointwise_limits(
        estimate=curve.survival, variance=variance, level=0.95, scale="log-log"
    )
    assert limits.lower == close(want["lower_loglog"])
    assert limits.upper == close(want["upper_loglog"])
    assert curve.cumulative_hazard == close(want["cumhaz_NA"])
    assert np.sqrt(curve.hazard_variance) == close(want["se_NA"])
    medians = [
        curves.quantile_time(time=curve.sets.time, survival=s)
        for s in (curve.survival, limits.lower, limits.upper)
    ]
    assert medians == close([want["median"], want["median_lower"], np.nan])
    test = logrank(entry=np.zeros(t.size), exit=t, event=e, group=~arm, groups=2)
    want = cases["logrank_6mp_rho0"]["values"]
    assert (test.statistic, test.p_value) == (close(want["chisq"]), close(want["p"]))
    assert test.expected == close(want["exp"])


@research
def test_lung(cases):
    data, want = columns("lung"), cases["km_lung"]["values"]
    t, d, sex = (numbers(data[name]) for name in ("time", "d", "sex"))
    ecog, zero = numbers(data["ph.ecog"]), np.zeros(t.size)
    curve = curves.product_limit(entry=zero, exit=t, event=d)
    se = curve.survival * np.sqrt(curve.greenwood)
    assert at(want["time"], curve, curve.survival, 1.0) == close(want["surv"])
    assert at(want["time"], curve, se, 0.0) == close(want["se"])
    mean = curves.restricted_mean(curve, horizon=365)
    assert (mean.mean, np.sqrt(mean.variance)) == (
        close(want["rmean365"]),
        close(want["se_rmean365"]),
    )
    both = {"entry": zero, "exit": t, "event": d, "group": sex - 1, "groups": 2}
    assert logrank(**both).statistic == close(cases["logrank_lung_sex"]["values"]["chisq"])
    known = ~np.isnan(ecog)
    part = {k: v if k == "groups" else v[known] for k, v in both.items()}
    stratified = logrank(**part, stratum=ecog[known])
    assert stratified.statistic == close(cases["logrank_lung_strat"]["values"]["chisq"])
    for arm, name in ((sex == 1, "arm0"), (sex == 2, "arm1")):
        one = curves.product_limit(entry=zero[arm], exit=t[arm], event=d[arm])
        mean = curves.restricted_mean(one, horizon=365)
        wanted = cases["rmst_lung"]["values"][name][:2]
        assert [mean.mean, np.sqrt(mean.variance)] == close(wanted)


@research
def test_mgus2(cases):
    data = columns("mgus2")
    t, to = numbers(data["etime"]), numbers(data["ev"]).astype(int) - 1
    want = cases["aj_mgus2"]["values"]
    zero = np.zeros(t.size)
    curve = incidence.aalen_johansen(entry=zero, exit=t, destination=to, destinations=2)
    variance = incidence.incidence_variance(curve)
    f, v = (at(want["time"], curve, x, 0.0) for x in (curve.incidence, variance))
    assert close([want["pcm"], want["death"]]) == f.T
    assert close([want["se_pcm"], want["se_death"]]) == np.sqrt(v).T
    limits = pointwise_limits(estimate=f[:, 0], variance=v[:, 0], level=0.95, scale="log-log")
    assert limits.lower == close(want["lower_pcm_loglog"])
    assert limits.upper == close(want["upper_pcm_loglog"])
    want = cases["aj_mgus2_sex"]["values"]
    for i, (label, time) in enumerate(zip(want["strata"], want["time"], strict=True)):
        rows = data["sex"] == label[-1]
        one = incidence.aalen_johansen(
            entry=zero[rows], exit=t[rows], destination=to[rows], destinations=2
        )
        got = incidence.at_horizon(one, horizon=time)
        assert got.estimate == close([want["pcm"][i], want["death"][i]])
        assert np.sqrt(got.variance) == close([want["se_pcm"][i], want["se_death"][i]])


@research
def test_yearly_competing_with_delayed_entry(cases):
    data, want = columns("lt_annual_cr"), cases["lt_annual_competing"]["values"]
    entry, t, to = (numbers(data[name]) for name in ("entry", "t", "ev"))
    curve = incidence.aalen_johansen(entry=entry, exit=t, destination=to - 1, destinations=2)
    aj, km = want["aj"], want["km"]
    assert close([aj["a"], aj["b"]]) == at(aj["t"], curve, curve.incidence, 0.0).T
    se = np.sqrt(incidence.incidence_variance(curve))
    assert close([aj["se_a"], aj["se_b"]]) == at(aj["t"], curve, se, 0.0).T
    stay = curve.stay
    assert at(km["time"], stay, stay.survival, 1.0) == close(km["surv"])
    assert at(km["time"], stay, stay.survival * np.sqrt(stay.greenwood), 0.0) == close(km["se"])
    identity = cases["fg_lt_product_limit_identity"]["values"]
    assert at(identity["t"], curve, curve.incidence[:, 0], 0.0) == close(identity["finegray_pl"])


@research
def test_yearly_ties(cases):
    data, want = columns("annual_ties"), cases["aj_annual_ties"]["values"]
    t, to = numbers(data["T"]), numbers(data["E"]) - 1
    curve = incidence.aalen_johansen(entry=np.zeros(t.size), exit=t, destination=to, destinations=2)
    variance = incidence.incidence_variance(curve)
    assert close([want["a"], want["b"]]) == curve.incidence.T
    assert close([want["se_a"], want["se_b"]]) == np.sqrt(variance).T
    limits = pointwise_limits(
        estimate=curve.incidence[:, 0], variance=variance[:, 0], level=0.95, scale="log-log"
    )
    assert [limits.lower, limits.upper] == close([want["lower_a"], want["upper_a"]])


@research
def test_turnbull(cases):
    want = cases["turnbull_annual_grid"]["values"]
    fit = turnbull(lower=[0, 1, 2], upper=[1, 2, np.inf], entry=[-np.inf] * 3, weight=[5, 5, 90])
    assert (fit.mass, fit.log_likelihood) == (close(want["p"]), close(want["loglik"]))
    want = cases["turnbull_two_point"]["values"]
    fit = turnbull(lower=[0, 5], upper=[5, np.inf], entry=[-np.inf] * 2, weight=[10, 90])
    assert (fit.mass, fit.log_likelihood) == (close(want["p"]), close(want["loglik"]))
    data, want = columns("lt_ic_weibull"), cases["lt_ic_turnbull"]["values"]
    fit = turnbull(lower=numbers(data["L"]), upper=numbers(data["R"]), entry=numbers(data["en"]))
    assert fit.log_likelihood == pytest.approx(want["loglik"], rel=1e-9)
    low, high = fit.survival_bounds(want["S_at"])
    # The reference stopped its EM by likelihood; other codes agree with it on S to 2e-5.
    assert low == pytest.approx(np.array(want["S"]), abs=2e-5)
    assert high == pytest.approx(np.array(want["S_upper"]), abs=2e-5)
