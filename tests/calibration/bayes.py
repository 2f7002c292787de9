"""Calibration of the Bayesian models, and what partial pooling gains: part of `make calibration`.

Writes `docs/tables/bayes_calibration.md` and `.csv`, `docs/tables/pooling.md` and `.csv`, and
`docs/images/bayes_calibration.png`. One file a simulation is kept in `.cache/calibration`, so
that an interrupted run goes on where it stopped.
"""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from tests.calibration import bayes_pooling as pooling
from tests.calibration import bayes_simulation as simulation
from tests.calibration.bayes_figure import save_bands
from tests.calibration.bayes_models import DESTINATION, FACTOR, HAZARD

ROOT = Path(__file__).parents[2]
TABLES, IMAGES = ROOT / "docs" / "tables", ROOT / "docs" / "images"
# What decides the draws and what is made of them.
SOURCES = (
    *(f"bayes/{name}.py" for name in ("design", "graph", "sampling", "draws", "prior_draws")),
    *(f"bayes/{name}.py" for name in ("likelihood", "posterior", "quantities")),
    "destinations/model*.py",
    "survival/bayes_hazard*.py",
)


def cache() -> Path:
    """Where simulations are kept; changed models or designs start anew."""
    used = sorted(path for glob in SOURCES for path in (ROOT / "talentstats").glob(glob))
    used += [
        Path(__file__).with_name(f"bayes_{name}.py")
        for name in ("models", "pooling", "ranks", "simulation")
    ]
    key = hashlib.sha256(b"".join(path.read_bytes() for path in used)).hexdigest()[:12]
    return ROOT / ".cache" / "calibration" / f"bayes-{key}"


def calibration_table(judged: pd.DataFrame) -> str:
    """One row a kind of quantity, two columns a model: quantities outside the bands."""
    arms = list(dict.fromkeys(zip(judged["model"], judged["prior"], strict=True)))
    lines = [
        "| quantities | " + " | ".join(f"{model}, {prior}" for model, prior in arms) + " |",
        "|---" * (len(arms) + 1) + "|",
    ]
    groups = [(what, judged[judged["what"] == what]) for what in judged["what"].unique()]
    for what, rows in [*groups, ("all", judged)]:
        cells = []
        for model, prior in arms:
            own = rows[(rows["model"] == model) & (rows["prior"] == prior)]
            cells.append(
                f"{own['outside'].sum()} of {len(own)} ({100 * own['outside'].mean():.0f}%); "
                f"{own['outside_all'].sum()}"
            )
        lines.append(f"| {what} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def pooling_summary(replicates: pd.DataFrame) -> pd.DataFrame:
    """Mean and Monte Carlo error of each score by size and method; differences are paired."""
    scores = ["log_score", "coverage", "width", "interval_score"]
    frames = []
    for (n, method), own in replicates.groupby(["n", "method"], sort=False):
        best = replicates[(replicates["n"] == n) & (replicates["method"] == "partial pooling")]
        paired = best[scores].to_numpy() - own[scores].to_numpy()
        root = np.sqrt(len(own))
        row = {"n": n, "method": method, "replicates": len(own)}
        for j, score in enumerate(scores):
            row |= {
                score: own[score].mean(),
                f"{score}_error": own[score].std() / root,
                f"{score}_gain": paired[:, j].mean(),
                f"{score}_gain_error": paired[:, j].std(ddof=1) / root,
            }
        frames.append(row)
    return pd.DataFrame(frames)


def pooling_table(summary: pd.DataFrame) -> str:
    """One row a size and method."""
    lines = [
        "| n | method | log score of a new person, × 1,000 | partial pooling's gain "
        "| coverage | width | interval score |",
        "|---" * 7 + "|",
    ]
    for row in summary.itertuples():
        gain = (
            ""
            if row.method == "partial pooling"
            else f"{1000 * row.log_score_gain:+.2f} ± {1000 * row.log_score_gain_error:.2f}"
        )
        lines.append(
            f"| {row.n:,} | {row.method} | {1000 * row.log_score:.2f} ± "
            f"{1000 * row.log_score_error:.2f} | {gain} | {row.coverage:.3f} ± "
            f"{row.coverage_error:.3f} | {row.width:.3f} | {row.interval_score:.3f} ± "
            f"{row.interval_score_error:.3f} |"
        )
    return "\n".join(lines) + "\n"


def write(frame: pd.DataFrame, table: str, name: str) -> Path:
    """Write a table as CSV and Markdown."""
    TABLES.mkdir(parents=True, exist_ok=True)
    frame.to_csv(TABLES / f"{name}.csv", index=False, float_format="%.6f")
    path = TABLES / f"{name}.md"
    path.write_text(table, encoding="utf-8")
    return path


def main() -> None:
    """Simulate or read, and write tables and figure."""
    console, folder = Console(), cache()
    ranks, judged = {}, []
    for model in (DESTINATION, HAZARD):
        for wrong in (False, True):
            prior = f"fitted with {FACTOR:g} times the spread" if wrong else "as it is"
            found = simulation.simulations(model, folder, wrong=wrong)
            ranks[model.title.strip("`"), prior] = found
            rows = simulation.judged(found).assign(p_again=np.nan)
            if not wrong:
                rows = simulation.asked_again(model, folder, rows)
            judged.append(rows.assign(model=model.title, prior=prior))
            console.print(f"{model.name}, {prior}: done")
    every = pd.concat(judged, ignore_index=True)
    console.print(write(every, calibration_table(every), "bayes_calibration"), soft_wrap=True)
    IMAGES.mkdir(parents=True, exist_ok=True)
    save_bands(ranks, IMAGES / "bayes_calibration.png")
    scores = pooling_summary(pooling.replicates(folder))
    console.print(write(scores, pooling_table(scores), "pooling"), soft_wrap=True)


if __name__ == "__main__":
    main()
