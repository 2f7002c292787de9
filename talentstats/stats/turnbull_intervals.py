"""Innermost intervals: where the probability of an end can lie, and the rows as ranges of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talentstats.stats.limits import Floats
from talentstats.stats.risk_sets import Whole


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Innermost:
    """Intervals (left, right] that can carry mass.

    Parameters
    ----------
    left, right : numpy.ndarray
        Bounds, increasing (m,); `right` may be infinite; an exact time has left = right.
    first, last : numpy.ndarray
        Each row ended in the intervals [first, last), as places among them (n,).
    visible : numpy.ndarray
        The first interval in which each row could have been seen to end (n,).
    """

    left: Floats
    right: Floats
    first: Whole
    last: Whole
    visible: Whole


def innermost(
    *, lower: ArrayLike, upper: ArrayLike, entry: ArrayLike, cuts: Sequence[float] = ()
) -> Innermost:
    """Innermost intervals of ends in (lower, upper] among those who stayed until entry.

    Parameters
    ----------
    lower, upper, entry : array_like
        As `turnbull` takes them (n,).
    cuts : sequence of float
        Times at which an interval is cut in two, such as one where survival is to be held.

    Returns
    -------
    Innermost
        Intervals and rows.

    References
    ----------
    Frydman, H. (1994). JRSS B 56, 71-74. doi:10.1111/j.2517-6161.1994.tb01960.x

    Examples
    --------
    >>> found = innermost(lower=[0, 1], upper=[3, 5], entry=[0, 0])
    >>> found.left, found.right, found.last
    (array([1.]), array([3.]), array([1, 1]))
    """
    low, high, start = (np.asarray(x, dtype=np.float64) for x in (lower, upper, entry))
    cut = np.asarray(cuts, dtype=np.float64)
    # At one time: an exact end opens (0), intervals and truncation close (1), others open (2).
    kind = np.concatenate(
        [np.where(low == high, 0, 2), np.ones(2 * low.size + cut.size), np.full(cut.size, 2)]
    )
    value = np.concatenate([low, high, start, cut, cut])
    order = np.lexsort((kind, value))
    value_by, kind_by = value[order], kind[order]
    new = np.append(True, (value_by[1:] != value_by[:-1]) | (kind_by[1:] != kind_by[:-1]))
    place = np.empty(order.size, dtype=np.intp)
    place[order] = np.cumsum(new) - 1
    value_by, is_open = value_by[new], kind_by[new] != 1
    inner = np.flatnonzero(is_open[:-1] & ~is_open[1:])
    rows = place[: 3 * low.size].reshape(3, -1)
    # Mass before every entry is in nobody's likelihood.
    inner = inner[inner > rows[2].min() - 1]
    first, last, visible = np.searchsorted(inner, rows, side="left")
    return Innermost(
        left=value_by[inner],
        right=value_by[inner + 1],
        first=first,
        last=last,
        visible=visible,
    )
