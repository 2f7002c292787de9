"""How far sampling is: lines where standard error is no terminal, a bar where it is one."""

import io
import sys

import pytest

from talentstats.bayes.sampling import Progress
from talentstats.cli.progress import lines, progress


def sampling(done, seconds, divergences=0):
    return Progress(
        stage="sampling", done=done, total=8000, seconds=seconds, divergences=divergences
    )


def test_lines_at_the_beginning_the_end_and_each_ten_seconds():
    out = io.StringIO()
    listen = lines("the model", out)
    for second in (0, 1, 2, 9, 11, 12):
        listen(Progress(stage="compiling", seconds=second, first=True))
    listen(sampling(0, 0.1))
    listen(sampling(2000, 1.0))
    listen(sampling(4000, 2.0, 3))
    listen(sampling(8000, 4.0, 3))
    listen(sampling(8000, 4.1, 3))
    # Another fit, by the same listener.
    listen(sampling(4000, 0.5))
    assert out.getvalue().splitlines() == [
        "compiling the model (about 40 s the first time on a machine), 0 s so far",
        "compiling the model (about 40 s the first time on a machine), 11 s so far",
        "sampling the model: 2,000 of 8,000 draws, 3 s left, 0 divergences",
        "sampling the model: 8,000 of 8,000 draws, 0 s left, 3 divergences",
        "sampling the model: 4,000 of 8,000 draws, 0 s left, 0 divergences",
    ]


def test_a_later_compile_promises_no_forty_seconds():
    out = io.StringIO()
    lines("the model", out)(Progress(stage="compiling", seconds=1.2))
    assert out.getvalue() == "compiling the model, 1 s so far\n"


def test_no_terminal_gives_lines(capsys):
    with progress("the model") as listen:
        listen(sampling(10, 1.0))
    assert capsys.readouterr() == (
        "",
        "sampling the model: 10 of 8,000 draws, 799 s left, 0 divergences\n",
    )


class Terminal(io.StringIO):
    def isatty(self):
        return True


def terminal(monkeypatch):
    """Put a terminal in the place of standard error."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "140")
    for name in ("NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "stderr", Terminal())
    return sys.stderr


def test_a_terminal_gives_a_bar_that_is_gone_when_done(monkeypatch):
    screen = terminal(monkeypatch)
    with progress("the model") as listen:
        listen(Progress(stage="compiling", seconds=7.0, first=True))
        first = screen.getvalue()
        listen(sampling(2000, 1.0, 5))
    shown = screen.getvalue()
    assert "the model" in first
    assert "2,000 of 8,000 draws, 3 s left, 5 divergences" in shown
    # The line is cleared at the end, and the cursor is shown again.
    assert "\x1b[2K" in shown.rsplit("divergences", 1)[1]
    assert shown.rstrip().endswith(("\x1b[?25h", "\x1b[2K"))


def test_a_bar_is_gone_after_an_interruption(monkeypatch):
    screen = terminal(monkeypatch)

    def interrupted():
        with progress("the model") as listen:
            listen(sampling(2000, 1.0))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert "\x1b[?25h" in screen.getvalue()
