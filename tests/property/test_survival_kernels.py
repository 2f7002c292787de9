"""What must hold for every set of spells."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from talentstats.stats import aalen_johansen as aj
from talentstats.stats import product_limit as pl
from talentstats.stats.curve_limits import beta_product_limits
from talentstats.stats.gray import gray_test
from talentstats.stats.logrank import logrank, permutation_p
from talentstats.stats.turnbull import turnbull

CLOSE = {"rel": 1e-9, "abs": 1e-11}


@st.composite
def spells(draw):
    n = draw(st.integers(2, 30))
    whole = st.lists(st.integers(0, 4), min_size=n, max_size=n)
    entry, length = np.array(draw(whole)), np.array(draw(whole)) + 1
    to = np.array(draw(st.lists(st.integers(-1, 1), min_size=n, max_size=n)))
    to[0] = 0
    return {"entry": entry.astype(float), "exit": (entry + length).astype(float), "to": to}


def incidence(data, **options):
    return aj.aalen_johansen(
        entry=data["entry"],
        exit=data["exit"],
        destination=data["to"],
        destinations=2,
        **options,
    )


def same(a, b):
    assert a.incidence == pytest.approx(b.incidence, **CLOSE)
    assert a.stay.survival == pytest.approx(b.stay.survival, **CLOSE)
    assert aj.incidence_variance(a) == pytest.approx(aj.incidence_variance(b), rel=1e-7, abs=1e-11)


@given(spells())
def test_incidences_and_survival_add_to_one(data):
    curve = incidence(data)
    total = curve.incidence.sum(axis=1) + curve.stay.survival
    assert total == pytest.approx(np.ones(total.size), abs=1e-12)
    assert np.all(np.diff(curve.incidence, axis=0, prepend=0.0) >= 0)
    assert np.all(np.diff(curve.stay.survival, prepend=1.0) <= 0)


@given(spells(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(data, random):
    order = list(range(data["to"].size))
    random.shuffle(order)
    same(incidence(data), incidence({k: v[order] for k, v in data.items()}))


@given(spells(), st.floats(0.1, 0.9))
def test_splitting_a_subject_changes_nothing_once_it_is_one_cluster(data, share):
    n = data["to"].size
    cut = data["entry"] + share * (data["exit"] - data["entry"])
    split = {
        "entry": np.concatenate([data["entry"], cut]),
        "exit": np.concatenate([cut, data["exit"]]),
        "to": np.concatenate([np.full(n, -1), data["to"]]),
    }
    same(incidence(data), incidence(split, cluster=np.tile(np.arange(n), 2)))


@given(spells(), st.integers(1, 4))
def test_whole_weights_are_replication(data, most):
    weight = np.arange(data["to"].size) % most + 1
    long = {k: np.repeat(v, weight) for k, v in data.items()}
    weighted, replicated = incidence(data, weight=weight), incidence(long)
    assert weighted.incidence == pytest.approx(replicated.incidence, **CLOSE)
    assert weighted.stay.greenwood == pytest.approx(replicated.stay.greenwood, **CLOSE)
    # A weight moves all its replicas at once: they are one cluster.
    clustered = incidence(long, cluster=np.repeat(np.arange(weight.size), weight))
    same(weighted, clustered)


@given(spells(), st.sampled_from([0.25, 2.0, 1024.0]))
def test_the_unit_of_time_does_not_matter(data, unit):
    scaled = data | {"entry": data["entry"] * unit, "exit": data["exit"] * unit}
    a, b = incidence(data), incidence(scaled)
    same(a, b)
    assert b.stay.sets.time == pytest.approx(a.stay.sets.time * unit)
    lost = [
        aj.at_horizon(c, horizon=3 * u, measure="time-lost").estimate
        for c, u in ((a, 1.0), (b, unit))
    ]
    assert lost[1] == pytest.approx(lost[0] * unit, **CLOSE)


@given(spells())
def test_entry_at_zero_is_no_delayed_entry(data):
    none = data | {"entry": np.full(data["to"].size, -np.inf)}
    same(incidence(data | {"entry": np.zeros(data["to"].size)}), incidence(none))


@given(spells())
def test_rows_that_are_never_at_risk_at_an_end_change_nothing(data):
    late = {
        "entry": np.append(data["entry"], 50.0),
        "exit": np.append(data["exit"], 60.0),
        "to": np.append(data["to"], -1),
    }
    a, b = incidence(data), incidence(late)
    assert b.incidence == pytest.approx(a.incidence, **CLOSE)
    assert aj.incidence_variance(b) == pytest.approx(aj.incidence_variance(a), rel=1e-7, abs=1e-11)


@given(spells())
def test_beta_product_limits_hold_the_estimate(data):
    curve = pl.product_limit(entry=data["entry"], exit=data["exit"], event=data["to"] >= 0)
    limits = beta_product_limits(
        at=curve.sets.time,
        entry=data["entry"],
        exit=data["exit"],
        event=data["to"] >= 0,
        level=0.9,
    )
    assert np.all(limits.lower <= curve.survival + 1e-9)
    assert np.all(curve.survival <= limits.upper + 1e-9)


@given(spells())
def test_tests_do_not_depend_on_order_or_labels(data):
    n = data["to"].size
    group = np.arange(n) % 2
    event = data["to"] >= 0
    a = logrank(entry=data["entry"], exit=data["exit"], event=event, group=group, groups=2)
    b = logrank(
        entry=data["entry"][::-1],
        exit=data["exit"][::-1],
        event=event[::-1],
        group=1 - group[::-1],
        groups=2,
    )
    assert b.statistic == pytest.approx(a.statistic, rel=1e-6, abs=1e-9)
    assert (a.observed - a.expected).sum() == pytest.approx(0, abs=1e-9)
    gray = gray_test(exit=data["exit"], destination=data["to"], of=0, group=group, groups=2)
    assert gray.score.sum() == pytest.approx(0, abs=1e-9)


@given(spells())
def test_turnbull_meets_the_conditions_of_the_maximum_on_any_grid(data):
    upper = np.where(data["to"] >= 0, data["exit"], np.inf)
    lower = np.where(data["to"] >= 0, data["exit"] - 1.0, data["exit"])
    fit = turnbull(lower=lower, upper=upper, entry=data["entry"], tolerance=1e-6, most_steps=500)
    assert fit.mass.sum() == pytest.approx(1)
    assert fit.mass.min() >= 0
    if fit.converged:
        assert fit.gap <= 1e-6


def test_the_global_generator_is_not_touched():
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    data = {"entry": [0] * 4, "exit": [1, 2, 2, 3], "event": [1, 1, 0, 1]}
    permutation_p(**data, group=[0, 1, 0, 1], groups=2, rng=np.random.default_rng(1), draws=9)
    incidence({"entry": np.zeros(3), "exit": np.ones(3), "to": np.array([0, 1, -1])})
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002
