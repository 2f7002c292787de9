"""Compare every case of tests/reference with the package; writes docs/tables/validation.md.

Run from the top of the repository: `python docs/make_validation.py`. The functions that turn a
case into our numbers are those of the tests, so that the table shows what the tests hold.
"""

import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from talentstats import benchmark
from talentstats.stats import binomial_tests

ROOT = Path(__file__).parents[1]
FAMILIES = {
    "interval": "Interval for a rate",
    "test": "Test of a rate",
    "power": "Power",
    "sample-size": "People needed",
    "equivalence": "Equivalence",
    "bayes": "Posterior, Bayes factor",
    "coverage": "Coverage",
    "horizon": "Horizon",
    "two-interval": "Interval for two rates",
    "two-test": "Test of two rates",
    "multinomial-interval": "Simultaneous interval",
    "multinomial-test": "Test of shares",
    "dirichlet": "Dirichlet posterior",
    "adjust": "Adjusted p-values",
}


def one_sample(module: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    """Our numbers of a one-sample case."""
    return module["RUN"][case["family"]](case)


def two_sample(module: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    """Our numbers of a two-sample case."""
    if case["family"] == "two-test":
        return module["tails"](case["method"], case["inputs"])
    arguments = case["inputs"] | {"level": case["level"], "side": case["side"]}
    if case["method"] == "odds-conditional-exact":
        odds = module["ratio"].odds_conditional_exact(**arguments)
        return {"estimate": odds.estimate, "lower": odds.limits.lower, "upper": odds.limits.upper}
    limits = module["INTERVAL"][case["method"]](**arguments)
    return {"lower": limits.lower, "upper": limits.upper}


def multinomial(module: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    """Our numbers of a multinomial case."""
    return module["answer"](case)


def horizon(_: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    """Our numbers of an aligned benchmark and its two exact tests."""
    given = case["inputs"]
    moved = benchmark(given["rate"], horizon=given["horizon"]).at_horizon(given["to"])
    seen = {"k": given["k"], "n": given["n"], "rate": moved.rate}
    return {
        "aligned": moved.rate,
        "central": binomial_tests.exact_central(**seen).two_sided,
        "minlike": binomial_tests.exact_minlike(**seen).two_sided,
    }


def differences(ours: Any, reference: Any) -> Iterator[float]:
    """Relative differences, absolute where the reference is 0; equal infinities differ by 0."""
    pairs = zip(
        np.ravel(np.asarray(ours, dtype=np.float64)),
        np.ravel(np.asarray(reference, dtype=np.float64)),
        strict=True,
    )
    for value, wanted in pairs:
        if value == wanted or (np.isnan(value) and np.isnan(wanted)):
            yield 0.0
        else:
            # What is 0 in decimals (.85 - .90 + .05) is one rounding error in doubles.
            yield abs(value - wanted) / (abs(wanted) if abs(wanted) > 1e-50 else 1.0)


def main() -> None:
    """Write the table."""
    tests = ROOT / "tests" / "reference"
    one, two, many = (
        runpy.run_path(str(tests / f"test_{name}.py"))
        for name in ("one_sample", "two_sample", "multinomial")
    )
    run: dict[str, tuple[Callable[..., dict[str, Any]], dict[str, Any]]] = {
        **dict.fromkeys(one["FAMILIES"], (one_sample, one)),
        **dict.fromkeys(("two-interval", "two-test"), (two_sample, two)),
        **dict.fromkeys(many["FAMILIES"], (multinomial, many)),
        "horizon": (horizon, {}),
    }
    rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for case in one["CASES"]:
        if (case["family"], case["method"]) not in one["EXCLUDED"]:
            rows.setdefault((case["family"], case["method"]), []).append(case)
    lines = [
        "| what | method | cases | printed, as recalled | with R | worst difference |",
        "|---|---|---:|---:|---:|---:|",
    ]
    order = list(FAMILIES)
    for (family, method), cases in sorted(rows.items(), key=lambda item: order.index(item[0][0])):
        answer, module = run[family]
        worst = max(
            difference
            for case in cases
            for found in [answer(module, case)]
            for name, wanted in case["value"].items()
            for difference in differences(found[name], wanted)
        )
        printed = sum("printed" in case for case in cases)
        with_r = sum(any(r["max_rel_diff"] < 1e-8 for r in case.get("r", ())) for case in cases)
        lines.append(
            f"| {FAMILIES[family]} | {method} | {len(cases)} | {printed or ''} | {with_r or ''} "
            f"| {worst:.0e} |".replace("0e+00", "0")
        )
    target = ROOT / "docs" / "tables" / "validation.md"
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
