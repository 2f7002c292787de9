"""Cumulative incidence of one group: estimates and limits by destination at any time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats.errors import InputError
from talentstats.stats.aalen_johansen import AalenJohansen, aalen_johansen, incidence_variance
from talentstats.stats.curve_limits import pointwise_limits
from talentstats.stats.limits import Floats, Limits, read_only, tail_area
from talentstats.stats.product_limit import jackknife_variance
from talentstats.stats.risk_sets import risk_sets, step_at
from talentstats.summaries.columns import frozen
from talentstats.survival.curve_group import check_landmark
from talentstats.survival.curve_looks import next_look
from talentstats.survival.curve_rows import CurveRows, people_after
from talentstats.survival.landmarks import beginning
from talentstats.survival.times import asked_times, snapped


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IncidenceGroup:
    """Incidence of one group at m distinct times of ends to any of k destinations.

    Parameters
    ----------
    label : str
        Name of the group.
    rows : CurveRows
        Its n rows.
    destination : ndarray of int
        Shape (n,): index of the destination, -1 where the stay had not ended.
    start, landmark : float
        Where incidence is 0; the landmark is the same time where ends before it were left out,
        else NaN.
    time : ndarray of float
        Shape (m,): distinct times of ends.
    events : ndarray of float
        Shape (m, k): people who left.
    incidence, variance : ndarray of float
        Shape (m, k): estimates and infinitesimal jackknife variances.
    survival, survival_variance : ndarray of float
        Shape (m,): the same of staying.
    """

    label: str
    rows: CurveRows
    destination: NDArray[np.int64]
    start: float
    landmark: float
    time: Floats
    events: Floats
    incidence: Floats
    variance: Floats
    survival: Floats
    survival_variance: Floats

    def __post_init__(self) -> None:
        object.__setattr__(self, "destination", frozen(self.destination, np.int64))
        for name in (
            *("time", "events", "incidence", "variance"),
            *("survival", "survival_variance"),
        ):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def last(self) -> float:
        """Last time at which anybody was followed; infinite once all have left."""
        gone = self.survival.size and self.survival[-1] == 0.0
        return float("inf") if gone else float(self.rows.stop.max())

    @property
    def people(self) -> float:
        """People at risk at some time after the start."""
        return people_after(self.rows, self.start)

    def moments(self) -> Floats:
        """Start, distinct times of ends, and the end of follow-up.

        Returns
        -------
        ndarray of float
            Increasing.
        """
        return np.unique([self.start, *self.time.tolist(), float(self.rows.stop.max())])

    def estimates(self, at: Floats) -> tuple[Floats, Floats]:
        """Incidences, then survival, with standard errors.

        Parameters
        ----------
        at : ndarray of float
            Times (s,).

        Returns
        -------
        tuple of ndarray of float
            Estimates and standard errors, shapes (s, k + 1); estimates add up to 1 in each row.
        """
        when = snapped(at, self.time)
        values = np.column_stack([self.incidence, self.survival])
        variances = np.column_stack([self.variance, self.survival_variance])
        estimate = step_at(at=when, time=self.time, values=values, start=0.0)
        estimate[:, -1] = step_at(at=when, time=self.time, values=self.survival, start=1.0)
        return estimate, np.sqrt(step_at(at=when, time=self.time, values=variances, start=0.0))

    def bounds(self, at: Floats) -> tuple[Floats, Floats]:
        """Smallest and largest incidences, then survival, that looks allow.

        Parameters
        ----------
        at : ndarray of float
            Times (s,).

        Returns
        -------
        tuple of ndarray of float
            Shapes (s, k + 1): they differ inside an interval that holds an end, of which it is
            not known when it was.
        """
        now, then = self.estimates(at)[0], self.estimates(self._open_to(at))[0]
        return np.minimum(now, then), np.maximum(now, then)

    def limits(self, at: Floats, level: float) -> tuple[Limits, NDArray[np.bool_]]:
        """Pointwise limits of incidences and survival.

        Parameters
        ----------
        at : ndarray of float
            Times (s,).
        level : float
            Confidence level in (0, 1).

        Returns
        -------
        tuple of (Limits, ndarray of bool)
            Limits, and where they are binomial because an estimate is 0 or 1; shapes (s, k + 1).
            Inside an interval that holds an end they reach from those of the look before to those
            of the next.

        Notes
        -----
        The complementary log-log scale has no 0 and no 1. There the limits are Clopper-Pearson's
        for none, or all, of `effective_people`.
        """
        now, edge = self._limits(at, level)
        open_to = self._open_to(at)
        if not np.any(open_to > at):
            return now, edge
        then, _ = self._limits(open_to, level)
        return Limits(
            lower=np.minimum(now.lower, then.lower), upper=np.maximum(now.upper, then.upper)
        ), edge

    def _open_to(self, at: Floats) -> Floats:
        """Return the next look where a time is inside an interval, else the time."""
        return np.where(np.asarray(at) > self.start, next_look(self.rows, at), at)

    def _limits(self, at: Floats, level: float) -> tuple[Limits, NDArray[np.bool_]]:
        """Return limits, each end counted at the look that found it."""
        estimate, error = self.estimates(at)
        # Staying is one less the incidence of any end, and has its limits.
        left = np.column_stack([estimate[:, :-1], estimate[:, :-1].sum(axis=1)])
        left[estimate[:, -1] <= 0.0, -1] = 1.0
        edge = (left <= 0.0) | (left >= 1.0)
        people = self.effective_people(at) if edge.any() else np.ones(np.size(at))
        limits = incidence_limits(
            estimate=left, std_error=error, people=people[:, None], level=level
        )
        # At the start nobody has left, by definition.
        begun = np.asarray(at)[:, None] > self.start
        lower, upper = (np.where(begun, x, left) for x in (limits.lower, limits.upper))
        lower[:, -1], upper[:, -1] = 1.0 - upper[:, -1], 1.0 - lower[:, -1]
        return Limits(lower=lower, upper=upper), edge

    def effective_people(self, at: Floats) -> Floats:
        """People of whom an incidence of 0 or 1 was seen, had none been censored or come late.

        Parameters
        ----------
        at : ndarray of float
            Times (s,).

        Returns
        -------
        ndarray of float
            Shape (s,): the smallest number at risk over survival between the start and each time,
            which is all of the group where nobody is censored and nobody comes late. With
            sampling weights it is Kish's number, and never above the number of clusters.
        """
        after = self.rows.stop > self.start
        entry, stop = np.maximum(self.rows.entry[after], self.start), self.rows.stop[after]
        mass = (self.rows.count if self.rows.mass is None else self.rows.mass)[after]
        moments = np.unique(np.concatenate([entry, stop]))
        staying = step_at(at=moments, time=self.time, values=self.survival, start=1.0)
        # Who was last seen at a time had stayed until then.
        stop = np.where(self.rows.ended[after], stop, np.nextafter(stop, np.inf))
        there = _gone_by(moments, entry, mass) - _gone_by(moments, stop, mass)
        # Once all have left, the number that was at risk before counts.
        alive = staying > 0.0
        number = np.where(alive, there / np.where(alive, staying, 1.0), np.inf)
        smallest = np.minimum.accumulate(number)
        place = np.searchsorted(moments, snapped(at, moments), side="right") - 1
        people = np.where(place >= 0, smallest[np.maximum(place, 0)], 0.0)
        if self.rows.weight is not None:
            people = people * mass.sum() / np.sum(mass * self.rows.weight[after])
        if self.rows.cluster is not None:
            people = np.minimum(people, np.unique(self.rows.cluster[after]).size)
        return people


def incidence_group(
    rows: CurveRows,
    destination: NDArray[np.int64],
    *,
    label: str,
    destinations: int,
    landmark: float | None,
) -> IncidenceGroup:
    """Incidence of one group.

    Parameters
    ----------
    rows : CurveRows
        Its n rows.
    destination : ndarray of int
        Shape (n,): index of the destination, -1 where the stay had not ended.
    label : str
        Its name.
    destinations : int
        The number k of destinations.
    landmark : float or None
        Where incidence begins; None takes the first entry, or where enough people are at risk.

    Returns
    -------
    IncidenceGroup
        The incidences.

    Raises
    ------
    InputError
        If nobody is at risk after the landmark.
    """
    first = float(rows.entry.min())
    start, conditional = first, float("nan")
    if landmark is not None:
        start = max(landmark, first)
        check_landmark(start, label=label, first=first, rows=rows)
        conditional = landmark if landmark > first else conditional
    elif rows.entry.max() > first:
        sets = risk_sets(entry=rows.entry, exit=rows.stop, destination=rows.ended, weight=rows.mass)
        start, conditional = beginning(rows, sets)
    curve = group_curve(rows, destination, destinations=destinations, start=start)
    time, stay = curve.stay.sets.time, curve.stay
    ended = (destination >= 0) & (rows.stop > start)
    cell = np.searchsorted(time, rows.stop[ended]) * destinations + destination[ended]
    size = time.size * destinations
    return IncidenceGroup(
        label=label,
        rows=rows,
        destination=destination,
        start=start,
        landmark=conditional,
        time=time,
        events=np.bincount(cell, weights=rows.count[ended], minlength=size).reshape(
            time.size, destinations
        ),
        incidence=curve.incidence,
        variance=incidence_variance(curve),
        survival=stay.survival,
        survival_variance=stay.survival**2 * jackknife_variance(stay, rows=curve.rows),
    )


def incidence_limits(
    *, estimate: Floats, std_error: Floats, people: Floats, level: float
) -> Limits:
    """Limits of incidences on the complementary log-log scale, binomial at 0 and 1.

    Parameters
    ----------
    estimate, std_error : ndarray of float
        Incidences and their standard errors, same shape.
    people : ndarray of float
        Of how many people an incidence of 0 or 1 was seen; shapes broadcast.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    Limits
        The limits; with nobody, 0 to 1.

    Examples
    --------
    >>> none = np.array([0.0])
    >>> limits = incidence_limits(
    ...     estimate=none, std_error=none, people=np.array([100.0]), level=0.95
    ... )
    >>> limits.upper.round(4)  # Clopper-Pearson of 0 in 100: 1 - 0.025^(1 / 100)
    array([0.0362])
    """
    limits = pointwise_limits(
        estimate=estimate, variance=std_error**2, level=level, scale="cloglog"
    )
    none, every = estimate <= 0.0, estimate >= 1.0
    log_area = np.log(tail_area(level=level, side="two-sided"))
    some = people > 0.0
    reach = np.where(some, -np.expm1(log_area / np.where(some, people, 1.0)), 1.0)
    return Limits(
        lower=np.where(none, 0.0, np.where(every, 1.0 - reach, limits.lower)),
        upper=np.where(none, reach, np.where(every, 1.0, limits.upper)),
    )


def group_curve(
    rows: CurveRows,
    destination: NDArray[np.int64],
    *,
    destinations: int,
    start: float,
    cluster: NDArray[Any] | None = None,
    clusters: int | None = None,
) -> AalenJohansen:
    """Aalen-Johansen curve of the rows of one group, each person a cluster unless told otherwise.

    Parameters
    ----------
    rows : CurveRows
        Its n rows.
    destination : ndarray of int
        Shape (n,).
    destinations : int
        The number k.
    start : float
        Where incidence is 0.
    cluster, clusters : ndarray of int and int, or None
        Numbers of clusters that other groups share; None numbers the rows' own.

    Returns
    -------
    AalenJohansen
        The curve, whose rows carry the influence of the people that they stand for.
    """
    curve = aalen_johansen(
        entry=rows.entry,
        exit=rows.stop,
        destination=destination,
        destinations=destinations,
        weight=rows.mass,
        cluster=rows.cluster if cluster is None else cluster,
        clusters=clusters,
        landmark=start,
    )
    if rows.cluster is not None:
        return curve
    # The squared influences of c people are c times that of one.
    own = np.ones(rows.count.size) if rows.weight is None else rows.weight
    return replace(curve, rows=replace(curve.rows, weight=own * np.sqrt(rows.count)))


def checked_times(times: ArrayLike, curves: Sequence[IncidenceGroup]) -> Floats:
    """Return times at which all groups have an estimate.

    Parameters
    ----------
    times : array_like of float
        Shape (s,) or one number.
    curves : sequence of IncidenceGroup
        The groups.

    Returns
    -------
    ndarray of float
        Shape (s,).

    Raises
    ------
    InputError
        If one is no number, before the start of a group or beyond its follow-up.
    """
    when = asked_times(times)
    for curve in curves:
        late = when.max() > curve.last * (1.0 + np.sign(curve.last) * 1e-9)
        if late or when.min() < curve.start - 1e-9 * abs(curve.start):
            wrong = when.max() if late else when.min()
            raise InputError(
                f"time {wrong:g} is outside the follow-up of group {curve.label!r}; allowed is "
                f"{curve.start:g} to {curve.last:g}, the last usable time."
            )
    return when


def _gone_by(moments: Floats, times: Floats, count: Floats) -> Floats:
    """Sum of counts whose time is at or before each moment."""
    order = np.argsort(times, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(count[order])])
    return np.asarray(total[np.searchsorted(times[order], moments, side="right")])
