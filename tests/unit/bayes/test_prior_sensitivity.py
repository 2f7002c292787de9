"""Other priors move the posterior as exact posteriors move, and nothing compiles anew."""

from dataclasses import replace

import numpy as np
import pytest

from talentstats.bayes import prior_sensitivity as module
from talentstats.bayes.posterior import PosteriorFit, Quantities
from talentstats.bayes.prior_sensitivity import prior_sensitivity, standard_alternatives
from talentstats.errors import InputError, UnknownNameError
from talentstats.results.protocol import Result


@pytest.fixture(scope="module")
def found(sampled_fit):
    import nutpie

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nutpie, "compile_pymc_model", lambda *a, **k: pytest.fail("compiled"))
        return sampled_fit.prior_sensitivity(what="cell")


def test_it_is_a_result(found):
    assert isinstance(found, Result)
    assert found.priors == (
        "as fitted",
        "spreads halved",
        "spreads doubled",
        "intercept sd doubled",
    )
    tidy = found.tidy()
    assert len(tidy) == 4 * 18
    assert tidy["group"].iloc[0] == "as fitted: academia, 2019"
    assert tidy["prior"].nunique() == 4
    assert not tidy.duplicated(["group", "outcome", "term"]).any()
    assert len(found.glance()) == 1
    assert found.provenance.function == "prior_sensitivity"
    assert found.provenance.arguments["alternatives"]["spreads halved"]["sd_scale"] == (
        (0.2,),
        (0.35,),
    )


def test_the_first_is_the_fit(found, sampled_fit):
    own = found.tidy(level=0.9).query("prior == 'as fitted'")
    fitted = sampled_fit.tidy("cell", level=0.9)
    for column in ("estimate", "std_error", "conf_low", "conf_high", "rhat", "mcse"):
        np.testing.assert_array_equal(own[column], fitted[column])
    assert (own["shift_in_sd"] == 0).all()


def test_shifts_are_in_deviations_of_the_fit(found):
    tidy = found.tidy()
    base = tidy.query("prior == 'as fitted'").reset_index()
    other = tidy.query("prior == 'spreads doubled'").reset_index()
    by_hand = (other["estimate"] - base["estimate"]) / base["std_error"]
    np.testing.assert_allclose(other["shift_in_sd"], by_hand, rtol=1e-12)
    size, prior, quantity = found.largest
    worst = tidy.loc[tidy["shift_in_sd"].abs().idxmax()]
    assert size == abs(worst["shift_in_sd"])
    assert prior == worst["prior"]
    assert quantity == f"{worst['group'].removeprefix(prior + ': ')}, {worst['outcome']}"
    glance = found.glance().iloc[0]
    assert (glance["largest_shift_in_sd"], glance["moved_by"]) == (size, prior)
    assert f"{size:.2f} posterior standard deviations ({quantity}, {prior})" in found.sentence


def test_less_pooling_widens_an_empty_cell(found):
    tidy = found.tidy().query("outcome == 'China'")
    empty = tidy[tidy["group"].str.endswith("state, 2019")].set_index("prior")["std_error"]
    assert empty["spreads halved"] < empty["as fitted"] < empty["spreads doubled"]


def test_power_scaling_is_of_the_fit(found, sampled_fit):
    assert len(found.power.names) == 18
    assert found.power.names[1] == "academia, 2019, China"
    assert found.tidy()["diagnosis"].tolist() == list(found.power.diagnosis) * 4
    glance = found.glance().iloc[0]
    assert glance["conflicts"] + glance["prior_driven"] == sum(
        d != "-" for d in found.power.diagnosis
    )
    assert found.power.sentence in found.sentence


class Intercept(PosteriorFit):
    """Stands for a room's posterior: the shares of the average cell."""

    __slots__ = ()

    def quantities(self, what):
        if what != "population":
            return super().quantities(what)
        logits = self.sampled.draws["b0"].reshape(-1, 2) @ self.problem.contrasts.T
        share = np.exp(logits)
        share /= share.sum(axis=1, keepdims=True)
        return Quantities(
            columns={
                "group": ["sample"] * 3,
                "outcome": list(self.outcomes),
                "term": ["probability"] * 3,
            },
            values=share,
            null=np.full(3, np.nan),
        )


