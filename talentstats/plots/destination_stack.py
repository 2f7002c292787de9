"""Destinations stacked to one hundred percent, a bar for each level of each covariate."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.plots.incidence import _AREAS
from talentstats.plots.labels import add_caption, percent_axis, printed_width
from talentstats.plots.posteriors import draw_key, name_rows, posterior_frame, wrapped
from talentstats.plots.style import INK, SHADE, Sizes, axes_for, figure_of, house_style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_FIGURE: Final = "plot_destinations"
_THICKNESS: Final = 0.72


def plot_destinations(
    data: Any,
    *,
    what: str = "margin",
    level: float = 0.95,
    xlabel: str | None = None,
    ax: "Axes | None" = None,
    width: float | None = None,
    caption: str = "",
) -> "Axes":
    """Draw the shares of all destinations as one bar a group.

    Parameters
    ----------
    data : DestinationPosterior, SharesPosterior or DataFrame
        A fit, a result with one row a destination, or a frame: `outcome` and `estimate` or
        `mean`; `group` where there are several bars, "sector=industry" for the level of a
        covariate; `people` to print them.
    what : {"margin", "population", "cell"}
        Which table of a fit: levels of its covariates, the whole, or cells.
    level : float
        Passed to the result; no interval is drawn.
    xlabel : str or None
        Label of the horizontal axis; None says whether shares or means are drawn.
    ax : Axes or None
        Where to draw; None makes a figure tall enough for every bar.
    width : float or None
        Printed width in inches; None takes two columns, or the width of the figure of `ax`.
    caption : str
        Text below the axes: sources, or that the data are simulated.

    Returns
    -------
    Axes
        The axes drawn on. Bars are posterior means where the frame has a `mean`: medians of
        several shares do not sum to one.

    Raises
    ------
    InputError
        If a column is missing, a group lacks a destination or has it twice, or the shares of a
        group do not sum to one.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"outcome": ["US", "China", "other"], "estimate": [0.87, 0.1, 0.03]})
    >>> axes = plot_destinations(frame)
    >>> [round(float(bar.get_width()), 2) for bar in axes.patches]
    [0.87, 0.1, 0.03]
    """
    frame = posterior_frame(
        data,
        what,
        figure=_FIGURE,
        needs=("outcome", "estimate"),
        numeric=("estimate",),
        level=checks.level(level),
    )
    column = "mean" if "mean" in frame.columns else "estimate"
    groups = frame["group"].astype(str) if "group" in frame.columns else ""
    frame = frame.assign(group=groups, outcome=frame["outcome"].astype(str))
    wide = _shares(frame, column)
    rows = _laid_out(list(wide.index))
    with house_style():
        axes, sizes = axes_for(ax, width, 2.0)
        names, row = wrapped([name for name, _ in rows], sizes, share=0.3)
        bars = [i for i, (_, group) in enumerate(rows) if group is not None]
        shares = wide.to_numpy(dtype=np.float64)
        looks = _looks(shares)
        axes.set_xlim(0, 1)
        axes.set_ylim(-len(rows) + 0.4, 0.6)
        percent_axis(axes.xaxis)
        said = "Posterior mean share" if column == "mean" else "Share"
        axes.set_xlabel(said if xlabel is None else xlabel)
        name_rows(axes, names, _people(frame, rows), sizes)
        for label, (_, group) in zip(axes.get_yticklabels(), rows, strict=True):
            if group is None:
                label.set_fontweight("bold")
        marks = [
            axes.barh(
                -np.array(bars), shares[:, j], left=shares[:, :j].sum(axis=1), height=_THICKNESS,
                facecolor=color, hatch=hatch, edgecolor="#6b6b6b", linewidth=0.6, label=name,
            )
            for j, (name, (color, hatch)) in enumerate(zip(wide.columns, looks, strict=True))
        ]  # fmt: skip
        key = draw_key(axes, marks, sizes, columns=_columns(list(wide.columns), sizes))
        if ax is None:
            figure_of(axes).set_figheight(max(row, 0.19) * len(rows) + key + 0.65)
        add_caption(figure_of(axes), caption, sizes)
        figure_of(axes).draw_without_rendering()
        _print_percents(axes, bars, shares, sizes)
    return axes


def _shares(frame: "pd.DataFrame", column: str) -> "pd.DataFrame":
    """Return groups by destinations, both in their order, each row summing to one."""
    keys = ["group", "outcome"]
    twice = frame[frame.duplicated(keys)]
    if not twice.empty:
        group, outcome = twice.iloc[0][keys]
        raise InputError(
            f"{_FIGURE}: {outcome!r} stands in group {group!r} more than once; allowed is one row "
            "a group and destination. Hint: filter the frame first."
        )
    order = {key: list(dict.fromkeys(frame[key])) for key in keys}
    wide = frame.pivot(index="group", columns="outcome", values=column)
    wide = wide.loc[order["group"], order["outcome"]]
    for group, row in wide.iterrows():
        total = float(row.sum(skipna=False))
        if not (abs(total - 1) < 0.005 and (row >= 0).all()):
            gaps = ", ".join(row[row.isna()].index)
            found = f"lacks {gaps}" if gaps else f"sums to {total:.3f}"
            raise InputError(
                f"{_FIGURE}: group {group!r} {found}; allowed are shares of all destinations that "
                "sum to 1. Hint: give posterior means in a column mean; medians need not sum to 1."
            )
    return wide


def _laid_out(groups: list[str]) -> list[tuple[str, str | None]]:
    """Return the rows: name and group; a covariate with its levels below has no group."""
    parts = [group.partition("=") for group in groups]
    rows: list[tuple[str, str | None]] = []
    before = None
    for group, (variable, sign, label) in zip(groups, parts, strict=True):
        if sign and variable != before:
            rows.append((variable, None))
        before = variable if sign else None
        rows.append((label if sign else group, group))
    return rows


def _people(frame: "pd.DataFrame", rows: Sequence[tuple[str, str | None]]) -> list[str]:
    """Return the people of each row in words; nothing where they are not told."""
    if "people" not in frame.columns:
        return [""] * len(rows)
    told = frame.drop_duplicates("group").set_index("group")["people"]
    return ["" if group is None else f"n = {told[group]:,.0f}" for _, group in rows]


def _looks(shares: NDArray[np.float64]) -> list[tuple[str, str]]:
    """Return color and hatch of each destination; the largest is plain, not to shout."""
    largest = int(np.argmax(shares.mean(axis=0)))
    others = iter(range(shares.shape[1]))
    return [
        (SHADE, "") if j == largest else _AREAS[next(others) % len(_AREAS)]
        for j in range(shares.shape[1])
    ]


def _columns(names: list[str], sizes: Sizes) -> int:
    """Return how many names of the key fit beside one another."""
    widest = max(printed_width(name, sizes.small) for name in names) + 6 * sizes.small
    return max(1, min(len(names), int(0.6 * 72 * sizes.width / widest)))


def _print_percents(
    axes: "Axes", bars: Sequence[int], shares: NDArray[np.float64], sizes: Sizes
) -> None:
    """Print percents in those pieces that have room for them."""
    points = axes.get_window_extent().width / figure_of(axes).dpi * 72
    starts = np.cumsum(shares, axis=1) - shares
    for i, row in enumerate(bars):
        for start, share in zip(starts[i], shares[i], strict=True):
            text = f"{100 * share:.0f}"
            if share * points > printed_width(text, sizes.small) + 5:
                axes.text(
                    start + share / 2, -row, text, ha="center", va="center", size=sizes.small,
                    color=INK, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
                )  # fmt: skip
