"""Intervals for a stay rate by name: which kernel, what kind, whether it was clipped."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, get_args

from numpy.typing import ArrayLike

from talentstats import checks
from talentstats.stats import intervals, intervals_search
from talentstats.stats.limits import Limits, Side
from talentstats.summaries.counts import RetentionCounts

IntervalMethod = Literal[
    "wilson",
    "wilson-cc",
    "clopper-pearson",
    "mid-p",
    "jeffreys",
    "agresti-coull",
    "arcsine",
    "likelihood",
    "blaker",
    "beta",
    "wald",
]
INTERVAL_METHODS: Final[tuple[str, ...]] = get_args(IntervalMethod)
SIDES: Final[tuple[str, ...]] = get_args(Side)

_CREDIBLE = frozenset({"jeffreys", "beta"})
# Defined for whole numbers only: they add or compare probabilities of outcomes.
WHOLE_COUNTS = frozenset({"mid-p", "blaker"})
_CAN_LEAVE_RANGE = frozenset({"wald", "agresti-coull"})

_KERNELS: Final[dict[str, Callable[..., Limits]]] = {
    "wilson": intervals.wilson,
    "wilson-cc": intervals.wilson_cc,
    "clopper-pearson": intervals.clopper_pearson,
    "mid-p": intervals_search.mid_p,
    "jeffreys": intervals.jeffreys,
    "agresti-coull": intervals.agresti_coull,
    "arcsine": intervals.arcsine,
    "likelihood": intervals_search.likelihood,
    "blaker": intervals_search.blaker,
    "beta": intervals.beta_interval,
    "wald": intervals.wald,
}


class WaldIntervalWarning(UserWarning):
    """Issued when the Wald interval is asked for by name."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RetentionInterval:
    """One interval for a stay rate.

    Parameters
    ----------
    method : str
        One of `INTERVAL_METHODS`.
    low, high : float
        Limits, shares in [0, 1].
    level : float
        Confidence level, or credible level for `jeffreys` and `beta`.
    side : str
        "two-sided", "lower" (a lower limit only) or "upper" (an upper limit only).
    kind : str
        "confidence" or "credible".
    clipped : bool
        Whether the formula left [0, 1] and was cut there.
    """

    method: str
    low: float
    high: float
    level: float
    side: str
    kind: str
    clipped: bool


def retention_interval(
    counts: RetentionCounts,
    *,
    method: str,
    level: float,
    side: str = "two-sided",
    prior: tuple[float, float] = (1.0, 1.0),
    design_effect: float = 1.0,
) -> RetentionInterval:
    """Return one interval for the stay rate.

    Parameters
    ----------
    counts : RetentionCounts
        People retained and people of known status.
    method : str
        One of `INTERVAL_METHODS`.
    level : float
        Confidence level in (0, 1).
    side : str
        "two-sided", "lower" or "upper".
    prior : tuple of float
        Beta prior of `beta`.
    design_effect : float
        Variance relative to simple random sampling.

    Returns
    -------
    RetentionInterval
        The limits with what they are.

    Raises
    ------
    UnknownNameError
        If there is no such method.
    """
    checks.one_of(method, INTERVAL_METHODS, name="method")
    scale = 1 if design_effect == 1 else design_effect
    limits = interval_limits(
        counts.retained / scale,
        counts.total / scale,
        method=method,
        level=level,
        side=side,
        prior=prior,
    )
    low, high = float(limits.lower), float(limits.upper)
    at_edge = counts.retained in {0, counts.total}
    clipped = (
        method in _CAN_LEAVE_RANGE
        and not (method == "wald" and at_edge)
        and ((low == 0 and side != "upper") or (high == 1 and side != "lower"))
    )
    return RetentionInterval(
        method=method,
        low=low,
        high=high,
        level=level,
        side=side,
        kind="credible" if method in _CREDIBLE else "confidence",
        clipped=clipped,
    )


def interval_limits(
    k: ArrayLike,
    n: ArrayLike,
    *,
    method: str,
    level: float,
    side: str,
    prior: tuple[float, float],
) -> Limits:
    """Return the limits of one method for arrays of counts.

    Parameters
    ----------
    k, n : array_like
        Retained and total, of one shape; divided by the design effect where there is one.
    method : str
        One of `INTERVAL_METHODS`, checked by the caller.
    level : float
        Confidence level.
    side : str
        "two-sided", "lower" or "upper".
    prior : tuple of float
        Beta prior of `beta`.

    Returns
    -------
    Limits
        Lower and upper limits in the shape of `k`.
    """
    kernel = _KERNELS[method]
    if method == "blaker":
        return kernel(k=k, n=n, level=level)
    if method == "beta":
        return kernel(k=k, n=n, a=prior[0], b=prior[1], level=level, side=side)
    return kernel(k=k, n=n, level=level, side=side)
