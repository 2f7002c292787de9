"""What a model of destinations says: by cell, margin and population, and in contrasts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats import checks
from talentstats.bayes.posterior import PosteriorFit, Quantities
from talentstats.bayes.sampling import Listener, sample
from talentstats.destinations.model_prior import DestinationPrior
from talentstats.errors import InputError
from talentstats.results.wording import percent
from talentstats.stats.limits import Floats
from talentstats.summaries.destination_cells import DestinationCells
from talentstats.summaries.labels import cell_labels, label_text
from talentstats.summaries.population import PopulationCells

if TYPE_CHECKING:
    import pandas as pd

UNIDENTIFIED = (
    "The data cannot say where people of unknown destination are; what the model says of them is "
    "its assumption. Worst and best case bound every such assumption."
)
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
    def kinds(self) -> tuple[Mapping[str, NDArray[Any]], NDArray[np.int64], Floats]:
        """Distinct cells: their covariates, first rows and weights, clusters put together."""
        keys = list(zip(*(np.asarray(v).tolist() for v in self.covariates.values()), strict=True))
        first: dict[Any, int] = {}
        for i, key in enumerate(keys):
            first.setdefault(key, i)
        rows = np.array(list(first.values()), dtype=np.int64)
        weight = np.zeros(rows.size)
        np.add.at(weight, [list(first).index(key) for key in keys], self.weight)
        return {name: np.asarray(v)[rows] for name, v in self.covariates.items()}, rows, weight

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
                return self._by_cell()
            case "margin":
                return self._by_margin()
            case "population":
                return self._in_population()
            case _:
                return self._contrasts()

    def _by_cell(self) -> Quantities:
        """Probabilities by distinct cell."""
        columns, rows, _ = self.kinds
        counts = self._counts_by_kind()
        labels = cell_labels(list(columns.values()), rows.size).tolist()
        total = counts.sum(axis=1)
        k = len(self.outcomes)
        return self._shares(
            labels,
            self.prob[:, rows, :],
            extra={
                "people": np.repeat(total, k),
                "count": counts.ravel(),
                "raw": np.divide(
                    counts,
                    total[:, None],
                    out=np.full(counts.shape, np.nan),
                    where=total[:, None] > 0,
                ).ravel(),
                "new_level": np.repeat(self._new_levels(columns), k),
            },
        )

    def _by_margin(self) -> Quantities:
        """Probabilities by level of each covariate, averaged over the population within."""
        columns, rows, weight = self.kinds
        prob, counts = self.prob[:, rows, :], self._counts_by_kind()
        labels: list[str] = []
        found: list[Floats] = []
        people: list[Floats] = []
        for name in self.variables:
            for level in _sorted(columns[name]):
                own = np.asarray(columns[name] == level)
                share = weight[own] if weight[own].sum() > 0 else np.ones(own.sum())
                labels.append(f"{name}={label_text(level)}")
                found.append(np.einsum("smk,m->sk", prob[:, own, :], share / share.sum()))
                people.append(counts[own].sum(axis=0))
        counted = np.array(people)
        total = np.repeat(counted.sum(axis=1), len(self.outcomes))
        raw = np.divide(counted.ravel(), total, out=np.full(total.shape, np.nan), where=total > 0)
        return self._shares(
            labels,
            np.stack(found, axis=1),
            extra={"people": total, "count": counted.ravel(), "raw": raw},
        )

    def _in_population(self) -> Quantities:
        """Poststratified probabilities."""
        _, rows, weight = self.kinds
        shares = np.einsum("smk,m->sk", self.prob[:, rows, :], weight)
        extra: dict[str, Any] = {}
        if self.cells.unknown.sum() > 0:
            low, high = self.bounds()
            extra = {"bound_low": low, "bound_high": high}
        return self._shares([self.weight_source], shares[:, None, :], extra=extra)

    def _contrasts(self) -> Quantities:
        """Each level against the most common one, all covariates."""
        columns, _, _ = self.kinds
        people = self._counts_by_kind().sum(axis=1)
        parts = []
        for name in self.variables:
            levels = _sorted(columns[name])
            sizes = [people[np.asarray(columns[name] == level)].sum() for level in levels]
            common = levels[int(np.argmax(sizes))]
            parts += [self._contrast(name, level, common) for level in levels if level != common]
        return Quantities(
            columns={key: [x for part in parts for x in part.columns[key]] for key in _KEYS},
            values=np.hstack([part.values for part in parts]),
            null=np.concatenate([part.null for part in parts]),
        )

    def _contrast(self, variable: str, level: Any, other: Any) -> Quantities:
        """Everybody at one level against everybody at another, same population."""
        columns, rows, weight = self.kinds
        shares = []
        for value in (level, other):
            moved = dict(columns) | {variable: np.full(rows.size, value, dtype=object)}
            prob, _ = self.at(moved)
            shares.append(np.einsum("smk,m->sk", prob, weight))
        first, second = shares
        k = len(self.outcomes)
        return Quantities(
            columns={
                "group": [f"{variable}: {label_text(level)} against {label_text(other)}"] * 2 * k,
                "outcome": [*self.outcomes, *self.outcomes],
                "term": ["difference"] * k + ["ratio"] * k,
            },
            values=np.hstack([first - second, first / second]),
            null=np.repeat([0.0, 1.0], k),
        )

    def contrast(
        self, variable: str, level: Any, other: Any, *, interval: float = 0.95
    ) -> "pd.DataFrame":
        """Return differences and ratios of two levels by g-computation.

        Everybody in the population is put at one level, then at the other, all else as it
        is. It is causal only as far as the other covariates of the model make it so.

        Parameters
        ----------
        variable : str
            A covariate of the model.
        level, other : Any
            Two of its levels.
        interval : float
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
        chosen = [self._level(name, value) for value in (level, other)]
        return self.summarise(self._contrast(name, *chosen), level=interval)

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
            One row a level: `rank_1` is the probability that its share is the largest.

        Raises
        ------
        UnknownNameError
            If the covariate or the destination does not exist.
        """
        import pandas as pd

        name = checks.one_of(variable, self.variables, name="covariate")
        place = self.outcomes.index(checks.one_of(destination, self.outcomes, name="destination"))
        margin = self._by_margin()
        wanted = [
            j
            for j, (group, outcome) in enumerate(
                zip(margin.columns["group"], margin.columns["outcome"], strict=True)
            )
            if group.startswith(f"{name}=") and outcome == self.outcomes[place]
        ]
        order = np.argsort(np.argsort(-margin.values[:, wanted], axis=1), axis=1)
        levels = [margin.columns["group"][j].removeprefix(f"{name}=") for j in wanted]
        return pd.DataFrame(
            {"level": levels}
            | {f"rank_{r + 1}": np.mean(order == r, axis=0) for r in range(len(wanted))}
        )

    def poststratify(self, population: PopulationCells) -> Quantities:
        """Return shares in another population.

        Parameters
        ----------
        population : PopulationCells
            Made by `population_weights`, with the covariates of the model. Levels that were
            not fitted are drawn anew; see `at`.

        Returns
        -------
        Quantities
            Summarise it by `summarise(..., level=0.95)`.
        """
        prob, _ = self.at(population.covariates)
        shares = np.einsum("smk,m->sk", prob, population.weight)
        return self._shares(["population"], shares[:, None, :], extra={})

    def bounds(self) -> tuple[Floats, Floats]:
        """Return shares of all people if none, and if all, of the unknown had gone there.

        Returns
        -------
        low, high : (k,) ndarray
            Of the sample, by destination.
        """
        seen, unknown = self.cells.counts.sum(axis=0), float(self.cells.unknown.sum())
        total = seen.sum() + unknown
        return seen / total, (seen + unknown) / total

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
            A new fit.

        Raises
        ------
        InputError
            If the cells are others.
        """
        if not isinstance(cells, DestinationCells):
            cells = replace(self.cells, counts=np.asarray(cells, dtype=np.float64))
        same = cells.counts.shape == self.cells.counts.shape and all(
            name in cells.covariates and np.array_equal(cells.covariates[name], values)
            for name, values in self.cells.covariates.items()
        )
        if not same:
            raise InputError(
                f"refit was given {len(cells)} cells that are not the {len(self.cells)} of the "
                "fit. Hint: destination_model(cells, ...) fits others."
            )
        counts = np.zeros_like(self.problem.counts)
        counts[: len(cells)] = cells.counts
        unknown = self.problem.unknown
        if unknown is not None:
            unknown = np.concatenate([cells.unknown, np.zeros(len(counts) - len(cells))])
        problem = replace(self.problem, counts=counts, unknown=unknown)
        return replace(
            self,
            problem=problem,
            cells=cells,
            sampled=sample(problem, self.sampling, listen=listen),
            diagnostics=None,
            notes=tuple(n for n in self.notes if n not in self.checked.failures),
        )

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
        return replace(
            self,
            problem=problem,
            destination_prior=prior,
            sampled=sample(problem, self.sampling, listen=listen),
            diagnostics=None,
            notes=tuple(n for n in self.notes if n not in self.checked.failures),
        )

    @property
    def sentence(self) -> str:
        """Shares in the population, in one sentence, with bounds where people are unknown."""
        found = self.summarise(self._in_population(), level=0.95)
        numbers = found[["estimate", "conf_low", "conf_high"]].to_numpy()
        shares = ", ".join(
            f"{percent(mid)} {place} ({percent(low)} to {percent(high)})"
            for place, (mid, low, high) in zip(self.outcomes, numbers.tolist(), strict=True)
        )
        text = (
            f"In the {self.weight_source}: {shares}; posterior medians and 95% equal-tailed "
            f"intervals from {self.cells.known:,} people in {len(self.cells):,} cells."
        )
        if self.cells.unknown.sum() > 0:
            low, high = self.bounds()
            bounds = ", ".join(
                f"{place} {percent(a)} to {percent(b)}"
                for place, a, b in zip(self.outcomes, low, high, strict=True)
            )
            text += (
                f" {int(self.cells.unknown.sum()):,} more are of unknown destination "
                f"({self.unknown_model}). Worst and best case in the sample: {bounds}. "
                f"{UNIDENTIFIED}"
            )
        failures = " ".join(self.checked.failures)
        return f"{text} {failures}".strip()

    def _shares(
        self, groups: Sequence[str], prob: Floats, *, extra: Mapping[str, Any]
    ) -> Quantities:
        """Lay out probabilities (s, g, k)."""
        k = len(self.outcomes)
        return Quantities(
            columns={
                "group": [group for group in groups for _ in range(k)],
                "outcome": list(self.outcomes) * len(groups),
                "term": ["probability"] * (k * len(groups)),
            }
            | dict(extra),
            values=prob.reshape(prob.shape[0], -1),
            null=np.full(k * len(groups), np.nan),
        )

    def _counts_by_kind(self) -> Floats:
        """People of known destination by distinct cell, (c, k)."""
        columns, rows, _ = self.kinds
        names = list(columns)
        index = {
            key: i
            for i, key in enumerate(
                zip(*(np.asarray(columns[name]).tolist() for name in names), strict=True)
            )
        }
        found = np.zeros((rows.size, len(self.outcomes)))
        every = zip(*(np.asarray(self.covariates[name]).tolist() for name in names), strict=True)
        for i, key in enumerate(every):
            found[index[key]] += self.problem.counts[i]
        return found

    def _new_levels(self, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
        """Whether a cell has a level of a term that nobody in the data has, (c,)."""
        length = len(next(iter(columns.values())))
        found = np.zeros(length, dtype=bool)
        for term in self.problem.design.terms:
            unseen = {level for level, seen in zip(term.levels, term.seen, strict=True) if not seen}
            keys = zip(*(np.asarray(columns[v]).tolist() for v in term.variables), strict=True)
            found |= np.array([key in unseen for key in keys], dtype=bool)
        return found

    def _level(self, variable: str, value: Any) -> Any:
        """Return a level of a covariate as the data have it."""
        levels = {label_text(x): x for x in _sorted(self.kinds[0][variable])}
        return levels[checks.one_of(label_text(value), tuple(levels), name=f"level of {variable}")]


_KEYS = ("group", "outcome", "term")


def _sorted(values: NDArray[Any]) -> list[Any]:
    """Return distinct labels, numbers as numbers."""
    distinct = set(np.asarray(values).tolist())
    return sorted(distinct, key=lambda x: (0, x, "") if isinstance(x, int | float) else (1, 0, x))
