"""Rates and ratios as sentences print them."""

import math


def shown(value: float, *, decimals: int = 2) -> str:
    """Return a number with some decimals, or two significant digits where these would hide it.

    Parameters
    ----------
    value : float
        Any number, 0 or more.
    decimals : int
        Decimals of numbers that need no more.

    Returns
    -------
    str
        Such as "1,234.50", "0.0040", "1.5e-09" or, of nothing, "0".

    Examples
    --------
    >>> shown(2.5), shown(0.004), shown(0.0), shown(1234.56, decimals=1)
    ('2.50', '0.0040', '0', '1,234.6')
    """
    if value == 0.0:
        return "0"
    if value < 5.0 * 10.0**-decimals:
        return f"{value:.{1 - math.floor(math.log10(value))}f}" if value > 1e-6 else f"{value:.1e}"
    return f"{value:,.{decimals}f}"
