"""The columns of spells, read from arrays: ends, destinations, order."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats.errors import InputError
from talentstats.summaries.columns import Rows, coded, is_missing

STAYED: Final = -1
UNNAMED: Final = "elsewhere"
# Words of an event column, in R's and lifelines' habits, that name no destination.
_STAYED_WORDS: Final = frozenset(
    {"0", "no", "n", "false", "f", "none", "censor", "censored", "cens", "stay", "stayed", "alive"}
)
_ENDED_WORDS: Final = frozenset({"1", "yes", "y", "true", "t", "event", "ended", "left"})
_MOST_PEOPLE: Final = 1e10
_EXACT: Final = 2.0**53
DEFAULT_CLOCK: Final = "years since first observation"
UNNAMED_CLOCK: Final = "years since an origin not named"
_CALENDAR: Final = (1800.0, 2200.0)


def read_spells(
    given: Mapping[str, Any],
    *,
    covariates: Mapping[str, ArrayLike],
    clock: str | None,
    labels: NDArray[Any] | None = None,
) -> dict[str, Any]:
    """Return the checked fields of spells.

    Parameters
    ----------
    given : Mapping of str to array_like or None
        Keys entry, exit, event, lower, upper, destination, weight, count, cluster.
    covariates : Mapping of str to array_like
        Name to values of shape (n,).
    clock : str or None
        What time is counted from; None lets the times say what they can.
    labels : ndarray or None
        Shape (n,): what each row is called in a message; None is 0, 1, ...

    Returns
    -------
    dict
        The fields of `Spells`, without the account.

    Raises
    ------
    InputError
        If anything is not allowed; names the rows.
    """
    if clock is not None and (not isinstance(clock, str) or not clock.strip()):
        raise InputError(f"clock={clock!r} is not a text such as 'years since doctorate'.")
    rows, lower, upper, where_to = _ends(given, labels)
    ended = np.isfinite(upper)
    entry = _entry(given.get("entry"), rows, lower, clock)
    _check_order(rows, entry, lower, upper)
    if given.get("destination") is not None:
        where_to = np.asarray(given["destination"])
    destination, destinations = _destinations(rows, where_to, ended)
    return {
        "entry": entry,
        "lower": lower,
        "upper": upper,
        "destination": destination,
        "destinations": destinations,
        "covariates": {str(k): rows.labelled(v, str(k)) for k, v in covariates.items()},
        "weight": _positive(given.get("weight"), rows, "weight"),
        "count": _whole_counts(given.get("count"), rows),
        "cluster": None
        if given.get("cluster") is None
        else rows.labelled(given["cluster"], "cluster"),
        "clock": _clock(entry, lower) if clock is None else clock,
    }


def _ends(
    given: Mapping[str, Any], labels: NDArray[Any] | None
) -> tuple[Rows, NDArray[np.float64], NDArray[np.float64], NDArray[Any] | None]:
    """Read either form of the ends into (lower, upper), with destinations that event names."""
    forms = {name for name in ("exit", "event", "lower", "upper") if given.get(name) is not None}
    if forms == {"exit"}:
        raise InputError("exit is given without event. Hint: event=0 where nobody had left.")
    if forms not in ({"exit", "event"}, {"lower", "upper"}, {"lower"}):
        raise InputError(
            "the ends of the stays are given by exit and event, or by lower and upper; found "
            f"{', '.join(sorted(forms)) or 'neither'}."
        )
    first = "exit" if "exit" in forms else "lower"
    rows = Rows(np.asarray(given[first]).size, labels)
    if not rows.size:
        raise InputError("there are no rows; at least one is needed.")
    lower = rows.numbers(given[first], first)
    if first == "exit":
        happened, where_to = read_event(given["event"], rows)
        return rows, lower, np.where(happened, lower, np.inf), where_to
    if "upper" not in forms:
        return rows, lower, np.full(rows.size, np.inf), None
    upper = rows.numbers(given["upper"], "upper", infinite=True)
    rows.refuse(upper == -np.inf, lambda which, _: f"upper is -inf in {which}.")
    return rows, lower, np.where(np.isnan(upper), np.inf, upper), None


def read_event(event: ArrayLike, rows: Rows) -> tuple[NDArray[np.bool_], NDArray[Any] | None]:
    """Return whether each stay ended, and where to if the column says so.

    Parameters
    ----------
    event : array_like
        Shape (n,): booleans, 0 and 1, whole codes of competing destinations (0 is none),
        or labels.
    rows : Rows
        The rows it belongs to.

    Returns
    -------
    tuple of (ndarray of bool, ndarray or None)
        Ended, shape (n,); destinations, shape (n,), or None where the column names none.

    Raises
    ------
    InputError
        If a value is missing or cannot be an event, or 1 and 2 could mean R's
        censored and dead as well as two destinations.
    """
    column = np.asarray(event)
    if column.shape != (rows.size,):
        raise InputError(f"event has shape {column.shape}; the times have {rows.size:,} rows.")
    if column.dtype.kind == "b":
        return column, None
    if column.dtype.kind not in "iuf":
        levels, codes = coded(column)
        words = ["" if is_missing(v) else _name(v).casefold() for v in levels]
        stayed = np.array([not word or word in _STAYED_WORDS for word in words], dtype=bool)[codes]
        named = {w for w in words if w} - _STAYED_WORDS - _ENDED_WORDS
        return ~stayed, column if named else None
    numbers = rows.numbers(column, "event")
    rows.refuse(
        (numbers < 0) | (numbers != np.floor(numbers)),
        lambda which, first: (
            f"event={numbers[first]:g} in {which}; allowed are 0 (had not ended) and 1, 2, ... "
            "(ended, one code a destination)."
        ),
    )
    if set(np.unique(numbers)) == {1.0, 2.0}:
        raise InputError(
            "event has the codes 1 and 2 but no 0: they are censored and ended in one habit of R, "
            "two destinations in another. Hint: give event == 2 in the first case, names of the "
            "destinations in the second."
        )
    return numbers > 0, column if numbers.max() > 1 else None


def _entry(
    given: ArrayLike | None, rows: Rows, lower: NDArray[np.float64], clock: str | None
) -> NDArray[np.float64]:
    """Read the entries; a calendar clock has no 0 that anybody could have entered at."""
    if given is not None:
        return rows.numbers(given, "entry")
    if (clock or "").casefold().startswith("calendar") or _are_years(lower):
        raise InputError(
            f"the times run from {lower.min():g} to {lower.max():g}, which are calendar years, and "
            "entry is not given, which would put everybody at risk since the year 0. Hint: give "
            "entry, or count time from a beginning; entry of zeros if that is meant."
        )
    return np.zeros(rows.size)


def _are_years(times: NDArray[np.float64]) -> bool:
    """Whether times are calendar years."""
    low, high = _CALENDAR
    return bool(times.min() >= low and times.max() <= high)


def _clock(entry: NDArray[np.float64], lower: NDArray[np.float64]) -> str:
    """Name the clock of times of which nothing was said."""
    if not entry.any():
        return DEFAULT_CLOCK
    # Somebody who enters later than 0 was not first observed at 0.
    return "calendar year" if _are_years(np.minimum(entry, lower)) else UNNAMED_CLOCK


def _destinations(
    rows: Rows, given: NDArray[Any] | None, ended: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Code the destinations of those who left; all of them must have one."""
    if given is None:
        return np.where(ended, 0, STAYED), (UNNAMED,) if ended.any() else ()
    if given.shape != (rows.size,):
        raise InputError(f"destination has shape {given.shape}; the times have {rows.size:,} rows.")
    levels, codes = coded(given)
    texts = ["" if is_missing(level) else _name(level) for level in levels]
    nameless = np.array([not text for text in texts], dtype=bool)[codes] & ended
    rows.refuse(
        nameless,
        lambda which, _: (
            f"destination is missing in {which}, where the stay ended. Hint: name it, for example "
            "'unknown', or say that the stay had not ended."
        ),
    )
    used = set(np.unique(codes[ended]).tolist())
    names = tuple(sorted({texts[i] for i in used}))
    place = np.array([names.index(t) if i in used else STAYED for i, t in enumerate(texts)])
    return np.where(ended, place[codes], STAYED), names


