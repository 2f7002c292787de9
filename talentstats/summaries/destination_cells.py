"""Destination cells: people by where they are at the end, by cell of covariates.

They are sufficient for every multinomial model of destinations.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from talentstats.errors import InputError
from talentstats.summaries.account import RowAccount
from talentstats.summaries.columns import frozen
from talentstats.summaries.counts import DestinationCounts
from talentstats.summaries.destination_cells_parts import (
    cell_keys,
    check_counts,
    check_distinct,
    destination_names,
    summed,
)
from talentstats.summaries.labels import cell_labels
from talentstats.summaries.remake import remake
from talentstats.summaries.spells import Spells

if TYPE_CHECKING:
    import pandas as pd

_NOT_KNOWN: Final = "destination not known"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DestinationCells:
    """People of m cells by destination; made by `from_frame`, `from_spells`, `from_counts`.

    Parameters
    ----------
    covariates : Mapping of str to ndarray
        Name to labels of shape (m,), text or numbers; no two cells have the same.
    counts : ndarray of float
        Shape (m, k): people whose destination is known, whole numbers of 0 or more.
    destinations : tuple of str
        Names of the k destinations, at least two; one that nobody went to is kept.
    unknown : ndarray of float
        Shape (m,): further people of the cell whose destination is not known.
    cluster : ndarray or None
        Shape (m,): cluster of the cell's people, such as an institution; None if not kept.
    accounts : tuple of RowAccount
        Where the rows went, step by step; the last is the step that made the cells.
    unknown_reasons : Mapping of str to int
        Why the destination is not known, to number of people; adds up to `unknown`.

    Raises
    ------
    InputError
        If a count is no whole number of 0 or more, shapes do not fit, two cells are the
        same, or a destination is without name or named twice (up to case and spaces).

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"sector": ["industry", "academia"], "US": [41, 40], "CN": [4, 6]})
    >>> cells = DestinationCells.from_frame(table, destinations=["US", "CN"])
    >>> cells.cell_labels().tolist(), cells.counts.tolist(), cells.people
    (['academia', 'industry'], [[40.0, 6.0], [41.0, 4.0]], 91)
    """

    covariates: Mapping[str, NDArray[Any]]
    counts: NDArray[np.float64]
    destinations: tuple[str, ...]
    unknown: NDArray[np.float64]
    cluster: NDArray[Any] | None
    accounts: tuple[RowAccount, ...]
    unknown_reasons: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("counts", "unknown"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64))
        if self.cluster is not None:
            object.__setattr__(self, "cluster", frozen(self.cluster))
        columns = {name: frozen(values) for name, values in self.covariates.items()}
        object.__setattr__(self, "covariates", MappingProxyType(columns))
        object.__setattr__(self, "destinations", destination_names(self.destinations))
        check_counts(self)
        check_distinct(self)
        unknown = int(self.unknown.sum())
        reasons = {reason: int(people) for reason, people in self.unknown_reasons.items() if people}
        reasons = reasons or ({_NOT_KNOWN: unknown} if unknown else {})
        if sum(reasons.values()) != unknown:
            raise InputError(
                f"{unknown:,} people are unknown, but the reasons add up to "
                f"{sum(reasons.values()):,}. Hint: give unknown_reasons with unknown."
            )
        object.__setattr__(self, "unknown_reasons", MappingProxyType(reasons))

    def __reduce__(self) -> tuple[Any, ...]:
        return remake(self)

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def account(self) -> RowAccount:
        """Where the rows went in the step that made the cells."""
        return self.accounts[-1]

    @property
    def known(self) -> int:
        """People whose destination is known, in all cells."""
        return int(self.counts.sum())

    @property
    def people(self) -> int:
        """People in all cells, of known and unknown destination."""
        return self.known + int(self.unknown.sum())

    @property
    def sentence(self) -> str:
        """Where the rows went, and of how many people the destination is not known, and why."""
        reasons = "; ".join(f"{why}: {people:,}" for why, people in self.unknown_reasons.items())
        lost = self.people - self.known
        tail = f"not known of {lost:,} ({reasons})" if lost else "known of all"
        return (
            f"{self.account.sentence[:-1]}; {len(self):,} cells, {self.people:,} people, "
            f"destination {tail}."
        )

    @classmethod
    def from_counts(cls, counts: DestinationCounts) -> Self:
        """Make one cell, without covariates, of the counts of a whole cohort.

        Parameters
        ----------
        counts : DestinationCounts
            People by destination, and how many are unknown.

        Returns
        -------
        DestinationCells
            One cell.

        Raises
        ------
        InputError
            If something else is given.

        Examples
        --------
        >>> cells = DestinationCells.from_counts(DestinationCounts({"US": 87, "CN": 10}, unknown=3))
        >>> cells.counts.tolist(), cells.people
        ([[87.0, 10.0]], 100)
        """
        if not isinstance(counts, DestinationCounts):
            raise InputError(
                f"counts={counts!r} is not DestinationCounts; give for example "
                "DestinationCounts({'US': 87, 'CN': 10, 'other': 3})."
            )
        account = RowAccount(
            step="destination cells",
            rows_in=1,
            used=1,
            left_out={},
            people=float(counts.known + counts.unknown),
            person_years=float("nan"),
        )
        return cls(
            covariates={},
            counts=np.array([list(counts.counts.values())]),
            destinations=counts.destinations,
            unknown=np.array([counts.unknown]),
            cluster=None,
            accounts=(account,),
        )

    @classmethod
    def from_frame(
        cls,
        frame: "pd.DataFrame | str | os.PathLike[str]",
        *,
        destinations: Sequence[str] | None = None,
        by: Iterable[str] | None = None,
        unknown: str | None = None,
        outcome: str | None = None,
        count: str | None = None,
        cluster: str | None = None,
    ) -> Self:
        """Count people of a table, wide (a column a destination) or long (a column of places).

        A column that has the name of a parameter (outcome, count, cluster, and in a wide
        table unknown) needs not be named. Rows with a missing number, place or covariate
        are left out and counted by reason; rows that agree in covariates are added up.

        Parameters
        ----------
        frame : pandas.DataFrame or path-like
            The table, or a CSV or Parquet file of it.
        destinations : sequence of str or None
            Wide: the columns with the people who went there; None takes all that `by`
            does not name. Long: the places, in order, those that nobody went to too;
            None takes those that occur, by alphabet.
        by : iterable of str or None
            Columns to keep as covariates; None keeps all that have no other part.
        unknown : str or None
            Wide: the column with the people of unknown destination. Long: the label of
            the outcome that says so; a missing outcome is then unknown as well, and
            is left out where this is None.
        outcome : str or None
            Long: the column that says where people are at the end.
        count : str or None
            Long: the column with the people that a row stands for; None is one person.
        cluster : str or None
            Column with what people belong together by, such as an institution.

        Returns
        -------
        DestinationCells
            In the order of covariates and cluster.

        Raises
        ------
        InputError
            If a count is negative or a fraction (names the row), nobody's destination is
            known, there are fewer than two destinations, a label "unknown" is not said
            to be one, or a place is not among the destinations.
        UnknownNameError
            If a column does not exist.

        Examples
        --------
        >>> import pandas as pd
        >>> people = pd.DataFrame(
        ...     {"stage": ["phd", "phd", "postdoc"], "place": ["US", "CN", None]}
        ... )
        >>> cells = DestinationCells.from_frame(people, outcome="place", unknown="unknown")
        >>> cells.frame()
             stage   CN   US  unknown
        0      phd  1.0  1.0      0.0
        1  postdoc  0.0  0.0      1.0
        """
        from talentstats.summaries.destination_cells_frame import destination_cells_of_frame

        return cls(
            **destination_cells_of_frame(
                frame,
                destinations=None if destinations is None else tuple(destinations),
                by=None if by is None else tuple(by),
                unknown=unknown,
                outcome=outcome,
                count=count,
                cluster=cluster,
            )
        )

    @classmethod
    def from_spells(
        cls,
        spells: Spells,
        *,
        horizon: float,
        host: str = "host",
        covariates: Iterable[str] | None = None,
        cluster: bool = False,
    ) -> Self:
        """Count where each person is `horizon` years after their own entry.

        In the host: last seen there at the horizon or later. At a destination: the end
        of the stay is known to lie at or before the horizon. Unknown, and counted by
        reason: last seen in the host before the horizon and not seen elsewhere
        (censored), or gone at a time that may lie on either side of the horizon.

        Assumptions: who has left is not back by the horizon. The unknown are not like the
        known: early leavers are known whatever the length of follow-up, stayers only if
        followed to the horizon, so that leaving the unknown out overstates leaving where
        people are censored. Times within 1e-9 of the horizon are at it.

        Parameters
        ----------
        spells : Spells
            The stays. Time runs from each person's entry into observation, at which they
            were in the host, not from the clock's 0. Rows that continue a stay
            (`Spells.continues`) are one person, with the covariates at entry; a person who
            came back later begins another stay.
        horizon : float
            Years since entry (units of the clock), above 0.
        host : str
            What to call the host among the destinations; it comes first.
        covariates : iterable of str or None
            Covariates to keep apart; None keeps all.
        cluster : bool
            Whether cells of different clusters are kept apart.

        Returns
        -------
        DestinationCells
            In the order of covariates and cluster.

        Raises
        ------
        InputError
            If the spells are weighted, nobody has left or nobody's place at the horizon
            is known, `host` is a destination too, or clusters are asked for that the
            spells do not have.
        UnknownNameError
            If a covariate does not exist.

        Examples
        --------
        >>> spells = Spells.from_arrays(exit=[6, 2, 3, 7], event=["China", "Canada", None, None])
        >>> cells = DestinationCells.from_spells(spells, horizon=6, host="US")
        >>> cells.frame()
            US  Canada  China  unknown
        0  1.0     1.0    1.0      1.0
        """
        from talentstats.summaries.destination_cells_spells import destination_cells_of_spells

        return cls(
            **destination_cells_of_spells(
                spells,
                horizon=horizon,
                host=host,
                covariates=None if covariates is None else tuple(covariates),
                cluster=cluster,
            )
        )

    def collapse(self, by: Iterable[str]) -> Self:
        """Return the sums over cells that agree on what is named.

        Parameters
        ----------
        by : iterable of str
            What to keep apart: covariates, "cluster".

        Returns
        -------
        DestinationCells
            Coarser cells.

        Raises
        ------
        UnknownNameError
            If there is nothing of that name.

        Examples
        --------
        >>> spells = Spells.from_arrays(
        ...     exit=[1, 2], event=["China", None], covariates={"sector": ["a", "b"]}
        ... )
        >>> cells = DestinationCells.from_spells(spells, horizon=2)
        >>> len(cells), cells.collapse([]).counts.tolist()
        (2, [[1.0, 1.0]])
        """
        return replace(self, **summed(self, (by,) if isinstance(by, str) else tuple(by)))

    def total(self) -> DestinationCounts:
        """Return the people of all cells by destination.

        Returns
        -------
        DestinationCounts
            With those of unknown destination.
        """
        sums = self.counts.sum(axis=0).astype(int).tolist()
        return DestinationCounts(
            dict(zip(self.destinations, sums, strict=True)), unknown=self.people - self.known
        )

    def cell_labels(self) -> NDArray[np.str_]:
        """Return what each cell is called, such as "industry, postdoc".

        Returns
        -------
        ndarray of str
            Shape (m,): the labels of its covariates, then of its cluster if kept; "all"
            where there are none.
        """
        return cell_labels(cell_keys(self.covariates, self.cluster), len(self))

    def frame(self) -> "pd.DataFrame":
        """Return one row a cell, as `from_frame` reads it when told the destinations.

        Returns
        -------
        pandas.DataFrame
            Columns: covariates, cluster if kept, one a destination, and unknown (or, where a
            destination is called so, "unknown people").
        """
        import pandas as pd

        columns: dict[str, Any] = dict(self.covariates)
        if self.cluster is not None:
            columns["cluster"] = self.cluster
        columns |= {name: self.counts[:, j] for j, name in enumerate(self.destinations)}
        # Leavers to nobody knows where may be a destination that is called unknown.
        lost = "unknown people" if "unknown" in self.destinations else "unknown"
        return pd.DataFrame(columns | {lost: self.unknown})
