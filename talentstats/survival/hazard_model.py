"""Discrete-time and piecewise-exponential regression of hazards on risk cells."""

from typing import get_args

import numpy as np

from talentstats import checks
from talentstats.errors import InputError
from talentstats.results.provenance import Provenance
from talentstats.summaries.cells import RiskCells
from talentstats.survival import hazard_notes as notes_of
from talentstats.survival.hazard_baseline import baseline_bread, with_own_baseline
from talentstats.survival.hazard_design import HazardRows, Link, hazard_rows
from talentstats.survival.hazard_duration import Duration
from talentstats.survival.hazard_errors import Errors, hazard_errors
from talentstats.survival.hazard_firth import FEW_EVENTS, Penalty, infinite_terms
from talentstats.survival.hazard_fit import fit_hazards
from talentstats.survival.hazard_population import entry_population
from talentstats.survival.hazard_result import HazardModel
from talentstats.survival.hazard_steps import Destinations


def hazard_model(
    cells: RiskCells,
    formula: str,
    *,
    link: Link = "cloglog",
    destinations: Destinations = "any",
    duration: Duration = "steps",
    errors: Errors = "model",
    penalty: Penalty = "auto",
    level: float = 0.95,
) -> HazardModel:
    """Regress the hazard of leaving on covariates, duration and calendar period.

    With the complementary log-log link on yearly data this is the proportional-hazards
    model for ends known only to the year, exactly; delayed entry, covariates and periods
    that change with time are in the cells. The log link is the piecewise-exponential
    model, which also takes exact times and published aggregates of events and
    person-years.

    Assumptions: hazards are as the formula says; censoring and entry tell nothing about
    leaving given the covariates; with "log", hazards are constant within a cell. With
    "cause-specific" the hazards of one destination are modelled as if nothing were known
    of the others: in the step in which somebody leaves for elsewhere, they count as at
    risk and not leaving, as in R's glm on person-years.

    Parameters
    ----------
    cells : RiskCells
        Events and people or time at risk.
    formula : str
        Covariates of the cells, `period` (calendar) and `duration` (time since the first
        step), as in "~ sector * period + career_stage". Duration enters besides by
        itself; for hazard ratios that change with it write "sector * duration".
    link : {"cloglog", "logit", "log"}
        Hazard ratios of grouped time; odds ratios of leaving within a step; ratios of
        rates.
    destinations : {"any", "cause-specific", "multinomial"}
        Leaving for anywhere; each destination by itself; or all at once against staying
        (needs link="logit").
    duration : {"steps", "constant", "linear", "quadratic", "spline"}
        The baseline: a free height in every step; or one that is constant, a polynomial,
        or a natural cubic spline with knots at quantiles 5, 35, 65 and 95% of the events.
    errors : {"model", "robust", "cluster", "overdispersed"}
        Standard errors: see the notes of the fit. Sampling weights need "robust" or
        "cluster"; "cluster" needs cells that keep clusters apart.
    penalty : {"auto", "none", "firth"}
        Jeffreys' penalty (Firth): "auto" takes it where there are fewer than 10 events
        per parameter or a ratio would be infinite. Predictions keep its ratios and take
        their baseline from maximum likelihood (FLIC). Of a free step in which nobody
        left the hazard is 0 without the penalty, which moves no ratio.
    level : float
        Level of the sentences.

    Returns
    -------
    HazardModel
        Coefficients, predictions, contrasts.

    Raises
    ------
    InputError
        If the cells do not suit the link or the errors, nobody left, a column is
        constant or a combination of others, an estimate is infinite and the penalty is
        "none", or the fit does not converge.
    UnknownNameError
        If a variable or an option does not exist.

    References
    ----------
    Prentice and Gloeckler (1978), Biometrics 34:57-67, doi:10.2307/2529588.
    Allison (1982), Sociological Methodology 13:61-98, doi:10.2307/270718.
    Firth (1993), Biometrika 80:27-38, doi:10.1093/biomet/80.1.27.
    Kosmidis and Firth (2021), Biometrika 108:71-82, doi:10.1093/biomet/asaa052.
    Puhr and others (2017), Statistics in Medicine 36:2302-2317, doi:10.1002/sim.7273.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame(
    ...     {"sector": ["a", "b"], "events": [30, 10], "exposure": [500.0, 500.0]}
    ... )
    >>> fit = hazard_model(RiskCells.from_frame(table), "~ sector", link="log")
    >>> float(fit.coefficients[1].round(6))  # log of 10 / 30
    -1.098612
    """
    if not isinstance(cells, RiskCells):
        raise InputError(
            f"hazard_model was given a {type(cells).__name__}; allowed are RiskCells. Hint: "
            "RiskCells.from_spells(spells), or RiskCells.from_frame(table)."
        )
    _check_options(link, destinations, duration, errors, penalty)
    checked = checks.level(level)
    _check_errors(cells, errors, penalty)
    _check_wide(cells, destinations)
    design, rows = hazard_rows(cells, formula, link=link, duration=duration)
    outcomes = ("any",) if destinations == "any" else cells.destinations
    if destinations != "any" and np.any(rows.counted == 0):
        absent = outcomes[int(np.argmin(rows.counted))]
        raise InputError(
            f"nobody left for {absent!r}, so its hazard cannot be compared. Hint: join it with "
            "another destination, or destinations='any'."
        )
    infinite = infinite_terms(design, rows, outcomes, link=link, destinations=destinations)
    per_parameter = notes_of.events_per_parameter(rows, outcomes)
    penalised = _penalised(rows, infinite, per_parameter, penalty)
    fit = fit_hazards(rows, link=link, destinations=destinations, penalised=penalised)
    inference = hazard_errors(fit, rows, link=link, destinations=destinations, errors=errors)
    height, spread = fit, inference
    if penalised:
        columns = len(design.basis.names)
        height = with_own_baseline(fit, rows, columns=columns, link=link, destinations=destinations)
        spread = hazard_errors(
            height,
            rows,
            link=link,
            destinations=destinations,
            errors=errors,
            bread=baseline_bread(fit, height, columns=columns, destinations=len(outcomes)),
        )
    used = tuple(n for n in design.covariates.variables if n not in {"duration", "period"})
    return HazardModel(
        design=design,
        rows=rows,
        link=link,
        destinations=destinations,
        outcomes=outcomes,
        fit=fit,
        inference=inference,
        predictive=height,
        predictive_inference=spread,
        errors=errors,
        penalty="firth" if penalised else "none",
        infinite=infinite,
        periods=cells.periods,
        clock=cells.clock,
        population=entry_population(cells, used),
        account=rows.account,
        level=checked,
        notes=notes_of.fit_notes(
            cells,
            design,
            rows,
            outcomes,
            link=link,
            destinations=destinations,
            inference=inference,
            errors=errors,
            penalised=penalised,
            infinite=infinite,
        ),
        assumptions=notes_of.prediction_notes(design, link=link, penalised=penalised),
        provenance=Provenance(
            function="hazard_model",
            arguments={
                "formula": formula,
                "link": link,
                "destinations": destinations,
                "duration": duration,
                "errors": errors,
                "penalty": penalty,
                "level": checked,
            },
            method=notes_of.method(link, destinations, penalised=penalised),
        ),
    )


