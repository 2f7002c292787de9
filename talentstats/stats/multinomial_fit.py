"""Multinomial logistic regression of grouped counts, with Jeffreys' penalty where it is wanted."""

import numpy as np
from numpy.typing import ArrayLike

from talentstats.stats.limits import Floats
from talentstats.stats.maximise import Fit, Point, log_determinant, maximise, turned_basis


def fit_multinomial(
    *,
    design: ArrayLike,
    counts: ArrayLike,
    penalised: bool = False,
    fixed: ArrayLike | None = None,
    start: ArrayLike | None = None,
) -> Fit:
    """Log odds of each destination against staying, from grouped counts.

    Parameters
    ----------
    design : array_like
        Columns (n, p) of full rank, a constant among them if there is to be one.
    counts : array_like
        People of each row who stayed, in the first column, and who went to each destination
        (n, k + 1); sums of weights are allowed.
    penalised : bool
        Whether half the log determinant of the information is added, which takes away the bias
        of first order and makes every estimate finite.
    fixed : array_like of bool or None
        Coefficients that keep their value in `start` (k * p,); the penalty remains that of all.
    start : array_like or None
        Where to start (k * p,).

    Returns
    -------
    Fit
        Estimates destination by destination (k * p,), and so their information.

    References
    ----------
    Kosmidis, I. and Firth, D. (2011). Multinomial logit bias reduction via the Poisson log-linear
    model. Biometrika 98, 755-759. doi:10.1093/biomet/asr026

    Examples
    --------
    Nobody of 9 went to the second destination. With one constant each, Jeffreys' penalty adds
    half a person to every count.

    >>> fit = fit_multinomial(design=np.ones((1, 1)), counts=[[7, 2, 0]], penalised=True)
    >>> np.exp(fit.coefficients).round(6)
    array([0.333333, 0.066667])
    """
    x, y = np.asarray(design, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    p, k = x.shape[1], y.shape[1] - 1
    held = np.zeros(k * p, dtype=bool) if fixed is None else np.asarray(fixed, dtype=bool)
    basis = turned_basis(design=x, held=held.reshape(k, p).any(axis=0))
    if start is None:
        total = y.sum(axis=0) + 0.5
        begin = np.concatenate(
            [
                np.linalg.lstsq(x, np.full(x.shape[0], c), rcond=None)[0]
                for c in np.log(total[1:] / total[0])
            ]
        )
    else:
        begin = np.array(start, dtype=np.float64)
    shift = k * np.linalg.slogdet(basis.back)[1]

    def evaluate(turned: Floats) -> Point:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return _at(basis.turned, y, turned.reshape(k, p), penalised, shift)

    back = np.asarray(np.kron(np.eye(k), basis.back), dtype=np.float64)
    return maximise(evaluate, start=begin, fixed=held, back=back)


def _at(x: Floats, y: Floats, beta: Floats, penalised: bool, shift: float) -> Point:
    """Log-likelihood, penalty and derivatives by the coefficients."""
    k, p = beta.shape
    predictor = np.column_stack([np.zeros(x.shape[0]), x @ beta.T])
    log_share = predictor - np.logaddexp.reduce(predictor, axis=1, keepdims=True)
    share, people = np.exp(log_share[:, 1:]), y.sum(axis=1)
    slope = y[:, 1:] - people[:, None] * share
    information = np.empty((k, p, k, p))
    for a in range(k):
        for b in range(a, k):
            spread = people * share[:, a] * ((a == b) - share[:, b])
            if a == b:
                # One less the share loses its digits where the share is near one.
                spread = people * share[:, a] * _others(log_share, a)
            information[a, :, b] = x.T @ (spread[:, None] * x)
            information[b, :, a] = information[a, :, b].T
    flat = information.reshape(k * p, k * p)
    penalty = 0.0
    if penalised:
        size = log_determinant(flat)
        penalty = 0.5 * size + shift
        if np.isfinite(size):
            slope = slope + 0.5 * people[:, None] * _penalty_slope(x, share, flat)
    return Point(
        log_likelihood=float(np.sum(np.where(y > 0.0, y * log_share, 0.0))),
        penalty=penalty,
        score=np.asarray((slope.T @ x).ravel()),
        information=flat,
    )


def _others(log_share: Floats, a: int) -> Floats:
    """Share of all but destination `a` (n,)."""
    return np.asarray(np.exp(np.delete(log_share, a + 1, axis=1)).sum(axis=1))


def _penalty_slope(x: Floats, share: Floats, information: Floats) -> Floats:
    """Derivative of log determinant by each predictor (n, k): third cumulants by covariances."""
    k, p = share.shape[1], x.shape[1]
    covariance = np.linalg.inv(information).reshape(k, p, k, p)
    spread = np.empty((x.shape[0], k, k))
    for a in range(k):
        for b in range(a, k):
            spread[:, a, b] = spread[:, b, a] = np.einsum("ij,ij->i", x @ covariance[a, :, b], x)
    along = np.einsum("iab,ib->ia", spread, share)
    own = np.einsum("iaa->ia", spread)
    middle = np.sum(share * own, axis=1) - 2.0 * np.sum(share * along, axis=1)
    return np.asarray(share * (own - 2.0 * along - middle[:, None]))
