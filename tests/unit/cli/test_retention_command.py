"""`talentstats retention`, `specification` and `power`: numbers, refusals, exit statuses."""

import csv
import importlib
import io

import pytest

from talentstats.errors import DataIntegrityError

HEADLINE = ("retention", 87, 100, "--benchmark", "0.90", "--method", "all", "--format", "json")


def test_the_numbers_that_must_not_move(run):
    found = run(*HEADLINE)
    assert (found.status, found.err) == (0, "")
    document = found.document
    intervals = {
        i["method"]: (round(i["low"], 6), round(i["high"], 6)) for i in document["intervals"]
    }
    assert intervals["wilson"] == (0.790196, 0.922428)
    assert intervals["clopper-pearson"] == (0.787959, 0.928927)
    assert intervals["jeffreys"] == (0.793846, 0.925126)
    assert document["estimate"] == 0.87
    (comparison,) = document["comparisons"]
    p = {name: round(test["p_value"], 6) for name, test in comparison["tests"].items()}
    assert p == {
        "central": 0.396358,
        "minlike": 0.315335,
        "mid_p": 0.322056,
        "score": 0.317311,
        "likelihood": 0.336793,
    }
    assert comparison["bayes"]["prior"] == "jeffreys"
    assert round(comparison["bayes"]["p_below"], 6) == 0.842034
    assert round(comparison["bayes"]["bf10"], 6) == 0.133253
    power = comparison["power"]
    assert (power["alternative"], round(power["value"], 6)) == (0.87, 0.151512)
    assert (power["sample_size"]["first_n"], power["sample_size"]["stays_n"]) == (877, 933)
    assert comparison["verdict"] == "cannot tell"
    assert comparison["sentence"]
    assert document["schema_version"]
    assert document["sources"] == []


def test_power_at_another_alternative(run):
    found = run(*HEADLINE, "--alternative", "0.85")
    assert round(found.document["comparisons"][0]["power"]["value"], 6) == 0.327963


def test_full_precision(run):
    (comparison,) = run(*HEADLINE).document["comparisons"]
    # tests/reference: sixteen digits.
    assert comparison["equivalence"]["p_value"] == pytest.approx(0.347425001767462, rel=1e-12)


@pytest.mark.parametrize(("k", "n"), [(0, 100), (100, 100), (0, 1), (1, 1), (10**10, 10**10)])
@pytest.mark.parametrize("rate", ["0.9", "1e-9", "0.999999999"])
def test_json_never_holds_nan_or_infinity(run, k, n, rate):
    found = run("retention", k, n, "--benchmark", rate, "--method", "all", "--format", "json")
    assert (found.status, found.err) == (0, "")
    assert found.document["counts"]["total"] == n
    for word in ("NaN", "Infinity"):
        assert word not in found.out


def test_the_answer_comes_first_in_text(run):
    found = run("retention", 87, 100)
    assert found.out.splitlines()[0].startswith("87 of 100 stayed: 87.0% (95% confidence interval")
    assert found.err == ""
    full = run("retention", 87, 100, "--benchmark", "0.90").out
    assert "about 20 of 100 such studies would see 13 or more of 100 leave" in full
    assert "central 0.396" in full


def test_a_small_p_value_is_not_printed_as_zero(run):
    text = run("retention", 50, 100, "--benchmark", "0.9").out
    assert "0.000" not in text
    assert "p < 0.001" in text


def test_a_percentage_keeps_all_that_it_stands_for(run):
    found = run("retention", "87%", 412, "--format", "json").document
    assert found["counts"]["as_printed"] == "87%"
    assert (found["counts"]["retained_low"], found["counts"]["retained_high"]) == (357, 360)
    assert "357 to 360 people" in run("retention", "87%", 412).out


def test_a_published_benchmark_is_moved_and_cited(run):
    found = run(
        "retention",
        87,
        100,
        "--benchmark",
        "sei2020-china-10yr",
        "--horizon",
        6,
        "--format",
        "json",
    ).document
    (comparison,) = found["comparisons"]
    assert round(comparison["benchmark"]["rate"], 10) == 0.9387403934
    assert round(comparison["tests"]["central"]["p_value"], 10) == 0.0162506243
    assert comparison["verdict"] == "below"
    assert found["sources"] == [comparison["benchmark"]["source"]]


def test_several_benchmarks_come_in_order(run):
    found = run(
        "retention", 87, 100, "--benchmark", "0.9", "--benchmark", "0.8@5", "--format", "json"
    ).document
    assert [c["benchmark"]["rate"] for c in found["comparisons"]] == [0.9, 0.8]
    assert [c["benchmark"]["horizon"] for c in found["comparisons"]] == [None, 5]


def test_wald_answers_with_a_warning_on_the_other_stream(run):
    found = run("retention", 87, 100, "--method", "wald", "--format", "json")
    assert found.status == 0
    assert found.document["intervals"][0]["method"] == "wald"
    assert found.err.startswith("talentstats: warning: the Wald interval is too short")
    assert len(found.err.splitlines()) == 1


