"""Lines named where they end, at the right of the axes, without touching one another."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike

from talentstats.plots.labels import spread, wrap
from talentstats.plots.style import INK, MUTED, Sizes, figure_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


# A line that ends before this share of the axis is named where it ends: a leader would cross
# the other lines.
_EARLY: Final = 0.8


def end_labels(
    axes: "Axes", names: Sequence[str], *, x: ArrayLike, y: ArrayLike, sizes: Sizes
) -> None:
    """Write names at the right of the axes, each with a dotted line to its point.

    The only point far from the right edge is named beside it.

    Parameters
    ----------
    axes : Axes
        Drawn on; its limits are final.
    names : sequence of str
        Names of n points.
    x, y : array_like
        Shape (n,): where they are, in data units.
    sizes : Sizes
        Sizes in points.
    """
    if not names:
        return
    across, up = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    left, right = axes.get_xlim()
    early = across < left + _EARLY * (right - left)
    if early.sum() == 1 < early.size:
        [alone] = np.flatnonzero(early).tolist()
        _name_there(axes, names[alone], across[alone], up[alone], sizes)
        names = [name for i, name in enumerate(names) if i != alone]
        across, up = across[~early], up[~early]
    room = 0.27 * 72 * sizes.width
    texts = [wrap(name, width=room, size=sizes.small) for name in names]
    labels = [
        axes.annotate(
            text, (1, at), xycoords=axes.get_yaxis_transform(), xytext=(4, 0),
            textcoords="offset points", va="center", size=sizes.small, linespacing=1.05,
            color=INK, annotation_clip=False,
        )
        for text, at in zip(texts, up, strict=True)
    ]  # fmt: skip
    figure = figure_of(axes)
    figure.draw_without_rendering()
    low, high = axes.get_ylim()
    per_point = (high - low) / (axes.get_window_extent().height * 72 / figure.dpi)
    lines = np.array([text.count("\n") + 1 for text in texts])
    placed = spread(up, heights=1.3 * sizes.small * lines * per_point, low=low, high=high)
    for label, begin, start, at in zip(labels, across, up, placed, strict=True):
        label.xy = (1, at)
        if begin >= right and at == start:
            continue
        axes.annotate(
            "", (1, at), xycoords=axes.get_yaxis_transform(), xytext=(begin, start),
            textcoords="data", annotation_clip=False, zorder=1,
            arrowprops={
                "arrowstyle": "-", "color": MUTED, "linewidth": 0.6, "linestyle": (0, (1, 2.5)),
                "shrinkA": 1, "shrinkB": 0,
            },
        )  # fmt: skip


def _name_there(axes: "Axes", name: str, x: float, y: float, sizes: Sizes) -> None:
    """Write a name just below a point, on a ground that other lines do not cross."""
    from matplotlib.patheffects import withStroke

    axes.annotate(
        name, (x, y), xytext=(4, -2), textcoords="offset points", va="top", size=sizes.small,
        color=INK, zorder=4, path_effects=[withStroke(linewidth=2.5, foreground="white")],
    )  # fmt: skip
