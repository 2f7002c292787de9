import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.spells import Spells
from talentstats.survival.hazard_rates import hazard_rates
from talentstats.survival.rate_limits import gamma_limits, gamma_ratio

TABLE = pd.DataFrame(
    {"sector": ["academia", "industry"], "events": [10, 3], "exposure": [400.0, 250.0]}
)


def aggregates(**columns):
    return RiskCells.from_frame(pd.DataFrame(columns))


def looks(**options):
    """Six people seen after one and two years, in two sectors."""
    given = {
        "exit": [1, 2, 2, 1, 2, 2],
        "event": ["China", "other", "0", "0", "China", "China"],
        "covariates": {"sector": list("aaabbb")},
    }
    return Spells.from_arrays(**given | options)


def test_published_aggregates_give_rates_limits_and_probabilities():
    rates = hazard_rates(RiskCells.from_frame(TABLE), by="sector")
    frame = rates.tidy()
    rate = frame[frame["term"] == "rate per 100 person-years"]
    # 10 and 3 in Garwood's printed limits of a Poisson mean: 4.795 to 18.39, 0.6187 to 8.767.
    assert rate["estimate"].tolist() == pytest.approx([2.5, 1.2])
    assert rate["conf_low"].tolist() == pytest.approx([4.795 / 4, 0.6187 / 2.5], rel=2e-4)
    assert rate["conf_high"].tolist() == pytest.approx([18.39 / 4, 8.767 / 2.5], rel=2e-4)
    assert rate["outcome"].tolist() == ["elsewhere"] * 2
    yearly = frame[frame["term"] == "probability within one year"]
    assert yearly["estimate"].tolist() == pytest.approx([0.024690088, 0.011928287], abs=1e-9)
    assert (yearly["conf_high"].to_numpy() < rate["conf_high"].to_numpy() / 100).all()


def test_any_stands_before_several_destinations_and_is_their_sum():
    rates = hazard_rates(RiskCells.from_spells(looks()), by="sector")
    assert rates.outcomes == ("any", "China", "other")
    assert rates.events.tolist() == [[2, 1, 1], [2, 2, 0]]
    assert rates.exposure.tolist() == [5.0, 5.0]
    assert rates.rate[:, 0] == pytest.approx(rates.rate[:, 1:].sum(axis=1))


def test_groups_of_duration_keep_the_order_of_time_and_their_bounds():
    spells = Spells.from_arrays(exit=np.arange(1.0, 13.0), event=[1] * 12)
    rates = hazard_rates(RiskCells.from_spells(spells), by="duration")
    assert rates.labels[1:3] == ("1 to 2", "2 to 3")
    assert rates.labels[-1] == "11 to 12"
    # Twelve at risk in the first year, one fewer in each that follows; one leaves in each.
    assert rates.exposure.tolist() == list(range(12, 0, -1))
    frame = rates.tidy()
    assert frame["start"].tolist()[:3] == [0, 1, 2]
    assert frame["series"].unique().tolist() == ["all"]
    open_ended = aggregates(
        start=[0.0, 5.0], stop=[5.0, np.inf], events=[3, 1], exposure=[100.0, 80.0]
    )
    assert hazard_rates(open_ended, by="duration").labels == ("0 to 5", "5 or more")


def test_several_names_make_one_label_and_the_series_leaves_out_duration():
    rates = hazard_rates(RiskCells.from_spells(looks()), by=["sector", "duration"])
    assert rates.labels[0] == "sector=a, duration=0 to 1"
    assert rates.sums.series == ("a", "a", "b", "b")


def test_calendar_periods_keep_their_order():
    cells = RiskCells.from_spells(looks(), period=[2001], origin=2000)
    rates = hazard_rates(cells, by="period")
    assert rates.labels == ("to 2001", "after 2001")
    assert rates.exposure.tolist() == [6.0, 4.0]


def test_the_interval_inverts_the_test_of_a_ratio():
    rates = hazard_rates(RiskCells.from_frame(TABLE), by="sector")
    for reference in ("academia", "industry"):
        ratio = rates.ratios(reference)
        p = float(ratio.p_value[0, 0])
        frame = ratio.tidy(level=1 - p)
        ends = frame.loc[0, ["conf_low", "conf_high"]].to_numpy(dtype=float)
        assert np.min(np.abs(ends - 1)) == pytest.approx(0, abs=1e-9)
    # Turned round, limits are reciprocals.
    one, other = rates.ratios("academia"), rates.ratios("industry")
    assert one.lower[0, 0] == pytest.approx(1 / other.upper[0, 0])


