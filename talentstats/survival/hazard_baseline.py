"""The baseline of a penalised fit, refitted so that predictions are not pulled up.

Jeffreys' penalty takes the bias out of log hazards, and with it adds about half an event
to each parameter: with free steps, predicted hazards are too high by that much. As in
FLIC (Puhr and others 2017), the ratios of the penalised fit are kept and the columns of
duration are fitted to them by maximum likelihood; with the logit and the log link as many
people are then expected to leave as left.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag

from talentstats.errors import ConvergenceError
from talentstats.stats.grouped_fit import fit_binomial, fit_poisson
from talentstats.survival.hazard_design import HazardRows, Link
from talentstats.survival.hazard_errors import meat
from talentstats.survival.hazard_fit import HazardFit, boundary_steps, outcomes
from talentstats.survival.hazard_steps import Destinations, linear_predictor, step_probabilities
from talentstats.survival.hazard_terms import row_terms

Floats = NDArray[np.float64]

_MOST_STEPS: Final = 100
_LOST: Final = (
    "the baseline of the penalised fit did not converge, so there are no predictions. Hint: "
    "duration='linear' or 'constant', or wider cells."
)


def with_own_baseline(
    fit: HazardFit, rows: HazardRows, *, columns: int, link: Link, destinations: Destinations
) -> HazardFit:
    """Refit the baseline by maximum likelihood, the other coefficients kept.

    Parameters
    ----------
    fit : HazardFit
        A penalised fit.
    rows : HazardRows
        Its rows.
    columns : int
        How many of the first columns are of duration.
    link : {"cloglog", "logit", "log"}
        The link.
    destinations : {"any", "cause-specific", "multinomial"}
        How destinations compete.

    Returns
    -------
    HazardFit
        Coefficients, and the information of all of them there.

    Raises
    ------
    ConvergenceError
        If the baseline does not converge.

    References
    ----------
    Puhr, Heinze, Nold, Lusa and Geroldinger (2017), Statistics in Medicine
    36:2302-2317, doi:10.1002/sim.7273.
    """
    events = outcomes(rows, destinations)
    beta = fit.coefficients.reshape(events.shape[1], -1).copy()
    limit = np.array([boundary_steps(rows, y, link)[:columns] for y in events.T])
    x, trials = rows.matrix, rows.trials(link)
    known = x[:, columns:] @ beta[:, columns:].T
    if destinations == "multinomial":
        beta[:, :columns] = _joint(x[:, :columns], events, trials, known, np.isnan(limit))
        return replace(
            fit,
            coefficients=beta.ravel(),
            information=_joint_information(x, trials, beta.ravel()),
        )
    parts, value = [], 0.0
    for j, y in enumerate(events.T):
        inside = np.flatnonzero(np.isnan(limit[j]))
        kept = ~(x[:, :columns][:, ~np.isnan(limit[j])] > 0).any(axis=1)
        own = x[np.ix_(kept, inside)]
        if link == "log":
            found = fit_poisson(
                design=own, events=y[kept], exposure=trials[kept], offset=known[kept, j]
            )
        else:
            found = fit_binomial(
                design=own, events=y[kept], trials=trials[kept], link=link, offset=known[kept, j]
            )
        if not found.converged:
            raise ConvergenceError(_LOST)
        beta[j, :columns] = limit[j]
        beta[j, inside] = found.coefficients
        terms = row_terms(
            own @ found.coefficients + known[kept, j],
            events=y[kept],
            trials=trials[kept],
            link=link,
        )
        weight = np.zeros(len(x))
        weight[kept] = terms.expected
        parts.append(x.T @ (weight[:, None] * x))
        value += float(terms.log_likelihood.sum())
    return replace(
        fit,
        coefficients=beta.ravel(),
        information=block_diag(*parts),
        log_likelihood=value,
    )


def baseline_bread(
    penalised: HazardFit, refitted: HazardFit, *, columns: int, destinations: int
) -> tuple[Floats, Floats]:
    """What the refitted estimates are of the scores, and their covariance under the model.

    The ratios b keep their covariance; the baseline a solves its own equations given b,
    so that it moves with b by -inverse(I_aa) I_ab, and has the variance inverse(I_aa)
    besides. Without a penalty both are the inverse information.

    Parameters
    ----------
    penalised, refitted : HazardFit
        Before and after.
    columns : int
        How many of the first columns of each destination are of duration.
    destinations : int
        The number k.

    Returns
    -------
    tuple of ndarray
        Both (k * q, k * q).
    """
    size = refitted.coefficients.size
    duration = np.arange(size) % (size // destinations) < columns
    a = np.flatnonzero(duration & np.isfinite(refitted.coefficients))
    b = np.flatnonzero(~duration)
    whole = np.linalg.inv(penalised.information)
    height = np.linalg.inv(refitted.information[np.ix_(a, a)])
    moved = -height @ refitted.information[np.ix_(a, b)]
    turn, own = np.zeros((size, size)), np.zeros((size, size))
    turn[b] = whole[b]
    turn[a] = moved @ whole[b]
    turn[np.ix_(a, a)] += height
    own[np.ix_(b, b)] = whole[np.ix_(b, b)]
    own[np.ix_(a, b)] = moved @ whole[np.ix_(b, b)]
    own[np.ix_(b, a)] = own[np.ix_(a, b)].T
    own[np.ix_(a, a)] = height + moved @ whole[np.ix_(b, b)] @ moved.T
    return turn, own


def _joint(
    d: Floats, events: Floats, people: Floats, known: Floats, inside: NDArray[np.bool_]
) -> Floats:
    """Baselines (k, columns) of all destinations at once, by Newton's method."""
    k = events.shape[1]
    free = inside.ravel()
    start = np.log((events.sum(axis=0) + 0.5) / (people.sum() - events.sum() + 0.5))
    alpha = np.linalg.lstsq(d, start - known, rcond=None)[0].T.ravel()
    alpha[~free] = -np.inf

    def at(place: Floats) -> tuple[float, Floats, Floats]:
        eta = linear_predictor(d, place) + known
        p, change = step_probabilities(
            eta, link="logit", destinations="multinomial", length=np.ones(len(d))
        )
        stay = people - events.sum(axis=1)
        value = float(
            np.sum(np.where(events > 0, events * np.log(np.where(events > 0, p, 1.0)), 0.0))
            + stay @ np.log1p(-np.minimum(p.sum(axis=1), 1 - 1e-16))
        )
        score = ((events - people[:, None] * p).T @ d).ravel()
        return value, score, meat(d, people[:, None, None] * change)

    value, score, information = at(alpha)
    for _ in range(_MOST_STEPS):
        move = np.zeros(k * d.shape[1])
        move[free] = np.linalg.solve(information[np.ix_(free, free)], score[free])
        if move @ score <= 1e-16 * (1.0 + abs(value)):
            return alpha.reshape(k, -1)
        share = 1.0
        while share > 1e-8:
            there = at(np.where(free, alpha + share * move, -np.inf))
            if there[0] > value - 1e-13 * abs(value):
                break
            share /= 2
        alpha = np.where(free, alpha + share * move, -np.inf)
        value, score, information = there
    raise ConvergenceError(_LOST)


def _joint_information(x: Floats, people: Floats, beta: Floats) -> Floats:
    """Information of all coefficients of all destinations."""
    _, change = step_probabilities(
        linear_predictor(x, beta), link="logit", destinations="multinomial", length=np.ones(len(x))
    )
    return meat(x, people[:, None, None] * change)
