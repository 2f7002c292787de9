"""Mixtures of Beta distributions: priors of a stay rate that any counts update in closed form."""

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from talentstats import checks
from talentstats.errors import InputError
from talentstats.results.provenance import Provenance
from talentstats.retention.design import checked_prior
from talentstats.retention.effective_size import EffectiveSampleSize, effective_size
from talentstats.retention.posterior_result import RetentionPosterior
from talentstats.stats import beta_mixtures as kernels
from talentstats.stats.limits import Floats, read_only
from talentstats.summaries.counts import RetentionCounts, checked_counts

_SIDES: Final[tuple[Literal["below", "above"], ...]] = ("below", "above")


@dataclass(frozen=True, slots=True, eq=False)
class BetaMixture:
    """A prior or posterior of a stay rate: a mixture of Beta distributions.

    Parameters
    ----------
    weights : array_like
        Weights of the components (c,), 0 or more, which sum to 1.
    a, b : array_like
        Their Beta parameters (c,), above 0.

    Raises
    ------
    InputError
        If the three have not the same length, a weight is negative, they do not sum to 1, or a
        parameter is not positive and finite.

    Examples
    --------
    >>> prior = BetaMixture([1.0], [30.0], [5.0]).robust(0.2)
    >>> print(f"{prior.mean:.3f} {prior.std_dev:.3f}")
    0.786 0.199
    >>> prior.update(RetentionCounts(12, 30)).mixture.weights.round(3)
    array([0.004, 0.996])
    """

    weights: Floats
    a: Floats
    b: Floats

    def __post_init__(self) -> None:
        for name in ("weights", "a", "b"):
            object.__setattr__(self, name, _parameters(getattr(self, name), name=name))
        sizes = [v.size for v in (self.weights, self.a, self.b)]
        if len(set(sizes)) > 1 or not sizes[0]:
            raise InputError(
                f"weights, a, b have {sizes[0]}, {sizes[1]}, {sizes[2]} values; allowed is the "
                "same number of each, at least one."
            )
        if np.any(self.weights < 0) or abs(float(self.weights.sum()) - 1.0) > 1e-6:
            raise InputError(
                f"weights={self.weights.tolist()} sum to {self.weights.sum():g}; allowed are "
                "weights of 0 or more that sum to 1. Hint: divide them by their sum."
            )
        if np.any(self.a <= 0) or np.any(self.b <= 0):
            raise InputError(
                f"a={self.a.tolist()}, b={self.b.tolist()}: allowed are Beta parameters above 0. "
                "Hint: the uniform prior is a=1, b=1."
            )
        object.__setattr__(self, "weights", read_only(self.weights / self.weights.sum()))

    @property
    def label(self) -> str:
        """The distribution in words."""
        size = self.weights.size
        if size == 1:
            return f"beta({self.a[0]:g},{self.b[0]:g})"
        return f"mixture of {size} betas"

    @property
    def mean(self) -> float:
        """Mean rate."""
        return kernels.moments(weights=self.weights, a=self.a, b=self.b)[0]

    @property
    def std_dev(self) -> float:
        """Standard deviation of the rate."""
        return kernels.moments(weights=self.weights, a=self.a, b=self.b)[1]

    def quantile(self, p: float) -> float:
        """Rate that lies above a share p of the distribution.

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
        return float(kernels.quantile(weights=self.weights, a=self.a, b=self.b, prob=prob))

    def limits(self, level: float = 0.95) -> tuple[float, float]:
        """Equal-tailed limits of the rate.

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
        low, high = (
            float(
                kernels.quantile(weights=self.weights, a=self.a, b=self.b, prob=outside, side=side)
            )
            for side in _SIDES
        )
        return low, high

    def probability_above(self, rate: float) -> float:
        """Probability that the rate is above a value.

        Parameters
        ----------
        rate : float
            In (0, 1).

        Returns
        -------
        float
            The upper tail, exact however small.
        """
        return self._tail(rate, "above")

    def probability_below(self, rate: float) -> float:
        """Probability that the rate is below a value.

        Parameters
        ----------
        rate : float
            In (0, 1).

        Returns
        -------
        float
            The lower tail, exact however small.
        """
        return self._tail(rate, "below")

    def update(self, counts: RetentionCounts) -> RetentionPosterior:
        """Posterior after counts.

        Parameters
        ----------
        counts : RetentionCounts
            The study; people of unknown status are left out.

        Returns
        -------
        RetentionPosterior
            With this mixture as the prior.
        """
        return posterior_of(counts, self, name=self.label)

    def robust(self, weight: float, a: float = 1.0, b: float = 1.0) -> "BetaMixture":
        """Mixture with a vague component added, so that it yields to data in conflict with it.

        Parameters
        ----------
        weight : float
            Weight of the vague component, in (0, 1); it comes last.
        a, b : float
            Its Beta parameters; 1 and 1 are the uniform distribution.

        Returns
        -------
        BetaMixture
            With one component more.

        References
        ----------
        Schmidli et al. (2014), Biometrics 70:1023-1032, doi:10.1111/biom.12242.
        """
        share = checks.finite_number(
            weight, name="robust weight", above=0, below=1, hint="0.2 is a common choice."
        )
        first, second = checked_prior((a, b))
        return BetaMixture(
            np.append((1.0 - share) * self.weights, share),
            np.append(self.a, first),
            np.append(self.b, second),
        )

    def effective_sample_size(self) -> EffectiveSampleSize:
        """How many people this distribution is worth.

        Returns
        -------
        EffectiveSampleSize
            By moment, elir and morita, side by side.
        """
        return effective_size(weights=self.weights, a=self.a, b=self.b)

    def _tail(self, rate: float, side: Literal["below", "above"]) -> float:
        """One tail of the distribution."""
        value = checks.rate(rate)
        return float(kernels.tail(weights=self.weights, a=self.a, b=self.b, rate=value, side=side))


