"""A binomial proportion against a rate that has a standard error of its own.

Square-and-add (MOVER): the arm of the proportion is Wilson's, the arm of the rate
is normal. With a standard error of 0 this is the score test and Wilson's interval,
and test and interval invert each other for every standard error.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from talentstats.stats.limits import Floats, Limits
from talentstats.stats.roots import bracketed_root


def difference_limits(
    *, k: ArrayLike, n: ArrayLike, rate: ArrayLike, std_error: ArrayLike, level: float
) -> Limits:
    """Two-sided limits for the difference of a proportion and an uncertain rate.

    Parameters
    ----------
    k, n : array_like
        Retained and total, shapes that broadcast.
    rate : array_like
        The other rate.
    std_error : array_like
        Its standard error.
    level : float
        Confidence level.

    Returns
    -------
    Limits
        Limits of k/n - rate within [-1, 1], the broadcast shape.

    References
    ----------
    Newcombe (2011), Communications in Statistics 40:1743-1767,
    doi:10.1080/03610921003646406.

    Examples
    --------
    >>> limits = difference_limits(k=87, n=100, rate=0.9, std_error=0.01, level=0.95)
    >>> print(f"{limits.lower:.4f} {limits.upper:.4f}")
    -0.1122 0.0260
    """
    k, n, rate, std_error = _floats(k, n, rate, std_error)
    z = -ndtri((1 - level) / 2)
    difference = k / n - rate
    low = difference - np.hypot(_arm(k, n, z, upper=False), z * std_error)
    high = difference + np.hypot(_arm(k, n, z, upper=True), z * std_error)
    return Limits(lower=np.maximum(low, -1.0), upper=np.minimum(high, 1.0))


def difference_z(
    *,
    k: ArrayLike,
    n: ArrayLike,
    rate: ArrayLike,
    std_error: ArrayLike,
    null: ArrayLike = 0.0,
) -> Floats:
    """Signed normal deviate of the difference against a null difference.

    Parameters
    ----------
    k, n : array_like
        Retained and total, shapes that broadcast.
    rate : array_like
        The other rate.
    std_error : array_like
        Its standard error, above 0.
    null : array_like
        Difference under the null hypothesis.

    Returns
    -------
    ndarray of float
        The z at which a limit of the interval touches `null`, the broadcast shape;
        its sign is that of the difference less `null`.

    Examples
    --------
    >>> round(float(difference_z(k=87, n=100, rate=0.9, std_error=0.01)), 4)
    -0.943
    """
    k, n, rate, std_error, null = _floats(k, n, rate, std_error, null)
    gap = k / n - rate - null
    shape = gap.shape
    k, n, std_error, gap = (x.ravel() for x in (k, n, std_error, gap))
    upper = gap < 0

    def excess(z: Floats, group: NDArray[np.intp]) -> Floats:
        arms = np.where(
            upper[group],
            _arm(k[group], n[group], z, upper=True),
            _arm(k[group], n[group], z, upper=False),
        )
        return np.asarray(np.hypot(arms, z * std_error[group]) - np.abs(gap[group]))

    root = bracketed_root(excess, low=np.zeros(gap.shape), high=np.abs(gap) / std_error)
    return np.copysign(root, gap).reshape(shape)


def two_sided_p(z: ArrayLike) -> Floats:
    """Two-sided p-value of a normal deviate.

    Parameters
    ----------
    z : array_like
        Normal deviates.

    Returns
    -------
    ndarray of float
        2 * P(Z >= abs(z)).

    Examples
    --------
    >>> round(float(two_sided_p(-1.959964)), 4)
    0.05
    """
    return np.asarray(2 * ndtr(-np.abs(np.asarray(z, dtype=np.float64))))


def equivalence_p(
    *, k: ArrayLike, n: ArrayLike, rate: ArrayLike, std_error: ArrayLike, margin: float
) -> Floats:
    """P-value of two one-sided tests that the difference is inside a margin.

    Parameters
    ----------
    k, n : array_like
        Retained and total, shapes that broadcast.
    rate : array_like
        The other rate.
    std_error : array_like
        Its standard error, above 0.
    margin : float
        Half-width of the region of equivalence.

    Returns
    -------
    ndarray of float
        The larger of the p-values against "at least `margin` below" and "at least
        `margin` above", the broadcast shape.

    Examples
    --------
    >>> round(float(equivalence_p(k=87, n=100, rate=0.9, std_error=0.01, margin=0.05)), 3)
    0.294
    """
    above_low = difference_z(k=k, n=n, rate=rate, std_error=std_error, null=-margin)
    below_high = difference_z(k=k, n=n, rate=rate, std_error=std_error, null=margin)
    return np.maximum(ndtr(-above_low), ndtr(below_high))


def _arm(k: Floats, n: Floats, z: ArrayLike, *, upper: bool) -> Floats:
    """Distance from k/n to Wilson's limit at a given z; the kernel of `intervals` takes a level."""
    z = np.asarray(z, dtype=np.float64)
    centre = (k + z * z / 2) / (n + z * z)
    half = z * np.sqrt(k * (n - k) / n + z * z / 4) / (n + z * z)
    arm = (centre + half - k / n) if upper else (k / n - centre + half)
    return np.asarray(np.maximum(arm, 0.0))


def _floats(*values: ArrayLike) -> list[Floats]:
    """Float arrays of one common shape."""
    return [np.asarray(v, dtype=np.float64) for v in np.broadcast_arrays(*values)]
