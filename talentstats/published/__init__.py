"""The published figures, their sources, and the benchmarks made from them."""

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

__all__ = [
    "Alignment",
    "Benchmark",
    "PiecewiseHazard",
    "PublishedCurve",
    "TenureDistribution",
    "TenureRange",
    "Weibull",
    "benchmark",
    "benchmarks",
    "bibtex",
    "citation",
    "conditional_retention",
    "piecewise_hazard",
    "published",
]
