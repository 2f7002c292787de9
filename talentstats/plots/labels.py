"""Words on figures: p-values, wrapped lines, labels that keep their distance, captions."""

import re
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats.plots.style import MUTED, Sizes

if TYPE_CHECKING:
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

# After a space, but not in the last words of a bracket, so that "(SEI 2020)" stays in one
# piece; or after the hyphen of a word.
_BREAK = re.compile(r"(?<= )(?![^()]{0,8}\))|(?<=[a-z]-)")


def p_text(p_value: float) -> str:
    """Return a p-value as a reader expects it, never "p = 0.000".

    Parameters
    ----------
    p_value : float
        In [0, 1].

    Returns
    -------
    str
        Three decimals, two from 0.1 upwards, or "p < 0.001", with unbreakable spaces;
        empty where there is none.

    Examples
    --------
    >>> print(p_text(0.0163), p_text(0.3964), p_text(0.0004), p_text(1.0), sep="; ")
    p = 0.016; p = 0.40; p < 0.001; p = 1
    """
    if not np.isfinite(p_value):
        return ""
    if p_value < 0.001:
        words = "p < 0.001"
    elif p_value > 0.995:
        words = "p = 1" if p_value >= 1 else "p > 0.99"
    else:
        words = f"p = {p_value:.3f}" if p_value < 0.0995 else f"p = {p_value:.2f}"
    return words.replace(" ", "\u00a0")


def percent_axis(axis: "Axis") -> None:
    """Print an axis of rates in percents, without decimals that say nothing.

    Parameters
    ----------
    axis : Axis
        An x or y axis whose data are rates; changed in place.
    """
    axis.set_major_formatter(lambda value, _position: f"{round(100 * value, 6):g}%")


def points_axis(axis: "Axis") -> None:
    """Print an axis of differences between rates in percentage points, with a true minus.

    Parameters
    ----------
    axis : Axis
        An x or y axis whose data are differences of rates; changed in place.
    """
    axis.set_major_formatter(
        lambda value, _position: f"{round(100 * value, 6):g}".replace("-", "\N{MINUS SIGN}")
    )


def printed_width(text: str, size: float) -> float:
    """Return the width of the longest line of a text in the house's typeface.

    Parameters
    ----------
    text : str
        One or more lines.
    size : float
        Font size in points.

    Returns
    -------
    float
        Width in points.

    Examples
    --------
    >>> printed_width("stay rate", 8) == 2 * printed_width("stay rate", 4) > 0
    True
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    typeface = FontProperties(family="DejaVu Sans", size=size)
    measure = TextToPath().get_text_width_height_descent
    return max(float(measure(line, typeface, ismath=False)[0]) for line in text.split("\n"))


def wrap(text: str, *, width: float, size: float) -> str:
    """Break a text after spaces and hyphens so that no line is wider than allowed.

    A word that is wider by itself stays whole.

    Parameters
    ----------
    text : str
        The text; its own line breaks are kept.
    width : float
        Allowed width in points.
    size : float
        Font size in points.

    Returns
    -------
    str
        The text with line breaks.

    Examples
    --------
    >>> wrap("published stay rate", width=45, size=8).splitlines()
    ['published', 'stay rate']
    """
    lines: list[str] = []
    for paragraph in str(text).split("\n"):
        line = ""
        for word in _BREAK.split(paragraph):
            # Hinting on screen makes text up to three percent wider than its outlines.
            if line and 1.03 * printed_width((line + word).rstrip(" "), size) > width:
                lines.append(line.rstrip(" "))
                line = ""
            line += word
        lines.append(line.rstrip(" "))
    return "\n".join(lines)


def spread(
    positions: ArrayLike, *, heights: ArrayLike, low: float = -np.inf, high: float = np.inf
) -> NDArray[np.float64]:
    """Move label positions as little as possible so that labels do not overlap.

    Parameters
    ----------
    positions : array_like
        (n,) wanted middles, in any order.
    heights : array_like
        (n,) extents of the labels, in the same unit.
    low, high : float
        Limits within which the middles stay, as far as they have room.

    Returns
    -------
    ndarray
        (n,) middles in the order given; their own order along the axis is kept. They
        minimise the squared moves (isotonic regression on positions less their offsets).

    Examples
    --------
    >>> spread([0.83, 0.83, 0.2], heights=[0.1, 0.1, 0.1]).round(2).tolist()
    [0.78, 0.88, 0.2]
    """
    wanted = np.asarray(positions, dtype=np.float64)
    order = np.argsort(wanted, kind="stable")
    extent = np.asarray(heights, dtype=np.float64)[order]
    offsets = np.concatenate([[0.0], np.cumsum((extent[:-1] + extent[1:]) / 2)])[: wanted.size]
    blocks: list[tuple[float, int]] = []
    for value in wanted[order] - offsets:
        mean, count = float(value), 1
        while blocks and blocks[-1][0] >= mean:
            before, n = blocks.pop()
            mean, count = (mean * count + before * n) / (count + n), count + n
        blocks.append((mean, count))
    moved = np.repeat([mean for mean, _ in blocks], [count for _, count in blocks])
    placed = np.empty_like(wanted)
    placed[order] = np.clip(moved, low, max(low, high - offsets.max(initial=0))) + offsets
    return placed


def add_caption(figure: "Figure", caption: str, sizes: Sizes) -> None:
    """Set a caption (sources, "simulated") below everything on a figure.

    Parameters
    ----------
    figure : Figure
        A figure with constrained layout makes room by itself; any other layout is the
        caller's to arrange.
    caption : str
        The text; an empty one changes nothing.
    sizes : Sizes
        Sizes in points; the caption is wrapped to their width.
    """
    if not caption:
        return
    figure.supxlabel(
        wrap(caption, width=72 * figure.get_figwidth() - 10, size=sizes.small),
        x=4 / (72 * figure.get_figwidth()),
        ha="left",
        size=sizes.small,
        color=MUTED,
        linespacing=1.25,
    )
