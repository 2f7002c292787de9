import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.plots.forest import plot_forest
from talentstats.plots.save import save_figure
from talentstats.plots.style import new_axes


def _points(axes):
    [points] = [c for c in axes.collections if not hasattr(c, "get_segments")]
    return points.get_offsets()


def test_points_and_intervals_are_the_frame(forest):
    axes = plot_forest(forest)
    np.testing.assert_array_equal(_points(axes).filled(np.nan)[:, 0], forest["estimate"])
    np.testing.assert_array_equal(_points(axes).data[:, 1], [0, -1, -2, -3])
    bars = next(c for c in axes.collections if hasattr(c, "get_segments")).get_segments()
    np.testing.assert_array_equal(
        [b[:, 0] for b in bars], forest.loc[:2, ["conf_low", "conf_high"]]
    )
    np.testing.assert_array_equal([b[0, 1] for b in bars], [0, -1, -2])


def test_names_at_the_left_and_numbers_at_the_right(forest):
    axes = plot_forest(forest)
    names = [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]
    assert names == forest["group"].tolist()
    assert [text.get_text() for text in axes.texts] == [
        "87.0% (79.0 to 92.2)",
        "86.2% (83.0 to 89.0)",
        "78.0% (60.0 to 90.0)",
        "not estimated",
    ]


@pytest.mark.parametrize("width", [2.8, 3.4, 7.0])
def test_labels_do_not_overlap(forest, width, check_text):
    lines = {"90% at 10 years": 0.939, "81% at 10 years": 0.881, "90%": 0.9}
    check_text(plot_forest(forest, references=lines, width=width, caption="Simulated."))


def test_reference_lines_stand_where_asked(forest):
    axes = plot_forest(forest, references={"90% at 10 years": 0.939})
    upright = [
        s for c in axes.collections if hasattr(c, "get_segments") for s in c.get_segments()
        if s[0, 0] == s[1, 0]
    ]  # fmt: skip
    assert [s[0, 0] for s in upright] == [0.939]
    assert "90% at 10 years" in [text.get_text() for text in axes.texts]


@pytest.fixture
def ratios():
    return pd.DataFrame(
        {
            "term": ["Women", "Rare destination"], "estimate": [0.5, 2.0],
            "conf_low": [0.25, 0.8], "conf_high": [1.0, np.inf],
        }
    )  # fmt: skip


def test_ratios_have_a_log_axis(ratios):
    axes = plot_forest(ratios, label="term", scale="ratio", xlabel="Hazard ratio")
    axes.figure.draw_without_rendering()
    at = axes.transData.transform([(0.5, 0), (1, 0), (2, 0)])[:, 0]
    assert at[1] - at[0] == pytest.approx(at[2] - at[1])
    ticks = [label.get_text() for label in axes.get_xticklabels()]
    assert {"0.5", "1", "2"} <= set(ticks)


def test_open_interval_is_an_arrow_to_the_edge(ratios):
    axes = plot_forest(ratios, label="term", scale="ratio")
    [arrow] = [line for line in axes.lines if line.get_marker() == ">"]
    assert arrow.get_xdata()[0] == axes.get_xlim()[1]
    assert axes.texts[1].get_text() == "2.00 (0.80 to \N{INFINITY})"


def test_differences_print_a_true_minus():
    frame = pd.DataFrame(
        {"group": ["a"], "estimate": [-0.069], "conf_low": [-0.151], "conf_high": [-0.01]}
    )
    words = plot_forest(frame, scale="difference").texts[0].get_text()
    assert words == "\N{MINUS SIGN}6.9 (\N{MINUS SIGN}15.1 to \N{MINUS SIGN}1.0)"


def test_money_is_not_mathematics(tmp_path, forest):
    forest["group"] = ["$5,500 to $9,000", "a_b^c", "100%", "x\\y"]
    written = save_figure(plot_forest(forest), tmp_path / "a.svg").read_text()
    assert all(label in written for label in forest["group"])


def test_own_axes(forest):
    axes = new_axes(7, 2)
    assert plot_forest(forest, ax=axes) is axes


def test_ratio_below_zero(ratios):
    with pytest.raises(InputError, match=r"-1 is not above zero.*exponentiate"):
        plot_forest(ratios.assign(conf_low=[-1, 0.5]), label="term", scale="ratio")


def test_unknown_scale(forest):
    with pytest.raises(UnknownNameError, match=r"Unknown scale 'log'.*rate, difference, ratio"):
        plot_forest(forest, scale="log")


def test_nothing_to_draw(forest):
    with pytest.raises(InputError, match="no estimate is finite"):
        plot_forest(forest.assign(estimate=np.nan))
