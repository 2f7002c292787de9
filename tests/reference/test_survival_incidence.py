"""Incidences, Gray's test and rates as a user gets them, against R's survival and cmprsk.

`incidence_make.R` made the values beside this file. The cases of the research folder are read
from it where it stands beside the checkout, and are skipped where it does not.
"""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from talentstats.summaries.cells import RiskCells
from talentstats.summaries.spells import Spells
from talentstats.survival.gray import gray_test
from talentstats.survival.hazard_rates import hazard_rates
from talentstats.survival.incidence import cumulative_incidence

HERE = Path(__file__).parent
R = json.loads((HERE / "incidence_reference.json").read_text(encoding="utf-8"))
D = {name: np.array(values) for name, values in R["data"].items()}
RESEARCH = HERE.parents[2] / "shared" / "research"
research = pytest.mark.skipif(
    not (RESEARCH / "survival_reference.json").exists(),
    reason="needs ../shared/research/survival_reference.json beside the checkout",
)


def close(expected):
    return pytest.approx(np.array(expected, dtype=float), rel=1e-6, abs=1e-12)


def spells(**options):
    event = np.array(["0", "a", "b"])[D["to"]]
    covariates = {"group": D["group"], "stratum": D["stratum"]}
    given = {"entry": D["entry"], "exit": D["exit"], "event": event, "covariates": covariates}
    return Spells.from_arrays(**given | options)


def check(frame, want):
    """All three outcomes of a frame of `at`, against R's."""
    for outcome, name in (("a", "a"), ("b", "b"), ("stayed", "stay")):
        rows = frame[frame["outcome"] == outcome]
        assert rows["time"].to_numpy() == close(want["time"])
        assert rows["estimate"].to_numpy() == close(want[name])
        assert rows["std_error"].to_numpy() == close(want[f"se_{name}"])


def test_groups_with_delayed_entry_as_survfit():
    frame = cumulative_incidence(spells(), by="group", landmark=1).at([2, 3.5, 5, 6])
    for group in ("0", "1"):
        check(frame[frame["group"] == group], R[f"group_{group}"])


def test_counts_and_weights_as_survfit():
    counted = cumulative_incidence(spells(count=D["count"]), landmark=1)
    check(counted.at([2, 3.5, 5, 6]), R["counts"])
    weighted = cumulative_incidence(spells(weight=D["weight"]), landmark=1)
    check(weighted.at([2, 3.5, 5, 6]), R["weights"])


def test_clusters_within_and_across_groups_as_the_influences_of_survfit():
    given = spells(weight=D["weight"], cluster=D["id"])
    curves = cumulative_incidence(given, by="group", landmark=1)
    frame = curves.at(5)
    rows = frame[(frame["group"] == "1") & (frame["outcome"] != "stayed")]
    assert rows["estimate"].to_numpy() == close(R["clustered_group_1"]["estimate"])
    assert rows["std_error"].to_numpy() == close(R["clustered_group_1"]["se"])
    for j, place in enumerate("ab"):
        gap = curves.difference("0", "1", horizon=5, destination=place)
        assert gap.difference == close(R["difference_clustered"]["estimate"][j])
        assert gap.std_error == close(R["difference_clustered"]["se"][j])


def test_time_lost_as_the_area_of_survfit():
    curves = cumulative_incidence(spells(), by="group", landmark=1)
    frame = curves.time_lost(5)
    rows = frame[(frame["group"] == "0") & (frame["term"] == "restricted mean time lost")]
    assert rows["estimate"].to_numpy() == close(R["time_lost_group_0"]["estimate"])
    assert rows["std_error"].to_numpy() == close(R["time_lost_group_0"]["se"])


@pytest.mark.parametrize(("case", "strata"), [("gray", None), ("gray_strata", "stratum")])
def test_gray_as_cmprsk(case, strata):
    from_zero = spells(entry=None, exit=D["exit"] - D["entry"], count=D["count"])
    test = gray_test(from_zero, by="group", strata=strata)
    assert test.statistic == close(R[case]["chisq"])
    assert test.p_value == close(R[case]["p"])


