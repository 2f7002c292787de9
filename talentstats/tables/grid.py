"""The neutral grid: what a table says, before any format decides how it looks.

Cells hold plain text and a few facts about it (these are stars, this is a number).
Escaping is each writer's own business and happens there, once; `Raw` is the one way
to hand markup through.
"""

import re
from dataclasses import dataclass
from typing import Literal

from talentstats.errors import InputError

type Align = Literal["l", "c", "r"]
type RowKind = Literal["estimate", "below", "reference", "panel", "statistic", "row"]


@dataclass(frozen=True, slots=True)
class Raw:
    """Deliberate markup, passed through unescaped by the format that it was written for.

    Parameters
    ----------
    text : str
        Plain text for every format without markup of its own; escaped as usual.
    latex, html, markdown : str or None
        Markup for that format, used as it stands.

    Examples
    --------
    >>> Raw("R squared", latex="$R^2$", html="<i>R</i><sup>2</sup>").text
    'R squared'
    """

    text: str
    latex: str | None = None
    html: str | None = None
    markdown: str | None = None


type Text = str | Raw


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the header or the body.

    Parameters
    ----------
    text : str or Raw
        What it says.
    stars : str
        Marks of significance that hang behind the text.
    numeric : bool
        Whether the text is a number or an interval that the package has formatted.
    span : int
        How many columns it covers.
    """

    text: Text = ""
    stars: str = ""
    numeric: bool = False
    span: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the body.

    Parameters
    ----------
    kind : {"estimate", "below", "reference", "panel", "statistic", "row"}
        What the row is; "below" rows belong to the row above them.
    stub : str or Raw
        The label at the left.
    cells : tuple of Cell
        The cells; their spans add up to the number of columns. Empty for a panel.
    measure : str
        What an "estimate" or "below" row holds: "estimate", "std_error", "interval" and so on.
    """

    kind: RowKind
    stub: Text
    cells: tuple[Cell, ...] = ()
    measure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table without a format.

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
        Name for cross-references: letters, digits and ``: . _ - /``.

    Raises
    ------
    InputError
        If a row does not fill the columns, or the label holds other characters.
    """

    header: tuple[tuple[Cell, ...], ...]
    rows: tuple[Row, ...]
    align: tuple[Align, ...]
    stub_label: Text = ""
    notes: tuple[Text, ...] = ()
    caption: Text = ""
    label: str = ""

    def __post_init__(self) -> None:
        """Check that every row fills the columns."""
        width = len(self.align)
        for number, cells in enumerate(self.header, start=1):
            _check_width(cells, width, f"header row {number}")
        for number, row in enumerate(self.rows, start=1):
            if row.kind != "panel":
                _check_width(row.cells, width, f"row {number} ({plain(row.stub)!r})")
        if not re.fullmatch(r"[A-Za-z0-9:._/-]*", self.label):
            raise InputError(
                f"label={self.label!r} cannot be a cross-reference; allowed are letters, digits "
                "and : . _ - / only. Hint: 'tab:retention'."
            )


def plain(text: Text) -> str:
    """Return the text on one line, without control characters and stray surrogates.

    Parameters
    ----------
    text : str or Raw
        What a cell says.

    Returns
    -------
    str
        Plain text.

    Examples
    --------
    >>> plain("age" + chr(10) + "at PhD")
    'age at PhD'
    """
    written = text.text if isinstance(text, Raw) else text
    lined = re.sub("[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", written)
    return re.sub("[\ud800-\udfff\ufffe\uffff]", "\ufffd", lined)


def column_names(grid: Grid) -> list[str]:
    """Return one name for each column, the header rows joined by a colon.

    Parameters
    ----------
    grid : Grid
        The table.

    Returns
    -------
    list of str
        Names for formats that know only one header row.

    Examples
    --------
    >>> top = (Cell("(1)", span=2),)
    >>> names = (Cell("China"), Cell("other"))
    >>> column_names(Grid(header=(top, names), rows=(), align=("c", "c")))
    ['(1): China', '(1): other']
    """
    paths: list[list[str]] = [[] for _ in grid.align]
    for cells in grid.header:
        column = 0
        for cell in cells:
            for path in paths[column : column + cell.span]:
                if plain(cell.text):
                    path.append(plain(cell.text))
            column += cell.span
    return [": ".join(path) for path in paths]


def has_measures(grid: Grid) -> bool:
    """Return whether any term takes more than one row.

    Parameters
    ----------
    grid : Grid
        The table.

    Returns
    -------
    bool
        True if there are rows below others.
    """
    return any(row.kind == "below" for row in grid.rows)


def _check_width(cells: tuple[Cell, ...], width: int, where: str) -> None:
    """Raise unless the spans add up to the width."""
    found = sum(cell.span for cell in cells)
    if found != width:
        raise InputError(
            f"{where} covers {found} columns; allowed are exactly {width}. "
            "Hint: the spans of a row add up to the number of columns."
        )
