"""Standardised retention: if all were at one level, and if all were at another."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtr

from talentstats import checks
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.summaries.columns import frozen
from talentstats.survival.hazard_prediction import RETAINED, cloglog_limits, quantile

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

_ONE_LESS: Final = np.array([1.0, -1.0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HazardContrast:
    """Standardised retention and incidences at l levels; made by `HazardModel.contrast`.

    Parameters
    ----------
    variable : str
        What is set.
    levels : tuple of str
        The l levels; each of the others is compared with the last.
    outcomes : tuple of str
        "retained", then the destinations; "retained" alone where they are taken together.
    horizon, entry : float
        Retention is from entry to the horizon.
    estimate : (l, o) ndarray of float
        Standardised probabilities.
    covariance : (l * o, l * o) ndarray of float
        Of these, by the delta method, the population taken as fixed.
    clock : str
        What time is counted from.
    degrees : float
        Degrees of freedom of the intervals; infinite for normal ones.
    population : str
        Over whom it is averaged.
    level : float
        Level of the sentence.
    notes : tuple of str
        What a reader has to be told.
    provenance : Provenance
        What made this result.
    """

    variable: str
    levels: tuple[str, ...]
    outcomes: tuple[str, ...]
    horizon: float
    entry: float
    estimate: Floats
    covariance: Floats
    clock: str
    degrees: float
    population: str
    level: float
    notes: tuple[str, ...]
    provenance: Provenance

    def __post_init__(self) -> None:
        for name in ("estimate", "covariance"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64))

    @property
    def std_error(self) -> Floats:
        """Standard errors (l, o) by the delta method."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0)).reshape(self.estimate.shape)

    @property
    def sentence(self) -> str:
        """The first level against the last."""
        frame = self.tidy(level=self.level)
        rows = frame[frame["outcome"] == RETAINED] if "outcome" in frame else frame
        one, other = self.levels[0], self.levels[-1]
        texts = {}
        for key, scale in (((one, "retention"), 100), ((other, "retention"), 100),
                           ((f"{one} against {other}", "difference"), 100),
                           ((f"{one} against {other}", "ratio"), 1)):  # fmt: skip
            row = rows[(rows["group"] == key[0]) & (rows["term"] == key[1])].iloc[0]
            places = 1 if scale == 100 else 3
            texts[key] = [f"{scale * row[c]:z.{places}f}" for c in
                          ("estimate", "conf_low", "conf_high")]  # fmt: skip
        a, b, gap, ratio = texts.values()
        given = f" given presence at {self.entry:g}" if self.entry else ""
        return (
            f"If all were {self.variable} {one}, {a[0]}% would be retained at {self.horizon:g} "
            f"{self.clock}{given} ({100 * self.level:g}% confidence interval {a[1]} to {a[2]}), "
            f"and if all were {other}, {b[0]}% ({b[1]} to {b[2]}): a difference of {gap[0]} "
            f"percentage points ({gap[1]} to {gap[2]}), a ratio of {ratio[0]} ({ratio[1]} to "
            f"{ratio[2]}). "
            f"Standardised over {self.population}."
        )

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return standardised probabilities, then differences and ratios.

        Parameters
        ----------
        level : float
            Level of the intervals, recomputed.

        Returns
        -------
        pandas.DataFrame
            Keys group, time and, with several destinations, outcome; terms "retention"
            or "incidence", "difference" and "ratio". Intervals of probabilities are
            symmetric on the complementary log-log scale, of ratios on that of the log.
        """
        checked = checks.level(level)
        low, high = cloglog_limits(
            self.estimate, self.std_error, level=checked, degrees=self.degrees
        )
        several = len(self.outcomes) > 1
        rows = []
        for o, outcome in enumerate(self.outcomes):
            base: dict[str, Any] = {"time": self.horizon, "conf_level": checked}
            if several:
                base["outcome"] = outcome
            rows += [
                base
                | {
                    "group": name,
                    "term": "incidence" if o else "retention",
                    "estimate": self.estimate[i, o],
                    "std_error": self.std_error[i, o],
                    "conf_low": low[i, o],
                    "conf_high": high[i, o],
                    "interval": "cloglog",
                }
                for i, name in enumerate(self.levels)
            ]
            for i in range(len(self.levels) - 1):
                rows += [base | row for row in self._pair(i, o, checked)]
        return tidy_frame(rows)

    def glance(self) -> "pd.DataFrame":
        """Return one row: variable, levels, horizon, population.

        Returns
        -------
        pandas.DataFrame
            One row.
        """
        return glance_frame(
            {
                "variable": self.variable,
                "levels": len(self.levels),
                "entry": self.entry,
                "horizon": self.horizon,
                "population": self.population,
                "level": self.level,
            }
        )

    def _pair(self, i: int, o: int, level: float) -> list[dict[str, Any]]:
        """Difference and ratio of level i to the last."""
        last, width = len(self.levels) - 1, len(self.outcomes)
        places = [i * width + o, last * width + o]
        spread = self.covariance[np.ix_(places, places)]
        one, other = self.estimate[[i, last], o]
        half = quantile(level, self.degrees)
        gap, gap_error = one - other, float(np.sqrt(_ONE_LESS @ spread @ _ONE_LESS))
        log, slope = np.log(one / other), _ONE_LESS / np.array([one, other])
        log_error = float(np.sqrt(slope @ spread @ slope))
        same = {"group": f"{self.levels[i]} against {self.levels[last]}"}
        return [
            same
            | {
                "term": "difference",
                "estimate": gap,
                "std_error": gap_error,
                "conf_low": gap - half * gap_error,
                "conf_high": gap + half * gap_error,
                "interval": "delta",
            }
            | self._test(gap / gap_error),
            same
            | {
                "term": "ratio",
                "estimate": one / other,
                "std_error": one / other * log_error,
                "conf_low": np.exp(log - half * log_error),
                "conf_high": np.exp(log + half * log_error),
                "interval": "log-delta",
            }
            | self._test(log / log_error),
        ]

    def _test(self, statistic: float) -> dict[str, float]:
        """Two-sided test of no difference."""
        size = -abs(statistic)
        tail = ndtr(size) if np.isinf(self.degrees) else stdtr(self.degrees, size)
        return {"statistic": float(statistic), "p_value": float(2.0 * tail)}
