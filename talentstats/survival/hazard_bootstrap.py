"""Parametric bootstrap of a hazard regression: events drawn anew from the fit."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.survival.hazard_baseline import with_own_baseline
from talentstats.survival.hazard_fit import fit_hazards, with_stayers
from talentstats.survival.hazard_steps import linear_predictor, step_probabilities

if TYPE_CHECKING:
    from talentstats.survival.hazard_design import HazardRows
    from talentstats.survival.hazard_result import HazardModel

Floats = NDArray[np.float64]


def bootstrapped(model: "HazardModel", *, draws: int, seed: int | None) -> Iterator[Floats]:
    """Estimates from events drawn from the fit, given who is at risk in every cell.

    A replicate that has no finite estimates is fitted with Jeffreys' penalty.

    Parameters
    ----------
    model : HazardModel
        The fit.
    draws : int
        How many.
    seed : int or None
        What the random numbers start from.

    Yields
    ------
    (r,) ndarray of float
        Coefficients.

    Raises
    ------
    InputError
        If there is no seed, or the errors do not come from the model alone.
    """
    count = checks.whole_number(draws, name="draws", minimum=2)
    if seed is None:
        raise InputError("method='bootstrap' needs a seed. Hint: seed=1.")
    if model.errors != "model" or model.rows.wide is not None:
        reason = "wide cells" if model.rows.wide is not None else f"errors={model.errors!r}"
        raise InputError(
            f"method='bootstrap' draws events from the model alone, which {reason} does not "
            "allow. Hint: method='delta'."
        )
    rng = np.random.default_rng(checks.whole_number(seed, name="seed"))
    rows = model.rows
    trials = rows.trials(model.link)
    eta = linear_predictor(rows.matrix, model.predictive.coefficients)
    p, _ = step_probabilities(
        eta, link=model.link, destinations=model.destinations, length=np.ones(len(eta))
    )
    chance = np.maximum(with_stayers(p, np.ones(len(p))), 0.0)
    chance /= chance.sum(axis=1, keepdims=True)
    for _ in range(count):
        if model.link == "log":
            events = rng.poisson(trials[:, None] * np.exp(eta)).astype(np.float64)
        else:
            events = rng.multinomial(trials.astype(np.int64), chance)[:, 1:].astype(np.float64)
        yield _refitted(model, replace(rows, events=events))


def _refitted(model: "HazardModel", rows: "HazardRows") -> Floats:
    """Estimates of one replicate."""
    options: dict[str, Any] = {"link": model.link, "destinations": model.destinations}
    if model.penalty == "none" and np.all(rows.events.sum(axis=0) > 0):
        try:
            return fit_hazards(rows, penalised=False, **options).coefficients
        except InputError:
            pass
    start = model.coefficients if np.isfinite(model.coefficients).all() else None
    fit = fit_hazards(rows, penalised=True, start=start, **options)
    columns = len(model.design.basis.names)
    return with_own_baseline(fit, rows, columns=columns, **options).coefficients
