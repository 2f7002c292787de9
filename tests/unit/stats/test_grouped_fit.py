"""Binomial and Poisson fits: closed forms, invariances, and what must be finite."""

import numpy as np
import pytest
from scipy import optimize

from talentstats.stats import maximise
from talentstats.stats.grouped_fit import fit_binomial, fit_poisson

GROUP = np.repeat([0, 1, 2], 4)
AGE = np.array([1.0, 2, 3, 5, 2, 3, 4, 6, 1, 3, 4, 5])
TRIALS = np.array([9, 4, 7, 3, 8, 2, 6, 5, 4, 9, 3, 1])
EVENTS = np.array([2, 1, 0, 1, 3, 1, 2, 0, 0, 0, 0, 0])  # nobody of the third group
X = np.column_stack([np.ones(12), GROUP == 1, GROUP == 2, AGE]).astype(float)
DATA = {"design": X, "events": EVENTS, "trials": TRIALS}
LINKS = ["logit", "cloglog"]


def fits(penalised=True, **more):
    given = DATA | more
    for link in LINKS:
        yield lambda link=link, **k: fit_binomial(
            **{**given, "link": link, "penalised": penalised, **k}
        )
    poisson = {**given, "exposure": given["trials"] / 2, "penalised": penalised}
    poisson.pop("trials")

    def by_poisson(**k):
        k = {
            ("exposure" if n == "trials" else n): v / (2 if n == "trials" else 1)
            for n, v in k.items()
            if n != "offset"
        } | ({"offset": k["offset"]} if "offset" in k else {})
        return fit_poisson(**{**poisson, **k})

    yield by_poisson


@pytest.mark.parametrize(("y", "n"), [(0, 1), (0, 13), (3, 7), (7, 7), (1, 1000)])
def test_one_group_adds_half_an_event_and_half_a_stay(y, n):
    # Jeffreys' prior of a proportion is Beta(1/2, 1/2); the mode in the log odds is at its mean.
    one = np.ones((1, 1))
    fit = fit_binomial(design=one, events=[y], trials=[n], link="logit", penalised=True)
    assert 1 / (1 + np.exp(-fit.coefficients[0])) == pytest.approx((y + 0.5) / (n + 1), rel=1e-12)
    rate = fit_poisson(design=one, events=[y], exposure=[n], penalised=True)
    assert np.exp(rate.coefficients[0]) == pytest.approx((y + 0.5) / n, rel=1e-12)
    cloglog = fit_binomial(design=one, events=[y], trials=[n], link="cloglog", penalised=True)

    # The information of log(-log(1 - p)) is that of p, n / (p (1 - p)), times the squared slope.
    def lost(p):
        slope = -(1 - p) * np.log1p(-p)
        information = n / (p * (1 - p)) * slope**2
        value = y * np.log(p) + (n - y) * np.log1p(-p)
        return -(value + 0.5 * np.log(information))

    best = optimize.minimize_scalar(
        lost, bounds=(1e-9, 1 - 1e-9), method="bounded", options={"xatol": 1e-12}
    )
    assert -np.expm1(-np.exp(cloglog.coefficients[0])) == pytest.approx(best.x, rel=1e-6)
    assert cloglog.penalised_log_likelihood == pytest.approx(-best.fun, abs=1e-10)


@pytest.mark.parametrize(("events", "people"), [(3, 10**7), (1, 10**8), (5, 10**10)])
def test_tiny_hazards_keep_their_digits(events, people):
    fit = fit_binomial(design=np.ones((1, 1)), events=[events], trials=[people], link="cloglog")
    assert fit.converged
    assert np.exp(fit.coefficients[0]) == pytest.approx(-np.log1p(-events / people), rel=1e-11)
    assert fit.covariance[0, 0] == pytest.approx(1 / events, rel=1e-5)


def test_all_are_finite_under_separation():
    for fit in fits():
        found = fit()
        assert found.converged
        assert -10 < found.coefficients[2] < 0
        assert np.all(np.isfinite(found.covariance))


def test_derivatives_are_those_of_the_penalised_likelihood():
    beta, step = np.array([-1.0, 0.3, -0.7, -0.2]), 1e-5
    everything = np.ones(4, dtype=bool)
    for penalised in (True, False):
        for fit in fits(penalised):
            at = fit(fixed=everything, start=beta)
            assert at.coefficients.tolist() == beta.tolist()
            slopes = [
                (
                    fit(fixed=everything, start=beta + step * e).penalised_log_likelihood
                    - fit(fixed=everything, start=beta - step * e).penalised_log_likelihood
                )
                / (2 * step)
                for e in np.eye(4)
            ]
            assert at.score == pytest.approx(np.array(slopes), rel=1e-7, abs=1e-7)
            assert np.any(at.score != 0)


