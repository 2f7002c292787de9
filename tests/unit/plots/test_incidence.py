from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.plots.incidence import plot_cumulative_incidence
from talentstats.summaries.spells import Spells
from talentstats.survival.incidence import cumulative_incidence


@pytest.fixture(scope="module")
def curves():
    """Three sectors, three destinations, ten years."""
    rng = np.random.default_rng(3)
    spells = Spells.from_arrays(
        exit=rng.integers(1, 11, 600).astype(float),
        event=rng.choice(["0", "China", "another country", "unknown"], 600, p=[0.6, 0.2, 0.1, 0.1]),
        covariates={"sector": rng.choice(["academia", "industry", "government laboratory"], 600)},
        clock="years since doctorate",
    )
    return cumulative_incidence(spells, by="sector")


def rows(curves, **keys):
    frame = curves.tidy()
    for column, value in keys.items():
        frame = frame[frame[column] == value]
    return frame


def test_lines_are_the_incidences_and_end_in_a_stub(curves):
    axes = plot_cumulative_incidence(curves, outcome="China")
    assert len(axes.lines) == 3
    for line, group in zip(axes.lines, curves.labels, strict=True):
        want = rows(curves, group=group, outcome="China")
        assert line.get_xdata()[:-1].tolist() == want["time"].tolist()
        assert line.get_ydata()[:-1].tolist() == want["estimate"].tolist()
        assert line.get_ydata()[-1] == want["estimate"].iloc[-1]
        assert line.get_xdata()[-1] == pytest.approx(10.3)
        assert line.get_drawstyle() == "steps-post"
    assert len({(str(line.get_linestyle()), line.get_color()) for line in axes.lines}) == 3
    assert axes.get_xlabel() == "Years since doctorate"
    assert axes.get_ylabel() == "Share who had left for China"


def test_one_group_has_a_line_for_each_destination(curves):
    axes = plot_cumulative_incidence(curves, group="industry", horizon=6)
    words = [text.get_text().replace("\n", " ") for text in axes.texts]
    assert {"China", "another country", "unknown"} <= set(words)
    assert [line.get_xdata()[0] for line in axes.lines if len(set(line.get_xdata())) == 1] == [6]


def test_stack_reaches_the_share_who_left_and_hatches_differ(curves):
    axes = plot_cumulative_incidence(curves, kind="stacked", group="industry")
    stayed = rows(curves, group="industry", outcome="stayed")["estimate"].to_numpy()
    tops = [line.get_ydata() for line in axes.lines]
    assert tops[-1][:-1] == pytest.approx(1 - stayed)
    assert all((upper >= lower).all() for lower, upper in pairwise(tops))
    hatches = {area.get_hatch() for area in axes.collections}
    assert len(hatches) == 3
    assert axes.get_ylim() == (0, 1)
    assert "stayed" in [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("width", [2.8, 3.4, 7.0])
@pytest.mark.parametrize(
    "options",
    [{"outcome": "China"}, {"group": "industry"}, {"group": "industry", "kind": "stacked"}],
)
def test_labels_do_not_overlap(curves, width, options, check_text):
    check_text(
        plot_cumulative_incidence(curves, width=width, caption="Simulated spells. " * 4, **options)
    )


def test_numbers_below_the_ticks_are_those_of_the_group_drawn(curves):
    axes = plot_cumulative_incidence(curves, kind="stacked", group="industry")
    words = [text.get_text() for text in axes.texts]
    table = curves.risk_table(0)
    at_risk = table.loc[table["group"] == "industry", "at_risk"].item()
    assert f"{at_risk:.0f}" in words
    assert "At risk" in words
    plain = plot_cumulative_incidence(curves, group="industry", risk_table=False)
    assert "At risk" not in [text.get_text() for text in plain.texts]


def test_what_would_lie_over_one_another_is_refused(curves):
    with pytest.raises(InputError, match="3 groups of 3 destinations"):
        plot_cumulative_incidence(curves)
    with pytest.raises(InputError, match="kind='stacked' draws one group, found 3"):
        plot_cumulative_incidence(curves, kind="stacked")
    with pytest.raises(UnknownNameError, match="stacked"):
        plot_cumulative_incidence(curves, kind="stack")
    with pytest.raises(UnknownNameError, match="China"):
        plot_cumulative_incidence(curves, outcome="Chin")
    with pytest.raises(InputError, match="no numbers at risk"):
        plot_cumulative_incidence(curves.tidy(), outcome="China")
    with pytest.raises(InputError, match="no row has the term"):
        plot_cumulative_incidence(rows(curves, term="survival"), outcome="China", risk_table=False)


def test_a_frame_will_do():
    frame = pd.DataFrame(
        {
            "group": "all", "time": [0.0, 1.0], "outcome": "China", "estimate": [0.0, 0.1],
            "term": "cumulative incidence", "conf_low": [0, 0.05], "conf_high": [0, 0.2],
        }
    )  # fmt: skip
    axes = plot_cumulative_incidence(frame, risk_table=False, xlabel="Years", ylabel="Left")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Years", "Left")
