"""`talentstats destinations`: counts, files, models; what is refused; interruptions."""

import contextlib
import csv
import io
import json
import signal
from pathlib import Path

import numpy as np
import pytest

from talentstats.bayes.sampling import Sampling
from talentstats.cli.main import main
from talentstats.destinations.model import destination_model
from talentstats.destinations.model_posterior import DestinationPosterior
from talentstats.errors import SamplingInterrupted
from talentstats.summaries.destination_cells import DestinationCells

TABLE = """sector,stage,US,China,other,lost
industry,early,41,4,1,2
industry,late,20,1,0,0
academia,early,40,8,2,5
academia,late,25,1,1,0
government,early,6,1,1,0
government,late,4,0,0,1
"""
POPULATION = """sector,stage,count
industry,early,4000
industry,late,1000
academia,early,3000
academia,late,1500
government,early,300
government,late,200
nonprofit,early,100
"""
LOOKS = "lower,upper,destination,sector\n" + "6,,,a\n" * 8 + "1,2,CN,a\n3,,,b\n"
PLACES = ("--destinations", "US,China,other", "--unknown", "lost")
MODEL = ("destinations", "--from", "table.csv", "--unknown", "lost", "--vary", "sector,stage")


@pytest.fixture
def folder(tmp_path):
    for name, text in (("table", TABLE), ("population", POPULATION), ("looks", LOOKS)):
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    with contextlib.chdir(tmp_path):
        yield tmp_path


def estimates(document, part, **keys):
    return [
        row
        for row in document["estimates"]
        if row["part"] == part and all(row[name] == value for name, value in keys.items())
    ]


def test_a_file_without_covariates_is_answered_as_its_counts(run, folder):
    of_file = run("destinations", "--from", "table.csv", *PLACES, "--format", "json")
    typed = run("destinations", "US=136", "China=15", "other=5", "--unknown", 8, "--format", "json")
    assert (of_file.status, of_file.err) == (0, "")
    first, second = of_file.document, typed.document
    [account] = first.pop("accounts")
    assert (account["rows_in"], account["used"], account["people"]) == (6, 6, 164)
    assert second.pop("accounts") == []
    assert first == second


def test_stays_are_counted_at_the_horizon_and_accounted_for(run, folder):
    found = run("destinations", "--from", "looks.csv", "--horizon", 6, "--host", "US")
    assert found.out.startswith("Of 9 people of known destination: 88.9% US")
    assert "The destination of 1 more is unknown" in found.out
    assert "spells: 10 rows in, 10 used, none left out." in found.out


def test_simulated_people_are_called_so(run, folder, from_the_prior):
    run("simulate", "--people", 60, "--out", "people.csv")
    words = ("destinations", "--from", "people.csv", "--horizon", 6, "--host", "US")
    assert "(simulated data)" in run(*words).out
    with from_the_prior():
        assert "(simulated data)" in run(*words, "--vary", "sector", "--draws", 100).out


@pytest.fixture(scope="module")
def sampled(tmp_path_factory):
    """One model that is really sampled: what the command printed, and the fit it kept."""
    folder = tmp_path_factory.mktemp("sampled")
    (folder / "table.csv").write_text(TABLE, "utf-8")
    (folder / "population.csv").write_text(POPULATION, "utf-8")
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        options = "--population population.csv --save fit.zarr --draws 500 --seed 5 --format json"
        main([*MODEL, *options.split()])
        kept = DestinationPosterior.load("fit.zarr")
    return json.loads(out.getvalue()), err.getvalue(), kept, folder


def test_the_model_answers_as_the_function_does(sampled):
    document, _, _, folder = sampled
    cells = DestinationCells.from_frame(
        folder / "table.csv", by=["sector", "stage"], unknown="lost"
    )
    fit = destination_model(
        cells,
        vary=["sector", "stage"],
        population=folder / "population.csv",
        sampling=Sampling(draws=500, seed=6),
    )
    for part in ("population", "margin", "contrast"):
        expected = fit.tidy(part)
        rows = estimates(document, part)
        assert [(r["group"], r["outcome"], r["term"]) for r in rows] == list(
            expected[["group", "outcome", "term"]].itertuples(index=False, name=None)
        )
        if part == "contrast":
            # The mean of a ratio has a heavy tail; differences say the same.
            keep = (expected["term"] == "difference").to_numpy()
            expected, rows = expected[keep], [r for r, k in zip(rows, keep, strict=True) if k]
        error = np.hypot(expected["mcse"], [r["mcse"] for r in rows])
        apart = np.abs(expected["mean"] - [r["mean"] for r in rows]) / error
        assert apart.max() < 4.5


