"""Score tests of proportional hazards: whether a coefficient changes with time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from talentstats.stats.cox_data import CoxData
from talentstats.stats.cox_likelihood import first_moments, information
from talentstats.stats.cox_steps import CoxSteps, met
from talentstats.stats.limits import Floats, read_only

_KNOWN = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProportionalityTests:
    """Tests of several sets of coefficients.

    Parameters
    ----------
    statistic : numpy.ndarray
        Chi-squared statistics (g,); NaN where too few ends tell of a change.
    df : numpy.ndarray
        Degrees of freedom (g,).
    p_value : numpy.ndarray
        Upper tail probabilities (g,).
    """

    statistic: Floats
    df: Floats
    p_value: Floats

    def __post_init__(self) -> None:
        for name in ("statistic", "df", "p_value"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def proportionality_tests(
    data: CoxData, steps: CoxSteps, *, time_scale: Floats, sets: Sequence[Sequence[int]]
) -> ProportionalityTests:
    """Score tests of covariate times time added to the model, for sets of covariates.

    Parameters
    ----------
    data : CoxData
        Rows.
    steps : CoxSteps
        Hazard steps at the estimate.
    time_scale : numpy.ndarray
        The function of time at each time of an end (m,).
    sets : sequence of sequence of int
        Which coefficients each test lets change.

    Returns
    -------
    ProportionalityTests
        One test a set.

    References
    ----------
    Grambsch, P. M. and Therneau, T. M. (1994). Proportional hazards tests and diagnostics based on
    weighted residuals. Biometrika 81, 515-526. doi:10.1093/biomet/81.3.515

    Examples
    --------
    >>> from talentstats.stats.cox_data import cox_data
    >>> from talentstats.stats.cox_steps import cox_steps
    >>> data = cox_data(entry=[0] * 3, exit=[1, 2, 3], event=[1, 1, 0], x=[[0], [1], [0]])
    >>> steps = cox_steps(data, beta=np.zeros(1), ties="efron")
    >>> tests = proportionality_tests(data, steps, time_scale=data.time, sets=[[0]])
    >>> tests.df
    array([1.])
    """
    # The mean over people who ended: a constant would only repeat the model's own score.
    g = time_scale - np.average(time_scale, weights=data.ends)
    every, own = moments = first_moments(data, steps)
    blocks = [
        information(data, steps, hazard=met(data, steps, emphasis=e), moments=moments, emphasis=e)
        for e in (np.ones(g.size), g, g * g)
    ]
    dead = data.dead
    score = (data.mass[dead] * g[data.place]) @ data.x[dead]
    score -= (g * steps.jump) @ every - (g * steps.relief) @ own
    statistics = []
    for columns in sets:
        k = np.asarray(columns, dtype=np.intp)
        cross = blocks[1][:, k]
        own = blocks[2][np.ix_(k, k)]
        spread = own - cross.T @ np.linalg.solve(blocks[0], cross)
        # Where the function of time adds nothing that could be estimated there is no test.
        root = np.sqrt(np.maximum(np.diag(own), np.finfo(float).tiny))
        known = np.linalg.eigvalsh(spread / np.outer(root, root))[0] > _KNOWN
        statistics.append(
            float(score[k] @ np.linalg.solve(spread, score[k])) if known else float("nan")
        )
    statistic = np.maximum(np.array(statistics), 0.0)
    df = np.array([len(columns) for columns in sets], dtype=np.float64)
    return ProportionalityTests(
        statistic=statistic, df=df, p_value=special.gammaincc(df / 2.0, statistic / 2.0)
    )
