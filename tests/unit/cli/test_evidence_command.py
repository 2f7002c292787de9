"""`talentstats evidence`: numbers worked by hand from its own Betas, formats, refusals."""

import csv
import io
import math

import pytest

THREE = "sei2020-china-10yr,sei2024-china-5yr,sei2024-china-10yr"
ASKED = ("evidence", 87, 100, "--benchmarks", THREE, "--horizon", 6)


def answer(run, *words):
    found = run(*words, "--format", "json")
    assert (found.status, found.err) == (0, "")
    return found.document


def log_beta(a, b):
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def beta_binomial(k, n, a, b):
    """Probability of k of n when the rate is Beta(a, b)."""
    return math.comb(n, k) * math.exp(log_beta(a + k, b + n - k) - log_beta(a, b))


def test_posterior_conflict_and_prediction_follow_from_the_betas(run):
    found = answer(run, *ASKED, "--robust", 0.2)
    parts = [(m["weight"], m["a"], m["b"]) for m in found["mixture"]]
    assert parts[-1] == pytest.approx((0.2, 1, 1))
    likely = [w * beta_binomial(87, 100, a, b) for w, a, b in parts]
    after = [x / sum(likely) for x in likely]
    assert [m["weight_after"] for m in found["mixture"]] == pytest.approx(after, rel=1e-9)
    mean = sum(w * (a + 87) / (a + b + 100) for w, (_, a, b) in zip(after, parts, strict=True))
    assert found["posterior"]["mean"] == pytest.approx(mean, rel=1e-9)
    assert found["posterior"]["log_evidence"] == pytest.approx(math.log(sum(likely)), rel=1e-9)
    ahead = [sum(w * beta_binomial(k, 100, a, b) for w, a, b in parts) for k in range(101)]
    assert found["conflict"]["at_most"] == pytest.approx(sum(ahead[:88]), rel=1e-9)
    unlikely = sum(p for p in ahead if p <= ahead[87] * (1 + 1e-7))
    assert found["conflict"]["p_value"] == pytest.approx(unlikely, rel=1e-9)
    low, median, high = (found["new_cohort"][name] for name in ("low", "median", "high"))
    for quantile, p in ((low, 0.025), (median, 0.5), (high, 0.975)):
        assert sum(ahead[:quantile]) < p <= sum(ahead[: quantile + 1])


def test_without_history_is_jeffreys(run):
    found = answer(run, *ASKED)["without_history"]
    assert found["mean"] == pytest.approx(87.5 / 101)
    # R: qbeta(c(0.025, 0.975), 87.5, 13.5)
    assert (found["low"], found["high"]) == pytest.approx((0.793846, 0.925126), abs=1e-6)


def test_leaving_a_study_out_is_asking_without_it(run):
    rows = {row["left_out"]: row for row in answer(run, *ASKED)["leave_one_out"]}
    assert list(rows) == THREE.split(",")
    others = ("evidence", 87, 100, "--benchmarks", "sei2024-china-5yr,sei2024-china-10yr")
    alone = answer(run, *others, "--horizon", 6)["prediction"]
    left = rows["sei2020-china-10yr"]
    for name in ("mean", "low", "high", "tau_mean"):
        assert left[name] == pytest.approx(alone[name], rel=1e-9)
    whole = answer(run, *ASKED)["prediction"]["mean"]
    assert left["shift"] == pytest.approx(alone["mean"] - whole, rel=1e-6)


def test_published_rates_are_moved_and_cited(run):
    found = answer(run, *ASKED)
    assert found["studies"][0]["rate"] == pytest.approx(0.9 ** (6 / 10))
    assert found["sources"] == ["nsb2020", "nsb2024"]
    assert any("one instrument" in note for note in found["notes"])


def test_a_robust_prior_yields_to_data_in_conflict(run):
    words = ("evidence", 12, 100, "--benchmarks", THREE, "--horizon", 6)
    firm = answer(run, *words)
    yielding = answer(run, *words, "--robust", 0.2)
    assert yielding["mixture"][-1]["weight_after"] > 0.99
    by_data = yielding["without_history"]["mean"]
    assert abs(yielding["posterior"]["mean"] - by_data) < abs(firm["posterior"]["mean"] - by_data)


def test_the_answer_comes_first_and_shows_all_parts(run):
    found = run(*ASKED, "--robust", 0.2)
    assert (found.status, found.err) == (0, "")
    assert found.out.startswith("87 of 100 stayed; under the prior historical (3 studies at 6")
    for part in (
        "The prior predicts that", "without sei2020-china-10yr", "elir", "morita", "shrunken to",
        "posterior, Jeffreys prior", "prior, 0.2 of it uniform", "se 0.6 points",
    ):  # fmt: skip
        assert part in found.out


def test_a_percentage_keeps_all_that_it_stands_for(run):
    found = run("evidence", "87%", 412, "--benchmarks", "pilot=43/50", "--horizon", 6)
    assert "357 to 360 people" in found.out
    assert "43 of 50" in found.out


@pytest.mark.parametrize("form", ["csv", "markdown", "latex", "html"])
def test_every_format(run, form):
    found = run(*ASKED, "--format", form)
    assert (found.status, found.err) == (0, "")
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(found.out)))
        assert [r["term"] for r in rows].count("posterior") == 2
        assert [r["group"] for r in rows if r["group"].startswith("without")] == [
            f"without {name}" for name in THREE.split(",")
        ]
    else:
        assert "Several studies use one instrument" in found.out


REFUSED = [
    ((87, 100, "--horizon", 6), ["no --benchmarks is given", "--benchmarks sei2020"]),
    ((87, 100, "--benchmarks", THREE), ["no --horizon is given", "--horizon 6"]),
    ((87, 100, "--benchmarks", "", "--horizon", 6), ["no study given"]),
    ((87, 100, "--benchmarks", "sei2020", "--horizon", 6), ["'sei2020'", "Nearest"]),
    ((87, 100, "--benchmarks", "gaule2014", "--horizon", 6), ["no single horizon"]),
    ((87, 100, "--benchmarks", f"{THREE},sei2024-china-5yr", "--horizon", 6), ["given twice"]),
    ((87, 100, "--benchmarks", "pilot=43", "--horizon", 6), ["'pilot=43'", "pilot=43/50"]),
    ((87, 100, "--benchmarks", "pilot=60/50", "--horizon", 6), ["retained=60 exceeds total=50"]),
    ((87, 100, "--benchmarks", THREE, "--horizon", 0), ["horizon=0"]),
    ((87, 100, "--benchmarks", THREE, "--horizon", 6, "--tau", 0), ["tau=0"]),
    ((87, 100, "--benchmarks", THREE, "--horizon", 6, "--robust", 1), ["robust weight=1"]),
    ((101, 100, "--benchmarks", THREE, "--horizon", 6), ["retained=101 exceeds total=100"]),
    ((-1, 100, "--benchmarks", THREE, "--horizon", 6), ["retained=-1"]),
]


@pytest.mark.parametrize(("words", "said"), REFUSED, ids=lambda value: " ".join(map(str, value)))
def test_bad_input_is_refused_in_one_line(run, words, said):
    found = run("evidence", *words)
    assert (found.status, found.out) == (2, "")
    assert len(found.err.splitlines()) == 1
    for part in said:
        assert part in found.err
