"""Firth's penalised partial likelihood: finite where the likelihood has no maximum.

Half the log determinant of the information is added; estimates are nearly without bias.
"""

import numpy as np

from talentstats.stats.cox_data import CoxData, suffix_sums
from talentstats.stats.cox_fit import inverse
from talentstats.stats.cox_likelihood import Likelihood, cox_likelihood
from talentstats.stats.cox_steps import SmoothTies, cox_steps
from talentstats.stats.limits import Floats


def firth_likelihood(data: CoxData, *, beta: Floats, ties: SmoothTies) -> Likelihood:
    """Penalised log partial likelihood and its gradient, with the unpenalised information.

    Parameters
    ----------
    data : CoxData
        Rows.
    beta : numpy.ndarray
        Coefficients of the scaled covariates (p,).
    ties : {"efron", "breslow"}
        Rule for ends at one time.

    Returns
    -------
    Likelihood
        At `beta`; the determinant is that of the unscaled covariates.

    References
    ----------
    Heinze, G. and Schemper, M. (2001). A solution to the problem of monotone likelihood in Cox
    regression. Biometrics 57, 114-119. doi:10.1111/j.0006-341X.2001.00114.x

    Examples
    --------
    >>> from talentstats.stats.cox_data import cox_data
    >>> data = cox_data(entry=[0] * 3, exit=[1, 2, 3], event=[1, 0, 0], x=[[1], [0], [0]])
    >>> at = firth_likelihood(data, beta=np.zeros(1), ties="breslow")
    >>> bool(at.score[0] > 0)  # all who ended have x = 1
    True
    """
    plain = cox_likelihood(data, beta=beta, ties=ties)
    spread = inverse(plain.information)
    if spread is None:
        return Likelihood(log_likelihood=-np.inf, score=plain.score, information=plain.information)
    _, size = np.linalg.slogdet(plain.information)
    penalty = 0.5 * size + float(np.log(data.scale).sum())
    return Likelihood(
        log_likelihood=plain.log_likelihood + penalty,
        score=plain.score + 0.5 * _information_slope(data, beta, ties, spread),
        information=plain.information,
    )


def _information_slope(data: CoxData, beta: Floats, ties: SmoothTies, spread: Floats) -> Floats:
    """Return the trace of the covariance times the derivative of the information.

    The derivative is a sum of third central moments over those at risk, so that the trace is the
    sum of covariances of x with its squared length (x - mean)' covariance (x - mean).
    """
    steps = cox_steps(data, beta=beta, ties=ties)
    x, risk = data.x, steps.risk
    p = x.shape[1]
    length = np.einsum("ij,ij->i", x @ spread, x)
    columns = [risk, *(risk * x[:, j] for j in range(p)), risk * length]
    columns += [risk * length * x[:, j] for j in range(p)]
    columns += [risk * x[:, j] * x[:, k] for j in range(p) for k in range(j, p)]
    sums = np.stack([suffix_sums(data, column) for column in columns], axis=1)
    mass = data.end_mass
    if ties == "efron" and data.tie.size:
        # One denominator an end: all at risk less a share of those who end.
        place, dead = data.place, data.dead
        own = np.stack(
            [np.bincount(place, weights=c[dead], minlength=data.time.size) for c in columns],
            axis=1,
        )
        single = np.flatnonzero(data.ends == 1)
        sums = np.concatenate([sums[single], sums[data.tie] - data.share[:, None] * own[data.tie]])
        mass = np.concatenate([mass[single], data.mean_mass[data.tie]])
    means = sums[:, 1:] / sums[:, :1]
    centre, of_length, third = means[:, :p], means[:, p], means[:, p + 1 : 2 * p + 1]
    along = centre @ spread
    second = np.zeros((means.shape[0], p, p))
    upper = np.triu_indices(p)
    second[:, upper[0], upper[1]] = second[:, upper[1], upper[0]] = means[:, 2 * p + 1 :]
    turned = np.einsum("kij,kj->ki", second, along)
    inner = np.einsum("ki,ki->k", centre, along)
    slope = third - centre * of_length[:, None] - 2.0 * (turned - centre * inner[:, None])
    return np.asarray(mass @ slope)
