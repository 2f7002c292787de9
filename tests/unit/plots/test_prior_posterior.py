from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from talentstats.bayes.prior_draws import prior_draws
from talentstats.bayes.sampling import Sampled
from talentstats.errors import InputError
from talentstats.plots.prior_posterior import plot_prior_posterior
from talentstats.plots.style import new_axes


class Beta:
    """A result whose intervals follow from a Beta."""

    def __init__(self, a, b):
        self.law = stats.beta(a, b)

    def tidy(self, *, level=0.95):
        low, middle, high = self.law.ppf([(1 - level) / 2, 0.5, (1 + level) / 2])
        return pd.DataFrame(
            {"term": ["rate"], "estimate": middle, "conf_low": low, "conf_high": high,
             "conf_level": level}
        )  # fmt: skip


@pytest.fixture(scope="module")
def prior_fit(destination_posterior_by_hand):
    fit = destination_posterior_by_hand
    chains = (4, 100)
    drawn = prior_draws(fit.problem, draws=400, seed=5)
    sampled = Sampled(
        draws={name: x.reshape(*chains, *x.shape[2:]) for name, x in drawn.items()},
        divergent=np.zeros(chains, dtype=bool),
        energy=np.random.default_rng(1).normal(size=chains),
        depth=np.ones(chains, dtype=int),
        sampler="prior",
    )
    return replace(fit, sampled=sampled, diagnostics=None)


def _segments(axes):
    found = []
    for c in axes.collections:
        if hasattr(c, "get_segments"):
            found += [(*s[:, 0].tolist(), s[0, 1]) for s in c.get_segments() if s.size]
    return found


def test_half_and_whole_intervals_of_both():
    axes = plot_prior_posterior(Beta(88, 14), Beta(1, 1), level=0.9)
    inner, outer, *after = _segments(axes)
    # Under the uniform prior quantiles are probabilities.
    assert inner == pytest.approx((0.25, 0.75, 0.17))
    assert outer == pytest.approx((0.05, 0.95, 0.17))
    # R 4.2.2: print(qbeta(c(.25, .75, .05, .95), 88, 14), digits = 8)
    assert after[0] == pytest.approx((0.84120148, 0.88685735, -0.17), abs=1e-8)
    assert after[1] == pytest.approx((0.80316915, 0.91421154, -0.17), abs=1e-8)
    said = [text.get_text() for text in axes.get_legend().get_texts()]
    assert said == ["prior: 50% and 90%", "posterior: 50% and 90%"]


def test_a_frame_has_its_own_interval_only():
    axes = plot_prior_posterior(Beta(88, 14).tidy(), Beta(1, 1))
    heights = [s[2] for s in _segments(axes)]
    assert sum(height > 0 for height in heights) == 2
    assert sum(height < 0 for height in heights) == 1


def test_rows_are_matched_by_name_not_by_place():
    after = pd.DataFrame(
        {"outcome": ["US", "China"], "term": "share", "estimate": [0.9, 0.1],
         "conf_low": [0.8, 0.05], "conf_high": [0.95, 0.2]}
    )  # fmt: skip
    before = after.iloc[::-1].assign(estimate=[0.3, 0.6])
    axes = plot_prior_posterior(after, before)
    first, second = axes.lines
    np.testing.assert_allclose(first.get_xdata(), [0.6, 0.3])
    np.testing.assert_allclose(second.get_xdata(), [0.9, 0.1])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["US", "China"]


def test_horizon_chooses_a_time():
    frame = pd.DataFrame(
        {"time": [1.0, 6.0], "term": "retention", "estimate": [0.97, 0.87],
         "conf_low": [0.9, 0.8], "conf_high": [0.99, 0.9]}
    )  # fmt: skip
    axes = plot_prior_posterior(frame, frame, horizon=6)
    assert [text.get_text() for text in axes.texts] == ["87.0% (80.0 to 90.0)"]
    with pytest.raises(InputError, match=r"no row is at horizon=5; times are 1, 6\."):
        plot_prior_posterior(frame, frame, horizon=5)


@pytest.mark.parametrize("what", ["population", "margin"])
@pytest.mark.parametrize("width", [2.8, 7.0])
def test_labels_do_not_overlap(destination_posterior_by_hand, prior_fit, what, width, check_text):
    check_text(
        plot_prior_posterior(
            destination_posterior_by_hand, prior_fit, what=what, width=width, caption="Simulated."
        )
    )


def test_own_axes():
    axes = new_axes(7, 2)
    assert plot_prior_posterior(Beta(2, 2), Beta(1, 1), ax=axes) is axes


def test_effects_are_no_probabilities(destination_posterior_by_hand, prior_fit):
    with pytest.raises(InputError, match=r"outside 0 to 1.*'population' or 'margin'"):
        plot_prior_posterior(destination_posterior_by_hand, prior_fit, what="parameter")


def test_rows_that_do_not_match():
    one, two = Beta(2, 2).tidy(), Beta(2, 2).tidy().assign(term="other")
    with pytest.raises(InputError, match=r"of which 1 are not in the prior \(rate\).*rename"):
        plot_prior_posterior(one, two)
    with pytest.raises(InputError, match="the prior has rate more than once"):
        plot_prior_posterior(one, pd.concat([one, one]))
