import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.results.columns import ESTIMATE_COLUMNS
from talentstats.results.protocol import Result
from talentstats.retention.groups import GROUP_METHODS, retention_by_group
from talentstats.summaries.counts import RetentionCounts

GROUPS = {
    "2010": RetentionCounts(87, 100),
    "2015": RetentionCounts(70, 100, 10),
    "2020": RetentionCounts(45, 50),
}


def frame(**columns):
    return pd.DataFrame({"group": ["x", "y"], "retained": [3, 4], "total": [5, 6]} | columns)


def test_two_groups_are_one_two_by_two_table():
    found = retention_by_group({"a": RetentionCounts(87, 100), "b": RetentionCounts(70, 100)})
    chi2 = 200 * (87 * 30 - 13 * 70) ** 2 / (157 * 43 * 100 * 100)
    assert found.pearson.statistic == pytest.approx(chi2, rel=1e-12)
    assert found.pearson.degrees == 1
    # One degree of freedom: the chi-squared tail is the two-sided normal one.
    assert found.pearson.p_value == pytest.approx(math.erfc((chi2 / 2) ** 0.5), rel=1e-12)
    assert found.z.tolist() == pytest.approx([chi2**0.5, -(chi2**0.5)], rel=1e-12)
    assert found.p_value.tolist() == pytest.approx([found.pearson.p_value] * 2, rel=1e-12)
    assert found.differing == ("a", "b")


def test_three_groups_against_scipy():
    from scipy.stats import chi2_contingency

    found = retention_by_group(GROUPS)
    table = [[87, 70, 45], [13, 30, 5]]
    for test, power in (
        (found.pearson, "pearson"),
        (found.likelihood_ratio, "log-likelihood"),
    ):
        theirs = chi2_contingency(table, correction=False, lambda_=power)
        assert test.statistic == pytest.approx(theirs.statistic, rel=1e-12)
        assert test.p_value == pytest.approx(theirs.pvalue, rel=1e-12)
        assert test.degrees == 2
    assert found.smallest_expected == pytest.approx(theirs.expected_freq.min())


def test_each_group_is_tested_against_the_others_together():
    found = retention_by_group(GROUPS)
    # 2015 is 70 of 100, the others 132 of 150.
    chi2 = 250 * (70 * 18 - 30 * 132) ** 2 / (202 * 48 * 100 * 150)
    assert found.z[1] == pytest.approx(-(chi2**0.5), rel=1e-12)
    # Holm by hand: the smallest of three is multiplied by 3.
    assert found.p_holm[1] == pytest.approx(3 * found.p_value[1], rel=1e-12)
    assert found.p_bh[1] == pytest.approx(3 * found.p_value[1], rel=1e-12)


def test_intervals_and_bounds():
    found = retention_by_group(GROUPS)
    assert (found.lower[0], found.upper[0]) == pytest.approx((0.7901964856, 0.9224283257))
    assert (found.rate_low[1], found.rate_high[1]) == pytest.approx((70 / 110, 80 / 110))
    assert (found.rate_low[0], found.rate_high[0]) == (0.87, 0.87)
    assert found.pooled_rate == 202 / 250


@pytest.mark.parametrize("method", GROUP_METHODS)
def test_every_method_is_that_of_one_group(method):
    from talentstats.retention.intervals import retention_interval

    found = retention_by_group(GROUPS, method=method, level=0.9)
    for place, counts in enumerate(GROUPS.values()):
        single = retention_interval(counts, method=method, level=0.9)
        limits = (found.lower[place], found.upper[place])
        assert limits == pytest.approx((single.low, single.high), rel=1e-9)


def test_order_changes_no_number():
    rng = np.random.default_rng(20261124)
    total = rng.integers(1, 60, 500)
    data = pd.DataFrame(
        {
            "group": [f"g{i}" for i in range(500)],
            "retained": rng.binomial(total, 0.8),
            "total": total,
            "unknown": rng.integers(0, 5, 500),
        }
    )
    turned = data.sample(frac=1, random_state=1)
    one, other = retention_by_group(data), retention_by_group(turned)
    assert one.glance().equals(other.glance())
    by_name = other.tidy().set_index("group").loc[list(one.groups)].reset_index()
    pd.testing.assert_frame_equal(one.tidy(), by_name[one.tidy().columns], check_exact=True)


