"""Cells kept apart by cluster say what the joined cells say, penalised profiles included."""

import numpy as np

from talentstats.summaries.cells import RiskCells
from talentstats.summaries.spells import Spells
from talentstats.survival.hazard_model import hazard_model


def test_a_penalised_fit_and_its_profile_do_not_depend_on_how_cells_are_cut():
    i = np.arange(120)
    spells = Spells.from_arrays(
        exit=1 + i % 6,
        event=i % 4 == 0,
        cluster=i // 2,
        covariates={"sector": np.array(["a", "b"])[i % 2]},
    )
    joined, apart = (
        hazard_model(
            RiskCells.from_spells(spells, by_cluster=kept),
            "~ sector",
            duration="linear",
            errors="model",
        )
        for kept in (False, True)
    )
    assert joined.penalty == apart.penalty == "firth"  # nobody of b left
    assert len(apart.rows.matrix) > 10 * len(joined.rows.matrix)
    for name in ("estimate", "std_error", "conf_low", "conf_high", "p_value"):
        np.testing.assert_allclose(joined.tidy()[name], apart.tidy()[name], rtol=1e-5)
