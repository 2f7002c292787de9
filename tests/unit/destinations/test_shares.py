import dataclasses

import pytest

from talentstats.destinations.share_tests import EXACT_OUTCOMES
from talentstats.destinations.shares import SHARES_METHODS, destination_shares
from talentstats.errors import InputError, UnknownNameError
from talentstats.results.columns import ESTIMATE_COLUMNS
from talentstats.results.protocol import Result
from talentstats.summaries.counts import DestinationCounts

COUNTS = DestinationCounts({"US": 87, "CN": 10, "other": 3})
GIVEN = {"US": 0.9, "CN": 0.08, "other": 0.02}


@pytest.mark.parametrize(
    ("method", "lower", "upper"),
    [  # R DescTools::MultinomCI; Bonferroni: binom.test at 1 - .05/3.
        ("goodman", [0.7691184597, 0.0485482102, 0.0082915166], 0.9307699601),
        ("quesenberry-hurst", [0.7664364001, 0.0477862254, 0.0080827989], 0.9317330263),
        ("sison-glaz", [0.82, 0.05, 0.0], 0.9383540651),
        ("bonferroni-clopper-pearson", [0.7689705597, 0.0411958603, 0.0041076303], 0.9385452560),
    ],
)
def test_intervals_have_their_reference_values(method, lower, upper):
    found = destination_shares(COUNTS, method=method)
    assert found.lower.tolist() == pytest.approx(lower, rel=1e-7)
    assert found.upper[0] == pytest.approx(upper, rel=1e-8)
    assert found.share.tolist() == [0.87, 0.1, 0.03]
    assert method in found.sentence


def test_tests_against_given_shares():
    tested = destination_shares(COUNTS, shares=GIVEN).comparison
    # R EMT / XNomial exact .42394, chisq.test 1.1 on 2 df p = .57695.
    assert tested.p_exact == pytest.approx(0.4239400802, rel=1e-9)
    assert (tested.score.statistic, tested.score.p_value) == pytest.approx((1.1, 0.5769498104))
    assert tested.likelihood_ratio.p_value == pytest.approx(0.6075044117, rel=1e-9)
    assert tested.outcomes == 5151
    assert destination_shares(COUNTS).comparison is None


def test_shares_are_matched_by_name_not_by_order():
    turned = dict(reversed(GIVEN.items()))
    assert destination_shares(COUNTS, shares=turned).comparison.p_exact == pytest.approx(
        0.4239400802, rel=1e-9
    )


def test_exact_test_stops_above_its_stated_size():
    counts = DestinationCounts({"US": 8700, "CN": 1000, "other": 300})
    found = destination_shares(counts, shares=GIVEN)
    assert found.comparison.outcomes == 10_002 * 10_001 // 2 > EXACT_OUTCOMES
    assert found.comparison.p_exact is None
    assert "exact p not computed (more than 2,000,000 outcomes)" in found.sentence
    assert found.glance()["p_exact"].isna()[0]


def test_very_many_destinations_and_people():
    places = {f"place {i}": 10**9 for i in range(60)}
    found = destination_shares(DestinationCounts(places), shares=dict.fromkeys(places, 1 / 60))
    assert found.comparison.score.p_value == 1.0
    assert found.comparison.p_exact is None
    assert "more than 2,000,000 outcomes" in found.sentence


def test_posterior_in_closed_form():
    found = destination_shares(COUNTS)
    assert found.posterior.mean.tolist() == pytest.approx([87.5 / 101.5, 10.5 / 101.5, 3.5 / 101.5])
    assert found.posterior.lower[0] == pytest.approx(0.7889633752, rel=1e-9)
    assert found.probability_exceeds("CN", "other") == pytest.approx(0.9760804433, rel=1e-9)
    both = found.probability_exceeds("CN", "other") + found.probability_exceeds("other", "CN")
    assert both == pytest.approx(1, rel=1e-14)
    uniform = destination_shares(COUNTS, prior="uniform")
    assert uniform.probability_exceeds("CN", "other") == pytest.approx(0.9713134765625, rel=1e-12)


