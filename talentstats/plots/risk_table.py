"""At risk, left and censored below the ticks of a curve, as KMunicate recommends."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats.plots.frames import numbers
from talentstats.plots.labels import printed_width
from talentstats.plots.style import INK, MUTED, Sizes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

ROWS: Final = {"at_risk": "At risk", "left": "Left", "censored": "Censored"}
_LINE: Final = 1.4


def risk_table_height(groups: Sequence[str], sizes: Sizes) -> float:
    """Height that the rows of a risk table need.

    Parameters
    ----------
    groups : sequence of str
        Names of the groups.
    sizes : Sizes
        Sizes in points.

    Returns
    -------
    float
        Height in inches.

    Examples
    --------
    >>> from talentstats.plots.style import sizes_for
    >>> round(risk_table_height(["all"], sizes_for(7)), 2)
    0.44
    """
    return _LINE * sizes.small * _lines(groups) / 72


def tick_times(low: float, high: float, *, widest: float, sizes: Sizes) -> NDArray[np.float64]:
    """Round times at which a risk table has room for its numbers.

    Parameters
    ----------
    low, high : float
        Ends of the axis.
    widest : float
        The largest number that will be printed.
    sizes : Sizes
        Sizes in points.

    Returns
    -------
    ndarray of float
        Times within the axis.

    Examples
    --------
    >>> from talentstats.plots.style import sizes_for
    >>> tick_times(0, 6, widest=100, sizes=sizes_for(7)).tolist()
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    """
    from matplotlib.ticker import MaxNLocator

    column = printed_width(_shown(widest), sizes.small) + 8
    most = int(np.clip(0.5 * 72 * sizes.width / column, 2, 8))
    ticks = MaxNLocator(nbins=most, steps=[1, 2, 3, 4, 5, 6, 10]).tick_values(low, high)
    noise = 1e-9 * max(abs(low), abs(high))
    return np.asarray([t for t in ticks if low - noise <= t <= high + noise])


def draw_risk_table(
    axes: "Axes", table: "pd.DataFrame", *, times: ArrayLike, groups: Sequence[str], sizes: Sizes
) -> None:
    """Write the numbers below the axis label, a block a group.

    Parameters
    ----------
    axes : Axes
        Drawn on; its ticks are those times, and its label is set.
    table : DataFrame
        Columns group, time, and any of at_risk, left, censored.
    times : array_like
        Shape (s,): the ticks.
    groups : sequence of str
        Groups in order.
    sizes : Sizes
        Sizes in points.
    """
    kinds = [name for name in ROWS if name in table.columns]
    ticks = np.asarray(times, dtype=np.float64)
    shown = {
        (group, kind): [_shown(v) for v in numbers(table[table["group"] == group], kind)]
        for group in groups
        for kind in kinds
    }
    # Row names end left of the widest number at the first tick.
    first = max(printed_width(row[0], sizes.small) for row in shown.values())
    low, high = axes.get_xlim()
    step = -_LINE * sizes.small
    # Tick labels and the axis label come first.
    down = -(2.5 + 2 + 1.2 * sizes.small) - (1.3 * sizes.text + 4) - 3
    common: dict[str, Any] = {
        "textcoords": "offset points", "va": "top", "size": sizes.small, "annotation_clip": False,
    }  # fmt: skip
    place = (float(ticks[0]) - low) / (high - low)
    for group in groups:
        if len(groups) > 1:
            axes.annotate(
                group, (place, 0), xycoords="axes fraction", xytext=(-first / 2, down), ha="left",
                color=INK, weight="bold", **common,
            )  # fmt: skip
            down += step
        for kind in kinds:
            axes.annotate(
                ROWS[kind], (place, 0), xycoords="axes fraction",
                xytext=(-first / 2 - 5, down), ha="right", color=MUTED, **common,
            )  # fmt: skip
            for tick, text in zip(ticks, shown[group, kind], strict=True):
                axes.annotate(
                    text, (tick, 0), xycoords=axes.get_xaxis_transform(), xytext=(0, down),
                    ha="center", color=INK, **common,
                )  # fmt: skip
            down += step


def _lines(groups: Sequence[str]) -> int:
    """Return the lines of a table; a single group needs no heading."""
    return len(groups) * (len(ROWS) + (len(groups) > 1))


def _shown(value: float) -> str:
    """Return a number of people as printed."""
    return f"{value:,.0f}" if np.isfinite(value) else "\N{EN DASH}"
