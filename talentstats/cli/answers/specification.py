"""Answers of `talentstats specification`."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from talentstats.retention.specification import SpecificationCurve

if TYPE_CHECKING:
    from talentstats.tables.table import Table


def text(found: SpecificationCurve) -> str:
    """Return the short readable answer: what the choices do, the rows, what was left out.

    Parameters
    ----------
    found : SpecificationCurve
        The curve.

    Returns
    -------
    str
        Several lines.
    """
    lines = [found.sentence]
    if found.specifications:
        lines += ["", str(replace(table(found), notes=()))]
    if found.left_out:
        reasons: dict[str, list[str]] = {}
        for item in found.left_out:
            reasons.setdefault(item.reason, []).append(f"{item.benchmark} ({item.choice})")
        lines += ["", f"Left out: {len(found.left_out)}"]
        lines += [f"  {', '.join(dict.fromkeys(names))}: {why}" for why, names in reasons.items()]
    return "\n".join(lines)


def document(found: SpecificationCurve) -> dict[str, Any]:
    """Return the JSON document.

    Parameters
    ----------
    found : SpecificationCurve
        The curve.

    Returns
    -------
    dict
        As described by the schema in docs.
    """
    return {
        "command": "specification",
        "counts": {"retained": found.counts.retained, "total": found.counts.total},
        "horizon": found.horizon,
        "level": found.level,
        "margin": found.margin,
        "specifications": [
            {
                "benchmark": s.benchmark,
                "label": s.benchmark_label,
                "rate": s.rate,
                "alignment": s.alignment,
                "test": s.test,
                "unknowns": s.unknowns,
                "design_effect": s.design_effect,
                "difference": s.difference,
                "low": s.low,
                "high": s.high,
                "interval": s.interval,
                "p_value": s.p_value,
                "p_equivalence": s.p_equivalence,
                "verdict": s.verdict,
            }
            for s in found.specifications
        ],
        "left_out": [
            {"benchmark": x.benchmark, "choice": x.choice, "reason": x.reason}
            for x in found.left_out
        ],
        "verdicts": found.verdicts,
        "drivers": [{"choice": name, "share": share} for name, share in found.drivers()],
        "tests_part": [s.benchmark for s in found.parting],
        "sentence": found.sentence,
        "sources": list(found.provenance.sources),
        "version": found.provenance.version,
    }


def table(found: SpecificationCurve) -> "Table":
    """Return one row a specification, sorted by the benchmark's rate.

    Parameters
    ----------
    found : SpecificationCurve
        The curve.

    Returns
    -------
    Table
        For a paper.
    """
    from talentstats.tables.frame_table import frame_table

    rows = found.tidy(level=found.level).sort_values(
        ["benchmark_rate", "benchmark", "test"], kind="stable"
    )
    columns = {
        "benchmark": "Benchmark",
        "benchmark_rate": "Rate",
        "alignment": "Alignment",
        "test": "Test",
        "unknowns": "Unknown",
        "design_effect": "Design effect",
        "p_value": "p",
        "verdict": "Verdict",
    }
    for name in ("alignment", "unknowns", "design_effect"):
        if rows[name].nunique() == 1:
            del columns[name]
    return frame_table(
        rows,
        columns=columns,
        formats={
            "benchmark_rate": "percent",
            "p_value": "p",
            **({"design_effect": 2} if "design_effect" in columns else {}),
        },
        caption=(
            f"{found.counts.retained} of {found.counts.total} under "
            f"{len(found.specifications)} specifications"
        ),
        notes=found.sentence,
    )
