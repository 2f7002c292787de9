"""Gauss-Legendre quadrature on panels: exact where a smooth integrand changes its scale."""

import numpy as np
from numpy.typing import ArrayLike

from talentstats.stats.limits import Floats

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def panel_nodes(breaks: ArrayLike) -> tuple[Floats, Floats]:
    """Nodes and weights of 16-point Gauss-Legendre on each panel between two breaks.

    Parameters
    ----------
    breaks : array_like
        Ends of the panels (m + 1,), in any order; panels of no width are left out.

    Returns
    -------
    nodes : numpy.ndarray
        Nodes in increasing order, at most (16 m,).
    weights : numpy.ndarray
        Their weights, same shape, which sum to the whole width.

    Examples
    --------
    >>> x, weights = panel_nodes([0.0, 0.5, 2.0])
    >>> print(round(float(weights @ x**3), 12))
    4.0
    """
    ends = np.unique(np.asarray(breaks, dtype=np.float64))
    half = np.diff(ends)[:, None] / 2.0
    nodes = ends[:-1, None] + half * (1.0 + _NODES)
    return nodes.ravel(), (half * _WEIGHTS).ravel()
