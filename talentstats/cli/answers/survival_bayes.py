"""Answers of `talentstats survival bayes`."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from talentstats.cli.answers.posterior import SIMULATED, PosteriorAnswer, frames_of, prior_of

if TYPE_CHECKING:
    from talentstats.bayes.prior_sensitivity import PriorSensitivity
    from talentstats.survival.bayes_hazard_posterior import HazardPosterior


def until(fit: "HazardPosterior", horizon: float | None) -> "HazardPosterior":
    """Return the fit as it answers up to a horizon.

    Parameters
    ----------
    fit : HazardPosterior
        The posterior.
    horizon : float or None
        End of a step; None is the last.

    Returns
    -------
    HazardPosterior
        The same draws, with the steps up to there.
    """
    if horizon is None:
        return fit
    steps = int(np.argmin(np.abs(fit.stop - horizon))) + 1
    return replace(fit, start=fit.start[:steps], stop=fit.stop[:steps])


def answer(
    fit: "HazardPosterior",
    shown: "HazardPosterior",
    sensitivity: "PriorSensitivity",
    *,
    level: float,
) -> PosteriorAnswer:
    """Answer by a model of hazards.

    Parameters
    ----------
    fit : HazardPosterior
        The posterior.
    shown : HazardPosterior
        The same up to the horizon.
    sensitivity : PriorSensitivity
        Retention and incidence up to the horizon under other priors.
    level : float
        Level of the intervals.

    Returns
    -------
    PosteriorAnswer
        Retention and incidence in the population, by level at the horizon, and contrasts.
    """
    hazards = fit.tidy("cell", level=level)
    frames = frames_of(shown, level=level, but=("cell",)) | {
        "cell": hazards.rename(columns={"at_risk": "people", "events": "count"})
    }
    failures = fit.checked.failures
    yearly = np.allclose(shown.stop - shown.start, 1.0)
    return PosteriorAnswer(
        question="survival bayes",
        fit=fit,
        sensitivity=sensitivity,
        prior=prior_of(fit, years=shown.stop.size if yearly else None),
        level=level,
        sentence=shown.sentence,
        notes=(
            *(note for note in fit.notes if note not in failures),
            *([SIMULATED] if "simulated" in fit.cells.covariates else []),
        ),
        accounts=fit.cells.accounts,
        caption=f"Who stays and who left for where ({fit.cells.clock})",
        frames=frames,
    )
