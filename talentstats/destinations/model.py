"""Where people end up, by cells of covariates with partial pooling."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.bayes.design import make_design
from talentstats.bayes.graph import Problem
from talentstats.bayes.sampling import Listener, Sampling, check_sampling, sample
from talentstats.destinations.model_kinds import distinct_kinds, row_keys
from talentstats.destinations.model_notes import entered, notes_of
from talentstats.destinations.model_posterior import DestinationPosterior
from talentstats.destinations.model_prior import DestinationPrior, plain_prior
from talentstats.destinations.model_records import lost_prior, mistakes
from talentstats.errors import InputError
from talentstats.results.provenance import Provenance
from talentstats.results.wording import listed
from talentstats.stats.limits import Floats
from talentstats.summaries.counts import DestinationCounts
from talentstats.summaries.destination_cells import DestinationCells
from talentstats.summaries.labels import cell_labels, label_text
from talentstats.summaries.population import PopulationCells, population_weights

if TYPE_CHECKING:
    import pandas as pd

_FEWEST_CLUSTERS = 5


def destination_model(
    cells: DestinationCells | DestinationCounts,
    *,
    vary: Sequence[str] = (),
    fixed: Sequence[str] = (),
    prior: DestinationPrior | None = None,
    population: "PopulationCells | pd.DataFrame | str | os.PathLike[str] | None" = None,
    unknown: Mapping[str, tuple[float, float]] | Literal["like-the-others"] | None = None,
    misclassification: Mapping[str, Mapping[str, float]] | None = None,
    sampling: Sampling | None = None,
    listen: Listener | None = None,
) -> DestinationPosterior:
    """Shares of destinations by cell of covariates, pooled as far as the data ask for it.

    Assumptions: given the cell people end up independently; levels of a varying term are
    exchangeable before any data; those of unknown destination are like the others of their
    cell unless `unknown` says otherwise. With clusters, people of one cluster are alike
    beyond their cell (Dirichlet-multinomial).

    Parameters
    ----------
    cells : DestinationCells
        People by destination and cell; counts without covariates are refused with a hint.
    vary : sequence of str
        Varying (pooled) terms: "sector", or "sector:career_stage" for combinations.
    fixed : sequence of str
        Fixed effects: numbers, or levels against the first.
    prior : DestinationPrior or None
        None takes the defaults; `DestinationPrior` says what they imply.
    population : PopulationCells, DataFrame, path or None
        Whom margins, contrasts and the whole are averaged over; None takes the people of
        the sample. Its cells without data are predicted.
    unknown : Mapping of str to (float, float), "like-the-others" or None
        By destination, pseudo-counts of people who would be found and not be found; the
        data cannot check them. None is "like-the-others", which leaves people of unknown
        destination out of the likelihood. Worst and best case are part of the result
        either way.
    misclassification : Mapping of str to Mapping of str to float or None
        True destination to what it is recorded as: probabilities, or the counts of a
        validation.
    sampling : Sampling or None
        Draws, chains, seed; None takes 4 chains of 1000 draws after 1000 of warm-up.
    listen : callable or None
        Is told how far sampling is (`talentstats.bayes.sampling.speak` prints it).

    Returns
    -------
    DestinationPosterior
        Shares by cell, margin and population, contrasts, ranks.

    Raises
    ------
    InputError
        If there is nothing to vary or to compare, nobody is seen, a term has one level, the
        population misses a cell, there are fewer than five clusters, or `unknown` or
        `misclassification` do not fit the destinations.
    UnknownNameError
        If a covariate does not exist.
    SamplingInterrupted
        At Ctrl-C.

    References
    ----------
    Gelman and Hill (2007), Data Analysis Using Regression and Multilevel/Hierarchical
    Models, doi:10.1017/CBO9780511790942. Park, Gelman and Bafumi (2004), Political
    Analysis 12:375-385, doi:10.1093/pan/mph024 (poststratification).

    Examples
    --------
    Needs a sampler, and a minute the first time on a machine:

    >>> import pandas as pd
    >>> table = pd.DataFrame(
    ...     {"sector": ["industry", "academia"], "US": [41, 40], "CN": [4, 6], "other": [1, 2]}
    ... )
    >>> cells = DestinationCells.from_frame(table, destinations=["US", "CN", "other"])
    >>> fit = destination_model(cells, vary=["sector"])  # doctest: +SKIP
    >>> fit.tidy("margin")  # doctest: +SKIP
    """
    if isinstance(cells, DestinationCounts):
        raise InputError(
            "destination_model was given DestinationCounts, which have no covariates. Hint: "
            "destination_posterior(counts) answers exactly and at once."
        )
    if not isinstance(cells, DestinationCells):
        raise InputError(
            f"destination_model was given a {type(cells).__name__}; allowed are DestinationCells. "
            "Hint: DestinationCells.from_frame(table, destinations=[...])."
        )
    if not vary and not fixed:
        raise InputError(
            "neither vary= nor fixed= names a covariate, so nothing is pooled. Hint: "
            "destination_posterior(cells.total()) answers exactly and at once."
        )
    if cells.known == 0:
        raise InputError(
            "nobody of known destination is in the cells, so there is nothing to learn from."
        )
    stated = DestinationPrior() if prior is None else prior
    if not isinstance(stated, DestinationPrior):
        raise InputError(f"prior={prior!r} is not allowed; give DestinationPrior(...).")
    settings = check_sampling(sampling)
    pairs = None
    if unknown not in (None, "like-the-others"):
        pairs = lost_prior(unknown, cells.destinations)
    records = None
    if misclassification is not None:
        records = mistakes(misclassification, cells.destinations)
    covariates, counts, lost, weight = _rows(cells, population)
    design = make_design(
        covariates,
        vary=vary,
        fixed=fixed,
        people=counts.sum(axis=1) + (0.0 if pairs is None else lost),
        sum_to_zero=stated.sum_to_zero,
    )
    problem = Problem(
        design=design,
        rows=design.rows(covariates, length=len(counts)),
        labels=_labels(cells, covariates, len(counts)),
        outcomes=cells.destinations,
        contrasts=stated.contrasts(cells.destinations),
        link="softmax",
        counts=counts,
        prior=stated.arrays(cells.destinations, design),
        unknown=None if pairs is None else lost,
        lost=pairs,
        mistaken=None if records is None else records.matrix,
        mistaken_known=records is None or records.known,
        clustered=_clustered(cells),
    )
    source = "sample" if population is None else "population"
    kinds = distinct_kinds(covariates, weight=weight, counts=counts, unknown=lost)
    unknown_model = entered(problem, lost.sum())
    sampled = sample(problem, settings, listen=listen)
    return DestinationPosterior(
        problem=problem,
        sampled=sampled,
        sampling=settings,
        covariates=covariates,
        weight=weight,
        weight_source=source,
        notes=notes_of(problem, kinds, unknown_model, source),
        provenance=Provenance(
            function="destination_model",
            arguments={
                "vary": tuple(vary),
                "fixed": tuple(fixed),
                "prior": plain_prior(stated),
                "population": source,
                "unknown": _plain(unknown or "like-the-others"),
                "misclassification": _plain(misclassification),
                "sampling": asdict(settings),
            },
            method=f"multinomial with partial pooling, {sampled.sampler}",
            seed=settings.seed,
        ),
        cells=cells,
        destination_prior=stated,
        unknown_model=unknown_model,
    )


def _rows(
    cells: DestinationCells, population: Any
) -> tuple[dict[str, NDArray[Any]], Floats, Floats, Floats]:
    """Return covariates, counts, unknown and weights of the data's and population's rows."""
    data = {name: np.asarray(values) for name, values in cells.covariates.items()}
    people = cells.counts.sum(axis=1) + cells.unknown
    if population is None:
        return data, cells.counts, cells.unknown, people / people.sum()
    if not isinstance(population, PopulationCells):
        population = population_weights(cells, population)
    for name in data:
        checks.one_of(name, tuple(population.covariates), name="covariate of the population")
    # Clusters of one cell are several rows; the weight of the cell goes to the first.
    first = {key: i for i, key in reversed(list(enumerate(row_keys(data))))}
    kinds = row_keys({name: population.covariates[name] for name in data})
    missing = [key for key, i in first.items() if people[i] > 0 and key not in set(kinds)]
    if missing:
        texts = ["(" + ", ".join(map(label_text, key)) + ")" for key in missing[:5]]
        raise InputError(
            f"the population misses {len(missing)} cells with data: {listed(texts)}. Hint: give "
            "each a weight, 0 if nobody of that kind is in the population."
        )
    weight = np.zeros(len(cells))
    extra = []
    for i, key in enumerate(kinds):
        if key in first:
            weight[first[key]] += population.weight[i]
        else:
            extra.append(i)
    return (
        {name: np.concatenate([v, population.covariates[name][extra]]) for name, v in data.items()},
        np.vstack([cells.counts, np.zeros((len(extra), len(cells.destinations)))]),
        np.concatenate([cells.unknown, np.zeros(len(extra))]),
        np.concatenate([weight, population.weight[extra]]),
    )


def _labels(
    cells: DestinationCells, covariates: Mapping[str, NDArray[Any]], length: int
) -> tuple[str, ...]:
    """Return what the rows are called; clusters after a semicolon."""
    labels = [str(label) for label in cell_labels(list(covariates.values()), length).tolist()]
    if cells.cluster is not None:
        clusters = [str(name) for name in cells.cluster.tolist()]
        labels[: len(clusters)] = [
            f"{label}; {name}" for label, name in zip(labels, clusters, strict=False)
        ]
    return tuple(labels)


def _clustered(cells: DestinationCells) -> bool:
    """Whether people come in clusters, of which there are enough."""
    if cells.cluster is None:
        return False
    clusters = len(set(cells.cluster.tolist()))
    if clusters < _FEWEST_CLUSTERS:
        raise InputError(
            f"the cells keep {clusters} clusters apart; with fewer than {_FEWEST_CLUSTERS} nothing "
            "can be said of how they differ. Hint: make the cells without cluster=, or collapse."
        )
    return True


def _plain(given: Any) -> Any:
    """Return a mapping as plain values, anything else as it is."""
    return {k: _plain(v) for k, v in given.items()} if isinstance(given, Mapping) else given
