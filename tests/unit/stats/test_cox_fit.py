import numpy as np

from talentstats.stats.cox_data import cox_data
from talentstats.stats.cox_fit import inverse, maximise
from talentstats.stats.cox_likelihood import Likelihood, cox_likelihood


def test_halving_reaches_a_maximum_that_newton_overshoots():
    def root(b):
        # -sqrt(1 + b^2): Newton from 2 goes to -8 and further.
        s = np.sqrt(1 + b**2)
        return Likelihood(
            log_likelihood=-float(s[0]), score=-b / s, information=(1 / s**3)[:, None]
        )

    top = maximise(root, start=np.array([2.0]))
    assert top.converged
    assert abs(top.beta[0]) < 1e-9


def test_a_maximum_at_infinity_is_not_called_converged_or_leaves_no_information():
    data = cox_data(entry=[0] * 4, exit=[1, 2, 3, 4], event=[1, 1, 0, 0], x=[[1], [1], [0], [0]])
    top = maximise(lambda b: cox_likelihood(data, beta=b, ties="efron"), start=np.zeros(1))
    assert not top.converged or top.at.information[0, 0] < 1e-6


def test_fixed_coefficients_stay():
    data = cox_data(
        entry=[0] * 5,
        exit=[1, 2, 3, 4, 5],
        event=[1] * 5,
        x=[[1, 0], [0, 1], [1, 1], [0, 0], [1, 0]],
    )
    free = np.array([True, False])
    start = np.array([0.0, 0.3])
    top = maximise(lambda b: cox_likelihood(data, beta=b, ties="efron"), start=start, free=free)
    assert top.beta[1] == 0.3
    assert abs(top.at.score[0]) < 1e-8 < abs(top.at.score[1])


def test_no_inverse_of_collinear_information():
    assert inverse(np.array([[1.0, 1.0], [1.0, 1.0]])) is None
    assert inverse(np.array([[1.0, np.nan], [np.nan, 1.0]])) is None
