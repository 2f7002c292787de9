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
from talentstats.retention import interval_coverage, retention
from talentstats.summaries import RetentionCounts
from talentstats.tables.frame_table import frame_table

PLACES = {
    "in-us-2025": "in the United States",
    "in-china-2025": "in China",
    "elsewhere-2025": "elsewhere",
}
SOURCE = "carnegie2025"


def main(out: Path) -> None:
    """Write the intervals of the three shares and the coverage of every method at n = 100."""
    cells = published("carnegie_2025").set_index("row_id")["value"]
    total = int(cells["us-chinese-origin-2019"])
    estimates = {
        label: retention(RetentionCounts(int(cells[row]), total), method="all")
        for row, label in PLACES.items()
    }
    rows = pd.concat(
        [found.tidy().assign(group=label) for label, found in estimates.items()],
        ignore_index=True,
    )
    stayed = estimates["in the United States"]
    low = rows[rows["group"] == "in the United States"]
    coverage = interval_coverage(total)
    summary = coverage.summary()
    holding = summary.loc[summary["holds"], "method"].tolist()
    write_analysis(
        out,
        Analysis(
            title="How precise is 87 of 100?",
            question="How precisely is a stay rate known from 100 people, and does the method "
            "of the interval matter?",
            answer=f"{stayed.sentence} Across {len(low)} methods the lower limit runs from "
            f"{100 * low['conf_low'].min():.1f}% to {100 * low['conf_low'].max():.1f}%, the upper "
            f"from {100 * low['conf_high'].min():.1f}% to {100 * low['conf_high'].max():.1f}%: "
            "the choice moves the limits by about a point, the size of the study by seven.",
            estimand="Shares of Chinese-origin NeurIPS 2019 authors at US institutions in 2019 "
            "by place in 2025, as if the 100 were a simple random sample.",
            findings=(
                f"Over true rates from 50% to 99.9% only {', '.join(holding)} never cover less "
                f"than {100 * coverage.level:g}% at n = {total}; "
                f"{summary.loc[summary['minimum'].idxmin(), 'method']} falls to "
                f"{100 * summary['minimum'].min():.0f}%.",
            ),
            figures=(
                FigureOf(
                    name="intervals",
                    title="The stay rate by every interval method",
                    description="Ten intervals around 87%, all from about 79% to about 92%.",
                    draw=lambda width: plot_forest(low, label="interval", width=width),
                ),
                FigureOf(
                    name="coverage",
                    title=f"Exact coverage of 95% intervals at n = {total}",
                    description="One panel a method: coverage against the true rate.",
                    draw=lambda width: plot_coverage(coverage, width=width),
                ),
            ),
            tables=(
                TableOf(
                    name="intervals",
                    table=frame_table(
                        rows,
                        columns={
                            "group": "Share",
                            "interval": "Method",
                            "estimate": "Estimate",
                            "conf_low": "Lower",
                            "conf_high": "Upper",
                        },
                        formats=dict.fromkeys(["estimate", "conf_low", "conf_high"], "percent"),
                        caption=f"95% intervals for the three shares of {total}",
                    ),
                ),
                TableOf(
                    name="coverage",
                    table=frame_table(
                        summary,
                        columns={
                            "method": "Method",
                            "minimum": "Lowest coverage",
                            "at_rate": "at rate",
                            "mean": "Mean coverage",
                            "mean_length": "Mean length",
                            "holds": "Never below 95%",
                        },
                        formats={"minimum": "percent", "mean": "percent"},
                        caption=f"Exact coverage at n = {total}, true rates 0.500 to 0.999",
                    ),
                ),
            ),
            sources=(SOURCE,),
            data=("carnegie_2025",),
        ),
    )
