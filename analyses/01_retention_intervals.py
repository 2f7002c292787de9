"""How precisely is a stay rate known from 100 people?

Question: 87 of 100 were still in the United States after six years, 10 were in China,
3 elsewhere. How precise are these shares, and does the choice of interval matter?
Estimand: shares of the study's population (Chinese-origin NeurIPS 2019 authors at US
institutions in 2019) by place in 2025, under simple random sampling.
Data: `carnegie_2025` of the data package. Outputs: intervals, coverage.
"""

from pathlib import Path

import pandas as pd

from talentstats.plots.coverage import plot_coverage
from talentstats.plots.forest import plot_forest
from talentstats.published import published
from talentstats.report.analysis import Analysis, FigureOf, TableOf, write_analysis
from talentstats.retention import IntervalCoverage, interval_coverage, retention
from talentstats.retention.sentences import percent
from talentstats.summaries import RetentionCounts
from talentstats.tables.frame_table import frame_table

PLACES = {
    "in-us-2025": "In the United States",
    "in-china-2025": "In China",
    "elsewhere-2025": "Elsewhere",
}
DEFAULT = "wilson"


def main(out: Path) -> None:
    """Write the intervals of the three shares and the coverage of every method at n = 100."""
    cells = published("carnegie_2025").set_index("row_id")["value"]
    total = int(cells["us-chinese-origin-2019"])
    counts = {place: RetentionCounts(int(cells[row]), total) for row, place in PLACES.items()}
    rows = pd.concat(
        retention(one, method="all").tidy().assign(group=place) for place, one in counts.items()
    )
    stayed = rows[rows["group"] == PLACES["in-us-2025"]]
    coverage = interval_coverage(total)
    write_analysis(
        out,
        Analysis(
            title=f"How precise is {stayed['estimate'].iloc[0] * total:.0f} of {total}?",
            question=f"How precisely is a stay rate known from {total} people, and does the "
            "method of the interval matter?",
            answer=answer(counts[PLACES["in-us-2025"]], stayed),
            estimand="Shares of Chinese-origin NeurIPS 2019 authors at US institutions in 2019 "
            f"by place in 2025, as if the {total} were a simple random sample.",
            findings=(on_others(rows), on_coverage(coverage)),
            figures=(
                FigureOf(
                    name="intervals",
                    title="The stay rate by every interval method",
                    description="One interval a method, all of nearly the same place and length.",
                    draw=lambda width: plot_forest(stayed, label="interval", width=width),
                ),
                FigureOf(
                    name="coverage",
                    title=f"How often 95% intervals hold the true rate, at n = {total} (exact)",
                    description="One panel a method: coverage against the true rate.",
                    draw=lambda width: plot_coverage(coverage, width=width),
                ),
            ),
            tables=(
                intervals_table(rows, total),
                coverage_table(coverage.summary(), total),
            ),
            sources=("carnegie2025",),
            data=("carnegie_2025",),
        ),
    )


def answer(counts: RetentionCounts, stayed: pd.DataFrame) -> str:
    """The interval, and how much the choice of method moves it."""
    low, high = stayed["conf_low"], stayed["conf_high"]
    moved = 100 * max(low.max() - low.min(), high.max() - high.min())
    width = 100 * (high - low).min()
    return (
        f"{retention(counts, method=DEFAULT).sentence} The choice among {len(stayed)} methods "
        f"moves a limit by {moved:.1f} percentage points at most; every interval is {width:.1f} "
        f"points wide or more, because {counts.total} people are few."
    )


def on_others(rows: pd.DataFrame) -> str:
    """The other shares, by the default method."""
    other = rows[(rows["interval"] == DEFAULT) & (rows["group"] != PLACES["in-us-2025"])]
    listed = "; ".join(
        f"{r.group[0].lower()}{r.group[1:]} {percent(r.estimate)} ({percent(r.conf_low)} to "
        f"{percent(r.conf_high)})"
        for r in other.itertuples()
    )
    return f"The other shares, by the same method one at a time: {listed}."


def on_coverage(coverage: IntervalCoverage) -> str:
    """Which methods keep what they promise."""
    summary, rates = coverage.summary(), coverage.tidy()["rate"]
    holding = summary.loc[summary["holds"], "method"]
    worst = summary.loc[summary["minimum"].idxmin()]
    return (
        f"Over true rates from {percent(rates.min())} to {percent(rates.max())}, "
        f"{', '.join(holding)} never hold the true rate less often than {100 * coverage.level:g}%; "
        f"{worst['method']} falls to {100 * worst['minimum']:.0f}% where the true rate is "
        f"{percent(worst['at_rate'])}."
    )


def intervals_table(rows: pd.DataFrame, total: int) -> TableOf:
    """Methods down, shares across."""
    limits = rows.assign(
        limits=[f"{percent(a)} to {percent(b)}" for a, b in rows[["conf_low", "conf_high"]].values]
    )
    wide = limits.pivot(index="interval", columns="group", values="limits")
    wide = wide.loc[rows["interval"].unique(), [*PLACES.values()]]
    counts = rows.drop_duplicates("group").set_index("group")["estimate"] * total
    headings = {"interval": "Method"} | {p: f"{p}, {counts[p]:.0f}" for p in PLACES.values()}
    table = frame_table(
        wide.reset_index(),
        columns=headings,
        caption=f"95% intervals for the three shares of {total}, one at a time",
        notes="“beta” has a uniform prior; it and “jeffreys” are credible intervals.",
    )
    return TableOf(name="intervals", table=table)


def coverage_table(summary: pd.DataFrame, total: int) -> TableOf:
    """Exact coverage and length by method."""
    table = frame_table(
        summary,
        columns={
            "method": "Method",
            "minimum": "Lowest coverage",
            "at_rate": "at rate",
            "mean": "Mean coverage",
            "mean_length": "Mean length",
            "holds": "Never below 95%",
        },
        formats={"minimum": "percent", "at_rate": "percent", "mean": "percent"},
        caption=f"Exact coverage at n = {total}, true rates 0.500 to 0.999",
    )
    return TableOf(name="coverage", table=table)
