"""Cells of people by destination add up, refuse what cannot be counted, and say who is lost."""

import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.summaries.account import RowAccount
from talentstats.summaries.counts import DestinationCounts
from talentstats.summaries.destination_cells import DestinationCells

ACCOUNT = RowAccount(step="made", rows_in=4, used=4, left_out={}, people=30, person_years=1.0)


def made(**changes):
    fields = {
        "covariates": {
            "sector": np.array(["a", "a", "b", "b"]),
            "year": np.array([2019, 2020, 2019, 2020]),
        },
        "counts": [[5, 1], [4, 0], [0, 0], [10, 2]],
        "destinations": ("US", "China"),
        "unknown": [3, 0, 1, 4],
        "cluster": None,
        "accounts": (ACCOUNT,),
        "unknown_reasons": {"moved on": 6, "never seen": 2, "nobody": 0},
    }
    return DestinationCells(**fields | changes)


def test_cells_add_up():
    cells = made()
    assert (len(cells), cells.known, cells.people) == (4, 22, 30)
    assert cells.cell_labels().tolist() == ["a, 2019", "a, 2020", "b, 2019", "b, 2020"]
    assert cells.account is ACCOUNT
    total = cells.total()
    assert (dict(total.counts), total.unknown) == ({"US": 19, "China": 3}, 8)
    assert cells.sentence == (
        "made: 4 rows in, 4 used, none left out; 4 cells, 30 people, destination not known of 8 "
        "(moved on: 6; never seen: 2)."
    )
    everybody = made(unknown=[0, 0, 0, 0], unknown_reasons={})
    assert everybody.sentence.endswith("22 people, destination known of all.")


def test_collapse_keeps_what_is_named_and_everybody():
    by_year = made().collapse(["year"])
    assert by_year.covariates["year"].tolist() == [2019, 2020]
    assert by_year.counts.tolist() == [[5, 1], [14, 2]]
    assert by_year.unknown.tolist() == [4, 4]
    assert made().collapse("sector").counts.tolist() == [[9, 1], [10, 2]]
    none = made().collapse([])
    assert (none.cell_labels().tolist(), none.counts.tolist()) == (["all"], [[19, 3]])
    assert dict(none.unknown_reasons) == {"moved on": 6, "never seen": 2}
    with pytest.raises(UnknownNameError, match=r"Unknown grouping 'sectr'\. Nearest: sector"):
        made().collapse(["sectr"])
    with pytest.raises(UnknownNameError, match="Unknown grouping 'cluster'"):
        made().collapse(["cluster"])


def test_clusters_tell_cells_apart_until_collapsed():
    cells = made(covariates={"s": np.array(["a", "a", "b", "b"])}, cluster=[1, 2, 1, 2])
    assert cells.cell_labels().tolist() == ["a, 1", "a, 2", "b, 1", "b, 2"]
    assert cells.frame().columns.tolist() == ["s", "cluster", "US", "China", "unknown"]
    by_cluster = cells.collapse(["cluster"])
    assert by_cluster.cluster.tolist() == [1, 2]
    assert by_cluster.counts.tolist() == [[5, 1], [14, 2]]
    assert cells.collapse(["s"]).cluster is None


def test_cells_are_frozen_copied_and_pickled():
    given = np.array([[5.0, 1], [4, 0], [0, 0], [10, 2]])
    cells = made(counts=given)
    given[0, 0] = 99
    assert cells.counts[0, 0] == 5
    for array in (cells.counts, cells.unknown, cells.covariates["sector"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]
    with pytest.raises(FrozenInstanceError):
        cells.counts = given
    with pytest.raises(TypeError):
        cells.covariates["more"] = 1
    again = pickle.loads(pickle.dumps(cells))
    assert again.frame().equals(cells.frame())
    assert dict(again.unknown_reasons) == dict(cells.unknown_reasons)
    assert not again.counts.flags.writeable


def test_new_counts_go_into_the_same_cells():
    drawn = replace(made(), counts=np.ones((4, 2)))
    assert drawn.total().counts == {"US": 4, "China": 4}
    with pytest.raises(InputError, match=r"5 people are unknown, but the reasons add up to 8"):
        replace(made(), unknown=np.array([5, 0, 0, 0]))


def test_counts_of_a_cohort_are_one_cell():
    cells = DestinationCells.from_counts(DestinationCounts({"US": 80, "CN": 9}, unknown=8))
    assert (len(cells), cells.people, dict(cells.covariates)) == (1, 97, {})
    assert dict(cells.unknown_reasons) == {"destination not known": 8}
    assert cells.total() == DestinationCounts({"US": 80, "CN": 9}, unknown=8)
    with pytest.raises(InputError, match="is not DestinationCounts"):
        DestinationCells.from_counts({"US": 80, "CN": 9})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"counts": [[5, 1], [4, -1], [0, 0], [1, 2]]}, r"counts \[4.0, -1.0, 0.0\] in 1 row \(1"),
        ({"counts": [[5, 1], [4, 0], [0.5, 0], [1, 2]]}, r"\(2\); allowed are whole numbers"),
        ({"counts": [[np.nan, 1], [4, 0], [0, 0], [1, 2]]}, r"in 1 row \(0\)"),
        ({"counts": [[1, 2, 3]] * 4}, r"counts has shape \(4, 3\)"),
        ({"counts": [[2e10, 0]] * 4}, "add up to 8e.10; .* identifier"),
        ({"destinations": ("US", "us ")}, "'US' is there twice, up to case"),
        ({"destinations": ("US", " ")}, "one has no name"),
        ({"destinations": ("US",), "counts": [[1]] * 4}, "at least two are needed"),
        ({"covariates": {"s": np.array(["a", "b", "c"])}}, r"shape \(3,\); there are 4 cells"),
        ({"covariates": {"US": np.array(list("abcd"))}}, "covariate 'US' has the name of a dest"),
        ({"covariates": {"s": np.array(["b", "a", "c", "a"])}}, r"cells 1, 3 have .* \(a\)"),
        ({"unknown_reasons": {"moved on": 7}}, "8 people are unknown, but the reasons add up to 7"),
    ],
)
def test_what_counts_no_people_is_refused(changes, message):
    with pytest.raises(InputError, match=message):
        made(**changes)


def test_a_destination_called_unknown_keeps_its_column():
    frame = made(destinations=("US", "unknown")).frame()
    assert frame["unknown"].tolist() == [1, 0, 0, 2]
    assert frame["unknown people"].tolist() == [3, 0, 1, 4]
