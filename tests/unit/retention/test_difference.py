import dataclasses
import math

import numpy as np
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.results.columns import ESTIMATE_COLUMNS
from talentstats.results.protocol import Result
from talentstats.retention.difference import retention_difference
from talentstats.retention.intervals import WaldIntervalWarning
from talentstats.summaries.counts import RetentionCounts

A, B = RetentionCounts(87, 100), RetentionCounts(90, 100)


@pytest.fixture(scope="module")
def result():
    return retention_difference(A, B)


def test_contrasts_have_their_reference_values(result):
    # R: DescTools::BinomDiffCI(method = "score"), ratesci::scoreci for the other two.
    found = [
        (c.term, c.method, c.estimate, c.low, c.high)
        for c in (result.difference, result.ratio, result.odds_ratio)
    ]
    assert found == [
        ("difference", "newcombe", *near(-0.03, -0.1215042681, 0.0609889056)),
        ("ratio", "koopman", *near(87 / 90, 0.8667625899, 1.0730543566)),
        ("odds ratio", "score", *near(87 * 10 / (13 * 90), 0.3159211969, 1.7519999437)),
    ]


def near(*values):
    return tuple(pytest.approx(value, rel=1e-8) for value in values)


def test_tests_have_their_reference_values(result):
    assert {test.name: test.two_sided for test in result.tests} == {
        "score": pytest.approx(0.5060856949, rel=1e-9),
        "score-mn": pytest.approx(0.5071509111, rel=1e-9),
        "fisher": pytest.approx(0.6583513230, rel=1e-9),
        "barnard": pytest.approx(0.5321381604, rel=1e-9),
        "barnard-unpooled": pytest.approx(0.5321381604, rel=1e-9),
        "boschloo": pytest.approx(0.5846195979, rel=1e-9),
    }
    assert result.named_test("fisher").less == pytest.approx(0.3291756615, rel=1e-9)
    assert result.deciding.name == "score"


def test_equivalence_and_noninferiority():
    # R ratesci::scoreci: z at -0.1 is 1.4996006429, so p is its upper tail .0668589405.
    wide = retention_difference(A, B, margin=0.1)
    assert wide.p_noninferior == pytest.approx(0.0668589405, rel=1e-8)
    assert wide.p_equivalence == wide.p_noninferior > wide.p_nonsuperior
    assert wide.verdict == "cannot tell"
    assert retention_difference(A, B, margin=0.1, level=0.93).verdict.startswith("equivalent")


def test_verdict_follows_the_deciding_test():
    a, b = RetentionCounts(10, 10), RetentionCounts(6, 10)
    # score p = .0253, Fisher p = .0867.
    assert retention_difference(a, b).verdict == "above"
    assert retention_difference(b, a).verdict == "below"
    by_fisher = retention_difference(a, b, test="fisher")
    assert by_fisher.deciding.two_sided == pytest.approx(420 / 4845, rel=1e-12)
    assert by_fisher.verdict == "cannot tell"


def test_unknown_people_bound_the_difference():
    found = retention_difference(RetentionCounts(87, 100, 10), RetentionCounts(90, 100, 5))
    assert found.unknown.low == pytest.approx(87 / 110 - 95 / 105)
    assert found.unknown.high == pytest.approx(97 / 110 - 90 / 105)
    # 2 x 2 chi-squared of 87/110 against 95/105.
    chi2 = 215 * (87 * 10 - 23 * 95) ** 2 / (182 * 33 * 110 * 105)
    assert found.unknown.p_low == pytest.approx(math.erfc((chi2 / 2) ** 0.5), rel=1e-10)
    assert found.unknown.verdicts == ("below", "cannot tell")
    assert not found.unknown.holds
    assert found.rounding.holds
    assert "The status of 10 and 5 more is unknown: the difference could be -11.4 to 2.5" in (
        found.sentence
    )


def test_nothing_unknown_leaves_one_value(result):
    assert (result.unknown.low, result.unknown.high) == (result.difference.estimate,) * 2
    assert result.unknown.p_low == result.unknown.p_high == result.deciding.two_sided
    assert result.unknown.holds


def test_rounded_percentages_bound_the_difference():
    a = RetentionCounts.from_percent(87, total=412)
    found = retention_difference(a, RetentionCounts(900, 1000))
    assert found.rounding.low == pytest.approx(357 / 412 - 0.9)
    assert found.rounding.high == pytest.approx(360 / 412 - 0.9)


