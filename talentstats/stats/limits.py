"""Interval limits: their sides, their tail areas and the frozen pair that intervals return."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

type Floats = NDArray[np.float64]

Side = Literal["two-sided", "lower", "upper"]


def read_only(values: ArrayLike) -> Floats:
    """Return a read-only float copy of `values`.

    Parameters
    ----------
    values : array_like
        Numbers of any shape.

    Returns
    -------
    numpy.ndarray
        The copy, same shape, which cannot be written to.
    """
    array = np.array(values, dtype=np.float64)
    array.flags.writeable = False
    return array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Limits:
    """Lower and upper limits of one interval a group.

    Parameters
    ----------
    lower : numpy.ndarray
        Lower limits, the shape of the broadcast inputs; the bottom of the range if `side="upper"`.
    upper : numpy.ndarray
        Upper limits, same shape; the top of the range if `side="lower"`.
    """

    lower: Floats
    upper: Floats

    def __post_init__(self) -> None:
        lower, upper = np.broadcast_arrays(self.lower, self.upper)
        object.__setattr__(self, "lower", read_only(lower))
        object.__setattr__(self, "upper", read_only(upper))


def tail_area(*, level: ArrayLike, side: Side) -> Floats:
    """Probability left outside the interval on one side.

    Parameters
    ----------
    level : array_like
        Confidence level in (0, 1), any shape.
    side : {"two-sided", "lower", "upper"}
        Which limits are wanted.

    Returns
    -------
    numpy.ndarray
        (1 - level) / 2 for two limits, 1 - level for one; the shape of `level`.

    Examples
    --------
    >>> round(float(tail_area(level=0.95, side="two-sided")), 6)
    0.025
    """
    outside = 1.0 - np.asarray(level, dtype=np.float64)
    return np.asarray(outside / 2.0 if side == "two-sided" else outside)


def normal_quantile(*, level: ArrayLike, side: Side) -> Floats:
    """Quantile of the standard normal with the tail area above it.

    Parameters
    ----------
    level : array_like
        Confidence level in (0, 1), any shape.
    side : {"two-sided", "lower", "upper"}
        Which limits are wanted.

    Returns
    -------
    numpy.ndarray
        The quantile z, the shape of `level`.

    Examples
    --------
    >>> round(float(normal_quantile(level=0.95, side="two-sided")), 4)
    1.96
    """
    return np.asarray(-special.ndtri(tail_area(level=level, side=side)))


def proportion_limits(*, lower: ArrayLike, upper: ArrayLike, side: Side) -> Limits:
    """Limits of a proportion, with the side that was not asked for opened to 0 or 1.

    Parameters
    ----------
    lower, upper : array_like
        Limits of any shapes that broadcast.
    side : {"two-sided", "lower", "upper"}
        Which of them are kept.

    Returns
    -------
    Limits
        The limits, in [0, 1].
    """
    low, high = np.broadcast_arrays(
        np.asarray(lower, dtype=np.float64), np.asarray(upper, dtype=np.float64)
    )
    return Limits(
        lower=np.zeros_like(low) if side == "upper" else low,
        upper=np.ones_like(high) if side == "lower" else high,
    )
