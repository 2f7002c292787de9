import subprocess
import sys

import numpy as np
import pytest

from talentstats.destinations.posterior import destination_posterior
from talentstats.destinations.share_priors import AgainstReference, ZeroSum
from talentstats.destinations.shares import destination_shares
from talentstats.errors import InputError, UnknownNameError
from talentstats.summaries.counts import DestinationCounts

FLAGSHIP = DestinationCounts({"US": 87, "CN": 10, "other": 3})
PARTLY = DestinationCounts({"US": 80, "CN": 9, "other": 3}, unknown=8)
FOUND = {"other": (6, 4), "US": (95, 5), "CN": (6, 4)}
SEEN = {
    "US": {"US": 0.97, "CN": 0.02, "other": 0.01},
    "CN": {"US": 0.05, "CN": 0.93, "other": 0.02},
    "other": {"US": 0.05, "CN": 0.05, "other": 0.90},
}


def test_a_dirichlet_prior_is_the_posterior_of_destination_shares():
    found = destination_posterior(FLAGSHIP).tidy(level=0.9)
    other = destination_shares(FLAGSHIP, level=0.9).posterior
    assert found["estimate"].to_numpy() == pytest.approx(other.mean)
    assert found["std_error"].to_numpy() == pytest.approx(other.std_dev)
    assert found["conf_low"].to_numpy() == pytest.approx(other.lower)
    assert found["conf_high"].to_numpy() == pytest.approx(other.upper)
    assert found["outcome"].tolist() == ["US", "CN", "other"]
    assert set(found["interval"]) == {"eti"}


@pytest.mark.parametrize(
    ("prior", "parameters"),
    [("uniform", 1.0), ("perks", 1 / 3), ({"other": 0.5, "US": 8, "CN": 1.5}, [8, 1.5, 0.5])],
)
def test_dirichlet_priors_by_name_and_by_destination(prior, parameters):
    found = destination_posterior(FLAGSHIP, prior=prior)
    a = np.array([87, 10, 3]) + parameters
    assert found.mean == pytest.approx(a / a.sum())


def test_a_contrast_by_hand():
    # Uniform prior: Dirichlet(88, 11, 4); CN among CN and other is Beta(11, 4), whose
    # chance above one half is P(at least 11 of 14 coins) seen from the other side.
    found = destination_posterior(FLAGSHIP, prior="uniform").contrast("CN", "other")
    assert found.difference == pytest.approx(7 / 103)
    assert found.std_dev == pytest.approx(np.sqrt((15 / 103 - (7 / 103) ** 2) / 104))
    assert found.correlation == pytest.approx(-np.sqrt(11 * 4 / (92 * 99)))
    assert found.probability == pytest.approx(1 - (1 + 14 + 91 + 364) / 2**14)
    back = destination_posterior(FLAGSHIP, prior="uniform").contrast("other", "CN")
    assert back.ratio_lower == pytest.approx(1 / found.ratio_upper)
    assert back.ratio == pytest.approx(1 / found.ratio)
    assert "probability 97.1%" in found.sentence


def test_leavers_are_a_beta():
    # China among the 13 leavers under a uniform prior: Beta(11, 4), host left out.
    found = destination_posterior(FLAGSHIP, prior="uniform").share_of_leavers("CN", host="US")
    assert (found.mean, found.std_dev) == pytest.approx((11 / 15, np.sqrt(44 / 225 / 16)))
    assert found.lower < found.median < found.upper
    assert found.sentence.startswith("Of those who left US, 73.3% went to CN")
    five = DestinationCounts({"US": 87, "CN": 10, "UK": 2, "DE": 1})
    found = destination_posterior(five, prior="uniform").share_of_leavers("CN", host="US")
    assert found.mean == pytest.approx(11 / 16)


def test_a_normal_prior_answers_the_same_questions():
    found = destination_posterior(FLAGSHIP, prior=ZeroSum(2.0))
    assert found.prior_name == "zero-sum N(0, 2)"
    assert np.isnan(found.prior).all()
    assert found.median.sum() == pytest.approx(1, abs=0.01)
    assert found.probability_above("CN", found.median[1]) == pytest.approx(0.5, abs=1e-9)
    assert found.probability_exceeds("CN", "other") == found.contrast("CN", "other").probability
    leavers = found.share_of_leavers("other", host="US")
    rest = found.share_of_leavers("CN", host="US")
    assert leavers.mean + rest.mean == pytest.approx(1)
    assert leavers.lower == pytest.approx(1 - rest.upper)


