"""Cumulative incidence: who has left, by when, and for where."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from talentstats import checks
from talentstats.errors import InputError
from talentstats.results.columns import glance_frame
from talentstats.results.provenance import Provenance
from talentstats.results.wording import percent
from talentstats.summaries.account import RowAccount
from talentstats.summaries.spells import Spells
from talentstats.survival.curve_columns import risk_frame
from talentstats.survival.curve_rows import people_at
from talentstats.survival.curve_text import at_clock, different_starts
from talentstats.survival.grouping import groups_of
from talentstats.survival.incidence_frame import STAYED, incidence_frame
from talentstats.survival.incidence_group import (
    IncidenceGroup,
    checked_times,
    incidence_group,
)
from talentstats.survival.incidence_rows import rows_by_destination
from talentstats.survival.landmarks import ENOUGH_AT_RISK

if TYPE_CHECKING:
    import pandas as pd

    from talentstats.survival.incidence_difference import IncidenceDifference


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CumulativeIncidence:
    """Incidences by destination of one group or more; made by `cumulative_incidence`.

    Parameters
    ----------
    groups : tuple of IncidenceGroup
        Incidences, one a group.
    destinations : tuple of str
        Names of the k destinations.
    level : float
        Confidence level.
    clock : str
        What time is counted from.
    account : RowAccount
        Where the rows went.
    notes : tuple of str
        What the reader of the incidences must know.
    provenance : Provenance
        What made this result.
    """

    groups: tuple[IncidenceGroup, ...]
    destinations: tuple[str, ...]
    level: float
    clock: str
    account: RowAccount
    notes: tuple[str, ...]
    provenance: Provenance

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the groups."""
        return tuple(group.label for group in self.groups)

    @property
    def followed_to(self) -> float:
        """Last time up to which every group is followed."""
        return min(group.last for group in self.groups)

    @property
    def sentence(self) -> str:
        """Incidences at the last end that finds ten people at risk in every group."""
        time = self._telling_time()
        if np.isnan(time):
            return "No time is followed in every group at which somebody had left."
        return self.sentence_at(time)

    def sentence_at(self, time: float) -> str:
        """Return the incidences at a time in words.

        Parameters
        ----------
        time : float
            A time to which every group is followed.

        Returns
        -------
        str
            One sentence.

        Raises
        ------
        InputError
            If it is before the start of a group or beyond its follow-up.
        """
        checked_times(time, self.groups)
        at, alone = np.array([time]), len(self.groups) == 1
        said = []
        for group in self.groups:
            (least, most), (limits, _) = group.bounds(at), group.limits(at, self.level)
            shares = ", ".join(
                f"{_within(least[0, j], most[0, j])} {'had stayed' if name is STAYED else name} "
                f"({percent(limits.lower[0, j])} to {percent(limits.upper[0, j])})"
                for j, name in enumerate((*self.destinations, STAYED))
            )
            of = "" if np.isnan(group.landmark) else f"of those there at {group.landmark:g}, "
            said.append(("" if alone else f"{group.label}: ") + of + shares)
        return (
            f"By {at_clock(time, self.clock)}, {'; '.join(said)} ({percent(self.level)} intervals)."
        )

    def at(self, times: ArrayLike, *, level: float = 0.95) -> "pd.DataFrame":
        """Return incidences and survival at some times.

        Parameters
        ----------
        times : array_like of float
            Shape (s,) or one number: not before the start of a group, nor beyond its follow-up.
        level : float
            Confidence level in (0, 1).

        Returns
        -------
        pandas.DataFrame
            Rows by group, time and outcome: the destinations (term "cumulative incidence") and
            "stayed" (term "survival"), which add up to 1; `at_risk` and `left`, people who had
            left by then, follow. `interval` is "cloglog", or "clopper-pearson" where nobody or
            everybody had left so; there is none at the start. Where ends are known between looks
            `estimate` counts them at the look that found them; inside an interval `estimate_low`
            and `estimate_high` bound it, and the limits cover what the bounds allow.

        Raises
        ------
        InputError
            If a time is outside the follow-up of a group; names the last usable time.
        """
        checked = checks.level(level)
        when = checked_times(times, self.groups)
        return incidence_frame([(group, when) for group in self.groups], self.destinations, checked)

    def difference(
        self, a: str, b: str, *, horizon: float, destination: str, level: float = 0.95
    ) -> "IncidenceDifference":
        """Return the difference between the incidences of two groups at a horizon, a less b.

        Parameters
        ----------
        a, b : str
            Labels of two groups.
        horizon : float
            The time.
        destination : str
            Whose incidence is compared.
        level : float
            Confidence level in (0, 1).

        Returns
        -------
        IncidenceDifference
            Difference, interval and p-value.

        Raises
        ------
        InputError
            If the horizon is outside the follow-up or inside an interval between looks, or the
            groups begin at different times.
        UnknownNameError
            If there is no such group or destination.
        """
        from talentstats.survival.incidence_difference import incidence_difference

        return incidence_difference(
            self, a, b, horizon=horizon, destination=destination, level=level
        )

    def time_lost(self, horizon: float, *, level: float = 0.95) -> "pd.DataFrame":
        """Return the mean time that each destination takes from the stay up to a horizon.

        It is the area under the incidence; the areas of all destinations and the mean time
        stayed add up to the time from the start to the horizon. Ends known between looks count at
        the look that found them, which makes it the smallest that the data allow.

        Parameters
        ----------
        horizon : float
            The time up to which it is counted.
        level : float
            Confidence level in (0, 1).

        Returns
        -------
        pandas.DataFrame
            Rows by group and outcome with term "restricted mean time lost"; then, of each further
            group less the first, term "difference in time lost" with p-values. Between
            looks `estimate_high` counts ends at the look before, `estimate_low` is the estimate,
            and the limits cover both; a difference has the bounds that the two groups allow, and
            statistic and p-value of the estimates as they count.

        Raises
        ------
        InputError
            If the horizon is outside the follow-up of a group.

        References
        ----------
        Andersen, P. K. (2013). Statistics in Medicine 32, 5278-5285. doi:10.1002/sim.5903
        """
        from talentstats.survival.time_lost import time_lost_frame

        return time_lost_frame(self, horizon=horizon, level=level)

    def risk_table(self, times: ArrayLike) -> "pd.DataFrame":
        """Return how many are at risk, have left and were last seen at some times.

        Parameters
        ----------
        times : array_like of float
            Shape (s,) or one number.

        Returns
        -------
        pandas.DataFrame
            Columns group, time, at_risk (entry < time <= exit), left and censored (both since the
            start); a row that goes on as another of its cluster is not censored. NaN at times
            before the start of a group.
        """
        return risk_frame([(g.label, g.rows, g.start) for g in self.groups], times)

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return incidences and survival at every time at which somebody left.

        Parameters
        ----------
        level : float
            Level of the intervals, recomputed.

        Returns
        -------
        pandas.DataFrame
            As `at` returns it; the start and the end of follow-up stand first and last.
        """
        return incidence_frame(
            [(group, group.moments()) for group in self.groups],
            self.destinations,
            checks.level(level),
        )

    def glance(self) -> "pd.DataFrame":
        """Return one row: groups, destinations, people, events, the last time of all groups.

        Returns
        -------
        pandas.DataFrame
            One row.
        """
        landmarks = [group.landmark for group in self.groups if not np.isnan(group.landmark)]
        return glance_frame(
            {
                "groups": len(self.groups),
                "destinations": len(self.destinations),
                "people": sum(group.people for group in self.groups),
                "events": float(sum(group.events.sum() for group in self.groups)),
                "person_years": self.account.person_years,
                "landmark": max(landmarks, default=float("nan")),
                "last_time": min(float(group.rows.stop.max()) for group in self.groups),
                "interval": "cloglog",
                "level": self.level,
            }
        )

    def _telling_time(self) -> float:
        """Last time of an end up to which all groups have ten people at risk, or are followed."""
        times = np.unique(np.concatenate([group.time for group in self.groups]))
        first = max(group.start for group in self.groups)
        followed = times[(times <= min(group.last for group in self.groups)) & (times > first)]
        if not followed.size:
            return float("nan")
        most = [people_at(group.rows, followed, group.start)[0] for group in self.groups]
        enough = followed[np.min(most, axis=0) >= ENOUGH_AT_RISK]
        return float(enough[-1] if enough.size else followed[-1])


def cumulative_incidence(
    spells: Spells,
    *,
    by: str | Sequence[str] | None = None,
    landmark: float | None = None,
    level: float = 0.95,
) -> CumulativeIncidence:
    """Probability of having left for each destination, by time since the clock's beginning.

    The Aalen-Johansen estimator, with delayed entry and exact ties: at risk on (entry, exit],
    ends before censorings, entries after ends. Incidences and survival add up to 1. One less the
    product limit of a single destination, others censored, would be too high.

    Assumptions: people are censored, and come under observation, without regard to when and for
    where they would leave (within a group); whoever comes late is like those who were there. Ends
    known within looks on a common grid count at the look that found them.

    Parameters
    ----------
    spells : Spells
        Stays with destinations; weights, counts and clusters are used.
    by : str, sequence of str or None
        Covariates that make groups; None is one group.
    landmark : float or None
        Incidence is conditional on staying until then. None takes the first entry; with delayed
        entry and fewer than 10 people at risk at the first end, the first time from which there
        are as many, and a note says so.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    CumulativeIncidence
        Curves with infinitesimal jackknife variances (those of R's survfit) and complementary
        log-log limits. Where nobody, or everybody, has left for a destination that scale has no
        limit: there it is Clopper-Pearson's for the effective number of people.

    Raises
    ------
    InputError
        If nobody left, looks are irregular, or the landmark is outside the follow-up.
    UnknownNameError
        If there is no such covariate.

    References
    ----------
    Aalen, O. O. and Johansen, S. (1978). Scandinavian Journal of Statistics 5, 141-150.
    Kalbfleisch, J. D. and Prentice, R. L. (2002). The Statistical Analysis of Failure Time Data,
    chapter 8. doi:10.1002/9781118032985

    Examples
    --------
    >>> spells = Spells.from_arrays(
    ...     lower=[0, 0, 6], upper=[6, 6, float("inf")], destination=["China", "other", None],
    ...     count=[10, 3, 87],
    ... )
    >>> frame = cumulative_incidence(spells).at(6)
    >>> frame[["outcome", "estimate"]].round(2).to_numpy().tolist()
    [['China', 0.1], ['other', 0.03], ['stayed', 0.87]]
    """
    if not isinstance(spells, Spells):
        raise InputError(
            f"spells is a {type(spells).__name__}; allowed are Spells. Hint: Spells.from_frame."
        )
    checked = checks.level(level)
    start = None if landmark is None else checks.finite_number(landmark, name="landmark")
    if not spells.destinations:
        raise InputError(
            f"none of {len(spells):,} stays ended, so there is no destination to estimate. Hint: "
            "survival_curve gives limits of staying."
        )
    groups = groups_of(spells.covariates, by, len(spells))
    made = tuple(
        incidence_group(
            rows,
            destination,
            label=label,
            destinations=len(spells.destinations),
            landmark=start,
        )
        for label, (rows, destination) in zip(
            groups.labels, rows_by_destination(spells, groups), strict=True
        )
    )
    return CumulativeIncidence(
        groups=made,
        destinations=spells.destinations,
        level=checked,
        clock=spells.clock,
        account=spells.account,
        notes=_notes(spells, made),
        provenance=Provenance(
            function="cumulative_incidence",
            arguments={
                "by": by if by is None or isinstance(by, str) else tuple(by),
                "landmark": start,
                "level": checked,
            },
            method="Aalen-Johansen, infinitesimal jackknife, complementary log-log limits",
        ),
    )


def _within(low: float, high: float) -> str:
    """Return a share, or the bounds of one."""
    return percent(low) if low == high else f"between {percent(low)} and {percent(high)}"


def _notes(spells: Spells, groups: tuple[IncidenceGroup, ...]) -> tuple[str, ...]:
    """What the reader of the incidences must know."""
    notes = [
        f"In group {group.label!r} fewer than {ENOUGH_AT_RISK} people were at risk at first: "
        f"incidence is conditional on staying until {group.landmark:g}."
        for group in groups
        if not np.isnan(group.landmark)
    ]
    notes += different_starts([(group.label, group.start) for group in groups])
    if np.any(spells.ended & ~spells.exact):
        notes.append(
            "Ends known only within looks count at the look that found them; between looks "
            "`estimate_low` and `estimate_high` bound incidence, and time lost is the smallest "
            "that the data allow."
        )
    if any(bool((group.incidence[-1:] == 0.0).any()) or not group.time.size for group in groups):
        notes.append(
            "Where nobody left for a destination the upper limit is Clopper-Pearson's for the "
            "smallest number at risk over survival."
        )
    if spells.cluster is not None:
        notes.append(
            f"Standard errors are clustered ({np.unique(spells.cluster).size:,} clusters)."
        )
    elif np.any(spells.weight != 1.0):
        notes.append("Standard errors are those of sampling weights, each person by itself.")
    return tuple(notes)
