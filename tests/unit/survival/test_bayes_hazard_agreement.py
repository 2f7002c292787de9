"""Under flat priors the posterior's mode is the maximum likelihood of `hazard_model`."""

import numpy as np
import pytest
from scipy.optimize import minimize

from talentstats.bayes.sampling import Sampling
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.spells import Spells
from talentstats.survival.bayes_hazard_model import bayes_hazard_model
from talentstats.survival.bayes_hazard_prior import HazardPrior
from talentstats.survival.hazard_model import hazard_model
from tests.unit.survival.bayes_hazard_fits import at_values, fit_without_sampler

FLAT = HazardPrior(intercept_sd=1e4, fixed_sd=1e4)
LINEAR = {"fixed": ["duration", "sector"], "duration": "constant", "prior": FLAT}
CLASSICAL = {"duration": "linear", "penalty": "none"}


def stays(size, *, looks=None):
    """Simulated stays of up to 6 years in two sectors, for China or elsewhere.

    With looks, what is known is that somebody left between two of them.
    """
    rng = np.random.default_rng(8)
    industry = rng.random(size) < 0.4
    exit, event = np.full(size, 6), np.zeros(size, dtype=int)
    here = np.ones(size, dtype=bool)
    for year in range(6):
        china = np.exp(-2.6 + 0.1 * year - 0.5 * industry)
        other = np.exp(-3.6 - 0.05 * year + 0.4 * industry)
        draw = rng.random(size) * (1 + china + other)
        for code, left in ((1, draw < china), (2, (draw >= china) & (draw < china + other))):
            exit[here & left], event[here & left] = year + 1, code
            here &= ~left
    names = np.array(["", "China", "other"])[event]
    kept = {"covariates": {"sector": np.where(industry, "industry", "academia")}}
    if looks is None:
        return Spells.from_arrays(exit=exit, event=np.where(event > 0, names, "censored"), **kept)
    edges = np.array(looks)
    after = edges[np.minimum(np.searchsorted(edges, exit), edges.size - 1)]
    before = edges[np.searchsorted(edges, exit) - 1]
    return Spells.from_arrays(
        lower=np.where(event > 0, before, exit),
        upper=np.where(event > 0, after, np.inf),
        destination=names,
        **kept,
    )


def highest(fit):
    """Free variables at the maximum of the package's own log likelihood, and its value."""
    d, f = fit.problem.contrasts.shape[1], len(fit.problem.design.fixed)

    def put(x):
        return at_values(fit, b0=x[None, :d], beta=x[d:].reshape(1, f, d))

    start = np.concatenate([np.full(d, -3.0), np.zeros(f * d)])
    found = minimize(
        lambda x: -put(x).log_likelihood()[0] / fit.problem.counts.sum(), start, method="BFGS",
        options={"gtol": 1e-9, "xrtol": 1e-9},
    )  # fmt: skip
    return put(found.x), found.x[:d], found.x[d:].reshape(f, d)


@pytest.mark.parametrize(("link", "classical"), [("softmax", "logit"), ("cloglog", "cloglog")])
def test_one_destination(link, classical):
    cells = RiskCells.from_spells(stays(3000))
    fit = fit_without_sampler(cells, link=link, destinations="any", **LINEAR)
    at, _, beta = highest(fit)
    want = hazard_model(cells, "~ sector", link=classical, **CLASSICAL)
    assert beta[:, 0] == pytest.approx([want.coefficients[1], want.coefficients[2]], abs=2e-5)
    assert want.names[2].startswith("sector")
    classic = want.predict({"sector": "industry"}, horizon=6).tidy()
    retained, _ = at.curves(profile={"sector": "industry"})
    table = classic[classic["term"] == "retention"].set_index("time")["estimate"]
    assert retained[0] == pytest.approx(table.loc[1.0:6.0].to_numpy(), abs=1e-5)


def test_several_destinations():
    cells = RiskCells.from_spells(stays(3000))
    fit = fit_without_sampler(cells, **LINEAR)
    at, _, beta = highest(fit)
    want = hazard_model(cells, "~ sector", destinations="multinomial", link="logit", **CLASSICAL)
    assert beta.T.ravel() == pytest.approx(want.coefficients.reshape(2, 3)[:, 1:].ravel(), abs=5e-5)
    classic = want.predict({"sector": "academia"}, horizon=6).tidy()
    _, ends = at.curves(profile={"sector": "academia"})
    for j, place in enumerate(("China", "other")):
        one = classic[(classic["term"] == "incidence") & (classic["outcome"] == place)]
        assert ends[0, :, j] == pytest.approx(
            one.set_index("time")["estimate"].loc[1.0:6.0].to_numpy(), abs=1e-5
        )


def test_ends_within_three_years():
    cells = RiskCells.from_spells(stays(3000, looks=[0, 1, 2, 3, 6]))
    assert cells.wide.sum() > 0
    fit = fit_without_sampler(cells, link="cloglog", destinations="any", **LINEAR)
    _, _, beta = highest(fit)
    want = hazard_model(cells, "~ sector", link="cloglog", **CLASSICAL)
    assert beta[:, 0] == pytest.approx(want.coefficients[1:], abs=2e-5)


def test_a_sampled_posterior_under_wide_priors_is_where_maximum_likelihood_is():
    cells = RiskCells.from_spells(stays(20_000))
    fit = bayes_hazard_model(
        cells,
        fixed=["duration", "sector"],
        duration="constant",
        prior=HazardPrior(intercept_sd=20, fixed_sd=20),
        sampling=Sampling(draws=500, tune=500),
    )
    want = hazard_model(cells, "~ sector", destinations="multinomial", link="logit", **CLASSICAL)
    found = fit.tidy("parameter").set_index(["outcome", "term"])
    error = np.sqrt(np.diag(want.covariance)).reshape(2, 3)
    for j, place in enumerate(("China", "other")):
        for i, term in ((1, "duration"), (2, "sector=industry")):
            row = found.loc[(place, term)]
            gap = abs(row["mean"] - want.coefficients.reshape(2, 3)[j, i])
            assert gap < 0.1 * error[j, i] + 4 * row["mcse"]
            # The standard deviation of the posterior is the standard error.
            assert row["std_error"] == pytest.approx(error[j, i], rel=0.1)
    assert fit.glance()["divergences"][0] == 0
