"""Concordance of predicted hazards with the order of ends, with delayed entry and strata."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talentstats.stats.cox_data import CoxData
from talentstats.stats.cox_residuals import robust_covariance
from talentstats.stats.limits import Floats
from talentstats.stats.risk_sets import Whole

# Predictors of equal covariates may differ by rounding.
_TIE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Concordance:
    """Share of comparable pairs in which the one who ended first had the higher hazard.

    Parameters
    ----------
    estimate : float
        The share, pairs with equal predictions counting half; NaN without pairs.
    std_error : float
        Its standard error by the infinitesimal jackknife.
    concordant, discordant, tied : float
        Pairs, weighted by the product of masses.
    """

    estimate: float
    std_error: float
    concordant: float
    discordant: float
    tied: float


def concordance(
    data: CoxData,
    *,
    predictor: ArrayLike,
    weight: ArrayLike,
    count: ArrayLike,
    cluster: ArrayLike | None = None,
) -> Concordance:
    """Concordance of a prediction with the ends.

    Parameters
    ----------
    data : CoxData
        Rows.
    predictor : array_like
        Larger for a higher hazard (n,), in the order of the sorted rows.
    weight, count : array_like
        Sampling weight, and people, of the rows given (size,).
    cluster : array_like or None
        What of the rows given belongs together (size,); None takes each person by themselves.

    Returns
    -------
    Concordance
        Over all pairs of a person who ended and one of the same stratum who was at risk then and
        stayed longer.

    References
    ----------
    Therneau, T. M. and Watson, D. A. (2015). The concordance statistic and the Cox model. Mayo
    Clinic Technical Report 85. Harrell, F. E. et al. (1982). Evaluating the yield of medical
    tests. JAMA 247, 2543-2546. doi:10.1001/jama.1982.03320430047030

    Examples
    --------
    >>> from talentstats.stats.cox_data import cox_data
    >>> data = cox_data(entry=[0] * 3, exit=[1, 2, 3], event=[1, 1, 0], x=np.zeros((3, 1)))
    >>> ones = np.ones(3)  # 2 of the 3 pairs:
    >>> concordance(data, predictor=[2.0, 0.0, 1.0], weight=ones, count=ones).estimate
    0.6666666666666666
    """
    rank = _ranks(np.asarray(predictor, dtype=np.float64))
    above = rank + 1
    events, mass = data.dead, data.mass
    last = data.until.copy()
    last[events] -= 1
    # Rows meet the ends at times `after` to `last` - 1; ends meet the rows that span their time.
    ends = _Plane(data.place, rank[events], mass[events])
    zero = np.zeros_like(rank)
    low = _between(ends, data.after, last, zero, rank)
    same = _between(ends, data.after, last, rank, above)
    high = _between(ends, data.after, last, above, zero + int(rank.max(initial=0)) + 1)
    # A row agrees with an end of higher hazard than its own.
    agree, differ, tie = high, low, same
    own, first = rank[events], data.place + 1
    begun = _Plane(data.after, rank, mass)
    gone = _Plane(last, rank, mass)
    none, top = np.zeros_like(own), np.full_like(own, int(rank.max(initial=0)) + 1)

    def present(bottom: Whole, up: Whole) -> Floats:
        start = np.zeros_like(first)
        return np.asarray(
            _between(begun, start, first, bottom, up) - _between(gone, start, first, bottom, up)
        )

    agree[events] += present(none, own)
    tie[events] += present(own, own + 1)
    differ[events] += present(own + 1, top)
    pairs = float(mass @ (agree + differ + tie)) / 2.0
    counts = [float(mass @ part) / 2.0 for part in (agree, differ, tie)]
    if pairs <= 0.0:
        return Concordance(
            estimate=float("nan"), std_error=float("nan"), concordant=0.0, discordant=0.0, tied=0.0
        )
    estimate = (counts[0] + counts[2] / 2.0) / pairs
    change = (agree + tie / 2.0 - estimate * (agree + differ + tie)) / pairs
    spread = robust_covariance(
        influence=np.where(data.where < 0, 0.0, change[data.where])[:, None],
        weight=weight,
        count=count,
        cluster=cluster,
    )
    return Concordance(
        estimate=estimate,
        std_error=float(np.sqrt(spread[0, 0])),
        concordant=counts[0],
        discordant=counts[1],
        tied=counts[2],
    )


def _ranks(values: Floats) -> Whole:
    """Return ranks from 0, equal where values differ by rounding only."""
    order = np.argsort(values, kind="stable")
    sorted_values = values[order]
    gap = _TIE * max(float(np.abs(values).max(initial=0.0)), 1e-300)
    rank = np.empty(values.size, dtype=np.intp)
    rank[order] = np.concatenate([[0], np.cumsum(np.diff(sorted_values) > gap)])[: values.size]
    return rank


class _Plane:
    """Weighted points in a plane; sums of weights below and to the left, for many corners.

    A wavelet matrix: points in order of place, their ranks split bit by bit.
    """

    def __init__(self, place: Whole, rank: Whole, weight: Floats) -> None:
        order = np.argsort(place, kind="stable")
        self.place, rank, weight = place[order], rank[order], weight[order]
        self.levels: list[tuple[int, Whole, Floats]] = []
        # One above the highest rank must be askable too.
        for bit in reversed(range((int(rank.max(initial=0)) + 1).bit_length())):
            zero = (rank >> bit) & 1 == 0
            zeros = np.concatenate([[0], np.cumsum(zero)])
            sums = np.concatenate([[0.0], np.cumsum(np.where(zero, weight, 0.0))])
            self.levels.append((bit, zeros, sums))
            split = np.concatenate([np.flatnonzero(zero), np.flatnonzero(~zero)])
            rank, weight = rank[split], weight[split]

    def sums(self, begin: Whole, end: Whole, rank: Whole) -> Floats:
        """Return sums of weights of points from `begin` to before `end` with a lower rank."""
        found, low, high = np.zeros(rank.size), begin, end
        for bit, zeros, sums in self.levels:
            inside = sums[high] - sums[low]
            one = (rank >> bit) & 1 == 1
            found += np.where(one, inside, 0.0)
            first, last = zeros[low], zeros[high]
            low = np.where(one, zeros[-1] + low - first, first)
            high = np.where(one, zeros[-1] + high - last, last)
        return found


def _between(plane: _Plane, begin: Whole, end: Whole, bottom: Whole, top: Whole) -> Floats:
    """Return sums of weights at places begin to before end, of ranks bottom to before top."""
    first = np.searchsorted(plane.place, begin, side="left")
    last = np.searchsorted(plane.place, np.maximum(end, begin), side="left")
    return np.asarray(plane.sums(first, last, top) - plane.sums(first, last, bottom))
