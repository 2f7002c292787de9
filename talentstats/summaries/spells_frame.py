"""A frame's columns as the arrays that spells are made of; incomplete rows by reason."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.summaries.columns import Rows
from talentstats.summaries.frames import read_frame
from talentstats.summaries.spells_arrays import read_event

if TYPE_CHECKING:
    import pandas as pd

_NEEDED = ("entry", "exit", "event", "lower", "weight", "count", "cluster")
_UNKNOWN = "status unknown since entry"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrameColumns:
    """The complete rows of a frame.

    Parameters
    ----------
    parts : dict of str to ndarray
        Part of a spell to values of shape (n,).
    covariates : dict of str to ndarray
        Name to values of shape (n,).
    labels : ndarray
        Shape (n,): index of each row in the frame.
    rows_in : int
        Rows of the frame.
    left_out : dict of str to int
        Reason to rows.
    """

    parts: dict[str, NDArray[Any]]
    covariates: dict[str, NDArray[Any]]
    labels: NDArray[Any]
    rows_in: int
    left_out: dict[str, int]


def read_columns(
    given: "pd.DataFrame | str | os.PathLike[str]",
    *,
    named: Mapping[str, str | None],
    host: str | None,
    covariates: Sequence[str] | None,
) -> FrameColumns:
    """Return the columns of complete rows, and how many were left out for which reason.

    Parameters
    ----------
    given : pandas.DataFrame or path-like
        One row a stay.
    named : Mapping of str to str or None
        Part of a spell to the column that the caller named.
    host : str or None
        For outcome rows: the place that counts as staying.
    covariates : sequence of str or None
        Columns to keep; None keeps all that have no other part.

    Returns
    -------
    FrameColumns
        The columns.

    Raises
    ------
    InputError
        If no row is complete, or `host` is given without (lower, upper, destination).
    UnknownNameError
        If a column does not exist.
    """
    frame = read_frame(given)
    names = list(frame.columns)
    parts = {
        part: checks.one_of(column, names, name="column") if column else part
        for part, column in named.items()
        if column or part in names
    }
    if not {"exit", "lower"} & set(parts):
        raise InputError(
            f"no column says when a stay ended: the table has {', '.join(names)}. Name exit and "
            "event, or lower (last seen in the host) and upper (first seen elsewhere)."
        )
    kept = _covariate_names(names, parts, covariates)
    needed = [parts[part] for part in _NEEDED if part in parts] + kept
    if host is not None:
        needed += [parts["upper"]] if "upper" in parts else []
    left_out: dict[str, int] = {}
    keep = np.ones(len(frame), dtype=bool)
    for name in dict.fromkeys(needed):
        missing = keep & frame[name].isna().to_numpy()
        left_out[f"{name} is missing"] = int(missing.sum())
        keep &= ~missing
    _check_left(keep, left_out)
    rows = frame.loc[keep]
    columns = {part: _values(rows[name]) for part, name in parts.items()}
    labels = rows.index.to_numpy()
    if "event" in columns:
        _check_missing_events(frame[parts["event"]], left_out)
    if host is not None:
        _outcomes(columns, host, labels)
    seen = _seen_after_entry(columns, Rows(len(rows), labels))
    left_out[_UNKNOWN] = int((~seen).sum())
    _check_left(seen, left_out)
    return FrameColumns(
        parts={part: values[seen] for part, values in columns.items()},
        covariates={name: _values(rows[name])[seen] for name in kept},
        labels=labels[seen],
        rows_in=len(frame),
        left_out=left_out,
    )


def _check_left(keep: NDArray[np.bool_], left_out: Mapping[str, int]) -> None:
    """Refuse a frame of which nothing is left."""
    if not keep.any():
        reasons = "; ".join(f"{reason}: {rows}" for reason, rows in left_out.items() if rows)
        raise InputError(f"no row is left to use ({reasons}).")


def _check_missing_events(event: "pd.Series[Any]", left_out: Mapping[str, int]) -> None:
    """Refuse to leave out all who stayed: a missing event may be how the frame says it."""
    missing = left_out[f"{event.name} is missing"]
    known = event[event.notna()]
    if missing and read_event(_values(known), Rows(len(known), known.index.to_numpy()))[0].all():
        raise InputError(
            f"{event.name} is missing in {missing:,} row{'s' if missing > 1 else ''} and says in "
            "all others that the stay ended. Hint: write 0 or 'stayed' where it had not ended."
        )


def _outcomes(columns: dict[str, NDArray[Any]], host: str, labels: NDArray[Any]) -> None:
    """Turn outcome rows into spells: in the host at the last look, elsewhere, or unknown."""
    absent = [part for part in ("lower", "upper", "destination") if part not in columns]
    if absent:
        raise InputError(
            f"host={host!r} is for outcome rows, which need lower, upper and destination; "
            f"there is no {', '.join(absent)}."
        )
    places = np.array(
        ["" if place is None else str(place).strip() for place in columns["destination"].tolist()],
        dtype=object,
    )
    if host not in set(places.tolist()):
        checks.one_of(host, sorted(set(places.tolist()) - {""}), name="host")
    rows = Rows(places.size, labels)
    first, last = rows.numbers(columns["lower"], "lower"), rows.numbers(columns["upper"], "upper")
    rows.refuse(
        last < first,
        lambda which, i: (
            f"lower is after upper in {which}: first seen {first[i]:g}, last seen {last[i]:g}. "
            "Hint: are the columns swapped?"
        ),
    )
    stayed, unknown = places == host, places == ""
    columns.setdefault("entry", first)
    columns["lower"] = np.where(stayed, last, first)
    columns["upper"] = np.where(stayed | unknown, np.inf, last)


def _seen_after_entry(columns: Mapping[str, NDArray[Any]], rows: Rows) -> NDArray[np.bool_]:
    """Whether anything is known after entry; only looks can say so, an exit is an exit."""
    if "lower" not in columns or "entry" not in columns:
        return np.ones(rows.size, dtype=bool)
    lower = rows.numbers(columns["lower"], "lower")
    upper = rows.numbers(columns.get("upper", np.full(rows.size, np.inf)), "upper", infinite=True)
    entry = rows.numbers(columns["entry"], "entry")
    return np.asarray((lower != entry) | np.isfinite(upper))


def _covariate_names(
    columns: Sequence[str], parts: Mapping[str, str], covariates: Sequence[str] | None
) -> list[str]:
    """Columns to keep as covariates."""
    if covariates is None:
        taken = set(parts.values())
        return [name for name in columns if name not in taken]
    return [checks.one_of(name, columns, name="covariate") for name in covariates]


def _values(column: "pd.Series[Any]") -> NDArray[Any]:
    """Values of a column: booleans and numbers as they are, anything else with None for missing."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        if isinstance(column.dtype, np.dtype):
            return column.to_numpy()
        # pandas' own integers and booleans, which alone can hold a missing value.
        whole = not column.hasnans
        return column.to_numpy(dtype=column.dtype.type if whole else np.float64, na_value=np.nan)
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.to_numpy()
    values: NDArray[Any] = column.astype(object).to_numpy(copy=True)
    values[column.isna().to_numpy()] = None
    return values
