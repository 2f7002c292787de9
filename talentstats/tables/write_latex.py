"""LaTeX: booktabs and threeparttable, safe whatever is in the labels."""

from talentstats.tables.grid import Cell, Grid, Raw, Row, Text, has_measures, plain
from talentstats.tables.latex_text import escape_latex, has_cjk, needs_xelatex
from talentstats.tables.numbers import MINUS

_PACKAGES = "% Needs in the preamble: \\usepackage{booktabs} and \\usepackage{threeparttable}"
_CJK_ADVICE = (
    "% Holds Chinese, Japanese or Korean text: compile with xelatex, and add \\usepackage{ctex}\n"
    "% (or \\usepackage{xeCJK} with \\setCJKmainfont{Noto Serif CJK SC}) to the preamble"
)
_GLYPH_ADVICE = (
    "% Holds characters that pdflatex does not know: compile with xelatex or lualatex,\n"
    "% with \\usepackage{fontspec} and a font that has them"
)
_ACCENT_ADVICE = "% Holds accented letters: under pdflatex also \\usepackage[T1]{fontenc}"


def write_latex(grid: Grid) -> str:
    r"""Return the table as a LaTeX float.

    Every line of a cell is a row of its own, so that nothing depends on \makecell, and
    no line begins with a bracket, which LaTeX would read as an argument of the line break.

    Parameters
    ----------
    grid : Grid
        The table.

    Returns
    -------
    str
        A table environment; its first lines are comments that name the packages.

    Examples
    --------
    >>> rows = (Row("row", "50%", (Cell("−0.38", numeric=True),)),)
    >>> tex = write_latex(Grid(header=((Cell("(1)"),),), rows=rows, align=("c",)))
    >>> r"50\% & \llap{$-$}0.38 \\" in tex
    True
    """
    columns = "l" + "".join(grid.align)
    lines = [r"\begin{table}[htbp]", r"\centering", r"\begin{threeparttable}"]
    if plain(grid.caption):
        lines.append(rf"\caption{{{_escape(grid.caption)}}}")
    if grid.label:
        lines.append(rf"\label{{{grid.label}}}")
    lines += [rf"\begin{{tabular}}{{@{{}}{columns}@{{}}}}", r"\toprule", *_header(grid)]
    lines += [r"\midrule", *_body(grid), r"\bottomrule", r"\end{tabular}"]
    if grid.notes:
        lines += [r"\begin{tablenotes}[flushleft]", r"\footnotesize\setlength\labelsep{0pt}"]
        lines += [rf"\item {_escape(note)}" for note in grid.notes]
        lines.append(r"\end{tablenotes}")
    lines += [r"\end{threeparttable}", r"\end{table}"]
    body = "\n".join(lines) + "\n"
    return f"{_preamble(body)}\n{body}"


def _preamble(body: str) -> str:
    """Return the comments that say what the table needs."""
    lines = [_PACKAGES]
    if has_cjk(body):
        lines.append(_CJK_ADVICE)
    elif needs_xelatex(body):
        lines.append(_GLYPH_ADVICE)
    elif not body.isascii():
        lines.append(_ACCENT_ADVICE)
    return "\n".join(lines)


def _escape(text: Text) -> str:
    """Return LaTeX source for the text."""
    if isinstance(text, Raw) and text.latex is not None:
        return text.latex
    return escape_latex(plain(text))


def _header(grid: Grid) -> list[str]:
    """Return header rows, with a rule beneath each spanner."""
    lines = []
    for number, cells in enumerate(grid.header):
        last = number == len(grid.header) - 1
        texts = [_escape(grid.stub_label) if last else ""]
        rules, column = [], 0
        for cell in cells:
            text = _escape(cell.text)
            texts.append(text if cell.span == 1 else rf"\multicolumn{{{cell.span}}}{{c}}{{{text}}}")
            if text and cell.span > 1:
                rules.append(rf"\cmidrule(lr){{{column + 2}-{column + cell.span + 1}}}")
            column += cell.span
        lines.append(_line(texts))
        if rules:
            lines.append(" ".join(rules))
    return lines


def _body(grid: Grid) -> list[str]:
    """Return the rows of the body."""
    lines, previous = [], ""
    airy = has_measures(grid)
    for row in grid.rows:
        if row.kind == "statistic" and previous not in {"", "statistic"}:
            lines.append(r"\midrule")
        # Terms of several lines are told apart by a little space, panels always are.
        apart = row.kind == "panel" or (airy and row.kind in {"estimate", "reference"})
        if apart and previous not in {"", "panel", "reference"}:
            lines.append(r"\addlinespace")
        if row.kind == "panel":
            width = len(grid.align) + 1
            lines.append(
                rf"\multicolumn{{{width}}}{{@{{}}l@{{}}}}{{\textit{{{_escape(row.stub)}}}}} \\"
            )
        else:
            lines.append(_line([_escape(row.stub), *_cells(row, grid)]))
        previous = row.kind
    return lines


def _cells(row: Row, grid: Grid) -> list[str]:
    """Return the cells of one row."""
    texts, column = [], 0
    for cell in row.cells:
        text = _cell(cell, hang=grid.align[column] == "c")
        texts.append(text if cell.span == 1 else rf"\multicolumn{{{cell.span}}}{{c}}{{{text}}}")
        column += cell.span
    return texts


def _cell(cell: Cell, *, hang: bool) -> str:
    """Return one cell; in centred columns sign and stars hang, so that digits stay aligned."""
    stars = rf"\textsuperscript{{{escape_latex(cell.stars)}}}" if cell.stars else ""
    text = plain(cell.text)
    if hang and cell.numeric and text.startswith(MINUS):
        written = rf"\llap{{$-$}}{escape_latex(text.removeprefix(MINUS))}"
    else:
        written = _escape(cell.text)
    return written + (rf"\rlap{{{stars}}}" if hang and stars else stars)


def _line(texts: list[str]) -> str:
    """Return one row; markup of the caller's own may begin with what a line must not."""
    line = " & ".join(texts).strip()
    return ("{}" if line[:1] in {"[", "*"} else "") + line + r" \\"
