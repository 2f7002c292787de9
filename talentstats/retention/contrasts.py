"""Difference, ratio and odds ratio of two stay rates, each with its interval."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from talentstats.stats import difference as difference_kernels
from talentstats.stats import ratio as ratio_kernels
from talentstats.stats.limits import Limits
from talentstats.summaries.counts import RetentionCounts

DifferenceMethod = Literal["newcombe", "miettinen-nurminen", "mee", "agresti-caffo", "wald"]
RatioMethod = Literal["koopman", "miettinen-nurminen"]
OddsMethod = Literal["score", "miettinen-nurminen", "conditional-exact"]
# The conditional odds ratio sums over all tables at every step: about a second at this size.
CONDITIONAL_LIMIT: Final = 20_000

_DIFFERENCE: Final[dict[str, Callable[..., Limits]]] = {
    "newcombe": difference_kernels.newcombe,
    "miettinen-nurminen": difference_kernels.miettinen_nurminen,
    "mee": difference_kernels.mee,
    "agresti-caffo": difference_kernels.agresti_caffo,
    "wald": difference_kernels.wald_difference,
}
_RATIO: Final[dict[str, Callable[..., Limits]]] = {
    "koopman": ratio_kernels.koopman,
    "miettinen-nurminen": ratio_kernels.ratio_miettinen_nurminen,
}
_ODDS: Final[dict[str, Callable[..., Limits]]] = {
    "score": ratio_kernels.odds_score,
    "miettinen-nurminen": ratio_kernels.odds_miettinen_nurminen,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ContrastInterval:
    """One contrast of two stay rates with its interval.

    Parameters
    ----------
    term : str
        "difference", "ratio" or "odds ratio", of the first to the second.
    estimate : float
        Infinite or NaN where the data divide by zero.
    std_error : float
        Unpooled, for the difference; NaN for the others.
    low, high : float
        Limits.
    level : float
        Confidence level.
    method : str
        How the limits were found.
    """

    term: str
    estimate: float
    std_error: float
    low: float
    high: float
    level: float
    method: str


def contrasts(
    a: RetentionCounts, b: RetentionCounts, *, level: float, methods: tuple[str, str, str]
) -> tuple[ContrastInterval, ContrastInterval, ContrastInterval]:
    """Return difference, ratio and odds ratio by the methods named for each.

    Parameters
    ----------
    a, b : RetentionCounts
        The two groups; every contrast is a to b.
    level : float
        Confidence level.
    methods : tuple of str
        A `DifferenceMethod`, a `RatioMethod` and an `OddsMethod`.

    Returns
    -------
    tuple of ContrastInterval
        Difference, ratio, odds ratio.
    """
    gap, quotient, odds = methods
    table: dict[str, Any] = {
        "x1": a.retained,
        "n1": a.total,
        "x2": b.retained,
        "n2": b.total,
        "level": level,
        "side": "two-sided",
    }
    odds_estimate = _quotient(a.retained * b.left, a.left * b.retained)
    if odds == "conditional-exact":
        conditional = ratio_kernels.odds_conditional_exact(**table)
        odds_estimate, odds_limits = float(conditional.estimate), conditional.limits
    else:
        odds_limits = _ODDS[odds](**table)
    variance = sum(counts.rate * (1 - counts.rate) / counts.total for counts in (a, b))

    def contrast(
        term: str, estimate: float, limits: Limits, method: str, std_error: float = math.nan
    ) -> ContrastInterval:
        return ContrastInterval(
            term=term,
            estimate=estimate,
            std_error=std_error,
            low=float(limits.lower),
            high=float(limits.upper),
            level=level,
            method=method,
        )

    ratio_estimate = _quotient(a.retained * b.total, a.total * b.retained)
    return (
        contrast(
            "difference", a.rate - b.rate, _DIFFERENCE[gap](**table), gap, math.sqrt(variance)
        ),
        contrast("ratio", ratio_estimate, _RATIO[quotient](**table), quotient),
        contrast("odds ratio", odds_estimate, odds_limits, odds),
    )


def _quotient(top: int, bottom: int) -> float:
    """Divide; something over nothing is infinite, nothing over nothing is not a number."""
    if bottom == 0:
        return math.inf if top else math.nan
    return top / bottom
