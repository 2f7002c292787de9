"""Published aggregates, events and person-years, as the fields of risk cells."""

import os
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.summaries.account import RowAccount
from talentstats.summaries.columns import Rows, coded
from talentstats.summaries.frames import read_frame
from talentstats.summaries.spells_arrays import UNNAMED

if TYPE_CHECKING:
    import pandas as pd

_EXACT: Final = 2.0**53


def cells_of_frame(
    given: "pd.DataFrame | str | os.PathLike[str]",
    *,
    events: tuple[str, ...],
    exposure: str,
    at_risk: str | None,
    destinations: tuple[str, ...] | None,
    by: tuple[str, ...] | None,
    clock: str,
) -> dict[str, Any]:
    """Return the fields of the cells of a table of aggregates.

    Parameters
    ----------
    given : pandas.DataFrame or path-like
        The table.
    events : tuple of str
        Columns with the numbers of events.
    exposure : str
        Column with the person-years.
    at_risk : str or None
        Column with the people at risk, if events are binomial.
    destinations : tuple of str or None
        Names of the destinations.
    by : tuple of str or None
        Columns to keep as covariates.
    clock : str
        What durations are counted from.

    Returns
    -------
    dict
        The fields of `RiskCells`.

    Raises
    ------
    InputError
        If a number is not allowed; names the rows.
    """
    frame = read_frame(given)
    columns = list(frame.columns)
    lives = at_risk is not None and exposure not in columns
    needed = [*events, *([] if lives else [exposure]), *([] if at_risk is None else [at_risk])]
    for name in needed:
        checks.one_of(name, columns, name="column")
    bounds = [name for name in ("start", "stop", "period", "entrants") if name in columns]
    if at_risk is not None and not {"start", "stop"} <= {*bounds}:
        raise InputError(
            f"at_risk={at_risk!r} needs the columns start and stop: people are at risk for a "
            "known time. Hint: add them, or give person-years alone."
        )
    kept = _covariates(columns, {*needed, *bounds, exposure, "wide", "at_risk"}, by)
    left_out: dict[str, int] = {}
    keep = np.ones(len(frame), dtype=bool)
    for name in dict.fromkeys([*needed, *bounds, *kept]):
        missing = keep & frame[name].isna().to_numpy()
        left_out[f"{name} is missing"] = int(missing.sum())
        keep &= ~missing
    complete = frame.loc[keep]
    rows = Rows(len(complete), complete.index.to_numpy())
    counts = np.column_stack([_counts(rows, complete[name].to_numpy(), name) for name in events])
    people = None if at_risk is None else _people(rows, complete[at_risk], at_risk, counts)
    time = (
        _lived(complete, rows, people, counts)
        if lives and people is not None
        else rows.numbers(complete[exposure].to_numpy(), exposure)
    )
    rows.refuse(
        (time < 0) | ((time == 0) & (counts.sum(axis=1) > 0)),
        lambda which, i: (
            f"{exposure}={time[i]:g} with {counts[i].sum():g} events in {which}; "
            "allowed is above 0."
        ),
    )
    used = time > 0
    left_out["no exposure"] = int((~used).sum())
    if not used.any():
        raise InputError(f"no row of {len(frame)} has exposure and all its numbers.")
    complete, time, counts = complete.loc[used], time[used], counts[used]
    rows = Rows(len(complete), complete.index.to_numpy())
    entrants = (
        _counts(rows, complete["entrants"].to_numpy(), "entrants")
        if "entrants" in columns
        else None
    )
    period, periods = _period(complete, rows)
    start, stop = (_bound(complete, rows, name) for name in ("start", "stop"))
    rows.refuse(
        start >= stop,
        lambda which, i: f"start >= stop in {which}: start={start[i]:g}, stop={stop[i]:g}.",
    )
    return {
        "covariates": {name: rows.labelled(complete[name].to_numpy(), name) for name in kept},
        "start": start,
        "stop": stop,
        "wide": np.zeros(rows.size, dtype=bool),
        "period": period,
        "periods": periods,
        "origin": np.full(rows.size, np.nan),
        "events": counts,
        "destinations": _destinations(events, destinations),
        "at_risk": None if people is None else people[used],
        "entrants": entrants,
        "exposure": time,
        "weights": None,
        "cluster": None,
        "clock": clock,
        "event_exposure": "half" if lives else "as published",
        "on_grid": people is not None,
        "accounts": (
            RowAccount(
                step="cells",
                rows_in=len(frame),
                used=rows.size,
                left_out=left_out,
                people=float("nan"),
                person_years=float(time.sum()),
            ),
        ),
    }


def _covariates(columns: list[str], taken: set[str], by: tuple[str, ...] | None) -> list[str]:
    """Columns to keep as covariates."""
    if by is None:
        return [name for name in columns if name not in taken]
    return [checks.one_of(name, columns, name="column") for name in by]


def _counts(rows: Rows, given: NDArray[Any], name: str) -> NDArray[np.float64]:
    """Read a column of event counts."""
    counts: NDArray[np.float64] = rows.numbers(given, name)
    rows.refuse(
        (counts < 0) | (counts != np.floor(counts)),
        lambda which, i: (
            f"{name}={counts[i]:g} in {which}; allowed are whole numbers of 0 or more. "
            "Hint: give events, not a rate."
        ),
    )
    if counts.sum() > _EXACT:
        raise InputError(
            f"{name} adds up to {counts.sum():g}; allowed are at most 2**53 ({_EXACT:g}), up to "
            "which sums are exact. Hint: is it an identifier?"
        )
    return counts


def _people(
    rows: Rows, given: "pd.Series[Any]", name: str, events: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Read the people at risk; no more can leave."""
    people = _counts(rows, given.to_numpy(), name)
    rows.refuse(
        events.sum(axis=1) > people,
        lambda which, i: (
            f"{name}={people[i]:g} with {events[i].sum():g} events in {which}; no more can leave "
            "than are at risk."
        ),
    )
    return people


def _lived(
    frame: "pd.DataFrame", rows: Rows, people: NDArray[np.float64], events: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Person-years of people who are at risk from start to stop; a leaver counts half."""
    width = _bound(frame, rows, "stop") - _bound(frame, rows, "start")
    rows.refuse(
        ~(np.isfinite(width) & (width > 0)),
        lambda which, i: (
            f"stop - start is {width[i]:g} in {which}; allowed is a finite width above 0, which "
            "person-years need."
        ),
    )
    return np.asarray((people - 0.5 * events.sum(axis=1)) * width)


def _bound(frame: "pd.DataFrame", rows: Rows, name: str) -> NDArray[np.float64]:
    """Read a bound of duration; NaN where the table has none."""
    if name not in frame.columns:
        return np.full(rows.size, np.nan)
    # The last class of a published table is often open: stop is infinite.
    return rows.numbers(frame[name].to_numpy(), name, infinite=True)


def _period(frame: "pd.DataFrame", rows: Rows) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Read the calendar periods by name."""
    if "period" not in frame.columns:
        return np.zeros(rows.size, dtype=np.int64), ("",)
    levels, codes = coded(rows.labelled(frame["period"].to_numpy(), "period"))
    return codes, tuple(str(level) for level in levels)


def _destinations(events: tuple[str, ...], names: tuple[str, ...] | None) -> tuple[str, ...]:
    """Names of the destinations, in the order of the columns of events."""
    if names is None:
        return (UNNAMED,) if len(events) == 1 else events
    if len(names) != len(events) or len(set(names)) != len(names):
        raise InputError(
            f"destinations={list(names)} does not name the {len(events)} columns of events "
            f"{list(events)} one by one."
        )
    return names
