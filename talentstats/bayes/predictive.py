"""Posterior predictive check: whether the fitted model could have produced the counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.results.wording import percent
from talentstats.stats.limits import Floats, read_only, tail_area

if TYPE_CHECKING:
    import pandas as pd

# Replicated counts held at once: cells are worked off in blocks of this many numbers.
_BLOCK: Final = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PredictiveCheck:
    """Observed beside replicated counts, by cell and destination; made by `predictive_check`.

    Parameters
    ----------
    labels, outcomes : tuple of str
        The c cells and the k destinations.
    counts : (c, k) ndarray
        People observed.
    expected : (c, k) ndarray
        Posterior predictive mean of the counts.
    lower, upper : (c, k) ndarray
        Equal-tailed limits of the replicated counts, whole people.
    residual : (c, k) ndarray
        Observed less expected over the predictive standard deviation; NaN without people.
    tail_area : (c, k) ndarray
        Two-sided mid-P: twice the smaller share of replicates beyond the observed count,
        those equal to it counted half; NaN without people.
    p_value : float
        Share of draws whose replicated discrepancy is at least the observed one.
    level : float
        Of the limits.
    replicates : int
        Replicated data sets, one a draw.
    seed : int
        Of the replicates.
    """

    labels: tuple[str, ...]
    outcomes: tuple[str, ...]
    counts: Floats
    expected: Floats
    lower: Floats
    upper: Floats
    residual: Floats
    tail_area: Floats
    p_value: float
    level: float
    replicates: int
    seed: int

    def __post_init__(self) -> None:
        for name in ("counts", "expected", "lower", "upper", "residual", "tail_area"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def outside(self) -> NDArray[np.bool_]:
        """Where the observed count lies outside its limits, (c, k)."""
        return np.asarray((self.counts < self.lower) | (self.counts > self.upper))

    @property
    def largest(self) -> tuple[str, ...]:
        """The five largest standardised residuals, in words, the largest first."""
        size = np.nan_to_num(np.abs(self.residual), nan=-1.0).ravel()
        order = [i for i in np.argsort(-size, kind="stable")[:5] if size[i] >= 0]
        return tuple(self._in_words(*divmod(int(i), len(self.outcomes))) for i in order)

    @property
    def sentence(self) -> str:
        """How many counts the model does not reproduce, and which is the worst."""
        checked = int(self.counts.any(axis=1).sum()) * len(self.outcomes)
        worst = f" Furthest off: {self.largest[0]}." if self.largest else ""
        share = (
            f"{percent(self.p_value)} of"
            if self.p_value
            else f"fewer than 1 of {self.replicates:,}"
        )
        return (
            f"{self.outside.sum()} of {checked} observed counts lie outside their "
            f"{percent(self.level)} replicated interval; replicated data are at least as far "
            f"from the model as the observed in {share} draws.{worst}"
        )

    def frame(self) -> "pd.DataFrame":
        """Return one row a cell and destination.

        Returns
        -------
        pandas.DataFrame
            Columns `group, outcome, people, observed, expected`, shares observed, expected
            and replicated (`share_low`, `share_high`), `level, residual, tail_area`.
        """
        import pandas as pd

        c, k = self.counts.shape
        people = np.repeat(self.counts.sum(axis=1), k)
        whole = np.where(people > 0, people, np.nan)
        return pd.DataFrame(
            {
                "group": np.repeat(np.array(self.labels, dtype=object), k),
                "outcome": np.tile(np.array(self.outcomes, dtype=object), c),
                "people": people,
                "observed": self.counts.ravel(),
                "expected": self.expected.ravel(),
                "share_observed": self.counts.ravel() / whole,
                "share_expected": self.expected.ravel() / whole,
                "share_low": self.lower.ravel() / whole,
                "share_high": self.upper.ravel() / whole,
                "level": self.level,
                "residual": self.residual.ravel(),
                "tail_area": self.tail_area.ravel(),
            }
        )

    def _in_words(self, cell: int, outcome: int) -> str:
        """One residual in words."""
        people = self.counts[cell].sum()
        return (
            f"{self.labels[cell]}, {self.outcomes[outcome]}: "
            f"{self.counts[cell, outcome]:.0f} of {people:.0f} observed, "
            f"{self.expected[cell, outcome]:.1f} expected "
            f"(standardised residual {self.residual[cell, outcome]:+.1f})"
        )


def predictive_check(
    *,
    prob: ArrayLike,
    counts: ArrayLike,
    seed: int,
    labels: Sequence[str],
    outcomes: Sequence[str],
    dirichlet_concentration: ArrayLike | None = None,
    level: float = 0.95,
) -> PredictiveCheck:
    """Observed counts beside counts replicated from the posterior, by cell and destination.

    Parameters
    ----------
    prob : (s, c, k) array_like
        Draws of the probability of each destination in each cell.
    counts : (c, k) array_like
        People observed.
    seed : int
        Seed of the replicates.
    labels, outcomes : Sequence of str
        Names of the c cells and the k destinations.
    dirichlet_concentration : (s,) array_like, optional
        Draws of the concentration; counts are then Dirichlet-multinomial.
    level : float
        Level of the replicated intervals.

    Returns
    -------
    PredictiveCheck
        Arrays of shape (c, k).

    Raises
    ------
    InputError
        If shapes or names disagree, or probabilities do not sum to 1.

    Notes
    -----
    The discrepancy is Freeman and Tukey's sum of (sqrt(count) - sqrt(expected))^2, a
    chi-square that rare destinations do not dominate, at each draw's own probabilities.
    Because the same data fitted the model, the tail areas and the p-value lean towards
    the middle: a small one counts against the model, a middling one does not prove it.

    References
    ----------
    Rubin (1984), Annals of Statistics 12, 1151-1172. doi:10.1214/aos/1176346785
    Freeman and Tukey (1950), Annals of Mathematical Statistics 21, 607-611.
    doi:10.1214/aoms/1177729756

    Examples
    --------
    >>> p = np.random.default_rng(1).dirichlet([88, 11, 4], size=(4000, 1))
    >>> found = predictive_check(
    ...     prob=p, counts=[[87, 10, 3]], seed=1, labels=["all"], outcomes=["US", "CN", "other"]
    ... )
    >>> bool(found.outside.any())
    False
    """
    share, people = np.asarray(prob, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    if share.shape[1:] != people.shape or people.shape != (len(labels), len(outcomes)):
        raise InputError(
            f"prob has shape {share.shape}, counts {people.shape}, with {len(labels)} labels and "
            f"{len(outcomes)} outcomes; allowed are (draws, cells, destinations) and "
            "(cells, destinations)."
        )
    sums = share.sum(axis=2, keepdims=True)
    if not (np.abs(sums - 1) < 1e-6).all():
        raise InputError(
            "Probabilities of the destinations do not sum to 1 in every cell and draw."
        )
    share = share / sums
    concentration = (
        None if dirichlet_concentration is None else np.asarray(dirichlet_concentration, np.float64)
    )
    tail = float(tail_area(level=checks.level(level), side="two-sided"))
    rng, draws = np.random.default_rng(seed), len(share)
    lower, upper, tails = (np.empty(people.shape) for _ in range(3))
    distance = np.zeros((2, draws))
    step = max(1, _BLOCK // (draws * people.shape[1]))
    for start in range(0, len(people), step):
        at = slice(start, start + step)
        p, y = share[:, at], people[at]
        made = _replicated(rng=rng, prob=p, people=y.sum(axis=1), concentration=concentration)
        lower[at], upper[at] = np.quantile(made, [tail, 1 - tail], axis=0, method="inverted_cdf")
        equal = (made == y).mean(axis=0) / 2
        beyond = np.minimum((made < y).mean(axis=0), (made > y).mean(axis=0))
        tails[at] = 2 * (beyond + equal)
        root = np.sqrt(y.sum(axis=1)[:, None] * p)
        distance[0] += np.square(np.sqrt(y) - root).sum(axis=(1, 2))
        distance[1] += np.square(np.sqrt(made) - root).sum(axis=(1, 2))
    expected, std_dev = _moments(prob=share, people=people.sum(axis=1), concentration=concentration)
    with np.errstate(invalid="ignore", divide="ignore"):
        residual = (people - expected) / std_dev
    return PredictiveCheck(
        labels=tuple(labels),
        outcomes=tuple(outcomes),
        counts=people,
        expected=expected,
        lower=lower,
        upper=upper,
        residual=residual,
        tail_area=np.where(people.sum(axis=1, keepdims=True) > 0, tails, np.nan),
        p_value=float((distance[1] >= distance[0]).mean()),
        level=float(level),
        replicates=draws,
        seed=seed,
    )


def _replicated(
    *, rng: np.random.Generator, prob: Floats, people: Floats, concentration: Floats | None
) -> NDArray[np.int64]:
    """Counts drawn once a draw, (s, c, k), as many people in each of c cells as observed."""
    share = prob
    if concentration is not None:
        # Gamma(a) is Gamma(a + 1) U^(1/a); on the log scale it cannot round to 0 in all places.
        a = np.maximum(concentration[:, None, None] * share, 1e-300)
        log_gamma = np.log(rng.standard_gamma(a + 1)) + np.log1p(-rng.random(a.shape)) / a
        share = np.exp(log_gamma - log_gamma.max(axis=2, keepdims=True))
        share /= share.sum(axis=2, keepdims=True)
    return np.asarray(rng.multinomial(people.astype(np.int64), share))


def _moments(
    *, prob: Floats, people: Floats, concentration: Floats | None
) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the counts, (c, k), free of the replicates' noise."""
    n = people[:, None]
    within = prob * (1 - prob) * n
    if concentration is not None:
        within *= (n + concentration[:, None, None]) / (1 + concentration[:, None, None])
    variance = within.mean(axis=0) + n**2 * prob.var(axis=0)
    return n * prob.mean(axis=0), np.sqrt(variance)
