"""The one column vocabulary of all results."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

KEY_COLUMNS = ("group", "time", "state", "outcome")
ESTIMATE_COLUMNS = (
    "term",
    "estimate",
    "std_error",
    "statistic",
    "p_value",
    "conf_low",
    "conf_high",
    "conf_level",
    "interval",
)
TEXT_COLUMNS = frozenset({"group", "state", "outcome", "term", "interval"})
_NUMBERS: Final = frozenset(ESTIMATE_COLUMNS) - TEXT_COLUMNS


def tidy_frame(rows: Sequence[Mapping[str, Any]]) -> "pd.DataFrame":
    """Lay rows out in the vocabulary: keys first, then every estimate column, then extras.

    Parameters
    ----------
    rows : Sequence of Mapping
        One mapping a row; keys that are absent become NaN. Key columns and extra
        columns appear when any row has them.

    Returns
    -------
    pandas.DataFrame
        Keys as they apply, then all of `ESTIMATE_COLUMNS`, then extra columns in
        the order in which they first appear.

    Examples
    --------
    >>> frame = tidy_frame([{"term": "retention", "estimate": 0.87}])
    >>> list(frame.columns)[:3]
    ['term', 'estimate', 'std_error']
    """
    import pandas as pd

    seen = dict.fromkeys(name for row in rows for name in row)
    keys = [name for name in KEY_COLUMNS if name in seen]
    extras = [name for name in seen if name not in KEY_COLUMNS and name not in ESTIMATE_COLUMNS]
    columns = {
        name: [row.get(name, float("nan")) for row in rows]
        for name in (*keys, *ESTIMATE_COLUMNS, *extras)
    }
    frame = pd.DataFrame(columns)
    for name in frame.columns:
        if name in ESTIMATE_COLUMNS and name not in TEXT_COLUMNS:
            frame[name] = frame[name].astype("float64")
        elif name in TEXT_COLUMNS:
            frame[name] = frame[name].astype("object")
    return frame


def columns_frame(columns: Mapping[str, Any]) -> "pd.DataFrame":
    """Lay columns out in the vocabulary: keys first, then every estimate column, then extras.

    Parameters
    ----------
    columns : Mapping of str to array_like
        Columns of shape (r,), or single values that hold in every row.

    Returns
    -------
    pandas.DataFrame
        Shape (r, ...): as `tidy_frame`, but in no time for a million rows.

    Examples
    --------
    >>> frame = columns_frame({"group": "all", "time": [1.0, 2.0], "term": "survival"})
    >>> frame.shape, list(frame.columns)[:3]
    ((2, 11), ['group', 'time', 'term'])
    """
    import pandas as pd

    rows = max(np.size(value) for value in columns.values() if np.ndim(value))
    keys = [name for name in KEY_COLUMNS if name in columns]
    extras = [n for n in columns if n not in KEY_COLUMNS and n not in ESTIMATE_COLUMNS]

    def column(name: str) -> Any:
        value = columns.get(name, float("nan"))
        if name in TEXT_COLUMNS:
            laid = np.empty(rows, dtype=object)
            laid[:] = value
            return laid
        if name in _NUMBERS:
            return np.broadcast_to(np.asarray(value, dtype=np.float64), (rows,)).copy()
        return value if np.ndim(value) else np.full(rows, value)

    return pd.DataFrame({name: column(name) for name in (*keys, *ESTIMATE_COLUMNS, *extras)})


def glance_frame(row: Mapping[str, Any]) -> "pd.DataFrame":
    """Return a frame of exactly one row.

    Parameters
    ----------
    row : Mapping of str to Any
        Column names and their single values.

    Returns
    -------
    pandas.DataFrame
        Shape (1, len(row)).
    """
    import pandas as pd

    return pd.DataFrame({name: [value] for name, value in row.items()})
