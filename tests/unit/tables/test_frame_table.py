import math

import pandas as pd
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.tables.frame_table import frame_table
from talentstats.tables.grid import Raw, plain


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "method": ["wilson", "wald"],
            "year": [2019, 2025],
            "n": [1234, 100],
            "rate": [0.87, math.nan],
            "p": [0.0001, 0.5],
            "exact": [True, False],
            "word": ["a", None],
        }
    )


def test_default_formats(frame: pd.DataFrame) -> None:
    table = frame_table(frame)
    assert table.to_frame().to_numpy().tolist() == [
        ["wilson", "2019", "1234", "0.870", "0.0001", "yes", "a"],
        ["wald", "2025", "100", "", "0.500", "no", ""],
    ]
    assert table.align == ("r", "r", "r", "r", "l", "l")


def test_named_formats_and_headings(frame: pd.DataFrame) -> None:
    table = frame_table(
        frame,
        columns={"method": "Method", "n": Raw("n", latex="$n$"), "rate": "Rate", "p": "p"},
        formats={"n": "count", "rate": "percent", "p": "p", "method": str.upper},
        notes="A note.",
    )
    assert table.to_frame().to_numpy().tolist() == [
        ["WILSON", "1,234", "87.0%", "<0.001"],
        ["WALD", "100", "", "0.500"],
    ]
    assert plain(table.stub_label) == "Method"
    assert r"Method & $n$ & Rate & p \\" in table.to_latex()
    assert table.notes == ("A note.",)


def test_decimals_and_selection(frame: pd.DataFrame) -> None:
    table = frame_table(frame, columns=["method", "rate"], formats={"rate": 1})
    assert table.to_csv() == "method,rate\nwilson,0.9\nwald,\n"


def test_missing_integers_and_markup() -> None:
    frame = pd.DataFrame({"a": [Raw("x", html="<b>x</b>")], "b": pd.array([None], dtype="Int64")})
    assert '<th scope="row"><b>x</b></th><td class="ts-l"></td>' in frame_table(frame).to_html()


def test_unknown_names_are_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(UnknownNameError, match=r"column 'raet'. Nearest: rate"):
        frame_table(frame, columns=["method", "raet"])
    with pytest.raises(UnknownNameError, match="column in formats 'n'"):
        frame_table(frame, columns=["method", "rate"], formats={"n": 1})
    with pytest.raises(UnknownNameError, match=r"format 'pct'.*count, percent, p"):
        frame_table(frame, formats={"n": "pct"})  # type: ignore[dict-item]
    with pytest.raises(InputError, match="no columns"):
        frame_table(pd.DataFrame())
