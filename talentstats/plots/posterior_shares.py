"""Probabilities by cell with their shrinkage: what each cell says beside what all say of it."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from talentstats import checks
from talentstats.errors import InputError
from talentstats.plots.frames import numbers
from talentstats.plots.labels import add_caption, percent_axis, wrap
from talentstats.plots.posteriors import draw_key, name_rows, posterior_frame, wrapped
from talentstats.plots.style import INK, MUTED, Sizes, axes_for, figure_of, house_style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_FIGURE: Final = "plot_shares_by_cell"
_DOTS: Final = (0, (1, 1.6))


def plot_shares_by_cell(
    data: Any,
    *,
    destination: str | None = None,
    level: float = 0.95,
    xlabel: str | None = None,
    ax: "Axes | None" = None,
    width: float | None = None,
    caption: str = "",
) -> "Axes":
    """Draw the probability of one destination by cell: raw share beside pooled estimate.

    Parameters
    ----------
    data : DestinationPosterior or DataFrame
        A fit, or its ``tidy("cell")``: `group`, `outcome`, `estimate`, `conf_low`, `conf_high`,
        `count`, `people` and `raw`.
    destination : str or None
        Which one; needed where there are several.
    level : float
        Level of the intervals, where `data` is a fit.
    xlabel : str or None
        Label of the horizontal axis; None names the destination.
    ax : Axes or None
        Where to draw; None makes a figure tall enough for every cell.
    width : float or None
        Printed width in inches; None takes two columns, or the width of the figure of `ax`.
    caption : str
        Text below the axes: sources, or that the data are simulated.

    Returns
    -------
    Axes
        The axes drawn on: the cell with the largest estimate on top, row i at height -i, the
        people of the destination and of the cell at the right. A cell without people has no
        raw share.

    Raises
    ------
    InputError
        If a column is missing, there are several destinations and none is named, or a cell
        stands there twice.
    UnknownNameError
        If there is no such destination.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "group": ["industry", "academia"], "outcome": "China", "estimate": [0.08, 0.12],
    ...     "conf_low": [0.04, 0.07], "conf_high": [0.14, 0.21],
    ...     "count": [1, 3], "people": [40, 12], "raw": [0.025, 0.25],
    ... })
    >>> [text.get_text() for text in plot_shares_by_cell(frame).texts]
    ['3 of 12', '1 of 40']
    """
    values = ("estimate", "conf_low", "conf_high", "count", "people", "raw")
    frame = posterior_frame(
        data,
        "cell",
        figure=_FIGURE,
        needs=("group", "outcome", *values),
        numeric=values,
        level=checks.level(level),
    )
    rows, name = _of_destination(frame, destination)
    rows = rows.sort_values("estimate", ascending=False, kind="stable")
    with house_style():
        axes, sizes = axes_for(ax, width, 2.0)
        names, row = wrapped(rows["group"].tolist(), sizes)
        _draw(axes, rows, sizes)
        people, there = float(rows["people"].sum()), float(rows["count"].sum())
        marks = _marks(rows, name, sizes)
        if people > 0:
            label = (
                f"observed in all cells: {100 * there / people:.1f}% ({there:.0f} of {people:.0f})"
            )
            marks.append(
                axes.axvline(
                    there / people,
                    color=MUTED,
                    linestyle=_DOTS,
                    linewidth=0.9,
                    zorder=1,
                    label=label,
                )
            )
        key = draw_key(axes, marks, sizes)
        if ax is None:
            figure_of(axes).set_figheight(row * len(rows) + key + 0.65)
        words = [
            f"{k:.0f} of {n:.0f}" if n > 0 else "nobody"
            for k, n in zip(rows["count"], rows["people"], strict=True)
        ]
        name_rows(axes, names, words, sizes, pad=sizes.marker + 1)
        axes.set_ylim(-len(rows) + 0.4, 0.6)
        percent_axis(axes.xaxis)
        said = f"Probability of {name}" if xlabel is None else xlabel
        axes.set_xlabel(wrap(said, width=0.6 * 72 * sizes.width, size=sizes.text))
        add_caption(figure_of(axes), caption, sizes)
    return axes


def _of_destination(frame: "pd.DataFrame", destination: str | None) -> "tuple[pd.DataFrame, str]":
    """Return the rows of one destination, one a cell, and its name."""
    outcomes = [str(name) for name in dict.fromkeys(frame["outcome"])]
    if destination is None and len(outcomes) > 1:
        raise InputError(
            f"{_FIGURE} draws one destination, found {len(outcomes)}. Hint: destination= one of "
            f"{', '.join(outcomes)}."
        )
    name = checks.one_of(
        outcomes[0] if destination is None else destination, outcomes, name="destination"
    )
    rows = frame[frame["outcome"].astype(str) == name]
    twice = rows["group"][rows["group"].duplicated()]
    if not twice.empty:
        raise InputError(
            f"{_FIGURE}: cell {twice.iloc[0]!r} stands in the frame more than once; allowed is one "
            "row a cell and destination. Hint: filter the frame first."
        )
    return rows, name


def _draw(axes: "Axes", rows: "pd.DataFrame", sizes: Sizes) -> None:
    """Draw intervals, estimates, raw shares, and what lies between the two."""
    estimate, raw = numbers(rows, "estimate"), numbers(rows, "raw")
    low, high = numbers(rows, "conf_low"), numbers(rows, "conf_high")
    y = -np.arange(estimate.size)
    seen = np.isfinite(raw)
    # Only where the interval does not lead from one to the other.
    axes.hlines(
        y[seen], raw[seen], np.clip(raw, low, high)[seen], color=MUTED, linestyle=_DOTS,
        linewidth=0.9,
    )  # fmt: skip
    axes.hlines(y, low, high, color=INK, linewidth=sizes.line, zorder=2)
    axes.scatter(estimate, y, s=sizes.marker**2, marker="s", c=INK, zorder=4)
    axes.scatter(
        raw[seen], y[seen], s=(1.7 * sizes.marker) ** 2, marker="o", facecolors="white",
        edgecolors=INK, linewidths=0.9, zorder=3, clip_on=False,
    )  # fmt: skip
    right = np.nanmax(np.concatenate([high, raw[seen]]))
    axes.set_xlim(0, min(1.0, 1.04 * float(right)))


def _marks(rows: "pd.DataFrame", name: str, sizes: Sizes) -> list[Any]:
    """Return the marks of the key."""
    from matplotlib.lines import Line2D

    level = rows["conf_level"].iloc[0] if "conf_level" in rows.columns else float("nan")
    interval = f"{100 * level:.4g}% interval" if level == level else "interval"
    observed = f"observed: share of the cell in {name}"
    named = rows["estimator"].iloc[0] if "estimator" in rows.columns else "estimate"
    return [
        Line2D(
            [], [], color=INK, marker="s", markersize=sizes.marker, linewidth=sizes.line,
            label=f"pooled: {named}, {interval}",
        ),
        Line2D(
            [], [], color=INK, marker="o", markersize=1.6 * sizes.marker, linestyle="none",
            markerfacecolor="white", markeredgewidth=0.9, label=observed,
        ),
    ]  # fmt: skip
