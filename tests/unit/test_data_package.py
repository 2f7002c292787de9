"""The data package as a whole: valid, and true to its own rules."""

import re
from pathlib import Path

import pytest

from talentstats.published.package import _resources, table_rows

DATA = Path(__file__).parents[2] / "data"
TABLES = list(_resources())
CELLS = [name for name in TABLES if name != "sources"]
HEDGE = re.compile(r"about|near|nearly|over|more than|at least|out of 10|[~<>]")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_frictionless_finds_nothing() -> None:
    from frictionless import validate

    report = validate(str(DATA / "datapackage.json"))
    assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "message"])
    assert len(report.tasks) == len(TABLES) == 11


def test_every_file_is_listed_and_no_other() -> None:
    found = {p.relative_to(DATA).as_posix() for p in DATA.rglob("*") if p.is_file()}
    tables = {f"tables/{name}.csv" for name in TABLES}
    assert found == {"README.md", "datapackage.json"} | tables


@pytest.mark.parametrize("name", TABLES)
def test_file_is_plain(name: str) -> None:
    content = (DATA / "tables" / f"{name}.csv").read_bytes()
    assert b"\r" not in content
    assert content.endswith(b"\n")
    for place in (b"/home/", b"/tmp/", b"/Users/", b"localhost"):
        assert place not in content


@pytest.mark.parametrize("name", CELLS)
def test_every_row_has_a_source_and_a_status(name: str) -> None:
    sources = {row["source_id"] for row in table_rows("sources")}
    for row in table_rows(name):
        assert row["source_id"] in sources
        assert row["status"] in {"verified", "secondary", "derived", "brief"}
        assert row["status_note"]


@pytest.mark.parametrize("name", CELLS)
def test_no_hedged_figure_is_a_point(name: str) -> None:
    for row in table_rows(name):
        if "qualifier" not in row:
            continue
        hedged = bool(HEDGE.search(row["as_printed"]))
        assert (row["qualifier"] != "point") == hedged, row["row_id"]
        assert (row["value"] == "") == hedged, row["row_id"]


@pytest.mark.parametrize("name", CELLS)
def test_value_is_what_is_printed(name: str) -> None:
    for row in table_rows(name):
        if not row.get("value") or " of " in row["as_printed"]:
            continue
        printed = float(row["as_printed"].replace(",", ""))
        if row.get("complement") == "true":
            printed = 100 - printed
        assert float(row["value"]) == printed, row["row_id"]


def test_only_the_commentary_s_own_figures_are_brief() -> None:
    brief = {(t, r["row_id"]) for t in CELLS for r in table_rows(t) if r["status"] == "brief"}
    assert brief == {
        ("carnegie_2025", "us-seven-giants"),
        ("macropolo", "2019-working-china"),
        ("macropolo", "2019-working-us-exact"),
    }
    seen = {
        (t, r["row_id"])
        for t in CELLS
        for r in table_rows(t)
        if "commentary" in r.get("seen_in", "")
    }
    assert seen == brief


def test_nothing_recalled_ships() -> None:
    for name in TABLES:
        for row in table_rows(name):
            assert not re.search(r"recalled|from memory|not seen in table", " ".join(row.values()))


def test_weighted_counts_stand_apart_from_totals() -> None:
    for name in ("stay_rates", "location_changes"):
        for row in table_rows(name):
            total = row.get("total", "")
            assert not total or total != row["n_weighted"]


def test_standard_errors_carry_a_status() -> None:
    for name in ("stay_rates", "location_changes", "azoulay2017_table4"):
        for row in table_rows(name):
            if row["std_error"]:
                assert row["se_status"] in {"published", "approximation"}
            if row["se_status"] == "approximation":
                assert "10961/129750" in row["note"]


def test_no_flow_under_agpl() -> None:
    rows = table_rows("scholarly_migration")
    years = {int(r["year"]) for r in rows if "China" in r["measure"]}
    assert max(years) == 2018
    assert max(int(r["year"]) for r in rows) == 2020
    assert not any("AGPL" in " ".join(r.values()) for r in rows)
    licence = {r["source_id"]: r["licence"] for r in table_rows("sources")}
    assert {licence[r["source_id"]] for r in rows} == {"CC BY 4.0"}


def test_partitions_add_up_and_founders_stay_out() -> None:
    rows = table_rows("carnegie_2025")
    value = {r["row_id"]: int(r["value"]) for r in rows if r["unit"] == "people" and r["value"]}
    parts: dict[str, list[str]] = {}
    for row in rows:
        if row["partition"] == "true":
            parts.setdefault(row["part_of"], []).append(row["row_id"])
    assert {p: sum(value[i] for i in ids) for p, ids in parts.items()} == {
        "us-chinese-origin-2019": 100,
        "in-us-2025": 87,
        "in-china-2025": 10,
    }
    assert [value[i] for i in parts["us-chinese-origin-2019"]] == [87, 10, 3]
    assert [value[i] for i in parts["in-us-2025"]] == [41, 40, 6]
    assert [value[i] for i in parts["in-china-2025"]] == [2, 2, 5, 1]
    assert "us-founder" not in parts["in-us-2025"]


def test_five_year_series_is_as_printed() -> None:
    # Table S3-23 as in the research notes, by year of observation.
    printed = {
        "china": [93, 95, 94, 89, 85, 84, 85, 83],
        "india": [90, 89, 83, 79, 82, 85, 83, 83],
        "all": [64, 67, 63, 62, 66, 70, 70, 71],
        "europe": [63, 67, 67, 60, 62, 63, 64, 71],
        "korea": [36, 44, 42, 42, 42, 54, 66, 57],
    }
    rows = {r["row_id"]: r for r in table_rows("stay_rates")}
    for kid, rates in printed.items():
        years = range(2003, 2018, 2)
        assert [int(rows[f"s323-{kid}-{y}"]["value"]) for y in years] == rates
        broken = [rows[f"s323-{kid}-{y}"]["instrument"] for y in years]
        assert broken == ["SSA earnings match"] * 5 + ["SDR survey"] * 3


def test_series_of_intentions_is_as_printed() -> None:
    rows = {r["row_id"]: float(r["value"]) for r in table_rows("intentions")}
    found = [rows[f"sed-china-{y}"] for y in range(2017, 2024)]
    assert found == [83.3, 79.4, 79.2, 80.1, 73.8, 76.7, 77.5]
    plans = [rows[f"slbr37-math-cs-{y}-plans"] for y in ("2008-11", "2012-15", "2016-19")]
    assert plans == [86.0, 87.0, 86.3]
