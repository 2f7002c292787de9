"""Posterior statements and Bayes factors, against the reference values and by hand."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta, binom

from talentstats.errors import UnknownNameError
from talentstats.retention.evidence import bayes_evidence


def evidence(k=87, n=100, rate=0.9, margin=0.05, **priors):
    return bayes_evidence(k=k, n=n, rate=rate, margin=margin, priors=priors)


def test_the_headline():
    found = evidence(mine=(9, 1))
    assert [p.prior for p in found.priors] == ["jeffreys", "uniform", "mine"]
    # tests/reference: prob-below and bayes-factor of 87/100 against 0.9.
    assert found.under("jeffreys").p_below == pytest.approx(0.84203368121081, rel=1e-10)
    assert found.under("uniform").p_below == pytest.approx(0.868692997924646, rel=1e-10)
    assert found.under("mine").p_below == pytest.approx(0.8007916621050468, rel=1e-10)
    assert found.under("uniform").bf10 == pytest.approx(0.13325317584866306, rel=1e-10)
    assert found.under("jeffreys").bf10 == pytest.approx(0.1259850183135587, rel=1e-10)
    assert found.under("mine").bf10 == pytest.approx(0.3837063284149378, rel=1e-10)


def test_within_the_margin_is_the_posterior_between_its_ends():
    posterior = beta(88, 14)
    expected, _ = quad(posterior.pdf, 0.85, 0.95, epsabs=1e-13)
    assert evidence().under("uniform").p_within == pytest.approx(expected, rel=1e-9)
    # A margin beyond 1 ends there.
    wide = evidence(rate=0.97, margin=0.1).under("uniform").p_within
    assert wide == pytest.approx(posterior.sf(0.87), rel=1e-9)


def test_by_hand_with_one_person():
    # Uniform prior, one of one: the marginal is 1/2, against 0.9; below 0.9 lies 0.81.
    found = evidence(k=1, n=1).under("uniform")
    assert found.bf10 == pytest.approx(0.5 / 0.9, rel=1e-12)
    assert found.p_below == pytest.approx(0.81, rel=1e-12)
    assert found.log10_bf10 == pytest.approx(math.log10(5 / 9), rel=1e-12)


def test_the_uniform_marginal_does_not_depend_on_k():
    # Laplace: every count of n has probability 1/(n + 1) under the uniform prior.
    for k in (0, 40, 87, 100):
        assert evidence(k=k).under("uniform").bf10 == pytest.approx(
            1 / 101 / binom.pmf(k, 100, 0.9), rel=1e-9
        )


def test_the_sensitivity_curve_tends_to_no_evidence():
    found = evidence()
    assert found.weights.shape == found.bf10.shape
    assert np.all(np.diff(found.weights) > 0)
    heavy = found.bf10[-1]
    assert 0.5 < heavy < 1.1
    # A prior of weight 10 at 0.9 is Beta(9, 1), which is in the reference file.
    at_ten = np.interp(1.0, np.log10(found.weights), found.bf10)
    assert at_ten == pytest.approx(0.3837063284149378, rel=1e-9)


def test_factors_too_large_for_a_double_keep_their_logarithm():
    found = evidence(k=870_000, n=1_000_000).under("uniform")
    assert math.isinf(found.bf10)
    # tests/reference has 5.5e197 for a tenth of the people; ten times the exponent is near.
    assert 1900 < found.log10_bf10 < 2100
    none = evidence(k=0, n=1_000_000, rate=0.999).under("uniform")
    assert math.isfinite(none.log10_bf10)


def test_arrays_are_read_only():
    found = evidence()
    for array in (found.weights, found.bf10):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_an_unknown_prior_is_named():
    with pytest.raises(UnknownNameError, match=r"Unknown prior 'flat'.*jeffreys, uniform"):
        evidence().under("flat")
