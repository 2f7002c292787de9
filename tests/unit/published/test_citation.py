"""Citations: complete, escaped, and refused where there is nothing to cite."""

import re

import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.published import benchmark, benchmarks, bibtex, citation
from talentstats.published.package import table_rows


def test_benchmark_entry() -> None:
    entry = bibtex(benchmark("sei2024-china-10yr"))
    assert entry.startswith("@techreport{nsb2024,\n")
    assert "author = {{National Science Board}}" in entry
    assert "year = {2024}" in entry


def test_commands_of_latex_are_escaped() -> None:
    assert r"Most U.S.-Trained S\&E Doctorate" not in bibtex("nsf25325")
    assert r"{U.S.}-Trained S\&E Doctorate" in bibtex("nsf25325")
    for row in table_rows("sources"):
        entry = bibtex(row["source_id"])
        plain = "".join(line for line in entry.splitlines() if not line.startswith("  url"))
        assert not re.search(r"(?<!\\)[&%$#_]", plain), entry
        assert entry.count("{") - entry.count(r"\{") == entry.count("}") - entry.count(r"\}")


def test_doi_is_a_field() -> None:
    assert "doi = {10.5061/dryad.48s16}" in bibtex("orcid-extract")


def test_plain_citation_names_the_place() -> None:
    text = citation(benchmark("s323-china-2007"))
    assert text.startswith("National Science Board (2020). Science and Engineering Indicators 2020")
    assert text.endswith("Table S3-23.")
    assert "(no date)" in citation("vanbouwel")


def test_every_benchmark_can_be_cited() -> None:
    for one in benchmarks():
        assert bibtex(one).endswith("\n}")
        assert citation(one)


def test_nothing_to_cite() -> None:
    with pytest.raises(InputError, match=r"'90%' was made by hand and has no source"):
        bibtex(benchmark(0.9))
    with pytest.raises(UnknownNameError, match=r"Unknown source 'nsb2023'. Nearest: nsb2020|nsb20"):
        citation("nsb2023")
