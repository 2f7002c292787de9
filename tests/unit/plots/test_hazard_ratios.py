"""The forest of a regression shows exponentials, reference levels, and no baseline."""

import numpy as np
import pytest

from talentstats.cohort.carnegie import carnegie_like
from talentstats.destinations.shares import destination_shares
from talentstats.errors import InputError, UnknownNameError
from talentstats.plots.hazard_ratios import plot_hazard_ratios
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.counts import DestinationCounts
from talentstats.survival.cox_model import cox_model
from talentstats.survival.hazard_model import hazard_model

SPELLS = carnegie_like(3, n=400).spells()
CELLS = RiskCells.from_spells(SPELLS)


def names(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


@pytest.mark.parametrize("width", [3.4, 7.0])
def test_rows_are_exponentials_with_references_in_place(width, check_text):
    fit = hazard_model(CELLS, "~ sector + stage", duration="spline")
    axes = plot_hazard_ratios(fit, width=width)
    check_text(axes)
    assert names(axes)[0].replace("\n", " ") == "sector: academia (ref.)"
    assert len(names(axes)) == 6
    drawn = axes.collections[0].get_offsets()[:, 0]
    own = fit.tidy().query("component == ''")["estimate"]
    assert np.allclose(np.delete(np.asarray(drawn), [0, 3]), np.exp(own))
    assert axes.get_xscale() == "log"
    assert axes.get_xlabel() == "Hazard ratio"


def test_a_cox_model_and_one_of_several_destinations():
    assert len(names(plot_hazard_ratios(cox_model(SPELLS, "~ sector")))) == 3
    fit = hazard_model(CELLS, "~ sector", destinations="cause-specific", duration="linear")
    assert len(names(plot_hazard_ratios(fit))) == 6
    assert len(names(plot_hazard_ratios(fit, outcome="China"))) == 3
    with pytest.raises(UnknownNameError, match="Chin"):
        plot_hazard_ratios(fit, outcome="Chin")


def test_what_is_no_regression_is_refused():
    shares = destination_shares(DestinationCounts({"US": 8, "CN": 2}))
    with pytest.raises(InputError, match="plot_forest draws any frame"):
        plot_hazard_ratios(shares)
    with pytest.raises(InputError, match="no coefficient beside its baseline"):
        plot_hazard_ratios(hazard_model(CELLS, "~ 1", duration="linear"))
