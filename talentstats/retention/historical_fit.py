"""The hierarchy of a historical prior, and the mixture of Betas that stands in for it."""

from collections.abc import Sequence

import numpy as np
from scipy import special

from talentstats.retention.beta_mixture import BetaMixture
from talentstats.retention.historical_rows import HistoricalStudy
from talentstats.stats import beta_mixture_fit, beta_mixtures
from talentstats.stats.meta_prior import MetaPrior, binomial_meta_prior, normal_meta_prior

# The fewest components whose distribution function is this near, but no more than so many.
_NEAR_ENOUGH = 0.005
_MOST_COMPONENTS = 4


def fit_studies(
    studies: Sequence[HistoricalStudy], *, center: tuple[float, float], tau: float
) -> MetaPrior:
    """What the studies predict for a new cohort, by quadrature.

    Parameters
    ----------
    studies : Sequence of HistoricalStudy
        At least one.
    center : tuple of float
        Mean and standard deviation of the normal prior of the mean logit.
    tau : float
        Scale of the half-normal prior of the spread between studies.

    Returns
    -------
    MetaPrior
        `study_rates` in the order of the studies.
    """
    counted = [s for s in studies if s.total is not None]
    others = [s for s in studies if s.total is None]
    estimate = [s.logit for s in others]
    std_error = [s.logit_std_error for s in others]
    if not counted:
        return normal_meta_prior(
            estimate=estimate, std_error=std_error, center=center, tau_scale=tau
        )
    return binomial_meta_prior(
        retained=[float(s.retained or 0) for s in counted],
        total=[float(s.total or 0) for s in counted],
        estimate=estimate,
        std_error=std_error,
        center=center,
        tau_scale=tau,
    )


def shrunken_rates(studies: Sequence[HistoricalStudy], found: MetaPrior) -> list[float]:
    """Posterior mean rate of each study, in the order of the studies.

    Parameters
    ----------
    studies : Sequence of HistoricalStudy
        The studies.
    found : MetaPrior
        Their hierarchy, which has the counted ones first.

    Returns
    -------
    list of float
        One a study.
    """
    order = sorted(range(len(studies)), key=lambda i: studies[i].total is None)
    rates = [0.0] * len(studies)
    for place, i in enumerate(order):
        rates[i] = float(found.study_rates[place])
    return rates


def nearest_mixture(found: MetaPrior) -> tuple[BetaMixture, float]:
    """Mixture of Betas near the distribution of a new study's rate, and how near.

    Parameters
    ----------
    found : MetaPrior
        The hierarchy.

    Returns
    -------
    mixture : BetaMixture
        The fewest components that are near enough, up to four; all parameters at least 1.
    error : float
        Largest difference between the two distribution functions.
    """
    theta = found.theta
    mass = found.density * np.gradient(theta)
    thin = slice(None, None, 4)
    best: tuple[BetaMixture, float] | None = None
    for components in range(1, _MOST_COMPONENTS + 1):
        w, a, b = beta_mixture_fit.fit(
            theta=theta[thin], mass=mass[thin] / mass[thin].sum(), components=components
        )
        fitted = beta_mixtures.tail(weights=w, a=a, b=b, rate=special.expit(theta), side="below")
        error = float(np.max(np.abs(fitted - found.below)))
        if best is None or error < best[1]:
            best = BetaMixture(w, a, b), error
        if error <= _NEAR_ENOUGH:
            break
    assert best is not None
    return best
