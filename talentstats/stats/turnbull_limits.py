"""Limits of survival at a time, where ends are known only within (lower, upper]."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from talentstats.errors import ConvergenceError, InputError
from talentstats.stats.curve_limits import pointwise_limits
from talentstats.stats.limits import Floats, Limits, tail_area
from talentstats.stats.turnbull import turnbull
from talentstats.stats.turnbull_intervals import innermost
from talentstats.stats.turnbull_newton import HazardProblem, hazard_problem, maximise

TurnbullMethod = Literal["closed-form", "likelihood-ratio", "bootstrap"]

_TOLERANCE = 1e-11
# A derivative so small moves no digit that is printed; rounding may allow no less.
_LOOSE_GAP = 1e-6


def turnbull_limits(
    *,
    lower: ArrayLike,
    upper: ArrayLike,
    entry: ArrayLike,
    weight: ArrayLike | None = None,
    at: ArrayLike,
    given: float = -np.inf,
    level: float,
    method: TurnbullMethod,
    seed: int | np.random.Generator | None = None,
    replicates: int = 500,
) -> Limits:
    """Limits of Turnbull's estimate of survival at some times.

    Parameters
    ----------
    lower, upper, entry : array_like
        As `turnbull` takes them (n,).
    weight : array_like or None
        People that a row stands for (n,); None is 1. Sampling weights have no likelihood.
    at : array_like
        Times (s,).
    given : float
        Survival is conditional on staying until then: S(t) / S(given).
    level : float
        Confidence level in (0, 1).
    method : {"closed-form", "likelihood-ratio", "bootstrap"}
        Greenwood's variance on the log-log scale, for a common grid of looks only; survivals that
        a likelihood-ratio test does not reject; or percentiles over people drawn again.
    seed : int, numpy.random.Generator or None
        For the bootstrap.
    replicates : int
        For the bootstrap.

    Returns
    -------
    Limits
        Limits (s,). Where the time lies inside an interval that carries mass, the lower limit is
        that of all this mass gone, the upper that of none. NaN on the log-log scale where nobody
        has left, or all have.

    Raises
    ------
    InputError
        If the closed form is asked for ends that overlap.

    Notes
    -----
    Twice the log-likelihood ratio is held against chi-squared with one degree of freedom, which
    is its limit where people are looked at on finitely many times. With one look a person spread
    over continuous time the limit is another one, with 95% quantile 2.27 in place of 3.84
    (Banerjee and Wellner), so that these limits are then too wide rather than too narrow. The
    survival is held by adding a multiple of the cumulative hazard before the time to the
    likelihood, which keeps it concave. The bootstrap has no proof for such curves.

    References
    ----------
    Thomas, D. R. and Grunkemeier, G. L. (1975). JASA 70, 865-871.
    doi:10.1080/01621459.1975.10480315

    Banerjee, M. and Wellner, J. A. (2001). Annals of Statistics 29, 1699-1731.
    doi:10.1214/aos/1015345959

    Examples
    --------
    >>> looks = dict(lower=[0, 6], upper=[6, np.inf], entry=[0, 0], weight=[13, 87])
    >>> found = turnbull_limits(**looks, at=[6], level=0.95, method="likelihood-ratio")
    >>> found.lower.round(4), found.upper.round(4)  # the likelihood interval of 87 in 100
    (array([0.795]), array([0.9263]))
    """
    low, high, start = (np.asarray(x, dtype=np.float64) for x in (lower, upper, entry))
    people = np.ones(low.size) if weight is None else np.asarray(weight, dtype=np.float64)
    rows = _Rows(lower=low, upper=high, entry=start, weight=people)
    when = np.asarray(at, dtype=np.float64)
    if method == "closed-form":
        return _closed_form(rows, when, given, level)
    if method == "bootstrap":
        return _bootstrap(rows, when, given, level, np.random.default_rng(seed), replicates)
    drop = float(special.chdtri(1.0, 1.0 - level)) / 2.0
    pairs = [_likelihood_limits(rows, float(t), given, drop) for t in when.ravel()]
    return Limits(
        lower=np.array([pair[0] for pair in pairs]).reshape(when.shape),
        upper=np.array([pair[1] for pair in pairs]).reshape(when.shape),
    )


def turnbull_deviance(
    *,
    lower: ArrayLike,
    upper: ArrayLike,
    entry: ArrayLike,
    weight: ArrayLike | None = None,
    at: float,
    given: float = -np.inf,
    survival: float,
) -> float:
    """Twice the log-likelihood that is lost where survival at a time is held.

    Parameters
    ----------
    lower, upper, entry, weight : array_like
        As `turnbull_limits` takes them (n,).
    at, given : float
        Survival is S(at) / S(given).
    survival : float
        The value it is held at, in (0, 1).

    Returns
    -------
    float
        Statistic to be held against chi-squared with one degree of freedom; the likelihood-ratio
        limits are where it meets the quantile.

    Examples
    --------
    >>> looks = dict(lower=[0, 6], upper=[6, np.inf], entry=[0, 0], weight=[13, 87])
    >>> found = turnbull_deviance(**looks, at=6, survival=0.9)
    >>> by_hand = 2 * (13 * np.log(13 / 10) + 87 * np.log(87 / 90))
    >>> bool(np.isclose(found, by_hand, rtol=1e-9))
    True
    """
    low, high, start = (np.asarray(x, dtype=np.float64) for x in (lower, upper, entry))
    people = np.ones(low.size) if weight is None else np.asarray(weight, dtype=np.float64)
    profile = _profile(_Rows(lower=low, upper=high, entry=start, weight=people), float(at), given)
    if profile is None:
        return float("inf")
    best, asked = profile.at(0.0), -float(np.log(survival))
    if best.held < asked:
        found = profile.toward_more(best, lambda held: asked - held.held)
    else:
        found = profile.toward_less(best, lambda held: held.held - asked)
    return max(2.0 * (best.value - found.value), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Rows:
    """Rows as `turnbull` takes them."""

    lower: Floats
    upper: Floats
    entry: Floats
    weight: Floats


def _closed_form(rows: _Rows, at: Floats, given: float, level: float) -> Limits:
    """Return log-log limits of the life table, from the bounds of survival at each time."""
    fit = turnbull(lower=rows.lower, upper=rows.upper, entry=rows.entry, weight=rows.weight)
    if not fit.on_grid:
        raise InputError(
            "the ends of some stays overlap without being the same (lower, upper], so that there "
            "is no life table to give closed limits. Hint: use the likelihood ratio."
        )
    some = rows.weight > 0.0
    places = innermost(lower=rows.lower[some], upper=rows.upper[some], entry=rows.entry[some])
    problem = hazard_problem(places, weight=rows.weight[some])
    ends = np.bincount(problem.first, weights=problem.weight, minlength=problem.stop.size)
    step = np.where(problem.stop, 0.0, ends / np.where(problem.stop, 1.0, problem.stayed))
    greenwood = step / (ends + np.where(problem.stop, 1.0, problem.stayed))
    low, high = fit.survival_bounds(at, given=given)
    point = fit.left == fit.right
    starts = np.where(point, np.nextafter(fit.left, -np.inf), fit.left)

    def variance(
        bounds: Floats, base: int, survival: Floats, side: Literal["left", "right"]
    ) -> Floats:
        total = np.append(0.0, np.cumsum(greenwood))
        return np.asarray(
            survival**2 * (total[np.searchsorted(bounds, at, side=side)] - total[base])
        )

    base_low = int(np.searchsorted(fit.right, given, side="right"))
    base_high = int(np.searchsorted(starts, given, side="left"))
    return Limits(
        lower=pointwise_limits(
            estimate=low,
            variance=variance(starts, base_low, low, "left"),
            level=level,
            scale="log-log",
        ).lower,
        upper=pointwise_limits(
            estimate=high,
            variance=variance(fit.right, base_high, high, "right"),
            level=level,
            scale="log-log",
        ).upper,
    )


def _check_done(gap: float, steps: int, done: bool) -> None:
    """Refuse a limit whose search did not reach its maximum."""
    if not done and not gap <= _LOOSE_GAP:
        raise ConvergenceError(
            f"a limit of Turnbull's curve was not found: after {steps:,} steps the gap is "
            f"{gap:.2g}. Hint: round the times to a coarser clock."
        )


def _bootstrap(
    rows: _Rows,
    at: Floats,
    given: float,
    level: float,
    rng: np.random.Generator,
    replicates: int,
) -> Limits:
    """Return percentiles over samples of as many people, drawn with replacement."""
    people = round(float(rows.weight.sum()))
    draws = rng.multinomial(people, rows.weight / rows.weight.sum(), size=replicates)
    fits = [
        turnbull(lower=rows.lower, upper=rows.upper, entry=rows.entry, weight=draw)
        for draw in draws
    ]
    for fit in fits:
        _check_done(fit.gap, fit.steps, fit.converged)
    found = [fit.survival_bounds(at, given=given) for fit in fits]
    area = float(tail_area(level=level, side="two-sided"))
    return Limits(
        lower=np.quantile([low for low, _ in found], area, axis=0),
        upper=np.quantile([high for _, high in found], 1.0 - area, axis=0),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Held:
    """The maximum with a push on the cumulative hazard held: that hazard, and the likelihood."""

    push: float
    held: float
    value: float


@dataclass(slots=True, kw_only=True, eq=False)
class _Profile:
    """Maxima of the likelihood along the cumulative hazard over the intervals [start, stop)."""

    free: HazardProblem
    opened: HazardProblem  # what may be a stop is bounded there by the push
    start: int
    stop: int
    last: Floats | None = None

    def at(self, push: float) -> _Held:
        """Return the maximum with `push` times the hazard taken off, begun from the one before."""
        base = self.opened if push > 0.0 else self.free
        stayed = base.stayed.copy()
        stayed[self.start : self.stop] += push
        problem = replace(base, stayed=stayed)
        begin = self.last
        if begin is None or not np.isfinite(problem.value(begin)):
            begin = problem.start()
        hazard, steps, gap, done = maximise(
            problem, hazard=begin, tolerance=_TOLERANCE, most_steps=1000
        )
        _check_done(gap, steps, done)
        self.last = hazard
        held = float(hazard[self.start : self.stop].sum())
        if problem.stop[self.start : self.stop].any():
            held = np.inf
        pushed = push * held if push != 0.0 else 0.0
        return _Held(push=push, held=held, value=problem.value(hazard) + pushed)

    def toward_more(self, best: _Held, above: Callable[[_Held], float]) -> _Held:
        """Return where, with more hazard than at the maximum, `above` has fallen to 0."""
        if not np.isfinite(best.held):
            return best
        most = float(self.free.stayed[self.start : self.stop].min())
        near, share = best, 1.0
        while share > 1e-9:
            share /= 2.0
            far = self.at(-most * (1.0 - share))
            if above(far) <= 0.0:
                return self._between(near, far, above)
            near = far
        # Where nobody can have left, more hazard costs `most` a unit, and no push short of it
        # moves: the profile is a straight line.
        step = _Held(push=-most, held=near.held + 1.0, value=near.value - most)
        slope = above(near) - above(step)
        return _along(near, step, above(near) / slope)

    def toward_less(self, best: _Held, above: Callable[[_Held], float]) -> _Held:
        """Return where, with less hazard than at the maximum, `above` has fallen to 0, or none."""
        near, push = best, 1.0
        while near.held > 0.0 and push < 1e12:
            far = self.at(push)
            if above(far) <= 0.0:
                return self._between(near, far, above)
            near, push = far, 2.0 * push
        return near

    def _between(self, near: _Held, far: _Held, above: Callable[[_Held], float]) -> _Held:
        """Return where `above` is 0 between two maxima."""
        for step in range(200):
            # The profile is concave with slope `push`: a chord is exact where it jumps, and off by
            # a quarter of this product at most.
            width, turn = abs(near.held - far.held), abs(near.push - far.push)
            if width * turn <= 1e-9 * abs(far.push) or turn <= 1e-13 * abs(far.push):
                break
            share = above(near) / (above(near) - above(far)) if np.isfinite(near.held) else 0.5
            share = np.sqrt(share) if step % 3 < 2 else 0.5
            push = near.push + np.clip(share, 0.02, 0.98) * (far.push - near.push)
            middle = self.at(float(push))
            near, far = (near, middle) if above(middle) <= 0.0 else (middle, far)
        if not np.isfinite(near.held):
            return far
        return _along(near, far, above(near) / max(above(near) - above(far), 1e-300))


def _along(near: _Held, far: _Held, share: float) -> _Held:
    """Return the point a share of the way along a chord of the profile."""
    return _Held(
        push=far.push,
        held=near.held + share * (far.held - near.held),
        value=near.value + share * (far.value - near.value),
    )


def _profile(rows: _Rows, at: float, given: float) -> _Profile | None:
    """Return the profile along the hazard between two times, None where it is 0."""
    some = rows.weight > 0.0
    # Hazard before the first known end lies in nobody's interval, but may lower survival.
    begin = max(given, float(rows.entry[some].min()))
    places = innermost(
        lower=rows.lower[some],
        upper=rows.upper[some],
        entry=rows.entry[some],
        cuts=(begin, max(at, begin)),
    )
    start, stop = (int(np.searchsorted(places.right, t, side="right")) for t in (begin, at))
    if stop <= start:
        return None
    people = rows.weight[some]
    free = hazard_problem(places, weight=people)
    opened = free
    if free.stop[start:stop].any():
        opened = hazard_problem(places, weight=people, opened=(start, stop))
    return _Profile(free=free, opened=opened, start=start, stop=stop)


def _likelihood_limits(rows: _Rows, at: float, given: float, drop: float) -> tuple[float, float]:
    """Return the least and largest survival at which the log-likelihood falls by `drop`."""
    profile = _profile(rows, at, given)
    if profile is None:
        return 1.0, 1.0
    best = profile.at(0.0)

    def above(held: _Held) -> float:
        return held.value - (best.value - drop)

    more, less = profile.toward_more(best, above), profile.toward_less(best, above)
    return float(np.exp(-more.held)), float(np.exp(-less.held))
