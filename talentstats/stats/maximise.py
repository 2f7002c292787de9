"""Maximum of a log-likelihood by scoring with step-halving, some coefficients held fixed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats.stats.limits import Floats, read_only

_MOST_STEPS: Final = 200
# Squared distance to the maximum, in standard errors: what is aimed at, and what is enough where
# rounding allows no more.
_NEAR: Final = 1e-22
_ENOUGH: Final = 1e-13
# Halvings of one step.
_MOST_HALVINGS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """Maximum likelihood, or penalised maximum likelihood.

    Parameters
    ----------
    coefficients : numpy.ndarray
        Estimates (p,).
    log_likelihood : float
        Log-likelihood without penalty, up to a constant of the data.
    penalised_log_likelihood : float
        What was maximised: with the penalty if there is one.
    information : numpy.ndarray
        Expected information of all coefficients (p, p), fixed ones included.
    score : numpy.ndarray
        Derivatives (p,) of what was maximised; not 0 where a coefficient is fixed.
    steps : int
        Steps taken.
    converged : bool
        Whether the maximum was reached. Under separation the likelihood without penalty has
        none, and estimates far out may pass for one: look for it first.
    """

    coefficients: Floats
    log_likelihood: float
    penalised_log_likelihood: float
    information: Floats
    score: Floats
    steps: int
    converged: bool

    def __post_init__(self) -> None:
        for name in ("coefficients", "information", "score"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def covariance(self) -> Floats:
        """Inverse of the information (p, p), as if nothing were fixed.

        Returns
        -------
        numpy.ndarray
            Covariance (p, p).
        """
        size = _sizes(self.information)
        inverse = np.linalg.inv(self.information / np.outer(size, size))
        return np.asarray((inverse + inverse.T) / 2.0 / np.outer(size, size))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Point:
    """A log-likelihood and its derivatives at one place.

    Parameters
    ----------
    log_likelihood : float
        Without penalty.
    penalty : float
        What is added to it.
    score : numpy.ndarray
        Derivatives of their sum (p,).
    information : numpy.ndarray
        Expected information (p, p).
    """

    log_likelihood: float
    penalty: float
    score: Floats
    information: Floats

    @property
    def value(self) -> float:
        """What is maximised; minus infinity where it cannot be computed.

        Returns
        -------
        float
            Log-likelihood and penalty.
        """
        total = self.log_likelihood + self.penalty
        return total if np.isfinite(total) and np.all(np.isfinite(self.score)) else -np.inf


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Basis:
    """Columns of a design turned so that those that vary are orthogonal: design = turned @ back.

    Parameters
    ----------
    turned : numpy.ndarray
        Columns (n, p).
    back : numpy.ndarray
        Matrix (p, p); it maps a coefficient that is held fixed to a multiple of itself.
    """

    turned: Floats
    back: Floats


def turned_basis(*, design: Floats, held: NDArray[np.bool_]) -> Basis:
    """Basis in which calendar years and dummies lose no digits.

    Parameters
    ----------
    design : numpy.ndarray
        Columns (n, p) of full rank.
    held : numpy.ndarray
        Which columns have a coefficient that is held fixed (p,).

    Returns
    -------
    Basis
        The columns.

    Examples
    --------
    >>> basis = turned_basis(design=np.array([[1.0, 2010], [1, 2012]]), held=np.zeros(2, bool))
    >>> (basis.turned @ basis.back).round(6).tolist()
    [[1.0, 2010.0], [1.0, 2012.0]]
    >>> (basis.turned.T @ basis.turned).round(6) + 0.0
    array([[2., 0.],
           [0., 2.]])
    """
    n, p = design.shape
    size = np.sqrt(n)
    q, r = np.linalg.qr(design[:, ~held])
    turned, back = np.empty((n, p)), np.zeros((p, p))
    turned[:, ~held] = q * size
    back[np.ix_(~held, ~held)] = r / size
    along = q.T @ design[:, held]
    rest = design[:, held] - q @ along
    scale = np.sqrt(np.mean(rest**2, axis=0))
    turned[:, held] = rest / scale
    back[np.ix_(~held, held)] = along / size
    back[np.ix_(held, held)] = np.diag(scale)
    return Basis(turned=turned, back=back)


def maximise(
    evaluate: Callable[[Floats], Point], *, start: Floats, fixed: NDArray[np.bool_], back: Floats
) -> Fit:
    """Maximum of a log-likelihood over the coefficients that are not fixed.

    Parameters
    ----------
    evaluate : callable
        Takes turned coefficients (p,) and returns the `Point` there.
    start : numpy.ndarray
        Coefficients (p,) to start from; those that are fixed keep their value.
    fixed : numpy.ndarray
        Which are fixed (p,).
    back : numpy.ndarray
        Turned coefficients are `back @ coefficients` (p, p).

    Returns
    -------
    Fit
        The maximum, in the coefficients that were given.

    Notes
    -----
    Fisher scoring; where it gains slowly, Newton's method, with the curvature from differences
    of the score.

    Examples
    --------
    >>> def square(b):
    ...     return Point(
    ...         log_likelihood=-float(b @ b), penalty=0.0, score=-2 * b, information=2 * np.eye(2)
    ...     )
    >>> fit = maximise(square, start=np.ones(2), fixed=np.array([False, True]), back=np.eye(2))
    >>> fit.coefficients, fit.converged
    (array([0., 1.]), True)
    """
    free = ~fixed
    place = back @ start
    here = evaluate(place)
    last, newton, steps, converged = np.inf, False, 0, False
    for _ in range(_MOST_STEPS):
        slope = here.score[free]
        move, gain = _step(here.information[np.ix_(free, free)], slope)
        if not (np.isfinite(gain) and np.isfinite(here.value)):
            break
        if gain <= _NEAR or last <= gain <= _ENOUGH:
            converged = True
            break
        newton = newton or gain > 0.1 * last
        last = gain
        if newton:
            curved = _curvature(evaluate, place, here, free)
            if curved is not None:
                move, _ = _step(curved, slope)
        there = _line_search(evaluate, place, here, free, move)
        if there is None:
            # Rounding of the log-likelihood hides what is left to gain.
            converged = bool(gain <= 1e-12 * (1.0 + abs(here.value)))
            break
        place, here = there
        steps += 1
    coefficients = np.linalg.solve(back, place)
    coefficients[fixed] = start[fixed]
    return Fit(
        coefficients=coefficients,
        log_likelihood=here.log_likelihood,
        penalised_log_likelihood=here.log_likelihood + here.penalty,
        information=back.T @ here.information @ back,
        score=back.T @ here.score,
        steps=steps,
        converged=converged,
    )


def log_determinant(information: ArrayLike) -> float:
    """Logarithm of the determinant of an information matrix.

    Parameters
    ----------
    information : array_like
        Symmetric (p, p).

    Returns
    -------
    float
        Minus infinity where it is not positive definite.

    Examples
    --------
    >>> round(log_determinant([[2.0, 0.0], [0.0, 3.0]]), 6)
    1.791759
    """
    sign, size = np.linalg.slogdet(np.asarray(information, dtype=np.float64))
    return float(size) if sign > 0 else -np.inf


def _sizes(information: Floats) -> Floats:
    """Square roots of the diagonal, to bring coefficients of any unit to one scale."""
    return np.sqrt(np.maximum(np.diag(information), np.finfo(float).tiny))


def _step(information: Floats, slope: Floats) -> tuple[Floats, float]:
    """Scoring step and its squared length in standard errors."""
    if not slope.size:
        return slope, 0.0
    size = _sizes(information)
    try:
        move = np.linalg.solve(information / np.outer(size, size), slope / size) / size
    except np.linalg.LinAlgError:
        return slope, np.nan
    return move, float(slope @ move)


def _curvature(
    evaluate: Callable[[Floats], Point], place: Floats, here: Point, free: NDArray[np.bool_]
) -> Floats | None:
    """Minus the derivative of the score by differences; None where that is not positive."""
    sizes, places = _sizes(here.information), np.flatnonzero(free)
    columns = []
    for j in places:
        reach = np.zeros(place.size)
        reach[j] = 1e-4 / sizes[j]
        ahead, behind = evaluate(place + reach).score[free], evaluate(place - reach).score[free]
        columns.append((behind - ahead) / (2.0 * reach[j]))
    curved = np.array(columns)
    curved = (curved + curved.T) / 2.0
    if not np.all(np.isfinite(curved)) or np.any(np.diag(curved) <= 0.0):
        return None
    size = _sizes(curved)
    values = np.linalg.eigvalsh(curved / np.outer(size, size))
    return curved if values[0] > 1e-10 else None


def _line_search(
    evaluate: Callable[[Floats], Point],
    place: Floats,
    here: Point,
    free: NDArray[np.bool_],
    move: Floats,
) -> tuple[Floats, Point] | None:
    """First of the step, its half, its quarter, ... that does not lose; None where all do."""
    slack = 1e-13 * (1.0 + abs(here.value))
    for halving in range(_MOST_HALVINGS):
        there = place.copy()
        there[free] += move * 0.5**halving
        point = evaluate(there)
        if point.value >= here.value - slack:
            return there, point
    return None
