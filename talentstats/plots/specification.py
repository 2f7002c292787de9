"""The specification curve: every defensible comparison, and the choices that made it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.plots.frames import numbers, tidy_frame
from talentstats.plots.labels import add_caption, points_axis, wrap
from talentstats.plots.style import (
    DOUBLE,
    FAINT,
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

_FIGURE = "plot_specification_curve"
_CHOICES = {
    "benchmark": "Benchmark",
    "alignment": "Alignment",
    "test": "Test",
    "unknowns": "Unknown people",
    "design_effect": "Design effect",
}
# Marks differ in shape and in luminance, so that a verdict can be read in grey.
_VERDICTS: dict[str, tuple[str, str]] = {
    "below": ("v", "#6b1200"),
    "equivalent within the margin, though detectably below": ("D", "#1f7a5c"),
    "cannot tell": ("o", "#a3a3a3"),
    "equivalent within the margin": ("s", "#4393c5"),
    "equivalent within the margin, though detectably above": ("p", "#957200"),
    "above": ("^", "#17497f"),
}
_CROWDED = 3.5
"""Below this many points a specification, marks become ticks."""


class SpecificationAxes(NamedTuple):
    """The two panels of a specification curve.

    Attributes
    ----------
    upper : Axes
        Estimates with intervals, sorted.
    lower : Axes
        The verdict and the choices behind each estimate.
    """

    upper: "Axes"
    lower: "Axes"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Row:
    """One line of the lower panel: a heading (no marks) or a choice (where it was made)."""

    label: str
    at: NDArray[np.intp] | None
    marker: str = "o"
    color: str = INK


def plot_specification_curve(
    data: Any,
    *,
    choices: Mapping[str, str] | None = None,
    level: float = 0.95,
    ylabel: str = "Observed minus benchmark\n(percentage points)",
    ax: "tuple[Axes, Axes] | None" = None,
    width: float | None = None,
    caption: str = "",
) -> SpecificationAxes:
    """Draw every specification's estimate in order, above a matrix of the choices behind it.

    The first rows of the matrix are the verdicts, so that they can be read without colour
    and however many specifications there are. Specifications stand from the lowest estimate
    to the highest; those with the same estimate keep the order of the frame. The figure is
    descriptive: the specifications overlap, and no joint test is shown.

    Parameters
    ----------
    data : DataFrame or Result
        One row a specification: `estimate`, `conf_low`, `conf_high` (differences of rates,
        in [-1, 1], drawn in percentage points), `verdict` and the columns named in `choices`.
    choices : mapping of str to str, optional
        Choice columns and their headings, from top to bottom; the default is `benchmark`,
        `alignment`, `test`, `unknowns` and `design_effect`.
    level : float
        Asked of a result's `tidy`; a frame keeps the level it has.
    ylabel : str
        Label of the upper vertical axis.
    ax : tuple of Axes or None
        An upper and a lower axes of the caller's; None makes a figure tall enough for all rows.
    width : float or None
        Printed width in inches; None takes two columns, or the width of the figure of `ax`.
    caption : str
        Text below the axes: sources, or that the data are simulated.

    Returns
    -------
    SpecificationAxes
        The upper and the lower axes, as a named pair.

    Raises
    ------
    InputError
        If a column is missing, an estimate is no difference of rates, or `ax` is not a pair.
    UnknownNameError
        If a verdict is not one of the package's.

    References
    ----------
    .. [1] Simonsohn, U., Simmons, J. P. & Nelson, L. D. (2020). Specification curve analysis.
       Nature Human Behaviour 4, 1208-1214. doi:10.1038/s41562-020-0912-z

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "benchmark": ["90% at 10 years", "88% at 5 years"], "estimate": [-0.069, 0.012],
    ...     "conf_low": [-0.151, -0.07], "conf_high": [-0.01, 0.071],
    ...     "verdict": ["below", "cannot tell"],
    ... })
    >>> panels = plot_specification_curve(frame, choices={"benchmark": "Benchmark"})
    >>> [label.get_text() for label in panels.lower.get_yticklabels()]
    ['Verdict', 'below', 'cannot tell', 'Benchmark', '90% at 10 years', '88% at 5 years']
    """
    choices = _CHOICES if choices is None else choices
    drawn = ("estimate", "conf_low", "conf_high")
    frame = tidy_frame(
        data,
        figure=_FIGURE,
        needs=(*choices, *drawn, "verdict"),
        numeric=drawn,
        level=checks.level(level),
    )
    for value in numbers(frame, "estimate"):
        checks.finite_number(
            value, name="estimate", above=-1, below=1, closed=True,
            hint="it is a difference of two rates: divide points by 100, and drop specifications "
            "that could not be computed.",
        )  # fmt: skip
    for verdict in frame["verdict"].unique():
        checks.one_of(verdict, _VERDICTS, name="verdict")
    frame = frame.sort_values("estimate", kind="stable").reset_index(drop=True)
    with house_style():
        sizes = _sizes(ax, width)
        rows = _matrix(frame, choices)
        room = min(0.42 * 72 * sizes.width, 150)
        labels = [wrap(row.label, width=room, size=sizes.small) for row in rows]
        lines = np.array([label.count("\n") for label in labels])
        heights = 1.22 * sizes.small * (1 + lines) + 1 + 2.0 * (lines > 0)
        heights[[row.at is None for row in rows]] += 4
        panels = _panels(ax, sizes, float(heights.sum()))
        _draw_rows(panels.lower, rows, labels, heights, sizes)
        panels.upper.set_ylabel(ylabel)
        points_axis(panels.upper.yaxis)
        panels.upper.set_xlim(-0.7, len(frame) - 0.3)
        panels.lower.set_xlim(-0.7, len(frame) - 0.3)
        figure = figure_of(panels)
        add_caption(figure, caption, sizes)
        figure.draw_without_rendering()
        span = panels.lower.get_window_extent().width * 72 / figure.dpi
        pitch = span / (len(frame) + 0.4)
        order = f"{len(frame)} specifications, from lowest to highest estimate"
        panels.lower.set_xlabel(wrap(order, width=span, size=sizes.text), labelpad=7)
        _draw_estimates(panels.upper, frame, pitch, sizes)
        _draw_marks(panels.lower, rows, heights, pitch, sizes)
    return panels


def _sizes(ax: "tuple[Axes, Axes] | None", width: float | None) -> Sizes:
    """Return the sizes for the width given, else for the caller's figure, else two columns."""
    if ax is not None and (not isinstance(ax, Sequence) or len(ax) != 2):
        raise InputError(f"{_FIGURE}: ax={ax!r}; allowed is a pair of axes, upper and lower.")
    if width is not None:
        return sizes_for(width)
    return sizes_for(DOUBLE if ax is None else figure_of(ax).get_figwidth())


