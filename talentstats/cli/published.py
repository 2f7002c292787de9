"""Commands about the published figures: benchmarks, published."""

from typing import TYPE_CHECKING

import click

from talentstats.cli import options
from talentstats.cli.output import emit

if TYPE_CHECKING:
    pass


@click.command()
@click.argument("which", metavar="[ID]", required=False)
@click.option("--cite", is_flag=True, help="Print BibTeX of the source, or of all sources.")
@click.option("--origin", default=None, help="Only people of this origin, such as China.")
@options.format_option
def benchmarks(
    which: str | None, cite: bool, origin: str | None, form: str
) -> None:  # numpydoc ignore=PR01
    """Published stay rates to compare with.

    All of them, or everything that is known about one ID.
    """
    from talentstats.published.benchmark import benchmark
    from talentstats.published.benchmark import benchmarks as every
    from talentstats.published.citation import bibtex

    found = [benchmark(which)] if which else list(every(origin))
    if cite:
        click.echo("\n\n".join(dict.fromkeys(bibtex(b) for b in found)))
        return
    from talentstats.cli.answers import benchmarks as answers

    emit(
        form,
        text=lambda: answers.one(found[0]) if which else answers.listing(found),
        document=lambda: answers.document(found),
        frame=lambda: answers.frame(found),
        table=lambda: answers.table(found),
    )


@click.command()
@click.argument("name", metavar="[TABLE]", required=False)
@options.format_option
def published(name: str | None, form: str) -> None:  # numpydoc ignore=PR01
    """Tables of the published figures.

    Their list, or one TABLE.
    """
    import pandas as pd

    from talentstats.published.package import published as read
    from talentstats.tables.frame_table import frame_table

    frame = read(name) if name else read()
    caption = f"Published figures: {name}" if name else "Published figures: tables"
    table = frame_table(frame, caption=caption)
    emit(
        form,
        text=table.to_text,
        document=lambda: {
            "command": "published",
            "table": name,
            "rows": [
                {name: None if pd.isna(value) else value for name, value in row.items()}
                for row in frame.to_dict("records")
            ],
        },
        frame=lambda: frame,
        table=lambda: table,
    )
