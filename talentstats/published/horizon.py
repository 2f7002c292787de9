"""Moving a stay rate from its published horizon to another one, with the assumption said aloud."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats import checks
from talentstats.errors import InputError, UnknownNameError
from talentstats.published.hazards import (
    Hazard,
    PiecewiseHazard,
    PublishedCurve,
    Tenure,
    TenureDistribution,
    TenureRange,
    Weibull,
)

if TYPE_CHECKING:
    from talentstats.published.benchmark import Benchmark, StdErrorStatus

_FROM_START = "followed from the start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """What was assumed to move a benchmark to another horizon.

    Parameters
    ----------
    from_horizon, to_horizon : float
        Years, as published and as compared.
    from_rate : float or None
        Rate as published; None when the figure is only a bound.
    hazard : str
        The assumption, ready for a sentence ("a constant hazard").
    tenure : str or None
        Years that the compared people had already stayed, in words; None when it does not matter.
    sentence : str
        The whole step in one sentence.

    Examples
    --------
    >>> from talentstats.published import benchmark
    >>> benchmark(0.90, horizon=5).at_horizon(6).alignment.sentence
    '90.0% at 5 years is 88.1% at 6 years under a constant hazard.'
    """

    from_horizon: float
    to_horizon: float
    from_rate: float | None
    hazard: str
    tenure: str | None
    sentence: str


def conditional_retention(
    rate: ArrayLike,
    *,
    horizon: float,
    start: ArrayLike,
    stop: ArrayLike,
    hazard: Hazard = "constant",
) -> NDArray[np.float64]:
    """Share still there at `stop` among those still there at `start`.

    The estimand is S(stop)/S(start) for a population with S(horizon) = rate; with
    cumulative hazard shape H it is rate ** ((H(stop) - H(start)) / H(horizon)).

    Assumptions: the hazard has the given shape, and is the same for everyone (those who stayed
    are no different, except for the time they have served).

    Parameters
    ----------
    rate : array_like
        Stay rate at `horizon`, in [0, 1].
    horizon : float
        Years at which `rate` holds.
    start, stop : array_like
        Years since the start; shapes broadcast with `rate`.
    hazard : "constant", Weibull, PublishedCurve or PiecewiseHazard
        Shape of the hazard.

    Returns
    -------
    numpy.ndarray
        Conditional retention, of the broadcast shape.

    Raises
    ------
    InputError
        If the hazard is 0 up to `horizon`, or is not defined as far as asked.
    UnknownNameError
        If the hazard has no such name.

    Examples
    --------
    >>> conditional_retention(0.81, horizon=10, start=5, stop=[8, 10]).round(4)
    array([0.9387, 0.9   ])
    >>> conditional_retention(
    ...     0.90, horizon=5, start=[0, 3], stop=[6, 9], hazard=Weibull(0.7)
    ... ).round(4)
    array([0.8872, 0.9182])
    """
    try:
        shares, begin, end = (np.asarray(x, dtype=np.float64) for x in (rate, start, stop))
    except (TypeError, ValueError):
        raise InputError(
            f"rate={rate!r}, start={start!r}, stop={stop!r}: allowed are numbers."
        ) from None
    checks.finite_number(horizon, name="horizon", above=0)
    if not ((shares >= 0) & (shares <= 1)).all():
        raise InputError(f"rate={rate!r} is not allowed; allowed is 0 to 1. Hint: 90% is 0.90.")
    if not ((begin >= 0) & (begin <= end) & (end < np.inf)).all():
        raise InputError(
            f"start={start!r}, stop={stop!r}: allowed are years with 0 <= start <= stop."
        )
    return np.asarray(
        shares ** _exponent(hazard, horizon, begin, end),
        dtype=np.float64,
    )


def align(
    one: "Benchmark", horizon: float, *, hazard: Hazard = "constant", tenure: Tenure | None = None
) -> "Benchmark":
    """Benchmark at another horizon; `Benchmark.at_horizon` is the usual way to call it.

    Parameters
    ----------
    one : Benchmark
        The figure as published, or made by hand.
    horizon : float
        Years to move it to.
    hazard : "constant", Weibull, PublishedCurve or PiecewiseHazard
        Shape of the hazard of leaving.
    tenure : float, TenureDistribution, TenureRange or None
        Years that the people to be compared had already stayed; 0 is a cohort from its start.

    Returns
    -------
    Benchmark
        The same figure at the new horizon, with its `alignment`.

    Raises
    ------
    InputError
        If the benchmark has no single horizon, is a stock under another hazard than the
        constant one, is aligned already, or if the hazard needs a tenure and has none.

    Examples
    --------
    >>> from talentstats.published import benchmark
    >>> round(align(benchmark(0.90, horizon=10), 6).rate, 10)
    0.9387403934
    """
    to = checks.finite_number(horizon, name="horizon", above=0)
    _check_hazard(hazard)
    published = _alignable(one, hazard, tenure)
    starts, weights, words = _tenure_points(hazard, tenure, to)
    exponents = _exponent(hazard, published, starts, starts + to)

    def moved(rate: float) -> NDArray[np.float64]:
        return np.asarray(rate**exponents, dtype=np.float64)

    low, high = moved(one.rate_low), moved(one.rate_high)
    rate: float | None = None
    std_error, se_status = None, None
    if isinstance(tenure, TenureRange) and hazard != "constant":
        bounds = float(low.min()), float(high.max())
    else:
        bounds = float(low @ weights), float(high @ weights)
        if one.rate is not None:
            rate = float(moved(one.rate) @ weights)
            own, se_status = _own_std_error(one, one.rate)
            if own is not None:
                std_error = own * float((exponents * one.rate ** (exponents - 1)) @ weights)
    name = "a constant hazard" if isinstance(hazard, str) else hazard.label
    return replace(
        one,
        rate=rate,
        rate_low=bounds[0],
        rate_high=bounds[1],
        horizon=to,
        std_error=std_error,
        se_status=se_status,
        alignment=Alignment(
            from_horizon=published,
            to_horizon=to,
            from_rate=one.rate,
            hazard=name,
            tenure=words,
            sentence=_sentence(one, published, to, rate, bounds, name, words),
        ),
    )


def _exponent(
    hazard: Hazard, horizon: float, start: ArrayLike, stop: ArrayLike
) -> NDArray[np.float64]:
    """Power to which the rate at `horizon` is raised: (H(stop) - H(start)) / H(horizon)."""
    begin, end = np.asarray(start, dtype=np.float64), np.asarray(stop, dtype=np.float64)
    _check_hazard(hazard)
    if isinstance(hazard, str):
        return np.asarray((end - begin) / horizon, dtype=np.float64)
    base = float(hazard.cumulative(np.array(horizon, dtype=np.float64)))
    if base == 0:
        raise InputError(
            f"{hazard.label} has nobody leaving in the first {horizon:g} years, so it cannot "
            "carry a rate at that horizon."
        )
    return np.asarray((hazard.cumulative(end) - hazard.cumulative(begin)) / base, dtype=np.float64)


def _check_hazard(hazard: object) -> None:
    """Refuse what is no hazard."""
    if hazard != "constant" and not isinstance(hazard, Weibull | PublishedCurve | PiecewiseHazard):
        raise UnknownNameError(
            f"hazard={hazard!r} is not known; allowed are 'constant', Weibull(shape), "
            "PublishedCurve(years, stay_rate) and PiecewiseHazard(years, hazard). "
            "Hint: piecewise_hazard(earlier, later) makes one from two benchmarks."
        )


def _alignable(one: "Benchmark", hazard: Hazard, tenure: Tenure | None) -> float:
    """Return the published horizon, or say why this figure cannot be moved."""
    if one.alignment is not None:
        raise InputError(
            f"'{one.id}' is aligned already ({one.alignment.sentence}) Hint: align the published "
            "figure itself, so that one assumption covers the whole step."
        )
    if one.horizon is None:
        pooled = one.horizon_as_printed or "not stated"
        raise InputError(
            f"'{one.id}' has no single horizon (as printed: {pooled}), so it cannot be moved to "
            "another one. Hint: compare with it as it stands, or choose a benchmark with a horizon."
        )
    if hazard == "constant":
        return one.horizon
    if one.basis == "stock":
        raise InputError(
            f"'{one.id}' is a stock: its people had already stayed for a time that is not "
            "published, so only hazard='constant', under which that time does not matter, "
            "can move it."
        )
    if tenure is None:
        raise InputError(
            "Every hazard but the constant one needs tenure=: the years that the people you "
            "compare had already stayed. Hint: tenure=0 for a cohort from its start, a number or "
            "TenureDistribution(years, weights) for a stock, TenureRange(0, T) where it is "
            "unpublished."
        )
    return one.horizon


def _tenure_points(
    hazard: Hazard, tenure: Tenure | None, to: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], str | None]:
    """Years already stayed to evaluate at, their weights, and the tenure in words."""
    if hazard == "constant" or tenure is None:
        return np.zeros(1), np.ones(1), None
    if isinstance(tenure, TenureDistribution):
        mean = float(np.dot(tenure.years, tenure.weights))
        return (
            np.array(tenure.years),
            np.array(tenure.weights),
            f"averaged over a tenure of {mean:.3g} years in the mean",
        )
    if isinstance(tenure, TenureRange):
        # The exponent is monotone between these points, so extremes can stand nowhere else.
        knots = np.array(getattr(hazard, "knots", ()), dtype=np.float64)
        inner = np.concatenate([knots, knots - to])
        inside = inner[(inner > tenure.low) & (inner < tenure.high)]
        points = np.concatenate([[tenure.low, tenure.high], inside])
        words = f"tenure unpublished, anywhere from {tenure.low:g} to {tenure.high:g} years"
        return points, np.full(points.size, 1 / points.size), words
    years = checks.finite_number(tenure, name="tenure", above=0, closed=True)
    words = _FROM_START if years == 0 else f"after {years:g} years already stayed"
    return np.array([years]), np.ones(1), words


def _own_std_error(one: "Benchmark", rate: float) -> tuple[float | None, "StdErrorStatus | None"]:
    """Find the standard error as published: as given, or binomial from the people counted."""
    if one.std_error is not None:
        return one.std_error, one.se_status
    if one.n is not None:
        return math.sqrt(rate * (1 - rate) / one.n), "binomial"
    return None, None


def _sentence(
    one: "Benchmark",
    published: float,
    to: float,
    rate: float | None,
    bounds: tuple[float, float],
    hazard: str,
    tenure: str | None,
) -> str:
    """Put the step into one sentence."""
    at_start = tenure is None or tenure == _FROM_START
    if one.rate is None:
        before, after = _bound(one.rate_low, one.rate_high), _bound(*bounds)
    else:
        about = "about " if one.qualifier == "approximate" else ""
        before = f"{about}{one.rate:.1%}"
        after = f"{rate:.1%}" if rate is not None else f"{bounds[0]:.1%} to {bounds[1]:.1%}"
    if at_start and to == published:
        return f"{before} is published at {published:g} years; nothing had to be moved."
    over = "at" if at_start else "over"
    tail = "" if tenure is None else f", {tenure}"
    return f"{before} at {published:g} years is {after} {over} {to:g} years under {hazard}{tail}."


def _bound(low: float, high: float) -> str:
    """Words for a figure that is only a bound."""
    if high == 1:
        return f"at least {low:.1%}"
    return f"at most {high:.1%}" if low == 0 else f"{low:.1%} to {high:.1%}"
