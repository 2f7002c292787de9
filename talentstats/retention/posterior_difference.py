"""Difference of two independent stay rates after their data, by quadrature."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from talentstats import checks
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.results.wording import points
from talentstats.stats import beta_difference as kernels
from talentstats.stats.limits import Floats, read_only

if TYPE_CHECKING:
    import pandas as pd

type Components = tuple[Floats, Floats, Floats]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PosteriorDifference:
    """One stay rate less another; made by `RetentionPosterior.difference`.

    Parameters
    ----------
    first, second : tuple of ndarray
        Weights, a and b (c,) of the two mixtures of Betas.
    labels : tuple of str
        The two groups.
    mean, std_dev : float
        Of the difference.
    log_odds_ratio : float
        Posterior mean of the log odds ratio.
    probability_greater : float
        P(first > second | data).
    probability_less : float
        P(first < second | data).
    provenance : Provenance
        What made this result.
    """

    first: Components
    second: Components
    labels: tuple[str, str]
    mean: float
    std_dev: float
    log_odds_ratio: float
    probability_greater: float
    probability_less: float
    provenance: Provenance

    def __post_init__(self) -> None:
        for name in ("first", "second"):
            object.__setattr__(self, name, tuple(read_only(v) for v in getattr(self, name)))

    def quantile(self, p: float) -> float:
        """Difference that lies above a share p of its distribution.

        Parameters
        ----------
        p : float
            Probability in (0, 1).

        Returns
        -------
        float
            The quantile.
        """
        prob = checks.rate(p, name="p")
        return kernels.difference_quantile(prob, **_pair(self.first, self.second))

    def limits(self, level: float = 0.95) -> tuple[float, float]:
        """Equal-tailed limits of the difference.

        Parameters
        ----------
        level : float
            Credible level.

        Returns
        -------
        tuple of float
            Lower and upper limit.
        """
        outside = (1.0 - checks.level(level)) / 2.0
        return (
            kernels.difference_quantile(outside, **_pair(self.first, self.second)),
            -kernels.difference_quantile(outside, **_pair(self.second, self.first)),
        )

    @property
    def sentence(self) -> str:
        """The difference for a referee."""
        low, high = self.limits()
        return (
            f"{self.labels[0]} against {self.labels[1]}: the posterior mean difference is "
            f"{points(self.mean)} points (95% equal-tailed interval {points(low)} to "
            f"{points(high)}), and the first rate is the larger with probability "
            f"{self.probability_greater:.3f}."
        )

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return the difference and the log odds ratio.

        Parameters
        ----------
        level : float
            Level of the equal-tailed interval of the difference.

        Returns
        -------
        pandas.DataFrame
            Two rows of posterior means; `p_greater` is P(first > second).
        """
        low, high = self.limits(level)
        return tidy_frame(
            [
                {
                    "term": "difference",
                    "estimate": self.mean,
                    "std_error": self.std_dev,
                    "conf_low": low,
                    "conf_high": high,
                    "conf_level": checks.level(level),
                    "interval": "eti",
                    "p_greater": self.probability_greater,
                },
                {
                    "term": "log odds ratio",
                    "estimate": self.log_odds_ratio,
                    "p_greater": self.probability_greater,
                },
            ]
        )

    def glance(self) -> "pd.DataFrame":
        """Return one row.

        Returns
        -------
        pandas.DataFrame
            One row.
        """
        return glance_frame(
            {
                "first": self.labels[0],
                "second": self.labels[1],
                "mean": self.mean,
                "sd": self.std_dev,
                "log_odds_ratio": self.log_odds_ratio,
                "p_greater": self.probability_greater,
                "p_less": self.probability_less,
            }
        )


def posterior_difference(
    first: Components,
    second: Components,
    *,
    labels: tuple[str, str],
    priors: tuple[str, str],
) -> PosteriorDifference:
    """Difference of two independent mixtures of Betas.

    Parameters
    ----------
    first, second : tuple of ndarray
        Weights, a and b (c,) of each.
    labels, priors : tuple of str
        The groups and their priors in words.

    Returns
    -------
    PosteriorDifference
        First less second.

    Examples
    --------
    >>> import numpy as np
    >>> uniform = (np.ones(1), np.ones(1), np.ones(1))
    >>> same = posterior_difference(uniform, uniform, labels=("a", "b"), priors=("u", "u"))
    >>> print(f"{same.probability_greater:.6f} {same.std_dev**2:.6f}")
    0.500000 0.166667
    """
    found = kernels.difference_moments(**_pair(first, second))
    return PosteriorDifference(
        first=first,
        second=second,
        labels=labels,
        mean=found.mean,
        std_dev=found.std_dev,
        log_odds_ratio=found.log_odds_ratio,
        probability_greater=kernels.difference_below(0.0, **_pair(second, first)),
        probability_less=kernels.difference_below(0.0, **_pair(first, second)),
        provenance=Provenance(
            function="RetentionPosterior.difference",
            arguments={"first": labels[0], "second": labels[1], "priors": priors},
            method="quadrature over two independent mixtures of Betas",
        ),
    )


def _pair(first: Components, second: Components) -> dict[str, Floats]:
    """Two mixtures by the names that the kernels give them."""
    names = ("weights", "a", "b", "other_weights", "other_a", "other_b")
    return dict(zip(names, (*first, *second), strict=True))
