"""The compatibility curve: which published rates the data can live with, at one look."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.plots.frames import numbers, tidy_frame
from talentstats.plots.labels import add_caption, p_text, percent_axis, wrap
from talentstats.plots.style import (
    FAINT,
    INK,
    MUTED,
    SHADE,
    Sizes,
    axes_for,
    figure_of,
    house_style,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_FIGURE = "plot_compatibility"
# A curve is drawn as far as a reader can tell it from zero.
_VISIBLE = 0.002


def plot_compatibility(
    data: Any,
    *,
    level: float = 0.95,
    xlabel: str = "True stay rate",
    ylabel: str = "p-value of the data",
    ax: "Axes | None" = None,
    width: float | None = None,
    caption: str = "",
) -> "Axes":
    """Draw the p-value of the data against every rate, and where published rates fall on it.

    Rates whose p-value exceeds 1 - level are shaded: the data are compatible with them.
    Each benchmark has a row of its own below the curve, lowest rate first, tied to the curve
    by a thin line: an open mark is a compatible benchmark, a filled one is not; a bar shows
    the rates that would be printed as the same percentage.

    Parameters
    ----------
    data : DataFrame or Result
        Tidy rows: those with `term` "curve" hold `estimate` (a rate) and `p_value`, those
        with `term` "benchmark" also `group` (its label) and may hold `conf_low`, `conf_high`
        (the rounding range of the rate).
    level : float
        Confidence level of the shaded region, in (0, 1).
    xlabel, ylabel : str
        Axis labels.
    ax : Axes or None
        Where to draw; None makes a figure tall enough for every benchmark.
    width : float or None
        Printed width in inches; None takes two columns, or the width of the figure of `ax`.
    caption : str
        Text below the axes: sources, or that the data are simulated.

    Returns
    -------
    Axes
        The axes drawn on; the curve at 0 to 1, benchmark rows below 0.

    Raises
    ------
    InputError
        If a column is missing, there is no curve, or a number is not finite.

    References
    ----------
    .. [1] Rafi, Z. & Greenland, S. (2020). Semantic and cognitive tools to aid statistical
       science: replace confidence and significance by compatibility and surprise. BMC
       Medical Research Methodology 20, 244. doi:10.1186/s12874-020-01105-9

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "group": ["", "", "", "90% at 10 years"], "term": ["curve"] * 3 + ["benchmark"],
    ...     "estimate": [0.79, 0.87, 0.93, 0.939], "p_value": [0.05, 1.0, 0.05, 0.016],
    ... })
    >>> plot_compatibility(frame).texts[-1].get_text().split()[:4]
    ['90%', 'at', '10', 'years']
    """
    level = checks.level(level)
    frame = tidy_frame(
        data,
        figure=_FIGURE,
        needs=("group", "term", "estimate", "p_value"),
        numeric=("estimate", "p_value"),
        level=level,
    )
    curve, marks = _curve_and_benchmarks(frame)
    rate, p_value = numbers(curve, "estimate"), numbers(curve, "p_value")
    where, p_there = numbers(marks, "estimate"), numbers(marks, "p_value")
    cut = 1 - level
    with house_style():
        axes, sizes = axes_for(ax, width, 3.0)
        axes.fill_between(rate, p_value, where=list(p_value > cut), color=SHADE, linewidth=0)
        axes.axhline(cut, color=MUTED, linewidth=0.7, linestyle=(0, (4, 2)), zorder=1.5)
        axes.axhline(0, color=MUTED, linewidth=0.7, zorder=1.5)
        axes.plot(rate, p_value, color=INK, linewidth=sizes.line, zorder=3)
        axes.set_xlabel(xlabel)
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
        percent_axis(axes.xaxis)
        seen = np.concatenate([rate[p_value > _VISIBLE], *_range(marks)])
        margin = 0.03 * np.ptp(seen)
        axes.set_xlim(seen.min() - margin, seen.max() + margin)
        axes.annotate(
            f"p = {round(cut, 10):g}", (0, cut), xycoords=axes.get_yaxis_transform(),
            xytext=(2, 1.5), textcoords="offset points", size=sizes.small, color=MUTED, va="bottom",
        )  # fmt: skip
        add_caption(figure_of(axes), caption, sizes)
        depth = _rows(axes, marks, cut, sizes, grow=ax is None)
        axes.set_ylim(-depth, 1.04)
        axes.spines["left"].set_bounds(0, 1)
        axes.set_ylabel(ylabel, y=(depth + 0.5) / (depth + 1.04))
        _dots(axes, where, p_there, p_there <= cut, sizes)
    return axes


def _curve_and_benchmarks(frame: "pd.DataFrame") -> "tuple[pd.DataFrame, pd.DataFrame]":
    """Return the curve's rows by rate, and the benchmarks' rows from the lowest rate up."""
    curve = frame[frame["term"] == "curve"].sort_values("estimate", kind="stable")
    marks = frame[frame["term"] == "benchmark"].sort_values("estimate", kind="stable")
    if len(curve) < 2:
        found = ", ".join(sorted({str(term) for term in frame["term"]}))
        raise InputError(
            f"{_FIGURE}: {len(curve)} rows have term 'curve' (terms found: {found}); allowed are "
            "two or more. Hint: give the tidy frame of a compatibility curve."
        )
    for rows in (curve, marks):
        if not np.isfinite(rows[["estimate", "p_value"]].to_numpy(dtype=np.float64)).all():
            raise InputError(
                f"{_FIGURE}: an estimate or p_value of a curve or benchmark row is not finite; "
                "allowed are numbers. Hint: drop benchmarks that could not be aligned."
            )
    return curve, marks


def _range(marks: "pd.DataFrame") -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest and highest rate that each benchmark's print allows."""
    rate = numbers(marks, "estimate")
    ends = [
        numbers(marks, column) if column in marks else rate for column in ("conf_low", "conf_high")
    ]
    low, high = (np.where(np.isfinite(end), end, rate) for end in ends)
    return low, high


