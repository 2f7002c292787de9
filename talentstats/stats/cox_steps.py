"""The steps of the baseline hazard at given coefficients, under Breslow's and Efron's rules.

At a time with d ends, Efron's rule lets the others at risk meet the mean of the d! orders: the
l-th end meets all at risk less the share l / d of those who end. Breslow's lets all meet all.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from talentstats.stats.cox_data import CoxData, spans, suffix_sums
from talentstats.stats.limits import Floats

type SmoothTies = Literal["efron", "breslow"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoxSteps:
    """Hazard steps and what the partial likelihood needs of them.

    Parameters
    ----------
    risk : numpy.ndarray
        Mass times relative hazard of each row (n,), up to a common factor.
    jump : numpy.ndarray
        Step of the cumulative hazard at each time (m,), for a row of relative hazard 1.
    relief : numpy.ndarray
        The part of the step that those who end at the time do not meet (m,).
    square : numpy.ndarray
        Sums over the ends at each time of weight / denominator squared, times 1, share and share
        squared (3, m).
    log_likelihood : float
        Log partial likelihood.
    """

    risk: Floats
    jump: Floats
    relief: Floats
    square: Floats
    log_likelihood: float


def cox_steps(data: CoxData, *, beta: Floats, ties: SmoothTies) -> CoxSteps:
    """Hazard steps at given coefficients.

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
    CoxSteps
        Steps.

    References
    ----------
    Efron, B. (1977). The efficiency of Cox's likelihood function for censored data. Journal of
    the American Statistical Association 72, 557-565. doi:10.1080/01621459.1977.10480613
    """
    predictor = data.x @ beta
    # The likelihood knows only differences; the largest must not overflow.
    predictor -= predictor.max(initial=0.0)
    risk = data.mass * np.exp(predictor)
    total = suffix_sums(data, risk)
    weight = data.end_mass
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        jump, relief = weight / total, np.zeros(total.size)
        square = np.zeros((3, total.size))
        square[0] = jump / total
        cost = weight * np.log(total)
        if ties == "efron" and data.tie.size:
            tie, share, mean = data.tie, data.share, data.mean_mass
            own = end_sums(data, risk)
            left = total[tie] - share * own[tie]
            cost[tie] = 0.0
            np.add.at(cost, tie, mean[tie] * np.log(left))
            rate = mean[tie] / left
            several = np.unique(tie)
            for target, values in (
                (jump, rate),
                (relief, rate * share),
                (square[0], rate / left),
                (square[1], rate * share / left),
                (square[2], rate * share**2 / left),
            ):
                target[several] = np.bincount(tie, weights=values, minlength=total.size)[several]
        ends = float(data.mass[data.dead] @ predictor[data.dead])
        # Where risks underflow the coefficients are far from any maximum.
        value = ends - float(cost.sum())
        return CoxSteps(
            risk=risk,
            jump=jump,
            relief=relief,
            square=square,
            log_likelihood=value if np.isfinite(value) else -np.inf,
        )


def end_sums(data: CoxData, values: Floats) -> Floats:
    """Sums over those who end at each time that has several ends; elsewhere 0.

    Parameters
    ----------
    data : CoxData
        Rows.
    values : numpy.ndarray
        One value a row (n,).

    Returns
    -------
    numpy.ndarray
        Sums (m,).
    """
    place, dead = data.place[data.tied], data.dead[data.tied]
    return np.bincount(place, weights=values[dead], minlength=data.time.size)


def met(data: CoxData, steps: CoxSteps, *, emphasis: Floats | None = None) -> Floats:
    """Mass times hazard that each row met while at risk.

    Parameters
    ----------
    data : CoxData
        Rows.
    steps : CoxSteps
        Hazard steps.
    emphasis : numpy.ndarray or None
        Weight of each time (m,); None is 1.

    Returns
    -------
    numpy.ndarray
        Shape (n,).
    """
    weight = 1.0 if emphasis is None else emphasis
    sums = spans(data, steps.jump * weight) * steps.risk
    if data.tied.size:
        dead = data.dead[data.tied]
        sums[dead] -= (steps.risk[dead]) * (steps.relief * weight)[data.place[data.tied]]
    return np.asarray(sums)
