"""What a reader of a model of destinations must know of its data."""

import numpy as np

from talentstats.bayes.graph import Problem
from talentstats.destinations.model_kinds import Kinds, without_people
from talentstats.results.wording import listed, percent_range
from talentstats.stats.limits import Floats

UNIDENTIFIED = (
    "The data cannot say where people of unknown destination are; what the model says of them is "
    "its assumption. Worst and best case bound every such assumption."
)
_SHOWN = 5


def notes_of(
    problem: Problem, kinds: Kinds, unknown_model: str, weight_source: str
) -> tuple[str, ...]:
    """Say which destinations and levels nobody has, who is averaged over, and bounds.

    Parameters
    ----------
    problem : Problem
        Design and counts.
    kinds : Kinds
        Distinct cells.
    unknown_model : str
        How people of unknown destination entered.
    weight_source : str
        "sample" or "population".

    Returns
    -------
    tuple of str
        One sentence or more each.
    """
    found = []
    seen = problem.counts.sum(axis=0) > 0
    never = [place for place, some in zip(problem.outcomes, seen, strict=True) if not some]
    if never:
        found.append(
            f"Nobody was seen in {listed(never)}: the share shown is what the prior leaves."
        )
    people = used_people(problem, kinds)
    for name, (unseen, _) in without_people(kinds, problem.design, people).items():
        more = f" and {len(unseen) - _SHOWN} more" if len(unseen) > _SHOWN else ""
        found.append(
            f"No data for {name} {listed(unseen[:_SHOWN])}{more}: predicted from the other levels."
        )
    if weight_source == "sample":
        found.append("Margins and the whole are averaged over the people of the sample.")
    bounds = with_bounds(kinds, problem.outcomes, unknown_model, weight_source)
    return (*found, bounds) if bounds else tuple(found)


def entered(problem: Problem, unknown: float) -> str:
    """Say how people of unknown destination entered.

    Parameters
    ----------
    problem : Problem
        The model.
    unknown : float
        How many there are.

    Returns
    -------
    str
        Empty where there is nobody.
    """
    if unknown == 0:
        return ""
    if problem.lost is None:
        return "left out: taken to be like the others of their cell"
    chances = ", ".join(
        f"{place} {found:g} of {lost + found:g}"
        for place, (lost, found) in zip(problem.outcomes, problem.lost.tolist(), strict=True)
    )
    return f"in the model, with prior chances of being found worth {chances}"


def with_bounds(
    kinds: Kinds, outcomes: tuple[str, ...], unknown_model: str, weight_source: str
) -> str:
    """Say how many are of unknown destination, how they entered, and worst and best case.

    Parameters
    ----------
    kinds : Kinds
        Distinct cells.
    outcomes : tuple of str
        The k destinations.
    unknown_model : str
        How people of unknown destination entered.
    weight_source : str
        "sample" or "population".

    Returns
    -------
    str
        Empty where the destination of all is known.
    """
    unknown = int(kinds.unknown.sum())
    if unknown == 0:
        return ""
    low, high = kinds.bounds(np.ones((1, len(kinds)), dtype=bool))
    bounds = ", ".join(
        f"{place} {percent_range(a, b)}"
        for place, a, b in zip(outcomes, low[0], high[0], strict=True)
    )
    return (
        f"{unknown:,} people are of unknown destination ({unknown_model}). Worst and best case in "
        f"the {weight_source}: {bounds}. {UNIDENTIFIED}"
    )


def used_people(problem: Problem, kinds: Kinds) -> Floats:
    """Return the people of each kind that the likelihood sees.

    Parameters
    ----------
    problem : Problem
        Whether the unknown are in the model.
    kinds : Kinds
        Distinct cells.

    Returns
    -------
    (c,) ndarray
        Those of known destination, and all where the unknown are in the model.
    """
    return kinds.counts.sum(axis=1) if problem.unknown is None else kinds.people
