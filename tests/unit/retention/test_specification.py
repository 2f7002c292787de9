"""Which 90% decides? The table that must hold, the parting, the drivers."""

import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.published.benchmark import benchmark, benchmarks
from talentstats.published.hazards import Weibull
from talentstats.retention.specification import OVERLAP_NOTE, specification_curve
from talentstats.summaries.counts import RetentionCounts

COUNTS = RetentionCounts(87, 100)
# Percent, years; rate at six years under a constant hazard, minimum-likelihood p, central p:
# the printed digits, then ten of them (tests/reference/proportions_make.py, 60 digits).
ALIGNED = [
    (83, 5, ".800", ".081", ".092", 0.7996385277, 0.0809428820, 0.0921405605),
    (88, 5, ".858", ".886", ".863", 0.8577864993, 0.8859547242, 0.8625640171),
    (90, 5, ".881", ".756", ".818", 0.8812335261, 0.7563182723, 0.8177121658),
    (81, 10, ".881", ".756", ".818", 0.8812335261, 0.7563182723, 0.8177121658),
    (90, 10, ".939", ".0099", ".0163", 0.9387403934, 0.0099223225, 0.0162506243),
    (93, 5, ".917", ".101", ".145", 0.9165993359, 0.1011841276, 0.1452530169),
    (94, 5, ".928", ".031", ".053", 0.9284391051, 0.0314409773, 0.0525001296),
    (95, 5, ".940", ".0087", ".0132", 0.9403040926, 0.0087257620, 0.0132066712),
    (89, 5, ".869", "1", "1", 0.8694968400, 1.0, 1.0),
    (85, 5, ".823", ".240", ".266", 0.8228159673, 0.2404279035, 0.2656678145),
]


def curve(*figures, horizon=6, **options):
    return specification_curve(
        COUNTS, [benchmark(p / 100, horizon=h) for p, h in figures], horizon=horizon, **options
    )


def printed(value, like):
    """A number with the digits of another."""
    return f"{value:.{len(like.partition('.')[2])}f}".removeprefix("0")


@pytest.mark.parametrize("row", ALIGNED, ids=lambda row: f"{row[0]} at {row[1]}")
def test_the_table_holds(row):
    percent, years, rate, minlike, central, *digits = row
    by_test = {s.test: s for s in curve((percent, years)).specifications}
    found = (by_test["central"].rate, by_test["minlike"].p_value, by_test["central"].p_value)
    assert found == pytest.approx(tuple(digits), abs=6e-11)
    for value, shown in zip(found, (rate, minlike, central), strict=True):
        assert printed(value, shown) == shown


def test_at_94_percent_the_two_exact_tests_part_and_the_sentence_says_so():
    found = curve(*((p, h) for p, h, *_ in ALIGNED))
    assert [s.benchmark_label for s in found.parting] == ["94% at 5 years"]
    assert (
        "The two exact tests (central and minimum-likelihood) fall on different sides of 0.05 "
        "for 94% at 5 years: choose the test before looking." in found.sentence
    )
    assert found.glance()["tests_part"].iloc[0] == 1
    assert "different sides" not in curve((90, 10), (83, 5)).sentence


def test_a_tie_at_the_level_is_no_parting():
    # One of one against 5%: central p = 1/10, minimum likelihood 1/20; level 0.9 rejects both.
    found = specification_curve(RetentionCounts(1, 1), [benchmark(0.05)], level=0.9)
    assert {s.verdict for s in found.specifications} == {"above"}
    assert found.parting == ()


def test_the_sentence_counts_and_claims_no_joint_test():
    found = curve(*((p, h) for p, h, *_ in ALIGNED))
    # Below: 90 at 10 and 95 at 5 by both tests, 94 at 5 by one; the other 15 cannot tell.
    assert found.verdicts == {"cannot tell": 15, "below": 5}
    assert found.sentence.startswith(
        "20 specifications, p from 0.0087 to 1; verdicts: cannot tell: 15; below: 5."
    )
    assert "The choice that moves the verdict most is the benchmark." in found.sentence
    assert found.sentence.endswith(OVERLAP_NOTE)


def test_drivers_by_hand():
    found = curve(*((p, h) for p, h, *_ in ALIGNED))
    # Disagreement 1 - .75^2 - .25^2 = 3/8. Fixing the benchmark leaves only 94 at 5: a tenth of
    # the rows at 1/2. Fixing the test: 2/10 below gives 8/25, 3/10 gives 21/50, in the mean 37/100.
    shares = dict(found.drivers())
    assert shares["benchmark"] == pytest.approx(1 - 0.05 / 0.375)
    assert shares["test"] == pytest.approx(1 - 0.37 / 0.375)
    assert shares["alignment"] == pytest.approx(0)
    assert found.drivers()[0][0] == "benchmark"


def test_nothing_drives_what_does_not_move():
    assert {share for _, share in curve((89, 5)).drivers()} == {0.0}
    assert "moves the verdict" not in curve((89, 5)).sentence


def test_every_combination_is_one_row():
    found = curve(
        (90, 5),
        (90, 10),
        tests=("central", "score"),
        unknowns=(0, 12),
        design_effects=(1.0, 1.5),
    )
    assert len(found.specifications) == 2 * 2 * 3 * 2
    choices = {
        (s.benchmark, s.alignment, s.test, s.unknowns, s.design_effect)
        for s in found.specifications
    }
    assert len(choices) == len(found.specifications)
    assert found.left_out == ()


