"""Gauss-Legendre on panels, by integrals known in closed form."""

import numpy as np
import pytest

from talentstats.stats.panels import panel_nodes


def test_a_polynomial_of_degree_31_is_exact():
    x, weights = panel_nodes([2.0, 0.0])
    assert weights @ x**31 == pytest.approx(2**32 / 32, rel=1e-13)


def test_panels_resolve_a_scale_that_one_panel_cannot():
    x, weights = panel_nodes(np.append(0.0, 2.0 ** -np.arange(0.0, 25.0)))
    assert weights @ np.exp(-1e5 * x) == pytest.approx(1e-5, rel=1e-12)
    assert np.all(np.diff(x) > 0)


def test_repeated_breaks_make_no_panel():
    x, weights = panel_nodes([0, 1, 1, 3])
    assert x.shape == (32,)
    assert weights.sum() == pytest.approx(3, rel=1e-15)
