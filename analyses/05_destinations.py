"""Where are the hundred, and what do they do?

Question: of 100, 87 stayed, 10 went to China and 3 elsewhere. Do leavers go to China more
often than the leavers before them, and what do those who stayed and returned do?
Estimand: shares of the study's population by place in 2025, of its leavers who went to China,
and of its stayers and returnees by kind of work.
Data: `carnegie_2025`, `departures`. Outputs: simultaneous intervals, leavers against published
shares, work of stayers and returnees.
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from talentstats.destinations import DestinationShares, destination_shares
from talentstats.plots.compatibility import plot_compatibility
from talentstats.plots.forest import plot_forest
from talentstats.published import Benchmark, benchmark, published
from talentstats.report.analysis import Analysis, FigureOf, TableOf, write_analysis
from talentstats.report.retention_tables import difference_table
from talentstats.results.wording import p_text, percent, percent_range
from talentstats.retention import (
    BenchmarkComparisons,
    compare_with_benchmarks,
    compatibility_curve,
)
from talentstats.retention.difference import retention_difference
from talentstats.summaries import DestinationCounts, RetentionCounts
from talentstats.tables.frame_table import frame_table
from talentstats.tables.table import Table

HOST, HOME, ELSEWHERE = "in the United States", "in China", "elsewhere"
PLACES = {HOST: "in-us-2025", HOME: "in-china-2025", ELSEWHERE: "elsewhere-2025"}
STAYERS = {
    "at a company": "us-company",
    "professor": "us-professor",
    "PhD student or postdoc": "us-phd-or-postdoc",
}
RETURNEES = {
    "founded a company": "returnee-founder",
    "lead at an AI company": "returnee-leader",
    "professor": "returnee-professor",
}
LEAVERS = {2021: ("to-china-2021", "leavers-2021"), 2010: ("to-china-2010", "leavers-2010")}


def main(out: Path) -> None:
    """Write shares of places and of work, and the leavers against those before them."""
    cells = published("carnegie_2025").set_index("row_id")["value"]
    people = DestinationCounts({place: int(cells[row]) for place, row in PLACES.items()})
    shares = destination_shares(people, method="goodman")
    left = people.leavers(HOST)
    leavers = RetentionCounts(left.counts[HOME], left.known)
    compared = compare_with_benchmarks(leavers, published_leavers())
    stayers = destination_shares(work(cells, STAYERS))
    returnees = destination_shares(
        work(cells, RETURNEES, unknown=int(cells["returnee-undescribed"]))
    )
    curve = compatibility_curve(leavers, [c.benchmark for c in compared.comparisons])
    every = pd.concat(
        found.tidy().assign(group=lambda rows, who=who: f"{who}: " + rows["outcome"])
        for who, found in (("All", shares), ("Stayed", stayers), ("Returned", returnees))
    )
    analysis = Analysis(
        title="Where the hundred are, and what they do",
        question=f"{people.known} people, {people.counts[HOST]} of them still in the United "
        "States: do those who leave go to China more often than leavers before them?",
        answer=answer(compared, shares),
        estimand="Shares of Chinese-origin NeurIPS 2019 authors at US institutions in 2019 by "
        "place in 2025, and shares of the leavers among them who are in China.",
        findings=(
            shares.sentence,
            on_leavers(compared),
            on_work(cells, stayers, returnees),
            "Leaving for China and leaving for elsewhere compete: nobody is counted as lost to "
            "follow-up. Years of leaving were not published, so there is no curve over time.",
        ),
        figures=(
            FigureOf(
                name="shares",
                title="Shares of places and of work, with simultaneous 95% intervals",
                description="One row a share: places of all, work of stayers, of returnees.",
                draw=lambda width: plot_forest(every, xlabel="Share", width=width),
            ),
            FigureOf(
                name="leavers",
                title=f"How well {leavers.retained} of {leavers.total} fits every true share "
                "of leavers who go to China",
                description="A wide curve of p-values; the published shares are marked.",
                draw=lambda width: plot_compatibility(
                    curve, xlabel="True share of leavers in China", width=width
                ),
            ),
        ),
        tables=(
            TableOf(name="shares", table=shares_table(every)),
            TableOf(name="leavers", table=difference_table(compared)),
        ),
        sources=("carnegie2025", "xie2023"),
        data=("carnegie_2025", "departures"),
    )
    write_analysis(out, analysis)


def published_leavers() -> list[Benchmark]:
    """Published shares of leavers who went to China, as constants."""
    cells = published("departures").set_index("row_id")["value"]
    return [
        benchmark(
            float(cells[share]) / 100,
            label=f"{cells[share]:g}% of {int(cells[people]):,} leavers, {year}",
        )
        for year, (share, people) in LEAVERS.items()
    ]


def work(cells: "pd.Series[float]", rows: Mapping[str, str], unknown: int = 0) -> DestinationCounts:
    """People by kind of work; founders among the stayers are in one of the kinds already."""
    return DestinationCounts({kind: int(cells[row]) for kind, row in rows.items()}, unknown=unknown)


def answer(compared: BenchmarkComparisons, shares: DestinationShares) -> str:
    """The leavers' split against the published ones."""
    *_, nearest = compared.comparisons
    listed = " or from ".join(
        f"{c.benchmark.label} ({p_text(c.tests.central.two_sided)})"
        for c in reversed(compared.with_verdict("cannot tell"))
    )
    places = ", ".join(f"{n} are {place}" for place, n in shares.counts.counts.items())
    return (
        f"Of {shares.counts.known} people, {places}. Of the {compared.counts.total} who left, "
        f"{percent(compared.counts.rate)} are in China, but with so few people the true share may "
        f"be anything from {percent_range(nearest.interval.low, nearest.interval.high)}: it "
        f"cannot be told apart from {listed or 'none of the published shares'}. That leavers go to "
        "China more often than elsewhere has probability "
        f"{shares.probability_exceeds(HOME, ELSEWHERE):.2f} (Jeffreys prior)."
    )


