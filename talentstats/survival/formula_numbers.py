"""Functions of a formula that make columns of numbers: what they learn and what they give."""

from typing import Any, Final

import numpy as np

from talentstats.errors import InputError
from talentstats.stats import splines
from talentstats.stats.limits import Floats
from talentstats.summaries.columns import Rows
from talentstats.survival.formula_terms import Call, Factor, Value

_MOST_DEGREE: Final = 10


def learn(call: Call, x: Floats, weight: Floats, factor: Factor) -> dict[str, Any]:
    """What a function takes from the rows.

    Parameters
    ----------
    call : Call
        The function and its options.
    x : ndarray of float
        Shape (n,).
    weight : ndarray of float
        How many rows each stands for (n,).
    factor : Factor
        What it is part of, for messages.

    Returns
    -------
    dict
        Arguments that `apply` needs.

    Raises
    ------
    InputError
        If an option does not suit the values.
    """
    options = dict(call.options)
    if call.function in {"center", "scale"}:
        mean = float(np.sum(weight * x) / np.sum(weight))
        if call.function == "center":
            return {"mean": mean}
        total = float(np.sum(weight))
        spread = float(np.sqrt(np.sum(weight * (x - mean) ** 2) / max(total - 1.0, 1.0)))
        if not spread > 0.0:
            raise InputError(f"{factor.name}: {factor.variable} has one value only.")
        return {"mean": mean, "spread": spread}
    if call.function == "poly":
        degree = _whole(options.get("degree", 2.0), "degree", 1, factor)
        if np.unique(x[weight > 0.0]).size <= degree:
            raise InputError(f"{factor.name}: too few distinct values for degree {degree}.")
        centres, norms = splines.orthogonal_recurrence(values=x, weight=weight, degree=degree)
        return {"centres": centres, "norms": norms}
    return _knots(call, x, weight, factor) if call.function in {"bs", "ns", "cr"} else {}


def _knots(call: Call, x: Floats, weight: Floats, factor: Factor) -> dict[str, Any]:
    """Knots and range of a spline."""
    options = dict(call.options)
    low, high = (
        _one(options.get(name, default), name, factor)
        for name, default in (("lower_bound", float(x.min())), ("upper_bound", float(x.max())))
    )
    degree = _whole(options.get("degree", 3.0), "degree", 1, factor)
    fewest = degree if call.function == "bs" else 1
    given = options.get("knots")
    if given is None:
        df = _whole(options.get("df", float(fewest)), "df", fewest, factor, most=50)
        at = np.arange(1, df - fewest + 1) / (df - fewest + 1)
        knots = splines.weighted_quantiles(values=x, weight=weight, at=at)
    elif "df" in options:
        raise InputError(f"{factor.name}: give df or knots, not both.")
    else:
        knots = np.atleast_1d(np.asarray(given, dtype=np.float64))
    ends = np.concatenate([[low], knots, [high]])
    if not np.all(np.diff(ends) > 0.0):
        raise InputError(
            f"{factor.name}: the knots {', '.join(f'{k:g}' for k in ends)} do not increase. Hint: "
            "fewer df, or knots=[...] strictly between the bounds."
        )
    if call.function == "bs" and (x.min() < low or x.max() > high):
        raise InputError(
            f"{factor.name}: values reach from {x.min():g} to {x.max():g}, beyond the bounds."
        )
    kept = {"knots": knots, "low": low, "high": high}
    return {**kept, "degree": degree} if call.function == "bs" else kept


def apply(function: str, x: Floats, kept: dict[str, Any], factor: Factor, rows: Rows) -> Floats:
    """Columns of a function.

    Parameters
    ----------
    function : str
        Its name.
    x : ndarray of float
        Shape (n,).
    kept : dict
        What `learn` returned.
    factor : Factor
        What it is part of, for messages.
    rows : Rows
        The rows, for messages.

    Returns
    -------
    ndarray of float
        Shape (n, k), finite.
    """
    if function == "poly":
        return splines.orthogonal_polynomials(at=x, **kept)
    if function in {"ns", "cr"}:
        return splines.natural_splines(at=x, **kept)
    if function == "bs":
        rows.refuse(
            (x < kept["low"]) | (x > kept["high"]),
            lambda text, first: (
                f"{factor.name}: {x[first]:g} in {text} is outside the range "
                f"[{kept['low']:g}, {kept['high']:g}] of the spline."
            ),
        )
        return splines.b_splines(at=x, **kept)[:, 1:]
    with np.errstate(all="ignore"):
        if function == "log":
            values = np.log(x)
        elif function == "exp":
            values = np.exp(x)
        else:
            values = (x - kept["mean"]) / kept.get("spread", 1.0)
    rows.refuse(
        ~np.isfinite(values),
        lambda text, first: (
            f"{factor.name} is not a finite number in {text}, where {function} takes {x[first]:g}."
        ),
    )
    return values[:, None]


def _one(value: Value, name: str, factor: Factor) -> float:
    """One number."""
    if not isinstance(value, float) or not np.isfinite(value):
        raise InputError(f"{factor.name}: {name} takes one number, not {value!r}.")
    return value


def _whole(value: Value, name: str, least: int, factor: Factor, *, most: int = _MOST_DEGREE) -> int:
    """One whole number within limits."""
    number = _one(value, name, factor)
    if number != np.floor(number) or not least <= number <= most:
        raise InputError(
            f"{factor.name}: {name}={number:g}; allowed are whole numbers from {least} to {most}."
        )
    return int(number)
