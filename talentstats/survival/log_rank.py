"""Whether groups leave at the same hazard: the log-rank test and its weighted kin."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from talentstats import checks
from talentstats.errors import InputError
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.results.wording import p_text
from talentstats.stats.limits import Floats, read_only
from talentstats.stats.logrank import logrank, permutation_p
from talentstats.summaries.account import RowAccount
from talentstats.summaries.spells import Spells
from talentstats.survival.curve_text import counted
from talentstats.survival.grouping import groups_of, names_of
from talentstats.survival.log_rank_rows import ComparedRows, compared_rows, in_order

if TYPE_CHECKING:
    import pandas as pd

# With so few ends chi-squared is not to be trusted, and shuffles are cheap.
FEW_EVENTS: Final = 20
_DRAWS: Final = 9_999
_MOST_PEOPLE: Final = 20_000
# Shuffles need a row for each person.
_MOST_SHUFFLED: Final = 10_000_000
_SEED: Final = 20_190


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogRankTest:
    """Observed and expected ends of g groups, and the test; made by `log_rank_test`.

    Parameters
    ----------
    groups : tuple of str
        Names of the groups, in the order of the trend where there is one.
    people, events : (g,) ndarray
        People, and those of them who left.
    observed, expected : (g,) ndarray
        Ends, each weighted as the test weights its time; with rho = gamma = 0, counts.
    statistic : float
        Chi-squared.
    df : int
        Its degrees of freedom.
    p_value : float
        Upper tail of chi-squared; NaN where the groups are never at risk together.
    permutation_p, permutation_error : float
        P-value from shuffles, and its Monte Carlo standard error; NaN without shuffles.
    permutations : int
        How many shuffles.
    rho, gamma : float
        Fleming-Harrington weights.
    trend : bool
        Whether hazards are tested for a trend over the groups.
    strata : tuple of str
        Covariates within whose levels groups are compared.
    clock : str
        What time is counted from.
    notes : tuple of str
        What a reader has to know.
    account : RowAccount
        The rows used.
    provenance : Provenance
        What made this result.
    """

    groups: tuple[str, ...]
    people: Floats
    events: Floats
    observed: Floats
    expected: Floats
    statistic: float
    df: int
    p_value: float
    permutation_p: float
    permutation_error: float
    permutations: int
    rho: float
    gamma: float
    trend: bool
    strata: tuple[str, ...]
    clock: str
    notes: tuple[str, ...]
    account: RowAccount
    provenance: Provenance

    def __post_init__(self) -> None:
        for name in ("people", "events", "observed", "expected"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def sentence(self) -> str:
        """The finding in one sentence."""
        ends = "; ".join(
            f"{label} {o:.4g} against {e:.4g} expected"
            for label, o, e in zip(self.groups, self.observed, self.expected, strict=True)
        )
        what = "A trend of hazards over" if self.trend else "Equal hazards in"
        within = f" within {' and '.join(self.strata)}" if self.strata else ""
        verdict = (
            f"chi-squared {self.statistic:.2f} on {self.df}, {p_text(self.p_value)}"
            if self.df
            else "no test, the groups are never at risk together"
        )
        shuffled = (
            f"; permutation {p_text(self.permutation_p)} (Monte Carlo standard error "
            f"{self.permutation_error:.2g})"
            if self.permutations
            else ""
        )
        return f"{what} {len(self.groups)} groups{within}: {ends}; {verdict}{shuffled}."

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return one row a group, then the test, then its permutation.

        Parameters
        ----------
        level : float
            Checked, and not used: a test has no interval.

        Returns
        -------
        pandas.DataFrame
            Rows of groups estimate observed / expected; the last ones hold statistic and p-value.
        """
        checks.level(level)
        rows: list[dict[str, Any]] = [
            {
                "group": label,
                "term": "observed / expected",
                "estimate": float(o / e) if e > 0 else float("nan"),
                "people": float(n),
                "events": float(d),
                "observed": float(o),
                "expected": float(e),
            }
            for label, n, d, o, e in zip(
                self.groups, self.people, self.events, self.observed, self.expected, strict=True
            )
        ]
        test = {"group": "all", "statistic": self.statistic}
        rows.append(test | {"term": self._name, "p_value": self.p_value, "df": self.df})
        if self.permutations:
            rows.append(
                test | {"term": f"{self._name}, permutation", "p_value": self.permutation_p}
            )
        return tidy_frame(rows)

    def glance(self) -> "pd.DataFrame":
        """Return one row: the test.

        Returns
        -------
        pandas.DataFrame
            One row.
        """
        return glance_frame(
            {
                "groups": len(self.groups),
                "people": float(self.people.sum()),
                "events": float(self.events.sum()),
                "statistic": self.statistic,
                "df": self.df,
                "p_value": self.p_value,
                "permutation_p": self.permutation_p,
                "permutation_error": self.permutation_error,
                "permutations": self.permutations,
                "rho": self.rho,
                "gamma": self.gamma,
                "trend": self.trend,
                "strata": ", ".join(self.strata),
            }
        )

    @property
    def _name(self) -> str:
        """Name of the test."""
        return _name(self.rho, self.gamma, trend=self.trend)


