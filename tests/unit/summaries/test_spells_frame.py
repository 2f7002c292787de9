"""Frames and files of every habit become spells, and incomplete rows are counted."""

import sys

import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError, MissingExtraError, UnknownNameError
from talentstats.summaries.spells import Spells


def test_columns_named_as_the_parts_need_no_names():
    frame = pd.DataFrame(
        {"entry": [0, 2], "exit": [3, 5], "event": [1, 0], "count": [4, 2], "sector": ["a", "b"]}
    )
    spells = Spells.from_frame(frame)
    assert spells.account.person_years == 4 * 3 + 2 * 3
    assert list(spells.covariates) == ["sector"]
    assert list(Spells.from_frame(frame, covariates=[]).covariates) == []


def test_start_stop_rows_and_factors_as_in_r():
    frame = pd.DataFrame(
        {
            "start": [0, 3, 0],
            "stop": [3, 6, 4],
            "status": pd.Categorical(["censor", "China", "censor"]),
            "id": [1, 1, 2],
        }
    )
    spells = Spells.from_frame(frame, entry="start", exit="stop", event="status", cluster="id")
    assert (spells.destinations, spells.cluster.tolist()) == (("China",), [1, 1, 2])


def test_outcome_rows_of_two_looks():
    frame = pd.DataFrame(
        {
            "lower": [2019, 2019, 2019, 2019, 2021, 2019],
            "upper": [2025, 2025, 2025, np.nan, 2021, 2025],
            "destination": ["US", "CN", None, "US", "US", "UK "],
        }
    )
    spells = Spells.from_frame(frame, host="US", clock="calendar year")
    assert spells.entry.tolist() == [2019] * 3
    assert spells.lower.tolist() == [2025, 2019, 2019]
    assert spells.upper.tolist() == [np.inf, 2025, 2025]
    assert spells.destinations == ("CN", "UK")
    assert dict(spells.account.left_out) == {
        "upper is missing": 1,
        "status unknown since entry": 2,
    }
    # With an earlier entry, somebody of unknown status was at risk up to the first look.
    entered = Spells.from_frame(frame.assign(entry=2015), host="US", clock="calendar year")
    assert entered.account.used == 5
    assert entered.lower.tolist() == [2025, 2019, 2019, 2021, 2019]


def test_every_incomplete_row_is_counted_by_its_first_reason():
    frame = pd.DataFrame(
        {
            "entry": [0, np.nan, 0, 0, 0],
            "exit": [1, np.nan, 2, 2, 2],
            "event": [1, 1, None, 0, 0],
            "weight": [1, 1, 1, np.nan, 1],
            "sector": ["a", "a", "a", None, None],
        }
    )
    account = Spells.from_frame(frame).account
    assert dict(account.left_out) == {
        "entry is missing": 1,
        "event is missing": 1,
        "weight is missing": 1,
        "sector is missing": 1,
    }
    assert (account.rows_in, account.used) == (5, 1)


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"exit": [1, 2], "event": ["CN", None]}, {}, "event is missing in 1 row and says in all"),
        ({"exit": [np.nan]}, {}, r"no row is left to use \(exit is missing: 1\)"),
        ({"exit": []}, {}, "the table has no rows"),
        ({"exit": [1]}, {"host": "US"}, "there is no lower, upper, destination"),
        (
            {"lower": [5], "upper": [1], "destination": ["US"]},
            {"host": "US"},
            "first seen 5, last seen 1",
        ),
        (
            {"lower": [1], "upper": [1], "destination": ["CN"], "entry": [1]},
            {},
            "entry >= exit in 1 row",
        ),
    ],
)
def test_bad_frames_are_refused(columns, options, message):
    with pytest.raises(InputError, match=message):
        Spells.from_frame(pd.DataFrame(columns), **options)


def test_unknown_names_offer_the_nearest():
    frame = pd.DataFrame({"lower": [0], "upper": [6], "destination": ["CN"]})
    with pytest.raises(UnknownNameError, match=r"'uper'.*Nearest: upper"):
        Spells.from_frame(frame, upper="uper")
    with pytest.raises(UnknownNameError, match="Unknown host 'C'"):
        Spells.from_frame(frame, host="C")
    with pytest.raises(UnknownNameError, match="Unknown covariate 'x'"):
        Spells.from_frame(frame, covariates=["x"])


