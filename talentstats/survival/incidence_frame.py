"""Incidences and survival laid out, one row a group, time and outcome."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from talentstats.results.columns import columns_frame
from talentstats.stats.limits import Floats
from talentstats.survival.curve_looks import between_looks
from talentstats.survival.curve_rows import people_at
from talentstats.survival.incidence_group import IncidenceGroup

if TYPE_CHECKING:
    import pandas as pd

STAYED: Final = "stayed"


def incidence_frame(
    moments: Sequence[tuple[IncidenceGroup, Floats]], destinations: tuple[str, ...], level: float
) -> "pd.DataFrame":
    """Incidences and survival of each group at its times, in the vocabulary.

    Parameters
    ----------
    moments : sequence of (IncidenceGroup, ndarray of float)
        Groups with their times.
    destinations : tuple of str
        Names of the destinations.
    level : float
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        As `CumulativeIncidence.at` describes it.
    """
    import pandas as pd

    outcomes = np.array([*destinations, STAYED], dtype=object)
    terms = np.array(["cumulative incidence"] * len(destinations) + ["survival"], dtype=object)
    frames = []
    for group, times in moments:
        estimate, error = group.estimates(times)
        limits, edge = group.limits(times, level)
        at_risk, _, _ = people_at(group.rows, times, group.start)
        # At the start all stay by definition: there is nothing to be sure of.
        begun = np.repeat(times > group.start, outcomes.size)
        words = np.where(edge.ravel(), "clopper-pearson", "cloglog").astype(object)
        bounds = {}
        if between_looks(group.rows):
            low, high = group.bounds(times)
            bounds = {"estimate_low": low.ravel(), "estimate_high": high.ravel()}
        frames.append(
            columns_frame(
                {
                    "group": group.label,
                    "time": np.repeat(times, outcomes.size),
                    "outcome": np.tile(outcomes, times.size),
                    "term": np.tile(terms, times.size),
                    "estimate": estimate.ravel(),
                    "std_error": error.ravel(),
                    "conf_low": np.where(begun, limits.lower.ravel(), np.nan),
                    "conf_high": np.where(begun, limits.upper.ravel(), np.nan),
                    "conf_level": np.where(begun, level, np.nan),
                    "interval": np.where(begun, words, np.nan),
                    "at_risk": np.repeat(at_risk, outcomes.size),
                    "left": _left_by(group, times).ravel(),
                    **bounds,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _left_by(group: IncidenceGroup, times: Floats) -> NDArray[np.float64]:
    """People who had left for each destination, and in all, by each time."""
    none = np.zeros((1, group.events.shape[1]))
    total = np.concatenate([none, np.cumsum(group.events, axis=0)])
    by_then = total[np.searchsorted(group.time, times, side="right")]
    return np.column_stack([by_then, by_then.sum(axis=1)])