def on_leavers(compared: BenchmarkComparisons) -> str:
    """What so few leavers could have shown, and where the exact tests part."""
    *_, one = compared.comparisons
    need, seen = one.power.required, one.power.detectable[0]
    people = f"more than {need.limit:,}" if need.stays_n is None else f"{need.stays_n:,} or more"
    return (
        f"Against {one.benchmark.label}, {one.counts.total} people see, with "
        f"{100 * seen.power:g}% probability, only a true share of {percent(seen.below)} or lower "
        f"or {percent(seen.above)} or higher; to see {percent(need.true_rate)} would take "
        f"{people}. The published share counts Hong Kong, and scientists of Chinese descent in "
        f"every field. {compared.sentence} The verdict is that of the central test, chosen before "
        "looking."
    )


def on_work(
    cells: "pd.Series[float]", stayers: DestinationShares, returnees: DestinationShares
) -> str:
    """Stayers and returnees by kind of work, with what is counted once."""
    both = [
        RetentionCounts(found.counts.counts["professor"], found.counts.known, found.counts.unknown)
        for found in (returnees, stayers)
    ]
    gap = retention_difference(*both)

    def kinds(found: DestinationShares) -> str:
        return ", ".join(f"{n} {kind}" for kind, n in found.counts.counts.items())

    return (
        f"Of {stayers.counts.known} stayers: {kinds(stayers)}; the {int(cells['us-founder'])} who "
        "founded a company are among these already and are counted once. Of "
        f"{returnees.counts.known + returnees.counts.unknown} returnees: {kinds(returnees)}, "
        f"{returnees.counts.unknown} not described. Professors are {percent(both[0].rate)} of the "
        f"returnees described and {percent(both[1].rate)} of the stayers: {gap.verdict} "
        f"({gap.test} test, {p_text(gap.deciding.two_sided)})."
    )


def shares_table(rows: pd.DataFrame) -> Table:
    """Every share with its simultaneous interval and its bounds."""
    columns = {
        "group": "Who, where or what",
        "count": "People",
        "estimate": "Share",
        "conf_low": "Lower",
        "conf_high": "Upper",
        "share_low_unknown": "Least",
        "share_high_unknown": "Most",
    }
    return frame_table(
        rows,
        columns=columns,
        formats=dict.fromkeys([*columns][2:], "percent"),
        caption="Shares of places and of work",
        notes="Simultaneous 95% intervals (Goodman) within each group. “Least” and “Most”: if the "
        "undescribed returnee did none or each of these.",
    )
