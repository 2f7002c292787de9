"""Retention, return hazards and destinations of mobile talent.

Import public names from here: `from talentstats import retention, RetentionCounts`.
Nothing heavy is loaded until a function needs it.
"""

from typing import TYPE_CHECKING, Any, Final

from talentstats._version import __version__
from talentstats.destinations.shares import DestinationShares, destination_shares
from talentstats.errors import (
    ConvergenceError,
    DataIntegrityError,
    InputError,
    MissingExtraError,
    OutputError,
    SamplingInterrupted,
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
from talentstats.summaries.account import RowAccount
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.counts import DestinationCounts, RetentionCounts
from talentstats.summaries.spells import Spells
from talentstats.tables.coef_table import coef_table
from talentstats.tables.frame_table import frame_table
from talentstats.tables.table import Table

if TYPE_CHECKING:
    from talentstats.bayes.posterior import PosteriorFit
    from talentstats.bayes.prior_sensitivity import PriorSensitivity
    from talentstats.bayes.prior_table import PriorTable
    from talentstats.bayes.sampling import Sampling
    from talentstats.cohort.carnegie import carnegie_like, carnegie_truth
    from talentstats.cohort.hazards import HazardLaw, Population
    from talentstats.cohort.simulate import SimulatedCohort, simulate_cohort
    from talentstats.cohort.truth import CohortTruth
    from talentstats.destinations.model import destination_model
    from talentstats.destinations.model_posterior import DestinationPosterior
    from talentstats.destinations.model_prior import DestinationPrior
    from talentstats.destinations.posterior import destination_posterior
    from talentstats.destinations.posterior_parts import LeaverShare, ShareContrast
    from talentstats.destinations.prior_sensitivity import (
        SharePriorSensitivity,
        share_prior_sensitivity,
    )
    from talentstats.destinations.share_priors import AgainstReference, ZeroSum
    from talentstats.destinations.shares_posterior import SharesPosterior
    from talentstats.plots.chains import plot_chains
    from talentstats.plots.destination_stack import plot_destinations
    from talentstats.plots.evidence import plot_historical_prior
    from talentstats.plots.hazard_ratios import plot_hazard_ratios
    from talentstats.plots.hazards import plot_hazards
    from talentstats.plots.incidence import plot_cumulative_incidence
    from talentstats.plots.log_minus_log import plot_log_minus_log
    from talentstats.plots.posterior_shares import plot_shares_by_cell
    from talentstats.plots.predictive import plot_predictive_check
    from talentstats.plots.prior_posterior import plot_prior_posterior
    from talentstats.plots.schoenfeld import plot_schoenfeld
    from talentstats.plots.survival_curve import plot_survival
    from talentstats.retention.beta_mixture import BetaMixture
    from talentstats.retention.effective_size import EffectiveSampleSize
    from talentstats.retention.historical_predict import PredictedRetention, PriorDataConflict
    from talentstats.retention.historical_prior import HistoricalPrior, historical_prior
    from talentstats.retention.historical_rows import HistoricalStudy
    from talentstats.retention.posterior import retention_posterior
    from talentstats.retention.posterior_difference import PosteriorDifference
    from talentstats.retention.posterior_result import RetentionPosterior
    from talentstats.retention.power_prior import PowerPriorPosterior, power_prior
    from talentstats.summaries.destination_cells import DestinationCells
    from talentstats.summaries.population import PopulationCells, population_weights
    from talentstats.survival.bayes_hazard_model import bayes_hazard_model
    from talentstats.survival.bayes_hazard_posterior import HazardPosterior
    from talentstats.survival.bayes_hazard_prior import HazardPrior
    from talentstats.survival.cox_model import cox_model
    from talentstats.survival.cox_ph_test import PHTest
    from talentstats.survival.cox_prediction import CoxPrediction
    from talentstats.survival.cox_result import CoxModel
    from talentstats.survival.crude_and_adjusted import CrudeAndAdjusted, crude_and_adjusted
    from talentstats.survival.curve import SurvivalCurve, survival_curve
    from talentstats.survival.gray import GrayTestResult, gray_test
    from talentstats.survival.hazard_contrast import HazardContrast
    from talentstats.survival.hazard_model import hazard_model
    from talentstats.survival.hazard_prediction import HazardPrediction
    from talentstats.survival.hazard_rates import HazardRates, hazard_rates
    from talentstats.survival.hazard_result import HazardModel
    from talentstats.survival.incidence import CumulativeIncidence, cumulative_incidence
    from talentstats.survival.incidence_difference import IncidenceDifference
    from talentstats.survival.log_rank import LogRankTest, log_rank_test
    from talentstats.survival.rate_ratios import RateRatios
    from talentstats.survival.reference import ReferenceComparison, compare_with_reference
    from talentstats.survival.reference_curve import ReferenceCurve

__all__ = [
    "AgainstReference",
    "Alignment",
    "Benchmark",
    "BenchmarkChange",
    "BenchmarkComparison",
    "BenchmarkComparisons",
    "BetaMixture",
    "CohortTruth",
    "CompatibilityCurve",
    "ConvergenceError",
    "CoxModel",
    "CoxPrediction",
    "CrudeAndAdjusted",
    "CumulativeIncidence",
    "DataIntegrityError",
    "DestinationCells",
    "DestinationCounts",
    "DestinationPosterior",
    "DestinationPrior",
    "DestinationShares",
    "EffectiveSampleSize",
    "GrayTestResult",
    "HazardContrast",
    "HazardLaw",
    "HazardModel",
    "HazardPosterior",
    "HazardPrediction",
    "HazardPrior",
    "HazardRates",
    "HistoricalPrior",
    "HistoricalStudy",
    "IncidenceDifference",
    "InputError",
    "IntervalCoverage",
    "LeaverShare",
    "LogRankTest",
    "MissingExtraError",
    "OutputError",
    "PHTest",
    "PiecewiseHazard",
    "Population",
    "PopulationCells",
    "PosteriorDifference",
    "PosteriorFit",
    "PowerAnalysis",
    "PowerPriorPosterior",
    "PredictedRetention",
    "PriorDataConflict",
    "PriorSensitivity",
    "PriorTable",
    "Provenance",
    "PublishedCurve",
    "RateRatios",
    "ReferenceComparison",
    "ReferenceCurve",
    "Result",
    "RetentionByGroup",
    "RetentionCounts",
    "RetentionDifference",
    "RetentionEstimate",
    "RetentionPosterior",
    "RiskCells",
    "RowAccount",
    "Sampling",
    "SamplingInterrupted",
    "ShareContrast",
    "SharePriorSensitivity",
    "SharesPosterior",
    "SimulatedCohort",
    "SpecificationCurve",
    "Spells",
    "SurvivalCurve",
    "Table",
    "TalentStatsError",
    "TenureDistribution",
    "TenureRange",
    "UnknownNameError",
    "WaldIntervalWarning",
    "Weibull",
    "ZeroSum",
    "__version__",
    "bayes_hazard_model",
    "benchmark",
    "benchmark_change",
    "benchmarks",
    "bibtex",
    "carnegie_like",
    "carnegie_truth",
    "citation",
    "cluster_design_effect",
    "coef_table",
    "compare_with_benchmark",
    "compare_with_benchmarks",
    "compare_with_reference",
    "compatibility_curve",
    "conditional_retention",
    "cox_model",
    "crude_and_adjusted",
    "cumulative_incidence",
    "destination_model",
    "destination_posterior",
    "destination_shares",
    "frame_table",
    "gray_test",
    "hazard_model",
    "hazard_rates",
    "historical_prior",
    "interval_coverage",
    "log_rank_test",
    "piecewise_hazard",
    "plot_chains",
    "plot_compatibility",
    "plot_coverage",
    "plot_cumulative_incidence",
    "plot_destinations",
    "plot_forest",
    "plot_hazard_ratios",
    "plot_hazards",
    "plot_historical_prior",
    "plot_log_minus_log",
    "plot_power",
    "plot_predictive_check",
    "plot_prior_posterior",
    "plot_schoenfeld",
    "plot_shares_by_cell",
    "plot_specification_curve",
    "plot_stay_rates",
    "plot_survival",
    "population_weights",
    "power_prior",
    "published",
    "retention",
    "retention_by_group",
    "retention_difference",
    "retention_posterior",
    "retention_power",
    "save_figure",
    "share_prior_sensitivity",
    "simulate_cohort",
    "specification_curve",
    "survival_curve",
]

# What questions about time need is loaded when it is first named: a comparison of two
# counts should not wait for it.
_LATER: Final = {
    "talentstats.bayes.prior_table": ("PriorTable",),
    "talentstats.bayes.prior_sensitivity": ("PriorSensitivity",),
    "talentstats.plots.evidence": ("plot_historical_prior",),
    "talentstats.plots.chains": ("plot_chains",),
    "talentstats.plots.predictive": ("plot_predictive_check",),
    "talentstats.plots.prior_posterior": ("plot_prior_posterior",),
    "talentstats.plots.destination_stack": ("plot_destinations",),
    "talentstats.plots.posterior_shares": ("plot_shares_by_cell",),
    "talentstats.bayes.sampling": ("Sampling",),
    "talentstats.bayes.posterior": ("PosteriorFit",),
    "talentstats.survival.bayes_hazard_prior": ("HazardPrior",),
    "talentstats.survival.bayes_hazard_posterior": ("HazardPosterior",),
    "talentstats.survival.bayes_hazard_model": ("bayes_hazard_model",),
    "talentstats.destinations.model_prior": ("DestinationPrior",),
    "talentstats.destinations.model_posterior": ("DestinationPosterior",),
    "talentstats.destinations.model": ("destination_model",),
    "talentstats.retention.power_prior": (
        "PowerPriorPosterior",
        "power_prior",
    ),
    "talentstats.retention.historical_predict": (
        "PredictedRetention",
        "PriorDataConflict",
    ),
    "talentstats.retention.historical_rows": ("HistoricalStudy",),
    "talentstats.retention.historical_prior": (
        "HistoricalPrior",
        "historical_prior",
    ),
    "talentstats.retention.posterior_difference": ("PosteriorDifference",),
    "talentstats.retention.posterior_result": ("RetentionPosterior",),
    "talentstats.retention.posterior": ("retention_posterior",),
    "talentstats.retention.effective_size": ("EffectiveSampleSize",),
    "talentstats.retention.beta_mixture": ("BetaMixture",),
    "talentstats.destinations.posterior_parts": (
        "LeaverShare",
        "ShareContrast",
    ),
    "talentstats.summaries.population": (
        "PopulationCells",
        "population_weights",
    ),
    "talentstats.summaries.destination_cells": ("DestinationCells",),
    "talentstats.destinations.share_priors": (
        "AgainstReference",
        "ZeroSum",
    ),
    "talentstats.destinations.prior_sensitivity": (
        "SharePriorSensitivity",
        "share_prior_sensitivity",
    ),
    "talentstats.destinations.shares_posterior": ("SharesPosterior",),
    "talentstats.destinations.posterior": ("destination_posterior",),
    "talentstats.plots.schoenfeld": ("plot_schoenfeld",),
    "talentstats.survival.cox_model": ("cox_model",),
    "talentstats.survival.cox_ph_test": ("PHTest",),
    "talentstats.survival.cox_prediction": ("CoxPrediction",),
    "talentstats.survival.cox_result": ("CoxModel",),
    "talentstats.survival.reference": (
        "ReferenceComparison",
        "compare_with_reference",
    ),
    "talentstats.survival.reference_curve": ("ReferenceCurve",),
    "talentstats.cohort.carnegie": ("carnegie_like", "carnegie_truth"),
    "talentstats.cohort.hazards": ("HazardLaw", "Population"),
    "talentstats.cohort.simulate": ("SimulatedCohort", "simulate_cohort"),
    "talentstats.cohort.truth": ("CohortTruth",),
    "talentstats.plots.hazard_ratios": ("plot_hazard_ratios",),
    "talentstats.plots.hazards": ("plot_hazards",),
    "talentstats.plots.incidence": ("plot_cumulative_incidence",),
    "talentstats.plots.log_minus_log": ("plot_log_minus_log",),
    "talentstats.plots.survival_curve": ("plot_survival",),
    "talentstats.survival.crude_and_adjusted": ("CrudeAndAdjusted", "crude_and_adjusted"),
    "talentstats.survival.curve": ("SurvivalCurve", "survival_curve"),
    "talentstats.survival.gray": ("GrayTestResult", "gray_test"),
    "talentstats.survival.hazard_contrast": ("HazardContrast",),
    "talentstats.survival.hazard_model": ("hazard_model",),
    "talentstats.survival.hazard_prediction": ("HazardPrediction",),
    "talentstats.survival.hazard_rates": ("HazardRates", "hazard_rates"),
    "talentstats.survival.hazard_result": ("HazardModel",),
    "talentstats.survival.incidence": ("CumulativeIncidence", "cumulative_incidence"),
    "talentstats.survival.incidence_difference": ("IncidenceDifference",),
    "talentstats.survival.log_rank": ("LogRankTest", "log_rank_test"),
    "talentstats.survival.rate_ratios": ("RateRatios",),
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    for module, names in _LATER.items():
        if name in names:
            value = getattr(import_module(module), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'talentstats' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
