"""Reading the data package: types, integrity, errors."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from talentstats.errors import DataIntegrityError, UnknownNameError
from talentstats.published import package, published
from talentstats.published.package import table_rows

DATA = Path(__file__).parents[3] / "data"


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the data that the package reads instead of its own."""
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    monkeypatch.setattr(package, "_folder", lambda: folder)
    return folder


def test_list_of_tables() -> None:
    tables = published().set_index("name")
    assert list(tables.columns) == ["title", "rows", "description"]
    assert tables.loc["stay_rates", "rows"] == 81
    assert len(tables) == 11


def test_every_table_reads_with_its_types() -> None:
    for name, rows in published().set_index("name")["rows"].items():
        assert len(published(str(name))) == rows
    rates = published("stay_rates").set_index("row_id")
    assert str(rates["total"].dtype) == "Int64"
    assert str(rates["complement"].dtype) == "boolean"
    assert rates.loc["sei2024-china-10yr", "value"] == 81
    assert rates["value"].isna()["cset2022-china"]
    assert rates.loc["sei2024-china-10yr", "n_weighted"] == 11200


def test_rows_are_text() -> None:
    row = table_rows("carnegie_2025")[2]
    assert (row["row_id"], row["value"], row["value_low"]) == ("in-us-2025", "87", "")


def test_unknown_table_offers_near_names() -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown table 'stay_rate'. Nearest: stay_rates"):
        published("stay_rate")


def test_changed_byte_is_found(copied: Path) -> None:
    assert len(table_rows("stay_rates")) == 81
    path = copied / "tables" / "stay_rates.csv"
    content = bytearray(path.read_bytes())
    content[content.index(b",81,") + 2] = ord("2")
    path.write_bytes(content)
    with pytest.raises(DataIntegrityError, match=r"stay_rates.csv has changed: .*Restore it"):
        table_rows("stay_rates")
    with pytest.raises(DataIntegrityError, match=r"stay_rates.csv has changed"):
        published("stay_rates")
    assert table_rows("sources")  # the other tables are still whole


def test_missing_file_is_named(copied: Path) -> None:
    (copied / "tables" / "macropolo.csv").unlink()
    with pytest.raises(DataIntegrityError, match=r"macropolo.csv cannot be read \(No such file"):
        table_rows("macropolo")


def test_missing_descriptor_is_named(copied: Path) -> None:
    (copied / "datapackage.json").unlink()
    with pytest.raises(DataIntegrityError, match=r"datapackage.json cannot be read"):
        published()


def test_broken_descriptor_is_named(copied: Path) -> None:
    (copied / "datapackage.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataIntegrityError, match=r"datapackage.json is not a data package"):
        published()


def test_other_encoding_is_named(copied: Path) -> None:
    path = copied / "tables" / "sources.csv"
    path.write_bytes(path.read_bytes().replace(b"Carnegie", b"Carn\xe9gie", 1))
    with pytest.raises(DataIntegrityError, match=r"sources.csv is not UTF-8 \(byte 0xe9 at"):
        table_rows("sources")


def test_hashes_can_be_renewed(copied: Path) -> None:
    from runpy import run_path

    renew = run_path(str(Path(__file__).parent / "renew_hashes.py"))["renew"]
    before = (copied / "datapackage.json").read_bytes()
    assert renew(copied) == []
    assert (copied / "datapackage.json").read_bytes() == before
    path = copied / "tables" / "macropolo.csv"
    path.write_bytes(path.read_bytes().replace(b"675", b"676"))
    assert renew(copied) == ["macropolo"]
    assert table_rows("macropolo")[4]["value"] == "676"


def test_data_inside_the_installed_package_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert package._folder() == DATA
    monkeypatch.setattr(package.importlib.resources, "files", lambda name: tmp_path)
    assert package._folder() == DATA
    (tmp_path / "_data").mkdir()
    assert package._folder() == tmp_path / "_data"


def test_benchmarks_do_not_import_pandas() -> None:
    code = (
        "import sys; from talentstats.published import benchmark; "
        "benchmark('sei2024-china-10yr').at_horizon(6); "
        "print(sorted({'pandas', 'scipy.stats', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_descriptor_is_written_as_the_helper_writes_it() -> None:
    text = (DATA / "datapackage.json").read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"
