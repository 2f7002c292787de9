"""Validators of user input, shared by all rooms: plain values in, checked values out.

Each says what was found, what is allowed and what to try. Nothing here imports
pandas, so that the quick answers stay quick.
"""

import difflib
import math
import numbers
import sys
from collections.abc import Iterable
from typing import Any

from talentstats.errors import InputError, UnknownNameError

# More than there are people; beyond it exact tail probabilities lose their digits.
_MOST_PEOPLE = 10**10


def whole_number(value: Any, *, name: str, minimum: int = 0, hint: str = "") -> int:
    """Return `value` as an int.

    Parameters
    ----------
    value : Any
        What the caller gave; numpy integers and floats such as 87.0 are accepted.
    name : str
        How the caller knows this value.
    minimum : int
        Smallest allowed value.
    hint : str
        What to try, added to the message.

    Returns
    -------
    int
        The checked count.

    Raises
    ------
    InputError
        If the value is not a finite whole number of at least `minimum` and at most ten
        billion, more than there are people.
    """
    allowed = f"a whole number of {minimum} or more"
    tail = f" Hint: {hint}" if hint else ""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise InputError(f"{name}={value!r} is not a number; allowed is {allowed}.{tail}")
    number = _float(value)
    if not math.isfinite(number):
        raise InputError(f"{name}={value!r} is not finite; allowed is {allowed}.{tail}")
    if number > _MOST_PEOPLE:
        raise InputError(
            f"{name} is above {_MOST_PEOPLE:,}; allowed is {allowed} up to that.{tail}"
        )
    if number != math.floor(number):
        people = (
            " Hint: give a number of people; a percentage goes to RetentionCounts.from_percent."
        )
        raise InputError(f"{name}={value!r} is a fraction; allowed is {allowed}.{tail or people}")
    if number < minimum:
        raise InputError(f"{name}={value!r} is too small; allowed is {allowed}.{tail}")
    return int(number)


def finite_number(
    value: Any,
    *,
    name: str,
    above: float = -math.inf,
    below: float = math.inf,
    closed: bool = False,
    hint: str = "",
) -> float:
    """Return `value` as a finite float inside a range.

    Parameters
    ----------
    value : Any
        What the caller gave.
    name : str
        How the caller knows this value.
    above, below : float
        Limits of the allowed range.
    closed : bool
        Whether the limits themselves are allowed.
    hint : str
        What to try, added to the message.

    Returns
    -------
    float
        The checked number.

    Raises
    ------
    InputError
        If the value is not a finite number inside the range.
    """
    tail = f" Hint: {hint}" if hint else ""
    left, right = ("[", "]") if closed else ("(", ")")
    span = f"a number in {left}{above:g}, {below:g}{right}"
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise InputError(f"{name}={value!r} is not a number; allowed is {span}.{tail}")
    number = _float(value)
    inside = above <= number <= below if closed else above < number < below
    if not math.isfinite(number) or not inside:
        raise InputError(f"{name}={value!r} is not allowed; allowed is {span}.{tail}")
    return number


def rate(value: Any, *, name: str = "rate") -> float:
    """Return a rate strictly between 0 and 1.

    Parameters
    ----------
    value : Any
        What the caller gave.
    name : str
        How the caller knows this value.

    Returns
    -------
    float
        The checked rate.

    Raises
    ------
    InputError
        If it is not in (0, 1); a percentage is recognised and the rate offered.
    """
    hint = ""
    if isinstance(value, numbers.Real) and 1 < _float(value) < 100:
        hint = f"is this a percentage? Then give {_float(value) / 100:g}."
    return finite_number(value, name=name, above=0, below=1, hint=hint)


def level(value: Any) -> float:
    """Return a confidence or credible level strictly between 0 and 1.

    Parameters
    ----------
    value : Any
        What the caller gave.

    Returns
    -------
    float
        The checked level.

    Raises
    ------
    InputError
        If it is not in (0, 1); a percentage is recognised and the level offered.
    """
    return rate(value, name="level")


def one_of[Name: str](value: Any, allowed: Iterable[Name], *, name: str) -> Name:
    """Return `value` if it is one of the allowed names.

    Parameters
    ----------
    value : Any
        What the caller gave.
    allowed : Iterable of str
        The names that exist.
    name : str
        What is being named ("method", "format").

    Returns
    -------
    str
        The checked name.

    Raises
    ------
    UnknownNameError
        If there is no such name; offers the nearest ones and lists all.
    """
    names = list(allowed)
    if value in names:
        return names[names.index(value)]
    near = nearest(str(value), names)
    offer = f" Nearest: {', '.join(near)}." if near else ""
    listing = f" Allowed: {', '.join(names)}." if len(names) <= 15 else ""
    raise UnknownNameError(f"Unknown {name} {value!r}.{offer}{listing}")


def nearest(value: str, names: Iterable[str], count: int = 3) -> list[str]:
    """Return the names that look most like `value`, best first.

    Parameters
    ----------
    value : str
        What the caller typed.
    names : Iterable of str
        The names that exist.
    count : int
        How many to return at the most.

    Returns
    -------
    list of str
        Up to `count` names.
    """
    lowered = {n.lower(): n for n in names}
    close = difflib.get_close_matches(value.lower(), list(lowered), n=count, cutoff=0.3)
    return [lowered[c] for c in close]


def _float(value: Any) -> float:
    """Convert a number; an integer that no double can hold becomes the largest one."""
    try:
        return float(value)
    except OverflowError:
        return math.copysign(sys.float_info.max, value > 0 or -1)
