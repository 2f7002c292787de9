"""Who writes the papers? The conferences of 2019 and 2022.

Question: how much did the shares of authors educated in China, working in China and working
in the United States change between NeurIPS 2019 and NeurIPS 2022?
Estimand: difference between the shares of accepted authors at the two conferences.
Data: `macropolo`. Outputs: differences with intervals, over all counts that print as the
published percentages and under clustering of authors in papers.
"""

from pathlib import Path

import pandas as pd

from talentstats.plots.forest import plot_forest
from talentstats.published import published
from talentstats.report.analysis import Analysis, FigureOf, TableOf, write_analysis
from talentstats.results.wording import percent_range, points
from talentstats.retention import cluster_design_effect, retention
from talentstats.retention.difference import retention_difference
from talentstats.summaries import RetentionCounts
from talentstats.tables.frame_table import frame_table
from talentstats.tables.table import Table

PAIRS = {
    "First degree from China": ("2019-undergraduate-china", "2022-undergraduate-china"),
    "Working in China": ("2019-working-china", "2022-working-china"),
    "Working in the US": ("2019-working-us-exact", "2022-working-us"),
}
HEDGED, NOW_US = "2019-working-us", "2019-china-undergraduate-now-us"
ICCS = (0.0, 0.05, 0.1, 0.3)
BRIEF = "seen only in the commentary that commissioned this work"


def main(out: Path) -> None:
    """Write the differences, their intervals, and what clustering does to them."""
    cells = published("macropolo").set_index("row_id")
    rows = differences(cells)
    drawn = rows.assign(
        group=rows["item"].where(rows["icc"] == 0, [f"ICC {icc:g}" for icc in rows["icc"]])
    )
    analysis = Analysis(
        title="Authors of 2019 and of 2022",
        question="How much did the shares of authors educated in China, working in China and "
        "working in the United States change between NeurIPS 2019 and NeurIPS 2022?",
        answer=answer(rows[rows["icc"] == 0]),
        estimand="Difference between the shares of authors of accepted papers at NeurIPS 2022 "
        "and NeurIPS 2019, as if each sample were drawn at random.",
        findings=(
            on_clusters(cells, rows),
            f"For 2019 the tracker's page prints “{cells.loc[HEDGED, 'as_printed']}%” in the "
            "United States, which is not a number to test; the difference uses "
            f"{cells.loc[PAIRS['Working in the US'][0], 'as_printed']}%, {BRIEF}.",
            on_stayers(cells),
            "These are shares of authors at two conferences, not movements of people: neither "
            "how many authors could be traced nor who came or left is published.",
        ),
        figures=(
            FigureOf(
                name="differences",
                title="Change of each share, 2022 less 2019; below each, the same if authors of "
                "one paper resemble each other (ICC: intraclass correlation)",
                description="Intervals right of zero for China, left of zero for the United "
                "States, wider as authors of one paper resemble each other more.",
                draw=lambda width: plot_forest(
                    drawn,
                    scale="difference",
                    references={"no change": 0},
                    xlabel="2022 minus 2019 (percentage points)",
                    width=width,
                    caption=f"Shares of 2019 working in China and in the US: {BRIEF}.",
                ),
            ),
        ),
        tables=(
            TableOf(name="differences", table=difference_table(rows[rows["icc"] == 0])),
            TableOf(name="clustering", table=cluster_table(rows)),
        ),
        sources=("macropolo1", "macropolo2"),
        data=("macropolo",),
    )
    write_analysis(out, analysis)


def counts_of(cells: pd.DataFrame, row: str) -> RetentionCounts:
    """Every count that prints as a published percentage."""
    return RetentionCounts.from_percent(
        cells.loc[row, "as_printed"], total=int(cells.loc[row, "total"])
    )


def clustering(cells: pd.DataFrame) -> tuple[int, int]:
    """Authors and papers of 2022."""
    authors, papers = cells.loc[["2022-sampled-authors", "2022-sampled-papers"], "value"]
    return int(authors), int(papers)


