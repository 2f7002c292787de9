"""Every LaTeX table of the analyses compiles on one page width: `make render`.

The PDF lands in outputs/render/tables.pdf, to be looked at.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.render

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "outputs" / "render"


def test_tables_of_the_analyses_compile(tmp_path: Path) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is missing; on Debian: apt-get install texlive-latex-extra")
    tables = sorted((ROOT / "outputs").glob("[0-9]*/*.tex"))
    if not tables:
        pytest.skip("outputs/ has no tables; run `make reproduce` first")
    document = "\n".join(
        [
            r"\documentclass{article}",
            r"\usepackage[a4paper,margin=25mm]{geometry}",
            r"\usepackage[T1]{fontenc}",
            r"\usepackage{booktabs,threeparttable}",
            r"\begin{document}",
            *(rf"\input{{{path}}}\clearpage" for path in tables),
            r"\end{document}",
        ]
    )
    (tmp_path / "tables.tex").write_text(document, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "tables.tex"],
        cwd=tmp_path, capture_output=True, timeout=300, check=False,
    )  # fmt: skip
    log = (tmp_path / "tables.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, log[-3000:]
    assert "Missing character" not in log
    assert "Overfull \\hbox" not in log
    PICTURES.mkdir(parents=True, exist_ok=True)
    shutil.copy(tmp_path / "tables.pdf", PICTURES / "tables.pdf")
