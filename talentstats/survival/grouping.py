"""The groups of a curve, a rate or a test: one, or one a combination of covariate levels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.summaries.columns import frozen, grouped

EVERYBODY: Final = "all"
# A covariate with more distinct fractions is a measurement, not a grouping.
_MOST_LEVELS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """Groups of rows.

    Parameters
    ----------
    labels : tuple of str
        Names of the g groups: "all", the bare level of one covariate, or
        "sector=academia, stage=early" of several.
    index : (n,) ndarray of int
        Group of each row, from 0.
    keys : tuple of dict
        Covariate name to its level, one a group.
    """

    labels: tuple[str, ...]
    index: NDArray[np.int64]
    keys: tuple[dict[str, Any], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", frozen(self.index, np.int64))

    def __len__(self) -> int:
        return len(self.labels)


def groups_of(
    covariates: Mapping[str, NDArray[Any]], by: str | Sequence[str] | None, n: int
) -> Groups:
    """Groups of rows by the levels of covariates.

    Parameters
    ----------
    covariates : Mapping of str to ndarray
        Name to values of shape (n,).
    by : str, sequence of str or None
        Covariates that make the groups; None makes one group of all rows.
    n : int
        The number of rows.

    Returns
    -------
    Groups
        Only combinations that occur, sorted by size or alphabet of each covariate in turn.

    Raises
    ------
    InputError
        If there are no rows, a covariate is named twice, or has more than 20 distinct
        fractions.
    UnknownNameError
        If there is no such covariate.

    Examples
    --------
    >>> sector = np.array(["industry", "academia", "industry"])
    >>> groups = groups_of({"sector": sector, "late": np.array([0, 0, 1])}, ["sector", "late"], 3)
    >>> groups.labels[0], groups.index.tolist()
    ('sector=academia, late=0', [1, 0, 2])
    """
    if not n:
        raise InputError("there are no rows; at least one is needed.")
    names = names_of(by)
    if not names:
        return Groups(labels=(EVERYBODY,), index=np.zeros(n, dtype=np.int64), keys=({},))
    for name in names:
        checks.one_of(name, covariates, name="covariate in by")
        _check_levels(name, covariates[name])
    index, first = grouped([covariates[name] for name in names], n)
    keys = tuple({name: _plain(covariates[name][row]) for name in names} for row in first)
    return Groups(labels=tuple(_label(key) for key in keys), index=index, keys=keys)


def names_of(by: str | Sequence[str] | None) -> tuple[str, ...]:
    """Names of the covariates that make groups.

    Parameters
    ----------
    by : str, sequence of str or None
        What the caller gave.

    Returns
    -------
    tuple of str
        None is no name, a text is one.

    Raises
    ------
    InputError
        If it is neither, or a name is given twice.

    Examples
    --------
    >>> names_of("sector"), names_of(None)
    (('sector',), ())
    """
    if by is None:
        return ()
    names = (by,) if isinstance(by, str) else tuple(by) if isinstance(by, Sequence) else (by,)
    if not all(isinstance(name, str) for name in names):
        raise InputError(f"by={by!r} is not a name or a list of names of covariates.")
    if len(set(names)) < len(names):
        raise InputError(f"by={list(names)} names a covariate twice.")
    return names


def _check_levels(name: str, values: NDArray[Any]) -> None:
    """Refuse a measurement that nobody cut into classes."""
    if values.dtype.kind != "f":
        return
    levels = np.unique(values)
    if levels.size > _MOST_LEVELS and np.any(levels != np.floor(levels)):
        raise InputError(
            f"by={name!r} has {levels.size:,} distinct values from {levels[0]:g} to "
            f"{levels[-1]:g}; allowed are up to {_MOST_LEVELS} groups of a measurement. Hint: cut "
            "it into classes, for example with pandas.cut."
        )


def _label(key: Mapping[str, Any]) -> str:
    """Name of one group."""
    if len(key) == 1:
        return str(next(iter(key.values())))
    return ", ".join(f"{name}={level}" for name, level in key.items())


def _plain(value: Any) -> Any:
    """A Python value; 2.0 of a float column is 2."""
    plain = value.item() if hasattr(value, "item") else value
    return int(plain) if isinstance(plain, float) and plain.is_integer() else plain
