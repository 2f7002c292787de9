"""A simulated cohort whose expected margins are those of the published study of 100 people."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from talentstats.cohort.hazards import HazardLaw, Population
from talentstats.cohort.simulate import SimulatedCohort, simulate_cohort
from talentstats.cohort.truth import CohortTruth

# Published: of 100 people in the US in 2019, 10 were in China and 3 elsewhere in 2025, and of
# the 87 others 41 were at companies, 40 professors, 6 in training.
LEFT: Final = {"China": 0.10, "elsewhere": 0.03}
STAYED: Final = {"industry": 0.41, "academia": 0.40, "training": 0.06}
FIRST, LAST = 2019, 2025

# Assumed, since nothing is published: stages, tenure, and the ratios of the hazards.
_STAGE: Final = {
    "industry": {"early": 0.5, "mid": 0.35, "senior": 0.15},
    "academia": {"early": 0.4, "mid": 0.35, "senior": 0.25},
    "training": {"early": 1.0},
}
_ENTRY: Final = {
    "early": {0: 0.2, 1: 0.2, 2: 0.2, 3: 0.2, 4: 0.2},
    "mid": {6: 0.4, 8: 0.3, 10: 0.3},
    "senior": {12: 0.4, 15: 0.3, 20: 0.3},
}
_SHAPE: Final = (1.0, 1.0, 1.2, 1.2, 1.2, 1.5, 1.5, 1.2, 1.0, 1.0, 0.8)
_RATIOS: Final = {
    "China": {
        "sector": {"academia": 1.5, "training": 2.0},
        "stage": {"mid": 0.8, "senior": 0.5},
        "sector:period": {"academia:after 2021": 1.5},
    },
    "elsewhere": {"sector": {"training": 1.5}, "stage": {"senior": 0.7}},
}
_PERIOD_CUTS: Final = (2021,)
# Three reach 1e-9; a test holds the margins that result.
_NEWTON_STEPS: Final = 8


def carnegie_truth() -> CohortTruth:
    """Return the population and hazards whose expected margins are the published ones.

    The ratios of the hazards are assumed. Two numbers, the heights of the hazards for
    China and elsewhere, and the shares of the three sectors in 2019 are solved for: a
    sector of which S stay to 2025 and whose stayers are to be the share m of everybody
    had the share m / S in 2019. These shares must add to 1, and the expected share in
    China must be 0.10; both are met by Newton's method, and with them 0.03 elsewhere.

    Returns
    -------
    CohortTruth
        Expected margins 0.87, 0.10, 0.03 and stayers 0.41, 0.40, 0.06 to 1e-12.

    Examples
    --------
    >>> truth = carnegie_truth()
    >>> round(truth.retention(6), 9), round(truth.incidence(6)["China"], 9)
    (0.87, 0.1)
    """
    heights = np.log(np.array([0.018, 0.005]))
    people = _population({name: share / 0.87 for name, share in STAYED.items()})
    target = np.array([1.0, LEFT["China"]])
    for _ in range(_NEWTON_STEPS):
        gap = _margins(heights, people) - target
        steps = 1e-6 * np.eye(2)
        slopes = [
            (_margins(heights + step, people) - _margins(heights - step, people)) / 2e-6
            for step in steps
        ]
        heights = heights - np.linalg.solve(np.column_stack(slopes), gap)
    law = _law(heights)
    shares = _sector_shares(law, people)
    total = sum(shares.values())
    return CohortTruth(
        population=_population({name: share / total for name, share in shares.items()}), law=law
    )


def carnegie_like(seed: int | np.random.Generator, *, n: int = 100) -> SimulatedCohort:
    """Simulate a cohort like the published one; nobody in it exists.

    Parameters
    ----------
    seed : int or numpy.random.Generator
        What the random numbers start from.
    n : int
        People.

    Returns
    -------
    SimulatedCohort
        With yearly looks from 2019 to 2025, all taken and right.

    Examples
    --------
    >>> len(carnegie_like(1).spells())
    100
    """
    truth = carnegie_truth()
    looks = tuple(range(FIRST, LAST + 1))
    return simulate_cohort(n, seed, population=truth.population, law=truth.law, looks=looks)


def _law(heights: NDArray[np.float64]) -> HazardLaw:
    """Hazards of assumed shape at given logarithms of height."""
    base = {
        name: tuple(np.exp(height) * np.array(_SHAPE))
        for name, height in zip(("China", "elsewhere"), heights.tolist(), strict=True)
    }
    return HazardLaw(base=base, ratios=_RATIOS, period_cuts=_PERIOD_CUTS)


def _population(sector: dict[str, float]) -> Population:
    """People with given shares of the sectors."""
    return Population.crossed(sector=sector, stage=_STAGE, entry=_ENTRY, year={FIRST: 1.0})


def _sector_shares(law: HazardLaw, people: Population) -> dict[str, float]:
    """Shares of the sectors in 2019 that leave the published stayers."""
    truth = CohortTruth(population=people, law=law)
    return {
        name: share / truth.retention(LAST - FIRST, among={"sector": name})
        for name, share in STAYED.items()
    }


def _margins(heights: NDArray[np.float64], people: Population) -> NDArray[np.float64]:
    """Sum of the sectors' shares in 2019, and the expected share in China in 2025."""
    law = _law(heights)
    truth = CohortTruth(population=people, law=law)
    shares = _sector_shares(law, people)
    china = sum(
        share * truth.incidence(LAST - FIRST, among={"sector": name})["China"]
        for name, share in shares.items()
    )
    return np.array([sum(shares.values()), china])
