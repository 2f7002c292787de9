"""A population's shares fit the cells, and what fits not is named."""

import pickle

import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.summaries.destination_cells import DestinationCells
from talentstats.summaries.population import population_weights

CELLS = DestinationCells.from_frame(
    pd.DataFrame(
        {
            "sector": ["a", "a", "b", "b"],
            "year": [2019, 2020, 2019, 2020],
            "US": [5, 4, 0, 1],
            "CN": [1, 0, 0, 0],
        }
    ),
    destinations=["US", "CN"],
)
TABLE = pd.DataFrame(
    {
        "sector": ["b", "a", "a", "c"],
        "year": [2020.0, 2019.0, 2020.0, 2021.0],
        "count": [100, 250, 0, 50],
    }
)


def test_shares_in_the_order_of_the_table():
    people = population_weights(CELLS, TABLE)
    assert people.weight.tolist() == [0.25, 0.625, 0.0, 0.125]
    assert people.total == 400
    assert people.cell_labels().tolist() == ["b, 2020", "a, 2019", "a, 2020", "c, 2021"]
    # Years are whole in the data, so they are whole here.
    assert people.covariates["year"].tolist() == [2020, 2019, 2020, 2021]
    assert people.covariates["year"].dtype.kind in "if"
    # Nobody is in the cell b, 2019: the population needs not have it.
    assert people.without_data.tolist() == [False, False, False, True]
    assert dict(people.unseen) == {"sector": ("c",), "year": (2021,)}
    assert people.sentence == (
        "Population of 400 in 4 cells, 1 without data, 12.5% of it (c, 2021); levels not in the "
        "data: sector: c; year: 2021."
    )
    assert people.frame().columns.tolist() == ["sector", "year", "weight", "without_data"]


def test_frozen_and_pickled():
    people = population_weights(CELLS, TABLE)
    again = pickle.loads(pickle.dumps(people))
    assert again.frame().equals(people.frame())
    with pytest.raises(ValueError, match="read-only"):
        again.weight[0] = 1


def test_labels_fit_however_they_are_written(tmp_path):
    text = TABLE.assign(year=["2020", "2019", " 2020", "2021"]).iloc[:3]
    people = population_weights(CELLS, text)
    assert people.covariates["year"].tolist() == [2020, 2019, 2020]
    assert not people.without_data.any()
    assert people.sentence == "Population of 350 in 3 cells, data of all."
    path = tmp_path / "population.csv"
    TABLE.to_csv(path, index=False)
    assert population_weights(CELLS, path).weight.tolist() == [0.25, 0.625, 0.0, 0.125]
    as_text = population_weights({"year": ["2019", "2020"]}, TABLE.iloc[:2])
    assert as_text.covariates["year"].tolist() == ["2020", "2019"]


def test_labels_with_commas_are_not_taken_for_one_another():
    cells = {"x": ["p, q", "p"], "y": ["r", "q, r"]}
    table = pd.DataFrame({"x": ["p, q"], "y": ["r"], "count": [1]})
    with pytest.raises(InputError, match="no row for 1 of 2 cells with data: p, q, r"):
        population_weights(cells, table)
    both = pd.DataFrame({"x": ["p, q", "p"], "y": ["r", "q, r"], "count": [1, 3]})
    assert population_weights(cells, both).weight.tolist() == [0.25, 0.75]


def test_clusters_and_repeated_cells_are_one_kind():
    assert population_weights(
        {"s": ["a", "a", "b"]}, pd.DataFrame({"s": ["b", "a"], "n": [1, 3]}), count="n"
    ).weight.tolist() == [0.25, 0.75]


def test_shares_and_percentages():
    shares = pd.DataFrame({"s": ["a", "b", "c"], "count": [0.33, 0.33, 0.33]})
    people = population_weights({"s": ["a"]}, shares)
    np.testing.assert_allclose(people.weight, 1 / 3, rtol=1e-15)
    np.testing.assert_allclose(people.total, 0.99)
    with pytest.raises(InputError, match=r"shares that add up to 0.66; allowed is 1.*row missing"):
        population_weights({"s": ["a"]}, shares.iloc[:2])
    percent = shares.assign(count=[50.5, 29.5, 20])
    assert population_weights({"s": ["a"]}, percent).weight.tolist() == [0.505, 0.295, 0.2]
    one_each = shares.assign(count=1)
    np.testing.assert_allclose(population_weights({"s": ["a"]}, one_each).weight, 1 / 3)


def test_cells_the_population_lacks_are_listed_up_to_five():
    cells = {"s": list("abcdefgh")}
    with pytest.raises(
        InputError, match=r"no row for 7 of 8 cells with data: a; b; c; d; e; and 2 more\. Hint"
    ):
        population_weights(cells, pd.DataFrame({"s": ["h"], "count": [1]}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"count": [100, 250, -1, 50]}, r"count=-1 in 1 row \(2\)"),
        ({"count": [100, np.nan, 1, 50]}, r"count is missing in 1 row \(1\)"),
        ({"count": [0, 0, 0, 0]}, "count is 0 in all rows"),
        ({"count": list("wxyz")}, "count is not a column of numbers"),
        ({"sector": ["b", "a", None, "c"]}, r"sector is missing in 1 row \(2\)"),
        ({"year": [2020, 2019, 2019, 2021]}, r"a, 2019 more than once, in 2 rows \(1, 2\)"),
        ({"year": ["2020", "2019", "2020", "late"]}, r"year is 'late' in 1 row \(3\) .* a number"),
    ],
)
def test_a_table_that_is_no_population_is_refused(changes, message):
    with pytest.raises(InputError, match=message):
        population_weights(CELLS, TABLE.assign(**changes))


def test_what_is_not_there_is_named():
    with pytest.raises(InputError, match=r"do not tell apart \(stage\)"):
        population_weights({"s": ["a"]}, pd.DataFrame(
            {"s": ["a", "a"], "stage": ["x", "y"], "count": [1, 2]}))  # fmt: skip
    with pytest.raises(UnknownNameError, match="Unknown population column 'n'"):
        population_weights(CELLS, TABLE, count="n")
    with pytest.raises(UnknownNameError, match="Unknown population column 'year'"):
        population_weights(CELLS, TABLE.drop(columns="year"))
    with pytest.raises(InputError, match="count='year' is a covariate"):
        population_weights(CELLS, TABLE, count="year")
    with pytest.raises(InputError, match="the cells have no covariates"):
        population_weights(CELLS.collapse([]), TABLE)
    with pytest.raises(InputError, match="cells is a list"):
        population_weights([1], TABLE)
