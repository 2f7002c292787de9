"""Historical counts taken at a fraction of their weight (power priors), as mixtures of Betas."""

import numpy as np

from talentstats.stats.limits import Floats
from talentstats.stats.panels import panel_nodes


def fixed(
    *, k0: float, n0: float, weight: float, a: float, b: float
) -> tuple[Floats, Floats, Floats]:
    """Power prior of a fixed weight: historical people count for that part of a person.

    Parameters
    ----------
    k0, n0 : float
        Retained and total of the historical study.
    weight : float
        In [0, 1].
    a, b : float
        Beta prior before the historical study.

    Returns
    -------
    weights, a, b : numpy.ndarray
        One component (1,).

    References
    ----------
    Ibrahim and Chen (2000), Statistical Science 15:46-60, doi:10.1214/ss/1009212673.

    Examples
    --------
    >>> fixed(k0=80, n0=100, weight=0.5, a=1, b=1)
    (array([1.]), array([41.]), array([11.]))
    """
    return np.ones(1), np.array([a + weight * k0]), np.array([b + weight * (n0 - k0)])


def normalised(
    *, k0: float, n0: float, a: float, b: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """Normalised power prior: a weight uniform on (0, 1), which the new data then inform.

    Given its weight the rate is a Beta; over the nodes of a quadrature of the weight it is a
    mixture, which is updated as any other.

    Parameters
    ----------
    k0, n0 : float
        Retained and total of the historical study.
    a, b : float
        Beta prior before the historical study.

    Returns
    -------
    weights, a, b : numpy.ndarray
        The mixture (m,).
    power : numpy.ndarray
        Weight of the historical study in each component (m,), closer together near 0, where a
        large study in conflict with the new one ends.

    References
    ----------
    Duan, Ye and Smith (2006), Environmetrics 17:95-106, doi:10.1002/env.752.

    Examples
    --------
    >>> weights, _, _, power = normalised(k0=80, n0=100, a=1, b=1)
    >>> print(f"{weights.sum():.9f} {weights @ power:.9f}")
    1.000000000 0.500000000
    """
    power, share = panel_nodes(np.append(0.0, 2.0 ** -np.arange(0.0, 30.0)))
    return share, a + power * k0, b + power * (n0 - k0), power
