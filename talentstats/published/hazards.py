"""Shapes of the hazard of leaving, and of the tenure of those who are compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError

if TYPE_CHECKING:
    from talentstats.published.benchmark import Benchmark


@dataclass(frozen=True, slots=True)
class Weibull:
    """Hazard that falls (shape below 1) or rises (above 1) as a power of time.

    The cumulative hazard is proportional to years**shape; its height comes from the benchmark.

    Parameters
    ----------
    shape : float
        Power of time, above 0; 1 is the constant hazard.

    Raises
    ------
    InputError
        If the shape is not a positive number.

    Examples
    --------
    >>> Weibull(0.7).label
    'a Weibull hazard of shape 0.7'
    """

    shape: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", checks.finite_number(self.shape, name="shape", above=0))

    @property
    def label(self) -> str:
        """Name of the assumption, ready for a sentence."""
        return f"a Weibull hazard of shape {self.shape:g}"

    @property
    def knots(self) -> tuple[float, ...]:
        """Years at which the hazard jumps: none."""
        return ()

    def cumulative(self, years: NDArray[np.float64]) -> NDArray[np.float64]:
        """Cumulative hazard up to a constant factor.

        Parameters
        ----------
        years : numpy.ndarray, any shape
            Years since the start.

        Returns
        -------
        numpy.ndarray, shape of `years`
            The value years**shape.
        """
        return np.asarray(years**self.shape, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class PublishedCurve:
    """Hazard read off a published curve of stay rates, constant between its points.

    Only the shape of the curve is used: the benchmark's own rate sets its height
    (proportional hazards), so that the curve of another population can be borrowed.

    Parameters
    ----------
    years : sequence of m floats
        Years since the start, above 0 and increasing.
    stay_rate : sequence of m floats
        Share still there at those years, in (0, 1], never rising.
    label : str
        Name of the curve in sentences.

    Raises
    ------
    InputError
        If the two differ in length, the years do not increase, or a later rate is above
        an earlier one.

    Examples
    --------
    >>> curve = PublishedCurve([1, 5, 10], [0.93, 0.85, 0.81])
    >>> curve.cumulative(np.array([0, 1, 5])).round(4)
    array([0.    , 0.0726, 0.1625])
    """

    years: Sequence[float]
    stay_rate: Sequence[float]
    label: str = "the hazard of a published curve"

    def __post_init__(self) -> None:
        years, rates = _increasing(self.years), _numbers(self.stay_rate, "stay_rate")
        _same_length(years, rates, "stay_rate")
        if not all(0 < r <= 1 for r in rates):
            raise InputError(
                f"stay_rate={list(rates)} must lie in (0, 1]. Hint: 90% is written 0.90."
            )
        for (t0, r0), (t1, r1) in pairwise(zip(years, rates, strict=True)):
            if r1 > r0:
                raise InputError(
                    f"stay_rate rises from {r0:g} at {t0:g} years to {r1:g} at {t1:g} years; "
                    "a curve of people still there can only fall. "
                    "Hint: are the two numbers of one cohort and one instrument?"
                )
        object.__setattr__(self, "years", years)
        object.__setattr__(self, "stay_rate", rates)

    @property
    def knots(self) -> tuple[float, ...]:
        """Years at which the hazard jumps."""
        return tuple(self.years)

    def cumulative(self, years: NDArray[np.float64]) -> NDArray[np.float64]:
        """Cumulative hazard, interpolated along straight lines.

        Parameters
        ----------
        years : numpy.ndarray, any shape
            Years since the start, at most the last published one.

        Returns
        -------
        numpy.ndarray, shape of `years`
            Minus the logarithm of the curve.
        """
        return _interpolated(years, self.years, -np.log(np.array(self.stay_rate)), self.label)


@dataclass(frozen=True, slots=True)
class PiecewiseHazard:
    """Hazard constant on stretches of time; net when people also came back.

    Parameters
    ----------
    years : sequence of m floats
        Ends of the stretches, above 0 and increasing; the first one starts at 0.
    hazard : sequence of m floats
        Yearly hazard on each stretch, 0 or more.
    label : str
        Name of the hazard in sentences.

    Raises
    ------
    InputError
        If the two differ in length, the years do not increase, or a hazard is negative.

    Examples
    --------
    >>> PiecewiseHazard([5, 10], [0.02, 0.01]).cumulative(np.array([5, 6, 10])).round(4)
    array([0.1 , 0.11, 0.15])
    """

    years: Sequence[float]
    hazard: Sequence[float]
    label: str = "a piecewise constant hazard"

    def __post_init__(self) -> None:
        years, hazard = _increasing(self.years), _numbers(self.hazard, "hazard")
        _same_length(years, hazard, "hazard")
        if not all(0 <= h < np.inf for h in hazard):
            raise InputError(f"hazard={list(hazard)} must be 0 or more on every stretch.")
        object.__setattr__(self, "years", years)
        object.__setattr__(self, "hazard", hazard)

    @property
    def knots(self) -> tuple[float, ...]:
        """Years at which the hazard jumps."""
        return tuple(self.years)

    def cumulative(self, years: NDArray[np.float64]) -> NDArray[np.float64]:
        """Cumulative hazard.

        Parameters
        ----------
        years : numpy.ndarray, any shape
            Years since the start, at most the end of the last stretch.

        Returns
        -------
        numpy.ndarray, shape of `years`
            Hazard summed over the years lived.
        """
        total = np.cumsum(np.array(self.hazard) * np.diff([0.0, *self.years]))
        return _interpolated(years, self.years, total, self.label)


def piecewise_hazard(earlier: "Benchmark", later: "Benchmark") -> PiecewiseHazard:
    """Net hazard between two published horizons of one cohort and one instrument.

    It is net: people who left and came back between the horizons count as having stayed.

    Parameters
    ----------
    earlier, later : Benchmark
        Two figures of the same people by the same instrument, the shorter horizon first.

    Returns
    -------
    PiecewiseHazard
        Two stretches: 0 to the earlier horizon, then to the later one.

    Raises
    ------
    InputError
        If population, origin, field, cohort or instrument differ or are not stated, if a figure
        has no single horizon or is only a bound, or if the later rate is above the earlier one.

    Examples
    --------
    >>> from talentstats.published import benchmark, piecewise_hazard
    >>> net = piecewise_hazard(benchmark("shvadron2025-5yr"), benchmark("shvadron2025-15yr"))
    >>> [round(h, 4) for h in net.hazard]
    [0.0211, 0.0182]
    """
    both = f"'{earlier.id}' ({_shown(earlier)}) and '{later.id}' ({_shown(later)})"
    names = ("cohort", "instrument", "population", "origin", "field")
    pairs = {name: (getattr(earlier, name), getattr(later, name)) for name in names}
    apart = [f"{n} is {a!r} and {b!r}" for n, (a, b) in pairs.items() if a is None or a != b]
    if apart:
        raise InputError(
            f"{both} cannot be chained: {'; '.join(apart)}. A hazard needs one cohort followed by "
            "one instrument. Hint: for a curve of your own use PublishedCurve(years, stay_rate)."
        )
    if earlier.basis != "cohort" or later.basis != "cohort":
        raise InputError(f"{both} cannot be chained: a stock has no common start.")
    if earlier.rate is None or later.rate is None or not earlier.horizon or not later.horizon:
        raise InputError(f"{both} cannot be chained: each needs one rate at one horizon.")
    if later.horizon <= earlier.horizon:
        raise InputError(f"{both} cannot be chained: give the shorter horizon first.")
    if later.rate > earlier.rate:
        raise InputError(
            f"{both} cannot be chained: {later.rate:.1%} at {later.horizon:g} years is above "
            f"{earlier.rate:.1%} at {earlier.horizon:g} years, which attrition cannot do."
        )
    lost = -np.log([earlier.rate, later.rate])
    years = (earlier.horizon, later.horizon)
    return PiecewiseHazard(
        years=years,
        hazard=tuple(np.diff(lost, prepend=0.0) / np.diff(years, prepend=0.0)),
        label=f"the net hazard of {earlier.id} and {later.id}",
    )


@dataclass(frozen=True, slots=True)
class TenureDistribution:
    """How long the members of a stock have already stayed.

    Parameters
    ----------
    years : sequence of m floats
        Years already stayed, 0 or more.
    weights : sequence of m floats
        Share or number of members at each, 0 or more; stored as shares that sum to 1.

    Raises
    ------
    InputError
        If lengths differ, a value is negative, or all weights are 0.

    Examples
    --------
    >>> TenureDistribution([0, 4], [30, 70]).weights
    (0.3, 0.7)
    """

    years: Sequence[float]
    weights: Sequence[float]

    def __post_init__(self) -> None:
        years = tuple(float(y) for y in self.years)
        weights = tuple(float(w) for w in self.weights)
        _same_length(years, weights, "weights")
        for name, values in (("years", years), ("weights", weights)):
            if not values or not all(0 <= v < np.inf for v in values):
                raise InputError(f"{name}={list(values)} of a tenure must be numbers of 0 or more.")
        if sum(weights) == 0:
            raise InputError("All weights of the tenure are 0; at least one must be above 0.")
        object.__setattr__(self, "years", years)
        object.__setattr__(self, "weights", tuple(w / sum(weights) for w in weights))


@dataclass(frozen=True, slots=True)
class TenureRange:
    """Tenure that was not published: anything between two limits.

    Parameters
    ----------
    low, high : float
        Fewest and most years already stayed.

    Raises
    ------
    InputError
        If the limits are negative or the wrong way round.

    Examples
    --------
    >>> TenureRange(0, 10).high
    10.0
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        low = checks.finite_number(self.low, name="low", above=0, closed=True)
        high = checks.finite_number(self.high, name="high", above=low, closed=True)
        object.__setattr__(self, "low", low)
        object.__setattr__(self, "high", high)


