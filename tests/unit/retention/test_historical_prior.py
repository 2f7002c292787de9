"""Priors from published stay rates."""

import copy
import math
import pickle

import numpy as np
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.published.benchmark import benchmark
from talentstats.published.hazards import Weibull
from talentstats.results.columns import ESTIMATE_COLUMNS
from talentstats.retention.beta_mixture import BetaMixture
from talentstats.retention.historical_predict import predicted_retention, prior_data_conflict
from talentstats.retention.historical_prior import historical_prior
from talentstats.retention.posterior import retention_posterior
from talentstats.stats.beta_mixtures import tail
from talentstats.stats.meta_prior import new_quantile
from talentstats.summaries.counts import RetentionCounts

IDS = ["sei2020-china-10yr", "sei2024-china-5yr", "sei2024-china-10yr"]
PAIRS = [("a", RetentionCounts(43, 50)), ("b", RetentionCounts(88, 100))]


@pytest.fixture(scope="module")
def published():
    return historical_prior(IDS, horizon=6)


@pytest.fixture(scope="module")
def counted():
    return historical_prior(
        [("a", RetentionCounts(43, 50)), ("b", RetentionCounts(88, 100)),
         ("c", RetentionCounts(27, 40)), ("d", RetentionCounts(61, 70)),
         ("e", RetentionCounts(118, 130))],
        horizon=5,
    )  # fmt: skip


def test_figures_are_aligned_first(published):
    # 90% at 10 years is 0.9 ** 0.6 at 6, 88% at 5 is 0.88 ** 1.2.
    rates = [s.rate for s in published.studies]
    assert rates == pytest.approx([0.9**0.6, 0.88**1.2, 0.81**0.6], rel=1e-12)
    assert {s.likelihood for s in published.studies} == {"normal on the logit"}
    # Delta method twice: power, then logit.
    first = published.studies[0]
    moved = 0.0091 * 0.6 * 0.9**-0.4
    assert first.std_error == pytest.approx(moved, rel=1e-9)
    assert first.logit_std_error == pytest.approx(moved / (rates[0] * (1 - rates[0])), rel=1e-9)
    assert "93.9%" in first.note
    assert published.provenance.sources == ("nsb2020", "nsb2024")


def test_counts_agree_with_the_reference(counted):
    # tests/reference: map_binomial.
    assert counted.exact.rate_mean == pytest.approx(0.840313416508, abs=1e-7)
    assert counted.exact.rate_sd == pytest.approx(0.0811642464289, abs=1e-7)
    assert counted.mixture.mean == pytest.approx(counted.exact.rate_mean, abs=1e-3)
    assert counted.mixture.std_dev == pytest.approx(counted.exact.rate_sd, abs=1e-3)
    assert counted.notes == ()
    assert np.all(counted.mixture.a >= 1)
    assert np.all(counted.mixture.b >= 1)


def test_the_stated_error_of_the_betas_is_seen(counted):
    p = np.linspace(0.01, 0.99, 99)
    rates = new_quantile(counted.exact, prob=p)
    m = counted.mixture
    below = tail(weights=m.weights, a=m.a, b=m.b, rate=rates, side="below")
    error = np.max(np.abs(below - p))
    assert error <= counted.approximation_error + 1e-9
    assert error >= counted.approximation_error / 3
    assert counted.approximation_error < 0.005


def test_tables(counted):
    frame = counted.tidy(level=0.9)
    assert list(frame.columns) == ["group", *ESTIMATE_COLUMNS, "shrunken"]
    assert frame["term"].tolist() == ["study"] * 5 + ["new cohort", "prior", "tau"]
    assert frame["interval"].tolist()[:6] == ["wilson"] * 5 + ["eti"]
    shrunken = frame["shrunken"][:5].to_numpy()
    # tests/reference: p0_mean to p4_mean.
    assert shrunken == pytest.approx([0.856385, 0.870536, 0.763516, 0.863710, 0.889884], abs=1e-6)
    row = counted.glance()
    assert len(row) == 1
    assert row["studies"][0] == 5
    assert math.isnan(row["robust_weight"][0])


