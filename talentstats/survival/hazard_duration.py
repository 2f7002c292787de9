"""Duration in a hazard model: free steps, a constant, a polynomial or a natural spline."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats.errors import InputError
from talentstats.summaries.columns import frozen

Duration = Literal["steps", "constant", "linear", "quadratic", "spline"]

_DEGREE: Final = {"constant": 0, "linear": 1, "quadratic": 2}
# Harrell's places of four knots, as shares of the events.
_KNOTS: Final = (0.05, 0.35, 0.65, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DurationBasis:
    """How the height of the hazard depends on duration.

    Parameters
    ----------
    kind : str
        "steps", "constant", "linear", "quadratic" or "spline".
    start, stop : (s,) ndarray of float
        The steps, in order and without overlap; one from 0 to infinity where the source
        does not tell durations apart.
    told_apart : bool
        Whether the source tells durations apart.
    knots : (j,) ndarray of float
        Of the spline, in time since the first step; empty for the others.
    """

    kind: Duration
    start: NDArray[np.float64]
    stop: NDArray[np.float64]
    told_apart: bool
    knots: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("start", "stop", "knots"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        if self.kind == "steps" and self.start.size > 1:
            return tuple(
                f"{a:g} to {b:g}" if np.isfinite(b) else f"after {a:g}"
                for a, b in zip(self.start, self.stop, strict=True)
            )
        if self.kind == "spline":
            return ("intercept", *(f"spline {i}" for i in range(1, self.knots.size)))
        powers = ("intercept", "linear", "quadratic")
        return powers[: _DEGREE.get(self.kind, 0) + 1]

    def since_first(self, start: NDArray[np.float64]) -> NDArray[np.float64]:
        """Time from the first step to the steps that begin at `start`.

        Parameters
        ----------
        start : (m,) ndarray of float
            Where steps begin.

        Returns
        -------
        (m,) ndarray of float
            The variable `duration` of a formula.
        """
        return np.asarray(start - self.start[0])

    def columns(self, start: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the columns of duration.

        Parameters
        ----------
        start : (m,) ndarray of float
            Where the step of each row begins.

        Returns
        -------
        (m, d) ndarray of float
            One column for each of `names`.
        """
        if self.kind == "steps":
            place = np.searchsorted(self.start, start)
            return np.asarray(place[:, None] == np.arange(self.start.size), dtype=np.float64)
        time = self.since_first(start)
        if self.kind == "spline":
            return natural_spline(time, self.knots)
        return np.asarray(time[:, None] ** np.arange(_DEGREE[self.kind] + 1.0))


def duration_basis(
    kind: Duration,
    *,
    start: NDArray[np.float64],
    stop: NDArray[np.float64],
    wide: Sequence[tuple[float, float]],
    events: NDArray[np.float64],
) -> DurationBasis:
    """Make the basis of the cells of a fit.

    Parameters
    ----------
    kind : {"steps", "constant", "linear", "quadratic", "spline"}
        How duration enters.
    start, stop : (m,) ndarray of float
        Bounds of the cells; NaN where durations are not told apart.
    wide : sequence of (float, float)
        Bounds of the wide cells; where no other cell lies, they add steps.
    events : (m,) ndarray of float
        Events of the cells, which place the knots.

    Returns
    -------
    DurationBasis
        With its steps.

    Raises
    ------
    InputError
        If cells overlap, some have no duration while others do, or there are too few
        steps for the polynomial or the spline.
    """
    missing = np.isnan(start) | np.isnan(stop)
    if missing.any() and not missing.all():
        raise InputError(
            f"{int(missing.sum())} of {missing.size} cells have no duration and the others have. "
            "Hint: collapse the cells without duration, or leave those out."
        )
    told_apart = not missing.all()
    begin, end = _steps(start, stop, wide) if told_apart else (np.zeros(1), np.full(1, np.inf))
    knots = np.zeros(0)
    if kind == "spline":
        knots = _knots(start - begin[0], events) if told_apart else knots
        if knots.size < 3:
            raise InputError(
                f"duration='spline' needs events at three different durations or more; the cells "
                f"have {begin.size} steps. Hint: duration='linear' or 'steps'."
            )
    elif begin.size <= _DEGREE.get(kind, 0):
        raise InputError(
            f"duration={kind!r} needs {_DEGREE[kind] + 1} steps or more; the cells have "
            f"{begin.size}. Hint: duration='steps'."
        )
    return DurationBasis(kind=kind, start=begin, stop=end, told_apart=told_apart, knots=knots)


def natural_spline(time: ArrayLike, knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Columns of a cubic spline that is linear beyond its outer knots.

    Parameters
    ----------
    time : (m,) array_like of float
        Where.
    knots : (j,) ndarray of float
        Increasing.

    Returns
    -------
    (m, j) ndarray of float
        A constant, the time, and j - 2 columns that are 0 up to their first knot.

    References
    ----------
    Harrell (2015), Regression Modeling Strategies, section 2.4.5,
    doi:10.1007/978-3-319-19425-7.

    Examples
    --------
    >>> natural_spline([0.0, 1.0, 3.0], np.array([0.0, 1.0, 2.0]))
    array([[1.  , 0.  , 0.  ],
           [1.  , 1.  , 0.25],
           [1.  , 3.  , 3.  ]])
    """
    t = np.asarray(time, dtype=np.float64)
    cubes = np.maximum(t[:, None] - knots, 0.0) ** 3
    last, before = knots[-1], knots[-2]
    inner = cubes[:, :-2] - (
        cubes[:, -2:-1] * (last - knots[:-2]) - cubes[:, -1:] * (before - knots[:-2])
    ) / (last - before)
    return np.column_stack([np.ones(t.size), t, inner / (last - knots[0]) ** 2])


def _knots(time: NDArray[np.float64], events: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places of the knots among the durations at which events happen."""
    order = np.argsort(time, kind="stable")
    share = np.cumsum(events[order]) / max(float(events.sum()), 1.0)
    places = np.searchsorted(share, np.array(_KNOTS) - 1e-12)
    return np.unique(time[order][np.minimum(places, time.size - 1)])


def _steps(
    start: NDArray[np.float64], stop: NDArray[np.float64], wide: Sequence[tuple[float, float]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distinct steps of the ordinary cells, and more where only wide cells lie."""
    pairs = np.unique(np.column_stack([start, stop]), axis=0)
    over = np.flatnonzero(pairs[1:, 0] < pairs[:-1, 1])
    if over.size:
        one, other = pairs[over[0]], pairs[over[0] + 1]
        raise InputError(
            f"the cells overlap: ({one[0]:g}, {one[1]:g}] and ({other[0]:g}, {other[1]:g}]. "
            "Hint: give cells that share all bounds of duration, or collapse them."
        )
    bounds = {float(b) for pair in wide for b in pair}
    inside = {b for b in bounds if np.any((pairs[:, 0] < b) & (b < pairs[:, 1]))}
    edges = np.array(sorted({*pairs.ravel().tolist(), *(bounds - inside)}))
    known = {(a, b) for a, b in pairs.tolist()}
    kept = [
        (a, b)
        for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        if (a, b) in known or any(low < b and a < high for low, high in wide)
    ]
    found = np.array(kept)
    return found[:, 0], found[:, 1]
