"""What a posterior says, against sums made by hand from its draws."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from talentstats.bayes.sampling import Sampling
from talentstats.destinations.model import destination_model
from talentstats.destinations.model_prior import DestinationPrior
from talentstats.errors import InputError, UnknownNameError
from talentstats.summaries.destination_cells import DestinationCells
from talentstats.summaries.population import population_weights

PLACES = ("US", "CN", "other")
SAMPLING = Sampling(draws=200, chains=4, seed=2)
POPULATION = pd.DataFrame(
    {
        "sector": ["state", "state", "academia", "academia", "industry", "industry"],
        "stage": ["faculty", "phd", "faculty", "phd", "faculty", "phd"],
        "count": [10, 10, 20, 20, 30, 10],
    }
)
pytestmark = pytest.mark.usefixtures("no_sampler")


def fitted(cells, **options):
    given = {"vary": ["sector", "stage"], "sampling": SAMPLING} | options
    return destination_model(cells, **given)


def drawn(fit, what):
    """Draws by group, outcome and term."""
    found = fit.quantities(what)
    keys = zip(*(found.columns[key] for key in ("group", "outcome", "term")), strict=True)
    return dict(zip(keys, found.values.T, strict=True))


def test_probabilities_by_hand_from_the_free_variables(known_cells):
    fit = fitted(known_cells, vary=["sector"], fixed=["stage"])
    draws = {name: x[0, 0] for name, x in fit.sampled.draws.items()}
    # Contrasts of three destinations, effects of three sectors: both sum to zero.
    basis = np.array([[1 / 2, 1 / 6], [-1 / 2, 1 / 6], [0, -2 / 3]])
    basis = np.sign(basis) * np.sqrt(np.abs(basis))
    effects = basis @ (draws["sd"][0, 0] * draws["z"])
    linear = draws["b0"] + effects[[0, 0, 1, 1, 2]]
    linear = linear + np.outer([0, 1, 0, 1, 1], draws["beta"][0])  # doctoral against faculty
    expected = np.exp(linear @ basis.T)
    expected /= expected.sum(axis=1, keepdims=True)
    assert fit.prob[0] == pytest.approx(expected, abs=1e-12)


def test_population_is_the_weighted_sum_of_cells(cells):
    fit = fitted(cells, population=POPULATION)
    shares = drawn(fit, "population")
    by_hand = sum(
        share * fit.prob[:, row, :]
        for share, row in zip([0.1, 0.1, 0.2, 0.2, 0.3, 0.1], [5, 4, 0, 1, 2, 3], strict=True)
    )
    for k, place in enumerate(PLACES):
        assert shares["population", place, "probability"] == pytest.approx(by_hand[:, k])
    frame = fit.tidy("population")
    assert frame["estimate"].to_numpy() == pytest.approx(np.median(by_hand, axis=0))
    assert frame["interval"].unique().tolist() == ["eti"]
    assert frame["conf_low"].to_numpy() == pytest.approx(np.quantile(by_hand, 0.025, axis=0))


def test_margins_are_averages_within_the_level(cells):
    fit = fitted(cells, population=POPULATION)
    margin = drawn(fit, "margin")
    academia = (20 * fit.prob[:, 0, :] + 20 * fit.prob[:, 1, :]) / 40
    phd = (20 * fit.prob[:, 1] + 10 * fit.prob[:, 3] + 10 * fit.prob[:, 4]) / 40
    for k, place in enumerate(PLACES):
        assert margin["sector=academia", place, "probability"] == pytest.approx(academia[:, k])
        assert margin["stage=phd", place, "probability"] == pytest.approx(phd[:, k])
    frame = fit.tidy("margin").set_index(["group", "outcome"])
    assert frame.loc[("sector=academia", "CN"), ["people", "count"]].tolist() == [70 - 1, 11]
    assert frame.loc[("sector=academia", "CN"), "raw"] == pytest.approx(11 / 69)


def test_cells_stand_beside_what_was_seen(cells):
    fit = fitted(cells, population=POPULATION)
    frame = fit.tidy("cell").set_index(["group", "outcome"])
    seen = frame.loc[("industry, faculty", "CN")]
    assert seen[["people", "count"]].tolist() == [46, 2]
    assert seen["raw"] == pytest.approx(2 / 46)
    # Five more people of that cell are of unknown destination.
    assert seen["bound_low"] == pytest.approx(2 / 51)
    assert seen["bound_high"] == pytest.approx(7 / 51)
    empty = frame.loc[("state, faculty", "CN")]
    assert empty["people"] == 0
    assert np.isnan(empty["raw"])
    assert np.isnan(empty["bound_low"])


def test_bounds_of_the_whole(cells, known_cells):
    low, high = fitted(cells).bounds()
    assert low == pytest.approx([117 / 150, 18 / 150, 7 / 150])
    assert high - low == pytest.approx(np.full(3, 8 / 150))
    frame = fitted(cells).tidy("population")
    assert frame["bound_low"].to_numpy() == pytest.approx(low)
    assert "bound_low" not in fitted(known_cells).tidy("population")
    # In a population that is mostly industry the bounds are mostly those of industry.
    heavy = POPULATION.assign(count=[0, 0, 0, 0, 1, 0])
    low, high = fitted(cells, population=heavy).bounds()
    assert low == pytest.approx([41 / 51, 2 / 51, 3 / 51])
    assert high == pytest.approx([46 / 51, 7 / 51, 8 / 51])


def test_contrasts_put_everybody_at_a_level(cells):
    fit = fitted(cells, population=POPULATION)
    stages = POPULATION["stage"].to_numpy()
    weight = POPULATION["count"].to_numpy() / 100
    put = {}
    for sector in ("industry", "academia"):
        prob, new = fit.at({"sector": np.full(6, sector), "stage": stages})
        assert not new.any()
        put[sector] = np.einsum("smk,m->sk", prob, weight)
    difference = put["industry"] - put["academia"]
    frame = fit.contrast("sector", "industry", "academia", level=0.9)
    assert frame["term"].tolist() == ["difference"] * 3 + ["ratio"] * 3
    assert frame["estimate"].to_numpy()[:3] == pytest.approx(np.median(difference, axis=0))
    assert frame["conf_high"].to_numpy()[:3] == pytest.approx(np.quantile(difference, 0.95, axis=0))
    ratio = put["industry"] / put["academia"]
    assert frame["estimate"].to_numpy()[3:] == pytest.approx(np.median(ratio, axis=0))
    above = np.mean(difference[:, 0] > 0)
    assert frame["p_direction"][0] == pytest.approx(max(above, 1 - above))
    assert frame["p_direction"][3] == frame["p_direction"][0]
    back = fit.contrast("sector", "academia", "industry")["estimate"].to_numpy()
    assert back[:3] == pytest.approx(-frame["estimate"].to_numpy()[:3])


def test_contrasts_are_against_the_most_common_level(cells):
    groups = list(dict.fromkeys(fitted(cells).tidy("contrast")["group"]))
    # 72 of 150 in academia, 64 in industry; 56 doctoral students.
    assert groups == [
        "sector: industry against academia",
        "sector: state against academia",
        "stage: phd against faculty",
    ]


def test_combinations_that_were_not_fitted_get_effects_of_their_own(known_cells):
    lone = replace(
        known_cells,
        covariates={
            "sector": np.array(["a", "a", "b", "c", "d"]),
            "stage": np.array(["w", "x", "y", "z", "z"]),
        },
    )
    everybody = pd.DataFrame(dict(lone.covariates)).assign(count=[1, 0, 0, 0, 0])
    fit = fitted(lone, vary=["sector:stage"], population=everybody)
    # Nobody was seen at (b, w) or (c, w): effects drawn for both must not be the same draws.
    frame = fit.contrast("sector", "b", "c")
    prob, new = fit.at({"sector": ["b"], "stage": ["w"]})
    assert new.all()
    assert frame["std_error"][0] > 0.3 * prob[:, 0, 0].std()


def test_contrasts_of_numbers(known_cells):
    aged = replace(
        known_cells,
        covariates=dict(known_cells.covariates) | {"age": np.array([50.0, 30.0, 45.0, 28.0, 33.0])},
    )
    fit = fitted(aged, vary=["sector"], fixed=["age"])
    frame = fit.contrast("age", 40, 30)
    assert frame["group"][0] == "age: 40 against 30"
    with pytest.raises(InputError, match="age='old' is not a number"):
        fit.contrast("age", "old", 30)
    margins = fit.tidy("margin")["group"].unique().tolist()
    assert margins[3:] == ["age=28", "age=30", "age=33", "age=45", "age=50"]


def test_ranks_are_counted(cells):
    fit = fitted(cells)
    margin = drawn(fit, "margin")
    share = np.column_stack(
        [margin[f"sector={x}", "CN", "probability"] for x in ("academia", "industry", "state")]
    )
    frame = fit.ranks("sector", "CN")
    assert frame["level"].tolist() == ["academia", "industry", "state"]
    assert frame["rank_1"].tolist() == [np.mean(share.argmax(axis=1) == i) for i in range(3)]
    assert frame["rank_3"].tolist() == [np.mean(share.argmin(axis=1) == i) for i in range(3)]
    numbers = frame[["rank_1", "rank_2", "rank_3"]].to_numpy()
    assert numbers.sum(axis=0) == pytest.approx(np.ones(3))
    assert numbers.sum(axis=1) == pytest.approx(np.ones(3))


def test_another_population_after_the_fit(known_cells):
    fit = fitted(known_cells)
    same = POPULATION[POPULATION["sector"] != "state"]
    both = pd.concat([same, POPULATION[3:4].assign(sector="state", stage="phd", count=0)])
    weights = population_weights(known_cells, both)
    by_hand = np.einsum("smk,m->sk", fit.prob[:, :4], np.array([20, 20, 30, 10]) / 80)
    frame = fit.poststratify(weights)
    assert frame["estimate"].to_numpy() == pytest.approx(np.median(by_hand, axis=0))
    assert frame["new_share"].tolist() == [0, 0, 0]
    known = population_weights(known_cells, POPULATION)
    assert fit.poststratify(known)["new_share"].tolist() == [0, 0, 0]
    more = pd.concat([both, POPULATION[:1].assign(sector="start-up", count=20)])
    assert (
        fit.poststratify(population_weights(known_cells, more))["new_share"].tolist() == [0.2] * 3
    )
    fixed = fitted(known_cells, vary=["stage"], fixed=["sector"])
    with pytest.raises(InputError, match="sector = start-up was not fitted, and as a fixed effect"):
        fixed.poststratify(population_weights(known_cells, more))
    lacking = replace(weights, covariates={"stage": weights.covariates["stage"]})
    with pytest.raises(UnknownNameError, match="Unknown covariate of the population 'sector'"):
        fit.poststratify(lacking)


def test_names_that_do_not_exist(cells):
    fit = fitted(cells)
    with pytest.raises(UnknownNameError, match="Unknown what 'cells'"):
        fit.tidy("cells")
    with pytest.raises(UnknownNameError, match="Unknown covariate 'age'"):
        fit.contrast("age", 1, 2)
    with pytest.raises(UnknownNameError, match="Unknown level of sector 'army'"):
        fit.contrast("sector", "army", "state")
    with pytest.raises(UnknownNameError, match="Unknown destination 'UK'"):
        fit.ranks("sector", "UK")


def test_refit_takes_other_counts_of_the_same_cells(cells):
    fit = fitted(cells, population=POPULATION)
    other = fit.refit(cells.counts + 1)
    assert other.problem.counts[:5].tolist() == (cells.counts + 1).tolist()
    assert other.problem.counts[5].tolist() == [0, 0, 0]
    assert other.weight.tolist() == fit.weight.tolist()
    assert other.tidy("cell")["count"].sum() == fit.tidy("cell")["count"].sum() + 15
    # The whole of the sample is that of the new one.
    alone = fitted(cells).refit(cells.counts * [[10], [1], [1], [1], [1]])
    assert alone.weight[0] == pytest.approx(403 / 510)


def test_refit_takes_the_new_unknown_into_the_model(cells):
    fit = fitted(cells, unknown={place: (9, 1) for place in PLACES}, population=POPULATION)
    more = replace(cells, unknown=np.array([1, 2, 3, 4, 5]), unknown_reasons={})
    assert fit.refit(more).problem.unknown.tolist() == [1, 2, 3, 4, 5, 0]
    assert "15 people are of unknown destination (in the model" in fit.refit(more).notes[-1]


def test_refit_says_the_new_unknown_and_the_new_gaps(known_cells, cells):
    fit = fitted(known_cells)
    lost = fit.refit(cells)
    assert "8 people are of unknown destination (left out" in lost.notes[-1]
    counts = known_cells.counts.copy()
    counts[4] = 0
    counts[:, 1] = 0
    notes = fit.refit(counts).notes
    assert any(note.startswith("Nobody was seen in CN") for note in notes)
    assert any(note.startswith("No data for sector state") for note in notes)
    back = fit.refit(counts).refit(known_cells.counts).notes
    assert not any("Nobody" in note or "No data" in note for note in back)


def test_refit_of_other_cells_is_refused(cells, known_cells):
    fit = fitted(cells)
    with pytest.raises(InputError, match=r"counts of shape \(4, 3\); allowed is \(5, 3\)"):
        fit.refit(cells.counts[:4])
    moved = replace(known_cells, covariates=dict(known_cells.covariates) | {"stage": np.arange(5)})
    with pytest.raises(InputError, match="5 cells that are not the 5 of the fit"):
        fit.refit(moved)
    with pytest.raises(InputError, match="cells that are not"):
        fit.refit(replace(cells, destinations=("US", "China", "other")))
    with pytest.raises(InputError, match="nobody of known destination"):
        fit.refit(np.zeros((5, 3)))
    labelled = replace(cells, cluster=np.arange(5))
    with pytest.raises(InputError, match="cells that are not"):
        fit.refit(labelled)


def test_with_prior_changes_the_prior_and_says_so(cells):
    fit = fitted(cells)
    prior = DestinationPrior(coding="reference", reference="CN", varying_sd=1.0)
    other = fit.with_prior(prior)
    assert other.destination_prior is prior
    assert other.problem.prior.sd_scale.tolist() == [[1.0], [1.0]]
    assert other.problem.contrasts.tolist() == [[1, 0], [0, 0], [0, 1]]
    assert other.provenance.arguments["prior"]["reference"] == "CN"
    assert fit.provenance.arguments["prior"]["coding"] == "zero-sum"
    assert other.notes == fit.notes
    assert set(other.tidy("parameter")["outcome"]) == {"US", "other", ""}
    with pytest.raises(InputError, match="with_prior cannot change sum_to_zero"):
        fit.with_prior(DestinationPrior(sum_to_zero=False))


def test_sentences_carry_the_bounds(cells, known_cells):
    plain = fitted(known_cells).sentence
    assert plain.startswith("In the sample: ")
    assert "from 142 people in 5 cells." in plain
    assert "unknown" not in plain
    full = fitted(cells, unknown={place: (9, 1) for place in PLACES}).sentence
    assert "8 people are of unknown destination (in the model" in full
    assert "US 78% to 83.3%" in full
    assert "The data cannot say where people of unknown destination are" in full


def test_failed_diagnostics_are_said_everywhere(cells):
    fit = fitted(cells)
    bad = replace(
        fit,
        sampled=replace(fit.sampled, divergent=np.ones(fit.shape, dtype=bool)),
        diagnostics=None,
        notes=(),
    )
    assert any("diverge" in note for note in bad.notes)
    assert "diverge" in bad.sentence
    assert not any("diverge" in note for note in bad.refit(cells).notes)


def test_prior_table_of_a_fit(cells):
    fit = fitted(cells)
    table = fit.prior_table()
    assert table.outcomes == PLACES
    assert table.terms == ("sector", "stage")
    direct = DestinationPrior().table(PLACES, levels={"sector": 3, "stage": 2})
    assert table.any.tolist() == direct.any.tolist()


def test_prior_sensitivity_takes_stated_priors(cells):
    fit = fitted(cells)
    found = fit.prior_sensitivity({"wide": DestinationPrior(varying_sd=1.0, intercept_sd=4.0)})
    assert found.priors == ("as fitted", "wide")
    arrays = found.provenance.arguments["alternatives"]["wide"]
    assert np.asarray(arrays["b0_sd"]).tolist() == [4.0, 4.0]
    assert np.asarray(arrays["sd_scale"]).tolist() == [[1.0], [1.0]]
    direct = fit.prior_sensitivity(
        {
            "wide": DestinationPrior(varying_sd=1.0, intercept_sd=4.0).arrays(
                PLACES, fit.problem.design
            )
        }
    )
    assert direct.tidy().equals(found.tidy())
    with pytest.raises(InputError, match="'other' codes destinations in another way"):
        fit.prior_sensitivity({"other": DestinationPrior(coding="reference")})


def test_a_fit_is_frozen_copied_and_pickled(cells):
    fit = fitted(cells)
    for other in (copy.deepcopy(fit), pickle.loads(pickle.dumps(fit))):
        assert other.tidy("population").equals(fit.tidy("population"))
        assert other.notes == fit.notes
    with pytest.raises(AttributeError):
        fit.weight = fit.weight
    assert not fit.kinds.weight.flags.writeable


def test_labels_with_spaces_and_numbers():
    table = pd.DataFrame(
        {"degree year": [2015, 2016, 2015], "group": ["中国", "other, all", "other, all"]}
        | {"US": [5, 6, 7], "CN": [1, 2, 3]}
    )
    cells = DestinationCells.from_frame(
        table, destinations=["US", "CN"], by=["degree year", "group"]
    )
    fit = fitted(cells, vary=["degree year", "group"])
    assert fit.contrast("degree year", "2016", 2015)["group"][0] == "degree year: 2016 against 2015"
    assert fit.ranks("group", "CN")["level"].tolist() == ["other, all", "中国"]
