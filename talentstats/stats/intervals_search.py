"""Intervals for one proportion that need a search: mid-p, likelihood, Blaker, minimum likelihood.

Each works once on every distinct (k, n, level), by brackets that are known to hold the limit.
Upper limits are found as 1 minus the lower limit of those who left.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from talentstats.stats.binomial import half_deviance, lower_tail, upper_tail
from talentstats.stats.limits import Floats, Limits, Side, proportion_limits, tail_area
from talentstats.stats.roots import bracketed_root, last_holding


def _on_distinct(
    lower: Callable[[Floats, Floats, Floats], Floats],
    k: ArrayLike,
    n: ArrayLike,
    tail: Floats,
) -> tuple[Floats, Floats]:
    """Return both limits from a function for lower limits at k > 0."""
    k, n, tail = np.broadcast_arrays(np.asarray(k, np.float64), np.asarray(n, np.float64), tail)
    mirrored = np.stack([np.stack([k, n, tail], -1), np.stack([n - k, n, tail], -1)])
    rows, back = np.unique(mirrored.reshape(-1, 3), axis=0, return_inverse=True)
    some = rows[:, 0] > 0.0
    found = np.zeros(len(rows))
    found[some] = lower(*rows[some].T)
    low, left = found[back].reshape(2, *k.shape)
    return low, 1.0 - left


def _mid_p_lower(k: Floats, n: Floats, t: Floats) -> Floats:
    """Return the rate at which P(X > k) + P(X = k) / 2 is t."""
    whole = k >= n
    # The mid-P tail lies between P(X > k) and P(X >= k), and so does its root.
    low = special.betaincinv(k, n - k + 1.0, t)
    high = special.betaincinv(k + 1.0, np.where(whole, 1.0, n - k), t)

    def excess(rate: Floats, i: np.ndarray) -> Floats:
        above = upper_tail(k=k[i] + 1.0, n=n[i], rate=rate)
        return np.asarray((upper_tail(k=k[i], n=n[i], rate=rate) + above) / 2.0 - t[i])

    root = bracketed_root(excess, low=low, high=np.where(whole, low, high))
    return np.where(whole, np.minimum(2.0 * t, 1.0) ** (1.0 / n), root)


def mid_p(*, k: ArrayLike, n: ArrayLike, level: ArrayLike, side: Side) -> Limits:
    """Mid-p interval for a proportion.

    Parameters
    ----------
    k, n : array_like
        Retained and total, counts or effective sizes, shapes that broadcast.
    level : array_like
        Confidence level in (0, 1).
    side : {"two-sided", "lower", "upper"}
        Which limits are wanted.

    Returns
    -------
    Limits
        The rates that the mid-P test does not reject.

    References
    ----------
    Berry, G. and Armitage, P. (1995). The Statistician 44, 417-423. doi:10.2307/2348891

    Examples
    --------
    >>> limits = mid_p(k=87, n=100, level=0.95, side="two-sided")
    >>> round(float(limits.lower), 6), round(float(limits.upper), 6)
    (0.793079, 0.92574)
    """
    lower, upper = _on_distinct(_mid_p_lower, k, n, tail_area(level=level, side=side))
    return proportion_limits(lower=lower, upper=upper, side=side)


def _likelihood_lower(k: Floats, n: Floats, half_square: Floats) -> Floats:
    """Return the rate below k / n at which the log-likelihood has lost `half_square`."""
    peak = np.log(k / n)

    def excess(log_rate: Floats, i: np.ndarray) -> Floats:
        lost = half_deviance(k=k[i], n=n[i], rate=np.exp(log_rate))
        return np.asarray(lost - half_square[i])

    whole = k >= n
    closed = -half_square / n
    # The loss is at least k (log(k / n) - log rate) - k, which gives the bracket.
    start = np.where(whole, closed, np.maximum(peak - 1.0 - half_square / k, -700.0))
    root = bracketed_root(excess, low=start, high=np.where(whole, closed, peak))
    return np.exp(np.where(whole, closed, root))


def likelihood(*, k: ArrayLike, n: ArrayLike, level: ArrayLike, side: Side) -> Limits:
    """Likelihood-ratio interval for a proportion.

    Parameters
    ----------
    k, n : array_like
        Retained and total, counts or effective sizes, shapes that broadcast.
    level : array_like
        Confidence level in (0, 1), at least 0.5 for one limit.
    side : {"two-sided", "lower", "upper"}
        Which limits are wanted.

    Returns
    -------
    Limits
        The rates that the likelihood-ratio test does not reject.

    References
    ----------
    Newcombe, R. G. (1998). Statistics in Medicine 17, 857-872.
    doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E

    Examples
    --------
    >>> limits = likelihood(k=87, n=100, level=0.95, side="two-sided")
    >>> round(float(limits.lower), 6), round(float(limits.upper), 6)
    (0.795027, 0.926278)
    """
    half_square = np.asarray(special.ndtri(tail_area(level=level, side=side)) ** 2 / 2.0)
    lower, upper = _on_distinct(_likelihood_lower, k, n, half_square)
    return proportion_limits(lower=lower, upper=upper, side=side)


def _blaker_lower(k: Floats, n: Floats, t: Floats) -> Floats:
    """Return the lowest rate whose acceptability passes 2 t."""
    low = special.betaincinv(k, n - k + 1.0, t)
    far = last_holding(
        lambda j: lower_tail(k=j, n=n, rate=low) <= t, holds=np.full_like(k, -1.0), fails=k - 1.0
    )

    def to_next_jump(rate: Floats, i: np.ndarray) -> Floats:
        next_far = lower_tail(k=far[i] + 1.0, n=n[i], rate=rate)
        return np.asarray(next_far - upper_tail(k=k[i], n=n[i], rate=rate))

    def excess(rate: Floats, i: np.ndarray) -> Floats:
        own = upper_tail(k=k[i], n=n[i], rate=rate)
        return np.asarray(own + lower_tail(k=far[i], n=n[i], rate=rate) - 2.0 * t[i])

    every = np.arange(k.size)
    median = special.betaincinv(k, n - k + 1.0, 0.5)
    jump = bracketed_root(to_next_jump, low=low, high=median)
    # Between two jumps acceptability is U-shaped, so it crosses before the jump or at it.
    crosses = excess(jump, every) > 0.0
    return bracketed_root(excess, low=np.where(crosses, low, jump), high=jump)


def blaker(*, k: ArrayLike, n: ArrayLike, level: ArrayLike) -> Limits:
    """Blaker's exact interval for a proportion, always inside Clopper-Pearson's.

    Parameters
    ----------
    k, n : array_like
        Retained and total, whole numbers, shapes that broadcast.
    level : array_like
        Confidence level in (0, 1).

    Returns
    -------
    Limits
        Both limits: the hull of the rates with acceptability above 1 - level. One limit alone
        is Clopper-Pearson's.

    References
    ----------
    Blaker, H. (2000). Canadian Journal of Statistics 28, 783-798. doi:10.2307/3315916

    Examples
    --------
    >>> limits = blaker(k=87, n=100, level=0.95)
    >>> round(float(limits.lower), 6), round(float(limits.upper), 6)
    (0.791659, 0.927346)
    """
    lower, upper = _on_distinct(_blaker_lower, k, n, tail_area(level=level, side="two-sided"))
    return proportion_limits(lower=lower, upper=upper, side="two-sided")


def _minlike_lower_one(k: float, n: float, t: float) -> float:
    """Return the lowest rate at which all outcomes no likelier than k pass 2 t."""
    far = np.arange(-1.0, k)
    choose = special.betaln(far[1:] + 1.0, n - far[1:] + 1.0)
    # From the jump at far[j] on, P(far[j]) <= P(k): closed form in the odds.
    log_odds = (special.betaln(k + 1.0, n - k + 1.0) - choose) / (k - far[1:])
    jump = np.concatenate([[0.0], special.expit(log_odds)])

    def p_value(rate: Floats, last: Floats) -> Floats:
        return upper_tail(k=k, n=n, rate=rate) + lower_tail(k=last, n=n, rate=rate)

    at_jump = p_value(jump, far) > 2.0 * t
    before_next = p_value(jump[1:], far[:-1]) > 2.0 * t
    first = int(np.argmax(at_jump))
    piece = int(np.argmax(before_next)) if before_next.any() else first
    if piece >= first:
        return float(jump[first])
    last = far[piece : piece + 1]
    root = bracketed_root(
        lambda rate, i: p_value(rate, last[i]) - 2.0 * t,
        low=jump[piece : piece + 1],
        high=jump[piece + 1 : piece + 2],
    )
    return float(root[0])


def _minlike_lower(k: Floats, n: Floats, t: Floats) -> Floats:
    """Return the lower limits one by one, each in O(k)."""
    return np.array([_minlike_lower_one(*row) for row in zip(k, n, t, strict=True)])


def minlike_interval(*, k: ArrayLike, n: ArrayLike, level: ArrayLike) -> Limits:
    """Hull of the rates that the exact minimum-likelihood test does not reject.

    Parameters
    ----------
    k, n : array_like
        Retained and total, whole numbers, shapes that broadcast.
    level : array_like
        Confidence level in (0, 1).

    Returns
    -------
    Limits
        Both limits. The set inside can have gaps; the hull is given.

    References
    ----------
    Sterne, T. E. (1954). Biometrika 41, 275-278. doi:10.1093/biomet/41.1-2.275

    Examples
    --------
    >>> limits = minlike_interval(k=0, n=10, level=0.95)
    >>> round(float(limits.lower), 6), round(float(limits.upper), 5)
    (0.0, 0.29087)
    """
    lower, upper = _on_distinct(_minlike_lower, k, n, tail_area(level=level, side="two-sided"))
    return proportion_limits(lower=lower, upper=upper, side="two-sided")
