"""Posterior predictive check: observed shares beside those that the model would produce."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from talentstats import checks
from talentstats.errors import InputError
from talentstats.plots.frames import numbers, tidy_frame
from talentstats.plots.labels import add_caption, percent_axis, printed_width
from talentstats.plots.posteriors import name_rows, wrapped
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
    import pandas as pd
    from matplotlib.axes import Axes

_FIGURE: Final = "plot_predictive_check"
_BAND: Final = "#b9c6d3"
_NAMES: Final = 0.3
# Narrower panels have no room for three percents below them.
_NARROWEST: Final = 1.15


def plot_predictive_check(
    check: Any,
    *,
    destinations: Sequence[str] | None = None,
    ax: "Sequence[Axes] | None" = None,
    width: float | None = None,
    caption: str = "",
) -> "tuple[Axes, ...]":
    """Draw a panel a destination: each cell's observed share on its replicated interval.

    Parameters
    ----------
    check : PredictiveCheck or DataFrame
        ``fit.predictive_check()`` or its `frame()`: `group`, `outcome`, `people`,
        `share_observed`, `share_expected`, `share_low`, `share_high` and `level`.
    destinations : sequence of str or None
        Panels in their order; None draws all.
    ax : sequence of Axes or None
        Where to draw, one a panel; None makes a figure tall enough for every cell.
    width : float or None
        Printed width in inches; None takes two columns, or the width of the figure of `ax`.
    caption : str
        Text below the axes; ``check.sentence`` says what they show.

    Returns
    -------
    tuple of Axes
        One a destination; row i of the cells with people is at height -i. The caption ends with
        what the marks mean and how many cells have no people and so are not shown.

    Raises
    ------
    InputError
        If a column is missing, no cell has people, or there are fewer axes than panels.
    UnknownNameError
        If there is no such destination.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "group": "industry", "outcome": ["US", "China"], "people": 40, "level": 0.95,
    ...     "share_observed": [0.95, 0.05], "share_expected": [0.9, 0.1],
    ...     "share_low": [0.78, 0.0], "share_high": [1.0, 0.22],
    ... })
    >>> [panel.get_title(loc="left") for panel in plot_predictive_check(frame)]
    ['US', 'China']
    """
    values = ("people", "share_observed", "share_expected", "share_low", "share_high", "level")
    own = getattr(check, "frame", None)
    frame = tidy_frame(
        check if own is None else own(),
        figure=_FIGURE,
        needs=("group", "outcome", *values),
        numeric=values,
    )
    found = [str(name) for name in dict.fromkeys(frame["outcome"])]
    chosen = (
        found
        if destinations is None
        else [checks.one_of(name, found, name="destination") for name in destinations]
    )
    cells = frame["group"].nunique()
    frame = frame[frame["people"] > 0]
    if frame.empty:
        raise InputError(f"{_FIGURE}: no cell has people, so there is nothing to check.")
    groups = list(dict.fromkeys(frame["group"]))
    with house_style():
        panels, sizes, across = _panels(ax, width, len(chosen))
        names, row = wrapped(groups, sizes, share=_NAMES)
        for i, (axes, outcome) in enumerate(zip(panels, chosen, strict=True)):
            rows = frame[frame["outcome"].astype(str) == outcome].set_index("group").loc[groups]
            _draw(axes, rows.reset_index(), sizes)
            shown = names if i % across == 0 else [""] * len(names)
            name_rows(axes, shown, [], sizes, pad=sizes.marker)
            axes.set_ylim(-len(rows) + 0.4, 0.6)
            percent_axis(axes.xaxis)
            axes.set_title(outcome, loc="left", size=sizes.small, color=INK, pad=3)
            if i + across >= len(panels):
                axes.set_xlabel("Share of the cell")
        figure, told = figure_of(panels), f"{caption} {_key(frame, cells)}".strip()
        if ax is None:
            lines = printed_width(told, sizes.small) / (72 * sizes.width) + 1
            below = 1.25 * lines * sizes.small / 72 + 0.3
            panel = max(row, 0.16) * len(groups) + 0.45
            figure.set_figheight(panel * -(-len(chosen) // across) + below)
        add_caption(figure, told, sizes)
    return panels


def _panels(
    ax: "Sequence[Axes] | None", width: float | None, count: int
) -> "tuple[tuple[Axes, ...], Sizes, int]":
    """Return one dressed axes a panel, the caller's or a new figure's, and how many abreast."""
    if ax is not None:
        if not isinstance(ax, Sequence) or len(ax) < count:
            raise InputError(
                f"{_FIGURE}: ax holds {len(ax) if isinstance(ax, Sequence) else 'no sequence of'} "
                f"axes; there are {count} destinations, one panel each."
            )
        sizes = sizes_for(figure_of(ax).get_figwidth() if width is None else width)
        drawn, across = tuple(ax[:count]), 1
    else:
        sizes = sizes_for(DOUBLE if width is None else width)
        room = (1 - _NAMES) * sizes.width
        across = min(count, max(int(room / _NARROWEST), 1))
        down = -(-count // across)
        cells = new_figure(sizes.width, 2.0).subplots(down, across, squeeze=False).ravel()
        for cell in cells[count:]:
            cell.remove()
        drawn = tuple(cells[:count])
    for axes in drawn:
        dress(axes, sizes)
    return drawn, sizes, across


def _draw(axes: "Axes", rows: "pd.DataFrame", sizes: Sizes) -> None:
    """Draw replicated intervals and their means, and what was observed on them."""
    y = -np.arange(len(rows))
    low, high, seen = (numbers(rows, f"share_{name}") for name in ("low", "high", "observed"))
    # An edge keeps an interval in sight that is one number.
    axes.barh(y, high - low, left=low, height=0.5, color=_BAND, edgecolor=_BAND, lw=1.2, zorder=1)
    axes.vlines(
        numbers(rows, "share_expected"), y - 0.25, y + 0.25, color=MUTED, linewidth=0.9, zorder=2
    )
    # Limits are whole people over people, so that equal shares are equal numbers.
    outside = (seen < low) | (seen > high)
    for which, mark, size in ((~outside, "o", 1.0), (outside, "X", 1.7)):
        axes.scatter(
            seen[which], y[which], s=(size * sizes.marker) ** 2, marker=mark, c=INK,
            edgecolors="white", linewidths=0.4, zorder=3, clip_on=False,
        )  # fmt: skip
    axes.locator_params(axis="x", nbins=4)


def _key(frame: "pd.DataFrame", cells: int) -> str:
    """Return what the marks mean, and how many cells are not shown."""
    shown = frame["group"].nunique()
    told = (
        f"Bar: {100 * frame['level'].iloc[0]:.4g}% of replicated shares, their mean marked; dot: "
        "observed; cross: observed outside its bar."
    )
    left_out = f" Not shown: {cells - shown} of {cells} cells, in which nobody is."
    return told + (left_out if shown < cells else "")
