"""Simulated cohorts: people who leave at known hazards, seen at chosen looks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.cohort.hazards import HazardLaw, Population
from talentstats.cohort.truth import CohortTruth
from talentstats.errors import InputError
from talentstats.summaries.account import RowAccount
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.columns import frozen
from talentstats.summaries.spells import Spells

if TYPE_CHECKING:
    import pandas as pd

CLOCK: Final = "years since arrival (simulated)"
# What a look shows, beside the index of a destination.
_HOST, _UNKNOWN, _NO_LOOK = -1, -2, -3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedCohort:
    """People who were made up, what the looks at them show, and the truth beside it.

    Parameters
    ----------
    host : str
        Name of the host country.
    kind : ndarray of int
        Shape (n,): index of each person into `truth.population`.
    left_after : ndarray of float
        Shape (n,): years from entry to leaving, which goes on after the last look.
    destination : ndarray of int
        Shape (n,): index into `truth.law.destinations` of where the person goes.
    looks : ndarray of int
        Shape (v,): calendar years of the looks.
    seen : ndarray of int
        Shape (n, v): what each look shows: index of a destination, -1 the host, -2
        status unknown, -3 no look.
    truth : CohortTruth
        What the data were drawn from.
    seed : int or None
        What the random numbers started from; None where a generator was given.
    """

    simulated: ClassVar[bool] = True

    host: str
    kind: NDArray[np.int64]
    left_after: NDArray[np.float64]
    destination: NDArray[np.int8]
    looks: NDArray[np.int64]
    seen: NDArray[np.int8]
    truth: CohortTruth
    seed: int | None

    def __post_init__(self) -> None:
        for name in ("kind", "left_after", "destination", "looks", "seen"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    def __len__(self) -> int:
        return self.kind.size

    def records(self) -> "pd.DataFrame":
        """Return the yearly records that the looks give.

        Returns
        -------
        pandas.DataFrame
            One row a person and look: person, year, country (None where it is not
            known), sector, stage, origin, arrival (calendar year at clock 0); marked
            `.attrs["simulated"] = True`.
        """
        import pandas as pd

        person, look = np.nonzero(self.seen != _NO_LOOK)
        people, kind = self.truth.population, self.kind[person]
        names = np.array([None, self.host, *self.truth.law.destinations], dtype=object)
        frame = pd.DataFrame(
            {
                "person": person,
                "year": self.looks[look],
                "country": names[self.seen[person, look] - _UNKNOWN],
                "sector": people.sector[kind],
                "stage": people.stage[kind],
                "origin": people.origin[kind],
                "arrival": (people.year - people.entry)[kind],
            }
        )
        frame.attrs["simulated"] = True
        return frame

    def spells(self, *, exact: bool = False) -> Spells:
        """Return one stay a person, on the clock of years since arrival.

        A stay lasts from entry to the last look in the host, absences between included,
        and ends between it and the first look elsewhere after it.

        Parameters
        ----------
        exact : bool
            Whether to give the true times of leaving up to the last look, as somebody
            sees who watches all the time, instead of what the looks show.

        Returns
        -------
        Spells
            Covariates sector, stage, origin, arrival; people of whom nothing is known
            after entry are left out by that reason.

        Raises
        ------
        InputError
            If nothing is known of anybody after entry.
        """
        people, kind = self.truth.population, self.kind
        begin = self.looks[0] - people.year[kind]
        entry = people.entry[kind].astype(np.float64)
        if exact:
            watched = (self.looks[-1] - people.year[kind]).astype(np.float64)
            ended = self.left_after <= watched
            lower = np.minimum(self.left_after, watched)
            upper, where = np.where(ended, lower, np.inf), self.destination.astype(np.int64)
        else:
            last, away, where = _ends_seen(self.seen)
            since = (self.looks - self.looks[0]).astype(np.float64)
            lower = since[last] + begin
            upper = np.where(away >= 0, since[away] + begin, np.inf)
        known = (lower > 0) | np.isfinite(upper)
        if not known.any():
            raise InputError("nothing is known of anybody after entry. Hint: add looks.")
        names = np.array(self.truth.law.destinations)
        kind = kind[known]
        made = Spells.from_arrays(
            entry=entry[known],
            lower=(entry + lower)[known],
            upper=(entry + upper)[known],
            destination=names[where[known]],
            covariates={
                "sector": people.sector[kind],
                "stage": people.stage[kind],
                "origin": people.origin[kind],
                "arrival": (people.year - people.entry)[kind],
            },
            clock=CLOCK,
        )
        account = RowAccount(
            step="spells",
            rows_in=len(self),
            used=len(made),
            left_out={"status unknown since entry": int((~known).sum())},
            people=made.account.people,
            person_years=made.account.person_years,
        )
        return replace(made, account=account)

    def cells(self) -> RiskCells:
        """Return the yearly cells of the spells that the looks give.

        Returns
        -------
        RiskCells
            By sector, stage, origin, duration, and the periods of the truth if any.
        """
        cuts = self.truth.law.period_cuts
        return RiskCells.from_spells(
            self.spells(),
            period=cuts or None,
            origin="arrival" if cuts else None,
            covariates=("sector", "stage", "origin"),
        )


def simulate_cohort(
    n: int,
    seed: int | np.random.Generator,
    *,
    population: Population,
    law: HazardLaw,
    looks: Sequence[int] = tuple(range(2019, 2026)),
    missed: float = 0.0,
    unknown: float = 0.0,
    misclassified: float = 0.0,
    host: str = "US",
) -> SimulatedCohort:
    """Simulate people who leave at known hazards and are looked at in chosen years.

    Assumptions: everybody is in the host at entry, where observation begins; time to
    leaving is piecewise exponential given presence then, so that a stock with delayed
    entry is drawn as such; who has left stays away; looks err independently.

    Parameters
    ----------
    n : int
        People.
    seed : int or numpy.random.Generator
        What the random numbers start from; a generator is advanced.
    population : Population
        Shares of the kinds of people at entry; their years of entry must be looks.
    law : HazardLaw
        Their hazards.
    looks : sequence of int
        Calendar years, increasing.
    missed : float
        Probability that a look after entry does not take place, 0 to 1.
    unknown : float
        Probability that a look after entry shows no country.
    misclassified : float
        Probability that a look after entry that shows a country shows a wrong one, any
        other with the same probability.
    host : str
        Name of the host country.

    Returns
    -------
    SimulatedCohort
        The people, what was seen, and the truth.

    Raises
    ------
    InputError
        If looks do not increase, a year of entry is no look, or a probability is not
        from 0 to 1.

    Examples
    --------
    >>> people = Population.crossed(
    ...     sector={"industry": 1.0}, stage={"industry": {"early": 1}}, entry={"early": {3: 1}}
    ... )
    >>> law = HazardLaw(base={"China": [0.05], "elsewhere": [0.01]}, ratios={})
    >>> cohort = simulate_cohort(1000, 1, population=people, law=law)
    >>> len(cohort.spells()), cohort.simulated
    (1000, True)
    """
    size = checks.whole_number(n, name="n", minimum=1)
    years = [checks.whole_number(year, name="looks") for year in looks]
    if len(years) < 2 or years != sorted(set(years)):
        raise InputError(f"looks={years} are not two or more increasing years.")
    strange = sorted(set(population.year.tolist()) - set(years[:-1]))
    if strange:
        raise InputError(
            f"people enter in {strange[0]}, which is not one of the looks {years[:-1]} that "
            "another follows. Hint: add that year to looks."
        )
    if host in law.destinations:
        raise InputError(f"host={host!r} is also a destination.")
    errors = [
        checks.finite_number(value, name=name, above=0, below=1, closed=True)
        for name, value in (
            ("missed", missed),
            ("unknown", unknown),
            ("misclassified", misclassified),
        )
    ]
    rng = np.random.default_rng(seed)
    cumulative = np.cumsum(population.share)
    kind = np.searchsorted(cumulative, rng.random(size) * cumulative[-1], side="right")
    kind = np.minimum(kind, len(population) - 1)
    hazards = law.yearly(population, max(1, years[-1] - int(population.year.min())))
    left_after, destination = _leaving(rng, hazards, kind)
    grid = np.array(years)
    seen = _looked_at(rng, grid, population.year[kind], left_after, destination, errors,
                      len(law.destinations))  # fmt: skip
    return SimulatedCohort(
        host=host,
        kind=kind,
        left_after=left_after,
        destination=destination,
        looks=grid,
        seen=seen,
        truth=CohortTruth(population=population, law=law),
        seed=None if isinstance(seed, np.random.Generator) else int(seed),
    )


def _leaving(
    rng: np.random.Generator, hazards: NDArray[np.float64], kind: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Years from entry to leaving, the last hazards going on, and where to."""
    total = hazards.sum(axis=2)
    left = rng.exponential(size=kind.size)
    years = np.zeros(kind.size, dtype=np.int64)
    for t in range(total.shape[1] - 1):
        hazard = total[kind, t]
        # Only those who lived through all years before can live through this one.
        through = (years == t) & (left > hazard)
        left[through] -= hazard[through]
        years[through] += 1
    rate = total[kind, years]
    after = years + np.divide(left, rate, out=np.full(kind.size, np.inf), where=rate > 0)
    steps = np.cumsum(hazards, axis=2)[kind, years]
    where = (rng.random(kind.size)[:, None] * rate[:, None] >= steps).sum(axis=1)
    return after, np.minimum(where, hazards.shape[2] - 1).astype(np.int8)


