"""Answers of the commands that sample: shares, margins, contrasts, and what they rest on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from talentstats.cli.answers.accounts import account_documents
from talentstats.results.columns import KEY_COLUMNS
from talentstats.tables.grid import Cell, Row
from talentstats.tables.numbers import format_number, format_percent
from talentstats.tables.table import Table

if TYPE_CHECKING:
    import pandas as pd

    from talentstats.bayes.posterior import PosteriorFit
    from talentstats.bayes.prior_sensitivity import PriorSensitivity
    from talentstats.bayes.prior_table import PriorTable
    from talentstats.summaries.account import RowAccount

SIMULATED: Final = "Simulated data: nobody in it exists."
PARTS: Final = ("population", "margin", "contrast", "cell", "parameter")
_PANELS: Final = {
    "population": "Averaged",
    "margin": "By level, averaged within",
    "contrast": "Everybody at one level less everybody at the other, in points",
}
_NUMBERS: Final = (
    "estimate", "std_error", "conf_low", "conf_high", "mean", "p_direction", "rhat", "ess_bulk",
    "ess_tail", "mcse", "people", "count", "raw", "bound_low", "bound_high",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PosteriorAnswer:
    """What a command that samples prints, whatever the format.

    Parameters
    ----------
    question : str
        The command, such as "destinations".
    fit : PosteriorFit
        The posterior.
    sensitivity : PriorSensitivity
        The same under other priors.
    prior : PriorTable
        What the prior implies before any data.
    level : float
        Level of the intervals.
    sentence : str
        The finding.
    notes : sequence of str
        What a reader has to know beside the prior, its influence and the diagnostics.
    accounts : sequence of RowAccount
        Where rows went, step by step.
    caption : str
        Of the table.
    frames : Mapping of str to DataFrame
        Part, as in `PARTS`, to its rows.
    """

    question: str
    fit: "PosteriorFit"
    sensitivity: "PriorSensitivity"
    prior: "PriorTable"
    level: float
    sentence: str
    notes: Sequence[str]
    accounts: "Sequence[RowAccount]"
    caption: str
    frames: "Mapping[str, pd.DataFrame]"

    def formats(self) -> dict[str, Callable[[], Any]]:
        """Return what `emit` takes.

        Returns
        -------
        dict
            Makers of text, document, frame and table.
        """
        return {
            "text": self.text,
            "document": self.document,
            "frame": self.frame,
            "table": self.table,
        }

    def text(self) -> str:
        """Return the readable answer.

        Returns
        -------
        str
            The finding, the table, what the prior implies, other priors, where rows went.
        """
        tables = (self.table(), self._prior_table(), self._sensitivity_table())
        return "\n".join(
            [
                self.sentence,
                *(f"\n{table}" for table in tables),
                "",
                *(account.sentence for account in self.accounts),
            ]
        )

    def document(self) -> dict[str, Any]:
        """Return the JSON document.

        Returns
        -------
        dict
            As described by the schema in docs.
        """
        [summary] = self.fit.glance().astype(object).to_dict("records")
        return {
            "command": "posterior",
            "question": self.question,
            "level": self.level,
            "sentence": self.sentence,
            "notes": list(self.notes),
            "estimates": [
                {"part": part, **_row(row, *_NUMBERS)}
                for part, frame in self.frames.items()
                for row in frame.to_dict("records")
            ],
            "prior": [
                _row(row, "estimate", "conf_low", "conf_high")
                for row in self.prior.tidy(level=self.level).to_dict("records")
            ],
            "prior_sentence": self.prior.sentence,
            "sensitivity": [
                {
                    "prior": row["prior"],
                    **_row(row, "estimate", "conf_low", "conf_high", "shift_in_sd"),
                    "diagnosis": row["diagnosis"],
                }
                for row in self.sensitivity.tidy(level=self.level).to_dict("records")
            ],
            "sensitivity_sentence": self.sensitivity.sentence,
            "diagnostics": self.fit.checked.sentence,
            "summary": [{"name": name, "value": value} for name, value in summary.items()],
            "accounts": account_documents(self.accounts),
            "version": self.fit.provenance.version,
        }

    def frame(self) -> "pd.DataFrame":
        """Return what CSV prints: every part, the prior, and other priors.

        Returns
        -------
        pandas.DataFrame
            Full precision; `part` comes first.
        """
        import pandas as pd

        parts = {
            **self.frames,
            "prior": self.prior.tidy(level=self.level),
            "sensitivity": self.sensitivity.tidy(level=self.level),
        }
        frames = [frame.dropna(axis="columns", how="all") for frame in parts.values()]
        whole = pd.concat(frames, ignore_index=True)
        sizes = [len(frame) for frame in frames]
        keys = [name for name in KEY_COLUMNS if name in whole]
        rest = [name for name in whole.columns if name not in keys]
        return whole[[*keys, *rest]].assign(part=np.repeat(list(parts), sizes))[
            ["part", *keys, *rest]
        ]

    def table(self) -> Table:
        """Return averages, margins and contrasts.

        Returns
        -------
        Table
            For every format; the prior, its influence and the diagnostics are in its notes.
        """
        panels = {part: _shown(self.frames[part]) for part in _PANELS}
        rows = [frame for frame in panels.values() if len(frame)]
        columns = [
            name
            for name in ("time", "outcome", "count", "raw", "bound_low", "bound_high")
            if any(name in frame and frame[name].notna().any() for frame in rows)
        ]
        headings = {
            "time": "Years",
            "outcome": "Outcome",
            "count": "People",
            "raw": "Raw share",
            "bound_low": "If none there",
            "bound_high": "If all there",
        }
        limits = ("Median", f"{100 * self.level:g}% from", "to", "P(direction)")
        body = []
        for part, frame in panels.items():
            if len(frame):
                body.append(Row("panel", _PANELS[part], ()))
                body += [_body_row(row, columns) for row in frame.to_dict("records")]
        return Table(
            header=((*(Cell(headings[name]) for name in columns), *map(Cell, limits)),),
            rows=tuple(body),
            align=tuple("l" if name == "outcome" else "r" for name in columns) + ("r",) * 4,
            stub_label="Group",
            caption=self.caption + (" (simulated data)" if SIMULATED in self.notes else ""),
            notes=(
                "Posterior medians and equal-tailed intervals; P(direction) is the posterior "
                "probability of the more probable sign of a difference.",
                *self.notes,
                self.prior.sentence,
                self.sensitivity.sentence,
                self.fit.checked.sentence,
            ),
        )

    def _prior_table(self) -> Table:
        """What the prior implies before any data."""
        rows = self.prior.tidy(level=self.level).to_dict("records")
        printed = {
            "estimate": "Median",
            "conf_low": f"{100 * self.level:g}% from",
            "conf_high": "to",
        }
        return _small_table(
            [_called(row) for row in rows],
            {
                heading: [_prior_number(row, name) for row in rows]
                for name, heading in printed.items()
            },
            caption="What the prior implies before any data",
        )

    def _sensitivity_table(self) -> Table:
        """Medians under each prior; of hazards at the horizon."""
        frame = self.sensitivity.tidy(level=self.level)
        if "time" in frame:
            frame = frame[frame["time"] == frame["time"].max()]
        by_prior = {name: frame[frame["prior"] == name] for name in self.sensitivity.priors}
        first, *others = by_prior.values()
        shifts = np.abs(np.stack([one["shift_in_sd"].to_numpy() for one in others]))
        return _small_table(
            [_called(row) for row in first.to_dict("records")],
            {
                **{
                    name: [format_percent(x) for x in one["estimate"]]
                    for name, one in by_prior.items()
                },
                "Largest shift (sd)": [format_number(x, decimals=2) for x in shifts.max(axis=0)],
                "Power scaling": list(first["diagnosis"]),
            },
            caption="Posterior medians under other priors",
        )


def frames_of(
    fit: "PosteriorFit", *, level: float, but: Sequence[str] = ()
) -> "dict[str, pd.DataFrame]":
    """Return the rows of every part.

    Parameters
    ----------
    fit : PosteriorFit
        The posterior.
    level : float
        Level of the intervals.
    but : sequence of str
        Parts to leave out.

    Returns
    -------
    dict of str to DataFrame
        In the order of `PARTS`.
    """
    return {part: fit.tidy(part, level=level) for part in PARTS if part not in but}


def prior_of(fit: "PosteriorFit", *, years: int | None = None) -> "PriorTable":
    """Return what the prior of a fit implies.

    Parameters
    ----------
    fit : PosteriorFit
        The fit.
    years : int or None
        Steps after which retention is shown; None shows shares alone.

    Returns
    -------
    PriorTable
        Before any data.
    """
    from talentstats.bayes.prior_table import prior_table

    problem = fit.problem
    terms = problem.design.terms
    return prior_table(
        prior=problem.prior,
        contrasts=problem.contrasts,
        outcomes=problem.outcomes,
        link=problem.link,
        terms=[term.name for term in terms],
        levels=[len(term.levels) for term in terms],
        years=years,
    )


def _row(row: Mapping[Any, Any], *numbers: str) -> dict[str, Any]:
    """Keys, term and numbers of a row; null where it has none."""
    keys = ("group", "time", "outcome", "term")
    return {name: _null(row.get(name)) for name in (*keys, *numbers)}


def _null(value: Any) -> Any:
    """None for what is missing."""
    return None if value is None or value == "" or value != value else value


def _shown(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Rows of a part that a table has room for: ratios repeat what differences say."""
    return frame[frame["term"] != "ratio"]


