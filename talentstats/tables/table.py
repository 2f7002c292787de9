"""A finished table: the neutral grid with one method for each format."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from talentstats.checks import one_of
from talentstats.files import write_whole
from talentstats.tables.grid import Grid
from talentstats.tables.write_csv import records, write_csv
from talentstats.tables.write_html import write_html, write_html_page
from talentstats.tables.write_latex import write_latex
from talentstats.tables.write_markdown import write_markdown
from talentstats.tables.write_text import write_text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Grid):
    """What `coef_table` and `frame_table` return; prints as plain text.

    Parameters
    ----------
    header : tuple of tuple of Cell
        Header rows from the top, without the stub; the last one names single columns.
    rows : tuple of Row
        The body.
    align : tuple of {"l", "c", "r"}
        One letter a column, without the stub.
    stub_label : str or Raw
        Heading of the stub.
    notes : tuple of str or Raw
        Notes beneath the table, one a paragraph.
    caption : str or Raw
        The caption; empty for none.
    label : str
        Name for cross-references.
    """

    def __str__(self) -> str:
        return self.to_text().rstrip("\n")

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return self.to_html()

    def to_text(self) -> str:
        """Return aligned plain text.

        Returns
        -------
        str
            The table with caption and notes.
        """
        return write_text(self)

    def to_markdown(self) -> str:
        """Return a pipe table.

        Returns
        -------
        str
            Markdown with caption and notes.
        """
        return write_markdown(self)

    def to_csv(self) -> str:
        """Return the body as CSV, without caption and notes.

        Returns
        -------
        str
            CSV with one header row and line feeds.
        """
        return write_csv(self)

    def to_html(self) -> str:
        """Return an accessible HTML fragment.

        Returns
        -------
        str
            A figure element without scripts; `save` writes a whole page.
        """
        return write_html(self)

    def to_latex(self) -> str:
        """Return a LaTeX float with booktabs and threeparttable.

        Returns
        -------
        str
            LaTeX source whose first lines name the packages that it needs.
        """
        return write_latex(self)

    def to_frame(self) -> "pd.DataFrame":
        """Return the cells as they are printed, as a frame of strings.

        Returns
        -------
        pandas.DataFrame
            One row a line of the table; columns as in `to_csv`.
        """
        import pandas as pd

        header, *lines = records(self)
        return pd.DataFrame(lines, columns=pd.Index(header))

    def save(self, path: str | Path) -> Path:
        """Write the table in the format of the suffix.

        Parameters
        ----------
        path : str or pathlib.Path
            Ends in .txt, .md, .csv, .html or .tex; the folder exists. A file of that name is
            replaced as a whole or not at all.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        OutputError
            If the file cannot be written; nothing half-written remains.
        """
        target = Path(path)
        formats: dict[str, Callable[[], str]] = {
            ".txt": self.to_text,
            ".md": self.to_markdown,
            ".csv": self.to_csv,
            ".html": lambda: write_html_page(self),
            ".tex": self.to_latex,
        }
        text = formats[one_of(target.suffix.lower(), formats, name="file suffix")]()
        return write_whole(target, text.encode())
