import pytest

from talentstats.destinations.posterior import destination_posterior
from talentstats.destinations.prior_sensitivity import share_prior_sensitivity
from talentstats.destinations.share_priors import ZeroSum
from talentstats.errors import InputError, UnknownNameError
from talentstats.summaries.counts import DestinationCounts

FLAGSHIP = DestinationCounts({"US": 87, "CN": 10, "other": 3})


def test_87_of_100_under_the_priors_of_the_literature():
    # Means of three decimals as in the comparison of priors that the default rests on.
    found = share_prior_sensitivity(FLAGSHIP, reference="US")
    frame = found.tidy().pivot(index="group", columns="outcome", values="estimate").round(3)
    frame = frame[["US", "CN", "other"]]
    assert frame.loc["uniform"].tolist() == [0.854, 0.107, 0.039]
    assert frame.loc["jeffreys"].tolist() == [0.862, 0.103, 0.034]
    assert frame.loc["perks"].tolist() == [0.865, 0.102, 0.033]
    assert frame.loc["zero-sum N(0, 2)"].tolist() == [0.865, 0.101, 0.034]
    assert frame.loc["N(0, 1) against US"].tolist() == [0.823, 0.120, 0.057]
    assert frame.loc["N(0, 2.5) against US"].tolist() == [0.861, 0.103, 0.035]


def test_rows_are_those_of_each_posterior():
    frame = share_prior_sensitivity(FLAGSHIP).tidy(level=0.8)
    alone = destination_posterior(FLAGSHIP, prior=ZeroSum(2.0))
    rows = frame[frame["group"] == alone.prior_name]
    assert rows["conf_low"].tolist() == alone.tidy(level=0.8)["conf_low"].tolist()
    assert set(rows["log_evidence"]) == {alone.log_evidence}
    assert len(frame) == 4 * 3


def test_the_largest_move_is_named():
    row = share_prior_sensitivity(FLAGSHIP, reference="US").glance().iloc[0]
    assert row["most_moved"] == "US"
    assert row["largest_move"] == pytest.approx(0.86535322 - 0.82304902, abs=1e-8)
    assert row["priors"] == 6
    assert "US 82.3% to 86.5%" in share_prior_sensitivity(FLAGSHIP, reference="US").sentence


def test_more_destinations_have_no_normal_prior():
    four = DestinationCounts({"US": 87, "CN": 10, "UK": 2, "DE": 1})
    assert [one.prior_name for one in share_prior_sensitivity(four).posteriors] == [
        "jeffreys",
        "uniform",
        "perks",
    ]
    with pytest.raises(InputError, match="here are 4"):
        share_prior_sensitivity(four, reference="US")
    with pytest.raises(UnknownNameError, match="Unknown destination"):
        share_prior_sensitivity(FLAGSHIP, reference="Mars")
