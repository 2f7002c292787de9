"""What the reader of a hazard regression has to be told, in sentences."""

from typing import TYPE_CHECKING, Final

import numpy as np

from talentstats.survival.hazard_firth import FEW_EVENTS
from talentstats.survival.hazard_fit import boundary_steps, outcomes

if TYPE_CHECKING:
    from talentstats.summaries.cells import RiskCells
    from talentstats.survival.hazard_design import HazardDesign, HazardRows, Link
    from talentstats.survival.hazard_errors import HazardErrors
    from talentstats.survival.hazard_steps import Destinations

ERRORS: Final = {
    "model": "model-based",
    "robust": "robust (sandwich)",
    "cluster": "cluster-robust",
    "overdispersed": "model-based times Pearson's dispersion",
}
_MODELS: Final = {
    "cloglog": (
        "complementary log-log regression on cells, the proportional-hazards model for grouped time"
    ),
    "logit": "logistic regression on cells, for the odds of leaving within a step",
    "log": "piecewise-exponential regression on cells, for rates per person-time",
}
# Below it sandwich errors of clustered data are known to be too small.
_FEW_CLUSTERS: Final = 40
_MANY_STEPS: Final = 8


def events_per_parameter(rows: "HazardRows", outcomes: tuple[str, ...]) -> float:
    """Events per parameter, of the destination with the fewest.

    Parameters
    ----------
    rows : HazardRows
        The rows.
    outcomes : tuple of str
        The destinations of the fit.

    Returns
    -------
    float
        A number.
    """
    events = rows.counted.min() if len(outcomes) > 1 else rows.counted.sum()
    return float(events / rows.matrix.shape[1])


def method(link: str, destinations: str, *, penalised: bool) -> str:
    """Name the method.

    Parameters
    ----------
    link : str
        The link.
    destinations : str
        How destinations compete.
    penalised : bool
        Whether the penalty was used.

    Returns
    -------
    str
        For a table note.
    """
    model = (
        "multinomial logistic regression on cells, each destination against staying"
        if destinations == "multinomial"
        else _MODELS[link]
    )
    which = ", cause by cause" if destinations == "cause-specific" else ""
    return f"{model}{which}, by {'penalised' if penalised else 'maximum'} likelihood"


def fit_notes(
    cells: "RiskCells",
    design: "HazardDesign",
    rows: "HazardRows",
    outcomes: tuple[str, ...],
    *,
    link: "Link",
    destinations: "Destinations",
    inference: "HazardErrors",
    errors: str,
    penalised: bool,
    infinite: tuple[str, ...],
) -> tuple[str, ...]:
    """Sentences on a fit.

    Parameters
    ----------
    cells : RiskCells
        The cells.
    design : HazardDesign
        The coding.
    rows : HazardRows
        The rows.
    outcomes : tuple of str
        The destinations of the fit.
    link : {"cloglog", "logit", "log"}
        The link.
    destinations : {"any", "cause-specific", "multinomial"}
        How destinations compete.
    inference : HazardErrors
        The covariance.
    errors : str
        Its kind.
    penalised : bool
        Whether the penalty was used.
    infinite : tuple of str
        Terms that are infinite without it.

    Returns
    -------
    tuple of str
        One or two sentences each.
    """
    notes = [_events(rows, outcomes), _errors(rows, inference, errors, link)]
    if cells.cluster is not None and errors != "cluster":
        notes.append(f"The cells keep clusters apart, and {ERRORS[errors]} errors ignore them.")
    if destinations == "cause-specific":
        notes.append(
            "Destinations cause by cause: who leaves for one counts as not leaving for the others."
        )
    notes.append(_penalty(rows, outcomes, link, errors, penalised=penalised, infinite=infinite))
    if not penalised and destinations != "multinomial":
        notes += _boundaries(design, rows, destinations, link)
    if not design.basis.told_apart:
        notes.append("The cells do not tell durations apart: one hazard at all durations.")
    if rows.wide is not None:
        ends = float(cells.events[cells.wide].sum())
        notes.append(
            f"{_count(ends, 'end')} known only within several steps "
            f"{'enters' if ends == 1 else 'enter'} with the probability of leaving in any of these."
        )
    if link == "log" and cells.event_exposure in {"half", "full", "none"} and _looked_at(cells):
        notes.append(
            f"Ends known only within an interval add {_SHARES[cells.event_exposure]} of it to "
            "exposure."
        )
    return tuple(note for note in notes if note)


def prediction_notes(design: "HazardDesign", *, link: str, penalised: bool) -> tuple[str, ...]:
    """Sentences on predictions.

    Parameters
    ----------
    design : HazardDesign
        The coding.
    link : str
        The link.
    penalised : bool
        Whether the penalty was used.

    Returns
    -------
    tuple of str
        One sentence each.
    """
    notes = []
    if not design.basis.told_apart:
        notes.append(
            "The cells do not tell durations apart: retention assumes a hazard that is the same "
            "at all durations, to any horizon."
        )
    elif link == "log":
        notes.append("Hazards are constant within a step.")
    if penalised:
        notes.append(
            "Ratios are those of the penalised fit; the baseline is fitted to them by maximum "
            "likelihood (FLIC), which the penalty would pull up."
        )
    return tuple(notes)


