"""How many are still there as time goes by: survival curves, by group, with their intervals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, Self, get_args

import numpy as np
from numpy.typing import ArrayLike

from talentstats import checks
from talentstats.errors import InputError
from talentstats.results.columns import columns_frame, glance_frame
from talentstats.results.provenance import Provenance
from talentstats.stats.limits import normal_quantile
from talentstats.stats.product_limit import RestrictedMean
from talentstats.summaries.account import RowAccount
from talentstats.summaries.spells import Spells
from talentstats.survival.curve_columns import (
    check_within,
    estimate_columns,
    risk_frame,
    stacked,
)
from talentstats.survival.curve_group import CurveGroup, Interval, curve_group
from talentstats.survival.curve_looks import between_looks
from talentstats.survival.curve_rows import rows_by_group, wide_intervals
from talentstats.survival.curve_text import counted, curve_notes, curve_sentence, telling_time
from talentstats.survival.curve_turnbull import TurnbullGroup, turnbull_group
from talentstats.survival.grouping import groups_of, names_of
from talentstats.survival.times import asked_times

if TYPE_CHECKING:
    import pandas as pd

INTERVALS: Final = ("auto", *get_args(Interval))
# Likelihood-ratio limits need two searches a time; beyond this many rows times times, `tidy`
# leaves them to `at`.
_MOST_SEARCHES: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SurvivalCurve:
    """Survival curves of g groups; made by `survival_curve`.

    Parameters
    ----------
    groups : tuple of CurveGroup or TurnbullGroup
        One curve a group, in the order of their labels.
    by : tuple of str
        Covariates that make the groups.
    clock : str
        What time is counted from.
    method : str
        "product limit" or "Turnbull".
    wide : int
        People whose end lies in an interval that holds another's entry or end; where there are
        any, the method is Turnbull's.
    level : float
        Confidence level of the sentence.
    account : RowAccount
        The rows used.
    provenance : Provenance
        What made this result.
    """

    groups: tuple[CurveGroup | TurnbullGroup, ...]
    by: tuple[str, ...]
    clock: str
    method: Literal["product limit", "Turnbull"]
    wide: int
    level: float
    account: RowAccount
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
    def notes(self) -> tuple[str, ...]:
        """What a reader has to know: method, intervals, landmarks."""
        return curve_notes(self.groups, wide=self.wide)

    @property
    def sentence(self) -> str:
        """The finding at the last time at which every group has ten people at risk."""
        at = telling_time(self.groups, followed_to=self.followed_to)
        return curve_sentence(self.groups, at=at, clock=self.clock, level=self.level)

    def sentence_at(self, time: float) -> str:
        """Return the finding at a time.

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
            If it is before a curve begins or beyond its follow-up.
        """
        when = asked_times(time)
        for group in self.groups:
            check_within(group, when)
        return curve_sentence(self.groups, at=float(when[0]), clock=self.clock, level=self.level)

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return one row a group and time at which somebody left.

        Parameters
        ----------
        level : float
            Level of the intervals, recomputed.

        Returns
        -------
        pandas.DataFrame
            Rows of the start and the end of follow-up stand first and last, with no events.
            Extra columns: weight `at_risk`, of those who left (`events`), and `censored` since
            the row before, NaN with Turnbull's method, where they are not known. Turnbull's
            intervals are searched for: with many rows and times they are NaN here, and given by
            `at`.
        """
        checked = checks.level(level)
        frames = []
        for group in self.groups:
            time, at_risk, events, censored = group.steps()
            size = 0 if isinstance(group, CurveGroup) else time.size * group.rows.entry.size
            patient = size <= _MOST_SEARCHES
            columns = estimate_columns(group, time, checked, limits=patient)
            frames.append(
                columns_frame(
                    columns | {"at_risk": at_risk, "events": events, "censored": censored}
                )
            )
        return stacked(frames)

    def at(self, times: ArrayLike, *, level: float = 0.95) -> "pd.DataFrame":
        """Return survival at given times.

        Parameters
        ----------
        times : array_like
            Times (s,), at any of which every group is followed.
        level : float
            Level of the intervals.

        Returns
        -------
        pandas.DataFrame
            One row a group and time. Where ends are known between looks, `estimate` counts them
            at the look that found them, the right end of their interval; inside an interval
            `estimate_low` and `estimate_high` bound survival, and the limits reach from the lower
            limit at the next look to the upper limit at the look before.

        Raises
        ------
        InputError
            If a time is before a curve begins or after its last use.
        """
        checked, when = checks.level(level), asked_times(times)
        frames = []
        for group in self.groups:
            check_within(group, when)
            frames.append(columns_frame(estimate_columns(group, when, checked, limits=True)))
        return stacked(frames)

    def median(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return the time by which half have left, by R's rule.

        Parameters
        ----------
        level : float
            Level of the intervals, which invert the pointwise intervals of survival.

        Returns
        -------
        pandas.DataFrame
            One row a group; NaN where survival, or a limit of it, does not fall to a half. The
            limits are the first times at which the pointwise limits have fallen so far: with
            clusters or late entry the upper ones may rise again, which is not looked at. Ends
            between looks count at the look that found them.
        """
        checked = checks.level(level)
        found = np.array([group.quantile(0.5, checked) for group in self.groups])
        return columns_frame(
            {
                "group": list(self.labels),
                "term": "median",
                "estimate": found[:, 0],
                "conf_low": found[:, 1],
                "conf_high": found[:, 2],
                "conf_level": checked,
                "interval": [group.interval for group in self.groups],
                "time_from": [group.start for group in self.groups],
            }
        )

    def restricted_mean(self, horizon: float, *, level: float = 0.95) -> "pd.DataFrame":
        """Return the mean time stayed up to a horizon.

        Parameters
        ----------
        horizon : float
            Time to which every group is followed.
        level : float
            Level of the normal intervals.

        Returns
        -------
        pandas.DataFrame
            One row a group: the area under survival between `time_from`, where the curve
            begins, and the horizon. Ends known between looks count at the look that found them,
            which makes the estimate the largest that the data allow: `estimate_low` counts them
            at the look before, `estimate_high` is the estimate, and the limits cover both.

        Raises
        ------
        InputError
            If a group is not followed so far, or the curve is Turnbull's, where the time of
            each end is not known.
        """
        checked, to = checks.level(level), checks.finite_number(horizon, name="horizon")
        rows = []
        for group in self.groups:
            if isinstance(group, TurnbullGroup):
                raise InputError(
                    "a restricted mean is not defined for Turnbull's curve: where in its "
                    "interval each person left is not known. Hint: .at(times), which gives bounds."
                )
            check_within(group, np.array([to]))
            area, short = group.mean(to), group.shortest_mean(to)
            rows.append((area.mean, _spread(area), short.mean, _spread(short), group.start))
        mean, spread, least, least_spread, start = (
            np.array(column) for column in zip(*rows, strict=True)
        )
        z, most = normal_quantile(level=checked, side="two-sided"), to - start
        low, high, open_ends = least - z * least_spread, mean + z * spread, least < mean
        columns: dict[str, Any] = {
            "group": list(self.labels),
            "time": to,
            "term": "restricted mean",
            "estimate": mean,
            "std_error": spread,
            # All, or none, known to have left before the horizon has no spread, and may be so.
            "conf_low": np.maximum(np.where(open_ends & np.isnan(low), 0.0, low), 0.0),
            "conf_high": np.minimum(np.where(open_ends & np.isnan(high), most, high), most),
            "conf_level": checked,
            "interval": "plain",
            "time_from": start,
        }
        if any(between_looks(group.rows) for group in self.groups):
            columns |= {"estimate_low": least, "estimate_high": mean}
        return columns_frame(columns)

    def given(self, time: float) -> Self:
        """Return the curves of those who had stayed until a time, S(u) / S(time).

        Parameters
        ----------
        time : float
            Within the follow-up of every group.

        Returns
        -------
        SurvivalCurve
            From that landmark on, with intervals of its own.

        Raises
        ------
        InputError
            If it is before a curve begins, or nobody is followed beyond it.
        """
        start = checks.finite_number(time, name="time")
        arguments = dict(self.provenance.arguments) | {"landmark": start}
        return replace(
            self,
            groups=tuple(group.conditional(start) for group in self.groups),
            provenance=replace(self.provenance, arguments=arguments),
        )

    def risk_table(self, times: ArrayLike) -> "pd.DataFrame":
        """Return how many people are at risk, have left, and are no longer followed.

        Parameters
        ----------
        times : array_like
            Times (s,).

        Returns
        -------
        pandas.DataFrame
            Columns group, time, at_risk (entry < time <= exit; at the start, just after it),
            left and censored (since the start, up to and including the time): people, not
            weights; NaN at times before the curve of a group begins. A row that goes on as
            another of its cluster is not censored.
        """
        return risk_frame([(g.label, g.rows, g.start) for g in self.groups], times)

    def glance(self) -> "pd.DataFrame":
        """Return one row: people, ends, follow-up, method, landmarks.

        Returns
        -------
        pandas.DataFrame
            One row; `landmark` is the latest of the groups, NaN where there is none.
        """
        landmarks = [g.landmark for g in self.groups if not np.isnan(g.landmark)]
        return glance_frame(
            {
                "groups": len(self.groups),
                "people": self.account.people,
                "events": float(sum(group.events for group in self.groups)),
                "person_years": self.account.person_years,
                "followed_to": self.followed_to,
                "landmark": max(landmarks, default=float("nan")),
                "method": self.method,
                "interval": ", ".join(dict.fromkeys(g.interval for g in self.groups)),
                "clock": self.clock,
                "level": self.level,
            }
        )


def survival_curve(
    spells: Spells,
    *,
    by: str | Sequence[str] | None = None,
    interval: Literal["auto", "log-log", "log", "plain", "bpcp"] = "auto",
    landmark: float | None = None,
    level: float = 0.95,
) -> SurvivalCurve:
    """Probability of staying beyond each time, by group.

    The data decide the method. Where ends are exact, or each lies in an interval (lower, upper]
    that holds nobody's entry or end, as with yearly looks at all, it is the product limit at
    `upper`, which is then Turnbull's estimate. Otherwise it is Turnbull's.

    Assumptions: within a group people come and go independently; when somebody enters, or is no
    longer followed, says nothing about when they leave; weights are known.

    Parameters
    ----------
    spells : Spells
        Stays, at risk on (entry, exit].
    by : str, sequence of str or None
        Covariates that make the groups; None is one group.
    interval : {"auto", "log-log", "log", "plain", "bpcp"}
        How pointwise intervals are made; "auto" takes the beta product (exact without censoring)
        for groups of fewer than 20 ends, else log-log. With weights or clusters the variance is
        the infinitesimal jackknife. Turnbull's curve has likelihood-ratio intervals.
    landmark : float or None
        Survival is conditional on staying until then. None begins with the first entry, or,
        where people enter late, with the first time from which 10 are at risk; 0 begins with the
        first entry whoever is at risk.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    SurvivalCurve
        The curves.

    Raises
    ------
    InputError
        If the spells cannot be grouped, a landmark is outside the follow-up, or the interval does
        not go with the data.
    UnknownNameError
        If there is no such covariate or interval.

    References
    ----------
    Kaplan and Meier (1958), JASA 53:457-481, doi:10.1080/01621459.1958.10501452.
    Turnbull (1976), JRSS B 38:290-295, doi:10.1111/j.2517-6161.1976.tb01597.x.
    Fay, Brittain and Proschan (2013), Biostatistics 14:723-736, doi:10.1093/biostatistics/kxt016.

    Examples
    --------
    >>> looks = Spells.from_arrays(lower=[0, 6], upper=[6, None], count=[13, 87])
    >>> curve = survival_curve(looks)
    >>> print(curve.sentence)
    At 6 years since first observation, 87% had stayed (95% interval 78.8% to 92.9%; 100 people,
    13 of them left).
    """
    if not isinstance(spells, Spells):
        raise InputError(
            f"survival_curve was given a {type(spells).__name__}; allowed are Spells. Hint: "
            "Spells.from_frame(frame, exit=..., event=...)."
        )
    chosen: Any = checks.one_of(interval, INTERVALS, name="interval")
    checked = checks.level(level)
    begin = None if landmark is None else checks.finite_number(landmark, name="landmark")
    groups = groups_of(spells.covariates, by, len(spells))
    parts = rows_by_group(spells, groups)
    wide = sum(wide_intervals(rows) for rows in parts)
    curves: list[CurveGroup | TurnbullGroup] = []
    for label, rows in zip(groups.labels, parts, strict=True):
        if not wide:
            curves.append(curve_group(rows, label=label, interval=chosen, landmark=begin))
        elif chosen == "auto":
            curves.append(turnbull_group(rows, label=label, landmark=begin))
        else:
            raise InputError(
                f"interval={interval!r} needs ends on a common grid, and those of "
                f"{counted(wide, 'person', 'people')} lie in intervals that hold another's entry "
                "or end. Hint: interval='auto', the likelihood ratio."
            )
    method: Literal["product limit", "Turnbull"] = "Turnbull" if wide else "product limit"
    return SurvivalCurve(
        groups=tuple(curves),
        by=names_of(by),
        clock=spells.clock,
        method=method,
        wide=wide,
        level=checked,
        account=spells.account.whole("survival curve"),
        provenance=Provenance(
            function="survival_curve",
            arguments={
                "people": spells.account.people,
                "by": names_of(by),
                "interval": chosen,
                "landmark": begin,
                "level": checked,
            },
            method=_method_text(method, tuple(curves)),
        ),
    )


def _spread(area: RestrictedMean) -> float:
    """Return the standard error of an area; NaN where nobody left."""
    return float(np.sqrt(area.variance)) if area.variance > 0.0 else float("nan")


def _method_text(method: str, groups: tuple[CurveGroup | TurnbullGroup, ...]) -> str:
    """Return the method and its intervals for a table note."""
    intervals = " and ".join(dict.fromkeys(group.interval for group in groups))
    robust = ", infinitesimal jackknife" if groups[0].rows.robust else ""
    return f"{method}; {intervals} intervals{robust}"
