"""HTML: an accessible table that scrolls on a phone; class names are stable."""

import html
import re

from talentstats.tables.grid import Cell, Grid, Raw, Row, Text, plain

STYLE = """\
.ts-table { margin: 1.5rem 0; }
.ts-scroll { overflow-x: auto; }
.ts-table table { border-collapse: collapse; line-height: 1.35; }
.ts-table table { font-variant-numeric: tabular-nums; }
.ts-table caption { text-align: left; font-weight: 600; padding-bottom: .4rem; }
.ts-table th, .ts-table td { padding: .25rem .75rem; font-weight: 400; }
.ts-table th, .ts-table td { text-align: center; vertical-align: top; }
.ts-table thead { border-top: 2px solid; border-bottom: 1px solid; }
.ts-table tbody:last-child { border-bottom: 2px solid; }
.ts-table th[scope=row], .ts-table th[scope=rowgroup], .ts-table .ts-l { text-align: left; }
.ts-table th[scope=row] { min-width: 7rem; padding-left: 0; }
.ts-table th[scope=rowgroup] { font-style: italic; padding-left: 0; }
.ts-table .ts-r { text-align: right; }
.ts-table th.ts-spanner { border-bottom: 1px solid; }
.ts-table .ts-number { white-space: nowrap; }
.ts-table .ts-below { opacity: .8; }
.ts-table .ts-stars { display: inline-block; width: 0; line-height: 0; font-size: .8em; }
.ts-table .ts-statistics { border-top: 1px solid; }
.ts-notes { font-size: .85em; max-width: 46rem; }
.ts-notes p { margin: .3rem 0; }
"""


def write_html(grid: Grid) -> str:
    """Return the table as an HTML fragment: one figure, no script.

    Rows below an estimate share its cell, so that nothing tears when a label wraps.

    Parameters
    ----------
    grid : Grid
        The table.

    Returns
    -------
    str
        A ``<figure class="ts-table">``; `STYLE` holds rules for its classes.

    Examples
    --------
    >>> rows = (Row("row", "a < b", (Cell("1"),)),)
    >>> "a &lt; b" in write_html(Grid(header=((Cell("n"),),), rows=rows, align=("r",)))
    True
    """
    name = f' id="{re.sub("[^A-Za-z0-9_-]", "-", grid.label)}"' if grid.label else ""
    title = html.escape(plain(grid.caption) or "Table")
    lines = [
        f'<figure class="ts-table"{name}>',
        # A region that scrolls has to be reachable by keyboard, hence role, name and tabindex.
        f'<div class="ts-scroll" style="overflow-x:auto" role="region" aria-label="{title}" '
        'tabindex="0">',
        "<table>",
    ]
    if plain(grid.caption):
        lines.append(f"<caption>{_escape(grid.caption)}</caption>")
    lines += ["<thead>", *_header(grid), "</thead>", *_bodies(grid), "</table>", "</div>"]
    if grid.notes:
        notes = [f"<p>{_escape(note)}</p>" for note in grid.notes]
        lines += ['<div class="ts-notes">', *notes, "</div>"]
    return "\n".join([*lines, "</figure>"]) + "\n"


def write_html_page(grid: Grid) -> str:
    """Return the table as a complete HTML page with its style.

    Parameters
    ----------
    grid : Grid
        The table.

    Returns
    -------
    str
        An HTML5 document that needs no other file.
    """
    title = html.escape(plain(grid.caption) or "Table")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n"
        f"body {{ font-family: system-ui, sans-serif; margin: 1rem; }}\n{STYLE}</style>\n"
        f"</head>\n<body>\n{write_html(grid)}</body>\n</html>\n"
    )


def _escape(text: Text) -> str:
    """Return the text with the five special characters escaped."""
    if isinstance(text, Raw) and text.html is not None:
        return text.html
    return html.escape(plain(text))


def _header(grid: Grid) -> list[str]:
    """Return the header rows."""
    lines = []
    for number, cells in enumerate(grid.header):
        last = number == len(grid.header) - 1
        stub = _escape(grid.stub_label) if last else ""
        texts = [f'<th scope="col">{stub}</th>' if stub else "<td></td>"]
        column = 0
        for cell in cells:
            text = _escape(cell.text)
            if not text:
                texts.append(f"<td{_colspan(cell)}></td>")
            elif cell.span > 1:
                texts.append(f'<th scope="colgroup" class="ts-spanner"{_colspan(cell)}>{text}</th>')
            else:
                texts.append(f'<th scope="col" class="ts-{grid.align[column]}">{text}</th>')
            column += cell.span
        lines.append(f"<tr>{''.join(texts)}</tr>")
    return lines


def _bodies(grid: Grid) -> list[str]:
    """Return one tbody for each panel and one for the statistics."""
    lines = ["<tbody>"]
    previous = ""
    for position, row in enumerate(grid.rows):
        if row.kind == "below":
            continue
        new_part = row.kind == "panel" or (row.kind == "statistic" and previous != "statistic")
        if new_part and previous:
            style = ' class="ts-statistics"' if row.kind == "statistic" else ""
            lines += ["</tbody>", f"<tbody{style}>"]
        below = _rows_below(grid, position)
        lines.append(_row(row, below, grid))
        previous = row.kind
    return [*lines, "</tbody>"]


def _rows_below(grid: Grid, position: int) -> list[Row]:
    """Return the rows that belong to the row at the position."""
    found = []
    for row in grid.rows[position + 1 :]:
        if row.kind != "below":
            break
        found.append(row)
    return found


def _row(row: Row, below: list[Row], grid: Grid) -> str:
    """Return one row of the body."""
    stub = _escape(row.stub)
    if row.kind == "panel":
        return f'<tr><th scope="rowgroup" colspan="{len(grid.align) + 1}">{stub}</th></tr>'
    texts, column = [], 0
    for place, cell in enumerate(row.cells):
        parts = [_cell(cell), *(_below(other.cells[place]) for other in below)]
        classes = f"ts-{'c' if cell.span > 1 else grid.align[column]}"
        number_class = ' ts-number" style="white-space:nowrap' if cell.numeric else ""
        texts.append(f'<td class="{classes}{number_class}"{_colspan(cell)}>{"".join(parts)}</td>')
        column += cell.span
    return f'<tr><th scope="row">{stub}</th>{"".join(texts)}</tr>'


def _cell(cell: Cell) -> str:
    """Return text and stars."""
    stars = f'<sup class="ts-stars">{html.escape(cell.stars)}</sup>' if cell.stars else ""
    return _escape(cell.text) + stars


def _below(cell: Cell) -> str:
    """Return a second line of a cell, if it says anything."""
    text = _cell(cell)
    return f'<br><span class="ts-below">{text}</span>' if text else ""


def _colspan(cell: Cell) -> str:
    """Return the attribute for a cell that covers several columns."""
    return f' colspan="{cell.span}"' if cell.span > 1 else ""
