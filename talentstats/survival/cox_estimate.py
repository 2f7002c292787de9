"""Estimates of a Cox model: maximum likelihood or Firth's, and their covariance."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from talentstats.errors import ConvergenceError, InputError
from talentstats.stats.cox_data import CoxData, cox_data
from talentstats.stats.cox_exact import exact_likelihood, exact_sets
from talentstats.stats.cox_firth import firth_likelihood
from talentstats.stats.cox_fit import Maximum, inverse, maximise
from talentstats.stats.cox_likelihood import Likelihood, cox_likelihood
from talentstats.stats.cox_residuals import robust_covariance, score_residuals
from talentstats.stats.cox_separation import cox_separation
from talentstats.stats.cox_steps import CoxSteps, SmoothTies, cox_steps
from talentstats.stats.limits import Floats, read_only
from talentstats.survival.cox_rows import CoxRows
from talentstats.survival.formula import Design, check_columns

type Ties = Literal["efron", "breslow", "exact"]
type Penalty = Literal["auto", "none", "firth"]

# Of Peduzzi and others (1995): with fewer, maximum likelihood misleads.
FEW_EVENTS: Final = 10.0
# People at risk times people who end, over all times: some minutes of work.
_MOST_WORK: Final = 2e6
# Ends at shared times: about 1 GB, and a second a step.
_MOST_TIED: Final = 10_000_000
# Share of the information at 0 that is left where estimates may be infinite.
_VANISHED: Final = 1e-4
_SINGULAR: Final = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoxEstimate:
    """Estimates of the covariates as scaled in `data`.

    Parameters
    ----------
    data : CoxData
        Sorted rows.
    ties : str
        "efron", "breslow" or "exact".
    penalised : bool
        Whether Firth's penalty was used.
    infinite : tuple of str
        Coefficients that would be infinite without it.
    beta : (p,) ndarray of float
        Estimates.
    naive : (p, p) ndarray of float
        Inverse information.
    covariance : (p, p) ndarray of float
        Covariance by the errors asked for.
    information : (p, p) ndarray of float
        Information at the estimates.
    score : (p,) ndarray of float
        Score at 0.
    null : (p, p) ndarray of float
        Information at 0.
    log_likelihood, log_likelihood_null : float
        Maximum (penalised if the fit is), and value at 0.
    """

    data: CoxData
    ties: Ties
    penalised: bool
    infinite: tuple[str, ...]
    beta: Floats
    naive: Floats
    covariance: Floats
    information: Floats
    score: Floats
    null: Floats
    log_likelihood: float
    log_likelihood_null: float

    def __post_init__(self) -> None:
        for name in ("beta", "naive", "covariance", "information", "score", "null"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def smooth(self) -> SmoothTies:
        """Rule for the baseline; that of exact ties is Breslow's."""
        return "efron" if self.ties == "efron" else "breslow"

    @property
    def steps(self) -> CoxSteps:
        """Hazard steps at the estimates."""
        return cox_steps(self.data, beta=self.beta, ties=self.smooth)

    def refit(self, fixed: NDArray[np.bool_], start: Floats) -> tuple[float, Floats]:
        """Maximise again with some coefficients fixed.

        Parameters
        ----------
        fixed : (p,) ndarray of bool
            Which keep their value.
        start : (p,) ndarray of float
            Where to begin.

        Returns
        -------
        tuple of (float, ndarray)
            Log likelihood and coefficients.

        Raises
        ------
        ConvergenceError
            If the maximum is not reached.
        """
        likelihood = _likelihood(self.data, self.ties, penalised=self.penalised)
        top = maximise(likelihood, start=start, free=~fixed, secant=self.penalised)
        if not top.converged:
            raise ConvergenceError(
                "the profile of the likelihood could not be followed. Hint: "
                "penalty='firth', or Wald limits with robust=True."
            )
        return top.at.log_likelihood, top.beta


