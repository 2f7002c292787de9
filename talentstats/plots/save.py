"""Figures on disk and inside pages: PDF, SVG and PNG with the same bytes every time."""

import hashlib
import html
import io
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talentstats.checks import one_of
from talentstats.errors import InputError
from talentstats.files import write_whole
from talentstats.plots.style import figure_of, house_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Dates and version strings would change the bytes of an unchanged figure.
_METADATA: dict[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "png": {"Software": None},
}


def save_figure(drawn: "Axes | Figure | Sequence[Axes]", path: str | os.PathLike[str]) -> Path:
    """Write a figure as PDF, SVG or PNG; the same figure gives the same bytes.

    The format is that of the file's name. The file appears whole or not at all.

    Parameters
    ----------
    drawn : Axes, Figure or sequence of Axes
        What a plotting function returned, or any matplotlib figure.
    path : path-like
        Where to write: a name ending in .pdf, .svg or .png, in a folder that exists.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    UnknownNameError
        If the name ends in another format.
    OutputError
        If the file cannot be written; nothing half-written remains.

    Examples
    --------
    >>> import tempfile
    >>> from talentstats.plots.style import new_axes
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_figure(new_axes(3.4, 2), f"{folder}/empty.svg").name
    'empty.svg'
    """
    target = Path(path)
    kind = one_of(target.suffix.lower().lstrip("."), _METADATA, name="figure format")
    return write_whole(target, _rendered(figure_of(drawn), kind))


def svg_text(drawn: "Axes | Figure | Sequence[Axes]", title: str, description: str) -> str:
    """Return a figure as an SVG element to stand inside a page, named for screen readers.

    It scales to the width of its container, and its ids carry a hash of the content, so that
    several figures can share a page.

    Parameters
    ----------
    drawn : Axes, Figure or sequence of Axes
        What a plotting function returned, or any matplotlib figure.
    title : str
        What the figure shows, in a few words.
    description : str
        What a reader who cannot see it should know.

    Returns
    -------
    str
        One `<svg>` element, without XML prolog.

    Raises
    ------
    InputError
        If the title or the description is empty.

    Examples
    --------
    >>> from talentstats.plots.style import new_axes
    >>> svg_text(new_axes(3.4, 2), "Stay rates", "An empty figure.")[:30]
    '<svg id="fig-...
    """
    for name, text in (("title", title), ("description", description)):
        if not text.strip():
            raise InputError(
                f"{name}={text!r} is empty; allowed is a sentence for readers who cannot see it."
            )
    drawing = _rendered(figure_of(drawn), "svg").decode("utf-8")
    drawing = drawing[drawing.index("<svg") :].rstrip()
    mark = hashlib.sha256(f"{title}\0{description}\0{drawing}".encode()).hexdigest()[:10]
    prefix = f"fig-{mark}"
    drawing = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', drawing)
    drawing = re.sub(r'href="#([^"]+)"', rf'href="#{prefix}-\1"', drawing)
    drawing = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", drawing)
    # matplotlib styles "*", which inside a page would be every element of it.
    drawing = drawing.replace("*{", f"#{prefix} *{{", 1)
    opening, rest = drawing.split(">", 1)
    opening = re.sub(r'\s(?:width|height)="[^"]*"', "", opening)
    named = opening.replace(
        "<svg",
        f'<svg id="{prefix}" role="img" width="100%" '
        f'aria-labelledby="{prefix}-title {prefix}-desc"',
        1,
    )
    return (
        f'{named}>\n <title id="{prefix}-title">{html.escape(title)}</title>\n'
        f' <desc id="{prefix}-desc">{html.escape(description)}</desc>{rest}'
    )


def _rendered(figure: "Figure", kind: str) -> bytes:
    """Return the file's content; rendering in memory keeps a failure off the disk."""
    stream = io.BytesIO()
    with house_style():
        figure.savefig(stream, format=kind, dpi=300, metadata=_METADATA[kind])
    return stream.getvalue()
