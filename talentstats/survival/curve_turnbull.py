"""Turnbull's curve of one group, whose ends are known only between irregular looks."""

from dataclasses import dataclass, replace
from typing import Final, Literal, Self

import numpy as np

from talentstats.errors import ConvergenceError
from talentstats.stats.limits import Floats, Limits
from talentstats.stats.product_limit import quantile_time
from talentstats.stats.turnbull import Turnbull, turnbull
from talentstats.survival.curve_group import check_landmark
from talentstats.survival.curve_rows import CurveRows
from talentstats.survival.landmarks import ENOUGH_AT_RISK
from talentstats.survival.times import snapped

# Hazards below this are what the iteration left on intervals that have none.
_NO_HAZARD: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TurnbullGroup:
    """Survival of one group from intervals.

    Parameters
    ----------
    label : str
        Name of the group.
    rows : CurveRows
        Its rows.
    fit : Turnbull
        Masses on the innermost intervals.
    start : float
        Where survival is 1.
    landmark : float
        The same time where the curve is conditional on staying until then, else NaN.
    interval : str
        "likelihood-ratio", or "none" where there is no interval: with weights or clusters.
    """

    label: str
    rows: CurveRows
    fit: Turnbull
    start: float
    landmark: float
    interval: Literal["likelihood-ratio", "none"]

    @property
    def last(self) -> float:
        """Last time at which anybody was seen."""
        return float(self.rows.stop.max())

    @property
    def people(self) -> float:
        """People of the group."""
        return float(self.rows.count.sum())

    @property
    def events(self) -> float:
        """People who left."""
        return float(self.rows.count[self.rows.ended].sum())

    def survival(self, at: Floats) -> tuple[Floats, Floats]:
        """Bounds of survival.

        Parameters
        ----------
        at : ndarray of float
            Times (s,).

        Returns
        -------
        tuple of ndarray of float
            Smallest and largest survival that the masses allow, shapes (s,): they differ
            inside an interval that carries mass.
        """
        known = np.unique(np.concatenate([self.fit.left, self.fit.right]))
        return self.fit.survival_bounds(snapped(at, known), given=self.start)

    def std_error(self, at: Floats) -> Floats:
        """No standard error: the estimate is not normal.

        Parameters
        ----------
        at : ndarray of float
            Times (s,).

        Returns
        -------
        ndarray of float
            NaN (s,).
        """
        return np.full(at.shape, np.nan)

    def limits(self, at: Floats, level: float) -> Limits:
        """Pointwise limits of survival by the likelihood ratio.

        Parameters
        ----------
        at : ndarray of float
            Times (s,).
        level : float
            Confidence level in (0, 1).

        Returns
        -------
        Limits
            Shape (s,); NaN where there is no interval.
        """
        nowhere = np.full(at.shape, np.nan)
        if self.interval == "none" or not at.size:
            return Limits(lower=nowhere, upper=nowhere)
        from talentstats.stats.turnbull_limits import turnbull_limits

        return turnbull_limits(
            lower=self.rows.lower,
            upper=self.rows.upper,
            entry=self.rows.entry,
            weight=self.rows.mass,
            at=at,
            given=self.start,
            level=level,
            method="likelihood-ratio",
        )

    def steps(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Where the curve begins, and the right ends of the intervals that carry mass.

        Returns
        -------
        tuple of ndarray of float
            Times, and NaN for the numbers at risk, ending and censored, which are not known;
            shapes (r,).
        """
        ends = self._ends()
        last = [] if ends.size and ends[-1] >= self.last else [self.last]
        time = np.concatenate([[self.start], ends, last])
        unknown = np.full(time.shape, np.nan)
        return time, unknown, unknown, unknown

    def quantile(self, left: float, level: float) -> tuple[float, float, float]:
        """Right end of the interval by which survival has fallen to a share.

        Parameters
        ----------
        left : float
            The share that is left.
        level : float
            Confidence level, of which no limits are given.

        Returns
        -------
        tuple of float
            Estimate by R's rule, and NaN twice.
        """
        ends = self._ends()
        return (
            quantile_time(time=ends, survival=self.survival(ends)[1], left=left),
            float("nan"),
            float("nan"),
        )

    def conditional(self, start: float) -> Self:
        """Survival of those who had stayed until a time.

        Parameters
        ----------
        start : float
            That time.

        Returns
        -------
        TurnbullGroup
            The curve from there on.

        Raises
        ------
        InputError
            If it is before the start of this curve, or nobody is followed beyond it.
        """
        check_landmark(start, label=self.label, first=self.start, rows=self.rows)
        return replace(self, start=start, landmark=start)

    def _ends(self) -> Floats:
        """Return right ends after the start of intervals that carry mass."""
        holds = (self.fit.hazard > _NO_HAZARD) & np.isfinite(self.fit.right)
        return self.fit.right[holds & (self.fit.right > self.start)]


def turnbull_group(rows: CurveRows, *, label: str, landmark: float | None) -> TurnbullGroup:
    """Turnbull's curve of one group.

    Parameters
    ----------
    rows : CurveRows
        Its rows.
    label : str
        Its name.
    landmark : float or None
        Where the curve begins; None takes the first entry, or the first time from which 10 people
        are under observation where they enter at different times.

    Returns
    -------
    TurnbullGroup
        The curve.

    Raises
    ------
    InputError
        If nobody is followed beyond the landmark.
    ConvergenceError
        If the iteration does not converge.

    Examples
    --------
    >>> from talentstats.summaries.spells import Spells
    >>> from talentstats.survival.curve_rows import rows_by_group
    >>> from talentstats.survival.grouping import groups_of
    >>> spells = Spells.from_arrays(lower=[0, 1, 3], upper=[2, 3, None], count=[1, 1, 2])
    >>> [rows] = rows_by_group(spells, groups_of({}, None, 3))
    >>> [x.round(4) for x in turnbull_group(rows, label="all", landmark=None).survival([2.0])]
    [array([0.5]), array([0.5])]
    """
    first = float(rows.entry.min())
    start = first
    if landmark is not None and landmark > first:
        check_landmark(landmark, label=label, first=first, rows=rows)
        start = landmark
    fit = turnbull(lower=rows.lower, upper=rows.upper, entry=rows.entry, weight=rows.mass)
    if not fit.converged:
        raise ConvergenceError(
            f"Turnbull's estimate of group {label!r} did not converge: after {fit.steps:,} steps "
            f"the gap is {fit.gap:.2g}. Hint: round the times to a coarser clock."
        )
    if landmark is None and rows.entry.max() > first:
        start = _beginning(rows, fit)
    return TurnbullGroup(
        label=label,
        rows=rows,
        fit=fit,
        start=start,
        landmark=start if start > first else float("nan"),
        interval="likelihood-ratio" if not rows.robust else "none",
    )


def _beginning(rows: CurveRows, fit: Turnbull) -> float:
    """Return the first time from which enough people are seen, and all of them do not leave."""
    moments = np.unique(rows.entry)
    came, left = np.argsort(rows.entry), np.argsort(rows.stop)
    present = _running(rows.entry[came], rows.count[came], moments)
    present = present - _running(rows.stop[left], rows.count[left], moments)
    start = float(moments[present >= min(present.max(), ENOUGH_AT_RISK)][0])
    used_up = fit.right[np.isinf(fit.hazard) & (fit.right < rows.stop.max())]
    return max(start, float(used_up.max(initial=start)))


def _running(times: Floats, count: Floats, at: Floats) -> Floats:
    """Return people whose time, in increasing order, has come by each moment."""
    total = np.append(0.0, np.cumsum(count))
    return np.asarray(total[np.searchsorted(times, at, side="right")])
