"""Simulated people leave at the hazards that the truth says, and looks err as asked."""

import dataclasses
import math

import numpy as np
import pytest

from talentstats.cohort.carnegie import carnegie_like, carnegie_truth
from talentstats.cohort.hazards import HazardLaw, Population
from talentstats.cohort.simulate import simulate_cohort
from talentstats.cohort.truth import CohortTruth
from talentstats.errors import InputError, UnknownNameError


def people(**changes):
    given = {
        "sector": {"industry": 0.5, "academia": 0.5},
        "stage": {"industry": {"early": 1.0}, "academia": {"early": 0.5, "senior": 0.5}},
        "entry": {"early": {0: 1.0}, "senior": {10: 1.0}},
    }
    return Population.crossed(**(given | changes))


LAW = HazardLaw(
    base={"elsewhere": [0.01], "China": [0.02, 0.04]},
    ratios={
        "China": {
            "sector": {"academia": 2.0},
            "period": {"after 2021": 3.0},
            "sector:period": {"academia:after 2021": 0.5},
        },
        "elsewhere": {"stage": {"senior": 0.0}},
    },
    period_cuts=[2021],
)


def test_yearly_hazards_by_hand():
    hazards = LAW.yearly(people(), 4)
    kinds = people()
    assert LAW.destinations == ("China", "elsewhere")
    industry = (kinds.sector == "industry").argmax()
    senior = (kinds.stage == "senior").argmax()
    # Years (2019, 2020], (2020, 2021] are before the cut, (2021, 2022] and the next after it.
    np.testing.assert_allclose(hazards[industry, :, 0], [0.02, 0.04, 0.12, 0.12])
    np.testing.assert_allclose(hazards[industry, :, 1], 0.01)
    # On the clock since year 10, the last base hazard; 2 x 3 x 0.5 = 3 after the cut.
    np.testing.assert_allclose(hazards[senior, :, 0], [0.08, 0.08, 0.12, 0.12])
    np.testing.assert_allclose(hazards[senior, :, 1], 0)


def test_truth_by_hand():
    truth = CohortTruth(population=people(), law=LAW)
    industry = {"sector": "industry"}
    # Two years of 0.03 and 0.05.
    assert truth.retention(2, among=industry) == pytest.approx(math.exp(-0.08), rel=1e-14)
    china = (1 - math.exp(-0.03)) * 2 / 3 + math.exp(-0.03) * (1 - math.exp(-0.05)) * 4 / 5
    assert truth.incidence(2, among=industry)["China"] == pytest.approx(china, rel=1e-12)
    assert truth.retention(1.5, among=industry) == pytest.approx(math.exp(-0.055), rel=1e-14)
    assert truth.retention(0) == 1
    # All in industry: three quarters early, one quarter senior with 0.04 a year to China alone.
    everybody = 0.75 * math.exp(-0.08) + 0.25 * math.exp(-0.08)
    contrast = truth.contrast("sector", "industry", "academia", horizon=2)
    assert contrast.retention == pytest.approx(everybody, rel=1e-12)
    academia = 0.75 * math.exp(-0.05 - 0.09) + 0.25 * math.exp(-0.16)
    assert contrast.retention_reference == pytest.approx(academia, rel=1e-12)
    assert contrast.difference == pytest.approx(everybody - academia, rel=1e-9)
    assert contrast.ratio == pytest.approx(everybody / academia, rel=1e-12)
    assert truth.hazard_ratios["China"]["sector"]["academia"] == 2
    total = truth.retention(5) + sum(truth.incidence(5).values())
    assert total == pytest.approx(1, abs=1e-14)


def test_the_sample_agrees_with_the_truth():
    cohort = simulate_cohort(200_000, 11, population=people(), law=LAW)
    truth = cohort.truth
    for horizon in (1, 2.5, 6):
        gone = cohort.left_after <= horizon
        for j, name in enumerate(LAW.destinations):
            p = truth.incidence(horizon)[name]
            share = (gone & (cohort.destination == j)).mean()
            assert abs(share - p) < 4.5 * math.sqrt(p * (1 - p) / 200_000)
    academia = truth.population.sector[cohort.kind] == "academia"
    p = truth.retention(6, among={"sector": "academia"})
    share = (cohort.left_after[academia] > 6).mean()
    assert abs(share - p) < 4.5 * math.sqrt(p * (1 - p) / academia.sum())


