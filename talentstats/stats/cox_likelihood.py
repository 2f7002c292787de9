"""Cox partial likelihood with its score and information, Breslow's and Efron's ties.

The order of summation is swapped: the sum over ends of second moments over those at risk is a
sum over rows of xx' times the hazard that each row met, one matrix product; only first moments
need sums by time.
"""

from dataclasses import dataclass

import numpy as np

from talentstats.stats.cox_data import CoxData, suffix_sums
from talentstats.stats.cox_steps import CoxSteps, SmoothTies, cox_steps, end_sums, met
from talentstats.stats.limits import Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Likelihood:
    """A log likelihood at a point.

    Parameters
    ----------
    log_likelihood : float
        Its value.
    score : numpy.ndarray
        Its gradient (p,).
    information : numpy.ndarray
        Minus its second derivatives (p, p); of a penalised likelihood, without the penalty's.
    """

    log_likelihood: float
    score: Floats
    information: Floats


def cox_likelihood(data: CoxData, *, beta: Floats, ties: SmoothTies) -> Likelihood:
    """Log partial likelihood, score and information of the scaled covariates.

    Parameters
    ----------
    data : CoxData
        Rows.
    beta : numpy.ndarray
        Coefficients (p,).
    ties : {"efron", "breslow"}
        Rule for ends at one time.

    Returns
    -------
    Likelihood
        At `beta`.

    Examples
    --------
    >>> from talentstats.stats.cox_data import cox_data
    >>> data = cox_data(entry=[0, 0, 0], exit=[1, 2, 3], event=[1, 1, 1], x=[[0.0], [1.0], [0.0]])
    >>> at = cox_likelihood(data, beta=np.zeros(1), ties="efron")
    >>> round(at.log_likelihood, 6)  # -log(3 * 2 * 1)
    -1.791759
    """
    steps = cox_steps(data, beta=beta, ties=ties)
    with np.errstate(invalid="ignore", over="ignore"):
        hazard = met(data, steps)
        moments = first_moments(data, steps)
        dead = data.dead
        score = data.mass[dead] @ data.x[dead] - hazard @ data.x
        return Likelihood(
            log_likelihood=steps.log_likelihood,
            score=np.asarray(score),
            information=information(data, steps, hazard=hazard, moments=moments),
        )


def first_moments(data: CoxData, steps: CoxSteps) -> tuple[Floats, Floats]:
    """Sums of risk times covariates over those at risk, and over those who end where tied.

    Parameters
    ----------
    data : CoxData
        Rows.
    steps : CoxSteps
        Hazard steps.

    Returns
    -------
    tuple of (numpy.ndarray, numpy.ndarray)
        Both (m, p).
    """
    m, p = data.time.size, data.x.shape[1]
    every, own = np.empty((m, p), order="F"), np.zeros((m, p), order="F")
    for j in range(p):
        values = steps.risk * data.x[:, j]
        every[:, j] = suffix_sums(data, values)
        if data.tied.size:
            own[:, j] = end_sums(data, values)
    return every, own


def information(
    data: CoxData,
    steps: CoxSteps,
    *,
    hazard: Floats,
    moments: tuple[Floats, Floats],
    emphasis: Floats | None = None,
) -> Floats:
    """Information, or its sum over times with an emphasis.

    Parameters
    ----------
    data : CoxData
        Rows.
    steps : CoxSteps
        Hazard steps.
    hazard : numpy.ndarray
        What `met` returns with the same emphasis (n,).
    moments : tuple of numpy.ndarray
        What `first_moments` returns.
    emphasis : numpy.ndarray or None
        Weight of each time (m,); None is 1.

    Returns
    -------
    numpy.ndarray
        Shape (p, p).
    """
    every, own = moments
    square = steps.square if emphasis is None else steps.square * emphasis
    matrix = data.x.T @ (data.x * hazard[:, None])
    matrix -= every.T @ (every * square[0][:, None])
    if data.tied.size:
        mixed = every.T @ (own * square[1][:, None])
        matrix += mixed + mixed.T - own.T @ (own * square[2][:, None])
    return np.asarray((matrix + matrix.T) / 2.0)
