"""What must hold for every Cox model."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from talentstats.errors import InputError
from talentstats.summaries.spells import Spells
from talentstats.survival.cox_model import cox_model

CLOSE = {"rel": 1e-6, "abs": 1e-7}


@st.composite
def tables(draw):
    n = draw(st.integers(8, 30))
    whole = st.lists(st.integers(0, 4), min_size=n, max_size=n)
    entry = np.array(draw(whole), dtype=float)
    table = {
        "entry": entry,
        "exit": entry + 1 + np.array(draw(whole)),
        "event": np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n))),
        "x": np.array(draw(whole), dtype=float),
        "sector": np.array(draw(st.lists(st.sampled_from("ab"), min_size=n, max_size=n))),
        "person": np.arange(n),
    }
    table["event"][0] = True
    return table


def fit(table, formula="~ x + sector", **options):
    """The model of the rows as drawn, which may allow none."""
    try:
        return must(table, formula, **options)
    except InputError:
        assume(False)


def must(table, formula="~ x + sector", **options):
    """The model of the same people told in another way, which has to be there."""
    given = {k: table[k] for k in ("entry", "exit", "event")}
    covariates = {k: table[k] for k in ("x", "sector", "person", "two") if k in table}
    spells = Spells.from_arrays(**given, count=table.get("count"), covariates=covariates)
    return cox_model(spells, formula, **options)


def rows(table, which):
    return {k: v[which] for k, v in table.items()}


def same(a, b):
    assert a.coefficients == pytest.approx(b.coefficients, **CLOSE)
    assert a.covariance == pytest.approx(b.covariance, rel=1e-5, abs=1e-6)
    assert a.estimate.log_likelihood == pytest.approx(b.estimate.log_likelihood, **CLOSE)


@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(table, random):
    order = list(range(table["x"].size))
    random.shuffle(order)
    same(fit(table), must(rows(table, np.array(order))))


@given(tables(), st.floats(0.1, 0.9), st.sampled_from(["efron", "breslow", "exact"]))
def test_a_stay_may_be_cut_anywhere(table, share, ties):
    # Errors clustered by person see the two rows as one; model errors do too.
    middle = table["entry"] + share * (table["exit"] - table["entry"])
    first = table | {"exit": middle, "event": np.zeros_like(table["event"])}
    second = table | {"entry": middle}
    both = {k: np.concatenate([first[k], second[k]]) for k in table}
    same(fit(table, ties=ties), must(both, ties=ties))
    if ties != "exact":
        same(fit(table, ties=ties, cluster="person"), must(both, ties=ties, cluster="person"))


@settings(max_examples=40)
@given(tables(), st.data(), st.sampled_from(["efron", "breslow"]))
def test_counts_are_replicated_rows(table, data, ties):
    n = table["x"].size
    people = np.array(data.draw(st.lists(st.integers(1, 3), min_size=n, max_size=n)))
    again = rows(table, np.repeat(np.arange(n), people))
    counted = table | {"count": people}
    for options in ({}, {"robust": True}, {"penalty": "firth"}):
        same(fit(counted, ties=ties, **options), must(again, ties=ties, **options))
    one, many = fit(counted, ties=ties), must(again, ties=ties)
    assume(np.unique(one.estimate.data.time).size > 2)
    assert one.ph_test().tests.statistic == pytest.approx(
        many.ph_test().tests.statistic, rel=1e-4, abs=1e-6, nan_ok=True
    )
    c, d = one.concordance(), many.concordance()
    assert [c.estimate, c.std_error] == pytest.approx([d.estimate, d.std_error], nan_ok=True)


@given(tables(), st.floats(0.01, 100))
def test_the_unit_of_time_does_not_matter(table, factor):
    other = table | {"entry": table["entry"] * factor, "exit": table["exit"] * factor}
    same(fit(table), must(other))


@given(tables())
def test_units_and_coding_of_covariates(table):
    a = fit(table)
    b = must(table | {"x": 10 * table["x"] + 3})
    assert b.coefficients[0] == pytest.approx(a.coefficients[0] / 10, **CLOSE)
    assert b.coefficients[1] == pytest.approx(a.coefficients[1], **CLOSE)
    c = fit(table, '~ x + C(sector, contr.treatment(base="b"))')
    assert c.coefficients[1] == pytest.approx(-a.coefficients[1], **CLOSE)
    assert c.tidy()["p_value"].to_numpy() == pytest.approx(
        a.tidy()["p_value"].to_numpy(), rel=1e-5, abs=1e-6
    )


@given(tables())
def test_entry_before_every_end_is_no_entry(table):
    early = table | {"entry": np.zeros(table["x"].size)}
    before = table | {"entry": np.full(table["x"].size, -5.0)}
    same(fit(early), must(before))


@given(tables())
def test_rows_never_at_risk_and_the_random_state_are_left_alone(table):
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    a = fit(table)
    last = table["exit"][table["event"]].max()
    extra = {
        "entry": last, "exit": last + 1, "event": False, "x": 99.0, "sector": "a", "person": -1,
    }  # fmt: skip
    b = must({k: np.append(v, extra[k]) for k, v in table.items()})
    same(a, b)
    assert np.array_equal(state, np.random.get_state()[1])  # noqa: NPY002


@given(tables())
def test_two_strata_of_the_same_people_are_twice_the_information(table):
    double = {k: np.concatenate([v, v]) for k, v in table.items()}
    double["two"] = np.repeat([0, 1], table["x"].size)
    a = fit(table, penalty="none")
    b = must(double, penalty="none", strata="two")
    assert b.coefficients == pytest.approx(a.coefficients, **CLOSE)
    assert 2 * b.covariance == pytest.approx(a.covariance, rel=1e-5)
