"""What a historical prior says of itself: its sentence and the rows of its tables."""

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from talentstats.results.wording import percent, percent_range
from talentstats.retention.historical_fit import shrunken_rates
from talentstats.retention.historical_rows import HistoricalStudy
from talentstats.stats import intervals
from talentstats.stats.limits import normal_quantile
from talentstats.stats.meta_prior import new_quantile

if TYPE_CHECKING:
    from talentstats.retention.historical_prior import HistoricalPrior


def sentence(prior: "HistoricalPrior") -> str:
    """Return the prior in sentences for a referee.

    Parameters
    ----------
    prior : HistoricalPrior
        The prior.

    Returns
    -------
    str
        Studies, prediction, spread, approximation, effective size, notes.
    """
    low, high = new_quantile(prior.exact, prob=[0.025, 0.975])
    size = prior.effective_sample_size()
    names = "; ".join(
        f"{s.id} ({percent(s.rate)}, "
        + (
            f"{s.retained} of {s.total})"
            if s.std_error is None
            else f"standard error {100 * s.std_error:.1f} points)"
        )
        for s in prior.studies
    )
    vague = (
        ""
        if prior.robust_weight is None
        else f" A vague part of weight {prior.robust_weight:g} is added."
    )
    return (
        f"At {prior.horizon:g} years, {names} predict for a new cohort a stay rate of "
        f"{percent(prior.exact.rate_mean)} (95% range {percent_range(low, high)}); between "
        f"studies the logit varies with a standard deviation of {prior.exact.tau_mean:.2f}. "
        f"Betas stand in for it to within {100 * prior.approximation_error:.2g} points of "
        f"probability.{vague} The prior is worth {_people(size.moment)} by moment, "
        f"{_people(size.elir)} by elir, {_people(size.morita)} by morita."
        + "".join(f" {note}" for note in prior.notes)
    )


def tidy_rows(prior: "HistoricalPrior", *, level: float) -> list[dict[str, Any]]:
    """Return the rows of the tidy table.

    Parameters
    ----------
    prior : HistoricalPrior
        The prior.
    level : float
        Level of the intervals.

    Returns
    -------
    list of dict
        One a study, then new cohort, prior and tau.
    """
    outside = (1.0 - level) / 2.0
    shrunken = shrunken_rates(prior.studies, prior.exact)
    rows: list[dict[str, Any]] = [
        {**_study_row(s, level), "shrunken": rate}
        for s, rate in zip(prior.studies, shrunken, strict=True)
    ]
    low, high = new_quantile(prior.exact, prob=[outside, 1.0 - outside])
    prior_low, prior_high = prior.mixture.limits(level)
    common = {"group": prior.label, "conf_level": level, "interval": "eti"}
    rows += [
        {
            **common,
            "term": "new cohort",
            "estimate": prior.exact.rate_mean,
            "std_error": prior.exact.rate_sd,
            "conf_low": float(low),
            "conf_high": float(high),
        },
        {
            **common,
            "term": "prior",
            "estimate": prior.mixture.mean,
            "std_error": prior.mixture.std_dev,
            "conf_low": prior_low,
            "conf_high": prior_high,
        },
        {
            "group": prior.label,
            "term": "tau",
            "estimate": prior.exact.tau_mean,
            "std_error": prior.exact.tau_sd,
        },
    ]
    return rows


def glance_row(prior: "HistoricalPrior") -> dict[str, Any]:
    """Return the row that describes the whole.

    Parameters
    ----------
    prior : HistoricalPrior
        The prior.

    Returns
    -------
    dict
        Column names and values.
    """
    size = prior.effective_sample_size()
    return {
        "studies": len(prior.studies),
        "horizon": prior.horizon,
        "tau_scale": prior.tau_scale,
        "tau_mean": prior.exact.tau_mean,
        "mean": prior.exact.rate_mean,
        "sd": prior.exact.rate_sd,
        "prior_mean": prior.mixture.mean,
        "prior_sd": prior.mixture.std_dev,
        "components": prior.mixture.weights.size,
        "approximation_error": prior.approximation_error,
        "robust_weight": (float("nan") if prior.robust_weight is None else prior.robust_weight),
        "ess_moment": size.moment,
        "ess_elir": size.elir,
        "ess_morita": size.morita,
        "ess_reason": size.reason,
        "log_evidence": prior.exact.log_evidence,
        "notes": " ".join(prior.notes),
    }


def _study_row(study: HistoricalStudy, level: float) -> dict[str, Any]:
    """One study with its own interval."""
    row = {"group": study.label, "term": "study", "estimate": study.rate, "conf_level": level}
    if study.total is not None and study.retained is not None:
        own = intervals.wilson(k=study.retained, n=study.total, level=level, side="two-sided")
        return {
            **row,
            "conf_low": float(own.lower),
            "conf_high": float(own.upper),
            "interval": "wilson",
        }
    half = float(normal_quantile(level=level, side="two-sided")) * study.logit_std_error
    return {
        **row,
        "std_error": study.std_error,
        "conf_low": float(special.expit(study.logit - half)),
        "conf_high": float(special.expit(study.logit + half)),
        "interval": "logit",
    }


def _people(size: float) -> str:
    """An effective size in words."""
    return "no stated number of people" if np.isnan(size) else f"{size:.1f} people"
