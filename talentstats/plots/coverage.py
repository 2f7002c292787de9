"""Coverage of interval methods: small multiples against the nominal level."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from talentstats import checks
from talentstats.errors import InputError
from talentstats.plots.frames import numbers, tidy_frame
from talentstats.plots.labels import add_caption, percent_axis, wrap
from talentstats.plots.style import (
    DOUBLE,
    INK,
    MUTED,
    Sizes,
    dress,
    figure_of,
    house_style,
    new_figure,
    sizes_for,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FIGURE = "plot_coverage"


def plot_coverage(
    data: Any,
    *,
    level: float = 0.95,
    xlabel: str = "True stay rate",
    ylabel: str = "Coverage",
    ax: "Sequence[Axes] | None" = None,
    width: float | None = None,
    caption: str = "",
) -> "tuple[Axes, ...]":
    r"""Draw each method's exact coverage against the true rate, one panel a method and n.

    Where coverage falls short of the nominal level the gap is filled. Panels share a vertical
    axis that ends 13 points below the level: a method that falls further leaves its panel.
    Each panel names the mean expected length of its intervals, in percentage points.

    Parameters
    ----------
    data : DataFrame or Result
        Rows with `method`, `n`, `rate`, `coverage` and `expected_length`, the last three
        in [0, 1].
    level : float
        Nominal level, in (0, 1).
    xlabel, ylabel : str
        Axis labels.
    ax : sequence of Axes or None
        At least as many axes as panels; None makes a figure of them. Several n stand side
        by side with a row a method; a single n fills the width.
    width : float or None
        Printed width in inches; None takes two columns, or the width of the figure of `ax`.
    caption : str
        Text below the axes.

    Returns
    -------
    tuple of Axes
        One a panel, by method and then by n, in the order of the frame.

    Raises
    ------
    InputError
        If a column is missing or there are fewer axes than panels.

    References
    ----------
    .. [1] Brown, L. D., Cai, T. T. & DasGupta, A. (2001). Interval estimation for a binomial
       proportion. Statistical Science 16, 101-133. doi:10.1214/ss/1009213286

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "method": "wilson", "n": 10, "rate": [0.5, 0.9], "coverage": [0.979, 0.93],
    ...     "expected_length": [0.51, 0.38],
    ... })
    >>> [panel.get_title(loc="left").split("\n")[0] for panel in plot_coverage(frame)]
    ['wilson']
    """
    level = checks.level(level)
    values = ("rate", "coverage", "expected_length")
    frame = tidy_frame(
        data, figure=_FIGURE, needs=("method", "n", *values), numeric=values, level=level
    )
    panels = list(frame.groupby(["method", "n"], sort=False))
    left = 0.5 if numbers(frame, "rate").min() >= 0.5 else 0.0
    several_n = frame["n"].nunique() if frame["n"].nunique() > 1 else None
    with house_style():
        drawn, sizes = _grid(ax, width, len(panels), several_n)
        titles = []
        for axes, ((method, n), rows) in zip(drawn, panels, strict=True):
            ordered = rows.sort_values("rate", kind="stable")
            rate, coverage = numbers(ordered, "rate"), numbers(ordered, "coverage")
            axes.fill_between(
                rate, coverage, level, where=list(coverage < level), interpolate=True,
                color="#e3b7a0", linewidth=0,
            )  # fmt: skip
            axes.axhline(level, color=MUTED, linewidth=0.7, linestyle=(0, (4, 2)), zorder=1.5)
            axes.plot(rate, coverage, color=INK, linewidth=0.6 * sizes.line, zorder=2)
            length = 100 * float(np.nanmean(numbers(ordered, "expected_length")))
            titles.append(f"{method}\nn\u00a0=\u00a0{n}, length\u00a0{length:.1f}")
            axes.set(xlim=(left, 1), ylim=(max(level - 0.13, 0), 1.004))
            axes.set_yticks([tick for tick in (level - 0.1, level - 0.05, level, 1) if tick > 0])
            percent_axis(axes.xaxis)
            percent_axis(axes.yaxis)
        _name(drawn, titles, xlabel, ylabel, sizes)
        add_caption(figure_of(drawn), caption, sizes)
    return drawn


def _grid(
    ax: "Sequence[Axes] | None", width: float | None, count: int, columns: int | None
) -> "tuple[tuple[Axes, ...], Sizes]":
    """Return one dressed axes a panel, the caller's or a new figure's."""
    if ax is not None:
        if not isinstance(ax, Sequence) or len(ax) < count:
            raise InputError(
                f"{_FIGURE}: ax holds {len(ax) if isinstance(ax, Sequence) else 'no sequence of'} "
                f"axes; the frame has {count} panels (a method and n each)."
            )
        sizes = sizes_for(figure_of(ax).get_figwidth() if width is None else width)
        drawn = tuple(ax[:count])
    else:
        sizes = sizes_for(DOUBLE if width is None else width)
        across = columns or min(count, max(int(sizes.width / 1.3), 1))
        down = -(-count // across)
        across = columns or -(-count // down)
        figure = new_figure(sizes.width, 1.15 * down + 0.5)
        cells = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False).ravel()
        for cell in cells[count:]:
            cell.remove()
        drawn = tuple(cells[:count])
    for axes in drawn:
        dress(axes, sizes)
    return drawn, sizes


def _name(
    drawn: "Sequence[Axes]", titles: Sequence[str], xlabel: str, ylabel: str, sizes: Sizes
) -> None:
    """Title the panels in their own width, and label the outer axes."""
    figure = figure_of(drawn)
    figure.draw_without_rendering()
    span = min(axes.get_window_extent().width for axes in drawn) * 72 / figure.dpi
    for axes, words in zip(drawn, titles, strict=True):
        left = axes.get_xlim()[0]
        ticks = np.array([0.2, 0.5, 0.8] if span > 70 else [0.2, 0.8])
        axes.set_xticks(left + (1 - left) * ticks)
        axes.set_title(
            wrap(words, width=span, size=sizes.small),
            loc="left",
            size=sizes.small,
            color=INK,
            pad=3,
        )
    across = _columns(drawn)
    for i, axes in enumerate(drawn):
        if i + across >= len(drawn):
            axes.tick_params(labelbottom=True)
            axes.set_xlabel(xlabel)
        if i % across == 0:
            axes.set_ylabel(ylabel)


def _columns(drawn: "Sequence[Axes]") -> int:
    """Return how many panels stand side by side."""
    place = drawn[0].get_subplotspec()
    across = len(drawn) if place is None else place.get_gridspec().ncols
    return max(min(int(across), len(drawn)), 1)
