"""Newton's method for Turnbull's likelihood, as a concave function of cumulative hazards."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from talentstats.stats.limits import Floats
from talentstats.stats.risk_sets import Whole
from talentstats.stats.turnbull_intervals import Innermost

# A dense Hessian of more intervals than these costs more than the steps of an EM.
_MOST_DENSE = 1200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HazardProblem:
    """The log-likelihood sum w log(1 - exp(-H(rows))) - c'h, concave in h >= 0.

    Parameters
    ----------
    first, last : numpy.ndarray
        Rows that ended, as ranges [first, last) of the m intervals (r,), none through a stop.
    weight : numpy.ndarray
        Weights of these rows (r,).
    stayed : numpy.ndarray
        Weight c of those who are known to have stayed through each interval (m,).
    stop : numpy.ndarray
        Intervals (m,) through which nobody is known to have stayed: their hazard is infinite.
    people : float
        Sum of all weights.
    """

    first: Whole
    last: Whole
    weight: Floats
    stayed: Floats
    stop: np.ndarray
    people: float

    def ended(self, hazard: Floats) -> Floats:
        """Cumulative hazard over each row's range.

        Parameters
        ----------
        hazard : numpy.ndarray
            Cumulative hazard of each interval (m,), 0 at stops.

        Returns
        -------
        numpy.ndarray
            Sums (r,).
        """
        total = np.concatenate([[0.0], np.cumsum(hazard)])
        return np.asarray(total[self.last] - total[self.first])

    def value(self, hazard: Floats) -> float:
        """Log-likelihood.

        Parameters
        ----------
        hazard : numpy.ndarray
            Cumulative hazard of each interval (m,), 0 at stops.

        Returns
        -------
        float
            The value, minus infinity where a row is impossible.
        """
        x = self.ended(hazard)
        if x.size and x.min() <= 0.0:
            return -np.inf
        return float(self.weight @ np.log(-np.expm1(-x)) - self.stayed @ hazard)

    def slope(self, hazard: Floats) -> Floats:
        """Derivative of the log-likelihood by each interval's hazard.

        Parameters
        ----------
        hazard : numpy.ndarray
            Cumulative hazard of each interval (m,), 0 at stops.

        Returns
        -------
        numpy.ndarray
            Derivatives (m,), 0 at stops.
        """
        up = self.weight / np.expm1(self.ended(hazard))
        return np.where(self.stop, 0.0, self._over_ranges(up) - self.stayed)

    def _over_ranges(self, up: Floats) -> Floats:
        """Return sums over the rows that hold each interval."""
        size = self.stayed.size
        edge = np.bincount(self.first, weights=up, minlength=size + 1)
        edge -= np.bincount(self.last, weights=up, minlength=size + 1)
        return np.asarray(np.cumsum(edge)[:size])

    def curvature(self, chosen: Whole, hazard: Floats) -> Floats:
        """Minus the second derivatives by the hazards of some intervals.

        Parameters
        ----------
        chosen : numpy.ndarray
            Their places, increasing (a,).
        hazard : numpy.ndarray
            Cumulative hazard of each interval (m,), 0 at stops.

        Returns
        -------
        numpy.ndarray
            Matrix (a, a).
        """
        x = self.ended(hazard)
        bend = self.weight / (np.expm1(x) * -np.expm1(-x))
        size = chosen.size + 1
        begin, end = np.searchsorted(chosen, self.first), np.searchsorted(chosen, self.last)
        pairs = np.bincount(begin * size + end, weights=bend, minlength=size * size)
        # Rows that begin at or before p and end after q hold both.
        held = np.cumsum(pairs.reshape(size, size), axis=0)
        held = np.cumsum(held[:, ::-1], axis=1)[:, ::-1][:-1, 1:]
        upper = np.triu(held)
        return np.asarray(upper + np.triu(upper, 1).T)

    def start(self) -> Floats:
        """Hazards on few intervals that make every row possible.

        Returns
        -------
        numpy.ndarray
            Hazards (m,).
        """
        hazard = np.zeros(self.stayed.size)
        reach = np.full(hazard.size + 1, -1)
        np.maximum.at(reach, self.last, self.first)
        pierced = -1
        for end in np.flatnonzero(reach >= 0).tolist():
            if reach[end] > pierced:
                pierced = end - 1
                hazard[pierced] = 1.0
        share = self.weight.sum() / max(float(self.stayed @ hazard), 1.0)
        return hazard * min(share, 1.0)

    def em_step(self, hazard: Floats) -> Floats:
        """Next hazards of the EM: expected ends over expected people at risk.

        Parameters
        ----------
        hazard : numpy.ndarray
            Cumulative hazard of each interval (m,), 0 at stops.

        Returns
        -------
        numpy.ndarray
            Hazards (m,).
        """
        before = np.concatenate([[0.0], np.cumsum(hazard)])
        x = self.ended(hazard)
        # Shares of a row's range, counted back from the survival at its first interval.
        scale = np.exp(np.minimum(before[self.first], 700.0)) * self.weight / -np.expm1(-x)
        stay = np.exp(-before)
        ends = -np.diff(stay) * self._over_ranges(scale)
        risk = stay[:-1] * self._over_ranges(scale) - self._over_ranges(scale * stay[self.last])
        share = ends / np.maximum(risk + self.stayed, np.finfo(float).tiny)
        return np.where(self.stop, 0.0, -np.log1p(-np.minimum(share, 1.0 - 1e-16)))


def hazard_problem(
    places: Innermost, *, weight: Floats, opened: tuple[int, int] = (0, 0)
) -> HazardProblem:
    """Likelihood of rows that are ranges of intervals.

    Parameters
    ----------
    places : Innermost
        The m intervals and n rows.
    weight : numpy.ndarray
        Weights, above 0 (n,).
    opened : tuple of int
        `(start, stop)`: intervals whose hazard may be bounded although nobody is known to have
        stayed through them, because something else is about to bound it.

    Returns
    -------
    HazardProblem
        The problem.
    """
    size = places.left.size

    def through(w: Floats) -> Floats:
        edge = np.bincount(places.visible, weights=w, minlength=size + 1)
        edge -= np.bincount(places.first, weights=w, minlength=size + 1)
        return np.asarray(np.cumsum(edge)[:size])

    # Whether anybody stayed is counted in rows, which are exact.
    stop = through(np.ones_like(weight)) == 0.0
    stayed = np.where(stop, 0.0, through(weight))
    stop[slice(*opened)] = False
    stops = np.append(0, np.cumsum(stop))
    ended = stops[places.first] == stops[places.last]
    pair, row = np.unique(
        places.first[ended] * (size + 1) + places.last[ended], return_inverse=True
    )
    return HazardProblem(
        first=pair // (size + 1),
        last=pair % (size + 1),
        weight=np.bincount(row, weights=weight[ended], minlength=pair.size),
        stayed=stayed,
        stop=stop,
        people=float(weight.sum()),
    )


def maximise(
    problem: HazardProblem, *, hazard: Floats, tolerance: float, most_steps: int
) -> tuple[Floats, int, float, bool]:
    """Hazards at the maximum.

    Parameters
    ----------
    problem : HazardProblem
        The likelihood.
    hazard : numpy.ndarray
        Where to begin (m,): every row possible.
    tolerance : float
        Largest derivative by a hazard, and by the logarithm of one that is not 0, per unit of
        weight.
    most_steps : int
        Steps after which it stops.

    Returns
    -------
    tuple of (numpy.ndarray, int, float, bool)
        Hazards (m,), steps, largest of these derivatives, whether it is within tolerance.

    Notes
    -----
    Each step adds the steepest interval between two that carry hazard, takes a Newton step on
    those, drops the ones it empties, and goes back until the likelihood has risen.

    References
    ----------
    Wang, Y. (2008). Computational Statistics and Data Analysis 52, 2388-2402.
    doi:10.1016/j.csda.2007.10.018
    """
    value, step = problem.value(hazard), 0
    while True:
        slope = problem.slope(hazard)
        gap = float(max(slope.max(initial=0.0), np.abs(hazard * slope).max(initial=0.0)))
        gap /= problem.people
        if gap <= tolerance or step == most_steps:
            return hazard, step, gap, gap <= tolerance
        target = _target(problem, hazard, slope)
        move, reach = target - hazard, 1.0
        trial, reached = target, problem.value(target)
        # Near the maximum the gain drowns in the rounding of the value.
        floor = value - 1e-14 * (abs(value) + problem.people)
        while reached < floor + 1e-4 * reach * float(slope @ move) and reach > 1e-10:
            reach /= 2.0
            trial = hazard + reach * move
            reached = problem.value(trial)
        if reached < floor:
            return hazard, step, gap, False
        hazard, value, step = trial, reached, step + 1


def _target(problem: HazardProblem, hazard: Floats, slope: Floats) -> Floats:
    """Return where a Newton step on the intervals in play, or a step of the EM, leads."""
    inside = hazard > 0.0
    groups = np.cumsum(inside)
    steepest = np.zeros(groups[-1] + 1)
    np.maximum.at(steepest, groups, np.where(inside, 0.0, slope))
    chosen = np.flatnonzero(inside | ((slope > 0.0) & (slope == steepest[groups])))
    if chosen.size > _MOST_DENSE:
        return problem.em_step(hazard)
    curvature = problem.curvature(chosen, hazard)
    # The ridge lets intervals in that the rows cannot tell apart.
    curvature[np.diag_indices_from(curvature)] *= 1.0 + 1e-12
    aim = slope[chosen] + curvature @ hazard[chosen]
    target = np.zeros_like(hazard)
    target[chosen] = _nonnegative(curvature, aim)
    if slope @ (target - hazard) <= 0.0:
        factor = np.linalg.cholesky(curvature)
        target[chosen], _ = nnls(factor.T, np.linalg.solve(factor, aim))
    return target


def _nonnegative(curvature: Floats, aim: Floats) -> Floats:
    """Return an x >= 0 near the maximum of aim'x - x'Cx/2."""
    keep = np.arange(aim.size)
    found = np.zeros(aim.size)
    # Dropping all negative ones at once is mostly right, and far faster than one at a time.
    while keep.size:
        x = np.linalg.solve(curvature[np.ix_(keep, keep)], aim[keep])
        if x.min() > 0.0:
            found[keep] = x
            break
        keep = keep[x > 0.0]
    return found
