"""Cells hold what was counted by hand, whatever the clock, the cuts and the looks."""

import pickle
import time

import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.spells import Spells


def table(cells):
    return [
        (*row, *events)
        for row, events in zip(
            zip(cells.start, cells.stop, cells.at_risk, cells.exposure, strict=True),
            cells.events.tolist(),
            strict=True,
        )
    ]


def test_yearly_data_in_yearly_cells():
    # 4 people from 0, 2 from 1; at 1 one goes to China, at 2 two elsewhere, at 3 the end.
    spells = Spells.from_arrays(
        entry=[0, 0, 0, 1],
        exit=[1, 2, 3, 3],
        event=["China", "elsewhere", 0, 0],
        count=[1, 2, 1, 2],
    )
    cells = RiskCells.from_spells(spells)
    assert table(cells) == [(0, 1, 4, 4, 1, 0), (1, 2, 5, 5, 0, 2), (2, 3, 3, 3, 0, 0)]
    assert cells.destinations == ("China", "elsewhere")
    assert cells.on_grid
    assert cells.weights is None
    assert not cells.wide.any()
    assert cells.account.sentence == "cells: 4 rows in, 4 used, none left out."
    assert [a.step for a in cells.accounts] == ["spells", "cells"]
    assert cells.account.person_years == spells.account.person_years == 12


def test_exact_times_and_delayed_entry_inside_a_cell():
    # (0.5, 1], (1, 2], (2, 2.25] of the first; (1.5, 2] of the second, which ends at a bound.
    spells = Spells.from_arrays(entry=[0.5, 1.5], exit=[2.25, 2], event=[0, 1])
    cells = RiskCells.from_spells(spells)
    assert table(cells) == [(0, 1, 1, 0.5, 0), (1, 2, 2, 1.5, 1), (2, 3, 1, 0.25, 0)]
    assert not cells.on_grid
    assert RiskCells.from_spells(spells, width=0.25).on_grid


@pytest.mark.parametrize(("exposure", "extra"), [("half", 0.5), ("full", 1.0), ("none", 0.0)])
def test_the_exposure_of_an_end_between_looks_is_named(exposure, extra):
    spells = Spells.from_arrays(entry=[0, 0], lower=[1, 2], upper=[2, np.inf])
    cells = RiskCells.from_spells(spells, exposure=exposure)
    assert table(cells) == [(0, 1, 2, 2, 0), (1, 2, 2, 1 + extra, 1)]
    assert cells.event_exposure == exposure
    assert cells.on_grid


def test_an_end_across_bounds_is_one_wide_cell():
    spells = Spells.from_arrays(lower=[1, 1, 0], upper=[4, 4, 2], destination=["a", "b", "a"])
    cells = RiskCells.from_spells(spells, exposure="full")
    assert table(cells) == [(0, 1, 2, 2, 0, 0), (0, 2, 1, 2, 1, 0), (1, 4, 2, 6, 1, 1)]
    assert cells.wide.tolist() == [False, True, True]


def test_an_end_within_a_cell_is_of_that_cell():
    # At risk in (2, 3] already when last seen at 2.2, so the person enters it once.
    spells = Spells.from_arrays(entry=[2], lower=[2.25], upper=[2.75])
    assert table(RiskCells.from_spells(spells)) == [(2, 3, 1, 0.5, 1)]
    # Entry and last look are one: the event's cell is the first.
    looked = Spells.from_arrays(entry=[2.25], lower=[2.25], upper=[2.75])
    assert table(RiskCells.from_spells(looked)) == [(2, 3, 1, 0.25, 1)]
    # Last seen inside a cell and elsewhere after its end: wide.
    across = RiskCells.from_spells(Spells.from_arrays(entry=[2], lower=[2.5], upper=[4]))
    assert table(across) == [(2, 3, 1, 0.5, 0), (2.5, 4, 1, 0.75, 1)]
    assert across.wide.tolist() == [False, True]


