"""Where people are at a horizon: ten by hand, and simulated ones whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from talentstats.cohort.carnegie import carnegie_like, carnegie_truth
from talentstats.cohort.simulate import simulate_cohort
from talentstats.errors import InputError, UnknownNameError
from talentstats.summaries.destination_cells import DestinationCells
from talentstats.summaries.spells import Spells

INF = np.inf
# Six years after own entry, by hand: person, sector, entry, lower, upper, to, and where then.
TEN = [
    ("a", "x", 0, 6, INF, None, "US"),  # seen to the horizon, no further
    ("b", "x", 3, 10, INF, None, "US"),  # the horizon is at 9
    ("c", "x", 3, 8, INF, None, "censored"),  # 8 on the clock is 5 after entry
    ("d", "x", 0, 6, 6, "China", "China"),  # at the horizon
    ("e", "y", 0, 6.5, 6.5, "China", "US"),  # after it
    ("f", "y", 1, 3, 5, "Canada", "Canada"),  # between looks, both before
    ("g", "y", 0, 5, 7, "China", "straddles"),
    ("h", "y", 0, 6, 7, "Canada", "US"),  # in the host at the horizon
    ("i", "y", 0, 2, 6, "China", "China"),
    ("j", "x", 0, 3, INF, None, None),  # goes on in the next row
    ("j", "y", 3, 7, INF, None, "US"),
]


def ten(order=slice(None)):
    rows = [TEN[i] for i in np.arange(len(TEN))[order]]
    who, sector, entry, lower, upper, to, _ = zip(*rows, strict=True)
    return Spells.from_arrays(
        entry=entry, lower=lower, upper=upper, destination=list(to), cluster=who,
        covariates={"sector": sector},
    )  # fmt: skip


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
def test_ten_people_by_hand(order):
    cells = DestinationCells.from_spells(ten(order), horizon=6, host="US")
    assert cells.destinations == ("US", "Canada", "China")
    # x: a, b and j (x at entry) in the US, d in China, c unknown; y: e, h; f; i; g unknown.
    assert cells.covariates["sector"].tolist() == ["x", "y"]
    assert cells.counts.tolist() == [[3, 0, 1], [2, 1, 1]]
    assert cells.unknown.tolist() == [1, 1]
    assert dict(cells.unknown_reasons) == {
        "last seen before the horizon": 1,
        "left between looks on either side of the horizon": 1,
    }
    assert cells.people == 10
    assert cells.account.people == 10
    assert cells.account.sentence == "destination cells: 11 rows in, 11 used, none left out."
    assert [a.step for a in cells.accounts] == ["spells", "destination cells"]


def test_each_of_the_ten_is_where_the_hand_says():
    cells = DestinationCells.from_spells(ten(), horizon=6, host="US", cluster=True)
    said = {who: where for who, *_, where in TEN if where}
    for i, who in enumerate(cells.cluster.tolist()):
        place = cells.destinations[int(cells.counts[i].argmax())]
        found = "unknown" if cells.unknown[i] else place
        assert found == {"censored": "unknown", "straddles": "unknown"}.get(said[who], said[who])


def test_fewer_may_go_on_than_were_there():
    # 100 seen to 3, of whom 90 are followed to 7 and 10 are lost; of 90, none has left.
    spells = Spells.from_arrays(
        entry=[0, 3, 0], exit=[3, 7, 1], event=[None, None, "China"],
        count=[100, 90, 2], cluster=["p", "p", "q"],
    )  # fmt: skip
    assert spells.continues.tolist() == [False, True, False]
    cells = DestinationCells.from_spells(spells, horizon=6)
    assert cells.counts.tolist() == [[90, 2]]
    assert cells.unknown.tolist() == [10]
    assert cells.people == spells.account.people == 102


def test_rounding_of_a_sum_moves_nobody():
    assert 1.1 + 2.2 > 3.3
    spells = Spells.from_arrays(
        entry=[1.1, 1.1], lower=[3.3, 3.3], upper=[INF, 3.3], destination=[None, "China"]
    )
    assert DestinationCells.from_spells(spells, horizon=2.2).counts.tolist() == [[1, 1]]


def test_a_published_cohort_looked_at_in_2025():
    cohort = carnegie_like(3, n=2000)
    cells = DestinationCells.from_spells(
        cohort.spells(), horizon=6, host="US", covariates=["sector", "stage"]
    )
    kinds, where = cohort.truth.population, cohort.seen[:, -1]
    for i, (sector, stage) in enumerate(zip(*cells.covariates.values(), strict=True)):
        of_cell = (kinds.sector == sector) & (kinds.stage == stage)
        here = where[of_cell[cohort.kind]]
        names = [-1 if n == "US" else cohort.truth.law.destinations.index(n)
                 for n in cells.destinations]  # fmt: skip
        assert cells.counts[i].tolist() == [np.sum(here == code) for code in names]
    assert cells.people == cells.known == 2000
    # 87% of 2000 stay in expectation, with a standard deviation of 15.
    assert abs(cells.total().counts["US"] - 1740) < 60


@pytest.mark.parametrize("horizon", [1.0, 3.5, 6.0])
def test_whoever_is_known_is_where_the_truth_says(horizon):
    truth = carnegie_truth()
    cohort = simulate_cohort(
        3000, 5, population=truth.population, law=truth.law, missed=0.3, unknown=0.2
    )
    # Everybody is first seen in 2019, and somebody not seen again is no spell.
    again = ((cohort.seen >= -1)[:, 1:]).any(axis=1)
    spells = replace(cohort.spells(), cluster=np.flatnonzero(again))
    cells = DestinationCells.from_spells(spells, horizon=horizon, host="US", cluster=True)
    places = ["US", *cohort.truth.law.destinations]
    true = np.where(cohort.left_after > horizon, 0, cohort.destination + 1)
    by_person = cells.collapse(["cluster"])
    assert by_person.cluster.tolist() == np.flatnonzero(again).tolist()
    known = by_person.counts.sum(axis=1) == 1
    found = np.array([places.index(name) for name in cells.destinations])
    assert np.array_equal(
        found[by_person.counts[known].argmax(axis=1)], true[by_person.cluster[known]]
    )
    # Unknown is exactly who has no look that settles it, look by look.
    since = cohort.looks - 2019
    settled = np.array([
        (s[since >= horizon] == -1).any() or (s[since <= horizon] >= 0).any()
        for s in cohort.seen[again]
    ])  # fmt: skip
    assert np.array_equal(known, settled)
    assert 0 < known.sum() < known.size


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        ({"weight": [1, 2]}, {}, "weighted, and cells count people.*population_weights"),
        ({"event": [0, 0]}, {}, "nobody leaves in these spells.*RetentionCounts"),
        ({}, {"host": "china"}, "host='china' is one of the destinations"),
        ({}, {"host": " "}, "host is an empty name"),
        ({}, {"cluster": True}, "the spells have no clusters"),
        ({}, {"horizon": 0}, r"horizon=0 is not allowed"),
        ({}, {"horizon": float("nan")}, "horizon=nan"),
    ],
)
def test_what_cannot_be_counted_is_refused(given, options, message):
    spells = Spells.from_arrays(**{"exit": [2, 7], "event": ["China", None]} | given)
    with pytest.raises(InputError, match=message):
        DestinationCells.from_spells(spells, **{"horizon": 6} | options)


def test_nobody_known_is_refused_with_the_reasons():
    spells = Spells.from_arrays(lower=[2, 3], upper=[8, INF], destination=["China", None])
    with pytest.raises(
        InputError, match=r"nobody where they are 6 after entry \(last seen .*: 1; left .*: 1\)"
    ):
        DestinationCells.from_spells(spells, horizon=6)
    with pytest.raises(InputError, match="a list was given; allowed are Spells"):
        DestinationCells.from_spells([1, 2], horizon=6)
    with pytest.raises(UnknownNameError, match="Unknown covariate 'sectr'"):
        DestinationCells.from_spells(ten(), horizon=6, covariates=["sectr"])
