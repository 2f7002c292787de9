"""Ratios of the hazard rates of groups to that of a reference group."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.results.wording import p_text
from talentstats.stats.limits import Floats, Limits, read_only
from talentstats.stats.rates import rate_ratio_limits, rate_ratio_test
from talentstats.survival.rate_limits import gamma_ratio
from talentstats.survival.rate_text import shown

if TYPE_CHECKING:
    import pandas as pd

    from talentstats.survival.hazard_rates import HazardRates


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RateRatios:
    """Rate ratios of g - 1 groups to a reference; made by `HazardRates.ratios`.

    Parameters
    ----------
    rates : HazardRates
        The rates of g groups for o outcomes.
    reference : str
        Label of the reference group.
    ratio, lower, upper : ndarray of float
        Shape (g - 1, o): ratios and their limits at `level`; NaN where neither group has an end.
    p_value : ndarray of float
        Shape (g - 1, o): two-sided tests that the ratio is 1, which the limits invert.
    interval : str
        "conditional exact", "conditional mid-p", or "gamma" for sampling weights.
    level : float
        Confidence level.
    provenance : Provenance
        What made this result.
    """

    rates: "HazardRates"
    reference: str
    ratio: Floats
    lower: Floats
    upper: Floats
    p_value: Floats
    interval: str
    level: float
    provenance: Provenance

    def __post_init__(self) -> None:
        for name in ("ratio", "lower", "upper", "p_value"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def estimand(self) -> str:
        """What is estimated, for tables."""
        return "rate ratio"

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the groups above the line."""
        return tuple(name for name in self.rates.labels if name != self.reference)

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes of the rates, and which ratios have no value."""
        empty = np.argwhere(np.isnan(self.ratio))
        named = ", ".join(f"{self.labels[i]} ({self.rates.outcomes[j]})" for i, j in empty[:5])
        extra = (f"No ratio where neither group has an end: {named}.",) if named else ()
        return (*self.rates.notes, *extra)

    @property
    def sentence(self) -> str:
        """The ratios for the first outcome, one after the other."""
        each = "; ".join(
            f"{name} {shown(self.ratio[i, 0])} ({shown(self.lower[i, 0])} to "
            f"{shown(self.upper[i, 0])}, "
            f"{p_text(float(self.p_value[i, 0]))})"
            for i, name in enumerate(self.labels)
        )
        return (
            f"Rate ratios to {self.reference} ({self.rates.outcomes[0]}): {each}; "
            f"{100 * self.level:g}% intervals, {self.interval}."
        )

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return one row a group and outcome, without the reference.

        Parameters
        ----------
        level : float
            Level of the intervals, recomputed.

        Returns
        -------
        pandas.DataFrame
            Term "rate ratio"; `std_error` is that of the ratio by the delta method, NaN where a
            group has no end. Events and exposure of both groups follow.
        """
        checked = checks.level(level)
        sums = self.rates.sums
        own, base = _places(self.rates, self.reference)
        limits, _ = _compared(self.rates, own, base, interval=self.interval, level=checked)
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = sums.variance / sums.rate**2
        error = self.ratio * np.sqrt(relative[own] + relative[base])
        error = np.where(np.isfinite(error), error, np.nan)
        return tidy_frame(
            [
                {
                    "group": group,
                    "outcome": outcome,
                    "term": "rate ratio",
                    "estimate": self.ratio[i, j],
                    "std_error": error[i, j],
                    "p_value": self.p_value[i, j],
                    "conf_low": limits.lower[i, j],
                    "conf_high": limits.upper[i, j],
                    "conf_level": checked,
                    "interval": self.interval,
                    "reference": self.reference,
                    "events": sums.events[own[i], j],
                    "exposure": sums.exposure[own[i]],
                    "events_reference": sums.events[base, j],
                    "exposure_reference": sums.exposure[base],
                }
                for i, group in enumerate(self.labels)
                for j, outcome in enumerate(self.rates.outcomes)
            ]
        )

    def glance(self) -> "pd.DataFrame":
        """Return one row: reference, groups, events, exposure.

        Returns
        -------
        pandas.DataFrame
            One row.
        """
        return glance_frame(
            {
                "reference": self.reference,
                "groups": len(self.rates.labels),
                "events": float(self.rates.events[:, 0].sum()),
                "person_years": float(self.rates.exposure.sum()),
                "overdispersion": self.rates.overdispersion,
                "interval": self.interval,
                "level": self.level,
            }
        )


