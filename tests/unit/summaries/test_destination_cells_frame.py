"""Tables of people by destination, wide and long, make the cells that were counted by hand."""

import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.summaries.destination_cells import DestinationCells

from_frame = DestinationCells.from_frame

# Nine people, and the same nine in wide form.
PEOPLE = pd.DataFrame(
    [
        ("industry", "postdoc", "US"),
        ("industry", "postdoc", "US"),
        ("industry", "postdoc", "China"),
        ("industry", "faculty", "US"),
        ("academia", "postdoc", "Canada"),
        ("academia", "postdoc", " China"),
        ("academia", "postdoc", "lost"),
        ("academia", "postdoc", None),
        (None, "faculty", "US"),
    ],
    columns=["sector", "stage", "place"],
    index=list("abcdefghi"),
)
WIDE = pd.DataFrame(
    {
        "sector": ["academia", "industry", "industry"],
        "stage": ["postdoc", "faculty", "postdoc"],
        "Canada": [1, 0, 0],
        "China": [1, 0, 1],
        "US": [0, 1, 2],
        "unknown": [2, 0, 0],
    }
)
KINDS = ["academia, postdoc", "industry, faculty", "industry, postdoc"]


def test_people_one_a_row():
    cells = from_frame(PEOPLE, outcome="place", unknown="lost")
    assert cells.cell_labels().tolist() == KINDS
    assert cells.destinations == ("Canada", "China", "US")
    assert cells.counts.tolist() == [[1, 1, 0], [0, 0, 1], [0, 1, 2]]
    assert cells.unknown.tolist() == [2, 0, 0]
    assert dict(cells.unknown_reasons) == {"place is missing": 1, "place is 'lost'": 1}
    assert cells.account.sentence == (
        "destination cells: 9 rows in, 8 used, 1 left out (sector is missing: 1)."
    )
    assert cells.account.people == cells.people == 8


def test_a_wide_table_of_the_same_people():
    cells = from_frame(WIDE, destinations=["Canada", "China", "US"])
    long = from_frame(PEOPLE, outcome="place", unknown="lost")
    assert cells.frame().equals(long.frame())
    assert from_frame(WIDE, by=["sector", "stage"]).frame().equals(cells.frame())
    assert from_frame(cells.frame(), by=["sector", "stage"]).frame().equals(cells.frame())
    assert dict(cells.unknown_reasons) == {"in the column 'unknown'": 2}
    named = from_frame(WIDE.rename(columns={"unknown": "lost"}), by=["sector", "stage"],
                       destinations=["US", "China", "Canada"], unknown="lost")  # fmt: skip
    assert named.destinations == ("US", "China", "Canada")
    assert named.unknown.tolist() == [2, 0, 0]


def test_rows_that_agree_are_added_up():
    cells = from_frame(WIDE, by=["stage"], destinations=["US", "China"])
    assert cells.covariates["stage"].tolist() == ["faculty", "postdoc"]
    assert cells.counts.tolist() == [[1, 0], [2, 2]]
    whole = from_frame(WIDE, by=[], destinations=["US", "China"])
    assert (whole.cell_labels().tolist(), whole.counts.tolist()) == (["all"], [[3, 2]])


def test_counts_of_a_long_table():
    table = pd.DataFrame(
        {
            "year": [2020, 2019, 2019, 2019],
            "outcome": ["US", "US", "China", None],
            "count": [7, 80, 0, 4],
            "lab": ["p", "p", "q", "q"],
        }
    )
    cells = from_frame(table, by=["year"], unknown="gone")
    assert cells.covariates["year"].tolist() == [2019, 2020]
    assert cells.counts.tolist() == [[0, 80], [0, 7]]
    assert cells.unknown.tolist() == [4, 0]
    apart = from_frame(table, by=["year"], unknown="gone", cluster="lab")
    assert apart.cell_labels().tolist() == ["2019, p", "2019, q", "2020, p"]
    assert apart.cluster.tolist() == ["p", "q", "p"]
    assert apart.collapse(["year"]).frame().equals(cells.frame())
    left = from_frame(table, by=["year"])
    assert left.account.left_out == {"outcome is missing": 1}
    assert left.people == 87


def test_a_destination_that_is_named_is_kept_though_nobody_went():
    cells = from_frame(
        PEOPLE, outcome="place", unknown="lost", destinations=["US", "China", "India", "Canada"]
    )
    assert cells.destinations == ("US", "China", "India", "Canada")
    assert cells.total().counts == {"US": 3, "China": 2, "India": 0, "Canada": 1}
    one = pd.DataFrame({"outcome": ["US", "US"]})
    with pytest.raises(InputError, match=r"1 destination .US.; .* Hint: name those that nobody"):
        from_frame(one)
    assert from_frame(one, destinations=["US", "China"]).counts.tolist() == [[2, 0]]


