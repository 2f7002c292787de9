"""Layout of each format, and labels that no format may stumble over.

What is written is read back by an independent reader of the format: csv, html.parser,
a CommonMark parser, and for LaTeX a check of the structure (tests/e2e compiles it).
"""

import csv
import io
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from talentstats.tables.grid import Cell, Raw, Row, plain
from talentstats.tables.latex_text import escape_latex
from talentstats.tables.table import Table
from talentstats.tables.write_html import STYLE

HOSTILE = "%&#_{}~^\\<>$[]|*`\"'-−×²≤≥β–…女性回国é ½, .:()/!?@+=;aZ09\n"
texts = st.text(alphabet=HOSTILE, min_size=1, max_size=12).filter(
    lambda t: plain(t).strip() == plain(t) != "" and "  " not in plain(t)
)


def _table(label: str, cell: str, caption: str = "", note: str = "") -> Table:
    """Return two columns under one spanner, with a statistic that spans both."""
    return Table(
        header=((Cell(label, span=2),), (Cell("x"), Cell(cell))),
        rows=(
            Row("panel", label),
            Row("estimate", label, (Cell("−0.38", stars="**", numeric=True), Cell(cell))),
            Row("below", "", (Cell("[−0.43, 0.04]", numeric=True), Cell("")), "interval"),
            Row("statistic", cell, (Cell("432", numeric=True, span=2),), "n"),
        ),
        align=("c", "c"),
        notes=(note,) if note else (),
        caption=caption,
        label="tab:x",
    )


def test_text_lays_columns_out() -> None:
    table = _table("Aid", "no", caption="A caption", note="A note.")
    assert table.to_text() == (
        "A caption\n"
        "----------------------\n"
        "            Aid\n"
        "     -----------------\n"
        "           x        no\n"
        "----------------------\n"
        "Aid\n"
        "Aid     −0.38**     no\n"
        "     [−0.43, 0.04]\n"
        "----------------------\n"
        "no          432\n"
        "----------------------\n"
        "A note.\n"
    )


def test_text_counts_wide_characters_twice() -> None:
    rows = (Row("row", "女性", (Cell("1"),)), Row("row", "abcd", (Cell("2"),)))
    lines = Table(header=((Cell(""),),), rows=rows, align=("r",)).to_text().splitlines()
    assert lines[3:5] == ["女性  1", "abcd  2"]


def test_latex_in_full() -> None:
    table = _table("50% & up", "[a", caption="C_1", note="< β")
    assert table.to_latex() == (
        "% Needs in the preamble: \\usepackage{booktabs} and \\usepackage{threeparttable}\n"
        "\\begin{table}[htbp]\n\\centering\n\\begin{threeparttable}\n"
        "\\caption{C\\_1}\n\\label{tab:x}\n"
        "\\begin{tabular}{@{}lcc@{}}\n\\toprule\n"
        "& \\multicolumn{2}{c}{50\\% \\& up} \\\\\n\\cmidrule(lr){2-3}\n"
        "& x & {[}a \\\\\n\\midrule\n"
        "\\multicolumn{3}{@{}l@{}}{\\textit{50\\% \\& up}} \\\\\n"
        "50\\% \\& up & \\llap{$-$}0.38\\rlap{\\textsuperscript{{*}{*}}} & {[}a \\\\\n"
        "& {[}$-$0.43, 0.04{]} & \\\\\n"
        "\\midrule\n{[}a & \\multicolumn{2}{c}{432} \\\\\n"
        "\\bottomrule\n\\end{tabular}\n"
        "\\begin{tablenotes}[flushleft]\n\\footnotesize\\setlength\\labelsep{0pt}\n"
        "\\item $<$ $\\beta$\n\\end{tablenotes}\n"
        "\\end{threeparttable}\n\\end{table}\n"
    )


@pytest.mark.parametrize(
    ("text", "advice"),
    [("plain", ""), ("Köln", "fontenc"), ("回国", "ctex"), ("Москва", "fontspec"), ("β²", "")],
)
def test_latex_says_which_engine_it_needs(text: str, advice: str) -> None:
    comments = [line for line in _table(text, "x").to_latex().splitlines() if line[:1] == "%"]
    assert "booktabs" in comments[0]
    assert "threeparttable" in comments[0]
    assert (advice in "\n".join(comments[1:])) if advice else len(comments) == 1


