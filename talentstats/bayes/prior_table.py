"""What a prior says of probabilities, before any data and without a sampler."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from talentstats import checks
from talentstats.bayes.draws import probabilities
from talentstats.bayes.graph import Link, PriorArrays
from talentstats.errors import InputError
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.results.wording import percent
from talentstats.stats.limits import Floats, read_only

if TYPE_CHECKING:
    import pandas as pd

AVERAGE: Final = "average cell"
ANY: Final = "any cell"
_RETENTION: Final = "retention"
_RATIO: Final = "ratio of two levels"
# A share that nearly all people have: the prior mass there shows priors that force a winner.
NEARLY_ALL: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PriorTable:
    """Probabilities that a prior implies; made by `prior_table`.

    Parameters
    ----------
    outcomes : tuple of str
        Names of the k outcomes.
    average, any : (s, k) ndarray
        Draws of the probabilities of the outcomes where no term has an effect, and in a
        cell with one level of every term.
    terms : tuple of str
        Names of the t varying terms.
    ratios : (s, t) ndarray
        Draws of the ratio of two levels of a term, the larger over the smaller: of the odds
        of the second outcome against the first (under cloglog, of its hazard).
    years : int or None
        Steps after which retention is shown, under constant hazards; the first outcome is
        then staying. None shows shares alone.
    provenance : Provenance
        What made this result.
    """

    outcomes: tuple[str, ...]
    average: Floats
    any: Floats
    terms: tuple[str, ...]
    ratios: Floats
    years: int | None
    provenance: Provenance

    def __post_init__(self) -> None:
        for name in ("average", "any", "ratios"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def retention(self) -> Floats | None:
        """Draws of retention in any cell, (s,); None where no years are given."""
        return None if self.years is None else self.any[:, 0] ** self.years

    @property
    def nearly_all(self) -> float:
        """Probability that one outcome has more than 95% of any cell."""
        return float(np.mean(self.any.max(axis=1) > NEARLY_ALL))

    @property
    def sentence(self) -> str:
        """What the prior implies for any cell, in one sentence."""
        retained = self.retention
        if retained is not None:
            shown = [f"retention after {self.years} years {_range(retained)}"]
            tail = ", if hazards stay the same"
        else:
            shown = [f"{place} {_range(self.any[:, j])}" for j, place in enumerate(self.outcomes)]
            tail = (
                f"; with probability {percent(self.nearly_all)} one of them has more than "
                f"{percent(NEARLY_ALL)}"
            )
        return (
            f"Before any data the prior implies {', '.join(shown)}{tail} (medians and 95% ranges)."
        )

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return one row a quantity.

        Parameters
        ----------
        level : float
            Probability inside of the ranges.

        Returns
        -------
        pandas.DataFrame
            `group` is "average cell" or "any cell", `estimate` the median; `term` is
            "probability" (with years, in one step), "retention" (then `time` is the years)
            or "ratio of two levels" (as in `ratios`), whose `group` is the varying term.
        """
        checked = checks.level(level)
        tail = (1 - checked) / 2
        rows: list[dict[str, Any]] = []

        def add(drawn: Floats, **keys: Any) -> None:
            low, mid, high = np.quantile(drawn, [tail, 0.5, 1 - tail])
            rows.append(
                keys
                | {
                    "estimate": mid,
                    "std_error": drawn.std(ddof=1) if keys["term"] != _RATIO else np.nan,
                    "conf_low": low,
                    "conf_high": high,
                    "conf_level": checked,
                    "interval": "eti",
                    "estimator": "median",
                    "mean": drawn.mean() if keys["term"] != _RATIO else np.nan,
                }
            )

        for group, prob in ((AVERAGE, self.average), (ANY, self.any)):
            for j, place in enumerate(self.outcomes):
                add(prob[:, j], group=group, outcome=place, term="probability")
            if self.years is not None:
                add(
                    prob[:, 0] ** self.years,
                    group=group,
                    time=float(self.years),
                    outcome=self.outcomes[0],
                    term=_RETENTION,
                )
        for t, term in enumerate(self.terms):
            add(self.ratios[:, t], group=term, outcome=self.outcomes[1], term=_RATIO)
        return tidy_frame(rows)

    def glance(self) -> "pd.DataFrame":
        """Return one row: draws, and how often one outcome has nearly all.

        Returns
        -------
        pandas.DataFrame
            `nearly_all` is the probability that one outcome has more than 95% of any cell.
        """
        return glance_frame(
            {
                "outcomes": len(self.outcomes),
                "terms": len(self.terms),
                "draws": len(self.any),
                "years": np.nan if self.years is None else self.years,
                "nearly_all": self.nearly_all,
            }
        )