def test_rates_ratio_and_dispersion_as_poisson_test_and_glm():
    cells = RiskCells.from_frame(pd.DataFrame(R["rate_data"]))
    rates = hazard_rates(cells, by="group")
    assert rates.lower[:, 0] == close(R["garwood"]["low"])
    assert rates.upper[:, 0] == close(R["garwood"]["high"])
    shorter = hazard_rates(cells, by="group", interval="mid-p")
    assert shorter.lower[:, 0] == close(R["mid_p"]["low"])
    assert shorter.upper[:, 0] == close(R["mid_p"]["high"])
    ratio = rates.ratios()
    got = [ratio.ratio[0, 0], ratio.lower[0, 0], ratio.upper[0, 0], ratio.p_value[0, 0]]
    assert got == close([R["ratio"][name][0] for name in ("estimate", "low", "high", "p")])
    assert rates.dispersion == close(R["dispersion"]["chisq"][0])
    assert rates.dispersion_df == R["dispersion"]["df"][0]


def test_weighted_rate_as_the_gamma_limits():
    want = R["gamma"]
    people = Spells.from_arrays(exit=want["time"], event=want["ended"], weight=want["w"])
    rates = hazard_rates(RiskCells.from_spells(people, cuts=[0, 10]))
    assert rates.interval == "gamma"
    got = [rates.rate[0, 0], rates.lower[0, 0], rates.upper[0, 0]]
    assert got == close([*want["rate"], *want["low"], *want["high"]])


# The cases of the research folder.


@pytest.fixture(scope="module")
def cases():
    return json.loads((RESEARCH / "survival_reference.json").read_text(encoding="utf-8"))["cases"]


def columns(name):
    with (RESEARCH / "survival_data" / f"{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([row[key] for row in rows]) for key in rows[0]}


def pick(frame, outcome, column):
    return frame.loc[frame["outcome"] == outcome, column].to_numpy()


@research
def test_mgus2(cases):
    data, want = columns("mgus2"), cases["aj_mgus2"]["values"]
    event = np.array(["0", "pcm", "death"])[data["ev"].astype(float).astype(int)]
    given = Spells.from_arrays(
        exit=data["etime"].astype(float), event=event, covariates={"sex": data["sex"]}
    )
    frame = cumulative_incidence(given).at(want["time"])
    for name in ("pcm", "death"):
        assert pick(frame, name, "estimate") == close(want[name])
        assert pick(frame, name, "std_error") == close(want[f"se_{name}"])
    want = cases["aj_mgus2_sex"]["values"]
    both = cumulative_incidence(given, by="sex")
    for i, label in enumerate(want["strata"]):
        frame = both.at(want["time"][i])
        frame = frame[frame["group"] == label[-1]]
        for name in ("pcm", "death"):
            assert pick(frame, name, "estimate") == close(want[name][i : i + 1])
            assert pick(frame, name, "std_error") == close(want[f"se_{name}"][i : i + 1])


@research
def test_yearly_competing_with_delayed_entry(cases):
    data, want = columns("lt_annual_cr"), cases["lt_annual_competing"]["values"]["aj"]
    event = np.array(["0", "a", "b"])[data["ev"].astype(float).astype(int)]
    entry = data["entry"].astype(float)
    given = Spells.from_arrays(entry=entry, exit=data["t"].astype(float), event=event)
    frame = cumulative_incidence(given, landmark=float(entry.min())).at(want["t"])
    for name in ("a", "b"):
        assert pick(frame, name, "estimate") == close(want[name])
        assert pick(frame, name, "std_error") == close(want[f"se_{name}"])


@research
def test_yearly_ties(cases):
    data, want = columns("annual_ties"), cases["aj_annual_ties"]["values"]
    event = np.array(["0", "a", "b"])[data["E"].astype(float).astype(int)]
    frame = cumulative_incidence(Spells.from_arrays(exit=data["T"].astype(float), event=event)).at(
        [1, 2, 3]
    )
    for name in ("a", "b"):
        assert pick(frame, name, "estimate") == close(want[name])
        assert pick(frame, name, "std_error") == close(want[f"se_{name}"])
