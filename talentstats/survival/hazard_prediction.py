"""The result of a prediction: retention and incidences of profiles, with their limits."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from talentstats import checks
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.summaries.columns import frozen

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
PredictionMethod = Literal["delta", "bootstrap"]
RETAINED: Final = "retained"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HazardPrediction:
    """Retention and incidences of n profiles; made by `HazardModel.predict`.

    Parameters
    ----------
    profiles : tuple of str
        The n profiles by name.
    outcomes : tuple of str
        "retained", then the k destinations; "retained" alone where they are taken together.
    time : (t,) ndarray of float
        Ends of the steps up to the horizon, on the clock of the cells.
    entry : float
        Time at which presence is given.
    estimate, std_error : (n, t, o) ndarray of float
        Probabilities, and their errors by the delta method or over the draws.
    draws : (b, n, t, o) ndarray of float or None
        Of the parametric bootstrap.
    clock : str
        What time is counted from.
    degrees : float
        Degrees of freedom of the intervals; infinite for normal ones.
    level : float
        Level of the sentence.
    notes : tuple of str
        What a reader has to be told.
    provenance : Provenance
        What made this result.
    """

    profiles: tuple[str, ...]
    outcomes: tuple[str, ...]
    time: Floats
    entry: float
    estimate: Floats
    std_error: Floats
    draws: Floats | None
    clock: str
    degrees: float
    level: float
    notes: tuple[str, ...]
    provenance: Provenance

    def __post_init__(self) -> None:
        for name in ("time", "estimate", "std_error", "draws"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, frozen(getattr(self, name), np.float64))

    def limits(self, level: float) -> tuple[Floats, Floats]:
        """Limits of the probabilities.

        Parameters
        ----------
        level : float
            Their level.

        Returns
        -------
        tuple of ndarray
            Lower and upper, both (n, t, o).
        """
        if self.draws is not None:
            tail = (1.0 - level) / 2.0
            low, high = np.quantile(self.draws, [tail, 1.0 - tail], axis=0)
            return low, high
        return cloglog_limits(self.estimate, self.std_error, level=level, degrees=self.degrees)

    @property
    def sentence(self) -> str:
        """Retention at the horizon, profile by profile."""
        low, high = self.limits(self.level)
        given = f" given presence at {self.entry:g}" if self.entry else ""
        parts = [
            f"{name} {100 * self.estimate[i, -1, 0]:.1f}% ({100 * self.level:g}% confidence "
            f"interval {100 * low[i, -1, 0]:.1f} to {100 * high[i, -1, 0]:.1f})"
            for i, name in enumerate(self.profiles)
        ]
        return f"Predicted retention at {self.time[-1]:g} {self.clock}{given}: {'; '.join(parts)}."

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return one row a profile, time and outcome.

        Parameters
        ----------
        level : float
            Level of the intervals, recomputed.

        Returns
        -------
        pandas.DataFrame
            Keys group, time and, with several destinations, outcome; terms "retention"
            and "incidence".
        """
        checked = checks.level(level)
        low, high = self.limits(checked)
        rows = []
        for i, j, o in np.ndindex(*self.estimate.shape):
            row = {
                "group": self.profiles[i],
                "time": float(self.time[j]),
                "term": "incidence" if o else "retention",
                "estimate": self.estimate[i, j, o],
                "std_error": self.std_error[i, j, o],
                "conf_low": low[i, j, o],
                "conf_high": high[i, j, o],
                "conf_level": checked,
                "interval": "cloglog" if self.draws is None else "bootstrap",
            }
            if len(self.outcomes) > 1:
                row["outcome"] = self.outcomes[o]
            rows.append(row)
        return tidy_frame(rows)

    def glance(self) -> "pd.DataFrame":
        """Return one row: profiles, entry, horizon, method.

        Returns
        -------
        pandas.DataFrame
            One row.
        """
        return glance_frame(
            {
                "profiles": len(self.profiles),
                "entry": self.entry,
                "horizon": float(self.time[-1]),
                "draws": 0 if self.draws is None else len(self.draws),
                "level": self.level,
                "method": self.provenance.method,
            }
        )


def cloglog_limits(
    estimate: Floats, std_error: Floats, *, level: float, degrees: float
) -> tuple[Floats, Floats]:
    """Limits that are symmetric for log(-log(.)) of retention, and of 1 less an incidence.

    Parameters
    ----------
    estimate, std_error : (..., o) ndarray of float
        Retention first, then incidences.
    level : float
        Level.
    degrees : float
        Degrees of freedom; infinite for normal ones.

    Returns
    -------
    tuple of ndarray
        Lower and upper limits; NaN at 0 and 1.
    """
    z = quantile(level, degrees)
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.log1p(-estimate)
        log[..., 0] = np.log(estimate[..., 0])
        ratio = np.exp(z * std_error / np.abs(np.exp(log) * log))
        low, high = np.exp(log * ratio), np.exp(log / ratio)
        gone = -np.expm1(log / ratio), -np.expm1(log * ratio)
    lower, upper = low, high
    lower[..., 1:], upper[..., 1:] = gone[0][..., 1:], gone[1][..., 1:]
    return lower, upper


def quantile(level: float, degrees: float) -> float:
    """Half-width of a central interval in standard errors.

    Parameters
    ----------
    level : float
        Level.
    degrees : float
        Degrees of freedom; infinite for the normal distribution.

    Returns
    -------
    float
        Upper quantile.
    """
    tail = (1.0 + level) / 2.0
    return float(ndtri(tail) if np.isinf(degrees) else stdtrit(degrees, tail))
