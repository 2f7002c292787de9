"""What Bayesian hazards say: yearly hazards, incidence by destination, retention."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.bayes.posterior import PosteriorFit, Quantities
from talentstats.bayes.sampling import Listener, sample
from talentstats.errors import InputError
from talentstats.results.wording import percent
from talentstats.stats.limits import Floats
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.labels import label_text
from talentstats.survival.bayes_hazard_prior import HazardPrior
from talentstats.survival.bayes_hazard_rows import step_rows
from talentstats.survival.hazard_population import EntryPopulation

if TYPE_CHECKING:
    import pandas as pd

_WHAT = ("cell", "population", "margin", "contrast", "parameter")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HazardPosterior(PosteriorFit):
    """Posterior of hazards by destination; made by `bayes_hazard_model`.

    Parameters
    ----------
    cells : RiskCells
        The data.
    hazard_prior : HazardPrior
        The prior as it was stated.
    start, stop : (d,) ndarray
        Bounds of the steps.
    people : EntryPopulation
        Over whom retention and incidence are averaged.
    periods : tuple of str
        Calendar periods in the model, in order; empty where none is.
    together : bool
        Whether all destinations are one.
    """

    cells: RiskCells
    hazard_prior: HazardPrior
    start: Floats
    stop: Floats
    people: EntryPopulation
    periods: tuple[str, ...]
    together: bool

    @property
    def destinations(self) -> tuple[str, ...]:
        """Names of the destinations."""
        return self.outcomes[1:]

    @property
    def longest(self) -> float:
        """End of the last step."""
        return float(self.stop[-1])

    def quantities(self, what: str) -> Quantities:
        """Return draws of what `tidy` summarises.

        Parameters
        ----------
        what : {"cell", "population", "margin", "contrast", "parameter"}
            Hazards by row; retention and incidence over time in the population; both at the
            longest duration by level of each covariate; differences of each level from the
            most common; effects on the linear scale.

        Returns
        -------
        Quantities
            Draws by name.

        Raises
        ------
        UnknownNameError
            If there is nothing of that name.
        """
        match checks.one_of(what, _WHAT, name="what"):
            case "parameter":
                return self.parameters()
            case "cell":
                return self._by_row()
            case "population":
                return self._in_population()
            case "margin":
                return self._by_margin()
            case _:
                return self._contrasts()

    def _by_row(self) -> Quantities:
        """Hazards of each row by destination."""
        prob = self.prob[:, :, 1:]
        k = len(self.destinations)
        duration = np.asarray(self.covariates["duration"], dtype=np.float64)
        stop = self.stop[np.searchsorted(self.start, duration)]
        at_risk = self.problem.counts.sum(axis=1)
        return Quantities(
            columns={
                "group": [label for label in self.labels for _ in range(k)],
                "time": np.repeat(stop, k),
                "outcome": list(self.destinations) * len(self.labels),
                "term": ["hazard"] * (k * len(self.labels)),
                "at_risk": np.repeat(at_risk, k),
                "events": self.problem.counts[:, 1:].ravel(),
            },
            values=prob.reshape(prob.shape[0], -1),
            null=np.full(k * len(self.labels), np.nan),
        )

    def curves(
        self,
        *,
        profile: Mapping[str, Any] | None = None,
        entry: float | None = None,
        period: str | None = None,
    ) -> tuple[Floats, Floats]:
        """Return draws of retention and incidence at the end of each step.

        Parameters
        ----------
        profile : Mapping of str to Any or None
            Levels at which everybody is put; covariates that are not named stay as they
            are in the population. None leaves all as they are.
        entry : float or None
            Given presence at the start of this step; None begins with the first.
        period : str or None
            Calendar period whose hazards hold throughout; None takes the last.

        Returns
        -------
        retention : (s, t) ndarray
            At the end of each step from `entry` on.
        incidence : (s, t, k) ndarray
            By destination.

        Raises
        ------
        InputError
            If no step begins at `entry`.
        UnknownNameError
            If a covariate, level or period does not exist.
        """
        columns = self._put(profile or {})
        return self._curves(columns, self.people.size, self._first(entry), self._period(period))

    def _put(self, profile: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """The population's covariates with a profile put in."""
        columns = {name: np.asarray(values) for name, values in self.people.columns.items()}
        for name, value in profile.items():
            checks.one_of(name, tuple(columns), name="covariate")
            levels = {label_text(x): x for x in dict.fromkeys(columns[name].tolist())}
            if columns[name].dtype.kind in "OUSb":
                value = levels[
                    checks.one_of(label_text(value), tuple(levels), name=f"level of {name}")
                ]
            columns[name] = np.full(columns[name].shape, value, dtype=columns[name].dtype)
        return columns

    def _curves(
        self, columns: Mapping[str, NDArray[Any]], size: Floats, first: int, period: str | None
    ) -> tuple[Floats, Floats]:
        """Retention (s, t) and incidence (s, t, k), averaged over kinds of people."""
        kinds = size.size
        steps = self.start[first:]
        every = {name: np.repeat(values, steps.size) for name, values in columns.items()}
        every["duration"] = np.tile(steps, kinds)
        if period is not None:
            every["period"] = np.full(kinds * steps.size, period, dtype=object)
        prob, _ = self.at(every)
        prob = prob.reshape(prob.shape[0], kinds, steps.size, -1)
        stay = np.cumprod(prob[..., 0], axis=2)
        before = np.concatenate([np.ones_like(stay[:, :, :1]), stay[:, :, :-1]], axis=2)
        ends = np.cumsum(before[..., None] * prob[..., 1:], axis=2)
        share = size / size.sum()
        return np.einsum("sut,u->st", stay, share), np.einsum("sutk,u->stk", ends, share)

    def retention(
        self,
        horizon: float,
        *,
        profile: Mapping[str, Any] | None = None,
        entry: float | None = None,
        period: str | None = None,
        level: float = 0.95,
    ) -> "pd.DataFrame":
        """Return retention at a horizon.

        Parameters
        ----------
        horizon : float
            End of a step, on the clock of the cells.
        profile, entry, period : optional
            As `curves`.
        level : float
            Level of the interval.

        Returns
        -------
        pandas.DataFrame
            One row, as `tidy`.

        Raises
        ------
        InputError
            If no step ends at the horizon; the longest is said.
        """
        first = self._first(entry)
        retained, _ = self.curves(profile=profile, entry=entry, period=period)
        at = self._last(horizon) - first
        return self.summarise(
            Quantities(
                columns={"group": ["population"], "time": [horizon], "term": ["retention"]},
                values=retained[:, [at]],
                null=np.array([np.nan]),
            ),
            level=level,
        )

    def incidence(
        self,
        horizon: float,
        *,
        profile: Mapping[str, Any] | None = None,
        entry: float | None = None,
        period: str | None = None,
        level: float = 0.95,
    ) -> "pd.DataFrame":
        """Return cumulative incidence by destination at the end of each step to a horizon.

        Parameters
        ----------
        horizon : float
            End of a step, on the clock of the cells.
        profile, entry, period : optional
            As `curves`.
        level : float
            Level of the intervals.

        Returns
        -------
        pandas.DataFrame
            One row a time and destination, as `tidy`.

        Raises
        ------
        InputError
            If no step ends at the horizon; the longest is said.
        """
        first = self._first(entry)
        _, ends = self.curves(profile=profile, entry=entry, period=period)
        steps = self._last(horizon) + 1 - first
        k = len(self.destinations)
        return self.summarise(
            Quantities(
                columns={
                    "group": ["population"] * (steps * k),
                    "time": np.repeat(self.stop[first : first + steps], k),
                    "outcome": list(self.destinations) * steps,
                    "term": ["incidence"] * (steps * k),
                },
                values=ends[:, :steps].reshape(ends.shape[0], -1),
                null=np.full(steps * k, np.nan),
            ),
            level=level,
        )

    def _in_population(self) -> Quantities:
        """Retention and incidence at the end of each step."""
        retained, ends = self.curves()
        k, steps = len(self.destinations), self.stop.size
        return Quantities(
            columns={
                "time": [*self.stop, *np.repeat(self.stop, k)],
                "outcome": [self.outcomes[0]] * steps + list(self.destinations) * steps,
                "term": ["retention"] * steps + ["incidence"] * (steps * k),
            },
            values=np.hstack([retained, ends.reshape(ends.shape[0], -1)]),
            null=np.full(steps * (k + 1), np.nan),
        )

    def _by_margin(self) -> Quantities:
        """Retention and incidence at the longest duration by level, within the level."""
        groups: list[str] = []
        found: list[Floats] = []
        columns = {name: np.asarray(v) for name, v in self.people.columns.items()}
        for name in columns:
            for level in dict.fromkeys(columns[name].tolist()):
                own = np.asarray(columns[name] == level)
                kept = {key: values[own] for key, values in columns.items()}
                found.append(self._at_end(kept, self.people.size[own]))
                groups.append(f"{name}={label_text(level)}")
        return self._laid_out(groups, found, terms=("retention", "incidence"), null=np.nan)

    def _contrasts(self) -> Quantities:
        """Everybody at a level less everybody at the most common level."""
        groups: list[str] = []
        found: list[Floats] = []
        columns = {name: np.asarray(v) for name, v in self.people.columns.items()}
        for name in columns:
            levels = list(dict.fromkeys(columns[name].tolist()))
            sizes = [self.people.size[np.asarray(columns[name] == level)].sum() for level in levels]
            common = levels[int(np.argmax(sizes))]
            base = self._at_end(self._put({name: common}), self.people.size)
            for level in levels:
                if level != common:
                    moved = self._at_end(self._put({name: level}), self.people.size)
                    found.append(moved - base)
                    groups.append(f"{name}: {label_text(level)} against {label_text(common)}")
        return self._laid_out(
            groups, found, terms=("retention difference", "incidence difference"), null=0.0
        )

    def contrast(
        self,
        variable: str,
        value: Any,
        other: Any,
        *,
        horizon: float | None = None,
        entry: float | None = None,
        level: float = 0.95,
    ) -> "pd.DataFrame":
        """Return differences of retention and incidence by g-computation.

        Everybody in the population is put at one level, then at the other, all else as it
        is. It is causal only as far as the other covariates of the model make it so.

        Parameters
        ----------
        variable : str
            A covariate of the model.
        value, other : Any
            Two of its levels, or numbers.
        horizon : float or None
            End of a step; None takes the last.
        entry : float or None
            As `curves`.
        level : float
            Level of the intervals.

        Returns
        -------
        pandas.DataFrame
            As `tidy`: retention, then each destination.
        """
        first = self._first(entry)
        end = self._last(self.longest if horizon is None else horizon) - first
        parts = []
        for put in (value, other):
            retained, ends = self.curves(profile={variable: put}, entry=entry)
            parts.append(np.column_stack([retained[:, end], ends[:, end]]))
        k = len(self.destinations)
        group = f"{variable}: {label_text(value)} against {label_text(other)}"
        return self.summarise(
            Quantities(
                columns={
                    "group": [group] * (k + 1),
                    "time": [float(self.stop[first + end])] * (k + 1),
                    "outcome": list(self.outcomes),
                    "term": ["retention difference", *["incidence difference"] * k],
                },
                values=parts[0] - parts[1],
                null=np.zeros(k + 1),
            ),
            level=level,
        )

    def _at_end(self, columns: Mapping[str, NDArray[Any]], size: Floats) -> Floats:
        """Retention and incidence at the longest duration, (s, 1 + k)."""
        retained, ends = self._curves(columns, size, 0, self._period(None))
        return np.column_stack([retained[:, -1], ends[:, -1]])

    def _laid_out(
        self, groups: Sequence[str], found: Sequence[Floats], *, terms: tuple[str, str], null: float
    ) -> Quantities:
        """Lay out retention and incidence by group."""
        k = len(self.destinations)
        size = len(groups) * (k + 1)
        return Quantities(
            columns={
                "group": [group for group in groups for _ in range(k + 1)],
                "time": np.full(size, self.longest),
                "outcome": list(self.outcomes) * len(groups),
                "term": [terms[0], *[terms[1]] * k] * len(groups),
            },
            values=np.hstack([np.zeros((np.prod(self.shape), 0)), *found]),
            null=np.full(size, null),
        )

    def refit(self, cells: RiskCells, *, listen: Listener | None = None) -> "HazardPosterior":
        """Fit the same model to other counts of the same cells, without compiling.

        Parameters
        ----------
        cells : RiskCells
            The same cells with other counts.
        listen : callable or None
            Is told how far sampling is.

        Returns
        -------
        HazardPosterior
            A new fit.

        Raises
        ------
        InputError
            If the cells are others.
        """
        names = tuple(name for name in self.covariates if name != "duration")
        rows = step_rows(cells, names, together=self.together)
        same = rows.counts.shape == self.problem.counts.shape and all(
            np.array_equal(rows.covariates[name], values)
            for name, values in self.covariates.items()
        )
        if not same or (rows.wide is None) != (self.problem.wide is None):
            raise InputError(
                "refit was given cells that are not those of the fit. Hint: "
                "bayes_hazard_model(cells, ...) fits others."
            )
        problem = replace(self.problem, counts=rows.counts, wide=rows.wide)
        return self._again(problem, listen, cells=cells)

    def with_prior(
        self, prior: HazardPrior, *, listen: Listener | None = None
    ) -> "HazardPosterior":
        """Fit the same model under another prior; compiles only if its parts differ.

        Parameters
        ----------
        prior : HazardPrior
            The other prior, of the same `sum_to_zero`.
        listen : callable or None
            Is told how far sampling is.

        Returns
        -------
        HazardPosterior
            A new fit.

        Raises
        ------
        InputError
            If the prior changes the constraint on the levels.
        """
        if prior.sum_to_zero != self.hazard_prior.sum_to_zero:
            raise InputError("with_prior cannot change sum_to_zero; call bayes_hazard_model again.")
        arrays = prior.arrays(len(self.destinations), self.problem.design)
        return self._again(replace(self.problem, prior=arrays), listen, hazard_prior=prior)

    def _again(self, problem: Any, listen: Listener | None, **changed: Any) -> "HazardPosterior":
        """Sample another problem of the same structure."""
        return replace(
            self,
            problem=problem,
            sampled=sample(problem, self.sampling, listen=listen),
            diagnostics=None,
            notes=tuple(n for n in self.notes if n not in self.checked.failures),
            **changed,
        )

    @property
    def sentence(self) -> str:
        """Retention and incidence at the longest duration, in one sentence."""
        found = self.summarise(
            self._laid_out(
                ["population"],
                [self._at_end(dict(self.people.columns), self.people.size)],
                terms=("retention", "incidence"),
                null=np.nan,
            ),
            level=0.95,
        )
        numbers = found[["estimate", "conf_low", "conf_high"]].to_numpy().tolist()
        parts = [
            f"{percent(mid)} {name} ({percent(low)} to {percent(high)})"
            for name, (mid, low, high) in zip(
                ("still there", *(f"left for {place}" for place in self.destinations)),
                numbers,
                strict=True,
            )
        ]
        failures = " ".join(self.checked.failures)
        return (
            f"At {self.longest:g} on the clock ({self.cells.clock}): {', '.join(parts)}; posterior "
            f"medians and 95% equal-tailed intervals, {self.people.counted}. {failures}"
        ).strip()

    def _first(self, entry: float | None) -> int:
        """Index of the step that begins at entry."""
        if entry is None:
            return 0
        found = np.flatnonzero(np.isclose(self.start, entry))
        if found.size == 0:
            raise InputError(
                f"entry={entry:g} is not the start of a step; the steps start at "
                f"{', '.join(f'{x:g}' for x in self.start)}."
            )
        return int(found[0])

    def _last(self, horizon: float) -> int:
        """Index of the step that ends at the horizon."""
        checked = checks.finite_number(horizon, name="horizon")
        found = np.flatnonzero(np.isclose(self.stop, checked))
        if found.size == 0:
            raise InputError(
                f"horizon={checked:g} is not the end of a step; the steps end at "
                f"{', '.join(f'{x:g}' for x in self.stop)}. Nothing is said beyond the last."
            )
        return int(found[0])

    def _period(self, period: str | None) -> str | None:
        """Return the period whose hazards hold."""
        if not self.periods:
            if period is not None:
                raise InputError(f"period={period!r}: the model has no periods.")
            return None
        return (
            self.periods[-1]
            if period is None
            else checks.one_of(period, self.periods, name="period")
        )
