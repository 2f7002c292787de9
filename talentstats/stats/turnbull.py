"""Turnbull's estimate for ends known only within (lower, upper], with delayed entry."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats.stats.limits import Floats, read_only
from talentstats.stats.turnbull_intervals import innermost
from talentstats.stats.turnbull_newton import hazard_problem, maximise


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Turnbull:
    """Probability masses on the innermost intervals.

    Parameters
    ----------
    left, right : numpy.ndarray
        Intervals (left, right] that can carry mass, increasing (m,); `right` may be infinite; an
        exact time has left = right. Where in its interval a mass lies is not known.
    mass : numpy.ndarray
        Masses (m,), which sum to 1; conditional on staying until the earliest entry.
    hazard : numpy.ndarray
        Cumulative hazard of each interval (m,): minus the log of the share of those who reach it
        and stay through it. Infinite where nobody is known to have stayed: there the curve falls
        to 0, whoever enters later, and only survival given a later time is left to learn.
    log_likelihood : float
        The log-likelihood, weights multiplied in.
    gap : float
        Largest derivative of the log-likelihood by the cumulative hazard of one interval, or by
        the logarithm of one that is not 0, per unit of weight: 0 at the maximum (Karush, Kuhn and
        Tucker). The likelihood is concave in these hazards, so that nothing is likelier.
    steps : int
        Newton steps.
    converged : bool
        Whether the gap is within tolerance.
    on_grid : bool
        Whether each known end lies in one of the intervals, as with common looks: the masses are
        then those of the life table.
    """

    left: Floats
    right: Floats
    mass: Floats
    hazard: Floats
    log_likelihood: float
    gap: float
    steps: int
    converged: bool
    on_grid: bool

    def __post_init__(self) -> None:
        for name in ("left", "right", "mass", "hazard"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    def survival_bounds(self, at: ArrayLike, *, given: float = -np.inf) -> tuple[Floats, Floats]:
        """Smallest and largest survival that the masses allow.

        Parameters
        ----------
        at : array_like
            Times (s,).
        given : float
            Survival is conditional on staying until then: S(t) / S(given).

        Returns
        -------
        tuple of numpy.ndarray
            Bounds (s,) and (s,): all mass of an interval that holds the time gone, or none of it.

        Examples
        --------
        >>> fit = turnbull(lower=[0, 2], upper=[2, np.inf], entry=[0, 0], weight=[1, 3])
        >>> fit.survival_bounds([1, 2])
        (array([0.75, 0.75]), array([1.  , 0.75]))
        """
        when = np.append(np.asarray(at, dtype=np.float64), given)
        point = self.left == self.right
        starts = np.where(point, np.nextafter(self.left, -np.inf), self.left)
        begun = np.searchsorted(starts, when, side="left")
        over = np.searchsorted(self.right, when, side="right")
        later = when[:-1] > given
        low = np.where(later, self._through(over[-1], begun[:-1]), 1.0)
        return low, np.where(later, self._through(begun[-1], over[:-1]), 1.0)

    def _through(self, start: int, stop: NDArray[np.intp]) -> Floats:
        """Return survival through the intervals [start, stop)."""
        bounded = np.isfinite(self.hazard)
        total = np.append(0.0, np.cumsum(np.where(bounded, self.hazard, 0.0)))
        ends = np.append(0, np.cumsum(~bounded))
        end = np.maximum(stop, start)
        return np.where(ends[end] > ends[start], 0.0, np.exp(total[start] - total[end]))


def turnbull(
    *,
    lower: ArrayLike,
    upper: ArrayLike,
    entry: ArrayLike,
    weight: ArrayLike | None = None,
    tolerance: float = 1e-12,
    most_steps: int = 5000,
) -> Turnbull:
    """Nonparametric maximum likelihood of the time of an end within (lower, upper].

    Parameters
    ----------
    lower, upper : array_like
        Last time seen in the host and first time seen elsewhere (n,); `upper` infinite where the
        stay had not ended; equal where the time is exact.
    entry : array_like
        When each came under observation (n,), at most `lower` (below it where exact): the row
        counts given an end after it. Minus infinity, or the same value for all, is no truncation.
    weight : array_like or None
        Weights (n,); None is 1.
    tolerance : float
        Largest gap.
    most_steps : int
        After so many steps the result says that it has not converged.

    Returns
    -------
    Turnbull
        Masses, likelihood, gap.

    Notes
    -----
    With H for cumulative hazards a row adds log(1 - exp(-H(lower, upper])) - H(entry, lower],
    concave also with delayed entry, where it is not so in the masses. Newton steps on the few
    intervals that carry mass reach the maximum to rounding. Beyond 1,200 such intervals (many
    distinct exact times) steps of an EM on hazards take their place.

    References
    ----------
    Turnbull, B. W. (1976). JRSS B 38, 290-295. doi:10.1111/j.2517-6161.1976.tb01597.x

    Frydman, H. (1994). JRSS B 56, 71-74. doi:10.1111/j.2517-6161.1994.tb01960.x

    Wang, Y. (2008). Computational Statistics and Data Analysis 52, 2388-2402.
    doi:10.1016/j.csda.2007.10.018

    Examples
    --------
    >>> fit = turnbull(lower=[0, 5], upper=[5, np.inf], entry=[0, 0], weight=[10, 90])
    >>> fit.mass.round(6)  # two looks: the binomial share
    array([0.1, 0.9])
    """
    low, high, start = (np.asarray(x, dtype=np.float64) for x in (lower, upper, entry))
    people = np.ones(low.size) if weight is None else np.asarray(weight, dtype=np.float64)
    some = people > 0.0
    places = innermost(lower=low[some], upper=high[some], entry=start[some])
    problem = hazard_problem(places, weight=people[some])
    hazard, steps, gap, converged = maximise(
        problem, hazard=problem.start(), tolerance=tolerance, most_steps=most_steps
    )
    stay = np.append(1.0, np.exp(-np.cumsum(hazard)))
    share = np.where(problem.stop, 1.0, -np.expm1(-hazard))
    reached = np.append(True, ~np.logical_or.accumulate(problem.stop)[:-1])
    return Turnbull(
        left=places.left,
        right=places.right,
        mass=np.where(reached, stay[:-1] * share, 0.0),
        hazard=np.where(problem.stop, np.inf, hazard),
        log_likelihood=problem.value(hazard),
        gap=gap,
        steps=steps,
        converged=converged,
        on_grid=bool(np.all(problem.last - problem.first == 1)),
    )
