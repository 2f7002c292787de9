"""How have the stay rates of foreign doctorates in the United States moved since 2001?

Question: has the share of Chinese doctorates who stay fallen, and can the published figures say?
Estimand: share of US science and engineering doctorates on temporary visas who are in the
United States five (ten) years after the degree, by origin and year observed.
Data: `stay_rates`, `location_changes`. Outputs: five- and ten-year rates over time, with the
break between tax records and survey; changes under approximate errors; what has errors.
"""

from pathlib import Path

import pandas as pd

from talentstats.errors import InputError
from talentstats.plots.stay_rates import plot_stay_rates
from talentstats.published import benchmark, piecewise_hazard, published
from talentstats.report.analysis import Analysis, FigureOf, TableOf, write_analysis
from talentstats.report.retention_tables import change_table
from talentstats.results.wording import p_text, percent
from talentstats.retention import BenchmarkChange, benchmark_change
from talentstats.stats.limits import normal_quantile
from talentstats.tables.frame_table import frame_table
from talentstats.tables.table import Table

ORIGINS = ["China", "India", "South Korea", "Europe", "all countries"]
FIVE = r"^(?:s323-.*|finn2001-.*|sei2024-(?!csmath).*-5yr|nsf2025-.*)$"
TEN = r"^(?:sei20\d\d-(?!csmath).*-10yr)$"
CHANGES = (
    ("sei2020-china-5yr", "sei2024-china-5yr"),
    ("sei2020-china-10yr", "sei2024-china-10yr"),
)
CHAIN = ("s323-china-2011", "sei2020-china-10yr")
TWICE = ("finn2007-china-5yr", "s323-china-2007")
WORDS = {
    "SSA earnings match": "tax records",
    "SDR survey": "survey",
    "SDR survey and SED": "survey, another measure",
}
POOLED = "As printed; each cohort of the survey pools three years of degrees."
DERIVED = "Rates with a decimal are our quotients of two rounded counts."
DESIGN_EFFECTS = (1.0, 1.5)
WITH_ERRORS = {
    "u-s-residing-0": "Residents of 2015, all origins",
    "temporary-visa-holder-0": "Temporary visa at graduation, wherever in 2015",
    "asian-0": "Asian, wherever in 2015",
    "computer-and-information-sciences-0": "Computer science, wherever in 2015",
}


def main(out: Path) -> None:
    """Write the series by origin, what changed, and what no published figure can say."""
    five, ten = series(FIVE), series(TEN)
    changed = [benchmark_change(*ids, design_effect=d) for ids in CHANGES for d in DESIGN_EFFECTS]
    analysis = Analysis(
        title="Stay rates since 2001, by origin",
        question="Has the share of Chinese doctorates who stay in the United States fallen, "
        "and can the published figures say so?",
        answer=answer(five, changed),
        estimand="Share of US science and engineering doctorates on temporary visas who are "
        "in the United States five or ten years after the degree, by year observed.",
        findings=(
            "No test of a trend is made: no rate by country was published with a standard "
            "error or a number of people. The changes in the table use our own approximate "
            "errors, from the survey's sampling fraction for all countries, and say so.",
            chained(),
            printed_twice(),
            "Each rate follows other people: a later five-year rate is that of a later cohort, "
            "so that five- and ten-year rates of one year may move in opposite directions.",
        ),
        figures=(
            FigureOf(
                name="five_years",
                title="Five-year stay rates by origin; no line crosses a change of instrument",
                description="Lines by origin from 2001 to 2011 (tax records), 2013 to 2021 "
                "(survey), and points for 2023 (survey with another measure).",
                draw=lambda width: plot_stay_rates(five, width=width),
            ),
            FigureOf(
                name="ten_years",
                title="Ten-year stay rates by origin, survey only",
                description="Two points an origin, 2017 and 2021.",
                draw=lambda width: plot_stay_rates(ten, width=width),
            ),
        ),
        tables=(
            TableOf(name="five_years", table=series_table(five, 5, f"{POOLED} {DERIVED}")),
            TableOf(name="ten_years", table=series_table(ten, 10, POOLED)),
            TableOf(name="changes", table=change_table(changed)),
            TableOf(name="published_errors", table=error_table()),
        ),
        sources=("nsb2020", "nsb2024", "nsf25325", "uwn2010", "finn2010", "lsdr2019"),
        data=("stay_rates", "location_changes"),
    )
    write_analysis(out, analysis)


