import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.plots.posterior_shares import plot_shares_by_cell
from talentstats.plots.style import new_axes


@pytest.fixture
def cells():
    """Three cells by hand, one without people, one whose raw share lies outside its interval."""
    return pd.DataFrame(
        {
            "group": ["industry", "academia", "government"], "outcome": "China",
            "estimate": [0.05, 0.15, 0.10], "conf_low": [0.02, 0.09, 0.03],
            "conf_high": [0.09, 0.24, 0.25], "count": [0, 4, 0], "people": [30, 12, 0],
            "raw": [0.0, 4 / 12, np.nan],
        }
    )  # fmt: skip


def _offsets(axes):
    return [c.get_offsets().data for c in axes.collections if not hasattr(c, "get_segments")]


def test_largest_estimate_on_top_with_its_people(cells):
    axes = plot_shares_by_cell(cells)
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["academia", "government", "industry"]
    assert [text.get_text() for text in axes.texts] == ["4 of 12", "nobody", "0 of 30"]


def test_pooled_and_raw_stand_in_the_same_row(cells):
    pooled, raw = _offsets(plot_shares_by_cell(cells))
    np.testing.assert_allclose(pooled, [[0.15, 0], [0.10, -1], [0.05, -2]])
    np.testing.assert_allclose(raw, [[1 / 3, 0], [0, -2]])


def test_what_an_interval_does_not_reach_is_joined_to_it(cells):
    axes = plot_shares_by_cell(cells)
    joined, intervals = (
        [s[:, 0].tolist() for s in c.get_segments()]
        for c in axes.collections
        if hasattr(c, "get_segments")
    )
    np.testing.assert_allclose(joined, [[1 / 3, 0.24], [0, 0.02]])
    np.testing.assert_allclose(intervals, [[0.09, 0.24], [0.03, 0.25], [0.02, 0.09]])


def test_all_cells_together_are_marked(cells):
    axes = plot_shares_by_cell(cells)
    [line] = axes.lines
    assert line.get_xdata()[0] == pytest.approx(4 / 42)
    said = [text.get_text().replace("\n", " ") for text in axes.get_legend().get_texts()]
    assert "observed in all cells: 9.5% (4 of 42)" in said


def test_a_fit_names_estimator_and_level(destination_posterior_by_hand):
    axes = plot_shares_by_cell(destination_posterior_by_hand, destination="China", level=0.8)
    said = [text.get_text().replace("\n", " ") for text in axes.get_legend().get_texts()]
    assert said[0] == "pooled: median, 80% interval"
    pooled, raw = _offsets(axes)
    assert len(pooled) == 12
    assert len(raw) == 11
    frame = destination_posterior_by_hand.tidy("cell")
    wanted = frame.loc[frame["outcome"] == "China", "estimate"].sort_values(ascending=False)
    np.testing.assert_allclose(pooled[:, 0], wanted)


@pytest.mark.parametrize("width", [2.8, 3.4, 7.0])
def test_labels_do_not_overlap(destination_posterior_by_hand, width, check_text):
    check_text(
        plot_shares_by_cell(
            destination_posterior_by_hand, destination="China", width=width, caption="Simulated."
        )
    )


def test_own_axes(cells):
    axes = new_axes(7, 2)
    assert plot_shares_by_cell(cells, ax=axes) is axes


def test_several_destinations_need_a_name(destination_posterior_by_hand):
    with pytest.raises(InputError, match=r"one destination, found 3.*one of US, China, other"):
        plot_shares_by_cell(destination_posterior_by_hand)
    with pytest.raises(UnknownNameError, match=r"Unknown destination 'Chine'.*China"):
        plot_shares_by_cell(destination_posterior_by_hand, destination="Chine")


def test_a_cell_twice(cells):
    with pytest.raises(InputError, match="'industry' stands in the frame more than once"):
        plot_shares_by_cell(pd.concat([cells, cells.iloc[:1]]))


def test_a_table_without_raw_shares(cells):
    with pytest.raises(InputError, match="the frame lacks raw"):
        plot_shares_by_cell(cells.drop(columns="raw"))
