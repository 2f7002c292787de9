"""Log likelihoods by draw against scipy's distributions and every path written out."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy import stats

from talentstats.bayes.draws import flat, recorded
from talentstats.bayes.likelihood import (
    cell_probabilities,
    row_log_likelihood,
    seen_counts,
    wide_log_likelihood,
)

KINDS = ("softmax", "reference", "cloglog", "unknown", "known", "unknown and validated")


@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_multinomial(make_problem, make_fit, kind):
    fit = make_fit(make_problem(kind), draws=50)
    problem = fit.problem
    counts = seen_counts(problem)
    assert counts.shape[1] == (4 if "unknown" in kind else 3)
    prob = cell_probabilities(problem, fit.sampled)
    found = row_log_likelihood(problem, fit.sampled, prob)
    seen = recorded(fit.sampled.draws, problem, prob)
    for s in (0, 7):
        for m, row in enumerate(counts):
            expected = stats.multinomial(int(row.sum()), seen[s, m]).logpmf(row)
            assert found[s, m] == pytest.approx(expected, rel=1e-9, abs=1e-9)
    if "unknown" not in kind:
        assert (found[:, 4] == 0).all()


def test_clustered_rows_are_dirichlet_multinomial(make_problem, make_fit):
    fit = make_fit(make_problem("clustered"), draws=50)
    prob = fit.prob
    found = row_log_likelihood(fit.problem, fit.sampled, prob)
    size = flat(fit.sampled.draws["concentration"])
    for s in (0, 9):
        for m, row in enumerate(fit.problem.counts):
            made = stats.dirichlet_multinomial(size[s] * prob[s, m], int(row.sum()))
            assert found[s, m] == pytest.approx(made.logpmf(row.astype(int)), rel=1e-8, abs=1e-8)
    assert np.abs(found[:, 4]).max() < 1e-9


def test_nobody_where_nobody_can_be(make_problem, make_fit):
    fit = make_fit(make_problem("softmax"), draws=50)
    prob = np.array(fit.prob)
    prob[:, 3] = [0.9, 0.1, 0.0]
    found = row_log_likelihood(fit.problem, fit.sampled, prob)
    # 12 stay, 1 goes, nobody of probability 0: 13 * 0.9^12 * 0.1.
    assert found[0, 3] == pytest.approx(np.log(13 * 0.9**12 * 0.1), rel=1e-12)


def test_nobody_of_a_cluster_where_nobody_can_be(make_problem, make_fit):
    fit = make_fit(make_problem("clustered"), draws=50)
    prob = np.array(fit.prob)
    prob[:, 3] = [0.9, 0.1, 0.0]
    size = flat(fit.sampled.draws["concentration"])[0]
    found = row_log_likelihood(fit.problem, fit.sampled, prob)
    expected = stats.betabinom(13, 0.9 * size, 0.1 * size).logpmf(12)
    assert found[0, 3] == pytest.approx(expected, rel=1e-9)


def test_wide_ends_are_the_sum_over_every_path(make_problem, make_fit):
    fit = make_fit(make_problem("wide"), draws=50)
    prob = fit.prob
    found = wide_log_likelihood(fit.problem, prob)
    wide = fit.problem.wide
    for s in range(4):
        for i in range(2):
            rows = wide.row[i][wide.within[i] > 0]
            ends = np.zeros(3)
            # A path gives each step an outcome; the person is gone after the first that is not 0.
            for path in product(range(3), repeat=len(rows)):
                chance = np.prod([prob[s, row, k] for row, k in zip(rows, path, strict=True)])
                left = [k for k in path if k]
                ends[left[0] if left else 0] += chance
            assert ends.sum() == pytest.approx(1)
            expected = sum(n * np.log(p) for n, p in zip(wide.counts[i], ends, strict=True) if n)
            assert found[s, i] == pytest.approx(expected, rel=1e-10)
    assert fit.log_likelihood()[0] == pytest.approx(
        row_log_likelihood(fit.problem, fit.sampled, prob)[0].sum() + found[0].sum()
    )


def test_without_wide_ends(make_problem, make_fit):
    fit = make_fit(make_problem("softmax"), draws=50)
    assert wide_log_likelihood(fit.problem, fit.prob).shape == (100, 0)


def test_wide_ends_survive_a_step_that_nobody_survives(make_problem, make_fit):
    problem = make_problem("wide")
    fit = make_fit(problem, draws=50)
    prob = np.array(fit.prob)
    # Everybody leaves in the first step: the later ones count for nothing, and not as NaN.
    prob[:, 0] = [0.0, 0.8, 0.2]
    found = wide_log_likelihood(problem, prob)
    assert found[0, 0] == pytest.approx(4 * np.log(0.8) + np.log(0.2), rel=1e-12)


def test_a_million_people_cost_no_precision(make_problem, make_fit):
    problem = make_problem("softmax")
    fit = make_fit(replace(problem, counts=problem.counts * 1e6), draws=50)
    found = row_log_likelihood(fit.problem, fit.sampled, fit.prob)
    row = fit.problem.counts[0]
    expected = stats.multinomial(int(row.sum()), fit.prob[0, 0]).logpmf(row)
    assert found[0, 0] == pytest.approx(expected, rel=1e-9)