def differences(cells: pd.DataFrame) -> pd.DataFrame:
    """2022 less 2019; under clustering, counts are divided by the design effect."""
    small, larger = divmod(*clustering(cells))
    sizes = [small + 1] * larger + [small] * (clustering(cells)[1] - larger)
    rows = []
    for item, ids in PAIRS.items():
        for icc in ICCS:
            effect = cluster_design_effect(sizes, icc=icc)
            earlier, later = counts = [counts_of(cells, row) for row in ids]
            if icc:
                earlier, later = (
                    RetentionCounts(round(c.retained / effect), round(c.total / effect))
                    for c in counts
                )
            one = retention_difference(later, earlier)
            shown = {"item": item, "icc": icc, "effect": effect, "verdict": one.verdict}
            rounding = {"least": one.rounding.low, "most": one.rounding.high}
            rounding["holds"] = one.rounding.holds
            printed = {"2019": marked(cells, ids[0]), "2022": marked(cells, ids[1])}
            rows.append(one.tidy().head(1).assign(**shown, **rounding, **printed))
    frame = pd.concat(rows, ignore_index=True)
    in_points = {"Change": "estimate", "Lower": "conf_low", "Upper": "conf_high"}
    in_points |= {"Least": "least", "Most": "most"}
    return frame.assign(**{name: 100 * frame[column] for name, column in in_points.items()})


def marked(cells: pd.DataFrame, row: str) -> str:
    """A percentage as printed; a star if it was seen only in the brief, with what was printed."""
    shown = f"{cells.loc[row, 'as_printed']}%" + "*" * (cells.loc[row, "status"] == "brief")
    hedged = cells.loc[HEDGED, "as_printed"]
    return f"“{hedged}%” ({shown})" if row == f"{HEDGED}-exact" else shown


def answer(rows: pd.DataFrame) -> str:
    """Each change with its interval."""
    parts = [
        f"{row['item'][0].lower()}{row['item'][1:]}, {row['2019']} to {row['2022']} "
        f"({points(row['estimate'])} points, {points(row['conf_low'])} to "
        f"{points(row['conf_high'])})"
        for row in rows.to_dict("records")
    ]
    return (
        "Between NeurIPS 2019 and NeurIPS 2022 these shares of authors changed "
        f"({100 * rows['conf_level'].iloc[0]:g}% intervals): {'; '.join(parts)}. "
        f"*{BRIEF[0].upper()}{BRIEF[1:]}."
    )


def on_clusters(cells: pd.DataFrame, rows: pd.DataFrame) -> str:
    """What clustering and rounding do to the verdicts."""
    authors, papers = clustering(cells)
    worst = rows.loc[rows["icc"].idxmax()]
    same = (rows.groupby("item")["verdict"].nunique() == 1).all()
    return (
        f"Authors came in through papers: {authors} from {papers} in 2022, "
        f"{authors / papers:.1f} a paper; for 2019 the number was not seen; the same is assumed, "
        "and papers of equal size, which give the least clustering. If authors of one paper "
        f"resemble each other with a correlation of {worst['icc']:g} (assumed), the variance is "
        f"{worst['effect']:.1f} times "
        f"larger, and the directions {'still stand' if same else 'no longer all stand'}. Over "
        "every count that prints as published they "
        f"{'stand' if rows.loc[rows['icc'] == 0, 'holds'].all() else 'do not all stand'}."
    )


def on_stayers(cells: pd.DataFrame) -> str:
    """Share of the China-educated who were in the United States in 2019."""
    chinese = counts_of(cells, PAIRS["First degree from China"][0])
    printed = cells.loc[NOW_US, "as_printed"]
    found = retention(RetentionCounts.from_percent(printed, total=chinese.retained))
    return (
        f"Of the {chinese.retained_low} to {chinese.retained_high} authors of 2019 with a degree "
        f"from China, {printed}% were in the United States (of {found.counts.total}: "
        f"{percent_range(found.low, found.high)}, {found.intervals[0].method}); no such "
        "share was seen for 2022."
    )


def difference_table(rows: pd.DataFrame) -> Table:
    """The differences as published, with rounding."""
    shown = ["Change", "Lower", "Upper", "Least", "Most"]
    return frame_table(
        rows,
        columns={"item": "Share of authors", "2019": "2019", "2022": "2022"}
        | dict(zip(shown, shown, strict=True)),
        formats=dict.fromkeys(shown, 1),
        caption="Shares of authors, NeurIPS 2019 and 2022 (change in points)",
        notes="Newcombe interval at 95%. “Least” and “Most”: over all counts that print as "
        f"published. *{BRIEF}.",
    )


def cluster_table(rows: pd.DataFrame) -> Table:
    """The differences under clustering."""
    shown = ["Change", "Lower", "Upper"]
    return frame_table(
        rows,
        columns={"item": "Share of authors", "icc": "ICC", "effect": "Design effect"}
        | dict(zip(shown, shown, strict=True))
        | {"p_value": "p"},
        formats={"icc": 2, "effect": 2, "p_value": "p"} | dict.fromkeys(shown, 1),
        caption="The same if authors of one paper resemble each other",
        notes="Counts divided by the design effect and rounded to people, which moves the "
        "difference a little. ICC: intraclass correlation, assumed.",
    )
