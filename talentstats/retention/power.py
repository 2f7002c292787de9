"""What a study of this size could have seen."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, get_args

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.published.benchmark import Benchmark
from talentstats.published.benchmark import benchmark as as_benchmark
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.stats import power as kernels

if TYPE_CHECKING:
    import pandas as pd

TESTS: Final[tuple[kernels.ExactTest, ...]] = get_args(kernels.ExactTest)
# Beyond this many people an exact scan is not worth its time, and a normal
# approximation answers the question.
SAMPLE_SIZE_LIMIT: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DetectableRates:
    """The nearest rates on either side of a benchmark that a study detects.

    Parameters
    ----------
    power : float
        Probability of detection asked for.
    below, above : float
        Highest rate below and lowest rate above the benchmark detected with that
        probability; NaN where there is no such rate.
    """

    power: float
    below: float
    above: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RequiredSize:
    """People needed to detect a rate.

    Parameters
    ----------
    true_rate : float
        Rate to be detected.
    power : float
        Target.
    first_n : int or None
        Smallest number of people with that power; None when beyond `limit`.
    stays_n : int or None
        Number of people from which power stays there; exact power is a saw, so it
        is larger.
    limit : int
        Where the search stopped.
    """

    true_rate: float
    power: float
    first_n: int | None
    stays_n: int | None
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PowerAnalysis:
    """Power of the exact test of a benchmark; made by `retention_power`.

    Parameters
    ----------
    n : int
        People of known status.
    rate : float
        Benchmark, treated as a constant.
    level : float
        The test is held against 1 - level.
    test : str
        "central" or "minlike".
    alternative : float
        The named alternative.
    value : float
        Power at the alternative.
    alternative_is_estimate : bool
        Whether the alternative is the observed rate. Power there restates the
        p-value and is no evidence.
    rates, curve : ndarray of float
        Shape (m,): true rates and the power at each.
    detectable : tuple of DetectableRates
        At 80% and 90% power.
    required : RequiredSize
        People needed for 80% power at the alternative.
    provenance : Provenance
        What made this result.
    """

    n: int
    rate: float
    level: float
    test: kernels.ExactTest
    alternative: float
    value: float
    alternative_is_estimate: bool
    rates: NDArray[np.float64]
    curve: NDArray[np.float64]
    detectable: tuple[DetectableRates, ...]
    required: RequiredSize
    provenance: Provenance

    @property
    def sentence(self) -> str:
        """What the study could see, in one sentence or two."""
        most = self.detectable[0]
        sides = []
        for word, value in (("or lower", most.below), ("or higher", most.above)):
            sides.append("no such rate" if np.isnan(value) else f"{100 * value:.1f}% {word}")
        seen = (
            f"With {self.n} people the exact {self.test} test sees a true rate of "
            f"{100 * self.alternative:.1f}% with probability {100 * self.value:.0f}%; "
            f"it sees with 80% probability: below the benchmark {sides[0]}, above it {sides[1]}."
        )
        if self.alternative_is_estimate:
            seen += " (Power at the observed rate restates the p-value and is no evidence.)"
        return seen

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return the power curve, one row a true rate.

        Parameters
        ----------
        level : float
            Level of the test, recomputed.

        Returns
        -------
        pandas.DataFrame
            `term` is "power", `estimate` the power, `rate` the true rate.
        """
        checked = checks.level(level)
        curve = kernels.power(
            n=self.n, rate=self.rate, true_rate=self.rates, level=checked, test=self.test
        )
        return tidy_frame(
            [
                {"term": "power", "estimate": p, "conf_level": checked, "rate": r}
                for r, p in zip(self.rates, curve, strict=True)
            ]
        )

    def glance(self) -> "pd.DataFrame":
        """Return one row: the alternative, its power, what can be detected, people needed.

        Returns
        -------
        pandas.DataFrame
            Shape (1, 13).
        """
        return glance_frame(
            {
                "n": self.n,
                "rate": self.rate,
                "level": self.level,
                "test": self.test,
                "alternative": self.alternative,
                "power": self.value,
                "alternative_is_estimate": self.alternative_is_estimate,
                "detectable_below_80": self.detectable[0].below,
                "detectable_above_80": self.detectable[0].above,
                "detectable_below_90": self.detectable[1].below,
                "detectable_above_90": self.detectable[1].above,
                "first_n": self.required.first_n,
                "stays_n": self.required.stays_n,
            }
        )


