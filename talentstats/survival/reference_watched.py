"""When people were watched, on the clock of a reference curve, and what it expects of them."""

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from talentstats import checks
from talentstats.errors import InputError
from talentstats.stats.limits import Floats, Limits
from talentstats.stats.rates import garwood
from talentstats.stats.standardised import (
    ObservedExpected,
    binomial_comparison,
    can_convolve,
    expected_ends,
    hazard_ratio_limits,
    poisson_comparison,
)
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.columns import frozen
from talentstats.summaries.spells import Spells
from talentstats.survival.reference_curve import ReferenceCurve

type Entry = Literal["honoured", "ignored"]
# Watching times that differ by less are the same gap between two looks.
_SAME_GAP = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Watched:
    """People, or cells of them, and the times between which they were watched.

    Parameters
    ----------
    kind : {"exact times", "one look", "several looks", "cells"}
        What the numbers of ends are: a counting process; whether each person had left at the one
        look, the same gap after entry for all; ends between looks; events of cells.
    entry, lower, upper : (n,) ndarray of float
        As in `Spells`; of cells their start and stop twice.
    count : (n,) ndarray of float
        People of a row; of a cell its person-time.
    observed : float
        People who left.
    """

    kind: Literal["exact times", "one look", "several looks", "cells"]
    entry: Floats
    lower: Floats
    upper: Floats
    count: Floats
    observed: float

    def __post_init__(self) -> None:
        for name in ("entry", "lower", "upper", "count"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64))

    @property
    def stop(self) -> Floats:
        """First seen elsewhere, or last seen in the host (n,)."""
        return np.where(np.isfinite(self.upper), self.upper, self.lower)

    def ignoring_entry(self) -> "Watched":
        """Return the same people as if all had been watched from 0 on."""
        return replace(self, entry=np.zeros_like(self.entry))

    def against(self, curve: ReferenceCurve) -> ObservedExpected:
        """Compare the ends with those that a curve leads one to expect.

        Parameters
        ----------
        curve : ReferenceCurve
            The curve.

        Returns
        -------
        ObservedExpected
            Numbers and tests.

        Raises
        ------
        InputError
            If the curve is not known as far as people were watched, or expects nobody to leave.
        """
        if self.kind == "one look":
            hazard = self._hazard(curve)
            if hazard.max() > 0.0:
                return binomial_comparison(observed=self.observed, hazard=hazard, count=self.count)
        expected, lost = self._expected(curve)
        if not expected > 0.0:
            raise InputError(
                f"{curve.label} expects nobody to leave in the time watched, so that there is no "
                "ratio. Hint: does the clock of the spells begin where that of the reference does?"
            )
        found = poisson_comparison(observed=self.observed, expected=expected)
        if lost == 0.0:
            return found
        z = (self.observed - expected) / np.sqrt(expected - lost)
        return replace(
            found,
            variance=expected - lost,
            tests=replace(found.tests, z=np.asarray(z)),
            p_normal=float(2.0 * special.ndtr(-abs(z))),
        )

    def ratio_limits(
        self, curve: ReferenceCurve, ends: ObservedExpected, level: float
    ) -> tuple[Limits, str]:
        """Exact limits of observed over expected ends.

        Parameters
        ----------
        curve : ReferenceCurve
            The curve.
        ends : ObservedExpected
            What `against` returned for it.
        level : float
            Confidence level in (0, 1).

        Returns
        -------
        tuple of (Limits, str)
            Limits of shape (), and their name.
        """
        if self.kind != "one look":
            shown = garwood(
                events=ends.observed, exposure=ends.expected, level=level, side="two-sided"
            )
            return shown, "garwood"
        hazard = self._hazard(curve)
        if not can_convolve(hazard=hazard, count=self.count):
            shown = garwood(
                events=ends.observed, exposure=ends.expected, level=level, side="two-sided"
            )
            return shown, "garwood"
        factor = hazard_ratio_limits(
            observed=ends.observed, hazard=hazard, count=self.count, level=level
        )
        # Ends expected if all hazards were that many times the curve's.
        low, high = (
            float(self.count @ -np.expm1(-float(x) * hazard)) / ends.expected
            for x in (factor.lower, factor.upper)
        )
        return Limits(lower=np.asarray(low), upper=np.asarray(high)), "poisson-binomial"

    def _hazard(self, curve: ReferenceCurve) -> Floats:
        """Return the hazard between entry and the last look (n,)."""
        return curve.cumulative_hazard(self.stop) - curve.cumulative_hazard(self.entry)

    def _mean_hazard(self, curve: ReferenceCurve) -> Floats:
        """Return the mean hazard over each cell's durations (n,)."""
        if curve.shape == "power" and curve.power == 1.0:
            return np.full(self.count.shape, curve.scale)
        if not np.all(np.isfinite(self.entry) & np.isfinite(self.upper)):
            raise InputError(
                "some cells have no bounds of duration, and only a constant hazard is the same at "
                f"all durations; that of {curve.label} is not. Hint: keep durations apart, and cut "
                "after the last exit."
            )
        start, stop = curve.cumulative_hazard(self.entry), curve.cumulative_hazard(self.upper)
        return np.asarray((stop - start) / (self.upper - self.entry))

    def _expected(self, curve: ReferenceCurve) -> tuple[float, float]:
        """Return expected ends, and what not knowing their times takes from the variance."""
        if self.kind == "cells":
            return float(self.count @ self._mean_hazard(curve)), 0.0
        start = curve.cumulative_hazard(self.entry)
        low, stop = curve.cumulative_hazard(self.lower), curve.cumulative_hazard(self.stop)
        ended = np.isfinite(self.upper)
        expected = expected_ends(entry=start, lower=low, upper=np.where(ended, stop, np.inf))
        x = np.where(ended & (self.upper > self.lower), stop - low, 0.0)
        # Variance of H at the end, were it known: 1 - [(x / 2) / sinh(x / 2)]^2.
        half = np.where(x > 1e-4, x / 2.0, 1.0)
        lost = np.where(x > 1e-4, 1.0 - (half / np.sinh(half)) ** 2, x**2 / 12.0)
        return float(self.count @ expected), float(self.count @ lost)