def test_frame_and_mapping_agree():
    data = pd.DataFrame(
        {
            "group": list(GROUPS),
            "retained": [87, 70, 45],
            "total": [100, 100, 50],
            "unknown": [0, 10, 0],
        }
    )
    assert retention_by_group(data).tidy().equals(retention_by_group(GROUPS).tidy())
    categorical = data.assign(group=data["group"].astype("category"))
    assert retention_by_group(categorical).groups == tuple(GROUPS)


@pytest.mark.parametrize("retained", [0, 10])
def test_no_variation_is_no_heterogeneity(retained):
    found = retention_by_group(
        {"a": RetentionCounts(retained, 10), "b": RetentionCounts(retained, 10)}
    )
    assert (found.pearson.p_value, found.likelihood_ratio.p_value) == (1.0, 1.0)
    assert found.p_value.tolist() == [1.0, 1.0]


def test_small_groups_are_pointed_out():
    found = retention_by_group(GROUPS | {"tiny": RetentionCounts(2, 3)})
    assert "smallest expected count is 0.6, below 5" in found.sentence
    assert "approximate" not in retention_by_group(GROUPS).sentence
    assert retention_by_group(GROUPS).sentence.startswith(
        "202 of 250 stayed (80.8%) over 3 groups; heterogeneity p"
    )


def test_tidy_recomputes_and_changes_nothing():
    found = retention_by_group(GROUPS)
    assert isinstance(found, Result)
    wide, narrow = found.tidy(), found.tidy(level=0.5)
    assert list(wide.columns)[: 1 + len(ESTIMATE_COLUMNS)] == ["group", *ESTIMATE_COLUMNS]
    assert (narrow["conf_low"] > wide["conf_low"]).all()
    assert wide["conf_low"].tolist() == found.lower.tolist()
    assert found.glance().shape[0] == 1
    assert found.provenance.arguments["groups"] == 3
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.level = 0.5
    for name in ("retained", "rate", "lower", "p_holm", "rate_high"):
        assert not getattr(found, name).flags.writeable


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (frame(retained=[3, 7]), r"row 2 \(group 'y'\): retained=7 exceeds total=6"),
        (frame(retained=[3, -1]), r"row 2 \(group 'y'\): retained=-1 is too small"),
        (frame(total=[5.5, 6]), r"row 1 \(group 'x'\): total=5.5 is a fraction"),
        (frame(total=[np.nan, 6]), r"row 1 \(group 'x'\): total=nan is not finite"),
        (frame(unknown=[0, -2]), r"row 2 \(group 'y'\): unknown=-2 is too small"),
        (frame(retained=["3", "4"]), r"row 1 \(group 'x'\): retained='3' is not a number"),
        (frame(group=["x", " X "]), r"row 2: group 'X' is given twice \(also in row 1\)"),
        (frame(group=["x", None]), "row 2 has an empty group name"),
        (frame(group=["x", " "]), "row 2 has an empty group name"),
        (frame().iloc[:1], "1 group given; at least two are needed"),
        ({}, "0 group given; at least two are needed"),
        (frame().drop(columns="total"), "groups has no column 'total'; its columns are group"),
        ({"a": RetentionCounts(1, 2), "b": 0.5}, r"row 2 \(group 'b'\) is 0.5, not Retention"),
        ([1, 2], "groups is a list; give a mapping such as"),
    ],
)
def test_bad_rows_are_named(groups, message):
    with pytest.raises(InputError, match=message):
        retention_by_group(groups)


def test_bad_options_are_refused():
    with pytest.raises(UnknownNameError, match=r"Unknown method 'wilsen'\. Nearest: wilson"):
        retention_by_group(GROUPS, method="wilsen")
    with pytest.raises(InputError, match="level=95"):
        retention_by_group(GROUPS, level=95)
