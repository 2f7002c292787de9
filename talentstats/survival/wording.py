"""Units of time, as sentences print them."""


def unit_of(clock: str) -> str:
    """Unit of time of a clock.

    Parameters
    ----------
    clock : str
        Such as "years since doctorate".

    Returns
    -------
    str
        "year", "month", "week", "day", or "unit of time" where the clock does not say.

    Examples
    --------
    >>> unit_of("years since doctorate"), unit_of("calendar year"), unit_of("visits")
    ('year', 'year', 'unit of time')
    """
    words = clock.casefold().replace("-", " ").split()
    named = [unit for unit in ("year", "month", "week", "day") if {unit, f"{unit}s"} & {*words}]
    return "year" if "calendar" in words else named[0] if named else "unit of time"
