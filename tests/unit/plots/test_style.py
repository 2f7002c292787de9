import subprocess
import sys

import matplotlib
import pytest
from matplotlib.colors import to_rgb

from talentstats.errors import InputError
from talentstats.plots import style
from talentstats.plots.compatibility import plot_compatibility
from talentstats.plots.coverage import plot_coverage
from talentstats.plots.forest import plot_forest
from talentstats.plots.power import plot_power
from talentstats.plots.save import save_figure, svg_text
from talentstats.plots.specification import plot_specification_curve
from talentstats.plots.stay_rates import plot_stay_rates


def test_figure_has_the_printed_size():
    axes = style.new_axes(3.4, 2.5)
    assert axes.figure.get_size_inches().tolist() == [3.4, 2.5]


@pytest.mark.parametrize("width", [style.PHONE, style.SINGLE, 5, style.DOUBLE])
def test_no_text_size_falls_below_seven_points(width):
    sizes = style.sizes_for(width)
    assert sizes.small >= 7
    assert sizes.text >= sizes.small


@pytest.mark.parametrize("width", [1.5, 340, "wide", float("nan")])
def test_width_that_no_page_has_is_refused(width):
    with pytest.raises(InputError, match=r"width=.*inches"):
        style.sizes_for(width)


def test_series_stay_apart_without_colour():
    marks = {(str(series.dash), series.marker) for series in style.SERIES}
    assert len(marks) == len(style.SERIES)


def test_series_contrast_with_the_page():
    # WCAG asks a contrast of 3 to 1 of graphical objects; luminance weights are its own.
    for series in style.SERIES:
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in to_rgb(series.color)
        ]
        luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        assert 1.05 / (luminance + 0.05) >= 3, series.color


def test_drawing_and_saving_leave_the_callers_settings_alone(
    tmp_path, compatibility, specifications, stay_rates, coverage, power, forest
):
    with matplotlib.rc_context({"font.size": 23, "axes.grid": True, "svg.fonttype": "path"}):
        before = dict(matplotlib.rcParams)
        drawn = [
            plot_compatibility(compatibility),
            plot_specification_curve(specifications),
            plot_stay_rates(stay_rates),
            plot_coverage(coverage),
            plot_power(power, benchmark=0.9),
            plot_forest(forest),
        ]
        save_figure(drawn[0], tmp_path / "a.svg")
        svg_text(drawn[1], "Title", "Description")
        assert dict(matplotlib.rcParams) == before
    # ... and the caller's settings do not leak into the figures either.
    assert drawn[0].get_xticklabels()[0].get_fontsize() < 10


def test_package_imports_without_matplotlib():
    code = (
        "import sys, pkgutil, importlib, talentstats.plots as room\n"
        "for m in pkgutil.iter_modules(room.__path__):\n"
        "    importlib.import_module('talentstats.plots.' + m.name)\n"
        "print(sorted({'matplotlib', 'pandas', 'scipy.stats'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_figure_of_refuses_what_is_no_figure():
    with pytest.raises(InputError, match="not a figure"):
        style.figure_of([])


def test_figure_of_finds_the_whole_figure_behind_a_subfigure():
    figure = style.new_figure(7, 3)
    axes = figure.subfigures(1, 2)[0].subplots()
    assert style.figure_of(axes) is figure


def test_axes_that_are_none_are_refused(compatibility):
    with pytest.raises(InputError, match="not a matplotlib Axes"):
        plot_compatibility(compatibility, ax="here")
