"""Matrices of small designs, written out by hand."""

import numpy as np
import pytest

from talentstats.bayes.design import make_design, sum_to_zero_basis, walk_basis
from talentstats.errors import InputError, UnknownNameError

COVARIATES = {
    "sector": np.array(["industry", "academia", "academia", "state"]),
    "stage": np.array(["phd", "phd", "postdoc", "postdoc"]),
    "age": np.array([30.0, 34.0, 40.0, 20.0]),
    "abroad": np.array([0, 1, 1, 0]),
    "year": np.array([2020, 2010, 2019, 2020]),
}
PEOPLE = np.array([1.0, 2.0, 0.0, 1.0])


def design(**options):
    return make_design(COVARIATES, people=PEOPLE, **({"vary": [], "fixed": []} | options))


@pytest.mark.parametrize("levels", [2, 3, 7])
def test_basis_of_what_sums_to_zero(levels):
    h = sum_to_zero_basis(levels)
    np.testing.assert_allclose(h.T @ h, np.eye(levels - 1), atol=1e-14)
    np.testing.assert_allclose(h @ h.T, np.eye(levels) - 1 / levels, atol=1e-14)


def test_two_levels_by_hand():
    np.testing.assert_allclose(sum_to_zero_basis(2), [[np.sqrt(0.5)], [-np.sqrt(0.5)]])


@pytest.mark.parametrize("levels", [2, 5, 10])
def test_a_walk_has_exchangeable_steps_and_the_size_of_any_term(levels):
    basis = walk_basis(levels)
    np.testing.assert_allclose(basis.sum(axis=0), 0, atol=1e-13)
    steps = np.diff(basis, axis=0) @ np.diff(basis, axis=0).T
    np.testing.assert_allclose(steps, steps[0, 0] * np.eye(levels - 1), atol=1e-12)
    size = np.mean(np.sum(basis**2, axis=1))
    exchangeable = np.mean(np.sum(sum_to_zero_basis(levels) ** 2, axis=1))
    assert size == pytest.approx(exchangeable, rel=1e-13)


def test_rows_of_a_varying_term():
    made = design(vary=["sector"])
    (term,) = made.terms
    assert term.levels == (("academia",), ("industry",), ("state",))
    assert term.seen == (True, True, True)
    assert term.kind == "exchangeable"
    rows = made.rows(COVARIATES, length=4)
    np.testing.assert_array_equal(rows.varying, sum_to_zero_basis(3)[[1, 0, 0, 2]])
    assert not rows.new.any()


def test_combinations_and_levels_without_people():
    made = design(vary=["sector : stage", "stage"])
    crossed, stage = made.terms
    assert crossed.name == "sector:stage"
    assert crossed.labels == (
        "academia, phd",
        "academia, postdoc",
        "industry, phd",
        "state, postdoc",
    )
    assert crossed.seen == (True, False, True, True)
    assert made.term_of.tolist() == [0, 0, 0, 1]
    assert made.variables == ("sector", "stage")
    assert stage.labels == ("phd", "postdoc")


def test_a_new_level_has_no_effect_of_its_own_and_is_marked():
    made = design(vary=["sector", "stage"])
    rows = made.rows({"sector": np.array(["start-up"]), "stage": np.array(["phd"])}, length=1)
    np.testing.assert_array_equal(rows.varying[0, :2], 0)
    np.testing.assert_array_equal(rows.varying[0, 2:], sum_to_zero_basis(2)[0])
    assert rows.new.tolist() == [[True, False]]
    assert rows.keys == ((("start-up",), ("phd",)),)


def test_free_levels_and_walks():
    assert np.array_equal(design(vary=["stage"], sum_to_zero=False).terms[0].basis, np.eye(2))
    made = design(vary=["year", "stage"], walks=["year"])
    assert [term.kind for term in made.terms] == ["walk", "exchangeable"]
    # Numbers in the order of numbers.
    assert made.terms[0].levels == ((2010,), (2019,), (2020,))


def test_order_is_kept_where_it_is_given():
    made = design(vary=["stage"], fixed=["sector"], order={"stage": ["postdoc", "phd"]})
    assert made.terms[0].labels == ("postdoc", "phd")
    other = design(fixed=["sector"], order={"sector": ["state", "industry", "academia"]})
    assert [column.name for column in other.fixed] == ["sector=industry", "sector=academia"]


def test_a_number_is_centred_over_people():
    # Ages 30, 34, 34 and 20: mean 29.5, variance (0.25 + 2 * 20.25 + 90.25) / 4 = 32.75.
    (column,) = design(fixed=["age"]).fixed
    assert column.center == pytest.approx(29.5)
    assert column.spread == pytest.approx(np.sqrt(32.75))
    rows = design(fixed=["age"]).rows({"age": np.array([29.5, 31.5])}, length=2)
    np.testing.assert_allclose(rows.fixed[:, 0], [0, 2])


def test_zeros_and_ones_stay_and_labels_are_marked_against_the_first():
    made = design(fixed=["abroad", "sector"])
    assert [c.name for c in made.fixed] == ["abroad", "sector=industry", "sector=state"]
    np.testing.assert_array_equal(
        made.rows(COVARIATES, length=4).fixed, [[0, 1, 0], [1, 0, 0], [1, 0, 0], [0, 0, 1]]
    )


def test_a_design_without_covariates_has_rows():
    rows = design().rows({}, length=3)
    assert rows.fixed.shape == rows.varying.shape == (3, 0)
    assert rows.keys == ((), (), ())


def test_bad_input_is_said():
    with pytest.raises(InputError, match=r"vary='sector' is one text; give a list such as"):
        design(vary="sector")
    with pytest.raises(InputError, match="'sector' is named twice in vary= and fixed="):
        design(vary=["sector"], fixed=["sector"])
    with pytest.raises(UnknownNameError, match=r"covariate in vary 'setcor'\. Nearest: sector"):
        design(vary=["setcor"])
    with pytest.raises(UnknownNameError, match=r"covariate in fixed 'agee'\. Nearest: age"):
        design(fixed=["agee"])
    one = {"sector": np.array(["a", "a"]), "age": np.array([30.0, 30.0])}
    with pytest.raises(InputError, match=r"varying term 'sector' has one level \(a\)"):
        make_design(one, vary=["sector"], fixed=[], people=np.ones(2))
    with pytest.raises(InputError, match=r"fixed effect 'sector' has one level \(a\)"):
        make_design(one, vary=[], fixed=["sector"], people=np.ones(2))
    with pytest.raises(InputError, match="'age' is 30 for everybody, so it has no effect"):
        make_design(one, vary=[], fixed=["age"], people=np.ones(2))


def test_a_fixed_level_that_was_not_fitted_is_refused():
    made = design(fixed=["sector"])
    with pytest.raises(
        InputError,
        match=r"sector = start-up was not fitted.*fitted are academia, industry and state.*vary=",
    ):
        made.rows({"sector": np.array(["start-up"])}, length=1)
    # The level without a column of its own is known.
    made.rows({"sector": np.array(["academia"])}, length=1)


@pytest.mark.parametrize("value", [np.nan, "old"])
def test_a_number_that_is_none_is_refused(value):
    made = design(fixed=["age"])
    with pytest.raises(InputError, match=rf"age = {value} is not made of finite numbers"):
        made.rows({"age": np.array([value])}, length=1)
    with pytest.raises(InputError, match="'age' has values that are not finite"):
        make_design({"age": np.array([1, np.inf])}, vary=[], fixed=["age"], people=np.ones(2))
