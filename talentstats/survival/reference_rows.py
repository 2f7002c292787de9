"""One reference curve beside the people watched, with their entry honoured or ignored."""

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np

from talentstats.errors import InputError
from talentstats.stats.standardised import ObservedExpected
from talentstats.survival.reference_curve import ReferenceCurve
from talentstats.survival.reference_kept import kept_by_reference
from talentstats.survival.reference_retention import Elapsed, power_at_margin
from talentstats.survival.reference_watched import Entry, Watched

ReferenceVerdict = Literal[
    "below",
    "above",
    "cannot tell",
    "equivalent within the margin",
    "equivalent within the margin, though detectably below",
    "equivalent within the margin, though detectably above",
]
REFERENCE_VERDICTS: Final[tuple[str, ...]] = get_args(ReferenceVerdict)
RATIO: Final = "observed over expected"
RETENTION: Final = "retention"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RetentionAgainst:
    """Retention at the horizon against what the reference keeps of the same people.

    Parameters
    ----------
    observed : Elapsed
        Retention of the people watched.
    rate : float
        What the reference keeps: the mean over people of S(entry + horizon) / S(entry); where
        some are lost before the horizon, as `kept_by_reference` says.
    margin : float
        Half-width of the region of equivalence, a share.
    p_value : float
        Two-sided, twice the smaller of the exact one-sided ones.
    p_equivalence : float
        The larger of the one-sided ones at both ends of the margin; an end outside (0, 1)
        excludes nobody.
    power : float
        Of the two-sided test, were the truth a margin below `rate`.
    verdict : str
        One of `REFERENCE_VERDICTS`.
    """

    observed: Elapsed
    rate: float
    margin: float
    p_value: float
    p_equivalence: float
    power: float
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReferenceRow:
    """What one reference says of the people watched.

    Parameters
    ----------
    reference : ReferenceCurve
        The curve.
    entry : {"honoured", "ignored"}
        Whether each person is at risk from their own entry, or as if from 0.
    watched : Watched
        The people.
    ends : ObservedExpected
        Observed and expected leavers.
    retention : RetentionAgainst or None
        At the horizon; None for cells, which do not follow people.
    """

    reference: ReferenceCurve
    entry: Entry
    watched: Watched
    ends: ObservedExpected
    retention: RetentionAgainst | None

    @property
    def ratio(self) -> float:
        """Observed over expected leavers."""
        return self.ends.observed / self.ends.expected

    def rows(self, level: float) -> list[dict[str, Any]]:
        """Rows of `tidy`.

        Parameters
        ----------
        level : float
            Level of the intervals.

        Returns
        -------
        list of dict
            The ratio, and retention at the horizon where there is one.
        """
        limits, interval = self.watched.ratio_limits(self.reference, self.ends, level)
        common = {
            "group": self.reference.label,
            "conf_level": level,
            "entry": self.entry,
            "assumption": self.reference.assumption,
            "observed": self.ends.observed,
            "expected": self.ends.expected,
        }
        ratio = {
            **common,
            "time": float("nan"),
            "term": RATIO,
            "estimate": self.ratio,
            "std_error": np.sqrt(self.ends.variance) / self.ends.expected,
            "statistic": float(self.ends.tests.z),
            "p_value": float(self.ends.tests.two_sided),
            "conf_low": float(limits.lower),
            "conf_high": float(limits.upper),
            "interval": interval,
            "reference_value": 1.0,
            "p_log_rank": self.ends.p_normal,
            "p_equivalence": float("nan"),
            "power": float("nan"),
            "verdict": "",
            "estimate_low": self.ratio,
            "estimate_high": self.ratio,
        }
        against = self.retention
        if against is None:
            return [ratio]
        kept = against.observed.limits(level)
        return [
            ratio,
            {
                **common,
                "time": against.observed.horizon,
                "term": RETENTION,
                "estimate": against.observed.estimate,
                "p_value": against.p_value,
                "conf_low": float(kept.lower),
                "conf_high": float(kept.upper),
                "interval": against.observed.method,
                "reference_value": against.rate,
                "p_log_rank": float("nan"),
                "p_equivalence": against.p_equivalence,
                "power": against.power,
                "verdict": against.verdict,
                "estimate_low": against.observed.estimate_low,
                "estimate_high": against.observed.estimate,
            },
        ]


def reference_row(
    watched: Watched,
    curve: ReferenceCurve,
    *,
    entry: Entry,
    retention: Elapsed | None,
    margin: float,
    level: float,
) -> ReferenceRow:
    """Compare people with one curve.

    Parameters
    ----------
    watched : Watched
        The people, with their own entry.
    curve : ReferenceCurve
        The curve.
    entry : {"honoured", "ignored"}
        Whether that entry is used.
    retention : Elapsed or None
        Their retention at the horizon.
    margin, level : float
        Of the verdict; the margin is a share.

    Returns
    -------
    ReferenceRow
        Numbers, tests, verdict.

    Raises
    ------
    InputError
        If the curve is not known so far, or the margin holds every rate.
    """
    own = watched if entry == "honoured" else watched.ignoring_entry()
    return ReferenceRow(
        reference=curve,
        entry=entry,
        watched=own,
        ends=own.against(curve),
        retention=(
            None
            if retention is None
            else _retention_against(
                retention,
                kept_by_reference(curve, watched=watched, since=own.entry, retention=retention),
                margin,
                level,
            )
        ),
    )


def _retention_against(
    observed: Elapsed, rate: float, margin: float, level: float
) -> RetentionAgainst:
    """Test retention against a rate, and for equivalence with it."""
    # 0.95 + 0.05 must count as 1, whatever the sum of the two doubles is.
    low, high = rate - margin, rate + margin
    low, high = (0.0 if low <= 1e-12 else low), (1.0 if high >= 1.0 - 1e-12 else high)
    if low == 0.0 and high == 1.0:
        raise InputError(
            f"margin={margin:g} around {rate:.3g} holds every rate from 0 to 1; allowed is below "
            f"{max(rate, 1 - rate):.3g}. Hint: 0.05 is 5 points."
        )
    at_most, at_least = observed.one_sided(rate)
    p_value = min(2.0 * min(at_most, at_least), 1.0)
    p_equivalence = max(
        0.0 if low == 0.0 else observed.one_sided(low)[0],
        0.0 if high == 1.0 else observed.one_sided(high)[1],
    )
    size = 1.0 - level + 1e-12
    below = observed.estimate < rate
    if p_equivalence <= size:
        place = 3 if p_value > size else 4 if below else 5
    else:
        place = 2 if p_value > size else 0 if below else 1
    return RetentionAgainst(
        observed=observed,
        rate=rate,
        margin=margin,
        p_value=p_value,
        p_equivalence=p_equivalence,
        power=power_at_margin(observed, rate=rate, margin=margin, level=level),
        verdict=REFERENCE_VERDICTS[place],
    )
