"""Fits of lifelines: read from the summary of the fitted object, whatever its alpha."""

from typing import Any

import numpy as np
from scipy.special import ndtri

from talentstats.errors import InputError
from talentstats.tables.fit_columns import FitColumns, class_names, terms_frame

SUPPORTED = (
    "CoxPHFitter, CoxTimeVaryingFitter, WeibullAFTFitter, LogNormalAFTFitter, LogLogisticAFTFitter"
)

# The BIC of lifelines is left out on purpose: release 0.30 counts the distribution's
# parameters in its penalty, not the coefficients.
_STATISTICS = {
    "log_likelihood": "log_likelihood_",
    "aic": "AIC_",
    "aic_partial": "AIC_partial_",
    "concordance": "concordance_index_",
}


def from_lifelines(fit: Any, level: float | None) -> tuple[FitColumns, ...]:
    """Return the column of a lifelines regression.

    Parameters
    ----------
    fit : lifelines fitter
        A fitted regression.
    level : float or None
        Level of the intervals; None keeps the fit's own, 1 - alpha.

    Returns
    -------
    tuple of FitColumns
        Exactly one. Parameters other than the primary one form components of their own.

    Raises
    ------
    InputError
        If the object is not a supported fit.
    """
    names = class_names(fit)
    if "RegressionFitter" not in names:
        raise InputError(
            f"{names[0]} of lifelines is not a regression; allowed are {SUPPORTED}. "
            "Hint: a survival curve goes into frame_table."
        )
    if getattr(fit, "params_", None) is None:
        raise InputError(f"{names[0]} is not fitted; allowed is a fit. Hint: call .fit() first.")
    summary = fit.summary
    chosen = 1 - fit.alpha if level is None else level
    estimate = summary["coef"].to_numpy(dtype=np.float64)
    std_error = summary["se(coef)"].to_numpy(dtype=np.float64)
    half = ndtri((1 + chosen) / 2) * std_error
    component, term = _split(summary.index, _primary(fit))
    kind, estimand, ratio = _meaning(names)
    terms = terms_frame(
        term=term,
        component=component,
        estimate=estimate,
        std_error=std_error,
        statistic=summary["z"].to_numpy(dtype=np.float64),
        p_value=summary["p"].to_numpy(dtype=np.float64),
        limits=np.column_stack([estimate - half, estimate + half]),
        level=chosen,
        interval="wald",
    )
    return (
        FitColumns(
            model=kind,
            terms=terms,
            statistics=_statistics(fit),
            estimand=estimand,
            ratio=ratio,
            std_errors=_std_errors(fit),
            notes=_notes(fit),
        ),
    )


def _primary(fit: Any) -> str:
    """Return the name of the parameter whose covariates are the coefficients of interest."""
    if "CoxPHFitter" in class_names(fit):
        return "beta_"
    return str(getattr(fit, "_primary_parameter_name", ""))


def _split(index: Any, primary: str) -> tuple[list[str], list[str]]:
    """Return components and terms of a flat or a two-level index."""
    if index.nlevels == 1:
        return [""] * len(index), [str(name) for name in index]
    pairs = [(str(parameter), str(name)) for parameter, name in index]
    return ["" if p == primary else p for p, _ in pairs], [name for _, name in pairs]


def _meaning(names: tuple[str, ...]) -> tuple[str, str, str | None]:
    """Return kind, estimand and ratio."""
    if "CoxTimeVaryingFitter" in names:
        return "Cox, time-varying", "log hazard ratio", "hazard ratio"
    if "CoxPHFitter" in names:
        return "Cox", "log hazard ratio", "hazard ratio"
    aft = next((name for name in names if name.endswith("AFTFitter")), "")
    if aft:
        return f"{aft.removesuffix('AFTFitter')} AFT", "log time ratio", "time ratio"
    return names[0].removesuffix("Fitter"), "coefficient", "exponentiated coefficient"


def _statistics(fit: Any) -> dict[str, Any]:
    """Return the statistics that the fit carries; some raise where they do not apply."""
    observed = np.asarray(fit.event_observed)
    found: dict[str, Any] = {"n": float(observed.size)}
    # Under interval censoring `event_observed` marks exact times; an event has a finite end.
    if hasattr(fit, "upper_bound"):
        found["events"] = float(np.isfinite(fit.upper_bound).sum())
    elif getattr(getattr(fit, "_censoring_type", None), "name", "RIGHT") == "RIGHT":
        found["events"] = float(observed.sum())
    subjects = getattr(fit, "_n_unique", None)
    if subjects is not None:
        found |= {"n": float(subjects), "periods": float(observed.size)}
    for name, attribute in _STATISTICS.items():
        # lifelines answers an AIC that does not apply with an error of its own class.
        try:
            found[name] = float(getattr(fit, attribute))
        except Exception:
            continue
    if "aic_partial" in found:
        found["log_likelihood_partial"] = found.pop("log_likelihood")
    return found


def _std_errors(fit: Any) -> str:
    """Return the kind of the standard errors."""
    if getattr(fit, "cluster_col", None):
        return f"cluster-robust (by {fit.cluster_col})"
    return "robust (sandwich)" if getattr(fit, "robust", False) else "model-based"


def _notes(fit: Any) -> tuple[str, ...]:
    """Return what a reader has to know of strata and penalty."""
    notes = []
    strata = getattr(fit, "strata", None)
    if strata is not None:
        listed = [strata] if isinstance(strata, str) else list(strata)
        notes.append(f"Baseline hazards stratified by {', '.join(map(str, listed))}.")
    if np.any(np.asarray(fit.penalizer) > 0):
        shown = f" ({fit.penalizer:g})" if np.ndim(fit.penalizer) == 0 else ""
        notes.append(f"Penalized fit{shown}: estimates are shrunk towards zero.")
    return tuple(notes)
