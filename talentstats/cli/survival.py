"""Commands about when people leave: survival curve, incidence, hazards, regress, reference."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from talentstats import checks
from talentstats.cli import options
from talentstats.cli.output import emit
from talentstats.cli.spells_file import SpellsFile, spells_options
from talentstats.errors import InputError

if TYPE_CHECKING:
    from talentstats.published.benchmark import Benchmark

by_option = click.option(
    "--by", default=None, metavar="COL[,COL]", help="Groups: columns with commas between."
)
horizon_option = click.option("--horizon", default=None, help="Years at which to answer.")


def _aggregates[**P, R](command: Callable[P, R]) -> Callable[P, R]:
    """Add the columns of published aggregates to a command."""
    for option in (
        click.option(
            "--width",
            default="1",
            show_default=True,
            help="Width of the cells of stays, such as the gap between two looks.",
        ),
        click.option("--at-risk", default=None, metavar="COL", help="Column of people at risk."),
        click.option("--exposure", default=None, metavar="COL", help="Column of person-years."),
        click.option("--events", default=None, metavar="COL[,COL]", help="Columns of events."),
    ):
        command = option(command)
    return command


@click.group()
def survival() -> None:
    """When people leave, for where, and who leaves sooner.

    FILE is .csv or .parquet: one row a stay (entry, exit, event; or lower, upper,
    destination), or published events and person-years. Columns of those names need no
    options.
    """


@survival.command()
@spells_options
@by_option
@horizon_option
@click.option("--interval", default="auto", show_default=True, help="Kind of interval.")
@options.level_option
@options.format_option
def curve(
    file: SpellsFile, by: str | None, horizon: str | None, interval: Any, level: str, form: str
) -> None:  # numpydoc ignore=PR01
    """Survival in the host, with people at risk."""
    from talentstats.cli.answers import survival as answers
    from talentstats.survival.curve import survival_curve

    checked = options.number(level, name="level")
    names = _names(by)
    spells = file.spells(*(names or ()))
    found = survival_curve(spells, by=names, interval=interval, level=checked)
    years = options.years_of(horizon)
    emit(form, **answers.curve(found, horizon=years, level=checked, spells=spells).formats())


@survival.command()
@spells_options
@by_option
@horizon_option
@options.level_option
@options.format_option
def incidence(
    file: SpellsFile, by: str | None, horizon: str | None, level: str, form: str
) -> None:  # numpydoc ignore=PR01
    """Cumulative incidence by destination."""
    from talentstats.cli.answers import survival as answers
    from talentstats.survival.incidence import cumulative_incidence

    checked = options.number(level, name="level")
    names = _names(by)
    spells = file.spells(*(names or ()))
    found = cumulative_incidence(spells, by=names, level=checked)
    years = options.years_of(horizon)
    emit(form, **answers.incidence(found, horizon=years, level=checked, spells=spells).formats())


@survival.command()
@spells_options
@by_option
@_aggregates
@click.option("--interval", default="auto", show_default=True, help="auto, garwood or mid-p.")
@options.level_option
@options.format_option
def hazards(
    file: SpellsFile,
    by: str | None,
    events: str | None,
    exposure: str | None,
    at_risk: str | None,
    width: str,
    interval: Any,
    level: str,
    form: str,
) -> None:  # numpydoc ignore=PR01
    """Events, person-years and rates; also from published aggregates."""
    from talentstats.cli.answers import survival as answers
    from talentstats.survival.hazard_rates import hazard_rates

    checked = options.number(level, name="level")
    names = _names(by)
    kept = [name for name in names or () if name not in {"duration", "period"}]
    cells = file.cells(
        *kept, events=events, exposure=exposure, at_risk=at_risk, width=_width(width)
    )
    found = hazard_rates(cells, by=names, interval=interval, level=checked)
    emit(form, **answers.hazards(found, cells=cells, level=checked).formats())


@survival.command()
@spells_options
@_aggregates
@click.option("--formula", required=True, help='Covariates, such as "~ sector + career_stage".')
@click.option("--link", default=None, help="cloglog, logit or log; chosen by the data if absent.")
@click.option(
    "--destinations", default="any", show_default=True, help="any, cause-specific or multinomial."
)
@click.option("--duration", default="steps", show_default=True, help="How hazards vary with time.")
@click.option(
    "--errors",
    default=None,
    help="model, robust, cluster or overdispersed; cluster if --cluster is named, else model.",
)
@click.option("--penalty", default="auto", show_default=True, help="auto, none or firth.")
@options.level_option
@options.format_option
def regress(
    file: SpellsFile,
    events: str | None,
    exposure: str | None,
    at_risk: str | None,
    width: str,
    formula: str,
    link: Any,
    destinations: Any,
    duration: Any,
    errors: Any,
    penalty: Any,
    level: str,
    form: str,
) -> None:  # numpydoc ignore=PR01
    """Hazard ratios: who leaves sooner."""
    from talentstats.cli.answers import survival as answers
    from talentstats.survival.hazard_model import hazard_model

    checked = options.number(level, name="level")
    cells = file.cells(
        formula=formula, events=events, exposure=exposure, at_risk=at_risk, width=_width(width)
    )
    if link is None and destinations == "multinomial":
        link = "logit"
    found = hazard_model(
        cells,
        formula,
        link=link or ("cloglog" if cells.on_grid else "log"),
        destinations=destinations,
        duration=duration,
        errors=errors or ("model" if cells.cluster is None else "cluster"),
        penalty=penalty,
        level=checked,
    )
    emit(form, **answers.regression(found, cells=cells, level=checked).formats())


@survival.command()
@spells_options
@click.option(
    "--benchmark",
    "benchmarks",
    multiple=True,
    metavar="RATE@YEARS|ID",
    help="Published rate to turn into a curve; repeat for several.",
)
@click.option("--horizon", default="6", show_default=True, help="Years at which to answer.")
@options.level_option
@options.margin_option
@options.format_option
def reference(
    file: SpellsFile,
    benchmarks: tuple[str, ...],
    horizon: str,
    level: str,
    margin: str,
    form: str,
) -> None:  # numpydoc ignore=PR01
    """Leavers observed and expected under published rates."""
    from talentstats.cli.answers import survival as answers
    from talentstats.survival.reference import compare_with_reference

    checked = options.number(level, name="level")
    if not benchmarks:
        raise InputError("no --benchmark is given; give for example --benchmark 0.90@5.")
    spells = file.spells()
    found = compare_with_reference(
        spells,
        [_with_horizon(text) for text in dict.fromkeys(benchmarks)],
        horizon=options.years_of(horizon) or 6.0,
        margin=options.number(margin, name="margin"),
        level=checked,
    )
    emit(form, **answers.reference(found, spells=spells, level=checked).formats())


def _width(text: str) -> float:
    """Width of the cells."""
    return checks.finite_number(
        options.number(text, name="width", example="6"), name="width", above=0
    )


def _with_horizon(text: str) -> "Benchmark":
    """Benchmark that can become a curve."""
    figure = options.benchmark_of(text, move=False)
    if figure.horizon is None and options.is_number(text.removesuffix("%")):
        raise InputError(f"{text} holds after no number of years; write for example {text}@5.")
    return figure


def _names(text: str | None) -> list[str] | None:
    """Names with commas between them."""
    if text is None:
        return None
    return [name.strip() for name in text.split(",") if name.strip()]
