import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError
from talentstats.plots.power import plot_power


def _curves(axes):
    return {line.get_label(): line for line in axes.lines if len(line.get_xdata()) > 2}


def test_lines_are_the_frame(power):
    axes = plot_power(power.sample(frac=1, random_state=1), benchmark=0.9)
    for group, rows in power.groupby("group"):
        np.testing.assert_array_equal(_curves(axes)[group].get_xdata(), rows["rate"])
        np.testing.assert_array_equal(_curves(axes)[group].get_ydata(), rows["estimate"])


def test_benchmark_and_targets(power):
    axes = plot_power(power, benchmark=0.9, targets=(0.8,))
    straight = [line for line in axes.lines if len(line.get_xdata()) == 2]
    assert [list(line.get_ydata()) for line in straight[:1]] == [[0.8, 0.8]]
    assert list(straight[1].get_xdata()) == [0.9, 0.9]
    assert "benchmark 90%" in [text.get_text() for text in axes.texts]


def test_several_lines_are_told_apart_without_colour(power):
    axes = plot_power(power, benchmark=0.9)
    assert len({str(line._unscaled_dash_pattern) for line in _curves(axes).values()}) == 2
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["n = 100", "n = 300"]


def test_one_line_needs_no_legend(power):
    axes = plot_power(power[power["group"] == "n = 100"].drop(columns="group"), benchmark=0.9)
    assert axes.get_legend() is None


@pytest.mark.parametrize("width", [2.8, 3.4, 7.0])
def test_labels_do_not_overlap(power, width, check_text):
    check_text(plot_power(power, benchmark=0.9, width=width, caption="Exact."))


def test_other_terms_are_left_out(power):
    other = power.head(3).assign(term="detectable", estimate=0.5)
    axes = plot_power(pd.concat([other, power], ignore_index=True), benchmark=0.9)
    assert {len(line.get_xdata()) for line in _curves(axes).values()} == {59}
    with pytest.raises(InputError, match="no row has term 'power'"):
        plot_power(other, benchmark=0.9)


@pytest.mark.parametrize("benchmark", [0, 1, 90])
def test_benchmark_outside_the_rates(power, benchmark):
    with pytest.raises(InputError, match="benchmark="):
        plot_power(power, benchmark=benchmark)
