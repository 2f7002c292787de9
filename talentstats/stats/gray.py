"""Gray's test that the incidence of one destination is the same in all groups."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from talentstats.stats.limits import Floats, read_only
from talentstats.stats.risk_sets import weight_at_risk


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GrayTest:
    """Gray's test.

    Parameters
    ----------
    score : numpy.ndarray
        Weighted difference from the pooled incidence by group (g,).
    covariance : numpy.ndarray
        Its covariance (g, g).
    statistic : float
        Chi-squared statistic of the first g - 1 scores.
    df : int
        Degrees of freedom, g - 1.
    p_value : float
        Upper tail probability; NaN if the covariance is singular.
    """

    score: Floats
    covariance: Floats
    statistic: float
    df: int
    p_value: float

    def __post_init__(self) -> None:
        for name in ("score", "covariance"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def gray_test(
    *,
    exit: ArrayLike,
    destination: ArrayLike,
    of: int,
    group: ArrayLike,
    groups: int,
    stratum: ArrayLike | None = None,
    rho: float = 0.0,
) -> GrayTest:
    """Gray's test of equal incidence; everyone is followed from time 0.

    Parameters
    ----------
    exit : array_like
        Times at which stays ended or were last seen (n,).
    destination : array_like
        Whole numbers (n,): -1 where the stay had not ended.
    of : int
        The destination whose incidence is compared.
    group : array_like
        Group numbers from 0 (n,).
    groups : int
        The number g of groups.
    stratum : array_like or None
        Strata within which groups are compared (n,); None is one stratum.
    rho : float
        Weight (1 - F)^rho, F being the pooled incidence just before each time.

    Returns
    -------
    GrayTest
        The test. Delayed entry has no place in it.

    References
    ----------
    Gray, R. J. (1988). Annals of Statistics 16, 1141-1154. doi:10.1214/aos/1176350951

    Examples
    --------
    >>> test = gray_test(
    ...     exit=[1, 2, 3, 4, 1, 2, 3, 4], destination=[0, 1, 0, -1, 0, 1, 0, -1], of=0,
    ...     group=[0, 0, 0, 0, 1, 1, 1, 1], groups=2,
    ... )
    >>> round(test.statistic, 12), test.df, round(test.p_value, 12)
    (0.0, 1, 1.0)
    """
    stop, to = np.asarray(exit, dtype=np.float64), np.asarray(destination, dtype=np.intp)
    code = np.asarray(group, dtype=np.intp)
    layer = np.zeros(stop.size) if stratum is None else np.asarray(stratum)
    score, covariance = np.zeros(groups), np.zeros((groups, groups))
    for name in np.unique(layer):
        rows = layer == name
        one = _one_stratum(stop[rows], to[rows], code[rows], of=of, groups=groups, rho=rho)
        score += one[0]
        covariance += one[1]
    block, df = covariance[:-1, :-1], groups - 1
    if np.linalg.matrix_rank(block) < df:
        return GrayTest(score=score, covariance=covariance, statistic=np.nan, df=df, p_value=np.nan)
    statistic = float(score[:-1] @ np.linalg.solve(block, score[:-1]))
    return GrayTest(
        score=score,
        covariance=covariance,
        statistic=statistic,
        df=df,
        p_value=float(special.gammaincc(df / 2.0, max(statistic, 0.0) / 2.0)),
    )


def _one_stratum(
    stop: Floats, to: np.ndarray, code: np.ndarray, *, of: int, groups: int, rho: float
) -> tuple[Floats, Floats]:
    """Return the scores (g,) and their covariance (g, g) within one stratum."""
    time, row = np.unique(stop[to >= 0], return_inverse=True)
    shape = (time.size, groups)
    cell, own = row * groups + code[to >= 0], to[to >= 0] == of
    size = time.size * groups
    d1 = np.bincount(cell[own], minlength=size).reshape(shape).astype(np.float64)
    d2 = np.bincount(cell[~own], minlength=size).reshape(shape).astype(np.float64)
    members = [code == k for k in range(groups)]
    n = np.stack(
        [weight_at_risk(time=time, entry=np.full(m.sum(), -np.inf), exit=stop[m]) for m in members],
        axis=1,
    )
    some = n > 0.0
    safe = np.where(some, n, 1.0)
    survival = np.cumprod(np.where(some, 1.0 - (d1 + d2) / safe, 1.0), axis=0)
    before = np.vstack([np.ones(groups), survival[:-1]])
    incidence = np.cumsum(np.where(some, before * d1 / safe, 0.0), axis=0)
    incidence_before = np.vstack([np.zeros(groups), incidence[:-1]])
    # h of the paper: at risk over survival, about as many as nobody but censoring would leave.
    h = np.where(some, n / np.where(some, before, 1.0), 0.0)
    still = h * (1.0 - incidence_before)
    ends, total = d1.sum(axis=1), h.sum(axis=1)
    pooled = np.cumsum(ends / total)
    pooled_before = np.append(0.0, pooled[:-1])
    emphasis = (1.0 - pooled_before) ** rho
    expected = ends[:, None] * still / still.sum(axis=1, keepdims=True)
    score = emphasis @ (d1 - expected)

    share = h / total[:, None]
    spread = np.einsum("mi,ij->mij", h, np.eye(groups)) - h[:, :, None] * share[:, None, :]
    spread = emphasis[:, None, None] * spread
    # Once pooled incidence is 1 its hazard has no meaning: nothing more is added.
    left = np.where(pooled_before < 1.0 - 1e-12, 1.0 - pooled_before, np.inf)
    running = np.cumsum(spread * (ends / (total * left))[:, None, None], axis=0)
    ahead = running[-1] - running
    alive = survival > 0.0
    rest = np.where(alive, (1.0 - pooled)[:, None] / np.where(alive, survival, 1.0), 0.0)
    # Ends for the destination, pooled under the hypothesis, and ends elsewhere, by group; both
    # with the variance of a draw without replacement at ties.
    own_rest = np.where(alive, 1.0 - rest, 1.0)
    many = total[:, None] * before - 1.0
    tied = 1.0 - np.where(ends > 1.0, ends - 1.0, 0.0)[:, None] / np.where(many > 0.0, many, 1.0)
    own_variance = np.where(some, tied * before * (ends / total)[:, None] / safe, 0.0)
    other_tied = 1.0 - np.where(d2 > 1.0, d2 - 1.0, 0.0) / np.maximum(n - 1.0, 1.0)
    other_variance = np.where(some & alive, other_tied * before**2 * d2 / safe**2, 0.0)
    own_effect = spread + own_rest[:, None, :] * ahead
    other_effect = -rest[:, None, :] * ahead
    covariance = np.einsum("mik,mk,mjk->ij", own_effect, own_variance, own_effect)
    covariance += np.einsum("mik,mk,mjk->ij", other_effect, other_variance, other_effect)
    return score, covariance
