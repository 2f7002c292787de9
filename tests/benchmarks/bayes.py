"""CPU seconds of the Bayesian models: compiling, sampling, and what numpy makes of the draws.

Each row is CPU seconds of all cores against those that are allowed. A first fit has an empty
folder of compiled code, a later one a new process with that folder, a refit a kept model.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from talentstats.bayes.posterior import PosteriorFit
from talentstats.destinations.model import destination_model
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.destination_cells import DestinationCells
from talentstats.survival.bayes_hazard_model import bayes_hazard_model
from tests.benchmarks.ratio import Ratio, interleaved

SEED = 20261124
PEOPLE, FEW, MANY = 3_000, 1_000, 10_000_000
# CPU seconds allowed: first fit on a machine, fit in a later process, refit, and numpy on 4,000
# draws, which grows with the number of probabilities: 240 and 1,440.
ALLOWED = {
    "destination": ("destination_model, 60 cells x 4", 60, 15, 6, 0.2),
    "hazard": ("bayes_hazard_model, 480 cells x 3", 70, 20, 8, 1.2),
}


def destination_cells(people: int) -> DestinationCells:
    """Sixty cells and four destinations, their shares alike in every cell but for noise."""
    rng = np.random.default_rng(SEED)
    frame = pd.DataFrame(
        product(range(5), range(4), range(3)), columns=["sector", "stage", "origin"]
    )
    logits = np.array([2.0, 0.0, -0.5, -1.0]) + 0.4 * rng.normal(size=(60, 4))
    odds = np.exp(logits)
    cells = rng.multinomial(people, np.full(60, 1 / 60))
    counts = rng.multinomial(cells, odds / odds.sum(axis=1, keepdims=True))
    places = ["US", "China", "Europe", "other"]
    return DestinationCells.from_frame(
        pd.concat([frame, pd.DataFrame(counts, columns=places)], axis=1), destinations=places
    )


def hazard_cells(people: int) -> RiskCells:
    """Ten years, six periods, eight fields, two destinations: 480 cells."""
    rng = np.random.default_rng(SEED)
    rows = []
    for period, field in product(range(6), range(8)):
        hazards = np.array([0.02, 0.01]) * np.exp(0.3 * rng.normal(size=2))
        at_risk = people // 48
        for start in range(10):
            stay, *gone = rng.multinomial(at_risk, [1 - hazards.sum(), *hazards])
            rows.append([f"period {period}", field, start, start + 1, at_risk, *gone])
            at_risk = stay
    columns = ["period", "field", "start", "stop", "at_risk", "China", "other"]
    return RiskCells.from_frame(
        pd.DataFrame(rows, columns=columns), events=["China", "other"], at_risk="at_risk"
    )


def fit(kind: str, people: int) -> PosteriorFit:
    """The model with its defaults: four chains of 1,000 draws after 1,000."""
    if kind == "destination":
        return destination_model(destination_cells(people), vary=["sector", "stage", "origin"])
    return bayes_hazard_model(hazard_cells(people), vary=["field"], period="random-walk")


def measured(kind: str) -> dict[str, float]:
    """CPU seconds of refits, and of numpy after sampling."""
    made = fit(kind, PEOPLE)
    found = {}
    for people in (FEW, PEOPLE, MANY):
        cells = destination_cells(people) if kind == "destination" else hazard_cells(people)
        found[str(people)] = cpu_seconds(lambda cells=cells: made.refit(cells))
    numpy = [cpu_seconds(lambda: after_sampling(made)) for _ in range(5)]
    return found | {"numpy": statistics.median(numpy)}


def after_sampling(fit: PosteriorFit) -> None:
    """Poststratified shares or retention, log likelihood, replicated counts."""
    fit.quantities("population")
    fit.log_likelihood()
    fit.predictive_check()


def cpu_seconds(call: Callable[[], object]) -> float:
    """CPU seconds of a call, all threads."""
    start = time.process_time()
    call()
    return time.process_time() - start


def child(kind: str, task: str, folder: str) -> tuple[float, dict[str, float]]:
    """CPU seconds of a new process with its own folder of compiled code, and what it says."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.bayes", kind, task],
        env=os.environ | {"PYTENSOR_FLAGS": f"base_compiledir={folder}"},
        cwd=Path(__file__).parents[2],
        check=True,
        capture_output=True,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, json.loads(done.stdout)


def model_costs(kind: str) -> list[Ratio]:
    """Rows of one model."""
    title, first, later, refit, after = ALLOWED[kind]
    with tempfile.TemporaryDirectory() as folder:
        cold, _ = child(kind, "fit", folder)
        warm, _ = child(kind, "fit", folder)
        _, found = child(kind, "refit", folder)
    rows = [
        ("first fit on a machine", cold, first),
        ("fit in a later process", warm, later),
        *((f"refit, {p:,} people", found[str(p)], refit) for p in (FEW, PEOPLE, MANY)),
        ("shares, likelihood, replicates by numpy", found["numpy"], after),
    ]
    return [
        Ratio(name=f"{title}: {what} / CPU s allowed", ours=used, peer=allowed, limit=1)
        for what, used, allowed in rows
    ]


def closed_form() -> Ratio:
    """Shares in closed form against the stay rate, both as commands."""
    command = str(Path(sys.executable).parent / "talentstats")

    def run(*words: str) -> object:
        return subprocess.run([command, *words], check=True, capture_output=True)

    ours, peer = interleaved(
        lambda: run("destinations", "US=87", "CN=10", "other=3"),
        lambda: run("retention", "87", "100"),
        rounds=15,
    )
    return Ratio(name="talentstats destinations / retention", ours=ours, peer=peer, limit=1.5)


def bayes_ratios() -> list[Ratio]:
    """All rows of the Bayesian models."""
    return [closed_form(), *model_costs("destination"), *model_costs("hazard")]


if __name__ == "__main__":
    asked, task = sys.argv[1:]
    if task == "fit":
        fit(asked, PEOPLE)
        print("{}")
    else:
        print(json.dumps(measured(asked)))
