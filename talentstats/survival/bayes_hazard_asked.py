"""What is asked of Bayesian hazards: a profile, a horizon, an entry, a period."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.summaries.labels import label_text
from talentstats.survival.bayes_hazard_quantities import has_slope, last_period

if TYPE_CHECKING:
    from talentstats.survival.bayes_hazard_posterior import HazardPosterior


def profile_in(fit: "HazardPosterior", profile: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Return the population's covariates with a profile put in.

    Parameters
    ----------
    fit : HazardPosterior
        The fit.
    profile : Mapping of str to Any
        Levels, or numbers for what has a slope.

    Returns
    -------
    dict of str to (u,) ndarray
        Covariates that are not named stay as they are.

    Raises
    ------
    UnknownNameError
        If there is no such covariate or level.
    """
    columns = {name: np.asarray(values) for name, values in fit.people.columns.items()}
    for name, value in profile.items():
        checks.one_of(name, tuple(columns), name="covariate")
        if has_slope(fit, name):
            number = checks.finite_number(value, name=name)
            columns[name] = np.full(columns[name].shape, number)
            continue
        known = [*fit.covariates[name].tolist(), *columns[name].tolist()]
        levels = {label_text(x): x for x in known}
        text = checks.one_of(label_text(value), tuple(levels), name=f"level of {name}")
        columns[name] = np.full(columns[name].shape, levels[text])
    return columns


def span(fit: "HazardPosterior", entry: float | None, horizon: float) -> tuple[int, int]:
    """Return the first step, and the last counted from it.

    Parameters
    ----------
    fit : HazardPosterior
        The fit.
    entry : float or None
        Start of the first step.
    horizon : float
        End of the last.

    Returns
    -------
    tuple of int
        Indices.

    Raises
    ------
    InputError
        If no step begins at entry or ends at the horizon.
    """
    first = first_step(fit, entry)
    checked = checks.finite_number(horizon, name="horizon")
    ends = fit.stop[first:]
    found = np.flatnonzero(np.isclose(ends, checked))
    if found.size == 0:
        raise InputError(
            f"horizon={checked:g} is not the end of a step; the steps end at "
            f"{', '.join(f'{x:g}' for x in ends)}. Nothing is said beyond the last, where nobody "
            "was at risk. Hint: a shorter horizon, or cells of a longer follow-up."
        )
    return first, int(found[0])


def first_step(fit: "HazardPosterior", entry: float | None) -> int:
    """Return the index of the step that begins at entry.

    Parameters
    ----------
    fit : HazardPosterior
        The fit.
    entry : float or None
        Start of a step; None is the first.

    Returns
    -------
    int
        Its index.

    Raises
    ------
    InputError
        If no step begins there.
    """
    if entry is None:
        return 0
    checked = checks.finite_number(entry, name="entry")
    found = np.flatnonzero(np.isclose(fit.start, checked))
    if found.size == 0:
        raise InputError(
            f"entry={checked:g} is not the start of a step; the steps start at "
            f"{', '.join(f'{x:g}' for x in fit.start)}."
        )
    return int(found[0])


def chosen_period(fit: "HazardPosterior", period: str | None) -> str | None:
    """Return the period whose hazards hold.

    Parameters
    ----------
    fit : HazardPosterior
        The fit.
    period : str or None
        Its name; None takes the last.

    Returns
    -------
    str or None
        None where the model has no periods.

    Raises
    ------
    InputError
        If a period is named and the model has none.
    UnknownNameError
        If there is no such period.
    """
    if period is None:
        return last_period(fit)
    if not fit.periods:
        raise InputError(
            f"period={period!r}, but the model has no periods. Hint: "
            "bayes_hazard_model(period='random-walk')."
        )
    return checks.one_of(period, fit.periods, name="period")


def called(profile: Mapping[str, Any] | None) -> str:
    """Return what a profile is called.

    Parameters
    ----------
    profile : Mapping of str to Any or None
        As given.

    Returns
    -------
    str
        Such as "sector=industry"; "population" where nothing is put in.
    """
    return ", ".join(f"{k}={label_text(v)}" for k, v in (profile or {}).items()) or "population"
