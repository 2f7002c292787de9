"""Chains of the sampler: ranks, traces and effective draws of the parameters, by ArviZ."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np

from talentstats import checks
from talentstats.errors import InputError
from talentstats.plots.labels import add_caption, wrap
from talentstats.plots.style import DOUBLE, INK, SERIES, Sizes, dress, house_style, sizes_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Kind = Literal["rank", "trace", "ess"]

_FIGURE: Final = "plot_chains"
# What somebody gave a prior to; `z` are standard normals behind the effects, `p` follows.
_VARIABLES: Final = ("b0", "beta", "sd", "lost", "mistaken", "concentration")
_PANEL: Final = 1.7
_MOST: Final = 40


def plot_chains(
    fit: Any,
    *,
    kind: Kind = "rank",
    variables: Sequence[str] | None = None,
    width: float | None = None,
    caption: str = "",
) -> "tuple[Axes, ...]":
    """Draw one panel a parameter: whether the chains agree, move, and are worth enough draws.

    Parameters
    ----------
    fit : PosteriorFit or DataTree
        A fit, or any tree with a `posterior` group of `chain` and `draw`.
    kind : {"rank", "trace", "ess"}
        Each chain's ranks less what equal chains would have, with the p-value of the test that
        they are equal; draws in their order, divergences marked; effective draws for each
        twentieth of the distribution.
    variables : sequence of str or None
        Variables of the posterior; None takes those that have a prior of their own: `b0`,
        `beta`, `sd`, `lost`, `mistaken`, `concentration`.
    width : float or None
        Printed width in inches; None takes two columns.
    caption : str
        Text below the axes.

    Returns
    -------
    tuple of Axes
        One a parameter.

    Raises
    ------
    InputError
        If it is no fit.
    UnknownNameError
        If there is no such kind or variable.

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), Bayesian Analysis 16, 667-718,
    doi:10.1214/20-BA1221. Säilynoja, Bürkner and Vehtari (2022), Statistics and Computing 32,
    32, doi:10.1007/s11222-022-10090-6.

    Examples
    --------
    Needs ArviZ, which takes a second to import:

    >>> plot_chains(fit, kind="trace", variables=["sd"])  # doctest: +SKIP
    """
    checks.one_of(kind, get_args(Kind), name="kind")
    tree = fit.to_datatree() if hasattr(fit, "to_datatree") else fit
    try:
        found = [str(name) for name in tree["posterior"].data_vars]
    except (KeyError, TypeError, AttributeError):
        raise InputError(
            f"{_FIGURE} was given a {type(fit).__name__}; allowed is a fit with to_datatree(), or "
            "a tree with a group posterior."
        ) from None
    if variables is None:
        own = [name for name in _VARIABLES if name in found]
        chosen = own or found
    else:
        chosen = [checks.one_of(name, found, name="variable") for name in variables]
    panels_wanted = sum(int(np.prod(tree["posterior"][name].shape[2:])) for name in chosen)
    if panels_wanted > _MOST:
        raise InputError(
            f"{_FIGURE}: {', '.join(chosen)} have {panels_wanted} parameters; at most {_MOST} "
            f"panels can be looked at. Hint: variables= some of {', '.join(found)}; "
            "fit.diagnostics names the worst of all."
        )
    sizes = sizes_for(DOUBLE if width is None else width)
    across = max(int(sizes.width / _PANEL), 1)
    with house_style():
        collection = _drawn(tree, kind, chosen, across)
        figure = collection.viz["figure"].item()
        for unused in [axes for axes in figure.axes if not axes.has_data()]:
            unused.remove()
        panels = tuple(figure.axes)
        # ArviZ draws through pyplot, which would keep the figure open.
        _close(figure)
        down = -(-len(panels) // across)
        figure.set_size_inches(sizes.width, 1.45 * down + 0.35)
        figure.set_layout_engine("constrained")
        for i, axes in enumerate(panels):
            _dress(axes, sizes, kind=kind, room=72 * sizes.width / across - 12)
            lowest = i + across >= len(panels)
            axes.tick_params(axis="x", labelbottom=lowest)
            if not lowest:
                axes.set_xlabel("")
            if kind == "ess" and i % across:
                axes.set_ylabel("")
        add_caption(figure, caption, sizes)
    return panels


def _drawn(tree: Any, kind: str, variables: Sequence[str], across: int) -> Any:
    """Return ArviZ's own collection of one panel a parameter."""
    import arviz_plots

    options: dict[str, Any] = {
        "var_names": list(variables), "backend": "matplotlib", "col_wrap": across,
    }  # fmt: skip
    if kind == "ess":
        return arviz_plots.plot_ess(tree, kind="local", **options)
    # Traces lie on top of one another, where a dash would not be seen.
    told_by = ("color", "linestyle") if kind == "rank" else ("color",)
    options["aes"] = {name: ["chain"] for name in (*told_by, "overlay")}
    options["color"] = [series.color for series in SERIES]
    if kind == "trace":
        return arviz_plots.plot_trace(tree, **options)
    options["linestyle"] = [series.dash for series in SERIES]
    return arviz_plots.plot_rank(tree, **options)


def _dress(axes: "Axes", sizes: Sizes, *, kind: str, room: float) -> None:
    """Give a panel of ArviZ's the house's sizes."""
    dress(axes, sizes)
    if kind == "rank":
        axes.spines["left"].set_visible(False)
    title = axes.get_title().replace("\n", ", ")
    axes.set_title(wrap(title, width=room, size=sizes.small), size=sizes.small, color=INK, pad=3)
    for text in axes.texts:
        # ArviZ writes "p=0.74(α=0.01)", two decimals that may be zeros.
        p_value = text.get_text().partition("(")[0].removeprefix("p=")
        said = "p < 0.01" if p_value == "0.00" else f"p = {p_value}"
        text.set(text=said, size=sizes.small, color=INK)
    for line in axes.lines:
        line.set_linewidth({"rank": 0.9, "trace": 0.5, "ess": 0.9}[kind])
    if kind == "ess":
        for marks in axes.collections:
            marks.set(sizes=[sizes.marker**2], color=INK)


def _close(figure: Any) -> None:
    """Take a figure out of pyplot and give it a canvas of its own."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.pyplot import close

    close(figure)
    FigureCanvasAgg(figure)
