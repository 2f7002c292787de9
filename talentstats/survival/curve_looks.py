"""What looks leave open: ends known to lie in (lower, upper], and times inside such intervals."""

import numpy as np

from talentstats.stats.limits import Floats
from talentstats.survival.curve_rows import CurveRows
from talentstats.survival.times import snapped


def between_looks(rows: CurveRows) -> bool:
    """Whether any end is known only to lie between two times.

    Parameters
    ----------
    rows : CurveRows
        Rows of one group.

    Returns
    -------
    bool
        False where all ends are exact.
    """
    return bool(np.any(rows.ended & (rows.lower < rows.upper)))


def next_look(rows: CurveRows, at: Floats) -> Floats:
    """Look that ends the interval in which each time lies.

    Parameters
    ----------
    rows : CurveRows
        Rows of one group, whose intervals do not hold one another's ends.
    at : ndarray of float
        Times (s,).

    Returns
    -------
    ndarray of float
        Shape (s,): `upper` of the interval of an end that holds the time strictly inside; the
        time itself where there is none.

    Examples
    --------
    >>> from talentstats.summaries.spells import Spells
    >>> from talentstats.survival.curve_rows import rows_by_group
    >>> from talentstats.survival.grouping import groups_of
    >>> spells = Spells.from_arrays(lower=[0, 2, 4], upper=[2, 4, None])
    >>> [rows] = rows_by_group(spells, groups_of({}, None, 3))
    >>> next_look(rows, np.array([1.0, 2.0, 3.0, 4.5])).tolist()
    [2.0, 2.0, 4.0, 4.5]
    """
    wide = rows.ended & (rows.lower < rows.upper)
    if not wide.any():
        return np.asarray(at, dtype=np.float64)
    lower, place = np.unique(rows.lower[wide], return_index=True)
    upper = rows.upper[wide][place]
    when = snapped(at, np.unique(np.concatenate([lower, upper])))
    holds = np.searchsorted(lower, when, side="left") - 1
    end = upper[np.maximum(holds, 0)]
    return np.where((holds >= 0) & (when < end), end, when)


def earliest(rows: CurveRows, time: Floats, *, start: float) -> Floats:
    """Earliest times at which the ends found at each look can have been.

    Parameters
    ----------
    rows : CurveRows
        Rows of one group.
    time : ndarray of float
        Distinct times of ends (m,), increasing.
    start : float
        Where the curve begins, before which no end of it is.

    Returns
    -------
    ndarray of float
        Shape (m,), not decreasing: the look before, or the same time where all ends are exact.
    """
    wide = rows.ended & (rows.lower < rows.upper)
    first = time.copy()
    upper, place = np.unique(rows.upper[wide], return_index=True)
    found = np.searchsorted(time, upper)
    here = (
        (found < time.size) & (time[np.minimum(found, time.size - 1)] == upper)
        if (time.size)
        else np.zeros(upper.size, dtype=bool)
    )
    first[found[here]] = rows.lower[wide][place][here]
    return np.maximum(first, start)
