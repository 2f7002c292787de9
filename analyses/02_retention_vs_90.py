"""Is 87 of 100 after six years different from "the historical 90%"?

Question: 87 of 100 were still in the United States after six years. Is that below the 90%
that history is said to show, and does the answer hold for every published 90%?
Estimand: the six-year stay rate of the study's population (Chinese-origin NeurIPS 2019
authors at US institutions in 2019) less a published stay rate at the same horizon.
Data: `carnegie_2025`, `macropolo` and the benchmarks of `stay_rates`.
Outputs: compatibility and specification curves; comparison by benchmark, benchmarks without
a horizon, people of unknown status, design effects.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from talentstats.plots.compatibility import plot_compatibility
from talentstats.plots.specification import plot_specification_curve
from talentstats.published import Benchmark, TenureRange, Weibull, benchmark, benchmarks, published
from talentstats.report.analysis import Analysis, FigureOf, TableOf, write_analysis
from talentstats.retention import (
    BenchmarkComparison,
    SpecificationCurve,
    compare_with_benchmark,
    compatibility_curve,
    retention,
    specification_curve,
)
from talentstats.retention.choices import Specification
from talentstats.retention.sentences import p_text, percent
from talentstats.summaries import RetentionCounts
from talentstats.tables.frame_table import frame_table

ORIGIN, NINETY, HORIZON = "China", 0.90, 6
SHAPES = {0.7: "most leave early", 1.3: "more leave later"}
TENURE = TenureRange(0, 10)
DESIGN_EFFECTS = (1.0, 1.25, 1.5, 2.0)

type Comparisons = Sequence[BenchmarkComparison]


def main(out: Path) -> None:
    """Write the verdict by benchmark, horizon, test, unknown people and design effect."""
    cells = published("carnegie_2025").set_index("row_id")["value"]
    counts = RetentionCounts(int(cells["in-us-2025"]), int(cells["us-chinese-origin-2019"]))
    expected = expected_people(int(cells["sample-2019"]))
    lost = expected.stop - 1 - counts.total
    figures = [replace(b, label=name(b)) for b in benchmarks(ORIGIN)]
    dated = [b for b in figures if b.horizon]
    flat = compare_with_benchmark(counts, NINETY)
    aligned = sorted(
        (compare_with_benchmark(counts, b.at_horizon(HORIZON)) for b in dated),
        key=lambda c: c.rate,
    )
    pooled = [compare_with_benchmark(counts, b) for b in figures if not b.horizon]
    printed = specification_curve(counts, dated, tests=("central",))
    curve = specification_curve(
        counts,
        dated,
        horizon=HORIZON,
        alignments=("constant", *map(Weibull, SHAPES)),
        tenure=TENURE,
        unknowns=(0, lost),
        design_effects=DESIGN_EFFECTS,
    )
    compatible = compatibility_curve(counts, [c.benchmark for c in aligned])
    write_analysis(
        out,
        Analysis(
            title=f"Is {counts.retained} of {counts.total} below “the historical 90%”?",
            question=f"{counts.retained} of {counts.total} were still there after {HORIZON} years. "
            f"Is that below the {percent(NINETY)} that history is said to show?",
            answer=answer(flat, aligned),
            estimand="Six-year stay rate of Chinese-origin NeurIPS 2019 authors at US "
            "institutions in 2019, less a published stay rate moved to six years.",
            findings=(
                on_power(flat),
                on_horizon(aligned, printed),
                on_tenure(curve),
                on_rounding(aligned),
                on_unknown(flat, aligned, expected),
                on_sampling(curve),
                curve.sentence,
            ),
            figures=(
                FigureOf(
                    name="compatibility",
                    title=f"How well {counts.retained} of {counts.total} fits every true stay "
                    f"rate, and the published rates moved to {HORIZON} years",
                    description="A curve of p-values over stay rates with its peak at the "
                    "observed rate; below it one row a benchmark, those that do not fit marked.",
                    draw=lambda width: plot_compatibility(compatible, width=width),
                ),
                FigureOf(
                    name="specification",
                    title="The verdict under every combination of choices, one thin line each; "
                    f"tenure from {TENURE.low:g} to {TENURE.high:g} years",
                    description="Differences to the benchmark, sorted; below, the choices of each.",
                    draw=lambda width: plot_specification_curve(curve, width=width),
                ),
            ),
            tables=(
                benchmark_table(aligned),
                pooled_table(pooled),
                unknown_table(counts, lost),
                design_table(counts, curve),
            ),
            sources=tuple(dict.fromkeys(["carnegie2025", "macropolo1", *curve.provenance.sources])),
            data=("carnegie_2025", "macropolo", "stay_rates"),
        ),
    )


def expected_people(sample: int) -> range:
    """People that the published percentages promise, over all that both round from."""
    cells = published("macropolo").set_index("row_id")["as_printed"]
    chinese = RetentionCounts.from_percent(cells["2019-undergraduate-china"], total=sample)
    now_us = cells["2019-china-undergraduate-now-us"]
    ends = [RetentionCounts.from_percent(now_us, total=n).compatible for n in chinese.compatible]
    return range(min(r.start for r in ends), max(r.stop for r in ends))


def rate_of(figure: Benchmark) -> str:
    """The rate as published, in percent."""
    rate = figure.alignment.from_rate if figure.alignment else figure.rate
    return ("about " if figure.qualifier == "approximate" else "") + percent(rate or 0)


def name(figure: Benchmark) -> str:
    """A benchmark by its number: "90% at 10 years (SEI 2020)"."""
    return f"{rate_of(figure)} at {figure.label.rpartition(', ')[2]}"


def row_name(figure: Benchmark) -> str:
    """A benchmark in a table, where the origin is understood."""
    return benchmark(figure.id).label.removeprefix(f"{figure.origin}, ")


def listed(names: Iterable[str]) -> str:
    """Names in a sentence, each once."""
    *most, last = dict.fromkeys(names) or ["none"]
    return f"{', '.join(most)} and {last}" if most else last


def span(low: int, high: int) -> str:
    """A range of counts in words."""
    return f"{low}" if low == high else f"{low} to {high}"


def answer(flat: BenchmarkComparison, aligned: Comparisons) -> str:
    """The verdict against a bare 90%, the benchmarks that flip it and those that do not."""
    size = 1 - flat.level
    below = [c for c in aligned if c.verdict == "below"]
    parting = [c for c in aligned if c not in below and c.tests.minlike.two_sided <= size]
    other = [c for c in aligned if c not in below and c not in parting]
    by_years: dict[float, list[str]] = {}
    for c in other:
        if c.benchmark.alignment:
            by_years.setdefault(c.benchmark.alignment.from_horizon, []).append(rate_of(c.benchmark))
    groups = [f"{listed(rates)} at {years:g} years" for years, rates in by_years.items()]
    return (
        f"It depends on which {percent(flat.rate)}. Against a bare {percent(flat.rate)} we "
        f"{flat.verdict} ({p_text(flat.tests.central.two_sided)}). Of {len(aligned)} published "
        f"rates moved to {HORIZON} years, {flat.counts.retained} of {flat.counts.total} is below "
        f"{len(below)}: {listed(c.benchmark.label for c in below)}. "
        + "".join(
            f"With {c.benchmark.label} the two exact tests part (central "
            f"{p_text(c.tests.central.two_sided)}, minimum likelihood "
            f"{p_text(c.tests.minlike.two_sided)}). "
            for c in parting
        )
        + f"From the other {len(other)} it cannot be told apart: {'; '.join(groups)}."
    )


def on_power(flat: BenchmarkComparison) -> str:
    """What chance alone does, and what a study of this size can see."""
    seen = flat.power.detectable[0]
    return (
        f"{flat.plain_sentence} A study of {flat.counts.total} sees, with {100 * seen.power:g}% "
        f"probability, a true rate of {percent(seen.below)} or lower or {percent(seen.above)} or "
        "higher; smaller differences mostly escape it, so that not seeing one does not show that "
        f"there is none (equivalence within {100 * flat.margin:g} points: "
        f"{p_text(flat.equivalence.p_value)})."
    )


def on_horizon(aligned: Comparisons, printed: SpecificationCurve) -> str:
    """What moving the benchmarks to six years did to the verdict."""
    before = {s.benchmark: s for s in printed.specifications}
    pairs = [(c, before[c.benchmark.id]) for c in aligned]
    horizons = sorted(c.benchmark.alignment.from_horizon for c in aligned if c.benchmark.alignment)
    moved = [
        f"{c.benchmark.label} ({s.verdict}, {p_text(s.p_value)}, as printed; {c.verdict}, "
        f"{p_text(c.tests.central.two_sided)}, as {percent(c.rate)} at {HORIZON} years)"
        for c, s in pairs
        if c.verdict != s.verdict
    ]
    return (
        "The horizon matters: the more years, the fewer are left. Moving rates from "
        f"{listed(f'{h:g}' for h in horizons)} years to {HORIZON}, by a constant hazard of "
        f"leaving, changes {len(moved)} of {len(aligned)} verdicts: {listed(moved)}."
    )


def on_tenure(curve: SpecificationCurve) -> str:
    """How the verdict moves when the study follows a stock, not a cohort from its start."""
    rows = curve.tidy(level=curve.level)
    plain = rows[
        (rows["test"] == "central") & (rows["unknowns"] == "none") & (rows["design_effect"] == 1)
    ]
    parts = []
    for shape, words in SHAPES.items():
        own = plain[plain["alignment"].str.contains(f"shape {shape:g}", regex=False)]
        ends = own.groupby("alignment")["verdict"].value_counts().unstack(fill_value=0)
        ends = ends.reindex(columns=["below", "above"], fill_value=0)
        low, high = ends.min(), ends.max()
        parts.append(
            f"if {words} (Weibull shape {shape:g}), below {span(low['below'], high['below'])} and "
            f"above {span(low['above'], high['above'])} of {len(own) // len(ends)} benchmarks"
        )
    return (
        f"The {curve.counts.total} are a stock, present in 2019 after years that were not "
        "published, while the benchmarks follow doctorates from the start. For people who had "
        f"stayed {TENURE.low:g} to {TENURE.high:g} years already, {curve.counts.retained} of "
        f"{curve.counts.total} would be, {'; '.join(parts)}. Shapes and years are "
        "assumed, to show the size of the question."
    )


def on_rounding(aligned: Comparisons) -> str:
    """Verdicts that hang on how the benchmark was printed, and on its sampling error."""
    hanging = [c.benchmark.label for c in aligned if not c.rounding.holds]
    derived = [(c, s) for c in aligned for s in c.sensitivity]
    turned = {
        c.benchmark.label
        for c, s in derived
        if (s.p_value <= 1 - c.level) != (c.verdict in {"below", "above"})
    }
    return (
        f"The verdict hangs on what the printed figure was rounded from at {listed(hanging)}. No "
        "Chinese rate comes with a standard error or a number of people, so each is treated as a "
        "constant; with our approximate errors for the "
        f"{len({c.benchmark.id for c, _ in derived})} that allow one, "
        + (f"the verdict changes at {listed(sorted(turned))}." if turned else "no verdict changes.")
    )


def on_unknown(flat: BenchmarkComparison, aligned: Comparisons, expected: range) -> str:
    """Whether 110 expected and 100 followed is rounding, and what people lost could do."""
    low, high = expected.start - flat.counts.total, expected.stop - 1 - flat.counts.total
    stable = [
        c.benchmark.label
        for c in aligned
        if c.verdict == "below" and (c.unknown.fragility or high + 1) > high
    ]
    return (
        f"By the published percentages {expected.start} to {expected.stop - 1} people should have "
        f"been there, whatever they were rounded from; the study followed {flat.counts.total}. So "
        f"rounding does not explain the {low} to {high} missing: they were lost, or the "
        "percentages are of fewer people than were sampled, and the sources do not say. Against a "
        f"bare {percent(flat.rate)}, {flat.unknown.fragility} more people could turn the verdict; "
        f"whatever {high} more did, the rate stays below {listed(stable)}."
    )


def on_sampling(curve: SpecificationCurve) -> str:
    """Who the 100 stand for, and what clustering does."""
    worst = max(DESIGN_EFFECTS)
    names = [s.benchmark_label for s in plain(curve, worst) if s.verdict == "below"]
    return (
        "Authors were drawn through papers: coauthors came in together (clustered), and people "
        f"with more papers were likelier to come in (size-biased). So the {curve.counts.total} "
        "stand for authors as papers show them, not for all researchers, and the intervals are too "
        f"short by an amount that was not published. With {worst:g} times the variance of a simple "
        f"random sample the rate would still be below: {listed(names)}."
    )


def plain(curve: SpecificationCurve, design_effect: float) -> list[Specification]:
    """Central tests of the known people under a constant hazard, at a design effect."""
    wanted = ("constant hazard", "central", "none", design_effect)
    return [
        s
        for s in curve.specifications
        if (s.alignment, s.test, s.unknowns, s.design_effect) == wanted
    ]


def benchmark_table(aligned: Comparisons) -> TableOf:
    """One row a benchmark, from the lowest aligned rate up."""
    rows = pd.DataFrame(
        {
            "Benchmark": row_name(c.benchmark),
            "Printed (%)": c.benchmark.as_printed,
            "Aligned": c.rate,
            "Verdict": c.verdict,
            "p, central": c.tests.central.two_sided,
            "p, minlike": c.tests.minlike.two_sided,
            "Years": f"{c.benchmark.alignment.from_horizon:g}" if c.benchmark.alignment else "",
        }
        for c in aligned
    )
    table = frame_table(
        rows,
        formats={"Aligned": "percent", "p, central": "p", "p, minlike": "p"},
        caption=f"Each published stay rate, moved to {HORIZON} years by a constant hazard",
        notes=[
            "Exact two-sided tests, central and minimum likelihood; the verdict is that of the "
            f"central one. Treated as a constant: {sum(c.benchmark_is_constant for c in aligned)} "
            f"of {len(aligned)}.",
            *(
                f"{row_name(c.benchmark)} is of {c.benchmark.origin} together."
                for c in aligned
                if c.benchmark.origin != ORIGIN
            ),
        ],
    )
    return TableOf(name="benchmarks", table=table)


def pooled_table(pooled: Comparisons) -> TableOf:
    """Benchmarks that have no single horizon, compared as they stand."""
    rows = pd.DataFrame(
        {
            "Benchmark": row_name(c.benchmark),
            "Printed (%)": c.benchmark.as_printed,
            "Horizon": c.benchmark.horizon_as_printed,
            "p, central": c.tests.central.two_sided,
            "Verdict": c.verdict,
        }
        for c in pooled
    )
    table = frame_table(
        rows,
        formats={"p, central": "p"},
        caption=f"Left out above: no single horizon, so they cannot be moved to {HORIZON} years",
        notes="Test and verdict compare with the figure as it stands, whatever its horizon.",
    )
    return TableOf(name="left_out", table=table)


def unknown_table(counts: RetentionCounts, most: int) -> TableOf:
    """Worst cases by number of people of unknown status, against a bare 90%."""
    bounds = [
        compare_with_benchmark(replace(counts, unknown=people), NINETY).unknown
        for people in range(most + 1)
    ]
    rows = pd.DataFrame(
        {
            "Unknown people": b.unknown,
            "Rate if all left": b.rate_low,
            "Rate if all stayed": b.rate_high,
            "Smallest p": b.p_low,
            "Largest p": b.p_high,
            "Possible verdicts": " or ".join(sorted(b.verdicts)),
        }
        for b in bounds
    )
    table = frame_table(
        rows,
        formats=dict.fromkeys(["Rate if all left", "Rate if all stayed"], "percent")
        | dict.fromkeys(["Smallest p", "Largest p"], "p"),
        caption=f"What people of unknown status could change, against a bare {percent(NINETY)}",
        notes="Over everything that they may have done; exact central test.",
    )
    return TableOf(name="unknown", table=table)


def design_table(counts: RetentionCounts, curve: SpecificationCurve) -> TableOf:
    """Interval, test and number of benchmarks above the rate, by design effect."""
    bare = specification_curve(
        counts, [benchmark(NINETY)], tests=("central",), design_effects=DESIGN_EFFECTS
    )
    rows = []
    for one in bare.specifications:
        found = retention(counts, method="clopper-pearson", design_effect=one.design_effect)
        same = plain(curve, one.design_effect)
        rows.append(
            {
                "Design effect": one.design_effect,
                "Effective people": counts.total / one.design_effect,
                "Lower": found.low,
                "Upper": found.high,
                f"p against {percent(NINETY)}": one.p_value,
                "Below": f"{sum(s.verdict == 'below' for s in same)} of {len(same)}",
            }
        )
    table = frame_table(
        pd.DataFrame(rows),
        formats={
            "Design effect": 2,
            "Effective people": 0,
            "Lower": "percent",
            "Upper": "percent",
            f"p against {percent(NINETY)}": "p",
        },
        caption="If authors of one paper resemble each other: the verdict by design effect",
        notes="Counts divided by the design effect; Clopper-Pearson interval at 95%; “Below” "
        f"counts the benchmarks, at {HORIZON} years, that the rate is below.",
    )
    return TableOf(name="design_effects", table=table)
