"""The rows behind incidences: spells by group, identical ones collapsed, with destinations."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from talentstats.errors import InputError
from talentstats.summaries.spells import Spells
from talentstats.survival.curve_rows import CurveRows, rows_by_group, wide_intervals
from talentstats.survival.curve_text import counted
from talentstats.survival.grouping import Groups


def rows_by_destination(
    spells: Spells, groups: Groups
) -> tuple[tuple[CurveRows, NDArray[np.int64]], ...]:
    """Rows of each group, with the destination of each row.

    Parameters
    ----------
    spells : Spells
        All spells.
    groups : Groups
        Their groups.

    Returns
    -------
    tuple of (CurveRows, ndarray of int)
        One a group: rows, and indices of destinations, -1 where the stay had not ended.

    Raises
    ------
    InputError
        If an end lies in an interval that holds another's end or entry.

    Examples
    --------
    >>> from talentstats.survival.grouping import groups_of
    >>> spells = Spells.from_arrays(exit=[1, 1, 1], event=["CN", "CN", "UK"])
    >>> [(rows, destination)] = rows_by_destination(spells, groups_of({}, None, 3))
    >>> rows.count.tolist(), destination.tolist()
    ([2.0, 1.0], [0, 1])
    """
    kinds = len(spells.destinations) + 1
    # A group of its own for each destination, so that only rows of one are collapsed.
    apart = Groups(
        labels=groups.labels * kinds,
        index=groups.index * kinds + spells.destination + 1,
        keys=groups.keys * kinds,
    )
    parts = rows_by_group(spells, apart)
    found = []
    for k, label in enumerate(groups.labels):
        own = parts[k * kinds : (k + 1) * kinds]
        rows = _joined(own)
        _refuse_irregular(rows, label)
        sizes = [part.entry.size for part in own]
        found.append((rows, np.repeat(np.arange(-1, kinds - 1), sizes)))
    return tuple(found)


def _joined(parts: tuple[CurveRows, ...]) -> CurveRows:
    """Put rows below one another."""
    columns: dict[str, Any] = {}
    for name in ("entry", "lower", "upper", "count", "weight", "cluster"):
        values = [getattr(part, name) for part in parts]
        columns[name] = None if values[0] is None else np.concatenate(values)
    return CurveRows(**columns)


def _refuse_irregular(rows: CurveRows, label: str) -> None:
    """Refuse ends known only within intervals that overlap."""
    people = wide_intervals(rows)
    if people:
        raise InputError(
            f"in group {label!r}, ends of {counted(people, 'person', 'people')} lie in "
            "intervals (lower, upper] that hold another's end or entry: at which time they count "
            "cannot be told, and incidence by destination has no estimate here for such "
            "looks. Hint: survival_curve estimates staying from them (Turnbull), "
            "hazard_model(destinations='cause-specific') the hazards; or keep looks on a "
            "common grid."
        )
