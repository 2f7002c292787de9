"""How many people a prior is worth, by three definitions side by side."""

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike

from talentstats.stats import beta_mixture_size as kernels


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveSampleSize:
    """People whose information a prior holds; the three definitions disagree by design.

    Parameters
    ----------
    moment : float
        By mean and variance: small for a robust mixture, whose variance is the vague part's.
    elir : float
        Expected local-information ratio; the only one that adds up with data on average.
    morita : float
        By the curvature at the mode, in the variant of R's RBesT.
    elir_scale : {"rate", "logit"}
        On what the ratio was computed: the rate, unless it is undefined or negative there.
    reason : str
        Why a number is NaN or on the logit scale; empty if there is nothing to say.
    """

    moment: float
    elir: float
    morita: float
    elir_scale: str
    reason: str


def effective_size(*, weights: ArrayLike, a: ArrayLike, b: ArrayLike) -> EffectiveSampleSize:
    """Effective sample size of a mixture of Betas.

    Parameters
    ----------
    weights : array_like
        Weights of the components (c,), which sum to 1.
    a, b : array_like
        Their Beta parameters (c,), above 0.

    Returns
    -------
    EffectiveSampleSize
        By moment, elir and morita.

    Examples
    --------
    >>> size = effective_size(weights=[0.8, 0.2], a=[30, 1], b=[5, 1])
    >>> print(f"{size.moment:.1f} {size.elir:.1f} {size.morita:.1f}")
    3.2 23.2 23.6
    >>> effective_size(weights=[1], a=[0.5], b=[0.5]).elir_scale
    'logit'
    """
    reasons = []
    elir, scale = kernels.local_information_ratio(weights=weights, a=a, b=b), "rate"
    if elir < 0:
        why = "has no finite value" if math.isinf(elir) else f"is negative ({elir:.3g})"
        elir, scale = (
            kernels.local_information_ratio(weights=weights, a=a, b=b, scale="logit"),
            "logit",
        )
        reasons.append(f"elir {why} on the scale of the rate, and is taken on the logit")
    if elir < 0:
        why = "no finite value" if math.isinf(elir) else "a negative one"
        elir = math.nan
        reasons[-1] = f"elir has {why} on the logit either: the components contradict each other"
    morita = kernels.morita_size(weights=weights, a=a, b=b)
    if math.isnan(morita):
        reasons.append("morita needs a single mode inside 0 to 1, which this density has not")
    return EffectiveSampleSize(
        moment=kernels.moment_size(weights=weights, a=a, b=b),
        elir=elir,
        morita=morita,
        elir_scale=scale,
        reason="; ".join(reasons),
    )
