"""Change between two published stay rates that have standard errors."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from talentstats import checks
from talentstats.errors import InputError
from talentstats.published.benchmark import Benchmark
from talentstats.published.benchmark import benchmark as as_benchmark
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.results.wording import p_text, percent, points
from talentstats.retention.design import checked_design_effect
from talentstats.retention.power import benchmark_sources
from talentstats.stats.limits import normal_quantile
from talentstats.stats.uncertain_rate import two_sided_p

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BenchmarkChange:
    """A published stay rate less an earlier one; made by `benchmark_change`.

    Parameters
    ----------
    earlier, later : Benchmark
        The two figures.
    design_effect : float
        By which both variances were multiplied.
    level : float
        Confidence level.
    difference, std_error : float
        Later less earlier, a share, and its standard error.
    low, high : float
        Normal limits of the difference.
    statistic, p_value : float
        Difference over its standard error; two-sided.
    p_rounding : float
        P-value where both rates are as near as their printed digits allow.
    is_approximation : bool
        Whether a standard error was derived, not published.
    provenance : Provenance
        What made this result.
    """

    earlier: Benchmark
    later: Benchmark
    design_effect: float
    level: float
    difference: float
    std_error: float
    low: float
    high: float
    statistic: float
    p_value: float
    p_rounding: float
    is_approximation: bool
    provenance: Provenance

    @property
    def sentence(self) -> str:
        """The change in one sentence."""
        before, after = (b.required_rate() for b in (self.earlier, self.later))
        verb = "stayed at" if after == before else "rose to" if after > before else "fell to"
        errors = "by approximate errors of ours, " if self.is_approximation else ""
        return (
            f"From {percent(before)} ({self.earlier.label}) the rate {verb} {percent(after)} "
            f"({self.later.label}): {points(self.difference)} points, {errors}{points(self.low)} "
            f"to {points(self.high)} ({100 * self.level:g}% interval), {p_text(self.p_value)}."
        )

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return the difference with its interval.

        Parameters
        ----------
        level : float
            Level of the interval, recomputed.

        Returns
        -------
        pandas.DataFrame
            One row; `term` is "difference".
        """
        checked = checks.level(level)
        low, high = _limits(self.difference, self.std_error, checked)
        return tidy_frame(
            [
                {
                    "term": "difference",
                    "estimate": self.difference,
                    "std_error": self.std_error,
                    "statistic": self.statistic,
                    "p_value": self.p_value,
                    "conf_low": low,
                    "conf_high": high,
                    "conf_level": checked,
                    "interval": "normal",
                }
            ]
        )

    def glance(self) -> "pd.DataFrame":
        """Return one row: both rates, horizon, difference, p-values.

        Returns
        -------
        pandas.DataFrame
            One row.
        """
        return glance_frame(
            {
                "earlier": self.earlier.id,
                "later": self.later.id,
                "earlier_rate": self.earlier.rate,
                "later_rate": self.later.rate,
                "horizon": float("nan") if self.later.horizon is None else self.later.horizon,
                "difference": self.difference,
                "std_error": self.std_error,
                "design_effect": self.design_effect,
                "low": self.low,
                "high": self.high,
                "p_value": self.p_value,
                "p_rounding": self.p_rounding,
                "is_approximation": self.is_approximation,
                "level": self.level,
            }
        )


def benchmark_change(
    earlier: Benchmark | str,
    later: Benchmark | str,
    *,
    design_effect: float = 1.0,
    level: float = 0.95,
) -> BenchmarkChange:
    """Difference of two published stay rates at one horizon, the later less the earlier.

    Assumptions: the two are of different people, independent and near normal; both were
    observed by one instrument.

    Parameters
    ----------
    earlier, later : Benchmark or str
        Figures or their ids, each with a standard error (published, given or approximate)
        or a number of people counted.
    design_effect : float
        Multiplies both variances.
    level : float
        Confidence level.

    Returns
    -------
    BenchmarkChange
        Difference, interval, p-value as printed and with rounding at its worst.

    Raises
    ------
    InputError
        If a figure has no rate or no error, horizons or instruments differ, or a number is
        outside its range.
    UnknownNameError
        If there is no benchmark of an id.

    Examples
    --------
    >>> change = benchmark_change("sei2020-china-10yr", "sei2024-china-10yr")
    >>> round(100 * change.difference), round(100 * change.std_error, 2), change.is_approximation
    (-9, 1.57, True)
    """
    checked = checks.level(level)
    effect = checked_design_effect(design_effect)
    first, second = (b if isinstance(b, Benchmark) else as_benchmark(b) for b in (earlier, later))
    for what, a, b in (
        ("horizon", first.horizon, second.horizon),
        ("instrument", first.instrument, second.instrument),
    ):
        if a != b:
            raise InputError(
                f"the {what} of {first.id!r} is {a!r}, of {second.id!r} {b!r}; a change needs one "
                f"{what}. Hint: benchmarks() lists the figures with theirs."
            )
    gap = second.required_rate() - first.required_rate()
    error = math.hypot(_std_error(first), _std_error(second)) * math.sqrt(effect)
    rounding = sum((b.rate_high - b.rate_low) / 2 for b in (first, second))
    low, high = _limits(gap, error, checked)
    return BenchmarkChange(
        earlier=first,
        later=second,
        design_effect=effect,
        level=checked,
        difference=gap,
        std_error=error,
        low=low,
        high=high,
        statistic=gap / error,
        p_value=float(two_sided_p(gap / error)),
        p_rounding=float(two_sided_p(max(abs(gap) - rounding, 0.0) / error)),
        is_approximation="approximation" in {first.se_status, second.se_status},
        provenance=Provenance(
            function="benchmark_change",
            arguments={
                "earlier": first.id,
                "later": second.id,
                "design_effect": effect,
                "level": checked,
            },
            method="normal interval and test of the difference of two published rates",
            sources=tuple(dict.fromkeys([*benchmark_sources(first), *benchmark_sources(second)])),
        ),
    )


def _limits(difference: float, std_error: float, level: float) -> tuple[float, float]:
    """Normal limits."""
    reach = float(normal_quantile(level=level, side="two-sided")) * std_error
    return difference - reach, difference + reach


def _std_error(figure: Benchmark) -> float:
    """Standard error of a figure, binomial where only its people are known."""
    rate = figure.required_rate()
    if figure.std_error:
        return figure.std_error
    if figure.n:
        return math.sqrt(rate * (1 - rate) / figure.n)
    raise InputError(
        f"benchmark {figure.id!r} has neither a standard error nor a number of people counted, so "
        "that no change can be tested. Hint: give your own, benchmark(rate, horizon=..., "
        "std_error=...)."
    )
