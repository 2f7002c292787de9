"""Which 90% decides? Every defensible combination of choices, one row each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Final

from talentstats import checks
from talentstats.errors import InputError, UnknownNameError
from talentstats.published.benchmark import Benchmark
from talentstats.published.hazards import (
    Hazard,
    PiecewiseHazard,
    PublishedCurve,
    Tenure,
    Weibull,
)
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.retention import choices
from talentstats.retention.choices import Specification
from talentstats.retention.design import checked_design_effect
from talentstats.retention.equivalence import checked_margin
from talentstats.retention.left_out import LeftOut, left_out_frame
from talentstats.retention.power import benchmark_sources, checked_benchmark
from talentstats.retention.verdict import DEFAULT_MARGIN, rejects
from talentstats.summaries.counts import RetentionCounts, checked_counts

if TYPE_CHECKING:
    import pandas as pd

_EXTRA_COLUMNS: Final = (
    "benchmark_id",
    "benchmark",
    "benchmark_rate",
    "alignment",
    "test",
    "unknowns",
    "design_effect",
    "verdict",
)
OVERLAP_NOTE: Final = (
    "Descriptive: the benchmarks overlap in people and instruments, and no joint test is claimed."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpecificationCurve:
    """Verdicts over all combinations of choices; made by `specification_curve`.

    Parameters
    ----------
    counts : RetentionCounts
        The study.
    horizon : float or None
        Years over which the study followed people.
    level, margin : float
        Of every verdict.
    specifications : tuple of Specification
        One a combination.
    left_out : tuple of LeftOut
        Combinations that could not be compared, with the reason.
    provenance : Provenance
        What made this result.
    """

    counts: RetentionCounts
    horizon: float | None
    level: float
    margin: float
    specifications: tuple[Specification, ...]
    left_out: tuple[LeftOut, ...]
    provenance: Provenance

    @property
    def verdicts(self) -> dict[str, int]:
        """How many specifications give each verdict, most common first."""
        names = [s.verdict for s in self.specifications]
        return dict(
            sorted(((v, names.count(v)) for v in dict.fromkeys(names)), key=lambda item: -item[1])
        )

    @property
    def parting(self) -> tuple[Specification, ...]:
        """Minimum-likelihood specifications on the other side of 1 - level than the central test.

        The two exact tests part there: which one is used must be chosen before looking.
        """
        central = {s.choice: s.p_value for s in self.specifications if s.test == "central"}
        return tuple(
            s
            for s in self.specifications
            if s.test == "minlike"
            and s.choice in central
            and rejects(s.p_value, level=self.level) != rejects(central[s.choice], level=self.level)
        )

    @property
    def sentence(self) -> str:
        """What the choices do to the verdict, in sentences."""
        if not self.specifications:
            return "No combination could be compared; see `left_out`."
        total = len(self.specifications)
        p = [s.p_value for s in self.specifications]
        listed = "; ".join(f"{name}: {n}" for name, n in self.verdicts.items())
        text = f"{total} specifications, p from {min(p):.2g} to {max(p):.2g}; verdicts: {listed}."
        drivers = self.drivers()
        if len(self.verdicts) > 1:
            text += f" The choice that moves the verdict most is the {drivers[0][0]}."
        if self.parting:
            labels = dict.fromkeys(f"{s.benchmark_label}" for s in self.parting)
            text += (
                " The two exact tests (central and minimum-likelihood) fall on different sides of "
                f"{1 - self.level:.2g} for {'; '.join(labels)}: choose the test before looking."
            )
        if not self.counts.is_exact:
            text += (
                f" {self.counts.as_printed} is printed by {self.counts.retained_low} to "
                f"{self.counts.retained_high} of {self.counts.total}; the rows use "
                f"{self.counts.retained}."
            )
        return f"{text} {OVERLAP_NOTE}"

    def where(
        self,
        *,
        alignment: str | None = None,
        test: str | None = None,
        unknowns: str | None = None,
        design_effect: float | None = None,
    ) -> "SpecificationCurve":
        """Return the curve of the rows in which these choices were made.

        Parameters
        ----------
        alignment, test, unknowns : str or None
            As they stand in the rows, such as "constant hazard", "central", "none"; None
            keeps all.
        design_effect : float or None
            The same for the design effect.

        Returns
        -------
        SpecificationCurve
            Those rows; what was left out stays that of the whole curve.

        Raises
        ------
        UnknownNameError
            If no row has such a choice.
        """
        named = {
            "alignment": alignment,
            "test": test,
            "unknowns": unknowns,
            "design_effect": design_effect,
        }
        asked = {name: choice for name, choice in named.items() if choice is not None}
        for name, choice in asked.items():
            made = dict.fromkeys(getattr(s, name) for s in self.specifications)
            if choice not in made:
                raise UnknownNameError(
                    f"no specification has {name}={choice!r}. There are: "
                    f"{', '.join(map(repr, made))}."
                )
        made_of = self.provenance
        return replace(
            self,
            specifications=tuple(
                s
                for s in self.specifications
                if all(getattr(s, name) == choice for name, choice in asked.items())
            ),
            provenance=replace(
                made_of,
                arguments={
                    **made_of.arguments,
                    "where": {**made_of.arguments.get("where", {}), **asked},
                },
            ),
        )

    def drivers(self) -> tuple[tuple[str, float], ...]:
        """Rank the choices by how much of the verdict each one settles.

        Returns
        -------
        tuple of (str, float)
            Choice and the share of disagreement between specifications that goes
            away when it is held fixed, largest first. Disagreement is the chance
            that two specifications drawn at random give different verdicts.
        """
        return choices.ranked(self.specifications)

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return one row a specification.

        Parameters
        ----------
        level : float
            Level of intervals and verdicts, recomputed.

        Returns
        -------
        pandas.DataFrame
            `term` is "difference" (observed less benchmark); then the choices
            `benchmark_id, benchmark, benchmark_rate, alignment, test, unknowns,
            design_effect`, then `verdict`.
        """
        checked = checks.level(level)
        rows = [
            choices.evaluate(s, level=checked, margin=self.margin) if checked != self.level else s
            for s in self.specifications
        ]
        frame = tidy_frame(
            [
                {
                    "term": "difference",
                    "estimate": s.difference,
                    "p_value": s.p_value,
                    "conf_low": s.low,
                    "conf_high": s.high,
                    "conf_level": checked,
                    "interval": s.interval,
                    "benchmark_id": s.benchmark,
                    "benchmark": s.benchmark_label,
                    "benchmark_rate": s.rate,
                    "alignment": s.alignment,
                    "test": s.test,
                    "unknowns": s.unknowns,
                    "design_effect": s.design_effect,
                    "verdict": s.verdict,
                }
                for s in rows
            ]
        )
        # Without a row no extra column would be there to sort or to read.
        missing = [name for name in _EXTRA_COLUMNS if name not in frame.columns]
        return frame.reindex(columns=[*frame.columns, *missing]) if missing else frame

    def glance(self) -> "pd.DataFrame":
        """Return one row: how many specifications, range of p, verdicts, what drives them.

        Returns
        -------
        pandas.DataFrame
            One row.
        """
        p = [s.p_value for s in self.specifications] or [float("nan")]
        return glance_frame(
            {
                "retained": self.counts.retained,
                "total": self.counts.total,
                "specifications": len(self.specifications),
                "left_out": len(self.left_out),
                "p_low": min(p),
                "p_high": max(p),
                "verdicts": len(self.verdicts),
                "most_common": next(iter(self.verdicts), ""),
                "driver": self.drivers()[0][0],
                "tests_part": len(self.parting),
            }
        )

    def left_out_frame(self) -> "pd.DataFrame":
        """Return the combinations that could not be compared.

        Returns
        -------
        pandas.DataFrame
            Columns `benchmark, choice, reason`.
        """
        return left_out_frame(self.left_out)


