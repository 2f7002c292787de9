import numpy as np
import pytest

from talentstats.errors import InputError
from talentstats.plots.evidence import plot_historical_prior
from talentstats.plots.style import new_axes
from talentstats.retention.historical_prior import historical_prior
from talentstats.summaries.counts import RetentionCounts


@pytest.fixture(scope="module")
def prior():
    names = ["sei2020-china-10yr", "sei2024-china-5yr", "sei2024-china-10yr"]
    return historical_prior(names, horizon=6)


def _names(axes):
    return [
        label.get_text().replace("\n", " ").replace("\N{NO-BREAK SPACE}", " ")
        for label in axes.get_yticklabels()
    ]


def test_studies_prediction_and_observation(prior):
    axes = plot_historical_prior(prior, RetentionCounts(87, 100))
    assert _names(axes) == [
        "China, 10 years (SEI 2020)",
        "China, 5 years (SEI 2024)",
        "China, 10 years (SEI 2024)",
        "Rate of a new cohort, predicted",
        "Predicted share of 100 people",
        "Observed: 87 of 100",
    ]
    said = [text.get_text() for text in axes.texts]
    # 90% at 10 years is 0.9 ** 0.6 at 6, 81% at 10 years 0.81 ** 0.6.
    assert [text.split("%")[0] for text in said[:3]] == ["93.9", "85.8", "88.1"]
    # Wilson's interval of 87 of 100, as published tables have it.
    assert said[5] == "87.0% (79.0 to 92.2)"


def test_the_predicted_share_is_that_of_whole_people(prior):
    axes = plot_historical_prior(prior, RetentionCounts(87, 100), level=0.9)
    drawn = prior.predict(100).probabilities
    below = np.cumsum(drawn)
    low, high = np.searchsorted(below, [0.05, 0.95])
    mean = drawn @ np.arange(101)
    assert axes.texts[4].get_text() == f"{mean:.1f}% ({low}.0 to {high}.0)"


def test_a_robust_prior_has_a_row_of_its_own(prior):
    axes = plot_historical_prior(prior.robust(0.2))
    assert _names(axes)[3:] == ["Rate of a new cohort, predicted", "Prior in use, 0.2 of it vague"]


def test_diamonds_are_the_studies_given_all(prior):
    axes = plot_historical_prior(prior)
    diamonds = axes.collections[-1].get_offsets().data
    tidy = prior.tidy()
    np.testing.assert_allclose(diamonds[:, 0], tidy.loc[tidy["term"] == "study", "shrunken"])
    np.testing.assert_array_equal(diamonds[:, 1], [0, -1, -2])


@pytest.mark.parametrize("width", [2.8, 3.4, 7.0])
def test_labels_do_not_overlap(prior, width, check_text):
    check_text(
        plot_historical_prior(
            prior.robust(0.2), RetentionCounts(870, 1000), width=width, caption="SEI 2020, 2024."
        )
    )


def test_own_axes(prior):
    axes = new_axes(7, 2)
    assert plot_historical_prior(prior, ax=axes) is axes


def test_something_else(prior):
    with pytest.raises(InputError, match=r"given a int; allowed is what historical_prior\(\)"):
        plot_historical_prior(3)
    with pytest.raises(InputError, match="counts is a int; allowed are RetentionCounts"):
        plot_historical_prior(prior, 87)
