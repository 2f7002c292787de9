"""The stay rate with its interval."""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from talentstats import checks
from talentstats.errors import InputError
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.retention.design import checked_design_effect, checked_prior
from talentstats.retention.intervals import (
    INTERVAL_METHODS,
    SIDES,
    WHOLE_COUNTS,
    RetentionInterval,
    WaldIntervalWarning,
    retention_interval,
)
from talentstats.summaries.counts import RetentionCounts, checked_counts

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RetentionEstimate:
    """A stay rate with one interval or more; made by `retention`.

    Parameters
    ----------
    counts : RetentionCounts
        What was estimated from.
    rate : float
        Share retained among those whose status is known.
    std_error : float
        Binomial standard error at the estimate, times the root of the design effect.
    intervals : tuple of RetentionInterval
        In the order asked for.
    prior : tuple of float
        Parameters (a, b) of the Beta prior of the method `beta`.
    design_effect : float
        Variance relative to simple random sampling.
    provenance : Provenance
        What made this result.
    """

    counts: RetentionCounts
    rate: float
    std_error: float
    intervals: tuple[RetentionInterval, ...]
    prior: tuple[float, float]
    design_effect: float
    provenance: Provenance

    @property
    def low(self) -> float:
        """Lower limit of the first interval."""
        return self.intervals[0].low

    @property
    def high(self) -> float:
        """Upper limit of the first interval."""
        return self.intervals[0].high

    @property
    def sentence(self) -> str:
        """The estimate in one sentence."""
        first = self.intervals[0]
        word = "credible" if first.kind == "credible" else "confidence"
        limits = {
            "two-sided": f"{100 * first.low:.1f}% to {100 * first.high:.1f}%",
            "lower": f"{100 * first.low:.1f}% or more",
            "upper": f"{100 * first.high:.1f}% or less",
        }[first.side]
        unknown = (
            f" The status of {self.counts.unknown} more is unknown." if self.counts.unknown else ""
        )
        return (
            f"{self.counts.retained} of {self.counts.total} stayed: {100 * self.rate:.1f}% "
            f"({100 * first.level:g}% {word} interval, {first.method}: {limits}).{unknown}"
        )

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return one row an interval.

        Parameters
        ----------
        level : float
            Level of the intervals, recomputed.

        Returns
        -------
        pandas.DataFrame
            `term` is "retention"; `interval` names the method; `side` and `clipped`
            follow the common columns.
        """
        checked = checks.level(level)
        return tidy_frame(
            [
                {
                    "term": "retention",
                    "estimate": self.rate,
                    "std_error": self.std_error,
                    "conf_low": interval.low,
                    "conf_high": interval.high,
                    "conf_level": interval.level,
                    "interval": interval.method,
                    "side": interval.side,
                    "clipped": interval.clipped,
                }
                for interval in (
                    retention_interval(
                        self.counts,
                        method=old.method,
                        level=checked,
                        side=old.side,
                        prior=self.prior,
                        design_effect=self.design_effect,
                    )
                    for old in self.intervals
                )
            ]
        )

    def glance(self) -> "pd.DataFrame":
        """Return one row: counts, rate, design effect.

        Returns
        -------
        pandas.DataFrame
            Shape (1, 7).
        """
        return glance_frame(
            {
                "retained": self.counts.retained,
                "total": self.counts.total,
                "unknown": self.counts.unknown,
                "rate": self.rate,
                "std_error": self.std_error,
                "design_effect": self.design_effect,
                "as_printed": self.counts.as_printed,
            }
        )


def retention(
    counts: RetentionCounts,
    *,
    method: str | Sequence[str] = "wilson",
    level: float = 0.95,
    side: str = "two-sided",
    prior: tuple[float, float] = (1.0, 1.0),
    design_effect: float = 1.0,
) -> RetentionEstimate:
    """Estimate the stay rate: the share of a cohort still in the host country.

    Assumptions: people stay or leave independently with one common probability, up
    to the design effect; those of unknown status are like the others (see
    `compare_with_benchmark` for what happens if they are not).

    Parameters
    ----------
    counts : RetentionCounts
        People retained, people of known status, people of unknown status.
    method : str or Sequence of str
        One of `INTERVAL_METHODS`, several of them, or "all" (every method that the
        arguments allow, `wald` left out).
    level : float
        Confidence level in (0, 1).
    side : str
        "two-sided", "lower" (lower limit, upper end 1) or "upper".
    prior : tuple of float
        Parameters (a, b) of the Beta prior that `beta` uses.
    design_effect : float
        Variance relative to simple random sampling, at least 1; counts are divided
        by it (Korn and Graubard).

    Returns
    -------
    RetentionEstimate
        Rate, standard error and the intervals in the order asked for.

    Raises
    ------
    InputError
        If `level` is not in (0, 1), the design effect is below 1, or a method does
        not exist for the side or design effect asked for.
    UnknownNameError
        If there is no such method or side.

    References
    ----------
    Brown, Cai and DasGupta (2001), Statistical Science 16(2):101-133,
    doi:10.1214/ss/1009213286. Newcombe (1998), Statistics in Medicine 17:857-872,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E.
    Korn and Graubard (1998), Survey Methodology 24:193-201.

    Examples
    --------
    >>> estimate = retention(RetentionCounts(87, 100))
    >>> round(estimate.low, 6), round(estimate.high, 6)
    (0.790196, 0.922428)
    """
    checked_counts(counts)
    checked_level = checks.level(level)
    checks.one_of(side, SIDES, name="side")
    deff = checked_design_effect(design_effect)
    a, b = checked_prior(prior)
    wanted = _wanted_methods(method, side=side, design_effect=deff)
    if "wald" in wanted:
        warnings.warn(
            "the Wald interval is too short: at n=100 its exact coverage falls to 10% near a "
            "rate of 1, and it is a single point at 0 and n. Wilson costs nothing and holds.",
            WaldIntervalWarning,
            stacklevel=2,
        )
    found = tuple(
        retention_interval(
            counts, method=name, level=checked_level, side=side, prior=(a, b), design_effect=deff
        )
        for name in wanted
    )
    return RetentionEstimate(
        counts=counts,
        rate=counts.rate,
        std_error=float(np.sqrt(deff * counts.rate * (1 - counts.rate) / counts.total)),
        intervals=found,
        prior=(a, b),
        design_effect=deff,
        provenance=Provenance(
            function="retention",
            arguments={
                "retained": counts.retained,
                "total": counts.total,
                "unknown": counts.unknown,
                "method": wanted,
                "level": checked_level,
                "side": side,
                "prior": (a, b),
                "design_effect": deff,
            },
            method=", ".join(wanted),
        ),
    )


def _wanted_methods(
    method: str | Sequence[str], *, side: str, design_effect: float
) -> tuple[str, ...]:
    """Expand "all", check names, and refuse methods that the other arguments rule out."""
    refused = {}
    if side != "two-sided":
        refused["blaker"] = (
            f"method 'blaker' has no one-sided form (side={side!r}); use 'clopper-pearson'."
        )
    if design_effect != 1:
        for name in WHOLE_COUNTS:
            refused[name] = (
                f"method {name!r} is defined for whole counts only, not for counts divided by "
                f"design_effect={design_effect:g}; use 'clopper-pearson' or 'wilson'."
            )
    every = tuple(m for m in INTERVAL_METHODS if m != "wald" and m not in refused)
    if not isinstance(method, str | Iterable):
        raise InputError(
            f"method={method!r} is not a name; allowed: {', '.join(INTERVAL_METHODS)}, all."
        )
    names = (method,) if isinstance(method, str) else tuple(method)
    if not names:
        raise InputError(f"no method given; allowed: {', '.join(INTERVAL_METHODS)}, all.")
    for name in names:
        checks.one_of(name, (*INTERVAL_METHODS, "all"), name="method")
        if name in refused:
            raise InputError(refused[name])
    return tuple(dict.fromkeys(m for name in names for m in (every if name == "all" else (name,))))
