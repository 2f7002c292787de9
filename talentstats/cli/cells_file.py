"""The file that `destinations --from` reads: stays and a horizon, or people by destination."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from talentstats.cli import options
from talentstats.cli.spells_file import SIMULATED_COLUMN
from talentstats.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from talentstats.summaries.destination_cells import DestinationCells
    from talentstats.summaries.population import PopulationCells

_STAY = {
    "entry": "time at which a person came under observation",
    "exit": "time at which observation ended",
    "event": "whether, or for where, the stay ended at exit",
    "lower": "last time seen in the host",
    "upper": "first time seen elsewhere",
    "destination": "where the person went",
}
_TABLE = {
    "outcome": "Column with where people are at the end.",
    "count": "Column with the people that a row stands for.",
    "cluster": "Column with what people belong together by.",
}
_DEFAULT_HOST = "host"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellsFile:
    """A file, and which of its columns is what.

    Parameters
    ----------
    path : str
        CSV or Parquet.
    horizon : float or None
        Years since entry, for a file of stays.
    host : str or None
        What the host is called, for a file of stays. Where the column of destinations has
        it, rows are outcomes of looks: `lower` first seen, `upper` last seen, and where.
    columns : dict of str to str or None
        Part of a stay, outcome, count or cluster to the column that was named.
    destinations : tuple of str or None
        Names of the destinations, or of their columns.
    population : str or None
        Path of the population table.
    """

    path: str
    horizon: float | None
    host: str | None
    columns: dict[str, str | None]
    destinations: tuple[str, ...] | None
    population: str | None

    def cells(self, *names: str, unknown: str | None = None) -> tuple["DestinationCells", bool]:
        """Read the file into cells of the covariates that the question needs.

        Parameters
        ----------
        *names : str
            Covariates to keep apart.
        unknown : str or None
            Column, or label of the outcome, of people whose destination is not known.

        Returns
        -------
        tuple of (DestinationCells, bool)
            The cells, and whether the file says that its people are simulated.

        Raises
        ------
        InputError
            If a file of stays comes without a horizon, or another file with one.
        """
        from talentstats.summaries.destination_cells import DestinationCells
        from talentstats.summaries.frames import read_frame

        frame = read_frame(self.path)
        simulated = SIMULATED_COLUMN in frame.columns
        frame = frame.drop(columns=[SIMULATED_COLUMN], errors="ignore")
        of_table = [self.columns.get("outcome"), unknown, self.destinations]
        of_stay = [f"--{part}" for part in _STAY if self.columns.get(part)]
        if all(given is None for given in of_table) and (
            of_stay or {"exit", "lower"} & {*frame.columns}
        ):
            return self._of_stays(frame, names), simulated
        of_stay += [f"--{word}" for word in ("horizon", "host") if getattr(self, word) is not None]
        if of_stay:
            raise InputError(
                f"{', '.join(of_stay)} is for a file of stays, with columns lower and upper, or "
                f"exit and event; {self.path} is read as people by destination. Give one or the "
                "other."
            )
        cells = DestinationCells.from_frame(
            frame,
            destinations=self.destinations,
            by=names,
            unknown=unknown,
            **{part: self.columns.get(part) for part in _TABLE},
        )
        return cells, simulated

    def population_of(self, cells: "DestinationCells") -> "PopulationCells | None":
        """Read the population table, if one is named.

        Parameters
        ----------
        cells : DestinationCells
            The data.

        Returns
        -------
        PopulationCells or None
            Shares of the kinds of people, from a column count.
        """
        from talentstats.summaries.population import population_weights

        return None if self.population is None else population_weights(cells, self.population)

    def _of_stays(self, frame: "pd.DataFrame", names: tuple[str, ...]) -> "DestinationCells":
        """Count where people are at the horizon."""
        from talentstats.summaries.destination_cells import DestinationCells
        from talentstats.summaries.spells import Spells

        if self.horizon is None:
            raise InputError(
                f"{self.path} holds stays: say at which time after entry people are looked for, "
                "for example --horizon 6."
            )
        where = self.columns.get("destination") or "destination"
        looks = self.host is not None and where in frame and (frame[where] == self.host).any()
        spells = Spells.from_frame(
            frame,
            **{part: self.columns.get(part) for part in (*_STAY, "count", "cluster")},
            host=self.host if looks else None,
            covariates=names,
        )
        return DestinationCells.from_spells(
            spells,
            horizon=self.horizon,
            host=_DEFAULT_HOST if self.host is None else self.host,
            cluster=self.columns.get("cluster") is not None,
        )


def cells_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --from, and the options that say what is in the file, to a command.

    Parameters
    ----------
    command : Callable
        The command's function; it is given `file`, a `CellsFile`, or None without --from.

    Returns
    -------
    Callable
        The function with its options.
    """
    from functools import wraps

    @wraps(command)
    def read(**given: Any) -> Any:
        columns = {part: given.pop(f"{part}_column") for part in (*_STAY, *_TABLE)}
        path, horizon = given.pop("from_path"), given.pop("horizon")
        places, host = given.pop("places"), given.pop("host")
        population = given.pop("population")
        if path is None:
            words = {"horizon": horizon, "destinations": places, "host": host, **columns}
            strange = [f"--{word}" for word, value in words.items() if value is not None]
            strange += [] if population is None else ["--population"]
            if strange:
                raise InputError(f"{strange[0]} is about a file; give one with --from FILE.")
            return command(file=None, **given)
        file = CellsFile(
            path=path,
            horizon=None
            if horizon is None
            else options.number(horizon, name="horizon", example="6"),
            host=host,
            columns=columns,
            destinations=None if places is None else tuple(w.strip() for w in places.split(",")),
            population=population,
        )
        return command(file=file, **given)

    added = [
        click.option(
            "--from", "from_path", default=None, metavar="FILE",
            help="CSV or Parquet: stays, or people by destination.",
        ),
        click.option("--horizon", default=None, help="Years since entry, for stays."),
        click.option("--host", default=None, help="What the host is called, for stays."),
        click.option(
            "--destinations", "places", default=None, metavar="A,B,...",
            help="Destinations, or their columns; those that nobody went to too.",
        ),
        click.option(
            "--population", default=None, metavar="FILE",
            help="Table of covariates and count to average over.",
        ),
    ]  # fmt: skip
    added += [
        click.option(f"--{part}", f"{part}_column", default=None, metavar="COL", help=text)
        for part, text in {**{k: f"{v}." for k, v in _STAY.items()}, **_TABLE}.items()
    ]
    decorated: Callable[..., Any] = read
    for option in reversed(added):
        decorated = option(decorated)
    return decorated