def _looked_at(
    rng: np.random.Generator,
    looks: NDArray[np.int64],
    entered: NDArray[np.int64],
    left_after: NDArray[np.float64],
    destination: NDArray[np.int8],
    errors: Sequence[float],
    destinations: int,
) -> NDArray[np.int8]:
    """What each look shows, shape (n, v); the one at entry is always right."""
    missed, unknown, misclassified = errors
    seen = np.empty((entered.size, looks.size), dtype=np.int8)
    for v, year in enumerate(looks.tolist()):
        place = np.where(left_after > year - entered, np.int8(_HOST), destination)
        if misclassified:
            wrong = rng.random(entered.size) < misclassified
            shift = rng.integers(1, destinations + 1, size=entered.size)
            place = np.where(wrong, (place + 1 + shift) % (destinations + 1) - 1, place)
        if unknown:
            place = np.where(rng.random(entered.size) < unknown, _UNKNOWN, place)
        if missed:
            place = np.where(rng.random(entered.size) < missed, _NO_LOOK, place)
        place = np.where(entered == year, _HOST, place)
        seen[:, v] = np.where(entered > year, _NO_LOOK, place)
    return seen


def _ends_seen(
    seen: NDArray[np.int8],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Last look in the host, first look elsewhere after it (-1 if none), and where."""
    last = np.zeros(len(seen), dtype=np.int64)
    away = np.full(len(seen), -1)
    for v in range(seen.shape[1]):
        here = seen[:, v] == _HOST
        last[here], away[here] = v, -1
        away[(seen[:, v] >= 0) & (away < 0)] = v
    where = np.maximum(seen[np.arange(len(seen)), away], 0).astype(np.int64)
    return last, away, where
