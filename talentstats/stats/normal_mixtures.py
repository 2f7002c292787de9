"""A logit whose prior is a mixture of normals: moments, tails, quantiles, update, its size."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from talentstats.stats.limits import Floats, read_only
from talentstats.stats.panels import panel_nodes
from talentstats.stats.roots import bracketed_root

_LOG_2PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NormalComponents:
    """A mixture of normals.

    Parameters
    ----------
    weights : numpy.ndarray
        Weights (c,), which sum to 1.
    mean, std_dev : numpy.ndarray
        Of each component (c,).
    """

    weights: Floats
    mean: Floats
    std_dev: Floats

    def __post_init__(self) -> None:
        for name in ("weights", "mean", "std_dev"):
            object.__setattr__(self, name, read_only(np.atleast_1d(getattr(self, name))))


def moments(mixture: NormalComponents) -> tuple[float, float]:
    """Mean and standard deviation of a mixture of normals.

    Parameters
    ----------
    mixture : NormalComponents
        The mixture.

    Returns
    -------
    mean : float
        The mean.
    std_dev : float
        The standard deviation, from within and between components.

    Examples
    --------
    >>> mixture = NormalComponents(weights=[0.5, 0.5], mean=[-1, 1], std_dev=[1, 1])
    >>> mean, std_dev = moments(mixture)
    >>> print(f"{mean:.1f} {std_dev**2:.1f}")
    0.0 2.0
    """
    w, m, s = mixture.weights, mixture.mean, mixture.std_dev
    mean = float(w @ m)
    return mean, float(np.sqrt(w @ (s**2 + (m - mean) ** 2)))


def quantile(
    mixture: NormalComponents, *, prob: ArrayLike, side: Literal["below", "above"] = "below"
) -> Floats:
    """Value that has a given probability below, or above, it.

    Parameters
    ----------
    mixture : NormalComponents
        The mixture.
    prob : array_like
        Tail probabilities in (0, 1), any shape.
    side : {"below", "above"}
        On which side of the quantile the probability lies.

    Returns
    -------
    numpy.ndarray
        Quantiles, the shape of `prob`.

    Examples
    --------
    >>> mixture = NormalComponents(weights=[0.5, 0.5], mean=[-1, 1], std_dev=[1, 1])
    >>> print(abs(quantile(mixture, prob=0.5)).round(9))
    0.0
    """
    w, m, s = mixture.weights, mixture.mean, mixture.std_dev
    p = np.asarray(prob, dtype=np.float64)
    flat = p.ravel()
    sign = 1.0 if side == "below" else -1.0
    own = m + sign * s * special.ndtri(flat)[:, None]

    def excess(x: Floats, index: NDArray[np.intp]) -> Floats:
        return np.asarray(special.ndtr(sign * (x[:, None] - m) / s) @ w - flat[index])

    # Rounding may leave the sum of the weights a hair from 1: a slack keeps the bracket.
    slack = 1e-9 * s.max()
    return bracketed_root(
        excess, low=own.min(axis=1) - slack, high=own.max(axis=1) + slack
    ).reshape(p.shape)


def robust(
    mixture: NormalComponents, *, weight: float, mean: float, std_dev: float
) -> NormalComponents:
    """Mixture with a vague normal component added.

    Parameters
    ----------
    mixture : NormalComponents
        The mixture (c,).
    weight : float
        Weight of the new component, in (0, 1); it comes last.
    mean, std_dev : float
        Of the new component.

    Returns
    -------
    NormalComponents
        The mixture (c + 1,).

    References
    ----------
    Schmidli et al. (2014), Biometrics 70:1023-1032, doi:10.1111/biom.12242.

    Examples
    --------
    >>> one = NormalComponents(weights=[1], mean=[1.8], std_dev=[0.3])
    >>> robust(one, weight=0.2, mean=0, std_dev=2).weights
    array([0.8, 0.2])
    """
    return NormalComponents(
        weights=np.append((1.0 - weight) * mixture.weights, weight),
        mean=np.append(mixture.mean, mean),
        std_dev=np.append(mixture.std_dev, std_dev),
    )


def update(
    mixture: NormalComponents, *, estimate: float, std_error: float
) -> tuple[NormalComponents, float]:
    """Posterior after a normal estimate, and the log evidence.

    Parameters
    ----------
    mixture : NormalComponents
        The prior (c,).
    estimate, std_error : float
        A new estimate of the same quantity, with known standard error.

    Returns
    -------
    posterior : NormalComponents
        The posterior (c,).
    log_evidence : float
        Log density of the estimate before it was seen.

    Examples
    --------
    >>> prior = NormalComponents(weights=[1], mean=[0], std_dev=[1])
    >>> posterior, _ = update(prior, estimate=1.0, std_error=1.0)
    >>> print(posterior.mean, posterior.std_dev.round(4))
    [0.5] [0.7071]
    """
    spread, error = mixture.std_dev**2, std_error**2
    total = spread + error
    with np.errstate(divide="ignore"):
        parts = np.log(mixture.weights) - 0.5 * (
            (estimate - mixture.mean) ** 2 / total + np.log(total) + _LOG_2PI
        )
    evidence = special.logsumexp(parts)
    return NormalComponents(
        weights=np.exp(parts - evidence),
        mean=(mixture.mean * error + estimate * spread) / total,
        std_dev=np.sqrt(spread * error / total),
    ), float(evidence)


def moment_size(mixture: NormalComponents, *, unit_std_dev: float) -> float:
    """Units whose mean has the variance of the mixture.

    Parameters
    ----------
    mixture : NormalComponents
        The prior.
    unit_std_dev : float
        Standard deviation of one unit.

    Returns
    -------
    float
        Unit variance over the variance of the mixture.

    Examples
    --------
    >>> one = NormalComponents(weights=[1], mean=[0], std_dev=[0.5])
    >>> moment_size(one, unit_std_dev=2.0)
    16.0
    """
    return float(unit_std_dev**2 / moments(mixture)[1] ** 2)


def local_information_ratio(mixture: NormalComponents, *, unit_std_dev: float) -> float:
    """Expected local-information ratio: curvature of the log prior over that of one unit.

    Parameters
    ----------
    mixture : NormalComponents
        The prior.
    unit_std_dev : float
        Standard deviation of one unit.

    Returns
    -------
    float
        The ratio, never negative.

    References
    ----------
    Neuenschwander, Weber, Schmidli and O'Hagan (2020), Biometrics 76:578-587,
    doi:10.1111/biom.13252.

    Examples
    --------
    >>> one = NormalComponents(weights=[1], mean=[0], std_dev=[0.5])
    >>> print(f"{local_information_ratio(one, unit_std_dev=2.0):.6f}")
    16.000000
    """
    used = mixture.weights > 0
    w, m, s = mixture.weights[used], mixture.mean[used], mixture.std_dev[used]
    x, dx = panel_nodes((m + s * np.arange(-14.0, 14.25, 0.5)[:, None]).ravel())
    z = (x[:, None] - m) / s
    parts = np.log(w / s) - 0.5 * (z**2 + _LOG_2PI)
    total = special.logsumexp(parts, axis=1, keepdims=True)
    slope = -np.sum(np.exp(parts - total) * z / s, axis=1)
    # For a density on the whole line the mean curvature is the mean squared slope.
    return float((np.exp(total[:, 0]) * slope**2) @ dx * unit_std_dev**2)
