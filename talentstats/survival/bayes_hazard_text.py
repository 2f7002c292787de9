"""What a reader of Bayesian hazards must know, in sentences."""

from typing import TYPE_CHECKING

import numpy as np

from talentstats.bayes.design import Design
from talentstats.results.wording import listed, percent
from talentstats.summaries.labels import label_text
from talentstats.survival.bayes_hazard_people import each_step
from talentstats.survival.bayes_hazard_quantities import laid_out
from talentstats.survival.hazard_population import EntryPopulation

if TYPE_CHECKING:
    from talentstats.summaries.cells import RiskCells
    from talentstats.survival.bayes_hazard_posterior import HazardPosterior
    from talentstats.survival.bayes_hazard_rows import StepRows

_SHOWN = 5


def data_notes(
    cells: "RiskCells",
    rows: "StepRows",
    *,
    outcomes: tuple[str, ...],
    design: Design,
    people: EntryPopulation,
    periods: tuple[str, ...],
) -> tuple[str, ...]:
    """Say what a reader must know of the data.

    Parameters
    ----------
    cells : RiskCells
        The data.
    rows : StepRows
        Their rows.
    outcomes : tuple of str
        Staying, and the destinations.
    design : Design
        The model's.
    people : EntryPopulation
        Over whom predictions are averaged.
    periods : tuple of str
        Calendar periods in the model.

    Returns
    -------
    tuple of str
        Sentences.
    """
    found = []
    never = [place for place, n in zip(outcomes[1:], rows.events, strict=True) if n == 0]
    if never:
        found.append(f"Nobody left for {listed(never)}: the prior says much of how few will.")
    if rows.wide is not None:
        found.append(
            f"{int(rows.wide.counts.sum()):,} ends are known only within several steps and enter "
            "exactly, without midpoints."
        )
    if periods:
        found.append(
            f"Retention and incidence hold the hazards of the last period ({periods[-1]}) "
            "throughout, unless another is named."
        )
    if cells.cluster is not None:
        found.append("People of one cluster are taken as independent, given the covariates.")
    found += _drawn_anew(rows, design, people, periods)
    if people.counted == "person-time":
        found.append(people.note)
    return tuple(found)


def sentence_of(fit: "HazardPosterior") -> str:
    """Return retention and incidence at the longest duration in words.

    Parameters
    ----------
    fit : HazardPosterior
        The fit.

    Returns
    -------
    str
        One sentence, and another where the sampler failed.
    """
    retained, ends = fit.curves()
    last = np.column_stack([retained[:, -1], ends[:, -1]])
    found = fit.summarise(laid_out(fit, ["population"], [last], time=fit.longest), level=0.95)
    numbers = found[["estimate", "conf_low", "conf_high"]].to_numpy().tolist()
    names = ("still there", *(f"left for {place}" for place in fit.destinations))
    if fit.together:
        names = ("still there", "gone")
    parts = [
        f"{percent(mid)} {name} ({percent(low)} to {percent(high)})"
        for name, (mid, low, high) in zip(names, numbers, strict=True)
    ]
    period = f" with the hazards of {fit.periods[-1]}" if fit.periods else ""
    text = (
        f"At {fit.longest:g} on the clock ({fit.cells.clock}){period}: {', '.join(parts)}; "
        f"posterior medians and 95% equal-tailed intervals, averaged over {fit.people.counted}."
    )
    failures = "; ".join(fit.checked.failures)
    return f"{text} Not to be trusted yet: {failures}." if failures else text


def _drawn_anew(
    rows: "StepRows", design: Design, people: EntryPopulation, periods: tuple[str, ...]
) -> list[str]:
    """Name the levels that predictions need and nobody in the data has."""
    every = each_step(
        people.columns,
        rows.start,
        kinds=people.size.size,
        period=periods[-1] if periods else None,
    )
    made = design.rows(every, length=every["duration"].size)
    found = []
    for t, term in enumerate(design.terms):
        levels = dict.fromkeys(
            ", ".join(label_text(part) for part in made.keys[i][t])
            for i in np.flatnonzero(made.new[:, t])
        )
        if levels:
            more = f" and {len(levels) - _SHOWN:,} more" if len(levels) > _SHOWN else ""
            found.append(
                f"Nobody in the data has {term.name} {'; '.join([*levels][:_SHOWN])}{more}: the "
                "effect is drawn anew from the term's spread."
            )
    return found
