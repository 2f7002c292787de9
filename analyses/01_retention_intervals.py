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
from talentstats.results.wording import percent_range
from talentstats.retention import interval_coverage, retention
from talentstats.summaries import RetentionCounts
from talentstats.tables.frame_table import frame_table

PLACES = {
    "In the United States": "in-us-2025",
    "In China": "in-china-2025",
    "Elsewhere": "elsewhere-2025",
}


def main(out: Path) -> None:
    """Write the intervals of the three shares and the coverage of every method at n = 100."""
    cells = published("carnegie_2025").set_index("row_id")["value"]
    total = int(cells["us-chinese-origin-2019"])
    counts = [RetentionCounts(int(cells[row]), total) for row in PLACES.values()]
    every = [retention(one, method="all") for one in counts]
    us, *others = (retention(one) for one in counts)
    stayed = every[0].tidy()
    low, high = stayed["conf_low"], stayed["conf_high"]
    moved = 100 * max(low.max() - low.min(), high.max() - high.min())
    limits = pd.DataFrame({"Method": stayed["interval"]})
    for place, one in zip(PLACES, every, strict=True):
        limits[f"{place}, {one.counts.retained}"] = [
            percent_range(i.low, i.high) for i in one.intervals
        ]
    coverage = interval_coverage(total)
    summary = coverage.summary().drop(columns="n")
    headings = ["Method", "Lowest coverage", "at rate", "Mean coverage", "Mean length"]
    analysis = Analysis(
        title=f"How precise is {us.counts.retained} of {total}?",
        question=f"How precisely is a stay rate known from {total} people, and does the method of "
        "the interval matter?",
        answer=f"{us.sentence} The choice among {len(stayed)} methods moves a limit by "
        f"{moved:.1f} percentage points at most; every interval is "
        f"{100 * (high - low).min():.1f} points wide or more, because {total} people are few.",
        estimand="Shares of Chinese-origin NeurIPS 2019 authors at US institutions in 2019 by "
        f"place in 2025, as if the {total} were a simple random sample.",
        findings=(
            f"Of {total}, by the same method, {others[0].counts.retained} in China "
            f"({percent_range(others[0].low, others[0].high)}) and {others[1].counts.retained} "
            f"elsewhere ({percent_range(others[1].low, others[1].high)}).",
            coverage.sentence,
        ),
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
            TableOf(
                name="intervals",
                table=frame_table(
                    limits,
                    caption=f"95% intervals for the three shares of {total}, one at a time",
                    notes="“beta” has a uniform prior; it and “jeffreys” are credible intervals.",
                ),
            ),
            TableOf(
                name="coverage",
                table=frame_table(
                    summary,
                    columns=dict(zip(summary, [*headings, "Never below 95%"], strict=True)),
                    formats=dict.fromkeys(["minimum", "at_rate", "mean"], "percent"),
                    caption=f"Exact coverage at n = {total}, true rates 0.500 to 0.999",
                ),
            ),
        ),
        sources=("carnegie2025",),
        data=("carnegie_2025",),
    )
    write_analysis(out, analysis)
