"""Whether people leave as a reference curve says: observed and expected leavers, retention."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeGuard

import numpy as np
from numpy.typing import ArrayLike

from talentstats import checks
from talentstats.errors import InputError, UnknownNameError
from talentstats.published.benchmark import Benchmark
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.summaries.account import RowAccount
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.spells import Spells
from talentstats.survival.curve import SurvivalCurve
from talentstats.survival.reference_curve import ReferenceCurve
from talentstats.survival.reference_retention import elapsed_retention
from talentstats.survival.reference_rows import ReferenceRow, reference_row
from talentstats.survival.reference_text import reference_notes, reference_sentence
from talentstats.survival.reference_watched import watched_cells, watched_spells

if TYPE_CHECKING:
    import pandas as pd

type Reference = (
    ReferenceCurve
    | Benchmark
    | str
    | SurvivalCurve
    | tuple[ArrayLike, ArrayLike]
    | Callable[[Any], ArrayLike]
)
# Five points, as in the comparison of rates.
_MARGIN: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReferenceComparison:
    """Leavers and retention against reference curves; made by `compare_with_reference`.

    Parameters
    ----------
    rows : tuple of ReferenceRow
        Of each reference two: with entry honoured, and ignored. Cells have only the first.
    left_out : tuple of (str, str)
        References that make no comparison, each with the reason.
    kind : str
        "exact times", "one look", "several looks" or "cells".
    clock : str
        What time is counted from.
    all_enter_at_start : bool
        Whether everybody enters at 0 on the clock of the reference: a stock would then be
        treated as a cohort.
    horizon : float
        Years after entry at which retention is compared.
    margin, level : float
        Of the verdicts; the margin is a share.
    account : RowAccount
        The rows used.
    provenance : Provenance
        What made this result.
    """

    rows: tuple[ReferenceRow, ...]
    left_out: tuple[tuple[str, str], ...]
    kind: str
    clock: str
    all_enter_at_start: bool
    horizon: float
    margin: float
    level: float
    account: RowAccount
    provenance: Provenance

    @property
    def honoured(self) -> tuple[ReferenceRow, ...]:
        """The rows in which entry is honoured, one a reference."""
        return tuple(row for row in self.rows if row.entry == "honoured")

    @property
    def ignored(self) -> tuple[ReferenceRow, ...]:
        """The rows in which entry is ignored, one a reference."""
        return tuple(row for row in self.rows if row.entry == "ignored")

    @property
    def sentence(self) -> str:
        """The finding."""
        return reference_sentence(
            self.honoured,
            self.ignored,
            at_start=self.all_enter_at_start,
            level=self.level,
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader has to know: clock, kind of numbers, what is taken as known."""
        return reference_notes(
            self.honoured, kind=self.kind, clock=self.clock, at_start=self.all_enter_at_start
        )

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return the ratio of leavers and the retention, by reference and treatment of entry.

        Parameters
        ----------
        level : float
            Level of the intervals, recomputed; verdicts keep their own.

        Returns
        -------
        pandas.DataFrame
            `group` is the reference; `term` "observed over expected" or "retention" (with
            `time`, the years after entry). Extra columns: `entry` ("honoured" or "ignored"),
            `assumption` behind the curve, `observed` and `expected` leavers, `reference_value`
            that the estimate is held against, `p_log_rank` (one-sample log-rank, beside the
            Poisson or Poisson-binomial `p_value`), `p_equivalence`, `power`, `verdict`,
            `estimate_low` and `estimate_high` (apart where looks only bound retention).
        """
        checked = checks.level(level)
        return tidy_frame([line for row in self.rows for line in row.rows(checked)])

    def glance(self) -> "pd.DataFrame":
        """Return one row: people, leavers, and whether the references agree.

        Returns
        -------
        pandas.DataFrame
            One row.
        """
        ratios = [row.ratio for row in self.honoured]
        p = [float(row.ends.tests.two_sided) for row in self.honoured]
        verdicts = {row.retention.verdict for row in self.honoured if row.retention is not None}
        return glance_frame(
            {
                "references": len(self.honoured),
                "left_out": len(self.left_out),
                "people": self.account.people,
                "person_years": self.account.person_years,
                "observed": self.honoured[0].ends.observed,
                "ratio_low": min(ratios),
                "ratio_high": max(ratios),
                "p_low": min(p),
                "p_high": max(p),
                "verdicts": len(verdicts),
                "verdict": "; ".join(sorted(verdicts)),
                "kind": self.kind,
                "clock": self.clock,
                "all_enter_at_start": self.all_enter_at_start,
                "horizon": self.horizon,
                "margin": self.margin,
                "level": self.level,
            }
        )


def compare_with_reference(
    spells_or_cells: Spells | RiskCells,
    reference: Reference | Sequence[Reference],
    *,
    horizon: float = 6.0,
    entry: float | str | ArrayLike | None = None,
    margin: float = _MARGIN,
    level: float = 0.95,
) -> ReferenceComparison:
    """Observed over expected leavers, and retention, against reference curves.

    Everybody is judged from their own entry on: the curve expects H(exit) - H(entry) leavers of
    a person followed to an exact time, 1 - S(look) / S(entry) of one who is looked at once, and
    keeps S(entry + horizon) / S(entry) of those who stayed until entry. Where some are lost before
    the horizon, it keeps the product over time since entry of 1 - mean dH among those still
    followed, as the observed curve pools them. The same numbers had delayed entry been ignored
    stand beside them.

    Assumptions: people leave independently of one another and of when they enter or are no
    longer followed; the clocks of spells and reference are the same (else `entry`); the reference
    is known without error.

    Parameters
    ----------
    spells_or_cells : Spells or RiskCells
        The people, one row a stay, without sampling weights. Cells give no retention and keep
        their entry.
    reference : ReferenceCurve, Benchmark, id, SurvivalCurve, (years, survival), callable, or list
        What to compare with; a benchmark or its id becomes the curve of a constant hazard.
        Members of a list that make no curve are left out with the reason.
    horizon : float
        Years after entry at which retention is compared.
    entry : float, str, array_like or None
        Years on the clock of the reference at which the clock of the spells is 0: one number, a
        covariate, or shape (n,). None takes the clocks as the same.
    margin : float
        Half-width of the region in which a difference of retention does not matter, a share.
    level : float
        Confidence level; verdicts are held against 1 - level.

    Returns
    -------
    ReferenceComparison
        One pair of rows a reference.

    Raises
    ------
    InputError
        If the horizon is beyond follow-up, times are before 0 on the clock of the reference, rows
        have sampling weights or continue one another, or no reference makes a comparison.
    UnknownNameError
        If there is no benchmark of an id, or no covariate of a name.

    Notes
    -----
    Exact times and cells: leavers are held against a Poisson number (Garwood's interval; the
    one-sample log-rank test is its normal form). One look the same gap after entry for all: a sum
    of independent chances (Poisson-binomial), with limits of the ratio under proportional
    hazards; for people who all entered together they are Clopper-Pearson's. Several looks: each
    end's H is its mean over (lower, upper] under the reference, which makes observed less
    expected the score of the ratio of hazards. Only one look is exact: elsewhere the expected
    number depends on the same follow-up, and Poisson p-values are nearly so.

    A horizon inside intervals that hold ends has bounds of retention in place of an estimate; if
    people are lost as well, what the reference keeps is an approximation there.

    References
    ----------
    Ederer, F. and Heise, H. (1959). Methodological Note No. 10, End Results Evaluation Section,
    National Cancer Institute.

    Breslow, N. E. (1975). International Statistical Review 43, 45-58. doi:10.2307/1402659

    Woolson, R. F. (1981). Biometrics 37, 687-696. doi:10.2307/2530150

    Examples
    --------
    >>> looks = Spells.from_arrays(lower=[0, 6], upper=[6, None], count=[13, 87])
    >>> found = compare_with_reference(looks, ReferenceCurve.constant(0.90, 5))
    >>> row = found.honoured[0]
    >>> round(row.ends.expected, 4), round(row.ratio, 4), round(row.retention.rate, 4)
    (11.8766, 1.0946, 0.8812)
    """
    checked = checks.level(level)
    years = checks.finite_number(horizon, name="horizon", above=0)
    half = checks.finite_number(margin, name="margin", above=0, below=1)
    if isinstance(spells_or_cells, Spells):
        watched = watched_spells(spells_or_cells, entry=entry)
        retention = elapsed_retention(watched, horizon=years)
    elif isinstance(spells_or_cells, RiskCells):
        watched, retention = watched_cells(spells_or_cells, entry=entry), None
    else:
        raise InputError(
            f"compare_with_reference was given a {type(spells_or_cells).__name__}; allowed are "
            "Spells and RiskCells. Hint: Spells.from_frame(frame, exit=..., event=...)."
        )
    several = _is_list(reference)
    wanted: list[Any] = list(reference) if _is_list(reference) else [reference]
    rows: list[ReferenceRow] = []
    left_out: list[tuple[str, str]] = []
    for one in wanted:
        try:
            curve = _curve(one)
            pair = [
                reference_row(
                    watched, curve, entry=kind, retention=retention, margin=half, level=checked
                )
                for kind in (("honoured", "ignored") if retention is not None else ("honoured",))
            ]
        except UnknownNameError:
            raise
        except InputError as error:
            if not several:
                raise
            left_out.append((_name(one), str(error)))
            continue
        rows.extend(pair)
    if not rows:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in left_out[:3])
        raise InputError(f"no reference makes a comparison ({reasons or 'the list is empty'}).")
    given = spells_or_cells
    return ReferenceComparison(
        rows=tuple(rows),
        left_out=tuple(left_out),
        kind=watched.kind,
        clock=given.clock,
        all_enter_at_start=retention is not None and bool(np.all(watched.entry == 0.0)),
        horizon=years,
        margin=half,
        level=checked,
        account=given.account.whole("comparison with a reference"),
        provenance=Provenance(
            function="compare_with_reference",
            arguments={
                "rows": len(given),
                "reference": tuple(_name(one) for one in wanted),
                "horizon": years,
                "entry": entry
                if entry is None or isinstance(entry, int | float | str)
                else "given",
                "margin": half,
                "level": checked,
            },
            method="observed and expected leavers under a reference curve",
            sources=tuple(dict.fromkeys(s for row in rows for s in row.reference.sources)),
        ),
    )


def _is_list(reference: Any) -> TypeGuard[Sequence[Any]]:
    """Whether several references are given, and not one as (years, survival)."""
    if isinstance(reference, tuple) and len(reference) == 2 and not isinstance(reference[0], str):
        return not all(np.ndim(part) == 1 for part in reference)
    return isinstance(reference, list | tuple)


def _curve(one: Any) -> ReferenceCurve:
    """Return the curve of a reference."""
    if isinstance(one, ReferenceCurve):
        return one
    if isinstance(one, Benchmark | str):
        return ReferenceCurve.from_benchmark(one)
    if isinstance(one, SurvivalCurve):
        return ReferenceCurve.from_curve(one)
    if callable(one):
        return ReferenceCurve.from_function(one)
    if isinstance(one, tuple) and len(one) == 2:
        return ReferenceCurve.from_points(one[0], one[1])
    raise InputError(
        f"reference={one!r} makes no curve; allowed are a ReferenceCurve, a Benchmark or its id, a "
        "SurvivalCurve, (years, survival), or a function of years. Hint: "
        "ReferenceCurve.constant(0.90, 5) is 90% at 5 years."
    )


def _name(one: Any) -> str:
    """Return what a reference is called where it is left out."""
    if isinstance(one, str):
        return one
    if isinstance(one, Benchmark):
        return one.id
    return one.label if isinstance(one, ReferenceCurve) else type(one).__name__
