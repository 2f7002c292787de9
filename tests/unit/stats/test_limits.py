import dataclasses

import numpy as np
import pytest

from talentstats.stats.limits import (
    Limits,
    normal_quantile,
    proportion_limits,
    read_only,
    tail_area,
)


def test_limits_are_frozen_copies_of_one_shape():
    source = np.array([0.1, 0.2])
    limits = Limits(lower=source, upper=np.float64(0.9))
    source[0] = 7.0
    assert limits.lower.tolist() == [0.1, 0.2]
    assert limits.upper.tolist() == [0.9, 0.9]
    with pytest.raises(ValueError, match="read-only"):
        limits.upper[0] = 0.5
    with pytest.raises(dataclasses.FrozenInstanceError):
        limits.lower = source  # type: ignore[misc]


def test_read_only_does_not_lock_the_original():
    source = np.array([1.0])
    copy = read_only(source)
    source[0] = 2.0
    assert copy[0] == 1.0


@pytest.mark.parametrize(
    ("side", "area", "z"),
    # Two- and one-sided 5% points of the normal, as every table prints them.
    [("two-sided", 0.025, 1.959963985), ("lower", 0.05, 1.644853627), ("upper", 0.05, 1.644853627)],
)
def test_tail_area_and_its_quantile(side, area, z):
    assert tail_area(level=0.95, side=side) == pytest.approx(area, rel=1e-14)
    assert normal_quantile(level=0.95, side=side) == pytest.approx(z, abs=5e-10)


@pytest.mark.parametrize(
    ("side", "expected"),
    [("two-sided", (0.2, 0.6)), ("lower", (0.2, 1.0)), ("upper", (0.0, 0.6))],
)
def test_the_side_not_asked_for_is_open(side, expected):
    limits = proportion_limits(lower=0.2, upper=0.6, side=side)
    assert (float(limits.lower), float(limits.upper)) == expected
