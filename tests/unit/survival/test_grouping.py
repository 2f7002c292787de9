import numpy as np
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.survival.grouping import groups_of

COVARIATES = {
    "sector": np.array(["industry", "academia", "industry", "lab"]),
    "cohort": np.array([10.0, 9.0, 9.0, 10.0]),
    "age": np.linspace(20.0, 60.5, 4),
}


def test_no_covariate_is_one_group():
    groups = groups_of(COVARIATES, None, 4)
    assert (groups.labels, groups.keys) == (("all",), ({},))
    assert groups.index.tolist() == [0, 0, 0, 0]
    assert not groups.index.flags.writeable


def test_one_covariate_is_labelled_by_its_bare_level_in_order_of_size():
    groups = groups_of(COVARIATES, "cohort", 4)
    assert groups.labels == ("9", "10")
    assert groups.index.tolist() == [1, 0, 0, 1]


def test_several_covariates_make_the_combinations_that_occur():
    groups = groups_of(COVARIATES, ["sector", "cohort"], 4)
    assert groups.labels == (
        "sector=academia, cohort=9",
        "sector=industry, cohort=9",
        "sector=industry, cohort=10",
        "sector=lab, cohort=10",
    )
    assert groups.index.tolist() == [2, 0, 1, 3]
    assert groups.keys[2] == {"sector": "industry", "cohort": 10}


def test_unknown_name_offers_the_nearest():
    with pytest.raises(UnknownNameError, match="Nearest: sector"):
        groups_of(COVARIATES, "sektor", 4)


def test_a_measurement_is_refused_until_it_is_cut():
    ages = {"age": np.linspace(20.25, 60, 21)}
    with pytest.raises(InputError, match=r"21 distinct values.*cut"):
        groups_of(ages, "age", 21)
    assert len(groups_of({"age": np.floor(ages["age"])}, "age", 21)) > 20


@pytest.mark.parametrize("by", [3, ["sector", "sector"], ["sector", 3]])
def test_by_that_is_no_list_of_names(by):
    with pytest.raises(InputError, match="by="):
        groups_of(COVARIATES, by, 4)


def test_no_rows():
    with pytest.raises(InputError, match="no rows"):
        groups_of({}, None, 0)
