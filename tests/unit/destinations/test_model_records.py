"""What is said of people who are not found, and of mistaken records."""

import numpy as np
import pytest

from talentstats.destinations.model_records import lost_prior, mistakes
from talentstats.errors import InputError, UnknownNameError

PLACES = ("US", "CN")
RIGHT = {"US": {"US": 0.97, "CN": 0.03}, "CN": {"US": 0.1, "CN": 0.9}}


def test_found_and_not_found_become_beta_parameters_of_staying_unknown():
    found = {"CN": (6, 4), "US": (95, 5)}
    assert lost_prior(found, PLACES).tolist() == [[5, 95], [4, 6]]


def test_probabilities_stay_as_they_are():
    made = mistakes(RIGHT, PLACES)
    assert made.known
    assert made.matrix.tolist() == [[0.97, 0.03], [0.1, 0.9]]
    assert not made.matrix.flags.writeable
    # What is absent is 0, and shares rounded to three decimals are made to sum to 1.
    assert mistakes({"US": {"US": 1}, "CN": {"CN": 0.999}}, PLACES).matrix.tolist() == [
        [1, 0],
        [0, 1],
    ]


def test_a_validation_becomes_dirichlet_parameters():
    made = mistakes({"US": {"US": 95, "CN": 5}, "CN": {"CN": 45}}, PLACES)
    assert not made.known
    assert made.matrix.tolist() == [[95.5, 5.5], [0.5, 45.5]]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (0.9, "unknown=0.9 is not allowed; allowed are 'like-the-others'"),
        ("like-others", "unknown='like-others' is not allowed"),
        ({"US": (9, 1)}, "unknown has no pair for 'CN'; give .* each of US, CN"),
        ({"US": (9, 1), "CN": 3}, "unknown of 'CN' is 3; allowed are two numbers above 0"),
        ({"US": (9, 1), "CN": (0, 1)}, "unknown of 'CN' is .0, 1.; allowed are two numbers"),
        ({"US": (9, 1), "CN": ("x", 1)}, "unknown of 'CN'='x' is not a number"),
    ],
)
def test_wrong_pairs_are_said(given, said):
    with pytest.raises(InputError, match=said):
        lost_prior(given, PLACES)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([[1, 0], [0, 1]], "give true destination to what it is recorded as"),
        ({"US": 0.9, "CN": 0.9}, "give true destination to what it is recorded as"),
        ({"US": {"US": 1}}, "no row for 'CN'; give one for each of US, CN"),
        (RIGHT | {"CN": {"US": 0.2, "CN": 0.9}}, "row of 'CN' sums to 1.1; allowed is 1"),
        (RIGHT | {"CN": {"US": 0.6, "CN": 0.4}}, "'CN' is recorded rightly in 40% only"),
        (RIGHT | {"CN": {"US": 0.5, "CN": 0.5}}, "'CN' is recorded rightly in 50% only"),
        (RIGHT | {"CN": {"US": -0.1, "CN": 1.1}}, "'CN' as 'US' is -0.1; below 0"),
        ({"US": {"US": 9.5}, "CN": {"CN": 9}}, "row of 'US' is .9.5, 0.0.; a validation has whole"),
        ({"US": {"US": 3, "CN": 9}, "CN": {"CN": 9}}, "'US' is recorded rightly in 26.9% only"),
    ],
)
def test_wrong_matrices_are_said(given, said):
    with pytest.raises(InputError, match=said):
        mistakes(given, PLACES)


def test_places_that_do_not_exist_are_said():
    with pytest.raises(UnknownNameError, match="Unknown destination in unknown 'UK'"):
        lost_prior({"US": (9, 1), "CN": (9, 1), "UK": (9, 1)}, PLACES)
    with pytest.raises(UnknownNameError, match="Unknown destination in the row of 'US' 'UK'"):
        mistakes(RIGHT | {"US": {"US": 0.9, "UK": 0.1}}, PLACES)
    with pytest.raises(UnknownNameError, match="Unknown destination in misclassification 'UK'"):
        mistakes(RIGHT | {"UK": {"US": 1}}, PLACES)


def test_the_wrong_row_is_the_worst_one():
    three = ("US", "CN", "other")
    rows = {
        "US": {"US": 0.5, "CN": 0.5},
        "CN": {"CN": 0.3, "US": 0.7},
        "other": {"other": 1},
    }
    with pytest.raises(InputError, match="'CN' is recorded rightly in 30%"):
        mistakes(rows, three)
    assert np.all(np.diag(mistakes(RIGHT, PLACES).matrix) > 0.5)
