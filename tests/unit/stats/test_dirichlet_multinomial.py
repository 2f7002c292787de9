import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from talentstats.stats import dirichlet_multinomial as kernels


def by_fractions(counts, parameters):
    """Log probability: rising factorials of exact fractions."""
    value = Fraction(math.factorial(sum(counts)))
    for y, a in zip(counts, parameters, strict=True):
        value /= math.factorial(y)
        for t in range(y):
            value *= Fraction(a) + t
    total = sum(map(Fraction, parameters))
    for t in range(sum(counts)):
        value /= total + t
    return math.log(value.numerator) - math.log(value.denominator)


@pytest.mark.parametrize(
    ("counts", "parameters"),
    [
        ([87, 10, 3], [0.5, 0.5, 0.5]),
        ([8, 2, 0], [10, 1, 0.5]),
        ([80, 2, 0], [850_000, 100_000, 50_000]),
        ([80, 2, 0, 9], [2**-7, 2**-10, 2**-11, 2**-13]),
        ([0, 0], [1, 3]),
        ([900, 100], [0.25, 4]),
    ],
)
def test_probabilities_against_exact_fractions(counts, parameters):
    found = float(kernels.log_pmf(counts=counts, concentration=parameters))
    assert found == pytest.approx(by_fractions(counts, parameters), rel=1e-12, abs=1e-11)


def test_ten_million_people_by_hand():
    # A uniform prior makes all (n + 1)(n + 2) / 2 outcomes alike.
    n = 10_000_000
    found = kernels.log_pmf(counts=[8_700_000, 1_000_000, 300_000], concentration=[1, 1, 1])
    assert float(found) == pytest.approx(-math.log((n + 1) * (n + 2) / 2), rel=1e-14)


def test_probabilities_and_variance_by_listing_all_outcomes():
    a = np.array([2.0, 0.7, 0.3])
    outcomes = np.array([y for y in product(range(7), repeat=3) if sum(y) == 6])
    p = np.exp(kernels.log_pmf(counts=outcomes, concentration=a))
    assert p.sum() == pytest.approx(1, rel=1e-13)
    mean = p @ outcomes
    assert mean == pytest.approx(6 * a / 3, rel=1e-13)
    spread = p @ (outcomes - mean) ** 2
    assert kernels.variance(people=6, concentration=a) == pytest.approx(spread, rel=1e-12)


def test_leaving_out_by_hand():
    # Uniform prior, cells (2, 1) and (0, 0). A person of the first kind is predicted by
    # (1 + 1) / (2 + 2), the one of the second by 1 / 4; an empty cell is certain.
    found = kernels.left_out(counts=[[2, 1], [0, 0]], prior=[1, 1])
    assert found.person == pytest.approx(2 * math.log(1 / 2) + math.log(1 / 4))
    assert found.cells[1] == 0
    # Nothing is left to learn from: all four outcomes of three people are alike.
    assert found.cells[0] == pytest.approx(math.log(1 / 4))
    assert found.cell == pytest.approx(found.cells.sum())


def test_a_category_never_seen_needs_no_prediction():
    found = kernels.left_out(counts=[[5, 0]], prior=[0.5, 0.5])
    assert found.person == pytest.approx(5 * math.log(4.5 / 5))
