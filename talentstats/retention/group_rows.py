"""Groups and their counts, as people give them: a mapping or a frame."""

from collections.abc import Iterator, Mapping
from typing import Any

from talentstats.errors import InputError
from talentstats.summaries.counts import RetentionCounts


def named_counts(groups: Any) -> tuple[tuple[str, ...], list[RetentionCounts]]:
    """Return names and counts, every row checked.

    Parameters
    ----------
    groups : Mapping of str to RetentionCounts, or pandas.DataFrame
        A frame has the columns `group`, `retained`, `total` and may have `unknown`.

    Returns
    -------
    tuple of (tuple of str, list of RetentionCounts)
        In the order given.

    Raises
    ------
    InputError
        If there are fewer than two groups, a name is empty or given twice, a column is
        missing, or a row does not hold counts: the message has row and value.
    """
    rows: dict[str, int] = {}
    names: list[str] = []
    counts: list[RetentionCounts] = []
    for row, (label, given) in enumerate(_rows(groups), start=1):
        name = str(label).strip()
        if not name:
            raise InputError(f"row {row} has an empty group name. Hint: name every group.")
        if (earlier := rows.setdefault(name.casefold(), row)) != row:
            raise InputError(
                f"row {row}: group {name!r} is given twice (also in row {earlier}). "
                "Hint: add the rows up, or tell them apart by name."
            )
        names.append(name)
        counts.append(given if isinstance(given, RetentionCounts) else _counts(row, name, given))
    if len(names) < 2:
        raise InputError(
            f"{len(names)} group given; at least two are needed. "
            "Hint: for one stay rate use retention."
        )
    return tuple(names), counts


def _rows(groups: Any) -> Iterator[tuple[Any, Any]]:
    """Yield name and counts, from a mapping or a frame."""
    if isinstance(groups, Mapping):
        yield from groups.items()
        return
    if not hasattr(groups, "columns"):
        raise InputError(
            f"groups is a {type(groups).__name__}; give a mapping such as "
            "{'2010': RetentionCounts(87, 100), ...} or a frame with the columns group, "
            "retained, total[, unknown]."
        )
    missing = [name for name in ("group", "retained", "total") if name not in groups.columns]
    if missing:
        raise InputError(
            f"groups has no column {missing[0]!r}; its columns are "
            f"{', '.join(map(str, groups.columns))}. Allowed are group, retained, total and, "
            "if some are of unknown status, unknown."
        )
    numbers = [name for name in ("retained", "total", "unknown") if name in groups.columns]
    labels = groups["group"].astype(object).where(groups["group"].notna(), "").tolist()
    columns = (groups[name].tolist() for name in numbers)
    yield from zip(labels, zip(*columns, strict=True), strict=True)


def _counts(row: int, name: str, given: Any) -> RetentionCounts:
    """Return the counts of one row of numbers, naming the row where they are wrong."""
    if not isinstance(given, tuple):
        raise InputError(
            f"row {row} (group {name!r}) is {given!r}, not RetentionCounts; give for example "
            "RetentionCounts(87, 100)."
        )
    try:
        return RetentionCounts(*given)
    except InputError as error:
        raise InputError(f"row {row} (group {name!r}): {error}") from error
