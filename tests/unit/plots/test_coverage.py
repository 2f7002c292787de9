import numpy as np
import pytest

from talentstats.errors import InputError
from talentstats.plots.coverage import plot_coverage
from talentstats.plots.style import new_figure


def test_one_panel_a_method_and_n_with_its_rows(coverage):
    panels = plot_coverage(coverage)
    groups = list(coverage.groupby(["method", "n"], sort=False))
    assert len(panels) == 4
    for axes, ((method, n), rows) in zip(panels, groups, strict=True):
        curve = axes.lines[-1]
        np.testing.assert_array_equal(curve.get_xdata(), rows["rate"])
        np.testing.assert_array_equal(curve.get_ydata(), rows["coverage"])
        assert axes.get_title(loc="left").replace("\u00a0", " ").startswith(f"{method}\nn = {n}")


def test_nominal_line(coverage):
    for axes in plot_coverage(coverage, level=0.9):
        assert set(axes.lines[0].get_ydata()) == {0.9}


def test_only_shortfalls_are_filled(coverage):
    # Clopper-Pearson never falls short of its level, Wald does.
    exact, _, wald, _ = plot_coverage(coverage)
    assert not exact.collections[0].get_paths()
    lowest = min(path.get_extents().y0 for path in wald.collections[0].get_paths())
    assert lowest < 0.95


def test_mean_length_is_named_in_points(coverage):
    first = coverage[(coverage["method"] == "clopper-pearson") & (coverage["n"] == 10)]
    flat = first.assign(expected_length=0.123)
    title = plot_coverage(flat)[0].get_title(loc="left")
    assert title.endswith("length\u00a012.3")


@pytest.mark.parametrize("width", [2.8, 3.4, 7.0])
def test_labels_do_not_overlap(coverage, width, check_text):
    check_text(plot_coverage(coverage, width=width, caption="Exact."))


def test_single_n_fills_the_width(coverage, check_text):
    single = coverage[coverage["n"] == 30]
    panels = plot_coverage(single, width=3.4)
    assert panels[0].get_subplotspec().get_gridspec().ncols == 2
    check_text(panels)


def test_own_axes(coverage):
    own = list(new_figure(7, 3).subplots(1, 5))
    assert plot_coverage(coverage, ax=own) == tuple(own[:4])


def test_too_few_axes(coverage):
    own = list(new_figure(7, 3).subplots(1, 2))
    with pytest.raises(InputError, match="ax holds 2 axes; the frame has 4 panels"):
        plot_coverage(coverage, ax=own)
