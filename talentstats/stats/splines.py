"""Bases of smooth terms: B-splines, natural cubic splines, orthogonal polynomials."""

import numpy as np
from numpy.typing import ArrayLike

from talentstats.stats.limits import Floats


def weighted_quantiles(*, values: ArrayLike, weight: ArrayLike, at: ArrayLike) -> Floats:
    """Quantiles of values that stand for `weight` rows each, by linear interpolation.

    Parameters
    ----------
    values : array_like
        Values (n,).
    weight : array_like
        How many rows each stands for (n,); at least one is positive.
    at : array_like
        Probabilities (q,) in [0, 1].

    Returns
    -------
    numpy.ndarray
        Quantiles (q,), R's type 7 of the repeated rows where the weights are whole numbers.

    Examples
    --------
    >>> weighted_quantiles(values=[1, 2, 4], weight=[1, 1, 2], at=[0.5])
    array([3.])
    """
    x, w = np.asarray(values, dtype=np.float64), np.asarray(weight, dtype=np.float64)
    order = np.argsort(x, kind="stable")
    x, w = x[order][w[order] > 0.0], w[order][w[order] > 0.0]
    reach = np.cumsum(w)
    place = np.asarray(at, dtype=np.float64) * max(reach[-1] - 1.0, 0.0)
    # An interpolation of a whole place must not fall short of it by a rounding error.
    place = np.where(np.abs(place - np.rint(place)) < 1e-9 * reach[-1], np.rint(place), place)
    below = np.floor(place)
    low, high = (
        x[np.minimum(np.searchsorted(reach, i, side="right"), x.size - 1)]
        for i in (below, below + 1.0)
    )
    return np.asarray(low + (place - below) * (high - low))


def b_splines(
    *, at: ArrayLike, knots: ArrayLike, low: float, high: float, degree: int, derivative: int = 0
) -> Floats:
    """B-spline basis, or a derivative of it.

    Parameters
    ----------
    at : array_like
        Points (n,) in [low, high].
    knots : array_like
        Knots (m,) strictly between `low` and `high`, increasing.
    low, high : float
        Ends of the range.
    degree : int
        Degree of the pieces, 3 for cubic.
    derivative : int
        Order of the derivative, 0 for the basis itself.

    Returns
    -------
    numpy.ndarray
        Basis (n, m + degree + 1); without derivative its rows sum to 1.

    References
    ----------
    de Boor, C. (1978). A Practical Guide to Splines. Springer.

    Examples
    --------
    >>> b_splines(at=[0.0, 0.5, 1.0], knots=[], low=0, high=1, degree=1)
    array([[1. , 0. ],
           [0.5, 0.5],
           [0. , 1. ]])
    """
    x = np.asarray(at, dtype=np.float64)[:, None]
    inner = np.asarray(knots, dtype=np.float64)
    t = np.concatenate([np.full(degree + 1, low), inner, np.full(degree + 1, high)])
    # The last piece is closed on the right.
    last = degree + inner.size
    piece = np.clip(np.searchsorted(t, x[:, 0], side="right") - 1, degree, last)
    basis = (piece[:, None] == np.arange(t.size - 1)).astype(np.float64)
    for k in range(1, degree + 1):
        ahead, behind = t[k:-1] - t[: -k - 1], t[k + 1 :] - t[1:-k]
        rise = np.divide(1.0, ahead, out=np.zeros_like(ahead), where=ahead > 0.0)
        fall = np.divide(1.0, behind, out=np.zeros_like(behind), where=behind > 0.0)
        if k > degree - derivative:
            basis = k * (basis[:, :-1] * rise - basis[:, 1:] * fall)
        else:
            up, down = (x - t[: -k - 1]) * rise, (t[k + 1 :] - x) * fall
            basis = basis[:, :-1] * up + basis[:, 1:] * down
    return np.asarray(basis)


