"""Exact coverage against the reference values and enumeration in fractions."""

import warnings
from fractions import Fraction

import numpy as np
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.retention.coverage import interval_coverage
from talentstats.retention.estimate import retention
from talentstats.retention.intervals import INTERVAL_METHODS, WaldIntervalWarning
from talentstats.summaries.counts import RetentionCounts

# Minimum, where, mean and mean width on .500 ... .999 at 95%, computed at 60 digits
# (tests/reference/proportions_make.py has the definitions).
PRINTED = {
    10: {
        "wilson": (0.8424, 0.983, 0.9543, 0.4357),
        "clopper-pearson": (0.9611, 0.653, 0.9838, 0.5088),
        "jeffreys": (0.8683, 0.782, 0.9531, 0.4329),
        "blaker": (0.9500, 0.850, 0.9733, 0.4762),
        "wald": (0.0100, 0.999, 0.7700, 0.4040),
    },
    100: {
        "wilson": (0.9048, 0.999, 0.9510, 0.1524),
        "mid-p": (0.9208, 0.969, 0.9530, 0.1532),
        "likelihood": (0.8519, 0.980, 0.9486, 0.1519),
        "agresti-coull": (0.9391, 0.635, 0.9555, 0.1544),
        "arcsine": (0.9125, 0.974, 0.9515, 0.1528),
        "wilson-cc": (0.9513, 0.750, 0.9648, 0.1620),
        "beta": (0.8186, 0.998, 0.9504, 0.1525),
    },
}


@pytest.mark.parametrize("n", PRINTED)
def test_summary_agrees_with_the_printed_table(n):
    found = interval_coverage(n, methods=list(PRINTED[n])).summary().set_index("method")
    for method, (minimum, rate, mean, width) in PRINTED[n].items():
        row = found.loc[method]
        assert row["minimum"] == pytest.approx(minimum, abs=6e-5)
        assert row["at_rate"] == pytest.approx(rate, abs=1e-9)
        assert row["mean"] == pytest.approx(mean, abs=6e-5)
        assert row["mean_length"] == pytest.approx(width, abs=6e-5)
    assert set(found.index[found["holds"]]) == {
        m for m in PRINTED[n] if m in {"clopper-pearson", "blaker", "wilson-cc"}
    }


@pytest.mark.parametrize("method", INTERVAL_METHODS)
def test_coverage_adds_up_the_counts_whose_interval_holds_the_rate(binomial, method):
    n, rates = 7, ["0.5", "0.83", "0.97"]
    expected, length = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WaldIntervalWarning)
        limits = [retention(RetentionCounts(k, n), method=method) for k in range(n + 1)]
    for rate in rates:
        weights = [binomial.pmf(k, n, rate) for k in range(n + 1)]
        holds = [i.low <= float(rate) <= i.high for i in limits]
        expected.append(float(sum(w for w, h in zip(weights, holds, strict=True) if h)))
        length.append(
            sum(float(w) * (i.high - i.low) for w, i in zip(weights, limits, strict=True))
        )
    found = interval_coverage(n, methods=method, rates=[float(r) for r in rates])
    np.testing.assert_allclose(found.coverage[0], expected, rtol=1e-9)
    np.testing.assert_allclose(found.expected_length[0], length, rtol=1e-9)


def test_one_person_by_hand():
    # Wald of 0/1 is [0, 0] and of 1/1 is [1, 1]: no rate inside (0, 1) is ever covered.
    found = interval_coverage(1, methods="wald", rates=[0.5])
    assert found.coverage.tolist() == [[0.0]]
    assert found.expected_length.tolist() == [[0.0]]
    assert Fraction(found.glance()["lowest_coverage"].iloc[0]) == 0


def test_all_means_all_and_nothing_warns():
    found = interval_coverage(5, rates=[0.5])
    assert found.methods == INTERVAL_METHODS
    assert found.coverage.shape == (len(INTERVAL_METHODS), 1)


def test_tidy_recomputes_for_its_level():
    found = interval_coverage(30, methods=["clopper-pearson"], rates=[0.9, 0.95])
    wide = found.tidy(level=0.99)
    direct = interval_coverage(30, methods=["clopper-pearson"], rates=[0.9, 0.95], level=0.99)
    assert wide["estimate"].tolist() == direct.coverage[0].tolist()
    assert (wide["estimate"] >= 0.99).all()
    assert (wide["conf_level"] == 0.99).all()


def test_what_was_asked_is_kept():
    rates = np.array([0.5, 0.9])
    found = interval_coverage(5, methods="wilson", rates=rates)
    rates[0] = 0.1
    assert found.rates.tolist() == [0.5, 0.9]
    assert found.provenance.arguments["rates"] == (0.5, 0.9)
    for array in (found.rates, found.coverage, found.expected_length):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 0}, "n=0 is too small"),
        ({"methods": []}, "no method given; allowed: wilson"),
        ({"rates": []}, "give a list of numbers in"),
        ({"rates": [0, 0.5]}, r"give a list of numbers in \(0, 1\)"),
        ({"rates": [float("nan")]}, "give a list of numbers in"),
        ({"rates": ["a"]}, "give a list of numbers in"),
        ({"rates": 0.5}, "give a list of numbers in"),
        ({"level": 95}, "is this a percentage"),
        ({"prior": (0, 1)}, "prior a=0"),
    ],
)
def test_bad_input(change, message):
    arguments = {"n": 5, "methods": "wilson"} | change
    with pytest.raises(InputError, match=message):
        interval_coverage(arguments.pop("n"), **arguments)


def test_an_unknown_method_offers_the_nearest():
    with pytest.raises(UnknownNameError, match=r"Unknown method 'wilsn'\. Nearest: wilson"):
        interval_coverage(5, methods="wilsn")


def test_the_sentence_names_what_holds_and_what_fails_most():
    """At n = 1 and rate 0.5 Clopper-Pearson is [0, 0.975] or [0.025, 1]: it always holds.

    Wald is the single point 0 or 1 there, and never does.
    """
    found = interval_coverage(1, methods=["clopper-pearson", "wald"], rates=[0.5])
    assert found.sentence == (
        "Over true rates from 50% to 50% at n = 1, of 2 methods clopper-pearson always holds the "
        "true rate at least 95% of the time; wald falls to 0% where the true rate is 50%."
    )
    assert interval_coverage(1, methods=["clopper-pearson"], rates=[0.5]).sentence.endswith("time.")
