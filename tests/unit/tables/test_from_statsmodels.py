"""What statsmodels prints itself, and algebra by hand, are the witnesses."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

from talentstats.errors import InputError
from talentstats.tables.adapters import fit_columns

VALUES = ["estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"]


def _fits(people: pd.DataFrame) -> dict[str, Any]:
    binomial = sm.families.Binomial
    return {
        "ols": smf.ols("time ~ female + age", people).fit(),
        "ols_hc": smf.ols("time ~ female + age", people).fit(cov_type="HC1"),
        "wls": smf.wls("time ~ female", people, weights=people["age"]).fit(),
        "glm": smf.glm("stayed ~ female", people, family=binomial()).fit(),
        "poisson": smf.poisson("left ~ female", people).fit(disp=0),
        "probit": smf.probit("stayed ~ female", people).fit(disp=0),
        "logit": smf.logit("stayed ~ female + age", people).fit(disp=0),
    }


@pytest.mark.parametrize(
    ("name", "estimand", "std_errors"),
    [
        ("ols", "coefficient", "model-based"),
        ("ols_hc", "coefficient", "heteroskedasticity-robust (HC1)"),
        ("wls", "coefficient", "model-based"),
        ("glm", "log odds ratio", "model-based"),
        ("poisson", "log rate ratio", "model-based"),
        ("probit", "probit coefficient", "model-based"),
        ("logit", "log odds ratio", "model-based"),
    ],
)
def test_terms_are_those_of_summary2(
    people: pd.DataFrame, name: str, estimand: str, std_errors: str
) -> None:
    fit = _fits(people)[name]
    (column,) = fit_columns(fit, level=0.9)
    printed = fit.summary2(alpha=0.1).tables[1]
    assert column.terms["term"].tolist() == printed.index.tolist()
    np.testing.assert_allclose(column.terms[VALUES], printed.to_numpy(), rtol=1e-12)
    assert (column.estimand, column.std_errors) == (estimand, std_errors)
    assert set(column.terms["conf_level"]) == {0.9}


def test_statistics_are_those_of_the_fit(people: pd.DataFrame) -> None:
    fits = _fits(people)
    logit = fit_columns(fits["logit"], level=0.95)[0].statistics
    assert logit["n"] == 120
    assert logit["aic"] == pytest.approx(2 * 3 - 2 * fits["logit"].llf)
    # The same model as a GLM: its BIC has to be the likelihood's, not the deviance's.
    glm = smf.glm("stayed ~ female + age", people, family=sm.families.Binomial()).fit()
    assert fit_columns(glm, level=0.95)[0].statistics["bic"] == pytest.approx(logit["bic"])
    assert "r2" not in logit


def test_mnlogit_columns_are_the_log_ratios_of_the_counts(mnlogit: Any) -> None:
    us, other = fit_columns(mnlogit, level=0.95)
    assert (us.outcome, other.outcome) == ("US", "other")
    assert us.notes == ("The base outcome is CN.",)
    # log(60/20), log(90/10 : 60/20) and log(5/20), log(15/10 : 5/20) from the table of counts.
    np.testing.assert_allclose(us.terms["estimate"], [math.log(3), math.log(3)], atol=1e-7)
    np.testing.assert_allclose(other.terms["estimate"], [math.log(1 / 4), math.log(6)], atol=1e-7)
    # Variance of a log odds ratio of counts: the sum of their reciprocals.
    expected = math.sqrt(1 / 5 + 1 / 20 + 1 / 15 + 1 / 10)
    assert other.terms["std_error"][1] == pytest.approx(expected, rel=1e-6)
    for column in (us, other):
        half = 1.959964 * column.terms["std_error"]
        for limit, sign in (("conf_low", -1), ("conf_high", 1)):
            expected_limit = column.terms["estimate"] + sign * half
            np.testing.assert_allclose(column.terms[limit], expected_limit, atol=1e-5)


def test_mnlogit_of_plain_arrays_has_the_same_columns(mnlogit: Any) -> None:
    codes = np.argmax(mnlogit.model.wendog, axis=1)
    fit = sm.MNLogit(codes, np.asarray(mnlogit.model.exog)).fit(disp=0, tol=1e-12)
    named, bare = fit_columns(mnlogit, level=0.9), fit_columns(fit, level=0.9)
    assert [c.outcome for c in bare] == ["1", "2"]
    for ours, theirs in zip(named, bare, strict=True):
        np.testing.assert_allclose(ours.terms[VALUES], theirs.terms[VALUES], atol=1e-6)


def test_ordered_thresholds_are_logits_of_the_cumulative_shares(ordered: Any) -> None:
    (column,) = fit_columns(ordered, level=0.95)
    assert column.terms["component"].tolist() == ["", "threshold", "threshold"]
    assert column.terms["term"].tolist() == ["x", "a/b", "b/c"]
    # The covariate is balanced, so that thresholds are logit(30/100) and logit(80/100), with
    # variance 1 / (n p (1 - p)); statsmodels prints the second as the log of a difference.
    cuts = column.terms.iloc[1:]
    np.testing.assert_allclose(cuts["estimate"], [math.log(3 / 7), math.log(4)], atol=1e-5)
    np.testing.assert_allclose(cuts["std_error"], [1 / math.sqrt(21), 1 / 4], rtol=1e-4)
    np.testing.assert_allclose(cuts["conf_high"], [-0.41960, 1.87629], atol=1e-4)
    assert cuts["p_value"].isna().all()
    np.testing.assert_allclose(column.terms.iloc[0]["std_error"], ordered.bse.iloc[0])


def test_phreg_agrees_with_lifelines(people: pd.DataFrame) -> None:
    from lifelines import CoxPHFitter

    data = people[["time", "left", "female", "age"]]
    fit = smf.phreg("time ~ female + age", data, status=data["left"], ties="efron").fit()
    (ours,) = fit_columns(fit, level=0.95)
    (theirs,) = fit_columns(CoxPHFitter().fit(data, "time", "left"), level=0.95)
    np.testing.assert_allclose(ours.terms[VALUES], theirs.terms[VALUES], rtol=2e-4, atol=1e-6)
    assert ours.estimand == theirs.estimand == "log hazard ratio"
    for name in ("n", "events", "log_likelihood_partial"):
        assert ours.statistics[name] == pytest.approx(theirs.statistics[name], rel=1e-6)
    clustered = smf.phreg("time ~ female", data, status=data["left"]).fit(groups=people["site"])
    assert fit_columns(clustered, level=0.95)[0].std_errors == "cluster-robust"


def test_estimand_of_a_glm_follows_family_and_link(people: pd.DataFrame) -> None:
    families, links = sm.families, sm.families.links
    cases = {
        families.Poisson(): "log rate ratio",
        families.Binomial(links.CLogLog()): "log hazard ratio (grouped time)",
        families.Binomial(links.Probit()): "probit-link coefficient",
        families.Gaussian(): "coefficient",
    }
    for family, estimand in cases.items():
        fit = smf.glm("stayed ~ female", people, family=family).fit()
        assert fit_columns(fit, level=0.95)[0].estimand == estimand


def test_what_is_not_a_supported_fit_is_refused(people: pd.DataFrame) -> None:
    unfitted = smf.logit("stayed ~ female", people)
    with pytest.raises(InputError, match=r"Logit of statsmodels is not a fit.*call \.fit"):
        fit_columns(unfitted, level=0.95)
    mixed = smf.gee("stayed ~ female", "site", people).fit()
    with pytest.raises(InputError, match=r"GEE.*not supported.*MNLogit"):
        fit_columns(mixed, level=0.95)
    lasso = smf.ols("time ~ female", people).fit_regularized(alpha=0.1)
    with pytest.raises(InputError, match=r"OLS.*not supported.*unpenalized"):
        fit_columns(lasso, level=0.95)