def retention_power(
    n: int,
    benchmark: Benchmark | float | str,
    *,
    alternative: float,
    observed: float | None = None,
    level: float = 0.95,
    test: kernels.ExactTest = "central",
) -> PowerAnalysis:
    """Compute the exact power of the test of a stay rate against a benchmark.

    Assumptions: the benchmark is a constant; people stay or leave independently.

    Parameters
    ----------
    n : int
        People of known status.
    benchmark : Benchmark, float or str
        The rate that is tested, or the id of a published one.
    alternative : float
        The true rate at which power is stated.
    observed : float or None
        The observed rate, if there is one: power there is marked as no evidence.
    level : float
        The test rejects when p <= 1 - level.
    test : str
        "central" or "minlike".

    Returns
    -------
    PowerAnalysis
        Power at the alternative, the curve, detectable rates, people needed.

    Raises
    ------
    InputError
        If a rate or the level is outside (0, 1), or n is not a whole number of 1
        or more.
    UnknownNameError
        If there is no such test.

    References
    ----------
    Chernick and Liu (2002), The American Statistician 56:149-155,
    doi:10.1198/000313002317572835.

    Examples
    --------
    >>> analysis = retention_power(100, 0.90, alternative=0.87)
    >>> round(analysis.value, 6), analysis.required.stays_n
    (0.151512, 933)
    """
    people = checks.whole_number(n, name="n", minimum=1)
    if isinstance(benchmark, str):
        benchmark = as_benchmark(benchmark)
    rate = benchmark_rate(benchmark)
    target = checks.rate(alternative, name="alternative")
    checked = checks.level(level)
    checks.one_of(test, TESTS, name="test")
    # Steps of half a point over the rates that stay rates take, all rates for a low benchmark.
    grid = np.arange(1 if rate < 0.6 else 100, 200) / 200
    rates = np.unique(np.concatenate([grid, [target, rate]]))
    curve = kernels.power(n=people, rate=rate, true_rate=rates, level=checked, test=test)
    rates.flags.writeable = False
    curve.flags.writeable = False
    return PowerAnalysis(
        n=people,
        rate=rate,
        level=checked,
        test=test,
        alternative=target,
        value=float(kernels.power(n=people, rate=rate, true_rate=target, level=checked, test=test)),
        alternative_is_estimate=observed is not None and target == observed,
        rates=rates,
        curve=curve,
        detectable=tuple(
            _detectable(people, rate=rate, level=checked, target=p, test=test) for p in (0.8, 0.9)
        ),
        required=required_size(rate, true_rate=target, level=checked, power=0.8, test=test),
        provenance=Provenance(
            function="retention_power",
            arguments={
                "n": people,
                "benchmark": rate,
                "alternative": target,
                "level": checked,
                "test": test,
            },
            method=f"exact {test} binomial test",
            sources=benchmark_sources(benchmark),
        ),
    )


def required_size(
    rate: float, *, true_rate: float, level: float, power: float, test: kernels.ExactTest
) -> RequiredSize:
    """Return the people needed to detect a rate with a given power.

    Parameters
    ----------
    rate : float
        Benchmark.
    true_rate : float
        Rate to be detected.
    level : float
        Level of the test.
    power : float
        Target.
    test : str
        "central" or "minlike".

    Returns
    -------
    RequiredSize
        First number and the number from which power stays; None beyond the limit.
    """
    if true_rate == rate:
        return RequiredSize(
            true_rate=true_rate, power=power, first_n=None, stays_n=None, limit=SAMPLE_SIZE_LIMIT
        )
    found = kernels.sample_size(
        rate=rate,
        true_rate=true_rate,
        level=level,
        power=power,
        test=test,
        limit=SAMPLE_SIZE_LIMIT,
    )
    return RequiredSize(
        true_rate=true_rate,
        power=power,
        first_n=found.first_n,
        stays_n=found.stays_n,
        limit=SAMPLE_SIZE_LIMIT,
    )


def benchmark_rate(benchmark: Benchmark | float) -> float:
    """Return the rate of a benchmark, or a checked rate.

    Parameters
    ----------
    benchmark : Benchmark or float
        What the caller gave.

    Returns
    -------
    float
        A rate in (0, 1).

    Raises
    ------
    InputError
        If the benchmark is published as a bound only, or the rate is not in (0, 1).
    """
    if isinstance(benchmark, Benchmark):
        return benchmark.required_rate()
    return checks.rate(benchmark, name="benchmark")


def checked_benchmark(value: Benchmark) -> Benchmark:
    """Return a benchmark that is one.

    Parameters
    ----------
    value : Benchmark
        What the caller gave.

    Returns
    -------
    Benchmark
        The same.

    Raises
    ------
    InputError
        If it is something else, such as an id or a rate.
    """
    if not isinstance(value, Benchmark):
        raise InputError(
            f"benchmark {value!r} is not a Benchmark. Hint: benchmark({value!r}) makes one of an "
            "id or a rate; benchmarks('China') gives all published ones."
        )
    return value


def benchmark_sources(benchmark: Benchmark | float) -> tuple[str, ...]:
    """Return the source of a benchmark, if it has one.

    Parameters
    ----------
    benchmark : Benchmark or float
        What the caller gave.

    Returns
    -------
    tuple of str
        No source, or one.
    """
    if isinstance(benchmark, Benchmark) and benchmark.source_id:
        return (benchmark.source_id,)
    return ()


def _detectable(
    n: int, *, rate: float, level: float, target: float, test: kernels.ExactTest
) -> DetectableRates:
    """Name the kernel's numbers."""
    found = kernels.detectable_rates(n=n, rate=rate, level=level, power=target, test=test)
    return DetectableRates(power=target, below=float(found.below), above=float(found.above))
