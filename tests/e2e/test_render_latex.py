"""The LaTeX tables compile, and print what they say: `make render`."""

import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from talentstats.tables.coef_table import coef_table
from talentstats.tables.frame_table import frame_table
from talentstats.tables.grid import Cell, Row
from talentstats.tables.latex_text import replaced_characters
from talentstats.tables.table import Table

pytestmark = pytest.mark.render

DEBIAN = "apt-get install --no-install-recommends texlive-latex-extra"
DEBIAN_CJK = f"{DEBIAN} texlive-xetex texlive-lang-chinese"
HOSTILE = r"50% & up, cohort_A #1 ~ ^ $k$ {x} \frac <30 > | [a] *b* `c' " + '"d" --- − × ² ≤ ≥ β –'


def _compile(source: str, folder: Path, *, engine: str, preamble: str = "") -> str:
    """Compile one table with the packages that it names itself; return the log."""
    if shutil.which(engine) is None:
        pytest.skip(f"{engine} is not installed. On Debian: {DEBIAN_CJK if preamble else DEBIAN}")
    packages = re.findall(r"\\usepackage\{(?:booktabs|threeparttable)\}", source)
    accents = r"\usepackage[T1]{fontenc}" if "[T1]{fontenc}" in source else ""
    document = "\n".join(
        [
            r"\documentclass{article}",
            r"\usepackage[margin=15mm,paperwidth=420mm]{geometry}",
            *packages,
            accents,
            preamble,
            r"\begin{document}",
            source,
            r"\end{document}",
        ]
    )
    (folder / "table.tex").write_text(document, encoding="utf-8")
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "table.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=300, check=False)
    log = (folder / "table.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, log[-3000:]
    assert "Missing character" not in log
    assert "Overfull" not in log
    return log


def _printed(folder: Path) -> str:
    """Return the text of the page, or skip what needs it."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed. On Debian: apt-get install poppler-utils")
    command = ["pdftotext", "-layout", "table.pdf", "-"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=True)
    return done.stdout.decode()


def _hostile_table(chinese: str = "") -> Table:
    """Return a coefficient table with hostile text wherever text can stand."""
    frame = pd.DataFrame(
        {
            "outcome": ["[CN", "[CN", "*US*", "*US*"],
            "term": ["a", "b", "a", "b"],
            "estimate": [0.311, -0.112, 0.010, -12.038],
            "std_error": [0.305, 0.042, 0.295, 0.040],
            "p_value": [0.308, 0.0075, 0.973, 0.0004],
            "conf_low": [-0.287, -0.194, -0.568, -12.116],
            "conf_high": [0.909, -0.030, 0.588, -11.960],
            "conf_level": 0.95,
            "interval": "wald",
            "estimand": "log relative-risk ratio",
        }
    )
    return coef_table(
        frame,
        frame.drop(columns="outcome").iloc[:2],
        below=["std_error", "interval", "p_value"],
        stars={"†": 0.1, "*": 0.05, "**": 0.01, "***": 0.001},
        labels={"a": HOSTILE + chinese, "b": "[35, 40)"},
        reference_rows={"b": "*reference*"},
        spanners=[(HOSTILE[:30] + chinese, 1), ("", 1)],
        column_labels=["[1]", "* 50%"],
        caption=HOSTILE + chinese,
        label="tab:hostile_1",
        notes=["auto", HOSTILE + chinese, "[a note"],
    )


def test_hostile_labels_compile_under_pdflatex(tmp_path: Path) -> None:
    _compile(_hostile_table().to_latex(), tmp_path, engine="pdflatex")
    printed = _printed(tmp_path)
    assert re.search("50% & up, cohort.A #1", printed)
    assert "$k$ {x} \\frac <30 > |" in printed
    assert "[35, 40)" in printed
    assert "*reference*" in printed
    assert "[a note" in printed


def test_chinese_labels_compile_under_xelatex(tmp_path: Path) -> None:
    source = _hostile_table("（回国的女性）").to_latex()
    assert "ctex" in source.splitlines()[1]
    _compile(source, tmp_path, engine="xelatex", preamble=r"\usepackage{ctex}")
    assert "回国的女性" in _printed(tmp_path)


def test_every_replaced_character_has_a_glyph_under_pdflatex(tmp_path: Path) -> None:
    characters = replaced_characters()
    rows = tuple(Row("row", f"U+{ord(c):04X}", (Cell(c), Cell(f"a{c}{c}b"))) for c in characters)
    chunks = [rows[i : i + 30] for i in range(0, len(rows), 30)]
    tables = [
        Table(header=((Cell("x"), Cell("y")),), rows=chunk, align=("c", "l")) for chunk in chunks
    ]
    source = "\n".join(table.to_latex() for table in tables)
    _compile(source, tmp_path, engine="pdflatex")


def test_accents_compile_under_pdflatex(tmp_path: Path) -> None:
    frame = pd.DataFrame({"name": ["Łódź", "Ångström", "Čapek", "ğışöüç", "Ëñßø"], "n": range(5)})
    _compile(frame_table(frame).to_latex(), tmp_path, engine="pdflatex")
    assert "Ångström" in _printed(tmp_path)
