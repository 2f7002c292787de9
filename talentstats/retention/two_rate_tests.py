"""Tests of no difference between two stay rates, and their worst cases."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, get_args

from talentstats import checks
from talentstats.errors import InputError
from talentstats.stats import two_sample_tests as kernels
from talentstats.summaries.counts import RetentionCounts

TwoRateTestName = Literal["score", "score-mn", "fisher", "barnard", "barnard-unpooled", "boschloo"]
TWO_RATE_TESTS: Final[tuple[str, ...]] = get_args(TwoRateTestName)
# Unconditional tests visit every table and search every common rate: seconds at this size.
UNCONDITIONAL_LIMIT: Final = 1000
_UNCONDITIONAL: Final = frozenset({"barnard", "barnard-unpooled", "boschloo"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwoRateTest:
    """One test of no difference between the stay rates of a and b.

    Parameters
    ----------
    name : str
        One of `TWO_RATE_TESTS`.
    two_sided, less, greater : float
        p-values; `less` is against a below b. NaN where so many people put an
        unconditional test out of reach.
    z : float
        Normal statistic of the score tests, NaN for the exact ones.
    """

    name: str
    two_sided: float
    less: float
    greater: float
    z: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WorstCase:
    """The difference at both ends of what the data leave open.

    Parameters
    ----------
    low, high : float
        Smallest and largest difference a less b, shares.
    p_low, p_high : float
        Two-sided p-values of the deciding test at those two ends.
    verdicts : tuple of str
        Verdicts at the two ends.
    holds : bool
        Whether both are the verdict of the counts as given.
    """

    low: float
    high: float
    p_low: float
    p_high: float
    verdicts: tuple[str, str]
    holds: bool


def two_rate_tests(
    a: RetentionCounts, b: RetentionCounts, *, deciding: str
) -> tuple[TwoRateTest, ...]:
    """Return every test of no difference.

    Parameters
    ----------
    a, b : RetentionCounts
        The two groups.
    deciding : str
        Name of the test that must not be missing.

    Returns
    -------
    tuple of TwoRateTest
        In the order of `TWO_RATE_TESTS`.

    Raises
    ------
    InputError
        If the deciding test is out of reach for so many people.
    """
    name = checks.one_of(deciding, TWO_RATE_TESTS, name="test")
    people = a.total + a.unknown + b.total + b.unknown
    if name in _UNCONDITIONAL and people > UNCONDITIONAL_LIMIT:
        raise InputError(
            f"test={name!r} visits every table of {people} people; allowed are up to "
            f"{UNCONDITIONAL_LIMIT}. Hint: test='score-mn' or test='fisher'."
        )
    return tuple(two_rate_test(a, b, name=test) for test in TWO_RATE_TESTS)


def two_rate_test(a: RetentionCounts, b: RetentionCounts, *, name: str) -> TwoRateTest:
    """Return one test of no difference.

    Parameters
    ----------
    a, b : RetentionCounts
        The two groups.
    name : str
        One of `TWO_RATE_TESTS`.

    Returns
    -------
    TwoRateTest
        Its p-values.
    """
    if name in _UNCONDITIONAL and a.total + b.total > UNCONDITIONAL_LIMIT:
        return TwoRateTest(
            name=name, two_sided=math.nan, less=math.nan, greater=math.nan, z=math.nan
        )
    x1, n1, x2, n2 = a.retained, a.total, b.retained, b.total
    match name:
        case "score" | "score-mn":
            test = kernels.score(x1=x1, n1=n1, x2=x2, n2=n2, bias_corrected=name == "score-mn")
        case "fisher":
            test = kernels.fisher(x1=x1, n1=n1, x2=x2, n2=n2)
        case "boschloo":
            test = kernels.boschloo(x1=x1, n1=n1, x2=x2, n2=n2)
        case _:
            test = kernels.barnard(x1=x1, n1=n1, x2=x2, n2=n2, pooled=name == "barnard")
    return TwoRateTest(
        name=name,
        two_sided=float(test.two_sided),
        less=float(test.less),
        greater=float(test.greater),
        z=float(test.z),
    )


def worst_case(
    a: RetentionCounts,
    b: RetentionCounts,
    *,
    over: Literal["unknown", "rounding"],
    test: TwoRateTest,
    verdict_of: Callable[[RetentionCounts, RetentionCounts, float], str],
) -> WorstCase:
    """Return the difference, the test and the verdict at both ends of what is open.

    Parameters
    ----------
    a, b : RetentionCounts
        The two groups.
    over : {"unknown", "rounding"}
        Whether people of unknown status, or counts that print alike, are open.
    test : TwoRateTest
        The deciding test of the counts as given.
    verdict_of : callable
        Gives the verdict of two groups and a p-value.

    Returns
    -------
    WorstCase
        At the lowest and at the highest difference.
    """
    ends = [(_end(a, over, most=most), _end(b, over, most=not most)) for most in (False, True)]
    as_given = [(a.retained, a.total), (b.retained, b.total)]
    p_values = [
        test.two_sided
        if [(c.retained, c.total) for c in pair] == as_given
        else two_rate_test(*pair, name=test.name).two_sided
        for pair in ends
    ]
    low, high = (
        verdict_of(first, second, p) for (first, second), p in zip(ends, p_values, strict=True)
    )
    return WorstCase(
        low=ends[0][0].rate - ends[0][1].rate,
        high=ends[1][0].rate - ends[1][1].rate,
        p_low=p_values[0],
        p_high=p_values[1],
        verdicts=(low, high),
        holds=low == high == verdict_of(a, b, test.two_sided),
    )


def _end(counts: RetentionCounts, over: str, *, most: bool) -> RetentionCounts:
    """Fewest or most who may have stayed."""
    if over == "unknown":
        stayed = counts.unknown if most else 0
        return RetentionCounts(counts.retained + stayed, counts.total + counts.unknown)
    return RetentionCounts(counts.compatible[-1 if most else 0], counts.total)
