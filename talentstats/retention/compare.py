"""Comparison of a stay rate with a published one, and what the study cannot show."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from talentstats import checks
from talentstats.errors import InputError
from talentstats.published.benchmark import Benchmark
from talentstats.published.benchmark import benchmark as as_benchmark
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.retention import sentences
from talentstats.retention.beta_mixture import BetaMixture
from talentstats.retention.design import checked_prior
from talentstats.retention.equivalence import (
    ExactEquivalence,
    checked_margin,
    exact_equivalence_of,
)
from talentstats.retention.evidence import BayesEvidence, bayes_evidence
from talentstats.retention.intervals import RetentionInterval, retention_interval
from talentstats.retention.posterior import CarriesMixture, as_mixture
from talentstats.retention.power import PowerAnalysis, benchmark_sources, retention_power
from talentstats.retention.rate_tests import RateTests, rate_tests
from talentstats.retention.robustness import (
    RoundingBounds,
    UnknownBounds,
    rounding_bounds,
    unknown_bounds,
    unknown_frame,
)
from talentstats.retention.uncertain import (
    UncertainComparison,
    approximate_comparisons,
    judge_of,
    uncertain_comparison,
    uncertainty_of,
)
from talentstats.retention.verdict import DEFAULT_MARGIN, verdicts_of
from talentstats.summaries.counts import RetentionCounts, checked_counts

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BenchmarkComparison:
    """A stay rate beside one benchmark; made by `compare_with_benchmark`.

    Parameters
    ----------
    counts : RetentionCounts
        The study.
    benchmark : Benchmark
        The rate that was compared with, aligned or not.
    rate : float
        The benchmark's rate as used.
    level, margin : float
        Of the verdict; the margin is a share.
    interval : RetentionInterval
        Clopper-Pearson, the inversion of the central test.
    tests : RateTests
        P-values against the benchmark treated as a constant.
    uncertain : UncertainComparison or None
        The comparison that allows for the benchmark's own sampling error, where it
        has a number of people or a standard error; then it decides the verdict.
    sensitivity : tuple of UncertainComparison
        The same under derived standard errors; never decides.
    power : PowerAnalysis
        At the named alternative.
    equivalence : ExactEquivalence
        Two one-sided exact tests at the margin.
    bayes : BayesEvidence
        Posterior statements in closed form.
    unknown : UnknownBounds
        Worst-case bounds and fragility.
    rounding : RoundingBounds
        Over everything that prints as published.
    verdict : str
        One of `VERDICTS`.
    provenance : Provenance
        What made this result.
    """

    counts: RetentionCounts
    benchmark: Benchmark
    rate: float
    level: float
    margin: float
    interval: RetentionInterval
    tests: RateTests
    uncertain: UncertainComparison | None
    sensitivity: tuple[UncertainComparison, ...]
    power: PowerAnalysis
    equivalence: ExactEquivalence
    bayes: BayesEvidence
    unknown: UnknownBounds
    rounding: RoundingBounds
    verdict: str
    provenance: Provenance

    @property
    def benchmark_is_constant(self) -> bool:
        """Whether the verdict treats the benchmark as known without error."""
        return self.uncertain is None

    @property
    def difference(self) -> float:
        """Observed stay rate less the benchmark, a share."""
        return self.counts.rate - self.rate

    @property
    def ratio(self) -> float:
        """Observed stay rate over the benchmark."""
        return self.counts.rate / self.rate

    @property
    def odds_ratio(self) -> float:
        """Odds of staying over the odds under the benchmark; infinite when all stayed."""
        return sentences.odds(self.counts.rate) / sentences.odds(self.rate)

    @property
    def sentence(self) -> str:
        """The comparison for a referee."""
        return sentences.referee(self)

    @property
    def plain_sentence(self) -> str:
        """The comparison in natural frequencies, for everyone."""
        return sentences.natural_frequencies(self)

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return difference, ratio and odds ratio to the benchmark.

        Parameters
        ----------
        level : float
            Level of the intervals, recomputed: Clopper-Pearson limits carried over
            where the benchmark is a constant, else the interval of `uncertain`.

        Returns
        -------
        pandas.DataFrame
            `group` is the benchmark; `term` is "difference", "ratio" or "odds ratio";
            ratios treat the benchmark as a constant.
        """
        checked = checks.level(level)
        exact = retention_interval(self.counts, method="clopper-pearson", level=checked)
        low, high, p, kind = (
            exact.low - self.rate,
            exact.high - self.rate,
            self.tests.central.two_sided,
            "clopper-pearson",
        )
        uncertainty = uncertainty_of(self.benchmark)
        if uncertainty is not None:
            own = uncertain_comparison(
                self.counts, self.rate, uncertainty, level=checked, margin=self.margin
            )
            low, high, p, kind = own.low, own.high, own.p_value, own.method
        common = {"group": self.benchmark.label, "conf_level": checked}
        constant = {
            "p_value": self.tests.central.two_sided,
            "interval": "clopper-pearson",
        }
        odds = sentences.odds
        return tidy_frame(
            [
                {
                    **common,
                    "term": "difference",
                    "estimate": self.difference,
                    "p_value": p,
                    "conf_low": low,
                    "conf_high": high,
                    "interval": kind,
                },
                {
                    **common,
                    **constant,
                    "term": "ratio",
                    "estimate": self.ratio,
                    "conf_low": exact.low / self.rate,
                    "conf_high": exact.high / self.rate,
                },
                {
                    **common,
                    **constant,
                    "term": "odds ratio",
                    "estimate": self.odds_ratio,
                    "conf_low": odds(exact.low) / odds(self.rate),
                    "conf_high": odds(exact.high) / odds(self.rate),
                },
            ]
        )

    def unknown_frame(self, *, most: int) -> "pd.DataFrame":
        """Return the worst cases if 0 to `most` people were of unknown status.

        Parameters
        ----------
        most : int
            Largest number of unknown people, beside the known ones.

        Returns
        -------
        pandas.DataFrame
            One row a number: `unknown`; `rate_low` if all of them left, `rate_high` if all
            stayed; `p_low`, `p_high` and `verdicts` over all they may have done; `holds`.

        Examples
        --------
        >>> result = compare_with_benchmark(RetentionCounts(87, 100), 0.90)
        >>> result.unknown_frame(most=5)["verdicts"].tolist()[-2:]
        ['cannot tell', 'below or cannot tell']
        """
        return unknown_frame(
            self.counts,
            most=checks.whole_number(most, name="most"),
            judge=judge_of(uncertainty_of(self.benchmark)),
            rate=self.rate,
            level=self.level,
            margin=self.margin,
        )

    def glance(self) -> "pd.DataFrame":
        """Return one row: every p-value, power, equivalence, bounds, verdict.

        Returns
        -------
        pandas.DataFrame
            One row.
        """
        return glance_frame(
            {
                "retained": self.counts.retained,
                "total": self.counts.total,
                "unknown": self.counts.unknown,
                "rate": self.counts.rate,
                "benchmark": self.benchmark.id,
                "benchmark_rate": self.rate,
                "benchmark_is_constant": self.benchmark_is_constant,
                "p_central": self.tests.central.two_sided,
                "p_minlike": self.tests.minlike.two_sided,
                "p_mid_p": self.tests.mid_p.two_sided,
                "p_score": self.tests.score.two_sided,
                "p_likelihood": self.tests.likelihood.two_sided,
                "p_uncertain": float("nan") if self.uncertain is None else self.uncertain.p_value,
                "p_equivalence": self.equivalence.p_value,
                "p_equivalence_uncertain": (
                    float("nan") if self.uncertain is None else self.uncertain.p_equivalence
                ),
                "margin": self.margin,
                "smallest_margin": self.equivalence.smallest_margin,
                "alternative": self.power.alternative,
                "power": self.power.value,
                "p_below_jeffreys": self.bayes.under("jeffreys").p_below,
                "bf10_uniform": self.bayes.under("uniform").bf10,
                "rate_low_unknown": self.unknown.rate_low,
                "rate_high_unknown": self.unknown.rate_high,
                "fragility": self.unknown.fragility,
                "holds_for_unknown": self.unknown.holds,
                "holds_for_rounding": self.rounding.holds,
                "level": self.level,
                "verdict": self.verdict,
            }
        )


