"""What a simulation's estimates should be: computed by enumeration, never from the sample."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.cohort.hazards import COLUMNS, HazardLaw, Population


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StandardisedContrast:
    """Retention at a horizon if all were at one level, and if all were at another.

    Parameters
    ----------
    column, level, reference : str
        What is set, to which level, and to which in the comparison.
    horizon : float
        Years since entry.
    retention, retention_reference : float
        Retention under either.
    difference, ratio : float
        Of the first to the second.
    """

    column: str
    level: str
    reference: str
    horizon: float
    retention: float
    retention_reference: float
    difference: float
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CohortTruth:
    """The population and the hazards that a simulation is drawn from, and what follows.

    Parameters
    ----------
    population : Population
        Shares of the kinds of people at entry.
    law : HazardLaw
        Their hazards; its `ratios` are the true hazard ratios.

    Examples
    --------
    >>> people = Population.crossed(
    ...     sector={"industry": 1.0}, stage={"industry": {"early": 1}}, entry={"early": {0: 1}}
    ... )
    >>> truth = CohortTruth(population=people, law=HazardLaw(base={"China": [0.1]}, ratios={}))
    >>> round(truth.retention(6), 6)  # exp(-0.6)
    0.548812
    """

    population: Population
    law: HazardLaw

    @property
    def hazard_ratios(self) -> Mapping[str, Mapping[str, Mapping[str, float]]]:
        """Destination to column to level to hazard ratio."""
        return self.law.ratios

    def incidence(
        self,
        horizon: float,
        *,
        among: Mapping[str, str] | None = None,
        setting: Mapping[str, str] | None = None,
    ) -> dict[str, float]:
        """Return the cumulative incidence of each destination since entry.

        Parameters
        ----------
        horizon : float
            Years since entry, 0 or more.
        among : Mapping of str to str or None
            Only these people, such as {"sector": "industry"}.
        setting : Mapping of str to str or None
            Everybody set to these levels, all else as it is: standardisation.

        Returns
        -------
        dict of str to float
            Destination to probability.

        Raises
        ------
        InputError
            If the horizon is negative.
        UnknownNameError
            If a column or level does not exist.
        """
        _, incidence = self._enumerate(horizon, among, setting)
        return dict(zip(self.law.destinations, incidence.tolist(), strict=True))

    def retention(
        self,
        horizon: float,
        *,
        among: Mapping[str, str] | None = None,
        setting: Mapping[str, str] | None = None,
    ) -> float:
        """Return the probability of not having left since entry.

        Parameters
        ----------
        horizon : float
            Years since entry, 0 or more.
        among, setting : Mapping of str to str or None
            As in `incidence`.

        Returns
        -------
        float
            Retention given presence at entry.

        Raises
        ------
        InputError
            If the horizon is negative.
        UnknownNameError
            If a column or level does not exist.
        """
        return self._enumerate(horizon, among, setting)[0]

    def contrast(
        self, column: str, level: str, reference: str, *, horizon: float
    ) -> StandardisedContrast:
        """Return the standardised contrast of two levels: all at one, and all at the other.

        Parameters
        ----------
        column : str
            One of sector, stage, origin.
        level, reference : str
            The levels compared.
        horizon : float
            Years since entry.

        Returns
        -------
        StandardisedContrast
            Retention under both.

        Raises
        ------
        InputError
            If the horizon is negative.
        UnknownNameError
            If a column or level does not exist.
        """
        one, other = (
            self.retention(horizon, setting={column: value}) for value in (level, reference)
        )
        return StandardisedContrast(
            column=column,
            level=level,
            reference=reference,
            horizon=horizon,
            retention=one,
            retention_reference=other,
            difference=one - other,
            ratio=one / other,
        )

    def _enumerate(
        self, horizon: float, among: Mapping[str, str] | None, setting: Mapping[str, str] | None
    ) -> tuple[float, NDArray[np.float64]]:
        """Retention and incidences, averaged over the kinds of people."""
        checks.finite_number(horizon, name="horizon", above=0, closed=True)
        people = self.population
        keep = np.ones(len(people), dtype=bool)
        for column, level in (among or {}).items():
            keep &= _column(people, column, level) == level
        share = np.where(keep, people.share, 0.0)
        for column, level in (setting or {}).items():
            values = np.full(len(people), level, dtype=_column(people, column, level).dtype)
            people = replace(people, **{column: values})
        whole = int(np.ceil(horizon))
        hazards = self.law.yearly(people, max(whole, 1))
        lengths = np.clip(horizon - np.arange(hazards.shape[1]), 0.0, 1.0)
        survival, incidence = incidences(hazards, lengths)
        weights = share / share.sum()
        return float(weights @ survival[:, -1]), weights @ incidence[:, -1]


def incidences(
    hazards: NDArray[np.float64], lengths: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return survival and cumulative incidences at the end of each interval.

    Parameters
    ----------
    hazards : ndarray of float
        Shape (p, T, k): constant within an interval.
    lengths : ndarray of float
        Shape (T,): lengths of the intervals.

    Returns
    -------
    tuple of (ndarray, ndarray)
        Survival, shape (p, T), and incidences, shape (p, T, k).
    """
    total = hazards.sum(axis=2)
    cumulative = np.cumsum(total * lengths, axis=1)
    before = np.exp(-np.concatenate([np.zeros((len(total), 1)), cumulative[:, :-1]], axis=1))
    left = before * -np.expm1(-total * lengths)
    share = np.divide(
        hazards, total[:, :, None], out=np.zeros_like(hazards), where=total[:, :, None] > 0
    )
    return np.exp(-cumulative), np.cumsum(left[:, :, None] * share, axis=1)


def _column(people: Population, column: str, level: Any) -> NDArray[Any]:
    """Values of a column, which must know the level."""
    values: NDArray[Any] = getattr(people, checks.one_of(column, COLUMNS, name="column"))
    checks.one_of(level, sorted(set(values.tolist())), name=column)
    return values
