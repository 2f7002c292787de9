"""How much of "87 stayed, 10 went to China, 3 elsewhere" is prior, and how much could be error?

Question: of 100, 87 stayed, 10 went to China and 3 elsewhere: how far do the shares hang on the
prior, on people placed wrongly or not at all; do leavers go to China more often than leavers
before them; and who returned, by what they do?
Estimand: shares by place in 2025 of the study's population; the share of its leavers who are in
China; the share in China of those in either country who do one kind of work in 2025.
Data: `carnegie_2025`, `macropolo`, `departures`.
Outputs: shares under every prior; leavers against published shares; shares if people were placed
wrongly or not found, by bounds and by model; bounds by kind of work.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from talentstats.destinations.posterior import destination_posterior
from talentstats.destinations.prior_sensitivity import (
    SharePriorSensitivity,
    share_prior_sensitivity,
)
from talentstats.destinations.shares_posterior import SharesPosterior
from talentstats.plots.forest import plot_forest
from talentstats.plots.style import new_figure
from talentstats.published import benchmark, published
from talentstats.report.analysis import Analysis, FigureOf, TableOf, write_analysis
from talentstats.results.wording import p_text, p_value, percent, percent_range
from talentstats.retention import compare_with_benchmark, retention
from talentstats.retention.posterior import retention_posterior
from talentstats.summaries import DestinationCounts, RetentionCounts
from talentstats.tables.frame_table import frame_table
from talentstats.tables.table import Table

HOST, HOME, ELSEWHERE = "in the United States", "in China", "elsewhere"
PLACES = {HOST: "in-us-2025", HOME: "in-china-2025", ELSEWHERE: "elsewhere-2025"}
LEAVERS = {2021: ("to-china-2021", "leavers-2021"), 2010: ("to-china-2010", "leavers-2010")}
STALE, MISTAKEN, MISPLACED = (0.05, 0.1, 0.2), (0.02, 0.05), (1, 2, 3, 5)
FOUND = {"stayers": (95, 5), "leavers": (50, 50)}
NAMES = {
    "jeffreys": "Jeffreys, 1/2 each", "uniform": "Uniform, 1 each", "perks": "Perks, 1/3 each",
    "zero-sum N(0, 2)": "Zero-sum N(0, 2)",
}  # fmt: skip


type Published = list[dict[str, Any]]


def main(out: Path) -> None:
    """Write shares under every prior and error, leavers, and who returned by work."""
    cells = published("carnegie_2025").set_index("row_id")["value"]
    people = DestinationCounts({place: int(cells[row]) for place, row in PLACES.items()})
    priors = share_prior_sensitivity(people, reference=HOST)
    left = people.leavers(HOST)
    leavers = RetentionCounts(left.counts[HOME], left.known)
    against = against_published(leavers)
    bounds = misplaced(people)
    expected = expected_people()
    placed = placed_otherwise(people, missing=expected - people.known)
    work = by_work(cells)
    analysis = Analysis(
        title="Where the hundred are: what is prior, and what could be error",
        question=f"{people.counts[HOST]} stayed, {people.counts[HOME]} went to China and "
        f"{people.counts[ELSEWHERE]} elsewhere: how much of the shares is prior, how much could be "
        "error, and who returned?",
        answer=answer(priors, leavers, against, bounds),
        estimand="Shares of Chinese-origin NeurIPS 2019 authors at US institutions in 2019 by "
        "place in 2025; of the leavers among them, the share in China; of those in either country "
        "by kind of work in 2025, the share in China.",
        findings=(
            on_priors(priors),
            on_leavers(leavers, against),
            on_bounds(bounds),
            on_placed(people, placed, expected),
            on_work(cells, work),
        ),
        figures=(
            FigureOf(
                name="priors",
                title="Shares by place under six priors: posterior means and 95% intervals",
                description="Three panels, one a place, six rows each; the rows of a panel nearly "
                "agree but for one prior.",
                draw=lambda width: draw_priors(priors, width),
            ),
            FigureOf(
                name="leavers",
                title=f"Share of the {leavers.total} leavers who are in China, under six priors, "
                "and the published shares of earlier leavers",
                description="One row a prior with a wide interval; two published shares marked.",
                draw=lambda width: draw_leavers(priors, leavers, against, width),
            ),
        ),
        tables=(
            TableOf(name="priors", table=priors_table(priors)),
            TableOf(name="leavers", table=leavers_table(leavers, against)),
            TableOf(name="misplaced", table=misplaced_table(bounds)),
            TableOf(name="placed", table=placed_table(placed)),
            TableOf(name="work", table=work_table(work)),
        ),
        sources=("carnegie2025", "macropolo1", "xie2023"),
        data=("carnegie_2025", "macropolo", "departures"),
    )
    write_analysis(out, analysis)


def prior_label(name: str) -> str:
    """A prior with its parameters, short enough for a figure."""
    return NAMES.get(name, name).replace(f"against {HOST}", "against staying")


def against_published(leavers: RetentionCounts) -> Published:
    """The share in China against each published one: exact tests and posterior probabilities."""
    cells = published("departures").set_index("row_id")["value"]
    rows = []
    for year, (share, number) in LEAVERS.items():
        rate = float(cells[share]) / 100
        before = RetentionCounts.from_percent(float(cells[share]), total=int(cells[number]))
        tests = compare_with_benchmark(leavers, benchmark(rate)).tests
        after = {name: retention_posterior(leavers, prior=name) for name in ("jeffreys", "uniform")}
        rows.append(
            {"year": year, "rate": rate, "of": before.total, "central": tests.central.two_sided,
             "minlike": tests.minlike.two_sided, "greater": tests.central.greater,
             "jeffreys": after["jeffreys"].probability_above(rate),
             "uniform": after["uniform"].probability_above(rate),
             "uncertain": after["jeffreys"]
             .difference(retention_posterior(before)).probability_greater}
        )  # fmt: skip
    return rows


def misplaced(people: DestinationCounts) -> pd.DataFrame:
    """Least and most that the shares can be if up to so many people were placed wrongly.

    Every set of counts is looked at that so many moves of a person make of those published.
    """
    seen, n = np.array([*people.counts.values()]), people.known
    every = np.array([(a, b, n - a - b) for a in range(n + 1) for b in range(n - a + 1)])
    away = np.abs(every - seen).sum(axis=1) // 2
    earlier = float(published("departures").set_index("row_id")["value"]["to-china-2010"]) / 100
    rows = []
    for most in MISPLACED:
        near = every[away <= most]
        left = near[:, 1] / (n - near[:, 0])
        above = [
            retention_posterior(RetentionCounts(b, b + c)).probability_above(earlier)
            for _, b, c in near.tolist()
        ]
        rows.append(
            {"people": most}
            | {f"{place}_{i}": end(near[:, j]) / n for j, place in enumerate(PLACES)
               for i, end in enumerate((np.min, np.max))}
            | {"left_0": left.min(), "left_1": left.max(), "above_0": min(above),
               "above_1": max(above)}
        )  # fmt: skip
    return pd.DataFrame(rows)


def expected_people() -> int:
    """People who should have been followed, by the published percentages of the sample."""
    cells = published("macropolo").set_index("row_id")["value"]
    sample = published("carnegie_2025").set_index("row_id")["value"]["sample-2019"]
    shares = [cells["2019-undergraduate-china"], cells["2019-china-undergraduate-now-us"]]
    return round(float(sample * shares[0] * shares[1]) / 100**2)


def placed_otherwise(people: DestinationCounts, missing: int) -> dict[str, SharesPosterior]:
    """Shares where places are mistaken or some people were not found, under a Jeffreys prior."""
    more = destination_posterior(DestinationCounts(people.counts, unknown=missing))
    found = {place: FOUND["stayers" if place == HOST else "leavers"] for place in PLACES}
    mistakes = {
        f"{percent(e)} of leavers still listed in the United States":
            {HOST: {}, HOME: {HOST: e}, ELSEWHERE: {HOST: e}} for e in STALE
    } | {
        f"{percent(e)} of everyone listed at a wrong place":
            {a: {b: e / 2 for b in PLACES if b != a} for a in PLACES} for e in MISTAKEN
    }  # fmt: skip
    seen = {
        name: {true: dict.fromkeys(PLACES, 0.0) | {true: 1 - sum(row.values())} | row
               for true, row in wrong.items()}
        for name, wrong in mistakes.items()
    }  # fmt: skip
    return {
        "Places as seen": destination_posterior(people),
        **{name: destination_posterior(people, misclassification=m) for name, m in seen.items()},
        f"{missing} more, like the others": more,
        f"{missing} more, leavers half as likely found": more.with_unknown(found=found),
    }


def by_work(cells: "pd.Series[float]") -> pd.DataFrame:
    """Stayers and returnees by kind of work, with the least and most returnees of each kind.

    Three kinds of returnee are printed: founders, leaders and professors. Apart, they leave one
    undescribed. But among the stayers founders are counted in the other kinds as well; if the
    kinds of the returnees overlap too, as few people are described as the largest kind has, and
    all others may be of any kind.
    """
    total, professors = int(cells["in-china-2025"]), int(cells["returnee-professor"])
    kinds = [int(cells[f"returnee-{kind}"]) for kind in ("founder", "leader")]
    apart = total - sum(kinds) - professors
    overlapping = total - max(*kinds, professors)
    rows = [
        ("professors", "us-professor", professors, professors),
        ("at companies, founders, leaders", "us-company", max(kinds), sum(kinds)),
        ("PhD students or postdocs", "us-phd-or-postdoc", 0, 0),
    ]
    return pd.DataFrame(
        [
            {"kind": kind, "us": int(cells[row]), "printed": printed, "least": least,
             "apart": printed + apart, "most": printed + overlapping}
            for kind, row, least, printed in rows
        ]
    )  # fmt: skip


def professors_return_more(work: pd.DataFrame, professors: int, returned: int) -> float:
    """Probability that professors are in China more often than others, Jeffreys priors."""
    stayed = work.set_index("kind")["us"]
    others = int(stayed.sum() - stayed["professors"])
    one = RetentionCounts(professors, professors + int(stayed["professors"]))
    two = RetentionCounts(returned - professors, returned - professors + others)
    return retention_posterior(one).difference(retention_posterior(two)).probability_greater


def draw_priors(priors: SharePriorSensitivity, width: float) -> Any:
    """One panel a place, each with a scale of its own."""
    rows = priors.tidy()
    rows["group"] = [prior_label(str(name)) for name in rows["group"]]
    figure = new_figure(width, 4.6 if width > 5 else 6.0)
    for axes, place in zip(figure.subplots(len(PLACES), 1), PLACES, strict=True):
        plot_forest(rows[rows["outcome"] == place], ax=axes, xlabel=f"Share {place}", width=width)
    return figure


def draw_leavers(
    priors: SharePriorSensitivity, leavers: RetentionCounts, against: Published, width: float
) -> Any:
    """The share of leavers in China under each prior, and the exact interval without one."""
    exact = retention(leavers, method="clopper-pearson").tidy().iloc[0]
    rows = [("No prior, exact", exact["estimate"], exact["conf_low"], exact["conf_high"])]
    for one in priors.posteriors:
        share = one.share_of_leavers(HOME, host=HOST)
        rows.append((prior_label(one.prior_name), share.mean, share.lower, share.upper))
    return plot_forest(
        pd.DataFrame(rows, columns=["group", "estimate", "conf_low", "conf_high"]),
        references={
            f"{percent(row['rate'])} of {row['of']:,} leavers, {row['year']}": row["rate"]
            for row in against
        },
        xlabel="Share of leavers in China",
        width=width,
    )


def answer(
    priors: SharePriorSensitivity,
    leavers: RetentionCounts,
    against: Published,
    bounds: pd.DataFrame,
) -> str:
    """How far the prior matters, and the leavers."""
    low, high = priors.means.min(axis=0), priors.means.max(axis=0)
    latest, earlier = against
    worst = bounds.iloc[-1]
    return (
        f"Posterior means move with the prior from {percent_range(low[0], high[0])} for staying, "
        f"{percent_range(low[1], high[1])} for China and {percent_range(low[2], high[2])} for "
        f"elsewhere. Of {leavers.total} leavers {leavers.retained} are in China: more than the "
        f"{percent(earlier['rate'])} of {earlier['year']} with posterior probability "
        f"{chance(earlier['jeffreys'])} ({p_text(earlier['central'])} two-sided), more than the "
        f"{percent(latest['rate'])} of {latest['year']} with {chance(latest['jeffreys'])} "
        f"({p_text(latest['central'])}). Were up to {worst['people']:.0f} people placed wrongly, "
        f"the first would be anything from {chance(worst['above_0'])} to "
        f"{chance(worst['above_1'])}."
    )


def on_priors(priors: SharePriorSensitivity) -> str:
    """Which prior moves what, and how often China is ahead of elsewhere."""
    first = priors.posteriors[0]
    apart = [one.probability_exceeds(HOME, ELSEWHERE) for one in priors.posteriors]
    odd = max(priors.posteriors, key=lambda one: float(np.abs(one.mean - first.mean).max()))
    others = [one for one in priors.posteriors if one is not odd]
    rest, evidence = np.stack([one.mean for one in others]), [one.log_evidence for one in others]
    return (
        f"Of {len(priors.posteriors)} priors one moves the shares most, "
        f"{prior_label(odd.prior_name)}: it takes staying to {percent(odd.mean[0])} and elsewhere "
        f"to {percent(odd.mean[2])}, and gave these counts a log probability of "
        f"{minus(odd.log_evidence)}, the others {minus(min(evidence))} to {minus(max(evidence))}. "
        f"Under those staying is {percent_range(rest[:, 0].min(), rest[:, 0].max())} and elsewhere "
        f"{percent_range(rest[:, 2].min(), rest[:, 2].max())}. That more are in China than "
        f"elsewhere has probability {min(apart):.2f} to {max(apart):.2f}."
    )


def minus(value: float) -> str:
    """A number with a true minus."""
    return f"{value:.1f}".replace("-", "\N{MINUS SIGN}")


def chance(probability: float) -> str:
    """A probability in two decimals, never 1.00."""
    return ">0.99" if probability > 0.995 else f"{probability:.2f}"


def on_leavers(leavers: RetentionCounts, against: Published) -> str:
    """What the tests and the posterior say, and of whom the published shares are."""
    latest, earlier = against
    return (
        f"Against {percent(earlier['rate'])} the posterior probability of a larger share, "
        f"{earlier['jeffreys']:.2f} (uniform prior {earlier['uniform']:.2f}), answers a one-sided "
        f"question, whose exact test has {p_text(earlier['greater'])}; two-sided, the exact tests "
        f"have {p_text(earlier['central'])} (central) and {p_text(earlier['minlike'])} (minimum "
        f"likelihood): {leavers.total} people do not settle it. With the sampling error of the "
        f"{earlier['of']:,} leavers of {earlier['year']} allowed for it is "
        f"{earlier['uncertain']:.2f}. The published shares are of scientists of Chinese descent in "
        "every field who left an American affiliation in that one year, by their publications, and "
        f"that of {latest['year']} counts Hong Kong; the {leavers.total} are authors on artificial "
        "intelligence who left at some time in six years."
    )


def on_bounds(bounds: pd.DataFrame) -> str:
    """What single people placed wrongly can do."""
    one, worst = bounds[bounds["people"] == 1].iloc[0], bounds.iloc[-1]
    return (
        "No model is needed for people placed wrongly: one such person moves the share of leavers "
        f"in China to anything from {percent_range(one['left_0'], one['left_1'])}, "
        f"{worst['people']:.0f} of them from {percent_range(worst['left_0'], worst['left_1'])}; "
        f"staying moves to {percent_range(worst[f'{HOST}_0'], worst[f'{HOST}_1'])} at the most."
    )


def on_placed(
    people: DestinationCounts, placed: Mapping[str, SharesPosterior], expected: int
) -> str:
    """What errors of a stated kind do, and the people who are missing."""
    seen, *rest = (one.mean[0] for one in placed.values())
    stale, mixed = rest[: len(STALE)], rest[len(STALE) : -2]
    *_, like, seldom = placed.values()
    return (
        f"Pages out of date keep leavers in the United States: were {percent(STALE[0])} to "
        f"{percent(STALE[-1])} of leavers still listed there, staying would be {percent(stale[0])} "
        f"to {percent(stale[-1])}, against {percent(seen)} as seen. Were {percent(MISTAKEN[0])} to "
        f"{percent(MISTAKEN[-1])} of everyone listed at a wrong place, it would be "
        f"{percent(mixed[0])} to {percent(mixed[-1])}, since many of the few who seem to have left "
        f"would be errors. By the published percentages about {expected} people should have been "
        f"followed, not {people.known}: the {like.counts.unknown} others may be anywhere, which "
        f"puts staying at {percent_range(like.share_low[0], like.share_high[0])}; were leavers "
        f"found half as often as stayers, it would be {percent(seldom.mean[0])}. The data cannot "
        "tell which."
    )


def on_work(cells: "pd.Series[float]", work: pd.DataFrame) -> str:
    """Who returned, by kind of work, with what is not known."""
    returned = int(cells["in-china-2025"])
    one: pd.Series[Any] = work.iloc[0]
    first, apart, most = (
        chance(professors_return_more(work, int(one[name]), returned))
        for name in ("least", "apart", "most")
    )
    return (
        f"Of {int(cells['in-us-2025'])} stayers the source counts {int(cells['us-company'])} at "
        f"companies, {int(cells['us-professor'])} professors and {int(cells['us-phd-or-postdoc'])} "
        f"PhD students or postdocs, and {int(cells['us-founder'])} founders who are among these. "
        f"Of {returned} returnees it counts {int(cells['returnee-founder'])} founders, "
        f"{int(cells['returnee-leader'])} leaders at companies and {one['printed']} professors. "
        f"Apart, they leave {int(cells['returnee-undescribed'])} not described; if they overlap, "
        f"as founders do among the stayers, up to {one['most'] - one['printed']}. So of the "
        f"professors in either country {share(one, 'least')} to {share(one, 'apart')} are in "
        f"China, or up to {share(one, 'most')} if kinds overlap. That professors returned more "
        f"often than others has probability {first} if none is missing, {apart} if the one not "
        f"described is one, {most} if all that could be are: the published counts do not say. Work "
        "is that of 2025, after the move, so it cannot be its cause; of the "
        f"{int(cells['elsewhere-2025'])} elsewhere nothing is known, and they are left out."
    )


def share(row: "pd.Series[Any]", column: str) -> str:
    """Share in China among those of a kind of work in either country."""
    return percent(row[column] / (row["us"] + row[column]))


def priors_table(priors: SharePriorSensitivity) -> Table:
    """Mean and interval by prior and place, and the evidence of each prior."""
    rows = [
        {"prior": prior_label(one.prior_name), "evidence": one.log_evidence}
        | {place: f"{100 * row['estimate']:.1f} ({100 * row['conf_low']:.1f} to "
           f"{100 * row['conf_high']:.1f})"
           for place, (_, row) in zip(PLACES, one.tidy().iterrows(), strict=True)}
        | {"more": one.probability_exceeds(HOME, ELSEWHERE)}
        for one in priors.posteriors
    ]  # fmt: skip
    return frame_table(
        pd.DataFrame(rows),
        columns={"prior": "Prior", HOST: "United States", HOME: "China", ELSEWHERE: "Elsewhere",
                 "more": "P(China more)", "evidence": "Evidence"},
        formats={"more": 3, "evidence": 2},
        caption=f"Shares of {priors.counts.known} people by place, in percent, under each prior",
        notes=[
            "Posterior means and 95% equal-tailed intervals, exact. Dirichlet priors by their "
            "parameters; normal priors on logits with mean 0 and standard deviation 2 (zero-sum) "
            "or 1 and 2.5 (log odds against staying).",
            "P(China more): than elsewhere. Evidence: log probability of the counts.",
        ],
    )  # fmt: skip


def leavers_table(leavers: RetentionCounts, against: Published) -> Table:
    """Exact tests and posterior probabilities against each published share."""
    rows = pd.DataFrame(against)
    rows["name"] = [f"{percent(row['rate'])} of {row['of']:,}, {row['year']}" for row in against]
    return frame_table(
        rows,
        columns={"name": "Published", "central": "p, central", "minlike": "p, minlike",
                 "greater": "p, one-sided", "jeffreys": "P, Jeffreys", "uniform": "P, uniform",
                 "uncertain": "P, both unsure"},
        formats=dict.fromkeys(["jeffreys", "uniform", "uncertain"], 3)
        | dict.fromkeys(["central", "minlike", "greater"], p_value),
        caption=f"{leavers.retained} of {leavers.total} leavers in China against published shares "
        "of leavers to China",
        notes="Exact binomial tests of the published share as a constant. P: posterior "
        "probability that the true share here is larger; “both unsure” treats the published "
        "share as a percentage of that many people (Jeffreys). The published shares are of "
        "scientists of Chinese descent in every field, by publications.",
    )  # fmt: skip


def misplaced_table(bounds: pd.DataFrame) -> Table:
    """Bounds if so many people were placed wrongly."""
    names = {
        HOST: "United States",
        HOME: "China",
        ELSEWHERE: "Elsewhere",
        "left": "Leavers in China",
    }
    rows = [
        {"people": row["people"],
         "above": f"{chance(row['above_0'])} to {chance(row['above_1'])}"}
        | {name: percent_range(row[f"{key}_0"], row[f"{key}_1"]) for key, name in names.items()}
        for row in bounds.to_dict("records")
    ]  # fmt: skip
    return frame_table(
        pd.DataFrame(rows),
        columns={"people": "Placed wrongly, up to", **{name: name for name in names.values()},
                 "above": "P(more than in 2010)"},
        caption="Shares if people were placed wrongly, least to most",
        notes="All counts of the same 100 people that differ from those published by so many "
        "people at the most. P(more than in 2010): posterior probability (Jeffreys) that the share "
        "of leavers in China is above that of 2010.",
    )  # fmt: skip


def placed_table(placed: Mapping[str, SharesPosterior]) -> Table:
    """Shares under stated kinds of error, with bounds where people are unknown."""
    rows = []
    for name, one in placed.items():
        host, home, other = (row for _, row in one.tidy().iterrows())
        unknown = bool(one.counts.unknown)
        rows.append(
            {"name": name, "host": host["estimate"], "conf_low": host["conf_low"],
             "conf_high": host["conf_high"], "home": home["estimate"], "other": other["estimate"],
             "least": host["share_low_unknown"] if unknown else np.nan,
             "most": host["share_high_unknown"] if unknown else np.nan}
        )  # fmt: skip
    return frame_table(
        pd.DataFrame(rows),
        columns={"name": "If", "host": "United States", "conf_low": "Lower", "conf_high": "Upper",
                 "home": "China", "other": "Elsewhere", "least": "Least", "most": "Most"},
        formats=dict.fromkeys(
            ["host", "conf_low", "conf_high", "home", "other", "least", "most"], "percent"
        ),
        caption="Shares if places are mistaken, or if people were not found",
        notes=[
            "Posterior means (Jeffreys prior) and 95% equal-tailed limits of staying. The kinds "
            "and sizes of error are assumed, not estimated: the counts cannot identify them.",
            "Least, most: share staying if none or all of those not found stayed. “Half as "
            f"likely”: probability of being found Beta{FOUND['stayers']} for stayers, "
            f"Beta{FOUND['leavers']} for leavers.",
        ],
    )  # fmt: skip


def work_table(work: pd.DataFrame) -> Table:
    """Stayers and returnees by kind of work, and the share in China that they allow."""
    ends = {"low": "least", "apart_share": "apart", "high": "most"}
    rows = work.assign(**{
        name: work[column] / (work["us"] + work[column]) for name, column in ends.items()
    })  # fmt: skip
    return frame_table(
        rows,
        columns={"kind": "Work in 2025", "us": "Stayed", "printed": "Returned",
                 "least": "Least", "apart": "Apart", "most": "Overlap", "low": "Share, least",
                 "apart_share": "Share, apart", "high": "Share, overlap"},
        formats=dict.fromkeys(["low", "apart_share", "high"], "percent"),
        caption="Who returned, by kind of work",
        notes="Returned: as printed. Share: in China, of those of this kind in either country. "
        "Apart: the most if the printed kinds of returnee do not overlap and the one not described "
        "is of this kind. Overlap: the most if they overlap as far as they can and all not "
        "described are of this kind. A founder or leader may be a professor too, so rows are not "
        "to be added.",
    )  # fmt: skip
