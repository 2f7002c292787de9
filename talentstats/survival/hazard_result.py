"""The result of a hazard regression: coefficients, predictions, contrasts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtr

from talentstats import checks
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.summaries.account import RowAccount
from talentstats.survival import hazard_notes as notes_of
from talentstats.survival.formula_coding import Levels
from talentstats.survival.hazard_design import HazardDesign, HazardRows, Link
from talentstats.survival.hazard_errors import Errors, HazardErrors
from talentstats.survival.hazard_firth import profile_tests_and_limits
from talentstats.survival.hazard_fit import HazardFit
from talentstats.survival.hazard_population import EntryPopulation
from talentstats.survival.hazard_prediction import PredictionMethod, quantile
from talentstats.survival.hazard_steps import Destinations
from talentstats.survival.wording import unit_of

if TYPE_CHECKING:
    import pandas as pd

    from talentstats.survival.hazard_contrast import HazardContrast
    from talentstats.survival.hazard_prediction import HazardPrediction

_ESTIMANDS: Final = {
    "cloglog": "log hazard ratio",
    "logit": "log odds ratio",
    "log": "log rate ratio",
}

_MODELS: Final = {
    "cloglog": "grouped proportional hazards",
    "logit": "discrete-time logistic hazards",
    "log": "piecewise-exponential hazards",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HazardModel:
    """Hazards of leaving; made by `hazard_model`.

    There are r = k * q coefficients: q for each of k destinations, duration first.

    Parameters
    ----------
    design : HazardDesign
        How rows are coded.
    rows : HazardRows
        The m rows of the fit.
    link : str
        "cloglog", "logit" or "log".
    destinations : str
        "any", "cause-specific" or "multinomial".
    outcomes : tuple of str
        The k destinations; one, "any", where they are taken together.
    fit : HazardFit
        Estimates and information.
    inference : HazardErrors
        Covariance.
    predictive : HazardFit
        What predictions use: `fit`, of a penalised one with its baseline refitted.
    predictive_inference : HazardErrors
        Covariance there.
    errors : str
        "model", "robust", "cluster" or "overdispersed".
    penalty : str
        "none" or "firth", whichever was used.
    infinite : tuple of str
        Terms whose estimates would be infinite without a penalty.
    periods : tuple of str
        Names of the calendar periods of the cells.
    clock : str
        What durations are counted from.
    population : EntryPopulation
        Over whom contrasts are averaged.
    account : RowAccount
        Cells in, used, left out.
    level : float
        Level of the sentences.
    notes : tuple of str
        What a reader has to be told of the fit.
    assumptions : tuple of str
        What a reader has to be told of predictions.
    provenance : Provenance
        What made this result.
    """

    design: HazardDesign
    rows: HazardRows
    link: Link
    destinations: Destinations
    outcomes: tuple[str, ...]
    fit: HazardFit
    inference: HazardErrors
    predictive: HazardFit
    predictive_inference: HazardErrors
    errors: Errors
    penalty: str
    infinite: tuple[str, ...]
    periods: tuple[str, ...]
    clock: str
    population: EntryPopulation
    account: RowAccount
    level: float
    notes: tuple[str, ...]
    assumptions: tuple[str, ...]
    provenance: Provenance

    @property
    def estimand(self) -> str:
        """What a coefficient estimates."""
        if self.destinations == "multinomial":
            return "log relative-risk ratio"
        return _ESTIMANDS[self.link]

    @property
    def model(self) -> str:
        """What was fitted, as a reader would say it."""
        if self.destinations == "multinomial":
            return "multinomial logistic hazards"
        return _MODELS[self.link]

    @property
    def coefficients(self) -> NDArray[np.float64]:
        """Estimates (r,), destination by destination."""
        return self.fit.coefficients

    @property
    def covariance(self) -> NDArray[np.float64]:
        """Covariance (r, r) of the estimates, by `errors`."""
        return self.inference.covariance

    @property
    def degrees(self) -> float:
        """Degrees of freedom of t intervals; infinite for normal ones."""
        return self.inference.degrees

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the r coefficients, of duration as "duration: 0 to 1"."""
        own = zip(self.design.components, self.design.names, strict=True)
        return tuple(f"{part}: {name}" if part else name for part, name in own) * len(self.outcomes)

    @property
    def levels(self) -> dict[str, tuple[str, ...]]:
        """Levels of the variables that have some, the reference level first."""
        found = {}
        for factor, code in self.design.covariates.codings.items():
            if isinstance(code, Levels) and factor.variable != "duration":
                base = code.levels[code.base]
                found[factor.variable] = (base, *(v for v in code.levels if v != base))
        return found

    @property
    def reference_rows(self) -> dict[str, str]:
        """First term of each variable to its reference level, as `coef_table` takes them."""
        columns = self.design.covariates.columns
        return {after.name: column.name for column, after in pairwise(columns) if column.reference}

    @property
    def std_errors(self) -> str:
        """Kind of the standard errors."""
        return notes_of.ERRORS[self.errors]

    @property
    def sentence(self) -> str:
        """What was fitted, to how many events in how much time."""
        ratio = self.estimand.removeprefix("log ")
        people = self.account.people
        of = "" if np.isnan(people) else f" of {people:,.0f} people"
        unit = unit_of(self.clock)
        time = "units of person-time" if unit == "unit of time" else f"person-{unit}s"
        return (
            f"{ratio.capitalize()}s from {self.rows.counted.sum():,.0f} events in "
            f"{self.account.person_years:,.6g} {time}{of}, {self.provenance.method}."
        )

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return one row a coefficient; column `component` is "duration" for its baseline.

        Parameters
        ----------
        level : float
            Level of the intervals, recomputed.

        Returns
        -------
        pandas.DataFrame
            Key outcome where there are several destinations. With a penalty and model
            errors the intervals of ratios are of the profile penalised likelihood, p of
            its ratio, and the statistic its signed root; the baseline has Wald intervals.
        """
        checked = checks.level(level)
        beta = self.coefficients
        error = np.where(np.isfinite(beta), np.sqrt(np.diag(self.covariance)), np.nan)
        statistic = beta / error
        size = -np.abs(statistic)
        p = 2.0 * (ndtr(size) if np.isinf(self.degrees) else stdtr(self.degrees, size))
        half = quantile(checked, self.degrees) * error
        low, high = beta - half, beta + half
        profiled = np.zeros(beta.size, dtype=bool)
        if self.penalty == "firth" and self.errors == "model":
            found = profile_tests_and_limits(self, checked)
            profiled = ~np.isnan(found[0])
            statistic, p, low, high = (
                np.where(profiled, new, old)
                for new, old in zip(found, (statistic, p, low, high), strict=True)
            )
        q = len(self.design.names)
        rows = []
        for i in range(beta.size):
            row = {
                "term": self.design.names[i % q],
                "estimate": beta[i],
                "std_error": error[i],
                "statistic": statistic[i],
                "p_value": p[i],
                "conf_low": low[i],
                "conf_high": high[i],
                "conf_level": checked,
                "interval": "profile" if profiled[i] else "wald",
                "component": self.design.components[i % q],
            }
            if self.destinations != "any":
                row["outcome"] = self.outcomes[i // q]
            rows.append(row)
        return tidy_frame(rows)

    def glance(self) -> "pd.DataFrame":
        """Return one row: people, events, person-years, parameters, likelihood, options.

        Returns
        -------
        pandas.DataFrame
            One row. `people` is missing for published aggregates. The likelihood is that
            of survival times, without combinatorial constants, and so does not depend on
            the cells; with weights or a penalty there is no AIC.
        """
        parameters = self.coefficients.size
        plain = self.penalty == "none" and self.rows.people_squared is None
        return glance_frame(
            {
                "people": self.account.people,
                "events": float(self.rows.counted.sum()),
                "person_years": self.account.person_years,
                "cells": self.account.used,
                "parameters": parameters,
                "events_per_parameter": notes_of.events_per_parameter(self.rows, self.outcomes),
                "log_likelihood": self.fit.log_likelihood,
                "aic": 2.0 * (parameters - self.fit.log_likelihood) if plain else float("nan"),
                "dispersion": self.inference.dispersion,
                "clusters": self.inference.clusters,
                "link": self.link,
                "duration": self.design.basis.kind,
                "destinations": self.destinations,
                "errors": self.errors,
                "penalty": self.penalty,
                "converged": True,
            }
        )

    def predict(
        self,
        profile: "Mapping[str, Any] | pd.DataFrame",
        *,
        horizon: float,
        entry: float = 0.0,
        method: PredictionMethod = "delta",
        draws: int = 1000,
        seed: int | None = None,
        level: float = 0.95,
    ) -> "HazardPrediction":
        """Predict retention and cumulative incidences of people of given covariates.

        Assumptions: the model holds; a covariate keeps its value to the horizon.

        Parameters
        ----------
        profile : Mapping or pandas.DataFrame
            Value of every variable of the formula but duration, one person or one a row.
            For `period` either "period", the name of one in which the person stays, or
            "start_year", the calendar time at clock 0, from which the periods follow.
        horizon : float
            Time on the clock of the cells up to which retention is predicted.
        entry : float
            Time at which presence is given.
        method : {"delta", "bootstrap"}
            The delta method on the complementary log-log scale, or a parametric
            bootstrap with percentile intervals: events drawn anew from the fit, given
            the people at risk in each cell, and fitted again.
        draws : int
            Replicates of the bootstrap.
        seed : int or None
            Of the bootstrap; needed for it.
        level : float
            Level of the sentence.

        Returns
        -------
        HazardPrediction
            At the end of every step up to the horizon.

        Raises
        ------
        InputError
            If the horizon is beyond follow-up, names the last usable time; or a time
            falls inside a step and the link is not "log".
        UnknownNameError
            If a variable is missing or unknown, or a level did not occur in the fit.

        Examples
        --------
        >>> from talentstats.summaries.cells import RiskCells
        >>> from talentstats.summaries.spells import Spells
        >>> from talentstats.survival.hazard_model import hazard_model
        >>> looks = {"exit": [1, 2, 2, 3, 3, 3], "event": [1, 0, 1, 1, 0, 0]}
        >>> cells = RiskCells.from_spells(Spells.from_arrays(**looks))
        >>> fit = hazard_model(cells, "~ 1", penalty="none")
        >>> fit.predict({}, horizon=2).estimate[0, :, 0].round(4)  # 5/6, and 5/6 * 4/5
        array([0.8333, 0.6667])
        """
        from talentstats.survival.hazard_predict import predict

        return predict(
            self,
            profile,
            horizon=horizon,
            entry=entry,
            method=method,
            draws=draws,
            seed=seed,
            level=level,
        )

    def contrast(
        self,
        variable: str | Mapping[str, Sequence[Any]],
        *,
        horizon: float,
        entry: float = 0.0,
        given: Mapping[str, Any] | None = None,
        population: "Mapping[str, Any] | pd.DataFrame | None" = None,
        level: float = 0.95,
    ) -> "HazardContrast":
        """Compare retention if all were at one level with that if all were at another.

        Standardisation (g-computation): retention is predicted for every kind of person
        with the variable set, and averaged. The delta method takes the people as fixed.

        Assumptions: the model holds, and given the other covariates people at different
        levels would behave alike at the same level; a covariate keeps its value.

        Parameters
        ----------
        variable : str or Mapping of str to sequence
            What is set: all its levels, each against the reference level of the formula;
            or such as ``{"sector": ("industry", "academia")}``, the first against the
            last.
        horizon, entry : float
            Retention is from entry to the horizon, on the clock of the cells.
        given : Mapping or None
            What is set for everybody else: where the formula uses `period`, "period" or
            "start_year" must be.
        population : Mapping, pandas.DataFrame or None
            Covariates of the people to average over, one a row. None averages over all
            who came under observation (`RiskCells.entrants`), each once, with the covariates
            at their entry; over person-time where the cells do not say who they are, as in
            published aggregates. Start-stop rows count as people unless `cluster` names them.
        level : float
            Level of the sentence.

        Returns
        -------
        HazardContrast
            Standardised retention, incidences, differences and ratios.

        Raises
        ------
        InputError
            If the horizon is beyond follow-up, or the period is left open.
        UnknownNameError
            If a variable or a level is unknown.

        References
        ----------
        Robins (1986), Mathematical Modelling 7:1393-1512,
        doi:10.1016/0270-0255(86)90088-6.

        Examples
        --------
        >>> import pandas as pd
        >>> from talentstats.summaries.cells import RiskCells
        >>> from talentstats.survival.hazard_model import hazard_model
        >>> table = pd.DataFrame(
        ...     {"sector": ["a", "b"], "events": [30, 10], "exposure": [500.0, 500.0]}
        ... )
        >>> fit = hazard_model(RiskCells.from_frame(table), "~ sector", link="log")
        >>> fit.contrast({"sector": ("a", "b")}, horizon=6).estimate[:, 0].round(4)
        array([0.6977, 0.8869])
        """
        from talentstats.survival.hazard_standardise import contrast

        return contrast(
            self,
            variable,
            horizon=horizon,
            entry=entry,
            given=given,
            population=population,
            level=level,
        )
