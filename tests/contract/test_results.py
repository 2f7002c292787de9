"""Every result keeps the protocol; a result class without an example here fails."""

import copy
import dataclasses
import importlib
import inspect
import math
import pickle
import pkgutil
from collections.abc import Mapping
from dataclasses import replace
from unittest import mock

import numpy as np
import pandas as pd
import pytest

import talentstats
from talentstats.bayes.posterior import PosteriorFit
from talentstats.bayes.prior_draws import prior_draws
from talentstats.bayes.prior_sensitivity import PriorSensitivity
from talentstats.bayes.prior_table import PriorTable, prior_table
from talentstats.bayes.sampling import Sampled
from talentstats.destinations.model import destination_model
from talentstats.destinations.model_posterior import DestinationPosterior
from talentstats.destinations.posterior import destination_posterior
from talentstats.destinations.prior_sensitivity import (
    SharePriorSensitivity,
    share_prior_sensitivity,
)
from talentstats.destinations.share_priors import ZeroSum
from talentstats.destinations.shares import DestinationShares, destination_shares
from talentstats.destinations.shares_posterior import SharesPosterior
from talentstats.errors import InputError, UnknownNameError
from talentstats.published.benchmark import benchmark
from talentstats.results.columns import ESTIMATE_COLUMNS, KEY_COLUMNS
from talentstats.results.protocol import Result
from talentstats.results.provenance import Provenance
from talentstats.retention.change import BenchmarkChange, benchmark_change
from talentstats.retention.compare import BenchmarkComparison, compare_with_benchmark
from talentstats.retention.comparisons import BenchmarkComparisons, compare_with_benchmarks
from talentstats.retention.compatibility import CompatibilityCurve, compatibility_curve
from talentstats.retention.coverage import IntervalCoverage, interval_coverage
from talentstats.retention.difference import RetentionDifference, retention_difference
from talentstats.retention.estimate import RetentionEstimate, retention
from talentstats.retention.groups import RetentionByGroup, retention_by_group
from talentstats.retention.historical_prior import HistoricalPrior, historical_prior
from talentstats.retention.posterior import retention_posterior
from talentstats.retention.posterior_difference import PosteriorDifference
from talentstats.retention.posterior_result import RetentionPosterior
from talentstats.retention.power import PowerAnalysis, retention_power
from talentstats.retention.power_prior import PowerPriorPosterior, power_prior
from talentstats.retention.specification import SpecificationCurve, specification_curve
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.counts import DestinationCounts, RetentionCounts
from talentstats.summaries.destination_cells import DestinationCells
from talentstats.summaries.spells import Spells
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

COUNTS = RetentionCounts(87, 100, 4)
SPELLS = Spells.from_arrays(
    entry=[0, 0, 0, 1, 0, 1, 0, 2] * 8,
    exit=[1, 2, 3, 4, 5, 5, 6, 6] * 8,
    event=["China", None, "China", "other", None, None, "other", None] * 8,
    covariates={"sector": ["a", "b"] * 32, "stage": ["x", "y", "y", "x"] * 16},
)
TOGETHER = replace(SPELLS, entry=np.zeros(len(SPELLS)))
CELLS = RiskCells.from_spells(SPELLS)
FIGURES = [benchmark(0.90, horizon=5), benchmark("sei2020-china-10yr")]

# One way to make each; several where a class has more than one face.


def drawn_from_the_prior(problem, sampling, *, listen=None):
    """Stand in for a sampler, which would have to be compiled."""
    shape = (4, 100)
    drawn = prior_draws(problem, draws=400, seed=1)
    return Sampled(
        draws={name: x.reshape(*shape, *x.shape[2:]) for name, x in drawn.items()},
        divergent=np.zeros(shape, dtype=bool),
        energy=np.random.default_rng(1).normal(size=shape),
        depth=np.ones(shape, dtype=int),
        sampler="none",
    )


