"""Posterior of a stay rate under a stated prior."""

import copy
import pickle

import numpy as np
import pytest
from scipy.stats import beta

from talentstats.errors import InputError, UnknownNameError
from talentstats.results.columns import ESTIMATE_COLUMNS
from talentstats.retention.beta_mixture import BetaMixture
from talentstats.retention.compare import compare_with_benchmark
from talentstats.retention.evidence import bayes_evidence
from talentstats.retention.posterior import retention_posterior
from talentstats.summaries.counts import RetentionCounts

COUNTS = RetentionCounts(87, 100, 4)


@pytest.mark.parametrize(
    ("prior", "a", "b", "name"),
    [
        ("jeffreys", 87.5, 13.5, "jeffreys"),
        ("uniform", 88, 14, "uniform"),
        ((9, 1), 96, 14, "beta(9,1)"),
    ],
)
def test_one_beta_is_that_of_scipy(prior, a, b, name):
    found = retention_posterior(COUNTS, prior=prior)
    expected = beta(a, b)
    assert found.prior_name == name
    assert found.mean == pytest.approx(expected.mean(), rel=1e-12)
    assert found.std_dev == pytest.approx(expected.std(), rel=1e-12)
    assert found.median == pytest.approx(expected.median(), rel=1e-9)
    assert found.mixture.limits(0.9) == pytest.approx(expected.interval(0.9), rel=1e-9)
    assert found.probability_above(0.9) == pytest.approx(expected.sf(0.9), rel=1e-10)
    assert found.mixture.probability_below(0.9) == pytest.approx(expected.cdf(0.9), rel=1e-10)


def test_uniform_evidence_by_hand():
    found = retention_posterior(RetentionCounts(87, 100), prior="uniform")
    assert np.exp(found.log_evidence) == pytest.approx(1 / 101, rel=1e-12)


def test_tables_and_sentence():
    prior = BetaMixture([1.0], [30.0], [5.0]).robust(0.2)
    found = prior.update(RetentionCounts(12, 30, 3))
    row = found.tidy(level=0.9)
    assert list(row.columns) == [*ESTIMATE_COLUMNS, "median"]
    assert row["interval"].tolist() == ["eti"]
    assert row["conf_level"].tolist() == [0.9]
    assert row["p_value"].isna().all()
    assert found.glance()["weight_last"][0] == pytest.approx(0.9956, abs=1e-4)
    assert "from 0.800, 0.200 to 0.004, 0.996" in found.sentence
    assert "3 people of unknown status are left out" in found.sentence
    assert found.tidy(level=0.5)["conf_low"][0] > row["conf_low"][0]


def test_a_mixture_is_frozen_and_travels():
    prior = BetaMixture([0.8, 0.2], [30, 1], [5, 1])
    with pytest.raises(ValueError, match="read-only"):
        prior.a[0] = 1
    with pytest.raises(AttributeError):
        prior.a = 1
    for again in (pickle.loads(pickle.dumps(prior)), copy.deepcopy(prior)):
        assert again.mean == prior.mean


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.5, 0.4], [1, 2], [1, 1]), "sum to 0.9; allowed are weights"),
        (([1.2, -0.2], [1, 2], [1, 1]), "allowed are weights of 0 or more"),
        (([1.0], [0], [1]), "Beta parameters above 0"),
        (([1.0], [1, 2], [1]), "have 1, 2, 1 values"),
        (([1.0], ["a"], [1]), "is not a list of numbers"),
        (([1.0], [np.nan], [1]), "allowed are finite numbers"),
        (([], [], []), "at least one"),
    ],
)
def test_no_mixture(arguments, message):
    with pytest.raises(InputError, match=message):
        BetaMixture(*arguments)


@pytest.mark.parametrize("weight", [0, 1, -0.1, 1.2, "x"])
def test_no_robust_weight(weight):
    with pytest.raises(InputError, match=r"robust weight=.*0.2 is a common choice"):
        BetaMixture([1], [30], [5]).robust(weight)


@pytest.mark.parametrize(
    ("prior", "error", "message"),
    [
        ("flat", UnknownNameError, "Unknown prior 'flat'.*jeffreys, uniform"),
        ((1, 2, 3), InputError, "is not a pair"),
        (0.5, InputError, "is not a pair"),
        ((0, 1), InputError, "prior a=0 is not allowed"),
    ],
)
def test_no_prior(prior, error, message):
    with pytest.raises(error, match=message):
        retention_posterior(COUNTS, prior=prior)


def test_the_difference_of_equal_groups_is_even():
    one = retention_posterior(RetentionCounts(9, 9))
    found = one.difference(retention_posterior(RetentionCounts(9, 9)))
    assert found.probability_greater == pytest.approx(0.5, rel=1e-10)
    assert found.mean == 0
    low, high = found.limits()
    assert low == pytest.approx(-high, rel=1e-8)
    frame = found.tidy()
    assert frame["term"].tolist() == ["difference", "log odds ratio"]
    assert len(found.glance()) == 1
    with pytest.raises(InputError, match="not a RetentionPosterior"):
        one.difference(RetentionCounts(9, 9))


def test_the_difference_says_which_is_greater():
    one, two = (retention_posterior(RetentionCounts(k, n)) for k, n in ((45, 50), (30, 40)))
    found, back = one.difference(two), two.difference(one)
    assert found.probability_greater == pytest.approx(back.probability_less, rel=1e-12)
    assert found.quantile(0.5) == pytest.approx(-back.quantile(0.5), rel=1e-8)
    assert found.sentence.startswith(
        "45 of 50 against 30 of 40: the posterior mean difference is +"
    )


def test_a_mixture_beside_a_benchmark_is_an_average_of_its_parts():
    mixture = BetaMixture([0.75, 0.25], [9, 1], [1, 1])
    found = bayes_evidence(k=87, n=100, rate=0.9, margin=0.05, priors={"mine": mixture})
    mine, parts = found.under("mine"), [
        bayes_evidence(k=87, n=100, rate=0.9, margin=0.05, priors={"p": p}).under("p")
        for p in ((9, 1), (1, 1))
    ]  # fmt: skip
    factors = np.array([0.75, 0.25]) * [p.bf10 for p in parts]
    assert mine.bf10 == pytest.approx(factors.sum(), rel=1e-12)
    share = factors / factors.sum()
    assert mine.p_below == pytest.approx(share @ [p.p_below for p in parts], rel=1e-12)
    assert mine.p_within == pytest.approx(share @ [p.p_within for p in parts], rel=1e-12)
    assert np.isnan(mine.a)
    result = compare_with_benchmark(RetentionCounts(87, 100), 0.9, prior=mixture)
    assert result.bayes.under("mixture of 2 betas").bf10 == pytest.approx(mine.bf10, rel=1e-12)
    assert result.provenance.arguments["prior"] == "mixture of 2 betas"
