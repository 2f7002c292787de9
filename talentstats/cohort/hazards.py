"""The known truth that a simulation is drawn from: who there is, and at what hazards they leave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.summaries.cells_made import period_names
from talentstats.summaries.columns import frozen

COLUMNS: Final = ("sector", "stage", "origin")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Population:
    """Shares of p kinds of people among those who come under observation.

    Parameters
    ----------
    sector, stage, origin : ndarray of str
        Shape (p,): sector and career stage at entry, country of origin.
    entry : ndarray of int
        Shape (p,): years on the clock when observation begins (delayed entry).
    year : ndarray of int
        Shape (p,): calendar year in which observation begins.
    share : ndarray of float
        Shape (p,): adds to 1.

    Examples
    --------
    >>> people = Population.crossed(
    ...     sector={"industry": 0.5, "academia": 0.5},
    ...     stage={"industry": {"early": 1}, "academia": {"early": 0.4, "senior": 0.6}},
    ...     entry={"early": {0: 1}, "senior": {10: 1}},
    ... )
    >>> people.share.tolist()
    [0.5, 0.2, 0.3]
    """

    sector: NDArray[np.str_]
    stage: NDArray[np.str_]
    origin: NDArray[np.str_]
    entry: NDArray[np.int64]
    year: NDArray[np.int64]
    share: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in (*COLUMNS, "entry", "year", "share"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @classmethod
    def crossed(
        cls,
        *,
        sector: Mapping[str, float],
        stage: Mapping[str, Mapping[str, float]],
        entry: Mapping[str, Mapping[int, float]],
        origin: Mapping[str, float] | None = None,
        year: Mapping[int, float] | None = None,
    ) -> Self:
        """Return a population of independent parts, stage given sector and entry given stage.

        Parameters
        ----------
        sector : Mapping of str to float
            Sector to share; shares add to 1 here and below.
        stage : Mapping of str to Mapping
            Sector to stage to share within the sector.
        entry : Mapping of str to Mapping
            Stage to whole years at entry to share within the stage.
        origin : Mapping of str to float or None
            Country of origin to share; None is China alone.
        year : Mapping of int to float or None
            Calendar year of entry to share; None is 2019 alone.

        Returns
        -------
        Population
            All combinations with a share above 0.

        Raises
        ------
        InputError
            If shares do not add to 1, or years are not whole.
        UnknownNameError
            If a sector has no stages, or a stage no entries.
        """
        origins, years = origin or {"China": 1.0}, year or {2019: 1.0}
        for name, shares in (("sector", sector), ("origin", origins), ("year", years)):
            _check_shares(shares, name)
        rows: list[tuple[Any, ...]] = []
        for s, o, y in product(sector, origins, years):
            stages = stage[checks.one_of(s, stage, name="sector in stage")]
            _check_shares(stages, f"stage of {s!r}")
            for g in stages:
                entries = entry[checks.one_of(g, entry, name="stage in entry")]
                _check_shares(entries, f"entry of {g!r}")
                for e in entries:
                    checks.whole_number(e, name="entry")
                    share = sector[s] * origins[o] * years[y] * stages[g] * entries[e]
                    rows.append((s, g, o, e, checks.whole_number(y, name="year"), share))
        columns = list(zip(*(row for row in rows if row[-1] > 0), strict=True))
        names = (*COLUMNS, "entry", "year", "share")
        return cls(**{name: np.array(c) for name, c in zip(names, columns, strict=True)})

    def __len__(self) -> int:
        return self.share.size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HazardLaw:
    """Yearly hazards of leaving for each of k destinations, constant within a year.

    Parameters
    ----------
    base : Mapping of str to sequence of float
        Destination to hazards in the first, second, ... year on the clock; the last
        one goes on.
    ratios : Mapping of str to Mapping
        Destination to column to level to hazard ratio; what is not named is 1. Columns
        are sector, stage, origin, period, or two of them joined as "sector:period" with
        levels joined as "academia:after 2021".
    period_cuts : sequence of int
        Calendar years in which a period ends and the next begins.

    Raises
    ------
    InputError
        If a hazard or ratio is negative, or cuts do not increase.
    UnknownNameError
        If a destination, column or period does not exist.

    Examples
    --------
    >>> law = HazardLaw(
    ...     base={"China": [0.02], "elsewhere": [0.01]},
    ...     ratios={"China": {"period": {"after 2021": 2.0}}},
    ...     period_cuts=[2021],
    ... )
    >>> law.periods
    ('to 2021', 'after 2021')
    """

    base: Mapping[str, Sequence[float]]
    ratios: Mapping[str, Mapping[str, Mapping[str, float]]]
    period_cuts: Sequence[int] = ()

    def __post_init__(self) -> None:
        if not self.base:
            raise InputError("base has no destination; at least one is needed.")
        for name, hazards in self.base.items():
            if not len(hazards):
                raise InputError(f"base of {name!r} is empty; at least one hazard is needed.")
            for hazard in hazards:
                checks.finite_number(
                    hazard, name=f"base of {name!r}", above=0, below=100, closed=True
                )
        cuts = [checks.whole_number(cut, name="period_cuts") for cut in self.period_cuts]
        if cuts != sorted(set(cuts)):
            raise InputError(f"period_cuts={cuts} do not increase.")
        object.__setattr__(self, "period_cuts", tuple(cuts))
        for name, columns in self.ratios.items():
            checks.one_of(name, self.base, name="destination")
            for column, levels in columns.items():
                self._check_ratios(column, levels)
        base = {name: tuple(hazards) for name, hazards in self.base.items()}
        ratios = {
            name: MappingProxyType({c: MappingProxyType(dict(v)) for c, v in columns.items()})
            for name, columns in self.ratios.items()
        }
        object.__setattr__(self, "base", MappingProxyType(base))
        object.__setattr__(self, "ratios", MappingProxyType(ratios))

    def _check_ratios(self, column: str, levels: Mapping[str, float]) -> None:
        """Refuse a column or a period that does not exist, and ratios that cannot be."""
        parts = column.split(":")
        for part in parts:
            checks.one_of(part, (*COLUMNS, "period"), name="column of ratios")
        for level, ratio in levels.items():
            values = level.split(":")
            if len(values) != len(parts):
                raise InputError(f"level {level!r} of ratios does not fit the column {column!r}.")
            for part, value in zip(parts, values, strict=True):
                if part == "period":
                    checks.one_of(value, self.periods, name="period")
            name = f"ratio of {level!r}"
            checks.finite_number(ratio, name=name, above=0, below=1e6, closed=True)

    @property
    def destinations(self) -> tuple[str, ...]:
        """Names of the k destinations, in order."""
        return tuple(sorted(self.base))

    @property
    def periods(self) -> tuple[str, ...]:
        """Names of the calendar periods."""
        return period_names(np.array(self.period_cuts, dtype=np.float64))

    def yearly(self, people: Population, years: int) -> NDArray[np.float64]:
        """Return the hazards of every kind of people in every year since entry.

        Parameters
        ----------
        people : Population
            The p kinds.
        years : int
            The number T.

        Returns
        -------
        ndarray of float
            Shape (p, T, k).
        """
        step = np.arange(years)
        duration, calendar = people.entry[:, None] + step, people.year[:, None] + step
        where = np.searchsorted(np.array(self.period_cuts), calendar, side="right")
        values = {name: getattr(people, name)[:, None] for name in COLUMNS}
        values["period"] = np.array(self.periods)[where]
        out = np.empty((len(people), years, len(self.base)))
        for j, name in enumerate(self.destinations):
            base = np.asarray(self.base[name], dtype=np.float64)
            hazard = base[np.minimum(duration, base.size - 1)]
            for column, levels in self.ratios.get(name, {}).items():
                parts = column.split(":")
                for level, ratio in levels.items():
                    hits = [values[p] == v for p, v in zip(parts, level.split(":"), strict=True)]
                    hazard = np.where(np.logical_and.reduce(np.broadcast_arrays(*hits)),
                                      hazard * ratio, hazard)  # fmt: skip
            out[:, :, j] = hazard
        return out


def _check_shares(shares: Mapping[Any, float], name: str) -> None:
    """Refuse shares that are negative or do not add to 1."""
    total = sum(
        checks.finite_number(v, name=f"share of {k!r}", above=0, below=1, closed=True)
        for k, v in shares.items()
    )
    if abs(total - 1) > 1e-9:
        raise InputError(f"the shares of {name} add to {total:g}; they must add to 1.")
