"""Shares under a Dirichlet law some of whose counts are not seen, only their sum.

Given z, the shares are Dirichlet(base + z); z = (z_1, ..., z_k) sums to m, and its
probability is proportional to a product of one weight a category. Known counts (m = 0),
people of unknown status and misclassified people are all of this kind.
"""

from dataclasses import dataclass
from functools import reduce
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaincc, logsumexp

from talentstats.stats import beta_mixtures
from talentstats.stats.limits import Floats, read_only

# Rows of a convolution held in memory at once.
_ROWS: Final = 256
_NEGLIGIBLE: Final = 1e-17


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AllocatedDirichlet:
    """Joint law of k shares.

    Parameters
    ----------
    base : (k,) ndarray
        Dirichlet parameters before the unseen counts, positive.
    log_weight : (k, m + 1) ndarray
        Log weight of z_k = 0, ..., m by category.
    log_evidence : float
        Log probability of the data, or NaN.
    """

    base: Floats
    log_weight: Floats
    log_evidence: float

    def __post_init__(self) -> None:
        for name in ("base", "log_weight"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def unseen(self) -> Floats:
        """P(z_k = 0, ..., m), shape (k, m + 1): how many of the unseen belong to each category."""
        return np.stack(
            [_normalised(one + self._log_rest(k)[::-1])[0] for k, one in enumerate(self.log_weight)]
        )

    @property
    def log_sum(self) -> float:
        """Log of the sum of all products of weights over allocations of the unseen."""
        return _normalised(self.log_weight[0] + self._log_rest(0)[::-1])[1]

    @property
    def mean(self) -> Floats:
        """Means (k,) of the shares."""
        return (self.base + self.unseen @ self._steps) / self._total

    @property
    def covariance(self) -> Floats:
        """Covariances (k, k) of the shares."""
        k, m, total = self.base.size, self.mean, self._total
        mean_z = self.unseen @ self._steps
        spread = np.empty((k, k))
        for i, weight in enumerate(self.unseen):
            spread[i, i] = weight @ (self._steps - mean_z[i]) ** 2
            for j in range(i):
                pair, z_i, z_j = self._pair(i, j)
                spread[i, j] = spread[j, i] = np.sum(pair * (z_i - mean_z[i]) * (z_j - mean_z[j]))
        # Variance given z, plus that of the mean given z.
        within = (np.diag(m) - np.outer(m, m)) / (total + 1)
        return np.asarray(within + spread / (total * (total + 1)))

    @property
    def std_dev(self) -> Floats:
        """Standard deviations (k,) of the shares."""
        return np.sqrt(np.diag(self.covariance))

    def quantile(self, probability: ArrayLike) -> Floats:
        """Return quantiles of every share by itself.

        Parameters
        ----------
        probability : (q,)
            Probabilities in (0, 1).

        Returns
        -------
        (q, k) ndarray
            Quantiles.
        """
        columns = []
        for base, weight in zip(self.base, self.unseen, strict=True):
            a = base + self._steps
            columns.append(_quantile(weight, a, self._total - a, probability))
        return np.stack(columns, axis=1)

    def probability_above(self, share: int, threshold: float) -> float:
        """Return the probability that a share is above a threshold.

        Parameters
        ----------
        share : int
            Which one.
        threshold : float
            Number in [0, 1].

        Returns
        -------
        float
            P(p > threshold).
        """
        a = self.base[share] + self._steps
        return float(self.unseen[share] @ betaincc(a, self._total - a, threshold))

    def probability_exceeds(self, share: int, other: int) -> float:
        """Return the probability that one share is larger than another.

        Parameters
        ----------
        share, other : int
            Two different ones.

        Returns
        -------
        float
            P(p of `share` > p of `other`).
        """
        weight, z_share, z_other = self._pair(share, other)
        a, b = self.base[share] + z_share, self.base[other] + z_other
        return float(weight @ betainc(b, a, 0.5))

    def ratio_quantile(self, share: int, other: int, probability: ArrayLike) -> Floats:
        """Return quantiles of the ratio of two shares.

        Parameters
        ----------
        share, other : int
            Two different ones.
        probability : (q,)
            Probabilities in (0, 1).

        Returns
        -------
        (q,) ndarray
            Quantiles of p of `share` over p of `other`.
        """
        p = np.asarray(probability, dtype=np.float64)
        weight, z_share, z_other = self._pair(share, other)
        a, b = self.base[share] + z_share, self.base[other] + z_other
        part = _quantile(weight, a, b, p)
        rest = _quantile(weight, b, a, 1.0 - p)
        return np.asarray(part / rest)

    def part_of_rest(
        self, share: int, without: int, probability: ArrayLike
    ) -> tuple[float, float, Floats]:
        """Return the law of a share among all but one category, such as among leavers.

        Parameters
        ----------
        share : int
            Which one.
        without : int
            The category left out, another one; k is 3 or more.
        probability : (q,)
            Probabilities in (0, 1).

        Returns
        -------
        mean : float
            Mean of p of `share` / (1 - p of `without`), which is Beta given the counts.
        std_dev : float
            Its standard deviation.
        quantile : (q,) ndarray
            Its quantiles.
        """
        weight, z_share, z_without = self._pair(share, without)
        a = self.base[share] + z_share
        b = self._total - self.base[without] - z_without - a
        mean, std_dev = beta_mixtures.moments(weights=weight, a=a, b=b)
        return mean, std_dev, _quantile(weight, a, b, probability)

    @property
    def _total(self) -> float:
        """Sum of the Dirichlet parameters, unseen counts included."""
        return float(self.base.sum() + self.log_weight.shape[1] - 1)

    @property
    def _steps(self) -> Floats:
        """The possible counts 0, ..., m."""
        return np.arange(self.log_weight.shape[1], dtype=np.float64)

    def _log_rest(self, *without: int) -> Floats:
        """Log weight (m + 1,) of the sums of all other categories."""
        others = [one for k, one in enumerate(self.log_weight) if k not in without]
        return reduce(_log_convolution, others)

    def _pair(self, first: int, second: int) -> tuple[Floats, Floats, Floats]:
        """Probability (t,) of the pairs of two unseen counts, with both counts (t,)."""
        m = self.log_weight.shape[1] - 1
        if self.base.size == 2:
            return self.unseen[first], self._steps, m - self._steps
        z_first, z_second = np.nonzero(np.add.outer(np.arange(m + 1), np.arange(m + 1)) <= m)
        logs = (
            self.log_weight[first][z_first]
            + self.log_weight[second][z_second]
            + self._log_rest(first, second)[m - z_first - z_second]
        )
        return _normalised(logs)[0], z_first.astype(np.float64), z_second.astype(np.float64)


def _normalised(logs: Floats) -> tuple[Floats, float]:
    """Probabilities proportional to exp(logs), and the log of the sum."""
    top = float(logs.max())
    weight = np.exp(logs - top)
    total = weight.sum()
    return np.asarray(weight / total), top + float(np.log(total))


def _log_convolution(left: Floats, right: Floats) -> Floats:
    """Log of sum_z exp(left[z] + right[u - z]) for u = 0, ..., m."""
    m = left.size
    padded = np.concatenate([np.full(m - 1, -np.inf), right])
    windows = np.lib.stride_tricks.sliding_window_view(padded, m)[:, ::-1]
    return np.concatenate(
        [logsumexp(windows[u : u + _ROWS] + left, axis=1) for u in range(0, m, _ROWS)]
    )


def _quantile(weight: Floats, a: Floats, b: Floats, probability: ArrayLike) -> Floats:
    """Quantiles (q,) of a mixture of betas, parts of no weight left out."""
    kept = weight > _NEGLIGIBLE
    return beta_mixtures.quantile(
        weights=weight[kept], a=a[kept], b=b[kept], prob=np.atleast_1d(probability)
    )
