"""What priors imply, against quadrature and against identities worked by hand."""

import numpy as np
import pytest

from talentstats.bayes.design import sum_to_zero_basis
from talentstats.bayes.graph import PriorArrays
from talentstats.bayes.prior_table import prior_table
from talentstats.errors import InputError, UnknownNameError
from talentstats.results.protocol import Result

DRAWS = 200_000
# Each end of a 95% range lies between these quantiles of the prior with 4 standard errors.
NEAR = 4 * np.sqrt(0.025 * 0.975 / DRAWS)


def arrays(mean, sd, scales=()):
    d = len(mean)
    return PriorArrays(
        b0_mean=mean,
        b0_sd=sd,
        beta_mean=np.zeros((0, d)),
        beta_sd=np.zeros((0, d)),
        sd_scale=np.array([[s] for s in scales]).reshape(len(scales), 1),
    )


def hazards(mean, sd, *, scales=(), link="softmax", years=5, **options):
    d = len(mean)
    return prior_table(
        prior=arrays(mean, sd, scales),
        contrasts=np.eye(d + 1)[:, 1:],
        outcomes=["staying", *"ABC"[:d]],
        link=link,
        terms=[f"term {i}" for i in range(len(scales))],
        years=years,
        draws=DRAWS,
        **options,
    )


def shares(k, sd, **options):
    return prior_table(
        prior=arrays(np.zeros(k - 1), np.full(k - 1, sd)),
        contrasts=sum_to_zero_basis(k),
        outcomes=[*"ABCDE"[:k]],
        link="softmax",
        draws=DRAWS,
        **options,
    )


# Quadrature in one dimension: ret_prior_* of tests/reference/bayes_make.py.
@pytest.mark.parametrize(
    ("mean", "sd", "expected", "spread", "low", "middle", "high"),
    [
        (-3, 1, 0.730284848041, 0.198026630221, 0.220192148747, 0.784321114342, 0.965659962723),
        (0, 10, 0.418367713485, 0.463315148062, 2.75373936291e-43, 0.03125, 0.99999998462),
        (-3.5, 1.5, 0.76918882573, 0.239438096627, 0.10444142005, 0.861782731801, 0.992055625249),
    ],
)
def test_five_year_retention(mean, sd, expected, spread, low, middle, high):
    made = hazards([mean], [sd])
    drawn = made.retention
    assert drawn.mean() == pytest.approx(expected, abs=4 * spread / np.sqrt(DRAWS))
    assert drawn.std() == pytest.approx(spread, rel=0.01)
    for exact, share in ((low, 0.025), (middle, 0.5), (high, 0.975)):
        near = 4 * np.sqrt(share * (1 - share) / DRAWS)
        assert np.mean(drawn < exact) == pytest.approx(share, abs=near)
    row = made.tidy().query("group == 'any cell' and term == 'retention'").iloc[0]
    assert (row["time"], row["outcome"], row["interval"]) == (5, "staying", "eti")
    assert row["mean"] == pytest.approx(expected, abs=4 * spread / np.sqrt(DRAWS))


# Measured with 4e5 prior draws: section 3 of the research note, to the digits printed there.
@pytest.mark.parametrize(
    ("made", "low", "middle", "high"),
    [
        (lambda: hazards([-3.5], [1]), 0.38, 0.86, 0.98),
        (lambda: hazards([-3.5, -3.5], [1, 1]), 0.24, 0.70, 0.92),
        (lambda: hazards([-3.5], [1.5]), 0.11, 0.86, 0.99),
    ],
)
def test_ranges_that_were_measured(made, low, middle, high):
    found = np.quantile(made().retention, [0.025, 0.5, 0.975])
    np.testing.assert_allclose(found, [low, middle, high], atol=0.011)


def test_another_destination_lowers_no_retention_when_the_mean_is_shifted():
    one, two = hazards([-3.5], [1]), hazards([-3.5 - np.log(2)] * 2, [1, 1])
    assert np.median(two.retention) == pytest.approx(np.median(one.retention), abs=0.05)
    plain = hazards([-3.5, -3.5], [1, 1])
    assert np.median(plain.retention) < np.median(two.retention) - 0.08


# sm_zs_prior: quadrature in two dimensions.
def test_zero_sum_shares():
    made = shares(3, 1.5)
    sd = 0.283123885471
    np.testing.assert_allclose(made.any.mean(axis=0), 1 / 3, atol=4 * sd / np.sqrt(DRAWS))
    np.testing.assert_allclose(made.any.std(axis=0), sd, rtol=0.01)
    difference = made.any[:, 1] - made.any[:, 2]
    assert difference.std() == pytest.approx(0.490384954471, rel=0.01)


# sm_ref_prior: the reference is not like the others.
def test_reference_shares():
    made = prior_table(
        prior=arrays([0, 0], [1.5, 1.5]),
        contrasts=np.eye(3)[:, 1:],
        outcomes=["US", "China", "other"],
        link="softmax",
        draws=DRAWS,
    )
    expected, spread = [0.29461124326, 0.35269437837], [0.198709953456, 0.269881034003]
    np.testing.assert_allclose(made.any.mean(axis=0)[:2], expected, atol=0.0025)
    np.testing.assert_allclose(made.any.std(axis=0)[:2], spread, rtol=0.01)


