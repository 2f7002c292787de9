"""Difference of two independent stay rates whose posteriors are mixtures of Betas."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from talentstats.stats import beta_mixtures
from talentstats.stats.limits import Floats
from talentstats.stats.roots import bracketed_root

# Tail probability beyond which a density adds nothing to fifteen digits.
_NEGLIGIBLE = 1e-18


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceMoments:
    """Moments of a difference of two rates.

    Parameters
    ----------
    mean, std_dev : float
        Of first less second.
    log_odds_ratio : float
        Mean of the log odds ratio of first to second.
    """

    mean: float
    std_dev: float
    log_odds_ratio: float


def difference_moments(
    *,
    weights: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
    other_weights: ArrayLike,
    other_a: ArrayLike,
    other_b: ArrayLike,
) -> DifferenceMoments:
    """Mean and standard deviation of the difference, mean of the log odds ratio.

    Parameters
    ----------
    weights, a, b : array_like
        Mixture of Betas of the first rate (c,).
    other_weights, other_a, other_b : array_like
        Mixture of the second (d,).

    Returns
    -------
    DifferenceMoments
        In closed form.

    Examples
    --------
    >>> found = difference_moments(
    ...     weights=[1], a=[46], b=[6], other_weights=[1], other_a=[31], other_b=[11]
    ... )
    >>> print(f"{found.mean:.6f} {found.std_dev:.6f} {found.log_odds_ratio:.6f}")
    0.146520 0.080134 1.045596
    """
    sides = ((weights, a, b), (other_weights, other_a, other_b))
    (mean, sd), (other_mean, other_sd) = (
        beta_mixtures.moments(weights=w, a=x, b=y) for w, x, y in sides
    )
    logit, other_logit = (
        float(w @ (special.digamma(x) - special.digamma(y)))
        for w, x, y in (beta_mixtures.components(*side) for side in sides)
    )
    return DifferenceMoments(
        mean=mean - other_mean,
        std_dev=float(np.hypot(sd, other_sd)),
        log_odds_ratio=logit - other_logit,
    )


def difference_below(
    value: float,
    *,
    weights: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
    other_weights: ArrayLike,
    other_a: ArrayLike,
    other_b: ArrayLike,
) -> float:
    """Probability that first less second is at most a value.

    Parameters
    ----------
    value : float
        A difference in [-1, 1]; P(first < second) is the value 0, and P(first > second) the
        same call with the two exchanged.
    weights, a, b : array_like
        Mixture of Betas of the first rate (c,).
    other_weights, other_a, other_b : array_like
        Mixture of the second (d,).

    Returns
    -------
    float
        By quadrature over the narrower of the two, for each pair of components.

    Examples
    --------
    >>> below = difference_below(
    ...     0.0, weights=[1], a=[31], b=[11], other_weights=[1], other_a=[46], other_b=[6]
    ... )
    >>> print(f"{below:.9f}")
    0.968883811
    """
    first = beta_mixtures.components(weights, a, b)
    second = beta_mixtures.components(other_weights, other_a, other_b)
    total = 0.0
    for w, x, y in zip(*first, strict=True):
        for v, s, t in zip(*second, strict=True):
            if w * v > 0:
                total += w * v * _pair_below(value, (x, y), (s, t))
    return float(total)


def difference_quantile(
    prob: float,
    *,
    weights: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
    other_weights: ArrayLike,
    other_a: ArrayLike,
    other_b: ArrayLike,
) -> float:
    """Value that first less second falls below with a given probability.

    Parameters
    ----------
    prob : float
        Probability in (0, 1). For an upper limit exchange the two rates and the sign.
    weights, a, b : array_like
        Mixture of Betas of the first rate (c,).
    other_weights, other_a, other_b : array_like
        Mixture of the second (d,).

    Returns
    -------
    float
        The quantile.

    Examples
    --------
    >>> low = difference_quantile(
    ...     0.025, weights=[1], a=[46], b=[6], other_weights=[1], other_a=[31], other_b=[11]
    ... )
    >>> print(f"{low:.7f}")
    -0.0074278
    """
    mixtures = {
        "weights": weights,
        "a": a,
        "b": b,
        "other_weights": other_weights,
        "other_a": other_a,
        "other_b": other_b,
    }
    found = difference_moments(**mixtures)

    def excess(x: Floats, index: NDArray[np.intp]) -> Floats:
        below = [difference_below(float(d), **mixtures) - prob for d in x]
        return np.asarray(below, dtype=np.float64) + 0.0 * index

    # Cantelli: no quantile lies further from the mean than this.
    low = max(found.mean - found.std_dev * np.sqrt((1.0 - prob) / prob), -1.0)
    high = min(found.mean + found.std_dev * np.sqrt(prob / (1.0 - prob)), 1.0)
    return float(bracketed_root(excess, low=[low], high=[high])[0])


def _pair_below(d: float, first: tuple[float, float], second: tuple[float, float]) -> float:
    """P(p - q <= d) of two Betas."""
    if d <= -1.0 or d >= 1.0:
        return float(d >= 1.0)
    spread, other = (
        float(np.sqrt(special.polygamma(1, x) + special.polygamma(1, y)))
        for x, y in (first, second)
    )
    if other < spread:
        # p - q is also (1 - q) - (1 - p), whose first is the narrower one.
        return _pair_below(d, (second[1], second[0]), (first[1], first[0]))
    (a, b), (s, t) = first, second
    # p runs over (low, 1 - cut) where the other is still possible.
    low, cut = max(d, 0.0), max(-d, 0.0)
    below = float(special.betainc(a, b, low))
    width = 1.0 - low - cut
    bottom, top = (
        _end(a if low == 0.0 else 1.0, float(special.betaincinv(a, b, _NEGLIGIBLE)) - low, width),
        _end(
            b if cut == 0.0 else 1.0,
            float(special.betaincinv(b, a, _NEGLIGIBLE)) - cut,
            width,
        ),
    )
    if bottom + top <= 0.0:
        return below
    # A sum over logits of the place within the window: ends become exponential tails, where
    # the trapezoidal rule converges faster than any power of its step.
    step = min(spread / 2.5, 0.35)
    u = np.linspace(-bottom, top, int(np.ceil((bottom + top) / step)) + 1)
    up, down = special.log_expit(u), special.log_expit(-u)
    log_p = up + np.log(width) if low == 0.0 else np.log(low + width * np.exp(up))
    log_rest = down + np.log(width) if cut == 0.0 else np.log(cut + width * np.exp(down))
    gap, gap_rest = cut + width * np.exp(up), low + width * np.exp(down)
    other_above = np.where(
        gap < 0.5,
        special.betaincc(s, t, np.minimum(gap, 1.0)),
        special.betainc(t, s, np.minimum(gap_rest, 1.0)),
    )
    density = np.exp(
        (a - 1.0) * log_p + (b - 1.0) * log_rest - special.betaln(a, b) + np.log(width) + up + down
    )
    return below + float(density @ other_above) * float(u[1] - u[0])


def _end(exponent: float, inside: float, width: float) -> float:
    """Logits from the middle of the window to where nothing is left; -inf if it is beyond it."""
    far = min(45.0 / min(exponent, 1.0), 700.0)
    if inside <= 0.0:
        return far
    if inside >= width:
        return -np.inf
    return min(float(np.log(width - inside) - np.log(inside)), far)
