"""The door of the plots: a result or a tidy frame in, the checked columns out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from talentstats.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def tidy_frame(
    data: Any,
    *,
    figure: str,
    needs: Sequence[str],
    numeric: Sequence[str] = (),
    level: float | None = None,
) -> "pd.DataFrame":
    """Return the frame behind a result or frame, once its columns are known to suffice.

    Parameters
    ----------
    data : DataFrame or Result
        A tidy frame, or anything with a `tidy(level=)` that returns one.
    figure : str
        The plotting function, for messages.
    needs : Sequence of str
        Columns that must be there.
    numeric : Sequence of str
        Those of them that must hold numbers (NaN allowed).
    level : float or None
        Passed to `tidy`; None takes its default.

    Returns
    -------
    DataFrame
        A copy with a fresh index.

    Raises
    ------
    InputError
        If it is no frame, has no rows, lacks a column, or a number column holds text.
    """
    import pandas as pd

    tidy = getattr(data, "tidy", None)
    frame = data if tidy is None else tidy() if level is None else tidy(level=level)
    if not isinstance(frame, pd.DataFrame):
        raise InputError(
            f"{figure} was given a {type(data).__name__}; allowed is a pandas frame or a result "
            "with tidy()."
        )
    found = [str(column) for column in frame.columns]
    missing = [column for column in needs if column not in found]
    if missing:
        raise InputError(
            f"{figure}: the frame lacks {', '.join(missing)}. Found: {', '.join(found) or 'none'}. "
            f"Hint: it draws a frame with the columns {', '.join(needs)}."
        )
    if frame.empty:
        raise InputError(f"{figure}: the frame has no rows. Hint: was everything filtered out?")
    for column in numeric:
        if not pd.api.types.is_numeric_dtype(frame[column]):
            raise InputError(
                f"{figure}: column {column} holds {frame[column].dtype} values; allowed are "
                "numbers. Hint: convert it with pandas.to_numeric."
            )
    return frame.reset_index(drop=True)


def numbers(frame: "pd.DataFrame", column: str) -> NDArray[np.float64]:
    """Return a column as floats.

    Parameters
    ----------
    frame : DataFrame
        A frame of n rows.
    column : str
        One of its columns.

    Returns
    -------
    ndarray
        (n,) floats, a copy.
    """
    return np.asarray(frame[column].to_numpy(dtype=np.float64, na_value=np.nan, copy=True))
