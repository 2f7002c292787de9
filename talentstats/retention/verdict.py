"""The verdict: one coherent family of exact tests, and what they allow one to say."""

from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats.retention.equivalence import equivalence_region
from talentstats.stats.binomial_tests import exact_central
from talentstats.stats.equivalence import exact_equivalence

Verdict = Literal[
    "below",
    "above",
    "cannot tell",
    "equivalent within the margin",
    "equivalent within the margin, though detectably below",
    "equivalent within the margin, though detectably above",
]
# Five points: a difference that most readers of a stay rate would not act upon.
DEFAULT_MARGIN: Final = 0.05
VERDICTS: Final[tuple[str, ...]] = get_args(Verdict)


def rejects(p_value: ArrayLike, *, level: float) -> NDArray[np.bool_]:
    """Whether p-values are at or below 1 - level; the one place where that is decided.

    Parameters
    ----------
    p_value : array_like of float
        P-values.
    level : float
        Confidence level.

    Returns
    -------
    ndarray of bool
        In the shape of `p_value`.
    """
    # Levels such as 0.9 leave a rounding error in 1 - level that must not decide a tie.
    return np.asarray(np.asarray(p_value) <= 1 - level + 1e-12)


def decide(
    *,
    p_value: ArrayLike,
    p_equivalence: ArrayLike,
    difference: ArrayLike,
    level: float,
) -> NDArray[Any]:
    """Combine a two-sided test and an equivalence test into a verdict.

    Parameters
    ----------
    p_value : array_like of float
        Two-sided p-value against the benchmark.
    p_equivalence : array_like of float
        Larger of the two one-sided p-values at the margin.
    difference : array_like of float
        Observed rate less benchmark; its sign says below or above.
    level : float
        Both tests are held against 1 - level.

    Returns
    -------
    ndarray of str
        One of `VERDICTS` each, in the broadcast shape.
    """
    differs = rejects(p_value, level=level)
    equivalent = rejects(p_equivalence, level=level)
    below = np.asarray(difference) < 0
    return np.select(
        [
            equivalent & differs & below,
            equivalent & differs,
            equivalent,
            differs & below,
            differs,
        ],
        [VERDICTS[4], VERDICTS[5], VERDICTS[3], "below", "above"],
        default="cannot tell",
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judgement:
    """What a family of tests says of counts against a rate.

    Parameters
    ----------
    p_value : ndarray of float
        Two-sided.
    p_equivalence : ndarray of float
        Larger of the two one-sided p-values at the margin, same shape.
    """

    p_value: NDArray[np.float64]
    p_equivalence: NDArray[np.float64]


class Judge(Protocol):
    """A family of tests: a two-sided one, and two one-sided ones at a margin."""

    def __call__(self, k: ArrayLike, n: ArrayLike, rate: ArrayLike, margin: float, /) -> Judgement:
        """Test retained and total counts against rates, within a margin."""
        ...


def exact_judge(k: ArrayLike, n: ArrayLike, rate: ArrayLike, margin: float) -> Judgement:
    """Judge by the exact central test and exact one-sided tests for equivalence.

    Parameters
    ----------
    k, n : array_like of int
        Retained and total.
    rate : array_like of float
        Benchmark, treated as a constant.
    margin : float
        Half-width of the region of equivalence.

    Returns
    -------
    Judgement
        P-values in the broadcast shape.
    """
    rates = np.asarray(rate)
    low, high = equivalence_region(rates, margin)
    return Judgement(
        p_value=exact_central(k=k, n=n, rate=rates).two_sided,
        p_equivalence=exact_equivalence(k=k, n=n, low=low, high=high).p,
    )


def verdicts_of(
    judge: Judge, k: ArrayLike, n: ArrayLike, rate: ArrayLike, *, level: float, margin: float
) -> NDArray[Any]:
    """Verdict of a family of tests on counts.

    Parameters
    ----------
    judge : Judge
        The family.
    k, n : array_like of int
        Retained and total.
    rate : array_like of float
        Benchmark.
    level : float
        Confidence level.
    margin : float
        Half-width of the region of equivalence.

    Returns
    -------
    ndarray of str
        One of `VERDICTS` each, in the broadcast shape of k, n and rate.
    """
    found = judge(k, n, rate, margin)
    return decide(
        p_value=found.p_value,
        p_equivalence=found.p_equivalence,
        difference=np.asarray(k) / np.asarray(n) - np.asarray(rate),
        level=level,
    )
