"""Times that floating-point noise keeps apart are one; times that differ stay."""

import numpy as np

from talentstats.survival.times import merged_times, snapped


def test_sums_of_tenths_are_one_time_in_every_column():
    entry, stop = merged_times(np.array([0.1 + 0.2, 0.0]), np.array([0.3, np.inf]))
    assert entry[0] == stop[0]
    assert stop[1] == np.inf


def test_many_yearly_times_with_noise_are_merged():
    rng = np.random.default_rng(1)
    years = rng.integers(1, 30, 300_000).astype(float)
    noisy = years * (1.0 + rng.uniform(-1, 1, years.size) * 1e-15)
    [merged] = merged_times(noisy)
    assert np.unique(merged).size == np.unique(years).size < np.unique(noisy).size


def test_many_distinct_times_are_left_alone():
    times = np.random.default_rng(2).uniform(0, 10, 300_000)
    [same] = merged_times(times)
    assert same is times


def test_times_that_truly_differ_stay_apart():
    [kept] = merged_times(np.array([1.0, 1.0 + 1e-9]))
    assert np.unique(kept).size == 2


def test_a_time_asked_for_is_matched_to_its_neighbour_on_either_side():
    known = np.array([0.3, 0.5])
    assert snapped([0.1 + 0.2, 0.5 - 1e-16, 0.4], known).tolist() == [0.3, 0.5, 0.4]
