"""Residuals of a Cox model: score, martingale, deviance, Schoenfeld; and robust covariance."""

import numpy as np
from numpy.typing import ArrayLike

from talentstats.stats.cox_data import CoxData, spans
from talentstats.stats.cox_likelihood import first_moments
from talentstats.stats.cox_steps import CoxSteps, met
from talentstats.stats.limits import Floats


def martingale_residuals(data: CoxData, steps: CoxSteps) -> Floats:
    """Ends less the hazard met, for one person of each row given.

    Parameters
    ----------
    data : CoxData
        Rows.
    steps : CoxSteps
        Hazard steps.

    Returns
    -------
    numpy.ndarray
        Shape (size,), in the order of the rows given.

    Examples
    --------
    >>> from talentstats.stats.cox_data import cox_data
    >>> from talentstats.stats.cox_steps import cox_steps
    >>> data = cox_data(entry=[0, 0], exit=[2, 1], event=[1, 1], x=[[0.0], [0.0]])
    >>> martingale_residuals(data, cox_steps(data, beta=np.zeros(1), ties="efron"))
    array([-0.5,  0.5])
    """
    found = -met(data, steps) / data.mass
    found[data.dead] += 1.0
    return _given_order(data, found)


def deviance_residuals(martingale: ArrayLike, event: ArrayLike) -> Floats:
    """Martingale residuals made more symmetric.

    Parameters
    ----------
    martingale : array_like
        Martingale residuals (n,).
    event : array_like
        Whether the stay ended (n,).

    Returns
    -------
    numpy.ndarray
        Shape (n,).

    Examples
    --------
    >>> deviance_residuals([-0.5, 0.0], [0, 1]).round(4)
    array([-1.,  0.])
    """
    m, d = np.asarray(martingale, dtype=np.float64), np.asarray(event).astype(np.float64)
    expected = np.where(d > 0.0, d - m, 1.0)
    inner = np.maximum(-2.0 * (m + d * np.log(expected)), 0.0)
    return np.asarray(np.sign(m) * np.sqrt(inner))


def score_residuals(data: CoxData, steps: CoxSteps) -> Floats:
    """What one person of each row given adds to the score of the scaled covariates.

    Parameters
    ----------
    data : CoxData
        Rows.
    steps : CoxSteps
        Hazard steps.

    Returns
    -------
    numpy.ndarray
        Shape (size, p), without weights, in the order of the rows given; under Efron's rule those
        who end at one time share its denominators.

    References
    ----------
    Lin, D. Y. and Wei, L. J. (1989). The robust inference for the Cox proportional hazards model.
    Journal of the American Statistical Association 84, 1074-1078.
    doi:10.1080/01621459.1989.10478874
    """
    every, own = first_moments(data, steps)
    jump_mean = every * steps.square[0][:, None] - own * steps.square[1][:, None]
    relative = (steps.risk / data.mass)[:, None]
    found = data.x * (-met(data, steps) / data.mass)[:, None]
    found += relative * spans(data, jump_mean)
    found[data.dead] += data.x[data.dead] - schoenfeld_means(data, steps, (every, own))[data.place]
    if data.tied.size:
        dead, place = data.dead[data.tied], data.place[data.tied]
        relief_mean = every * steps.square[1][:, None] - own * steps.square[2][:, None]
        found[dead] -= relative[dead] * relief_mean[place]
    return _given_order(data, found)


def schoenfeld_means(data: CoxData, steps: CoxSteps, moments: tuple[Floats, Floats]) -> Floats:
    """Mean covariates of those at risk at each time, averaged over its ends.

    Parameters
    ----------
    data : CoxData
        Rows.
    steps : CoxSteps
        Hazard steps.
    moments : tuple of numpy.ndarray
        What `first_moments` returns.

    Returns
    -------
    numpy.ndarray
        Shape (m, p).
    """
    every, own = moments
    summed = every * steps.jump[:, None] - own * steps.relief[:, None]
    return np.asarray(summed / data.end_mass[:, None])


def schoenfeld_residuals(data: CoxData, steps: CoxSteps) -> Floats:
    """Covariates of each row that ended, less the mean of those at risk with it.

    Parameters
    ----------
    data : CoxData
        Rows.
    steps : CoxSteps
        Hazard steps.

    Returns
    -------
    numpy.ndarray
        Shape (e, p), in the order of `data.dead`, of the unscaled covariates.
    """
    means = schoenfeld_means(data, steps, first_moments(data, steps))
    return np.asarray((data.x[data.dead] - means[data.place]) * data.scale)


def robust_covariance(
    *,
    influence: ArrayLike,
    weight: ArrayLike,
    count: ArrayLike,
    cluster: ArrayLike | None = None,
) -> Floats:
    """Covariance from the influence of each person or cluster on the coefficients.

    Parameters
    ----------
    influence : array_like
        Change of the coefficients by a person of unit weight (n, p).
    weight, count : array_like
        Sampling weight of each person, and people, of each row (n,).
    cluster : array_like or None
        What belongs together (n,); None takes each person by themselves.

    Returns
    -------
    numpy.ndarray
        Shape (p, p).

    Examples
    --------
    >>> robust_covariance(influence=[[1.0], [2.0]], weight=[1, 1], count=[1, 2])
    array([[9.]])
    >>> robust_covariance(influence=[[1.0], [2.0]], weight=[1, 1], count=[1, 2], cluster=[0, 0])
    array([[25.]])
    """
    change = np.asarray(influence, dtype=np.float64) * np.asarray(weight, dtype=float)[:, None]
    people = np.asarray(count, dtype=np.float64)[:, None]
    if cluster is None:
        return np.asarray(change.T @ (change * people))
    labels, code = np.unique(np.asarray(cluster), return_inverse=True)
    sums = np.stack(
        [
            np.bincount(code, weights=column, minlength=labels.size)
            for column in (change * people).T
        ],
        axis=1,
    )
    return np.asarray(sums.T @ sums)


def _given_order(data: CoxData, values: Floats) -> Floats:
    """Give every row given the values of its kind; rows never at risk have 0."""
    full = values[data.where]
    full[data.where < 0] = 0.0
    return np.asarray(full)
