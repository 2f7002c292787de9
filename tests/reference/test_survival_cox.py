"""Cox models against R's survival and coxphf.

`cox_make.R` made the values beside this file. The cases of the research folder are read from it
where it stands beside the checkout, and are skipped where it does not.
"""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from talentstats.summaries.spells import Spells
from talentstats.survival.cox_model import cox_model

HERE = Path(__file__).parent
R = json.loads((HERE / "cox_reference.json").read_text(encoding="utf-8"))
RESEARCH = HERE.parents[2] / "shared" / "research"
research = pytest.mark.skipif(
    not (RESEARCH / "survival_reference.json").exists(),
    reason="needs ../shared/research/survival_reference.json beside the checkout",
)
FULL = [name for name, case in R.items() if "data" in case and "exact" not in name]


def close(expected):
    values = [np.nan if v is None else v for v in np.ravel(np.array(expected, dtype=object))]
    return pytest.approx(np.array(values, dtype=float), rel=1e-6, abs=1e-10, nan_ok=True)


def spells_of(data, *, count=None):
    n = len(data["stop"])
    x = np.array(data["x"]).reshape(n, -1)
    return Spells.from_arrays(
        entry=data["start"],
        exit=data["stop"],
        event=data["status"],
        weight=data["weights"],
        count=count,
        covariates={f"v{j + 1}": x[:, j] for j in range(x.shape[1])}
        | {"layer": data["strata"], "person": data["cluster"]},
    )


def fitted(name, **options):
    data = R[name]["data"]
    ties = ("efron", "breslow", "exact")[data["ties"][0] - 1]
    strata = "layer" if len(set(data["strata"])) > 1 else None
    options = {"ties": ties, "strata": strata, "penalty": "none"} | options
    return cox_model(spells_of(data), "~ v1 + v2", **options)


@pytest.mark.parametrize("name", [n for n in R if "data" in R[n]])
def test_estimates_and_tests(name):
    fit, want = fitted(name), R[name]["values"]
    assert fit.coefficients == close(want["coef"])
    row = fit.glance().iloc[0]
    assert [row["log_likelihood_null"], row["log_likelihood"]] == close(want["loglik"])
    assert row["score_statistic"] == close(want["score"])
    if fit.errors == "model":  # R's printed Wald test, too, takes the errors of the model
        assert fit.covariance.ravel() == close(want["var"])
        assert row["wald_statistic"] == close(want["wald"])
    scale = fit.estimate.data.scale
    assert (fit.estimate.naive / np.outer(scale, scale)).ravel() == close(want["var"])


@pytest.mark.parametrize("name", FULL)
def test_clustered_errors(name):
    fit = fitted(name, cluster="person")
    assert fit.covariance.ravel() == close(R[name]["values"]["robust"])
    found = fit.concordance()
    assert [found.estimate, found.std_error] == close(R[name]["values"]["concordance_cluster"][:2])


@pytest.mark.parametrize("name", FULL)
def test_concordance(name):
    want = R[name]["values"]["concordance"]
    found = fitted(name).concordance()
    assert [found.estimate, found.std_error] == close(want[:2])
    assert [found.concordant, found.discordant, found.tied] == close(want[2:5])


@pytest.mark.parametrize("name", FULL)
@pytest.mark.parametrize("transform", ["km", "rank", "identity", "log"])
def test_proportional_hazards(name, transform):
    found = fitted(name).ph_test(transform=transform).tidy()
    assert found["statistic"].to_numpy() == close(R[name]["values"]["zph"][transform])


@pytest.mark.parametrize("name", FULL)
def test_residuals(name):
    fit, want = fitted(name), R[name]["values"]
    for kind in ("martingale", "deviance"):
        assert fit.residuals(kind)["residual"].to_numpy() == close(want[kind])
    assert fit.residuals("score").to_numpy().T.ravel() == close(want["scores"])
    for kind, key in (("schoenfeld", "schoenfeld"), ("scaled-schoenfeld", "scaled")):
        ours = fit.residuals(kind)
        theirs = np.array(want[key]).reshape(2, -1)
        for j, name_j in enumerate(("v1", "v2")):
            # R's order within a time is another.
            assert np.sort(ours.loc[ours["term"] == name_j, "residual"]) == close(
                np.sort(theirs[j])
            )


# Sampling weights imply robust errors here.
@pytest.mark.parametrize(
    ("name", "errors"),
    [(n, "robust") for n in FULL] + [(n, "model") for n in FULL if "everything" not in n],
)
def test_predicted_retention(name, errors):
    fit = fitted(name, cluster="person" if errors == "robust" else None)
    want, profile = (
        R[name]["values"],
        dict(zip(("v1", "v2"), R[name]["values"]["profile"], strict=True)),
    )
    if fit.strata:
        profile["layer"] = R[name]["data"]["strata"][0]
    curve = want[f"curve_{errors}"]
    found = fit.predict(profile, times=curve["time"]).tidy()
    assert found["estimate"].to_numpy() == close(curve["surv"])
    assert (found["std_error"] / found["estimate"]).to_numpy() == close(curve["se"])
    seen = found["estimate"].to_numpy() < 1
    for ours, theirs in (("conf_low", "lower"), ("conf_high", "upper")):
        assert found[ours].to_numpy()[seen] == close(np.array(curve[theirs], dtype=object)[seen])


