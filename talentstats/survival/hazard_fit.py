"""Maximum likelihood of hazard regressions on cells."""

import warnings
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag

from talentstats.errors import ConvergenceError
from talentstats.stats.grouped_fit import fit_binomial, fit_poisson
from talentstats.stats.maximise import Fit
from talentstats.stats.multinomial_fit import fit_multinomial
from talentstats.summaries.columns import frozen
from talentstats.survival.hazard_design import HazardRows, Link
from talentstats.survival.hazard_steps import Destinations
from talentstats.survival.hazard_terms import not_converged, row_terms
from talentstats.survival.hazard_wide_fit import fit_wide

Floats = NDArray[np.float64]

_MOST_STEPS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HazardFit:
    """Estimates of k destinations, q columns each.

    Parameters
    ----------
    coefficients : (k * q,) ndarray of float
        Destination by destination; infinite for free steps in which nobody, or everybody,
        left.
    information : (k * q, k * q) ndarray of float
        Expected information, of wide cells the observed one; 0 for these steps.
    log_likelihood : float
        Of the survival times, without the penalty: for the log link events times log
        hazard less hazard times exposure.
    penalised : bool
        Whether Jeffreys' penalty was added.
    """

    coefficients: Floats
    information: Floats
    log_likelihood: float
    penalised: bool

    def __post_init__(self) -> None:
        for name in ("coefficients", "information"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64))


def outcomes(rows: HazardRows, destinations: Destinations) -> Floats:
    """Events of each process that is fitted.

    Parameters
    ----------
    rows : HazardRows
        The rows.
    destinations : {"any", "cause-specific", "multinomial"}
        How destinations compete.

    Returns
    -------
    (m, k) ndarray of float
        One column for "any".
    """
    if destinations == "any":
        return np.asarray(rows.events.sum(axis=1, keepdims=True))
    return rows.events


def fit_hazards(
    rows: HazardRows,
    *,
    link: Link,
    destinations: Destinations,
    penalised: bool,
    start: Floats | None = None,
) -> HazardFit:
    """Fit all destinations.

    Parameters
    ----------
    rows : HazardRows
        The rows.
    link : {"cloglog", "logit", "log"}
        The link.
    destinations : {"any", "cause-specific", "multinomial"}
        How destinations compete.
    penalised : bool
        Whether to add Jeffreys' penalty.
    start : (k * q,) ndarray of float or None
        Where a penalised fit starts.

    Returns
    -------
    HazardFit
        The estimates.

    Raises
    ------
    ConvergenceError
        If the fit does not converge.
    """
    events = outcomes(rows, destinations)
    if destinations == "multinomial":
        found = fit_kernel(
            rows.matrix,
            events,
            rows.trials(link),
            link=link,
            joint=True,
            penalised=penalised,
            start=start,
        )
        return HazardFit(
            coefficients=found.coefficients,
            information=found.information,
            log_likelihood=found.log_likelihood,
            penalised=penalised,
        )
    starts = [None] * events.shape[1] if start is None else np.split(start, events.shape[1])
    fits = [
        _fit_one(rows, y, link, penalised, first) for y, first in zip(events.T, starts, strict=True)
    ]
    return HazardFit(
        coefficients=np.concatenate([fit.coefficients for fit in fits]),
        information=block_diag(*(fit.information for fit in fits)),
        log_likelihood=sum(fit.log_likelihood for fit in fits),
        penalised=penalised,
    )


def _fit_one(
    rows: HazardRows, events: Floats, link: Link, penalised: bool, start: Floats | None
) -> HazardFit:
    """Fit one process; steps whose estimate is infinite are left out of an unpenalised fit."""
    x, trials = rows.matrix, rows.trials(link)
    limit = np.full(x.shape[1], np.nan) if penalised else boundary_steps(rows, events, link)
    inside = np.isnan(limit)
    kept = ~(x[:, ~inside] > 0).any(axis=1)
    x, events, trials = x[np.ix_(kept, inside)], events[kept], trials[kept]
    if rows.wide is not None:
        wide = replace(rows.wide, matrix=rows.wide.matrix[:, inside])
        beta, own, value = fit_wide(x, events, trials, wide, link)
        fit = HazardFit(coefficients=beta, information=own, log_likelihood=value, penalised=False)
    else:
        if penalised:
            beta = fit_kernel(
                x, events[:, None], trials, link=link, joint=False, penalised=True, start=start
            ).coefficients
        else:
            beta = _glm(x, events, trials, link)
        terms = row_terms(x @ beta, events=events, trials=trials, link=link)
        fit = HazardFit(
            coefficients=beta,
            information=x.T @ (terms.expected[:, None] * x),
            log_likelihood=float(terms.log_likelihood.sum()),
            penalised=penalised,
        )
    if inside.all():
        return fit
    information = np.zeros((limit.size, limit.size))
    information[np.ix_(inside, inside)] = fit.information
    coefficients = limit.copy()
    coefficients[inside] = fit.coefficients
    return replace(fit, coefficients=coefficients, information=information)