def prior_table(
    *,
    prior: PriorArrays,
    contrasts: Floats,
    outcomes: Sequence[str],
    link: Link,
    terms: Sequence[str] = (),
    levels: int | Sequence[int] = 2,
    sum_to_zero: bool = True,
    years: int | None = None,
    expect: Mapping[str, tuple[float, float]] | None = None,
    draws: int = 20_000,
    seed: int = 1,
) -> PriorTable:
    """Probabilities that a prior implies before any data, by simulation in numpy.

    Assumptions: fixed effects are at their reference; hazards stay the same over the years,
    with the same levels of all terms.

    Parameters
    ----------
    prior : PriorArrays
        The prior on the linear scale, d contrasts and t terms.
    contrasts : (k, d) ndarray
        Logits are `linear @ contrasts.T`.
    outcomes : sequence of str
        Names of the k outcomes; with years, the first is staying.
    link : {"softmax", "cloglog"}
        As the model's.
    terms : sequence of str
        Names of the t varying terms.
    levels : int or sequence of int
        Levels of each term, at least 2.
    sum_to_zero : bool
        Whether the effects of the levels of a term sum to zero.
    years : int or None
        Steps after which retention is shown; None shows shares alone.
    expect : Mapping of str to tuple of float or None
        Range that the 95% range of any cell must lie in: of "retention" where years are
        given, or of the probability of an outcome by its name.
    draws : int
        Number of draws; with 20 000 the ends of a 95% range are good to about 0.01.
    seed : int
        Seed.

    Returns
    -------
    PriorTable
        By outcome, of an average and of any cell.

    Raises
    ------
    InputError
        If the implied 95% range lies outside of the one expected, or names, levels and
        arrays do not fit.
    UnknownNameError
        If something is expected of an outcome that does not exist.

    Examples
    --------
    One destination, log odds of leaving in a year normal around -3.5:

    >>> none = np.zeros((0, 1))
    >>> found = prior_table(
    ...     prior=PriorArrays(
    ...         b0_mean=[-3.5], b0_sd=[1.0], beta_mean=none, beta_sd=none, sd_scale=none
    ...     ),
    ...     contrasts=np.array([[0.0], [1.0]]),
    ...     outcomes=["staying", "leaving"],
    ...     link="softmax",
    ...     years=5,
    ... )
    >>> print(found.tidy().loc[lambda x: x["term"] == "retention", "estimate"].round(2).iloc[0])
    0.86
    """
    if len(terms) != len(prior.sd_scale):
        raise InputError(
            f"{len(terms)} terms are named, but the prior has spreads for {len(prior.sd_scale)}."
        )
    sizes = np.broadcast_to(np.asarray(levels), (len(terms),))
    if np.any(sizes < 2):
        raise InputError(f"levels={levels!r} is not allowed; allowed are 2 or more for each term.")
    number = checks.whole_number(draws, name="draws", minimum=1000)
    steps = None if years is None else checks.whole_number(years, name="years", minimum=1)
    rng = np.random.default_rng(checks.whole_number(seed, name="seed"))
    matrix = np.asarray(contrasts, dtype=np.float64)
    d = matrix.shape[1]
    intercept = prior.b0_mean + prior.b0_sd * rng.standard_normal((number, d))
    spread = np.abs(rng.standard_normal((number, *prior.sd_scale.shape))) * prior.sd_scale
    # Levels that sum to zero are each a little closer to 0; two of them differ as ever.
    share = np.sqrt(1 - 1 / sizes)[:, None] if sum_to_zero else 1.0
    effects = spread * share * rng.standard_normal((number, len(terms), d))
    apart = np.sqrt(2) * spread * rng.standard_normal((number, len(terms), d))
    found = PriorTable(
        outcomes=tuple(outcomes),
        average=probabilities(intercept, contrasts=matrix, link=link),
        any=probabilities(intercept + effects.sum(axis=1), contrasts=matrix, link=link),
        terms=tuple(terms),
        ratios=np.exp(np.abs(apart @ (matrix[1] - matrix[0]))),
        years=steps,
        provenance=Provenance(
            function="prior_table",
            arguments={
                "outcomes": tuple(outcomes),
                "link": link,
                "terms": tuple(terms),
                "levels": tuple(sizes.tolist()),
                "sum_to_zero": sum_to_zero,
                "years": steps,
                "expect": None if expect is None else dict(expect),
                "draws": number,
            },
            method="simulation from the prior",
            seed=seed,
        ),
    )
    _check_expected(found, expect or {})
    return found


def _check_expected(table: PriorTable, expect: Mapping[str, tuple[float, float]]) -> None:
    """Refuse a prior that implies what nobody expects."""
    known = dict(zip(table.outcomes, table.any.T, strict=True))
    if table.retention is not None:
        known[_RETENTION] = table.retention
    for name, wanted in expect.items():
        drawn = known[checks.one_of(name, tuple(known), name="quantity in expect")]
        low, high = (checks.finite_number(x, name=f"expect of {name}") for x in wanted)
        if not 0 <= low < high <= 1:
            raise InputError(
                f"expect of {name} is ({low:g}, {high:g}); allowed is a range within 0 and 1."
            )
        found = np.quantile(drawn, [0.025, 0.975])
        if found[0] < low or found[1] > high:
            outside = float(np.mean((drawn < low) | (drawn > high)))
            after = f" after {table.years} years" if name == _RETENTION else ""
            raise InputError(
                f"the prior implies {name}{after} of {_range(drawn)} (median, 95% range), outside "
                f"of the stated {low:g} to {high:g} with probability {percent(outside)}. Hint: "
                "narrower standard deviations or another mean of the intercept; a wide prior on "
                "logits is no vague prior on probabilities."
            )


def _range(drawn: Floats) -> str:
    """Median and 95% range in percent."""
    low, mid, high = np.quantile(drawn, [0.025, 0.5, 0.975])
    return f"{percent(mid)} ({percent(low)} to {percent(high)})"