def test_csv_keeps_full_precision(run):
    rows = list(csv.DictReader(io.StringIO(run("retention", 87, 100, "--format", "csv").out)))
    assert float(rows[0]["conf_low"]) == pytest.approx(0.7901964855992357, rel=1e-14)
    compared = run("retention", 87, 100, "--benchmark", "0.9", "--format", "csv").out
    (row,) = csv.DictReader(io.StringIO(compared))
    assert float(row["p_central"]) == pytest.approx(0.3963577747, abs=1e-10)


@pytest.mark.parametrize("form", ["markdown", "latex", "html"])
@pytest.mark.parametrize("more", [(), ("--benchmark", "0.9")])
def test_tables_are_written(run, form, more):
    found = run("retention", 87, 100, *more, "--format", form)
    assert (found.status, found.err) == (0, "")
    assert "87" in found.out


# What was found, what is allowed, what to try: each pattern must be in the one line.
REFUSED = [
    (("retention", 120, 100), ["retained=120 exceeds total=100", "swapped"]),
    (("retention", -5, 100), ["retained=-5 is too small", "whole number of 0 or more"]),
    (("retention", "87.5", 100), ["retained=87.5 is a fraction", "allowed is a whole", "Hint"]),
    (("retention", "nan", 100), ["retained=nan is not finite", "allowed is"]),
    (("retention", "inf", 100), ["retained=inf is not finite", "allowed is"]),
    (("retention", "many", 100), ["retained='many' is not a number"]),
    (("retention", 0, 0), ["total=0 is too small", "allowed is", "at least one person"]),
    (("retention", 5, "1" + "0" * 30), ["total is above 10,000,000,000", "allowed is"]),
    (("retention", 5, "1" * 5000), ["total"]),
    (("retention", 87, 100, "--unknown", "-3"), ["unknown=-3 is too small", "allowed is"]),
    (("retention", 87, 100, "--unknown", "1.5"), ["unknown=1.5 is a fraction"]),
    (("retention", 87, 100, "--level", "0"), ["level=0.0 is not allowed", "(0, 1)"]),
    (("retention", 87, 100, "--level", "1"), ["level=1.0 is not allowed", "(0, 1)"]),
    (("retention", 87, 100, "--level", "95"), ["level=95.0", "(0, 1)", "Then give 0.95"]),
    (("retention", 87, 100, "--level", "nan"), ["level=nan", "(0, 1)"]),
    (("retention", 87, 100, "--level", "high"), ["level='high' is not a number"]),
    (("retention", 87, 100, "--benchmark", "1"), ["benchmark=1.0 is not allowed", "(0, 1)"]),
    (("retention", 87, 100, "--benchmark", "0"), ["benchmark=0.0 is not allowed", "(0, 1)"]),
    (("retention", 87, 100, "--benchmark", "90"), ["benchmark=90.0", "Then give 0.9"]),
    (("retention", 87, 100, "--benchmark", "nan"), ["benchmark=nan", "(0, 1)"]),
    (("retention", 87, 100, "--benchmark", "-0.9"), ["benchmark=-0.9", "(0, 1)"]),
    (
        ("retention", 87, 100, "--benchmark", "sei2024-chna-10yr"),
        ["Unknown benchmark 'sei2024-chna-10yr'", "Nearest: sei2024-china-10yr"],
    ),
    (("retention", 87, 100, "--benchmark", "cset2019-ai-5yr"), ["only as a range", "Hint"]),
    (
        ("retention", 87, 100, "--benchmark", "cset2022-china", "--horizon", "6"),
        ["has no single horizon", "Hint"],
    ),
    (("retention", 87, 100, "--horizon", "0"), ["horizon=0.0 is not allowed", "(0, inf)"]),
    (
        ("retention", 87, 100, "--benchmark", "0.9@5", "--horizon", "1e-300"),
        ["rate 1", "(0, 1)"],
    ),
    (("retention", 87, 100, "--margin", "5"), ["margin=5.0", "(0, 1)"]),
    (("retention", 87, 100, "--alternative", "2"), ["alternative=2.0", "(0, 1)"]),
    (("retention", 87, 100, "--benchmark", "0.9", "--margin", "5"), ["margin=5.0", "(0, 1)"]),
    (("retention", 87, 100, "--benchmark", "0.9", "--alternative", "2"), ["alternative=2.0"]),
    (("retention", 87, 100, "--method", "wilsen"), ["Unknown method 'wilsen'", "Nearest: wilson"]),
    (("retention", 87, 100, "--format", "jsn"), ["Unknown format 'jsn'", "json", "Allowed: text"]),
    (("retention", "87%", 20), ["no count of total=20 prints as 87%", "17 of 20 = 85%", "Hint"]),
    (("retention", "187%", 100), ["percent='187' is not allowed", "0 to 100"]),
    (("retention", "1e-999999999%", 100), ["percent='1e-999999999' is not allowed"]),
    (("retention", 87), ["Missing argument 'N'", "talentstats retention --help"]),
    (("retention", 87, 100, 5), ["unexpected extra argument", "--help"]),
    (("retention", 87, 100, "--benchmrk", "0.9"), ["--benchmrk", "--help"]),
    (("benchmarks", "sei2024-chna-10yr"), ["Nearest: sei2024-china-10yr"]),
    (("published", "stay_rate"), ["Unknown table 'stay_rate'", "Nearest: stay_rates"]),
    (("specification", 87, 100, "--test", "centrl"), ["Unknown test 'centrl'", "central"]),
    (("specification", 87, 100, "--origin", "Chna"), ["Unknown origin 'Chna'", "Nearest: China"]),
    (("specification", 87, 100, "--design-effect", "0.5"), ["design_effect=0.5", "Hint"]),
    (("specification", 120, 100), ["retained=120 exceeds total=100"]),
    (("power", 0, "--benchmark", "0.9"), ["n=0 is too small", "1 or more"]),
    (("power", 100), ["Missing option '--benchmark'"]),
    (("power", 100, "--benchmark", "0.9", "--test", "wald"), ["Unknown test 'wald'", "central"]),
    (("compare", 5, 2, 1, 2), ["retained=5 exceeds total=2"]),
    (("destinations", "US=87"), ["at least two are needed"]),
    (("destinations", "US=87", "us=3"), ["given twice", "Hint"]),
    (("destinations", "=5", "CN=3"), ["=5"]),
    (("destinations", "US=1.5", "CN=3"), ["1.5 is a fraction"]),
    (("nosuch",), ["No such command 'nosuch'", "--help"]),
]


