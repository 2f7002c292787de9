"""What did the published stay rates lead one to expect of a hundred, and where does 87 fall?

Question: before the hundred were looked up, what did the published stay rates of Chinese doctorate
holders, moved to six years, predict for a new cohort of 100; is 87 a surprise?
Estimand: predictive distribution of how many of 100 stay six years, if the hundred were one more
cohort like those before; the weight of that prediction in people.
Data: `carnegie_2025` and the benchmarks of `stay_rates`.
Outputs: which figures enter; the prediction under every choice (figures, each left out, spread,
tenure); what the prior is worth, robust and not, before and after.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from talentstats.plots.forest import plot_forest
from talentstats.plots.style import FAINT, INK, axes_for, house_style
from talentstats.published import Benchmark, Weibull, benchmarks, published
from talentstats.report.analysis import Analysis, FigureOf, TableOf, write_analysis
from talentstats.results.wording import listed, p_text, percent, percent_range, points
from talentstats.retention import retention
from talentstats.retention.historical_prior import HistoricalPrior, historical_prior
from talentstats.retention.posterior import retention_posterior
from talentstats.summaries import RetentionCounts
from talentstats.tables.frame_table import frame_table
from talentstats.tables.table import Table

ORIGIN, HORIZON, NINETY = "China", 6, 0.90
TAU, TAUS = 0.5, (0.25, 1.0)
SHAPES = {0.7: "Most leave early", 1.3: "More leave later"}
TENURES = (0, 10)
ROBUST = (0.1, 0.2, 0.5)


def main(out: Path) -> None:
    """Write the prediction of history for a hundred, and where the hundred fell."""
    cells = published("carnegie_2025").set_index("row_id")["value"]
    counts = RetentionCounts(int(cells["in-us-2025"]), int(cells["us-chinese-origin-2019"]))
    dated = [b for b in benchmarks(ORIGIN) if b.horizon]
    used = one_per_cohort([b for b in dated if b.std_error])
    prior = historical_prior(used, horizon=HORIZON, tau=TAU)
    choices = chosen(counts, dated, used)
    worth = worths(counts, prior)
    analysis = Analysis(
        title="What history predicted for a hundred, and where 87 falls",
        question=f"What did the published stay rates, moved to {HORIZON} years, predict for a new "
        f"cohort of {counts.total}; is {counts.retained} a surprise?",
        answer=answer(counts, prior, choices),
        estimand=f"How many of {counts.total} stay {HORIZON} years, predicted from published stay "
        "rates of Chinese doctorate holders as if the hundred were one more such cohort.",
        findings=(
            on_figures(dated, used, choices),
            on_wrong_way(choices),
            on_left_out(choices),
            on_spread(prior, choices),
            on_stock(counts, choices),
            on_worth(counts, worth, choices["p_value"].iloc[0]),
            "That the hundred are one more such cohort is a judgement: they are authors of one "
            "conference on artificial intelligence with a first degree from China, the published "
            "figures are of doctorates in every field on temporary visas. " + " ".join(prior.notes),
        ),
        figures=(
            FigureOf(
                name="prediction",
                title=f"How many of {counts.total} stay {HORIZON} years, as "
                f"{len(used)} published stay rates predict, and the {counts.retained} who did",
                description="Bars of probability by number of people, with a long tail to the "
                f"left; the bar of {counts.retained} is dark and stands near the highest.",
                draw=lambda width: draw_prediction(prior, counts, width),
            ),
            FigureOf(
                name="choices",
                title=f"Stay rate of a new cohort at {HORIZON} years, predicted under every choice "
                "(mean and 95% range)",
                description="The figures that enter, then one row a choice, all ranges wide and "
                "the observed rate inside each.",
                draw=lambda width: draw_choices(prior, counts, choices, width),
            ),
        ),
        tables=(
            TableOf(name="figures", table=figures_table(dated, used)),
            TableOf(name="choices", table=choices_table(choices, counts)),
            TableOf(name="worth", table=worth_table(worth, counts)),
        ),
        sources=tuple(dict.fromkeys(["carnegie2025", *(str(b.source_id) for b in dated)])),
        data=("carnegie_2025", "stay_rates"),
    )
    write_analysis(out, analysis)


def degree_years(figure: Benchmark) -> range:
    """Degree years of a cohort; every year where they were not published."""
    found = re.fullmatch(r"(\d{4})(?:-(\d\d))?", figure.cohort or "")
    if found is None:
        return range(9999)
    last = found[1] if found[2] is None else found[1][:2] + found[2]
    return range(int(found[1]), int(last) + 1)


def share_people(a: Benchmark, b: Benchmark) -> bool:
    """Whether two figures may count the same people, whatever the instrument."""
    one, two = degree_years(a), degree_years(b)
    return one.start < two.stop and two.start < one.stop


def one_per_cohort(
    figures: Sequence[Benchmark],
    first: Callable[[Benchmark], float] = lambda b: abs((b.horizon or 0) - HORIZON),
) -> list[Benchmark]:
    """Figures no two of which share a degree year: of those that do, the first by an order."""
    kept: list[Benchmark] = []

    def order(b: Benchmark) -> tuple[float, ...]:
        return first(b), b.std_error is None, b.qualifier != "point", b.status != "verified"

    for one in sorted(figures, key=order):
        if not any(share_people(one, other) for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda b: degree_years(b).start)


def assumed_error(figures: Sequence[Benchmark]) -> float:
    """Standard error for figures that have none: the largest of the others."""
    return max(b.std_error or 0 for b in figures)


def chosen(
    counts: RetentionCounts, dated: Sequence[Benchmark], used: Sequence[Benchmark]
) -> pd.DataFrame:
    """What a new cohort would do, one row a choice of figures, of spread and of tenure."""
    weighed = [b for b in dated if b.std_error]
    error = assumed_error(dated)

    def made(figures: Sequence[Benchmark], tau: float = TAU, **moved: Any) -> HistoricalPrior:
        every = [
            b if b.std_error else replace(b, std_error=error, se_status="user") for b in figures
        ]
        return historical_prior(every, horizon=HORIZON, tau=tau, **moved)

    rows = [
        ("main", "One figure a cohort (main)", made(used)),
        *(("without", f"Without {b.short_label}", made([o for o in used if o is not b]))
          for b in used),
        ("figures", "One a cohort, the longest horizon",
         made(one_per_cohort(weighed, lambda b: -(b.horizon or 0)))),
        ("figures", "One a cohort, error assumed", made(one_per_cohort(dated))),
        ("figures", "The same, the newest first",
         made(one_per_cohort(dated, lambda b: -degree_years(b).start))),
        ("wrong", "All with error, as if apart (wrong)", made(weighed)),
        ("wrong", "All, error assumed, as if apart (wrong)", made(dated)),
        *(("spread", f"Spread half-normal {t:g}, not {TAU:g}", made(used, tau=t)) for t in TAUS),
        *(("tenure",
           f"{words} (shape {shape:g}), " + (f"after {t} years" if t else "from the start"),
           made(used, hazard=Weibull(shape), tenure=t))
          for shape, words in SHAPES.items() for t in TENURES),
    ]  # fmt: skip
    return pd.DataFrame([predicted(*row, counts) for row in rows])


def predicted(
    kind: str, name: str, prior: HistoricalPrior, counts: RetentionCounts
) -> dict[str, Any]:
    """One row of what a prior predicts."""
    row = prior.tidy().set_index("term").loc["new cohort"]
    ahead, conflict = prior.predict(counts.total), prior.prior_data_conflict(counts)
    people = prior.effective_sample_size().moment
    return {
        "kind": kind, "choice": name, "studies": len(prior.studies), "tau": prior.exact.tau_mean,
        "estimate": row["estimate"], "conf_low": row["conf_low"], "conf_high": row["conf_high"],
        "low": conflict.low, "median": ahead.quantile(0.5), "high": conflict.high,
        "at_most": conflict.at_most, "at_least": conflict.at_least, "p_value": conflict.p_value,
        "people": people,
    }  # fmt: skip


def worths(counts: RetentionCounts, prior: HistoricalPrior) -> pd.DataFrame:
    """What each prior is worth in people, and what the counts make of it."""
    rows = []
    for name, one in {
        "Jeffreys": None,
        "Historical": prior,
        **{f"Robust, {w:g} vague": prior.robust(w) for w in ROBUST},
    }.items():
        after = retention_posterior(counts, prior="jeffreys" if one is None else one)
        low, high = after.mixture.limits()
        size = after.prior.effective_sample_size()
        vague = one is not None and one.robust_weight is not None
        rows.append(
            {"prior": name, "moment": size.moment, "elir": size.elir, "morita": size.morita,
             "weight": after.prior.weights[-1] if vague else np.nan,
             "weight_after": after.mixture.weights[-1] if vague else np.nan,
             "estimate": after.mean, "conf_low": low, "conf_high": high,
             "above": after.probability_above(NINETY),
             "above_before": after.prior.probability_above(NINETY)}
        )  # fmt: skip
    return pd.DataFrame(rows)


def draw_prediction(prior: HistoricalPrior, counts: RetentionCounts, width: float) -> Any:
    """Probability of every number of people, the observed one dark."""
    ahead, k = prior.predict(counts.total), counts.retained
    low, high = ahead.quantile(0.025), ahead.quantile(0.975)
    people = np.arange(ahead.quantile(0.005), counts.total + 1)
    probability = ahead.probabilities[people]
    top = 1.2 * probability.max()
    with house_style():
        axes, sizes = axes_for(None, width, 2.4)
        axes.bar(people, probability, color=np.where(people == k, INK, FAINT), width=0.75)
        axes.hlines(top, low, high, color=INK, linewidth=sizes.line)
        axes.text((low + high) / 2, 1.02 * top, f"95%: {low} to {high}", ha="center", va="bottom",
                  size=sizes.small, color=INK)  # fmt: skip
        axes.text(k - 1, ahead.probabilities[k], f"{k} seen", ha="right", va="bottom",
                  size=sizes.small, color=INK)  # fmt: skip
        axes.set_ylim(0, 1.15 * top)
        axes.set_xlabel(f"People of {counts.total} who stay {prior.horizon:g} years")
        axes.set_ylabel("Probability")
    return axes


def draw_choices(
    prior: HistoricalPrior, counts: RetentionCounts, choices: pd.DataFrame, width: float
) -> Any:
    """The figures that enter, then the prediction under every choice."""
    rows = prior.tidy()
    figures = rows[rows["term"] == "study"].assign(
        choice=[f"{s.figure.short_label}, moved" for s in prior.studies if s.figure]
    )
    observed = retention(counts).tidy().assign(choice=f"Seen: {counts.retained} of {counts.total}")
    columns = ["choice", "estimate", "conf_low", "conf_high"]
    every = pd.concat([frame[columns] for frame in (observed, figures, choices)])
    return plot_forest(
        every.reset_index(drop=True),
        label="choice",
        references={f"{counts.retained} of {counts.total}": counts.rate},
        xlabel=f"Stay rate at {HORIZON} years",
        width=width,
    )


def answer(counts: RetentionCounts, prior: HistoricalPrior, choices: pd.DataFrame) -> str:
    """The prediction, and where the hundred fall in it."""
    first = choices.iloc[0]
    tails = choices[["at_most", "at_least"]].min(axis=1)
    surprise = tails < 0.025
    known = prior.effective_sample_size()
    size = (known.moment, known.elir, known.morita)
    verdict = (
        "no choice of figures, spread or tenure makes it a surprise"
        if not surprise.any()
        else f"it is a surprise under {int(surprise.sum())} of {len(choices)} choices"
    )
    return (
        f"The published rates of {len(prior.studies)} cohorts, moved to {HORIZON} years, are "
        f"{listed(percent(s.rate) for s in prior.studies)}: so far apart that the prediction for "
        f"{counts.total} runs from {first['low']} to {first['high']} (95%; median "
        f"{first['median']}). As many as the {counts.retained} seen, or fewer, had probability "
        f"{first['at_most']:.2f}; {verdict} (smallest tail {tails.min():.2f}). History is worth "
        f"{min(size):.0f} to {max(size):.0f} people (three definitions) beside the "
        f"{counts.total}."
    )


def on_figures(dated: Sequence[Benchmark], used: Sequence[Benchmark], choices: pd.DataFrame) -> str:
    """Which figures enter, by what rule, and the wider set."""
    longer, wider, latest = (row for _, row in choices[choices["kind"] == "figures"].iterrows())
    return (
        f"Of {len(dated)} published figures with a horizon, "
        f"{sum(b.std_error is not None for b in dated)} have a standard error. The same doctorates "
        "are counted at 5 and at 10 years and by two instruments, so no two figures enter that "
        "share a degree year; of those that do, the one whose horizon is nearest to "
        f"{HORIZON} years is taken. That leaves {listed(b.short_label for b in used)}, which "
        f"predict {said(choices.iloc[0])}; with the longest horizon taken instead, {said(longer)}. "
        "With the largest of the standard errors assumed for the other figures, the rule takes "
        f"{wider['studies']} cohorts and predicts {said(wider)}; with the newest first, "
        f"{latest['studies']} and {said(latest)}."
    )


def on_spread(prior: HistoricalPrior, choices: pd.DataFrame) -> str:
    """How far the prediction hangs on the prior of the spread."""
    narrow, wide = (row for _, row in choices[choices["kind"] == "spread"].iterrows())
    return (
        f"With {len(prior.studies)} cohorts the spread between them is hardly known: its standard "
        f"deviation on the logit is {prior.exact.tau_mean:.2f} (sd {prior.exact.tau_sd:.2f}) after "
        f"a half-normal prior of scale {TAU:g}. With scale {TAUS[0]:g} the prediction is "
        f"{said(narrow)}, with {TAUS[1]:g} {said(wide)}."
    )


def on_wrong_way(choices: pd.DataFrame) -> str:
    """What counting the same people twice does."""
    first = choices.iloc[0]
    weighed, every = (row for _, row in choices[choices["kind"] == "wrong"].iterrows())
    return (
        f"The wrong way, all {weighed['studies']} figures with a standard error as if they were "
        f"independent, is worth {weighed['people']:.0f} people instead of {first['people']:.0f}; "
        f"all {every['studies']} with errors assumed, {every['people']:.0f}. The same doctorates "
        "followed twice are no second cohort, and the range of "
        f"{percent_range(every['conf_low'], every['conf_high'])} is too narrow by an unknown "
        "amount."
    )


def on_stock(counts: RetentionCounts, choices: pd.DataFrame) -> str:
    """What it does that the hundred are a stock."""
    rows = choices[choices["kind"] == "tenure"]
    parts = [
        f"{row['choice'][0].lower() + row['choice'][1:]}, {said(row)}, and P(≤ {counts.retained}) "
        f"= {row['at_most']:.2f}"
        for _, row in rows.iterrows()
    ]
    moved = [
        100 * np.ptp(choices.loc[choices["kind"].isin(kinds), "estimate"])
        for kinds in (["tenure"], ["main", "figures"])
    ]
    return (
        f"The {counts.total} are a stock: researchers present in 2019, who had stayed for years "
        "that were not published and whose early leavers were gone; the published rates follow "
        "doctorates from the start. Under a constant hazard that does not matter. Under a hazard "
        f"that changes it does: {'; '.join(parts)}. Over these four the predicted mean moves by "
        f"{moved[0]:.1f} points, over the right choices of figures by {moved[1]:.1f}. Shapes and "
        "years are assumed, to show the size of the question."
    )


def on_worth(counts: RetentionCounts, worth: pd.DataFrame, conflict: float) -> str:
    """What history adds to the hundred, and what the hundred say of history."""
    flat, past, *_ = (row for _, row in worth.iterrows())
    robust = worth[worth["prior"].str.startswith(f"Robust, {ROBUST[1]:g}")].iloc[0]
    return (
        f"The prior is worth {past['moment']:.1f} people by moment, {past['elir']:.1f} by elir and "
        f"{past['morita']:.1f} by morita, which disagree by design, against {counts.total} seen. "
        f"With it the stay rate is {percent(past['estimate'])} "
        f"({percent_range(past['conf_low'], past['conf_high'])}), without it "
        f"{percent(flat['estimate'])} ({percent_range(flat['conf_low'], flat['conf_high'])}). A "
        f"vague part, which gains weight where history and data conflict, goes from "
        f"{robust['weight']:.2f} to {robust['weight_after']:.2f}; a result no "
        f"more likely than this one had {p_text(conflict)} (Box). That the true rate is "
        f"{percent(NINETY)} or more had probability {past['above_before']:.2f} before and has "
        f"{past['above']:.2f} after."
    )


def on_left_out(choices: pd.DataFrame) -> str:
    """Who drives the prediction."""
    first, rest = choices.iloc[0], choices[choices["kind"] == "without"]
    most: pd.Series[Any] = rest.iloc[int((rest["estimate"] - first["estimate"]).abs().argmax())]
    return (
        f"{most['choice']}, on which most hangs, the mean moves by "
        f"{points(most['estimate'] - first['estimate'])} points to {said(most)}, and the spread "
        f"between cohorts from {first['tau']:.2f} to {most['tau']:.2f}."
    )


def said(row: "pd.Series[Any]") -> str:
    """A prediction in words."""
    return f"{percent(row['estimate'])} ({percent_range(row['conf_low'], row['conf_high'])})"


def figures_table(dated: Sequence[Benchmark], used: Sequence[Benchmark]) -> Table:
    """Every figure with a horizon, what it is at six years, and where it enters."""
    wide = one_per_cohort(dated)
    rows = []
    for one in sorted(dated, key=lambda b: degree_years(b).start or math.inf):
        sets = [name for name, chosen in (("main", used), ("wide", wide)) if one in chosen]
        moved = one.at_horizon(HORIZON)
        rows.append(
            {"figure": one.short_label,
             "cohort": one.cohort if len(degree_years(one)) < 99 else "not published",
             "instrument": one.instrument, "rate": moved.rate,
             "std_error": None if moved.std_error is None else 100 * moved.std_error,
             "use": listed(sets) if sets else "no"}
        )  # fmt: skip
    return frame_table(
        pd.DataFrame(rows),
        columns={"figure": "Figure", "cohort": "Degrees", "instrument": "Instrument",
                 "rate": f"At {HORIZON} years", "std_error": "SE", "use": "Enters"},
        formats={"rate": "percent", "std_error": 1},
        caption=f"Published stay rates of Chinese doctorate holders, moved to {HORIZON} years",
        notes=[
            "Constant hazard. Standard errors in points, estimated by us from a sampling fraction; "
            "none elsewhere, where the wide set assumes "
            f"{100 * assumed_error(dated):.2f} at the published horizon.",
            "Main: chosen among those with a standard error. Wide: among all. No: a figure that "
            "enters shares a degree year, or the degree years were not published.",
        ],
    )  # fmt: skip


def choices_table(choices: pd.DataFrame, counts: RetentionCounts) -> Table:
    """The prediction under every choice."""
    rows = choices.assign(
        range=[percent_range(*ends) for ends in zip(choices["conf_low"], choices["conf_high"],
                                                    strict=True)],
        seen=[f"{low} to {high}" for low, high in zip(choices["low"], choices["high"],
                                                      strict=True)],
    )  # fmt: skip
    return frame_table(
        rows,
        columns={"choice": "Choice", "studies": "Figures", "estimate": "Mean",
                 "range": "95% range", "tau": "Spread", "seen": f"Of {counts.total}",
                 "at_most": f"P(≤ {counts.retained})", "people": "Worth"},
        formats={"estimate": "percent", "tau": 2, "at_most": 2, "people": 1},
        caption=f"A new cohort at {HORIZON} years as published stay rates predict it",
        notes=[
            f"Mean and 95% range of the stay rate; of {counts.total}: 95% range of the people. "
            f"P(≤ {counts.retained}): predictive probability of as many or fewer.",
            "Spread: posterior mean of its standard deviation on the logit. Worth: people, by "
            "moment. “Wrong”: the same doctorates enter more than once, as if other people. People "
            "are predicted by Betas that stand in for the exact distribution.",
        ],
    )  # fmt: skip


def worth_table(worth: pd.DataFrame, counts: RetentionCounts) -> Table:
    """Effective sizes, weights of the vague part, and the posterior."""
    return frame_table(
        worth,
        columns={"prior": "Prior", "moment": "Moment", "elir": "Elir", "morita": "Morita",
                 "weight": "Vague, before", "weight_after": "Vague, after", "estimate": "Stay rate",
                 "conf_low": "Lower", "conf_high": "Upper", "above": f"P(≥ {percent(NINETY)})"},
        formats={"moment": 1, "elir": 1, "morita": 1, "weight": 2, "weight_after": 3,
                 "estimate": "percent", "conf_low": "percent", "conf_high": "percent", "above": 2},
        caption=f"What each prior is worth in people, and the stay rate after {counts.retained} of "
        f"{counts.total}",
        notes=[
            "Effective sample size by three definitions; Morita's needs a mode inside 0 to 1. "
            "Vague: weight of a uniform part.",
            "Posterior means and 95% equal-tailed limits.",
        ],
    )  # fmt: skip
