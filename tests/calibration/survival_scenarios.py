"""Simulated people whose retention, incidences and hazard ratio are known exactly.

Two sectors, two destinations, hazards that change with time, and yearly looks for six years.
Of all people about 87% stay six years, 10% leave for China and 3% for elsewhere.
"""

from typing import Final

import numpy as np

from talentstats.cohort.hazards import HazardLaw, Population
from talentstats.cohort.truth import CohortTruth

HORIZON: Final = 6
LOOKS: Final = tuple(range(2019, 2026))
SHARE: Final = {"industry": 0.65, "academia": 0.35}
# Academics leave half as often, so that they are few among those who leave.
RATIO: Final = 2.0
ENTRIES: Final = range(5)

_SHAPE: Final = np.array([0.8, 1.0, 1.2, 1.2, 1.0, 0.8])
LAW: Final = HazardLaw(
    base={"China": 0.022 * _SHAPE, "elsewhere": 0.0066 * _SHAPE},
    ratios={name: {"sector": {"academia": 1 / RATIO}} for name in ("China", "elsewhere")},
)
DESTINATIONS: Final = LAW.destinations


def population(*, delayed: bool) -> Population:
    """People who come under observation at clock 0, or independently of when they leave.

    With delayed entry everybody has a year 0, ..., 4 at which observation would begin, each with
    the same probability whatever the sector, and only those who are still there then are seen.
    That is independent left truncation, under which the product limit of all people estimates the
    retention of all at clock 0. The sector with the higher hazards is so rarer among late entrants.
    """
    start = Population.crossed(
        sector=SHARE, stage={name: {"early": 1.0} for name in SHARE}, entry={"early": {0: 1.0}}
    )
    if not delayed:
        return start
    truth = CohortTruth(population=start, law=LAW)
    kinds = [(sector, entry) for sector in SHARE for entry in ENTRIES]
    present = np.array([SHARE[s] * truth.retention(e, among={"sector": s}) for s, e in kinds])
    n = len(kinds)
    return Population(
        sector=np.array([sector for sector, _ in kinds]),
        stage=np.full(n, "early"),
        origin=np.full(n, "China"),
        entry=np.array([entry for _, entry in kinds]),
        year=np.full(n, LOOKS[0]),
        share=present / present.sum(),
    )


def retention(*, since: float, sector: str | None = None) -> float:
    """Probability of staying to the horizon given presence at an earlier time."""
    among = None if sector is None else {"sector": sector}
    return _TRUTH.retention(HORIZON, among=among) / _TRUTH.retention(since, among=among)


def incidence(destination: str, *, since: float) -> float:
    """Probability of leaving for a destination by the horizon given presence at a time."""
    later, before = (_TRUTH.incidence(time)[destination] for time in (HORIZON, since))
    return (later - before) / _TRUTH.retention(since)


_TRUTH: Final = CohortTruth(population=population(delayed=False), law=LAW)
