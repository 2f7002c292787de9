"""Coarser risk cells: the sums of finer ones."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.summaries.columns import grouped

if TYPE_CHECKING:
    from talentstats.summaries.cells import RiskCells


def collapsed(cells: "RiskCells", by: tuple[str, ...]) -> dict[str, Any]:
    """Return the sums over cells that agree on what is named.

    Parameters
    ----------
    cells : RiskCells
        The finer cells.
    by : tuple of str
        Covariates, "duration", "period", "cluster".

    Returns
    -------
    dict
        The fields of `RiskCells` that change.
    """
    allowed = [*cells.covariates, "duration", "period"]
    allowed += ["cluster"] if cells.cluster is not None else []
    names = [checks.one_of(name, allowed, name="grouping") for name in by]
    kept = [name for name in cells.covariates if name in names]
    keys = [cells.covariates[name] for name in kept]
    by_cluster = "cluster" in names and cells.cluster is not None
    if by_cluster and cells.cluster is not None:
        keys.append(cells.cluster)
    by_duration, by_period = "duration" in names, "period" in names
    if by_duration:
        keys += [np.nan_to_num(cells.start, nan=-np.inf), cells.stop, cells.wide]
    if by_period:
        keys.append(cells.period)
    if by_duration and by_period:
        keys.append(np.nan_to_num(cells.origin, nan=-np.inf))
    group, first = grouped(keys, len(cells))

    def total(values: NDArray[Any]) -> NDArray[Any]:
        sums = np.zeros((first.size, *values.shape[1:]))
        np.add.at(sums, group, values)
        return sums

    weights = cells.weights
    return dict(
        covariates={name: cells.covariates[name][first] for name in kept},
        start=cells.start[first] if by_duration else np.full(first.size, cells.start.min()),
        stop=cells.stop[first] if by_duration else np.full(first.size, cells.stop.max()),
        wide=cells.wide[first] if by_duration else np.zeros(first.size, dtype=bool),
        period=cells.period[first] if by_period else np.zeros(first.size, dtype=np.int64),
        periods=cells.periods if by_period else ("",),
        origin=cells.origin[first] if by_duration and by_period else np.full(first.size, np.nan),
        events=total(cells.events),
        at_risk=None if cells.at_risk is None else total(cells.at_risk),
        entrants=None if cells.entrants is None else total(cells.entrants),
        exposure=total(cells.exposure),
        weights=None
        if weights is None
        else replace(
            weights,
            **{name: total(getattr(weights, name)) for name in weights.__dataclass_fields__},
        ),
        cluster=cells.cluster[first] if by_cluster and cells.cluster is not None else None,
        on_grid=cells.on_grid and by_duration,
    )
