"""How often an interval holds the true rate: computed from the binomial, not simulated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.results.wording import listed, percent
from talentstats.retention.design import checked_prior
from talentstats.retention.intervals import INTERVAL_METHODS, interval_limits
from talentstats.stats.coverage import exact_coverage, expected_length

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntervalCoverage:
    """Exact coverage and expected length; made by `interval_coverage`.

    Parameters
    ----------
    n : int
        People of known status.
    methods : tuple of str
        Interval methods, of length m.
    rates : ndarray of float
        Shape (r,): true rates.
    coverage, expected_length : ndarray of float
        Shape (m, r).
    level : float
        Nominal level.
    prior : tuple of float
        Beta prior of the method `beta`.
    provenance : Provenance
        What made this result.
    """

    n: int
    methods: tuple[str, ...]
    rates: NDArray[np.float64]
    coverage: NDArray[np.float64]
    expected_length: NDArray[np.float64]
    level: float
    prior: tuple[float, float]
    provenance: Provenance

    @property
    def sentence(self) -> str:
        """Which methods keep what they promise, and the one that misses it most."""
        size = f"{100 * self.level:g}%"
        holds = self.summary()["holds"]
        holding = [m for m, good in zip(self.methods, holds, strict=True) if good]
        text = (
            f"Over true rates from {percent(float(self.rates.min()))} to "
            f"{percent(float(self.rates.max()))} at "
            f"n = {self.n}, of {len(self.methods)} methods {listed(holding)} always "
            f"{'holds' if len(holding) == 1 else 'hold'} the true rate at least {size} of the time"
        )
        if len(holding) == len(self.methods):
            return f"{text}."
        method, place = np.unravel_index(np.argmin(self.coverage), self.coverage.shape)
        return (
            f"{text}; {self.methods[int(method)]} falls to "
            f"{100 * self.coverage[method, place]:.0f}% where the true rate is "
            f"{percent(float(self.rates[place]))}."
        )

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return coverage and length, one row a method and rate.

        Parameters
        ----------
        level : float
            Nominal level, recomputed.

        Returns
        -------
        pandas.DataFrame
            `term` is "coverage", `estimate` the coverage; then `method, n, rate,
            coverage, expected_length`.
        """
        checked = checks.level(level)
        coverage, length = self.coverage, self.expected_length
        if checked != self.level:
            coverage, length = _evaluate(
                self.n, self.methods, rates=self.rates, level=checked, prior=self.prior
            )
        return tidy_frame(
            [
                {
                    "term": "coverage",
                    "estimate": coverage[i, j],
                    "conf_level": checked,
                    "interval": method,
                    "method": method,
                    "n": self.n,
                    "rate": rate,
                    "coverage": coverage[i, j],
                    "expected_length": length[i, j],
                }
                for i, method in enumerate(self.methods)
                for j, rate in enumerate(self.rates)
            ]
        )

    def glance(self) -> "pd.DataFrame":
        """Return one row: the method that comes closest to failing.

        Returns
        -------
        pandas.DataFrame
            One row.
        """
        worst = np.unravel_index(np.argmin(self.coverage), self.coverage.shape)
        return glance_frame(
            {
                "n": self.n,
                "level": self.level,
                "methods": len(self.methods),
                "rates": len(self.rates),
                "lowest_coverage": self.coverage[worst],
                "lowest_method": self.methods[int(worst[0])],
                "lowest_at_rate": self.rates[int(worst[1])],
            }
        )

    def summary(self) -> "pd.DataFrame":
        """Return one row a method: minimum, where, mean, mean length, whether it holds.

        Returns
        -------
        pandas.DataFrame
            Columns `method, n, minimum, at_rate, mean, mean_length, holds`; `holds`
            is whether coverage reaches the level at every rate looked at.
        """
        import pandas as pd

        lowest = np.argmin(self.coverage, axis=1)
        minimum = self.coverage[np.arange(len(self.methods)), lowest]
        return pd.DataFrame(
            {
                "method": list(self.methods),
                "n": self.n,
                "minimum": minimum,
                "at_rate": self.rates[lowest],
                "mean": self.coverage.mean(axis=1),
                "mean_length": self.expected_length.mean(axis=1),
                "holds": minimum >= self.level - 1e-9,
            }
        )


def interval_coverage(
    n: int,
    *,
    methods: str | Sequence[str] = "all",
    rates: ArrayLike | None = None,
    level: float = 0.95,
    prior: tuple[float, float] = (1.0, 1.0),
) -> IntervalCoverage:
    """Compute the probability that an interval for a stay rate holds the true rate.

    Parameters
    ----------
    n : int
        People of known status.
    methods : str or Sequence of str
        Names of `INTERVAL_METHODS`, or "all".
    rates : array_like of float or None
        Shape (r,): true rates in (0, 1); None is 0.500, 0.501, ..., 0.999.
    level : float
        Nominal level.
    prior : tuple of float
        Beta prior of the method `beta`.

    Returns
    -------
    IntervalCoverage
        Exact coverage and expected length by method and rate.

    Raises
    ------
    InputError
        If n, a rate or the level is outside its range.
    UnknownNameError
        If there is no such method.

    References
    ----------
    Brown, Cai and DasGupta (2001), Statistical Science 16(2):101-133,
    doi:10.1214/ss/1009213286.

    Examples
    --------
    >>> result = interval_coverage(10, methods=["wilson", "wald"], rates=[0.5])
    >>> result.coverage.round(3).tolist()
    [[0.979], [0.891]]
    """
    people = checks.whole_number(n, name="n", minimum=1)
    checked = checks.level(level)
    pair = checked_prior(prior)
    if methods == "all":
        names = INTERVAL_METHODS
    else:
        given = (methods,) if isinstance(methods, str) else tuple(methods)
        names = tuple(checks.one_of(m, INTERVAL_METHODS, name="method") for m in given)
        if not names:
            raise InputError(f"no method given; allowed: {', '.join(INTERVAL_METHODS)}, all.")
    try:
        grid = np.arange(500, 1000) / 1000 if rates is None else np.array(rates, dtype=np.float64)
    except (TypeError, ValueError):
        grid = np.empty(0)
    if grid.ndim != 1 or not len(grid) or not ((grid > 0) & (grid < 1)).all():
        raise InputError(f"rates={rates!r} is not allowed; give a list of numbers in (0, 1).")
    coverage, length = _evaluate(people, names, rates=grid, level=checked, prior=pair)
    for array in (grid, coverage, length):
        array.flags.writeable = False
    return IntervalCoverage(
        n=people,
        methods=names,
        rates=grid,
        coverage=coverage,
        expected_length=length,
        level=checked,
        prior=pair,
        provenance=Provenance(
            function="interval_coverage",
            arguments={
                "n": people,
                "methods": names,
                "rates": tuple(grid.tolist()),
                "level": checked,
                "prior": pair,
            },
            method="exact enumeration of the binomial",
        ),
    )


def _evaluate(
    n: int,
    methods: Sequence[str],
    *,
    rates: NDArray[np.float64],
    level: float,
    prior: tuple[float, float],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coverage and length of each method at each rate."""
    k = np.arange(n + 1)
    coverage = np.empty((len(methods), len(rates)))
    length = np.empty_like(coverage)
    for i, method in enumerate(methods):
        limits = interval_limits(
            k, np.full_like(k, n), method=method, level=level, side="two-sided", prior=prior
        )
        coverage[i] = exact_coverage(lower=limits.lower, upper=limits.upper, rate=rates)
        length[i] = expected_length(lower=limits.lower, upper=limits.upper, rate=rates)
    return coverage, length
