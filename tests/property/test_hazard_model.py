"""What must hold of hazard models whatever the data are."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from talentstats.errors import InputError
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.spells import Spells
from talentstats.survival.hazard_model import hazard_model

FEW = settings(max_examples=25)
PROFILE = {"sector": "b", "x": 1}


@st.composite
def stays(draw):
    """Yearly stays with delayed entry and two destinations."""
    n = draw(st.integers(12, 40))
    whole = st.lists(st.integers(0, 2), min_size=n, max_size=n)
    entry = np.array(draw(whole))
    exit = entry + 1 + np.array(draw(whole))
    event = np.array(draw(whole))
    sector = np.array(["a", "b", "c"])[draw(whole)]
    x = np.array(draw(whole))
    event[:2], sector[:3] = [1, 2], ["a", "b", "c"]
    return pd.DataFrame({"entry": entry, "exit": exit, "event": event, "sector": sector, "x": x})


def model(frame, formula="~ sector + x", *, options=None, **columns):
    spells = Spells.from_arrays(
        entry=frame["entry"],
        exit=frame["exit"],
        event=frame["event"].to_numpy(),
        covariates={"sector": frame["sector"].to_numpy(str), "x": frame["x"]},
        **columns,
    )
    chosen = {"duration": "constant", "penalty": "firth"} | (options or {})
    try:
        return hazard_model(RiskCells.from_spells(spells), formula, **chosen)
    except InputError as error:
        # Hypothesis also makes covariates that say nothing.
        assume(not any(word in str(error) for word in ("constant", "combination", "nobody left")))
        raise


def finite(make):
    """What is made, unless there is no finite estimate, or no probabilities."""
    try:
        return make()
    except InputError as error:
        assume(not any(word in str(error) for word in ("infinite", "more than 1")))
        raise


def same(one, other):
    assert one.coefficients == pytest.approx(other.coefficients, rel=1e-6, abs=1e-7)
    assert one.covariance == pytest.approx(other.covariance, rel=1e-5, abs=1e-8)


@FEW
@given(stays(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(frame, random):
    order = list(range(len(frame)))
    random.shuffle(order)
    same(model(frame), model(frame.iloc[order]))


@FEW
@given(stays())
def test_splitting_a_stay_changes_nothing(frame):
    long = frame["exit"] - frame["entry"] > 1
    first = frame.assign(exit=np.where(long, frame["entry"] + 1, frame["exit"]))
    first["event"] = np.where(long, 0, frame["event"])
    rest = frame[long].assign(entry=frame["entry"] + 1)
    same(model(frame), model(pd.concat([first, rest])))


@FEW
@given(stays(), st.integers(2, 4))
def test_counts_are_replication_and_whole_weights_are_counts(frame, most):
    times = np.arange(len(frame)) % most + 1
    long = frame.loc[frame.index.repeat(times)]
    counted = model(frame, count=times)
    same(counted, model(long))
    # The likelihood of weights has no penalty.
    plain = finite(lambda: model(long, options={"penalty": "none"}))
    weighted = model(frame, options={"penalty": "none", "errors": "robust"}, weight=times)
    assert weighted.coefficients == pytest.approx(plain.coefficients, rel=1e-6, abs=1e-7)


@FEW
@given(stays(), st.sampled_from(["cloglog", "logit", "log"]))
def test_the_reference_level_does_not_matter(frame, link):
    one = model(frame, options={"link": link})
    other = model(frame, "~ C(sector, contr.treatment(base='c')) + x", options={"link": link})
    assert one.fit.log_likelihood == pytest.approx(other.fit.log_likelihood, rel=1e-8)
    span = {"entry": float(frame["entry"].min()), "horizon": float(frame["exit"].max())}
    left, right = (fit.predict(PROFILE, **span) for fit in (one, other))
    assert left.estimate == pytest.approx(right.estimate, rel=1e-6)
    assert left.std_error == pytest.approx(right.std_error, rel=1e-5)


@FEW
@given(stays(), st.sampled_from([("cloglog", "cause-specific"), ("logit", "multinomial"),
                                 ("log", "cause-specific")]))  # fmt: skip
def test_retention_and_incidences_add_to_one(frame, kind):
    link, destinations = kind
    fit = model(frame, options={"link": link, "destinations": destinations})
    span = {"entry": float(frame["entry"].min()), "horizon": float(frame["exit"].max())}
    made = finite(lambda: fit.predict(PROFILE, **span))
    assert made.estimate.sum(axis=2) == pytest.approx(np.ones(made.estimate.shape[:2]))
    assert np.all(np.diff(made.estimate[..., 0], axis=1) <= 0)
    assert np.all(np.diff(made.estimate[..., 1:], axis=1) >= 0)
    low, high = made.limits(0.9)
    inside = ~np.isnan(low)
    assert np.all((low <= made.estimate + 1e-12)[inside])
    assert np.all((made.estimate <= high + 1e-12)[inside])


@FEW
@given(stays(), st.sampled_from([0.25, 2.0, 12.0]))
def test_another_unit_of_time_moves_only_the_height_of_rates(frame, unit):
    scaled = frame.assign(entry=frame["entry"] * unit, exit=frame["exit"] * unit)
    spells = Spells.from_arrays(
        entry=scaled["entry"],
        exit=scaled["exit"],
        event=scaled["event"].to_numpy(),
        covariates={"sector": frame["sector"].to_numpy(str), "x": frame["x"]},
    )
    one = model(frame, options={"link": "log"})
    other = hazard_model(
        RiskCells.from_spells(spells, width=unit),
        "~ sector + x",
        link="log",
        duration="constant",
        penalty="firth",
    )
    assert other.coefficients[1:] == pytest.approx(one.coefficients[1:], rel=1e-6, abs=1e-7)
    assert other.coefficients[0] == pytest.approx(one.coefficients[0] - np.log(unit), abs=1e-7)


def test_no_random_numbers_are_taken():
    frame = pd.DataFrame({"entry": 0, "exit": [1, 2] * 20, "event": [1, 0, 0, 1] * 10,
                          "sector": ["a", "b"] * 20, "x": [0, 1, 2, 0] * 10})  # fmt: skip
    np.random.seed(1)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    fit = model(frame)
    fit.predict(PROFILE, horizon=1, method="bootstrap", draws=3, seed=1)
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def looks(n, missed):
    """People looked at every year from entry to 5, some looks missed, who leave between two."""
    rng = np.random.default_rng(11)
    x, entry = rng.integers(0, 2, n), rng.integers(0, 2, n)
    left = entry + rng.exponential(1 / (0.12 * np.exp(0.6 * x)))
    lower, upper = [], []
    for e, t in zip(entry, left, strict=True):
        seen = [e, *(u for u in range(e + 1, 6) if u == 5 or rng.random() > missed)]
        lower.append(max(u for u in seen if u < t))
        upper.append(min((u for u in seen if u >= t), default=np.inf))
    known = (np.array(lower) > entry) | np.isfinite(upper)
    return tuple(np.array(v, dtype=float)[known] for v in (entry, lower, upper, x))


def log_likelihood(theta, entry, lower, upper, x):
    """Of people: S(lower) - S(upper), or the density where the end is exact, given S(entry)."""
    bounds = np.concatenate([[0.0], np.cumsum(np.exp(theta[:5]))])

    def hazard(t):
        return np.interp(t, np.arange(6), bounds) * np.exp(theta[5] * x)

    exact, ended = lower == upper, np.isfinite(upper)
    step = np.clip(np.ceil(lower).astype(int) - 1, 0, 4)
    density = theta[step] + theta[5] * x - hazard(lower)
    gone = np.exp(-hazard(lower)) - np.where(ended, np.exp(-hazard(np.where(ended, upper, 0))), 0)
    return np.sum(np.where(exact, density, np.log(np.where(exact, 1, gone))) + hazard(entry))


def maximised(entry, lower, upper, x):
    """Its maximum and its curvature there, by general tools."""

    def value(theta):
        return -log_likelihood(theta, entry, lower, upper, x)

    found = minimize(value, np.full(6, -2.0), method="BFGS", options={"gtol": 1e-7})
    steps = 1e-4 * np.eye(6)
    curve = [
        [
            value(found.x + a + b) - value(found.x + a - b) - value(found.x - a + b)
            + value(found.x - a - b) for b in steps
        ]
        for a in steps
    ]  # fmt: skip
    return found, np.array(curve) / 4e-8


@pytest.mark.parametrize("missed", [0.0, 0.5])
def test_on_a_grid_it_is_interval_censored_proportional_hazards(missed):
    entry, lower, upper, x = looks(150, missed)
    spells = Spells.from_arrays(entry=entry, lower=lower, upper=upper, covariates={"x": x})
    cells = RiskCells.from_spells(spells)
    assert cells.wide.any() == (missed > 0)
    fit = hazard_model(cells, "~ x", penalty="none")
    found, curve = maximised(entry, lower, upper, x)
    assert fit.coefficients == pytest.approx(found.x, abs=2e-5)
    assert fit.fit.log_likelihood == pytest.approx(-found.fun, rel=1e-9)
    if missed:
        # With ends that span steps the errors are from the observed information.
        assert np.linalg.inv(fit.covariance) == pytest.approx(curve, rel=1e-3, abs=1e-2)


def test_exact_and_wide_ends_are_piecewise_exponential():
    entry, lower, upper, x = looks(150, 0.5)
    # Ends that are not known to span a year are known exactly.
    narrow = upper - lower == 1
    lower = np.where(narrow, lower + 0.3, lower)
    upper = np.where(narrow, lower, upper)
    spells = Spells.from_arrays(entry=entry, lower=lower, upper=upper, covariates={"x": x})
    cells = RiskCells.from_spells(spells)
    assert cells.wide.any()
    assert not cells.on_grid
    fit = hazard_model(cells, "~ x", link="log", penalty="none")
    found, curve = maximised(entry, lower, upper, x)
    assert fit.coefficients == pytest.approx(found.x, abs=2e-5)
    assert fit.fit.log_likelihood == pytest.approx(-found.fun, rel=1e-9)
    assert np.linalg.inv(fit.covariance) == pytest.approx(curve, rel=1e-3, abs=1e-2)


def test_wide_ends_follow_the_calendar():
    # Looked at in 2016 and 2019 alone, hazards that double in 2018: two years at h, one at 2h.
    n = 4000
    left = 1200
    spells = Spells.from_arrays(
        lower=[0.0, 3.0, 0.0, 1.0],
        upper=[3.0, np.inf, 1.0, np.inf],
        count=[left, n - left, 300, 2700],
        covariates={"arrival": [2016, 2016, 2018, 2018]},
    )
    cells = RiskCells.from_spells(spells, period=[2018], origin="arrival")
    fit = hazard_model(cells, "~ period", duration="constant", penalty="none")
    # Two parameters, two shares: 0.1 in a year after 2018, and 0.3 over all three.
    late = -np.log(0.9)
    early = (-np.log(0.7) - late) / 2
    assert fit.coefficients == pytest.approx(np.log([early, late / early]))
