"""Commands about stay rates: retention, compare, specification, power."""

import click

from talentstats import checks
from talentstats.cli import options
from talentstats.cli.output import emit

# Numbers below 0 are refused with a reason of ours, not as an unknown option.
_NUMBERS = {"ignore_unknown_options": True}


@click.command(context_settings=_NUMBERS)
@options.arguments("K", "N")
@click.option("--unknown", default="0", help="People of unknown status, not part of N.")
@click.option(
    "--benchmark",
    "benchmarks",
    multiple=True,
    metavar="RATE|RATE@YEARS|ID",
    help="Rate to compare with; repeat for several. `talentstats benchmarks` lists the ids.",
)
@click.option(
    "--horizon",
    default=None,
    help="Years of follow-up; published rates are moved to it.",
)
@click.option("--method", default="wilson", show_default=True, help="Interval, or 'all'.")
@click.option("--alternative", default=None, help="True rate at which power is stated.")
@options.level_option
@options.margin_option
@options.format_option
def retention(  # numpydoc ignore=PR01
    k: str,
    n: str,
    unknown: str,
    benchmarks: tuple[str, ...],
    horizon: str | None,
    method: str,
    alternative: str | None,
    level: str,
    margin: str,
    form: str,
) -> None:
    """Stay rate of K of N people, and benchmarks.

    K may be a percentage as printed (87%): then every count that prints so is kept.
    With --benchmark: does it differ from *that* rate, and what can the study not show?
    """
    import warnings

    from talentstats.cli.answers import retention as answers
    from talentstats.retention.estimate import retention as estimate
    from talentstats.retention.intervals import WaldIntervalWarning

    counts = options.counts_of(k, n, unknown)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", WaldIntervalWarning)
        found = estimate(counts, method=method, level=options.number(level, name="level"))
    for warning in caught:
        click.echo(f"talentstats: warning: {warning.message}", err=True)
    years = options.years_of(horizon)
    # Checked whether or not a benchmark is there to use them.
    half = checks.finite_number(
        options.number(margin, name="margin"), name="margin", above=0, below=1
    )
    target = (
        None
        if alternative is None
        else checks.rate(options.number(alternative, name="alternative"), name="alternative")
    )
    compared = answers.comparisons(
        counts,
        [options.benchmark_of(text, horizon=years) for text in dict.fromkeys(benchmarks)],
        level=options.number(level, name="level"),
        margin=half,
        alternative=target,
    )
    emit(
        form,
        text=lambda: answers.text(found, compared, horizon=years),
        document=lambda: answers.document(found, compared, horizon=years),
        frame=lambda: answers.frame(found, compared),
        table=lambda: answers.table(found, compared),
    )


@click.command(context_settings=_NUMBERS)
@options.arguments("K1", "N1", "K2", "N2")
@options.level_option
@options.margin_option
@options.format_option
def compare(
    k1: str, n1: str, k2: str, n2: str, level: str, margin: str, form: str
) -> None:  # numpydoc ignore=PR01
    """Two stay rates: K1 of N1 and K2 of N2."""
    from talentstats.cli.answers import difference as answers
    from talentstats.retention.difference import retention_difference

    found = retention_difference(
        options.counts_of(k1, n1),
        options.counts_of(k2, n2),
        level=options.number(level, name="level"),
        margin=options.number(margin, name="margin"),
    )
    emit(
        form,
        text=lambda: answers.text(found),
        document=lambda: answers.document(found),
        frame=lambda: found.tidy(level=found.level),
        table=lambda: answers.table(found),
    )


@click.command(context_settings=_NUMBERS)
@options.arguments("K", "N")
@click.option(
    "--horizon",
    default=None,
    help="Years of follow-up; published rates are moved to it.",
)
@click.option(
    "--benchmark",
    "benchmarks",
    multiple=True,
    metavar="RATE|RATE@YEARS|ID",
    help="Rate to compare with; repeat. Without it: every published rate of --origin.",
)
@click.option("--origin", default="China", show_default=True, help="Whose published rates.")
@click.option(
    "--test",
    "tests",
    multiple=True,
    default=("central", "minlike"),
    show_default=True,
    help="central, minlike, mid_p, score, likelihood; repeat.",
)
@click.option("--unknown", "unknowns", multiple=True, default=("0",), help="Repeat for several.")
@click.option(
    "--design-effect", "effects", multiple=True, default=("1",), help="Repeat for several."
)
@options.level_option
@options.margin_option
@options.format_option
def specification(  # numpydoc ignore=PR01
    k: str,
    n: str,
    horizon: str | None,
    benchmarks: tuple[str, ...],
    origin: str,
    tests: tuple[str, ...],
    unknowns: tuple[str, ...],
    effects: tuple[str, ...],
    level: str,
    margin: str,
    form: str,
) -> None:
    """K of N under every defensible choice.

    Which 90% decides? Every published rate, alignment, test, number of unknown people and
    design effect gives one row.
    """
    from talentstats.cli.answers import specification as answers
    from talentstats.published.benchmark import benchmarks as published_benchmarks
    from talentstats.retention.specification import specification_curve

    years = options.years_of(horizon)
    figures = (
        [options.benchmark_of(text, horizon=years, move=False) for text in benchmarks]
        if benchmarks
        else published_benchmarks(origin)
    )
    found = specification_curve(
        options.counts_of(k, n),
        figures,
        horizon=years,
        tests=tests,
        unknowns=[options.whole(u, name="unknown") for u in unknowns],
        design_effects=[options.number(d, name="design effect") for d in effects],
        level=options.number(level, name="level"),
        margin=options.number(margin, name="margin"),
    )
    emit(
        form,
        text=lambda: answers.text(found),
        document=lambda: answers.document(found),
        frame=lambda: found.tidy(level=found.level),
        table=lambda: answers.table(found),
    )


@click.command(context_settings=_NUMBERS)
@options.arguments("N")
@click.option("--benchmark", required=True, metavar="RATE|RATE@YEARS|ID", help="Rate tested.")
@click.option("--horizon", default=None, help="Years of follow-up: the benchmark is moved to it.")
@click.option(
    "--alternative", default=None, help="True rate to detect; default 5 points below the benchmark."
)
@click.option("--test", default="central", show_default=True, help="central or minlike.")
@options.level_option
@options.format_option
def power(  # numpydoc ignore=PR01
    n: str,
    benchmark: str,
    horizon: str | None,
    alternative: str | None,
    test: str,
    level: str,
    form: str,
) -> None:
    """What a study of N people can see."""
    from talentstats.cli.answers import power as answers
    from talentstats.retention.power import TESTS, benchmark_rate, retention_power

    figure = options.benchmark_of(benchmark, horizon=options.years_of(horizon))
    target = (
        max(benchmark_rate(figure) - 0.05, benchmark_rate(figure) / 2)
        if alternative is None
        else options.number(alternative, name="alternative")
    )
    found = retention_power(
        options.whole(n, name="N"),
        figure,
        alternative=target,
        level=options.number(level, name="level"),
        test=checks.one_of(test, TESTS, name="test"),
    )
    emit(
        form,
        text=lambda: answers.text(found),
        document=lambda: answers.document(found),
        frame=lambda: found.tidy(level=found.level),
        table=lambda: answers.table(found),
    )
