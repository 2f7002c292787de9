"""Comparison of a stay rate with many published ones: which of them decide the verdict."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from talentstats import checks
from talentstats.errors import InputError, UnknownNameError
from talentstats.published.benchmark import Benchmark
from talentstats.published.benchmark import benchmark as as_benchmark
from talentstats.published.hazards import Hazard, Tenure
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.results.wording import listed, p_text, percent
from talentstats.retention.choices import hazard_label
from talentstats.retention.compare import BenchmarkComparison, compare_with_benchmark
from talentstats.retention.left_out import LeftOut, left_out_frame
from talentstats.retention.power import benchmark_sources
from talentstats.retention.verdict import DEFAULT_MARGIN, VERDICTS, decide, rejects
from talentstats.summaries.counts import RetentionCounts

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BenchmarkComparisons:
    """A stay rate beside many benchmarks; made by `compare_with_benchmarks`.

    Parameters
    ----------
    counts : RetentionCounts
        The study.
    horizon : float or None
        Years to which the benchmarks were moved; None compares as published.
    level, margin : float
        Of every verdict; the margin is a share.
    comparisons : tuple of BenchmarkComparison
        One a benchmark, from the lowest rate as used up.
    left_out : tuple of LeftOut
        Benchmarks that could not be compared, with the reason.
    provenance : Provenance
        What made this result.
    """

    counts: RetentionCounts
    horizon: float | None
    level: float
    margin: float
    comparisons: tuple[BenchmarkComparison, ...]
    left_out: tuple[LeftOut, ...]
    provenance: Provenance

    def with_verdict(self, verdict: str) -> tuple[BenchmarkComparison, ...]:
        """Return the comparisons of one verdict.

        Parameters
        ----------
        verdict : str
            One of `VERDICTS`, such as "below".

        Returns
        -------
        tuple of BenchmarkComparison
            From the lowest rate up; may be empty.

        Raises
        ------
        UnknownNameError
            If there is no such verdict.
        """
        wanted = checks.one_of(verdict, VERDICTS, name="verdict")
        return tuple(c for c in self.comparisons if c.verdict == wanted)

    @property
    def parting(self) -> tuple[BenchmarkComparison, ...]:
        """Comparisons in which the two exact tests fall on different sides of 1 - level.

        Only those that the exact test decides: with an uncertain benchmark it does not.
        """
        return tuple(
            c
            for c in self.comparisons
            if c.benchmark_is_constant
            and rejects(c.tests.minlike.two_sided, level=c.level)
            != rejects(c.tests.central.two_sided, level=c.level)
        )

    @property
    def sentence(self) -> str:
        """Which benchmarks the rate is told apart from, and which not."""
        if not self.comparisons:
            return "No benchmark could be compared; see `left_out`."
        moved = "as published" if self.horizon is None else f"moved to {self.horizon:g} years"
        found = [
            f"{verdict} {len(own)}: {listed(c.benchmark.short_label for c in own)}"
            for verdict in VERDICTS
            if verdict != "cannot tell" and (own := self.with_verdict(verdict))
        ]
        parting = self.parting
        parts = [
            f"Of {len(self.comparisons)} benchmarks {moved}, {self.counts.retained} of "
            f"{self.counts.total} is {'; '.join(found) or 'told apart from none'}.",
            *(
                f"With {c.benchmark.short_label} the two exact tests part (central "
                f"{p_text(c.tests.central.two_sided)}, minimum likelihood "
                f"{p_text(c.tests.minlike.two_sided)})."
                for c in parting
            ),
        ]
        other = [c.benchmark for c in self.with_verdict("cannot tell") if c not in parting]
        if other:
            parts.append(
                f"From {'the other ' if found or parting else ''}{len(other)} it cannot be told "
                f"apart: {_by_years(other)}."
            )
        return " ".join(parts)

    @property
    def rounding_sentence(self) -> str:
        """Verdicts that hang on what was rounded, and on sampling error of the benchmarks."""
        if not self.comparisons:
            return "No benchmark could be compared; see `left_out`."
        hanging = [c.benchmark.short_label for c in self.comparisons if not c.rounding.holds]
        total = len(self.comparisons)
        constant = sum(c.benchmark_is_constant for c in self.comparisons)
        text = (
            "No verdict hangs on what a printed figure was rounded from."
            if not hanging
            else "The verdict hangs on what the printed figure was rounded from at "
            f"{listed(hanging)}."
        )
        if constant:
            own = "a standard error or a number of people"
            text += (
                f" No benchmark of the {total} comes with {own}, so each is treated as constant"
                if constant == total
                else f" Not every benchmark comes with {own}; the {constant} of {total} without "
                "are treated as constant"
            )
            text += f"; {self._approximate()}." if self._approximated else "."
        return text

    def moved_sentence(self, printed: "BenchmarkComparisons") -> str:
        """Return which verdicts changed when the benchmarks were moved to the horizon.

        Parameters
        ----------
        printed : BenchmarkComparisons
            The same benchmarks as published.

        Returns
        -------
        str
            Each changed verdict with its p-value before and after.
        """
        before = {c.benchmark.id: c for c in printed.comparisons}
        pairs = [(before[c.benchmark.id], c) for c in self.comparisons if c.benchmark.id in before]
        changed = [
            f"{new.benchmark.short_label} ({old.verdict}, {p_text(_deciding(old))}, as printed; "
            f"{new.verdict}, {p_text(_deciding(new))}, as {percent(new.rate)})"
            for old, new in pairs
            if old.verdict != new.verdict
        ]
        horizon = "them" if self.horizon is None else f"the rates to {self.horizon:g} years"
        return f"Moving {horizon} changes {len(changed)} of {len(pairs)} verdicts" + (
            f": {listed(changed)}." if changed else "."
        )

    @property
    def _approximated(self) -> list[BenchmarkComparison]:
        """Comparisons whose benchmark has an approximate standard error of ours."""
        return [c for c in self.comparisons if c.sensitivity]

    def _approximate(self) -> str:
        """What approximate standard errors change."""
        turned = [
            c.benchmark.short_label
            for c in self._approximated
            if any(
                decide(
                    p_value=s.p_value,
                    p_equivalence=s.p_equivalence,
                    difference=s.difference,
                    level=c.level,
                )
                != c.verdict
                for s in c.sensitivity
            )
        ]
        return f"with our approximate errors for the {len(self._approximated)} that allow one, " + (
            f"the verdict changes at {listed(turned)}" if turned else "no verdict changes"
        )

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return the difference to each benchmark.

        Parameters
        ----------
        level : float
            Level of the intervals, recomputed.

        Returns
        -------
        pandas.DataFrame
            One row a benchmark, `group`; `term` is "difference". Ratios and odds ratios
            are in the `tidy` of each comparison.
        """
        checked = checks.level(level)
        return tidy_frame(
            [
                {str(name): value for name, value in row.items()}
                for c in self.comparisons
                for row in c.tidy(level=checked).head(1).to_dict("records")
            ]
        )

    def frame(self) -> "pd.DataFrame":
        """Return one row a benchmark for a table: as printed, as used, tests, verdict.

        Returns
        -------
        pandas.DataFrame
            `p_value` decides the verdict; `p_central`, `p_minlike` treat the benchmark as
            a constant.
        """
        import pandas as pd

        rows = [
            {
                "benchmark_id": c.benchmark.id,
                "benchmark": c.benchmark.label,
                "short_label": c.benchmark.short_label,
                "origin": c.benchmark.origin,
                "as_printed": c.benchmark.as_printed,
                "printed_horizon": _years(c.benchmark),
                "printed_horizon_words": c.benchmark.horizon_as_printed,
                "rate": c.rate,
                "difference": c.difference,
                "p_value": _deciding(c),
                "p_central": c.tests.central.two_sided,
                "p_minlike": c.tests.minlike.two_sided,
                "benchmark_is_constant": c.benchmark_is_constant,
                "holds_for_rounding": c.rounding.holds,
                "fragility": c.unknown.fragility,
                "verdict": c.verdict,
            }
            for c in self.comparisons
        ]
        return pd.DataFrame(rows)

    def glance(self) -> "pd.DataFrame":
        """Return one row: how many benchmarks, their rates, range of p, verdicts.

        Returns
        -------
        pandas.DataFrame
            One row.
        """
        rates = [c.rate for c in self.comparisons] or [float("nan")]
        p = [_deciding(c) for c in self.comparisons] or [float("nan")]
        verdicts = [c.verdict for c in self.comparisons]
        return glance_frame(
            {
                "retained": self.counts.retained,
                "total": self.counts.total,
                "unknown": self.counts.unknown,
                "rate": self.counts.rate,
                "horizon": float("nan") if self.horizon is None else self.horizon,
                "benchmarks": len(self.comparisons),
                "left_out": len(self.left_out),
                "benchmark_rate_low": min(rates),
                "benchmark_rate_high": max(rates),
                "p_low": min(p),
                "p_high": max(p),
                "below": verdicts.count("below"),
                "above": verdicts.count("above"),
                "equivalent": sum(v.startswith("equivalent") for v in verdicts),
                "cannot_tell": verdicts.count("cannot tell"),
                "tests_part": len(self.parting),
                "hang_on_rounding": sum(not c.rounding.holds for c in self.comparisons),
                "margin": self.margin,
                "level": self.level,
            }
        )

    def left_out_frame(self) -> "pd.DataFrame":
        """Return the benchmarks that could not be compared.

        Returns
        -------
        pandas.DataFrame
            Columns `benchmark, choice, reason`.
        """
        return left_out_frame(self.left_out)


