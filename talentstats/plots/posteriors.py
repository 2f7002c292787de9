"""What the plots of posteriors share: their frames, rows with names and numbers, a key."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from talentstats.plots.frames import tidy_frame
from talentstats.plots.labels import wrap
from talentstats.plots.style import INK, Sizes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def posterior_frame(
    data: Any,
    what: str,
    *,
    figure: str,
    needs: Sequence[str],
    numeric: Sequence[str],
    level: float,
) -> "pd.DataFrame":
    """Return one of the tables of a fitted model, the only one of a result, or a frame.

    Parameters
    ----------
    data : PosteriorFit, Result or DataFrame
        A fitted model has several tables, known by their `quantities`.
    what : str
        Which of a model's.
    figure : str
        The plotting function, for messages.
    needs, numeric : Sequence of str
        Columns that must be there, and those of them that must hold numbers.
    level : float
        Level of the intervals, where `data` is not a frame.

    Returns
    -------
    DataFrame
        A copy with a fresh index.
    """
    several = hasattr(data, "quantities")
    table = data.tidy(what, level=level) if several else data
    return tidy_frame(
        table, figure=figure, needs=needs, numeric=numeric, level=None if several else level
    )


def name_rows(
    axes: "Axes", names: Sequence[str], words: Sequence[str], sizes: Sizes, *, pad: float = 2.0
) -> None:
    """Name rows at the left and write their numbers at the right.

    Parameters
    ----------
    axes : Axes
        Row i is at height -i.
    names : sequence of str
        (n,) wrapped names.
    words : sequence of str
        (n,) words at the right.
    sizes : Sizes
        Sizes in points.
    pad : float
        Points between the names and the axes, for marks that stand on the edge.
    """
    axes.set_yticks(-np.arange(len(names)), list(names), size=sizes.small, linespacing=1.05)
    axes.tick_params(axis="y", length=0, pad=pad)
    axes.spines["left"].set_visible(False)
    for i, text in enumerate(words):
        axes.annotate(
            text, (1, -i), xycoords=axes.get_yaxis_transform(), xytext=(6, 0),
            textcoords="offset points", va="center_baseline", size=sizes.small, color=INK,
        )  # fmt: skip


def wrapped(names: Sequence[str], sizes: Sizes, *, share: float = 0.34) -> tuple[list[str], float]:
    """Return names wrapped to a share of the width, and the height of a row in inches.

    Parameters
    ----------
    names : sequence of str
        Names of the rows.
    sizes : Sizes
        Sizes in points.
    share : float
        Of the printed width that the names may take.

    Returns
    -------
    texts : list of str
        With line breaks.
    height : float
        Room for the tallest.
    """
    texts = [wrap(str(name), width=share * 72 * sizes.width, size=sizes.small) for name in names]
    tallest = max(text.count("\n") + 1 for text in texts)
    return texts, (1.15 * tallest + 0.55) * sizes.small / 72


def draw_key(
    axes: "Axes", marks: "Sequence[Any]", sizes: Sizes, *, columns: int | None = None
) -> float:
    """Explain marks above the axes.

    Parameters
    ----------
    axes : Axes
        Their marks are explained.
    marks : sequence of Artist
        Each with its label.
    sizes : Sizes
        Sizes in points.
    columns : int or None
        Marks side by side; None takes one in a narrow figure, else two.

    Returns
    -------
    float
        Height of the key in inches.
    """
    across = columns or (2 if sizes.width >= 5 else 1)
    # Names at the left take a third; a mark takes three letters' heights.
    room = 0.65 * 72 * sizes.width / across - 3.3 * sizes.small
    labels = [wrap(str(mark.get_label()), width=room, size=sizes.small) for mark in marks]
    axes.legend(
        list(marks), labels, loc="lower left", bbox_to_anchor=(0, 1), ncols=across,
        frameon=False, fontsize=sizes.small, labelcolor=INK, borderaxespad=0.2, borderpad=0,
        handlelength=2.2, labelspacing=0.35, columnspacing=1.6,
    )  # fmt: skip
    # Columns are filled one after another.
    down = -(-len(labels) // across)
    lines = [label.count("\n") + 1 for label in labels]
    tallest = max(sum(lines[i : i + down]) for i in range(0, len(lines), down))
    return tallest * 1.4 * sizes.small / 72