def test_events_and_exposure_of_the_cells_give_the_hazards():
    cohort = simulate_cohort(200_000, 5, population=people(), law=LAW)
    cells = cohort.cells()
    assert cells.on_grid
    assert cells.clock == "years since arrival (simulated)"
    industry = cells.covariates["sector"] == "industry"
    third = industry & (cells.start == 2)
    assert cells.periods[cells.period[third].item()] == "after 2021"
    at_risk, left = cells.at_risk[third].item(), cells.events[third].sum()
    p = 1 - math.exp(-0.13)
    assert abs(left / at_risk - p) < 4.5 * math.sqrt(p * (1 - p) / at_risk)


def test_records_spells_and_cells_are_of_the_same_people():
    # With wrong countries, some seem to leave and come back, or to leave twice.
    cohort = simulate_cohort(
        300, 2, population=people(), law=LAW, missed=0.2, unknown=0.1, misclassified=0.1
    )
    records, spells = cohort.records(), cohort.spells()
    assert records.attrs["simulated"]
    assert list(records.columns[:5]) == ["person", "year", "country", "sector", "stage"]
    assert spells.account.rows_in == 300
    # The rule again, person by person, from the records alone.
    made = []
    for _, rows in records.groupby("person"):
        known = rows[rows.country.notna()]
        last = known.year[known.country == "US"].max()
        away = known[known.year > last]
        if len(away) or last > 2019:
            zero = rows.arrival.iloc[0]
            upper = away.year.iloc[0] - zero if len(away) else np.inf
            made.append(
                (2019 - zero, last - zero, upper, away.country.iloc[0] if len(away) else "")
            )
    names = np.array([*spells.destinations, ""])
    found = zip(spells.entry, spells.lower, spells.upper, names[spells.destination], strict=True)
    assert list(found) == made
    cells = cohort.cells()
    assert cells.events.sum() == spells.ended.sum()
    assert cells.wide.any()


def test_exact_spells_are_what_a_constant_watch_sees():
    cohort = simulate_cohort(500, 4, population=people(), law=LAW)
    exact = cohort.spells(exact=True)
    left = cohort.left_after <= 6
    np.testing.assert_array_equal(exact.ended, left)
    np.testing.assert_allclose(
        (exact.lower - exact.entry)[left], cohort.left_after[left], rtol=1e-12
    )
    assert np.all((exact.lower - exact.entry)[~left] == 6)


def test_looks_err_as_often_as_asked():
    options = {"population": people(), "law": LAW, "looks": (2019, 2022, 2025)}
    clean = simulate_cohort(100_000, 9, **options)
    assert (clean.seen[:, 0] == -1).all()
    assert set(np.unique(clean.seen)) == {-1, 0, 1}
    np.testing.assert_array_equal(clean.seen[:, 1] >= 0, clean.left_after <= 3)
    errors = simulate_cohort(100_000, 9, **options, missed=0.2, unknown=0.1, misclassified=0.05)
    later = errors.seen[:, 1]
    assert (errors.seen[:, 0] == -1).all()
    assert abs((later == -3).mean() - 0.2) < 0.006
    assert abs((later == -2).mean() - 0.08) < 0.004
    truth = np.where(errors.left_after <= 3, errors.destination, -1)
    shown = later >= -1
    assert abs((later[shown] != truth[shown]).mean() - 0.05) < 0.004
    stayed = shown & (truth == -1)
    assert abs((later[stayed] == 0).mean() - 0.025) < 0.003


