"""What a printed figure can stand for: the one place that says how rounding and hedges are read.

* A figure printed to a step (83, step 1; 68.5, step 0.1) stands for half a step either side.
* A quotient of two rounded counts stands for every quotient of counts that round to them.
* A hedged percentage ("about 90", "near 90", "~90") is no point. One that is a multiple of 5
  is read as printed to the nearest 5 points (0.875 to 0.925), any other as printed to the
  nearest 2 points; "9 out of 10" as printed to the nearest tenth (0.85 to 0.95).
* A bound ("over 80%") stands for everything on its side.

The first two are arithmetic. The third is a convention of this package: the sources do not
say what they mean by "about".
"""

import re
from typing import Literal

type Qualifier = Literal["point", "approximate", "at_least", "at_most"]

_NUMBER = re.compile(r"\d[\d,]*\.?\d*")


def rate_range(
    as_printed: str, *, qualifier: Qualifier, rounding: float | None, complement: bool = False
) -> tuple[float | None, float, float]:
    """Rate that a printed figure names, with the lowest and highest rate it can stand for.

    Parameters
    ----------
    as_printed : str
        The words of the source: a percentage ("83", "about 90"), a quotient of counts
        ("13,150 of 15,800") or tenths ("9 out of 10").
    qualifier : {"point", "approximate", "at_least", "at_most"}
        What kind of figure it is.
    rounding : float or None
        Step to which the source printed the figure; None for a hedged one.
    complement : bool
        Whether the source prints those who left, so that the rate is what remains.

    Returns
    -------
    rate : float or None
        The named rate, the centre of a hedged one; None for a bound.
    low, high : float
        Range in [0, 1].

    Examples
    --------
    >>> rate_range("83", qualifier="point", rounding=1)
    (0.83, 0.825, 0.835)
    >>> rate_range("about 90", qualifier="approximate", rounding=None)
    (0.9, 0.875, 0.925)
    >>> rate_range("over 80", qualifier="at_least", rounding=None)
    (None, 0.8, 1.0)
    """
    numbers = [float(text.replace(",", "")) for text in _NUMBER.findall(as_printed)]
    if len(numbers) == 2:
        centre, low, high = _quotient(*numbers, step=rounding)
    else:
        (centre,) = numbers
        half = (rounding or (5 if centre % 5 == 0 else 2)) / 2
        low, high = centre - half, centre + half
    if qualifier == "at_least":
        low, high = centre, 100.0
    elif qualifier == "at_most":
        low, high = 0.0, centre
    if complement:
        centre, low, high = 100 - centre, 100 - high, 100 - low
    named = qualifier in {"point", "approximate"}
    return (centre / 100 if named else None), max(0.0, low / 100), min(1.0, high / 100)


def _quotient(kept: float, total: float, *, step: float | None) -> tuple[float, float, float]:
    """Read a quotient as a percentage with its range; without a step the total is exact."""
    half, whole = (0.5, 0.0) if step is None else (step / 2, step / 2)
    return (
        100 * kept / total,
        100 * (kept - half) / (total + whole),
        100 * (kept + half) / (total - whole),
    )
