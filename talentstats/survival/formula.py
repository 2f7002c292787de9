"""Formulas: the columns that "~ sector * period + age" stands for, named for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from talentstats.errors import InputError, UnknownNameError
from talentstats.stats.limits import Floats
from talentstats.survival.formula_coding import Coding, Levels, Table, coding, contrasts
from talentstats.survival.formula_terms import Factor, read_formula

_MOST_COLUMNS: Final = 2_000
# Of a column of length 1: what is left of it beside the others.
_DEPENDENT: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the matrix, or a reference level, which has none.

    Parameters
    ----------
    name : str
        "age", "sector: industry", "sector: industry x period: 2018+", "poly(age, 2): 1".
    variable : str
        What it belongs to: "sector", "sector x period".
    level : str or None
        "industry", "industry x 2018+"; None of a single number.
    index : int or None
        Place in the matrix; None of a reference level.
    reference : bool
        Whether it is a reference level.
    """

    name: str
    variable: str
    level: str | None
    index: int | None
    reference: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """The matrix of a formula and how to make the same columns of other rows.

    Parameters
    ----------
    formula : str
        As it was given.
    matrix : ndarray of float
        Shape (n, p), read-only; coded beside an intercept, which is not among the columns.
    names : tuple of str
        Names of the p columns.
    columns : tuple of Column
        The p columns in order, each reference level before the first column of its variable.
    variables : tuple of str
        Variables used, in the order of the terms.
    products : tuple of dict
        Product of factors behind each block of columns; of each factor, whether its reference
        level has no column.
    codings : dict
        Factor to its coding.
    """

    formula: str
    matrix: Floats
    names: tuple[str, ...]
    columns: tuple[Column, ...]
    variables: tuple[str, ...]
    products: tuple[dict[Factor, bool], ...]
    codings: dict[Factor, Coding]

    def __post_init__(self) -> None:
        self.matrix.flags.writeable = False

    def rows(self, columns: Mapping[str, ArrayLike]) -> Floats:
        """Return the same columns for other rows.

        Parameters
        ----------
        columns : Mapping of str to array_like
            The variables, each of shape (m,) or a single value.

        Returns
        -------
        ndarray of float
            Shape (m, p).

        Raises
        ------
        UnknownNameError
            If a variable is not given, or a level did not occur in the rows of the fit.
        InputError
            If lengths differ, or a value is missing or outside the range of a spline.

        Examples
        --------
        >>> made = design("~ sector + age", {"sector": ["a", "b", "a"], "age": [30, 41, 52]})
        >>> made.rows({"sector": ["b"], "age": 35})
        array([[ 1., 35.]])
        """
        for name in self.variables:
            if name not in columns:
                raise UnknownNameError(
                    f"{name!r} is not given; the formula needs {', '.join(self.variables)}."
                )
        given = {name: np.asarray(columns[name]) for name in self.variables}
        sizes = {name: values.size for name, values in given.items() if values.ndim}
        if len(set(sizes.values())) > 1:
            told = ", ".join(f"{name} has {size:,}" for name, size in sizes.items())
            raise InputError(f"the columns have different lengths: {told} rows.")
        rows = next(iter(sizes.values()), 1)
        table = Table(
            {name: v if v.ndim else np.full(rows, v, dtype=v.dtype) for name, v in given.items()},
            rows,
        )
        return _matrix(self.products, self.codings, table, rows)


