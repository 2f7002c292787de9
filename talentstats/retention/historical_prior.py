"""What published stay rates predict for a new cohort: the meta-analytic-predictive prior."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from talentstats import checks
from talentstats.errors import InputError
from talentstats.published.hazards import Hazard, Tenure
from talentstats.results.columns import glance_frame, tidy_frame
from talentstats.results.provenance import Provenance
from talentstats.results.wording import percent
from talentstats.retention import historical_text as texts
from talentstats.retention.beta_mixture import BetaMixture
from talentstats.retention.effective_size import EffectiveSampleSize
from talentstats.retention.historical_fit import fit_studies, nearest_mixture
from talentstats.retention.historical_predict import (
    PredictedRetention,
    PriorDataConflict,
    predicted_retention,
    prior_data_conflict,
)
from talentstats.retention.historical_rows import (
    HistoricalStudy,
    Study,
    checked_within,
    studies_of,
    study_notes,
)
from talentstats.stats.meta_prior import MetaPrior, new_quantile
from talentstats.summaries.counts import RetentionCounts

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HistoricalPrior:
    """A prior of a stay rate from earlier studies; made by `historical_prior`.

    Parameters
    ----------
    studies : tuple of HistoricalStudy
        What entered, aligned.
    horizon : float
        Years at which the prior holds.
    tau_scale : float
        Scale of the half-normal prior of the spread between studies, on the logit.
    center : tuple of float
        Mean and standard deviation of the normal prior of the mean logit.
    exact : MetaPrior
        The hierarchy by quadrature, without a robust part.
    mixture : BetaMixture
        The prior in use: Betas near the exact one, and the vague part, if any, last.
    robust_weight : float or None
        Weight of the vague part.
    approximation_error : float
        Largest difference between the distribution functions of the exact prior and the Betas.
    notes : tuple of str
        What stands between these studies and independent, exchangeable ones.
    provenance : Provenance
        What made this result.
    """

    studies: tuple[HistoricalStudy, ...]
    horizon: float
    tau_scale: float
    center: tuple[float, float]
    exact: MetaPrior
    mixture: BetaMixture
    robust_weight: float | None
    approximation_error: float
    notes: tuple[str, ...]
    provenance: Provenance

    @property
    def label(self) -> str:
        """The prior in words."""
        many = "1 study" if len(self.studies) == 1 else f"{len(self.studies)} studies"
        vague = "" if self.robust_weight is None else f", robust {self.robust_weight:g}"
        return f"historical ({many} at {self.horizon:g} years{vague})"

    def robust(self, weight: float, a: float = 1.0, b: float = 1.0) -> "HistoricalPrior":
        """Prior with a vague component, so that it yields to data in conflict with it.

        Parameters
        ----------
        weight : float
            Weight of the vague component, in (0, 1).
        a, b : float
            Its Beta parameters.

        Returns
        -------
        HistoricalPrior
            With `mixture` one component longer.

        Raises
        ------
        InputError
            If the weight is outside (0, 1), or the prior is robust already.
        """
        if self.robust_weight is not None:
            raise InputError(
                f"the prior is robust already, with weight {self.robust_weight:g}. Hint: make it "
                "by historical_prior(..., robust=None) and then robust(weight)."
            )
        mixture = self.mixture.robust(weight, a, b)
        return replace(
            self,
            mixture=mixture,
            robust_weight=float(weight),
            provenance=replace(
                self.provenance, arguments={**self.provenance.arguments, "robust": float(weight)}
            ),
        )

    def effective_sample_size(self) -> EffectiveSampleSize:
        """How many people the prior in use is worth.

        Returns
        -------
        EffectiveSampleSize
            By moment, elir and morita, side by side.
        """
        return self.mixture.effective_sample_size()

    def predict(self, total: int) -> PredictedRetention:
        """How many of a new cohort will stay, by the prior in use.

        Parameters
        ----------
        total : int
            People of the new cohort.

        Returns
        -------
        PredictedRetention
            Quantiles and tail probabilities of the count.
        """
        return predicted_retention(self.mixture, total)

    def prior_data_conflict(self, counts: RetentionCounts) -> PriorDataConflict:
        """Whether a new cohort is one that the prior in use expected.

        Parameters
        ----------
        counts : RetentionCounts
            The new cohort.

        Returns
        -------
        PriorDataConflict
            Box's predictive p-value and both tails.
        """
        return prior_data_conflict(self.mixture, counts)

    def leave_one_out(self) -> "pd.DataFrame":
        """What the prior would be without each study: who drives it.

        Returns
        -------
        pandas.DataFrame
            A row "none" with all of them, then one a study: `left_out`, `studies`, exact `mean`
            and `sd` of a new cohort's rate, `low` and `high` (95%), `tau`, and `shift` of the
            mean.

        Raises
        ------
        InputError
            If there is only one study.
        """
        import pandas as pd

        if len(self.studies) < 2:
            raise InputError("leave_one_out needs at least two studies; the prior has one.")
        found = [("none", len(self.studies), self.exact)]
        for out in self.studies:
            rest = [s for s in self.studies if s is not out]
            found.append(
                (out.id, len(rest), fit_studies(rest, center=self.center, tau=self.tau_scale))
            )
        rows = []
        for name, used, exact in found:
            low, high = new_quantile(exact, prob=[0.025, 0.975])
            rows.append(
                {
                    "left_out": name,
                    "studies": used,
                    "mean": exact.rate_mean,
                    "sd": exact.rate_sd,
                    "low": float(low),
                    "high": float(high),
                    "tau": exact.tau_mean,
                    "shift": exact.rate_mean - self.exact.rate_mean,
                }
            )
        return pd.DataFrame(rows)

    @property
    def sentence(self) -> str:
        """The prior for a referee."""
        return texts.sentence(self)

    def tidy(self, *, level: float = 0.95) -> "pd.DataFrame":
        """Return the studies, what they predict, and the prior in use.

        Parameters
        ----------
        level : float
            Level of the intervals.

        Returns
        -------
        pandas.DataFrame
            `term` is "study" (`group` its label; `shrunken` its posterior mean), "new cohort"
            (the exact prediction), "prior" (the Betas in use) and "tau".
        """
        return tidy_frame(texts.tidy_rows(self, level=checks.level(level)))

    def glance(self) -> "pd.DataFrame":
        """Return one row: studies, prediction, approximation, effective size.

        Returns
        -------
        pandas.DataFrame
            One row.
        """
        return glance_frame(texts.glance_row(self))


def historical_prior(
    benchmarks: Sequence[Study],
    *,
    horizon: float,
    tau: float = 0.5,
    center: tuple[float, float] = (0.0, 2.0),
    robust: float | None = None,
    hazard: Hazard = "constant",
    tenure: Tenure | None = None,
    within: tuple[float, float] | None = None,
) -> HistoricalPrior:
    """Prior of a new cohort's stay rate from earlier studies (meta-analytic-predictive).

    Each study has its own logit of staying, drawn from a normal distribution whose mean and
    spread are learned from all; the prior is what that distribution says of one more study.
    By quadrature, without a sampler, and as a mixture of Betas for use.

    Assumptions: the studies and the new cohort are exchangeable, and the studies independent.
    Published figures rarely are: which of them enter is your choice, and `notes` says which may
    count the same people or share an instrument. Figures of other horizons are aligned first
    under the named hazard.

    Parameters
    ----------
    benchmarks : Sequence of Benchmark, str or (str, RetentionCounts)
        Published figures, their ids, or named counts that hold at the horizon. Where people
        were counted at the horizon the likelihood is binomial; a figure with a standard error,
        or one that was moved, is normal on the logit.
    horizon : float
        Years at which the prior shall hold.
    tau : float
        Scale of the half-normal prior of the spread between studies, on the logit. The median
        under 0.5 is a spread of 0.34, by which cohorts of a typical 88% run from 79% to 93%; 1
        is a usual sensitivity.
    center : tuple of float
        Mean and standard deviation of the normal prior of the mean logit.
    robust : float or None
        Weight of a uniform component in (0, 1).
    hazard : "constant", Weibull, PublishedCurve or PiecewiseHazard
        Shape of the hazard by which figures are moved.
    tenure : float, TenureDistribution or None
        Years already stayed, which every hazard but the constant one needs.
    within : tuple of float or None
        Lowest and highest retention that you hold possible; a prior with more than 5% outside
        is refused.

    Returns
    -------
    HistoricalPrior
        Prediction, mixture, effective size, conflict check, leave-one-out.

    Raises
    ------
    InputError
        If a number is outside its range, a study is given twice, has no horizon or nothing that
        says what it weighs, or the prior contradicts `within`.
    UnknownNameError
        If there is no benchmark of an id.

    References
    ----------
    Neuenschwander, Capkun-Niggli, Branson and Spiegelhalter (2010), Clinical Trials 7:5-18,
    doi:10.1177/1740774509356002. Schmidli et al. (2014), Biometrics 70:1023-1032,
    doi:10.1111/biom.12242. Weber et al. (2021), Journal of Statistical Software 100(19),
    doi:10.18637/jss.v100.i19.

    Examples
    --------
    >>> prior = historical_prior(
    ...     ["sei2020-china-10yr", "sei2024-china-5yr", "sei2024-china-10yr"], horizon=6
    ... )
    >>> print(f"{prior.exact.rate_mean:.3f} {prior.exact.rate_sd:.3f}")
    0.876 0.078
    """
    years = checks.finite_number(horizon, name="horizon", above=0)
    scale = checks.finite_number(
        tau, name="tau", above=0, below=100, hint="0.5 is moderate spread on the logit."
    )
    middle = _checked_center(center)
    stated = checked_within(within)
    studies = studies_of(benchmarks, horizon=years, hazard=hazard, tenure=tenure)
    exact = fit_studies(studies, center=middle, tau=scale)
    mixture, error = nearest_mixture(exact)
    if stated is not None:
        _check_within(exact, stated)
    notes = study_notes(studies)
    if error > 0.02:
        notes += (
            f"The Betas differ from the exact prior by up to {100 * error:.1f} points of "
            "probability: it is too flat for them.",
        )
    prior = HistoricalPrior(
        studies=studies,
        horizon=years,
        tau_scale=scale,
        center=middle,
        exact=exact,
        mixture=mixture,
        robust_weight=None,
        approximation_error=error,
        notes=notes,
        provenance=Provenance(
            function="historical_prior",
            arguments={
                "benchmarks": tuple(s.id for s in studies),
                "horizon": years,
                "tau": scale,
                "center": middle,
                "robust": None,
                "hazard": hazard if isinstance(hazard, str) else hazard.label,
                "within": stated,
            },
            method="meta-analytic-predictive prior by quadrature, mixture of Betas",
            sources=tuple(dict.fromkeys(s.source_id for s in studies if s.source_id)),
        ),
    )
    return prior if robust is None else prior.robust(robust)


def _checked_center(center: tuple[float, float]) -> tuple[float, float]:
    """Mean and standard deviation of the prior of the mean logit."""
    try:
        mean, std_dev = center
    except (TypeError, ValueError):
        raise InputError(
            f"center={center!r} is not a pair; give mean and standard deviation on the logit, "
            "e.g. center=(0, 2)."
        ) from None
    return (
        checks.finite_number(mean, name="center mean", above=-50, below=50),
        checks.finite_number(std_dev, name="center standard deviation", above=0, below=50),
    )


def _check_within(exact: MetaPrior, stated: tuple[float, float]) -> None:
    """Refuse a prior that puts retention where its user said it cannot be."""
    with np.errstate(divide="ignore"):
        ends = special.logit(np.array(stated))
    below, above = (float(v) for v in np.interp(ends, exact.theta, exact.below))
    outside = below + (1.0 - above)
    if outside > 0.05:
        low, high = new_quantile(exact, prob=[0.025, 0.975])
        raise InputError(
            f"the prior has {percent(outside)} outside within={stated}: 95% of it lies between "
            f"{percent(float(low))} and {percent(float(high))}. Hint: choose "
            "studies that are exchangeable with yours, a smaller tau, or a wider range."
        )
