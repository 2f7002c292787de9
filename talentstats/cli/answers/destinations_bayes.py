"""Answers of `talentstats destinations --vary`."""

from typing import TYPE_CHECKING

from talentstats.cli.answers.posterior import SIMULATED, PosteriorAnswer, frames_of, prior_of

if TYPE_CHECKING:
    from talentstats.bayes.prior_sensitivity import PriorSensitivity
    from talentstats.destinations.model_posterior import DestinationPosterior


def answer(
    fit: "DestinationPosterior",
    sensitivity: "PriorSensitivity",
    *,
    level: float,
    simulated: bool,
) -> PosteriorAnswer:
    """Answer by a model of destinations.

    Parameters
    ----------
    fit : DestinationPosterior
        The posterior.
    sensitivity : PriorSensitivity
        Shares in the population under other priors.
    level : float
        Level of the intervals.
    simulated : bool
        Whether the people are simulated.

    Returns
    -------
    PosteriorAnswer
        Shares in the population, by level, and contrasts.
    """
    failures = fit.checked.failures
    return PosteriorAnswer(
        question="destinations",
        fit=fit,
        sensitivity=sensitivity,
        prior=prior_of(fit),
        level=level,
        sentence=fit.sentence,
        notes=(
            *(note for note in fit.notes if note not in failures),
            *([SIMULATED] if simulated else []),
        ),
        accounts=fit.cells.accounts,
        caption="Where people are",
        frames=frames_of(fit, level=level),
    )