def boundary_steps(rows: HazardRows, events: Floats, link: Link) -> Floats:
    """Steps of a free baseline in which nobody, or everybody, left.

    Their estimates are infinite, and they say nothing of the other coefficients.

    Parameters
    ----------
    rows : HazardRows
        The rows.
    events : (m,) ndarray of float
        Events of one process.
    link : {"cloglog", "logit", "log"}
        The link.

    Returns
    -------
    (q,) ndarray of float
        The infinite estimates; NaN for all other columns.
    """
    limit = np.full(rows.matrix.shape[1], np.nan)
    free = np.arange(limit.size) < rows.free_steps
    left = events @ rows.matrix
    spanned = np.zeros(limit.size) if rows.wide is None else rows.wide.matrix.sum(axis=0)
    limit[free & (left == 0) & (spanned == 0)] = -np.inf
    if link != "log":
        stayed = (rows.trials(link) - events) @ rows.matrix
        limit[free & (stayed == 0) & (spanned == 0)] = np.inf
    return limit


def fit_kernel(
    x: Floats,
    events: Floats,
    trials: Floats,
    *,
    link: Link,
    joint: bool,
    penalised: bool,
    fixed: NDArray[np.bool_] | None = None,
    start: Floats | None = None,
) -> Fit:
    """Fit one process, or all destinations at once, by the kernels of `stats`.

    Parameters
    ----------
    x : (m, q) ndarray of float
        The matrix.
    events : (m, k) ndarray of float
        Events; one column unless `joint`.
    trials : (m,) ndarray of float
        People, or person-time with the log link.
    link : {"cloglog", "logit", "log"}
        The link.
    joint : bool
        Whether all destinations are held against staying at once.
    penalised : bool
        Whether to add Jeffreys' penalty.
    fixed : ndarray of bool or None
        Coefficients that keep their value.
    start : ndarray of float or None
        Where to start.

    Returns
    -------
    Fit
        The estimates.

    Raises
    ------
    ConvergenceError
        If the fit does not converge.
    """
    options: dict[str, Any] = {"penalised": penalised, "fixed": fixed, "start": start}
    if joint:
        found = fit_multinomial(design=x, counts=with_stayers(events, trials), **options)
    elif link == "log":
        found = fit_poisson(design=x, events=events[:, 0], exposure=trials, **options)
    else:
        found = fit_binomial(design=x, events=events[:, 0], trials=trials, link=link, **options)
    if not found.converged:
        raise ConvergenceError(not_converged(f"{found.steps} steps"))
    return found


def with_stayers(events: Floats, people: Floats) -> Floats:
    """People who stay, then those who leave by destination.

    Parameters
    ----------
    events : (m, k) ndarray of float
        Who left.
    people : (m,) ndarray of float
        Who was at risk.

    Returns
    -------
    (m, 1 + k) ndarray of float
        Counts.
    """
    return np.column_stack([people - events.sum(axis=1), events])


def _glm(x: Floats, events: Floats, trials: Floats, link: Link) -> Floats:
    """Unpenalised estimates by statsmodels, which must have converged."""
    import statsmodels.api as sm

    links = sm.families.links
    model: Any
    if link == "log":
        model = sm.GLM(events, x, family=sm.families.Poisson(), offset=np.log(trials))
    else:
        kind = links.CLogLog() if link == "cloglog" else links.Logit()
        both = np.column_stack([events, trials - events])
        model = sm.GLM(both, x, family=sm.families.Binomial(link=kind))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = model.fit(
                maxiter=_MOST_STEPS, tol=1e-11, rtol=1e-11, tol_criterion="params", method="IRLS"
            )
        except (ValueError, np.linalg.LinAlgError) as error:
            raise ConvergenceError(not_converged(f"statsmodels: {error}")) from error
    beta = np.asarray(found.params, dtype=np.float64)
    terms = row_terms(x @ beta, events=events, trials=trials, link=link)
    score = x.T @ terms.score
    scale = np.abs(x).T @ (events + terms.expected)
    if not (found.converged and np.all(np.abs(score) <= 1e-7 * np.maximum(scale, 1e-300))):
        raise ConvergenceError(not_converged(f"{_MOST_STEPS} steps"))
    return beta
