"""Where people are at the end: shares of several destinations at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np

from talentstats import checks
from talentstats.destinations.share_priors import dirichlet_prior
from talentstats.destinations.share_tests import SharesComparison, compare_shares
from talentstats.errors import InputError
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.stats import dirichlet, multinomial
from talentstats.stats.limits import Floats, Limits, read_only
from talentstats.summaries.counts import DestinationCounts

if TYPE_CHECKING:
    import pandas as pd

SharesMethod = Literal["goodman", "quesenberry-hurst", "sison-glaz", "bonferroni-clopper-pearson"]
SHARES_METHODS: Final[tuple[str, ...]] = get_args(SharesMethod)

_KERNELS: Final[dict[str, Callable[..., Limits]]] = {
    "goodman": multinomial.goodman,
    "quesenberry-hurst": multinomial.quesenberry_hurst,
    "sison-glaz": multinomial.sison_glaz,
    "bonferroni-clopper-pearson": multinomial.bonferroni_clopper_pearson,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DestinationShares:
    """Shares of k destinations; made by `destination_shares`.

    Parameters
    ----------
    counts : DestinationCounts
        What was estimated from.
    share : (k,) ndarray
        Observed shares among those whose destination is known, in the order given.
    lower, upper : (k,) ndarray
        Simultaneous limits by `method` at `level`.
    method : str
        One of `SHARES_METHODS`.
    level : float
        Level of the simultaneous intervals and of each credible interval.
    prior : (k,) ndarray
        Parameters of the Dirichlet prior.
    prior_name : str
        "jeffreys", "uniform", "perks" or "given".
    posterior : DirichletMarginals
        Posterior of each share by itself.
    share_low, share_high : (k,) ndarray
        Shares if none, and if all, of those of unknown destination went there.
    comparison : SharesComparison or None
        Tests against given shares, where some were given.
    provenance : Provenance
        What made this result.
    """

    counts: DestinationCounts
    share: Floats
    lower: Floats
    upper: Floats
    method: str
    level: float
    prior: Floats
    prior_name: str
    posterior: dirichlet.DirichletMarginals
    share_low: Floats
    share_high: Floats
    comparison: SharesComparison | None
    provenance: Provenance

    @property
    def destinations(self) -> tuple[str, ...]:
        """Names in the order given."""
        return self.counts.destinations

    def probability_exceeds(self, destination: str, other: str) -> float:
        """Return the posterior probability that one destination has a larger share than another.

        Parameters
        ----------
        destination, other : str
            Two of the destinations.

        Returns
        -------
        float
            P(share of `destination` > share of `other`) under the prior; what all other
            destinations have drops out.

        Raises
        ------
        InputError
            If both are the same.
        UnknownNameError
            If there is no such destination.
        """
        names = self.destinations
        i, j = (
            names.index(checks.one_of(name, names, name="destination"))
            for name in (destination, other)
        )
        if i == j:
            raise InputError(
                f"{destination!r} is compared with itself; give two different destinations."
            )
        people = list(self.counts.counts.values())
        return float(
            dirichlet.prob_exceeds(
                count=people[i],
                other=people[j],
                prior=self.prior[i],
                other_prior=self.prior[j],
            )
        )

    @property
    def sentence(self) -> str:
        """The shares in one sentence, with others for tests and for unknown destinations."""
        shares = ", ".join(
            f"{100 * share:.1f}% {name} ({100 * low:.1f} to {100 * high:.1f})"
            for name, share, low, high in zip(
                self.destinations, self.share, self.lower, self.upper, strict=True
            )
        )
        tested = "" if self.comparison is None else f" {self.comparison.sentence}"
        unknown = (
            f" The destination of {self.counts.unknown} more is unknown."
            if self.counts.unknown
            else ""
        )
        return (
            f"Of {self.counts.known} people of known destination: {shares}; "
            f"{100 * self.level:g}% simultaneous intervals, {self.method}.{tested}{unknown}"
        )

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return one row a destination.

        Parameters
        ----------
        level : float
            Level of the simultaneous and of the credible intervals, recomputed.

        Returns
        -------
        pandas.DataFrame
            `outcome` is the destination; the posterior of each share, the bounds for
            unknown destinations and the counts follow the common columns.
        """
        checked = checks.level(level)
        people = _people(self.counts)
        limits = _KERNELS[self.method](counts=people, level=checked)
        posterior = dirichlet.marginals(counts=people, prior=self.prior, level=checked)
        columns = {
            "outcome": self.destinations,
            "estimate": self.share,
            "std_error": np.sqrt(self.share * (1 - self.share) / self.counts.known),
            "conf_low": limits.lower,
            "conf_high": limits.upper,
            "count": list(self.counts.counts.values()),
            "posterior_mean": posterior.mean,
            "posterior_low": posterior.lower,
            "posterior_high": posterior.upper,
            "share_low_unknown": self.share_low,
            "share_high_unknown": self.share_high,
        }
        common = {"term": "share", "conf_level": checked, "interval": self.method}
        return tidy_frame(
            [
                common | dict(zip(columns, row, strict=True))
                for row in zip(*columns.values(), strict=True)
            ]
        )

    def glance(self) -> "pd.DataFrame":
        """Return one row: people, destinations, tests against the given shares.

        Returns
        -------
        pandas.DataFrame
            One row; test columns are NaN where no shares were given.
        """
        tests = self.comparison
        nan = float("nan")
        return glance_frame(
            {
                "known": self.counts.known,
                "unknown": self.counts.unknown,
                "destinations": len(self.destinations),
                "method": self.method,
                "level": self.level,
                "prior": self.prior_name,
                "p_exact": nan if tests is None or tests.p_exact is None else tests.p_exact,
                "chi2_score": nan if tests is None else tests.score.statistic,
                "p_score": nan if tests is None else tests.score.p_value,
                "chi2_likelihood_ratio": (
                    nan if tests is None else tests.likelihood_ratio.statistic
                ),
                "p_likelihood_ratio": nan if tests is None else tests.likelihood_ratio.p_value,
                "degrees": nan if tests is None else tests.score.degrees,
            }
        )


