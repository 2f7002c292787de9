"""What must hold of spells and cells whatever the data are."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from talentstats.errors import InputError
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.spells import Spells

COLUMNS = ("entry", "lower", "upper", "place", "sector", "arrival", "count")


@st.composite
def stays(draw, most=12):
    """Stays of all kinds on a clock of quarters: exact, between looks, not ended."""
    rows = []
    for _ in range(draw(st.integers(1, most))):
        entry = draw(st.integers(0, 20)) / 4
        kind = draw(st.sampled_from(["exact", "looks", "stayed"]))
        lower = entry + draw(st.integers(0 if kind == "looks" else 1, 16)) / 4
        upper = {
            "exact": lower,
            "looks": lower + draw(st.integers(1, 16)) / 4,
            "stayed": np.inf,
        }[kind]
        rows.append(
            (
                entry,
                lower,
                upper,
                draw(st.sampled_from(["CN", "UK"])),
                draw(st.sampled_from(["a", "b"])),
                draw(st.integers(8000, 8020)) / 4,
                draw(st.integers(1, 3)),
            )
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def spells_of(frame, **changes):
    options = {"destination": "place", "covariates": ["sector", "arrival"]}
    return Spells.from_frame(frame, **(options | changes))


def cells_of(spells, **options):
    given = {"period": [2002.5], "origin": "arrival", "covariates": ["sector"]}
    return RiskCells.from_spells(spells, **(given | options))


def assert_same(one, other):
    left, right = one.frame(), other.frame()
    pd.testing.assert_frame_equal(left, right, rtol=1e-10)


@given(stays(), st.sampled_from([0.25, 0.5, 1.0, 3.0]), st.sampled_from(["half", "full", "none"]))
def test_cells_add_up_to_the_spells(frame, width, exposure):
    spells = spells_of(frame)
    cells = cells_of(spells, width=width, exposure=exposure)
    share = {"half": 0.5, "full": 1, "none": 0}[exposure]
    unsure = share * np.where(spells.ended, spells.upper - spells.lower, 0)
    total = spells.account.person_years + np.sum(spells.count * unsure)
    np.testing.assert_allclose(cells.exposure.sum(), total, rtol=1e-12)
    for j, name in enumerate(cells.destinations):
        there = spells.ended & (frame.place == name).to_numpy()
        assert cells.events[:, j].sum() == frame["count"][there].sum()
    assert (cells.events.sum(axis=1) <= cells.at_risk).all()
    assert (cells.exposure <= cells.at_risk * (cells.stop - cells.start) * (1 + 1e-12)).all()


@given(stays())
def test_at_risk_is_a_count_over_the_people(frame):
    exact = frame.assign(upper=np.where(frame.lower == frame.upper, frame.upper, np.inf))
    exact = exact[exact.lower > exact.entry]
    if exact.empty:
        return
    cells = RiskCells.from_spells(spells_of(exact), covariates=[])
    for start, stop, at_risk, exposure in zip(
        cells.start, cells.stop, cells.at_risk, cells.exposure, strict=True
    ):
        overlap = np.minimum(exact.lower, stop) - np.maximum(exact.entry, start)
        assert at_risk == exact["count"][overlap > 0].sum()
        np.testing.assert_allclose(exposure, (exact["count"] * overlap.clip(lower=0)).sum())


@given(stays(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(frame, random):
    order = list(range(len(frame)))
    random.shuffle(order)
    assert_same(cells_of(spells_of(frame)), cells_of(spells_of(frame.iloc[order])))


@given(stays(), st.integers(1, 15))
def test_a_person_may_be_split_at_a_bound(frame, at):
    """Splitting where a cell ends changes nothing; elsewhere only who is at risk in the cell."""
    frame = frame.assign(cluster=frame.index)
    head = frame[(frame.entry < at) & (at < frame.lower)]
    before = head.assign(lower=float(at), upper=np.inf)
    split = pd.concat([frame.drop(head.index), head.assign(entry=float(at)), before])
    whole = cells_of(spells_of(frame))
    parts = cells_of(spells_of(split))
    # A person whose period changes inside the year is split there in both.
    assert_same(whole, parts)
    quarter = at + 0.25
    head = frame[(frame.entry < quarter) & (quarter < frame.lower)]
    before = head.assign(lower=quarter, upper=np.inf)
    split = pd.concat([frame.drop(head.index), head.assign(entry=quarter), before])
    inside = cells_of(spells_of(split))
    np.testing.assert_allclose(inside.exposure, whole.exposure, rtol=1e-10)
    np.testing.assert_array_equal(inside.events, whole.events)
    np.testing.assert_array_equal(inside.entrants, whole.entrants)
    assert inside.entrants.sum() == inside.account.people == frame["count"].sum()


@given(stays())
def test_counts_are_repeated_rows(frame):
    repeated = frame.loc[frame.index.repeat(frame["count"])].assign(count=1)
    assert_same(cells_of(spells_of(frame)), cells_of(spells_of(repeated.reset_index(drop=True))))


@given(stays())
def test_whole_weights_are_repeated_rows(frame):
    weighted = cells_of(spells_of(frame.assign(weight=frame["count"], count=1)))
    counted = cells_of(spells_of(frame))
    sums = weighted.weights
    if sums is None:
        assert_same(weighted, counted)
        return
    np.testing.assert_allclose(sums.exposure, counted.exposure, rtol=1e-10)
    np.testing.assert_array_equal(sums.at_risk, counted.at_risk)
    np.testing.assert_array_equal(sums.events, counted.events)


@given(stays())
def test_entry_at_zero_is_no_entry(frame):
    none = frame.drop(columns="entry")
    none = none[none.lower > 0]
    if none.empty:
        return
    assert_same(cells_of(spells_of(none)), cells_of(spells_of(none.assign(entry=0.0))))


@given(stays(), st.sets(st.sampled_from(["sector", "duration", "period"])))
def test_coarser_cells_are_the_cells_of_coarser_questions(frame, by):
    cells = cells_of(spells_of(frame))
    coarse = cells.collapse(by)
    np.testing.assert_allclose(coarse.exposure.sum(), cells.exposure.sum(), rtol=1e-12)
    np.testing.assert_array_equal(coarse.events.sum(axis=0), cells.events.sum(axis=0))
    assert_same(cells.collapse(["duration", "period"]), cells_of(spells_of(frame), covariates=[]))
    assert_same(coarse.collapse([]), cells.collapse([]))


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(*[st.sampled_from([None, 0.0, 1.0, 2.0])] * 2, st.sampled_from([None, 0, 1])),
        min_size=1,
    )
)
def test_the_account_adds_up(rows):
    frame = pd.DataFrame(rows, columns=["entry", "lower", "upper"], dtype=float)
    frame["upper"] += 3
    try:
        spells = Spells.from_frame(frame)
    except InputError as error:
        message = str(error)
        assert "no row is left" in message or "lower is before entry" in message \
            or "entry >= exit" in message  # fmt: skip
        return
    account = spells.account
    assert account.rows_in == len(frame)
    assert account.used == len(spells)
    assert account.rows_in - account.used == sum(account.left_out.values())
    assert account.left_out.get("entry is missing", 0) == frame.entry.isna().sum()
