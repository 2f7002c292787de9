"""A measured ratio, and how seconds are measured."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


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


def seconds(call: Callable[[], object]) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def median_time(call: Callable[[], object], rounds: int) -> float:
    """Median seconds of a call."""
    return statistics.median(seconds(call) for _ in range(rounds))


def interleaved(
    ours: Callable[[], object], peer: Callable[[], object], *, rounds: int
) -> tuple[float, float]:
    """Median seconds of two calls, taken in turns."""
    pairs = [(seconds(ours), seconds(peer)) for _ in range(rounds)]
    first, second = zip(*pairs, strict=True)
    return statistics.median(first), statistics.median(second)
