"""What every result can do; tables, plots and reports rely on this and on nothing else."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from talentstats.results.provenance import Provenance

if TYPE_CHECKING:
    import pandas as pd


@runtime_checkable
class Result(Protocol):
    """A frozen answer.

    `tidy` recomputes its intervals for `level` and changes nothing; `glance` has
    exactly one row. Column names are those of `talentstats.results.columns`.
    """

    @property
    def provenance(self) -> Provenance:
        """What made this result."""
        ...

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return the estimates, one row a term.

        Parameters
        ----------
        level : float
            Confidence or credible level of the intervals.
        """
        ...

    def glance(self) -> "pd.DataFrame":
        """Return one row that describes the whole."""
        ...
