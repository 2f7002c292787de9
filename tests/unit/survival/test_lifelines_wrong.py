"""Why curves and their tests are not left to lifelines, and where statsmodels contradicts itself.

Each test shows the peer's number, the right one by hand or by another code, and ours.
"""

import time
import warnings

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from talentstats.summaries.spells import Spells
from talentstats.survival.curve import survival_curve
from talentstats.survival.log_rank import log_rank_test

STAYED = np.inf


def lifelines_intervals(lower, upper, at, **options):
    """Survival just after some times."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = KaplanMeierFitter().fit_interval_censoring(lower, upper, **options)
    curve = fit.survival_function_["NPMLE_estimate_upper"]
    place = np.searchsorted(curve.index.to_numpy(), np.asarray(at) + 1e-3, side="right") - 1
    return curve.to_numpy()[place]


def irregular(n, seed=5):
    rng = np.random.default_rng(seed)
    lower = rng.integers(1, 20, n).astype(float)
    upper = lower + rng.integers(1, 8, n)
    return lower, np.where(rng.random(n) < 0.3, STAYED, upper)


def test_t1_two_looks_are_the_binomial():
    # 10 of 100 were gone at the second look: 90%. lifelines takes intervals as closed, so that
    # all ends may lie on the shared endpoint.
    lower, upper = [0] * 10 + [5] * 90, [5] * 10 + [STAYED] * 90
    assert lifelines_intervals(lower, upper, [5.0])[0] == pytest.approx(1.0)
    [row] = survival_curve(Spells.from_arrays(lower=lower, upper=upper)).at(5).to_dict("records")
    assert row["estimate"] == pytest.approx(0.9, rel=1e-12)
    # Clopper and Pearson's limits of 90 in 100.
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([0.823777, 0.950995], abs=1e-6)


def test_t2_yearly_looks():
    lower, upper = [0] * 5 + [1] * 5 + [2] * 90, [1] * 5 + [2] * 5 + [STAYED] * 90
    assert lifelines_intervals(lower, upper, [1.0, 2.0]) == pytest.approx([1.0, 18 / 19], abs=1e-4)
    ours = survival_curve(Spells.from_arrays(lower=lower, upper=upper)).at([1, 2])
    assert ours["estimate"].to_numpy() == pytest.approx([0.95, 0.90], rel=1e-12)


def test_t3_irregular_looks_once_lifelines_is_told_that_intervals_are_open():
    lower, upper = irregular(60)
    at = np.array([3.0, 6.0, 10.0, 15.0])
    curve = survival_curve(Spells.from_arrays(lower=lower, upper=upper))
    assert curve.method == "Turnbull"
    ours = curve.at(at)["estimate"].to_numpy()
    wrong = lifelines_intervals(lower, upper, at)
    mended = lifelines_intervals(lower + 1e-6, upper, at, tol=1e-10)
    assert ours == pytest.approx(mended, abs=2e-4)
    assert np.abs(wrong - mended).max() > 0.01


def test_t5_masses_add_up():
    lower, upper = irregular(60)
    curve = survival_curve(Spells.from_arrays(lower=lower, upper=upper))
    [group] = curve.groups
    assert group.fit.mass.sum() == pytest.approx(1.0, abs=1e-12)
    assert group.fit.gap < 1e-9
    at = np.arange(2.0, 14.0)
    theirs = lifelines_intervals(lower + 1e-6, upper, at)
    ours = curve.at(at)["estimate"].to_numpy()
    # With its default tolerance lifelines stops short in the fifth digit or before.
    assert 1e-6 < np.abs(ours - theirs).max() < 1e-2


def test_t4_speed_of_intervals():
    lower, upper = irregular(200, seed=8)
    begun = time.perf_counter()
    lifelines_intervals(lower, upper, [1.0])
    theirs = time.perf_counter() - begun
    begun = time.perf_counter()
    survival_curve(Spells.from_arrays(lower=lower, upper=upper))
    assert time.perf_counter() - begun < theirs


def test_t26_restricted_mean_has_the_variance_of_an_estimate():
    # Ends at 1, 2, 3, 4 and horizon 3: the mean of 1, 2, 3, 3 is 9/4, their variance 11/16, and
    # the variance of the mean 11/64.
    mean, spread = restricted_mean_survival_time(
        KaplanMeierFitter().fit([1, 2, 3, 4]), t=3, return_variance=True
    )
    assert (mean, spread) == pytest.approx((9 / 4, 11 / 16))
    curve = survival_curve(Spells.from_arrays(exit=[1, 2, 3, 4], event=[1] * 4))
    [ours] = curve.restricted_mean(3).to_dict("records")
    assert ours["estimate"] == pytest.approx(9 / 4)
    assert ours["std_error"] ** 2 == pytest.approx(11 / 64)


def test_t27_median_has_three_conventions_and_ours_is_that_of_r():
    exits = [1, 2, 3, 4]
    assert KaplanMeierFitter().fit(exits).median_survival_time_ == 2
    assert SurvfuncRight(exits, [1] * 4).quantile(0.5) == 3
    curve = survival_curve(Spells.from_arrays(exit=exits, event=[1] * 4))
    assert curve.median()["estimate"].tolist() == [2.5]


def test_t28_sampling_weights_are_no_counts():
    # Everybody's weight doubled carries no more information.
    rng = np.random.default_rng(4)
    exits, event = rng.exponential(5, 40).round(3), rng.random(40) < 0.7
    weight = rng.uniform(0.3, 2.5, 40).round(2)
    at = float(np.sort(exits)[20])

    def theirs(times):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = KaplanMeierFitter().fit(exits, event, weights=times * weight)
        return fit.confidence_interval_survival_function_.loc[at].to_numpy()

    def ours(times):
        spells = Spells.from_arrays(exit=exits, event=event, weight=times * weight)
        return survival_curve(spells).at(at)[["conf_low", "conf_high"]].to_numpy()[0]

    assert np.diff(theirs(2)) < 0.8 * np.diff(theirs(1))
    assert ours(2) == pytest.approx(ours(1), rel=1e-9)


def test_t32_a_small_early_risk_set_does_not_end_the_curve():
    # One person came early and left before anybody else came: survival 0 for ever.
    entry, exit, event = [0] + [2] * 12, [2] + [4] * 6 + [6] * 6, [1] * 4 + [0] * 9
    theirs = KaplanMeierFitter().fit(exit, event, entry=entry).survival_function_
    assert theirs.loc[2.0:].to_numpy().max() == 0.0
    curve = survival_curve(Spells.from_arrays(entry=entry, exit=exit, event=event))
    assert curve.groups[0].landmark == 2.0
    assert curve.at([4, 6])["estimate"].to_numpy() == pytest.approx([0.75, 0.75])
    assert "stayed until 2" in curve.notes[-1]


def test_t33_statsmodels_counts_entrants_at_a_tie_in_one_place_and_not_in_the_other():
    rng = np.random.default_rng(2)
    entry = rng.integers(0, 4, 150).astype(float)
    exit, event = entry + rng.integers(1, 6, 150), rng.random(150) < 0.5
    group = rng.integers(0, 2, 150)
    statistic, p_value = survdiff(exit, event, group, entry=entry)
    spells = Spells.from_arrays(entry=entry, exit=exit, event=event, covariates={"g": group})
    ours = log_rank_test(spells, by="g", permutations=0)
    assert [ours.statistic, ours.p_value] == pytest.approx([statistic, p_value], rel=1e-9)

    def cox(shift):
        return PHReg(exit, group[:, None], status=event, entry=entry + shift).fit().params[0]

    assert abs(cox(0.0) - cox(1e-6)) > 1e-3
