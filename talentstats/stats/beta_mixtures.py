"""A stay rate whose prior is a mixture of Betas: moments, tails, quantiles, update by counts."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from talentstats.stats.bayes_binomial import log_evidence
from talentstats.stats.limits import Floats, read_only
from talentstats.stats.roots import bracketed_root


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BetaComponents:
    """A mixture of Betas after it has seen counts.

    Parameters
    ----------
    weights : numpy.ndarray
        Posterior weights of the components (c,), which sum to 1.
    a, b : numpy.ndarray
        Their Beta parameters (c,).
    log_evidence : float
        Log probability of the counts before they were seen.
    """

    weights: Floats
    a: Floats
    b: Floats
    log_evidence: float

    def __post_init__(self) -> None:
        for name in ("weights", "a", "b"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def moments(*, weights: ArrayLike, a: ArrayLike, b: ArrayLike) -> tuple[float, float]:
    """Mean and standard deviation of a mixture of Betas.

    Parameters
    ----------
    weights : array_like
        Weights of the components (c,), which sum to 1.
    a, b : array_like
        Their Beta parameters (c,), above 0.

    Returns
    -------
    mean : float
        The mean.
    std_dev : float
        The standard deviation, from within and between components.

    Examples
    --------
    >>> mean, std_dev = moments(weights=[0.8, 0.2], a=[30, 1], b=[5, 1])
    >>> print(f"{mean:.4f} {std_dev:.4f}")
    0.7857 0.1995
    """
    w, a, b = components(weights, a, b)
    means = a / (a + b)
    mean = float(w @ means)
    within = means * (b / (a + b)) / (a + b + 1.0)
    return mean, float(np.sqrt(w @ (within + (means - mean) ** 2)))


def tail(
    *,
    weights: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
    rate: ArrayLike,
    side: Literal["below", "above"],
) -> Floats:
    """Probability that the rate is below, or above, a value.

    Parameters
    ----------
    weights : array_like
        Weights of the components (c,), which sum to 1.
    a, b : array_like
        Their Beta parameters (c,), above 0.
    rate : array_like
        Values in [0, 1], any shape.
    side : {"below", "above"}
        Which tail; each is exact however small.

    Returns
    -------
    numpy.ndarray
        Probabilities, the shape of `rate`.

    Examples
    --------
    >>> print(tail(weights=[1], a=[1], b=[1], rate=0.9, side="above").round(12))
    0.1
    """
    w, a, b = components(weights, a, b)
    x = np.asarray(rate, dtype=np.float64)[..., None]
    area = special.betainc(a, b, x) if side == "below" else special.betaincc(a, b, x)
    return np.asarray(area @ w)


def quantile(
    *,
    weights: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
    prob: ArrayLike,
    side: Literal["below", "above"] = "below",
) -> Floats:
    """Rate that has a given probability below, or above, it.

    Parameters
    ----------
    weights : array_like
        Weights of the components (c,), which sum to 1.
    a, b : array_like
        Their Beta parameters (c,), above 0.
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
    >>> print(quantile(weights=[0.8, 0.2], a=[30, 1], b=[5, 1], prob=0.5).round(4))
    0.8507
    """
    w, a, b = components(weights, a, b)
    p = np.asarray(prob, dtype=np.float64)
    inverse = special.betaincinv if side == "below" else special.betainccinv
    # The quantile of a mixture lies between those of its components.
    own = inverse(a, b, p[..., None])
    if w.size == 1:
        return np.asarray(own[..., 0])
    flat = p.ravel()

    def excess(x: Floats, index: NDArray[np.intp]) -> Floats:
        return tail(weights=w, a=a, b=b, rate=x, side=side) - flat[index]

    low, high = (np.atleast_1d(end.ravel()) for end in (own.min(axis=-1), own.max(axis=-1)))
    return bracketed_root(excess, low=low, high=high).reshape(p.shape)


def update(
    *, weights: ArrayLike, a: ArrayLike, b: ArrayLike, k: ArrayLike, n: ArrayLike
) -> BetaComponents:
    """Posterior of a rate with a mixture of Betas as prior: again one, by conjugacy.

    Each component is updated on its own, and its weight in proportion to how well it
    predicted the counts.

    Parameters
    ----------
    weights : array_like
        Prior weights (c,), which sum to 1.
    a, b : array_like
        Prior parameters (c,), above 0.
    k, n : float
        Retained and total.

    Returns
    -------
    BetaComponents
        Weights and parameters (c,), and the log evidence.

    Examples
    --------
    >>> update(weights=[0.8, 0.2], a=[30, 1], b=[5, 1], k=12, n=30).weights.round(4)
    array([0.0044, 0.9956])
    """
    w, a, b = components(weights, a, b)
    k, n = np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64)
    with np.errstate(divide="ignore"):
        parts = np.log(w) + log_evidence(k=k, n=n, a=a, b=b)
    total = special.logsumexp(parts)
    return BetaComponents(
        weights=np.exp(parts - total), a=a + k, b=b + (n - k), log_evidence=float(total)
    )


def log_predictive(
    *, weights: ArrayLike, a: ArrayLike, b: ArrayLike, k: ArrayLike, n: ArrayLike
) -> Floats:
    """Log probability that a new cohort of n keeps k people, before it is seen.

    Parameters
    ----------
    weights : array_like
        Weights of the components (c,), which sum to 1.
    a, b : array_like
        Their Beta parameters (c,), above 0.
    k, n : array_like
        Retained and total, shapes that broadcast.

    Returns
    -------
    numpy.ndarray
        Log probabilities of the mixture of beta-binomials, the broadcast shape.

    Examples
    --------
    Laplace: every count of n has probability 1 / (n + 1) under the uniform prior.

    >>> print(np.exp(log_predictive(weights=[1], a=[1], b=[1], k=[0, 4], n=4)).round(12))
    [0.2 0.2]
    """
    w, a, b = components(weights, a, b)
    k, n = np.broadcast_arrays(
        np.asarray(k, dtype=np.float64)[..., None], np.asarray(n, dtype=np.float64)[..., None]
    )
    return np.asarray(special.logsumexp(log_evidence(k=k, n=n, a=a, b=b), b=w, axis=-1))


def components(weights: ArrayLike, a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Weights and parameters of a mixture as vectors of floats.

    Parameters
    ----------
    weights, a, b : array_like
        One number a component, or a single number.

    Returns
    -------
    weights, a, b : numpy.ndarray
        Shape (c,) each.
    """
    w, first, second = (np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in (weights, a, b))
    return w, first, second