def test_calendar_periods():
    # Arrived 2015 and 2016.5; the cut at 2018 falls on 3 and inside (1, 2].
    spells = Spells.from_arrays(
        entry=[0, 0], exit=[4, 2], event=[1, 1], covariates={"arrival": [2015, 2016.5]}
    )
    cells = RiskCells.from_spells(spells, period=[2018], origin="arrival")
    assert cells.periods == ("to 2018", "after 2018")
    assert not cells.covariates
    assert list(zip(cells.period.tolist(), table(cells), strict=True)) == [
        (0, (0, 1, 2, 2, 0)),
        (0, (1, 2, 2, 1.5, 0)),
        (1, (1, 2, 1, 0.5, 1)),
        (0, (2, 3, 1, 1, 0)),
        (1, (3, 4, 1, 1, 1)),
    ]
    assert not cells.on_grid
    assert RiskCells.from_spells(spells.where([True, False], reason="x"), period=[2018],
                                 origin="arrival").on_grid  # fmt: skip
    assert np.isnan(cells.origin).all()
    wide = RiskCells.from_spells(
        Spells.from_arrays(entry=[2], lower=[2], upper=[4]), period=[2018], origin=2015
    )
    assert (wide.period.tolist(), wide.origin.tolist(), wide.wide.tolist()) == ([0], [2015], [True])


def test_an_end_between_looks_and_the_end_of_a_period():
    # The cut at 2018 is 2.5 on the clock. An end in (2.25, 2.75] may be of either period.
    either = Spells.from_arrays(entry=[2], lower=[2.25], upper=[2.75])
    cells = RiskCells.from_spells(either, period=[2018], origin=2015.5)
    assert table(cells) == [(2, 3, 1, 0.25, 0), (2.25, 2.75, 1, 0.25, 1)]
    assert cells.wide.tolist() == [False, True]
    # Last seen at the cut: the end is of the second period, which is entered then.
    second = Spells.from_arrays(entry=[2], lower=[2.5], upper=[2.75])
    cells = RiskCells.from_spells(second, period=[2018], origin=2015.5)
    assert table(cells) == [(2, 3, 1, 0.5, 0), (2, 3, 1, 0.125, 1)]
    assert (cells.period.tolist(), cells.wide.any()) == ([0, 1], False)


def test_own_cuts_and_an_open_last_cell():
    spells = Spells.from_arrays(entry=[1], exit=[9], event=[1])
    cells = RiskCells.from_spells(spells, cuts=[0, 2, 5])
    assert table(cells) == [(0, 2, 1, 1, 0), (2, 5, 1, 3, 0), (5, np.inf, 1, 4, 1)]


def test_rounding_does_not_make_slivers():
    spells = Spells.from_arrays(entry=[0.1 + 0.2], exit=[0.7], event=[1])
    cells = RiskCells.from_spells(spells, width=0.1)
    assert len(cells) == 4
    np.testing.assert_allclose(cells.exposure, 0.1, rtol=1e-12)
    assert cells.on_grid


def test_sums_of_weights_and_clusters():
    spells = Spells.from_arrays(
        exit=[1, 1, 0.5], event=[1, 0, 0], weight=[2, 0.5, 4], count=[1, 3, 1],
        cluster=["u", "v", "v"],
    )  # fmt: skip
    cells = RiskCells.from_spells(spells)
    # w: 2 + 3 x 0.5 + 4; w squared: 4 + 3 x 0.25 + 16; exposure: 2 + 1.5 + 4 x 0.5.
    assert cells.weights.at_risk.tolist() == [7.5]
    assert cells.weights.at_risk_squared.tolist() == [20.75]
    assert cells.weights.exposure.tolist() == [5.5]
    assert cells.weights.events.tolist() == [[2]]
    assert cells.weights.events_squared.tolist() == [[4]]
    assert (cells.at_risk.tolist(), cells.exposure.tolist()) == ([5], [4.5])
    assert cells.cluster is None
    apart = RiskCells.from_spells(spells, by_cluster=True)
    assert (apart.cluster.tolist(), apart.at_risk.tolist()) == (["u", "v"], [1, 4])
    joined = apart.collapse(["duration"])
    assert joined.weights.at_risk_squared.tolist() == [20.75]
    assert joined.cluster is None


