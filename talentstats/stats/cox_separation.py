"""Monotone likelihood: whether a Cox model has no finite maximum, and for which coefficients."""

import numpy as np

from talentstats.stats.cox_data import CoxData
from talentstats.stats.cox_likelihood import cox_likelihood
from talentstats.stats.limits import Floats
from talentstats.stats.risk_sets import Whole
from talentstats.stats.separation import Separation

_CLEAR = 1e-7
_ROUNDS = 200
_CUTS = 200


def cox_separation(data: CoxData) -> Separation:
    """Whether some direction in the covariates is highest, at every end, for those who end.

    Parameters
    ----------
    data : CoxData
        Rows.

    Returns
    -------
    Separation
        A direction of the scaled covariates along which the likelihood never falls, if there is
        one; `infinite` are the coefficients that take part in it.

    Notes
    -----
    A linear programme over directions in a box. The constraints, that nobody at risk exceeds
    anybody who ends, are as many as there are such pairs; only those that a solution breaks are
    added, until none is broken.

    References
    ----------
    Bryson, M. C. and Johnson, M. E. (1981). The incidence of monotone likelihood in the Cox model.
    Technometrics 23, 381-383. doi:10.1080/00401706.1981.10487681

    Examples
    --------
    >>> from talentstats.stats.cox_data import cox_data
    >>> spans = {"entry": [0] * 4, "exit": [1, 2, 3, 4], "event": [1, 1, 0, 0]}
    >>> cox_separation(cox_data(x=[[1], [1], [0], [0]], **spans)).separated
    True
    >>> cox_separation(cox_data(x=[[1], [0], [1], [0]], **spans)).separated
    False
    """
    from scipy.optimize import linprog

    p = data.x.shape[1]
    # At 0 the score is the sum of ends less means of those at risk: above 0 along any such
    # direction that does not leave the likelihood as it is.
    gain = cox_likelihood(data, beta=np.zeros(p), ties="breslow").score
    gain = gain / max(float(np.abs(gain).max(initial=0.0)), np.finfo(float).tiny)
    cuts = np.empty((0, p))
    none = Separation(separated=False, direction=np.zeros(p), infinite=np.zeros(p, dtype=bool))
    for _ in range(_ROUNDS):
        found = linprog(
            -gain,
            A_ub=cuts if cuts.size else None,
            b_ub=np.zeros(cuts.shape[0]) if cuts.size else None,
            bounds=[(-1.0, 1.0)] * p,
        )
        if found.x is None or float(gain @ found.x) < _CLEAR:
            return none
        broken = _broken(data, np.asarray(found.x))
        if not broken.size:
            direction = np.where(np.abs(found.x) > 1e-6, found.x, 0.0)
            return Separation(separated=True, direction=direction, infinite=direction != 0.0)
        cuts = np.unique(np.concatenate([cuts, broken]), axis=0)
    return none


def _broken(data: CoxData, direction: Floats) -> Floats:
    """Return differences (at risk less ended) that a direction should not let exceed 0."""
    height = data.x @ direction
    order = np.argsort(height, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    top = order[_highest(data, rank)]
    lowest = np.full(data.time.size, order.size, dtype=np.intp)
    np.minimum.at(lowest, data.place, rank[data.dead])
    bottom = order[lowest]
    excess = height[top] - height[bottom]
    worst = np.argsort(-excess, kind="stable")[:_CUTS]
    worst = worst[excess[worst] > _CLEAR]
    return np.unique((data.x[top] - data.x[bottom])[worst], axis=0)


def _highest(data: CoxData, rank: Whole) -> Whole:
    """Return the highest rank at risk at each time, by spans of doubling length."""
    m = data.time.size
    length = data.until - data.after
    doubling = np.frexp(length.astype(np.float64))[1] - 1
    table = np.full((int(doubling.max(initial=0)) + 1, m), -1, dtype=np.intp)
    np.maximum.at(table, (doubling, data.after), rank)
    np.maximum.at(table, (doubling, data.until - 2**doubling), rank)
    for k in range(table.shape[0] - 1, 0, -1):
        half = 2 ** (k - 1)
        table[k - 1] = np.maximum(table[k - 1], table[k])
        table[k - 1, half:] = np.maximum(table[k - 1, half:], table[k, :-half])
    return np.asarray(table[0])
