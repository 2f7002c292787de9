"""The truths that coverage is measured against, and the table that reports it."""

import io
import math

import numpy as np
import pandas as pd
import pytest

from talentstats.cohort.simulate import simulate_cohort
from talentstats.summaries.spells import Spells
from talentstats.survival.curve import survival_curve
from talentstats.survival.incidence import cumulative_incidence
from tests.calibration import survival
from tests.calibration import survival_scenarios as known
from tests.calibration.survival_intervals import ESTIMATORS, intervals_of

N = 400_000
FROM_START = survival.Scenario(people=100, delayed=False, replicates=3)


def near(share, p, n=N):
    """Whether a share of n is within 4.5 binomial standard errors of p."""
    return abs(share - p) < 4.5 * math.sqrt(p * (1 - p) / n)


@pytest.fixture(scope="module")
def everybody():
    """One big simulation of people followed from clock 0."""
    return simulate_cohort(
        N, 7, population=known.population(delayed=False), law=known.LAW, looks=known.LOOKS
    )


def test_truth_by_hand():
    # 0.0286 a year in industry, times 0.8 + 1 + 1.2 + 1.2 + 1 + 0.8 = 6; half of it in academia.
    stay = 0.65 * math.exp(-0.1716) + 0.35 * math.exp(-0.0858)
    assert known.retention(since=0) == pytest.approx(stay, rel=1e-12)
    # The share of hazards, and so of leavers, is 22 : 6.6 in every year.
    assert known.incidence("China", since=0) == pytest.approx((1 - stay) / 1.3, rel=1e-12)
    assert known.incidence("elsewhere", since=0) == pytest.approx(0.3 * (1 - stay) / 1.3, rel=1e-12)
    # After two years 1.8 of the 6 are behind.
    two = 0.65 * math.exp(-0.05148) + 0.35 * math.exp(-0.02574)
    assert known.retention(since=2) == pytest.approx(stay / two, rel=1e-12)
    assert known.incidence("China", since=2) == pytest.approx((1 - stay / two) / 1.3, rel=1e-12)
    assert known.retention(since=0, sector="industry") == pytest.approx(math.exp(-0.1716))


def test_a_big_simulation_agrees_with_the_truth(everybody):
    left = everybody.left_after
    assert near((left > known.HORIZON).mean(), known.retention(since=0))
    there = left > 2
    share = (left > known.HORIZON).sum() / there.sum()
    assert near(share, known.retention(since=2), there.sum())
    for j, name in enumerate(known.DESTINATIONS):
        gone = (left <= known.HORIZON) & (everybody.destination == j)
        assert near(gone.mean(), known.incidence(name, since=0))
        share = (gone & there).sum() / there.sum()
        assert near(share, known.incidence(name, since=2), there.sum())
    academia = everybody.truth.population.sector[everybody.kind] == "academia"
    first = [((left <= 1) & group).sum() / group.sum() for group in (~academia, academia)]
    ratio = math.log1p(-first[0]) / math.log1p(-first[1])
    assert ratio == pytest.approx(known.RATIO, rel=0.05)


def test_late_entrants_are_those_of_the_cohort_who_were_still_there(everybody):
    late = known.population(delayed=True)
    # Observation would begin in year 0 to 4, whoever it is; who has left before is never seen.
    begin = np.random.default_rng(8).integers(0, 5, size=N)
    sector = everybody.truth.population.sector[everybody.kind]
    seen = everybody.left_after > begin
    assert late.share.sum() == pytest.approx(1)
    for s, e, share in zip(late.sector, late.entry, late.share, strict=True):
        found = ((sector == s) & (begin == e) & seen).sum() / seen.sum()
        assert near(found, share, seen.sum()), (s, e)


def test_estimators_of_a_big_sample_with_delayed_entry_find_the_truth():
    cohort = simulate_cohort(
        N, 9, population=known.population(delayed=True), law=known.LAW, looks=known.LOOKS
    )
    spells = cohort.spells()
    kept = survival_curve(spells).at(known.HORIZON).iloc[0]
    assert abs(kept["estimate"] - known.retention(since=0)) < 4.5 * kept["std_error"]
    # From a landmark on, the truth is conditional too.
    kept = survival_curve(spells, landmark=2.0).at(known.HORIZON).iloc[0]
    assert abs(kept["estimate"] - known.retention(since=2)) < 4.5 * kept["std_error"]
    # Who forgets delayed entry is wrong by many standard errors: the test can tell.
    assert abs(np.mean(cohort.left_after > known.HORIZON) - known.retention(since=0)) > 0.005
    gone = cumulative_incidence(spells, landmark=2.0).at(known.HORIZON).set_index("outcome")
    for name in known.DESTINATIONS:
        row = gone.loc[name]
        assert abs(row["estimate"] - known.incidence(name, since=2)) < 4.5 * row["std_error"]


