"""A fitted Bayesian model: labelled draws, and everything that numpy makes of them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talentstats import checks
from talentstats.bayes.datatree import load, save, to_datatree
from talentstats.bayes.design import Rows
from talentstats.bayes.diagnostics import Diagnostics, diagnose
from talentstats.bayes.draws import flat, linear, probabilities
from talentstats.bayes.graph import PriorArrays, Problem, build_model
from talentstats.bayes.likelihood import (
    cell_probabilities,
    row_log_likelihood,
    seen_counts,
    wide_log_likelihood,
)
from talentstats.bayes.loo import LooResult, leave_one_cell_out, leave_one_person_out
from talentstats.bayes.predictive import PredictiveCheck, predictive_check
from talentstats.bayes.prior_sensitivity import PriorSensitivity, prior_sensitivity
from talentstats.bayes.quantities import Quantities as Quantities
from talentstats.bayes.quantities import parameters, summarise
from talentstats.bayes.sampling import MAX_DEPTH, Listener, Sampled, Sampling
from talentstats.results.columns import glance_frame
from talentstats.results.provenance import Provenance
from talentstats.stats.limits import Floats, read_only
from talentstats.summaries.columns import frozen
from talentstats.summaries.labels import label_text
from talentstats.summaries.remake import remake

if TYPE_CHECKING:
    import pandas as pd
    import pymc as pm
    import xarray as xr


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PosteriorFit:
    """Posterior of a model on cells; made by `destination_model` and `bayes_hazard_model`.

    Parameters
    ----------
    problem : Problem
        Arrays and labels: design, counts, prior.
    sampled : Sampled
        Draws of the free variables.
    sampling : Sampling
        How they were drawn.
    covariates : Mapping of str to (m,) ndarray
        What distinguishes the rows.
    weight : (m,) ndarray
        Share of each row in the population; sums to 1.
    weight_source : str
        "sample" or "population".
    notes : tuple of str
        What a reader must know, diagnostics that failed among it.
    provenance : Provenance
        What made this result.
    diagnostics : Diagnostics or None
        What the sampler says about its draws; None works it out.
    """

    problem: Problem
    sampled: Sampled
    sampling: Sampling
    covariates: Mapping[str, NDArray[Any]]
    weight: Floats
    weight_source: str
    notes: tuple[str, ...]
    provenance: Provenance
    diagnostics: Diagnostics | None = None

    def __post_init__(self) -> None:
        frozen_columns = {name: frozen(values) for name, values in self.covariates.items()}
        object.__setattr__(self, "covariates", MappingProxyType(frozen_columns))
        object.__setattr__(self, "weight", read_only(self.weight))
        found = self.diagnostics or diagnose(
            draws=dict(self.sampled.draws),
            divergent=self.sampled.divergent,
            energy=self.sampled.energy,
            depth=self.sampled.depth,
            max_depth=MAX_DEPTH,
        )
        object.__setattr__(self, "diagnostics", found)
        # A fit that failed must say so wherever it goes.
        fresh = tuple(text for text in found.failures if text not in self.notes)
        object.__setattr__(self, "notes", (*self.notes, *fresh))

    def __reduce__(self) -> tuple[Any, ...]:
        return remake(self)

    @property
    def checked(self) -> Diagnostics:
        """What the sampler says about its draws."""
        if self.diagnostics is None:
            raise AttributeError("diagnostics")
        return self.diagnostics

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes."""
        return self.problem.outcomes

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the rows."""
        return self.problem.labels

    @property
    def shape(self) -> tuple[int, int]:
        """Chains and draws."""
        chains, draws = self.sampled.divergent.shape
        return chains, draws

    @property
    def model(self) -> "pm.Model":
        """The model as a plain `pymc.Model`, to be read, extended or sampled alone."""
        return build_model(self.problem)

    @property
    def prob(self) -> Floats:
        """Draws of the probability of each outcome in each row, (s, m, k)."""
        return cell_probabilities(self.problem, self.sampled)

    def at(self, covariates: Mapping[str, ArrayLike]) -> tuple[Floats, NDArray[np.bool_]]:
        """Return probabilities of the outcomes for other rows, levels not fitted included.

        Parameters
        ----------
        covariates : Mapping of str to (r,) array_like
            All covariates of the design.

        Returns
        -------
        prob : (s, r, k) ndarray
            Draws. The effect of a level that was not fitted is drawn in each draw, the same
            in every call: normal with variance sd^2 (1 + 1 / levels), which is what
            exchangeable levels say about one more.
        new : (r,) ndarray of bool
            Whether a row has such a level.
        """
        columns = {name: np.atleast_1d(np.asarray(v)) for name, v in covariates.items()}
        length = max((v.size for v in columns.values()), default=1)
        columns = {name: np.broadcast_to(v, (length,)) for name, v in columns.items()}
        for name in self.problem.design.variables:
            checks.one_of(name, tuple(columns), name="covariate")
        rows = self.problem.design.rows(columns, length=length)
        predictor = linear(
            self.sampled.draws,
            fixed=rows.fixed,
            varying=rows.varying,
            term_of=self.problem.design.term_of,
        )
        if rows.new.any():
            predictor = predictor + self._new_effects(rows)
        prob = probabilities(predictor, contrasts=self.problem.contrasts, link=self.problem.link)
        return prob, np.asarray(rows.new.any(axis=1))

    def _new_effects(self, rows: Rows) -> Floats:
        """Draw the effects of levels that were not fitted, (s, r, d)."""
        sd = flat(self.sampled.draws["sd"])
        effects = np.zeros((sd.shape[0], len(rows.keys), self.problem.contrasts.shape[1]))
        for t, term in enumerate(self.problem.design.terms):
            known = len(term.levels)
            spread = sd[:, t] * np.sqrt(1.0 if term.kind == "free" else 1.0 + 1.0 / known)
            new = sorted({rows.keys[i][t] for i in np.flatnonzero(rows.new[:, t])}, key=str)
            for level in new:
                # By its name, so that a level has one effect in every call, and its own.
                name = f"{term.name}={', '.join(label_text(part) for part in level)}"
                rng = np.random.default_rng([self.sampling.seed, crc32(name.encode())])
                drawn = spread * rng.standard_normal((sd.shape[0], effects.shape[2]))
                own = [i for i, key in enumerate(rows.keys) if key[t] == level]
                effects[:, own, :] += drawn[:, None, :]
        return effects

    def parameters(self) -> Quantities:
        """Return the parameters by outcome: intercepts, fixed and varying effects, spreads.

        Returns
        -------
        Quantities
            Effects on the logit scale; with zero-sum coding one for each outcome, with a
            reference one for each outcome but the reference.
        """
        return parameters(self.problem, self.sampled.draws)

    def quantities(self, what: str) -> Quantities:
        """Return draws of what `tidy` summarises.

        Parameters
        ----------
        what : str
            "parameter" or "cell"; further ones by model.

        Returns
        -------
        Quantities
            Draws by name.

        Raises
        ------
        UnknownNameError
            If there is nothing of that name.
        """
        if checks.one_of(what, ("cell", "parameter"), name="what") == "parameter":
            return self.parameters()
        prob = self.prob
        return Quantities(
            columns={
                "group": np.repeat(np.array(self.labels, dtype=object), len(self.outcomes)),
                "outcome": np.tile(np.array(self.outcomes, dtype=object), len(self.labels)),
                "term": ["probability"] * (prob.shape[1] * prob.shape[2]),
            },
            values=prob.reshape(prob.shape[0], -1),
            null=np.full(prob.shape[1] * prob.shape[2], np.nan),
        )

    def summarise(self, found: Quantities, *, level: float) -> "pd.DataFrame":
        """Return median, equal-tailed interval, direction and diagnostics of quantities.

        Parameters
        ----------
        found : Quantities
            Draws by name.
        level : float
            Level of the intervals.

        Returns
        -------
        pandas.DataFrame
            One row a quantity.
        """
        return summarise(found, shape=self.shape, level=level)

    def tidy(self, what: str = "cell", *, level: float = 0.95) -> "pd.DataFrame":
        """Return one row a quantity.

        Parameters
        ----------
        what : str
            As `quantities`.
        level : float
            Level of the equal-tailed intervals.

        Returns
        -------
        pandas.DataFrame
            `estimate` is the posterior median, `std_error` the posterior standard
            deviation, `p_direction` the probability of the more probable sign.
        """
        return self.summarise(self.quantities(what), level=level)

    def loo(self, unit: str = "person") -> LooResult:
        """Return leave-one-out predictive accuracy, of a person or of a cell.

        Parameters
        ----------
        unit : {"person", "cell"}
            What is left out.

        Returns
        -------
        LooResult
            With its error and what cannot be trusted. Wide intervals are not in it.

        Raises
        ------
        UnknownNameError
            If the unit is another.
        """
        from talentstats.bayes.draws import recorded

        prob = self.prob
        if checks.one_of(unit, ("person", "cell"), name="unit") == "person":
            seen = recorded(self.sampled.draws, self.problem, prob)
            places = (*self.outcomes, "unknown")[: seen.shape[2]]
            with np.errstate(divide="ignore"):
                logs = np.log(seen)
            return leave_one_person_out(
                log_prob=logs,
                counts=seen_counts(self.problem),
                chains=self.shape[0],
                labels=self.labels,
                outcomes=places,
            )
        return leave_one_cell_out(
            log_lik=row_log_likelihood(self.problem, self.sampled, prob),
            people=seen_counts(self.problem).sum(axis=1),
            chains=self.shape[0],
            labels=self.labels,
        )

    def predictive_check(self, *, level: float = 0.95) -> PredictiveCheck:
        """Return observed counts beside counts replicated from the posterior.

        Parameters
        ----------
        level : float
            Level of the replicated intervals.

        Returns
        -------
        PredictiveCheck
            By cell and outcome as recorded.
        """
        from talentstats.bayes.draws import recorded

        seen = recorded(self.sampled.draws, self.problem, self.prob)
        size = self.sampled.draws.get("concentration")
        return predictive_check(
            prob=seen,
            counts=seen_counts(self.problem),
            seed=self.sampling.seed,
            labels=self.labels,
            outcomes=(*self.outcomes, "unknown")[: seen.shape[2]],
            dirichlet_concentration=None if size is None else flat(size),
            level=level,
        )

    def log_likelihood(self) -> Floats:
        """Return the log likelihood of all data at each draw.

        Returns
        -------
        (s,) ndarray
            Wide intervals included.
        """
        prob = self.prob
        rows = row_log_likelihood(self.problem, self.sampled, prob).sum(axis=1)
        return np.asarray(rows + wide_log_likelihood(self.problem, prob).sum(axis=1))

    def prior_sensitivity(
        self,
        alternatives: Mapping[str, PriorArrays] | None = None,
        what: str = "population",
        *,
        listen: Listener | None = None,
    ) -> PriorSensitivity:
        """Return the same quantities under other priors, by refits that compile nothing.

        Parameters
        ----------
        alternatives : Mapping of str to PriorArrays or None
            Priors by name; None takes narrower and wider ones.
        what : str
            As `quantities`.
        listen : callable or None
            Is told how far sampling is.

        Returns
        -------
        PriorSensitivity
            With power scaling of this fit.
        """
        return prior_sensitivity(self, alternatives, what, listen=listen)

    def to_datatree(self) -> "xr.DataTree":
        """Return the fit as labelled groups that ArviZ reads.

        Returns
        -------
        xarray.DataTree
            `posterior`, `sample_stats`, `log_prior`, `log_likelihood`, `observed_data` and
            `constant_data`.
        """
        return to_datatree(self)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the fit to a zarr folder, whole or not at all.

        Parameters
        ----------
        path : path-like
            The folder; an earlier saved fit is replaced, anything else refused.

        Returns
        -------
        Path
            The folder, which xarray and ArviZ open too.
        """
        return save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Return a fit that was saved, with the same draws bit for bit.

        Parameters
        ----------
        path : path-like
            The folder that `save` wrote.

        Returns
        -------
        PosteriorFit
            Of this class.

        Raises
        ------
        InputError
            If there is no saved fit, or one of another class or version.
        """
        return load(path, cls)

    def glance(self) -> "pd.DataFrame":
        """Return one row: people, draws, diagnostics, predictive accuracy.

        Returns
        -------
        pandas.DataFrame
            One row; `elpd` is leave-one-person-out, `share_k_high` the share of people
            whose Pareto k is too high for it to be trusted.
        """
        people = seen_counts(self.problem).sum(axis=1)
        loo = self.loo("person")
        found = self.checked
        wide = 0.0 if self.problem.wide is None else float(self.problem.wide.counts.sum())
        return glance_frame(
            {
                "people": float(people.sum()) + wide,
                "cells": len(self.labels),
                "empty_cells": int((people == 0).sum()),
                "outcomes": len(self.outcomes),
                "chains": self.shape[0],
                "draws": self.shape[1],
                "divergences": found.divergences,
                "max_rhat": found.max_rhat,
                "min_ess": found.min_ess,
                "e_bfmi": float(found.e_bfmi.min()),
                "elpd": loo.elpd,
                "elpd_std_error": loo.std_error,
                "share_k_high": loo.share_of_people_untrusted,
                "converged": not found.failures,
                "sampler": self.sampled.sampler,
                "seed": self.sampling.seed,
            }
        )