def test_entry_in_later_years():
    kinds = people(year={2019: 0.5, 2022: 0.5})
    cohort = simulate_cohort(1000, 6, population=kinds, law=LAW)
    late = kinds.year[cohort.kind] == 2022
    assert (cohort.seen[late][:, :3] == -3).all()
    assert (cohort.seen[late][:, 3] == -1).all()
    spells = cohort.spells(exact=True)
    assert (spells.lower - spells.entry).max() == 6
    assert (spells.lower - spells.entry)[late].max() == 3
    assert cohort.records().groupby("person").size().isin([7, 4]).all()


def test_a_seed_is_all_that_matters():
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    one, two = carnegie_like(3), carnegie_like(np.random.default_rng(3))
    np.testing.assert_array_equal(one.seen, two.seen)
    np.testing.assert_array_equal(one.left_after, two.left_after)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
    assert not np.array_equal(one.left_after, carnegie_like(4).left_after)
    assert (one.seed, two.seed) == (3, None)


def test_the_preset_has_the_published_margins():
    truth = carnegie_truth()
    assert truth.retention(6) == pytest.approx(0.87, abs=1e-9)
    assert truth.incidence(6) == pytest.approx({"China": 0.10, "elsewhere": 0.03}, abs=1e-9)
    kinds = truth.population
    for sector, stayers in {"industry": 0.41, "academia": 0.40, "training": 0.06}.items():
        share = kinds.share[kinds.sector == sector].sum()
        assert share * truth.retention(6, among={"sector": sector}) == pytest.approx(
            stayers, abs=1e-9
        )
    assert kinds.share.sum() == pytest.approx(1, abs=1e-12)
    cohort = carnegie_like(1)
    assert (len(cohort), cohort.simulated) == (100, True)
    assert set(cohort.records().year) == set(range(2019, 2026))


def test_a_simulation_is_frozen():
    cohort = carnegie_like(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        cohort.host = "CN"
    with pytest.raises(ValueError, match="read-only"):
        cohort.seen[0, 0] = 1
    with pytest.raises(TypeError):
        cohort.truth.law.ratios["China"]["sector"]["academia"] = 1.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "n=0 is too small"),
        ({"looks": [2019]}, "not two or more increasing years"),
        ({"looks": [2025, 2019]}, "not two or more increasing years"),
        ({"looks": [2018, 2020]}, "people enter in 2019, which is not one of the looks"),
        ({"looks": [2018, 2019]}, "people enter in 2019, which is not one of the looks"),
        ({"missed": 1.2}, r"missed=1\.2 is not allowed"),
        ({"host": "China"}, "host='China' is also a destination"),
    ],
)
def test_bad_simulations_are_refused(options, message):
    given = {"n": 10, "seed": 1, "population": people(), "law": LAW} | options
    with pytest.raises(InputError, match=message):
        simulate_cohort(given.pop("n"), given.pop("seed"), **given)


def test_bad_truths_are_refused():
    with pytest.raises(InputError, match=r"shares of sector add to 0\.9"):
        people(sector={"industry": 0.5, "academia": 0.4})
    with pytest.raises(UnknownNameError, match="sector in stage 'law'"):
        people(sector={"law": 1.0})
    with pytest.raises(InputError, match="base has no destination"):
        HazardLaw(base={}, ratios={})
    with pytest.raises(InputError, match="base of 'China'=-1"):
        HazardLaw(base={"China": [-1]}, ratios={})
    with pytest.raises(UnknownNameError, match="column of ratios 'sectr'"):
        HazardLaw(base={"China": [1]}, ratios={"China": {"sectr": {"a": 1}}})
    with pytest.raises(UnknownNameError, match="Unknown period 'after 2020'"):
        HazardLaw(
            base={"China": [1]}, ratios={"China": {"period": {"after 2020": 1}}}, period_cuts=[2021]
        )
    with pytest.raises(InputError, match="does not fit the column 'sector:period'"):
        HazardLaw(base={"China": [1]}, ratios={"China": {"sector:period": {"a": 1}}})
    truth = CohortTruth(population=people(), law=LAW)
    with pytest.raises(UnknownNameError, match="Unknown sector 'law'"):
        truth.retention(6, setting={"sector": "law"})
    with pytest.raises(InputError, match="horizon=-1"):
        truth.retention(-1)
