"""The file that a survival command reads: spells, outcome rows, or published aggregates."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from talentstats.errors import InputError

if TYPE_CHECKING:
    from talentstats.summaries.cells import RiskCells
    from talentstats.summaries.spells import Spells

SIMULATED_COLUMN: Final = "simulated"
_COLUMNS = {
    "entry": "time at which a person came under observation",
    "exit": "time at which observation ended",
    "event": "whether, or for where, the stay ended at exit",
    "lower": "last time seen in the host; with --host, first time seen there",
    "upper": "first time seen elsewhere; with --host, last time seen anywhere",
    "destination": "where the person went",
    "weight": "sampling weight",
    "count": "people that a row stands for",
    "cluster": "what rows belong together",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpellsFile:
    """A file, and which of its columns is what.

    Parameters
    ----------
    path : str
        CSV or Parquet.
    columns : dict of str to str or None
        Part of a spell to the column that was named.
    host : str or None
        The place that counts as staying, in outcome rows.
    clock : str or None
        What time is counted from.
    """

    path: str
    columns: dict[str, str | None]
    host: str | None
    clock: str | None

    def spells(self, *names: str) -> "Spells":
        """Read stays, with the covariates that the question needs and no others.

        A hole in a column that nothing is asked of leaves nobody out.

        Parameters
        ----------
        *names : str
            Covariates that are needed.

        Returns
        -------
        Spells
            Checked, with the account of the rows.
        """
        from talentstats.summaries.frames import read_frame
        from talentstats.summaries.spells import Spells

        frame = read_frame(self.path)
        marked = [SIMULATED_COLUMN] if SIMULATED_COLUMN in frame.columns else []
        return Spells.from_frame(
            frame,
            **self.columns,
            host=self.host,
            covariates=dict.fromkeys([*names, *marked]),
            clock=self.clock,
        )

    def cells(
        self,
        *names: str,
        formula: str = "",
        events: str | None,
        exposure: str | None,
        at_risk: str | None,
        width: float,
    ) -> "RiskCells":
        """Read published aggregates, or cut stays into cells.

        Parameters
        ----------
        *names : str
            Covariates that are needed.
        formula : str
            Formula, whose variables are needed.
        events : str or None
            Columns of events, with commas between them; None is "events".
        exposure : str or None
            Column of person-years; None is "exposure".
        at_risk : str or None
            Column of people at risk, where the table is a life table.
        width : float
            Width of the cells, in units of the clock.

        Returns
        -------
        RiskCells
            The cells.

        Raises
        ------
        InputError
            If columns of a stay are named for a file of aggregates.
        """
        from talentstats.summaries.cells import RiskCells
        from talentstats.summaries.frames import read_frame
        from talentstats.summaries.spells_arrays import DEFAULT_CLOCK

        frame = read_frame(self.path)
        aggregated = bool({exposure or "exposure", at_risk} & {*frame.columns})
        if not aggregated and not (events or exposure or at_risk):
            taken = {column or part for part, column in self.columns.items()}
            spells = self.spells(
                *names, *_variables(formula, (name for name in frame.columns if name not in taken))
            )
            return RiskCells.from_spells(spells, width=width, by_cluster=spells.cluster is not None)
        named = [f"--{part}" for part, column in self.columns.items() if column]
        if named:
            raise InputError(
                f"{self.path} holds events and person-years, and {', '.join(named)} names a part "
                "of a stay; give one or the other."
            )
        counted = (events or "events").split(",")
        return RiskCells.from_frame(
            frame,
            events=[name.strip() for name in counted],
            exposure=exposure or "exposure",
            at_risk=at_risk,
            clock=self.clock or DEFAULT_CLOCK,
        )


def _variables(formula: str, columns: Iterable[str]) -> list[str]:
    """Columns that a formula names; a name that is none is refused with the nearest."""
    from talentstats.survival.formula_terms import read_formula

    if not formula:
        return []
    terms = read_formula(formula, variables=[*columns, "duration"])
    named = dict.fromkeys(factor.variable for term in terms for factor in term)
    return [name for name in named if name != "duration"]


def spells_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add FILE and the names of its columns to a command.

    Parameters
    ----------
    command : Callable
        The command's function; it is given `file`, a `SpellsFile`.

    Returns
    -------
    Callable
        The function with FILE and its options.
    """
    from functools import wraps

    @wraps(command)
    def read(**given: Any) -> Any:
        columns = {part: given.pop(f"{part}_column") for part in _COLUMNS}
        file = SpellsFile(
            path=given.pop("file"),
            columns=columns,
            host=given.pop("host"),
            clock=given.pop("clock"),
        )
        return command(file=file, **given)

    options = [
        click.option(f"--{part}", f"{part}_column", default=None, metavar="COL", help=f"{text}.")
        for part, text in _COLUMNS.items()
    ]
    options += [
        click.option("--host", default=None, help="Place that counts as staying, in outcome rows."),
        click.option("--clock", default=None, help="What time is counted from, in words."),
    ]
    decorated: Callable[..., Any] = read
    for option in reversed(options):
        decorated = option(decorated)
    return click.argument("file")(decorated)
