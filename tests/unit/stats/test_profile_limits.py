"""Profile limits: closed forms, likelihoods that never fall far enough, tests."""

import numpy as np
import pytest
from scipy import special, stats

from talentstats.stats.grouped_fit import fit_binomial
from talentstats.stats.profile_limits import profile_limits


def of(log_likelihood, estimate=0.0, error=1.0, level=0.95):
    def refit(fixed, start):
        assert fixed.tolist() == [True]
        return log_likelihood(start[0]), start

    return profile_limits(
        refit,
        coefficients=[estimate],
        covariance=[[error**2]],
        maximum=log_likelihood(estimate),
        level=level,
    )


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
def test_a_parabola_gives_the_normal_limits(level):
    found = of(lambda v: -0.5 * ((v - 1.5) / 0.4) ** 2, 1.5, 0.4, level)
    half = stats.norm.isf((1 - level) / 2) * 0.4
    assert found.lower[0] == pytest.approx(1.5 - half, rel=1e-10)
    assert found.upper[0] == pytest.approx(1.5 + half, rel=1e-10)
    assert found.p_value[0] == pytest.approx(2 * stats.norm.sf(1.5 / 0.4), rel=1e-9)
    assert found.statistic[0] == pytest.approx((1.5 / 0.4) ** 2)


def test_a_poor_standard_error_does_no_harm():
    for error in (1e-4, 1e4):
        found = of(lambda v: -0.5 * (v - 1.5) ** 2, 1.5, error)
        assert [found.lower[0], found.upper[0]] == pytest.approx([-0.459964, 3.459964], abs=1e-6)


def test_a_rate_by_hand():
    # 2 (5 log(5 / mu) - 5 + mu) at mu = 1.793: 10 * 1.0256 - 10 + 3.586 = 3.842; at mu = 10.746:
    # 10 * -0.7651 - 10 + 21.492 = 3.841.
    found = of(lambda v: 5 * v - np.exp(v), np.log(5), 1 / np.sqrt(5))
    limits = np.exp([found.lower[0], found.upper[0]])
    assert 2 * (5 * np.log(5 / limits) - 5 + limits) == pytest.approx(3.8414588, rel=1e-7)
    assert limits == pytest.approx([1.7930, 10.7464], abs=1e-4)


def test_limits_are_infinite_where_the_profile_levels_off():
    # At most 1 is lost, and half of 3.84 would be needed.
    both = of(lambda v: np.exp(-v * v / 2) - 1)
    assert [both.lower[0], both.upper[0]] == [-np.inf, np.inf]
    one = of(lambda v: np.exp(-v * v / 2) - 1 if v < 0 else -v * v / 2)
    assert one.lower[0] == -np.inf
    assert one.upper[0] == pytest.approx(1.959964, abs=1e-6)


def test_several_coefficients_at_once_and_only_some():
    x = np.column_stack([np.ones(6), np.arange(6) % 2, np.arange(6)]).astype(float)
    data = {
        "design": x,
        "events": [1, 0, 2, 0, 1, 0],
        "trials": [9, 8, 9, 7, 4, 5],
        "link": "cloglog",
        "penalised": True,
    }
    fit = fit_binomial(**data)

    def refit(fixed, start):
        again = fit_binomial(**data, fixed=fixed, start=start)
        assert again.converged
        return again.penalised_log_likelihood, again.coefficients

    asked = {
        "coefficients": fit.coefficients,
        "covariance": fit.covariance,
        "maximum": fit.penalised_log_likelihood,
    }
    found = profile_limits(refit, **asked, level=0.95)
    assert np.all(found.lower < fit.coefficients)
    assert np.all(found.upper > fit.coefficients)
    # Nobody of the second kind left: far more room below than above.
    assert fit.coefficients[1] - found.lower[1] > 1.5 * (found.upper[1] - fit.coefficients[1])
    for place in range(3):
        for end in (found.lower[place], found.upper[place]):
            start = fit.coefficients.copy()
            start[place] = end
            value, _ = refit(np.arange(3) == place, start)
            lost = 2 * (fit.penalised_log_likelihood - value)
            assert lost == pytest.approx(special.chdtri(1, 0.05), rel=1e-8)
    one = profile_limits(refit, **asked, level=0.95, which=[1])
    assert one.lower.tolist() == pytest.approx([found.lower[1]])
    # The interval leaves 0 out if and only if the test rejects.
    assert np.all((found.p_value < 0.05) == ((found.lower > 0) | (found.upper < 0)))
    assert not found.lower.flags.writeable
