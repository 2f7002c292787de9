"""Tables of comparisons with benchmarks, ready for a page or a paper."""

from collections.abc import Sequence

from talentstats.results.wording import p_value, percent
from talentstats.retention.change import BenchmarkChange
from talentstats.retention.compare import BenchmarkComparison
from talentstats.retention.comparisons import BenchmarkComparisons
from talentstats.retention.specification import SpecificationCurve, specification_curve
from talentstats.tables.frame_table import Format, frame_table
from talentstats.tables.table import Table


def benchmark_table(found: BenchmarkComparisons, *, origin: str | None = None) -> Table:
    """Print one row a benchmark, from the lowest rate up.

    Parameters
    ----------
    found : BenchmarkComparisons
        Moved to one horizon, or as published; then their horizons are shown in the
        words of the sources.
    origin : str or None
        Origin that is understood and left out of the names; a note says which figures
        are of another.

    Returns
    -------
    Table
        With benchmark, figure as printed, rate as used, verdict and p-values.

    Examples
    --------
    >>> from talentstats import RetentionCounts, compare_with_benchmarks
    >>> found = compare_with_benchmarks(RetentionCounts(87, 100), ["sei2020-china-10yr"], horizon=6)
    >>> print(benchmark_table(found, origin="China").to_csv())
    Benchmark,Printed (%),Aligned,Verdict,"p, central","p, minlike",Years
    10 years (SEI 2020),90,93.9%,below,0.016,0.010,10
    """
    rows = found.frame()
    names = [label.removeprefix(f"{of}, ") for label, of in rows[["benchmark", "origin"]].values]
    rows = rows.assign(name=names if origin else rows["benchmark"])
    columns = {"name": "Benchmark", "as_printed": "Printed (%)"}
    if found.horizon is None:
        columns |= {"printed_horizon_words": "Horizon", "p_central": "p, central"}
        columns |= {"verdict": "Verdict"}
        caption = "Published stay rates, each compared as it stands, whatever its horizon"
    else:
        columns |= {"rate": "Aligned", "verdict": "Verdict", "p_central": "p, central"}
        columns |= {"p_minlike": "p, minlike", "printed_horizon": "Years"}
        caption = (
            f"Each published stay rate, moved to {found.horizon:g} years "
            f"({found.provenance.arguments['hazard']})"
        )
    formats: dict[str, Format] = {"p_central": "p"}
    if found.horizon is not None:
        formats |= {"rate": "percent", "p_minlike": "p", "printed_horizon": "{:g}".format}
    others = rows[rows["origin"] != origin] if origin else rows.head(0)
    return frame_table(
        rows,
        columns=columns,
        formats=formats,
        caption=caption,
        notes=[
            "Exact two-sided tests. Treated as a constant: "
            f"{int(rows['benchmark_is_constant'].sum())} of {len(rows)}; for these the central "
            "test decides the verdict.",
            *(f"{row.name} is of {row.origin} together." for row in others.itertuples(index=False)),
        ],
    )


def unknown_table(found: BenchmarkComparison, *, most: int) -> Table:
    """Print the worst cases if 0 to `most` people were of unknown status.

    Parameters
    ----------
    found : BenchmarkComparison
        The comparison with the known people.
    most : int
        Largest number of unknown people.

    Returns
    -------
    Table
        With the range of rate and p-value, and every verdict that is possible.

    Examples
    --------
    >>> from talentstats import RetentionCounts, compare_with_benchmark
    >>> found = compare_with_benchmark(RetentionCounts(87, 100), 0.90)
    >>> print(unknown_table(found, most=1).to_csv())
    Unknown people,Rate if all left,Rate if all stayed,Smallest p,Largest p,Possible verdicts
    0,87.0%,87.0%,0.396,0.396,cannot tell
    1,86.1%,87.1%,0.263,0.416,cannot tell
    """
    columns = {
        "unknown": "Unknown people",
        "rate_low": "Rate if all left",
        "rate_high": "Rate if all stayed",
        "p_low": "Smallest p",
        "p_high": "Largest p",
        "verdicts": "Possible verdicts",
    }
    return frame_table(
        found.unknown_frame(most=most),
        columns=columns,
        formats={"rate_low": "percent", "rate_high": "percent", "p_low": "p", "p_high": "p"},
        caption=f"What people of unknown status could change, against {percent(found.rate)}",
        notes="Over everything that they may have done; by the test that decides the verdict.",
    )


