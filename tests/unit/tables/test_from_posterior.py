from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pytest

from talentstats.bayes.posterior import PosteriorFit
from talentstats.bayes.prior_draws import prior_draws
from talentstats.bayes.sampling import Sampled
from talentstats.destinations.model import destination_model
from talentstats.destinations.model_prior import DestinationPrior
from talentstats.errors import InputError, UnknownNameError
from talentstats.summaries.cells import RiskCells
from talentstats.summaries.destination_cells import DestinationCells
from talentstats.summaries.spells import Spells
from talentstats.survival.bayes_hazard_model import bayes_hazard_model
from talentstats.tables.coef_table import coef_table
from talentstats.tables.from_posterior import from_posterior
from talentstats.tables.grid import plain
from talentstats.tables.table import Table


def _cells(table: Table, stub: str, measure: str = "estimate") -> list[str]:
    """Return the printed cells of a term."""
    frame = table.to_frame()
    lines = frame[(frame.iloc[:, 0] == stub) & (frame["measure"] == measure)]
    return [str(text) for text in lines.iloc[0, 2:]]


def _number(text: str) -> float:
    """Return a printed number."""
    return float(text.replace("−", "-"))


def _notes(table: Table) -> str:
    return "\n".join(plain(note) for note in table.notes)


@pytest.fixture(scope="module")
def fit(make_destination_posterior: Any) -> Any:
    return make_destination_posterior(fixed=("year",))


@pytest.fixture(scope="module")
def frequentist() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "outcome": ["China", "other"], "term": ["year", "year"], "estimate": [0.2, 0.1],
            "std_error": [0.1, 0.1], "p_value": [0.03, 0.3], "conf_low": [0.0, -0.1],
            "conf_high": [0.4, 0.3], "conf_level": 0.95, "interval": "wald",
            "estimand": "log relative-risk ratio",
        }
    )  # fmt: skip


def _from_the_prior(problem: Any, sampling: Any, *, listen: Any = None) -> Sampled:
    """Draw from the prior instead of sampling."""
    shape = (4, 100)
    draws = prior_draws(problem, draws=400, seed=1)
    return Sampled(
        draws={name: x.reshape(*shape, *x.shape[2:]) for name, x in draws.items()},
        divergent=np.zeros(shape, dtype=bool),
        energy=np.random.default_rng(1).normal(size=shape),
        depth=np.ones(shape, dtype=np.int64),
        sampler="none",
    )


@pytest.fixture(scope="module")
def hazards() -> PosteriorFit:
    """Two destinations, duration and sector varying, drawn from the prior."""
    spells = Spells.from_arrays(
        exit=[2, 2, 1, 3, 3],
        event=["China", 0, 0, "other", "China"],
        covariates={"sector": list("aabba")},
    )
    with mock.patch("talentstats.survival.bayes_hazard_model.sample", _from_the_prior):
        return bayes_hazard_model(RiskCells.from_spells(spells), vary=["sector"])


def test_a_column_an_outcome_with_medians_and_equal_tails(fit: Any) -> None:
    table = coef_table(fit, below="interval", level=0.8, digits=6)
    assert [plain(cell.text) for cell in table.header[-1]] == ["US", "China", "other"]
    # By hand from the draws: the contrasts turned into the three logits.
    drawn = fit.sampled.draws["beta"].reshape(-1, 2) @ fit.problem.contrasts.T
    wanted = np.quantile(drawn, [0.1, 0.5, 0.9], axis=0)
    medians = [_number(text) for text in _cells(table, "year")]
    np.testing.assert_allclose(medians, wanted[1], atol=6e-7)
    frame = table.to_frame()
    below = frame.iloc[frame.index[frame.iloc[:, 0] == "year"][0] + 1, 2:]
    limits = [[_number(limit) for limit in text.strip("[]").split(", ")] for text in below]
    np.testing.assert_allclose(np.transpose(limits), wanted[[0, 2]], atol=6e-7)
    notes = _notes(table)
    assert "Estimates: posterior medians." in notes
    assert "In brackets: 80% equal-tailed credible intervals." in notes


def test_probability_of_direction_stands_where_a_p_value_would(
    frequentist: pd.DataFrame, fit: Any
) -> None:
    table = coef_table(frequentist, fit, below="p_value", stars={"*": 0.05})
    frame = table.to_frame()
    own = frame[frame["measure"] == "p_value"].iloc[0, 2:].tolist()
    drawn = fit.sampled.draws["beta"].reshape(-1, 2) @ fit.problem.contrasts.T
    share = np.maximum((drawn > 0).mean(axis=0), (drawn < 0).mean(axis=0))
    assert own == ["p = 0.030", "p = 0.300", *(f"pd = {value:.3f}" for value in share)]
    # A star is for a p-value; an intercept has no direction to speak of.
    assert _cells(table, "year")[:1] == ["0.200*"]
    assert not any("*" in text for text in _cells(table, "year")[1:])
    after = frame.index[frame.iloc[:, 0] == "intercept"][0] + 1
    assert frame.loc[after, "measure"] != "p_value"
    assert "pd: posterior probability of the more probable sign (no p-value)." in _notes(table)


