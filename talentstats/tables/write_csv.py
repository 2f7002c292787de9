"""CSV: the body of the table for spreadsheets and programs; caption and notes stay out."""

import csv
import io

from talentstats.tables.grid import Cell, Grid, column_names, has_measures, plain
from talentstats.tables.numbers import MINUS


def write_csv(grid: Grid) -> str:
    """Return the table as CSV with one header row.

    A table whose terms take several rows has a second column, `measure`, and repeats the
    term, so that every line can be read by itself. Numbers use the ASCII hyphen as minus.

    Parameters
    ----------
    grid : Grid
        The table.

    Returns
    -------
    str
        CSV text with line feeds.

    Examples
    --------
    >>> from talentstats.tables.grid import Row
    >>> rows = (Row("row", "a, b", (Cell("−0.38", numeric=True),)),)
    >>> print(write_csv(Grid(header=((Cell("(1)"),),), rows=rows, align=("c",))))
    term,(1)
    "a, b",-0.38
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows(records(grid))
    return out.getvalue()


def records(grid: Grid) -> list[list[str]]:
    """Return header and body as plain strings, one list a line.

    Parameters
    ----------
    grid : Grid
        The table.

    Returns
    -------
    list of list of str
        The header first; cells that span columns stand in the first of them.
    """
    measured = has_measures(grid)
    lead = [plain(grid.stub_label) or "term", *(["measure"] if measured else [])]
    lines = [[*lead, *column_names(grid)]]
    term = ""
    for row in grid.rows:
        term = term if row.kind == "below" else plain(row.stub)
        cells = row.cells or tuple(Cell() for _ in grid.align)
        texts: list[str] = []
        for cell in cells:
            texts += [_value(cell), *([""] * (cell.span - 1))]
        lines.append([term, *([row.measure] if measured else []), *texts])
    return lines


def _value(cell: Cell) -> str:
    """Return what a program can read: an ASCII minus in numbers."""
    text = plain(cell.text)
    return (text.replace(MINUS, "-") if cell.numeric else text) + cell.stars
