"""Stay rates: intervals, tests against a benchmark, specification curve."""

from talentstats.retention.change import BenchmarkChange, benchmark_change
from talentstats.retention.compare import BenchmarkComparison, compare_with_benchmark
from talentstats.retention.comparisons import BenchmarkComparisons, compare_with_benchmarks
from talentstats.retention.compatibility import CompatibilityCurve, compatibility_curve
from talentstats.retention.coverage import IntervalCoverage, interval_coverage
from talentstats.retention.design import cluster_design_effect
from talentstats.retention.estimate import RetentionEstimate, retention
from talentstats.retention.intervals import RetentionInterval, WaldIntervalWarning
from talentstats.retention.power import PowerAnalysis, retention_power
from talentstats.retention.specification import SpecificationCurve, specification_curve

__all__ = [
    "BenchmarkChange",
    "BenchmarkComparison",
    "BenchmarkComparisons",
    "CompatibilityCurve",
    "IntervalCoverage",
    "PowerAnalysis",
    "RetentionEstimate",
    "RetentionInterval",
    "SpecificationCurve",
    "WaldIntervalWarning",
    "benchmark_change",
    "cluster_design_effect",
    "compare_with_benchmark",
    "compare_with_benchmarks",
    "compatibility_curve",
    "interval_coverage",
    "retention",
    "retention_power",
    "specification_curve",
]
