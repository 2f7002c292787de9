import math

import numpy as np
import pytest

from talentstats.stats.dirichlet import posterior
from talentstats.stats.misclassification import misclassified_pair, misclassified_triple

SEEN = np.array([[0.97, 0.02, 0.01], [0.05, 0.93, 0.02], [0.05, 0.05, 0.90]])


def test_one_person_seen_by_hand():
    # All uniform, q = p se + (1 - p)(1 - sp), E q = 1/2. E[p q] = 1/3 x 1/2 + 1/6 x 1/2,
    # E[se q] = 1/2 x 1/3 + 1/2 x 1/2 x 1/2, E[sp q] = 1/2 x 1/2 x 1/2 + 1/2 (1/2 - 1/3).
    found = misclassified_pair(
        positive=1, negative=0, prior=[1, 1], sensitivity=[1, 1], specificity=[1, 1]
    )
    assert found.shares.log_evidence == pytest.approx(math.log(1 / 2))
    assert found.shares.mean[0] == pytest.approx(1 / 2)
    assert found.sensitivity == pytest.approx(7 / 12)
    assert found.specificity == pytest.approx(5 / 12)


def test_nobody_seen_is_the_prior():
    found = misclassified_pair(
        positive=0, negative=0, prior=[2, 3], sensitivity=[9, 1], specificity=[4, 1]
    )
    assert found.shares.mean == pytest.approx([0.4, 0.6])
    assert (found.sensitivity, found.specificity) == pytest.approx((0.9, 0.8))
    assert found.shares.log_evidence == pytest.approx(0, abs=1e-14)


def test_a_classification_that_never_errs_is_the_beta():
    found = misclassified_pair(
        positive=87, negative=13, prior=[1, 1], sensitivity=[1e9, 1e-3], specificity=[1e9, 1e-3]
    )
    plain = posterior(counts=[87, 13], prior=[1, 1])
    assert found.shares.quantile([0.025, 0.975]) == pytest.approx(
        plain.quantile([0.025, 0.975]), rel=1e-8
    )


def test_the_identity_matrix_is_the_dirichlet():
    # Also where the density is infinite at the edge: nobody in two of the three, a = 1/2.
    law = misclassified_triple(counts=[5, 0, 0], matrix=np.eye(3), prior=[0.5, 0.5, 0.5])
    plain = posterior(counts=[5, 0, 0], prior=[0.5, 0.5, 0.5])
    assert law.mean == pytest.approx(plain.mean, rel=1e-11)
    assert law.covariance == pytest.approx(plain.covariance, rel=1e-9, abs=1e-12)
    assert law.log_evidence == pytest.approx(plain.log_evidence, abs=1e-11)
    assert law.quantile([0.1, 0.5, 0.9]) == pytest.approx(plain.quantile([0.1, 0.5, 0.9]), rel=1e-8)
    assert law.probability_exceeds(0, 2) == pytest.approx(plain.probability_exceeds(0, 2))
    assert law.ratio_quantile(1, 2, [0.3]) == pytest.approx(plain.ratio_quantile(1, 2, [0.3]))
    assert law.part_of_rest(1, 0, [0.9])[2] == pytest.approx(plain.part_of_rest(1, 0, [0.9])[2])
    assert law.part_of_rest(2, 0, [0.9])[:2] == pytest.approx(plain.part_of_rest(2, 0, [0.9])[:2])


def test_one_person_seen_through_a_matrix_by_hand():
    # Posterior: the mixture of Dirichlet(1 + e_i) with weights proportional to M[i, 0].
    law = misclassified_triple(counts=[1, 0, 0], matrix=SEEN, prior=[1, 1, 1])
    weight = SEEN[:, 0] / SEEN[:, 0].sum()
    assert law.mean == pytest.approx((1 + weight) / 4, rel=1e-12)
    assert law.log_evidence == pytest.approx(math.log(SEEN[:, 0].sum() / 3), abs=1e-12)
