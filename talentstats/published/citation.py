"""Citing where a figure comes from: BibTeX and plain text."""

import re

from talentstats import checks
from talentstats.errors import InputError
from talentstats.published.benchmark import Benchmark
from talentstats.published.package import table_rows

_TEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: "\\" + sign for sign in "&%$#_{}"},
}
_ENTRY = {"paper": "article", "thesis": "phdthesis", "report": "techreport"}
_PUBLISHER = {"article": "journal", "phdthesis": "school", "techreport": "institution"}
_CAPITALS = re.compile(r"\b(?=\w*[A-Z]\w*[A-Z])\w+|\b(?:\w\.){2,}")


def bibtex(source: Benchmark | str) -> str:
    """BibTeX entry of a source.

    Parameters
    ----------
    source : Benchmark or str
        A published benchmark, or the `source_id` of the table `sources`.

    Returns
    -------
    str
        One entry, escaped for LaTeX; its key is the source_id.

    Raises
    ------
    InputError
        If the benchmark was made by hand, or there is no such source.

    Examples
    --------
    >>> print(bibtex("shvadron2025"))
    @article{shvadron2025,
      title = {A Quarter of {US}-Trained Scientists Eventually Leave},
      author = {Shvadron and Zhang and Fleming and Gross},
      journal = {arXiv 2512.11146},
      year = {2025},
      url = {https://arxiv.org/abs/2512.11146},
      note = {Read as: abstract},
    }
    """
    row = _source(source)
    entry = _ENTRY.get(row["kind"], "misc")
    link = row["doi_or_url"]
    doi = link.removeprefix("https://doi.org/")
    fields = {
        "title": _CAPITALS.sub(lambda m: f"{{{m.group()}}}", _escaped(row["title"])),
        # A name that is an institution is braced, or BibTeX would take it apart.
        "author": " and ".join(
            f"{{{_escaped(name)}}}" if " " in name and "," not in name else _escaped(name)
            for name in row["authors"].split("; ")
        ),
        _PUBLISHER.get(entry, "howpublished"): _escaped(row["publisher"]),
        "year": row["year"],
        "doi" if doi != link else "url": _link(doi),
        "note": _escaped(f"Read as: {row['access_note']}") if row["access_note"] else "",
    }
    body = "".join(f"  {name} = {{{text}}},\n" for name, text in fields.items() if text)
    return f"@{entry}{{{row['source_id']},\n{body}}}"


def citation(source: Benchmark | str) -> str:
    """Source in one line of plain text.

    Parameters
    ----------
    source : Benchmark or str
        A published benchmark, or the `source_id` of the table `sources`.

    Returns
    -------
    str
        Authors, year, title, publisher, address, and the place of a benchmark in it.

    Raises
    ------
    InputError
        If the benchmark was made by hand, or there is no such source.

    Examples
    --------
    >>> from talentstats.published import benchmark
    >>> print(citation(benchmark("sei2024-china-10yr")))
    National Science Board (2024). Science and Engineering Indicators 2024 (NSB-2024-5).
    https://ncses.nsf.gov/pubs/nsb20245/figure/LBR-13. Table LBR-4.
    """
    row = _source(source)
    authors = row["authors"].replace("; ", ", ") or row["publisher"]
    year = f" ({row['year'] or 'no date'})"
    publisher = "" if row["publisher"] in {"", authors} else f" {row['publisher']}."
    place = f" {source.place}." if isinstance(source, Benchmark) and source.place else ""
    head = f"{authors}{year}. " if authors else ""
    return f"{head}{row['title']}.{publisher} {row['doi_or_url']}.{place}"


def _source(source: Benchmark | str) -> dict[str, str]:
    """Look up the row of a source."""
    if isinstance(source, Benchmark):
        if source.source_id is None:
            raise InputError(
                f"'{source.label}' was made by hand and has no source to cite. Hint: benchmarks() "
                "lists the published ones."
            )
        source = source.source_id
    rows = {row["source_id"]: row for row in table_rows("sources")}
    return rows[checks.one_of(source, rows, name="source")]


def _escaped(text: str) -> str:
    """Escape what LaTeX would take for a command."""
    return "".join(_TEX.get(sign, sign) for sign in text)


def _link(text: str) -> str:
    """Escape an address for a url or doi field, which LaTeX prints as it stands."""
    return text.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")
