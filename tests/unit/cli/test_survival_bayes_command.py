"""`talentstats survival bayes`: what is asked reaches the model, and the answer the reader."""

import contextlib
import csv
import io

import pytest

from talentstats.errors import SamplingInterrupted
from talentstats.survival.bayes_hazard_model import bayes_hazard_model

LIFE = (
    "start,stop,sector,China,other,exposure,at_risk\n0,1,a,3,1,98,100\n0,1,b,1,0,49.5,50\n"
    "1,2,a,2,1,90,91\n1,2,b,2,0,44,45\n2,3,a,1,0,60,61\n2,3,b,0,1,30,31\n"
)
STAYS = "exit,event,sector,year\n" + "".join(
    f"{1 + i % 4},{'China' if i % 5 == 0 else 0},{'ab'[i % 2]},{2014 + i % 3}\n" for i in range(60)
)


@pytest.fixture
def folder(tmp_path):
    for name, text in (("life", LIFE), ("stays", STAYS)):
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    (tmp_path / "population.csv").write_text("sector,count\na,10\nb,90\n", "utf-8")
    with contextlib.chdir(tmp_path):
        yield tmp_path


@pytest.fixture
def asked(run, folder, from_the_prior):
    """Answer by draws from the prior: what is checked is what goes in and what comes out."""

    def call(file, *words):
        with from_the_prior():
            found = run("survival", "bayes", file, *words, "--draws", 100, "--format", "json")
        assert found.status == 0, found.err
        return found.document

    return call


LIFE_TABLE = ("life.csv", "--events", "China,other", "--at-risk", "at_risk", "--vary", "sector")


def rows(document, part):
    return [row for row in document["estimates"] if row["part"] == part]


def test_all_up_to_the_horizon(asked):
    found = asked(*LIFE_TABLE, "--horizon", 2)
    whole = rows(found, "population")
    assert {row["time"] for row in whole} == {1, 2}
    for time in (1, 2):
        # Those who stay and those who left are everybody.
        assert sum(r["mean"] for r in whole if r["time"] == time) == pytest.approx(1)
    for part in ("margin", "contrast"):
        assert {row["time"] for row in rows(found, part)} == {2}
    assert {row["time"] for row in found["sensitivity"]} == {1, 2}
    assert {row["time"] for row in found["prior"]} == {None, 2}
    # The model itself keeps the year beyond.
    assert {row["time"] for row in rows(found, "cell")} == {1, 2, 3}
    assert found["sentence"].startswith("At 2 on the clock")


def test_hazards_stand_beside_what_was_seen(asked):
    found = rows(asked(*LIFE_TABLE), "cell")
    [row] = [r for r in found if (r["group"], r["outcome"]) == ("a, 0 to 1", "China")]
    assert (row["people"], row["count"]) == (100, 3)


def test_options_reach_the_model(asked):
    together = asked(*LIFE_TABLE, "--destinations", "any", "--link", "cloglog")
    assert {row["outcome"] for row in rows(together, "population")} == {"staying", "leaving"}
    terms = {row["term"] for row in rows(asked(*LIFE_TABLE), "parameter")}
    assert "sd(duration)" in terms
    flat = asked(*LIFE_TABLE, "--duration", "constant", "--prior-sd", 2)
    assert "sd(duration)" not in {row["term"] for row in rows(flat, "parameter")}
    wide, usual = (
        next(r["estimate"] for r in document["prior"] if r["group"] == "sector")
        for document in (flat, asked(*LIFE_TABLE))
    )
    assert wide > 2 * usual


def test_averages_are_over_the_population_that_is_given(asked):
    given = rows(asked(*LIFE_TABLE, "--population", "population.csv"), "population")
    margin = rows(asked(*LIFE_TABLE), "margin")

    def mean(found, group=None):
        return next(
            r["mean"]
            for r in found
            if (r["time"], r["outcome"]) == (3, "staying") and group in (None, r["group"])
        )

    by_hand = 0.1 * mean(margin, "sector=a") + 0.9 * mean(margin, "sector=b")
    assert mean(given) == pytest.approx(by_hand)


def test_calendar_periods_of_stays(asked):
    found = asked(
        "stays.csv", "--vary", "period:sector", "--period", "steps", "--period-ends", "2016",
        "--origin", "year",
    )  # fmt: skip
    terms = {row["term"] for row in rows(found, "parameter")}
    assert {"sd(period)", "sd(period:sector)", "sd(duration)"} <= terms


def test_every_format(run, folder, from_the_prior):
    for form in ("text", "csv", "markdown", "latex", "html"):
        with from_the_prior():
            found = run("survival", "bayes", *LIFE_TABLE, "--draws", 100, "--format", form)
        assert found.status == 0, found.err
        if form == "csv":
            assert {row["part"] for row in csv.DictReader(io.StringIO(found.out))} >= {"prior"}
            continue
        for part in ("sector: ", "sector=a", "Before any data", "staying", "retention after 3"):
            assert part in found.out.replace("\n", " "), (form, part)


def test_an_interruption_says_what_is_kept_and_writes_nothing(run, folder, monkeypatch):
    def sample(*_arguments, **_options):
        raise SamplingInterrupted("sampling was interrupted after 10 of 8,000 draws; none is kept")

    monkeypatch.setitem(bayes_hazard_model.__globals__, "sample", sample)
    before = sorted(folder.iterdir())
    found = run("survival", "bayes", *LIFE_TABLE, "--save", "fit.zarr")
    assert (found.status, found.out) == (130, "")
    assert "interrupted after 10 of 8,000 draws; none is kept" in found.err
    assert sorted(folder.iterdir()) == before


REFUSED = [
    (("nosuch.csv",), ["there is no file nosuch.csv"]),
    (("stays.csv", "--vary", "sectr"), ["'sectr'", "Nearest: sector"]),
    ((*LIFE_TABLE, "--link", "probit"), ["Unknown link 'probit'"]),
    ((*LIFE_TABLE, "--duration", "spline"), ["Unknown duration 'spline'"]),
    ((*LIFE_TABLE, "--destinations", "all"), ["Unknown destinations 'all'"]),
    ((*LIFE_TABLE, "--period", "steps"), ["one calendar period"]),
    (("stays.csv", "--period-ends", "2016"), ["--period-ends and --origin go together"]),
    ((*LIFE_TABLE, "--population", "nosuch.csv"), ["there is no file nosuch.csv"]),
    (("stays.csv", "--width", 0), ["width=0.0"]),
    ((*LIFE_TABLE, "--horizon", 9), ["horizon=9 is not the end of a step", "end at 1, 2, 3."]),
    ((*LIFE_TABLE, "--horizon", "x"), ["horizon='x' is not a number"]),
    ((*LIFE_TABLE, "--save", "fit.nc"), ["does not end in .zarr"]),
]


@pytest.mark.parametrize(("words", "said"), REFUSED, ids=lambda value: " ".join(map(str, value)))
def test_bad_input_is_refused_in_one_line(run, folder, words, said):
    found = run("survival", "bayes", *words)
    assert (found.status, found.out) == (2, "")
    assert len(found.err.splitlines()) == 1
    for part in said:
        assert part in found.err
