"""Words of the command line that several commands share, read into checked values."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from talentstats import checks
from talentstats.cli.output import FORMATS
from talentstats.errors import InputError
from talentstats.summaries.counts import RetentionCounts

if TYPE_CHECKING:
    from talentstats.published.benchmark import Benchmark

level_option = click.option(
    "--level", default="0.95", show_default=True, help="Confidence level, in (0, 1)."
)
margin_option = click.option(
    "--margin",
    default="0.05",
    show_default=True,
    help="Difference that does not matter, a share: 0.05 is 5 points.",
)


def format_option[**P, R](command: Callable[P, R]) -> Callable[P, R]:
    """Add --format to a command.

    Parameters
    ----------
    command : Callable
        The command's function.

    Returns
    -------
    Callable
        The function with one more option.
    """
    return click.option(
        "--format",
        "form",
        default="text",
        show_default=True,
        help=f"One of {', '.join(FORMATS)}.",
        callback=lambda _context, _option, value: checks.one_of(value, FORMATS, name="format"),
    )(command)


def number(text: str, *, name: str, example: str = "0.9") -> float:
    """Return a number typed by a person.

    Parameters
    ----------
    text : str
        What was typed.
    name : str
        What it stands for.
    example : str
        A value that would do, for the message.

    Returns
    -------
    float
        The number.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{name}={text!r} is not a number; give for example {example}.") from None


def whole(text: str, *, name: str) -> int:
    """Return a whole number typed by a person.

    Parameters
    ----------
    text : str
        What was typed.
    name : str
        What it stands for.

    Returns
    -------
    int
        The number, 0 or more.
    """
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    # As a float a count beyond 2**53 would lose its last digits; Python refuses to read an
    # integer of thousands of digits, which no count has.
    exact = digits.isdecimal() and len(digits) < 30
    return checks.whole_number(
        int(sign + digits) if exact else number(text, name=name, example="87"), name=name
    )


def counts_of(retained: str, total: str, unknown: str = "0") -> RetentionCounts:
    """Return the counts of K and N as typed; K may be a published percentage such as 87%.

    Parameters
    ----------
    retained : str
        A count, or a percentage with its sign.
    total : str
        People of known status.
    unknown : str
        People of unknown status.

    Returns
    -------
    RetentionCounts
        Checked counts.
    """
    people, missing = whole(total, name="total"), whole(unknown, name="unknown")
    if not retained.rstrip().endswith("%"):
        return RetentionCounts(whole(retained, name="retained"), people, missing)
    printed = retained.rstrip().removesuffix("%").strip()
    _, _, decimals = printed.partition(".")
    return RetentionCounts.from_percent(
        printed, total=people, decimals=len(decimals), unknown=missing
    )


def benchmark_of(text: str, *, horizon: float | None = None, move: bool = True) -> "Benchmark":
    """Return the benchmark that a person typed, moved to a horizon by a constant hazard.

    Parameters
    ----------
    text : str
        A rate ("0.90", "90%"), a rate at a horizon ("0.90@5") or a published id.
    horizon : float or None
        Years to move it to; None leaves it as published. A bare rate is taken to hold
        at the horizon.
    move : bool
        Whether to move it, or to leave that to whoever compares.

    Returns
    -------
    Benchmark
        Aligned where it could be.

    Raises
    ------
    InputError
        If the rate is no rate, or the figure cannot be moved.
    """
    from talentstats.published.benchmark import benchmark

    typed, at, years = text.strip().partition("@")
    if at and not years:
        raise InputError(f"{text!r} ends after @; give the years, for example {typed}@5.")
    if typed.endswith("%") and is_number(typed[:-1]):
        typed = f"{float(typed[:-1]) / 100:.12g}"
    if not is_number(typed):
        if is_number(typed.replace(",", ".")):
            raise InputError(f"{text!r} has a decimal comma; write {typed.replace(',', '.')}.")
        figure = benchmark(text)
    elif years:
        figure = benchmark(number(typed, name="benchmark"), horizon=years_of(years))
    else:
        # A bare rate is one at the study's own horizon: nothing says that it is of another.
        return benchmark(number(typed, name="benchmark"), horizon=horizon)
    if not move or horizon is None or figure.horizon == horizon:
        return figure
    return figure.at_horizon(horizon)


def years_of(text: str | None) -> float | None:
    """Return a horizon typed by a person.

    Parameters
    ----------
    text : str or None
        Years, or nothing.

    Returns
    -------
    float or None
        Checked years.
    """
    if text is None:
        return None
    return checks.finite_number(number(text, name="horizon", example="6"), name="horizon", above=0)


def is_number(text: str) -> bool:
    """Whether a person meant a number.

    Parameters
    ----------
    text : str
        What was typed.

    Returns
    -------
    bool
        True for what Python reads as a number.
    """
    try:
        float(text)
    except ValueError:
        return False
    return True


def arguments(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add positional arguments that may look like negative numbers.

    Parameters
    ----------
    *names : str
        Their names.

    Returns
    -------
    Callable
        Decorator of a command's function.
    """

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(names):
            command = click.argument(name.lower(), metavar=name)(command)
        return command

    return add
