"""Hazard rates: ends per person-time by group, duration, period and destination."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import special

from talentstats import checks
from talentstats.errors import InputError
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.stats.limits import Floats, read_only
from talentstats.stats.rates import yearly_probability
from talentstats.summaries.account import RowAccount
from talentstats.summaries.cells import RiskCells
from talentstats.survival.rate_groups import RateGroups, pearson_dispersion, sum_groups
from talentstats.survival.rate_limits import rate_limits
from talentstats.survival.rate_text import shown
from talentstats.survival.wording import unit_of

if TYPE_CHECKING:
    import pandas as pd

    from talentstats.survival.rate_ratios import RateRatios

RATE_INTERVALS: Final = ("auto", "garwood", "mid-p")
_CONVENTION: Final = {
    "half": "half of the interval",
    "full": "all of the interval",
    "none": "nothing of the interval",
}
# A referee would ask about overdispersion from here on.
_OVERDISPERSED: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HazardRates:
    """Rates of g groups for o outcomes; made by `hazard_rates`.

    Parameters
    ----------
    sums : RateGroups
        Groups, outcomes, events, exposure, and the rates per unit of time with their variances.
    lower, upper : ndarray of float
        Shape (g, o): limits of the rates at `level`.
    interval : str
        "garwood", "mid-p", or "gamma" for sampling weights.
    level : float
        Confidence level.
    unit : str
        Unit of time, such as "year".
    dispersion : float
        Pearson's chi-squared of ends to any destination in the cells against one rate a group;
        NaN where no group has several cells.
    dispersion_df : int
        Its degrees of freedom.
    account : RowAccount
        Where the rows went.
    notes : tuple of str
        What the reader of the rates must know.
    provenance : Provenance
        What made this result.
    """

    sums: RateGroups
    lower: Floats
    upper: Floats
    interval: str
    level: float
    unit: str
    dispersion: float
    dispersion_df: int
    account: RowAccount
    notes: tuple[str, ...]
    provenance: Provenance

    def __post_init__(self) -> None:
        for name in ("lower", "upper"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the groups."""
        return self.sums.labels

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Destinations, after "any" if there are several; "any" alone where nobody left."""
        return self.sums.outcomes

    @property
    def events(self) -> Floats:
        """People who left, shape (g, o)."""
        return self.sums.events

    @property
    def exposure(self) -> Floats:
        """Person-time, shape (g,)."""
        return self.sums.exposure

    @property
    def rate(self) -> Floats:
        """Ends per unit of person-time, shape (g, o)."""
        return self.sums.rate

    @property
    def overdispersion(self) -> float:
        """Pearson's chi-squared over its degrees of freedom; above 1, limits are too narrow."""
        return self.dispersion / self.dispersion_df if self.dispersion_df else float("nan")

    @property
    def sentence(self) -> str:
        """The rates in one sentence: all of one group, the extremes of several."""
        first = f"{self.events[:, 0].sum():,.0f} left in {self.exposure.sum():,.1f} person-"
        order = np.argsort(self.rate[:, 0], kind="stable")
        if len(order) > 1:
            low, high = int(order[0]), int(order[-1])
            return (
                f"{first}{self.unit}s; of {len(order)} groups the lowest rate is that of "
                f"{self.labels[low]}, {self._said(low, 0)}, the highest that of "
                f"{self.labels[high]}, {self._said(high, 0)} ({self._interval_text})."
            )
        each = "; ".join(
            f"{self.outcomes[j]}, {self._said(0, j)}" for j in range(len(self.outcomes))
        )
        return f"{first}{self.unit}s: {each} ({self._interval_text})."

    @property
    def _interval_text(self) -> str:
        """Level and name of the intervals."""
        return f"{100 * self.level:g}% intervals, {self.interval}"

    def _said(self, group: int, outcome: int) -> str:
        """One rate with its limits."""
        where = group, outcome
        return (
            f"{shown(100 * self.rate[where])} per 100 person-{self.unit}s "
            f"({shown(100 * self.lower[where])} to {shown(100 * self.upper[where])})"
        )

    def ratios(self, reference: str | None = None, *, level: float = 0.95) -> "RateRatios":
        """Return the ratio of each group's rate to that of the reference group.

        Parameters
        ----------
        reference : str or None
            Label of the reference group; None is the first.
        level : float
            Confidence level in (0, 1).

        Returns
        -------
        RateRatios
            Exact conditional limits and p-values; of weighted rates, approximate ones.

        Raises
        ------
        InputError
            If there is one group only.
        UnknownNameError
            If there is no such group.
        """
        from talentstats.survival.rate_ratios import rate_ratios

        return rate_ratios(self, reference=reference, level=level)

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return two rows a group and outcome: the rate, and the probability that it makes.

        Parameters
        ----------
        level : float
            Level of the intervals, recomputed.

        Returns
        -------
        pandas.DataFrame
            Terms "rate per 100 person-years" and "probability within one year" (or another unit
            of the clock); `events`, `exposure`, `series`, `start` and `stop` follow.
        """
        checked = checks.level(level)
        limits = rate_limits(self.sums, interval=self.interval, level=checked)
        error = np.sqrt(self.sums.variance)
        stay = np.exp(-self.rate)
        terms = {
            f"rate per 100 person-{self.unit}s": (
                *(100 * self.rate, 100 * error, 100 * limits.lower, 100 * limits.upper),
            ),
            f"probability within one {self.unit}": (
                yearly_probability(rate=self.rate),
                stay * error,
                yearly_probability(rate=limits.lower),
                yearly_probability(rate=limits.upper),
            ),
        }
        return tidy_frame(
            [
                {
                    "group": group,
                    "outcome": outcome,
                    "term": term,
                    "estimate": values[0][i, j],
                    "std_error": values[1][i, j],
                    "conf_low": values[2][i, j],
                    "conf_high": values[3][i, j],
                    "conf_level": checked,
                    "interval": self.interval,
                    "events": self.events[i, j],
                    "exposure": self.exposure[i],
                    "series": self.sums.series[i],
                    "start": self.sums.start[i],
                    "stop": self.sums.stop[i],
                }
                for term, values in terms.items()
                for i, group in enumerate(self.labels)
                for j, outcome in enumerate(self.outcomes)
            ]
        )

    def glance(self) -> "pd.DataFrame":
        """Return one row: events, exposure, the overall rate, overdispersion.

        Returns
        -------
        pandas.DataFrame
            One row; `overdispersion` is Pearson's chi-squared over its degrees of freedom, NaN
            where no group has several cells.
        """
        df = self.dispersion_df
        return glance_frame(
            {
                "groups": len(self.labels),
                "outcomes": len(self.outcomes),
                "events": float(self.events[:, 0].sum()),
                "person_years": float(self.exposure.sum()),
                "crude_rate": float(self.events[:, 0].sum() / self.exposure.sum()),
                "overdispersion": self.overdispersion,
                "overdispersion_df": df,
                "overdispersion_p": float(special.chdtrc(df, self.dispersion)) if df else np.nan,
                "interval": self.interval,
                "level": self.level,
            }
        )


def hazard_rates(
    cells: RiskCells,
    *,
    by: str | Sequence[str] | None = None,
    interval: str = "auto",
    level: float = 0.95,
) -> HazardRates:
    """Ends per person-time, by group and destination, with exact limits.

    Published aggregates (events and person-years) serve as well as cells made of persons. Where
    nobody left, the outcome "any" has no end, and its upper limit is what the data say.

    Assumptions: within a group, people leave independently at one constant rate, so that the
    number of ends is Poisson given the exposure. `overdispersion` in `glance` measures how far
    the cells that were summed depart from that. The probability within a year is that of a
    constant rate without other destinations.

    Parameters
    ----------
    cells : RiskCells
        Events and exposure of m cells.
    by : str, sequence of str or None
        What makes the groups: covariates, "duration", "period"; None is one group.
    interval : str
        "garwood" (exact), "mid-p" (shorter, exact on average); "auto" is "garwood", and with
        sampling weights gamma limits, which have no exact ones.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    HazardRates
        Rates, limits, and by `ratios` their comparison.

    Raises
    ------
    InputError
        If a group has no exposure (named), exact limits are asked of weighted cells, or cells do
        not tell apart what `by` names.
    UnknownNameError
        If there is nothing of that name, or no such interval.

    References
    ----------
    Garwood, F. (1936). Biometrika 28, 437-442. doi:10.1093/biomet/28.3-4.437
    Cohen, G. R. and Yang, S.-Y. (1994). Statistics in Medicine 13, 2189-2203.
    doi:10.1002/sim.4780132102
    Fay, M. P. and Feuer, E. J. (1997). Statistics in Medicine 16, 791-801 (weights).

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame(
    ...     {"sector": ["academia", "industry"], "events": [10, 3], "exposure": [400.0, 250.0]}
    ... )
    >>> rates = hazard_rates(RiskCells.from_frame(table), by="sector")
    >>> rates.rate[:, 0], rates.upper[:, 0].round(4)
    (array([0.025, 0.012]), array([0.046 , 0.0351]))
    >>> ratio = rates.ratios("industry")
    >>> float(ratio.ratio[0, 0].round(4)), float(ratio.upper[0, 0].round(4))
    (2.0833, 11.7805)
    """
    if not isinstance(cells, RiskCells):
        raise InputError(
            f"cells is a {type(cells).__name__}; allowed are RiskCells. Hint: "
            "RiskCells.from_spells(spells), or RiskCells.from_frame(aggregates)."
        )
    asked = checks.one_of(interval, RATE_INTERVALS, name="interval")
    checked = checks.level(level)
    weighted = cells.weights is not None
    if weighted and asked != "auto":
        raise InputError(
            f"interval={asked!r} is exact for counts of people, and these cells have sampling "
            "weights. Hint: interval='auto' gives gamma limits, from the sums of w and w squared."
        )
    chosen = "gamma" if weighted else "garwood" if asked == "auto" else asked
    sums, index = sum_groups(cells, by)
    statistic, df = pearson_dispersion(cells, sums, index)
    limits = rate_limits(sums, interval=chosen, level=checked)
    return HazardRates(
        sums=sums,
        lower=limits.lower,
        upper=limits.upper,
        interval=chosen,
        level=checked,
        unit=unit_of(cells.clock),
        dispersion=statistic,
        dispersion_df=df,
        account=cells.account,
        notes=_notes(cells, chosen, statistic, df),
        provenance=Provenance(
            function="hazard_rates",
            arguments={
                "by": by if by is None or isinstance(by, str) else tuple(by),
                "interval": asked,
                "level": checked,
            },
            method=f"events over person-time, {chosen} limits",
        ),
    )


def _notes(cells: RiskCells, interval: str, statistic: float, df: int) -> tuple[str, ...]:
    """What the reader of the rates must know."""
    notes = []
    if cells.event_exposure in _CONVENTION:
        notes.append(
            "Where an end is known only within an interval, "
            f"{_CONVENTION[cells.event_exposure]} counts as exposure."
        )
    if cells.wide.any() and len(cells.periods) > 1:
        notes.append("An end known only within an interval stands in the period of its beginning.")
    if interval == "gamma":
        notes.append(
            "Sampling weights: rates are sums of w; gamma limits (Fay and Feuer) use sums of w "
            "squared and are not exact."
        )
    if cells.cluster is not None:
        notes.append("The limits take people to leave independently; clusters are not used.")
    if df and special.chdtrc(df, statistic) < _OVERDISPERSED:
        notes.append(
            f"The ends in the cells vary {statistic / df:.2f} times as much as one Poisson rate a "
            "group allows: the limits are too narrow, or the groups too coarse."
        )
    notes += [f"Left out, {reason}: {rows}." for reason, rows in cells.account.left_out.items()]
    return tuple(notes)
