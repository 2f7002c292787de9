"""One historical study at part of its weight."""

import math

import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.retention.beta_mixture import BetaMixture
from talentstats.retention.posterior import retention_posterior
from talentstats.retention.power_prior import power_prior
from talentstats.summaries.counts import RetentionCounts

OLD, NEW = RetentionCounts(80, 100), RetentionCounts(27, 30)


def test_weight_0_ignores_and_weight_1_pools():
    alone, pooled = (retention_posterior(c) for c in (NEW, RetentionCounts(107, 130)))
    assert power_prior(OLD, NEW, weight=0).posterior.mean == pytest.approx(alone.mean, rel=1e-13)
    assert power_prior(OLD, NEW, weight=1).posterior.mean == pytest.approx(pooled.mean, rel=1e-13)


def test_fixed_weight_by_hand():
    found = power_prior(OLD, NEW, prior="uniform")
    # Beta(1 + 40 + 27, 1 + 10 + 3).
    assert found.posterior.mean == pytest.approx(68 / 82, rel=1e-14)
    assert (found.weight_mean, found.weight_std_dev, found.prior_people) == (0.5, 0, 52)
    frame = found.tidy()
    assert frame["term"].tolist() == ["retention", "weight of the historical study"]
    assert math.isnan(frame["std_error"][1])
    assert "at weight 0.5" in found.sentence


def test_a_learned_weight_falls_in_conflict():
    agree = power_prior(OLD, NEW, weight="normalised", prior="uniform")
    conflict = power_prior(OLD, RetentionCounts(12, 30), weight="normalised", prior="uniform")
    # tests/reference: npp, npp_conflict.
    assert agree.weight_mean == pytest.approx(0.514164847565, abs=1e-9)
    assert conflict.weight_mean == pytest.approx(0.0831921923308, abs=1e-9)
    # One half of a hundred people on average, and two of the uniform prior.
    assert agree.prior_people == pytest.approx(52, rel=1e-12)
    assert len(agree.glance()) == 1
    assert "weight learned from the agreement" in agree.sentence


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"weight": 1.5}, InputError, "weight=1.5 is not allowed.*or weight='normalised'"),
        ({"weight": "learned"}, UnknownNameError, "Unknown weight 'learned'"),
        ({"prior": "flat"}, UnknownNameError, "Unknown prior 'flat'"),
        ({"prior": BetaMixture([0.5, 0.5], [1, 2], [1, 2])}, InputError, "single Beta"),
    ],
)
def test_bad_input(options, error, message):
    with pytest.raises(error, match=message):
        power_prior(OLD, NEW, **options)


def test_counts_are_counts():
    with pytest.raises(InputError, match=r"historical=0.8 is not RetentionCounts"):
        power_prior(0.8, NEW)
