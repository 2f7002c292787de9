"""Normal estimates that share a normal distribution: an exact integral over one parameter."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from talentstats.stats import normal_mixtures
from talentstats.stats.limits import Floats, read_only
from talentstats.stats.normal_mixtures import NormalComponents
from talentstats.stats.panels import panel_nodes

_LOG_2PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NormalMap:
    """The normal-normal hierarchy, with the mean logit integrated in closed form.

    Parameters
    ----------
    mu_mean, mu_sd, tau_mean, tau_sd, log_evidence : float
        Posterior moments of the mean logit and of the standard deviation between studies.
    tau, weights : numpy.ndarray
        Values of tau (t,) and their posterior weights.
    mu : NormalComponents
        Posterior of the mean logit given each tau (t,).
    new : NormalComponents
        Distribution of a new study's logit given each tau (t,).
    """

    mu_mean: float
    mu_sd: float
    tau_mean: float
    tau_sd: float
    log_evidence: float
    tau: Floats
    weights: Floats
    mu: NormalComponents
    new: NormalComponents

    def __post_init__(self) -> None:
        for name in ("tau", "weights"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def normal_map(
    *, estimate: ArrayLike, std_error: ArrayLike, center: tuple[float, float], tau_scale: float
) -> NormalMap:
    """Normal estimates that share a normal distribution: a one-dimensional integral over tau.

    Parameters
    ----------
    estimate, std_error : array_like
        Estimates and known standard errors of the studies (j,).
    center : tuple of float
        Mean and standard deviation of the normal prior of mu.
    tau_scale : float
        Scale of the half-normal prior of tau.

    Returns
    -------
    NormalMap
        Posterior of mu and tau; a new study is a mixture of normals.

    References
    ----------
    Neuenschwander, Capkun-Niggli, Branson and Spiegelhalter (2010), Clinical Trials 7:5-18,
    doi:10.1177/1740774509356002.

    Examples
    --------
    >>> found = normal_map(
    ...     estimate=[1.9, 1.5, 2.4, 1.2, 2.0], std_error=[0.3, 0.25, 0.5, 0.4, 0.2],
    ...     center=(0, 2), tau_scale=0.5,
    ... )
    >>> print(f"{found.mu_mean:.6f} {found.tau_mean:.6f}")
    1.768459 0.276455
    """
    y, se = (np.asarray(v, dtype=np.float64) for v in (estimate, std_error))
    tau, log_weight = tau_grid(scale=tau_scale, unit=float(se.min()), width=0.1)
    variance = se**2 + tau[:, None] ** 2
    precision = 1.0 / center[1] ** 2 + np.sum(1.0 / variance, axis=1)
    mean = (center[0] / center[1] ** 2 + np.sum(y / variance, axis=1)) / precision
    # Squares about the posterior mean: nothing large is subtracted.
    squares = np.sum((y - mean[:, None]) ** 2 / variance, axis=1)
    squares += (center[0] - mean) ** 2 / center[1] ** 2
    log_weight = log_weight - 0.5 * (
        np.sum(np.log(variance), axis=1)
        + np.log(center[1] ** 2 * precision)
        + squares
        + y.size * _LOG_2PI
    )
    evidence = special.logsumexp(log_weight)
    weights = np.exp(log_weight - evidence)
    mu = NormalComponents(weights=weights, mean=mean, std_dev=1.0 / np.sqrt(precision))
    mu_mean, mu_sd = normal_mixtures.moments(mu)
    tau_mean = float(weights @ tau)
    return NormalMap(
        mu_mean=mu_mean,
        mu_sd=mu_sd,
        tau_mean=tau_mean,
        tau_sd=float(np.sqrt(weights @ (tau - tau_mean) ** 2)),
        log_evidence=float(evidence),
        tau=tau,
        weights=weights,
        mu=mu,
        new=NormalComponents(weights=weights, mean=mean, std_dev=np.sqrt(1.0 / precision + tau**2)),
    )


def tau_grid(*, scale: float, unit: float, width: float) -> tuple[Floats, Floats]:
    """Values of tau, and the logs of quadrature weight times half-normal density.

    Parameters
    ----------
    scale : float
        Of the half-normal prior.
    unit : float
        Smallest scale in the data.
    width : float
        Width of the panels in asinh(tau / unit).

    Returns
    -------
    tau, log_weight : numpy.ndarray
        Increasing values (t,) and log weights (t,) that sum to 1.

    Examples
    --------
    >>> _, log_weight = tau_grid(scale=0.5, unit=0.2, width=0.75)
    >>> print(f"{np.exp(log_weight).sum():.9f}")
    1.000000000
    """
    top = float(np.arcsinh(9.0 * scale / unit))
    v, dv = panel_nodes(np.linspace(0.0, top, max(3, int(np.ceil(top / width))) + 1))
    tau = unit * np.sinh(v)
    log_density = 0.5 * np.log(2.0 / np.pi) - np.log(scale) - 0.5 * (tau / scale) ** 2
    return tau, log_density + np.log(dv * unit * np.cosh(v))
