"""Turnbull's estimate for ends known only within (lower, upper], with delayed entry."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talentstats.stats.limits import Floats, read_only
from talentstats.stats.risk_sets import Whole


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
    log_likelihood : float
        The log-likelihood, weights multiplied in.
    gap : float
        Largest derivative of the log-likelihood per unit of weight in the direction of one
        interval, from the conditions of Karush, Kuhn and Tucker: 0 at the maximum.
    steps : int
        Evaluations of the EM map.
    converged : bool
        Whether the gap, and the derivatives on intervals with mass, are within tolerance.
    """

    left: Floats
    right: Floats
    mass: Floats
    log_likelihood: float
    gap: float
    steps: int
    converged: bool

    def __post_init__(self) -> None:
        for name in ("left", "right", "mass"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    def survival_bounds(self, at: ArrayLike) -> tuple[Floats, Floats]:
        """Smallest and largest survival that the masses allow.

        Parameters
        ----------
        at : array_like
            Times (s,).

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
        when = np.asarray(at, dtype=np.float64)
        beyond = np.append(np.cumsum(self.mass[::-1])[::-1], 0.0)
        point = self.left == self.right
        starts = np.where(point, np.nextafter(self.left, -np.inf), self.left)
        low = beyond[np.searchsorted(starts, when, side="left")]
        high = beyond[np.searchsorted(self.right, when, side="right")]
        return np.minimum(low, 1.0), np.minimum(high, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cells:
    """Distinct rows as ranges of intervals: seen in [first, last), at risk from `visible` on."""

    first: Whole
    last: Whole
    visible: Whole
    weight: Floats
    size: int

    def derivative(self, mass: Floats) -> tuple[Floats, float]:
        """Return the derivative of the log-likelihood by mass (m,), and the log-likelihood."""
        total = np.concatenate([[0.0], np.cumsum(mass)])
        tail = np.append(np.cumsum(mass[::-1])[::-1], 0.0)
        seen = np.maximum(total[self.last] - total[self.first], np.finfo(float).tiny)
        at_risk = np.maximum(tail[self.visible], np.finfo(float).tiny)
        up, down = self.weight / seen, self.weight / at_risk
        edge = np.bincount(self.first, weights=up, minlength=self.size + 1)
        edge -= np.bincount(self.last, weights=up, minlength=self.size + 1)
        edge -= np.bincount(self.visible, weights=down, minlength=self.size + 1)
        log_likelihood = float(self.weight @ (np.log(seen) - np.log(at_risk)))
        return np.cumsum(edge)[: self.size], log_likelihood

    def expected(self, mass: Floats) -> float:
        """Return how many there would be had those who left before entry been seen."""
        tail = np.append(np.cumsum(mass[::-1])[::-1], 0.0)
        return float(np.sum(self.weight / np.maximum(tail[self.visible], np.finfo(float).tiny)))


def turnbull(
    *,
    lower: ArrayLike,
    upper: ArrayLike,
    entry: ArrayLike,
    weight: ArrayLike | None = None,
    tolerance: float = 1e-8,
    most_steps: int = 100_000,
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
        Largest gap per unit of weight.
    most_steps : int
        After so many evaluations the result says that it has not converged.

    Returns
    -------
    Turnbull
        Masses, likelihood, gap.

    Notes
    -----
    Rows are ranges of intervals, so that prefix sums make one EM step O(n + m). Squared
    extrapolation (SQUAREM) accelerates it; a step that lowers the likelihood is not taken.

    References
    ----------
    Turnbull, B. W. (1976). JRSS B 38, 290-295. doi:10.1111/j.2517-6161.1976.tb01597.x

    Frydman, H. (1994). JRSS B 56, 71-74. doi:10.1111/j.2517-6161.1994.tb01960.x

    Varadhan, R. and Roland, C. (2008). Scandinavian Journal of Statistics 35, 335-353.
    doi:10.1111/j.1467-9469.2007.00585.x

    Examples
    --------
    >>> fit = turnbull(lower=[0, 5], upper=[5, np.inf], entry=[0, 0], weight=[10, 90])
    >>> fit.mass.round(6)  # two looks: the binomial share
    array([0.1, 0.9])
    """
    low, high, start = (np.asarray(x, dtype=np.float64) for x in (lower, upper, entry))
    people = np.ones(low.size) if weight is None else np.asarray(weight, dtype=np.float64)
    left, right, cells = _innermost(low, high, start, people)
    mass = np.full(left.size, 1.0 / left.size)
    mass, steps, converged = _maximise(cells, mass, tolerance, most_steps)
    slope, log_likelihood = cells.derivative(mass)
    return Turnbull(
        left=left,
        right=right,
        mass=mass,
        log_likelihood=log_likelihood,
        gap=max(float(slope.max()) / float(people.sum()), 0.0),
        steps=steps,
        converged=converged,
    )


def _innermost(
    low: Floats, high: Floats, start: Floats, weight: Floats
) -> tuple[Floats, Floats, _Cells]:
    """Return the intervals that can carry mass, and the rows as ranges of them."""
    # At one time: an exact end opens (0), intervals and truncation close (1), others open (2).
    opens = np.where(low == high, 0, 2)
    value = np.concatenate([low, high, start])
    kind = np.concatenate([opens, np.ones(high.size + start.size, dtype=opens.dtype)])
    distinct, place = np.unique(np.stack([value, kind]), axis=1, return_inverse=True)
    place = place.ravel()
    is_open = distinct[1] != 1
    inner = np.flatnonzero(is_open[:-1] & ~is_open[1:])
    # Mass before every entry is in nobody's likelihood.
    size = low.size
    inner = inner[inner > place[2 * size :].min() - 1]
    first = np.searchsorted(inner, place[:size], side="left")
    last = np.searchsorted(inner, place[size : 2 * size], side="left")
    visible = np.searchsorted(inner, place[2 * size :], side="left")
    key, number = np.unique(np.stack([first, last, visible]), axis=1, return_inverse=True)
    cells = _Cells(
        first=key[0],
        last=key[1],
        visible=key[2],
        weight=np.bincount(number.ravel(), weights=weight),
        size=inner.size,
    )
    return distinct[0][inner], distinct[0][inner + 1], cells


def _em_step(cells: _Cells, mass: Floats) -> tuple[Floats, float]:
    """Return the next masses of the EM, and the log-likelihood of the present ones."""
    slope, log_likelihood = cells.derivative(mass)
    moved = mass * np.maximum(1.0 + slope / cells.expected(mass), 0.0)
    return moved / moved.sum(), log_likelihood


def _maximise(
    cells: _Cells, mass: Floats, tolerance: float, most_steps: int
) -> tuple[Floats, int, bool]:
    """Return masses at the maximum, evaluations used, and whether they met the tolerance."""
    people, steps = float(cells.weight.sum()), 0
    while steps < most_steps:
        one, start_value = _em_step(cells, mass)
        two, _ = _em_step(cells, one)
        change, bend = one - mass, two - 2.0 * one + mass
        steps += 2
        size = float(np.sqrt(bend @ bend))
        best = two
        if size > 0.0:
            reach = max(float(np.sqrt(change @ change)) / size, 1.0)
            # A jump out of the simplex is drawn back until it stays inside and does not lose.
            while reach > 1.0:
                trial = mass + 2.0 * reach * change + reach**2 * bend
                if trial.min() >= 0.0:
                    trial, value = _em_step(cells, trial / trial.sum())
                    steps += 1
                    if value >= start_value:
                        best = trial
                        break
                reach = (reach + 1.0) / 2.0 if reach > 1.1 else 1.0
        mass = best
        slope = cells.derivative(mass)[0] / people
        steps += 1
        if slope.max() <= tolerance and np.abs(mass * slope).max() <= tolerance:
            return mass, steps, True
    return mass, steps, False
