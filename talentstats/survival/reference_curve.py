"""A reference curve: survival that is taken as known, from a benchmark, points or another curve."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from talentstats import checks
from talentstats.errors import InputError
from talentstats.published.benchmark import Benchmark
from talentstats.published.benchmark import benchmark as as_benchmark
from talentstats.published.hazards import Hazard, PublishedCurve, Weibull, piecewise_hazard
from talentstats.published.horizon import conditional_retention
from talentstats.stats.limits import Floats, read_only
from talentstats.survival.curve import SurvivalCurve
from talentstats.survival.reference_parts import function_hazard, published_rate

type Shape = Literal["power", "straight", "steps", "function"]

_NONE: Final = np.empty(0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReferenceCurve:
    """Survival S(t) = exp(-H(t)) on a clock that begins at 0, treated as known without error.

    Made by `constant`, `weibull`, `through`, `from_benchmark`, `from_curve`, `from_points` or
    `from_function`.

    Parameters
    ----------
    label : str
        Name for tables and sentences.
    assumption : str
        What makes a curve of the figures, such as "a constant hazard".
    shape : {"power", "straight", "steps", "function"}
        H(t) = scale * t ** power; H in straight lines between points; survival in steps; or a
        function of time.
    scale, power : float
        Of the power; NaN elsewhere.
    time, total : numpy.ndarray
        Points (m,) and H there.
    function : callable or None
        Survival at an array of times.
    first, last : float
        Times between which it is known; survival is 1 at the first.
    sources : tuple of str
        Ids of the benchmarks it was made from.

    Examples
    --------
    >>> curve = ReferenceCurve.constant(0.90, 5)
    >>> curve.survival([0, 5, 6]).round(6)
    array([1.      , 0.9     , 0.881234])
    """

    label: str
    assumption: str
    shape: Shape
    scale: float = float("nan")
    power: float = float("nan")
    time: Floats
    total: Floats
    function: Callable[[Floats], ArrayLike] | None = None
    first: float = 0.0
    last: float = float("inf")
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("time", "total"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @classmethod
    def constant(cls, rate: float, horizon: float, *, label: str | None = None) -> Self:
        """Curve of a constant hazard.

        Parameters
        ----------
        rate : float
            Stay rate at the horizon, in (0, 1).
        horizon : float
            Years.
        label : str or None
            Its name; None makes one such as "90% at 5 years".

        Returns
        -------
        ReferenceCurve
            The curve.
        """
        return cls.weibull(rate, horizon, 1.0, label=label)

    @classmethod
    def weibull(
        cls, rate: float, horizon: float, shape: float, *, label: str | None = None
    ) -> Self:
        """Curve of a Weibull hazard, which falls with time where the shape is below 1.

        Parameters
        ----------
        rate : float
            Stay rate at the horizon, in (0, 1).
        horizon : float
            Years.
        shape : float
            Power of time in the cumulative hazard, above 0.
        label : str or None
            Its name; None makes one such as "90% at 5 years".

        Returns
        -------
        ReferenceCurve
            The curve.

        Examples
        --------
        >>> ReferenceCurve.weibull(0.90, 5, 0.7).survival([5, 10]).round(6)
        array([0.9     , 0.842688])
        """
        stay, years = checks.rate(rate), checks.finite_number(horizon, name="horizon", above=0)
        power = checks.finite_number(shape, name="shape", above=0)
        return cls(
            label=label or f"{100 * stay:.10g}% at {years:g} years",
            assumption="a constant hazard" if power == 1 else Weibull(power).label,
            shape="power",
            scale=float(-np.log(stay) / years**power),
            power=power,
            time=_NONE,
            total=_NONE,
        )

    @classmethod
    def through(
        cls, first: tuple[float, float], second: tuple[float, float], *, label: str | None = None
    ) -> Self:
        """Weibull curve through two horizons of one cohort.

        Parameters
        ----------
        first, second : tuple of float
            Years and stay rate at either, such as (5, 0.90) and (10, 0.81).
        label : str or None
            Its name.

        Returns
        -------
        ReferenceCurve
            The curve.

        Raises
        ------
        InputError
            If the second is not later and lower than the first.

        Examples
        --------
        >>> curve = ReferenceCurve.through((5, 0.90), (10, 0.81))
        >>> round(curve.power, 12)  # the hazard turns out to be constant
        1.0
        """
        early, late = (checks.finite_number(p[0], name="years", above=0) for p in (first, second))
        high, low = (checks.rate(p[1]) for p in (first, second))
        if not (early < late and high > low):
            raise InputError(
                f"points ({early:g}, {high:g}) and ({late:g}, {low:g}): the second must be later "
                "and lower, as in (5, 0.90), (10, 0.81). Hint: are they of one cohort?"
            )
        power = float(np.log(np.log(low) / np.log(high)) / np.log(late / early))
        name = label or f"{100 * high:.10g}% at {early:g} and {100 * low:.10g}% at {late:g} years"
        return cls(
            label=name,
            assumption=f"a Weibull hazard of shape {power:.3g}, through both figures",
            shape="power",
            scale=float(-np.log(high) / early**power),
            power=power,
            time=_NONE,
            total=_NONE,
        )

    @classmethod
    def from_benchmark(
        cls,
        benchmark: Benchmark | str,
        *,
        hazard: Hazard = "constant",
        later: Benchmark | str | None = None,
    ) -> Self:
        """Curve through a published stay rate.

        Parameters
        ----------
        benchmark : Benchmark or str
            A figure with one horizon, or its id.
        hazard : "constant", Weibull, PublishedCurve or PiecewiseHazard
            Shape of the hazard; the figure sets its height.
        later : Benchmark, str or None
            A later figure of the same cohort and instrument: the Weibull curve through both.

        Returns
        -------
        ReferenceCurve
            The curve, known as far as its hazard is.

        Raises
        ------
        InputError
            If the figure is only a bound, has no single horizon or was moved to another one, is a
            stock under another hazard than the constant one, or the two cannot be chained.

        Examples
        --------
        >>> curve = ReferenceCurve.from_benchmark("sei2020-china-10yr")
        >>> float(curve.survival(10).round(12)), curve.assumption
        (0.9, 'a constant hazard')
        """
        one = benchmark if isinstance(benchmark, Benchmark) else as_benchmark(benchmark)
        rate, years = published_rate(one)
        if later is not None:
            second = later if isinstance(later, Benchmark) else as_benchmark(later)
            piecewise_hazard(one, second)  # refuses figures of two cohorts
            label = f"{one.short_label} and {second.rate_label} at {second.horizon:g} years"
            curve = cls.through((years, rate), published_rate(second)[::-1], label=label)
            return cls._like(curve, sources=(one.id, second.id))
        if isinstance(hazard, str | Weibull):
            if one.basis == "stock" and not isinstance(hazard, str):
                raise InputError(
                    f"'{one.id}' is a stock: how long its people had already stayed is not "
                    "published, so that only hazard='constant' makes a curve of it."
                )
            conditional_retention(rate, horizon=years, start=0, stop=years, hazard=hazard)
            power = 1.0 if isinstance(hazard, str) else hazard.shape
            curve = cls.weibull(rate, years, power, label=one.short_label)
            return cls._like(curve, sources=(one.id,))
        time = np.array([0.0, *hazard.years])
        stay = conditional_retention(rate, horizon=years, start=0.0, stop=time, hazard=hazard)
        curve = cls.from_points(time[1:], stay[1:], label=one.short_label)
        return cls._like(curve, sources=(one.id,), assumption=hazard.label)

    @classmethod
    def from_points(
        cls, years: ArrayLike, survival: ArrayLike, *, label: str = "the reference curve"
    ) -> Self:
        """Curve through points, its hazard constant between them.

        Parameters
        ----------
        years, survival : array_like
            Times above 0, increasing, and survival there, in (0, 1], never rising (m,).
        label : str
            Its name.

        Returns
        -------
        ReferenceCurve
            The curve, known up to the last point.

        Examples
        --------
        >>> ReferenceCurve.from_points([2, 4], [0.9, 0.8]).survival([1, 4]).round(6)
        array([0.948683, 0.8     ])
        """
        time, stay = (np.asarray(x, dtype=np.float64).ravel().tolist() for x in (years, survival))
        if time and time[0] == 0 and stay[:1] == [1.0]:
            time, stay = time[1:], stay[1:]
        points = PublishedCurve(time, stay)
        return cls(
            label=label,
            assumption="a hazard that is constant between points",
            shape="straight",
            time=np.append(0.0, points.years),
            total=np.append(0.0, -np.log(points.stay_rate)),
            last=float(points.years[-1]),
        )

    @classmethod
    def from_function(
        cls, survival: Callable[[Floats], ArrayLike], *, label: str = "the reference curve"
    ) -> Self:
        """Curve of a function of time.

        Parameters
        ----------
        survival : callable
            Takes times (m,), returns survival there, in (0, 1] and never rising.
        label : str
            Its name.

        Returns
        -------
        ReferenceCurve
            The curve. It can be pickled if the function can.

        Examples
        --------
        >>> ReferenceCurve.from_function(lambda t: 0.9**t).cumulative_hazard([1]).round(6)
        array([0.105361])
        """
        return cls(
            label=label,
            assumption="a curve that was given",
            shape="function",
            function=survival,
            time=_NONE,
            total=_NONE,
        )

    @classmethod
    def from_curve(
        cls, curve: SurvivalCurve, *, group: str | None = None, label: str | None = None
    ) -> Self:
        """Curve that was estimated from other people; its own error is not counted.

        Parameters
        ----------
        curve : SurvivalCurve
            The estimate.
        group : str or None
            Which of its groups; None where there is one.
        label : str or None
            Its name; None is that of the group.

        Returns
        -------
        ReferenceCurve
            Steps, known from where the curve begins to its last step above 0 or last use.

        Raises
        ------
        InputError
            If the group is not one of the curve's.
        """
        if group is None and len(curve.groups) > 1:
            raise InputError(
                f"the curve has groups {', '.join(curve.labels)}; say which with group=."
            )
        chosen = checks.one_of(group or curve.labels[0], curve.labels, name="group")
        one = curve.groups[curve.labels.index(chosen)]
        time = np.unique(np.append(one.start, one.steps()[0]))
        stay = one.survival(time)[0]
        time, stay = time[stay > 0.0], stay[stay > 0.0]
        return cls(
            label=label or ("the reference curve" if chosen == "all" else chosen),
            assumption=f"a {curve.method} curve of other people, without its error",
            shape="steps",
            time=time,
            total=-np.log(stay),
            first=float(one.start),
            last=float(time[-1]),
        )

    def survival(self, at: ArrayLike) -> Floats:
        """Probability of staying beyond a time.

        Parameters
        ----------
        at : array_like
            Times, any shape.

        Returns
        -------
        numpy.ndarray
            Survival, same shape.
        """
        return np.exp(-self.cumulative_hazard(at))

    def cumulative_hazard(self, at: ArrayLike) -> Floats:
        """Minus the logarithm of survival.

        Parameters
        ----------
        at : array_like
            Times between `first` and `last`, any shape.

        Returns
        -------
        numpy.ndarray
            H, same shape.

        Raises
        ------
        InputError
            If the curve is not known at a time.
        """
        when = np.asarray(at, dtype=np.float64)
        if when.size and not (when.min() >= self.first and when.max() <= self.last):
            worst = when.min() if when.min() < self.first else when.max()
            raise InputError(
                f"{self.label} is known from {self.first:g} to {self.last:g} years, and "
                f"{worst:g} is asked for. Hint: leave out people beyond it, or choose a reference "
                "whose hazard goes on."
            )
        if self.shape == "power":
            return np.asarray(self.scale * when**self.power)
        if self.shape == "straight":
            return np.asarray(np.interp(when, self.time, self.total))
        if self.function is None:
            place = np.searchsorted(self.time, when, side="right") - 1
            return np.asarray(self.total[place])
        return function_hazard(self.function, when, label=self.label)

    @classmethod
    def _like(cls, curve: Self, **changed: Any) -> Self:
        """Return the same curve with some fields changed."""
        names = cls.__dataclass_fields__
        return cls(**{name: getattr(curve, name) for name in names} | changed)
