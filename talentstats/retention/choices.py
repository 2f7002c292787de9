"""One specification: a benchmark, an alignment, a test, what the unknown did, a design effect."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, cast, get_args

from talentstats.errors import InputError
from talentstats.published.benchmark import Benchmark
from talentstats.published.hazards import Hazard, Tenure
from talentstats.retention.equivalence import equivalence_region
from talentstats.retention.verdict import decide
from talentstats.stats import binomial_tests as kernels
from talentstats.stats import intervals, intervals_search
from talentstats.stats.equivalence import exact_equivalence
from talentstats.stats.limits import Limits
from talentstats.summaries.counts import RetentionCounts

SpecificationTest = Literal["central", "minlike", "mid_p", "score", "likelihood"]
TESTS: Final[tuple[str, ...]] = get_args(SpecificationTest)
# These add up probabilities of whole outcomes, so they have no form for counts that
# were divided by a design effect.
WHOLE_COUNTS: Final = frozenset({"minlike", "mid_p"})

CHOICES: Final = {
    "benchmark": "benchmark",
    "alignment": "alignment",
    "test": "test",
    "unknowns": "people of unknown status",
    "design_effect": "design effect",
}

_TESTS: Final[dict[str, Callable[..., kernels.PValues]]] = {
    "central": kernels.exact_central,
    "minlike": kernels.exact_minlike,
    "mid_p": kernels.mid_p_test,
    "score": kernels.score_test,
    "likelihood": kernels.likelihood_ratio_test,
}
# Each test is shown with the interval that inverts it.
_INTERVALS: Final[dict[str, tuple[str, Callable[..., Limits]]]] = {
    "central": ("clopper-pearson", partial(intervals.clopper_pearson, side="two-sided")),
    "minlike": ("minlike", intervals_search.minlike_interval),
    "mid_p": ("mid-p", partial(intervals_search.mid_p, side="two-sided")),
    "score": ("wilson", partial(intervals.wilson, side="two-sided")),
    "likelihood": ("likelihood", partial(intervals_search.likelihood, side="two-sided")),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AlignedRate:
    """A benchmark's rate under one alignment.

    Parameters
    ----------
    rate : float
        As used.
    alignment : str
        The assumption, for a table.
    """

    rate: float
    alignment: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Specification:
    """One combination of choices and its verdict.

    Parameters
    ----------
    benchmark, benchmark_label : str
        Id and name.
    rate : float
        Benchmark as aligned.
    alignment, test, unknowns : str
        The choices in words.
    design_effect : float
        Variance relative to simple random sampling.
    retained, total : int
        Counts after the choice about the unknown, before the design effect.
    difference, low, high : float
        Observed less benchmark, with the interval that belongs to the test.
    interval : str
        Method of the interval.
    p_value, p_equivalence : float
        Two-sided, and of equivalence within the margin.
    verdict : str
        One of `VERDICTS`.
    """

    benchmark: str
    benchmark_label: str
    rate: float
    alignment: str
    test: str
    unknowns: str
    design_effect: float
    retained: int
    total: int
    difference: float
    low: float
    high: float
    interval: str
    p_value: float
    p_equivalence: float
    verdict: str

    @property
    def choice(self) -> tuple[str, str, float, str, float]:
        """Everything that was chosen but the test."""
        return (self.benchmark, self.alignment, self.rate, self.unknowns, self.design_effect)


def aligned_rates(
    figure: Benchmark,
    *,
    horizon: float | None,
    hazard: Hazard | str,
    tenure: Tenure | None,
) -> tuple[AlignedRate, ...]:
    """Return the rate of a benchmark at a horizon; both ends where tenure is a range.

    Parameters
    ----------
    figure : Benchmark
        As published.
    horizon : float or None
        Years to move it to; None leaves it as published.
    hazard : Hazard or str
        Assumption of the move.
    tenure : Tenure or None
        Years already stayed.

    Returns
    -------
    tuple of AlignedRate
        One or two.

    Raises
    ------
    InputError
        If the figure is a bound only or cannot be moved.
    """
    if horizon is None:
        return (AlignedRate(rate=figure.required_rate(), alignment="as published"),)
    figure.required_rate()
    if figure.alignment is not None and figure.horizon == horizon:
        return (AlignedRate(rate=figure.required_rate(), alignment=figure.alignment.hazard),)
    # With a horizon the caller's hazards are all of that type; "as published" comes without one.
    moved = figure.at_horizon(horizon, hazard=cast(Hazard, hazard), tenure=tenure)
    label = hazard_label(hazard)
    used = (moved.rate_low, moved.rate_high) if moved.rate is None else (moved.rate,)
    if not all(0 < rate < 1 for rate in used):
        raise InputError(
            f"{figure.id!r} at {horizon:g} years would be {used[0]:g}; allowed is a rate in (0, 1)."
        )
    if moved.rate is not None:
        return (AlignedRate(rate=moved.rate, alignment=label),)
    return (
        AlignedRate(rate=moved.rate_low, alignment=f"{label}, tenure that gives least"),
        AlignedRate(rate=moved.rate_high, alignment=f"{label}, tenure that gives most"),
    )


def hazard_label(hazard: Hazard | str) -> str:
    """Return the name of an alignment.

    Parameters
    ----------
    hazard : Hazard or str
        The assumption.

    Returns
    -------
    str
        Such as "constant hazard".
    """
    if isinstance(hazard, str):
        return "constant hazard" if hazard == "constant" else hazard
    return hazard.label.removeprefix("a ").removeprefix("the ")


def unknown_splits(unknowns: Sequence[int]) -> tuple[tuple[int, int, str], ...]:
    """Return the extremes of what people of unknown status may have done.

    Parameters
    ----------
    unknowns : Sequence of int
        Numbers of people.

    Returns
    -------
    tuple of (int, int, str)
        Stayed, left, and the words for it.
    """
    splits: list[tuple[int, int, str]] = []
    for people in unknowns:
        if people == 0:
            splits.append((0, 0, "none"))
        else:
            splits.append((0, people, f"{people}, all left"))
            splits.append((people, 0, f"{people}, all stayed"))
    return tuple(splits)


def specification(
    counts: RetentionCounts,
    figure: Benchmark,
    rate: AlignedRate,
    *,
    test: str,
    unknown: tuple[int, int, str],
    design_effect: float,
    level: float,
    margin: float,
) -> Specification:
    """Evaluate one combination of choices.

    Parameters
    ----------
    counts : RetentionCounts
        The study.
    figure : Benchmark
        Where the rate comes from.
    rate : AlignedRate
        The rate as used.
    test : str
        One of `TESTS`.
    unknown : tuple of (int, int, str)
        Stayed, left, words.
    design_effect : float
        Counts are divided by it.
    level, margin : float
        Of the verdict.

    Returns
    -------
    Specification
        With interval, p-values and verdict.
    """
    stayed, left, words = unknown
    return _verdict_of(
        benchmark=figure.id,
        benchmark_label=figure.label,
        rate=rate.rate,
        alignment=rate.alignment,
        test=test,
        unknowns=words,
        design_effect=design_effect,
        retained=counts.retained + stayed,
        total=counts.total + stayed + left,
        level=level,
        margin=margin,
    )


def evaluate(old: Specification, *, level: float, margin: float) -> Specification:
    """Evaluate the same combination at another level.

    Parameters
    ----------
    old : Specification
        The combination.
    level, margin : float
        Of the new verdict.

    Returns
    -------
    Specification
        The combination with new interval and verdict.
    """
    return _verdict_of(
        benchmark=old.benchmark,
        benchmark_label=old.benchmark_label,
        rate=old.rate,
        alignment=old.alignment,
        test=old.test,
        unknowns=old.unknowns,
        design_effect=old.design_effect,
        retained=old.retained,
        total=old.total,
        level=level,
        margin=margin,
    )


def ranked(specifications: Sequence[Specification]) -> tuple[tuple[str, float], ...]:
    """Rank the choices by how much of the verdict each one settles.

    Parameters
    ----------
    specifications : Sequence of Specification
        Any number, none included.

    Returns
    -------
    tuple of (str, float)
        Choice and the share of disagreement that goes away when it is held fixed,
        largest first.
    """
    overall = _disagreement([s.verdict for s in specifications])
    found = []
    for name, words in CHOICES.items():
        groups: dict[object, list[str]] = {}
        for s in specifications:
            groups.setdefault(getattr(s, name), []).append(s.verdict)
        within = sum(len(g) * _disagreement(g) for g in groups.values())
        found.append((words, 1 - within / len(specifications) / overall if overall > 0 else 0.0))
    return tuple(sorted(found, key=lambda item: -item[1]))


def _disagreement(verdicts: Sequence[str]) -> float:
    """Chance that two drawn at random (with replacement) differ."""
    total = len(verdicts)
    return 1 - sum((n / total) ** 2 for n in Counter(verdicts).values()) if total else 0.0


def _verdict_of(
    *,
    benchmark: str,
    benchmark_label: str,
    rate: float,
    alignment: str,
    test: str,
    unknowns: str,
    design_effect: float,
    retained: int,
    total: int,
    level: float,
    margin: float,
) -> Specification:
    """Test, interval and verdict of one combination."""
    k, n = (
        (retained, total)
        if design_effect == 1
        else (retained / design_effect, total / design_effect)
    )
    difference = retained / total - rate
    p_value = float(_TESTS[test](k=k, n=n, rate=rate).two_sided)
    region = equivalence_region(rate, margin)
    p_equivalence = float(exact_equivalence(k=k, n=n, low=region[0], high=region[1]).p)
    interval, limits_of = _INTERVALS[test]
    limits = limits_of(k=k, n=n, level=level)
    return Specification(
        benchmark=benchmark,
        benchmark_label=benchmark_label,
        rate=rate,
        alignment=alignment,
        test=test,
        unknowns=unknowns,
        design_effect=design_effect,
        retained=retained,
        total=total,
        difference=difference,
        low=float(limits.lower) - rate,
        high=float(limits.upper) - rate,
        interval=interval,
        p_value=p_value,
        p_equivalence=p_equivalence,
        verdict=str(
            decide(p_value=p_value, p_equivalence=p_equivalence, difference=difference, level=level)
        ),
    )
