"""Models that are sampled: recovery of a known truth, and what must not change an answer.

All but the last have twelve rows, three destinations and two terms, so that one compiled model
serves them.
"""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from talentstats.bayes.sampling import Sampling
from talentstats.destinations.model import destination_model
from talentstats.destinations.model_prior import DestinationPrior
from talentstats.summaries.destination_cells import DestinationCells

PLACES = ("US", "CN", "other")
SECTORS = ("academia", "government", "industry", "start-up")
STAGES = ("faculty", "phd", "postdoc")
ROWS = pd.DataFrame(product(SECTORS, STAGES), columns=["sector", "stage"])
LOGITS = np.array([1.5, -0.3, -1.2])
BY_SECTOR = np.array([[-0.4, 0.4, 0.0], [0.1, -0.2, 0.1], [0.4, -0.3, -0.1], [-0.1, 0.1, 0.0]])
BY_STAGE = np.array([[0.3, -0.3, 0.0], [-0.3, 0.1, 0.2], [0.0, 0.2, -0.2]])


def softmax(logits):
    odds = np.exp(logits)
    return odds / odds.sum(axis=-1, keepdims=True)


TRUTH = softmax(LOGITS + np.repeat(BY_SECTOR, 3, axis=0) + np.tile(BY_STAGE, (4, 1)))
SAMPLING = Sampling(draws=1500, tune=700, seed=3)


def cells_of(people, *, seed):
    rng = np.random.default_rng(seed)
    counts = np.array([rng.multinomial(n, p) for n, p in zip(people, TRUTH, strict=True)])
    return DestinationCells.from_frame(
        ROWS.join(pd.DataFrame(counts, columns=list(PLACES))),
        destinations=PLACES,
        by=["sector", "stage"],
    )


@pytest.fixture(scope="module")
def fit():
    """Twenty thousand people, unequally spread."""
    people = np.tile([900, 2600, 1500], 4) * np.repeat([1.0, 0.5, 1.7, 0.8], 3)
    return destination_model(
        cells_of(people.astype(int), seed=1), vary=["sector", "stage"], sampling=SAMPLING
    )


def test_a_known_truth_is_recovered(fit):
    assert fit.cells.known == pytest.approx(20_000, rel=0.01)
    assert not fit.checked.failures
    frame = fit.tidy("cell")
    truth = TRUTH.ravel()
    inside = (frame["conf_low"] <= truth) & (truth <= frame["conf_high"])
    # Of 24 free shares 95% are expected inside; fewer than 19 have probability 0.001.
    assert inside.sum() >= 31
    assert np.abs((frame["estimate"] - truth) / frame["std_error"]).max() < 4
    # Two crossed terms pool: narrower than the share of the cell alone.
    alone = np.sqrt(truth * (1 - truth) / frame["people"])
    assert (frame["std_error"] < alone).mean() > 0.9


def test_effects_are_recovered(fit):
    frame = fit.tidy("parameter").set_index(["term", "outcome"])
    for i, sector in enumerate(SECTORS):
        for j, place in enumerate(PLACES):
            row = frame.loc[(f"sector={sector}", place)]
            assert row["estimate"] == pytest.approx(BY_SECTOR[i, j], abs=4 * row["std_error"])
    assert frame.loc[("intercept", "US"), "estimate"] == pytest.approx(1.5, abs=0.1)


def test_contrasts_are_recovered(fit):
    weight = fit.weight
    industry = softmax(LOGITS + BY_SECTOR[2] + np.tile(BY_STAGE, (4, 1)))
    academia = softmax(LOGITS + BY_SECTOR[0] + np.tile(BY_STAGE, (4, 1)))
    truth = weight @ industry - weight @ academia
    frame = fit.contrast("sector", "industry", "academia")
    found = frame[frame["term"] == "difference"]
    assert found["estimate"].to_numpy() == pytest.approx(truth, abs=4 * found["std_error"].max())
    assert found["p_direction"].iloc[0] > 0.999
    assert fit.ranks("sector", "US").set_index("level").loc["industry", "rank_1"] > 0.99


