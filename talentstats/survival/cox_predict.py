"""Baselines and predictions of a Cox model."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike

from talentstats import checks
from talentstats.errors import InputError, UnknownNameError
from talentstats.results.columns import columns_frame
from talentstats.results.provenance import Provenance
from talentstats.stats.cox_baseline import cox_baseline, hazard_between
from talentstats.stats.cox_data import suffix_sums
from talentstats.stats.limits import Floats, normal_quantile
from talentstats.survival.cox_prediction import CoxPrediction
from talentstats.survival.cox_rows import number, stratum_of
from talentstats.survival.times import snapped

# As the curves have it: an end among fewer moves retention by more than a tenth.
FEW_AT_RISK: Final = 10

if TYPE_CHECKING:
    import pandas as pd

    from talentstats.survival.cox_result import CoxModel


def predict(
    model: "CoxModel",
    profile: "Mapping[str, Any] | pd.DataFrame",
    *,
    horizon: float | None,
    times: ArrayLike | None,
    entry: float | None,
    level: float,
) -> CoxPrediction:
    """Predict retention; see `CoxModel.predict`.

    Parameters
    ----------
    model : CoxModel
        A fit.
    profile : Mapping or pandas.DataFrame
        Covariates, one person or one a row.
    horizon : float or None
        The last time, with every end before it.
    times : array_like of float or None
        Or these times.
    entry : float or None
        Time at which presence is given.
    level : float
        Level of the sentence.

    Returns
    -------
    CoxPrediction
        Retention.

    Raises
    ------
    InputError
        As there.
    """
    if model.competing:
        raise InputError(
            f"people left for elsewhere too, so that the hazard of leaving for "
            f"{model.destination!r} alone gives no retention. Hint: cox_model without "
            "destination, or hazard_model(..., destinations='cause-specific').predict; "
            "baseline() gives the cumulative hazard."
        )
    checked = checks.level(level)
    people = _people(profile)
    known = np.unique(model.estimate.data.time)
    strata = [stratum_of(model.rows, person, model.strata) for person in people]
    start = None if entry is None else checks.finite_number(entry, name="entry")
    since = max(_first(model, s) for s in strata) if start is None else start
    at = _times(known[known >= since], horizon=horizon, times=times)
    begins = np.array([_begin(model, s, start, at) for s in strata])
    e = model.estimate
    base = cox_baseline(e.data, e.steps, beta=e.beta)
    matrix = model.design.rows(
        {name: np.array([person[name] for person in people]) for name in _given(model, people)}
    )
    scaled = (matrix - e.data.centre) / e.data.scale
    pairs = [
        hazard_between(
            base, covariance=e.covariance, beta=e.beta, x=x, stratum=s, start=begin, at=at
        )
        for x, s, begin in zip(scaled, strata, begins, strict=True)
    ]
    hazard, variance = (np.stack(part) for part in zip(*pairs, strict=True))
    stay = np.exp(-hazard)
    late = [f"Given presence at {b:g}." for b in np.unique(begins) if b]
    thin = {s: _thin(model, s, b, float(at.max())) for s, b in zip(strata, begins, strict=True)}
    cautions = [text for text in thin.values() if text]
    return CoxPrediction(
        profiles=_names(people),
        time=at,
        entry=begins,
        estimate=stay,
        std_error=stay * np.sqrt(variance),
        level=checked,
        caution=" ".join(cautions),
        notes=(model.notes[0], *late, *cautions),
        provenance=Provenance(
            function="CoxModel.predict",
            arguments=dict(model.provenance.arguments)
            | {"profiles": _names(people), "horizon": horizon, "entry": entry, "level": checked},
            method=model.provenance.method,
        ),
    )


def baseline_frame(model: "CoxModel", *, level: float) -> "pd.DataFrame":
    """Cumulative hazard of people at all reference levels and zeros.

    Parameters
    ----------
    model : CoxModel
        A fit.
    level : float
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame
        One row a stratum and time of an end.
    """
    checked = checks.level(level)
    e = model.estimate
    base = cox_baseline(e.data, e.steps, beta=e.beta)
    zero = -e.data.centre / e.data.scale
    groups, times, hazards, errors = [], [], [], []
    for s, label in enumerate(model.rows.strata.labels):
        at = base.time[base.stratum == s]
        hazard, variance = hazard_between(
            base, covariance=e.covariance, beta=e.beta, x=zero, stratum=s, start=-np.inf, at=at
        )
        groups += [label] * at.size
        times.append(at)
        hazards.append(hazard)
        errors.append(np.sqrt(variance))
    hazard, error = np.concatenate(hazards), np.concatenate(errors)
    spread = float(normal_quantile(level=checked, side="two-sided")) * error / hazard
    with np.errstate(over="ignore"):
        return columns_frame(
            {
                "group": np.array(groups, dtype=object),
                "time": np.concatenate(times),
                "term": "cumulative hazard",
                "estimate": hazard,
                "std_error": error,
                "conf_low": hazard * np.exp(-spread),
                "conf_high": hazard * np.exp(spread),
                "conf_level": checked,
                "interval": "log",
            }
        )


def _thin(model: "CoxModel", stratum: int, begin: float, last: float) -> str:
    """Say where the first ends meet few at risk although more are followed later."""
    data, rows = model.estimate.data, model.rows
    used = (data.stratum == stratum) & (data.time > begin) & (data.time <= last)
    ends, present = data.time[used], suffix_sums(data, data.count)[used]
    few = np.cumprod(present < FEW_AT_RISK).astype(bool)
    if not few.any():
        return ""
    inside = rows.strata.index == stratum
    entry, stop, count = rows.entry[inside], rows.exit[inside], rows.count[inside]
    later = np.unique(entry[entry >= ends[0]])
    # At risk just after each entry: a row that only goes on with another adds nobody.
    here = np.array([count[(entry <= t) & (t < stop)].sum() for t in later])
    if not np.any(here > present[0]):
        return ""
    enough = later[(here >= FEW_AT_RISK) & (later >= ends[few][-1]) & (later < last)]
    name = "" if len(rows.strata) == 1 else f" of {rows.strata.labels[stratum]}"
    hint = f" Hint: entry={enough[0]:g}, from which retention rests on more." if enough.size else ""
    return (
        f"At the first end{name}, at {ends[0]:g}, {number(present[0], 'person', 'people')} "
        f"{'was' if present[0] == 1 else 'were'} at risk, and more entered later: all later "
        f"values hang on what happened to so few.{hint}"
    )


def _people(profile: "Mapping[str, Any] | pd.DataFrame") -> list[dict[str, Any]]:
    """Return one dictionary a person."""
    if isinstance(profile, Mapping):
        return [dict(profile)]
    people = [{str(k): v for k, v in row.items()} for row in profile.to_dict(orient="records")]
    if not people:
        raise InputError("the profile has no rows; allowed is one person a row.")
    return people


def _given(model: "CoxModel", people: list[dict[str, Any]]) -> list[str]:
    """Return the variables of the formula, all of which a profile must have and no others."""
    allowed = [*model.design.variables, *model.strata]
    for name in people[0]:
        if name not in allowed:
            raise UnknownNameError(
                f"{name!r} is not a variable of the model; allowed are {', '.join(allowed)}."
            )
    return [name for name in model.design.variables if name in people[0]]


def _names(people: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return what profiles are called."""
    return tuple(", ".join(f"{k}={v}" for k, v in person.items()) for person in people)


