"""Does a stock leave as "the historical 90%" implies, and what if it is taken for a cohort?

Question: published stay rates become curves; does a simulated stock, whose members had been there
for 0 to 20 years when first seen, leave as these curves say, and would one have seen it had
delayed entry been ignored?
Estimand: leavers observed over those expected of the same people under each published stay rate,
and six-year retention against what each rate keeps of them.
Data: simulated, with the margins of the published study; the benchmarks of `stay_rates`.
Outputs: the curve against the published ones; observed over expected leavers and retention by
benchmark, with delayed entry honoured and ignored.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from talentstats.cohort.carnegie import carnegie_like, carnegie_truth
from talentstats.plots.forest import plot_forest
from talentstats.plots.survival_curve import plot_survival
from talentstats.published import benchmarks
from talentstats.report.analysis import Analysis, FigureOf, TableOf, write_analysis
from talentstats.results.wording import percent
from talentstats.summaries import Spells
from talentstats.survival.curve import SurvivalCurve, survival_curve
from talentstats.survival.reference import ReferenceComparison, compare_with_reference
from talentstats.survival.reference_curve import ReferenceCurve
from talentstats.tables.frame_table import frame_table
from talentstats.tables.table import Table

ORIGIN, SEED, SMALL, LARGE, HORIZON = "China", 2025, 100, 2_000, 6
LAST = 10  # the longest horizon that is published
CAPTION = "Simulated: nobody in the curve exists. Published rates as constant hazards."
HONOURED, IGNORED = "delayed entry honoured", "delayed entry ignored"


def main(out: Path) -> None:
    """Write the stock's curve and leavers against every published curve."""
    references = [ReferenceCurve.from_benchmark(b) for b in benchmarks(ORIGIN) if b.horizon]
    references.sort(key=lambda curve: float(curve.survival(HORIZON)))
    spells, few = (carnegie_like(SEED, n=n).spells() for n in (LARGE, SMALL))
    found = compare_with_reference(spells, references, horizon=HORIZON)
    small = compare_with_reference(few, references, horizon=HORIZON)
    curves = {HONOURED: survival_curve(spells), IGNORED: survival_curve(from_arrival(spells))}
    rows, rows_small = ratios(found), ratios(small)
    analysis = Analysis(
        title="A simulated stock against the curves that published stay rates imply",
        question="Does a stock (simulated) leave as “the historical 90%” implies, and what would "
        "one have said had it been taken for a cohort followed from arrival?",
        answer=answer(rows, found),
        estimand="Leavers observed over expected of the same people, from their own entry on, "
        f"under each published stay rate; {HORIZON}-year retention against what it keeps of them.",
        findings=(
            on_curves(curves),
            found.sentence,
            on_small(rows_small),
            *found.notes,
            "The published rates count years since the doctorate, the simulated people years "
            "since arrival; the clocks are taken as the same. Simulated hazards change with time "
            f"in the host, so no constant hazard is exactly right: {on_truth(references)}",
        ),
        figures=(
            FigureOf(
                name="simulated_curve",
                title=f"{LARGE:,} simulated people by years since arrival, with delayed entry "
                "honoured and ignored, among the curves that published stay rates imply",
                description="The curve with entry ignored lies far above that with entry "
                "honoured; lines of the published rates, the lowest and highest named.",
                draw=lambda width: draw_curves(curves, references, width),
            ),
            FigureOf(
                name="simulated_ratios",
                title="Leavers observed over expected by published stay rate (simulated people)",
                description="Two rows a benchmark: honoured and, far to the left, ignored.",
                draw=lambda width: plot_forest(
                    rows,
                    label="row",
                    scale="ratio",
                    references={"as expected": 1.0},
                    xlabel="Observed over expected leavers (log scale)",
                    width=width,
                    caption=CAPTION,
                ),
            ),
        ),
        tables=(
            TableOf(name="simulated_ratios", table=ratio_table(rows)),
            TableOf(name="simulated_retention", table=retention_table(found)),
        ),
        sources=("carnegie2025", *sources(references)),
        data=("stay_rates",),
        simulated=True,
        seed=SEED,
    )
    write_analysis(out, analysis)


def from_arrival(spells: Spells) -> Spells:
    """The same people, as if all had been watched from arrival: wrong, to show how much."""
    return replace(spells, entry=np.zeros(len(spells)))


def sources(references: list[ReferenceCurve]) -> tuple[str, ...]:
    """Sources of the benchmarks that were used."""
    used = {one for curve in references for one in curve.sources}
    return tuple(dict.fromkeys(b.source_id for b in benchmarks(ORIGIN) if b.id in used))


def ratios(found: ReferenceComparison) -> pd.DataFrame:
    """Observed over expected leavers, with entry honoured and ignored."""
    rows = found.tidy(level=found.level)
    rows = rows[rows["term"] == "observed over expected"].reset_index(drop=True)
    return rows.assign(row=rows["group"].where(rows["entry"] == "honoured", "entry ignored"))


def draw_curves(
    curves: dict[str, SurvivalCurve], references: list[ReferenceCurve], width: float
) -> Any:
    """Both curves up to the last published horizon, the extreme published ones, and the others."""
    time = np.linspace(0, LAST, 101)
    lowest, *others, highest = references
    frames = [curve.tidy().assign(group=name) for name, curve in curves.items()]
    frames += [
        pd.DataFrame(
            {"group": curve.label, "time": time, "estimate": curve.survival(time)}
            | {"conf_low": np.nan, "conf_high": np.nan}
        )
        for curve in (highest, lowest)
    ]
    shown = pd.concat(frames, ignore_index=True)
    axes = plot_survival(
        shown[shown["time"] <= LAST],
        horizon=HORIZON,
        risk_table=False,
        xlabel="Years since arrival (simulated)",
        width=width,
        caption=CAPTION,
    )
    for curve in others:
        axes.plot(time, curve.survival(time), color="0.6", linewidth=0.7, zorder=1)
    return axes


