"""What a prior predicts for a new cohort, and whether the cohort surprises it."""

from dataclasses import dataclass

import numpy as np

from talentstats import checks
from talentstats.errors import InputError
from talentstats.results.wording import p_text
from talentstats.retention.beta_mixture import BetaMixture
from talentstats.stats import beta_mixtures
from talentstats.stats.limits import Floats, read_only
from talentstats.summaries.counts import RetentionCounts, checked_counts

_MOST_PREDICTED = 1_000_000
# As in R's binom.test: without it ties would be decided by rounding.
_TIE = 1.0 + 1e-7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PredictedRetention:
    """How many of a new cohort will stay, before it is seen.

    Parameters
    ----------
    total : int
        People of the new cohort.
    probabilities : ndarray of float
        Of 0 to `total` staying, (total + 1,): a mixture of beta-binomials.
    """

    total: int
    probabilities: Floats

    def __post_init__(self) -> None:
        object.__setattr__(self, "probabilities", read_only(self.probabilities))

    @property
    def mean(self) -> float:
        """Expected number who stay."""
        return float(self.probabilities @ np.arange(self.total + 1.0))

    @property
    def std_dev(self) -> float:
        """Standard deviation of the number who stay."""
        people = np.arange(self.total + 1.0)
        return float(np.sqrt(self.probabilities @ (people - self.mean) ** 2))

    def quantile(self, p: float) -> int:
        """Smallest number that at least a share p of such cohorts do not exceed.

        Parameters
        ----------
        p : float
            Probability in (0, 1).

        Returns
        -------
        int
            People who stay.
        """
        prob = checks.rate(p, name="p")
        return int(np.searchsorted(np.cumsum(self.probabilities), prob * (1.0 - 1e-12)))

    def at_most(self, retained: int) -> float:
        """Probability that this many or fewer stay.

        Parameters
        ----------
        retained : int
            People, at most `total`.

        Returns
        -------
        float
            The lower tail.
        """
        return float(self.probabilities[: self._checked(retained) + 1].sum())

    def at_least(self, retained: int) -> float:
        """Probability that this many or more stay.

        Parameters
        ----------
        retained : int
            People, at most `total`.

        Returns
        -------
        float
            The upper tail.
        """
        return float(self.probabilities[self._checked(retained) :].sum())

    def _checked(self, retained: int) -> int:
        """A number of people of this cohort."""
        k = checks.whole_number(retained, name="retained")
        if k > self.total:
            raise InputError(f"retained={k} exceeds total={self.total} of the predicted cohort.")
        return k


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorDataConflict:
    """Whether counts are ones that the prior expected.

    Parameters
    ----------
    counts : RetentionCounts
        The study.
    p_value : float
        Predictive probability of a result no more likely than this one (Box).
    at_most, at_least : float
        Predictive probability of as many or fewer, and as many or more, staying.
    mean : float
        Expected number who stay.
    low, high : int
        Central 95% of what the prior predicts.
    """

    counts: RetentionCounts
    p_value: float
    at_most: float
    at_least: float
    mean: float
    low: int
    high: int

    @property
    def sentence(self) -> str:
        """The check for a referee."""
        n = self.counts.total
        return (
            f"The prior predicts that {self.mean:.1f} of {n} stay (95% of such cohorts between "
            f"{self.low} and {self.high}); {self.counts.retained} did, with {self.counts.retained} "
            f"or fewer at probability {self.at_most:.3g}. A result no more likely than this has "
            f"{p_text(self.p_value)}."
        )


def predicted_retention(prior: BetaMixture, total: int) -> PredictedRetention:
    """Predictive distribution of a new cohort.

    Parameters
    ----------
    prior : BetaMixture
        The prior of its rate.
    total : int
        People, up to a million.

    Returns
    -------
    PredictedRetention
        Probabilities of every count.

    Raises
    ------
    InputError
        If the total is not a whole number from 1 to a million.

    Examples
    --------
    >>> ahead = predicted_retention(BetaMixture([1], [1], [1]), 100)
    >>> print(f"{ahead.at_most(87):.6f} {ahead.quantile(0.5)}")
    0.871287 50
    """
    n = checks.whole_number(total, name="total", minimum=1)
    if n > _MOST_PREDICTED:
        raise InputError(
            f"total={n} is above {_MOST_PREDICTED:,}, where every count is listed; hint: for so "
            "many people the prior of the rate itself is the prediction."
        )
    logs = np.concatenate(
        [
            beta_mixtures.log_predictive(
                weights=prior.weights,
                a=prior.a,
                b=prior.b,
                k=np.arange(start, min(start + 20_000, n + 1)),
                n=n,
            )
            for start in range(0, n + 1, 20_000)
        ]
    )
    return PredictedRetention(total=n, probabilities=np.exp(logs))


def prior_data_conflict(prior: BetaMixture, counts: RetentionCounts) -> PriorDataConflict:
    """Check counts against what a prior predicted for them.

    Parameters
    ----------
    prior : BetaMixture
        The prior.
    counts : RetentionCounts
        The study; people of unknown status are left out.

    Returns
    -------
    PriorDataConflict
        Box's p-value and both tails.

    References
    ----------
    Box (1980), Journal of the Royal Statistical Society A 143:383-430, doi:10.2307/2982063.

    Examples
    --------
    >>> found = prior_data_conflict(BetaMixture([1], [30], [5]), RetentionCounts(12, 30))
    >>> found.p_value < 0.001
    True
    """
    checked_counts(counts)
    ahead = predicted_retention(prior, counts.total)
    own = ahead.probabilities[counts.retained]
    return PriorDataConflict(
        counts=counts,
        p_value=min(float(ahead.probabilities[ahead.probabilities <= own * _TIE].sum()), 1.0),
        at_most=ahead.at_most(counts.retained),
        at_least=ahead.at_least(counts.retained),
        mean=ahead.mean,
        low=ahead.quantile(0.025),
        high=ahead.quantile(0.975),
    )
