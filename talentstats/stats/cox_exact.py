"""Exact partial likelihood of discrete time: given how many of those at risk end, who they are.

The denominator is an elementary symmetric function of the risks. It is multiplied up in pairs,
as the coefficient of a product of factors 1 + risk * z, with its derivatives; every term is
positive, so nothing cancels.
"""

import numpy as np
from numpy.typing import NDArray

from talentstats.stats.cox_data import CoxData
from talentstats.stats.cox_likelihood import Likelihood
from talentstats.stats.limits import Floats
from talentstats.stats.risk_sets import Whole

type Polynomial = tuple[Floats, Floats, Floats]


def exact_likelihood(
    sets: list[tuple[Whole, NDArray[np.bool_]]], *, x: Floats, beta: Floats
) -> Likelihood:
    """Log likelihood, score and information given the number of ends at each time.

    Parameters
    ----------
    sets : list of tuple
        For each time, the rows at risk and which of them end; from `exact_sets`.
    x : numpy.ndarray
        Covariates (n, p).
    beta : numpy.ndarray
        Coefficients (p,).

    Returns
    -------
    Likelihood
        At `beta`.

    References
    ----------
    Gail, M. H., Lubin, J. H. and Rubinstein, L. V. (1981). Likelihood calculations for matched
    case-control studies and survival studies with tied death times. Biometrika 68, 703-707.
    doi:10.1093/biomet/68.3.703

    Examples
    --------
    >>> from talentstats.stats.cox_data import cox_data
    >>> data = cox_data(entry=[0] * 4, exit=[1, 1, 2, 2], event=[1, 1, 0, 0], x=np.eye(4))
    >>> at = exact_likelihood(exact_sets(data), x=data.x, beta=np.zeros(4))
    >>> round(float(np.exp(-at.log_likelihood)), 6)  # pairs among four
    6.0
    """
    p = x.shape[1]
    value, score, matrix = 0.0, np.zeros(p), np.zeros((p, p))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for rows, ended in sets:
            centred = x[rows] - x[rows].mean(axis=0)
            predictor = centred @ beta
            predictor -= predictor.max()
            risk, d = np.exp(predictor), int(np.count_nonzero(ended))
            # Scaled so that the coefficient wanted is of moderate size.
            factor = d / risk.sum()
            sums, first, second = _symmetric(risk * factor, centred, d)
            mean = first / sums
            value += float(predictor[ended].sum()) + d * np.log(factor) - float(np.log(sums))
            score += centred[ended].sum(axis=0) - mean
            matrix += second / sums - np.outer(mean, mean)
    return Likelihood(log_likelihood=float(value), score=score, information=matrix)


def exact_sets(data: CoxData) -> list[tuple[Whole, NDArray[np.bool_]]]:
    """Rows at risk at each time of an end, and which of them end, one entry a person.

    Parameters
    ----------
    data : CoxData
        Rows without sampling weights.

    Returns
    -------
    list of tuple
        Row numbers and booleans.

    Examples
    --------
    >>> from talentstats.stats.cox_data import cox_data
    >>> data = cox_data(entry=[0, 1, 0], exit=[1, 2, 3], event=[1, 1, 0], x=np.eye(3))
    >>> [rows.tolist() for rows, _ in exact_sets(data)]
    [[0, 2], [1, 2]]
    """
    people = data.count.astype(np.intp)
    ended = np.zeros(people.size, dtype=bool)
    ended[data.dead] = True
    sets = []
    for k in range(data.time.size):
        rows = np.flatnonzero((data.after <= k) & (data.until > k))
        rows = np.repeat(rows, people[rows])
        sets.append((rows, ended[rows] & (data.until[rows] == k + 1)))
    return sets


def _symmetric(risk: Floats, x: Floats, degree: int) -> Polynomial:
    """Return the elementary symmetric function of a degree with two derivatives."""
    n, p = x.shape
    value, first = np.zeros((n, 2)), np.zeros((n, 2, p))
    second = np.zeros((n, 2, p, p))
    value[:, 0], value[:, 1] = 1.0, risk
    first[:, 1] = risk[:, None] * x
    second[:, 1] = risk[:, None, None] * x[:, :, None] * x[:, None, :]
    part: Polynomial = (value, first, second)
    while (size := part[0].shape[0]) > 1:
        if size % 2:
            part = _with_one(part)
        part = _product(_every_other(part, 0), _every_other(part, 1), degree)
    return part[0][0, degree], part[1][0, degree], part[2][0, degree]


def _every_other(part: Polynomial, first: int) -> Polynomial:
    """Return every second polynomial."""
    value, slope, second = part
    return value[first::2], slope[first::2], second[first::2]


def _with_one(part: Polynomial) -> Polynomial:
    """Return the polynomials and the constant 1, so that their number is even."""
    value, slope, second = (np.concatenate([a, np.zeros_like(a[:1])]) for a in part)
    value[-1, 0] = 1.0
    return value, slope, second


def _product(left: Polynomial, right: Polynomial, degree: int) -> Polynomial:
    """Multiply polynomials pairwise, dropping powers above a degree."""
    a, da, ha = left
    b, db, hb = right
    n, size = a.shape[0], min(a.shape[1] + b.shape[1] - 2, degree) + 1
    p = da.shape[2]
    value, first = np.zeros((n, size)), np.zeros((n, size, p))
    second = np.zeros((n, size, p, p))
    for i in range(min(a.shape[1], size)):
        k = min(b.shape[1], size - i)
        to = slice(i, i + k)
        ai, dai, hai = a[:, i, None], da[:, i, None, :], ha[:, i, None]
        bk, dbk, hbk = b[:, :k], db[:, :k], hb[:, :k]
        value[:, to] += ai * bk
        first[:, to] += ai[..., None] * dbk + dai * bk[..., None]
        cross = dai[..., :, None] * dbk[..., None, :]
        second[:, to] += (
            ai[..., None, None] * hbk
            + hai * bk[..., None, None]
            + cross
            + np.swapaxes(cross, -1, -2)
        )
    return value, first, second
