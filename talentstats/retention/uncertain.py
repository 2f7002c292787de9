"""Comparison with a benchmark that has an uncertainty of its own."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talentstats.published.benchmark import Benchmark
from talentstats.retention.verdict import Judge, Judgement, exact_judge
from talentstats.stats import difference as two_sample
from talentstats.stats import uncertain_rate
from talentstats.stats.limits import Limits
from talentstats.summaries.counts import RetentionCounts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UncertainComparison:
    """A stay rate against a benchmark with its own sampling error.

    Parameters
    ----------
    method : str
        Test and interval, which invert each other.
    benchmark_std_error : float
        Standard error of the benchmark, a share.
    basis : str
        Where the standard error comes from, with its assumption.
    difference, low, high : float
        Observed less benchmark, with its interval at `level`.
    p_value : float
        Two-sided.
    p_equivalence : float
        Larger of the two one-sided p-values at the margin.
    is_approximation : bool
        Whether the standard error was derived, not published; then it is a
        sensitivity and never the verdict.
    """

    method: str
    benchmark_std_error: float
    basis: str
    difference: float
    low: float
    high: float
    p_value: float
    p_equivalence: float
    is_approximation: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondSample:
    """The benchmark's people as a second sample (Miettinen and Nurminen).

    Parameters
    ----------
    n : int
        People counted behind the benchmark.
    """

    n: int

    method = "two-sample score test with Miettinen-Nurminen interval"

    @property
    def basis(self) -> str:
        """Where the uncertainty comes from."""
        return f"{self.n} people counted"

    def std_error(self, rate: float) -> float:
        """Return the standard error of the benchmark.

        Parameters
        ----------
        rate : float
            The benchmark.

        Returns
        -------
        float
            Binomial, a share.
        """
        return float(np.sqrt(rate * (1 - rate) / self.n))

    def judge(self, k: ArrayLike, n: ArrayLike, rate: ArrayLike, margin: float) -> Judgement:
        """Test counts against the benchmark's people.

        Parameters
        ----------
        k, n : array_like
            Retained and total.
        rate : array_like
            Benchmark.
        margin : float
            Half-width of the region of equivalence.

        Returns
        -------
        Judgement
            P-values in the broadcast shape.
        """
        # Not rounded to a whole count, or another difference than the one shown would be tested.
        x2 = np.asarray(rate) * self.n
        z = two_sample.score_statistic(
            x1=k, n1=n, x2=x2, n2=self.n, difference=0.0, bias_corrected=True
        )
        inside = two_sample.margin_test(
            x1=k, n1=n, x2=x2, n2=self.n, margin=margin, bias_corrected=True
        )
        return Judgement(p_value=uncertain_rate.two_sided_p(z), p_equivalence=inside.p)

    def limits(self, k: int, n: int, rate: float, level: float) -> Limits:
        """Return limits of the difference.

        Parameters
        ----------
        k, n : int
            Retained and total.
        rate : float
            Benchmark.
        level : float
            Confidence level.

        Returns
        -------
        Limits
            Of the observed rate less the benchmark.
        """
        return two_sample.miettinen_nurminen(
            x1=k, n1=n, x2=rate * self.n, n2=self.n, level=level, side="two-sided"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardError:
    """A standard error of the benchmark, squared and added to the study's own.

    Parameters
    ----------
    value : float
        A share, above 0.
    basis : str
        Where it comes from, with its assumption.
    """

    value: float
    basis: str

    method = "square-and-add score test (Wilson's arm and the benchmark's standard error)"

    def std_error(self, rate: float) -> float:
        """Return the standard error of the benchmark.

        Parameters
        ----------
        rate : float
            The benchmark; does not matter here.

        Returns
        -------
        float
            A share.
        """
        return self.value

    def judge(self, k: ArrayLike, n: ArrayLike, rate: ArrayLike, margin: float) -> Judgement:
        """Test counts against the benchmark with its standard error.

        Parameters
        ----------
        k, n : array_like
            Retained and total.
        rate : array_like
            Benchmark.
        margin : float
            Half-width of the region of equivalence.

        Returns
        -------
        Judgement
            P-values in the broadcast shape.
        """
        arms = {"k": k, "n": n, "rate": rate, "std_error": self.value}
        return Judgement(
            p_value=uncertain_rate.two_sided_p(uncertain_rate.difference_z(**arms)),
            p_equivalence=uncertain_rate.equivalence_p(**arms, margin=margin),
        )

    def limits(self, k: int, n: int, rate: float, level: float) -> Limits:
        """Return limits of the difference.

        Parameters
        ----------
        k, n : int
            Retained and total.
        rate : float
            Benchmark.
        level : float
            Confidence level.

        Returns
        -------
        Limits
            Of the observed rate less the benchmark.
        """
        return uncertain_rate.difference_limits(
            k=k, n=n, rate=rate, std_error=self.value, level=level
        )


def uncertainty_of(benchmark: Benchmark) -> SecondSample | StandardError | None:
    """Return the sampling error that a benchmark brings.

    Parameters
    ----------
    benchmark : Benchmark
        The published rate.

    Returns
    -------
    SecondSample, StandardError or None
        None when it has neither people counted nor a standard error, or only a
        derived approximation of one.
    """
    if benchmark.n is not None and benchmark.alignment is None:
        return SecondSample(n=benchmark.n)
    basis = {
        "published": "standard error as published",
        "user": "standard error as given",
        "binomial": f"binomial standard error of {benchmark.n} people, carried to the new horizon",
    }.get(benchmark.se_status or "")
    if not benchmark.std_error or basis is None:
        return None
    return StandardError(value=benchmark.std_error, basis=basis)


def uncertain_comparison(
    counts: RetentionCounts,
    rate: float,
    uncertainty: SecondSample | StandardError,
    *,
    level: float,
    margin: float,
    is_approximation: bool = False,
) -> UncertainComparison:
    """Compare with a benchmark that has a sampling error.

    Parameters
    ----------
    counts : RetentionCounts
        The study.
    rate : float
        The benchmark.
    uncertainty : SecondSample or StandardError
        Its sampling error.
    level, margin : float
        Of the interval and of equivalence.
    is_approximation : bool
        Whether the standard error was derived, not published.

    Returns
    -------
    UncertainComparison
        Difference, interval and p-values.
    """
    found = uncertainty.judge(counts.retained, counts.total, rate, margin)
    limits = uncertainty.limits(counts.retained, counts.total, rate, level)
    return UncertainComparison(
        method=uncertainty.method,
        benchmark_std_error=uncertainty.std_error(rate),
        basis=uncertainty.basis,
        difference=counts.rate - rate,
        low=float(limits.lower),
        high=float(limits.upper),
        p_value=float(found.p_value),
        p_equivalence=float(found.p_equivalence),
        is_approximation=is_approximation,
    )


def approximate_comparisons(
    counts: RetentionCounts, benchmark: Benchmark, *, level: float, margin: float
) -> tuple[UncertainComparison, ...]:
    """Compare under a derived standard error, as a named sensitivity.

    Parameters
    ----------
    counts : RetentionCounts
        The study.
    benchmark : Benchmark
        The published rate; only those with `se_status="approximation"` give rows.
    level, margin : float
        Of the interval and of equivalence.

    Returns
    -------
    tuple of UncertainComparison
        Under design effects 1 and 1.5, or empty.
    """
    if not benchmark.std_error or benchmark.se_status != "approximation":
        return ()
    return tuple(
        uncertain_comparison(
            counts,
            benchmark.required_rate(),
            StandardError(
                value=benchmark.std_error * float(np.sqrt(design_effect)),
                basis=(
                    "standard error not published; ours, from an all-country sampling "
                    f"fraction, design effect {design_effect:g}"
                ),
            ),
            level=level,
            margin=margin,
            is_approximation=True,
        )
        for design_effect in (1.0, 1.5)
    )


def judge_of(uncertainty: SecondSample | StandardError | None) -> Judge:
    """Return the test that decides a verdict.

    Parameters
    ----------
    uncertainty : SecondSample, StandardError or None
        Sampling error of the benchmark; None treats it as a constant.

    Returns
    -------
    Judge
        The exact test, or the one that allows for the sampling error.
    """
    return exact_judge if uncertainty is None else uncertainty.judge
