"""`talentstats survival ...` and `simulate`: numbers, files, refusals."""

import contextlib
import csv
import io

import pytest

LOOKS = "lower,upper,destination,count,sector\n0,6,CN,10,a\n0,6,UK,3,b\n6,,,50,a\n6,,,37,b\n"
OUTCOMES = "first,last,place\n" + "2019,2025,US\n" * 8 + "2019,2025,CN\n2019,2025,\n"
RATES = "sector,left,years\nindustry,12,400.5\nacademia,30,520\n"


@pytest.fixture
def folder(tmp_path):
    for name, text in (("looks", LOOKS), ("outcomes", OUTCOMES), ("rates", RATES)):
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    with contextlib.chdir(tmp_path):
        yield tmp_path


def estimates(run, *words):
    found = run("survival", *words, "--format", "json")
    assert (found.status, found.err) == (0, "")
    return found.document


def test_two_looks_are_the_binomial(run, folder):
    [row] = [r for r in estimates(run, "curve", "looks.csv")["estimates"] if r["time"] == 6]
    # Clopper-Pearson of 87 in 100.
    assert round(row["estimate"], 6) == 0.87
    assert (round(row["conf_low"], 6), round(row["conf_high"], 6)) == (0.787959, 0.928927)
    assert row["interval"] == "bpcp"


def test_incidences_and_survival_add_up_in_the_answer(run, folder):
    rows = estimates(run, "incidence", "looks.csv", "--horizon", 6)["estimates"]
    last = {r["outcome"]: r["estimate"] for r in rows if r["time"] == 6}
    assert {k: round(v, 9) for k, v in last.items()} == {"CN": 0.1, "UK": 0.03, "stayed": 0.87}


def test_outcome_rows_say_who_is_left_out_and_why(run, folder):
    document = estimates(
        run, "curve", "outcomes.csv", "--lower", "first", "--upper", "last",
        "--destination", "place", "--host", "US", "--clock", "calendar year",
    )  # fmt: skip
    [account] = document["accounts"]
    assert (account["rows_in"], account["used"]) == (10, 9)
    assert account["left_out"] == {"status unknown since entry": 1}
    assert round(document["estimates"][-1]["estimate"], 9) == round(8 / 9, 9)


def test_published_aggregates_give_rates_with_exact_limits(run, folder):
    document = estimates(
        run, "hazards", "rates.csv", "--events", "left", "--exposure", "years", "--by", "sector"
    )
    rates = {r["group"]: r for r in document["estimates"] if r["term"].startswith("rate")}
    assert round(rates["industry"]["estimate"], 6) == round(100 * 12 / 400.5, 6)
    # R: poisson.test(12, 400.5)$conf.int
    assert round(rates["industry"]["conf_low"] / 100, 8) == 0.01548209
    assert round(rates["industry"]["conf_high"] / 100, 8) == 0.05233854


def test_regression_answers_with_ratios_and_their_note(run, folder):
    run("simulate", "--people", 300, "--out", "people.csv")
    found = run("survival", "regress", "people.csv", "--formula", "~ sector + stage")
    assert (found.status, found.err) == (0, "")
    for part in ("sector: academia", "ref.", "Estimand: hazard ratio", "Events", "simulated"):
        assert part in found.out


def test_when_all_have_left_the_table_ends_with_the_last(run, folder):
    (folder / "gone.csv").write_text("entry,exit,event\n0,5,1\n0,4,0\n0,3,1\n", "utf-8")
    for question in ("curve", "incidence"):
        rows = estimates(run, question, "gone.csv")["estimates"]
        assert rows[-1]["time"] == 5
        assert {r["estimate"] for r in rows if r["time"] == 5} <= {0.0, 1.0}


def test_a_hole_in_a_column_that_is_not_asked_leaves_nobody_out(run, folder):
    rows = ["0,6,CN,a,", "0,6,CN,b,note", *["6,,,a,"] * 20, *["6,,,b,"] * 20]
    (folder / "holes.csv").write_text(
        "\n".join(["lower,upper,destination,sector,comment", *rows]), "utf-8"
    )
    for words in (("curve",), ("hazards", "--by", "sector"), ("regress", "--formula", "~ sector")):
        options = ["--width", 6] if words[0] != "curve" else []
        account = estimates(run, words[0], "holes.csv", *words[1:], *options)["accounts"][0]
        assert (account["rows_in"], account["used"]) == (42, 42)


