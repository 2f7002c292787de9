"""Counts whose shares have a Dirichlet law: probability, variance, leave-one-out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlog1py, xlogy

from talentstats.stats.binomial import log_pmf as binomial_log_pmf
from talentstats.stats.binomial import stirling_error
from talentstats.stats.limits import Floats, read_only


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeftOut:
    """Expected log predictive density of what is left out in turn, the prior being shared.

    Parameters
    ----------
    cells : (c,) ndarray
        Log probability of each cell given all others.
    cell : float
        Their sum: leave-one-cell-out, of predicting a new cell.
    person : float
        Leave-one-person-out, of predicting a new person.
    """

    cells: Floats
    cell: float
    person: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "cells", read_only(self.cells))


def log_pmf(*, counts: ArrayLike, concentration: ArrayLike) -> Floats:
    """Log probability of counts whose shares are Dirichlet.

    Parameters
    ----------
    counts : (..., k)
        People in each category.
    concentration : (..., k)
        Dirichlet parameters, positive.

    Returns
    -------
    (...) ndarray
        Log probabilities, multinomial coefficient included; with a prior as concentration,
        the log evidence of the counts.

    Notes
    -----
    The probability at the observed shares times what spreading them costs, each by Stirling's
    formula with its error, so that a million people or a concentration of a million do not
    leave a difference of large numbers.

    Examples
    --------
    Under a uniform prior all 15 ways to place 4 people in 3 categories are alike:

    >>> round(float(np.exp(-log_pmf(counts=[2, 2, 0], concentration=[1, 1, 1]))), 9)
    15.0
    """
    y, a = (np.asarray(x, dtype=np.float64) for x in (counts, concentration))
    y, a = np.broadcast_arrays(y, a)
    n, total = y.sum(axis=-1), a.sum(axis=-1)
    # The multinomial probability at the observed shares, one binomial after the other.
    left = np.cumsum(y[..., ::-1], axis=-1)[..., ::-1]
    seen = left > 0
    inner = seen & (y > 0) & (y < left)
    people, trials = np.where(inner, y, 1.0), np.where(inner, left, 2.0)
    at_best = binomial_log_pmf(k=people, n=trials, rate=people / trials)
    best = np.where(inner, at_best, 0.0).sum(axis=-1)
    return np.asarray(best + _spread(a, y).sum(axis=-1) - _spread(total, n))


def variance(*, people: ArrayLike, concentration: ArrayLike) -> Floats:
    """Variance of counts whose shares are Dirichlet.

    Parameters
    ----------
    people : (...)
        Number n of people.
    concentration : (..., k)
        Dirichlet parameters a with sum A.

    Returns
    -------
    (..., k) ndarray
        With p = a / A: n p (1 - p) (n + A) / (1 + A), more than multinomial by the last factor.

    Examples
    --------
    >>> variance(people=10, concentration=[10.2, 1.2, 0.6]).round(4)
    array([2.1577, 1.5231, 0.8038])
    """
    a = np.asarray(concentration, dtype=np.float64)
    n = np.asarray(people, dtype=np.float64)[..., None]
    total = a.sum(axis=-1, keepdims=True)
    return np.asarray(n * (a / total) * ((total - a) / total) * (n + total) / (1.0 + total))


def left_out(*, counts: ArrayLike, prior: ArrayLike) -> LeftOut:
    """Exact leave-one-out of cells, and of persons, that share one vector of shares.

    Parameters
    ----------
    counts : (c, k)
        People by cell and category.
    prior : (k,)
        Dirichlet parameters.

    Returns
    -------
    LeftOut
        A person of category k is predicted by (a_k + y_k - 1) / (A + n - 1).

    Examples
    --------
    >>> found = left_out(counts=[[40, 8, 2], [25, 1, 1], [22, 1, 0]], prior=[1, 1, 1])
    >>> print(f"{found.cell:.3f} {found.person:.3f}")
    -11.891 -47.642
    """
    y, a = (np.asarray(x, dtype=np.float64) for x in (counts, prior))
    total = y.sum(axis=0)
    cells = log_pmf(counts=y, concentration=a + total - y)
    seen = total > 0
    others = (a + total - 1.0)[seen] / (a.sum() + total.sum() - 1.0)
    return LeftOut(
        cells=cells, cell=float(cells.sum()), person=float(np.sum(xlogy(total[seen], others)))
    )


def _spread(a: Floats, y: Floats) -> Floats:
    """Log of gamma(a + y) / gamma(a) over y^y exp(-y), without large numbers."""
    some = np.where(y > 0, y, 1.0)
    value = (
        xlog1py(a - 0.5, some / a)
        + xlog1py(some, a / some)
        + stirling_error(a + some)
        - stirling_error(a)
    )
    return np.asarray(np.where(y > 0, value, 0.0))
