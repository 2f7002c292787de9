"""Fits by sampling: parameters by outcome, with their priors and what the sampler says."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from talentstats.results.columns import ESTIMATE_COLUMNS
from talentstats.tables.fit_columns import DEFAULT_LEVEL, FitColumns

if TYPE_CHECKING:
    import pandas as pd

SPREAD: Final = "spread"
RECORDS: Final = "records"
VARYING: Final = "varying by "
POSTERIOR_SD: Final = "posterior standard deviations"

_COLUMNS: Final = ("component", *ESTIMATE_COLUMNS, "p_direction", "prior", "span")
# What a table has no use for: in other rows, or in the notes.
_LEFT_OUT: Final = frozenset({"chains", "outcomes", "converged", "sampler", "seed"})


def from_posterior(fit: Any, level: float | None) -> tuple[FitColumns, ...]:
    """Return the columns of a `PosteriorFit`, one for each outcome that has parameters.

    Parameters
    ----------
    fit : PosteriorFit
        Of `destination_model` or `bayes_hazard_model`.
    level : float or None
        Level of the equal-tailed intervals; None takes 0.95.

    Returns
    -------
    tuple of FitColumns
        What all outcomes share stands in the first and spans them all.
    """
    frame = fit.tidy("parameter", level=DEFAULT_LEVEL if level is None else level)
    frame = frame.assign(prior=_priors(fit, frame), span=1)
    frame[["component", "term"]] = _placed(fit, frame["term"].tolist())
    outcomes = [name for name in dict.fromkeys(frame["outcome"]) if name]
    shared = frame["outcome"] == ""
    frame.loc[shared, "span"] = len(outcomes)
    frame.loc[shared, "outcome"] = outcomes[0]
    estimand = _estimand(fit.problem)
    return tuple(
        FitColumns(
            model=fit.provenance.method or fit.provenance.function,
            outcome=outcome,
            terms=frame.loc[frame["outcome"] == outcome, list(_COLUMNS)].reset_index(drop=True),
            statistics=_statistics(fit),
            estimand=estimand,
            ratio=estimand.removeprefix("log "),
            std_errors=POSTERIOR_SD,
            estimator="posterior medians",
            notes=_notes(fit),
        )
        for outcome in outcomes
    )


def _placed(fit: Any, terms: list[str]) -> "pd.DataFrame":
    """Return component and name of each parameter."""
    import pandas as pd

    varying = {
        f"{term.name}={label}": (f"{VARYING}{term.name}", label)
        for term in fit.problem.design.terms
        for label in term.labels
    }
    fixed = {column.name for column in fit.problem.design.fixed}

    def place(name: str) -> tuple[str, str]:
        if name in varying and name not in fixed:
            return varying[name]
        if name == "probability unknown" or name.startswith("recorded as "):
            return RECORDS, name
        spread = name == "concentration" or name.startswith("sd(")
        return (SPREAD if spread else ""), name

    return pd.DataFrame([place(name) for name in terms])


def _priors(fit: Any, frame: "pd.DataFrame") -> list[str]:
    """Return the prior of each parameter; empty where it follows from others."""
    stated = _stated(fit.problem)
    return [stated.get(key, "") for key in zip(frame["term"], frame["outcome"], strict=True)]


def _stated(problem: Any) -> dict[tuple[str, str], str]:
    """Return the priors by parameter and outcome, each by itself."""
    prior, contrasts = problem.prior, problem.contrasts
    coded = [j for j in range(len(problem.outcomes)) if np.any(contrasts[j] != 0)]
    found = {}

    def normal(name: str, mean: Any, std_dev: Any) -> None:
        """Turn a prior of contrasts (d,) into one of each outcome's logit."""
        for j in coded:
            middle, spread = contrasts[j] @ mean, np.sqrt(contrasts[j] ** 2 @ std_dev**2)
            found[name, problem.outcomes[j]] = f"normal({_n(middle)}, {_n(spread)})"

    normal("intercept", prior.b0_mean, prior.b0_sd)
    for f, column in enumerate(problem.design.fixed):
        normal(column.name, prior.beta_mean[f], prior.beta_sd[f])
    for t, term in enumerate(problem.design.terms):
        scales = prior.sd_scale[t]
        places = [""] if scales.size == 1 else [problem.outcomes[j] for j in coded]
        for place, scale in zip(places, scales, strict=True):
            found[f"sd({term.name})", place] = f"half-normal({_n(scale)})"
    if problem.unknown is not None and problem.lost is not None:
        for place, (a, b) in zip(problem.outcomes, problem.lost, strict=True):
            found["probability unknown", place] = f"beta({_n(a)}, {_n(b)})"
    if problem.mistaken is not None and not problem.mistaken_known:
        for place, row in zip(problem.outcomes, problem.mistaken, strict=True):
            for other, a in zip(problem.outcomes, row, strict=True):
                text = f"beta({_n(a)}, {_n(row.sum() - a)})"
                found[f"recorded as {other}", place] = text
    if problem.clustered:
        shape, rate = problem.concentration
        found["concentration", ""] = f"gamma({_n(shape)}, rate {_n(rate)})"
    return found


def _n(value: float) -> str:
    """Return a number of a prior with three significant digits."""
    return f"{value + 0.0:.3g}".replace("-", "\N{MINUS SIGN}")


def _estimand(problem: Any) -> str:
    """Return what an effect is, on the scale of the model."""
    reference = [
        name
        for name, row in zip(problem.outcomes, problem.contrasts, strict=True)
        if not np.any(row != 0)
    ]
    if problem.link == "cloglog":
        return "log hazard ratio"
    if not reference:
        return "log share ratio to the geometric mean of the destinations"
    if len(problem.outcomes) == 2:
        return "log odds ratio"
    return f"log relative-risk ratio against {reference[0]}"


def _statistics(fit: Any) -> dict[str, Any]:
    """Return what stands at the foot."""
    row = {str(name): value for name, value in fit.glance().iloc[0].items()}
    told = {name: value for name, value in row.items() if name not in _LEFT_OUT}
    return told | {
        "draws": f"{row['chains']} × {row['draws']:,}",
        "min_ess": float(np.round(row["min_ess"])),
    }


def _notes(fit: Any) -> tuple[str, ...]:
    """Return what the fit says of itself; a failure comes first."""
    failures = fit.diagnostics.failures
    warned = (fit.diagnostics.sentence,) if failures else ()
    return (*warned, *(note for note in fit.notes if note not in failures))
