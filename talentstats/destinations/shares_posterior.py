"""The posterior of destination shares, and what can be asked of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from talentstats import checks
from talentstats.destinations import posterior_inputs as inputs
from talentstats.destinations.posterior_parts import LeaverShare, ShareContrast
from talentstats.errors import InputError
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.results.wording import percent, percent_range
from talentstats.stats.allocated_dirichlet import AllocatedDirichlet
from talentstats.stats.limits import Floats, read_only
from talentstats.stats.simplex_shares import SimplexShares
from talentstats.stats.unknown_status import share_bounds, unknown_status
from talentstats.summaries.counts import DestinationCounts

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SharesPosterior:
    """Posterior of the shares of k destinations; made by `destination_posterior`.

    Parameters
    ----------
    counts : DestinationCounts
        What was seen.
    prior_name : str
        The prior in words.
    prior : (k,) ndarray
        Its Dirichlet parameters; NaN for a normal prior.
    law : AllocatedDirichlet or SimplexShares
        The joint posterior.
    mean, std_dev : (k,) ndarray
        Posterior means and standard deviations.
    covariance : (k, k) ndarray
        Posterior covariances.
    share_low, share_high : (k,) ndarray
        Sample shares if none, and if all, of those of unknown destination were there.
    unknown_mean : (k,) ndarray
        Posterior mean number of the unknown by destination; NaN where they are left out.
    model : str
        What stands between the shares and the counts, in words.
    provenance : Provenance
        What made this result.
    """

    counts: DestinationCounts
    prior_name: str
    prior: Floats
    law: AllocatedDirichlet | SimplexShares
    mean: Floats
    std_dev: Floats
    covariance: Floats
    share_low: Floats
    share_high: Floats
    unknown_mean: Floats
    model: str
    provenance: Provenance

    @property
    def destinations(self) -> tuple[str, ...]:
        """Names in the order given."""
        return self.counts.destinations

    @property
    def median(self) -> Floats:
        """Posterior medians (k,)."""
        return np.asarray(self.law.quantile([0.5])[0])

    @property
    def log_evidence(self) -> float:
        """Log probability of the counts under prior and model, to compare priors by."""
        return self.law.log_evidence

    def probability_above(self, destination: str, share: float) -> float:
        """Return the posterior probability that a share is above a value.

        Parameters
        ----------
        destination : str
            One of the destinations.
        share : float
            Value in (0, 1).

        Returns
        -------
        float
            P(share of `destination` > `share`).
        """
        return self.law.probability_above(
            self._place(destination), checks.rate(share, name="share")
        )

    def probability_exceeds(self, destination: str, other: str) -> float:
        """Return the posterior probability that one destination has a larger share than another.

        Parameters
        ----------
        destination, other : str
            Two of the destinations.

        Returns
        -------
        float
            P(share of `destination` > share of `other`).
        """
        return self.law.probability_exceeds(*self._two(destination, other))

    def contrast(self, destination: str, other: str, *, level: float = 0.95) -> ShareContrast:
        """Compare the shares of two destinations.

        Parameters
        ----------
        destination, other : str
            Two of the destinations.
        level : float
            Credible level of the limits of the ratio.

        Returns
        -------
        ShareContrast
            Difference, ratio, correlation and probability of direction.
        """
        i, j = self._two(destination, other)
        spread = self.covariance
        low, middle, high = self.law.ratio_quantile(i, j, _tails(checks.level(level)))
        return ShareContrast(
            destination=destination,
            other=other,
            difference=float(self.mean[i] - self.mean[j]),
            std_dev=float(np.sqrt(spread[i, i] + spread[j, j] - 2 * spread[i, j])),
            correlation=float(spread[i, j] / (self.std_dev[i] * self.std_dev[j])),
            probability=self.law.probability_exceeds(i, j),
            ratio=float(middle),
            ratio_lower=float(low),
            ratio_upper=float(high),
            level=level,
        )

    def share_of_leavers(self, destination: str, *, host: str, level: float = 0.95) -> LeaverShare:
        """Estimate the share of a destination among those who left the host country.

        Parameters
        ----------
        destination : str
            Where leavers went.
        host : str
            The destination that counts as staying.
        level : float
            Credible level of the equal-tailed limits.

        Returns
        -------
        LeaverShare
            A Beta under a Dirichlet prior.

        Raises
        ------
        InputError
            If there are but two destinations: all leavers went to the other one.
        """
        i, j = self._two(destination, host)
        if len(self.destinations) == 2:
            raise InputError(
                f"beside host={host!r} there is one destination: all leavers went there. "
                "Hint: give where the leavers went as destinations of their own."
            )
        mean, std_dev, (low, middle, high) = self.law.part_of_rest(
            i, j, _tails(checks.level(level))
        )
        return LeaverShare(
            destination=destination,
            host=host,
            mean=mean,
            std_dev=std_dev,
            median=float(middle),
            lower=float(low),
            upper=float(high),
            level=level,
        )

    def with_unknown(self, *, found: Mapping[str, tuple[float, float]]) -> "SharesPosterior":
        """Place the people of unknown destination by how likely each place lets them be found.

        Parameters
        ----------
        found : Mapping of str to tuple of float
            For each destination the Beta parameters of the probability that the status of
            someone there is found: (90, 10) is 90% with the weight of 100 people. The data
            cannot identify it; the bounds of the result hold whatever it is.

        Returns
        -------
        SharesPosterior
            Posterior over the shares of all, known and unknown.

        Raises
        ------
        InputError
            If nobody is unknown, the prior is not Dirichlet, the destinations are
            misclassified as well, or `found` does not fit the destinations.

        References
        ----------
        Little and Rubin (2019), Statistical Analysis with Missing Data, 3rd ed., chapter 15,
        doi:10.1002/9781119482260.

        Examples
        --------
        >>> from talentstats.destinations.posterior import destination_posterior
        >>> counts = DestinationCounts({"US": 80, "CN": 9, "other": 3}, unknown=8)
        >>> seldom = {"US": (95, 5), "CN": (6, 4), "other": (6, 4)}
        >>> placed = destination_posterior(counts, prior="uniform").with_unknown(found=seldom)
        >>> placed.mean.round(3), placed.share_low.round(2), placed.share_high.round(2)
        (array([0.814, 0.13 , 0.056]), array([0.8 , 0.09, 0.03]), array([0.88, 0.17, 0.11]))
        """
        inputs.check_unknown(self.counts, self.prior, self.model)
        rows = inputs.beta_rows(found, self.counts, name="found")
        law = unknown_status(
            known=list(self.counts.counts.values()),
            unknown=self.counts.unknown,
            prior=self.prior,
            found=rows,
        )
        given = {
            place: tuple(map(float, row))
            for place, row in zip(self.destinations, rows, strict=True)
        }
        return lay_out(
            self.counts,
            prior_name=self.prior_name,
            prior=self.prior,
            law=law,
            unknown_mean=law.unseen @ np.arange(self.counts.unknown + 1.0),
            model="unknown status",
            arguments=dict(self.provenance.arguments) | {"found": given},
        )

    @property
    def sentence(self) -> str:
        """The shares in one sentence, with another for those of unknown destination."""
        low, high = self.law.quantile(_tails(0.95))[[0, 2]]
        shares = ", ".join(
            f"{percent(m)} {place} ({percent_range(a, b)})"
            for place, m, a, b in zip(self.destinations, self.mean, low, high, strict=True)
        )
        people = (
            f"{self.counts.known} people of known destination"
            if np.isnan(self.unknown_mean[0])
            else f"{self.counts.known + self.counts.unknown} people"
        )
        return (
            f"Posterior shares of {people}: {shares}; "
            f"means and 95% equal-tailed intervals, prior {self.prior_name}, {self.model}."
            f"{self._unknown_sentence}"
        )

    @property
    def _unknown_sentence(self) -> str:
        """What the unknown may change."""
        if not self.counts.unknown:
            return ""
        bounds = ", ".join(
            f"{percent_range(a, b)} {place}"
            for place, a, b in zip(self.destinations, self.share_low, self.share_high, strict=True)
        )
        placed = (
            "left out, as if they were like the others"
            if np.isnan(self.unknown_mean[0])
            else "placed by the prior of being found"
        )
        return (
            f" The {self.counts.unknown} of unknown destination are {placed}; the data cannot "
            f"identify where they are: from none to all of them there, the sample has {bounds}."
        )

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return one row a destination.

        Parameters
        ----------
        level : float
            Level of the equal-tailed intervals.

        Returns
        -------
        pandas.DataFrame
            `outcome` is the destination, `estimate` the posterior mean; median, count, bounds
            for unknown destinations and their expected number follow the common columns.
        """
        checked = checks.level(level)
        low, middle, high = self.law.quantile(_tails(checked))
        columns = {
            "outcome": self.destinations,
            "estimate": self.mean,
            "std_error": self.std_dev,
            "conf_low": low,
            "conf_high": high,
            "median": middle,
            "count": list(self.counts.counts.values()),
            "share_low_unknown": self.share_low,
            "share_high_unknown": self.share_high,
            "unknown_there": self.unknown_mean,
        }
        common = {"term": "share", "conf_level": checked, "interval": "eti"}
        return tidy_frame(
            [
                common | dict(zip(columns, row, strict=True))
                for row in zip(*columns.values(), strict=True)
            ]
        )

    def glance(self) -> "pd.DataFrame":
        """Return one row: people, destinations, prior, model, evidence.

        Returns
        -------
        pandas.DataFrame
            One row.
        """
        return glance_frame(
            {
                "known": self.counts.known,
                "unknown": self.counts.unknown,
                "destinations": len(self.destinations),
                "prior": self.prior_name,
                "model": self.model,
                "log_evidence": self.log_evidence,
            }
        )

    def _place(self, destination: str) -> int:
        """Position of a destination."""
        names = self.destinations
        return names.index(checks.one_of(destination, names, name="destination"))

    def _two(self, destination: str, other: str) -> tuple[int, int]:
        """Positions of two different destinations."""
        i, j = self._place(destination), self._place(other)
        if i == j:
            raise InputError(
                f"{destination!r} is compared with itself; give two different destinations."
            )
        return i, j


