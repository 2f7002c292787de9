"""One graph for all models: cells in, logits by matrices, every number a `pm.Data`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from talentstats.bayes.design import Design, Rows
from talentstats.stats.limits import Floats, read_only
from talentstats.summaries.columns import frozen

if TYPE_CHECKING:
    import pymc as pm

type Link = Literal["softmax", "cloglog"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WideEnds:
    """Ends known only to lie within several steps.

    Parameters
    ----------
    row : (w, s) ndarray of int
        Rows of the design that each interval spans, in order; any row after its last.
    within : (w, s) ndarray of float
        1 where the step belongs to the interval, 0 after its last.
    counts : (w, k) ndarray of float
        People who ended within, by outcome; the first, staying, is 0.
    """

    row: NDArray[np.int64]
    within: Floats
    counts: Floats

    def __post_init__(self) -> None:
        for name in ("row", "within", "counts"):
            object.__setattr__(self, name, frozen(getattr(self, name)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PriorArrays:
    """Numbers of the prior on the linear scale.

    Parameters
    ----------
    b0_mean, b0_sd : (d,) ndarray
        Normal prior of the intercepts, d contrasts of the outcomes.
    beta_mean, beta_sd : (f, d) ndarray
        Normal prior of the fixed effects.
    sd_scale : (t, 1) or (t, d) ndarray
        Scales of the half-normal priors of the terms' standard deviations: one for all
        contrasts, or one each.
    """

    b0_mean: Floats
    b0_sd: Floats
    beta_mean: Floats
    beta_sd: Floats
    sd_scale: Floats

    def __post_init__(self) -> None:
        for name in ("b0_mean", "b0_sd", "beta_mean", "beta_sd", "sd_scale"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """All that a fit needs, as arrays with labels.

    Parameters
    ----------
    design : Design
        Meaning of the columns.
    rows : Rows
        The design of the m rows.
    labels : tuple of str
        Names of the m rows.
    outcomes : tuple of str
        Names of the k outcomes.
    contrasts : (k, d) ndarray
        Logits are `linear @ contrasts.T`; d = k - 1.
    link : {"softmax", "cloglog"}
        Softmax of the logits, or staying with probability exp(-sum of exp(logits of the
        others)).
    counts : (m, k) ndarray
        People by outcome as seen.
    prior : PriorArrays
        The prior.
    unknown : (m,) ndarray or None
        People whose outcome is not known.
    lost : (k, 2) ndarray or None
        Beta parameters of the probability that an outcome stays unknown.
    mistaken : (k, k) ndarray or None
        Row i: how outcome i is recorded; probabilities, or Dirichlet parameters.
    mistaken_known : bool
        Whether `mistaken` holds probabilities.
    clustered : bool
        Whether rows are clusters that differ beyond the multinomial.
    concentration : tuple of float
        Shape and rate of the gamma prior of the Dirichlet-multinomial's concentration.
    wide : WideEnds or None
        Ends known only to lie within several steps.
    """

    design: Design
    rows: Rows
    labels: tuple[str, ...]
    outcomes: tuple[str, ...]
    contrasts: Floats
    link: Link
    counts: Floats
    prior: PriorArrays
    unknown: Floats | None = None
    lost: Floats | None = None
    mistaken: Floats | None = None
    mistaken_known: bool = True
    clustered: bool = False
    concentration: tuple[float, float] = (2.0, 0.1)
    wide: WideEnds | None = None

    def __post_init__(self) -> None:
        for name in ("contrasts", "counts", "unknown", "lost", "mistaken"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, read_only(value))

    @property
    def structure(self) -> "Structure":
        """What decides the compiled graph."""
        return Structure(
            rows=len(self.labels),
            outcomes=len(self.outcomes),
            fixed=len(self.design.fixed),
            varying=self.rows.varying.shape[1],
            terms=len(self.design.terms),
            spreads=self.prior.sd_scale.shape[1],
            link=self.link,
            unknown=self.unknown is not None,
            mistaken=(
                "none" if self.mistaken is None else "known" if self.mistaken_known else "validated"
            ),
            clustered=self.clustered,
            wide=(0, 0) if self.wide is None else self.wide.row.shape,
        )

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """The numbers of the graph by the name of their `pm.Data`."""
        found: dict[str, NDArray[Any]] = {
            "contrasts": self.contrasts,
            "counts": self.counts,
            # Nothing here: where whoever extends the model puts a term of their own.
            "offset": np.zeros((len(self.labels), self.contrasts.shape[1])),
            "b0_mean": self.prior.b0_mean,
            "b0_sd": self.prior.b0_sd,
        }
        if self.design.fixed:
            found |= {
                "X": self.rows.fixed,
                "beta_mean": self.prior.beta_mean,
                "beta_sd": self.prior.beta_sd,
            }
        if self.design.terms:
            found |= {
                "Z": self.rows.varying,
                "term_of": self.design.term_of,
                "sd_scale": self.prior.sd_scale,
            }
        if self.unknown is not None and self.lost is not None:
            found |= {"unknown": self.unknown, "lost_prior": self.lost}
        if self.mistaken is not None:
            found["mistaken_given"] = self.mistaken
        if self.clustered:
            found["concentration_prior"] = np.array(self.concentration)
        if self.wide is not None:
            found |= {
                "wide_row": self.wide.row,
                "wide_within": self.wide.within,
                "wide_counts": self.wide.counts,
            }
        return {name: np.ascontiguousarray(value) for name, value in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """What decides the compiled graph: which parts there are, and their shapes.

    Parameters
    ----------
    rows, outcomes, fixed, varying, terms, spreads : int
        Lengths.
    link : {"softmax", "cloglog"}
        The link.
    unknown, clustered : bool
        Parts.
    mistaken : {"none", "known", "validated"}
        Misclassification.
    wide : tuple of int
        Intervals and the most steps that one spans.
    """

    rows: int
    outcomes: int
    fixed: int
    varying: int
    terms: int
    spreads: int
    link: Link
    unknown: bool
    mistaken: str
    clustered: bool
    wide: tuple[int, ...]

    def placeholder(self) -> dict[str, NDArray[Any]]:
        """Return arrays of the right shapes, to compile on."""
        m, k, d = self.rows, self.outcomes, self.outcomes - 1
        return {
            "contrasts": np.eye(k)[:, :d],
            "counts": np.ones((m, k)),
            "offset": np.zeros((m, d)),
            "b0_mean": np.zeros(d),
            "b0_sd": np.ones(d),
            "X": np.zeros((m, self.fixed)),
            "beta_mean": np.zeros((self.fixed, d)),
            "beta_sd": np.ones((self.fixed, d)),
            "Z": np.zeros((m, self.varying)),
            "term_of": np.zeros(self.varying, dtype=np.int64),
            "sd_scale": np.ones((self.terms, self.spreads)),
            "unknown": np.ones(m),
            "lost_prior": np.ones((k, 2)),
            "mistaken_given": np.eye(k) * 0.9 + 0.1 / k,
            "concentration_prior": np.ones(2),
            "wide_row": np.zeros(self.wide, dtype=np.int64),
            "wide_within": np.ones(self.wide),
            "wide_counts": np.zeros((self.wide[0], k)),
        }


def build_model(problem: Problem) -> "pm.Model":
    """Return the model of a problem: a plain `pymc.Model` with named dimensions.

    Parameters
    ----------
    problem : Problem
        Arrays and labels.

    Returns
    -------
    pymc.Model
        Free variables `b0`, `beta`, `sd`, `z`, and `lost`, `concentration`, `right` and
        `wrong` (of which `mistaken` is made) where they apply; probabilities are left to
        numpy. The data `offset`, (cell, contrast), is 0 and is added to the linear
        predictors: `pm.do` puts another term there.
    """
    design = problem.design
    coords = {
        "cell": problem.labels,
        "outcome": problem.outcomes,
        "outcome_recorded": problem.outcomes,
        "contrast": contrast_names(problem),
        "effect": tuple(column.name for column in design.fixed),
        "term": tuple(term.name for term in design.terms),
        "basis": tuple(range(problem.rows.varying.shape[1])),
    }
    return graph(problem.structure, problem.arrays, coords=coords)


def contrast_names(problem: Problem) -> tuple[str, ...]:
    """Return what the contrasts of the outcomes are called.

    Parameters
    ----------
    problem : Problem
        The problem.

    Returns
    -------
    tuple of str
        The outcomes but the reference, where each is a log odds against it; else numbers.
    """
    k = len(problem.outcomes)
    others = [j for j in range(k) if np.any(problem.contrasts[j] != 0)]
    if len(others) == k - 1 and np.array_equal(problem.contrasts[others], np.eye(k - 1)):
        return tuple(problem.outcomes[j] for j in others)
    return tuple(str(j + 1) for j in range(k - 1))


def graph(
    structure: Structure,
    arrays: dict[str, NDArray[Any]],
    *,
    coords: dict[str, tuple[Any, ...]],
) -> "pm.Model":
    """Return the model of a structure on arrays.

    Parameters
    ----------
    structure : Structure
        Which parts there are.
    arrays : dict of str to ndarray
        As `Problem.arrays`.
    coords : dict of str to tuple
        Labels of the dimensions.

    Returns
    -------
    pymc.Model
        The model.
    """
    import pymc as pm
    import pytensor.tensor as pt

    def data(name: str, *dims: str) -> Any:
        return pm.Data(name, arrays[name], dims=dims or None)

    with pm.Model(coords=coords) as model:
        contrasts = data("contrasts", "outcome", "contrast")
        counts = data("counts", "cell", "outcome")
        linear = pm.Normal("b0", data("b0_mean", "contrast"), data("b0_sd", "contrast"))
        linear = linear + data("offset", "cell", "contrast")
        if structure.fixed:
            beta = pm.Normal("beta", data("beta_mean", "effect", "contrast"), data("beta_sd"))
            linear = linear + data("X", "cell", "effect") @ beta
        if structure.terms:
            scale = data("sd_scale")
            sd = pm.HalfNormal("sd", scale, shape=(structure.terms, structure.spreads))
            z = pm.Normal("z", dims=("basis", "contrast"))
            linear = linear + data("Z", "cell", "basis") @ (sd[data("term_of", "basis")] * z)
        log_p = _log_probability(linear @ contrasts.T, structure.link)
        log_q, log_unknown = log_p, None
        if structure.unknown or structure.mistaken != "none":
            seen = pt.exp(log_p)
            if structure.unknown:
                prior = data("lost_prior")
                lost = pm.Beta("lost", prior[:, 0], prior[:, 1], dims="outcome")
                log_unknown = pt.log(seen @ lost)
                seen = seen * (1 - lost)
            if structure.mistaken != "none":
                seen = seen @ _recorded(data("mistaken_given"), structure)
            log_q = pt.log(seen)
        if structure.clustered:
            shape = data("concentration_prior")
            size = pm.Gamma("concentration", alpha=shape[0], beta=shape[1])
            pm.Potential("log_likelihood", _dirichlet_multinomial(counts, log_q, size))
        else:
            pm.Potential("log_likelihood", pt.sum(counts * log_q))
        if log_unknown is not None:
            pm.Potential("log_likelihood_unknown", pt.sum(data("unknown", "cell") * log_unknown))
        if structure.wide[0]:
            within = _within(log_p, data("wide_row"), data("wide_within"))
            pm.Potential("log_likelihood_wide", pt.sum(data("wide_counts")[:, 1:] * within))
    return model


def _log_probability(logits: Any, link: Link) -> Any:
    """Return log probabilities of the outcomes, the last axis."""
    import pytensor.tensor as pt

    if link == "softmax":
        return pt.special.log_softmax(logits, axis=1)
    # Constant cause-specific hazards exp(logit) over one step; a cap keeps exp finite.
    others = pt.minimum(logits[:, 1:], 30.0)
    total = pt.exp(others).sum(axis=1, keepdims=True)
    leaving = pt.log(-pt.expm1(-total)) - pt.log(total)
    return pt.concatenate([-total, others + leaving], axis=1)


def _recorded(given: Any, structure: Structure) -> Any:
    """Return the matrix from true to recorded outcomes."""
    import pymc as pm
    import pytensor.tensor as pt

    if structure.mistaken == "known":
        return given
    # A Dirichlet row is a Beta share that is right, and a Dirichlet of the rest. Below one half
    # the labels could be swapped: two posteriors in one. A chain that starts there would never
    # come out, so that the share is kept from it by its range.
    k = structure.outcomes
    right = pm.Uniform("right", 0.5, 1.0, dims="outcome")
    a = pt.diag(given)
    b = given.sum(axis=1) - a
    pm.Potential("prior_of_right", pt.sum((a - 1) * pt.log(right) + (b - 1) * pt.log1p(-right)))
    others = np.array([np.delete(np.arange(k), i) for i in range(k)])
    wrong = pt.ones((k, 1))
    if k > 2:
        wrong = pm.Dirichlet("wrong", given[np.arange(k)[:, None], others], shape=(k, k - 1))
    shares = wrong * (1 - right)[:, None]
    rows = pt.diag(right) + (shares[:, :, None] * np.eye(k)[others]).sum(axis=1)
    return pm.Deterministic("mistaken", rows, dims=("outcome", "outcome_recorded"))


def _dirichlet_multinomial(counts: Any, log_q: Any, size: Any) -> Any:
    """Return the log likelihood up to a constant that the counts alone decide."""
    import pytensor.tensor as pt

    each = size * pt.exp(log_q)
    people = counts.sum(axis=1)
    return pt.sum(pt.gammaln(size) - pt.gammaln(size + people)) + pt.sum(
        pt.gammaln(each + counts) - pt.gammaln(each)
    )


def _within(log_p: Any, row: Any, within: Any) -> Any:
    """Return log probabilities to end at each outcome within some steps, (w, k - 1)."""
    import pytensor.tensor as pt

    steps = log_p[row]
    stay = steps[:, :, 0] * within
    before = pt.cumsum(stay, axis=1) - stay
    ends = before[:, :, None] + steps[:, :, 1:]
    return pt.special.logsumexp(pt.where(within[:, :, None] > 0, ends, -1e10), axis=1)