def design(
    formula: str,
    columns: Mapping[str, ArrayLike],
    *,
    reserved: Sequence[str] = (),
    levels: Mapping[str, Sequence[str]] | None = None,
    weight: ArrayLike | None = None,
) -> Design:
    """Columns of a formula: text and true/false in levels, numbers as they are.

    Parameters
    ----------
    formula : str
        A right-hand side such as "~ sector * period + age"; "~ 1" has no columns.
    columns : Mapping of str to array_like
        The variables, each of shape (n,).
    reserved : sequence of str
        Columns that the formula may not use, such as the outcome.
    levels : Mapping of str to sequence of str, or None
        Order of the levels of a variable, the reference level first; else they are in order of
        alphabet or size.
    weight : array_like or None
        How many rows each row stands for (n,), for means and quantiles in center, scale, poly
        and splines; None is 1.

    Returns
    -------
    Design
        Matrix, names, and the coding.

    Raises
    ------
    InputError
        If the formula is not allowed, a value is missing, or a variable has one level only.
    UnknownNameError
        If the formula names no variable, or a level that does not occur.

    Notes
    -----
    Operators are those of R: + - : * / ^ and brackets. Functions: C(x) for levels,
    C(x, contr.treatment(base="a")) to choose the reference level, log, exp, center, scale,
    poly(x, degree) (orthogonal), bs(x, df) and ns(x, df) (B-splines and natural cubic splines
    with R's columns; cr is ns). The text is read by a small grammar and never evaluated.

    References
    ----------
    Wilkinson, G. N. and Rogers, C. E. (1973). Journal of the Royal Statistical Society C 22,
    392-399. doi:10.2307/2346786

    Examples
    --------
    >>> made = design("~ sector * late", {"sector": ["a", "b", "b"], "late": [0, 0, 1]})
    >>> made.names
    ('sector: b', 'late', 'sector: b x late')
    >>> made.matrix
    array([[0., 0., 0.],
           [1., 0., 0.],
           [1., 1., 1.]])
    """
    terms = read_formula(formula, variables=columns, reserved=reserved)
    factors = list(dict.fromkeys(factor for term in terms for factor in term))
    variables = tuple(dict.fromkeys(factor.variable for factor in factors))
    rows = _length(columns, variables)
    table = Table(columns, rows)
    weights = np.ones(rows) if weight is None else np.asarray(weight, dtype=np.float64)
    order = levels or {}
    codings = {f: coding(f, table, weights, order.get(f.variable)) for f in factors}
    products = tuple(
        product
        for term in contrasts(terms, lambda factor: isinstance(codings[factor], Levels))
        for product in term
    )
    described = [column for product in products for column in _described(product, codings)]
    _check_names(described)
    return Design(
        formula=formula,
        matrix=_matrix(products, codings, table, rows),
        names=tuple(name for name, _, _ in described),
        columns=_with_references(described, products, codings),
        variables=variables,
        products=products,
        codings=codings,
    )


def _length(columns: Mapping[str, ArrayLike], variables: Sequence[str]) -> int:
    """Number of rows, which must be some."""
    first = next(iter(variables or columns), None)
    if first is None:
        raise InputError("there are no columns.")
    shape = np.shape(columns[first])
    if len(shape) != 1 or not shape[0]:
        raise InputError(f"{first} has shape {shape}; allowed is a column of one row or more.")
    return int(shape[0])


def _matrix(
    products: Sequence[dict[Factor, bool]], codings: dict[Factor, Coding], table: Table, rows: int
) -> Floats:
    """Products of the columns of factors, the first factor varying fastest."""
    blocks: list[Floats] = []
    made: dict[tuple[Factor, bool], Floats] = {}
    for product in products:
        for factor, reduced in product.items():
            if (factor, reduced) not in made:
                made[factor, reduced] = codings[factor].columns(table, reduced)
        blocks.append(
            reduce(
                lambda left, right: (right[:, :, None] * left[:, None, :]).reshape(rows, -1),
                [made[key] for key in product.items()],
            )
        )
    return np.concatenate([np.empty((rows, 0)), *blocks], axis=1)


def _described(
    product: dict[Factor, bool], codings: dict[Factor, Coding]
) -> list[tuple[str, str, str | None]]:
    """Name, variable and level of each column of a product."""
    found: list[tuple[str, list[str]]] = [("", [])]
    for factor, reduced in product.items():
        found = [
            (
                f"{name} x {factor.name}" + (f": {part}" if part else ""),
                [*parts, part] if part else parts,
            )
            for part in codings[factor].parts(reduced)
            for name, parts in found
        ]
        if len(found) > _MOST_COLUMNS:
            raise InputError(
                f"{' x '.join(f.name for f in product)} makes more than {_MOST_COLUMNS:,} columns."
            )
    variable = " x ".join(factor.name for factor in product)
    return [(name[3:], variable, " x ".join(parts) or None) for name, parts in found]


def _check_names(described: Sequence[tuple[str, str, str | None]]) -> None:
    """Refuse too many columns, and one variable coded in two ways under one name."""
    if len(described) > _MOST_COLUMNS:
        raise InputError(f"the formula makes {len(described):,} columns; up to 2,000 are allowed.")
    seen: set[str] = set()
    for name, variable, _ in described:
        if name in seen:
            raise InputError(f"{variable} is in the formula twice, coded in two ways.")
        seen.add(name)


