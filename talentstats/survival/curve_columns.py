"""Columns of a survival curve at some times, and the times at which it has any."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from talentstats.errors import InputError
from talentstats.stats.limits import Floats
from talentstats.survival.curve_group import CurveGroup
from talentstats.survival.curve_looks import between_looks
from talentstats.survival.curve_rows import CurveRows, people_at
from talentstats.survival.curve_turnbull import TurnbullGroup
from talentstats.survival.times import asked_times

if TYPE_CHECKING:
    import pandas as pd


def estimate_columns(
    group: CurveGroup | TurnbullGroup, at: Floats, level: float, *, limits: bool
) -> dict[str, Any]:
    """Survival of one group in the column vocabulary.

    Parameters
    ----------
    group : CurveGroup or TurnbullGroup
        The curve.
    at : ndarray of float
        Times (s,), at which it is defined.
    level : float
        Level of the intervals.
    limits : bool
        Whether intervals are wanted.

    Returns
    -------
    dict
        Columns of shape (s,) and single values.
    """
    low, high = group.survival(at)
    columns: dict[str, Any] = {
        "group": group.label,
        "time": at,
        "term": "survival",
        "estimate": high,
        "std_error": group.std_error(at),
    }
    if limits and group.interval != "none":
        found = group.limits(at, level)
        # Where the curve begins survival is 1 by definition, which has no interval.
        begun = at > group.start
        columns |= {
            "conf_low": np.where(begun, found.lower, np.nan),
            "conf_high": np.where(begun, found.upper, np.nan),
            "conf_level": level,
        }
        columns["interval"] = group.interval
        if isinstance(group, CurveGroup):
            columns["interval"] = np.where(group.uses_bpcp(at), "bpcp", group.interval)
    if isinstance(group, TurnbullGroup) or between_looks(group.rows):
        columns |= {"estimate_low": low, "estimate_high": high}
    return columns


def usable(group: CurveGroup | TurnbullGroup) -> float:
    """Last time at which a curve is defined.

    Parameters
    ----------
    group : CurveGroup or TurnbullGroup
        The curve.

    Returns
    -------
    float
        The end of follow-up; infinite once survival is 0.
    """
    gone = isinstance(group, CurveGroup) and bool(
        group.curve.survival.size and group.curve.survival[-1] == 0.0
    )
    return float("inf") if gone else group.last


def check_within(group: CurveGroup | TurnbullGroup, when: Floats) -> None:
    """Refuse times at which a curve is not defined.

    Parameters
    ----------
    group : CurveGroup or TurnbullGroup
        The curve.
    when : ndarray of float
        Times (s,).

    Raises
    ------
    InputError
        If one is before the curve begins, or beyond its follow-up: names the last usable time.
    """
    noise = 1e-9 * max(abs(group.last), abs(group.start))
    if when.max() > usable(group) + noise:
        raise InputError(
            f"time {when.max():g} is beyond the follow-up of group {group.label!r}; the last "
            f"usable time is {group.last:g}."
        )
    if when.min() < group.start - noise:
        why = (
            "the first entry"
            if np.isnan(group.landmark)
            else "a landmark, before which too few were at risk or ends were left out"
        )
        raise InputError(
            f"time {when.min():g} is before the curve of group {group.label!r} begins, at "
            f"{group.start:g}: {why}. Hint: S(u) / S(t) is .given(t)."
        )


def stacked(frames: "list[pd.DataFrame]") -> "pd.DataFrame":
    """Frames of the groups, one below the other.

    Parameters
    ----------
    frames : list of pandas.DataFrame
        One a group, with the same columns.

    Returns
    -------
    pandas.DataFrame
        All rows.
    """
    import pandas as pd

    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


def risk_frame(groups: Sequence[tuple[str, CurveRows, float]], times: ArrayLike) -> "pd.DataFrame":
    """Numbers of people below a curve.

    Parameters
    ----------
    groups : sequence of (str, CurveRows, float)
        Name, rows and start of each curve.
    times : array_like
        Times (s,), or one.

    Returns
    -------
    pandas.DataFrame
        Columns group, time, at_risk, left and censored; NaN before the start of a group.
    """
    import pandas as pd

    when = asked_times(times)
    frames = []
    for label, rows, start in groups:
        columns = zip(("at_risk", "left", "censored"), people_at(rows, when, start), strict=True)
        table = {name: np.where(when >= start, column, np.nan) for name, column in columns}
        frames.append(pd.DataFrame({"group": label, "time": when} | table))
    return stacked(frames)