def test_coarser_cells_are_sums_of_finer_ones():
    spells = Spells.from_arrays(
        exit=[2, 1, 3], event=[1, 1, 0], covariates={"sector": ["a", "b", "b"], "x": [1, 2, 3]}
    )
    cells = RiskCells.from_spells(spells)
    by_sector = cells.collapse(["sector"])
    assert by_sector.covariates["sector"].tolist() == ["a", "b"]
    assert by_sector.exposure.tolist() == [2, 4]
    assert by_sector.events.tolist() == [[1], [1]]
    assert (by_sector.start.tolist(), by_sector.stop.tolist()) == ([0, 0], [3, 3])
    assert not by_sector.on_grid
    by_duration = cells.collapse(["duration"])
    assert table(by_duration) == table(RiskCells.from_spells(spells, covariates=[]))
    assert by_duration.on_grid
    assert table(cells.collapse([])) == [(0, 3, 6, 6, 2)]
    with pytest.raises(UnknownNameError, match="Unknown grouping 'cluster'"):
        cells.collapse(["cluster"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0}, "width=0 is not allowed"),
        ({"width": 1e-9}, "cells; allowed are 1,000,000. Hint: give a larger width"),
        ({"cuts": [1, 2]}, r"cuts begin at 1, but somebody enters at 0"),
        ({"cuts": [2, 1]}, "not a list of increasing numbers"),
        ({"period": [2018]}, "period and origin go together"),
        ({"origin": 2015}, "period and origin go together"),
        ({"period": [2018], "origin": [1, 2, 3]}, r"origin has shape \(3,\)"),
        ({"exposure": "third"}, "Unknown exposure 'third'"),
        ({"covariates": ["stage"]}, "Unknown covariate 'stage'.*Nearest"),
        ({"by_cluster": True}, "the spells have no clusters"),
    ],
)
def test_cuts_that_do_not_fit_are_refused(options, message):
    spells = Spells.from_arrays(exit=[2, 3], event=[1, 0], covariates={"stages": [1, 2]})
    with pytest.raises(InputError, match=message):
        RiskCells.from_spells(spells, **options)


def test_entrants_are_counted_where_their_stay_begins():
    # At 0: one row of 2 people. At 1: one, at the bound. In (1, 2): one. In (2, 5): one whose
    # end alone is known, within a wide cell that is entered at 2.
    spells = Spells.from_arrays(
        entry=[0, 1, 1.5, 2],
        lower=[3, 2, 3, 2],
        upper=[np.inf, 2, np.inf, 5],
        count=[2, 1, 1, 1],
        weight=[1, 1, 1, 2],
        covariates={"job": list("abab")},
    )
    cells = RiskCells.from_spells(spells, covariates=())
    found = dict(zip(zip(cells.start, cells.stop, strict=True), cells.entrants, strict=True))
    assert found == {(0, 1): 2, (1, 2): 2, (2, 3): 0, (2, 5): 1}
    assert cells.weights.entrants.tolist() == [2, 2, 0, 2]
    by_job = RiskCells.from_spells(spells).collapse(["job"])
    assert by_job.entrants.tolist() == [3, 2]
    assert by_job.weights.entrants.tolist() == [3, 3]
    again = pickle.loads(pickle.dumps(by_job))
    assert again.entrants.tolist() == [3, 2]
    assert not again.entrants.flags.writeable


def test_a_row_that_continues_another_is_no_entrant_in_any_period():
    spells = Spells.from_arrays(
        entry=[0, 2, 0], exit=[2, 3, 3], event=[0, 1, 0], cluster=["ann", "ann", "bob"]
    )
    cells = RiskCells.from_spells(spells, period=[2001, 2002], origin=2000)
    assert cells.entrants.sum() == cells.account.people == 2
    assert cells.entrants[cells.period == 0].tolist() == [2]


def test_entrants_of_aggregates():
    table = pd.DataFrame({"events": [3, 1], "exposure": [9.5, 8], "entrants": [4, 0]})
    assert RiskCells.from_frame(table).entrants.tolist() == [4, 0]
    assert list(RiskCells.from_frame(table).covariates) == []
    bare = RiskCells.from_frame(table.drop(columns="entrants"))
    assert bare.entrants is None
    assert bare.collapse([]).entrants is None
    assert "entrants" not in bare.frame()
    with pytest.raises(InputError, match=r"entrants=0\.5 in 1 row"):
        RiskCells.from_frame(table.assign(entrants=[0.5, 1]))
    with pytest.raises(InputError, match=r"events adds up to .*2\*\*53"):
        RiskCells.from_frame(table.assign(events=[2.0**53, 4096]))


def test_published_aggregates():
    frame = pd.DataFrame(
        {
            "sector": ["a", "b", "c", None],
            "period": ["late", "early", "late", "late"],
            "cn": [3, 0, 0, 1],
            "uk": [1, 2, 0, 1],
            "py": [120.5, 80, 0, 3],
        }
    )
    cells = RiskCells.from_frame(
        frame, events=["cn", "uk"], exposure="py", destinations=["China", "Britain"]
    )
    assert cells.events.tolist() == [[3, 1], [0, 2]]
    assert cells.destinations == ("China", "Britain")
    assert [cells.periods[p] for p in cells.period] == ["late", "early"]
    assert dict(cells.account.left_out) == {"sector is missing": 1, "no exposure": 1}
    assert cells.at_risk is None
    assert np.isnan(cells.account.people)
    assert cells.collapse([]).exposure.tolist() == [200.5]
    assert cells.collapse([]).events.tolist() == [[3, 3]]


