"""The forest plot: estimates with their intervals, names at the left, numbers at the right."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.plots.frames import numbers, tidy_frame
from talentstats.plots.labels import add_caption, percent_axis, points_axis, wrap
from talentstats.plots.style import INK, MUTED, SERIES, Sizes, axes_for, figure_of, house_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

type Scale = Literal["rate", "difference", "ratio"]
"""A rate in percent; a difference of rates in percentage points; a ratio on a log axis."""

_FIGURE = "plot_forest"


def plot_forest(
    data: Any,
    *,
    label: str = "group",
    scale: Scale = "rate",
    references: Mapping[str, float] | None = None,
    xlabel: str = "Stay rate",
    level: float = 0.95,
    ax: "Axes | None" = None,
    width: float | None = None,
    caption: str = "",
) -> "Axes":
    """Draw one row an estimate, in the order of the frame, with its interval and its numbers.

    Parameters
    ----------
    data : DataFrame or Result
        One row an estimate: `estimate`, `conf_low`, `conf_high` and the column of labels. An
        interval may be empty (NaN) or open (infinite: an arrow); a row without an estimate
        keeps its place and shows none.
    label : str
        The column whose words stand at the left.
    scale : {"rate", "difference", "ratio"}
        "rate" prints percents, "difference" (of two rates) percentage points, "ratio" draws
        a log axis.
    references : mapping of str to float, optional
        Vertical lines by name, such as {"90% at 10 years": 0.939}; each name has a line of
        its own above the estimates.
    xlabel : str
        Label of the horizontal axis.
    level : float
        Asked of a result's `tidy`; a frame keeps the level it has.
    ax : Axes or None
        Where to draw; None makes a figure tall enough for every row.
    width : float or None
        Printed width in inches; None takes two columns, or the width of the figure of `ax`.
    caption : str
        Text below the axes: sources, or that the data are simulated.

    Returns
    -------
    Axes
        The axes drawn on; row i of the frame is at height -i.

    Raises
    ------
    InputError
        If a column is missing, nothing is finite, or a ratio is not above zero.
    UnknownNameError
        If there is no such scale.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "group": ["ICML", "NeurIPS"], "estimate": [0.87, 0.9],
    ...     "conf_low": [0.79, 0.82], "conf_high": [0.92, 0.95],
    ... })
    >>> [text.get_text() for text in plot_forest(frame).texts]
    ['87.0% (79.0 to 92.0)', '90.0% (82.0 to 95.0)']
    """
    checks.one_of(scale, get_args(Scale.__value__), name="scale")
    columns = ("estimate", "conf_low", "conf_high")
    frame = tidy_frame(
        data, figure=_FIGURE, needs=(label, *columns), numeric=columns, level=checks.level(level)
    )
    estimate, low, high = (numbers(frame, column) for column in columns)
    lines = dict(references or {})
    _check(estimate, low, high, lines, scale)
    with house_style():
        axes, sizes = axes_for(ax, width, 2.0)
        room = 0.34 * 72 * sizes.width
        names = [wrap(str(name), width=room, size=sizes.small) for name in frame[label]]
        if ax is None:
            tallest = max(name.count("\n") + 1 for name in names)
            row = (1.15 * tallest + 0.55) * sizes.small / 72
            figure_of(axes).set_figheight(row * (len(frame) + len(lines)) + 0.6)
        if scale == "ratio":
            axes.set_xscale("log")
        _draw_intervals(axes, estimate, low, high, sizes)
        _draw_references(axes, lines, len(frame), sizes)
        if scale == "ratio":
            _plain_log_ticks(axes)
        axes.set_yticks(-np.arange(len(frame)), names, size=sizes.small, linespacing=1.05)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_ylim(-len(frame) + 0.4, len(lines) + 0.6)
        axes.set_xlabel(xlabel)
        if scale == "rate":
            percent_axis(axes.xaxis)
        elif scale == "difference":
            points_axis(axes.xaxis)
        for i, words in enumerate(_in_words(estimate, low, high, scale, sizes)):
            axes.annotate(
                words, (1, -i), xycoords=axes.get_yaxis_transform(), xytext=(6, 0),
                textcoords="offset points", va="center", size=sizes.small, color=INK,
            )  # fmt: skip
        add_caption(figure_of(axes), caption, sizes)
    return axes


def _check(
    estimate: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    references: Mapping[str, float],
    scale: str,
) -> None:
    """Refuse what cannot be drawn."""
    if not np.isfinite(estimate).any():
        raise InputError(f"{_FIGURE}: no estimate is finite; allowed are one or more.")
    for name, value in references.items():
        checks.finite_number(value, name=f"reference {name!r}")
    drawn = np.concatenate([estimate, low, high, list(references.values())])
    if scale == "ratio" and (drawn <= 0).any():
        raise InputError(
            f"{_FIGURE}: {drawn[drawn <= 0].min():g} is not above zero; a ratio is. Hint: "
            "exponentiate coefficients first, or take scale='difference'."
        )


def _plain_log_ticks(axes: "Axes") -> None:
    """Set plain numbers on a logarithmic axis, more of them where it is short."""
    from matplotlib.ticker import LogLocator, NullLocator

    left, right = axes.get_xlim()
    inches = axes.get_window_extent().width / figure_of(axes).dpi
    # Factor of the axis that half an inch covers: a number needs about as much.
    step = (right / left) ** (0.5 / inches)
    subs = (1, 1.5, 2, 3, 5, 7) if step < 1.3 else (1, 2, 5) if step < 2.0 else (1,)
    axes.xaxis.set_major_locator(LogLocator(subs=subs))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda value, _position: f"{value:g}")


def _draw_intervals(
    axes: "Axes",
    estimate: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    sizes: Sizes,
) -> None:
    """Draw each interval and estimate; an infinite end is an arrow to the edge."""
    y = -np.arange(estimate.size)
    axes.scatter(estimate, y, s=sizes.marker**2, marker="s", c=INK, zorder=3)
    closed = np.isfinite(low) & np.isfinite(high)
    axes.hlines(y[closed], low[closed], high[closed], color=INK, linewidth=sizes.line, zorder=2)
    open_ended = np.isinf(low) | np.isinf(high)
    finite = np.concatenate([estimate, low, high])
    axes.update_datalim([(value, 0) for value in finite[np.isfinite(finite)]])
    axes.autoscale_view()
    if open_ended.any():
        left, right = axes.get_xlim()
        axes.set_xlim(left, right)
        for at in np.flatnonzero(open_ended):
            start, end = max(low[at], left), min(high[at], right)
            axes.hlines(y[at], start, end, color=INK, linewidth=sizes.line, zorder=2)
            for edge, infinite, mark in (
                (left, np.isinf(low[at]), "<"), (right, np.isinf(high[at]), ">"),
            ):  # fmt: skip
                if infinite:
                    axes.plot(edge, y[at], mark, color=INK, ms=sizes.marker, clip_on=False)


def _draw_references(
    axes: "Axes", references: Mapping[str, float], rows: int, sizes: Sizes
) -> None:
    """Draw named vertical lines, each name on a line of its own above the estimates."""
    top, bottom = len(references), 0.5 - rows
    axes.update_datalim([(value, 0) for value in references.values()])
    axes.autoscale_view()
    to_share = axes.transData + axes.transAxes.inverted()
    for i, (name, value) in enumerate(references.items()):
        dash = SERIES[(i + 1) % len(SERIES)].dash
        axes.vlines(value, bottom, top - i, color=MUTED, linestyle=dash, linewidth=0.9, zorder=1)
        at_right = to_share.transform((value, 0.0))[0] > 0.5
        axes.annotate(
            name, (value, top - i), xytext=(-3 if at_right else 3, 0),
            textcoords="offset points", va="center", ha="right" if at_right else "left",
            size=sizes.small, color=MUTED, zorder=1.5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )  # fmt: skip


def _in_words(
    estimate: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    scale: str,
    sizes: Sizes,
) -> list[str]:
    """Return each row's numbers: the estimate, and its interval in brackets where there is one."""
    # A narrow figure gives the room of a decimal to the picture.
    whole = 0 if sizes.width < 5 else 1
    factor, digits = (1, 2) if scale == "ratio" else (100, whole)
    unit = "%" if scale == "rate" else ""
    words = []
    for middle, start, end in zip(estimate * factor, low * factor, high * factor, strict=True):
        if not np.isfinite(middle):
            words.append("not estimated")
        elif np.isnan(start) or np.isnan(end):
            words.append(f"{middle:.{digits}f}{unit}")
        else:
            words.append(f"{middle:.{digits}f}{unit} ({start:.{digits}f} to {end:.{digits}f})")
    return [word.replace("-", "\N{MINUS SIGN}").replace("inf", "\N{INFINITY}") for word in words]
