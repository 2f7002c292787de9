"""Separation: whether a likelihood without penalty has no maximum, by a linear programme."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats.stats.limits import Floats, read_only

# Of predictors of about unit size; the linear programme is exact to 1e-7.
_CLEAR: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Separation:
    """Whether some direction raises the likelihood for ever.

    Parameters
    ----------
    separated : bool
        Whether there is such a direction.
    direction : numpy.ndarray
        One of them (p,), its largest entry 1 in size; 0 where there is none.
    infinite : numpy.ndarray
        Coefficients without a finite estimate (p,): what is left of the data once the
        direction has been followed to its end does not determine them.
    """

    separated: bool
    direction: Floats
    infinite: NDArray[np.bool_]

    def __post_init__(self) -> None:
        object.__setattr__(self, "direction", read_only(self.direction))
        infinite = np.array(self.infinite, dtype=bool)
        infinite.flags.writeable = False
        object.__setattr__(self, "infinite", infinite)


def binomial_separation(*, design: ArrayLike, events: ArrayLike, trials: ArrayLike) -> Separation:
    """Separation of a binomial regression with any of the links logit, cloglog and probit.

    Parameters
    ----------
    design : array_like
        Columns (n, p) of full rank.
    events, trials : array_like
        Events and people (n,); rows without people do not count.

    Returns
    -------
    Separation
        Whether, and which coefficients.

    References
    ----------
    Albert, A. and Anderson, J. A. (1984). On the existence of maximum likelihood estimates in
    logistic regression models. Biometrika 71, 1-10. doi:10.1093/biomet/71.1.1
    Konis, K. (2007). Linear programming algorithms for detecting separated data in binary logistic
    regression models. DPhil thesis, University of Oxford.

    Examples
    --------
    Nobody in the second sector left:

    >>> found = binomial_separation(design=[[1, 0], [1, 1]], events=[3, 0], trials=[9, 5])
    >>> found.separated, found.infinite
    (True, array([False,  True]))
    """
    x, y = np.asarray(design, dtype=np.float64), np.asarray(events, dtype=np.float64)
    return _separation(x[y > 0.0], -x[y < np.asarray(trials)])


def poisson_separation(*, design: ArrayLike, events: ArrayLike, exposure: ArrayLike) -> Separation:
    """Separation of a Poisson regression with log link.

    Parameters
    ----------
    design : array_like
        Columns (n, p) of full rank.
    events, exposure : array_like
        Events and person-time (n,); rows without time do not count.

    Returns
    -------
    Separation
        Whether, and which coefficients.

    References
    ----------
    Correia, S., Guimaraes, P. and Zylkin, T. (2019). Verifying the existence of maximum
    likelihood estimates for generalized linear models. arXiv:1903.01633

    Examples
    --------
    >>> x = [[1, 0], [1, 1]]
    >>> poisson_separation(design=x, events=[3, 0], exposure=[9, 5]).infinite
    array([False,  True])
    >>> poisson_separation(design=x, events=[3, 1], exposure=[9, 5]).separated
    False
    """
    x, y = np.asarray(design, dtype=np.float64), np.asarray(events, dtype=np.float64)
    return _separation(x[y > 0.0], -x[np.asarray(exposure) > 0.0])


def multinomial_separation(*, design: ArrayLike, counts: ArrayLike) -> Separation:
    """Separation of a multinomial logistic regression.

    Parameters
    ----------
    design : array_like
        Columns (n, p) of full rank.
    counts : array_like
        People who stayed, in the first column, and who went to each destination (n, k + 1).

    Returns
    -------
    Separation
        Whether, and which coefficients, destination by destination (k * p,).

    References
    ----------
    Albert, A. and Anderson, J. A. (1984). Biometrika 71, 1-10. doi:10.1093/biomet/71.1.1

    Examples
    --------
    >>> x = [[1, 0], [1, 1]]
    >>> multinomial_separation(design=x, counts=[[8, 2, 1], [5, 1, 0]]).infinite
    array([False, False, False,  True])
    """
    x, y = np.asarray(design, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    p, categories = x.shape[1], y.shape[1]
    parts = []
    for seen in range(categories):
        rows = x[y[:, seen] > 0.0]
        for other in range(categories):
            if other != seen:
                block = np.zeros((rows.shape[0], categories, p))
                block[:, seen], block[:, other] = rows, -rows
                parts.append(block[:, 1:].reshape(rows.shape[0], (categories - 1) * p))
    return _separation(*parts)


def _separation(*parts: Floats) -> Separation:
    """Look for a direction along which no row loses and some row gains.

    Each row says that its product with the direction must not be negative. The rows that gain
    are then fitted perfectly at the end of the direction; the search goes on among the others.
    """
    rows = np.unique(np.concatenate(parts), axis=0)
    p = rows.shape[1]
    nothing = Separation(separated=False, direction=np.zeros(p), infinite=np.zeros(p, dtype=bool))
    if not rows.size:
        return nothing
    # Below the rows, as many zero ones as there are columns: a square factor for few rows too.
    q, back = np.linalg.qr(np.vstack([rows, np.zeros((p, p))]))
    q = q[: rows.shape[0]]
    turned = q * np.sqrt(rows.shape[0])
    total, weight = np.zeros(p), 1.0
    left = np.ones(rows.shape[0], dtype=bool)
    while left.any():
        step = _steepest(turned[left])
        gains = turned[left] @ step > _CLEAR
        if not gains.any():
            break
        total += weight * step
        # A later direction must not undo what an earlier one gained.
        weight *= 1e-3
        left[left] = ~gains
    if left.all():
        return nothing
    direction = np.linalg.lstsq(back / np.sqrt(rows.shape[0]), total, rcond=None)[0]
    left_over = np.linalg.qr(np.vstack([turned[left], np.zeros((p, p))]), mode="r")
    _, size, axes = np.linalg.svd(left_over)
    loose = axes[size <= _CLEAR * max(size.max(), 1.0)]
    unknown = np.linalg.lstsq(back / np.sqrt(rows.shape[0]), loose.T, rcond=None)[0]
    scale = np.sqrt(np.mean(rows**2, axis=0))
    amount = np.max(np.abs(unknown), axis=1) * scale
    infinite = amount > _CLEAR * max(float(amount.max()), 1e-300)
    direction = np.where(infinite, direction, 0.0)
    return Separation(
        separated=True, direction=direction / np.max(np.abs(direction)), infinite=infinite
    )


def _steepest(rows: Floats) -> Floats:
    """Direction in the unit box that gains most over all rows and loses on none."""
    from scipy.optimize import linprog

    found = linprog(
        -rows.sum(axis=0),
        A_ub=-rows,
        b_ub=np.zeros(rows.shape[0]),
        bounds=(-1.0, 1.0),
        method="highs",
    )
    if found.status != 0:
        raise RuntimeError(f"the linear programme of separation failed: {found.message}")
    return np.asarray(found.x)
