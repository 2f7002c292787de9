"""Hazard rates by duration, with their intervals."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from talentstats.checks import one_of
from talentstats.errors import InputError
from talentstats.plots.end_labels import end_labels
from talentstats.plots.frames import numbers, tidy_frame
from talentstats.plots.labels import add_caption, wrap
from talentstats.plots.style import SERIES, Series, Sizes, axes_for, figure_of, house_style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_FIGURE: Final = "plot_hazards"
# Intervals that reach further above the highest rate than this would flatten all the rest.
_REACH: Final = 4.0


def plot_hazards(
    data: Any,
    *,
    outcome: str | None = None,
    xlabel: str = "Years",
    ylabel: str | None = None,
    ax: "Axes | None" = None,
    width: float | None = None,
    caption: str = "",
) -> "Axes":
    """Draw rates by class of duration: a bar over the class, and its interval.

    Parameters
    ----------
    data : HazardRates or DataFrame
        Rates by duration: rows with `series`, `outcome`, `term`, `start`, `stop`, `estimate`,
        `conf_low` and `conf_high`.
    outcome : str or None
        Destination drawn; None is the first, "any" where there are several.
    xlabel : str
        Label of the axis of duration.
    ylabel : str or None
        Label of the axis of rates; None says what is drawn.
    ax : Axes or None
        Where to draw; None makes a figure.
    width : float or None
        Printed width in inches; None takes two columns, or the width of the figure of `ax`.
    caption : str
        Text below the axes: sources, or that the data are simulated.

    Returns
    -------
    Axes
        The axes drawn on. An interval that would flatten all others is cut, with an arrow.

    Raises
    ------
    InputError
        If a column is missing, or rates are not by duration.
    UnknownNameError
        If there is no such destination.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "series": "all", "outcome": "China", "term": "rate per 100 person-years",
    ...     "start": [0.0, 1.0], "stop": [1.0, 2.0], "estimate": [2.0, 4.0],
    ...     "conf_low": [1.0, 2.0], "conf_high": [4.0, 7.0],
    ... })
    >>> plot_hazards(frame).get_ylabel()
    'Rate per 100 person-years'
    """
    values = ("start", "stop", "estimate", "conf_low", "conf_high")
    frame = tidy_frame(
        data, figure=_FIGURE, needs=("series", "outcome", "term", *values), numeric=values
    )
    frame = frame[frame["term"].astype(str).str.startswith("rate")]
    if frame.empty or frame["start"].isna().any():
        raise InputError(
            f"{_FIGURE}: there are no rates by class of duration. Hint: hazard_rates(cells, "
            "by='duration') or by=[..., 'duration']; plot_forest draws rates of groups."
        )
    found = [str(name) for name in frame["outcome"].unique()]
    shown = found[0] if outcome is None else one_of(outcome, found, name="destination")
    frame = frame[frame["outcome"].astype(str) == shown].sort_values("start", kind="stable")
    frame = frame.reset_index(drop=True)
    with house_style():
        axes, sizes = axes_for(ax, width, 2.6 if width is not None and width < 5 else 3.6)
        term = str(frame["term"].iloc[0])
        named = "any destination" if shown == "any" else shown
        to = f" ({named})" if len(found) > 1 else ""
        axes.set_xlabel(xlabel)
        said = term[:1].upper() + term[1:] + to if ylabel is None else ylabel
        room = 0.55 * 72 * figure_of(axes).get_figheight()
        axes.set_ylabel(wrap(said, width=room, size=sizes.text))
        add_caption(figure_of(axes), caption, sizes)
        _draw(axes, frame, sizes)
    return axes


def _draw(axes: "Axes", frame: "pd.DataFrame", sizes: Sizes) -> None:
    """Draw every series beside the others, and name them."""
    from matplotlib.ticker import MaxNLocator

    highest, reach = float(frame["estimate"].max()), float(frame["conf_high"].max())
    top = min(1.05 * reach, _REACH * highest) if highest > 0 else 1.05 * reach
    names = list(dict.fromkeys(frame["series"]))
    widths = (frame["stop"] - frame["start"]).replace(np.inf, np.nan)
    usual = float(widths.median()) if widths.notna().any() else 1.0
    axes.set_ylim(0, top)
    ends, last = [], 0.0
    for i, name in enumerate(names):
        rows = frame[frame["series"] == name]
        shift = (i - (len(names) - 1) / 2) / max(len(names), 2) * 0.6
        end, right = _draw_series(axes, rows, SERIES[i % len(SERIES)], sizes, shift, usual)
        ends.append(end)
        last = max(last, right)
    axes.set_xlim(float(frame["start"].min()), last)
    bounds = frame[["start", "stop"]].replace(np.inf, np.nan).stack()
    if (bounds == bounds.round()).all():
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(names) > 1:
        x, y = zip(*ends, strict=True)
        end_labels(axes, [str(name) for name in names], x=x, y=y, sizes=sizes)


def _draw_series(
    axes: "Axes", rows: "pd.DataFrame", series: Series, sizes: Sizes, shift: float, usual: float
) -> tuple[tuple[float, float], float]:
    """Draw one series, and return its last point and the end of its last class."""
    start, stop = numbers(rows, "start"), numbers(rows, "stop")
    # The last class of a published table is often open.
    stop = np.where(np.isinf(stop), start + usual, stop)
    rate, low = numbers(rows, "estimate"), numbers(rows, "conf_low")
    high, top = numbers(rows, "conf_high"), axes.get_ylim()[1]
    x = (start + stop) / 2 + shift * (stop - start)
    axes.hlines(rate, start, stop, color=series.color, linewidth=0.6 * sizes.line, alpha=0.55)
    axes.vlines(x, low, np.minimum(high, top), color=series.color, linewidth=0.7 * sizes.line)
    cut = high > top
    if cut.any():
        axes.plot(
            x[cut], np.full(int(cut.sum()), top), linestyle="none", marker="^", clip_on=False,
            color=series.color, markersize=sizes.marker,
        )  # fmt: skip
    axes.plot(
        x, rate, linestyle="none", color=series.color, marker=series.marker, zorder=3,
        markersize=sizes.marker, markeredgecolor="white", markeredgewidth=0.4, clip_on=False,
    )  # fmt: skip
    return (float(x[-1]), float(rate[-1])), float(stop[-1])
