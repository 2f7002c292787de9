import subprocess
import sys

import pandas as pd

from talentstats.tables.adapters import fit_columns

HEAVY = "pandas scipy.stats statsmodels lifelines matplotlib pymc"


def test_tables_import_no_library_that_made_the_fits() -> None:
    code = (
        "import sys, talentstats.tables.coef_table, talentstats.tables.frame_table\n"
        f"print([m for m in {HEAVY.split()} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_subclasses_of_a_library_are_recognised() -> None:
    class Mine(pd.DataFrame):
        """A frame of the caller's own."""

    (column,) = fit_columns(Mine({"term": ["a"], "estimate": [1.0]}), level=0.95)
    assert column.terms["term"].tolist() == ["a"]
