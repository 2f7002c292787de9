"""Ranks of true values among posterior draws, and how far they may be from uniform.

The bands are those of Säilynoja, Bürkner and Vehtari (2022, doi:10.1007/s11222-022-10090-6):
pointwise binomial limits of the empirical distribution of uniform values, at the pointwise level
whose limits hold everywhere at once with the wanted probability, found by simulation.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc

type Floats = NDArray[np.float64]

# Draws that a true value is ranked among; effective draws must be as many.
KEPT: Final = 99
# Where the empirical distribution is held against the uniform: between any two ranks.
POINTS: Final = np.arange(1, KEPT + 1) / (KEPT + 1)
_NULL_SAMPLES, _NULL_SEED, _BLOCK = 200_000, 20261124, 2_000


def ranked(truth: Floats, draws: Floats, rng: np.random.Generator) -> Floats:
    """Ranks of q true values among draws (s, q), spread over (0, 1): uniform if all is right."""
    kept = draws[np.linspace(0, len(draws) - 1, KEPT).round().astype(np.int64)]
    below = np.count_nonzero(kept < truth, axis=0)
    return (below + rng.uniform(size=truth.size)) / (KEPT + 1)


def extremeness(ranks: Floats) -> Floats:
    """Smallest two-sided binomial tail probability over the points of n ranks (n, q): (q,)."""
    n = len(ranks)
    below = (ranks[None, :, :] <= POINTS[:, None, None]).sum(axis=1)
    return _smallest_tail(below, n)


def p_values(ranks: Floats) -> Floats:
    """Probability that n uniform values (n, q) stray at least as far somewhere: (q,)."""
    null = null_extremeness(len(ranks))
    return (np.searchsorted(null, extremeness(ranks), side="right") + 1) / (null.size + 1)


def band(n: int, level: float) -> tuple[Floats, Floats]:
    """Simultaneous limits of the empirical distribution of n uniform values, at `POINTS`."""
    null = null_extremeness(n)
    p = (np.searchsorted(null, null, side="right") + 1) / (null.size + 1)
    inside = _tails(n) >= null[np.argmax(p >= 1 - level)]
    return inside.argmax(axis=0) / n, 1 - inside[::-1].argmax(axis=0) / n


@lru_cache
def null_extremeness(n: int) -> Floats:
    """Sorted extremeness of many samples of n uniform values."""
    rng = np.random.default_rng([_NULL_SEED, n])
    parts = []
    for _ in range(_NULL_SAMPLES // _BLOCK):
        # Counts between the points are multinomial.
        between = rng.multinomial(n, np.full(KEPT + 1, 1 / (KEPT + 1)), size=_BLOCK)
        parts.append(_smallest_tail(between.cumsum(axis=1)[:, :-1].T, n))
    return np.sort(np.concatenate(parts))


def _smallest_tail(below: NDArray[np.int64], n: int) -> Floats:
    """Smallest two-sided tail probability of counts (points, samples) of n."""
    return _tails(n)[below, np.arange(KEPT)[:, None]].min(axis=0)


@lru_cache
def _tails(n: int) -> Floats:
    """Two-sided binomial tail probability of each count of n at each point, (n + 1, points)."""
    counts = np.arange(n + 1)[:, None]
    above = np.where(counts > 0, bdtrc(counts - 1, n, POINTS), 1.0)
    return 2 * np.minimum(bdtr(counts, n, POINTS), above)
