"""One proportion under a Beta prior, in closed form."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from talentstats.stats.binomial import log_pmf, stirling_error
from talentstats.stats.limits import Floats


def _posterior(k: ArrayLike, n: ArrayLike, a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    """Return the parameters of the Beta posterior."""
    k, n, a, b = (np.asarray(x, dtype=np.float64) for x in (k, n, a, b))
    return np.asarray(a + k), np.asarray(b + n - k)


def prob_below(
    *, k: ArrayLike, n: ArrayLike, rate: ArrayLike, a: ArrayLike, b: ArrayLike
) -> Floats:
    """Posterior probability that the true rate is below a benchmark.

    Parameters
    ----------
    k, n : array_like
        Retained and total, shapes that broadcast.
    rate : array_like
        Benchmark rates in [0, 1].
    a, b : array_like
        Parameters of the Beta prior, above 0.

    Returns
    -------
    numpy.ndarray
        Probabilities, the broadcast shape.

    Examples
    --------
    >>> round(float(prob_below(k=87, n=100, rate=0.9, a=0.5, b=0.5)), 6)
    0.842034
    """
    return np.asarray(special.betainc(*_posterior(k, n, a, b), np.asarray(rate, dtype=np.float64)))


def prob_above(
    *, k: ArrayLike, n: ArrayLike, rate: ArrayLike, a: ArrayLike, b: ArrayLike
) -> Floats:
    """Posterior probability that the true rate is above a benchmark.

    Parameters
    ----------
    k, n : array_like
        Retained and total, shapes that broadcast.
    rate : array_like
        Benchmark rates in [0, 1].
    a, b : array_like
        Parameters of the Beta prior, above 0.

    Returns
    -------
    numpy.ndarray
        Probabilities, the broadcast shape, exact however small.

    Examples
    --------
    >>> round(float(prob_above(k=87, n=100, rate=0.9, a=0.5, b=0.5)), 6)
    0.157966
    """
    return np.asarray(special.betaincc(*_posterior(k, n, a, b), np.asarray(rate, dtype=np.float64)))


def prob_between(
    *,
    k: ArrayLike,
    n: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
) -> Floats:
    """Posterior probability that the true rate lies within a margin.

    Parameters
    ----------
    k, n : array_like
        Retained and total, shapes that broadcast.
    low, high : array_like
        Ends of the margin; what lies outside [0, 1] is cut off.
    a, b : array_like
        Parameters of the Beta prior, above 0.

    Returns
    -------
    numpy.ndarray
        Probabilities, the broadcast shape.

    Examples
    --------
    With a uniform prior and nobody seen, the width of the margin:

    >>> round(float(prob_between(k=0, n=0, low=0.2, high=0.5, a=1, b=1)), 12)
    0.3
    """
    first, second = _posterior(k, n, a, b)
    low, high = np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
    below = special.betainc(first, second, high) - special.betainc(first, second, low)
    above = special.betaincc(first, second, low) - special.betaincc(first, second, high)
    # Take the difference of the smaller tails: the other one loses all digits.
    return np.asarray(np.where(low > first / (first + second), above, below))


def posterior_mean(*, k: ArrayLike, n: ArrayLike, a: ArrayLike, b: ArrayLike) -> Floats:
    """Posterior mean of the rate.

    Parameters
    ----------
    k, n : array_like
        Retained and total, shapes that broadcast.
    a, b : array_like
        Parameters of the Beta prior, above 0.

    Returns
    -------
    numpy.ndarray
        Means, the broadcast shape.

    Examples
    --------
    >>> float(posterior_mean(k=1, n=2, a=1, b=1))
    0.5
    """
    first, second = _posterior(k, n, a, b)
    return np.asarray(first / (first + second))


def _log_gamma_shift(x: Floats, shift: Floats) -> Floats:
    """Return log gamma(x + 1 + shift) - log gamma(x + 1) without subtracting large numbers."""
    large = np.maximum(x, 16.0)
    moved = large + shift
    near = (
        (moved + 0.5) * np.log1p(shift / large)
        + shift * (np.log(large) - 1.0)
        + stirling_error(moved)
        - stirling_error(large)
    )
    small = np.minimum(x, 16.0)
    direct = special.gammaln(small + 1.0 + shift) - special.gammaln(small + 1.0)
    return np.where(x >= 16.0, near, direct)


def log_evidence(*, k: ArrayLike, n: ArrayLike, a: ArrayLike, b: ArrayLike) -> Floats:
    """Log probability of the counts under a Beta prior, before they are seen.

    Parameters
    ----------
    k, n : array_like
        Retained and total, shapes that broadcast; whole numbers give beta-binomial
        probabilities.
    a, b : array_like
        Parameters of the Beta prior, above 0.

    Returns
    -------
    numpy.ndarray
        Natural logarithms, the broadcast shape.

    Notes
    -----
    Taken relative to the uniform prior's 1 / (n + 1), so that no two large numbers are
    subtracted.

    Examples
    --------
    >>> print(np.exp(log_evidence(k=87, n=100, a=1, b=1)).round(12) == round(1 / 101, 12))
    True
    """
    k, n, a, b = (np.asarray(x, dtype=np.float64) for x in (k, n, a, b))
    relative = (
        _log_gamma_shift(k, a - 1.0)
        + _log_gamma_shift(n - k, b - 1.0)
        - _log_gamma_shift(n + 1.0, a + b - 2.0)
    )
    return np.asarray(relative - special.betaln(a, b) - np.log1p(n))


def log_bayes_factor(
    *, k: ArrayLike, n: ArrayLike, rate: ArrayLike, a: ArrayLike, b: ArrayLike
) -> Floats:
    """Log Bayes factor of "the rate has the Beta prior" over "the rate is the benchmark".

    Parameters
    ----------
    k, n : array_like
        Retained and total, shapes that broadcast.
    rate : array_like
        Benchmark rates in (0, 1).
    a, b : array_like
        Parameters of the Beta prior under the alternative, above 0.

    Returns
    -------
    numpy.ndarray
        Natural logarithms, the broadcast shape; positive values favour the alternative.

    Notes
    -----
    The null enters by its own probability, and the alternative as in `log_evidence`.

    Examples
    --------
    >>> round(float(np.exp(log_bayes_factor(k=87, n=100, rate=0.9, a=1, b=1))), 6)
    0.133253
    """
    return np.asarray(log_evidence(k=k, n=n, a=a, b=b) - log_pmf(k=k, n=n, rate=rate))
