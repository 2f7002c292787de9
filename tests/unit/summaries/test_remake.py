"""Summaries go through process pools and copies as they are."""

import copy
import pickle

import numpy as np
import pytest

from talentstats.summaries.cells import RiskCells
from talentstats.summaries.spells import Spells

SPELLS = Spells.from_arrays(
    entry=[0, 1], exit=[3, 4], event=["China", None], covariates={"job": ["a", "b"]}
)


@pytest.mark.parametrize("remade", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
@pytest.mark.parametrize("made", [SPELLS, RiskCells.from_spells(SPELLS)], ids=["spells", "cells"])
def test_a_copy_holds_the_same_and_stays_frozen(made, remade):
    again = remade(made)
    assert type(again) is type(made)
    np.testing.assert_array_equal(again.covariates["job"], made.covariates["job"])
    assert again.destinations == made.destinations
    assert again.account.sentence == made.account.sentence
    with pytest.raises(TypeError):
        again.covariates["job"] = np.array(["x"])
    with pytest.raises(ValueError, match="read-only"):
        again.covariates["job"][0] = "x"
