"""Named draws of Bayesian hazards: by row, in the population, by level, and differences."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from talentstats.bayes.quantities import Quantities
from talentstats.stats.limits import Floats
from talentstats.summaries.labels import label_text
from talentstats.survival.bayes_hazard_people import each_step

if TYPE_CHECKING:
    from talentstats.survival.bayes_hazard_posterior import HazardPosterior


def over_time(prob: Floats) -> tuple[Floats, Floats]:
    """Retention and incidence at the end of each step.

    Parameters
    ----------
    prob : (..., t, k) ndarray
        Probability of staying, then of each destination, in each of t steps.

    Returns
    -------
    retention : (..., t) ndarray
        Product of staying.
    incidence : (..., t, k - 1) ndarray
        Sum over the steps of those still there times the destination's probability.
    """
    stay = np.cumprod(prob[..., 0], axis=-1)
    before = np.concatenate([np.ones_like(stay[..., :1]), stay[..., :-1]], axis=-1)
    return stay, np.cumsum(before[..., None] * prob[..., 1:], axis=-2)


def averaged(
    fit: "HazardPosterior",
    columns: Mapping[str, NDArray[Any]],
    size: Floats,
    *,
    period: str | None,
    first: int = 0,
) -> tuple[Floats, Floats]:
    """Retention and incidence at the end of each step, averaged over kinds of people.

    Parameters
    ----------
    fit : HazardPosterior
        The fit.
    columns : Mapping of str to (u,) ndarray
        Covariates of the kinds.
    size : (u,) ndarray
        People of each.
    period : str or None
        Calendar period whose hazards hold.
    first : int
        The step at whose start all are there.

    Returns
    -------
    retention : (s, t) ndarray
        Draws.
    incidence : (s, t, k) ndarray
        Draws by destination.
    """
    steps = fit.start[first:]
    every = each_step(columns, steps, kinds=size.size, period=period)
    prob, _ = fit.at(every)
    stay, ends = over_time(prob.reshape(len(prob), size.size, steps.size, -1))
    share = size / size.sum()
    return np.einsum("sut,u->st", stay, share), np.einsum("sutk,u->stk", ends, share)


def last_period(fit: "HazardPosterior") -> str | None:
    """Return the last calendar period of the model, None where there are none.

    Parameters
    ----------
    fit : HazardPosterior
        The fit.

    Returns
    -------
    str or None
        Its name.
    """
    return fit.periods[-1] if fit.periods else None


def by_row(fit: "HazardPosterior") -> Quantities:
    """Hazards of each row by destination.

    Parameters
    ----------
    fit : HazardPosterior
        The fit.

    Returns
    -------
    Quantities
        With people at risk and leavers.
    """
    hazards = fit.hazards
    m, k = hazards.shape[1:]
    stop = fit.stop[np.searchsorted(fit.start, fit.covariates["duration"])]
    return Quantities(
        columns={
            "group": [label for label in fit.labels for _ in range(k)],
            "time": np.repeat(stop, k),
            "outcome": list(fit.destinations) * m,
            "term": ["hazard"] * (k * m),
            "at_risk": np.repeat(fit.problem.counts.sum(axis=1), k),
            "events": fit.problem.counts[:, 1:].ravel(),
        },
        values=hazards.reshape(hazards.shape[0], -1),
        null=np.full(k * m, np.nan),
    )


def in_population(fit: "HazardPosterior") -> Quantities:
    """Retention and incidence at the end of each step.

    Parameters
    ----------
    fit : HazardPosterior
        The fit.

    Returns
    -------
    Quantities
        Retention first, then incidence by time and destination.
    """
    retained, ends = fit.curves()
    k, steps = len(fit.destinations), fit.stop.size
    return Quantities(
        columns={
            "time": [*fit.stop, *np.repeat(fit.stop, k)],
            "outcome": [fit.outcomes[0]] * steps + list(fit.destinations) * steps,
            "term": ["retention"] * steps + ["incidence"] * (steps * k),
        },
        values=np.hstack([retained, ends.reshape(ends.shape[0], -1)]),
        null=np.full(steps * (k + 1), np.nan),
    )


def by_margin(fit: "HazardPosterior") -> Quantities:
    """Retention and incidence at the longest duration by level, within the level.

    Parameters
    ----------
    fit : HazardPosterior
        The fit.

    Returns
    -------
    Quantities
        Those of a level have their own other covariates.
    """
    groups: list[str] = []
    found: list[Floats] = []
    columns = {name: np.asarray(v) for name, v in fit.people.columns.items()}
    for name, levels in levelled(fit).items():
        for level in levels:
            own = np.asarray(columns[name] == level)
            kept = {key: values[own] for key, values in columns.items()}
            found.append(_last(averaged(fit, kept, fit.people.size[own], period=last_period(fit))))
            groups.append(f"{name}={label_text(level)}")
    return laid_out(fit, groups, found, time=fit.longest)


def contrasts(fit: "HazardPosterior") -> Quantities:
    """Everybody at a level less everybody at the most common level.

    Parameters
    ----------
    fit : HazardPosterior
        The fit.

    Returns
    -------
    Quantities
        Of retention and incidence at the longest duration.
    """
    groups: list[str] = []
    found: list[Floats] = []
    for name, levels in levelled(fit).items():
        column = np.asarray(fit.people.columns[name])
        sizes = [fit.people.size[np.asarray(column == level)].sum() for level in levels]
        common = levels[int(np.argmax(sizes))]
        base = _last(fit.curves(profile={name: common}))
        for level in levels:
            if level != common:
                found.append(_last(fit.curves(profile={name: level})) - base)
                groups.append(f"{name}: {label_text(level)} against {label_text(common)}")
    return laid_out(fit, groups, found, time=fit.longest, difference=True)


def levelled(fit: "HazardPosterior") -> dict[str, list[Any]]:
    """Covariates of the people whose levels are worth a row each, and those levels.

    Parameters
    ----------
    fit : HazardPosterior
        The fit.

    Returns
    -------
    dict of str to list
        All but numbers with a slope and more than two values.
    """
    found = {}
    for name, column in fit.people.columns.items():
        levels = list(dict.fromkeys(np.asarray(column).tolist()))
        if len(levels) < 3 or not has_slope(fit, name):
            found[name] = levels
    return found


def has_slope(fit: "HazardPosterior", name: str) -> bool:
    """Whether a covariate enters only as a number with a slope.

    Parameters
    ----------
    fit : HazardPosterior
        The fit.
    name : str
        A covariate of the model.

    Returns
    -------
    bool
        Then any number may be put in, not only those in the data.
    """
    design = fit.problem.design
    fixed = [column for column in design.fixed if column.variable == name]
    varies = any(name in term.variables for term in design.terms)
    return bool(fixed) and not varies and all(column.level is None for column in fixed)


def laid_out(
    fit: "HazardPosterior",
    groups: Sequence[str],
    found: Sequence[Floats],
    *,
    time: float,
    difference: bool = False,
) -> Quantities:
    """Lay out retention and incidence at one time by group.

    Parameters
    ----------
    fit : HazardPosterior
        The fit.
    groups : sequence of str
        Names of g groups.
    found : sequence of (s, 1 + k) ndarray
        Their draws.
    time : float
        When.
    difference : bool
        Whether they are differences.

    Returns
    -------
    Quantities
        Retention, then each destination, group by group.
    """
    k = len(fit.destinations)
    size = len(groups) * (k + 1)
    suffix = " difference" if difference else ""
    columns: Mapping[str, Sequence[Any] | NDArray[Any]] = {
        "group": [group for group in groups for _ in range(k + 1)],
        "time": np.full(size, time),
        "outcome": list(fit.outcomes) * len(groups),
        "term": [f"retention{suffix}", *[f"incidence{suffix}"] * k] * len(groups),
    }
    chains, draws = fit.shape
    return Quantities(
        columns=columns,
        values=np.hstack([np.zeros((chains * draws, 0)), *found]),
        null=np.full(size, 0.0 if difference else np.nan),
    )


def _last(curves: tuple[Floats, Floats]) -> Floats:
    """Retention and incidence at the end of the curves, (s, 1 + k)."""
    retained, ends = curves
    return np.column_stack([retained[:, -1], ends[:, -1]])
