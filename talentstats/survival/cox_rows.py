"""The rows of a Cox model: times on one grid, ends of one destination, strata and clusters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.stats.limits import Floats
from talentstats.summaries.account import RowAccount
from talentstats.summaries.columns import frozen
from talentstats.summaries.spells import Spells
from talentstats.summaries.spells_continued import continuing
from talentstats.survival.curve_rows import CurveRows, wide_intervals
from talentstats.survival.grouping import EVERYBODY, Groups, groups_of
from talentstats.survival.times import merged_times


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoxRows:
    """One row a spell.

    Parameters
    ----------
    entry, exit : (n,) ndarray of float
        Times at risk.
    event : (n,) ndarray of bool
        Whether the stay ended at `exit`, for the destination of the model.
    weight, count : (n,) ndarray of float
        Sampling weights, and people that a row stands for.
    cluster : (n,) ndarray or None
        What belongs together; None where errors take each person by themselves.
    strata : Groups
        Strata with baselines of their own; one, "all", where there are none.
    grouped : bool
        Whether some ends are known only to lie within an interval.
    continues : (n,) ndarray of bool
        Whether the row goes on with the stay of another of the same person, where clusters
        tell who is who.
    """

    entry: Floats
    exit: Floats
    event: NDArray[np.bool_]
    weight: Floats
    count: Floats
    cluster: NDArray[Any] | None
    strata: Groups
    grouped: bool
    continues: NDArray[np.bool_]

    def __post_init__(self) -> None:
        for name in ("entry", "exit", "event", "weight", "count", "cluster", "continues"):
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else frozen(value))

    @property
    def account(self) -> RowAccount:
        """People and person-years, all rows being used."""
        n = self.exit.size
        return RowAccount(
            step="Cox model",
            rows_in=n,
            used=n,
            left_out={},
            people=float(self.count[~self.continues].sum()),
            person_years=float(self.count @ (self.exit - self.entry)),
        )

    @property
    def events(self) -> float:
        """People whose stay ended."""
        return float(self.count[self.event].sum())


def cox_rows(
    spells: Spells,
    *,
    strata: str | Sequence[str] | None,
    cluster: str | None,
    robust: bool,
    destination: str | None,
) -> CoxRows:
    """Rows of a Cox model, if the spells allow one.

    Parameters
    ----------
    spells : Spells
        All spells.
    strata : str, sequence of str or None
        Covariates whose combinations have baselines of their own.
    cluster : str or None
        Covariate whose levels belong together.
    robust : bool
        Whether rows of a cluster of the spells belong together.
    destination : str or None
        The destination whose hazard is meant.

    Returns
    -------
    CoxRows
        Rows in the order of the spells.

    Raises
    ------
    InputError
        If nobody left, or ends are known only within irregular intervals.
    UnknownNameError
        If there is no such covariate or destination.
    """
    ended = spells.ended
    if destination is not None:
        checks.one_of(destination, spells.destinations, name="destination")
        ended = ended & (spells.destination == spells.destinations.index(destination))
    if not ended.any():
        raise InputError(
            f"none of {number(len(spells), 'stay', 'stays')} ended"
            f"{'' if destination is None else ' in ' + repr(destination)}, so that there is no "
            "hazard to compare. Hint: survival_curve gives limits without any end."
        )
    # Noise is merged once, so that an exact end stays one time.
    interval = spells.ended & ~spells.exact
    if interval.any():
        entry, lower, upper = merged_times(spells.entry, spells.lower, spells.upper)
        stop = np.where(spells.ended, upper, lower)
        _refuse_irregular(spells, entry, lower, upper)
    else:
        entry, stop = merged_times(spells.entry, np.where(spells.ended, spells.upper, spells.lower))
    if np.any(entry >= stop):
        raise InputError(
            "a row has entry and exit that differ by less than floating-point noise (1e-11 of the "
            "mean time); nobody is at risk on it. Hint: use another unit of time."
        )
    together = spells.cluster if robust else None
    if cluster is not None:
        checks.one_of(cluster, spells.covariates, name="cluster")
        together = spells.covariates[cluster]
    return CoxRows(
        entry=entry,
        exit=stop,
        event=ended,
        weight=spells.weight,
        count=spells.count.astype(np.float64),
        cluster=together,
        strata=groups_of(spells.covariates, strata, len(spells)),
        grouped=bool(interval.any()),
        continues=continuing(
            entry=entry,
            lower=stop,
            upper=np.where(spells.ended, stop, np.inf),
            count=spells.count,
            cluster=together if spells.cluster is None else spells.cluster,
        ),
    )


def number(value: float, one: str, many: str) -> str:
    """Return a number of things, in the singular where there is one.

    Parameters
    ----------
    value : float
        How many.
    one, many : str
        The noun for one, and for any other number.

    Returns
    -------
    str
        Such as "1 person" or "1,200 people".
    """
    return f"{value:,.0f} {one if value == 1 else many}"


def stratum_of(rows: CoxRows, profile: dict[str, Any], names: Sequence[str]) -> int:
    """Number of the stratum that a profile names.

    Parameters
    ----------
    rows : CoxRows
        Rows.
    profile : dict
        Covariate to value.
    names : sequence of str
        Covariates that make strata.

    Returns
    -------
    int
        From 0.

    Raises
    ------
    InputError
        If the profile leaves a stratifying covariate out, or names none that occurred.
    """
    if rows.strata.labels == (EVERYBODY,):
        return 0
    missing = [name for name in names if name not in profile]
    if missing:
        raise InputError(
            f"the profile does not say {', '.join(missing)}, by which the model is stratified: "
            "each stratum has a baseline of its own."
        )
    for place, key in enumerate(rows.strata.keys):
        if all(str(key[name]) == str(profile[name]) for name in names):
            return place
    found = ", ".join(f"{name}={profile[name]}" for name in names)
    raise InputError(
        f"there is no stratum {found}; strata are {', '.join(rows.strata.labels[:15])}."
    )


def _refuse_irregular(spells: Spells, entry: Floats, lower: Floats, upper: Floats) -> None:
    """Refuse intervals that hold another's entry or end: the risk sets are not known."""
    wide = wide_intervals(
        CurveRows(
            entry=entry,
            lower=lower,
            upper=upper,
            count=spells.count.astype(np.float64),
            weight=None,
            cluster=None,
        )
    )
    if wide:
        raise InputError(
            f"the ends of {number(wide, 'person', 'people')} lie in intervals (lower, upper] that "
            "hold another's entry or end, so that it is not known who was at risk when. Hint: "
            "looks on a common grid, or hazard_model with cells as wide as the gap."
        )
