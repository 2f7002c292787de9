"""What the reader of a Cox model has to be told, in sentences."""

from typing import Final

import numpy as np

from talentstats.survival.cox_estimate import FEW_EVENTS, CoxEstimate
from talentstats.survival.cox_rows import CoxRows, number

# Below it sandwich errors of clustered data are known to be too small.
_FEW_CLUSTERS: Final = 40
ERRORS: Final = {
    "model": "model-based",
    "robust": "robust (Lin-Wei), each row by itself",
    "cluster": "robust, clustered",
}
_TIES: Final = {
    "efron": "Efron's rule for ties",
    "breslow": "Breslow's rule for ties",
    "exact": "exact likelihood of tied ends",
}
_GROUPED: Final = {
    "efron": "Efron's rule attenuates hazard ratios a little",
    "breslow": "Breslow's rule attenuates hazard ratios (pulls them towards 1)",
    "exact": "the exact likelihood estimates an odds ratio, further from 1 than the hazard ratio",
}


def notes(
    rows: CoxRows,
    estimate: CoxEstimate,
    *,
    errors: str,
    destination: str | None,
    competing: bool,
    unused_cluster: bool,
    strata: tuple[str, ...],
) -> tuple[str, ...]:
    """Return the notes of a fit.

    Parameters
    ----------
    rows : CoxRows
        Rows.
    estimate : CoxEstimate
        The fit.
    errors : str
        "model", "robust" or "cluster".
    destination : str or None
        Whose hazard is modelled.
    competing : bool
        Whether people left for other destinations too.
    unused_cluster : bool
        Whether the spells have clusters that the errors ignore.
    strata : tuple of str
        Covariates that make strata.

    Returns
    -------
    tuple of str
        Sentences.
    """
    people, events = rows.account.people, rows.events
    per = events / estimate.beta.size
    of = "leaving" if destination is None else f"leaving for {destination}"
    layers = f", baselines by {' and '.join(strata)}" if strata else ""
    found = [
        f"Cox model of {of}: {number(events, 'end', 'ends')} in "
        f"{number(rows.exit.size, 'row', 'rows')} of {number(people, 'person', 'people')}, "
        f"{_rate(per)} {'event' if per == 1 else 'events'} per parameter; "
        f"{_TIES[estimate.ties]}{layers}.",
        f"Standard errors: {_errors(rows, errors)}.",
    ]
    if competing and destination is not None:
        found.append(
            "Cause-specific: people who left for elsewhere are censored then, which describes "
            "the hazard but no probability of leaving."
        )
    found.append(_penalty(estimate, per, errors))
    if rows.grouped:
        found.append(
            "Ends known only within an interval were put at its upper end: on grouped times "
            f'{_GROUPED[estimate.ties]}; hazard_model(link="cloglog") is the exact model of them.'
        )
    if unused_cluster:
        found.append(
            "The spells have clusters, which these standard errors ignore; robust=True uses them."
        )
    return tuple(note for note in found if note)


def _rate(per: float) -> str:
    """Print a number of events per parameter."""
    return f"{per:,.0f}" if per >= 1000 else f"{per:.3g}"


def _errors(rows: CoxRows, errors: str) -> str:
    """Kind of the standard errors, with the number of clusters."""
    if errors != "cluster" or rows.cluster is None:
        why = ", since there are sampling weights" if np.any(rows.weight != 1.0) else ""
        return ERRORS[errors] + (why if errors == "robust" else "")
    clusters = np.unique(rows.cluster).size
    few = f" (fewer than {_FEW_CLUSTERS}: they are too small)" if clusters < _FEW_CLUSTERS else ""
    return f"{ERRORS[errors]}, {number(clusters, 'cluster', 'clusters')}{few}"


def _penalty(estimate: CoxEstimate, per: float, errors: str) -> str:
    """Whether, why and how estimates were kept finite."""
    few = per < FEW_EVENTS
    if not estimate.penalised:
        if few:
            return (
                f"Fewer than {FEW_EVENTS:g} events per parameter, and no penalty: estimates are "
                "biased away from 0 and intervals too short."
            )
        return ""
    reasons = []
    if estimate.infinite:
        reasons.append(f"without it the estimates of {', '.join(estimate.infinite)} are infinite")
    if few:
        reasons.append(f"there are fewer than {FEW_EVENTS:g} events per parameter")
    why = f", since {' and '.join(reasons)}" if reasons else ""
    limits = (
        "intervals by profile penalised likelihood, p by its ratio"
        if errors == "model"
        else "Wald intervals"
    )
    return f"Bias-reduced estimates (Firth's penalty){why}; {limits}."
