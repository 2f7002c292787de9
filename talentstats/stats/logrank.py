"""Log-rank tests: delayed entry, strata, Fleming-Harrington weights, trend, permutation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from talentstats.stats.limits import Floats, read_only
from talentstats.stats.product_limit import product_limit_of
from talentstats.stats.risk_sets import RiskSets, risk_sets, weight_at_risk

_RANK_TOLERANCE = 1e-10
_TIE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogRank:
    """Observed and expected ends by group, and the test of their difference.

    Parameters
    ----------
    observed, expected : numpy.ndarray
        Weighted ends by group (g,), summed over strata.
    covariance : numpy.ndarray
        Covariance of their difference (g, g).
    statistic : float
        Chi-squared statistic.
    df : int
        Its degrees of freedom, the rank of the covariance; 1 for a trend; 0 where the groups were
        never at risk together.
    p_value : float
        Upper tail probability; NaN if there are no degrees of freedom.
    """

    observed: Floats
    expected: Floats
    covariance: Floats
    statistic: float
    df: int
    p_value: float

    def __post_init__(self) -> None:
        for name in ("observed", "expected", "covariance"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def logrank(
    *,
    entry: ArrayLike,
    exit: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    groups: int,
    stratum: ArrayLike | None = None,
    count: ArrayLike | None = None,
    scores: ArrayLike | None = None,
    rho: float = 0.0,
    gamma: float = 0.0,
) -> LogRank:
    """Log-rank test that hazards are equal in all groups.

    Parameters
    ----------
    entry, exit : array_like
        Times at risk (n,), entry < exit.
    event : array_like
        Whether the stay ended at `exit` (n,).
    group : array_like
        Group numbers from 0 (n,).
    groups : int
        The number g of groups.
    stratum : array_like or None
        Strata within which groups are compared (n,); None is one stratum.
    count : array_like or None
        People a row stands for (n,); None is 1.
    scores : array_like or None
        Scores of ordered groups (g,), for the test of a trend; None tests any difference.
    rho, gamma : float
        Fleming-Harrington weights S^rho (1 - S)^gamma, S being pooled survival just before each
        time, within the stratum; 0 and 0 is the log-rank test.

    Returns
    -------
    LogRank
        The test.

    References
    ----------
    Fleming, T. R. and Harrington, D. P. (1991). Counting Processes and Survival Analysis, chapter
    7. doi:10.1002/9781118150672

    Examples
    --------
    >>> test = logrank(
    ...     entry=[0, 0, 0, 0], exit=[1, 2, 3, 4], event=[1, 1, 1, 1], group=[0, 0, 1, 1], groups=2
    ... )
    >>> test.expected.round(4), round(test.statistic, 4)  # 1/2 + 1/3; (7/6)^2 / (1/4 + 2/9)
    (array([0.8333, 3.1667]), 2.8824)
    """
    start, stop = np.asarray(entry, dtype=np.float64), np.asarray(exit, dtype=np.float64)
    ended, code = np.asarray(event).astype(bool), np.asarray(group, dtype=np.intp)
    people = np.ones(stop.size) if count is None else np.asarray(count, dtype=np.float64)
    observed, expected = np.zeros(groups), np.zeros(groups)
    covariance = np.zeros((groups, groups))
    for rows in _strata(stratum, stop.size):
        a, b, to, g, w = start[rows], stop[rows], ended[rows], code[rows], people[rows]
        sets = risk_sets(
            entry=a, exit=b, destination=np.where(to, g, -1), destinations=groups, weight=w
        )
        at_risk = np.stack(
            [
                weight_at_risk(time=sets.time, entry=a[g == k], exit=b[g == k], weight=w[g == k])
                for k in range(groups)
            ],
            axis=1,
        )
        emphasis = _emphasis(sets, rho, gamma)
        n, d = at_risk.sum(axis=1), sets.events.sum(axis=1)
        share = at_risk / n[:, None]
        observed += emphasis @ sets.events
        expected += (emphasis * d) @ share
        spread = emphasis**2 * d * (n - d) / np.maximum(n - 1.0, 1.0)
        covariance += np.diag(spread @ share) - (share * spread[:, None]).T @ share
    statistic, df = _quadratic(observed - expected, covariance, scores)
    return LogRank(
        observed=observed,
        expected=expected,
        covariance=covariance,
        statistic=statistic,
        df=df,
        p_value=float(special.gammaincc(df / 2.0, statistic / 2.0)) if df else float("nan"),
    )


def permutation_p(
    *,
    entry: ArrayLike,
    exit: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    groups: int,
    rng: np.random.Generator,
    draws: int,
    stratum: ArrayLike | None = None,
    scores: ArrayLike | None = None,
    rho: float = 0.0,
    gamma: float = 0.0,
) -> float:
    """Permutation p-value of the log-rank statistic, for few ends.

    Group labels are shuffled within strata. The statistic is standardised by its permutation
    covariance, which does not change from draw to draw.

    Parameters
    ----------
    entry, exit, event, group, groups : array_like
        As in `logrank`; each row is one person.
    rng : numpy.random.Generator
        Source of the shuffles.
    draws : int
        How many shuffles.
    stratum, scores, rho, gamma : array_like
        As in `logrank`.

    Returns
    -------
    float
        (1 + draws at least as extreme) / (1 + draws): valid at any number of draws, if entry and
        censoring do not depend on the group.

    Examples
    --------
    >>> p = permutation_p(
    ...     entry=[0] * 6, exit=[1, 2, 3, 4, 5, 6], event=[1] * 6, group=[0, 0, 0, 1, 1, 1],
    ...     groups=2, rng=np.random.default_rng(1), draws=4999,
    ... )
    >>> bool(abs(p - 0.1) < 0.02)  # 2 of the 20 divisions are so extreme
    True
    """
    start, stop = np.asarray(entry, dtype=np.float64), np.asarray(exit, dtype=np.float64)
    ended, code = np.asarray(event).astype(bool), np.asarray(group, dtype=np.intp)
    sums, covariance = np.zeros((draws + 1, groups)), np.zeros((groups, groups))
    for rows in _strata(stratum, stop.size):
        score = _row_scores(start[rows], stop[rows], ended[rows], rho, gamma)
        label, size = code[rows], int(np.count_nonzero(rows))
        share = np.bincount(label, minlength=groups) / size
        spread = score @ score * size / max(size - 1, 1)
        covariance += spread * (np.diag(share) - np.outer(share, share))
        for draw in range(draws + 1):
            sums[draw] += np.bincount(label, weights=score, minlength=groups)
            label = rng.permutation(label)
    statistic = np.array([_quadratic(s, covariance, scores)[0] for s in sums])
    extreme = np.count_nonzero(statistic[1:] >= statistic[0] * (1.0 - _TIE))
    return float((1 + extreme) / (1 + draws))


def _strata(stratum: ArrayLike | None, size: int) -> list[np.ndarray]:
    """Return the rows of each stratum as a mask."""
    if stratum is None:
        return [np.ones(size, dtype=bool)]
    code = np.unique(np.asarray(stratum), return_inverse=True)[1]
    return [code == k for k in range(int(code.max(initial=-1)) + 1)]


def _emphasis(sets: RiskSets, rho: float, gamma: float) -> Floats:
    """Return the Fleming-Harrington weight of each distinct time."""
    survival = product_limit_of(sets).survival
    before = np.concatenate([[1.0], survival[:-1]])[: survival.size]
    return np.asarray(before**rho * (1.0 - before) ** gamma)


def _row_scores(start: Floats, stop: Floats, ended: np.ndarray, rho: float, gamma: float) -> Floats:
    """Return each row's part of observed minus expected; they sum to 0."""
    sets = risk_sets(entry=start, exit=stop, destination=ended)
    emphasis = _emphasis(sets, rho, gamma)
    cost = np.concatenate([[0.0], np.cumsum(emphasis * sets.hazard[:, 0])])
    after = np.searchsorted(sets.time, stop, side="right")
    score = cost[np.searchsorted(sets.time, start, side="right")] - cost[after]
    score[ended] += emphasis[after[ended] - 1]
    return np.asarray(score)


def _quadratic(
    difference: Floats, covariance: Floats, scores: ArrayLike | None
) -> tuple[float, int]:
    """Return a chi-squared statistic and its degrees of freedom."""
    if scores is not None:
        c = np.asarray(scores, dtype=np.float64)
        spread = float(c @ covariance @ c)
        scale = float(np.trace(covariance)) * float(c @ c)
        known = spread > _RANK_TOLERANCE * scale
        return (float(c @ difference) ** 2 / spread, 1) if known else (0.0, 0)
    values, vectors = np.linalg.eigh(covariance)
    keep = values > _RANK_TOLERANCE * max(float(values[-1]), np.finfo(float).tiny)
    along = vectors[:, keep].T @ difference
    return float(np.sum(along**2 / values[keep])), int(np.count_nonzero(keep))
