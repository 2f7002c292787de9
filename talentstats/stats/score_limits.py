"""What two-sample score intervals share: broadcasting and the crossing."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from talentstats.stats.limits import Floats


def floats(*values: ArrayLike) -> list[Floats]:
    """Return float arrays of one common shape.

    Parameters
    ----------
    *values : array_like
        Whatever broadcasts.

    Returns
    -------
    list of ndarray
        One array a value.
    """
    return list(np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in values)))


def crossing(
    *,
    statistic: Callable[[Floats], Floats],
    target: Floats | float,
    low: Floats,
    high: Floats,
    steps: int = 64,
) -> Floats:
    """Bisect for the null value at which a decreasing statistic equals `target`.

    Parameters
    ----------
    statistic : callable
        Maps null values, shape (m,), to the statistic, shape (m,); it may be +-inf.
    target : (m,) or float
        Wanted value of the statistic.
    low, high : (m,)
        Bracket: the statistic is at least `target` at `low` and at most at `high`.
    steps : int
        Halvings; 64 reach the last bit of a bracket of width 1.

    Returns
    -------
    (m,) ndarray
        Midpoint of the last bracket.
    """
    left, right = np.array(low, dtype=np.float64), np.array(high, dtype=np.float64)
    for _ in range(steps):
        middle = (left + right) / 2
        above = statistic(middle) > target
        left = np.where(above, middle, left)
        right = np.where(above, right, middle)
    return (left + right) / 2
