"""Notes that write themselves: estimand, intervals, standard errors, stars, exponentials."""

from collections.abc import Sequence

from talentstats.tables.coef_columns import CoefColumn
from talentstats.tables.from_posterior import POSTERIOR_SD, VARYING

_INTERVALS = {
    "wald": "Wald confidence intervals",
    "profile": "profile-likelihood confidence intervals",
    "eti": "equal-tailed credible intervals",
    "hdi": "highest-density credible intervals",
    "named": "intervals of the kind named in each row",
}
# Methods are lower-case names; those that honour people are printed with a capital.
_PEOPLE = {"agresti", "blaker", "caffo", "clopper", "coull", "goodman", "hurst", "jeffreys"}
_PEOPLE |= {"miettinen", "newcombe", "nurminen", "pearson", "quesenberry", "wilson"}


def automatic_notes(
    columns: Sequence[CoefColumn],
    *,
    below: Sequence[str],
    rule: Sequence[tuple[str, float]],
    has_reference: bool,
    has_prior: bool,
) -> list[str]:
    """Return the notes that the columns call for.

    Parameters
    ----------
    columns : Sequence of CoefColumn
        All columns of the table.
    below : Sequence of str
        What stands below the estimates.
    rule : Sequence of (str, float)
        Marks and thresholds.
    has_reference : bool
        Whether the table has reference rows.
    has_prior : bool
        Whether the table states priors.

    Returns
    -------
    list of str
        One sentence or two each.
    """
    notes = [_estimands(columns), _exponentials(columns, below), _estimators(columns)]
    notes += [_std_errors(columns, below), _intervals(columns, below)]
    notes += [_directions(columns, below), _varying(columns)]
    if "statistic" in below:
        notes.append("Test statistics in braces.")
    if rule:
        notes.append(", ".join(f"{mark} p < {limit:g}" for mark, limit in rule) + ".")
    if has_prior:
        notes.append(
            "Priors: normal(mean, standard deviation), half-normal(scale), beta and gamma by their "
            "parameters, each by itself; effects by level (of a random walk, its steps) are normal "
            "with the standard deviation of their term."
        )
    if has_reference:
        notes.append("ref.: reference category.")
    own = dict.fromkeys(note for column in columns for note in column.fit.notes)
    for note in own:
        holders = [c.name for c in columns if note in c.fit.notes]
        everywhere = len(holders) == len(columns)
        notes.append(note if everywhere else f"{', '.join(dict.fromkeys(holders))}: {note}")
    return [note for note in notes if note]


def _by_column(columns: Sequence[CoefColumn], values: Sequence[str]) -> str:
    """Return the common value, or each with the columns that it belongs to."""
    if len(set(values)) == 1:
        return values[0]
    holders: dict[str, dict[str, None]] = {}
    for column, value in zip(columns, values, strict=True):
        if value:
            holders.setdefault(value, {})[column.name] = None
    return "; ".join(f"{value} in {', '.join(names)}" for value, names in holders.items())


def _estimands(columns: Sequence[CoefColumn]) -> str:
    """Return what the columns estimate, and that they differ if they do."""
    values = [(c.fit.ratio or "") if c.exponentiated else c.fit.estimand for c in columns]
    if not any(values):
        return ""
    models = [
        f"{value} ({c.fit.model})" if c.fit.model else value
        for c, value in zip(columns, values, strict=True)
    ]
    differ = len(set(values)) > 1
    warning = " The columns differ in what they estimate and cannot be compared in size."
    return f"Estimand: {_by_column(columns, models)}.{warning if differ else ''}"


def _exponentials(columns: Sequence[CoefColumn], below: Sequence[str]) -> str:
    """Return how the exponentials were made."""
    chosen = [c for c in columns if c.exponentiated]
    if not chosen:
        return ""
    some = len(chosen) < len(columns)
    which = f" in {', '.join(dict.fromkeys(c.name for c in chosen))}" if some else ""
    parts = []
    if "interval" in below:
        parts.append("limits are the exponentials of the limits")
    if "std_error" in below:
        parts.append("standard errors by the delta method")
    if any((c.fit.terms["component"] != "").any() for c in chosen):
        parts.append("thresholds and ancillary parameters not exponentiated")
    tail = "; ".join(parts)
    return f"Exponentiated coefficients{which}{': ' + tail if tail else ''}."


def _estimators(columns: Sequence[CoefColumn]) -> str:
    """Return what the estimates are, where the estimand does not say it."""
    kinds = _by_column(columns, [c.fit.estimator for c in columns])
    return f"Estimates: {kinds}." if kinds else ""


def _directions(columns: Sequence[CoefColumn], below: Sequence[str]) -> str:
    """Return what stands in the place of a p-value."""
    told = any(
        "p_direction" in c.fit.terms and c.fit.terms["p_direction"].notna().any() for c in columns
    )
    if "p_value" not in below or not told:
        return ""
    return "pd: posterior probability of the more probable sign (no p-value)."


def _varying(columns: Sequence[CoefColumn]) -> str:
    """Return what the effects of a varying term are."""
    if not any(c.fit.terms["component"].str.startswith(VARYING).any() for c in columns):
        return ""
    return (
        "Effects by level of what varies are deviations from the average level, pooled towards it."
    )


def _std_errors(columns: Sequence[CoefColumn], below: Sequence[str]) -> str:
    """Return the kind of the standard errors and where they stand."""
    shown = "std_error" in below and any(c.fit.terms["std_error"].notna().any() for c in columns)
    # A posterior standard deviation needs no naming where it is not shown.
    kinds = [c.fit.std_errors if shown or c.fit.std_errors != POSTERIOR_SD else "" for c in columns]
    where = " in parentheses" if shown else ""
    told = _by_column(columns, kinds)
    if told == POSTERIOR_SD:
        return f"{told[:1].upper()}{told[1:]}{where}."
    if not told:
        return f"Standard errors{where}." if shown else ""
    return f"Standard errors{where}: {told}."


def _intervals(columns: Sequence[CoefColumn], below: Sequence[str]) -> str:
    """Return kind and level of the intervals."""
    if "interval" not in below:
        return ""
    values = []
    for column in columns:
        terms = column.fit.terms.dropna(subset=["conf_low", "conf_high"])
        pairs = dict.fromkeys(zip(terms["conf_level"], terms["interval"], strict=True))
        named = all(
            t.endswith(f", {k}") for t, k in zip(terms["term"], terms["interval"], strict=True)
        )
        levels = dict.fromkeys((level, "named") for level in terms["conf_level"])
        chosen = levels if named and len(pairs) > 1 else pairs
        values.append(" and ".join(_interval(level, kind) for level, kind in chosen))
    text = _by_column(columns, values)
    return f"In brackets: {text}." if text else ""


def _interval(level: float, kind: object) -> str:
    """Return level and kind in words; a frame may leave either out."""
    named = "intervals"
    if isinstance(kind, str):
        parts = [part.capitalize() if part in _PEOPLE else part for part in kind.split("-")]
        named = _INTERVALS.get(kind, f"{'-'.join(parts)} intervals")
    return f"{100 * level:.4g}% {named}" if level == level else f"{named} of unstated level"
