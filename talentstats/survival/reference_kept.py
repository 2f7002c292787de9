"""What a reference curve keeps of the people watched, with their own mix of follow-up."""

from typing import Final

import numpy as np

from talentstats.stats.limits import Floats
from talentstats.survival.reference_curve import ReferenceCurve
from talentstats.survival.reference_retention import Elapsed
from talentstats.survival.reference_watched import Watched

# So many steps of time since entry; between them people count by the time they were followed.
_STEPS: Final = 512
_STRADDLED: Final = 128


def kept_by_reference(
    curve: ReferenceCurve, *, watched: Watched, since: Floats, retention: Elapsed
) -> float:
    """Retention that observed retention estimates if the reference is true.

    Where nobody is lost before the horizon, the mean of S(entry + horizon) / S(entry). Else the
    product over time since entry of 1 - mean dH, the mean being over those still followed then:
    the observed curve pools the same people, and its product is a martingale around this one.

    Parameters
    ----------
    curve : ReferenceCurve
        The curve.
    watched : Watched
        The people, with their own entry.
    since : (n,) ndarray of float
        Times at which the curve is taken to be 1: their entry, or 0 where entry is ignored.
    retention : Elapsed
        Their retention at the horizon.

    Returns
    -------
    float
        A share.

    Notes
    -----
    This is the conditional expected survival of Ederer and Heise (the second method). A person
    who left within (lower, upper] around the horizon counts with the chance, under the
    reference, of staying still.

    References
    ----------
    Ederer, F. and Heise, H. (1959). Methodological Note No. 10, End Results Evaluation Section,
    National Cancer Institute.

    Therneau, T. M. and Grambsch, P. M. (2000). Modeling Survival Data, chapter 10. Springer.
    doi:10.1007/978-1-4757-3294-8
    """
    own, horizon = retention.watched, retention.horizon
    passed = curve.cumulative_hazard(since)
    if not retention.lost:
        ahead = curve.cumulative_hazard(watched.entry + horizon) - passed
        return float(own.count @ np.exp(-ahead) / own.count.sum())
    stop, last, begun = own.stop, watched.stop, 0.0
    straddled = retention.method == "likelihood-ratio"
    wide = straddled & np.isfinite(own.upper) & (own.upper > own.lower)
    low, high = curve.cumulative_hazard(np.stack([watched.lower, last]))
    kept, rows = 1.0, np.arange(stop.size)
    for until in _grid(retention):
        rows = rows[stop[rows] > begun]
        own_stop = stop[rows]
        when = np.minimum(watched.entry[rows] + until, last[rows])
        now = curve.cumulative_hazard(np.where(own_stop <= until, last[rows], when))
        mass = own.count[rows].copy()
        late = wide[rows] & (own.lower[rows] < begun)
        if late.any():
            i = rows[late]
            mass[late] *= _staying(
                passed[i] - low[i],
                high[i] - low[i],
                (begun - own.lower[i]) / (stop[i] - own.lower[i]),
            )
        followed = mass @ ((np.minimum(own_stop, until) - begun) / (until - begun))
        kept *= 1.0 - min(float(mass @ -np.expm1(passed[rows] - now) / followed), 1.0)
        passed[rows] = now
        begun = until
    return float(kept)


def _staying(since: Floats, whole: Floats, share: Floats) -> Floats:
    """Return the chance to stay some hazard after `lower`, given an end before `upper`."""
    some = whole > 0.0
    among = np.where(some, whole, 1.0)
    return np.where(some, (np.exp(-since) - np.exp(-among)) / -np.expm1(-among), 1.0 - share)


def _grid(retention: Elapsed) -> list[float]:
    """Return the ends of the steps of time since entry, the last the horizon."""
    own, horizon = retention.watched, retention.horizon
    ended, stop = np.isfinite(own.upper), own.stop
    if retention.method == "likelihood-ratio":
        even = np.linspace(0.0, horizon, _STRADDLED + 1)[1:]
        stop = np.concatenate([even, own.lower, stop])
    elif np.any((own.lower < own.upper) & ended):
        # The product limit takes whoever left within an interval as at risk in all of it.
        stop = np.append(stop[ended], horizon)
    grid = np.unique(np.minimum(stop, horizon))
    grid = grid[grid > 0.0]
    if grid.size > _STEPS:
        grid = grid[np.linspace(0, grid.size - 1, _STEPS).round().astype(np.intp)]
    return [float(x) for x in grid]
