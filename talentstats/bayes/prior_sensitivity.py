"""How far a posterior depends on its prior: refits under others, and power scaling."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from talentstats import checks
from talentstats.bayes.graph import PriorArrays
from talentstats.bayes.power_scaling import PowerScaling, power_scaling
from talentstats.bayes.prior_draws import log_prior
from talentstats.bayes.quantities import Quantities, summarise
from talentstats.bayes.sampling import Listener, sample
from talentstats.errors import InputError
from talentstats.results.columns import KEY_COLUMNS, glance_frame
from talentstats.results.provenance import Provenance
from talentstats.stats.limits import Floats

if TYPE_CHECKING:
    import pandas as pd

    from talentstats.bayes.posterior import PosteriorFit

AS_FITTED = "as fitted"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PriorSensitivity:
    """The same quantities under several priors; made by `prior_sensitivity`.

    Parameters
    ----------
    priors : tuple of str
        Names of the p priors; the first is the fit's own.
    quantities : tuple of Quantities
        Draws of the q quantities under each prior.
    shape : tuple of int
        Chains and draws.
    failures : tuple of tuple of str
        What is wrong with the draws under each prior, in words.
    power : PowerScaling
        What a slightly stronger prior, or likelihood, does to the q quantities.
    provenance : Provenance
        What made this result.
    """

    priors: tuple[str, ...]
    quantities: tuple[Quantities, ...]
    shape: tuple[int, int]
    failures: tuple[tuple[str, ...], ...]
    power: PowerScaling
    provenance: Provenance

    @property
    def shifts(self) -> Floats:
        """Posterior medians less those of the fit, in its posterior deviations, (p, q)."""
        medians = np.stack([np.median(one.values, axis=0) for one in self.quantities])
        spread = self.quantities[0].values.std(axis=0, ddof=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((medians - medians[0]) / spread)

    @property
    def largest(self) -> tuple[float, str, str]:
        """The largest absolute shift, its prior and its quantity."""
        size = np.nan_to_num(np.abs(self.shifts), nan=0.0)
        prior, quantity = np.unravel_index(int(size.argmax()), size.shape)
        return float(size[prior, quantity]), self.priors[prior], self.power.names[quantity]

    @property
    def sentence(self) -> str:
        """How far the medians move, and what power scaling says."""
        size, prior, quantity = self.largest
        failed = [
            f"Under {name}: {text}"
            for name, texts in zip(self.priors, self.failures, strict=True)
            for text in texts
        ]
        moved = (
            f"Under {len(self.priors) - 1} other priors no posterior median moves by more than "
            f"{size:.2f} posterior standard deviations ({quantity}, {prior})."
        )
        return " ".join([moved, self.power.sentence, *failed])

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return one row a prior and quantity.

        Parameters
        ----------
        level : float
            Level of the equal-tailed intervals.

        Returns
        -------
        pandas.DataFrame
            `group` is the prior, followed by the quantity's own group where that differs
            between quantities; columns as in `PosteriorFit.tidy`, then `prior`,
            `shift_in_sd` (of the median from that of the fit, in the fit's posterior
            standard deviations) and `diagnosis` by power scaling of the fit.
        """
        import pandas as pd

        checked = checks.level(level)
        frames = []
        for name, found, shift in zip(self.priors, self.quantities, self.shifts, strict=True):
            groups = [str(g) for g in found.columns.get("group", ())]
            own = groups if len(set(groups)) > 1 else [""] * len(shift)
            columns = dict(found.columns) | {"group": [f"{name}: {g}" if g else name for g in own]}
            frame = summarise(replace(found, columns=columns), shape=self.shape, level=checked)
            frames.append(frame.assign(prior=name, shift_in_sd=shift))
        tidy = pd.concat(frames, ignore_index=True)
        return tidy.assign(diagnosis=list(self.power.diagnosis) * len(self.priors))

    def glance(self) -> "pd.DataFrame":
        """Return one row: priors, the largest shift, and what is sensitive.

        Returns
        -------
        pandas.DataFrame
            `conflicts` counts the quantities for which power scaling finds that prior and
            data disagree, `prior_driven` those that the prior decides.
        """
        size, prior, quantity = self.largest
        return glance_frame(
            {
                "priors": len(self.priors),
                "quantities": len(self.power.names),
                "largest_shift_in_sd": size,
                "most_moved": quantity,
                "moved_by": prior,
                "conflicts": self.power.diagnosis.count("prior-data conflict"),
                "prior_driven": self.power.diagnosis.count("strong prior or weak likelihood"),
                "converged": not any(self.failures),
            }
        )


