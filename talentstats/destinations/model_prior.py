"""The prior of the model of destinations, stated on logits and shown as probabilities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from talentstats import checks
from talentstats.bayes.design import Design, sum_to_zero_basis
from talentstats.bayes.graph import PriorArrays
from talentstats.bayes.prior_table import PriorTable, prior_table
from talentstats.errors import InputError
from talentstats.stats.limits import Floats
from talentstats.summaries.remake import remake

# Scale of the standard deviation of a varying term that nobody named.
_SPREAD = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DestinationPrior:
    """Prior of `destination_model`.

    Parameters
    ----------
    coding : {"zero-sum", "reference"}
        All destinations alike, their logits summing to zero; or log odds against one of
        them, which is then not treated like the others.
    reference : str or None
        The destination of "reference" coding; None takes the first.
    intercept_mean : float or Mapping of str to float
        Means of the logits, or of the log odds against the reference.
    intercept_sd : float
        Their standard deviation. With 2 and three destinations each share lies in 0.002 to
        0.97 with probability 95%.
    fixed_sd : float
        Standard deviation of fixed effects: of a level against the first, or of one
        standard deviation of a number.
    varying_sd : float or Mapping of str to float
        Scale of the half-normal prior of the standard deviation of each varying term.
    shared : bool
        One standard deviation a term, or one a term and destination (reference coding).
    sum_to_zero : bool
        Whether the effects of the levels of a term sum to zero.

    Raises
    ------
    InputError
        If a standard deviation is not positive, or options do not go together.

    Examples
    --------
    >>> DestinationPrior(varying_sd={"sector": 1.0}).scale_of("career_stage")
    0.5
    """

    coding: Literal["zero-sum", "reference"] = "zero-sum"
    reference: str | None = None
    intercept_mean: float | Mapping[str, float] = 0.0
    intercept_sd: float = 2.0
    fixed_sd: float = 1.0
    varying_sd: float | Mapping[str, float] = _SPREAD
    shared: bool = True
    sum_to_zero: bool = True

    def __post_init__(self) -> None:
        for name in ("intercept_mean", "varying_sd"):
            value = getattr(self, name)
            if isinstance(value, Mapping):
                object.__setattr__(self, name, MappingProxyType(dict(value)))
        checks.one_of(self.coding, ("zero-sum", "reference"), name="coding")
        if isinstance(self.intercept_mean, Mapping):
            for place, mean in self.intercept_mean.items():
                checks.finite_number(mean, name=f"intercept_mean of {place}")
        elif checks.finite_number(self.intercept_mean, name="intercept_mean") != 0 and (
            self.coding == "zero-sum"
        ):
            raise InputError(
                f"intercept_mean={self.intercept_mean!r} for all destinations alike changes no "
                "share. Hint: give means by destination, such as {'US': 1.0}."
            )
        positive: dict[str, Any] = {"intercept_sd": self.intercept_sd, "fixed_sd": self.fixed_sd}
        if isinstance(self.varying_sd, Mapping):
            positive |= {f"varying_sd of {term}": sd for term, sd in self.varying_sd.items()}
        else:
            positive["varying_sd"] = self.varying_sd
        for name, value in positive.items():
            if not checks.finite_number(value, name=name) > 0:
                raise InputError(f"{name}={value!r} is not allowed; allowed is a number above 0.")
        if self.coding == "zero-sum" and self.reference is not None:
            raise InputError(
                f"reference={self.reference!r} goes with coding='reference'; with zero-sum coding "
                "no destination is the reference."
            )
        if self.coding == "zero-sum" and not self.shared:
            raise InputError(
                "shared=False needs coding='reference': with zero-sum coding all destinations "
                "share the standard deviation of a term."
            )

    def __reduce__(self) -> tuple[Any, ...]:
        return remake(self)

    def scale_of(self, term: str) -> float:
        """Return the scale of the standard deviation of a term.

        Parameters
        ----------
        term : str
            Name of the varying term.

        Returns
        -------
        float
            0.5 where a mapping does not name it.
        """
        if isinstance(self.varying_sd, Mapping):
            return float(self.varying_sd.get(term, _SPREAD))
        return float(self.varying_sd)

    def contrasts(self, destinations: tuple[str, ...]) -> Floats:
        """Return the matrix from linear predictors to logits.

        Parameters
        ----------
        destinations : tuple of str
            The k destinations.

        Returns
        -------
        (k, k - 1) ndarray
            An orthonormal basis that sums to zero, or unit rows beside a row of zeros.
        """
        if self.coding == "zero-sum":
            return sum_to_zero_basis(len(destinations))
        found = np.eye(len(destinations))
        return np.delete(found, self._reference_index(destinations), axis=1)

    def arrays(self, destinations: tuple[str, ...], design: Design) -> PriorArrays:
        """Return the prior as the arrays that the graph takes.

        Parameters
        ----------
        destinations : tuple of str
            The k destinations.
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
        expect: Mapping[str, tuple[float, float]] | None = None,
    ) -> PriorTable:
        """Return the shares that the prior implies, before any data and without a sampler.

        Parameters
        ----------
        destinations : sequence of str
            The k destinations.
        levels : Mapping of str to int or None
            Varying terms to their number of levels; None is a model without any.
        expect : Mapping of str to (float, float) or None
            Range that the 95% range of a destination's share must lie in.

        Returns
        -------
        PriorTable
            Of a cell without effects, and of any cell.

        Raises
        ------
        InputError
            If a range lies outside of the one expected.

        Examples
        --------
        >>> print(DestinationPrior().table(["US", "CN", "other"], levels={"sector": 5}).sentence)
        Before any data the prior implies US 20.4% (0.2% to 97.2%), CN ...
        """
        places, terms = tuple(destinations), levels or {}
        return prior_table(
            prior=self._arrays(places, np.zeros(0), list(terms)),
            contrasts=self.contrasts(places),
            outcomes=places,
            link="softmax",
            terms=list(terms),
            levels=list(terms.values()),
            sum_to_zero=self.sum_to_zero,
            expect=expect,
        )

    def _arrays(
        self, destinations: tuple[str, ...], spread: Floats, terms: Sequence[str]
    ) -> PriorArrays:
        """The prior of fixed columns of some spreads, and of terms by name."""
        if isinstance(self.varying_sd, Mapping):
            for term in self.varying_sd:
                checks.one_of(term, terms, name="term in varying_sd")
        d = len(destinations) - 1
        scales = np.array([self.scale_of(term) for term in terms])
        beta_sd = (self.fixed_sd / spread)[:, None] * np.ones((1, d))
        return PriorArrays(
            b0_mean=self._means(destinations) @ self.contrasts(destinations),
            b0_sd=np.full(d, float(self.intercept_sd)),
            beta_mean=np.zeros_like(beta_sd),
            beta_sd=beta_sd,
            sd_scale=np.repeat(scales[:, None], 1 if self.shared else d, axis=1),
        )

    @property
    def sentence(self) -> str:
        """The prior in one sentence."""
        if self.coding == "zero-sum":
            coded = "Logits sum to zero over destinations"
        else:
            coded = f"Log odds against {self.reference or 'the first destination'}"
        if isinstance(self.varying_sd, Mapping):
            named = ", ".join(f"{term} {sd:g}" for term, sd in self.varying_sd.items())
            spread = f"{named}, others {_SPREAD:g}"
        else:
            spread = f"{self.varying_sd:g}"
        return (
            f"{coded}: intercepts normal with standard deviation {self.intercept_sd:g}, fixed "
            f"effects {self.fixed_sd:g}; standard deviations of varying terms half-normal with "
            f"scale {spread}."
        )

    def _means(self, destinations: tuple[str, ...]) -> Floats:
        """Means of the logits by destination, (k,); 0 for the reference."""
        if not isinstance(self.intercept_mean, Mapping):
            means = np.full(len(destinations), float(self.intercept_mean))
            if self.coding == "reference":
                means[self._reference_index(destinations)] = 0.0
            return means
        for place in self.intercept_mean:
            checks.one_of(place, destinations, name="destination in intercept_mean")
        if self.coding == "reference":
            reference = destinations[self._reference_index(destinations)]
            if self.intercept_mean.get(reference, 0.0) != 0:
                raise InputError(
                    f"intercept_mean of {reference!r} is {self.intercept_mean[reference]:g}; the "
                    "log odds of the reference against itself are 0."
                )
        return np.array([float(self.intercept_mean.get(place, 0.0)) for place in destinations])

    def _reference_index(self, destinations: tuple[str, ...]) -> int:
        """Index of the reference."""
        if self.reference is None:
            return 0
        return destinations.index(checks.one_of(self.reference, destinations, name="reference"))


def plain_prior(prior: DestinationPrior) -> dict[str, Any]:
    """Return a prior as plain values.

    Parameters
    ----------
    prior : DestinationPrior
        The prior.

    Returns
    -------
    dict of str to Any
        By name of its parameters.
    """
    values = {name: getattr(prior, name) for name in prior.__dataclass_fields__}
    return {k: dict(v) if isinstance(v, Mapping) else v for k, v in values.items()}
