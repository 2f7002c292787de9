"""One study's counts under a normal distribution of its logit, and the mean rate of a logit."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from talentstats.stats.limits import Floats

_STEP = 0.35
_Z = np.arange(-31.0, 32.0) * _STEP
_LOG_Z = -0.5 * _Z**2 - 0.5 * np.log(2.0 * np.pi) + np.log(_STEP)
_DROP = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BinomialStudy:
    """A study of k retained of n.

    Parameters
    ----------
    k, n : float
        Retained and total.
    """

    k: float
    n: float

    @property
    def scale(self) -> float:
        """Width of the likelihood on the logit."""
        return float(np.sqrt((self.n + 1.0) / ((self.k + 0.5) * (self.n - self.k + 0.5))))

    @property
    def center(self) -> float:
        """Logit of the rate with half a person added on either side."""
        return float(np.log((self.k + 0.5) / (self.n - self.k + 0.5)))

    def log_likelihood(self, theta: Floats) -> Floats:
        """Log probability of the counts at logits.

        Parameters
        ----------
        theta : numpy.ndarray
            Logits of any shape.

        Returns
        -------
        numpy.ndarray
            With the binomial coefficient, same shape.
        """
        k, n = self.k, self.n
        choose = -np.log1p(n) - special.betaln(k + 1.0, n - k + 1.0)
        return np.asarray(
            choose + k * special.log_expit(theta) + (n - k) * special.log_expit(-theta)
        )

    def integrate(self, *, mu: Floats, tau: float) -> tuple[Floats, Floats]:
        """Log probability of the counts when the logit is N(mu, tau), and the posterior mean rate.

        Parameters
        ----------
        mu : numpy.ndarray
            Mean logits (m,).
        tau : float
            Standard deviation of the logit, above 0.

        Returns
        -------
        log_prob : numpy.ndarray
            Log probabilities (m,).
        rate : numpy.ndarray
            Posterior mean of the study's rate (m,).

        Examples
        --------
        >>> log_prob, rate = BinomialStudy(k=0, n=0).integrate(mu=np.zeros(1), tau=1.0)
        >>> print(log_prob.round(9) + 0.0, rate.round(9))
        [0.] [0.5]
        """
        if tau <= self.scale:
            theta = mu[:, None] + tau * _Z
            value = _LOG_Z + self.log_likelihood(theta)
        else:
            # The likelihood is the narrower of the two: step through it, not through the prior.
            low, high = self._window(float(mu[0]) - 11.0 * tau, float(mu[-1]) + 11.0 * tau)
            step = 0.4 * min(self.scale, 1.25)
            theta = np.linspace(low, high, int(np.ceil((high - low) / step)) + 1)[None, :]
            spacing = theta[0, 1] - theta[0, 0]
            value = self.log_likelihood(theta) + (
                -0.5 * ((theta - mu[:, None]) / tau) ** 2
                - np.log(tau * np.sqrt(2.0 * np.pi) / spacing)
            )
        top = value.max(axis=1, keepdims=True)
        weight = np.exp(value - top)
        total = weight.sum(axis=1)
        rate = np.sum(weight * special.expit(theta), axis=1) / total
        return top[:, 0] + np.log(total), rate

    def _window(self, low: float, high: float) -> tuple[float, float]:
        """Logits between which the likelihood is not negligible, within given ends."""
        k, left = self.k, self.n - self.k
        if self.n == 0:
            return low, high
        peak = np.log(k / left) if k and left else (high if k else low)
        floor = float(self.log_likelihood(np.array(peak))) - _DROP
        if k:
            low = max(low, self._reaches(floor, inside=peak, outside=min(low, peak - 1.0)))
        if left:
            high = min(high, self._reaches(floor, inside=peak, outside=max(high, peak + 1.0)))
        return low, max(high, low + self.scale)

    def _reaches(self, floor: float, *, inside: float, outside: float) -> float:
        """Logit beyond which the log likelihood is below the floor, or `outside`."""
        for _ in range(60):
            middle = (inside + outside) / 2.0
            if float(self.log_likelihood(np.array(middle))) > floor:
                inside = middle
            else:
                outside = middle
        return outside


def rate_moments(*, mean: Floats, std_dev: Floats) -> tuple[Floats, Floats]:
    """Mean of the rate, and of its square, when its logit is normal.

    Parameters
    ----------
    mean, std_dev : numpy.ndarray
        Of the logit (m,).

    Returns
    -------
    first, second : numpy.ndarray
        Moments about 0 of the rate (m,).

    Examples
    --------
    >>> first, second = rate_moments(mean=np.zeros(1), std_dev=np.full(1, 1e-9))
    >>> print(first.round(6), second.round(6))
    [0.5] [0.25]
    """
    # The rate bends within one logit: steps follow the wider of the two scales.
    step = min(_STEP, 0.5 / float(np.max(std_dev)))
    z = np.arange(-np.ceil(9.0 / step), np.ceil(9.0 / step) + 1.0) * step
    share = np.exp(-0.5 * z**2) * step / np.sqrt(2.0 * np.pi)
    rate = special.expit(mean[:, None] + std_dev[:, None] * z)
    return rate @ share, rate**2 @ share
