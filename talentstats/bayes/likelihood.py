"""Log likelihood of cells by draw, by numpy alone."""

import numpy as np
from scipy.special import gammaln, xlogy

from talentstats.bayes.draws import flat, linear, probabilities, recorded
from talentstats.bayes.graph import Problem
from talentstats.bayes.sampling import Sampled
from talentstats.stats.limits import Floats


def cell_probabilities(problem: Problem, sampled: Sampled) -> Floats:
    """Return the probabilities of the outcomes in each row, by draw.

    Parameters
    ----------
    problem : Problem
        The problem.
    sampled : Sampled
        Draws.

    Returns
    -------
    (s, m, k) ndarray
        Draws, s = chain * draw.
    """
    predictor = linear(
        sampled.draws,
        fixed=problem.rows.fixed,
        varying=problem.rows.varying,
        term_of=problem.design.term_of,
    )
    return probabilities(predictor, contrasts=problem.contrasts, link=problem.link)


def seen_counts(problem: Problem) -> Floats:
    """Return the columns that the likelihood sees, unknown last where it is a column.

    Parameters
    ----------
    problem : Problem
        The problem.

    Returns
    -------
    (m, k) or (m, k + 1) ndarray
        People.
    """
    if problem.unknown is None or problem.lost is None:
        return problem.counts
    return np.column_stack([problem.counts, problem.unknown])


def row_log_likelihood(problem: Problem, sampled: Sampled, prob: Floats) -> Floats:
    """Return the log likelihood of each row, by draw.

    Parameters
    ----------
    problem : Problem
        The problem.
    sampled : Sampled
        Draws.
    prob : (s, m, k) ndarray
        As `cell_probabilities`.

    Returns
    -------
    (s, m) ndarray
        Multinomial or Dirichlet-multinomial, with its constant; 0 for an empty row.
        Wide intervals are apart (`wide_log_likelihood`).
    """
    counts = seen_counts(problem)
    seen = recorded(sampled.draws, problem, prob)
    people = counts.sum(axis=1)
    constant = gammaln(people + 1) - gammaln(counts + 1).sum(axis=1)
    if problem.clustered:
        size = flat(sampled.draws["concentration"])[:, None]
        each = size[..., None] * seen
        with np.errstate(invalid="ignore"):
            of_each = np.where(counts > 0, gammaln(each + counts) - gammaln(each), 0.0)
        return np.asarray(constant + gammaln(size) - gammaln(size + people) + of_each.sum(axis=2))
    return np.asarray(constant + xlogy(counts, seen).sum(axis=2))


def wide_log_likelihood(problem: Problem, prob: Floats) -> Floats:
    """Return the log likelihood of each wide interval, by draw.

    Parameters
    ----------
    problem : Problem
        With `wide`.
    prob : (s, m, k) ndarray
        As `cell_probabilities`.

    Returns
    -------
    (s, w) ndarray
        Sum over the outcomes of people times the log probability to end there within.
    """
    wide = problem.wide
    if wide is None:
        return np.zeros((prob.shape[0], 0))
    found = np.empty((prob.shape[0], wide.row.shape[0]))
    for i, (row, within) in enumerate(zip(wide.row, wide.within > 0, strict=True)):
        steps = prob[:, row[within], :]
        stay = np.cumprod(steps[:, :-1, 0], axis=1)
        before = np.concatenate([np.ones_like(steps[:, :1, 0]), stay], axis=1)
        ends = np.einsum("st,stk->sk", before, steps[:, :, 1:])
        people = wide.counts[i, 1:]
        found[:, i] = np.where(people > 0, people * np.log(ends), 0.0).sum(axis=1)
    return found
