"""The difference between the cumulative incidences of two groups at a horizon."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from talentstats import checks
from talentstats.errors import InputError
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.results.wording import p_text, percent
from talentstats.survival.curve_text import at_clock
from talentstats.survival.incidence_at_horizon import (
    Estimate,
    checked_horizon,
    compared,
    deviate,
    groups_at_horizon,
    one_estimate,
    refuse_inside_looks,
    refuse_other_starts,
    square_and_add,
)

if TYPE_CHECKING:
    import pandas as pd

    from talentstats.survival.incidence import CumulativeIncidence


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IncidenceDifference:
    """Incidence of group a less that of group b; made by `CumulativeIncidence.difference`.

    Parameters
    ----------
    groups : tuple of str
        Labels of a and b.
    destination : str
        Whose incidence is compared.
    horizon : float
        The time.
    a, b : Estimate
        The two incidences.
    correlation : float
        Of the two estimates; 0 unless they share clusters.
    difference, std_error : float
        The difference and its infinitesimal jackknife standard error.
    low, high : float
        Limits at `level`.
    p_value : float
        One less the level at which the interval touches 0.
    level : float
        Confidence level.
    clock : str
        What time is counted from.
    provenance : Provenance
        What made this result.
    """

    groups: tuple[str, str]
    destination: str
    horizon: float
    a: Estimate
    b: Estimate
    correlation: float
    difference: float
    std_error: float
    low: float
    high: float
    p_value: float
    level: float
    clock: str
    provenance: Provenance

    @property
    def sentence(self) -> str:
        """The comparison in one sentence."""
        one, other = self.groups
        return (
            f"By {at_clock(self.horizon, self.clock)}, {percent(self.a.value)} of {one} and "
            f"{percent(self.b.value)} of {other} had left for {self.destination}: a difference "
            f"of {100 * self.difference:z.1f} percentage points ({100 * self.level:g}% interval "
            f"{100 * self.low:z.1f} to {100 * self.high:z.1f}; {p_text(self.p_value)})."
        )

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return one row: the difference.

        Parameters
        ----------
        level : float
            Level of the interval, recomputed.

        Returns
        -------
        pandas.DataFrame
            `statistic` is the normal deviate of `p_value`; both incidences follow.
        """
        checked = checks.level(level)
        low, high = square_and_add(self.a, self.b, self.correlation, checked)
        return tidy_frame(
            [
                {
                    "group": " less ".join(self.groups),
                    "time": self.horizon,
                    "outcome": self.destination,
                    "term": "difference in cumulative incidence",
                    "estimate": self.difference,
                    "std_error": self.std_error,
                    "statistic": deviate(
                        self.difference, std_error=self.std_error, p_value=self.p_value
                    ),
                    "p_value": self.p_value,
                    "conf_low": low,
                    "conf_high": high,
                    "conf_level": checked,
                    "interval": "square-and-add",
                    "incidence_a": self.a.value,
                    "incidence_b": self.b.value,
                }
            ]
        )

    def glance(self) -> "pd.DataFrame":
        """Return one row: groups, destination, horizon, incidences, difference.

        Returns
        -------
        pandas.DataFrame
            One row.
        """
        return glance_frame(
            {
                "group_a": self.groups[0],
                "group_b": self.groups[1],
                "destination": self.destination,
                "horizon": self.horizon,
                "incidence_a": self.a.value,
                "incidence_b": self.b.value,
                "difference": self.difference,
                "p_value": self.p_value,
                "level": self.level,
            }
        )


def incidence_difference(
    curves: "CumulativeIncidence",
    a: str,
    b: str,
    *,
    horizon: float,
    destination: str,
    level: float = 0.95,
) -> IncidenceDifference:
    """Difference between the cumulative incidences of two groups at a horizon, a less b.

    Assumptions: those of the incidences; people of the two groups leave independently, unless
    they share a cluster.

    Parameters
    ----------
    curves : CumulativeIncidence
        Incidences of two groups or more.
    a, b : str
        Labels of two of them.
    horizon : float
        The time.
    destination : str
        Whose incidence is compared.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    IncidenceDifference
        Square-and-add interval of the two groups' own limits, which holds where one of them is 0,
        and the p-value that it inverts.

    Raises
    ------
    InputError
        If the horizon is outside the follow-up or between looks, the groups are the same, or
        begin at different times.
    UnknownNameError
        If there is no such group or destination.

    References
    ----------
    Zou, G. Y. and Donner, A. (2008). Statistics in Medicine 27, 1693-1702. doi:10.1002/sim.3095
    """
    names = (
        checks.one_of(a, curves.labels, name="group"),
        checks.one_of(b, curves.labels, name="group"),
    )
    place = curves.destinations.index(
        checks.one_of(destination, curves.destinations, name="destination")
    )
    checked = checks.level(level)
    if a == b:
        raise InputError(f"group {a!r} is compared with itself; give two different groups.")
    pair = tuple(curves.groups[curves.labels.index(name)] for name in names)
    time = checked_horizon(horizon, pair)
    refuse_other_starts(pair)
    refuse_inside_looks(pair, time)
    parts = groups_at_horizon(pair, time, "incidence", len(curves.destinations))
    one, other = (
        one_estimate(curve, part, place, time, "incidence")
        for curve, part in zip(pair, parts, strict=True)
    )
    shared = float(parts[0].influence[:, place] @ parts[1].influence[:, place])
    found = compared(one, other, shared, checked)
    return IncidenceDifference(
        groups=(names[0], names[1]),
        destination=destination,
        horizon=time,
        a=one,
        b=other,
        level=checked,
        clock=curves.clock,
        provenance=Provenance(
            function="CumulativeIncidence.difference",
            arguments={
                **curves.provenance.arguments,
                "a": a,
                "b": b,
                "horizon": time,
                "destination": destination,
                "level": checked,
            },
            method="difference of Aalen-Johansen incidences, square-and-add interval",
        ),
        **found,
    )
