"""Command about what published stay rates knew before the study: evidence."""

from typing import TYPE_CHECKING

import click

from talentstats.cli import options
from talentstats.cli.output import emit
from talentstats.errors import InputError

if TYPE_CHECKING:
    from talentstats.retention.historical_rows import Study


# Numbers below 0 are refused with a reason of ours, not as an unknown option.
@click.command(context_settings={"ignore_unknown_options": True})
@options.arguments("K", "N")
@click.option(
    "--benchmarks",
    default=None,
    metavar="ID|NAME=K/N,...",
    help="Earlier studies that enter: published ids (`talentstats benchmarks`), or counts at the "
    "horizon, such as pilot=43/50.",
)
@click.option("--horizon", default=None, help="Years at which K of N was counted.")
@click.option(
    "--tau",
    default="0.5",
    show_default=True,
    help="Scale of the half-normal prior of the spread between studies, on the logit.",
)
@click.option(
    "--robust",
    default=None,
    metavar="WEIGHT",
    help="Weight of a uniform part, such as 0.2: the prior then yields to data in conflict.",
)
@options.level_option
@options.format_option
def evidence(  # numpydoc ignore=PR01
    k: str,
    n: str,
    benchmarks: str | None,
    horizon: str | None,
    tau: str,
    robust: str | None,
    level: str,
    form: str,
) -> None:
    """What earlier studies predict for K of N.

    Published rates, moved to one horizon, make the prior; which of them enter is your choice.
    Shown are the posterior, the prediction, whether K is in conflict with it, how many people
    the prior is worth, and which study drives it.
    """
    from talentstats.cli.answers import evidence as answers
    from talentstats.retention.historical_prior import historical_prior

    counts, checked = options.counts_of(k, n), options.number(level, name="level")
    names = _asked(benchmarks, "benchmarks", example="sei2020-china-10yr,sei2024-china-10yr")
    prior = historical_prior(
        [_study(word.strip()) for word in names.split(",") if word.strip()],
        horizon=options.number(
            _asked(horizon, "horizon", example="6"), name="horizon", example="6"
        ),
        tau=options.number(tau, name="tau", example="0.5"),
        robust=None if robust is None else options.number(robust, name="robust", example="0.2"),
    )
    found = answers.gather(prior, counts, level=checked)
    emit(
        form,
        text=lambda: answers.text(found),
        document=lambda: answers.document(found),
        frame=lambda: answers.frame(found),
        table=lambda: answers.table(found),
    )


def _asked(given: str | None, name: str, *, example: str) -> str:
    """Return an option that has no default worth having."""
    if given is None:
        raise InputError(f"no --{name} is given; give for example --{name} {example}.")
    return given


def _study(word: str) -> "Study":
    """Read a published id, or NAME=K/N."""
    name, sign, counted = word.rpartition("=")
    if not sign:
        return word
    retained, slash, total = counted.partition("/")
    if not slash or not name.strip():
        raise InputError(f"{word!r} is no study; give a published id, or for example pilot=43/50.")
    return name.strip(), options.counts_of(retained.strip(), total.strip())
