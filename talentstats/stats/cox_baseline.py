"""Cumulative hazard under a Cox model for given covariates, honouring delayed entry."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talentstats.stats.cox_data import CoxData
from talentstats.stats.cox_likelihood import first_moments
from talentstats.stats.cox_steps import CoxSteps
from talentstats.stats.limits import Floats, read_only
from talentstats.stats.risk_sets import Whole


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoxBaseline:
    """Cumulative hazard at the distinct times of ends, at the centre of the covariates.

    Parameters
    ----------
    time, stratum : numpy.ndarray
        Times of ends, increasing within each stratum (m,).
    hazard : numpy.ndarray
        Steps of the cumulative hazard (m,).
    variance : numpy.ndarray
        Steps of its variance at known coefficients (m,).
    mean : numpy.ndarray
        Steps of hazard times mean covariates of those at risk (m, p), as scaled.
    """

    time: Floats
    stratum: Whole
    hazard: Floats
    variance: Floats
    mean: Floats

    def __post_init__(self) -> None:
        for name in ("time", "hazard", "variance", "mean"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def cox_baseline(data: CoxData, steps: CoxSteps, *, beta: Floats) -> CoxBaseline:
    """Baseline of a fit, by Breslow's estimator or its form for Efron's ties.

    Parameters
    ----------
    data : CoxData
        Rows.
    steps : CoxSteps
        Hazard steps at the estimate.
    beta : numpy.ndarray
        The estimate, of the scaled covariates (p,).

    Returns
    -------
    CoxBaseline
        Steps.

    Examples
    --------
    >>> from talentstats.stats.cox_data import cox_data
    >>> from talentstats.stats.cox_steps import cox_steps
    >>> data = cox_data(entry=[0, 0, 1], exit=[1, 2, 3], event=[1, 1, 0], x=[[0.0], [0.0], [0.0]])
    >>> steps = cox_steps(data, beta=np.zeros(1), ties="efron")
    >>> cox_baseline(data, steps, beta=np.zeros(1)).hazard  # two at risk at 1, two at 2
    array([0.5, 0.5])
    """
    # The likelihood's risks are relative to the largest; the centre has relative hazard 1.
    top = float((data.x @ beta).max(initial=0.0))
    shrink = float(np.exp(-top))
    every, own = first_moments(data, steps)
    mean = every * steps.square[0][:, None] - own * steps.square[1][:, None]
    return CoxBaseline(
        time=data.time,
        stratum=data.stratum,
        hazard=steps.jump * shrink,
        variance=steps.square[0] * shrink**2,
        mean=mean * shrink,
    )


def hazard_between(
    baseline: CoxBaseline,
    *,
    covariance: Floats,
    beta: Floats,
    x: ArrayLike,
    stratum: int,
    start: float,
    at: ArrayLike,
) -> tuple[Floats, Floats]:
    """Cumulative hazard from a start to some times for given covariates, with its variance.

    Parameters
    ----------
    baseline : CoxBaseline
        From `cox_baseline`.
    covariance : numpy.ndarray
        Covariance of the coefficients of the scaled covariates (p, p).
    beta : numpy.ndarray
        Coefficients (p,).
    x : array_like
        Scaled covariates (p,).
    stratum : int
        Number of the stratum.
    start : float
        Time from which hazard is added up: ends up to it do not count.
    at : array_like
        Times (s,).

    Returns
    -------
    tuple of (numpy.ndarray, numpy.ndarray)
        Cumulative hazard and variance (s,).

    References
    ----------
    Tsiatis, A. A. (1981). A large sample study of Cox's regression model. Annals of Statistics 9,
    93-108. doi:10.1214/aos/1176345335

    Examples
    --------
    >>> base = CoxBaseline(time=np.array([1.0, 2.0]), stratum=np.zeros(2, dtype=int),
    ...     hazard=np.array([0.5, 0.5]), variance=np.array([0.25, 0.25]), mean=np.zeros((2, 1)))
    >>> hazard_between(base, covariance=np.zeros((1, 1)), beta=np.zeros(1), x=[0.0], stratum=0,
    ...     start=1.0, at=[2.0])
    (array([0.5]), array([0.25]))
    """
    profile = np.asarray(x, dtype=np.float64)
    inside = (baseline.stratum == stratum) & (baseline.time > start)
    place = np.searchsorted(baseline.time[inside], np.asarray(at, dtype=float), side="right")
    p = profile.size

    def until(steps: Floats) -> Floats:
        sums = np.concatenate([np.zeros((1, *steps.shape[1:])), np.cumsum(steps[inside], axis=0)])
        return np.asarray(sums[place])

    hazard, relative = until(baseline.hazard), float(np.exp(profile @ beta))
    drift = hazard[:, None] * profile - until(baseline.mean).reshape(-1, p)
    variance = until(baseline.variance) + np.einsum("si,ij,sj->s", drift, covariance, drift)
    return np.asarray(hazard * relative), np.asarray(variance * relative**2)
