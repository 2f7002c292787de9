"""What Bayesian hazards say: yearly hazards, incidence by destination, retention."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from talentstats import checks
from talentstats.bayes.graph import Problem, WideEnds
from talentstats.bayes.posterior import PosteriorFit
from talentstats.bayes.quantities import Quantities
from talentstats.bayes.sampling import Listener, sample
from talentstats.errors import InputError
from talentstats.stats.limits import Floats
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.labels import label_text
from talentstats.survival import bayes_hazard_asked as asked
from talentstats.survival import bayes_hazard_quantities as draws_of
from talentstats.survival.bayes_hazard_people import averaged_over
from talentstats.survival.bayes_hazard_prior import HazardPrior
from talentstats.survival.bayes_hazard_rows import step_rows
from talentstats.survival.bayes_hazard_text import data_notes, sentence_of
from talentstats.survival.hazard_population import EntryPopulation

if TYPE_CHECKING:
    import pandas as pd

_WHAT = ("cell", "population", "margin", "contrast", "parameter")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HazardPosterior(PosteriorFit):
    """Posterior of hazards by destination; made by `bayes_hazard_model`.

    A cell is a row of covariates, step and period; what `loo` and `predictive_check` call
    a person is a person in one step.

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

    @property
    def hazards(self) -> Floats:
        """Draws of the probability to leave for each destination in each row, (s, m, k)."""
        return self.prob[:, :, 1:]

    def quantities(self, what: str) -> Quantities:
        """Return draws of what `tidy` summarises.

        Parameters
        ----------
        what : {"cell", "population", "margin", "contrast", "parameter"}
            Hazards by row; retention and incidence over time in the population; both at the
            longest duration by level of each covariate; differences of each level from the
            most common; effects on the linear scale. Numbers with a slope and more than two
            values have no rows in "margin" and "contrast": ask `contrast` for two of them.

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
                return draws_of.by_row(self)
            case "population":
                return draws_of.in_population(self)
            case "margin":
                return draws_of.by_margin(self)
            case _:
                return draws_of.contrasts(self)

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
        return draws_of.averaged(
            self,
            asked.profile_in(self, profile or {}),
            self.people.size,
            period=asked.chosen_period(self, period),
            first=asked.first_step(self, entry),
        )

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
        _, last = asked.span(self, entry, horizon)
        retained, _ = self.curves(profile=profile, entry=entry, period=period)
        return self.summarise(
            Quantities(
                columns={
                    "group": [asked.called(profile)],
                    "time": [float(horizon)],
                    "outcome": [self.outcomes[0]],
                    "term": ["retention"],
                },
                values=retained[:, [last]],
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
        first, last = asked.span(self, entry, horizon)
        _, ends = self.curves(profile=profile, entry=entry, period=period)
        steps, k = last + 1, len(self.destinations)
        return self.summarise(
            Quantities(
                columns={
                    "group": [asked.called(profile)] * (steps * k),
                    "time": np.repeat(self.stop[first : first + steps], k),
                    "outcome": list(self.destinations) * steps,
                    "term": ["incidence"] * (steps * k),
                },
                values=ends[:, :steps].reshape(ends.shape[0], -1),
                null=np.full(steps * k, np.nan),
            ),
            level=level,
        )

    def contrast(
        self,
        variable: str,
        value: Any,
        other: Any,
        *,
        horizon: float | None = None,
        entry: float | None = None,
        period: str | None = None,
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
        entry, period : optional
            As `curves`.
        level : float
            Level of the intervals.

        Returns
        -------
        pandas.DataFrame
            As `tidy`: retention, then each destination.

        Raises
        ------
        InputError
            If no step ends at the horizon.
        UnknownNameError
            If the covariate or a level does not exist.
        """
        first, last = asked.span(self, entry, self.longest if horizon is None else horizon)
        parts = []
        for put in (value, other):
            retained, ends = self.curves(profile={variable: put}, entry=entry, period=period)
            parts.append(np.column_stack([retained[:, last], ends[:, last]]))
        found = draws_of.laid_out(
            self,
            [f"{variable}: {label_text(value)} against {label_text(other)}"],
            [parts[0] - parts[1]],
            time=float(self.stop[first + last]),
            difference=True,
        )
        return self.summarise(found, level=level)

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
            A new fit; averaged over those who entered in the new cells, or over the
            population that was given.

        Raises
        ------
        InputError
            If the cells are others.
        """
        names = tuple(name for name in self.covariates if name != "duration")
        rows = step_rows(cells, names, together=self.together)
        old, design = self.problem, self.problem.design
        same = (
            rows.counts.shape == old.counts.shape
            and rows.labels == old.labels
            and _same_steps(rows.wide, old.wide)
        )
        if not same or (not self.together and cells.destinations != self.destinations):
            raise InputError(
                "refit was given cells that are not those of the fit. Hint: "
                "bayes_hazard_model(cells, ...) fits others."
            )
        people = self.people
        if self.weight_source == "sample":
            people = averaged_over(cells, tuple(people.columns), None)
        return self._again(
            replace(old, counts=rows.counts, wide=rows.wide),
            listen,
            cells=cells,
            people=people,
            weight=rows.people / rows.people.sum(),
            notes=data_notes(
                cells,
                rows,
                outcomes=self.outcomes,
                design=design,
                people=people,
                periods=self.periods,
            ),
        )

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
        return self._again(
            replace(self.problem, prior=arrays),
            listen,
            hazard_prior=prior,
            provenance=replace(
                self.provenance,
                arguments=dict(self.provenance.arguments) | {"prior": prior.numbers},
            ),
            notes=tuple(n for n in self.notes if n not in self.checked.failures),
        )

    def _again(
        self, problem: Problem, listen: Listener | None, **changed: Any
    ) -> "HazardPosterior":
        """Sample another problem of the same structure."""
        sampled = sample(problem, self.sampling, listen=listen)
        return replace(self, problem=problem, sampled=sampled, diagnostics=None, **changed)

    def glance(self) -> "pd.DataFrame":
        """Return one row: people, steps at risk, leavers, draws, diagnostics, accuracy.

        Returns
        -------
        pandas.DataFrame
            One row; `people` are those who entered, NaN where the cells do not say,
            `at_risk` counts each in every step. `elpd` leaves out one person in one step.
        """
        found = PosteriorFit.glance(self)
        entered = self.cells.entrants
        found["people"] = np.nan if entered is None else float(entered.sum())
        found.insert(1, "at_risk", float(self.problem.counts.sum()))
        found.insert(2, "events", float(self.cells.events.sum()))
        return found

    @property
    def sentence(self) -> str:
        """Retention and incidence at the longest duration, in one sentence."""
        return sentence_of(self)


def _same_steps(one: WideEnds | None, other: WideEnds | None) -> bool:
    """Whether wide ends span the same rows."""
    if one is None or other is None:
        return one is other
    return np.array_equal(one.row, other.row) and np.array_equal(one.within, other.within)
