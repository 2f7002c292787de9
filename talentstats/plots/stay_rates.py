"""Stay rates over time by origin, with the break between instruments drawn as a break."""

from typing import TYPE_CHECKING, Any

import numpy as np

from talentstats.errors import InputError
from talentstats.plots.frames import numbers, tidy_frame
from talentstats.plots.labels import add_caption, percent_axis, spread, wrap
from talentstats.plots.style import (
    INK,
    MUTED,
    SERIES,
    SHADE,
    Series,
    Sizes,
    axes_for,
    figure_of,
    house_style,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_FIGURE = "plot_stay_rates"


def plot_stay_rates(
    data: Any,
    *,
    xlabel: str = "Year observed",
    ylabel: str = "Stay rate",
    ax: "Axes | None" = None,
    width: float | None = None,
    caption: str = "",
) -> "Axes":
    """Draw each origin's stay rates over time; no line joins two instruments.

    Rates from tax records and from a survey measure different things, so each instrument has
    lines of its own; where one ends before the next begins, the years between are shaded.

    Parameters
    ----------
    data : DataFrame or Result
        Rows with `group` (origin), `time` (year observed), `estimate`, `conf_low`,
        `conf_high` (rates; the interval may be NaN) and `instrument`.
    xlabel, ylabel : str
        Axis labels.
    ax : Axes or None
        Where to draw; None makes a figure.
    width : float or None
        Printed width in inches; None takes two columns, or the width of the figure of `ax`.
    caption : str
        Text below the axes: sources, or that the data are simulated.

    Returns
    -------
    Axes
        The axes drawn on; one line a group and instrument.

    Raises
    ------
    InputError
        If a column is missing or a year is not finite.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "group": "China", "time": [2009, 2011, 2013, 2015],
    ...     "estimate": [0.89, 0.85, 0.84, 0.85], "conf_low": float("nan"),
    ...     "conf_high": float("nan"), "instrument": ["tax"] * 2 + ["survey"] * 2,
    ... })
    >>> [line.get_xdata().tolist() for line in plot_stay_rates(frame).lines]
    [[2009.0, 2011.0], [2013.0, 2015.0]]
    """
    from matplotlib.ticker import MaxNLocator

    values = ("time", "estimate", "conf_low", "conf_high")
    frame = tidy_frame(data, figure=_FIGURE, needs=("group", "instrument", *values), numeric=values)
    if not np.isfinite(numbers(frame, "time")).all():
        raise InputError(f"{_FIGURE}: a time is not finite; allowed are years. Hint: drop the row.")
    frame = frame[frame["estimate"].notna()].sort_values("time", kind="stable")
    if frame.empty:
        raise InputError(f"{_FIGURE}: no estimate is a number; allowed are one or more.")
    with house_style():
        axes, sizes = axes_for(ax, width, 2.6 if width is not None and width < 5 else 3.6)
        styles = {group: SERIES[i % len(SERIES)] for i, group in enumerate(frame["group"].unique())}
        for (group, _), rows in frame.groupby(["group", "instrument"], sort=False):
            _draw_line(axes, rows, styles[group], sizes)
        axes.set_xlabel(xlabel)
        axes.set_ylabel(ylabel)
        axes.margins(x=0.03)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=7 if sizes.width >= 5 else 4, integer=True))
        percent_axis(axes.yaxis)
        add_caption(figure_of(axes), caption, sizes)
        _draw_breaks(axes, frame, sizes)
        _draw_labels(axes, frame, styles, sizes)
    return axes


def _draw_line(axes: "Axes", rows: "pd.DataFrame", series: Series, sizes: Sizes) -> None:
    """Draw one origin in one instrument: line, marks and the intervals that exist."""
    x, y = numbers(rows, "time"), numbers(rows, "estimate")
    low, high = numbers(rows, "conf_low"), numbers(rows, "conf_high")
    known = np.isfinite(low) & np.isfinite(high)
    if known.any():
        axes.vlines(x[known], low[known], high[known], color=series.color, linewidth=0.8, alpha=0.6)
    axes.plot(
        x, y, color=series.color, linestyle=series.dash, linewidth=sizes.line,
        marker=series.marker, markersize=sizes.marker, markeredgecolor="white",
        markeredgewidth=0.4, zorder=3,
    )  # fmt: skip


