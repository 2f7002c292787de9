"""Where the rows went: rows in = rows used + rows left out, by disjoint reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from talentstats import checks
from talentstats.errors import InputError
from talentstats.summaries.remake import remake

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowAccount:
    """How many rows came in at one step, were used, and were left out for which reason.

    Parameters
    ----------
    step : str
        What was done to the rows, such as "spells" or "cells".
    rows_in : int
        Rows that came in.
    used : int
        Rows that were used.
    left_out : Mapping of str to int
        Reason to number of rows; every row has the first reason that applies.
    people : float
        People that the used rows stand for (their counts); NaN where it is not known, as
        in published aggregates.
    person_years : float
        Time at risk of the used rows, in units of their clock.

    Raises
    ------
    InputError
        If the numbers do not add up.

    Examples
    --------
    >>> account = RowAccount(
    ...     step="spells", rows_in=3, used=2, left_out={"no entry": 1}, people=2, person_years=9.0
    ... )
    >>> account.sentence
    'spells: 3 rows in, 2 used, 1 left out (no entry: 1).'
    """

    step: str
    rows_in: int
    used: int
    left_out: Mapping[str, int]
    people: float
    person_years: float

    def __post_init__(self) -> None:
        for name in ("rows_in", "used"):
            value = checks.whole_number(getattr(self, name), name=f"{self.step}: {name}")
            object.__setattr__(self, name, value)
        reasons = {
            reason: checks.whole_number(rows, name=f"{self.step}: rows left out for {reason!r}")
            for reason, rows in self.left_out.items()
            if rows
        }
        object.__setattr__(self, "left_out", MappingProxyType(reasons))
        if self.rows_in != self.used + sum(reasons.values()):
            raise InputError(
                f"{self.step}: {self.rows_in} rows came in, but {self.used} used and "
                f"{sum(reasons.values())} left out are {self.used + sum(reasons.values())}. "
                "Hint: does a row have two reasons?"
            )

    def __reduce__(self) -> tuple[Any, ...]:
        return remake(self)

    @property
    def sentence(self) -> str:
        """The account in one sentence."""
        lost = sum(self.left_out.values())
        reasons = "; ".join(f"{reason}: {rows:,}" for reason, rows in self.left_out.items())
        tail = f", {lost:,} left out ({reasons})" if lost else ", none left out"
        return f"{self.step}: {self.rows_in:,} rows in, {self.used:,} used{tail}."

    def whole(self, step: str) -> "RowAccount":
        """Return the account of a further step that uses every row of this one.

        Parameters
        ----------
        step : str
            What was done to the rows.

        Returns
        -------
        RowAccount
            The rows used here come in, and none is left out.
        """
        return RowAccount(
            step=step,
            rows_in=self.used,
            used=self.used,
            left_out={},
            people=self.people,
            person_years=self.person_years,
        )

    def frame(self) -> "pd.DataFrame":
        """Return one row a reason, with the rows used first.

        Returns
        -------
        pandas.DataFrame
            Columns `step, reason, rows`; `reason` is "used" in the first row.
        """
        import pandas as pd

        rows = [("used", self.used), *self.left_out.items()]
        return pd.DataFrame(
            {
                "step": self.step,
                "reason": [reason for reason, _ in rows],
                "rows": [n for _, n in rows],
            }
        )
