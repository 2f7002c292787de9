import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex

from talentstats.errors import InputError
from talentstats.plots.compatibility import plot_compatibility
from talentstats.plots.style import figure_of, new_axes

_WIDTHS = pytest.mark.parametrize("width", [2.8, 3.4, 7.0])


def _curve(axes):
    return max(axes.lines, key=lambda line: len(line.get_xdata()))


def _dots(axes):
    on_curve = [
        c for c in axes.collections if len(c.get_offsets()) > 1 and c.get_offsets()[:, 1].min() >= 0
    ]
    return on_curve[0]


def test_curve_and_marks_are_those_of_the_frame(compatibility):
    axes = plot_compatibility(compatibility)
    curve = compatibility[compatibility["term"] == "curve"]
    marks = compatibility[compatibility["term"] == "benchmark"].sort_values("estimate")
    drawn = _curve(axes)
    np.testing.assert_array_equal(drawn.get_xdata(), curve["estimate"])
    np.testing.assert_array_equal(drawn.get_ydata(), curve["p_value"])
    np.testing.assert_array_equal(_dots(axes).get_offsets(), marks[["estimate", "p_value"]])


def test_rejected_benchmarks_are_filled(compatibility):
    # Central exact p of 87 of 100 at level 0.95: only the last three of twelve fall below 0.05.
    filled = [
        to_hex(face) != "#ffffff"
        for face in _dots(plot_compatibility(compatibility)).get_facecolors()
    ]
    assert filled == [False] * 9 + [True] * 3


def test_level_moves_the_line(compatibility):
    axes = plot_compatibility(compatibility, level=0.8)
    assert any(np.allclose(line.get_ydata(), 0.2) for line in axes.lines)
    assert "p = 0.2" in [text.get_text() for text in axes.texts]


def test_shade_covers_the_compatible_rates_only(compatibility):
    # Clopper-Pearson of 87 of 100 inverts the central test: 0.787959 to 0.928927.
    shade = plot_compatibility(compatibility).collections[0].get_paths()[0].get_extents()
    assert shade.x0 == pytest.approx(0.787959, abs=0.0011)
    assert shade.x1 == pytest.approx(0.928927, abs=0.0011)


def test_rounding_ranges_are_drawn(compatibility):
    marks = compatibility[compatibility["term"] == "benchmark"].sort_values("estimate")
    bars = [
        segment
        for lines in plot_compatibility(compatibility).collections
        if isinstance(lines, LineCollection)
        for segment in lines.get_segments()
        if segment[0][1] == segment[1][1]
    ]
    ends = np.array([[bar[0][0], bar[1][0]] for bar in bars])
    np.testing.assert_allclose(ends, marks[["conf_low", "conf_high"]])


@_WIDTHS
def test_labels_do_not_overlap(compatibility, width, check_text):
    check_text(plot_compatibility(compatibility, width=width, caption="Simulated."))


@_WIDTHS
def test_every_benchmark_is_named_with_its_p(compatibility, width):
    words = " ".join(
        text.get_text() for text in plot_compatibility(compatibility, width=width).texts
    )
    words = words.replace("\n", " ").replace("\u00a0", " ").replace("  ", " ")
    assert "90% at 10 years, SDR 2017 p = 0.016" in words
    assert "94% at 5 years, tax 2007 p = 0.053" in words


def test_fits_into_the_callers_axes(compatibility, check_text):
    axes = new_axes(7, 5)
    assert plot_compatibility(compatibility, ax=axes) is axes
    assert figure_of(axes).get_size_inches().tolist() == [7, 5]
    check_text(axes)


def test_no_benchmarks_and_no_rounding_columns(compatibility):
    curve = compatibility[compatibility["term"] == "curve"].drop(columns=["conf_low", "conf_high"])
    axes = plot_compatibility(curve)
    assert len(axes.texts) == 1


def test_frame_without_a_curve(compatibility):
    marks = compatibility[compatibility["term"] == "benchmark"]
    with pytest.raises(InputError, match=r"0 rows have term 'curve' \(terms found: benchmark\)"):
        plot_compatibility(marks)


def test_unaligned_benchmark(compatibility):
    compatibility.loc[0, "estimate"] = np.nan
    with pytest.raises(InputError, match="not finite"):
        plot_compatibility(compatibility)
