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
from talentstats.retention import (
    BenchmarkComparison,
    compare_with_benchmark,
    compatibility_curve,
)
from talentstats.retention.difference import retention_difference
from talentstats.retention.sentences import p_text, p_value, percent
from talentstats.summaries import DestinationCounts, RetentionCounts
from talentstats.tables.frame_table import frame_table

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
    compared = [compare_with_benchmark(leavers, one) for one in published_leavers()]
    stayers = destination_shares(work(cells, STAYERS))
    returnees = destination_shares(
        work(cells, RETURNEES, unknown=int(cells["returnee-undescribed"]))
    )
    curve = compatibility_curve(leavers, [c.benchmark for c in compared])
    every = pd.concat(
        found.tidy().assign(group=lambda rows, who=who: f"{who}: " + rows["outcome"])
        for who, found in (("All", shares), ("Stayed", stayers), ("Returned", returnees))
    )
    write_analysis(
        out,
        Analysis(
            title="Where the hundred are, and what they do",
            question=f"{people.known} people, {people.counts[HOST]} of them still in the United "
            "States: do those who leave go to China more often than leavers before them?",
            answer=answer(leavers, compared, shares),
            estimand="Shares of Chinese-origin NeurIPS 2019 authors at US institutions in 2019 by "
            "place in 2025, and shares of the leavers among them who are in China.",
            findings=(
                shares.sentence,
                power(compared[0]),
                *parting(compared),
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
            tables=(shares_table(every), leavers_table(compared)),
            sources=("carnegie2025", "xie2023"),
            data=("carnegie_2025", "departures"),
        ),
    )


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


def answer(
    leavers: RetentionCounts, compared: list[BenchmarkComparison], shares: DestinationShares
) -> str:
    """The leavers' split against the published ones."""
    first = compared[0]
    listed = " or from ".join(
        f"{c.benchmark.label} ({p_text(c.tests.central.two_sided)})"
        for c in compared
        if c.verdict == "cannot tell"
    )
    exceeds = shares.probability_exceeds(HOME, ELSEWHERE)
    return (
        f"Of {shares.counts.known} people, {listed_shares(shares)}. Of the {leavers.total} who "
        f"left, {percent(leavers.rate)} are in China, but with so few people the true share may be "
        f"anything from {percent(first.interval.low)} to {percent(first.interval.high)}: it cannot "
        f"be told apart from {listed or 'none of the published shares'}. That leavers go to China "
        f"more often than elsewhere has probability {exceeds:.2f} (Jeffreys prior)."
    )


def listed_shares(shares: DestinationShares) -> str:
    """Counts by place."""
    return ", ".join(f"{n} are {place}" for place, n in shares.counts.counts.items())


def power(one: BenchmarkComparison) -> str:
    """What so few leavers could have shown."""
    need = one.power.required
    people = f"more than {need.limit:,}" if need.stays_n is None else f"{need.stays_n:,} or more"
    seen = one.power.detectable[0]
    return (
        f"So few leavers could hardly show a difference: against {one.benchmark.label}, "
        f"{one.counts.total} people see, with {100 * seen.power:g}% probability, only a true share "
        f"of {percent(seen.below)} or lower or {percent(seen.above)} or higher. To see "
        f"{percent(need.true_rate)} would take {people} leavers. The published share counts Hong "
        "Kong, and scientists of Chinese descent in every field."
    )


def parting(compared: list[BenchmarkComparison]) -> list[str]:
    """Published shares at which the two exact tests disagree."""
    return [
        f"At {c.benchmark.label}, the two exact tests part: central "
        f"{p_text(c.tests.central.two_sided)}, minimum likelihood "
        f"{p_text(c.tests.minlike.two_sided)}. The verdict is that of the central one, chosen "
        "before looking."
        for c in compared
        if (c.tests.central.two_sided <= 1 - c.level) != (c.tests.minlike.two_sided <= 1 - c.level)
    ]


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


def shares_table(rows: pd.DataFrame) -> TableOf:
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
    return TableOf(
        name="shares",
        table=frame_table(
            rows,
            columns=columns,
            formats=dict.fromkeys([*columns][2:], "percent"),
            caption="Shares of places and of work",
            notes="Simultaneous 95% intervals (Goodman) within each group. “Least” and “Most”: if "
            "the undescribed returnee did none or each of these.",
        ),
    )


def leavers_table(compared: list[BenchmarkComparison]) -> TableOf:
    """Leavers in China against published shares."""
    rows = pd.DataFrame(
        {
            "Published": c.benchmark.label,
            "Difference": 100 * c.difference,
            "Lower": 100 * (c.interval.low - c.rate),
            "Upper": 100 * (c.interval.high - c.rate),
            "p, central": p_value(c.tests.central.two_sided),
            "p, min. likelihood": p_value(c.tests.minlike.two_sided),
            "Verdict": c.verdict,
        }
        for c in compared
    )
    first = compared[0].counts
    return TableOf(
        name="leavers",
        table=frame_table(
            rows,
            formats={
                "Difference": 1,
                "Lower": 1,
                "Upper": 1,
            },
            caption=f"{first.retained} of {first.total} leavers in China, less published shares "
            "(points)",
            notes="Exact tests; Clopper-Pearson limits at 95%; the published share as a constant.",
        ),
    )
