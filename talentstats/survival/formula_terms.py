"""The text of a formula read into terms: a small grammar, in which nothing is ever evaluated."""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from talentstats import checks
from talentstats.errors import InputError, UnknownNameError

_MOST_CHARACTERS: Final = 2_000
_MOST_BRACKETS: Final = 50
_MOST_TERMS: Final = 200
_MOST_DEGREE: Final = 4

type Value = str | float | tuple[float, ...]

# Function -> how it takes its options: by keyword, the first also by place.
FUNCTIONS: Final[dict[str, tuple[str, ...]]] = {
    "C": ("base",),
    "log": (),
    "exp": (),
    "center": (),
    "scale": (),
    "poly": ("degree",),
    "bs": ("df", "degree", "knots", "lower_bound", "upper_bound"),
    "ns": ("df", "knots", "lower_bound", "upper_bound"),
    "cr": ("df", "knots", "lower_bound", "upper_bound"),
}

_TOKEN: Final = re.compile(
    r"(?P<space>\s+)|(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d][\w.]*)"
    r"|`(?P<quoted>[^`]+)`|(?P<string>\"[^\"\\]*\"|'[^'\\]*')|(?P<sign>\*\*|[-+*/:^()\[\],=])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One function of a formula with its options.

    Parameters
    ----------
    function : str
        Its name, one of `FUNCTIONS`.
    options : tuple of (str, value)
        Option and value: a text, a number or several numbers.
    """

    function: str
    options: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """A variable and what is done to it.

    Parameters
    ----------
    variable : str
        Its name.
    calls : tuple of Call
        Functions, the innermost first.
    name : str
        How it is shown: "age", "log(age)".
    """

    variable: str
    calls: tuple[Call, ...]
    name: str


# A term is its factors in order; the empty one is the intercept, which is never kept.
type Term = tuple[Factor, ...]


def read_formula(
    formula: str, *, variables: Iterable[str], reserved: Sequence[str] = ()
) -> tuple[Term, ...]:
    """Terms of a formula, those of fewer factors first.

    Parameters
    ----------
    formula : str
        A right-hand side with or without "~", such as "~ sector * period + age".
    variables : iterable of str
        Names that may be used.
    reserved : sequence of str
        Names that are known and may not be used.

    Returns
    -------
    tuple of tuple of Factor
        The terms, without the intercept.

    Raises
    ------
    InputError
        If the formula is not text, too long, has a left side, wrong syntax, a function or
        operator that is not allowed, too many terms, or more than four factors in one.
    UnknownNameError
        If a name is not a variable.

    Examples
    --------
    >>> terms = read_formula("~ b + a * log(x)", variables=["a", "b", "x"])
    >>> [":".join(factor.name for factor in term) for term in terms]
    ['b', 'a', 'log(x)', 'a:log(x)']
    """
    if not isinstance(formula, str):
        raise InputError(f'formula={formula!r} is not a text such as "~ sector + career_stage".')
    if len(formula) > _MOST_CHARACTERS or formula.count("(") > _MOST_BRACKETS:
        raise InputError(
            f"the formula has {len(formula):,} characters and {formula.count('(')} brackets; "
            f"allowed are up to {_MOST_CHARACTERS:,} and {_MOST_BRACKETS}."
        )
    return _Reader(formula, tuple(variables), tuple(reserved)).terms()


class _Reader:
    """A recursive descent over the tokens: + -, then * /, then :, then powers."""

    def __init__(self, formula: str, variables: tuple[str, ...], reserved: tuple[str, ...]) -> None:
        self.formula = formula
        self.variables = variables
        self.reserved = reserved
        self.tokens = list(self._tokens(formula))
        self.place = 0

    def terms(self) -> tuple[Term, ...]:
        """Return the terms of the whole text."""
        found = self._sum()
        if self.place < len(self.tokens):
            self._refuse(f"{self._next()[1]!r} is not expected there")
        return tuple(sorted((term for term in found if term), key=len))

    def _refuse(self, why: str) -> NoReturn:
        """Raise with the formula and the reason."""
        shown = self.formula if len(self.formula) <= 80 else f"{self.formula[:77]}..."
        raise InputError(
            f"formula {shown!r}: {why}. Allowed are names of variables, + - : * / ^ and brackets, "
            f"and the functions {', '.join(FUNCTIONS)}; Python is never run."
        )

    def _tokens(self, formula: str) -> Iterator[tuple[str, str]]:
        """Cut the text into (kind, text)."""
        place = len(formula) - len(formula.lstrip().removeprefix("~"))
        if "~" in formula[place:]:
            self._refuse(
                "it has a left side or a second '~', and takes neither, as the outcome comes "
                "from the data"
            )
        while place < len(formula):
            match = _TOKEN.match(formula, place)
            if match is None:
                self._refuse(f"{formula[place]!r} is not allowed")
            place = match.end()
            kind = match.lastgroup or ""
            if kind != "space":
                yield kind, match[kind]

    def _next(self, ahead: int = 0) -> tuple[str, str]:
        """Return a token that comes, ("end", "") after the last."""
        place = self.place + ahead
        return self.tokens[place] if place < len(self.tokens) else ("end", "")

    def _take(self, *signs: str) -> str:
        """Step over one of the signs if it comes next; return it, else an empty text."""
        kind, text = self._next()
        if kind == "sign" and text in signs:
            self.place += 1
            return text
        return ""

    def _need(self, sign: str) -> None:
        """Step over a sign, which must come next."""
        if not self._take(sign):
            found = self._next()[1]
            self._refuse(f"{sign!r} is missing " + (f"before {found!r}" if found else "at the end"))

    def _sum(self) -> list[Term]:
        """Terms joined by + and -."""
        sign = self._take("+", "-")
        terms: list[Term] = []
        while True:
            more = self._additive(sign)
            if sign == "-":
                gone = {frozenset(term) for term in more}
                terms = [term for term in terms if frozenset(term) not in gone]
            else:
                terms = self._union(terms, more)
            sign = self._take("+", "-")
            if not sign:
                return terms

    def _additive(self, sign: str) -> list[Term]:
        """One summand: 1 is the intercept that is there anyway, 0 and -1 cannot be."""
        kind, text = self._next()
        after = self._next(1)
        alone = after[0] == "end" or (after[0] == "sign" and after[1] in "+-)")
        if kind == "number" and alone:
            if float(text) == 1.0 and sign != "-":
                self.place += 1
                return [()]
            if float(text) in {0.0, 1.0}:
                self._refuse(
                    "the intercept cannot be taken out (0 or -1): there is always a baseline"
                )
        return self._product()

    def _product(self) -> list[Term]:
        """Terms joined by * (with main effects) and / (nested)."""
        terms = self._interaction()
        while sign := self._take("*", "/"):
            more = self._interaction()
            if sign == "*":
                terms = self._union(terms, more, self._crossed(terms, more))
            else:
                whole = tuple(dict.fromkeys(itertools.chain.from_iterable(terms)))
                terms = self._union(terms, self._crossed([whole], more))
        return terms

    def _interaction(self) -> list[Term]:
        """Terms joined by a colon."""
        terms = self._power()
        while self._take(":"):
            terms = self._crossed(terms, self._power())
        return terms

    def _power(self) -> list[Term]:
        """All interactions up to a degree."""
        base = terms = self._atom()
        if self._take("^", "**"):
            kind, text = self._next()
            if kind != "number" or text not in {"1", "2", "3", "4"}:
                self._refuse(f"a power is a whole number from 1 to {_MOST_DEGREE}, not {text!r}")
            self.place += 1
            for _ in range(int(text) - 1):
                terms = self._union(terms, self._crossed(terms, base))
        return terms

    def _atom(self) -> list[Term]:
        """A bracket or a factor."""
        if self._take("("):
            terms = self._sum()
            self._need(")")
            return terms
        return [(self._factor(),)]

    def _factor(self) -> Factor:
        """A variable, or functions of one."""
        kind, text = self._next()
        if kind not in {"name", "quoted"}:
            self._refuse(
                f"{text!r} stands where a variable should be" if text else "it ends too early"
            )
        self.place += 1
        if kind == "name" and self._next() == ("sign", "("):
            return self._call(text)
        self._check_name(text)
        return Factor(variable=text, calls=(), name=text)

    def _call(self, function: str) -> Factor:
        """A function with its argument and options."""
        if function not in FUNCTIONS:
            self._refuse(f"the function {function!r} is not allowed")
        self._need("(")
        inner = self._factor()
        options: list[tuple[str, Value]] = []
        while self._take(","):
            options.append(self._option(function, len(options)))
        self._need(")")
        if len({name for name, _ in options}) < len(options):
            self._refuse(f"an option of {function} is given twice")
        if any(call.function in {"C", "poly", "bs", "ns", "cr"} for call in inner.calls):
            self._refuse(f"{function} takes a variable, not {inner.name}")
        if function == "C" and inner.calls:
            self._refuse("C takes the name of a variable")
        call = Call(function=function, options=tuple(options))
        if function == "C":
            shown = inner.name
        else:
            parts = [inner.name, *(_shown(function, option) for option in options)]
            shown = f"{function}({', '.join(parts)})"
        return Factor(variable=inner.variable, calls=(*inner.calls, call), name=shown)

    def _option(self, function: str, place: int) -> tuple[str, Value]:
        """One option, by keyword or, if it is the first, by place."""
        allowed = FUNCTIONS[function]
        kind, text = self._next()
        if function == "C":
            return "base", self._base()
        if kind == "name" and self._next(1) == ("sign", "="):
            if text not in allowed:
                self._refuse(f"{function} has no option {text!r}")
            self.place += 2
            return text, self._numbers()
        if place or not allowed:
            self._refuse(f"{function} does not take {text!r} there")
        return allowed[0], self._numbers()

    def _base(self) -> Value:
        """The reference level in contr.treatment(base="a")."""
        if self._next() != ("name", "contr.treatment"):
            self._refuse("C takes contr.treatment(base=...) and nothing else")
        self.place += 1
        self._need("(")
        if self._next() == ("name", "base"):
            self.place += 1
            self._need("=")
        kind, text = self._next()
        if kind == "string":
            self.place += 1
            base: Value = text[1:-1]
        else:
            base = self._number()
        self._need(")")
        return base

    def _numbers(self) -> Value:
        """A number, or a list of them."""
        if not self._take("["):
            return self._number()
        found = [self._number()]
        while self._take(","):
            found.append(self._number())
        self._need("]")
        return tuple(found)

    def _number(self) -> float:
        """A number with its sign."""
        sign = -1.0 if self._take("-") else 1.0
        kind, text = self._next()
        if kind != "number":
            self._refuse(f"{text!r} stands where a number should be")
        self.place += 1
        return sign * float(text)

    def _check_name(self, name: str) -> None:
        """Refuse a name that is no variable."""
        if name in self.reserved:
            self._refuse(f"{name!r} is part of the outcome and cannot be a variable as well")
        if name in self.variables:
            return
        if "." in name or "__" in name:
            self._refuse(f"{name!r} is not a variable, and attributes are not allowed")
        if name in FUNCTIONS or name == "lambda":
            self._refuse(f"{name!r} is not a variable")
        usable = [v for v in self.variables if v not in self.reserved]
        near = checks.nearest(name, usable)
        offer = f" Nearest: {', '.join(near)}." if near else ""
        raise UnknownNameError(
            f"Unknown variable {name!r} in formula.{offer} Allowed: {', '.join(usable[:15])}"
            f"{', ...' if len(usable) > 15 else ''}."
        )

    def _union(self, *several: Iterable[Term]) -> list[Term]:
        """Terms of all, each once, in order; refused beyond what a fit can hold."""
        once: dict[frozenset[Factor], Term] = {}
        for term in itertools.chain(*several):
            once.setdefault(frozenset(term), term)
        if len(once) > _MOST_TERMS:
            self._refuse(f"it makes more than {_MOST_TERMS} terms")
        return list(once.values())

    def _crossed(self, left: Sequence[Term], right: Sequence[Term]) -> list[Term]:
        """Products of every pair of terms."""
        pairs = (tuple(dict.fromkeys([*a, *b])) for a, b in itertools.product(left, right))
        found = self._union(pairs)
        if any(len(term) > _MOST_DEGREE for term in found):
            self._refuse(f"an interaction has more than {_MOST_DEGREE} factors")
        return found


def _shown(function: str, option: tuple[str, Value]) -> str:
    """An option as it is shown: the first of a function without its name."""
    name, value = option
    plain: Callable[[float], str] = "{:g}".format
    if isinstance(value, tuple):
        text = f"[{', '.join(map(plain, value))}]"
    else:
        text = value if isinstance(value, str) else plain(value)
    return text if name == FUNCTIONS[function][0] else f"{name}={text}"
