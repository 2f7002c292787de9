"""Who writes the papers? The conferences of 2019 and 2022.

Question: how much did the shares of authors educated in China, working in China and working
in the United States change between NeurIPS 2019 and NeurIPS 2022?
Estimand: difference between the shares of accepted authors at the two conferences.
Data: `macropolo`. Outputs: differences with intervals, over all counts that print as the
published percentages and under clustering of authors in papers.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from talentstats.plots.forest import plot_forest
from talentstats.published import published
from talentstats.report.analysis import Analysis, FigureOf, TableOf, write_analysis
from talentstats.retention import cluster_design_effect, retention
from talentstats.retention.difference import RetentionDifference, retention_difference
from talentstats.retention.sentences import percent, points
from talentstats.summaries import RetentionCounts
from talentstats.tables.frame_table import frame_table

PAIRS = {
    "First degree from China": ("2019-undergraduate-china", "2022-undergraduate-china"),
    "Working in China": ("2019-working-china", "2022-working-china"),
    "Working in the US": ("2019-working-us-exact", "2022-working-us"),
}
HEDGED = "2019-working-us"
NOW_US = "2019-china-undergraduate-now-us"
ICCS = (0.0, 0.05, 0.1, 0.3)
BRIEF = "seen only in the commentary that commissioned this work"


def main(out: Path) -> None:
    """Write the differences, their intervals, and what clustering does to them."""
    cells = published("macropolo").set_index("row_id")
    effects = design_effects(cells)
    found = {
        (item, icc): difference(cells, rows, effect)
        for item, rows in PAIRS.items()
        for icc, effect in effects.items()
    }
    rows = pd.concat(
        one.tidy().head(1).assign(group=item if icc == 0 else f"ICC {icc:g}")
        for (item, icc), one in found.items()
    )
    write_analysis(
        out,
        Analysis(
            title="Authors of 2019 and of 2022",
            question="How much did the shares of authors educated in China, working in China and "
            "working in the United States change between NeurIPS 2019 and NeurIPS 2022?",
            answer=answer(cells, found),
            estimand="Difference between the shares of authors of accepted papers at NeurIPS 2022 "
            "and NeurIPS 2019, as if each sample were drawn at random.",
            findings=(
                on_clusters(cells, effects, found),
                on_the_us(cells),
                on_stayers(cells),
                "These are shares of authors at two conferences, not movements of people: neither "
                "how many authors could be traced nor who came or left is published.",
            ),
            figures=(
                FigureOf(
                    name="differences",
                    title="Change of each share, 2022 less 2019; below each, the same if authors "
                    "of one paper resemble each other (ICC: intraclass correlation)",
                    description="Intervals right of zero for China, left of zero for the United "
                    "States, wider as authors of one paper resemble each other more.",
                    draw=lambda width: plot_forest(
                        rows,
                        scale="difference",
                        references={"no change": 0},
                        xlabel="2022 minus 2019 (percentage points)",
                        width=width,
                        caption=f"Shares of 2019 working in China and in the US: {BRIEF}.",
                    ),
                ),
            ),
            tables=(difference_table(cells, found), cluster_table(effects, found)),
            sources=("macropolo1", "macropolo2"),
            data=("macropolo",),
        ),
    )


def design_effects(cells: pd.DataFrame) -> dict[float, float]:
    """Design effect for each intraclass correlation, papers as equal as authors allow."""
    authors, papers = (
        int(cells.loc[row, "value"]) for row in ("2022-sampled-authors", "2022-sampled-papers")
    )
    small, larger = divmod(authors, papers)
    sizes = [small + 1] * larger + [small] * (papers - larger)
    return {icc: cluster_design_effect(sizes, icc=icc) for icc in ICCS}


def counts_of(cells: pd.DataFrame, row: str) -> RetentionCounts:
    """Every count that prints as a published percentage."""
    return RetentionCounts.from_percent(
        cells.loc[row, "as_printed"], total=int(cells.loc[row, "total"])
    )


def difference(cells: pd.DataFrame, rows: Sequence[str], effect: float) -> RetentionDifference:
    """2022 less 2019; counts divided by the design effect, to the nearest person."""
    earlier, later = (counts_of(cells, row) for row in rows)
    if effect > 1:
        earlier, later = (
            RetentionCounts(round(c.retained / effect), round(c.total / effect))
            for c in (earlier, later)
        )
    return retention_difference(later, earlier)


def marked(cells: pd.DataFrame, row: str) -> str:
    """A percentage as printed; a star if it was seen only in the brief, with what was printed."""
    shown = f"{cells.loc[row, 'as_printed']}%" + "*" * (cells.loc[row, "status"] == "brief")
    hedged = cells.loc[HEDGED, "as_printed"]
    return f"“{hedged}%” ({shown})" if row == f"{HEDGED}-exact" else shown


def answer(cells: pd.DataFrame, found: dict[Any, RetentionDifference]) -> str:
    """Each change with its interval."""
    parts = []
    for item, (earlier, later) in PAIRS.items():
        one = found[item, 0]
        gap = one.difference
        parts.append(
            f"{item[0].lower()}{item[1:]}, {marked(cells, earlier)} to {marked(cells, later)} "
            f"({points(gap.estimate)} points, {points(gap.low)} to {points(gap.high)})"
        )
    level = 100 * next(iter(found.values())).level
    return (
        f"Between NeurIPS 2019 and NeurIPS 2022 these shares of authors changed ({level:g}% "
        f"intervals): {'; '.join(parts)}. *{BRIEF[0].upper()}{BRIEF[1:]}."
    )


def on_clusters(
    cells: pd.DataFrame, effects: dict[float, float], found: dict[Any, RetentionDifference]
) -> str:
    """What clustering and rounding do to the verdicts."""
    authors, papers = (
        int(cells.loc[row, "value"]) for row in ("2022-sampled-authors", "2022-sampled-papers")
    )
    most = max(effects)
    same = all(one.verdict == found[item, 0].verdict for (item, _), one in found.items())
    rounding = all(found[item, 0].rounding.holds for item in PAIRS)
    stand = "still stand" if same else "no longer all stand"
    return (
        f"Authors came in through papers: {authors} from {papers} in 2022, "
        f"{authors / papers:.1f} a paper; for 2019 the number of papers was not seen, so the same "
        "is assumed, and papers of equal size, which give the least clustering. If authors of one "
        f"paper resemble each other with a correlation of {most:g} (assumed), the variance is "
        f"{effects[most]:.1f} times larger, and the directions {stand}. Over every count that "
        f"prints as published they {'stand' if rounding else 'do not all stand'}."
    )


def on_the_us(cells: pd.DataFrame) -> str:
    """Why the share of 2019 in the United States is no point."""
    return (
        f"For 2019 the tracker's page prints “{cells.loc[HEDGED, 'as_printed']}%” in the United "
        "States, which is not a number to test; the difference uses "
        f"{cells.loc[PAIRS['Working in the US'][0], 'as_printed']}%, {BRIEF}."
    )


def on_stayers(cells: pd.DataFrame) -> str:
    """Share of the China-educated who were in the United States in 2019."""
    chinese = counts_of(cells, PAIRS["First degree from China"][0])
    found = retention(
        RetentionCounts.from_percent(cells.loc[NOW_US, "as_printed"], total=chinese.retained)
    )
    return (
        f"Of the {chinese.retained_low} to {chinese.retained_high} authors of 2019 with a degree "
        f"from China, {cells.loc[NOW_US, 'as_printed']}% were in the United States (of "
        f"{found.counts.total}: {percent(found.low)} to {percent(found.high)}, "
        f"{found.intervals[0].method}); no such share was seen for 2022."
    )


def difference_table(cells: pd.DataFrame, found: dict[Any, RetentionDifference]) -> TableOf:
    """The differences as published, with rounding."""
    rows = [
        {
            "Share of authors": item,
            "2019": marked(cells, ids[0]),
            "2022": marked(cells, ids[1]),
            "Change": 100 * one.difference.estimate,
            "Lower": 100 * one.difference.low,
            "Upper": 100 * one.difference.high,
            "Least": 100 * one.rounding.low,
            "Most": 100 * one.rounding.high,
        }
        for item, ids in PAIRS.items()
        for one in [found[item, 0]]
    ]
    return TableOf(
        name="differences",
        table=frame_table(
            pd.DataFrame(rows),
            formats=dict.fromkeys(["Change", "Lower", "Upper", "Least", "Most"], 1),
            caption="Shares of authors, NeurIPS 2019 and 2022 (change in points)",
            notes=f"Newcombe interval at 95%. “Least” and “Most”: over all counts that "
            f"print as published. *{BRIEF}.",
        ),
    )


def cluster_table(effects: dict[float, float], found: dict[Any, RetentionDifference]) -> TableOf:
    """The differences under clustering."""
    rows = [
        {
            "Share of authors": item,
            "ICC": icc,
            "Design effect": effects[icc],
            "Change": 100 * one.difference.estimate,
            "Lower": 100 * one.difference.low,
            "Upper": 100 * one.difference.high,
            "p": one.deciding.two_sided,
        }
        for (item, icc), one in found.items()
    ]
    return TableOf(
        name="clustering",
        table=frame_table(
            pd.DataFrame(rows),
            formats={
                "ICC": 2,
                "Design effect": 2,
                "Change": 1,
                "Lower": 1,
                "Upper": 1,
                "p": "p",
            },
            caption="The same if authors of one paper resemble each other",
            notes="Counts divided by the design effect and rounded to people, which moves the "
            "difference a little. ICC: intraclass correlation, assumed.",
        ),
    )