type Hazard = Literal["constant"] | Weibull | PublishedCurve | PiecewiseHazard
type Tenure = float | TenureDistribution | TenureRange


def _increasing(values: Sequence[float]) -> tuple[float, ...]:
    """Years as a tuple, refused unless they are above 0 and increase."""
    years = _numbers(values, "years")
    if not years or years[0] <= 0 or any(b <= a for a, b in pairwise(years)):
        raise InputError(
            f"years={list(years)} must be above 0 and increase. Hint: the start (year 0, where "
            "all are there) is understood; leave it out."
        )
    return years


def _numbers(values: Sequence[float], name: str) -> tuple[float, ...]:
    """Finite numbers, or a message that says what was found."""
    if not np.iterable(values):
        raise InputError(f"{name}={values!r} is not a list of numbers; give one for each year.")
    return tuple(checks.finite_number(value, name=name) for value in values)


def _same_length(years: Sequence[float], other: Sequence[float], name: str) -> None:
    """Refuse two sequences of different length."""
    if len(years) != len(other):
        raise InputError(
            f"years has {len(years)} values and {name} has {len(other)}; give one for each year."
        )


def _interpolated(
    years: NDArray[np.float64],
    knots: Sequence[float],
    total: NDArray[np.float64],
    label: str,
) -> NDArray[np.float64]:
    """Cumulative hazard between knots; beyond the last one nothing is known."""
    asked = float(np.max(years))
    if asked > knots[-1]:
        raise InputError(
            f"{label} ends at {knots[-1]:g} years and {asked:g} years are asked for (tenure plus "
            "horizon). Hint: take a shorter tenure, or a hazard that is defined there."
        )
    return np.asarray(np.interp(years, [0.0, *knots], [0.0, *total]), dtype=np.float64)


def _shown(one: "Benchmark") -> str:
    """Show the figure of a benchmark with its horizon, for a message."""
    horizon = one.horizon_as_printed if one.horizon is None else f"{one.horizon:g} years"
    figure = one.as_printed if one.rate is None else f"{one.rate:.1%}"
    return f"{figure} at {horizon}"