def test_exact_ties_with_entry_are_matched_sets():
    fit, want = fitted("entry", ties="exact"), R["exact_entry"]
    assert fit.coefficients == close(want["coef"])
    assert fit.covariance.ravel() == close(want["var"])
    assert fit.estimate.log_likelihood == close(want["loglik"][1])


def test_counts_are_replicated_rows():
    people = 1 + np.arange(80) % 3
    data = R["entry"]["data"]
    spells = spells_of(data, count=people)
    fit = cox_model(spells, "~ v1 + v2", cluster="person")
    want = R["replicated"]
    assert fit.coefficients == close(want["coef"])
    assert fit.covariance.ravel() == close(want["robust"])
    assert cox_model(spells, "~ v1 + v2").covariance.ravel() == close(want["var"])
    assert fit.estimate.log_likelihood == close(want["loglik"][1])


# The cases of the research folder.

COVERED = [
    "cox_6mp_ties", "cox_lung", "cox_lung_cluster", "cox_lung_robust_efron",
    "cox_lung_robust_breslow", "cox_lung_strata", "cox_veteran", "ag_bladder2", "csh_mgus2",
    "firth_returns",
]  # fmt: skip


@pytest.fixture(scope="module")
def cases():
    return json.loads((RESEARCH / "survival_reference.json").read_text(encoding="utf-8"))["cases"]


