"""Log-rank tests at the door: what is allowed, what is said, what does not matter.

Their numbers against R are in tests/reference.
"""

import numpy as np
import pytest

from talentstats.errors import InputError, UnknownNameError
from talentstats.summaries.spells import Spells
from talentstats.survival.log_rank import log_rank_test

ORDER = np.random.default_rng(0).permutation(60)


def people(**more):
    rng = np.random.default_rng(1)
    entry = rng.integers(0, 3, 60).astype(float)
    given = {
        "entry": entry,
        "exit": entry + rng.integers(1, 7, 60),
        "event": rng.random(60) < 0.6,
        "covariates": {"stage": np.array(["early", "late", "mid"])[rng.integers(0, 3, 60)]},
    }
    return given | more


def test_six_people_by_permutation():
    # Of the 20 divisions of six ends into two threes, 2 are as extreme as first against last.
    spells = Spells.from_arrays(
        exit=[1, 2, 3, 4, 5, 6], event=[1] * 6, covariates={"g": list("aaabbb")}
    )
    test = log_rank_test(spells, by="g")
    assert test.permutations == 9999
    assert test.permutation_p == pytest.approx(0.1, abs=4 * test.permutation_error)
    assert test.permutation_error == pytest.approx(np.sqrt(0.1 * 0.9 / 9999), rel=0.1)
    assert any("permutation p-value is" in note for note in test.notes)
    assert log_rank_test(spells, by="g").permutation_p == test.permutation_p
    assert log_rank_test(spells, by="g", seed=3).provenance.seed == 3
    frame = test.tidy()
    assert frame["term"].tolist()[2:] == ["log-rank", "log-rank, permutation"]
    assert frame["p_value"].tolist()[2:] == [test.p_value, test.permutation_p]


def test_no_shuffles_for_many_ends():
    test = log_rank_test(Spells.from_arrays(**people()), by="stage")
    assert test.permutations == 0
    assert np.isnan(test.permutation_p)
    assert test.glance()["df"].tolist() == [2]


def test_counts_are_people_and_the_order_of_rows_does_not_matter():
    one = log_rank_test(Spells.from_arrays(**people()), by="stage")
    given = people()
    again = {k: v[ORDER] for k, v in given.items() if k != "covariates"}
    mixed = Spells.from_arrays(**again, covariates={"stage": given["covariates"]["stage"][ORDER]})
    assert log_rank_test(mixed, by="stage").statistic == pytest.approx(one.statistic, rel=1e-12)
    twice = log_rank_test(Spells.from_arrays(**people(count=[2] * 60)), by="stage")
    copies = {k: np.tile(v, 2) for k, v in given.items() if k != "covariates"}
    tiled = Spells.from_arrays(
        **copies, covariates={"stage": np.tile(given["covariates"]["stage"], 2)}
    )
    assert twice.statistic == pytest.approx(log_rank_test(tiled, by="stage").statistic, rel=1e-12)
    assert twice.people.sum() == 120


def test_trend_reversed_is_the_same_and_another_order_is_not():
    spells = Spells.from_arrays(**people())
    up = log_rank_test(spells, by="stage", trend=["early", "mid", "late"])
    down = log_rank_test(spells, by="stage", trend=["late", "mid", "early"])
    assert (up.df, up.groups) == (1, ("early", "mid", "late"))
    assert down.statistic == pytest.approx(up.statistic, rel=1e-12)
    alphabet = log_rank_test(spells, by="stage", trend=True)
    assert alphabet.groups == ("early", "late", "mid")
    assert abs(alphabet.statistic - up.statistic) > 1e-3
    assert up.sentence.startswith("A trend of hazards over 3 groups: early ")


def test_trend_has_to_name_every_group():
    spells = Spells.from_arrays(**people())
    with pytest.raises(UnknownNameError, match="group in trend"):
        log_rank_test(spells, by="stage", trend=["early", "middle", "late"])
    with pytest.raises(InputError, match="every group once"):
        log_rank_test(spells, by="stage", trend=["early", "late"])


