"""Markdown: a pipe table as GitHub, Pandoc and Sphinx read it."""

import re

from talentstats.tables.grid import Cell, Grid, Raw, Text, column_names, plain

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~$&#{}])")
_RULES = {"l": ":---", "c": ":---:", "r": "---:"}


def write_markdown(grid: Grid) -> str:
    r"""Return the table as Markdown.

    Pipe tables have one header row, so that a spanner is joined to its columns by a colon.

    Parameters
    ----------
    grid : Grid
        The table.

    Returns
    -------
    str
        Caption in bold, the table, then one paragraph a note.

    Examples
    --------
    >>> from talentstats.tables.grid import Row
    >>> rows = (Row("row", "age_phd", (Cell("1.02", stars="*", numeric=True),)),)
    >>> print(write_markdown(Grid(header=((Cell("(1)"),),), rows=rows, align=("c",))))
    |  | (1) |
    | :--- | :---: |
    | age\_phd | 1.02\* |
    """
    lines = [f"**{_escape(grid.caption)}**", ""] if plain(grid.caption) else []
    names = [_escape(name) for name in column_names(grid)]
    lines.append(_line([_escape(grid.stub_label), *names]))
    lines.append(_line([_RULES["l"], *(_RULES[align] for align in grid.align)]))
    for row in grid.rows:
        stub = _escape(row.stub)
        if row.kind == "panel":
            lines.append(_line([f"**{stub}**", *([""] * len(grid.align))]))
            continue
        texts: list[str] = []
        for cell in row.cells:
            texts += [_cell(cell), *([""] * (cell.span - 1))]
        lines.append(_line([stub, *texts]))
    for note in grid.notes:
        lines += ["", _escape(note)]
    return "\n".join(lines) + "\n"


def _escape(text: Text) -> str:
    """Return the text with every character that Markdown reads as markup escaped."""
    if isinstance(text, Raw) and text.markdown is not None:
        return text.markdown
    return _SPECIAL.sub(r"\\\1", plain(text))


def _cell(cell: Cell) -> str:
    """Return one cell; the brackets of an interval need no escape."""
    if cell.numeric and isinstance(cell.text, str):
        return plain(cell.text).replace("<", "\\<").replace(">", "\\>") + _escape(cell.stars)
    return _escape(cell.text) + _escape(cell.stars)


def _line(texts: list[str]) -> str:
    """Return one line of a pipe table."""
    return f"| {' | '.join(texts)} |"
