"""Verdicts against exact rational arithmetic, ties included."""

from fractions import Fraction

import numpy as np
import pytest

from talentstats.retention.verdict import VERDICTS, decide, exact_judge, rejects, verdicts_of


@pytest.mark.parametrize(
    ("p_value", "p_equivalence", "difference", "verdict"),
    [
        (0.04, 0.5, -0.1, "below"),
        (0.04, 0.5, 0.1, "above"),
        (0.06, 0.5, -0.1, "cannot tell"),
        (0.06, 0.04, -0.1, "equivalent within the margin"),
        (0.06, 0.04, 0.1, "equivalent within the margin"),
        (0.04, 0.04, -0.01, "equivalent within the margin, though detectably below"),
        (0.04, 0.04, 0.01, "equivalent within the margin, though detectably above"),
        (0.05, 0.05, -0.01, "equivalent within the margin, though detectably below"),
        (0.050001, 0.050001, -0.01, "cannot tell"),
        (1.0, 1.0, 0.0, "cannot tell"),
    ],
)
def test_every_combination_has_its_verdict(p_value, p_equivalence, difference, verdict):
    found = decide(p_value=p_value, p_equivalence=p_equivalence, difference=difference, level=0.95)
    assert str(found) == verdict
    assert verdict in VERDICTS


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99, 0.999, 0.7])
def test_a_p_value_at_the_size_rejects(level):
    # 1 - 0.9 is 0.09999999999999998 in doubles; p = 0.1 is still a tie and rejects.
    size = float(1 - Fraction(str(level)))
    assert rejects(size, level=level)
    assert not rejects(size + 1e-9, level=level)


@pytest.mark.parametrize("rate", ["0.9", "0.5", "0.8", "0.05", "0.97"])
@pytest.mark.parametrize("margin", ["0.05", "0.2", "0.45"])
def test_verdicts_agree_with_exact_fractions(binomial, rate, margin):
    for n in (1, 2, 5, 9, 24, 60):
        k = np.arange(n + 1)
        found = verdicts_of(exact_judge, k, n, float(rate), level=0.95, margin=float(margin))
        expected = [binomial.verdict(j, n, rate, margin=margin) for j in range(n + 1)]
        assert found.tolist() == expected


def test_all_six_verdicts_occur():
    k = np.arange(4001)
    found = verdicts_of(exact_judge, k, 4000, 0.9, level=0.95, margin=0.02)
    some = verdicts_of(exact_judge, 87, 100, 0.9, level=0.95, margin=0.02)
    assert {*found.tolist(), str(some)} == set(VERDICTS)


def test_an_exact_tie_of_the_central_test_rejects():
    # One of one against 5%: P(X >= 1) = 1/20, doubled 1/10, held against 1 - 0.9.
    assert str(verdicts_of(exact_judge, 1, 1, 0.05, level=0.9, margin=0.01)) == "above"
    # Five of five against 1/2: 2/32 = 1/16 at level 15/16.
    assert str(verdicts_of(exact_judge, 5, 5, 0.5, level=0.9375, margin=0.01)) == "above"


def test_broadcasting_gives_one_verdict_a_cell():
    found = verdicts_of(
        exact_judge, np.array([[80], [87]]), 100, [0.8, 0.9, 0.95], level=0.95, margin=0.05
    )
    assert found.shape == (2, 3)
    assert found[1, 2] == "below"
    assert found[1, 0] == "cannot tell"
