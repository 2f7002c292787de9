"""Plain text: aligned columns that read well in a terminal and in a mail."""

import textwrap
import unicodedata

from talentstats.tables.grid import Cell, Grid, Row, plain

_GAP = "  "
_NARROWEST_NOTE = 60


def write_text(grid: Grid) -> str:
    """Return the table as plain text.

    Parameters
    ----------
    grid : Grid
        The table.

    Returns
    -------
    str
        Lines without trailing blanks; the last one ends with a line feed.

    Examples
    --------
    >>> from talentstats.tables.grid import Cell, Grid, Row
    >>> rows = (Row("row", "US", (Cell("87", numeric=True),)),)
    >>> print(write_text(Grid(header=((Cell("n"),),), rows=rows, align=("r",))), end="")
    ------
        n
    ------
    US  87
    ------
    """
    tails = _tail_widths(grid)
    widths = _column_widths(grid, tails)
    stubs = [plain(row.stub) for row in grid.rows if row.kind != "panel"]
    stub_width = max(map(_width, [plain(grid.stub_label), *stubs]))
    panels = [_width(plain(row.stub)) for row in grid.rows if row.kind == "panel"]
    total = max([stub_width + sum(widths) + len(_GAP) * len(widths), *panels])
    rule = "-" * total
    lines = [plain(grid.caption)] if plain(grid.caption) else []
    lines.append(rule)
    for number, cells in enumerate(grid.header):
        last = number == len(grid.header) - 1
        stub = plain(grid.stub_label) if last else ""
        lines.append(_line(stub, stub_width, _header_cells(cells, widths)))
        if any(cell.span > 1 and plain(cell.text) for cell in cells):
            lines.append(_line("", stub_width, _spanner_rules(cells, widths)))
    lines.append(rule)
    previous = ""
    for row in grid.rows:
        if row.kind == "statistic" and previous not in {"", "statistic"}:
            lines.append(rule)
        body = [] if row.kind == "panel" else _body_cells(row, widths, tails, grid)
        lines.append(_line(plain(row.stub), stub_width, body))
        previous = row.kind
    lines.append(rule)
    for note in grid.notes:
        lines.extend(textwrap.wrap(plain(note), max(total, _NARROWEST_NOTE)))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _width(text: str) -> int:
    """Return how many terminal columns a text takes: CJK takes two, combining marks none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _fill(text: str, width: int, align: str) -> str:
    """Return the text padded to the width."""
    room = max(width - _width(text), 0)
    left = {"l": 0, "c": room // 2, "r": room}[align]
    return " " * left + text + " " * (room - left)


def _parts(cell: Cell) -> tuple[str, str]:
    """Return body and tail: stars and closing brackets hang, so that digits stay aligned."""
    text = plain(cell.text)
    if cell.stars:
        return text, cell.stars
    if cell.numeric and text[-1:] in {")", "]", "}"}:
        return text[:-1], text[-1]
    return text, ""


def _tail_widths(grid: Grid) -> list[int]:
    """Return for each column how far its stars and brackets hang."""
    tails = [0] * len(grid.align)
    for row in grid.rows:
        for column, cell in _single_cells(row.cells):
            if not _is_wide(cell, grid.align[column]):
                tails[column] = max(tails[column], _width(_parts(cell)[1]))
    return tails


def _is_wide(cell: Cell, align: str) -> bool:
    """Return whether a cell of a centred column is an interval or a phrase, not a bare number."""
    return align == "c" and " " in plain(cell.text)


def _block_widths(grid: Grid, tails: list[int]) -> list[int]:
    """Return for each column the width of its bare numbers, which are centred as one block."""
    blocks = list(tails)
    for row in grid.rows:
        for column, cell in _single_cells(row.cells):
            if cell.numeric and not _is_wide(cell, grid.align[column]):
                blocks[column] = max(blocks[column], _width(_parts(cell)[0]) + tails[column])
    return blocks


def _column_widths(grid: Grid, tails: list[int]) -> list[int]:
    """Return widths that hold every cell; a wide spanner widens its last column."""
    widths = [1] * len(grid.align)
    for row in grid.rows:
        for column, cell in _single_cells(row.cells):
            body, tail = _parts(cell)
            wide = _is_wide(cell, grid.align[column])
            widths[column] = max(
                widths[column], _width(body) + (_width(tail) if wide else tails[column])
            )
    for cells in [*reversed(grid.header), *(row.cells for row in grid.rows)]:
        column = 0
        for cell in cells:
            end = column + cell.span
            room = sum(widths[column:end]) + len(_GAP) * (cell.span - 1)
            widths[end - 1] += max(_width(plain(cell.text)) - room, 0)
            column = end
    return widths


def _single_cells(cells: tuple[Cell, ...]) -> list[tuple[int, Cell]]:
    """Return the cells that cover one column, with its number."""
    found, column = [], 0
    for cell in cells:
        if cell.span == 1:
            found.append((column, cell))
        column += cell.span
    return found


def _header_cells(cells: tuple[Cell, ...], widths: list[int]) -> list[str]:
    """Return header cells centred over what they cover."""
    return [_fill(plain(cell.text), room, "c") for cell, room in _rooms(cells, widths)]


def _spanner_rules(cells: tuple[Cell, ...], widths: list[int]) -> list[str]:
    """Return a rule beneath each spanner."""
    return [
        ("-" if cell.span > 1 and plain(cell.text) else " ") * room
        for cell, room in _rooms(cells, widths)
    ]


def _body_cells(row: Row, widths: list[int], tails: list[int], grid: Grid) -> list[str]:
    """Return the cells of one row, padded."""
    blocks = _block_widths(grid, tails)
    written, column = [], 0
    for cell, room in _rooms(row.cells, widths):
        align = grid.align[column]
        if cell.span > 1:
            written.append(_fill(plain(cell.text), room, "c"))
        elif cell.numeric and align != "l" and not _is_wide(cell, align):
            body, tail = _parts(cell)
            block = blocks[column] if align == "c" else room
            digits = _fill(body, block - tails[column], "r") + _fill(tail, tails[column], "l")
            written.append(_fill(digits, room, "c"))
        else:
            written.append(_fill(plain(cell.text), room, align))
        column += cell.span
    return written


def _rooms(cells: tuple[Cell, ...], widths: list[int]) -> list[tuple[Cell, int]]:
    """Return each cell with the width of the columns that it covers."""
    found, column = [], 0
    for cell in cells:
        end = column + cell.span
        found.append((cell, sum(widths[column:end]) + len(_GAP) * (cell.span - 1)))
        column = end
    return found


def _line(stub: str, stub_width: int, cells: list[str]) -> str:
    """Return one line of the table."""
    return _GAP.join([_fill(stub, stub_width, "l"), *cells])
