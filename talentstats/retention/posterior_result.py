"""What is known of a stay rate after counts, under a stated prior."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from talentstats import checks
from talentstats.errors import InputError
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.results.wording import percent, percent_range
from talentstats.retention.posterior_difference import PosteriorDifference, posterior_difference
from talentstats.summaries.counts import RetentionCounts

if TYPE_CHECKING:
    import pandas as pd

    from talentstats.retention.beta_mixture import BetaMixture


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RetentionPosterior:
    """A stay rate after counts, under a stated prior; made by `retention_posterior`.

    Parameters
    ----------
    counts : RetentionCounts
        The study.
    prior_name : str
        The prior in words.
    prior : BetaMixture
        The prior.
    mixture : BetaMixture
        The posterior: each component updated, its weight by how well it predicted the counts.
    log_evidence : float
        Log probability of the counts before they were seen.
    provenance : Provenance
        What made this result.
    """

    counts: RetentionCounts
    prior_name: str
    prior: "BetaMixture"
    mixture: "BetaMixture"
    log_evidence: float
    provenance: Provenance

    @property
    def mean(self) -> float:
        """Posterior mean."""
        return self.mixture.mean

    @property
    def std_dev(self) -> float:
        """Posterior standard deviation."""
        return self.mixture.std_dev

    @property
    def median(self) -> float:
        """Posterior median."""
        return self.mixture.quantile(0.5)

    def probability_above(self, rate: float) -> float:
        """Posterior probability that the true rate is above a value.

        Parameters
        ----------
        rate : float
            In (0, 1).

        Returns
        -------
        float
            The probability.
        """
        return self.mixture.probability_above(rate)

    def difference(self, other: "RetentionPosterior") -> PosteriorDifference:
        """Difference to an independent posterior, by quadrature.

        Parameters
        ----------
        other : RetentionPosterior
            Of another, independent group.

        Returns
        -------
        PosteriorDifference
            This rate less the other's.

        Raises
        ------
        InputError
            If `other` is something else.

        Examples
        --------
        >>> from talentstats.retention.posterior import retention_posterior
        >>> one = retention_posterior(RetentionCounts(45, 50), prior="uniform")
        >>> two = retention_posterior(RetentionCounts(30, 40), prior="uniform")
        >>> print(f"{one.difference(two).probability_greater:.4f}")
        0.9689
        """
        if not isinstance(other, RetentionPosterior):
            raise InputError(
                f"other={other!r} is not a RetentionPosterior; make it by retention_posterior(...)."
            )
        mine, theirs = self.mixture, other.mixture
        return posterior_difference(
            (mine.weights, mine.a, mine.b),
            (theirs.weights, theirs.a, theirs.b),
            labels=(_label(self.counts), _label(other.counts)),
            priors=(self.prior_name, other.prior_name),
        )

    @property
    def sentence(self) -> str:
        """The posterior for a referee."""
        low, high = self.mixture.limits(0.95)
        text = (
            f"{self.counts.retained} of {self.counts.total} stayed; under the prior "
            f"{self.prior_name} the stay rate is {percent(self.mean)} in the mean (posterior sd "
            f"{100 * self.std_dev:.1f} points, 95% equal-tailed interval "
            f"{percent_range(low, high)})."
        )
        if 1 < self.mixture.weights.size <= 5:
            before, after = (
                ", ".join(f"{w:.3f}" for w in m.weights) for m in (self.prior, self.mixture)
            )
            text += f" The weights of its components went from {before} to {after}."
        if self.counts.unknown:
            text += (
                f" The {self.counts.unknown} people of unknown status are left out, as if they "
                "stayed at the rate of the others."
            )
        return text

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return the stay rate.

        Parameters
        ----------
        level : float
            Level of the equal-tailed interval.

        Returns
        -------
        pandas.DataFrame
            One row, the posterior mean; `median` beside it.
        """
        low, high = self.mixture.limits(level)
        return tidy_frame(
            [
                {
                    "term": "retention",
                    "estimate": self.mean,
                    "std_error": self.std_dev,
                    "conf_low": low,
                    "conf_high": high,
                    "conf_level": checks.level(level),
                    "interval": "eti",
                    "median": self.median,
                }
            ]
        )

    def glance(self) -> "pd.DataFrame":
        """Return one row: counts, prior, moments, evidence.

        Returns
        -------
        pandas.DataFrame
            One row; `weight_last` is that of the vague component of a robust prior.
        """
        return glance_frame(
            {
                "retained": self.counts.retained,
                "total": self.counts.total,
                "unknown": self.counts.unknown,
                "prior": self.prior_name,
                "prior_mean": self.prior.mean,
                "prior_sd": self.prior.std_dev,
                "components": self.prior.weights.size,
                "mean": self.mean,
                "sd": self.std_dev,
                "median": self.median,
                "weight_last_prior": float(self.prior.weights[-1]),
                "weight_last": float(self.mixture.weights[-1]),
                "log_evidence": self.log_evidence,
            }
        )


def _label(counts: RetentionCounts) -> str:
    """Counts in words."""
    return f"{counts.retained} of {counts.total}"