def _panels(
    ax: "tuple[Axes, Axes] | None", sizes: Sizes, matrix_height: float
) -> SpecificationAxes:
    """Return the two axes, dressed; a new figure is as tall as the matrix asks."""
    if ax is None:
        curve = min(max(0.4 * 72 * sizes.width, 110), 190)
        figure = new_figure(sizes.width, (curve + matrix_height + 34) / 72)
        upper, lower = figure.subplots(2, 1, gridspec_kw={"height_ratios": [curve, matrix_height]})
    else:
        upper, lower = ax
    for axes in (upper, lower):
        dress(axes, sizes)
        axes.set_xticks([])
    upper.spines["bottom"].set_visible(False)
    lower.spines[["left", "bottom"]].set_visible(False)
    return SpecificationAxes(upper=upper, lower=lower)


def _matrix(frame: "pd.DataFrame", choices: Mapping[str, str]) -> list[_Row]:
    """Return the rows of the lower panel: verdicts, then each column's choices in order."""
    rows = [_Row(label="Verdict", at=None)]
    for verdict, (marker, color) in _VERDICTS.items():
        at = np.flatnonzero(frame["verdict"] == verdict)
        if at.size:
            rows.append(_Row(label=verdict, at=at, marker=marker, color=color))
    for column, heading in choices.items():
        rows.append(_Row(label=heading, at=None))
        for value in _ordered(frame, column):
            at = np.flatnonzero(frame[column] == value)
            text = f"{value:g}" if isinstance(value, float) else str(value)
            rows.append(_Row(label=text, at=at))
    return rows


