"""Estimates that would be infinite, and inference where the likelihood is penalised."""

from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from talentstats.stats.profile_limits import profile_limits
from talentstats.stats.separation import (
    binomial_separation,
    multinomial_separation,
    poisson_separation,
)
from talentstats.survival.hazard_fit import boundary_steps, fit_kernel, outcomes, with_stayers

if TYPE_CHECKING:
    from talentstats.survival.hazard_design import HazardDesign, HazardRows, Link
    from talentstats.survival.hazard_result import HazardModel
    from talentstats.survival.hazard_steps import Destinations

Floats = NDArray[np.float64]
Penalty = Literal["auto", "none", "firth"]
# Of Peduzzi and others (1995): with fewer, maximum likelihood misleads.
FEW_EVENTS: Final = 10.0


def infinite_terms(
    design: "HazardDesign",
    rows: "HazardRows",
    names: tuple[str, ...],
    *,
    link: "Link",
    destinations: "Destinations",
) -> tuple[str, ...]:
    """Terms whose estimates are infinite without a penalty.

    Ends known only within several steps are taken as if they could not be told from an
    end in each of these: what is infinite even so, is.

    Parameters
    ----------
    design : HazardDesign
        The coding.
    rows : HazardRows
        The rows.
    names : tuple of str
        Names of the destinations.
    link : {"cloglog", "logit", "log"}
        The link.
    destinations : {"any", "cause-specific", "multinomial"}
        How destinations compete.

    Returns
    -------
    tuple of str
        Names of terms, with the destination where there are several.
    """
    x, trials = rows.matrix, rows.trials(link)
    events = outcomes(rows, destinations)
    if destinations == "multinomial":
        found = multinomial_separation(design=x, counts=with_stayers(events, trials))
        infinite = found.infinite
    else:
        parts = []
        for y in events.T:
            n = trials
            if rows.wide is not None:
                x = np.vstack([rows.matrix, rows.wide.matrix])
                y = np.append(y, rows.wide.events[rows.wide.end])
                n = np.append(trials, rows.wide.events[rows.wide.end])
            one = (
                poisson_separation(design=x, events=y, exposure=n)
                if link == "log"
                else binomial_separation(design=x, events=y, trials=n)
            )
            parts.append(one.infinite)
        infinite = np.concatenate(parts)
    own = [
        f"{part} {name}" if part else name
        for part, name in zip(design.components, design.names, strict=True)
    ]
    if destinations != "multinomial":
        # A free step in which nobody or everybody left says nothing of the other estimates.
        ends = np.concatenate([boundary_steps(rows, y, link) for y in events.T])
        infinite = infinite & np.isnan(ends)
    several = len(names) > 1
    every = [f"{term} ({name})" if several else term for name in names for term in own]
    return tuple(term for term, flag in zip(every, infinite, strict=True) if flag)


def profile_tests_and_limits(
    model: "HazardModel", level: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """Inference on the ratios from the profile of the penalised likelihood.

    Parameters
    ----------
    model : HazardModel
        A penalised fit.
    level : float
        Level of the limits.

    Returns
    -------
    tuple of ndarray
        Signed root of the likelihood ratio, p-value, lower and upper limits; all (r,),
        NaN for the columns of duration.
    """
    events = outcomes(model.rows, model.destinations)
    trials = model.rows.trials(model.link)
    joint = model.destinations == "multinomial"
    parts = [events] if joint else [events[:, [j]] for j in range(events.shape[1])]
    size = model.coefficients.size // len(parts)
    shown = np.array([part == "" for part in model.design.components] * len(model.outcomes))
    found = []
    for i, part in enumerate(parts):
        which = np.flatnonzero(shown[:size]).tolist()
        if not which:
            found.append(np.full((4, size), np.nan))
            continue
        own = slice(i * size, (i + 1) * size)
        beta = model.coefficients[own]

        def refit(
            fixed: NDArray[np.bool_] | None, start: Floats, part: Floats = part
        ) -> tuple[float, Floats]:
            again = fit_kernel(
                model.rows.matrix,
                part,
                trials,
                link=model.link,
                joint=joint,
                penalised=True,
                fixed=fixed,
                start=start,
            )
            return again.penalised_log_likelihood, again.coefficients

        limits = profile_limits(
            refit,
            coefficients=beta,
            covariance=model.covariance[own, own],
            maximum=refit(None, beta)[0],
            level=level,
            which=which,
        )
        root = np.sign(beta[which]) * np.sqrt(limits.statistic)
        values = np.full((4, size), np.nan)
        values[:, which] = root, limits.p_value, limits.lower, limits.upper
        found.append(values)
    root, p, low, high = np.concatenate(found, axis=1)
    return root, p, low, high