@pytest.mark.parametrize(
    ("words", "said"), REFUSED, ids=lambda value: " ".join(map(str, value))[:50]
)
def test_bad_input_is_refused_in_one_line(run, words, said):
    found = run(*words)
    assert found.status == 2, found.err or found.out
    assert found.out == ""
    assert len(found.err.splitlines()) == 1
    assert found.err.startswith("talentstats: ")
    assert "Traceback" not in found.err
    for part in said:
        assert part in found.err


def test_no_command_shows_the_help_readably(run):
    found = run()
    assert "Commands:" in found.out + found.err
    # The mark that keeps lines apart is for click, not for the reader.
    assert "\\b" not in found.out + found.err
    assert "\\b" not in run("--help").out


def test_help_and_version_end_well(run):
    for words in (("--help",), ("retention", "--help"), ("--version",)):
        found = run(*words)
        assert (found.status, found.err) == (0, "")
        assert found.out


def test_a_fault_of_ours_is_called_one(run, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("a bug")

    # By module: `talentstats.retention` is also the name of a function.
    module = importlib.import_module("talentstats.retention.estimate")
    monkeypatch.setattr(module, "retention_interval", broken)
    found = run("retention", 87, 100)
    assert (found.status, found.out) == (1, "")
    assert found.err.startswith("talentstats: internal error (RuntimeError: a bug)")
    assert len(found.err.splitlines()) == 1


def test_damaged_data_are_named_without_a_traceback(run, monkeypatch):
    def damaged(*_):
        raise DataIntegrityError("data/tables/stay_rates.csv has changed")

    module = importlib.import_module("talentstats.published.benchmark")
    monkeypatch.setattr(module, "table_rows", damaged)
    found = run("retention", 87, 100, "--benchmark", "sei2024-china-10yr")
    assert (found.status, found.out) == (2, "")
    assert found.err == "talentstats: data/tables/stay_rates.csv has changed\n"


def test_the_specification_curve_in_json(run):
    found = run(
        "specification", 87, 100, "--horizon", 6, "--benchmark", "0.94@5", "--format", "json"
    )
    document = found.document
    assert document["tests_part"] == ["0.94-5yr"]
    assert [round(s["p_value"], 10) for s in document["specifications"]] == [
        0.0525001296,
        0.0314409773,
    ]
    assert "fall on different sides" in document["sentence"]


@pytest.mark.parametrize("form", ["text", "json", "csv", "markdown", "latex", "html"])
def test_a_curve_of_nothing_is_still_an_answer(run, form):
    found = run(
        "specification", 87, 100, "--horizon", 6, "--benchmark", "cset2019-ai-5yr", "--format", form
    )
    assert (found.status, found.err) == (0, "")


@pytest.mark.parametrize("form", ["text", "json", "csv", "markdown", "latex", "html"])
def test_power_in_every_format(run, form):
    found = run("power", 100, "--benchmark", "0.9", "--alternative", "0.87", "--format", form)
    assert (found.status, found.err) == (0, "")
    if form == "json":
        assert round(found.document["power"]["value"], 6) == 0.151512
    if form == "text":
        assert "933 people" in found.out
