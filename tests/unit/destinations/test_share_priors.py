import numpy as np
import pytest

from talentstats.destinations.share_priors import AgainstReference, ZeroSum, normal_prior
from talentstats.errors import InputError
from talentstats.stats.softmax_prior import softmax_posterior
from talentstats.summaries.counts import DestinationCounts

COUNTS = DestinationCounts({"US": 87, "CN": 10, "other": 3})


def test_what_the_default_says_before_any_data():
    # The statement of ZeroSum's docstring: each of three shares in 0.002 to 0.97.
    mean, covariance = normal_prior(ZeroSum(), COUNTS)
    law = softmax_posterior(counts=[0, 0, 0], mean=mean, covariance=covariance)
    low, high = law.quantile([0.025, 0.975])
    assert low == pytest.approx([0.002] * 3, abs=5e-4)
    assert high == pytest.approx([0.97] * 3, abs=5e-3)


def test_covariances_of_log_ratios_by_hand():
    # Logits (0, b, c) against US; against CN the first is (a, 0, c): p_1/p_0 = exp(-a).
    _, against_first = normal_prior(AgainstReference("US", 3.0), COUNTS)
    assert against_first.tolist() == [[9, 0], [0, 9]]
    _, against_second = normal_prior(AgainstReference("CN", 3.0), COUNTS)
    assert against_second.tolist() == [[9, 9], [9, 18]]
    _, zero_sum = normal_prior(ZeroSum(3.0), COUNTS)
    assert zero_sum.tolist() == [[18, 9], [9, 18]]
    assert np.all(normal_prior(ZeroSum(3.0), COUNTS)[0] == 0)


@pytest.mark.parametrize("width", [0, -1, 31, float("nan"), "2"])
def test_widths_that_are_refused(width):
    with pytest.raises(InputError, match="std_dev="):
        ZeroSum(width)
    with pytest.raises(InputError, match="std_dev="):
        AgainstReference("US", width)


def test_priors_print_as_tables_name_them():
    assert str(ZeroSum(2)) == "zero-sum N(0, 2)"
    assert str(AgainstReference("US")) == "N(0, 2.5) against US"
