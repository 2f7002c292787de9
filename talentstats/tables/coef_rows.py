"""Rows of a coefficient table: estimates, what stands below them, panels, statistics."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from talentstats.errors import InputError
from talentstats.tables.coef_columns import CoefColumn, components, stars_for
from talentstats.tables.from_posterior import RECORDS, SPREAD, VARYING
from talentstats.tables.grid import Cell, Row, Text, plain
from talentstats.tables.numbers import decimals_for, format_interval, format_number, format_p

# What stands above the terms of a component.
_PANELS = {
    "threshold": "Thresholds",
    "duration": "Baseline by duration (log scale)",
    SPREAD: "Spread of what varies (log scale)",
    RECORDS: "What is recorded",
}
_STATISTIC_LABELS = {
    "n": "N",
    "people": "People",
    "events": "Events",
    "person_years": "Person-years",
    "events_per_parameter": "Events per parameter",
    "clusters": "Clusters",
    "dispersion": "Dispersion",
    "periods": "Periods",
    "total": "Total",
    "cells": "Cells",
    "empty_cells": "Cells without people",
    "draws": "Chains × draws",
    "divergences": "Divergences",
    "max_rhat": "Largest R-hat",
    "min_ess": "Fewest effective draws",
    "e_bfmi": "Lowest E-BFMI",
    "elpd": "ELPD, a person left out",
    "elpd_std_error": "Standard error of ELPD",
    "share_k_high": "Share with Pareto k too high",
    "log_likelihood": "Log likelihood",
    "log_likelihood_partial": "Log partial likelihood",
    "aic": "AIC",
    "aic_partial": "AIC (partial likelihood)",
    "bic": "BIC",
    "r2": "R²",
    "r2_adjusted": "Adjusted R²",
    "pseudo_r2": "Pseudo R² (McFadden)",
    "deviance": "Deviance",
    "concordance": "Concordance",
    "lr_p_value": "p (likelihood ratio)",
    "wald_p_value": "p (Wald)",
    "score_p_value": "p (score)",
    "f_p_value": "p (F)",
}
# Statistics of which a reader wants one decimal.
_ROUND = frozenset({"person_years", "events_per_parameter", "elpd", "elpd_std_error"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellStyle:
    """How the cells of the estimates are written.

    Parameters
    ----------
    measures : Sequence of str
        What stands below each estimate.
    rule : Sequence of (str, float)
        Marks and thresholds, from `star_rule`.
    digits : int
        Decimals, or significant digits of the standard error.
    rounding : str
        "decimals" or "uncertainty": what `digits` counts.
    """

    measures: Sequence[str]
    rule: Sequence[tuple[str, float]]
    digits: int
    rounding: str


def body_rows(
    kept: Sequence[str],
    columns: Sequence[CoefColumn],
    style: CellStyle,
    *,
    labels: Mapping[str, Text],
    references: Mapping[str, Text],
) -> list[Row]:
    """Return coefficients first, then a panel for each other component.

    Parameters
    ----------
    kept : Sequence of str
        Tokens of the terms in their order.
    columns : Sequence of CoefColumn
        All columns.
    style : CellStyle
        How cells are written.
    labels : Mapping of str to str or Raw
        What to print for terms and components.
    references : Mapping of str to str or Raw
        Labels of reference rows by the term that they precede.

    Returns
    -------
    list of Row
        The body.
    """
    origin = {name: row for column in columns for name, row in column.terms.items()}
    rows: list[Row] = []
    for component in ["", *components(columns)]:
        names = [name for name in kept if origin[name]["component"] == component]
        if component and names:
            rows.append(Row("panel", labels.get(component, _panel(component))))
        for stub, shared in _shared_rows(names, origin, labels, columns).items():
            reference = next((name for name in shared if name in references), None)
            terms = [next((c.terms[n] for n in shared if n in c.terms), None) for c in columns]
            if reference is not None:
                cells = tuple(Cell("" if term is None else "ref.") for term in terms)
                rows.append(Row("reference", references[reference], cells, "estimate"))
            rows += _term_rows(terms, stub, style)
    return rows


def statistic_row(
    name: str, groups: Sequence[Sequence[CoefColumn]], *, labels: Mapping[str, Text]
) -> Row:
    """Return one row at the foot; a fit with several outcomes has one cell across them.

    Parameters
    ----------
    name : str
        The statistic.
    groups : Sequence of Sequence of CoefColumn
        The columns of each fit.
    labels : Mapping of str to str or Raw
        What to print for it.

    Returns
    -------
    Row
        Empty where a fit does not have the statistic.
    """
    stub = labels.get(name, _STATISTIC_LABELS.get(name, name))
    cells = tuple(
        Cell(_statistic(name, g[0].fit.statistics.get(name)), numeric=True, span=len(g))
        for g in groups
    )
    return Row("statistic", stub, cells, name)


def prior_rows(
    kept: Sequence[str], columns: Sequence[CoefColumn], *, labels: Mapping[str, Text]
) -> list[Row]:
    """Return a panel of the priors that somebody chose; empty where no column has any.

    Parameters
    ----------
    kept : Sequence of str
        Tokens of the terms in their order.
    columns : Sequence of CoefColumn
        All columns.
    labels : Mapping of str to str or Raw
        What to print for terms.

    Returns
    -------
    list of Row
        One row a parameter, below a heading.
    """
    rows = []
    for name in kept:
        terms = [column.terms.get(name) for column in columns]
        if any(term is not None and term.get("prior") for term in terms):
            stub = labels.get(name, next(str(t["term"]) for t in terms if t is not None))
            cells = _cells(terms, lambda term: Cell("" if term is None else term.get("prior", "")))
            rows.append(Row("row", stub, cells, "prior"))
    return [Row("panel", "Priors (log scale)"), *rows] if rows else []


def _panel(component: str) -> str:
    """Return what stands above the terms of a component."""
    if component.startswith(VARYING):
        return f"{component[:1].upper()}{component[1:]} (log scale)"
    return _PANELS.get(component, f"Parameter {component}")


def _cells(
    terms: Sequence[Mapping[Any, Any] | None], make: Callable[[Mapping[Any, Any] | None], Cell]
) -> tuple[Cell, ...]:
    """Return one cell a term; a term of several outcomes spans their columns."""
    cells: list[Cell] = []
    covered = 0
    for term in terms:
        if covered:
            covered -= 1
            continue
        span = 1 if term is None else int(term.get("span", 1))
        cells.append(replace(make(term), span=span))
        covered = span - 1
    return tuple(cells)


def _shared_rows(
    names: Sequence[str],
    origin: Mapping[str, Mapping[Any, Any]],
    labels: Mapping[str, Text],
    columns: Sequence[CoefColumn],
) -> dict[Text, list[str]]:
    """Return the terms of each label: "const" and "Intercept" may share "Constant"."""
    shared: dict[Text, list[str]] = {}
    for name in names:
        shared.setdefault(labels.get(name, str(origin[name]["term"])), []).append(name)
    for label, members in shared.items():
        for column in columns:
            both = [name for name in members if name in column.terms]
            if len(both) > 1:
                raise InputError(
                    f"{column.name} has both {' and '.join(both)}, which are labelled "
                    f"{plain(label)!r}; allowed is one term a label in each fit. "
                    "Hint: give them different labels."
                )
    return shared


def _term_rows(
    terms: Sequence[Mapping[Any, Any] | None], stub: Text, style: CellStyle
) -> list[Row]:
    """Return the row of the estimates and those below it that say anything."""
    rows = [Row("estimate", stub, _cells(terms, lambda t: _estimate(t, style)), "estimate")]
    for measure in style.measures:
        cells = _cells(terms, partial(_below_cell, measure=measure, style=style))
        if any(cell.text for cell in cells):
            rows.append(Row("below", "", cells, measure))
    return rows


def _below_cell(term: Mapping[Any, Any] | None, *, measure: str, style: CellStyle) -> Cell:
    """Return the cell of what stands below an estimate."""
    text = "" if term is None else _below(term, measure, _decimals(term, style))
    return Cell(text, numeric=True)


def _decimals(term: Mapping[Any, Any], style: CellStyle) -> int:
    """Return the decimals of one term."""
    if style.rounding == "decimals":
        return style.digits
    return decimals_for(term["std_error"], digits=style.digits)


def _estimate(term: Mapping[Any, Any] | None, style: CellStyle) -> Cell:
    """Return the estimate with its stars; empty where a column lacks the term."""
    if term is None:
        return Cell()
    text = format_number(term["estimate"], decimals=_decimals(term, style))
    return Cell(text, stars=stars_for(term["p_value"], style.rule), numeric=True)


def _below(term: Mapping[Any, Any], measure: str, decimals: int) -> str:
    """Return what stands below an estimate; empty where it does not apply."""
    if measure == "interval":
        return format_interval(term["conf_low"], term["conf_high"], decimals=decimals)
    if measure == "p_value":
        name, value = "p", term["p_value"]
        if math.isnan(value):
            name, value = "pd", term.get("p_direction", float("nan"))
        shown = format_p(value)
        if shown[:1] in {"<", ">"}:
            return f"{name} {shown[0]} {shown[1:]}"
        return f"{name} = {shown}" if shown else ""
    shown = format_number(term[measure], decimals=2 if measure == "statistic" else decimals)
    brackets = "{}" if measure == "statistic" else "()"
    return f"{brackets[0]}{shown}{brackets[1]}" if shown else ""


def _statistic(name: str, value: Any) -> str:
    """Return a statistic as text: counts whole, p-values exact, large numbers with one decimal."""
    if value is None:
        return ""
    if isinstance(value, str | bool):
        return str(value)
    number = float(value)
    if name.endswith("p_value"):
        return format_p(number)
    decimals = 0 if number.is_integer() else 1 if abs(number) >= 100 or name in _ROUND else 3
    return format_number(number, decimals=decimals, thousands=True)
