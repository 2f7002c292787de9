"""What a model of destinations says: by cell, margin and population, and in contrasts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from talentstats import checks
from talentstats.bayes.graph import PriorArrays, Problem
from talentstats.bayes.posterior import PosteriorFit, Quantities
from talentstats.bayes.prior_sensitivity import PriorSensitivity
from talentstats.bayes.prior_table import PriorTable
from talentstats.bayes.sampling import Listener, sample
from talentstats.destinations.model_averages import averages, contrast, contrasts, in_other
from talentstats.destinations.model_kinds import (
    Kinds,
    distinct_kinds,
    sorted_levels,
    without_people,
)
from talentstats.destinations.model_notes import entered, notes_of, used_people, with_bounds
from talentstats.destinations.model_prior import DestinationPrior, plain_prior
from talentstats.destinations.model_refit import same_cells, with_counts
from talentstats.errors import InputError
from talentstats.results.wording import percent, percent_range
from talentstats.stats.limits import Floats
from talentstats.summaries.destination_cells import DestinationCells
from talentstats.summaries.labels import cell_labels, label_text
from talentstats.summaries.population import PopulationCells

if TYPE_CHECKING:
    import pandas as pd

_WHAT = ("cell", "margin", "population", "contrast", "parameter")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DestinationPosterior(PosteriorFit):
    """Posterior of destinations by cell; made by `destination_model`.

    Parameters
    ----------
    cells : DestinationCells
        The data.
    destination_prior : DestinationPrior
        The prior as it was stated.
    unknown_model : str
        How people of unknown destination entered, in words; empty where there are none.
    """

    cells: DestinationCells
    destination_prior: DestinationPrior
    unknown_model: str

    @property
    def variables(self) -> tuple[str, ...]:
        """Covariates of the model, each once."""
        return self.problem.design.variables

    @property
    def kinds(self) -> Kinds:
        """Distinct cells of all covariates, those of the population alone included."""
        lost = np.zeros(len(self.labels))
        lost[: len(self.cells)] = self.cells.unknown
        return distinct_kinds(
            self.covariates, weight=self.weight, counts=self.problem.counts, unknown=lost
        )

    def quantities(self, what: str) -> Quantities:
        """Return draws of what `tidy` summarises.

        Parameters
        ----------
        what : {"cell", "margin", "population", "contrast", "parameter"}
            Probabilities by cell, by level of each covariate, in the population; differences
            and ratios of each level against the most common; effects on the logit scale.

        Returns
        -------
        Quantities
            Draws by name. Where people are of unknown destination, worst and best case stand
            beside each probability.

        Raises
        ------
        UnknownNameError
            If there is nothing of that name.
        """
        match checks.one_of(what, _WHAT, name="what"):
            case "parameter":
                return self.parameters()
            case "cell":
                return self._by_cell()
            case "margin":
                return self._by_margin()
            case "population":
                return self._in_population()
            case _:
                return contrasts(self, self.kinds, self.variables)

    def _by_cell(self) -> Quantities:
        """Probabilities by distinct cell."""
        kinds = self.kinds
        lacking = without_people(kinds, self.problem.design, used_people(self.problem, kinds))
        masks = [mask for _, mask in lacking.values()]
        return averages(
            self,
            kinds,
            cell_labels(list(kinds.columns.values()), len(kinds)).tolist(),
            np.eye(len(kinds), dtype=bool),
            new_level=np.any([np.zeros(len(kinds), dtype=bool), *masks], axis=0),
        )

    def _by_margin(self) -> Quantities:
        """Probabilities by level of each covariate, averaged over the population within."""
        kinds = self.kinds
        levels = [(name, x) for name in self.variables for x in sorted_levels(kinds.columns[name])]
        return averages(
            self,
            kinds,
            [f"{name}={label_text(level)}" for name, level in levels],
            np.vstack([kinds.at(name, [level]) for name, level in levels]),
        )

    def _in_population(self) -> Quantities:
        """Poststratified probabilities."""
        kinds = self.kinds
        return averages(self, kinds, [self.weight_source], np.ones((1, len(kinds)), dtype=bool))

    def contrast(
        self, variable: str, value: Any, other: Any, *, level: float = 0.95
    ) -> "pd.DataFrame":
        """Return differences and ratios of two levels by g-computation.

        Everybody in the population is put at one level, then at the other, all else as it
        is. It is causal only as far as the other covariates of the model make it so.

        Parameters
        ----------
        variable : str
            A covariate of the model.
        value, other : Any
            Two of its levels; of a fixed number, any two numbers.
        level : float
            Level of the intervals.

        Returns
        -------
        pandas.DataFrame
            As `tidy`, one row a destination and scale.

        Raises
        ------
        UnknownNameError
            If the covariate or a level does not exist.
        """
        name = checks.one_of(variable, self.variables, name="covariate")
        kinds = self.kinds
        chosen = [self._level(kinds, name, x) for x in (value, other)]
        return self.summarise(contrast(self, kinds, name, *chosen), level=level)

    def ranks(self, variable: str, destination: str) -> "pd.DataFrame":
        """Return the probability of each rank of the levels by a destination's share.

        Parameters
        ----------
        variable : str
            A covariate of the model.
        destination : str
            One of the destinations.

        Returns
        -------
        pandas.DataFrame
            One row a level: `rank_1` is the probability that its share, averaged as in
            `tidy("margin")`, is the largest.

        Raises
        ------
        UnknownNameError
            If the covariate or the destination does not exist.
        """
        import pandas as pd

        name = checks.one_of(variable, self.variables, name="covariate")
        place = self.outcomes.index(checks.one_of(destination, self.outcomes, name="destination"))
        kinds = self.kinds
        levels = sorted_levels(kinds.columns[name])
        weight = kinds.shares(kinds.at(name, levels))
        share = np.einsum("sc,gc->sg", self.prob[:, kinds.row, place], weight)
        rank = np.argsort(np.argsort(-share, axis=1), axis=1)
        return pd.DataFrame(
            {"level": levels}
            | {f"rank_{r + 1}": np.mean(rank == r, axis=0) for r in range(len(levels))}
        )

    def poststratify(self, population: PopulationCells, *, level: float = 0.95) -> "pd.DataFrame":
        """Return shares in another population.

        Parameters
        ----------
        population : PopulationCells
            Made by `population_weights`, with the covariates of the model.
        level : float
            Level of the intervals.

        Returns
        -------
        pandas.DataFrame
            As `tidy`, one row a destination. Effects of levels that were not fitted are drawn
            from the spread of their term; `new_share` says what share of the population has
            one.

        Raises
        ------
        InputError
            If a fixed effect has a level that was not fitted.
        UnknownNameError
            If it lacks a covariate of the model.
        """
        for name in self.variables:
            checks.one_of(name, tuple(population.covariates), name="covariate of the population")
        return self.summarise(in_other(self, population), level=level)

    def bounds(self) -> tuple[Floats, Floats]:
        """Return shares if none, and if all, of the unknown had gone to each destination.

        Returns
        -------
        low, high : (k,) ndarray
            Averaged as the population over the cells that have people; in the sample, people
            over all people.
        """
        kinds = self.kinds
        low, high = kinds.bounds(np.ones((1, len(kinds)), dtype=bool))
        return low[0], high[0]

    def refit(
        self, cells: "DestinationCells | ArrayLike", *, listen: Listener | None = None
    ) -> "DestinationPosterior":
        """Fit the same model to other counts of the same cells, without compiling.

        Parameters
        ----------
        cells : DestinationCells or (m, k) array_like
            The same cells in the same order with other counts; or counts alone.
        listen : callable or None
            Is told how far sampling is.

        Returns
        -------
        DestinationPosterior
            A new fit. Numbers are centred as before; averages over the sample are over the
            new one.

        Raises
        ------
        InputError
            If the cells are others, or nobody is of known destination.
        """
        given = same_cells(cells, self.cells)
        problem, lost = with_counts(self.problem, given)
        weight = self.weight
        if self.weight_source == "sample":
            weight = (problem.counts.sum(axis=1) + lost) / given.people
        words = entered(problem, lost.sum())
        return self._again(problem, listen, cells=given, weight=weight, unknown_model=words)

    def with_prior(
        self, prior: DestinationPrior, *, listen: Listener | None = None
    ) -> "DestinationPosterior":
        """Fit the same model under another prior; compiles only if its parts differ.

        Parameters
        ----------
        prior : DestinationPrior
            The other prior, of the same `sum_to_zero`.
        listen : callable or None
            Is told how far sampling is.

        Returns
        -------
        DestinationPosterior
            A new fit.

        Raises
        ------
        InputError
            If the prior changes the constraint on the levels.
        """
        if prior.sum_to_zero != self.destination_prior.sum_to_zero:
            raise InputError("with_prior cannot change sum_to_zero; call destination_model again.")
        problem = replace(
            self.problem,
            contrasts=prior.contrasts(self.outcomes),
            prior=prior.arrays(self.outcomes, self.problem.design),
        )
        told = dict(self.provenance.arguments) | {"prior": plain_prior(prior)}
        return self._again(
            problem,
            listen,
            destination_prior=prior,
            provenance=replace(self.provenance, arguments=told),
        )

    def prior_table(self) -> PriorTable:
        """Return the shares that the prior of this fit implies, before any data.

        Returns
        -------
        PriorTable
            As `DestinationPrior.table`, for the terms of the model.
        """
        return self.destination_prior.table(
            self.outcomes, levels={t.name: len(t.levels) for t in self.problem.design.terms}
        )

    def prior_sensitivity(
        self,
        alternatives: Mapping[str, DestinationPrior | PriorArrays] | None = None,
        what: str = "population",
        *,
        listen: Listener | None = None,
    ) -> PriorSensitivity:
        """Return the same quantities under other priors, by refits that compile nothing.

        Parameters
        ----------
        alternatives : Mapping of str to DestinationPrior or None
            Priors by name, of the coding of the fit; None takes narrower and wider ones.
        what : str
            As `quantities`.
        listen : callable or None
            Is told how far sampling is.

        Returns
        -------
        PriorSensitivity
            With power scaling of this fit.

        Raises
        ------
        InputError
            If a prior has another coding.
        """
        arrays = {}
        for name, prior in (alternatives or {}).items():
            if isinstance(prior, DestinationPrior):
                if not np.array_equal(prior.contrasts(self.outcomes), self.problem.contrasts):
                    raise InputError(
                        f"the alternative {name!r} codes destinations in another way than the fit. "
                        "Hint: fit.with_prior(prior) and compare."
                    )
                arrays[name] = prior.arrays(self.outcomes, self.problem.design)
            else:
                arrays[name] = prior
        given = None if alternatives is None else arrays
        return PosteriorFit.prior_sensitivity(self, given, what, listen=listen)

    def _again(
        self, problem: Problem, listen: Listener | None, **changed: Any
    ) -> "DestinationPosterior":
        """Sample another problem of the same rows."""
        made = replace(
            self,
            problem=problem,
            sampled=sample(problem, self.sampling, listen=listen),
            diagnostics=None,
            notes=(),
            **changed,
        )
        notes = notes_of(problem, made.kinds, made.unknown_model, self.weight_source)
        return replace(made, notes=notes)

    @property
    def sentence(self) -> str:
        """Shares in the population, in one sentence, with bounds where people are unknown."""
        found = self.summarise(self._in_population(), level=0.95)
        numbers = found[["estimate", "conf_low", "conf_high"]].to_numpy()
        shares = ", ".join(
            f"{percent(mid)} {place} ({percent_range(low, high)})"
            for place, (mid, low, high) in zip(self.outcomes, numbers.tolist(), strict=True)
        )
        parts = [
            f"In the {self.weight_source}: {shares}; posterior medians and 95% equal-tailed "
            f"intervals from {self.cells.known:,} people in {len(self.kinds):,} cells.",
            with_bounds(self.kinds, self.outcomes, self.unknown_model, self.weight_source),
            *self.checked.failures,
        ]
        return " ".join(part for part in parts if part)

    def _level(self, kinds: Kinds, variable: str, value: Any) -> Any:
        """Return a level of a covariate as the data have it; any number where it is one."""
        if any(c.variable == variable and c.level is None for c in self.problem.design.fixed):
            return checks.finite_number(value, name=variable)
        levels = {label_text(x): x for x in sorted_levels(kinds.columns[variable])}
        return levels[checks.one_of(label_text(value), tuple(levels), name=f"level of {variable}")]
