"""Gray's test: symmetric, 0 for equal groups, the log-rank's score without other destinations."""

import numpy as np
import pytest

from talentstats.stats.gray import gray_test
from talentstats.stats.logrank import logrank


def simulated(n=150, groups=3, seed=8):
    rng = np.random.default_rng(seed)
    return {
        "exit": rng.integers(1, 8, n).astype(float),
        "destination": rng.integers(-1, 2, n),
        "group": rng.integers(0, groups, n),
        "groups": groups,
    }


def test_without_other_destinations_the_score_is_the_log_ranks():
    data = simulated()
    data["destination"] = np.minimum(data["destination"], 0)
    test = logrank(
        entry=np.zeros(150), exit=data["exit"], event=data["destination"] >= 0,
        group=data["group"], groups=3,
    )  # fmt: skip
    got = gray_test(**data, of=0)
    assert got.score == pytest.approx(test.observed - test.expected)


def test_naming_groups_otherwise_changes_nothing():
    data = simulated()
    first = gray_test(**data, of=1)
    other = gray_test(**(data | {"group": np.array([2, 0, 1])[data["group"]]}), of=1)
    assert other.statistic == pytest.approx(first.statistic, rel=1e-9)
    assert first.score.sum() == pytest.approx(0, abs=1e-10)
    assert first.covariance.sum(axis=0) == pytest.approx(np.zeros(3), abs=1e-10)


def test_a_clear_difference_is_seen_and_an_empty_group_is_not_compared():
    data = simulated(groups=2)
    data["destination"] = np.where(data["group"] == 1, 0, data["destination"])
    assert gray_test(**data, of=0).p_value < 1e-6
    assert np.isnan(gray_test(**(data | {"groups": 3}), of=0).p_value)