def test_shrunken_rates_keep_the_order_of_mixed_studies():
    mixed = historical_prior(
        ["sei2024-china-10yr", ("none stayed", RetentionCounts(0, 40)), IDS[0]], horizon=10
    )
    shrunken = mixed.tidy()["shrunken"][:3].to_numpy()
    assert shrunken == pytest.approx([0.81, 0.02, 0.90], abs=0.03)


def test_robust_adds_a_uniform_part(counted):
    robust = counted.robust(0.2)
    assert robust.mixture.weights[-1] == pytest.approx(0.2)
    assert (robust.mixture.a[-1], robust.mixture.b[-1]) == (1, 1)
    assert counted.robust_weight is None
    assert robust.exact is counted.exact
    assert robust.provenance.arguments["robust"] == 0.2
    assert robust.effective_sample_size().moment < counted.effective_sample_size().moment
    with pytest.raises(InputError, match="robust already"):
        robust.robust(0.1)
    # Data far from history: the uniform part takes over, and the posterior follows the data.
    conflict = retention_posterior(RetentionCounts(12, 40), prior=robust)
    assert conflict.mixture.weights[-1] > 0.9
    assert conflict.mean == pytest.approx(13 / 42, abs=0.03)
    assert conflict.prior_name == "historical (5 studies at 5 years, robust 0.2)"


def test_the_prior_enters_the_posterior_with_its_sources(published):
    found = retention_posterior(RetentionCounts(87, 100), prior=published)
    assert found.provenance.sources == ("nsb2020", "nsb2024")
    assert found.prior is published.mixture


def test_leave_one_out_is_the_prior_of_the_others(published):
    frame = published.leave_one_out()
    assert frame["left_out"].tolist() == ["none", *IDS]
    without = historical_prior(IDS[1:], horizon=6)
    assert frame["mean"][1] == pytest.approx(without.exact.rate_mean, rel=1e-12)
    assert frame["shift"][0] == 0
    # The highest of the three pulls up: without it the mean falls.
    assert frame["shift"][1] < 0
    with pytest.raises(InputError, match="at least two studies"):
        historical_prior(IDS[:1], horizon=6).leave_one_out()


def test_a_larger_tau_predicts_less(published):
    wide = historical_prior(IDS, horizon=6, tau=1)
    assert wide.exact.rate_sd > published.exact.rate_sd
    assert wide.effective_sample_size().moment < published.effective_sample_size().moment


def test_prediction_under_a_uniform_prior_by_hand():
    ahead = predicted_retention(BetaMixture([1], [1], [1]), 4)
    assert ahead.probabilities == pytest.approx([0.2] * 5, rel=1e-12)
    assert (ahead.mean, ahead.quantile(0.5), ahead.quantile(0.2)) == (pytest.approx(2), 2, 0)
    assert (ahead.at_most(1), ahead.at_least(1)) == (pytest.approx(0.4), pytest.approx(0.8))
    assert ahead.std_dev == pytest.approx(np.sqrt(2), rel=1e-12)
    with pytest.raises(InputError, match="retained=5 exceeds total=4"):
        ahead.at_most(5)


def test_conflict_by_hand():
    # Beta(2, 1) and two people: 0, 1, 2 stay with 1/6, 2/6, 3/6.
    prior = BetaMixture([1], [2], [1])
    found = prior_data_conflict(prior, RetentionCounts(1, 2))
    assert found.p_value == pytest.approx(1 / 2, rel=1e-12)
    assert found.at_most == pytest.approx(1 / 2, rel=1e-12)
    assert found.at_least == pytest.approx(5 / 6, rel=1e-12)
    assert prior_data_conflict(prior, RetentionCounts(2, 2)).p_value == pytest.approx(1)
    # Ties are ties, whatever rounding says: under the uniform prior nothing is a surprise.
    flat = BetaMixture([1], [1], [1])
    for k in (0, 50, 100):
        assert prior_data_conflict(flat, RetentionCounts(k, 100)).p_value == pytest.approx(1)


def test_conflict_with_history(published):
    found = published.prior_data_conflict(RetentionCounts(40, 100))
    assert found.at_most < 0.01
    assert "40 did, with 40 or fewer at probability" in found.sentence
    assert published.predict(100).mean == pytest.approx(100 * published.mixture.mean, rel=1e-9)