def test_cells_written_are_cells_read(tmp_path):
    spells = Spells.from_arrays(exit=[2, 1], event=["CN", "UK"], covariates={"job": ["a", "b"]})
    cells = RiskCells.from_spells(spells)
    cells.frame().to_csv(tmp_path / "cells.csv", index=False)
    again = RiskCells.from_frame(tmp_path / "cells.csv", events=["CN", "UK"])
    for name in ("start", "stop", "exposure", "events", "entrants"):
        np.testing.assert_array_equal(getattr(again, name), getattr(cells, name))
    assert again.covariates["job"].tolist() == cells.covariates["job"].tolist()


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"events": [1.5], "exposure": [1]}, {}, r"events=1\.5 in 1 row \(0\).*not a rate"),
        ({"events": [1], "exposure": [0]}, {}, r"exposure=0 with 1 events in 1 row \(0\)"),
        ({"events": [0], "exposure": [-1]}, {}, "exposure=-1 with 0 events"),
        ({"events": [0], "exposure": [0]}, {}, "no row of 1 has exposure"),
        ({"event": [0], "exposure": [0]}, {}, "Unknown column 'events'. Nearest: event"),
        (
            {"events": [0], "exposure": [1]},
            {"destinations": ["a", "b"]},
            "does not name the 1 columns",
        ),
        ({"events": [1], "exposure": [1], "start": [2], "stop": [2]}, {}, "start >= stop in 1 row"),
    ],
)
def test_bad_aggregates_are_refused(columns, options, message):
    with pytest.raises(InputError, match=message):
        RiskCells.from_frame(pd.DataFrame(columns), **options)


def test_blocks_add_up_and_are_fast():
    n = 600_000
    rng = np.random.default_rng(7)
    entry = rng.uniform(0, 5, n)
    spells = Spells.from_arrays(
        entry=entry, exit=entry + rng.uniform(0.01, 5, n), event=rng.random(n) < 0.1
    )
    began = time.perf_counter()
    cells = RiskCells.from_spells(spells)
    assert time.perf_counter() - began < 20
    assert len(cells) == 10
    np.testing.assert_allclose(cells.exposure.sum(), spells.account.person_years, rtol=1e-12)
    assert cells.events.sum() == spells.ended.sum()


def test_a_life_table_gives_people_at_risk_in_place_of_person_years():
    table = pd.DataFrame({"start": [0, 1], "stop": [1, 3], "n": [100, 90], "events": [10, 8]})
    cells = RiskCells.from_frame(table, at_risk="n")
    assert cells.at_risk is not None
    assert cells.at_risk.tolist() == [100.0, 90.0]
    assert cells.exposure.tolist() == [100 - 5, 2 * 90 - 8]
    assert cells.on_grid
    assert cells.event_exposure == "half"
    assert not cells.covariates


def test_person_years_beside_people_at_risk_are_taken_as_they_are():
    table = pd.DataFrame({"start": [0], "stop": [1], "n": [9], "events": [1], "exposure": [8.7]})
    cells = RiskCells.from_frame(table, at_risk="n")
    assert cells.exposure.tolist() == [8.7]
    assert cells.event_exposure == "as published"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n": [5, 90]}, "n=5 with 10 events in 1 row"),
        ({"n": [99.5, 90]}, "n=99.5"),
        ({"stop": [1, np.inf]}, "stop - start is inf in 1 row"),
        ({"stop": [0, 2]}, "stop - start is 0"),
    ],
)
def test_a_life_table_that_cannot_be_is_refused(change, words):
    table = pd.DataFrame({"start": [0, 1], "stop": [1, 2], "n": [100, 90], "events": [10, 9]})
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        RiskCells.from_frame(table.assign(**change), at_risk="n")


def test_people_at_risk_need_the_bounds_of_their_time():
    with pytest.raises(InputError, match="needs the columns start and stop"):
        RiskCells.from_frame(pd.DataFrame({"n": [5], "events": [1]}), at_risk="n")
