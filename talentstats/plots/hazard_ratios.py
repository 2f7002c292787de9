"""The forest of a regression: hazard ratios with their intervals, reference levels in place."""

from typing import TYPE_CHECKING, Any

import numpy as np

from talentstats import checks
from talentstats.errors import InputError
from talentstats.plots.forest import plot_forest
from talentstats.plots.frames import tidy_frame

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_FIGURE = "plot_hazard_ratios"
_NUMBERS = ("estimate", "conf_low", "conf_high")


def plot_hazard_ratios(
    fit: Any,
    *,
    outcome: str | None = None,
    xlabel: str | None = None,
    level: float = 0.95,
    ax: "Axes | None" = None,
    width: float | None = None,
    caption: str = "",
) -> "Axes":
    """Draw the ratios of a regression on a log axis, one row a coefficient, with its numbers.

    The baseline by duration is left out. Reference levels stand at 1 without an interval.

    Parameters
    ----------
    fit : Result
        A regression whose coefficients are logarithms of ratios, such as `HazardModel`,
        `CoxModel` and `CrudeAndAdjusted`.
    outcome : str or None
        Destination to draw; None draws all.
    xlabel : str or None
        Label of the axis; None is what the fit estimates.
    level : float
        Level of the intervals.
    ax : Axes or None
        Where to draw; None makes a figure tall enough for every row.
    width : float or None
        Printed width in inches; None takes two columns, or the width of the figure of `ax`.
    caption : str
        Text below the axes: sources, or that the data are simulated.

    Returns
    -------
    Axes
        The axes drawn on; row i is at height -i.

    Raises
    ------
    InputError
        If the fit has no logarithms of ratios, or no coefficient beside its baseline.
    UnknownNameError
        If there is no such outcome.

    Examples
    --------
    >>> from talentstats import RiskCells, carnegie_like, hazard_model
    >>> cells = RiskCells.from_spells(carnegie_like(1, n=500).spells())
    >>> axes = plot_hazard_ratios(hazard_model(cells, "~ sector", duration="linear"))
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['sector: academia (ref.)', 'sector: industry', 'sector: training']
    """
    estimand = str(getattr(fit, "estimand", ""))
    if not estimand.startswith("log "):
        raise InputError(
            f"{_FIGURE} was given a {type(fit).__name__}; allowed is a regression of logarithms "
            "of ratios. Hint: plot_forest draws any frame."
        )
    frame = tidy_frame(
        fit, figure=_FIGURE, needs=("term", *_NUMBERS), numeric=_NUMBERS, level=checks.level(level)
    )
    if "component" in frame:
        frame = frame[frame["component"] != "duration"]
    if outcome is not None:
        known = list(dict.fromkeys(frame["outcome"])) if "outcome" in frame else []
        frame = frame[frame["outcome"] == checks.one_of(outcome, known, name="outcome")]
    if frame.empty:
        raise InputError(f"{_FIGURE}: the fit has no coefficient beside its baseline.")
    ratio = estimand.removeprefix("log ")
    return plot_forest(
        _with_references(frame, getattr(fit, "reference_rows", {})),
        scale="ratio",
        references={"no difference": 1.0},
        xlabel=ratio[:1].upper() + ratio[1:] if xlabel is None else xlabel,
        ax=ax,
        width=width,
        caption=caption,
    )


def _with_references(frame: "pd.DataFrame", references: dict[str, str]) -> "pd.DataFrame":
    """Exponentials by label, each reference level before the first term of its variable."""
    import pandas as pd

    several = "outcome" in frame and frame["outcome"].nunique() > 1
    rows = []
    for row in frame.to_dict("records"):
        tail = f", {row['outcome']}" if several else ""
        if row["term"] in references:
            name = f"{references[row['term']]} (ref.){tail}"
            rows.append({"group": name, "estimate": 1.0, "conf_low": np.nan, "conf_high": np.nan})
        with np.errstate(over="ignore"):
            numbers = {name: float(np.exp(row[name])) for name in _NUMBERS}
        rows.append({"group": f"{row['term']}{tail}", **numbers})
    made = pd.DataFrame(rows)
    # An open lower limit is a ratio of 0, which a log axis has no place for: draw it open.
    return made.assign(conf_low=made["conf_low"].replace(0.0, -np.inf))
