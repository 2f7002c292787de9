"""What must hold of the public curves and rates, whatever the spells."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentstats.summaries.cells import RiskCells
from talentstats.summaries.spells import Spells
from talentstats.survival.curve import survival_curve
from talentstats.survival.hazard_rates import hazard_rates
from talentstats.survival.incidence import cumulative_incidence
from talentstats.survival.log_rank import log_rank_test

PLACES = [None, "China", "elsewhere"]


@st.composite
def tables(draw):
    n = draw(st.integers(3, 25))
    whole = st.lists(st.integers(0, 4), min_size=n, max_size=n)
    entry, length = np.array(draw(whole), dtype=float), np.array(draw(whole)) + 1.0
    to = draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    to[0] = 1
    group = draw(st.lists(st.sampled_from("ab"), min_size=n, max_size=n))
    return pd.DataFrame(
        {
            "entry": entry,
            "exit": entry + length,
            "event": pd.Series([PLACES[i] or "stayed" for i in to], dtype=object),
            "group": pd.Series(group, dtype=object),
        }
    )


def spells_of(table, **columns):
    return Spells.from_frame(table.assign(**columns))


def answers(spells):
    """Estimates and limits of curve, incidence and rates; all from the first entry on."""
    curve = survival_curve(spells, landmark=0, interval="log-log").tidy()
    incidence = cumulative_incidence(spells, landmark=0).tidy()
    rates = hazard_rates(RiskCells.from_spells(spells), by="group").tidy()
    numbers = ["estimate", "std_error", "conf_low", "conf_high"]
    keyed = incidence.sort_values(["time", "outcome"])
    return [frame[numbers].to_numpy() for frame in (curve, keyed, rates)]


def same(first, second, factors=(1, 1, 1)):
    for a, b, factor in zip(first, second, factors, strict=True):
        np.testing.assert_allclose(a, factor * b, rtol=1e-8, atol=1e-10)


@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(table, random):
    order = list(range(len(table)))
    random.shuffle(order)
    same(answers(spells_of(table)), answers(spells_of(table.iloc[order])))


@given(tables(), st.integers(2, 3))
def test_counts_are_replicated_rows(table, times):
    again = pd.concat([table] * times)
    same(answers(spells_of(table, count=times)), answers(spells_of(again)))


@given(tables(), st.floats(0.1, 0.9))
def test_a_stay_may_be_cut_anywhere(table, share):
    cut = table["entry"] + share * (table["exit"] - table["entry"])
    both = pd.concat([table.assign(exit=cut, event="stayed"), table.assign(entry=cut)])
    whole, parts = (
        survival_curve(spells_of(t), landmark=0, interval="log-log") for t in (table, both)
    )
    ends = np.unique(table.loc[table["event"] != "stayed", "exit"])
    a, b = whole.at(ends), parts.at(ends)
    for name in ("estimate", "std_error", "conf_low", "conf_high"):
        np.testing.assert_allclose(a[name], b[name], rtol=1e-9)


@given(tables(), st.sampled_from([0.5, 12.0, 365.25]))
def test_the_unit_of_time_does_not_matter(table, unit):
    longer = table.assign(entry=unit * table["entry"], exit=unit * table["exit"])
    here, there = (
        survival_curve(spells_of(t), landmark=0, interval="log-log").tidy() for t in (table, longer)
    )
    np.testing.assert_allclose(there["time"], unit * here["time"])
    for name in ("estimate", "conf_low", "conf_high"):
        np.testing.assert_allclose(here[name], there[name], rtol=1e-9)


@given(tables())
def test_incidences_and_survival_add_to_one_and_agree_with_the_curve(table):
    spells = spells_of(table)
    found = cumulative_incidence(spells, landmark=0).tidy()
    total = found.groupby("time")["estimate"].sum()
    np.testing.assert_allclose(total, 1.0, atol=1e-12)
    stayed = found[found["outcome"] == "stayed"].set_index("time")["estimate"]
    curve = survival_curve(spells, landmark=0).at(stayed.index.to_numpy())
    np.testing.assert_allclose(curve["estimate"], stayed, atol=1e-12)


@given(tables())
def test_entry_at_zero_is_no_entry(table):
    length = table["exit"] - table["entry"]
    without = Spells.from_frame(table.drop(columns="entry").assign(exit=length))
    same(answers(spells_of(table, entry=0.0, exit=length)), answers(without))


@given(tables())
def test_a_landmark_is_the_curve_of_those_who_stayed(table):
    spells = spells_of(table)
    middle = float(np.median(np.unique(table["exit"])))
    if middle >= table["exit"].max() or middle < table["entry"].min():
        return
    later = spells.where(spells.lower > middle, reason="gone before the landmark")
    late = replace(later, entry=np.maximum(later.entry, middle))
    if late.entry.min() > middle:
        return
    one = survival_curve(spells, landmark=0).given(middle)
    two = survival_curve(late, landmark=middle)
    ends = np.unique(late.lower)
    np.testing.assert_allclose(one.at(ends)["estimate"], two.at(ends)["estimate"], atol=1e-12)


@given(tables())
def test_names_of_groups_do_not_matter_to_the_test(table):
    if table["group"].nunique() < 2:
        return
    swapped = table.assign(group=table["group"].map({"a": "z", "b": "m"}))
    first, second = (
        log_rank_test(spells_of(t), by="group", permutations=0) for t in (table, swapped)
    )
    assert first.statistic == pytest.approx(second.statistic, rel=1e-9, abs=1e-12)


def test_the_global_generator_is_not_touched():
    rng = np.random.default_rng(5)
    table = pd.DataFrame(
        {
            "exit": rng.integers(1, 9, 60).astype(float),
            "event": rng.choice(["China", "stayed"], 60),
            "group": rng.choice(["a", "b"], 60),
        }
    )
    spells = Spells.from_frame(table)
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    answers(spells)
    log_rank_test(spells, by="group", permutations=99, seed=1)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002
