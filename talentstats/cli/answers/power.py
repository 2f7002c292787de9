"""Answers of `talentstats power`."""

import math
from typing import TYPE_CHECKING, Any

from talentstats.cli.answers.retention import power_document
from talentstats.results.wording import percent
from talentstats.retention.power import DetectableRates, PowerAnalysis

if TYPE_CHECKING:
    from talentstats.tables.table import Table


def text(found: PowerAnalysis) -> str:
    """Return the short readable answer.

    Parameters
    ----------
    found : PowerAnalysis
        The analysis.

    Returns
    -------
    str
        Several lines.
    """
    need = found.required
    if need.true_rate == found.rate:
        needed = "what no number of people gives: it is the benchmark itself"
    elif need.first_n is None:
        needed = f"more than {need.limit:,} people"
    elif need.stays_n is None:
        needed = f"{need.first_n:,} people at least (and again below 80% up to {need.limit:,})"
    else:
        needed = f"{need.stays_n:,} people (first reached at {need.first_n:,}: power is a saw)"
    lines = [
        found.sentence,
        "",
        f"  80% power at {percent(found.alternative)} needs {needed}",
    ]
    lines += [f"  {_detectable(d)}" for d in found.detectable]
    return "\n".join(lines)


def document(found: PowerAnalysis) -> dict[str, Any]:
    """Return the JSON document.

    Parameters
    ----------
    found : PowerAnalysis
        The analysis.

    Returns
    -------
    dict
        As described by the schema in docs.
    """
    return {
        "command": "power",
        "n": found.n,
        "benchmark": found.rate,
        "level": found.level,
        "power": power_document(found),
        "sentence": found.sentence,
        "sources": list(found.provenance.sources),
        "version": found.provenance.version,
    }


def table(found: PowerAnalysis) -> "Table":
    """Return the power curve in steps of one point.

    Parameters
    ----------
    found : PowerAnalysis
        The analysis.

    Returns
    -------
    Table
        True rate and power.
    """
    from talentstats.tables.frame_table import frame_table

    curve = found.tidy(level=found.level)
    points = curve[(curve["rate"] * 100 % 1).round(6).isin([0.0, 1.0])]
    return frame_table(
        points[points["rate"] >= min(0.5, found.rate - 0.2)],
        columns={"rate": "True rate", "estimate": "Power"},
        formats={"rate": "percent", "estimate": "percent"},
        caption=f"Power of {found.n} people against {percent(found.rate)}",
        notes=f"Exact {found.test} test at the {100 * found.level:g}% level.",
    )


def _detectable(found: DetectableRates) -> str:
    """Say what is seen with a given power."""
    sides = [
        "no such rate" if math.isnan(value) else f"{percent(value)} {word}"
        for value, word in ((found.below, "or lower"), (found.above, "or higher"))
    ]
    return f"seen with {100 * found.power:.0f}% power: {sides[0]} below; {sides[1]} above"
