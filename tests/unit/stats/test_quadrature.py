import numpy as np
import pytest
from scipy.special import expit, log_expit

from talentstats.errors import ConvergenceError
from talentstats.stats.quadrature import integrate


def logistic(x):
    return log_expit(x) + log_expit(-x)


@pytest.mark.parametrize(("center", "scale"), [(0.0, 1.0), (500.0, 0.01), (-30.0, 1e4)])
def test_a_logistic_variable_from_wherever_one_begins(center, scale):
    # Logit of a uniform: integral 1, variance pi^2/3, quantile logit p.
    found = integrate(logistic, center=[center], scale=[scale], watch=lambda x: (expit(x),))
    assert found.log_total == pytest.approx(0, abs=1e-13)
    mean, covariance = found.moments(found.points[0], expit(found.points[0]))
    assert mean == pytest.approx([0, 0.5], abs=1e-12)
    assert covariance == pytest.approx(np.array([[np.pi**2 / 3, 0.5], [0.5, 1 / 12]]), rel=1e-11)
    p = np.array([1e-6, 0.025, 0.5, 0.975, 1 - 1e-6])
    assert found.density().quantile(p) == pytest.approx(np.log(p / (1 - p)), abs=1e-8)


def test_tails_of_a_skewed_variable_are_exact():
    # X = log of a standard exponential: P(X < x) = 1 - exp(-exp(x)).
    law = integrate(lambda x: x - np.exp(x), center=[0], scale=[1], watch=lambda x: (x,)).density()
    x = np.array([-6.0, -1.0, 0.0, 1.5])
    assert law.below(x) == pytest.approx(-np.expm1(-np.exp(x)), abs=1e-13)
    assert law.above(x) == pytest.approx(np.exp(-np.exp(x)), abs=1e-13)


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("correlation", [0.0, 0.7, -0.9])
def test_two_normal_variables(aligned, correlation):
    rest = 1 - correlation**2

    def log_density(x, y):
        return -(x * x - 2 * correlation * x * (y - 3) + (y - 3) ** 2) / (2 * rest)

    found = integrate(
        log_density, center=[9, 9], scale=[5, 0.1], watch=lambda x, y: (), aligned=aligned
    )
    assert found.log_total == pytest.approx(np.log(2 * np.pi) + np.log(rest) / 2, rel=1e-12)
    mean, covariance = found.moments(*found.points)
    assert mean == pytest.approx([0, 3], abs=1e-11)
    assert covariance == pytest.approx(np.array([[1, correlation], [correlation, 1]]), abs=1e-10)
    assert found.density().quantile([0.025])[0] == pytest.approx(-1.959963984540054, abs=1e-11)
    if aligned:
        assert found.density(1).quantile([0.975])[0] == pytest.approx(4.959963984540054, abs=1e-10)


def test_a_calendar_year_as_covariate_needs_the_shear():
    # a + 2020 b ~ N(0, 1) and b ~ N(0, 1): correlation -0.9999999 in (a, b).
    found = integrate(
        lambda a, b: -((a + 2020 * b) ** 2 + b * b) / 2,
        center=[0, 0],
        scale=[1, 1],
        watch=lambda a, b: (),
        aligned=False,
    )
    _, covariance = found.moments(*found.points)
    assert covariance == pytest.approx(np.array([[1 + 2020**2, -2020], [-2020, 1]]), rel=1e-8)


def test_what_eight_million_points_cannot_resolve_is_refused():
    with pytest.raises(ConvergenceError, match="less vague"):
        integrate(
            lambda x, y: -((x / 1e5) ** 2) - (y / 1e5) ** 2,
            center=[0, 0],
            scale=[1, 1],
            watch=lambda x, y: (expit(x) * expit(y), expit(x - y)),
        )


def test_grids_cannot_be_written_to():
    law = integrate(logistic, center=[0], scale=[1], watch=lambda x: ()).density()
    with pytest.raises(ValueError, match="read-only"):
        law.weight[0] = 1