def test_the_penalty_is_half_the_log_determinant():
    for fit in fits():
        found = fit()
        _, size = np.linalg.slogdet(found.information)
        gap = found.penalised_log_likelihood - found.log_likelihood
        assert gap == pytest.approx(size / 2, rel=1e-10)


@pytest.mark.parametrize("penalised", [True, False])
def test_rows_split_and_counts_replicated(penalised):
    events = EVENTS + (GROUP == 2)  # no separation
    trials = TRIALS + 1
    one_each = {
        "design": np.repeat(X, trials, axis=0),
        "trials": np.ones(trials.sum()),
        "events": np.concatenate([np.arange(n) < y for y, n in zip(events, trials, strict=True)]),
    }
    for whole, split in zip(
        fits(penalised, events=events, trials=trials), fits(penalised, **one_each), strict=True
    ):
        a, b = whole(), split()
        assert a.coefficients == pytest.approx(b.coefficients, rel=1e-9)
        assert a.information == pytest.approx(b.information, rel=1e-9)


def test_coding_and_units_do_not_matter():
    other = np.array([[1, 1, 0, 3.0], [0, -1, 0, 0], [0, -1, 1, 0], [0, 0, 0, 0.1]])
    turned = X @ other
    for fit in fits():
        a, b = fit(), fit(design=turned)
        assert other @ b.coefficients == pytest.approx(a.coefficients, rel=1e-9)
    years = X + np.array([0, 0, 0, 2010.0])
    for fit in fits():
        a, b = fit(), fit(design=years)
        assert b.coefficients[1:] == pytest.approx(a.coefficients[1:], rel=1e-9)


def test_an_offset_moves_the_constant():
    for fit in fits():
        a, b = fit(), fit(offset=np.full(12, 0.7))
        assert b.coefficients == pytest.approx(a.coefficients - [0.7, 0, 0, 0], rel=1e-10)


def test_rows_without_people_do_nothing():
    for whole, more in zip(
        fits(),
        fits(
            design=np.vstack([X, [[1, 1, 1, 90.0]]]),
            events=np.append(EVENTS, 0),
            trials=np.append(TRIALS, 0),
        ),
        strict=True,
    ):
        assert whole().coefficients == pytest.approx(more().coefficients, rel=1e-10)


@pytest.mark.parametrize("penalised", [True, False])
def test_fixed_coefficients_stay_and_the_rest_is_best(penalised):
    for fit in fits(penalised, events=EVENTS + (GROUP == 2)):
        held = np.array([False, True, False, True])
        found = fit(fixed=held, start=np.array([0, 0.25, 0, -0.5]))
        assert found.converged
        assert found.coefficients[held].tolist() == [0.25, -0.5]
        errors = np.sqrt(np.diag(found.covariance))
        assert np.abs(found.score * errors)[~held] == pytest.approx(0, abs=1e-9)
        assert found.penalised_log_likelihood < fit().penalised_log_likelihood


def test_without_penalty_it_is_statsmodels_glm():
    import statsmodels.api as sm

    events = EVENTS + (GROUP == 2)
    both = np.column_stack([events, TRIALS + 1 - events])
    kinds = {"logit": sm.families.links.Logit(), "cloglog": sm.families.links.CLogLog()}
    for link, kind in kinds.items():
        theirs = sm.GLM(both, X, family=sm.families.Binomial(link=kind)).fit(tol=1e-14)
        mine = fit_binomial(design=X, events=events, trials=TRIALS + 1, link=link)
        assert mine.coefficients == pytest.approx(theirs.params, rel=1e-6)
        assert np.sqrt(np.diag(mine.covariance)) == pytest.approx(theirs.bse, rel=1e-6)


def test_it_says_when_it_did_not_get_there(monkeypatch):
    monkeypatch.setattr(maximise, "_MOST_STEPS", 2)
    assert not fit_binomial(**DATA, link="cloglog", penalised=True).converged


def test_from_anywhere_to_one_place():
    best = fit_binomial(**DATA, link="cloglog", penalised=True)
    for start in ([3.0, -2, 5, 1], [-20.0, 0, 0, 0], [0.0, 9, -9, 0]):
        again = fit_binomial(**DATA, link="cloglog", penalised=True, start=start)
        assert again.converged
        assert again.coefficients == pytest.approx(best.coefficients, rel=1e-8)
        assert not again.coefficients.flags.writeable
