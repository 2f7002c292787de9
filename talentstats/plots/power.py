"""The power curve: how likely the study was to see a difference, at every true rate."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from talentstats import checks
from talentstats.errors import InputError
from talentstats.plots.frames import numbers, tidy_frame
from talentstats.plots.labels import add_caption, percent_axis
from talentstats.plots.style import FAINT, INK, MUTED, SERIES, axes_for, figure_of, house_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FIGURE = "plot_power"


def plot_power(
    data: Any,
    *,
    benchmark: float,
    level: float = 0.95,
    targets: Sequence[float] = (0.8, 0.9),
    xlabel: str = "True stay rate",
    ylabel: str = "Probability of rejecting\nthe benchmark",
    ax: "Axes | None" = None,
    width: float | None = None,
    caption: str = "",
) -> "Axes":
    """Draw power against the true rate, with the benchmark and the usual targets.

    Parameters
    ----------
    data : DataFrame or Result
        Rows whose `term` is "power", with the true `rate` and, as `estimate`, the power; a
        column `group` (such as "n = 100"), where there is one, gives a line each, named in a
        legend. Other terms are left out.
    benchmark : float
        The rate that the test takes as its null, in (0, 1): a vertical line.
    level : float
        Asked of a result's `tidy`; a frame keeps the level it has.
    targets : sequence of float
        Powers at which a horizontal line is drawn.
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
        The axes drawn on.

    Raises
    ------
    InputError
        If a column is missing, no row has term "power", or the benchmark, a
        target or the level is not in (0, 1).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame(
    ...     {"term": "power", "rate": [0.8, 0.9, 0.97], "estimate": [0.79, 0.04, 0.82]}
    ... )
    >>> plot_power(frame, benchmark=0.9).lines[-1].get_ydata().tolist()
    [0.79, 0.04, 0.82]
    """
    benchmark = checks.rate(benchmark, name="benchmark")
    targets = [checks.rate(target, name="target") for target in targets]
    values = ("rate", "estimate")
    frame = tidy_frame(
        data, figure=_FIGURE, needs=("term", *values), numeric=values, level=checks.level(level)
    )
    frame = frame[frame["term"] == "power"]
    if frame.empty:
        raise InputError(f"{_FIGURE}: no row has term 'power'; allowed are one or more.")
    with house_style():
        axes, sizes = axes_for(ax, width, 2.3 if width is not None and width < 5 else 3.2)
        for target in targets:
            axes.axhline(target, color=FAINT, linewidth=0.8, zorder=1)
        axes.axvline(benchmark, color=MUTED, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
        axes.annotate(
            f"benchmark {round(100 * benchmark, 1):g}%", (benchmark, 1.0),
            xycoords=axes.get_xaxis_transform(), xytext=(0, 2), textcoords="offset points",
            ha="center", va="bottom", size=sizes.small, color=MUTED,
        )  # fmt: skip
        lines = (
            list(frame.groupby("group", sort=False))
            if "group" in frame and frame["group"].notna().all()
            else [("", frame)]
        )
        for i, (name, rows) in enumerate(lines):
            drawn = rows.sort_values("rate", kind="stable")
            series = SERIES[i % len(SERIES)]
            axes.plot(
                numbers(drawn, "rate"), numbers(drawn, "estimate"), label=str(name),
                color=series.color, linestyle=series.dash, linewidth=sizes.line, zorder=3,
            )  # fmt: skip
        if len(lines) > 1:
            axes.legend(fontsize=sizes.small, frameon=False, labelcolor=INK, handlelength=2.6)
        axes.set_ylim(0, 1.01)
        axes.set_yticks(sorted({0, 0.25, 0.5, *targets, 1}))
        axes.margins(x=0.02)
        percent_axis(axes.xaxis)
        percent_axis(axes.yaxis)
        axes.set_xlabel(xlabel)
        axes.set_ylabel(ylabel)
        add_caption(figure_of(axes), caption, sizes)
    return axes
