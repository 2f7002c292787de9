"""What the counts say about a benchmark under stated priors, in closed form."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from talentstats import checks
from talentstats.retention.beta_mixture import BetaMixture
from talentstats.stats import bayes_binomial as kernels

JEFFREYS = (0.5, 0.5)
UNIFORM = (1.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PriorEvidence:
    """The posterior under one prior.

    Parameters
    ----------
    prior : str
        Name of the prior.
    a, b : float
        Its parameters; NaN for a mixture of several.
    p_below : float
        P(rate < benchmark | data).
    p_within : float
        P(rate within the margin of the benchmark | data).
    bf10 : float
        Bayes factor of "another rate, drawn from the prior" over "exactly the benchmark";
        infinite where a double cannot hold it.
    log10_bf10 : float
        Its decimal logarithm, always finite.
    """

    prior: str
    a: float
    b: float
    p_below: float
    p_within: float
    bf10: float
    log10_bf10: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BayesEvidence:
    """Posterior statements under several priors, and how the Bayes factor moves.

    Parameters
    ----------
    priors : tuple of PriorEvidence
        Jeffreys, uniform, then the user's own.
    weights, bf10 : ndarray of float
        Shape (m,): prior sample sizes of Beta priors centred on the benchmark, and
        the Bayes factor under each.
    """

    priors: tuple[PriorEvidence, ...]
    weights: NDArray[np.float64]
    bf10: NDArray[np.float64]

    def under(self, prior: str) -> PriorEvidence:
        """Return the evidence under a named prior.

        Parameters
        ----------
        prior : str
            "jeffreys", "uniform" or the name of a user's prior.

        Returns
        -------
        PriorEvidence
            The first of that name.

        Raises
        ------
        UnknownNameError
            If there is no prior of that name.
        """
        names = [p.prior for p in self.priors]
        return self.priors[names.index(checks.one_of(prior, names, name="prior"))]


def bayes_evidence(
    *,
    k: int,
    n: int,
    rate: float,
    margin: float,
    priors: Mapping[str, tuple[float, float] | BetaMixture],
) -> BayesEvidence:
    """Return what the counts say about a benchmark under several priors of the rate.

    Parameters
    ----------
    k, n : int
        Retained and total.
    rate : float
        Benchmark.
    margin : float
        Half-width of the region "within the margin", shares.
    priors : Mapping of str to tuple of float or BetaMixture
        Further priors by name, beside Jeffreys and uniform.

    Returns
    -------
    BayesEvidence
        Posterior probabilities and Bayes factors.

    References
    ----------
    Kass and Raftery (1995), Journal of the American Statistical Association
    90:773-795, doi:10.1080/01621459.1995.10476572.
    """
    named: dict[str, tuple[float, float] | BetaMixture] = {"jeffreys": JEFFREYS, "uniform": UNIFORM}
    named |= priors
    weights = np.geomspace(1, 1000, 31)
    with np.errstate(over="ignore"):
        bf10 = np.exp(
            kernels.log_bayes_factor(k=k, n=n, rate=rate, a=weights * rate, b=weights * (1 - rate))
        )
    weights.flags.writeable = False
    bf10.flags.writeable = False
    return BayesEvidence(
        priors=tuple(
            _under_prior(name, prior, k=k, n=n, rate=rate, margin=margin)
            for name, prior in named.items()
        ),
        weights=weights,
        bf10=bf10,
    )


def _under_prior(
    name: str,
    prior: tuple[float, float] | BetaMixture,
    *,
    k: int,
    n: int,
    rate: float,
    margin: float,
) -> PriorEvidence:
    """Evaluate one prior: each component by itself, weighted by what the data leave it."""
    if isinstance(prior, BetaMixture):
        weights, a, b = prior.weights, prior.a, prior.b
    else:
        weights, a, b = np.ones(1), np.array(prior[:1]), np.array(prior[1:])
    factors = kernels.log_bayes_factor(k=k, n=n, rate=rate, a=a, b=b)
    log_bf = float(special.logsumexp(factors, b=weights))
    share = weights * np.exp(factors - log_bf)
    with np.errstate(over="ignore"):
        bf10 = float(np.exp(log_bf))
    low, high = max(rate - margin, 0.0), min(rate + margin, 1.0)
    return PriorEvidence(
        prior=name,
        a=float(a[0]) if a.size == 1 else float("nan"),
        b=float(b[0]) if b.size == 1 else float("nan"),
        p_below=float(share @ kernels.prob_below(k=k, n=n, rate=rate, a=a, b=b)),
        p_within=float(share @ kernels.prob_between(k=k, n=n, low=low, high=high, a=a, b=b)),
        bf10=bf10,
        log10_bf10=log_bf / float(np.log(10)),
    )
