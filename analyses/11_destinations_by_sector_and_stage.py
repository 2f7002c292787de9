"""Where would people be, by sector and stage, and what does partial pooling add? (Simulated.)

Question: the published study gives 87/10/3 of 100, not by sector and stage together, where most
cells would hold a handful of people. If it did, would pooling cells beat taking each alone?
Estimand: probability of each destination six years after 2019 by sector and career stage, the same
in the population, and everybody in industry against everybody in academia, in a simulated stock.
Data: simulated, with the expected margins of `carnegie_2025` (87/10/3 of 100; 41/40/6).
Outputs: probabilities by cell against the truth, shares, contrasts; raw beside pooled.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from talentstats.bayes.sampling import Sampling, speak
from talentstats.cohort.carnegie import carnegie_like, carnegie_truth
from talentstats.cohort.truth import CohortTruth
from talentstats.destinations.model import destination_model
from talentstats.destinations.model_posterior import DestinationPosterior
from talentstats.destinations.posterior import destination_posterior
from talentstats.plots.destination_stack import plot_destinations
from talentstats.plots.forest import plot_forest
from talentstats.report.analysis import Analysis, FigureOf, TableOf, write_analysis
from talentstats.results.wording import percent
from talentstats.summaries.counts import DestinationCounts
from talentstats.summaries.destination_cells import DestinationCells
from talentstats.summaries.population import population_weights
from talentstats.tables.coef_table import coef_table
from talentstats.tables.frame_table import frame_table
from talentstats.tables.table import Table

SEED, SMALL, LARGE, HORIZON = 2025, 100, 2_000, 6
HOST, HOME = "US", "China"
BY = ["sector", "stage"]
VARY = [*BY, "sector:stage"]
SAMPLING = Sampling(seed=SEED)
CAPTION = "Simulated: nobody in these data exists."


def main(out: Path) -> None:
    """Write raw and pooled probabilities against the truth, population shares, contrasts."""
    truth = carnegie_truth()
    known = true_cells(truth)
    fits = {n: fitted(n, known) for n in (SMALL, LARGE)}
    beside = {n: side_by_side(fit, known) for n, fit in fits.items()}
    scores = pd.concat([scored(rows, n) for n, rows in beside.items()], ignore_index=True)
    analysis = Analysis(
        title="Destinations by sector and stage in a simulated cohort: raw, pooled, true",
        question="If 100 people were told apart by sector and career stage (simulated), what could "
        "be said of each cell, and does partial pooling help?",
        answer=answer(fits, scores, known),
        estimand=f"Probability of each destination {HORIZON} years after 2019 by sector and career "
        "stage, and its average over the simulated population.",
        findings=(
            on_population(fits, known),
            on_contrast(fits, truth),
            on_checks(fits),
            "Whether pooling wins in general is a matter of many simulations, not of these two: "
            "see docs/methods/bayes_calibration.md.",
        ),
        figures=(
            *(
                FigureOf(
                    name=f"simulated_cells_{n}",
                    title=f"In {HOME} after {HORIZON} years by cell: {n:,} simulated people",
                    description="Three rows a cell: raw share, pooled estimate, truth.",
                    draw=lambda width, n=n: plot_forest(
                        forest_rows(beside[n]),
                        label="label",
                        xlabel=f"In {HOME} after {HORIZON} years",
                        width=width,
                        caption=CAPTION,
                    ),
                )
                for n in fits
            ),
            FigureOf(
                name="simulated_shares",
                title=f"Destinations after {HORIZON} years by sector and stage: {SMALL} simulated "
                "people, pooled",
                description="Bars that add to one, a bar a level.",
                draw=lambda width: plot_destinations(fits[SMALL], width=width, caption=CAPTION),
            ),
        ),
        tables=(
            *(TableOf(name=f"simulated_cells_{n}", table=cells_table(beside[n], n)) for n in fits),
            TableOf(name="simulated_scores", table=scores_table(scores)),
            TableOf(name="simulated_contrasts", table=contrasts_table(fits, truth)),
            TableOf(name="simulated_effects", table=effects_table(fits[LARGE])),
        ),
        sources=("carnegie2025",),
        data=("carnegie_2025",),
        simulated=True,
        seed=SEED,
    )
    write_analysis(out, analysis)


def true_cells(truth: CohortTruth) -> pd.DataFrame:
    """True probabilities and population shares by sector and stage."""
    people = truth.population
    kinds = (
        pd.DataFrame({"sector": people.sector, "stage": people.stage, "count": people.share})
        .groupby(BY, as_index=False)["count"]
        .sum()
    )
    rows = []
    for kind in kinds.itertuples():
        among = {"sector": str(kind.sector), "stage": str(kind.stage)}
        gone = truth.incidence(HORIZON, among=among)
        rows.append({HOST: truth.retention(HORIZON, among=among), **gone})
    return kinds.join(pd.DataFrame(rows))


def fitted(n: int, known: pd.DataFrame) -> DestinationPosterior:
    """The pooled model of n simulated people, averaged over the simulated population."""
    spells = carnegie_like(SEED, n=n).spells()
    cells = DestinationCells.from_spells(spells, horizon=HORIZON, host=HOST, covariates=BY)
    return destination_model(
        cells,
        vary=VARY,
        population=population_weights(cells, known[[*BY, "count"]]),
        sampling=SAMPLING,
        listen=speak(),
    )


def side_by_side(fit: DestinationPosterior, known: pd.DataFrame) -> pd.DataFrame:
    """Raw, pooled and true probability of each destination in each cell."""
    pooled = fit.tidy("cell")
    rows = []
    for row in pooled.to_dict("records"):
        sector, stage = row["group"].split(", ")
        own = known[(known["sector"] == sector) & (known["stage"] == stage)]
        raw = raw_limits(int(row["count"]), int(row["people"]))
        rows.append(row | raw | {"truth": float(own[row["outcome"]].iloc[0])})
    return pd.DataFrame(rows)


def raw_limits(count: int, people: int) -> dict[str, float]:
    """Posterior of one cell by itself, Jeffreys prior; NaN where nobody is."""
    if people == 0:
        return {"raw": np.nan, "raw_low": np.nan, "raw_high": np.nan}
    alone = destination_posterior(DestinationCounts({"there": count, "not": people - count}))
    rows = alone.tidy().iloc[0]
    return {
        "raw": count / people,
        "raw_low": float(rows["conf_low"]),
        "raw_high": float(rows["conf_high"]),
    }


def scored(rows: pd.DataFrame, n: int) -> pd.DataFrame:
    """Errors and coverage of raw and pooled over cells and destinations."""
    kept = rows[rows["people"] > 0]
    found = []
    for name, (mid, low, high) in {
        "raw": ("raw", "raw_low", "raw_high"),
        "pooled": ("estimate", "conf_low", "conf_high"),
    }.items():
        error = kept[mid] - kept["truth"]
        found.append(
            {
                "people": f"{n:,}",
                "method": name,
                "rmse": 100 * float(np.sqrt(np.mean(error**2))),
                "width": 100 * float((kept[high] - kept[low]).mean()),
                "covered": int(
                    ((kept[low] <= kept["truth"]) & (kept["truth"] <= kept[high])).sum()
                ),
                "of": len(kept),
            }
        )
    return pd.DataFrame(found)


def answer(
    fits: Mapping[int, DestinationPosterior], scores: pd.DataFrame, known: pd.DataFrame
) -> str:
    """The comparison in two sentences."""
    parts = []
    for n in fits:
        own = scores[scores["people"] == f"{n:,}"].set_index("method")
        parts.append(
            f"with {n:,} people the typical error of a cell's share is "
            f"{own.loc['raw', 'rmse']:.1f} points raw and {own.loc['pooled', 'rmse']:.1f} pooled, "
            f"with intervals {own.loc['raw', 'width']:.0f} and {own.loc['pooled', 'width']:.0f} "
            "points wide"
        )
    return (
        f"In one simulated cohort, {'; '.join(parts)}. Cells with a handful of people say little "
        "alone; pooled they lean on their sector and stage, as far as the data allow."
    )


def on_population(fits: Mapping[int, DestinationPosterior], known: pd.DataFrame) -> str:
    """Shares in the population against the truth."""
    weight = known["count"] / known["count"].sum()
    parts = []
    for n, fit in fits.items():
        row = fit.tidy("population").set_index("outcome").loc[HOME]
        parts.append(
            f"{percent(row['estimate'])} ({percent(row['conf_low'])} to "
            f"{percent(row['conf_high'])}) from {n:,} people"
        )
    return (
        f"In {HOME} after {HORIZON} years, averaged over the simulated population: "
        f"{', '.join(parts)}; true {percent(float(weight @ known[HOME]))}."
    )


def true_contrast(truth: CohortTruth) -> float:
    """Everybody in industry less everybody in academia, in China."""
    among = [
        truth.incidence(HORIZON, setting={"sector": x})[HOME] for x in ("industry", "academia")
    ]
    return among[0] - among[1]


def on_contrast(fits: Mapping[int, DestinationPosterior], truth: CohortTruth) -> str:
    """Industry against academia, against the truth."""
    parts = []
    for n, fit in fits.items():
        found = fit.contrast("sector", "industry", "academia")
        row = found[(found["outcome"] == HOME) & (found["term"] == "difference")].iloc[0]
        parts.append(
            f"{100 * row['estimate']:+.1f} points ({100 * row['conf_low']:+.1f} to "
            f"{100 * row['conf_high']:+.1f}; probability of that sign {row['p_direction']:.2f}) "
            f"from {n:,} people"
        )
    return (
        f"Everybody in industry against everybody in academia, in {HOME}: {'; '.join(parts)}; true "
        f"{100 * true_contrast(truth):+.1f}."
    )


def on_checks(fits: Mapping[int, DestinationPosterior]) -> str:
    """What the checks say."""
    return " ".join(
        f"With {n:,} people: {fit.checked.sentence} {fit.predictive_check().sentence}"
        for n, fit in fits.items()
    )


def forest_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Raw, pooled and true share in China, three rows a cell."""
    found = []
    for row in rows[rows["outcome"] == HOME].to_dict("records"):
        size = f"{row['count']:.0f} of {row['people']:.0f}"
        for name, mid, low, high in (
            (f"{row['group']}: raw, {size}", row["raw"], row["raw_low"], row["raw_high"]),
            ("pooled", row["estimate"], row["conf_low"], row["conf_high"]),
            ("true", row["truth"], np.nan, np.nan),
        ):
            found.append({"label": name, "estimate": mid, "conf_low": low, "conf_high": high})
    return pd.DataFrame(found)


