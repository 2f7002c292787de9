"""Command about where people are at the end: destinations."""

from collections.abc import Sequence

import click

from talentstats.cli import options
from talentstats.cli.output import emit
from talentstats.errors import InputError


@click.command()
@click.argument("counts", nargs=-1, required=True, metavar="PLACE=COUNT...")
@click.option("--unknown", default="0", help="People of unknown destination.")
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
@options.level_option
@options.format_option
def destinations(  # numpydoc ignore=PR01
    counts: tuple[str, ...],
    unknown: str,
    total: str | None,
    shares: tuple[str, ...],
    method: str,
    prior: str,
    level: str,
    form: str,
) -> None:
    """Shares of several destinations at once.

    For example: US=87 CN=10 other=3.
    """
    from talentstats.cli.answers import destinations as answers
    from talentstats.destinations.shares import destination_shares
    from talentstats.summaries.counts import DestinationCounts

    found = destination_shares(
        DestinationCounts(
            {
                place: options.whole(value, name=f"count of {place!r}")
                for place, value in _pairs(counts, example="US=87").items()
            },
            unknown=options.whole(unknown, name="unknown"),
            total=None if total is None else options.whole(total, name="total"),
        ),
        method=method,
        level=options.number(level, name="level"),
        shares={
            place: options.number(value, name=f"share of {place!r}")
            for place, value in _pairs(shares, example="US=0.9").items()
        }
        or None,
        prior=prior,
    )
    emit(
        form,
        text=lambda: answers.text(found),
        document=lambda: answers.document(found),
        frame=lambda: found.tidy(level=found.level),
        table=lambda: answers.table(found),
    )


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
