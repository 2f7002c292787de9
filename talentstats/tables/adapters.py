"""The door for fits: recognises who made an object, without importing any library."""

from typing import Any

from talentstats import checks
from talentstats.errors import InputError
from talentstats.tables import from_lifelines, from_posterior, from_results, from_statsmodels
from talentstats.tables.fit_columns import FitColumns, class_names, made_by


def fit_columns(fit: Any, *, level: float | None) -> tuple[FitColumns, ...]:
    """Return what a coefficient table needs to know of a fit.

    Parameters
    ----------
    fit : object
        One of our results (anything with `tidy` and `glance`), a fit of statsmodels or
        lifelines, or a tidy pandas frame.
    level : float or None
        Level of the intervals; None keeps each fit's own.

    Returns
    -------
    tuple of FitColumns
        One for each outcome.

    Raises
    ------
    InputError
        If the object is none of these.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"term": ["female"], "estimate": [0.3], "std_error": [0.1]})
    >>> (column,) = fit_columns(frame, level=None)
    >>> column.terms["estimate"].tolist()
    [0.3]
    """
    if level is not None:
        checks.level(level)
    if made_by(fit, "statsmodels"):
        return from_statsmodels.from_statsmodels(fit, level)
    if made_by(fit, "lifelines"):
        return from_lifelines.from_lifelines(fit, level)
    if "PosteriorFit" in class_names(fit):
        return from_posterior.from_posterior(fit, level)
    if callable(getattr(fit, "tidy", None)) and callable(getattr(fit, "glance", None)):
        return from_results.from_result(fit, level)
    if made_by(fit, "pandas") and hasattr(fit, "columns"):
        return from_results.from_frame(fit, level)
    raise InputError(
        f"{type(fit).__module__}.{type(fit).__qualname__} is not a fit that a table can read; "
        f"allowed are talentstats results, statsmodels ({from_statsmodels.SUPPORTED}), lifelines "
        f"({from_lifelines.SUPPORTED}), and pandas frames with the columns term, estimate and so "
        "on. Hint: put the estimates into such a frame."
    )
