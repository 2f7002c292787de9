"""Roots for many groups at once: the last integer where a condition holds, and bracketed zeros."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats.stats.limits import Floats


def last_holding(
    condition: Callable[[Floats], NDArray[np.bool_]], *, holds: ArrayLike, fails: ArrayLike
) -> Floats:
    """Last whole number, going from `holds` towards `fails`, at which a condition holds.

    Parameters
    ----------
    condition : callable
        Takes whole numbers of the broadcast shape, returns booleans of that shape; along the way
        it must change once.
    holds : array_like
        Whole numbers at which it is taken to hold.
    fails : array_like
        Whole numbers, above or below, at which it is taken to fail.

    Returns
    -------
    numpy.ndarray
        Whole numbers as floats, the broadcast shape.

    Examples
    --------
    >>> float(last_holding(lambda j: j * j <= 50, holds=0, fails=100))
    7.0
    """
    start, stop = (np.asarray(x, dtype=np.float64) for x in np.broadcast_arrays(holds, fails))
    while np.any(open_ := np.abs(stop - start) > 1.0):
        middle = np.floor((start + stop) / 2.0)
        good = condition(middle)
        start = np.where(open_ & good, middle, start)
        stop = np.where(open_ & ~good, middle, stop)
    return start


def bracketed_root(
    function: Callable[[Floats, NDArray[np.intp]], Floats], *, low: ArrayLike, high: ArrayLike
) -> Floats:
    """Zero of a continuous function within a bracket, for every group, to full precision.

    Parameters
    ----------
    function : callable
        `function(x, i)` returns the values at `x` (m,) for the groups numbered `i` (m,).
    low, high : array_like
        Brackets (g,); where the function has one sign at both ends, the end nearer to a zero.

    Returns
    -------
    numpy.ndarray
        Zeros (g,).

    References
    ----------
    Chandrupatla, T. R. (1997). Advances in Engineering Software 28, 145-149.
    doi:10.1016/S0965-9978(96)00051-8

    Examples
    --------
    >>> squares = np.array([4.0, 9.0])
    >>> bracketed_root(lambda x, i: x * x - squares[i], low=[0.0, 0.0], high=[9.0, 9.0])
    array([2., 3.])
    """
    a, b = (np.array(x, dtype=np.float64) for x in np.broadcast_arrays(low, high))
    index = np.arange(a.size)
    fa, fb = function(a, index), function(b, index)
    root = np.where(np.abs(fa) < np.abs(fb), a, b)
    keep = (fa < 0.0) != (fb < 0.0)
    a, b, fa, fb, index = a[keep], b[keep], fa[keep], fb[keep], index[keep]
    step = np.full(a.size, 0.5)
    for _ in range(200):
        if not index.size:
            break
        x = a + step * (b - a)
        fx = function(x, index)
        same = (fx < 0.0) == (fa < 0.0)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = x, fx
        best = np.where(np.abs(fa) < np.abs(fb), a, b)
        root[index] = best
        slack = 4.0 * np.finfo(float).eps * np.abs(best) + 1e-300
        width = np.abs(b - a)
        keep = (width > slack) & (fa != 0.0) & (fb != 0.0)
        a, b, c, fa, fb, fc, index = (v[keep] for v in (a, b, c, fa, fb, fc, index))
        # Inverse quadratic interpolation where it is trustworthy, else the middle.
        xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
        curved = (phi * phi < xi) & ((1.0 - phi) ** 2 < 1.0 - xi)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (
                fc - fb
            )
        tiny = 0.5 * slack[keep] / width[keep]
        step = np.clip(np.where(curved & np.isfinite(t), t, 0.5), tiny, 1.0 - tiny)
    return root
