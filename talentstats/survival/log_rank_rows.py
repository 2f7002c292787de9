"""The rows of a log-rank test: groups within strata, on one grid of times."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.stats.limits import Floats
from talentstats.summaries.spells import Spells
from talentstats.survival.curve_rows import CurveRows, rows_by_group, wide_intervals
from talentstats.survival.curve_text import counted
from talentstats.survival.grouping import Groups


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComparedRows:
    """Rows to compare, identical ones collapsed.

    Parameters
    ----------
    entry, exit : (n,) ndarray of float
        Times at risk.
    event : (n,) ndarray of bool
        Whether the stay ended at `exit`.
    group, stratum : (n,) ndarray of int
        Numbers from 0.
    count : (n,) ndarray of float
        People that a row stands for.
    """

    entry: Floats
    exit: Floats
    event: NDArray[np.bool_]
    group: NDArray[np.int64]
    stratum: NDArray[np.int64]
    count: Floats

    def spans(self, *, unfold: bool = False) -> dict[str, Any]:
        """Arguments of the kernels.

        Parameters
        ----------
        unfold : bool
            Whether each person has a row.

        Returns
        -------
        dict
            Name to array.
        """
        rows: Any = slice(None)
        if unfold:
            rows = np.repeat(np.arange(self.count.size), self.count.astype(np.intp))
        names = ("entry", "exit", "event", "group", "stratum")
        return {name: getattr(self, name)[rows] for name in names}


def compared_rows(spells: Spells, groups: Groups, layers: Groups) -> ComparedRows:
    """Rows to compare, if they can be.

    Parameters
    ----------
    spells : Spells
        All spells.
    groups, layers : Groups
        The groups to compare, and the strata within which they are.

    Returns
    -------
    ComparedRows
        Rows of all groups and strata.

    Raises
    ------
    InputError
        If there is one group, nobody left, there are weights, or looks are irregular.
    """
    if len(groups) < 2:
        raise InputError(
            f"there is one group, {groups.labels[0]!r}; a test needs two. Hint: by= a covariate "
            "with two levels or more."
        )
    if not spells.ended.any():
        raise InputError(f"none of {len(spells):,} stays ended, so there is nothing to compare.")
    if np.any(spells.weight != 1.0):
        raise InputError(
            "the spells have sampling weights, and the log-rank test counts people. Hint: "
            "cox_model(..., robust=True), whose errors allow weights."
        )
    cells = Groups(
        labels=groups.labels * len(layers),
        index=layers.index * len(groups) + groups.index,
        keys=groups.keys * len(layers),
    )
    parts = rows_by_group(spells, cells)
    sizes = [part.entry.size for part in parts]
    cell = np.repeat(np.arange(len(parts)), sizes)
    whole = CurveRows(
        **{
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in ("entry", "lower", "upper", "count")
        },
        weight=None,
        cluster=None,
    )
    wide = wide_intervals(whole)
    if wide:
        raise InputError(
            f"the ends of {counted(wide, 'person', 'people')} lie in intervals (lower, upper] "
            "that hold another's entry or end, so that it is not known who was at risk when. Hint: "
            "looks on a common grid, or hazard_model."
        )
    return ComparedRows(
        entry=whole.entry,
        exit=whole.stop,
        event=whole.ended,
        group=cell % len(groups),
        stratum=cell // len(groups),
        count=whole.count,
    )


def in_order(groups: Groups, trend: bool | Sequence[str]) -> Groups:
    """Groups in the order of a trend.

    Parameters
    ----------
    groups : Groups
        In the order of size or alphabet.
    trend : bool or sequence of str
        Labels in their order; a boolean leaves them.

    Returns
    -------
    Groups
        The same groups, renumbered.

    Raises
    ------
    InputError
        If the labels are not those of all groups.
    UnknownNameError
        If there is no such group.
    """
    if isinstance(trend, bool):
        return groups
    wanted = (trend,) if isinstance(trend, str) else tuple(str(label) for label in trend)
    for label in wanted:
        checks.one_of(label, groups.labels, name="group in trend")
    if sorted(wanted) != sorted(groups.labels):
        raise InputError(
            f"trend={list(wanted)} does not name every group once; allowed is an order of "
            f"{', '.join(groups.labels)}."
        )
    place = np.array([wanted.index(label) for label in groups.labels])
    keys = dict(zip(groups.labels, groups.keys, strict=True))
    return Groups(
        labels=wanted, index=place[groups.index], keys=tuple(keys[label] for label in wanted)
    )
