"""Maximum likelihood where ends are known only within several steps."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from talentstats.errors import ConvergenceError, InputError
from talentstats.survival.hazard_design import Link
from talentstats.survival.hazard_terms import not_converged, row_terms
from talentstats.survival.hazard_wide import WideRows

Floats = NDArray[np.float64]

_MOST_STEPS: Final = 100
# Newton's decrement, which is twice the log-likelihood still to gain.
_SETTLED: Final = 1e-16
# A standard error of a log hazard beyond which the data say nothing of it.
_LOOSE: Final = 50.0


def fit_wide(
    x: Floats, events: Floats, trials: Floats, wide: WideRows, link: Link
) -> tuple[Floats, Floats, float]:
    """Maximise the exact likelihood of ordinary and wide rows by Newton's method.

    Parameters
    ----------
    x : (m, q) ndarray of float
        Ordinary rows.
    events, trials : (m,) ndarray of float
        Their events, and people or person-time.
    wide : WideRows
        The ends known only within several steps.
    link : {"cloglog", "log"}
        The link.

    Returns
    -------
    tuple of (ndarray, ndarray, float)
        Coefficients (q,), observed information (q, q), log-likelihood.

    Raises
    ------
    ConvergenceError
        If the fit does not converge, or the likelihood is flat in some direction.
    """

    def at(beta: Floats) -> tuple[float, Floats, Floats]:
        terms = row_terms(x @ beta, events=events, trials=trials, link=link)
        with np.errstate(over="ignore"):
            hazard = wide.length * np.exp(np.minimum(wide.matrix @ beta, 700.0))
            total, slope = wide.sums(hazard)
            g = 1.0 / np.expm1(total)
        value = terms.log_likelihood.sum() + wide.events @ np.log(-np.expm1(-total))
        score = x.T @ terms.score + slope.T @ (wide.events * g)
        pull = wide.events * g
        curve = slope.T @ ((wide.events * (g + g * g))[:, None] * slope)
        curve -= wide.matrix.T @ ((pull[wide.end] * hazard)[:, None] * wide.matrix)
        return float(value), score, x.T @ (terms.observed[:, None] * x) + curve

    everything = np.vstack([x, wide.matrix])
    mean = (events.sum() + wide.events.sum()) / (trials.sum() + 0.5 * wide.length.sum())
    beta = np.linalg.lstsq(everything, np.full(len(everything), np.log(mean)), rcond=None)[0]
    value, score, information = at(beta)
    for _ in range(_MOST_STEPS):
        step = _newton_step(information, score)
        decrement = float(step @ score)
        if decrement <= _SETTLED * (1.0 + abs(value)):
            _check_identified(information)
            return beta, information, value
        share = 1.0
        while share > 1e-8:
            trial = at(beta + share * step)
            if trial[0] > value - 1e-14 * abs(value):
                break
            share /= 2
        beta = beta + share * step
        value, score, information = trial
    raise ConvergenceError(not_converged(f"{_MOST_STEPS} steps", wide=True))


def _newton_step(information: Floats, score: Floats) -> Floats:
    """A step uphill: where the information is not positive, its eigenvalues are made so."""
    values, vectors = np.linalg.eigh(information)
    floor = 1e-10 * max(float(np.abs(values).max()), 1e-300)
    return np.asarray(vectors @ ((vectors.T @ score) / np.maximum(np.abs(values), floor)))


def _check_identified(information: Floats) -> None:
    """Refuse a likelihood that is flat in some direction."""
    scale = np.sqrt(np.maximum(np.diag(information), 1e-300))
    values = np.linalg.eigvalsh(information / np.outer(scale, scale))
    if values[0] <= 1e-9 or np.sqrt(np.diag(np.linalg.inv(information)).max()) > _LOOSE:
        raise InputError(
            "the ends known only within several steps cannot tell all steps apart. Hint: "
            "duration='constant' or 'linear', or cells as wide as the gap between looks."
        )
