import numpy as np
import pytest

from talentstats.errors import InputError
from talentstats.plots.stay_rates import plot_stay_rates


def test_lines_are_the_frame(stay_rates):
    axes = plot_stay_rates(stay_rates)
    drawn = sorted((line.get_xdata().tolist(), line.get_ydata().tolist()) for line in axes.lines)
    expected = sorted(
        (rows["time"].astype(float).tolist(), rows["estimate"].tolist())
        for _, rows in stay_rates.groupby(["group", "instrument"])
    )
    assert drawn == expected
    assert len(drawn) == 10


def test_no_line_crosses_the_break(stay_rates):
    for line in plot_stay_rates(stay_rates).lines:
        years = line.get_xdata()
        assert years.max() <= 2011 or years.min() >= 2013


def test_break_is_shaded_and_named(stay_rates):
    axes = plot_stay_rates(stay_rates)
    [band] = axes.patches
    assert (band.get_x(), band.get_x() + band.get_width()) == (2011, 2013)
    words = [text.get_text().replace("\n", " ") for text in axes.texts]
    assert {"SSA tax match (Finn/ORISE)", "SDR survey", "break in series"} <= set(words)


def test_only_known_intervals_are_drawn(stay_rates):
    axes = plot_stay_rates(stay_rates)
    bars = np.concatenate([lines.get_segments() for lines in axes.collections])
    assert bars.shape[0] == 15
    assert bars[:, 0, 0].min() == 2013
    np.testing.assert_allclose(bars[:, 1, 1] - bars[:, 0, 1], 0.06)


@pytest.mark.parametrize("width", [2.8, 3.4, 7.0])
def test_labels_do_not_overlap(stay_rates, width, check_text):
    check_text(plot_stay_rates(stay_rates, width=width, caption="Source: table S3-23. " * 3))


def test_every_origin_is_named_once(stay_rates):
    words = [text.get_text().replace("\n", " ") for text in plot_stay_rates(stay_rates).texts]
    for group in stay_rates["group"].unique():
        assert words.count(group) == 1


def test_origin_seen_by_one_instrument_only_is_named(stay_rates, check_text):
    tax_only = stay_rates[(stay_rates["group"] != "India") | (stay_rates["time"] < 2012)]
    axes = plot_stay_rates(tax_only)
    assert "India" in [text.get_text() for text in axes.texts]
    check_text(axes)


def test_one_instrument_has_no_break(stay_rates):
    axes = plot_stay_rates(stay_rates[stay_rates["time"] < 2012])
    assert not axes.patches


def test_gap_inside_a_series_leaves_the_other_years(stay_rates):
    stay_rates.loc[stay_rates["time"] == 2007, "estimate"] = np.nan
    assert all(2007 not in line.get_xdata() for line in plot_stay_rates(stay_rates).lines)


def test_nothing_known(stay_rates):
    with pytest.raises(InputError, match="no estimate is a number"):
        plot_stay_rates(stay_rates.assign(estimate=np.nan))


def test_year_that_is_missing(stay_rates):
    with pytest.raises(InputError, match="a time is not finite"):
        plot_stay_rates(stay_rates.assign(time=np.nan))
