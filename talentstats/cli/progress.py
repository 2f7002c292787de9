"""How far sampling is, on standard error: a bar on a terminal, lines elsewhere."""

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from talentstats.bayes.sampling import Listener, Progress

# Seconds between two lines, where there is no terminal.
_PAUSE: Final = 10.0
_COMPILING: Final = "compiling the model"
_FIRST: Final = "compiling the model (about 40 s the first time on a machine)"


@contextmanager
def progress(doing: str) -> Iterator[Listener]:
    """Show what a listener of sampling is told.

    Parameters
    ----------
    doing : str
        What is sampled, such as "the model".

    Yields
    ------
    Listener
        For `listen=`.
    """
    if sys.stderr.isatty():
        yield from _bar(doing)
    else:
        yield lines(doing, sys.stderr)


def lines(doing: str, stream: TextIO) -> Listener:
    """Return a listener that writes a line at each beginning, each end and each ten seconds.

    Parameters
    ----------
    doing : str
        What is sampled.
    stream : text stream
        Where to.

    Returns
    -------
    Listener
        Takes a `Progress`.
    """
    before: Progress | None = None
    spoken = 0.0

    def listen(now: Progress) -> None:
        nonlocal before, spoken
        if now.stage == "sampling" and not now.done:
            return
        began = before is None or now.stage != before.stage or now.seconds < before.seconds
        ended = now.stage == "sampling" and now.done == now.total
        told_end = before is not None and before.done == before.total and not began
        before = now
        if began or now.seconds - spoken >= _PAUSE or (ended and not told_end):
            spoken = now.seconds
            print(f"{_title(doing, now)}{_state(now)}", file=stream, flush=True)

    return listen


def _bar(doing: str) -> Iterator[Listener]:
    """A bar that is gone when done; a spinner shows that compiling is alive."""
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[state]}"),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=None, state="")

        def listen(now: Progress) -> None:
            bar.update(
                task,
                description=_title(doing, now),
                total=now.total or None,
                completed=now.done,
                state=_state(now).removeprefix(", ").removeprefix(": "),
            )

        yield listen


def _title(doing: str, now: Progress) -> str:
    """What is being done."""
    if now.stage == "compiling":
        return _FIRST if now.first else _COMPILING
    return f"sampling {doing}"


def _state(now: Progress) -> str:
    """How far it is."""
    if now.stage == "compiling":
        return f", {now.seconds:.0f} s so far"
    left = "" if math.isnan(now.seconds_left) else f", {now.seconds_left:.0f} s left"
    return f": {now.done:,} of {now.total:,} draws{left}, {now.divergences} divergences"
