"""Rows that are put together, and what is averaged over them."""

import numpy as np
import pytest

from talentstats.bayes.design import make_design
from talentstats.destinations.model_kinds import distinct_kinds, sorted_levels, without_people

# Two clusters of (a, x), one of (b, x), and a cell that the population alone has.
COVARIATES = {
    "sector": np.array(["a", "a", "b", "b"]),
    "stage": np.array(["x", "x", "x", "y"]),
}


def made(**changed):
    given = {
        "weight": np.array([0.1, 0.2, 0.3, 0.4]),
        "counts": np.array([[3.0, 1.0], [5.0, 1.0], [4.0, 2.0], [0.0, 0.0]]),
        "unknown": np.array([1.0, 0.0, 4.0, 0.0]),
    }
    return distinct_kinds(COVARIATES, **(given | changed))


def test_rows_of_one_cell_are_added_up():
    kinds = made()
    assert len(kinds) == 3
    assert kinds.row.tolist() == [0, 2, 3]
    assert kinds.columns["stage"].tolist() == ["x", "x", "y"]
    assert kinds.weight == pytest.approx([0.3, 0.3, 0.4])
    assert kinds.counts.tolist() == [[8, 2], [4, 2], [0, 0]]
    assert kinds.people.tolist() == [11, 10, 0]


def test_shares_within_a_level_are_those_of_the_population():
    kinds = made()
    weight = kinds.shares(kinds.at("sector", ["a", "b"]))
    assert weight == pytest.approx(np.array([[1, 0, 0], [0, 3 / 7, 4 / 7]]))


def test_a_level_that_the_population_lacks_weighs_its_cells_alike():
    kinds = made(weight=np.array([0.5, 0.5, 0.0, 0.0]))
    assert kinds.shares(kinds.at("sector", ["b"])) == pytest.approx(np.array([[0, 0.5, 0.5]]))


def test_bounds_by_hand():
    kinds = made()
    groups = np.vstack([np.eye(3, dtype=bool), np.ones((1, 3), dtype=bool)])
    low, high = kinds.bounds(groups)
    assert low[0] == pytest.approx([8 / 11, 2 / 11])
    assert high[1] == pytest.approx([8 / 10, 6 / 10])
    assert np.isnan(low[2]).all()
    # The two cells with people have the same weight in the population.
    assert low[3] == pytest.approx([(8 / 11 + 4 / 10) / 2, (2 / 11 + 2 / 10) / 2])


def test_bounds_of_the_sample_are_people_over_all_people():
    people = np.array([5.0, 6.0, 10.0, 0.0])
    low, high = made(weight=people / 21).bounds(np.ones((1, 3), dtype=bool))
    assert low[0] == pytest.approx([12 / 21, 4 / 21])
    assert high[0] == pytest.approx([17 / 21, 9 / 21])


def test_levels_that_nobody_has():
    kinds = made()
    design = make_design(
        COVARIATES, vary=["sector", "sector:stage"], fixed=["stage"], people=np.ones(4)
    )
    found = without_people(kinds, design, kinds.people)
    assert {name: texts for name, (texts, _) in found.items()} == {
        "sector:stage": ["b, y"],
        "stage": ["y"],
    }
    assert found["stage"][1].tolist() == [False, False, True]


def test_numbers_are_sorted_as_numbers():
    assert sorted_levels(np.array([10, 9, 100])) == [9, 10, 100]
    assert sorted_levels(np.array(["b", "a", "a"])) == ["a", "b"]
    assert sorted_levels(np.array(["b", 2, 10], dtype=object)) == [2, 10, "b"]