_SHARES: Final = {"half": "half", "full": "all", "none": "nothing"}


def _boundaries(
    design: "HazardDesign", rows: "HazardRows", destinations: "Destinations", link: "Link"
) -> list[str]:
    """Steps in which nobody, or everybody, left, for a destination or at all."""
    events = outcomes(rows, destinations)
    limits = np.array([boundary_steps(rows, y, link) for y in events.T])
    some = "for some destination " if len(limits) > 1 else ""
    notes = []
    for limit, who, what in (
        (-np.inf, "Nobody", "estimated as 0"),
        (np.inf, "Everybody", "estimated as infinite"),
    ):
        hit = np.any(limits == limit, axis=0)
        where = [name for name, flag in zip(design.names, hit, strict=True) if flag]
        if where:
            notes.append(
                f"{who} left {some}in {', '.join(where)}: the hazard there is {what}, and no "
                "ratio is moved by it."
            )
    return notes


def _looked_at(cells: "RiskCells") -> bool:
    """Whether exposure of an end rests on a convention."""
    return bool(cells.on_grid or cells.wide.any())


def _events(rows: "HazardRows", outcomes: tuple[str, ...]) -> str:
    """Events, parameters, and how many of one there are of the other."""
    q = rows.matrix.shape[1]
    if len(outcomes) == 1:
        told = _count(float(rows.counted.sum()), "event")
    else:
        told = ", ".join(
            f"{n:,.0f} left for {name}" for n, name in zip(rows.counted, outcomes, strict=True)
        )
    each = " for each destination" if len(outcomes) > 1 else ""
    least = " at the least" if len(outcomes) > 1 else ""
    ratio = events_per_parameter(rows, outcomes)
    return f"{told}, {_count(q, 'parameter')}{each}: {ratio:.1f} events per parameter{least}."


def _count(number: float, what: str) -> str:
    """A number with its noun."""
    return f"{number:,.0f} {what}{'' if number == 1 else 's'}"


def _errors(rows: "HazardRows", inference: "HazardErrors", errors: str, link: str) -> str:
    """What the standard errors rest on."""
    if errors == "robust":
        unit = "a cell" if link == "log" else "a person in a step"
        return f"Robust errors: the observation is {unit}, without a small-sample factor."
    if errors == "cluster":
        few = (
            f" With fewer than {_FEW_CLUSTERS} clusters such errors are too small."
            if inference.clusters < _FEW_CLUSTERS
            else ""
        )
        return (
            f"Errors clustered in {_count(inference.clusters, 'cluster')}, times G / (G - 1).{few}"
        )
    if errors == "overdispersed":
        small = (
            " A factor below 1 makes errors smaller than the model's."
            if inference.dispersion < 1
            else ""
        )
        sparse = float(np.mean(rows.events.sum(axis=1) < 1))
        thin = (
            f" {100 * sparse:.0f}% of the cells have no event, and Pearson's factor means little "
            "in such cells: collapse them."
            if sparse > 0.5
            else ""
        )
        return (
            f"Variances times {inference.dispersion:.3g}, Pearson's X2 over {inference.degrees:g} "
            f"degrees of freedom; t intervals.{small}{thin}"
        )
    return ""


def _most(rows: "HazardRows") -> str:
    """Say so where most parameters are steps, which a smooth baseline would save."""
    if 2 * rows.free_steps <= rows.matrix.shape[1] or rows.free_steps < _MANY_STEPS:
        return ""
    return f" ({rows.free_steps} of them steps of duration, where a spline has 4)"


def _penalty(
    rows: "HazardRows",
    outcomes: tuple[str, ...],
    link: str,
    errors: str,
    *,
    penalised: bool,
    infinite: tuple[str, ...],
) -> str:
    """Whether, why and how estimates were kept finite."""
    few = events_per_parameter(rows, outcomes) < FEW_EVENTS
    if not penalised:
        if few:
            return (
                f"Fewer than {FEW_EVENTS:g} events per parameter, and no penalty: estimates are "
                "biased away from 0 and intervals too short."
            )
        return ""
    reasons = []
    if infinite:
        reasons.append(f"without it the estimates of {', '.join(infinite)} are infinite")
    if few:
        reasons.append(f"there are fewer than {FEW_EVENTS:g} events per parameter{_most(rows)}")
    why = f", since {' and '.join(reasons)}" if reasons else ""
    limits = (
        "intervals by profile penalised likelihood, p by its ratio"
        if errors == "model"
        else "Wald intervals"
    )
    # Jeffreys' penalty removes first-order bias under canonical links alone. The log link is
    # that of Poisson counts at a fixed time at risk, and here that time is random.
    how = (
        "Bias-reduced estimates (Firth: Jeffreys' penalty)"
        if link == "logit"
        else "Penalised estimates (Jeffreys' penalty, finite)"
    )
    return f"{how}{why}; {limits}."
