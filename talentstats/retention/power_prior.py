"""One historical study taken at part of its weight: power priors."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from talentstats import checks
from talentstats.errors import InputError
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.results.wording import percent
from talentstats.retention.beta_mixture import BetaMixture, posterior_of
from talentstats.retention.posterior import as_mixture
from talentstats.retention.posterior_result import RetentionPosterior
from talentstats.stats import power_prior as kernels
from talentstats.stats.limits import Floats, read_only
from talentstats.summaries.counts import RetentionCounts, checked_counts

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PowerPriorPosterior:
    """A stay rate with one historical study at part of its weight; made by `power_prior`.

    Parameters
    ----------
    historical : RetentionCounts
        The historical study.
    posterior : RetentionPosterior
        After the new counts; its `prior` is the power prior.
    power : ndarray of float
        Weight of the historical study in each component (m,): one value, or the nodes of the
        quadrature over (0, 1).
    normalised : bool
        Whether the weight was learned.
    provenance : Provenance
        What made this result.
    """

    historical: RetentionCounts
    posterior: RetentionPosterior
    power: Floats
    normalised: bool
    provenance: Provenance

    def __post_init__(self) -> None:
        object.__setattr__(self, "power", read_only(self.power))

    @property
    def weight_mean(self) -> float:
        """Posterior mean of the historical study's weight; the weight itself if it was fixed."""
        return float(self.posterior.mixture.weights @ self.power)

    @property
    def weight_std_dev(self) -> float:
        """Posterior standard deviation of the weight; 0 if it was fixed."""
        off = self.power - self.weight_mean
        return float(np.sqrt(self.posterior.mixture.weights @ off**2))

    @property
    def prior_people(self) -> float:
        """People that the power prior is worth: a + b, averaged over the prior of the weight."""
        prior = self.posterior.prior
        return float(prior.weights @ (prior.a + prior.b))

    @property
    def sentence(self) -> str:
        """The posterior for a referee."""
        low, high = self.posterior.mixture.limits()
        how = (
            f"at a weight learned from the agreement of the two studies (posterior mean "
            f"{self.weight_mean:.2f})"
            if self.normalised
            else f"at weight {self.weight_mean:g}"
        )
        counts = self.posterior.counts
        return (
            f"{counts.retained} of {counts.total} stayed; with the historical "
            f"{self.historical.retained} of {self.historical.total} {how} the stay rate is "
            f"{percent(self.posterior.mean)} in the mean (95% equal-tailed interval "
            f"{percent(low)} to {percent(high)})."
        )

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return the stay rate and the weight.

        Parameters
        ----------
        level : float
            Level of the equal-tailed interval of the rate.

        Returns
        -------
        pandas.DataFrame
            Posterior means; the weight has no standard error where it was fixed.
        """
        checked = checks.level(level)
        low, high = self.posterior.mixture.limits(checked)
        return tidy_frame(
            [
                {
                    "term": "retention",
                    "estimate": self.posterior.mean,
                    "std_error": self.posterior.std_dev,
                    "conf_low": low,
                    "conf_high": high,
                    "conf_level": checked,
                    "interval": "eti",
                    "median": self.posterior.median,
                },
                {
                    "term": "weight of the historical study",
                    "estimate": self.weight_mean,
                    "std_error": self.weight_std_dev if self.normalised else float("nan"),
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
        counts = self.posterior.counts
        return glance_frame(
            {
                "retained": counts.retained,
                "total": counts.total,
                "historical_retained": self.historical.retained,
                "historical_total": self.historical.total,
                "normalised": self.normalised,
                "weight": self.weight_mean,
                "prior_people": self.prior_people,
                "mean": self.posterior.mean,
                "sd": self.posterior.std_dev,
                "median": self.posterior.median,
                "log_evidence": self.posterior.log_evidence,
            }
        )


def power_prior(
    historical: RetentionCounts,
    counts: RetentionCounts,
    *,
    weight: float | Literal["normalised"] = 0.5,
    prior: str | tuple[float, float] = "jeffreys",
) -> PowerPriorPosterior:
    """Posterior of a stay rate with one historical study at part of its weight.

    Assumptions: both studies estimate one rate, but the historical one is trusted in part: each
    of its people counts as `weight` of a person. With "normalised" the weight is uniform on
    (0, 1) before the data, which move it by how well the two studies agree.

    Parameters
    ----------
    historical : RetentionCounts
        The historical study.
    counts : RetentionCounts
        The new study.
    weight : float or "normalised"
        From 0 (ignored) to 1 (pooled), or learned.
    prior : {"jeffreys", "uniform"} or tuple of float
        Beta prior before the historical study.

    Returns
    -------
    PowerPriorPosterior
        Posterior of the rate, and of the weight.

    Raises
    ------
    InputError
        If the weight is outside [0, 1], or the prior is not a single Beta.
    UnknownNameError
        If there is no prior of that name.

    References
    ----------
    Ibrahim and Chen (2000), Statistical Science 15:46-60, doi:10.1214/ss/1009212673.
    Duan, Ye and Smith (2006), Environmetrics 17:95-106, doi:10.1002/env.752.

    Examples
    --------
    >>> old, new = RetentionCounts(80, 100), RetentionCounts(12, 30)
    >>> found = power_prior(old, new, weight="normalised", prior="uniform")
    >>> print(f"{found.posterior.mean:.4f} {found.weight_mean:.4f}")
    0.4726 0.0832
    """
    checked_counts(historical, name="historical")
    checked_counts(counts)
    name, first = as_mixture(prior)
    if first.weights.size != 1:
        raise InputError(
            f"prior={name}: a power prior begins with a single Beta. Hint: prior='jeffreys', or a "
            "pair (a, b)."
        )
    study = {
        "k0": historical.retained,
        "n0": historical.total,
        "a": float(first.a[0]),
        "b": float(first.b[0]),
    }
    learned = isinstance(weight, str)
    if isinstance(weight, str):
        checks.one_of(weight, ("normalised",), name="weight")
        shares, a, b, power = kernels.normalised(**study)
        how = f"normalised power prior of {historical.retained} of {historical.total}"
    else:
        fixed = checks.finite_number(
            weight, name="weight", above=0, below=1, closed=True, hint="or weight='normalised'."
        )
        shares, a, b = kernels.fixed(**study, weight=fixed)
        power = np.array([fixed])
        how = f"{historical.retained} of {historical.total} at weight {fixed:g}"
    return PowerPriorPosterior(
        historical=historical,
        posterior=posterior_of(counts, BetaMixture(shares, a, b), name=how),
        power=power,
        normalised=learned,
        provenance=Provenance(
            function="power_prior",
            arguments={
                "historical_retained": historical.retained,
                "historical_total": historical.total,
                "retained": counts.retained,
                "total": counts.total,
                "weight": weight if learned else float(power[0]),
                "prior": name,
            },
            method="normalised power prior" if learned else "power prior",
        ),
    )
