"""One analysis as a folder: tables, figures, a section of the page, and how it was made."""

import json
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from talentstats._version import __version__
from talentstats.errors import InputError, OutputError
from talentstats.plots.save import save_figure, svg_text
from talentstats.plots.style import DOUBLE, PHONE
from talentstats.published.citation import citation
from talentstats.published.package import table_hashes
from talentstats.report.templating import environment
from talentstats.tables.table import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_VERSIONS_OF: Final = ("numpy", "scipy", "pandas", "statsmodels", "matplotlib")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FigureOf:
    """A figure that can be drawn at any width.

    Parameters
    ----------
    name : str
        File name without ending.
    title : str
        What it shows, in a few words.
    description : str
        What a reader who cannot see it should know.
    draw : Callable
        Takes a width in inches, returns what a plotting function returns.
    """

    name: str
    title: str
    description: str
    draw: "Callable[[float], Axes | Figure | Sequence[Axes]]"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TableOf:
    """A table with the name of its files.

    Parameters
    ----------
    name : str
        File name without ending.
    table : Table
        The table.
    """

    name: str
    table: Table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Analysis:
    """What an analysis found.

    Parameters
    ----------
    title : str
        Short name for the page.
    question : str
        The question, in one sentence.
    answer : str
        The answer, in one sentence; every number in it comes from a result.
    estimand : str
        What is estimated, of whom.
    findings : tuple of str
        Further sentences.
    figures : tuple of FigureOf
        In the order of the page.
    tables : tuple of TableOf
        In the order of the page.
    sources : tuple of str
        Ids of published sources.
    data : tuple of str
        Names of the published tables that were read.
    simulated : bool
        Whether any number comes from simulated data; then the page says so.
    seed : int or None
        Seed of the random numbers, if any.
    """

    title: str
    question: str
    answer: str
    estimand: str
    findings: tuple[str, ...] = ()
    figures: tuple[FigureOf, ...] = ()
    tables: tuple[TableOf, ...] = ()
    sources: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    simulated: bool = False
    seed: int | None = None


def write_analysis(out: Path, analysis: Analysis) -> None:
    """Write an analysis into a folder, whole or not at all.

    Writes `<table>.csv` and `<table>.tex` for each table, `<figure>.pdf`, `.svg` and
    `.png` for each figure, `section.html` for the page, and `run.json` with
    question, answer, sources, hashes of the data, commit and versions.

    Parameters
    ----------
    out : Path
        The folder; replaced if it exists.
    analysis : Analysis
        What was found.

    Raises
    ------
    InputError
        If two tables or two figures share a name.
    OutputError
        If the folder cannot be written; nothing half-written remains.
    """
    for kind, names in (
        ("table", [t.name for t in analysis.tables]),
        ("figure", [f.name for f in analysis.figures]),
    ):
        if len(set(names)) != len(names):
            raise InputError(f"two {kind}s share a name among {names}; give each its own.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as scratch:
            made = Path(scratch) / out.name
            made.mkdir()
            _fill(made, analysis, slug=out.name)
            if out.is_dir():
                shutil.rmtree(out)
            os.replace(made, out)
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(
            f"cannot write {out}: {error.strerror or error}. Hint: choose a folder that you "
            "may write to, for example with OUT=FOLDER."
        ) from error


def _fill(folder: Path, analysis: Analysis, *, slug: str) -> None:
    """Write every file of an analysis."""
    for item in analysis.tables:
        item.table.save(folder / f"{item.name}.csv")
        item.table.save(folder / f"{item.name}.tex")
    drawn = []
    for figure in analysis.figures:
        wide, narrow = figure.draw(DOUBLE), figure.draw(PHONE)
        for ending in ("pdf", "svg", "png"):
            save_figure(wide, folder / f"{figure.name}.{ending}")
        save_figure(narrow, folder / f"{figure.name}-narrow.pdf")
        drawn.append(
            {
                "title": figure.title,
                "wide": svg_text(wide, figure.title, figure.description),
                "narrow": svg_text(narrow, figure.title, figure.description),
            }
        )
    citations = [citation(source) for source in analysis.sources]
    section = (
        environment()
        .get_template("section.html.j2")
        .render(
            slug=slug,
            analysis=analysis,
            figures=drawn,
            tables=[
                {"name": t.name, "html": t.table.to_html(), "caption": str(t.table.caption)}
                for t in analysis.tables
            ],
            citations=citations,
        )
    )
    (folder / "section.html").write_text(section, encoding="utf-8")
    run = {
        "analysis": slug,
        "title": analysis.title,
        "question": analysis.question,
        "answer": analysis.answer,
        "estimand": analysis.estimand,
        "findings": list(analysis.findings),
        "simulated": analysis.simulated,
        "seed": analysis.seed,
        "sources": dict(zip(analysis.sources, citations, strict=True)),
        "data": table_hashes(analysis.data),
        "commit": _commit(),
        "versions": _versions(),
    }
    text = json.dumps(run, indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "run.json").write_text(text + "\n", encoding="utf-8")


def _versions() -> dict[str, str]:
    """Versions of what computed the numbers."""
    return {
        "talentstats": __version__,
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in _VERSIONS_OF},
    }


def _commit() -> str | None:
    """Commit of the checkout that the package runs from, if it runs from one."""
    folder = Path(__file__).parent
    try:
        found: subprocess.CompletedProcess[Any] = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return str(found.stdout).strip()
