"""Factors of a formula turned into columns of numbers, the same way for rows to come."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.stats.limits import Floats
from talentstats.summaries.columns import Rows, coded, is_missing
from talentstats.survival.formula_numbers import apply, learn
from talentstats.survival.formula_terms import Factor, Term

_MOST_LEVELS: Final = 500


class Table:
    """Columns of one length, each read and checked once.

    Parameters
    ----------
    columns : Mapping of str to array_like
        Name to values of shape (n,).
    rows : int
        The number n.
    """

    def __init__(self, columns: Mapping[str, ArrayLike], rows: int) -> None:
        self.columns = columns
        self.rows = Rows(rows)
        self._numbers: dict[str, Floats] = {}
        self._labels: dict[str, tuple[list[str], NDArray[np.int64]]] = {}

    def is_text(self, name: str) -> bool:
        """Return whether a variable is text or true and false, and not numbers.

        Parameters
        ----------
        name : str
            The variable.

        Returns
        -------
        bool
            Whether its values are names of levels.
        """
        values = np.asarray(self.columns[name])
        if values.dtype.kind in "iufmM":
            return False
        if values.dtype.kind in "bUST":
            return True
        some = [value for value in coded(values)[0] if not _missing(value)]
        return not some or any(isinstance(v, (str, bool, np.bool_)) for v in some)

    def numbers(self, name: str) -> Floats:
        """Return a numeric variable.

        Parameters
        ----------
        name : str
            The variable.

        Returns
        -------
        ndarray of float
            Shape (n,).
        """
        if name not in self._numbers:
            self._numbers[name] = self.rows.numbers(self.columns[name], name)
        return self._numbers[name]

    def labels(self, name: str) -> tuple[list[str], NDArray[np.int64]]:
        """Return the levels of a variable and the place of each row's level among them.

        Parameters
        ----------
        name : str
            The variable.

        Returns
        -------
        tuple of (list of str, ndarray of int)
            Levels in order, and codes of shape (n,).
        """
        if name not in self._labels:
            values = np.asarray(self.columns[name])
            levels, codes = coded(values)
            missing = np.array([_missing(level) for level in levels], dtype=bool)
            self.rows.refuse(missing[codes], lambda rows, _: f"{name} is missing in {rows}.")
            self._labels[name] = [label(level) for level in levels], codes
        return self._labels[name]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Levels:
    """A variable in classes.

    Parameters
    ----------
    factor : Factor
        What it codes.
    levels : tuple of str
        Levels in order.
    base : int
        Place of the reference level.
    """

    factor: Factor
    levels: tuple[str, ...]
    base: int

    def parts(self, reduced: bool) -> list[str]:
        """Return the levels that have a column.

        Parameters
        ----------
        reduced : bool
            Whether the reference level has none.

        Returns
        -------
        list of str
            Their names.
        """
        return [v for i, v in enumerate(self.levels) if not (reduced and i == self.base)]

    def columns(self, table: Table, reduced: bool) -> Floats:
        """Return indicators of the levels.

        Parameters
        ----------
        table : Table
            The rows (n,).
        reduced : bool
            Whether the reference level has no column.

        Returns
        -------
        ndarray of float
            Shape (n, k).
        """
        found, codes = table.labels(self.factor.variable)
        place = {name: i for i, name in enumerate(self.levels)}
        for name in found:
            checks.one_of(name, self.levels, name=f"level of {self.factor.variable}")
        eye = np.eye(len(self.levels))
        if reduced:
            eye = np.delete(eye, self.base, axis=1)
        return eye[[place[name] for name in found]][codes]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Numbers:
    """A numeric variable after the functions of its factor.

    Parameters
    ----------
    factor : Factor
        What it codes.
    width : int
        Number of columns k.
    remembered : tuple of dict
        What each function took from the rows that made it: a mean, knots.
    """

    factor: Factor
    width: int
    remembered: tuple[dict[str, Any], ...] = field(default=())

    def parts(self, _: bool) -> list[str]:
        """Return the numbers of the columns where there are several.

        Parameters
        ----------
        _ : bool
            Not used.

        Returns
        -------
        list of str
            "1", "2", ..., or one empty text.
        """
        return [""] if self.width == 1 else [str(i + 1) for i in range(self.width)]

    def columns(self, table: Table, _: bool) -> Floats:
        """Return the numbers.

        Parameters
        ----------
        table : Table
            The rows (n,).
        _ : bool
            Not used.

        Returns
        -------
        ndarray of float
            Shape (n, k).
        """
        values = table.numbers(self.factor.variable)[:, None]
        for call, kept in zip(self.factor.calls, self.remembered, strict=True):
            values = apply(call.function, values[:, 0], kept, self.factor, table.rows)
        return values


type Coding = Levels | Numbers


def coding(
    factor: Factor, table: Table, weight: Floats, order: Sequence[str] | None = None
) -> Coding:
    """How a factor is coded, learnt from rows.

    Parameters
    ----------
    factor : Factor
        What the formula says.
    table : Table
        The rows (n,).
    weight : ndarray of float
        How many rows each stands for (n,).
    order : sequence of str or None
        Levels in order; None is by alphabet or size.

    Returns
    -------
    Levels or Numbers
        The coding.

    Raises
    ------
    InputError
        If a value is missing, a function does not suit the variable, it has one level only, or
        more than 500.
    UnknownNameError
        If the reference level is not one.
    """
    classes = any(call.function == "C" for call in factor.calls)
    if classes or (table.is_text(factor.variable) and not factor.calls):
        return _levels(factor, table, order)
    if table.is_text(factor.variable):
        raise InputError(f"{factor.name}: {factor.variable} is text, and this needs numbers.")
    values, remembered = table.numbers(factor.variable)[:, None], []
    for call in factor.calls:
        kept = learn(call, values[:, 0], weight, factor)
        values = apply(call.function, values[:, 0], kept, factor, table.rows)
        remembered.append(kept)
    return Numbers(factor=factor, width=values.shape[1], remembered=tuple(remembered))


def contrasts(
    terms: Sequence[Term], is_class: Callable[[Factor], bool]
) -> list[list[dict[Factor, bool]]]:
    """Products of factors to form for each term, so that no column repeats another.

    Parameters
    ----------
    terms : sequence of tuple of Factor
        Terms in order; there is an intercept besides.
    is_class : callable
        Whether a factor is in classes.

    Returns
    -------
    list of list of dict
        A term, its products, and of each factor whether its reference level has no column.

    Notes
    -----
    A product of classes spans itself and all that is within it; what earlier terms span is left
    out, and the rest is put together again into as few products as possible, as patsy does.
    """
    spanned: dict[frozenset[Factor], set[frozenset[Factor]]] = {frozenset(): {frozenset()}}
    result = []
    for term in terms:
        classes = [factor for factor in term if is_class(factor)]
        numbers = frozenset(term) - frozenset(classes)
        seen = spanned.setdefault(numbers, set())
        products: list[dict[Factor, bool]] = []
        for size in range(len(classes) + 1):
            for subset in itertools.combinations(classes, size):
                if frozenset(subset) not in seen:
                    seen.add(frozenset(subset))
                    products.append({f: f in subset for f in term if f in subset or f in numbers})
        result.append(_joined(products))
    return result


def label(value: Any) -> str:
    """Name of a level; 2018.0 is "2018".

    Parameters
    ----------
    value : Any
        The level.

    Returns
    -------
    str
        Its name.
    """
    plain = value.item() if isinstance(value, np.generic) else value
    return str(int(plain)) if isinstance(plain, float) and plain.is_integer() else str(plain)


def _joined(products: list[dict[Factor, bool]]) -> list[dict[Factor, bool]]:
    """Replace "without f" and "contrasts of f" by "all levels of f" while there are such pairs."""
    for short, long in itertools.combinations(products, 2):
        extra = [factor for factor in long if factor not in short]
        if len(extra) == 1 and short.items() <= long.items() and long[extra[0]]:
            long[extra[0]] = False
            return _joined([product for product in products if product is not short])
    return products


def _levels(factor: Factor, table: Table, order: Sequence[str] | None) -> Levels:
    """Levels that occur, in the order wanted."""
    variable = factor.variable
    found, _ = table.labels(variable)
    if len(found) == 1:
        raise InputError(
            f"{variable} has one level only ({found[0]!r}), so that nothing can be compared. "
            "Hint: leave it out."
        )
    if len(found) > _MOST_LEVELS:
        raise InputError(
            f"{variable} has {len(found):,} levels; allowed are up to {_MOST_LEVELS}. Hint: is it "
            "an identifier, or numbers stored as text?"
        )
    if order is not None:
        known = [label(level) for level in order]
        for level in found:
            checks.one_of(level, known, name=f"level of {variable}")
        found = [level for level in known if level in set(found)]
    bases = [dict(call.options).get("base") for call in factor.calls]
    base = 0
    if bases and bases[0] is not None:
        base = found.index(checks.one_of(label(bases[0]), found, name=f"level of {variable}"))
    return Levels(factor=factor, levels=tuple(found), base=base)


def _missing(value: Any) -> bool:
    """Whether a label is missing; pandas' NA refuses to be compared."""
    try:
        return is_missing(value)
    except TypeError:
        return True