def test_zero_sum_ranges_that_were_measured():
    three, five = shares(3, 2.0), shares(5, 2.0)
    np.testing.assert_allclose(
        np.quantile(three.any[:, 0], [0.025, 0.975]), [0.002, 0.97], atol=6e-3
    )
    assert three.nearly_all == pytest.approx(0.14, abs=0.006)
    np.testing.assert_allclose(
        np.quantile(five.any[:, 0], [0.025, 0.975]), [0.001, 0.89], atol=6e-3
    )
    assert f"with probability {100 * three.nearly_all:.1f}%" in three.sentence


def test_levels_apart_by_hand():
    # |N(0, 1)| s times sqrt(2) |N(0, 1)| is the log ratio of two levels, whose square has the
    # mean 2 s^2; under zero-sum coding logits of two destinations are sqrt(2) further apart.
    hazard = hazards([-3.5], [1], scales=[0.5])
    assert np.mean(np.log(hazard.ratios) ** 2) == pytest.approx(2 * 0.25, rel=0.03)
    made = prior_table(
        prior=arrays([0, 0], [1, 1], [0.5, 0.2]),
        contrasts=sum_to_zero_basis(3),
        outcomes=["A", "B", "C"],
        link="softmax",
        terms=["sector", "stage"],
        draws=DRAWS,
    )
    found = np.mean(np.log(made.ratios) ** 2, axis=0)
    np.testing.assert_allclose(found, [4 * 0.25, 4 * 0.04], rtol=0.03)
    rows = made.tidy().query("term == 'ratio of two levels'")
    assert rows["group"].tolist() == ["sector", "stage"]
    assert (rows["conf_low"] >= 1).all()


@pytest.mark.parametrize(("sum_to_zero", "share"), [(True, 2 / 3), (False, 1.0)])
def test_any_cell_is_wider_by_the_terms(sum_to_zero, share):
    # Log odds of leaving: 1 for the intercept, and s^2 (1 - 1/3) for a level of a term whose
    # three levels sum to zero.
    made = hazards([-3.5], [1], scales=[0.5], levels=3, sum_to_zero=sum_to_zero)
    logit = np.log(made.any[:, 1] / made.any[:, 0])
    assert logit.var() == pytest.approx(1 + 0.25 * share, rel=0.015)
    average = np.log(made.average[:, 1] / made.average[:, 0])
    assert average.var() == pytest.approx(1, rel=0.015)


def test_cloglog_retention_by_hand():
    # exp(-5 exp(a)) is monotone in a, so its quantiles are those of a.
    made = hazards([-3.5], [1], link="cloglog")
    found = np.mean(made.retention < np.exp(-5 * np.exp(-3.5 + 1.959964)))
    assert found == pytest.approx(0.025, abs=NEAR)


def test_it_is_a_result():
    made = hazards([-3.5], [1], scales=[0.5])
    assert isinstance(made, Result)
    assert len(made.glance()) == 1
    assert np.isnan(shares(3, 2.0).glance()["years"][0])
    assert made.tidy(level=0.5)["conf_low"][0] > made.tidy()["conf_low"][0]
    assert "retention after 5 years" in made.sentence
    assert "if hazards stay the same" in made.sentence
    with pytest.raises(ValueError, match="read-only"):
        made.any[0, 0] = 1


def test_the_same_seed_gives_the_same_table():
    assert np.array_equal(shares(3, 2.0, seed=4).any, shares(3, 2.0, seed=4).any)
    assert not np.array_equal(shares(3, 2.0, seed=4).any, shares(3, 2.0, seed=5).any)


def test_a_prior_that_implies_what_nobody_expects_is_refused():
    with pytest.raises(
        InputError,
        match=r"implies retention after 5 years of 3\.\d% .*outside of the stated 0\.5 to 0\.99 "
        r"with probability 8\d.*no vague prior on probabilities",
    ):
        hazards([0], [10], expect={"retention": (0.5, 0.99)})
    made = hazards([-3.5], [1], expect={"retention": (0.3, 0.99)})
    assert made.provenance.arguments["expect"] == {"retention": (0.3, 0.99)}
    with pytest.raises(
        InputError, match=r"implies A of 2\d(\.\d)?% .*outside of the stated 0.5 to 1 "
    ):
        shares(3, 2.0, expect={"A": (0.5, 1)})


def test_bad_input_is_said():
    with pytest.raises(UnknownNameError, match="quantity in expect 'retention'"):
        shares(3, 2.0, expect={"retention": (0.5, 0.9)})
    with pytest.raises(InputError, match=r"expect of A is \(0.9, 0.5\); allowed is a range"):
        shares(3, 2.0, expect={"A": (0.9, 0.5)})
    with pytest.raises(InputError, match="1 terms are named, but the prior has spreads for 0"):
        prior_table(
            prior=arrays([0.0], [1.0]),
            contrasts=np.eye(2)[:, 1:],
            outcomes=["a", "b"],
            link="softmax",
            terms=["sector"],
        )
    with pytest.raises(InputError, match="levels=1 is not allowed; allowed are 2 or more"):
        hazards([-3.5], [1], scales=[0.5], levels=1)
    with pytest.raises(InputError, match="years=0 is too small"):
        hazards([-3.5], [1], years=0)
