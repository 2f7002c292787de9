"""From draws of the free variables to logits and probabilities, by numpy alone."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from talentstats.bayes.graph import Link, Problem
from talentstats.stats.limits import Floats


def flat(values: Floats) -> Floats:
    """Return (chain, draw, ...) as (chain * draw, ...).

    Parameters
    ----------
    values : (chain, draw, ...) ndarray
        Draws.

    Returns
    -------
    (chain * draw, ...) ndarray
        The chains one after another.
    """
    return values.reshape(-1, *values.shape[2:])


def coefficients(draws: Mapping[str, Floats], term_of: NDArray[np.int64]) -> Floats | None:
    """Return the coefficients of the varying columns.

    Parameters
    ----------
    draws : Mapping of str to (chain, draw, ...) ndarray
        Free variables.
    term_of : (q,) ndarray
        Term of each column.

    Returns
    -------
    (chain * draw, q, d) ndarray or None
        Product of sd and z; None where nothing varies.
    """
    if "z" not in draws:
        return None
    return flat(draws["sd"])[:, term_of, :] * flat(draws["z"])


def linear(
    draws: Mapping[str, Floats],
    *,
    fixed: Floats,
    varying: Floats,
    term_of: NDArray[np.int64],
) -> Floats:
    """Return the linear predictors of m rows.

    Parameters
    ----------
    draws : Mapping of str to (chain, draw, ...) ndarray
        Free variables.
    fixed : (m, f) ndarray
        Columns of the fixed effects.
    varying : (m, q) ndarray
        Columns of the varying effects.
    term_of : (q,) ndarray
        Term of each varying column.

    Returns
    -------
    (chain * draw, m, d) ndarray
        One for each contrast of the outcomes.
    """
    b0 = flat(draws["b0"])
    found = np.repeat(b0[:, None, :], fixed.shape[0], axis=1)
    if "beta" in draws:
        found += np.matmul(fixed, flat(draws["beta"]))
    coefs = coefficients(draws, term_of)
    if coefs is not None:
        found += np.matmul(varying, coefs)
    return found


def probabilities(predictor: Floats, *, contrasts: Floats, link: Link) -> Floats:
    """Return the probabilities of the outcomes.

    Parameters
    ----------
    predictor : (..., d) ndarray
        Linear predictors.
    contrasts : (k, d) ndarray
        Logits are `predictor @ contrasts.T`.
    link : {"softmax", "cloglog"}
        As the model's.

    Returns
    -------
    (..., k) ndarray
        Sum to 1 over the last axis.
    """
    logits: Floats = np.matmul(predictor, contrasts.T)
    if link == "softmax":
        logits -= logits.max(axis=-1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=-1, keepdims=True)
        return logits
    rates = np.exp(np.minimum(logits[..., 1:], 30.0))
    total = rates.sum(axis=-1, keepdims=True)
    return np.concatenate([np.exp(-total), rates * (-np.expm1(-total) / total)], axis=-1)


def recorded(draws: Mapping[str, Floats], problem: Problem, prob: Floats) -> Floats:
    """Return the probabilities of what is recorded, unknown last where it is a column.

    Parameters
    ----------
    draws : Mapping of str to (chain, draw, ...) ndarray
        Free variables.
    problem : Problem
        The problem.
    prob : (s, m, k) ndarray
        Probabilities of the true outcomes.

    Returns
    -------
    (s, m, k) or (s, m, k + 1) ndarray
        Probabilities of the columns that the likelihood sees.
    """
    seen = prob
    extra: list[Floats] = []
    if "lost" in draws:
        lost = flat(draws["lost"])
        extra = [np.einsum("smk,sk->sm", prob, lost)[..., None]]
        seen = seen * (1.0 - lost[:, None, :])
    if problem.mistaken is not None:
        if problem.mistaken_known:
            seen = seen @ problem.mistaken
        else:
            seen = np.einsum("smk,skj->smj", seen, flat(draws["mistaken"]))
    return np.concatenate([seen, *extra], axis=-1) if extra else seen
