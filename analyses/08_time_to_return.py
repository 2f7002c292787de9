"""What would the time to return look like, person by person? (Simulated.)

Question: the published study gives no years of leaving, no stages and no tenure. If it did, and
people left at the hazards assumed here, who leaves sooner, and do the models find it?
Estimand: hazards of leaving for China, ratios of them by sector, period and career stage, and
six-year retention by sector and stage, in a simulated stock with delayed entry.
Data: simulated, with the expected margins of `carnegie_2025` (87/10/3 of 100; 41/40/6).
Outputs: rates, curves, hazard ratios by three models against the truth, retention and contrasts.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from talentstats.cohort.carnegie import FIRST, carnegie_like, carnegie_truth
from talentstats.cohort.simulate import SimulatedCohort
from talentstats.cohort.truth import CohortTruth
from talentstats.plots.incidence import plot_cumulative_incidence
from talentstats.plots.survival_curve import plot_survival
from talentstats.published import published
from talentstats.report.analysis import Analysis, FigureOf, TableOf, write_analysis
from talentstats.results.wording import percent
from talentstats.summaries import RiskCells, Spells
from talentstats.survival.cox_model import cox_model
from talentstats.survival.cox_result import CoxModel
from talentstats.survival.curve import survival_curve
from talentstats.survival.hazard_contrast import HazardContrast
from talentstats.survival.hazard_model import hazard_model
from talentstats.survival.hazard_rates import hazard_rates
from talentstats.survival.hazard_result import HazardModel
from talentstats.survival.incidence import cumulative_incidence
from talentstats.tables.coef_table import coef_table
from talentstats.tables.frame_table import frame_table
from talentstats.tables.table import Table

SEED, SMALL, LARGE, HORIZON = 2025, 100, 2_000, 6
HOME = "China"
SECTOR = 'C(sector, contr.treatment(base="industry"))'
EARLY, LATE = "to 2021", "after 2021"
FORMULA = f'~ {SECTOR} * C(period, contr.treatment(base="{EARLY}")) + stage'
TENURE = {"early": 0, "mid": 8, "senior": 15}
MIDDLE = 8
CAPTION = "Simulated: nobody in these data exists."


def main(out: Path) -> None:
    """Write rates, curves, hazard ratios against the truth, retention and contrasts."""
    truth = carnegie_truth()
    few, many = (carnegie_like(SEED, n=n) for n in (SMALL, LARGE))
    cells, spells = many.cells(), many.spells()
    curve = survival_curve(spells, by="sector")
    incidence, by_sector = cumulative_incidence(spells), cumulative_incidence(spells, by="sector")
    fits, small = models(cells), small_model(few.cells())
    cox = cox_model(person_years(cells), FORMULA, destination=HOME, penalty="none")
    retained = retention_rows(fits[0], truth)
    contrast = fits[0].contrast(
        "sector", entry=MIDDLE, horizon=MIDDLE + HORIZON, given={"start_year": FIRST - MIDDLE}
    )
    beside = contrast_rows(contrast, many)
    analysis = Analysis(
        title="Time to return in a simulated cohort, against the known truth",
        question="If the years of leaving had been published, and people left at the hazards "
        "assumed here (simulated), which models would find who leaves sooner?",
        answer=answer(fits, cox, small, truth),
        estimand="Ratios of the hazard of leaving for China by sector, calendar period and career "
        f"stage, and {HORIZON}-year retention, in a simulated stock with delayed entry.",
        findings=(
            on_simulation(truth),
            on_small(small),
            on_retention(retained),
            on_contrast(beside, contrast),
            f"At {HORIZON} years after arrival the curve of the whole simulated stock: "
            f"{by_then(incidence.at(HORIZON))}. Ends are known to the year; people enter the "
            "curve when they were first seen, not at arrival.",
        ),
        figures=(
            FigureOf(
                name="simulated_survival",
                title=f"Still there by years since arrival and sector, {LARGE:,} simulated people",
                description="Three falling step curves with bands; numbers at risk below.",
                draw=lambda width: plot_survival(
                    curve, horizon=HORIZON, width=width, caption=CAPTION
                ),
            ),
            FigureOf(
                name="simulated_incidence_stacked",
                title=f"Where {LARGE:,} simulated people had gone, by years since arrival",
                description="Areas that add to one: China, elsewhere, still there.",
                draw=lambda width: plot_cumulative_incidence(
                    incidence, kind="stacked", horizon=HORIZON, width=width, caption=CAPTION
                ),
            ),
            FigureOf(
                name="simulated_incidence_by_sector",
                title=f"Left for China by years since arrival and sector, {LARGE:,} simulated "
                "people",
                description="Three rising step curves with bands; numbers at risk below.",
                draw=lambda width: plot_cumulative_incidence(
                    by_sector, outcome=HOME, horizon=HORIZON, width=width, caption=CAPTION
                ),
            ),
        ),
        tables=(
            TableOf(name="simulated_rates", table=rates_table(few, many)),
            TableOf(name="simulated_hazard_ratios", table=ratios_table(fits, cox, truth)),
            TableOf(name="simulated_hundred", table=hundred_table(small, few, truth)),
            TableOf(name="simulated_retention", table=retention_table(retained)),
            TableOf(name="simulated_contrasts", table=contrast_table(beside)),
        ),
        sources=("carnegie2025",),
        data=("carnegie_2025",),
        simulated=True,
        seed=SEED,
    )
    write_analysis(out, analysis)


def models(cells: RiskCells) -> tuple[HazardModel, HazardModel]:
    """The cloglog model of both destinations, by maximum likelihood and with Firth's penalty."""
    plain = hazard_model(cells, FORMULA, destinations="cause-specific", penalty="none")
    return plain, hazard_model(cells, FORMULA, destinations="cause-specific", penalty="firth")


