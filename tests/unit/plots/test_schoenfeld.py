import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.plots.schoenfeld import plot_schoenfeld


@pytest.fixture
def residuals():
    rng = np.random.default_rng(2)
    time = np.sort(rng.exponential(4, 60)).round(2)
    parts = [
        pd.DataFrame(
            {
                "time": time,
                "term": term,
                "residual": slope * time + rng.normal(size=60),
                "weight": 1,
            }
        )
        for term, slope in (("sector: industry", 0.5), ("stage: late", 0.0), ("age", 0.0))
    ]
    return pd.concat(parts, ignore_index=True)


def points(axes):
    return next(line for line in axes.lines if line.get_marker() == "o")


def test_points_are_the_residuals_and_the_dashed_line_their_mean(residuals):
    panels = plot_schoenfeld(residuals.sample(frac=1, random_state=3))
    assert [p.get_title(loc="left") for p in panels][2] != "age" or len(panels) == 3
    for axes, (_, rows) in zip(
        plot_schoenfeld(residuals), residuals.groupby("term", sort=False), strict=True
    ):
        np.testing.assert_array_equal(points(axes).get_ydata(), rows["residual"])
        dashed = [line for line in axes.lines if len(line.get_xdata()) == 2]
        assert dashed[0].get_ydata()[0] == pytest.approx(rows["residual"].mean())


def test_smooth_of_a_straight_line_is_that_line():
    time = np.linspace(0, 10, 30)
    frame = pd.DataFrame({"time": time, "term": "x", "residual": 2 * time - 1, "weight": 1.0})
    (axes,) = plot_schoenfeld(frame)
    smooth = next(line for line in axes.lines if len(line.get_xdata()) == 101)
    np.testing.assert_allclose(smooth.get_ydata(), 2 * smooth.get_xdata() - 1, atol=1e-9)


def test_smooth_takes_weights_as_rows(residuals):
    one = residuals[residuals["term"] == "age"].assign(weight=2)
    two = pd.concat([one.assign(weight=1)] * 2)
    lines = [
        next(line for line in plot_schoenfeld(f)[0].lines if len(line.get_xdata()) == 101)
        for f in (one, two)
    ]
    np.testing.assert_allclose(lines[0].get_ydata(), lines[1].get_ydata(), rtol=1e-9)


def test_few_times_have_no_smooth():
    frame = pd.DataFrame({"time": [1.0, 2, 3], "term": "x", "residual": 0.1, "weight": 1})
    (axes,) = plot_schoenfeld(frame)
    assert not [line for line in axes.lines if len(line.get_xdata()) == 101]


def test_terms_can_be_chosen(residuals):
    panels = plot_schoenfeld(residuals, terms=["age"])
    assert [p.get_title(loc="left") for p in panels] == ["age"]
    with pytest.raises(UnknownNameError, match="age"):
        plot_schoenfeld(residuals, terms=["agee"])
    with pytest.raises(InputError, match="3 coefficients"):
        plot_schoenfeld(residuals, ax=[panels[0]])
    with pytest.raises(InputError, match="lacks residual"):
        plot_schoenfeld(residuals.drop(columns="residual"))


@pytest.mark.parametrize("width", [2.8, 3.4, 7.0])
def test_labels_do_not_overlap(residuals, width, check_text):
    check_text(plot_schoenfeld(residuals, width=width, caption="Simulated."))
