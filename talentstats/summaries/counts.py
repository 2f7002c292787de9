"""Counts: k retained of n, or how many ended where. All that most studies publish."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Self

from talentstats import checks
from talentstats.errors import InputError


@dataclass(frozen=True, slots=True)
class RetentionCounts:
    """People retained among those whose status is known.

    Parameters
    ----------
    retained : int
        People still in the host country.
    total : int
        People whose status is known, at least 1.
    unknown : int
        Further people of the same cohort whose status is not known; they are not
        part of `total`.
    retained_low, retained_high : int or None
        All counts that print as the published percentage; None (the count itself)
        unless made by `from_percent`.
    as_printed : str
        The percentage as published, or an empty string.

    Raises
    ------
    InputError
        If a count is negative, a fraction or not finite, if `total` is 0, or if
        `retained` exceeds `total`.

    Examples
    --------
    >>> RetentionCounts(87, 100).rate
    0.87
    >>> RetentionCounts(120, 100)
    Traceback (most recent call last):
        ...
    talentstats.errors.InputError: retained=120 exceeds total=100. Hint: are the two swapped?
    """

    retained: int
    total: int
    unknown: int = 0
    retained_low: int | None = field(default=None, kw_only=True)
    retained_high: int | None = field(default=None, kw_only=True)
    as_printed: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        retained = checks.whole_number(self.retained, name="retained")
        total = checks.whole_number(
            self.total, name="total", minimum=1, hint="a stay rate needs at least one person."
        )
        unknown = checks.whole_number(self.unknown, name="unknown")
        if retained > total:
            raise InputError(
                f"retained={retained} exceeds total={total}. Hint: are the two swapped?"
            )
        low, high = (
            retained if value is None else checks.whole_number(value, name=name)
            for name, value in (
                ("retained_low", self.retained_low),
                ("retained_high", self.retained_high),
            )
        )
        if not 0 <= low <= retained <= high <= total:
            raise InputError(
                f"retained_low={low}, retained={retained}, retained_high={high} are not in order "
                f"within 0 to {total}. Hint: let RetentionCounts.from_percent fill them in."
            )
        for name, value in (
            ("retained", retained),
            ("total", total),
            ("unknown", unknown),
            ("retained_low", low),
            ("retained_high", high),
        ):
            object.__setattr__(self, name, value)

    @classmethod
    def from_percent(
        cls, percent: float | str, *, total: int, decimals: int = 0, unknown: int = 0
    ) -> Self:
        """Return the counts that print as a published percentage.

        Parameters
        ----------
        percent : float or str
            The percentage as printed, 0 to 100.
        total : int
            People whose status is known.
        decimals : int
            Decimals of the printed percentage.
        unknown : int
            Further people whose status is not known.

        Returns
        -------
        RetentionCounts
            `retained` is the count nearest to the percentage; `retained_low` to
            `retained_high` are all counts that print as it, ties rounded either way.

        Raises
        ------
        InputError
            If the percentage is outside 0 to 100, has more decimals than stated, or
            is one that no count of `total` can print as.

        Examples
        --------
        >>> counts = RetentionCounts.from_percent(87, total=412)
        >>> counts.retained, counts.retained_low, counts.retained_high
        (358, 357, 360)
        """
        n = checks.whole_number(total, name="total", minimum=1)
        places = checks.whole_number(decimals, name="decimals")
        printed = _as_fraction(percent)
        if not 0 <= printed <= 100:
            raise InputError(f"percent={percent!r} is not allowed; allowed is 0 to 100.")
        if printed * 10**places != math.floor(printed * 10**places):
            raise InputError(
                f"percent={percent!r} has more than decimals={places} decimals. "
                "Hint: give decimals= as printed in the source."
            )
        half = Fraction(1, 2 * 10**places)
        low = max(0, math.ceil((printed - half) * n / 100))
        high = min(n, math.floor((printed + half) * n / 100))
        if low > high:
            around = sorted({max(0, high), min(n, low)})
            shown = " and ".join(f"{k} of {n} = {100 * k / n:.{places}f}%" for k in around)
            raise InputError(
                f"no count of total={n} prints as {float(printed):.{places}f}%; the nearest are "
                f"{shown}. Hint: is the percentage of another total, or weighted?"
            )
        nearest = math.ceil(printed * n / 100 - Fraction(1, 2))
        return cls(
            nearest,
            n,
            unknown,
            retained_low=low,
            retained_high=high,
            as_printed=f"{float(printed):.{places}f}%",
        )

    @property
    def rate(self) -> float:
        """Share retained among those whose status is known."""
        return self.retained / self.total

    @property
    def left(self) -> int:
        """People known to have left."""
        return self.total - self.retained

    @property
    def is_exact(self) -> bool:
        """Whether only one count is compatible with what was published."""
        return self.retained_low == self.retained_high

    @property
    def compatible(self) -> range:
        """All retained counts compatible with what was published."""
        assert self.retained_low is not None
        assert self.retained_high is not None
        return range(self.retained_low, self.retained_high + 1)


@dataclass(frozen=True, slots=True)
class DestinationCounts:
    """People by where they are at the end.

    Parameters
    ----------
    counts : Mapping of str to int
        Destination to number of people, at least two destinations and one person.
    unknown : int
        Further people of the same cohort whose destination is not known.
    total : int or None
        If given, the known counts must add up to it.

    Raises
    ------
    InputError
        If a name is empty or given twice (up to case and spaces), a count is not a
        whole number of 0 or more, all are 0, or they do not sum to `total`.

    Examples
    --------
    >>> counts = DestinationCounts({"US": 87, "CN": 10, "other": 3})
    >>> counts.total, counts.leavers("US").total
    (100, 13)
    """

    counts: Mapping[str, int]
    unknown: int = 0
    total: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.counts, Mapping):
            raise InputError(
                f"counts={self.counts!r} is not a mapping; give for example "
                "{'US': 87, 'CN': 10, 'other': 3}."
            )
        checked: dict[str, int] = {}
        seen: dict[str, str] = {}
        for name, value in self.counts.items():
            label = str(name).strip()
            if not label:
                raise InputError("a destination has an empty name. Hint: name it, e.g. 'other'.")
            if label.casefold() in seen:
                raise InputError(
                    f"destination {label!r} is given twice (also as {seen[label.casefold()]!r}). "
                    "Hint: add the two counts, or tell them apart by name."
                )
            seen[label.casefold()] = label
            checked[label] = checks.whole_number(value, name=f"count of {label!r}")
        if len(checked) < 2:
            raise InputError(
                f"{len(checked)} destination given; at least two are needed. "
                "Hint: for one stay rate use RetentionCounts."
            )
        known = sum(checked.values())
        if known == 0:
            raise InputError("all destination counts are 0; at least one person is needed.")
        if self.total is not None and known != checks.whole_number(self.total, name="total"):
            raise InputError(
                f"the destination counts sum to {known}, not to total={self.total}. "
                "Hint: put people of unknown destination into unknown=."
            )
        unknown = checks.whole_number(self.unknown, name="unknown")
        object.__setattr__(self, "counts", MappingProxyType(checked))
        object.__setattr__(self, "unknown", unknown)
        object.__setattr__(self, "total", known)

    def __reduce__(self) -> tuple[Any, ...]:
        # A mapping proxy cannot be pickled, and results go through process pools.
        return DestinationCounts, (dict(self.counts), self.unknown, self.total)

    @property
    def destinations(self) -> tuple[str, ...]:
        """Names in the order given."""
        return tuple(self.counts)

    @property
    def known(self) -> int:
        """People whose destination is known."""
        return sum(self.counts.values())

    def retention(self, host: str) -> RetentionCounts:
        """Return the counts of staying in `host`.

        Parameters
        ----------
        host : str
            Name of the destination that counts as staying.

        Returns
        -------
        RetentionCounts
            Those in `host` of all whose destination is known.
        """
        name = checks.one_of(host, self.counts, name="destination")
        return RetentionCounts(self.counts[name], self.known, self.unknown)

    def leavers(self, host: str) -> "DestinationCounts":
        """Return the counts of those who left `host`.

        Parameters
        ----------
        host : str
            Name of the destination that counts as staying.

        Returns
        -------
        DestinationCounts
            All other destinations.

        Raises
        ------
        InputError
            If there are fewer than two others.
        UnknownNameError
            If there is no such destination.
        """
        name = checks.one_of(host, self.counts, name="destination")
        others = {k: v for k, v in self.counts.items() if k != name}
        if len(others) < 2:
            raise InputError(
                f"beside {name!r} there is one destination, {next(iter(others))!r}: all "
                "leavers went there, and there are no shares among leavers to speak of."
            )
        return DestinationCounts(others)


def checked_counts(value: Any, *, name: str = "counts") -> RetentionCounts:
    """Return retention counts that are ones.

    Parameters
    ----------
    value : Any
        What the caller gave.
    name : str
        How the caller knows it.

    Returns
    -------
    RetentionCounts
        The same.

    Raises
    ------
    InputError
        If it is something else, such as a pair of numbers.
    """
    if not isinstance(value, RetentionCounts):
        raise InputError(
            f"{name}={value!r} is not RetentionCounts; give for example RetentionCounts(87, 100)."
        )
    return value


def _as_fraction(value: Any) -> Fraction:
    """Read a decimal as it was written: 0.1 is one tenth, not its nearest double."""
    try:
        number = Decimal(str(value).strip().rstrip("%").strip())
        # A Fraction of 1e-999999999 would fill the memory before anyone could refuse it.
        if number.is_finite() and number != 0 and abs(number.adjusted()) > 100:
            raise InputError(f"percent={value!r} is not allowed; allowed is 0 to 100.")
        return Fraction(number)
    except InputError:
        raise
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise InputError(
            f"percent={value!r} is not a finite number; allowed is 0 to 100."
        ) from error
