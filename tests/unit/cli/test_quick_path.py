"""The first answer loads nothing heavy."""

import json
import subprocess
import sys

import pytest

HEAVY = {"pandas", "scipy.stats", "matplotlib", "statsmodels", "pymc", "arviz", "lifelines"}
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
    ],
    ids=" ".join,
)
def test_counts_are_answered_without_heavy_imports(words):
    loaded = modules_after(*words)
    assert "talentstats.retention.estimate" in loaded
    assert loaded & HEAVY == set()


def test_importing_the_package_loads_nothing_heavy():
    program = "import sys, json, talentstats; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert set(json.loads(done.stdout)) & HEAVY == set()