def prior_sensitivity(
    fit: "PosteriorFit",
    alternatives: Mapping[str, PriorArrays] | None = None,
    what: str = "population",
    *,
    listen: Listener | None = None,
) -> PriorSensitivity:
    """Posterior of a fit's quantities under other priors; nothing is compiled anew.

    Parameters
    ----------
    fit : PosteriorFit
        The fit.
    alternatives : Mapping of str to PriorArrays or None
        Priors by name, of the same shapes as the fit's. None takes the standard deviations
        of the terms (without terms, those of the fixed effects) halved and doubled, and
        those of the intercepts doubled.
    what : str
        The quantities, as `fit.quantities` takes it.
    listen : callable or None
        Is told how far sampling is.

    Returns
    -------
    PriorSensitivity
        The fit first.

    Raises
    ------
    InputError
        If an alternative has other shapes, or the name of the fit's own.
    UnknownNameError
        If there are no such quantities.
    SamplingInterrupted
        At Ctrl-C.

    References
    ----------
    Kallioinen, Paananen, Bürkner and Vehtari (2024), Statistics and Computing 34, 57.
    doi:10.1007/s11222-023-10366-5
    """
    priors = standard_alternatives(fit.problem.prior) if alternatives is None else alternatives
    for name, prior in priors.items():
        _check_alternative(name, prior, fit.problem.prior)
    base = fit.quantities(what)
    found, failures = [base], [fit.checked.failures]
    for prior in priors.values():
        problem = replace(fit.problem, prior=prior)
        other = replace(
            fit,
            problem=problem,
            sampled=sample(problem, fit.sampling, listen=listen),
            diagnostics=None,
        )
        found.append(other.quantities(what))
        failures.append(other.checked.failures)
    return PriorSensitivity(
        priors=(AS_FITTED, *priors),
        quantities=tuple(found),
        shape=fit.shape,
        failures=tuple(failures),
        power=power_scaling(
            draws=base.values,
            names=_names(base),
            log_prior=log_prior(fit.problem, dict(fit.sampled.draws)),
            log_lik=fit.log_likelihood(),
        ),
        provenance=Provenance(
            function="prior_sensitivity",
            arguments={
                "what": what,
                "fit": fit.provenance.function,
                "alternatives": {name: _plain(prior) for name, prior in priors.items()},
            },
            method="refits under other priors, and power scaling of the fit",
            seed=fit.sampling.seed,
        ),
    )


def standard_alternatives(prior: PriorArrays) -> dict[str, PriorArrays]:
    """Return the priors that a fit is compared under unless others are named.

    Parameters
    ----------
    prior : PriorArrays
        The fit's.

    Returns
    -------
    dict of str to PriorArrays
        Narrower and wider in what pools, wider in the intercepts.

    Examples
    --------
    >>> prior = PriorArrays(
    ...     b0_mean=[0.0],
    ...     b0_sd=[2.0],
    ...     beta_mean=np.zeros((0, 1)),
    ...     beta_sd=np.zeros((0, 1)),
    ...     sd_scale=[[0.5]],
    ... )
    >>> for name, other in standard_alternatives(prior).items():
    ...     print(name, other.b0_sd, other.sd_scale)
    spreads halved [2.] [[0.25]]
    spreads doubled [2.] [[1.]]
    intercept sd doubled [4.] [[0.5]]
    """
    varying = prior.sd_scale.size > 0
    field, word = ("sd_scale", "spreads") if varying else ("beta_sd", "fixed effects' sd")
    held = getattr(prior, field)
    found = {}
    if held.size:
        found[f"{word} halved"] = replace(prior, **{field: held / 2})
        found[f"{word} doubled"] = replace(prior, **{field: held * 2})
    return found | {"intercept sd doubled": replace(prior, b0_sd=prior.b0_sd * 2)}


def _check_alternative(name: str, prior: object, own: PriorArrays) -> None:
    """Refuse a prior that is not of the fit's shapes."""
    if name == AS_FITTED:
        raise InputError(f"{AS_FITTED!r} is the name of the fit's own prior; give another name.")
    if not isinstance(prior, PriorArrays):
        raise InputError(
            f"the alternative {name!r} is a {type(prior).__name__}; allowed are PriorArrays, which "
            "prior.arrays(...) makes."
        )
    for field in fields(own):
        found, wanted = np.shape(getattr(prior, field.name)), np.shape(getattr(own, field.name))
        if found != wanted:
            raise InputError(
                f"the alternative {name!r} has {field.name} of shape {found}; that of the fit has "
                f"{wanted}. Hint: another shape is another model; fit it apart."
            )


def _names(found: Quantities) -> tuple[str, ...]:
    """What each quantity is called: its keys and its term."""
    keys = [found.columns[key] for key in (*KEY_COLUMNS, "term") if key in found.columns]
    used = [column for column in keys if len({str(x) for x in column}) > 1] or keys[-1:]
    return tuple(", ".join(_text(x) for x in row if _text(x)) for row in zip(*used, strict=True))


def _text(value: Any) -> str:
    """A key as text, numbers without a tail of digits."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _plain(prior: PriorArrays) -> dict[str, Any]:
    """A prior as tuples."""
    return {field.name: _tuples(getattr(prior, field.name).tolist()) for field in fields(prior)}


def _tuples(values: Any) -> Any:
    """Lists of any depth as tuples."""
    return tuple(map(_tuples, values)) if isinstance(values, list) else values
