"""Partial pooling against raw shares and complete pooling, where the truth is known.

People are drawn from the simulator's population of seven kinds (sector and stage), whose shares
after six years are computed from its hazards. Each method gives point predictions (posterior
means) and 95% intervals of the shares of each kind.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from talentstats.bayes.sampling import Sampling
from talentstats.cohort.carnegie import carnegie_truth
from talentstats.destinations.model import destination_model
from talentstats.destinations.model_posterior import DestinationPosterior
from talentstats.summaries.destination_cells import DestinationCells
from tests.calibration.bayes_ranks import Floats

SIZES = (100, 2000)
REPLICATES = 200
HORIZON = 6
LEVEL = 0.95
DESTINATIONS = ("US", "China", "elsewhere")
TERMS = ("sector", "stage", "sector:stage")
_SEED = 20261124
_JEFFREYS = 0.5


@dataclass(frozen=True)
class Kinds:
    """Sector and stage, population share (c,), and true shares of destinations (c, k)."""

    labels: tuple[tuple[str, str], ...]
    share: Floats
    truth: Floats


@dataclass(frozen=True)
class Answer:
    """Predicted shares and limits of the intervals, each (c, k)."""

    mean: Floats
    low: Floats
    high: Floats


@lru_cache
def kinds() -> Kinds:
    """The seven kinds of people and where they truly end up."""
    truth = carnegie_truth()
    people = truth.population
    pairs = list(zip(people.sector.tolist(), people.stage.tolist(), strict=True))
    labels = tuple(sorted(set(pairs)))
    rows = []
    for sector, stage in labels:
        gone = truth.incidence(HORIZON, among={"sector": sector, "stage": stage})
        rows.append([1 - sum(gone.values()), gone["China"], gone["elsewhere"]])
    share = [
        sum(s for s, pair in zip(people.share, pairs, strict=True) if pair == label)
        for label in labels
    ]
    return Kinds(labels=labels, share=np.array(share), truth=np.array(rows))


def sample_counts(n: int, number: int) -> Floats:
    """People by kind and destination, (c, k), n in all; kinds may be empty."""
    rng = np.random.default_rng([_SEED, n, number])
    known = kinds()
    people = rng.multinomial(n, known.share)
    return rng.multinomial(people, known.truth).astype(np.float64)


def dirichlet(counts: Floats) -> Answer:
    """Posterior of each row of counts under Jeffreys' Dirichlet prior."""
    a = counts + _JEFFREYS
    b = a.sum(axis=1, keepdims=True) - a
    tail = (1 - LEVEL) / 2
    return Answer(mean=a / (a + b), low=betaincinv(a, b, tail), high=betaincinv(a, b, 1 - tail))


def raw(counts: Floats) -> Answer:
    """Each kind by itself."""
    return dirichlet(counts)


def complete(counts: Floats) -> Answer:
    """All kinds alike."""
    one = dirichlet(counts.sum(axis=0, keepdims=True))
    return Answer(*(np.repeat(part, len(counts), axis=0) for part in (one.mean, one.low, one.high)))


def cells() -> DestinationCells:
    """One person of each kind and destination."""
    frame = pd.DataFrame(kinds().labels, columns=["sector", "stage"])
    return DestinationCells.from_frame(
        frame.assign(**dict.fromkeys(DESTINATIONS, 1)), destinations=DESTINATIONS
    )


@lru_cache
def fitted() -> DestinationPosterior:
    """The model whose design and prior are used for every sample."""
    return destination_model(cells(), vary=TERMS, sampling=Sampling(draws=500, tune=500, chains=4))


def partial(counts: Floats) -> Answer:
    """Kinds pooled as far as the data ask for it."""
    prob = fitted().refit(counts).prob
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(prob, [tail, 1 - tail], axis=0)
    return Answer(mean=prob.mean(axis=0), low=low, high=high)


METHODS: dict[str, Callable[[Floats], Answer]] = {
    "raw": raw,
    "complete pooling": complete,
    "partial pooling": partial,
}


def scored(answer: Answer) -> dict[str, float]:
    """What new people and the true shares say of an answer."""
    known = kinds()
    shortfall = np.sum(known.truth * np.log(known.truth / answer.mean), axis=1)
    below, above = known.truth < answer.low, known.truth > answer.high
    width = answer.high - answer.low
    missed = np.maximum(answer.low - known.truth, 0) + np.maximum(known.truth - answer.high, 0)
    return {
        # Of the whole population: expected log score of a new person, below that of the truth.
        "log_score": -float(known.share @ shortfall),
        "coverage": 1 - float((below | above).mean()),
        "width": float(width.mean()),
        "interval_score": float((width + 2 / (1 - LEVEL) * missed).mean()),
    }


def replicate(n: int, number: int) -> pd.DataFrame:
    """One row a method."""
    counts = sample_counts(n, number)
    return pd.DataFrame(
        [
            {"n": n, "replicate": number, "method": name} | scored(method(counts))
            for name, method in METHODS.items()
        ]
    )


def replicates(folder: Path) -> pd.DataFrame:
    """All replicates; those that are kept in the folder are read."""
    frames = []
    for n in SIZES:
        for number in range(1, REPLICATES + 1):
            kept = folder / f"pooling-{n}-{number:03d}.csv"
            if not kept.is_file():
                folder.mkdir(parents=True, exist_ok=True)
                scratch = kept.with_suffix(".part")
                replicate(n, number).to_csv(scratch, index=False)
                scratch.rename(kept)
            frames.append(pd.read_csv(kept))
    return pd.concat(frames, ignore_index=True)
