"""Ratios against peers, measured in one run: `make bench`. Exits 1 on a miss.

Every row is a ratio of two medians taken turn by turn in the same process or by the
same shell, so that a slow machine slows both sides.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """One measured ratio and what it may be at the most."""

    name: str
    ours: float
    peer: float
    limit: float

    @property
    def value(self) -> float:
        return self.ours / self.peer

    @property
    def holds(self) -> bool:
        return self.value <= self.limit


def interleaved(
    ours: Callable[[], object], peer: Callable[[], object], *, rounds: int
) -> tuple[float, float]:
    """Median seconds of two calls, taken in turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for call, kept in zip((ours, peer), times, strict=True):
            start = time.perf_counter()
            call()
            kept.append(time.perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1])


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


def main() -> int:
    """Measure, print the table, return the exit status."""
    ratios = [first_answer(), *many_groups()]
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
