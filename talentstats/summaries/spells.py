"""Spells: one row a stay in the host country, with when it began and ended to be seen.

A person is at risk on (entry, exit]. An end is known to lie in (lower, upper]: last
seen in the host at `lower`, first seen elsewhere at `upper`. `upper = inf` is a stay
that had not ended when last seen; `lower = upper` is an end whose time is known.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats.errors import InputError
from talentstats.summaries.account import RowAccount
from talentstats.summaries.columns import frozen
from talentstats.summaries.remake import remake
from talentstats.summaries.spells_arrays import read_spells
from talentstats.summaries.spells_continued import continuing

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spells:
    """Stays in the host country, one row each; made by `from_arrays` or `from_frame`.

    Parameters
    ----------
    entry : ndarray of float
        Shape (n,): clock time at which the person came under observation.
    lower : ndarray of float
        Shape (n,): last time seen in the host.
    upper : ndarray of float
        Shape (n,): first time seen elsewhere; infinite where the stay had not ended,
        equal to `lower` where its end is known exactly.
    destination : ndarray of int
        Shape (n,): index into `destinations`, -1 where the stay had not ended.
    destinations : tuple of str
        Names of the k places that people left for.
    covariates : Mapping of str to ndarray
        Name to values of shape (n,): text, whole numbers or floats.
    weight : ndarray of float
        Shape (n,): sampling weights, above 0.
    count : ndarray of int
        Shape (n,): people that a row stands for, at least 1.
    cluster : ndarray or None
        Shape (n,): what rows belong together, such as a person or an institution.
        Start-stop rows need a person's rows to be told by it (`continues`).
    clock : str
        What time is counted from, such as "years since doctorate".
    account : RowAccount
        Where the rows went. Its people are not counted again where a row `continues`. Its
        person-years are those that are certain: from entry to `lower`, times count, without
        weights; what lies inside (lower, upper] is not in it.

    Examples
    --------
    >>> spells = Spells.from_arrays(
    ...     entry=[0, 2], lower=[3, 6], upper=[4, float("inf")], destination=["China", None]
    ... )
    >>> spells.ended.tolist(), spells.destinations, spells.account.person_years
    ([True, False], ('China',), 7.0)
    """

    entry: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    destination: NDArray[np.int64]
    destinations: tuple[str, ...]
    covariates: Mapping[str, NDArray[Any]]
    weight: NDArray[np.float64]
    count: NDArray[np.int64]
    cluster: NDArray[Any] | None
    clock: str
    account: RowAccount

    def __post_init__(self) -> None:
        for name in ("entry", "lower", "upper", "weight"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64))
        for name in ("destination", "count"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.int64))
        if self.cluster is not None:
            object.__setattr__(self, "cluster", frozen(self.cluster))
        columns = {name: frozen(values) for name, values in self.covariates.items()}
        object.__setattr__(self, "covariates", MappingProxyType(columns))

    def __reduce__(self) -> tuple[Any, ...]:
        return remake(self)

    def __len__(self) -> int:
        return self.entry.size

    @property
    def ended(self) -> NDArray[np.bool_]:
        """Whether each stay is known to have ended, shape (n,)."""
        return np.isfinite(self.upper)

    @property
    def exact(self) -> NDArray[np.bool_]:
        """Whether the end of each stay is known to the point, shape (n,)."""
        return np.asarray(self.lower == self.upper)

    @property
    def continues(self) -> NDArray[np.bool_]:
        """Whether each row continues another row of the same person, shape (n,).

        It does where `cluster` names people, none of whom is at risk twice at a time, and
        the row begins where another of its cluster was last seen in the host. Clusters of
        which any has overlapping rows, such as institutions, are not people: none continues.
        """
        return continuing(
            entry=self.entry,
            lower=self.lower,
            upper=self.upper,
            count=self.count,
            cluster=self.cluster,
        )

    @classmethod
    def from_arrays(
        cls,
        *,
        entry: ArrayLike | None = None,
        exit: ArrayLike | None = None,
        event: ArrayLike | None = None,
        lower: ArrayLike | None = None,
        upper: ArrayLike | None = None,
        destination: Any = None,
        weight: ArrayLike | None = None,
        count: ArrayLike | None = None,
        cluster: ArrayLike | None = None,
        covariates: Mapping[str, ArrayLike] | None = None,
        clock: str | None = None,
    ) -> Self:
        """Make spells of arrays, either (exit, event) or (lower, upper).

        Parameters
        ----------
        entry : array_like of float or None
            Shape (n,): time at which each person came under observation; None is 0, and
            is refused where the times are calendar years.
        exit, event : array_like or None
            Shape (n,): time at which observation ended, and whether the stay ended then.
            `event` is bool, 0 and 1, whole codes of competing destinations (0 is none),
            or labels that name the destination. As a label, None, an empty text, "0",
            "no", "false", "none", "censored", "stayed" and "alive" say that it had not
            ended; "1", "yes", "true", "event", "ended" and "left" that it had.
        lower, upper : array_like of float or None
            Shape (n,): last time seen in the host and first time seen elsewhere;
            infinite or NaN `upper` where the stay had not ended.
        destination : array_like or None
            Shape (n,): where the person went; read only where the stay ended. None is
            one destination, "elsewhere".
        weight : array_like of float or None
            Shape (n,): sampling weights; None is 1.
        count : array_like of int or None
            Shape (n,): people that a row stands for, at most 1e10; None is 1.
        cluster : array_like or None
            Shape (n,): what rows belong together.
        covariates : Mapping of str to array_like or None
            Name to values of shape (n,).
        clock : str or None
            What time is counted from, such as "years since doctorate". None is "years since
            first observation" where all enter at 0, "calendar year" where the times are
            years, and else says that the origin was not named.

        Returns
        -------
        Spells
            Checked.

        Raises
        ------
        InputError
            If both or neither of (exit, event) and (lower, upper) are given, lengths
            differ, a value is missing, or times are not in order; names the rows.

        Examples
        --------
        >>> Spells.from_arrays(exit=[5, 6], event=["China", "censored"]).destinations
        ('China',)
        >>> Spells.from_arrays(entry=[4], exit=[4], event=[1])
        Traceback (most recent call last):
            ...
        talentstats.errors.InputError: entry >= exit in 1 row (0): entry=4, exit=4; nobody is at
        risk on an empty (entry, exit]. Hint: use a finer clock, or leave such rows out.
        """
        given = {
            "entry": entry,
            "exit": exit,
            "event": event,
            "lower": lower,
            "upper": upper,
            "destination": destination,
            "weight": weight,
            "count": count,
            "cluster": cluster,
        }
        fields = read_spells(given, covariates=covariates or {}, clock=clock)
        return cls(**fields, account=_account(fields, rows_in=fields["entry"].size, left_out={}))

    @classmethod
    def from_frame(
        cls,
        frame: "pd.DataFrame | str | os.PathLike[str]",
        *,
        entry: str | None = None,
        exit: str | None = None,
        event: str | None = None,
        lower: str | None = None,
        upper: str | None = None,
        destination: str | None = None,
        host: str | None = None,
        weight: str | None = None,
        count: str | None = None,
        cluster: str | None = None,
        covariates: Iterable[str] | None = None,
        clock: str | None = None,
    ) -> Self:
        """Make spells of a frame or a file, by the names of its columns.

        A column that has the name of a parameter (entry, exit, event, lower, upper,
        destination, weight, count, cluster) needs not be named. Rows with a missing
        time, event, weight or covariate are left out and counted by reason, and so are
        stays of which nothing is known after entry. A row in a message is called by its
        index, and in a CSV file by its line.

        Parameters
        ----------
        frame : pandas.DataFrame or path-like
            One row a stay, or a CSV or Parquet file of it: (entry, exit, event) as in R
            and lifelines, or (lower, upper), or the outcome rows of a two-look study
            (`lower` first seen, `upper` last seen, `destination` where, and `host`).
        entry, exit, event, lower, upper, destination : str or None
            Names of columns.
        host : str or None
            For outcome rows: the place that counts as staying. A row whose destination
            is the host was seen there at `upper` and had not ended; a row without a
            destination was last seen in the host at `lower`. Entry is `lower` unless a
            column gives it.
        weight, count, cluster : str or None
            Names of columns.
        covariates : iterable of str or None
            Columns to keep; None keeps all that have no other part.
        clock : str or None
            What time is counted from, such as "years since doctorate". None is "years since
            first observation" where all enter at 0, "calendar year" where the times are
            years, and else says that the origin was not named.

        Returns
        -------
        Spells
            Checked, with the account of the rows.

        Raises
        ------
        InputError
            If times are not in order, or the file cannot be read; names the rows.
        UnknownNameError
            If a column does not exist.
        MissingExtraError
            If a Parquet file is given and pyarrow is not installed.

        Examples
        --------
        >>> import pandas as pd
        >>> looks = pd.DataFrame(
        ...     {"first": [0, 0, 0], "last": [6, 6, 6], "place": ["US", "CN", None]}
        ... )
        >>> spells = Spells.from_frame(
        ...     looks, lower="first", upper="last", destination="place", host="US"
        ... )
        >>> spells.upper.tolist(), spells.destinations
        ([inf, 6.0], ('CN',))
        >>> spells.account.sentence
        'spells: 3 rows in, 2 used, 1 left out (status unknown since entry: 1).'
        """
        from talentstats.summaries.spells_frame import read_columns

        named = {
            "entry": entry,
            "exit": exit,
            "event": event,
            "lower": lower,
            "upper": upper,
            "destination": destination,
            "weight": weight,
            "count": count,
            "cluster": cluster,
        }
        columns = read_columns(
            frame,
            named=named,
            host=host,
            covariates=None if covariates is None else tuple(covariates),
        )
        fields = read_spells(
            columns.parts, covariates=columns.covariates, clock=clock, labels=columns.labels
        )
        return cls(
            **fields,
            account=_account(fields, rows_in=columns.rows_in, left_out=columns.left_out),
        )

    def where(self, keep: ArrayLike, *, reason: str) -> Self:
        """Return some of the spells, the others left out for a reason.

        Parameters
        ----------
        keep : array_like of bool
            Shape (n,): which rows to keep.
        reason : str
            Why the others are left out.

        Returns
        -------
        Spells
            Those rows, with the account.

        Raises
        ------
        InputError
            If `keep` has another shape, or is not made of booleans.

        Examples
        --------
        >>> spells = Spells.from_arrays(exit=[1, 7], event=[1, 0])
        >>> spells.where(spells.lower > 2, reason="before the landmark").account.sentence
        'spells: 2 rows in, 1 used, 1 left out (before the landmark: 1).'
        """
        rows = np.asarray(keep)
        if rows.dtype != np.bool_ or rows.shape != (len(self),):
            raise InputError(
                f"keep has type {rows.dtype} and shape {rows.shape}; allowed is one boolean for "
                f"each of {len(self):,} spells."
            )
        kept: dict[str, Any] = {
            name: getattr(self, name)[rows]
            for name in ("entry", "lower", "upper", "destination", "weight", "count")
        }
        kept["cluster"] = None if self.cluster is None else self.cluster[rows]
        left_out = dict(self.account.left_out)
        left_out[reason] = left_out.get(reason, 0) + int((~rows).sum())
        return replace(
            self,
            **kept,
            covariates={name: values[rows] for name, values in self.covariates.items()},
            account=_account(kept, rows_in=self.account.rows_in, left_out=left_out),
        )

    def frame(self) -> "pd.DataFrame":
        """Return one row a stay, as `from_frame` reads it without naming columns.

        Returns
        -------
        pandas.DataFrame
            Columns entry, lower, upper (infinite where the stay had not ended), destination
            (None there), covariates; weight, count and cluster if they say anything.

        Examples
        --------
        >>> spells = Spells.from_arrays(exit=[5, 6], event=["China", None])
        >>> spells.frame()
           entry  lower  upper destination
        0    0.0    5.0    5.0       China
        1    0.0    6.0    inf        None
        """
        import pandas as pd

        places = np.array([*self.destinations, None], dtype=object)
        columns: dict[str, Any] = {
            "entry": self.entry,
            "lower": self.lower,
            "upper": self.upper,
            "destination": places[self.destination],
            **self.covariates,
        }
        for name in ("weight", "count"):
            if (getattr(self, name) != 1).any():
                columns[name] = getattr(self, name)
        if self.cluster is not None:
            columns["cluster"] = self.cluster
        return pd.DataFrame(columns)


def _account(fields: Mapping[str, Any], *, rows_in: int, left_out: Mapping[str, int]) -> RowAccount:
    """Account of spells: people are counts, person-years run to the last sure time."""
    count = fields["count"]
    names = ("entry", "lower", "upper", "count", "cluster")
    continued = continuing(**{name: fields[name] for name in names})
    return RowAccount(
        step="spells",
        rows_in=rows_in,
        used=count.size,
        left_out=left_out,
        people=float(count[~continued].sum()),
        person_years=float(np.sum(count * (fields["lower"] - fields["entry"]))),
    )
