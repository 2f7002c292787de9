import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.plots.specification import plot_specification_curve
from talentstats.plots.style import new_figure


def _points(axes):
    offsets = [
        c.get_offsets()
        for c in axes.collections
        if c.get_offsets().shape[0] and not hasattr(c, "get_segments")
    ]
    points = np.concatenate(offsets)
    return points[np.argsort(points[:, 0])]


def _intervals(axes):
    segments = np.concatenate(
        [c.get_segments() for c in axes.collections if hasattr(c, "get_segments")]
    )
    return segments[np.argsort(segments[:, 0, 0])]


@pytest.mark.parametrize("which", ["specifications", "many_specifications"])
def test_upper_panel_is_the_frame_in_order(which, request):
    frame = request.getfixturevalue(which)
    panels = plot_specification_curve(frame)
    ordered = frame.sort_values("estimate", kind="stable")
    np.testing.assert_array_equal(_points(panels.upper)[:, 0], np.arange(len(frame)))
    np.testing.assert_array_equal(_points(panels.upper)[:, 1], ordered["estimate"])
    intervals = _intervals(panels.upper)
    np.testing.assert_array_equal(intervals[:, 0, 1], ordered["conf_low"])
    np.testing.assert_array_equal(intervals[:, 1, 1], ordered["conf_high"])


def _marks_by_row(axes):
    """Return, for each labelled row, the specifications marked in it."""
    rows = {
        y: label.get_text().replace("\n", " ")
        for y, label in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
    }
    marks = {}
    for collection in axes.collections:
        if hasattr(collection, "get_segments"):
            ticks = [s for s in collection.get_segments() if s[0][0] == s[1][0]]
            if not ticks:
                continue
            x, y = [s[0][0] for s in ticks], np.mean([s[:, 1] for s in ticks])
        else:
            x, y = collection.get_offsets()[:, 0], collection.get_offsets()[0, 1]
        row = min(rows, key=lambda at: abs(at - y))
        marks[rows[row]] = [int(at) for at in x]
    return marks


@pytest.mark.parametrize("which", ["specifications", "many_specifications"])
def test_lower_panel_marks_each_choice_where_it_was_made(which, request):
    frame = request.getfixturevalue(which)
    marks = _marks_by_row(plot_specification_curve(frame).lower)
    ordered = frame.sort_values("estimate", kind="stable").reset_index(drop=True)
    for column, value in [
        ("benchmark", "90% at 10 years, SDR 2017"),
        ("test", "central"),
        ("verdict", "below"),
        ("verdict", "cannot tell"),
    ]:
        assert marks[value] == ordered.index[ordered[column] == value].tolist(), value


def test_numbers_ascend_and_words_follow_their_estimates(many_specifications):
    labels = [
        label.get_text()
        for label in plot_specification_curve(many_specifications).lower.get_yticklabels()
    ]
    assert labels[-5:] == ["Design effect", "1", "1.25", "1.5", "2"]
    first = labels.index("Benchmark") + 1
    assert labels[first].startswith("96%")
    assert labels[first + 11].startswith("83%")


def test_verdicts_differ_in_shape_and_in_grey(specifications):
    verdicts = [
        "below", "above", "cannot tell", "equivalent within the margin",
        "equivalent within the margin, though detectably below",
        "equivalent within the margin, though detectably above",
    ]  # fmt: skip
    frame = specifications.head(6).assign(verdict=verdicts)
    points = [
        c
        for c in plot_specification_curve(frame).upper.collections
        if not hasattr(c, "get_segments")
    ]
    shapes = {tuple(c.get_paths()[0].vertices.round(3).ravel()) for c in points}
    assert len(shapes) == 6
    grey = np.sort([c.get_facecolor()[0][:3] @ [0.299, 0.587, 0.114] for c in points])
    assert np.diff(grey).min() > 0.06


@pytest.mark.parametrize("width", [2.8, 3.4, 7.0])
@pytest.mark.parametrize("which", ["specifications", "many_specifications"])
def test_labels_do_not_overlap(which, width, request, check_text):
    frame = request.getfixturevalue(which)
    check_text(plot_specification_curve(frame, width=width, caption="Descriptive."))


def test_own_choices_and_own_axes(specifications):
    figure = new_figure(7, 6)
    pair = tuple(figure.subplots(2, 1))
    panels = plot_specification_curve(specifications, choices={"test": "Which test"}, ax=pair)
    assert tuple(panels) == pair
    labels = [label.get_text() for label in panels.lower.get_yticklabels()]
    assert labels[-3] == "Which test"


def test_one_axes_is_not_a_pair(specifications):
    with pytest.raises(InputError, match="pair of axes"):
        plot_specification_curve(specifications, ax=new_figure(7, 6).subplots())


def test_unknown_verdict(specifications):
    with pytest.raises(UnknownNameError, match=r"Unknown verdict 'lower'"):
        plot_specification_curve(specifications.assign(verdict="lower"))


@pytest.mark.parametrize("estimate", [np.inf, np.nan, -6.9])
def test_estimate_that_is_no_difference_of_rates(specifications, estimate):
    specifications.loc[3, "estimate"] = estimate
    with pytest.raises(InputError, match=r"estimate=.*divide points by 100"):
        plot_specification_curve(specifications)


def test_differences_are_printed_in_points(specifications):
    upper = plot_specification_curve(specifications).upper
    assert {"\N{MINUS SIGN}10", "0", "10"} <= {
        label.get_text() for label in upper.get_yticklabels()
    }


def test_empty_choice(specifications):
    specifications["alignment"] = pd.Series(["constant hazard"] * 23 + [None])
    with pytest.raises(InputError, match="column alignment has empty cells"):
        plot_specification_curve(specifications)
