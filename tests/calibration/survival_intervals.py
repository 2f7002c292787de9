"""The intervals that the survival estimators give of one simulated cohort, beside the truth."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple

import numpy as np

from talentstats.cohort.simulate import SimulatedCohort
from talentstats.errors import InputError
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.spells import Spells
from talentstats.survival.cox_model import cox_model
from talentstats.survival.curve import survival_curve
from talentstats.survival.hazard_model import hazard_model
from talentstats.survival.incidence import cumulative_incidence
from tests.calibration import survival_scenarios as known

FORMULA, RATIO_TERM = "~ sector", "sector: industry"
REFUSED = (np.nan, np.nan, np.nan)

# Truth and limits of each estimand in turn.
Limits = Iterator[tuple[float, float, float]]


def curve(spells: Spells, cells: RiskCells) -> Limits:
    """Retention of all, from where the curve begins."""
    fit = survival_curve(spells)
    row = fit.at(known.HORIZON).iloc[0]
    yield known.retention(since=fit.groups[0].start), row["conf_low"], row["conf_high"]


def predicted(spells: Spells, cells: RiskCells) -> Limits:
    """Retention of each sector, with the default penalty."""
    profile = {"sector": list(known.SHARE)}
    frame = hazard_model(cells, FORMULA).predict(profile, horizon=known.HORIZON).tidy()
    for sector in known.SHARE:
        row = frame[(frame["group"] == sector) & (frame["time"] == known.HORIZON)].iloc[0]
        yield known.retention(since=0, sector=sector), row["conf_low"], row["conf_high"]


def hazard_ratio(spells: Spells, cells: RiskCells, *, penalty: Literal["none", "firth"]) -> Limits:
    """Log hazard ratio on the grid of looks."""
    frame = hazard_model(cells, FORMULA, penalty=penalty).tidy().set_index("term")
    row = frame.loc[RATIO_TERM]
    yield np.log(known.RATIO), row["conf_low"], row["conf_high"]


def cox_ratio(spells: Spells, cells: RiskCells, *, penalty: Literal["none", "firth"]) -> Limits:
    """Log hazard ratio with ends put at the look that found them."""
    row = cox_model(spells, FORMULA, penalty=penalty).tidy().set_index("term").loc[RATIO_TERM]
    yield np.log(known.RATIO), row["conf_low"], row["conf_high"]


def incidences(spells: Spells, cells: RiskCells) -> Limits:
    """Incidence of each destination, from where the curve begins."""
    fit = cumulative_incidence(spells)
    frame = fit.at(known.HORIZON).set_index("outcome")
    for name in known.DESTINATIONS:
        # A destination for which nobody left is not in the data at all.
        if name not in frame.index:
            yield REFUSED
            continue
        truth = known.incidence(name, since=fit.groups[0].start)
        yield truth, frame.loc[name, "conf_low"], frame.loc[name, "conf_high"]


@dataclass(frozen=True)
class Estimator:
    """What is called, and the estimands of which it gives intervals."""

    name: str
    call: Callable[[Spells, RiskCells], Limits]
    estimands: tuple[str, ...]


_RETENTION = f"retention at {known.HORIZON} years"
_RATIO = ("log hazard ratio, industry to academia",)
ESTIMATORS = (
    Estimator("survival_curve", curve, (f"{_RETENTION}, all",)),
    Estimator("hazard_model, predict", predicted, tuple(f"{_RETENTION}, {s}" for s in known.SHARE)),
    Estimator("hazard_model, penalty none", partial(hazard_ratio, penalty="none"), _RATIO),
    Estimator("hazard_model, penalty firth", partial(hazard_ratio, penalty="firth"), _RATIO),
    Estimator("cox_model, penalty none", partial(cox_ratio, penalty="none"), _RATIO),
    Estimator("cox_model, penalty firth", partial(cox_ratio, penalty="firth"), _RATIO),
    Estimator(
        "cumulative_incidence",
        incidences,
        tuple(f"incidence at {known.HORIZON} years, {name}" for name in known.DESTINATIONS),
    ),
)


class Interval(NamedTuple):
    """An interval; NaN where the estimator refuses the data or has no limit."""

    estimand: str
    estimator: str
    truth: float
    low: float
    high: float


def intervals_of(cohort: SimulatedCohort) -> list[Interval]:
    """Intervals of level 95% by every estimator, in the order of `ESTIMATORS`."""
    spells, cells = cohort.spells(), cohort.cells()
    found = []
    for estimator in ESTIMATORS:
        try:
            limits = list(estimator.call(spells, cells))
        except InputError:
            limits = [REFUSED] * len(estimator.estimands)
        found.extend(
            Interval(estimand, estimator.name, *values)
            for estimand, values in zip(estimator.estimands, limits, strict=True)
        )
    return found
