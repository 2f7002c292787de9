"""What could not be compared, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeftOut:
    """A benchmark under a choice that could not be compared.

    Parameters
    ----------
    benchmark : str
        Its id.
    choice : str
        What was asked for.
    reason : str
        Why it could not be done.
    """

    benchmark: str
    choice: str
    reason: str


def left_out_frame(items: Sequence[LeftOut]) -> "pd.DataFrame":
    """Lay out what could not be compared.

    Parameters
    ----------
    items : Sequence of LeftOut
        Any number, none included.

    Returns
    -------
    pandas.DataFrame
        Columns `benchmark, choice, reason`.
    """
    import pandas as pd

    return pd.DataFrame(
        [(x.benchmark, x.choice, x.reason) for x in items],
        columns=["benchmark", "choice", "reason"],
    )
