"""The first answer loads nothing heavy."""

import json
import subprocess
import sys

import pytest

HEAVY = {"pandas", "scipy.stats", "matplotlib", "statsmodels", "pymc", "arviz", "lifelines"}
HEAVY |= {"nutpie", "rich", "xarray"}
PROGRAM = """
import json, sys
from talentstats.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert not end.code, end.code
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def modules_after(*words):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout
    return set(json.loads(done.stderr))


@pytest.mark.parametrize(
    "words",
    [
        ("retention", "87", "100"),
        ("retention", "87", "100", "--method", "all", "--format", "json"),
        ("retention", "87", "100", "--benchmark", "0.90", "--format", "json"),
        ("destinations", "US=87", "CN=10", "other=3"),
        ("destinations", "US=87", "CN=10", "other=3", "--unknown", "5", "--format", "markdown"),
        ("evidence", "87", "100", "--benchmarks", "pilot=43/50,old=80/90", "--horizon", "6"),
        (
            "evidence",
            "87",
            "100",
            "--benchmarks",
            "sei2020-china-10yr,sei2024-china-10yr",
            "--horizon",
            "6",
            "--robust",
            "0.2",
            "--format",
            "json",
        ),
    ],
    ids=" ".join,
)
def test_counts_are_answered_without_heavy_imports(words):
    loaded = modules_after(*words)
    assert f"talentstats.cli.answers.{words[0]}" in loaded
    assert loaded & HEAVY == set()


def test_importing_the_package_loads_nothing_heavy():
    program = "import sys, json, talentstats; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert set(json.loads(done.stdout)) & HEAVY == set()
