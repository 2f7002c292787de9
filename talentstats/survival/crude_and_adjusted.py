"""Crude and adjusted hazard ratios side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, get_args

from talentstats import checks
from talentstats.errors import InputError
from talentstats.results.columns import glance_frame
from talentstats.results.provenance import Provenance
from talentstats.summaries.account import RowAccount
from talentstats.summaries.cells import RiskCells
from talentstats.survival.hazard_design import Link
from talentstats.survival.hazard_duration import Duration
from talentstats.survival.hazard_errors import Errors
from talentstats.survival.hazard_firth import Penalty
from talentstats.survival.hazard_model import hazard_model
from talentstats.survival.hazard_result import HazardModel
from talentstats.survival.hazard_steps import Destinations

if TYPE_CHECKING:
    import pandas as pd

CRUDE: Final = "crude"
ADJUSTED: Final = "adjusted"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CrudeAndAdjusted:
    """Every term by itself, and all together; made by `crude_and_adjusted`.

    Parameters
    ----------
    terms : tuple of str
        The terms.
    crude : tuple of HazardModel
        One fit a term, each with duration.
    adjusted : HazardModel
        The fit of all terms.
    account : RowAccount
        Rows of every fit: they are the same.
    notes : tuple of str
        What a reader has to be told.
    provenance : Provenance
        What made this result.
    """

    terms: tuple[str, ...]
    crude: tuple[HazardModel, ...]
    adjusted: HazardModel
    account: RowAccount
    notes: tuple[str, ...]
    provenance: Provenance

    @property
    def estimand(self) -> str:
        """What a coefficient estimates."""
        return self.adjusted.estimand

    @property
    def model(self) -> str:
        """What was fitted, as a reader would say it."""
        return self.adjusted.model

    @property
    def std_errors(self) -> str:
        """Kind of the standard errors."""
        return self.adjusted.std_errors

    @property
    def reference_rows(self) -> dict[str, str]:
        """First term of each variable to its reference level, as `coef_table` takes them."""
        return self.adjusted.reference_rows

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return the coefficients of the terms, crude and adjusted; not those of duration.

        Parameters
        ----------
        level : float
            Level of the intervals, recomputed.

        Returns
        -------
        pandas.DataFrame
            Key outcome is "crude" or "adjusted", after the destination where there are
            several ("China, crude").
        """
        import pandas as pd

        checked = checks.level(level)
        parts = []
        for kind, fit in self._fits():
            frame = fit.tidy(level=checked)
            frame = frame[frame["component"] == ""]
            name = frame["outcome"] + f", {kind}" if "outcome" in frame else kind
            parts.append(frame.drop(columns="outcome", errors="ignore").assign(outcome=name))
        frame = pd.concat(parts, ignore_index=True)
        order = list(dict.fromkeys(frame["outcome"]))
        place = frame["outcome"].map(order.index)
        frame = frame.iloc[place.argsort(kind="stable")].reset_index(drop=True)
        return frame[["outcome", *(c for c in frame.columns if c != "outcome")]]

    def glance(self) -> "pd.DataFrame":
        """Return one row: that of the adjusted fit, with the number of terms.

        Returns
        -------
        pandas.DataFrame
            One row.
        """
        (row,) = self.adjusted.glance().to_dict(orient="records")
        return glance_frame({"terms": len(self.terms)} | {str(k): v for k, v in row.items()})

    def _fits(self) -> Iterator[tuple[str, HazardModel]]:
        """Crude fits, then the adjusted one."""
        yield from ((CRUDE, fit) for fit in self.crude)
        yield ADJUSTED, self.adjusted


def crude_and_adjusted(
    cells: RiskCells,
    terms: Sequence[str],
    *,
    link: Link = "cloglog",
    destinations: Destinations = "any",
    duration: Duration = "steps",
    errors: Errors = "model",
    penalty: Penalty = "auto",
    level: float = 0.95,
) -> CrudeAndAdjusted:
    """Compare the hazard ratios of each term by itself with those of all together.

    STROBE asks for both (item 16a). All fits have duration and use the same cells. Where
    one of them needs Jeffreys' penalty, "auto" gives it to all, so that columns differ by
    adjustment alone. A ratio of hazards or odds also moves when a term is added that has
    nothing to do with the first (it is not collapsible): a change is no proof of
    confounding. Standardised contrasts do not have that defect.

    Parameters
    ----------
    cells : RiskCells
        Events and people or time at risk.
    terms : sequence of str
        Terms of formulas, such as ``["sector", "career_stage", "period"]``.
    link, destinations, duration, errors : str
        As in `hazard_model`.
    penalty : {"auto", "none", "firth"}
        As in `hazard_model`, the same for all fits.
    level : float
        Level of the sentences.

    Returns
    -------
    CrudeAndAdjusted
        For `coef_table`: one column crude, one adjusted.

    Raises
    ------
    InputError
        If there are fewer than two terms, or a fit is refused.
    UnknownNameError
        If a variable or an option does not exist.

    References
    ----------
    Vandenbroucke and others (2007), STROBE: explanation and elaboration, PLoS Medicine
    4:e297, doi:10.1371/journal.pmed.0040297.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame(
    ...     {
    ...         "sector": ["a", "a", "b", "b"],
    ...         "stage": ["early", "late"] * 2,
    ...         "events": [30, 20, 34, 6],
    ...         "exposure": [300.0, 500.0, 500.0, 300.0],
    ...     }
    ... )
    >>> both = crude_and_adjusted(RiskCells.from_frame(table), ["sector", "stage"], link="log")
    >>> both.tidy()[["outcome", "term", "estimate"]].round(3)
        outcome         term  estimate
    0     crude    sector: b    -0.223
    1     crude  stage: late    -0.901
    2  adjusted    sector: b    -0.458
    3  adjusted  stage: late    -1.013
    """
    if isinstance(terms, str) or len(terms) < 2:
        raise InputError(
            f"terms={terms!r} is not a list of two terms or more, such as "
            '["sector", "career_stage"]. Hint: one term alone is hazard_model.'
        )
    checks.one_of(penalty, get_args(Penalty), name="penalty")

    def fits(chosen: Penalty) -> list[HazardModel]:
        return [
            hazard_model(
                cells,
                formula,
                link=link,
                destinations=destinations,
                duration=duration,
                errors=errors,
                penalty=chosen,
                level=level,
            )
            for formula in (*terms, " + ".join(terms))
        ]

    made = fits(penalty)
    if penalty == "auto" and len({fit.penalty for fit in made}) > 1:
        made = fits("firth")
    *crude, adjusted = made
    return CrudeAndAdjusted(
        terms=tuple(terms),
        crude=tuple(crude),
        adjusted=adjusted,
        account=adjusted.account,
        notes=(
            f"Crude: each term with duration alone. Adjusted: all terms. All fits use the same "
            f"{adjusted.account.used:,} cells.",
            *adjusted.notes,
        ),
        provenance=Provenance(
            function="crude_and_adjusted",
            arguments={
                "terms": tuple(terms),
                "link": link,
                "destinations": destinations,
                "duration": duration,
                "errors": errors,
                "penalty": penalty,
                "level": adjusted.level,
            },
            method=adjusted.provenance.method,
        ),
    )