def log_rank_test(
    spells: Spells,
    *,
    by: str | Sequence[str],
    strata: str | Sequence[str] | None = None,
    rho: float = 0.0,
    gamma: float = 0.0,
    trend: bool | Sequence[str] = False,
    permutations: int | Literal["auto"] = "auto",
    seed: int | None = None,
) -> LogRankTest:
    """Test that the hazard of leaving is the same in all groups at all times.

    Assumptions: when people enter, or are no longer followed, says nothing about when they leave,
    within a group; for the permutation it does not depend on the group either.

    Parameters
    ----------
    spells : Spells
        Stays, at risk on (entry, exit]; ends exact or between looks on a common grid. Counts are
        people; the rows of one person must not overlap.
    by : str or sequence of str
        Covariates that make the groups.
    strata : str, sequence of str or None
        Covariates within whose levels groups are compared.
    rho, gamma : float
        Weights S^rho (1 - S)^gamma: 0 and 0 is the log-rank test, 1 and 0 weights early ends.
    trend : bool or sequence of str
        Whether hazards rise or fall over ordered groups, on one degree of freedom: the labels of
        the groups in their order, or True for the order of size or alphabet.
    permutations : int or "auto"
        Shuffles of the groups; "auto" makes 9,999 where there are 20 ends or fewer, 0 none.
    seed : int or None
        Seed of the shuffles; None is a fixed one, so that the same call gives the same p-value.

    Returns
    -------
    LogRankTest
        Both p-values.

    Raises
    ------
    InputError
        If there is one group, nobody left, looks are irregular, there are sampling weights, or an
        option is not allowed.
    UnknownNameError
        If there is no such covariate or group.

    References
    ----------
    Mantel (1966), Cancer Chemotherapy Reports 50:163-170.
    Fleming and Harrington (1991), Counting Processes and Survival Analysis, chapter 7,
    doi:10.1002/9781118150672.

    Examples
    --------
    >>> spells = Spells.from_arrays(
    ...     exit=[1, 2, 3, 4], event=[1, 1, 1, 1], covariates={"sector": ["a", "a", "b", "b"]}
    ... )
    >>> test = log_rank_test(spells, by="sector", permutations=0)
    >>> round(test.statistic, 4), test.df  # (7/6)^2 / (1/4 + 2/9)
    (2.8824, 1)
    """
    if not isinstance(spells, Spells):
        raise InputError(f"log_rank_test was given a {type(spells).__name__}; allowed are Spells.")
    groups = in_order(groups_of(spells.covariates, by, len(spells)), trend)
    early = checks.finite_number(rho, name="rho", above=0, below=10, closed=True)
    late = checks.finite_number(gamma, name="gamma", above=0, below=10, closed=True)
    compared = compared_rows(spells, groups, groups_of(spells.covariates, strata, len(spells)))
    draws = _draws(permutations, compared)
    options: dict[str, Any] = {
        "groups": len(groups),
        "scores": np.arange(len(groups)) if trend else None,
        "rho": early,
        "gamma": late,
    }
    test = logrank(**compared.spans(), count=compared.count, **options)
    shuffled, error, used = float("nan"), float("nan"), None
    if draws:
        used = _SEED if seed is None else checks.whole_number(seed, name="seed")
        rng = np.random.default_rng(used)
        shuffled = permutation_p(**compared.spans(unfold=True), rng=rng, draws=draws, **options)
        error = float(np.sqrt(shuffled * (1.0 - shuffled) / draws))
    return LogRankTest(
        groups=groups.labels,
        people=np.bincount(groups.index, weights=spells.count, minlength=len(groups)),
        events=np.bincount(
            compared.group, weights=compared.count * compared.event, minlength=len(groups)
        ),
        observed=test.observed,
        expected=test.expected,
        statistic=test.statistic,
        df=test.df,
        p_value=test.p_value,
        permutation_p=shuffled,
        permutation_error=error,
        permutations=draws,
        rho=early,
        gamma=late,
        trend=bool(trend),
        strata=names_of(strata),
        clock=spells.clock,
        notes=_notes(spells, compared, draws=draws, automatic=permutations == "auto"),
        account=spells.account.whole("log-rank test"),
        provenance=Provenance(
            function="log_rank_test",
            arguments={
                "people": spells.account.people,
                "by": names_of(by),
                "strata": names_of(strata),
                "rho": early,
                "gamma": late,
                "trend": groups.labels if trend else False,
                "permutations": draws,
            },
            method=_name(early, late, trend=bool(trend)),
            seed=used,
        ),
    )


