"""What a reference curve is made of: a published rate with its horizon, a function of time."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from talentstats.errors import InputError
from talentstats.published.benchmark import Benchmark
from talentstats.stats.limits import Floats


def published_rate(one: Benchmark) -> tuple[float, float]:
    """Rate and horizon of a figure, as published.

    Parameters
    ----------
    one : Benchmark
        The figure.

    Returns
    -------
    tuple of float
        Stay rate, and years.

    Raises
    ------
    InputError
        If it was moved to another horizon, has none of its own, or is only a bound.
    """
    if one.alignment is not None:
        raise InputError(
            f"'{one.id}' was moved already ({one.alignment.sentence}) Hint: give the published "
            "figure; the curve moves it."
        )
    if one.horizon is None:
        pooled = one.horizon_as_printed or "not stated"
        raise InputError(f"'{one.id}' has no single horizon (as printed: {pooled}): no curve.")
    return one.required_rate(), one.horizon


def function_hazard(function: Callable[[Floats], ArrayLike], at: Floats, *, label: str) -> Floats:
    """Cumulative hazard of a function that gives survival.

    Parameters
    ----------
    function : callable
        Survival at times (m,).
    at : ndarray of float
        Times, any shape.
    label : str
        Its name in messages.

    Returns
    -------
    ndarray of float
        Minus the logarithm of survival, the shape of `at`.

    Raises
    ------
    InputError
        If survival is not in (0, 1], or rises.
    """
    times, place = np.unique(at, return_inverse=True)
    stay = np.broadcast_to(np.asarray(function(times), dtype=np.float64), times.shape)
    if not (np.all(stay > 0.0) and np.all(stay <= 1.0) and np.all(np.diff(stay) <= 1e-12)):
        raise InputError(
            f"{label} gives survival {stay.min():g} to {stay.max():g}; allowed are shares in "
            "(0, 1] that never rise with time."
        )
    return np.asarray(-np.log(stay)[place].reshape(at.shape))
