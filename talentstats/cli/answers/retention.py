"""Answers of `talentstats retention`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from talentstats.published.benchmark import Benchmark
from talentstats.results.wording import p_value, percent, points
from talentstats.retention.compare import BenchmarkComparison, compare_with_benchmark
from talentstats.retention.estimate import RetentionEstimate
from talentstats.retention.power import PowerAnalysis
from talentstats.retention.uncertain import UncertainComparison
from talentstats.summaries.counts import RetentionCounts

if TYPE_CHECKING:
    import pandas as pd

    from talentstats.tables.table import Table


def comparisons(
    counts: RetentionCounts,
    figures: Sequence[Benchmark],
    *,
    level: float,
    margin: float,
    alternative: float | None,
) -> tuple[BenchmarkComparison, ...]:
    """Compare the counts with each benchmark.

    Parameters
    ----------
    counts : RetentionCounts
        The study.
    figures : Sequence of Benchmark
        Benchmarks, aligned or not.
    level, margin : float
        Of every verdict.
    alternative : float or None
        Rate at which power is stated.

    Returns
    -------
    tuple of BenchmarkComparison
        In the order given.
    """
    return tuple(
        compare_with_benchmark(counts, figure, level=level, margin=margin, alternative=alternative)
        for figure in figures
    )


def text(
    estimate: RetentionEstimate,
    compared: Sequence[BenchmarkComparison],
    *,
    horizon: float | None,
) -> str:
    """Return the short readable answer, sentence first.

    Parameters
    ----------
    estimate : RetentionEstimate
        The stay rate.
    compared : Sequence of BenchmarkComparison
        One a benchmark.
    horizon : float or None
        Years of follow-up, if given.

    Returns
    -------
    str
        Several lines.
    """
    lines = [estimate.sentence]
    if not estimate.counts.is_exact:
        lines.append(
            f"{estimate.counts.as_printed} of {estimate.counts.total} is printed by "
            f"{estimate.counts.retained_low} to {estimate.counts.retained_high} people."
        )
    if len(estimate.intervals) > 1:
        width = max(len(i.method) for i in estimate.intervals)
        lines += [
            "",
            *(
                f"  {i.method:<{width}}  {i.low:.4f} to {i.high:.4f}"
                + ("  (clipped to 0 and 1)" if i.clipped else "")
                for i in estimate.intervals
            ),
        ]
    for result in compared:
        lines += ["", *_comparison_lines(result, horizon=horizon)]
    return "\n".join(lines)


def document(
    estimate: RetentionEstimate,
    compared: Sequence[BenchmarkComparison],
    *,
    horizon: float | None,
) -> dict[str, Any]:
    """Return the JSON document.

    Parameters
    ----------
    estimate : RetentionEstimate
        The stay rate.
    compared : Sequence of BenchmarkComparison
        One a benchmark.
    horizon : float or None
        Years of follow-up, if given.

    Returns
    -------
    dict
        As described by the schema in docs.
    """
    counts = estimate.counts
    sources = dict.fromkeys(s for c in compared for s in c.provenance.sources)
    return {
        "command": "retention",
        "counts": {
            "retained": counts.retained,
            "total": counts.total,
            "unknown": counts.unknown,
            "retained_low": counts.retained_low,
            "retained_high": counts.retained_high,
            "as_printed": counts.as_printed or None,
        },
        "horizon": horizon,
        "estimate": estimate.rate,
        "std_error": estimate.std_error,
        "intervals": [
            {
                "method": i.method,
                "low": i.low,
                "high": i.high,
                "level": i.level,
                "side": i.side,
                "kind": i.kind,
                "clipped": i.clipped,
            }
            for i in estimate.intervals
        ],
        "comparisons": [_comparison_document(c) for c in compared],
        "sentence": estimate.sentence,
        "sources": list(sources),
        "version": estimate.provenance.version,
    }


def frame(estimate: RetentionEstimate, compared: Sequence[BenchmarkComparison]) -> "pd.DataFrame":
    """Return what CSV prints: one row an interval, or one row a benchmark.

    Parameters
    ----------
    estimate : RetentionEstimate
        The stay rate.
    compared : Sequence of BenchmarkComparison
        One a benchmark.

    Returns
    -------
    pandas.DataFrame
        Full precision.
    """
    import pandas as pd

    if not compared:
        return estimate.tidy(level=estimate.intervals[0].level)
    return pd.concat([c.glance() for c in compared], ignore_index=True)


def table(estimate: RetentionEstimate, compared: Sequence[BenchmarkComparison]) -> "Table":
    """Return what Markdown, LaTeX and HTML print.

    Parameters
    ----------
    estimate : RetentionEstimate
        The stay rate.
    compared : Sequence of BenchmarkComparison
        One a benchmark.

    Returns
    -------
    Table
        Intervals by method, or comparisons by benchmark.
    """
    from talentstats.tables.frame_table import frame_table

    counts = estimate.counts
    if not compared:
        return frame_table(
            frame(estimate, ()),
            columns={
                "interval": "Method",
                "estimate": "Stay rate",
                "conf_low": "Lower",
                "conf_high": "Upper",
            },
            formats={"estimate": "percent", "conf_low": "percent", "conf_high": "percent"},
            caption=f"Stay rate, {counts.retained} of {counts.total}",
            notes=f"{100 * estimate.intervals[0].level:g}% limits.",
        )
    return comparison_table(compared)


def comparison_table(compared: Sequence[BenchmarkComparison]) -> "Table":
    """Return one row a benchmark: rate, tests, equivalence, power, verdict.

    Parameters
    ----------
    compared : Sequence of BenchmarkComparison
        At least one.

    Returns
    -------
    Table
        For a paper.
    """
    import pandas as pd

    from talentstats.tables.frame_table import frame_table

    first = compared[0]
    rows = pd.concat([c.glance() for c in compared], ignore_index=True)
    rows["benchmark"] = [c.benchmark.label for c in compared]
    return frame_table(
        rows,
        columns={
            "benchmark": "Benchmark",
            "benchmark_rate": "Rate",
            "p_central": "p, central",
            "p_minlike": "p, min. likelihood",
            "p_equivalence": "p, equivalence",
            "power": f"Power at {percent(first.power.alternative)}",
            "verdict": "Verdict",
        },
        formats={
            "benchmark_rate": "percent",
            "p_central": "p",
            "p_minlike": "p",
            "p_equivalence": "p",
            "power": "percent",
        },
        caption=f"{first.counts.retained} of {first.counts.total} against published stay rates",
        notes=(
            f"Verdicts at the {100 * first.level:g}% level; equivalence within "
            f"{100 * first.margin:g} points. {first.interval.method} interval "
            f"{percent(first.interval.low)} to {percent(first.interval.high)}."
        ),
    )


def power_document(power: PowerAnalysis) -> dict[str, Any]:
    """Return the power analysis as JSON.

    Parameters
    ----------
    power : PowerAnalysis
        The analysis.

    Returns
    -------
    dict
        Alternative, value, curve, detectable rates, people needed.
    """
    return {
        "test": power.test,
        "alternative": power.alternative,
        "alternative_is_estimate": power.alternative_is_estimate,
        "value": power.value,
        "curve": [
            {"rate": r, "power": p}
            for r, p in zip(power.rates.tolist(), power.curve.tolist(), strict=True)
        ],
        "detectable": [
            {"power": d.power, "below": d.below, "above": d.above} for d in power.detectable
        ],
        "sample_size": {
            "true_rate": power.required.true_rate,
            "power": power.required.power,
            "first_n": power.required.first_n,
            "stays_n": power.required.stays_n,
            "searched_to": power.required.limit,
        },
    }


def _comparison_document(c: BenchmarkComparison) -> dict[str, Any]:
    """Return one comparison as JSON."""
    jeffreys, uniform = c.bayes.under("jeffreys"), c.bayes.under("uniform")
    return {
        "benchmark": _benchmark_document(c),
        "tests": {
            name: {"p_value": t.two_sided, "less": t.less, "greater": t.greater}
            for name, t in c.tests.items()
        },
        "interval": {
            "method": c.interval.method,
            "low": c.interval.low,
            "high": c.interval.high,
            "level": c.interval.level,
        },
        "difference": c.difference,
        "ratio": c.ratio,
        "odds_ratio": c.odds_ratio,
        "uncertain_benchmark": None if c.uncertain is None else _uncertain_document(c.uncertain),
        "sensitivity": [_uncertain_document(u) for u in c.sensitivity],
        "bayes": {
            "prior": "jeffreys",
            "p_below": jeffreys.p_below,
            "p_within_margin": jeffreys.p_within,
            "bf10": uniform.bf10,
            "bf10_prior": "uniform",
            "by_prior": [
                {
                    "prior": p.prior,
                    "a": p.a,
                    "b": p.b,
                    "p_below": p.p_below,
                    "p_within_margin": p.p_within,
                    "bf10": p.bf10,
                    "log10_bf10": p.log10_bf10,
                }
                for p in c.bayes.priors
            ],
            "sensitivity": [
                {"prior_weight": w, "bf10": b}
                for w, b in zip(c.bayes.weights.tolist(), c.bayes.bf10.tolist(), strict=True)
            ],
        },
        "power": power_document(c.power),
        "equivalence": {
            "margin": c.equivalence.margin,
            "low": c.equivalence.low,
            "high": c.equivalence.high,
            "p_low": c.equivalence.p_low,
            "p_high": c.equivalence.p_high,
            "p_value": c.equivalence.p_value,
            "smallest_margin": c.equivalence.smallest_margin,
            "one_sided": c.equivalence.one_sided,
        },
        "unknown": {
            "unknown": c.unknown.unknown,
            "rate_low": c.unknown.rate_low,
            "rate_high": c.unknown.rate_high,
            "p_low": c.unknown.p_low,
            "p_high": c.unknown.p_high,
            "verdicts": c.unknown.verdicts,
            "holds": c.unknown.holds,
            "fragility": c.unknown.fragility,
            "fragility_searched_to": c.unknown.fragility_limit,
        },
        "rounding": {
            "exact": c.rounding.exact,
            "retained_low": c.rounding.retained_low,
            "retained_high": c.rounding.retained_high,
            "rate_low": c.rounding.rate_low,
            "rate_high": c.rounding.rate_high,
            "p_low": c.rounding.p_low,
            "p_high": c.rounding.p_high,
            "verdicts": c.rounding.verdicts,
            "holds": c.rounding.holds,
        },
        "verdict": c.verdict,
        "verdict_method": c.provenance.method,
        "sentence": c.sentence,
        "plain_sentence": c.plain_sentence,
    }


def _benchmark_document(c: BenchmarkComparison) -> dict[str, Any]:
    """Return the benchmark of a comparison as JSON."""
    figure = c.benchmark
    return {
        "id": figure.id,
        "label": figure.label,
        "rate": c.rate,
        "rate_low": figure.rate_low,
        "rate_high": figure.rate_high,
        "horizon": figure.horizon,
        "alignment": None if figure.alignment is None else figure.alignment.sentence,
        "status": figure.status,
        "qualifier": figure.qualifier,
        "n": figure.n,
        "std_error": figure.std_error,
        "se_status": figure.se_status,
        "treated_as_constant": c.benchmark_is_constant,
        "source": figure.source_id,
    }


def _uncertain_document(u: UncertainComparison) -> dict[str, Any]:
    """Return a comparison with an uncertain benchmark as JSON."""
    return {
        "method": u.method,
        "basis": u.basis,
        "benchmark_std_error": u.benchmark_std_error,
        "difference": u.difference,
        "low": u.low,
        "high": u.high,
        "p_value": u.p_value,
        "p_equivalence": u.p_equivalence,
        "is_approximation": u.is_approximation,
    }


def _comparison_lines(c: BenchmarkComparison, *, horizon: float | None) -> list[str]:
    """Return the comparison as labelled lines under its sentence."""
    tests = " · ".join(
        f"{name.replace('_', '-')} {p_value(t.two_sided)}" for name, t in c.tests.items()
    )
    at, jeffreys = c.power, c.bayes.under("jeffreys")
    lines = [
        f"{c.sentence}",
        f"{c.plain_sentence}",
        f"  p-values      {tests}",
        f"  difference    {points(c.difference)} points ({points(c.interval.low - c.rate)} to "
        f"{points(c.interval.high - c.rate)}, Clopper-Pearson)",
        f"  power         {100 * at.value:.0f}% at a true rate of {percent(at.alternative)}"
        + _no_evidence(c)
        + _needed(at),
        f"  Bayes         P(rate < {percent(c.rate)}) {_probability(jeffreys.p_below)} "
        f"(Jeffreys prior); Bayes factor {_bayes_factor(c)} for another rate "
        "(uniform prior)",
    ]
    if c.uncertain is not None:
        lines.insert(2, "  with the benchmark as a constant:")
    if horizon is not None and c.benchmark.status == "user" and c.benchmark.alignment is None:
        lines.append(
            f"  horizon       {c.benchmark.as_printed} is taken to hold at {horizon:g} years; "
            "write RATE@YEARS to have it moved"
        )
    if horizon is None and c.benchmark.horizon is not None:
        lines.append(
            f"  horizon       the benchmark is at {c.benchmark.horizon:g} years and was not moved; "
            "say --horizon YEARS to align it"
        )
    if c.benchmark.status == "brief":
        lines.append("  status        brief: seen only in the commissioning commentary")
    return lines


def _no_evidence(c: BenchmarkComparison) -> str:
    """Mark power at the estimate, which restates the p-value."""
    if not c.power.alternative_is_estimate:
        return ""
    at_edge = c.counts.retained in {0, c.counts.total}
    where = "half a person from the estimate" if at_edge else "the estimate itself"
    return f" ({where}: no evidence)"


def _needed(power: PowerAnalysis) -> str:
    """Say how many people would do."""
    need = power.required
    if need.true_rate == power.rate:
        return ""
    if need.stays_n is None:
        return f"; 80% there needs more than {need.limit:,} people"
    people = "person" if need.stays_n == 1 else "people"
    return f"; 80% there needs {need.stays_n:,} {people}"


def _probability(p: float) -> str:
    """Write a probability with its sign of equality, never as a certainty that it is not."""
    if p < 0.001:
        return "< 0.001"
    return "> 0.999" if p > 0.999 else f"= {p:.3f}"


def _bayes_factor(c: BenchmarkComparison) -> str:
    """Write the Bayes factor, as a power of ten where it is huge or tiny."""
    found = c.bayes.under("uniform")
    if abs(found.log10_bf10) < 4:
        return f"{found.bf10:.3g}"
    return f"10^{found.log10_bf10:.1f}".replace("-", "−")
