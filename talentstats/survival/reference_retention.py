"""Retention a number of years after entry, against what a reference curve keeps of these people."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy import special

from talentstats.errors import ConvergenceError, InputError
from talentstats.stats.binomial import lower_tail, upper_tail
from talentstats.stats.curve_limits import beta_product_limits
from talentstats.stats.intervals import clopper_pearson
from talentstats.stats.limits import Floats, Limits
from talentstats.stats.power import power
from talentstats.stats.product_limit import product_limit
from talentstats.stats.risk_sets import step_at
from talentstats.stats.roots import bracketed_root
from talentstats.stats.turnbull import turnbull
from talentstats.stats.turnbull_limits import turnbull_deviance, turnbull_limits
from talentstats.survival.reference_watched import Watched

# Sums of masses differ by rounding.
_NOISE: Final = 1e-9

_LOOSE_GAP: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Elapsed:
    """Retention of the people watched, `horizon` years after each one's entry.

    Parameters
    ----------
    watched : Watched
        The people.
    horizon : float
        Years after entry.
    method : {"clopper-pearson", "bpcp", "likelihood-ratio"}
        Binomial where the status of all is known then; product limit with beta product limits
        where some are no longer followed; Turnbull with likelihood-ratio limits where some left
        at a time that may be before or after.
    estimate : float
        Share retained; by Turnbull the largest that the looks allow.
    estimate_low : float
        The smallest that the looks allow; below `estimate` where the horizon is inside an
        interval that holds ends.
    size : float
        People, or those that would be as informative if the status of all were known.
    """

    watched: Watched
    horizon: float
    method: Literal["clopper-pearson", "bpcp", "likelihood-ratio"]
    estimate: float
    estimate_low: float
    size: float

    @property
    def lost(self) -> float:
        """People who are no longer followed at the horizon, though not known to have left."""
        gone = np.isinf(self.watched.upper) & (self.watched.lower < self.horizon)
        return float(self.watched.count[gone].sum())

    @property
    def between(self) -> bool:
        """Whether the looks leave open how many had left at the horizon."""
        return self.estimate - self.estimate_low > _NOISE

    def limits(self, level: float) -> Limits:
        """Limits of retention.

        Parameters
        ----------
        level : float
            Confidence level in (0, 1).

        Returns
        -------
        Limits
            Two-sided limits of shape ().
        """
        w, at = self.watched, [self.horizon]
        if self.method == "clopper-pearson":
            kept = round(self.estimate * self.size)
            return clopper_pearson(k=kept, n=self.size, level=level, side="two-sided")
        if self.method == "bpcp":
            found = beta_product_limits(
                at=at,
                entry=w.entry,
                # Whoever was last seen at the horizon had stayed until it: at risk just after.
                exit=np.where(np.isinf(w.upper) & (w.lower >= self.horizon), np.inf, w.stop),
                event=np.isfinite(w.upper),
                count=w.count,
                level=level,
            )
        else:
            found = turnbull_limits(
                lower=w.lower,
                upper=w.upper,
                entry=w.entry,
                weight=w.count,
                at=at,
                level=level,
                method="likelihood-ratio",
            )
        return Limits(lower=found.lower[0], upper=found.upper[0])

    def one_sided(self, rate: float) -> tuple[float, float]:
        """P-values against "retention is `rate` or less" and against "`rate` or more".

        Parameters
        ----------
        rate : float
            A share; outside (0, 1) it excludes nobody.

        Returns
        -------
        tuple of float
            Those at which one-sided limits of `limits` meet the rate.
        """
        if not 0.0 < rate < 1.0:
            return (0.0, 1.0) if rate <= 0.0 else (1.0, 0.0)
        if self.method == "clopper-pearson":
            kept = round(self.estimate * self.size)
            above = upper_tail(k=kept, n=self.size, rate=rate)
            return float(above), float(lower_tail(k=kept, n=self.size, rate=rate))

        if self.method == "likelihood-ratio":
            w = self.watched
            lost = turnbull_deviance(
                lower=w.lower,
                upper=w.upper,
                entry=w.entry,
                weight=w.count,
                at=self.horizon,
                survival=rate,
            )
            z = np.sign(self.estimate - rate) * np.sqrt(lost)
            return float(special.ndtr(-z)), float(special.ndtr(z))

        # Two-sided limits at level 1 - 2p leave an area p outside each, also where p is above 1/2.
        def beyond(log_p: Floats, which: np.ndarray) -> Floats:
            pairs = [self.limits(1.0 - 2.0 * p) for p in np.exp(log_p).tolist()]
            return np.array(
                [
                    float(pair.lower) - rate if side == 0 else rate - float(pair.upper)
                    for pair, side in zip(pairs, which.tolist(), strict=True)
                ]
            )

        tiny, most = np.log(1e-8), np.log1p(-1e-8)
        found = bracketed_root(beyond, low=np.array([tiny] * 2), high=np.array([most] * 2))
        low, high = (1.0 if x == most else float(np.exp(x)) for x in found.tolist())
        return low, high


def elapsed_retention(watched: Watched, *, horizon: float) -> Elapsed:
    """Retention some years after entry.

    Parameters
    ----------
    watched : Watched
        People; not cells.
    horizon : float
        Years after entry.

    Returns
    -------
    Elapsed
        Estimate and method.

    Raises
    ------
    InputError
        If nobody is watched so long.
    ConvergenceError
        If Turnbull's estimate is not reached.
    """
    lower, upper = watched.lower - watched.entry, watched.upper - watched.entry
    noise = 1e-9 * horizon
    lower = np.where(np.abs(lower - horizon) <= noise, horizon, lower)
    upper = np.where(np.abs(upper - horizon) <= noise, horizon, upper)
    last = float(np.max(np.where(np.isfinite(upper), upper, lower)))
    if horizon > last:
        raise InputError(
            f"horizon={horizon:g} years after entry is beyond the last usable time, {last:g} "
            f"years. Hint: horizon={last:g} or less."
        )
    # The same rows with the clock at entry, so that the limits see the merged times.
    own = Watched(
        kind=watched.kind,
        entry=np.zeros_like(lower),
        lower=lower,
        upper=upper,
        count=watched.count,
        observed=watched.observed,
    )
    stayed, left = lower >= horizon, upper <= horizon
    if np.all(stayed | left):
        people, kept = float(own.count.sum()), float(own.count[stayed].sum())
        return Elapsed(
            watched=own,
            horizon=horizon,
            method="clopper-pearson",
            estimate=kept / people,
            estimate_low=kept / people,
            size=people,
        )
    fit = turnbull(lower=lower, upper=upper, entry=np.zeros_like(lower), weight=own.count)
    if not fit.converged and not fit.gap <= _LOOSE_GAP:
        raise ConvergenceError(
            f"Turnbull's estimate of retention was not reached: after {fit.steps:,} steps the gap "
            f"is {fit.gap:.2g}. Hint: round the times to a coarser clock."
        )
    if not fit.on_grid or np.any((lower < horizon) & (upper > horizon) & np.isfinite(upper)):
        least, estimate = (float(bound[0]) for bound in fit.survival_bounds([horizon]))
        return Elapsed(
            watched=own,
            horizon=horizon,
            method="likelihood-ratio",
            estimate=estimate,
            estimate_low=least,
            size=float("nan"),
        )
    curve = product_limit(
        entry=np.zeros_like(lower), exit=own.stop, event=np.isfinite(upper), weight=own.count
    )
    steps = np.stack([curve.survival, curve.greenwood], axis=1)
    estimate, spread = step_at(at=[horizon], time=curve.sets.time, values=steps, start=np.nan)[0]
    if np.isnan(estimate):
        estimate, spread = 1.0, 0.0
    informative = (
        (1.0 - estimate) / (estimate * spread)
        if 0.0 < estimate < 1.0
        else float(own.count[stayed | left].sum())
    )
    return Elapsed(
        watched=own,
        horizon=horizon,
        method="bpcp",
        estimate=float(estimate),
        estimate_low=float(estimate),
        size=informative,
    )


def power_at_margin(retention: Elapsed, *, rate: float, margin: float, level: float) -> float:
    """Probability that the exact central test sees retention that is a margin below a rate.

    Parameters
    ----------
    retention : Elapsed
        The people; where some are not followed, as many as are as informative.
    rate : float
        Retention under the reference, in (0, 1).
    margin : float
        How far below it the truth is taken to be, a share.
    level : float
        One minus the size of the test.

    Returns
    -------
    float
        Power; NaN with Turnbull's method or where the margin reaches below 0.
    """
    true = rate - margin
    if not np.isfinite(retention.size) or true <= 0.0 or not 0.0 < rate < 1.0:
        return float("nan")
    n = np.floor(retention.size + 1e-9)
    return float(power(n=n, rate=rate, true_rate=true, level=level, test="central"))
