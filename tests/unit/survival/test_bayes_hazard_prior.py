"""`HazardPrior`: what it implies for retention, against numbers made elsewhere."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from talentstats.bayes.design import make_design
from talentstats.bayes.draws import probabilities
from talentstats.errors import InputError
from talentstats.survival.bayes_hazard_prior import HazardPrior
from tests.unit.survival.bayes_hazard_fits import fit_without_sampler
from tests.unit.survival.test_bayes_hazard_model import people

NOTHING = make_design({}, vary=[], fixed=[], people=np.ones(1))


def retention(prior, destinations, years=5, link="softmax"):
    """Five-year retention in 200,000 draws of the prior of the intercepts."""
    arrays = prior.arrays(destinations, NOTHING)
    z = np.random.default_rng(3).standard_normal((200_000, destinations))
    prob = probabilities(
        arrays.b0_mean + arrays.b0_sd * z, contrasts=prior.contrasts(destinations + 1), link=link
    )
    return prob[:, 0] ** years


def test_the_default_is_what_was_measured_for_it():
    # Exact quantiles: retention falls with the logit, whose quantiles are the normal's.
    want = [expit(3.5 - z) ** 5 for z in (1.959964, 0.0, -1.959964)]
    assert want == pytest.approx([0.379, 0.862, 0.979], abs=5e-4)
    found = np.quantile(retention(HazardPrior(), 1), [0.025, 0.5, 0.975])
    assert found == pytest.approx(want, abs=0.004)


@pytest.mark.parametrize("link", ["softmax", "cloglog"])
def test_another_destination_keeps_the_odds_of_leaving(link):
    assert [k * np.exp(HazardPrior().mean_of(k)) for k in (1, 2, 5)] == pytest.approx(
        [np.exp(-3.5)] * 3
    )
    # What is left moves the mean of retention by two points up to five destinations; its
    # median by five, for a sum of independent hazards is less skewed than one.
    drawn = [retention(HazardPrior(), k, link=link) for k in (1, 2, 3, 5)]
    assert np.ptp([r.mean() for r in drawn]) < 0.025
    assert np.ptp([np.median(r) for r in drawn]) < 0.055
    # Without the shift two destinations have a median of 0.70, measured apart.
    unshifted = HazardPrior(intercept_mean=-3.5 + np.log(2))
    assert np.median(retention(unshifted, 2)) == pytest.approx(0.70, abs=0.01)


def test_scales_go_to_their_terms_and_slopes_to_a_standard_deviation():
    cells = people()
    prior = HazardPrior(varying_sd={"sector": 0.2}, fixed_sd=0.7, shared=True)
    fit = fit_without_sampler(cells, vary=["sector"], fixed=["age", "stage"], prior=prior)
    arrays = fit.problem.prior
    assert arrays.sd_scale.tolist() == [[0.2], [0.5]]
    ages = pd.Series(cells.covariates["age"]).repeat(cells.at_risk.astype(int))
    assert arrays.beta_sd[0] == pytest.approx([0.7 / ages.std(ddof=0)] * 2)
    assert arrays.beta_sd[1].tolist() == [0.7, 0.7]
    each = fit_without_sampler(cells, vary=["sector"]).problem.prior
    assert each.sd_scale.tolist() == [[0.5, 0.5], [0.5, 0.5]]


def test_levels_sum_to_zero_or_are_free():
    tied = fit_without_sampler(people(), vary=["sector"])
    free = fit_without_sampler(people(), vary=["sector"], prior=HazardPrior(sum_to_zero=False))
    assert [term.basis.shape for term in tied.problem.design.terms] == [(2, 1), (3, 2)]
    assert [term.basis.shape for term in free.problem.design.terms] == [(2, 2), (3, 2)]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"intercept_sd": 0}, "intercept_sd=0"),
        ({"fixed_sd": -1}, "fixed_sd=-1"),
        ({"varying_sd": {"sector": 0}}, "varying_sd of sector=0"),
        ({"varying_sd": float("nan")}, "varying_sd=nan"),
        ({"intercept_mean": "low"}, "intercept_mean='low'"),
    ],
)
def test_a_spread_is_a_number_above_0(options, says):
    with pytest.raises(InputError, match=says):
        HazardPrior(**options)


def test_the_table_shows_retention_before_any_data():
    table = HazardPrior().table(["China"]).tidy()
    row = table[table["term"] == "retention"].iloc[0]
    want = [expit(3.5 - z) ** 5 for z in (0.0, 1.959964, -1.959964)]
    assert row[["estimate", "conf_low", "conf_high"]].tolist() == pytest.approx(want, abs=0.012)
    more = HazardPrior().table(["China", "other"], levels={"sector": 4, "duration": 6}, years=5)
    assert more.sentence.startswith("Before any data")


def test_a_prior_that_implies_other_retention_than_stated_is_refused():
    HazardPrior().table(["China"], expect={"retention": (0.3, 1.0)})
    with pytest.raises(InputError, match="retention"):
        HazardPrior(intercept_mean=0, intercept_sd=10).table(
            ["China"], expect={"retention": (0.3, 1.0)}
        )
    with pytest.raises(InputError, match="Unknown term in varying_sd 'sectr'"):
        HazardPrior(varying_sd={"sectr": 1}).table(["China"], levels={"sector": 4})


def test_a_stated_mapping_cannot_be_changed_later():
    spreads = {"sector": 0.2}
    prior = HazardPrior(varying_sd=spreads)
    spreads["sector"] = 9.0
    assert prior.numbers["varying_sd"] == {"sector": 0.2}
    with pytest.raises(TypeError, match="does not support item assignment"):
        prior.varying_sd["sector"] = 9.0
