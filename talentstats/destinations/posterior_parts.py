"""What is asked of a posterior of shares: two destinations compared, a share among leavers."""

from dataclasses import dataclass

from talentstats.results.wording import percent, percent_range, points


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShareContrast:
    """Shares of two destinations compared.

    Parameters
    ----------
    destination, other : str
        The two.
    difference, std_dev : float
        Posterior mean and standard deviation of share less other share.
    correlation : float
        Posterior correlation of the two shares.
    probability : float
        P(share > other share).
    ratio : float
        Posterior median of share over other share.
    ratio_lower, ratio_upper : float
        Equal-tailed limits of the ratio.
    level : float
        Their credible level.
    """

    destination: str
    other: str
    difference: float
    std_dev: float
    correlation: float
    probability: float
    ratio: float
    ratio_lower: float
    ratio_upper: float
    level: float

    @property
    def sentence(self) -> str:
        """The comparison in one sentence."""
        return (
            f"{self.destination} less {self.other}: {points(self.difference)} percentage points "
            f"(posterior sd {100 * self.std_dev:.1f}), ratio {self.ratio:.2g} "
            f"({self.ratio_lower:.2g} to {self.ratio_upper:.2g}, {100 * self.level:g}%); "
            f"{self.destination} has more with probability {percent(self.probability)}."
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeaverShare:
    """Share of one destination among those who left the host country.

    Parameters
    ----------
    destination, host : str
        Where leavers went, and the country that they left.
    mean, std_dev, median : float
        Of the posterior.
    lower, upper : float
        Equal-tailed limits.
    level : float
        Their credible level.
    """

    destination: str
    host: str
    mean: float
    std_dev: float
    median: float
    lower: float
    upper: float
    level: float

    @property
    def sentence(self) -> str:
        """The share in one sentence."""
        return (
            f"Of those who left {self.host}, {percent(self.mean)} went to {self.destination} "
            f"({percent_range(self.lower, self.upper)}, {100 * self.level:g}% equal-tailed)."
        )