def series(pattern: str) -> pd.DataFrame:
    """Published rates as a plot and a table need them; there are no intervals."""
    rows = published("stay_rates")
    rows = rows[rows["row_id"].str.match(pattern) & rows["origin"].isin(ORIGINS)]
    known = rows["benchmark_id"].dropna().map(lambda one: benchmark(one).rate)
    frame = pd.DataFrame(
        {
            "group": rows["origin"].astype(str),
            "time": rows["observed_in"].astype(int),
            "estimate": (rows["value"] / 100).fillna(known),
            "conf_low": float("nan"),
            "conf_high": float("nan"),
            "instrument": rows["instrument"].astype(str).map(WORDS),
            "order": rows["origin"].map(ORIGINS.index),
        }
    )
    return frame.sort_values(["time", "order"], kind="stable", ignore_index=True)


def answer(five: pd.DataFrame, changed: list[BenchmarkChange]) -> str:
    """What the two instruments show, and what changed within the survey."""
    parts = []
    for instrument, own in five[five["group"] == "China"].groupby("instrument", sort=False):
        ends = own.iloc[sorted({0, len(own) - 1})]
        rates = " and ".join(f"{percent(r.estimate)} in {r.time}" for r in ends.itertuples())
        parts.append(f"{rates} ({instrument})")
    moves = [
        f"the {c.later.horizon:g}-year rate {'rose' if c.difference > 0 else 'fell'} from "
        f"{c.earlier.rate_label} to {c.later.rate_label} ({p_text(c.p_value)})"
        for c in changed
        if c.design_effect == max(DESIGN_EFFECTS)
    ]
    return (
        f"The five-year stay rate of Chinese doctorates was {', '.join(parts)}; the instruments "
        "cannot be joined, and without published errors no trend can be tested. Within the "
        f"survey, between {seen()} and by our approximate errors, {' while '.join(moves)}: there "
        "is no single direction."
    )


def seen() -> str:
    """Years in which the changes were seen, the same for both."""
    years = published("stay_rates").set_index("row_id")["observed_in"]
    (span,) = {"{} and {}".format(*years[list(ids)]) for ids in CHANGES}
    return span


def chained() -> str:
    """Why rates of two instruments are not joined into a curve."""
    try:
        piecewise_hazard(*map(benchmark, CHAIN))
    except InputError as refused:
        why = str(refused).partition(" Hint:")[0]
        return f"The package refuses to join the two instruments into a curve of leaving: {why}"
    raise AssertionError("rates of two instruments were chained")


def printed_twice() -> str:
    """Two publications of one year."""
    a, b = (benchmark(one) for one in TWICE)
    apart = max(a.rate_low, b.rate_low) > min(a.rate_high, b.rate_high)
    return (
        f"Two publications give {a.rate_label} and {b.rate_label} for one figure ({a.label}; "
        f"{b.label}): rounding {'does not explain' if apart else 'may explain'} it, no reason was "
        "seen, and the figure draws the second."
    )


def series_table(frame: pd.DataFrame, years: int, notes: str) -> Table:
    """Years down, origins across."""
    shown = frame.assign(Year=frame["time"].astype(str), Instrument=frame["instrument"])
    wide = (100 * shown.set_index(["Year", "Instrument", "group"])["estimate"]).unstack()
    origins = [origin for origin in ORIGINS if origin in wide]
    return frame_table(
        wide[origins].reset_index(),
        formats={o: lambda v: f"{v:.1f}".removesuffix(".0") for o in origins},
        caption=f"{'Five' if years == 5 else 'Ten'}-year stay rates (%)",
        notes=notes,
    )


def error_table() -> Table:
    """The only rates that were published with standard errors."""
    cells = published("location_changes").set_index("row_id").loc[list(WITH_ERRORS)]
    rows = pd.DataFrame(
        {"Group": [*WITH_ERRORS.values()], "Did not move": [*cells["value"] / 100]}
    ).assign(**{"Std. error": [*cells["std_error"]]})
    reach = float(normal_quantile(level=0.95, side="two-sided")) * rows["Std. error"] / 100
    rows = rows.assign(Lower=rows["Did not move"] - reach, Upper=rows["Did not move"] + reach)
    return frame_table(
        rows,
        formats=dict.fromkeys(["Did not move", "Lower", "Upper"], "percent") | {"Std. error": 2},
        caption="Rates with published errors: no change of location 2015, 2017, 2019",
        notes="A stock of doctorate holders over four years, all origins, once: no series. "
        "Standard error in points; normal 95% limits.",
    )
