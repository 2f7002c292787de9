"""The prior as stated, and the arrays that it becomes."""

import copy
import pickle

import numpy as np
import pytest

from talentstats.bayes.design import make_design
from talentstats.destinations.model_prior import DestinationPrior, plain_prior
from talentstats.errors import InputError, UnknownNameError

PLACES = ("US", "CN", "other")
COVARIATES = {
    "sector": np.array(["a", "b", "c", "c"]),
    "stage": np.array(["x", "y", "y", "x"]),
    "age": np.array([30.0, 40.0, 30.0, 40.0]),
}
DESIGN = make_design(COVARIATES, vary=["sector", "stage"], fixed=["age"], people=np.ones(4))


def test_zero_sum_contrasts_treat_destinations_alike():
    contrasts = DestinationPrior().contrasts(PLACES)
    # Variance 1 - 1/3 each, covariance -1/3: a normal on the plane of logits that sum to 0.
    assert contrasts @ contrasts.T == pytest.approx(np.eye(3) - 1 / 3, abs=1e-12)


def test_the_reference_has_a_row_of_zeros():
    contrasts = DestinationPrior(coding="reference", reference="CN").contrasts(PLACES)
    assert contrasts.tolist() == [[1, 0], [0, 0], [0, 1]]
    assert DestinationPrior(coding="reference").contrasts(PLACES)[0].tolist() == [0, 0]


def test_arrays_have_one_spread_a_term_or_one_a_contrast():
    shared = DestinationPrior(varying_sd={"sector": 1.0}).arrays(PLACES, DESIGN)
    assert shared.sd_scale.tolist() == [[1.0], [0.5]]
    apart = DestinationPrior(coding="reference", shared=False).arrays(PLACES, DESIGN)
    assert apart.sd_scale.tolist() == [[0.5, 0.5], [0.5, 0.5]]


def test_fixed_sd_is_for_one_standard_deviation_of_a_number():
    # Ages 30, 40, 30, 40 lie 5 from their mean: 1 a standard deviation is 0.2 a year.
    assert DestinationPrior().arrays(PLACES, DESIGN).beta_sd == pytest.approx(
        np.full((1, 2), 0.2), rel=1e-12
    )


def test_means_by_destination_become_log_odds():
    prior = DestinationPrior(coding="reference", intercept_mean={"CN": -2.0, "other": -3.0})
    assert prior.arrays(PLACES, DESIGN).b0_mean.tolist() == [-2.0, -3.0]
    zero_sum = DestinationPrior(intercept_mean={"US": 2.0, "CN": 0.0, "other": -2.0})
    logits = zero_sum.contrasts(PLACES) @ zero_sum.arrays(PLACES, DESIGN).b0_mean
    assert logits == pytest.approx([2, 0, -2], abs=1e-12)
    # What is added to all destinations alike changes no share.
    moved = DestinationPrior(intercept_mean={"US": 3.0, "CN": 1.0, "other": -1.0})
    assert moved.arrays(PLACES, DESIGN).b0_mean == pytest.approx(
        zero_sum.arrays(PLACES, DESIGN).b0_mean, abs=1e-12
    )


def test_one_mean_for_all_is_for_all_but_the_reference():
    prior = DestinationPrior(coding="reference", reference="US", intercept_mean=-2.0)
    assert prior.arrays(PLACES, DESIGN).b0_mean.tolist() == [-2.0, -2.0]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"intercept_sd": 0}, "intercept_sd=0 is not allowed; allowed is a number above 0"),
        ({"fixed_sd": -1}, "fixed_sd=-1 is not allowed"),
        ({"varying_sd": {"sector": 0}}, "varying_sd of sector=0 is not allowed"),
        ({"varying_sd": "wide"}, "varying_sd='wide' is not a number"),
        ({"coding": "sum"}, "Unknown coding 'sum'"),
        ({"reference": "US"}, "goes with coding='reference'"),
        ({"shared": False}, "shared=False needs coding='reference'"),
        ({"intercept_mean": 1.0}, "for all destinations alike changes no share"),
        ({"intercept_mean": {"US": float("nan")}}, "intercept_mean of US=nan"),
    ],
)
def test_what_is_not_allowed_is_said(options, said):
    with pytest.raises(InputError, match=said):
        DestinationPrior(**options)


