"""Laws of two or three shares that have a density, by quadrature on log odds.

With three shares p, one of them is split off first, then the rest is split in two:
s = logit p_k and d = log(p_i / p_j). In these coordinates the multinomial likelihood is a
product of two binomial ones, and shares of nearly 0 are nothing special.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from talentstats.stats.limits import Floats, read_only
from talentstats.stats.quadrature import GridDensity, GridIntegral, integrate

# Which share is split off, and how the two others follow.
SPLITS: Final = ((0, 1, 2), (1, 2, 0), (2, 0, 1))

type SplitDensity = Callable[[tuple[int, int, int], Floats, Floats], Floats]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimplexShares:
    """Joint law of k = 2 or 3 shares.

    Parameters
    ----------
    mean : (k,) ndarray
        Means of the shares.
    covariance : (k, k) ndarray
        Their covariances.
    log_evidence : float
        Log probability of the data, the law of the shares before the data integrated out.
    log_odds : tuple of GridDensity
        Density of logit p of each share.
    log_ratios : tuple of GridDensity
        Density of log(p_i / p_j) for (i, j) = (1, 2), (2, 0), (0, 1); of (0, 1) only if k = 2.
    """

    mean: Floats
    covariance: Floats
    log_evidence: float
    log_odds: tuple[GridDensity, ...]
    log_ratios: tuple[GridDensity, ...]

    def __post_init__(self) -> None:
        for name in ("mean", "covariance"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

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
        return np.stack([expit(law.quantile(probability)) for law in self.log_odds], axis=1)

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
        if threshold in {0.0, 1.0}:
            return 1.0 - threshold
        return float(self.log_odds[share].above(logit(threshold)))

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
        law, sign = self._ratio(share, other)
        return float(law.above(0.0) if sign > 0 else law.below(0.0))

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
        law, sign = self._ratio(share, other)
        p = np.asarray(probability, dtype=np.float64)
        return np.exp(sign * law.quantile(p if sign > 0 else 1.0 - p))

    def part_of_rest(
        self, share: int, without: int, probability: ArrayLike
    ) -> tuple[float, float, Floats]:
        """Return the law of a share among all but one category, such as among leavers.

        Parameters
        ----------
        share : int
            Which one.
        without : int
            The category left out, another one; k is 3.
        probability : (q,)
            Probabilities in (0, 1).

        Returns
        -------
        mean : float
            Mean of p of `share` / (1 - p of `without`).
        std_dev : float
            Its standard deviation.
        quantile : (q,) ndarray
            Its quantiles.
        """
        law, sign = self._ratio(share, 3 - share - without)
        part = expit(sign * law.points)
        mean = law.weight @ part
        odds = self.ratio_quantile(share, 3 - share - without, np.atleast_1d(probability))
        return float(mean), float(np.sqrt(law.weight @ (part - mean) ** 2)), odds / (1.0 + odds)

    def _ratio(self, share: int, other: int) -> tuple[GridDensity, float]:
        """Density of the log ratio of a pair, and the sign with which it is to be read."""
        if len(self.log_ratios) == 1:
            return self.log_ratios[0], 1.0 if share == 0 else -1.0
        for law, (_, i, j) in zip(self.log_ratios, SPLITS, strict=True):
            if {share, other} == {i, j}:
                return law, 1.0 if share == i else -1.0
        raise ValueError(f"no pair {share}, {other}")

    @classmethod
    def of_two(cls, integral: GridIntegral, *, log_scale: float = 0.0) -> Self:
        """Return the law of two shares.

        Parameters
        ----------
        integral : GridIntegral
            Over the log odds of the first.
        log_scale : float
            Constant left out of the log density.

        Returns
        -------
        SimplexShares
            Of k = 2.
        """
        first = integral.points[0]
        mean, covariance = integral.moments(expit(first), expit(-first))
        law = integral.density()
        mirrored = GridDensity(points=-law.points[::-1], weight=law.weight[::-1])
        return cls(
            mean=mean,
            covariance=covariance,
            log_evidence=integral.log_total + log_scale,
            log_odds=(law, mirrored),
            log_ratios=(law,),
        )

    @classmethod
    def of_three(cls, log_density: SplitDensity, *, log_scale: float = 0.0) -> Self:
        """Return the law of three shares.

        Parameters
        ----------
        log_density : callable
            Takes (k, i, j), s = logit p_k (r, 1) and d = log(p_i / p_j) (1, c); returns the
            log density of (s, d), shape (r, c).
        log_scale : float
            Constant left out of it.

        Returns
        -------
        SimplexShares
            Of k = 3.
        """
        found = [integrate_split(log_density, split) for split in SPLITS]
        mean, covariance = found[0].moments(*split_shares(*found[0].points))
        return cls(
            mean=mean,
            covariance=covariance,
            log_evidence=found[0].log_total + log_scale,
            log_odds=tuple(one.density(0) for one in found),
            log_ratios=tuple(one.density(1) for one in found),
        )


def integrate_split(log_density: SplitDensity, split: tuple[int, int, int]) -> GridIntegral:
    """Integrate a law of three shares in the coordinates of one split.

    Parameters
    ----------
    log_density : callable
        As in `SimplexShares.of_three`.
    split : tuple of int
        (k, i, j).

    Returns
    -------
    GridIntegral
        Over s = logit p_k and d = log(p_i / p_j).
    """
    return integrate(
        lambda s, d: log_density(split, s, d),
        center=[0.0, 0.0],
        scale=[2.0, 2.0],
        watch=split_shares,
    )


def split_shares(s: Floats, d: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the three shares at s = logit p_k and d = log(p_i / p_j).

    Parameters
    ----------
    s, d : (...)
        Shapes that broadcast.

    Returns
    -------
    tuple of ndarray
        The shares p_k, p_i and p_j.
    """
    return expit(s), expit(-s) * expit(d), expit(-s) * expit(-d)