def _body_row(row: Mapping[Any, Any], columns: Sequence[str]) -> Row:
    """One row of the main table."""
    difference = str(row["term"]).endswith("difference")
    cells = [Cell(*_cell(row, name)) if name in row else Cell() for name in columns]
    for name in ("estimate", "conf_low", "conf_high"):
        value = float(row[name])
        text = format_number(100 * value, decimals=1) if difference else format_percent(value)
        cells.append(Cell(text, numeric=True))
    sign = float(row["p_direction"])
    cells.append(Cell(">0.999" if sign > 0.9995 else format_number(sign), numeric=True))
    return Row("row", str(row.get("group", "all")), tuple(cells))


def _cell(row: Mapping[Any, Any], name: str) -> tuple[str, str, bool]:
    """Text, marks, and whether it is a number."""
    value = row[name]
    if name == "outcome":
        return str(value), "", False
    number = float(value)
    if name == "time":
        return f"{number:g}", "", True
    if name == "count":
        of = float(row["people"])
        return ("" if np.isnan(number) else f"{number:,.0f} of {of:,.0f}"), "", True
    return format_percent(number), "", True


def _called(row: Mapping[Any, Any]) -> str:
    """What a quantity is called, in words."""
    term = str(row["term"])
    if term == "ratio of two levels":
        return f"{term}: {row['group']}"
    words = [
        str(row["outcome"]),
        *([f"{term} at {row['time']:g} years"] if _null(row.get("time")) is not None else []),
        *([str(row["group"])] if str(row.get("group", "")).endswith(" cell") else []),
    ]
    return ", ".join(words)


def _prior_number(row: Mapping[Any, Any], name: str) -> str:
    """A share, or a ratio."""
    value = float(row[name])
    if row["term"] == "ratio of two levels":
        return format_number(value, decimals=2)
    return format_percent(value)


def _small_table(
    names: Sequence[str], columns: Mapping[str, Sequence[str]], *, caption: str
) -> Table:
    """A name and numbers a row."""
    return Table(
        header=(tuple(map(Cell, columns)),),
        rows=tuple(
            Row("row", name, tuple(Cell(text, numeric=True) for text in texts))
            for name, *texts in zip(names, *columns.values(), strict=True)
        ),
        align=tuple("r" for _ in columns),
        stub_label="Quantity",
        caption=caption,
    )
