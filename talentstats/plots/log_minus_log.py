"""Log cumulative hazards against log time: parallel where hazards are proportional."""

from typing import TYPE_CHECKING, Any

import numpy as np

from talentstats.errors import InputError
from talentstats.plots.end_labels import end_labels
from talentstats.plots.frames import numbers, tidy_frame
from talentstats.plots.labels import add_caption
from talentstats.plots.style import SERIES, Sizes, axes_for, figure_of, house_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FIGURE = "plot_log_minus_log"


def plot_log_minus_log(
    curve: Any,
    *,
    xlabel: str | None = None,
    ylabel: str = "log(\N{MINUS SIGN}log S)",
    ax: "Axes | None" = None,
    width: float | None = None,
    caption: str = "",
) -> "Axes":
    """Draw log(-log S) of each group against time on a log axis.

    Under proportional hazards the curves are a constant distance apart: the log hazard ratio.

    Parameters
    ----------
    curve : SurvivalCurve or DataFrame
        A result with `tidy`, or its frame with `group`, `time` and `estimate`.
    xlabel : str or None
        Label of the time axis; None takes the clock of the result.
    ylabel : str
        Label of the other.
    ax : Axes or None
        Where to draw; None makes a figure.
    width : float or None
        Printed width in inches; None takes two columns, or the width of the figure of `ax`.
    caption : str
        Text below.

    Returns
    -------
    Axes
        The axes drawn on; one line a group.

    Raises
    ------
    InputError
        If a column is missing, or no group has survival strictly between 0 and 1.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"group": "all", "time": [1.0, 2.0], "estimate": [0.9, 0.8]})
    >>> plot_log_minus_log(frame).lines[0].get_ydata().round(3).tolist()
    [-2.25, -1.5]
    """
    values = ("time", "estimate")
    frame = tidy_frame(curve, figure=_FIGURE, needs=("group", *values), numeric=values)
    time, survival = numbers(frame, "time"), numbers(frame, "estimate")
    frame = frame[(time > 0.0) & (survival > 0.0) & (survival < 1.0)]
    if frame.empty:
        raise InputError(
            f"{_FIGURE}: survival is 0 or 1 at all positive times; log(-log S) is not defined. "
            "Hint: has anybody left?"
        )
    clock = str(getattr(curve, "clock", "time"))
    with house_style():
        axes, sizes = axes_for(ax, width, 2.6 if width is not None and width < 5 else 3.6)
        ends = []
        for i, (group, rows) in enumerate(frame.groupby("group", sort=False)):
            series = SERIES[i % len(SERIES)]
            x, y = numbers(rows, "time"), np.log(-np.log(numbers(rows, "estimate")))
            axes.step(
                x, y, where="post", color=series.color, linestyle=series.dash,
                linewidth=sizes.line, marker=series.marker if x.size <= 12 else "",
                markersize=sizes.marker, markeredgecolor="white", markeredgewidth=0.4,
            )  # fmt: skip
            ends.append((str(group), float(x[-1]), float(y[-1])))
        axes.set_xscale("log")
        _number_ticks(axes, sizes)
        axes.set_xlabel(f"{clock[:1].upper()}{clock[1:]}, log scale" if xlabel is None else xlabel)
        axes.set_ylabel(ylabel)
        axes.yaxis.set_major_formatter(lambda v, _p: f"{v:g}".replace("-", "\N{MINUS SIGN}"))
        add_caption(figure_of(axes), caption, sizes)
        if len(ends) > 1:
            names, x_end, y_end = zip(*ends, strict=True)
            end_labels(axes, names, x=x_end, y=y_end, sizes=sizes)
    return axes


def _number_ticks(axes: "Axes", sizes: Sizes) -> None:
    """Print times on a log axis as numbers, as many as have room."""
    from matplotlib.ticker import LogLocator, NullLocator

    low, high = axes.get_xlim()
    room = 0.6 * 72 * sizes.width / (4 * sizes.small)
    subs = (1.0, 2.0, 5.0) if 3 * np.log10(high / low) <= room else (1.0,)
    axes.xaxis.set_major_locator(LogLocator(base=10, subs=subs))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda value, _position: f"{value:g}")