def test_the_reference_can_be_any_destination():
    # Renaming the reference is reordering: CN as the reference is CN put first.
    first = DestinationCounts({"CN": 10, "US": 87, "other": 3})
    given = destination_posterior(FLAGSHIP, prior=AgainstReference("CN", 1.0))
    moved = destination_posterior(first, prior=AgainstReference("CN", 1.0))
    assert given.mean == pytest.approx(moved.mean[[1, 0, 2]], rel=1e-10)
    assert given.log_evidence == pytest.approx(moved.log_evidence, abs=1e-10)
    plain = destination_posterior(FLAGSHIP, prior=AgainstReference("US", 1.0))
    # Published comparison of priors: .823, .120, .057.
    assert plain.mean == pytest.approx([0.823, 0.120, 0.057], abs=5e-4)


def test_a_destination_never_seen_keeps_its_prior():
    counts = DestinationCounts({"US": 9, "CN": 0, "other": 0})
    for prior in ("jeffreys", ZeroSum(2.0)):
        found = destination_posterior(counts, prior=prior)
        assert found.mean[1] == pytest.approx(found.mean[2])
        assert 0 < found.mean[1] < 0.1
        assert found.tidy()["conf_low"].min() >= 0


def test_the_unknown_are_never_printed_without_their_bounds():
    found = destination_posterior(PARTLY, prior="uniform")
    placed = found.with_unknown(found=FOUND)
    for one in (found, placed):
        assert "80% to 88% US, 9% to 17% CN, 3% to 11% other" in one.sentence
        assert "the data cannot identify" in one.sentence
        frame = one.tidy()
        assert frame["share_low_unknown"].tolist() == pytest.approx([0.8, 0.09, 0.03])
        assert frame["share_high_unknown"].tolist() == pytest.approx([0.88, 0.17, 0.11])
    assert "left out" in found.sentence
    assert "placed by the prior of being found" in placed.sentence
    assert found.tidy()["unknown_there"].isna().all()
    assert placed.tidy()["unknown_there"].sum() == pytest.approx(8)
    # The mean of all 100, 8 placed, under one person more a destination.
    assert placed.mean == pytest.approx(np.add(placed.unknown_mean, [81, 10, 4]) / 103)
    assert placed.provenance.arguments["found"]["US"] == (95.0, 5.0)
    assert np.isfinite(placed.contrast("CN", "other").ratio)
    assert np.isfinite(placed.share_of_leavers("CN", host="US").upper)


def test_people_not_found_where_they_are_hard_to_find():
    hard = {"US": (99, 1), "CN": (1, 9), "other": (99, 1)}
    placed = destination_posterior(PARTLY).with_unknown(found=hard)
    assert placed.unknown_mean[1] > 6


def test_misclassification_of_two_and_of_three():
    two = destination_posterior(
        DestinationCounts({"US": 87, "CN": 13}),
        prior="uniform",
        misclassification={"CN": (45, 5), "US": (95, 5)},
    )
    assert two.mean == pytest.approx([0.896291, 1 - 0.896291], abs=1e-6)
    assert two.contrast("US", "CN").correlation == pytest.approx(-1)
    assert two.probability_exceeds("US", "CN") == pytest.approx(two.probability_above("US", 0.5))
    three = destination_posterior(FLAGSHIP, prior="uniform", misclassification=SEEN)
    assert three.mean == pytest.approx([0.8736034, 0.0941235, 0.0322731], abs=1e-6)
    assert three.model == "misclassified counts"
    assert three.provenance.arguments["misclassification"]["CN"]["CN"] == pytest.approx(0.93)


