"""Cumulative incidence: lines by group or destination, or destinations stacked to one."""

from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np

from talentstats.checks import finite_number, one_of
from talentstats.errors import InputError
from talentstats.plots.end_labels import end_labels
from talentstats.plots.frames import numbers, tidy_frame
from talentstats.plots.labels import add_caption, percent_axis, wrap
from talentstats.plots.risk_table import draw_risk_table, risk_table_height, tick_times
from talentstats.plots.style import (
    DOUBLE,
    INK,
    MUTED,
    SERIES,
    Series,
    Sizes,
    axes_for,
    figure_of,
    house_style,
    sizes_for,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Kind = Literal["groups", "stacked"]

_FIGURE: Final = "plot_cumulative_incidence"
# A step at the last time is drawn on by this share of the axis, so that it is seen.
_STUB: Final = 0.03
# Light enough for ink on top; hatches tell them apart on a grey printer.
_AREAS: Final = (
    ("#f2c9a8", "////"),
    ("#a9cbe6", "...."),
    ("#a8d5c5", "xxxx"),
    ("#e3c3dd", "----"),
    ("#e8dca0", "||||"),
    ("#c9c9c9", "++++"),
)


def plot_cumulative_incidence(
    data: Any,
    *,
    kind: Kind = "groups",
    group: str | None = None,
    outcome: str | None = None,
    horizon: float | None = None,
    risk_table: bool = True,
    level: float = 0.95,
    xlabel: str | None = None,
    ylabel: str | None = None,
    ax: "Axes | None" = None,
    width: float | None = None,
    caption: str = "",
) -> "Axes":
    """Draw who has left by when, as lines with their intervals or stacked by destination.

    Parameters
    ----------
    data : CumulativeIncidence or DataFrame
        Rows with `group`, `time`, `outcome`, `term`, `estimate`, `conf_low` and `conf_high`.
    kind : {"groups", "stacked"}
        Lines with pointwise bands, one a group (or a destination, where there is one group); or
        areas of one group, destinations from below and those who stayed on top.
    group : str or None
        Draw this group only; "stacked" needs it where there are several.
    outcome : str or None
        Draw this destination only; "groups" needs it where there are several of both.
    horizon : float or None
        A time to mark.
    risk_table : bool
        Whether people at risk, left and censored stand below the ticks; a frame has none.
    level : float
        Level of the bands, where `data` is a result.
    xlabel : str or None
        Label of the time axis; None takes the clock of the result.
    ylabel : str or None
        Label of the axis of shares; None says what is drawn.
    ax : Axes or None
        Where to draw; None makes a figure.
    width : float or None
        Printed width in inches; None takes two columns, or the width of the figure of `ax`.
    caption : str
        Text below the axes: sources, or that the data are simulated.

    Returns
    -------
    Axes
        The axes drawn on.

    Raises
    ------
    InputError
        If a column is missing, several groups and destinations would be drawn over one another,
        or a frame is asked for a risk table.
    UnknownNameError
        If there is no such kind, group or destination.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "group": "all", "time": [0.0, 1.0, 2.0], "outcome": "China",
    ...     "term": "cumulative incidence", "estimate": [0, 0.05, 0.1],
    ...     "conf_low": [0, 0.02, 0.05], "conf_high": [0, 0.1, 0.2],
    ... })
    >>> plot_cumulative_incidence(frame, risk_table=False).lines[0].get_ydata().tolist()
    [0.0, 0.05, 0.1, 0.1]
    """
    one_of(kind, get_args(Kind), name="kind")
    values = ("time", "estimate", "conf_low", "conf_high")
    frame = tidy_frame(
        data,
        figure=_FIGURE,
        needs=("group", "outcome", "term", *values),
        numeric=values,
        level=level,
    )
    frame["group"], frame["outcome"] = frame["group"].astype(str), frame["outcome"].astype(str)
    if risk_table and not hasattr(data, "risk_table"):
        raise InputError(
            f"{_FIGURE}: a frame has no numbers at risk. Hint: give the result itself, or "
            "risk_table=False."
        )
    frame = frame[frame["term"] == "cumulative incidence"].sort_values("time", kind="stable")
    frame = _chosen(_chosen(frame, "group", group), "outcome", outcome)
    many = {name: frame[name].nunique() for name in ("group", "outcome")}
    if kind == "stacked" and many["group"] > 1:
        raise InputError(
            f"{_FIGURE}: kind='stacked' draws one group, found {many['group']}: "
            f"{', '.join(map(str, frame['group'].unique()))}. Hint: group= one of them."
        )
    if kind == "groups" and min(many.values()) > 1:
        raise InputError(
            f"{_FIGURE}: {many['group']} groups of {many['outcome']} destinations would lie over "
            f"one another. Hint: outcome= one of {', '.join(map(str, frame['outcome'].unique()))}, "
            "or group= one group."
        )
    mark = None if horizon is None else finite_number(horizon, name="horizon")
    groups = list(dict.fromkeys(frame["group"]))
    printed = DOUBLE if ax is None else float(figure_of(ax).get_figwidth())
    sizes = sizes_for(printed if width is None else width)
    extra = risk_table_height(groups, sizes) if risk_table else 0.0
    with house_style():
        axes, sizes = axes_for(ax, width, (2.6 if sizes.width < 5 else 3.6) + extra)
        said = "Share of those who came" if kind == "stacked" else "Share who had left"
        to = f" for {frame['outcome'].iloc[0]}" if kind == "groups" and many["outcome"] == 1 else ""
        room = 0.5 * 72 * (2.6 if sizes.width < 5 else 3.6)
        axes.set_ylabel(wrap(said + to if ylabel is None else ylabel, width=room, size=sizes.text))
        axes.set_xlabel(_clock(data) if xlabel is None else xlabel)
        percent_axis(axes.yaxis)
        low, high = float(frame["time"].min()), float(frame["time"].max())
        axes.set_xlim(low, high + _STUB * (high - low))
        if risk_table:
            _draw_numbers(axes, data, groups, (low, high), sizes)
        add_caption(figure_of(axes), caption, sizes)
        if mark is not None:
            axes.axvline(mark, color=MUTED, linewidth=0.7, linestyle=(0, (1, 2)), zorder=1)
        if kind == "stacked":
            _draw_stack(axes, frame, sizes)
        else:
            _draw_lines(axes, frame, "group" if many["group"] > 1 else "outcome", sizes)
    return axes


def _clock(data: Any) -> str:
    """Return the clock as an axis label."""
    clock = str(getattr(data, "clock", "time"))
    return clock[:1].upper() + clock[1:]


def _draw_numbers(
    axes: "Axes", data: Any, groups: list[str], span: tuple[float, float], sizes: Sizes
) -> None:
    """Write people at risk, left and censored below the ticks."""
    widest = float(data.risk_table(span[0])["at_risk"].max())
    ticks = tick_times(*span, widest=widest, sizes=sizes)
    table = data.risk_table(ticks)
    table["group"] = table["group"].astype(str)
    axes.set_xticks(ticks)
    draw_risk_table(axes, table, times=ticks, groups=groups, sizes=sizes)


def _chosen(frame: "pd.DataFrame", column: str, name: str | None) -> "pd.DataFrame":
    """Keep the rows of one group or destination."""
    if frame.empty:
        raise InputError(f"{_FIGURE}: no row has the term 'cumulative incidence'.")
    if name is None:
        return frame
    found = [str(value) for value in frame[column].unique()]
    label = "destination" if column == "outcome" else column
    return frame[frame[column].astype(str) == one_of(name, found, name=label)]


def _draw_lines(axes: "Axes", frame: "pd.DataFrame", by: str, sizes: Sizes) -> None:
    """Draw one line with its band for each level of a column."""
    names = list(dict.fromkeys(frame[by]))
    ends = [
        _draw_line(axes, frame[frame[by] == name], SERIES[i % len(SERIES)], sizes)
        for i, name in enumerate(names)
    ]
    axes.set_ylim(bottom=0)
    if len(names) > 1:
        x, y = zip(*ends, strict=True)
        end_labels(axes, names, x=x, y=y, sizes=sizes)


def _draw_line(
    axes: "Axes", rows: "pd.DataFrame", series: Series, sizes: Sizes
) -> tuple[float, float]:
    """Draw one incidence as steps with its band, and return its end."""
    x, y = numbers(rows, "time"), numbers(rows, "estimate")
    low, high = numbers(rows, "conf_low"), numbers(rows, "conf_high")
    x = np.append(x, x[-1] + _STUB * (x[-1] - x[0]))
    y, low, high = (np.append(values, values[-1]) for values in (y, low, high))
    axes.fill_between(x, low, high, step="post", color=series.color, alpha=0.13, linewidth=0)
    axes.plot(
        x, y, drawstyle="steps-post", color=series.color, linestyle=series.dash,
        linewidth=sizes.line, zorder=3,
    )  # fmt: skip
    return float(x[-1]), float(y[-1])


def _draw_stack(axes: "Axes", frame: "pd.DataFrame", sizes: Sizes) -> None:
    """Draw destinations from below and those who stayed on top, each named at its right."""
    wide = frame.pivot_table(index="time", columns="outcome", values="estimate", observed=True)
    wide = wide[list(dict.fromkeys(frame["outcome"]))]
    x = wide.index.to_numpy(dtype=np.float64)
    last = float(x[-1] + _STUB * (x[-1] - x[0]))
    x = np.append(x, last)
    tops = np.cumsum(wide.to_numpy(dtype=np.float64), axis=1)
    tops = np.vstack([tops, tops[-1:]])
    bottom = np.zeros(x.size)
    middles = []
    for j in range(tops.shape[1]):
        color, hatch = _AREAS[j % len(_AREAS)]
        axes.fill_between(
            x, bottom, tops[:, j], step="post", facecolor=color, edgecolor="#6b6b6b",
            hatch=hatch, linewidth=0,
        )  # fmt: skip
        axes.plot(x, tops[:, j], drawstyle="steps-post", color=INK, linewidth=0.7)
        middles.append((bottom[-1] + tops[-1, j]) / 2)
        bottom = tops[:, j]
    axes.set_ylim(0, 1)
    middles.append((bottom[-1] + 1) / 2)
    names = [*map(str, wide.columns), "stayed"]
    end_labels(axes, names, x=np.full(len(names), last), y=middles, sizes=sizes)
