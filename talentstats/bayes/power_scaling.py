"""Power scaling: whether an answer comes from the data, the prior, or a conflict of both."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from talentstats.errors import InputError
from talentstats.results.wording import listed
from talentstats.stats.limits import Floats, read_only

if TYPE_CHECKING:
    import pandas as pd

SENSITIVE: Final = 0.05
_LOWER: Final = 0.99
_UPPER: Final = 1.01

Diagnosis = Literal["prior-data conflict", "strong prior or weak likelihood", "-"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PowerScaling:
    """Sensitivity of m quantities to prior and likelihood; made by `power_scaling`.

    Parameters
    ----------
    names : tuple of str
        The m quantities.
    prior, likelihood : (m,) ndarray
        Change of the posterior, as a cumulative Jensen-Shannon distance, a doubling of the
        prior's or the likelihood's weight; NaN where the draws never differ. 0.05 and above
        is sensitive.
    prior_shift, likelihood_shift : (m,) ndarray
        Change of the posterior mean a doubling of that weight, to first order, in posterior
        standard deviations.
    diagnosis : tuple of str
        "prior-data conflict" where both are sensitive, "strong prior or weak likelihood"
        where the prior alone is, "-" otherwise.
    """

    names: tuple[str, ...]
    prior: Floats
    likelihood: Floats
    prior_shift: Floats
    likelihood_shift: Floats
    diagnosis: tuple[Diagnosis, ...]

    def __post_init__(self) -> None:
        for name in ("prior", "likelihood", "prior_shift", "likelihood_shift"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def sentence(self) -> str:
        """Which quantities depend on the prior, and how."""
        found = {
            word: [n for n, d in zip(self.names, self.diagnosis, strict=True) if d == word]
            for word in ("prior-data conflict", "strong prior or weak likelihood")
        }
        parts = [f"{word} for {_shortly(names)}" for word, names in found.items() if names]
        if not parts:
            return f"Power scaling: none of {len(self.names)} quantities is sensitive to the prior."
        return f"Power scaling: {'; '.join(parts)}. Report other priors beside this one."

    def frame(self) -> "pd.DataFrame":
        """Return one row a quantity.

        Returns
        -------
        pandas.DataFrame
            Columns `term, prior, likelihood, prior_shift, likelihood_shift, diagnosis`.
        """
        import pandas as pd

        columns = ("prior", "likelihood", "prior_shift", "likelihood_shift")
        return pd.DataFrame(
            {
                "term": list(self.names),
                **{name: getattr(self, name) for name in columns},
                "diagnosis": list(self.diagnosis),
            }
        )


def power_scaling(
    *, draws: ArrayLike, names: Sequence[str], log_prior: ArrayLike, log_lik: ArrayLike
) -> PowerScaling:
    """Change of a posterior when its prior, or its likelihood, is raised to a power near 1.

    Parameters
    ----------
    draws : (s, m) array_like
        Draws of m interpretable quantities: probabilities, differences, scales.
    names : Sequence of str
        Their m names.
    log_prior : (s,) array_like
        Log density at each draw of the priors under question, up to a constant. The
        standard normals of a non-centred parameterisation are no prior anybody chose and
        stay out of it.
    log_lik : (s,) array_like
        Log likelihood of all data at each draw, up to a constant.

    Returns
    -------
    PowerScaling
        Arrays of shape (m,).

    Raises
    ------
    InputError
        If shapes or names disagree, or a log density is not finite.

    References
    ----------
    Kallioinen, Paananen, Bürkner and Vehtari (2024), Statistics and Computing 34, 57.
    doi:10.1007/s11222-023-10366-5

    Examples
    --------
    87 of 100 stay; a prior of Beta(5, 45) expects 10%.

    >>> p = np.random.default_rng(1).beta(5 + 87, 45 + 13, size=4000)
    >>> found = power_scaling(
    ...     draws=p[:, None],
    ...     names=["retention"],
    ...     log_prior=4 * np.log(p) + 44 * np.log1p(-p),
    ...     log_lik=87 * np.log(p) + 13 * np.log1p(-p),
    ... )
    >>> found.diagnosis
    ('prior-data conflict',)
    """
    array = np.asarray(draws, dtype=np.float64)
    prior, likelihood = (np.asarray(v, dtype=np.float64) for v in (log_prior, log_lik))
    if array.ndim != 2 or array.shape[1] != len(names):
        raise InputError(f"draws have shape {array.shape}; allowed is (draws, {len(names)} names).")
    for word, values in (("log_prior", prior), ("log_lik", likelihood)):
        if values.shape != array.shape[:1]:
            raise InputError(f"{word} has shape {values.shape}; allowed is {array.shape[:1]}.")
        if not np.isfinite(values).all():
            raise InputError(f"{word} is not finite in {(~np.isfinite(values)).sum()} draws.")
    by_prior = _sensitivity(draws=array, log_density=prior)
    by_likelihood = _sensitivity(draws=array, log_density=likelihood)
    return PowerScaling(
        names=tuple(names),
        prior=by_prior,
        likelihood=by_likelihood,
        prior_shift=_shift(draws=array, log_density=prior),
        likelihood_shift=_shift(draws=array, log_density=likelihood),
        diagnosis=tuple(map(_diagnosis, by_prior, by_likelihood)),
    )


def _sensitivity(*, draws: Floats, log_density: Floats) -> Floats:
    """Distance a doubling of the weight of one density, (m,)."""
    from arviz_stats.base.array import array_stats

    kernels: Any = array_stats  # untyped
    moving = np.ptp(draws, axis=0) > 0
    made = np.where(moving, 0.0, np.nan)
    # A flat density has no weight to change, and ArviZ refuses it.
    if np.ptp(log_density) > 0:
        weights = [
            np.exp(kernels.power_scale_lw(log_density, alpha=a))[None] for a in (_LOWER, _UPPER)
        ]
        for i in np.flatnonzero(moving):
            made[i] = kernels.power_scale_sense(draws[None, :, i], *weights, _LOWER, _UPPER)
    return made


def _shift(*, draws: Floats, log_density: Floats) -> Floats:
    """Change of each mean in standard deviations, (m,): the derivative is a covariance."""
    centred = draws - draws.mean(axis=0)
    covariance = (log_density - log_density.mean()) @ centred / len(draws)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.log(2) * covariance / centred.std(axis=0))


def _diagnosis(prior: float, likelihood: float) -> Diagnosis:
    """What the two sensitivities mean together."""
    if not prior >= SENSITIVE:
        return "-"
    return "prior-data conflict" if likelihood >= SENSITIVE else "strong prior or weak likelihood"


def _shortly(names: Sequence[str]) -> str:
    """Up to five names, and how many more."""
    more = len(names) - 5
    return listed([*names[:5], f"{more} more"] if more > 0 else names)