# Years in a host country that nobody has: such times are calendar years.
_LONGEST_STAY: Final = 150.0


def watched_spells(spells: Spells, *, entry: float | str | ArrayLike | None) -> Watched:
    """Spells on the clock of a reference.

    Parameters
    ----------
    spells : Spells
        The stays.
    entry : float, str, array_like or None
        Years on the clock of the reference at which the clock of the spells is 0: one number, the
        name of a covariate, or (n,). None takes the clocks as the same.

    Returns
    -------
    Watched
        Rows.

    Raises
    ------
    InputError
        If rows have sampling weights or continue one another, a time is before 0 on the clock of
        the reference, or `entry` is no column of numbers.
    UnknownNameError
        If there is no covariate of that name.
    """
    if np.any(spells.weight != 1.0):
        raise InputError(
            "the spells have sampling weights, and weighted ends are no Poisson number. Hint: "
            "compare the people themselves, or the weighted curve (survival_curve)."
        )
    continuing = int(spells.continues.sum())
    if continuing:
        raise InputError(
            f"{continuing:,} {'row continues' if continuing == 1 else 'rows continue'} another row "
            "of the same cluster, and everybody is judged from their own entry on, which would "
            "begin anew at each. Hint: give one row a stay, from its entry to its end; the curve "
            "needs no covariates that change."
        )
    shift = _shift(spells, entry)
    start, lower, upper = (x + shift for x in (spells.entry, spells.lower, spells.upper))
    if start.min() < 0.0:
        raise InputError(
            f"a stay enters at {start.min():g} on the clock of the reference, which begins at 0. "
            "Hint: entry= says how long people had been in the host when the clock of the spells "
            f"({spells.clock}) was 0."
        )
    if start.min() > _LONGEST_STAY:
        raise InputError(
            f"the first stay enters at {start.min():g} on the clock of the reference, which counts "
            f"years in the host ({spells.clock}). Hint: count time from arrival or doctorate, or "
            "give entry=, the years to add: minus the calendar year of arrival."
        )
    ended = np.isfinite(upper)
    stop = np.where(ended, upper, lower)
    gap = stop - start
    if np.all((lower == upper)[ended]):
        kind: Any = "exact times"
    elif np.all((lower == start)[ended]) and np.ptp(gap) <= _SAME_GAP * gap.max():
        kind = "one look"
    else:
        kind = "several looks"
    return Watched(
        kind=kind,
        entry=start,
        lower=lower,
        upper=upper,
        count=spells.count.astype(np.float64),
        observed=float(spells.count[ended].sum()),
    )


def watched_cells(cells: RiskCells, *, entry: float | str | ArrayLike | None) -> Watched:
    """Cells on the clock of a reference.

    Parameters
    ----------
    cells : RiskCells
        Events and exposure by duration.
    entry : float, str, array_like or None
        One number as in `watched_spells`, or None.

    Returns
    -------
    Watched
        Cells with exposure.

    Raises
    ------
    InputError
        If cells have weights, or `entry` is no number.
    """
    if cells.weights is not None:
        raise InputError(
            "the cells have sampling weights, and weighted ends are no Poisson number. Hint: make "
            "cells of people without weights."
        )
    if isinstance(entry, str) or np.ndim(entry if entry is not None else 0) != 0:
        raise InputError("entry= of cells is one number of years, or None.")
    some = (cells.exposure > 0.0) | (cells.events.sum(axis=1) > 0.0)
    start, stop = cells.start[some], cells.stop[some]
    shift = 0.0 if entry is None else float(np.asarray(entry, dtype=np.float64))
    return Watched(
        kind="cells",
        entry=start + shift,
        lower=stop + shift,
        upper=stop + shift,
        count=cells.exposure[some],
        observed=float(cells.events.sum()),
    )


def _shift(spells: Spells, entry: float | str | ArrayLike | None) -> Floats:
    """Return the years to add to each row's times."""
    if entry is None:
        return np.zeros(len(spells))
    if isinstance(entry, str):
        checks.one_of(entry, spells.covariates, name="entry")
        entry = spells.covariates[entry]
    try:
        years = np.asarray(entry, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"entry={entry!r} is no number of years and no column of them.") from None
    if years.shape not in {(), (len(spells),)} or not np.all(np.isfinite(years)):
        raise InputError(
            f"entry has shape {years.shape}; allowed is one finite number of years, or one for "
            f"each of {len(spells):,} spells."
        )
    return np.broadcast_to(years, (len(spells),))
