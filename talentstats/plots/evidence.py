"""Historical evidence: earlier studies, what they predict for a new cohort, and the cohort."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from talentstats import checks
from talentstats.errors import InputError
from talentstats.plots.forest import plot_forest
from talentstats.plots.frames import numbers, tidy_frame
from talentstats.plots.style import MUTED, figure_of, house_style, sizes_for
from talentstats.stats.intervals import wilson
from talentstats.summaries.counts import RetentionCounts

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_FIGURE: Final = "plot_historical_prior"


def plot_historical_prior(
    prior: Any,
    counts: RetentionCounts | None = None,
    *,
    level: float = 0.95,
    xlabel: str | None = None,
    ax: "Axes | None" = None,
    width: float | None = None,
    caption: str = "",
) -> "Axes":
    """Draw the studies behind a historical prior, what they predict, and what was observed.

    Parameters
    ----------
    prior : HistoricalPrior
        From ``historical_prior(...)``.
    counts : RetentionCounts or None
        The new cohort: adds the share of so many people that the prior in use predicts, and
        the observed share with its Wilson interval.
    level : float
        Level of all intervals.
    xlabel : str or None
        Label of the horizontal axis; None names the horizon.
    ax : Axes or None
        Where to draw; None makes a figure tall enough for every row.
    width : float or None
        Printed width in inches; None takes two columns, or the width of the figure of `ax`.
    caption : str
        Text below the axes: sources, or that the data are simulated.

    Returns
    -------
    Axes
        The axes drawn on: one row a study as it was aligned, with an open diamond at its rate
        given all studies, then, below a line, predictions and observation. The caption ends
        with what the marks mean.

    Raises
    ------
    InputError
        If it is no historical prior, or `counts` are none.

    Examples
    --------
    >>> from talentstats.retention.historical_prior import historical_prior
    >>> prior = historical_prior(["sei2024-china-5yr", "sei2024-china-10yr"], horizon=6)
    >>> axes = plot_historical_prior(prior, RetentionCounts(87, 100))
    >>> axes.get_xlabel(), axes.texts[-1].get_text()
    ('Stay rate at 6 years', '87.0% (79.0 to 92.2)')
    """
    if not all(hasattr(prior, name) for name in ("predict", "horizon", "robust_weight")):
        raise InputError(
            f"{_FIGURE} was given a {type(prior).__name__}; allowed is what historical_prior() "
            "returns."
        )
    if not (counts is None or isinstance(counts, RetentionCounts)):
        raise InputError(
            f"{_FIGURE}: counts is a {type(counts).__name__}; allowed are RetentionCounts. Hint: "
            "RetentionCounts(87, 100)."
        )
    checked = checks.level(level)
    values = ("estimate", "conf_low", "conf_high", "shrunken")
    tidy = tidy_frame(
        prior, figure=_FIGURE, needs=("group", "term", *values), numeric=values, level=checked
    )
    studies = tidy[tidy["term"] == "study"]
    rows = _predictions(prior, tidy, counts, checked)
    columns = ["group", "estimate", "conf_low", "conf_high"]
    frame = _stacked(studies[columns], rows)
    years = f"Stay rate at {prior.horizon:g} years"
    told = f"{caption} Intervals: {100 * checked:.4g}%. Diamond: the study given all studies."
    axes = plot_forest(
        frame, xlabel=years if xlabel is None else xlabel, ax=ax, width=width,
        caption=told.strip(),
    )  # fmt: skip
    with house_style():
        sizes = sizes_for(figure_of(axes).get_figwidth() if width is None else width)
        axes.axhline(0.5 - len(studies), color=MUTED, linewidth=0.7, zorder=1)
        axes.scatter(
            numbers(studies, "shrunken"), -np.arange(len(studies)), marker="D",
            s=(1.25 * sizes.marker) ** 2, facecolors="none", edgecolors=MUTED, linewidths=0.9,
            zorder=4,
        )  # fmt: skip
    return axes


def _predictions(
    prior: Any, tidy: "pd.DataFrame", counts: RetentionCounts | None, level: float
) -> list[tuple[str, float, float, float]]:
    """Return name, estimate and limits of what is predicted and observed."""
    rows = [_named("Rate of a new cohort, predicted", tidy[tidy["term"] == "new cohort"])]
    if prior.robust_weight is not None:
        name = f"Prior in use, {prior.robust_weight:g} of it vague"
        rows.append(_named(name, tidy[tidy["term"] == "prior"]))
    if counts is not None:
        n, outside = counts.total, (1 - level) / 2
        share = prior.predict(n)
        low, high = share.quantile(outside), share.quantile(1 - outside)
        name = f"Predicted share of {n:,} people"
        rows.append((name, share.mean / n, low / n, high / n))
        own = wilson(k=counts.retained, n=n, level=level, side="two-sided")
        name = f"Observed: {counts.retained:,}\u00a0of\u00a0{n:,}"
        rows.append((name, counts.retained / n, float(own.lower), float(own.upper)))
    return rows


def _named(name: str, row: "pd.DataFrame") -> tuple[str, float, float, float]:
    """Return a name with estimate and limits."""
    estimate, low, high = (float(row[c].iloc[0]) for c in ("estimate", "conf_low", "conf_high"))
    return name, estimate, low, high


def _stacked(
    studies: "pd.DataFrame", rows: list[tuple[str, float, float, float]]
) -> "pd.DataFrame":
    """Return studies and predictions as one frame."""
    import pandas as pd

    below = pd.DataFrame(rows, columns=list(studies.columns))
    return pd.concat([studies, below], ignore_index=True)