@given(texts, texts)
def test_latex_structure_survives_any_label(label: str, cell: str) -> None:
    source = _table(label, cell, caption=label, note=cell).to_latex()
    begin, end = source.index("\\toprule"), source.index("\\end{tabular}")
    for line in source[begin:end].splitlines():
        assert line[:1] not in {"[", "*"}
        bare = re.sub(r"\\\\|\\[a-zA-Z]+|\\.", lambda m: " " if m[0] != "\\\\" else "\n", line)
        assert bare.count("\n") <= 1
        if "\n" in bare:
            spans = [int(n) for n in re.findall(r"\\multicolumn\{(\d)\}", line)]
            assert bare.count("&") + 1 + sum(spans) - len(spans) == 3
            assert line.endswith("\\\\")
    body = source.split("\\begin{table}")[1]
    bare = re.sub(r"\\[a-zA-Z]+|\\.", " ", body)
    assert bare.count("{") == bare.count("}")
    assert bare.count("$") % 2 == 0
    assert not set("%#~^_") & set(re.sub(r"\$[^$]*\$", "", bare))
    assert not set('−×²≤≥β–…<>|"`') & set(re.sub(r"\$[^$]*\$|``", "", bare))


@given(texts)
def test_latex_keeps_what_needs_no_escape(text: str) -> None:
    kept = re.sub(r"[^a-zA-Z0-9女性回国]", "", plain(text))
    written = re.sub(r"\\symbol\{34\}|\\[a-zA-Z]+(\{\})?|\\.", "", escape_latex(plain(text)))
    assert re.sub(r"\\textsuperscript|[^a-zA-Z0-9女性回国]", "", written.replace("{2}", "")) == kept


def test_latex_hyphens_stay_hyphens() -> None:
    assert escape_latex("a---b") == "a-{}-{}-b"
    assert escape_latex("1–2 — 3") == "1--2 --- 3"


@given(texts, texts)
def test_csv_reads_back(label: str, cell: str) -> None:
    written = list(csv.reader(io.StringIO(_table(label, cell).to_csv())))
    label, cell = plain(label), plain(cell)
    assert written == [
        ["term", "measure", f"{label}: x", f"{label}: {cell}"],
        [label, "", "", ""],
        [label, "", "-0.38**", cell],
        [label, "interval", "[-0.43, 0.04]", ""],
        [cell, "n", "432", ""],
    ]


class _Cells(HTMLParser):
    """Collects the text of cells, captions and notes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in {"br", "meta"}:
            self.open.append(tag)
        if tag in {"td", "th", "caption", "p"}:
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th", "caption", "p"} & set(self.open):
            self.texts[-1] += data


@given(texts, texts)
def test_html_reads_back(label: str, cell: str) -> None:
    parser = _Cells()
    parser.feed(_table(label, cell, caption=label, note=cell).to_html())
    assert parser.open == []
    label, cell = plain(label), plain(cell)
    body = [label, label, "−0.38**[−0.43, 0.04]", cell, cell, "432"]
    assert parser.texts == [label, "", label, "", "x", cell, *body, cell]


def test_html_is_accessible_and_has_no_script() -> None:
    table = _table("Aid", "no", caption="A caption", note="A note.")
    source = table.to_html()
    assert '<th scope="colgroup" class="ts-spanner" colspan="2">Aid</th>' in source
    assert '<th scope="col" class="ts-c">x</th>' in source
    assert '<th scope="row">Aid</th>' in source
    assert '<th scope="rowgroup" colspan="3">Aid</th>' in source
    assert "<caption>A caption</caption>" in source
    assert 'style="overflow-x:auto" role="region" aria-label="A caption" tabindex="0"' in source
    assert 'style="white-space:nowrap">−0.38<sup class="ts-stars">**</sup><br>' in source
    assert "<script" not in source
    assert " on" not in re.sub(r">[^<]*<", "><", source)
    used = set(re.findall(r"ts-[a-z]+", source)) - {"ts-c"}
    assert used <= set(re.findall(r"ts-[a-z]+", STYLE))


@given(texts, texts)
def test_markdown_reads_back(label: str, cell: str) -> None:
    source = _table(label, cell).to_markdown()
    parser = _Cells()
    parser.feed(MarkdownIt("commonmark").enable("table").render(source))
    label, cell = plain(label), plain(cell)
    header = ["", f"{label}: x", f"{label}: {cell}"]
    rows = [label, "", "", label, "−0.38**", cell, "", "[−0.43, 0.04]", "", cell, "432", ""]
    assert parser.texts == [*header, *rows]


@given(texts, texts)
def test_text_has_one_line_a_row(label: str, cell: str) -> None:
    lines = _table(label, cell).to_text().splitlines()
    assert len(lines) == 11
    assert all(line == line.rstrip() for line in lines)


def test_raw_markup_reaches_its_own_format_only() -> None:
    raw = Raw("R2 & more", latex="$R^2$", html="<i>R</i><sup>2</sup>", markdown="*R*²")
    rows = (Row("row", raw, (Cell("1"),)),)
    table = Table(header=((Cell("n"),),), rows=rows, align=("r",))
    assert "$R^2$ & 1 \\\\" in table.to_latex()
    assert '<th scope="row"><i>R</i><sup>2</sup></th>' in table.to_html()
    assert "| *R*² | 1 |" in table.to_markdown()
    assert "R2 & more,1" in table.to_csv()
    assert "R2 & more  1" in table.to_text()
