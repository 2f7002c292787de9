"""How far the posterior of destination shares depends on the prior: all of them in one call."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from talentstats import checks
from talentstats.destinations.posterior import destination_posterior
from talentstats.destinations.share_priors import AgainstReference, SharePrior, ZeroSum
from talentstats.destinations.shares_posterior import SharesPosterior
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.results.wording import percent_range
from talentstats.stats.limits import Floats
from talentstats.summaries.counts import DestinationCounts

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SharePriorSensitivity:
    """Destination shares under several priors; made by `share_prior_sensitivity`.

    Parameters
    ----------
    posteriors : tuple of SharesPosterior
        One a prior.
    provenance : Provenance
        What made this result.
    """

    posteriors: tuple[SharesPosterior, ...]
    provenance: Provenance

    @property
    def counts(self) -> DestinationCounts:
        """What was seen."""
        return self.posteriors[0].counts

    @property
    def means(self) -> Floats:
        """Posterior means (priors, k)."""
        return np.stack([one.mean for one in self.posteriors])

    @property
    def sentence(self) -> str:
        """How far the means move, in one sentence."""
        low, high = self.means.min(axis=0), self.means.max(axis=0)
        moved = ", ".join(
            f"{place} {percent_range(a, b)}"
            for place, a, b in zip(self.counts.destinations, low, high, strict=True)
        )
        return f"Posterior means under {len(self.posteriors)} priors: {moved}."

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return one row a prior and destination.

        Parameters
        ----------
        level : float
            Level of the equal-tailed intervals.

        Returns
        -------
        pandas.DataFrame
            `group` is the prior, `outcome` the destination; columns as in
            `SharesPosterior.tidy`, and the log evidence of the prior.
        """
        checked = checks.level(level)
        return tidy_frame(
            [
                {"group": one.prior_name}
                | {str(name): value for name, value in row.items()}
                | {"log_evidence": one.log_evidence}
                for one in self.posteriors
                for row in one.tidy(level=checked).to_dict("records")
            ]
        )

    def glance(self) -> "pd.DataFrame":
        """Return one row: people, priors, and the largest movement of a mean.

        Returns
        -------
        pandas.DataFrame
            `largest_move` is the range of the posterior means of the destination whose
            mean moves most, in units of its smallest posterior standard deviation in
            `largest_move_in_sd`.
        """
        ranges = np.ptp(self.means, axis=0)
        worst = int(np.argmax(ranges))
        narrow = min(one.std_dev[worst] for one in self.posteriors)
        return glance_frame(
            {
                "known": self.counts.known,
                "unknown": self.counts.unknown,
                "priors": len(self.posteriors),
                "largest_move": ranges[worst],
                "largest_move_in_sd": ranges[worst] / narrow,
                "most_moved": self.counts.destinations[worst],
            }
        )


def share_prior_sensitivity(
    counts: DestinationCounts, *, reference: str | None = None
) -> SharePriorSensitivity:
    """Estimate destination shares under every standard prior, exactly.

    Parameters
    ----------
    counts : DestinationCounts
        People by destination.
    reference : str or None
        If given, also normal priors with standard deviation 1 and 2.5 on log odds against
        this destination; they do not treat destinations alike, and are common all the same.

    Returns
    -------
    SharePriorSensitivity
        Under Jeffreys, uniform and Perks (1/k) priors, zero-sum normal with standard
        deviation 2 for two or three destinations, and those against the reference.

    Raises
    ------
    InputError
        If `counts` is not `DestinationCounts`, or a reference is given for more than three
        destinations.
    UnknownNameError
        If there is no such reference.

    Examples
    --------
    >>> counts = DestinationCounts({"US": 87, "CN": 10, "other": 3})
    >>> found = share_prior_sensitivity(counts, reference="US")
    >>> for one in found.posteriors:
    ...     print(one.prior_name, one.mean.round(3).tolist())
    jeffreys [0.862, 0.103, 0.034]
    uniform [0.854, 0.107, 0.039]
    perks [0.865, 0.102, 0.033]
    zero-sum N(0, 2) [0.865, 0.101, 0.034]
    N(0, 1) against US [0.823, 0.12, 0.057]
    N(0, 2.5) against US [0.861, 0.103, 0.035]
    """
    first = destination_posterior(counts)
    priors: list[SharePrior] = ["uniform", "perks"]
    if len(counts.destinations) <= 3:
        priors.append(ZeroSum(2.0))
    if reference is not None:
        priors += [AgainstReference(reference, 1.0), AgainstReference(reference, 2.5)]
    return SharePriorSensitivity(
        posteriors=(first, *(destination_posterior(counts, prior=prior) for prior in priors)),
        provenance=Provenance(
            function="share_prior_sensitivity",
            arguments={
                "counts": dict(counts.counts),
                "unknown": counts.unknown,
                "reference": reference,
            },
            method="exact posteriors under several priors",
        ),
    )