def design_effect_table(found: BenchmarkComparison, curve: SpecificationCurve) -> Table:
    """Print interval, test and verdicts by design effect, for people that came in together.

    Parameters
    ----------
    found : BenchmarkComparison
        The comparison to repeat under the design effects of the curve; its benchmark is
        treated as a constant.
    curve : SpecificationCurve
        Verdicts by benchmark; central tests of the known people under a constant hazard
        are counted.

    Returns
    -------
    Table
        With Clopper-Pearson limits, the p-value, and how many benchmarks of the curve
        the rate is below.

    Examples
    --------
    >>> from talentstats import (
    ...     RetentionCounts, benchmark, compare_with_benchmark, specification_curve
    ... )
    >>> counts = RetentionCounts(87, 100)
    >>> curve = specification_curve(
    ...     counts, [benchmark("sei2020-china-10yr")], horizon=6, design_effects=(1, 2)
    ... )
    >>> print(design_effect_table(compare_with_benchmark(counts, 0.90), curve).to_csv())
    Design effect,Effective people,Lower,Upper,p against 90%,Below
    1.00,100,78.8%,92.9%,0.396,1 of 1
    2.00,50,74.5%,94.8%,0.603,0 of 1
    """
    import pandas as pd

    plain = curve.where(alignment="constant hazard", test="central", unknowns="none")
    effects = tuple(dict.fromkeys(s.design_effect for s in plain.specifications))
    bare = specification_curve(
        found.counts,
        [found.benchmark],
        tests=("central",),
        design_effects=effects,
        level=found.level,
        margin=found.margin,
    )
    against = f"p against {percent(found.rate)}"
    formats: dict[str, Format] = {"Design effect": 2, "Effective people": 0, against: "p"}
    formats |= {"Lower": "percent", "Upper": "percent"}
    rows = []
    for one in bare.specifications:
        same = plain.where(design_effect=one.design_effect)
        rows.append(
            {
                "Design effect": one.design_effect,
                "Effective people": found.counts.total / one.design_effect,
                "Lower": one.low + found.rate,
                "Upper": one.high + found.rate,
                against: one.p_value,
                "Below": f"{same.verdicts.get('below', 0)} of {len(same.specifications)}",
            }
        )
    return frame_table(
        pd.DataFrame(rows),
        formats=formats,
        caption="If people who came in together resemble each other: the verdict by design effect",
        notes=f"Counts divided by the design effect; Clopper-Pearson interval at "
        f"{100 * found.level:g}%; “Below” counts the benchmarks that the rate is below.",
    )


def difference_table(found: BenchmarkComparisons) -> Table:
    """Print the difference to each benchmark in points, from the highest rate down.

    Parameters
    ----------
    found : BenchmarkComparisons
        The comparisons.

    Returns
    -------
    Table
        With limits, both exact p-values and the verdict.

    Examples
    --------
    >>> from talentstats import RetentionCounts, compare_with_benchmarks
    >>> found = compare_with_benchmarks(RetentionCounts(87, 100), [0.90])
    >>> print(difference_table(found).to_csv())
    Benchmark,Difference,Lower,Upper,"p, central","p, min. likelihood",Verdict
    90%,-3.0,-11.2,2.9,0.396,0.315,cannot tell
    """
    limits = found.tidy(level=found.level)[["estimate", "conf_low", "conf_high"]]
    formats: dict[str, Format] = {"p_central": p_value, "p_minlike": p_value}
    formats |= {"estimate": 1, "conf_low": 1, "conf_high": 1}
    columns = {
        "benchmark": "Benchmark",
        "estimate": "Difference",
        "conf_low": "Lower",
        "conf_high": "Upper",
        "p_central": "p, central",
        "p_minlike": "p, min. likelihood",
        "verdict": "Verdict",
    }
    return frame_table(
        found.frame().assign(**100 * limits)[::-1],
        columns=columns,
        formats=formats,
        caption=f"{found.counts.retained} of {found.counts.total} less each benchmark (points)",
        notes=f"Limits at {100 * found.level:g}%: Clopper-Pearson for a benchmark treated as a "
        "constant. Exact tests.",
    )


def change_table(changes: Sequence[BenchmarkChange]) -> Table:
    """Print changes between published rates in points, with rounding at its worst.

    Parameters
    ----------
    changes : Sequence of BenchmarkChange
        One row each.

    Returns
    -------
    Table
        Says in its notes where standard errors are approximations.

    Examples
    --------
    >>> from talentstats import benchmark_change
    >>> found = benchmark_change("sei2020-china-5yr", "sei2024-china-5yr")
    >>> print(change_table([found]).to_csv())
    Years,Earlier,Later,Change,Design effect,Lower,Upper,p,"p, worst rounding"
    5,83.0%,88.0%,5.0,1.0,2.0,8.0,0.001,0.010
    """
    import pandas as pd

    rows = pd.DataFrame(
        {
            "Years": "" if c.later.horizon is None else f"{c.later.horizon:g}",
            "Earlier": c.earlier.rate,
            "Later": c.later.rate,
            "Change": 100 * c.difference,
            "Design effect": c.design_effect,
            "Lower": 100 * c.low,
            "Upper": 100 * c.high,
            "p": c.p_value,
            "p, worst rounding": c.p_rounding,
        }
        for c in changes
    )
    approximate = any(c.is_approximation for c in changes)
    return frame_table(
        rows,
        formats=dict.fromkeys(["Change", "Design effect", "Lower", "Upper"], 1)
        | {"Earlier": "percent", "Later": "percent", "p": "p", "p, worst rounding": "p"},
        caption="Change between published rates"
        + (", with approximate errors" if approximate else ""),
        notes=("Standard errors are ours, not published. " if approximate else "")
        + f"Change in points with its normal {100 * changes[0].level:g}% interval; “worst "
        "rounding” takes both rates where they are nearest.",
    )
