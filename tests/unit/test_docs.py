"""The pages say what the package does: examples run, outputs are real, links and names resolve."""

import doctest
import json
import re
import runpy
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import talentstats

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [
    page
    for page in (ROOT / "README.md", *sorted(DOCS.rglob("*.md")))
    if not {"_build", "generated"} & set(page.relative_to(ROOT).parts)
]
CONSOLE = runpy.run_path(str(DOCS / "console.py"))


def name(value: object) -> str:
    return str(value.relative_to(ROOT)) if isinstance(value, Path) else ""


def code(page: Path, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
    )


@pytest.mark.parametrize("page", [p for p in PAGES if code(p, "pycon")], ids=name)
def test_examples_run(page: Path) -> None:
    report: list[str] = []
    example = doctest.DocTestParser().get_doctest(
        "\n".join(code(page, "pycon")), {}, page.name, str(page), 0
    )
    assert example.examples
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    result = doctest.DocTestRunner(optionflags=flags).run(example, out=report.append)
    assert result.failed == 0, "".join(report)


def test_every_page_with_a_prompt_is_run() -> None:
    # A prompt in a block of another language would never be checked.
    for page in PAGES:
        checked = sum(block.count(">>> ") for block in code(page, "pycon"))
        assert page.read_text("utf-8").count(">>> ") == checked, page


@pytest.mark.parametrize("page", CONSOLE["PAGES"], ids=name)
def test_console_blocks_are_real_output(page: Path) -> None:
    text = page.read_text("utf-8")
    # `python docs/console.py` renews them.
    assert CONSOLE["renewed"](text) == text


def test_console_pages_are_all_of_them() -> None:
    shown = {p for p in PAGES if any("$ talentstats" in b for b in code(p, "console"))}
    assert shown == set(CONSOLE["PAGES"])


def test_a_wrong_output_would_be_seen() -> None:
    page = "```console\n$ make test\nkept\n$ talentstats retention 87 100\nwrong\n```\n"
    assert CONSOLE["renewed"](page) == page.replace(
        "wrong", "87 of 100 stayed: 87.0% (95% confidence interval, wilson: 79.0% to 92.2%)."
    )


def anchors(page: Path) -> set[str]:
    """Anchors of the headings, as MyST and GitHub make them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), flags=re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", title.strip().lower()) for title in titles]
    return {title.replace(" ", "-") for title in plain}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_resolve(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        if anchor:
            assert anchor in anchors(linked), target


def test_every_public_name_is_in_the_api() -> None:
    listed = re.findall(r"^   (\w+)$", (DOCS / "api.md").read_text("utf-8"), flags=re.MULTILINE)
    assert Counter(listed) == Counter(set(talentstats.__all__) - {"__version__"})


def test_every_page_is_in_a_table_of_contents() -> None:
    listed = {DOCS / "index.md"}
    for page in (DOCS / "index.md", DOCS / "methods" / "index.md"):
        for block in code(page, r"\{toctree\}"):
            entries = [line for line in block.splitlines() if line and not line.startswith(":")]
            listed |= {page.parent / f"{entry}.md" for entry in entries}
    site = {p for p in PAGES if p.is_relative_to(DOCS) and p.parent.name != "tables"}
    assert site == listed


def test_peers_faults_name_tests_that_exist() -> None:
    named = re.findall(r"`(\w+/test_\w+\.py)::(test_\w+)`", (DOCS / "validation.md").read_text())
    assert len(named) == 12
    for path, function in named:
        assert f"def {function}(" in (ROOT / "tests" / "unit" / path).read_text("utf-8")


def test_validation_table_has_every_case_of_the_reference() -> None:
    cases: list[dict[str, Any]] = json.loads(
        (ROOT / "tests" / "reference" / "proportions_reference.json").read_text("utf-8")
    )["cases"]
    titles = runpy.run_path(str(DOCS / "make_validation.py"))["FAMILIES"]
    wanted = Counter(
        (titles[case["family"]], case["method"])
        for case in cases
        if case["method"] != "arcsine-plain"
    )
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (DOCS / "tables" / "validation.md").read_text("utf-8").splitlines()[2:]
    ]
    assert {(what, method): int(n) for what, method, n, *_ in rows} == wanted
    assert all(float(row[5]) < 1e-10 for row in rows)


def test_methods_are_those_of_the_package() -> None:
    from talentstats.retention.intervals import INTERVAL_METHODS

    text = (DOCS / "methods" / "intervals.md").read_text("utf-8")
    assert re.findall(r"^### (\S+)$", text, flags=re.MULTILINE) == list(INTERVAL_METHODS)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_fractions_have_braces(page: Path) -> None:
    # The writer of MathML reads 12 of "frac12" as one numerator.
    assert re.findall(r"\\t?frac[^{]", page.read_text("utf-8")) == []
