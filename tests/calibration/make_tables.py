"""Exact coverage of every interval at n = 10, 30, 100: `make calibration`.

Writes the table that docs show, `docs/tables/coverage.md` and `.csv`. One file a size
is kept in `.cache/calibration`, so that an interrupted run goes on where it stopped.
"""

import hashlib
from pathlib import Path

import pandas as pd
from rich.console import Console

from talentstats.retention.coverage import interval_coverage
from tests.calibration import bayes, survival

SIZES = (10, 30, 100)
ROOT = Path(__file__).parents[2]
KERNELS = sorted((ROOT / "talentstats" / "stats").glob("*.py"))
# Kept files belong to the kernels that made them: a changed kernel starts anew.
KEY = hashlib.sha256(b"".join(path.read_bytes() for path in KERNELS)).hexdigest()[:12]
CACHE = ROOT / ".cache" / "calibration" / KEY
TABLES = ROOT / "docs" / "tables"


def coverage_of(n: int) -> pd.DataFrame:
    """Summary of all methods at one size, from the cache if it is there."""
    kept = CACHE / f"coverage-{n}.csv"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        scratch = kept.with_suffix(".part")
        interval_coverage(n).summary().to_csv(scratch, index=False)
        scratch.rename(kept)
    return pd.read_csv(kept)


def markdown(summary: pd.DataFrame) -> str:
    """The table of docs: one row a method, one column a size; a method that fails is marked."""
    lines = [
        "| method | " + " | ".join(f"n = {n}" for n in SIZES) + " |",
        "|---" * (len(SIZES) + 1) + "|",
    ]
    for method, rows in summary.groupby("method", sort=False):
        cells = [
            f"{'' if row.holds else '✗ '}{row.minimum:.4f} ({row.at_rate:.3f}) / "
            f"{row.mean:.4f} / {row.mean_length:.4f}"
            for row in rows.itertuples()
        ]
        lines.append(f"| {method} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Compute or read each size, and write the tables."""
    console = Console()
    parts = []
    for n in SIZES:
        parts.append(coverage_of(n))
        console.print(f"coverage at n = {n}: done")
    summary = pd.concat(parts, ignore_index=True)
    TABLES.mkdir(parents=True, exist_ok=True)
    summary.to_csv(TABLES / "coverage.csv", index=False, float_format="%.6f")
    (TABLES / "coverage.md").write_text(markdown(summary), encoding="utf-8")
    console.print(f"written: {TABLES / 'coverage.md'}", soft_wrap=True)
    survival.main()
    bayes.main()


if __name__ == "__main__":
    main()
