"""Log-likelihoods of log odds, exact for ten people and for ten billion."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, log1p, log_expit, xlogy

from talentstats.stats.binomial import log_pmf
from talentstats.stats.limits import Floats


def binomial_logit(*, k: float, n: float, log_odds: ArrayLike) -> Floats:
    """Log probability of k of n given the log odds.

    Parameters
    ----------
    k, n : float
        Events and trials, 0 <= k <= n.
    log_odds : (...)
        Log odds of the event.

    Returns
    -------
    (...) ndarray
        Log probabilities, binomial coefficient included.

    Notes
    -----
    Taken relative to the observed log odds e: k d - n log(1 + (k/n) (exp(d) - 1)) with
    d = log odds - e, in which no two numbers of the size of n are subtracted.

    Examples
    --------
    >>> round(float(np.exp(binomial_logit(k=1, n=2, log_odds=0.0))), 12)
    0.5
    """
    x = np.asarray(log_odds, dtype=np.float64)
    if k == 0 or k == n:
        return np.asarray(n * log_expit(x if k else -x)) if n else np.zeros(x.shape)
    rate = k / n
    away = x - (np.log(k) - np.log(n - k))
    near = np.abs(away) < 1.0
    small = np.where(near, away, 0.0)
    close = k * small - n * log1p(rate * np.expm1(small))
    far = k * log_expit(x) + (n - k) * log_expit(-x) - xlogy(k, rate) - xlogy(n - k, (n - k) / n)
    return np.asarray(np.where(near, close, far) + log_pmf(k=k, n=n, rate=rate))


def binomial_cloglog(*, k: float, n: float, log_rate: ArrayLike) -> Floats:
    """Log probability of k events of n where the probability is 1 - exp(-exp(log rate)).

    Parameters
    ----------
    k, n : float
        Events and trials, 0 <= k <= n.
    log_rate : (...)
        Complementary log-log of the probability.

    Returns
    -------
    (...) ndarray
        Log probabilities, binomial coefficient included.

    Examples
    --------
    >>> half = np.log(np.log(2))
    >>> round(float(np.exp(binomial_cloglog(k=1, n=2, log_rate=half))), 12)
    0.5
    """
    # Beyond exp(500) every sum of log-likelihoods is as good as minus infinity.
    x = np.minimum(np.asarray(log_rate, dtype=np.float64), 500.0)
    rate = np.exp(x)
    event = np.where(x < -30.0, x - rate / 2, np.log(-np.expm1(-np.maximum(rate, 1e-14))))
    coefficient = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    return np.asarray((k * event if k else 0.0) - (n - k) * rate + coefficient)