def destination_fit(**options):
    table = pd.DataFrame(
        {
            "sector": ["academia", "industry", "industry"],
            "phd": [0, 1, 2],
            "US": [30, 20, 7],
            "CN": [4, 2, 0],
            "other": [1, 0, 0],
            "unknown": [0, 3, 0],
        }
    )
    cells = DestinationCells.from_frame(
        table, destinations=["US", "CN", "other"], by=["sector", "phd"], unknown="unknown"
    )
    with mock.patch("talentstats.destinations.model.sample", drawn_from_the_prior):
        return destination_model(cells, vary=["sector"], fixed=["phd"], **options)


def hazard_fit(**options):
    spells = Spells.from_arrays(
        exit=[2, 2, 1, 3, 3],
        event=["CN", 0, 0, "other", "CN"],
        covariates={"sector": list("aabba")},
    )
    cells = RiskCells.from_spells(spells)
    with mock.patch("talentstats.survival.bayes_hazard_model.sample", drawn_from_the_prior):
        return bayes_hazard_model(cells, vary=["sector"], **options)


def prior_sensitivity_of():
    with mock.patch("talentstats.bayes.prior_sensitivity.sample", drawn_from_the_prior):
        return destination_fit().prior_sensitivity()


def posterior_fit():
    fit = destination_fit()
    names = [field.name for field in dataclasses.fields(PosteriorFit)]
    return PosteriorFit(**{name: getattr(fit, name) for name in names})


CARNEGIE = DestinationCounts({"US": 87, "CN": 10, "other": 3})
STUDIES = (("first", RetentionCounts(88, 100)), ("second", RetentionCounts(40, 50)))

