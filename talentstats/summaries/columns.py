"""Columns that a caller gave, read into checked arrays; a message names the rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats.errors import InputError

_SHOWN_ROWS: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows of a table as its owner knows them.

    Parameters
    ----------
    size : int
        How many there are.
    labels : ndarray or None
        Shape (size,): what each is called; None is 0, 1, ...
    """

    size: int
    labels: NDArray[Any] | None = None

    def label(self, row: int) -> str:
        """Return what one row is called.

        Parameters
        ----------
        row : int
            Its place.

        Returns
        -------
        str
            Its label.
        """
        return str(row if self.labels is None else self.labels[row])

    def refuse(self, bad: NDArray[np.bool_], say: Callable[[str, int], str]) -> None:
        """Refuse rows.

        Parameters
        ----------
        bad : ndarray of bool
            Shape (size,): the rows that are not allowed.
        say : callable
            Makes the message of a text such as "2 rows (4, 7)" and the place of the first.

        Raises
        ------
        InputError
            If there is any such row.
        """
        where = np.flatnonzero(bad)
        if where.size:
            shown = ", ".join(self.label(row) for row in where[:_SHOWN_ROWS])
            more = ", ..." if where.size > _SHOWN_ROWS else ""
            text = f"{where.size:,} row{'s' if where.size > 1 else ''} ({shown}{more})"
            raise InputError(say(text, int(where[0])))

    def numbers(self, values: ArrayLike, name: str, *, infinite: bool = False) -> NDArray[Any]:
        """Return a column of floats.

        Parameters
        ----------
        values : array_like
            Shape (size,).
        name : str
            How the caller knows it.
        infinite : bool
            Whether infinite and missing values are allowed.

        Returns
        -------
        ndarray of float
            Shape (size,).

        Raises
        ------
        InputError
            If it has another shape, is not made of numbers, or a value is not finite.
        """
        given = np.asarray(values)
        column = _floats(given)
        if column is None:
            found = ", ".join(str(v) for v in given.ravel()[:3].tolist())
            raise InputError(
                f"{name} is not a column of numbers (it begins with {found}). Hint: turn dates "
                "into years, for example with .dt.year."
            )
        self._check_shape(column, name)
        if not infinite:
            self.refuse(
                ~np.isfinite(column),
                lambda rows, first: (
                    f"{name}={column[first]:g} in {rows}; allowed are finite numbers."
                ),
            )
        return column

    def labelled(self, values: ArrayLike, name: str) -> NDArray[Any]:
        """Return a column of labels, as text or as given where they are numbers.

        Parameters
        ----------
        values : array_like
            Shape (size,).
        name : str
            How the caller knows it.

        Returns
        -------
        ndarray
            Shape (size,).

        Raises
        ------
        InputError
            If it has another shape, or a value is missing.
        """
        column = np.asarray(values)
        self._check_shape(column, name)
        if column.dtype.kind in "biuf":
            return self.numbers(column, name) if column.dtype.kind == "f" else column
        levels, codes = coded(column)
        missing = np.array([is_missing(level) for level in levels], dtype=bool)
        self.refuse(missing[codes], lambda rows, _: f"{name} is missing in {rows}.")
        return np.array([str(level) for level in levels], dtype=np.str_)[codes]

    def _check_shape(self, column: NDArray[Any], name: str) -> None:
        """Refuse a column of another length."""
        if column.shape != (self.size,):
            raise InputError(
                f"{name} has shape {column.shape}; the other columns have {self.size:,} rows."
            )


def _floats(values: NDArray[Any]) -> NDArray[np.float64] | None:
    """Floats, or None where the values are no numbers; a date would silently become days."""
    if values.dtype.kind in "mM":
        return None
    try:
        return values.astype(np.float64)
    except (TypeError, ValueError):
        return None


def frozen(values: Any, dtype: Any = None) -> NDArray[Any]:
    """Return a read-only copy.

    Parameters
    ----------
    values : array_like
        Any shape.
    dtype : dtype or None
        Type of the copy; None keeps it.

    Returns
    -------
    ndarray
        The copy.
    """
    copy: NDArray[Any] = np.array(values, dtype=dtype)
    copy.flags.writeable = False
    return copy


def is_missing(value: Any) -> bool:
    """Return whether a label is missing: None, NaN or an empty text.

    Parameters
    ----------
    value : Any
        The label.

    Returns
    -------
    bool
        Whether it is missing.
    """
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def coded(values: NDArray[Any]) -> tuple[list[Any], NDArray[np.int64]]:
    """Return the distinct values in order, and the place of each row's value among them.

    Parameters
    ----------
    values : ndarray
        Shape (n,).

    Returns
    -------
    tuple of (list, ndarray of int)
        Distinct values, by size or alphabet, and codes of shape (n,).
    """
    if values.dtype.kind not in "OUSTmM":
        distinct, codes = np.unique(values, return_inverse=True)
        return distinct.tolist(), codes.astype(np.int64)
    # A dictionary is several times faster than sorting text.
    seen: dict[Any, int] = {}
    found = np.fromiter(
        (seen.setdefault(value, len(seen)) for value in values.tolist()), np.int64, values.size
    )
    levels = list(seen)
    order = sorted(range(len(levels)), key=lambda i: (is_missing(levels[i]), str(levels[i])))
    place = np.empty(len(levels), dtype=np.int64)
    place[order] = np.arange(len(levels))
    return [levels[i] for i in order], place[found]


def grouped(keys: Sequence[NDArray[Any]], rows: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the group of each row, in the order of the keys, and one row of each group.

    Parameters
    ----------
    keys : sequence of ndarray
        Columns of shape (n,); the first sorts first.
    rows : int
        The number n.

    Returns
    -------
    tuple of (ndarray of int, ndarray of int)
        Groups, shape (n,), and a row of each group, shape (g,).
    """
    group = np.zeros(rows, dtype=np.int64)
    first = np.zeros(min(rows, 1), dtype=np.int64)
    for key in keys:
        levels, codes = coded(key)
        # Compressed after every key, so that the product of level counts cannot overflow.
        _, first, group = np.unique(
            group * len(levels) + codes, return_index=True, return_inverse=True
        )
    return group, first
