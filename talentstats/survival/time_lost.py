"""Restricted mean time lost by destination, and its differences between groups."""

from typing import TYPE_CHECKING, Any

from talentstats import checks
from talentstats.results.columns import tidy_frame
from talentstats.survival.curve_looks import between_looks
from talentstats.survival.incidence_at_horizon import (
    checked_horizon,
    compared,
    deviate,
    groups_at_horizon,
    one_estimate,
    refuse_other_starts,
)

if TYPE_CHECKING:
    import pandas as pd

    from talentstats.survival.incidence import CumulativeIncidence


def time_lost_frame(
    curves: "CumulativeIncidence", *, horizon: float, level: float
) -> "pd.DataFrame":
    """Mean time lost to each destination, and its differences from the first group.

    Parameters
    ----------
    curves : CumulativeIncidence
        The incidences.
    horizon : float
        The time up to which it is counted.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    pandas.DataFrame
        As `CumulativeIncidence.time_lost` describes it.

    Raises
    ------
    InputError
        If the horizon is outside the follow-up of a group.
    """
    checked = checks.level(level)
    groups = curves.groups
    time = checked_horizon(horizon, groups)
    if len(groups) > 1:
        refuse_other_starts(groups)
    kinds = len(curves.destinations)
    parts = groups_at_horizon(groups, time, "time-lost", kinds)
    looks = any(between_looks(group.rows) for group in groups)
    early = groups_at_horizon(groups, time, "time-lost", kinds, early=True) if looks else parts
    common = {"time": time, "conf_level": checked}
    rows: list[dict[str, Any]] = []
    later: list[dict[str, Any]] = []
    for i, curve in enumerate(groups):
        for j, outcome in enumerate(curves.destinations):
            one = one_estimate(curve, parts[i], j, time, "time-lost")
            most = one_estimate(curve, early[i], j, time, "time-lost")
            low, high = one.limits(checked)[0], most.limits(checked)[1]
            rows.append(
                {
                    "group": curve.label,
                    "outcome": outcome,
                    "term": "restricted mean time lost",
                    "estimate": one.value,
                    "std_error": one.std_error,
                    "conf_low": low,
                    "conf_high": high,
                    "interval": "log" if most.value > 0.0 else "clopper-pearson",
                    **({"estimate_low": one.value, "estimate_high": most.value} if looks else {}),
                    **common,
                }
            )
            if i:
                base = one_estimate(groups[0], parts[0], j, time, "time-lost")
                shared = float(parts[i].influence[:, j] @ parts[0].influence[:, j])
                found = compared(one, base, shared, checked)
                bounds: dict[str, float] = {}
                if looks:
                    other = one_estimate(groups[0], early[0], j, time, "time-lost")
                    bounds = {
                        "estimate_low": one.value - other.value,
                        "estimate_high": most.value - base.value,
                    }
                    # The two ends of what the looks allow, each with its own uncertainty.
                    shared = float(parts[i].influence[:, j] @ early[0].influence[:, j])
                    found["low"] = compared(one, other, shared, checked)["low"]
                    shared = float(early[i].influence[:, j] @ parts[0].influence[:, j])
                    found["high"] = compared(most, base, shared, checked)["high"]
                later.append(
                    {
                        "group": f"{curve.label} less {groups[0].label}",
                        "outcome": outcome,
                        "term": "difference in time lost",
                        "estimate": found["difference"],
                        "std_error": found["std_error"],
                        "statistic": deviate(
                            found["difference"],
                            std_error=found["std_error"],
                            p_value=found["p_value"],
                        ),
                        "p_value": found["p_value"],
                        "conf_low": found["low"],
                        "conf_high": found["high"],
                        "interval": "square-and-add",
                        **bounds,
                        **common,
                    }
                )
    return tidy_frame(rows + later)
