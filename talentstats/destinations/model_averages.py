"""Draws of probabilities averaged over kinds of people, and of contrasts between levels."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from talentstats.bayes.posterior import PosteriorFit, Quantities
from talentstats.destinations.model_kinds import Kinds, sorted_levels
from talentstats.stats.limits import Floats
from talentstats.summaries.labels import label_text
from talentstats.summaries.population import PopulationCells


def averages(
    fit: PosteriorFit,
    kinds: Kinds,
    labels: Sequence[str],
    groups: NDArray[np.bool_],
    **extra: NDArray[Any],
) -> Quantities:
    """Return probabilities averaged over the kinds of each group, beside what was seen.

    Parameters
    ----------
    fit : PosteriorFit
        Whose draws.
    kinds : Kinds
        Its distinct cells.
    labels : sequence of str
        Names of the g groups.
    groups : (g, c) ndarray of bool
        Which kinds a group has.
    **extra : (g,) ndarray
        Further columns by name.

    Returns
    -------
    Quantities
        Group by outcome; `raw` is the share of the people of known destination.
    """
    k = len(fit.outcomes)
    counts = groups @ kinds.counts
    total = counts.sum(axis=1, keepdims=True)
    raw = np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0)
    columns: dict[str, Any] = {
        "people": np.repeat(total, k),
        "count": counts.ravel(),
        "raw": raw.ravel(),
    }
    if kinds.unknown.sum() > 0:
        low, high = kinds.bounds(groups)
        columns |= {"bound_low": low.ravel(), "bound_high": high.ravel()}
    columns |= {name: np.repeat(values, k) for name, values in extra.items()}
    prob = np.einsum("sck,gc->sgk", fit.prob[:, kinds.row, :], kinds.shares(groups))
    return laid_out(labels, fit.outcomes, prob, columns)


def laid_out(
    groups: Sequence[str], outcomes: Sequence[str], prob: Floats, extra: Mapping[str, Any]
) -> Quantities:
    """Return probabilities by group and outcome as named quantities.

    Parameters
    ----------
    groups : sequence of str
        Names of the g groups.
    outcomes : sequence of str
        Names of the k outcomes.
    prob : (s, g, k) ndarray
        Draws.
    extra : Mapping of str to (g * k,) array_like
        Further columns.

    Returns
    -------
    Quantities
        No value of theirs is a null.
    """
    k = len(outcomes)
    return Quantities(
        columns={
            "group": [group for group in groups for _ in range(k)],
            "outcome": list(outcomes) * len(groups),
            "term": ["probability"] * (k * len(groups)),
        }
        | dict(extra),
        values=prob.reshape(prob.shape[0], -1),
        null=np.full(k * len(groups), np.nan),
    )


def contrast(fit: PosteriorFit, kinds: Kinds, variable: str, value: Any, other: Any) -> Quantities:
    """Return everybody at one level against everybody at another, all else as it is.

    Parameters
    ----------
    fit : PosteriorFit
        Whose draws.
    kinds : Kinds
        Its distinct cells, whose weights are the population.
    variable : str
        A covariate of the model.
    value, other : Any
        Two of its levels.

    Returns
    -------
    Quantities
        Difference and ratio of each outcome.
    """
    moved = {name: np.tile(labels, 2) for name, labels in kinds.columns.items()}
    moved[variable] = np.repeat(np.array([value, other], dtype=object), len(kinds))
    prob, _ = fit.at(moved)
    k = len(fit.outcomes)
    both = prob.reshape(prob.shape[0], 2, len(kinds), k)
    first, second = np.einsum("sack,c->ask", both, kinds.weight)
    return Quantities(
        columns={
            "group": [f"{variable}: {label_text(value)} against {label_text(other)}"] * 2 * k,
            "outcome": [*fit.outcomes, *fit.outcomes],
            "term": ["difference"] * k + ["ratio"] * k,
        },
        values=np.hstack([first - second, first / second]),
        null=np.repeat([0.0, 1.0], k),
    )


def contrasts(fit: PosteriorFit, kinds: Kinds, variables: Sequence[str]) -> Quantities:
    """Return each level against the most common one.

    Parameters
    ----------
    fit : PosteriorFit
        Whose draws.
    kinds : Kinds
        Its distinct cells.
    variables : sequence of str
        Covariates of the model.

    Returns
    -------
    Quantities
        One after another.
    """
    parts = []
    for name in variables:
        levels = sorted_levels(kinds.columns[name])
        common = levels[int(np.argmax(kinds.at(name, levels) @ kinds.people))]
        parts += [contrast(fit, kinds, name, x, common) for x in levels if x != common]
    return Quantities(
        columns={
            key: [x for part in parts for x in part.columns[key]]
            for key in ("group", "outcome", "term")
        },
        values=np.hstack([part.values for part in parts]),
        null=np.concatenate([part.null for part in parts]),
    )


def in_other(fit: PosteriorFit, population: PopulationCells) -> Quantities:
    """Return shares in another population than the fit's.

    Parameters
    ----------
    fit : PosteriorFit
        Whose draws.
    population : PopulationCells
        With all covariates of the model.

    Returns
    -------
    Quantities
        `new_share` is the share of the population with a level that was not fitted.
    """
    prob, new = fit.at(population.covariates)
    share = np.einsum("sck,c->sk", prob, population.weight)
    new_share = np.full(len(fit.outcomes), population.weight[new].sum())
    return laid_out(["population"], fit.outcomes, share[:, None, :], {"new_share": new_share})
