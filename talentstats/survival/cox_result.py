"""The result of a Cox model: coefficients, tests, residuals, baselines, predictions."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, ndtr

from talentstats import checks
from talentstats.results.columns import columns_frame, glance_frame
from talentstats.results.provenance import Provenance
from talentstats.results.wording import p_text
from talentstats.stats.cox_concordance import Concordance, concordance
from talentstats.stats.limits import Floats, normal_quantile
from talentstats.stats.profile_limits import ProfileLimits, profile_limits
from talentstats.summaries.account import RowAccount
from talentstats.survival.cox_estimate import CoxEstimate
from talentstats.survival.cox_notes import ERRORS
from talentstats.survival.cox_rows import CoxRows
from talentstats.survival.formula import Design

if TYPE_CHECKING:
    import pandas as pd

    from talentstats.survival.cox_ph_test import PHTest, TimeTransform
    from talentstats.survival.cox_prediction import CoxPrediction
    from talentstats.survival.cox_residual_frames import ResidualKind

_MOST_NAMED: Final = 4
_WALD: Final = {"robust": "robust errors", "cluster": "clustered errors"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoxModel:
    """Hazard ratios of p columns of covariates; made by `cox_model`.

    Parameters
    ----------
    design : Design
        How covariates are coded, without the rows of the fit.
    rows : CoxRows
        The n rows.
    estimate : CoxEstimate
        Estimates of the scaled covariates.
    errors : str
        "model", "robust" or "cluster".
    strata : tuple of str
        Covariates whose combinations have baselines of their own.
    destination : str or None
        Whose hazard is modelled; None is any.
    competing : bool
        Whether people left for other destinations too, so that there is no prediction.
    account : RowAccount
        Rows, people and person-years.
    level : float
        Level of the sentence.
    notes : tuple of str
        What a reader has to be told.
    provenance : Provenance
        What made this result.
    """

    design: Design
    rows: CoxRows
    estimate: CoxEstimate
    errors: str
    strata: tuple[str, ...]
    destination: str | None
    competing: bool
    account: RowAccount
    level: float
    notes: tuple[str, ...]
    provenance: Provenance

    @property
    def model(self) -> str:
        """What was fitted, as a reader would say it."""
        return "Cox model"

    @property
    def estimand(self) -> str:
        """What a coefficient estimates."""
        return "log hazard ratio"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the p coefficients."""
        return self.design.names

    @property
    def coefficients(self) -> Floats:
        """Estimates (p,)."""
        return np.asarray(self.estimate.beta / self.estimate.data.scale)

    @property
    def covariance(self) -> Floats:
        """Covariance (p, p) of the estimates, by `errors`."""
        scale = self.estimate.data.scale
        return np.asarray(self.estimate.covariance / np.outer(scale, scale))

    @property
    def penalty(self) -> str:
        """Whether "firth" or "none" was used."""
        return "firth" if self.estimate.penalised else "none"

    @property
    def std_errors(self) -> str:
        """Kind of the standard errors."""
        return ERRORS[self.errors]

    @property
    def reference_rows(self) -> dict[str, str]:
        """First term of each variable to its reference level, as `coef_table` takes them."""
        columns = self.design.columns
        return {after.name: column.name for column, after in pairwise(columns) if column.reference}

    @property
    def sentence(self) -> str:
        """What was fitted, and the hazard ratios, or the test of all where they are many."""
        if self.coefficients.size > _MOST_NAMED:
            row = self.glance().iloc[0]
            kind = "lr" if self.errors == "model" else "wald"
            name = "likelihood-ratio" if kind == "lr" else f"Wald ({_WALD[self.errors]})"
            return (
                f"{self.notes[0]} All {self.coefficients.size} coefficients together: "
                f"{name} chi-squared {row[f'{kind}_statistic']:.2f}, "
                f"{p_text(float(row[f'{kind}_p_value']))}."
            )
        parts = []
        for term in self.tidy(level=self.level).to_dict(orient="records"):
            with np.errstate(over="ignore"):
                ratio, low, high = np.exp([term["estimate"], term["conf_low"], term["conf_high"]])
            parts.append(
                f"{term['term']} {ratio:.3g} ({100 * self.level:g}% confidence interval "
                f"{low:.3g} to {high:.3g}; {p_text(float(term['p_value']))})"
            )
        return f"{self.notes[0]} Hazard ratios: {'; '.join(parts)}."

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return one row a coefficient.

        Parameters
        ----------
        level : float
            Level of the intervals, recomputed.

        Returns
        -------
        pandas.DataFrame
            With a penalty and model errors the intervals are those of the profile
            penalised likelihood, the p-value is of its ratio, and the statistic its
            signed root; else intervals are Wald's.
        """
        checked = checks.level(level)
        if self.estimate.penalised and self.errors == "model":
            return self.profile_limits(level=checked)
        beta, error = self.coefficients, np.sqrt(np.diag(self.covariance))
        half = float(normal_quantile(level=checked, side="two-sided")) * error
        return self._frame(
            beta / error, 2.0 * ndtr(-np.abs(beta / error)), beta - half, beta + half, checked
        )

    def profile_limits(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return the rows of `tidy` with limits by profile (penalised) likelihood.

        Parameters
        ----------
        level : float
            Their level.

        Returns
        -------
        pandas.DataFrame
            Limits are infinite where the likelihood never falls far enough; p-values are
            of the likelihood ratio.
        """
        checked = checks.level(level)
        found, scale = self._profile(checked), self.estimate.data.scale
        return self._frame(
            np.sign(self.coefficients) * np.sqrt(found.statistic),
            found.p_value,
            found.lower / scale,
            found.upper / scale,
            checked,
            interval="profile",
        )

    def glance(self) -> "pd.DataFrame":
        """Return one row: people, events, person-years, parameters, likelihood, tests, options.

        Returns
        -------
        pandas.DataFrame
            One row. The likelihood is partial, and penalised if the fit is; a penalised
            or weighted fit has no AIC. The p-values of the likelihood ratio and the score
            assume model errors, and are missing under sampling weights; that of the Wald
            test uses `errors`.
        """
        e, p = self.estimate, self.coefficients.size
        weighted = bool(np.any(self.rows.weight != 1.0))
        plain, missing = not e.penalised and not weighted, float("nan")
        ratio = max(2.0 * (e.log_likelihood - e.log_likelihood_null), 0.0)
        score = float(e.score @ np.linalg.solve(e.null, e.score))
        wald = float(e.beta @ np.linalg.solve(e.covariance, e.beta))
        clusters = None if self.rows.cluster is None else np.unique(self.rows.cluster).size
        return glance_frame(
            {
                "people": self.account.people,
                "events": self.rows.events,
                "person_years": self.account.person_years,
                "rows": self.account.used,
                "parameters": p,
                "events_per_parameter": self.rows.events / p,
                "log_likelihood": e.log_likelihood,
                "log_likelihood_null": e.log_likelihood_null,
                "aic": 2.0 * (p - e.log_likelihood) if plain else missing,
                "lr_statistic": ratio,
                "lr_p_value": missing if weighted else float(chdtrc(p, ratio)),
                "score_statistic": score,
                "score_p_value": missing if weighted else float(chdtrc(p, score)),
                "wald_statistic": wald,
                "wald_p_value": float(chdtrc(p, wald)),
                "strata": len(self.rows.strata),
                "clusters": missing if clusters is None else clusters,
                "ties": e.ties,
                "errors": self.errors,
                "penalty": self.penalty,
                "converged": True,
            }
        )

    def concordance(self) -> Concordance:
        """Return the share of pairs in which the one who left first had the higher hazard.

        Returns
        -------
        Concordance
            With its standard error, by clusters where the errors are clustered.
        """
        data = self.estimate.data
        return concordance(
            data,
            predictor=data.x @ self.estimate.beta,
            weight=self.rows.weight,
            count=self.rows.count,
            cluster=self.rows.cluster if self.errors == "cluster" else None,
        )

    def ph_test(self, *, transform: "TimeTransform" = "km") -> "PHTest":
        """Test whether hazard ratios change with time.

        Parameters
        ----------
        transform : {"km", "rank", "identity", "log"}
            The function of time with which a coefficient may change.

        Returns
        -------
        PHTest
            Score tests of each coefficient, each variable, and all ("GLOBAL").
        """
        from talentstats.survival.cox_ph_test import ph_test

        return ph_test(self, transform=transform)

    def residuals(self, kind: "ResidualKind" = "martingale") -> "pd.DataFrame":
        """Return residuals.

        Parameters
        ----------
        kind : {"martingale", "deviance", "score", "dfbeta", "schoenfeld", "scaled-schoenfeld"}
            Of each row in the order of the spells (a row that stands for several people
            has those of one of them), or, the last two, of each distinct end. As in R,
            "dfbeta" is multiplied by the sampling weight, the others are not.

        Returns
        -------
        pandas.DataFrame
            A column `residual`, or one a coefficient; of Schoenfeld's kinds one row an
            end and term, with `time`, `term`, `residual` and `weight`.
        """
        from talentstats.survival.cox_residual_frames import residual_frame

        return residual_frame(self, kind)

    def baseline(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return the cumulative hazard of people at all reference levels and zeros.

        Parameters
        ----------
        level : float
            Level of the intervals, on the log scale.

        Returns
        -------
        pandas.DataFrame
            One row a stratum and time of an end: `group`, `time`, term "cumulative
            hazard" and the rest of the vocabulary.
        """
        from talentstats.survival.cox_predict import baseline_frame

        return baseline_frame(self, level=level)

    def predict(
        self,
        profile: "Mapping[str, Any] | pd.DataFrame",
        *,
        horizon: float | None = None,
        times: ArrayLike | None = None,
        entry: float | None = None,
        level: float = 0.95,
    ) -> "CoxPrediction":
        """Predict retention of people of given covariates.

        Assumptions: hazards are proportional; a covariate keeps its value.

        Parameters
        ----------
        profile : Mapping or pandas.DataFrame
            Value of every variable of the formula and of the strata, one person or one a
            row.
        horizon : float or None
            Retention at every end from entry up to it, and at it.
        times : array_like of float or None
            Or retention at these times.
        entry : float or None
            Time at which presence is given; None is the earliest entry of the stratum.
        level : float
            Level of the sentence.

        Returns
        -------
        CoxPrediction
            With log-log intervals, as R's survfit.

        Raises
        ------
        InputError
            If a time is beyond follow-up, names the last usable one; or other
            destinations compete.
        UnknownNameError
            If a variable is missing or a level did not occur.

        Examples
        --------
        >>> from talentstats.summaries.spells import Spells
        >>> from talentstats.survival.cox_model import cox_model
        >>> spells = Spells.from_arrays(
        ...     exit=[1, 2, 3, 4], event=[1, 1, 1, 0], covariates={"late": [0, 1, 0, 1]}
        ... )
        >>> fit = cox_model(spells, "~ late", penalty="none")
        >>> fit.predict({"late": 0}, horizon=2).estimate.round(3)
        array([[0.698, 0.398]])
        """
        from talentstats.survival.cox_predict import predict

        return predict(self, profile, horizon=horizon, times=times, entry=entry, level=level)

    def _profile(self, level: float) -> ProfileLimits:
        """Return profile limits of the scaled coefficients."""
        e = self.estimate
        return profile_limits(
            e.refit,
            coefficients=e.beta,
            covariance=e.naive,
            maximum=e.log_likelihood,
            level=level,
        )

    def _frame(
        self,
        statistic: NDArray[np.float64],
        p_value: NDArray[np.float64],
        low: NDArray[np.float64],
        high: NDArray[np.float64],
        level: float,
        *,
        interval: str = "wald",
    ) -> "pd.DataFrame":
        """Lay coefficients out in the vocabulary."""
        return columns_frame(
            {
                "term": list(self.names),
                "estimate": self.coefficients,
                "std_error": np.sqrt(np.diag(self.covariance)),
                "statistic": statistic,
                "p_value": p_value,
                "conf_low": low,
                "conf_high": high,
                "conf_level": level,
                "interval": interval,
            }
        )
