"""Fits of statsmodels: read from what the fitted object carries, never refitted."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from talentstats.errors import InputError
from talentstats.tables.fit_columns import DEFAULT_LEVEL, FitColumns, class_names, terms_frame

SUPPORTED = "OLS, WLS, GLS, GLM, Logit, Probit, Poisson, MNLogit, OrderedModel, PHReg"

# Model class: what was fitted, what a coefficient estimates, what its exponential estimates.
_MODELS: dict[str, tuple[str, str, str | None]] = {
    "Logit": ("Logit", "log odds ratio", "odds ratio"),
    "Probit": ("Probit", "probit coefficient", None),
    "Poisson": ("Poisson", "log rate ratio", "rate ratio"),
    "MNLogit": ("Multinomial logit", "log relative-risk ratio", "relative-risk ratio"),
    "PHReg": ("Cox", "log hazard ratio", "hazard ratio"),
    "OLS": ("OLS", "coefficient", "exponentiated coefficient"),
    "WLS": ("WLS", "coefficient", "exponentiated coefficient"),
    "GLS": ("GLS", "coefficient", "exponentiated coefficient"),
}
_LINKS: dict[tuple[str, str], tuple[str, str | None]] = {
    ("Binomial", "Logit"): ("log odds ratio", "odds ratio"),
    ("Binomial", "Log"): ("log risk ratio", "risk ratio"),
    ("Binomial", "CLogLog"): ("log hazard ratio (grouped time)", "hazard ratio (grouped time)"),
    ("Poisson", "Log"): ("log rate ratio", "rate ratio"),
}
_COVARIANCES = {
    "nonrobust": "model-based",
    "naive": "model-based",
    "cluster": "cluster-robust",
    "HAC": "robust to heteroskedasticity and autocorrelation (HAC)",
}
# Our name: the attributes that hold it, first found first used. bic_llf comes first since the
# `bic` of older GLM fits is based on the deviance and compares with nothing else.
_STATISTICS = {
    "n": ("nobs",),
    "log_likelihood": ("llf",),
    "aic": ("aic",),
    "bic": ("bic_llf", "bic"),
    "r2": ("rsquared",),
    "r2_adjusted": ("rsquared_adj",),
    "pseudo_r2": ("prsquared",),
    "deviance": ("deviance",),
    "lr_p_value": ("llr_pvalue",),
    "f_p_value": ("f_pvalue",),
}


def from_statsmodels(fit: Any, level: float | None) -> tuple[FitColumns, ...]:
    """Return the columns of a statsmodels fit.

    Parameters
    ----------
    fit : statsmodels results
        A fitted model, with or without its wrapper.
    level : float or None
        Level of the intervals; None means 0.95.

    Returns
    -------
    tuple of FitColumns
        One for each equation: several for MNLogit, otherwise one.

    Raises
    ------
    InputError
        If the object is not a supported fit.
    """
    model = getattr(fit, "model", None)
    if model is None or not hasattr(fit, "params"):
        raise InputError(
            f"{type(fit).__name__} of statsmodels is not a fit; allowed is what .fit() returns, of "
            f"{SUPPORTED}. Hint: call .fit() first."
        )
    # By its own class: descendants such as GEE carry other statistics under the same names.
    known = class_names(model)[0]
    supported = known in _MODELS or known in {"GLM", "OrderedModel"}
    if not supported or not (hasattr(fit, "bse") and hasattr(fit, "pvalues")):
        raise InputError(
            f"A fit of {known} ({type(fit).__name__}) of statsmodels is not supported; allowed "
            f"are unpenalized fits of {SUPPORTED}. Hint: pass a frame with the columns term, "
            "estimate, std_error, p_value, conf_low, conf_high, conf_level."
        )
    chosen = DEFAULT_LEVEL if level is None else level
    if known == "MNLogit":
        return _multinomial(fit, chosen)
    if known == "OrderedModel":
        return (_ordered(fit, chosen),)
    kind, estimand, ratio = _generalized(model) if known == "GLM" else _MODELS[known]
    terms = terms_frame(term=list(model.exog_names), **_arrays(fit, chosen))
    return (
        FitColumns(
            model=kind,
            terms=terms,
            statistics=_statistics(fit),
            estimand=estimand,
            ratio=ratio,
            std_errors=_std_errors(fit),
        ),
    )


def _arrays(fit: Any, level: float) -> dict[str, Any]:
    """Return what the fit reports, in the order of its parameters."""
    return {
        "estimate": np.asarray(fit.params),
        "std_error": np.asarray(fit.bse),
        "statistic": np.asarray(fit.tvalues),
        "p_value": np.asarray(fit.pvalues),
        "limits": np.asarray(fit.conf_int(alpha=1 - level)),
        "level": level,
        "interval": "wald",
    }


def _generalized(model: Any) -> tuple[str, str, str | None]:
    """Return kind, estimand and ratio of a GLM by its family and link."""
    family, link = class_names(model.family)[0], class_names(model.family.link)[0]
    if link == "Log":
        estimand, ratio = _LINKS.get((family, link), ("log mean ratio", "mean ratio"))
    elif link == "Identity":
        estimand, ratio = "coefficient", "exponentiated coefficient"
    else:
        estimand, ratio = _LINKS.get((family, link), (f"{link.lower()}-link coefficient", None))
    return f"GLM ({family}, {link} link)", estimand, ratio


def _multinomial(fit: Any, level: float) -> tuple[FitColumns, ...]:
    """Return one column for each outcome but the base."""
    names = [str(name) for _, name in sorted(fit.model._ynames_map.items())]
    arrays = _arrays(fit, level)
    count = len(names) - 1
    limits = arrays.pop("limits").reshape(count, -1, 2)
    kind, estimand, ratio = _MODELS["MNLogit"]
    columns = []
    for position, outcome in enumerate(names[1:]):
        single: dict[str, Any] = {
            name: value[:, position] if isinstance(value, np.ndarray) else value
            for name, value in arrays.items()
        }
        terms = terms_frame(term=list(fit.model.exog_names), limits=limits[position], **single)
        columns.append(
            FitColumns(
                model=kind,
                outcome=outcome,
                terms=terms,
                statistics=_statistics(fit),
                estimand=estimand,
                ratio=ratio,
                std_errors=_std_errors(fit),
                notes=(f"The base outcome is {names[0]}.",),
            )
        )
    return tuple(columns)


def _ordered(fit: Any, level: float) -> FitColumns:
    """Return slopes and thresholds; statsmodels holds the latter as log increments."""
    slopes = int(fit.model.k_vars)
    arrays = _arrays(fit, level)
    cuts, cut_errors = _thresholds(arrays["estimate"], np.asarray(fit.cov_params()), slopes)
    half = ndtri((1 + level) / 2) * cut_errors
    for name, values in (("estimate", cuts), ("std_error", cut_errors)):
        arrays[name] = np.concatenate([arrays[name][:slopes], values])
    # That a threshold is zero is no hypothesis of interest: no test is shown for it.
    for name in ("statistic", "p_value"):
        arrays[name] = np.concatenate([arrays[name][:slopes], np.full(cuts.size, np.nan)])
    arrays["limits"] = np.vstack(
        [arrays["limits"][:slopes], np.column_stack([cuts - half, cuts + half])]
    )
    distribution = getattr(fit.model.distr, "name", "")
    kind, estimand, ratio = {
        "logistic": ("Ordered logit", "log odds ratio", "odds ratio"),
        "norm": ("Ordered probit", "probit coefficient", None),
    }.get(distribution, ("Ordered model", "coefficient", None))
    return FitColumns(
        model=kind,
        terms=terms_frame(
            term=list(fit.model.exog_names),
            component=[""] * slopes + ["threshold"] * cuts.size,
            **arrays,
        ),
        statistics=_statistics(fit),
        estimand=estimand,
        ratio=ratio,
        std_errors=_std_errors(fit),
        notes=("Thresholds on the latent scale; their standard errors by the delta method.",),
    )


def _thresholds(
    params: NDArray[np.float64], covariance: NDArray[np.float64], slopes: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (m,) thresholds and standard errors from the first one and log increments."""
    free = params[slopes:]
    steps = np.concatenate([free[:1], np.exp(free[1:])])
    # d threshold_j / d free_i: 1 for the first parameter, the increment itself for i <= j.
    slope_of_step = np.concatenate([[1.0], steps[1:]])
    gradient = np.tril(np.ones((free.size, free.size))) * slope_of_step
    inner = covariance[slopes:, slopes:]
    variances = np.einsum("ji,ik,jk->j", gradient, inner, gradient)
    return np.cumsum(steps), np.sqrt(variances)


def _statistics(fit: Any) -> dict[str, Any]:
    """Return the statistics that the fit carries, under our names."""
    found: dict[str, Any] = {}
    for name, attributes in _STATISTICS.items():
        value = next((v for a in attributes if (v := getattr(fit, a, None)) is not None), None)
        if value is not None:
            found[name] = float(value)
    status = getattr(fit.model, "status", None)
    if "PHReg" in class_names(fit.model):
        found["n"] = float(len(fit.model.endog))
        found["events"] = found["n"] if status is None else float(np.sum(status))
        found["log_likelihood_partial"] = found.pop("log_likelihood")
    return found


def _std_errors(fit: Any) -> str:
    """Return the kind of the standard errors."""
    if getattr(fit, "groups", None) is not None and "PHReg" in class_names(fit.model):
        return "cluster-robust"
    kind = str(getattr(fit, "cov_type", "nonrobust"))
    if kind.startswith("HC"):
        return f"heteroskedasticity-robust ({kind})"
    return _COVARIANCES.get(kind, kind)
