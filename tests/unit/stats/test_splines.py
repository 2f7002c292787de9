"""Bases of smooth terms: R's values, and what defines them."""

import numpy as np
import pytest

from talentstats.stats.splines import (
    b_splines,
    natural_splines,
    orthogonal_polynomials,
    orthogonal_recurrence,
    weighted_quantiles,
)

X = np.array([1, 2, 2, 3, 5, 8, 9, 9.5, 12])
KNOTS = [8 / 3, 25 / 3]


def test_natural_splines_are_those_of_r():
    # R 4.2.2: predict(splines::ns(x, 3), c(-1, 0, 6, 14)), knots 8/3 and 25/3
    want = [
        [0.146397654602, -0.519046229953, 0.372648575351],
        [0.073198827301, -0.259523114976, 0.186324287675],
        [0.325913335946, 0.460210501693, -0.276539838751],
        [-0.624072547403, 0.576257213520, 1.047815333883],
    ]
    found = natural_splines(at=[-1, 0, 6, 14], knots=KNOTS, low=1, high=12)
    assert found == pytest.approx(np.array(want), rel=1e-10)


def test_b_splines_are_those_of_r():
    # R 4.2.2: splines::bs(x, df = 4, degree = 2)[6, ], knots 8/3 and 25/3
    found = b_splines(at=[8.0], knots=KNOTS, low=1, high=12, degree=2)[0, 1:]
    want = [0.00267379679144, 0.4595110771582, 0.53781512605042, 0]
    assert found == pytest.approx(np.array(want), abs=1e-12)
    everything = b_splines(at=np.linspace(1, 12, 40), knots=KNOTS, low=1, high=12, degree=3)
    assert everything.sum(axis=1) == pytest.approx(1.0)
    assert everything.min() >= 0


@pytest.mark.parametrize("order", [1, 2])
def test_derivatives_by_differences(order):
    at = np.linspace(1.3, 11.7, 23)
    spline = {"knots": KNOTS, "low": 1.0, "high": 12.0, "degree": 3}
    less = b_splines(at=at - 1e-5, **spline, derivative=order - 1)
    more = b_splines(at=at + 1e-5, **spline, derivative=order - 1)
    exact = b_splines(at=at, **spline, derivative=order)
    assert exact == pytest.approx((more - less) / 2e-5, abs=1e-5)


def test_natural_splines_are_straight_outside_and_smooth_at_the_ends():
    low, high = 1.0, 12.0
    for end, outside in ((low, -1), (high, 1)):
        beyond = natural_splines(at=end + outside * np.arange(4.0), knots=KNOTS, low=low, high=high)
        assert np.diff(beyond, 2, axis=0) == pytest.approx(0, abs=1e-12)
        near = natural_splines(at=end + 1e-4 * np.arange(-1, 2), knots=KNOTS, low=low, high=high)
        assert np.diff(near, 2, axis=0) / 1e-8 == pytest.approx(0, abs=1e-3)


def test_polynomials_are_orthogonal_over_repeated_rows_and_those_of_r():
    # R 4.2.2: poly(x, 3)[1, ]
    centres, norms = orthogonal_recurrence(values=X, weight=np.ones(9), degree=3)
    found = orthogonal_polynomials(at=X, centres=centres, norms=norms)
    assert found[0] == pytest.approx([-0.4181159464048, 0.414502095629, -0.5088169802248])
    weight = np.array([1, 4, 0, 2, 1, 3, 1, 1, 2.0])
    centres, norms = orthogonal_recurrence(values=X, weight=weight, degree=3)
    columns = np.column_stack(
        [np.ones(9), orthogonal_polynomials(at=X, centres=centres, norms=norms)]
    )
    products = columns.T @ (weight[:, None] * columns)
    assert products == pytest.approx(np.diag([weight.sum(), 1, 1, 1]), abs=1e-12)


@pytest.mark.parametrize("at", [0.0, 0.2, 0.5, 0.77, 1.0])
def test_quantiles_are_those_of_repeated_rows(at):
    weight = np.array([1, 3, 0, 2, 1, 5, 1, 1, 2])
    found = weighted_quantiles(values=X[::-1], weight=weight[::-1], at=[at])[0]
    assert found == pytest.approx(np.quantile(np.repeat(X, weight), at))
    # A constant factor of large weights changes next to nothing.
    large = weighted_quantiles(values=X, weight=weight * 1e7, at=[at])[0]
    assert abs(large - found) <= 3.0