def lay_out(
    counts: DestinationCounts,
    *,
    prior_name: str,
    prior: Floats,
    law: AllocatedDirichlet | SimplexShares,
    arguments: dict[str, Any],
    unknown_mean: Floats | None = None,
    model: str = "counts as they are",
) -> SharesPosterior:
    """Return the posterior that a law of the shares is.

    Parameters
    ----------
    counts : DestinationCounts
        What was seen.
    prior_name : str
        The prior in words.
    prior : (k,)
        Its Dirichlet parameters, or NaN.
    law : AllocatedDirichlet or SimplexShares
        The joint posterior.
    arguments : dict
        What the caller gave, plain values.
    unknown_mean : (k,) ndarray or None
        Posterior mean number of the unknown by destination.
    model : str
        What stands between the shares and the counts.

    Returns
    -------
    SharesPosterior
        With moments and bounds.
    """
    covariance = law.covariance
    people = np.array(list(counts.counts.values()), dtype=np.float64)
    bounds = share_bounds(known=people, unknown=counts.unknown)
    return SharesPosterior(
        counts=counts,
        prior_name=prior_name,
        prior=read_only(prior),
        law=law,
        mean=read_only(law.mean),
        std_dev=read_only(np.sqrt(np.diag(covariance))),
        covariance=read_only(covariance),
        share_low=bounds.lower,
        share_high=bounds.upper,
        unknown_mean=read_only(
            np.full(people.size, np.nan) if unknown_mean is None else unknown_mean
        ),
        model=model,
        provenance=Provenance(
            function="destination_posterior",
            arguments=arguments,
            method=f"exact posterior, {prior_name}, {model}",
        ),
    )


def _tails(level: float) -> Floats:
    """Lower tail, middle, upper tail."""
    return np.array([(1 - level) / 2, 0.5, (1 + level) / 2])
