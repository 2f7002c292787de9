"""Cells summed within groups: events, exposure and what sampling weights make of them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from talentstats.errors import InputError
from talentstats.stats.limits import Floats, read_only
from talentstats.summaries.cells import RiskCells
from talentstats.survival.grouping import EVERYBODY, groups_of, names_of

if TYPE_CHECKING:
    from collections.abc import Sequence

ANY: Final = "any"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RateGroups:
    """Sums over the cells of each of g groups.

    Parameters
    ----------
    labels, series : tuple of str
        Names of the groups, and the same without the duration.
    start, stop : ndarray of float
        Shape (g,): class of duration; NaN where groups are not made of durations.
    outcomes : tuple of str
        "any" if there are several destinations, or none, then each of them (o).
    events : ndarray of float
        Shape (g, o): people who left.
    exposure : ndarray of float
        Shape (g,): person-time.
    rate, variance : ndarray of float
        Shape (g, o): rates per unit of time, weighted where there are weights, and the
        variances of Poisson numbers.
    one_more, one_more_squared : ndarray of float
        Shape (g,): what one more end would add to rate and variance.
    """

    labels: tuple[str, ...]
    series: tuple[str, ...]
    start: Floats
    stop: Floats
    outcomes: tuple[str, ...]
    events: Floats
    exposure: Floats
    rate: Floats
    variance: Floats
    one_more: Floats
    one_more_squared: Floats

    def __post_init__(self) -> None:
        for name in (
            *("start", "stop", "events", "exposure", "rate", "variance"),
            *("one_more", "one_more_squared"),
        ):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def sum_groups(
    cells: RiskCells, by: "str | Sequence[str] | None"
) -> tuple[RateGroups, NDArray[np.int64]]:
    """Sum cells within groups.

    Parameters
    ----------
    cells : RiskCells
        The cells.
    by : str, sequence of str or None
        Covariates, "duration", "period".

    Returns
    -------
    tuple of (RateGroups, ndarray of int)
        The sums, and the group of each of the m cells.

    Raises
    ------
    InputError
        If a group has no exposure, durations or periods are not told apart, or ends lie in
        intervals that cross durations.
    UnknownNameError
        If there is nothing of that name.
    """
    names = names_of(by)
    keys: dict[str, NDArray[Any]] = dict(cells.covariates)
    shown: dict[str, tuple[str, ...]] = {}
    # Codes, so that groups keep the order of time and not of their names.
    if "duration" in names:
        keys["duration"], shown["duration"], bounds = _durations(cells)
    if "period" in names and "period" not in cells.covariates:
        if len(cells.periods) < 2:
            raise InputError(
                "by='period', but the cells have one period. Hint: give period= and origin= when "
                "they are made."
            )
        keys["period"], shown["period"] = cells.period, cells.periods
    groups = groups_of(keys, names, len(cells))
    named = [{k: shown[k][v] if k in shown else v for k, v in key.items()} for key in groups.keys]
    others = [{k: v for k, v in key.items() if k != "duration"} for key in named]
    labels = tuple(_label(key) for key in named)
    edges = np.full((len(labels), 2), np.nan)
    if "duration" in names:
        edges = bounds[[key["duration"] for key in groups.keys]]
    outcomes = cells.destinations
    # Where nobody left there is no destination, and "any" has no end.
    with_any = len(outcomes) != 1

    def total(values: Floats) -> Floats:
        sums = np.zeros((len(labels), *values.shape[1:]))
        np.add.at(sums, groups.index, values)
        return sums

    def by_outcome(values: Floats) -> Floats:
        sums = total(values)
        return np.hstack([sums.sum(axis=1, keepdims=True), sums]) if with_any else sums

    events, exposure = by_outcome(cells.events), total(cells.exposure)
    _refuse_empty(labels, events, exposure)
    sums: dict[str, Floats] = {
        "rate": events / exposure[:, None],
        "variance": events / exposure[:, None] ** 2,
        "one_more": 1.0 / exposure,
        "one_more_squared": 1.0 / exposure**2,
    }
    w = cells.weights
    if w is not None and cells.at_risk is not None:
        time, people = total(w.exposure), total(cells.at_risk)
        sums = {
            "rate": by_outcome(w.events) / time[:, None],
            "variance": by_outcome(w.events_squared) / time[:, None] ** 2,
            "one_more": total(w.at_risk) / people / time,
            "one_more_squared": total(w.at_risk_squared) / people / time**2,
        }
    made = RateGroups(
        labels=labels,
        series=tuple(_label(key) for key in others),
        start=edges[:, 0],
        stop=edges[:, 1],
        outcomes=(ANY, *outcomes) if with_any else outcomes,
        events=events,
        exposure=exposure,
        **sums,
    )
    return made, groups.index


def pearson_dispersion(
    cells: RiskCells, sums: RateGroups, index: NDArray[np.int64]
) -> tuple[float, int]:
    """Pearson's chi-squared of ends to any destination in the cells, against one rate a group.

    Parameters
    ----------
    cells : RiskCells
        The cells.
    sums : RateGroups
        Their sums.
    index : ndarray of int
        Shape (m,): group of each cell.

    Returns
    -------
    tuple of (float, int)
        The statistic and its degrees of freedom, cells less groups with ends; NaN where no group
        has several cells, ends are spread over wide cells, or there are weights.
    """
    expected = sums.rate[index, 0] * cells.exposure
    some = expected > 0.0
    df = int(some.sum()) - int(np.unique(index[some]).size)
    if df < 1 or cells.wide.any() or cells.weights is not None:
        return float("nan"), 0
    gap = cells.events.sum(axis=1)[some] - expected[some]
    return float(np.sum(gap**2 / expected[some])), df


def _durations(cells: RiskCells) -> tuple[NDArray[np.int64], tuple[str, ...], Floats]:
    """Return the class of duration of each cell, the names of the classes and their bounds."""
    if np.isnan(cells.start).any():
        raise InputError(
            "by='duration', but the cells do not tell durations apart. Hint: give columns start "
            "and stop with the aggregates."
        )
    wide = cells.wide & (cells.events.sum(axis=1) > 0)
    if wide.any():
        row = int(np.flatnonzero(wide)[0])
        raise InputError(
            f"by='duration', but {int(cells.events[wide].sum()):,} ends are known only within "
            f"intervals that cross classes of duration, such as ({cells.start[row]:g}, "
            f"{cells.stop[row]:g}]; they have no class. Hint: cuts= at the times of the looks, or "
            "hazard_model, which uses such ends as they are."
        )
    bounds, index = np.unique(np.column_stack([cells.start, cells.stop]), axis=0,
                              return_inverse=True)  # fmt: skip
    names = tuple(
        f"{a:g} or more" if np.isinf(b) else f"{a:g} to {b:g}" for a, b in bounds.tolist()
    )
    return np.asarray(index, dtype=np.int64).reshape(-1), names, np.asarray(bounds)


def _label(key: dict[str, Any]) -> str:
    """Name of a group by the levels that make it."""
    if len(key) > 1:
        return ", ".join(f"{name}={level}" for name, level in key.items())
    return str(next(iter(key.values()), EVERYBODY))


def _refuse_empty(labels: tuple[str, ...], events: Floats, exposure: Floats) -> None:
    """Refuse groups without exposure by name."""
    empty = np.flatnonzero(exposure <= 0.0)
    if empty.size:
        named = ", ".join(f"{labels[i]!r} ({events[i, 0]:g} ends)" for i in empty[:5])
        raise InputError(
            f"no exposure in {empty.size} of {len(labels)} groups: {named}. A rate needs time at "
            "risk. Hint: leave the level out, join it with another, or count exposure='half' of "
            "the intervals that ends lie in."
        )