def test_names_that_do_not_exist_are_said():
    with pytest.raises(UnknownNameError, match=r"Unknown term in varying_sd 'sectr'.*sector"):
        DestinationPrior(varying_sd={"sectr": 1}).arrays(PLACES, DESIGN)
    with pytest.raises(UnknownNameError, match="Unknown destination in intercept_mean 'UK'"):
        DestinationPrior(intercept_mean={"UK": 1.0}).arrays(PLACES, DESIGN)
    with pytest.raises(UnknownNameError, match="Unknown reference 'UK'"):
        DestinationPrior(coding="reference", reference="UK").contrasts(PLACES)
    with pytest.raises(InputError, match="'US' is 1; the log odds of the reference against itself"):
        DestinationPrior(coding="reference", intercept_mean={"US": 1.0}).arrays(PLACES, DESIGN)


def test_printed_copied_and_plain():
    prior = DestinationPrior(varying_sd={"sector": 1.0})
    assert "varying_sd" in repr(prior)
    for other in (copy.deepcopy(prior), pickle.loads(pickle.dumps(prior))):
        assert plain_prior(other) == plain_prior(prior)
    assert plain_prior(prior)["varying_sd"] == {"sector": 1.0}
    assert prior.sentence == (
        "Logits sum to zero over destinations: intercepts normal with standard deviation 2, fixed "
        "effects 1; standard deviations of varying terms half-normal with scale sector 1, "
        "others 0.5."
    )
    assert DestinationPrior(coding="reference").sentence.startswith(
        "Log odds against the first destination"
    )
    with pytest.raises(TypeError):
        prior.varying_sd["sector"] = 2.0


def test_a_stated_mapping_is_copied():
    given = {"sector": 1.0}
    prior = DestinationPrior(varying_sd=given)
    given["sector"] = -1.0
    assert prior.scale_of("sector") == 1.0


def test_implied_shares_of_three_destinations():
    # Zero-sum normal with 2: each share in 0.002 to 0.97, one above 0.95 in 14% (4e5 draws).
    found = DestinationPrior().table(PLACES)
    assert found.nearly_all == pytest.approx(0.14, abs=0.015)
    shares = found.tidy()
    average = shares[(shares["group"] == "average cell") & (shares["term"] == "probability")]
    assert average["conf_low"].to_numpy() == pytest.approx(np.full(3, 0.002), abs=0.001)
    assert average["conf_high"].to_numpy() == pytest.approx(np.full(3, 0.97), abs=0.01)
    # Three destinations treated alike have a third each on average.
    assert average["mean"].to_numpy() == pytest.approx(np.full(3, 1 / 3), abs=0.01)


def test_a_reference_is_not_treated_like_the_others():
    # Log odds N(0, 1.5) against a reference: mean share 0.294 of it and 0.353 of the two others.
    prior = DestinationPrior(coding="reference", intercept_sd=1.5)
    means = prior.table(PLACES).average.mean(axis=0)
    assert means == pytest.approx([0.294, 0.353, 0.353], abs=0.006)


def test_a_prior_that_implies_what_nobody_expects_is_refused():
    with pytest.raises(InputError, match="the prior implies US of"):
        DestinationPrior().table(PLACES, expect={"US": (0.5, 0.99)})
    informed = DestinationPrior(
        intercept_mean={"US": 2.0, "CN": 0.0, "other": -2.0}, intercept_sd=0.3
    )
    informed.table(PLACES, expect={"US": (0.5, 0.99)})


def test_more_terms_spread_the_shares_of_any_cell():
    plain = DestinationPrior(intercept_sd=0.5).table(PLACES)
    varied = DestinationPrior(intercept_sd=0.5).table(PLACES, levels={"sector": 5, "stage": 4})
    assert varied.any[:, 0].std() > 1.2 * plain.any[:, 0].std()
    with pytest.raises(UnknownNameError, match="Unknown term in varying_sd"):
        DestinationPrior(varying_sd={"year": 1.0}).table(PLACES, levels={"sector": 5})
