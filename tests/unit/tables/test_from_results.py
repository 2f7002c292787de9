from dataclasses import dataclass

import pandas as pd
import pytest

from talentstats.errors import InputError
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.tables.adapters import fit_columns

PROVENANCE = Provenance(
    function="destination_shares", arguments={}, method="goodman", sources=("carnegie2025",)
)


@dataclass(frozen=True)
class Shares:
    """A result with one row a destination."""

    provenance: Provenance = PROVENANCE
    estimand: str = "share"

    def tidy(self, *, level: float = 0.95) -> pd.DataFrame:
        rows = [
            {"outcome": name, "term": "share", "estimate": e, "conf_level": level}
            for name, e in (("US", 0.87), ("CN", 0.10), ("other", 0.03))
        ]
        return tidy_frame(rows)

    def glance(self) -> pd.DataFrame:
        return glance_frame({"n": 100})


def test_a_result_gives_one_column_for_each_outcome() -> None:
    columns = fit_columns(Shares(), level=0.9)
    assert [c.outcome for c in columns] == ["US", "CN", "other"]
    assert [c.terms["estimate"][0] for c in columns] == [0.87, 0.10, 0.03]
    assert columns[0].terms["conf_level"][0] == 0.9
    assert fit_columns(Shares(), level=None)[0].terms["conf_level"][0] == 0.95
    assert columns[0].statistics == {"n": 100}
    assert (columns[0].model, columns[0].estimand) == ("destination_shares", "share")
    assert columns[0].notes == ("Method: goodman.", "Sources: carnegie2025.")


def test_a_frame_needs_term_and_estimate_only(tidy: pd.DataFrame) -> None:
    (column,) = fit_columns(tidy[["term", "estimate"]], level=0.95)
    assert column.terms["estimate"].tolist() == [0.5, -0.25]
    assert column.terms["std_error"].isna().all()
    with pytest.raises(InputError, match=r"lacks term and estimate \(it has coef\)"):
        fit_columns(pd.DataFrame({"coef": [1.0]}), level=0.95)


def test_a_frame_is_not_relevelled(tidy: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"level 0\.95, the table asks for 0\.9.*level=None"):
        fit_columns(tidy, level=0.9)
    assert fit_columns(tidy, level=None)[0].terms["conf_low"].tolist() == [0.108, -0.446]


def test_keys_that_vary_make_terms_unique() -> None:
    rows = [
        {"group": g, "time": t, "term": "retention", "estimate": 0.5}
        for g in ("CN", "IN")
        for t in (5.0, 10.0)
    ]
    (column,) = fit_columns(tidy_frame(rows), level=None)
    assert column.terms["term"].tolist() == [
        "retention, CN, 5",
        "retention, CN, 10",
        "retention, IN, 5",
        "retention, IN, 10",
    ]
    with pytest.raises(InputError, match="'retention' stands in the frame more than once"):
        fit_columns(pd.DataFrame({"term": ["retention"] * 2, "estimate": [1.0, 2.0]}), level=None)


def test_an_empty_frame_is_refused() -> None:
    with pytest.raises(InputError, match="no rows"):
        fit_columns(pd.DataFrame({"term": [], "estimate": []}), level=None)


@pytest.mark.parametrize("stranger", [3, "fit", {"term": "a"}, object()])
def test_other_objects_are_refused_by_name(stranger: object) -> None:
    with pytest.raises(InputError, match=rf"{type(stranger).__name__} is not a fit.*lifelines"):
        fit_columns(stranger, level=0.95)


def test_the_level_is_checked(tidy: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"level=95.*0\.95"):
        fit_columns(tidy, level=95)