def _with_references(
    described: Sequence[tuple[str, str, str | None]],
    products: Sequence[dict[Factor, bool]],
    codings: dict[Factor, Coding],
) -> tuple[Column, ...]:
    """Columns, and each reference level before the first column of its variable."""
    bases: dict[str, str] = {}
    for product in products:
        for factor, reduced in product.items():
            code = codings[factor]
            if len(product) == 1 and reduced and isinstance(code, Levels):
                bases[factor.name] = code.levels[code.base]
    columns: list[Column] = []
    for index, (name, variable, level) in enumerate(described):
        base = bases.pop(variable, None)
        if base is not None:
            columns.append(
                Column(
                    name=f"{variable}: {base}",
                    variable=variable,
                    level=base,
                    index=None,
                    reference=True,
                )
            )
        columns.append(
            Column(name=name, variable=variable, level=level, index=index, reference=False)
        )
    return tuple(columns)


def check_columns(
    made: Design, *, weight: ArrayLike | None = None, absorbed: ArrayLike | None = None
) -> None:
    """Refuse columns that the data cannot tell apart.

    Parameters
    ----------
    made : Design
        Matrix (n, p) and names.
    weight : array_like or None
        People or exposure of each row (n,); rows without any are left out. None is 1.
    absorbed : array_like or None
        Columns already in the model (n, q), such as steps of duration; an intercept is always
        among them.

    Raises
    ------
    InputError
        If a level has no exposure, a column is constant, or a column is a combination of
        others; each is named.

    Examples
    --------
    >>> check_columns(design("~ age + born", {"age": [30, 40, 50], "born": [90, 80, 70]}))
    Traceback (most recent call last):
    ...
    talentstats.errors.InputError: 'born' is a combination of 'age' and the baseline: the data ...
    """
    n, _ = made.matrix.shape
    seen = np.ones(n, dtype=bool) if weight is None else np.asarray(weight) > 0.0
    if not seen.any():
        raise InputError("no row has any exposure, so that nothing can be estimated.")
    x = made.matrix[seen]
    _check_exposure(made, x)
    for j, name in enumerate(made.names):
        if np.ptp(x[:, j]) == 0.0:
            hint = (
                "nobody is both; join levels, or write + for * between the two"
                if " x " in name and x[0, j] == 0.0
                else "leave it out"
            )
            raise InputError(f"{name!r} is constant ({x[0, j]:g}). Hint: {hint}.")
    base = np.empty((x.shape[0], 0)) if absorbed is None else np.asarray(absorbed)[seen]
    _check_rank(_unit(base), _unit(x), made.names)


def _check_exposure(made: Design, x: Floats) -> None:
    """Refuse a level, the reference included, in which no row has exposure."""
    for code in made.codings.values():
        alone = [product for product in made.products if list(product) == [code.factor]]
        if not isinstance(code, Levels) or not alone:
            continue
        column = {c.name: c.index for c in made.columns}
        places = {level: column.get(f"{code.factor.name}: {level}") for level in code.levels}
        used = [x[:, place] for place in places.values() if place is not None]
        for level, place in places.items():
            here = x[:, place] if place is not None else 1.0 - np.sum(used, axis=0)
            if not np.any(here):
                raise InputError(
                    f"level {level!r} of {code.factor.variable} has no exposure. Hint: join it "
                    "with another level, or leave its rows out."
                )


def _unit(columns: Floats) -> Floats:
    """Columns from which the mean is taken, of length 1; constant ones become 0."""
    around = columns - columns.mean(axis=0)
    length = np.sqrt(np.sum(around**2, axis=0))
    small = length <= 1e-12 * np.sqrt(np.sum(columns**2, axis=0))
    return np.asarray(np.where(small, 0.0, around / np.where(small, 1.0, length)))


def _check_rank(base: Floats, x: Floats, names: Sequence[str]) -> None:
    """Refuse the first column that the base and the columns before it make up."""
    from scipy.linalg import qr

    kept = base
    if base.shape[1]:
        q, r, _ = qr(base, mode="economic", pivoting=True)
        kept = q[:, np.abs(np.diag(r)) > _DEPENDENT]
    rest = x - kept @ (kept.T @ x)
    if rest.shape[0] >= rest.shape[1]:
        r = qr(rest, mode="r", pivoting=True)[0] if rest.size else rest
        if np.all(np.abs(np.diag(r)) > _DEPENDENT):
            return
    for j, name in enumerate(names):
        before = np.column_stack([kept, x[:, :j]])
        share = np.linalg.lstsq(before, x[:, j], rcond=None)[0]
        if np.linalg.norm(x[:, j] - before @ share) <= _DEPENDENT:
            parts = [repr(names[i]) for i in range(j) if abs(share[kept.shape[1] + i]) > _DEPENDENT]
            others = " and ".join([", ".join(parts), "the baseline"] if parts else ["the baseline"])
            raise InputError(
                f"{name!r} is a combination of {others}: the data cannot tell them apart. Hint: "
                "leave one out."
            )
