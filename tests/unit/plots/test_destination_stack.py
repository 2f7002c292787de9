import numpy as np
import pandas as pd
import pytest

from talentstats.destinations.posterior import destination_posterior
from talentstats.errors import InputError
from talentstats.plots.destination_stack import plot_destinations
from talentstats.plots.style import new_axes
from talentstats.summaries.counts import DestinationCounts


@pytest.fixture
def shares():
    return pd.DataFrame(
        {
            "group": ["sector=industry"] * 2 + ["sector=academia"] * 2,
            "outcome": ["US", "China"] * 2,
            "estimate": [0.91, 0.08, 0.79, 0.19], "mean": [0.9, 0.1, 0.8, 0.2],
            "people": [30, 30, 1200, 1200],
        }
    )  # fmt: skip


def test_bars_are_means_and_fill_the_axes(shares):
    axes = plot_destinations(shares)
    widths = [[bar.get_width() for bar in drawn] for drawn in axes.containers]
    starts = [[bar.get_x() for bar in drawn] for drawn in axes.containers]
    np.testing.assert_allclose(widths, [[0.9, 0.8], [0.1, 0.2]])
    np.testing.assert_allclose(starts, [[0, 0], [0.9, 0.8]])
    assert axes.get_xlabel() == "Posterior mean share"


def test_a_covariate_heads_its_levels(shares):
    axes = plot_destinations(shares)
    labels = axes.get_yticklabels()
    assert [label.get_text() for label in labels] == ["sector", "industry", "academia"]
    assert [label.get_fontweight() for label in labels] == ["bold", "normal", "normal"]
    middles = [bar.get_y() + bar.get_height() / 2 for bar in axes.containers[0]]
    np.testing.assert_allclose(middles, [-1, -2])
    said = [text.get_text() for text in axes.texts]
    assert said[:3] == ["", "n = 30", "n = 1,200"]
    assert said[3:] == ["90", "10", "80", "20"]


def test_a_piece_without_room_has_no_number(shares):
    shares["mean"] = [0.995, 0.005, 0.5, 0.5]
    said = [text.get_text() for text in plot_destinations(shares, width=2.8).texts]
    assert said[3:] == ["100", "50", "50"]


def test_pieces_differ_in_grey_and_hatch(shares):
    drawn = plot_destinations(shares).containers
    assert len({container[0].get_hatch() for container in drawn}) == 2


def test_closed_form_shares():
    counts = DestinationCounts({"US": 87, "CN": 10, "other": 3})
    axes = plot_destinations(destination_posterior(counts, prior="uniform"))
    # Posterior means (k + 1) / (n + 3).
    widths = [container[0].get_width() for container in axes.containers]
    np.testing.assert_allclose(widths, [88 / 103, 11 / 103, 4 / 103])


@pytest.mark.parametrize("what", ["margin", "population", "cell"])
@pytest.mark.parametrize("width", [2.8, 7.0])
def test_labels_do_not_overlap(destination_posterior_by_hand, what, width, check_text):
    check_text(
        plot_destinations(
            destination_posterior_by_hand, what=what, width=width, caption="Simulated."
        )
    )


def test_many_destinations_keep_their_key_inside(check_text):
    names = ["United States", "China", "United Kingdom", "Germany", "Switzerland", "elsewhere"]
    frame = pd.DataFrame({"outcome": names, "estimate": [0.7, 0.1, 0.05, 0.05, 0.05, 0.05]})
    for width in (2.8, 3.4, 7.0):
        check_text(plot_destinations(frame, width=width))


def test_own_axes(shares):
    axes = new_axes(7, 2)
    assert plot_destinations(shares, ax=axes) is axes


def test_medians_that_do_not_sum_to_one(shares):
    with pytest.raises(InputError, match=r"'sector=industry' sums to 0\.990.*medians"):
        plot_destinations(shares.drop(columns="mean"))


def test_a_destination_that_is_missing(shares):
    with pytest.raises(InputError, match="'sector=academia' lacks China"):
        plot_destinations(shares.iloc[:3])


def test_a_destination_twice(shares):
    with pytest.raises(InputError, match="'US' stands in group 'sector=industry' more than once"):
        plot_destinations(pd.concat([shares, shares]))
