"""Retention and incidences that a hazard model predicts."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats import checks
from talentstats.errors import InputError, UnknownNameError
from talentstats.results.provenance import Provenance
from talentstats.survival.hazard_prediction import RETAINED, HazardPrediction, PredictionMethod
from talentstats.survival.hazard_steps import linear_predictor, over_steps, step_probabilities
from talentstats.survival.hazard_wide import period_cuts

if TYPE_CHECKING:
    import pandas as pd

    from talentstats.survival.hazard_duration import DurationBasis
    from talentstats.survival.hazard_result import HazardModel

Floats = NDArray[np.float64]

# Two times this close, relative to their size, are one.
_NEAR: Final = 1e-9


def steps_between(
    basis: "DurationBasis", *, entry: float, horizon: float, partial: bool
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Steps from entry to the horizon.

    Parameters
    ----------
    basis : DurationBasis
        The steps of the fit.
    entry, horizon : float
        Where to begin and end.
    partial : bool
        Whether a part of a step has a meaning.

    Returns
    -------
    tuple of ndarray
        Which steps, the time in each, and where each ends; all (t,).

    Raises
    ------
    InputError
        If the times are outside follow-up or inside a step.
    """
    finite = basis.stop[np.isfinite(basis.stop)]
    last = float(finite[-1] if finite.size else basis.start[-1]) if basis.told_apart else np.inf
    begin = checks.finite_number(entry, name="entry")
    end = checks.finite_number(horizon, name="horizon")
    near = _NEAR * max(1.0, abs(end))
    if end > last + near:
        raise InputError(
            f"horizon={end:g} is beyond follow-up: the last usable time is {last:g}. Hint: "
            f"horizon={last:g}."
        )
    if begin < basis.start[0] - near:
        raise InputError(
            f"entry={begin:g} is before the first step, which begins at {basis.start[0]:g}: "
            f"nobody was at risk there. Hint: entry={basis.start[0]:g}."
        )
    if begin >= end - near:
        raise InputError(f"entry={begin:g} is not before horizon={end:g}.")
    used = np.flatnonzero((basis.start < end - near) & (basis.stop > begin + near))
    left = np.maximum(basis.start[used], begin)
    right = np.minimum(basis.stop[used], end)
    if right.size == 0 or np.any(np.abs(left[1:] - right[:-1]) > near) or left[0] > begin + near:
        raise InputError(
            f"nobody was at risk in a part of ({begin:g}, {end:g}], so that retention over it "
            "is not known. Hint: choose entry and horizon within steps that follow one another."
        )
    cut = (left > basis.start[used] + near) | (right < basis.stop[used] - near)
    if cut.any() and not partial:
        bounds = ", ".join(f"{b:g}" for b in (*basis.start[used], basis.stop[used][-1]))
        raise InputError(
            f"entry={begin:g} and horizon={end:g} must be bounds of the steps ({bounds}); within a "
            "step these data do not tell when people left. Hint: link='log' takes hazards as "
            "constant there."
        )
    return used, right - left, right


def profile_columns(
    model: "HazardModel", profile: "Mapping[str, Any] | pd.DataFrame"
) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
    """Read profiles.

    Parameters
    ----------
    model : HazardModel
        The fit.
    profile : Mapping or pandas.DataFrame
        Values by variable: one each, or one a row.

    Returns
    -------
    tuple of (dict, tuple of str)
        Columns of shape (n,), and names of the profiles.

    Raises
    ------
    UnknownNameError
        If a variable is missing or not in the formula.
    """
    needed = [v for v in model.design.covariates.variables if v != "duration"]
    values_of: Any = profile
    given = {str(name): np.atleast_1d(np.asarray(values_of[name])) for name in values_of}
    allowed = [*needed, "start_year"] if "period" in needed else needed
    for name in given:
        if name not in allowed:
            near = checks.nearest(name, allowed)
            raise UnknownNameError(
                f"the profile has {name!r}, which the formula does not use; it uses "
                f"{', '.join(needed) or 'no variable'}."
                + (f" Nearest: {', '.join(near)}." if near else "")
            )
    for name in needed:
        if name not in given and not (name == "period" and "start_year" in given):
            also = " (or start_year, the calendar time at clock 0)" if name == "period" else ""
            raise UnknownNameError(
                f"the profile lacks {name!r}{also}; the formula uses {', '.join(needed)}."
            )
    n = max((values.size for values in given.values()), default=1)
    columns = {name: np.broadcast_to(values, (n,)) for name, values in given.items()}
    shown = [name for name in allowed if name in columns]
    several = len(shown) > 1
    names = tuple(
        ", ".join(f"{s}={_shown(columns[s][i])}" if several else _shown(columns[s][i])
                  for s in shown) or "all"
        for i in range(n)
    )  # fmt: skip
    if len(set(names)) < n:
        names = tuple(f"{name} ({i})" for i, name in enumerate(names, start=1))
    return columns, names