def _ordered(frame: "pd.DataFrame", column: str) -> list[Any]:
    """Return a column's choices: numbers ascending, words by their mean estimate."""
    if frame[column].isna().any():
        raise InputError(
            f"{_FIGURE}: column {column} has empty cells; allowed is a choice in every row. "
            "Hint: name it ('none')."
        )
    import pandas as pd

    if pd.api.types.is_numeric_dtype(frame[column]):
        return sorted(frame[column].unique().tolist())
    means = frame.groupby(column, sort=False, observed=True)["estimate"].mean()
    return list(means.sort_values(kind="stable").index)


def _draw_rows(
    axes: "Axes",
    rows: Sequence[_Row],
    labels: Sequence[str],
    heights: NDArray[np.float64],
    sizes: Sizes,
) -> None:
    """Label the rows at the left, headings in bold, and rule a faint line under each choice."""
    middle = _middles(rows, heights)
    axes.set_ylim(heights.sum(), 0)
    axes.set_yticks(middle, labels, size=sizes.small, linespacing=1.1)
    axes.tick_params(axis="y", length=0)
    for row, label in zip(rows, axes.get_yticklabels(), strict=True):
        if row.at is None:
            label.set_fontweight("bold")
    ruled = middle[[row.at is not None for row in rows]]
    axes.hlines(
        ruled, 0, 1, transform=axes.get_yaxis_transform(), color=FAINT, linewidth=0.5, zorder=1
    )


def _middles(rows: Sequence[_Row], heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rows' middles; the air above a heading is not part of it."""
    air = np.where([row.at is None for row in rows], 4, 0)
    return np.asarray(np.cumsum(heights) - (heights - air) / 2)


def _draw_estimates(axes: "Axes", frame: "pd.DataFrame", pitch: float, sizes: Sizes) -> None:
    """Draw intervals and estimates, each in the mark of its verdict."""
    x = np.arange(len(frame))
    estimate = numbers(frame, "estimate")
    low, high = numbers(frame, "conf_low"), numbers(frame, "conf_high")
    axes.axhline(0, color=MUTED, linewidth=0.8, zorder=1)
    bar = float(np.clip(0.4 * pitch, 0.4, sizes.line))
    side = float(np.clip(0.85 * pitch, 1.4, sizes.marker))
    for verdict, (marker, color) in _VERDICTS.items():
        own = np.flatnonzero(frame["verdict"] == verdict)
        if own.size:
            axes.vlines(
                x[own], low[own], high[own], color=color, linewidth=bar, alpha=0.65, label=verdict
            )
            axes.scatter(
                x[own], estimate[own], s=side**2, marker=marker, c=color, edgecolors=INK,
                linewidths=0.4 if pitch >= _CROWDED else 0, zorder=3,
            )  # fmt: skip


def _draw_marks(
    axes: "Axes", rows: Sequence[_Row], heights: NDArray[np.float64], pitch: float, sizes: Sizes
) -> None:
    """Mark in each row the specifications that made its choice; ticks when they are many."""
    half = 0.4 * sizes.small
    for row, y in zip(rows, _middles(rows, heights), strict=True):
        if row.at is None:
            continue
        if pitch < _CROWDED:
            thick = float(np.clip(0.75 * pitch, 0.5, 1.6))
            axes.vlines(row.at, y - half, y + half, color=row.color, linewidth=thick, zorder=2)
        else:
            side = min(0.85 * pitch, 0.9 * sizes.marker)
            axes.scatter(
                row.at, np.full(row.at.size, y), s=side**2, marker=row.marker, c=row.color,
                edgecolors=INK, linewidths=0.4, zorder=2,
            )  # fmt: skip