def test_what_cannot_be_compared_is_left_out_with_its_reason():
    found = specification_curve(
        COUNTS,
        [benchmark(0.9, horizon=5), benchmark("cset2019-ai-5yr"), benchmark("cset2022-china")],
        horizon=6,
        design_effects=(1.0, 2.0),
    )
    reasons = {(x.benchmark, x.choice): x.reason for x in found.left_out}
    assert "known only as a range" in reasons["cset2019-ai-5yr", "constant hazard"]
    assert "has no single horizon" in reasons["cset2022-china", "constant hazard"]
    assert "whole counts only" in reasons["0.9-5yr", "minlike, design effect 2"]
    assert found.left_out_frame().columns.tolist() == ["benchmark", "choice", "reason"]
    assert len(found.left_out_frame()) == len(found.left_out)


def test_where_nothing_can_be_compared_it_says_so():
    found = specification_curve(COUNTS, [benchmark("cset2019-ai-5yr")], horizon=6)
    assert found.specifications == ()
    assert found.sentence == "No combination could be compared; see `left_out`."
    assert found.tidy().empty
    assert "benchmark_rate" in found.tidy().columns
    assert found.glance().shape[0] == 1


def test_every_published_rate_for_china_is_in_or_out():
    figures = benchmarks("China")
    found = specification_curve(COUNTS, figures, horizon=6)
    seen = {s.benchmark for s in found.specifications} | {x.benchmark for x in found.left_out}
    assert seen == {b.id for b in figures}
    by_id = {(s.benchmark, s.test): s for s in found.specifications}
    assert by_id["sei2020-china-10yr", "central"].p_value == pytest.approx(0.0162506243, abs=1e-10)
    assert by_id["s323-china-2007", "minlike"].p_value == pytest.approx(0.0314409773, abs=1e-10)
    assert set(found.provenance.sources) == {b.source_id for b in figures}


def test_as_published_without_a_horizon():
    found = curve((90, 10), horizon=None)
    assert [(s.rate, s.alignment) for s in found.specifications] == [(0.9, "as published")] * 2
    assert found.specifications[0].p_value == pytest.approx(0.3963577747, abs=1e-10)


def test_tidy_recomputes_verdicts_for_its_level():
    found = curve((94, 5))
    assert found.tidy(level=0.9)["verdict"].tolist() == ["below", "below"]
    assert found.tidy(level=0.95)["verdict"].tolist() == ["cannot tell", "below"]
    assert found.tidy(level=0.99)["verdict"].tolist() == ["cannot tell", "cannot tell"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tests": ()}, "tests is empty; give at least one choice"),
        ({"unknowns": ()}, "unknowns is empty"),
        ({"design_effects": ()}, "design_effects is empty"),
        ({"alignments": ()}, "alignments is empty"),
        ({"unknowns": (-1,)}, "unknowns=-1 is too small"),
        ({"design_effects": (0.5,)}, r"design_effect=0\.5 is not allowed"),
        ({"horizon": 0}, "horizon=0 is not allowed"),
        ({"level": 95}, "percentage"),
        ({"margin": 1}, "margin=1 is not allowed"),
    ],
)
def test_bad_input(change, message):
    with pytest.raises(InputError, match=message):
        curve((90, 5), **change)


def test_no_benchmark_is_refused():
    with pytest.raises(InputError, match="benchmarks is empty"):
        specification_curve(COUNTS, [])


def test_unknown_names_are_refused_and_not_left_out():
    with pytest.raises(UnknownNameError, match=r"Unknown test 'centrl'\. Nearest: central"):
        curve((90, 5), tests=("centrl",))
    with pytest.raises(UnknownNameError, match="hazard='weibull' is not known"):
        curve((90, 5), alignments=("weibull",))


def test_one_choice_needs_no_list():
    plain = curve((90, 5), tests=("central",))
    bare = curve((90, 5), tests="central", alignments="constant", unknowns=0, design_effects=1.0)
    assert [s.p_value for s in bare.specifications] == [s.p_value for s in plain.specifications]


def test_a_printed_percentage_says_which_count_the_rows_use():
    counts = RetentionCounts.from_percent(87, total=412)
    found = specification_curve(counts, [benchmark(0.9)])
    assert "87% is printed by 357 to 360 of 412; the rows use 358." in found.sentence


def test_a_hazard_without_its_tenure_is_left_out_with_what_to_do():
    found = curve((90, 5), alignments=("constant", Weibull(0.7)))
    assert len(found.specifications) == 2
    assert "tenure=0 for a cohort from its start" in found.left_out[0].reason


def test_benchmarks_that_are_no_benchmarks_are_refused_at_the_door():
    for wrong in (["sei2024-china-10yr"], [0.9]):
        with pytest.raises(InputError):
            specification_curve(COUNTS, wrong)


def test_where_keeps_the_rows_of_a_choice():
    whole = curve((90, 10), (94, 5), unknowns=(0, 4), design_effects=(1.0, 1.5))
    some = whole.where(test="central", unknowns="none").where(design_effect=1.5)
    assert [
        (s.benchmark_label, s.test, s.unknowns, s.design_effect) for s in some.specifications
    ] == [
        ("90% at 10 years", "central", "none", 1.5),
        ("94% at 5 years", "central", "none", 1.5),
    ]
    assert len(whole.where().specifications) == len(whole.specifications)
    assert some.provenance.arguments["where"] == {
        "test": "central",
        "unknowns": "none",
        "design_effect": 1.5,
    }
    assert some.counts is whole.counts
    assert len(some.tidy()) == 2


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ({"test": "score"}, "'central', 'minlike'"),
        ({"alignment": "constant"}, "'constant hazard'"),
        ({"unknowns": "4, all left"}, "'none'"),
        ({"design_effect": 2}, "1.0"),
    ],
)
def test_where_names_the_choices_there_are(asked, there):
    with pytest.raises(UnknownNameError, match=there):
        curve((90, 10)).where(**asked)