def _times(known: Floats, *, horizon: float | None, times: ArrayLike | None) -> Floats:
    """Return the times at which to predict."""
    if (horizon is None) == (times is None):
        raise InputError("give either horizon= or times=, and not both.")
    if times is not None:
        at = np.atleast_1d(np.asarray(times, dtype=np.float64))
        if not at.size or not np.isfinite(at).all():
            raise InputError("times= must be one finite time or more.")
        return snapped(at, known)
    last = float(snapped([checks.finite_number(horizon, name="horizon")], known)[0])
    return np.unique(np.append(known[known <= last], last))


def _first(model: "CoxModel", stratum: int) -> float:
    """Return the earliest entry of a stratum."""
    return float(model.rows.entry[model.rows.strata.index == stratum].min())


def _begin(model: "CoxModel", stratum: int, entry: float | None, at: Floats) -> float:
    """Return the time at which presence is given, once all times are inside follow-up."""
    first = _first(model, stratum)
    last = model.rows.exit[model.rows.strata.index == stratum].max()
    begin = first if entry is None else entry
    name = model.rows.strata.labels[stratum]
    where = "" if len(model.rows.strata) == 1 else f" of {name}"
    if at.max() > last:
        raise InputError(
            f"time {at.max():g} is beyond follow-up{where}: the last usable time is {last:g}. "
            f"Hint: horizon={last:g}."
        )
    if begin < first:
        raise InputError(
            f"entry={begin:g} is before anybody{where} was followed; the first usable time is "
            f"{first:g}."
        )
    if at.min() < begin:
        raise InputError(f"time {at.min():g} is before entry={begin:g}.")
    return begin
