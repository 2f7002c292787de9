"""Scaled Schoenfeld residuals against time: how each coefficient changes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.plots.frames import numbers, tidy_frame
from talentstats.plots.labels import add_caption, wrap
from talentstats.plots.style import (
    DOUBLE,
    INK,
    MUTED,
    SHADE,
    Sizes,
    dress,
    figure_of,
    house_style,
    new_figure,
    sizes_for,
)
from talentstats.stats.limits import normal_quantile
from talentstats.stats.splines import natural_splines, weighted_quantiles

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FIGURE = "plot_schoenfeld"
# Degrees of freedom of the smooth, as in R's plot of cox.zph.
_PIECES = 4


def plot_schoenfeld(
    data: Any,
    *,
    terms: Sequence[str] | None = None,
    level: float = 0.95,
    xlabel: str = "Time",
    ylabel: str = "Log hazard ratio",
    ax: "Sequence[Axes] | None" = None,
    width: float | None = None,
    caption: str = "",
) -> "tuple[Axes, ...]":
    """Draw one panel a coefficient: residuals, a smooth of them with a band, the estimate.

    Parameters
    ----------
    data : DataFrame or CoxModel
        A fit, or its ``residuals("scaled-schoenfeld")``: columns `time`, `term`, `residual` and
        `weight`, one row an end and term.
    terms : sequence of str or None
        Coefficients in their order; None draws all.
    level : float
        Level of the band, which takes the smooth (a natural spline with 4 degrees of freedom) as
        an ordinary regression.
    xlabel, ylabel : str
        Axis labels.
    ax : sequence of Axes or None
        Where to draw, one a panel; None makes a figure.
    width : float or None
        Printed width in inches; None takes two columns, or the width of the figure of `ax`.
    caption : str
        Text below the axes.

    Returns
    -------
    tuple of Axes
        One a panel. The dashed line is the estimate, which a straight smooth within its band
        does not contradict.

    Raises
    ------
    InputError
        If a column is missing, there is no such term, or there are fewer axes than panels.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame(
    ...     {"time": [1.0, 2, 3, 4], "term": "age", "residual": [0.2, 0.1, 0.3, 0.2], "weight": 1}
    ... )
    >>> [panel.get_title(loc="left") for panel in plot_schoenfeld(frame)]
    ['age']
    """
    checked = checks.level(level)
    residuals = getattr(data, "residuals", None)
    values = ("time", "residual", "weight")
    frame = tidy_frame(
        data if residuals is None else residuals("scaled-schoenfeld"),
        figure=_FIGURE,
        needs=("term", *values),
        numeric=values,
    )
    found = list(dict.fromkeys(frame["term"]))
    chosen = found if terms is None else [checks.one_of(term, found, name="term") for term in terms]
    with house_style():
        drawn, sizes = _panels(ax, width, len(chosen))
        for axes, term in zip(drawn, chosen, strict=True):
            rows = frame[frame["term"] == term].sort_values("time", kind="stable")
            _draw(axes, *(numbers(rows, name) for name in values), level=checked, sizes=sizes)
        figure = figure_of(drawn)
        add_caption(figure, caption, sizes)
        figure.draw_without_rendering()
        for axes, term in zip(drawn, chosen, strict=True):
            span = axes.get_window_extent().width * 72 / figure.dpi
            title = wrap(term, width=span, size=sizes.small)
            axes.set_title(title, loc="left", size=sizes.small, color=INK, pad=3)
        across = _columns(drawn)
        for i, axes in enumerate(drawn):
            if i + across >= len(drawn):
                axes.set_xlabel(xlabel)
            if i % across == 0:
                axes.set_ylabel(ylabel)
    return drawn


def _panels(
    ax: "Sequence[Axes] | None", width: float | None, count: int
) -> "tuple[tuple[Axes, ...], Sizes]":
    """Return one dressed axes a panel, the caller's or a new figure's."""
    if ax is not None:
        if not isinstance(ax, Sequence) or len(ax) < count:
            raise InputError(
                f"{_FIGURE}: ax holds {len(ax) if isinstance(ax, Sequence) else 'no sequence of'} "
                f"axes; there are {count} coefficients, one panel each."
            )
        sizes = sizes_for(figure_of(ax).get_figwidth() if width is None else width)
        drawn = tuple(ax[:count])
    else:
        sizes = sizes_for(DOUBLE if width is None else width)
        across = min(count, max(int(sizes.width / 1.6), 1))
        down = -(-count // across)
        figure = new_figure(sizes.width, 1.7 * down + 0.4)
        cells = figure.subplots(down, across, squeeze=False).ravel()
        for cell in cells[count:]:
            cell.remove()
        drawn = tuple(cells[:count])
    for axes in drawn:
        dress(axes, sizes)
    return drawn, sizes


def _draw(
    axes: "Axes",
    time: NDArray[np.float64],
    residual: NDArray[np.float64],
    weight: NDArray[np.float64],
    *,
    level: float,
    sizes: Sizes,
) -> None:
    """Draw residuals, their smooth with a band, and their mean, which is the estimate."""
    axes.plot(
        time, residual, linestyle="none", marker="o", markersize=0.55 * sizes.marker,
        markerfacecolor="none", markeredgecolor=MUTED, markeredgewidth=0.6, zorder=2,
    )  # fmt: skip
    mean = float(np.average(residual, weights=weight))
    axes.axhline(mean, color=INK, linewidth=0.8, linestyle=(0, (4, 2)), zorder=3)
    smooth = _smooth(time, residual, weight)
    if smooth is not None:
        at, middle, error = smooth
        half = float(normal_quantile(level=level, side="two-sided")) * error
        axes.fill_between(at, middle - half, middle + half, color=SHADE, linewidth=0, zorder=1)
        axes.plot(at, middle, color=INK, linewidth=sizes.line, zorder=4)
    axes.locator_params(axis="both", nbins=5)


def _smooth(
    time: NDArray[np.float64], residual: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]] | None:
    """Return times, a natural spline through the residuals and its error; None where too few."""
    if np.unique(time).size <= _PIECES + 1:
        return None
    inner = np.arange(1, _PIECES) / _PIECES
    low, high = float(time.min()), float(time.max())
    knots = np.unique(weighted_quantiles(values=time, weight=weight, at=inner))
    knots = knots[(knots > low) & (knots < high)]
    at = np.linspace(low, high, 101)

    def basis(points: NDArray[np.float64]) -> NDArray[np.float64]:
        columns = natural_splines(at=points, knots=knots, low=low, high=high)
        return np.column_stack([np.ones(points.size), columns])

    x, shown = basis(time), basis(at)
    spread = np.linalg.pinv(x.T @ (x * weight[:, None]))
    fitted = spread @ (x.T @ (weight * residual))
    people = float(weight.sum())
    variance = float(weight @ (residual - x @ fitted) ** 2) / max(people - x.shape[1], 1.0)
    error = np.sqrt(variance * np.einsum("ij,jk,ik->i", shown, spread, shown))
    return at, shown @ fitted, error


def _columns(drawn: "Sequence[Axes]") -> int:
    """Return how many panels stand side by side."""
    place = drawn[0].get_subplotspec()
    across = len(drawn) if place is None else place.get_gridspec().ncols
    return max(min(int(across), len(drawn)), 1)
