"""Whether the chains of a sampler can be trusted: R-hat, effective draws, divergences, energy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats.bayes.convergence import DrawSummary, summary
from talentstats.errors import InputError
from talentstats.results.wording import listed
from talentstats.stats.limits import Floats, read_only

if TYPE_CHECKING:
    import pandas as pd

LARGEST_RHAT: Final = 1.01
FEWEST_EFFECTIVE: Final = 400
FEWEST_EFFECTIVE_A_CHAIN: Final = 100
LOWEST_E_BFMI: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Diagnostics:
    """What a sampler says about its own draws; made by `diagnose`.

    Parameters
    ----------
    names : tuple of str
        The m quantities.
    scalars : DrawSummary
        R-hat, effective draws and Monte Carlo error of each, (m,).
    not_finite : tuple of str
        Quantities with a draw that is NaN or infinite.
    chains, draws : int
        Chains, and draws of each after warm-up.
    divergences : int
        Draws at which the trajectory diverged.
    e_bfmi : (chains,) ndarray
        Estimated Bayesian fraction of missing information.
    saturated : int or None
        Draws that stopped at the deepest tree; None where the depth was not recorded.
    max_depth : int or None
        The deepest tree allowed.
    """

    names: tuple[str, ...]
    scalars: DrawSummary
    not_finite: tuple[str, ...]
    chains: int
    draws: int
    divergences: int
    e_bfmi: Floats
    saturated: int | None
    max_depth: int | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "e_bfmi", read_only(self.e_bfmi))

    @property
    def ess(self) -> Floats:
        """The smaller of the two effective numbers of draws of each quantity, (m,)."""
        return np.minimum(self.scalars.ess_bulk, self.scalars.ess_tail)

    @property
    def max_rhat(self) -> float:
        """The largest R-hat; NaN where none is defined."""
        return _largest(self.names, self.scalars.rhat)[1]

    @property
    def max_rhat_name(self) -> str:
        """The quantity with the largest R-hat; empty where none is defined."""
        return _largest(self.names, self.scalars.rhat)[0]

    @property
    def min_ess(self) -> float:
        """The smallest effective number of draws, bulk or tail; NaN where none is defined."""
        return -_largest(self.names, -self.ess)[1]

    @property
    def min_ess_name(self) -> str:
        """The quantity with the fewest effective draws; empty where none is defined."""
        return _largest(self.names, -self.ess)[0]

    @property
    def fewest_effective(self) -> int:
        """The effective draws asked for: 400 in all and 100 a chain."""
        return max(FEWEST_EFFECTIVE, FEWEST_EFFECTIVE_A_CHAIN * self.chains)

    @property
    def failures(self) -> tuple[str, ...]:
        """What is wrong with these draws, in words; empty where nothing is."""
        total, found = self.chains * self.draws, []
        if self.not_finite:
            found.append(f"draws of {listed(self.not_finite)} are not finite")
        if self.chains == 1:
            found.append("one chain alone cannot show that it converged")
        if self.max_rhat > LARGEST_RHAT:
            found.append(
                f"the chains disagree: R-hat is above {LARGEST_RHAT} for "
                f"{self._many(self.scalars.rhat > LARGEST_RHAT)}, "
                f"at worst {self.max_rhat:.2f} for {self.max_rhat_name}"
            )
        if self.min_ess < self.fewest_effective:
            found.append(
                f"too few effective draws: below {self.fewest_effective} for "
                f"{self._many(self.ess < self.fewest_effective)}, "
                f"at worst {self.min_ess:.0f} for {self.min_ess_name}"
            )
        if self.divergences:
            found.append(f"{self.divergences} of {total} draws diverged")
        if self.saturated:
            found.append(
                f"{self.saturated} of {total} draws stopped at the deepest tree ({self.max_depth})"
            )
        # Negated, so that a chain whose energy never moved (NaN) is among them.
        low = np.flatnonzero(~(self.e_bfmi >= LOWEST_E_BFMI))
        if low.size:
            chains = listed(f"{i + 1} ({self.e_bfmi[i]:.2f})" for i in low)
            found.append(
                f"the energy mixes badly: E-BFMI is below {LOWEST_E_BFMI} in chain {chains}"
            )
        return tuple(found)

    @property
    def sentence(self) -> str:
        """Whether the draws can be trusted, and by which figures."""
        made = f"{self.chains} chains of {self.draws} draws"
        if self.failures:
            return f"Do not trust these draws ({made}): {'; '.join(self.failures)}."
        return (
            f"{made}: R-hat at most {self.max_rhat:.3f} ({self.max_rhat_name}), effective draws "
            f"at least {self.min_ess:.0f} ({self.min_ess_name}), no divergence, "
            f"E-BFMI at least {self.e_bfmi.min():.2f}."
        )

    def frame(self) -> "pd.DataFrame":
        """Return one row a quantity.

        Returns
        -------
        pandas.DataFrame
            Columns `term, rhat, ess_bulk, ess_tail, mcse_mean`.
        """
        import pandas as pd

        columns = ("rhat", "ess_bulk", "ess_tail", "mcse_mean")
        return pd.DataFrame(
            {"term": list(self.names)} | {name: getattr(self.scalars, name) for name in columns}
        )

    def _many(self, which: NDArray[np.bool_]) -> str:
        """How many quantities of how many."""
        return f"{which.sum()} of {len(self.names)} quantities"


def diagnose(
    *,
    draws: Mapping[str, ArrayLike],
    divergent: ArrayLike,
    energy: ArrayLike,
    depth: ArrayLike | None = None,
    max_depth: int | None = None,
    names: Mapping[str, Sequence[str]] | None = None,
) -> Diagnostics:
    """Whether the draws of a Hamiltonian sampler can be trusted.

    Parameters
    ----------
    draws : Mapping of str to (chain, draw, ...) array_like
        Draws of each variable after warm-up.
    divergent : (chain, draw) array_like of bool
        Where the trajectory diverged.
    energy : (chain, draw) array_like
        Hamiltonian at the start of each trajectory.
    depth : (chain, draw) array_like of int, optional
        Depth of each trajectory's tree.
    max_depth : int, optional
        Depth at which the sampler gives up; needed with `depth`.
    names : Mapping of str to Sequence of str, optional
        For a variable, the names of its scalars in C order; by default "sd[0]", "b[1,2]".

    Returns
    -------
    Diagnostics
        Figures of every scalar, the worst of them by name, and failures in words.

    Raises
    ------
    InputError
        If variables differ in chains or draws, or names in number from their scalars.

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), Bayesian Analysis 16, 667-718.
    doi:10.1214/20-BA1221 (R-hat, effective draws and their limits).
    Betancourt (2016), doi:10.48550/arXiv.1604.00695 (E-BFMI).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> found = diagnose(
    ...     draws={"sd": rng.normal(size=(4, 500))},
    ...     divergent=np.zeros((4, 500), dtype=bool),
    ...     energy=rng.normal(size=(4, 500)),
    ... )
    >>> found.failures
    ()
    >>> found.max_rhat_name
    'sd'
    """
    diverged = np.asarray(divergent, dtype=bool)
    labels: list[str] = []
    columns: list[Floats] = []
    for name, values in draws.items():
        array = np.asarray(values, dtype=np.float64)
        if array.shape[:2] != diverged.shape:
            raise InputError(
                f"Draws of {name!r} have shape {array.shape}; allowed is (chain, draw, ...) "
                f"with (chain, draw) = {diverged.shape}, as `divergent` has."
            )
        own = list((names or {}).get(name, _indexed(name, array.shape[2:])))
        columns.append(array.reshape(*diverged.shape, -1))
        if len(own) != columns[-1].shape[2]:
            raise InputError(
                f"{len(own)} names for {name!r}, which has {columns[-1].shape[2]} scalars."
            )
        labels += own
    stacked = np.concatenate(columns, axis=2)
    bad = np.flatnonzero(~np.isfinite(stacked).all(axis=(0, 1)))
    return Diagnostics(
        names=tuple(labels),
        scalars=summary(draws=stacked),
        not_finite=tuple(labels[i] for i in bad),
        chains=diverged.shape[0],
        draws=diverged.shape[1],
        divergences=int(diverged.sum()),
        e_bfmi=_e_bfmi(np.asarray(energy, dtype=np.float64)),
        saturated=None
        if depth is None or max_depth is None
        else int((np.asarray(depth) >= max_depth).sum()),
        max_depth=max_depth,
    )


def _e_bfmi(energy: Floats) -> Floats:
    """Mean squared step of the energy over its variance, (chain,); NaN where it stands still."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(
            np.square(np.diff(energy, axis=1)).mean(axis=1) / energy.var(axis=1, ddof=1)
        )


def _indexed(name: str, shape: tuple[int, ...]) -> list[str]:
    """Names of a variable's scalars by their indices, in C order."""
    if not shape:
        return [name]
    return [f"{name}[{','.join(map(str, index))}]" for index in np.ndindex(shape)]


def _largest(names: Sequence[str], values: Floats) -> tuple[str, float]:
    """Name and value of the largest; nothing and NaN where all are NaN."""
    if np.isnan(values).all():
        return "", float("nan")
    at = int(np.nanargmax(values))
    return names[at], float(values[at])
