import math
from decimal import Decimal, localcontext

import numpy as np
import pytest

from talentstats.stats.logit_likelihood import binomial_cloglog, binomial_logit


def by_decimal(k, n, rate):
    """Log probability with 60 digits, coefficient by exact integers."""
    with localcontext() as context:
        context.prec = 60
        return float(Decimal(math.comb(n, k)).ln() + k * rate.ln() + (n - k) * (1 - rate).ln())


@pytest.mark.parametrize(
    ("k", "n", "x"), [(87, 100, 1.9), (0, 7, -2.0), (7, 7, 0.5), (3, 9, 30.0), (7000, 9000, 1.25)]
)
def test_logit_against_decimals(k, n, x):
    with localcontext() as context:
        context.prec = 60
        rate = 1 / (1 + (-Decimal(x)).exp())
    found = float(binomial_logit(k=k, n=n, log_odds=x))
    assert found == pytest.approx(by_decimal(k, n, rate), rel=1e-13, abs=1e-13)


@pytest.mark.parametrize(("k", "n", "x"), [(4, 90, -3.0), (0, 7, 1.0), (7, 7, -0.5), (2, 5, -25.0)])
def test_cloglog_against_decimals(k, n, x):
    with localcontext() as context:
        context.prec = 60
        rate = 1 - (-(Decimal(x).exp())).exp()
    found = float(binomial_cloglog(k=k, n=n, log_rate=x))
    assert found == pytest.approx(by_decimal(k, n, rate), rel=1e-12, abs=1e-12)


def test_a_hazard_too_small_for_a_double_keeps_its_logarithm():
    # 1 - exp(-h) = h: one event in one year has log probability log h.
    assert float(binomial_cloglog(k=1, n=1, log_rate=-800.0)) == pytest.approx(-800)


def test_ten_billion_people_leave_the_digits():
    # At the observed log odds the curvature is n p q, so one standard error away costs 1/2.
    k, n = 8.7e9, 1e10
    x = np.log(k / (n - k)) + np.array([0.0, 1.0]) / np.sqrt(n * 0.87 * 0.13)
    top, off = binomial_logit(k=k, n=n, log_odds=x)
    assert top - off == pytest.approx(0.5, abs=1e-4)
    # Stirling: the probability at the peak is 1 / sqrt(2 pi n p q).
    assert top == pytest.approx(-0.5 * np.log(2 * np.pi * n * 0.87 * 0.13), abs=1e-9)


def test_nobody_at_risk_says_nothing():
    assert binomial_logit(k=0, n=0, log_odds=[-9.0, 9.0]).tolist() == [0, 0]
    assert binomial_cloglog(k=0, n=0, log_rate=[-9.0, 9.0]).tolist() == [0, 0]