def refit(problem, sampling, *, listen=None):
    """Stands for the sampler: exact draws of normal intercepts, data saying 0 with sd 1."""
    rng = np.random.default_rng(sampling.seed)
    prior = problem.prior
    weight = 1 / prior.b0_sd**2
    mean, sd = weight * prior.b0_mean / (1 + weight), (1 + weight) ** -0.5
    shape = (sampling.chains, sampling.draws)
    return {"b0": mean + sd * rng.standard_normal((*shape, 2))}


@pytest.fixture
def exact(make_problem, make_fit, monkeypatch):
    fit = make_fit(make_problem("softmax", fixed=()), kind=Intercept, draws=2000)

    def sample(problem, sampling, *, listen=None):
        draws = dict(fit.sampled.draws) | refit(problem, sampling)
        return replace(fit.sampled, draws=draws, divergent=np.zeros(fit.shape, dtype=bool))

    monkeypatch.setattr(module, "sample", sample)
    return replace(fit, sampled=sample(fit.problem, fit.sampling), diagnostics=None, notes=())


def test_medians_move_as_exact_posteriors_do(exact):
    prior = exact.problem.prior
    wide = replace(prior, b0_sd=[100.0, 100.0])
    shifted = replace(prior, b0_mean=[3.0, 0.5])
    found = prior_sensitivity(exact, {"wide": wide, "shifted": shifted})
    tidy = found.tidy().set_index(["group", "outcome"])
    assert list(dict.fromkeys(tidy.index.get_level_values(0))) == ["as fitted", "wide", "shifted"]
    # Under a flat prior the intercepts are around 0, so that each share is near a third.
    np.testing.assert_allclose(tidy.loc["wide", "mean"].to_numpy(), np.full(3, 1 / 3), atol=0.02)
    # The first contrast of a zero-sum basis opposes the first outcome to the second.
    assert tidy.loc[("shifted", "US"), "estimate"] > tidy.loc[("as fitted", "US"), "estimate"]
    assert found.largest[1] == "shifted"
    assert found.provenance.arguments["what"] == "population"


def test_refits_that_failed_are_named(exact, monkeypatch):
    good = module.sample

    def sample(problem, sampling, *, listen=None):
        made = good(problem, sampling)
        diverged = np.zeros(exact.shape, dtype=bool)
        diverged[0, :7] = True
        return replace(made, divergent=diverged)

    monkeypatch.setattr(module, "sample", sample)
    found = prior_sensitivity(exact, {"other": exact.problem.prior})
    assert "Under other: " in found.sentence
    assert "7 of 4000 draws diverged" in found.sentence
    assert not found.glance()["converged"][0]


def test_standard_alternatives_without_terms(make_problem):
    prior = replace(make_problem("softmax").prior, sd_scale=np.zeros((0, 1)))
    made = standard_alternatives(prior)
    assert list(made) == [
        "fixed effects' sd halved",
        "fixed effects' sd doubled",
        "intercept sd doubled",
    ]
    np.testing.assert_array_equal(made["fixed effects' sd halved"].beta_sd, prior.beta_sd / 2)
    np.testing.assert_array_equal(made["intercept sd doubled"].b0_sd, [2.0, 3.0])


def test_bad_input_is_said(exact):
    prior = exact.problem.prior
    with pytest.raises(InputError, match="'as fitted' is the name of the fit's own prior"):
        prior_sensitivity(exact, {"as fitted": prior})
    with pytest.raises(InputError, match="alternative 'tight' is a dict; allowed are PriorArrays"):
        prior_sensitivity(exact, {"tight": {}})
    with pytest.raises(
        InputError, match=r"'tight' has sd_scale of shape \(2, 2\); that of the fit has \(2, 1\)"
    ):
        prior_sensitivity(exact, {"tight": replace(prior, sd_scale=np.ones((2, 2)))})
    with pytest.raises(UnknownNameError, match="what 'populace'"):
        prior_sensitivity(exact, what="populace")
