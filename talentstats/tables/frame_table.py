"""A frame as a table: names for the columns, a format for each, notes."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

from talentstats import checks
from talentstats.errors import InputError
from talentstats.tables.grid import Align, Cell, Raw, Row, Text
from talentstats.tables.numbers import format_number, format_p, format_percent
from talentstats.tables.table import Table

if TYPE_CHECKING:
    import pandas as pd

NamedFormat = Literal["count", "percent", "p"]
type Format = int | NamedFormat | Callable[[Any], str]


def frame_table(
    frame: "pd.DataFrame",
    *,
    columns: Sequence[str] | Mapping[str, Text] | None = None,
    formats: Mapping[str, Format] | None = None,
    caption: Text = "",
    label: str = "",
    notes: Text | Sequence[Text] = (),
) -> Table:
    """Print a frame as a table, one row a row.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows; its index is not shown.
    columns : Sequence of str, Mapping of str to str or Raw, or None
        Columns to show in their order, with their headings if it is a mapping; the first one
        becomes the stub. None shows all.
    formats : Mapping of str to int, {"count", "percent", "p"} or callable
        For a column its decimals, a named format ("count" parts the thousands), or a function
        from a value to text. Without one, integers are whole and floats have three decimals.
    caption : str or Raw
        The caption.
    label : str
        Name for cross-references.
    notes : str, Raw or sequence of these
        Notes beneath the table.

    Returns
    -------
    Table
        Has `to_text`, `to_markdown`, `to_csv`, `to_html`, `to_latex`, `to_frame` and `save`.

    Raises
    ------
    InputError
        If the frame has no columns.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"method": ["wilson", "wald"], "low": [0.790, 0.804], "p": [0.3, 0]})
    >>> print(frame_table(frame, columns={"method": "Method", "low": "Lower", "p": "p"},
    ...                   formats={"low": "percent", "p": "p"}))
    ---------------------
    Method  Lower    p
    ---------------------
    wilson  79.0%   0.300
    wald    80.4%  <0.001
    ---------------------
    """
    names = list(map(str, frame.columns))
    headings: Mapping[str, Text]
    if columns is None:
        headings = {name: name for name in names}
    elif isinstance(columns, Mapping):
        headings = columns
    else:
        headings = {name: name for name in columns}
    if not headings:
        raise InputError("The frame has no columns to show; needed is at least one.")
    chosen = [checks.one_of(name, names, name="column") for name in headings]
    for name, style in (formats or {}).items():
        checks.one_of(name, chosen, name="column in formats")
        if isinstance(style, str):
            checks.one_of(style, get_args(NamedFormat), name="format")
    stub, *rest = chosen
    cells = {name: _cells(frame[name], (formats or {}).get(name)) for name in chosen}
    align: list[Align] = ["r" if any(c.numeric for c in cells[name]) else "l" for name in rest]
    rows = [
        Row("row", cells[stub][number].text, tuple(cells[name][number] for name in rest))
        for number in range(len(frame))
    ]
    given = [notes] if isinstance(notes, str | Raw) else list(notes)
    return Table(
        header=(tuple(Cell(headings[name]) for name in rest),),
        rows=tuple(rows),
        align=tuple(align),
        stub_label=headings[stub],
        notes=tuple(given),
        caption=caption,
        label=label,
    )


def _cells(values: "pd.Series[Any]", style: Format | None) -> list[Cell]:
    """Return the cells of one column."""
    return [_cell(value, style) for value in values.tolist()]


def _cell(value: Any, style: Format | None) -> Cell:
    """Return one cell; what is missing is empty."""
    import pandas as pd

    if isinstance(value, Raw):
        return Cell(value)
    if pd.isna(value):
        return Cell()
    if callable(style):
        return Cell(style(value), numeric=isinstance(value, int | float))
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    if not isinstance(value, int | float):
        return Cell(str(value))
    return Cell(_number(value, style), numeric=True)


def _number(value: float, style: int | str | None) -> str:
    """Return a number in its format."""
    if style == "p":
        return format_p(float(value))
    if style == "percent":
        return format_percent(float(value))
    whole = style == "count" or (style is None and isinstance(value, int))
    decimals = 0 if whole else 3 if style is None else int(style)
    return format_number(float(value), decimals=decimals, thousands=style == "count")
