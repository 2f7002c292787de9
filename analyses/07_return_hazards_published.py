"""At what yearly hazard do people leave, by the figures that were published?

Question: if 13 of 100 left in six years, 10 of them for China, what are the yearly hazards; and
how do they compare with the other published figures from which a hazard can be had?
Estimand: hazard of leaving the United States (a year), in all and by destination, of the study's
population; moves of researchers of any nationality out of the United States per 1,000 and year;
four-year hazard of residents of 2015 with a US science, engineering or health doctorate.
Data: `carnegie_2025`, `scholarly_migration`, `location_changes`.
Outputs: hazards with exact limits; moves by year with overdispersion; residents of 2015.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from talentstats.plots.forest import plot_forest
from talentstats.plots.hazards import plot_hazards
from talentstats.published import benchmark, published
from talentstats.report.analysis import Analysis, FigureOf, TableOf, write_analysis
from talentstats.results.wording import listed, p_text, percent
from talentstats.stats.intervals import clopper_pearson
from talentstats.stats.limits import normal_quantile
from talentstats.summaries import RiskCells
from talentstats.survival.hazard_model import hazard_model
from talentstats.survival.hazard_rates import HazardRates, hazard_rates
from talentstats.survival.hazard_result import HazardModel
from talentstats.tables.frame_table import frame_table
from talentstats.tables.table import Table

YEARS, LEVEL = 6, 0.95
PLACES = {"China": "in-china-2025", "elsewhere": "elsewhere-2025"}
FIRST, LAST = 1998, 2018
MOVES = {"China": "us-to-china", "out": "us-outmigrations", "exposure": "us-researchers-padded"}
WAVES = 4
NINETY = ("sei2024-china-5yr", "sei2020-china-10yr", "sei2024-china-10yr")


@dataclass(frozen=True)
class Hazard:
    """A yearly hazard with its limits, and how these were made."""

    of: str
    events: float
    estimate: float
    conf_low: float
    conf_high: float
    how: str


def main(out: Path) -> None:
    """Write hazards of the hundred, moves by year, and hazards of residents."""
    study = hazards_of_the_hundred()
    moves = moves_by_year()
    rates = hazard_rates(cells_of(moves, ["China", "elsewhere"]), by="year", level=LEVEL)
    china = cells_of(moves, ["China"])
    flat = hazard_rates(china, level=LEVEL)
    trend = hazard_model(china, "~ year", link="log", duration="constant", errors="overdispersed")
    residents = residents_of_2015()
    by_year = yearly(rates)
    analysis = Analysis(
        title="Yearly hazards of leaving, from published figures",
        question=f"What yearly hazard of leaving the United States do the published figures "
        f"imply: {study[0].events:g} of 100 in {YEARS} years, and others?",
        answer=answer(study, by_year, residents),
        estimand="Hazard of leaving the United States a year: of the study's population, in all "
        "and by destination; of researchers of any nationality, by publications; of residents of "
        "2015 with a US doctorate.",
        findings=(
            on_limits(study),
            on_ninety(study),
            on_trend(by_year, flat, trend),
            "Moves are changes of the country of affiliation in publications, of researchers of "
            "any nationality; nobody's origin is known. They are not changes of residence, are "
            "seen only when the next paper appears, and depend on how names are told apart. The "
            "number of researchers is the one that the source calls padded; all rates hang on it.",
            on_residents(residents),
        ),
        figures=(
            FigureOf(
                name="hazards",
                title="Yearly hazards of leaving the United States by source: the study's hundred, "
                "residents with a US doctorate, and researchers by their publications; who is "
                "followed and what leaving means differs",
                description="One row a hazard on a logarithmic axis, with its 95% interval.",
                draw=lambda width: draw_hazards(study, by_year, residents, width),
            ),
            FigureOf(
                name="moves_to_china",
                title="Moves from the United States to China per 1,000 researchers, of any "
                f"nationality, {FIRST} to {LAST}",
                description="One bar a year with its exact Poisson interval, rising.",
                draw=lambda width: draw_moves(by_year, width),
            ),
        ),
        tables=(
            TableOf(name="hazards", table=hazards_table(study)),
            TableOf(name="moves", table=moves_table(by_year)),
            TableOf(name="residents", table=residents_table(residents)),
        ),
        sources=("carnegie2025", "mpidr-scopus", "lsdr2019", "nsb2020", "nsb2024"),
        data=("carnegie_2025", "scholarly_migration", "location_changes", "stay_rates"),
    )
    write_analysis(out, analysis)


def hazards_of_the_hundred() -> list[Hazard]:
    """The total hazard by three intervals, and those of the destinations."""
    values = published("carnegie_2025").set_index("row_id")["value"]
    total = int(values["us-chinese-origin-2019"])
    left = {place: int(values[row]) for place, row in PLACES.items()}
    gone = sum(left.values())
    exact = clopper_pearson(k=gone, n=total, level=LEVEL, side="two-sided")
    one = pd.DataFrame({"start": [0.0], "stop": [float(YEARS)], "at_risk": [total], "left": [gone]})
    cell = RiskCells.from_frame(one, events="left", at_risk="at_risk")
    model = hazard_model(cell, "~ 1", duration="constant", penalty="none")
    wald = np.exp(model.tidy(level=LEVEL)[["estimate", "conf_low", "conf_high"]].iloc[0]) / YEARS
    time = hazard_rates(cell, level=LEVEL)
    return [
        Hazard(
            "any",
            gone,
            *(hazard(x) for x in (gone / total, float(exact.lower), float(exact.upper))),
            "Clopper-Pearson",
        ),
        Hazard("any", gone, *wald, "cloglog regression"),
        Hazard("any", gone, *(float(x[..., 0].item()) for x in (time.rate, time.lower, time.upper)),
               "Garwood, halfway"),
        *(cause(place, left, total) for place in PLACES),
    ]  # fmt: skip


def cause(place: str, left: dict[str, int], total: int) -> Hazard:
    """Hazard of one destination in constant proportion to the others, with limits that hold.

    The hazard is -log(1 - F) / years times F_place / F, which rises with F_place and with the
    share F_other who left for elsewhere. The lower limit takes F_other = 0, the upper one both
    at upper limits, among which its error of 2.5% is divided.
    """
    gone, own = sum(left.values()), left[place]
    tail = (1 - LEVEL) / 2
    low = clopper_pearson(k=own, n=total, level=1 - tail, side="lower").lower
    high, other = (
        float(clopper_pearson(k=k, n=total, level=1 - tail / 2, side="upper").upper)
        for k in (own, gone - own)
    )
    return Hazard(
        place,
        own,
        hazard(gone / total) * own / gone,
        hazard(float(low)),
        hazard(high + other) * high / (high + other),
        "guaranteed",
    )


def hazard(left: float, years: float = YEARS) -> float:
    """Constant yearly hazard by which a share has left."""
    return float(-np.log1p(-left) / years)


def moves_by_year() -> pd.DataFrame:
    """Moves out of the United States to China and elsewhere, and researchers, by year."""
    values = published("scholarly_migration").set_index("row_id")["value"]
    years = range(FIRST, LAST + 1)
    frame = pd.DataFrame(
        {"year": list(years)}
        | {name: [values[f"{row}-{year}"] for year in years] for name, row in MOVES.items()}
    )
    return frame.assign(elsewhere=frame["out"] - frame["China"])


def cells_of(moves: pd.DataFrame, destinations: list[str]) -> RiskCells:
    """One cell a year."""
    return RiskCells.from_frame(moves, events=destinations, by=["year"], clock="years")


def yearly(rates: HazardRates) -> pd.DataFrame:
    """Moves per 1,000 researchers with their limits, one row a year and destination."""
    rows = rates.tidy(level=LEVEL)
    rows = rows[rows["term"].str.startswith("rate")].copy()
    rows[["estimate", "conf_low", "conf_high"]] *= 10  # per 100 to per 1,000
    year = rows["group"].astype(float)
    return rows.assign(
        term="rate per 1,000", series="all", start=year - 0.5, stop=year + 0.5, year=year
    )


def residents_of_2015() -> pd.DataFrame:
    """Share ever seen away and share away at the end, with the published errors, as hazards."""
    rows = published("location_changes").set_index("row_id")
    never, away = rows.loc["u-s-residing-0"], rows.loc["u-s-residing-1"]
    shares = {
        "seen abroad in 2017 or 2019": (1 - never["value"] / 100, never["std_error"] / 100),
        "abroad in 2019": (away["value"] / 100, away["std_error"] / 100),
    }
    z = float(normal_quantile(level=LEVEL, side="two-sided"))
    made = []
    for name, (share, error) in shares.items():
        rate = hazard(share, WAVES)
        # Symmetric for the logarithm of the hazard.
        factor = np.exp(z * error / ((1 - share) * WAVES * rate))
        made.append(
            {"group": name, "share": share, "std_error": error, "estimate": rate,
             "conf_low": rate / factor, "conf_high": rate * factor}
        )  # fmt: skip
    return pd.DataFrame(made)


def compared(study: list[Hazard], by_year: pd.DataFrame, residents: pd.DataFrame) -> pd.DataFrame:
    """All hazards in percent a year, with what each is a hazard of."""
    own = [one for one in study if one.how in {"Clopper-Pearson", "guaranteed"}]
    latest = by_year[(by_year["year"] == LAST) & by_year["outcome"].isin(["any", "China"])]
    to = {"any": "to anywhere", "China": "to China", "elsewhere": "to another country"}
    numbers = ["estimate", "conf_low", "conf_high"]
    return pd.DataFrame(
        [
            {"group": f"The hundred: {to[one.of]}"}
            | {name: 100 * getattr(one, name) for name in numbers}
            for one in own
        ]
        + [
            {"group": f"Residents of 2015: {row['group']}"}
            | {name: 100 * row[name] for name in numbers}
            for _, row in residents.iterrows()
        ]
        + [
            {"group": f"Researchers (any nationality), {LAST}: {to[row['outcome']]}"}
            | {name: row[name] / 10 for name in numbers}
            for _, row in latest.iterrows()
        ]
    )


def draw_hazards(
    study: list[Hazard], by_year: pd.DataFrame, residents: pd.DataFrame, width: float
) -> Any:
    """All hazards in one forest."""
    axes = plot_forest(
        compared(study, by_year, residents),
        scale="ratio",
        xlabel="Leaving, % a year (log scale)",
        width=width,
    )
    axes.set_xticks([0.1, 0.3, 1, 3])
    return axes


def draw_moves(by_year: pd.DataFrame, width: float) -> Any:
    """Moves to China by year, with whole years below."""
    axes = plot_hazards(
        by_year[by_year["outcome"] == "China"],
        xlabel="Year",
        ylabel="Moves to China per 1,000 researchers (any nationality)",
        width=width,
    )
    axes.set_xticks([year for year in range(FIRST, LAST + 1) if year % 5 == 0])
    return axes


def answer(study: list[Hazard], by_year: pd.DataFrame, residents: pd.DataFrame) -> str:
    """The hazards of the hundred, then the others."""
    whole, china = study[0], next(one for one in study if one.of == "China")
    last = by_year[by_year["year"] == LAST].set_index("outcome")
    return (
        f"{whole.events:g} of 100 in {YEARS} years is a hazard of {said(whole)} a year in all and "
        f"{said(china)} for China, if hazards are constant. Of residents of 2015 with a US "
        f"doctorate, of all origins, {per_year(residents['estimate'][0])} a year were seen abroad; "
        f"of researchers of any nationality {last['estimate']['any'] / 10:.1f}% moved away in "
        f"{LAST} by their publications, {last['estimate']['China'] / 10:.2f}% to China."
    )


def on_limits(study: list[Hazard]) -> str:
    """Which limits are exact, and why those of a destination are wider."""
    exact, wald, time, china, elsewhere = study
    return (
        f"All {YEARS} years are one look, so the number who left is binomial: the exact limits of "
        f"the hazard are those of Clopper and Pearson, moved ({limits(exact)}). A complementary "
        f"log-log regression gives {limits(wald)}, and person-years with leavers counted for half "
        f"the time, which is a guess, {limits(time)}. For one destination the hazard also depends "
        "on how many left for elsewhere, and no single binomial gives its limits: those shown take "
        "the extremes of both and are wider than 95% needs. Destinations are taken to keep their "
        f"proportion, {china.events:g} to {elsewhere.events:g}, over the {YEARS} years."
    )


def on_ninety(study: list[Hazard]) -> str:
    """Hazards that published stay rates of Chinese doctorates imply."""
    rates = [benchmark(name) for name in NINETY]
    implied = [
        f"{b.short_label} {per_year(-np.log(b.required_rate()) / float(b.horizon or 0))}"
        for b in rates
    ]
    return (
        f"Published stay rates imply these hazards, if constant: {listed(implied)} a year, "
        f"against {said(study[0])} here."
    )


def on_trend(by_year: pd.DataFrame, flat: HazardRates, trend: HazardModel) -> str:
    """How moves to China grew, with what Poisson limits leave out."""
    china = by_year[by_year["outcome"] == "China"]
    first, last = china.iloc[0], china.iloc[-1]
    row = trend.tidy(level=LEVEL).set_index("term").loc["year"]
    growth, low, high = (100 * np.expm1(row[c]) for c in ("estimate", "conf_low", "conf_high"))
    spread = float(trend.glance()["dispersion"].iloc[0])
    ever = by_year[by_year["outcome"] == "any"]["estimate"]
    return (
        f"Moves to China rose from {first['estimate']:.2f} per 1,000 researchers in {FIRST} to "
        f"{last['estimate']:.2f} in {LAST}, by {growth:.1f}% a year ({low:.1f} to {high:.1f}; "
        f"{p_text(row['p_value'])}), while moves to anywhere stayed between {ever.min():.1f} and "
        f"{ever.max():.1f}. Over all years the counts vary {flat.overdispersion:,.0f} times as "
        f"much as one Poisson rate would allow, and {spread:.0f} times around that trend, whose "
        "limits are widened for it; the limits of single years are exact for that year's count "
        "alone and say nothing of what differs between years."
    )


def on_residents(residents: pd.DataFrame) -> str:
    """What the survey's row means."""
    ever, end = (row for _, row in residents.iterrows())
    return (
        f"{percent(ever['share'])} of residents of 2015 were abroad in 2017 or 2019 (standard "
        f"error {100 * ever['std_error']:.2f} points, published, rounded to 0.05), "
        f"{percent(end['share'])} in 2019: retention after {WAVES} years was "
        f"{percent(1 - end['share'])}. They are all with a US doctorate in science, engineering "
        "or health, of all origins; looks are two years apart, and an absence between looks is "
        "not seen."
    )


