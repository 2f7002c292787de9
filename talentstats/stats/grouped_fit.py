"""Regression of grouped binomial and Poisson counts, with Jeffreys' penalty where it is wanted."""

from collections.abc import Callable
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from talentstats.stats.limits import Floats
from talentstats.stats.maximise import Fit, Point, log_determinant, maximise, turned_basis

BinaryLink = Literal["cloglog", "logit"]
# exp of more is not needed: hazards are far above what a step can hold long before.
_MOST: Final = 700.0

# Log-likelihood, its derivative, the expected information and the derivative of its logarithm,
# of each row by the linear predictor.
type Rows = tuple[Floats, Floats, Floats, Floats]


def fit_binomial(
    *,
    design: ArrayLike,
    events: ArrayLike,
    trials: ArrayLike,
    link: BinaryLink,
    offset: ArrayLike | None = None,
    penalised: bool = False,
    fixed: ArrayLike | None = None,
    start: ArrayLike | None = None,
) -> Fit:
    """Coefficients of the probability of an event, from grouped counts.

    Parameters
    ----------
    design : array_like
        Columns (n, p) of full rank, a constant among them if there is to be one.
    events, trials : array_like
        Events and people of each row (n,); sums of weights are allowed.
    link : {"cloglog", "logit"}
        Log cumulative hazard, or log odds.
    offset : array_like or None
        Known part of the linear predictor (n,); None is 0.
    penalised : bool
        Whether half the log determinant of the expected information is added.
    fixed : array_like of bool or None
        Coefficients that keep their value in `start` (p,); the penalty remains that of all.
    start : array_like or None
        Where to start (p,).

    Returns
    -------
    Fit
        The estimates.

    Notes
    -----
    Jeffreys' penalty makes every estimate finite, whatever the data, for both links (Kosmidis
    and Firth 2021). For the logit it is Firth's (1993) and takes away the bias of first order; for
    the cloglog the two differ, and this is the penalised likelihood, not the bias reduction.

    References
    ----------
    Firth, D. (1993). Bias reduction of maximum likelihood estimates. Biometrika 80, 27-38.
    doi:10.1093/biomet/80.1.27
    Kosmidis, I. and Firth, D. (2021). Jeffreys-prior penalty, finiteness and shrinkage in
    binomial-response generalized linear models. Biometrika 108, 71-82.
    doi:10.1093/biomet/asaa052

    Examples
    --------
    None of 4 and 3 of 6: without penalty the first is at minus infinity. Here the two rows are
    saturated, and Jeffreys' penalty adds half an event and half a stay to each.

    >>> fit = fit_binomial(design=np.eye(2), events=[0, 3], trials=[4, 6], link="logit",
    ...                    penalised=True)
    >>> expit(fit.coefficients)
    array([0.1, 0.5])
    """
    y, n = np.asarray(events, dtype=np.float64), np.asarray(trials, dtype=np.float64)

    def rows(predictor: Floats) -> Rows:
        return _logit(predictor, y, n) if link == "logit" else _cloglog(predictor, y, n)

    share = (np.sum(y) + 0.5) / (np.sum(n) + 1.0)
    centre = np.log(-np.log1p(-share)) if link == "cloglog" else np.log(share / (1.0 - share))
    return _fit(rows, float(centre), design, offset, penalised, fixed, start)


