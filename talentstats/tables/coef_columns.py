"""Columns of a coefficient table: tokens for the terms, exponentiation, stars."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from talentstats import checks
from talentstats.errors import InputError
from talentstats.tables.fit_columns import FitColumns

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoefColumn:
    """One column with its place in the table.

    Parameters
    ----------
    fit : FitColumns
        The numbers, exponentiated if that was asked.
    name : str
        Label of the fit, as the notes call it.
    exponentiated : bool
        Whether the coefficients are exponentials.
    terms : Mapping of str to Mapping
        The rows of `fit.terms` by token: the term, or "component: term".
    """

    fit: FitColumns
    name: str
    exponentiated: bool
    terms: Mapping[str, Mapping[Any, Any]]


def coef_column(fit: FitColumns, *, name: str, exponentiate: bool) -> CoefColumn:
    """Return a column, its coefficients exponentiated if asked.

    Parameters
    ----------
    fit : FitColumns
        The column as the fit has it.
    name : str
        Label of the fit.
    exponentiate : bool
        Whether to exponentiate; thresholds and ancillary parameters stay as they are.

    Returns
    -------
    CoefColumn
        The column.
    """
    shown = replace(fit, terms=_exponentials(fit, name)) if exponentiate else fit
    terms = {token(row): row for row in shown.terms.to_dict(orient="records")}
    return CoefColumn(fit=shown, name=name, exponentiated=exponentiate, terms=terms)


def only_terms(column: CoefColumn, kept: Collection[str]) -> CoefColumn:
    """Return a column without the terms that are not shown, of which no note should speak.

    Parameters
    ----------
    column : CoefColumn
        All its terms.
    kept : Collection of str
        Tokens of the terms that are shown.

    Returns
    -------
    CoefColumn
        The column.
    """
    terms = {name: row for name, row in column.terms.items() if name in kept}
    shown = [name in kept for name in column.terms]
    return replace(column, terms=terms, fit=replace(column.fit, terms=column.fit.terms[shown]))


def token(row: Mapping[Any, Any]) -> str:
    """Return the name by which order, omit and labels know a term.

    Parameters
    ----------
    row : Mapping
        A row with `component` and `term`.

    Returns
    -------
    str
        The term, or "component: term".

    Examples
    --------
    >>> token({"component": "", "term": "age"}), token({"component": "rho_", "term": "Intercept"})
    ('age', 'rho_: Intercept')
    """
    return f"{row['component']}: {row['term']}" if row["component"] else str(row["term"])


def components(columns: Sequence[CoefColumn]) -> list[str]:
    """Return the parts of the models besides the coefficients, in order of appearance.

    Parameters
    ----------
    columns : Sequence of CoefColumn
        All columns.

    Returns
    -------
    list of str
        Names such as "threshold" or "rho_".
    """
    found = dict.fromkeys(str(c) for column in columns for c in column.fit.terms["component"])
    return [name for name in found if name]


def star_rule(stars: Mapping[str, float] | None) -> list[tuple[str, float]]:
    """Return marks and thresholds, the largest threshold first.

    Parameters
    ----------
    stars : Mapping of str to float, or None
        Threshold of each mark.

    Returns
    -------
    list of (str, float)
        Empty for None.
    """
    rule = [(m, checks.rate(t, name=f"stars[{m!r}]")) for m, t in (stars or {}).items()]
    return sorted(rule, key=lambda pair: -pair[1])


def stars_for(p_value: float, rule: Sequence[tuple[str, float]]) -> str:
    """Return the mark of the smallest threshold that the unrounded p-value is below.

    Parameters
    ----------
    p_value : float
        The p-value; NaN has no mark.
    rule : Sequence of (str, float)
        From `star_rule`.

    Returns
    -------
    str
        The mark, or nothing.

    Examples
    --------
    >>> rule = star_rule({"**": 0.01, "*": 0.05})
    >>> stars_for(0.04999, rule), stars_for(0.05, rule), stars_for(0.001, rule)
    ('*', '', '**')
    """
    passed = [mark for mark, threshold in rule if p_value < threshold]
    return passed[-1] if passed else ""


def _exponentials(fit: FitColumns, name: str) -> "pd.DataFrame":
    """Return the terms with exponentiated estimates and limits, and delta-method errors."""
    if fit.ratio is None:
        raise InputError(
            f"exponentiate has no meaning for {name} ({fit.model}, {fit.estimand}); allowed are "
            "coefficients on a log scale. Hint: exponentiate=[...] has one entry a fit."
        )
    if (fit.terms["interval"] == "hdi").any():
        raise InputError(
            f"exponentiate cannot carry the highest-density intervals of {name}: their "
            "exponentials are not highest-density intervals. Hint: use equal-tailed intervals."
        )
    terms = fit.terms.copy()
    own = terms["component"] == ""
    with np.errstate(over="ignore", invalid="ignore"):
        ratio = np.exp(terms.loc[own, "estimate"])
        terms.loc[own, "std_error"] = ratio * terms.loc[own, "std_error"]
        terms.loc[own, "estimate"] = ratio
        for limit in ("conf_low", "conf_high"):
            terms.loc[own, limit] = np.exp(terms.loc[own, limit])
    return terms