def compare_with_benchmarks(
    counts: RetentionCounts,
    benchmarks: Iterable[Benchmark | float | str],
    *,
    horizon: float | None = None,
    hazard: Hazard = "constant",
    tenure: Tenure | None = None,
    level: float = 0.95,
    margin: float = DEFAULT_MARGIN,
) -> BenchmarkComparisons:
    """Compare a stay rate with each of many benchmarks at the study's horizon.

    Assumptions: those of `compare_with_benchmark`, and the named hazard where benchmarks
    are moved. The comparisons share one study, and often people and instruments, so that
    no joint test is claimed and nothing is adjusted for their number.

    Parameters
    ----------
    counts : RetentionCounts
        The study.
    benchmarks : Iterable of Benchmark, float or str
        Published figures, their ids, or rates in (0, 1).
    horizon : float or None
        Years over which the study followed people; None compares as published. Benchmarks
        that cannot be moved there, or are bounds only, are left out with the reason.
    hazard : "constant", Weibull, PublishedCurve or PiecewiseHazard
        Hazard of leaving under which they are moved.
    tenure : float, TenureDistribution, TenureRange or None
        Years already stayed by the people of the study; needed by every hazard but the
        constant one.
    level, margin : float
        Of every verdict; the margin is a share.

    Returns
    -------
    BenchmarkComparisons
        One comparison a benchmark, what was left out, sentences.

    Raises
    ------
    InputError
        If there is no benchmark, or a number is outside its range.
    UnknownNameError
        If there is no benchmark of an id, or no such hazard.

    Examples
    --------
    >>> found = compare_with_benchmarks(
    ...     RetentionCounts(87, 100), ["sei2024-china-10yr", "sei2020-china-10yr"], horizon=6
    ... )
    >>> print(found.sentence)
    Of 2 benchmarks moved to 6 years, 87 of 100 is below 1: 90% at 10 years (SEI 2020).
    From the other 1 it cannot be told apart: 81% at 10 years.
    """
    checked = checks.level(level)
    half = checks.finite_number(margin, name="margin", above=0, below=1)
    if horizon is not None:
        horizon = checks.finite_number(horizon, name="horizon", above=0)
    given = [b if isinstance(b, Benchmark) else as_benchmark(b) for b in benchmarks]
    if not given:
        raise InputError("benchmarks is empty; give at least one, such as benchmarks('China').")
    how = "as published" if horizon is None else hazard_label(hazard)
    done: list[BenchmarkComparison] = []
    left_out: list[LeftOut] = []
    for figure in given:
        try:
            moved = _moved(figure, horizon, hazard, tenure)
            done.append(compare_with_benchmark(counts, moved, level=checked, margin=half))
        except UnknownNameError:
            raise
        except InputError as error:
            left_out.append(LeftOut(benchmark=figure.id, choice=how, reason=str(error)))
    return BenchmarkComparisons(
        counts=counts,
        horizon=horizon,
        level=checked,
        margin=half,
        comparisons=tuple(sorted(done, key=lambda c: c.rate)),
        left_out=tuple(left_out),
        provenance=Provenance(
            function="compare_with_benchmarks",
            arguments={
                "retained": counts.retained,
                "total": counts.total,
                "unknown": counts.unknown,
                "benchmarks": tuple(b.id for b in given),
                "horizon": horizon,
                "hazard": how,
                "level": checked,
                "margin": half,
            },
            method="exact central binomial test, or the two-sample test of an uncertain benchmark",
            sources=tuple(dict.fromkeys(s for b in given for s in benchmark_sources(b))),
        ),
    )


def _moved(
    figure: Benchmark, horizon: float | None, hazard: Hazard, tenure: Tenure | None
) -> Benchmark:
    """Benchmark at the horizon; a bound says itself that it is one."""
    figure.required_rate()
    if horizon is None or (figure.alignment is not None and figure.horizon == horizon):
        return figure
    return figure.at_horizon(horizon, hazard=hazard, tenure=tenure)


def _deciding(one: BenchmarkComparison) -> float:
    """P-value that decides the verdict."""
    return one.tests.central.two_sided if one.uncertain is None else one.uncertain.p_value


def _years(figure: Benchmark) -> float:
    """Horizon as published, NaN where it is none."""
    years = figure.alignment.from_horizon if figure.alignment else figure.horizon
    return float("nan") if years is None else years


def _by_years(figures: Iterable[Benchmark]) -> str:
    """Rates in words, together with those of the same published horizon."""
    rates: dict[str, list[str]] = {}
    for figure in figures:
        years = _years(figure)
        rates.setdefault("" if years != years else f" at {years:g} years", []).append(
            figure.rate_label
        )
    return "; ".join(f"{listed(own)}{at}" for at, own in rates.items())
