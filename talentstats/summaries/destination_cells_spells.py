"""Where people are at a horizon, by what their spells say, as the fields of destination cells."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.errors import InputError
from talentstats.summaries.columns import coded, grouped
from talentstats.summaries.spells import Spells

_CENSORED: Final = "last seen before the horizon"
_STRADDLES: Final = "left between looks on either side of the horizon"
_NOISE: Final = 1e-9


def destination_cells_of_spells(
    spells: Spells,
    *,
    horizon: float,
    host: str,
    covariates: tuple[str, ...] | None,
    cluster: bool,
) -> dict[str, Any]:
    """Return the fields of the cells of spells.

    Parameters
    ----------
    spells : Spells
        The stays.
    horizon : float
        Years since each person's entry.
    host : str
        What to call the host.
    covariates : tuple of str or None
        Covariates to keep apart.
    cluster : bool
        Whether clusters are kept apart.

    Returns
    -------
    dict
        The fields of `DestinationCells`.

    Raises
    ------
    InputError
        If the spells are weighted, nobody's place is known, `host` is a destination, or
        there are no clusters.
    """
    if not isinstance(spells, Spells):
        raise InputError(
            f"a {type(spells).__name__} was given; allowed are Spells. Hint: tables of people by "
            "destination go to DestinationCells.from_frame."
        )
    time = checks.finite_number(horizon, name="horizon", above=0)
    names = tuple(spells.covariates) if covariates is None else dict.fromkeys(covariates)
    kept = [checks.one_of(name, spells.covariates, name="covariate") for name in names]
    _check(spells, host, cluster)
    first, people = _stays(spells)
    place, censored = _places(spells, spells.entry[first] + time)
    here = people > 0
    first, place, censored, people = first[here], place[here], censored[here], people[here]
    keys = [spells.covariates[name][first] for name in kept]
    if cluster and spells.cluster is not None:
        keys.append(spells.cluster[first])
    group, one = grouped(keys, people.size)
    k = len(spells.destinations) + 1
    sums = np.bincount(
        group * (k + 1) + place, weights=people, minlength=one.size * (k + 1)
    ).reshape(one.size, k + 1)
    unknown = place == k
    reasons = {
        _CENSORED: int(people[unknown & censored].sum()),
        _STRADDLES: int(people[unknown & ~censored].sum()),
    }
    if not sums[:, :k].any():
        found = "; ".join(f"{why}: {n:,}" for why, n in reasons.items() if n)
        raise InputError(
            f"it is known of nobody where they are {time:g} after entry ({found}). Hint: give an "
            "earlier horizon, or ask for hazards, which use every year of follow-up."
        )
    return {
        "covariates": {name: key[one] for name, key in zip(kept, keys, strict=False)},
        "counts": sums[:, :k],
        "destinations": (host, *spells.destinations),
        "unknown": sums[:, k],
        "cluster": keys[-1][one] if cluster else None,
        "accounts": (spells.account, spells.account.whole("destination cells")),
        "unknown_reasons": reasons,
    }


def _check(spells: Spells, host: str, cluster: bool) -> None:
    """Refuse what cannot be counted as people in the host and at destinations."""
    if (spells.weight != 1).any():
        raise InputError(
            "the spells are weighted, and cells count people. Hint: count people as they are, and "
            "give the population's shares to population_weights."
        )
    if not spells.destinations:
        raise InputError(
            "nobody leaves in these spells, so that there are no destinations. Hint: a stay rate "
            "of everybody goes to RetentionCounts."
        )
    name = str(host).strip()
    if not name:
        raise InputError("host is an empty name. Hint: give the country, such as host='US'.")
    if name.casefold() in {place.casefold() for place in spells.destinations}:
        raise InputError(
            f"host={host!r} is one of the destinations ({', '.join(spells.destinations)}). Hint: "
            "give the place that counts as staying another name, or read the spells with host=."
        )
    if cluster and spells.cluster is None:
        raise InputError("cluster=True, but the spells have no clusters. Hint: name the column.")


def _stays(spells: Spells) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Row at which the stay of each row begins, and the people last heard of in each row."""
    continues = spells.continues
    begin = np.arange(len(spells))
    people = spells.count.astype(np.float64)
    if spells.cluster is None or not continues.any():
        return begin, people
    _, person = coded(spells.cluster)
    order = np.lexsort((spells.entry, person))
    further = continues[order]
    begin[order] = order[~further][np.cumsum(~further) - 1]
    # Fewer may continue a row than are in it: the others were last seen in it.
    before, after = order[:-1][further[1:]], order[1:][further[1:]]
    people[before] -= spells.count[after]
    return begin, people


def _places(
    spells: Spells, when: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Place at a time, 0 the host and k + 1 unknown, and whether the stay had not ended."""
    noise = _NOISE * np.maximum(1.0, np.abs(when))
    gone = spells.upper <= when + noise
    here = ~gone & (spells.lower >= when - noise)
    unknown = len(spells.destinations) + 1
    place = np.where(gone, spells.destination + 1, np.where(here, 0, unknown))
    return place.astype(np.int64), ~spells.ended
