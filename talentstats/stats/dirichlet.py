"""Posterior of several shares under a Dirichlet prior, in closed form."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betainccinv, betaincinv

from talentstats.stats import dirichlet_multinomial
from talentstats.stats.allocated_dirichlet import AllocatedDirichlet
from talentstats.stats.limits import Floats, read_only, tail_area


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DirichletMarginals:
    """Posterior of each share, (k,) each.

    Parameters
    ----------
    mean : (k,) ndarray
        Posterior means.
    std_dev : (k,) ndarray
        Posterior standard deviations.
    lower, upper : (k,) ndarray
        Equal-tailed limits of each share by itself.
    """

    mean: Floats
    std_dev: Floats
    lower: Floats
    upper: Floats

    def __post_init__(self) -> None:
        for name in ("mean", "std_dev", "lower", "upper"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def marginals(*, counts: ArrayLike, prior: ArrayLike, level: float) -> DirichletMarginals:
    """Posterior of each share under a Dirichlet prior: share i is Beta(a_i + x_i, the rest).

    Parameters
    ----------
    counts : (k,)
        People in each category.
    prior : (k,)
        Dirichlet parameters a_i, positive.
    level : float
        Credible level in (0, 1) of each share by itself.

    Returns
    -------
    DirichletMarginals
        Arrays of shape (k,).

    Examples
    --------
    >>> marginals(counts=[87, 10, 3], prior=[0.5, 0.5, 0.5], level=0.95).mean.round(4)
    array([0.8621, 0.1034, 0.0345])
    """
    a = np.asarray(counts, dtype=np.float64) + np.asarray(prior, dtype=np.float64)
    rest, t = a.sum() - a, tail_area(level=level, side="two-sided")
    mean = a / a.sum()
    return DirichletMarginals(
        mean=mean,
        std_dev=np.sqrt(mean * (rest / a.sum()) / (a.sum() + 1)),
        lower=betaincinv(a, rest, t),
        upper=betainccinv(a, rest, t),
    )


def prob_exceeds(
    *, count: ArrayLike, other: ArrayLike, prior: ArrayLike, other_prior: ArrayLike
) -> Floats:
    """Posterior probability that one share is larger than another.

    Parameters
    ----------
    count, other : (...)
        People in the two categories.
    prior, other_prior : (...)
        Their Dirichlet parameters.

    Returns
    -------
    (...) ndarray
        P(share > other share). Given their sum, the first is a Beta(prior + count,
        other_prior + other) part of it, so all other categories drop out.

    Examples
    --------
    >>> print(f"{prob_exceeds(count=10, other=3, prior=0.5, other_prior=0.5):.4f}")
    0.9761
    """
    return np.asarray(
        betainc(np.add(other, other_prior), np.add(count, prior), 0.5), dtype=np.float64
    )


def posterior(*, counts: ArrayLike, prior: ArrayLike) -> AllocatedDirichlet:
    """Joint posterior of all shares under a Dirichlet prior: Dirichlet(prior + counts).

    Parameters
    ----------
    counts : (k,)
        People in each category.
    prior : (k,)
        Dirichlet parameters, positive.

    Returns
    -------
    AllocatedDirichlet
        With nobody left to allocate; moments, quantiles, pairs and evidence.

    Examples
    --------
    >>> law = posterior(counts=[87, 10, 3], prior=[1, 1, 1])
    >>> law.quantile([0.025, 0.975])[:, 1].round(3), round(law.log_evidence, 3)
    (array([0.055, 0.173]), -8.547)
    """
    y, a = (np.asarray(x, dtype=np.float64) for x in (counts, prior))
    return AllocatedDirichlet(
        base=a + y,
        log_weight=np.zeros((a.size, 1)),
        log_evidence=float(dirichlet_multinomial.log_pmf(counts=y, concentration=a)),
    )


def poststratified(
    *, counts: ArrayLike, prior: ArrayLike, weight: ArrayLike
) -> tuple[Floats, Floats]:
    """Posterior of the population's shares, cells having shares of their own.

    Parameters
    ----------
    counts : (c, k)
        People by cell and category; a cell may have none.
    prior : (k,)
        Dirichlet parameters, the same in every cell.
    weight : (c,)
        People of the population by cell, or their shares.

    Returns
    -------
    mean : (k,) ndarray
        Posterior means of the weighted shares.
    std_dev : (k,) ndarray
        Posterior standard deviations; cells are independent.

    References
    ----------
    Little (1993), Journal of the American Statistical Association 88:1001-1012,
    doi:10.1080/01621459.1993.10476368.

    Examples
    --------
    >>> mean, std_dev = poststratified(
    ...     counts=[[40, 8, 2], [25, 1, 1], [22, 1, 0]], prior=[1, 1, 1], weight=[1000, 3000, 500]
    ... )
    >>> mean.round(3), std_dev.round(3)
    (array([0.848, 0.091, 0.061]), array([0.043, 0.032, 0.031]))
    """
    y, a, w = (np.asarray(x, dtype=np.float64) for x in (counts, prior, weight))
    parameters, w = y + a, w / w.sum()
    total = parameters.sum(axis=1, keepdims=True)
    mean = parameters / total
    spread = mean * ((total - parameters) / total) / (total + 1.0)
    return np.asarray(w @ mean), np.sqrt(w**2 @ spread)