def test_given_prior_is_matched_by_name():
    found = destination_shares(COUNTS, prior={"other": 1, "CN": 2, "US": 7})
    assert found.prior.tolist() == [7, 2, 1]
    assert found.prior_name == "given"
    assert found.posterior.mean.tolist() == pytest.approx([94 / 110, 12 / 110, 4 / 110])


def test_unknown_people_bound_every_share():
    found = destination_shares(DestinationCounts({"US": 87, "CN": 10, "other": 3}, unknown=10))
    assert found.share_low.tolist() == pytest.approx([87 / 110, 10 / 110, 3 / 110])
    assert found.share_high.tolist() == pytest.approx([97 / 110, 20 / 110, 13 / 110])
    assert found.sentence.endswith("The destination of 10 more is unknown.")


def test_sentence_says_all():
    assert destination_shares(COUNTS, shares=GIVEN).sentence == (
        "Of 100 people of known destination: 87.0% US (76.9 to 93.1), 10.0% CN (4.9 to 19.5), "
        "3.0% other (0.8 to 10.3); 95% simultaneous intervals, goodman. Against 90%, 8%, 2%: "
        "exact p = 0.424, score p = 0.577, likelihood ratio p = 0.608."
    )


@pytest.mark.parametrize("method", SHARES_METHODS)
def test_tidy_recomputes_and_changes_nothing(method):
    found = destination_shares(COUNTS, method=method, shares=GIVEN)
    assert isinstance(found, Result)
    wide, narrow = found.tidy(), found.tidy(level=0.5)
    assert list(wide.columns)[: 1 + len(ESTIMATE_COLUMNS)] == ["outcome", *ESTIMATE_COLUMNS]
    assert wide["outcome"].tolist() == ["US", "CN", "other"]
    assert wide["conf_low"].tolist() == found.lower.tolist()
    assert (narrow["conf_high"] < wide["conf_high"]).all()
    assert (narrow["posterior_low"] > wide["posterior_low"]).all()
    assert found.glance().shape[0] == 1
    assert found.glance()["p_score"][0] == pytest.approx(0.5769498104)
    assert found.provenance.arguments["counts"] == {"US": 87, "CN": 10, "other": 3}
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.level = 0.5
    assert not found.lower.flags.writeable


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"method": "goodmann"}, UnknownNameError, "Unknown method 'goodmann'. Nearest: goodman"),
        ({"prior": "flat"}, UnknownNameError, "Unknown prior 'flat'.*Allowed: jeffreys, uniform"),
        ({"prior": {"US": 1, "CN": 1}}, InputError, "prior has no value for 'other'"),
        ({"prior": GIVEN | {"US": 0}}, InputError, "prior of 'US'=0 is not allowed"),
        ({"prior": GIVEN | {"UK": 1}}, UnknownNameError, "Unknown destination 'UK'"),
        ({"shares": GIVEN | {"US": 0.8}}, InputError, "the shares sum to 0.9; allowed is 1"),
        ({"shares": GIVEN | {"US": 90}}, InputError, "share of 'US'=90.*Then give 0.9"),
        ({"shares": [0.9, 0.08, 0.02]}, InputError, "is not a mapping; give one value for each"),
        ({"level": 1}, InputError, "level=1 is not allowed"),
        ({"counts": {"US": 87}}, InputError, "is not DestinationCounts"),
    ],
)
def test_bad_input_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        destination_shares(**({"counts": COUNTS} | arguments))


def test_bad_destinations_are_refused():
    found = destination_shares(COUNTS)
    with pytest.raises(UnknownNameError, match="Unknown destination 'China'"):
        found.probability_exceeds("China", "US")
    with pytest.raises(InputError, match="'US' is compared with itself"):
        found.probability_exceeds("US", "US")
