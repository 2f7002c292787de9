"""One vocabulary: keys as they apply, every estimate column always, then extras."""

import numpy as np
import pandas as pd
import pytest

from talentstats.results.columns import ESTIMATE_COLUMNS, glance_frame, tidy_frame
from talentstats.results.provenance import Provenance

ALWAYS = [
    "term",
    "estimate",
    "std_error",
    "statistic",
    "p_value",
    "conf_low",
    "conf_high",
    "conf_level",
    "interval",
]


def test_the_vocabulary_is_the_one_of_the_design():
    assert list(ESTIMATE_COLUMNS) == ALWAYS


def test_keys_come_first_in_their_order_and_extras_last():
    frame = tidy_frame(
        [
            {"side": "upper", "outcome": "CN", "estimate": 0.1, "time": 6.0},
            {"term": "share", "group": "a", "n": 3},
        ]
    )
    assert list(frame.columns) == ["group", "time", "outcome", *ALWAYS, "side", "n"]
    assert frame["group"].tolist()[1] == "a"
    assert np.isnan(frame["group"].tolist()[0])
    assert frame["time"].tolist()[0] == 6.0
    assert np.isnan(frame["time"].tolist()[1])


def test_what_does_not_apply_is_nan_and_never_missing():
    frame = tidy_frame([{"term": "retention"}])
    assert list(frame.columns) == ALWAYS
    assert frame.iloc[0].drop("term").isna().all()
    numeric = [c for c in ALWAYS if c not in {"term", "interval"}]
    assert (frame[numeric].dtypes == np.float64).all()


def test_none_becomes_nan_in_a_number_column():
    assert np.isnan(tidy_frame([{"estimate": None}])["estimate"].iloc[0])


def test_no_rows_still_have_every_column():
    frame = tidy_frame([])
    assert list(frame.columns) == ALWAYS
    assert len(frame) == 0


def test_infinite_estimates_stay():
    assert tidy_frame([{"estimate": np.inf}])["estimate"].iloc[0] == np.inf


def test_glance_is_one_row_even_of_sequences():
    frame = glance_frame({"n": 100, "verdicts": ("below", "above"), "none": None})
    assert frame.shape == (1, 3)
    assert frame["verdicts"].iloc[0] == ("below", "above")
    assert isinstance(frame, pd.DataFrame)


def test_provenance_keeps_its_own_arguments():
    given = {"level": 0.95}
    made = Provenance(function="retention", arguments=given, method="wilson")
    given["level"] = 0.5
    assert made.arguments == {"level": 0.95}
    with pytest.raises(TypeError):
        made.arguments["level"] = 0.5
    with pytest.raises(AttributeError):
        made.function = "other"
    assert made.seed is None
    assert made.sources == ()
    assert made.version
