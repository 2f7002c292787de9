import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.plots.predictive import plot_predictive_check
from talentstats.plots.style import new_figure


@pytest.fixture
def check():
    """Two cells with people and one without; one share above its interval."""
    return pd.DataFrame(
        {
            "group": np.repeat(["industry", "academia", "government"], 2),
            "outcome": ["US", "China"] * 3, "people": [40, 40, 10, 10, 0, 0], "level": 0.9,
            "share_observed": [0.95, 0.05, 0.5, 0.5, np.nan, np.nan],
            "share_expected": [0.9, 0.1, 0.8, 0.2, np.nan, np.nan],
            "share_low": [0.8, 0.0, 0.6, 0.0, np.nan, np.nan],
            "share_high": [1.0, 0.2, 1.0, 0.4, np.nan, np.nan],
        }
    )  # fmt: skip


def _marks(panel):
    inside, outside = (c for c in panel.collections if not hasattr(c, "get_segments"))
    return inside.get_offsets().data.tolist(), outside.get_offsets().data.tolist()


def test_a_panel_a_destination_with_bars_and_marks(check):
    us, china = plot_predictive_check(check)
    assert [us.get_title(loc="left"), china.get_title(loc="left")] == ["US", "China"]
    bars = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in china.patches]
    np.testing.assert_allclose(bars, [(0.0, 0.2), (0.0, 0.4)])
    assert _marks(us) == ([[0.95, 0]], [[0.5, -1]])
    assert _marks(china) == ([[0.05, 0]], [[0.5, -1]])


def test_the_caption_tells_marks_and_who_is_not_shown(check):
    panels = plot_predictive_check(check, caption="Simulated.")
    said = panels[0].figure.get_supxlabel().replace("\n", " ")
    assert said == (
        "Simulated. Bar: 90% of replicated shares, their mean marked; dot: observed; cross: "
        "observed outside its bar. Not shown: 1 of 3 cells, in which nobody is."
    )


def test_marks_outside_are_those_that_the_check_counts(destination_posterior_by_hand):
    check = destination_posterior_by_hand.predictive_check(level=0.5)
    panels = plot_predictive_check(check)
    for panel, outside in zip(panels, check.outside.T, strict=True):
        inside, crosses = _marks(panel)
        assert len(crosses) == outside.sum()
        assert len(inside) + len(crosses) == 11


def test_chosen_destinations_in_their_order(check):
    panels = plot_predictive_check(check, destinations=["China", "US"])
    assert [panel.get_title(loc="left") for panel in panels] == ["China", "US"]
    with pytest.raises(UnknownNameError, match="Unknown destination 'Chna'"):
        plot_predictive_check(check, destinations=["Chna"])


@pytest.mark.parametrize("width", [2.8, 3.4, 7.0])
def test_labels_do_not_overlap(destination_posterior_by_hand, width, check_text):
    check = destination_posterior_by_hand.predictive_check()
    check_text(plot_predictive_check(check, width=width, caption=check.sentence))


def test_own_axes(check):
    axes = new_figure(7, 4).subplots(2)
    assert plot_predictive_check(check, ax=list(axes)) == tuple(axes)
    with pytest.raises(InputError, match="ax holds 1 axes; there are 2 destinations"):
        plot_predictive_check(check, ax=[axes[0]])


def test_nobody(check):
    with pytest.raises(InputError, match="no cell has people"):
        plot_predictive_check(check.assign(people=0))


def test_something_else():
    with pytest.raises(InputError, match="plot_predictive_check was given a int"):
        plot_predictive_check(3)
