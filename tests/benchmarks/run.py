"""Ratios against peers, measured in one run: `make bench`. Exits 1 on a miss.

Every row is a ratio of two medians taken turn by turn in the same process or by the
same shell, so that a slow machine slows both sides; for models that are sampled, CPU
seconds against those that are allowed.
"""

import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from tests.benchmarks.bayes import bayes_ratios
from tests.benchmarks.ratio import Ratio, interleaved
from tests.benchmarks.survival import survival_ratios

PAGE = Path(__file__).parents[2] / "docs" / "tables" / "speed.md"


def first_answer() -> Ratio:
    """The command's first answer against a process that only imports numpy and scipy.special."""
    command = [str(Path(sys.executable).parent / "talentstats"), "retention", "87", "100"]
    bare = [sys.executable, "-c", "import numpy, scipy.special"]

    def run(words: list[str]) -> Callable[[], object]:
        return lambda: subprocess.run(words, check=True, capture_output=True)

    ours, peer = interleaved(run(command), run(bare), rounds=15)
    return Ratio(name="first answer / import numpy, scipy.special", ours=ours, peer=peer, limit=2)


def many_groups() -> list[Ratio]:
    """Vectorised kernels on 2,000 groups against a loop over scipy, statsmodels' nearest peers."""
    from scipy.stats import binomtest
    from statsmodels.stats.proportion import proportion_confint

    from talentstats.stats import binomial_tests, intervals

    rng = np.random.default_rng(20261124)
    n = rng.integers(20, 2000, size=2000)
    k = rng.binomial(n, 0.9)
    clopper = interleaved(
        lambda: intervals.clopper_pearson(k=k, n=n, level=0.95, side="two-sided"),
        lambda: proportion_confint(k, n, method="beta"),
        rounds=9,
    )
    minlike = interleaved(
        lambda: binomial_tests.exact_minlike(k=k, n=n, rate=0.88),
        lambda: [binomtest(int(a), int(b), 0.88).pvalue for a, b in zip(k, n, strict=True)],
        rounds=3,
    )
    return [
        Ratio(
            name="Clopper-Pearson, 2,000 groups / statsmodels", ours=clopper[0], peer=clopper[1],
            limit=2,
        ),
        Ratio(
            name="exact minimum-likelihood, 2,000 groups / scipy loop", ours=minlike[0],
            peer=minlike[1], limit=0.2,
        ),
    ]  # fmt: skip


def write_page(ratios: Sequence[Ratio]) -> None:
    """Write the table that the documentation shows."""
    machine = f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}"
    peers = "with" if shutil.which("Rscript") else "without"
    lines = [
        f"Medians of one run of `make bench` ({machine}, {peers} R).",
        "",
        "| what | ours, s | peer, s | ratio | at most |",
        "|---|---|---|---|---|",
        *(
            f"| {r.name} | {r.ours:.4f} | {r.peer:.4f} | {r.value:.2f} | {r.limit:g}"
            f"{'' if r.holds else ' (missed)'} |"
            for r in ratios
        ),
    ]
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> int:
    """Measure, print and write the table, return the exit status."""
    ratios = [first_answer(), *many_groups(), *survival_ratios(), *bayes_ratios()]
    write_page(ratios)
    table = Table("what", "ours, s", "peer, s", "ratio", "at most", "")
    for r in ratios:
        table.add_row(
            r.name, f"{r.ours:.4f}", f"{r.peer:.4f}", f"{r.value:.2f}", f"{r.limit:g}",
            "holds" if r.holds else "MISSED",
        )  # fmt: skip
    Console().print(table)
    return 0 if all(r.holds for r in ratios) else 1


if __name__ == "__main__":
    sys.exit(main())
