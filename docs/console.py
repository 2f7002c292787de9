"""Put real output below the `$ talentstats ...` lines of the pages: `python docs/console.py`.

Only blocks marked `console` are touched, and in them only what follows such a line. A command may
end in `| head -N`. Commands of a page run in one folder that is thrown away, so that one may write
what the next reads. The tests hold that running this changes nothing.
"""

import contextlib
import io
import re
import shlex
import tempfile
from pathlib import Path

from talentstats.cli.main import main as talentstats

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in ("cli", "index", "json"))]
BLOCK = re.compile(r"(?<=^```console\n)(.*?)(?=^```$)", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"\$ talentstats (?P<words>.*?)(?: \| head -(?P<lines>\d+))?")


def output(words: str, lines: str | None) -> list[str]:
    """Lines that a command prints, on either stream."""
    stream = io.StringIO()
    with (
        contextlib.redirect_stdout(stream),
        contextlib.redirect_stderr(stream),
        contextlib.suppress(SystemExit),  # bad input, once its message is written
    ):
        talentstats(shlex.split(words))
    return stream.getvalue().rstrip().splitlines()[: int(lines) if lines else None]


def renewed(page: str) -> str:
    """The text of a page with the output of every command as it is now."""

    def block(found: re.Match[str]) -> str:
        lines: list[str] = []
        ours = False
        for line in found[0].splitlines():
            command = COMMAND.fullmatch(line)
            if line.startswith("$ "):
                ours = command is not None
            if command:
                lines += [line, *output(command["words"], command["lines"])]
            elif not ours:
                lines.append(line)
        return "".join(f"{line}\n" for line in lines)

    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        return BLOCK.sub(block, page)


def main() -> None:
    """Renew all pages."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        if (new := renewed(text)) != text:
            page.write_text(new, encoding="utf-8")
            print(f"renewed {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