def columns(name):
    with (RESEARCH / "survival_data" / f"{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([row[key] for row in rows]) for key in rows[0]}


def numbers(values):
    return np.array([float(v) if v not in {"", "NA"} else np.nan for v in values])


def research_spells(name, *, exit, event, covariates, entry=None, of=None, text=()):
    data = columns(name)
    use = {c: data[c] if c in text else numbers(data[c]) for c in covariates}
    known = np.all([v != "" if c in text else ~np.isnan(v) for c, v in use.items()], axis=0)
    happened = numbers(data[event])
    happened = happened > 0 if of is None else happened == of
    return Spells.from_arrays(
        entry=None if entry is None else numbers(data[entry])[known],
        exit=numbers(data[exit])[known],
        event=happened[known],
        # A formula cannot name "ph.ecog".
        covariates={c.removeprefix("ph."): v[known] for c, v in use.items()},
    )


def errors(fit):
    return np.sqrt(np.diag(fit.covariance))


@research
def test_every_case_of_cox_models_is_named(cases):
    assert sorted(c for c in cases if c.startswith(("cox_", "ag_", "csh_", "firth_"))) == sorted(
        COVERED
    )


@research
@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
def test_6mp(cases, ties):
    want = cases["cox_6mp_ties"]["values"][ties]
    spells = research_spells("leukemia_6mp", exit="t", event="e", covariates=["grp"], text=["grp"])
    fit = cox_model(spells, '~ C(grp, contr.treatment(base="6MP"))', ties=ties)
    assert [fit.coefficients[0], errors(fit)[0]] == close([want["coef"], want["se"]])
    row = fit.glance().iloc[0]
    assert [row["log_likelihood_null"], row["log_likelihood"]] == close(want["loglik"])


@research
def test_lung(cases):
    want = cases["cox_lung"]["values"]
    spells = research_spells("lung", exit="time", event="d", covariates=["age", "sex", "ph.ecog"])
    fit = cox_model(spells, "~ age + sex + ecog")
    assert fit.coefficients == close(want["coef"])
    assert errors(fit) == close(want["se"])
    row = fit.glance().iloc[0]
    assert [row["score_statistic"], row["wald_statistic"]] == close([want["score"], want["wald"]])
    c = fit.concordance()
    assert [c.estimate, c.std_error] == close([want["concordance"], want["concordance_se"]])
    for transform, test in want["zph"].items():
        found = fit.ph_test(transform=transform).tidy()
        assert found["statistic"].to_numpy() == close(test["chisq"])
        assert found["p_value"].to_numpy() == close(test["p"])
    curve = want["predict_age60_sex1_ecog1"]
    found = fit.predict({"age": 60, "sex": 1, "ecog": 1}, times=curve["time"]).tidy()
    assert found["estimate"].to_numpy() == close(curve["surv"])
    assert found["std_error"].to_numpy() == close(curve["se"])
    assert found["conf_low"].to_numpy() == close(curve["lower"])
    assert found["conf_high"].to_numpy() == close(curve["upper"])


@research
def test_lung_robust_and_stratified(cases):
    spells = research_spells("lung", exit="time", event="d", covariates=["age", "sex"])
    for ties in ("efron", "breslow"):
        want = cases[f"cox_lung_robust_{ties}"]["values"]
        fit = cox_model(spells, "~ age + sex", ties=ties, robust=True)
        assert fit.coefficients == close(want["coef"])
        assert errors(fit) == close(want["se"])
    want = cases["cox_lung_strata"]["values"]
    fit = cox_model(spells, "~ age", strata="sex")
    assert [fit.coefficients[0], errors(fit)[0]] == close([want["coef"], want["se"]])
    want = cases["cox_lung_cluster"]["values"]
    spells = research_spells("lung", exit="time", event="d", covariates=["age", "sex", "inst"])
    fit = cox_model(spells, "~ age + sex", cluster="inst")
    assert fit.coefficients == close(want["coef"])
    assert errors(fit) == close(want["se"])


@research
def test_veteran(cases):
    want = cases["cox_veteran"]["values"]
    names = ["trt", "celltype", "karno", "diagtime", "age", "prior"]
    spells = research_spells(
        "veteran", exit="time", event="status", covariates=names, text=["celltype"]
    )
    fit = cox_model(
        spells,
        '~ trt + C(celltype, contr.treatment(base="squamous")) + karno + diagtime + age + prior',
    )
    ours = dict(zip(fit.names, range(8), strict=True))
    theirs = [
        ours[n.replace("celltype", "celltype: ")] if n != "celltype" else 0 for n in want["names"]
    ]
    assert fit.coefficients[theirs] == close(want["coef"])
    assert errors(fit)[theirs] == close(want["se"])
    for transform, test in want["zph"].items():
        found = fit.ph_test(transform=transform).tidy()["statistic"].to_numpy()
        assert found[[*theirs, -1]] == close(test["chisq"])


@research
def test_bladder2_and_mgus2(cases):
    want = cases["ag_bladder2"]["values"]
    spells = research_spells(
        "bladder2", entry="start", exit="stop", event="event",
        covariates=["rx", "number", "size", "id"],
    )  # fmt: skip
    fit = cox_model(spells, "~ rx + number + size", cluster="id")
    assert fit.coefficients == close(want["coef"])
    assert errors(fit) == close(want["se"])
    for code, name in ((1, "pcm"), (2, "death")):
        want = cases["csh_mgus2"]["values"][name]
        spells = research_spells(
            "mgus2", exit="etime", event="ev", of=code, covariates=["age", "sex", "mspike"],
            text=["sex"],
        )  # fmt: skip
        fit = cox_model(spells, "~ age + sex + mspike")
        assert fit.coefficients == close(want["coef"])
        assert errors(fit) == close(want["se"])


@research
def test_firth(cases):
    values = cases["firth_returns"]["values"]
    for key, entry in (("right_cens", None), ("left_trunc", "entry")):
        want = values[key]
        spells = research_spells(
            "returns10of100", entry=entry, exit="t", event="e", covariates=["sector", "stage"]
        )
        fit = cox_model(spells, "~ sector + stage", ties="breslow")
        assert fit.penalty == "firth"
        assert fit.coefficients == close(want["coef"])
        frame = fit.tidy()
        assert frame["std_error"].to_numpy() == close(want["se"])
        assert frame["p_value"].to_numpy() == close(want["p_pl"])
        found = np.exp([frame["conf_low"], frame["conf_high"]]).T
        # coxphf stops its search for limits at a tolerance of its own.
        assert found == pytest.approx(np.array(want["ci_pl"]), rel=1e-6)


@research
def test_yearly_times(cases):
    want = cases["lt_annual_competing"]["values"]
    data = columns("lt_annual_cr")
    spells = Spells.from_arrays(
        entry=numbers(data["entry"]),
        exit=numbers(data["t"]),
        event=numbers(data["ev"]) == 1,
        covariates={"x": numbers(data["x"]), "g": numbers(data["g"])},
    )
    for ties in ("efron", "breslow"):
        fit, case = cox_model(spells, "~ x + g", ties=ties), want[f"cox_{ties}"]
        assert fit.coefficients == close(case["coef"])
        assert errors(fit) == close(case["se"])
        base = fit.baseline()
        at = want["cox_efron"]["cumhaz0_t"]
        place = np.searchsorted(base["time"].to_numpy(), at, side="right") - 1
        assert base["estimate"].to_numpy()[place] == close(case["cumhaz0"])
    fit = cox_model(spells, "~ x + g", robust=True)
    assert errors(fit) == close(want["cox_robust_se"])
    assert fit.ph_test().tidy()["statistic"].to_numpy() == close(want["zph_km"]["chisq"])
