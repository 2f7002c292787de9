"""A table of people by destination, wide or long, as the fields of destination cells."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.summaries.account import RowAccount
from talentstats.summaries.columns import Rows, coded, grouped, is_missing
from talentstats.summaries.frames import read_frame
from talentstats.summaries.labels import label_text

if TYPE_CHECKING:
    import pandas as pd

_UNKNOWN: Final = "unknown"
_MOST_PEOPLE: Final = 1e10


def destination_cells_of_frame(
    given: "pd.DataFrame | str | os.PathLike[str]",
    *,
    destinations: tuple[str, ...] | None,
    by: tuple[str, ...] | None,
    unknown: str | None,
    outcome: str | None,
    count: str | None,
    cluster: str | None,
) -> dict[str, Any]:
    """Return the fields of the cells of a table.

    Parameters
    ----------
    given : pandas.DataFrame or path-like
        The table.
    destinations : tuple of str or None
        Wide: columns of people. Long: places.
    by : tuple of str or None
        Columns to keep as covariates.
    unknown : str or None
        Wide: a column of people. Long: a label of the outcome.
    outcome, count, cluster : str or None
        Columns.

    Returns
    -------
    dict
        The fields of `DestinationCells`.

    Raises
    ------
    InputError
        If a number or a place is not allowed, or nobody's destination is known.
    UnknownNameError
        If a column does not exist.
    """
    frame = read_frame(given)
    for name in by or ():
        checks.one_of(name, list(frame.columns), name="column")
    taken = {*(by or ()), *(destinations or ())}
    parts = {
        part: _column(frame, named, default=None if part in taken else part)
        for part, named in (("outcome", outcome), ("count", count), ("cluster", cluster))
    }
    if parts["outcome"] is None:
        if count is not None:
            raise InputError(
                f"count={count!r} is for a long table, and no column is named outcome. Hint: "
                "outcome= names the column of places."
            )
        read = _wide(frame, destinations, by, unknown, parts["cluster"])
    else:
        read = _long(frame, destinations, by, unknown, parts)
    group, first = grouped(read.keys, len(read.people))
    sums = np.zeros((first.size, len(read.destinations) + 1))
    if read.code is None:
        np.add.at(sums, group, read.people)
    else:
        cells = group * sums.shape[1] + read.code
        sums += np.bincount(cells, weights=read.people, minlength=sums.size).reshape(sums.shape)
    if not sums[:, :-1].any():
        raise InputError(
            f"nobody's destination is known: all counts of {', '.join(read.destinations) or 'it'} "
            "are 0; at least one person is needed."
        )
    labels = [key[first] for key in read.keys]
    return {
        "covariates": dict(zip(read.covariates, labels, strict=False)),
        "counts": sums[:, :-1],
        "destinations": read.destinations,
        "unknown": sums[:, -1],
        "cluster": labels[-1] if parts["cluster"] is not None else None,
        "accounts": (
            RowAccount(
                step="destination cells",
                rows_in=len(frame),
                used=len(read.people),
                left_out=read.left_out,
                people=float(sums.sum()),
                person_years=float("nan"),
            ),
        ),
        "unknown_reasons": read.reasons,
    }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Read:
    """Complete rows: people (n, k + 1) of a wide table, or people and codes (n,) of a long one."""

    people: NDArray[np.float64]
    code: NDArray[np.int64] | None
    destinations: tuple[str, ...]
    covariates: list[str]
    keys: list[NDArray[Any]]
    left_out: dict[str, int]
    reasons: dict[str, int]


def _wide(
    frame: "pd.DataFrame",
    destinations: tuple[str, ...] | None,
    by: tuple[str, ...] | None,
    unknown: str | None,
    cluster: str | None,
) -> _Read:
    """Read one column a destination."""
    names = list(frame.columns)
    taken = {*(by or ()), *(destinations or ())}
    lost = _column(frame, unknown, default=None if _UNKNOWN in taken else _UNKNOWN)
    others = {lost, cluster}
    if destinations is None and by is None:
        numbers = [name for name in names if frame[name].dtype.kind in "iuf" and name not in others]
        raise InputError(
            f"the table has {', '.join(names)}, and neither destinations= nor by= says which are "
            f"the destinations (or outcome= the column of places). Hint: destinations={numbers}?"
        )
    if destinations is None:
        destinations = tuple(name for name in names if name not in {*(by or ()), *others})
        text = [name for name in destinations if frame[name].dtype.kind not in "iuf"]
        if text:
            raise InputError(
                f"the column {text[0]!r} holds no numbers, so that it is no destination. Hint: "
                "name it in by=, or name the columns of people in destinations=."
            )
    for name in destinations:
        checks.one_of(name, names, name="destination column")
    covariates = _covariates(names, {*destinations, *others}, by)
    counted = [*destinations, *([] if lost is None else [lost])]
    complete, left_out = _complete(frame, [*counted, *covariates, *_some(cluster)])
    rows = Rows(len(complete), complete.index.to_numpy())
    people = np.column_stack(
        [_people(rows, complete[name].to_numpy(), name) for name in counted]
        + ([np.zeros(rows.size)] if lost is None else [])
    )
    return _Read(
        people=people,
        code=None,
        destinations=destinations,
        covariates=covariates,
        keys=[rows.labelled(complete[n].to_numpy(), n) for n in [*covariates, *_some(cluster)]],
        left_out=left_out,
        reasons={f"in the column {lost!r}": int(people[:, -1].sum())},
    )


def _long(
    frame: "pd.DataFrame",
    destinations: tuple[str, ...] | None,
    by: tuple[str, ...] | None,
    unknown: str | None,
    parts: dict[str, str | None],
) -> _Read:
    """Read a column of places."""
    outcome, count, cluster = str(parts["outcome"]), parts["count"], parts["cluster"]
    covariates = _covariates(list(frame.columns), set(parts.values()), by)
    needed = [*covariates, *_some(cluster), *_some(count)]
    complete, left_out = _complete(frame, needed + ([outcome] if unknown is None else []))
    rows = Rows(len(complete), complete.index.to_numpy())
    places, names, texts = _places(complete[outcome], rows, destinations, unknown)
    people = (
        np.ones(rows.size) if count is None else _people(rows, complete[count].to_numpy(), count)
    )
    missing = np.array([not text for text in texts], dtype=bool)[places]
    position = {name: j for j, name in enumerate(names)}
    code = np.array([position.get(text, len(names)) for text in texts], dtype=np.int64)[places]
    lost = code == len(names)
    return _Read(
        people=people,
        code=code,
        destinations=names,
        covariates=covariates,
        keys=[rows.labelled(complete[n].to_numpy(), n) for n in [*covariates, *_some(cluster)]],
        left_out=left_out,
        reasons={
            f"{outcome} is missing": int(people[missing].sum()),
            f"{outcome} is {unknown!r}": int(people[lost & ~missing].sum()),
        },
    )


def _places(
    column: "pd.Series[Any]",
    rows: Rows,
    destinations: tuple[str, ...] | None,
    unknown: str | None,
) -> tuple[NDArray[np.int64], tuple[str, ...], list[str]]:
    """Codes of the places, names of the destinations, and the text of each code, "" missing."""
    levels, codes = coded(_labels(column))
    texts = ["" if is_missing(level) else label_text(level) for level in levels]
    found = sorted({text for text in texts if text and text != unknown})
    known = found if destinations is None else [str(name).strip() for name in destinations]
    if unknown is not None and unknown in known:
        raise InputError(f"unknown={unknown!r} is also one of destinations={known}.")
    for text in found:
        at = np.isin(codes, [i for i, level in enumerate(texts) if level == text])
        if text.casefold() == _UNKNOWN and (destinations is None or text not in known):
            rows.refuse(
                at,
                _said(
                    f"{column.name} is {text!r} in ",
                    f", which is no place. Hint: unknown={text!r} says that it is not known where "
                    "they are; destinations= may name it if it is a place.",
                ),
            )
        if text not in known:
            near = checks.nearest(text, known, count=1)
            offer = f" Nearest: {near[0]}." if near else ""
            rows.refuse(
                at,
                _said(
                    f"{column.name} is {text!r} in ",
                    f", which destinations={known} does not name.{offer}",
                ),
            )
    return codes, tuple(known), texts


def _said(before: str, after: str) -> Callable[[str, int], str]:
    """A message around the rows that it is about."""
    return lambda which, _: f"{before}{which}{after}"


def _column(frame: "pd.DataFrame", named: str | None, *, default: str | None) -> str | None:
    """Column that was named, or that has the default name."""
    if named is not None:
        return checks.one_of(named, list(frame.columns), name="column")
    return default if default in frame.columns else None


def _some(name: str | None) -> list[str]:
    """List of a name, if there is one."""
    return [] if name is None else [name]


def _covariates(
    names: Sequence[str], taken: set[str | None], by: tuple[str, ...] | None
) -> list[str]:
    """Columns to keep as covariates; none can have another part too."""
    if by is None:
        return [name for name in names if name not in taken]
    for name in by:
        if name in taken:
            raise InputError(f"by names {name!r}, which has another part already.")
    return list(dict.fromkeys(by))


def _complete(
    frame: "pd.DataFrame", needed: Sequence[str]
) -> tuple["pd.DataFrame", dict[str, int]]:
    """Rows without a hole, and how many were left out for which reason."""
    left_out: dict[str, int] = {}
    keep = np.ones(len(frame), dtype=bool)
    for name in dict.fromkeys(needed):
        missing = keep & _holes(frame[name])
        left_out[f"{name} is missing"] = int(missing.sum())
        keep &= ~missing
    if not keep.any():
        reasons = "; ".join(f"{reason}: {rows}" for reason, rows in left_out.items() if rows)
        raise InputError(f"no row is left to use ({reasons}).")
    return frame.loc[keep], left_out


def _holes(column: "pd.Series[Any]") -> NDArray[np.bool_]:
    """Where a value is missing; a blank text is."""
    holes = column.isna().to_numpy()
    if column.dtype.kind == "O":
        levels, codes = coded(_labels(column))
        holes |= np.array([is_missing(level) for level in levels], dtype=bool)[codes]
    return np.asarray(holes)


def _labels(column: "pd.Series[Any]") -> NDArray[Any]:
    """Values with None for missing."""
    values: NDArray[Any] = column.astype(object).to_numpy(copy=True)
    values[column.isna().to_numpy()] = None
    return values


def _people(rows: Rows, given: NDArray[Any], name: str) -> NDArray[np.float64]:
    """Read a column that counts people."""
    people: NDArray[np.float64] = rows.numbers(given, name)
    rows.refuse(
        (people < 0) | (people != np.floor(people)),
        lambda which, i: (
            f"{name}={people[i]:g} in {which}; allowed are whole numbers of 0 or more. Hint: give "
            "people, not shares."
        ),
    )
    rows.refuse(
        people > _MOST_PEOPLE,
        lambda which, i: (
            f"{name}={people[i]:g} in {which}; allowed are at most {_MOST_PEOPLE:g} people. Hint: "
            "is it an identifier?"
        ),
    )
    return people
