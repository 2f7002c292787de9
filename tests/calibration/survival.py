"""Coverage of the survival estimators at n = 100 and 2,000: part of `make calibration`.

Simulated people of known hazards, everybody followed from the start or with delayed entry.
Writes `docs/tables/survival_coverage.md` and `.csv`. One file a scenario is kept in
`.cache/calibration`, so that an interrupted run goes on where it stopped.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from talentstats.cohort.simulate import simulate_cohort
from tests.calibration.survival_intervals import intervals_of
from tests.calibration.survival_scenarios import LAW, LOOKS, population

ROOT = Path(__file__).parents[2]
TABLES = ROOT / "docs" / "tables"
SEED, LEVEL = 20261124, 0.95
# Normal quantile of a two-sided 99% band.
BAND = 2.5758


@dataclass(frozen=True)
class Scenario:
    """How many people, whether they enter late, and how often they are drawn."""

    people: int
    delayed: bool
    replicates: int

    @property
    def title(self) -> str:
        """Head of its column."""
        return f"n = {self.people:,}, {'delayed entry' if self.delayed else 'from the start'}"


SCENARIOS = (
    Scenario(people=100, delayed=False, replicates=1000),
    Scenario(people=100, delayed=True, replicates=1000),
    Scenario(people=2000, delayed=False, replicates=400),
    Scenario(people=2000, delayed=True, replicates=400),
)


def replicates_of(scenario: Scenario) -> pd.DataFrame:
    """Every interval of every replicate, each drawn from a generator of its own."""
    people = population(delayed=scenario.delayed)
    start = np.random.default_rng([SEED, scenario.people, scenario.delayed])
    frames = []
    for rng in start.spawn(scenario.replicates):
        cohort = simulate_cohort(scenario.people, rng, population=people, law=LAW, looks=LOOKS)
        ends = np.count_nonzero(cohort.spells().ended)
        frames.append(pd.DataFrame(intervals_of(cohort)).assign(ends=ends))
    return pd.concat(frames, ignore_index=True)


def summary_of(replicates: pd.DataFrame) -> pd.DataFrame:
    """Coverage of those intervals that were given, by estimand and estimator.

    An interval without an upper or lower bound counts, except in the mean width. `holds` is
    False where coverage is below the 99% Monte Carlo band around the level.
    """
    rows = []
    keys = ["estimand", "estimator"]
    for (estimand, estimator), every in replicates.groupby(keys, sort=False):
        given = every.dropna(subset=["low", "high"])
        above, below = given["low"] > given["truth"], given["high"] < given["truth"]
        coverage = 1 - (above | below).mean()
        width = (given["high"] - given["low"]).to_numpy()
        bounded = np.isfinite(width)
        rows.append(
            {
                "estimand": estimand,
                "estimator": estimator,
                "truth": given["truth"].mean(),
                "ends": every["ends"].mean(),
                "replicates": len(every),
                "no_interval": 1 - len(given) / len(every),
                "unbounded": 1 - bounded.mean(),
                "coverage": coverage,
                "monte_carlo_error": np.sqrt(coverage * (1 - coverage) / len(given)),
                "too_high": above.mean(),
                "too_low": below.mean(),
                "mean_width": width[bounded].mean(),
                "holds": coverage >= LEVEL - BAND * np.sqrt(LEVEL * (1 - LEVEL) / len(given)),
            }
        )
    return pd.DataFrame(rows)


def markdown(summary: pd.DataFrame) -> str:
    """The table of docs: one row an estimator, one column a scenario; what fails is marked."""
    ends = summary.groupby("scenario", sort=False)["ends"].first()
    titles = [f"{scenario} ({mean:.0f} leave)" for scenario, mean in ends.items()]
    lines = [
        "| estimand | estimator | " + " | ".join(titles) + " |",
        "|---" * (len(titles) + 2) + "|",
    ]
    for (estimand, estimator), rows in summary.groupby(["estimand", "estimator"], sort=False):
        cells = [
            f"{'' if row.holds else '✗ '}{row.coverage:.3f} ± {row.monte_carlo_error:.3f} / "
            f"{row.mean_width:.3f} / {100 * row.no_interval:.1f}%"
            for row in rows.itertuples()
        ]
        lines.append(f"| {estimand} | `{estimator}` | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Compute or read each scenario, and write the tables."""
    console, cache, parts = Console(), _cache(), []
    for scenario in SCENARIOS:
        kept = cache / f"survival-{scenario.people}-{scenario.delayed}.csv"
        if not kept.is_file():
            kept.parent.mkdir(parents=True, exist_ok=True)
            scratch = kept.with_suffix(".part")
            replicates_of(scenario).to_csv(scratch, index=False)
            scratch.rename(kept)
        parts.append(summary_of(pd.read_csv(kept)).assign(scenario=scenario.title))
        console.print(f"survival estimators, {scenario.title}: done")
    summary = pd.concat(parts, ignore_index=True)
    TABLES.mkdir(parents=True, exist_ok=True)
    summary.to_csv(TABLES / "survival_coverage.csv", index=False, float_format="%.6f")
    (TABLES / "survival_coverage.md").write_text(markdown(summary), encoding="utf-8")
    console.print(f"written: {TABLES / 'survival_coverage.md'}", soft_wrap=True)


def _cache() -> Path:
    """Where scenarios are kept; changed estimators or scenarios start anew."""
    rooms = [ROOT / "talentstats" / room for room in ("stats", "summaries", "survival", "cohort")]
    used = sorted(path for room in rooms for path in room.glob("*.py"))
    used += sorted(Path(__file__).parent.glob("survival*.py"))
    key = hashlib.sha256(b"".join(path.read_bytes() for path in used)).hexdigest()[:12]
    return ROOT / ".cache" / "calibration" / key


if __name__ == "__main__":
    main()