def predicted(
    model: "HazardModel",
    columns: Mapping[str, ArrayLike],
    *,
    steps: NDArray[np.int64],
    length: Floats,
    coefficients: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Retention and incidences of n people at the end of t steps, with gradients.

    Parameters
    ----------
    model : HazardModel
        The fit.
    columns : Mapping of str to array_like
        Variables, each of shape (n,).
    steps, length : (t,) ndarray
        Which steps, and the time in each.
    coefficients : ndarray of float or None
        Others than the fit's.

    Returns
    -------
    tuple of ndarray
        Shapes (n, t, 1 + k) and (n, t, 1 + k, k * q).

    Raises
    ------
    InputError
        If the probabilities of the destinations add to more than 1.
    """
    basis = model.design.basis
    n, t = len(np.asarray(next(iter(columns.values()), np.zeros(1)))), steps.size
    wide = {
        name: np.repeat(np.asarray(values), t)
        for name, values in columns.items()
        if name != "start_year"
    }
    if "start_year" in columns:
        wide["period"] = _periods(model, np.asarray(columns["start_year"], float), steps, length)
    matrix = model.design.matrix(wide, np.tile(basis.start[steps], n)).reshape(n, t, -1)
    beta = model.predictive.coefficients if coefficients is None else coefficients
    p, change = step_probabilities(
        linear_predictor(matrix, beta),
        link=model.link,
        destinations=model.destinations,
        length=np.broadcast_to(length, (n, t)),
    )
    if np.any(p.sum(axis=2) > 1.0):
        raise InputError(
            "the probabilities of the destinations add to more than 1 in a step, as separate "
            "models of them can. Hint: destinations='multinomial', or link='log'."
        )
    return over_steps(p, change, matrix)


def predict(
    model: "HazardModel",
    profile: "Mapping[str, Any] | pd.DataFrame",
    *,
    horizon: float,
    entry: float,
    method: PredictionMethod,
    draws: int,
    seed: int | None,
    level: float,
) -> HazardPrediction:
    """Predict profiles; see `HazardModel.predict`.

    Parameters
    ----------
    model : HazardModel
        The fit.
    profile : Mapping or pandas.DataFrame
        The profiles.
    horizon, entry : float
        Where to end and begin.
    method : {"delta", "bootstrap"}
        How errors are found.
    draws : int
        Replicates of the bootstrap.
    seed : int or None
        Of the bootstrap.
    level : float
        Level of the sentence.

    Returns
    -------
    HazardPrediction
        The prediction.
    """
    checked = checks.level(level)
    checks.one_of(method, get_args(PredictionMethod), name="method")
    steps, length, time = steps_between(
        model.design.basis, entry=entry, horizon=horizon, partial=model.link == "log"
    )
    columns, names = profile_columns(model, profile)
    values, gradients = predicted(model, columns, steps=steps, length=length)
    several = len(model.outcomes) > 1
    shown = slice(None) if several else slice(0, 1)
    drawn = None
    if method == "bootstrap":
        from talentstats.survival.hazard_bootstrap import bootstrapped

        drawn = np.stack(
            [
                predicted(model, columns, steps=steps, length=length, coefficients=beta)[0]
                for beta in bootstrapped(model, draws=draws, seed=seed)
            ]
        )[..., shown]
        error = drawn.std(axis=0, ddof=1)
    else:
        spread = np.einsum(
            "...p,pq,...q->...",
            gradients,
            model.predictive_inference.covariance,
            gradients,
        )
        error = np.sqrt(np.maximum(spread, 0.0))[..., shown]
    return HazardPrediction(
        profiles=names,
        outcomes=(RETAINED, *model.outcomes) if several else (RETAINED,),
        time=time,
        entry=float(entry),
        estimate=values[..., shown],
        std_error=error,
        draws=drawn,
        clock=model.clock,
        degrees=model.degrees,
        level=checked,
        notes=model.assumptions,
        provenance=Provenance(
            function="predict",
            arguments={
                "formula": model.design.covariates.formula,
                "profiles": names,
                "horizon": float(horizon),
                "entry": float(entry),
                "method": method,
                "draws": draws if drawn is not None else 0,
                "level": checked,
            },
            method="parametric bootstrap, percentiles"
            if drawn is not None
            else "delta method on the complementary log-log scale",
            seed=seed,
        ),
    )


def _periods(
    model: "HazardModel", zero: Floats, steps: NDArray[np.int64], length: Floats
) -> NDArray[Any]:
    """Period (n * t,) of each step of people whose clock is 0 at a calendar time."""
    cuts = period_cuts(model.periods)
    if cuts is None or not cuts.size:
        raise InputError(
            f"start_year needs periods with known bounds; these are {', '.join(model.periods)}. "
            "Hint: give 'period' itself."
        )
    basis = model.design.basis
    begin = zero[:, None] + basis.start[steps]
    near = _NEAR * np.maximum(1.0, np.abs(begin))
    # A cell from t to t + 1 belongs to the period that holds (t, t + 1].
    place = np.searchsorted(cuts, begin + near, side="right")
    if np.any(place != np.searchsorted(cuts, begin + length - near, side="left")):
        raise InputError(
            f"with this start_year a period ends inside of a step; periods end at "
            f"{listed([f'{cut:g}' for cut in cuts])}. Hint: give 'period' itself."
        )
    return np.array(model.periods)[place].ravel()


def _shown(value: Any) -> str:
    """Return a value of a profile as text."""
    return f"{value:g}" if isinstance(value, float | np.floating) else str(value)


def listed(values: Sequence[str]) -> str:
    """Return names as a reader says them.

    Parameters
    ----------
    values : sequence of str
        Names.

    Returns
    -------
    str
        "a", "a and b", "a, b and c".
    """
    *first, last = values
    return f"{', '.join(first)} and {last}" if first else last
