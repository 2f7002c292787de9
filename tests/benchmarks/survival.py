"""Speed of the survival room against R's survival, statsmodels, and itself at other sizes."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from talentstats.cohort.carnegie import carnegie_like
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.spells import Spells
from talentstats.survival.cox_model import cox_model
from talentstats.survival.curve import survival_curve
from talentstats.survival.hazard_model import hazard_model
from talentstats.survival.incidence import cumulative_incidence
from tests.benchmarks.ratio import Ratio, interleaved, median_time

SIZES = (100_000, 1_000_000)
COVARIATES = 7
SEED = 20261124
# icenReg 2.0.16, NPMLE of 4,000 people seen at irregular times, measured on another run.
ICENREG_SECONDS = 0.02
# What survival.R says where R lacks the package.
ABSENT = 3


def exact_rows(n: int) -> NDArray[np.float64]:
    """Entry, exit, event and seven covariates, all distinct (n, 10)."""
    rng = np.random.default_rng(SEED)
    x = rng.normal(size=(n, COVARIATES))
    entry = rng.uniform(0, 2, n)
    stay = rng.exponential(10 * np.exp(-0.2 * x[:, 0] + 0.1 * x[:, 1]))
    followed = rng.uniform(1, 8, n)
    return np.column_stack([entry, entry + np.minimum(stay, followed), stay <= followed, x])


def yearly_rows(n: int) -> NDArray[np.float64]:
    """Entry and exit in whole years, and destination 0, 1 or 2 (n, 3)."""
    rng = np.random.default_rng(SEED)
    entry = rng.integers(0, 5, n)
    return np.column_stack(
        [entry, entry + rng.integers(1, 16, n), rng.choice(3, size=n, p=[0.8, 0.15, 0.05])]
    ).astype(np.float64)


def spells_of(rows: NDArray[np.float64]) -> Spells:
    """The rows as spells."""
    covariates = {f"x{j}": column for j, column in enumerate(rows[:, 3:].T)}
    return Spells.from_arrays(
        entry=rows[:, 0], exit=rows[:, 1], event=rows[:, 2].astype(int), covariates=covariates
    )


def r_seconds() -> dict[str, float]:
    """R's median seconds by name; nothing where R or its survival package is missing."""
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            exact_rows(size).T.tofile(Path(folder) / f"cox_{size}")
        yearly_rows(SIZES[1]).T.tofile(Path(folder) / "yearly")
        script = Path(__file__).with_suffix(".R")
        done = subprocess.run(
            ["Rscript", "--vanilla", str(script), folder], capture_output=True, text=True
        )
    if done.returncode == ABSENT:
        return {}
    if done.returncode:
        raise RuntimeError(f"R failed: {done.stderr}")
    return {name: float(value) for name, value in map(str.split, done.stdout.splitlines())}


def against_r() -> list[Ratio]:
    """Cox, product limit and Aalen-Johansen, ours (spells to result) against R's call."""
    peers = r_seconds()
    if not peers:
        return []
    formula = "~ " + " + ".join(f"x{j}" for j in range(COVARIATES))
    small, large = (spells_of(exact_rows(size)) for size in SIZES)
    yearly = spells_of(yearly_rows(SIZES[1]))
    asked: list[tuple[str, str, Callable[[], object], float]] = [
        ("Cox with entry, 1e5 x 7", f"cox_{SIZES[0]}", lambda: cox_model(small, formula), 1),
        ("Cox with entry, 1e6 x 7", f"cox_{SIZES[1]}", lambda: cox_model(large, formula), 0.5),
        ("product limit, 1e6", "product_limit", lambda: survival_curve(large), 0.2),
        ("Aalen-Johansen, 1e6 yearly", "aalen_johansen", lambda: cumulative_incidence(yearly), 0.1),
    ]
    return [
        Ratio(
            name=f"{name} / R survival", ours=median_time(call, rounds=5), peer=peers[key],
            limit=limit,
        )
        for name, key, call, limit in asked
    ]  # fmt: skip


def against_statsmodels() -> Ratio:
    """Cox with delayed entry at 1e5 rows against PHReg, coefficients only."""
    from statsmodels.duration.hazard_regression import PHReg

    rows = exact_rows(SIZES[0])
    spells = spells_of(rows)
    formula = "~ " + " + ".join(f"x{j}" for j in range(COVARIATES))
    ours, peer = interleaved(
        lambda: cox_model(spells, formula),
        lambda: PHReg(
            rows[:, 1], rows[:, 3:], status=rows[:, 2], entry=rows[:, 0], ties="efron"
        ).fit(),
        rounds=1,
    )
    return Ratio(name="Cox with entry, 1e5 x 7 / statsmodels", ours=ours, peer=peer, limit=0.2)


def cells_do_not_count_people() -> Ratio:
    """A hazard model of 1e7 people against one of 1e4, both in cells."""
    few = RiskCells.from_spells(carnegie_like(SEED, n=10_000).spells())
    template = RiskCells.from_spells(carnegie_like(SEED, n=1_000_000).spells())
    # Ten times the people of a million, without ten million rows of memory.
    frame = template.frame()
    counts = ["at_risk", "exposure", *template.destinations]
    frame[counts] *= 10
    many = RiskCells.from_frame(
        frame, events=template.destinations, exposure="exposure", at_risk="at_risk",
        by=["sector", "stage"],
    )  # fmt: skip
    ours, peer = interleaved(
        lambda: hazard_model(many, "~ sector + stage", duration="spline"),
        lambda: hazard_model(few, "~ sector + stage", duration="spline"),
        rounds=5,
    )
    return Ratio(name="hazard_model, 1e7 people / 1e4", ours=ours, peer=peer, limit=1.5)


def irregular_looks() -> Ratio:
    """Turnbull's estimate of 4,000 people at irregular looks against icenReg's seconds, noted."""
    from talentstats.stats.turnbull import turnbull

    rng = np.random.default_rng(SEED)
    looks = np.sort(rng.uniform(0, 10, size=(4_000, 4)), axis=1)
    padded = np.column_stack([np.zeros(4_000), looks, np.full(4_000, np.inf)])
    place = (looks < rng.exponential(8, 4_000)[:, None]).sum(axis=1)
    rows = np.arange(4_000)
    lower, upper = padded[rows, place], padded[rows, place + 1]
    seconds = median_time(lambda: turnbull(lower=lower, upper=upper, entry=np.zeros(4_000)), 5)
    return Ratio(
        name="Turnbull, 4,000 irregular / icenReg (noted)", ours=seconds, peer=ICENREG_SECONDS,
        limit=5,
    )  # fmt: skip


def survival_ratios() -> list[Ratio]:
    """All rows of the survival room."""
    return [
        *against_r(),
        against_statsmodels(),
        cells_do_not_count_people(),
        irregular_looks(),
    ]
