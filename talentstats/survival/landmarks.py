"""Where a curve begins: the first entry, or a landmark once enough people are at risk."""

from typing import Final

import numpy as np

from talentstats.stats.limits import Floats
from talentstats.stats.risk_sets import RiskSets, weight_at_risk
from talentstats.survival.curve_rows import CurveRows

ENOUGH_AT_RISK: Final = 10


def beginning(rows: CurveRows, sets: RiskSets) -> tuple[float, float]:
    """Earliest time from which a curve can be reported.

    With delayed entry few are at risk at first, and one early end among three would fix survival
    near 0 for ever. The curve is then conditional on staying until a landmark: the first time
    from which 10 people are at risk (or as many as ever are, in a smaller group), after all those
    at risk have left for the last time, if half as many as they were came later. People who all
    enter at once need no landmark, however few they are.

    Parameters
    ----------
    rows : CurveRows
        Rows of one group.
    sets : RiskSets
        Their risk sets, at all ends.

    Returns
    -------
    tuple of float
        Where survival is 1, and the same time where ends before it are to be left out, else NaN.

    Examples
    --------
    >>> from talentstats.stats.risk_sets import risk_sets
    >>> from talentstats.summaries.spells import Spells
    >>> from talentstats.survival.curve_rows import rows_by_group
    >>> from talentstats.survival.grouping import groups_of
    >>> entry, exit = [0] + [2] * 12, [1] + [5] * 12
    >>> spells = Spells.from_arrays(entry=entry, exit=exit, event=[1, 1] + [0] * 11)
    >>> [rows] = rows_by_group(spells, groups_of({}, None, 13))
    >>> sets = risk_sets(
    ...     entry=rows.entry, exit=rows.stop, destination=rows.ended, weight=rows.count
    ... )
    >>> beginning(rows, sets)
    (2.0, 2.0)
    """
    first, time = float(rows.entry.min()), sets.time
    if not time.size or rows.entry.max() == first:
        return first, float("nan")
    people = sets.at_risk
    if rows.weight is not None:
        people = weight_at_risk(time=time, entry=rows.entry, exit=rows.stop, weight=rows.count)
    # All at risk left and others came: survival would be 0 for ever. Where those who came are few
    # beside those before, that is how the curve ends, and no reason to begin there.
    gone = (sets.events.sum(axis=1) >= sets.at_risk) & (time < rows.stop.max())
    used_up = [
        i
        for i in np.flatnonzero(gone)
        if rows.count[rows.entry >= time[i]].sum() >= 0.5 * people[: i + 1].max()
    ]
    left_out = int(used_up[-1]) + 1 if used_up else 0
    later = people[left_out:]
    if later.size:
        minimum = min(float(later.max()), ENOUGH_AT_RISK)
        left_out += int(np.argmax(later >= minimum))
    if not left_out:
        return first, float("nan")
    landmark = float(time[left_out - 1])
    if left_out < time.size:
        landmark = _enough_from(rows, landmark, float(time[left_out]), minimum)
    return landmark, landmark


def _enough_from(rows: CurveRows, low: float, high: float, minimum: float) -> float:
    """Return the first time in [low, high) from which, until high, enough are at risk."""
    entry, stop, count = rows.entry, rows.stop, rows.count
    came, went = (entry > low) & (entry < high), (stop > low) & (stop < high)
    moment = np.concatenate([[low], entry[came], stop[went]])
    present = float(count[(entry <= low) & (stop > low)].sum())
    change: Floats = np.concatenate([[present], count[came], -count[went]])
    moments, place = np.unique(moment, return_inverse=True)
    at_risk = np.cumsum(np.bincount(place, weights=change))
    too_few = np.flatnonzero(at_risk < minimum)
    return float(moments[too_few[-1] + 1 if too_few.size else 0])
