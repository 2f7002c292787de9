"""Small fits of other libraries, made once for all tests of the tables."""

from typing import Any

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="session")
def people() -> pd.DataFrame:
    """120 people with a duration, an event, a binary outcome and a destination."""
    rng = np.random.default_rng(20251)
    n = 120
    frame = pd.DataFrame(
        {
            "female": rng.integers(0, 2, n),
            "age": rng.normal(30, 4, n).round(1),
            "time": rng.exponential(5, n).round(2) + 0.1,
            "left": rng.integers(0, 2, n),
            "site": rng.integers(0, 12, n),
        }
    )
    frame["stayed"] = (rng.random(n) < 0.4 + 0.2 * frame["female"]).astype(int)
    return frame


@pytest.fixture(scope="session")
def cox(people: pd.DataFrame) -> Any:
    """A Cox model whose own level is 90%, with robust standard errors."""
    from lifelines import CoxPHFitter

    columns = people[["time", "left", "female", "age"]]
    return CoxPHFitter(alpha=0.1).fit(columns, "time", "left", robust=True)


@pytest.fixture(scope="session")
def aft(people: pd.DataFrame) -> Any:
    """A Weibull model with a two-level index."""
    from lifelines import WeibullAFTFitter

    return WeibullAFTFitter().fit(people[["time", "left", "female", "age"]], "time", "left")


@pytest.fixture(scope="session")
def logit(people: pd.DataFrame) -> Any:
    """A logit with clustered standard errors."""
    import statsmodels.formula.api as smf

    model = smf.logit("stayed ~ female + age", people)
    return model.fit(disp=0, cov_type="cluster", cov_kwds={"groups": people["site"]})


# Destinations of men and women; the coefficients of the saturated model follow by hand.
COUNTS = {"CN": (20, 10), "US": (60, 90), "other": (5, 15)}


@pytest.fixture(scope="session")
def mnlogit() -> Any:
    """A multinomial logit of COUNTS on being a woman."""
    import statsmodels.api as sm

    rows = [
        (destination, woman)
        for destination, pair in COUNTS.items()
        for woman, count in enumerate(pair)
        for _ in range(count)
    ]
    frame = pd.DataFrame(rows, columns=["destination", "woman"])
    exog = sm.add_constant(frame[["woman"]].astype(float))
    return sm.MNLogit(frame["destination"], exog).fit(disp=0, tol=1e-12, maxiter=100)


@pytest.fixture(scope="session")
def ordered() -> Any:
    """An ordered logit of 30, 50 and 20 on a covariate that is balanced within each."""
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    outcome = pd.Series(pd.Categorical(["a"] * 30 + ["b"] * 50 + ["c"] * 20, ordered=True))
    balanced = pd.DataFrame({"x": np.tile([1.0, -1.0], 50)})
    return OrderedModel(outcome, balanced, distr="logit").fit(disp=0, method="bfgs", gtol=1e-9)


@pytest.fixture
def tidy() -> pd.DataFrame:
    """A frame in the vocabulary."""
    return pd.DataFrame(
        {
            "term": ["female", "age"],
            "estimate": [0.5, -0.25],
            "std_error": [0.2, 0.1],
            "statistic": [2.5, -2.5],
            "p_value": [0.0124, 0.0004],
            "conf_low": [0.108, -0.446],
            "conf_high": [0.892, -0.054],
            "conf_level": 0.95,
            "interval": "wald",
            "estimand": "log odds ratio",
        }
    )
