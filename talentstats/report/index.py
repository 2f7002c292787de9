"""The page that shows all analyses: one self-contained file."""

import json
from pathlib import Path

from talentstats._version import __version__
from talentstats.errors import InputError
from talentstats.files import write_whole
from talentstats.report.templating import environment


def write_index(outputs: Path) -> Path:
    """Write `index.html` over all analyses in a folder.

    Parameters
    ----------
    outputs : Path
        Folder with one folder an analysis, as `write_analysis` makes them.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    InputError
        If there is no analysis in the folder.
    OutputError
        If the page cannot be written.
    """
    found = sorted(outputs.glob("*/run.json"))
    if not found:
        raise InputError(f"no analysis in {outputs}; run the scripts of analyses/ first.")
    sections = []
    for path in found:
        run = json.loads(path.read_text(encoding="utf-8"))
        body = (path.parent / "section.html").read_text(encoding="utf-8")
        sections.append({"slug": path.parent.name, "body": body, **run})
    page = (
        environment()
        .get_template("index.html.j2")
        .render(sections=sections, version=__version__, commit=sections[0]["commit"])
    )
    return write_whole(outputs / "index.html", page.encode())
