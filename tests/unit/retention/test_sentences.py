"""What a comparison says of itself must agree with what it found."""

import math

import pytest

from talentstats.published.benchmark import benchmark
from talentstats.results.wording import listed, p_text, percent, percent_range
from talentstats.retention.compare import compare_with_benchmark
from talentstats.retention.sentences import odds
from talentstats.summaries.counts import RetentionCounts


def sentence(k, n, rate, **options):
    return compare_with_benchmark(RetentionCounts(k, n), rate, **options).sentence


def test_the_referee_reads_everything():
    text = sentence(87, 100, 0.9)
    for part in (
        "87 of 100 stayed (87%; 95% Clopper-Pearson interval 78.8% to 92.9%) against 90%, "
        "treated as a constant: exact central p = 0.396.",
        "Verdict: cannot tell.",
        "Equivalence within 5 points is not shown (p = 0.347)",
        "the smallest margin that would be is 9.9 points",
        "With 80% power this study sees 80.1% or lower or 96.9% or higher.",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("k", "n", "rate", "said"),
    [
        # P(X <= 87) = .198; P(X >= 95 of 100) = .0576; P(X <= 60) below 1e-15.
        (87, 100, 0.9, "about 20 of 100 such studies would see 13 or more of 100 leave"),
        (95, 100, 0.9, "about 6 of 100 such studies would see 5 or fewer of 100 leave"),
        (60, 100, 0.9, "fewer than 1 of 1,000 such studies would see 40 or more of 100 leave"),
        (1, 1, 0.5, "about 50 of 100 such studies would see none of 1 leave"),
        # P(X <= 80) = .00198 is 2 of 1,000.
        (80, 100, 0.9, "about 2 of 1,000 such studies would see 20 or more of 100 leave"),
    ],
)
def test_natural_frequencies(k, n, rate, said):
    found = compare_with_benchmark(RetentionCounts(k, n), rate)
    assert found.plain_sentence == f"If the true rate were {percent(rate)}, {said}."


def test_natural_frequencies_are_true_at_the_benchmark_itself(binomial):
    found = compare_with_benchmark(RetentionCounts(90, 100), 0.9)
    share = round(100 * float(binomial.less(90, 100, "0.9")))
    assert f"about {share} of 100 such studies would see 10 or more" in found.plain_sentence


def test_the_two_exact_tests_parting_is_said():
    figure = benchmark(0.94, horizon=5).at_horizon(6)
    text = sentence(87, 100, figure)
    assert "exact minimum-likelihood p = 0.031: the two exact tests part here" in text
    assert "part here" not in sentence(87, 100, 0.9)


def test_a_tie_at_the_level_is_told_as_the_verdict_tells_it():
    # One of one against 5%: central p = 1/10 exactly, which rejects at level 0.9, as minlike does.
    found = compare_with_benchmark(RetentionCounts(1, 1), 0.05, level=0.9)
    assert found.verdict == "above"
    assert "part here" not in found.sentence


def test_equivalence_is_told_as_the_verdict_tells_it():
    assert "is shown" in sentence(900, 1000, 0.9)
    one_sided = sentence(97, 100, 0.97)
    assert "(one-sided, since the margin leaves 0 to 1)" in one_sided


def test_unknown_people_are_spoken_of_only_where_there_are_any():
    some = compare_with_benchmark(RetentionCounts(87, 100, 12), 0.9).sentence
    assert "With 12 more of unknown status the rate lies between 77.7% and 88.4%" in some
    assert "depends on what they did" in some
    assert "more of unknown status" not in sentence(87, 100, 0.9)


def test_rounding_is_spoken_of_where_it_matters():
    counts = RetentionCounts.from_percent(87, total=412)
    found = compare_with_benchmark(counts, 0.9)
    assert ("print as published p runs from" in found.sentence) == (not found.rounding.holds)
    assert not found.rounding.holds


def test_a_figure_from_the_commentary_is_marked():
    from talentstats.published.benchmark import benchmarks

    brief = [b for b in benchmarks() if b.status == "brief" and b.rate is not None]
    for figure in brief:
        text = compare_with_benchmark(RetentionCounts(87, 100), figure).sentence
        assert "[seen only in the commissioning commentary]" in text
    assert "commissioning" not in sentence(87, 100, "sei2024-china-10yr")


def test_small_words():
    assert odds(0.9) == pytest.approx(9)
    assert odds(1) == math.inf
    assert odds(0) == 0
    assert [percent(x) for x in (0.9, 0.881, 0.0)] == ["90%", "88.1%", "0%"]
    assert [p_text(p) for p in (0.396358, 0.0001)] == ["p = 0.396", "p < 0.001"]


def test_a_p_value_is_never_printed_as_the_size_it_is_not():
    for p in (0.0497, 0.0503, 0.0996):
        assert p_text(p) not in {"p = 0.050", "p = 0.100", "p = 0.05", "p = 0.1"}


@pytest.mark.parametrize("rate", [0.99999, 1e-5])
def test_a_rate_next_to_an_edge_is_not_printed_as_the_edge(rate):
    assert percent(rate) not in {"0%", "100%"}


def test_names_and_ranges_in_a_sentence():
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "a", "c"]) == "a, b and c"
    assert listed([]) == "none"
    assert percent_range(0.79, 0.9217) == "79% to 92.2%"
