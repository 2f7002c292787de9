"""Maximum of a likelihood by Newton's or a quasi-Newton method, with step halving."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from talentstats.stats.cox_likelihood import Likelihood
from talentstats.stats.limits import Floats

# In standard errors: how far the maximum may still be away.
_CLOSE = 1e-9
# The same where rounding does not let any step gain more.
_STALLED = 1e-5
_STEPS = 200
_HALVINGS = 30
# Longest step of a scaled coefficient; the quadratic approximation holds no further.
_LONGEST = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Maximum:
    """Where a likelihood is largest.

    Parameters
    ----------
    beta : numpy.ndarray
        Coefficients (p,).
    at : Likelihood
        Likelihood there.
    converged : bool
        Whether the maximum was reached; False also where it lies at infinity.
    """

    beta: Floats
    at: Likelihood
    converged: bool


def maximise(
    likelihood: Callable[[Floats], Likelihood],
    *,
    start: Floats,
    free: NDArray[np.bool_] | None = None,
    secant: bool = False,
) -> Maximum:
    """Maximum of a likelihood over some of its coefficients.

    Parameters
    ----------
    likelihood : callable
        Takes coefficients (p,), returns their `Likelihood`.
    start : numpy.ndarray
        Where to begin (p,).
    free : numpy.ndarray of bool or None
        Which coefficients move (p,); None is all.
    secant : bool
        Whether the score has more to it than the information tells, as with a penalty: the
        curvature is then learned on the way (BFGS), the information being a first guess.

    Returns
    -------
    Maximum
        The last point reached, whether converged or not.

    Examples
    --------
    >>> def log_likelihood(b):
    ...     return Likelihood(
    ...         log_likelihood=float(-np.cosh(b - 1.0)[0]),
    ...         score=-np.sinh(b - 1.0),
    ...         information=np.cosh(b - 1.0)[:, None],
    ...     )
    >>> top = maximise(log_likelihood, start=np.zeros(1))
    >>> bool(abs(top.beta[0] - 1.0) < 1e-9), top.converged
    (True, True)
    """
    beta = np.array(start, dtype=np.float64)
    moving = np.ones(beta.size, dtype=bool) if free is None else free
    at = likelihood(beta)
    if not moving.any():
        return Maximum(beta=beta, at=at, converged=True)
    spread = inverse(at.information[np.ix_(moving, moving)])
    for _ in range(_STEPS):
        if spread is None:
            break
        move = spread @ at.score[moving]
        if at.score[moving] @ move < _CLOSE**2:
            return Maximum(beta=beta, at=at, converged=True)
        move *= min(1.0, _LONGEST / float(np.abs(move).max()))
        # Near the top, rounding hides the gain of a good step.
        slack = 1e-12 * (1.0 + abs(at.log_likelihood))
        for _ in range(_HALVINGS):
            tried = beta.copy()
            tried[moving] += move
            there = likelihood(tried)
            if there.log_likelihood >= at.log_likelihood - slack and np.isfinite(there.score).all():
                break
            move = move / 2.0
        else:
            stalled = float(at.score[moving] @ spread @ at.score[moving])
            return Maximum(beta=beta, at=at, converged=stalled < _STALLED**2)
        spread = (
            _learned(spread, move, at.score[moving] - there.score[moving])
            if secant
            else inverse(there.information[np.ix_(moving, moving)])
        )
        beta, at = tried, there
    return Maximum(beta=beta, at=at, converged=False)


def inverse(matrix: Floats) -> Floats | None:
    """Inverse of an information matrix, or None where it is singular to rounding.

    Parameters
    ----------
    matrix : numpy.ndarray
        Symmetric (p, p).

    Returns
    -------
    numpy.ndarray or None
        Symmetric (p, p).

    Examples
    --------
    >>> inverse(np.array([[2.0]])), inverse(np.zeros((1, 1)))
    (array([[0.5]]), None)
    """
    scale = np.sqrt(np.maximum(np.diag(matrix), 0.0))
    if not np.isfinite(matrix).all() or not (scale > 0.0).all():
        return None
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    if values[0] < 1e-13 * values[-1]:
        return None
    return np.asarray((vectors / values) @ vectors.T / np.outer(scale, scale))


def _learned(spread: Floats, move: Floats, change: Floats) -> Floats:
    """Return the inverse curvature that agrees with the last step (BFGS)."""
    along = float(move @ change)
    if along <= 1e-12 * float(np.linalg.norm(move) * np.linalg.norm(change)):
        return spread
    turn = np.eye(move.size) - np.outer(move, change) / along
    return np.asarray(turn @ spread @ turn.T + np.outer(move, move) / along)
