"""What several studies predict for a new one (meta-analytic-predictive prior), by quadrature.

Each study has its own logit theta_j ~ N(mu, tau), with mu ~ N(center) and tau half-normal;
the prior for a new study is the posterior of theta_new ~ N(mu, tau). No sampler.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from talentstats.stats.limits import Floats, read_only
from talentstats.stats.logit_studies import BinomialStudy, rate_moments
from talentstats.stats.normal_map import normal_map, tau_grid
from talentstats.stats.roots import bracketed_root

_LOG_2PI = float(np.log(2.0 * np.pi))
# What is e^-42 of the largest is nothing in double precision.
_DROP = 42.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MetaPrior:
    """Posterior of the hierarchy, and the distribution of a new study's logit.

    Parameters
    ----------
    mu_mean, mu_sd : float
        Of the mean logit.
    tau_mean, tau_sd : float
        Of the standard deviation between studies.
    rate_mean, rate_sd : float
        Of a new study's rate.
    study_rates : numpy.ndarray
        Posterior mean rate of each study (j,), drawn towards the others.
    log_evidence : float
        Log probability (density) of the studies.
    theta : numpy.ndarray
        Logits (g,), increasing, denser in the middle.
    density, below : numpy.ndarray
        Density of the new study's logit there, and the probability below it (g,).
    """

    mu_mean: float
    mu_sd: float
    tau_mean: float
    tau_sd: float
    rate_mean: float
    rate_sd: float
    study_rates: Floats
    log_evidence: float
    theta: Floats
    density: Floats
    below: Floats

    def __post_init__(self) -> None:
        for name in ("study_rates", "theta", "density", "below"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def normal_meta_prior(
    *, estimate: ArrayLike, std_error: ArrayLike, center: tuple[float, float], tau_scale: float
) -> MetaPrior:
    """What studies with normal errors on the logit predict for a new rate.

    Parameters
    ----------
    estimate, std_error : array_like
        Logits and their standard errors (j,).
    center : tuple of float
        Mean and standard deviation of the normal prior of mu.
    tau_scale : float
        Scale of the half-normal prior of tau.

    Returns
    -------
    MetaPrior
        The hierarchy, and the new study's logit on a grid.

    Examples
    --------
    >>> found = normal_meta_prior(
    ...     estimate=[1.9, 1.5], std_error=[0.3, 0.25], center=(0, 2), tau_scale=0.5
    ... )
    >>> print(f"{found.rate_mean:.4f}")
    0.8246
    """
    found = normal_map(estimate=estimate, std_error=std_error, center=center, tau_scale=tau_scale)
    w, m, s = found.new.weights, found.new.mean, found.new.std_dev
    used = w > np.exp(-_DROP)
    w, m, s = w[used] / w[used].sum(), m[used], s[used]
    theta, step = _theta_grid(m - 8.5 * s, m + 8.5 * s, center=found.mu_mean, unit=found.mu_sd)
    density = np.exp(-0.5 * ((theta[:, None] - m) / s) ** 2) @ (w / s) / np.sqrt(2.0 * np.pi)
    first, second = rate_moments(mean=m, std_dev=s)
    studies = []
    tau, mean, mu_sd = found.tau[used], found.mu.mean[used], found.mu.std_dev[used]
    for y, se in zip(np.atleast_1d(estimate), np.atleast_1d(std_error), strict=True):
        keep = se**2 / (se**2 + tau**2)
        own_sd = np.sqrt(keep * tau**2 + (keep * mu_sd) ** 2)
        studies.append(w @ rate_moments(mean=(1.0 - keep) * y + keep * mean, std_dev=own_sd)[0])
    rate = float(w @ first)
    return MetaPrior(
        mu_mean=found.mu_mean,
        mu_sd=found.mu_sd,
        tau_mean=found.tau_mean,
        tau_sd=found.tau_sd,
        rate_mean=rate,
        rate_sd=float(np.sqrt(w @ second - rate**2)),
        study_rates=np.array(studies),
        log_evidence=found.log_evidence,
        theta=theta,
        density=density,
        below=_cumulative(density, theta, step),
    )


def binomial_meta_prior(
    *,
    retained: ArrayLike,
    total: ArrayLike,
    center: tuple[float, float],
    tau_scale: float,
    estimate: ArrayLike = (),
    std_error: ArrayLike = (),
) -> MetaPrior:
    """What studies of k of n, beside some with normal errors, predict for a new rate.

    Parameters
    ----------
    retained, total : array_like
        Counts of the binomial studies (j,); 0 of 0 says nothing and is allowed.
    center : tuple of float
        Mean and standard deviation of the normal prior of mu.
    tau_scale : float
        Scale of the half-normal prior of tau.
    estimate, std_error : array_like
        Logits and standard errors of further studies (m,), which come last in `study_rates`.

    Returns
    -------
    MetaPrior
        The hierarchy, and the new study's logit on a grid.

    Notes
    -----
    Three nested integrals: each study's logit, the mean logit, tau. The second integrand is
    log-concave, so that its window can be found. The inner two are sums over equal steps,
    which converge faster than any power of the step.

    Examples
    --------
    >>> found = binomial_meta_prior(
    ...     retained=[43, 88, 27], total=[50, 100, 40], center=(0, 2), tau_scale=0.5
    ... )
    >>> print(f"{found.rate_mean:.4f} {found.study_rates.round(3)}")
    0.7989 [0.841 0.86  0.739]
    """
    studies = [
        BinomialStudy(k=float(k), n=float(n))
        for k, n in zip(np.atleast_1d(retained), np.atleast_1d(total), strict=True)
    ]
    y, se = (np.asarray(v, dtype=np.float64) for v in (estimate, std_error))
    unit = min([s.scale for s in studies] + list(se))
    tau, log_tau = tau_grid(scale=tau_scale, unit=unit, width=0.75)
    reach = [s.center for s in studies] + list(y)
    ends = min(center[0] - 10 * center[1], *reach) - 1, max(center[0] + 10 * center[1], *reach) + 1
    slices: list[_TauSlice] = []
    largest = -np.inf
    for t, log_t in zip(tau, log_tau, strict=True):
        one = _at_tau(float(t), float(log_t), studies, y, se, center, ends)
        total_here = special.logsumexp(one.log_weight)
        largest = max(largest, total_here)
        # Beyond the bulk the half-normal only falls.
        if total_here < largest - _DROP and t > unit:
            break
        slices.append(one)
    evidence = special.logsumexp(np.concatenate([s.log_weight for s in slices]))
    kept = [s for s in slices if special.logsumexp(s.log_weight) > evidence - _DROP]
    weights = [np.exp(s.log_weight - evidence) for s in kept]

    def mean_of(parts: list[Floats]) -> float:
        return float(sum(w @ part for w, part in zip(weights, parts, strict=True)))

    mu_mean = mean_of([s.mu for s in kept])
    tau_of = np.array([s.tau for s in kept])
    tau_weight = np.array([w.sum() for w in weights])
    mu_sd = float(np.sqrt(mean_of([(s.mu - mu_mean) ** 2 for s in kept])))
    tau_mean = float(tau_weight @ tau_of)
    new = [rate_moments(mean=s.mu, std_dev=np.full(s.mu.size, s.tau)) for s in kept]
    rate = mean_of([first for first, _ in new])
    theta, step = _theta_grid(
        np.array([s.mu[0] - 8.5 * s.tau for s in kept]),
        np.array([s.mu[-1] + 8.5 * s.tau for s in kept]),
        center=mu_mean,
        unit=mu_sd,
    )
    density = np.zeros(theta.size)
    for one, weight in zip(kept, weights, strict=True):
        density += one.density(theta, weight)
    return MetaPrior(
        mu_mean=mu_mean,
        mu_sd=mu_sd,
        tau_mean=tau_mean,
        tau_sd=float(np.sqrt(tau_weight @ (tau_of - tau_mean) ** 2)),
        rate_mean=rate,
        rate_sd=float(np.sqrt(mean_of([second for _, second in new]) - rate**2)),
        study_rates=np.array(
            [mean_of([s.study_rates[j] for s in kept]) for j in range(len(studies) + y.size)]
        ),
        log_evidence=float(evidence),
        theta=theta,
        density=density,
        below=_cumulative(density, theta, step),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _TauSlice:
    """The integrand over the mean logit (m,) at one tau, and the studies' rates (j, m) there."""

    tau: float
    mu: Floats
    log_weight: Floats
    study_rates: Floats

    def density(self, theta: Floats, weights: Floats) -> Floats:
        """Density (g,) of a new logit within this slice, given its weights (m,)."""
        step = self.mu[1] - self.mu[0]
        if self.tau >= 1.5 * step:
            z = (theta[:, None] - self.mu) / self.tau
            return np.asarray(np.exp(-0.5 * z**2) @ weights / (self.tau * np.sqrt(2.0 * np.pi)))
        # Too narrow for the grid of mu: interpolate between its points without loss (sinc).
        nodes, share = np.polynomial.hermite_e.hermegauss(9)
        share = share / share.sum()
        inside = (theta > self.mu[0] - 1) & (theta < self.mu[-1] + 1)
        found: Floats = np.zeros(theta.size)
        for node, part in zip(nodes, share, strict=True):
            places = (theta[inside, None] - self.tau * node - self.mu) / step
            found[inside] += float(part) / float(step) * (np.sinc(places) @ weights)
        return np.maximum(found, 0.0)


