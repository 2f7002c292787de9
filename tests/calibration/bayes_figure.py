"""The figure of docs: how far ranks are from uniform, against the simultaneous bands."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from talentstats.plots.style import INK, MUTED, SHADE
from tests.calibration.bayes_ranks import POINTS, band
from tests.calibration.bayes_simulation import LEVEL, REFITS, by_quantity, judged


def save_bands(ranks: Mapping[tuple[str, str], pd.DataFrame], path: Path) -> None:
    """Draw one panel a model and prior: each line one quantity, those outside the bands dark."""
    low, high = band(REFITS, LEVEL)
    figure = Figure(figsize=(7.0, 5.2), layout="constrained")
    axes = figure.subplots(2, len(ranks) // 2, sharex=True, sharey="row").T.ravel()
    for ax, ((model, prior), frame) in zip(axes, ranks.items(), strict=True):
        values = by_quantity(frame)
        outside = judged(frame)["outside"].to_numpy()
        curves = (values[None, :, :] <= POINTS[:, None, None]).mean(axis=1) - POINTS[:, None]
        ax.fill_between(POINTS, low - POINTS, high - POINTS, color=SHADE, step="mid", zorder=0)
        ax.plot(POINTS, curves[:, ~outside], color=MUTED, linewidth=0.4, alpha=0.5)
        ax.plot(POINTS, curves[:, outside], color=INK, linewidth=0.8)
        ax.axhline(0, color=INK, linewidth=0.5)
        ax.set_title(
            f"{model}, {prior}\n{outside.sum()} of {outside.size} quantities outside",
            fontsize=8, loc="left",
        )  # fmt: skip
        ax.tick_params(labelsize=7)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
    figure.supxlabel("rank of the true value among the draws, as a share", fontsize=8)
    figure.supylabel("share of simulations at or below, less the rank", fontsize=8)
    figure.savefig(path, dpi=120, metadata={"Software": None})
