"""Tables of comparisons: what stands in the cells and in the notes."""

import pytest

from talentstats.errors import UnknownNameError
from talentstats.published.benchmark import benchmark
from talentstats.report.retention_tables import (
    benchmark_table,
    change_table,
    design_effect_table,
    difference_table,
    unknown_table,
)
from talentstats.retention.change import benchmark_change
from talentstats.retention.compare import compare_with_benchmark
from talentstats.retention.comparisons import compare_with_benchmarks
from talentstats.retention.specification import specification_curve
from talentstats.summaries.counts import RetentionCounts

COUNTS = RetentionCounts(87, 100)


def test_an_understood_origin_is_left_out_and_another_one_noted():
    given = ["finn2009-china-india-5yr", "sei2020-china-10yr"]
    found = compare_with_benchmarks(COUNTS, given, horizon=6)
    table = benchmark_table(found, origin="China")
    assert table.to_frame().iloc[:, 0].tolist() == [
        "5 years to 2009 (Finn 2012)",
        "10 years (SEI 2020)",
    ]
    text = table.to_text()
    assert "5 years to 2009 (Finn 2012) is of China and India together." in text.replace("\n", " ")
    assert "China, 10 years (SEI 2020)" in benchmark_table(found).to_text()
    assert "together" not in benchmark_table(found).to_text()


def test_without_a_horizon_the_words_of_the_source_stand_there():
    table = benchmark_table(compare_with_benchmarks(COUNTS, ["macropolo2019-us-grad"]))
    assert table.to_csv().splitlines()[1] == (
        '"China, AI, mixed years (MacroPolo 2019)",88,mixed,0.848,cannot tell'
    )


def test_one_row_a_number_of_unknown_people():
    """82.9% is 87 of 105, 87.6% is 92 of 105."""
    rows = unknown_table(compare_with_benchmark(COUNTS, 0.90), most=5).to_csv().splitlines()
    assert len(rows) == 7
    assert rows[-1].startswith("5,82.9%,87.6%,")
    assert rows[-1].endswith("below or cannot tell")


def test_design_effects_need_plain_rows():
    figures = [benchmark("sei2020-china-10yr")]
    found = compare_with_benchmark(COUNTS, 0.90)
    with pytest.raises(UnknownNameError, match="'as published'"):
        design_effect_table(found, specification_curve(COUNTS, figures))


def test_differences_stand_from_the_highest_rate_down():
    rows = difference_table(compare_with_benchmarks(COUNTS, [0.5, 0.9])).to_csv().splitlines()
    # 87 - 90 and 87 - 50
    assert [row.split(",")[:2] for row in rows[1:]] == [["90%", "-3.0"], ["50%", "37.0"]]


def test_a_change_says_whose_errors_it_uses():
    ours = change_table([benchmark_change("sei2020-china-5yr", "sei2024-china-5yr")]).to_text()
    given = change_table([benchmark_change(benchmark(0.9, n=100), benchmark(0.8, n=100))]).to_text()
    assert "Standard errors are ours, not published." in ours
    assert "ours" not in given
    assert "approximate" not in given
