"""`hazard_model`: algebra worked by hand, options, and what it refuses."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.spells import Spells
from talentstats.survival import hazard_fit
from talentstats.survival.hazard_model import hazard_model
from talentstats.tables.coef_table import coef_table

TABLE = pd.DataFrame(
    {
        "sector": ["academia", "academia", "industry", "industry"],
        "stage": ["early", "late"] * 2,
        "China": [24, 9, 30, 12],
        "elsewhere": [6, 6, 10, 8],
        "exposure": [400.0, 300.0, 900.0, 500.0],
    }
)


def aggregates(**options):
    return RiskCells.from_frame(TABLE, events=["China", "elsewhere"], **options)


def looks(exit, event, **covariates):
    return RiskCells.from_spells(Spells.from_arrays(exit=exit, event=event, covariates=covariates))


def two_steps(**options):
    """A: 2 of 10 leave in the first year, 4 of 8 in the second; B: 1 of 10, 3 of 9."""
    exits = [1] * 2 + [2] * 8 + [1] + [2] * 9
    event = [1] * 2 + [1] * 4 + [0] * 4 + [1] + [1] * 3 + [0] * 6
    groups = ["A"] * 10 + ["B"] * 10
    return RiskCells.from_spells(
        Spells.from_arrays(exit=exits, event=event, covariates={"group": groups}), **options
    )


def test_one_hazard_a_step_is_the_share_that_left():
    fit = hazard_model(two_steps(), "~ 1", penalty="none")
    # 3 of 20 in the first year and 7 of 17 in the second.
    assert fit.coefficients == pytest.approx(np.log(-np.log([17 / 20, 10 / 17])))
    # Variance of log(-log(1 - p)) by the delta method: p / (n (1 - p) log(1 - p)^2).
    want = [np.sqrt(3 / 20 / 17) / -np.log(17 / 20), np.sqrt(7 / 17 / 10) / -np.log(10 / 17)]
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(want)
    assert fit.names == ("duration: 0 to 1", "duration: 1 to 2")
    value = 3 * np.log(3 / 20) + 17 * np.log(17 / 20) + 7 * np.log(7 / 17) + 10 * np.log(10 / 17)
    assert fit.glance()["log_likelihood"][0] == pytest.approx(value)
    assert fit.glance()["aic"][0] == pytest.approx(4 - 2 * value)


def test_a_saturated_logit_is_the_odds_ratio():
    fit = hazard_model(two_steps(), "~ group * duration", link="logit", penalty="none")
    assert fit.names[2:] == ("group: B", "group: B x duration")
    first, second = np.log((1 / 9) / (2 / 8)), np.log((3 / 6) / (4 / 4))
    assert fit.coefficients[2:] == pytest.approx([first, second - first])
    assert fit.estimand == "log odds ratio"
    assert np.sqrt(fit.covariance[2, 2]) == pytest.approx(np.sqrt(1 + 1 / 9 + 1 / 2 + 1 / 8))


def test_rates_of_published_aggregates():
    cells = aggregates().collapse(["sector"])
    fit = hazard_model(cells, "~ sector", link="log", penalty="none")
    # 45 in 700 person-years against 60 in 1400.
    assert fit.coefficients == pytest.approx([np.log(45 / 700), np.log((60 / 1400) / (45 / 700))])
    assert np.sqrt(fit.covariance[1, 1]) == pytest.approx(np.sqrt(1 / 45 + 1 / 60))
    assert fit.estimand == "log rate ratio"
    assert "do not tell durations apart" in " ".join(fit.notes)
    assert np.isnan(fit.glance()["people"][0])
    assert fit.glance()["person_years"][0] == 2100


def test_cause_by_cause_is_one_fit_a_destination():
    fit = hazard_model(aggregates(), "~ sector", link="log", destinations="cause-specific")
    frame = fit.tidy()
    assert frame["outcome"].tolist() == ["China"] * 2 + ["elsewhere"] * 2
    ratios = [np.log((42 / 1400) / (33 / 700)), np.log((18 / 1400) / (12 / 700))]
    plain = hazard_model(
        aggregates(), "~ sector", link="log", destinations="cause-specific", penalty="none"
    )
    assert plain.coefficients[[1, 3]] == pytest.approx(ratios)
    # Different destinations tell nothing of one another where events are rare in time.
    assert np.all(plain.covariance[:2, 2:] == 0)
    # Twelve and 18 events: below ten for each of two parameters? No: 30 / 2 = 15.
    assert fit.penalty == "none"


def test_multinomial_of_one_step_is_the_shares():
    cells = looks([1] * 20, [1] * 4 + [2] * 6 + [0] * 10)
    fit = hazard_model(cells, "~ 1", link="logit", destinations="multinomial", penalty="none")
    assert fit.coefficients == pytest.approx(np.log([4 / 10, 6 / 10]))
    # Multinomial: var(log(a / s)) = 1/a + 1/s, covariance 1/s.
    want = [[1 / 4 + 1 / 10, 1 / 10], [1 / 10, 1 / 6 + 1 / 10]]
    assert fit.covariance == pytest.approx(np.array(want))
    assert fit.estimand == "log relative-risk ratio"


def test_jeffreys_adds_half_an_event():
    cells = looks([1] * 30, [1] * 3 + [0] * 7 + [0] * 20, group=["A"] * 10 + ["B"] * 20)
    fit = hazard_model(cells, "~ group", link="logit")
    assert fit.penalty == "firth"
    assert fit.infinite == ("group: B",)
    a, b = np.log(3.5 / 7.5), np.log(0.5 / 20.5)
    assert fit.coefficients == pytest.approx([a, b - a])
    frame = fit.tidy()
    assert frame["interval"].tolist() == ["wald", "profile"]

    # The profile of the ratio at 0: both groups share one p, 3 of 30 left.
    def objective(p, q):
        value = 3 * np.log(p) + 7 * np.log1p(-p) + 20 * np.log1p(-q)
        return value + 0.5 * np.log(10 * p * (1 - p) * 20 * q * (1 - q))

    shared = np.linspace(0.01, 0.5, 200_001)
    gap = 2 * (objective(3.5 / 11, 0.5 / 21) - objective(shared, shared).max())
    assert frame["statistic"][1] == pytest.approx(-np.sqrt(gap), rel=1e-6)
    assert frame["conf_high"][1] < 0
    assert "group: B are infinite" in " ".join(fit.notes)


def test_the_penalty_follows_the_events_per_parameter():
    many = hazard_model(aggregates(), "~ sector + stage", link="log")
    assert many.glance()["events_per_parameter"][0] == 35
    assert many.penalty == "none"
    few = hazard_model(two_steps(), "~ group")
    assert few.glance()["events_per_parameter"][0] == pytest.approx(10 / 3)
    assert few.penalty == "firth"
    assert "fewer than 10 events per parameter" in " ".join(few.notes)
    assert np.isnan(few.glance()["aic"][0])
    forced = hazard_model(two_steps(), "~ group", penalty="none")
    assert "biased away from 0" in " ".join(forced.notes)
    both = hazard_model(aggregates(), "~ sector + stage", link="log", penalty="firth")
    assert both.penalty == "firth"


def test_a_step_without_events_moves_no_ratio():
    cells = looks(
        [1, 1, 1, 1, 2, 2, 3, 3, 3, 3] * 4,
        ([1, 1, 0, 1, 0, 0, 1, 0, 1, 0] * 3 + [1, 0, 0, 0, 0, 0, 1, 0, 0, 0]),
        group=["A", "B"] * 20,
    )
    fit = hazard_model(cells, "~ group", penalty="none")
    middle = cells.start != 1
    without = hazard_model(_part(cells, middle), "~ group", penalty="none")
    assert np.isneginf(fit.coefficients[1])
    assert fit.coefficients[[0, 2, 3]] == pytest.approx(without.coefficients)
    assert fit.fit.log_likelihood == pytest.approx(without.fit.log_likelihood)
    frame = fit.tidy()
    assert np.isnan(frame.loc[1, ["std_error", "conf_low", "conf_high", "p_value"]].tolist()).all()
    assert "Nobody left in 1 to 2" in " ".join(fit.notes)
    made = fit.predict({"group": "A"}, horizon=2)
    assert made.estimate[0, 0, 0] == made.estimate[0, 1, 0]
    assert made.std_error[0, 0, 0] == pytest.approx(made.std_error[0, 1, 0])


def test_a_step_that_nobody_survives_moves_no_ratio():
    cells = looks([1] * 6 + [2] * 6, [1, 1, 0, 1, 0, 0] + [1] * 6, group=["A", "B"] * 6)
    fit = hazard_model(cells, "~ group", penalty="none")
    first = hazard_model(_part(cells, cells.start == 0), "~ group", penalty="none")
    assert np.isposinf(fit.coefficients[1])
    assert fit.coefficients[[0, 2]] == pytest.approx(first.coefficients)
    assert "Everybody left in 1 to 2" in " ".join(fit.notes)
    made = fit.predict({"group": "B"}, horizon=2)
    assert made.estimate[0, 1, 0] == 0


def _part(cells, keep):
    return replace(
        cells,
        covariates={name: values[keep] for name, values in cells.covariates.items()},
        **{name: getattr(cells, name)[keep] for name in (
            "start", "stop", "wide", "period", "origin", "events", "at_risk", "entrants",
            "exposure")},
    )  # fmt: skip


def test_ends_between_looks_that_span_steps():
    # Seen at 0 and 2 alone: 3 of 10 left in between, under one hazard a year.
    spells = Spells.from_arrays(lower=[0] * 3 + [2] * 7, upper=[2] * 3 + [np.inf] * 7)
    for link in ("cloglog", "log"):
        fit = hazard_model(
            RiskCells.from_spells(spells), "~ 1", duration="constant", link=link, penalty="none"
        )
        assert fit.coefficients == pytest.approx([np.log(-np.log(0.7) / 2)])
        # As of log(-log(1 - p)) from 3 of 10, here from the observed information.
        assert np.sqrt(fit.covariance[0, 0]) == pytest.approx(np.sqrt(0.03 / 0.7) / -np.log(0.7))
        assert "3 ends known only within several steps" in " ".join(fit.notes)
    one = RiskCells.from_spells(spells, cuts=[0, 2])
    fit = hazard_model(one, "~ 1", penalty="none")
    assert fit.coefficients == pytest.approx([np.log(-np.log(0.7))])


def test_more_people_change_nothing_but_the_errors():
    data = {"exit": [1, 1, 2, 2, 2] * 2, "event": [1, 0, 1, 0, 0] * 2}
    groups = {"group": ["A", "A", "A", "B", "B", "B", "B", "A", "A", "B"]}
    fits = [
        hazard_model(
            RiskCells.from_spells(
                Spells.from_arrays(**data, covariates=groups, count=[times] * 10)
            ),
            "~ group",
            penalty="none",
        )
        for times in (1_000, 1_000_000)
    ]
    assert fits[0].coefficients == pytest.approx(fits[1].coefficients, rel=1e-9)
    assert fits[0].covariance == pytest.approx(1000 * fits[1].covariance, rel=1e-9)
    assert fits[1].glance()["people"][0] == 10_000_000


def test_levels_and_reference_rows():
    fit = hazard_model(aggregates(), "~ sector + stage", link="log")
    assert fit.levels == {"sector": ("academia", "industry"), "stage": ("early", "late")}
    assert fit.reference_rows == {
        "sector: industry": "sector: academia",
        "stage: late": "stage: early",
    }
    other = hazard_model(aggregates(), "~ C(sector, contr.treatment(base='industry'))", link="log")
    assert other.levels["sector"] == ("industry", "academia")


def test_a_table_of_hazard_ratios():
    fit = hazard_model(aggregates(), "~ sector", link="log")
    text = str(
        coef_table(fit, exponentiate=True, reference_rows=fit.reference_rows, below="interval")
    )
    assert "rate ratio" in text
    assert "ref." in text
    assert f"{60 / 1400 / (45 / 700):.3f}" in text


def test_results_travel():
    fit = hazard_model(aggregates(), "~ sector", link="log", penalty="firth")
    for again in (pickle.loads(pickle.dumps(fit)), copy.deepcopy(fit)):
        pd.testing.assert_frame_equal(again.tidy(level=0.8), fit.tidy(level=0.8))
        assert again.predict({"sector": "industry"}, horizon=3).sentence
        assert again.sentence == fit.sentence
    assert not fit.coefficients.flags.writeable


CASES = [
    ({"formula": "~ secter"}, UnknownNameError, "sector"),
    ({"formula": "~ __import__('os')"}, InputError, "__import__"),
    ({"formula": "~ sector.upper()"}, InputError, "Python is never run"),
    ({"link": "probit"}, UnknownNameError, "cloglog, logit, log"),
    ({"destinations": "both"}, UnknownNameError, "multinomial"),
    ({"duration": "cubic"}, UnknownNameError, "spline"),
    ({"errors": "hc3"}, UnknownNameError, "robust"),
    ({"penalty": "lasso"}, UnknownNameError, "firth"),
    ({"level": 95}, InputError, "0.95"),
    ({"link": "cloglog"}, InputError, "Hint: link='log'"),
    ({"destinations": "multinomial"}, InputError, "Hint: link='logit'"),
    ({"errors": "cluster"}, InputError, "by_cluster=True"),
    ({"duration": "spline"}, InputError, "three different durations"),
    ({"duration": "linear"}, InputError, "needs 2 steps"),
    ({"formula": "~ sector + C(sector)"}, InputError, "sector"),
    ({"formula": "~ duration"}, UnknownNameError, "duration"),
]


@pytest.mark.parametrize(("change", "error", "told"), CASES)
def test_what_is_refused(change, error, told):
    options = {"formula": "~ sector", "link": "log"} | change
    with pytest.raises(error) as caught:
        hazard_model(aggregates(), **options)
    assert told in str(caught.value)


def test_nobody_left():
    cells = looks([1, 2], [0, 0], group=["A", "B"])
    with pytest.raises(InputError, match=r"nobody left in 3 of person-time.*hazard_rates"):
        hazard_model(cells, "~ group")


def test_nobody_left_for_one_destination():
    table = TABLE.assign(elsewhere=0)
    cells = RiskCells.from_frame(table, events=["China", "elsewhere"])
    with pytest.raises(InputError, match="nobody left for 'elsewhere'"):
        hazard_model(cells, "~ sector", link="log", destinations="cause-specific")


def test_one_event_is_fitted_and_said():
    cells = looks([1] * 12, [1] + [0] * 11, group=["A", "B"] * 6)
    fit = hazard_model(cells, "~ group")
    assert fit.notes[0].startswith("1 event, 2 parameters: 0.5 events per parameter")
    frame = fit.tidy()
    # One event tells next to nothing: the interval of the ratio is open or vast.
    assert frame["conf_high"][1] - frame["conf_low"][1] > 4


@pytest.mark.parametrize("link", ["logit", "cloglog", "log"])
def test_jeffreys_penalty_is_called_bias_reducing_where_it_is(link):
    cells = looks([1] * 12, [1, 1] + [0] * 10, group=["A", "B"] * 6)
    notes = " ".join(hazard_model(cells, "~ group", link=link, penalty="firth").notes)
    assert ("Bias-reduced" in notes) == (link == "logit")
    assert ("Penalised estimates (Jeffreys' penalty, finite)" in notes) == (link != "logit")


def test_one_end_known_within_several_steps_is_one():
    spells = Spells.from_arrays(lower=[0] + [2] * 7, upper=[2] + [np.inf] * 7)
    cells = RiskCells.from_spells(spells)
    fit = hazard_model(cells, "~ 1", duration="constant", penalty="none")
    assert "1 end known only within several steps enters with" in " ".join(fit.notes)
    with pytest.raises(InputError, match="1 end is known only within intervals"):
        hazard_model(cells, "~ 1", duration="constant", destinations="cause-specific")


def test_all_events_in_one_group():
    cells = looks([1] * 30, [1] * 12 + [0] * 18, group=["A"] * 20 + ["B"] * 10)
    with pytest.raises(InputError, match=r"estimates are infinite.*group: B.*penalty='firth'"):
        hazard_model(cells, "~ group", penalty="none")


def test_columns_that_tell_nothing():
    table = TABLE.assign(one=1.0, twice=[0.0, 0.0, 2.0, 2.0])
    cells = RiskCells.from_frame(table, events=["China", "elsewhere"])
    with pytest.raises(InputError, match="'one' is constant"):
        hazard_model(cells, "~ one", link="log")
    with pytest.raises(InputError, match="'twice' is a combination of"):
        hazard_model(cells, "~ sector + twice", link="log")


def test_a_level_without_exposure():
    cells = aggregates()
    empty = replace(cells, events=cells.events * np.array([[1], [1], [0], [0]]),
                    exposure=cells.exposure * np.array([1, 1, 0, 0]))  # fmt: skip
    with pytest.raises(InputError, match="sector"):
        hazard_model(empty, "~ sector + stage", link="log")


def test_cells_that_are_not_on_a_grid():
    cells = looks([0.4, 1.7], [1, 0])
    with pytest.raises(InputError, match="Hint: link='log'"):
        hazard_model(cells, "~ 1")


def test_events_without_exposure():
    spells = Spells.from_arrays(lower=[0, 1], upper=[1, np.inf], covariates={"group": ["A", "B"]})
    cells = RiskCells.from_spells(spells, exposure="none")
    with pytest.raises(InputError, match=r"1 cell has events and no exposure.*exposure='half'"):
        hazard_model(cells, "~ 1", link="log")


def test_the_sentence_says_what_was_seen():
    fit = hazard_model(aggregates(), "~ sector", link="log")
    assert fit.sentence.startswith("Rate ratios from 105 events in 2,100 person-years, piecewise")
    few = hazard_model(two_steps(), "~ group")
    assert few.sentence.startswith("Hazard ratios from 10 events in 37 person-years of 20 people")


def test_ends_that_cannot_be_placed():
    spells = Spells.from_arrays(
        lower=[0] * 3 + [2] * 7, upper=[2] * 3 + [np.inf] * 7, destination=["CN"] * 10
    )
    cells = RiskCells.from_spells(spells)
    with pytest.raises(InputError, match="cannot tell all steps apart"):
        hazard_model(cells, "~ 1", penalty="none")
    for options, told in (
        ({"destinations": "cause-specific"}, "3 ends are known only within"),
        ({"link": "logit"}, "odds do not add up"),
        ({"penalty": "firth"}, "looks that did not take place"),
    ):
        with pytest.raises(InputError, match=told):
            hazard_model(cells, "~ 1", **options)


def test_sampling_weights_need_their_errors():
    spells = Spells.from_arrays(exit=[1, 1, 2, 2], event=[1, 0, 1, 0], weight=[1, 2, 1, 2])
    cells = RiskCells.from_spells(spells)
    with pytest.raises(InputError, match=r"sampling weights.*errors='robust'"):
        hazard_model(cells, "~ 1")
    with pytest.raises(InputError, match="penalty has no meaning"):
        hazard_model(cells, "~ 1", errors="robust", penalty="firth")
    fit = hazard_model(cells, "~ 1", errors="robust")
    # Weighted: 1 of 6 in the first year, 1 of 3 in the second.
    assert fit.coefficients == pytest.approx(np.log(-np.log([5 / 6, 2 / 3])))


def test_a_covariate_may_not_be_called_period():
    spells = Spells.from_arrays(exit=[1, 2], event=[1, 0], covariates={"duration": [1, 2]})
    with pytest.raises(InputError, match="called 'duration'"):
        hazard_model(RiskCells.from_spells(spells), "~ 1")


def test_no_number_without_convergence(monkeypatch):
    monkeypatch.setattr(hazard_fit, "_MOST_STEPS", 1)
    with pytest.raises(InputError, match=r"did not converge.*no estimates"):
        hazard_model(aggregates(), "~ sector + stage", link="log", penalty="none")


def test_a_function_of_duration_beside_another_baseline_is_refused_not_dropped():
    spells = Spells.from_arrays(
        exit=[1, 2, 3, 4, 5, 6] * 20,
        event=[1, 0, 1, 0, 1, 0] * 20,
        covariates={"sector": ["a", "b", "b", "a", "a", "b"] * 20},
    )
    cells = RiskCells.from_spells(spells)
    said = r"'ns\(duration, 3\)' in the formula stands beside duration='linear'"
    with pytest.raises(InputError, match=said):
        hazard_model(cells, "~ sector + ns(duration, 3)", duration="linear")
    # The straight line is in the basis already; free steps hold any course.
    plain = hazard_model(cells, "~ sector", duration="linear")
    again = hazard_model(cells, "~ sector + duration", duration="linear")
    assert again.coefficients.tolist() == plain.coefficients.tolist()
    free = hazard_model(cells, "~ sector + exp(duration)", duration="steps", penalty="none")
    assert (
        free.coefficients.size == hazard_model(cells, "~ sector", penalty="none").coefficients.size
    )


def test_what_is_no_cells_is_refused_at_the_door():
    with pytest.raises(InputError, match="given a Spells; allowed are RiskCells"):
        hazard_model(Spells.from_arrays(exit=[1, 2], event=[1, 0]), "~ 1")


def test_clusters_that_the_errors_ignore_are_told():
    spells = Spells.from_arrays(exit=[1, 2] * 40, event=[1, 0] * 40, cluster=np.arange(80) // 2)
    cells = RiskCells.from_spells(spells, by_cluster=True)
    fit = hazard_model(cells, "~ 1", duration="constant")
    assert "The cells keep clusters apart, and model-based errors ignore them." in fit.notes