def posterior_of(
    counts: RetentionCounts, prior: BetaMixture, *, name: str, sources: tuple[str, ...] = ()
) -> RetentionPosterior:
    """Posterior after counts, under a prior that has a name.

    Parameters
    ----------
    counts : RetentionCounts
        The study.
    prior : BetaMixture
        The prior.
    name : str
        The prior in words.
    sources : tuple of str
        Published sources that the prior stands on.

    Returns
    -------
    RetentionPosterior
        In closed form.

    Examples
    --------
    >>> prior = BetaMixture([1.0], [1.0], [1.0])
    >>> print(f"{posterior_of(RetentionCounts(87, 100), prior, name='uniform').mean:.4f}")
    0.8627
    """
    checked_counts(counts)
    after = kernels.update(
        weights=prior.weights, a=prior.a, b=prior.b, k=counts.retained, n=counts.total
    )
    return RetentionPosterior(
        counts=counts,
        prior_name=name,
        prior=prior,
        mixture=BetaMixture(after.weights, after.a, after.b),
        log_evidence=after.log_evidence,
        provenance=Provenance(
            function="retention_posterior",
            arguments={
                "retained": counts.retained,
                "total": counts.total,
                "unknown": counts.unknown,
                "prior": name,
            },
            method="conjugate update of a mixture of Betas",
            sources=sources,
        ),
    )


def _parameters(values: Any, *, name: str) -> Floats:
    """Return component parameters as a read-only vector of finite numbers."""
    try:
        array = np.atleast_1d(np.asarray(values, dtype=np.float64))
    except (TypeError, ValueError):
        raise InputError(f"{name}={values!r} is not a list of numbers, one a component.") from None
    if array.ndim != 1 or not np.isfinite(array).all():
        raise InputError(f"{name}={values!r}: allowed are finite numbers, one a component.")
    return read_only(array)
