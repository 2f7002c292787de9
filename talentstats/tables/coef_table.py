"""Side-by-side coefficients of fits from several libraries, in one honest table."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, get_args

from talentstats import checks
from talentstats.errors import InputError, UnknownNameError
from talentstats.tables.adapters import fit_columns
from talentstats.tables.coef_columns import (
    CoefColumn,
    coef_column,
    components,
    only_terms,
    star_rule,
)
from talentstats.tables.coef_notes import automatic_notes
from talentstats.tables.coef_rows import CellStyle, body_rows, prior_rows, statistic_row
from talentstats.tables.grid import Align, Cell, Raw, Text
from talentstats.tables.table import Table

Below = Literal["std_error", "interval", "p_value", "statistic"]
Rounding = Literal["decimals", "uncertainty"]

_CENTRED: Align = "c"
_DEFAULT_STATISTICS = (
    *("n", "people", "total", "events", "person_years"),
    *("draws", "divergences", "max_rhat", "min_ess"),
)


def coef_table(
    *fits: Any,
    below: Below | Sequence[Below] = "std_error",
    level: float | None = 0.95,
    exponentiate: bool | Sequence[bool] = False,
    stars: Mapping[str, float] | None = None,
    labels: Mapping[str, Text] | None = None,
    order: Sequence[str] = (),
    omit: Sequence[str] = (),
    reference_rows: Mapping[str, Text] | None = None,
    statistics: Sequence[str] | None = None,
    prior: bool = False,
    column_labels: Sequence[str] | None = None,
    spanners: Sequence[tuple[Text, int]] = (),
    notes: Text | Sequence[Text] = "auto",
    digits: int = 3,
    rounding: Rounding = "decimals",
    caption: Text = "",
    label: str = "",
) -> Table:
    """Set estimates of several fits side by side, one column for each fit and outcome.

    Nothing is refitted. Terms are known by their names in the fit; a threshold of an ordered
    model or an ancillary parameter is "component: term" ("threshold: 0/1",
    ``"rho_: Intercept"``) and stands in a panel of its own.

    Parameters
    ----------
    *fits : object
        Results of talentstats (of a `PosteriorFit`, its parameters); fits of statsmodels (OLS,
        WLS, GLS, GLM, Logit, Probit, Poisson, MNLogit, OrderedModel, PHReg) or lifelines (Cox,
        AFT); tidy pandas frames.
    below : {"std_error", "interval", "p_value", "statistic"} or sequence of these
        What stands below each estimate; an empty sequence for nothing.
    level : float or None
        Level of all intervals; None keeps each fit's own (lifelines: 1 - alpha).
    exponentiate : bool or sequence of bool
        Whether to show ratios, for all fits or for each. Limits are the exponentials of the
        limits, standard errors come from the delta method.
    stars : Mapping of str to float, or None
        Threshold of each mark, as ``{"*": 0.05, "**": 0.01}``, applied to unrounded p-values.
    labels : Mapping of str to str or Raw
        What to print for terms, components, outcomes and statistics. Terms of different fits
        with one label share a row: "const" and "Intercept" as "Constant".
    order : Sequence of str
        Terms that come first; the others follow as they appear in the fits.
    omit : Sequence of str
        Terms that are left out, or whole components, such as "duration".
    reference_rows : Mapping of str to str or Raw, or None
        For a term, the label of a row before it that marks the reference category. None takes
        those that the fits know; an empty mapping shows none.
    statistics : Sequence of str or None
        Rows at the foot, each fit's own where it has them; None shows numbers of people and
        events, and of a sampled fit draws, divergences, the largest R-hat, the fewest effective
        draws.
    prior : bool
        Whether a panel states the priors of those parameters that have one of their own.
    column_labels : Sequence of str or None
        One label a fit; None numbers them.
    spanners : Sequence of (str or Raw, int)
        Labels above the columns, each with the number of fits that it covers; empty for none.
    notes : str, Raw or sequence of these
        Notes in their order, where "auto" stands for those that write themselves.
    digits : int
        Decimals, or with `rounding="uncertainty"` significant digits of the standard error.
    rounding : {"decimals", "uncertainty"}
        What `digits` counts.
    caption : str or Raw
        The caption.
    label : str
        Name for cross-references.

    Returns
    -------
    Table
        Has `to_text`, `to_markdown`, `to_csv`, `to_html`, `to_latex`, `to_frame` and `save`.

    Raises
    ------
    InputError
        If an object cannot be read, or the arguments do not fit the fits.
    UnknownNameError
        If no fit has a term or statistic that is named.

    Examples
    --------
    >>> import pandas as pd
    >>> fit = pd.DataFrame(
    ...     {
    ...         "outcome": ["China", "China", "other", "other"],
    ...         "term": ["female", "age", "female", "age"],
    ...         "estimate": [0.311, -0.112, 0.010, -0.038],
    ...         "std_error": [0.305, 0.042, 0.295, 0.040],
    ...         "p_value": [0.308, 0.0075, 0.973, 0.344],
    ...         "estimand": "log relative-risk ratio",
    ...     }
    ... )
    >>> table = coef_table(fit, stars={"*": 0.05, "**": 0.01}, labels={"age": "Age at PhD"})
    >>> print(table)
    -----------------------------
                       (1)
                -----------------
                 China     other
    -----------------------------
    female       0.311     0.010
                (0.305)   (0.295)
    Age at PhD  −0.112**  −0.038
                (0.042)   (0.040)
    -----------------------------
    Estimand: log relative-risk ratio.
    Standard errors in parentheses.
    * p < 0.05, ** p < 0.01.
    """
    if not fits:
        raise InputError("coef_table was given no fit; needed is at least one.")
    names = _column_names(column_labels, len(fits))
    ratios = _flags(exponentiate, len(fits))
    measures = _measures(below)
    checks.one_of(rounding, get_args(Rounding), name="rounding")
    digits = checks.whole_number(digits, name="digits", minimum=int(rounding == "uncertainty"))
    rule = star_rule(stars)
    groups = [
        [coef_column(c, name=name, exponentiate=ratio) for c in fit_columns(fit, level=level)]
        for fit, name, ratio in zip(fits, names, ratios, strict=True)
    ]
    columns = [column for group in groups for column in group]
    shown = _statistic_names(statistics, groups)
    labelled = dict(labels or {})
    known = {term: name for c in columns for term, name in c.fit.references.items()}
    references: dict[str, Text] = {**known} if reference_rows is None else dict(reference_rows)
    tokens = list(dict.fromkeys(name for column in columns for name in column.terms))
    parts = components(columns)
    _check_names(tokens, groups, order=order, reference_rows=reference_rows or ())
    _check_names([*tokens, *parts], groups, omit=omit)
    others = [c.fit.outcome for c in columns] + parts
    carried = [name for column in columns for name in column.fit.statistics]
    _check_names([*tokens, *others, *carried], groups, labels=labelled)
    part_of = {name: str(row["component"]) for c in columns for name, row in c.terms.items()}
    left_out = {*omit}
    kept = [
        name
        for name in dict.fromkeys([*order, *tokens])
        if name not in left_out and part_of[name] not in left_out
    ]
    columns = [only_terms(column, kept) for column in columns]
    if prior and not any("prior" in column.fit.terms for column in columns):
        raise InputError(
            "prior=True, but no fit has a prior to state; allowed with those of destination_model "
            "and bayes_hazard_model. Hint: leave it out."
        )
    style = CellStyle(measures=measures, rule=rule, digits=digits, rounding=rounding)
    body = body_rows(kept, columns, style, labels=labelled, references=references)
    stated = prior_rows(kept, columns, labels=labelled) if prior else []
    foot = [statistic_row(name, groups, labels=labelled) for name in shown]
    automatic = automatic_notes(
        columns,
        below=measures,
        rule=rule,
        has_reference=any(r in kept for r in references),
        has_prior=prior,
    )
    return Table(
        header=_header(groups, spanners, labelled),
        rows=(*body, *stated, *foot),
        align=tuple(_CENTRED for _ in columns),
        notes=_notes(notes, automatic),
        caption=caption,
        label=label,
    )


def _column_names(column_labels: Sequence[str] | None, count: int) -> list[str]:
    """Return one name a fit."""
    if column_labels is None:
        return [f"({number})" for number in range(1, count + 1)]
    if isinstance(column_labels, str) or len(column_labels) != count:
        raise InputError(
            f"column_labels={column_labels!r} does not name {count} fits; allowed is a sequence "
            "with one label a fit."
        )
    return list(column_labels)


def _flags(exponentiate: bool | Sequence[bool], count: int) -> list[bool]:
    """Return one flag a fit."""
    if isinstance(exponentiate, bool):
        return [exponentiate] * count
    flags = list(exponentiate)
    if len(flags) != count or not all(isinstance(flag, bool) for flag in flags):
        raise InputError(
            f"exponentiate={exponentiate!r} does not fit {count} fits; allowed is True, False, or "
            "a sequence with one of these for each fit."
        )
    return flags


def _measures(below: str | Sequence[str]) -> list[str]:
    """Return what stands below the estimates."""
    chosen = [below] if isinstance(below, str) else list(below)
    return [checks.one_of(name, get_args(Below), name="below") for name in chosen]


def _statistic_names(
    statistics: Sequence[str] | None, groups: Sequence[Sequence[CoefColumn]]
) -> list[str]:
    """Return the statistics to show; a named one has to be known to a fit."""
    carried = {name for group in groups for name in group[0].fit.statistics}
    if statistics is None:
        told = {
            name
            for group in groups
            for name, value in group[0].fit.statistics.items()
            if not isinstance(value, float) or value == value
        }
        return [name for name in _DEFAULT_STATISTICS if name in told]
    for name in statistics:
        if name not in carried:
            owned = "; ".join(
                f"{_named(g)} has {', '.join(g[0].fit.statistics) or 'none'}" for g in groups
            )
            raise UnknownNameError(f"Unknown statistic {name!r}: no fit has it. {owned}.")
    return list(statistics)


def _check_names(
    known: Sequence[str], groups: Sequence[Sequence[CoefColumn]], **asked: Iterable[str]
) -> None:
    """Raise for the first name that no fit has."""
    for argument, names in asked.items():
        for name in names:
            if name in known:
                continue
            near = checks.nearest(str(name), list(dict.fromkeys(filter(None, known))))
            fits = ", ".join(_named(group) for group in groups)
            offer = f" Nearest: {', '.join(near)}." if near else ""
            raise UnknownNameError(f"Unknown name {name!r} in {argument}: {fits} lack it.{offer}")


def _named(group: Sequence[CoefColumn]) -> str:
    """Return a fit by its label and model."""
    model = group[0].fit.model
    return f"{group[0].name} {model}" if model else group[0].name


def _header(
    groups: Sequence[Sequence[CoefColumn]],
    spanners: Sequence[tuple[Text, int]],
    labels: Mapping[str, Text],
) -> tuple[tuple[Cell, ...], ...]:
    """Return spanners, names of the fits and, where a fit has several, their outcomes."""
    rows = []
    if spanners:
        covered = sum(count for _, count in spanners)
        if covered != len(groups):
            raise InputError(
                f"spanners cover {covered} fits; the table has {len(groups)}. "
                'Hint: ("", 1) leaves a fit without one.'
            )
        cells, start = [], 0
        for text, count in spanners:
            span = sum(len(group) for group in groups[start : start + count])
            cells.append(Cell(text, span=span))
            start += count
        rows.append(tuple(cells))
    rows.append(tuple(Cell(group[0].name, span=len(group)) for group in groups))
    outcomes = [column.fit.outcome for group in groups for column in group]
    if any(outcomes):
        rows.append(tuple(Cell(labels.get(name, name)) for name in outcomes))
    return tuple(rows)


def _notes(notes: Text | Sequence[Text], automatic: Sequence[str]) -> tuple[Text, ...]:
    """Return the notes, with the automatic ones where "auto" stands."""
    given = [notes] if isinstance(notes, str | Raw) else list(notes)
    found: list[Text] = []
    for note in given:
        found += automatic if note == "auto" else [note]
    return tuple(found)
