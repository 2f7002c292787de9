"""Shares whose log odds have a normal prior: one, two or three destinations, by quadrature."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from talentstats.stats.limits import Floats
from talentstats.stats.logit_likelihood import binomial_logit
from talentstats.stats.quadrature import GridDensity, GridIntegral, integrate
from talentstats.stats.simplex_shares import SimplexShares


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogitNormal:
    """Posterior of one rate whose log odds have a normal prior.

    Parameters
    ----------
    mean, std_dev : float
        Of the rate.
    log_odds_mean, log_odds_std_dev : float
        Of its log odds.
    log_evidence : float
        Log probability of the data.
    log_odds : GridDensity
        Posterior density of the log odds.
    """

    mean: float
    std_dev: float
    log_odds_mean: float
    log_odds_std_dev: float
    log_evidence: float
    log_odds: GridDensity

    def quantile(self, probability: ArrayLike) -> Floats:
        """Return quantiles of the rate.

        Parameters
        ----------
        probability : (q,)
            Probabilities in (0, 1).

        Returns
        -------
        (q,) ndarray
            Quantiles.
        """
        return np.asarray(expit(self.log_odds.quantile(probability)))


def logit_normal(*, k: float, n: float, mean: float, std_dev: float) -> LogitNormal:
    """Posterior of a rate: k of n events, log odds normal before the data.

    Parameters
    ----------
    k, n : float
        Events and trials, 0 <= k <= n; n may be 0.
    mean, std_dev : float
        Of the normal prior of the log odds.

    Returns
    -------
    LogitNormal
        Moments, evidence, quantiles.

    Examples
    --------
    >>> found = logit_normal(k=87, n=100, mean=0, std_dev=1.5)
    >>> print(f"{found.mean:.4f} {found.std_dev:.4f}")
    0.8617 0.0337
    """
    integral = _line(k, n, mean, std_dev)
    x = integral.points[0]
    moments, covariance = integral.moments(expit(x), x)
    return LogitNormal(
        mean=float(moments[0]),
        std_dev=float(np.sqrt(covariance[0, 0])),
        log_odds_mean=float(moments[1]),
        log_odds_std_dev=float(np.sqrt(covariance[1, 1])),
        log_evidence=integral.log_total,
        log_odds=integral.density(),
    )


def reference_prior(*, mean: ArrayLike, std_dev: float) -> tuple[Floats, Floats]:
    """Prior of log(p_k / p_0): independent, the first category being the reference.

    Parameters
    ----------
    mean : (k - 1,)
        Means of the log ratios to the first share.
    std_dev : float
        Their standard deviation.

    Returns
    -------
    mean : (k - 1,) ndarray
        The same.
    covariance : (k - 1, k - 1) ndarray
        Of the log ratios to the first share.

    Notes
    -----
    It does not treat the categories alike: with zero means and three categories the first
    has the smallest mean share.
    """
    m = np.asarray(mean, dtype=np.float64)
    return m, std_dev**2 * np.eye(m.size)


def zero_sum_prior(*, categories: int, std_dev: float) -> tuple[Floats, Floats]:
    """Prior of log(p_k / p_0) where the logits are normal and sum to zero.

    Parameters
    ----------
    categories : int
        Number k of shares.
    std_dev : float
        The logits are N(0, std_dev^2 (I - J / k)): independent, then centred.

    Returns
    -------
    mean : (k - 1,) ndarray
        Zeros.
    covariance : (k - 1, k - 1) ndarray
        Of the log ratios to the first share: std_dev^2 (I + J).
    """
    k = categories - 1
    return np.zeros(k), std_dev**2 * (np.eye(k) + 1.0)


def softmax_posterior(
    *, counts: ArrayLike, mean: ArrayLike, covariance: ArrayLike
) -> SimplexShares:
    """Posterior of two or three shares whose log ratios have a normal prior.

    Parameters
    ----------
    counts : (k,)
        People in each category, k = 2 or 3; all may be 0.
    mean : (k - 1,)
        Prior means of log(p_j / p_0), j = 1 to k - 1.
    covariance : (k - 1, k - 1)
        Their prior covariances.

    Returns
    -------
    SimplexShares
        Moments, evidence, quantiles.

    Examples
    --------
    >>> mean, covariance = zero_sum_prior(categories=3, std_dev=2.0)
    >>> found = softmax_posterior(counts=[87, 10, 3], mean=mean, covariance=covariance)
    >>> found.mean.round(4)
    array([0.8654, 0.1008, 0.0338])
    """
    y, m, c = (np.asarray(x, dtype=np.float64) for x in (counts, mean, covariance))
    if y.size == 2:
        # The log odds of the first share are minus log(p_1 / p_0).
        return SimplexShares.of_two(_line(y[0], y.sum(), -float(m[0]), float(np.sqrt(c[0, 0]))))

    def log_density(split: tuple[int, int, int], s: Floats, d: Floats) -> Floats:
        return split_log_density(split, s, d, counts=y, mean=m, covariance=c)

    return SimplexShares.of_three(log_density)


def split_log_density(
    split: tuple[int, int, int],
    s: Floats,
    d: Floats,
    *,
    counts: Floats,
    mean: Floats,
    covariance: Floats,
) -> Floats:
    """Log of prior times likelihood of three shares at s = logit p_k and d = log(p_i / p_j).

    Parameters
    ----------
    split : tuple of int
        (k, i, j), a permutation of 0, 1, 2.
    s : (r, 1)
        Log odds of the first of them.
    d : (1, c)
        Log ratio of the second to the third.
    counts : (3,)
        People in each category.
    mean : (2,)
        Prior means of log(p_1 / p_0) and log(p_2 / p_0).
    covariance : (2, 2)
        Their prior covariances.

    Returns
    -------
    (r, c) ndarray
        Log density of (s, d) and the counts; log(p_k / p_j) = s + log(1 + exp(d)), so the
        Jacobian is 1.
    """
    k, i, j = split
    from_first = np.zeros((2, 3))
    from_first[0, [k, j]] = 1.0, -1.0
    from_first[1, [i, j]] = 1.0, -1.0
    contrast = from_first[:, 1:]
    at, spread = contrast @ mean, contrast @ covariance @ contrast.T
    # The prior as a normal of log(p_i / p_j) and, given that, of log(p_k / p_j).
    slope = spread[0, 1] / spread[1, 1]
    rest = spread[0, 0] - slope * spread[0, 1]
    off = (d - at[1]) / np.sqrt(spread[1, 1])
    given = (s + (np.logaddexp(0.0, d) - at[0] - slope * (d - at[1]))) / np.sqrt(rest)
    constant = -np.log(2 * np.pi) - 0.5 * np.log(spread[1, 1] * rest)
    along_s = binomial_logit(k=counts[k], n=counts.sum(), log_odds=s)
    along_d = binomial_logit(k=counts[i], n=counts[i] + counts[j], log_odds=d)
    return np.asarray((along_s + constant) + (along_d - 0.5 * off**2) - 0.5 * given**2)


def _line(k: float, n: float, mean: float, std_dev: float) -> GridIntegral:
    """Integral over the log odds of a rate: k of n, normal prior."""
    constant = -0.5 * np.log(2 * np.pi) - np.log(std_dev)
    return integrate(
        lambda x: (
            binomial_logit(k=k, n=n, log_odds=x) + constant - 0.5 * ((x - mean) / std_dev) ** 2
        ),
        center=[mean],
        scale=[std_dev],
        watch=lambda x: (np.asarray(expit(x)),),
    )
