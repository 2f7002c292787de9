"""Which rows of spells continue another row of the same person."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from talentstats.summaries.columns import coded


def continuing(
    *,
    entry: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    count: NDArray[np.int64],
    cluster: NDArray[Any] | None,
) -> NDArray[np.bool_]:
    """Return which rows begin where another of their cluster was last seen in the host.

    Parameters
    ----------
    entry, lower, upper : ndarray of float
        Shape (n,): as in `Spells`.
    count : ndarray of int
        Shape (n,): people that a row stands for; none can be added by continuing.
    cluster : ndarray or None
        Shape (n,): what rows belong together; without it no row continues another. Where
        rows of any cluster overlap, clusters are no people, and none can be told to.

    Returns
    -------
    ndarray of bool
        Shape (n,).

    Examples
    --------
    >>> continuing(
    ...     entry=np.array([0.0, 3.0, 0.0]),
    ...     lower=np.array([3.0, 6.0, 3.0]),
    ...     upper=np.array([np.inf, 6.0, 3.0]),
    ...     count=np.array([1, 1, 1]),
    ...     cluster=np.array(["ann", "ann", "bob"]),
    ... )
    array([False,  True, False])
    """
    continued = np.zeros(entry.size, dtype=bool)
    if cluster is None:
        return continued
    _, person = coded(cluster)
    order = np.lexsort((entry, person))
    before, after = order[:-1], order[1:]
    same = person[before] == person[after]
    stayed = np.isinf(upper[before])
    last = np.where(stayed, lower[before], upper[before])
    if np.any(same & (entry[after] < last)):
        return continued
    continued[after] = (
        same & stayed & (entry[after] == lower[before]) & (count[after] <= count[before])
    )
    return continued
