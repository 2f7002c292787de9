import itertools

import numpy as np
import pytest

from talentstats.stats.cox_data import cox_data
from talentstats.stats.cox_exact import exact_likelihood, exact_sets
from talentstats.stats.cox_likelihood import cox_likelihood

RNG = np.random.default_rng(5)
N = 30
START = RNG.integers(0, 3, N).astype(float)
STOP = START + RNG.integers(1, 5, N)
EVENT = RNG.random(N) < 0.6
X = RNG.normal(size=(N, 2))
LAYER = RNG.integers(0, 2, N)
BETA = np.array([0.4, -0.7])
SPANS = {"entry": START, "exit": STOP, "event": EVENT}


def written_out(ties, *, layer=None, weight=None):
    """Log likelihood of raw covariates, one risk set after another."""
    layer = np.zeros(N) if layer is None else layer
    w = np.ones(N) if weight is None else weight
    eta, total = X @ BETA, 0.0
    risk = w * np.exp(eta)
    for stratum in np.unique(layer):
        for t in np.unique(STOP[EVENT & (layer == stratum)]):
            there = (layer == stratum) & (t > START) & (t <= STOP)
            ends = there & EVENT & (t == STOP)
            d = int(ends.sum())
            total += float(w[ends] @ eta[ends])
            for i in range(d):
                share = i / d if ties == "efron" else 0.0
                total -= w[ends].mean() * np.log(risk[there].sum() - share * risk[ends].sum())
    return total


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("options", [{}, {"layer": LAYER}, {"weight": RNG.uniform(0.5, 2, N)}])
def test_value_is_the_product_over_risk_sets(ties, options):
    data = cox_data(**SPANS, x=X, stratum=options.get("layer"), weight=options.get("weight"))
    at = cox_likelihood(data, beta=BETA * data.scale, ties=ties)
    assert at.log_likelihood == pytest.approx(written_out(ties, **options), rel=1e-12)


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
def test_score_and_information_are_derivatives(ties):
    data = cox_data(**SPANS, x=X, stratum=LAYER)

    def likelihood(beta):
        if ties == "exact":
            return exact_likelihood(exact_sets(data), x=data.x, beta=beta)
        return cox_likelihood(data, beta=beta, ties=ties)

    at, h = likelihood(BETA), 1e-5
    for j, step in enumerate(np.eye(2) * h):
        up, down = likelihood(BETA + step), likelihood(BETA - step)
        slope = (up.log_likelihood - down.log_likelihood) / (2 * h)
        assert at.score[j] == pytest.approx(slope, rel=1e-7, abs=1e-7)
        curve = (down.score - up.score) / (2 * h)
        assert at.information[j] == pytest.approx(curve, rel=1e-7, abs=1e-7)


def test_exact_is_the_sum_over_subsets():
    data = cox_data(**SPANS, x=X)
    found = exact_likelihood(exact_sets(data), x=data.x, beta=BETA * data.scale)
    risk, total = np.exp(X @ BETA), 0.0
    for t in np.unique(STOP[EVENT]):
        there = np.flatnonzero((t > START) & (t <= STOP))
        ends = there[EVENT[there] & (STOP[there] == t)]
        every = sum(np.prod(risk[list(s)]) for s in itertools.combinations(there, ends.size))
        total += np.log(np.prod(risk[ends]) / every)
    assert found.log_likelihood == pytest.approx(total, rel=1e-12)


def test_an_entrant_at_the_time_of_an_end_is_not_at_risk():
    x = [[0.0], [1.0], [2.0]]
    late = cox_data(entry=[0, 0, 1], exit=[1, 2, 2], event=[1, 0, 0], x=x)
    at = cox_likelihood(late, beta=np.zeros(1), ties="efron")
    assert at.log_likelihood == pytest.approx(-np.log(2))


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
def test_counts_are_replicated_rows(ties):
    people = RNG.integers(3, 6, N)
    again = np.repeat(np.arange(N), people)
    one = cox_data(**SPANS, x=X, count=people)
    many = cox_data(**{k: v[again] for k, v in SPANS.items()}, x=X[again])
    assert many.x.shape[0] <= N  # rows that cannot be told apart are one
    for beta in (np.zeros(2), BETA):
        a, b = (
            exact_likelihood(exact_sets(d), x=d.x, beta=beta)
            if ties == "exact"
            else cox_likelihood(d, beta=beta, ties=ties)
            for d in (one, many)
        )
        assert a.log_likelihood == pytest.approx(b.log_likelihood, rel=1e-12)
        assert a.information == pytest.approx(b.information, rel=1e-10)


def test_large_predictors_do_not_overflow():
    data = cox_data(**SPANS, x=X)
    far = cox_likelihood(data, beta=np.array([900.0, 0.0]), ties="efron")
    assert far.log_likelihood < -100