EXAMPLES = {
    SharesPosterior: [
        lambda: destination_posterior(CARNEGIE),
        lambda: destination_posterior(CARNEGIE, prior=ZeroSum(2.0)),
        lambda: destination_posterior(
            DestinationCounts({"US": 80, "CN": 9, "other": 3}, unknown=8),
            prior={"US": 1, "CN": 2, "other": 1},
        ).with_unknown(found={"US": (95, 5), "CN": (6, 4), "other": (6, 4)}),
        lambda: destination_posterior(
            DestinationCounts({"US": 87, "CN": 13}),
            misclassification={"US": (95, 5), "CN": (45, 5)},
        ),
        lambda: destination_posterior(
            CARNEGIE,
            misclassification={
                "US": {"US": 0.9, "CN": 0.1, "other": 0},
                "CN": {"US": 0.1, "CN": 0.9, "other": 0},
                "other": {"US": 0.1, "CN": 0.1, "other": 0.8},
            },
        ),
    ],
    PosteriorFit: [posterior_fit],
    PriorSensitivity: [prior_sensitivity_of],
    PriorTable: [
        lambda: HazardPrior().table(("China", "elsewhere")),
        lambda: prior_table(
            prior=destination_fit().problem.prior,
            contrasts=destination_fit().problem.contrasts,
            outcomes=("US", "CN", "other"),
            link="softmax",
            terms=("sector",),
        ),
    ],
    DestinationPosterior: [
        destination_fit,
        lambda: destination_fit(unknown={"US": (95, 5), "CN": (6, 4), "other": (6, 4)}),
    ],
    HazardPosterior: [
        hazard_fit,
        lambda: hazard_fit(link="cloglog", destinations="any", duration="steps"),
    ],
    HistoricalPrior: [
        lambda: historical_prior(STUDIES, horizon=6),
        lambda: historical_prior(STUDIES[:1], horizon=6, robust=0.2),
    ],
    RetentionPosterior: [
        lambda: retention_posterior(RetentionCounts(87, 100)),
        lambda: retention_posterior(RetentionCounts(0, 3), prior=(2, 1)),
    ],
    PosteriorDifference: [
        lambda: retention_posterior(RetentionCounts(45, 50)).difference(
            retention_posterior(RetentionCounts(30, 40))
        )
    ],
    PowerPriorPosterior: [
        lambda: power_prior(RetentionCounts(80, 100), RetentionCounts(27, 30)),
        lambda: power_prior(RetentionCounts(80, 100), RetentionCounts(27, 30), weight="normalised"),
    ],
    SharePriorSensitivity: [lambda: share_prior_sensitivity(CARNEGIE, reference="US")],
    RetentionEstimate: [
        lambda: retention(COUNTS, method="all"),
        lambda: retention(COUNTS, method=["wilson", "beta"], side="lower", design_effect=1.5),
    ],
    BenchmarkComparison: [
        lambda: compare_with_benchmark(COUNTS, 0.90, prior=(9, 1)),
        lambda: compare_with_benchmark(COUNTS, benchmark(0.90, n=412)),
        lambda: compare_with_benchmark(COUNTS, benchmark(0.90, std_error=0.02)),
    ],
    BenchmarkComparisons: [
        lambda: compare_with_benchmarks(COUNTS, FIGURES, horizon=6),
        lambda: compare_with_benchmarks(COUNTS, [0.9, benchmark(0.94, n=50), "cset2019-ai-5yr"]),
    ],
    BenchmarkChange: [lambda: benchmark_change("sei2020-china-10yr", "sei2024-china-10yr")],
    PowerAnalysis: [lambda: retention_power(100, 0.90, alternative=0.85)],
    IntervalCoverage: [
        lambda: interval_coverage(10, methods=["wilson", "blaker"], rates=[0.5, 0.9])
    ],
    CompatibilityCurve: [lambda: compatibility_curve(COUNTS, FIGURES)],
    SpecificationCurve: [
        lambda: specification_curve(COUNTS, FIGURES, horizon=6, unknowns=(0, 4)),
        lambda: specification_curve(COUNTS, FIGURES, horizon=6).where(test="central"),
        lambda: specification_curve(COUNTS, [benchmark("cset2019-ai-5yr")]),
    ],
    RetentionDifference: [
        lambda: retention_difference(COUNTS, RetentionCounts(45, 60)),
        lambda: retention_difference(RetentionCounts(10, 10), RetentionCounts(0, 8)),
    ],
    RetentionByGroup: [
        lambda: retention_by_group({"a": COUNTS, "b": RetentionCounts(45, 60)}),
    ],
    DestinationShares: [
        lambda: destination_shares(DestinationCounts({"US": 87, "CN": 10, "other": 3})),
        lambda: destination_shares(
            DestinationCounts({"CN": 10, "other": 3}), shares={"CN": 0.67, "other": 0.33}
        ),
    ],
    SurvivalCurve: [
        lambda: survival_curve(SPELLS, by="sector"),
        lambda: survival_curve(SPELLS, interval="log").given(2),
        lambda: survival_curve(
            Spells.from_arrays(lower=[0, 1, 0, 2, 3], upper=[2, 4, 3, None, None])
        ),
    ],
    CumulativeIncidence: [lambda: cumulative_incidence(SPELLS, by="sector")],
    IncidenceDifference: [
        lambda: cumulative_incidence(SPELLS, by="sector").difference(
            "a", "b", horizon=5, destination="China"
        )
    ],
    HazardRates: [
        lambda: hazard_rates(CELLS, by="sector"),
        lambda: hazard_rates(CELLS, by=["sector", "duration"], interval="mid-p"),
    ],
    RateRatios: [lambda: hazard_rates(CELLS, by="sector").ratios()],
    LogRankTest: [
        lambda: log_rank_test(SPELLS, by="sector", strata="stage"),
        lambda: log_rank_test(SPELLS, by="stage", rho=1.0),
    ],
    GrayTestResult: [lambda: gray_test(TOGETHER, by="sector")],
    HazardModel: [
        lambda: hazard_model(CELLS, "~ sector + stage", duration="linear"),
        lambda: hazard_model(CELLS, "~ sector", destinations="cause-specific", penalty="firth"),
        lambda: hazard_model(
            CELLS, "~ sector", link="logit", destinations="multinomial", duration="constant"
        ),
    ],
    HazardPrediction: [
        lambda: hazard_model(CELLS, "~ sector", destinations="cause-specific").predict(
            {"sector": "a"}, horizon=5
        )
    ],
    HazardContrast: [
        lambda: hazard_model(CELLS, "~ sector").contrast({"sector": ("a", "b")}, horizon=5)
    ],
    CoxModel: [
        lambda: cox_model(SPELLS, "~ sector", strata="stage"),
        lambda: cox_model(SPELLS, "~ sector + stage", penalty="firth"),
    ],
    CoxPrediction: [lambda: cox_model(SPELLS, "~ sector").predict({"sector": "a"}, times=[2, 5])],
    PHTest: [lambda: cox_model(SPELLS, "~ sector + stage").ph_test()],
    ReferenceComparison: [
        lambda: compare_with_reference(
            Spells.from_arrays(lower=[0, 6], upper=[6, None], count=[13, 87]),
            [benchmark(0.90, horizon=5), "sei2020-china-10yr"],
        ),
        lambda: compare_with_reference(SPELLS, benchmark(0.90, horizon=5), horizon=4),
    ],
    CrudeAndAdjusted: [lambda: crude_and_adjusted(CELLS, ["sector", "stage"])],
}
# Ends that are no confidence limits and so do not move with the level.
FIXED_ENDS = {"rounding"}
PLAIN = (str, int, float, bool, type(None))

