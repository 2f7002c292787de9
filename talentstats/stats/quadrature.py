"""Smooth densities of one or two real variables, integrated by the trapezoid rule.

For a smooth density that dies out at both ends, equal steps converge faster than any
power of the step: the grid is moved and scaled to where the mass is, widened until
nothing is cut off, and refined until its sums stand still.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import sici

from talentstats.errors import ConvergenceError
from talentstats.stats.limits import Floats, read_only
from talentstats.stats.roots import bracketed_root

type LogDensity = Callable[..., Floats]

# What is left out beyond the grid has a density below exp(-40) of the highest.
_DEPTH: Final = 40.0
_HALF_WIDTH: Final = 10.0
_STEP: Final = 0.5
# Halving the step squares the error: sums that agree to this are right to all digits.
_STILL: Final = 1e-9
_MOST_POINTS: Final = 2**23


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GridDensity:
    """A smooth density on equal steps: tail probabilities and quantiles to all digits.

    Parameters
    ----------
    points : (r,) ndarray
        Where it is known, in equal steps.
    weight : (r,) ndarray
        Density times step, with sum 1.

    References
    ----------
    Haber (1993), Mathematics of Computation 60:279-296,
    doi:10.1090/S0025-5718-1993-1149292-9.
    """

    points: Floats
    weight: Floats

    def __post_init__(self) -> None:
        for name in ("points", "weight"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    def below(self, x: ArrayLike) -> Floats:
        """Return P(X < x).

        Parameters
        ----------
        x : (...)
            Any real numbers.

        Returns
        -------
        (...) ndarray
            Integral of the band-limited function through the points.
        """
        return self._tail(x, 1.0)

    def above(self, x: ArrayLike) -> Floats:
        """Return P(X > x).

        Parameters
        ----------
        x : (...)
            Any real numbers.

        Returns
        -------
        (...) ndarray
            As `below`, from the other end.
        """
        return self._tail(x, -1.0)

    def quantile(self, probability: ArrayLike) -> Floats:
        """Return quantiles.

        Parameters
        ----------
        probability : (q,)
            Probabilities in (0, 1).

        Returns
        -------
        (q,) ndarray
            Where `below` is `probability`.
        """
        p = np.atleast_1d(np.asarray(probability, dtype=np.float64))
        return bracketed_root(
            lambda x, i: np.where(p[i] <= 0.5, self.below(x) - p[i], 1 - p[i] - self.above(x)),
            low=np.full(p.shape, self.points[0]),
            high=np.full(p.shape, self.points[-1]),
        )

    def _tail(self, x: ArrayLike, sign: float) -> Floats:
        """Integrate the sinc interpolant up to x (sign 1) or from it (sign -1)."""
        step = self.points[1] - self.points[0]
        away = sign * np.subtract.outer(np.asarray(x, dtype=np.float64), self.points) / step
        part = 0.5 + np.asarray(sici(np.pi * away)[0]) / np.pi
        return np.clip(part @ self.weight, 0.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GridIntegral:
    """A normalised density on a grid of one or two variables.

    Parameters
    ----------
    points : tuple of ndarray
        Values of the variables at the grid points; shapes broadcast to that of `weight`.
    weight : (r,) or (r, c) ndarray
        Probability at the grid points, with sum 1.
    log_total : float
        Logarithm of the integral of the density as given.
    """

    points: tuple[Floats, ...]
    weight: Floats
    log_total: float

    def mean(self, values: ArrayLike) -> float:
        """Return the expectation of a function.

        Parameters
        ----------
        values : array_like
            Its values at the grid points, a shape that broadcasts to that of `weight`.

        Returns
        -------
        float
            The expectation.
        """
        return float(np.sum(self.weight * np.asarray(values, dtype=np.float64)))

    def moments(self, *values: ArrayLike) -> tuple[Floats, Floats]:
        """Return means and covariances of several functions.

        Parameters
        ----------
        *values : array_like
            Their v values at the grid points.

        Returns
        -------
        mean : (v,) ndarray
            Expectations.
        covariance : (v, v) ndarray
            Central second moments, taken about the means, never as a difference of squares.
        """
        mean = np.array([self.mean(value) for value in values])
        off = [
            np.asarray(value, dtype=np.float64) - m for value, m in zip(values, mean, strict=True)
        ]
        covariance = np.empty((mean.size, mean.size))
        for i, left in enumerate(off):
            weighted = self.weight * left
            for j in range(i + 1):
                covariance[i, j] = covariance[j, i] = np.sum(weighted * off[j])
        return mean, covariance

    def density(self, axis: int = 0) -> GridDensity:
        """Return the marginal density of one variable.

        Parameters
        ----------
        axis : int
            Which one; the second only of an aligned grid.

        Returns
        -------
        GridDensity
            On the steps of the grid.
        """
        other = tuple(i for i in range(self.weight.ndim) if i != axis)
        return GridDensity(points=self.points[axis].ravel(), weight=self.weight.sum(axis=other))


def integrate(
    log_density: LogDensity,
    *,
    center: ArrayLike,
    scale: ArrayLike,
    watch: Callable[..., tuple[Floats, ...]],
    aligned: bool = True,
) -> GridIntegral:
    """Integrate a smooth density with one peak over the line or the plane.

    Parameters
    ----------
    log_density : callable
        Takes the d variables as arrays that broadcast, returns log densities.
    center : (d,)
        Where to begin, d = 1 or 2.
    scale : (d,)
        Standard deviations to begin with; neither needs to be near.
    watch : callable
        Takes the variables, returns functions whose first two moments must stand still.
    aligned : bool
        Whether both variables keep to the steps of the grid, so that both have a marginal
        density; otherwise the second is sheared along the first, for strong correlation.

    Returns
    -------
    GridIntegral
        Points, probabilities and log integral.

    Raises
    ------
    ConvergenceError
        If eight million points do not resolve it.

    References
    ----------
    Trefethen and Weideman (2014), SIAM Review 56:385-458, doi:10.1137/130932132.

    Examples
    --------
    >>> normal = integrate(lambda x: -x * x / 2, center=[3], scale=[9], watch=lambda x: (x,))
    >>> print(f"{np.exp(2 * normal.log_total) / (2 * np.pi):.12f}")
    1.000000000000
    >>> normal.density().quantile([0.975]).round(10)
    array([1.95996398])
    """
    middle, spread = _zoom(log_density, np.array(center, float), np.diag(scale), aligned)
    low, high = _box(log_density, middle, spread)
    size = [int(n) for n in np.ceil((high - low) / _STEP) + 1]

    def at(sizes: list[int]) -> tuple[GridIntegral, Floats]:
        axes = [np.linspace(a, b, n) for a, b, n in zip(low, high, sizes, strict=True)]
        points, log_weight = _evaluate(log_density, middle, spread, axes)
        top = log_weight.max()
        weight = np.exp(log_weight - top)
        total = weight.sum()
        volume = np.log(np.diag(spread)).sum() + sum(np.log(axis[1] - axis[0]) for axis in axes)
        found = GridIntegral(
            points=points, weight=weight / total, log_total=float(np.log(total) + top + volume)
        )
        # A mean can stand still by symmetry alone: its square cannot.
        watched = [found.mean(v**power) for v in (*points, *watch(*points)) for power in (1, 2)]
        return found, np.array([found.log_total, *watched])

    found, sums = at(size)
    for axis in range(len(size)):
        while True:
            size[axis] = 2 * size[axis] - 1
            if np.prod(size) > _MOST_POINTS:
                raise ConvergenceError(
                    "the posterior is too wide and too sharp at once to be integrated. "
                    "Hint: give a prior that is less vague."
                )
            before = sums
            found, sums = at(size)
            if np.all(np.abs(sums - before) <= _STILL * (1.0 + np.abs(sums))):
                break
    return found


def _evaluate(
    log_density: LogDensity, middle: Floats, spread: Floats, axes: list[Floats]
) -> tuple[tuple[Floats, ...], Floats]:
    """Log density at middle + spread z for z on the axes, with the points."""
    mesh = np.ix_(*axes)
    points = tuple(
        sum(
            (spread[i, j] * mesh[j] for j in range(i + 1) if spread[i, j] != 0.0),
            start=np.asarray(middle[i]),
        )
        for i in range(len(axes))
    )
    shape = tuple(axis.size for axis in axes)
    return points, np.broadcast_to(log_density(*points), shape)


def _zoom(
    log_density: LogDensity, middle: Floats, spread: Floats, aligned: bool
) -> tuple[Floats, Floats]:
    """Move and scale a coarse grid until the mass on it has about mean 0 and variance 1."""
    d = middle.size
    axis = np.arange(-_HALF_WIDTH, _HALF_WIDTH + _STEP / 2, _STEP)
    for _ in range(200):
        _, logs = _evaluate(log_density, middle, spread, [axis] * d)
        peak = np.unravel_index(np.argmax(logs), logs.shape)
        z = axis[np.array(peak)]
        if np.any(np.abs(z) == _HALF_WIDTH):
            middle, spread = middle + spread @ z, 2.0 * spread
            continue
        weight = np.exp(logs - logs.max())
        weight /= weight.sum()
        marginal = [weight.sum(axis=tuple(j for j in range(d) if j != i)) for i in range(d)]
        mean = np.array([m @ axis for m in marginal])
        covariance = np.diag([m @ (axis - c) ** 2 for m, c in zip(marginal, mean, strict=True)])
        if d == 2 and not aligned:
            covariance[0, 1] = covariance[1, 0] = (axis - mean[0]) @ weight @ (axis - mean[1])
        settled = np.all(np.abs(mean) < 1) and np.all(
            np.abs(np.linalg.eigvalsh(covariance) - 1) < 0.5
        )
        # Mass between two grid points has no visible width: shrink by four at the most.
        middle = middle + spread @ mean
        spread = spread @ np.linalg.cholesky(covariance + np.eye(d) / 16)
        if settled:
            break
    return middle, spread


def _box(log_density: LogDensity, middle: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Ends (d,) of the grid beyond which the density is negligible."""
    d = middle.size
    low, high = np.full(d, -_HALF_WIDTH), np.full(d, _HALF_WIDTH)
    while True:
        axes = [np.linspace(a, b, 81) for a, b in zip(low, high, strict=True)]
        _, logs = _evaluate(log_density, middle, spread, axes)
        seen = logs > logs.max() - _DEPTH
        lines = [seen.any(axis=tuple(j for j in range(d) if j != i)) for i in range(d)]
        cut_low = np.array([line[0] for line in lines])
        cut_high = np.array([line[-1] for line in lines])
        width = high - low
        if not (cut_low.any() or cut_high.any()):
            break
        low, high = low - cut_low * width / 2, high + cut_high * width / 2
    first = np.array([np.argmax(line) for line in lines]) - 1
    last = np.array([line.size - np.argmax(line[::-1]) for line in lines])
    return low + first * width / 80, low + last * width / 80
