"""The prior of Bayesian hazards, stated so that another destination lowers no retention."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from talentstats import checks
from talentstats.bayes.design import Design
from talentstats.bayes.graph import Link, PriorArrays
from talentstats.bayes.prior_table import PriorTable, prior_table
from talentstats.errors import InputError
from talentstats.stats.limits import Floats
from talentstats.summaries.remake import remake

# Scale of the standard deviation of a varying term that nobody named.
_SPREAD = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HazardPrior:
    """Prior of `bayes_hazard_model`.

    Parameters
    ----------
    intercept_mean : float
        Mean of the log odds (softmax) or log hazard (cloglog) of leaving in a step, for all
        destinations together: each of E has this less log E, so that one more destination
        does not silently lower retention. With one, -3.5 and a standard deviation of 1
        imply five-year retention of 0.86, 95% range 0.38 to 0.98 (mean 0.81); with two
        0.83, 0.46 to 0.96 (mean 0.80).
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
    varying_sd: float | Mapping[str, float] = _SPREAD
    shared: bool = False
    sum_to_zero: bool = True

    def __post_init__(self) -> None:
        checks.finite_number(self.intercept_mean, name="intercept_mean")
        positive: dict[str, Any] = {"intercept_sd": self.intercept_sd, "fixed_sd": self.fixed_sd}
        if isinstance(self.varying_sd, Mapping):
            object.__setattr__(self, "varying_sd", MappingProxyType(dict(self.varying_sd)))
            positive |= {f"varying_sd of {term}": sd for term, sd in self.varying_sd.items()}
        else:
            positive["varying_sd"] = self.varying_sd
        for name, value in positive.items():
            if not checks.finite_number(value, name=name) > 0:
                raise InputError(f"{name}={value!r} is not allowed; allowed is a number above 0.")

    def __reduce__(self) -> tuple[Any, ...]:
        return remake(self)

    @property
    def numbers(self) -> dict[str, Any]:
        """What was stated, by name."""
        held = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {
            name: dict(value) if isinstance(value, Mapping) else value
            for name, value in held.items()
        }

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
        spread = np.array([column.spread for column in design.fixed])
        return self._arrays(destinations, spread, [term.name for term in design.terms])

    def table(
        self,
        destinations: Sequence[str],
        *,
        levels: Mapping[str, int] | None = None,
        years: int = 5,
        link: Link = "softmax",
        expect: Mapping[str, tuple[float, float]] | None = None,
    ) -> PriorTable:
        """Return the retention that the prior implies, before any data and without a sampler.

        Parameters
        ----------
        destinations : sequence of str
            The destinations that compete.
        levels : Mapping of str to int or None
            Varying terms, "duration" and "period" among them, to their number of levels;
            None is a model without any.
        years : int
            Steps after which retention is shown.
        link : {"softmax", "cloglog"}
            As the model's.
        expect : Mapping of str to (float, float) or None
            Range that the 95% range must lie in: of "retention", or of the yearly
            probability of a destination.

        Returns
        -------
        PriorTable
            Of people without effects, and of any.

        Raises
        ------
        InputError
            If a range lies outside of the one expected.

        Examples
        --------
        >>> print(HazardPrior().table(["China"]).sentence)
        Before any data the prior implies retention after 5 years 86...% (38...% to 9...%), ...
        """
        terms, k = levels or {}, len(destinations)
        return prior_table(
            prior=self._arrays(k, np.zeros(0), list(terms)),
            contrasts=self.contrasts(k + 1),
            outcomes=("staying", *destinations),
            link=link,
            terms=list(terms),
            levels=list(terms.values()),
            sum_to_zero=self.sum_to_zero,
            years=years,
            expect=expect,
        )

    def _arrays(self, destinations: int, spread: Floats, names: Sequence[str]) -> PriorArrays:
        """Prior of fixed effects of some spread and of named terms."""
        if isinstance(self.varying_sd, Mapping):
            for term in self.varying_sd:
                checks.one_of(term, names, name="term in varying_sd")
            scales = np.array([float(self.varying_sd.get(name, _SPREAD)) for name in names])
        else:
            scales = np.full(len(names), float(self.varying_sd))
        beta_sd = (self.fixed_sd / spread)[:, None] * np.ones((1, destinations))
        return PriorArrays(
            b0_mean=np.full(destinations, self.mean_of(destinations)),
            b0_sd=np.full(destinations, float(self.intercept_sd)),
            beta_mean=np.zeros_like(beta_sd),
            beta_sd=beta_sd,
            sd_scale=np.repeat(scales[:, None], 1 if self.shared else destinations, axis=1),
        )
