"""Effective sample size with its reasons."""

import math

import pytest

from talentstats.retention.beta_mixture import BetaMixture


def test_three_definitions_disagree_for_a_robust_mixture():
    # tests/reference: ess_robust.
    size = BetaMixture([0.8, 0.2], [30, 1], [5, 1]).effective_sample_size()
    found = (size.moment, size.elir, size.morita)
    assert found == pytest.approx((3.230769, 23.238363, 23.618657), abs=1e-5)
    assert (size.elir_scale, size.reason) == ("rate", "")


def test_jeffreys_is_taken_on_the_logit_and_has_no_mode():
    size = BetaMixture([1], [0.5], [0.5]).effective_sample_size()
    assert (size.elir, size.elir_scale) == (1, "logit")
    assert math.isnan(size.morita)
    assert "no finite value on the scale of the rate" in size.reason
    assert "morita needs a single mode" in size.reason


def test_components_that_contradict_each_other_have_no_elir():
    size = BetaMixture([0.5, 0.5], [0.5, 0.8], [2, 2]).effective_sample_size()
    assert math.isnan(size.elir)
    assert "on the logit either" in size.reason
