"""Discrete-time hazards with competing destinations and partial pooling."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Literal, get_args

from talentstats import checks
from talentstats.bayes.design import make_design
from talentstats.bayes.graph import Link, Problem
from talentstats.bayes.sampling import Listener, Sampling, check_sampling, sample
from talentstats.errors import InputError
from talentstats.results.provenance import Provenance
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.population import PopulationCells
from talentstats.survival.bayes_hazard_people import averaged_over
from talentstats.survival.bayes_hazard_posterior import HazardPosterior
from talentstats.survival.bayes_hazard_prior import HazardPrior
from talentstats.survival.bayes_hazard_rows import step_rows
from talentstats.survival.bayes_hazard_text import data_notes

BayesDuration = Literal["random-walk", "steps", "constant"]
BayesPeriod = Literal["random-walk", "steps"]
# Hazards are rare events, whose posteriors have sharper corners than shares.
_HAZARD_ACCEPT = 0.95


def bayes_hazard_model(
    cells: RiskCells,
    *,
    vary: Sequence[str] = (),
    fixed: Sequence[str] = (),
    link: Link = "softmax",
    destinations: Literal["each", "any"] = "each",
    duration: BayesDuration = "random-walk",
    period: BayesPeriod | None = None,
    prior: HazardPrior | None = None,
    population: PopulationCells | None = None,
    sampling: Sampling | None = None,
    listen: Listener | None = None,
) -> HazardPosterior:
    """Hazards of leaving in each step by destination, pooled as far as the data ask for it.

    Ends known only within several steps enter exactly: somebody left in one of them, and
    the posterior says in which; no midpoint is taken.

    Assumptions: people with the same covariates, step and period have the same hazards and
    leave independently; censoring and entry tell nothing about leaving given those; levels
    of a varying term are exchangeable before any data.

    Parameters
    ----------
    cells : RiskCells
        People at risk and leavers by step.
    vary : sequence of str
        Varying (pooled) terms: covariates, "period" or "duration", and combinations such as
        "period:career_stage".
    fixed : sequence of str
        Fixed effects: numbers, or levels against the first.
    link : {"softmax", "cloglog"}
        Softmax with staying as the reference (with one destination a logit); or constant
        cause-specific hazards within a step (with one destination the complementary
        log-log).
    destinations : {"each", "any"}
        Each destination by itself, competing; or leaving for anywhere.
    duration : {"random-walk", "steps", "constant"}
        How the baseline moves over the steps: neighbours alike, exchangeable, or not.
    period : {"random-walk", "steps"} or None
        The same for calendar periods; None leaves them out.
    prior : HazardPrior or None
        None takes the defaults; `HazardPrior` says what they imply.
    population : PopulationCells or None
        Whom retention and incidence are averaged over; None takes those who entered.
    sampling : Sampling or None
        Draws, chains, seed; None takes 4 chains of 1000 draws after 1000 of warm-up, at a
        target acceptance of 0.95.
    listen : callable or None
        Is told how far sampling is (`talentstats.bayes.sampling.speak` prints it).

    Returns
    -------
    HazardPosterior
        Hazards, incidence by destination, retention, contrasts.

    Raises
    ------
    InputError
        If the cells have no people at risk, weights, or times inside of a cell; a term has
        one level; or the population has a level that a fixed effect does not know.
    UnknownNameError
        If a covariate or an option does not exist.
    SamplingInterrupted
        At Ctrl-C.

    References
    ----------
    Allison (1982), Sociological Methodology 13:61-98, doi:10.2307/270718.
    Tutz and Schmid (2016), Modeling Discrete Time-to-Event Data,
    doi:10.1007/978-3-319-28158-2. Sørbye and Rue (2014), Spatial Statistics 8:39-51,
    doi:10.1016/j.spasta.2013.06.004 (scale of a random walk).

    Examples
    --------
    Needs a sampler, and a minute the first time on a machine:

    >>> from talentstats import Spells
    >>> spells = Spells.from_arrays(exit=[2, 2, 1, 3], event=["China", 0, 0, "other"])
    >>> cells = RiskCells.from_spells(spells)
    >>> fit = bayes_hazard_model(cells, duration="random-walk")  # doctest: +SKIP
    >>> fit.retention(3)  # doctest: +SKIP
    """
    if not isinstance(cells, RiskCells):
        raise InputError(
            f"bayes_hazard_model was given a {type(cells).__name__}; allowed are RiskCells. Hint: "
            "RiskCells.from_spells(spells)."
        )
    checks.one_of(link, ("softmax", "cloglog"), name="link")
    checks.one_of(duration, get_args(BayesDuration), name="duration")
    if period is not None:
        checks.one_of(period, get_args(BayesPeriod), name="period")
    together = checks.one_of(destinations, ("each", "any"), name="destinations") == "any"
    stated = HazardPrior() if prior is None else prior
    if not isinstance(stated, HazardPrior):
        raise InputError(f"prior={prior!r} is not allowed; give HazardPrior(...).")
    settings = (
        Sampling(target_accept=_HAZARD_ACCEPT) if sampling is None else check_sampling(sampling)
    )
    for listed, name in ((vary, "vary"), (fixed, "fixed")):
        if isinstance(listed, str):
            raise InputError(f"{name}={listed!r} is one text; give a list such as [{listed!r}].")
    terms = [*vary]
    for name, kind in (("duration", duration), ("period", period)):
        if kind not in ("constant", None) and name not in terms:
            terms.append(name)
    names = _names(cells, terms, fixed)
    rows = step_rows(cells, names, together=together)
    if rows.start.size == 1 and duration != "constant":
        raise InputError(
            f"the cells have one step ({rows.start[0]:g} to {rows.stop[0]:g}), so the baseline "
            "cannot move over steps. Hint: duration='constant'."
        )
    outcomes = ("staying", *(("leaving",) if together else cells.destinations))
    walks = [n for n, kind in (("duration", duration), ("period", period)) if kind == "random-walk"]
    design = make_design(
        rows.covariates,
        vary=terms,
        fixed=fixed,
        people=rows.people,
        walks=walks,
        sum_to_zero=stated.sum_to_zero,
        order={"period": cells.periods},
    )
    k = len(outcomes)
    problem = Problem(
        design=design,
        rows=design.rows(rows.covariates, length=len(rows.counts)),
        labels=rows.labels,
        outcomes=outcomes,
        contrasts=stated.contrasts(k),
        link=link,
        counts=rows.counts,
        prior=stated.arrays(k - 1, design),
        wide=rows.wide,
    )
    periods = tuple(cells.periods) if "period" in names else ()
    profile = tuple(name for name in names if name != "period")
    people = averaged_over(cells, profile, population)
    return HazardPosterior(
        problem=problem,
        sampled=sample(problem, settings, listen=listen),
        sampling=settings,
        covariates=rows.covariates,
        weight=rows.people / rows.people.sum(),
        weight_source="sample" if population is None else "population",
        notes=data_notes(
            cells, rows, outcomes=outcomes, design=design, people=people, periods=periods
        ),
        provenance=Provenance(
            function="bayes_hazard_model",
            arguments={
                "vary": tuple(vary),
                "fixed": tuple(fixed),
                "link": link,
                "destinations": destinations,
                "duration": duration,
                "period": period,
                "prior": stated.numbers,
                "sampling": asdict(settings),
            },
            method="discrete-time competing hazards with partial pooling, NUTS",
            seed=settings.seed,
        ),
        cells=cells,
        hazard_prior=stated,
        start=rows.start,
        stop=rows.stop,
        people=people,
        periods=periods,
        together=together,
    )


def _names(cells: RiskCells, terms: Sequence[str], fixed: Sequence[str]) -> tuple[str, ...]:
    """Return the covariates of the model, "period" among them, "duration" not."""
    parts = [part.strip() for term in terms for part in term.split(":")] + list(fixed)
    found = [name for name in dict.fromkeys(parts) if name != "duration"]
    known = (*cells.covariates, "period", "duration")
    for name in found:
        checks.one_of(name, known, name="covariate")
    if "period" in found and len(cells.periods) < 2:
        raise InputError(
            "the cells have one calendar period, so nothing varies with it. Hint: "
            "RiskCells.from_spells(..., period=[2018], origin=...)."
        )
    return tuple(found)