def rate_ratios(rates: "HazardRates", *, reference: str | None, level: float) -> RateRatios:
    """Ratio of each group's rate to that of a reference group.

    Assumptions: those of the rates; the groups are independent. Given the ends of two groups
    together, those of one are binomial, which makes limits and test exact.

    Parameters
    ----------
    rates : HazardRates
        Rates of two groups or more.
    reference : str or None
        Label of the reference group; None is the first.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    RateRatios
        Ratios, limits, p-values.

    Raises
    ------
    InputError
        If there is one group only.
    UnknownNameError
        If there is no such group.

    References
    ----------
    Przyborowski, J. and Wilenski, H. (1940). Biometrika 31, 313-323. doi:10.1093/biomet/31.3-4.313
    Fay, M. P. (1999). Communications in Statistics - Theory and Methods 28, 2141-2160.
    doi:10.1080/03610929908832411 (weights)

    Examples
    --------
    >>> import pandas as pd
    >>> from talentstats.summaries.cells import RiskCells
    >>> from talentstats.survival.hazard_rates import hazard_rates
    >>> table = pd.DataFrame({"job": ["a", "b"], "events": [2, 0], "exposure": [1.0, 1.0]})
    >>> rates = hazard_rates(RiskCells.from_frame(table), by="job")
    >>> rate_ratios(rates, reference="b", level=0.95).p_value  # 1/4, doubled
    array([[0.5]])
    """
    if len(rates.labels) < 2:
        raise InputError(
            f"there is one group, {rates.labels[0]!r}, and a ratio needs two. Hint: by= a "
            "covariate, 'duration' or 'period'."
        )
    base_name = rates.labels[0] if reference is None else reference
    checks.one_of(base_name, rates.labels, name="reference group")
    checked = checks.level(level)
    own, base = _places(rates, base_name)
    interval = {
        "garwood": "conditional exact",
        "mid-p": "conditional mid-p",
        "gamma": "gamma",
    }[rates.interval]
    limits, p_value = _compared(rates, own, base, interval=interval, level=checked)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = rates.rate[own] / rates.rate[base]
    return RateRatios(
        rates=rates,
        reference=base_name,
        ratio=ratio,
        lower=limits.lower,
        upper=limits.upper,
        p_value=np.where(np.isnan(ratio), np.nan, p_value),
        interval=interval,
        level=checked,
        provenance=Provenance(
            function="HazardRates.ratios",
            arguments={**rates.provenance.arguments, "reference": base_name, "level": checked},
            method=f"ratios of rates, {interval} limits and test",
        ),
    )


def _places(rates: "HazardRates", reference: str) -> tuple[NDArray[np.intp], int]:
    """Places of the groups above the line, and of the reference."""
    base = rates.labels.index(reference)
    return np.flatnonzero(np.arange(len(rates.labels)) != base), base


def _compared(
    rates: "HazardRates", own: NDArray[np.intp], base: int, *, interval: str, level: float
) -> tuple[Limits, Floats]:
    """Limits of the ratios and two-sided p-values, shape (g - 1, o)."""
    sums = rates.sums
    if interval == "gamma":
        more, more_squared = sums.one_more[:, None], sums.one_more_squared[:, None]
        limits, p_value = gamma_ratio(
            rate=sums.rate[own],
            variance=sums.variance[own],
            one_more=more[own],
            one_more_squared=more_squared[own],
            base=(sums.rate[base], sums.variance[base], more[base], more_squared[base]),
            level=level,
        )
        none = (sums.rate[own] == 0.0) & (sums.rate[base] == 0.0)
        return Limits(
            lower=np.where(none, np.nan, limits.lower), upper=np.where(none, np.nan, limits.upper)
        ), p_value
    two = {
        "events": sums.events[own],
        "exposure": sums.exposure[own][:, None],
        "events_base": sums.events[base],
        "exposure_base": sums.exposure[base],
    }
    mid_p = interval == "conditional mid-p"
    limits = rate_ratio_limits(**two, level=level, side="two-sided", mid_p=mid_p)
    return limits, rate_ratio_test(**two, mid_p=mid_p).two_sided
