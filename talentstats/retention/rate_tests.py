"""P-values of a stay rate against a constant."""

from dataclasses import dataclass

from talentstats.stats import binomial_tests as kernels
from talentstats.summaries.counts import RetentionCounts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RateTest:
    """One test in its three directions.

    Parameters
    ----------
    two_sided : float
        Against "another rate".
    less, greater : float
        Against "a lower rate" and "a higher rate".
    """

    two_sided: float
    less: float
    greater: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RateTests:
    """All tests of one rate against one constant.

    Parameters
    ----------
    central : RateTest
        Exact, twice the smaller tail; inverts Clopper-Pearson.
    minlike : RateTest
        Exact, by minimum likelihood; what R's `binom.test` prints.
    mid_p : RateTest
        Twice the smaller tail with half the weight on what was observed.
    score : RateTest
        Normal, variance under the constant; inverts Wilson.
    likelihood : RateTest
        Likelihood ratio.
    """

    central: RateTest
    minlike: RateTest
    mid_p: RateTest
    score: RateTest
    likelihood: RateTest

    def items(self) -> tuple[tuple[str, RateTest], ...]:
        """Return the tests by name.

        Returns
        -------
        tuple of (str, RateTest)
            In the order of the class.
        """
        return (
            ("central", self.central),
            ("minlike", self.minlike),
            ("mid_p", self.mid_p),
            ("score", self.score),
            ("likelihood", self.likelihood),
        )


def rate_tests(counts: RetentionCounts, *, rate: float) -> RateTests:
    """Test a stay rate against a constant by every method.

    Parameters
    ----------
    counts : RetentionCounts
        The study.
    rate : float
        The constant, in (0, 1).

    Returns
    -------
    RateTests
        P-values.
    """
    arms = {"k": counts.retained, "n": counts.total, "rate": rate}
    return RateTests(
        central=_named(kernels.exact_central(**arms)),
        minlike=_named(kernels.exact_minlike(**arms)),
        mid_p=_named(kernels.mid_p_test(**arms)),
        score=_named(kernels.score_test(**arms)),
        likelihood=_named(kernels.likelihood_ratio_test(**arms)),
    )


def _named(tails: kernels.PValues) -> RateTest:
    """Plain floats of one comparison."""
    return RateTest(
        two_sided=float(tails.two_sided), less=float(tails.less), greater=float(tails.greater)
    )