def _at_tau(
    tau: float,
    log_tau: float,
    studies: Sequence[BinomialStudy],
    y: Floats,
    se: Floats,
    center: tuple[float, float],
    ends: tuple[float, float],
) -> _TauSlice:
    """Integrate each study's logit on a grid of the mean logit that holds all of its mass."""

    def log_joint(mu: Floats) -> tuple[Floats, list[Floats]]:
        spread = np.sqrt(se**2 + tau**2)
        z = (y - mu[:, None]) / spread
        total = -0.5 * ((mu - center[0]) / center[1]) ** 2 - np.log(center[1]) - 0.5 * _LOG_2PI
        total = total - np.sum(0.5 * z**2 + np.log(spread) + 0.5 * _LOG_2PI, axis=1)
        rates = []
        for study in studies:
            factor, rate = study.integrate(mu=mu, tau=tau)
            total = total + factor
            rates.append(rate)
        return total, rates

    low, high = ends
    for _ in range(60):
        mu = np.linspace(low, high, 33)
        value, _ = log_joint(mu)
        kept = np.flatnonzero(value > value.max() - _DROP)
        low, high = mu[max(kept[0] - 1, 0)], mu[min(kept[-1] + 1, 32)]
        if kept.size >= 9:
            break
    mu = np.linspace(low, high, 121)
    value, rates = log_joint(mu)
    for estimate, error in zip(y, se, strict=True):
        keep = error**2 / (error**2 + tau**2)
        rates.append(
            rate_moments(
                mean=(1.0 - keep) * estimate + keep * mu,
                std_dev=np.full(mu.size, np.sqrt(keep) * tau),
            )[0]
        )
    return _TauSlice(
        tau=tau,
        mu=mu,
        log_weight=value + np.log(mu[1] - mu[0]) + log_tau,
        study_rates=np.array(rates),
    )