def test_the_page_shows_this_table_and_these_numbers(sampled):
    document, _, _, _ = sampled
    page = (Path(__file__).parents[3] / "docs" / "cli.md").read_text("utf-8")
    assert f"```text\n{TABLE}```" in page
    assert f"```text\n{POPULATION}```" in page
    asked = f"$ talentstats {' '.join(MODEL)} --population population.csv\n"
    block = page[page.index(asked) :].partition("```")[0]
    shares = [row for row in document["estimates"] if row["part"] in ("population", "margin")]
    shown = 0
    for row in shares:
        for line in block.splitlines():
            if line.split()[:2] != [row["group"], row["outcome"]]:
                continue
            median = float(line.split()[-3].removesuffix("%")) / 100
            # The standard error of a median is 1.25 times that of a mean, in two runs.
            error = 1.25 * row["mcse"] * np.sqrt(1 + 500 / 1000)
            assert abs(median - row["estimate"]) < 4.5 * error + 0.0005
            shown += 1
    assert shown == 9


def test_shares_of_the_population_add_up_and_lie_where_the_data_are(sampled):
    document, _, _, _ = sampled
    rows = estimates(document, "population")
    assert sum(row["mean"] for row in rows) == pytest.approx(1)
    # People of table.csv by destination over their number, by hand.
    assert [(row["count"], row["people"]) for row in rows] == [(136, 156), (15, 156), (5, 156)]
    for row in rows:
        assert row["conf_low"] < row["raw"] < row["conf_high"]


def test_the_unknown_are_bounded_and_said_to_be_unidentified(sampled):
    document, _, _, _ = sampled
    text = document["sentence"]
    assert "The data cannot say where people of unknown destination are" in text
    assert any("cannot say where people of unknown destination" in n for n in document["notes"])
    [us] = estimates(document, "population", outcome="US")
    assert us["bound_low"] < us["raw"] < us["bound_high"]
    assert document["sensitivity"]
    assert document["prior"]


def test_levels_that_nobody_in_the_data_has_are_said_and_wider(sampled):
    document, _, _, _ = sampled
    assert any("No data for sector nonprofit" in note for note in document["notes"])
    width = {
        row["group"]: row["conf_high"] - row["conf_low"]
        for row in estimates(document, "margin", outcome="US")
    }
    assert width["sector=nonprofit"] > 1.5 * width["sector=academia"]


def test_progress_is_on_the_other_stream(sampled):
    _, told, _, _ = sampled
    assert "sampling the model: " in told
    assert "sampling under other priors: " in told
    assert "Saved the fit to fit.zarr; DestinationPosterior.load('fit.zarr') reads it." in told


def test_the_fit_that_was_kept_is_the_one_that_was_printed(sampled):
    document, _, kept, _ = sampled
    rows = estimates(document, "population")
    assert [row["estimate"] for row in rows] == kept.tidy("population")["estimate"].tolist()
    assert kept.sampling.seed == 5


def test_every_format_of_a_model(run, folder, from_the_prior):
    with from_the_prior():
        for form in ("text", "csv", "markdown", "latex", "html"):
            found = run(*MODEL, "--draws", 100, "--format", form)
            assert found.status == 0, found.err
            if form == "csv":
                rows = list(csv.DictReader(io.StringIO(found.out)))
                assert list(dict.fromkeys(row["part"] for row in rows)) == [
                    "population", "margin", "contrast", "cell", "parameter", "prior", "sensitivity",
                ]  # fmt: skip
                continue
            for part in (
                "sector=industry", "industry against academia", "Before any data the prior",
                "other priors no posterior median", "cannot say where people of unknown",
            ):  # fmt: skip
                assert part in found.out.replace("\n", " "), (form, part)


def test_prior_and_found_reach_the_model(run, folder, from_the_prior):
    def asked(*words):
        with from_the_prior():
            return run(*MODEL, "--draws", 100, *words, "--format", "json").document

    def spread(document):
        return {
            row["group"]: row["estimate"]
            for row in document["prior"]
            if row["term"] == "ratio of two levels"
        }

    usual, wide, own = asked(), asked("--prior-sd", 2), asked("--prior-sd", "sector=2")
    assert spread(wide)["stage"] > 2 * spread(usual)["stage"]
    assert spread(own)["sector"] == spread(wide)["sector"]
    assert spread(own)["stage"] == spread(usual)["stage"]
    found = ("--found", "US=90:10", "--found", "China=8:2", "--found", "other=8:2")
    assert "US 90 of 100" in asked(*found)["sentence"]


