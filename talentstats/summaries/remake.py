"""Pickling of frozen dataclasses whose mappings are read-only."""

from collections.abc import Mapping
from dataclasses import fields
from functools import partial
from typing import Any


def remake(instance: Any) -> tuple[Any, ...]:
    """Return how to make a frozen dataclass again, as `__reduce__` does.

    A mapping proxy cannot be pickled or copied, and results go through process pools.

    Parameters
    ----------
    instance : dataclass
        All of whose fields are arguments by keyword.

    Returns
    -------
    tuple
        A callable without arguments, and none.

    Examples
    --------
    >>> from talentstats.summaries.account import RowAccount
    >>> fields = dict(step="fit", rows_in=1, used=1, left_out={}, people=1, person_years=2.0)
    >>> make, _ = remake(RowAccount(**fields))
    >>> make().person_years
    2.0
    """
    values = {field.name: getattr(instance, field.name) for field in fields(instance)}
    plain = {k: dict(v) if isinstance(v, Mapping) else v for k, v in values.items()}
    made: Any = type(instance)
    return partial(made, **plain), ()