def compare_with_benchmark(
    counts: RetentionCounts,
    benchmark: Benchmark | float | str,
    *,
    level: float = 0.95,
    margin: float = DEFAULT_MARGIN,
    alternative: float | None = None,
    prior: tuple[float, float] | BetaMixture | CarriesMixture | None = None,
    horizon: float | None = None,
) -> BenchmarkComparison:
    """Compare a stay rate with one benchmark, and say what the comparison cannot show.

    The verdict comes from one coherent family: the exact central test at 1 - level
    with its own inversion (Clopper-Pearson), and one-sided exact tests for
    equivalence. Where the benchmark has a number of people or a standard error of
    its own, the two-sample test takes the place of the exact one and is named.

    Assumptions: people stay or leave independently with one probability; those of
    unknown status are like the others (bounds without that assumption are part of
    the result); the benchmark holds at the horizon of the study.

    Parameters
    ----------
    counts : RetentionCounts
        The study.
    benchmark : Benchmark, float or str
        A published figure or its id, or a rate in (0, 1). Align it first:
        `benchmark("sei2024-china-10yr").at_horizon(6)`.
    level : float
        Confidence level; tests are held against 1 - level.
    margin : float
        Half-width of the region in which a difference does not matter, a share.
    alternative : float or None
        True rate at which power is stated; None is the observed rate, marked as
        no evidence.
    prior : tuple of float, BetaMixture, HistoricalPrior or None
        Prior of the user's own, beside Jeffreys and uniform; a pair is the Beta parameters.
    horizon : float or None
        Years over which the study followed people; if given, a benchmark of
        another horizon is refused.

    Returns
    -------
    BenchmarkComparison
        Tests, interval, power, equivalence, posterior, bounds, verdict, sentences.

    Raises
    ------
    InputError
        If a number is outside its range, the benchmark is a bound only, or its
        horizon is not that of the study.
    UnknownNameError
        If there is no benchmark of that id.

    References
    ----------
    Blaker (2000), Canadian Journal of Statistics 28:783-798, doi:10.2307/3315916.
    Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15:657-680,
    doi:10.1007/BF01068419. Hoenig and Heisey (2001), The American Statistician
    55:19-24, doi:10.1198/000313001300339897.

    Examples
    --------
    >>> result = compare_with_benchmark(RetentionCounts(87, 100), 0.90)
    >>> result.verdict, round(result.tests.central.two_sided, 6)
    ('cannot tell', 0.396358)
    >>> print(result.plain_sentence)
    If the true rate were 90%, about 20 of 100 such studies would see 13 or more of 100 leave.
    """
    checked_counts(counts)
    checked = checks.level(level)
    figure = benchmark if isinstance(benchmark, Benchmark) else as_benchmark(benchmark)
    rate = figure.required_rate()
    if not 0 < rate < 1:
        raise InputError(f"benchmark {figure.id!r} has rate {rate:g}; allowed is a rate in (0, 1).")
    half = checked_margin(margin, rate=rate)
    if horizon is not None:
        _same_horizon(figure, checks.finite_number(horizon, name="horizon", above=0))
    observed = _inside(counts.rate, counts.total)
    target = observed if alternative is None else checks.rate(alternative, name="alternative")
    own_prior = None if prior is None else _own_prior(prior)
    priors = {} if own_prior is None else dict([as_mixture(own_prior)])
    uncertainty = uncertainty_of(figure)
    judge = judge_of(uncertainty)
    uncertain = (
        None
        if uncertainty is None
        else uncertain_comparison(counts, rate, uncertainty, level=checked, margin=half)
    )
    return BenchmarkComparison(
        counts=counts,
        benchmark=figure,
        rate=rate,
        level=checked,
        margin=half,
        interval=retention_interval(counts, method="clopper-pearson", level=checked),
        tests=rate_tests(counts, rate=rate),
        uncertain=uncertain,
        sensitivity=approximate_comparisons(counts, figure, level=checked, margin=half),
        power=retention_power(
            counts.total,
            figure,
            alternative=target,
            observed=observed,
            level=checked,
        ),
        equivalence=exact_equivalence_of(counts, rate=rate, margin=half, level=checked),
        bayes=bayes_evidence(
            k=counts.retained, n=counts.total, rate=rate, margin=half, priors=priors
        ),
        unknown=unknown_bounds(counts, judge=judge, rate=rate, level=checked, margin=half),
        rounding=rounding_bounds(
            counts,
            judge=judge,
            rate=rate,
            rate_low=figure.rate_low,
            rate_high=figure.rate_high,
            level=checked,
            margin=half,
        ),
        verdict=str(
            verdicts_of(judge, counts.retained, counts.total, rate, level=checked, margin=half)
        ),
        provenance=Provenance(
            function="compare_with_benchmark",
            arguments={
                "retained": counts.retained,
                "total": counts.total,
                "unknown": counts.unknown,
                "benchmark": figure.id,
                "rate": rate,
                "level": checked,
                "margin": half,
                "alternative": target,
                "prior": own_prior if isinstance(own_prior, tuple) else next(iter(priors), None),
                "horizon": horizon,
            },
            method="exact central binomial test" if uncertain is None else uncertain.method,
            sources=benchmark_sources(figure),
        ),
    )


def _same_horizon(figure: Benchmark, horizon: float) -> None:
    """Refuse to compare rates at different horizons."""
    if figure.horizon is None or abs(figure.horizon - horizon) > 1e-9:
        stated = "no single horizon" if figure.horizon is None else f"{figure.horizon:g} years"
        raise InputError(
            f"the study's horizon is {horizon:g} years, benchmark {figure.id!r} has {stated}. "
            + (
                f"Hint: say at which it holds, benchmark({figure.rate}, horizon={horizon:g})."
                if figure.horizon is None and figure.status == "user"
                else f"Hint: align it first with .at_horizon({horizon:g}), naming the hazard."
            )
        )


def _own_prior(
    prior: tuple[float, float] | BetaMixture | CarriesMixture,
) -> tuple[float, float] | BetaMixture | CarriesMixture:
    """Check a pair of Beta parameters; mixtures were checked when they were made."""
    if isinstance(prior, BetaMixture | CarriesMixture):
        return prior
    return checked_prior(prior)


def _inside(rate: float, n: int) -> float:
    """Keep an observed rate of 0 or 1 inside (0, 1), half a person from the edge."""
    return min(max(rate, 0.5 / n), 1 - 0.5 / n)
