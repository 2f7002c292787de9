"""From linear predictors to what happens in a step, and over steps, with derivatives."""

from math import factorial
from typing import Final, Literal

import numpy as np
from numpy.polynomial.polynomial import polyval
from numpy.typing import NDArray
from scipy.special import expit, exprel

from talentstats.survival.hazard_design import Link

Floats = NDArray[np.float64]
Destinations = Literal["any", "cause-specific", "multinomial"]

# Below it the slope of (1 - exp(-x)) / x is its series; above it the two terms keep their digits.
_SMALL: Final = 0.03
# A predictor at which leaving is certain to all digits, and nothing overflows.
_CERTAIN: Final = 40.0
_SERIES: Final = tuple((j + 1) / factorial(j + 2) for j in range(6))


def linear_predictor(matrix: Floats, coefficients: Floats) -> Floats:
    """Predictors of rows, minus infinity or very large where an estimate is infinite.

    Parameters
    ----------
    matrix : (..., q) ndarray of float
        Rows.
    coefficients : (k * q,) ndarray of float
        Destination by destination; infinite for steps in which nobody, or everybody, left.

    Returns
    -------
    (..., k) ndarray of float
        Predictors.
    """
    beta = coefficients.reshape(-1, matrix.shape[-1]).T
    known = np.isfinite(beta)
    found = matrix @ np.where(known, beta, 0.0)
    for limit, size in ((-np.inf, -np.inf), (np.inf, _CERTAIN)):
        found[matrix @ (beta == limit).astype(np.float64) > 0] = size
    return np.asarray(found)


def step_probabilities(
    predictor: Floats, *, link: Link, destinations: Destinations, length: Floats
) -> tuple[Floats, Floats]:
    """Probability of each destination in a step given presence at its start.

    Parameters
    ----------
    predictor : (..., k) ndarray of float
        Linear predictors.
    link : {"cloglog", "logit", "log"}
        The link.
    destinations : {"any", "cause-specific", "multinomial"}
        How destinations compete.
    length : (...) ndarray of float
        Time in the step, which only the log link uses: its hazards are constant there.

    Returns
    -------
    tuple of ndarray
        Probabilities (..., k), and their derivatives (..., k, k) by the predictors.
    """
    k = predictor.shape[-1]
    if destinations == "multinomial":
        top = np.maximum(predictor.max(axis=-1, keepdims=True), 0.0)
        odds = np.exp(predictor - top)
        p = odds / (np.exp(-top) + odds.sum(axis=-1, keepdims=True))
        return p, p[..., :, None] * (np.eye(k) - p[..., None, :])
    if link == "logit":
        p = expit(predictor)
        return p, (p * expit(-predictor))[..., :, None] * np.eye(k)
    hazard = np.exp(predictor)
    if link == "cloglog":
        return -np.expm1(-hazard), (hazard * np.exp(-hazard))[..., :, None] * np.eye(k)
    total = hazard.sum(axis=-1)
    lived = length * exprel(-total * length)
    slope = -(length**2) * _exprel_slope(-total * length)
    change = np.eye(k) * lived[..., None, None] + hazard[..., :, None] * slope[..., None, None]
    return hazard * lived[..., None], change * hazard[..., None, :]


def over_steps(p: Floats, change: Floats, matrix: Floats) -> tuple[Floats, Floats]:
    """Retention and incidences at the end of every step, with their gradients.

    Parameters
    ----------
    p : (n, t, k) ndarray of float
        Probability of each destination in each step.
    change : (n, t, k, k) ndarray of float
        Their derivatives by the predictors.
    matrix : (n, t, q) ndarray of float
        What the predictors are linear in.

    Returns
    -------
    tuple of ndarray
        Retention and incidences (n, t, 1 + k), and gradients (n, t, 1 + k, k * q) by the
        coefficients, destination by destination.
    """
    n, t, k = p.shape
    q = matrix.shape[2]
    stay, d_stay = np.ones(n), np.zeros((n, k * q))
    gone, d_gone = np.zeros((n, k)), np.zeros((n, k, k * q))
    values, gradients = np.empty((n, t, 1 + k)), np.empty((n, t, 1 + k, k * q))
    for s in range(t):
        slope = (change[:, s, :, :, None] * matrix[:, s, None, None, :]).reshape(n, k, k * q)
        gone = gone + stay[:, None] * p[:, s]
        d_gone = d_gone + d_stay[:, None, :] * p[:, s, :, None] + stay[:, None, None] * slope
        left = p[:, s].sum(axis=1)
        d_stay = d_stay * (1.0 - left)[:, None] - stay[:, None] * slope.sum(axis=1)
        stay = stay * (1.0 - left)
        values[:, s] = np.column_stack([stay, gone])
        gradients[:, s] = np.concatenate([d_stay[:, None, :], d_gone], axis=1)
    return values, gradients


def _exprel_slope(x: Floats) -> Floats:
    """Derivative of (exp(x) - 1) / x, for x of 0 or less."""
    near = np.abs(x) < _SMALL
    safe = np.where(near, -1.0, x)
    return np.where(near, polyval(x, _SERIES), (np.exp(safe) * (safe - 1.0) + 1.0) / safe**2)
