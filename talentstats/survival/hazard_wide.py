"""Ends known only within several steps, in a hazard regression: exact, no midpoints.

Such an end says that its person left in one of the steps of (start, stop]: its
likelihood is 1 - exp(-sum of the hazards of the steps), and everything before it is in
the ordinary cells.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from talentstats.errors import InputError
from talentstats.summaries.cells_made import period_names
from talentstats.summaries.columns import frozen

if TYPE_CHECKING:
    from talentstats.summaries.cells import RiskCells
    from talentstats.survival.hazard_design import HazardDesign


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WideRows:
    """The steps that v ends may lie in, w in all.

    Parameters
    ----------
    matrix : (w, q) ndarray of float
        One row a step.
    end : (w,) ndarray of int
        Which end the step belongs to.
    length : (w,) ndarray of float
        Part of the step that the end may lie in: time with the log link, else 1.
    events : (v,) ndarray of float
        People with this end, or their weights.
    events_squared : (v,) ndarray of float
        Sums of squared weights.
    cluster : (v,) ndarray or None
        Cluster of the people.
    """

    matrix: NDArray[np.float64]
    end: NDArray[np.int64]
    length: NDArray[np.float64]
    events: NDArray[np.float64]
    events_squared: NDArray[np.float64]
    cluster: NDArray[Any] | None

    def __post_init__(self) -> None:
        for name in ("matrix", "end", "length", "events", "events_squared", "cluster"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, frozen(getattr(self, name)))

    def sums(self, hazard: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Cumulative hazard over each end's steps, and its gradient.

        Parameters
        ----------
        hazard : (w,) ndarray of float
            Hazard of each step, times `length`.

        Returns
        -------
        tuple of ndarray
            Shapes (v,) and (v, q).
        """
        total = np.bincount(self.end, hazard, self.events.size)
        slope = np.zeros((self.events.size, self.matrix.shape[1]))
        np.add.at(slope, self.end, hazard[:, None] * self.matrix)
        return total, slope


def wide_rows(cells: "RiskCells", coding: "HazardDesign", link: str) -> WideRows:
    """Lay out the wide cells.

    Parameters
    ----------
    cells : RiskCells
        The cells.
    coding : HazardDesign
        How rows are coded.
    link : str
        "cloglog" or "log".

    Returns
    -------
    WideRows
        Their steps.

    Raises
    ------
    InputError
        If the link has no hazards to add, or the periods cannot be told apart.
    """
    places = np.flatnonzero(cells.wide)
    if link == "logit":
        raise InputError(
            f"{int(cells.events[places].sum()):,} ends are known only within intervals that span "
            "several steps, and odds do not add up over steps. Hint: link='cloglog' or 'log', "
            "whose hazards do, or cells as wide as these intervals."
        )
    basis = coding.basis
    cuts = period_cuts(cells.periods)
    if len(cells.periods) > 1 and cuts is None:
        raise InputError(
            "the cells have ends that span several periods, whose bounds are not known. Hint: "
            "RiskCells.from_spells(..., period=...)."
        )
    end, step, length, period = wide_pieces(
        cells, places, start=basis.start, stop=basis.stop, cuts=cuts
    )
    columns = {name: values[places[end]] for name, values in cells.covariates.items()}
    if len(cells.periods) > 1:
        columns["period"] = np.array(cells.periods)[period]
    weights = cells.weights
    everybody = cells.events if weights is None else weights.events
    squared = cells.events if weights is None else weights.events_squared
    return WideRows(
        matrix=coding.matrix(columns, basis.start[step]),
        end=end,
        length=length if link == "log" else np.ones(length.size),
        events=everybody[places].sum(axis=1),
        events_squared=squared[places].sum(axis=1),
        cluster=None if cells.cluster is None else cells.cluster[places],
    )


def period_cuts(names: tuple[str, ...]) -> NDArray[np.float64] | None:
    """Bounds between periods, read back from the names that cells give them.

    Parameters
    ----------
    names : tuple of str
        Names of the periods.

    Returns
    -------
    ndarray of float or None
        One fewer than there are periods; None where the names are others.

    Examples
    --------
    >>> period_cuts(("to 2018", "2018 to 2021", "after 2021"))
    array([2018., 2021.])
    >>> period_cuts(("before", "after")) is None
    True
    """
    try:
        cuts = np.array([float(name.split(" ")[-1]) for name in names[:-1]])
    except ValueError:
        return None
    return cuts if period_names(cuts) == names else None


def wide_pieces(
    cells: "RiskCells",
    places: NDArray[np.int64],
    *,
    start: NDArray[np.float64],
    stop: NDArray[np.float64],
    cuts: NDArray[np.float64] | None,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Cut wide cells at the bounds of steps and periods.

    Parameters
    ----------
    cells : RiskCells
        The cells.
    places : (v,) ndarray of int
        Which of them.
    start, stop : (d,) ndarray of float
        Bounds of the steps.
    cuts : (p - 1,) ndarray of float or None
        Calendar times between periods.

    Returns
    -------
    end, step, length, period : (w,) ndarray
        Of every piece: which of the places it belongs to, its step, its length, its period.
    """
    ends, steps, lengths, periods = [], [], [], []
    for v, place in enumerate(places.tolist()):
        low, high = float(cells.start[place]), float(cells.stop[place])
        seen = np.zeros(0) if cuts is None else cuts - cells.origin[place]
        bounds = np.concatenate([start, stop, seen, [low, high]])
        edges = np.unique(bounds[(bounds >= low) & (bounds <= high)])
        # Cuts that rounding alone keeps apart are one.
        edges = edges[np.append(True, np.diff(edges) > 1e-9 * max(1.0, abs(high)))]
        middle = (edges[:-1] + edges[1:]) / 2
        ends.append(np.full(middle.size, v))
        steps.append(np.searchsorted(start, middle, side="right") - 1)
        lengths.append(np.diff(edges))
        periods.append(np.searchsorted(seen, middle))
    return (
        np.concatenate(ends),
        np.concatenate(steps).astype(np.int64),
        np.concatenate(lengths),
        np.concatenate(periods).astype(np.int64),
    )
