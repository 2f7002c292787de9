"""A fit as an `xarray.DataTree` that ArviZ reads, and as a zarr folder, without loss."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from talentstats._version import __version__
from talentstats.bayes.graph import Problem, contrast_names
from talentstats.bayes.likelihood import row_log_likelihood, seen_counts, wide_log_likelihood
from talentstats.bayes.prior_draws import log_prior
from talentstats.bayes.sampling import Sampled
from talentstats.bayes.state import from_json, to_json
from talentstats.errors import InputError, OutputError
from talentstats.summaries.labels import label_text

if TYPE_CHECKING:
    import xarray as xr

    from talentstats.bayes.posterior import PosteriorFit

# Raised whenever a saved fit can no longer be read by the code before.
SCHEMA = 1
_MARK = "talentstats_schema"
_DIMENSIONS = {
    "b0": ("contrast",),
    "beta": ("effect", "contrast"),
    "sd": ("term", "contrast"),
    "z": ("basis", "contrast"),
    "lost": ("outcome",),
    "mistaken": ("outcome", "outcome_recorded"),
    "concentration": (),
}

_ARRAYS = {
    "contrasts": ("outcome", "contrast"),
    "counts": ("cell", "outcome"),
    "offset": ("cell", "contrast"),
    "b0_mean": ("contrast",),
    "b0_sd": ("contrast",),
    "X": ("cell", "effect"),
    "beta_mean": ("effect", "contrast"),
    "beta_sd": ("effect", "contrast"),
    "Z": ("cell", "basis"),
    "term_of": ("basis",),
    "sd_scale": ("term", "sd_scale_column"),
    "unknown": ("cell",),
    "lost_prior": ("outcome", "beta_shape"),
    "mistaken_given": ("outcome", "outcome_recorded"),
    "concentration_prior": ("gamma_shape",),
    "wide_row": ("interval", "step"),
    "wide_within": ("interval", "step"),
    "wide_counts": ("interval", "outcome"),
}
_OBSERVED = ("counts", "unknown", "wide_counts")
_OTHERS = ("p", "chain", "draw", "basis", "interval", "weight", "wide_ends", "chosen")


def to_datatree(fit: "PosteriorFit") -> "xr.DataTree":
    """Return a fit as groups of labelled arrays, as ArviZ 1 reads them.

    Parameters
    ----------
    fit : PosteriorFit
        The fit.

    Returns
    -------
    xarray.DataTree
        Groups `posterior` (free variables and `p`, the probabilities of the outcomes, by
        chain, draw, cell and outcome; covariates are coordinates of `cell`),
        `sample_stats`, `log_prior` (of the priors that somebody chose), `log_likelihood`
        (of cells with people only: a constant one breaks leave-one-out), `observed_data`,
        `constant_data`. Attributes say what made it.
    """
    import xarray as xr

    problem, chains = fit.problem, fit.shape
    draw_coords = {"chain": np.arange(chains[0]), "draw": np.arange(chains[1])}
    labels = _labels(problem, fit.covariates)
    prob = fit.prob

    # A data set with the labels of the dimensions that it has.
    def group(variables: dict[str, Any]) -> xr.Dataset:
        used = {dim for dims, _ in variables.values() for dim in dims}
        coords: dict[str, Any] = {}
        for name, (dims, values) in labels.items():
            if set(dims) <= used:
                coords[name] = (dims, values)
        for name, values in draw_coords.items():
            if name in used:
                coords[name] = values
        return xr.Dataset(variables, coords=coords)

    # Draws come as (s, ...) or (chain, draw, ...).
    def sampled(values: NDArray[Any], *dims: str) -> tuple[tuple[str, ...], NDArray[Any]]:
        shape = values.shape[-len(dims) :] if dims else ()
        return ("chain", "draw", *dims), values.reshape(*chains, *shape)

    dims = _DIMENSIONS | {
        "sd": ("term", "spread" if problem.prior.sd_scale.shape[1] == 1 else "contrast")
    }
    draws = {name: sampled(v, *dims[name]) for name, v in fit.sampled.draws.items()}
    stats = {
        "diverging": sampled(fit.sampled.divergent),
        "energy": sampled(fit.sampled.energy),
        "tree_depth": sampled(fit.sampled.depth),
    }
    likelihood = group(
        {"counts": sampled(row_log_likelihood(problem, fit.sampled, prob), "cell")}
    ).isel(cell=np.flatnonzero(seen_counts(problem).sum(axis=1) > 0))
    if problem.wide is not None:
        likelihood["wide_ends"] = sampled(wide_log_likelihood(problem, prob), "interval")
    arrays = {name: (_ARRAYS[name], values) for name, values in problem.arrays.items()}
    seen = {name: arrays.pop(name) for name in _OBSERVED if name in arrays}
    chosen = log_prior(problem, dict(fit.sampled.draws))
    tree: xr.DataTree = xr.DataTree.from_dict(
        {
            "/": xr.Dataset(attrs=_attributes(fit)),
            "/posterior": group(draws | {"p": sampled(prob, "cell", "outcome")}),
            "/sample_stats": group(stats),
            "/log_prior": group({"chosen": sampled(chosen)}),
            "/log_likelihood": likelihood,
            "/observed_data": group(seen),
            "/constant_data": group(arrays | {"weight": (("cell",), fit.weight)}),
        }
    )
    return tree


def save(fit: "PosteriorFit", path: str | os.PathLike[str]) -> Path:
    """Write a fit to a zarr folder that appears whole or not at all.

    Parameters
    ----------
    fit : PosteriorFit
        The fit.
    path : path-like
        The folder, beside which another one can be made; an earlier saved fit is replaced,
        anything else is left alone.

    Returns
    -------
    Path
        The folder. Besides the groups of `to_datatree` it has `state`, from which `load`
        makes the fit again; the other groups can be read without talentstats.

    Raises
    ------
    InputError
        If something else is there.
    OutputError
        If it cannot be written; what was there is left as it was.
    """
    import xarray as xr

    target = Path(path)
    if target.exists() and not (_written(target)):
        raise InputError(
            f"{target} exists and is not a saved fit, so it is not replaced. Hint: give another "
            "path, such as fit.zarr."
        )
    tree = to_datatree(fit)
    text = to_json(fit, leave_out=("sampled",)).encode()
    tree.attrs["digest"] = _digest(fit.sampled, text)
    tree["state"] = xr.DataTree(xr.Dataset({"json": ("byte", np.frombuffer(text, dtype=np.uint8))}))
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    before = target.with_name(f".{target.name}.{os.getpid()}.before")
    try:
        # Format 2 is what every zarr reads; 3 has no agreed texts yet.
        tree.to_zarr(draft, mode="w", zarr_format=2)
        # A folder cannot be put in the place of another in one step.
        if target.exists():
            os.replace(target, before)
        try:
            os.replace(draft, target)
        except BaseException:
            if before.exists():
                os.replace(before, target)
            raise
    except OSError as error:
        raise OutputError(
            f"{target} could not be written ({error.strerror or error}); nothing was changed. "
            "Hint: does the folder above it exist, and may you write to it?"
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    shutil.rmtree(before, ignore_errors=True)
    return target


def load[Fit: "PosteriorFit"](path: str | os.PathLike[str], kind: type[Fit]) -> Fit:
    """Return the fit that `save` wrote.

    Parameters
    ----------
    path : path-like
        The zarr folder.
    kind : type
        The class of the fit.

    Returns
    -------
    PosteriorFit
        Of that class, with the same draws bit for bit.

    Raises
    ------
    InputError
        If there is no saved fit, one of another class or version, or a damaged one.
    """
    source = Path(path)
    attributes = _written(source)
    if not attributes:
        raise InputError(
            f"{source} is not a saved fit; allowed is a folder that fit.save(path) wrote."
        )
    _check_version(attributes, source, kind)
    try:
        sampled, text = _read(source, attributes["digest"])
    except (KeyError, OSError, ValueError, RuntimeError) as error:
        raise InputError(
            f"{source} is damaged ({error}). Hint: it was written whole; copy it again, or refit."
        ) from error
    return from_json(text.decode(), kind, sampled=sampled)


def _digest(sampled: Sampled, text: bytes) -> str:
    """Return the SHA-256 of draws and state."""
    found = hashlib.sha256(text)
    for values in (*sampled.draws.values(), sampled.divergent, sampled.energy, sampled.depth):
        found.update(np.ascontiguousarray(values).tobytes())
    return found.hexdigest()


def _read(source: Path, digest: str) -> tuple[Sampled, bytes]:
    """Return draws and state of a saved fit."""
    import xarray as xr

    with xr.open_datatree(source, engine="zarr") as tree:
        draws = tree["posterior"].dataset
        stats = tree["sample_stats"].dataset
        sampled = Sampled(
            draws={name: draws[name].to_numpy() for name in _DIMENSIONS if name in draws},
            divergent=stats["diverging"].to_numpy(),
            energy=stats["energy"].to_numpy(),
            depth=stats["tree_depth"].to_numpy(),
            sampler=str(tree.attrs["sampler"]),
        )
        text = tree["state"]["json"].to_numpy().tobytes()
    # A part that is gone reads as blanks, without an error.
    if _digest(sampled, text) != digest:
        raise ValueError("its digest is another")
    return sampled, text


def _check_version(attributes: Mapping[str, Any], source: Path, kind: type) -> None:
    """Refuse a fit of another schema or class."""
    if attributes[_MARK] != SCHEMA:
        raise InputError(
            f"{source} was saved by talentstats {attributes.get('talentstats_version')} as version "
            f"{attributes[_MARK]} of the layout; this is {__version__}, which reads version "
            f"{SCHEMA}. Hint: read it with that talentstats, or fit again; its groups open in "
            "xarray as they are."
        )
    saved = attributes.get("talentstats_class")
    if saved != kind.__name__:
        raise InputError(
            f"{source} holds a {saved}, not a {kind.__name__}. Hint: {saved}.load(path)."
        )


def _written(folder: Path) -> dict[str, Any]:
    """Return the attributes of a saved fit; empty where there is none."""
    with suppress(OSError, ValueError):
        found = json.loads((folder / ".zattrs").read_text(encoding="utf-8"))
        if isinstance(found, dict) and _MARK in found:
            return found
    return {}


def _attributes(fit: "PosteriorFit") -> dict[str, Any]:
    """What made the tree, as texts and numbers."""
    return {
        _MARK: SCHEMA,
        "talentstats_version": __version__,
        "talentstats_class": type(fit).__name__,
        "provenance": to_json(fit.provenance),
        "sampler": fit.sampled.sampler,
        "seed": fit.sampling.seed,
        "notes": list(fit.notes),
    }


def _labels(
    problem: Problem, covariates: Mapping[str, NDArray[Any]]
) -> dict[str, tuple[tuple[str, ...], Any]]:
    """Coordinates by name: their dimensions and values."""
    design = problem.design
    found: dict[str, tuple[tuple[str, ...], Any]] = {
        "cell": (("cell",), _texts(problem.labels)),
        "outcome": (("outcome",), _texts(problem.outcomes)),
        "outcome_recorded": (("outcome_recorded",), _texts(problem.outcomes)),
        "contrast": (("contrast",), _texts(contrast_names(problem))),
        "effect": (("effect",), _texts([column.name for column in design.fixed])),
        "term": (("term",), _texts([term.name for term in design.terms])),
        "spread": (("spread",), _texts(["shared"])),
    }
    taken = {*found, *_DIMENSIONS, *problem.arrays, *_OTHERS}
    for name, values in covariates.items():
        plain = values if values.dtype.kind in "bif" else _texts(map(label_text, values.tolist()))
        # Two things cannot have one name, and on disk a name has neither space nor slash.
        coordinate = re.sub(r"[\s/]+", "_", name)
        while coordinate in taken:
            coordinate += "_"
        taken.add(coordinate)
        found[coordinate] = (("cell",), plain)
    return found


def _texts(labels: Any) -> NDArray[np.str_]:
    """Labels as an array of texts, also where there are none."""
    return np.array([str(label) for label in labels], dtype=np.str_)
