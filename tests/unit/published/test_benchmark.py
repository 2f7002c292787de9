"""Benchmarks by id and by hand: what they carry, what is never one, how errors read."""

from dataclasses import replace

import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.published import Benchmark, benchmark, benchmarks
from talentstats.published.package import table_rows

# Table 3-22 of Indicators 2020, Table LBR-4 of Indicators 2024, as in the research notes.
PRINTED = {
    "sei2020-china-5yr": (0.83, 5, "2011-13"),
    "sei2020-china-10yr": (0.90, 10, "2006-08"),
    "sei2024-china-5yr": (0.88, 5, "2015-17"),
    "sei2024-china-10yr": (0.81, 10, "2010-12"),
    "sei2020-india-10yr": (0.83, 10, "2006-08"),
    "sei2024-csmath-10yr": (0.63, 10, "2010-12"),
    "finn2007-china-5yr": (0.92, 5, "2002"),
    "finn2001-china-5yr": (0.96, 5, "1996"),
    "s323-china-2005": (0.95, 5, "2000"),
    "s323-china-2013": (0.84, 5, "2007-09"),
    "s323-korea-2015": (0.66, 5, "2009-11"),
}


@pytest.mark.parametrize("name", PRINTED)
def test_published_figure(name: str) -> None:
    rate, horizon, cohort = PRINTED[name]
    one = benchmark(name)
    assert (one.id, one.rate, one.horizon, one.cohort) == (name, rate, horizon, cohort)
    assert (one.rate_low, one.rate_high) == pytest.approx((rate - 0.005, rate + 0.005))
    assert one.alignment is None


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("carnegie2025-historical", 0.875, 0.925),
        ("cset2022-china", 0.875, 0.925),
        ("finn2009-china-india-5yr", 0.875, 0.925),
        ("nyt2020-china-ai-5yr", 0.85, 0.95),
    ],
)
def test_hedged_figure_keeps_its_range(name: str, low: float, high: float) -> None:
    one = benchmark(name)
    assert (one.rate, one.qualifier) == (0.9, "approximate")
    assert (one.rate_low, one.rate_high) == pytest.approx((low, high))


def test_bound_has_no_rate() -> None:
    one = benchmark("cset2019-ai-5yr")
    assert (one.rate, one.rate_low, one.rate_high) == (None, 0.8, 1.0)


def test_weighted_counts_never_reach_n() -> None:
    weighted = {r["benchmark_id"]: r["n_weighted"] for r in table_rows("stay_rates")}
    counted = {r["benchmark_id"]: r["total"] for r in table_rows("stay_rates")}
    for one in benchmarks():
        assert one.n is None or (str(one.n) == counted[one.id] and str(one.n) != weighted[one.id])
    # nsf2021-all counts 10,961 people too, but its 72% is weighted: no binomial error from them.
    assert {b.id: b.n for b in benchmarks() if b.n is not None} == {"gaule2014": 1460}
    assert weighted["sei2024-china-10yr"] == "11200"


def test_standard_errors_say_where_they_come_from() -> None:
    status = {b.id: b.se_status for b in benchmarks() if b.std_error is not None}
    published = {name for name, kind in status.items() if kind == "published"}
    assert published == {"lsdr-us-stock-4yr", "lsdr-temp-visa-4yr"}
    assert set(status.values()) == {"published", "approximation"}
    # Research notes: SE of about 1.2, 0.9, 0.9 and 1.3 points.
    names = [f"sei{edition}-china-{years}yr" for edition in (2020, 2024) for years in (5, 10)]
    found = [100 * (benchmark(name).std_error or 0) for name in names]
    assert found == pytest.approx([1.2, 0.9, 0.9, 1.3], abs=0.05)


def test_ids_are_unique_and_typeable() -> None:
    ids = [b.id for b in benchmarks()]
    assert len(set(ids)) == len(ids) == 77
    assert all(name.isascii() and name == name.lower() and " " not in name for name in ids)
    assert [benchmark(name).id for name in ids] == ids


def test_every_benchmark_is_complete() -> None:
    for one in benchmarks():
        assert one.label, one.id
        assert one.rate_low <= one.rate_high
        assert one.rate is None or one.rate_low <= one.rate <= one.rate_high
        assert one.horizon is not None or one.horizon_as_printed
        assert one.basis in {"cohort", "stock"}
    assert len({b.label for b in benchmarks()}) == 77


def test_origin_selects_and_covers_joint_figures() -> None:
    china = {b.id for b in benchmarks("China")}
    assert "finn2009-china-india-5yr" in china
    assert "sei2024-india-5yr" not in china
    with pytest.raises(UnknownNameError, match=r"Unknown origin 'china'. Nearest: China"):
        benchmarks("china")