def _rows(axes: "Axes", marks: "pd.DataFrame", cut: float, sizes: Sizes, *, grow: bool) -> float:
    """Draw one labelled row a benchmark below zero; return how far down they reach."""
    if marks.empty:
        return 0.04
    figure = figure_of(axes)
    points = 72 / figure.dpi
    figure.draw_without_rendering()
    box = axes.get_window_extent()
    span = box.width * points
    left, right = axes.get_xlim()
    low, high = _range(marks)
    # Below the curve the margin of the vertical axis is empty: labels may use it.
    outside = (box.x0 - figure.bbox.x0) * points - 3 if grow else 0.0
    room_left = (low - left) / (right - left) * span + outside
    room_right = (right - high) / (right - left) * span
    on_left = room_left > room_right
    gap = sizes.marker + 2
    labels = [
        _label(str(group), p, max(before, after) - gap, sizes)
        for group, p, before, after in zip(
            marks["group"], numbers(marks, "p_value"), room_left, room_right, strict=True
        )
    ]
    heights = np.array([1.3 * sizes.small * (label.count("\n") + 1) + 3 for label in labels])
    if grow:
        wanted = min(max(0.42 * 72 * sizes.width, 110), 200) + heights.sum()
        inside = axes.get_window_extent().height * points
        figure.set_figheight(figure.get_figheight() + (wanted - inside) / 72)
        figure.draw_without_rendering()
    inside = axes.get_window_extent().height * points
    unit = max(inside - heights.sum(), 0.35 * inside) / 1.04
    middle = -(np.cumsum(heights) - heights / 2 + 3) / unit
    axes.hlines(middle, low, high, color=INK, linewidth=2.2 * sizes.line, alpha=0.45, zorder=2)
    rate, p_value = numbers(marks, "estimate"), numbers(marks, "p_value")
    axes.vlines(rate, middle, p_value, color=FAINT, linewidth=0.6, zorder=1)
    _dots(axes, rate, middle, p_value <= cut, sizes)
    for label, y, start, end, at_left in zip(labels, middle, low, high, on_left, strict=True):
        text = axes.annotate(
            label, (start if at_left else end, y), xytext=(-gap if at_left else gap, 0),
            textcoords="offset points", ha="right" if at_left else "left", va="center",
            size=sizes.small, color=INK, linespacing=1.15, zorder=2.5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )  # fmt: skip
        text.set_in_layout(False)
    return float((heights.sum() + 5) / unit)


def _label(group: str, p_value: float, room: float, sizes: Sizes) -> str:
    """Return a benchmark's words and p-value, on one line if there is room for it."""
    whole = f"{group}  {p_text(p_value)}"
    if "\n" not in wrap(whole, width=room, size=sizes.small):
        return whole
    return f"{wrap(group, width=room, size=sizes.small)}\n{p_text(p_value)}"


def _dots(
    axes: "Axes",
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    filled: NDArray[np.bool_],
    sizes: Sizes,
) -> None:
    """Draw marks, filled where the data reject the rate and open where they do not."""
    axes.scatter(
        x,
        y,
        s=sizes.marker**2,
        c=[INK if full else "white" for full in filled],
        edgecolors=INK,
        linewidths=0.9,
        zorder=4,
        clip_on=False,
    )