def specification_curve(
    counts: RetentionCounts,
    benchmarks: Iterable[Benchmark] | Benchmark,
    *,
    horizon: float | None = None,
    alignments: Sequence[Hazard] | Hazard = ("constant",),
    tenure: Tenure | None = None,
    tests: Sequence[str] | str = ("central", "minlike"),
    unknowns: Sequence[int] | int = (0,),
    design_effects: Sequence[float] | float = (1.0,),
    level: float = 0.95,
    margin: float = DEFAULT_MARGIN,
) -> SpecificationCurve:
    """Compare a stay rate with every benchmark under every defensible choice.

    Assumptions: each row makes its own, named in it; every benchmark is treated as a
    constant. The rows are not independent and no joint test is claimed.

    Parameters
    ----------
    counts : RetentionCounts
        The study.
    benchmarks : Iterable of Benchmark, or one
        Published rates. Those that are bounds only, or have no single horizon while
        `horizon` is given, are left out with the reason.
    horizon : float or None
        Years over which the study followed people; None compares as published.
    alignments : Sequence of "constant", Weibull, PublishedCurve or PiecewiseHazard
        Hazards under which benchmarks are moved to `horizon`.
    tenure : float, TenureDistribution, TenureRange or None
        Years already stayed by the people of the study; needed by every hazard but the
        constant one. A range gives two rows, at its least and at its largest rate.
    tests : Sequence of str
        Of "central", "minlike", "mid_p", "score", "likelihood".
    unknowns : Sequence of int
        Numbers of people of unknown status to allow for; each above 0 gives two
        rows, all left and all stayed.
    design_effects : Sequence of float
        Variances relative to simple random sampling; counts are divided by them.
        The minimum-likelihood and mid-P tests have no such form and are left out.
    level, margin : float
        Of every verdict; the margin is a share.

    Returns
    -------
    SpecificationCurve
        One row a combination, what was left out, what drives the verdict.

    Raises
    ------
    InputError
        If a list is empty or a number is outside its range.
    UnknownNameError
        If there is no such test.

    References
    ----------
    Simonsohn, Simmons and Nelson (2020), Nature Human Behaviour 4:1208-1214,
    doi:10.1038/s41562-020-0912-z. Korn and Graubard (1998), Survey Methodology
    24:193-201.

    Examples
    --------
    >>> from talentstats.published.benchmark import benchmark
    >>> curve = specification_curve(
    ...     RetentionCounts(87, 100),
    ...     [benchmark(0.90, horizon=5), benchmark(0.90, horizon=10)],
    ...     horizon=6,
    ... )
    >>> [(round(s.rate, 3), s.test, round(s.p_value, 4)) for s in curve.specifications]
    [(0.881, 'central', 0.8177), (0.881, 'minlike', 0.7563),
     (0.939, 'central', 0.0163), (0.939, 'minlike', 0.0099)]
    """
    checked_counts(counts)
    checked = checks.level(level)
    half = checks.finite_number(margin, name="margin", above=0, below=1)
    # One choice need not be wrapped in a list; a text must not be taken apart into letters.
    figures = (benchmarks,) if isinstance(benchmarks, Benchmark) else tuple(benchmarks)
    tests = (tests,) if isinstance(tests, str) else tuple(tests)
    hazards: tuple[Hazard | str, ...] = (
        (alignments,)
        if isinstance(alignments, str | Weibull | PublishedCurve | PiecewiseHazard)
        else tuple(alignments)
    )
    unknowns = (unknowns,) if isinstance(unknowns, int) else tuple(unknowns)
    design_effects = (
        (design_effects,) if isinstance(design_effects, int | float) else tuple(design_effects)
    )
    for name, given in (
        ("benchmarks", figures),
        ("alignments", hazards),
        ("tests", tests),
        ("unknowns", unknowns),
        ("design_effects", design_effects),
    ):
        if not given:
            raise InputError(f"{name} is empty; give at least one choice.")
    for figure in figures:
        checked_benchmark(figure)
    names = [checks.one_of(t, choices.TESTS, name="test") for t in tests]
    people = [checks.whole_number(u, name="unknowns") for u in unknowns]
    effects = [checked_design_effect(d) for d in design_effects]
    if horizon is not None:
        horizon = checks.finite_number(horizon, name="horizon", above=0)
    done: list[Specification] = []
    left_out: list[LeftOut] = []
    if horizon is None:
        hazards = ("as published",)
    for figure, hazard in product(figures, hazards):
        try:
            rates = choices.aligned_rates(figure, horizon=horizon, hazard=hazard, tenure=tenure)
        except UnknownNameError:
            raise
        except InputError as error:
            label = "as published" if horizon is None else choices.hazard_label(hazard)
            left_out.append(LeftOut(benchmark=figure.id, choice=label, reason=str(error)))
            continue
        for rate in rates:
            checked_margin(half, rate=rate.rate)
        for rate, test, unknown, effect in product(
            rates, names, choices.unknown_splits(people), effects
        ):
            if effect != 1 and test in choices.WHOLE_COUNTS:
                left_out.append(
                    LeftOut(
                        benchmark=figure.id,
                        choice=f"{test}, design effect {effect:g}",
                        reason="this test is defined for whole counts only",
                    )
                )
                continue
            done.append(
                choices.specification(
                    counts,
                    figure,
                    rate,
                    test=test,
                    unknown=unknown,
                    design_effect=effect,
                    level=checked,
                    margin=half,
                )
            )
    return SpecificationCurve(
        counts=counts,
        horizon=horizon,
        level=checked,
        margin=half,
        specifications=tuple(done),
        left_out=tuple(left_out),
        provenance=Provenance(
            function="specification_curve",
            arguments={
                "retained": counts.retained,
                "total": counts.total,
                "benchmarks": tuple(b.id for b in figures),
                "horizon": horizon,
                "alignments": tuple(choices.hazard_label(h) for h in hazards),
                "tests": tuple(names),
                "unknowns": tuple(people),
                "design_effects": tuple(effects),
                "level": checked,
                "margin": half,
            },
            method="specification curve",
            sources=tuple(dict.fromkeys(s for b in figures for s in benchmark_sources(b))),
        ),
    )
