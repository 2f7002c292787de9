import pandas as pd
import pytest

from talentstats.errors import InputError
from talentstats.plots.compatibility import plot_compatibility
from talentstats.plots.coverage import plot_coverage
from talentstats.plots.forest import plot_forest
from talentstats.plots.frames import tidy_frame
from talentstats.plots.power import plot_power
from talentstats.plots.specification import plot_specification_curve
from talentstats.plots.stay_rates import plot_stay_rates


@pytest.mark.parametrize(
    ("plot", "missing"),
    [
        (plot_compatibility, "group, term, p_value"),
        (plot_specification_curve, "benchmark, alignment, test, unknowns, design_effect"),
        (plot_stay_rates, "group, instrument, time"),
        (plot_coverage, "method, n, rate, coverage, expected_length"),
        (lambda frame: plot_power(frame, benchmark=0.9), "term, rate"),
        (plot_forest, "group, conf_low, conf_high"),
    ],
)
def test_missing_columns_are_named(plot, missing):
    with pytest.raises(InputError, match=f"lacks {missing}") as caught:
        plot(pd.DataFrame({"estimate": [0.5]}))
    assert "Found: estimate." in str(caught.value)


def test_something_else_is_refused():
    with pytest.raises(InputError, match="was given a list"):
        plot_forest([1, 2])


def test_no_rows():
    with pytest.raises(InputError, match="no rows"):
        plot_power(pd.DataFrame({"term": [], "rate": [], "estimate": []}), benchmark=0.9)


def test_text_where_numbers_belong():
    frame = pd.DataFrame({"term": ["power"], "rate": ["80%"], "estimate": [0.5]})
    with pytest.raises(InputError, match=r"column rate holds object.*to_numeric"):
        plot_power(frame, benchmark=0.9)


class _Result:
    def tidy(self, *, level=0.95):
        return pd.DataFrame({"level": [level]}, index=[7])


def test_result_is_asked_for_its_frame_at_the_level():
    frame = tidy_frame(_Result(), figure="f", needs=("level",), level=0.9)
    assert frame["level"].tolist() == [0.9]
    assert frame.index.tolist() == [0]
    assert tidy_frame(_Result(), figure="f", needs=("level",))["level"].tolist() == [0.95]


def test_the_callers_frame_is_not_changed(forest):
    before = forest.copy()
    plot_forest(forest)
    pd.testing.assert_frame_equal(forest, before)
