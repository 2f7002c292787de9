"""The result of a prediction: retention of profiles over time, with log-log intervals."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from talentstats import checks
from talentstats.results.columns import columns_frame, glance_frame
from talentstats.results.provenance import Provenance
from talentstats.results.wording import percent
from talentstats.stats.curve_limits import pointwise_limits
from talentstats.stats.limits import Floats, Limits, read_only

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoxPrediction:
    """Retention of g profiles at t times; made by `CoxModel.predict`.

    Parameters
    ----------
    profiles : tuple of str
        The g profiles by name.
    time : (t,) ndarray of float
        Times on the clock of the spells.
    entry : (g,) ndarray of float
        Time at which presence is given.
    estimate, std_error : (g, t) ndarray of float
        Probability of staying from entry to each time, and its standard error.
    level : float
        Level of the sentence.
    caution : str
        What the sentence adds where its first factors rest on few people; else empty.
    notes : tuple of str
        What a reader has to be told.
    provenance : Provenance
        What made this result.
    """

    profiles: tuple[str, ...]
    time: Floats
    entry: Floats
    estimate: Floats
    std_error: Floats
    level: float
    caution: str
    notes: tuple[str, ...]
    provenance: Provenance

    def __post_init__(self) -> None:
        for name in ("time", "entry", "estimate", "std_error"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def sentence(self) -> str:
        """Retention at the last time, profile by profile, and what it rests on if on few."""
        limits = self._limits(self.level)
        parts = [
            f"{name} {percent(self.estimate[i, -1])} ({100 * self.level:g}% confidence interval "
            f"{percent(limits.lower[i, -1])} to {percent(limits.upper[i, -1])})"
            for i, name in enumerate(self.profiles)
        ]
        same = np.unique(self.entry)
        given = f" given presence at {same[0]:g}" if same.size == 1 and same[0] else ""
        main = f"Predicted retention at {self.time[-1]:g}{given}: {'; '.join(parts)}."
        return f"{main} {self.caution}".rstrip()

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return one row a profile and time.

        Parameters
        ----------
        level : float
            Level of the intervals, recomputed.

        Returns
        -------
        pandas.DataFrame
            Keys group and time, term "retention", log-log intervals; they are missing
            where no end has come yet.
        """
        checked = checks.level(level)
        limits = self._limits(checked)
        g, t = self.estimate.shape
        return columns_frame(
            {
                "group": np.repeat(np.array(self.profiles, dtype=object), t),
                "time": np.tile(self.time, g),
                "term": "retention",
                "estimate": self.estimate.ravel(),
                "std_error": self.std_error.ravel(),
                "conf_low": limits.lower.ravel(),
                "conf_high": limits.upper.ravel(),
                "conf_level": checked,
                "interval": "log-log",
            }
        )

    def glance(self) -> "pd.DataFrame":
        """Return one row: profiles, times, horizon.

        Returns
        -------
        pandas.DataFrame
            One row.
        """
        return glance_frame(
            {
                "profiles": len(self.profiles),
                "times": self.time.size,
                "horizon": float(self.time.max()),
                "level": self.level,
            }
        )

    def _limits(self, level: float) -> Limits:
        """Return log-log limits; none where no end has come."""
        found = pointwise_limits(
            estimate=self.estimate, variance=self.std_error**2, level=level, scale="log-log"
        )
        none = self.estimate >= 1.0
        return Limits(
            lower=np.where(none, np.nan, found.lower), upper=np.where(none, np.nan, found.upper)
        )
