"""The prior of Bayesian hazards, stated so that another destination lowers no retention."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from talentstats import checks
from talentstats.bayes.design import Design
from talentstats.bayes.graph import PriorArrays
from talentstats.errors import InputError
from talentstats.stats.limits import Floats
from talentstats.summaries.remake import remake


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HazardPrior:
    """Prior of `bayes_hazard_model`.

    Parameters
    ----------
    intercept_mean : float
        Mean of the log odds (softmax) or log hazard (cloglog) of leaving in a step, for all
        destinations together: each of E has this less log E, so that one more destination
        does not silently lower retention. With one destination, -3.5 and a standard
        deviation of 1 imply five-year retention of 0.86, 95% range 0.38 to 0.98.
    intercept_sd : float
        Its standard deviation, each destination.
    fixed_sd : float
        Standard deviation of fixed effects: of a level against the first, or of one
        standard deviation of a number.
    varying_sd : float or Mapping of str to float
        Scale of the half-normal prior of the standard deviation of each varying term,
        "duration" and "period" among them.
    shared : bool
        One standard deviation a term for all destinations, or one each.
    sum_to_zero : bool
        Whether the effects of the levels of a term sum to zero; a random walk's always do.

    Raises
    ------
    InputError
        If a standard deviation is not positive.

    Examples
    --------
    >>> prior = HazardPrior()
    >>> round(prior.mean_of(2), 3)  # each of two destinations
    -4.193
    """

    intercept_mean: float = -3.5
    intercept_sd: float = 1.0
    fixed_sd: float = 1.0
    varying_sd: float | Mapping[str, float] = 0.5
    shared: bool = False
    sum_to_zero: bool = True

    def __post_init__(self) -> None:
        checks.finite_number(self.intercept_mean, name="intercept_mean")
        positive: dict[str, Any] = {"intercept_sd": self.intercept_sd, "fixed_sd": self.fixed_sd}
        if isinstance(self.varying_sd, Mapping):
            positive |= {f"varying_sd of {term}": sd for term, sd in self.varying_sd.items()}
        else:
            positive["varying_sd"] = self.varying_sd
        for name, value in positive.items():
            if not checks.finite_number(value, name=name) > 0:
                raise InputError(f"{name}={value!r} is not allowed; allowed is a number above 0.")

    def __reduce__(self) -> tuple[Any, ...]:
        return remake(self)

    def mean_of(self, destinations: int) -> float:
        """Return the mean of each destination's intercept.

        Parameters
        ----------
        destinations : int
            How many compete.

        Returns
        -------
        float
            `intercept_mean` less the log of their number.
        """
        return float(self.intercept_mean - np.log(destinations))

    def contrasts(self, outcomes: int) -> Floats:
        """Return the matrix from linear predictors to logits, staying being 0.

        Parameters
        ----------
        outcomes : int
            Destinations and staying.

        Returns
        -------
        (outcomes, outcomes - 1) ndarray
            A row of zeros above the identity.
        """
        return np.eye(outcomes)[:, 1:]

    def arrays(self, destinations: int, design: Design) -> PriorArrays:
        """Return the prior as the arrays that the graph takes.

        Parameters
        ----------
        destinations : int
            How many compete.
        design : Design
            Fixed and varying terms.

        Returns
        -------
        PriorArrays
            On the scale of the linear predictors.
        """
        names = [term.name for term in design.terms]
        if isinstance(self.varying_sd, Mapping):
            for term in self.varying_sd:
                checks.one_of(term, names, name="term in varying_sd")
            scales = np.array([float(self.varying_sd.get(name, 0.5)) for name in names])
        else:
            scales = np.full(len(names), float(self.varying_sd))
        spread = np.array([column.spread for column in design.fixed])
        beta_sd = (self.fixed_sd / spread)[:, None] * np.ones((1, destinations))
        return PriorArrays(
            b0_mean=np.full(destinations, self.mean_of(destinations)),
            b0_sd=np.full(destinations, float(self.intercept_sd)),
            beta_mean=np.zeros_like(beta_sd),
            beta_sd=beta_sd,
            sd_scale=np.repeat(scales[:, None], 1 if self.shared else destinations, axis=1),
        )