def person_years(cells: RiskCells) -> Spells:
    """Cells as start-stop rows, one a cell and end, so that the period can change with time."""
    frame = cells.frame()
    ends = list(cells.destinations)
    stayed = frame["at_risk"] - frame[ends].sum(axis=1)
    rows = pd.concat(
        [frame.assign(event=name, people=frame[name]) for name in ends]
        + [frame.assign(event="stayed", people=stayed)],
        ignore_index=True,
    )
    rows = rows[rows["people"] > 0].astype({"people": int})
    return Spells.from_frame(
        rows,
        entry="start",
        exit="stop",
        event="event",
        count="people",
        covariates=["sector", "stage", "period"],
        clock=cells.clock,
    )


def true_ratios(names: Sequence[str], truth: CohortTruth) -> pd.DataFrame:
    """True ratios of the hazard of leaving for China, in the terms of the models."""
    known = truth.hazard_ratios[HOME]
    found = {}
    for name in names:
        first, *rest = (part.split(": ") for part in name.split(" x "))
        column, level = (
            ":".join([first[0], *(r[0] for r in rest)]),
            ":".join([first[1], *(r[1] for r in rest)]),
        )
        found[name] = known.get(column, {}).get(level, 1.0)
    return pd.DataFrame(
        {"term": list(found), "estimate": np.log(list(found.values())),
         "estimand": "log hazard ratio"}
    )  # fmt: skip


def home(fit: HazardModel | CoxModel) -> pd.DataFrame:
    """Hazard ratios of leaving for China."""
    rows = fit.tidy()
    if isinstance(fit, HazardModel):
        rows = rows[(rows["component"] == "") & (rows["outcome"] == HOME)]
        rows = rows.drop(columns="outcome")
    return rows.assign(estimand=fit.estimand)


def side_by_side(
    columns: dict[str, pd.DataFrame],
    truth: CohortTruth,
    *,
    fit: HazardModel,
    caption: str,
    notes: str,
) -> Table:
    """True ratios, then those of every model."""
    terms = home(fit)["term"]
    return coef_table(
        true_ratios(list(terms), truth),
        *columns.values(),
        below="interval",
        exponentiate=True,
        digits=2,
        reference_rows=fit.reference_rows,
        column_labels=["Truth", *columns],
        statistics=(),
        notes=[CAPTION, notes, "auto"],
        caption=caption,
    )


def ratios_table(fits: tuple[HazardModel, HazardModel], cox: CoxModel, truth: CohortTruth) -> Table:
    """Three models of the large cohort."""
    plain, firth = fits
    return side_by_side(
        {"cloglog": home(plain), "Firth": home(firth), "Cox": home(cox)},
        truth,
        fit=plain,
        caption=f"Hazard ratios of leaving for China, {LARGE:,} simulated people, against the "
        "known truth",
        notes=f"{cox.rows.events:,.0f} left for China. Delayed entry; years since arrival as "
        "free steps (cloglog, and Firth: the same with the penalty) or left open (Cox, Efron's "
        "ties).",
    )


def hundred_table(fit: HazardModel, few: SimulatedCohort, truth: CohortTruth) -> Table:
    """Firth's penalty in two models of as many people as the published study."""
    cox = cox_model(person_years(few.cells()), FORMULA, destination=HOME, penalty="firth")
    return side_by_side(
        {"cloglog": home(fit), "Cox": home(cox)},
        truth,
        fit=fit,
        caption=f"Hazard ratios of leaving for China, {SMALL} simulated people, against the known "
        "truth",
        notes=f"{cox.rows.events:,.0f} left for China. Firth's penalty in both; years since "
        "arrival as a straight line (cloglog) or left open (Cox).",
    )


