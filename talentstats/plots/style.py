"""The house style: printed widths, text sizes, a palette that survives a grey printer.

Figures are made as `matplotlib.figure.Figure` objects, never through pyplot, so drawing
one leaves nothing behind: no current figure, no changed rcParams.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from talentstats.checks import finite_number
from talentstats.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SINGLE = 3.4
"""One journal column, in inches."""
DOUBLE = 7.0
"""Two journal columns, in inches."""
PHONE = 2.8
"""Drawn this narrow, 7 pt text is about 12 px high on a phone 390 px wide."""

INK = "#1a1a1a"
MUTED = "#595959"
FAINT = "#c4c4c4"
SHADE = "#e4ebf2"

_HOUSE = {
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "Helvetica", "sans-serif"],
    "axes.unicode_minus": True,
    # A label such as "$5,500 to $9,000" is money, not mathematics.
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "talentstats",
    "pdf.fonttype": 42,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Text and mark sizes in points that suit one printed width.

    Attributes
    ----------
    width : float
        Printed width in inches.
    text, small : float
        Axis labels and the smallest text in points; `small` is never below 7.
    line, marker : float
        Line width and marker diameter in points.
    """

    width: float
    text: float
    small: float
    line: float
    marker: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """How one of several lines is drawn, told apart by dash and marker as well as colour.

    Attributes
    ----------
    color : str
        A colour; the palette's luminances differ, so that it can be read in grey.
    dash : Any
        A matplotlib line style.
    marker : str
        A matplotlib marker.
    """

    color: str
    dash: Any
    marker: str


SERIES = (
    Series(color="#1a1a1a", dash="-", marker="o"),
    Series(color="#0072b2", dash=(0, (5, 1.5)), marker="s"),
    Series(color="#c04a00", dash=(0, (1.2, 1.2)), marker="^"),
    Series(color="#007a59", dash=(0, (6, 1.5, 1.2, 1.5)), marker="D"),
    Series(color="#a05195", dash=(0, (3, 1, 1, 1, 1, 1)), marker="v"),
    Series(color="#3f8ec2", dash=(0, (8, 3)), marker="P"),
    Series(color="#8a6d00", dash=(0, (2.5, 2.5)), marker="X"),
    Series(color="#7f7f7f", dash=(0, (1, 2.5)), marker="*"),
)
"""Eight lines that stay apart in greyscale; a ninth begins again."""


def house_style() -> AbstractContextManager[None]:
    """Return a context in which matplotlib draws in this package's style.

    Inside, the caller's own rcParams do not apply, so a figure looks the same on every
    machine; on leaving they are as before.

    Returns
    -------
    AbstractContextManager
        To be used in a `with` statement.

    Examples
    --------
    >>> import matplotlib
    >>> before = matplotlib.rcParams["svg.fonttype"]
    >>> with house_style():
    ...     print(matplotlib.rcParams["svg.fonttype"])
    none
    >>> matplotlib.rcParams["svg.fonttype"] == before
    True
    """
    import matplotlib.style

    return matplotlib.style.context(["default", _HOUSE])


def sizes_for(width: float) -> Sizes:
    """Return the text and mark sizes for a printed width.

    Parameters
    ----------
    width : float
        Printed width in inches, from 2 to 20.

    Returns
    -------
    Sizes
        Sizes in points.

    Raises
    ------
    InputError
        If the width is not a number from 2 to 20.

    Examples
    --------
    >>> sizes_for(3.4).small, sizes_for(7).text
    (7.0, 8.5)
    """
    width = finite_number(
        width, name="width", above=2, below=20, closed=True, hint="give the printed width in inches"
    )
    if width >= 5:
        return Sizes(width=width, text=8.5, small=7.5, line=1.4, marker=4.5)
    return Sizes(width=width, text=7.5, small=7.0, line=1.1, marker=3.6)


def new_axes(width: float, height: float) -> "Axes":
    """Return an empty pair of axes on a figure of its own, in the house style.

    Parameters
    ----------
    width, height : float
        Printed size of the figure in inches.

    Returns
    -------
    Axes
        Axes on a new figure with constrained layout and an Agg canvas.

    Examples
    --------
    >>> axes = new_axes(3.4, 2.4)
    >>> axes.figure.get_size_inches().tolist()
    [3.4, 2.4]
    """
    with house_style():
        axes = new_figure(width, height).subplots()
        dress(axes, sizes_for(width))
    return axes


def new_figure(width: float, height: float) -> "Figure":
    """Return an empty figure that pyplot does not know.

    Parameters
    ----------
    width, height : float
        Printed size in inches.

    Returns
    -------
    Figure
        With constrained layout and an Agg canvas, so that text can be measured.

    Examples
    --------
    >>> new_figure(7, 3).axes
    []
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=200, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def dress(axes: "Axes", sizes: Sizes) -> None:
    """Give axes the house's spines, ticks and text sizes.

    Sizes are set on the axes themselves, because ticks made later read rcParams.

    Parameters
    ----------
    axes : Axes
        Changed in place.
    sizes : Sizes
        Sizes in points.
    """
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set(color=MUTED, linewidth=0.7)
    axes.tick_params(
        labelsize=sizes.small,
        labelfontfamily="sans-serif",
        color=MUTED,
        labelcolor=INK,
        width=0.7,
        length=2.5,
        pad=2,
    )
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set(size=sizes.text, color=INK)


def axes_for(ax: "Axes | None", width: float | None, height: float) -> "tuple[Axes, Sizes]":
    """Return the axes to draw on and the sizes that suit them.

    Parameters
    ----------
    ax : Axes or None
        The caller's own axes, or None for a new figure.
    width : float or None
        Printed width in inches; None takes the width of the caller's figure, or two columns.
    height : float
        Height of a new figure in inches.

    Returns
    -------
    axes : Axes
        Dressed in the house style.
    sizes : Sizes
        Sizes in points.

    Raises
    ------
    InputError
        If `ax` is not a matplotlib Axes or the width is out of range.
    """
    from matplotlib.axes import Axes

    if ax is None:
        sizes = sizes_for(DOUBLE if width is None else width)
        return new_axes(sizes.width, height), sizes
    if not isinstance(ax, Axes):
        raise InputError(
            f"ax={ax!r} is not a matplotlib Axes. Hint: leave it out for a new figure."
        )
    sizes = sizes_for(figure_of(ax).get_figwidth() if width is None else width)
    dress(ax, sizes)
    return ax, sizes


def figure_of(drawn: "Axes | Figure | Sequence[Axes]") -> "Figure":
    """Return the whole figure behind axes, a figure, or several axes of one figure.

    Parameters
    ----------
    drawn : Axes, Figure or sequence of Axes
        What a plotting function returned.

    Returns
    -------
    Figure
        The figure that can be saved.

    Raises
    ------
    InputError
        If there is no figure behind `drawn`.

    Examples
    --------
    >>> axes = new_axes(3.4, 2)
    >>> figure_of((axes,)) is axes.figure
    True
    """
    from matplotlib.figure import Figure

    first = drawn[0] if isinstance(drawn, Sequence) and len(drawn) else drawn
    figure = first if isinstance(first, Figure) else getattr(first, "figure", None)
    root = getattr(figure, "figure", figure)
    if not isinstance(root, Figure):
        raise InputError(
            f"{type(drawn).__name__} is not a figure; allowed are the Axes that a plot_ function "
            "returned, several of them, or a matplotlib Figure."
        )
    return root