def said(one: Hazard) -> str:
    """A hazard with its limits."""
    return f"{per_year(one.estimate)} ({limits(one)})"


def per_year(rate: float) -> str:
    """A yearly hazard in percent."""
    return f"{100 * rate:.2f}%"


def limits(one: Hazard) -> str:
    """Limits in percent."""
    return f"{100 * one.conf_low:.2f} to {100 * one.conf_high:.2f}"


def hazards_table(study: list[Hazard]) -> Table:
    """Hazards of the hundred."""
    rows = pd.DataFrame([vars(one) for one in study])
    numbers = ["estimate", "conf_low", "conf_high"]
    rows[numbers] *= 100
    return frame_table(
        rows,
        columns={"of": "Left for", "events": "People", "estimate": "% a year", "conf_low": "Lower",
                 "conf_high": "Upper", "how": "Limits"},
        formats=dict.fromkeys(numbers, 2) | {"events": 0},
        caption=f"Hazards that {study[0].events:g} of 100 in {YEARS} years imply",
        notes=[
            f"{100 * LEVEL:g}% limits. Constant hazards; destinations in constant proportion.",
            "“Garwood, halfway” counts each leaver for half of the time. “Guaranteed”: from "
            "Clopper-Pearson limits of the shares by destination, the error divided among them.",
        ],
    )  # fmt: skip


