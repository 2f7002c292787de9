"""Command about where people are at the end: destinations."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from talentstats import checks
from talentstats.cli import options
from talentstats.cli.bayes_options import ModelOptions, model_options
from talentstats.cli.cells_file import CellsFile, cells_options
from talentstats.cli.output import emit
from talentstats.errors import InputError

if TYPE_CHECKING:
    from talentstats.summaries.account import RowAccount
    from talentstats.summaries.counts import DestinationCounts

# Parameters that shares without covariates answer, and no model does.
_CLOSED = {"total": "--total", "shares": "--share", "method": "--method", "prior": "--prior"}


@click.command()
@click.argument("counts", nargs=-1, metavar="[PLACE=COUNT...]")
@cells_options
@click.option(
    "--unknown",
    default=None,
    metavar="N|NAME",
    help="People of unknown destination; of a file the column, or the label of the outcome.",
)
@click.option("--total", default=None, help="If given, the counts must add up to it.")
@click.option(
    "--share",
    "shares",
    multiple=True,
    metavar="PLACE=SHARE",
    help="Share to test against; repeat, one for each place.",
)
@click.option("--method", default="goodman", show_default=True, help="Simultaneous interval.")
@click.option("--prior", default="jeffreys", show_default=True, help="jeffreys or uniform.")
@model_options
@click.option(
    "--found",
    multiple=True,
    metavar="PLACE=FOUND:LOST",
    help="Prior of a model: how many people there would be found, and how many be of unknown "
    "destination; repeat, one for each place. Without it the unknown are left out.",
)
@options.level_option
@options.format_option
def destinations(  # numpydoc ignore=PR01
    counts: tuple[str, ...],
    file: CellsFile | None,
    unknown: str | None,
    total: str | None,
    shares: tuple[str, ...],
    method: str,
    prior: str,
    model: ModelOptions,
    found: tuple[str, ...],
    level: str,
    form: str,
) -> None:
    """Shares of several destinations at once.

    Counts are answered in closed form, for example: US=87 CN=10 other=3. With --from FILE
    people are counted in a file, and with --vary their shares are modelled by cell of the
    covariates, pooled as far as the data ask for it. That needs a sampler: seconds, and about
    a minute the first time on a machine.
    """
    checked = checks.level(options.number(level, name="level"))
    if file is not None:
        _refuse(counts, f"is given beside --from {file.path}; give one or the other.")
    if model.vary or model.fixed:
        _refuse(_given(_CLOSED), "is for shares without covariates; leave out --vary and --fixed.")
        _modelled(file, model, unknown=unknown, found=found, level=checked, form=form)
        return
    told = [*model.given, *_given({"found": "--found"})]
    told += ["--population"] if file is not None and file.population is not None else []
    _refuse(told, "is for a model; say what varies, for example --vary sector.")
    _closed(
        *_seen(counts, file, unknown=unknown, total=total),
        shares=_pairs(shares, example="US=0.9"),
        method=method,
        prior=prior,
        level=checked,
        form=form,
    )


def _seen(
    words: Sequence[str], file: CellsFile | None, *, unknown: str | None, total: str | None
) -> "tuple[DestinationCounts, tuple[RowAccount, ...], bool]":
    """Read counts, where the rows went, and whether the people are simulated."""
    if file is None:
        return _typed(words, unknown=unknown, total=total), (), False
    _refuse(_given({"total": "--total"}), "is for counts; a file is counted.")
    cells, simulated = file.cells(unknown=unknown)
    return cells.total(), cells.accounts, simulated


def _typed(words: Sequence[str], *, unknown: str | None, total: str | None) -> "DestinationCounts":
    """Read counts as typed."""
    from talentstats.summaries.counts import DestinationCounts

    if not words:
        raise InputError(
            "there are no counts; give for example US=87 CN=10 other=3, or --from FILE. See "
            "'talentstats destinations --help'."
        )
    return DestinationCounts(
        {
            place: options.whole(value, name=f"count of {place!r}")
            for place, value in _pairs(words, example="US=87").items()
        },
        unknown=options.whole("0" if unknown is None else unknown, name="unknown"),
        total=None if total is None else options.whole(total, name="total"),
    )


def _closed(
    counts: "DestinationCounts",
    accounts: "Sequence[RowAccount]",
    simulated: bool,
    *,
    shares: Mapping[str, str],
    method: str,
    prior: str,
    level: float,
    form: str,
) -> None:
    """Answer without a sampler."""
    from talentstats.cli.answers import destinations as answers
    from talentstats.destinations.shares import destination_shares

    found = destination_shares(
        counts,
        method=method,
        level=level,
        shares={
            place: options.number(value, name=f"share of {place!r}")
            for place, value in shares.items()
        }
        or None,
        prior=prior,
    )
    emit(
        form,
        text=lambda: answers.text(found, accounts, simulated=simulated),
        document=lambda: answers.document(found, accounts, simulated=simulated),
        frame=lambda: found.tidy(level=found.level),
        table=lambda: answers.table(found, simulated=simulated),
    )


def _modelled(
    file: CellsFile | None,
    model: ModelOptions,
    *,
    unknown: str | None,
    found: Sequence[str],
    level: float,
    form: str,
) -> None:
    """Answer by a model of the cells."""
    from talentstats.cli.answers import destinations_bayes as answers
    from talentstats.cli.progress import progress
    from talentstats.destinations.model import destination_model
    from talentstats.destinations.model_prior import DestinationPrior

    if file is None:
        raise InputError(f"{model.given[0]} names covariates; give a file of them by --from FILE.")
    cells, simulated = file.cells(*model.variables, unknown=unknown)
    with progress("the model") as listen:
        fit = destination_model(
            cells,
            vary=model.vary,
            fixed=model.fixed,
            prior=DestinationPrior(**model.prior),
            population=file.population_of(cells),
            unknown=_found(found),
            sampling=model.sampling(),
            listen=listen,
        )
    with progress("under other priors") as listen:
        sensitivity = fit.prior_sensitivity(listen=listen)
    answer = answers.answer(fit, sensitivity, level=level, simulated=simulated)
    emit(form, **answer.formats())
    model.keep(fit)


def _found(words: Sequence[str]) -> dict[str, tuple[float, float]] | None:
    """Read PLACE=FOUND:LOST words."""
    read = {}
    for place, value in _pairs(words, example="US=90:10").items():
        known, colon, lost = value.partition(":")
        if not colon:
            raise InputError(
                f"--found {place}={value} is not PLACE=FOUND:LOST; give for example {place}=90:10."
            )
        read[place] = (
            options.number(known, name=f"found of {place!r}", example="90"),
            options.number(lost, name=f"lost of {place!r}", example="10"),
        )
    return read or None


def _given(words: Mapping[str, str]) -> list[str]:
    """Options that were typed."""
    context = click.get_current_context()
    return [
        word
        for name, word in words.items()
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    ]


def _refuse(words: Sequence[str], reason: str) -> None:
    """Refuse options that the question does not have."""
    if words:
        raise InputError(f"{words[0]} {reason}")


def _pairs(words: Sequence[str], *, example: str) -> dict[str, str]:
    """Read PLACE=VALUE words; a place named twice is refused, since a dict would drop one."""
    read: dict[str, str] = {}
    for word in words:
        place, sign, value = word.rpartition("=")
        if not sign or not place.strip() or not value.strip():
            raise InputError(f"{word!r} is not PLACE=VALUE; give for example {example}.")
        if place.strip() in read:
            raise InputError(
                f"destination {place.strip()!r} is given twice. Hint: add the two counts, or tell "
                "them apart by name."
            )
        read[place.strip()] = value.strip()
    return read
