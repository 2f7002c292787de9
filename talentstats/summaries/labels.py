"""Labels of cells, and of the values that name them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from talentstats.summaries.columns import coded


def label_text(value: Any) -> str:
    """Return a label as text; 2019.0 of a column with a hole is "2019".

    Parameters
    ----------
    value : Any
        The label.

    Returns
    -------
    str
        Without spaces around it.

    Examples
    --------
    >>> label_text(2019.0), label_text(" postdoc "), label_text(0.5)
    ('2019', 'postdoc', '0.5')
    """
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def cell_labels(keys: Sequence[NDArray[Any]], size: int) -> NDArray[np.str_]:
    """Return what each cell is called: its labels with commas between them.

    Parameters
    ----------
    keys : sequence of ndarray
        Columns of shape (m,) that tell the cells apart.
    size : int
        The number m.

    Returns
    -------
    ndarray of str
        Shape (m,); "all" where there are no columns.

    Examples
    --------
    >>> cell_labels([np.array(["industry", "academia"]), np.array([2019, 2020])], 2).tolist()
    ['industry, 2019', 'academia, 2020']
    """
    if not keys:
        return np.full(size, "all")
    texts = []
    for key in keys:
        levels, codes = coded(key)
        texts.append(np.array([label_text(level) for level in levels])[codes].tolist())
    return np.array([", ".join(row) for row in zip(*texts, strict=True)], dtype=np.str_)