def moves_table(by_year: pd.DataFrame) -> Table:
    """Moves by year."""
    china, ever = (
        by_year[by_year["outcome"] == name].reset_index(drop=True) for name in ("China", "any")
    )
    rows = china.assign(anywhere=ever["estimate"], year=china["year"].astype(int).astype(str))
    return frame_table(
        rows,
        columns={"year": "Year", "exposure": "Researchers", "events": "To China",
                 "estimate": "Per 1,000", "conf_low": "Lower", "conf_high": "Upper",
                 "anywhere": "Anywhere, per 1,000"},
        formats={"exposure": "count", "events": "count", "estimate": 2, "conf_low": 2,
                 "conf_high": 2, "anywhere": 1},
        caption="Moves out of the United States of researchers of any nationality",
        notes=f"By affiliations in publications; researchers “padded” by the source. Exact "
        f"{100 * LEVEL:g}% Poisson limits (Garwood) of each year's count.",
    )  # fmt: skip


def residents_table(residents: pd.DataFrame) -> Table:
    """Residents of 2015."""
    rows = residents.assign(std_error=100 * residents["std_error"])
    numbers = ["estimate", "conf_low", "conf_high"]
    rows[numbers] *= 100
    return frame_table(
        rows,
        columns={"group": "Residents of 2015", "share": "Share",
                 "std_error": "Std. error (points)", "estimate": "% a year", "conf_low": "Lower",
                 "conf_high": "Upper"},
        formats={"share": lambda x: f"{100 * x:.2f}%", "std_error": 2}
        | dict.fromkeys(numbers, 2),
        caption=f"Hazards of residents of 2015 with a US doctorate, over {WAVES} years",
        notes=f"Standard errors as published, rounded to 0.05 points by the source. "
        f"{100 * LEVEL:g}% limits, symmetric for the logarithm of the hazard. All origins.",
    )  # fmt: skip
