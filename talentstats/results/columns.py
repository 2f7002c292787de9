"""The one column vocabulary of all results."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

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