def _theta_grid(low: Floats, high: Floats, *, center: float, unit: float) -> tuple[Floats, Floats]:
    """Logits from the lowest to the highest, denser in the middle, and their spacing (g,)."""
    ends = np.arcsinh((np.array([low.min(), high.max()]) - center) / unit)
    v = np.linspace(ends[0], ends[1], 801)
    return center + unit * np.sinh(v), unit * np.cosh(v) * (v[1] - v[0])


def _cumulative(density: Floats, theta: Floats, step: Floats) -> Floats:
    """Probability below each logit (g,), which is 1 at the last."""
    mass = density * step
    # Trapezoid with the first Euler-Maclaurin term, from slopes by central differences.
    slope = np.gradient(mass)
    total = np.concatenate([[0.0], np.cumsum((mass[1:] + mass[:-1]) / 2.0)])
    total = total - (slope - slope[0]) / 12.0
    return np.clip(np.maximum.accumulate(total / total[-1]), 0.0, 1.0)


def new_quantile(found: MetaPrior, *, prob: ArrayLike) -> Floats:
    """Rate that a new study falls below with a given probability.

    Parameters
    ----------
    found : MetaPrior
        The hierarchy.
    prob : array_like
        Probabilities (q,) in (0, 1).

    Returns
    -------
    numpy.ndarray
        Rates (q,), by cubic interpolation of the probability between logits.

    Examples
    --------
    >>> nothing = binomial_meta_prior(retained=[0], total=[0], center=(0, 2), tau_scale=0.5)
    >>> new_quantile(nothing, prob=[0.5]).round(6)
    array([0.5])
    """
    p = np.atleast_1d(np.asarray(prob, dtype=np.float64))
    right = np.clip(np.searchsorted(found.below, p), 1, found.theta.size - 1)
    left = right - 1
    width = found.theta[right] - found.theta[left]

    def excess(u: Floats, index: NDArray[np.intp]) -> Floats:
        i, j, h = left[index], right[index], width[index]
        start, end = found.below[i], found.below[j]
        rise, fall = found.density[i] * h, found.density[j] * h
        slope = end - start
        inner = (rise - slope) * (1.0 - u) - (fall - slope) * u
        return np.asarray(start + u * slope + u * (1.0 - u) * inner - p[index])

    place = bracketed_root(excess, low=np.zeros(p.size), high=np.ones(p.size))
    return np.asarray(special.expit(found.theta[left] + place * width))