def natural_splines(*, at: ArrayLike, knots: ArrayLike, low: float, high: float) -> Floats:
    """Natural cubic spline basis without a constant, linear beyond the ends.

    Parameters
    ----------
    at : array_like
        Points (n,), also outside [low, high].
    knots : array_like
        Knots (m,) strictly between `low` and `high`, increasing.
    low, high : float
        Knots at the ends, where the second derivative is 0.

    Returns
    -------
    numpy.ndarray
        Basis (n, m + 1), the columns of R's `splines::ns`.

    References
    ----------
    Hastie, T. J. (1992). Generalized additive models, in Statistical Models in S. Chapman & Hall.

    Examples
    --------
    >>> natural_splines(at=[0.0, 1.0, 2.0, 3.0], knots=[], low=0, high=1).round(3).ravel()
    array([0.   , 0.802, 1.604, 2.405])
    """
    x = np.asarray(at, dtype=np.float64)
    ends = np.array([low, high])
    inside = b_splines(at=np.clip(x, low, high), knots=knots, low=low, high=high, degree=3)
    value, slope, bend = (
        b_splines(at=ends, knots=knots, low=low, high=high, degree=3, derivative=d)
        for d in range(3)
    )
    for side, outside in ((0, x < low), (1, x > high)):
        inside[outside] = value[side] + np.outer(x[outside] - ends[side], slope[side])
    # Without the first column, as the constant is elsewhere; then what does not bend at the ends.
    flat = np.linalg.qr(bend[:, 1:].T, mode="complete")[0][:, 2:]
    return np.asarray(inside[:, 1:] @ flat)


def orthogonal_recurrence(
    *, values: ArrayLike, weight: ArrayLike, degree: int
) -> tuple[Floats, Floats]:
    """Recurrence of the polynomials that are orthogonal over weighted values.

    Parameters
    ----------
    values : array_like
        Values (n,); more distinct ones of positive weight than `degree`.
    weight : array_like
        How many rows each stands for (n,).
    degree : int
        Highest degree.

    Returns
    -------
    tuple of numpy.ndarray
        Centres (degree,) and squared norms (degree + 2,), as R's `poly` keeps them: the first
        norm is 1.

    References
    ----------
    Kennedy, W. J. and Gentle, J. E. (1980). Statistical Computing. Dekker, pages 343-344.

    Examples
    --------
    >>> centres, norms = orthogonal_recurrence(values=[1, 2, 3], weight=[1, 1, 1], degree=1)
    >>> centres, norms
    (array([2.]), array([1., 3., 2.]))
    """
    x, w = np.asarray(values, dtype=np.float64), np.asarray(weight, dtype=np.float64)
    centres, norms = np.empty(degree), np.ones(degree + 2)
    before, now = np.zeros_like(x), np.ones_like(x)
    norms[1] = np.sum(w)
    for k in range(degree):
        centres[k] = np.sum(w * x * now**2) / norms[k + 1]
        drag = norms[k + 1] / norms[k] if k else 0.0
        before, now = now, (x - centres[k]) * now - drag * before
        norms[k + 2] = np.sum(w * now**2)
    return centres, norms


def orthogonal_polynomials(*, at: ArrayLike, centres: ArrayLike, norms: ArrayLike) -> Floats:
    """Orthogonal polynomials of degree 1 and more at points.

    Parameters
    ----------
    at : array_like
        Points (n,).
    centres, norms : array_like
        What `orthogonal_recurrence` returns.

    Returns
    -------
    numpy.ndarray
        Columns (n, degree), of unit length over the rows that made the recurrence.

    Examples
    --------
    >>> kept = orthogonal_recurrence(values=[1, 2, 3], weight=[1, 1, 1], degree=1)
    >>> orthogonal_polynomials(at=[1, 3], centres=kept[0], norms=kept[1]).round(6).ravel()
    array([-0.707107,  0.707107])
    """
    x = np.asarray(at, dtype=np.float64)
    middle, size = (np.asarray(v, dtype=np.float64) for v in (centres, norms))
    columns = np.empty((x.size, middle.size))
    before, now = np.zeros_like(x), np.ones_like(x)
    for k, centre in enumerate(middle):
        drag = size[k + 1] / size[k] if k else 0.0
        before, now = now, (x - centre) * now - drag * before
        columns[:, k] = now / np.sqrt(size[k + 2])
    return columns
