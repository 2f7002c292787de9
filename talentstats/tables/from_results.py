"""Our own results, and any frame in their vocabulary."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from talentstats.errors import InputError
from talentstats.results.columns import ESTIMATE_COLUMNS, KEY_COLUMNS
from talentstats.tables.fit_columns import FitColumns

if TYPE_CHECKING:
    import pandas as pd


def from_result(fit: Any, level: float | None) -> tuple[FitColumns, ...]:
    """Return the columns of a result with `tidy` and `glance`.

    Parameters
    ----------
    fit : Result
        Any object with both methods.
    level : float or None
        Level of the intervals, recomputed by the result; None keeps its default.

    Returns
    -------
    tuple of FitColumns
        One for each outcome.
    """
    frame = fit.tidy() if level is None else fit.tidy(level=level)
    statistics = {str(name): value for name, value in fit.glance().iloc[0].items()}
    provenance = getattr(fit, "provenance", None)
    return _columns(
        frame,
        statistics=statistics,
        model=getattr(fit, "model", getattr(provenance, "function", type(fit).__name__)),
        estimand=getattr(fit, "estimand", None),
        std_errors=getattr(fit, "std_errors", ""),
        references=getattr(fit, "reference_rows", {}),
        notes=(*_provenance_notes(provenance), *_regression_notes(fit)),
    )


def from_frame(frame: "pd.DataFrame", level: float | None) -> tuple[FitColumns, ...]:
    """Return the columns of a tidy frame, taken as it stands.

    Parameters
    ----------
    frame : pandas.DataFrame
        Holds at least `term` and `estimate`; the rest of the vocabulary as it applies, and
        `estimand` ("log odds ratio") for the note.
    level : float or None
        Level that the table asks for; None accepts the frame's.

    Returns
    -------
    tuple of FitColumns
        One for each outcome.

    Raises
    ------
    InputError
        If the frame's intervals have another level, which a frame cannot recompute.
    """
    columns = _columns(
        frame, statistics={}, model="", estimand=None, std_errors="", references={}, notes=()
    )
    found = {float(v) for c in columns for v in c.terms["conf_level"].dropna().unique()}
    others = sorted(value for value in found if level is not None and abs(value - level) > 1e-9)
    if others:
        raise InputError(
            f"The frame holds intervals of level {others[0]:g}, the table asks for {level:g}; a "
            f"frame cannot recompute them. Hint: level={others[0]:g}, or level=None for each "
            "column's own."
        )
    return columns


def _columns(
    frame: "pd.DataFrame",
    *,
    statistics: dict[str, Any],
    model: str,
    estimand: str | None,
    std_errors: str,
    references: Mapping[str, str],
    notes: tuple[str, ...],
) -> tuple[FitColumns, ...]:
    """Return one column for each outcome of a tidy frame."""
    missing = [name for name in ("term", "estimate") if name not in frame.columns]
    if missing:
        raise InputError(
            f"The frame lacks {' and '.join(missing)} (it has {', '.join(map(str, frame.columns))})"
            f"; needed are term and estimate, useful {', '.join(ESTIMATE_COLUMNS[2:])}. "
            "Hint: rename its columns."
        )
    if frame.empty:
        raise InputError("The frame has no rows; needed is at least one term.")
    split = "outcome" in frame.columns and frame["outcome"].notna().any()
    parts = (
        [(str(name), part) for name, part in frame.groupby("outcome", sort=False)]
        if split
        else [("", frame)]
    )
    named = _estimand(frame) if estimand is None else estimand
    return tuple(
        FitColumns(
            model=model,
            outcome=outcome,
            terms=_terms(part),
            statistics=statistics,
            estimand=named,
            ratio=_ratio(named),
            std_errors=std_errors,
            references=references,
            notes=notes,
        )
        for outcome, part in parts
    )


def _terms(part: "pd.DataFrame") -> "pd.DataFrame":
    """Return the vocabulary columns with terms made unique by the keys that vary."""
    columns = ["component", *ESTIMATE_COLUMNS, "p_direction"]
    terms = part.reindex(columns=columns).reset_index(drop=True)
    terms["component"] = terms["component"].astype("object").fillna("").astype(str)
    names = part["term"].astype(str).reset_index(drop=True)
    for key in (*(k for k in KEY_COLUMNS if k != "outcome"), "interval"):
        if key in part.columns and names.duplicated().any() and part[key].nunique() > 1:
            names = names + ", " + part[key].map(_shown).reset_index(drop=True)
    repeated = names[(terms["component"] + names).duplicated()]
    if not repeated.empty:
        raise InputError(
            f"Term {repeated.iloc[0]!r} stands in the frame more than once; allowed is one row a "
            "term, group, time, state and outcome. Hint: filter the frame first."
        )
    terms["term"] = names
    numeric = [name for name in columns[1:] if name not in {"term", "interval"}]
    terms[numeric] = terms[numeric].astype(np.float64)
    return terms


def _shown(value: Any) -> str:
    """Return a key as text: 5.0 years as 5."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _estimand(frame: "pd.DataFrame") -> str:
    """Return what the frame says that it estimates."""
    if "estimand" not in frame.columns:
        return ""
    return ", ".join(dict.fromkeys(frame["estimand"].dropna().astype(str)))


def _ratio(estimand: str) -> str | None:
    """Return what the exponential estimates; None if the estimate is a ratio already."""
    if estimand.startswith("log "):
        return estimand.removeprefix("log ")
    if estimand.endswith(" ratio"):
        return None
    return f"exponentiated {estimand or 'estimate'}"


def _regression_notes(fit: Any) -> tuple[str, ...]:
    """Return what a regression says of its errors, penalty and events per parameter."""
    return tuple(fit.notes) if hasattr(fit, "std_errors") and hasattr(fit, "notes") else ()


def _provenance_notes(provenance: Any) -> tuple[str, ...]:
    """Return method and sources."""
    notes = []
    if getattr(provenance, "method", ""):
        notes.append(f"Method: {provenance.method}.")
    if getattr(provenance, "sources", ()):
        notes.append(f"Sources: {', '.join(provenance.sources)}.")
    return tuple(notes)
