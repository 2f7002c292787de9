"""How many people a mixture of Betas is worth as a prior: three definitions that disagree."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from talentstats.stats.beta_mixtures import components, moments
from talentstats.stats.limits import Floats
from talentstats.stats.panels import panel_nodes
from talentstats.stats.roots import bracketed_root

# Scale of the flattened prior in Morita's definition, as R's RBesT has it.
_FLATTENED = 100.0


def moment_size(*, weights: ArrayLike, a: ArrayLike, b: ArrayLike) -> float:
    """People whose Beta posterior has the mean and variance of the mixture.

    Parameters
    ----------
    weights : array_like
        Weights of the components (c,), which sum to 1.
    a, b : array_like
        Their Beta parameters (c,), above 0.

    Returns
    -------
    float
        Mean times (1 - mean) over the variance, less 1.

    Examples
    --------
    >>> print(f"{moment_size(weights=[1], a=[12], b=[3]):.6f}")
    15.000000
    """
    mean, std_dev = moments(weights=weights, a=a, b=b)
    return mean * (1.0 - mean) / std_dev**2 - 1.0


def local_information_ratio(
    *, weights: ArrayLike, a: ArrayLike, b: ArrayLike, scale: Literal["rate", "logit"] = "rate"
) -> float:
    """Expected local-information ratio (ELIR): information of the prior over that of one person.

    The expectation, under the prior, of minus the second derivative of its log density,
    divided by the Fisher information of one person.

    Parameters
    ----------
    weights : array_like
        Weights of the components (c,), above 0, which sum to 1.
    a, b : array_like
        Their Beta parameters (c,), above 0.
    scale : {"rate", "logit"}
        Of what the derivative is taken. They agree where all parameters exceed 1; a
        parameter of exactly 1 adds to the logit scale only.

    Returns
    -------
    float
        The ratio; minus infinity where the integral diverges, as for a parameter below 1 on
        the rate scale.

    Notes
    -----
    Writing g for the slopes of the components' log densities and R for their local shares,
    minus the second derivative is the mean of the components' own less the variance of g
    under R. The first part is the closed form a + b of each component, so that only the
    second is integrated.

    References
    ----------
    Neuenschwander, Weber, Schmidli and O'Hagan (2020), Biometrics 76:578-587,
    doi:10.1111/biom.13252.

    Examples
    --------
    >>> print(f"{local_information_ratio(weights=[0.8, 0.2], a=[30, 1], b=[5, 1]):.6f}")
    23.238363
    """
    w, a, b = components(weights, a, b)
    w, a, b = w[w > 0], a[w > 0], b[w > 0]
    if scale == "logit":
        own = a + b
    else:
        if min(a.min(), b.min()) < 1.0:
            return -np.inf
        own = np.where(a > 1.0, b, 0.0) + np.where(b > 1.0, a, 0.0)
    return float(w @ own) - _disagreement(w, a, b)


def mode(*, weights: ArrayLike, a: ArrayLike, b: ArrayLike) -> float:
    """Highest point of the density of a mixture of Betas.

    Parameters
    ----------
    weights : array_like
        Weights of the components (c,), which sum to 1.
    a, b : array_like
        Their Beta parameters (c,), above 0.

    Returns
    -------
    float
        The mode inside (0, 1); NaN where the density is highest at 0 or 1, or has no single
        highest point.

    Examples
    --------
    >>> print(f"{mode(weights=[1], a=[12], b=[3]):.6f}")
    0.846154
    """
    w, a, b = components(weights, a, b)
    w, a, b = w[w > 0], a[w > 0], b[w > 0]
    if min(a.min(), b.min()) < 1.0 or np.all((a == 1.0) & (b == 1.0)):
        return float("nan")
    probs = np.linspace(0.005, 0.995, 100)[:, None]
    grid = np.unique(special.betaincinv(a, b, probs))
    grid = grid[(grid > 0) & (grid < 1)]
    density, _ = _log_density(w, a, b, grid)
    top = int(np.argmax(density))
    low = grid[top - 1] if top > 0 else grid[0] * 1e-9
    high = grid[top + 1] if top + 1 < grid.size else 1.0 - (1.0 - grid[-1]) * 1e-9

    def slope(x: Floats, index: NDArray[np.intp]) -> Floats:
        return _log_density(w, a, b, x)[1] + 0.0 * index

    ends = slope(np.array([low, high]), np.array([0, 0]))
    if not ends[0] > 0.0 > ends[1]:
        return float("nan")
    return float(bracketed_root(slope, low=[low], high=[high])[0])


def morita_size(*, weights: ArrayLike, a: ArrayLike, b: ArrayLike) -> float:
    """People after whom a flattened prior is as curved at the mode as this prior.

    Parameters
    ----------
    weights : array_like
        Weights of the components (c,), which sum to 1.
    a, b : array_like
        Their Beta parameters (c,), above 0.

    Returns
    -------
    float
        The size in the variant of R's RBesT: curvature at the mode m, less that of
        Beta(m / 100, (1 - m) / 100), over the expected information of one person; NaN where
        there is no mode inside (0, 1).

    References
    ----------
    Morita, Thall and Mueller (2008), Biometrics 64:595-602,
    doi:10.1111/j.1541-0420.2007.00888.x.

    Examples
    --------
    >>> print(f"{morita_size(weights=[1], a=[12], b=[3]):.4f}")
    14.9920
    """
    m = mode(weights=weights, a=a, b=b)
    if np.isnan(m):
        return float("nan")
    w, a, b = components(weights, a, b)
    share = _shares(w, a, b, np.array([m]))[0]
    slopes = (a - 1.0) / m - (b - 1.0) / (1.0 - m)
    curves = (a - 1.0) / m**2 + (b - 1.0) / (1.0 - m) ** 2
    information = share @ curves - (share @ slopes**2 - (share @ slopes) ** 2)
    flat = (m / _FLATTENED - 1.0) / m**2 + ((1.0 - m) / _FLATTENED - 1.0) / (1.0 - m) ** 2
    mean, _ = moments(weights=w, a=a, b=b)
    return float((information - flat) / (mean / m**2 + (1.0 - mean) / (1.0 - m) ** 2))


def _log_density(w: Floats, a: Floats, b: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Log density of the mixture and its slope, (m,) each, at rates x (m,)."""
    parts = _log_parts(w, a, b, x)
    total = special.logsumexp(parts, axis=1)
    slopes = (a - 1.0) / x[:, None] - (b - 1.0) / (1.0 - x[:, None])
    return total, np.sum(np.exp(parts - total[:, None]) * slopes, axis=1)


