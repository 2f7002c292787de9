"""Answers of `talentstats evidence`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from talentstats import checks
from talentstats.results.wording import percent, percent_range, points
from talentstats.retention import historical_text
from talentstats.retention.effective_size import EffectiveSampleSize
from talentstats.retention.historical_fit import fit_studies, shrunken_rates
from talentstats.retention.historical_predict import PredictedRetention, PriorDataConflict
from talentstats.retention.historical_prior import HistoricalPrior
from talentstats.retention.posterior import retention_posterior
from talentstats.retention.posterior_result import RetentionPosterior
from talentstats.stats.meta_prior import MetaPrior, new_quantile
from talentstats.summaries.counts import RetentionCounts

if TYPE_CHECKING:
    import pandas as pd

    from talentstats.tables.table import Table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """A historical prior, a cohort, and what they say of each other.

    Parameters
    ----------
    prior : HistoricalPrior
        What the published rates predict.
    counts : RetentionCounts
        The cohort.
    level : float
        Level of every interval.
    size : EffectiveSampleSize
        How many people the prior is worth.
    predicted : PredictedRetention
        How many were expected to stay.
    conflict : PriorDataConflict
        Whether as many as did were expected.
    without : tuple of (str, MetaPrior)
        The prior without each study; empty for a single one.
    posterior : RetentionPosterior
        The stay rate after prior and cohort.
    alone : RetentionPosterior
        The stay rate by the cohort alone, under the Jeffreys prior.
    """

    prior: HistoricalPrior
    counts: RetentionCounts
    level: float
    size: EffectiveSampleSize
    predicted: PredictedRetention
    conflict: PriorDataConflict
    without: tuple[tuple[str, MetaPrior], ...]
    posterior: RetentionPosterior
    alone: RetentionPosterior


def gather(prior: HistoricalPrior, counts: RetentionCounts, *, level: float) -> Evidence:
    """Work out all that is printed.

    Parameters
    ----------
    prior : HistoricalPrior
        The prior.
    counts : RetentionCounts
        The cohort.
    level : float
        Level of the intervals.

    Returns
    -------
    Evidence
        For every format.
    """
    without = []
    if len(prior.studies) > 1:
        for out in prior.studies:
            rest = [s for s in prior.studies if s is not out]
            without.append((out.id, fit_studies(rest, center=prior.center, tau=prior.tau_scale)))
    return Evidence(
        prior=prior,
        counts=counts,
        level=checks.level(level),
        size=prior.effective_sample_size(),
        predicted=prior.predict(counts.total),
        conflict=prior.prior_data_conflict(counts),
        without=tuple(without),
        posterior=retention_posterior(counts, prior=prior),
        alone=retention_posterior(counts, prior="jeffreys"),
    )


def text(found: Evidence) -> str:
    """Return the short readable answer, posterior first.

    Parameters
    ----------
    found : Evidence
        All that is said.

    Returns
    -------
    str
        Several lines.
    """
    lines = [found.posterior.sentence]
    if not found.counts.is_exact:
        lines.append(
            f"{found.counts.as_printed} of {found.counts.total} is printed by "
            f"{found.counts.retained_low} to {found.counts.retained_high} people."
        )
    lines += ["", found.prior.sentence, "", found.conflict.sentence, ""]
    rows = _rows(found)
    name = max(len(str(row["label"])) for row in rows)
    many = max(len(str(row["weight"])) for row in rows)
    for row in rows:
        limits = "" if np.isnan(row["low"]) else f"({percent_range(row['low'], row['high'])})"
        rest = [limits, str(row["weight"]).ljust(many), row["remark"]]
        shown = f"  {row['label']:<{name}}  {percent(row['estimate']):>6}  " + "  ".join(
            [rest[0].ljust(18), *rest[1:]]
        )
        lines.append(shown.rstrip())
    if found.size.reason:
        lines += ["", f"  {found.size.reason}"]
    return "\n".join(lines)


def document(found: Evidence) -> dict[str, Any]:
    """Return the JSON document.

    Parameters
    ----------
    found : Evidence
        All that is said.

    Returns
    -------
    dict
        As described by the schema in docs.
    """
    prior, ahead = found.prior, found.predicted
    outside = (1.0 - found.level) / 2.0
    low, high = _limits(prior.exact, found.level)
    studies = historical_text.tidy_rows(prior, level=found.level)[: len(prior.studies)]
    return {
        "command": "evidence",
        "retained": found.counts.retained,
        "total": found.counts.total,
        "horizon": prior.horizon,
        "level": found.level,
        "tau": prior.tau_scale,
        "robust": prior.robust_weight,
        "studies": [
            {
                "id": study.id,
                "label": study.label,
                "rate": study.rate,
                "low": row["conf_low"],
                "high": row["conf_high"],
                "likelihood": study.likelihood,
                "retained": study.retained,
                "total": study.total,
                "std_error": study.std_error,
                "shrunken": row["shrunken"],
                "note": study.note,
                "source": study.source_id,
            }
            for study, row in zip(prior.studies, studies, strict=True)
        ],
        "prediction": {
            "mean": prior.exact.rate_mean,
            "std_dev": prior.exact.rate_sd,
            "low": low,
            "high": high,
            "tau_mean": prior.exact.tau_mean,
            "tau_std_dev": prior.exact.tau_sd,
        },
        "mixture": [
            {"weight": w, "a": a, "b": b, "weight_after": after}
            for w, a, b, after in zip(
                prior.mixture.weights,
                prior.mixture.a,
                prior.mixture.b,
                found.posterior.mixture.weights,
                strict=True,
            )
        ],
        "approximation_error": prior.approximation_error,
        "effective_sample_size": {
            "moment": found.size.moment,
            "elir": found.size.elir,
            "morita": found.size.morita,
            "elir_scale": found.size.elir_scale,
            "reason": found.size.reason,
        },
        "new_cohort": {
            "mean": ahead.mean,
            "std_dev": ahead.std_dev,
            "low": ahead.quantile(outside),
            "median": ahead.quantile(0.5),
            "high": ahead.quantile(1.0 - outside),
        },
        "conflict": {
            "p_value": found.conflict.p_value,
            "at_most": found.conflict.at_most,
            "at_least": found.conflict.at_least,
            "sentence": found.conflict.sentence,
        },
        "leave_one_out": [
            {
                "left_out": name,
                "mean": exact.rate_mean,
                "low": _limits(exact, found.level)[0],
                "high": _limits(exact, found.level)[1],
                "tau_mean": exact.tau_mean,
                "shift": exact.rate_mean - prior.exact.rate_mean,
            }
            for name, exact in found.without
        ],
        "posterior": _posterior(found.posterior, found.level),
        "without_history": _posterior(found.alone, found.level),
        "notes": list(prior.notes),
        "sentence": found.posterior.sentence,
        "prior_sentence": prior.sentence,
        "sources": list(prior.provenance.sources),
        "version": prior.provenance.version,
    }


def frame(found: Evidence) -> "pd.DataFrame":
    """Return what CSV prints: studies, prediction, prior, the prior without each, posteriors.

    Parameters
    ----------
    found : Evidence
        All that is said.

    Returns
    -------
    pandas.DataFrame
        Full precision, in the vocabulary of results.
    """
    from talentstats.results.columns import tidy_frame

    rows = historical_text.tidy_rows(found.prior, level=found.level)
    common = {"conf_level": found.level, "interval": "eti"}
    for name, exact in found.without:
        low, high = _limits(exact, found.level)
        rows.append(
            {
                **common,
                "group": f"without {name}",
                "term": "new cohort",
                "estimate": exact.rate_mean,
                "std_error": exact.rate_sd,
                "conf_low": low,
                "conf_high": high,
            }
        )
    for posterior in (found.posterior, found.alone):
        low, high = posterior.mixture.limits(found.level)
        rows.append(
            {
                **common,
                "group": posterior.prior_name,
                "term": "posterior",
                "estimate": posterior.mean,
                "std_error": posterior.std_dev,
                "conf_low": low,
                "conf_high": high,
            }
        )
    return tidy_frame(rows)


def table(found: Evidence) -> "Table":
    """Return what Markdown, LaTeX and HTML print.

    Parameters
    ----------
    found : Evidence
        All that is said.

    Returns
    -------
    Table
        Studies, what they predict, without each, and the posteriors.
    """
    import pandas as pd

    from talentstats.tables.frame_table import frame_table

    shares = ("estimate", "low", "high")
    return frame_table(
        pd.DataFrame(_rows(found)),
        columns={
            "label": "",
            "estimate": "Stay rate",
            "low": f"{100 * found.level:g}% from",
            "high": "to",
            "weight": "People or standard error",
            "remark": "Remark",
        },
        formats=dict.fromkeys(shares, "percent"),
        caption=(
            f"{found.counts.retained} of {found.counts.total} at {found.prior.horizon:g} years, "
            "and what earlier studies predict"
        ),
        notes=(
            found.conflict.sentence,
            *found.prior.notes,
            *([found.size.reason + "."] if found.size.reason else []),
        ),
    )


def _rows(found: Evidence) -> list[dict[str, Any]]:
    """One row a study, then prediction, prior, the prediction without each study, posteriors."""
    prior, size = found.prior, found.size
    rows = []
    studies = historical_text.tidy_rows(prior, level=found.level)[: len(prior.studies)]
    shrunken = shrunken_rates(prior.studies, prior.exact)
    for study, row, pulled in zip(prior.studies, studies, shrunken, strict=True):
        weight = (
            f"{study.retained} of {study.total}"
            if study.std_error is None
            else f"se {100 * study.std_error:.1f} points"
        )
        limits = (row["conf_low"], row["conf_high"])
        rows.append(_row(study.id, study.rate, limits, weight, f"shrunken to {percent(pulled)}"))
    low, high = _limits(prior.exact, found.level)
    spread = f"spread between studies {prior.exact.tau_mean:.2f} on the logit"
    rows.append(_row("new cohort", prior.exact.rate_mean, (low, high), "", spread))
    worth = " · ".join(
        f"{name} " + ("none" if np.isnan(value) else f"{value:.1f}")
        for name, value in (
            ("moment", size.moment),
            (f"elir{' (logit)' if size.elir_scale == 'logit' else ''}", size.elir),
            ("morita", size.morita),
        )
    )
    vague = "" if prior.robust_weight is None else f", {prior.robust_weight:g} of it uniform"
    rows.append(
        _row(
            f"prior{vague}",
            prior.mixture.mean,
            prior.mixture.limits(found.level),
            "",
            f"worth people: {worth}",
        )
    )
    for name, exact in found.without:
        moved = f"{points(exact.rate_mean - prior.exact.rate_mean)} points"
        rows.append(
            _row(f"without {name}", exact.rate_mean, _limits(exact, found.level), "", moved)
        )
    for name, one in (("posterior", found.posterior), ("posterior, Jeffreys prior", found.alone)):
        counted = f"{one.counts.retained} of {one.counts.total}"
        rows.append(_row(name, one.mean, one.mixture.limits(found.level), counted, ""))
    return rows


def _row(
    label: str, estimate: float, limits: tuple[float, float], weight: str, remark: str
) -> dict[str, Any]:
    """One row as it is printed."""
    return {
        "label": label,
        "estimate": estimate,
        "low": limits[0],
        "high": limits[1],
        "weight": weight,
        "remark": remark,
    }


def _limits(exact: MetaPrior, level: float) -> tuple[float, float]:
    """Limits of a new cohort's rate."""
    outside = (1.0 - level) / 2.0
    low, high = new_quantile(exact, prob=[outside, 1.0 - outside])
    return float(low), float(high)


def _posterior(found: RetentionPosterior, level: float) -> dict[str, Any]:
    """Return a posterior as JSON."""
    low, high = found.mixture.limits(level)
    return {
        "prior": found.prior_name,
        "mean": found.mean,
        "std_dev": found.std_dev,
        "median": found.median,
        "low": low,
        "high": high,
        "log_evidence": found.log_evidence,
    }
