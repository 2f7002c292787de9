import os
from pathlib import Path

import pytest

from talentstats.errors import OutputError, UnknownNameError
from talentstats.tables.grid import Cell, Row
from talentstats.tables.table import Table


@pytest.fixture
def table() -> Table:
    rows = (Row("row", "中国", (Cell("−0.38", numeric=True),)),)
    return Table(header=((Cell("(1)"),),), rows=rows, align=("c",), caption="A & B")


def test_save_writes_the_format_of_the_suffix(table: Table, tmp_path: Path) -> None:
    expected = {
        "a.txt": table.to_text(),
        "a.md": table.to_markdown(),
        "a.CSV": table.to_csv(),
        "a.tex": table.to_latex(),
    }
    for name, text in expected.items():
        assert table.save(tmp_path / name).read_bytes() == text.encode()
    page = table.save(str(tmp_path / "a.html")).read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert table.to_html() in page
    assert sorted(os.listdir(tmp_path)) == ["a.CSV", "a.html", "a.md", "a.tex", "a.txt"]


def test_unknown_suffix_lists_the_formats(table: Table, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown file suffix '\.docx'.*\.html"):
        table.save(tmp_path / "a.docx")
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.csv"
    target.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OutputError, match="No space left on device"):
        table.save(target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_an_interrupted_write_leaves_nothing(
    table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        table.save(tmp_path / "a.csv")
    assert not list(tmp_path.iterdir())


def test_folders_that_cannot_be_written(table: Table, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.csv").mkdir()
    for target in ("missing/a.csv", "file/a.csv", "folder.csv"):
        with pytest.raises(OutputError, match=r"could not be written .*does the folder exist"):
            table.save(tmp_path / target)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.csv"]


def test_frame_and_notebook(table: Table) -> None:
    assert table.to_frame().to_dict("list") == {"term": ["中国"], "(1)": ["-0.38"]}
    assert table._repr_html_() == table.to_html()
    assert str(table) + "\n" == table.to_text()
