"""Crude and adjusted ratios side by side."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.summaries.cells import RiskCells
from talentstats.survival.crude_and_adjusted import crude_and_adjusted
from talentstats.survival.hazard_model import hazard_model
from talentstats.tables.coef_table import coef_table

TABLE = pd.DataFrame(
    {
        "sector": ["a", "a", "b", "b"],
        "stage": ["early", "late"] * 2,
        "China": [40, 10, 20, 20],
        "elsewhere": [20, 10, 10, 12],
        "exposure": [400.0, 200.0, 200.0, 400.0],
    }
)


def cells(**changes):
    return RiskCells.from_frame(TABLE.assign(**changes), events=["China", "elsewhere"])


def test_crude_is_alone_and_adjusted_is_together():
    both = crude_and_adjusted(cells(), ["sector", "stage"], link="log")
    frame = both.tidy()
    assert frame["outcome"].tolist() == ["crude", "crude", "adjusted", "adjusted"]
    # 80 in 600 against 62 in 600; early 90 in 600, late 52 in 600.
    assert frame["estimate"][:2].to_numpy() == pytest.approx(np.log([62 / 80, 52 / 90]))
    one = hazard_model(cells(), "~ sector + stage", link="log").tidy()
    assert frame["estimate"][2:].to_numpy() == pytest.approx(one["estimate"][1:].to_numpy())
    assert "same 4 cells" in both.notes[0]
    assert both.account.used == 4


def test_the_table_has_two_columns():
    both = crude_and_adjusted(cells(), ["sector", "stage"], link="log")
    text = str(coef_table(both, exponentiate=True, below="interval"))
    assert "crude" in text
    assert "adjusted" in text
    assert "rate ratio" in text
    assert "0.775" in text  # 62 / 80


def test_several_destinations_have_two_columns_each():
    both = crude_and_adjusted(
        cells(), ["sector", "stage"], link="log", destinations="cause-specific"
    )
    assert list(dict.fromkeys(both.tidy()["outcome"])) == [
        "China, crude", "elsewhere, crude", "China, adjusted", "elsewhere, adjusted"
    ]  # fmt: skip


def test_columns_differ_by_adjustment_alone():
    few = crude_and_adjusted(cells(China=[8, 3, 4, 5], elsewhere=[2, 1, 2, 1]),
                             ["sector", "stage"], link="log")  # fmt: skip
    # 26 events: 13 for each of two parameters crude, 8.7 for each of three adjusted.
    assert {fit.penalty for fit in (*few.crude, few.adjusted)} == {"firth"}
    assert set(few.tidy()["interval"]) == {"profile"}


def test_it_keeps_the_protocol():
    both = crude_and_adjusted(cells(), ["sector", "stage"], link="log")
    assert both.glance().shape[0] == 1
    assert both.glance()["terms"][0] == 2
    for again in (pickle.loads(pickle.dumps(both)), copy.deepcopy(both)):
        pd.testing.assert_frame_equal(again.tidy(level=0.9), both.tidy(level=0.9))


def test_what_is_refused():
    for terms in ("sector + stage", ["sector"]):
        with pytest.raises(InputError, match="two terms or more"):
            crude_and_adjusted(cells(), terms, link="log")
    with pytest.raises(UnknownNameError, match="sector"):
        crude_and_adjusted(cells(), ["secter", "stage"], link="log")