def test_an_interruption_says_what_is_kept_and_writes_nothing(run, folder, monkeypatch):
    def sample(*_arguments, **_options):
        raise SamplingInterrupted("sampling was interrupted after 10 of 8,000 draws; none is kept")

    monkeypatch.setitem(destination_model.__globals__, "sample", sample)
    found = run(*MODEL, "--save", "fit.zarr")
    assert (found.status, found.out) == (130, "")
    assert found.err.strip() == (
        "talentstats: sampling was interrupted after 10 of 8,000 draws; none is kept"
    )
    assert sorted(p.name for p in folder.iterdir()) == ["looks.csv", "population.csv", "table.csv"]


def test_an_interruption_elsewhere_is_stopped(run, folder, monkeypatch):
    def stop(*_arguments, **_options):
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setitem(destination_model.__globals__, "make_design", stop)
    found = run(*MODEL)
    assert (found.status, found.out) == (130, "")
    assert found.err.strip() == "talentstats: stopped."


FROM = ("--from", "table.csv")
REFUSED = [
    ((), ["there are no counts", "US=87 CN=10 other=3", "--from FILE"]),
    (("US=87", "CN=3", *FROM), ["US=87 is given beside --from table.csv", "one or the other"]),
    (("US=87", "CN=3", "--horizon", 6), ["--horizon is about a file"]),
    (("US=87", "CN=3", "--vary", "sector"), ["--vary names covariates", "--from FILE"]),
    (("US=87", "CN=3", "--draws", 500), ["--draws is for a model", "--vary sector"]),
    (("US=87", "CN=3", "--found", "US=9:1"), ["--found is for a model"]),
    ((*FROM, *PLACES, "--population", "population.csv"), ["--population is for a model"]),
    ((*FROM, *PLACES, "--total", 100), ["--total is for counts"]),
    ((*FROM, "--vary", "sector", "--share", "US=1"), ["--share is for shares without cov"]),
    ((*FROM, "--vary", "sector", "--prior", "jeffreys"), ["--prior is for shares without cov"]),
    ((*FROM, "--vary", "sectr", *PLACES), ["'sectr'", "Nearest: sector"]),
    ((*FROM, *PLACES, "--vary", "sector", "--chains", 1), ["chains=1", "converged"]),
    ((*FROM, *PLACES, "--vary", "sector", "--draws", "many"), ["draws='many' is not a number"]),
    ((*FROM, *PLACES, "--vary", "sector", "--prior-sd", 0), ["varying_sd=0.0"]),
    ((*FROM, *PLACES, "--vary", "sector", "--prior-sd", "stage=1"), ["'stage'", "varying_sd"]),
    (
        (*FROM, *PLACES, "--vary", "sector", "--prior-sd", 1, "--prior-sd", "sector=1"),
        ["--prior-sd '1' does not go with the others"],
    ),
    ((*FROM, *PLACES, "--vary", "sector", "--found", "US=90"), ["US=90:10"]),
    ((*FROM, *PLACES, "--vary", "sector", "--found", "US=90:10"), ["no pair for 'China'"]),
    ((*FROM, *PLACES, "--vary", "sector", "--save", "fit"), ["does not end in .zarr"]),
    ((*FROM, *PLACES, "--vary", "sector", "--save", "no/fit.zarr"), ["there is no folder no"]),
    ((*FROM, *PLACES, "--vary", "sector", "--level", 95), ["level=95"]),
    (("--from", "nosuch.csv", "--vary", "sector"), ["there is no file nosuch.csv"]),
    (("--from", "looks.csv", "--vary", "sector"), ["holds stays", "--horizon 6"]),
]


@pytest.mark.parametrize(("words", "said"), REFUSED, ids=lambda value: " ".join(map(str, value)))
def test_bad_input_is_refused_in_one_line(run, folder, words, said):
    found = run("destinations", *words)
    assert (found.status, found.out) == (2, "")
    assert len(found.err.splitlines()) == 1
    for part in said:
        assert part in found.err