def test_what_may_be_the_same_people_is_said():
    # Degrees of 2006-08 and 2007-09 from China by one survey; and 2011-13 apart from both.
    found = historical_prior(
        [
            "sei2020-china-10yr",
            "sei2020-china-5yr",
            "sei2024-china-10yr",
            benchmark(0.9, horizon=6, n=200),
        ],
        horizon=6,
    )
    people, instrument, derived = found.notes
    assert "sei2020-china-5yr and sei2024-china-10yr" in people
    assert "sei2020-china-10yr" not in people
    assert "SDR survey" in instrument
    assert "estimated by us" in derived
    assert people in found.sentence


def test_people_counted_at_the_horizon_are_binomial_and_moved_ones_are_not():
    figure = benchmark(0.905, horizon=6, n=201)
    found = historical_prior([figure], horizon=6)
    study = found.studies[0]
    assert (study.likelihood, study.retained, study.total) == ("binomial", 182, 201)
    assert "taken as 182 people" in study.note
    assert "from its prior alone" in found.notes[0]
    moved = historical_prior([figure], horizon=5).studies[0]
    assert moved.likelihood == "normal on the logit"
    expected = math.sqrt(0.905 * 0.095 / 201) * 5 / 6 * 0.905 ** (-1 / 6)
    assert moved.std_error == pytest.approx(expected, rel=1e-9)


def test_another_hazard_moves_them_otherwise():
    found = historical_prior(IDS[:1], horizon=6, hazard=Weibull(0.7), tenure=0)
    assert found.studies[0].rate == pytest.approx(0.9 ** (0.6**0.7), rel=1e-9)
    assert "Weibull" in found.provenance.arguments["hazard"]


def test_a_prior_too_flat_for_betas_says_so():
    found = historical_prior([("few", RetentionCounts(1, 2))], horizon=5, tau=8)
    assert found.approximation_error > 0.02
    assert any("too flat" in note for note in found.notes)


def test_a_prior_outside_what_is_stated_is_refused(published):
    assert historical_prior(IDS, horizon=6, within=(0.4, 1)).provenance.arguments["within"]
    with pytest.raises(InputError, match=r"outside within=\(0.85, 0.95\): 95% of it lies between"):
        historical_prior(IDS, horizon=6, within=(0.85, 0.95))


@pytest.mark.parametrize(
    ("benchmarks", "options", "message"),
    [
        ([], {}, "at least one benchmark"),
        ("sei2020-china-10yr", {}, "is not a list of studies"),
        ([IDS[0], IDS[0]], {}, "given twice: the same people would count double"),
        (["sei2020-india-5yr"], {}, "neither how many people.*std_error="),
        (["gaule2014"], {}, "has no single horizon"),
        ([benchmark(0.9, n=100)], {}, "has no single horizon"),
        ([0.9], {}, "is not a study"),
        ([("a", (43, 50))], {}, "counts of 'a'=.*is not RetentionCounts"),
        ([(" ", RetentionCounts(1, 2))], {}, "is not a named study"),
        (PAIRS, {"tau": 0}, "tau=0 is not allowed.*0.5 is moderate"),
        (PAIRS, {"tau": -1}, "tau=-1 is not allowed"),
        (PAIRS, {"horizon": 0}, "horizon=0"),
        (PAIRS, {"center": 2}, "is not a pair"),
        (PAIRS, {"center": (0, 0)}, "center standard deviation=0"),
        (PAIRS, {"robust": 1.5}, "robust weight=1.5"),
        (PAIRS, {"within": (0.9, 0.8)}, "give the lower rate first"),
        (PAIRS, {"within": 0.9}, "is not a pair of rates"),
    ],
)
def test_bad_input(benchmarks, options, message):
    with pytest.raises(InputError, match=message):
        historical_prior(benchmarks, **{"horizon": 6, **options})


def test_unknown_ids_are_named():
    with pytest.raises(UnknownNameError, match="Unknown benchmark 'sei2020-china'"):
        historical_prior(["sei2020-china"], horizon=6)


def test_too_many_people_to_list(published):
    with pytest.raises(InputError, match="above 1,000,000"):
        published.predict(2_000_000)


def test_it_is_frozen_and_travels(published):
    with pytest.raises(AttributeError):
        published.horizon = 5
    for again in (pickle.loads(pickle.dumps(published)), copy.deepcopy(published)):
        assert again.sentence == published.sentence
