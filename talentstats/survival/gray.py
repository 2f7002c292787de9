"""Gray's test: whether the cumulative incidence of a destination is the same in all groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.results.wording import p_text
from talentstats.stats import gray as kernel
from talentstats.stats.limits import Floats, read_only
from talentstats.summaries.account import RowAccount
from talentstats.summaries.spells import Spells
from talentstats.survival.curve_rows import CurveRows, wide_intervals
from talentstats.survival.curve_text import counted
from talentstats.survival.grouping import Groups, groups_of
from talentstats.survival.times import merged_times

if TYPE_CHECKING:
    import pandas as pd

# Counts are unfolded into people for the test.
_MOST_PEOPLE: Final = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GrayTestResult:
    """Gray's tests, one a destination; made by `gray_test`.

    Parameters
    ----------
    labels, destinations : tuple of str
        Names of the g groups and k destinations.
    strata : tuple of str
        Names of the strata; "all" where there are none.
    people : ndarray of float
        Shape (g,): people.
    events : ndarray of float
        Shape (g, k): people who left.
    statistic, p_value : ndarray of float
        Shape (k,): chi-squared statistics and upper tails; NaN where nobody left for the
        destination.
    df : int
        Degrees of freedom, g - 1.
    clock : str
        What time is counted from.
    account : RowAccount
        Where the rows went.
    notes : tuple of str
        What the reader of the tests must know.
    provenance : Provenance
        What made this result.
    """

    labels: tuple[str, ...]
    destinations: tuple[str, ...]
    strata: tuple[str, ...]
    people: Floats
    events: Floats
    statistic: Floats
    p_value: Floats
    df: int
    clock: str
    account: RowAccount
    notes: tuple[str, ...]
    provenance: Provenance

    def __post_init__(self) -> None:
        for name in ("people", "events", "statistic", "p_value"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def sentence(self) -> str:
        """The tests in one sentence."""
        each = "; ".join(
            f"{name}, chi-squared {self.statistic[j]:.2f} on {self.df}, "
            f"{p_text(float(self.p_value[j]))}"
            if np.isfinite(self.p_value[j])
            else f"{name}, no test"
            for j, name in enumerate(self.destinations)
        )
        within = "" if len(self.strata) == 1 else f" within {len(self.strata)} strata"
        return f"Equal incidence in {len(self.labels)} groups{within} (Gray): {each}."

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return one row a destination.

        Parameters
        ----------
        level : float
            Checked, and not used: a test has no interval.

        Returns
        -------
        pandas.DataFrame
            `statistic` and `p_value`; `df` and `events` follow.
        """
        checks.level(level)
        return tidy_frame(
            [
                {
                    "outcome": name,
                    "term": "Gray's test",
                    "statistic": self.statistic[j],
                    "p_value": self.p_value[j],
                    "df": self.df,
                    "events": self.events[:, j].sum(),
                }
                for j, name in enumerate(self.destinations)
            ]
        )

    def glance(self) -> "pd.DataFrame":
        """Return one row: groups, strata, people, events.

        Returns
        -------
        pandas.DataFrame
            One row; `smallest_p` is not adjusted for the number of destinations.
        """
        known = self.p_value[np.isfinite(self.p_value)]
        return glance_frame(
            {
                "groups": len(self.labels),
                "destinations": len(self.destinations),
                "strata": len(self.strata),
                "people": float(self.people.sum()),
                "events": float(self.events.sum()),
                "df": self.df,
                "smallest_p": float(known.min()) if known.size else float("nan"),
            }
        )