def test_the_order_of_cells_changes_nothing(fit):
    order = np.random.default_rng(5).permutation(12)
    turned = replace(
        fit.cells,
        covariates={name: labels[order] for name, labels in fit.cells.covariates.items()},
        counts=fit.cells.counts[order],
        unknown=fit.cells.unknown[order],
    )
    other = destination_model(turned, vary=["sector", "stage"], sampling=SAMPLING)
    assert other.labels == tuple(np.array(fit.labels)[order])
    mine = fit.tidy("cell").set_index(["group", "outcome"])
    theirs = other.tidy("cell").set_index(["group", "outcome"]).loc[mine.index]
    error = np.hypot(mine["mcse"], theirs["mcse"])
    assert (np.abs(mine["mean"] - theirs["mean"]) / error).max() < 4.5


def test_refit_is_a_fresh_fit(fit):
    other = cells_of(np.full(12, 40), seed=2)
    again = fit.refit(other)
    fresh = destination_model(other, vary=["sector", "stage"], sampling=replace(SAMPLING, seed=11))
    mine, theirs = again.tidy("margin"), fresh.tidy("margin")
    error = np.hypot(mine["mcse"], theirs["mcse"])
    assert (np.abs(mine["mean"] - theirs["mean"]) / error).max() < 4.5
    # Far fewer people, far wider.
    assert (mine["std_error"] > 2 * fit.tidy("margin")["std_error"]).all()


def test_an_unseen_level_is_flagged_and_wider():
    seen = ROWS["sector"] != "start-up"
    people = np.where(seen, 150, 0)
    whole = cells_of(people, seed=4)
    some = replace(
        whole,
        covariates={n: x[seen.to_numpy()] for n, x in whole.covariates.items()},
        counts=whole.counts[seen.to_numpy()],
        unknown=whole.unknown[seen.to_numpy()],
    )
    fit = destination_model(
        some,
        vary=["sector", "stage"],
        population=ROWS.assign(count=1),
        sampling=SAMPLING,
    )
    frame = fit.tidy("cell")
    new = frame["new_level"].to_numpy()
    assert set(frame.loc[new, "group"]) == {f"start-up, {stage}" for stage in STAGES}
    us = frame[frame["outcome"] == "US"]
    assert us.loc[us["new_level"], "std_error"].min() > (
        2 * us.loc[~us["new_level"], "std_error"].max()
    )
    # It is predicted near the others.
    middle = us.loc[~us["new_level"], "estimate"].mean()
    assert us.loc[us["new_level"], "estimate"].to_numpy() == pytest.approx(middle, abs=0.1)


def test_a_narrow_prior_pools_completely(fit):
    narrow = fit.with_prior(DestinationPrior(varying_sd=1e-4))
    frame = narrow.tidy("cell")
    total = fit.cells.counts.sum(axis=0) / fit.cells.known
    assert frame["estimate"].to_numpy() == pytest.approx(np.tile(total, 12), abs=0.01)


def test_clusters_that_differ_widen_the_intervals():
    stages = ["faculty", "phd"]
    rows = pd.DataFrame(product(stages, range(6)), columns=["stage", "lab"])
    alike = rows.assign(US=34, CN=6)
    apart = rows.assign(US=[40, 28, 40, 28, 40, 28] * 2, CN=[0, 12, 0, 12, 0, 12] * 2)
    cells = DestinationCells.from_frame(
        alike, destinations=["US", "CN"], by=["stage"], cluster="lab"
    )
    fit = destination_model(cells, vary=["stage"], sampling=replace(SAMPLING, target_accept=0.95))
    other = fit.refit(
        DestinationCells.from_frame(apart, destinations=["US", "CN"], by=["stage"], cluster="lab")
    )
    wide, narrow = other.tidy("population")["std_error"], fit.tidy("population")["std_error"]
    # Labs of 40 with shares of 1 and 0.7 are worth far fewer than 480 people.
    assert (wide > 1.4 * narrow).all()
    concentration = [
        found.tidy("parameter").set_index("term").loc["concentration", "estimate"]
        for found in (fit, other)
    ]
    assert concentration[0] > 2 * concentration[1]
