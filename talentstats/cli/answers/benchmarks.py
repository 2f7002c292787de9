"""Answers of `talentstats benchmarks`."""

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from talentstats.published.benchmark import Benchmark

if TYPE_CHECKING:
    import pandas as pd

    from talentstats.tables.table import Table


def one(figure: Benchmark) -> str:
    """Return everything that is known about one figure.

    Parameters
    ----------
    figure : Benchmark
        The figure.

    Returns
    -------
    str
        One line a property.
    """
    known = [(name, value) for name, value in _properties(figure).items() if value is not None]
    width = max(len(name) for name, _ in known)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in known)


def listing(figures: Sequence[Benchmark]) -> str:
    """Return one line a figure.

    Parameters
    ----------
    figures : Sequence of Benchmark
        The figures.

    Returns
    -------
    str
        Id, figure as printed, horizon, label, status.
    """
    rows = [
        (f.id, f.as_printed, _horizon(f), f.label, f.status if f.status != "verified" else "")
        for f in figures
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, "", f"{len(rows)} figures; `talentstats benchmarks ID` shows one."])


def document(figures: Sequence[Benchmark]) -> dict[str, Any]:
    """Return the JSON document.

    Parameters
    ----------
    figures : Sequence of Benchmark
        The figures.

    Returns
    -------
    dict
        As described by the schema in docs.
    """
    return {"command": "benchmarks", "benchmarks": [_properties(f) for f in figures]}


def frame(figures: Sequence[Benchmark]) -> "pd.DataFrame":
    """Return one row a figure.

    Parameters
    ----------
    figures : Sequence of Benchmark
        The figures.

    Returns
    -------
    pandas.DataFrame
        A column a property.
    """
    import pandas as pd

    return pd.DataFrame([_properties(f) for f in figures])


def table(figures: Sequence[Benchmark]) -> "Table":
    """Return a short table of the figures.

    Parameters
    ----------
    figures : Sequence of Benchmark
        The figures.

    Returns
    -------
    Table
        For a paper.
    """
    from talentstats.tables.frame_table import frame_table

    rows = frame(figures)
    rows["years"] = [_horizon(f) for f in figures]
    return frame_table(
        rows,
        columns={
            "label": "Figure",
            "as_printed": "As printed",
            "years": "Horizon",
            "cohort": "Cohort",
            "instrument": "Instrument",
            "status": "Status",
        },
        caption="Published stay rates",
    )


def _properties(figure: Benchmark) -> dict[str, Any]:
    """Return every field but the alignment: these are figures as published."""
    return {f.name: getattr(figure, f.name) for f in fields(figure) if f.name != "alignment"}


def _horizon(figure: Benchmark) -> str:
    """Return the horizon in words."""
    if figure.horizon is not None:
        return f"{figure.horizon:g} years"
    return figure.horizon_as_printed or ""