def test_mid_p_lies_within_the_exact_interval():
    cells = RiskCells.from_frame(TABLE)
    wide, narrow = (hazard_rates(cells, by="sector", interval=i) for i in ("garwood", "mid-p"))
    assert (narrow.lower > wide.lower).all()
    assert (narrow.upper < wide.upper).all()
    assert narrow.ratios().upper[0, 0] < wide.ratios().upper[0, 0]
    assert narrow.ratios().p_value[0, 0] < wide.ratios().p_value[0, 0]


def test_no_end_has_a_zero_lower_limit_and_no_ratio_without_any():
    cells = aggregates(sector=["a", "b", "c"], events=[0, 0, 2], exposure=[10.0, 20.0, 30.0])
    rates = hazard_rates(cells, by="sector")
    assert rates.lower[0, 0] == 0
    # 0.025 = exp(-mean)
    assert rates.upper[0, 0] == pytest.approx(-np.log(0.025) / 10)
    ratio = rates.ratios("a")
    assert np.isnan(ratio.ratio[0, 0])
    assert "neither group has an end: b" in ratio.notes[-1]
    assert ratio.upper[1, 0] == np.inf


def test_equal_weights_give_the_exact_limits_and_scale_does_not_matter():
    sums = {"rate": np.array([0.025, 0.0]), "variance": np.array([0.025 / 400, 0.0])}
    more = {"one_more": np.array(1 / 400), "one_more_squared": np.array(1 / 400**2)}
    limits = gamma_limits(**sums, **more, level=0.95)
    exact = hazard_rates(aggregates(events=[10], exposure=[400.0]))
    assert limits.lower[0] == pytest.approx(exact.lower[0, 0])
    assert limits.upper[0] == pytest.approx(exact.upper[0, 0])
    assert limits.upper[1] == pytest.approx(-np.log(0.025) / 400)
    spells = looks(weight=[3.0] * 6)
    weighted = hazard_rates(RiskCells.from_spells(spells), by="sector")
    plain = hazard_rates(RiskCells.from_spells(looks()), by="sector")
    assert weighted.interval == "gamma"
    assert weighted.lower == pytest.approx(plain.lower)
    assert weighted.upper == pytest.approx(plain.upper)
    assert weighted.ratios().upper == pytest.approx(plain.ratios().upper)
    assert weighted.ratios().p_value == pytest.approx(plain.ratios().p_value)
    assert any("weights" in note for note in weighted.notes)


def test_unequal_weights_widen():
    heavy = looks(weight=[1, 1, 1, 1, 20.0, 1])
    rates = hazard_rates(RiskCells.from_spells(heavy), by="sector")
    assert rates.rate[1, 1] == pytest.approx(21 / 43)  # ends 20 + 1; years 1 + 40 + 2
    plain = hazard_rates(RiskCells.from_spells(looks()), by="sector")
    assert rates.upper[1, 1] / rates.rate[1, 1] > plain.upper[1, 1] / plain.rate[1, 1]
    assert rates.lower[1, 1] / rates.rate[1, 1] < plain.lower[1, 1] / plain.rate[1, 1]
    limits, p = gamma_ratio(
        rate=rates.rate[1, 1], variance=rates.sums.variance[1, 1],
        one_more=rates.sums.one_more[1], one_more_squared=rates.sums.one_more_squared[1],
        base=tuple(np.array(v) for v in (0.2, 0.04, 0.2, 0.04)), level=0.95,
    )  # fmt: skip
    assert 0 < limits.lower < rates.rate[1, 1] / 0.2 < limits.upper
    assert 0 < p <= 1


def test_exact_limits_are_refused_to_weighted_cells():
    cells = RiskCells.from_spells(looks(weight=[1, 2, 1, 2, 1, 2.5]))
    with pytest.raises(InputError, match="sampling weights"):
        hazard_rates(cells, interval="mid-p")


def test_overdispersion_is_pearsons_over_its_degrees():
    # One rate of 0.1 over two years of 100: expected 10 and 10, found 16 and 4.
    cells = aggregates(start=[0.0, 1.0], stop=[1.0, 2.0], events=[16, 4], exposure=[100.0, 100.0])
    rates = hazard_rates(cells)
    assert rates.dispersion == pytest.approx((36 + 36) / 10)
    assert rates.glance()["overdispersion"].item() == pytest.approx(7.2)
    assert any("7.20 times" in note for note in rates.notes)
    assert np.isnan(hazard_rates(cells, by="duration").overdispersion)


