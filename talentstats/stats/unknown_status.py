"""Shares where some people were not found: a finite sum over where they may be."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, gammaln

from talentstats.stats.allocated_dirichlet import AllocatedDirichlet
from talentstats.stats.limits import Floats, Limits


def unknown_status(
    *, known: ArrayLike, unknown: int, prior: ArrayLike, found: ArrayLike
) -> AllocatedDirichlet:
    """Posterior of shares where being found depends on the destination.

    Parameters
    ----------
    known : (k,)
        People found, by destination.
    unknown : int
        People not found.
    prior : (k,)
        Dirichlet parameters of the shares.
    found : (k, 2)
        Beta parameters of the probability that someone at the destination is found. The
        data say nothing on them beyond this prior: with `unknown` only their sum is seen.

    Returns
    -------
    AllocatedDirichlet
        Shares, and how many of the unknown are where.

    References
    ----------
    Little and Rubin (2019), Statistical Analysis with Missing Data, 3rd ed., chapter 15,
    doi:10.1002/9781119482260.

    Examples
    --------
    >>> law = unknown_status(
    ...     known=[80, 9, 3], unknown=8, prior=[1, 1, 1], found=[[95, 5], [6, 4], [6, 4]]
    ... )
    >>> law.mean.round(3)
    array([0.814, 0.13 , 0.056])
    """
    y, a, r = (np.asarray(x, dtype=np.float64) for x in (known, prior, found))
    base, steps = a + y, np.arange(unknown + 1.0)
    hit, miss = r[:, :1] + y[:, None], r[:, 1:] + steps
    logs = (gammaln(base[:, None] + steps) - gammaln(base)[:, None] + betaln(hit, miss)) - gammaln(
        steps + 1.0
    )
    law = AllocatedDirichlet(base=base, log_weight=logs, log_evidence=np.nan)
    people = y.sum() + unknown
    constant = (
        gammaln(people + 1.0)
        - gammaln(y + 1.0).sum()
        - betaln(r[:, 0], r[:, 1]).sum()
        + np.sum(gammaln(base) - gammaln(a))
        + gammaln(a.sum())
        - gammaln(a.sum() + people)
    )
    return AllocatedDirichlet(
        base=base, log_weight=logs, log_evidence=law.log_sum + float(constant)
    )


def share_bounds(*, known: ArrayLike, unknown: int) -> Limits:
    """Sample shares if none, and if all, of the unknown are at each destination.

    Parameters
    ----------
    known : (k,)
        People found, by destination.
    unknown : int
        People not found.

    Returns
    -------
    Limits
        Worst and best case (k,): what the data alone can say.

    References
    ----------
    Manski (2003), Partial Identification of Probability Distributions, chapter 1,
    doi:10.1007/b97478.

    Examples
    --------
    >>> bounds = share_bounds(known=[80, 9, 3], unknown=8)
    >>> bounds.lower.tolist(), bounds.upper.tolist()
    ([0.8, 0.09, 0.03], [0.88, 0.17, 0.11])
    """
    y: Floats = np.asarray(known, dtype=np.float64)
    people = y.sum() + unknown
    return Limits(lower=y / people, upper=(y + unknown) / people)
