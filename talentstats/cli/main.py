"""The entry point: one group, one command a question, and exit statuses that mean something."""

import sys
from collections.abc import Sequence

import click

from talentstats._version import __version__
from talentstats.cli.destinations import destinations
from talentstats.cli.evidence import evidence
from talentstats.cli.published import benchmarks, published
from talentstats.cli.retention import compare, power, retention, specification
from talentstats.cli.simulate import simulate
from talentstats.cli.survival import survival
from talentstats.cli.survival_bayes import bayes
from talentstats.errors import SamplingInterrupted, TalentStatsError

_HELP = """Estimates of staying and leaving that can be defended before a referee.

\b
talentstats retention 87 100 --benchmark 0.90
talentstats specification 87 100 --horizon 6
"""


@click.group(
    help=_HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="talentstats")
def talentstats() -> None:
    """Group the commands."""


for command in (
    retention,
    compare,
    evidence,
    destinations,
    survival,
    specification,
    power,
    benchmarks,
    published,
    simulate,
):
    talentstats.add_command(command)
survival.add_command(bayes)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line: exit status 0 when done, 2 for bad input, 1 for our own faults.

    Parameters
    ----------
    arguments : Sequence of str or None
        Words after the program's name; None takes them from the process.
    """
    try:
        talentstats.main(args=arguments, prog_name="talentstats", standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(2)
    except click.ClickException as error:
        _complain(_advice(error))
        sys.exit(2)
    except click.Abort as stopped:
        # Click has turned Ctrl-C into this; a sampler says what is kept.
        told = isinstance(stopped.__cause__, SamplingInterrupted)
        _complain(str(stopped.__cause__) if told else "stopped.")
        sys.exit(130)
    except TalentStatsError as error:
        _complain(str(error))
        sys.exit(2)
    except BrokenPipeError:
        # The reader went away (`| head`); Python would complain once more at exit.
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        _complain(
            f"internal error ({type(error).__name__}: {error}). This is a fault of talentstats; "
            "please report it with the command you ran."
        )
        sys.exit(1)


def _advice(error: click.ClickException) -> str:
    """Say what was found and where help is."""
    message = error.format_message()
    context = getattr(error, "ctx", None)
    if context is not None:
        message += f" See '{context.command_path} --help'."
    return message


def _complain(message: str) -> None:
    """Write one message to standard error."""
    click.echo(f"talentstats: {message}", err=True)