def _draws(permutations: int | str, compared: ComparedRows) -> int:
    """Return how many shuffles to make."""
    if permutations == "auto":
        events = float(compared.count[compared.event].sum())
        few = events <= FEW_EVENTS and compared.count.sum() <= _MOST_PEOPLE
        return _DRAWS if few else 0
    draws = checks.whole_number(
        permutations, name="permutations", hint="a number of shuffles, or 'auto'."
    )
    people = float(compared.count.sum())
    if draws and people > _MOST_SHUFFLED:
        raise InputError(
            f"permutations={draws:,} would shuffle {people:,.0f} people; allowed are "
            f"{_MOST_SHUFFLED:,}. Hint: permutations=0; chi-squared works on the counts."
        )
    return draws


def _name(rho: float, gamma: float, *, trend: bool) -> str:
    """Return the name of a test."""
    weights = "" if rho == gamma == 0.0 else f", Fleming-Harrington {rho:g}, {gamma:g}"
    return f"log-rank{weights}{', trend' if trend else ''}"


def _notes(
    spells: Spells, compared: ComparedRows, *, draws: int, automatic: bool
) -> tuple[str, ...]:
    """Return what the reader of a test has to know."""
    notes = []
    events = float(compared.count[compared.event].sum())
    if events <= FEW_EVENTS and draws:
        notes.append(
            f"With {counted(events, 'end', 'ends')} chi-squared is not to be trusted; the "
            "permutation p-value is."
        )
    elif events <= FEW_EVENTS:
        why = f" for more than {_MOST_PEOPLE:,} people" if automatic else ""
        few = counted(events, "end", "ends")
        notes.append(f"With {few} chi-squared is not to be trusted; no shuffles{why}.")
    if draws and compared.entry.min() < compared.entry.max():
        notes.append("The permutation takes entry not to depend on the group.")
    if spells.cluster is not None:
        notes.append("The test takes rows to be independent; clusters are not used.")
    return tuple(notes)
