"""Exact power of the tests of one proportion: regions, power, detectable rates, sample size."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from talentstats.stats.binomial import lower_tail, upper_tail
from talentstats.stats.binomial_tests import exact_minlike
from talentstats.stats.limits import Floats, read_only
from talentstats.stats.roots import bracketed_root, last_holding

ExactTest = Literal["central", "minlike"]
Alternative = Literal["two-sided", "less", "greater"]

_BLOCK = 4096


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RejectionRegion:
    """The counts that a test rejects: both tails of 0..n.

    Parameters
    ----------
    low : numpy.ndarray
        Counts of this or fewer are rejected; -1 where no low count is.
    high : numpy.ndarray
        Counts of this or more are rejected; n + 1 where no high count is. Same shape.
    """

    low: Floats
    high: Floats

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DetectableRates:
    """The nearest true rates on either side of the benchmark that reach a power.

    Parameters
    ----------
    below, above : numpy.ndarray
        Rates of one shape; NaN where the test rejects nothing on that side.
    """

    below: Floats
    above: Floats

    def __post_init__(self) -> None:
        for name in ("below", "above"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampleSize:
    """Sizes at which exact power, which moves like a saw, reaches a target.

    Parameters
    ----------
    first_n : int or None
        Smallest n that reaches it; None if none up to `scanned_to` does.
    stays_n : int or None
        Smallest n from which on power stays at the target up to `scanned_to`; None if it is
        still missed there.
    power_at_first, power_at_stays, power_before_stays : float
        Power at `first_n`, `stays_n` and `stays_n` - 1 (0 at n = 0); NaN where there is no such n.
    scanned_to : int
        Largest n looked at: three times `first_n` and at least 200 more, or the limit.
    """

    first_n: int | None
    stays_n: int | None
    power_at_first: float
    power_at_stays: float
    power_before_stays: float
    scanned_to: int


def rejection_region(
    *,
    n: ArrayLike,
    rate: ArrayLike,
    level: ArrayLike,
    test: ExactTest,
    alternative: Alternative = "two-sided",
) -> RejectionRegion:
    """Region of counts whose exact p-value is at most 1 - level.

    Parameters
    ----------
    n : array_like
        Sizes, shapes that broadcast.
    rate : array_like
        Benchmark rates in (0, 1).
    level : array_like
        One minus the size of the test.
    test : {"central", "minlike"}
        Doubled smaller tail, or minimum likelihood; one-sided they are the same.
    alternative : {"two-sided", "less", "greater"}
        What the test looks for.

    Returns
    -------
    RejectionRegion
        The two tails, of the broadcast shape.

    Examples
    --------
    >>> region = rejection_region(n=100, rate=0.9, level=0.95, test="central")
    >>> float(region.low), float(region.high)
    (83.0, 96.0)
    """
    n, rate, level = np.broadcast_arrays(
        *(np.asarray(x, dtype=np.float64) for x in (n, rate, level))
    )
    # 1 - level is a rounded decimal; a p-value that equals it must be rejected.
    size = (1.0 - level) * (1.0 + 1e-12)
    none_low, none_high = np.full_like(n, -1.0), n + 1.0
    if test == "minlike" and alternative == "two-sided":
        mode = np.minimum(np.floor((n + 1.0) * rate), n)

        def rejected(j: Floats) -> np.ndarray:
            k = np.clip(j, 0.0, n)
            return np.asarray(exact_minlike(k=k, n=n, rate=rate).two_sided <= size)

        return RejectionRegion(
            low=last_holding(rejected, holds=none_low, fails=mode),
            high=last_holding(rejected, holds=none_high, fails=mode),
        )
    tail = size / 2.0 if alternative == "two-sided" else size
    low, high = none_low, none_high
    if alternative != "greater":
        low = last_holding(
            lambda j: lower_tail(k=j, n=n, rate=rate) <= tail, holds=none_low, fails=n
        )
    if alternative != "less":
        high = last_holding(
            lambda j: upper_tail(k=j, n=n, rate=rate) <= tail,
            holds=none_high,
            fails=np.zeros_like(n),
        )
    return RejectionRegion(low=low, high=high)


def _rejects(low: Floats, high: Floats, n: Floats, true_rate: ArrayLike) -> Floats:
    """Return the probability of either tail."""
    below = lower_tail(k=low, n=n, rate=true_rate)
    return np.asarray(below + upper_tail(k=high, n=n, rate=true_rate))


def power(
    *,
    n: ArrayLike,
    rate: ArrayLike,
    true_rate: ArrayLike,
    level: ArrayLike,
    test: ExactTest,
    alternative: Alternative = "two-sided",
) -> Floats:
    """Probability that the exact test rejects the benchmark when `true_rate` is true.

    Parameters
    ----------
    n : array_like
        Sizes, shapes that broadcast.
    rate : array_like
        Benchmark rates in (0, 1).
    true_rate : array_like
        Rates in [0, 1] at which power is wanted.
    level : array_like
        One minus the size of the test.
    test : {"central", "minlike"}
        Which exact test.
    alternative : {"two-sided", "less", "greater"}
        What the test looks for.

    Returns
    -------
    numpy.ndarray
        Power, the broadcast shape.

    Examples
    --------
    >>> power(n=100, rate=0.9, true_rate=[0.85, 0.87], level=0.95, test="central").round(6)
    array([0.327963, 0.151512])
    """
    region = rejection_region(n=n, rate=rate, level=level, test=test, alternative=alternative)
    return _rejects(region.low, region.high, np.asarray(n, dtype=np.float64), true_rate)


def detectable_rates(
    *, n: ArrayLike, rate: ArrayLike, level: ArrayLike, power: ArrayLike, test: ExactTest
) -> DetectableRates:
    """Nearest true rates that the two-sided exact test detects with the given power.

    Parameters
    ----------
    n : array_like
        Sizes, shapes that broadcast.
    rate : array_like
        Benchmark rates in (0, 1).
    level : array_like
        One minus the size of the test.
    power : array_like
        Target power, above 1 - level and below 1.
    test : {"central", "minlike"}
        Which exact test.

    Returns
    -------
    DetectableRates
        A rate on either side, of the broadcast shape; NaN where the test can reject nothing
        there, so that no rate reaches the power.

    Examples
    --------
    >>> found = detectable_rates(n=[20, 100], rate=0.9, level=0.95, power=0.8, test="central")
    >>> found.above.round(4)  # 20 of 20 is no surprise at 0.9
    array([  nan, 0.969])
    """
    region = rejection_region(n=n, rate=rate, level=level, test=test)
    n, rate, target, low, high = np.broadcast_arrays(
        *(np.asarray(x, dtype=np.float64) for x in (n, rate, power, region.low, region.high))
    )
    shape = n.shape
    n, rate, target, low, high = (x.ravel() for x in (n, rate, target, low, high))

    def excess(true_rate: Floats, i: np.ndarray) -> Floats:
        return np.asarray(_rejects(low[i], high[i], n[i], true_rate) - target[i])

    below = bracketed_root(excess, low=np.zeros_like(rate), high=rate)
    above = bracketed_root(excess, low=rate, high=np.ones_like(rate))
    return DetectableRates(
        below=np.where(low >= 0.0, below, np.nan).reshape(shape),
        above=np.where(high <= n, above, np.nan).reshape(shape),
    )


def sample_size(
    *,
    rate: float,
    true_rate: float,
    level: float,
    power: float,
    test: ExactTest,
    limit: int,
    alternative: Alternative = "two-sided",
) -> SampleSize:
    """Sizes from which the exact test has the given power at a true rate.

    Parameters
    ----------
    rate : float
        Benchmark in (0, 1).
    true_rate : float
        True rate in [0, 1], not the benchmark.
    level : float
        One minus the size of the test.
    power : float
        Target power in (0, 1).
    test : {"central", "minlike"}
        Which exact test.
    limit : int
        Largest n to look at. Where it cuts the scan short, `stays_n` holds only up to it.
    alternative : {"two-sided", "less", "greater"}
        What the test looks for.

    Returns
    -------
    SampleSize
        First and lasting n with their powers, and how far the scan went.

    Notes
    -----
    Exact power falls again and again as n grows, so the first n that reaches the target is not
    enough; every n up to three times the first is looked at.

    Examples
    --------
    >>> found = sample_size(
    ...     rate=0.9, true_rate=0.8, level=0.95, power=0.9, test="central", limit=1000
    ... )
    >>> found.first_n, found.stays_n
    (132, 143)
    """
    powers = np.zeros(1)
    first: int | None = None
    end = limit
    while powers.size <= end:
        sizes = np.arange(powers.size, min(powers.size + _BLOCK, end + 1), dtype=np.float64)
        region = rejection_region(
            n=sizes, rate=rate, level=level, test=test, alternative=alternative
        )
        powers = np.concatenate([powers, _rejects(region.low, region.high, sizes, true_rate)])
        if first is None and powers.max() >= power:
            first = int(np.argmax(powers >= power))
            end = min(limit, max(3 * first, first + 200))
    powers = powers[: end + 1]
    short = np.flatnonzero(powers < power)
    stays = int(short[-1]) + 1 if first is not None and short[-1] < end else None
    return SampleSize(
        first_n=first,
        stays_n=stays,
        power_at_first=float("nan") if first is None else float(powers[first]),
        power_at_stays=float("nan") if stays is None else float(powers[stays]),
        power_before_stays=float("nan") if stays is None else float(powers[stays - 1]),
        scanned_to=end,
    )
