"""Leave-one-out: how well a fit predicts a person, or a whole cell, that it has not seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from talentstats.bayes.convergence import ess_mean
from talentstats.errors import InputError
from talentstats.results.wording import percent
from talentstats.stats.limits import Floats, read_only

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LooResult:
    """Leave-one-out predictive accuracy; made by `leave_one_person_out`, `leave_one_cell_out`.

    Parameters
    ----------
    unit : {"person", "cell"}
        What is left out, one at a time.
    elpd : float
        Expected log predictive density: the sum over units of log p(unit | all others).
    std_error : float
        Standard error of `elpd` over units; NaN for one unit.
    p_loo : float
        Effective number of parameters: what seeing the unit itself adds to its log density.
    units : int
        Units left out in turn.
    empty_cells : int
        Cells without people: they predict nothing and do not enter.
    names : tuple of str
        The u rows: each observed pair of cell and destination, or each cell.
    people : (u,) ndarray
        People in each.
    log_density : (u,) ndarray
        Log predictive density of one unit of each.
    pareto_k : (u,) ndarray
        Shape of the tail of the importance weights; NaN where all draws agree and no
        weighting is needed.
    k_threshold : float
        min(1 - 1 / log10(draws), 0.7): above it the row's density cannot be trusted.
    """

    unit: Literal["person", "cell"]
    elpd: float
    std_error: float
    p_loo: float
    units: int
    empty_cells: int
    names: tuple[str, ...]
    people: Floats
    log_density: Floats
    pareto_k: Floats
    k_threshold: float

    def __post_init__(self) -> None:
        for name in ("people", "log_density", "pareto_k"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def untrusted(self) -> tuple[str, ...]:
        """Rows whose importance weights have too heavy a tail, the worst first."""
        order = np.argsort(-self.pareto_k)
        return tuple(self.names[i] for i in order if self._heavy[i])

    @property
    def share_of_people_untrusted(self) -> float:
        """Share of the people who stand in such rows."""
        return float(self.people[self._heavy].sum() / self.people.sum())

    @property
    def share_of_rows_untrusted(self) -> float:
        """Share of the rows that are such."""
        return float(self._heavy.mean())

    @property
    def sentence(self) -> str:
        """The score, its error, and whether it can be trusted."""
        over = f"{self.units:,} {'people' if self.unit == 'person' else 'cells'}"
        score = (
            f"Leave-one-{self.unit}-out: expected log predictive density {self.elpd:.1f} "
            f"(standard error {self.std_error:.1f}) over {over}, "
            f"{self.p_loo:.1f} effective parameters."
        )
        if self.empty_cells:
            score += f" Cells without people, left aside: {self.empty_cells}."
        if not self._heavy.any():
            return score
        worst = [
            f"{self.names[i]} (k = {self.pareto_k[i]:.2f}, "
            f"{percent(self.people[i] / self.people.sum())} of the people)"
            for i in np.argsort(-self.pareto_k)[: min(3, self._heavy.sum())]
        ]
        more = int(self._heavy.sum()) - len(worst)
        return (
            f"{score} It cannot be trusted: k is above {self.k_threshold:.2g} for "
            f"{'; '.join(worst)}{f'; and {more} more' if more else ''}. "
            f"The exact value needs a refit without each of them."
        )

    def frame(self) -> "pd.DataFrame":
        """Return one row an observed pair of cell and destination, or a cell.

        Returns
        -------
        pandas.DataFrame
            Columns `term, people, log_density, pareto_k`.
        """
        import pandas as pd

        return pd.DataFrame(
            {
                "term": list(self.names),
                "people": self.people,
                "log_density": self.log_density,
                "pareto_k": self.pareto_k,
            }
        )

    @property
    def _heavy(self) -> NDArray[np.bool_]:
        """Which rows have weights whose tail is too heavy, (u,)."""
        return np.asarray(self.pareto_k > self.k_threshold)


def leave_one_person_out(
    *,
    log_prob: ArrayLike,
    counts: ArrayLike,
    chains: int,
    labels: Sequence[str] | None = None,
    outcomes: Sequence[str] | None = None,
) -> LooResult:
    """Expected log predictive density of one more person of a known cell.

    All people of one cell and one destination have the same density, so the cost
    depends on the cells and not on the people.

    Parameters
    ----------
    log_prob : (s, c, k) array_like
        Log probability of each destination in each cell; draws in order of chain, then draw.
    counts : (c, k) array_like
        People observed.
    chains : int
        Chains of equal length that make up the s draws.
    labels, outcomes : Sequence of str, optional
        Names of the c cells and the k destinations; by default their indices.

    Returns
    -------
    LooResult
        One row an observed pair of cell and destination.

    Raises
    ------
    InputError
        If shapes disagree, nobody is observed, or an observed log probability is not finite.

    References
    ----------
    Vehtari, Gelman and Gabry (2017), Statistics and Computing 27, 1413-1432.
    doi:10.1007/s11222-016-9696-4
    Vehtari, Simpson, Gelman, Yao and Gabry (2024), Journal of Machine Learning Research 25,
    1-58. doi:10.48550/arXiv.1507.02646 (Pareto smoothing and the limit of k).

    Examples
    --------
    >>> p = np.random.default_rng(1).dirichlet([88, 11, 4], size=4000)
    >>> found = leave_one_person_out(
    ...     log_prob=np.log(p)[:, None, :],
    ...     counts=[[87, 10, 3]],
    ...     chains=4,
    ...     labels=["all"],
    ...     outcomes=["US", "CN", "other"],
    ... )
    >>> found.untrusted, round(found.elpd, 1)
    ((), -47.6)
    """
    people, draws = np.asarray(counts, dtype=np.float64), np.asarray(log_prob, dtype=np.float64)
    if people.ndim != 2 or draws.shape[1:] != people.shape:
        raise InputError(
            f"log_prob has shape {draws.shape}, counts {people.shape}; "
            "allowed are (draws, cells, destinations) and (cells, destinations)."
        )
    cell, outcome = np.nonzero(people)
    cells = _named(labels, "cell", people.shape[0])
    places = _named(outcomes, "destination", people.shape[1])
    return _leave_out(
        unit="person",
        log_lik=draws[:, cell, outcome],
        people=people[cell, outcome],
        repeats=people[cell, outcome],
        chains=chains,
        names=[
            f"{cells[i]}, {places[j]}" for i, j in zip(cell.tolist(), outcome.tolist(), strict=True)
        ],
        empty_cells=int((people.sum(axis=1) == 0).sum()),
    )


def leave_one_cell_out(
    *,
    log_lik: ArrayLike,
    people: ArrayLike,
    chains: int,
    labels: Sequence[str] | None = None,
) -> LooResult:
    """Expected log predictive density of a whole cell that the fit has not seen.

    Parameters
    ----------
    log_lik : (s, c) array_like
        Log likelihood of each cell; draws in order of chain, then draw.
    people : (c,) array_like
        People in each cell; cells without any are left aside and counted.
    chains : int
        Chains of equal length that make up the s draws.
    labels : Sequence of str, optional
        Names of the c cells; by default their indices.

    Returns
    -------
    LooResult
        One row a cell with people.

    Raises
    ------
    InputError
        If shapes disagree, nobody is observed, or a log likelihood is not finite.

    Notes
    -----
    A cell that holds much of the data pulls the posterior so far that the draws cannot
    be reweighted to do without it; the result then names it and must not be trusted.

    References
    ----------
    Vehtari, Gelman and Gabry (2017), Statistics and Computing 27, 1413-1432.
    doi:10.1007/s11222-016-9696-4

    Examples
    --------
    >>> p = np.random.default_rng(1).beta(90, 20, size=4000)
    >>> log_lik = 5 * np.log(p)[:, None] * np.ones(18)
    >>> found = leave_one_cell_out(log_lik=log_lik, people=[5] * 18, chains=4)
    >>> found.units, found.untrusted
    (18, ())
    """
    persons, draws = np.asarray(people, dtype=np.float64), np.asarray(log_lik, dtype=np.float64)
    if persons.ndim != 1 or draws.shape[1:] != persons.shape:
        raise InputError(
            f"log_lik has shape {draws.shape}, people {persons.shape}; "
            "allowed are (draws, cells) and (cells,)."
        )
    names = _named(labels, "cell", len(persons))
    seen = np.flatnonzero(persons).tolist()
    return _leave_out(
        unit="cell",
        log_lik=draws[:, seen],
        people=persons[seen],
        repeats=np.ones(len(seen)),
        chains=chains,
        names=[names[i] for i in seen],
        empty_cells=len(persons) - len(seen),
    )


def _named(names: Sequence[str] | None, word: str, count: int) -> Sequence[str]:
    """Names of rows or columns, by their indices where none are given."""
    made = [f"{word} {i}" for i in range(count)] if names is None else names
    if len(made) != count:
        raise InputError(f"{len(made)} names were given for {count} {word}s.")
    return made


def _leave_out(
    *,
    unit: Literal["person", "cell"],
    log_lik: Floats,
    people: Floats,
    repeats: Floats,
    chains: int,
    names: Sequence[str],
    empty_cells: int,
) -> LooResult:
    """Leave out each of u rows, whose units occur `repeats` times, by Pareto smoothing."""
    if not names:
        raise InputError("No cell holds any people, so there is nobody to leave out.")
    broken = np.flatnonzero(~np.isfinite(log_lik).all(axis=0))
    if broken.size:
        raise InputError(
            f"The log density of {names[broken[0]]} is not finite in some draws, though people "
            "are observed there. Hint: take the logarithm before probabilities round to 0."
        )
    log_density, pareto_k = _smoothed(log_lik=log_lik, chains=chains)
    seen = logsumexp(log_lik, axis=0) - np.log(len(log_lik))
    units = repeats.sum()
    elpd = float(repeats @ log_density)
    spread = repeats @ np.square(log_density - elpd / units)
    return LooResult(
        unit=unit,
        elpd=elpd,
        std_error=float(np.sqrt(units * spread / (units - 1))) if units > 1 else float("nan"),
        p_loo=float(repeats @ (seen - log_density)),
        units=int(units),
        empty_cells=empty_cells,
        names=tuple(names),
        people=people,
        log_density=log_density,
        pareto_k=pareto_k,
        k_threshold=float(min(1 - 1 / np.log10(len(log_lik)), 0.7)),
    )


def _smoothed(*, log_lik: Floats, chains: int) -> tuple[Floats, Floats]:
    """Leave-one-out log density and Pareto k of each column of (s, u), (u,) both."""
    from arviz_stats.base.array import array_stats

    kernels: Any = array_stats  # untyped
    draws = len(log_lik)
    likelihood = np.exp(log_lik - log_lik.max(axis=0))
    relative = ess_mean(draws=likelihood.reshape(chains, -1, log_lik.shape[1])) / draws
    density, pareto_k = log_lik[0].copy(), np.full(log_lik.shape[1], np.nan)
    # ArviZ refuses draws that all agree; they need no weights.
    for i in np.flatnonzero(np.ptp(log_lik, axis=0) > 0):
        log_weight, k = kernels.psislw(log_lik[:, i], r_eff=relative[i])
        density[i] = logsumexp(log_weight + log_lik[:, i])
        # Without a k the tail is unlike any generalised Pareto: not to be trusted either.
        pareto_k[i] = k if np.isfinite(k) else np.inf
    return density, pareto_k