def _shares(w: Floats, a: Floats, b: Floats, x: Floats) -> Floats:
    """Share of each component in the density at rates x: (m, c)."""
    parts = _log_parts(w, a, b, x)
    return np.asarray(np.exp(parts - special.logsumexp(parts, axis=1, keepdims=True)))


def _log_parts(w: Floats, a: Floats, b: Floats, x: Floats) -> Floats:
    """Log of each component's part of the density at rates x: (m, c)."""
    x = x[:, None]
    return np.asarray(
        np.log(w) + special.xlogy(a - 1.0, x) + special.xlog1py(b - 1.0, -x) - special.betaln(a, b)
    )


def _disagreement(w: Floats, a: Floats, b: Floats) -> float:
    """Prior mean of the local variance of the components' slopes, per person's information."""
    if w.size == 1:
        return 0.0
    centre = special.digamma(a) - special.digamma(b)
    spread = np.sqrt(special.polygamma(1, a) + special.polygamma(1, b))
    low = float(np.min(centre - 12.0 * spread)) - _reach(a)
    high = float(np.max(centre + 12.0 * spread)) + _reach(b)
    if np.isinf(low) or np.isinf(high):
        return np.inf
    inner = (centre + spread * np.arange(-12.0, 12.25, 0.5)[:, None]).ravel()
    u, du = panel_nodes(np.concatenate([[low, high], inner, np.arange(low, high)]))
    log_x, log_rest = special.log_expit(u)[:, None], special.log_expit(-u)[:, None]
    parts = np.log(w) + (a - 1.0) * log_x + (b - 1.0) * log_rest - special.betaln(a, b)
    total = special.logsumexp(parts, axis=1, keepdims=True)
    share = np.exp(parts - total)
    slopes = (a - 1.0) * np.exp(log_rest) - (b - 1.0) * np.exp(log_x)
    centred = slopes - np.sum(share * slopes, axis=1, keepdims=True)
    return float((np.exp(total[:, 0]) * np.sum(share * centred**2, axis=1)) @ du)


def _reach(exponents: Floats) -> float:
    """How far beyond the bulk, on the logit axis, components of these exponents still disagree."""
    distinct = np.unique(exponents)
    if distinct.size == 1:
        # They agree at this end up to the other end's exponent, and the density decays.
        return float(40.0 / min(distinct[0] + 1.0, 2.0))
    return float(40.0 / (distinct[1] - 1.0)) if distinct[1] > 1.0 else np.inf
