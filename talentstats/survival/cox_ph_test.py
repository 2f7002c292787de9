"""Tests of proportional hazards of a Cox model."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from talentstats import checks
from talentstats.errors import InputError
from talentstats.results.columns import columns_frame, glance_frame
from talentstats.results.provenance import Provenance
from talentstats.results.wording import p_text
from talentstats.stats.cox_zph import ProportionalityTests, proportionality_tests
from talentstats.stats.limits import Floats
from talentstats.stats.product_limit import product_limit
from talentstats.survival.cox_rows import number

if TYPE_CHECKING:
    import pandas as pd

    from talentstats.survival.cox_result import CoxModel

type TimeTransform = Literal["km", "rank", "identity", "log"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PHTest:
    """Whether hazard ratios change with time; made by `CoxModel.ph_test`.

    Parameters
    ----------
    terms : tuple of str
        Coefficients, variables with several of them, and "GLOBAL".
    tests : ProportionalityTests
        One score test each.
    transform : str
        The function of time.
    level : float
        Level of the sentence.
    provenance : Provenance
        What made this result.
    """

    terms: tuple[str, ...]
    tests: ProportionalityTests
    transform: str
    level: float
    provenance: Provenance

    @property
    def sentence(self) -> str:
        """The test of all, and the coefficients that change."""
        p = self.tests.p_value
        if np.isnan(p[-1]):
            return "Proportional hazards cannot be tested: too few ends tell of a change."
        changing = [
            term
            for term, value in zip(self.terms[:-1], p[:-1], strict=True)
            if value < 1.0 - self.level
        ]
        each = (
            f"; by themselves {', '.join(changing)} change" if changing else "; none by itself does"
        )
        return (
            f"Proportional hazards ({self.transform} of time): all together chi-squared "
            f"{self.tests.statistic[-1]:.2f} on "
            f"{number(self.tests.df[-1], 'degree', 'degrees')} of freedom, "
            f"{p_text(float(p[-1]))}{each}."
        )

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return one row a test.

        Parameters
        ----------
        level : float
            Checked; the tests have no intervals.

        Returns
        -------
        pandas.DataFrame
            `term`, `statistic` (chi-squared), `p_value`, `df`.
        """
        checks.level(level)
        return columns_frame(
            {
                "term": list(self.terms),
                "statistic": self.tests.statistic,
                "p_value": self.tests.p_value,
                "df": self.tests.df,
            }
        )

    def glance(self) -> "pd.DataFrame":
        """Return the test of all coefficients together.

        Returns
        -------
        pandas.DataFrame
            One row.
        """
        return glance_frame(
            {
                "statistic": self.tests.statistic[-1],
                "df": self.tests.df[-1],
                "p_value": self.tests.p_value[-1],
                "transform": self.transform,
            }
        )


def ph_test(model: "CoxModel", *, transform: TimeTransform) -> PHTest:
    """Score tests of coefficients that change with a function of time.

    Parameters
    ----------
    model : CoxModel
        A fit.
    transform : {"km", "rank", "identity", "log"}
        The function: one minus the Kaplan-Meier estimate just before, the mean rank among
        all times, time, or its logarithm.

    Returns
    -------
    PHTest
        The tests, as those of R's cox.zph since 2019.

    Raises
    ------
    InputError
        If the log of a time of 0 or less would be taken, or all ends are at one time.
    UnknownNameError
        If there is no such transform.

    Examples
    --------
    >>> from talentstats.summaries.spells import Spells
    >>> from talentstats.survival.cox_model import cox_model
    >>> spells = Spells.from_arrays(
    ...     exit=[1, 2, 3, 4, 5], event=[1, 1, 1, 1, 0], covariates={"late": [0, 1, 0, 1, 1]}
    ... )
    >>> ph_test(cox_model(spells, "~ late"), transform="rank").terms
    ('late', 'GLOBAL')
    """
    checks.one_of(transform, get_args(TimeTransform.__value__), name="transform")
    data = model.estimate.data
    if np.unique(data.time).size < 2:
        raise InputError("all ends are at one time, so that nothing can change with time.")
    sets = {name: [j] for j, name in enumerate(model.names)}
    for column in model.design.columns:
        several = [
            c.index
            for c in model.design.columns
            if c.variable == column.variable and c.index is not None
        ]
        if len(several) > 1:
            sets[column.variable] = several
    sets["GLOBAL"] = list(range(len(model.names)))
    return PHTest(
        terms=tuple(sets),
        tests=proportionality_tests(
            data,
            model.estimate.steps,
            time_scale=_time_scale(model, transform),
            sets=list(sets.values()),
        ),
        transform=transform,
        level=model.level,
        provenance=Provenance(
            function="CoxModel.ph_test",
            arguments=dict(model.provenance.arguments) | {"transform": transform},
            method=f"score test of coefficients changing with {transform} of time",
        ),
    )


def _time_scale(model: "CoxModel", transform: TimeTransform) -> Floats:
    """Return the function of time at each time of an end."""
    rows, time = model.rows, model.estimate.data.time
    if transform == "identity":
        return time
    if transform == "log":
        if time.min() <= 0.0:
            raise InputError(
                f"transform='log' needs times above 0; the first end is at {time.min():g}. Hint: "
                "transform='km'."
            )
        return np.asarray(np.log(time))
    if transform == "rank":
        order = np.argsort(rows.exit, kind="stable")
        people = np.concatenate([[0.0], np.cumsum(rows.count[order])])
        before, upto = (np.searchsorted(rows.exit[order], time, side=s) for s in ("left", "right"))
        return np.asarray((people[before] + people[upto] + 1.0) / 2.0)
    curve = product_limit(entry=rows.entry, exit=rows.exit, event=rows.event, weight=rows.count)
    survival = np.concatenate([[1.0], curve.survival])
    return np.asarray(1.0 - survival[np.searchsorted(curve.sets.time, time, side="left")])
