"""Times that only floating-point noise keeps apart, made one; times asked for, matched to them."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats.errors import InputError

type Floats = NDArray[np.float64]

# Relative to the mean time. Years from dates carry noise of about 1e-13; R merges up to 1.5e-8,
# which in a million distinct times joins thousands that are truly apart.
_NOISE: Final = 1e-11
_MANY: Final = 200_000
_SAMPLE: Final = 5_000


def merged_times(*columns: Floats) -> tuple[Floats, ...]:
    """Columns of times in which times that differ by noise are the same time.

    Parameters
    ----------
    *columns : ndarray of float
        Times of any shapes, looked at together; infinite ones stay.

    Returns
    -------
    tuple of ndarray
        The same shapes; each time is the first of those that it cannot be told from.

    Examples
    --------
    >>> merged_times(np.array([0.1 + 0.2, 0.3, np.inf]))[0].tolist()
    [0.3, 0.3, inf]
    """
    loose = np.concatenate([column[np.isfinite(column)] for column in columns])
    # Many times without a tie, or nearly one, in a large sample of them are of a continuous
    # clock, where a noisy tie could change no order that matters: sorting all would double the
    # cost of a curve.
    if loose.size > _MANY and np.diff(np.sort(loose[:: loose.size // _SAMPLE])).min() > (
        _NOISE * float(np.mean(np.abs(loose)))
    ):
        return columns
    pool = np.sort(loose)
    gaps = np.diff(pool)
    noise = _NOISE * float(np.mean(np.abs(pool))) if pool.size else 0.0
    if not np.any((gaps > 0.0) & (gaps <= noise)):
        return columns
    distinct = pool[np.append(True, gaps > 0.0)]
    apart = np.append(True, np.diff(distinct) > noise)
    old, new = distinct[~apart], distinct[apart][np.cumsum(apart) - 1][~apart]

    def merged(column: Floats) -> Floats:
        if not np.isfinite(column).any():
            return column
        place = np.minimum(np.searchsorted(old, column), old.size - 1)
        return np.where(old[place] == column, new[place], column)

    return tuple(merged(column) for column in columns)


def snapped(at: ArrayLike, known: Floats) -> Floats:
    """Times asked for, each the known time that it cannot be told from.

    Parameters
    ----------
    at : array_like
        Times (s,).
    known : ndarray of float
        Times that matter, increasing (m,).

    Returns
    -------
    ndarray of float
        Times (s,).

    Examples
    --------
    >>> snapped([0.1 + 0.2, 1], np.array([0.3, 0.5])).tolist()
    [0.3, 1.0]
    """
    wanted = np.asarray(at, dtype=np.float64)
    if not known.size:
        return wanted
    right = np.clip(np.searchsorted(known, wanted), 1, max(known.size - 1, 1))
    pair = np.stack([known[right - 1], known[np.minimum(right, known.size - 1)]])
    best = np.argmin(np.abs(pair - wanted), axis=0)
    near = np.take_along_axis(pair, best[None], axis=0)[0]
    noise = _NOISE * np.maximum(np.abs(near), np.finfo(float).tiny)
    return np.where(np.abs(near - wanted) <= noise, near, wanted)


def asked_times(times: ArrayLike) -> Floats:
    """Times asked for as a column of numbers.

    Parameters
    ----------
    times : array_like
        Times (s,), or one.

    Returns
    -------
    ndarray of float
        Shape (s,).

    Raises
    ------
    InputError
        If they are not finite numbers.
    """
    try:
        when = np.atleast_1d(np.asarray(times, dtype=np.float64))
    except (TypeError, ValueError):
        raise InputError(f"times={times!r} are not numbers.") from None
    if when.ndim != 1 or not when.size or not np.isfinite(when).all():
        raise InputError(f"times={times!r} are not a list of finite numbers.")
    return when
