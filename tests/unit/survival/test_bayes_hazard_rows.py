"""Risk cells as rows: counted by hand, and ends known only within several steps."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.spells import Spells
from talentstats.survival.bayes_hazard_rows import step_rows


def cells_of(**spells):
    return RiskCells.from_spells(Spells.from_arrays(**spells))


def test_each_row_counts_who_stayed_and_who_left_for_where():
    cells = cells_of(
        exit=[1, 2, 2, 2], event=["CN", "CN", 0, "UK"], covariates={"sector": list("aabb")}
    )
    rows = step_rows(cells, ("sector",), together=False)
    assert rows.covariates["sector"].tolist() == ["a", "a", "b", "b"]
    assert rows.covariates["duration"].tolist() == [0, 1, 0, 1]
    # a: two at risk, one goes to CN in each year; b: both stay a year, then one leaves for UK.
    assert rows.counts.tolist() == [[1, 1, 0], [0, 1, 0], [2, 0, 0], [1, 0, 1]]
    assert rows.labels == ("a, 0 to 1", "a, 1 to 2", "b, 0 to 1", "b, 1 to 2")
    assert step_rows(cells, (), together=True).counts.tolist() == [[3, 1], [1, 2]]
    assert step_rows(cells, (), together=True).labels == ("0 to 1", "1 to 2")


def test_a_wide_end_names_its_steps_and_its_people():
    # Three are watched for four years; two are last seen at 1 and next, gone, at 3.
    left = ["", "", "", "CN", "CN"]
    cells = cells_of(lower=[4, 4, 4, 1, 1], upper=[np.inf] * 3 + [3, 3], destination=left)
    rows = step_rows(cells, (), together=False)
    assert rows.covariates["duration"].tolist() == [0, 1, 2, 3]
    assert rows.counts.tolist() == [[5, 0], [3, 0], [3, 0], [3, 0]]
    assert rows.wide is not None
    assert rows.wide.row.tolist() == [[1, 2]]
    assert rows.wide.within.tolist() == [[1, 1]]
    assert rows.wide.counts.tolist() == [[0, 2]]
    assert rows.people.tolist() == [5, 5, 5, 3]
    assert rows.events.tolist() == [2]


def test_steps_that_only_wide_ends_span_are_as_wide_as_the_others():
    cells = cells_of(lower=[2, 1, 2], upper=[5, 2, np.inf], destination=["CN", "CN", ""])
    rows = step_rows(cells, (), together=False)
    assert rows.start.tolist() == [0, 1, 2, 3, 4]
    assert rows.stop.tolist() == [1, 2, 3, 4, 5]
    assert rows.counts.tolist() == [[3, 0], [2, 1], [0, 0], [0, 0], [0, 0]]
    assert rows.wide.row.tolist() == [[2, 3, 4]]


def test_wide_ends_of_different_lengths_are_padded_and_not_counted():
    cells = cells_of(lower=[3, 1, 0], upper=[np.inf, 3, 3], destination=["", "CN", "UK"])
    rows = step_rows(cells, (), together=False)
    by_length = dict(zip(rows.wide.within.sum(axis=1).tolist(), range(2), strict=True))
    short, long = by_length[2.0], by_length[3.0]
    assert rows.wide.row[short, :2].tolist() == [1, 2]
    assert rows.wide.row[long].tolist() == [0, 1, 2]
    assert rows.wide.counts[short].tolist() == [0, 1, 0]
    assert rows.wide.counts[long].tolist() == [0, 0, 1]


def test_the_periods_of_a_wide_end_follow_from_its_origin():
    spells = Spells.from_arrays(
        lower=[4, 4, 1], upper=[np.inf, np.inf, 4], destination=["", "", "CN"],
        covariates={"arrival": [2016, 2018, 2018]},
    )  # fmt: skip
    cells = RiskCells.from_spells(spells, period=[2020], origin="arrival")
    rows = step_rows(cells, ("period",), together=False)
    key = list(zip(rows.covariates["period"], rows.covariates["duration"].tolist(), strict=True))
    spanned = [key[i] for i in rows.wide.row[0]]
    # Arrived 2018: the second year is 2019 to 2020, the third and fourth come after.
    assert spanned == [("to 2020", 1.0), ("after 2020", 2.0), ("after 2020", 3.0)]


def test_rows_do_not_grow_with_people():
    few = cells_of(exit=[1, 2, 3], event=["CN", 0, 0])
    many = cells_of(exit=[1, 2, 3], event=["CN", 0, 0], count=[10**6] * 3)
    one, other = (step_rows(cells, (), together=False) for cells in (few, many))
    assert np.array_equal(1e6 * one.counts, other.counts)


def frame(**columns):
    return pd.DataFrame({"start": [0, 1], "stop": [1, 2], "events": [1, 2]} | columns)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (lambda: RiskCells.from_frame(frame(exposure=[9.5, 7])), "only person-time"),
        (lambda: cells_of(exit=[1.5, 2], event=[1, 0]), "inside of a cell"),
        (lambda: cells_of(exit=[1, 2], event=[1, 0], weight=[1.0, 2.5]), "sampling weights"),
        (lambda: cells_of(exit=[2, 3], event=[1, 0]).collapse([]), "keep duration when"),
        (lambda: cells_of(lower=[0], upper=[3], destination=["CN"]), "nobody is at risk"),
    ],
    ids=["person-time", "off grid", "weights", "collapsed", "no step"],
)
def test_what_a_discrete_time_model_cannot_take(cells, says):
    with pytest.raises(InputError, match=says):
        step_rows(cells(), (), together=False)


def test_periods_without_bounds_cannot_be_spanned():
    spells = Spells.from_arrays(
        lower=[4, 1], upper=[np.inf, 4], destination=["", "CN"], covariates={"arrival": [2018] * 2}
    )
    cells = RiskCells.from_spells(spells, period=[2020], origin="arrival")
    unnamed = replace(cells, periods=("before", "after"))
    with pytest.raises(InputError, match="whose bounds are not known"):
        step_rows(unnamed, ("period",), together=False)
    assert step_rows(unnamed, (), together=False).wide is not None