def test_a_cluster_that_is_named_makes_the_errors(run, folder):
    rows = [f"{1 + i % 6},{int(i % 4 == 0)},{'ab'[i % 2]},{i // 2}" for i in range(120)]
    (folder / "ids.csv").write_text("\n".join(["exit,event,sector,id", *rows]), "utf-8")
    words = ("survival", "regress", "ids.csv", "--formula", "~ sector", "--duration", "linear")
    assert "cluster-robust" in run(*words, "--cluster", "id").out
    assert "model-based" in run(*words, "--cluster", "id", "--errors", "model").out


def test_notes_of_a_regression_are_in_every_format(run, folder):
    run("simulate", "--people", 100, "--out", "people.csv")
    words = ("survival", "regress", "people.csv", "--formula", "~ sector", "--duration", "linear")
    notes = estimates(run, *words[1:])["notes"]
    assert any("events per parameter" in note for note in notes)
    assert run(*words).out.count("events per parameter.") == 1


def test_every_format_of_every_question(run, folder):
    run("simulate", "--people", 200, "--out", "people.csv")
    for question in (
        ("curve",), ("incidence",), ("hazards",), ("regress", "--formula", "~ sector"),
        ("reference", "--benchmark", "0.9@5"),
    ):  # fmt: skip
        for form in ("text", "csv", "markdown", "latex", "html"):
            found = run("survival", question[0], "people.csv", *question[1:], "--format", form)
            assert (found.status, found.err) == (0, ""), (question, form)
            if form != "csv":
                assert "imulated" in found.out, (question, form)
            else:
                assert list(csv.DictReader(io.StringIO(found.out)))


def test_simulated_people_are_called_so_and_come_again(run, folder):
    found = run("simulate", "--people", 50, "--out", "a.csv", "--seed", 7)
    assert "simulated" in found.out
    run("simulate", "--people", 50, "--out", "b.csv", "--seed", 7)
    text = (folder / "a.csv").read_text("utf-8")
    assert text == (folder / "b.csv").read_text("utf-8")
    assert {row["simulated"] for row in csv.DictReader(io.StringIO(text))} == {"True"}


REFUSED = [
    (("survival", "curve", "nosuch.csv"), ["there is no file nosuch.csv", "Hint"]),
    (("survival", "curve", "looks.txt"), [".csv"]),
    (("survival", "curve", "looks.csv", "--horizon", 9), ["time 9", "last usable time is 6"]),
    (("survival", "curve", "looks.csv", "--by", "sectr"), ["'sectr'", "Nearest: sector"]),
    (("survival", "curve", "looks.csv", "--interval", "lg"), ["Unknown interval 'lg'", "log"]),
    (("survival", "curve", "looks.csv", "--upper", "uper"), ["'uper'", "Nearest: upper"]),
    (("survival", "hazards", "rates.csv", "--events", "lft"), ["'lft'", "Nearest: left"]),
    (
        ("survival", "hazards", "rates.csv", "--exposure", "years", "--entry", "left"),
        ["--entry", "one or the other"],
    ),
    (("survival", "regress", "looks.csv"), ["Missing option '--formula'"]),
    (("survival", "regress", "looks.csv", "--formula", "~ sectr"), ["sectr", "Nearest: sector"]),
    (
        ("survival", "regress", "looks.csv", "--formula", "~ open('x')"),
        ["'open' is not allowed", "never run"],
    ),
    (("survival", "reference", "looks.csv"), ["no --benchmark", "0.90@5"]),
    (("survival", "reference", "looks.csv", "--benchmark", "0.9"), ["write for example 0.9@5"]),
    (("survival", "hazards", "looks.csv", "--width", 0), ["width=0.0", "(0, inf)"]),
    (("simulate", "--people", 0, "--out", "a.csv"), ["0 is too small"]),
    (("simulate", "--people", 5, "--out", "a.txt"), ["neither in .csv nor in .parquet"]),
    (("simulate", "--people", 5, "--out", "no/a.csv"), ["could not be written", "Hint"]),
]


@pytest.mark.parametrize(
    ("words", "said"), REFUSED, ids=lambda value: " ".join(map(str, value))[:60]
)
def test_bad_input_is_refused_in_one_line(run, folder, words, said):
    found = run(*words)
    assert found.status == 2, found.err or found.out
    assert found.out == ""
    assert len(found.err.splitlines()) == 1
    for part in said:
        assert part in found.err