def test_looks_on_a_grid_are_taken_and_irregular_ones_refused():
    exact = people()
    looks = Spells.from_arrays(
        entry=exact["entry"],
        lower=np.where(exact["event"], exact["exit"] - 1, exact["exit"]),
        upper=np.where(exact["event"], exact["exit"], np.inf),
        covariates=exact["covariates"],
    )
    same = log_rank_test(Spells.from_arrays(**exact), by="stage")
    assert log_rank_test(looks, by="stage").statistic == pytest.approx(same.statistic, rel=1e-12)
    overlapping = Spells.from_arrays(
        lower=[0, 1, 2], upper=[2, 3, None], covariates={"g": ["a", "b", "b"]}
    )
    with pytest.raises(InputError, match=r"2 people lie in intervals .* hazard_model"):
        log_rank_test(overlapping, by="g")


def test_what_cannot_be_compared():
    with pytest.raises(InputError, match="one group, 'all'"):
        log_rank_test(Spells.from_arrays(**people()), by=None)
    with pytest.raises(InputError, match="nothing to compare"):
        log_rank_test(Spells.from_arrays(**people(event=[0] * 60)), by="stage")
    with pytest.raises(InputError, match="sampling weights"):
        log_rank_test(Spells.from_arrays(**people(weight=[2.0] * 60)), by="stage")
    with pytest.raises(UnknownNameError, match="Nearest: stage"):
        log_rank_test(Spells.from_arrays(**people()), by="stages")
    with pytest.raises(InputError, match="rho"):
        log_rank_test(Spells.from_arrays(**people()), by="stage", rho=-1)
    with pytest.raises(InputError, match="permutations"):
        log_rank_test(Spells.from_arrays(**people()), by="stage", permutations=1.5)
    with pytest.raises(InputError, match="Spells"):
        log_rank_test([1, 2], by="stage")


def test_one_end_is_enough_to_test():
    # One end, two at risk, one a group: expected 1/2 each, variance 1/4, chi-squared 1.
    spells = Spells.from_arrays(exit=[1, 2], event=[1, 0], covariates={"g": ["a", "b"]})
    test = log_rank_test(spells, by="g", permutations=99)
    assert test.statistic == pytest.approx(1.0)
    assert test.permutation_p == 1.0


def test_groups_never_at_risk_together():
    spells = Spells.from_arrays(
        entry=[0, 0, 5, 5], exit=[1, 2, 6, 7], event=[1, 0, 1, 0], covariates={"g": list("aabb")}
    )
    test = log_rank_test(spells, by="g", permutations=0)
    assert test.df == 0
    assert np.isnan(test.p_value)
    assert "never at risk together" in test.sentence


def test_floating_noise_in_times_makes_no_order():
    given = people()
    noisy = given | {"exit": given["exit"] + 1e-13 * np.arange(60)}
    plain = log_rank_test(Spells.from_arrays(**given), by="stage").statistic
    assert log_rank_test(Spells.from_arrays(**noisy), by="stage").statistic == pytest.approx(plain)


def test_clusters_are_named_as_unused():
    test = log_rank_test(Spells.from_arrays(**people(cluster=range(60))), by="stage")
    assert test.notes == ("The test takes rows to be independent; clusters are not used.",)


def test_counts_are_not_unfolded_without_shuffles():
    count = 3 * 10**9
    spells = Spells.from_arrays(
        exit=[1, 2, 1, 2], event=[1, 0, 1, 0], count=[count] * 4,
        covariates={"sector": list("aabb")},
    )  # fmt: skip
    assert log_rank_test(spells, by="sector").p_value == pytest.approx(1)
    with pytest.raises(InputError, match="permutations=0"):
        log_rank_test(spells, by="sector", permutations=99)