def test_what_the_columns_estimate_is_told_apart(frequentist: pd.DataFrame, fit: Any) -> None:
    notes = _notes(coef_table(frequentist, fit, below=["std_error", "interval"]))
    assert "The columns differ in what they estimate and cannot be compared in size." in notes
    assert (
        "95% Wald confidence intervals in (1); 95% equal-tailed credible intervals in (2)" in notes
    )
    assert "Standard errors in parentheses: posterior standard deviations in (2)." in notes


def test_effects_by_level_stand_in_panels_that_can_be_left_out(fit: Any) -> None:
    table = coef_table(fit)
    panels = [plain(row.stub) for row in table.rows if row.kind == "panel"]
    assert panels == [
        "Varying by sector (log scale)",
        "Varying by stage (log scale)",
        "Spread of what varies (log scale)",
    ]
    short = coef_table(fit, omit=["varying by stage", "varying by sector: academia"])
    stubs = [plain(row.stub) for row in short.rows]
    assert "faculty" not in stubs
    assert "academia" not in stubs
    assert "industry" in stubs
    with pytest.raises(UnknownNameError, match="Unknown name 'varying by stages' in omit"):
        coef_table(fit, omit=["varying by stages"])


def test_what_all_outcomes_share_spans_them(fit: Any) -> None:
    table = coef_table(fit, fit)
    [row] = [r for r in table.rows if plain(r.stub) == "sd(sector)" and r.kind == "estimate"]
    assert [cell.span for cell in row.cells] == [3, 3]
    sd = np.median(fit.sampled.draws["sd"][:, :, 0, 0])
    assert plain(row.cells[0].text) == f"{sd:.3f}"
    assert table.to_latex().count(r"\multicolumn{3}{c}") >= 4
    assert 'colspan="3"' in table.to_html()
    assert "sd(sector)" in table.to_markdown()


def test_the_foot_tells_draws_divergences_rhat_and_effective_draws(fit: Any) -> None:
    table = coef_table(fit)
    foot = {
        plain(row.stub): plain(row.cells[0].text) for row in table.rows if row.kind == "statistic"
    }
    glance = fit.glance().iloc[0]
    assert foot == {
        "People": "130",
        "Chains × draws": "4 × 150",
        "Divergences": "0",
        "Largest R-hat": f"{glance['max_rhat']:.3f}",
        "Fewest effective draws": f"{glance['min_ess']:.0f}",
    }
    assert "ELPD, a person left out" in str(coef_table(fit, statistics=["elpd"]))


def test_a_fit_that_failed_says_so_even_without_a_foot(
    fit: Any, make_destination_posterior: Any
) -> None:
    failed = make_destination_posterior(divergent=5)
    notes = _notes(coef_table(failed, statistics=()))
    said = "Do not trust these draws (4 chains of 150 draws): 5 of 600 draws diverged."
    assert said in notes
    assert notes.count("diverged") == 1
    assert "Margins and the whole are averaged over the people of the sample." in notes
    both = _notes(coef_table(fit, failed, column_labels=["good", "bad"]))
    assert f"bad: {said}" in both
    assert "Do not trust" not in _notes(coef_table(fit))


@pytest.mark.parametrize(
    "prior",
    [
        DestinationPrior(fixed_sd=0.5, intercept_mean={"US": 2.0}),
        DestinationPrior(coding="reference", shared=False, varying_sd={"sector": 1.0}),
    ],
)
def test_stated_priors_are_those_that_are_drawn_from(
    make_destination_posterior: Any, prior: DestinationPrior
) -> None:
    fit = make_destination_posterior(fixed=("year",), prior=prior)
    draws = prior_draws(fit.problem, draws=40_000, seed=1)
    scales = {"intercept": "b0", "year": "beta"}
    for column in from_posterior(fit, None):
        stated = column.terms.set_index("term")["prior"]
        j = fit.outcomes.index(column.outcome)
        for name, variable in scales.items():
            # Draws of the contrasts, turned into this outcome's logit.
            drawn = draws[variable].reshape(40_000, 2) @ fit.problem.contrasts[j]
            mean, std_dev = stated[name].removeprefix("normal(").rstrip(")").split(", ")
            assert _number(mean) == pytest.approx(drawn.mean(), abs=0.04)
            assert float(std_dev) == pytest.approx(drawn.std(), rel=0.02)
        assert (stated[["academia", "faculty"]] == "").all()


