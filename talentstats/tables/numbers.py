"""Numbers as they are printed: a proper minus, no negative zero, no p-value of 0.000.

Every function takes one float and returns one string; a missing value is the empty string.
Nonzero numbers are never printed as zero: where the decimals run out, significant
digits take over.
"""

import math

MINUS = "−"
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LARGEST_PLAIN = 1e9
_SMALLEST_PLAIN = 1e-4


def format_number(value: float, *, decimals: int = 3, thousands: bool = False) -> str:
    """Return a number with fixed decimals.

    Parameters
    ----------
    value : float
        The number; NaN gives the empty string, infinity its sign.
    decimals : int
        Digits after the point; negative values round to tens, hundreds and so on.
    thousands : bool
        Whether commas part the thousands.

    Returns
    -------
    str
        The number, with U+2212 as its minus.

    Examples
    --------
    >>> format_number(-0.3794, decimals=2)
    '−0.38'
    >>> format_number(-0.0, decimals=2), format_number(0.00042, decimals=2)
    ('0.00', '0.00042')
    >>> format_number(12345.6, decimals=0, thousands=True), format_number(3.2e15)
    ('12,346', '3.2×10¹⁵')
    """
    if math.isnan(value):
        return ""
    size = abs(value)
    sign = MINUS if value < 0 else ""
    if math.isinf(value):
        return f"{sign}∞"
    if size >= _LARGEST_PLAIN:
        return sign + _scientific(size)
    rounded = round(size, decimals) if decimals < 0 else size
    text = f"{rounded:{',' if thousands else ''}.{max(decimals, 0)}f}"
    if size > 0 and not any(digit in text for digit in "123456789"):
        text = f"{size:.2g}" if size >= _SMALLEST_PLAIN else _scientific(size)
    return text if size == 0 else sign + text


def format_p(value: float) -> str:
    """Return a p-value with three decimals, exact inside (0.001, 0.999).

    Parameters
    ----------
    value : float
        The p-value; NaN gives the empty string.

    Returns
    -------
    str
        The p-value; below 0.001 it reads "<0.001", never "0.000".

    Examples
    --------
    >>> format_p(0.3963), format_p(0.00021), format_p(0.0), format_p(0.99996), format_p(1.0)
    ('0.396', '<0.001', '<0.001', '>0.999', '1.000')
    """
    if math.isnan(value):
        return ""
    if value < 0.001:
        return "<0.001"
    return ">0.999" if 0.9995 <= value < 1 else f"{value:.3f}"


def format_percent(value: float, *, decimals: int = 1) -> str:
    """Return a proportion as a percentage.

    Parameters
    ----------
    value : float
        The proportion, 0.87 for 87%.
    decimals : int
        Digits after the point.

    Returns
    -------
    str
        The percentage with its sign.

    Examples
    --------
    >>> format_percent(0.87), format_percent(-0.031), format_percent(float("nan"))
    ('87.0%', '−3.1%', '')
    """
    text = format_number(100 * value, decimals=decimals)
    return f"{text}%" if text else ""


def format_interval(low: float, high: float, *, decimals: int = 3) -> str:
    """Return an interval in brackets.

    Parameters
    ----------
    low, high : float
        The limits; if either is NaN there is no interval and the string is empty.
    decimals : int
        Digits after the point.

    Returns
    -------
    str
        The interval.

    Examples
    --------
    >>> format_interval(-0.427, 0.04, decimals=2), format_interval(0.5, float("inf"), decimals=1)
    ('[−0.43, 0.04]', '[0.5, ∞]')
    """
    if math.isnan(low) or math.isnan(high):
        return ""
    return f"[{format_number(low, decimals=decimals)}, {format_number(high, decimals=decimals)}]"


def decimals_for(std_error: float, *, digits: int = 2, otherwise: int = 3) -> int:
    """Return how many decimals show a standard error with the given significant digits.

    Parameters
    ----------
    std_error : float
        The standard error.
    digits : int
        Significant digits that it should keep.
    otherwise : int
        The answer where the standard error is missing, infinite or zero.

    Returns
    -------
    int
        Digits after the point; negative for standard errors of tens and more.

    Examples
    --------
    >>> decimals_for(0.1919), decimals_for(0.0996), decimals_for(1234.0), decimals_for(0.0)
    (2, 2, -2, 3)
    """
    if not math.isfinite(std_error) or std_error <= 0:
        return otherwise
    # The exponent is read after rounding, so that 0.0996 counts as 0.10 and not as 0.0996.
    exponent = int(f"{std_error:.{digits - 1}e}".partition("e")[2])
    return digits - 1 - exponent


def _scientific(size: float) -> str:
    """Return a positive number as mantissa times a power of ten."""
    mantissa, _, exponent = f"{size:.1e}".partition("e")
    return f"{mantissa}×10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
