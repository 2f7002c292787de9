"""Covariates to matrices: fixed effects, and varying effects as bases that sum to zero."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.results.wording import listed
from talentstats.stats.limits import Floats, read_only
from talentstats.summaries.columns import frozen

type TermKind = Literal["exchangeable", "free", "walk"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VaryingTerm:
    """Effects of the levels of a covariate, or of combinations of several.

    Parameters
    ----------
    name : str
        "sector", or "sector:career_stage" for combinations.
    variables : tuple of str
        The covariates.
    levels : tuple of tuple
        The level of each variable, one tuple a level of the term.
    seen : tuple of bool
        Whether a level has people.
    kind : {"exchangeable", "free", "walk"}
        Exchangeable levels whose effects sum to zero; the same without that constraint;
        ordered levels whose steps are exchangeable, centred.
    basis : (levels, coefficients) ndarray
        Effects are `basis @ (sd * z)` with z standard normal.
    """

    name: str
    variables: tuple[str, ...]
    levels: tuple[tuple[Any, ...], ...]
    seen: tuple[bool, ...]
    kind: TermKind
    basis: Floats

    def __post_init__(self) -> None:
        object.__setattr__(self, "basis", read_only(self.basis))

    @property
    def labels(self) -> tuple[str, ...]:
        """Levels in words."""
        return tuple(", ".join(str(part) for part in level) for level in self.levels)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FixedColumn:
    """One column of the fixed effects.

    Parameters
    ----------
    name : str
        The covariate, or "covariate=level" for a level against the first.
    variable : str
        The covariate.
    level : Any
        The level that the column marks; None for numbers.
    center, spread : float
        Mean and standard deviation over the people, for numbers; 0 and 1 otherwise. The
        column is `value - center`; the prior holds for a step of `spread`.
    levels : tuple
        All levels of the covariate, the one without a column first; empty for numbers.
    """

    name: str
    variable: str
    level: Any
    center: float
    spread: float
    levels: tuple[Any, ...] = ()

    def of(self, values: NDArray[Any]) -> Floats:
        """Return the column of m values.

        Parameters
        ----------
        values : (m,) ndarray
            Of the covariate.

        Returns
        -------
        (m,) ndarray
            Centred numbers, or 1 at the column's level and 0 elsewhere.

        Raises
        ------
        InputError
            If a value is no finite number, or a level that was not fitted.
        """
        if self.level is not None:
            for value in dict.fromkeys(values.tolist()):
                if value not in self.levels:
                    raise InputError(
                        f"{self.variable} = {value} was not fitted, and as a fixed effect nothing "
                        f"is known of it; fitted are {listed(map(str, self.levels))}. Hint: put "
                        "it into vary=, so that a new level is predicted from the others."
                    )
            return np.asarray(values == self.level, dtype=np.float64)
        try:
            numbers = values.astype(np.float64)
        except (TypeError, ValueError):
            numbers = np.full(values.shape, np.nan)
        if not np.isfinite(numbers).all():
            shown = ", ".join(map(str, values[:3]))
            raise InputError(f"{self.variable} = {shown} is not made of finite numbers.")
        return np.asarray(numbers - self.center)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Rows of the design matrices.

    Parameters
    ----------
    fixed : (m, f) ndarray
        Columns of the fixed effects, without the intercept.
    varying : (m, q) ndarray
        Columns of the varying effects; 0 where the level is new.
    new : (m, t) ndarray of bool
        Whether a row has a level of a term that the design does not know.
    keys : tuple of tuple
        Level of each row in each term, `keys[row][term]`.
    """

    fixed: Floats
    varying: Floats
    new: NDArray[np.bool_]
    keys: tuple[tuple[tuple[Any, ...], ...], ...]

    def __post_init__(self) -> None:
        for name in ("fixed", "varying", "new"):
            object.__setattr__(self, name, frozen(getattr(self, name)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """How covariates become columns; `rows` makes them.

    Parameters
    ----------
    fixed : tuple of FixedColumn
        Fixed effects.
    terms : tuple of VaryingTerm
        Varying effects.
    """

    fixed: tuple[FixedColumn, ...]
    terms: tuple[VaryingTerm, ...]

    @property
    def term_of(self) -> NDArray[np.int64]:
        """Index of the term of each column of the varying effects, (q,)."""
        return np.repeat(
            np.arange(len(self.terms)), [term.basis.shape[1] for term in self.terms]
        ).astype(np.int64)

    @property
    def variables(self) -> tuple[str, ...]:
        """Covariates that the design reads, each once."""
        names = [name for term in self.terms for name in term.variables]
        return tuple(dict.fromkeys([*names, *(column.variable for column in self.fixed)]))

    def rows(self, covariates: Mapping[str, NDArray[Any]], *, length: int) -> Rows:
        """Return the columns of m rows.

        Parameters
        ----------
        covariates : Mapping of str to (m,) ndarray
            At least `variables`.
        length : int
            m, for a design without covariates.

        Returns
        -------
        Rows
            New levels of varying terms are marked; of fixed ones refused.

        Raises
        ------
        InputError
            If a fixed covariate has a level that was not fitted, or is no number.
        """
        fixed = np.zeros((length, len(self.fixed)))
        for j, column in enumerate(self.fixed):
            fixed[:, j] = column.of(np.asarray(covariates[column.variable]))
        blocks: list[Floats] = []
        new = np.zeros((length, len(self.terms)), dtype=bool)
        found: list[list[tuple[Any, ...]]] = []
        for t, term in enumerate(self.terms):
            where = {level: i for i, level in enumerate(term.levels)}
            keys = _levels(covariates, term.variables)
            index = np.array([where.get(key, -1) for key in keys], dtype=np.int64)
            new[:, t] = index < 0
            blocks.append(np.where(new[:, t, None], 0.0, term.basis[index]))
            found.append(keys)
        return Rows(
            fixed=fixed,
            varying=np.hstack([np.zeros((length, 0)), *blocks]),
            new=new,
            keys=tuple(zip(*found, strict=True)) if found else ((),) * length,
        )


def make_design(
    covariates: Mapping[str, NDArray[Any]],
    *,
    vary: Sequence[str],
    fixed: Sequence[str],
    people: NDArray[np.float64],
    walks: Sequence[str] = (),
    sum_to_zero: bool = True,
    order: Mapping[str, Sequence[Any]] | None = None,
) -> Design:
    """Make the design of some rows.

    Parameters
    ----------
    covariates : Mapping of str to (m,) ndarray
        Labels or numbers of the rows, those without people included.
    vary : sequence of str
        Varying terms: "sector", or "sector:career_stage" for combinations.
    fixed : sequence of str
        Fixed effects: numbers enter centred, but 0 and 1 as they are; anything else as
        levels against the first.
    people : (m,) ndarray
        People in each row.
    walks : sequence of str
        Those of `vary` whose levels are ordered numbers with exchangeable steps.
    sum_to_zero : bool
        Whether the effects of the levels of a term sum to zero.
    order : Mapping of str to sequence or None
        For a covariate, its levels in order.

    Returns
    -------
    Design
        Levels in the order given, or sorted.

    Raises
    ------
    InputError
        If a term has one level, or is named twice.
    UnknownNameError
        If there is no such covariate.
    """
    for given, name in ((vary, "vary"), (fixed, "fixed")):
        if isinstance(given, str):
            raise InputError(f"{name}={given!r} is one text; give a list such as [{given!r}].")
    twice = [name for name in {*vary, *fixed} if [*vary, *fixed].count(name) > 1]
    if twice:
        raise InputError(
            f"{sorted(twice)[0]!r} is named twice in vary= and fixed=; an effect is either "
            "varying (pooled) or fixed."
        )
    terms = tuple(
        _term(
            covariates,
            name,
            people,
            kind="walk" if name in walks else "exchangeable" if sum_to_zero else "free",
            order=order or {},
        )
        for name in vary
    )
    columns = tuple(
        column for name in fixed for column in _fixed(covariates, name, people, order or {})
    )
    return Design(fixed=columns, terms=terms)


def sum_to_zero_basis(levels: int) -> Floats:
    """Return an orthonormal basis of the vectors that sum to zero.

    Parameters
    ----------
    levels : int
        Length of the vectors.

    Returns
    -------
    (levels, levels - 1) ndarray
        H with H'H = I and HH' = I - J / levels, so that Hz with z standard normal is
        PyMC's ZeroSumNormal with sigma 1.
    """
    lower = np.tril(np.ones((levels - 1, levels)))
    step = np.arange(1, levels)
    lower[step - 1, step] = -step
    return np.asarray((lower / np.sqrt(step * (step + 1))[:, None]).T)


def walk_basis(levels: int) -> Floats:
    """Return the basis of a centred random walk of unit typical size.

    Parameters
    ----------
    levels : int
        Number of ordered levels.

    Returns
    -------
    (levels, levels - 1) ndarray
        Cumulated steps, centred, scaled so that the mean variance of the levels is that
        of exchangeable levels that sum to zero: the standard deviation of a walk has then
        the same meaning, and may have the same prior, as that of any term (Sørbye and Rue
        2014).
    """
    steps = np.tril(np.ones((levels, levels - 1)), -1)
    steps -= steps.mean(axis=0)
    wanted = (levels - 1) / levels
    return np.asarray(steps * np.sqrt(wanted / np.mean(np.sum(steps**2, axis=1))))


def _levels(
    covariates: Mapping[str, NDArray[Any]], variables: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Return the combination of levels of each row."""
    return list(zip(*(np.asarray(covariates[name]).tolist() for name in variables), strict=True))


def _term(
    covariates: Mapping[str, NDArray[Any]],
    name: str,
    people: NDArray[np.float64],
    *,
    kind: TermKind,
    order: Mapping[str, Sequence[Any]],
) -> VaryingTerm:
    """Return one varying term."""
    variables = tuple(part.strip() for part in name.split(":"))
    for variable in variables:
        checks.one_of(variable, tuple(covariates), name="covariate in vary")
    keys = _levels(covariates, variables)
    levels = tuple(sorted(set(keys), key=lambda key: _order(key, variables, order)))
    if len(levels) < 2:
        shown = ", ".join(str(part) for part in levels[0]) if levels else "none"
        raise InputError(
            f"the varying term {name!r} has one level ({shown}), so nothing varies. Hint: leave "
            "it out of vary=, or add the cells of another level."
        )
    occupied = {key for key, n in zip(keys, people, strict=True) if n > 0}
    bases: dict[TermKind, Callable[[int], Floats]] = {
        "exchangeable": sum_to_zero_basis,
        "free": np.eye,
        "walk": walk_basis,
    }
    return VaryingTerm(
        name=":".join(variables),
        variables=variables,
        levels=levels,
        seen=tuple(level in occupied for level in levels),
        kind=kind,
        basis=bases[kind](len(levels)),
    )


def _fixed(
    covariates: Mapping[str, NDArray[Any]],
    name: str,
    people: NDArray[np.float64],
    order: Mapping[str, Sequence[Any]],
) -> tuple[FixedColumn, ...]:
    """Return the columns of one fixed effect."""
    checks.one_of(name, tuple(covariates), name="covariate in fixed")
    values = np.asarray(covariates[name])
    if values.dtype.kind in "fiu":
        numbers = values.astype(np.float64)
        if not np.isfinite(numbers).all():
            raise InputError(f"the fixed effect {name!r} has values that are not finite.")
        if np.all(np.isin(numbers, (0.0, 1.0))):
            center, spread = 0.0, 1.0
        else:
            weight = people / people.sum()
            center = float(weight @ numbers)
            spread = float(np.sqrt(weight @ (numbers - center) ** 2))
        if np.ptp(numbers) == 0 or spread == 0:
            raise InputError(
                f"the fixed effect {name!r} is {numbers[0]:g} for everybody, so it has no effect "
                "to estimate. Hint: leave it out of fixed=."
            )
        return (FixedColumn(name=name, variable=name, level=None, center=center, spread=spread),)
    levels = sorted(set(values.tolist()), key=lambda level: _order((level,), (name,), order))
    if len(levels) < 2:
        raise InputError(
            f"the fixed effect {name!r} has one level ({levels[0]}). Hint: leave it out of fixed=."
        )
    return tuple(
        FixedColumn(
            name=f"{name}={level}",
            variable=name,
            level=level,
            center=0.0,
            spread=1.0,
            levels=tuple(levels),
        )
        for level in levels[1:]
    )


def _order(
    key: tuple[Any, ...], variables: Sequence[str], order: Mapping[str, Sequence[Any]]
) -> tuple[tuple[int, float, str], ...]:
    """Sort as given, else numbers as numbers and all else by its text."""
    found = []
    for part, variable in zip(key, variables, strict=True):
        given = list(order.get(variable, ()))
        if part in given:
            found.append((0, float(given.index(part)), ""))
        elif isinstance(part, int | float):
            found.append((1, float(part), ""))
        else:
            found.append((2, 0.0, str(part)))
    return tuple(found)