def cells_table(rows: pd.DataFrame, n: int) -> Table:
    """Raw, pooled and true by cell and destination."""
    return frame_table(
        rows.assign(
            raw=100 * rows["raw"],
            raw_low=100 * rows["raw_low"],
            raw_high=100 * rows["raw_high"],
            estimate=100 * rows["estimate"],
            conf_low=100 * rows["conf_low"],
            conf_high=100 * rows["conf_high"],
            truth=100 * rows["truth"],
        ),
        columns={"group": "Sector, stage", "outcome": "Destination", "count": "There",
                 "people": "Of", "raw": "Raw", "raw_low": "Lower", "raw_high": "Upper",
                 "estimate": "Pooled", "conf_low": "Lower ", "conf_high": "Upper ",
                 "truth": "True"},
        formats={"count": "count", "people": "count"}
        | {name: 1 for name in ("raw", "raw_low", "raw_high", "estimate", "conf_low", "conf_high",
                                "truth")},
        caption=f"Destinations after {HORIZON} years by sector and stage, {n:,} simulated people",
        notes=[CAPTION, "Percent. Raw: 95% equal-tailed interval of the cell alone, Jeffreys "
               "prior. Pooled: posterior median and 95% equal-tailed interval."],
    )  # fmt: skip


def scores_table(scores: pd.DataFrame) -> Table:
    """Errors and coverage."""
    return frame_table(
        scores,
        columns={"people": "Simulated", "method": "Cells", "rmse": "Root mean squared error",
                 "width": "Mean width", "covered": "Intervals that hold the truth", "of": "Of"},
        formats={"rmse": 1, "width": 1, "covered": "count", "of": "count"},
        caption="Raw and pooled cells against the known truth, one simulated cohort each",
        notes=[CAPTION, "Percentage points, over all cells with people and all destinations; 95% "
               "intervals."],
    )  # fmt: skip


