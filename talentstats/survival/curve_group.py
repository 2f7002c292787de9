"""The product-limit curve of one group: estimates, limits and quantiles at any time."""

from dataclasses import dataclass, replace
from typing import Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

from talentstats.errors import InputError
from talentstats.stats.curve_limits import beta_product_limits, pointwise_limits
from talentstats.stats.jackknife import Rows
from talentstats.stats.limits import Floats, Limits
from talentstats.stats.product_limit import (
    ProductLimit,
    RestrictedMean,
    jackknife_variance,
    product_limit_of,
    quantile_time,
    restricted_mean,
    survival_rows,
)
from talentstats.stats.risk_sets import RiskSets, risk_sets, step_at
from talentstats.summaries.columns import frozen
from talentstats.survival.curve_looks import earliest, next_look
from talentstats.survival.curve_rows import CurveRows, carried_on, people_after
from talentstats.survival.landmarks import beginning
from talentstats.survival.times import snapped

Interval = Literal["log-log", "log", "plain", "bpcp"]

# Below so many ends the exact size of every transformed interval strays from its level.
FEW_EVENTS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CurveGroup:
    """Survival of one group at m distinct times of ends.

    Parameters
    ----------
    label : str
        Name of the group.
    rows : CurveRows
        Its rows.
    curve : ProductLimit
        Times, risk sets, survival.
    log_variance : (m,) ndarray of float
        Variance of log survival: Greenwood's, or with weights or clusters the infinitesimal
        jackknife.
    start : float
        Where survival is 1.
    landmark : float
        The same time where the curve is conditional on staying until then; NaN where it begins
        with the first entry.
    interval : str
        "log-log", "log", "plain" or "bpcp".
    """

    label: str
    rows: CurveRows
    curve: ProductLimit
    log_variance: Floats
    start: float
    landmark: float
    interval: Interval

    def __post_init__(self) -> None:
        object.__setattr__(self, "log_variance", frozen(self.log_variance))

    @property
    def last(self) -> float:
        """Last time at which anybody was followed."""
        return float(self.rows.stop.max())

    @property
    def people(self) -> float:
        """People at risk at some time after the start."""
        return people_after(self.rows, self.start)

    @property
    def events(self) -> float:
        """People who left after the start."""
        after = self.rows.ended & (self.rows.stop > self.start)
        return float(self.rows.count[after].sum())

    def survival(self, at: Floats) -> tuple[Floats, Floats]:
        """Bounds of survival.

        Parameters
        ----------
        at : ndarray of float
            Times (s,).

        Returns
        -------
        tuple of ndarray of float
            Survival at the next look and at the look before, shapes (s,): they differ inside an
            interval that holds an end, of which it is not known when it was.
        """
        times, begun = self.curve.sets.time, np.asarray(at) > self.start
        low, high = (
            step_at(at=snapped(when, times), time=times, values=self.curve.survival, start=1.0)
            for when in (next_look(self.rows, at), at)
        )
        return np.where(begun, low, high), high

    def std_error(self, at: Floats) -> Floats:
        """Standard error of survival.

        Parameters
        ----------
        at : ndarray of float
            Times (s,).

        Returns
        -------
        ndarray of float
            Shape (s,); NaN where survival is 0 and the variance is Greenwood's.
        """
        times = self.curve.sets.time
        return step_at(at=snapped(at, times), time=times, values=self._std_error(), start=0.0)

    def limits(self, at: Floats, level: float) -> Limits:
        """Pointwise limits of survival.

        Parameters
        ----------
        at : ndarray of float
            Times (s,).
        level : float
            Confidence level in (0, 1).

        Returns
        -------
        Limits
            Shape (s,); NaN where the scale has none. Inside an interval that holds an end the
            lower limit is that of the next look, the upper that of the look before.

        Notes
        -----
        Beta product limits take censorings to come an instant after their time, and entries with
        them: who was last seen at a look had stayed until then. On one look they are
        Clopper-Pearson's. Where all have left the other scales have no limits, and these are used
        unless there are weights or clusters.
        """
        open_to = np.where(np.asarray(at) > self.start, next_look(self.rows, at), at)
        late = self._limits(np.asarray(at), level)
        if not np.any(open_to > at):
            return late
        early = self._limits(open_to, level)
        # Before the first end that was found, and after the last, a scale may have no limit.
        inside, (low, high) = open_to > at, self.survival(at)
        lower = np.where(inside & (low <= 0.0), 0.0, early.lower)
        return Limits(
            lower=lower, upper=np.where(inside & (high >= 1.0) & ~np.isnan(lower), 1.0, late.upper)
        )

    def uses_bpcp(self, at: Floats) -> NDArray[np.bool_]:
        """Where limits are those of the beta product.

        Parameters
        ----------
        at : ndarray of float
            Times (s,).

        Returns
        -------
        ndarray of bool
            Shape (s,).
        """
        if self.interval == "bpcp" or self.rows.robust:
            return np.full(np.shape(at), self.interval == "bpcp")
        return np.asarray(self.survival(at)[1] <= 0.0)

    def _limits(self, at: Floats, level: float) -> Limits:
        """Return limits at times, each end counted at the look that found it."""
        when = snapped(at, self.curve.sets.time)
        product = self.uses_bpcp(when)
        if product.all() and product.size:
            return self._beta_product(when, level)
        limits = pointwise_limits(
            estimate=self.survival(when)[1],
            variance=self.std_error(when) ** 2,
            level=level,
            scale="log-log" if self.interval == "bpcp" else self.interval,
        )
        if not product.any():
            return limits
        lower, upper = limits.lower.copy(), limits.upper.copy()
        gone = self._beta_product(when[product], level)
        lower[product], upper[product] = gone.lower, gone.upper
        return Limits(lower=lower, upper=upper)

    def _beta_product(self, when: Floats, level: float) -> Limits:
        """Return beta product limits."""
        rows, moment = self.rows, np.maximum(when, self.start)
        stop = np.where(rows.ended, rows.stop, np.nextafter(rows.stop, np.inf))
        # Who takes the place of somebody last seen then is not there beside them.
        takes_over = np.isin(rows.entry, rows.stop[~rows.ended])
        limits = beta_product_limits(
            at=moment,
            entry=np.where(takes_over, np.nextafter(rows.entry, np.inf), rows.entry),
            exit=stop,
            event=rows.ended,
            count=rows.count,
            level=level,
            landmark=self.start,
        )
        begun = when > self.start
        return Limits(
            lower=np.where(begun, limits.lower, 1.0), upper=np.where(begun, limits.upper, 1.0)
        )

    def steps(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Where the curve begins, falls, and ceases to be followed.

        Returns
        -------
        tuple of ndarray of float
            Times, weights at risk, weights ending, and people censored since the time before;
            shapes (r,).
        """
        sets = self.curve.sets
        time, at_risk, events = sets.time, sets.at_risk, sets.events[:, 0]
        mass = self.rows.count if self.rows.mass is None else self.rows.mass
        stop, entry = self.rows.stop, self.rows.entry
        if not time.size or time[-1] < self.last:
            final = mass[(stop >= self.last) & (entry < self.last)].sum()
            time, at_risk = np.append(time, self.last), np.append(at_risk, final)
            events = np.append(events, 0.0)
        first = mass[(entry <= self.start) & (stop > self.start)].sum()
        time = np.concatenate([[self.start], time])
        lost = ~self.rows.ended & (stop > self.start)
        # A stay last seen at a time is censored there: after the ends of that time.
        place = np.searchsorted(time, stop[lost], side="left")
        censored = np.bincount(place, weights=mass[lost], minlength=time.size)
        split, number = carried_on(self.rows, start=self.start, mass=mass)
        at_split = np.searchsorted(time, split, side="left")
        censored = censored - np.bincount(at_split, weights=number, minlength=censored.size)
        return (
            time,
            np.concatenate([[first], at_risk]),
            np.concatenate([[0.0], events]),
            censored[: time.size],
        )

    def quantile(self, left: float, level: float) -> tuple[float, float, float]:
        """Time by which survival has fallen to a share, by R's rule.

        Parameters
        ----------
        left : float
            The share that is left.
        level : float
            Confidence level of its limits, which invert the pointwise limits, each end counted
            at the look that found it.

        Returns
        -------
        tuple of float
            Estimate, lower and upper limit; NaN where a curve never falls so far.
        """
        sets = self.curve.sets
        estimate = quantile_time(time=sets.time, survival=self.curve.survival, left=left)
        moments = times = sets.time
        if self.interval == "bpcp":
            # These limits also move when people are no longer followed.
            ends = np.unique(self.rows.stop[self.rows.stop > self.start])
            times = np.repeat(ends, 2)
            moments = np.stack([ends, np.nextafter(ends, np.inf)], axis=1).ravel()
        limits = self._limits(moments, level)
        # As R does it, an upper limit that the scale does not have at survival 0 is not crossed.
        own = self.uses_bpcp(moments) == (self.interval == "bpcp")
        low, high = (
            quantile_time(time=times, survival=np.where(own, limit, np.nan), left=left)
            for limit in (limits.lower, limits.upper)
        )
        return estimate, low, high

    def mean(self, horizon: float) -> RestrictedMean:
        """Mean time stayed between the start and a horizon.

        Parameters
        ----------
        horizon : float
            Where the area ends.

        Returns
        -------
        RestrictedMean
            Mean and variance of the estimated mean, each end counted at the look that found it.
        """
        return self._mean(self.curve, horizon)

    def shortest_mean(self, horizon: float) -> RestrictedMean:
        """Mean time stayed, had each end come just after the look before the one that found it.

        Parameters
        ----------
        horizon : float
            Where the area ends.

        Returns
        -------
        RestrictedMean
            Mean and variance; those of `mean` where all ends are exact.
        """
        sets = self.curve.sets
        early = replace(sets, time=earliest(self.rows, sets.time, start=self.start))
        return self._mean(replace(self.curve, sets=early), horizon)

    def _mean(self, curve: ProductLimit, horizon: float) -> RestrictedMean:
        """Return the area under a curve of these rows."""
        rows = _places(self.rows, self.curve, self.start) if self.rows.robust else None
        return restricted_mean(curve, horizon=horizon, start=self.start, rows=rows)

    def conditional(self, start: float) -> Self:
        """Survival of those who had stayed until a time.

        Parameters
        ----------
        start : float
            That time.

        Returns
        -------
        CurveGroup
            The curve from there on, with the same intervals.

        Raises
        ------
        InputError
            If it is before the start of this curve, or nobody is at risk after it.
        """
        check_landmark(start, label=self.label, first=self.start, rows=self.rows)
        curve, log_variance = _estimates(self.rows, start, self.curve.sets)
        return replace(self, start=start, landmark=start, curve=curve, log_variance=log_variance)

    def _std_error(self) -> Floats:
        """Return standard errors at the distinct times (m,)."""
        known = np.isfinite(self.log_variance)
        spread = np.sqrt(np.where(known, self.log_variance, 0.0))
        return np.where(known, self.curve.survival * spread, np.nan)


def curve_group(
    rows: CurveRows, *, label: str, interval: Interval | Literal["auto"], landmark: float | None
) -> CurveGroup:
    """Product-limit curve of one group.

    Parameters
    ----------
    rows : CurveRows
        Its rows.
    label : str
        Its name.
    interval : str
        "auto" takes "bpcp" below 20 ends where there are no weights and clusters, else "log-log".
    landmark : float or None
        Where the curve begins; None takes the first entry, or where enough people are at risk.

    Returns
    -------
    CurveGroup
        The curve.

    Raises
    ------
    InputError
        If beta product limits are asked for with weights or clusters, or nobody is at risk after
        the landmark.

    Examples
    --------
    >>> from talentstats.summaries.spells import Spells
    >>> from talentstats.survival.curve_rows import rows_by_group
    >>> from talentstats.survival.grouping import groups_of
    >>> spells = Spells.from_arrays(exit=[6, 6], event=[1, 0], count=[13, 87])
    >>> [rows] = rows_by_group(spells, groups_of({}, None, 2))
    >>> group = curve_group(rows, label="all", interval="auto", landmark=None)
    >>> group.limits(np.array([6.0]), 0.95).lower.round(4)  # Clopper-Pearson of 87 in 100
    array([0.788])
    """
    if interval == "bpcp" and rows.robust:
        raise InputError(
            "interval='bpcp' counts people, and these spells have weights or clusters. Hint: "
            "interval='log-log', with the infinitesimal jackknife."
        )
    if landmark is not None:
        first = float(rows.entry.min())
        start = max(landmark, first)
        check_landmark(start, label=label, first=first, rows=rows)
        curve, log_variance = _estimates(rows, start, _risk_sets(rows, start))
        conditional = landmark if landmark > first else float("nan")
    else:
        start, conditional = float(rows.entry.min()), float("nan")
        sets = _risk_sets(rows, start)
        start, conditional = beginning(rows, sets)
        curve, log_variance = _estimates(rows, start, sets)
    people = float(rows.count[rows.ended & (rows.stop > start)].sum())
    chosen: Interval = "bpcp" if people < FEW_EVENTS and not rows.robust else "log-log"
    return CurveGroup(
        label=label,
        rows=rows,
        curve=curve,
        log_variance=log_variance,
        start=start,
        landmark=conditional,
        interval=chosen if interval == "auto" else interval,
    )


def check_landmark(start: float, *, label: str, first: float, rows: CurveRows) -> None:
    """Refuse a landmark from which there is no curve.

    Parameters
    ----------
    start : float
        The landmark.
    label : str
        Name of the group.
    first : float
        Earliest time that is allowed.
    rows : CurveRows
        Rows of the group.

    Raises
    ------
    InputError
        If it is too early, or nobody is followed beyond it.
    """
    last = float(rows.stop.max())
    if not first <= start < last:
        raise InputError(
            f"landmark {start:g} is not within the follow-up of group {label!r}; allowed is "
            f"{first:g} up to, but not including, {last:g}."
        )


def _risk_sets(rows: CurveRows, start: float) -> RiskSets:
    """Return risk sets at the ends after a time."""
    return risk_sets(
        entry=rows.entry,
        exit=rows.stop,
        destination=rows.ended,
        weight=rows.mass,
        landmark=start,
    )


def _estimates(rows: CurveRows, start: float, sets: RiskSets) -> tuple[ProductLimit, Floats]:
    """Return the curve from a start, and the variance of its logarithm."""
    first = int(np.searchsorted(sets.time, start, side="right"))
    if first:
        # Who is at risk at a time does not depend on where the curve begins.
        sets = RiskSets(
            time=sets.time[first:],
            at_risk=sets.at_risk[first:],
            rows_at_risk=sets.rows_at_risk[first:],
            events=sets.events[first:],
        )
    curve = product_limit_of(sets)
    if not rows.robust:
        return curve, curve.greenwood
    return curve, jackknife_variance(curve, rows=_places(rows, curve, start))


def _places(rows: CurveRows, curve: ProductLimit, start: float) -> Rows:
    """Return the rows of a curve for its infinitesimal jackknife."""
    return survival_rows(
        curve,
        entry=rows.entry,
        exit=rows.stop,
        event=rows.ended,
        weight=rows.mass,
        cluster=rows.cluster,
        landmark=start,
    )