def _draw_breaks(axes: "Axes", frame: "pd.DataFrame", sizes: Sizes) -> None:
    """Name the instruments above the years they cover, and shade the years between them."""
    spans = frame.groupby("instrument", sort=False)["time"].agg(["min", "max"])
    spans = spans.sort_values("min", kind="stable")
    if len(spans) < 2:
        return
    first, last = (float(edge) for edge in axes.get_xlim())
    starts, ends = spans["min"].to_numpy(dtype=float), spans["max"].to_numpy(dtype=float)
    gaps = [(end, start) for end, start in zip(ends[:-1], starts[1:], strict=True) if end < start]
    for end, start in gaps:
        axes.axvspan(end, start, facecolor=SHADE, edgecolor="none", zorder=0)
    figure = figure_of(axes)
    figure.draw_without_rendering()
    scale = axes.get_window_extent().width * 72 / figure.dpi / (last - first)
    for end, start in gaps:
        if (start - end) * scale > 1.6 * sizes.small:
            axes.annotate(
                "break in series", ((end + start) / 2, 0.5), xycoords=axes.get_xaxis_transform(),
                rotation=90, ha="center", va="center", size=sizes.small, color=MUTED,
            )  # fmt: skip
    for i, name in enumerate(spans.index):
        left = first if i == 0 else starts[i]
        right = ends[i] if i + 1 < len(spans) else last
        axes.annotate(
            wrap(str(name), width=(right - left) * scale, size=sizes.small),
            (right if i == 0 else left, 1), xycoords=axes.get_xaxis_transform(),
            xytext=(0, 2), textcoords="offset points", ha="right" if i == 0 else "left",
            va="bottom", size=sizes.small, color=MUTED, linespacing=1.1,
        )  # fmt: skip


def _draw_labels(
    axes: "Axes", frame: "pd.DataFrame", styles: dict[Any, Series], sizes: Sizes
) -> None:
    """Name each origin at the right of its last point, moved apart where they would touch."""
    last = frame.groupby("group", sort=False).tail(1).drop_duplicates("group", keep="last")
    room = 0.27 * 72 * sizes.width
    names = [wrap(str(group), width=room, size=sizes.small) for group in last["group"]]
    x, y = numbers(last, "time"), numbers(last, "estimate")
    labels = [
        axes.annotate(
            name, (1, at), xycoords=axes.get_yaxis_transform(), xytext=(4, 0),
            textcoords="offset points", va="center", size=sizes.small, linespacing=1.05,
            color=INK,
        )
        for name, at in zip(names, y, strict=True)
    ]  # fmt: skip
    figure = figure_of(axes)
    figure.draw_without_rendering()
    low, high = axes.get_ylim()
    per_point = (high - low) / (axes.get_window_extent().height * 72 / figure.dpi)
    lines = np.array([name.count("\n") + 1 for name in names])
    heights = 1.25 * sizes.small * lines * per_point
    placed = spread(y, heights=heights, low=low, high=high)
    for label, start, end, at in zip(labels, x, y, placed, strict=True):
        label.xy = (1, at)
        axes.annotate(
            "", (1, at), xycoords=axes.get_yaxis_transform(), xytext=(start, end),
            textcoords="data", annotation_clip=False, zorder=1,
            arrowprops={
                "arrowstyle": "-", "color": MUTED, "linewidth": 0.6, "linestyle": (0, (1, 2.5)),
                "shrinkA": 0.6 * sizes.marker, "shrinkB": 0,
            },
        )  # fmt: skip