def fit_poisson(
    *,
    design: ArrayLike,
    events: ArrayLike,
    exposure: ArrayLike,
    offset: ArrayLike | None = None,
    penalised: bool = False,
    fixed: ArrayLike | None = None,
    start: ArrayLike | None = None,
) -> Fit:
    """Coefficients of the log rate of events, from counts and exposure.

    Parameters
    ----------
    design : array_like
        Columns (n, p) of full rank, a constant among them if there is to be one.
    events, exposure : array_like
        Events and person-time of each row (n,); sums of weights are allowed.
    offset : array_like or None
        Known part of the log rate (n,); None is 0.
    penalised : bool
        Whether half the log determinant of the information is added, which takes away the bias
        of first order.
    fixed : array_like of bool or None
        Coefficients that keep their value in `start` (p,); the penalty remains that of all.
    start : array_like or None
        Where to start (p,).

    Returns
    -------
    Fit
        The estimates; the log-likelihood is events times log rate less rate times exposure.

    References
    ----------
    Firth, D. (1993). Bias reduction of maximum likelihood estimates. Biometrika 80, 27-38.
    doi:10.1093/biomet/80.1.27

    Examples
    --------
    No event in 5 person-years: the penalised rate is that of half an event.

    >>> fit = fit_poisson(design=[[1.0]], events=[0], exposure=[5.0], penalised=True)
    >>> np.exp(fit.coefficients).round(9)
    array([0.1])
    """
    y, time = np.asarray(events, dtype=np.float64), np.asarray(exposure, dtype=np.float64)

    def rows(predictor: Floats) -> Rows:
        mean = time * np.exp(np.minimum(predictor, _MOST))
        return y * predictor - mean, y - mean, mean, np.ones_like(mean)

    centre = np.log((np.sum(y) + 0.5) / np.sum(time))
    return _fit(rows, float(centre), design, offset, penalised, fixed, start)


def _fit(
    rows: Callable[[Floats], Rows],
    centre: float,
    design: ArrayLike,
    offset: ArrayLike | None,
    penalised: bool,
    fixed: ArrayLike | None,
    start: ArrayLike | None,
) -> Fit:
    """Turn the columns, then climb."""
    x = np.asarray(design, dtype=np.float64)
    known = np.zeros(x.shape[0]) if offset is None else np.asarray(offset, dtype=np.float64)
    held = np.zeros(x.shape[1], dtype=bool) if fixed is None else np.asarray(fixed, dtype=bool)
    basis = turned_basis(design=x, held=held)

    def evaluate(turned: Floats) -> Point:
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            return _at(basis.turned, rows(known + basis.turned @ turned), penalised, shift)

    shift = np.linalg.slogdet(basis.back)[1]
    # From one probability or rate for all, or from what is given if that is nearer.
    given = np.zeros(x.shape[1]) if start is None else np.array(start, dtype=np.float64)
    begin = given.copy()
    rest = centre - known - x[:, held] @ begin[held]
    begin[~held] = np.linalg.lstsq(x[:, ~held], rest, rcond=None)[0]
    if evaluate(basis.back @ given).value > evaluate(basis.back @ begin).value:
        begin = given
    return maximise(evaluate, start=begin, fixed=held, back=basis.back)


def _at(x: Floats, rows: Rows, penalised: bool, shift: float) -> Point:
    """Log-likelihood, penalty and derivatives by the coefficients."""
    value, slope, weight, bend = rows
    information = x.T @ (weight[:, None] * x)
    penalty = 0.0
    if penalised:
        size = log_determinant(information)
        if not np.isfinite(size):
            return Point(
                log_likelihood=-np.inf, penalty=0.0, score=x.T @ slope, information=information
            )
        penalty = 0.5 * size + shift
        leverage = weight * np.einsum("ij,ij->i", x, np.linalg.solve(information, x.T).T)
        slope = slope + 0.5 * leverage * bend
    return Point(
        log_likelihood=float(np.sum(value)),
        penalty=penalty,
        score=x.T @ slope,
        information=information,
    )


def _logit(predictor: Floats, y: Floats, n: Floats) -> Rows:
    """Rows of a logistic regression."""
    p, q = expit(predictor), expit(-predictor)
    return y * predictor - n * np.logaddexp(0.0, predictor), y * q - (n - y) * p, n * p * q, q - p


def _cloglog(predictor: Floats, y: Floats, n: Floats) -> Rows:
    """Rows of a complementary log-log regression, exact for hazards near 0."""
    hazard = np.exp(np.minimum(predictor, _MOST))
    within = np.minimum(hazard, _MOST)
    pull = within / np.expm1(within)
    some = y > 0.0
    value = np.where(some, y * np.log(-np.expm1(-within)), 0.0) - (n - y) * hazard
    return (
        value,
        y * pull - (n - y) * hazard,
        n * within * pull,
        2.0 - within / -np.expm1(-within),
    )