def test_exact_coverage_of_the_curve_of_a_hundred_people():
    # Nobody enters late or is lost: k of 100 stay, and all k that ever happen can be gone through.
    # The docs hold 0.947 against what was simulated.
    truth, exact = known.retention(since=0), 0.0
    for k in range(1, 100):
        stays = Spells.from_arrays(lower=[0, 6], upper=[6, np.inf], count=[100 - k, k])
        row = survival_curve(stays).at(known.HORIZON).iloc[0]
        if row["conf_low"] <= truth <= row["conf_high"]:
            exact += math.comb(100, k) * truth**k * (1 - truth) ** (100 - k)
    assert exact == pytest.approx(0.9474, abs=5e-5)


def test_replicates_repeat_and_leave_the_global_state_alone():
    # The old global state is what must not be touched, so the old functions read it.
    np.random.seed(1)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    one, two = (survival.replicates_of(FROM_START) for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    names = [(estimand, e.name) for e in ESTIMATORS for estimand in e.estimands]
    assert list(zip(one["estimand"], one["estimator"], strict=True)) == names * 3
    assert one["low"].nunique() > len(names)


def test_what_is_refused_has_no_interval():
    cohort = simulate_cohort(
        20, 0, population=known.population(delayed=False), law=known.LAW, looks=known.LOOKS
    )
    spells = cohort.spells()
    assert spells.destinations == ("China",)
    # Nobody in academia left, so that the maximum likelihood ratio is infinite.
    assert set(spells.covariates["sector"][spells.ended]) == {"industry"}
    found = {(i.estimand, i.estimator): i for i in intervals_of(cohort)}
    ratio = "log hazard ratio, industry to academia"
    assert math.isnan(found["incidence at 6 years, elsewhere", "cumulative_incidence"].low)
    for model in ("hazard_model", "cox_model"):
        assert math.isnan(found[ratio, f"{model}, penalty none"].low)
        assert math.isfinite(found[ratio, f"{model}, penalty firth"].low)
    assert math.isfinite(found["incidence at 6 years, China", "cumulative_incidence"].low)


def made(covered, missed, refused=0, unbounded=0):
    """Replicates of one estimator of which so many hold the truth, 0."""
    kinds = [(-1, 1), (1, 3), (np.nan, np.nan), (-np.inf, 1)]
    limits = np.repeat(kinds, [covered, missed, refused, unbounded], axis=0)
    frame = pd.DataFrame(limits, columns=["low", "high"])
    return frame.assign(estimand="a", estimator="b", truth=0.0, ends=13)


def test_summary_by_hand():
    row = survival.summary_of(made(88, 10, refused=100, unbounded=2)).iloc[0]
    assert row["replicates"] == 200
    assert row["no_interval"] == 0.5
    assert row["unbounded"] == pytest.approx(0.02)
    assert row["coverage"] == pytest.approx(0.9)
    assert row["monte_carlo_error"] == pytest.approx(0.03)
    assert (row["too_high"], row["too_low"]) == (0.1, 0)
    assert row["mean_width"] == 2


def test_the_mark_stands_below_the_band():
    # 2.5758 sqrt(0.95 * 0.05 / 1000) = 0.01775: the band begins at 0.93225.
    assert survival.summary_of(made(933, 67))["holds"].item()
    assert not survival.summary_of(made(932, 68))["holds"].item()
    frame = survival.summary_of(made(932, 68)).assign(scenario="n = 100")
    cell = survival.markdown(frame).splitlines()[2]
    assert cell == "| a | `b` | ✗ 0.932 ± 0.008 / 2.000 / 0.0% |"


def test_the_table_of_docs_is_that_of_the_numbers_beside_it():
    csv, page = (survival.TABLES / f"survival_coverage.{kind}" for kind in ("csv", "md"))
    summary = pd.read_csv(io.StringIO(csv.read_text(encoding="utf-8")))
    assert survival.markdown(summary) == page.read_text(encoding="utf-8")
    assert list(summary["scenario"].unique()) == [s.title for s in survival.SCENARIOS]
    rows = summary.groupby("scenario", sort=False)
    names = [(estimand, e.name) for e in ESTIMATORS for estimand in e.estimands]
    for scenario in survival.SCENARIOS:
        part = rows.get_group(scenario.title)
        assert list(zip(part["estimand"], part["estimator"], strict=True)) == names
        assert (part["replicates"] == scenario.replicates).all()