def gray_test(
    spells: Spells,
    *,
    by: str | Sequence[str],
    strata: str | Sequence[str] | None = None,
) -> GrayTestResult:
    """Test, for each destination, that its cumulative incidence is the same in all groups.

    Unlike the log-rank test of one destination it compares what became of people, not hazards.

    Assumptions: people are censored without regard to when and for where they would leave, within
    a group and a stratum; all are followed from the same time. The chi-squared is for groups with
    more than a handful of ends.

    Parameters
    ----------
    spells : Spells
        Stays with destinations, all entered at one time; counts are used.
    by : str or sequence of str
        Covariates that make the groups.
    strata : str, sequence of str or None
        Covariates within whose levels groups are compared; None is one stratum.

    Returns
    -------
    GrayTestResult
        One test a destination, that of R's cmprsk.

    Raises
    ------
    InputError
        If people enter at different times, have weights, looks are irregular, there is one group,
        or nobody left.
    UnknownNameError
        If there is no such covariate.

    References
    ----------
    Gray, R. J. (1988). Annals of Statistics 16, 1141-1154. doi:10.1214/aos/1176350951

    Examples
    --------
    >>> spells = Spells.from_arrays(
    ...     exit=[1, 2, 3, 4, 2, 4, 5, 6], event=[1, 2, 1, 0, 2, 1, 0, 0],
    ...     covariates={"sector": ["a"] * 4 + ["b"] * 4},
    ... )
    >>> test = gray_test(spells, by="sector")
    >>> test.destinations, test.df, bool((test.p_value > 0.05).all())
    (('1', '2'), 1, True)
    """
    if not isinstance(spells, Spells):
        raise InputError(
            f"spells is a {type(spells).__name__}; allowed are Spells. Hint: Spells.from_frame."
        )
    groups = groups_of(spells.covariates, by, len(spells))
    layers = groups_of(spells.covariates, strata, len(spells))
    stop = _checked_exits(spells, groups)
    people = np.bincount(groups.index, weights=spells.count, minlength=len(groups))
    kinds = len(spells.destinations)
    ended = spells.ended
    events = np.bincount(
        groups.index[ended] * kinds + spells.destination[ended],
        weights=spells.count[ended],
        minlength=len(groups) * kinds,
    ).reshape(len(groups), kinds)
    statistic, p_value = np.full(kinds, np.nan), np.full(kinds, np.nan)
    # A stratum without any end says nothing.
    telling = np.isin(layers.index, np.unique(layers.index[ended]))
    again = np.repeat(np.flatnonzero(telling), spells.count[telling])
    for j in range(kinds):
        if not events[:, j].any():
            continue
        test = kernel.gray_test(
            exit=stop[again],
            destination=spells.destination[again],
            of=j,
            group=groups.index[again],
            groups=len(groups),
            stratum=layers.index[again],
        )
        statistic[j], p_value[j] = test.statistic, test.p_value
    return GrayTestResult(
        labels=groups.labels,
        destinations=spells.destinations,
        strata=layers.labels,
        people=people,
        events=events,
        statistic=statistic,
        p_value=p_value,
        df=len(groups) - 1,
        clock=spells.clock,
        account=spells.account,
        notes=_notes(spells, events, p_value),
        provenance=Provenance(
            function="gray_test",
            arguments={
                "by": by if isinstance(by, str) else tuple(by),
                "strata": strata if strata is None or isinstance(strata, str) else tuple(strata),
            },
            method="Gray's test of equal cumulative incidence",
        ),
    )


def _checked_exits(spells: Spells, groups: Groups) -> NDArray[np.float64]:
    """Return the times at which stays ended or were last seen, if the test has a place."""
    if len(groups) < 2:
        raise InputError(
            f"there is one group, {groups.labels[0]!r}; a test needs two. Hint: by= a covariate "
            "with two levels or more."
        )
    if not spells.ended.any():
        raise InputError(f"none of {len(spells):,} stays ended, so there is nothing to compare.")
    entry, lower, upper = merged_times(spells.entry, spells.lower, spells.upper)
    if entry.min() < entry.max():
        late = int(np.sum(entry > entry.min()))
        raise InputError(
            f"{late:,} of {len(spells):,} spells enter after {entry.min():g}; Gray's test counts "
            "who left elsewhere as still there, and has no place for people who come late. Hint: "
            "cumulative_incidence(...).difference at a horizon, or log_rank_test, which allow it."
        )
    if np.any(spells.weight != 1.0):
        raise InputError(
            "the spells have sampling weights, and Gray's test counts people. Hint: "
            "cumulative_incidence(...).difference, whose errors allow weights."
        )
    if spells.count.sum() > _MOST_PEOPLE:
        raise InputError(
            f"the spells stand for {spells.count.sum():,} people; allowed are {_MOST_PEOPLE:,}."
        )
    rows = CurveRows(
        entry=entry,
        lower=lower,
        upper=upper,
        count=spells.count.astype(np.float64),
        weight=None,
        cluster=None,
    )
    wide = wide_intervals(rows)
    if wide:
        raise InputError(
            f"ends of {counted(wide, 'person', 'people')} lie in intervals (lower, upper] that "
            "hold another's end; Gray's test needs the order of the ends. Hint: keep looks "
            "on a common grid, or hazard_model."
        )
    return rows.stop


def _notes(spells: Spells, events: Floats, p_value: Floats) -> tuple[str, ...]:
    """What the reader of the tests must know."""
    notes = []
    for j, name in enumerate(spells.destinations):
        if np.isnan(p_value[j]):
            notes.append(f"No test for {name}: too few left for it ({events[:, j].sum():g}).")
    if spells.cluster is not None:
        notes.append("The test takes people to leave independently; clusters are not used.")
    return tuple(notes)
