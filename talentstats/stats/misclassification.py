"""Shares of true destinations where the observed ones can be wrong."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, gammaln, log_expit

from talentstats.stats.allocated_dirichlet import AllocatedDirichlet
from talentstats.stats.limits import Floats
from talentstats.stats.simplex_shares import SimplexShares, split_shares


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MisclassifiedPair:
    """Posterior of a true share, and of how often each true state is seen as such.

    Parameters
    ----------
    shares : AllocatedDirichlet
        Law of the true shares (positive, negative).
    sensitivity, specificity : float
        Posterior means of P(seen positive | positive) and P(seen negative | negative).
    """

    shares: AllocatedDirichlet
    sensitivity: float
    specificity: float


def misclassified_pair(
    *,
    positive: int,
    negative: int,
    prior: ArrayLike,
    sensitivity: ArrayLike,
    specificity: ArrayLike,
) -> MisclassifiedPair:
    """Posterior of a true share from counts seen, with beta laws of the classification.

    Parameters
    ----------
    positive, negative : int
        People seen as each.
    prior : (2,)
        Beta parameters of the true share of positives.
    sensitivity : (2,)
        Beta parameters of P(seen positive | positive): right and wrong in a validation, each
        with its prior.
    specificity : (2,)
        Beta parameters of P(seen negative | negative): right and wrong likewise.

    Returns
    -------
    MisclassifiedPair
        By summing over how many of those seen as either truly are positive.

    References
    ----------
    Gaba and Winkler (1992), Management Science 38:913-925, doi:10.1287/mnsc.38.7.913.

    Examples
    --------
    >>> found = misclassified_pair(
    ...     positive=87, negative=13, prior=[1, 1], sensitivity=[95, 5], specificity=[45, 5]
    ... )
    >>> found.shares.mean.round(3)
    array([0.896, 0.104])
    """
    a, hit, reject = (np.asarray(x, dtype=np.float64) for x in (prior, sensitivity, specificity))
    n = positive + negative
    # i truly positive of those seen positive, j of those seen negative.
    i, j = np.arange(positive + 1.0)[:, None], np.arange(negative + 1.0)
    wrong, right = positive - i, negative - j
    logs = (
        _log_choose(positive, i)
        + _log_choose(negative, j)
        + betaln(a[0] + i + j, a[1] + n - i - j)
        + betaln(hit[0] + i, hit[1] + j)
        + betaln(reject[0] + right, reject[1] + wrong)
    )
    top = logs.max()
    weight = np.exp(logs - top)
    total = weight.sum()
    weight /= total
    by_sum = np.bincount((i + j).astype(np.intp).ravel(), weights=weight.ravel(), minlength=n + 1)
    with np.errstate(divide="ignore"):
        log_weight = np.stack([np.log(by_sum), np.zeros(n + 1)])
    evidence = (
        top
        + np.log(total)
        + _log_choose(n, np.asarray(float(positive)))
        - sum(betaln(x[0], x[1]) for x in (a, hit, reject))
    )
    return MisclassifiedPair(
        shares=AllocatedDirichlet(base=a, log_weight=log_weight, log_evidence=float(evidence)),
        sensitivity=float(np.sum(weight * (hit[0] + i) / (hit.sum() + i + j))),
        specificity=float(np.sum(weight * (reject[0] + right) / (reject.sum() + right + wrong))),
    )


def misclassified_triple(
    *, counts: ArrayLike, matrix: ArrayLike, prior: ArrayLike
) -> SimplexShares:
    """Posterior of three true shares from counts seen through a known matrix.

    Parameters
    ----------
    counts : (3,)
        People by where they were seen.
    matrix : (3, 3)
        P(seen in column | truly in row); rows sum to 1.
    prior : (3,)
        Dirichlet parameters of the true shares.

    Returns
    -------
    SimplexShares
        By quadrature over log odds, where a Dirichlet density has no edge to blow up at.

    Examples
    --------
    >>> seen = [[0.97, 0.02, 0.01], [0.05, 0.93, 0.02], [0.05, 0.05, 0.9]]
    >>> misclassified_triple(counts=[87, 10, 3], matrix=seen, prior=[1, 1, 1]).mean.round(3)
    array([0.874, 0.094, 0.032])
    """
    y, m, a = (np.asarray(x, dtype=np.float64) for x in (counts, matrix, prior))
    constant = gammaln(y.sum() + 1) - gammaln(y + 1).sum() + gammaln(a.sum()) - gammaln(a).sum()

    def log_density(split: tuple[int, int, int], s: Floats, d: Floats) -> Floats:
        k, i, j = split
        parts = split_shares(s, d)
        along_s = a[k] * log_expit(s) + (a[i] + a[j]) * log_expit(-s)
        total = along_s + (a[i] * log_expit(d) + a[j] * log_expit(-d))
        for seen in np.flatnonzero(y):
            chance = sum(m[true, seen] * p for true, p in zip(split, parts, strict=True))
            total = total + y[seen] * np.log(np.maximum(chance, 1e-300))
        return np.asarray(total)

    return SimplexShares.of_three(log_density, log_scale=float(constant))


def _log_choose(n: float, k: Floats) -> Floats:
    """Log of the binomial coefficient."""
    return np.asarray(gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0))