def test_wide_cells_have_rates_in_all_but_none_by_duration():
    spells = Spells.from_arrays(lower=[0, 4], upper=[6, np.inf], destination=["China", None])
    rates = hazard_rates(RiskCells.from_spells(spells))
    assert rates.events[0, 0] == 1
    assert rates.exposure[0] == 4 + 3  # half of six years
    assert any("half of the interval" in note for note in rates.notes)
    assert np.isnan(rates.overdispersion)
    with pytest.raises(InputError, match=r"such as \(0, 6\]"):
        hazard_rates(RiskCells.from_spells(spells), by="duration")


def test_a_level_without_exposure_is_named():
    cells = RiskCells.from_spells(
        Spells.from_arrays(
            lower=[0, 3], upper=[1, np.inf], entry=[0, 0], destination=["China", None],
            covariates={"sector": ["a", "b"]},
        ),
        exposure="none",
    )  # fmt: skip
    with pytest.raises(InputError, match=r"no exposure in 1 of 2 groups: 'a' \(1 ends\)"):
        hazard_rates(cells, by="sector")


@pytest.mark.parametrize(
    ("by", "error", "message"),
    [
        ("sectr", UnknownNameError, "sector"),
        ("period", InputError, "one period"),
        ("duration", InputError, "do not tell durations apart"),
    ],
)
def test_what_cannot_make_groups(by, error, message):
    with pytest.raises(error, match=message):
        hazard_rates(RiskCells.from_frame(TABLE), by=by)


def test_a_ratio_needs_two_groups_and_a_known_reference():
    cells = RiskCells.from_frame(TABLE)
    with pytest.raises(InputError, match="one group"):
        hazard_rates(cells).ratios()
    with pytest.raises(UnknownNameError, match="industry"):
        hazard_rates(cells, by="sector").ratios("industri")
    with pytest.raises(InputError, match="RiskCells"):
        hazard_rates(TABLE)
    with pytest.raises(UnknownNameError, match="mid-p"):
        hazard_rates(cells, interval="midp")


def test_other_clocks_name_their_unit():
    cells = RiskCells.from_frame(TABLE, clock="months since arrival")
    assert "rate per 100 person-months" in set(hazard_rates(cells).tidy()["term"])


def test_sentences_and_read_only_limits():
    rates = hazard_rates(RiskCells.from_frame(TABLE), by="sector")
    assert "13 left in 650.0 person-years" in rates.sentence
    assert "highest that of academia, 2.50" in rates.sentence
    assert "industry 0.48 (0.08 to 1.86, p = 0.397)" in rates.ratios().sentence
    one = hazard_rates(aggregates(events=[13], exposure=[650.0]))
    assert "elsewhere, 2.00 per 100 person-years (1.06 to 3.42)" in one.sentence
    for result in (rates, rates.ratios()):
        assert len(result.glance()) == 1
        assert not result.lower.flags.writeable


@pytest.mark.parametrize("weight", [None, [1.0, 2.0, 1.0]])
def test_cells_that_nobody_left_have_upper_limits(weight):
    spells = Spells.from_arrays(exit=[1, 2, 1], event=[0, 0, 0], weight=weight)
    rates = hazard_rates(RiskCells.from_spells(spells))
    assert rates.outcomes == ("any",)
    assert rates.events.tolist() == rates.rate.tolist() == rates.lower.tolist() == [[0.0]]
    if weight is None:
        # exp(-4 * upper) = 0.025.
        assert rates.upper[0, 0] == pytest.approx(-np.log(0.025) / 4)
        assert "any, 0 per 100 person-years (0 to 92.22)" in rates.sentence
    assert rates.upper[0, 0] > 0
    assert rates.tidy().outcome.tolist() == ["any"] * 2
    assert rates.glance().events[0] == 0


def test_tiny_rates_keep_significant_digits():
    table = pd.DataFrame({"job": ["a", "b"], "events": [2, 40], "exposure": [1e6, 1e3]})
    rates = hazard_rates(RiskCells.from_frame(table), by="job")
    # Two in a million; Garwood's limits of 2 are 0.2422 and 7.225.
    assert "a, 0.00020 per 100 person-years (0.000024 to 0.00072)" in rates.sentence
    assert "a 0.000050 (" in rates.ratios("b").sentence
