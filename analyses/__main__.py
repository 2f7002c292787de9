"""Run every analysis of this folder and write the page that shows them: `python analyses`."""

import argparse
import runpy
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from talentstats.errors import TalentStatsError
from talentstats.report.index import write_index

HERE = Path(__file__).parent


def main() -> int:
    """Run the scripts in the order of their numbers; return the exit status."""
    parser = argparse.ArgumentParser(prog="python analyses", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("outputs"), help="folder to write")
    parser.add_argument("only", nargs="*", help="run only scripts whose name starts so")
    wanted = parser.parse_args()
    scripts = [
        path
        for path in sorted(HERE.glob("[0-9]*.py"))
        if not wanted.only or any(path.name.startswith(name) for name in wanted.only)
    ]
    console = Console()
    if not scripts:
        console.print(f"No analysis starts with {', '.join(wanted.only)}.")
        return 2
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed} of {task.total}"),
        TimeElapsedColumn(),
        console=console,
    )
    with bar:
        task = bar.add_task("analyses", total=len(scripts))
        for script in scripts:
            bar.update(task, description=script.stem)
            start = time.perf_counter()
            try:
                runpy.run_path(str(script))["main"](wanted.out / script.stem)
            except TalentStatsError as error:
                bar.stop()
                console.print(f"{script.name}: {error}", style="bold red", markup=False)
                return 1
            bar.console.print(f"{script.stem}  {time.perf_counter() - start:.1f} s")
            bar.advance(task)
    page = write_index(wanted.out)
    console.print(f"\nOpen {page.resolve()}", soft_wrap=True, highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