def answer(rows: pd.DataFrame, found: ReferenceComparison) -> str:
    """What is seen with entry honoured, and with it ignored."""
    parts = {}
    for kind in ("honoured", "ignored"):
        own = rows[rows["entry"] == kind]
        low, high = own["estimate"].min(), own["estimate"].max()
        below = int((own["conf_high"] < 1).sum())
        above = int((own["conf_low"] > 1).sum())
        parts[kind] = (
            f"{low:.2f} to {high:.2f} times as many left as the {len(own)} published rates expect "
            f"(more than expected by {above}, fewer by {below})"
        )
    return (
        f"Judged from each person's own entry, {parts['honoured']}. Had delayed entry been "
        f"ignored, {parts['ignored']}: a stock taken for a cohort seems to stay. Simulated: "
        f"{found.account.people:,.0f} people."
    )


def on_curves(curves: dict[str, SurvivalCurve]) -> str:
    """The two curves at the horizon."""
    right, wrong = (curve.at(HORIZON).iloc[0] for curve in curves.values())
    return (
        f"At {HORIZON} years since arrival the curve that honours entry stands at "
        f"{percent(right['estimate'])} ({percent(right['conf_low'])} to "
        f"{percent(right['conf_high'])}), the one that ignores it at {percent(wrong['estimate'])}: "
        "it counts years before people were first seen, in which nobody in the data could leave."
    )


def on_small(rows: pd.DataFrame) -> str:
    """The same with as many people as were really followed."""
    own = rows[rows["entry"] == "honoured"]
    apart = own[(own["conf_low"] > 1) | (own["conf_high"] < 1)]
    wrong = rows[rows["entry"] == "ignored"]
    fooled = wrong[wrong["conf_high"] < 1]
    return (
        f"With {SMALL} simulated people, of whom {own['observed'].iloc[0]:g} left, {len(apart)} of "
        f"{len(own)} published rates are contradicted with entry honoured; with entry ignored, "
        f"{len(fooled)} would be for expecting too many leavers."
    )


def on_truth(references: list[ReferenceCurve]) -> str:
    """What is true of the simulated stock."""
    low, high = (percent(float(c.survival(HORIZON))) for c in (references[0], references[-1]))
    return (
        f"{percent(carnegie_truth().retention(HORIZON))} of the stock truly stay {HORIZON} years "
        f"after entry, and the published rates keep {low} to {high}."
    )


def ratio_table(rows: pd.DataFrame) -> Table:
    """Observed over expected by benchmark, both ways side by side."""
    heads = {
        "expected": "Exp.",
        "estimate": "O/E",
        "conf_low": "Lower",
        "conf_high": "Upper",
    }
    right, wrong = (
        rows[rows["entry"] == kind].set_index("group") for kind in ("honoured", "ignored")
    )
    both = right[["observed", *heads]].join(wrong[[*heads]], rsuffix="_ignored").reset_index()
    return frame_table(
        both,
        columns={
            "group": "Benchmark",
            **heads,
            **{f"{name}_ignored": f"{heads[name]}, ign." for name in ("expected", "estimate")},
        },
        formats={"expected": 1, "expected_ignored": 1}
        | dict.fromkeys(["estimate", "conf_low", "conf_high", "estimate_ignored"], 2),
        caption=f"Leavers observed ({both['observed'].iloc[0]:,.0f} of {LARGE:,} simulated people) "
        "over expected, delayed entry honoured and ignored",
        notes=[
            CAPTION,
            "O/E: observed over expected (exp.), with 95% limits of a Poisson number. "
            "Ign.: delayed entry ignored, as if all had been watched from arrival.",
        ],
    )


def retention_table(found: ReferenceComparison) -> Table:
    """Retention at the horizon against each benchmark, both ways side by side."""
    rows = found.tidy(level=found.level)
    rows = rows[rows["term"] == "retention"]
    right, wrong = (
        rows[rows["entry"] == kind].set_index("group") for kind in ("honoured", "ignored")
    )
    columns = ["reference_value", "verdict"]
    both = right[["estimate", *columns]].join(wrong[columns], rsuffix="_ignored").reset_index()
    first = rows.iloc[0]
    return frame_table(
        both,
        columns={
            "group": "Benchmark",
            "reference_value": "Keeps",
            "verdict": "Retention is",
            "reference_value_ignored": "Keeps, ign.",
            "verdict_ignored": "Is, ign.",
        },
        formats={"reference_value": "percent", "reference_value_ignored": "percent"}
        | {"verdict": shorter, "verdict_ignored": shorter},
        caption=f"{HORIZON}-year retention of {LARGE:,} simulated people, "
        f"{percent(first['estimate'])} ({percent(first['conf_low'])} to "
        f"{percent(first['conf_high'])}), against what each published rate keeps of them",
        notes=[
            CAPTION,
            f"Exact tests. Close: equivalent within {100 * found.margin:g} points; in brackets, "
            "where it is detectably below or above all the same. Ign.: delayed entry ignored.",
        ],
    )


def shorter(verdict: str) -> str:
    """A verdict in fewer words, for a table."""
    close = verdict.replace("equivalent within the margin", "close")
    return re.sub(r", though detectably (\w+)", r" (\1)", close)
