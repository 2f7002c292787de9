"""Answers of `talentstats compare`."""

import math
from typing import TYPE_CHECKING, Any

from talentstats.results.wording import p_text, p_value
from talentstats.retention.contrasts import ContrastInterval
from talentstats.retention.difference import RetentionDifference
from talentstats.retention.two_rate_tests import UNCONDITIONAL_LIMIT, WorstCase
from talentstats.summaries.counts import RetentionCounts

if TYPE_CHECKING:
    from talentstats.tables.table import Table


def text(found: RetentionDifference) -> str:
    """Return the short readable answer.

    Parameters
    ----------
    found : RetentionDifference
        The comparison.

    Returns
    -------
    str
        Several lines.
    """
    done = [t for t in found.tests if not math.isnan(t.two_sided)]
    tests = " · ".join(f"{t.name} {p_value(t.two_sided)}" for t in done)
    if len(done) < len(found.tests):
        tests += f" (Barnard and Boschloo: up to {UNCONDITIONAL_LIMIT:,} people)"
    lines = [found.sentence, "", f"  p-values    {tests}"]
    lines += [
        f"  {c.term:<10}  {c.estimate:.3f} ({c.low:.3f} to {c.high:.3f}, {c.method})"
        for c in (found.difference, found.ratio, found.odds_ratio)
    ]
    lines.append(
        f"  margin      not lower by {100 * found.margin:g} points or more: "
        f"{p_text(found.p_noninferior)}; not higher: {p_text(found.p_nonsuperior)}"
    )
    if not found.rounding.holds:
        lines.append("  rounding    the verdict is not the same for all counts that print so")
    return "\n".join(lines)


def document(found: RetentionDifference) -> dict[str, Any]:
    """Return the JSON document.

    Parameters
    ----------
    found : RetentionDifference
        The comparison.

    Returns
    -------
    dict
        As described by the schema in docs.
    """
    return {
        "command": "compare",
        "a": _counts(found.a),
        "b": _counts(found.b),
        "level": found.level,
        "difference": _contrast(found.difference),
        "ratio": _contrast(found.ratio),
        "odds_ratio": _contrast(found.odds_ratio),
        "tests": {
            t.name: {"p_value": t.two_sided, "less": t.less, "greater": t.greater}
            for t in found.tests
        },
        "test": found.test,
        "equivalence": {
            "margin": found.margin,
            "p_noninferior": found.p_noninferior,
            "p_nonsuperior": found.p_nonsuperior,
            "p_value": found.p_equivalence,
        },
        "unknown": _worst_case(found.unknown),
        "rounding": _worst_case(found.rounding),
        "verdict": found.verdict,
        "sentence": found.sentence,
        "version": found.provenance.version,
    }


def table(found: RetentionDifference) -> "Table":
    """Return the three contrasts.

    Parameters
    ----------
    found : RetentionDifference
        The comparison.

    Returns
    -------
    Table
        For a paper.
    """
    from talentstats.tables.frame_table import frame_table

    return frame_table(
        found.tidy(level=found.level),
        columns={
            "term": "Contrast",
            "estimate": "Estimate",
            "conf_low": "Lower",
            "conf_high": "Upper",
            "interval": "Interval",
            "p_value": "p",
        },
        formats={"p_value": "p"},
        caption=(
            f"{found.a.retained} of {found.a.total} against {found.b.retained} of {found.b.total}"
        ),
        notes=f"{100 * found.level:g}% intervals; p-value of the {found.test} test.",
    )


def _counts(counts: RetentionCounts) -> dict[str, Any]:
    """Return counts as JSON."""
    return {
        "retained": counts.retained,
        "total": counts.total,
        "unknown": counts.unknown,
        "rate": counts.rate,
        "as_printed": counts.as_printed or None,
    }


def _contrast(contrast: ContrastInterval) -> dict[str, Any]:
    """Return a contrast as JSON."""
    return {
        "estimate": contrast.estimate,
        "low": contrast.low,
        "high": contrast.high,
        "level": contrast.level,
        "method": contrast.method,
    }


def _worst_case(bounds: WorstCase) -> dict[str, Any]:
    """Return worst-case bounds as JSON."""
    return {"low": bounds.low, "high": bounds.high, "holds": bounds.holds}