def test_a_message_calls_rows_by_their_index():
    frame = pd.DataFrame(
        {"entry": [np.nan, 5, 1], "exit": [3, 5, 2], "event": [0, 1, 1]}, index=["p", "q", "r"]
    )
    with pytest.raises(InputError, match=r"entry >= exit in 1 row \(q\)"):
        Spells.from_frame(frame)


def test_pandas_own_types():
    frame = pd.DataFrame(
        {
            "exit": pd.array([1, 2, None], dtype="Int64"),
            "event": pd.array([True, False, True], dtype="boolean"),
            "sector": pd.array(["a", "b", "a"], dtype="string"),
        }
    )
    spells = Spells.from_frame(frame)
    assert spells.lower.tolist() == [1, 2]
    assert spells.covariates["sector"].tolist() == ["a", "b"]


def test_a_csv_file(tmp_path):
    path = tmp_path / "spells.csv"
    path.write_text(
        "\ufeffentry,exit,event,country\n0,1,China,NA\nNA,2,China,US\n1,4,censored,US\n",
        encoding="utf-8",
    )
    spells = Spells.from_frame(path)
    assert dict(spells.account.left_out) == {"entry is missing": 1}
    # NA is missing among numbers, and Namibia among countries.
    assert spells.covariates["country"].tolist() == ["NA", "US"]
    path.write_text("entry,exit,event\n0,1,1\n2,2,0\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"entry >= exit in 1 row \(3\)"):
        Spells.from_frame(str(path))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.xlsx", b"", r"a\.xlsx is not a \.csv, \.csv\.gz or \.parquet file"),
        ("a.csv", None, "there is no file"),
        ("a.csv", b"exit\n\xff\n", "could not be read as CSV in UTF-8"),
        ("a.csv", b"", "could not be read as CSV"),
        ("a.csv", b"exit,event\n1,1\n1,1,1\n", "could not be read as CSV.*line 3"),
        ("a.csv", b"exit,event\n", "the table has no rows"),
    ],
)
def test_bad_files_are_refused(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        Spells.from_frame(tmp_path / name)


def test_parquet_names_the_extra(tmp_path, monkeypatch):
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"talentstats\[cohort\]"):
        Spells.from_frame(tmp_path / "a.parquet")


def test_other_things_are_refused():
    with pytest.raises(InputError, match="a list was given; allowed is a pandas frame"):
        Spells.from_frame([1, 2])
    twice = pd.DataFrame([[1, 2]], columns=["exit", "exit"])
    with pytest.raises(InputError, match="'exit' is there twice"):
        Spells.from_frame(twice)


def test_a_written_frame_of_spells_reads_back_as_it_was(tmp_path):
    spells = Spells.from_arrays(
        entry=[0, 1.5, 0, 2],
        lower=[2, 3, 4, 5],
        upper=[3, 3, np.inf, np.inf],
        destination=["NA", "China", None, None],
        count=[1, 2, 3, 1],
        weight=[1, 0.5, 1, 1],
        cluster=["a", "a", "b", "b"],
        covariates={"sector": ["industry", "academia", "industry", "academia"]},
    )
    path = tmp_path / "spells.csv"
    spells.frame().to_csv(path, index=False)
    again = Spells.from_frame(path)
    for name in ("entry", "lower", "upper", "weight", "count", "cluster"):
        np.testing.assert_array_equal(getattr(again, name), getattr(spells, name))
    assert again.destinations == spells.destinations
    np.testing.assert_array_equal(again.destination, spells.destination)
    np.testing.assert_array_equal(again.covariates["sector"], spells.covariates["sector"])
    assert again.account.used == 4


def test_a_frame_of_other_habits_is_told_its_columns_and_what_to_name():
    frame = pd.DataFrame({"start": [0, 1], "stop": [2, 3], "event": [1, 0]})
    with pytest.raises(InputError, match=r"the table has start, stop, event\. Name exit and event"):
        Spells.from_frame(frame)