def destination_shares(
    counts: DestinationCounts,
    *,
    method: str = "goodman",
    level: float = 0.95,
    shares: Mapping[str, float] | None = None,
    prior: str | Mapping[str, float] = "jeffreys",
) -> DestinationShares:
    """Estimate the share of each destination, all at once.

    Assumptions: people end up independently, with one set of probabilities; those of
    unknown destination are like the others (bounds without that assumption are part of
    the result).

    Parameters
    ----------
    counts : DestinationCounts
        People by destination.
    method : str
        Simultaneous intervals: "goodman", "quesenberry-hurst", "sison-glaz" (not for a
        handful of people) or "bonferroni-clopper-pearson" (never below the level).
    level : float
        Simultaneous confidence level in (0, 1).
    shares : Mapping of str to float or None
        Shares to test against, one a destination, positive, with sum 1.
    prior : str or Mapping of str to float
        "jeffreys" (1/2 each), "uniform" (1 each), "perks" (1/k each), or a Dirichlet
        parameter a destination.

    Returns
    -------
    DestinationShares
        Intervals, posterior, bounds, and tests where shares were given.

    Raises
    ------
    InputError
        If `counts` is not `DestinationCounts`, the level is not in (0, 1), or shares or
        prior do not fit the destinations.
    UnknownNameError
        If there is no such method or prior.

    References
    ----------
    Goodman (1965), Technometrics 7:247-254, doi:10.1080/00401706.1965.10490252.
    Quesenberry and Hurst (1964), Technometrics 6:191-195,
    doi:10.1080/00401706.1964.10490163. Sison and Glaz (1995), Journal of the American
    Statistical Association 90:366-369, doi:10.1080/01621459.1995.10476521.

    Examples
    --------
    >>> result = destination_shares(DestinationCounts({"US": 87, "CN": 10, "other": 3}))
    >>> result.lower.round(3).tolist(), result.upper.round(3).tolist()
    ([0.769, 0.049, 0.008], [0.931, 0.195, 0.103])
    >>> round(result.probability_exceeds("CN", "other"), 3)
    0.976
    """
    if not isinstance(counts, DestinationCounts):
        raise InputError(
            f"counts={counts!r} is not DestinationCounts; give for example "
            "DestinationCounts({'US': 87, 'CN': 10, 'other': 3})."
        )
    chosen = checks.one_of(method, SHARES_METHODS, name="method")
    checked = checks.level(level)
    prior_name, parameters = dirichlet_prior(prior, counts)
    people = _people(counts)
    limits = _KERNELS[chosen](counts=people, level=checked)
    whole = counts.known + counts.unknown
    return DestinationShares(
        counts=counts,
        share=read_only(people / counts.known),
        lower=limits.lower,
        upper=limits.upper,
        method=chosen,
        level=checked,
        prior=parameters,
        prior_name=prior_name,
        posterior=dirichlet.marginals(counts=people, prior=parameters, level=checked),
        share_low=read_only(people / whole),
        share_high=read_only((people + counts.unknown) / whole),
        comparison=None if shares is None else compare_shares(counts, shares),
        provenance=Provenance(
            function="destination_shares",
            arguments={
                "counts": dict(counts.counts),
                "unknown": counts.unknown,
                "method": chosen,
                "level": checked,
                "shares": None if shares is None else dict(shares),
                "prior": prior if isinstance(prior, str) else dict(prior),
            },
            method=f"{chosen} simultaneous intervals",
        ),
    )


def _people(counts: DestinationCounts) -> Floats:
    """Counts (k,) in the order given."""
    return np.array(list(counts.counts.values()), dtype=np.float64)