def _check_options(link: str, destinations: str, duration: str, errors: str, penalty: str) -> None:
    """Refuse options that do not exist or do not go together."""
    checks.one_of(link, get_args(Link), name="link")
    checks.one_of(destinations, get_args(Destinations), name="destinations")
    checks.one_of(duration, get_args(Duration), name="duration")
    checks.one_of(errors, get_args(Errors), name="errors")
    checks.one_of(penalty, get_args(Penalty), name="penalty")
    if destinations == "multinomial" and link != "logit":
        raise InputError(
            f"destinations='multinomial' holds each destination against staying by odds, and link="
            f"{link!r} has none. Hint: link='logit', or destinations='cause-specific'."
        )


def _check_errors(cells: RiskCells, errors: str, penalty: str) -> None:
    """Refuse errors that the cells cannot give."""
    if errors == "cluster" and cells.cluster is None:
        raise InputError(
            "errors='cluster' needs cells that keep clusters apart, and these have added them up. "
            "Hint: RiskCells.from_spells(..., by_cluster=True)."
        )
    if cells.weights is None:
        return
    if errors not in {"robust", "cluster"}:
        raise InputError(
            f"the cells have sampling weights, for which errors={errors!r} would be wrong. Hint: "
            "errors='robust', or 'cluster'."
        )
    if penalty == "firth":
        raise InputError(
            "the cells have sampling weights, and a penalty has no meaning for a "
            "pseudo-likelihood. Hint: penalty='none'."
        )


def _check_wide(cells: RiskCells, destinations: str) -> None:
    """Refuse destinations of ends that are known only within several steps."""
    if destinations != "any" and cells.wide.any():
        ends = int(cells.events[cells.wide].sum())
        raise InputError(
            f"{ends:,} {'end is' if ends == 1 else 'ends are'} known only within intervals that "
            f"span several cells, and destinations={destinations!r} needs to know the cell. "
            "Hint: destinations='any', cells as wide as these intervals, or cumulative_incidence."
        )


def _penalised(
    rows: HazardRows, infinite: tuple[str, ...], per_parameter: float, penalty: str
) -> bool:
    """Whether the penalty is used; refuse what has no finite estimate without it."""
    able = rows.wide is None and rows.people_squared is None
    if penalty == "firth" and not able:
        raise InputError(
            "penalty='firth' is not there for ends known only within several steps, whose "
            "expected information depends on looks that did not take place. Hint: "
            "penalty='none', or cells as wide as these intervals."
        )
    if infinite and (penalty == "none" or not able):
        terms = ", ".join(infinite)
        hint = "penalty='firth' gives finite estimates." if able else "leave these terms out."
        raise InputError(
            f"without a penalty these estimates are infinite, since nobody (or everybody) left "
            f"where they alone speak: {terms}. Hint: {hint}"
        )
    if penalty == "auto":
        return able and (bool(infinite) or per_parameter < FEW_EVENTS)
    return penalty == "firth"
