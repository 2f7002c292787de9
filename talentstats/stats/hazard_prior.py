"""Yearly hazards whose logit or complementary log-log has a normal prior, by quadrature."""

from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, gammaln, log_expit, ndtri

from talentstats.stats.limits import Floats, read_only
from talentstats.stats.logit_likelihood import binomial_cloglog, binomial_logit
from talentstats.stats.quadrature import integrate
from talentstats.stats.simplex_shares import split_shares
from talentstats.stats.softmax_prior import reference_prior, split_log_density

HazardLink = Literal["logit", "cloglog"]

# exp(-exp(500)) is 0, and exp(500) still a number.
_MOST: Final = 500.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RetentionPrior:
    """What a prior of a constant yearly hazard implies about retention.

    Parameters
    ----------
    mean, std_dev : float
        Of retention over the years.
    location, scale : float
        Of the normal prior of the hazard on the link scale.
    years : float
        Over which people can leave.
    link : str
        "logit" or "cloglog".
    """

    mean: float
    std_dev: float
    location: float
    scale: float
    years: float
    link: HazardLink

    def quantile(self, probability: ArrayLike) -> Floats:
        """Return quantiles of retention, in closed form.

        Parameters
        ----------
        probability : (...)
            Probabilities in (0, 1).

        Returns
        -------
        (...) ndarray
            Retention falls as the hazard rises, so its quantile p is at quantile 1 - p of
            the hazard.
        """
        z = -ndtri(np.asarray(probability, dtype=np.float64))
        return _retention(np.asarray(self.location + self.scale * z), self.years, self.link)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HazardLine:
    """Posterior of a yearly hazard with link(h) = a + b x.

    Parameters
    ----------
    mean : (2,) ndarray
        Means of a and b.
    covariance : (2, 2) ndarray
        Their covariances.
    retention_mean : (v,) ndarray
        Mean retention at the values of x that were asked for.
    retention_covariance : (v, v) ndarray
        Its covariances, from which differences follow.
    log_evidence : float
        Log probability of the events.
    """

    mean: Floats
    covariance: Floats
    retention_mean: Floats
    retention_covariance: Floats
    log_evidence: float

    def __post_init__(self) -> None:
        for name in ("mean", "covariance", "retention_mean", "retention_covariance"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompetingHazards:
    """Posterior of two competing yearly hazards and of what they lead to.

    Parameters
    ----------
    hazard_mean, hazard_std_dev : (2,) ndarray
        Of the yearly hazards.
    incidence_mean, incidence_std_dev : (2,) ndarray
        Of the cumulative incidences after the years.
    retention_mean, retention_std_dev : float
        Of retention after the years.
    log_evidence : float
        Log probability of the counts.
    """

    hazard_mean: Floats
    hazard_std_dev: Floats
    incidence_mean: Floats
    incidence_std_dev: Floats
    retention_mean: float
    retention_std_dev: float
    log_evidence: float

    def __post_init__(self) -> None:
        for name in ("hazard_mean", "hazard_std_dev", "incidence_mean", "incidence_std_dev"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def retention_prior(
    *, mean: float, std_dev: float, years: float, link: HazardLink = "logit"
) -> RetentionPrior:
    """Prior of retention over some years where link(hazard) is normal and constant.

    Parameters
    ----------
    mean, std_dev : float
        Of the normal prior of link(hazard).
    years : float
        Over which people can leave, above 0.
    link : {"logit", "cloglog"}
        Scale of the prior.

    Returns
    -------
    RetentionPrior
        Mean, standard deviation, quantiles.

    Examples
    --------
    >>> prior = retention_prior(mean=-3.5, std_dev=1, years=5)
    >>> prior.quantile([0.025, 0.5, 0.975]).round(2)
    array([0.38, 0.86, 0.98])
    """

    def kept(x: Floats) -> tuple[Floats]:
        return (_retention(x, years, link),)

    integral = integrate(
        lambda x: -0.5 * ((x - mean) / std_dev) ** 2, center=[mean], scale=[std_dev], watch=kept
    )
    found, variance = integral.moments(*kept(integral.points[0]))
    return RetentionPrior(
        mean=float(found[0]),
        std_dev=float(np.sqrt(variance[0, 0])),
        location=mean,
        scale=std_dev,
        years=years,
        link=link,
    )


def hazard_line(
    *,
    events: ArrayLike,
    exposure: ArrayLike,
    x: ArrayLike,
    at: ArrayLike,
    link: HazardLink,
    intercept_mean: float,
    intercept_std_dev: float,
    slope_std_dev: float,
    years: float,
) -> HazardLine:
    """Posterior of a yearly hazard that depends on one number.

    Parameters
    ----------
    events, exposure : (g,)
        Events and person-years at risk of each group; events_j is binomial.
    x : (g,)
        The number, link(h_j) = a + b x_j.
    at : (v,)
        Values of x at which retention is wanted.
    link : {"logit", "cloglog"}
        Scale on which the hazard is a line.
    intercept_mean, intercept_std_dev : float
        Normal prior of a.
    slope_std_dev : float
        Standard deviation of the normal prior of b, whose mean is 0.
    years : float
        Over which people can leave.

    Returns
    -------
    HazardLine
        Coefficients, retention, evidence.

    Examples
    --------
    >>> found = hazard_line(
    ...     events=[13, 16], exposure=[330, 210], x=[0, 1], at=[0, 1], link="logit",
    ...     intercept_mean=-3, intercept_std_dev=1, slope_std_dev=1, years=5,
    ... )
    >>> found.retention_mean.round(3)
    array([0.809, 0.686])
    """
    y, n, g, v = (np.asarray(a, dtype=np.float64) for a in (events, exposure, x, at))
    constant = -np.log(2 * np.pi) - np.log(intercept_std_dev) - np.log(slope_std_dev)

    def log_density(a: Floats, b: Floats) -> Floats:
        prior = constant - 0.5 * (
            ((a - intercept_mean) / intercept_std_dev) ** 2 + (b / slope_std_dev) ** 2
        )
        groups = (_likelihood(k, m, a + b * z, link) for k, m, z in zip(y, n, g, strict=True))
        return np.asarray(sum(groups, start=prior))

    def kept(a: Floats, b: Floats) -> tuple[Floats, ...]:
        return tuple(_retention(a + b * z, years, link) for z in v)

    integral = integrate(
        log_density,
        center=[intercept_mean, 0.0],
        scale=[intercept_std_dev, slope_std_dev],
        watch=kept,
        aligned=False,
    )
    mean, covariance = integral.moments(*integral.points, *kept(*integral.points))
    return HazardLine(
        mean=mean[:2],
        covariance=covariance[:2, :2],
        retention_mean=mean[2:],
        retention_covariance=covariance[2:, 2:],
        log_evidence=integral.log_total,
    )


def competing_hazards(
    *, counts: ArrayLike, mean: ArrayLike, std_dev: float, years: float
) -> CompetingHazards:
    """Posterior of two competing yearly hazards, constant over the years.

    Parameters
    ----------
    counts : (m, 3)
        Person-years by cell that ended with staying, the first and the second event.
    mean : (2,)
        Prior means of the log odds of each event against staying.
    std_dev : float
        Their prior standard deviation; they are independent.
    years : float
        Over which people can leave.

    Returns
    -------
    CompetingHazards
        Hazards, incidences, retention, evidence.

    Examples
    --------
    >>> found = competing_hazards(
    ...     counts=[[95, 4, 1], [90, 3, 2], [84, 4, 2]], mean=[-3.5, -3.5], std_dev=1.5, years=5
    ... )
    >>> found.incidence_mean.round(3), round(found.retention_mean, 3)
    (array([0.17 , 0.082]), 0.749)
    """
    cells = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    total = cells.sum(axis=0)
    location, covariance = reference_prior(mean=mean, std_dev=std_dev)

    integral = integrate(
        lambda s, d: split_log_density(
            (0, 1, 2), s, d, counts=total, mean=location, covariance=covariance
        ),
        center=[-np.logaddexp.reduce(location), location[0] - location[1]],
        scale=[2.0, 2.0],
        watch=partial(_outcomes, years=years),
    )
    found, variance = integral.moments(*_outcomes(*integral.points, years=years))
    deviation = np.sqrt(np.diag(variance))
    return CompetingHazards(
        hazard_mean=found[:2],
        hazard_std_dev=deviation[:2],
        incidence_mean=found[2:4],
        incidence_std_dev=deviation[2:4],
        retention_mean=float(found[4]),
        retention_std_dev=float(deviation[4]),
        log_evidence=integral.log_total + float(sum(map(_log_orders, cells)) - _log_orders(total)),
    )


def _outcomes(s: Floats, d: Floats, *, years: float) -> tuple[Floats, ...]:
    """Hazards, incidences and retention at s = logit P(stay) and d = log ratio of hazards."""
    _, first, second = split_shares(s, d)
    log_kept = years * log_expit(s)
    gone = -np.expm1(log_kept)
    return first, second, expit(d) * gone, expit(-d) * gone, np.exp(log_kept)


def _log_orders(row: Floats) -> float:
    """Log of the multinomial coefficient of counts (k,)."""
    return float(gammaln(row.sum() + 1.0) - gammaln(row + 1.0).sum())


def _likelihood(k: float, n: float, x: Floats, link: HazardLink) -> Floats:
    """Log probability of k events of n at a hazard x on the link scale."""
    if link == "logit":
        return binomial_logit(k=k, n=n, log_odds=x)
    return binomial_cloglog(k=k, n=n, log_rate=x)


def _retention(x: Floats, years: float, link: HazardLink) -> Floats:
    """Retention after the years at a hazard x on the link scale."""
    log_kept = log_expit(-x) if link == "logit" else -np.exp(np.minimum(x, _MOST))
    return np.asarray(np.exp(years * log_kept))