@pytest.mark.parametrize(
    ("a", "b", "ratio", "odds"),
    [
        ((0, 5), (3, 5), 0.0, 0.0),
        ((3, 5), (0, 5), math.inf, math.inf),
        ((5, 5), (3, 5), 5 / 3, math.inf),
        ((0, 5), (0, 5), math.nan, math.nan),
        ((5, 5), (5, 5), 1.0, math.nan),
    ],
)
def test_edges_of_ratio_and_odds(a, b, ratio, odds):
    found = retention_difference(RetentionCounts(*a), RetentionCounts(*b))
    assert found.ratio.estimate == pytest.approx(ratio, nan_ok=True)
    assert found.odds_ratio.estimate == pytest.approx(odds, nan_ok=True)
    assert found.ratio.low <= found.ratio.high
    assert "nan" not in found.sentence


def test_every_method_is_named_in_its_interval():
    for method in ("miettinen-nurminen", "mee", "agresti-caffo"):
        found = retention_difference(A, B, method=method)
        assert found.difference.method == method
        assert method in found.sentence
    found = retention_difference(A, B, ratio_method="miettinen-nurminen")
    assert found.ratio.low == pytest.approx(0.8664947483, rel=1e-9)
    found = retention_difference(A, B, odds_method="miettinen-nurminen")
    assert found.odds_ratio.low == pytest.approx(0.3152734294, rel=1e-9)
    found = retention_difference(A, B, odds_method="conditional-exact")
    # R fisher.test(matrix(c(87, 13, 90, 10), 2)): 0.7447 (0.2765 to 1.9487).
    assert (found.odds_ratio.estimate, found.odds_ratio.low) == near(0.7446888428, 0.2764848998)


def test_wald_warns_and_says_why():
    with pytest.warns(WaldIntervalWarning, match="too short when people are few"):
        found = retention_difference(RetentionCounts(5, 5), RetentionCounts(5, 5), method="wald")
    assert (found.difference.low, found.difference.high) == (0, 0)


def test_tidy_recomputes_and_changes_nothing(result):
    assert isinstance(result, Result)
    frame = result.tidy(level=0.8)
    assert list(frame.columns) == list(ESTIMATE_COLUMNS)
    assert frame["term"].tolist() == ["difference", "ratio", "odds ratio"]
    assert frame["conf_level"].unique().tolist() == [0.8]
    assert frame["conf_low"][0] > result.difference.low
    assert frame["std_error"][0] == pytest.approx(math.sqrt(0.87 * 0.13 / 100 + 0.09 / 100))
    assert result.tidy()["conf_low"][0] == result.difference.low
    assert result.glance().shape[0] == 1
    assert result.glance()["p_score_mn"][0] == pytest.approx(0.5071509111, rel=1e-9)


def test_result_is_frozen_and_says_what_made_it(result):
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.level = 0.5
    assert result.provenance.function == "retention_difference"
    assert result.provenance.arguments["retained_b"] == 90
    assert result.sentence == (
        "87 of 100 stayed (87.0%) and 90 of 100 (90.0%): a difference of -3.0 percentage points "
        "(95% confidence interval, newcombe: -12.2 to 6.1); score test p = 0.506, equivalence "
        "within 5 points p = 0.330: cannot tell."
    )


def test_so_many_people_put_unconditional_tests_out_of_reach():
    a, b = RetentionCounts(870, 1000), RetentionCounts(9000, 10000)
    found = retention_difference(a, b)
    assert found.named_test("fisher").two_sided == pytest.approx(0.00374641878, rel=1e-8)
    assert np.isnan(found.named_test("barnard").two_sided)
    with pytest.raises(InputError, match=r"visits every table of 11000 people.*up to 1000.*fisher"):
        retention_difference(a, b, test="boschloo")
    many = RetentionCounts(87_000, 100_000)
    with pytest.raises(
        InputError, match=r"tables of 101000 people; allowed are up to 20000.*score"
    ):
        retention_difference(a, many, odds_method="conditional-exact")
    assert retention_difference(a, many).odds_ratio.method == "score"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"method": "newcomb"}, UnknownNameError, "Unknown method 'newcomb'. Nearest: newcombe"),
        ({"test": "barnerd"}, UnknownNameError, "Unknown test 'barnerd'. Nearest: barnard"),
        ({"ratio_method": "katz"}, UnknownNameError, "Unknown ratio_method 'katz'"),
        ({"odds_method": "woolf"}, UnknownNameError, "Unknown odds_method 'woolf'"),
        ({"level": 95}, InputError, "level=95 is not allowed.*Then give 0.95"),
        ({"margin": 0}, InputError, r"margin=0 is not allowed; allowed is a number in \(0, 1\)"),
        ({"a": 0.87}, InputError, r"a=0.87 is not RetentionCounts.*RetentionCounts\(87, 100\)"),
    ],
)
def test_bad_input_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        retention_difference(**({"a": A, "b": B} | arguments))
