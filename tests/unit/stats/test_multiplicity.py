import numpy as np
import pytest

from talentstats.stats import multiplicity


def test_holm_by_hand():
    # Sorted .01, .02, .03 times 3, 2, 1 is .03, .04, .03; a later one is never smaller.
    assert multiplicity.holm([0.03, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])


def test_benjamini_hochberg_by_hand():
    # Sorted .01, .04, .045 times 3/rank is .03, .06, .045; an earlier one is never larger.
    assert multiplicity.benjamini_hochberg([0.045, 0.01, 0.04]) == pytest.approx(
        [0.045, 0.03, 0.045]
    )


@pytest.mark.parametrize("size", [1, 2, 50])
def test_scipy_and_statsmodels_agree(size):
    from scipy.stats import false_discovery_control
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(7).uniform(size=size) ** 3
    np.testing.assert_allclose(
        multiplicity.benjamini_hochberg(p), false_discovery_control(p), rtol=1e-13
    )
    np.testing.assert_allclose(multiplicity.holm(p), multipletests(p, method="holm")[1], rtol=1e-13)


@pytest.mark.parametrize("adjust", [multiplicity.holm, multiplicity.benjamini_hochberg])
def test_order_follows_the_input(adjust):
    p = np.array([0.3, 0.001, 0.02, 0.02, 1.0])
    turned = np.array([4, 2, 0, 1, 3])
    np.testing.assert_array_equal(adjust(p[turned]), adjust(p)[turned])
    assert np.all(adjust(p) <= 1)
    assert adjust(np.array([])).size == 0