def small_model(cells: RiskCells) -> HazardModel:
    """The cloglog model of few people, with a baseline of two numbers."""
    return hazard_model(cells, FORMULA, destinations="cause-specific", duration="linear")


def rates_table(few: SimulatedCohort, many: SimulatedCohort) -> Table:
    """Rates by sector and stage in both cohorts."""
    parts = []
    for cohort in (many, few):
        rates = hazard_rates(cohort.cells(), by=["sector", "stage"])
        rows = rates.tidy()
        rows = rows[rows["term"].str.startswith("rate") & (rows["outcome"] == "any")]
        labels = rows["group"].str.extract(r"sector=(?P<sector>\w+), stage=(?P<stage>\w+)")
        parts.append(rows.join(labels).assign(people=f"{len(cohort):,}"))
    return frame_table(
        pd.concat(parts, ignore_index=True),
        columns={"people": "Simulated", "sector": "Sector", "stage": "Stage",
                 "events": "Left", "exposure": "Years", "estimate": "Per 100 years",
                 "conf_low": "Lower", "conf_high": "Upper"},
        formats={"events": "count", "exposure": lambda x: f"{x:,.1f}", "estimate": 2,
                 "conf_low": 2, "conf_high": 2},
        caption="Rates of leaving by sector and career stage in 2019 (simulated)",
        notes=[CAPTION, "Years at risk, and exact 95% limits (Garwood). Who is not seen at a "
               "look counts for half of the year before."],
    )  # fmt: skip


def retention_rows(fit: HazardModel, truth: CohortTruth) -> pd.DataFrame:
    """Six-year retention by sector and stage, for a usual tenure of each stage, and the truth."""
    people = truth.population
    made = []
    for stage, years in TENURE.items():
        same = CohortTruth(
            population=replace(people, entry=np.full(len(people), years)), law=truth.law
        )
        sectors = sorted(set(people.sector[people.stage == stage].tolist()))
        profile = pd.DataFrame({"sector": sectors, "stage": stage, "start_year": FIRST - years})
        found = fit.predict(profile, entry=years, horizon=years + HORIZON).tidy()
        found = found[(found["outcome"] == "retained") & (found["time"] == years + HORIZON)]
        made.append(
            found.reset_index(drop=True).assign(
                sector=sectors,
                stage=stage,
                tenure=years,
                truth=[
                    same.retention(HORIZON, among={"sector": s, "stage": stage}) for s in sectors
                ],
            )
        )
    return pd.concat(made, ignore_index=True)


def contrast_rows(contrast: HazardContrast, many: SimulatedCohort) -> pd.DataFrame:
    """Standardised retention and differences beside the true ones over the same people."""
    people = many.truth.population
    sample = replace(
        people,
        entry=np.full(len(people), MIDDLE),
        share=np.bincount(many.kind, minlength=len(people)) / len(many),
    )
    truth = CohortTruth(population=sample, law=many.truth.law)
    rows = contrast.tidy()
    rows = rows[(rows["outcome"] == "retained") & (rows["term"] != "ratio")]
    base = contrast.levels[-1]
    known = {}
    for level in contrast.levels[:-1]:
        true = truth.contrast("sector", level, base, horizon=HORIZON)
        known |= {level: true.retention, base: true.retention_reference}
        known |= {f"{level} against {base}": true.difference}
    return rows.assign(truth=rows["group"].map(known)).reset_index(drop=True)


def retention_table(rows: pd.DataFrame) -> Table:
    """Predicted and true retention."""
    return frame_table(
        rows,
        columns={"sector": "Sector", "stage": "Stage", "tenure": f"Years there in {FIRST}",
                 "estimate": "Retained", "conf_low": "Lower", "conf_high": "Upper",
                 "truth": "Truth"},
        formats=dict.fromkeys(["estimate", "conf_low", "conf_high", "truth"], "percent"),
        caption=f"{HORIZON}-year retention from {FIRST} by sector and career stage "
        f"({LARGE:,} simulated people)",
        notes=[CAPTION, "Predicted by the cloglog model without a penalty; 95% intervals (delta "
               "method, complementary log-log scale)."],
    )  # fmt: skip


def contrast_table(rows: pd.DataFrame) -> Table:
    """Standardised retention and differences."""
    return frame_table(
        rows,
        columns={"group": "If all were in", "term": "Estimand", "estimate": "Estimate",
                 "conf_low": "Lower", "conf_high": "Upper", "truth": "Truth"},
        formats=dict.fromkeys(["estimate", "conf_low", "conf_high", "truth"], signed),
        caption=f"Standardised {HORIZON}-year retention by sector ({LARGE:,} simulated people)",
        notes=[CAPTION, f"Averaged over the career stages of the {LARGE:,} (g-computation), all "
               f"with {MIDDLE} years there in {FIRST}; differences in percentage points."],
    )  # fmt: skip


