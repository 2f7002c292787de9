"""Prior beside posterior: what was held before the data, and what after."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from talentstats import checks
from talentstats.errors import InputError
from talentstats.plots.frames import numbers
from talentstats.plots.labels import add_caption, percent_axis
from talentstats.plots.posteriors import draw_key, name_rows, posterior_frame, wrapped
from talentstats.plots.style import INK, MUTED, Sizes, axes_for, figure_of, house_style
from talentstats.results.columns import KEY_COLUMNS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_FIGURE: Final = "plot_prior_posterior"
_INNER: Final = 0.5
_KEYS: Final = (*KEY_COLUMNS, "term")
_VALUES: Final = ("estimate", "conf_low", "conf_high")
_INNER_ENDS: Final = ("inner_low", "inner_high")
_PALE: Final = "#bdbdbd"
# Prior above the middle of its row, posterior below it.
_ABOVE, _BELOW = 0.17, -0.17


def plot_prior_posterior(
    posterior: Any,
    prior: Any,
    *,
    what: str = "population",
    horizon: float | None = None,
    level: float = 0.95,
    xlabel: str = "Share",
    ax: "Axes | None" = None,
    width: float | None = None,
    caption: str = "",
) -> "Axes":
    """Draw each probability twice: by the prior, open and grey, and by the posterior.

    Thin lines are intervals of the level, thick ones of 50%: together they show how far each
    is from a bell, and on one scale, which two densities are not.

    Parameters
    ----------
    posterior : PosteriorFit, Result or DataFrame
        A fit or result, or its tidy frame; of a frame only its own intervals are drawn.
    prior : PosteriorFit, Result or DataFrame
        The same quantities before the data: a fit with draws of its prior, or a frame. Rows
        are matched by those of `group`, `time`, `state`, `outcome` and `term` that both have.
    what : str
        Which table of a fit, "population" or "margin" for one.
    horizon : float or None
        Draw the rows of this time only; None draws all.
    level : float
        Level of the thin lines.
    xlabel : str
        Label of the horizontal axis.
    ax : Axes or None
        Where to draw; None makes a figure tall enough for every row.
    width : float or None
        Printed width in inches; None takes two columns, or the width of the figure of `ax`.
    caption : str
        Text below the axes: sources, or that the data are simulated.

    Returns
    -------
    Axes
        The axes drawn on; row i of the posterior is at height -i, its numbers at the right.

    Raises
    ------
    InputError
        If a column is missing, rows do not match one to one, nothing is at the horizon, or a
        value is no probability.

    Examples
    --------
    >>> import pandas as pd
    >>> before = pd.DataFrame({"outcome": ["US", "China"], "term": "share",
    ...                        "estimate": 0.5, "conf_low": 0.06, "conf_high": 0.94})
    >>> after = before.assign(
    ...     estimate=[0.87, 0.13], conf_low=[0.79, 0.07], conf_high=[0.93, 0.21]
    ... )
    >>> [text.get_text() for text in plot_prior_posterior(after, before).texts]
    ['87.0% (79.0 to 93.0)', '13.0% (7.0 to 21.0)']
    """
    checked = checks.level(level)
    after = _intervals(posterior, what, checked, horizon)
    before = _intervals(prior, what, checked, horizon)
    keys = [key for key in _KEYS if key in after.columns and key in before.columns]
    rows = _matched(after, before, keys)
    with house_style():
        axes, sizes = axes_for(ax, width, 2.0)
        names, row = wrapped(_names(rows, keys), sizes)
        y = -np.arange(len(rows))
        marks = [
            _draw(axes, rows, y + _ABOVE, "_prior", name="prior", sizes=sizes),
            _draw(axes, rows, y + _BELOW, "", name="posterior", sizes=sizes),
        ]
        key = draw_key(axes, marks, sizes)
        if ax is None:
            figure_of(axes).set_figheight(max(row, 0.27) * len(rows) + key + 0.65)
        name_rows(axes, names, _words(rows, sizes), sizes)
        axes.set_ylim(-len(rows) + 0.4, 0.6)
        axes.set_xlim(0, 1)
        percent_axis(axes.xaxis)
        axes.set_xlabel(xlabel)
        add_caption(figure_of(axes), caption, sizes)
    return axes


def _intervals(data: Any, what: str, level: float, horizon: float | None) -> "pd.DataFrame":
    """Return estimates with their intervals, inner ones where the level can be chosen."""
    frame = _frame(data, what, level)
    inner = _frame(data, what, _INNER) if hasattr(data, "tidy") else None
    frame["inner_low"] = np.nan if inner is None else inner["conf_low"]
    frame["inner_high"] = np.nan if inner is None else inner["conf_high"]
    frame["conf_level"] = frame.get("conf_level", np.nan)
    if horizon is not None:
        found = (
            frame["time"].to_numpy(dtype=np.float64) if "time" in frame.columns else np.array([])
        )
        frame = frame[np.isclose(found, horizon)] if found.size else frame.iloc[:0]
        if frame.empty:
            times = ", ".join(f"{value:g}" for value in np.unique(found)) or "none"
            raise InputError(f"{_FIGURE}: no row is at horizon={horizon:g}; times are {times}.")
    drawn = frame[list(_VALUES)].to_numpy(dtype=np.float64)
    if not ((drawn >= 0) & (drawn <= 1)).all():
        raise InputError(
            f"{_FIGURE} draws probabilities with their intervals; found values outside 0 to 1 or "
            "missing. Hint: what='population' or 'margin', not effects on the logit scale."
        )
    return frame


def _frame(data: Any, what: str, level: float) -> "pd.DataFrame":
    """Return the table of a fit, the one of a result, or the frame."""
    needs = ("term", *_VALUES)
    return posterior_frame(data, what, figure=_FIGURE, needs=needs, numeric=_VALUES, level=level)


def _matched(posterior: "pd.DataFrame", prior: "pd.DataFrame", keys: list[str]) -> "pd.DataFrame":
    """Return the posterior's rows with the prior's numbers beside them."""
    for name, frame in (("posterior", posterior), ("prior", prior)):
        if frame.duplicated(keys).any():
            twice = frame[frame.duplicated(keys)].iloc[0][keys]
            raise InputError(
                f"{_FIGURE}: the {name} has {', '.join(map(str, twice))} more than once; allowed "
                f"is one row for each {', '.join(keys)}. Hint: filter the frame first."
            )
    values = [*_VALUES, *_INNER_ENDS, "conf_level"]
    rows = posterior[[*keys, *values]].merge(
        prior[[*keys, *values]], on=keys, how="left", suffixes=("", "_prior")
    )
    alone = rows[rows["estimate_prior"].isna()]
    if not alone.empty or len(prior) != len(rows):
        told = ", ".join(map(str, alone.iloc[0][keys])) if len(alone) else "fewer rows"
        raise InputError(
            f"{_FIGURE}: prior and posterior do not hold the same rows: the prior has "
            f"{len(prior)}, the posterior {len(rows)}, of which {len(alone)} are not in the prior "
            f"({told}). Hint: rename what is called differently, or filter."
        )
    return rows


def _names(rows: "pd.DataFrame", keys: list[str]) -> list[str]:
    """Return what tells the rows apart."""
    telling = [key for key in keys if rows[key].nunique(dropna=False) > 1]
    parts = [
        [f"{value:g}" if isinstance(value, float) else str(value) for value in rows[key]]
        for key in telling or keys[-1:]
    ]
    return [", ".join(texts) for texts in zip(*parts, strict=True)]


def _draw(
    axes: "Axes", rows: "pd.DataFrame", y: Any, suffix: str, *, name: str, sizes: Sizes
) -> Any:
    """Draw one of the two, and return its mark for the key."""
    from matplotlib.lines import Line2D

    before = name == "prior"
    color, thick = (MUTED, _PALE) if before else (INK, INK)
    estimate, low, high, inner_low, inner_high, level = (
        numbers(rows, f"{column}{suffix}") for column in (*_VALUES, *_INNER_ENDS, "conf_level")
    )
    axes.hlines(y, inner_low, inner_high, color=thick, linewidth=2.8 * sizes.line, zorder=2)
    axes.hlines(y, low, high, color=color, linewidth=0.8 * sizes.line, zorder=2.5)
    look: dict[str, Any] = {
        "color": color, "marker": "o" if before else "s", "markersize": 1.1 * sizes.marker,
        "markerfacecolor": "white" if before else INK, "markeredgewidth": 0.9,
    }  # fmt: skip
    axes.plot(estimate, y, linestyle="none", zorder=3, clip_on=False, **look)
    inner = f"{100 * _INNER:g}% and " if np.isfinite(inner_low).any() else ""
    told = f": {inner}{100 * level[0]:.4g}%" if np.isfinite(level[0]) else ""
    return Line2D([], [], linewidth=0.8 * sizes.line, label=f"{name}{told}", **look)


def _words(rows: "pd.DataFrame", sizes: Sizes) -> list[str]:
    """Return the posterior's numbers."""
    digits = 0 if sizes.width < 5 else 1
    return [
        f"{100 * mid:.{digits}f}% ({100 * low:.{digits}f} to {100 * high:.{digits}f})"
        for mid, low, high in rows[list(_VALUES)].to_numpy(dtype=np.float64)
    ]
