"""Retention, return hazards and destinations of mobile talent.

Import public names from here: `from talentstats import retention, RetentionCounts`.
Nothing heavy is loaded until a function needs it.
"""

from talentstats._version import __version__
from talentstats.destinations.shares import DestinationShares, destination_shares
from talentstats.errors import (
    DataIntegrityError,
    InputError,
    MissingExtraError,
    OutputError,
    TalentStatsError,
    UnknownNameError,
)
from talentstats.plots.compatibility import plot_compatibility
from talentstats.plots.coverage import plot_coverage
from talentstats.plots.forest import plot_forest
from talentstats.plots.power import plot_power
from talentstats.plots.save import save_figure
from talentstats.plots.specification import plot_specification_curve
from talentstats.plots.stay_rates import plot_stay_rates
from talentstats.published.benchmark import Benchmark, benchmark, benchmarks
from talentstats.published.citation import bibtex, citation
from talentstats.published.hazards import (
    PiecewiseHazard,
    PublishedCurve,
    TenureDistribution,
    TenureRange,
    Weibull,
    piecewise_hazard,
)
from talentstats.published.horizon import Alignment, conditional_retention
from talentstats.published.package import published
from talentstats.results.protocol import Result
from talentstats.results.provenance import Provenance
from talentstats.retention.change import BenchmarkChange, benchmark_change
from talentstats.retention.compare import BenchmarkComparison, compare_with_benchmark
from talentstats.retention.comparisons import BenchmarkComparisons, compare_with_benchmarks
from talentstats.retention.compatibility import CompatibilityCurve, compatibility_curve
from talentstats.retention.coverage import IntervalCoverage, interval_coverage
from talentstats.retention.design import cluster_design_effect
from talentstats.retention.difference import RetentionDifference, retention_difference

# Like `published`, `retention` is also the name of a room: for whoever imports the
# package the name means the function, and `from talentstats.retention.x import y`
# still finds the room.
from talentstats.retention.estimate import RetentionEstimate, retention
from talentstats.retention.groups import RetentionByGroup, retention_by_group
from talentstats.retention.intervals import WaldIntervalWarning
from talentstats.retention.power import PowerAnalysis, retention_power
from talentstats.retention.specification import SpecificationCurve, specification_curve
from talentstats.summaries.counts import DestinationCounts, RetentionCounts
from talentstats.tables.coef_table import coef_table
from talentstats.tables.frame_table import frame_table
from talentstats.tables.table import Table

__all__ = [
    "Alignment",
    "Benchmark",
    "BenchmarkChange",
    "BenchmarkComparison",
    "BenchmarkComparisons",
    "CompatibilityCurve",
    "DataIntegrityError",
    "DestinationCounts",
    "DestinationShares",
    "InputError",
    "IntervalCoverage",
    "MissingExtraError",
    "OutputError",
    "PiecewiseHazard",
    "PowerAnalysis",
    "Provenance",
    "PublishedCurve",
    "Result",
    "RetentionByGroup",
    "RetentionCounts",
    "RetentionDifference",
    "RetentionEstimate",
    "SpecificationCurve",
    "Table",
    "TalentStatsError",
    "TenureDistribution",
    "TenureRange",
    "UnknownNameError",
    "WaldIntervalWarning",
    "Weibull",
    "__version__",
    "benchmark",
    "benchmark_change",
    "benchmarks",
    "bibtex",
    "citation",
    "cluster_design_effect",
    "coef_table",
    "compare_with_benchmark",
    "compare_with_benchmarks",
    "compatibility_curve",
    "conditional_retention",
    "destination_shares",
    "frame_table",
    "interval_coverage",
    "piecewise_hazard",
    "plot_compatibility",
    "plot_coverage",
    "plot_forest",
    "plot_power",
    "plot_specification_curve",
    "plot_stay_rates",
    "published",
    "retention",
    "retention_by_group",
    "retention_difference",
    "retention_power",
    "save_figure",
    "specification_curve",
]
