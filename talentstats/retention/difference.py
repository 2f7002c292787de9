"""The difference between two stay rates."""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from talentstats import checks
from talentstats.errors import InputError
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.results.wording import p_text
from talentstats.retention.contrasts import (
    CONDITIONAL_LIMIT,
    ContrastInterval,
    DifferenceMethod,
    OddsMethod,
    RatioMethod,
    contrasts,
)
from talentstats.retention.intervals import WaldIntervalWarning
from talentstats.retention.two_rate_tests import (
    TwoRateTest,
    WorstCase,
    two_rate_tests,
    worst_case,
)
from talentstats.retention.verdict import DEFAULT_MARGIN, decide
from talentstats.stats import difference as difference_kernels
from talentstats.summaries.counts import RetentionCounts, checked_counts

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RetentionDifference:
    """Two stay rates beside one another; made by `retention_difference`.

    Parameters
    ----------
    a, b : RetentionCounts
        The two groups; every contrast is a to b.
    level, margin : float
        Of the verdict; the margin is a share.
    difference, ratio, odds_ratio : ContrastInterval
        Contrasts with their intervals, each method named.
    tests : tuple of TwoRateTest
        All tests of no difference.
    test : str
        Name of the one that decides the verdict.
    p_noninferior : float
        p-value against "a is lower than b by the margin or more" (score).
    p_nonsuperior : float
        p-value against "a is higher than b by the margin or more" (score).
    p_equivalence : float
        The larger of the two.
    unknown : WorstCase
        What the people of unknown status could make of it.
    rounding : WorstCase
        The same for all counts that print as published.
    verdict : str
        As for a benchmark, a being "below", "above" or "equivalent" to b.
    provenance : Provenance
        What made this result.
    """

    a: RetentionCounts
    b: RetentionCounts
    level: float
    margin: float
    difference: ContrastInterval
    ratio: ContrastInterval
    odds_ratio: ContrastInterval
    tests: tuple[TwoRateTest, ...]
    test: str
    p_noninferior: float
    p_nonsuperior: float
    p_equivalence: float
    unknown: WorstCase
    rounding: WorstCase
    verdict: str
    provenance: Provenance

    @property
    def deciding(self) -> TwoRateTest:
        """The test that decides the verdict."""
        return self.named_test(self.test)

    def named_test(self, name: str) -> TwoRateTest:
        """Return one of the tests.

        Parameters
        ----------
        name : str
            Such as "fisher".

        Returns
        -------
        TwoRateTest
            Its p-values.
        """
        found = {test.name: test for test in self.tests}
        return found[checks.one_of(name, found, name="test")]

    @property
    def sentence(self) -> str:
        """The comparison in one sentence, with a second one where status is unknown."""
        gap = self.difference
        unknown = ""
        if self.a.unknown or self.b.unknown:
            unknown = (
                f" The status of {self.a.unknown} and {self.b.unknown} more is unknown: the "
                f"difference could be {100 * self.unknown.low:z.1f} to "
                f"{100 * self.unknown.high:z.1f} points."
            )
        return (
            f"{self.a.retained} of {self.a.total} stayed ({100 * self.a.rate:.1f}%) and "
            f"{self.b.retained} of {self.b.total} ({100 * self.b.rate:.1f}%): a difference of "
            f"{100 * gap.estimate:z.1f} percentage points ({100 * gap.level:g}% confidence "
            f"interval, {gap.method}: {100 * gap.low:z.1f} to {100 * gap.high:z.1f}); "
            f"{self.test} test {p_text(self.deciding.two_sided)}, equivalence within "
            f"{100 * self.margin:g} points {p_text(self.p_equivalence)}: {self.verdict}.{unknown}"
        )

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return difference, ratio and odds ratio.

        Parameters
        ----------
        level : float
            Level of the intervals, recomputed.

        Returns
        -------
        pandas.DataFrame
            Three rows; `statistic` and `p_value` are those of the deciding test, whose
            null is the same for all three.
        """
        checked = checks.level(level)
        return tidy_frame(
            [
                {
                    "term": contrast.term,
                    "estimate": contrast.estimate,
                    "std_error": contrast.std_error,
                    "statistic": self.deciding.z,
                    "p_value": self.deciding.two_sided,
                    "conf_low": contrast.low,
                    "conf_high": contrast.high,
                    "conf_level": contrast.level,
                    "interval": contrast.method,
                }
                for contrast in contrasts(
                    self.a,
                    self.b,
                    level=checked,
                    methods=(self.difference.method, self.ratio.method, self.odds_ratio.method),
                )
            ]
        )

    def glance(self) -> "pd.DataFrame":
        """Return one row: counts, every p-value, equivalence, bounds, verdict.

        Returns
        -------
        pandas.DataFrame
            One row.
        """
        groups = {
            f"{what}_{name}": value
            for name, counts in (("a", self.a), ("b", self.b))
            for what, value in (
                ("retained", counts.retained),
                ("total", counts.total),
                ("unknown", counts.unknown),
                ("rate", counts.rate),
            )
        }
        return glance_frame(
            groups
            | {f"p_{test.name.replace('-', '_')}": test.two_sided for test in self.tests}
            | {
                "margin": self.margin,
                "p_noninferior": self.p_noninferior,
                "p_nonsuperior": self.p_nonsuperior,
                "p_equivalence": self.p_equivalence,
                "difference_low_unknown": self.unknown.low,
                "difference_high_unknown": self.unknown.high,
                "holds_for_unknown": self.unknown.holds,
                "holds_for_rounding": self.rounding.holds,
                "level": self.level,
                "test": self.test,
                "verdict": self.verdict,
            }
        )


def retention_difference(
    a: RetentionCounts,
    b: RetentionCounts,
    *,
    method: str = "newcombe",
    ratio_method: str = "koopman",
    odds_method: str = "score",
    test: str = "score",
    level: float = 0.95,
    margin: float = DEFAULT_MARGIN,
) -> RetentionDifference:
    """Compare the stay rates of two groups: difference, ratio and odds ratio of a to b.

    Assumptions: the two groups are independent, and within each of them people stay or
    leave independently with one probability; people of unknown status are like the
    others (bounds without that assumption are part of the result).

    Parameters
    ----------
    a, b : RetentionCounts
        The two groups.
    method : str
        Interval of the difference: "newcombe", "miettinen-nurminen" (inverts the test
        "score-mn"), "mee" (inverts "score"), "agresti-caffo" or "wald" (too short; for
        comparison).
    ratio_method : str
        "koopman" or "miettinen-nurminen".
    odds_method : str
        "score", "miettinen-nurminen" or "conditional-exact" (inverts one-sided Fisher; up
        to 20,000 people in both groups).
    test : str
        Test that decides the verdict: "score", "score-mn", "fisher", "barnard",
        "barnard-unpooled" or "boschloo". All are reported; the last three up to
        1000 people in both groups.
    level : float
        Confidence level; tests are held against 1 - level.
    margin : float
        Difference in shares that does not matter, for equivalence and non-inferiority
        by the Miettinen-Nurminen score.

    Returns
    -------
    RetentionDifference
        Contrasts, tests, equivalence, worst cases, verdict, sentence.

    Raises
    ------
    InputError
        If a group is not `RetentionCounts`, a number is outside its range, or the
        deciding test or the odds method is out of reach for so many people.
    UnknownNameError
        If there is no such method or test.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17:873-890,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.
    Miettinen and Nurminen (1985), Statistics in Medicine 4:213-226,
    doi:10.1002/sim.4780040211. Koopman (1984), Biometrics 40:513-517,
    doi:10.2307/2531405. Fagerland, Lydersen and Laake (2015), Statistical Methods in
    Medical Research 24:224-254, doi:10.1177/0962280211415469.

    Examples
    --------
    >>> result = retention_difference(RetentionCounts(87, 100), RetentionCounts(90, 100))
    >>> round(result.difference.low, 4), round(result.difference.high, 4), result.verdict
    (-0.1215, 0.061, 'cannot tell')
    """
    for name, counts in (("a", a), ("b", b)):
        checked_counts(counts, name=name)
    methods = (
        checks.one_of(method, get_args(DifferenceMethod), name="method"),
        checks.one_of(ratio_method, get_args(RatioMethod), name="ratio_method"),
        checks.one_of(odds_method, get_args(OddsMethod), name="odds_method"),
    )
    if odds_method == "conditional-exact" and a.total + b.total > CONDITIONAL_LIMIT:
        raise InputError(
            f"odds_method='conditional-exact' sums over all tables of {a.total + b.total} people; "
            f"allowed are up to {CONDITIONAL_LIMIT}. Hint: odds_method='score'."
        )
    checked = checks.level(level)
    half = checks.finite_number(margin, name="margin", above=0, below=1)
    if method == "wald":
        warnings.warn(
            "the Wald interval of a difference is too short when people are few, and a single "
            "point where all or none stayed in both groups. Newcombe costs nothing and holds.",
            WaldIntervalWarning,
            stacklevel=2,
        )
    tests = two_rate_tests(a, b, deciding=test)
    gap, quotient, odds = contrasts(a, b, level=checked, methods=methods)
    deciding = next(found for found in tests if found.name == test)
    margins = _margin_test(a, b, half)

    def verdict_of(first: RetentionCounts, second: RetentionCounts, p_value: float) -> str:
        verdict = decide(
            p_value=p_value,
            p_equivalence=_margin_test(first, second, half).p,
            difference=first.rate - second.rate,
            level=checked,
        )
        return str(verdict)

    return RetentionDifference(
        a=a,
        b=b,
        level=checked,
        margin=half,
        difference=gap,
        ratio=quotient,
        odds_ratio=odds,
        tests=tests,
        test=test,
        p_noninferior=float(margins.p_low),
        p_nonsuperior=float(margins.p_high),
        p_equivalence=float(margins.p),
        unknown=worst_case(a, b, over="unknown", test=deciding, verdict_of=verdict_of),
        rounding=worst_case(a, b, over="rounding", test=deciding, verdict_of=verdict_of),
        verdict=verdict_of(a, b, deciding.two_sided),
        provenance=Provenance(
            function="retention_difference",
            arguments=_arguments("a", a)
            | _arguments("b", b)
            | {
                "method": method,
                "ratio_method": ratio_method,
                "odds_method": odds_method,
                "test": test,
                "level": checked,
                "margin": half,
            },
            method=f"{method} interval, {test} test",
        ),
    )


def _margin_test(
    a: RetentionCounts, b: RetentionCounts, margin: float
) -> difference_kernels.MarginTest:
    """Test the difference against a margin by the Miettinen-Nurminen score."""
    return difference_kernels.margin_test(
        x1=a.retained,
        n1=a.total,
        x2=b.retained,
        n2=b.total,
        margin=margin,
        bias_corrected=True,
    )


def _arguments(name: str, counts: RetentionCounts) -> dict[str, int]:
    """Return counts as plain arguments."""
    return {
        f"retained_{name}": counts.retained,
        f"total_{name}": counts.total,
        f"unknown_{name}": counts.unknown,
    }
