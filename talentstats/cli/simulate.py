"""Command that makes up a cohort: simulate."""

import click

from talentstats.cli import options


@click.command()
@click.option("--people", required=True, help="How many people to make up.")
@click.option("--out", required=True, metavar="FILE", help="File to write, .csv or .parquet.")
@click.option("--seed", default="1", show_default=True, help="What the random numbers start from.")
def simulate(people: str, out: str, seed: str) -> None:  # numpydoc ignore=PR01
    """Spells of people who do not exist, like a published cohort.

    Expected margins are those of the hundred of 2019: six years on, 87% in the United
    States, 10% in China, 3% elsewhere. The file has a column that says it is simulated.
    """
    from talentstats.cohort.carnegie import carnegie_like
    from talentstats.files import write_whole
    from talentstats.summaries.frames import frame_bytes

    size = options.whole(people, name="people")
    spells = carnegie_like(options.whole(seed, name="seed"), n=size).spells()
    frame = spells.frame().assign(simulated=True)
    write_whole(out, frame_bytes(frame, out))
    click.echo(
        f"Wrote {len(frame):,} simulated spells to {out} (clock: {spells.clock}). "
        "Nobody in it exists."
    )
