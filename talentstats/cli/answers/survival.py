"""Answers of `talentstats survival ...`: what was found, at whole years, and where rows went."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from talentstats.results.columns import ESTIMATE_COLUMNS, KEY_COLUMNS
from talentstats.summaries.account import RowAccount

if TYPE_CHECKING:
    import pandas as pd

    from talentstats.results.protocol import Result
    from talentstats.summaries.cells import RiskCells
    from talentstats.summaries.spells import Spells
    from talentstats.survival.curve import SurvivalCurve
    from talentstats.survival.hazard_rates import HazardRates
    from talentstats.survival.hazard_result import HazardModel
    from talentstats.survival.incidence import CumulativeIncidence
    from talentstats.survival.reference import ReferenceComparison
    from talentstats.tables.table import Table

SIMULATED: Final = "Simulated data: nobody in it exists."
_MOST_YEARS: Final = 10
_HEADINGS: Final = {"group": "Group", "time": "Years", "outcome": "Outcome"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """What a command prints, whatever the format.

    Parameters
    ----------
    question : str
        The command's second word, such as "curve".
    result : Result
        What was found.
    sentence : str
        The finding.
    notes : sequence of str
        What a reader has to know.
    accounts : sequence of RowAccount
        Where rows went, step by step.
    rows : pandas.DataFrame
        The estimates printed, in the vocabulary of results.
    table : Callable
        Makes the table of the estimates.
    """

    question: str
    result: "Result"
    sentence: str
    notes: Sequence[str]
    accounts: Sequence[RowAccount]
    rows: "pd.DataFrame"
    table: "Callable[[], Table]"

    def printed(self) -> "Table":
        """Return the table, its caption saying so where the data are simulated.

        Returns
        -------
        Table
            For every format.
        """
        made = self.table()
        if SIMULATED not in self.notes:
            return made
        return replace(made, caption=f"{made.caption} (simulated data)")

    def formats(self) -> dict[str, Any]:
        """Return what `emit` takes.

        Returns
        -------
        dict
            Makers of text, document, frame and table.
        """
        return {
            "text": self.text,
            "document": self.document,
            "frame": lambda: self.rows,
            "table": self.printed,
        }

    def text(self) -> str:
        """Return the short readable answer.

        Returns
        -------
        str
            Several lines.
        """
        table = self.printed()
        below = [note for note in self.notes if note not in table.notes]
        lines = [self.sentence, "", str(table)]
        lines += ["", *below] if below else []
        lines += ["", *(account.sentence for account in self.accounts)]
        return "\n".join(lines)

    def document(self) -> dict[str, Any]:
        """Return the JSON document.

        Returns
        -------
        dict
            As described by the schema in docs.
        """
        names = [name for name in (*KEY_COLUMNS, *ESTIMATE_COLUMNS) if name != "state"]
        kept = [name for name in names if name in self.rows]
        known: dict[str, Any] = dict.fromkeys(names)
        [summary] = self.result.glance().astype(object).to_dict("records")
        return {
            "command": "survival",
            "question": self.question,
            "sentence": self.sentence,
            "notes": list(self.notes),
            "estimates": [known | row for row in self.rows[kept].to_dict("records")],
            "summary": [{"name": name, "value": value} for name, value in summary.items()],
            "accounts": [
                {
                    "step": account.step,
                    "rows_in": account.rows_in,
                    "used": account.used,
                    "left_out": dict(account.left_out),
                    "people": account.people,
                    "person_years": account.person_years,
                }
                for account in self.accounts
            ],
            "version": self.result.provenance.version,
        }


def curve(
    found: "SurvivalCurve", *, horizon: float | None, level: float, spells: "Spells"
) -> Answer:
    """Answer `survival curve`.

    Parameters
    ----------
    found : SurvivalCurve
        The curves.
    horizon : float or None
        Last year of the table; None is the end of follow-up.
    level : float
        Confidence level.
    spells : Spells
        What was read.

    Returns
    -------
    Answer
        Survival at whole years.
    """
    years = _years(
        max(g.start for g in found.groups), found.followed_to, horizon, ended=_last_exit(spells)
    )
    rows = found.at(years, level=level)
    people = found.risk_table(years)
    rows = rows.assign(**{name: people[name].to_numpy() for name in ("at_risk", "left")})
    return Answer(
        question="curve",
        result=found,
        sentence=found.sentence if horizon is None else found.sentence_at(horizon),
        notes=(*found.notes, *_simulated(spells)),
        accounts=(spells.account,),
        rows=rows,
        table=lambda: _table(
            rows,
            {**_shares(rows, "Stayed"), "at_risk": "At risk", "left": "Left"},
            caption=f"Survival in the host, {found.clock}",
            level=level,
        ),
    )


def incidence(
    found: "CumulativeIncidence", *, horizon: float | None, level: float, spells: "Spells"
) -> Answer:
    """Answer `survival incidence`.

    Parameters
    ----------
    found : CumulativeIncidence
        The incidences.
    horizon : float or None
        Last year of the table; None is the end of follow-up.
    level : float
        Confidence level.
    spells : Spells
        What was read.

    Returns
    -------
    Answer
        Incidence by destination at whole years.
    """
    start = max(group.start for group in found.groups)
    rows = found.at(
        _years(start, found.followed_to, horizon, ended=_last_exit(spells)), level=level
    )
    return Answer(
        question="incidence",
        result=found,
        sentence=found.sentence if horizon is None else found.sentence_at(horizon),
        notes=(*found.notes, *_simulated(spells)),
        accounts=(spells.account,),
        rows=rows,
        table=lambda: _table(
            rows,
            _shares(rows, "Share"),
            caption=f"Cumulative incidence by destination, {found.clock}",
            level=level,
        ),
    )


def hazards(found: "HazardRates", *, cells: "RiskCells", level: float) -> Answer:
    """Answer `survival hazards`.

    Parameters
    ----------
    found : HazardRates
        The rates.
    cells : RiskCells
        What was counted.
    level : float
        Confidence level.

    Returns
    -------
    Answer
        Rates per 100 person-years.
    """
    rows = found.tidy(level=level)
    rates = rows[rows["term"].str.startswith("rate")]
    shown = {"events": "Left", "exposure": "Person-years", "estimate": "Rate per 100"}
    return Answer(
        question="hazards",
        result=found,
        sentence=found.sentence,
        notes=(*found.notes, *_simulated(cells)),
        accounts=cells.accounts,
        rows=rows,
        table=lambda: _table(
            rates, shown, caption="Events and rates per 100 person-years", level=level, style=2
        ),
    )


def regression(found: "HazardModel", *, cells: "RiskCells", level: float) -> Answer:
    """Answer `survival regress`.

    Parameters
    ----------
    found : HazardModel
        The fit.
    cells : RiskCells
        What was counted.
    level : float
        Confidence level.

    Returns
    -------
    Answer
        Ratios with intervals.
    """
    from talentstats.tables.coef_table import coef_table

    rows = found.tidy(level=level)
    return Answer(
        question="regress",
        result=found,
        sentence=found.sentence,
        notes=(*found.notes, *_simulated(cells)),
        accounts=(*cells.accounts, found.account),
        rows=rows,
        table=lambda: coef_table(
            found,
            exponentiate=True,
            below="interval",
            level=level,
            omit=["duration"],
            caption=f"{found.estimand.removeprefix('log ').capitalize()}s of leaving",
        ),
    )


def reference(found: "ReferenceComparison", *, spells: "Spells", level: float) -> Answer:
    """Answer `survival reference`.

    Parameters
    ----------
    found : ReferenceComparison
        The comparison.
    spells : Spells
        What was read.
    level : float
        Confidence level.

    Returns
    -------
    Answer
        Leavers observed and expected, by reference.
    """
    rows = found.tidy(level=level)
    return Answer(
        question="reference",
        result=found,
        sentence=found.sentence,
        notes=(*found.notes, *_left_out(found), *_simulated(spells)),
        accounts=(spells.account,),
        rows=rows,
        table=lambda: _reference_table(rows, horizon=found.horizon, level=level),
    )


def _reference_table(rows: "pd.DataFrame", *, horizon: float, level: float) -> "Table":
    """One row a reference and treatment of entry: leavers first, then retention."""
    from talentstats.tables.frame_table import frame_table

    keys = ["group", "entry"]
    stayed = rows[rows["term"] == "retention"].set_index(keys)
    left = rows[rows["term"] != "retention"].set_index(keys)
    shown = left.assign(
        stayed=stayed["estimate"], under=stayed["reference_value"], verdict=stayed["verdict"]
    ).reset_index()
    years = f"{horizon:g} years"
    return frame_table(
        shown,
        columns={
            "group": "Reference",
            "entry": "Late entry",
            "observed": "Left",
            "expected": "Expected",
            "estimate": "Ratio",
            "conf_low": f"{100 * level:g}% from",
            "conf_high": "to",
            "p_value": "p",
            "stayed": f"Stayed {years}",
            "under": "Reference",
            "verdict": "Verdict",
        },
        formats={
            "observed": "count", "expected": 1, "estimate": 2, "conf_low": 2, "conf_high": 2,
            "p_value": "p", "stayed": "percent", "under": "percent",
        },
        caption="Leavers observed and expected, and retention against the reference",
        notes="Late entry ignored: as if everybody had been watched from 0, which is wrong for a "
        "stock and shown to be compared.",
    )  # fmt: skip


def _shares(rows: "pd.DataFrame", name: str) -> dict[str, str]:
    """Estimate, or where looks leave a range its ends, which is then all that is known."""
    low, high = rows.get("estimate_low"), rows.get("estimate_high")
    if low is None or high is None or not (low.notna() & (low < high)).any():
        return {"estimate": name}
    return {"estimate_low": f"{name}: least", "estimate_high": "most"}


def _left_out(found: "ReferenceComparison") -> list[str]:
    """References that could not be compared, each with its reason."""
    return [f"Left out: {name} ({reason})" for name, reason in found.left_out]


def _simulated(read: "Spells | RiskCells") -> tuple[str, ...]:
    """Say that the people do not exist, where the file has the column that says so."""
    return (SIMULATED,) if "simulated" in read.covariates else ()


def _last_exit(spells: "Spells") -> float:
    """Last time at which anybody was seen."""
    return float(np.where(spells.ended, spells.upper, spells.lower).max())


def _years(
    start: float, last: float, horizon: float | None, *, ended: float
) -> NDArray[np.float64]:
    """Whole years from the start of the curves to the horizon, at most about ten of them."""
    end = last if horizon is None else horizon
    if np.isinf(end):
        # Nobody is left: the curve stays where its last end put it.
        end = ended
    step = max(1.0, float(np.ceil((end - start) / _MOST_YEARS)))
    years = np.arange(np.floor(start) + step, end, step)
    return np.append(years[years > start], end)


def _table(
    rows: "pd.DataFrame",
    columns: Mapping[str, str],
    *,
    caption: str,
    level: float,
    style: Any = "percent",
) -> "Table":
    """Keys that vary, the columns named, limits and their kind."""
    from talentstats.tables.frame_table import frame_table

    limits = {"conf_low": f"{100 * level:g}% from", "conf_high": "to"}
    keys = {k: v for k, v in _HEADINGS.items() if k in rows and rows[k].nunique() > 1}
    kinds = ", ".join(dict.fromkeys(rows["interval"].dropna().astype(str)))
    shown = ("estimate", "estimate_low", "estimate_high", "conf_low", "conf_high")
    formats = dict.fromkeys((name for name in shown if name in {*columns, *limits}), style)
    formats |= dict.fromkeys(set(columns) & {"at_risk", "left", "events"}, "count")
    formats |= dict.fromkeys(set(columns) & {"exposure", "expected"}, 1)
    if "time" in keys:
        formats["time"] = lambda value: f"{value:g}"
    return frame_table(
        rows,
        columns={**(keys or {"term": "Estimate"}), **columns, **limits},
        formats=formats,
        caption=caption,
        notes=f"Intervals: {kinds}.",
    )