def cox_estimate(
    rows: CoxRows, made: Design, *, ties: Ties, penalty: Penalty, robust: bool
) -> CoxEstimate:
    """Fit the rows.

    Parameters
    ----------
    rows : CoxRows
        Rows.
    made : Design
        Their covariates.
    ties : {"efron", "breslow", "exact"}
        Rule for ends at one time.
    penalty : {"auto", "none", "firth"}
        When to penalise.
    robust : bool
        Whether errors are robust.

    Returns
    -------
    CoxEstimate
        The estimates.

    Raises
    ------
    InputError
        If covariates are constant or collinear, an estimate is infinite and may not be
        penalised, or ties are too many for their rule.
    ConvergenceError
        If the maximum is not reached.
    """
    if ties == "efron":
        _check_memory(rows)
    data = cox_data(
        entry=rows.entry,
        exit=rows.exit,
        event=rows.event,
        x=made.matrix,
        stratum=rows.strata.index if len(rows.strata) > 1 else None,
        weight=None if np.all(rows.weight == 1.0) else rows.weight,
        count=rows.count,
        shares=ties == "efron",
    )
    _check_work(data, ties)
    plain = _likelihood(data, ties, penalised=False)
    zero = np.zeros(data.x.shape[1])
    null = plain(zero)
    _check_identified(null.information, made, rows)
    few = rows.events / zero.size < FEW_EVENTS
    weighted = bool(np.any(rows.weight != 1.0))
    if weighted and penalty == "firth":
        raise InputError(
            "Firth's penalty is that of a likelihood, and sampling weights make a "
            "pseudo-likelihood. Hint: penalty='none', or count= for people a row stands for."
        )
    able = penalty == "auto" and ties != "exact" and not weighted
    forced = penalty == "firth" or (able and few)
    top = maximise(plain, start=zero)
    infinite = _infinite(data, null, top, made.names)
    penalised = forced or (bool(infinite) and able)
    if not penalised and infinite:
        hint = "penalty='auto'" if ties != "exact" else "ties='efron', which can be penalised"
        if weighted:
            hint = "leave these terms out; weighted rows cannot be penalised"
        raise InputError(
            f"the estimate of {', '.join(map(repr, infinite))} is infinite: at every end the "
            "people who left had the highest (or lowest) value of all at risk. Hint: " + hint + "."
        )
    if penalised:
        likelihood = _likelihood(data, ties, penalised=True)
        top = maximise(likelihood, start=zero, secant=True)
        null_value = likelihood(zero).log_likelihood
    else:
        null_value = null.log_likelihood
    naive = inverse(top.at.information)
    if not top.converged or naive is None:
        raise ConvergenceError(
            "the maximum of the partial likelihood was not reached, so that there is no estimate. "
            "Hint: fewer covariates, center() and scale() of large numbers, or penalty='firth'."
        )
    covariance = naive
    if robust:
        steps = cox_steps(data, beta=top.beta, ties="efron" if ties == "efron" else "breslow")
        covariance = robust_covariance(
            influence=score_residuals(data, steps) @ naive,
            weight=rows.weight,
            count=rows.count,
            cluster=rows.cluster,
        )
    return CoxEstimate(
        data=data,
        ties=ties,
        penalised=penalised,
        infinite=infinite,
        beta=top.beta,
        naive=naive,
        covariance=covariance,
        information=top.at.information,
        score=null.score,
        null=null.information,
        log_likelihood=top.at.log_likelihood,
        log_likelihood_null=null_value,
    )


def _likelihood(data: CoxData, ties: Ties, *, penalised: bool) -> Callable[[Floats], Likelihood]:
    """Return the likelihood as a function of the coefficients alone."""
    if ties == "exact":
        sets = exact_sets(data)
        return lambda beta: exact_likelihood(sets, x=data.x, beta=beta)
    kernel = firth_likelihood if penalised else cox_likelihood
    return lambda beta: kernel(data, beta=beta, ties=ties)


def _check_memory(rows: CoxRows) -> None:
    """Refuse Efron's rule where its terms, one for each tied end, would not fit into memory."""
    if rows.events <= _MOST_TIED:
        return
    pairs = np.column_stack([rows.strata.index, rows.exit])[rows.event]
    place = np.unique(pairs, axis=0, return_inverse=True)[1].ravel()
    ends = np.bincount(place, weights=rows.count[rows.event])
    tied = float(ends[ends > 1.0].sum())
    if tied > _MOST_TIED:
        raise InputError(
            f"ties='efron' takes a term for each of {tied:,.0f} ends at shared times; allowed are "
            f"up to {_MOST_TIED:,}. Hint: ties='breslow', which takes one a time, or "
            "hazard_model(link='cloglog'), which works on counts."
        )


def _check_work(data: CoxData, ties: Ties) -> None:
    """Refuse exact ties that would take too long."""
    if ties != "exact":
        return
    people = np.cumsum(
        np.bincount(data.until, weights=data.count, minlength=data.time.size + 1)[:0:-1]
    )[::-1]
    work = float(people @ data.ends)
    if work > _MOST_WORK:
        raise InputError(
            f"ties='exact' multiplies {work:,.0f} pairs of people at risk and people who leave; "
            f"allowed are up to {_MOST_WORK:,.0f}. Hint: ties='efron', or "
            "hazard_model(link='logit'), which is the same model for yearly data."
        )


def _check_identified(information: Floats, made: Design, rows: CoxRows) -> None:
    """Refuse coefficients about which the likelihood knows nothing, naming them."""
    scale = np.sqrt(np.maximum(np.diag(information), 0.0))
    flat = scale <= 0.0
    if not flat.any():
        values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
        if values[0] > _SINGULAR:
            return
        flat = np.abs(vectors[:, 0]) > 1e-6
    check_columns(made, weight=rows.count)
    names = ", ".join(repr(name) for name, bad in zip(made.names, flat, strict=True) if bad)
    raise InputError(
        f"{names}: the data cannot tell these coefficients from one another or from the baseline; "
        "at every end they are constant or collinear among those at risk. Hint: leave one out, "
        "or do not stratify by it."
    )


def _infinite(
    data: CoxData, null: Likelihood, top: Maximum, names: tuple[str, ...]
) -> tuple[str, ...]:
    """Return coefficients whose estimates are infinite; looked for only where it may be so."""
    if top.converged:
        root = np.linalg.cholesky(null.information)
        left = np.linalg.solve(root, np.linalg.solve(root, top.at.information).T)
        if np.linalg.eigvalsh((left + left.T) / 2.0)[0] > _VANISHED:
            return ()
    found = cox_separation(data)
    return tuple(name for name, bad in zip(names, found.infinite, strict=True) if bad)
