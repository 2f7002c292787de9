"""Covariance of the coefficients of hazard regressions: four ways, and what each assumes."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, exprel

from talentstats.errors import InputError
from talentstats.summaries.columns import coded, frozen
from talentstats.survival.hazard_design import HazardRows, Link
from talentstats.survival.hazard_fit import HazardFit, outcomes, with_stayers
from talentstats.survival.hazard_steps import (
    Destinations,
    linear_predictor,
    step_probabilities,
)
from talentstats.survival.hazard_terms import row_terms

Floats = NDArray[np.float64]
Errors = Literal["model", "robust", "cluster", "overdispersed"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HazardErrors:
    """Covariance of the coefficients, and what it rests on.

    Parameters
    ----------
    covariance : (k * q, k * q) ndarray of float
        In the order of the coefficients.
    dispersion : float
        Pearson's X2 over its degrees of freedom, the largest of the destinations; NaN
        unless overdispersed.
    clusters : int
        Number of clusters; 0 unless clustered.
    degrees : float
        Degrees of freedom of t intervals; infinite for normal ones.
    """

    covariance: Floats
    dispersion: float
    clusters: int
    degrees: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "covariance", frozen(self.covariance, np.float64))


def hazard_errors(
    fit: HazardFit,
    rows: HazardRows,
    *,
    link: Link,
    destinations: Destinations,
    errors: Errors,
    bread: tuple[Floats, Floats] | None = None,
) -> HazardErrors:
    """Covariance at the estimates.

    "model" inverts the information; between destinations that compete cause by cause it
    adds the covariance of their scores under the model, since nobody leaves for two
    places at once. "robust" is the sandwich in which every person and step is an
    observation; with the log link a cell is, since the people's own times are not kept.
    "cluster" sums scores within clusters, times G / (G - 1) as in R's sandwich::vcovCL.
    "overdispersed" multiplies by Pearson's X2 over its degrees of freedom, a cell being
    an observation, as in R's quasibinomial and quasipoisson.

    Parameters
    ----------
    fit : HazardFit
        The estimates.
    rows : HazardRows
        The rows.
    link : {"cloglog", "logit", "log"}
        The link.
    destinations : {"any", "cause-specific", "multinomial"}
        How destinations compete.
    errors : {"model", "robust", "cluster", "overdispersed"}
        Which covariance.
    bread : tuple of ndarray or None
        For estimates that do not all solve one set of equations: what they are of the
        scores, and their covariance under the model; None is the inverse information.

    Returns
    -------
    HazardErrors
        The covariance.

    Raises
    ------
    InputError
        If there are fewer than two clusters, or no more cells than coefficients.

    References
    ----------
    Liang and Zeger (1986), Biometrika 73:13-22, doi:10.1093/biomet/73.1.13.
    McCullagh and Nelder (1989), Generalized Linear Models, section 4.5,
    doi:10.1201/9780203753736.
    """
    turn, own = (_inverse(fit),) * 2 if bread is None else bread
    clusters, dispersion, degrees = 0, float("nan"), float("inf")
    events = outcomes(rows, destinations)
    x = rows.matrix
    predictor = linear_predictor(x, fit.coefficients)
    if errors == "model":
        covariance = own
        if destinations == "cause-specific" and link != "log":
            scores, p = _person_scores(predictor, link, destinations)
            expected = rows.trials(link)[:, None] * p
            spread = np.einsum("io,ioa,iob->iab", expected, scores, scores)
            spread[:, np.arange(events.shape[1]), np.arange(events.shape[1])] = 0.0
            covariance = own + turn @ meat(x, spread) @ turn.T
    elif errors == "robust":
        filling = _robust_meat(fit, rows, events, predictor, link, destinations)
        covariance = turn @ filling @ turn.T
    elif errors == "cluster":
        sums = _cluster_sums(fit, rows, events, predictor, link, destinations)
        clusters = len(sums)
        if clusters < 2:
            raise InputError(
                f"errors='cluster' needs two clusters or more; the cells have {clusters}. Hint: "
                "errors='model'."
            )
        covariance = clusters / (clusters - 1) * (turn @ (sums.T @ sums) @ turn.T)
    else:
        factor, degrees = _dispersion(rows, events, predictor, link, destinations)
        size = np.sqrt(np.repeat(factor, x.shape[1]))
        covariance, dispersion = own * np.outer(size, size), float(factor.max())
    return HazardErrors(
        covariance=(covariance + covariance.T) / 2,
        dispersion=dispersion,
        clusters=clusters,
        degrees=degrees,
    )


def _inverse(fit: HazardFit) -> Floats:
    """Inverse of the information; 0 for steps without an estimate."""
    known = np.isfinite(fit.coefficients)
    inverse: Floats = np.zeros(fit.information.shape)
    inverse[np.ix_(known, known)] = np.linalg.inv(fit.information[np.ix_(known, known)])
    return np.asarray(inverse)


def _person_scores(
    predictor: Floats, link: Link, destinations: Destinations
) -> tuple[Floats, Floats]:
    """Score (m, 1 + k, k) of a person who stays or leaves for each destination, and its chance."""
    m, k = predictor.shape
    p, _ = step_probabilities(predictor, link=link, destinations=destinations, length=np.ones(m))
    if destinations == "multinomial":
        there = np.concatenate([np.zeros((1, k)), np.eye(k)])
        scores = there[None] - p[:, None, :]
    else:
        if link == "logit":
            gone, stayed = expit(-predictor), -p
        else:
            hazard = np.exp(predictor)
            gone, stayed = np.asarray(1.0 / exprel(hazard)), -hazard
        scores = np.repeat(stayed[:, None, :], 1 + k, axis=1)
        for j in range(k):
            scores[:, 1 + j, j] = gone[:, j]
    chance = np.concatenate([1.0 - p.sum(axis=1, keepdims=True), p], axis=1)
    return scores, chance


def meat(x: Floats, spread: Floats) -> Floats:
    """Sum of spread times x x' over rows.

    Parameters
    ----------
    x : (m, q) ndarray of float
        Rows.
    spread : (m, k, k) ndarray of float
        Of the predictors of each row.

    Returns
    -------
    (k * q, k * q) ndarray of float
        Destination by destination.
    """
    k = spread.shape[1]
    blocks = [[x.T @ (spread[:, a, b, None] * x) for b in range(k)] for a in range(k)]
    return np.block(blocks)


def _robust_meat(
    fit: HazardFit,
    rows: HazardRows,
    events: Floats,
    predictor: Floats,
    link: Link,
    destinations: Destinations,
) -> Floats:
    """Sum of squared scores over people and steps; over cells with the log link."""
    x = rows.matrix
    if link == "log":
        residual = events - rows.exposure[:, None] * np.exp(predictor)
        total = meat(x, residual[:, :, None] * residual[:, None, :])
    else:
        scores, _ = _person_scores(predictor, link, destinations)
        squared, people = rows.events_squared, rows.people_squared
        if squared is None or people is None:
            counts = with_stayers(events, rows.trials(link))
        else:
            any_ = destinations == "any"
            counts = with_stayers(squared.sum(axis=1, keepdims=True) if any_ else squared, people)
        total = meat(x, np.einsum("io,ioa,iob->iab", counts, scores, scores))
    if rows.wide is not None:
        pull = _wide_scores(fit, rows)
        total = total + pull.T @ (rows.wide.events_squared[:, None] * pull)
    return total


def _wide_scores(fit: HazardFit, rows: HazardRows) -> Floats:
    """Score (v, q) of one person of each wide end."""
    wide = rows.wide
    assert wide is not None
    predictor = linear_predictor(wide.matrix, fit.coefficients)[:, 0]
    total, slope = wide.sums(wide.length * np.exp(predictor))
    return np.asarray(slope / np.expm1(total)[:, None])


def _cluster_sums(
    fit: HazardFit,
    rows: HazardRows,
    events: Floats,
    predictor: Floats,
    link: Link,
    destinations: Destinations,
) -> Floats:
    """Scores (g, k * q) summed within clusters."""
    trials = rows.trials(link)
    if link == "log":
        residual = events - trials[:, None] * np.exp(predictor)
    else:
        scores, _ = _person_scores(predictor, link, destinations)
        residual = np.einsum("io,ioa->ia", with_stayers(events, trials), scores)
    per_row = (residual[:, :, None] * rows.matrix[:, None, :]).reshape(len(residual), -1)
    labels: NDArray[Any] = np.asarray(rows.cluster)
    if rows.wide is not None:
        pull = rows.wide.events[:, None] * _wide_scores(fit, rows)
        per_row = np.vstack([per_row, pull])
        labels = np.concatenate([labels, np.asarray(rows.wide.cluster)])
    names, place = coded(labels)
    sums = np.zeros((len(names), per_row.shape[1]))
    np.add.at(sums, place, per_row)
    return sums


def _dispersion(
    rows: HazardRows, events: Floats, predictor: Floats, link: Link, destinations: Destinations
) -> tuple[Floats, float]:
    """Pearson's X2 over its degrees of freedom by destination, and these degrees."""
    trials = rows.trials(link)
    m, k = events.shape
    q = rows.matrix.shape[1]
    if m <= q:
        raise InputError(
            f"errors='overdispersed' needs more cells than coefficients; there are {m} cells and "
            f"{q}. Hint: finer cells, or errors='model'."
        )
    if destinations == "multinomial":
        p, _ = step_probabilities(
            predictor, link=link, destinations=destinations, length=np.ones(m)
        )
        chance = np.concatenate([1.0 - p.sum(axis=1, keepdims=True), p], axis=1)
        mean = trials[:, None] * chance
        x2 = float(((with_stayers(events, trials) - mean) ** 2 / mean).sum())
        return np.full(k, x2 / (k * (m - q))), float(k * (m - q))
    factor = np.empty(k)
    for j in range(k):
        some = np.isfinite(predictor[:, j])
        terms = row_terms(
            predictor[some, j], events=events[some, j], trials=trials[some], link=link
        )
        # Pearson's residual is the score over the root of its expected variance.
        factor[j] = np.sum(terms.score**2 / terms.expected) / (m - q)
    return factor, float(m - q)