def test_two_values_of_one_figure_are_both_kept() -> None:
    assert "prints 94" in (benchmark("finn2007-china-5yr").note or "")
    assert "prints 92" in (benchmark("s323-china-2007").note or "")


def test_the_study_is_not_its_own_benchmark() -> None:
    assert "carnegie2025-us" not in {b.id for b in benchmarks()}
    with pytest.raises(InputError, match=r"study itself .*carnegie2025-historical"):
        benchmark("carnegie2025-us")


def test_a_repeated_figure_points_to_the_other() -> None:
    for kid in ("china", "india", "all"):
        with pytest.raises(InputError, match=f"use sei2020-{kid}-5yr"):
            benchmark(f"s323-{kid}-2017")
        rows = {r["row_id"]: r for r in table_rows("stay_rates")}
        assert rows[f"s323-{kid}-2017"]["value"] == rows[f"sei2020-{kid}-5yr"]["value"]


def test_made_by_hand() -> None:
    one = benchmark(0.9, horizon=5)
    assert (one.id, one.label, one.rate, one.horizon) == ("0.9-5yr", "90% at 5 years", 0.9, 5)
    assert (one.rate_low, one.rate_high, one.status, one.basis) == (0.9, 0.9, "user", "cohort")
    assert benchmark(0.875).label == "87.5%"
    assert benchmark(0.9, label="ours").label == "ours"
    assert benchmark(0.9, std_error=0.01).se_status == "user"
    assert benchmark(0.9, n=412).n == 412


@pytest.mark.parametrize(
    ("args", "options", "message"),
    [
        ((90,), {}, r"benchmark=90 is not allowed.*Then give 0.9"),
        ((0.0,), {}, "benchmark=0.0 is not allowed"),
        ((1.0,), {}, "benchmark=1.0 is not allowed"),
        ((0.9,), {"horizon": 0}, "horizon=0 is not allowed"),
        ((0.9,), {"n": 0}, "n=0 is too small"),
        ((0.9,), {"n": 10.5}, "n=10.5 is a fraction"),
        ((0.9,), {"std_error": 1.2}, "std_error=1.2 is not allowed"),
        ((0.9,), {"n": 10, "std_error": 0.1}, "give one of them"),
        (("sei2024-china-10yr",), {"horizon": 6}, r"use .at_horizon\(years\)"),
        (("0.90",), {}, r"an id was expected. Hint: .* benchmark\(0.9, horizon=5\)"),
        (
            ("sei2024-chna-10",),
            {},
            "Nearest: sei2024-china-10yr, sei2020-china-10yr, sei2024-china-5yr. ",
        ),
    ],
)
def test_bad_input(args: tuple, options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        benchmark(*args, **options)


def test_any_unknown_id_gets_three_names() -> None:
    with pytest.raises(UnknownNameError) as caught:
        benchmark("zzz")
    near = str(caught.value).split("Nearest: ")[1].split(". ")[0].split(", ")
    assert len(near) == 3
    assert set(near) <= {b.id for b in benchmarks()}


@pytest.mark.parametrize(
    ("name", "rate", "short"),
    [
        ("sei2020-china-10yr", "90%", "90% at 10 years (SEI 2020)"),
        ("nsf2025-china-5yr", "83.2%", "83.2% at 4-6 years (NSF 2025)"),
        ("nyt2020-china-ai-5yr", "about 90%", "about 90% at 5 years (NYT 2020)"),
        ("cset2019-ai-5yr", "80% to 100%", "80% to 100% at 5 years (CSET 2019)"),
    ],
)
def test_short_labels_say_the_rate_as_published(name: str, rate: str, short: str) -> None:
    one = benchmark(name)
    assert (one.rate_label, one.short_label) == (rate, short)


def test_a_short_label_keeps_the_published_rate_when_moved_and_is_never_doubled() -> None:
    moved = benchmark("sei2020-china-10yr").at_horizon(6)
    assert moved.short_label == "90% at 10 years (SEI 2020)"
    assert replace(moved, label=moved.short_label).short_label == moved.short_label
    assert benchmark(0.9, label="our own").short_label == "our own"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"n": -5}, r"n=-5 is too small"),
        ({"rate": 9.0}, r"allowed are shares from 0 to 1 in this order"),
        ({"rate_low": 0.95}, r"allowed are shares from 0 to 1 in this order"),
        ({"horizon": -3.0}, r"horizon=-3\.0 is not allowed"),
        ({"std_error": 0.0}, r"std_error=0\.0 is not allowed"),
    ],
)
def test_an_impossible_benchmark_is_refused(changed: dict[str, float], message: str) -> None:
    whole = {"id": "x", "label": "x", "rate": 0.9, "rate_low": 0.9, "rate_high": 0.9}
    with pytest.raises(InputError, match=message):
        Benchmark(**(whole | changed))