def test_glance_is_one_row():
    row = destination_posterior(PARTLY).glance().iloc[0]
    assert (row["known"], row["unknown"], row["destinations"]) == (92, 8, 3)
    assert row["prior"] == "jeffreys"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prior": "flat"}, "Unknown prior 'flat'"),
        ({"prior": {"US": 1, "CN": 1}}, "prior has no value for 'other'"),
        ({"prior": {"US": 1, "CN": 0, "other": 1}}, "prior of 'CN'=0 is not allowed"),
        ({"prior": AgainstReference("China", 1)}, "Unknown destination 'China'"),
        ({"prior": ZeroSum(2), "misclassification": SEEN}, "goes with a Dirichlet prior"),
        (
            {"misclassification": SEEN | {"US": {"US": 0.97, "CN": 0.02, "other": 0.1}}},
            "'US' sums to 1.09; allowed is 1",
        ),
        (
            {"misclassification": SEEN | {"CN": {"US": 0.6, "CN": 0.4, "other": 0.0}}},
            "'CN' has 0.4 on the diagonal; allowed is 0.5 or more",
        ),
        (
            {"misclassification": SEEN | {"CN": {"US": -0.1, "CN": 1.0, "other": 0.1}}},
            r"P\(seen in 'US' \| 'CN'\)=-0.1 is not allowed",
        ),
        ({"misclassification": {"US": SEEN["US"]}}, "misclassification has no value for 'CN'"),
    ],
)
def test_input_that_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        destination_posterior(FLAGSHIP, **change)


def test_more_input_that_is_refused():
    four = DestinationCounts({"US": 87, "CN": 10, "UK": 2, "DE": 1})
    two = DestinationCounts({"US": 87, "CN": 13})
    with pytest.raises(InputError, match="is not DestinationCounts"):
        destination_posterior({"US": 87, "CN": 13})
    with pytest.raises(InputError, match="two or three destinations, and here are 4"):
        destination_posterior(four, prior=ZeroSum(2.0))
    with pytest.raises(InputError, match="two or three destinations, and here are 4"):
        destination_posterior(four, misclassification=dict.fromkeys(four.destinations, (9, 1)))
    with pytest.raises(InputError, match="more often than there"):
        destination_posterior(two, misclassification={"US": (5, 95), "CN": (45, 5)})
    with pytest.raises(InputError, match="give two Beta parameters"):
        destination_posterior(two, misclassification={"US": 0.95, "CN": 0.9})
    with pytest.raises(InputError, match="too many for the exact sum"):
        destination_posterior(
            DestinationCounts({"US": 8700, "CN": 1300}),
            misclassification=dict(US=(9, 1), CN=(9, 1)),
        )
    with pytest.raises(InputError, match="std_dev=0 is not allowed"):
        ZeroSum(0)
    with pytest.raises(InputError, match="compared with itself"):
        destination_posterior(two).contrast("US", "US")
    with pytest.raises(UnknownNameError, match="Unknown destination 'Mars'"):
        destination_posterior(two).probability_above("Mars", 0.5)
    with pytest.raises(InputError, match="is this a percentage"):
        destination_posterior(two).probability_above("US", 90)
    with pytest.raises(InputError, match="all leavers went there"):
        destination_posterior(two).share_of_leavers("CN", host="US")


@pytest.mark.parametrize(
    ("posterior", "found", "message"),
    [
        (lambda: destination_posterior(FLAGSHIP), FOUND, "nobody to place"),
        (lambda: destination_posterior(PARTLY, prior=ZeroSum(2.0)), FOUND, "Dirichlet prior"),
        (
            lambda: destination_posterior(PARTLY, misclassification=SEEN),
            FOUND,
            "not with misclassified counts",
        ),
        (lambda: destination_posterior(PARTLY), {"US": (9, 1)}, "found has no value for 'CN'"),
        (lambda: destination_posterior(PARTLY), FOUND | {"US": (9, 0)}, "found of 'US'=0"),
        (
            lambda: destination_posterior(DestinationCounts({"a": 1, "b": 1}, unknown=5000)),
            {"a": (1, 1), "b": (1, 1)},
            "unknown=5000 is too many",
        ),
    ],
)
def test_unknown_that_cannot_be_placed(posterior, found, message):
    with pytest.raises(InputError, match=message):
        posterior().with_unknown(found=found)


def test_no_sampler_and_no_frame_library_is_loaded():
    code = (
        "import sys; from talentstats.destinations.posterior import destination_posterior as f; "
        "from talentstats.destinations.share_priors import ZeroSum; "
        "from talentstats.summaries.counts import DestinationCounts as C; "
        "f(C({'US': 87, 'CN': 10, 'other': 3}), prior=ZeroSum(2.0)).sentence; "
        "print({'pymc', 'pandas', 'scipy.stats', 'arviz'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
