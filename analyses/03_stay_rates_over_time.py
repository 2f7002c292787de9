"""How have the stay rates of foreign doctorates in the United States moved since 2001?

Question: has the share of Chinese doctorates who stay fallen, and can the published figures say?
Estimand: share of US science and engineering doctorates on temporary visas who are in the
United States five (ten) years after the degree, by origin and year observed.
Data: `stay_rates`, `location_changes`. Outputs: five- and ten-year rates over time, with the
break between tax records and survey; changes under approximate errors; what has errors.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtri

from talentstats.errors import InputError
from talentstats.plots.stay_rates import plot_stay_rates
from talentstats.published import benchmark, piecewise_hazard, published
from talentstats.report.analysis import Analysis, FigureOf, TableOf, write_analysis
from talentstats.retention.sentences import p_text, percent
from talentstats.stats.uncertain_rate import two_sided_p
from talentstats.tables.frame_table import frame_table

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
LEVEL, DESIGN_EFFECTS = 0.95, (1.0, 1.5)
WITH_ERRORS = {
    "u-s-residing-0": "Residents of 2015, all origins",
    "temporary-visa-holder-0": "Temporary visa at graduation, wherever in 2015",
    "asian-0": "Asian, wherever in 2015",
    "computer-and-information-sciences-0": "Computer science, wherever in 2015",
}


def main(out: Path) -> None:
    """Write the series by origin, what changed, and what no published figure can say."""
    five, ten = series(FIVE), series(TEN)
    changed = changes()
    write_analysis(
        out,
        Analysis(
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
                series_table("five_years", five, "Five-year stay rates (%)", f"{POOLED} {DERIVED}"),
                series_table("ten_years", ten, "Ten-year stay rates (%)", POOLED),
                change_table(changed),
                error_table(),
            ),
            sources=("nsb2020", "nsb2024", "nsf25325", "uwn2010", "finn2010", "lsdr2019"),
            data=("stay_rates", "location_changes"),
        ),
    )


def series(pattern: str) -> pd.DataFrame:
    """Published rates as a plot and a table need them; there are no intervals."""
    rows = published("stay_rates")
    rows = rows[rows["row_id"].str.match(pattern) & rows["origin"].isin(ORIGINS)]
    rate = [benchmark(b).rate if pd.notna(b) else np.nan for b in rows["benchmark_id"]]
    frame = pd.DataFrame(
        {
            "group": rows["origin"].astype(str),
            "time": rows["observed_in"].astype(int),
            "estimate": np.where(rows["value"].notna(), rows["value"] / 100, rate),
            "conf_low": np.nan,
            "conf_high": np.nan,
            "instrument": rows["instrument"].astype(str).map(WORDS),
        }
    )
    order = frame["group"].map(ORIGINS.index)
    return frame.assign(order=order).sort_values(
        ["time", "order"], kind="stable", ignore_index=True
    )


def changes() -> pd.DataFrame:
    """Change between two cohorts of the survey, under approximate errors."""
    rows = []
    seen = published("stay_rates").set_index("row_id")["observed_in"]
    for ids in CHANGES:
        earlier, later = (benchmark(one) for one in ids)
        gap = later.required_rate() - earlier.required_rate()
        rounding = sum((b.rate_high - b.rate_low) / 2 for b in (earlier, later))
        for effect in DESIGN_EFFECTS:
            error = float(np.hypot(earlier.std_error or 0, later.std_error or 0)) * effect**0.5
            rows.append(
                {
                    "Horizon (years)": int(later.horizon or 0),
                    "Seen in": "{} and {}".format(*seen[list(ids)]),
                    "Earlier": earlier.rate,
                    "Later": later.rate,
                    "Change (points)": 100 * gap,
                    "Design effect": effect,
                    "Lower": 100 * (gap + ndtri((1 - LEVEL) / 2) * error),
                    "Upper": 100 * (gap - ndtri((1 - LEVEL) / 2) * error),
                    "p": float(two_sided_p(gap / error)),
                    "p, rounding at worst": float(two_sided_p((abs(gap) - rounding) / error)),
                }
            )
    return pd.DataFrame(rows)


def answer(five: pd.DataFrame, changed: pd.DataFrame) -> str:
    """What the two instruments show, and what changed within the survey."""
    china = five[five["group"] == "China"]
    parts = []
    for instrument, own in china.groupby("instrument", sort=False):
        ends = own.iloc[sorted({0, len(own) - 1})]
        rates = " and ".join(f"{percent(r.estimate)} in {r.time}" for r in ends.itertuples())
        parts.append(f"{rates} ({instrument})")
    worst = changed[changed["Design effect"] == max(DESIGN_EFFECTS)].to_dict("records")
    moves = []
    for row in worst:
        word = "rose" if row["Later"] > row["Earlier"] else "fell"
        moves.append(
            f"the {row['Horizon (years)']}-year rate {word} from {percent(row['Earlier'])} to "
            f"{percent(row['Later'])} ({p_text(row['p'])})"
        )
    return (
        f"The five-year stay rate of Chinese doctorates was {', '.join(parts)}; the instruments "
        "cannot be joined, and without published errors no trend can be tested. Within the "
        f"survey, between {worst[0]['Seen in']} and by our approximate errors, "
        f"{' while '.join(moves)}: there is no single direction."
    )


def chained() -> str:
    """Why rates of two instruments are not joined into a curve."""
    earlier, later = (benchmark(one) for one in CHAIN)
    try:
        piecewise_hazard(earlier, later)
    except InputError:
        return (
            f"Rates of the two instruments cannot be chained: of the cohort of {earlier.cohort}, "
            f"{percent(earlier.required_rate())} were there after {earlier.horizon:g} years "
            f"({WORDS[earlier.instrument or '']}); of that of {later.cohort}, "
            f"{percent(later.required_rate())} after {later.horizon:g} "
            f"({WORDS[later.instrument or '']}). A curve of people leaving cannot rise, and the "
            "package refuses to draw one."
        )
    raise AssertionError("rates of two instruments were chained")


def printed_twice() -> str:
    """Two publications of one year."""
    a, b = (benchmark(one) for one in TWICE)
    apart = max(a.rate_low, b.rate_low) > min(a.rate_high, b.rate_high)
    return (
        f"Two publications give {percent(a.required_rate())} and {percent(b.required_rate())} for "
        f"one figure ({a.label}; {b.label}): rounding "
        f"{'does not explain it' if apart else 'may explain it'}, no reason was seen, and the "
        "figure draws the second."
    )


def series_table(name: str, frame: pd.DataFrame, caption: str, notes: str) -> TableOf:
    """Years down, origins across."""
    wide = (
        frame.assign(percent=100 * frame["estimate"])
        .pivot(index=["time", "instrument"], columns="group", values="percent")
        .reindex(columns=[o for o in ORIGINS if o in set(frame["group"])])
        .reset_index()
        .rename(columns={"time": "Year", "instrument": "Instrument"})
    )
    wide["Year"] = wide["Year"].astype(str)
    origins = [c for c in wide.columns if c in ORIGINS]
    return TableOf(
        name=name,
        table=frame_table(
            wide,
            formats={o: lambda v: f"{v:.1f}".removesuffix(".0") for o in origins},
            caption=caption,
            notes=notes,
        ),
    )


def change_table(changed: pd.DataFrame) -> TableOf:
    """Changes within the survey, marked as approximate."""
    columns = {
        "Horizon (years)": "Years",
        "Earlier": "Earlier",
        "Later": "Later",
        "Change (points)": "Change",
        "Design effect": "Design effect",
        "Lower": "Lower",
        "Upper": "Upper",
        "p": "p",
        "p, rounding at worst": "p, worst rounding",
    }
    points = dict.fromkeys(["Change (points)", "Design effect", "Lower", "Upper"], 1)
    return TableOf(
        name="changes",
        table=frame_table(
            changed,
            columns=columns,
            formats={name: "percent" for name in ("Earlier", "Later")}
            | {name: "p" for name in columns if name.startswith("p")}
            | points,
            caption=f"China, seen by the survey in {changed['Seen in'].iloc[0]}: change with "
            "approximate errors",
            notes="Standard errors are ours, not published. Change in points with its normal 95% "
            "interval; “worst rounding” takes both rates where they are nearest.",
        ),
    )


def error_table() -> TableOf:
    """The only rates that were published with standard errors."""
    rows = published("location_changes").set_index("row_id").loc[list(WITH_ERRORS)]
    rate, error = rows["value"].to_numpy() / 100, rows["std_error"].to_numpy() / 100
    z = ndtri((1 + LEVEL) / 2)
    frame = pd.DataFrame(
        {
            "Group": list(WITH_ERRORS.values()),
            "Did not move": rate,
            "Std. error": 100 * error,
            "Lower": rate - z * error,
            "Upper": rate + z * error,
        }
    )
    return TableOf(
        name="published_errors",
        table=frame_table(
            frame,
            formats={
                "Did not move": "percent",
                "Std. error": 2,
                "Lower": "percent",
                "Upper": "percent",
            },
            caption="Rates with published errors: no change of location 2015, 2017, 2019",
            notes="A stock of doctorate holders over four years, all origins, once: no series. "
            "Standard error in points; normal 95% limits.",
        ),
    )
