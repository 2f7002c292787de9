"""Multinomial fits: statsmodels on expanded rows, closed forms, invariances."""

import numpy as np
import pytest

from talentstats.stats.grouped_fit import fit_binomial
from talentstats.stats.multinomial_fit import fit_multinomial

X = np.column_stack([np.ones(8), np.arange(8) % 4, np.arange(8) > 3]).astype(float)
COUNTS = np.array(
    [[9, 2, 1], [7, 3, 0], [8, 1, 2], [5, 2, 1], [9, 1, 1], [8, 0, 2], [6, 1, 2], [7, 1, 0]]
)
NEVER = COUNTS * np.where(X[:, 2:] > 0, [1, 1, 0], 1)  # the second group goes nowhere else


def test_without_penalty_it_is_mnlogit_on_expanded_rows():
    import statsmodels.api as sm

    rows, to = np.repeat(np.arange(8), 3), np.tile([0, 1, 2], 8)
    people = COUNTS.ravel()
    model = sm.MNLogit(np.repeat(to, people), X[np.repeat(rows, people)])
    theirs = model.fit(disp=0, tol=1e-12, maxiter=100)
    mine = fit_multinomial(design=X, counts=COUNTS)
    assert mine.converged
    assert mine.coefficients == pytest.approx(theirs.params.T.ravel(), rel=1e-7)
    assert np.sqrt(np.diag(mine.covariance)) == pytest.approx(theirs.bse.T.ravel(), rel=1e-6)
    assert mine.log_likelihood == pytest.approx(theirs.llf, rel=1e-12)


@pytest.mark.parametrize("penalised", [True, False])
def test_with_one_destination_it_is_logistic(penalised):
    two = COUNTS[:, :2]
    mine = fit_multinomial(design=X, counts=two, penalised=penalised)
    logit = fit_binomial(
        design=X, events=two[:, 1], trials=two.sum(axis=1), link="logit", penalised=penalised
    )
    assert mine.coefficients == pytest.approx(logit.coefficients, rel=1e-10)
    assert mine.information == pytest.approx(logit.information, rel=1e-10)
    assert mine.penalised_log_likelihood == pytest.approx(logit.penalised_log_likelihood)


def test_one_group_adds_half_a_person_to_every_count():
    # Jeffreys' prior of shares is Dirichlet(1/2, ...).
    fit = fit_multinomial(design=np.ones((1, 1)), counts=[[20, 0, 3, 1]], penalised=True)
    assert np.exp(fit.coefficients) == pytest.approx(np.array([0.5, 3.5, 1.5]) / 20.5, rel=1e-11)


def test_finite_where_nobody_goes_and_the_reference_does_not_matter():
    fit = fit_multinomial(design=X, counts=NEVER, penalised=True)
    assert fit.converged
    assert -6 < fit.coefficients[5] < 0
    turned = fit_multinomial(design=X, counts=NEVER[:, [1, 0, 2]], penalised=True)
    first, second = fit.coefficients.reshape(2, 3)
    assert turned.coefficients == pytest.approx(np.concatenate([-first, second - first]), rel=1e-9)


def test_derivatives_and_fixed_coefficients():
    beta, everything = np.array([-1.0, 0.2, 0.3, -2.0, 0.1, -0.4]), np.ones(6, dtype=bool)
    for penalised in (True, False):
        data = {"design": X, "counts": NEVER, "penalised": penalised}
        at = fit_multinomial(**data, fixed=everything, start=beta)
        slopes = [
            (
                fit_multinomial(**data, fixed=everything, start=beta + e).penalised_log_likelihood
                - fit_multinomial(**data, fixed=everything, start=beta - e).penalised_log_likelihood
            )
            / 2e-5
            for e in 1e-5 * np.eye(6)
        ]
        assert at.score == pytest.approx(np.array(slopes), rel=1e-6, abs=1e-6)
    held = np.arange(6) == 4
    some = fit_multinomial(design=X, counts=NEVER, penalised=True, fixed=held, start=beta)
    assert some.converged
    assert some.coefficients[4] == 0.1
    assert np.abs(some.score[~held]) == pytest.approx(0, abs=1e-8)


def test_counts_are_replicated_rows_and_coding_does_not_matter():
    rows, to = np.repeat(np.arange(8), 3), np.tile([0, 1, 2], 8)
    people = NEVER.ravel()
    single = np.eye(3)[np.repeat(to, people)]
    fit = fit_multinomial(design=X, counts=NEVER, penalised=True)
    split = fit_multinomial(design=X[np.repeat(rows, people)], counts=single, penalised=True)
    assert split.coefficients == pytest.approx(fit.coefficients, rel=1e-9)
    other = np.array([[1, 2015, 1], [0, 1, 0], [0, 0, -1.0]])
    turned = fit_multinomial(design=X @ other, counts=NEVER, penalised=True)
    back = turned.coefficients.reshape(2, 3) @ other.T
    assert back.ravel() == pytest.approx(fit.coefficients, rel=1e-7)
