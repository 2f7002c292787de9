"""Limits and tests of coefficients from the profile of a log-likelihood."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from talentstats.stats.limits import Floats, normal_quantile, read_only
from talentstats.stats.roots import bracketed_root

# Doublings of a standard error before a limit counts as infinite.
_MOST_DOUBLINGS: Final = 30
# A log-likelihood that a doubling changes by less has reached its asymptote.
_FLAT: Final = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProfileLimits:
    """Limits and likelihood-ratio tests, one a coefficient.

    Parameters
    ----------
    lower, upper : numpy.ndarray
        Limits (m,); infinite where the profile never falls far enough.
    statistic : numpy.ndarray
        Likelihood-ratio statistic of a coefficient of 0 (m,), on 1 degree of freedom.
    p_value : numpy.ndarray
        Its two-sided p value (m,).
    """

    lower: Floats
    upper: Floats
    statistic: Floats
    p_value: Floats

    def __post_init__(self) -> None:
        for name in ("lower", "upper", "statistic", "p_value"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def profile_limits(
    refit: Callable[[NDArray[np.bool_], Floats], tuple[float, Floats]],
    *,
    coefficients: ArrayLike,
    covariance: ArrayLike,
    maximum: float,
    level: float,
    which: Sequence[int] | None = None,
) -> ProfileLimits:
    """Limits where twice the log-likelihood ratio reaches the quantile of chi-squared.

    Parameters
    ----------
    refit : callable
        `refit(fixed, start)` maximises over the coefficients that are not fixed, those that are
        keeping their value in `start`, both (p,), and returns the log-likelihood (penalised if
        the fit is) and the coefficients.
    coefficients : array_like
        Estimates (p,).
    covariance : array_like
        Their covariance (p, p), to find the way.
    maximum : float
        The log-likelihood there.
    level : float
        Confidence level.
    which : sequence of int or None
        Places of the m coefficients wanted; None is all.

    Returns
    -------
    ProfileLimits
        Limits and tests.

    References
    ----------
    Heinze, G. and Schemper, M. (2002). A solution to the problem of separation in logistic
    regression. Statistics in Medicine 21, 2409-2419. doi:10.1002/sim.1047

    Examples
    --------
    >>> from talentstats.stats.grouped_fit import fit_poisson
    >>> data = {"design": np.ones((1, 1)), "events": [0], "exposure": [5.0], "penalised": True}
    >>> fit = fit_poisson(**data)
    >>> def refit(fixed, start):
    ...     again = fit_poisson(**data, fixed=fixed, start=start)
    ...     return again.penalised_log_likelihood, again.coefficients
    >>> limits = profile_limits(refit, coefficients=fit.coefficients, covariance=fit.covariance,
    ...                         maximum=fit.penalised_log_likelihood, level=0.95)
    >>> np.exp([limits.lower[0], limits.upper[0]]).round(4)
    array([0.0008, 0.6751])
    """
    estimate = np.asarray(coefficients, dtype=np.float64)
    spread = np.asarray(covariance, dtype=np.float64)
    places = list(range(estimate.size)) if which is None else list(which)
    far = float(normal_quantile(level=level, side="two-sided"))
    profiles = [_Profile(refit, estimate, spread, maximum, j) for j in places]
    ends = [_bracket(profile, sign, far) for profile in profiles for sign in (-1.0, 1.0)]
    inner, outer = (np.array(side) for side in zip(*ends, strict=True))
    finite = np.isfinite(outer)

    def short(value: Floats, index: NDArray[np.intp]) -> Floats:
        chosen = np.flatnonzero(finite)[index]
        return np.array(
            [profiles[i // 2].distance(v) - far for v, i in zip(value, chosen, strict=True)]
        )

    limits = outer.copy()
    limits[finite] = bracketed_root(short, low=inner[finite], high=outer[finite])
    statistic = np.array([profile.distance(0.0) ** 2 for profile in profiles])
    return ProfileLimits(
        lower=limits[0::2],
        upper=limits[1::2],
        statistic=statistic,
        p_value=special.chdtrc(1.0, statistic),
    )


class _Profile:
    """The profile of one coefficient, each fit starting from the nearest one made before."""

    def __init__(
        self,
        refit: Callable[[NDArray[np.bool_], Floats], tuple[float, Floats]],
        estimate: Floats,
        covariance: Floats,
        maximum: float,
        place: int,
    ) -> None:
        self.refit, self.place, self.maximum = refit, place, maximum
        self.fixed = np.arange(estimate.size) == place
        self.error = float(np.sqrt(covariance[place, place]))
        self.along = covariance[:, place] / covariance[place, place]
        self.known: dict[float, tuple[float, Floats]] = {
            float(estimate[place]): (maximum, estimate)
        }
        self.estimate = float(estimate[place])

    def distance(self, value: float) -> float:
        """Return the square root of twice the log-likelihood ratio."""
        if value not in self.known:
            near = min(self.known, key=lambda at: abs(at - value))
            start = self.known[near][1] + (value - near) * self.along
            start[self.place] = value
            self.known[value] = self.refit(self.fixed, start)
        return float(np.sqrt(max(2.0 * (self.maximum - self.known[value][0]), 0.0)))


def _bracket(profile: _Profile, sign: float, far: float) -> tuple[float, float]:
    """Two values between which the limit lies; the second infinite where there is none."""
    inner, reached = profile.estimate, 0.0
    for doubling in range(_MOST_DOUBLINGS):
        outer = profile.estimate + sign * far * profile.error * 2.0**doubling
        now = profile.distance(outer)
        if now > far:
            return inner, outer
        if doubling and now**2 - reached**2 < _FLAT:
            break
        inner, reached = outer, now
    return inner, sign * np.inf
