"""Sampling: compile a structure once, refit it on any numbers."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from talentstats import checks
from talentstats.bayes.graph import Problem, Structure, build_model, graph
from talentstats.errors import InputError, SamplingInterrupted
from talentstats.stats.limits import Floats, read_only
from talentstats.summaries.columns import frozen
from talentstats.summaries.remake import remake

# Structures kept compiled in one process; each holds some megabytes of machine code.
_KEPT = 32
# Where both samplers give up.
MAX_DEPTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How to sample.

    Parameters
    ----------
    draws, tune : int
        Kept and warm-up draws of each chain.
    chains : int
        Number of chains, at least 2: their agreement is what shows convergence.
    target_accept : float
        Wanted acceptance probability in (0, 1); higher takes smaller steps.
    seed : int
        Seed of all random numbers.
    """

    draws: int = 1000
    tune: int = 1000
    chains: int = 4
    target_accept: float = 0.95
    seed: int = 1

    def __post_init__(self) -> None:
        checks.whole_number(self.draws, name="draws", minimum=50)
        checks.whole_number(self.tune, name="tune", minimum=50)
        checks.whole_number(
            self.chains, name="chains", minimum=2, hint="one chain cannot show that it converged."
        )
        checks.whole_number(self.seed, name="seed")
        checks.level(self.target_accept)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sampled:
    """Draws of the free variables.

    Parameters
    ----------
    draws : Mapping of str to ndarray
        Name to draws of shape (chain, draw, ...).
    divergent : (chain, draw) ndarray of bool
        Whether the step diverged.
    energy : (chain, draw) ndarray
        Energy of the step.
    depth : (chain, draw) ndarray of int
        Depth of the trajectory's tree; `MAX_DEPTH` is where the sampler gives up.
    sampler : str
        Name and version of the sampler.
    """

    draws: Mapping[str, Floats]
    divergent: NDArray[np.bool_]
    energy: Floats
    depth: NDArray[np.int64]
    sampler: str

    def __post_init__(self) -> None:
        held = {name: read_only(values) for name, values in self.draws.items()}
        object.__setattr__(self, "draws", MappingProxyType(held))
        for name in ("divergent", "energy", "depth"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    def __reduce__(self) -> tuple[Any, ...]:
        return remake(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where sampling stands.

    Parameters
    ----------
    stage : {"compiling", "sampling"}
        What is being done.
    done, total : int
        Draws of all chains, warm-up included.
    divergences : int
        Steps that diverged so far.
    seconds : float
        Since the stage began.
    first : bool
        Whether nothing was compiled on this machine before: then it takes about 40 s.
    """

    stage: str
    done: int = 0
    total: int = 0
    divergences: int = 0
    seconds: float = 0.0
    first: bool = False

    @property
    def seconds_left(self) -> float:
        """Seconds that remain at the speed so far; NaN before the first draw."""
        return self.seconds * (self.total - self.done) / self.done if self.done else float("nan")


type Listener = Callable[[Progress], None]


def sample(problem: Problem, sampling: Sampling, *, listen: Listener | None = None) -> Sampled:
    """Draw from the posterior.

    Parameters
    ----------
    problem : Problem
        Arrays and labels.
    sampling : Sampling
        Draws, chains, seed.
    listen : callable or None
        Is told how far it is, from another thread while sampling. Where it is None, only
        the first compile on a machine is heard of, on stderr: it takes about 40 s.

    Returns
    -------
    Sampled
        Draws of `b0`, `beta`, `sd`, `z` and what else the structure has.

    Raises
    ------
    SamplingInterrupted
        At Ctrl-C; no draw is kept.
    """
    heard = speak() if listen is None and first_on_this_machine() else listen
    if find_spec("nutpie") is None:
        if heard is not None:
            heard(Progress(stage="compiling", first=first_on_this_machine()))
        return _by_pymc(problem, sampling, listen)
    try:
        compiled = _compiled(problem.structure, heard)
    except KeyboardInterrupt:
        raise SamplingInterrupted(
            "compiling the model was interrupted; nothing is kept and no file was written, but "
            "what was compiled so far makes the next start quicker."
        ) from None
    return _by_nutpie(compiled.with_data(**problem.arrays), sampling, listen)


def sampler_name() -> str:
    """Return name and version of the sampler that `sample` uses."""
    package = "pymc" if find_spec("nutpie") is None else "nutpie"
    return f"NUTS by {package} {version(package)}"


def first_on_this_machine() -> bool:
    """Return whether nothing was compiled here before, so that a compile takes about 40 s."""
    from pytensor.configdefaults import config

    folder = Path(str(config.base_compiledir)) / "numba"
    return not folder.exists() or next(folder.iterdir(), None) is None


def _compiled(structure: Structure, listen: Listener | None) -> Any:
    """Return the compiled model of a structure."""
    hits = _compile.cache_info().hits
    with _heard(listen, lambda: _compile.cache_info().hits == hits):
        return _compile(structure)


@lru_cache(maxsize=_KEPT)
def _compile(structure: Structure) -> Any:
    """Compile the graph of a structure on placeholders."""
    import nutpie

    lengths = {
        "cell": structure.rows,
        "outcome": structure.outcomes,
        "outcome_recorded": structure.outcomes,
        "contrast": structure.outcomes - 1,
        "effect": structure.fixed,
        "term": structure.terms,
        "basis": structure.varying,
    }
    model = graph(
        structure,
        structure.placeholder(),
        coords={name: tuple(range(length)) for name, length in lengths.items()},
    )
    return nutpie.compile_pymc_model(model, freeze_model=False, cache=True)


@contextmanager
def _heard(listen: Listener | None, compiling: Callable[[], bool]) -> Iterator[None]:
    """Tell the listener each second that compiling goes on."""
    import threading

    if listen is None:
        yield
        return
    began, ended, first = time.monotonic(), threading.Event(), first_on_this_machine()

    def tell() -> None:
        # A structure that is kept answers at once, and is not worth a word.
        while not ended.wait(0.2 if time.monotonic() - began < 0.2 else 1.0):
            listen(Progress(stage="compiling", seconds=time.monotonic() - began, first=first))

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()


def _by_nutpie(compiled: Any, sampling: Sampling, listen: Listener | None) -> Sampled:
    """Sample a compiled model."""
    import nutpie

    total = sampling.chains * (sampling.draws + sampling.tune)
    began, done = time.monotonic(), 0

    def callback(chains: Any) -> None:
        nonlocal done
        done = sum(chain.finished_draws for chain in chains)
        if listen is not None:
            listen(
                Progress(
                    stage="sampling",
                    done=done,
                    total=total,
                    divergences=sum(chain.divergences for chain in chains),
                    seconds=time.monotonic() - began,
                )
            )

    running = nutpie.sample(
        compiled,
        draws=sampling.draws,
        tune=sampling.tune,
        chains=sampling.chains,
        seed=sampling.seed,
        target_accept=sampling.target_accept,
        maxdepth=MAX_DEPTH,
        save_warmup=False,
        progress_bar=False,
        progress_callback=callback,
        blocking=False,
    )
    try:
        tree = running.wait()
    except KeyboardInterrupt:
        running.cancel()
        raise SamplingInterrupted(_interrupted(done, total, compiled=True)) from None
    stats = tree["sample_stats"].dataset
    return Sampled(
        draws=_variables(tree["posterior"].dataset),
        divergent=stats["diverging"].to_numpy().astype(bool),
        energy=stats["energy"].to_numpy(),
        depth=stats["depth"].to_numpy().astype(np.int64),
        sampler=sampler_name(),
    )


def _by_pymc(problem: Problem, sampling: Sampling, listen: Listener | None) -> Sampled:
    """Sample by PyMC's own NUTS, which compiles anew each time."""
    import pymc as pm

    each = sampling.draws + sampling.tune
    total, done, divergences, began = sampling.chains * each, 0, 0, time.monotonic()
    stopped = False

    def callback(trace: Any, draw: Any) -> None:
        nonlocal done, divergences, stopped
        # PyMC takes Ctrl-C as the end of one chain, and would go on with the next.
        if done < draw.chain * each:
            stopped = True
            raise KeyboardInterrupt
        done += 1
        divergences += bool(not draw.tuning and draw.stats[0]["diverging"])
        if listen is not None:
            listen(
                Progress(
                    stage="sampling",
                    done=done,
                    total=total,
                    divergences=divergences,
                    seconds=time.monotonic() - began,
                )
            )

    try:
        with build_model(problem):
            tree = pm.sample(
                draws=sampling.draws,
                tune=sampling.tune,
                chains=sampling.chains,
                cores=1,
                random_seed=sampling.seed,
                target_accept=sampling.target_accept,
                nuts_sampler="pymc",
                progressbar=False,
                compute_convergence_checks=False,
                callback=callback,
            )
    except KeyboardInterrupt:
        raise SamplingInterrupted(_interrupted(done, total, compiled=False)) from None
    except ValueError:
        # What PyMC says of chains without draws.
        if not stopped:
            raise
    if done < total:
        raise SamplingInterrupted(_interrupted(done, total, compiled=False))
    stats = tree["sample_stats"].dataset
    return Sampled(
        draws=_variables(tree["posterior"].dataset),
        divergent=stats["diverging"].to_numpy().astype(bool),
        energy=stats["energy"].to_numpy(),
        depth=stats["tree_depth"].to_numpy().astype(np.int64),
        sampler=sampler_name(),
    )


def _variables(posterior: Any) -> dict[str, Floats]:
    """Return the free variables of a posterior group."""
    wanted = ("b0", "beta", "sd", "z", "lost", "mistaken", "concentration")
    return {
        name: posterior[name].transpose("chain", "draw", ...).to_numpy()
        for name in wanted
        if name in posterior
    }


def _interrupted(done: int, total: int, *, compiled: bool) -> str:
    """Say what an interruption leaves."""
    kept = (
        " The compiled model is kept, so that another fit in this process starts at once."
        if compiled
        else ""
    )
    return (
        f"sampling was interrupted after {done:,} of {total:,} draws (warm-up included); none is "
        f"kept and no file was written.{kept} Hint: fewer draws= for a first look."
    )


def speak(stream: Any = None) -> Listener:
    """Return a listener that writes lines to a stream: the first compile, then each tenth.

    Parameters
    ----------
    stream : text stream or None
        Where to; None is stderr.

    Returns
    -------
    callable
        Takes a `Progress`.
    """
    out = sys.stderr if stream is None else stream
    said: set[str] = set()

    def listen(progress: Progress) -> None:
        if progress.stage == "compiling":
            key = f"compiling {int(progress.seconds // 10)}"
            text = f"compiling the model, {progress.seconds:.0f} s so far" + (
                " (about 40 s the first time on a machine)" if progress.first else ""
            )
        else:
            key = f"sampling {10 * progress.done // max(progress.total, 1)}"
            text = (
                f"{progress.done:,} of {progress.total:,} draws, "
                f"{progress.seconds_left:.0f} s left, {progress.divergences} divergences"
            )
        if key not in said and not (progress.stage == "sampling" and not progress.done):
            said.add(key)
            print(text, file=out, flush=True)

    return listen


def check_sampling(sampling: object) -> Sampling:
    """Return the settings, or say what is allowed.

    Parameters
    ----------
    sampling : object
        What the user gave; None takes the defaults.

    Returns
    -------
    Sampling
        Settings.

    Raises
    ------
    InputError
        If it is something else.
    """
    if sampling is None:
        return Sampling()
    if not isinstance(sampling, Sampling):
        raise InputError(
            f"sampling={sampling!r} is not allowed; give Sampling(draws=1000, chains=4, seed=1)."
        )
    return sampling
