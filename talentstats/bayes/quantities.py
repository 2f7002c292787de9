"""Draws of named quantities, the parameters among them, and their summary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.bayes.convergence import summary
from talentstats.bayes.draws import coefficients, flat
from talentstats.bayes.graph import Problem
from talentstats.results.columns import columns_frame
from talentstats.stats.limits import Floats, read_only
from talentstats.summaries.remake import remake

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Quantities:
    """Draws of q named quantities.

    Parameters
    ----------
    columns : Mapping of str to sequence
        Keys of each quantity (`group`, `time`, `outcome`, as they apply), always `term`.
    values : (s, q) ndarray
        Draws, the chains one after another.
    null : (q,) ndarray
        Value against which the probability of direction is taken; NaN where none is.
    """

    columns: Mapping[str, Sequence[Any] | NDArray[Any]]
    values: Floats
    null: Floats

    def __post_init__(self) -> None:
        held = {name: tuple(np.asarray(keys).tolist()) for name, keys in self.columns.items()}
        object.__setattr__(self, "columns", MappingProxyType(held))
        object.__setattr__(self, "values", read_only(self.values))
        object.__setattr__(self, "null", read_only(self.null))

    def __reduce__(self) -> tuple[Any, ...]:
        return remake(self)


def summarise(found: Quantities, *, shape: tuple[int, int], level: float) -> "pd.DataFrame":
    """Return median, equal-tailed interval, direction and diagnostics of quantities.

    Parameters
    ----------
    found : Quantities
        Draws by name.
    shape : tuple of int
        Chains and draws.
    level : float
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame
        One row a quantity.
    """
    checked = checks.level(level)
    tail = (1 - checked) / 2
    low, mid, high = np.quantile(found.values, [tail, 0.5, 1 - tail], axis=0)
    stats = summary(draws=found.values.reshape(*shape, -1))
    above = np.mean(found.values > found.null, axis=0)
    below = np.mean(found.values < found.null, axis=0)
    return columns_frame(
        dict(found.columns)
        | {
            "estimate": mid,
            "std_error": found.values.std(axis=0, ddof=1),
            "conf_low": low,
            "conf_high": high,
            "conf_level": checked,
            "interval": "eti",
            "estimator": "median",
            "mean": found.values.mean(axis=0),
            "p_direction": np.where(np.isnan(found.null), np.nan, np.maximum(above, below)),
            "rhat": stats.rhat,
            "ess_bulk": stats.ess_bulk,
            "ess_tail": stats.ess_tail,
            "mcse": stats.mcse_mean,
        }
    )


def parameters(problem: Problem, draws: Mapping[str, Floats]) -> Quantities:
    """Return the parameters by outcome: intercepts, fixed and varying effects, spreads.

    Parameters
    ----------
    problem : Problem
        The problem.
    draws : Mapping of str to (chain, draw, ...) ndarray
        Free variables.

    Returns
    -------
    Quantities
        Effects on the logit scale; with zero-sum coding one for each outcome, with a
        reference one for each outcome but the reference.
    """
    names, values, outcome, nulls = [], [], [], []
    design = problem.design
    pairs = _coded(problem)

    # Effects (s, d) are turned from contrasts into outcomes.
    def add(name: str, drawn: Floats, null: float) -> None:
        coded = drawn @ problem.contrasts.T
        for j, place in pairs:
            names.append(name)
            outcome.append(place)
            values.append(coded[:, j])
            nulls.append(null)

    add("intercept", flat(draws["b0"]), np.nan)
    for f, column in enumerate(design.fixed):
        add(column.name, flat(draws["beta"])[:, f], 0.0)
    coefs = coefficients(draws, design.term_of)
    for t, term in enumerate(design.terms):
        if coefs is None:
            continue
        block = coefs[:, design.term_of == t]
        for i, label in enumerate(term.labels):
            add(f"{term.name}={label}", np.einsum("q,sqd->sd", term.basis[i], block), 0.0)
    scalars = [
        *_spreads(problem, draws),
        *_scalars(problem, draws),
    ]
    for name, place, drawn in scalars:
        names.append(name)
        outcome.append(place)
        values.append(drawn)
        nulls.append(np.nan)
    return Quantities(
        columns={"outcome": outcome, "term": names},
        values=np.column_stack(values),
        null=np.array(nulls),
    )


def _coded(problem: Problem) -> list[tuple[int, str]]:
    """Return index and name of the outcomes whose logits are not 0 by definition."""
    return [
        (j, place) for j, place in enumerate(problem.outcomes) if np.any(problem.contrasts[j] != 0)
    ]


def _spreads(problem: Problem, draws: Mapping[str, Floats]) -> list[tuple[str, str, Floats]]:
    """Return name, outcome and draws of the standard deviations of the terms."""
    found: list[tuple[str, str, Floats]] = []
    for t, term in enumerate(problem.design.terms):
        sd = flat(draws["sd"])[:, t]
        places = [""] if sd.shape[1] == 1 else [place for _, place in _coded(problem)]
        found += [(f"sd({term.name})", place, sd[:, j]) for j, place in enumerate(places)]
    return found


def _scalars(problem: Problem, draws: Mapping[str, Floats]) -> list[tuple[str, str, Floats]]:
    """Return name, outcome and draws of what else is estimated."""
    found: list[tuple[str, str, Floats]] = []
    if "lost" in draws:
        lost = flat(draws["lost"])
        found += [
            ("probability unknown", place, lost[:, j]) for j, place in enumerate(problem.outcomes)
        ]
    if "mistaken" in draws:
        matrix = flat(draws["mistaken"])
        found += [
            (f"recorded as {other}", place, matrix[:, i, j])
            for i, place in enumerate(problem.outcomes)
            for j, other in enumerate(problem.outcomes)
        ]
    if "concentration" in draws:
        found.append(("concentration", "", flat(draws["concentration"])))
    return found
