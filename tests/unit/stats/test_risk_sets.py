"""Risk sets by hand: at risk on (entry, exit]; ends before censorings, entries after ends."""

import numpy as np
import pytest

from talentstats.stats.risk_sets import risk_sets, step_at, weight_at_risk


def test_at_one_time_ends_come_first_then_censorings_then_entries():
    # At 2: one ends, one is censored (still at risk), one enters (not yet at risk).
    sets = risk_sets(entry=[0, 0, 2, 0], exit=[2, 2, 4, 3], destination=[0, -1, 0, -1])
    assert sets.time.tolist() == [2, 4]
    assert sets.at_risk.tolist() == [3, 1]
    assert sets.events.tolist() == [[1], [1]]


def test_destinations_and_weights():
    sets = risk_sets(
        entry=[0, 0, 0],
        exit=[1, 1, 2],
        destination=[1, 0, 1],
        destinations=2,
        weight=[0.5, 2.0, 1.5],
    )
    assert sets.events.tolist() == [[2.0, 0.5], [0.0, 1.5]]
    assert sets.at_risk.tolist() == [4.0, 1.5]
    assert sets.hazard.tolist() == [[0.5, 0.125], [0.0, 1.0]]


def test_the_last_risk_set_is_used_up_exactly_under_fractional_weights():
    weight = [0.1, 0.2, 0.3, 0.7]
    sets = risk_sets(entry=[0, 0, 0.5, 0.25], exit=[1, 2, 2, 2], destination=[0] * 4, weight=weight)
    assert sets.events[-1, 0] == sets.at_risk[-1]


def test_a_landmark_leaves_out_ends_up_to_it():
    sets = risk_sets(entry=[0, 0, 0], exit=[1, 2, 3], destination=[0, 0, 0], landmark=1)
    assert sets.time.tolist() == [2, 3]
    assert sets.at_risk.tolist() == [2, 1]


def test_no_ends():
    sets = risk_sets(entry=[0], exit=[1], destination=[-1])
    assert sets.time.size == 0
    assert sets.events.shape == (0, 1)


def test_results_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        risk_sets(entry=[0], exit=[1], destination=[0]).time[0] = 5


def test_weight_at_risk_at_any_time():
    got = weight_at_risk(time=[3, 0, 1.5], entry=[0, 1], exit=[2, 3], weight=[2, 5])
    assert got.tolist() == [5, 0, 7]


def test_step_before_at_and_between():
    values = np.array([[0.1, 0.2], [0.3, 0.4]])
    got = step_at(at=[0, 1, 1.9, 2], time=np.array([1.0, 2.0]), values=values, start=0.0)
    assert got.tolist() == [[0, 0], [0.1, 0.2], [0.1, 0.2], [0.3, 0.4]]