def contrasts_table(fits: Mapping[int, DestinationPosterior], truth: CohortTruth) -> Table:
    """Differences of levels in the share in China."""
    parts = []
    for n, fit in fits.items():
        rows = fit.tidy("contrast")
        rows = rows[(rows["outcome"] == HOME) & (rows["term"] == "difference")]
        parts.append(rows.assign(people=f"{n:,}"))
    rows = pd.concat(parts, ignore_index=True)
    for name in ("estimate", "conf_low", "conf_high"):
        rows[name] *= 100
    return frame_table(
        rows,
        columns={"people": "Simulated", "group": "Everybody at", "estimate": "Points",
                 "conf_low": "Lower", "conf_high": "Upper", "p_direction": "P(sign)"},
        formats={"estimate": 1, "conf_low": 1, "conf_high": 1, "p_direction": 2},
        caption=f"Differences in the share in {HOME} after {HORIZON} years (simulated)",
        notes=[CAPTION, "Everybody in the population at the first level less everybody at the "
               "second, percentage points; posterior median, 95% interval, probability "
               "of the more probable sign. True for industry against academia: "
               f"{100 * true_contrast(truth):+.1f}."],
    )  # fmt: skip


def effects_table(fit: DestinationPosterior) -> Table:
    """Effects on the logit scale."""
    return coef_table(
        fit,
        below="interval",
        digits=2,
        notes=[CAPTION, "auto"],
        caption=f"Effects on the logits of destinations, {LARGE:,} simulated people",
    )
