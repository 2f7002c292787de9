"""Mixture of Betas nearest to a distribution of the rate, by expectation-maximisation."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from talentstats.stats.limits import Floats

_MOST_STEPS = 1500
# Stop when a step improves the mean log density by less than this.
_GAIN = 1e-9


def fit(*, theta: ArrayLike, mass: ArrayLike, components: int) -> tuple[Floats, Floats, Floats]:
    """Mixture of Betas of least Kullback-Leibler distance from weighted points.

    Parameters
    ----------
    theta : array_like
        Logits of the rates (m,).
    mass : array_like
        Their probabilities (m,), which sum to 1.
    components : int
        Number of components c.

    Returns
    -------
    weights, a, b : numpy.ndarray
        Weights and parameters (c,), heaviest component first. All parameters are at least 1, so
        that the density is bounded and its effective size is defined.

    Examples
    --------
    The points of a Beta(12, 3) give it back:

    >>> theta = np.linspace(-15, 15, 2001)
    >>> mass = np.exp(12 * special.log_expit(theta) + 3 * special.log_expit(-theta))
    >>> _, a, b = fit(theta=theta, mass=mass / mass.sum(), components=1)
    >>> print(a.round(4), b.round(4))
    [12.] [3.]
    """
    logit, weight = (np.asarray(v, dtype=np.float64) for v in (theta, mass))
    statistics = np.stack([special.log_expit(logit), special.log_expit(-logit)], axis=1)
    rate = special.expit(logit)
    w, a, b = _start(rate, weight, components)
    before = -np.inf
    for _ in range(_MOST_STEPS):
        parts = np.log(w) + statistics @ np.stack([a - 1.0, b - 1.0]) - special.betaln(a, b)
        total = special.logsumexp(parts, axis=1, keepdims=True)
        gained = float(weight @ total[:, 0])
        share = np.exp(parts - total) * weight[:, None]
        w = np.maximum(share.sum(axis=0), 1e-300)
        targets = share.T @ statistics / w[:, None]
        w = w / w.sum()
        a, b = _most_likely(targets, a, b)
        if gained - before < _GAIN:
            break
        before = gained
    order = np.argsort(-w, kind="stable")
    return w[order], a[order], b[order]


def _start(rate: Floats, mass: Floats, components: int) -> tuple[Floats, Floats, Floats]:
    """Begin with components of equal weight that have the mean of consecutive slices."""
    slices = np.minimum((np.cumsum(mass) - mass / 2.0) * components, components - 1e-9).astype(int)
    mean = float(mass @ rate)
    size = max(mean * (1.0 - mean) / float(mass @ (rate - mean) ** 2) - 1.0, 2.0)
    centres = np.array(
        [mass[slices == i] @ rate[slices == i] / mass[slices == i].sum() for i in range(components)]
    )
    # Wider slices lie at the ends of the distribution; their components begin flatter.
    sizes = size * np.linspace(0.5, 2.0, components)
    return (
        np.full(components, 1.0 / components),
        np.maximum(centres * sizes, 1.0),
        np.maximum((1.0 - centres) * sizes, 1.0),
    )


def _most_likely(targets: Floats, a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Beta parameters (c,) of at least 1 whose means of log p, log(1 - p) are targets (c, 2)."""
    first, second = targets[:, 0], targets[:, 1]
    log_a, log_b = np.log(a), np.log(b)
    for _ in range(30):
        a, b = np.exp(log_a), np.exp(log_b)
        joint = special.digamma(a + b)
        miss_a = special.digamma(a) - joint - first
        miss_b = special.digamma(b) - joint - second
        shared = special.polygamma(1, a + b)
        own_a, own_b = special.polygamma(1, a) - shared, special.polygamma(1, b) - shared
        det = own_a * own_b - shared**2
        move_a = np.clip((own_b * miss_a + shared * miss_b) / det / a, -1.0, 1.0)
        move_b = np.clip((shared * miss_a + own_a * miss_b) / det / b, -1.0, 1.0)
        log_a, log_b = log_a - move_a, log_b - move_b
        if max(np.abs(move_a).max(), np.abs(move_b).max()) < 1e-10:
            break
    a, b = np.exp(log_a), np.exp(log_b)
    # On the edge the other parameter has a closed form, from digamma(b + 1) - digamma(b) = 1/b.
    edge_a, edge_b = a < 1.0, b < 1.0
    a_alone, b_alone = np.maximum(-1.0 / first, 1.0), np.maximum(-1.0 / second, 1.0)
    return (
        np.where(edge_a, 1.0, np.where(edge_b, a_alone, a)),
        np.where(edge_b, 1.0, np.where(edge_a, b_alone, b)),
    )