def _name(value: Any) -> str:
    """A destination as text; 2.0 from a numeric column is "2"."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _whole_counts(given: ArrayLike | None, rows: Rows) -> NDArray[np.int64]:
    """Read counts of people, small enough that all sums of them are exact."""
    counts = _positive(given, rows, "count", whole=True)
    rows.refuse(
        counts > _MOST_PEOPLE,
        lambda which, first: (
            f"count={counts[first]:g} in {which}; allowed are at most {_MOST_PEOPLE:g} people a "
            "row. Hint: is it an identifier?"
        ),
    )
    total = counts.sum()
    if total > _EXACT:
        raise InputError(
            f"the counts add up to {total:g} people; allowed are at most 2**53 ({_EXACT:g}), up to "
            "which sums are exact. Hint: is count an identifier?"
        )
    return counts.astype(np.int64)


def _positive(
    given: ArrayLike | None, rows: Rows, name: str, *, whole: bool = False
) -> NDArray[np.float64]:
    """Read weights or counts; none given is 1."""
    if given is None:
        return np.ones(rows.size)
    column: NDArray[np.float64] = rows.numbers(given, name)
    bad = (column < 1) | (column != np.floor(column)) if whole else column <= 0
    allowed = "whole numbers of 1 or more" if whole else "numbers above 0"
    rows.refuse(
        bad, lambda which, first: f"{name}={column[first]:g} in {which}; allowed are {allowed}."
    )
    return column


def _check_order(
    rows: Rows,
    entry: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
) -> None:
    """Refuse times out of order, and stays without time at risk."""
    rows.refuse(
        lower > upper,
        lambda which, i: (
            f"lower is after upper in {which}: lower={lower[i]:g}, upper={upper[i]:g}. "
            "Hint: are the columns swapped?"
        ),
    )
    last = np.where(np.isfinite(upper), upper, lower)
    rows.refuse(
        entry >= last,
        lambda which, i: (
            f"entry >= exit in {which}: entry={entry[i]:g}, exit={last[i]:g}; nobody is at risk "
            "on an empty (entry, exit]. Hint: use a finer clock, or leave such rows out."
        ),
    )
    rows.refuse(
        lower < entry,
        lambda which, i: (
            f"lower is before entry in {which}: entry={entry[i]:g}, lower={lower[i]:g}. "
            "Hint: a person is last seen in the host at entry or later."
        ),
    )
