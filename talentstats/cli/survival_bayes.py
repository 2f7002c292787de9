"""Command about Bayesian hazards: survival bayes."""

from typing import TYPE_CHECKING, Any

import click

from talentstats import checks
from talentstats.cli import options
from talentstats.cli.bayes_options import ModelOptions, model_options, names
from talentstats.cli.output import emit
from talentstats.cli.spells_file import SpellsFile, spells_options
from talentstats.cli.survival import _aggregates, _width, horizon_option
from talentstats.errors import InputError

if TYPE_CHECKING:
    from talentstats.summaries.cells import RiskCells
    from talentstats.summaries.population import PopulationCells

# Of the steps and periods themselves, which every cell has.
_OWN = ("duration", "period")


@click.command()
@spells_options
@_aggregates
@model_options
@click.option("--link", default="softmax", show_default=True, help="softmax or cloglog.")
@click.option("--destinations", default="each", show_default=True, help="each, or any together.")
@click.option(
    "--duration",
    default="random-walk",
    show_default=True,
    help="How hazards vary with time: random-walk, steps or constant.",
)
@click.option(
    "--period", default=None, help="How hazards vary with calendar time: random-walk or steps."
)
@click.option(
    "--period-ends",
    default=None,
    metavar="TIME[,TIME]",
    help="Calendar times at which a period ends and the next begins, for stays.",
)
@click.option(
    "--origin", default=None, metavar="COL", help="Column of the calendar time of the clock's 0."
)
@click.option(
    "--population",
    default=None,
    metavar="FILE",
    help="Table of covariates and count to average over.",
)
@horizon_option
@options.level_option
@options.format_option
def bayes(
    file: SpellsFile,
    events: str | None,
    exposure: str | None,
    at_risk: str | None,
    width: str,
    model: ModelOptions,
    link: Any,
    destinations: Any,
    duration: Any,
    period: Any,
    period_ends: str | None,
    origin: str | None,
    population: str | None,
    horizon: str | None,
    level: str,
    form: str,
) -> None:  # numpydoc ignore=PR01
    """Hazards by destination, pooled over covariates.

    Retention and incidence follow from them, in the population and by level. A sampler needs
    seconds, and about a minute the first time on a machine.
    """
    from talentstats.cli.answers import survival_bayes as answers
    from talentstats.cli.progress import progress
    from talentstats.survival.bayes_hazard_model import bayes_hazard_model
    from talentstats.survival.bayes_hazard_prior import HazardPrior

    checked = checks.level(options.number(level, name="level"))
    years = options.years_of(horizon)
    variables = [name for name in model.variables if name not in _OWN]
    if period_ends is None and origin is None:
        cells = file.cells(
            *variables, events=events, exposure=exposure, at_risk=at_risk, width=_width(width)
        )
    else:
        cells = _with_periods(file, variables, ends=period_ends, origin=origin, width=width)
    _check_horizon(cells, years)
    with progress("the model") as listen:
        fit = bayes_hazard_model(
            cells,
            vary=model.vary,
            fixed=model.fixed,
            link=link,
            destinations=destinations,
            duration=duration,
            period=period,
            prior=HazardPrior(**model.prior),
            population=_population(cells, variables, population),
            # Hazards are rare events, whose posteriors have sharper corners than shares.
            sampling=model.sampling(target_accept=0.95),
            listen=listen,
        )
    shown = answers.until(fit, years)
    with progress("under other priors") as listen:
        sensitivity = shown.prior_sensitivity(listen=listen)
    emit(form, **answers.answer(fit, shown, sensitivity, level=checked).formats())
    model.keep(fit)


def _with_periods(
    file: SpellsFile, variables: list[str], *, ends: str | None, origin: str | None, width: str
) -> "RiskCells":
    """Cut stays into cells of duration and calendar period."""
    from talentstats.summaries.cells import RiskCells

    if ends is None or origin is None:
        raise InputError(
            "--period-ends and --origin go together: when periods end, and the column that says "
            "when the clock of a stay was at 0. Give for example --period-ends 2018 --origin year."
        )
    return RiskCells.from_spells(
        file.spells(*variables, origin),
        width=_width(width),
        period=[options.number(x, name="period-ends", example="2018") for x in names(ends)],
        origin=origin,
    )


def _check_horizon(cells: "RiskCells", years: float | None) -> None:
    """Refuse a horizon at which no step ends, before minutes are spent on sampling."""
    from talentstats.survival.bayes_hazard_rows import step_rows

    if years is None:
        return
    ends = step_rows(cells, (), together=True).stop
    if not any(abs(end - years) < 1e-9 for end in ends.tolist()):
        raise InputError(
            f"horizon={years:g} is not the end of a step; the steps end at "
            f"{', '.join(f'{x:g}' for x in ends)}. Nothing is said beyond the last."
        )


def _population(
    cells: "RiskCells", variables: list[str], path: str | None
) -> "PopulationCells | None":
    """Read the population table, if one is named."""
    from talentstats.summaries.population import population_weights

    if path is None:
        return None
    known = tuple(cells.covariates)
    chosen = [checks.one_of(name, known, name="covariate") for name in variables]
    return population_weights({name: cells.covariates[name] for name in chosen}, path)