def test_places_coded_as_numbers():
    table = pd.DataFrame({"outcome": [1.0, 2.0, np.nan, 1.0]})
    cells = from_frame(table, unknown="none")
    assert (cells.destinations, cells.counts.tolist()) == (("1", "2"), [[2, 1]])
    assert cells.unknown.tolist() == [1]


def test_a_file_is_read_and_its_lines_named(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("sector,outcome\nindustry,US\n,US\nacademia,NA\nacademia,\n")
    cells = from_frame(path, unknown="lost")
    # NA is a country; an empty field is missing.
    assert cells.destinations == ("NA", "US")
    assert cells.counts.tolist() == [[1, 0], [0, 1]]
    assert cells.account.left_out == {"sector is missing": 1}
    path.write_text("sector,US,China\na,5,1\nb,4,-2\nc,1,1\n")
    with pytest.raises(InputError, match=r"China=-2 in 1 row \(3\); allowed are whole numbers"):
        from_frame(path, by=["sector"])


def test_missing_and_blank_covariates_are_left_out_by_reason():
    table = WIDE.assign(stage=["postdoc", " ", None], US=[np.nan, 1, 2])
    with pytest.raises(InputError, match=r"no row is left to use \(US is missing: 1; stage is mi"):
        from_frame(table, destinations=["US", "China"])
    table = WIDE.assign(stage=["postdoc", " ", "faculty"])
    cells = from_frame(table, by=["stage"], destinations=["US", "China"])
    assert cells.account.left_out == {"stage is missing": 1}
    categories = WIDE.assign(stage=pd.Categorical(["postdoc", None, "faculty"]))
    again = from_frame(categories, by=["stage"], destinations=["US", "China"])
    assert again.frame().equals(cells.frame())


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        (WIDE.assign(US=[0, 1, -2]), {"by": ["sector", "stage"]}, r"US=-2 in 1 row \(2\)"),
        (WIDE.assign(US=[0.5, 1, 2]), {"by": ["sector", "stage"]}, r"US=0.5 .*people, not shares"),
        (WIDE.assign(US=[2e10, 1, 2]), {"by": ["sector", "stage"]}, "US=2e.10.*an identifier"),
        (WIDE, {}, r"neither destinations= nor by= .*Hint: destinations=\['Canada', 'China', 'US'"),
        (WIDE, {"by": ["sector"]}, "the column 'stage' holds no numbers.*by="),
        (WIDE, {"by": ["US"], "destinations": ["US", "China"]}, "by names 'US', which has anoth"),
        (WIDE, {"by": [], "destinations": ["US"]}, "1 destination .US.; at least two"),
        (WIDE, {"by": [], "destinations": ["US", "China"], "count": "US"}, "is for a long table"),
        (
            WIDE.assign(US=0, China=0),
            {"destinations": ["US", "China"]},
            "nobody's destination is known",
        ),
        (
            PEOPLE.replace("lost", "Unknown"),
            {"outcome": "place"},
            r"place is 'Unknown' in 1 row \(g\), which is no place.*unknown='Unknown'",
        ),
        (
            PEOPLE,
            {"outcome": "place", "unknown": "lost", "destinations": ["US", "Chna", "Canada"]},
            r"place is 'China' in 2 rows \(c, f\), which destinations=.* Nearest: Chna",
        ),
        (
            PEOPLE,
            {"outcome": "place", "unknown": "lost", "destinations": ["US", "lost"]},
            "unknown='lost' is also one of destinations",
        ),
        (
            PEOPLE.assign(n=[1, 1, 1, 1, -3, 1, 1, 1, 1]),
            {"outcome": "place", "unknown": "lost", "count": "n"},
            r"n=-3 in 1 row \(e\)",
        ),
        (PEOPLE.iloc[6:8], {"outcome": "place", "unknown": "lost"}, "nobody's destination is kno"),
    ],
)
def test_what_cannot_be_counted_is_refused(table, options, message):
    with pytest.raises(InputError, match=message):
        from_frame(table, **options)


@pytest.mark.parametrize(
    "options",
    [
        {"destinations": ["US", "Chna"]},
        {"by": ["sectr"]},
        {"destinations": ["US", "China"], "unknown": "lost"},
        {"outcome": "where"},
        {"destinations": ["US", "China"], "cluster": "lab"},
    ],
)
def test_a_column_that_is_not_there_is_named(options):
    with pytest.raises(UnknownNameError, match=r"Unknown .*column '(Chna|sectr|lost|where|lab)'"):
        from_frame(WIDE, **options)
