"""Numbers and lists as sentences print them."""

import math
from collections.abc import Iterable


def percent(share: float) -> str:
    """Return a share as a percentage with as many decimals as it needs, one at the most.

    Parameters
    ----------
    share : float
        A share in [0, 1].

    Returns
    -------
    str
        Such as "90%" or "88.1%"; ">99.9%" where rounding would make it 100%.
    """
    text = f"{100 * share:.1f}"
    if 0 < share < 1 and text in {"0.0", "100.0"}:
        return "<0.1%" if text == "0.0" else ">99.9%"
    return text.removesuffix(".0") + "%"


def percent_range(low: float, high: float) -> str:
    """Return two shares as a range of percentages.

    Parameters
    ----------
    low, high : float
        Shares in [0, 1].

    Returns
    -------
    str
        Such as "79% to 92.2%".
    """
    return f"{percent(low)} to {percent(high)}"


def p_value(p: float) -> str:
    """Return a p-value as it is printed, without its name.

    Parameters
    ----------
    p : float
        A p-value.

    Returns
    -------
    str
        Such as "0.396" or "<0.001"; four decimals where three would print 0.0497 as
        the very size it is held against.
    """
    if math.isnan(p):
        return "not defined"
    if p < 0.001:
        return "<0.001"
    return f"{p:.4f}" if f"{p:.3f}" in {"0.050", "0.100", "0.010"} else f"{p:.3f}"


def p_text(p: float) -> str:
    """Return a p-value as it is printed.

    Parameters
    ----------
    p : float
        A p-value.

    Returns
    -------
    str
        Such as "p = 0.396" or "p < 0.001".
    """
    text = p_value(p)
    return f"p < {text[1:]}" if text.startswith("<") else f"p = {text}"


def points(share: float) -> str:
    """Return a difference in percentage points, signed.

    Parameters
    ----------
    share : float
        A difference of shares.

    Returns
    -------
    str
        Such as "−3.0"; more decimals where one would print a difference as 0.
    """
    text = f"{100 * share:+.1f}"
    if share != 0 and float(text) == 0:
        text = f"{100 * share:+.2g}"
    return text.replace("-", "−")


def listed(names: Iterable[str]) -> str:
    """Return names as a sentence lists them, each once.

    Parameters
    ----------
    names : Iterable of str
        Any number.

    Returns
    -------
    str
        Such as "a, b and c"; "none" if there are none.
    """
    *most, last = dict.fromkeys(names) or ["none"]
    return f"{', '.join(most)} and {last}" if most else last
