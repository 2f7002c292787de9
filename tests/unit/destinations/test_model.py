"""What `destination_model` makes of cells before it samples, and what it refuses."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from talentstats.bayes.sampling import Sampling
from talentstats.destinations.model import destination_model
from talentstats.destinations.model_prior import DestinationPrior
from talentstats.errors import InputError, UnknownNameError
from talentstats.summaries.counts import DestinationCounts
from talentstats.summaries.destination_cells import DestinationCells
from talentstats.summaries.population import population_weights

PLACES = ("US", "CN", "other")
POPULATION = pd.DataFrame(
    {
        "sector": ["state", "state", "academia", "academia", "industry", "industry"],
        "stage": ["faculty", "phd", "faculty", "phd", "faculty", "phd"],
        "count": [10, 10, 20, 20, 30, 10],
    }
)
pytestmark = pytest.mark.usefixtures("no_sampler")


def fitted(cells, **options):
    return destination_model(cells, **({"vary": ["sector", "stage"]} | options))


def test_rows_are_the_cells_with_their_people(cells):
    fit = fitted(cells)
    assert fit.labels == tuple(cells.cell_labels().tolist())
    assert fit.problem.counts.tolist() == cells.counts.tolist()
    assert fit.outcomes == PLACES
    # The unknown stay out of the likelihood, and in the sample that is averaged over.
    assert fit.problem.unknown is None
    assert fit.weight == pytest.approx(np.array([43, 29, 51, 13, 14]) / 150)
    assert fit.weight_source == "sample"


def test_the_population_brings_its_own_cells(cells):
    fit = fitted(cells, population=POPULATION)
    assert fit.labels[5] == "state, faculty"
    assert fit.problem.counts[5].tolist() == [0, 0, 0]
    assert fit.weight == pytest.approx([0.2, 0.2, 0.3, 0.1, 0.1, 0.1])
    assert fit.weight_source == "population"
    made = fitted(cells, population=population_weights(cells, POPULATION))
    assert made.weight.tolist() == fit.weight.tolist()


def test_a_population_whose_columns_stand_in_another_order(cells):
    stages = pd.DataFrame({"stage": ["phd", "faculty"], "count": [1, 2]})
    with pytest.raises(UnknownNameError, match="covariate of the population 'sector'"):
        fitted(cells, population=population_weights(cells.collapse(["stage"]), stages))
    made = population_weights(cells, POPULATION)
    swapped = replace(made, covariates={n: made.covariates[n] for n in ("stage", "sector")})
    assert fitted(cells, population=swapped).weight == pytest.approx(
        fitted(cells, population=POPULATION).weight
    )


def test_a_population_without_a_cell_that_has_people(cells):
    short = POPULATION[POPULATION["sector"] != "industry"]
    with pytest.raises(InputError, match="no row for 2 of 5 cells with data: industry, faculty"):
        fitted(cells, population=short)
    whole = population_weights(cells, POPULATION)
    kept = np.array([label != "industry, phd" for label in whole.cell_labels().tolist()])
    made = replace(
        whole,
        covariates={name: labels[kept] for name, labels in whole.covariates.items()},
        weight=whole.weight[kept] / whole.weight[kept].sum(),
        without_data=whole.without_data[kept],
    )
    with pytest.raises(InputError, match=r"misses 1 cells with data: \(industry, phd\)"):
        fitted(cells, population=made)


def test_shares_that_do_not_sum(cells):
    shares = POPULATION.assign(count=[0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    with pytest.raises(InputError, match=r"add up to 0\.6; allowed is 1"):
        fitted(cells, population=shares)


def test_clusters_are_rows_and_their_cells_are_kinds(table):
    spread = pd.concat([table.drop(columns="unknown").assign(lab=f"lab {i}") for i in range(5)])
    cells = DestinationCells.from_frame(
        spread, destinations=PLACES, by=["sector", "stage"], cluster="lab"
    )
    fit = fitted(cells)
    assert fit.problem.clustered
    assert len(fit.labels) == 25
    assert fit.labels[0] == "academia, faculty; lab 0"
    assert fit.kinds.counts.tolist() == (5 * table[list(PLACES)]).to_numpy().tolist()
    assert len(fit.tidy("cell")) == 15
    with_population = fitted(cells, population=POPULATION)
    assert with_population.kinds.weight == pytest.approx([0.2, 0.2, 0.3, 0.1, 0.1, 0.1])
    few = DestinationCells.from_frame(
        spread[spread["lab"] != "lab 4"], destinations=PLACES, by=["sector", "stage"], cluster="lab"
    )
    with pytest.raises(InputError, match="keep 4 clusters apart; with fewer than 5"):
        fitted(few)


def test_the_unknown_are_left_out_or_in_the_model(cells, known_cells):
    out = fitted(cells, unknown="like-the-others")
    assert out.problem.unknown is None
    note = out.notes[-1]
    assert note.startswith(
        "8 people are of unknown destination (left out: taken to be like the others of their "
        "cell). Worst and best case in the sample: US 78% to 83.3%, CN 12% to 17.3%"
    )
    assert note.endswith("bound every such assumption.")
    inside = fitted(cells, unknown={"US": (95, 5), "CN": (6, 4), "other": (6, 4)})
    assert inside.problem.unknown.tolist() == [3, 0, 5, 0, 0]
    assert inside.problem.lost.tolist() == [[5, 95], [4, 6], [4, 6]]
    assert "found worth US 95 of 100, CN 6 of 10, other 6 of 10" in inside.notes[-1]
    none = fitted(known_cells)
    assert none.unknown_model == ""
    assert not any("unknown" in note for note in none.notes)


def test_mistakes_are_in_the_model(cells):
    rows = {place: {place: 0.9} for place in PLACES}
    rows["US"]["CN"] = rows["CN"]["US"] = rows["other"]["US"] = 0.1
    fit = fitted(cells, misclassification=rows)
    assert fit.problem.mistaken_known
    assert fit.problem.mistaken.tolist() == [[0.9, 0.1, 0], [0.1, 0.9, 0], [0.1, 0, 0.9]]
    counted = fitted(cells, misclassification={place: {place: 20} for place in PLACES})
    assert not counted.problem.mistaken_known
    assert counted.problem.mistaken[0].tolist() == [20.5, 0.5, 0.5]


def test_a_destination_nobody_went_to_is_kept_and_said(known_cells):
    counts = known_cells.counts.copy()
    counts[:, 2] = 0
    fit = fitted(replace(known_cells, counts=counts))
    assert fit.outcomes == PLACES
    assert fit.notes[0] == "Nobody was seen in other: the share shown is what the prior leaves."


def test_levels_without_people_are_said_and_marked(known_cells):
    more = pd.concat(
        [POPULATION, POPULATION.assign(sector="start-up").drop_duplicates(["sector", "stage"])]
    )
    fit = fitted(known_cells, vary=["sector", "sector:stage"], fixed=["stage"], population=more)
    assert "No data for sector start-up: predicted from the other levels." in fit.notes
    assert (
        "No data for sector:stage start-up, faculty, start-up, phd and state, faculty: predicted "
        "from the other levels." in fit.notes
    )
    marked = fit.tidy("cell").query("new_level")["group"].unique().tolist()
    assert marked == ["state, faculty", "start-up, faculty", "start-up, phd"]
    # Without the combinations as a term, "state, faculty" has nothing new.
    plain = fitted(known_cells, population=more).tidy("cell").query("new_level")["group"]
    assert plain.unique().tolist() == ["start-up, faculty", "start-up, phd"]


def test_levels_that_only_unknown_people_have(cells):
    counts = cells.counts.copy()
    counts[2:4] = 0
    emptied = replace(cells, counts=counts)
    out = fitted(emptied)
    assert "No data for sector industry: predicted from the other levels." in out.notes
    assert out.problem.design.terms[0].seen == (True, False, True)
    inside = fitted(emptied, unknown={place: (9, 1) for place in PLACES})
    assert not any("No data for sector" in note for note in inside.notes)


def test_provenance_says_how_it_was_made(cells):
    fit = fitted(cells, fixed=[], sampling=Sampling(draws=60, chains=2, seed=8))
    told = fit.provenance
    assert told.function == "destination_model"
    assert told.method == "multinomial with partial pooling, the prior"
    assert told.seed == 8
    assert told.arguments["vary"] == ("sector", "stage")
    assert told.arguments["sampling"]["draws"] == 60
    assert told.arguments["prior"]["coding"] == "zero-sum"
    assert told.arguments["unknown"] == "like-the-others"
    assert told.arguments["population"] == "sample"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"vary": []}, r"nothing is pooled.*destination_posterior\(cells.total\(\)\)"),
        ({"vary": "sector"}, r"vary='sector' is one text; give a list such as \['sector'\]"),
        ({"vary": ["sector", "sector"]}, "'sector' is named twice"),
        ({"prior": 0.5}, r"prior=0.5 is not allowed; give DestinationPrior"),
        ({"sampling": 1000}, "sampling=1000 is not allowed; give Sampling"),
        ({"unknown": "dropped"}, "unknown='dropped' is not allowed"),
        ({"unknown": {"US": (9, 1)}}, "unknown has no pair for 'CN'"),
        ({"misclassification": {"US": {"US": 1}}}, "no row for 'CN'"),
        (
            {"prior": DestinationPrior(varying_sd={"year": 1.0})},
            "Unknown term in varying_sd 'year'",
        ),
    ],
)
def test_wrong_options_are_said(cells, options, said):
    with pytest.raises(InputError, match=said):
        fitted(cells, **options)


def test_covariates_that_do_not_exist(cells):
    with pytest.raises(UnknownNameError, match=r"Unknown covariate in vary 'sectr'.*sector"):
        fitted(cells, vary=["sectr"])
    with pytest.raises(UnknownNameError, match="Unknown covariate in fixed 'age'"):
        fitted(cells, fixed=["age"])


def test_a_term_with_one_level(known_cells):
    alike = replace(
        known_cells,
        covariates=dict(known_cells.covariates) | {"year": np.full(5, 2019)},
    )
    with pytest.raises(InputError, match=r"varying term 'year' has one level \(2019\)"):
        fitted(alike, vary=["year"])
    with pytest.raises(InputError, match="fixed effect 'year' is 2019 for everybody"):
        fitted(alike, fixed=["year"])


def test_counts_without_covariates_go_to_the_closed_form():
    counts = DestinationCounts({"US": 87, "CN": 10, "other": 3})
    with pytest.raises(InputError, match=r"destination_posterior\(counts\) answers exactly"):
        destination_model(counts, vary=["sector"])
    with pytest.raises(InputError, match="was given a dict; allowed are DestinationCells"):
        destination_model({"US": 87}, vary=["sector"])


def test_nobody_of_known_destination(cells):
    nobody = replace(cells, counts=np.zeros((5, 3)))
    with pytest.raises(InputError, match="nobody of known destination is in the cells"):
        fitted(nobody)
