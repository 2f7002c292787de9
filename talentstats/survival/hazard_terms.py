"""What rows of a hazard regression add to its log-likelihood."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from talentstats.survival.hazard_design import Link

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowTerms:
    """What each row adds at given predictors, all of shape (m,).

    Parameters
    ----------
    log_likelihood : (m,) ndarray of float
        Log-likelihood.
    score : (m,) ndarray of float
        Its derivative by the predictor.
    expected, observed : (m,) ndarray of float
        Minus its second derivative: expected, and as observed.
    """

    log_likelihood: Floats
    score: Floats
    expected: Floats
    observed: Floats


def row_terms(predictor: Floats, *, events: Floats, trials: Floats, link: Link) -> RowTerms:
    """Log-likelihood and derivatives of ordinary rows.

    Parameters
    ----------
    predictor : (m,) ndarray of float
        Linear predictors.
    events, trials : (m,) ndarray of float
        Events, and people (or person-time with the log link).
    link : {"cloglog", "logit", "log"}
        The link.

    Returns
    -------
    RowTerms
        Per row.
    """
    y, n = events, trials
    if link == "logit":
        p = expit(predictor)
        spread = n * p * expit(-predictor)
        value = y * predictor - n * np.logaddexp(0.0, predictor)
        return RowTerms(log_likelihood=value, score=y - n * p, expected=spread, observed=spread)
    with np.errstate(over="ignore"):
        hazard = np.exp(np.minimum(predictor, 700.0))
        if link == "log":
            mean = n * hazard
            value = y * predictor - mean
            return RowTerms(log_likelihood=value, score=y - mean, expected=mean, observed=mean)
        g = 1.0 / np.expm1(hazard)
        seen = np.where(y > 0, y * np.log(-np.expm1(-hazard)), 0.0)
        curve = y * (g * hazard - hazard * (hazard * (g + g * g))) - (n - y) * hazard
        return RowTerms(
            log_likelihood=seen - (n - y) * hazard,
            score=y * g * hazard - (n - y) * hazard,
            expected=n * (hazard * g) * hazard,
            observed=-curve,
        )


def not_converged(why: str, *, wide: bool = False) -> str:
    """Say that a fit gave no answer.

    Parameters
    ----------
    why : str
        What happened.
    wide : bool
        Whether some ends are known only within several steps.

    Returns
    -------
    str
        The message.
    """
    advice = (
        "duration='constant' or 'linear', or cells as wide as the gaps between looks: ends known "
        "only within several steps seldom tell these apart"
        if wide
        else "penalty='firth', whose estimates are always finite, or fewer terms"
    )
    return f"the fit did not converge ({why}), so there are no estimates. Hint: {advice}."
