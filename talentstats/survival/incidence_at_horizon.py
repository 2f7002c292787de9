"""Numbers of groups at a horizon, and the difference of two: square-and-add, and its p-value."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, special

from talentstats import checks
from talentstats.errors import InputError
from talentstats.stats.aalen_johansen import AtHorizon, Measure, at_horizon
from talentstats.stats.limits import normal_quantile
from talentstats.survival.curve_looks import earliest, next_look
from talentstats.survival.incidence_group import (
    IncidenceGroup,
    checked_times,
    group_curve,
    incidence_limits,
)
from talentstats.survival.times import snapped

# Beyond this a level is 1 in floating point; the normal tail takes over.
_SMALLEST_P = 1e-14


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimate:
    """One number of one group at a horizon.

    Parameters
    ----------
    value, std_error : float
        Incidence or mean time lost.
    most : float
        Its largest possible value: 1, or the time up to the horizon.
    people : float
        Of how many people a value of 0 or of `most` was seen.
    measure : {"incidence", "time-lost"}
        Which of the two.
    """

    value: float
    std_error: float
    most: float
    people: float
    measure: Measure

    def limits(self, level: float) -> tuple[float, float]:
        """Limits of the number.

        Parameters
        ----------
        level : float
            Confidence level in (0, 1).

        Returns
        -------
        tuple of float
            Of an incidence those of `incidence_limits`; of a time lost normal on the log scale,
            and where none is lost the time times the upper limit of the incidence.
        """
        if self.measure == "time-lost" and self.value > 0.0:
            z = float(normal_quantile(level=level, side="two-sided"))
            factor = np.exp(z * self.std_error / self.value)
            return float(self.value / factor), float(min(self.value * factor, self.most))
        limits = incidence_limits(
            estimate=np.array(self.value),
            std_error=np.array(self.std_error),
            people=np.array(self.people),
            level=level,
        )
        return self.most * float(limits.lower), self.most * float(limits.upper)


def checked_horizon(horizon: float, groups: tuple[IncidenceGroup, ...]) -> float:
    """Horizon, matched to the times of the groups, if all are followed so long.

    Parameters
    ----------
    horizon : float
        What the caller gave.
    groups : tuple of IncidenceGroup
        The groups.

    Returns
    -------
    float
        The horizon.

    Raises
    ------
    InputError
        If it is no number, or outside the follow-up of a group.
    """
    checked = checks.finite_number(horizon, name="horizon")
    checked_times(checked, groups)
    for curve in groups:
        checked = float(snapped(np.array([checked]), curve.time)[0])
    return checked


def refuse_other_starts(groups: tuple[IncidenceGroup, ...]) -> None:
    """Refuse to compare incidences that are conditional on staying until different times.

    Parameters
    ----------
    groups : tuple of IncidenceGroup
        The groups.

    Raises
    ------
    InputError
        If they begin at different times.
    """
    starts = {curve.label: curve.start for curve in groups}
    if len(set(starts.values())) > 1:
        named = ", ".join(f"{start:g} in {label!r}" for label, start in list(starts.items())[:5])
        raise InputError(
            f"incidences begin at different times ({named}), so that they are probabilities of "
            f"different things. Hint: cumulative_incidence(..., landmark={max(starts.values()):g})."
        )


def refuse_inside_looks(groups: tuple[IncidenceGroup, ...], horizon: float) -> None:
    """Refuse a horizon inside an interval between looks, where incidence is known within bounds.

    Parameters
    ----------
    groups : tuple of IncidenceGroup
        The groups.
    horizon : float
        The time.

    Raises
    ------
    InputError
        If it lies inside an interval that holds an end.
    """
    for group in groups:
        look = float(next_look(group.rows, np.array([horizon]))[0])
        if look > horizon:
            raise InputError(
                f"horizon {horizon:g} lies between looks of group {group.label!r} that found ends "
                f"at {look:g}, so that its incidence is known only within bounds. Hint: "
                f"horizon={look:g}; .at({horizon:g}) gives the bounds."
            )


def groups_at_horizon(
    groups: tuple[IncidenceGroup, ...],
    horizon: float,
    measure: Measure,
    destinations: int,
    *,
    early: bool = False,
) -> list[AtHorizon]:
    """Estimates and influences of each group; people of shared clusters have one influence.

    Parameters
    ----------
    groups : tuple of IncidenceGroup
        The groups.
    horizon : float
        The time.
    measure : {"incidence", "time-lost"}
        What is estimated.
    destinations : int
        The number k of destinations.
    early : bool
        Whether ends count just after the look before the one that found them.

    Returns
    -------
    list of AtHorizon
        One a group; influences have the same length in all.
    """
    sizes = [curve.rows.entry.size for curve in groups]
    number, total = np.arange(sum(sizes)), sum(sizes)
    if groups[0].rows.cluster is not None:
        clusters = np.concatenate([np.asarray(curve.rows.cluster) for curve in groups])
        names, number = np.unique(clusters, return_inverse=True)
        total = names.size
    parts = np.split(number, np.cumsum(sizes)[:-1])
    found = []
    for group, part in zip(groups, parts, strict=True):
        curve = group_curve(
            group.rows,
            group.destination,
            destinations=destinations,
            start=group.start,
            cluster=part,
            clusters=total,
        )
        if early:
            sets = curve.stay.sets
            sets = replace(sets, time=earliest(group.rows, sets.time, start=group.start))
            curve = replace(curve, stay=replace(curve.stay, sets=sets))
        found.append(at_horizon(curve, horizon=horizon, measure=measure))
    return found


def one_estimate(
    curve: IncidenceGroup, part: AtHorizon, place: int, horizon: float, measure: Measure
) -> Estimate:
    """One group's number for one destination.

    Parameters
    ----------
    curve : IncidenceGroup
        The group.
    part : AtHorizon
        Its estimates.
    place : int
        Index of the destination.
    horizon : float
        The time.
    measure : {"incidence", "time-lost"}
        What was estimated.

    Returns
    -------
    Estimate
        The number.
    """
    return Estimate(
        value=float(part.estimate[place]),
        std_error=float(np.sqrt(part.variance[place])),
        most=1.0 if measure == "incidence" else horizon - curve.start,
        people=float(curve.effective_people(np.array([horizon]))[0]),
        measure=measure,
    )


def compared(one: Estimate, other: Estimate, shared: float, level: float) -> dict[str, float]:
    """Difference of two estimates whose covariance is known.

    Parameters
    ----------
    one, other : Estimate
        The difference is one less the other.
    shared : float
        Covariance of the two.
    level : float
        Confidence level.

    Returns
    -------
    dict
        Keys correlation, difference, std_error, low, high, p_value.
    """
    spread = one.std_error * other.std_error
    correlation = shared / spread if spread > 0.0 else 0.0
    variance = one.std_error**2 + other.std_error**2 - 2.0 * shared
    low, high = square_and_add(one, other, correlation, level)
    difference, std_error = one.value - other.value, float(np.sqrt(max(variance, 0.0)))
    return {
        "correlation": correlation,
        "difference": difference,
        "std_error": std_error,
        "low": low,
        "high": high,
        "p_value": _p_value(
            lambda at: square_and_add(one, other, correlation, at), difference, std_error
        ),
    }


def square_and_add(
    one: Estimate, other: Estimate, correlation: float, level: float
) -> tuple[float, float]:
    """Limits of a difference from the limits of its two parts.

    Parameters
    ----------
    one, other : Estimate
        The difference is one less the other.
    correlation : float
        Of the two.
    level : float
        Confidence level.

    Returns
    -------
    tuple of float
        Lower and upper limit.
    """
    difference = one.value - other.value
    (low, high), (base_low, base_high) = one.limits(level), other.limits(level)

    def reach(own: float, base: float) -> float:
        return float(np.sqrt(max(own**2 + base**2 - 2.0 * correlation * own * base, 0.0)))

    return (
        difference - reach(one.value - low, base_high - other.value),
        difference + reach(high - one.value, other.value - base_low),
    )


def _p_value(
    limits: Callable[[float], tuple[float, float]], difference: float, std_error: float
) -> float:
    """One less the level at which an interval touches 0."""
    if difference == 0.0:
        return 1.0

    def beyond(log_p: float) -> float:
        low, high = limits(-float(np.expm1(log_p)))
        return low if difference > 0.0 else -high

    first, last = np.log(_SMALLEST_P), float(np.log1p(-1e-9))
    if beyond(last) <= 0.0:
        return 1.0
    if beyond(first) >= 0.0:
        tail = 2.0 * float(special.ndtr(-abs(difference) / std_error)) if std_error else 0.0
        return min(tail, _SMALLEST_P)
    return float(np.exp(optimize.brentq(beyond, first, last, xtol=1e-12)))


def deviate(difference: float, *, std_error: float, p_value: float) -> float:
    """Normal deviate of a two-sided p-value, with the sign of the difference.

    Parameters
    ----------
    difference, std_error : float
        The difference and its standard error.
    p_value : float
        Its p-value.

    Returns
    -------
    float
        The deviate; where the p-value is too small to have one, difference over standard error.

    Examples
    --------
    >>> round(deviate(-0.1, std_error=0.05, p_value=0.05), 2)
    -1.96
    """
    if p_value >= 1.0:
        return 0.0
    if p_value <= _SMALLEST_P and std_error > 0.0:
        return difference / std_error
    return float(-np.sign(difference) * special.ndtri(p_value / 2.0))