CASES = [
    pytest.param(make, id=f"{cls.__name__}-{i}")
    for cls, makers in EXAMPLES.items()
    for i, make in enumerate(makers)
]
every_example = pytest.mark.parametrize("make", CASES)


def result_classes():
    """Every public dataclass of the package with the members of a result."""
    found = set()
    for module in pkgutil.walk_packages(talentstats.__path__, "talentstats."):
        for _, one in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if (
                one.__module__.startswith("talentstats.")
                and not one.__name__.startswith("_")
                and dataclasses.is_dataclass(one)
                and all(hasattr(one, name) for name in ("tidy", "glance", "provenance"))
            ):
                found.add(one)
    return found


def contents(value, path=""):
    """Everything inside a value, flattened to comparable leaves."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from contents(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from contents(item, f"{path}[{key!r}]")
    elif isinstance(value, tuple | list | range):
        yield path, (type(value), len(value))
        for i, item in enumerate(value):
            yield from contents(item, f"{path}[{i}]")
    else:
        yield path, value


def snapshot(value):
    return {
        path: leaf.tobytes() if isinstance(leaf, np.ndarray) else repr(leaf)
        for path, leaf in contents(value)
    }


def is_plain(value):
    if isinstance(value, Mapping):
        return all(isinstance(k, str) and is_plain(v) for k, v in value.items())
    if isinstance(value, tuple):
        return all(is_plain(v) for v in value)
    # Not a subclass such as numpy.float64, which prints and serialises in its own way.
    return type(value) in PLAIN


def test_every_result_class_has_an_example():
    assert result_classes() == set(EXAMPLES)


@pytest.mark.parametrize("cls", EXAMPLES)
def test_classes_are_frozen_slotted_keyword_only_and_compared_by_identity(cls):
    parameters = cls.__dataclass_params__
    assert parameters.frozen
    assert not parameters.eq
    assert all(field.kw_only for field in dataclasses.fields(cls))
    slots = {name for base in cls.__mro__ for name in getattr(base, "__slots__", ())}
    assert slots == {field.name for field in dataclasses.fields(cls)}
    assert cls.__hash__ is object.__hash__
    assert cls.__doc__
    for method in ("tidy", "glance"):
        assert inspect.getdoc(getattr(cls, method))


@every_example
def test_a_result_cannot_be_changed(make):
    result = make()
    assert isinstance(result, Result)
    assert not hasattr(result, "__dict__")
    for field in dataclasses.fields(result):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(result, field.name, None)
    with pytest.raises((dataclasses.FrozenInstanceError, AttributeError, TypeError)):
        result.a_new_name = 1
    assert result == result
    assert result != make()


@every_example
def test_a_result_survives_a_process_pool(make):
    result = make()
    assert snapshot(pickle.loads(pickle.dumps(result))) == snapshot(result)
    assert snapshot(copy.deepcopy(result)) == snapshot(result)


@every_example
def test_everything_inside_is_read_only(make):
    for path, leaf in contents(make()):
        if isinstance(leaf, np.ndarray):
            assert not leaf.flags.writeable, path
        assert not isinstance(leaf, list | dict | set | bytearray | pd.DataFrame), path
        if isinstance(leaf, tuple):
            assert leaf[0] is not list, f"{path} is a list"


@every_example
def test_tidy_keeps_the_vocabulary_in_order(make):
    frame = make().tidy()
    columns = list(frame.columns)
    keys = [name for name in KEY_COLUMNS if name in columns]
    always = list(ESTIMATE_COLUMNS)
    assert columns[: len(keys) + len(always)] == [*keys, *always]
    assert len(set(columns)) == len(columns)
    assert list(frame.index) == list(range(len(frame)))
    for name in always:
        if name not in {"term", "interval"}:
            assert frame[name].dtype == np.float64, name
    if len(frame):
        assert frame["term"].map(type).eq(str).all()
        assert not frame.duplicated().any()


@every_example
def test_tidy_recomputes_for_its_level_and_intervals_nest(make):
    result = make()
    narrow, wide = result.tidy(level=0.90), result.tidy(level=0.95)
    assert len(narrow) == len(wide)
    for frame, level in ((narrow, 0.90), (wide, 0.95)):
        assert frame["conf_level"].dropna().isin([level]).all()
        given = frame[frame["conf_low"].notna()]
        assert (given["conf_level"] == level).all()
        assert (given["conf_low"] <= given["conf_high"]).all()
        assert given["interval"].map(type).eq(str).all()
    moves = wide["conf_low"].notna() & ~wide["interval"].isin(FIXED_ENDS)
    inner, outer = narrow[moves], wide[moves]
    assert (outer["conf_low"] <= inner["conf_low"]).all()
    assert (outer["conf_high"] >= inner["conf_high"]).all()
    if moves.any():
        width = inner["conf_high"] - inner["conf_low"]
        moved = (outer["conf_high"] - outer["conf_low"] > width) | ~np.isfinite(width)
        assert moved.all()
    pd.testing.assert_frame_equal(result.tidy(), wide)


@every_example
def test_looking_changes_nothing_and_gives_the_same_again(make):
    result = make()
    before = snapshot(result)
    first, glanced = result.tidy(level=0.8), result.glance()
    first[["estimate", "p_value"]] = 0.0
    pd.testing.assert_frame_equal(result.tidy(level=0.8), make().tidy(level=0.8))
    pd.testing.assert_frame_equal(result.glance(), glanced)
    assert snapshot(result) == before


@every_example
def test_glance_is_exactly_one_row(make):
    frame = make().glance()
    assert frame.shape[0] == 1
    assert len(set(frame.columns)) == len(frame.columns)


@every_example
@pytest.mark.parametrize("level", [0, 1, -0.1, 95, math.nan, "0.95", None])
def test_a_level_that_is_none_is_refused(make, level):
    with pytest.raises(InputError, match="level="):
        make().tidy(level=level)


@every_example
def test_level_is_given_by_name_only(make):
    with pytest.raises((TypeError, UnknownNameError)):
        make().tidy(0.9)


@every_example
def test_provenance_says_what_was_called(make):
    made = make().provenance
    assert isinstance(made, Provenance)
    assert made.version == talentstats.__version__
    assert made.function
    assert made.method
    with pytest.raises(TypeError):
        made.arguments["level"] = 0.5
    for name, value in made.arguments.items():
        assert is_plain(value), f"{name}={value!r}"
    assert all(isinstance(source, str) for source in made.sources)