def signed(share: float) -> str:
    """A share or a difference in percent, with a real minus."""
    return f"{100 * share:.1f}".replace("-", "\N{MINUS SIGN}")


def answer(
    fits: tuple[HazardModel, HazardModel], cox: CoxModel, small: HazardModel, truth: CohortTruth
) -> str:
    """How much of the truth either size can see."""
    term = f"sector: academia x period: {LATE}"
    known = truth.hazard_ratios[HOME]["sector:period"][f"academia:{LATE}"]
    columns = [one.set_index("term")["estimate"] for one in map(home, (*fits, cox))]
    apart = pd.concat(columns, axis=1)
    most = float(np.expm1((apart.max(axis=1) - apart.min(axis=1)).max()))
    held, ratios = covered(home(fits[0]), truth)
    return (
        f"Among {LARGE:,} simulated people three models differ by {percent(most)} at most in any "
        f"hazard ratio, and the intervals of the first hold the truth for {held} of {ratios}: the "
        f"rise for academics after 2021, truly {known:.2f}, is found as "
        f"{ratio(home(fits[0]), term)}. Among {SMALL}, as many as were really followed, the same "
        f"model with Firth's penalty finds {ratio(home(small), term)}, which says nothing."
    )


def covered(rows: pd.DataFrame, truth: CohortTruth) -> tuple[int, int]:
    """How many intervals hold the true ratio, of how many."""
    known = true_ratios(rows["term"].tolist(), truth)["estimate"].to_numpy()
    held = (rows["conf_low"].to_numpy() <= known) & (known <= rows["conf_high"].to_numpy())
    return int(held.sum()), held.size


def ratio(rows: pd.DataFrame, term: str) -> str:
    """A hazard ratio with its limits."""
    row = rows.set_index("term").loc[term]
    value, low, high = np.exp([row["estimate"], row["conf_low"], row["conf_high"]])
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


def on_simulation(truth: CohortTruth) -> str:
    """What is assumed, and what is met."""
    cells = published("carnegie_2025").set_index("row_id")["value"]
    expected = truth.incidence(HORIZON)
    return (
        f"Simulated. The expected margins are the published ones ({percent(truth.retention(6))} "
        f"stay and {percent(expected[HOME])} go to China, as {int(cells['in-us-2025'])} and "
        f"{int(cells['in-china-2025'])} of 100 did); stages, years since arrival and every "
        "hazard ratio are assumed, since nothing was published on them. The results say what such "
        "data could show, and nothing about the real hundred."
    )


def on_small(small: HazardModel) -> str:
    """What the fit of the small cohort says of itself."""
    return (
        f"Of the {SMALL} simulated people: {small.notes[0]} One sample is no coverage; that is "
        "measured by the calibration in the documentation."
    )


def on_retention(rows: pd.DataFrame) -> str:
    """Extremes of retention."""
    held = (rows["conf_low"] <= rows["truth"]) & (rows["truth"] <= rows["conf_high"])
    low, high = (rows.loc[i] for i in (rows["truth"].idxmin(), rows["truth"].idxmax()))
    return (
        f"True {HORIZON}-year retention runs from {percent(low['truth'])} ({low['sector']}, "
        f"{low['stage']}) to {percent(high['truth'])} ({high['sector']}, {high['stage']}); the "
        f"model's intervals hold {int(held.sum())} of {len(held)}."
    )


def on_contrast(rows: pd.DataFrame, contrast: HazardContrast) -> str:
    """Standardised contrast of academia and industry."""
    at = rows.set_index(["group", "term"])
    base = contrast.levels[-1]
    gap = at.loc[(f"academia against {base}", "difference")]
    return (
        f"If all were in academia, with {MIDDLE} years there in {FIRST}, "
        f"{percent(at.loc[('academia', 'retention'), 'estimate'])} would be retained after "
        f"{HORIZON} years, in {base} {percent(at.loc[(base, 'retention'), 'estimate'])}: a "
        f"difference of {signed(gap['estimate'])} percentage points ({signed(gap['conf_low'])} to "
        f"{signed(gap['conf_high'])}; the truth is {signed(gap['truth'])})."
    )


def by_then(rows: pd.DataFrame) -> str:
    """Incidences at a time."""
    words = rows["outcome"].map(
        lambda name: "still there" if name == "stayed" else f"left for {name}"
    )
    return ", ".join(
        f"{percent(x)} {text}" for x, text in zip(rows["estimate"], words, strict=True)
    )