def test_priors_on_request(fit: Any, frequentist: pd.DataFrame) -> None:
    table = coef_table(frequentist, fit, prior=True, omit=["varying by stage"])
    rows = [row for row in table.rows if row.measure == "prior"]
    assert [plain(row.stub) for row in rows] == ["year", "intercept", "sd(sector)", "sd(stage)"]
    # A prior of 2 on each of two orthonormal contrasts is 2 sqrt(2/3) = 1.63 on a logit.
    assert [plain(cell.text) for cell in rows[1].cells] == ["", "", *["normal(0, 1.63)"] * 3]
    assert [(plain(cell.text), cell.span) for cell in rows[2].cells] == [
        ("", 1),
        ("", 1),
        ("half-normal(0.5)", 3),
    ]
    assert "Priors: normal(mean, standard deviation)" in _notes(table)
    assert "Priors" not in _notes(coef_table(fit))
    with pytest.raises(InputError, match="prior=True, but no fit has a prior to state"):
        coef_table(frequentist, prior=True)


def test_exponentials_of_fixed_effects_only(fit: Any) -> None:
    plain_table, table = coef_table(fit, digits=6), coef_table(fit, digits=6, exponentiate=True)
    logs = [_number(text) for text in _cells(plain_table, "year")]
    ratios = [float(text) for text in _cells(table, "year")]
    np.testing.assert_allclose(ratios, np.exp(logs), rtol=2e-6)
    assert _cells(table, "industry") == _cells(plain_table, "industry")
    assert "Estimand: share ratio to the geometric mean of the destinations" in _notes(table)


def test_hazards_have_a_column_a_destination(hazards: PosteriorFit) -> None:
    table = coef_table(hazards, prior=True)
    assert [plain(cell.text) for cell in table.header[-1]] == ["China", "other"]
    assert "log relative-risk ratio against" in _notes(table)
    # Each of two destinations has -3.5 less log 2, and a spread of its own.
    assert _cells(table, "intercept", "prior") == ["normal(−4.19, 1)"] * 2
    assert _cells(table, "sd(sector)", "prior") == ["half-normal(0.5)"] * 2
    assert "Varying by duration (log scale)" in str(table)


def test_what_is_recorded_has_a_panel_and_its_priors() -> None:
    table = pd.DataFrame(
        {"sector": ["a", "b"], "US": [30, 20], "CN": [4, 2], "other": [2, 2], "unknown": [0, 3]}
    )
    cells = DestinationCells.from_frame(
        table, destinations=["US", "CN", "other"], by=["sector"], unknown="unknown"
    )
    with mock.patch("talentstats.destinations.model.sample", _from_the_prior):
        fit = destination_model(
            cells,
            vary=["sector"],
            unknown={"US": (9, 1), "CN": (6, 2), "other": (5, 5)},
            misclassification={
                "US": {"US": 18, "CN": 1, "other": 1},
                "CN": {"US": 2, "CN": 17, "other": 1},
                "other": {"US": 0, "CN": 1, "other": 19},
            },
        )
    shown = coef_table(fit, prior=True)
    assert "What is recorded" in [plain(row.stub) for row in shown.rows if row.kind == "panel"]
    for name, variable in (("probability unknown", "lost"), ("recorded as CN", "mistaken")):
        drawn = prior_draws(fit.problem, draws=20_000, seed=2)[variable][0]
        drawn = drawn[:, :, 1] if variable == "mistaken" else drawn
        stated = [text[5:-1].split(", ") for text in _cells(shown, name, "prior")]
        a, b = np.array(stated, dtype=np.float64).T
        np.testing.assert_allclose(a / (a + b), drawn.mean(axis=0), atol=0.005)
        np.testing.assert_allclose(
            np.sqrt(a * b / (a + b + 1)) / (a + b), drawn.std(axis=0), rtol=0.03
        )


def test_a_frame_of_posteriors_keeps_its_direction() -> None:
    frame = pd.DataFrame({"term": ["a", "b"], "estimate": [0.5, 0.1], "p_direction": [0.9996, 0.6]})
    assert _cells(coef_table(frame, below="p_value"), "a") == ["0.500"]
    said = coef_table(frame, below="p_value").to_frame()
    assert said.iloc[[1, 3], 2].tolist() == ["pd > 0.999", "pd = 0.600"]
