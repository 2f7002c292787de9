"""The exact p-value of the data against every rate: the benchmarks they can live with."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.published.benchmark import Benchmark
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.retention.intervals import RetentionInterval, retention_interval
from talentstats.retention.power import benchmark_sources, checked_benchmark
from talentstats.retention.verdict import rejects
from talentstats.stats.binomial_tests import exact_central
from talentstats.summaries.counts import RetentionCounts, checked_counts

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompatibilityCurve:
    """The p-value function of a stay rate; made by `compatibility_curve`.

    Parameters
    ----------
    counts : RetentionCounts
        The study.
    rates, p_values : ndarray of float
        Shape (m,): candidate rates and the exact central p-value against each.
    benchmarks : tuple of Benchmark
        Published rates to be marked, aligned.
    interval : RetentionInterval
        Clopper-Pearson: the rates with p above 1 - level.
    provenance : Provenance
        What made this result.
    """

    counts: RetentionCounts
    rates: NDArray[np.float64]
    p_values: NDArray[np.float64]
    benchmarks: tuple[Benchmark, ...]
    interval: RetentionInterval
    provenance: Provenance

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return the curve and the benchmarks on it.

        Parameters
        ----------
        level : float
            Level of the compatible region, for `compatible`.

        Returns
        -------
        pandas.DataFrame
            `term` is "curve" or "benchmark"; `estimate` is the rate, `p_value` the
            exact central p-value; for benchmarks `group` is the label, `conf_low`
            and `conf_high` the rates that print as the figure.
        """
        checked = checks.level(level)
        curve = [
            {"group": "", "term": "curve", "estimate": r, "p_value": p, "conf_level": checked}
            for r, p in zip(self.rates, self.p_values, strict=True)
        ]
        marks = [
            {
                "group": b.label,
                "term": "benchmark",
                "estimate": b.rate,
                "p_value": self.p_value(b.required_rate()),
                "conf_low": b.rate_low,
                "conf_high": b.rate_high,
                "conf_level": checked,
                "interval": "rounding",
            }
            for b in self.benchmarks
        ]
        rows = [*curve, *marks]
        return tidy_frame(
            [{**r, "compatible": not rejects(r["p_value"], level=checked)} for r in rows]
        )

    def glance(self) -> "pd.DataFrame":
        """Return one row: the study, its compatible region, how many benchmarks are in it.

        Returns
        -------
        pandas.DataFrame
            One row.
        """
        inside = sum(
            self.interval.low <= b.required_rate() <= self.interval.high for b in self.benchmarks
        )
        return glance_frame(
            {
                "retained": self.counts.retained,
                "total": self.counts.total,
                "level": self.interval.level,
                "low": self.interval.low,
                "high": self.interval.high,
                "benchmarks": len(self.benchmarks),
                "compatible": inside,
            }
        )

    def p_value(self, rate: float) -> float:
        """Return the exact central p-value against one rate.

        Parameters
        ----------
        rate : float
            A rate in (0, 1).

        Returns
        -------
        float
            Two-sided.
        """
        return float(
            exact_central(k=self.counts.retained, n=self.counts.total, rate=rate).two_sided
        )


def compatibility_curve(
    counts: RetentionCounts, benchmarks: Iterable[Benchmark] = (), *, level: float = 0.95
) -> CompatibilityCurve:
    """Compute the exact central p-value of the data against every rate.

    Parameters
    ----------
    counts : RetentionCounts
        The study.
    benchmarks : Iterable of Benchmark
        Rates to mark, aligned to the study's horizon; those published as a bound
        only cannot be marked and are refused.
    level : float
        Level of the compatible region.

    Returns
    -------
    CompatibilityCurve
        The curve on a grid of 0.0005 over the rates that matter.

    Raises
    ------
    InputError
        If a benchmark has no rate, or the level is not in (0, 1).

    References
    ----------
    Birnbaum (1961), Journal of the American Statistical Association 56:246-249,
    doi:10.1080/01621459.1961.10482107. Rafi and Greenland (2020), BMC Medical
    Research Methodology 20:244, doi:10.1186/s12874-020-01105-9.

    Examples
    --------
    >>> curve = compatibility_curve(RetentionCounts(87, 100))
    >>> round(curve.p_value(0.90), 6)
    0.396358
    """
    checked_counts(counts)
    checked = checks.level(level)
    figures = tuple(checked_benchmark(b) for b in benchmarks)
    marked = [b.required_rate() for b in figures]
    far = retention_interval(counts, method="clopper-pearson", level=0.9999)
    low = max(0.0005, min([far.low, *marked]) - 0.005)
    high = min(0.9995, max([far.high, *marked]) + 0.005)
    rates = np.arange(round(low * 2000), round(high * 2000) + 1, dtype=np.float64) / 2000
    p_values = np.array(exact_central(k=counts.retained, n=counts.total, rate=rates).two_sided)
    rates.flags.writeable = False
    p_values.flags.writeable = False
    return CompatibilityCurve(
        counts=counts,
        rates=rates,
        p_values=p_values,
        benchmarks=figures,
        interval=retention_interval(counts, method="clopper-pearson", level=checked),
        provenance=Provenance(
            function="compatibility_curve",
            arguments={
                "retained": counts.retained,
                "total": counts.total,
                "benchmarks": tuple(b.id for b in figures),
                "level": checked,
            },
            method="exact central binomial test",
            sources=tuple(dict.fromkeys(s for b in figures for s in benchmark_sources(b))),
        ),
    )
