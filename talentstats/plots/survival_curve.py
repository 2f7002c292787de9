"""Survival curves with their bands, numbers at risk below, and a benchmark at its horizon."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.plots.end_labels import end_labels
from talentstats.plots.frames import numbers, tidy_frame
from talentstats.plots.labels import add_caption, percent_axis
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

_FIGURE = "plot_survival"


def plot_survival(
    curve: Any,
    *,
    times: ArrayLike | None = None,
    horizon: float | None = None,
    benchmark: "float | Mapping[str, float] | None" = None,
    risk_table: bool = True,
    level: float = 0.95,
    xlabel: str | None = None,
    ylabel: str = "Still there",
    ax: "Axes | None" = None,
    width: float | None = None,
    caption: str = "",
) -> "Axes":
    """Draw survival by group as steps with bands, and the numbers behind them below the ticks.

    Parameters
    ----------
    curve : SurvivalCurve or DataFrame
        A result with `tidy` and `risk_table`; or its tidy frame (`group`, `time`, `estimate`,
        `conf_low`, `conf_high`), with `risk_table=False`.
    times : array_like or None
        Shape (s,): ticks, below which the numbers stand; None takes round ones.
    horizon : float or None
        A time to mark.
    benchmark : float, Mapping of str to float, or None
        Rate, or label to rate, drawn at the horizon.
    risk_table : bool
        Whether people at risk, left and censored stand below the ticks.
    level : float
        Level of the bands, where `curve` is a result.
    xlabel : str or None
        Label of the time axis; None takes the clock of the result.
    ylabel : str
        Label of the other.
    ax : Axes or None
        Where to draw; None makes a figure.
    width : float or None
        Printed width in inches; None takes two columns, or the width of the figure of `ax`.
    caption : str
        Text below: sources, or that the data are simulated.

    Returns
    -------
    Axes
        The axes drawn on; its first lines are the curves, one a group.

    Raises
    ------
    InputError
        If a column is missing, the horizon is beyond the follow-up, a benchmark has no horizon or
        is no rate, or a frame is asked for
        a risk table.

    References
    ----------
    Morris, T. P. et al. (2019). BMJ Open 9, e030215. doi:10.1136/bmjopen-2019-030215

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "group": "all", "time": [0.0, 6.0], "estimate": [1, 0.87],
    ...     "conf_low": [1, 0.788], "conf_high": [1, 0.929],
    ... })
    >>> axes = plot_survival(frame, horizon=6, benchmark={"as quoted": 0.9}, risk_table=False)
    >>> axes.lines[0].get_ydata().tolist()
    [1.0, 0.87]
    """
    values = ("time", "estimate", "conf_low", "conf_high")
    frame = tidy_frame(curve, figure=_FIGURE, needs=("group", *values), numeric=values, level=level)
    frame["group"] = frame["group"].astype(str)
    if risk_table and not hasattr(curve, "risk_table"):
        raise InputError(
            f"{_FIGURE}: a frame has no numbers at risk. Hint: give the curve itself, or "
            "risk_table=False."
        )
    last = float(frame["time"].max())
    if horizon is not None and horizon > last * (1 + 1e-9):
        raise InputError(
            f"{_FIGURE}: horizon={horizon:g} is beyond the follow-up; the last usable time is "
            f"{last:g}."
        )
    marks = _marks(benchmark, horizon)
    groups = list(dict.fromkeys(frame["group"]))
    sizes = sizes_for(_width(ax, width))
    ticks = _ticks(curve if risk_table else None, frame, times, sizes)
    tall = 0.62 if sizes.width < 5 else 0.45
    extra = risk_table_height(groups, sizes) if risk_table else 0.0
    with house_style():
        axes, sizes = axes_for(ax, width, tall * sizes.width + 0.5 + extra)
        ends = [
            _draw_curve(axes, frame[frame["group"] == group], SERIES[i % len(SERIES)], sizes)
            for i, group in enumerate(groups)
        ]
        axes.set_xlabel(_clock(curve) if xlabel is None else xlabel)
        axes.set_ylabel(ylabel)
        _set_limits(axes, frame, ticks, horizon, marks)
        percent_axis(axes.yaxis)
        if risk_table:
            table = curve.risk_table(ticks)
            table["group"] = table["group"].astype(str)
            draw_risk_table(axes, table, times=ticks, groups=groups, sizes=sizes)
        add_caption(figure_of(axes), caption, sizes)
        points = dict(zip(groups, ends, strict=True)) if len(groups) > 1 else {}
        if horizon is not None:
            _draw_horizon(axes, float(horizon), marks, sizes)
            points |= {name: (float(horizon), rate) for name, rate in marks.items()}
        x, y = ([point[i] for point in points.values()] for i in range(2))
        end_labels(axes, list(points), x=x, y=y, sizes=sizes)
    return axes


def _width(ax: "Axes | None", width: float | None) -> float:
    """Return the printed width before there are axes."""
    if width is not None:
        return width
    return DOUBLE if ax is None else float(figure_of(ax).get_figwidth())


def _marks(
    benchmark: "float | Mapping[str, float] | None", horizon: float | None
) -> dict[str, float]:
    """Return label to rate of the benchmarks."""
    if benchmark is None:
        return {}
    if horizon is None:
        raise InputError(f"{_FIGURE}: a benchmark is drawn at its horizon. Hint: horizon=6.")
    if isinstance(benchmark, Mapping):
        return {str(k): checks.rate(v, name=f"benchmark {k!r}") for k, v in benchmark.items()}
    rate = checks.rate(benchmark, name="benchmark")
    return {f"benchmark {100 * rate:.4g}%": rate}


def _clock(curve: Any) -> str:
    """Return the clock as an axis label."""
    clock = str(getattr(curve, "clock", "time"))
    return clock[:1].upper() + clock[1:]


def _ticks(
    curve: Any, frame: "pd.DataFrame", times: ArrayLike | None, sizes: Sizes
) -> NDArray[np.float64]:
    """Return the ticks: those asked for, or round ones with room for the numbers."""
    at = numbers(frame, "time")
    if times is not None:
        ticks = np.atleast_1d(np.asarray(times, dtype=np.float64))
        if ticks.ndim != 1 or not ticks.size or not np.isfinite(ticks).all():
            raise InputError(f"{_FIGURE}: times={times!r} are not finite numbers.")
        return np.sort(ticks)
    low, high = min(0.0, at.min()) if at.min() < 0.2 * at.max() else at.min(), at.max()
    widest = 0.0
    if curve is not None:
        widest = float(curve.risk_table([float(at.max())])[["left", "censored"]].sum(axis=1).max())
    return tick_times(float(low), float(high), widest=widest, sizes=sizes)


def _draw_curve(
    axes: "Axes", rows: "pd.DataFrame", series: Series, sizes: Sizes
) -> tuple[float, float]:
    """Draw one group, and return where it ends."""
    x, y = numbers(rows, "time"), numbers(rows, "estimate")
    low, high = numbers(rows, "conf_low"), numbers(rows, "conf_high")
    axes.fill_between(
        x, low, high, step="post", where=np.isfinite(low) & np.isfinite(high),
        facecolor=series.color, alpha=0.13, linewidth=0, zorder=1,
    )  # fmt: skip
    axes.step(
        x, y, where="post", color=series.color, linestyle=series.dash, linewidth=sizes.line,
        zorder=3,
    )  # fmt: skip
    # The band of the last step has no width.
    axes.vlines(
        x[-1], low[-1], high[-1], color=series.color, linewidth=0.6 * sizes.line, alpha=0.6,
        zorder=2, clip_on=False,
    )  # fmt: skip
    return float(x[-1]), float(y[-1])


def _set_limits(
    axes: "Axes",
    frame: "pd.DataFrame",
    ticks: NDArray[np.float64],
    horizon: float | None,
    marks: Mapping[str, float],
) -> None:
    """Set ticks and limits: from 0% unless everything lies far above it."""
    at = [*numbers(frame, "time"), *ticks, *([] if horizon is None else [horizon])]
    span = max(at) - min(at)
    axes.set_xlim(min(at), max(at) + 0.01 * span)
    axes.set_xticks(ticks)
    axes.xaxis.set_major_formatter(lambda value, _position: f"{value:g}")
    lowest = np.nanmin([numbers(frame, "estimate").min(), *frame["conf_low"], *marks.values()])
    floor = np.floor(10 * (lowest - 0.02)) / 10 if lowest > 0.5 else 0.0
    axes.set_ylim(max(floor, 0.0), 1.0 + 0.02 * (1.0 - floor))


def _draw_horizon(axes: "Axes", horizon: float, marks: Mapping[str, float], sizes: Sizes) -> None:
    """Draw the horizon, and each benchmark as a mark on it."""
    axes.axvline(horizon, color=MUTED, linewidth=0.7, linestyle=(0, (4, 3)), zorder=0.5)
    for rate in marks.values():
        axes.plot(
            [horizon], [rate], marker="D", color=INK, markersize=sizes.marker, zorder=4,
            markeredgecolor="white", markeredgewidth=0.5, linestyle="none", clip_on=False,
        )  # fmt: skip
