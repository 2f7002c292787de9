"""How retention is standardised over a population (g-computation)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError, UnknownNameError
from talentstats.results.provenance import Provenance
from talentstats.summaries.columns import grouped
from talentstats.survival.hazard_contrast import HazardContrast
from talentstats.survival.hazard_population import EntryPopulation
from talentstats.survival.hazard_predict import listed, predicted, steps_between
from talentstats.survival.hazard_prediction import RETAINED

if TYPE_CHECKING:
    import pandas as pd

    from talentstats.survival.hazard_result import HazardModel

Floats = NDArray[np.float64]

# Kinds of people at a time, so that the gradients of many fit in memory.
_BLOCK: Final = 2_000


def contrast(
    model: "HazardModel",
    variable: str | Mapping[str, Sequence[Any]],
    *,
    horizon: float,
    entry: float,
    given: Mapping[str, Any] | None,
    population: "Mapping[str, Any] | pd.DataFrame | None",
    level: float,
) -> HazardContrast:
    """Standardise; see `HazardModel.contrast`.

    Parameters
    ----------
    model : HazardModel
        The fit.
    variable : str or Mapping of str to sequence
        What is set, and to which levels.
    horizon, entry : float
        Where to end and begin.
    given : Mapping or None
        What is set for everybody.
    population : Mapping, pandas.DataFrame or None
        Over whom to average.
    level : float
        Level of the sentence.

    Returns
    -------
    HazardContrast
        The contrast.
    """
    checked = checks.level(level)
    steps, length, time = steps_between(
        model.design.basis, entry=entry, horizon=horizon, partial=model.link == "log"
    )
    name, levels = _levels(model, variable)
    fixed = dict(given or {})
    people = _people(model, population)
    columns, weight = _averaged(model, people, {name, *fixed})
    fixed = _checked_fixed(model, columns, name, fixed)
    several = len(model.outcomes) > 1
    width = 1 + len(model.outcomes) if several else 1
    found = [
        _standardised(
            model, columns, weight, {**fixed, name: value}, steps=steps, length=length, width=width
        )
        for value in levels
    ]
    gradient = np.concatenate([slope for _, slope in found])
    names = tuple(str(value) for value in levels)
    total = float(people.size.sum())
    return HazardContrast(
        variable=name,
        levels=names,
        outcomes=(RETAINED, *model.outcomes) if several else (RETAINED,),
        horizon=float(time[-1]),
        entry=float(entry),
        estimate=np.array([value for value, _ in found]),
        covariance=gradient @ model.predictive_inference.covariance @ gradient.T,
        clock=model.clock,
        degrees=model.degrees,
        population=f"the covariates of {_number(total)} {people.counted}",
        level=checked,
        notes=(
            *model.assumptions,
            *((people.note,) if people.note else ()),
            *_unseen(model, name, levels),
        ),
        provenance=Provenance(
            function="contrast",
            arguments={
                "formula": model.design.covariates.formula,
                "variable": name,
                "levels": names,
                "horizon": float(horizon),
                "entry": float(entry),
                "given": {key: str(value) for key, value in (given or {}).items()},
                "level": checked,
            },
            method="g-computation, delta method",
        ),
    )


def _number(size: float) -> str:
    """People are whole, sums of weights and person-time are not."""
    return f"{size:,.0f}" if size.is_integer() else f"{size:,.6g}"


def _levels(
    model: "HazardModel", variable: str | Mapping[str, Sequence[Any]]
) -> tuple[str, list[Any]]:
    """What is set, and its levels, the one compared with last."""
    used = [v for v in model.design.covariates.variables if v != "duration"]
    if isinstance(variable, str):
        name = checks.one_of(variable, used, name="variable")
        known = model.levels.get(name)
        if known is None:
            raise InputError(
                f"{name} is a number; say which values to compare. Hint: "
                f"contrast({{{name!r}: (1, 0)}}, ...)."
            )
        return name, [*known[1:], known[0]]
    if len(variable) != 1:
        raise InputError(f"a contrast sets one variable, and {len(variable)} are given.")
    ((asked, given),) = variable.items()
    name = checks.one_of(asked, used, name="variable")
    levels = [given] if isinstance(given, str) else list(given)
    if len(levels) < 2 or len({str(value) for value in levels}) < len(levels):
        raise InputError(f"{name}={levels!r} are not two or more different levels.")
    if name in model.levels:
        levels = [checks.one_of(str(value), model.levels[name], name=name) for value in levels]
    return name, levels


def _people(
    model: "HazardModel", population: "Mapping[str, Any] | pd.DataFrame | None"
) -> EntryPopulation:
    """The population: that of the fit, or given rows."""
    if population is None:
        return model.population
    given: Any = population
    columns = {str(name): np.atleast_1d(np.asarray(given[name])) for name in given}
    rows = {values.shape for values in columns.values()}
    if len(rows) != 1:
        raise InputError("the columns of the population have different lengths, or there are none.")
    (n,) = rows.pop()
    return EntryPopulation(columns=columns, size=np.ones(n), counted="people given", note="")


def _averaged(
    model: "HazardModel", people: EntryPopulation, set_: set[str]
) -> tuple[dict[str, NDArray[Any]], Floats]:
    """Kinds of people by what is not set, and the share of each."""
    needed = [
        v for v in model.design.covariates.variables if v not in {"duration", "period", *set_}
    ]
    for name in needed:
        if name not in people.columns:
            raise UnknownNameError(
                f"the population lacks {name!r}; the formula uses {listed(needed)}."
            )
    kind, first = grouped([people.columns[name] for name in needed], people.size.size)
    weight = np.bincount(kind, people.size, first.size)
    return {name: people.columns[name][first] for name in needed}, weight / weight.sum()


def _checked_fixed(
    model: "HazardModel", columns: Mapping[str, Any], name: str, fixed: dict[str, Any]
) -> dict[str, Any]:
    """What is set for everybody: known variables, and a path of the period where one is needed."""
    used = [v for v in model.design.covariates.variables if v != "duration"]
    allowed = [*used, "start_year"] if "period" in used else used
    for key in fixed:
        checks.one_of(key, [a for a in allowed if a != name], name="variable of given")
    if "period" in used and name != "period" and not {"period", "start_year"} & set(fixed):
        raise InputError(
            "the formula uses the calendar period, so the contrast must say which. Hint: "
            f"given={{'period': {model.periods[-1]!r}}}, or given={{'start_year': ...}}, the "
            "calendar time at clock 0."
        )
    return fixed


def _standardised(
    model: "HazardModel",
    columns: Mapping[str, NDArray[Any]],
    weight: Floats,
    setting: Mapping[str, Any],
    *,
    steps: NDArray[np.int64],
    length: Floats,
    width: int,
) -> tuple[Floats, Floats]:
    """Average probabilities (o,) at the horizon with everybody so set, and their gradient."""
    value, slope = np.zeros(width), np.zeros((width, model.coefficients.size))
    for begin in range(0, weight.size, _BLOCK):
        part = slice(begin, begin + _BLOCK)
        share = weight[part]
        here = {name: values[part] for name, values in columns.items()}
        here |= {name: np.full(share.size, chosen) for name, chosen in setting.items()}
        values, gradients = predicted(model, here, steps=steps, length=length)
        value += np.einsum("n,no->o", share, values[:, -1, :width])
        slope += np.einsum("n,nor->or", share, gradients[:, -1, :width])
    return value, slope


def _unseen(model: "HazardModel", name: str, levels: Sequence[Any]) -> tuple[str, ...]:
    """Say where the population holds kinds of people never seen at a level."""
    people = model.population
    others = [key for key in people.columns if key != name]
    if name not in model.levels or name not in people.columns or not others:
        return ()
    kind, first = grouped([people.columns[key] for key in others], people.size.size)
    size = np.bincount(kind, people.size, first.size)
    notes = []
    for value in levels:
        seen = np.bincount(kind, people.columns[name].astype(str) == str(value), first.size) > 0
        share = float(size[~seen].sum() / size.sum())
        if share > 0:
            notes.append(
                f"{100 * share:.1f}% of the population are of kinds never seen with {name} "
                f"{value}; for them the model extrapolates."
            )
    return tuple(notes)
