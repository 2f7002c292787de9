"""`bayes_hazard_model`: how options become a problem, and what is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import logsumexp

from talentstats.bayes.likelihood import row_log_likelihood, wide_log_likelihood
from talentstats.bayes.sampling import Sampling
from talentstats.errors import InputError, UnknownNameError
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.population import population_weights
from talentstats.summaries.spells import Spells
from talentstats.survival.bayes_hazard_model import bayes_hazard_model
from talentstats.survival.bayes_hazard_prior import HazardPrior
from tests.unit.survival.bayes_hazard_fits import at_values, fit_without_sampler


def people(**options):
    spells = Spells.from_arrays(
        exit=[1, 2, 2, 3, 3, 3, 3, 2],
        event=["CN", "CN", 0, "UK", 0, 0, "CN", 0],
        covariates={
            "sector": list("aabbaabb"),
            "stage": list("xyxyxyxx"),
            "arrival": [2016, 2016, 2017, 2018, 2017, 2018, 2016, 2017],
            "age": [30, 40, 30, 35, 30, 35, 40, 40],
        },
    )
    return RiskCells.from_spells(spells, **options)


PERIODS = {"period": [2018], "origin": "arrival"}


def test_terms_become_blocks_in_the_order_named():
    cells = people(**PERIODS)
    fit = fit_without_sampler(
        cells, vary=["sector", "period:stage"], fixed=["age"], period="steps", duration="steps"
    )
    design = fit.problem.design
    assert [term.name for term in design.terms] == ["sector", "period:stage", "duration", "period"]
    assert [term.kind for term in design.terms] == ["exchangeable"] * 4
    assert [column.name for column in design.fixed] == ["age"]
    assert fit.periods == ("to 2018", "after 2018")
    assert fit.outcomes == ("staying", "CN", "UK")
    assert fit.problem.counts[:, 1:].sum(axis=0).tolist() == [3, 1]


def test_only_plain_terms_walk_and_periods_keep_their_order():
    fit = fit_without_sampler(
        people(**PERIODS), vary=["duration:sector"], period="random-walk", duration="random-walk"
    )
    kinds = {term.name: term.kind for term in fit.problem.design.terms}
    assert kinds == {"duration:sector": "exchangeable", "duration": "walk", "period": "walk"}
    period = fit.problem.design.terms[-1]
    assert period.levels == (("to 2018",), ("after 2018",))


def test_a_constant_baseline_has_no_term_and_a_number_may_be_its_slope():
    fit = fit_without_sampler(people(), fixed=["duration"], duration="constant")
    assert fit.problem.design.terms == ()
    assert [column.name for column in fit.problem.design.fixed] == ["duration"]
    assert "sd" not in fit.sampled.draws


def test_leaving_for_anywhere_is_one_outcome():
    fit = fit_without_sampler(people(), destinations="any")
    assert fit.outcomes == ("staying", "leaving")
    assert fit.problem.counts[:, 1].sum() == 4
    assert "gone" in fit.sentence


@pytest.mark.parametrize("link", ["softmax", "cloglog"])
def test_the_likelihood_is_that_of_people_walked_through_by_hand(link):
    """Two looks: last seen at 1, next gone to CN at 4; and two narrow steps."""
    spells = Spells.from_arrays(
        lower=[1, 4, 1, 4], upper=[4, np.inf, 2, np.inf], destination=["CN", "", "UK", ""]
    )
    fit = fit_without_sampler(
        RiskCells.from_spells(spells), link=link, fixed=["duration"], duration="constant"
    )
    b0, slope = np.array([[-1.0, -2.0]]), np.array([[[0.3, -0.2]]])
    mean = fit.problem.design.fixed[0].center
    fit = at_values(fit, b0=b0, beta=slope)
    # One person at a time, in plain Python: (P(CN), P(UK)) in the years from 0, 1, 2, 3.
    year = []
    for t in range(4):
        cn, uk = np.exp(-1.0 + 0.3 * (t - mean)), np.exp(-2.0 - 0.2 * (t - mean))
        total = cn + uk
        left = total / (1 + total) if link == "softmax" else 1 - np.exp(-total)
        year.append((left * cn / total, left * uk / total))
    stay = [1 - cn - uk for cn, uk in year]
    stayer = stay[0] * stay[1] * stay[2] * stay[3]
    for_uk = stay[0] * year[1][1]
    for_cn = stay[0] * (year[1][0] + stay[1] * year[2][0] + stay[1] * stay[2] * year[3][0])
    want = 2 * np.log(stayer) + np.log(for_uk) + np.log(for_cn)
    # The multinomial's constant: at 1, two stay and one leaves, in 3 orders.
    assert fit.log_likelihood()[0] - np.log(3) == pytest.approx(want, abs=1e-12)
    wide = wide_log_likelihood(fit.problem, fit.prob)[0, 0]
    assert wide == pytest.approx(np.log(for_cn / stay[0]), abs=1e-12)
    rows = row_log_likelihood(fit.problem, fit.sampled, fit.prob)[0].sum() - np.log(3)
    assert rows + wide == pytest.approx(want, abs=1e-12)


def test_one_destination_with_cloglog_is_the_complementary_log_log():
    fit = fit_without_sampler(people(), destinations="any", link="cloglog", duration="constant")
    at = at_values(fit, b0=np.array([[-2.0], [0.5]]))
    want = -np.expm1(-np.exp([-2.0, 0.5]))
    assert at.hazards[:, 0, 0] == pytest.approx(want)


def test_softmax_has_staying_as_its_reference():
    fit = fit_without_sampler(people(), duration="constant")
    at = at_values(fit, b0=np.array([[-2.0, -3.0]]))
    logits = np.array([0.0, -2.0, -3.0])
    assert at.prob[0, 0] == pytest.approx(np.exp(logits - logsumexp(logits)))
    found = at.parameters()
    assert list(found.columns["outcome"]) == ["CN", "UK"]
    assert found.values.tolist() == [[-2.0, -3.0]]


def test_nobody_left_for_a_destination_is_said_and_kept():
    spells = Spells.from_arrays(exit=[2, 2, 1], event=["CN", 0, 0], covariates={"s": list("aab")})
    cells = RiskCells.from_spells(spells)
    events = np.column_stack([cells.events, np.zeros(len(cells))])
    more = replace(cells, destinations=("CN", "UK"), events=events)
    fit = fit_without_sampler(more)
    assert fit.outcomes == ("staying", "CN", "UK")
    assert any(note.startswith("Nobody left for UK: ") for note in fit.notes)


def test_nobody_left_at_all_is_an_answer_too():
    cells = people()
    fit = fit_without_sampler(replace(cells, events=np.zeros_like(cells.events)))
    assert any("Nobody left for CN and UK" in note for note in fit.notes)


def test_notes_say_what_a_reader_must_know():
    spells = Spells.from_arrays(
        lower=[1, 4, 2], upper=[4, np.inf, 3], destination=["CN", "", "CN"],
        cluster=["i", "j", "j"], covariates={"arrival": [2016, 2017, 2018]},
    )  # fmt: skip
    cells = RiskCells.from_spells(spells, by_cluster=True, **PERIODS)
    fit = fit_without_sampler(cells, period="steps")
    said = " ".join(fit.notes)
    assert "1 ends are known only within several steps" in said
    assert "last period (after 2018) throughout" in said
    assert "People of one cluster are taken as independent" in said


def test_combinations_that_nobody_has_are_named_and_drawn_anew():
    table = pd.DataFrame({"sector": list("aabc"), "stage": list("xyxy"), "count": [4, 3, 2, 1]})
    population = population_weights({"sector": ["a", "b"], "stage": ["x", "x"]}, table)
    fit = fit_without_sampler(people(), vary=["sector", "stage"], population=population)
    assert any("Nobody in the data has sector c: " in note for note in fit.notes)
    assert fit.weight_source == "population"
    assert fit.people.size == pytest.approx([0.4, 0.3, 0.2, 0.1])
    wide, narrow = (
        np.ptp(fit.retention(3, profile={"sector": s})[["conf_low", "conf_high"]].to_numpy())
        for s in "ca"
    )
    assert wide > narrow


def test_a_population_lacks_a_covariate_or_has_a_level_without_effect():
    table = pd.DataFrame({"sector": ["a", "b", "c"], "count": [4, 3, 1]})
    population = population_weights({"sector": ["a", "b"]}, table)
    with pytest.raises(InputError, match="sector = c was not fitted"):
        fit_without_sampler(people(), fixed=["sector"], population=population)
    with pytest.raises(UnknownNameError, match="covariate of the population 'stage'"):
        fit_without_sampler(people(), vary=["stage"], population=population)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"vary": ["sectr"]}, "Unknown covariate 'sectr'. Nearest: sector"),
        ({"vary": "sector"}, "is one text; give a list"),
        ({"fixed": "age"}, "is one text; give a list"),
        ({"vary": ["sector"], "fixed": ["sector"]}, "named twice"),
        ({"period": "steps"}, "have one calendar period"),
        ({"vary": ["period:sector"]}, "have one calendar period"),
        ({"link": "probit"}, "Unknown link 'probit'"),
        ({"duration": "spline"}, "Unknown duration 'spline'"),
        ({"period": "none"}, "Unknown period 'none'"),
        ({"destinations": "both"}, "Unknown destinations 'both'"),
        ({"prior": 0.5}, "give HazardPrior"),
        ({"sampling": 1000}, "give Sampling"),
        ({"prior": HazardPrior(varying_sd={"sectr": 1})}, "Unknown term in varying_sd 'sectr'"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_options_that_are_not_allowed(options, says):
    with pytest.raises(InputError, match=says.replace("(", r"\(")):
        fit_without_sampler(people(), **options)


def test_other_objects_and_cells_of_one_step_are_refused():
    with pytest.raises(InputError, match="given a Spells; allowed are RiskCells"):
        bayes_hazard_model(Spells.from_arrays(exit=[1, 2], event=[1, 0]))
    once = RiskCells.from_spells(Spells.from_arrays(exit=[1, 1], event=[1, 0]))
    with pytest.raises(InputError, match=r"one step \(0 to 1\).*duration='constant'"):
        bayes_hazard_model(once)
    assert fit_without_sampler(once, duration="constant").longest == 1


def test_provenance_says_how_it_was_made():
    fit = fit_without_sampler(people(), vary=["sector"], sampling=Sampling(seed=7))
    made = fit.provenance
    assert made.function == "bayes_hazard_model"
    assert made.seed == 7
    assert made.arguments["vary"] == ("sector",)
    assert made.arguments["prior"]["intercept_mean"] == -3.5
    assert made.arguments["sampling"]["seed"] == 7
    assert fit_without_sampler(people()).sampling.target_accept == 0.95
