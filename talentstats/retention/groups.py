"""The stay rates of many groups, and whether they differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.results.wording import p_text
from talentstats.retention.group_rows import named_counts
from talentstats.retention.intervals import INTERVAL_METHODS, interval_limits
from talentstats.retention.verdict import rejects
from talentstats.stats import heterogeneity, multiplicity
from talentstats.stats.heterogeneity import Heterogeneity
from talentstats.stats.limits import Floats, read_only
from talentstats.stats.two_sample_tests import score
from talentstats.summaries.counts import RetentionCounts

if TYPE_CHECKING:
    import pandas as pd

# `beta` needs a prior for each group, `wald` is for comparison of methods only.
GROUP_METHODS: Final = tuple(name for name in INTERVAL_METHODS if name not in {"beta", "wald"})
# Chi-squared is trusted where every expected count reaches this (Cochran's rule).
SMALL_EXPECTED: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RetentionByGroup:
    """Stay rates of g groups; made by `retention_by_group`.

    Parameters
    ----------
    groups : tuple of str
        Names, in the order given.
    retained, total, unknown : (g,) ndarray
        People.
    rate, std_error : (g,) ndarray
        Stay rates and their binomial standard errors.
    lower, upper : (g,) ndarray
        Limits of each group by itself, by `method` at `level`.
    z, p_value : (g,) ndarray
        Score test of each group against all others together.
    p_holm, p_bh : (g,) ndarray
        The same p-values adjusted by Holm and by Benjamini-Hochberg.
    rate_low, rate_high : (g,) ndarray
        Stay rates if all people of unknown status left, and if all stayed.
    pooled_rate : float
        Share retained among all people of known status.
    pearson, likelihood_ratio : Heterogeneity
        Tests that all groups share one rate.
    smallest_expected : float
        Smallest expected count of those tests; below 5 they are approximate at best.
    method : str
        One of `GROUP_METHODS`.
    level : float
        Confidence level.
    provenance : Provenance
        What made this result.
    """

    groups: tuple[str, ...]
    retained: NDArray[np.int64]
    total: NDArray[np.int64]
    unknown: NDArray[np.int64]
    rate: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    z: Floats
    p_value: Floats
    p_holm: Floats
    p_bh: Floats
    rate_low: Floats
    rate_high: Floats
    pooled_rate: float
    pearson: Heterogeneity
    likelihood_ratio: Heterogeneity
    smallest_expected: float
    method: str
    level: float
    provenance: Provenance

    @property
    def differing(self) -> tuple[str, ...]:
        """Groups that differ from the others after Holm's adjustment, at 1 - level."""
        found = np.flatnonzero(rejects(self.p_holm, level=self.level))
        return tuple(self.groups[i] for i in found)

    @property
    def sentence(self) -> str:
        """The finding in one sentence, with a caution where groups are small."""
        count = len(self.differing)
        caution = (
            f" The smallest expected count is {self.smallest_expected:.1f}, below "
            f"{SMALL_EXPECTED:g}: the test of heterogeneity is approximate."
            if self.smallest_expected < SMALL_EXPECTED
            else ""
        )
        return (
            f"{int(self.retained.sum())} of {int(self.total.sum())} stayed "
            f"({100 * self.pooled_rate:.1f}%) over {len(self.groups)} groups; heterogeneity "
            f"{p_text(self.pearson.p_value)} (Pearson chi-squared "
            f"{self.pearson.statistic:.2f} on {self.pearson.degrees}); {count} "
            f"{'group differs' if count == 1 else 'groups differ'} from all others together "
            f"(score test, Holm-adjusted, at {1 - self.level:.3g}).{caution}"
        )

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return one row a group.

        Parameters
        ----------
        level : float
            Level of the intervals, recomputed.

        Returns
        -------
        pandas.DataFrame
            `statistic` and `p_value` test the group against all others together, not
            adjusted; counts, adjusted p-values and the bounds for unknown people follow.
        """
        checked = checks.level(level)
        lower, upper = _limits(self.retained, self.total, self.method, checked)
        columns = {
            "group": self.groups,
            "estimate": self.rate,
            "std_error": self.std_error,
            "statistic": self.z,
            "p_value": self.p_value,
            "conf_low": lower,
            "conf_high": upper,
            "retained": self.retained.tolist(),
            "total": self.total.tolist(),
            "unknown": self.unknown.tolist(),
            "p_holm": self.p_holm,
            "p_bh": self.p_bh,
            "rate_low_unknown": self.rate_low,
            "rate_high_unknown": self.rate_high,
        }
        common = {"term": "retention", "conf_level": checked, "interval": self.method}
        return tidy_frame(
            [
                common | dict(zip(columns, row, strict=True))
                for row in zip(*columns.values(), strict=True)
            ]
        )

    def glance(self) -> "pd.DataFrame":
        """Return one row: totals, pooled rate, heterogeneity, how many groups differ.

        Returns
        -------
        pandas.DataFrame
            One row.
        """
        return glance_frame(
            {
                "groups": len(self.groups),
                "retained": int(self.retained.sum()),
                "total": int(self.total.sum()),
                "unknown": int(self.unknown.sum()),
                "pooled_rate": self.pooled_rate,
                "chi2_pearson": self.pearson.statistic,
                "p_pearson": self.pearson.p_value,
                "chi2_likelihood_ratio": self.likelihood_ratio.statistic,
                "p_likelihood_ratio": self.likelihood_ratio.p_value,
                "degrees": self.pearson.degrees,
                "smallest_expected": self.smallest_expected,
                "differing": len(self.differing),
                "level": self.level,
                "method": self.method,
            }
        )


def retention_by_group(
    groups: "Mapping[str, RetentionCounts] | pd.DataFrame",
    *,
    method: str = "wilson",
    level: float = 0.95,
) -> RetentionByGroup:
    """Estimate the stay rate of every group, and test whether the groups differ.

    Each group is tested against all *others* together, never against an overall rate
    that it is part of. The intervals are for each group by itself; the adjusted p-values
    are for reading all groups at once.

    Assumptions: groups are independent; within a group people stay or leave
    independently with one probability; people of unknown status are like the others
    (bounds without that assumption are part of the result).

    Parameters
    ----------
    groups : Mapping of str to RetentionCounts, or pandas.DataFrame
        A frame has the columns `group`, `retained`, `total` and may have `unknown`.
    method : str
        One of `GROUP_METHODS`, as for `retention`.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    RetentionByGroup
        Arrays in the order of the groups; that order changes no number.

    Raises
    ------
    InputError
        If there are fewer than two groups, a name is empty or given twice, a column is
        missing, or a row does not hold counts: the message has row and value.
    UnknownNameError
        If there is no such method.

    References
    ----------
    Cochran (1954), Biometrics 10:417-451, doi:10.2307/3001616.
    Holm (1979), Scandinavian Journal of Statistics 6:65-70.
    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B
    57:289-300, doi:10.1111/j.2517-6161.1995.tb02031.x.

    Examples
    --------
    >>> result = retention_by_group(
    ...     {"2010": RetentionCounts(87, 100), "2015": RetentionCounts(70, 100)}
    ... )
    >>> round(result.pooled_rate, 3), round(result.pearson.p_value, 4)
    (0.785, 0.0034)
    """
    chosen = checks.one_of(method, GROUP_METHODS, name="method")
    checked = checks.level(level)
    names, counts = named_counts(groups)
    k, n, unknown = (
        np.array([getattr(c, what) for c in counts], dtype=np.int64)
        for what in ("retained", "total", "unknown")
    )
    lower, upper = _limits(k, n, chosen, checked)
    rate = k / n
    others = score(x1=k, n1=n, x2=k.sum() - k, n2=n.sum() - n, bias_corrected=False)
    pooled = int(k.sum()) / int(n.sum())
    whole = n + unknown
    return RetentionByGroup(
        groups=names,
        retained=_frozen(k),
        total=_frozen(n),
        unknown=_frozen(unknown),
        rate=read_only(rate),
        std_error=read_only(np.sqrt(rate * (1 - rate) / n)),
        lower=lower,
        upper=upper,
        z=others.z,
        p_value=others.two_sided,
        p_holm=read_only(multiplicity.holm(others.two_sided)),
        p_bh=read_only(multiplicity.benjamini_hochberg(others.two_sided)),
        rate_low=read_only(k / whole),
        rate_high=read_only((k + unknown) / whole),
        pooled_rate=pooled,
        pearson=heterogeneity.pearson(k=k, n=n),
        likelihood_ratio=heterogeneity.likelihood_ratio(k=k, n=n),
        smallest_expected=heterogeneity.smallest_expected(k=k, n=n),
        method=chosen,
        level=checked,
        provenance=Provenance(
            function="retention_by_group",
            arguments={
                "groups": len(names),
                "retained": int(k.sum()),
                "total": int(n.sum()),
                "unknown": int(unknown.sum()),
                "method": chosen,
                "level": checked,
            },
            method=f"{chosen} intervals; score test of each group against all others",
        ),
    )


def _limits(
    k: NDArray[np.int64], n: NDArray[np.int64], method: str, level: float
) -> tuple[Floats, Floats]:
    """Limits of every group, each distinct pair of counts computed once."""
    pairs, place = np.unique(np.stack([k, n]), axis=1, return_inverse=True)
    limits = interval_limits(
        pairs[0], pairs[1], method=method, level=level, side="two-sided", prior=(1.0, 1.0)
    )
    back = place.reshape(-1)
    return read_only(limits.lower[back]), read_only(limits.upper[back])


def _frozen(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a read-only copy of whole numbers."""
    copy = values.copy()
    copy.flags.writeable = False
    return copy
